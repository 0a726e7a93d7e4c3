//! `array`: numbers of one kind, or characters, side by side in memory.

mod change;
mod item;
mod rows;

use crate::library::types::bytes::buffer::Content;
use crate::library::types::bytes::bytearray::ByteArray;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, Script, native};
use crate::object::{CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use item::Code;
use std::cell::{Cell, RefCell};

pub static ARRAY_MODULE: ModuleSpec = ModuleSpec {
    name: "array",
    doc: "This module defines an object type which can efficiently represent\nan array of basic values: characters, integers, floating-point\nnumbers.  Arrays are sequence types and behave very much like lists,\nexcept that the type of objects stored in them is constrained.\n",
    functions: &[native(
        "_array_reconstructor",
        "arraytype, typecode, mformat_code, items, /",
        rows::reconstruct,
        "Internal. Used for pickling support.",
    )],
    types: &[&rows::ARRAY],
    script: Script::inline(
        "from collections.abc import MutableSequence\nMutableSequence.register(array)\ndel MutableSequence\n",
    ),
    constants: &[
        ("typecodes", |_| Value::str(&item::all_codes())),
        ("ArrayType", |interp| interp.type_of_spec(&rows::ARRAY)),
    ],
    ..ModuleSpec::EMPTY
};

/// `array.array`.
pub struct ArrayObject {
    code: Code,
    /// The items, one after the other in the machine's byte order, and who looks at them.
    pub bytes: ByteArray,
}

impl Traverse for ArrayObject {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for ArrayObject {
    fn spec(&self) -> &'static TypeSpec {
        &rows::ARRAY
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

impl ArrayObject {
    fn new(code: Code, bytes: Vec<u8>) -> ArrayObject {
        ArrayObject { code, bytes: ByteArray::new(bytes) }
    }

    fn value(code: Code, bytes: Vec<u8>) -> Value {
        Value::object(ArrayObject::new(code, bytes))
    }

    /// The letter of its kind of items, as views show it.
    pub fn format(&self) -> char {
        self.code.view_format()
    }

    /// Bytes of an item.
    pub fn item_size(&self) -> usize {
        self.code.size()
    }

    /// Number of items.
    pub fn length(&self) -> usize {
        self.bytes.length() / self.code.size()
    }

    fn item(&self, index: usize) -> Option<Value> {
        let size = self.code.size();
        self.bytes.content().get(index * size..(index + 1) * size).map(|bytes| self.code.read(bytes))
    }

    fn items(&self) -> Vec<Value> {
        self.bytes.content().chunks_exact(self.code.size()).map(|bytes| self.code.read(bytes)).collect()
    }

    fn content(&self) -> Content<'_> {
        self.bytes.content()
    }

    /// ValueError if an item is no character where all should be.
    fn check_text(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if !self.code.is_text() {
            return Ok(());
        }
        let codes = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
        let wrong = self.content().chunks_exact(4).map(codes).find(|code| item::character(*code).is_none());
        match wrong {
            Some(code) => {
                let message = format!("character U+{code:x} is not in range [U+0000; U+10ffff]");
                Err(interp.value_error(&message))
            }
            None => Ok(()),
        }
    }

    /// Run `change` on the bytes, whose number may change; BufferError if a view forbids it.
    fn resize<R>(
        &self,
        interp: &mut dyn Interpreter,
        change: impl FnOnce(&mut Vec<u8>) -> R,
    ) -> Result<R, Raised> {
        if self.bytes.exports.get() > 0 {
            let message = "cannot resize an array that is exporting buffers";
            return Err(interp.raise(CoreType::BufferError, message));
        }
        Ok(self.bytes.edit(change))
    }
}

/// The receiver of `method`.
fn this<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v ArrayObject, Raised> {
    match args[0].downcast::<ArrayObject>() {
        Some(array) => Ok(array),
        None => Err(wrong_receiver(interp, "array.array", method, &args[0])),
    }
}

/// Iterator over an array.
pub struct ArrayIterator {
    /// Unbound once exhausted.
    array: RefCell<Value>,
    at: Cell<usize>,
}

impl Traverse for ArrayIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.array.borrow());
    }

    fn clear(&self) {
        drop(self.array.take());
    }
}

impl NativeObject for ArrayIterator {
    fn spec(&self) -> &'static TypeSpec {
        &rows::ARRAY_ITERATOR
    }

    fn next(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let item = self.array.borrow().downcast::<ArrayObject>().and_then(|array| array.item(self.at.get()));
        match item {
            Some(_) => self.at.set(self.at.get() + 1),
            None => drop(self.array.take()),
        }
        Ok(item)
    }
}
