//! `complex`.

use super::float::to_float;
use super::numeric::{Family, comparisons, format_spec, operators, unary_operators};
use super::numeric::{has_special, short_repr, warn_subclass};
use crate::object::complex::ComplexObject;
use crate::object::format::complex::{self, format_complex};
use crate::object::hash::hash_simple;
use crate::object::interpreter::Comparison;
use crate::object::number::{self, Number, Op, ParseError};
use crate::object::spec::{member, native};
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

/// The class `complex`.
pub static COMPLEX: TypeSpec = TypeSpec {
    name: "complex",
    signature: "(real=0, imag=0)",
    doc: "Create a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    core: Some(CoreType::Complex),
    methods: &[
        native(
            "__new__",
            "real=?, imag=?",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__abs__", "", abs, "abs(self)"),
        native("__add__", "value, /", add, "Return self+value."),
        native("__bool__", "", bool, "True if self else False"),
        native("__complex__", "", complex_, "Convert this value to exact type complex."),
        native("__eq__", "value, /", eq, "Return self==value."),
        native("__format__", "format_spec, /", format, "Convert to a string according to format_spec."),
        native("__ge__", "value, /", ge, "Return self>=value."),
        native("__getnewargs__", "", getnewargs, "Arguments for copying."),
        native("__gt__", "value, /", gt, "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__le__", "value, /", le, "Return self<=value."),
        native("__lt__", "value, /", lt, "Return self<value."),
        native("__mul__", "value, /", mul, "Return self*value."),
        native("__ne__", "value, /", ne, "Return self!=value."),
        native("__neg__", "", neg, "-self"),
        native("__pos__", "", pos, "+self"),
        native("__pow__", "value, mod=None, /", pow, "Return pow(self, value, mod)."),
        native("__radd__", "value, /", radd, "Return value+self."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__rmul__", "value, /", rmul, "Return value*self."),
        native("__rpow__", "value, mod=None, /", rpow, "Return pow(value, self, mod)."),
        native("__rsub__", "value, /", rsub, "Return value-self."),
        native("__rtruediv__", "value, /", rtruediv, "Return value/self."),
        native("__sizeof__", "", sizeof, "Returns size in memory, in bytes."),
        native("__sub__", "value, /", sub, "Return self-value."),
        native("__truediv__", "value, /", truediv, "Return self/value."),
        native(
            "conjugate",
            "",
            conjugate,
            "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j.",
        ),
    ],
    getters: &[
        member("imag", imag, "the imaginary part of a complex number"),
        member("real", real, "the real part of a complex number"),
    ],
    subclassable: true,
    ..TypeSpec::EMPTY
};

fn own(value: &Value) -> Option<Number<'_>> {
    value.complex_like().map(Number::Complex)
}

static FAMILY: Family = Family { name: "complex", own, other: Number::like };

operators! {
    FAMILY;
    Add: "__add__" add, "__radd__" radd;
    Sub: "__sub__" sub, "__rsub__" rsub;
    Mul: "__mul__" mul, "__rmul__" rmul;
    TrueDiv: "__truediv__" truediv, "__rtruediv__" rtruediv;
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
    Pos: "__complex__" complex_;
}

fn receiver(interp: &mut dyn Interpreter, method: &str, value: &Value) -> Result<ComplexObject, Raised> {
    FAMILY.receiver(interp, method, value)?.to_complex().map_err(|fault| fault.raise(interp))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (real, imag) = (args[1].given(), args[2].given());
    if let Some(text) = real
        && text.str_like().is_some()
    {
        if imag.is_some() {
            return Err(interp.type_error("complex() can't take second arg if first is a string"));
        }
        return from_text(interp, text);
    }
    if imag.is_some_and(|imag| imag.str_like().is_some()) {
        return Err(interp.type_error("complex() second arg can't be a string"));
    }
    // Each part may itself be complex; a plain real number has no imaginary part to add, not
    // even a zero, whose sign would be lost.
    let first = match real {
        Some(real) => Some(first_part(interp, real)?),
        None => None,
    };
    let second = match imag {
        Some(imag) => Some(second_part(interp, imag)?),
        None => None,
    };
    let (mut real, own_imag) = match first {
        Some(Number::Complex(value)) => (value.real, Some(value.imag)),
        Some(Number::Float(value)) => (value, None),
        _ => (0.0, None),
    };
    let imag = match second {
        None => own_imag.unwrap_or(0.0),
        Some(second) => {
            let imag = match second {
                Number::Complex(value) => {
                    real -= value.imag;
                    value.real
                }
                Number::Float(value) => value,
                Number::Int(_) | Number::Big(_) => 0.0,
            };
            own_imag.map_or(imag, |own| imag + own)
        }
    };
    Ok(Value::complex(real, imag))
}

fn from_text(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    match number::parse_complex(value.str_like().unwrap_or_default()) {
        Ok(complex) => Ok(Value::complex(complex.real, complex.imag)),
        Err(ParseError::Underscore) => {
            let repr = short_repr(interp, value)?;
            Err(interp.value_error(&format!("could not convert string to complex: {repr}")))
        }
        Err(_) => Err(interp.value_error("complex() arg is a malformed string")),
    }
}

fn first_part(interp: &mut dyn Interpreter, value: &Value) -> Result<Number<'static>, Raised> {
    let value = match special(interp, value)? {
        Some(complex) => complex,
        None => value.clone(),
    };
    if let Some(complex) = value.complex_like() {
        return Ok(Number::Complex(complex));
    }
    real_part(interp, &value, "complex() first argument must be a string or a number")
}

fn second_part(interp: &mut dyn Interpreter, value: &Value) -> Result<Number<'static>, Raised> {
    if let Some(complex) = value.complex_like() {
        return Ok(Number::Complex(complex));
    }
    real_part(interp, value, "complex() second argument must be a number")
}

fn real_part(
    interp: &mut dyn Interpreter,
    value: &Value,
    complaint: &str,
) -> Result<Number<'static>, Raised> {
    let is_number = Number::exact(value).is_some()
        || has_special(interp, value, "__float__")
        || has_special(interp, value, "__index__");
    if !is_number {
        let class = interp.type_name(value);
        return Err(interp.type_error(&format!("{complaint}, not '{class}'")));
    }
    Ok(Number::Float(to_float(interp, value)?))
}

/// The result of `__complex__`, if the class has it and is not `complex` itself.
fn special(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<Value>, Raised> {
    if Number::exact(value).is_some() {
        return Ok(None);
    }
    let Some(result) = interp.call_special(value, "__complex__", &[])? else { return Ok(None) };
    if result.complex_like().is_none() {
        let found = interp.type_name(&result);
        let text = format!("__complex__ returned non-complex (type {found})");
        return Err(interp.type_error(&text));
    }
    if result.as_instance().is_some() {
        warn_subclass(interp, "__complex__", &COMPLEX, &result)?;
    }
    Ok(Some(result))
}

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__abs__", &args[0])?;
    number::complex_absolute(value).map(Value::float).map_err(|fault| fault.raise(interp))
}

fn bool(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(FAMILY.receiver(interp, "__bool__", &args[0])?.is_true()))
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__format__", &args[0])?;
    let spec = format_spec(interp, &args[1])?;
    if spec.is_empty() {
        return interp.to_str(&args[0]);
    }
    let class = interp.type_name(&args[0]);
    format_complex(value, spec, &class).map_err(|fault| fault.raise(interp))
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__getnewargs__", &args[0])?;
    Ok(Value::tuple(vec![Value::float(value.real), Value::float(value.imag)]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "__hash__", &args[0])?;
    Ok(Value::int(hash_simple(&Value::complex(value.real, value.imag)).unwrap_or(0)))
}

fn pow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    pow_without_modulus(interp, ("__pow__", Op::Pow, false), args)
}

fn rpow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    pow_without_modulus(interp, ("__rpow__", Op::Pow, true), args)
}

fn pow_without_modulus(
    interp: &mut dyn Interpreter,
    operation: (&str, Op, bool),
    args: &[Value],
) -> Completion {
    if !args[2].is_none() && (FAMILY.other)(&args[1]).is_some() {
        return Err(interp.value_error("complex modulo"));
    }
    FAMILY.operate(interp, operation, args)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(&complex::repr(receiver(interp, "__repr__", &args[0])?)))
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    receiver(interp, "__sizeof__", &args[0])?;
    Ok(Value::int(32))
}

fn conjugate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let value = receiver(interp, "conjugate", &args[0])?;
    Ok(Value::complex(value.real, -value.imag))
}

fn imag(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    Ok(Value::float(receiver(interp, "imag", value)?.imag))
}

fn real(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    Ok(Value::float(receiver(interp, "real", value)?.real))
}
