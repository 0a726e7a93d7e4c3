//! Floats: division with Python's signs, exact conversion to integers and ratios.

use super::{Fault, Op, Outcome, power, zero_division};
use crate::object::hash::frexp;
use crate::object::value::Value;
use num_bigint::BigInt;
use num_traits::FromPrimitive;

/// Whether `op` is defined for floats.
pub(super) fn is_defined(op: Op) -> bool {
    matches!(op, Op::Add | Op::Sub | Op::Mul | Op::TrueDiv | Op::FloorDiv | Op::Mod | Op::Pow)
}

/// `a op b`.
pub(super) fn binary(op: Op, a: f64, b: f64) -> Option<Outcome> {
    Some(match op {
        Op::Add => Ok(Value::float(a + b)),
        Op::Sub => Ok(Value::float(a - b)),
        Op::Mul => Ok(Value::float(a * b)),
        Op::TrueDiv if b == 0.0 => Err(zero_division("float division by zero")),
        Op::TrueDiv => Ok(Value::float(a / b)),
        Op::FloorDiv => floor_div(a, b).map(Value::float),
        Op::Mod => modulo(a, b).map(Value::float),
        Op::Pow => power::float_power(a, b),
        _ => return None,
    })
}

/// `a // b`.
pub fn floor_div(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division("float floor division by zero"));
    }
    Ok(quotient_and_remainder(a, b).0)
}

/// `a % b`: has the sign of `b`.
pub fn modulo(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 {
        return Err(zero_division("float modulo by zero"));
    }
    Ok(remainder(a, b))
}

/// `divmod(a, b)`.
pub fn div_mod(a: f64, b: f64) -> Outcome<(f64, f64)> {
    if b == 0.0 {
        return Err(zero_division("float divmod()"));
    }
    Ok(quotient_and_remainder(a, b))
}

fn remainder(a: f64, b: f64) -> f64 {
    let remainder = a % b;
    if remainder == 0.0 {
        0.0_f64.copysign(b)
    } else if (b < 0.0) != (remainder < 0.0) {
        remainder + b
    } else {
        remainder
    }
}

fn quotient_and_remainder(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0.0_f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0.0_f64.copysign(a / b), rest);
    }
    // The division may have been off by a rounding: snap to the nearest integer.
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

/// The integer a float is when its fraction is cut off.
pub fn integer_of(value: f64) -> Outcome {
    if value.is_nan() {
        return Err(Fault::value("cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(Fault::overflow("cannot convert float infinity to integer"));
    }
    if (-9.2e18..9.2e18).contains(&value) {
        return Ok(Value::int(value as i64));
    }
    Ok(Value::big_int(BigInt::from_f64(value).expect("a finite float has an integer part")))
}

/// Numerator and denominator of a float in lowest terms.
pub fn ratio(value: f64) -> Outcome<(Value, Value)> {
    if value.is_nan() {
        return Err(Fault::value("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(Fault::overflow("cannot convert Infinity to integer ratio"));
    }
    if value == 0.0 {
        return Ok((Value::int(0), Value::int(1)));
    }
    let (mantissa, exponent) = frexp(value.abs());
    let digits = (mantissa * (1u64 << 53) as f64) as i64;
    let zeros = digits.trailing_zeros();
    let signed = BigInt::from(if value < 0.0 { -(digits >> zeros) } else { digits >> zeros });
    let exponent = exponent - 53 + zeros as i32;
    Ok(if exponent >= 0 {
        (Value::big_int(signed << exponent), Value::int(1))
    } else {
        (Value::big_int(signed), Value::big_int(BigInt::from(1) << -exponent))
    })
}

/// The float nearest to `mantissa * 2**exponent`, ties to even, where a true `is_inexact` says
/// that the real number lies a little above; `None` if it is too large.
pub fn scaled(mantissa: u64, is_inexact: bool, exponent: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    // The exponent of the lowest bit a float near the number has.
    let lowest = (exponent + bits - 53).max(-1074);
    let drop = lowest - exponent;
    let kept = if drop <= 0 {
        mantissa << -drop
    } else if drop > 64 {
        0
    } else {
        let kept = if drop == 64 { 0 } else { mantissa >> drop };
        let half = 1u64 << (drop - 1);
        let rest = mantissa & (half - 1 + half);
        let is_up = rest > half || rest == half && (is_inexact || kept & 1 == 1);
        kept + u64::from(is_up)
    };
    // Exact: at most 53 bits, and powers of two in two steps that cannot lose any.
    let result = multiply_power(kept as f64, lowest);
    result.is_finite().then_some(result)
}

/// `value * 2**exponent` where the result is exact or overflows.
fn multiply_power(value: f64, exponent: i64) -> f64 {
    let half = exponent.clamp(-2200, 2200) / 2;
    let rest = exponent.clamp(-2200, 2200) - half;
    value * 2.0_f64.powi(half as i32) * 2.0_f64.powi(rest as i32)
}

/// `value * 2**exponent`, rounded once; `None` on overflow.
pub fn ldexp(value: f64, exponent: i64) -> Option<f64> {
    if value == 0.0 || !value.is_finite() {
        return Some(value);
    }
    let (mantissa, own) = frexp(value.abs());
    let digits = (mantissa * (1u64 << 53) as f64) as u64;
    let exponent = exponent.clamp(-100_000, 100_000) + i64::from(own) - 53;
    Some(scaled(digits, false, exponent)?.copysign(value))
}
