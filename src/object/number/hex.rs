//! Floats in hexadecimal: `float.hex` and `float.fromhex`.

use super::{Fault, Outcome, float};
use crate::object::hash::frexp;

/// `value.hex()`; `None` for infinities and NaN, whose text is their repr.
pub fn to_hex(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value == 0.0 {
        return Some(format!("{sign}0x0.0p+0"));
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (_, exponent) = frexp(value.abs());
    let (lead, exponent) = if bits >> 52 & 0x7ff == 0 { (0, -1022) } else { (1, exponent - 1) };
    Some(format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}"))
}

#[cold]
fn invalid() -> Fault {
    Fault::value("invalid hexadecimal floating-point string")
}

#[cold]
fn too_large() -> Fault {
    Fault::overflow("hexadecimal value too large to represent as a float")
}

/// `float.fromhex(text)`.
pub fn from_hex(text: &str) -> Outcome<f64> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let text = text.trim_matches(is_space);
    let (is_negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match rest.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        lower => parse_magnitude(lower.strip_prefix("0x").unwrap_or(lower))?,
    };
    Ok(if is_negative { -magnitude } else { magnitude })
}

/// `digits[.digits][p[sign]digits]`, in lower case.
fn parse_magnitude(text: &str) -> Outcome<f64> {
    let (number, exponent) = match text.split_once('p') {
        None => (text, 0),
        Some((number, exponent)) => (number, parse_exponent(exponent)?),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    // The first 15 digits that count are exact; of the others only whether all are zero matters.
    let (mut mantissa, mut is_inexact, mut dropped) = (0u64, false, 0i64);
    for digit in whole.bytes().chain(fraction.bytes()) {
        let value = (digit as char).to_digit(16).ok_or_else(invalid)?;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(value);
        } else {
            is_inexact |= value != 0;
            dropped += 1;
        }
    }
    if mantissa == 0 {
        return Ok(0.0);
    }
    let exponent = exponent.saturating_add(4 * (dropped - fraction.len() as i64));
    float::scaled(mantissa, is_inexact, exponent.clamp(-1_000_000, 1_000_000)).ok_or_else(too_large)
}

fn parse_exponent(text: &str) -> Outcome<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(invalid());
    }
    // Half the range, so that the adjustment for the digits cannot overflow.
    let value = digits.parse::<i64>().unwrap_or(i64::MAX).min(i64::MAX / 2);
    Ok(if text.starts_with('-') { -value } else { value })
}
