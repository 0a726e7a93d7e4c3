//! `bytearray`: bytes that can be changed.

use super::buffer::{Array, Buffer, Content, any_layout, byte, joined};
use super::operators::{construct, from_object, repeat};
use super::rows;
use crate::library::types::receiver::wrong_receiver;
use crate::library::types::reduce::state_of;
use crate::object::heap::Traverse;
use crate::object::sequence::{Subscript, check_length_hint, clip, has_method, repeat_count, subscript};
use crate::object::slice::{SliceIndices, wrap_index};
use crate::object::spec::native;
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, Ref, RefCell};

/// A bytearray.
pub struct ByteArray {
    data: RefCell<Vec<u8>>,
    /// How many memoryviews look at the data: while there are some, its length is fixed.
    pub exports: Cell<usize>,
}

pub static BYTEARRAY: TypeSpec = TypeSpec {
    name: "bytearray",
    doc: "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\nbytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> bytes array of size given by the parameter initialized with null bytes\nbytearray() -> empty bytes array\n\nConstruct a mutable bytearray object from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - a bytes or a buffer object\n  - any object implementing the buffer API.\n  - an integer",
    subclassable: true,
    unhashable: true,
    methods: rows![
        Array;
        native("__new__", "*args, **kwargs", |_, _| Ok(Array::make(&[])), "Create and return a new object.  See help(type) for accurate signature.").as_new(),
        native("__init__", "source=?, encoding=?, errors=?", init, "Initialize self.  See help(type(self)) for accurate signature."),
        native("__alloc__", "", alloc, "Number of bytes that are allocated."),
        native("__delitem__", "key, /", delitem, "Delete self[key]."),
        native("__iadd__", "value, /", iadd, "Implement self+=value."),
        native("__imul__", "value, /", imul, "Implement self*=value."),
        native("__reduce__", "", reduce, "State for pickling."),
        native("__reduce_ex__", "protocol=0, /", reduce_ex, "State for pickling."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__setitem__", "key, value, /", setitem, "Set self[key] to value."),
        native("__sizeof__", "", sizeof, "Size of the object in memory, in bytes."),
        native("__str__", "", repr, "Return str(self)."),
        native("append", "item, /", append, "Add a byte at the end."),
        native("clear", "", clear, "Remove all bytes."),
        native("copy", "", copy, "A copy."),
        native("extend", "iterable_of_ints, /", extend, "Add the bytes of an iterable of integers."),
        native("insert", "index, item, /", insert, "Insert a byte before an index."),
        native("pop", "index=-1, /", pop, "Remove and return a byte, the last one by default."),
        native("remove", "value, /", remove, "Remove the first occurrence of a byte."),
        native("reverse", "", reverse, "Reverse the order of the bytes."),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for ByteArray {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {
        // Refers to nothing.
    }

    fn clear(&self) {}
}

impl NativeObject for ByteArray {
    fn spec(&self) -> &'static TypeSpec {
        &BYTEARRAY
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

impl ByteArray {
    pub fn new(data: Vec<u8>) -> ByteArray {
        ByteArray { data: RefCell::new(data), exports: Cell::new(0) }
    }

    /// The content, borrowed.
    pub fn content(&self) -> Content<'_> {
        Content::Guard(Ref::map(self.data.borrow(), Vec::as_slice))
    }

    /// Number of bytes.
    pub fn length(&self) -> usize {
        self.data.borrow().len()
    }

    /// Run `change` on the bytes, whose number it must not change.
    pub fn with_bytes<R>(&self, change: impl FnOnce(&mut [u8]) -> R) -> R {
        change(&mut self.data.borrow_mut())
    }

    /// Run `change` on the data, whose length it may change: callers have seen that nobody looks.
    pub fn edit<R>(&self, change: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        change(&mut self.data.borrow_mut())
    }

    /// Run `change` on the data; BufferError if a view forbids it.
    fn resize<R>(
        &self,
        interp: &mut dyn Interpreter,
        change: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> Result<R, Raised> {
        if self.exports.get() > 0 {
            let message = EXPORTED;
            return Err(interp.raise(CoreType::BufferError, message));
        }
        Ok(change(&mut self.data.borrow_mut()))
    }

    /// Replace a range of bytes by others, perhaps of another number.
    fn splice(
        &self,
        interp: &mut dyn Interpreter,
        start: usize,
        length: usize,
        bytes: &[u8],
    ) -> Result<(), Raised> {
        if bytes.len() == length {
            self.with_bytes(|data| data[start..start + length].copy_from_slice(bytes));
            return Ok(());
        }
        self.resize(interp, |data| drop(data.splice(start..start + length, bytes.iter().copied())))
    }
}

/// Why an array that others look at cannot grow or shrink.
const EXPORTED: &str = "Existing exports of data: object cannot be re-sized";

fn array<'a>(interp: &mut dyn Interpreter, args: &'a [Value], method: &str) -> Result<&'a ByteArray, Raised> {
    match args[0].downcast::<ByteArray>() {
        Some(array) => Ok(array),
        None => Err(wrong_receiver(interp, "bytearray", method, &args[0])),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "__init__")?;
    if array.length() > 0 {
        array.resize(interp, Vec::clear)?;
    }
    let bytes = construct::<Array>(interp, args)?;
    array.resize(interp, |data| *data = bytes)?;
    Ok(Value::NONE)
}

fn alloc(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = array(interp, args, "__alloc__")?.length();
    Ok(Value::int(if length == 0 { 0 } else { length as i64 + 1 }))
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = array(interp, args, "__sizeof__")?.length();
    Ok(Value::int(if length == 0 { 56 } else { length as i64 + 57 }))
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    reduced(interp, args, 2)
}

fn reduce_ex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let protocol = interp.expect_int(&args[1])?;
    reduced(interp, args, protocol)
}

/// Old protocols know no bytes.
fn reduced(interp: &mut dyn Interpreter, args: &[Value], protocol: i64) -> Completion {
    let content = array(interp, args, "__reduce__")?.content().to_vec();
    let arguments = match protocol {
        _ if content.is_empty() => Vec::new(),
        ..3 => {
            let text: String = content.iter().map(|byte| *byte as char).collect();
            vec![Value::str(&text), Value::str("latin-1")]
        }
        _ => vec![Value::bytes(content)],
    };
    let state = state_of(interp, &args[0])?;
    Ok(Value::tuple(vec![interp.class_of(&args[0]), Value::tuple(arguments), state]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.type_name(&args[0]);
    let array = array(interp, args, "__repr__")?;
    let data = array.content();
    // Unlike `bytes`, a bytearray escapes every single quote.
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("{name}(b{quote}");
    for &byte in data.iter() {
        match byte {
            b'\'' | b'\\' => {
                out.push('\\');
                out.push(byte as char);
            }
            b' '..=b'~' => out.push(byte as char),
            _ => crate::object::escape::push_escape(&mut out, byte as char),
        }
    }
    out.push(quote);
    out.push(')');
    Ok(Value::str(&out))
}

/// The bytes that are assigned to a slice.
fn assigned(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<u8>, Raised> {
    if let Some(data) = any_layout(interp, value)? {
        return Ok(data.to_vec());
    }
    let is_number = ["__index__", "__int__", "__float__", "__complex__"]
        .iter()
        .any(|name| has_method(interp, value, name));
    if value.str_like().is_some() || is_number {
        let refused = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
        return Err(interp.type_error(refused));
    }
    from_object::<Array>(interp, value)
}

fn bytes_of(interp: &mut dyn Interpreter, iterator: &Value) -> Result<Vec<u8>, Raised> {
    let mut bytes = Vec::new();
    while let Some(item) = interp.next(iterator)? {
        bytes.push(byte(interp, &item, "byte")?);
    }
    Ok(bytes)
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "__setitem__")?;
    match subscript(interp, &args[1], "bytearray")? {
        Subscript::Index(index) => {
            let out_of_range = "bytearray index out of range";
            // First of all, for its `__index__` may change the array.
            let byte = byte(interp, &args[2], "byte")?;
            match wrap_index(index, array.length()) {
                Some(index) => array.with_bytes(|data| data[index] = byte),
                None => return Err(interp.index_error(out_of_range)),
            }
        }
        Subscript::Slice(bounds) => {
            let bytes = assigned(interp, &args[2])?;
            let indices = bounds.on(array.length());
            if indices.step == 1 {
                array.splice(interp, indices.start as usize, indices.length, &bytes)?;
            } else if bytes.is_empty() {
                remove_slice(interp, array, indices)?;
            } else if bytes.len() == indices.length {
                array.with_bytes(|data| {
                    indices.iter().zip(&bytes).for_each(|(index, byte)| data[index] = *byte);
                });
            } else {
                return Err(interp.value_error(&format!(
                    "attempt to assign bytes of size {} to extended slice of size {}",
                    bytes.len(),
                    indices.length
                )));
            }
        }
    }
    Ok(Value::NONE)
}

fn remove_slice(interp: &mut dyn Interpreter, array: &ByteArray, slice: SliceIndices) -> Result<(), Raised> {
    if slice.length == 0 {
        return Ok(());
    }
    array.resize(interp, |data| {
        let mut removed = vec![false; data.len()];
        slice.iter().for_each(|index| removed[index] = true);
        let mut index = 0;
        data.retain(|_| {
            index += 1;
            !removed[index - 1]
        });
    })
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "__delitem__")?;
    match subscript(interp, &args[1], "bytearray")? {
        Subscript::Index(index) => match wrap_index(index, array.length()) {
            Some(index) => drop(array.resize(interp, |data| data.remove(index))?),
            None => return Err(interp.index_error("bytearray index out of range")),
        },
        Subscript::Slice(bounds) => {
            let indices = bounds.on(array.length());
            remove_slice(interp, array, indices)?;
        }
    }
    Ok(Value::NONE)
}

fn iadd(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "__iadd__")?;
    let Some(bytes) = joined(interp, &args[1])?.map(|data| data.to_vec()) else {
        let (own, name) = (interp.type_name(&args[0]), interp.type_name(&args[1]));
        return Err(interp.type_error(&format!("can't concat {name} to {own}")));
    };
    if args[0].is(&args[1]) && !bytes.is_empty() {
        // The operand is in use while the array would grow.
        return Err(interp.raise(CoreType::BufferError, EXPORTED));
    }
    push(interp, array, &bytes)?;
    Ok(args[0].clone())
}

fn push(interp: &mut dyn Interpreter, array: &ByteArray, bytes: &[u8]) -> Result<(), Raised> {
    if bytes.is_empty() {
        return Ok(());
    }
    check_room(array.length() + bytes.len()).map_err(|fault| fault.raise(interp))?;
    array.resize(interp, |data| data.extend_from_slice(bytes))
}

fn imul(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "__imul__")?;
    let count = repeat_count(interp, &args[1])?;
    if count != 1 && array.length() > 0 {
        let repeated = repeat(&array.content(), count).map_err(|fault| fault.raise(interp))?;
        array.resize(interp, |data| *data = repeated)?;
    }
    Ok(args[0].clone())
}

fn append(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "append")?;
    let byte = byte(interp, &args[1], "byte")?;
    array.resize(interp, |data| data.push(byte))?;
    Ok(Value::NONE)
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    array(interp, args, "clear")?.resize(interp, Vec::clear)?;
    Ok(Value::NONE)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Array::make(&array(interp, args, "copy")?.content()))
}

fn extend(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "extend")?;
    if let Some(bytes) = joined(interp, &args[1])?.map(|data| data.to_vec()) {
        push(interp, array, &bytes)?;
        return Ok(Value::NONE);
    }
    let name = interp.type_name(&args[1]);
    if any_layout(interp, &args[1])?.is_some() {
        return Err(interp.type_error(&format!("can't set bytearray slice from {name}")));
    }
    if args[1].str_like().is_some_and(|text| !text.is_empty()) {
        return Err(interp.type_error(&format!("expected iterable of integers; got: '{name}'")));
    }
    let iterator = match interp.iter(&args[1]) {
        Ok(iterator) => iterator,
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
            return Err(interp.type_error(&format!("can't extend bytearray with {name}")));
        }
        Err(raised) => return Err(raised),
    };
    check_length_hint(interp, &args[1])?;
    let bytes = bytes_of(interp, &iterator)?;
    push(interp, array, &bytes)?;
    Ok(Value::NONE)
}

fn insert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "insert")?;
    let index = interp.expect_int(&args[1])?;
    let byte = byte(interp, &args[2], "byte")?;
    let length = array.length() as i64;
    let index = if index < 0 { (index + length).max(0) } else { index.min(length) };
    array.resize(interp, |data| data.insert(index as usize, byte))?;
    Ok(Value::NONE)
}

fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "pop")?;
    let index = interp.expect_int(&args[1])?;
    if array.length() == 0 {
        return Err(interp.index_error("pop from empty bytearray"));
    }
    match wrap_index(index, array.length()) {
        Some(index) => Ok(Value::int(array.resize(interp, |data| data.remove(index))?.into())),
        None => Err(interp.index_error("pop index out of range")),
    }
}

fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = array(interp, args, "remove")?;
    let value = interp.index(&args[1])?;
    let Ok(byte) = u8::try_from(clip(&value)) else {
        return Err(interp.value_error("byte must be in range(0, 256)"));
    };
    let place = memchr::memchr(byte, &array.content());
    match place {
        Some(index) => drop(array.resize(interp, |data| data.remove(index))?),
        None => return Err(interp.value_error("value not found in bytearray")),
    }
    Ok(Value::NONE)
}

fn reverse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    array(interp, args, "reverse")?.with_bytes(<[u8]>::reverse);
    Ok(Value::NONE)
}
