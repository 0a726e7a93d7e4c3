//! What scripts may ask of a list.

mod iterator;
mod sort;
mod timsort;
#[cfg(test)]
mod timsort_tests;

pub use iterator::{LIST_ITERATOR, ReversedList, TUPLE_ITERATOR};
pub use sort::{less, sort_values};

use super::generic_alias::class_getitem;
use super::receiver::wrong_receiver;
use crate::object::dict::same_key;
use crate::object::interpreter::Comparison;
use crate::object::list::{ListObject, drop_backwards};
use crate::object::repr::{repr_guard, repr_items};
use crate::object::sequence::{
    Subscript, check_length_hint, compare_lists, push_item, repeat_count, repeat_items, reserve_items,
    search_bounds, subscript,
};
use crate::object::slice::{SliceIndices, wrap_index};
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

pub static LIST: TypeSpec = TypeSpec {
    name: "list",
    signature: "(iterable=(), /)",
    doc: "Built-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    core: Some(CoreType::List),
    subclassable: true,
    unhashable: true,
    methods: &[
        native(
            "__new__",
            "*args, **kwargs",
            |_, _| Ok(Value::list(Vec::new())),
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new()
        .with_positional(|_, _| Ok(Value::list(Vec::new()))),
        native(
            "__init__",
            "iterable=(), /",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        native("__add__", "value, /", add, "Return self+value."),
        native("__contains__", "key, /", contains, "Return bool(key in self)."),
        native("__delitem__", "key, /", delitem, "Delete self[key]."),
        native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq), "Return self==value."),
        native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge), "Return self>=value."),
        native("__getitem__", "index, /", getitem, "Return self[index]."),
        native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt), "Return self>value."),
        native("__iadd__", "value, /", iadd, "Implement self+=value."),
        native("__imul__", "value, /", imul, "Implement self*=value."),
        native("__iter__", "", iter, "Implement iter(self)."),
        native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le), "Return self<=value."),
        native("__len__", "", len, "Return len(self)."),
        native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt), "Return self<value."),
        native("__mul__", "value, /", |i, a| mul(i, a, "__mul__"), "Return self*value."),
        native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne), "Return self!=value."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__reversed__", "", reversed, "Return a reverse iterator over the list."),
        native("__rmul__", "value, /", |i, a| mul(i, a, "__rmul__"), "Return value*self."),
        native("__setitem__", "key, value, /", setitem, "Set self[key] to value."),
        native("__sizeof__", "", sizeof, "Return the size of the list in memory, in bytes."),
        native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
        native("append", "object, /", append, "Append object to the end of the list.").as_append(),
        native("clear", "", clear, "Remove all items from list."),
        native("copy", "", copy, "Return a shallow copy of the list."),
        native("count", "value, /", count, "Return number of occurrences of value."),
        native("extend", "iterable, /", extend, "Extend list by appending elements from the iterable."),
        native(
            "index",
            "value, start=?, stop=?, /",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        native("insert", "index, object, /", insert, "Insert object before index."),
        native(
            "pop",
            "index=-1, /",
            pop,
            "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
        ),
        native(
            "remove",
            "value, /",
            remove,
            "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
        ),
        native("reverse", "", reverse, "Reverse *IN PLACE*."),
        native(
            "sort",
            "*, key=None, reverse=False",
            sort::sort,
            "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable (i.e. the\norder of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort them,\nascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
        ),
    ],
    ..TypeSpec::EMPTY
};

/// The list that the method `method` is called on.
fn expect_list<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v ListObject, Raised> {
    match args[0].list_like() {
        Some(list) => Ok(list),
        None => Err(wrong_receiver(interp, "list", method, &args[0])),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__init__")?;
    drop(list.items.take());
    extend_list(interp, list, &args[1])?;
    Ok(Value::NONE)
}

/// Append the items of an iterable. As in CPython the list grows while the iterable runs.
pub fn extend_list(interp: &mut dyn Interpreter, list: &ListObject, iterable: &Value) -> Result<(), Raised> {
    if let Some(source) = iterable.as_list() {
        let items = Value::copies(&source.items.borrow());
        list.items.borrow_mut().extend(items);
        return Ok(());
    }
    if iterable.list_like().is_some_and(|source| std::ptr::eq(source, list)) {
        let items = Value::copies(&list.items.borrow());
        list.items.borrow_mut().extend(items);
        return Ok(());
    }
    if let Some(items) = iterable.as_tuple() {
        list.items.borrow_mut().extend_from_slice(items);
        return Ok(());
    }
    if let Some(range) = iterable.as_range().and_then(|range| range.small) {
        let items = (0..range.length).map(|n| Value::int(range.start + n * range.step));
        let mut own = list.items.borrow_mut();
        reserve_items(interp, &mut own, range.length as usize)?;
        own.extend(items);
        return Ok(());
    }
    if let Some(dict) = iterable.as_dict() {
        list.items.borrow_mut().extend(dict.keys());
        return Ok(());
    }
    let iterator = interp.iter(iterable)?;
    check_length_hint(interp, iterable)?;
    while let Some(item) = interp.next(&iterator)? {
        push_item(interp, &mut list.items.borrow_mut(), item)?;
    }
    Ok(())
}

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__add__")?;
    let Some(other) = args[1].list_like() else {
        let name = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("can only concatenate list (not \"{name}\") to list")));
    };
    let (left, right) = (list.items.borrow(), other.items.borrow());
    let mut items = Vec::with_capacity(left.len() + right.len());
    items.extend_from_slice(&left);
    items.extend_from_slice(&right);
    Ok(Value::list(items))
}

/// The index of the first item equal to `value` at or after `start` and before `stop`.
fn find(
    interp: &mut dyn Interpreter,
    list: &ListObject,
    value: &Value,
    start: usize,
    stop: usize,
) -> Result<Option<usize>, Raised> {
    let mut index = start;
    loop {
        let candidate = {
            let items = list.items.borrow();
            let end = items.len().min(stop);
            loop {
                if index >= end {
                    return Ok(None);
                }
                match same_key(&items[index], value) {
                    Some(true) => return Ok(Some(index)),
                    Some(false) => index += 1,
                    None => break items[index].clone(),
                }
            }
        };
        if interp.equals(&candidate, value)? {
            return Ok(Some(index));
        }
        index += 1;
    }
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__contains__")?;
    Ok(Value::bool(find(interp, list, &args[1], 0, usize::MAX)?.is_some()))
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__delitem__")?;
    match subscript(interp, &args[1], "list")? {
        Subscript::Index(index) => {
            let length = list.items.borrow().len();
            let Some(index) = wrap_index(index, length) else {
                return Err(interp.index_error("list assignment index out of range"));
            };
            let removed = list.items.borrow_mut().remove(index);
            drop(removed);
        }
        Subscript::Slice(bounds) => {
            let removed = {
                let mut items = list.items.borrow_mut();
                let slice = bounds.on(items.len());
                remove_slice(&mut items, slice)
            };
            drop(removed);
        }
    }
    Ok(Value::NONE)
}

/// Take the items of a slice out.
fn remove_slice(items: &mut Vec<Value>, slice: SliceIndices) -> Vec<Value> {
    if slice.step == 1 {
        let start = slice.start as usize;
        return items.drain(start..start + slice.length).collect();
    }
    let mut removed: Vec<Value> = slice.iter().map(|index| items[index].take()).collect();
    // Items are never unbound, so what is now was taken.
    items.retain(|item| !item.is_unbound());
    removed.shrink_to_fit();
    removed
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let method = match op {
        Comparison::Lt => "__lt__",
        Comparison::Le => "__le__",
        Comparison::Eq => "__eq__",
        Comparison::Ne => "__ne__",
        Comparison::Gt => "__gt__",
        Comparison::Ge => "__ge__",
    };
    let left = expect_list(interp, args, method)?;
    let Some(right) = args[1].list_like() else { return Ok(Value::NOT_IMPLEMENTED) };
    compare_lists(interp, op, left, right)
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__getitem__")?;
    match subscript(interp, &args[1], "list")? {
        Subscript::Index(index) => {
            let items = list.items.borrow();
            match wrap_index(index, items.len()) {
                Some(index) => Ok(items[index].clone()),
                None => Err(interp.index_error("list index out of range")),
            }
        }
        Subscript::Slice(bounds) => {
            let items = list.items.borrow();
            let slice = bounds.on(items.len());
            if slice.step == 1 {
                let start = slice.start as usize;
                return Ok(Value::list(Value::copies(&items[start..start + slice.length])));
            }
            Ok(Value::list(slice.iter().map(|index| items[index].clone()).collect()))
        }
    }
}

fn iadd(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__iadd__")?;
    extend_list(interp, list, &args[1])?;
    Ok(args[0].clone())
}

fn imul(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__imul__")?;
    let count = repeat_count(interp, &args[1])?;
    let items = Value::copies(&list.items.borrow());
    let repeated = repeat_items(interp, &items, count)?;
    let old = list.items.replace(repeated);
    drop(old);
    Ok(args[0].clone())
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_list(interp, args, "__iter__")?;
    let list = match args[0].as_instance() {
        Some(instance) => instance.payload().cloned().unwrap_or_default(),
        None => args[0].clone(),
    };
    Ok(Value::sequence_iterator(list))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_list(interp, args, "__len__")?.items.borrow().len() as i64))
}

fn mul(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    let list = expect_list(interp, args, method)?;
    let count = repeat_count(interp, &args[1])?;
    let items = list.items.borrow();
    Ok(Value::list(repeat_items(interp, &items, count)?))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__repr__")?;
    if list.items.borrow().is_empty() {
        return Ok(Value::str("[]"));
    }
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("[...]")) };
    let text = repr_items(interp, "[", |index| list.items.borrow().get(index).cloned(), "]")?;
    Ok(Value::str(&text))
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = expect_list(interp, args, "__reversed__")?.items.borrow().len();
    Ok(Value::object(ReversedList::new(args[0].clone(), length)))
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__setitem__")?;
    let bounds = match subscript(interp, &args[1], "list")? {
        Subscript::Index(index) => {
            let mut items = list.items.borrow_mut();
            let Some(index) = wrap_index(index, items.len()) else {
                return Err(interp.index_error("list assignment index out of range"));
            };
            let old = std::mem::replace(&mut items[index], args[2].clone());
            drop(items);
            drop(old);
            return Ok(Value::NONE);
        }
        Subscript::Slice(bounds) => bounds,
    };
    let is_plain = bounds.step == 1;
    let new = items_to_assign(interp, &args[2])?;
    let mut items = list.items.borrow_mut();
    let slice = bounds.on(items.len());
    if is_plain {
        let start = slice.start as usize;
        let old: Vec<Value> = items.splice(start..start + slice.length, new).collect();
        drop(items);
        drop(old);
        return Ok(Value::NONE);
    }
    if new.len() != slice.length {
        let message = format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            new.len(),
            slice.length
        );
        return Err(interp.value_error(&message));
    }
    let old: Vec<Value> =
        slice.iter().zip(new).map(|(index, item)| std::mem::replace(&mut items[index], item)).collect();
    drop(items);
    drop(old);
    Ok(Value::NONE)
}

/// The items of the right side of a slice assignment.
fn items_to_assign(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<Value>, Raised> {
    if value.as_list().is_none() && value.as_tuple().is_none() && !is_iterable(interp, value) {
        return Err(interp.type_error("must assign iterable to extended slice"));
    }
    if value.as_list().is_some() || value.as_tuple().is_some() {
        return interp.collect(value);
    }
    // As CPython: the iterator, not the object, is asked for its length.
    let iterator = interp.iter(value)?;
    interp.collect(&iterator)
}

/// Whether `iter(value)` has something to call.
pub fn is_iterable(interp: &mut dyn Interpreter, value: &Value) -> bool {
    use crate::object::sequence::has_method;
    has_method(interp, value, "__iter__") || has_method(interp, value, "__getitem__")
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "__sizeof__")?;
    Ok(Value::int(40 + 8 * list.items.borrow().len() as i64))
}

fn append(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_list(interp, args, "append")?.items.borrow_mut().push(args[1].clone());
    Ok(Value::NONE)
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let old = expect_list(interp, args, "clear")?.items.take();
    drop_backwards(old);
    Ok(Value::NONE)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::list(Value::copies(&expect_list(interp, args, "copy")?.items.borrow())))
}

fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "count")?;
    let (mut count, mut start) = (0, 0);
    while let Some(index) = find(interp, list, &args[1], start, usize::MAX)? {
        count += 1;
        start = index + 1;
    }
    Ok(Value::int(count))
}

fn extend(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "extend")?;
    extend_list(interp, list, &args[1])?;
    Ok(Value::NONE)
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "index")?;
    let length = list.items.borrow().len();
    let (start, stop) = search_bounds(interp, &args[2], &args[3], length)?;
    match find(interp, list, &args[1], start, stop)? {
        Some(index) => Ok(Value::int(index as i64)),
        None => {
            let text = interp.repr(&args[1])?;
            Err(interp.value_error(&format!("{} is not in list", text.str_like().unwrap_or_default())))
        }
    }
}

fn insert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "insert")?;
    let index = interp.expect_int(&args[1])?;
    let mut items = list.items.borrow_mut();
    let length = items.len() as i64;
    let index = if index < 0 { index.saturating_add(length).max(0) } else { index.min(length) };
    items.insert(index as usize, args[2].clone());
    Ok(Value::NONE)
}

fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "pop")?;
    let index = interp.expect_int(&args[1])?;
    let mut items = list.items.borrow_mut();
    if index == -1
        && let Some(item) = items.pop()
    {
        return Ok(item);
    }
    match wrap_index(index, items.len()) {
        Some(index) => Ok(items.remove(index)),
        None if items.is_empty() => Err(interp.index_error("pop from empty list")),
        None => Err(interp.index_error("pop index out of range")),
    }
}

fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "remove")?;
    let Some(index) = find(interp, list, &args[1], 0, usize::MAX)? else {
        return Err(interp.value_error("list.remove(x): x not in list"));
    };
    let mut items = list.items.borrow_mut();
    // A comparison may have shortened the list meanwhile.
    let removed = if index < items.len() { items.remove(index) } else { Value::UNBOUND };
    drop(items);
    drop(removed);
    Ok(Value::NONE)
}

fn reverse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_list(interp, args, "reverse")?.items.borrow_mut().reverse();
    Ok(Value::NONE)
}
