//! The four operations and what belongs to them.

use super::coefficient::{Coefficient, NoMemory};
use super::number::{Dec, Kind, Rounding, Settings, Status};
use std::cmp::Ordering;

/// What operations return.
pub type Outcome<T = Dec> = Result<T, NoMemory>;

/// The result of an operation one of whose operands is a NaN.
pub fn nan_of(operands: &[&Dec], to: &Settings, status: &mut Status) -> Option<Dec> {
    let signaling = operands.iter().find(|operand| operand.is_signaling());
    if signaling.is_some() {
        status.add(Status::INVALID_OPERATION);
    }
    let nan = signaling.or_else(|| operands.iter().find(|operand| operand.is_nan()))?;
    let mut result = (*nan).clone();
    result.kind = Kind::QuietNan;
    result.cut_payload(to);
    Some(result)
}

pub fn add(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    add_signed(a, b, b.negative, to, status)
}

pub fn subtract(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    add_signed(a, b, !b.negative, to, status)
}

/// `a + b` where `b` has the sign given.
fn add_signed(a: &Dec, b: &Dec, b_negative: bool, to: &Settings, status: &mut Status) -> Outcome {
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok(nan);
        }
        return Ok(match (a.is_infinite(), b.is_infinite()) {
            (true, true) if a.negative != b_negative => status.invalid(Status::INVALID_OPERATION),
            (true, _) => Dec::infinity(a.negative),
            _ => Dec::infinity(b_negative),
        });
    }
    sum(a, b, b_negative, to)?.finalize(to, status)
}

/// The sum of finite numbers, not yet rounded, but maybe shortened where that makes no difference.
fn sum(a: &Dec, b: &Dec, b_negative: bool, to: &Settings) -> Outcome {
    if a.exponent == b.exponent {
        return Ok(same_exponent(a, &a.coefficient, b_negative, &b.coefficient, a.exponent, to));
    }
    let (big, small) = if a.exponent > b.exponent { (a, b) } else { (b, a) };
    if big.coefficient.is_zero() {
        let exponent = small.exponent;
        return Ok(same_exponent(a, &a.coefficient, b_negative, &b.coefficient, exponent, to));
    }
    let digits = big.digits();
    let mut least = big.exponent - 1;
    if digits <= to.prec {
        least += digits - to.prec - 1;
    }
    // A number far below the last digit only says that there is something.
    let tiny;
    let (small_coefficient, exponent) = if small.adjusted() < least {
        tiny = if small.coefficient.is_zero() { Coefficient::ZERO } else { Coefficient::ONE };
        (&tiny, least)
    } else {
        (&small.coefficient, small.exponent)
    };
    let aligned = big.coefficient.shifted_left((big.exponent - exponent) as u64)?;
    Ok(if a.exponent > b.exponent {
        same_exponent(a, &aligned, b_negative, small_coefficient, exponent, to)
    } else {
        same_exponent(a, small_coefficient, b_negative, &aligned, exponent, to)
    })
}

#[inline]
fn same_exponent(
    a: &Dec,
    left: &Coefficient,
    b_negative: bool,
    right: &Coefficient,
    exponent: i64,
    to: &Settings,
) -> Dec {
    if a.negative == b_negative {
        return Dec::finite(a.negative, left.add(right), exponent);
    }
    match left.cmp(right) {
        Ordering::Greater => Dec::finite(a.negative, left.subtract(right), exponent),
        Ordering::Less => Dec::finite(b_negative, right.subtract(left), exponent),
        Ordering::Equal => Dec::zero(to.rounding == Rounding::Floor, exponent),
    }
}

pub fn multiply(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    match special_product(a, b, to, status) {
        Some(result) => Ok(result),
        None => product(a, b)?.finalize(to, status),
    }
}

fn special_product(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Option<Dec> {
    if a.is_finite() && b.is_finite() {
        return None;
    }
    if let Some(nan) = nan_of(&[a, b], to, status) {
        return Some(nan);
    }
    if a.is_zero() || b.is_zero() {
        return Some(status.invalid(Status::INVALID_OPERATION));
    }
    Some(Dec::infinity(a.negative != b.negative))
}

fn product(a: &Dec, b: &Dec) -> Outcome {
    let coefficient = a.coefficient.multiply(&b.coefficient)?;
    Ok(Dec::finite(a.negative != b.negative, coefficient, a.exponent + b.exponent))
}

/// `a * b + c`, rounded once.
pub fn fused_multiply_add(a: &Dec, b: &Dec, c: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if a.is_finite() && b.is_finite() && c.is_finite() {
        let product = product(a, b)?;
        return sum(&product, c, c.negative, to)?.finalize(to, status);
    }
    if a.is_infinite() && b.is_zero() || a.is_zero() && b.is_infinite() {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    if let Some(nan) = nan_of(&[a, b, c], to, status) {
        return Ok(nan);
    }
    let product = match special_product(a, b, to, status) {
        Some(product) => product,
        None => product(a, b)?,
    };
    add(&product, c, to, status)
}

pub fn divide(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let negative = a.negative != b.negative;
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok(nan);
        }
        if a.is_infinite() {
            return Ok(match b.is_infinite() {
                true => status.invalid(Status::INVALID_OPERATION),
                false => Dec::infinity(negative),
            });
        }
        status.add(Status::CLAMPED);
        return Ok(Dec::zero(negative, to.etiny()));
    }
    if b.coefficient.is_zero() {
        return Ok(divided_by_zero(a, negative, status));
    }
    let ideal = a.exponent - b.exponent;
    if a.coefficient.is_zero() {
        return Dec::zero(negative, ideal).finalize(to, status);
    }
    // With two digits more than the precision there is always one to be rounded.
    let shift = b.digits() - a.digits() + to.prec + 1;
    let mut exponent = ideal - shift;
    let (mut quotient, remainder) = if shift >= 0 {
        a.coefficient.shifted_left(shift as u64)?.divide(&b.coefficient)
    } else {
        a.coefficient.divide(&b.coefficient.shifted_left(shift.unsigned_abs())?)
    };
    if !remainder.is_zero() {
        if quotient.last_digit().is_multiple_of(5) {
            quotient = quotient.add(&Coefficient::ONE);
        }
    } else if exponent < ideal {
        let zeros = (quotient.trailing_zeros() as i64).min(ideal - exponent);
        quotient = quotient.shifted_right(zeros as u64).0;
        exponent += zeros;
    }
    Dec::finite(negative, quotient, exponent).finalize(to, status)
}

#[cold]
fn divided_by_zero(a: &Dec, negative: bool, status: &mut Status) -> Dec {
    if a.coefficient.is_zero() {
        return status.invalid(Status::DIVISION_UNDEFINED);
    }
    status.add(Status::DIVISION_BY_ZERO);
    Dec::infinity(negative)
}

/// Integer quotient and remainder of finite numbers, the divisor not 0; `None` if the quotient has
/// more digits than the precision.
fn whole_quotient(a: &Dec, b: &Dec, to: &Settings) -> Outcome<Option<(Dec, Dec)>> {
    let negative = a.negative != b.negative;
    let ideal = a.exponent.min(b.exponent);
    if a.coefficient.is_zero() {
        return Ok(Some((Dec::zero(negative, 0), Dec::zero(a.negative, ideal))));
    }
    let distance = a.adjusted() - b.adjusted();
    if distance < 0 {
        let remainder = a.rescaled(ideal, Rounding::Down)?.0;
        return Ok(Some((Dec::zero(negative, 0), remainder)));
    }
    if distance > to.prec {
        return Ok(None);
    }
    let left = a.coefficient.shifted_left((a.exponent - ideal) as u64)?;
    let right = b.coefficient.shifted_left((b.exponent - ideal) as u64)?;
    let (quotient, remainder) = left.divide(&right);
    if quotient.digits() as i64 > to.prec {
        return Ok(None);
    }
    Ok(Some((Dec::finite(negative, quotient, 0), Dec::finite(a.negative, remainder, ideal))))
}

/// `divmod(a, b)`.
pub fn divide_modulo(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome<(Dec, Dec)> {
    let negative = a.negative != b.negative;
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok((nan.clone(), nan));
        }
        if a.is_infinite() {
            let quotient = if b.is_infinite() { Dec::NAN } else { Dec::infinity(negative) };
            return Ok((quotient, status.invalid(Status::INVALID_OPERATION)));
        }
        return Ok((Dec::zero(negative, 0), a.clone().finalize(to, status)?));
    }
    if b.coefficient.is_zero() {
        if a.coefficient.is_zero() {
            return Ok((Dec::NAN, status.invalid(Status::DIVISION_UNDEFINED)));
        }
        let nan = status.invalid(Status::DIVISION_BY_ZERO | Status::INVALID_OPERATION);
        return Ok((Dec::infinity(negative), nan));
    }
    match whole_quotient(a, b, to)? {
        Some((quotient, remainder)) => Ok((quotient.finalize(to, status)?, remainder.finalize(to, status)?)),
        None => Ok((Dec::NAN, status.invalid(Status::DIVISION_IMPOSSIBLE))),
    }
}

/// `a // b`, towards zero.
pub fn divide_integer(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let negative = a.negative != b.negative;
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok(nan);
        }
        return Ok(match (a.is_infinite(), b.is_infinite()) {
            (true, true) => status.invalid(Status::INVALID_OPERATION),
            (true, false) => Dec::infinity(negative),
            _ => Dec::zero(negative, 0),
        });
    }
    if b.coefficient.is_zero() {
        return Ok(divided_by_zero(a, negative, status));
    }
    match whole_quotient(a, b, to)? {
        Some((quotient, _)) => quotient.finalize(to, status),
        None => Ok(status.invalid(Status::DIVISION_IMPOSSIBLE)),
    }
}

/// The operands of a remainder where the result does not depend on their quotient.
fn special_remainder(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome<Option<Dec>> {
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok(Some(nan));
        }
        if a.is_infinite() {
            return Ok(Some(status.invalid(Status::INVALID_OPERATION)));
        }
        return a.clone().finalize(to, status).map(Some);
    }
    if b.coefficient.is_zero() {
        let condition =
            if a.coefficient.is_zero() { Status::DIVISION_UNDEFINED } else { Status::INVALID_OPERATION };
        return Ok(Some(status.invalid(condition)));
    }
    Ok(None)
}

/// `a % b`, with the sign of `a`.
pub fn remainder(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(result) = special_remainder(a, b, to, status)? {
        return Ok(result);
    }
    match whole_quotient(a, b, to)? {
        Some((_, remainder)) => remainder.finalize(to, status),
        None => Ok(status.invalid(Status::DIVISION_IMPOSSIBLE)),
    }
}

/// The remainder for the quotient that is nearest.
pub fn remainder_near(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(result) = special_remainder(a, b, to, status)? {
        return Ok(result);
    }
    let ideal = a.exponent.min(b.exponent);
    if a.coefficient.is_zero() {
        return Dec::zero(a.negative, ideal).finalize(to, status);
    }
    let distance = a.adjusted() - b.adjusted();
    if distance > to.prec {
        return Ok(status.invalid(Status::DIVISION_IMPOSSIBLE));
    }
    if distance <= -2 {
        return a.rescaled(ideal, to.rounding)?.0.finalize(to, status);
    }
    let left = a.coefficient.shifted_left((a.exponent - ideal) as u64)?;
    let right = b.coefficient.shifted_left((b.exponent - ideal) as u64)?;
    let (mut quotient, mut remainder) = left.divide(&right);
    let mut negative = a.negative;
    let doubled = remainder.add(&remainder);
    let is_above = match doubled.cmp(&right) {
        Ordering::Greater => true,
        Ordering::Equal => quotient.is_odd(),
        Ordering::Less => false,
    };
    if is_above {
        remainder = right.subtract(&remainder);
        quotient = quotient.add(&Coefficient::ONE);
        negative = !negative;
    }
    if quotient.digits() as i64 > to.prec {
        return Ok(status.invalid(Status::DIVISION_IMPOSSIBLE));
    }
    Dec::finite(negative, remainder, ideal).finalize(to, status)
}

/// `+a`.
pub fn plus(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    signed(a, a.negative, to, status)
}

/// `-a`.
pub fn minus(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    signed(a, !a.negative, to, status)
}

/// `abs(a)`.
pub fn absolute(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    signed(a, false, to, status)
}

fn signed(a: &Dec, negative: bool, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    let is_plain_zero = a.is_zero() && to.rounding != Rounding::Floor;
    a.clone().with_sign(negative && !is_plain_zero).finalize(to, status)
}
