//! `int(x)` and `int(x, base)`.

use super::INT;
use crate::library::types::bytes::buffer::{Content, content};
use crate::library::types::bytes_argument::byte_text;
use crate::library::types::numeric::{has_special, short_repr, warn_subclass};
use crate::object::number::{self, Number, ParseError};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

pub(super) fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match (args[1].given(), args[2].given()) {
        (None, None) => Ok(Value::int(0)),
        (None, Some(_)) => Err(interp.type_error("int() missing string argument")),
        (Some(value), None) => to_int(interp, value),
        (Some(value), Some(base)) => from_base(interp, value, base),
    }
}

fn from_base(interp: &mut dyn Interpreter, value: &Value, base: &Value) -> Completion {
    let base = interp.index(base)?;
    let base = match base.as_int() {
        Some(base) if base == 0 || (2..=36).contains(&base) => base as u32,
        _ => return Err(interp.value_error("int() base must be >= 2 and <= 36, or 0")),
    };
    let is_text = value.str_like().is_some()
        || value.bytes_like().is_some()
        || value.downcast::<crate::library::types::bytes::bytearray::ByteArray>().is_some();
    match if is_text { parse(interp, value, base)? } else { None } {
        Some(number) => Ok(number),
        None => Err(interp.type_error("int() can't convert non-string with explicit base")),
    }
}

/// `int(value)`: an exact int.
pub fn to_int(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    if let Some(number) = Number::exact(value) {
        match number {
            Number::Int(_) | Number::Big(_) => return Ok(number.to_value()),
            Number::Float(float) => return number::float_to_int(float).map_err(|fault| fault.raise(interp)),
            Number::Complex(_) => {}
        }
    }
    if value.as_str().is_some()
        && let Some(number) = parse(interp, value, 10)?
    {
        return Ok(number);
    }
    if let Some(result) = interp.call_special(value, "__int__", &[])? {
        return checked(interp, "__int__", result);
    }
    if has_special(interp, value, "__index__") {
        return interp.index(value);
    }
    if let Some(result) = interp.call_special(value, "__trunc__", &[])? {
        return from_trunc(interp, &result);
    }
    if let Some(number) = parse(interp, value, 10)? {
        return Ok(number);
    }
    let class = interp.type_name(value);
    Err(interp.type_error(&format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{class}'"
    )))
}

/// The result of `__int__` as an exact int.
fn checked(interp: &mut dyn Interpreter, method: &str, result: Value) -> Completion {
    let Some(number) = Number::integer_like(&result) else {
        let class = interp.type_name(&result);
        return Err(interp.type_error(&format!("{method} returned non-int (type {class})")));
    };
    if result.as_bool().is_some() || result.as_instance().is_some() {
        warn_subclass(interp, method, &INT, &result)?;
    }
    Ok(number.to_value())
}

fn from_trunc(interp: &mut dyn Interpreter, result: &Value) -> Completion {
    let place = interp.stack(1).pop();
    let text = "The delegation of int() to __trunc__ is deprecated.";
    interp.warn(CoreType::DeprecationWarning, text, place)?;
    if let Some(number) = Number::integer_like(result) {
        return Ok(number.to_value());
    }
    if has_special(interp, result, "__index__") {
        return interp.index(result);
    }
    let class = interp.type_name(result);
    Err(interp.type_error(&format!("__trunc__ returned non-Integral (type {class})")))
}

/// The integer a text or bytes-like object spells; `None` if it is neither.
fn parse(interp: &mut dyn Interpreter, value: &Value, base: u32) -> Result<Option<Value>, Raised> {
    let parsed = match (value.str_like(), byte_text(value)) {
        (Some(text), _) => number::parse_int(text, base),
        (None, Some(text)) => number::parse_int(&text, base),
        (None, None) => return Ok(None),
    };
    match parsed {
        Ok(number) => Ok(Some(number)),
        Err(ParseError::Fault(fault)) => Err(fault.raise(interp)),
        Err(ParseError::Malformed | ParseError::Underscore) => {
            // CPython's parser of numbers is given a copy, which is a bytes object.
            let shown = match value.str_like() {
                Some(_) => value.clone(),
                None => Value::bytes(&*content(value).unwrap_or(Content::Slice(&[]))),
            };
            let repr = short_repr(interp, &shown)?;
            Err(interp.value_error(&format!("invalid literal for int() with base {base}: {repr}")))
        }
    }
}
