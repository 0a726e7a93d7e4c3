//! Iterators over deques, in both directions.

use super::deque::Deque;
use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{Restorable, call_of, reduce_row};
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// An iterator over a deque.
pub struct DequeIterator {
    /// Unbound once exhausted.
    deque: RefCell<Value>,
    /// What [`Deque::version`] was; another one stops the iteration.
    version: u32,
    is_reversed: bool,
    /// How many items are still to come.
    left: Cell<usize>,
}

static METHODS: &[NativeRow] = &[
    native("__new__", "deque, index=0, /", new::<false>, "Create and return a new object.").as_new(),
    native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
    reduce_row::<DequeIterator>(),
];

static REVERSE_METHODS: &[NativeRow] = &[
    native("__new__", "deque, index=0, /", new::<true>, "Create and return a new object.").as_new(),
    native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
    reduce_row::<DequeIterator>(),
];

/// The class of the iterators.
pub static ITERATOR: TypeSpec = TypeSpec {
    name: "_deque_iterator",
    module: "collections",
    native_next: true,
    methods: METHODS,
    ..TypeSpec::EMPTY
};

/// The class of the iterators from the end.
pub static REVERSE_ITERATOR: TypeSpec = TypeSpec {
    name: "_deque_reverse_iterator",
    module: "collections",
    native_next: true,
    methods: REVERSE_METHODS,
    ..TypeSpec::EMPTY
};

impl DequeIterator {
    /// An iterator over `value`, which is or wraps `deque`.
    pub fn value(value: Value, deque: &Deque, is_reversed: bool) -> Value {
        Value::object(DequeIterator {
            deque: RefCell::new(value),
            version: deque.version.get(),
            is_reversed,
            left: Cell::new(deque.items.borrow().len()),
        })
    }
}

impl Traverse for DequeIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.deque.borrow());
    }

    fn clear(&self) {
        drop(self.deque.take());
    }
}

impl NativeObject for DequeIterator {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_reversed { &REVERSE_ITERATOR } else { &ITERATOR }
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let item = {
            let value = self.deque.borrow();
            let Some(deque) = value.downcast::<Deque>() else { return Ok(None) };
            if (self.left.get() > 0 || !self.is_reversed) && deque.version.get() != self.version {
                self.left.set(0);
                return Err(interp.runtime_error("deque mutated during iteration"));
            }
            let items = deque.items.borrow();
            self.left.get().checked_sub(1).and_then(|left| {
                self.left.set(left);
                items.get(if self.is_reversed { left } else { items.len() - left - 1 }).cloned()
            })
        };
        Ok(item)
    }
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<DequeIterator>() {
        Some(iterator) => Ok(Value::int(iterator.left.get() as i64)),
        None => Err(wrong_receiver(interp, "_collections._deque_iterator", "__length_hint__", &args[0])),
    }
}

/// An iterator that has passed `index` items.
fn new<const REVERSED: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(deque) = args[1].downcast::<Deque>() else {
        let (class, found) =
            (args[0].as_type().map_or_else(String::new, |class| class.name_text()), &args[1]);
        let found = interp.type_name(found);
        return Err(
            interp.type_error(&format!("{class}() argument 1 must be collections.deque, not {found}"))
        );
    };
    let index = interp.expect_int(&args[2])?.max(0) as usize;
    let iterator = DequeIterator::value(args[1].clone(), deque, REVERSED);
    if let Some(iterator) = iterator.downcast::<DequeIterator>() {
        iterator.left.set(iterator.left.get().saturating_sub(index));
    }
    Ok(iterator)
}

impl Restorable for DequeIterator {
    const CLASS: &'static str = "_collections._deque_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let deque = self.deque.borrow().clone();
        let length = deque.downcast::<Deque>().map_or(0, |deque| deque.items.borrow().len());
        let passed = Value::int(length as i64 - self.left.get() as i64);
        Ok(call_of(class, vec![deque, passed]))
    }
}
