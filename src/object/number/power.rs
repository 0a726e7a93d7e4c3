//! `**` and `pow()`.

use super::gcd::small_inverse;
use super::integer::check_bits;
use super::{Fault, Number, Op, Outcome, apply, complex, zero_division};
use crate::object::complex::ComplexObject;
use crate::object::value::Value;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `base ** exponent`.
pub fn power(base: Number<'_>, exponent: Number<'_>) -> Outcome {
    apply(Op::Pow, base, exponent).expect("every pair of numbers has a power")
}

/// `base ** exponent` of integers: a float if the exponent is negative.
pub(super) fn int_power(base: &BigInt, exponent: &BigInt) -> Outcome {
    if exponent.is_negative() {
        let float = |value: &BigInt| Number::Big(value).to_float();
        return float_power(float(base)?, float(exponent)?);
    }
    if exponent.is_zero() || base.is_one() {
        return Ok(Value::int(1));
    }
    if base.is_zero() {
        return Ok(Value::int(0));
    }
    if *base == BigInt::from(-1) {
        return Ok(Value::int(if exponent.is_even() { 1 } else { -1 }));
    }
    let Some(exponent) = exponent.to_u32() else { return Err(Fault::memory()) };
    if let Some(base) = base.to_i64()
        && let Some(result) = base.checked_pow(exponent)
    {
        return Ok(Value::int(result));
    }
    // The result has at least `bits - 1` and at most `bits` bits per factor.
    check_bits((base.bits() - 1).max(1).saturating_mul(u64::from(exponent)))?;
    Ok(Value::big_int(big_power(base, exponent)))
}

/// `base ** exponent`; the powers of two in the base become one shift.
fn big_power(base: &BigInt, exponent: u32) -> BigInt {
    let zeros = base.trailing_zeros().unwrap_or(0);
    let odd = base >> zeros;
    let shift = zeros * u64::from(exponent);
    let power = num_traits::pow::Pow::pow(&odd, exponent);
    if shift == 0 { power } else { power << shift }
}

/// `base ** exponent` of floats: a complex number for a fractional power of a negative one.
pub(super) fn float_power(base: f64, exponent: f64) -> Outcome {
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent != exponent.floor() {
        let (base, exponent) =
            (ComplexObject { real: base, imag: 0.0 }, ComplexObject { real: exponent, imag: 0.0 });
        let result = complex::power(base, exponent)?;
        return Ok(Value::complex(result.real, result.imag));
    }
    if base == 0.0 && exponent < 0.0 && exponent.is_finite() {
        return Err(zero_division("0.0 cannot be raised to a negative power"));
    }
    // IEEE 754 and CPython agree about infinities, NaN and signed zeros.
    let result = base.powf(exponent);
    if result.is_infinite() && base.is_finite() && exponent.is_finite() {
        return Err(Fault::range());
    }
    Ok(Value::float(result))
}

/// `pow(base, exponent, modulus)`; `None` unless all are integers.
pub fn power_mod(base: Number<'_>, exponent: Number<'_>, modulus: Number<'_>) -> Option<Outcome> {
    if !(base.is_integer() && exponent.is_integer() && modulus.is_integer()) {
        return None;
    }
    if let (Number::Int(base), Number::Int(exponent), Number::Int(modulus @ 1..)) = (base, exponent, modulus)
    {
        let size = modulus as u64;
        let mut base = i128::from(base).rem_euclid(i128::from(size)) as u64;
        if exponent < 0 {
            match small_inverse(base, size) {
                Some(inverse) => base = inverse,
                None => return Some(Err(not_invertible())),
            }
        }
        return Some(Ok(Value::int(small_power_mod(base, exponent.unsigned_abs(), size) as i64)));
    }
    Some(int_power_mod(&base.to_big(), &exponent.to_big(), &modulus.to_big()).map(Value::big_int))
}

#[cold]
fn not_invertible() -> Fault {
    Fault::value("base is not invertible for the given modulus")
}

fn small_power_mod(mut square: u64, mut exponent: u64, modulus: u64) -> u64 {
    let multiply = |a: u64, b: u64| match a.checked_mul(b) {
        Some(product) => product % modulus,
        None => (u128::from(a) * u128::from(b) % u128::from(modulus)) as u64,
    };
    let mut result = 1 % modulus;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, square);
        }
        exponent >>= 1;
        if exponent > 0 {
            square = multiply(square, square);
        }
    }
    result
}

fn int_power_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Outcome<BigInt> {
    if modulus.is_zero() {
        return Err(Fault::value("pow() 3rd argument cannot be 0"));
    }
    let size = BigInt::from(modulus.magnitude().clone());
    let mut base = base.mod_floor(&size);
    let mut exponent = exponent.clone();
    if exponent.is_negative() {
        let Some(inverse) = base.modinv(&size) else { return Err(not_invertible()) };
        base = inverse;
        exponent = -exponent;
    }
    let result = base.modpow(&exponent, &size);
    let is_wrapped = modulus.sign() == Sign::Minus && !result.is_zero();
    Ok(if is_wrapped { result + modulus } else { result })
}
