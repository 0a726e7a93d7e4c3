//! Upper and lower case.

use super::arguments::{plain, this};
use crate::object::heap::StrObject;
use crate::object::unicode::{self, properties};
use crate::object::{Completion, Interpreter, Value};

/// An ASCII text with its bytes changed one by one.
fn map_ascii(text: &str, mut change: impl FnMut(u8) -> u8) -> Value {
    Value::ascii(text.len(), |bytes| {
        bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = change(from));
    })
}

/// A text with each character changed; the closure gets the text, the place and the character.
fn map_chars(text: &str, mut push: impl FnMut(&mut String, usize, char)) -> Value {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        push(&mut out, at, character);
    }
    Value::str(&out)
}

pub fn upper(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "upper")?;
    if string.is_ascii() {
        return Ok(map_ascii(string.as_str(), |byte| byte.to_ascii_uppercase()));
    }
    Ok(map_chars(string.as_str(), |out, _, character| unicode::push_upper(out, character)))
}

pub fn lower(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "lower")?;
    Ok(to_lower(string))
}

/// The text in lower case.
pub fn to_lower(string: &StrObject) -> Value {
    let text = string.as_str();
    if string.is_ascii() {
        return map_ascii(text, |byte| byte.to_ascii_lowercase());
    }
    map_chars(text, |out, at, character| unicode::push_lower_in_context(out, text, at, character))
}

pub fn casefold(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "casefold")?;
    if string.is_ascii() {
        return Ok(to_lower(string));
    }
    Ok(map_chars(string.as_str(), |out, _, character| unicode::push_folded(out, character)))
}

pub fn swapcase(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "swapcase")?;
    let text = string.as_str();
    if string.is_ascii() {
        let swap = |byte: u8| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte };
        return Ok(map_ascii(text, swap));
    }
    Ok(map_chars(text, |out, at, character| {
        let properties = properties(character);
        if properties.is_upper() {
            unicode::push_lower_in_context(out, text, at, character);
        } else if properties.is_lower() {
            unicode::push_upper(out, character);
        } else {
            out.push(character);
        }
    }))
}

pub fn capitalize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "capitalize")?;
    let text = string.as_str();
    if text.is_empty() {
        return Ok(plain(&args[0]));
    }
    if string.is_ascii() {
        let mut is_first = true;
        return Ok(map_ascii(text, |byte| match std::mem::take(&mut is_first) {
            true => byte.to_ascii_uppercase(),
            false => byte.to_ascii_lowercase(),
        }));
    }
    Ok(map_chars(text, |out, at, character| match at {
        0 => unicode::push_title(out, character),
        _ => unicode::push_lower_in_context(out, text, at, character),
    }))
}

pub fn title(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "title")?;
    let text = string.as_str();
    let mut in_word = false;
    if string.is_ascii() {
        return Ok(map_ascii(text, |byte| {
            let inside = std::mem::replace(&mut in_word, byte.is_ascii_alphabetic());
            if inside { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() }
        }));
    }
    Ok(map_chars(text, |out, at, character| {
        if std::mem::replace(&mut in_word, properties(character).is_cased()) {
            unicode::push_lower_in_context(out, text, at, character);
        } else {
            unicode::push_title(out, character);
        }
    }))
}
