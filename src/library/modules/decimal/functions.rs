//! Square roots, exponentials, logarithms and powers.
//!
//! Exponentials and logarithms are computed with integers that have so many bits behind the point,
//! and again with more of them until it is certain how the result is rounded: results are exact to
//! the last digit. Powers that are not whole follow `libmpdec`, which CPython uses, digit by digit:
//! they are nearly always so.

use super::arithmetic::{Outcome, divide, multiply, nan_of};
use super::coefficient::{Coefficient, check_digits, power_of_ten};
use super::compare::compare;
use super::number::{Dec, Rounding, Settings, Status};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::{Integer, Roots};
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cell::RefCell;
use std::cmp::Ordering;

pub fn square_root(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    let half_exponent = a.exponent >> 1;
    let to = to.with_rounding(Rounding::HalfEven);
    if a.is_zero() {
        return Dec::zero(a.negative, half_exponent).finalize(&to, status);
    }
    if a.negative {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    if a.is_infinite() {
        return Ok(Dec::infinity(false));
    }
    let is_odd = a.exponent & 1 == 1;
    let digits = a.digits();
    // One digit more than the precision.
    let pairs = if is_odd { (digits >> 1) + 1 } else { (digits + 1) >> 1 };
    let shift = to.prec + 1 - pairs;
    let scale = 2 * shift + i64::from(is_odd);
    let (square, mut exact) = if scale >= 0 {
        (a.coefficient.shifted_left(scale as u64)?, true)
    } else {
        let (square, tail) = a.coefficient.shifted_right(scale.unsigned_abs());
        (square, tail == super::coefficient::Tail::Exact)
    };
    let mut root = match &square {
        Coefficient::Small(square) => Coefficient::from(BigUint::from(square.get().sqrt())),
        Coefficient::Big(square) => Coefficient::from(big_square_root(square)),
    };
    exact = exact && root.multiply(&root)? == square;
    let mut exponent = half_exponent - shift;
    if exact {
        root = if shift >= 0 {
            root.shifted_right(shift as u64).0
        } else {
            root.shifted_left(shift.unsigned_abs())?
        };
        exponent += shift;
    } else if root.last_digit().is_multiple_of(5) {
        root = root.add(&Coefficient::ONE);
    }
    Dec::finite(false, root, exponent).finalize(&to, status)
}

/// The integer part of the square root: a root of half the bits, then one step of Newton.
fn big_square_root(square: &BigUint) -> BigUint {
    let bits = square.bits();
    if bits < 512 {
        return square.sqrt();
    }
    let shift = (bits / 4) & !1;
    // Half of the bits are right, one division makes all of them right, but for the last.
    let guess = (big_square_root(&(square >> (2 * shift))) + 1_u32) << shift;
    let mut root = (&guess + square / &guess) >> 1_u32;
    while &root * &root > *square {
        root -= 1_u32;
    }
    root
}

/// Bits for decimal digits, with some to spare.
fn bits_for(digits: i64) -> u64 {
    (digits.unsigned_abs() * 10 / 3) + 24
}

/// `e ** x`; `x` has `bits` bits behind the point, its absolute value is below 4. The result is
/// wrong by less than 64 of its last bits.
fn exponential(x: &BigInt, bits: u64) -> BigInt {
    let halvings = (bits as f64).sqrt() as u64;
    let terms = 64 - (bits / (halvings + 1) + 4).leading_zeros() as u64;
    let work = bits + halvings + terms + 8;
    let x = (x << (work - bits)) >> halvings;
    let mut sum = (BigInt::one() << work) + &x;
    let mut term = x.clone();
    let mut index = 2_u64;
    loop {
        term = ((&term * &x) >> work) / index;
        if term.is_zero() || term == BigInt::from(-1) {
            break;
        }
        sum += &term;
        index += 1;
    }
    for _ in 0..halvings {
        sum = (&sum * &sum) >> work;
    }
    sum >> (work - bits)
}

thread_local! {
    /// The logarithm of ten, and how many bits it has behind the point.
    static LOG_TEN: RefCell<(u64, BigInt)> = const { RefCell::new((0, BigInt::ZERO)) };
}

/// `ln(10)` with `bits` bits behind the point, wrong by less than 8 of the last.
fn log_ten(bits: u64) -> BigInt {
    LOG_TEN.with_borrow_mut(|(known, value)| {
        if *known < bits {
            let work = bits + bits / 4 + 64;
            // ln 2 = 18 atanh(1/26) - 2 atanh(1/4801) + 8 atanh(1/8749); ln 10 = 3 ln 2 + 2 atanh(1/9)
            let sum = |factor: i32, inverse: u64| inverse_tangent(inverse, work + 16) * factor;
            let two = sum(18, 26) + sum(-2, 4801) + sum(8, 8749);
            (*known, *value) = (work, (two * 3 + sum(2, 9)) >> 16);
        }
        &*value >> (*known - bits)
    })
}

/// The area tangent of `1 / inverse`.
fn inverse_tangent(inverse: u64, bits: u64) -> BigInt {
    let square = inverse * inverse;
    let mut power = (BigUint::one() << bits) / inverse;
    let mut sum = power.clone();
    let mut index = 3_u64;
    loop {
        power /= square;
        if power.is_zero() {
            return BigInt::from(sum);
        }
        sum += &power / index;
        index += 2;
    }
}

/// `x` with `bits` bits behind the point, rounded down.
fn fixed(x: &Dec, bits: u64) -> BigInt {
    let sign = if x.negative { Sign::Minus } else { Sign::Plus };
    let coefficient = BigInt::from_biguint(sign, x.coefficient.to_big().into_owned());
    match x.exponent {
        0.. => (coefficient * BigInt::from((*power_of_ten(x.exponent as u64)).clone())) << bits,
        exponent => {
            let power = power_of_ten(exponent.unsigned_abs());
            (coefficient << bits).div_floor(&BigInt::from((*power).clone()))
        }
    }
}

/// `ln(m)` for a number with `bits` bits behind the point, from 0.05 to 20.
fn logarithm(m: &BigInt, bits: u64) -> BigInt {
    let approximate = (m >> (bits.saturating_sub(60))).to_f64().unwrap_or(1.0)
        / 2_f64.powi(if bits > 60 { 60 } else { bits as i32 });
    let scaled = (approximate.ln() * 2_f64.powi(60)) as i64;
    let mut result = BigInt::from(scaled);
    let (mut known, mut have) = (48_u64, 60_u64);
    while known < bits || have != bits {
        // Three times as many bits are right after a step.
        known = (known * 3 - 8).min(bits);
        let work = (known + 16).max(64).min(bits.max(64));
        result = if work >= have { result << (work - have) } else { result >> (have - work) };
        let m = if bits >= work { m >> (bits - work) } else { m << (work - bits) };
        let power = exponential(&result, work);
        let step = ((&m - &power) << (work + 1)) / (&m + &power);
        result += step;
        have = work;
        if have >= bits && known >= bits {
            return result >> (have - bits);
        }
    }
    result
}

/// `ln(a)` with `bits` bits behind the point, wrong by less than 128 of the last.
fn log_fixed(a: &Dec, bits: u64) -> BigInt {
    let places = match a.adjusted() {
        -1 => 0,
        adjusted => adjusted,
    };
    let mantissa = Dec::finite(false, a.coefficient.clone(), a.exponent - places);
    let more = 64 - places.unsigned_abs().leading_zeros() as u64;
    let work = bits + 8;
    let log = logarithm(&fixed(&mantissa, work), work) >> 8;
    log + ((log_ten(bits + more + 8) * places) >> (more + 8))
}

/// Round what `attempt` computes: given a number of digits, it returns an integer that is wrong by
/// less than 4 and has at least as many digits, and its exponent.
fn correctly_rounded(
    to: &Settings,
    status: &mut Status,
    attempt: &mut dyn FnMut(i64) -> (BigInt, i64),
) -> Outcome {
    let to = to.with_rounding(Rounding::HalfEven);
    let mut spare = 6;
    loop {
        check_digits((to.prec + spare) as u64)?;
        let (value, exponent) = attempt(to.prec + spare);
        let coefficient = Coefficient::from(value.magnitude().clone());
        let cut = coefficient.digits() as i64 - to.prec;
        if cut > 1 {
            let low = coefficient.low_digits(cut as u64);
            let half = Coefficient::from(5).shifted_left(cut as u64 - 1)?;
            let distance = if low > half { low.subtract(&half) } else { half.subtract(&low) };
            if distance > Coefficient::from(8) {
                // The result never ends, so its last digit is neither 0 nor 5.
                let more = u64::from(coefficient.last_digit().is_multiple_of(5));
                let coefficient = coefficient.add(&Coefficient::from(more));
                return Dec::finite(value.is_negative(), coefficient, exponent).finalize(&to, status);
            }
        }
        spare = spare * 2 + 4;
    }
}

/// Decimal digits of a positive number of at most 19 digits.
fn count_digits(value: i64) -> i64 {
    Coefficient::from(value.unsigned_abs()).digits() as i64
}

pub fn exp(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    if a.is_infinite() {
        return Ok(if a.negative { Dec::zero(false, 0) } else { a.clone() });
    }
    if a.coefficient.is_zero() {
        return Ok(Dec::ONE);
    }
    let even = to.with_rounding(Rounding::HalfEven);
    let adjusted = a.adjusted();
    // Surely too large or too small.
    if !a.negative && adjusted > count_digits((to.emax + 1).saturating_mul(3)) {
        return Dec::finite(false, Coefficient::ONE, to.emax + 1).finalize(&even, status);
    }
    if a.negative && adjusted > count_digits((1 - to.etiny()).saturating_mul(3)) {
        return Dec::finite(false, Coefficient::ONE, to.etiny() - 1).finalize(&even, status);
    }
    // So close to 1 that only the sign counts.
    if adjusted < -to.prec - 1 {
        check_digits(to.prec as u64)?;
        let one = Coefficient::ONE.shifted_left(to.prec as u64 + 1)?;
        let beside = if a.negative { one.subtract(&Coefficient::ONE) } else { one.add(&Coefficient::ONE) };
        return Dec::finite(false, beside, -to.prec - 1).finalize(&even, status);
    }
    correctly_rounded(to, status, &mut |digits| {
        let bits = bits_for(digits);
        let more = 4 * (adjusted.max(0) as u64 + 2);
        let x = fixed(a, bits);
        let log = log_ten(bits + more);
        let mut tens = (&x << more).div_floor(&log);
        let mut rest = &x - ((&tens * &log) >> more);
        let log = log >> more;
        if rest.is_negative() {
            rest += &log;
            tens -= 1;
        }
        let power = exponential(&rest, bits);
        let scale = BigInt::from((*power_of_ten(digits as u64)).clone());
        let exponent = tens.to_i64().unwrap_or(i64::MAX / 4);
        ((power * scale) >> bits, exponent - digits)
    })
}

/// What the logarithms of NaNs, infinities, zero, negative numbers are.
fn special_log(a: &Dec, to: &Settings, status: &mut Status) -> Option<Dec> {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Some(nan);
    }
    if a.is_zero() {
        return Some(Dec::infinity(true));
    }
    if a.negative {
        return Some(status.invalid(Status::INVALID_OPERATION));
    }
    a.is_infinite().then(|| Dec::infinity(false))
}

/// How many zeros stand behind the point in `a - 1`.
fn closeness_to_one(a: &Dec) -> i64 {
    if !(-1..=0).contains(&a.adjusted()) {
        return 0;
    }
    let mut ignored = Status::default();
    match super::arithmetic::subtract(a, &Dec::ONE, &Settings::MAX, &mut ignored) {
        Ok(distance) => -distance.adjusted(),
        Err(_) => 0,
    }
}

/// A fixed-point number as an integer and a decimal exponent, with `digits` digits at least.
fn in_decimal(value: BigInt, bits: u64, places: i64) -> (BigInt, i64) {
    let scale = BigInt::from((*power_of_ten(places.unsigned_abs())).clone());
    ((value * scale) >> bits, -places)
}

pub fn ln(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(result) = special_log(a, to, status) {
        return Ok(result);
    }
    if compare(a, &Dec::ONE) == Ordering::Equal {
        return Ok(Dec::zero(false, 0));
    }
    let close = closeness_to_one(a);
    correctly_rounded(to, status, &mut |digits| {
        let places = digits + close + 1;
        let bits = bits_for(places) + 8;
        in_decimal(log_fixed(a, bits), bits, places)
    })
}

pub fn log10(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(result) = special_log(a, to, status) {
        return Ok(result);
    }
    if a.coefficient.trailing_zeros() as i64 == a.digits() - 1
        && a.coefficient == Coefficient::ONE.shifted_left(a.coefficient.trailing_zeros())?
    {
        let even = to.with_rounding(Rounding::HalfEven);
        return Dec::integer(a.adjusted()).finalize(&even, status);
    }
    let close = closeness_to_one(a);
    correctly_rounded(to, status, &mut |digits| {
        let places = digits + close + 2;
        let bits = bits_for(places) + 72;
        let quotient = (log_fixed(a, bits) << bits) / log_ten(bits);
        in_decimal(quotient, bits, places)
    })
}

/// A one with all digits of the precision.
fn padded_one(negative: bool, shift: i64) -> Outcome {
    Ok(Dec::finite(negative, Coefficient::ONE.shifted_left(shift as u64)?, -shift))
}

pub fn power(base: &Dec, exponent: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[base, exponent], to, status) {
        return Ok(nan);
    }
    let is_whole = exponent.is_integer();
    let negative = base.negative && is_whole && exponent.is_odd_integer();
    if base.is_zero() {
        return Ok(match (exponent.is_zero(), exponent.negative) {
            (true, _) => status.invalid(Status::INVALID_OPERATION),
            (_, true) => Dec::infinity(negative),
            _ => Dec::zero(negative, 0),
        });
    }
    if base.negative && (!is_whole || exponent.is_infinite()) {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    let one = Dec::ONE.with_sign(negative);
    let size = compare(&base.clone().with_sign(false), &Dec::ONE);
    if exponent.is_infinite() {
        if size == Ordering::Equal {
            status.add(Status::INEXACT | Status::ROUNDED);
            return padded_one(negative, to.prec - 1);
        }
        return Ok(match (size == Ordering::Less) == exponent.negative {
            true => Dec::infinity(negative),
            false => Dec::zero(negative, 0),
        });
    }
    if base.is_infinite() {
        return Ok(match (exponent.is_zero(), exponent.negative) {
            (true, _) => one,
            (_, true) => Dec::zero(negative, 0),
            _ => Dec::infinity(negative),
        });
    }
    if exponent.is_zero() {
        return Ok(one);
    }
    if size == Ordering::Equal {
        return power_of_one(base, exponent, is_whole, negative, to, status);
    }
    if let Some(result) = beyond_range(base, exponent, size, negative, to) {
        return result.finalize(to, status);
    }
    if is_whole {
        return whole_power(base, exponent, negative, to, status);
    }
    real_power(base, exponent, to, status)
}

/// Powers of 1 and -1, whose digits depend on how they are written.
fn power_of_one(
    base: &Dec,
    exponent: &Dec,
    is_whole: bool,
    negative: bool,
    to: &Settings,
    status: &mut Status,
) -> Outcome {
    if !is_whole {
        status.add(Status::INEXACT | Status::ROUNDED);
        return padded_one(negative, to.prec - 1);
    }
    if exponent.negative {
        return Ok(Dec::ONE.with_sign(negative));
    }
    // As many places as a product of so many ones has.
    let places = BigInt::from(exponent.rescaled(0, Rounding::Down)?.0.coefficient.to_big().into_owned())
        * base.exponent.unsigned_abs();
    let shift = match places.to_i64() {
        Some(places) if places < to.prec => places,
        _ => {
            status.add(Status::ROUNDED);
            to.prec - 1
        }
    };
    padded_one(negative, shift)
}

/// A result so large or so small that it need not be computed.
fn beyond_range(base: &Dec, exponent: &Dec, size: Ordering, negative: bool, to: &Settings) -> Option<Dec> {
    // A lower bound of the exponent of ten of |log10(base)|.
    let adjusted = base.adjusted();
    let bound = match adjusted {
        1.. => count_digits(adjusted) - 1,
        ..=-2 => count_digits(adjusted + 1) - 1,
        _ => {
            let mut ignored = Status::default();
            let positive = base.clone().with_sign(false);
            let distance =
                super::arithmetic::subtract(&positive, &Dec::ONE, &Settings::MAX, &mut ignored).ok()?;
            distance.adjusted() - if adjusted == 0 { 2 } else { 1 }
        }
    };
    let grows = (size == Ordering::Greater) != exponent.negative;
    let limit = if grows { count_digits(to.emax) } else { count_digits(to.etiny()) };
    if limit >= bound + exponent.adjusted() {
        return None;
    }
    Some(match grows {
        true => Dec::finite(negative, Coefficient::ONE, to.emax + 1),
        false => Dec::finite(negative, Coefficient::ONE, to.etiny() - 1),
    })
}

/// `base ** exponent` by squaring, with some more digits.
fn whole_power(base: &Dec, exponent: &Dec, negative: bool, to: &Settings, status: &mut Status) -> Outcome {
    let mut work = to.with_rounding(Rounding::HalfEven);
    work.prec += exponent.digits() + exponent.exponent + 2;
    work.clamp = false;
    let mut base = base.clone();
    if exponent.negative {
        work.prec += 1;
        let mut own = Status::default();
        base = divide(&Dec::ONE, &base, &work, &mut own)?;
        status.add(own.0);
    }
    let count = exponent.rescaled(0, Rounding::Down)?.0.coefficient.to_big().into_owned();
    let mut own = Status::default();
    let mut result = base.clone();
    for bit in (0..count.bits() - 1).rev() {
        result = multiply(&result, &result, &work, &mut own)?;
        if count.bit(bit) {
            result = multiply(&result, &base, &work, &mut own)?;
        }
        if !result.is_finite() || result.is_zero() && own.has(Status::CLAMPED) {
            break;
        }
    }
    status.add(own.0);
    if result.is_infinite() {
        // The rounding decides what becomes of it.
        result = Dec::finite(negative, Coefficient::ONE, to.emax + 1);
    }
    result.with_sign(negative).finalize(to, status)
}

/// `exp(exponent * ln(base))`, with some more digits.
fn real_power(base: &Dec, exponent: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let mut work = to.with_rounding(Rounding::HalfEven);
    work.prec = to.prec.max(base.digits()) + 4 + 19;
    (work.emin, work.emax, work.clamp) = (Settings::MAX.emin, Settings::MAX.emax, false);
    let mut own = Status::default();
    let log = ln(base, &work, &mut own)?;
    let product = multiply(&log, exponent, &work, &mut own)?;
    let mut result = exp(&product, &work, status)?;
    status.add(own.0 & Status::INVALID);
    status.add(Status::INEXACT | Status::ROUNDED);
    if result.is_finite() && compare(&result, &Dec::ONE) == Ordering::Equal {
        result = padded_one(false, to.prec - 1)?;
    }
    if result.is_infinite() {
        result = Dec::finite(false, Coefficient::ONE, to.emax + 1);
    }
    result.finalize(to, status)
}

/// `base ** exponent % modulus`, of whole numbers.
pub fn power_modulo(
    base: &Dec,
    exponent: &Dec,
    modulus: &Dec,
    to: &Settings,
    status: &mut Status,
) -> Outcome {
    if let Some(nan) = nan_of(&[base, exponent, modulus], to, status) {
        return Ok(nan);
    }
    let is_valid = base.is_integer()
        && exponent.is_integer()
        && modulus.is_integer()
        && (!exponent.negative || exponent.is_zero())
        && !modulus.is_zero()
        && modulus.adjusted() < to.prec
        && !(base.is_zero() && exponent.is_zero());
    if !is_valid {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    let negative = base.negative && exponent.is_odd_integer();
    let modulus = modulus.rescaled(0, Rounding::Down)?.0.coefficient.to_big().into_owned();
    let residue = |number: &Dec| -> Outcome<BigUint> {
        if number.exponent <= 0 {
            return Ok(number.rescaled(0, Rounding::Down)?.0.coefficient.to_big().into_owned());
        }
        let ten = BigUint::from(10_u32).modpow(&BigUint::from(number.exponent.unsigned_abs()), &modulus);
        Ok(&*number.coefficient.to_big() * ten)
    };
    let base = residue(base)? % &modulus;
    // A power of ten in the exponent is applied by itself.
    let digits = exponent.rescaled(exponent.exponent.max(0), Rounding::Down)?.0;
    let mut result = base.modpow(&digits.coefficient.to_big(), &modulus);
    let ten = BigUint::from(10_u32);
    for _ in 0..exponent.exponent.max(0) {
        result = result.modpow(&ten, &modulus);
    }
    Ok(Dec::finite(negative, Coefficient::from(result), 0))
}
