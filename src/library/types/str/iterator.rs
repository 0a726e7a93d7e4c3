//! Iterators over the characters of a text.

use super::arguments::this;
use crate::object::copying::{
    Restorable, call_of, call_with_state, expect_place, iter_function, reduce_row, set_state_row,
};
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// Iterator over a string.
pub struct StrIterator {
    /// An exact string; unbound once exhausted.
    string: RefCell<Value>,
    /// The byte of the next character.
    at: Cell<usize>,
    is_ascii: bool,
}

/// Iterator over a string with other characters than ASCII.
pub static STR_ITERATOR: TypeSpec = TypeSpec {
    name: "str_iterator",
    doc: "Iterator over the characters of a string.",
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<StrIterator>(),
        set_state_row::<StrIterator>(),
    ],
    native_next: true,
    ..TypeSpec::EMPTY
};

/// Iterator over an ASCII string; CPython has a class of its own for it.
pub static STR_ASCII_ITERATOR: TypeSpec = TypeSpec {
    name: "str_ascii_iterator",
    doc: "Iterator over the characters of a string.",
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<StrIterator>(),
        set_state_row::<StrIterator>(),
    ],
    native_next: true,
    ..TypeSpec::EMPTY
};

impl Traverse for StrIterator {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {
        // A string refers to nothing.
    }

    fn clear(&self) {}
}

impl NativeObject for StrIterator {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_ascii { &STR_ASCII_ITERATOR } else { &STR_ITERATOR }
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let at = self.at.get();
        let string = self.string.borrow();
        let text = string.as_str().unwrap_or_default();
        if self.is_ascii
            && let Some(byte) = text.as_bytes().get(at)
        {
            self.at.set(at + 1);
            return Ok(Some(Value::char(*byte as char)));
        }
        match text[at.min(text.len())..].chars().next() {
            Some(character) => {
                self.at.set(at + character.len_utf8());
                Ok(Some(Value::char(character)))
            }
            None => {
                drop(string);
                drop(self.string.take());
                Ok(None)
            }
        }
    }
}

pub fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "__iter__")?;
    // A subclass's text is not laid out as CPython's quick iterator wants it.
    let is_ascii = string.is_ascii() && args[0].as_str_object().is_some();
    let string = RefCell::new(super::plain(&args[0]));
    Ok(Value::object(StrIterator { string, at: Cell::new(0), is_ascii }))
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<StrIterator>() else {
        return Err(crate::library::types::receiver::wrong_receiver(
            interp,
            "str_iterator",
            "__length_hint__",
            &args[0],
        ));
    };
    let string = iterator.string.borrow();
    let rest = string.as_str().and_then(|text| text.get(iterator.at.get()..)).unwrap_or_default();
    Ok(Value::int(rest.chars().count() as i64))
}

impl Restorable for StrIterator {
    const CLASS: &'static str = "str_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = iter_function(interp)?;
        let string = self.string.borrow().clone();
        let Some(text) = string.as_str() else { return Ok(call_of(function, vec![Value::str("")])) };
        let index = text.get(..self.at.get()).unwrap_or(text).chars().count();
        Ok(call_with_state(function, vec![string], Value::int(index as i64)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let place = expect_place(interp, state)?.max(0) as usize;
        let string = self.string.borrow();
        let text = string.as_str().unwrap_or_default();
        self.at.set(text.char_indices().nth(place).map_or(text.len(), |(at, _)| at));
        Ok(())
    }
}
