//! Text to bytes.

use super::{CodecError, Encoding, unknown_mode};
use crate::object::escape::{push_escape, push_hex_escape};
use std::borrow::Cow;

/// The bytes of `text`.
pub fn encode<'t>(text: &'t str, encoding: Encoding, mode: &str) -> Result<Cow<'t, [u8]>, CodecError> {
    match encoding {
        Encoding::Utf8 => Ok(Cow::Borrowed(text.as_bytes())),
        Encoding::Utf8Sig => Ok(Cow::Owned([b"\xef\xbb\xbf", text.as_bytes()].concat())),
        Encoding::Ascii | Encoding::Latin1 if text.is_ascii() => Ok(Cow::Borrowed(text.as_bytes())),
        Encoding::Ascii => encode_narrow(text, 128, encoding, mode).map(Cow::Owned),
        Encoding::Latin1 => encode_narrow(text, 256, encoding, mode).map(Cow::Owned),
        Encoding::Utf16 => Ok(Cow::Owned(encode_utf16(text, b"\xff\xfe", u16::to_le_bytes))),
        Encoding::Utf16Le => Ok(Cow::Owned(encode_utf16(text, b"", u16::to_le_bytes))),
        Encoding::Utf16Be => Ok(Cow::Owned(encode_utf16(text, b"", u16::to_be_bytes))),
        Encoding::Utf32 => Ok(Cow::Owned(encode_utf32(text, b"\xff\xfe\0\0", u32::to_le_bytes))),
        Encoding::Utf32Le => Ok(Cow::Owned(encode_utf32(text, b"", u32::to_le_bytes))),
        Encoding::Utf32Be => Ok(Cow::Owned(encode_utf32(text, b"", u32::to_be_bytes))),
        Encoding::UnicodeEscape => Ok(Cow::Owned(encode_escapes(text))),
        Encoding::RawUnicodeEscape => Ok(Cow::Owned(encode_raw_escapes(text))),
    }
}

/// One byte per character below `limit`.
fn encode_narrow(text: &str, limit: u32, encoding: Encoding, mode: &str) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(text.len());
    let mut characters = text.chars().enumerate().peekable();
    while let Some((start, character)) = characters.next() {
        if (character as u32) < limit {
            out.push(character as u8);
            continue;
        }
        // CPython asks its handler once for a whole run.
        let mut run = vec![character];
        while let Some((_, next)) = characters.next_if(|(_, next)| *next as u32 >= limit) {
            run.push(next);
        }
        let end = start + run.len();
        match replacement(&run, mode)? {
            Some(text) => out.extend_from_slice(text.as_bytes()),
            None => {
                let reason =
                    if limit == 128 { "ordinal not in range(128)" } else { "ordinal not in range(256)" };
                return Err(CodecError::Encode { encoding: encoding.name(), start, end, reason });
            }
        }
    }
    Ok(out)
}

/// What stands for characters that cannot be encoded; `None` if that is an error.
#[cold]
fn replacement(run: &[char], mode: &str) -> Result<Option<String>, CodecError> {
    let mut out = String::new();
    for &character in run {
        match mode {
            "strict" | "surrogateescape" | "surrogatepass" => return Ok(None),
            "ignore" => {}
            "replace" => out.push('?'),
            "backslashreplace" => push_hex_escape(&mut out, character as u32),
            "xmlcharrefreplace" => out.push_str(&format!("&#{};", character as u32)),
            "namereplace" => match unicode_names2::name(character) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => push_hex_escape(&mut out, character as u32),
            },
            mode => return Err(unknown_mode(mode)),
        }
    }
    Ok(Some(out))
}

fn encode_utf16(text: &str, mark: &[u8], to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mut out = mark.to_vec();
    out.reserve(text.len() * 2);
    text.encode_utf16().for_each(|unit| out.extend_from_slice(&to_bytes(unit)));
    out
}

fn encode_utf32(text: &str, mark: &[u8], to_bytes: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let mut out = mark.to_vec();
    out.reserve(text.len() * 4);
    text.chars().for_each(|character| out.extend_from_slice(&to_bytes(character as u32)));
    out
}

fn encode_escapes(text: &str) -> Vec<u8> {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            _ => push_escape(&mut out, character),
        }
    }
    out.into_bytes()
}

fn encode_raw_escapes(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) => out.push(byte),
            Err(_) => {
                let mut escape = String::new();
                push_hex_escape(&mut escape, character as u32);
                out.extend_from_slice(escape.as_bytes());
            }
        }
    }
    out
}
