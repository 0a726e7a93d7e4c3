//! `repr` of texts: CPython's choice of quotes and escapes.

use super::heap::StrObject;
use super::surrogate;
use super::unicode;
use super::value::Value;
use std::fmt::Write;

/// The quote that needs fewer escapes: double only if there are single ones and no double ones.
fn quote(text: &[u8]) -> u8 {
    if memchr::memchr(b'\'', text).is_some() && memchr::memchr(b'"', text).is_none() { b'"' } else { b'\'' }
}

/// Bytes that stand for themselves in every repr.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'\\' && byte != b'\''
}

/// `repr(string)`.
pub fn repr_str(string: &StrObject) -> Value {
    let text = string.as_str();
    if text.bytes().all(is_plain) {
        return Value::str_parts(text.len() + 2, text.len() + 2, ["'", text, "'"]);
    }
    let mut out = String::with_capacity(text.len() + 8);
    push_repr(&mut out, text);
    Value::str(&out)
}

/// Append the repr of a text.
pub fn push_repr(out: &mut String, text: &str) {
    let quote = quote(text.as_bytes()) as char;
    out.push(quote);
    let mut shown = 0;
    for (at, character) in text.char_indices() {
        if character != quote && character != '\\' && unicode::is_printable(character) {
            continue;
        }
        out.push_str(&text[shown..at]);
        shown = at + character.len_utf8();
        if character == quote || character == '\\' {
            out.push('\\');
            out.push(character);
        } else {
            push_escape(out, character);
        }
    }
    out.push_str(&text[shown..]);
    out.push(quote);
}

/// Append the escape sequence of a character: `\n`, `\xe9`, `\u20ac`, `\U0001f600`.
pub fn push_escape(out: &mut String, character: char) {
    match character {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ => push_hex_escape(out, surrogate::code(character)),
    }
}

/// Append `\xe9`, `\u20ac` or `\U0001f600`.
pub fn push_hex_escape(out: &mut String, code: u32) {
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    written.expect("writing to a string cannot fail");
}

/// `ascii(...)` of something whose repr is `repr`.
pub fn to_ascii(repr: &Value) -> Value {
    match repr.str_object_like() {
        Some(text) if !text.is_ascii() => {
            let mut out = String::with_capacity(text.as_str().len() * 2);
            for character in text.as_str().chars() {
                if character.is_ascii() {
                    out.push(character);
                } else {
                    push_hex_escape(&mut out, surrogate::code(character));
                }
            }
            Value::str(&out)
        }
        _ => repr.clone(),
    }
}

/// The repr of a bytes object: `b'...'`.
pub fn repr_bytes(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len() + 3);
    out.push('b');
    let quote = quote(data);
    out.push(quote as char);
    for &byte in data {
        match byte {
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\\' => out.push_str("\\\\"),
            _ if byte == quote => {
                out.push('\\');
                out.push(byte as char);
            }
            b' '..=b'~' => out.push(byte as char),
            _ => push_hex_escape(&mut out, byte.into()),
        }
    }
    out.push(quote as char);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprs() {
        let repr = |text: &str| {
            let value = Value::str(text);
            repr_str(value.as_str_object().unwrap()).as_str().unwrap().to_owned()
        };
        assert_eq!(repr("abc"), "'abc'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\""), "'\\'\"'");
        assert_eq!(repr("\n\\\u{7f}é\u{ad}\u{200b}\u{e0001}"), "'\\n\\\\\\x7fé\\xad\\u200b\\U000e0001'");
        assert_eq!(repr_bytes(b"a'\x00\xff\t"), "b\"a'\\x00\\xff\\t\"");
    }
}
