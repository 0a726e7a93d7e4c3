//! Complex arithmetic by the formulas CPython uses, so that the last bits agree.

use super::{Fault, Op, Outcome, zero_division};
use crate::object::complex::ComplexObject;
use crate::object::value::Value;

/// Whether `op` is defined for complex numbers.
pub(super) fn is_defined(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Mul | Op::TrueDiv | Op::Pow)
}

/// `a op b`.
pub(super) fn binary(op: Op, a: ComplexObject, b: ComplexObject) -> Option<Outcome> {
    let result = match op {
        Op::Add => Ok(ComplexObject { real: a.real + b.real, imag: a.imag + b.imag }),
        Op::Sub => Ok(ComplexObject { real: a.real - b.real, imag: a.imag - b.imag }),
        Op::Mul => Ok(multiply(a, b)),
        Op::TrueDiv => divide(a, b).ok_or_else(|| zero_division("complex division by zero")),
        Op::Pow => power(a, b),
        _ => return None,
    };
    Some(result.map(|result| Value::complex(result.real, result.imag)))
}

fn multiply(a: ComplexObject, b: ComplexObject) -> ComplexObject {
    ComplexObject { real: a.real * b.real - a.imag * b.imag, imag: a.real * b.imag + a.imag * b.real }
}

/// Smith's method: scale by the larger part of the divisor.
fn divide(a: ComplexObject, b: ComplexObject) -> Option<ComplexObject> {
    if b.real.abs() >= b.imag.abs() {
        if b.real == 0.0 {
            return None;
        }
        let ratio = b.imag / b.real;
        let denominator = b.real + b.imag * ratio;
        let real = (a.real + a.imag * ratio) / denominator;
        return Some(ComplexObject { real, imag: (a.imag - a.real * ratio) / denominator });
    }
    if b.imag.abs() >= b.real.abs() {
        let ratio = b.real / b.imag;
        let denominator = b.real * ratio + b.imag;
        let real = (a.real * ratio + a.imag) / denominator;
        return Some(ComplexObject { real, imag: (a.imag * ratio - a.real) / denominator });
    }
    Some(ComplexObject { real: f64::NAN, imag: f64::NAN })
}

#[cold]
fn zero_power() -> Fault {
    zero_division("0.0 to a negative or complex power")
}

/// `base ** exponent`.
pub(super) fn power(base: ComplexObject, exponent: ComplexObject) -> Outcome<ComplexObject> {
    let is_small =
        exponent.imag == 0.0 && exponent.real == exponent.real.floor() && exponent.real.abs() <= 100.0;
    let result = if is_small {
        small_power(base, exponent.real as i64).ok_or_else(zero_power)?
    } else {
        general_power(base, exponent)?
    };
    if result.real.is_infinite() || result.imag.is_infinite() {
        return Err(Fault::overflow("complex exponentiation"));
    }
    Ok(result)
}

fn small_power(base: ComplexObject, exponent: i64) -> Option<ComplexObject> {
    let one = ComplexObject { real: 1.0, imag: 0.0 };
    let count = exponent.unsigned_abs();
    let (mut result, mut square, mut mask) = (one, base, 1);
    while count >= mask {
        if count & mask != 0 {
            result = multiply(result, square);
        }
        mask <<= 1;
        square = multiply(square, square);
    }
    if exponent > 0 { Some(result) } else { divide(one, result) }
}

fn general_power(base: ComplexObject, exponent: ComplexObject) -> Outcome<ComplexObject> {
    if base.real == 0.0 && base.imag == 0.0 {
        if exponent.imag != 0.0 || exponent.real < 0.0 {
            return Err(zero_power());
        }
        return Ok(ComplexObject { real: 0.0, imag: 0.0 });
    }
    let absolute = base.real.hypot(base.imag);
    let angle = base.imag.atan2(base.real);
    let mut length = absolute.powf(exponent.real);
    let mut phase = angle * exponent.real;
    if exponent.imag != 0.0 {
        length /= (angle * exponent.imag).exp();
        phase += exponent.imag * absolute.ln();
    }
    // C's cosine and sine of infinity are domain errors, which CPython takes for this one.
    if phase.is_infinite() {
        return Err(zero_power());
    }
    Ok(ComplexObject { real: length * phase.cos(), imag: length * phase.sin() })
}

/// `abs(value)`.
pub fn absolute(value: ComplexObject) -> Outcome<f64> {
    let result = value.real.hypot(value.imag);
    if result.is_infinite() && value.real.is_finite() && value.imag.is_finite() {
        return Err(Fault::overflow("absolute value too large"));
    }
    Ok(result)
}
