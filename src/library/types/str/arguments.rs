//! Receivers and arguments of the methods of texts, and the errors of wrong ones.

use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::StrObject;
use crate::object::sequence::{clip, has_index};
use crate::object::{Interpreter, Raised, Value};

/// The string that `method` was called on.
#[inline]
pub fn this<'a>(
    interp: &mut dyn Interpreter,
    args: &'a [Value],
    method: &str,
) -> Result<&'a StrObject, Raised> {
    match args[0].str_object_like() {
        Some(string) => Ok(string),
        None => Err(wrong_receiver(interp, "str", method, &args[0])),
    }
}

/// The exact string behind a `str` or an instance of a subclass; anything else as it is.
#[inline]
pub fn plain(value: &Value) -> Value {
    match value.as_instance().and_then(|instance| instance.payload_ref()) {
        Some(payload) => payload.clone(),
        None => value.clone(),
    }
}

/// TypeError: `function() argument 1 must be str, not int`.
#[cold]
pub fn bad_argument(
    interp: &mut dyn Interpreter,
    function: &str,
    argument: &str,
    expected: &str,
    value: &Value,
) -> Raised {
    let name = if value.is_none() { "None".to_owned() } else { interp.type_name(value) };
    interp.type_error(&format!("{function}() {argument} must be {expected}, not {name}"))
}

/// A `str` argument, `argument` being its name in messages.
#[inline]
pub fn text_argument<'v>(
    interp: &mut dyn Interpreter,
    function: &str,
    argument: &str,
    value: &'v Value,
) -> Result<&'v StrObject, Raised> {
    match value.str_object_like() {
        Some(string) => Ok(string),
        None => Err(bad_argument(interp, function, argument, "str", value)),
    }
}

/// A `str` argument of a method that names nothing in its message: `must be str, not int`.
pub fn must_be_str<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<&'v StrObject, Raised> {
    match value.str_object_like() {
        Some(string) => Ok(string),
        None => {
            let name = interp.type_name(value);
            Err(interp.type_error(&format!("must be str, not {name}")))
        }
    }
}

/// A `start` or `end` argument; `None` if it was left out. Numbers that do not fit are clipped.
pub fn bound(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<i64>, Raised> {
    let Some(value) = value.given_some() else { return Ok(None) };
    if let Some(value) = value.as_int() {
        return Ok(Some(value));
    }
    if !has_index(interp, value) {
        let message = "slice indices must be integers or None or have an __index__ method";
        return Err(interp.type_error(message));
    }
    let index = interp.index(value)?;
    Ok(Some(clip(&index)))
}

/// `start` and `end` arguments applied to a sequence of `length` items: a range, or `None` if it
/// would begin behind its end.
pub fn window(
    interp: &mut dyn Interpreter,
    start: &Value,
    end: &Value,
    length: usize,
) -> Result<Option<(usize, usize)>, Raised> {
    if start.is_unbound() && end.is_unbound() {
        return Ok(Some((0, length)));
    }
    let length = length as i64;
    let place = |index: i64| if index < 0 { (index + length).max(0) } else { index };
    let start = place(bound(interp, start)?.unwrap_or(0).max(-i64::MAX));
    let end = place(bound(interp, end)?.unwrap_or(length).max(-i64::MAX)).min(length);
    Ok(if start > end { None } else { Some((start as usize, end as usize)) })
}

/// A count argument (`maxsplit`, `count`): negative means all.
pub fn limit(interp: &mut dyn Interpreter, value: &Value) -> Result<usize, Raised> {
    if value.is_unbound() {
        return Ok(usize::MAX);
    }
    let limit = interp.expect_int(value)?;
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// The arguments `encoding` and `errors`, with their defaults.
pub fn codec_arguments<'v>(
    interp: &mut dyn Interpreter,
    function: &str,
    encoding: &'v Value,
    errors: &'v Value,
) -> Result<(&'v str, &'v str), Raised> {
    let encoding = match encoding.given() {
        Some(encoding) => text_argument(interp, function, "argument 'encoding'", encoding)?.as_str(),
        None => "utf-8",
    };
    let errors = match errors.given() {
        Some(errors) => text_argument(interp, function, "argument 'errors'", errors)?.as_str(),
        None => "strict",
    };
    Ok((encoding, errors))
}

/// An integer argument that CPython keeps in a C int.
pub fn c_int(interp: &mut dyn Interpreter, value: &Value) -> Result<i32, Raised> {
    let index = interp.index(value)?;
    match index.as_int_or_bool().and_then(|index| i32::try_from(index).ok()) {
        Some(index) => Ok(index),
        None => Err(interp.overflow_error("Python int too large to convert to C int")),
    }
}
