//! Strings as JSON writes and reads them.

use crate::object::surrogate;
use std::fmt::Write;

/// Append the text in quotes; with `ascii` all other characters as escapes.
pub fn push_quoted(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    let bytes = text.as_bytes();
    let mut shown = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let plain = match byte {
            b'"' | b'\\' | 0..=0x1f => false,
            0x7f.. => !ascii,
            _ => true,
        };
        if plain || at < shown {
            continue;
        }
        out.push_str(&text[shown..at]);
        let Some(character) = text[at..].chars().next() else { break };
        shown = at + character.len_utf8();
        push_escaped(out, character);
    }
    out.push_str(&text[shown..]);
    out.push('"');
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => {
            let code = surrogate::code(character);
            if code > 0xffff {
                let rest = code - 0x10000;
                push_unit(out, 0xd800 | (rest >> 10));
                push_unit(out, 0xdc00 | (rest & 0x3ff));
            } else {
                push_unit(out, code);
            }
        }
    }
}

fn push_unit(out: &mut String, unit: u32) {
    // Writing to a string cannot fail.
    let _ = write!(out, "\\u{unit:04x}");
}

/// Why a string could not be read, and the byte where.
pub struct Malformed {
    pub message: &'static str,
    pub at: usize,
}

/// The content of the string whose first byte after the quote is `start`, and the byte after its
/// closing quote.
pub fn read_string(text: &str, start: usize, strict: bool) -> Result<(Content, usize), Malformed> {
    let bytes = text.as_bytes();
    let unterminated = || Malformed { message: "Unterminated string starting at", at: start - 1 };
    let mut owned: Option<String> = None;
    let mut from = start;
    let mut at = start;
    loop {
        let stop = loop {
            match bytes.get(at) {
                None => return Err(unterminated()),
                Some(b'"' | b'\\') => break bytes[at],
                Some(0..=0x1f) if strict => {
                    return Err(Malformed { message: "Invalid control character at", at });
                }
                Some(_) => at += 1,
            }
        };
        if stop == b'"' {
            return Ok(match owned {
                None => (Content::Plain(start, at), at + 1),
                Some(mut content) => {
                    content.push_str(&text[from..at]);
                    (Content::Made(content), at + 1)
                }
            });
        }
        let content = owned.get_or_insert_with(String::new);
        content.push_str(&text[from..at]);
        let Some(&escape) = bytes.get(at + 1) else { return Err(unterminated()) };
        at += 2;
        match escape {
            b'"' | b'\\' | b'/' => content.push(escape as char),
            b'b' => content.push('\u{8}'),
            b'f' => content.push('\u{c}'),
            b'n' => content.push('\n'),
            b'r' => content.push('\r'),
            b't' => content.push('\t'),
            b'u' => {
                let (character, after) = read_unit(text, at)?;
                content.push(character);
                at = after;
            }
            _ => return Err(Malformed { message: "Invalid \\escape", at: at - 2 }),
        }
        from = at;
    }
}

/// The content of a string: a part of the text, or made of it.
pub enum Content {
    Plain(usize, usize),
    Made(String),
}

/// The character whose four digits begin at `at`, or a pair of surrogates; where it ends.
fn read_unit(text: &str, at: usize) -> Result<(char, usize), Malformed> {
    let bytes = text.as_bytes();
    let invalid = |at: usize| Malformed { message: "Invalid \\uXXXX escape", at: at - 1 };
    // The closing quote must stand behind the digits.
    if at + 4 >= bytes.len() {
        return Err(invalid(at));
    }
    let digits = |at: usize| -> Option<u32> {
        let digits = bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let high = digits(at).ok_or_else(|| invalid(at))?;
    let after = at + 4;
    if (0xd800..0xdc00).contains(&high)
        && after + 6 < bytes.len()
        && bytes[after] == b'\\'
        && bytes[after + 1] == b'u'
    {
        let low = digits(after + 2).ok_or_else(|| invalid(after + 2))?;
        if (0xdc00..0xe000).contains(&low) {
            let code = 0x10000 + (((high - 0xd800) << 10) | (low - 0xdc00));
            let character = surrogate::character(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            return Ok((character, after + 6));
        }
    }
    Ok((surrogate::character(high).unwrap_or(char::REPLACEMENT_CHARACTER), after))
}
