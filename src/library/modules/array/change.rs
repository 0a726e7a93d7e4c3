//! What changes an array.

use super::item::Code;
use super::rows::{expect_index, expect_same, find};
use super::{ArrayObject, this};
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::sequence::{SliceBounds, check_length_hint, repeat_count};
use crate::object::slice::{SliceIndices, wrap_index};
use crate::object::surrogate;
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// The characters of a text as items.
pub fn characters(text: &str) -> Vec<u8> {
    text.chars().flat_map(|character| surrogate::code(character).to_ne_bytes()).collect()
}

/// Append machine values.
pub fn push_bytes(interp: &mut dyn Interpreter, array: &ArrayObject, bytes: &[u8]) -> Result<(), Raised> {
    if !bytes.len().is_multiple_of(array.code.size()) {
        return Err(interp.value_error("bytes length not a multiple of item size"));
    }
    if bytes.is_empty() {
        return Ok(());
    }
    check_room(array.bytes.length() + bytes.len()).map_err(|fault| fault.raise(interp))?;
    array.resize(interp, |data| data.extend_from_slice(bytes))
}

fn push(interp: &mut dyn Interpreter, array: &ArrayObject, item: &Value) -> Result<(), Raised> {
    let bytes = array.code.write(interp, item)?;
    let size = array.code.size();
    array.resize(interp, |data| data.extend_from_slice(&bytes[..size]))
}

/// Append the items of an iterable.
pub fn push_items(interp: &mut dyn Interpreter, array: &ArrayObject, iterable: &Value) -> Result<(), Raised> {
    let iterator = interp.iter(iterable)?;
    check_length_hint(interp, iterable)?;
    while let Some(item) = interp.next(&iterator)? {
        push(interp, array, &item)?;
    }
    Ok(())
}

pub fn append(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "append")?;
    push(interp, array, &args[1])?;
    Ok(Value::NONE)
}

pub fn extend(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "extend")?;
    extend_by(interp, array, &args[1])?;
    Ok(Value::NONE)
}

fn extend_by(interp: &mut dyn Interpreter, array: &ArrayObject, other: &Value) -> Result<(), Raised> {
    if other.downcast::<ArrayObject>().is_some() {
        let other = expect_same(interp, array, other, "", "can only extend with array of same kind")?;
        let bytes = other.content().to_vec();
        return push_bytes(interp, array, &bytes);
    }
    push_items(interp, array, other)
}

pub fn iadd(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__iadd__")?;
    if args[1].downcast::<ArrayObject>().is_none() {
        let name = interp.type_name(&args[1]);
        let message = format!("can only extend array with array (not \"{name}\")");
        return Err(interp.type_error(&message));
    }
    extend_by(interp, array, &args[1])?;
    Ok(args[0].clone())
}

pub fn imul(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__imul__")?;
    let count = repeat_count(interp, &args[1])?;
    if array.length() > 0 && count != 1 {
        let total = array.bytes.length().saturating_mul(count);
        check_room(total).map_err(|fault| fault.raise(interp))?;
        let repeated = array.content().repeat(count);
        array.resize(interp, |data| *data = repeated)?;
    }
    Ok(args[0].clone())
}

pub fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "clear")?.resize(interp, Vec::clear)?;
    Ok(Value::NONE)
}

/// The bytes from item `start`, `count` items, replaced by others.
fn splice(
    interp: &mut dyn Interpreter,
    array: &ArrayObject,
    start: usize,
    count: usize,
    bytes: &[u8],
) -> Result<(), Raised> {
    let size = array.code.size();
    let range = start * size..(start + count) * size;
    if range.len() == bytes.len() {
        array.bytes.with_bytes(|data| data[range].copy_from_slice(bytes));
        return Ok(());
    }
    array.resize(interp, |data| drop(data.splice(range, bytes.iter().copied())))
}

pub fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__setitem__")?;
    let size = array.code.size();
    let Some(slice) = args[1].as_slice() else {
        let index = expect_index(interp, &args[1])?;
        let Some(index) = wrap_index(index, array.length()) else {
            return Err(interp.index_error("array assignment index out of range"));
        };
        let bytes = array.code.write(interp, &args[2])?;
        // Asking the value for a number may have made the array shorter.
        if index < array.length() {
            array
                .bytes
                .with_bytes(|data| data[index * size..(index + 1) * size].copy_from_slice(&bytes[..size]));
        }
        return Ok(Value::NONE);
    };
    let bounds = SliceBounds::of(interp, slice)?;
    let refused = "can only assign array (not \"{}\") to array slice";
    let other = expect_same(interp, array, &args[2], refused, "bad argument type for built-in operation")?;
    let bytes = other.content().to_vec();
    let indices = bounds.on(array.length());
    let count = bytes.len() / size;
    if indices.step == 1 {
        splice(interp, array, indices.start as usize, indices.length, &bytes)?;
    } else if bytes.is_empty() {
        remove_slice(interp, array, indices)?;
    } else if count == indices.length {
        array.bytes.with_bytes(|data| {
            for (index, item) in indices.iter().zip(bytes.chunks_exact(size)) {
                data[index * size..(index + 1) * size].copy_from_slice(item);
            }
        });
    } else {
        let length = indices.length;
        let message = format!("attempt to assign array of size {count} to extended slice of size {length}");
        return Err(interp.value_error(&message));
    }
    Ok(Value::NONE)
}

fn remove_slice(
    interp: &mut dyn Interpreter,
    array: &ArrayObject,
    slice: SliceIndices,
) -> Result<(), Raised> {
    if slice.length == 0 {
        return Ok(());
    }
    let size = array.code.size();
    array.resize(interp, |data| {
        let mut removed = vec![false; data.len() / size];
        slice.iter().for_each(|index| removed[index] = true);
        let mut index = 0;
        data.retain(|_| {
            index += 1;
            !removed[(index - 1) / size]
        });
    })
}

pub fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__delitem__")?;
    if let Some(slice) = args[1].as_slice() {
        let indices = SliceBounds::of(interp, slice)?.on(array.length());
        remove_slice(interp, array, indices)?;
        return Ok(Value::NONE);
    }
    let index = expect_index(interp, &args[1])?;
    match wrap_index(index, array.length()) {
        Some(index) => splice(interp, array, index, 1, &[])?,
        None => return Err(interp.index_error("array assignment index out of range")),
    }
    Ok(Value::NONE)
}

pub fn insert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "insert")?;
    let index = interp.expect_int(&args[1])?;
    let bytes = array.code.write(interp, &args[2])?;
    let length = array.length() as i64;
    let index = if index < 0 { (index + length).max(0) } else { index.min(length) };
    splice(interp, array, index as usize, 0, &bytes[..array.code.size()])?;
    Ok(Value::NONE)
}

pub fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "pop")?;
    let index = interp.expect_int(&args[1])?;
    if array.length() == 0 {
        return Err(interp.index_error("pop from empty array"));
    }
    let place = wrap_index(index, array.length());
    let (Some(index), Some(item)) = (place, place.and_then(|index| array.item(index))) else {
        return Err(interp.index_error("pop index out of range"));
    };
    splice(interp, array, index, 1, &[])?;
    Ok(item)
}

pub fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "remove")?;
    match find(interp, args, 0, usize::MAX)?.filter(|index| *index < array.length()) {
        Some(index) => splice(interp, array, index, 1, &[])?,
        None => return Err(interp.value_error("array.remove(x): x not in array")),
    }
    Ok(Value::NONE)
}

pub fn reverse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "reverse")?;
    let size = array.code.size();
    array.bytes.with_bytes(|data| {
        // All bytes, then those of each item again.
        data.reverse();
        data.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    });
    Ok(Value::NONE)
}

pub fn byteswap(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "byteswap")?;
    let size = array.code.size();
    array.bytes.with_bytes(|data| data.chunks_exact_mut(size).for_each(<[u8]>::reverse));
    Ok(Value::NONE)
}

pub fn frombytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "frombytes")?;
    let bytes = bytes_argument(interp, &args[1])?.to_vec();
    push_bytes(interp, array, &bytes)?;
    Ok(Value::NONE)
}

pub fn fromfile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "fromfile")?;
    let count = interp.expect_int(&args[2])?;
    if count < 0 {
        return Err(interp.value_error("negative count"));
    }
    let Some(wanted) = count.checked_mul(array.code.size() as i64) else {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    };
    let read = interp.call_method(&args[1], "read", &[Value::int(wanted)])?;
    let Some(bytes) = read.bytes_like() else {
        return Err(interp.type_error("read() didn't return bytes"));
    };
    push_bytes(interp, array, bytes)?;
    if (bytes.len() as i64) < wanted {
        return Err(interp.raise(CoreType::EOFError, "read() didn't return enough bytes"));
    }
    Ok(Value::NONE)
}

pub fn fromlist(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "fromlist")?;
    let Some(list) = args[1].list_like() else {
        return Err(interp.type_error("arg must be list"));
    };
    let items = list.items.borrow().clone();
    let before = array.bytes.length();
    for (index, item) in items.iter().enumerate() {
        let mut pushed = push(interp, array, item);
        let is_changed = args[1].list_like().is_some_and(|list| list.items.borrow().len() != items.len());
        if pushed.is_ok() && is_changed && index + 1 < items.len() {
            pushed = Err(interp.runtime_error("list changed size during iteration"));
        }
        if let Err(raised) = pushed {
            // All or nothing.
            array.resize(interp, |data| data.truncate(before))?;
            return Err(raised);
        }
    }
    Ok(Value::NONE)
}

pub fn fromunicode(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "fromunicode")?;
    let text = interp.expect_str_argument(&args[1], "fromunicode() argument")?.to_owned();
    if !array.code.is_text() {
        let message = "fromunicode() may only be called on unicode type arrays ('u' or 'w')";
        return Err(interp.value_error(message));
    }
    push_bytes(interp, array, &characters(&text))?;
    Ok(Value::NONE)
}

/// Items written by another machine, as a list or text.
pub fn read_foreign(interp: &mut dyn Interpreter, format: i64, bytes: &[u8]) -> Completion {
    /// Letter and size of each machine format; odd ones have the other byte order.
    const FORMATS: [(char, usize); 9] =
        [('B', 1), ('H', 2), ('h', 2), ('I', 4), ('i', 4), ('Q', 8), ('q', 8), ('f', 4), ('d', 8)];
    if (18..=21).contains(&format) {
        let text = match format {
            18 | 19 => {
                let units = bytes.chunks_exact(2).map(|pair| match format {
                    18 => u16::from_le_bytes([pair[0], pair[1]]),
                    _ => u16::from_be_bytes([pair[0], pair[1]]),
                });
                char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect::<String>()
            }
            _ => {
                let units = bytes.chunks_exact(4).map(|unit| {
                    let mut unit = [unit[0], unit[1], unit[2], unit[3]];
                    if format == 21 {
                        unit.reverse();
                    }
                    u32::from_le_bytes(unit)
                });
                units.map(|unit| char::from_u32(unit).unwrap_or('\u{fffd}')).collect()
            }
        };
        return Ok(Value::str(&text));
    }
    // Bytes come first and have no order: 0 unsigned, 1 signed.
    let (letter, size, is_big) = match format {
        0 => ('B', 1, false),
        1 => ('b', 1, false),
        _ => {
            let (letter, size) = FORMATS[(format / 2) as usize];
            (letter, size, format % 2 == 1)
        }
    };
    if !bytes.len().is_multiple_of(size) {
        return Err(interp.value_error("bytes length not a multiple of item size"));
    }
    let Some(code) = Code::of(letter) else { return Ok(Value::list(Vec::new())) };
    let items = bytes.chunks_exact(size).map(|item| {
        let mut item = item.to_vec();
        if is_big != cfg!(target_endian = "big") {
            item.reverse();
        }
        code.read(&item)
    });
    Ok(Value::list(items.collect()))
}
