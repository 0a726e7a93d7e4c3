//! `collections.deque`.

use super::deque_iterator::DequeIterator;
use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::library::types::reduce::state_of;
use crate::object::dict::same_key;
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::repr::{repr_guard, repr_items};
use crate::object::sequence::{
    compare_sequences, has_index, index_of, repeat_count, repeat_items, search_bounds,
};
use crate::object::slice::wrap_index;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// A queue with two ends.
#[derive(Default)]
pub struct Deque {
    pub items: RefCell<VecDeque<Value>>,
    limit: Cell<Option<usize>>,
    /// Changes when an item is added, removed or moved: iterators notice.
    pub version: Cell<u32>,
}

pub static DEQUE: TypeSpec = TypeSpec {
    name: "deque",
    module: "collections",
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    subclassable: true,
    unhashable: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, _| Ok(Value::object(Deque::default())),
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native(
        "__init__",
        "iterable=(), maxlen=None",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__add__", "value, /", add, "Return self+value."),
    native(
        "__bool__",
        "",
        |i, a| Ok(Value::bool(!expect_deque(i, a, "__bool__")?.items.borrow().is_empty())),
        "True if self else False",
    ),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
    native("__contains__", "key, /", contains, "Return bool(key in self)."),
    native("__copy__", "", copy, "Return a shallow copy of a deque."),
    native("__delitem__", "key, /", delitem, "Delete self[key]."),
    native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq), "Return self==value."),
    native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge), "Return self>=value."),
    native("__getitem__", "key, /", getitem, "Return self[key]."),
    native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt), "Return self>value."),
    native("__iadd__", "value, /", iadd, "Implement self+=value."),
    native("__imul__", "value, /", imul, "Implement self*=value."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le), "Return self<=value."),
    native("__len__", "", len, "Return len(self)."),
    native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt), "Return self<value."),
    native("__mul__", "value, /", mul, "Return self*value."),
    native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne), "Return self!=value."),
    native("__reduce__", "", reduce, "Return state information for pickling."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__reversed__", "", reversed, "Return a reverse iterator over the deque."),
    native("__rmul__", "value, /", mul, "Return value*self."),
    native("__setitem__", "key, value, /", setitem, "Set self[key] to value."),
    native("append", "item, /", append, "Add an element to the right side of the deque."),
    native("appendleft", "item, /", appendleft, "Add an element to the left side of the deque."),
    native("clear", "", clear, "Remove all elements from the deque."),
    native("copy", "", copy, "Return a shallow copy of a deque."),
    native("count", "value, /", count, "Return number of occurrences of value."),
    native(
        "extend",
        "iterable, /",
        extend,
        "Extend the right side of the deque with elements from the iterable.",
    ),
    native(
        "extendleft",
        "iterable, /",
        extendleft,
        "Extend the left side of the deque with elements from the iterable.",
    ),
    native(
        "index",
        "value, start=?, stop=?, /",
        index,
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    native("insert", "index, value, /", insert, "Insert value before index."),
    native("pop", "", pop, "Remove and return the rightmost element."),
    native("popleft", "", popleft, "Remove and return the leftmost element."),
    native("remove", "value, /", remove, "Remove first occurrence of value."),
    native("reverse", "", reverse, "Reverse *IN PLACE*."),
    native(
        "rotate",
        "n=1, /",
        rotate,
        "Rotate the deque n steps to the right.  If n is negative, rotates left.",
    ),
];

static GETTERS: &[GetterRow] = &[getter("maxlen", maxlen, "maximum size of a deque or None if unbounded")];

impl Traverse for Deque {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        drop(self.items.take());
    }
}

impl NativeObject for Deque {
    fn spec(&self) -> &'static TypeSpec {
        &DEQUE
    }
}

impl Deque {
    fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn is_over_limit(&self) -> bool {
        self.limit.get().is_some_and(|limit| self.len() > limit)
    }

    fn push_back(&self, item: Value) {
        self.items.borrow_mut().push_back(item);
        let surplus = if self.is_over_limit() { self.items.borrow_mut().pop_front() } else { None };
        drop(surplus);
        self.changed();
    }

    fn push_front(&self, item: Value) {
        self.items.borrow_mut().push_front(item);
        let surplus = if self.is_over_limit() { self.items.borrow_mut().pop_back() } else { None };
        drop(surplus);
        self.changed();
    }

    /// A deque with these items, cut at the front if they are too many.
    fn value(items: VecDeque<Value>, limit: Option<usize>) -> Value {
        let deque = Deque { items: RefCell::new(items), limit: Cell::new(limit), version: Cell::new(0) };
        if let Some(limit) = limit {
            let mut items = deque.items.borrow_mut();
            let surplus = items.len().saturating_sub(limit);
            items.drain(..surplus);
        }
        Value::object(deque)
    }

    fn limit_value(&self) -> Value {
        self.limit.get().map_or(Value::NONE, |limit| Value::int(limit as i64))
    }
}

/// The deque that the method `method` is called on.
pub fn expect_deque<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v Deque, Raised> {
    match args[0].downcast::<Deque>() {
        Some(deque) => Ok(deque),
        None => Err(wrong_receiver(interp, "collections.deque", method, &args[0])),
    }
}

#[cold]
fn mutated(interp: &mut dyn Interpreter) -> Raised {
    interp.runtime_error("deque mutated during iteration")
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__init__")?;
    let limit = match args[2].given_some() {
        Some(limit) if !limit.is_integer() => return Err(interp.type_error("an integer is required")),
        Some(limit) => match usize::try_from(interp.expect_int(limit)?) {
            Ok(limit) => Some(limit),
            Err(_) => return Err(interp.value_error("maxlen must be non-negative")),
        },
        None => None,
    };
    deque.limit.set(limit);
    drop(deque.items.take());
    extend_deque(interp, deque, &args[1], false)?;
    Ok(Value::NONE)
}

/// Add the items of an iterable at the right or the left end.
fn extend_deque(
    interp: &mut dyn Interpreter,
    deque: &Deque,
    iterable: &Value,
    is_left: bool,
) -> Result<(), Raised> {
    // The items of the deque itself are those it has now.
    let snapshot = iterable.downcast::<Deque>().filter(|other| std::ptr::eq(*other, deque));
    let snapshot = snapshot.map(|other| Value::list(other.items.borrow().iter().cloned().collect()));
    let iterator = interp.iter(snapshot.as_ref().unwrap_or(iterable))?;
    while let Some(item) = interp.next(&iterator)? {
        if is_left { deque.push_front(item) } else { deque.push_back(item) }
    }
    Ok(())
}

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_deque(interp, args, "__add__")?;
    let Some(other) = args[1].downcast::<Deque>() else {
        let name = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("can only concatenate deque (not \"{name}\") to deque")));
    };
    let sum = copy(interp, &args[..1])?;
    let more: Vec<Value> = other.items.borrow().iter().cloned().collect();
    match sum.downcast::<Deque>() {
        Some(target) => more.into_iter().for_each(|item| target.push_back(item)),
        None => return Err(wrong_receiver(interp, "collections.deque", "__add__", &sum)),
    }

    Ok(sum)
}

/// The index of the first item equal to `value` between two places.
fn find(
    interp: &mut dyn Interpreter,
    deque: &Deque,
    value: &Value,
    start: usize,
    stop: usize,
) -> Result<Option<usize>, Raised> {
    let version = deque.version.get();
    let mut index = start;
    while index < stop {
        let Some(item) = deque.items.borrow().get(index).cloned() else { break };
        let same = match same_key(&item, value) {
            Some(same) => same,
            None => interp.equals(&item, value)?,
        };
        if deque.version.get() != version {
            return Err(mutated(interp));
        }
        if same {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__contains__")?;
    Ok(Value::bool(find(interp, deque, &args[1], 0, usize::MAX)?.is_some()))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "copy")?;
    if args[0].as_instance().is_none() {
        return Ok(Deque::value(deque.items.borrow().clone(), deque.limit.get()));
    }
    let class = interp.class_of(&args[0]);
    match deque.limit.get() {
        Some(_) => interp.call(&class, &[args[0].clone(), deque.limit_value()]),
        None => interp.call(&class, &args[..1]),
    }
}

/// The place that a subscript means.
fn place(interp: &mut dyn Interpreter, deque: &Deque, key: &Value) -> Result<usize, Raised> {
    if key.as_int().is_none() && !has_index(interp, key) {
        let name = interp.type_name(key);
        return Err(interp.type_error(&format!("sequence index must be integer, not '{name}'")));
    }
    let index = index_of(interp, key)?;
    match wrap_index(index, deque.len()) {
        Some(place) => Ok(place),
        None => Err(interp.index_error("deque index out of range")),
    }
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__delitem__")?;
    let place = place(interp, deque, &args[1])?;
    let removed = deque.items.borrow_mut().remove(place);
    drop(removed);
    deque.changed();
    Ok(Value::NONE)
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let left = expect_deque(interp, args, "__eq__")?;
    let Some(right) = args[1].downcast::<Deque>() else { return Ok(Value::NOT_IMPLEMENTED) };
    compare_sequences(
        interp,
        op,
        |index| left.items.borrow().get(index).cloned(),
        |index| right.items.borrow().get(index).cloned(),
        || (left.len(), right.len()),
    )
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__getitem__")?;
    let place = place(interp, deque, &args[1])?;
    let item = deque.items.borrow().get(place).cloned();
    Ok(item.unwrap_or(Value::NONE))
}

fn iadd(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__iadd__")?;
    extend_deque(interp, deque, &args[1], false)?;
    Ok(args[0].clone())
}

/// The items repeated, as they are before a limit cuts them.
fn repeated(interp: &mut dyn Interpreter, deque: &Deque, count: &Value) -> Result<VecDeque<Value>, Raised> {
    let count = repeat_count(interp, count)?;
    let items: Vec<Value> = deque.items.borrow().iter().cloned().collect();
    // A limit makes most of the copies unnecessary.
    let count = match deque.limit.get() {
        Some(limit) if !items.is_empty() => count.min(limit.div_ceil(items.len()) + 1),
        _ => count,
    };
    Ok(repeat_items(interp, &items, count)?.into())
}

fn imul(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__imul__")?;
    let mut items = repeated(interp, deque, &args[1])?;
    if let Some(limit) = deque.limit.get() {
        let surplus = items.len().saturating_sub(limit);
        items.drain(..surplus);
    }
    let old = deque.items.replace(items);
    drop(old);
    deque.changed();
    Ok(args[0].clone())
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__iter__")?;
    Ok(DequeIterator::value(args[0].clone(), deque, false))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_deque(interp, args, "__len__")?.len() as i64))
}

fn mul(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__mul__")?;
    let items = repeated(interp, deque, &args[1])?;
    let product = Deque::value(items, deque.limit.get());
    if args[0].as_instance().is_none() {
        return Ok(product);
    }
    let class = interp.class_of(&args[0]);
    match deque.limit.get() {
        Some(_) => interp.call(&class, &[product, deque.limit_value()]),
        None => interp.call(&class, &[product]),
    }
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__reduce__")?;
    let class = interp.class_of(&args[0]);
    let arguments = match deque.limit.get() {
        Some(_) => vec![Value::tuple(Vec::new()), deque.limit_value()],
        None => Vec::new(),
    };
    let state = state_of(interp, &args[0])?;
    let items = interp.iter(&args[0])?;
    Ok(Value::tuple(vec![class, Value::tuple(arguments), state, items]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__repr__")?;
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("[...]")) };
    let class = interp.class_of(&args[0]);
    let name = class.as_type().map_or_else(String::new, |class| class.name_text());
    let items: Vec<Value> = deque.items.borrow().iter().cloned().collect();
    let mut text = repr_items(interp, &format!("{name}(["), |index| items.get(index).cloned(), "]")?;
    if let Some(limit) = deque.limit.get() {
        text.push_str(&format!(", maxlen={limit}"));
    }
    text.push(')');
    Ok(Value::str(&text))
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__reversed__")?;
    Ok(DequeIterator::value(args[0].clone(), deque, true))
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "__setitem__")?;
    let place = place(interp, deque, &args[1])?;
    let old = deque.items.borrow_mut().get_mut(place).map(|item| std::mem::replace(item, args[2].clone()));
    drop(old);
    Ok(Value::NONE)
}

fn append(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_deque(interp, args, "append")?.push_back(args[1].clone());
    Ok(Value::NONE)
}

fn appendleft(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_deque(interp, args, "appendleft")?.push_front(args[1].clone());
    Ok(Value::NONE)
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "clear")?;
    let old = deque.items.take();
    drop(old);
    deque.changed();
    Ok(Value::NONE)
}

fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "count")?;
    let (mut count, mut start) = (0, 0);
    while let Some(index) = find(interp, deque, &args[1], start, usize::MAX)? {
        count += 1;
        start = index + 1;
    }
    Ok(Value::int(count))
}

fn extend(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "extend")?;
    extend_deque(interp, deque, &args[1], false)?;
    Ok(Value::NONE)
}

fn extendleft(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "extendleft")?;
    extend_deque(interp, deque, &args[1], true)?;
    Ok(Value::NONE)
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "index")?;
    let (start, stop) = search_bounds(interp, &args[2], &args[3], deque.len())?;
    match find(interp, deque, &args[1], start, stop)? {
        Some(index) => Ok(Value::int(index as i64)),
        None => Err(not_there(interp, &args[1])),
    }
}

fn not_there(interp: &mut dyn Interpreter, value: &Value) -> Raised {
    match interp.repr(value) {
        Ok(text) => interp.value_error(&format!("{} is not in deque", text.str_like().unwrap_or_default())),
        Err(raised) => raised,
    }
}

fn insert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "insert")?;
    let index = interp.expect_int(&args[1])?;
    let length = deque.len();
    if deque.limit.get().is_some_and(|limit| length >= limit) {
        return Err(interp.index_error("deque already at its maximum size"));
    }
    let place = if index < 0 { index.saturating_add(length as i64).max(0) } else { index.min(length as i64) };
    deque.items.borrow_mut().insert(place as usize, args[2].clone());
    deque.changed();
    Ok(Value::NONE)
}

fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "pop")?;
    let item = deque.items.borrow_mut().pop_back();
    deque.changed();
    item.ok_or_else(|| interp.index_error("pop from an empty deque"))
}

fn popleft(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "popleft")?;
    let item = deque.items.borrow_mut().pop_front();
    deque.changed();
    item.ok_or_else(|| interp.index_error("pop from an empty deque"))
}

fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "remove")?;
    let version = deque.version.get();
    let found = find(interp, deque, &args[1], 0, usize::MAX);
    if deque.version.get() != version {
        return Err(interp.raise(CoreType::IndexError, "deque mutated during iteration"));
    }
    match found? {
        Some(index) => {
            let removed = deque.items.borrow_mut().remove(index);
            drop(removed);
            deque.changed();
            Ok(Value::NONE)
        }
        None => Err(not_there(interp, &args[1])),
    }
}

fn reverse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "reverse")?;
    deque.items.borrow_mut().make_contiguous().reverse();
    deque.changed();
    Ok(Value::NONE)
}

fn rotate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let deque = expect_deque(interp, args, "rotate")?;
    let steps = interp.expect_int(&args[1])?;
    let length = deque.len() as i64;
    if length > 1 {
        deque.items.borrow_mut().rotate_right(steps.rem_euclid(length) as usize);
        deque.changed();
    }
    Ok(Value::NONE)
}

fn maxlen(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(expect_deque(interp, std::slice::from_ref(this), "maxlen")?.limit_value())
}
