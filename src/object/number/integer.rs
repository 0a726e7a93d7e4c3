//! Integers: machine integers with overflow to big ones, big ones within limits.

use super::{Fault, Number, Op, Outcome, float, power, zero_division};
use crate::object::value::Value;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

/// Results of more bits than this raise MemoryError: allocating them would end the process.
const MAX_BITS: u64 = 1 << 33;
/// From this size on the memory is asked for first, since a failing allocation cannot be caught.
const PROBE_BITS: u64 = 1 << 27;

#[cold]
fn negative_shift() -> Fault {
    Fault::value("negative shift count")
}

#[cold]
fn division_by_zero() -> Fault {
    zero_division("integer division or modulo by zero")
}

#[cold]
fn modulo_by_zero() -> Fault {
    zero_division("integer modulo by zero")
}

#[cold]
fn true_division_by_zero() -> Fault {
    zero_division("division by zero")
}

#[cold]
fn quotient_too_large() -> Fault {
    Fault::overflow("integer division result too large for a float")
}

/// Refuses results that need absurdly many bits.
pub fn check_bits(bits: u64) -> Outcome<()> {
    if bits < PROBE_BITS {
        return Ok(());
    }
    // The multiplication and conversion algorithms need a few times the size of their result.
    let is_possible = bits <= MAX_BITS && Vec::<u8>::new().try_reserve_exact((bits / 2) as usize).is_ok();
    if is_possible { Ok(()) } else { Err(Fault::memory()) }
}

/// `a op b` of machine integers.
pub(super) fn small(op: Op, a: i64, b: i64) -> Option<Outcome> {
    Some(match op {
        Op::Add => Ok(a.checked_add(b).map_or_else(|| wide(a as i128 + b as i128), Value::int)),
        Op::Sub => Ok(a.checked_sub(b).map_or_else(|| wide(a as i128 - b as i128), Value::int)),
        Op::Mul => Ok(a.checked_mul(b).map_or_else(|| wide(a as i128 * b as i128), Value::int)),
        Op::TrueDiv => true_divide(a, b).map(Value::float),
        Op::FloorDiv if b == 0 => Err(division_by_zero()),
        Op::FloorDiv => Ok(floor_quotient(a, b)),
        Op::Mod if b == 0 => Err(modulo_by_zero()),
        Op::Mod if b == -1 => Ok(Value::int(0)),
        Op::Mod => Ok(Value::int(a.mod_floor(&b))),
        Op::Pow => power::int_power(&BigInt::from(a), &BigInt::from(b)),
        Op::LShift => shift_left(&Number::Int(a), b),
        Op::RShift if b < 0 => Err(negative_shift()),
        Op::RShift => Ok(Value::int(a >> b.min(63))),
        Op::BitAnd => Ok(Value::int(a & b)),
        Op::BitOr => Ok(Value::int(a | b)),
        Op::BitXor => Ok(Value::int(a ^ b)),
        _ => return None,
    })
}

/// `a op b` of integers of any size.
pub(super) fn big(op: Op, a: &BigInt, b: &BigInt) -> Option<Outcome> {
    Some(match op {
        Op::Add => Ok(Value::big_int(a + b)),
        Op::Sub => Ok(Value::big_int(a - b)),
        Op::Mul => check_bits(a.bits() + b.bits()).map(|()| Value::big_int(a * b)),
        Op::TrueDiv => true_divide_big(a, b).map(Value::float),
        Op::FloorDiv if b.is_zero() => Err(division_by_zero()),
        Op::FloorDiv => Ok(Value::big_int(a.div_floor(b))),
        Op::Mod if b.is_zero() => Err(modulo_by_zero()),
        Op::Mod => Ok(Value::big_int(a.mod_floor(b))),
        Op::Pow => power::int_power(a, b),
        Op::LShift => match b.to_i64() {
            Some(count) => shift_left(&Number::Big(a), count),
            None if b.is_negative() => Err(negative_shift()),
            None if a.is_zero() => Ok(Value::int(0)),
            None => Err(Fault::overflow("too many digits in integer")),
        },
        Op::RShift if b.is_negative() => Err(negative_shift()),
        Op::RShift => match b.to_u64() {
            Some(count) if count < a.bits() => Ok(Value::big_int(a >> count)),
            _ => Ok(Value::int(if a.is_negative() { -1 } else { 0 })),
        },
        Op::BitAnd => Ok(Value::big_int(a & b)),
        Op::BitOr => Ok(Value::big_int(a | b)),
        Op::BitXor => Ok(Value::big_int(a ^ b)),
        _ => return None,
    })
}

/// Quotient and remainder of two integers.
pub(super) fn div_mod(a: Number<'_>, b: Number<'_>) -> Outcome<(Value, Value)> {
    if !b.is_true() {
        return Err(division_by_zero());
    }
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        let remainder = if b == -1 { 0 } else { a.mod_floor(&b) };
        return Ok((floor_quotient(a, b), Value::int(remainder)));
    }
    let (quotient, remainder) = a.to_big().div_mod_floor(&b.to_big());
    Ok((Value::big_int(quotient), Value::big_int(remainder)))
}

/// `a // b`; `b` is not 0.
fn floor_quotient(a: i64, b: i64) -> Value {
    match b {
        -1 => wide(-(a as i128)),
        _ => Value::int(Integer::div_floor(&a, &b)),
    }
}

/// An integer that fits 128 bits.
#[inline]
fn wide(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(value) => Value::int(value),
        Err(_) => Value::big_int(BigInt::from(value)),
    }
}

fn shift_left(value: &Number<'_>, count: i64) -> Outcome {
    if count < 0 {
        return Err(negative_shift());
    }
    match *value {
        Number::Int(0) => Ok(Value::int(0)),
        Number::Int(value) if count < 63 && (value << count) >> count == value => {
            Ok(Value::int(value << count))
        }
        value => {
            let value = value.to_big();
            check_bits(value.bits().saturating_add(count as u64))?;
            Ok(Value::big_int(&*value << count))
        }
    }
}

/// `a / b`, correctly rounded.
pub fn true_divide(a: i64, b: i64) -> Outcome<f64> {
    const EXACT: u64 = 1 << 53;
    if b == 0 {
        return Err(true_division_by_zero());
    }
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    true_divide_big(&BigInt::from(a), &BigInt::from(b))
}

/// `a / b`, correctly rounded, for integers of any size.
pub fn true_divide_big(a: &BigInt, b: &BigInt) -> Outcome<f64> {
    if b.is_zero() {
        return Err(true_division_by_zero());
    }
    let is_negative = (a.sign() == Sign::Minus) != (b.sign() == Sign::Minus);
    let (a, b) = (a.magnitude(), b.magnitude());
    if a.is_zero() {
        return Ok(if is_negative { -0.0 } else { 0.0 });
    }
    let (a_bits, b_bits) = (a.bits() as i64, b.bits() as i64);
    if a_bits - b_bits > 1024 {
        return Err(quotient_too_large());
    }
    if a_bits - b_bits < -1076 {
        return Ok(if is_negative { -0.0 } else { 0.0 });
    }
    // A quotient of 62 or 63 bits and a sticky bit are enough to round once, subnormals included.
    let shift = 62 - (a_bits - b_bits);
    let (quotient, is_inexact) = if shift >= 0 {
        let (quotient, remainder) = (a << shift as u64).div_rem(b);
        (quotient, !remainder.is_zero())
    } else {
        let (quotient, remainder) = a.div_rem(&(b << -shift as u64));
        (quotient, !remainder.is_zero())
    };
    let mantissa = quotient.to_u64().expect("the shift leaves at most 63 bits");
    let result = float::scaled(mantissa, is_inexact, -shift).ok_or_else(quotient_too_large)?;
    Ok(if is_negative { -result } else { result })
}

/// Number of bits of the magnitude.
pub fn bit_length(number: Number<'_>) -> u64 {
    match number {
        Number::Int(value) => 64 - u64::from(value.unsigned_abs().leading_zeros()),
        number => number.to_big().bits(),
    }
}

/// Number of ones in the magnitude.
pub fn bit_count(number: Number<'_>) -> u64 {
    let ones = |magnitude: &BigUint| magnitude.iter_u64_digits().map(|d| u64::from(d.count_ones())).sum();
    match number {
        Number::Int(value) => u64::from(value.unsigned_abs().count_ones()),
        number => ones(number.to_big().magnitude()),
    }
}
