//! `float`.

use super::bytes_argument::byte_text;
use super::numeric::{Family, comparisons, construct, format_spec, operators, unary_operators};
use super::numeric::{has_special, short_repr, warn_subclass};
use crate::object::format::float::{Repr, format_float};
use crate::object::hash::hash_float;
use crate::object::interpreter::Comparison;
use crate::object::number::{self, Number, Op};
use crate::object::spec::{getter, native};
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

/// The class `float`.
pub static FLOAT: TypeSpec = TypeSpec {
    name: "float", signature: "(x=0, /)",
    doc: "Convert a string or number to a floating-point number, if possible.",
    core: Some(CoreType::Float),
    methods: &[
        native("__new__", "x=?, /", new, "Create and return a new object.  See help(type) for accurate signature.").as_new(),
        native("__abs__", "", abs, "abs(self)"),
        native("__add__", "value, /", add, "Return self+value."),
        native("__bool__", "", bool, "True if self else False"),
        native("__ceil__", "", ceil, "Return the ceiling as an Integral."),
        native("__divmod__", "value, /", divmod, "Return divmod(self, value)."),
        native("__eq__", "value, /", eq, "Return self==value."),
        native("__float__", "", float, "float(self)"),
        native("__floor__", "", floor, "Return the floor as an Integral."),
        native("__floordiv__", "value, /", floordiv, "Return self//value."),
        native("__format__", "format_spec, /", format, "Formats the float according to format_spec."),
        native("__ge__", "value, /", ge, "Return self>=value."),
        native("__getformat__", "typestr, /", getformat, "You probably don't want to use this function.\n\n  typestr\n    Must be 'double' or 'float'.\n\nIt exists mainly to be used in Python's test suite.\n\nThis function returns whichever of 'unknown', 'IEEE, big-endian' or 'IEEE,\nlittle-endian' best describes the format of floating-point numbers used by the\nC type named by typestr.").as_class(),
        native("__getnewargs__", "", getnewargs, "Arguments for copying."),
        native("__gt__", "value, /", gt, "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__int__", "", int, "int(self)"),
        native("__le__", "value, /", le, "Return self<=value."),
        native("__lt__", "value, /", lt, "Return self<value."),
        native("__mod__", "value, /", modulo, "Return self%value."),
        native("__mul__", "value, /", mul, "Return self*value."),
        native("__ne__", "value, /", ne, "Return self!=value."),
        native("__neg__", "", neg, "-self"),
        native("__pos__", "", pos, "+self"),
        native("__pow__", "value, mod=None, /", pow, "Return pow(self, value, mod)."),
        native("__radd__", "value, /", radd, "Return value+self."),
        native("__rdivmod__", "value, /", rdivmod, "Return divmod(value, self)."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__rfloordiv__", "value, /", rfloordiv, "Return value//self."),
        native("__rmod__", "value, /", rmod, "Return value%self."),
        native("__rmul__", "value, /", rmul, "Return value*self."),
        native(
            "__round__",
            "ndigits=None, /",
            round,
            "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits).",
        ),
        native("__rpow__", "value, mod=None, /", rpow, "Return pow(value, self, mod)."),
        native("__rsub__", "value, /", rsub, "Return value-self."),
        native("__rtruediv__", "value, /", rtruediv, "Return value/self."),
        native("__sizeof__", "", sizeof, "Returns size in memory, in bytes."),
        native("__sub__", "value, /", sub, "Return self-value."),
        native("__truediv__", "value, /", truediv, "Return self/value."),
        native("__trunc__", "", trunc, "Return the Integral closest to x between 0 and x."),
        native("as_integer_ratio", "", as_integer_ratio, "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest terms and has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on NaNs.\n\n>>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (0.0).as_integer_ratio()\n(0, 1)\n>>> (-.25).as_integer_ratio()\n(-1, 4)"),
        native("conjugate", "", conjugate, "Return self, the complex conjugate of any float."),
        native("fromhex", "string, /", fromhex, "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324")
            .as_class(),
        native("hex", "", hex, "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'"),
        native("is_integer", "", is_integer, "Return True if the float is an integer."),
    ],
    getters: &[
        getter("imag", zero, "the imaginary part of a complex number"),
        getter("real", itself, "the real part of a complex number"),
    ],
    subclassable: true,
    ..TypeSpec::EMPTY
};

fn own(value: &Value) -> Option<Number<'_>> {
    value.float_like().map(Number::Float)
}

static FAMILY: Family = Family { name: "float", own, other: Number::real_like };

operators! {
    FAMILY;
    Add: "__add__" add, "__radd__" radd;
    Sub: "__sub__" sub, "__rsub__" rsub;
    Mul: "__mul__" mul, "__rmul__" rmul;
    TrueDiv: "__truediv__" truediv, "__rtruediv__" rtruediv;
    FloorDiv: "__floordiv__" floordiv, "__rfloordiv__" rfloordiv;
    Mod: "__mod__" modulo, "__rmod__" rmod;
}

comparisons! {
    FAMILY;
    Lt: "__lt__" lt;
    Le: "__le__" le;
    Eq: "__eq__" eq;
    Ne: "__ne__" ne;
    Gt: "__gt__" gt;
    Ge: "__ge__" ge;
}

unary_operators! {
    FAMILY;
    Neg: "__neg__" neg;
    Pos: "__pos__" pos;
    Pos: "__float__" float;
    Pos: "conjugate" conjugate;
}

fn receiver(interp: &mut dyn Interpreter, method: &str, value: &Value) -> Result<f64, Raised> {
    FAMILY.receiver(interp, method, value)?.to_float().map_err(|fault| fault.raise(interp))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[1].given() {
        Some(value) if value.as_float().is_some() => Ok(value.clone()),
        Some(value) => Ok(Value::new_float(to_float(interp, value)?)),
        None => Ok(Value::float(0.0)),
    }
}

/// `float(value)`.
pub fn to_float(interp: &mut dyn Interpreter, value: &Value) -> Result<f64, Raised> {
    match Number::exact(value) {
        Some(Number::Complex(_)) | None => {}
        Some(number) => return number.to_float().map_err(|fault| fault.raise(interp)),
    }
    if let Some(result) = interp.call_special(value, "__float__", &[])? {
        let Some(float) = result.float_like() else {
            let (class, found) = (interp.type_name(value), interp.type_name(&result));
            return Err(interp.type_error(&format!("{class}.__float__ returned non-float (type {found})")));
        };
        if result.as_float().is_none() {
            let class = interp.type_name(value);
            warn_subclass(interp, &format!("{class}.__float__"), &FLOAT, &result)?;
        }
        return Ok(float);
    }
    if has_special(interp, value, "__index__") {
        let index = interp.index(value)?;
        return interp.expect_float(&index);
    }
    let parsed = match (value.str_like(), byte_text(value)) {
        (Some(text), _) => number::parse_float(text),
        (None, Some(text)) => number::parse_float(&text),
        (None, None) => {
            let class = interp.type_name(value);
            let text = format!("float() argument must be a string or a real number, not '{class}'");
            return Err(interp.type_error(&text));
        }
    };
    match parsed {
        Some(float) => Ok(float),
        None => {
            let repr = short_repr(interp, value)?;
            Err(interp.value_error(&format!("could not convert string to float: {repr}")))
        }
    }
}

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::float(receiver(interp, "__abs__", &args[0])?.abs()))
}

fn bool(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(receiver(interp, "__bool__", &args[0])? != 0.0))
}

fn to_int(interp: &mut dyn Interpreter, value: f64) -> Completion {
    number::float_to_int(value).map_err(|fault| fault.raise(interp))
}

fn ceil(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__ceil__", &args[0])?;
    to_int(interp, value.ceil())
}

fn floor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__floor__", &args[0])?;
    to_int(interp, value.floor())
}

fn int(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__int__", &args[0])?;
    to_int(interp, value)
}

fn trunc(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__trunc__", &args[0])?;
    to_int(interp, value)
}

fn divmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.div_mod(interp, ("__divmod__", false), args)
}

fn rdivmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.div_mod(interp, ("__rdivmod__", true), args)
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__format__", &args[0])?;
    let spec = format_spec(interp, &args[1])?;
    if spec.is_empty() {
        return interp.to_str(&args[0]);
    }
    let class = interp.type_name(&args[0]);
    format_float(value, spec, &class).map_err(|fault| fault.raise(interp))
}

fn getformat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[1].str_like() {
        Some("double" | "float") if cfg!(target_endian = "little") => Ok(Value::str("IEEE, little-endian")),
        Some("double" | "float") => Ok(Value::str("IEEE, big-endian")),
        Some(_) => Err(interp.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
        None => {
            let class = interp.type_name(&args[1]);
            Err(interp.type_error(&format!("__getformat__() argument must be str, not {class}")))
        }
    }
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::tuple(vec![Value::float(receiver(interp, "__getnewargs__", &args[0])?)]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(hash_float(receiver(interp, "__hash__", &args[0])?, 0)))
}

fn pow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_modulus(interp, &args[2])?;
    FAMILY.operate(interp, ("__pow__", Op::Pow, false), args)
}

fn rpow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_modulus(interp, &args[2])?;
    FAMILY.operate(interp, ("__rpow__", Op::Pow, true), args)
}

fn check_modulus(interp: &mut dyn Interpreter, modulus: &Value) -> Result<(), Raised> {
    if modulus.is_none() {
        return Ok(());
    }
    Err(interp.type_error("pow() 3rd argument not allowed unless all arguments are integers"))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(Repr::new(receiver(interp, "__repr__", &args[0])?).as_str()))
}

fn round(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__round__", &args[0])?;
    let digits = match args[1].given_some() {
        Some(digits) => Some(interp.index(digits)?),
        None => None,
    };
    let digits = digits.as_ref().and_then(Number::exact);
    number::round_float(value, digits).map_err(|fault| fault.raise(interp))
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    receiver(interp, "__sizeof__", &args[0])?;
    Ok(Value::int(24))
}

fn as_integer_ratio(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "as_integer_ratio", &args[0])?;
    let (numerator, denominator) = number::float_ratio(value).map_err(|fault| fault.raise(interp))?;
    Ok(Value::tuple(vec![numerator, denominator]))
}

fn fromhex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(text) = args[1].str_like() else {
        return Err(interp.type_error("bad argument type for built-in operation"));
    };
    if crate::object::surrogate::contains(text) {
        // CPython reads it as UTF-8.
        interp.call_method(&args[1], "encode", &[])?;
    }
    let value = number::float_from_hex(text).map_err(|fault| fault.raise(interp))?;
    construct(interp, &args[0], CoreType::Float, Value::float(value))
}

fn hex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "hex", &args[0])?;
    Ok(match number::float_to_hex(value) {
        Some(text) => Value::str(&text),
        None => Value::str(Repr::new(value).as_str()),
    })
}

fn is_integer(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "is_integer", &args[0])?;
    Ok(Value::bool(value.is_finite() && value.floor() == value))
}

fn itself(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    Ok(Value::float(receiver(interp, "real", value)?))
}

fn zero(_: &mut dyn Interpreter, _: &Value) -> Completion {
    Ok(Value::float(0.0))
}
