//! Builtin functions about numbers and order.

use crate::library::types::bytes::buffer::Content;
use crate::library::types::bytes::bytearray::ByteArray;
use crate::object::convention::Convention;
use crate::object::format::integer::digits;
use crate::object::interpreter::Comparison;
use crate::object::number::{self, Number, Op};
use crate::object::order;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::surrogate;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value};

/// The rows of this topic.
pub static FUNCTIONS: &[NativeRow] = &[
    native("abs", "x, /", abs, "Return the absolute value of the argument."),
    native("bin", "number, /", bin, "Return the binary representation of an integer."),
    native("chr", "i, /", chr, "Return a Unicode string of one character with ordinal i."),
    native("divmod", "x, y, /", divmod, "Return the tuple (x//y, x%y)."),
    native("hex", "number, /", hex, "Return the hexadecimal representation of an integer."),
    native(
        "max",
        "*args, key=None, default=?",
        max,
        "max(iterable, *[, default=obj, key=func]) -> value\n\
         max(arg1, arg2, *args, *[, key=func]) -> value\n\n\
         With a single iterable argument, return its biggest item. The\n\
         default keyword-only argument specifies an object to return if\n\
         the provided iterable is empty.\n\
         With two or more positional arguments, return the largest argument.",
    )
    .bound_by(Convention::Own(wrong_max))
    .with_positional(|interp, items| extreme_of(interp, "max", Comparison::Gt, items, None, None)),
    native(
        "min",
        "*args, key=None, default=?",
        min,
        "min(iterable, *[, default=obj, key=func]) -> value\n\
         min(arg1, arg2, *args, *[, key=func]) -> value\n\n\
         With a single iterable argument, return its smallest item. The\n\
         default keyword-only argument specifies an object to return if\n\
         the provided iterable is empty.\n\
         With two or more positional arguments, return the smallest argument.",
    )
    .bound_by(Convention::Own(wrong_min))
    .with_positional(|interp, items| extreme_of(interp, "min", Comparison::Lt, items, None, None)),
    native("oct", "number, /", oct, "Return the octal representation of an integer."),
    native("ord", "c, /", ord, "Return the Unicode code point for a one-character string."),
    native(
        "pow",
        "base, exp, mod=None",
        pow,
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments.",
    ),
    native("round", "number, ndigits=None", round, "Round a number to a given precision in decimal digits."),
    native(
        "sum",
        "iterable, /, start=?",
        sum,
        "Return the sum of a 'start' value (default: 0) plus an iterable of numbers",
    ),
];

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    absolute(interp, &args[0])
}

/// `abs(value)`.
pub fn absolute(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    if let Some(number) = Number::exact(value) {
        return number::absolute(number).map_err(|fault| fault.raise(interp));
    }
    match interp.call_special(value, "__abs__", &[])? {
        Some(result) => Ok(result),
        None => {
            let class = interp.type_name(value);
            Err(interp.type_error(&format!("bad operand type for abs(): '{class}'")))
        }
    }
}

fn bin(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    in_base(interp, &args[0], 2, "0b")
}

fn oct(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    in_base(interp, &args[0], 8, "0o")
}

fn hex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    in_base(interp, &args[0], 16, "0x")
}

fn in_base(interp: &mut dyn Interpreter, value: &Value, base: u32, prefix: &str) -> Completion {
    let value = interp.index(value)?;
    let (is_negative, digits) = digits(&value, base, false).map_err(|fault| fault.raise(interp))?;
    Ok(Value::str(&format!("{}{prefix}{digits}", if is_negative { "-" } else { "" })))
}

fn chr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = interp.index(&args[0])?;
    match code.as_int().map(u32::try_from) {
        Some(Ok(code @ 0..=0x10ffff)) => match surrogate::character(code) {
            Ok(character) => Ok(Value::char(character)),
            Err(fault) => Err(fault.raise(interp)),
        },
        _ => Err(interp.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = &args[0];
    let length = if let Some(text) = value.str_like() {
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            return Ok(Value::int(surrogate::code(character).into()));
        }
        text.chars().count()
    } else if let Some(data) = byte_content(value) {
        if let &[byte] = &*data {
            return Ok(Value::int(byte.into()));
        }
        data.len()
    } else {
        let class = interp.type_name(value);
        let text = format!("ord() expected string of length 1, but {class} found");
        return Err(interp.type_error(&text));
    };
    Err(interp.type_error(&format!("ord() expected a character, but string of length {length} found")))
}

/// The content of a `bytes` or `bytearray`.
fn byte_content(value: &Value) -> Option<Content<'_>> {
    match value.bytes_like() {
        Some(data) => Some(Content::Slice(data)),
        None => value.downcast::<ByteArray>().map(ByteArray::content),
    }
}

fn divmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (left, right) = (&args[0], &args[1]);
    if let (Some(a), Some(b)) = (Number::exact(left), Number::exact(right))
        && let Some(outcome) = number::div_mod(a, b)
    {
        return match outcome {
            Ok((quotient, remainder)) => Ok(Value::tuple(vec![quotient, remainder])),
            Err(fault) => Err(fault.raise(interp)),
        };
    }
    let (left_class, right_class) = (interp.class_of(left), interp.class_of(right));
    let is_same = left_class.is(&right_class);
    // An instance of a subclass is asked first, as for every binary operator.
    let is_right_first =
        !is_same && right_class.as_type().is_some_and(|class| class.is_subclass_of(&left_class));
    let order = if is_right_first { [true, false] } else { [false, true] };
    for is_reflected in order {
        let result = match is_reflected {
            false => interp.call_special(left, "__divmod__", std::slice::from_ref(right))?,
            true if is_same => None,
            true => interp.call_special(right, "__rdivmod__", std::slice::from_ref(left))?,
        };
        if let Some(result) = result.filter(|result| !result.is_not_implemented()) {
            return Ok(result);
        }
    }
    let (left, right) = (interp.type_name(left), interp.type_name(right));
    Err(interp.type_error(&format!("unsupported operand type(s) for divmod(): '{left}' and '{right}'")))
}

fn pow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [base, exponent, modulus] = args else { return Ok(Value::NOT_IMPLEMENTED) };
    if modulus.is_none() {
        return interp.binary(Op::Pow, base, exponent);
    }
    // Each operand's class in turn: int waits for three integers, float and complex refuse.
    for operand in [base, exponent, modulus] {
        // The methods of a subclass without a `__pow__` of its own are those of the number.
        let own = if operand.is(base) { Number::exact(operand) } else { Number::like(operand) };
        match own {
            Some(Number::Float(_)) => {
                let text = "pow() 3rd argument not allowed unless all arguments are integers";
                return Err(interp.type_error(text));
            }
            // The class of a complex only knows numbers.
            Some(Number::Complex(_)) if Number::like(base).is_none() || Number::like(exponent).is_none() => {}
            Some(Number::Complex(_)) => return Err(interp.value_error("complex modulo")),
            Some(Number::Int(_) | Number::Big(_)) => {
                let numbers = [base, exponent, modulus].map(Number::integer_like);
                if let [Some(base), Some(exponent), Some(modulus)] = numbers
                    && let Some(outcome) = number::power_mod(base, exponent, modulus)
                {
                    return outcome.map_err(|fault| fault.raise(interp));
                }
            }
            None if operand.is(base) => {
                let arguments = [exponent.clone(), modulus.clone()];
                let result = interp.call_special(base, "__pow__", &arguments)?;
                if result.is_none() && reflects_powers(interp, base) {
                    return Err(interp.raise(CoreType::AttributeError, "__pow__"));
                }
                if let Some(result) = result.filter(|result| !result.is_not_implemented()) {
                    return Ok(result);
                }
            }
            None => {}
        }
    }
    let names = [base, exponent, modulus].map(|operand| format!("'{}'", interp.type_name(operand)));
    let text = format!("unsupported operand type(s) for ** or pow(): {}", names.join(", "));
    Err(interp.type_error(&text))
}

/// Whether a script's class has `__rpow__` alone, which a power of three operands does not ask.
fn reflects_powers(interp: &mut dyn Interpreter, value: &Value) -> bool {
    let class = interp.class_of(value);
    let found = class.as_type().and_then(|class| class.lookup(&intern("__rpow__")));
    found.is_some_and(|found| found.as_native().is_none())
}

fn round(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (value, digits) = (&args[0], args[1].given_some());
    if let (Some(Number::Float(value)), None) = (Number::exact(value), digits) {
        return number::round_float(value, None).map_err(|fault| fault.raise(interp));
    }
    let digits = digits.map(std::slice::from_ref).unwrap_or_default();
    match interp.call_special(value, "__round__", digits)? {
        Some(result) => Ok(result),
        None => {
            let class = interp.type_name(value);
            Err(interp.type_error(&format!("type {class} doesn't define __round__ method")))
        }
    }
}

fn sum(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[0])?;
    let start = args[1].given().cloned().unwrap_or(Value::int(0));
    let refused = match () {
        () if start.str_like().is_some() => Some("sum() can't sum strings [use ''.join(seq) instead]"),
        () if start.bytes_like().is_some() => Some("sum() can't sum bytes [use b''.join(seq) instead]"),
        () if start.downcast::<ByteArray>().is_some() => {
            Some("sum() can't sum bytearray [use b''.join(seq) instead]")
        }
        () => None,
    };
    if let Some(text) = refused {
        return Err(interp.type_error(text));
    }
    let mut sum = start;
    if sum.as_int().is_some() && sum_ints(interp, &iterator, &mut sum)? {
        return Ok(sum);
    }
    if sum.as_float().is_some() && sum_floats(interp, &iterator, &mut sum)? {
        return Ok(sum);
    }
    while let Some(item) = interp.next(&iterator)? {
        sum = interp.binary(Op::Add, &sum, &item)?;
    }
    Ok(sum)
}

/// Add machine integers as long as there are no others; whether the iterator is exhausted.
fn sum_ints(interp: &mut dyn Interpreter, iterator: &Value, sum: &mut Value) -> Result<bool, Raised> {
    let mut total = sum.as_int().unwrap_or(0);
    loop {
        let Some(item) = interp.next(iterator)? else {
            *sum = Value::int(total);
            return Ok(true);
        };
        match item.as_int_or_bool().and_then(|item| total.checked_add(item)) {
            Some(next) => total = next,
            None => {
                *sum = interp.binary(Op::Add, &Value::int(total), &item)?;
                return Ok(false);
            }
        }
    }
}

/// Add floats with Neumaier's compensation as long as there are only floats and machine
/// integers; whether the iterator is exhausted.
fn sum_floats(interp: &mut dyn Interpreter, iterator: &Value, sum: &mut Value) -> Result<bool, Raised> {
    let (mut high, mut low) = (sum.as_float().unwrap_or(0.0), 0.0);
    let total = |high: f64, low: f64| if low != 0.0 && low.is_finite() { high + low } else { high };
    loop {
        let Some(item) = interp.next(iterator)? else {
            *sum = Value::float(total(high, low));
            return Ok(true);
        };
        if let Some(item) = item.as_float() {
            let next = high + item;
            low += if high.abs() >= item.abs() { (high - next) + item } else { (item - next) + high };
            high = next;
        } else if let Some(item) = item.int_like() {
            high += item as f64;
        } else {
            *sum = interp.binary(Op::Add, &Value::float(total(high, low)), &item)?;
            return Ok(false);
        }
    }
}

fn wrong_max(given: usize, _: &[&str]) -> Option<String> {
    (given == 0).then(|| "max expected at least 1 argument, got 0".to_owned())
}

fn wrong_min(given: usize, _: &[&str]) -> Option<String> {
    (given == 0).then(|| "min expected at least 1 argument, got 0".to_owned())
}

fn max(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    extreme(interp, "max", Comparison::Gt, args)
}

fn min(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    extreme(interp, "min", Comparison::Lt, args)
}

/// What an item is compared by.
fn rank(interp: &mut dyn Interpreter, key: Option<&Value>, item: &Value) -> Completion {
    match key {
        Some(key) => interp.call(key, std::slice::from_ref(item)),
        None => Ok(item.clone()),
    }
}

/// The first item for which no other is `op`; `args` are key, default, and the items.
fn extreme(interp: &mut dyn Interpreter, name: &str, op: Comparison, args: &[Value]) -> Completion {
    let items = args[2].as_tuple().unwrap_or_default();
    extreme_of(interp, name, op, items, args[0].given_some(), args[1].given())
}

fn extreme_of(
    interp: &mut dyn Interpreter,
    name: &str,
    op: Comparison,
    items: &[Value],
    key: Option<&Value>,
    default: Option<&Value>,
) -> Completion {
    let iterable = match items {
        [] => return Err(interp.type_error(&format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => iterable,
        _ if default.is_some() => {
            let text = format!("Cannot specify a default for {name}() with multiple positional arguments");
            return Err(interp.type_error(&text));
        }
        [first, rest @ ..] => {
            let mut best = (first, rank(interp, key, first)?);
            for item in rest {
                let rank = rank(interp, key, item)?;
                if order::compare(interp, op, &rank, &best.1)? {
                    best = (item, rank);
                }
            }
            return Ok(best.0.clone());
        }
    };
    let iterator = interp.iter(iterable)?;
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = interp.next(&iterator)? {
        let rank = rank(interp, key, &item)?;
        let is_better = match &best {
            Some((_, best)) => order::compare(interp, op, &rank, best)?,
            None => true,
        };
        if is_better {
            best = Some((item, rank));
        }
    }
    match (best, default) {
        (Some((item, _)), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => {
            let text = format!("{name}() iterable argument is empty");
            Err(interp.raise(CoreType::ValueError, &text))
        }
    }
}
