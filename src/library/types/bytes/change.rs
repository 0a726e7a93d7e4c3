//! Bytes made of other bytes: case, padding, stripping, replacement, translation; what bytes
//! consist of. Letters are those of ASCII.

use super::buffer::{Buffer, Content, bytes_argument, contiguous, this};
use super::search::is_space;
use crate::library::types::str::arguments::{bad_argument, c_int, limit};
use crate::object::text::{check_room, count_bytes, find_bytes};
use crate::object::{Completion, Interpreter, Raised, Value};

fn map<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    change: impl FnMut(u8) -> u8,
) -> Completion {
    let data = this::<B>(interp, args, name)?;
    let changed: Vec<u8> = data.iter().copied().map(change).collect();
    Ok(B::make(&changed))
}

pub fn upper<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    map::<B>(interp, args, "upper", |byte| byte.to_ascii_uppercase())
}

pub fn lower<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    map::<B>(interp, args, "lower", |byte| byte.to_ascii_lowercase())
}

pub fn swapcase<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let swap = |byte: u8| if byte.is_ascii_alphabetic() { byte ^ 0x20 } else { byte };
    map::<B>(interp, args, "swapcase", swap)
}

pub fn capitalize<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut is_first = true;
    map::<B>(interp, args, "capitalize", |byte| match std::mem::take(&mut is_first) {
        true => byte.to_ascii_uppercase(),
        false => byte.to_ascii_lowercase(),
    })
}

pub fn title<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut in_word = false;
    map::<B>(interp, args, "title", |byte| {
        let inside = std::mem::replace(&mut in_word, byte.is_ascii_alphabetic());
        if inside { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() }
    })
}

/// Whether there are bytes and all pass the test.
fn all<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    test: fn(&u8) -> bool,
) -> Completion {
    let data = this::<B>(interp, args, name)?;
    Ok(Value::bool(!data.is_empty() && data.iter().all(test)))
}

pub fn isalnum<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all::<B>(interp, args, "isalnum", u8::is_ascii_alphanumeric)
}

pub fn isalpha<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all::<B>(interp, args, "isalpha", u8::is_ascii_alphabetic)
}

pub fn isdigit<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all::<B>(interp, args, "isdigit", u8::is_ascii_digit)
}

pub fn isspace<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    all::<B>(interp, args, "isspace", |byte| is_space(*byte))
}

pub fn isascii<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this::<B>(interp, args, "isascii")?.is_ascii()))
}

pub fn islower<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "islower")?;
    let (lower, upper) = (data.iter().any(u8::is_ascii_lowercase), data.iter().any(u8::is_ascii_uppercase));
    Ok(Value::bool(lower && !upper))
}

pub fn isupper<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "isupper")?;
    let (lower, upper) = (data.iter().any(u8::is_ascii_lowercase), data.iter().any(u8::is_ascii_uppercase));
    Ok(Value::bool(upper && !lower))
}

pub fn istitle<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "istitle")?;
    let (mut found, mut in_word) = (false, false);
    for byte in data.iter() {
        let is_cased = byte.is_ascii_alphabetic();
        if is_cased && byte.is_ascii_uppercase() == in_word {
            return Ok(Value::FALSE);
        }
        in_word = is_cased;
        found |= is_cased;
    }
    Ok(Value::bool(found))
}

pub fn strip<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends::<B>(interp, args, "strip", true, true)
}

pub fn lstrip<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends::<B>(interp, args, "lstrip", true, false)
}

pub fn rstrip<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends::<B>(interp, args, "rstrip", false, true)
}

fn strip_ends<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    left: bool,
    right: bool,
) -> Completion {
    let data = this::<B>(interp, args, name)?;
    let set = match args[1].is_none() {
        true => Content::Slice(b" \t\n\r\x0b\x0c"),
        false => bytes_argument(interp, &args[1])?,
    };
    let mut rest = &*data;
    while left && rest.first().is_some_and(|byte| set.contains(byte)) {
        rest = &rest[1..];
    }
    while right && rest.last().is_some_and(|byte| set.contains(byte)) {
        rest = &rest[..rest.len() - 1];
    }
    Ok(if rest.len() == data.len() { B::unchanged(&args[0]) } else { B::make(rest) })
}

fn padded<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    left: fn(usize, usize) -> usize,
) -> Completion {
    let width = interp.expect_int(&args[1])?.max(0) as usize;
    let fill = match args[2].given() {
        None => b' ',
        Some(fill) => match contiguous(interp, fill)?.as_deref() {
            Some([fill]) if fill_is_accepted(&args[2]) => *fill,
            _ => {
                let expected = "a byte string of length 1";
                return Err(bad_argument(interp, name, "argument 2", expected, fill));
            }
        },
    };
    let data = this::<B>(interp, args, name)?;
    let missing = width.saturating_sub(data.len());
    if missing == 0 {
        return Ok(B::unchanged(&args[0]));
    }
    check_room(width).map_err(|fault| fault.raise(interp))?;
    let before = left(missing, width);
    let mut out = vec![fill; before];
    out.extend_from_slice(&data);
    out.resize(width, fill);
    Ok(B::make(&out))
}

/// A memoryview is no byte string.
fn fill_is_accepted(value: &Value) -> bool {
    value.bytes_like().is_some() || value.downcast::<super::bytearray::ByteArray>().is_some()
}

pub fn ljust<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    padded::<B>(interp, args, "ljust", |_, _| 0)
}

pub fn rjust<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    padded::<B>(interp, args, "rjust", |missing, _| missing)
}

pub fn center<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    padded::<B>(interp, args, "center", |missing, width| missing / 2 + (missing & width & 1))
}

pub fn zfill<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let width = interp.expect_int(&args[1])?.max(0) as usize;
    let data = this::<B>(interp, args, "zfill")?;
    if data.len() >= width {
        return Ok(B::unchanged(&args[0]));
    }
    check_room(width).map_err(|fault| fault.raise(interp))?;
    let sign = usize::from(matches!(data.first(), Some(b'+' | b'-')));
    let mut out = data[..sign].to_vec();
    out.resize(sign + width - data.len(), b'0');
    out.extend_from_slice(&data[sign..]);
    Ok(B::make(&out))
}

pub fn expandtabs<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = c_int(interp, &args[1])?;
    let size = size.max(0) as usize;
    let data = this::<B>(interp, args, "expandtabs")?;
    let tabs = memchr::memchr_iter(b'\t', &data).count();
    check_room(data.len() + tabs.saturating_mul(size)).map_err(|fault| fault.raise(interp))?;
    let mut out = Vec::with_capacity(data.len());
    let mut column = 0;
    for &byte in data.iter() {
        match byte {
            b'\t' if size == 0 => {}
            b'\t' => {
                let blanks = size - column % size;
                out.resize(out.len() + blanks, b' ');
                column += blanks;
            }
            _ => {
                out.push(byte);
                column = if matches!(byte, b'\n' | b'\r') { 0 } else { column + 1 };
            }
        }
    }
    Ok(B::make(&out))
}

pub fn replace<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "replace")?;
    for argument in &args[1..3] {
        bytes_argument(interp, argument)?;
    }
    let limit = limit(interp, &args[3])?;
    let data = this::<B>(interp, args, "replace")?;
    let old = bytes_argument(interp, &args[1])?;
    let new = bytes_argument(interp, &args[2])?;
    let count = match old.is_empty() {
        true => data.len() + 1,
        false => count_bytes(&data, &old),
    };
    let count = count.min(limit);
    if count == 0 {
        return Ok(B::unchanged(&args[0]));
    }
    let added = new.len().checked_mul(count).and_then(|added| added.checked_add(data.len()));
    let Some(length) = added.filter(|length| *length <= isize::MAX as usize) else {
        return Err(interp.overflow_error("replace bytes is too long"));
    };
    let length = length - old.len() * count;
    check_room(length).map_err(|fault| fault.raise(interp))?;
    let mut out = Vec::with_capacity(length);
    let mut rest = &*data;
    for done in 0..count {
        // An empty needle is found before every byte.
        let at = match old.is_empty() {
            true => usize::from(done > 0),
            false => find_bytes(rest, &old).unwrap_or(rest.len()),
        };
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(&new);
        rest = &rest[at + old.len()..];
    }
    out.extend_from_slice(rest);
    Ok(B::make(&out))
}

pub fn translate<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = this::<B>(interp, args, "translate")?;
    let table = match args[1].is_none() {
        true => None,
        false => Some(bytes_argument(interp, &args[1])?),
    };
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(interp.value_error("translation table must be 256 characters long"));
    }
    let mut deleted = [false; 256];
    if let Some(delete) = args[2].given() {
        bytes_argument(interp, delete)?.iter().for_each(|byte| deleted[usize::from(*byte)] = true);
    }
    let kept = data.iter().filter(|byte| !deleted[usize::from(**byte)]);
    let changed: Vec<u8> =
        kept.map(|byte| table.as_ref().map_or(*byte, |table| table[usize::from(*byte)])).collect();
    Ok(B::make(&changed))
}

/// `bytes.maketrans`, the same for both classes.
pub fn maketrans(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let from = bytes_argument(interp, &args[0])?;
    let to = bytes_argument(interp, &args[1])?;
    if from.len() != to.len() {
        return Err(interp.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    from.iter().zip(to.iter()).for_each(|(from, to)| table[usize::from(*from)] = *to);
    Ok(Value::bytes(table))
}

/// The separator of `hex`: one ASCII character.
fn hex_separator(interp: &mut dyn Interpreter, value: &Value) -> Result<u8, Raised> {
    let wrong_length = "sep must be length 1.";
    let separator = match (value.str_object_like(), value.bytes_like()) {
        (Some(text), _) if text.char_count() == 1 => text.as_str().as_bytes()[0],
        (None, Some([byte])) => *byte,
        (None, None) => {
            let length = interp.length(value)?;
            let message = if length == 1 { "sep must be str or bytes." } else { wrong_length };
            return Err(if length == 1 { interp.type_error(message) } else { interp.value_error(message) });
        }
        _ => return Err(interp.value_error(wrong_length)),
    };
    if separator.is_ascii() { Ok(separator) } else { Err(interp.value_error("sep must be ASCII.")) }
}

/// Two hexadecimal digits per byte; groups of `group` bytes are set apart, counted from the end if
/// positive.
pub fn to_hex(interp: &mut dyn Interpreter, data: &[u8], separator: &Value, group: &Value) -> Completion {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let separator = match separator.given() {
        Some(separator) => Some(hex_separator(interp, separator)?),
        None => None,
    };
    let size = group.as_int().unwrap_or(1);
    let width = size.unsigned_abs() as usize;
    let length = data.len();
    check_room(length.saturating_mul(3)).map_err(|fault| fault.raise(interp))?;
    let mut out = Vec::with_capacity(length * 3);
    for (index, byte) in data.iter().enumerate() {
        if let Some(separator) = separator
            && index > 0
            && width > 0
            && (if size > 0 { length - index } else { index }).is_multiple_of(width)
        {
            out.push(separator);
        }
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    Ok(Value::str(std::str::from_utf8(&out).expect("digits and an ASCII separator")))
}

/// How many bytes stand between separators: a C int.
pub fn group_size(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    let count = interp.index(value)?;
    match count.as_int_or_bool().and_then(|count| i32::try_from(count).ok()) {
        Some(count) => Ok(Value::int(count.into())),
        None => Err(interp.overflow_error("Python int too large to convert to C int")),
    }
}

pub fn hex<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let group = group_size(interp, &args[2])?;
    let data = this::<B>(interp, args, "hex")?.to_vec();
    to_hex(interp, &data, &args[1], &group)
}
