//! Integers as text.

use super::{Failure, Number, Outcome};
use crate::object::core_type::CoreType;
use std::cell::Cell;

thread_local! {
    static MAX_STR_DIGITS: Cell<usize> = const { Cell::new(4300) };
}

/// The most digits that conversions between `int` and decimal text allow; 0 for no limit.
pub fn max_str_digits() -> usize {
    MAX_STR_DIGITS.get()
}

/// Set the limit (`sys.set_int_max_str_digits`, which checks that it is 0 or at least 640).
pub fn set_max_str_digits(limit: usize) {
    MAX_STR_DIGITS.set(limit);
}

/// `str(number)` of an integer; ValueError beyond the limit of digits.
pub fn decimal(number: Number<'_>) -> Outcome<String> {
    let big = match number {
        Number::Int(value) => return Ok(value.to_string()),
        Number::Big(value) => value,
        Number::Float(_) | Number::Complex(_) => unreachable!("internal error: no integer"),
    };
    let limit = max_str_digits();
    let is_checked = limit > 0;
    // Do not even begin with numbers far beyond the limit: a digit has more than three bits.
    if is_checked && big.bits() > (limit as u64 + 1) * 4 {
        return Err(too_many(limit));
    }
    let text = big.to_string();
    if is_checked && text.len() - usize::from(text.starts_with('-')) > limit {
        return Err(too_many(limit));
    }
    Ok(text)
}

fn too_many(limit: usize) -> Failure {
    let text = format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    );
    Failure::Text(CoreType::ValueError, text.into())
}

/// An integer in base 2, 8 or 16 with sign and the given prefix (`bin`, `oct`, `hex`).
pub fn radix_text(number: Number<'_>, radix: u32, prefix: &str) -> String {
    let (is_negative, digits) = match number {
        Number::Int(value) => {
            let magnitude = value.unsigned_abs();
            let digits = match radix {
                2 => format!("{magnitude:b}"),
                8 => format!("{magnitude:o}"),
                _ => format!("{magnitude:x}"),
            };
            (value < 0, digits)
        }
        number => {
            let big = number.to_big();
            (big.sign() == num_bigint::Sign::Minus, big.magnitude().to_str_radix(radix))
        }
    };
    format!("{}{prefix}{digits}", if is_negative { "-" } else { "" })
}
