//! Quoted-printable and uuencoded data for `binascii`, as its own functions write them.

use super::binascii::{ascii_argument, error};
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, Interpreter, Value};

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

/// `a2b_qp(data, header=False)`.
pub fn from_quoted(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = ascii_argument(interp, &args[0])?;
    let is_header = interp.truth(&args[1])?;
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        match data[at] {
            b'=' => {
                at += 1;
                match (data.get(at), data.get(at + 1)) {
                    (None, _) => break,
                    // A soft end of a line goes with all that follows on it.
                    (Some(b'\n' | b'\r'), _) => {
                        if data[at] != b'\n' {
                            while at < data.len() && data[at] != b'\n' {
                                at += 1;
                            }
                        }
                        at += usize::from(at < data.len());
                    }
                    (Some(b'='), _) => {
                        out.push(b'=');
                        at += 1;
                    }
                    (Some(&high), Some(&low)) if digit(high).is_some() && digit(low).is_some() => {
                        out.push(digit(high).unwrap_or_default() << 4 | digit(low).unwrap_or_default());
                        at += 2;
                    }
                    _ => out.push(b'='),
                }
            }
            b'_' if is_header => {
                out.push(b' ');
                at += 1;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Ok(Value::bytes(out))
}

/// The longest line, with the `=` at its end.
const LINE: usize = 76;

/// `b2a_qp(data, quotetabs=False, istext=True, header=False)`.
pub fn to_quoted(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[0])?.to_vec();
    let (quotes_tabs, is_text, is_header) =
        (interp.truth(&args[1])?, interp.truth(&args[2])?, interp.truth(&args[3])?);
    // Line ends are written as the first one is.
    let has_returns = memchr::memchr(b'\n', &data).is_some_and(|end| end > 0 && data[end - 1] == b'\r');
    let end_of_line: &[u8] = if has_returns { b"\r\n" } else { b"\n" };
    let (mut out, mut length, mut at) = (Vec::with_capacity(data.len()), 0, 0);
    while at < data.len() {
        let byte = data[at];
        let next = data.get(at + 1).copied();
        let is_end = next.is_none();
        let must_quote = byte > 126
            || byte == b'='
            || is_header && byte == b'_'
            || byte == b'.' && length == 0 && (is_end || matches!(next, Some(b'\n' | b'\r' | 0)))
            || !is_text && matches!(byte, b'\r' | b'\n')
            || matches!(byte, b'\t' | b' ') && is_end
            || byte < 33 && !matches!(byte, b'\r' | b'\n' | b'\t' | b' ')
            || byte < 33 && !matches!(byte, b'\r' | b'\n') && quotes_tabs;
        if must_quote {
            if length + 3 >= LINE {
                out.push(b'=');
                out.extend_from_slice(end_of_line);
                length = 0;
            }
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
            at += 1;
            length += 3;
        } else if is_text && (byte == b'\n' || byte == b'\r' && next == Some(b'\n')) {
            length = 0;
            // White space at the end of a line would be lost.
            if let Some(last @ (b' ' | b'\t')) = out.last().copied() {
                out.pop();
                out.extend_from_slice(format!("={last:02X}").as_bytes());
            }
            out.extend_from_slice(end_of_line);
            at += if byte == b'\r' { 2 } else { 1 };
        } else {
            if !is_end && next != Some(b'\n') && length + 1 >= LINE {
                out.push(b'=');
                out.extend_from_slice(end_of_line);
                length = 0;
            }
            length += 1;
            out.push(if is_header && byte == b' ' { b'_' } else { byte });
            at += 1;
        }
    }
    Ok(Value::bytes(out))
}

/// `a2b_uu(data)`.
pub fn from_uu(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = ascii_argument(interp, &args[0])?;
    let mut bytes = data.into_iter();
    let wanted = usize::from(bytes.next().map_or(0, |byte| byte.wrapping_sub(b' ') & 63));
    let mut out = Vec::with_capacity(wanted);
    let (mut left, mut bits) = (0_u32, 0);
    while out.len() < wanted {
        let byte = match bytes.next() {
            // Spaces at the end may have been taken away.
            None | Some(b'\n' | b'\r') => 0,
            Some(byte @ b' '..=b'`') => (byte - b' ') & 63,
            Some(_) => return Err(error(interp, "Illegal char")),
        };
        left = left << 6 | u32::from(byte);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((left >> bits) as u8);
            left &= (1 << bits) - 1;
        }
    }
    for byte in bytes {
        if !matches!(byte, b' ' | b'`' | b'\n' | b'\r') {
            return Err(error(interp, "Trailing garbage"));
        }
    }
    Ok(Value::bytes(out))
}

/// `b2a_uu(data, *, backtick=False)`.
pub fn to_uu(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[0])?.to_vec();
    let zero = if interp.truth(&args[1])? { b'`' } else { b' ' };
    if data.len() > 45 {
        return Err(error(interp, "At most 45 bytes at once"));
    }
    let character = |value: u8| if value == 0 { zero } else { b' ' + value };
    let mut out = vec![character(data.len() as u8)];
    for group in data.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.extend([18, 12, 6, 0].map(|shift| character((bits >> shift & 63) as u8)));
    }
    out.push(b'\n');
    Ok(Value::bytes(out))
}

/// `crc_hqx(data, crc)`.
pub fn crc_hqx(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut crc = (interp.expect_int(&args[1])? & 0xffff) as u16;
    for byte in bytes_argument(interp, &args[0])?.iter() {
        crc ^= u16::from(*byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 };
        }
    }
    Ok(Value::int(crc.into()))
}
