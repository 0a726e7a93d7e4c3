//! The iterator over sets.

use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{Restorable, call_of, iter_function, reduce_row};
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// An iterator over a set or frozenset.
pub struct SetIterator {
    /// An exact set; unbound once exhausted.
    set: RefCell<Value>,
    place: Cell<usize>,
    /// How many members have been yielded.
    yielded: Cell<usize>,
    /// The length that the set must keep; no length at all once it did not.
    length: Cell<usize>,
}

static SET_ITERATOR: TypeSpec = TypeSpec {
    name: "set_iterator",
    native_next: true,
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<SetIterator>(),
    ],
    ..TypeSpec::EMPTY
};

impl SetIterator {
    /// An iterator over an exact set or frozenset.
    pub fn value(set: Value) -> Value {
        let length = set.as_set().map_or(0, |set| set.len());
        Value::object(SetIterator {
            set: RefCell::new(set),
            place: Cell::new(0),
            yielded: Cell::new(0),
            length: Cell::new(length),
        })
    }
}

impl Traverse for SetIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.set.borrow());
    }

    fn clear(&self) {
        drop(self.set.take());
    }
}

impl NativeObject for SetIterator {
    fn spec(&self) -> &'static TypeSpec {
        &SET_ITERATOR
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let found = {
            let value = self.set.borrow();
            let Some(set) = value.as_set() else { return Ok(None) };
            if set.len() != self.length.get() {
                self.length.set(usize::MAX);
                return Err(interp.runtime_error("Set changed size during iteration"));
            }
            set.next_from(self.place.get())
        };
        match found {
            Some((place, member)) => {
                self.place.set(place);
                self.yielded.set(self.yielded.get() + 1);
                Ok(Some(member))
            }
            None => {
                drop(self.set.take());
                Ok(None)
            }
        }
    }
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<SetIterator>() else {
        return Err(wrong_receiver(interp, "set_iterator", "__length_hint__", &args[0]));
    };
    let set = iterator.set.borrow();
    let is_valid = set.as_set().is_some_and(|set| set.len() == iterator.length.get());
    Ok(Value::int(if is_valid { (iterator.length.get() - iterator.yielded.get()) as i64 } else { 0 }))
}

impl Restorable for SetIterator {
    const CLASS: &'static str = "set_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    /// What is left of it, as a list.
    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = iter_function(interp)?;
        let twin = Value::object(SetIterator {
            set: self.set.clone(),
            place: self.place.clone(),
            yielded: self.yielded.clone(),
            length: self.length.clone(),
        });
        let items = interp.collect(&twin)?;
        Ok(call_of(function, vec![Value::list(items)]))
    }
}
