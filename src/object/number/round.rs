//! `round()`: half to even, and to decimal places.

use super::{Fault, Number, Outcome, float};
use crate::object::value::Value;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Pow, ToPrimitive, Zero};
use std::cmp::Ordering;

/// `round(value)`: the nearest integer, ties to even.
fn nearest(value: f64) -> f64 {
    value.round_ties_even()
}

/// `round(value, digits)`; without digits the result is an `int`. `digits` may be of any size.
pub fn round_float(value: f64, digits: Option<Number<'_>>) -> Outcome {
    let Some(digits) = digits else { return float::integer_of(nearest(value)) };
    if !value.is_finite() {
        return Ok(Value::float(value));
    }
    let digits = match digits {
        Number::Int(digits) => digits,
        other => {
            if other.to_big().sign() == num_bigint::Sign::Minus {
                i64::MIN
            } else {
                i64::MAX
            }
        }
    };
    // Beyond these a float has no more digits, or no digits at all.
    if digits > 323 {
        return Ok(Value::float(value));
    }
    if digits < -308 {
        return Ok(Value::float(0.0 * value));
    }
    let rounded = if digits >= 0 {
        // Rust's formatting is exact and rounds ties to even, as CPython's does.
        format!("{value:.*}", digits as usize).parse().unwrap_or(value)
    } else {
        round_tens(value, -digits as u32)?
    };
    if f64::is_infinite(rounded) {
        return Err(Fault::overflow("rounded value too large to represent"));
    }
    Ok(Value::float(rounded))
}

/// Round to a multiple of `10**places`, ties to even.
fn round_tens(value: f64, places: u32) -> Outcome<f64> {
    let (numerator, denominator) = float::ratio(value.abs())?;
    let (Some(numerator), Some(denominator)) = (numerator.to_big_int(), denominator.to_big_int()) else {
        return Ok(value);
    };
    let ten = BigInt::from(10).pow(places);
    let multiple = divide_to_nearest(&numerator, &(&*denominator * &ten)) * ten;
    // Round-half-even in decimal, then to the nearest float.
    Ok(multiple.to_f64().unwrap_or(f64::INFINITY).copysign(value))
}

/// `a / b` rounded to the nearest integer, ties to even; `b` is positive.
fn divide_to_nearest(a: &BigInt, b: &BigInt) -> BigInt {
    let (quotient, remainder) = a.div_mod_floor(b);
    match (remainder * 2u32).cmp(b) {
        Ordering::Less => quotient,
        Ordering::Equal if quotient.is_even() => quotient,
        Ordering::Equal | Ordering::Greater => quotient + 1u32,
    }
}

/// `round(number, digits)` of an integer; `digits` may be of any size.
pub fn round_int(number: Number<'_>, digits: Number<'_>) -> Value {
    let places = match digits {
        Number::Int(digits) if digits >= 0 => return number.to_value(),
        Number::Int(digits) => digits.unsigned_abs(),
        other if other.to_big().sign() == num_bigint::Sign::Plus => return number.to_value(),
        _ => u64::MAX,
    };
    let number = number.to_big();
    // A tenth of the power already exceeds the number: nothing is left.
    if number.is_zero() || places > number.bits() / 3 + 2 {
        return Value::int(0);
    }
    let ten = BigInt::from(10).pow(places);
    Value::big_int(divide_to_nearest(&number, &ten) * ten)
}
