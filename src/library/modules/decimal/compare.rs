//! Comparisons, and the numbers next to a number.

use super::arithmetic::{Outcome, add, nan_of, subtract};
use super::coefficient::Coefficient;
use super::number::{Dec, Kind, Rounding, Settings, Status};
use std::cmp::Ordering;

/// Compare without regard to signs; no NaN.
fn magnitudes(a: &Dec, b: &Dec) -> Ordering {
    match (a.is_infinite(), b.is_infinite()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        _ => {}
    }
    match (a.coefficient.is_zero(), b.coefficient.is_zero()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        _ => {}
    }
    if a.exponent == b.exponent {
        return a.coefficient.cmp(&b.coefficient);
    }
    // Where the first digits have one place, exponents differ by as much as numbers of digits.
    a.adjusted().cmp(&b.adjusted()).then_with(|| {
        let distance = a.exponent.abs_diff(b.exponent);
        if a.exponent > b.exponent {
            match a.coefficient.shifted_left(distance) {
                Ok(aligned) => aligned.cmp(&b.coefficient),
                Err(_) => Ordering::Greater,
            }
        } else {
            match b.coefficient.shifted_left(distance) {
                Ok(aligned) => a.coefficient.cmp(&aligned),
                Err(_) => Ordering::Less,
            }
        }
    })
}

/// How numbers compare; neither is a NaN.
pub fn compare(a: &Dec, b: &Dec) -> Ordering {
    if a.is_zero() && b.is_zero() {
        return Ordering::Equal;
    }
    let side = |number: &Dec| if number.is_zero() { 0 } else { number.sign() };
    side(a).cmp(&side(b)).then_with(|| {
        let ordering = magnitudes(a, b);
        if a.negative { ordering.reverse() } else { ordering }
    })
}

fn to_number(ordering: Ordering) -> Dec {
    Dec::integer(ordering as i64)
}

/// The operation `compare`: -1, 0, 1 or NaN.
pub fn compare_numbers(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Dec {
    nan_of(&[a, b], to, status).unwrap_or_else(|| to_number(compare(a, b)))
}

/// As `compare`, but each NaN is invalid.
pub fn compare_signal(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Dec {
    if let Some(nan) = nan_of(&[a, b], to, status) {
        status.add(Status::INVALID_OPERATION);
        return nan;
    }
    to_number(compare(a, b))
}

/// The order of all numbers, equal ones by exponent and NaNs included.
pub fn total_order(a: &Dec, b: &Dec) -> Ordering {
    if a.negative != b.negative {
        return if a.negative { Ordering::Less } else { Ordering::Greater };
    }
    let ordering = total_magnitudes(a, b);
    if a.negative { ordering.reverse() } else { ordering }
}

fn total_magnitudes(a: &Dec, b: &Dec) -> Ordering {
    let rank = |number: &Dec| match number.kind {
        Kind::Finite | Kind::Infinity => 0,
        Kind::SignalingNan => 1,
        Kind::QuietNan => 2,
    };
    rank(a).cmp(&rank(b)).then_with(|| {
        if a.is_nan() {
            return a.coefficient.cmp(&b.coefficient);
        }
        magnitudes(a, b).then(a.exponent.cmp(&b.exponent))
    })
}

pub fn compare_total(a: &Dec, b: &Dec) -> Dec {
    to_number(total_order(a, b))
}

pub fn compare_total_magnitude(a: &Dec, b: &Dec) -> Dec {
    to_number(total_magnitudes(a, b))
}

/// Which of two numbers `choose` picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub is_max: bool,
    pub by_magnitude: bool,
}

/// `max`, `min` and the two by magnitude: a number is preferred to a quiet NaN.
pub fn choose(a: &Dec, b: &Dec, choice: Choice, to: &Settings, status: &mut Status) -> Outcome {
    let chosen = match (a.kind == Kind::QuietNan, b.kind == Kind::QuietNan) {
        (true, false) if !b.is_nan() => b,
        (false, true) if !a.is_nan() => a,
        _ => {
            if let Some(nan) = nan_of(&[a, b], to, status) {
                return Ok(nan);
            }
            let by_value = if choice.by_magnitude { magnitudes(a, b) } else { compare(a, b) };
            let ordering = by_value.then_with(|| total_order(a, b));
            if (ordering == Ordering::Less) == choice.is_max { b } else { a }
        }
    };
    chosen.clone().finalize(to, status)
}

/// The largest number, or the least with a sign.
fn extreme(negative: bool, to: &Settings) -> Outcome {
    Ok(Dec::finite(negative, Coefficient::nines(to.prec as u64)?, to.etop()))
}

/// The next number towards plus or minus infinity.
pub fn next(a: &Dec, upwards: bool, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a], to, status) {
        return Ok(nan);
    }
    if a.is_infinite() {
        return if a.negative == upwards { extreme(a.negative, to) } else { Ok(a.clone()) };
    }
    let directed = to.with_rounding(if upwards { Rounding::Ceiling } else { Rounding::Floor });
    let mut ignored = Status::default();
    let rounded = a.clone().finalize(&directed, &mut ignored)?;
    if ignored.has(Status::INEXACT) {
        return Ok(rounded);
    }
    let least = Dec::finite(false, Coefficient::ONE, to.etiny() - 1);
    if upwards {
        add(a, &least, &directed, &mut ignored)
    } else {
        subtract(a, &least, &directed, &mut ignored)
    }
}

/// The next number towards `b`.
pub fn next_toward(a: &Dec, b: &Dec, to: &Settings, status: &mut Status) -> Outcome {
    if let Some(nan) = nan_of(&[a, b], to, status) {
        return Ok(nan);
    }
    let result = match compare(a, b) {
        Ordering::Equal => return Ok(a.clone().with_sign(b.negative)),
        Ordering::Less => next(a, true, to, status)?,
        Ordering::Greater => next(a, false, to, status)?,
    };
    if result.is_infinite() {
        status.add(Status::OVERFLOW | Status::ROUNDED | Status::INEXACT);
    } else if result.adjusted() < to.emin {
        status.add(Status::UNDERFLOW | Status::SUBNORMAL | Status::ROUNDED | Status::INEXACT);
        if result.is_zero() {
            status.add(Status::CLAMPED);
        }
    }
    Ok(result)
}

/// Whether both have one exponent.
pub fn same_quantum(a: &Dec, b: &Dec) -> bool {
    if a.is_finite() && b.is_finite() {
        return a.exponent == b.exponent;
    }
    a.is_nan() && b.is_nan() || a.is_infinite() && b.is_infinite()
}

/// The operation `class`.
pub fn number_class(a: &Dec, to: &Settings) -> &'static str {
    match (a.kind, a.negative) {
        (Kind::QuietNan, _) => "NaN",
        (Kind::SignalingNan, _) => "sNaN",
        (Kind::Infinity, true) => "-Infinity",
        (Kind::Infinity, false) => "+Infinity",
        (Kind::Finite, negative) => match (a.coefficient.is_zero(), a.adjusted() < to.emin, negative) {
            (true, _, true) => "-Zero",
            (true, _, false) => "+Zero",
            (_, true, true) => "-Subnormal",
            (_, true, false) => "+Subnormal",
            (_, false, true) => "-Normal",
            (_, false, false) => "+Normal",
        },
    }
}
