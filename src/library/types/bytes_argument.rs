//! Bytes-like arguments of the numeric classes.

use super::bytes::buffer::content;
use super::bytes::memoryview::MemoryView;
use crate::object::string::intern;
use crate::object::{Interpreter, Raised, Value};

/// The content of a bytes-like object as text, for parsers of numbers: bytes that are not ASCII
/// become a character that no number contains.
pub fn byte_text(value: &Value) -> Option<String> {
    if value.downcast::<MemoryView>().is_some_and(|view| !view.is_contiguous()) {
        return None;
    }
    let data = content(value)?;
    Some(data.iter().map(|&byte| if byte.is_ascii() { byte as char } else { '?' }).collect())
}

/// `bytes(value)` without the meaning that an int has there.
pub fn to_bytes_object(interp: &mut dyn Interpreter, value: &Value) -> Result<Value, Raised> {
    if value.as_bytes().is_some() {
        return Ok(value.clone());
    }
    if let Some(result) = interp.call_special(value, "__bytes__", &[])? {
        if result.bytes_like().is_some() {
            return Ok(result);
        }
        let class = interp.type_name(&result);
        return Err(interp.type_error(&format!("__bytes__ returned non-bytes (type {class})")));
    }
    if let Some(data) = content(value) {
        return Ok(Value::bytes(&*data));
    }
    let class = interp.class_of(value);
    let has = |name: &str| class.as_type().is_some_and(|class| class.lookup(&intern(name)).is_some());
    if value.str_like().is_some() || !(has("__iter__") || has("__getitem__")) {
        let class = interp.type_name(value);
        return Err(interp.type_error(&format!("cannot convert '{class}' object to bytes")));
    }
    let items = interp.collect(value)?;
    let mut data = Vec::with_capacity(items.len());
    for item in &items {
        match interp.index(item)?.as_int().map(u8::try_from) {
            Some(Ok(byte)) => data.push(byte),
            _ => return Err(interp.value_error("bytes must be in range(0, 256)")),
        }
    }
    Ok(Value::bytes(data))
}
