//! Strings by a format spec.

use super::spec::{Align, FormatSpec};
use crate::object::fault::Fault;
use crate::object::text::{check_room, range};
use crate::object::value::Value;
use std::iter::{once, repeat_n};

/// `str.__format__`; `value` is an exact string, the spec not empty.
pub fn format_str(value: &Value, text: &str, type_name: &str) -> Result<Value, Fault> {
    let Some(string) = value.as_str_object() else { return Ok(value.clone()) };
    let spec = FormatSpec::parse(text, 's', Align::Left, type_name)?;
    if spec.kind != 's' {
        return Err(spec.unknown_kind(type_name));
    }
    let refused = match spec.sign {
        Some(' ') => Some("Space not allowed in string format specifier"),
        Some(_) => Some("Sign not allowed in string format specifier"),
        None if spec.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        None if spec.alternate => Some("Alternate form (#) not allowed in string format specifier"),
        None if spec.align == Align::AfterSign => {
            Some("'=' alignment not allowed in string format specifier")
        }
        None => None,
    };
    if let Some(message) = refused {
        return Err(Fault::value(message));
    }
    let (shown, chars) = match spec.precision {
        Some(precision) if precision < string.char_count() => (range(string, 0, precision), precision),
        _ => (string.as_str(), string.char_count()),
    };
    if chars == string.char_count() && spec.width.is_none_or(|width| width <= chars) {
        return Ok(value.clone());
    }
    pad(shown, chars, spec.fill, spec.align, spec.width.unwrap_or(0))
}

/// `text`, which has `chars` code points, padded to `width`.
pub fn pad(text: &str, chars: usize, fill: char, align: Align, width: usize) -> Result<Value, Fault> {
    let padding = width.saturating_sub(chars);
    let left = match align {
        Align::Left => 0,
        Align::Right | Align::AfterSign => padding,
        Align::Center => padding / 2,
    };
    surround(text, chars, fill, left, padding - left)
}

/// `text`, which has `chars` code points, with `left` and `right` fill characters around it.
pub fn surround(text: &str, chars: usize, fill: char, left: usize, right: usize) -> Result<Value, Fault> {
    let mut memory = [0; 4];
    let fill: &str = fill.encode_utf8(&mut memory);
    check_room((left + right).saturating_mul(fill.len()))?;
    let length = text.len() + (left + right) * fill.len();
    let parts = repeat_n(fill, left).chain(once(text)).chain(repeat_n(fill, right));
    Ok(Value::str_parts(length, chars + left + right, parts))
}
