//! The class `Context`, the dicts of its signals, and `localcontext`.

use super::calls as call;
use super::compare::{
    Choice, choose, compare_numbers, compare_signal, compare_total, compare_total_magnitude,
};
use super::context_fields::{
    Field, apply, get_field, known_signal, names_list, new_context, set_field, signal_flag,
};
use super::convert::{from_float, from_parts, from_text, number_of, object, sequence};
use super::decimal_rows::from_value;
use super::number::{Dec, Kind, Status};
use super::operators as op;
use super::state::{
    Context, ContextManager, SIGNALS, SignalDict, State, context_argument, current, known, make_current,
};
use super::{arithmetic, compare, digits, functions, text};
use crate::library::types::receiver::wrong_receiver;
use crate::object::spec::{GetterRow, native, property};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, TypeSpec, Value};

pub static CONTEXT: TypeSpec = TypeSpec {
    name: "Context",
    module: "decimal",
    doc: "The context affects almost all operations and controls rounding,\nOver/Underflow, raising of exceptions and much more.  A new context\ncan be initialized as follows:\n\n    >>> c = Context(prec=28, Emin=-425000000, Emax=425000000,\n    ...             rounding=ROUND_HALF_EVEN, capitals=1, clamp=1,\n    ...             traps=[InvalidOperation, DivisionByZero, Overflow],\n    ...             flags=[])\n    >>>\n\n\n",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static GETTERS: &[GetterRow] = &[
    property(
        "prec",
        |i, this| get_field(i, this, Field::Prec),
        |i, this, v| set_field(i, this, Field::Prec, v),
        "",
    ),
    property(
        "rounding",
        |i, this| get_field(i, this, Field::Rounding),
        |i, this, v| set_field(i, this, Field::Rounding, v),
        "",
    ),
    property(
        "Emin",
        |i, this| get_field(i, this, Field::Emin),
        |i, this, v| set_field(i, this, Field::Emin, v),
        "",
    ),
    property(
        "Emax",
        |i, this| get_field(i, this, Field::Emax),
        |i, this, v| set_field(i, this, Field::Emax, v),
        "",
    ),
    property(
        "capitals",
        |i, this| get_field(i, this, Field::Capitals),
        |i, this, v| set_field(i, this, Field::Capitals, v),
        "",
    ),
    property(
        "clamp",
        |i, this| get_field(i, this, Field::Clamp),
        |i, this, v| set_field(i, this, Field::Clamp, v),
        "",
    ),
    property(
        "flags",
        |i, this| get_field(i, this, Field::Flags),
        |i, this, v| set_field(i, this, Field::Flags, v),
        "",
    ),
    property(
        "traps",
        |i, this| get_field(i, this, Field::Traps),
        |i, this, v| set_field(i, this, Field::Traps, v),
        "",
    ),
];

static METHODS: &[NativeRow] = &[
    native("__new__", "prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None", |i, a| new_context(i, &a[1..]), "Create and return a new object.  See help(type) for accurate signature.").as_new().bound_by(call::NEW_CONTEXT),
    native("__copy__", "", copy, ""),
    native("__reduce__", "", reduce, ""),
    native("__repr__", "", repr, "Return repr(self)."),
    native("Etiny", "", |i, a| Ok(Value::int(this(i, a, "Etiny")?.settings.get().etiny())), "Return a value equal to Emin - prec + 1, which is the minimum exponent value\nfor subnormal results.  When underflow occurs, the exponent is set to Etiny.\n\n"),
    native("Etop", "", |i, a| Ok(Value::int(this(i, a, "Etop")?.settings.get().etop())), "Return a value equal to Emax - prec + 1.  This is the maximum exponent\nif the _clamp field of the context is set to 1 (IEEE clamp mode).  Etop()\nmust not be negative.\n\n"),
    native("_apply", "x, /", |i, a| one(i, a, |a, to, status| a.clone().finalize(to, status)), ""),
    native("abs", "x, /", |i, a| one(i, a, arithmetic::absolute), "Return the absolute value of x.\n\n"),
    native("add", "x, y, /", |i, a| two(i, a, arithmetic::add), "Return the sum of x and y.\n\n").bound_by(call::TWO),
    native("canonical", "x, /", canonical, "Return a new instance of x.\n\n"),
    native("clear_flags", "", |i, a| { this(i, a, "clear_flags")?.status.set(0); Ok(Value::NONE) }, "Reset all flags to False.\n\n"),
    native("clear_traps", "", |i, a| { this(i, a, "clear_traps")?.traps.set(0); Ok(Value::NONE) }, "Set all traps to False.\n\n"),
    native("compare", "x, y, /", |i, a| two(i, a, |a, b, to, status| Ok(compare_numbers(a, b, to, status))), "Compare x and y numerically.\n\n").bound_by(call::TWO),
    native("compare_signal", "x, y, /", |i, a| two(i, a, |a, b, to, status| Ok(compare_signal(a, b, to, status))), "Compare x and y numerically.  All NaNs signal.\n\n").bound_by(call::TWO),
    native("compare_total", "x, y, /", |i, a| two(i, a, |a, b, _, _| Ok(compare_total(a, b))), "Compare x and y using their abstract representation.\n\n").bound_by(call::TWO),
    native("compare_total_mag", "x, y, /", |i, a| two(i, a, |a, b, _, _| Ok(compare_total_magnitude(a, b))), "Compare x and y using their abstract representation, ignoring sign.\n\n").bound_by(call::TWO),
    native("copy", "", copy, "Return a duplicate of the context with all flags cleared.\n\n"),
    native("copy_abs", "x, /", |i, a| one(i, a, |a, _, _| Ok(a.clone().with_sign(false))), "Return a copy of x with the sign set to 0.\n\n"),
    native("copy_decimal", "x, /", |i, a| one(i, a, |a, _, _| Ok(a.clone())), "Return a copy of Decimal x.\n\n"),
    native("copy_negate", "x, /", |i, a| one(i, a, |a, _, _| Ok(a.clone().with_sign(!a.negative))), "Return a copy of x with the sign inverted.\n\n"),
    native("copy_sign", "x, y, /", |i, a| two(i, a, |a, b, _, _| Ok(a.clone().with_sign(b.negative))), "Copy the sign from y to x.\n\n").bound_by(call::TWO),
    native("create_decimal", "num='0', /", create_decimal, "Create a new Decimal instance from num, using self as the context. Unlike the\nDecimal constructor, this function observes the context limits.\n\n"),
    native("create_decimal_from_float", "f, /", create_decimal_from_float, "Create a new Decimal instance from float f.  Unlike the Decimal.from_float()\nclass method, this function observes the context limits.\n\n"),
    native("divide", "x, y, /", |i, a| two(i, a, arithmetic::divide), "Return x divided by y.\n\n").bound_by(call::TWO),
    native("divide_int", "x, y, /", |i, a| two(i, a, arithmetic::divide_integer), "Return x divided by y, truncated to an integer.\n\n").bound_by(call::TWO),
    native("divmod", "x, y, /", div_mod, "Return quotient and remainder of the division x / y.\n\n").bound_by(call::TWO),
    native("exp", "x, /", |i, a| one(i, a, functions::exp), "Return e ** x.\n\n"),
    native("fma", "x, y, z, /", fma, "Return x multiplied by y, plus z.\n\n").bound_by(call::THREE),
    native("is_canonical", "x, /", is_canonical, "Return True if x is canonical, False otherwise.\n\n"),
    native("is_finite", "x, /", |i, a| test(i, a, |number, _| number.is_finite()), "Return True if x is finite, False otherwise.\n\n"),
    native("is_infinite", "x, /", |i, a| test(i, a, |number, _| number.is_infinite()), "Return True if x is infinite, False otherwise.\n\n"),
    native("is_nan", "x, /", |i, a| test(i, a, |number, _| number.is_nan()), "Return True if x is a qNaN or sNaN, False otherwise.\n\n"),
    native("is_normal", "x, /", |i, a| test(i, a, |number, state| op::is_normal(number, &state.settings.get())), "Return True if x is a normal number, False otherwise.\n\n"),
    native("is_qnan", "x, /", |i, a| test(i, a, |number, _| number.kind == Kind::QuietNan), "Return True if x is a quiet NaN, False otherwise.\n\n"),
    native("is_signed", "x, /", |i, a| test(i, a, |number, _| number.negative), "Return True if x is negative, False otherwise.\n\n"),
    native("is_snan", "x, /", |i, a| test(i, a, |number, _| number.is_signaling()), "Return True if x is a signaling NaN, False otherwise.\n\n"),
    native("is_subnormal", "x, /", |i, a| test(i, a, |number, state| op::is_subnormal(number, &state.settings.get())), "Return True if x is subnormal, False otherwise.\n\n"),
    native("is_zero", "x, /", |i, a| test(i, a, |number, _| number.is_zero()), "Return True if x is a zero, False otherwise.\n\n"),
    native("ln", "x, /", |i, a| one(i, a, functions::ln), "Return the natural (base e) logarithm of x.\n\n"),
    native("log10", "x, /", |i, a| one(i, a, functions::log10), "Return the base 10 logarithm of x.\n\n"),
    native("logb", "x, /", |i, a| one(i, a, digits::logb), "Return the exponent of the magnitude of the operand's MSD.\n\n"),
    native("logical_and", "x, y, /", |i, a| two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a & b, to, status)), "Digit-wise and of x and y.\n\n").bound_by(call::TWO),
    native("logical_invert", "x, /", |i, a| one(i, a, digits::logical_invert), "Invert all digits of x.\n\n"),
    native("logical_or", "x, y, /", |i, a| two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a | b, to, status)), "Digit-wise or of x and y.\n\n").bound_by(call::TWO),
    native("logical_xor", "x, y, /", |i, a| two(i, a, |a, b, to, status| digits::logical(a, b, |a, b| a != b, to, status)), "Digit-wise xor of x and y.\n\n").bound_by(call::TWO),
    native("max", "x, y, /", |i, a| two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: true, by_magnitude: false }, to, status)), "Compare the values numerically and return the maximum.\n\n").bound_by(call::TWO),
    native("max_mag", "x, y, /", |i, a| two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: true, by_magnitude: true }, to, status)), "Compare the values numerically with their sign ignored.\n\n").bound_by(call::TWO),
    native("min", "x, y, /", |i, a| two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: false, by_magnitude: false }, to, status)), "Compare the values numerically and return the minimum.\n\n").bound_by(call::TWO),
    native("min_mag", "x, y, /", |i, a| two(i, a, |a, b, to, status| choose(a, b, Choice { is_max: false, by_magnitude: true }, to, status)), "Compare the values numerically with their sign ignored.\n\n").bound_by(call::TWO),
    native("minus", "x, /", |i, a| one(i, a, arithmetic::minus), "Minus corresponds to the unary prefix minus operator in Python, but applies\nthe context to the result.\n\n"),
    native("multiply", "x, y, /", |i, a| two(i, a, arithmetic::multiply), "Return the product of x and y.\n\n").bound_by(call::TWO),
    native("next_minus", "x, /", |i, a| one(i, a, |a, to, status| compare::next(a, false, to, status)), "Return the largest representable number smaller than x.\n\n"),
    native("next_plus", "x, /", |i, a| one(i, a, |a, to, status| compare::next(a, true, to, status)), "Return the smallest representable number larger than x.\n\n"),
    native("next_toward", "x, y, /", |i, a| two(i, a, compare::next_toward), "Return the number closest to x, in the direction towards y.\n\n").bound_by(call::TWO),
    native("normalize", "x, /", |i, a| one(i, a, digits::reduce), "Reduce x to its simplest form. Alias for reduce(x).\n\n"),
    native("number_class", "x, /", number_class, "Return an indication of the class of x.\n\n"),
    native("plus", "x, /", |i, a| one(i, a, arithmetic::plus), "Plus corresponds to the unary prefix plus operator in Python, but applies\nthe context to the result.\n\n"),
    native("power", "a, b, modulo=None", power, "Compute a**b. If 'a' is negative, then 'b' must be integral. The result\nwill be inexact unless 'a' is integral and the result is finite and can\nbe expressed exactly in 'precision' digits.  In the Python version the\nresult is always correctly rounded, in the C version the result is almost\nalways correctly rounded.\n\nIf modulo is given, compute (a**b) % modulo. The following restrictions\nhold:\n\n    * all three arguments must be integral\n    * 'b' must be nonnegative\n    * at least one of 'a' or 'b' must be nonzero\n    * modulo must be nonzero and less than 10**prec in absolute value\n\n\n").bound_by(call::POWER),
    native("quantize", "x, y, /", |i, a| two(i, a, digits::quantize), "Return a value equal to x (rounded), having the exponent of y.\n\n").bound_by(call::TWO),
    native("radix", "", |i, a| this(i, a, "radix").map(|_| object(Dec::integer(10))), "Return 10.\n\n"),
    native("remainder", "x, y, /", |i, a| two(i, a, arithmetic::remainder), "Return the remainder from integer division.  The sign of the result,\nif non-zero, is the same as that of the original dividend.\n\n").bound_by(call::TWO),
    native("remainder_near", "x, y, /", |i, a| two(i, a, arithmetic::remainder_near), "Return x - y * n, where n is the integer nearest the exact value of x / y\n(if the result is 0 then its sign will be the sign of x).\n\n").bound_by(call::TWO),
    native("rotate", "x, y, /", |i, a| two(i, a, digits::rotate), "Return a copy of x, rotated by y places.\n\n").bound_by(call::TWO),
    native("same_quantum", "x, y, /", same_quantum, "Return True if the two operands have the same exponent.\n\n").bound_by(call::TWO),
    native("scaleb", "x, y, /", |i, a| two(i, a, digits::scaleb), "Return the first operand after adding the second value to its exp.\n\n").bound_by(call::TWO),
    native("shift", "x, y, /", |i, a| two(i, a, digits::shift), "Return a copy of x, shifted by y places.\n\n").bound_by(call::TWO),
    native("sqrt", "x, /", |i, a| one(i, a, functions::square_root), "Square root of a non-negative number to context precision.\n\n"),
    native("subtract", "x, y, /", |i, a| two(i, a, arithmetic::subtract), "Return the difference between x and y.\n\n").bound_by(call::TWO),
    native("to_eng_string", "x, /", |i, a| in_text(i, a, true), "Convert a number to a string, using engineering notation.\n\n"),
    native("to_integral", "x, /", |i, a| one(i, a, |a, to, status| digits::to_integral(a, false, to, status)), "Identical to to_integral_value(x).\n\n"),
    native("to_integral_exact", "x, /", |i, a| one(i, a, |a, to, status| digits::to_integral(a, true, to, status)), "Round to an integer. Signal if the result is rounded or inexact.\n\n"),
    native("to_integral_value", "x, /", |i, a| one(i, a, |a, to, status| digits::to_integral(a, false, to, status)), "Round to an integer.\n\n"),
    native("to_sci_string", "x, /", |i, a| in_text(i, a, false), "Convert a number to a string using scientific notation.\n\n"),
];

/// The state of the receiver.
#[inline]
pub fn this<'v>(interp: &mut dyn Interpreter, args: &'v [Value], method: &str) -> Result<&'v State, Raised> {
    match args[0].downcast::<Context>() {
        Some(context) => Ok(&context.state),
        None => Err(wrong_receiver(interp, "decimal.Context", method, &args[0])),
    }
}

fn one(interp: &mut dyn Interpreter, args: &[Value], operation: op::One) -> Completion {
    let state = this(interp, args, "exp")?;
    let x = op::argument(interp, &args[1])?;
    op::apply_one(interp, &x, state, operation)
}

fn two(interp: &mut dyn Interpreter, args: &[Value], operation: op::Two) -> Completion {
    let state = this(interp, args, "add")?;
    let x = op::argument(interp, &args[1])?;
    let y = op::argument(interp, &args[2])?;
    op::apply_two(interp, &x, &y, state, operation)
}

fn test(interp: &mut dyn Interpreter, args: &[Value], question: fn(&Dec, &State) -> bool) -> Completion {
    let state = this(interp, args, "is_nan")?;
    let x = op::argument(interp, &args[1])?;
    Ok(Value::bool(question(&x, state)))
}

fn div_mod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "divmod")?;
    let x = op::argument(interp, &args[1])?;
    let y = op::argument(interp, &args[2])?;
    op::apply_div_mod(interp, &x, &y, state)
}

fn fma(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "fma")?;
    let x = op::argument(interp, &args[1])?;
    let y = op::argument(interp, &args[2])?;
    let z = op::argument(interp, &args[3])?;
    op::apply_fma(interp, [&x, &y, &z], state)
}

fn power(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "power")?;
    let a = op::argument(interp, &args[1])?;
    let b = op::argument(interp, &args[2])?;
    let modulus = match args[3].given_some() {
        Some(modulus) => Some(op::argument(interp, modulus)?),
        None => None,
    };
    op::apply_power(interp, &a, &b, modulus.as_deref(), state)
}

fn same_quantum(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "same_quantum")?;
    let x = op::argument(interp, &args[1])?;
    let y = op::argument(interp, &args[2])?;
    Ok(Value::bool(compare::same_quantum(&x, &y)))
}

fn number_class(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "number_class")?;
    let x = op::argument(interp, &args[1])?;
    Ok(Value::str(compare::number_class(&x, &state.settings.get())))
}

fn in_text(interp: &mut dyn Interpreter, args: &[Value], engineering: bool) -> Completion {
    let state = this(interp, args, "to_sci_string")?;
    let x = op::argument(interp, &args[1])?;
    Ok(Value::str(&text::to_text(&x, state.capitals.get(), engineering)))
}

fn expect_decimal(interp: &mut dyn Interpreter, value: &Value) -> Result<(), Raised> {
    if number_of(value).is_some() { Ok(()) } else { Err(interp.type_error("argument must be a Decimal")) }
}

fn canonical(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "canonical")?;
    expect_decimal(interp, &args[1])?;
    Ok(args[1].clone())
}

fn is_canonical(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "is_canonical")?;
    expect_decimal(interp, &args[1])?;
    Ok(Value::TRUE)
}

fn create_decimal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "create_decimal")?;
    let settings = state.settings.get();
    let mut status = Status::default();
    if let Some(text) = args[1].str_like() {
        let number = from_text(text, &settings, &mut status);
        return state.finish(interp, number, status).map(object);
    }
    let number = match sequence(&args[1]) {
        Some(items) => from_parts(interp, &items)?,
        None => from_value(interp, &args[1], state)?,
    };
    if number.is_nan() && !number.coefficient.is_zero() {
        if number.digits() > settings.prec - i64::from(settings.clamp) {
            let nan = Ok(status.invalid(Status::CONVERSION_SYNTAX));
            return state.finish(interp, nan, status).map(object);
        }
        return Ok(object(number));
    }
    let number = number.finalize(&settings, &mut status);
    state.finish(interp, number, status).map(object)
}

fn create_decimal_from_float(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "create_decimal_from_float")?;
    let Some(float) = args[1].float_like() else {
        let number = match args[1].is_integer() {
            true => from_value(interp, &args[1], state)?,
            false => return Err(interp.type_error("argument must be int or float")),
        };
        let mut status = Status::default();
        let number = number.finalize(&state.settings.get(), &mut status);
        return state.finish(interp, number, status).map(object);
    };
    let mut status = Status::default();
    let number = from_float(float).finalize(&state.settings.get(), &mut status);
    state.finish(interp, number, status).map(object)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "copy")?;
    Ok(Context::new(state.copy(state.status.get())))
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "__reduce__")?;
    let settings = state.settings.get();
    let class = interp.class_of(&args[0]);
    let arguments = vec![
        Value::int(settings.prec),
        Value::str(settings.rounding.name()),
        Value::int(settings.emin),
        Value::int(settings.emax),
        Value::int(state.capitals.get().into()),
        Value::int(settings.clamp.into()),
        names_list(state.status.get()),
        names_list(state.traps.get()),
    ];
    Ok(Value::tuple(vec![class, Value::tuple(arguments)]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, args, "__repr__")?;
    let settings = state.settings.get();
    Ok(Value::str(&format!(
        "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
        settings.prec,
        settings.rounding.name(),
        settings.emin,
        settings.emax,
        i32::from(state.capitals.get()),
        i32::from(settings.clamp),
        State::names(state.status.get()),
        State::names(state.traps.get()),
    )))
}

/// The signals of a context as a mapping.
pub static SIGNAL_DICT: TypeSpec = TypeSpec {
    name: "SignalDict",
    module: "decimal",
    doc: "",
    methods: SIGNAL_METHODS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static SIGNAL_METHODS: &[NativeRow] = &[
    native("__new__", "", |i, _| Err(i.value_error("invalid signal dict")), "").as_new(),
    native("__contains__", "key, /", |_, a| Ok(Value::bool(known_signal(&a[1]).is_some())), ""),
    native("__delitem__", "key, /", |i, _| Err(i.value_error("signal keys cannot be deleted")), ""),
    native("__eq__", "other, /", signals_equal, ""),
    native("__getitem__", "key, /", signals_get, ""),
    native(
        "__iter__",
        "",
        |i, _| {
            let keys = signal_keys();
            i.iter(&keys)
        },
        "",
    ),
    native("__len__", "", |_, _| Ok(Value::int(SIGNALS.len() as i64)), ""),
    native("__repr__", "", signals_repr, ""),
    native("__setitem__", "key, value, /", signals_set, ""),
    native("copy", "", |i, a| to_dict(i, a), ""),
    native(
        "get",
        "key, default=None, /",
        |i, a| if known_signal(&a[1]).is_some() { signals_get(i, a) } else { Ok(a[2].clone()) },
        "",
    ),
    native("items", "", |i, a| view(i, a, "ItemsView"), ""),
    native("keys", "", |i, a| view(i, a, "KeysView"), ""),
    native("values", "", |i, a| view(i, a, "ValuesView"), ""),
];

fn signals<'v>(interp: &mut dyn Interpreter, args: &'v [Value]) -> Result<&'v SignalDict, Raised> {
    match args[0].downcast::<SignalDict>() {
        Some(dict) => Ok(dict),
        None => Err(wrong_receiver(interp, "decimal.SignalDictMixin", "__len__", &args[0])),
    }
}

fn signal_keys() -> Value {
    Value::tuple(SIGNALS.iter().map(|(name, _)| known(name)).collect())
}

fn to_dict(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = signals(interp, args)?.get();
    let pairs = SIGNALS.iter().map(|(name, bits)| (known(name), Value::bool(flags & bits != 0)));
    let pairs = pairs.map(|(key, value)| Value::tuple(vec![key, value])).collect();
    let dict = interp.core(CoreType::Dict);
    interp.call(&dict, &[Value::list(pairs)])
}

/// A view of the mapping, of a class of `collections.abc`.
fn view(interp: &mut dyn Interpreter, args: &[Value], class: &str) -> Completion {
    let module = interp.import("collections.abc")?;
    interp.call_method(&module, class, &args[..1])
}

fn signals_get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = signals(interp, args)?.get();
    Ok(Value::bool(flags & signal_flag(interp, &args[1])? != 0))
}

fn signals_set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = signals(interp, args)?;
    let bits = signal_flag(interp, &args[1])?;
    let is_set = interp.truth(&args[2])?;
    dict.set(if is_set { dict.get() | bits } else { dict.get() & !bits });
    Ok(Value::NONE)
}

fn signals_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = signals(interp, args)?;
    if let Some(other) = args[1].downcast::<SignalDict>() {
        return Ok(Value::bool(dict.get() == other.get()));
    }
    if args[1].dict_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let own = to_dict(interp, args)?;
    Ok(Value::bool(interp.equals(&own, &args[1])?))
}

fn signals_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = signals(interp, args)?.get();
    let text = |bits: u32| if flags & bits != 0 { "True" } else { "False" };
    let pairs = SIGNALS.iter().map(|(name, bits)| format!("<class 'decimal.{name}'>:{}", text(*bits)));
    Ok(Value::str(&format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))))
}

pub static CONTEXT_MANAGER: TypeSpec = TypeSpec {
    name: "ContextManager",
    module: "decimal",
    doc: "",
    methods: MANAGER_METHODS,
    ..TypeSpec::EMPTY
};

static MANAGER_METHODS: &[NativeRow] =
    &[native("__enter__", "", enter, ""), native("__exit__", "*args", exit, "")];

fn manager<'v>(interp: &mut dyn Interpreter, args: &'v [Value]) -> Result<&'v ContextManager, Raised> {
    match args[0].downcast::<ContextManager>() {
        Some(manager) => Ok(manager),
        None => Err(wrong_receiver(interp, "decimal.ContextManager", "__enter__", &args[0])),
    }
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let manager = manager(interp, args)?;
    make_current(manager.local.clone());
    Ok(manager.local.clone())
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    make_current(manager(interp, args)?.global.clone());
    Ok(Value::FALSE)
}

/// Functions of the module.
pub static FUNCTIONS: &[NativeRow] = &[
    native("getcontext", "", |i, _| Ok(current(i)), "Get the current default context.\n\n"),
    native("localcontext", "ctx=None, *, prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None", local_context, "Return a context manager that will set the default context to a copy of ctx\non entry to the with-statement and restore the previous default context when\nexiting the with-statement. If no context is supplied, a copy of the current\ndefault context is used.\n\n").bound_by(call::LOCAL),
    native("setcontext", "context, /", set_context, "Set a new default context.\n\n"),
];

fn set_context(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(context) = args[0].downcast::<Context>() else {
        return Err(interp.type_error("argument must be a context"));
    };
    // The templates stay as they are.
    let is_template =
        ["DefaultContext", "BasicContext", "ExtendedContext"].iter().any(|name| known(name).is(&args[0]));
    make_current(if is_template { Context::new(context.state.copy(0)) } else { args[0].clone() });
    Ok(Value::NONE)
}

fn local_context(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let global = current(interp);
    let context = context_argument(interp, &args[0])?;
    let state = super::state::state_of(&context);
    let local = Context::new(state.copy(state.status.get()));
    apply(interp, &local, &args[1..])?;
    Ok(Value::object(ContextManager { local, global }))
}
