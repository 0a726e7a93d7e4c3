//! The classes `enumerate`, `filter`, `map`, `reversed` and `zip`, and the iterator that
//! `iter(callable, sentinel)` makes.

use super::generic_alias::class_getitem;
use super::receiver::wrong_receiver;
use crate::object::convention::Convention;
use crate::object::copying::{
    Restorable, builtin, call_of, call_with_state, expect_place, reduce_row, set_state_row,
};
use crate::object::heap::Traverse;
use crate::object::sequence::has_method;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use num_bigint::BigInt;
use std::cell::{Cell, RefCell};

pub static ENUMERATE: TypeSpec = TypeSpec {
    name: "enumerate",
    signature: "(iterable, start=0)",
    doc: "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    subclassable: true,
    native_next: true,
    methods: &[
        native(
            "__new__",
            "iterable, start=0",
            new_enumerate,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new()
        .bound_by(Convention::Own(wrong_enumerate)),
        native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
        reduce_row::<Enumerate>(),
    ],
    ..TypeSpec::EMPTY
};

pub static FILTER: TypeSpec = TypeSpec {
    name: "filter",
    signature: "(function, iterable, /)",
    doc: "Return an iterator yielding those items of iterable for which function(item)\nis true. If function is None, return the items that are true.",
    subclassable: true,
    native_next: true,
    methods: &[
        native(
            "__new__",
            "function, iterable, /",
            new_filter,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Filter>(),
    ],
    ..TypeSpec::EMPTY
};

pub static MAP: TypeSpec = TypeSpec {
    name: "map",
    signature: "(function, iterable, /, *iterables)",
    doc: "Make an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.",
    subclassable: true,
    native_next: true,
    methods: &[
        native(
            "__new__",
            "*args",
            new_map,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Map>(),
    ],
    ..TypeSpec::EMPTY
};

pub static REVERSED: TypeSpec = TypeSpec {
    name: "reversed",
    signature: "(sequence, /)",
    doc: "Return a reverse iterator over the values of the given sequence.",
    subclassable: true,
    native_next: true,
    methods: &[
        native(
            "__new__",
            "object, /",
            new_reversed,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Reversed>(),
        set_state_row::<Reversed>(),
        native(
            "__length_hint__",
            "",
            reversed_hint,
            "Private method returning an estimate of len(list(it)).",
        ),
    ],
    ..TypeSpec::EMPTY
};

pub static ZIP: TypeSpec = TypeSpec {
    name: "zip",
    signature: "(*iterables, strict=False)",
    doc: "The zip object yields n-length tuples, where n is the number of iterables\npassed as positional arguments to zip().  The i-th element in every tuple\ncomes from the i-th iterable argument to zip().  This continues until the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the others,\nraise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    subclassable: true,
    native_next: true,
    methods: &[
        native(
            "__new__",
            "*iterables, strict=False",
            new_zip,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Zip>(),
        set_state_row::<Zip>(),
    ],
    ..TypeSpec::EMPTY
};

static CALLABLE_ITERATOR: TypeSpec = TypeSpec {
    name: "callable_iterator",
    native_next: true,
    methods: &[reduce_row::<CallableIterator>()],
    ..TypeSpec::EMPTY
};

/// What a function called for an item returned; a StopIteration that it raises ends the
/// iterator like one of the iterator itself.
fn unless_stopped(interp: &mut dyn Interpreter, result: Completion) -> Result<Option<Value>, Raised> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(raised) if interp.raised_is(&raised, CoreType::StopIteration) => Ok(None),
        Err(raised) => Err(raised),
    }
}

/// `enumerate(iterable, start)`.
struct Enumerate {
    iterator: Value,
    /// The next count.
    count: RefCell<Value>,
}

/// CPython binds the arguments of `enumerate` by hand.
fn wrong_enumerate(given: usize, keywords: &[&str]) -> Option<String> {
    let expected = match (given, keywords.len()) {
        (0, 1) => &["iterable"][..],
        (0, _) => &["iterable", "start"],
        (1, _) => &["start"],
        _ => &[],
    };
    match keywords.iter().find(|name| !expected.contains(name)) {
        _ if given + keywords.len() > 2 => None,
        Some(name) => Some(format!("'{name}' is an invalid keyword argument for enumerate()")),
        None => Some("enumerate() missing required argument 'iterable'".to_owned()),
    }
}

fn new_enumerate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = interp.index(&args[2])?;
    let iterator = interp.iter(&args[1])?;
    Ok(Value::object(Enumerate { iterator, count: RefCell::new(count) }))
}

impl Traverse for Enumerate {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.iterator);
        visit(&self.count.borrow());
    }

    fn clear(&self) {
        // A cycle through it is broken at the iterator.
    }
}

impl NativeObject for Enumerate {
    fn spec(&self) -> &'static TypeSpec {
        &ENUMERATE
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        Ok(self.advance(interp)?.map(|(count, item)| Value::pair(count, item)))
    }

    fn next_pair(&self, interp: &mut dyn Interpreter) -> Option<Result<Option<(Value, Value)>, Raised>> {
        Some(self.advance(interp))
    }
}

impl Enumerate {
    /// The next count and item.
    #[inline]
    fn advance(&self, interp: &mut dyn Interpreter) -> Result<Option<(Value, Value)>, Raised> {
        let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
        let mut count = self.count.borrow_mut();
        let next = match count.as_int().and_then(|count| count.checked_add(1)) {
            Some(next) => Value::int(next),
            None => Value::big_int(
                count.to_big_int().map(|big| big.into_owned()).unwrap_or_default() + BigInt::from(1),
            ),
        };
        let current = std::mem::replace(&mut *count, next);
        Ok(Some((current, item)))
    }
}

/// `filter(function, iterable)`.
struct Filter {
    /// None: the items' own truth.
    function: Value,
    iterator: Value,
}

fn new_filter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[2])?;
    Ok(Value::object(Filter { function: args[1].clone(), iterator }))
}

impl Traverse for Filter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.iterator);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken at the iterator or the function.
    }
}

impl NativeObject for Filter {
    fn spec(&self) -> &'static TypeSpec {
        &FILTER
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let uses_truth = self.function.is_none() || self.function.is(&interp.core(CoreType::Bool));
        let mut rejected = 0u32;
        while let Some(item) = interp.next(&self.iterator)? {
            let passes = if uses_truth {
                interp.truth(&item)?
            } else {
                let verdict = interp.call(&self.function, std::slice::from_ref(&item));
                let Some(verdict) = unless_stopped(interp, verdict)? else { return Ok(None) };
                interp.truth(&verdict)?
            };
            if passes {
                return Ok(Some(item));
            }
            rejected += 1;
            if rejected.is_multiple_of(4096) {
                interp.poll()?;
            }
        }
        Ok(None)
    }
}

/// `map(function, *iterables)`.
struct Map {
    function: Value,
    iterators: Vec<Value>,
}

fn new_map(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [function, iterables @ ..] = args[1].as_tuple().unwrap_or_default() else {
        return Err(interp.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(interp.type_error("map() must have at least two arguments."));
    }
    let mut iterators = Vec::with_capacity(iterables.len());
    for iterable in iterables {
        iterators.push(interp.iter(iterable)?);
    }
    Ok(Value::object(Map { function: function.clone(), iterators }))
}

impl Traverse for Map {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        self.iterators.iter().for_each(visit);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken at the iterators or the function.
    }
}

impl NativeObject for Map {
    fn spec(&self) -> &'static TypeSpec {
        &MAP
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        if let [iterator] = self.iterators.as_slice() {
            let Some(item) = interp.next(iterator)? else { return Ok(None) };
            let result = interp.call(&self.function, std::slice::from_ref(&item));
            return unless_stopped(interp, result);
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for iterator in &self.iterators {
            let Some(item) = interp.next(iterator)? else { return Ok(None) };
            items.push(item);
        }
        let result = interp.call(&self.function, &items);
        unless_stopped(interp, result)
    }
}

/// `reversed(sequence)` of a sequence without a `__reversed__` of its own.
struct Reversed {
    /// Unbound once exhausted.
    sequence: RefCell<Value>,
    /// How many items are still to come.
    left: Cell<usize>,
}

fn new_reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let sequence = &args[1];
    let class = interp.class_of(sequence);
    let method = class.as_type().and_then(|class| class.lookup(&intern("__reversed__")));
    if method.as_ref().is_none_or(|method| !method.is_none()) {
        if method.is_some()
            && let Some(iterator) = interp.call_special(sequence, "__reversed__", &[])?
        {
            return Ok(iterator);
        }
        let is_sequence = sequence.dict_like().is_none()
            && has_method(interp, sequence, "__getitem__")
            && (sequence.as_instance().is_some() || has_method(interp, sequence, "__len__"));
        if is_sequence {
            let left = interp.length(sequence)?;
            let sequence = RefCell::new(sequence.clone());
            return Ok(Value::object(Reversed { sequence, left: Cell::new(left) }));
        }
    }
    let name = interp.type_name(sequence);
    Err(interp.type_error(&format!("'{name}' object is not reversible")))
}

impl Traverse for Reversed {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.sequence.borrow());
    }

    fn clear(&self) {
        drop(self.sequence.take());
    }
}

impl NativeObject for Reversed {
    fn spec(&self) -> &'static TypeSpec {
        &REVERSED
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let Some(index) = self.left.get().checked_sub(1) else {
            drop(self.sequence.take());
            return Ok(None);
        };
        let sequence = self.sequence.borrow().clone();
        self.left.set(index);
        match interp.get_item(&sequence, &Value::int(index as i64)) {
            Ok(item) => Ok(Some(item)),
            Err(raised) => {
                let is_end = interp.raised_is(&raised, CoreType::IndexError)
                    || interp.raised_is(&raised, CoreType::StopIteration);
                if !is_end {
                    return Err(raised);
                }
                self.left.set(0);
                drop(self.sequence.take());
                Ok(None)
            }
        }
    }
}

impl Restorable for Reversed {
    const CLASS: &'static str = "reversed";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let (class, sequence) = (interp.class_of(this), self.sequence.borrow().clone());
        if sequence.is_unbound() {
            return Ok(call_of(class, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_with_state(class, vec![sequence], Value::int(self.left.get() as i64 - 1)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let index = expect_place(interp, state)?;
        let sequence = self.sequence.borrow().clone();
        if !sequence.is_unbound() {
            let length = interp.length(&sequence)? as i64;
            self.left.set((index.clamp(-1, length - 1) + 1) as usize);
        }
        Ok(())
    }
}

fn reversed_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(reversed) = args[0].downcast::<Reversed>() else {
        return Err(wrong_receiver(interp, "reversed", "__length_hint__", &args[0]));
    };
    let sequence = reversed.sequence.borrow().clone();
    if sequence.is_unbound() {
        return Ok(Value::int(0));
    }
    let length = interp.length(&sequence)?;
    let left = reversed.left.get();
    Ok(Value::int(if length < left { 0 } else { left as i64 }))
}

/// `zip(*iterables, strict=...)`.
struct Zip {
    iterators: Vec<Value>,
    is_strict: Cell<bool>,
}

fn new_zip(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_strict = interp.truth(&args[1])?;
    let mut iterators = Vec::new();
    for iterable in args[2].as_tuple().unwrap_or_default() {
        iterators.push(interp.iter(iterable)?);
    }
    Ok(Value::object(Zip { iterators, is_strict: Cell::new(is_strict) }))
}

impl Zip {
    /// The iterator at `index` (from 0) ended before or after those in front of it.
    fn mismatch(interp: &mut dyn Interpreter, index: usize, how: &str) -> Raised {
        let others = if index == 1 { " ".to_owned() } else { "s 1-".to_owned() };
        let number = index + 1;
        interp.value_error(&format!("zip() argument {number} is {how} than argument{others}{index}"))
    }
}

impl Traverse for Zip {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.iterators.iter().for_each(visit);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken at the iterators.
    }
}

impl NativeObject for Zip {
    fn spec(&self) -> &'static TypeSpec {
        &ZIP
    }

    fn next_pair(&self, interp: &mut dyn Interpreter) -> Option<Result<Option<(Value, Value)>, Raised>> {
        let ([first, second], false) = (self.iterators.as_slice(), self.is_strict.get()) else { return None };
        let first = match interp.next(first) {
            Ok(Some(item)) => item,
            Ok(None) => return Some(Ok(None)),
            Err(raised) => return Some(Err(raised)),
        };
        Some(interp.next(second).map(|second| Some((first, second?))))
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        if self.iterators.is_empty() {
            return Ok(None);
        }
        if let Some(pair) = self.next_pair(interp) {
            return Ok(pair?.map(|(first, second)| Value::pair(first, second)));
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.iter().enumerate() {
            if let Some(item) = interp.next(iterator)? {
                items.push(item);
                continue;
            }
            if self.is_strict.get() {
                if index > 0 {
                    return Err(Zip::mismatch(interp, index, "shorter"));
                }
                for (later, iterator) in self.iterators.iter().enumerate().skip(1) {
                    if interp.next(iterator)?.is_some() {
                        return Err(Zip::mismatch(interp, later, "longer"));
                    }
                }
            }
            return Ok(None);
        }
        Ok(Some(Value::tuple(items)))
    }
}

/// `iter(callable, sentinel)`.
pub struct CallableIterator {
    /// The callable and the sentinel; unbound once exhausted.
    parts: RefCell<(Value, Value)>,
}

impl CallableIterator {
    /// An iterator over what `callable()` returns until that equals `sentinel`.
    pub fn value(callable: Value, sentinel: Value) -> Value {
        Value::object(CallableIterator { parts: RefCell::new((callable, sentinel)) })
    }
}

impl Traverse for CallableIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        let parts = self.parts.borrow();
        visit(&parts.0);
        visit(&parts.1);
    }

    fn clear(&self) {
        drop(self.parts.take());
    }
}

impl NativeObject for CallableIterator {
    fn spec(&self) -> &'static TypeSpec {
        &CALLABLE_ITERATOR
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let (callable, sentinel) = self.parts.borrow().clone();
        if callable.is_unbound() {
            return Ok(None);
        }
        match interp.call(&callable, &[]) {
            Ok(item) => {
                // The call may have exhausted this very iterator.
                if self.parts.borrow().0.is_unbound() {
                    return Ok(None);
                }
                if !interp.equals(&sentinel, &item)? {
                    return Ok(Some(item));
                }
            }
            Err(raised) if interp.raised_is(&raised, CoreType::StopIteration) => {}
            Err(raised) => return Err(raised),
        }
        drop(self.parts.take());
        Ok(None)
    }
}

impl Restorable for Enumerate {
    const CLASS: &'static str = "enumerate";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        Ok(call_of(interp.class_of(this), vec![self.iterator.clone(), self.count.borrow().clone()]))
    }
}

impl Restorable for Filter {
    const CLASS: &'static str = "filter";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        Ok(call_of(interp.class_of(this), vec![self.function.clone(), self.iterator.clone()]))
    }
}

impl Restorable for Map {
    const CLASS: &'static str = "map";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let parts = std::iter::once(&self.function).chain(&self.iterators).cloned().collect();
        Ok(call_of(interp.class_of(this), parts))
    }
}

impl Restorable for Zip {
    const CLASS: &'static str = "zip";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        Ok(match self.is_strict.get() {
            true => call_with_state(class, self.iterators.clone(), Value::TRUE),
            false => call_of(class, self.iterators.clone()),
        })
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.is_strict.set(interp.truth(state)?);
        Ok(())
    }
}

impl Restorable for CallableIterator {
    const CLASS: &'static str = "callable_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = builtin(interp, "iter")?;
        let (callable, sentinel) = self.parts.borrow().clone();
        if callable.is_unbound() {
            return Ok(call_of(function, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_of(function, vec![callable, sentinel]))
    }
}
