//! Numbers from text as the constructors `int`, `float` and `complex` read it: surrounding
//! whitespace, underscores between digits, decimal digits of every script.

use crate::object::complex::ComplexObject;
use crate::object::fault::Fault;
use crate::object::format::integer::max_str_digits;
use crate::object::unicode::{decimal_value, is_space};
use crate::object::value::Value;
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Pow;
use std::borrow::Cow;

/// Why a text is no number.
#[derive(Debug, PartialEq)]
pub enum ParseError {
    /// Malformed; the caller knows the wording.
    Malformed,
    /// An underscore that does not stand between digits, where that has a wording of its own.
    Underscore,
    /// A ready exception: too many digits.
    Fault(Fault),
}

/// The text in ASCII, without surrounding whitespace: digits of other scripts translated, what
/// else is not ASCII replaced by a character no number contains.
fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        // Texts in ASCII are not translated, and the C library knows fewer kinds of space.
        return Cow::Borrowed(text.trim_matches(|c| matches!(c, ' ' | '\t'..='\r')));
    }
    let text = text.trim_matches(is_space);
    let translate = |character: char| match character {
        _ if character.is_ascii() => character,
        _ if is_space(character) => ' ',
        _ => decimal_value(character).and_then(|digit| char::from_digit(digit, 10)).unwrap_or('?'),
    };
    Cow::Owned(text.chars().map(translate).collect())
}

/// Take out the underscores; `None` if one does not stand between two digits.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    for (index, _) in text.match_indices('_') {
        if index == 0 || !is_digit(index - 1) || !is_digit(index + 1) {
            return None;
        }
    }
    Some(Cow::Owned(text.replace('_', "")))
}

/// `int(text, base)`; `base` is 0 or from 2 to 36.
pub fn parse_int(text: &str, base: u32) -> Result<Value, ParseError> {
    let text = to_ascii(text);
    let (is_negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, &*text),
    };
    let (digits, base, must_be_zero) = strip_prefix(rest, base);
    let digits = plain_digits(digits, base).ok_or(ParseError::Malformed)?;
    if !base.is_power_of_two() {
        let limit = max_str_digits();
        if limit > 0 && digits.len() > limit && digits.len() > 640 {
            let text = format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {} digits; \
                 use sys.set_int_max_str_digits() to increase the limit",
                digits.len()
            );
            return Err(ParseError::Fault(Fault::value(text)));
        }
    }
    if digits.len() <= 12 {
        let value = i64::from_str_radix(&digits, base).map_err(|_| ParseError::Malformed)?;
        if must_be_zero && value != 0 {
            return Err(ParseError::Malformed);
        }
        return Ok(Value::int(if is_negative { -value } else { value }));
    }
    let magnitude = parse_digits(digits.as_bytes(), base);
    if must_be_zero && magnitude.bits() != 0 {
        return Err(ParseError::Malformed);
    }
    let sign = if is_negative { Sign::Minus } else { Sign::Plus };
    Ok(Value::big_int(BigInt::from_biguint(sign, magnitude)))
}

/// Take a prefix off that agrees with the base: the digits, the base, and whether only zero is
/// allowed (decimal literals have no leading zeros).
fn strip_prefix(text: &str, base: u32) -> (&str, u32, bool) {
    let bytes = text.as_bytes();
    let named = match bytes.get(1).map(u8::to_ascii_lowercase) {
        Some(b'x') => 16,
        Some(b'o') => 8,
        Some(b'b') => 2,
        _ => 0,
    };
    let has_prefix = bytes.first() == Some(&b'0') && named != 0 && (base == 0 || base == named);
    if has_prefix {
        let digits = &text[2..];
        return (digits.strip_prefix('_').unwrap_or(digits), named, false);
    }
    match base {
        0 => (text, 10, bytes.first() == Some(&b'0')),
        base => (text, base, false),
    }
}

/// The digits without underscores; `None` if there are none, or others than the base allows.
fn plain_digits(text: &str, base: u32) -> Option<Cow<'_, str>> {
    let is_digit = |byte: u8| (byte as char).is_digit(base);
    if !text.is_empty() && text.bytes().all(is_digit) {
        return Some(Cow::Borrowed(text));
    }
    let mut digits = String::with_capacity(text.len());
    for part in text.split('_') {
        if part.is_empty() || !part.bytes().all(is_digit) {
            return None;
        }
        digits.push_str(part);
    }
    Some(Cow::Owned(digits))
}

/// The number that digits (valid for the base) spell. Halves are parsed apart, since the direct
/// way takes quadratic time.
fn parse_digits(digits: &[u8], base: u32) -> BigUint {
    const DIRECT: usize = 2000;
    if digits.len() <= DIRECT || base.is_power_of_two() {
        return BigUint::parse_bytes(digits, base).unwrap_or_default();
    }
    // Powers base ** (DIRECT << level), as many as the length needs.
    let mut powers = vec![BigUint::from(base).pow(DIRECT)];
    while DIRECT << powers.len() < digits.len() {
        let square = &powers[powers.len() - 1] * &powers[powers.len() - 1];
        powers.push(square);
    }
    parse_halves(digits, base, &powers, DIRECT)
}

fn parse_halves(digits: &[u8], base: u32, powers: &[BigUint], direct: usize) -> BigUint {
    let Some((power, smaller)) = powers.split_last() else {
        return BigUint::parse_bytes(digits, base).unwrap_or_default();
    };
    let low = direct << smaller.len();
    if digits.len() <= low {
        return parse_halves(digits, base, smaller, direct);
    }
    let (upper, lower) = digits.split_at(digits.len() - low);
    parse_halves(upper, base, smaller, direct) * power + parse_halves(lower, base, smaller, direct)
}

/// `float(text)`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = to_ascii(text);
    let text = without_underscores(&text)?;
    let (value, length) = scan_float(&text)?;
    (length == text.len()).then_some(value)
}

/// The float at the beginning of an ASCII text, as long as possible, and its length.
fn scan_float(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let begins = |word: &str| {
        bytes.get(sign..sign + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    let special = [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)];
    if let Some((word, value)) = special.into_iter().find(|(word, _)| begins(word)) {
        return Some((if bytes[0] == b'-' { -value } else { value }, sign + word.len()));
    }
    let run = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = run(sign);
    let mut end = sign + whole;
    let mut digits = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = run(end + 1);
        digits += fraction;
        end += 1 + fraction;
    }
    if digits == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let count = run((end + 1 + sign).min(bytes.len()));
        if count > 0 {
            end += 1 + sign + count;
        }
    }
    Some((text[..end].parse().ok()?, end))
}

/// `complex(text)`.
pub fn parse_complex(text: &str) -> Result<ComplexObject, ParseError> {
    let text = to_ascii(text);
    let text = without_underscores(&text).ok_or(ParseError::Underscore)?;
    parse_plain_complex(&text).ok_or(ParseError::Malformed)
}

fn parse_plain_complex(text: &str) -> Option<ComplexObject> {
    let text = match text.strip_prefix('(') {
        Some(inner) => inner.trim_end_matches(is_space).strip_suffix(')')?.trim_matches(is_space),
        None => text,
    };
    let (value, rest) = match scan_float(text) {
        Some((value, length)) => (Some(value), &text[length..]),
        None => (None, text),
    };
    let unit = |sign: u8| if sign == b'-' { -1.0 } else { 1.0 };
    match (value, rest.as_bytes()) {
        (Some(real), []) => Some(ComplexObject { real, imag: 0.0 }),
        (Some(imag), [b'j' | b'J']) => Some(ComplexObject { real: 0.0, imag }),
        (Some(real), [sign @ (b'+' | b'-'), ..]) => {
            let (imag, rest) = match scan_float(rest) {
                Some((imag, length)) => (imag, &rest[length..]),
                None => (unit(*sign), &rest[1..]),
            };
            matches!(rest, "j" | "J").then_some(ComplexObject { real, imag })
        }
        (None, [sign @ (b'+' | b'-'), b'j' | b'J']) => Some(ComplexObject { real: 0.0, imag: unit(*sign) }),
        (None, [b'j' | b'J']) => Some(ComplexObject { real: 0.0, imag: 1.0 }),
        _ => None,
    }
}
