//! Operations on digits and exponents: rounding to places, shifting, logic.

use super::arithmetic::{Outcome, nan_of};
use super::coefficient::{Coefficient, Tail, check_digits};
use super::number::{Dec, Settings, Status};

/// `a` with the exponent of `b`.
pub fn quantize(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if !a.is_finite() || !b.is_finite() {
        if let Some(nan) = nan_of(&[a, b], to, status) {
            return Ok(nan);
        }
        return Ok(match a.is_infinite() && b.is_infinite() {
            true => a.clone(),
            false => status.invalid(Status::INVALID_OPERATION),
        });
    }
    if b.exponent > to.emax || b.exponent < to.etiny() {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    if a.coefficient.is_zero() {
        return Dec::zero(a.negative, b.exponent).finalize(to, status);
    }
    if a.digits() + a.exponent - b.exponent > to.prec {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    let (result, tail) = a.rescaled(b.exponent, to.rounding)?;
    if result.digits() > to.prec || result.adjusted() > to.emax {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    if a.exponent < b.exponent {
        status.add(Status::ROUNDED);
        if tail != Tail::Exact {
            status.add(Status::INEXACT);
        }
    }
    result.finalize(to, status)
}

/// `a` as an integer, with the conditions Inexact and Rounded if `exact`.
pub fn to_integral(a: &Dec, exact: bool, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    if !a.is_finite() || a.exponent >= 0 {
        return Ok(a.clone());
    }
    if a.coefficient.is_zero() {
        return Ok(Dec::zero(a.negative, 0));
    }
    let (result, tail) = a.rescaled(0, to.rounding)?;
    if exact {
        status.add(Status::ROUNDED);
        if tail != Tail::Exact {
            status.add(Status::INEXACT);
        }
    }
    Ok(result)
}

/// `a` without zeros at the end.
pub fn reduce(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    let mut result = a.clone().finalize(to, status)?;
    if !result.is_finite() {
        return Ok(result);
    }
    if result.coefficient.is_zero() {
        return Ok(Dec::zero(result.negative, 0));
    }
    let most = if to.clamp { to.etop() } else { to.emax };
    let shift = (result.coefficient.trailing_zeros() as i64).min(most - result.exponent);
    if shift > 0 {
        result.coefficient = result.coefficient.shifted_right(shift as u64).0;
        result.exponent += shift;
    }
    Ok(result)
}

/// The exponent of the first digit.
pub fn logb(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    if a.is_infinite() {
        return Ok(Dec::infinity(false));
    }
    if a.coefficient.is_zero() {
        status.add(Status::DIVISION_BY_ZERO);
        return Ok(Dec::infinity(true));
    }
    Dec::integer(a.adjusted()).finalize(to, status)
}

/// The second operand of a shift: an integer from `-most` to `most`.
fn shift_count(b: &Dec, most: i64) -> Option<i64> {
    if !b.is_finite() || b.exponent != 0 {
        return None;
    }
    let count = i64::try_from(b.coefficient.to_u64()?).ok().filter(|count| *count <= most)?;
    Some(count * b.sign())
}

/// `a * 10 ** b`.
pub fn scaleb(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a, b], to, status) {
        return Ok(nan);
    }
    let Some(count) = shift_count(b, 2 * (to.emax + to.prec)) else {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    };
    if a.is_infinite() {
        return Ok(a.clone());
    }
    Dec::finite(a.negative, a.coefficient.clone(), a.exponent + count).finalize(to, status)
}

/// By how many places `b` moves the digits of `a`; `Err` with the result where none are moved.
fn places(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Result<i64, Dec> {
    if let Some(nan) = nan_of(&[a, b], to, status) {
        return Err(nan);
    }
    let Some(count) = shift_count(b, to.prec) else {
        return Err(status.invalid(Status::INVALID_OPERATION));
    };
    if a.is_infinite() { Err(a.clone()) } else { Ok(count) }
}

/// The digits of `a` shifted by `b` places.
pub fn shift(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let count = match places(a, b, to, status) {
        Ok(count) => count,
        Err(result) => return Ok(result),
    };
    let room = to.prec as u64;
    let digits = a.coefficient.low_digits(room);
    let shifted = match count {
        0.. => digits.low_digits(room - count as u64).shifted_left(count as u64)?,
        _ => digits.shifted_right(count.unsigned_abs()).0,
    };
    Ok(Dec::finite(a.negative, shifted, a.exponent))
}

/// The digits of `a` rotated by `b` places.
pub fn rotate(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let count = match places(a, b, to, status) {
        Ok(count) => count,
        Err(result) => return Ok(result),
    };
    let room = to.prec as u64;
    let digits = a.coefficient.low_digits(room);
    let left = if count >= 0 { count as u64 } else { room - count.unsigned_abs() };
    let upper = digits.shifted_right(room - left).0;
    let lower = digits.low_digits(room - left).shifted_left(left)?;
    Ok(Dec::finite(a.negative, lower.add(&upper), a.exponent))
}

/// The digits, if all are 0 or 1 and it is a number without sign and exponent.
fn logical_digits(a: &Dec) -> Option<String> {
    if !a.is_finite() || a.negative || a.exponent != 0 {
        return None;
    }
    Some(a.coefficient.to_text()).filter(|text| text.bytes().all(|digit| digit <= b'1'))
}

fn last(text: &str, count: usize) -> &str {
    &text[text.len().saturating_sub(count)..]
}

/// A digit-wise operation.
pub fn logical(
    a: &Dec,
    b: &Dec,
    operation: fn(bool, bool) -> bool,
    to: &Settings,
    status: &mut Status,
) -> Outcome {
    let (Some(a), Some(b)) = (logical_digits(a), logical_digits(b)) else {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    };
    let room = usize::try_from(to.prec).unwrap_or(usize::MAX);
    let (a, b) = (last(&a, room), last(&b, room));
    let count = a.len().max(b.len());
    let bit = |text: &str, index: usize| {
        let missing = count - text.len();
        index >= missing && text.as_bytes()[index - missing] == b'1'
    };
    let digits: Vec<u8> =
        (0..count).map(|index| b'0' + u8::from(operation(bit(a, index), bit(b, index)))).collect();
    Ok(Dec::finite(false, Coefficient::from_digits(&digits), 0))
}

/// All digits of the precision turned over.
pub fn logical_invert(a: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    let Some(digits) = logical_digits(a) else {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    };
    check_digits(to.prec as u64)?;
    let room = to.prec as usize;
    let digits = last(&digits, room);
    let mut inverted = vec![b'1'; room - digits.len()];
    inverted.extend(digits.bytes().map(|digit| if digit == b'0' { b'1' } else { b'0' }));
    Ok(Dec::finite(false, Coefficient::from_digits(&inverted), 0))
}
