//! `count`, `cycle`, `repeat`.

use super::owned::{iterator_object, next_of};
use crate::library::types::numeric::has_special;
use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{
    Restorable, call_of, call_with_state, expect_parts, expect_place, reduce_row, set_state_row,
};
use crate::object::number::{Number, Op};
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The class `count`.
pub static COUNT: TypeSpec = TypeSpec {
    name: "count",
    module: "itertools",
    doc: "Return a count object whose .__next__() method returns consecutive values.",
    methods: &[
        native(
            "__new__",
            "start=0, step=1",
            new_count,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Count>(),
        native("__repr__", "", count_repr, "Return repr(self)."),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `cycle`.
pub static CYCLE: TypeSpec = TypeSpec {
    name: "cycle",
    module: "itertools",
    doc: "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.",
    methods: &[
        native(
            "__new__",
            "iterable, /",
            new_cycle,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Cycle>(),
        set_state_row::<Cycle>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `repeat`.
pub static REPEAT: TypeSpec = TypeSpec {
    name: "repeat",
    module: "itertools",
    doc: "repeat(object [,times]) -> create an iterator which returns the object\n\
        for the specified number of times.  If not specified, returns the object\nendlessly.",
    methods: &[
        native(
            "__new__",
            "object, times=?",
            new_repeat,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__length_hint__", "", repeat_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<Repeat>(),
        native("__repr__", "", repeat_repr, "Return repr(self)."),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// `count(start, step)`.
struct Count {
    next: RefCell<Value>,
    step: Value,
}

iterator_object!(Count, COUNT: next, step);

fn is_number(interp: &mut dyn Interpreter, value: &Value) -> bool {
    Number::like(value).is_some()
        || ["__index__", "__int__", "__float__", "__complex__"]
            .iter()
            .any(|name| has_special(interp, value, name))
}

fn new_count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !is_number(interp, &args[1]) || !is_number(interp, &args[2]) {
        return Err(interp.type_error("a number is required"));
    }
    // Counting by one is done with plain ints, whatever kind of int was given.
    let (start, step) = match (args[1].int_like(), args[2].int_like()) {
        (Some(start), Some(1)) => (Value::int(start), Value::int(1)),
        (_, Some(1)) => (args[1].clone(), Value::int(1)),
        _ => (args[1].clone(), args[2].clone()),
    };
    Ok(Value::object(Count { next: RefCell::new(start), step }))
}

impl Count {
    #[inline]
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let current = self.next.borrow().clone();
        let next = match Value::both_ints(&current, &self.step).and_then(|(a, b)| a.checked_add(b)) {
            Some(next) => Value::int(next),
            None => interp.binary(Op::Add, &current, &self.step)?,
        };
        self.next.replace(next);
        Ok(Some(current))
    }
}

fn count_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(count) = args[0].downcast::<Count>() else {
        return Err(wrong_receiver(interp, "count", "__repr__", &args[0]));
    };
    let class = interp.bare_type_name(&args[0]);
    let next = count.next.borrow().clone();
    let next = interp.repr(&next)?;
    let next = next.str_like().unwrap_or_default();
    if count.step.as_int() == Some(1) {
        return Ok(Value::str(&format!("{class}({next})")));
    }
    let step = interp.repr(&count.step)?;
    Ok(Value::str(&format!("{class}({next}, {})", step.str_like().unwrap_or_default())))
}

/// `cycle(iterable)`.
struct Cycle {
    /// Unbound once it is exhausted.
    iterator: RefCell<Value>,
    saved: RefCell<Vec<Value>>,
    index: Cell<usize>,
    /// Whether all items are saved already: the iterator only goes through them once more.
    is_read: Cell<bool>,
}

iterator_object!(Cycle, CYCLE: iterator, saved);

fn new_cycle(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = RefCell::new(interp.iter(&args[1])?);
    let (saved, index, is_read) = (RefCell::default(), Cell::new(0), Cell::new(false));
    Ok(Value::object(Cycle { iterator, saved, index, is_read }))
}

impl Cycle {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let iterator = self.iterator.borrow().clone();
        if !iterator.is_unbound() {
            if let Some(item) = interp.next(&iterator)? {
                if !self.is_read.get() {
                    self.saved.borrow_mut().push(item.clone());
                }
                return Ok(Some(item));
            }
            drop(self.iterator.take());
        }
        let saved = self.saved.borrow();
        let item = saved.get(self.index.get()).cloned();
        self.index.set(if self.index.get() + 1 >= saved.len() { 0 } else { self.index.get() + 1 });
        Ok(item)
    }
}

/// `repeat(object, times)`.
struct Repeat {
    object: Value,
    /// How often it is still returned; negative for ever.
    left: Cell<i64>,
}

iterator_object!(Repeat, REPEAT: object);

fn new_repeat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = match args[2].given() {
        Some(times) => interp.expect_int(times)?.max(0),
        None => -1,
    };
    Ok(Value::object(Repeat { object: args[1].clone(), left: Cell::new(left) }))
}

impl Repeat {
    #[inline]
    fn advance(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        match self.left.get() {
            0 => return Ok(None),
            left if left > 0 => self.left.set(left - 1),
            _ => {}
        }
        Ok(Some(self.object.clone()))
    }
}

fn repeat_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<Repeat>() {
        Some(repeat) if repeat.left.get() >= 0 => Ok(Value::int(repeat.left.get())),
        Some(_) => Err(interp.type_error("len() of unsized object")),
        None => Err(wrong_receiver(interp, "repeat", "__length_hint__", &args[0])),
    }
}

fn repeat_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(repeat) = args[0].downcast::<Repeat>() else {
        return Err(wrong_receiver(interp, "repeat", "__repr__", &args[0]));
    };
    let class = interp.bare_type_name(&args[0]);
    let object = interp.repr(&repeat.object)?;
    let object = object.str_like().unwrap_or_default();
    Ok(Value::str(&match repeat.left.get() {
        left if left >= 0 => format!("{class}({object}, {left})"),
        _ => format!("{class}({object})"),
    }))
}

/// The next item of the iterator in a cell that is emptied at the end.
#[inline]
pub fn next_or_release(interp: &mut dyn Interpreter, cell: &RefCell<Value>) -> Result<Option<Value>, Raised> {
    let iterator = cell.borrow().clone();
    let item = next_of(interp, &iterator)?;
    if item.is_none() {
        drop(cell.take());
    }
    Ok(item)
}

impl Restorable for Count {
    const CLASS: &'static str = "itertools.count";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let (class, next) = (interp.class_of(this), self.next.borrow().clone());
        let is_plain = next.as_int().is_some_and(|next| next < i64::MAX) && self.step.as_int() == Some(1);
        Ok(call_of(class, if is_plain { vec![next] } else { vec![next, self.step.clone()] }))
    }
}

impl Restorable for Cycle {
    const CLASS: &'static str = "itertools.cycle";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let iterator = self.iterator.borrow().clone();
        let saved = Value::list(self.saved.borrow().clone());
        if !iterator.is_unbound() {
            let is_read = Value::bool(self.is_read.get());
            return Ok(call_with_state(class, vec![iterator], Value::pair(saved, is_read)));
        }
        let iterator = interp.iter(&saved)?;
        if self.index.get() > 0 {
            interp.call_method(&iterator, "__setstate__", &[Value::int(self.index.get() as i64)])?;
        }
        Ok(call_with_state(class, vec![iterator], Value::pair(saved, Value::TRUE)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let parts = expect_parts(interp, state, 2, 2)?;
        let Some(saved) = parts[0].list_like().map(|saved| saved.items.borrow().clone()) else {
            let class = interp.type_name(&parts[0]);
            return Err(interp.type_error(&format!("argument 1 must be list, not {class}")));
        };
        let is_read = expect_place(interp, &parts[1])? != 0;
        drop(self.saved.replace(saved));
        self.is_read.set(is_read);
        self.index.set(0);
        Ok(())
    }
}

impl Restorable for Repeat {
    const CLASS: &'static str = "itertools.repeat";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let mut arguments = vec![self.object.clone()];
        if self.left.get() >= 0 {
            arguments.push(Value::int(self.left.get()));
        }
        Ok(call_of(interp.class_of(this), arguments))
    }
}
