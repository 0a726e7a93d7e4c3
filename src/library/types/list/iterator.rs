//! The classes of the iterators over lists and tuples.

use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{
    Restorable, builtin, call_of, call_with_state, expect_place, reduce_row, set_state_row,
};
use crate::object::heap::Traverse;
use crate::object::iterator::{PAST, SequenceIterator};
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

pub static LIST_ITERATOR: TypeSpec = TypeSpec {
    name: "list_iterator",
    core: Some(CoreType::ListIterator),
    native_next: true,
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<SequenceIterator>(),
        set_state_row::<SequenceIterator>(),
    ],
    ..TypeSpec::EMPTY
};

pub static TUPLE_ITERATOR: TypeSpec = TypeSpec {
    name: "tuple_iterator",
    core: Some(CoreType::TupleIterator),
    native_next: true,
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<SequenceIterator>(),
        set_state_row::<SequenceIterator>(),
    ],
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
    methods: &[
        native(
            "__length_hint__",
            "",
            reversed_hint,
            "Private method returning an estimate of len(list(it)).",
        ),
        reduce_row::<ReversedList>(),
        set_state_row::<ReversedList>(),
    ],
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

impl Restorable for SequenceIterator {
    const CLASS: &'static str = "list_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.get::<SequenceIterator>()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = builtin(interp, "iter")?;
        let (sequence, index) = (self.sequence.borrow().clone(), self.index.get());
        if sequence.is_unbound() || index == PAST {
            let is_list = interp.class_of(this).is(&interp.core(CoreType::ListIterator));
            let empty = if is_list { Value::list(Vec::new()) } else { Value::tuple(Vec::new()) };
            return Ok(call_of(function, vec![empty]));
        }
        Ok(call_with_state(function, vec![sequence], Value::int(index as i64)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let place = expect_place(interp, state)?;
        let sequence = self.sequence.borrow();
        if let Some(list) = sequence.as_list() {
            // In a list every place before the first is the end.
            let length = list.items.borrow().len();
            self.index.set(usize::try_from(place).map_or(PAST, |place| place.min(length)));
        } else if let Some(items) = sequence.as_tuple() {
            self.index.set(place.clamp(0, items.len() as i64) as usize);
        }
        Ok(())
    }
}

impl Restorable for ReversedList {
    const CLASS: &'static str = "list_reverseiterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = builtin(interp, "reversed")?;
        let (list, left) = (self.list.borrow().clone(), self.left.get());
        if list.is_unbound() || left == 0 {
            return Ok(call_of(function, vec![Value::list(Vec::new())]));
        }
        Ok(call_with_state(function, vec![list], Value::int(left as i64 - 1)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let place = expect_place(interp, state)?;
        let length = self.list.borrow().list_like().map(|list| list.items.borrow().len() as i64);
        if let Some(length) = length {
            self.left.set((place.clamp(-1, length - 1) + 1) as usize);
        }
        Ok(())
    }
}
