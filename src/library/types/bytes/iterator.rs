//! Iterators over bytes and bytearrays.

use super::buffer::{Array, Buffer, Bytes, this};
use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{
    Restorable, call_of, call_with_state, expect_place_in, iter_function, reduce_row, set_state_row,
};
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// Iterator over the numbers in a `bytes` or `bytearray`.
pub struct BytesIterator {
    /// Unbound once exhausted.
    buffer: RefCell<Value>,
    at: Cell<usize>,
    is_array: bool,
}

pub static BYTES_ITERATOR: TypeSpec = TypeSpec {
    name: "bytes_iterator",
    doc: "Iterator over the numbers in a bytes object.",
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<BytesIterator>(),
        set_state_row::<BytesIterator>(),
    ],
    native_next: true,
    ..TypeSpec::EMPTY
};

pub static BYTEARRAY_ITERATOR: TypeSpec = TypeSpec {
    name: "bytearray_iterator",
    doc: "Iterator over the numbers in a bytearray.",
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<BytesIterator>(),
        set_state_row::<BytesIterator>(),
    ],
    native_next: true,
    ..TypeSpec::EMPTY
};

impl BytesIterator {
    fn byte_at(&self, index: usize) -> Option<u8> {
        let buffer = self.buffer.borrow();
        let data = if self.is_array { Array::data(&buffer) } else { Bytes::data(&buffer) };
        data?.get(index).copied()
    }
}

impl Traverse for BytesIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.buffer.borrow());
    }

    fn clear(&self) {
        drop(self.buffer.take());
    }
}

impl NativeObject for BytesIterator {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_array { &BYTEARRAY_ITERATOR } else { &BYTES_ITERATOR }
    }

    fn next(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let at = self.at.get();
        match self.byte_at(at) {
            Some(byte) => {
                self.at.set(at + 1);
                Ok(Some(Value::int(byte.into())))
            }
            None => {
                drop(self.buffer.take());
                Ok(None)
            }
        }
    }
}

pub fn iter<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "__iter__")?;
    let buffer = RefCell::new(args[0].clone());
    Ok(Value::object(BytesIterator { buffer, at: Cell::new(0), is_array: B::NAME == "bytearray" }))
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<BytesIterator>() else {
        return Err(wrong_receiver(interp, "bytes_iterator", "__length_hint__", &args[0]));
    };
    let buffer = iterator.buffer.borrow();
    let data = if iterator.is_array { Array::data(&buffer) } else { Bytes::data(&buffer) };
    let length = data.map_or(0, |data| data.len());
    Ok(Value::int(length.saturating_sub(iterator.at.get()) as i64))
}

impl Restorable for BytesIterator {
    const CLASS: &'static str = "bytes_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = iter_function(interp)?;
        let buffer = self.buffer.borrow().clone();
        if buffer.is_unbound() {
            return Ok(call_of(function, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_with_state(function, vec![buffer], Value::int(self.at.get() as i64)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let length = {
            let buffer = self.buffer.borrow();
            let data = if self.is_array { Array::data(&buffer) } else { Bytes::data(&buffer) };
            data.map_or(0, |data| data.len())
        };
        self.at.set(expect_place_in(interp, state, length)?);
        Ok(())
    }
}
