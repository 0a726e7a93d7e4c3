//! Decoding of backslash escapes: `unicode_escape` and `raw_unicode_escape`.

use super::CodecError;
use super::decode::Handler;
use crate::object::surrogate;

/// Text with the escapes of string literals.
pub(super) fn decode_escapes(data: &[u8], handler: &Handler<'_>) -> Result<String, CodecError> {
    let mut out = String::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        let start = at;
        at += 1;
        if data[start] != b'\\' {
            out.push(data[start] as char);
            continue;
        }
        let Some(kind) = data.get(at) else {
            at = handler.wrong(&mut out, start, at, "\\ at end of string")?;
            continue;
        };
        at += 1;
        match kind {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(*kind as char),
            b'a' => out.push('\x07'),
            b'b' => out.push('\x08'),
            b'f' => out.push('\x0c'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'v' => out.push('\x0b'),
            b'0'..=b'7' => {
                let digits = data[start + 1..].iter().take(3).take_while(|d| matches!(d, b'0'..=b'7'));
                let digits: Vec<u32> = digits.map(|digit| u32::from(digit - b'0')).collect();
                at = start + 1 + digits.len();
                out.extend(char::from_u32(digits.iter().fold(0, |code, digit| code * 8 + digit)));
            }
            b'x' => at = hex(data, start, 2, "truncated \\xXX escape", handler, &mut out)?,
            b'u' => at = hex(data, start, 4, "truncated \\uXXXX escape", handler, &mut out)?,
            b'U' => at = hex(data, start, 8, "truncated \\UXXXXXXXX escape", handler, &mut out)?,
            b'N' => at = name(data, start, handler, &mut out)?,
            other => {
                out.push('\\');
                out.push(*other as char);
            }
        }
    }
    Ok(out)
}

/// Text with `\u20ac` and `\U0001f600` escapes only, each behind an odd number of backslashes.
pub(super) fn decode_raw_escapes(data: &[u8], handler: &Handler<'_>) -> Result<String, CodecError> {
    let mut out = String::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        match (data[at], data.get(at + 1)) {
            (b'\\', Some(b'u')) => at = hex(data, at, 4, "truncated \\uXXXX escape", handler, &mut out)?,
            (b'\\', Some(b'U')) => at = hex(data, at, 8, "truncated \\UXXXXXXXX escape", handler, &mut out)?,
            (b'\\', Some(next)) => {
                out.push('\\');
                out.push(*next as char);
                at += 2;
            }
            (byte, _) => {
                out.push(byte as char);
                at += 1;
            }
        }
    }
    Ok(out)
}

/// An escape of `count` hexadecimal digits that begins at `start`; where it ends.
fn hex(
    data: &[u8],
    start: usize,
    count: usize,
    truncated: &'static str,
    handler: &Handler<'_>,
    out: &mut String,
) -> Result<usize, CodecError> {
    let (mut code, mut end) = (0_u32, start + 2);
    while end < start + 2 + count {
        let Some(digit) = data.get(end).and_then(|byte| (*byte as char).to_digit(16)) else {
            return handler.wrong(out, start, end, truncated);
        };
        code = code << 4 | digit;
        end += 1;
    }
    if code >= 0x110000 {
        return handler.wrong(out, start, end, "illegal Unicode character");
    }
    out.push(surrogate::character(code)?);
    Ok(end)
}

/// `\N{name}` at `start`; where it ends.
fn name(data: &[u8], start: usize, handler: &Handler<'_>, out: &mut String) -> Result<usize, CodecError> {
    let malformed = "malformed \\N character escape";
    let mut end = start + 2;
    if data.get(end) == Some(&b'{') {
        end += 1;
        let length = data[end..].iter().position(|byte| *byte == b'}');
        match length {
            Some(length) if length > 0 => {
                let name = std::str::from_utf8(&data[end..end + length]).ok();
                end += length + 1;
                match name.and_then(unicode_names2::character) {
                    Some(character) => out.push(character),
                    None => return handler.wrong(out, start, end, "unknown Unicode character name"),
                }
                return Ok(end);
            }
            Some(_) => end += 1,
            None => end = data.len(),
        }
    }
    handler.wrong(out, start, end, malformed)
}
