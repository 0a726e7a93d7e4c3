//! Bytes wherever they are: in `bytes`, `bytearray` or `memoryview`. What the methods of the first
//! two share is written once, over [`Buffer`].

use super::bytearray::ByteArray;
use super::memoryview::MemoryView;
use crate::library::modules::array::ArrayObject;
use crate::library::types::receiver::wrong_receiver;
use crate::library::types::str::arguments::window;
use crate::object::sequence::{clip, has_index};
use crate::object::{CoreType, Interpreter, Raised, Value};
use std::cell::Ref;
use std::ops::Deref;

/// Borrowed bytes. While it lives no script code may run: a bytearray behind it is borrowed.
pub enum Content<'a> {
    Slice(&'a [u8]),
    Guard(Ref<'a, [u8]>),
    Owned(Vec<u8>),
}

impl Deref for Content<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Content::Slice(data) => data,
            Content::Guard(data) => data,
            Content::Owned(data) => data,
        }
    }
}

/// A class whose methods are defined in this folder.
pub trait Buffer: 'static {
    const NAME: &'static str;

    /// The content of an instance.
    fn data(value: &Value) -> Option<Content<'_>>;

    /// A new instance.
    fn make(data: &[u8]) -> Value;

    /// What a method returns that changes nothing.
    fn unchanged(value: &Value) -> Value;
}

/// The class `bytes`.
pub struct Bytes;

impl Buffer for Bytes {
    const NAME: &'static str = "bytes";

    fn data(value: &Value) -> Option<Content<'_>> {
        value.bytes_like().map(Content::Slice)
    }

    fn make(data: &[u8]) -> Value {
        Value::bytes(data)
    }

    fn unchanged(value: &Value) -> Value {
        match value.as_bytes() {
            Some(_) => value.clone(),
            None => Value::bytes(value.bytes_like().unwrap_or_default()),
        }
    }
}

/// The class `bytearray`.
pub struct Array;

impl Buffer for Array {
    const NAME: &'static str = "bytearray";

    fn data(value: &Value) -> Option<Content<'_>> {
        value.downcast::<ByteArray>().map(ByteArray::content)
    }

    fn make(data: &[u8]) -> Value {
        Value::object(ByteArray::new(data.to_vec()))
    }

    fn unchanged(value: &Value) -> Value {
        Array::make(&value.downcast::<ByteArray>().map(ByteArray::content).unwrap_or(Content::Slice(&[])))
    }
}

/// The content of the receiver of `method`.
#[inline]
pub fn this<'a, B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &'a [Value],
    method: &str,
) -> Result<Content<'a>, Raised> {
    match B::data(&args[0]) {
        Some(data) => Ok(data),
        None => Err(wrong_receiver(interp, B::NAME, method, &args[0])),
    }
}

/// The content of any object that has bytes side by side; `None` for objects that have none. A view
/// that was released, or that has gaps, raises.
pub fn contiguous<'a>(interp: &mut dyn Interpreter, value: &'a Value) -> Result<Option<Content<'a>>, Raised> {
    if let Some(view) = value.downcast::<MemoryView>() {
        view.check(interp)?;
        if !view.is_contiguous() {
            let message = "memoryview: underlying buffer is not C-contiguous";
            return Err(interp.raise(CoreType::BufferError, message));
        }
    }
    Ok(content(value))
}

/// As [`contiguous`], but a view with gaps has no content.
pub fn joined<'a>(interp: &mut dyn Interpreter, value: &'a Value) -> Result<Option<Content<'a>>, Raised> {
    match value.downcast::<MemoryView>() {
        Some(view) if !view.is_contiguous() => view.check(interp).map(|()| None),
        _ => contiguous(interp, value),
    }
}

/// As [`contiguous`]; the gaps of a view are left out.
pub fn any_layout<'a>(interp: &mut dyn Interpreter, value: &'a Value) -> Result<Option<Content<'a>>, Raised> {
    if let Some(view) = value.downcast::<MemoryView>() {
        view.check(interp)?;
    }
    Ok(content(value))
}

/// As [`any_layout`]; a released view has none.
pub fn content(value: &Value) -> Option<Content<'_>> {
    if let Some(data) = value.bytes_like() {
        return Some(Content::Slice(data));
    }
    if let Some(array) = storage(value) {
        return Some(array.content());
    }
    if let Some(view) = value.downcast::<MemoryView>() {
        return view.content();
    }
    let view = value.as_object()?.buffer()?;
    content(&view).map(|data| Content::Owned(data.to_vec()))
}

/// The bytes of an object that can be changed: a bytearray, or an array of numbers.
pub fn storage(value: &Value) -> Option<&ByteArray> {
    value.downcast::<ByteArray>().or_else(|| value.downcast::<ArrayObject>().map(|array| &array.bytes))
}

/// The content of an argument that must have bytes.
pub fn bytes_argument<'a>(interp: &mut dyn Interpreter, value: &'a Value) -> Result<Content<'a>, Raised> {
    match contiguous(interp, value)? {
        Some(data) => Ok(data),
        None => Err(bytes_required(interp, value)),
    }
}

/// TypeError: `a bytes-like object is required, not 'int'`.
#[cold]
pub fn bytes_required(interp: &mut dyn Interpreter, value: &Value) -> Raised {
    let name = interp.type_name(value);
    interp.type_error(&format!("a bytes-like object is required, not '{name}'"))
}

/// A number as a byte; `what` begins the message.
pub fn byte(interp: &mut dyn Interpreter, value: &Value, what: &str) -> Result<u8, Raised> {
    let number = match value.as_int() {
        Some(number) => number,
        None => {
            let index = interp.index(value)?;
            clip(&index)
        }
    };
    u8::try_from(number).map_err(|_| interp.value_error(&format!("{what} must be in range(0, 256)")))
}

/// What is searched for: bytes, or the number of one.
pub fn needle<'a>(interp: &mut dyn Interpreter, value: &'a Value) -> Result<Content<'a>, Raised> {
    if let Some(data) = contiguous(interp, value)? {
        return Ok(data);
    }
    if !has_index(interp, value) {
        let name = interp.type_name(value);
        let message = format!("argument should be integer or bytes-like object, not '{name}'");
        return Err(interp.type_error(&message));
    }
    Ok(Content::Owned(vec![byte(interp, value, "byte")?]))
}

/// `start` and `end` arguments applied to the receiver; `None` if nothing can be found there.
pub fn searched_range<B: Buffer>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    method: &str,
) -> Result<Option<(usize, usize)>, Raised> {
    let length = this::<B>(interp, args, method)?.len();
    let range = window(interp, &args[2], &args[3], length)?;
    // `__index__` methods may have changed the array meanwhile.
    let length = this::<B>(interp, args, method)?.len();
    Ok(range.map(|(start, end)| (start.min(length), end.min(length))))
}
