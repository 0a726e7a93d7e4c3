//! Arithmetic of the exact core numbers: int of any size, bool, float, complex, in all mixtures,
//! with CPython's results and error texts. Nothing here runs script code; what fails is a
//! [`Fault`], made an exception by the caller. Natives that accept instances of subclasses
//! unwrap them first ([`Number::like`]).

mod compare;
mod complex;
mod float;
mod gcd;
mod hex;
mod integer;
mod parse;
mod power;
mod round;
#[cfg(test)]
mod tests;

pub use crate::bytecode::Op;
pub use compare::{compare, equal, rich_compare};
pub use complex::absolute as complex_absolute;
pub use float::{div_mod as float_div_mod, floor_div as float_floor_div, modulo as float_modulo};
pub use float::{integer_of as float_to_int, ldexp, ratio as float_ratio, scaled};
pub use gcd::gcd;
pub use hex::{from_hex as float_from_hex, to_hex as float_to_hex};
pub use integer::{bit_count, bit_length, check_bits, true_divide, true_divide_big};
pub use parse::{ParseError, parse_complex, parse_float, parse_int};
pub use power::{power, power_mod};
pub use round::{round_float, round_int};

use super::complex::ComplexObject;
use super::core_type::CoreType;
use super::fault::Fault;
use super::interpreter::Interpreter;
use super::value::{Completion, Tag, Value};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// A number taken out of a value.
#[derive(Debug, Clone, Copy)]
pub enum Number<'v> {
    /// An `int` that fits 64 bits, or a `bool`.
    Int(i64),
    /// An `int` that does not.
    Big(&'v BigInt),
    Float(f64),
    Complex(ComplexObject),
}

// The lifetimes of these are the functions' own, so that they can be function pointers.
impl Number<'_> {
    /// The number an exact core number holds.
    #[inline]
    pub fn exact(value: &Value) -> Option<Number<'_>> {
        match value.tag() {
            Tag::Int | Tag::Bool => value.as_int_or_bool().map(Number::Int),
            Tag::Float => value.as_float().map(Number::Float),
            Tag::BigInt => value.as_big_int().map(Number::Big),
            Tag::Complex => value.get::<ComplexObject>().map(|complex| Number::Complex(*complex)),
            _ => None,
        }
    }

    /// As [`exact`](Self::exact); instances of subclasses count.
    pub fn like(value: &Value) -> Option<Number<'_>> {
        match value.as_instance() {
            Some(instance) => Number::exact(instance.payload_ref()?),
            None => Number::exact(value),
        }
    }

    /// As [`like`](Self::like), integers only.
    pub fn integer_like(value: &Value) -> Option<Number<'_>> {
        Number::like(value).filter(|number| number.is_integer())
    }

    /// As [`like`](Self::like), no complex numbers.
    pub fn real_like(value: &Value) -> Option<Number<'_>> {
        Number::like(value).filter(|number| !matches!(number, Number::Complex(_)))
    }
}

impl<'v> Number<'v> {
    /// Whether it is an `int` or `bool`.
    pub const fn is_integer(&self) -> bool {
        matches!(self, Number::Int(_) | Number::Big(_))
    }

    /// The number as a value of the exact type; a `bool` has become an `int`.
    pub fn to_value(self) -> Value {
        match self {
            Number::Int(value) => Value::int(value),
            Number::Big(value) => Value::big_int(value.clone()),
            Number::Float(value) => Value::float(value),
            Number::Complex(value) => Value::complex(value.real, value.imag),
        }
    }

    /// An integer as a big integer.
    ///
    /// # Panics
    /// If it is no integer.
    fn to_big(self) -> Cow<'v, BigInt> {
        match self {
            Number::Int(value) => Cow::Owned(BigInt::from(value)),
            Number::Big(value) => Cow::Borrowed(value),
            Number::Float(_) | Number::Complex(_) => unreachable!("internal error: no integer"),
        }
    }

    /// A real number as the nearest float; fails for an integer out of range.
    pub fn to_float(self) -> Outcome<f64> {
        match self {
            Number::Int(value) => Ok(value as f64),
            Number::Float(value) => Ok(value),
            Number::Big(value) => match value.to_f64() {
                Some(float) if float.is_finite() => Ok(float),
                _ => Err(too_large_for_float()),
            },
            Number::Complex(_) => unreachable!("internal error: a complex number is no float"),
        }
    }

    /// Any number as a complex one; fails for an integer out of range.
    pub fn to_complex(self) -> Outcome<ComplexObject> {
        match self {
            Number::Complex(value) => Ok(value),
            real => Ok(ComplexObject { real: real.to_float()?, imag: 0.0 }),
        }
    }

    /// Whether it is not zero.
    pub fn is_true(self) -> bool {
        match self {
            Number::Int(value) => value != 0,
            Number::Big(_) => true,
            Number::Float(value) => value != 0.0,
            Number::Complex(value) => value.real != 0.0 || value.imag != 0.0,
        }
    }
}

#[cold]
fn zero_division(text: &str) -> Fault {
    Fault::new(CoreType::ZeroDivisionError, text)
}

#[cold]
fn too_large_for_float() -> Fault {
    Fault::overflow("int too large to convert to float")
}

/// A result, or why there is none.
pub type Outcome<T = Value> = Result<T, Fault>;

/// `a op b` for one of [`Op::Add`] to [`Op::BitXor`]; `None` if an operand is no exact core
/// number or the operator is not defined for the two types.
pub fn binary(interp: &mut dyn Interpreter, op: Op, a: &Value, b: &Value) -> Option<Completion> {
    let outcome = match (a.as_bool(), b.as_bool(), op) {
        (Some(a), Some(b), Op::BitAnd) => Ok(Value::bool(a & b)),
        (Some(a), Some(b), Op::BitOr) => Ok(Value::bool(a | b)),
        (Some(a), Some(b), Op::BitXor) => Ok(Value::bool(a ^ b)),
        _ => apply(op, Number::exact(a)?, Number::exact(b)?)?,
    };
    Some(outcome.map_err(|failure| failure.raise(interp)))
}

/// `a op b`; `None` if the operator is not defined for the two types.
pub fn apply(op: Op, a: Number<'_>, b: Number<'_>) -> Option<Outcome> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => integer::small(op, a, b),
        (Number::Int(_) | Number::Big(_), Number::Int(_) | Number::Big(_)) => {
            integer::big(op, &a.to_big(), &b.to_big())
        }
        (Number::Complex(_), _) | (_, Number::Complex(_)) => match (a.to_complex(), b.to_complex()) {
            (Ok(a), Ok(b)) => complex::binary(op, a, b),
            (Err(failure), _) | (_, Err(failure)) => complex::is_defined(op).then_some(Err(failure)),
        },
        _ => match (a.to_float(), b.to_float()) {
            (Ok(a), Ok(b)) => float::binary(op, a, b),
            (Err(failure), _) | (_, Err(failure)) => float::is_defined(op).then_some(Err(failure)),
        },
    }
}

/// The text of the warning that `~` of a bool deserves.
const INVERTED_BOOL: &str = "Bitwise inversion '~' on bool is deprecated and will be removed in \
    Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not \
    what you expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you \
    really want the bitwise inversion of the underlying int.";

/// `op value` for [`Op::Neg`], [`Op::Pos`], [`Op::Invert`]; `None` if the value is no exact core
/// number or the operator is not defined for it.
pub fn unary(interp: &mut dyn Interpreter, op: Op, value: &Value) -> Option<Completion> {
    if op == Op::Invert && value.as_bool().is_some() {
        let place = interp.stack(1).pop();
        if let Err(raised) = interp.warn(CoreType::DeprecationWarning, INVERTED_BOOL, place) {
            return Some(Err(raised));
        }
    }
    Some(Ok(apply_unary(op, Number::exact(value)?)?))
}

/// `op number`; `None` if the operator is not defined for the type.
pub fn apply_unary(op: Op, number: Number<'_>) -> Option<Value> {
    Some(match (op, number) {
        (Op::Pos, number) => number.to_value(),
        (Op::Neg, Number::Int(value)) => match value.checked_neg() {
            Some(value) => Value::int(value),
            None => Value::big_int(-BigInt::from(value)),
        },
        (Op::Neg, Number::Big(value)) => Value::big_int(-value),
        (Op::Neg, Number::Float(value)) => Value::float(-value),
        (Op::Neg, Number::Complex(value)) => Value::complex(-value.real, -value.imag),
        (Op::Invert, Number::Int(value)) => Value::int(!value),
        (Op::Invert, Number::Big(value)) => Value::big_int(!value),
        _ => return None,
    })
}

/// `abs(number)`.
pub fn absolute(number: Number<'_>) -> Outcome {
    Ok(match number {
        Number::Int(value) => match value.checked_abs() {
            Some(value) => Value::int(value),
            None => Value::uint(value.unsigned_abs()),
        },
        Number::Big(value) => Value::big_int(BigInt::from(value.magnitude().clone())),
        Number::Float(value) => Value::float(value.abs()),
        Number::Complex(value) => Value::float(complex::absolute(value)?),
    })
}

/// `divmod(a, b)`: quotient and remainder; `None` for complex numbers.
pub fn div_mod(a: Number<'_>, b: Number<'_>) -> Option<Outcome<(Value, Value)>> {
    match (a, b) {
        (Number::Complex(_), _) | (_, Number::Complex(_)) => None,
        (Number::Int(_) | Number::Big(_), Number::Int(_) | Number::Big(_)) => Some(integer::div_mod(a, b)),
        _ => Some((|| {
            let (quotient, remainder) = float::div_mod(a.to_float()?, b.to_float()?)?;
            Ok((Value::float(quotient), Value::float(remainder)))
        })()),
    }
}
