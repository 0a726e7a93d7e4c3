//! Bytes to text.

use super::charmap::{self, Charmap};
use super::escape::{decode_escapes, decode_raw_escapes};
use super::{CodecError, Encoding, unknown_mode};
use crate::object::escape::push_hex_escape;
use crate::object::fault::Fault;
use crate::object::surrogate;
use std::borrow::Cow;

/// What decoders do with bytes that mean nothing.
pub(super) struct Handler<'h> {
    pub encoding: &'static str,
    pub mode: &'h str,
    pub data: &'h [u8],
}

impl Handler<'_> {
    /// The bytes from `start` to `end` are wrong; append what stands for them. Where to go on.
    #[cold]
    pub fn wrong(
        &self,
        out: &mut String,
        start: usize,
        end: usize,
        reason: &'static str,
    ) -> Result<usize, CodecError> {
        let error = CodecError::Decode { encoding: self.encoding, start, end, reason };
        match self.mode {
            "strict" => return Err(error),
            "surrogatepass" => {
                let (code, length) = self.surrogate(start).ok_or(error)?;
                out.push(surrogate::standin(code));
                return Ok(start + length);
            }
            "ignore" => {}
            "replace" => out.push('\u{fffd}'),
            "backslashreplace" => {
                self.data[start..end].iter().for_each(|byte| push_hex_escape(out, (*byte).into()));
            }
            "surrogateescape" => {
                let wrong = &self.data[start..end];
                let escaped = wrong.iter().take(4).take_while(|byte| !byte.is_ascii());
                let escaped: String =
                    escaped.map(|byte| surrogate::standin(0xdc00 + u32::from(*byte))).collect();
                if escaped.is_empty() {
                    return Err(error);
                }
                out.push_str(&escaped);
                return Ok(start + escaped.chars().count());
            }
            "xmlcharrefreplace" | "namereplace" => {
                let message = "don't know how to handle UnicodeDecodeError in error callback";
                return Err(Fault::type_(message).into());
            }
            mode => return Err(unknown_mode(mode)),
        }
        Ok(end)
    }

    /// The surrogate that is encoded at a place as if it were a character, and its length.
    fn surrogate(&self, start: usize) -> Option<(u32, usize)> {
        let data = &self.data[start..];
        let (code, length) = match self.encoding {
            "utf-8" => match *data.first_chunk::<3>()? {
                [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf] => {
                    (0xd000 | u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f), 3)
                }
                _ => return None,
            },
            "utf-16-le" => (u16::from_le_bytes(*data.first_chunk()?).into(), 2),
            "utf-16-be" => (u16::from_be_bytes(*data.first_chunk()?).into(), 2),
            "utf-32-le" => (u32::from_le_bytes(*data.first_chunk()?), 4),
            "utf-32-be" => (u32::from_be_bytes(*data.first_chunk()?), 4),
            _ => return None,
        };
        (0xd800..=0xdfff).contains(&code).then_some((code, length))
    }
}

/// The text that `data` stands for.
pub fn decode<'d>(data: &'d [u8], encoding: Encoding, mode: &str) -> Result<Cow<'d, str>, CodecError> {
    let handler = Handler { encoding: encoding.name(), mode, data };
    match encoding {
        Encoding::Utf8 => decode_utf8(data, &handler),
        Encoding::Utf8Sig => {
            let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
            decode_utf8(data, &Handler { data, ..handler })
        }
        Encoding::Ascii => match std::str::from_utf8(data) {
            Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            _ => decode_ascii(data, &handler).map(Cow::Owned),
        },
        Encoding::Latin1 => match std::str::from_utf8(data) {
            Ok(text) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            _ => Ok(Cow::Owned(data.iter().map(|byte| *byte as char).collect())),
        },
        Encoding::Utf16 => {
            let (big, skipped) = match data {
                [0xff, 0xfe, ..] => (false, 2),
                [0xfe, 0xff, ..] => (true, 2),
                _ => (false, 0),
            };
            decode_utf16(data, skipped, big, mode).map(Cow::Owned)
        }
        Encoding::Utf16Le => decode_utf16(data, 0, false, mode).map(Cow::Owned),
        Encoding::Utf16Be => decode_utf16(data, 0, true, mode).map(Cow::Owned),
        Encoding::Utf32 => {
            let (big, skipped) = match data {
                [0xff, 0xfe, 0, 0, ..] => (false, 4),
                [0, 0, 0xfe, 0xff, ..] => (true, 4),
                _ => (false, 0),
            };
            decode_utf32(data, skipped, big, mode).map(Cow::Owned)
        }
        Encoding::Utf32Le => decode_utf32(data, 0, false, mode).map(Cow::Owned),
        Encoding::Utf32Be => decode_utf32(data, 0, true, mode).map(Cow::Owned),
        Encoding::UnicodeEscape => decode_escapes(data, &handler).map(Cow::Owned),
        Encoding::RawUnicodeEscape => decode_raw_escapes(data, &handler).map(Cow::Owned),
        Encoding::Charmap(number) => decode_charmap(data, charmap::table(number), &handler).map(Cow::Owned),
    }
}

fn decode_utf8<'d>(data: &'d [u8], handler: &Handler<'_>) -> Result<Cow<'d, str>, CodecError> {
    if let Ok(text) = std::str::from_utf8(data) {
        if surrogate::contains(text) {
            return Err(surrogate::refused().into());
        }
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let error = match std::str::from_utf8(&data[at..]) {
            Ok(text) => {
                out.push_str(text);
                break;
            }
            Err(error) => error,
        };
        let valid = error.valid_up_to();
        out.push_str(std::str::from_utf8(&data[at..at + valid]).expect("said to be valid"));
        let start = at + valid;
        let (length, reason) = match error.error_len() {
            None => (data.len() - start, "unexpected end of data"),
            Some(length) if matches!(data[start], 0xc2..=0xf4) => (length, "invalid continuation byte"),
            Some(length) => (length, "invalid start byte"),
        };
        at = handler.wrong(&mut out, start, start + length, reason)?;
    }
    Ok(Cow::Owned(out))
}

fn decode_ascii(data: &[u8], handler: &Handler<'_>) -> Result<String, CodecError> {
    let mut out = String::with_capacity(data.len());
    for (at, byte) in data.iter().enumerate() {
        if byte.is_ascii() {
            out.push(*byte as char);
        } else {
            handler.wrong(&mut out, at, at + 1, "ordinal not in range(128)")?;
        }
    }
    Ok(out)
}

fn decode_charmap(data: &[u8], table: &Charmap, handler: &Handler<'_>) -> Result<String, CodecError> {
    let mut out = String::with_capacity(data.len());
    for (at, byte) in data.iter().enumerate() {
        match table.decode(*byte) {
            Some(character) => out.push(character),
            None => drop(handler.wrong(&mut out, at, at + 1, charmap::REASON)?),
        }
    }
    Ok(out)
}

fn decode_utf16(data: &[u8], skipped: usize, big: bool, mode: &str) -> Result<String, CodecError> {
    let encoding = if big { Encoding::Utf16Be } else { Encoding::Utf16Le };
    let handler = Handler { encoding: encoding.name(), mode, data };
    let unit = |at: usize| {
        let bytes = [*data.get(at)?, *data.get(at + 1)?];
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let mut out = String::with_capacity(data.len() / 2);
    let mut at = skipped;
    while at < data.len() {
        let Some(first) = unit(at) else {
            at = handler.wrong(&mut out, at, data.len(), "truncated data")?;
            continue;
        };
        match (char::from_u32(first.into()), first, unit(at + 2)) {
            (Some(character), ..) => {
                out.push(character);
                at += 2;
            }
            (_, 0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
                let code = 0x10000 + (u32::from(first - 0xd800) << 10 | u32::from(second - 0xdc00));
                out.extend(char::from_u32(code));
                at += 4;
            }
            (_, 0xd800..=0xdbff, None) => {
                at = handler.wrong(&mut out, at, data.len(), "unexpected end of data")?;
            }
            (_, 0xd800..=0xdbff, _) => {
                at = handler.wrong(&mut out, at, at + 2, "illegal UTF-16 surrogate")?;
            }
            _ => {
                at = handler.wrong(&mut out, at, at + 2, "illegal encoding")?;
            }
        }
    }
    Ok(out)
}

fn decode_utf32(data: &[u8], skipped: usize, big: bool, mode: &str) -> Result<String, CodecError> {
    let encoding = if big { Encoding::Utf32Be } else { Encoding::Utf32Le };
    let handler = Handler { encoding: encoding.name(), mode, data };
    let mut out = String::with_capacity(data.len() / 4);
    let mut at = skipped;
    while at < data.len() {
        let Some(bytes) = data[at..].first_chunk::<4>() else {
            at = handler.wrong(&mut out, at, data.len(), "truncated data")?;
            continue;
        };
        let code = if big { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) };
        match char::from_u32(code) {
            Some(character) => {
                out.push(character);
                at += 4;
            }
            None => {
                let reason = match code {
                    0xd800..=0xdfff => "code point in surrogate code point range(0xd800, 0xe000)",
                    _ => "code point not in range(0x110000)",
                };
                at = handler.wrong(&mut out, at, at + 4, reason)?;
            }
        }
    }
    Ok(out)
}
