//! Text to bytes.

use super::charmap;
use super::{CodecError, Encoding, unknown_mode};
use crate::object::escape::{push_escape, push_hex_escape};
use crate::object::surrogate;
use std::borrow::Cow;

/// The bytes of `text`.
pub fn encode<'t>(text: &'t str, encoding: Encoding, mode: &str) -> Result<Cow<'t, [u8]>, CodecError> {
    match encoding {
        Encoding::Utf8 if !surrogate::contains(text) => Ok(Cow::Borrowed(text.as_bytes())),
        Encoding::Ascii | Encoding::Latin1 if text.is_ascii() => Ok(Cow::Borrowed(text.as_bytes())),
        Encoding::Ascii => {
            let byte = |character| u8::try_from(u32::from(character)).ok().filter(u8::is_ascii);
            encode_narrow(text, byte, encoding, "ordinal not in range(128)", mode).map(Cow::Owned)
        }
        Encoding::Latin1 => {
            let byte = |character| u8::try_from(u32::from(character)).ok();
            encode_narrow(text, byte, encoding, "ordinal not in range(256)", mode).map(Cow::Owned)
        }
        Encoding::Charmap(number) => {
            let table = charmap::table(number);
            encode_narrow(text, |character| table.encode(character), encoding, charmap::REASON, mode)
                .map(Cow::Owned)
        }
        Encoding::UnicodeEscape => Ok(Cow::Owned(encode_escapes(text))),
        Encoding::RawUnicodeEscape => Ok(Cow::Owned(encode_raw_escapes(text))),
        _ => encode_wide(text, encoding, mode).map(Cow::Owned),
    }
}

/// Name and byte order mark of an encoding that has room for all characters.
fn wide(encoding: Encoding) -> (&'static str, &'static [u8]) {
    match encoding {
        Encoding::Utf8Sig => (encoding.name(), b"\xef\xbb\xbf"),
        Encoding::Utf16 => ("utf-16", b"\xff\xfe"),
        Encoding::Utf32 => ("utf-32", b"\xff\xfe\0\0"),
        _ => (encoding.name(), b""),
    }
}

/// Append a text without surrogates.
fn push_wide(out: &mut Vec<u8>, text: &str, encoding: Encoding) {
    match encoding {
        Encoding::Utf16 | Encoding::Utf16Le => {
            text.encode_utf16().for_each(|unit| out.extend(unit.to_le_bytes()))
        }
        Encoding::Utf16Be => text.encode_utf16().for_each(|unit| out.extend(unit.to_be_bytes())),
        Encoding::Utf32 | Encoding::Utf32Le => {
            text.chars().for_each(|character| out.extend((character as u32).to_le_bytes()));
        }
        Encoding::Utf32Be => text.chars().for_each(|character| out.extend((character as u32).to_be_bytes())),
        _ => out.extend_from_slice(text.as_bytes()),
    }
}

/// Append a surrogate as if it were a character.
fn push_surrogate(out: &mut Vec<u8>, code: u32, encoding: Encoding) {
    match encoding {
        Encoding::Utf16 | Encoding::Utf16Le => out.extend((code as u16).to_le_bytes()),
        Encoding::Utf16Be => out.extend((code as u16).to_be_bytes()),
        Encoding::Utf32 | Encoding::Utf32Le => out.extend(code.to_le_bytes()),
        Encoding::Utf32Be => out.extend(code.to_be_bytes()),
        _ => out.extend([
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
    }
}

fn encode_wide(text: &str, encoding: Encoding, mode: &str) -> Result<Vec<u8>, CodecError> {
    let (name, mark) = wide(encoding);
    let mut out = mark.to_vec();
    let (mut rest, mut start) = (text, 0);
    while let Some(found) = rest.find(surrogate::is_standin) {
        let (plain, wrong) = rest.split_at(found);
        push_wide(&mut out, plain, encoding);
        start += plain.chars().count();
        // The codecs of wide units ask for each surrogate, UTF-8 once for a run of them.
        let is_utf8 = matches!(encoding, Encoding::Utf8 | Encoding::Utf8Sig);
        let one = wrong.chars().next().map_or(0, char::len_utf8);
        let length = if !is_utf8 {
            one
        } else {
            wrong.find(|character| !surrogate::is_standin(character)).unwrap_or(wrong.len())
        };
        let run: Vec<char> = wrong[..length].chars().collect();
        rest = &wrong[length..];
        let end = start + run.len();
        if mode == "surrogatepass" {
            run.iter().for_each(|character| push_surrogate(&mut out, surrogate::code(*character), encoding));
        } else {
            match replacement(&run, mode)? {
                Replaced::Text(text) => push_wide(&mut out, &text, encoding),
                Replaced::Bytes(bytes) if is_utf8 => out.extend(bytes),
                Replaced::Bytes(_) => {
                    return Err(CodecError::Encode { encoding: name, start, end, reason: NO_SURROGATES });
                }
                Replaced::Refused(valid) => {
                    let start = start + valid;
                    return Err(CodecError::Encode { encoding: name, start, end, reason: NO_SURROGATES });
                }
            }
        }
        start = end;
    }
    push_wide(&mut out, rest, encoding);
    Ok(out)
}

const NO_SURROGATES: &str = "surrogates not allowed";

/// One byte per character below `limit`.
/// Encode what `byte` knows, and treat the rest as the mode says.
fn encode_narrow(
    text: &str,
    byte: impl Fn(char) -> Option<u8>,
    encoding: Encoding,
    reason: &'static str,
    mode: &str,
) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::with_capacity(text.len());
    let mut characters = text.chars().enumerate().peekable();
    while let Some((start, character)) = characters.next() {
        if let Some(byte) = byte(character) {
            out.push(byte);
            continue;
        }
        // CPython asks its handler once for a whole run.
        let mut run = vec![character];
        while let Some((_, next)) = characters.next_if(|(_, next)| byte(*next).is_none()) {
            run.push(next);
        }
        let end = start + run.len();
        let refused =
            |valid| CodecError::Encode { encoding: encoding.name(), start: start + valid, end, reason };
        match replacement(&run, mode)? {
            Replaced::Text(text) => {
                for character in text.chars() {
                    out.push(byte(character).ok_or_else(|| refused(0))?);
                }
            }
            Replaced::Bytes(bytes) => out.extend(bytes),
            Replaced::Refused(valid) => return Err(refused(valid)),
        }
    }
    Ok(out)
}

/// What an `errors` mode makes of characters that cannot be encoded.
enum Replaced {
    Text(String),
    Bytes(Vec<u8>),
    /// An error that begins at this one of the characters.
    Refused(usize),
}

#[cold]
fn replacement(run: &[char], mode: &str) -> Result<Replaced, CodecError> {
    let mut out = String::new();
    if mode == "surrogateescape" {
        let byte = |character: &char| u8::try_from(surrogate::code(*character).checked_sub(0xdc00)?).ok();
        let bytes = run.iter().map_while(byte).take_while(|byte| !byte.is_ascii()).collect::<Vec<u8>>();
        let is_whole = bytes.len() == run.len();
        return Ok(if is_whole { Replaced::Bytes(bytes) } else { Replaced::Refused(bytes.len()) });
    }
    for &character in run {
        let code = surrogate::code(character);
        match mode {
            "strict" | "surrogatepass" => return Ok(Replaced::Refused(0)),
            "ignore" => {}
            "replace" => out.push('?'),
            "backslashreplace" => push_hex_escape(&mut out, code),
            "xmlcharrefreplace" => out.push_str(&format!("&#{code};")),
            "namereplace" => match unicode_names2::name(character) {
                Some(name) => out.push_str(&format!("\\N{{{name}}}")),
                None => push_hex_escape(&mut out, code),
            },
            mode => return Err(unknown_mode(mode)),
        }
    }
    Ok(Replaced::Text(out))
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
                push_hex_escape(&mut escape, surrogate::code(character));
                out.extend_from_slice(escape.as_bytes());
            }
        }
    }
    out
}
