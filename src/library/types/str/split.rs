//! Cutting texts apart and putting them together.

use super::arguments::{limit, must_be_str, plain, this};
use crate::object::heap::StrObject;
use crate::object::sequence::check_length_hint;
use crate::object::surrogate::code;
use crate::object::text::{check_room, find_bytes, rfind_bytes};
use crate::object::unicode::{is_line_break, is_space};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// The separator argument of `split`: `None` means runs of white space.
fn separator<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<Option<&'v str>, Raised> {
    match value.str_like() {
        Some("") => Err(interp.value_error("empty separator")),
        None if !value.is_none() => {
            let name = interp.type_name(value);
            Err(interp.type_error(&format!("must be str or None, not {name}")))
        }
        separator => Ok(separator),
    }
}

pub fn split(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "split")?.as_str();
    let limit = limit(interp, &args[2])?;
    let Some(separator) = separator(interp, &args[1])? else {
        let is_short = limit == usize::MAX && text.is_ascii();
        return Ok(Value::list(if is_short { split_ascii(text) } else { split_space(text, limit) }));
    };
    let bytes = text.as_bytes();
    let mut parts = Vec::with_capacity(8);
    let mut start = 0;
    let mut cut = |at: usize, length: usize| {
        parts.push(Value::str(&text[start..at]));
        start = at + length;
    };
    match separator.as_bytes() {
        [byte] => memchr::memchr_iter(*byte, bytes).take(limit).for_each(|at| cut(at, 1)),
        needle => {
            memchr::memmem::find_iter(bytes, needle).take(limit).for_each(|at| cut(at, needle.len()));
        }
    }
    if start == 0 && parts.is_empty() {
        parts.push(uncut(&args[0], text, separator));
    } else {
        parts.push(Value::str(&text[start..]));
    }
    Ok(Value::list(parts))
}

/// All words of an ASCII text.
fn split_ascii(text: &str) -> Vec<Value> {
    let bytes = text.as_bytes();
    let is_blank = |byte: u8| byte <= b' ' && is_space(byte as char);
    let mut words = Vec::with_capacity(8);
    let mut at = 0;
    loop {
        while at < bytes.len() && is_blank(bytes[at]) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && !is_blank(bytes[at]) {
            at += 1;
        }
        if start == at {
            return words;
        }
        words.push(Value::str(&text[start..at]));
    }
}

fn split_space(text: &str, limit: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            // The last part keeps its trailing white space.
            parts.push(Value::str(rest));
            break;
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        parts.push(Value::str(&rest[..end]));
        rest = rest[end..].trim_start_matches(is_space);
    }
    parts
}

pub fn rsplit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "rsplit")?.as_str();
    let limit = limit(interp, &args[2])?;
    let Some(separator) = separator(interp, &args[1])? else {
        return Ok(Value::list(rsplit_space(text, limit)));
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() < limit
        && let Some(at) = rfind_bytes(rest.as_bytes(), separator.as_bytes())
    {
        parts.push(Value::str(&rest[at + separator.len()..]));
        rest = &rest[..at];
    }
    parts.push(if parts.is_empty() { uncut(&args[0], text, separator) } else { Value::str(rest) });
    parts.reverse();
    Ok(Value::list(parts))
}

/// The only part of a text without the separator: the object itself, if it is shorter than that or
/// its characters are of a narrower kind.
fn uncut(object: &Value, text: &str, separator: &str) -> Value {
    if object.as_str_object().is_none()
        && (text.chars().count() < separator.chars().count() || width(text) < width(separator))
    {
        return object.clone();
    }
    plain(object)
}

/// The bytes that CPython takes for each character of a text (PEP 393).
fn width(text: &str) -> u8 {
    match text.chars().map(code).max().unwrap_or(0) {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

fn rsplit_space(text: &str, limit: usize) -> Vec<Value> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        if parts.len() == limit {
            parts.push(Value::str(rest));
            break;
        }
        let kept = rest.trim_end_matches(|character| !is_space(character)).len();
        parts.push(Value::str(&rest[kept..]));
        rest = rest[..kept].trim_end_matches(is_space);
    }
    parts.reverse();
    parts
}

pub fn splitlines(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "splitlines")?.as_str();
    let keep_ends = interp.truth(&args[1])?;
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(end) = rest.find(is_line_break) else {
            lines.push(if lines.is_empty() { plain(&args[0]) } else { Value::str(rest) });
            break;
        };
        let length = match rest.as_bytes()[end] {
            b'\r' if rest.as_bytes().get(end + 1) == Some(&b'\n') => 2,
            _ => rest[end..].chars().next().map_or(0, char::len_utf8),
        };
        lines.push(Value::str(&rest[..if keep_ends { end + length } else { end }]));
        rest = &rest[end + length..];
    }
    Ok(Value::list(lines))
}

pub fn partition(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    cut_once(interp, args, "partition", find_bytes, |whole, empty| [whole, empty.clone(), empty])
}

pub fn rpartition(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    cut_once(interp, args, "rpartition", rfind_bytes, |whole, empty| [empty.clone(), empty, whole])
}

/// The parts before and behind a separator, `missing` if it does not occur.
fn cut_once(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    find: fn(&[u8], &[u8]) -> Option<usize>,
    missing: fn(Value, Value) -> [Value; 3],
) -> Completion {
    let text = this(interp, args, name)?.as_str();
    let separator = must_be_str(interp, &args[1])?.as_str();
    if separator.is_empty() {
        return Err(interp.value_error("empty separator"));
    }
    let parts = match find(text.as_bytes(), separator.as_bytes()) {
        Some(at) => [Value::str(&text[..at]), plain(&args[1]), Value::str(&text[at + separator.len()..])],
        None => missing(args[0].clone(), Value::str("")),
    };
    Ok(Value::tuple(parts.to_vec()))
}

pub fn join(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let separator = this(interp, args, "join")?;
    let joined = if let Some(list) = args[1].as_list() {
        join_items(separator, &list.items.borrow())
    } else if let Some(items) = args[1].as_tuple() {
        join_items(separator, items)
    } else {
        join_items(separator, &items_to_join(interp, &args[1])?)
    };
    joined.map_err(|error| error.raise(interp))
}

/// The items that `join` was given.
pub fn items_to_join(interp: &mut dyn Interpreter, iterable: &Value) -> Result<Vec<Value>, Raised> {
    if iterable.as_list().is_some() || iterable.as_tuple().is_some() {
        return interp.collect(iterable);
    }
    let iterator = match interp.iter(iterable) {
        Ok(iterator) => iterator,
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
            return Err(interp.type_error("can only join an iterable"));
        }
        Err(raised) => return Err(raised),
    };
    check_length_hint(interp, &iterator)?;
    let mut items = Vec::new();
    while let Some(item) = interp.next(&iterator)? {
        items.push(item);
    }
    Ok(items)
}

/// Why items cannot be joined.
enum JoinError {
    /// An item that is no text, and its index.
    NoText(usize, Value),
    TooLong,
    Room,
}

impl JoinError {
    #[cold]
    fn raise(self, interp: &mut dyn Interpreter) -> Raised {
        match self {
            JoinError::NoText(index, item) => {
                let name = interp.type_name(&item);
                let message = format!("sequence item {index}: expected str instance, {name} found");
                interp.type_error(&message)
            }
            JoinError::TooLong => interp.overflow_error("join() result is too long for a Python string"),
            JoinError::Room => interp.raise_args(CoreType::MemoryError, &[]),
        }
    }
}

fn join_items(separator: &StrObject, items: &[Value]) -> Result<Value, JoinError> {
    match items {
        [] => return Ok(Value::str("")),
        [item] if item.as_str().is_some() => return Ok(item.clone()),
        _ => {}
    }
    let gaps = items.len() - 1;
    let mut length = separator.as_str().len().checked_mul(gaps).ok_or(JoinError::TooLong)?;
    let mut chars = separator.char_count() * gaps;
    for (index, item) in items.iter().enumerate() {
        let Some(string) = item.str_object_like() else {
            return Err(JoinError::NoText(index, item.clone()));
        };
        length = length.checked_add(string.as_str().len()).ok_or(JoinError::TooLong)?;
        chars += string.char_count();
    }
    check_room(length).map_err(|_| JoinError::Room)?;
    let (first, rest) = (items[0].str_like().unwrap_or_default(), &items[1..]);
    let rest = rest.iter().filter_map(Value::str_like);
    let parts = rest.flat_map(|text| [separator.as_str(), text]);
    Ok(Value::str_parts(length, chars, std::iter::once(first).chain(parts)))
}
