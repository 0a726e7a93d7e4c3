//! Operators of bytes, construction, and conversion to text.

use super::buffer::{Buffer, Bytes, any_layout, byte, joined, this};
use crate::library::types::str::arguments::{bad_argument, codec_arguments};
use crate::object::codec::{Encoding, Way, decode as decode_bytes, encode as encode_text, registered};
use crate::object::fault::Fault;
use crate::object::interpreter::Comparison;
use crate::object::sequence::{Subscript, check_length_hint, has_index, repeat_count, subscript};
use crate::object::slice::{SliceIndices, wrap_index};
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};

pub fn add<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "__add__")?;
    let Some(other) = joined(interp, &args[1])? else {
        let (own, name) = (interp.type_name(&args[0]), interp.type_name(&args[1]));
        return Err(interp.type_error(&format!("can't concat {name} to {own}")));
    };
    let data = this::<B>(interp, args, "__add__")?;
    check_room(data.len() + other.len()).map_err(|fault| fault.raise(interp))?;
    Ok(B::make(&[&*data, &*other].concat()))
}

pub fn mul<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value], name: &str) -> Completion {
    this::<B>(interp, args, name)?;
    let count = repeat_count(interp, &args[1])?;
    if count == 1 {
        return Ok(B::unchanged(&args[0]));
    }
    let data = this::<B>(interp, args, name)?;
    let repeated = repeat(&data, count).map_err(|fault| fault.raise(interp))?;
    Ok(B::make(&repeated))
}

/// `data * count`.
pub fn repeat(data: &[u8], count: usize) -> Result<Vec<u8>, Fault> {
    let length = data.len().checked_mul(count).filter(|length| *length <= isize::MAX as usize);
    let length = length.ok_or_else(|| Fault::overflow("repeated bytes are too long"))?;
    check_room(length)?;
    Ok(data.repeat(count))
}

/// Compare the receiver, in any of the classes, with bytes.
pub fn ordering<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    op: Comparison,
    name: &str,
) -> Completion {
    let data = this::<B>(interp, args, name)?;
    // A `bytes` knows only its like; a `bytearray` everything that has bytes.
    let other = match B::NAME {
        "bytes" => Bytes::data(&args[1]),
        _ => joined(interp, &args[1])?,
    };
    Ok(match (other, op) {
        (None, _) => Value::NOT_IMPLEMENTED,
        (Some(other), Comparison::Eq) => Value::bool(*data == *other),
        (Some(other), Comparison::Ne) => Value::bool(*data != *other),
        (Some(other), _) => Value::bool(op.holds(data.cmp(&other))),
    })
}

pub fn getitem<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "__getitem__")?;
    let (class, message) = match B::NAME {
        "bytes" => ("byte", "index out of range"),
        name => (name, "bytearray index out of range"),
    };
    match subscript(interp, &args[1], class)? {
        Subscript::Index(index) => {
            let data = this::<B>(interp, args, "__getitem__")?;
            match wrap_index(index, data.len()) {
                Some(index) => Ok(Value::int(data[index].into())),
                None => Err(interp.index_error(message)),
            }
        }
        Subscript::Slice(bounds) => {
            let data = this::<B>(interp, args, "__getitem__")?;
            let indices = bounds.on(data.len());
            if indices.length == data.len() && indices.step == 1 {
                return Ok(B::unchanged(&args[0]));
            }
            Ok(B::make(&picked(&data, indices)))
        }
    }
}

/// The bytes of a slice.
pub fn picked(data: &[u8], indices: SliceIndices) -> Vec<u8> {
    if indices.step == 1 {
        let start = indices.start as usize;
        return data[start..start + indices.length].to_vec();
    }
    indices.iter().map(|index| data[index]).collect()
}

pub fn len<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this::<B>(interp, args, "__len__")?.len() as i64))
}

pub fn decode<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (encoding, mode) = codec_arguments(interp, "decode", &args[1], &args[2])?;
    if this::<B>(interp, args, "decode")?.is_empty() {
        // Before the encoding is looked for.
        return Ok(Value::str(""));
    }
    if let Some(result) = registered(interp, "_decode_text", &args[0], encoding, mode) {
        return result;
    }
    let data = this::<B>(interp, args, "decode")?;
    let decoded = Encoding::expect(encoding, Way::Decode)
        .and_then(|encoding| Ok((encoding, decode_bytes(&data, encoding, mode)?)));
    match decoded {
        Ok((_, text)) => Ok(Value::str(&text)),
        Err(error) => {
            // UTF-8 with a mark is decoded, and reported, without it.
            let is_sig = Encoding::lookup(encoding) == Some(Encoding::Utf8Sig);
            let shown = if is_sig { data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&data) } else { &data };
            Err(error.raise(&Value::bytes(shown), interp))
        }
    }
}

pub fn fromhex<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(text) = args[1].str_like() else {
        return Err(bad_argument(interp, "fromhex", "argument", "str", &args[1]));
    };
    let data = match parse_hex(text) {
        Ok(data) => data,
        Err(position) => {
            let message = format!("non-hexadecimal number found in fromhex() arg at position {position}");
            return Err(interp.value_error(&message));
        }
    };
    let made = B::make(&data);
    let class = interp.class_of(&made);
    if args[0].is(&class) { Ok(made) } else { interp.call(&args[0], &[made]) }
}

/// Pairs of hexadecimal digits, white space between them; or where the text is wrong.
fn parse_hex(text: &str) -> Result<Vec<u8>, usize> {
    if let Some(position) = text.chars().position(|character| !character.is_ascii()) {
        return Err(position);
    }
    let digit = |at: usize| {
        let byte = *text.as_bytes().get(at).ok_or(at)?;
        (byte as char).to_digit(16).map(|digit| digit as u8).ok_or(at)
    };
    let mut data = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        if super::search::is_space(*byte) {
            at += 1;
            continue;
        }
        data.push(digit(at)? << 4 | digit(at + 1)?);
        at += 2;
    }
    Ok(data)
}

/// The bytes that `bytes(...)` or `bytearray(...)` makes of its arguments.
pub fn construct<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Vec<u8>, Raised> {
    let (source, encoding, errors) = (args[1].given(), args[2].given(), args[3].given());
    for (argument, value) in [("argument 'encoding'", encoding), ("argument 'errors'", errors)] {
        if let Some(value) = value
            && value.str_like().is_none()
        {
            return Err(bad_argument(interp, B::NAME, argument, "str", value));
        }
    }
    let Some(source) = source else {
        return match (encoding, errors) {
            (Some(_), _) => Err(interp.type_error("encoding without a string argument")),
            (_, Some(_)) => Err(interp.type_error("errors without a string argument")),
            _ => Ok(Vec::new()),
        };
    };
    if encoding.is_none()
        && errors.is_none()
        && let Some(data) = from_bytes_method::<B>(interp, source)?
    {
        return Ok(data);
    }
    if let Some(text) = source.str_like() {
        let Some(encoding) = encoding.and_then(Value::str_like) else {
            return Err(interp.type_error("string argument without an encoding"));
        };
        let mode = errors.and_then(Value::str_like).unwrap_or("strict");
        let encoded =
            Encoding::expect(encoding, Way::Encode).and_then(|encoding| encode_text(text, encoding, mode));
        return match encoded {
            Ok(data) => Ok(data.into_owned()),
            Err(error) => Err(error.raise(source, interp)),
        };
    }
    if encoding.is_some() {
        return Err(interp.type_error("encoding without a string argument"));
    }
    if errors.is_some() {
        return Err(interp.type_error("errors without a string argument"));
    }
    from_object::<B>(interp, source)
}

/// What a script's `__bytes__` makes of an object; only `bytes` asks for it.
fn from_bytes_method<B: Buffer>(
    interp: &mut dyn Interpreter,
    source: &Value,
) -> Result<Option<Vec<u8>>, Raised> {
    if B::NAME != "bytes" || !matches!(source.tag(), Tag::Instance | Tag::Object) {
        return Ok(None);
    }
    let Some(result) = interp.call_special(source, "__bytes__", &[])? else { return Ok(None) };
    match result.bytes_like() {
        Some(data) => Ok(Some(data.to_vec())),
        None => {
            let name = interp.type_name(&result);
            Err(interp.type_error(&format!("__bytes__ returned non-bytes (type {name})")))
        }
    }
}

/// The bytes of what is no text.
pub fn from_object<B: Buffer>(interp: &mut dyn Interpreter, source: &Value) -> Result<Vec<u8>, Raised> {
    if let Some(count) = zero_count(interp, source)? {
        check_room(count).map_err(|fault| fault.raise(interp))?;
        return Ok(vec![0; count]);
    }
    if let Some(data) = any_layout(interp, source)? {
        return Ok(data.to_vec());
    }
    let iterator = match interp.iter(source) {
        Ok(iterator) => iterator,
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
            let name = interp.type_name(source);
            return Err(interp.type_error(&format!("cannot convert '{name}' object to {}", B::NAME)));
        }
        Err(raised) => return Err(raised),
    };
    if B::NAME == "bytes" {
        check_length_hint(interp, source)?;
    }
    let what = if B::NAME == "bytes" { "bytes" } else { "byte" };
    let mut data = Vec::new();
    while let Some(item) = interp.next(&iterator)? {
        data.push(byte(interp, &item, what)?);
    }
    Ok(data)
}

/// The count of `bytes(5)`; `None` for what is no integer.
fn zero_count(interp: &mut dyn Interpreter, source: &Value) -> Result<Option<usize>, Raised> {
    if !has_index(interp, source) {
        return Ok(None);
    }
    let index = match interp.index(source) {
        Ok(index) => index,
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => return Ok(None),
        Err(raised) => return Err(raised),
    };
    let Some(count) = index.as_int_or_bool() else {
        let name = interp.type_name(source);
        return Err(interp.overflow_error(&format!("cannot fit '{name}' into an index-sized integer")));
    };
    match usize::try_from(count) {
        Ok(count) => Ok(Some(count)),
        Err(_) => Err(interp.value_error("negative count")),
    }
}
