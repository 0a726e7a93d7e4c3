//! The classes of the iterators over lists and tuples.

use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::iterator::SequenceIterator;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

pub static LIST_ITERATOR: TypeSpec = TypeSpec {
    name: "list_iterator",
    core: Some(CoreType::ListIterator),
    native_next: true,
    methods: &[native(
        "__length_hint__",
        "",
        length_hint,
        "Private method returning an estimate of len(list(it)).",
    )],
    ..TypeSpec::EMPTY
};

pub static TUPLE_ITERATOR: TypeSpec = TypeSpec {
    name: "tuple_iterator",
    core: Some(CoreType::TupleIterator),
    native_next: true,
    methods: &[native(
        "__length_hint__",
        "",
        length_hint,
        "Private method returning an estimate of len(list(it)).",
    )],
    ..TypeSpec::EMPTY
};

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].get::<SequenceIterator>() else {
        return Err(wrong_receiver(interp, "list_iterator", "__length_hint__", &args[0]));
    };
    let sequence = iterator.sequence.borrow();
    let length = match (sequence.as_list(), sequence.as_tuple()) {
        (Some(list), _) => list.items.borrow().len(),
        (_, Some(items)) => items.len(),
        _ => 0,
    };
    Ok(Value::int(length.saturating_sub(iterator.index.get()) as i64))
}

/// Iterator over a list from its end.
pub struct ReversedList {
    /// The list; unbound once exhausted.
    list: RefCell<Value>,
    /// How many items are still to come, unless the list gets shorter.
    left: Cell<usize>,
}

static LIST_REVERSE_ITERATOR: TypeSpec = TypeSpec {
    name: "list_reverseiterator",
    native_next: true,
    methods: &[native(
        "__length_hint__",
        "",
        reversed_hint,
        "Private method returning an estimate of len(list(it)).",
    )],
    ..TypeSpec::EMPTY
};

impl ReversedList {
    /// An iterator that begins with the item before `left`.
    pub fn new(list: Value, left: usize) -> ReversedList {
        ReversedList { list: RefCell::new(list), left: Cell::new(left) }
    }
}

fn reversed_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<ReversedList>() else {
        return Err(wrong_receiver(interp, "list_reverseiterator", "__length_hint__", &args[0]));
    };
    let list = iterator.list.borrow();
    let length = list.list_like().map_or(0, |list| list.items.borrow().len());
    let left = iterator.left.get();
    Ok(Value::int(if length < left { 0 } else { left as i64 }))
}

impl Traverse for ReversedList {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.list.borrow());
    }

    fn clear(&self) {
        drop(self.list.take());
    }
}

impl NativeObject for ReversedList {
    fn spec(&self) -> &'static TypeSpec {
        &LIST_REVERSE_ITERATOR
    }

    fn next(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let left = self.left.get();
        let item = {
            let list = self.list.borrow();
            let index = left.checked_sub(1);
            index.and_then(|index| list.list_like()?.items.borrow().get(index).cloned())
        };
        if item.is_some() {
            self.left.set(left - 1);
        } else {
            drop(self.list.take());
        }
        Ok(item)
    }
}
