//! What a text consists of.

use super::arguments::this;
use crate::object::unicode::{self, Properties, properties};
use crate::object::{Completion, Interpreter, Value};

/// Whether the text is not empty and every character passes: bytes of an ASCII text the first
/// test, other characters the second.
fn all(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    ascii: fn(&u8) -> bool,
    other: fn(Properties) -> bool,
) -> Completion {
    let string = this(interp, args, name)?;
    let text = string.as_str();
    let holds = match string.is_ascii() {
        true => text.as_bytes().iter().all(ascii),
        false => text.chars().all(|character| other(properties(character))),
    };
    Ok(Value::bool(holds && !text.is_empty()))
}

pub fn isalnum(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all(interp, args, "isalnum", u8::is_ascii_alphanumeric, Properties::is_alphanumeric)
}

pub fn isalpha(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all(interp, args, "isalpha", u8::is_ascii_alphabetic, Properties::is_alpha)
}

pub fn isdecimal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all(interp, args, "isdecimal", u8::is_ascii_digit, Properties::is_decimal)
}

pub fn isdigit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all(interp, args, "isdigit", u8::is_ascii_digit, Properties::is_digit)
}

pub fn isnumeric(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all(interp, args, "isnumeric", u8::is_ascii_digit, Properties::is_numeric)
}

pub fn isspace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_space = |byte: &u8| unicode::is_space(*byte as char);
    all(interp, args, "isspace", is_space, Properties::is_space)
}

pub fn isascii(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, args, "isascii")?.is_ascii()))
}

pub fn isprintable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "isprintable")?.as_str();
    Ok(Value::bool(text.chars().all(unicode::is_printable)))
}

pub fn isidentifier(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "isidentifier")?.as_str();
    Ok(Value::bool(unicode::is_identifier(text)))
}

/// Whether there is a cased character and every one has the wanted case.
fn has_one_case(text: &str, wanted: fn(Properties) -> bool) -> bool {
    let mut found = false;
    for character in text.chars() {
        let properties = properties(character);
        if wanted(properties) {
            found = true;
        } else if properties.is_cased() {
            return false;
        }
    }
    found
}

pub fn islower(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "islower")?.as_str();
    Ok(Value::bool(has_one_case(text, Properties::is_lower)))
}

pub fn isupper(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "isupper")?.as_str();
    Ok(Value::bool(has_one_case(text, Properties::is_upper)))
}

pub fn istitle(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "istitle")?.as_str();
    let (mut found, mut in_word) = (false, false);
    for character in text.chars() {
        let properties = properties(character);
        let begins = properties.is_upper() || properties.is_title();
        if begins == in_word && properties.is_cased() {
            return Ok(Value::FALSE);
        }
        in_word = properties.is_cased();
        found |= in_word;
    }
    Ok(Value::bool(found))
}
