//! `int`.

mod bytes;
mod new;

use super::numeric::{Family, comparisons, format_spec, operators, unary_operators};
use crate::object::convention::Convention;
use crate::object::format::integer::{format_int, int_str};
use crate::object::hash::hash_simple;
use crate::object::interpreter::Comparison;
use crate::object::number::{self, Number, Op};
use crate::object::spec::{getter, native};
use crate::object::{Completion, CoreType, Interpreter, TypeSpec, Value};

pub use new::to_int;

/// The class `int`.
pub static INT: TypeSpec = TypeSpec {
    name: "int",
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer literal.\n>>> int('0b100', base=0)\n4",
    core: Some(CoreType::Int),
    methods: &[
        native("__new__", "x=?, /, base=?", new::new, "Create and return a new object.  See help(type) for accurate signature.")
            .as_new()
            .bound_by(Convention::Fast),
        native("__abs__", "", abs, "abs(self)"),
        native("__add__", "value, /", add, "Return self+value."),
        native("__and__", "value, /", and, "Return self&value."),
        native("__bool__", "", bool, "True if self else False"),
        native("__ceil__", "", ceil, "Ceiling of an Integral returns itself."),
        native("__divmod__", "value, /", divmod, "Return divmod(self, value)."),
        native("__eq__", "value, /", eq, "Return self==value."),
        native("__float__", "", float, "float(self)"),
        native("__floor__", "", floor, "Flooring an Integral returns itself."),
        native("__floordiv__", "value, /", floordiv, "Return self//value."),
        native("__format__", "format_spec, /", format, "Convert to a string according to format_spec."),
        native("__ge__", "value, /", ge, "Return self>=value."),
        native("__getnewargs__", "", getnewargs, "Arguments for copying."),
        native("__gt__", "value, /", gt, "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__index__", "", index, "Return self converted to an integer, if self is suitable for use as an index into a list."),
        native("__int__", "", int, "int(self)"),
        native("__invert__", "", invert, "~self"),
        native("__le__", "value, /", le, "Return self<=value."),
        native("__lshift__", "value, /", lshift, "Return self<<value."),
        native("__lt__", "value, /", lt, "Return self<value."),
        native("__mod__", "value, /", modulo, "Return self%value."),
        native("__mul__", "value, /", mul, "Return self*value."),
        native("__ne__", "value, /", ne, "Return self!=value."),
        native("__neg__", "", neg, "-self"),
        native("__or__", "value, /", or, "Return self|value."),
        native("__pos__", "", pos, "+self"),
        native("__pow__", "value, mod=None, /", pow, "Return pow(self, value, mod)."),
        native("__radd__", "value, /", radd, "Return value+self."),
        native("__rand__", "value, /", rand, "Return value&self."),
        native("__rdivmod__", "value, /", rdivmod, "Return divmod(value, self)."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__rfloordiv__", "value, /", rfloordiv, "Return value//self."),
        native("__rlshift__", "value, /", rlshift, "Return value<<self."),
        native("__rmod__", "value, /", rmod, "Return value%self."),
        native("__rmul__", "value, /", rmul, "Return value*self."),
        native("__ror__", "value, /", ror, "Return value|self."),
        native("__round__", "ndigits=?, /", round, "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer."),
        native("__rpow__", "value, mod=None, /", rpow, "Return pow(value, self, mod)."),
        native("__rrshift__", "value, /", rrshift, "Return value>>self."),
        native("__rshift__", "value, /", rshift, "Return self>>value."),
        native("__rsub__", "value, /", rsub, "Return value-self."),
        native("__rtruediv__", "value, /", rtruediv, "Return value/self."),
        native("__rxor__", "value, /", rxor, "Return value^self."),
        native("__sizeof__", "", sizeof, "Returns size in memory, in bytes."),
        native("__sub__", "value, /", sub, "Return self-value."),
        native("__truediv__", "value, /", truediv, "Return self/value."),
        native("__trunc__", "", trunc, "Truncating an Integral returns itself."),
        native("__xor__", "value, /", xor, "Return self^value."),
        native("as_integer_ratio", "", as_integer_ratio, "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has a positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, 1)\n>>> (0).as_integer_ratio()\n(0, 1)"),
        native("bit_count", "", bit_count, "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3"),
        native("bit_length", "", bit_length, "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6"),
        native("conjugate", "", conjugate, "Returns self, the complex conjugate of any int."),
        native(
            "from_bytes",
            "bytes, byteorder='big', *, signed=False",
            bytes::from_bytes,
            "Return the integer represented by the given array of bytes.\n\n  bytes\n    Holds the array of bytes to convert.  The argument must either\n    support the buffer protocol or be an iterable object producing bytes.\n    Bytes and bytearray are examples of built-in objects that support the\n    buffer protocol.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is 'big',\n    the most significant byte is at the beginning of the byte array.  If\n    byteorder is 'little', the most significant byte is at the end of the\n    byte array.  To request the native byte order of the host system, use\n    sys.byteorder as the byte order value.  Default is to use 'big'.\n  signed\n    Indicates whether two's complement is used to represent the integer.",
        )
        .as_class(),
        native("is_integer", "", is_integer, "Returns True. Exists for duck type compatibility with float.is_integer."),
        native(
            "to_bytes",
            "length=1, byteorder='big', *, signed=False",
            bytes::to_bytes,
            "Return an array of bytes representing an integer.\n\n  length\n    Length of bytes object to use.  An OverflowError is raised if the\n    integer is not representable with the given number of bytes.  Default\n    is length 1.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is 'big',\n    the most significant byte is at the beginning of the byte array.  If\n    byteorder is 'little', the most significant byte is at the end of the\n    byte array.  To request the native byte order of the host system, use\n    sys.byteorder as the byte order value.  Default is to use 'big'.\n  signed\n    Determines whether two's complement is used to represent the integer.\n    If signed is False and a negative integer is given, an OverflowError\n    is raised.",
        ),
    ],
    getters: &[
        getter("denominator", one, "the denominator of a rational number in lowest terms"),
        getter("imag", zero, "the imaginary part of a complex number"),
        getter("numerator", itself, "the numerator of a rational number in lowest terms"),
        getter("real", itself, "the real part of a complex number"),
    ],
    subclassable: true,
    ..TypeSpec::EMPTY
};

static FAMILY: Family = Family { name: "int", own: Number::integer_like, other: Number::integer_like };

operators! {
    FAMILY;
    Add: "__add__" add, "__radd__" radd;
    Sub: "__sub__" sub, "__rsub__" rsub;
    Mul: "__mul__" mul, "__rmul__" rmul;
    TrueDiv: "__truediv__" truediv, "__rtruediv__" rtruediv;
    FloorDiv: "__floordiv__" floordiv, "__rfloordiv__" rfloordiv;
    Mod: "__mod__" modulo, "__rmod__" rmod;
    LShift: "__lshift__" lshift, "__rlshift__" rlshift;
    RShift: "__rshift__" rshift, "__rrshift__" rrshift;
    BitAnd: "__and__" and, "__rand__" rand;
    BitOr: "__or__" or, "__ror__" ror;
    BitXor: "__xor__" xor, "__rxor__" rxor;
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
    Invert: "__invert__" invert;
    Pos: "__int__" int;
    Pos: "__index__" index;
    Pos: "__trunc__" trunc;
    Pos: "__floor__" floor;
    Pos: "__ceil__" ceil;
    Pos: "conjugate" conjugate;
}

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "__abs__", &args[0])?;
    number::absolute(number).map_err(|fault| fault.raise(interp))
}

fn bool(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(FAMILY.receiver(interp, "__bool__", &args[0])?.is_true()))
}

fn divmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.div_mod(interp, ("__divmod__", false), args)
}

fn rdivmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.div_mod(interp, ("__rdivmod__", true), args)
}

fn float(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "__float__", &args[0])?;
    number.to_float().map(Value::float).map_err(|fault| fault.raise(interp))
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.receiver(interp, "__format__", &args[0])?;
    let spec = format_spec(interp, &args[1])?;
    if spec.is_empty() {
        return interp.to_str(&args[0]);
    }
    let class = interp.type_name(&args[0]);
    format_int(&args[0], spec, &class).map_err(|fault| fault.raise(interp))
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::tuple(vec![FAMILY.receiver(interp, "__getnewargs__", &args[0])?.to_value()]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let exact = FAMILY.receiver(interp, "__hash__", &args[0])?.to_value();
    Ok(Value::int(hash_simple(&exact).unwrap_or(0)))
}

fn pow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let base = FAMILY.receiver(interp, "__pow__", &args[0])?;
    power(interp, Some(base), Number::integer_like(&args[1]), &args[2])
}

fn rpow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let exponent = FAMILY.receiver(interp, "__rpow__", &args[0])?;
    power(interp, Number::integer_like(&args[1]), Some(exponent), &args[2])
}

fn power(
    interp: &mut dyn Interpreter,
    base: Option<Number<'_>>,
    exponent: Option<Number<'_>>,
    modulus: &Value,
) -> Completion {
    let (Some(base), Some(exponent)) = (base, exponent) else { return Ok(Value::NOT_IMPLEMENTED) };
    let outcome = if modulus.is_none() {
        number::power(base, exponent)
    } else {
        let Some(modulus) = Number::integer_like(modulus) else { return Ok(Value::NOT_IMPLEMENTED) };
        let Some(outcome) = number::power_mod(base, exponent, modulus) else {
            return Ok(Value::NOT_IMPLEMENTED);
        };
        outcome
    };
    outcome.map_err(|fault| fault.raise(interp))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.receiver(interp, "__repr__", &args[0])?;
    match int_str(&args[0]) {
        Ok(text) => Ok(Value::str(&text)),
        Err(fault) => Err(fault.raise(interp)),
    }
}

fn round(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "__round__", &args[0])?;
    let Some(digits) = args[1].given() else { return Ok(number.to_value()) };
    let digits = interp.index(digits)?;
    let Some(digits) = Number::exact(&digits) else { return Ok(number.to_value()) };
    Ok(number::round_int(number, digits))
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "__sizeof__", &args[0])?;
    // CPython's: a header of 24 bytes and four bytes for every 30 bits.
    let digits = number::bit_length(number).div_ceil(30).max(1);
    Ok(Value::uint(24 + 4 * digits))
}

fn as_integer_ratio(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "as_integer_ratio", &args[0])?;
    Ok(Value::tuple(vec![number.to_value(), Value::int(1)]))
}

fn bit_count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "bit_count", &args[0])?;
    Ok(Value::uint(number::bit_count(number)))
}

fn bit_length(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "bit_length", &args[0])?;
    Ok(Value::uint(number::bit_length(number)))
}

fn is_integer(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    FAMILY.receiver(interp, "is_integer", &args[0])?;
    Ok(Value::TRUE)
}

fn itself(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    Ok(FAMILY.receiver(interp, "real", value)?.to_value())
}

fn one(_: &mut dyn Interpreter, _: &Value) -> Completion {
    Ok(Value::int(1))
}

fn zero(_: &mut dyn Interpreter, _: &Value) -> Completion {
    Ok(Value::int(0))
}
