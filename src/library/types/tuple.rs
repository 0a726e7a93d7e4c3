//! What scripts may ask of a tuple.

use super::generic_alias::class_getitem;
use super::receiver::wrong_receiver;
use crate::object::dict::{hash_of, same_key};
use crate::object::hash::combine_tuple;
use crate::object::interpreter::Comparison;
use crate::object::repr::{repr_guard, repr_items};
use crate::object::sequence::{
    Subscript, compare_tuples, repeat_count, repeat_items, search_bounds, subscript,
};
use crate::object::slice::wrap_index;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

pub static TUPLE: TypeSpec = TypeSpec {
    name: "tuple",
    signature: "(iterable=(), /)",
    doc: "Built-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    core: Some(CoreType::Tuple),
    subclassable: true,
    methods: &[
        native(
            "__new__",
            "iterable=(), /",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__add__", "value, /", add, "Return self+value."),
        native("__contains__", "key, /", contains, "Return bool(key in self)."),
        native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq, "__eq__"), "Return self==value."),
        native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
        native("__getitem__", "key, /", getitem, "Return self[key]."),
        native("__getnewargs__", "", getnewargs, "Arguments for a copy."),
        native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__iter__", "", iter, "Implement iter(self)."),
        native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le, "__le__"), "Return self<=value."),
        native("__len__", "", len, "Return len(self)."),
        native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
        native("__mul__", "value, /", |i, a| mul(i, a, "__mul__"), "Return self*value."),
        native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne, "__ne__"), "Return self!=value."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__rmul__", "value, /", |i, a| mul(i, a, "__rmul__"), "Return value*self."),
        native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
        native("count", "value, /", count, "Return number of occurrences of value."),
        native(
            "index",
            "value, start=?, stop=?, /",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
    ],
    ..TypeSpec::EMPTY
};

/// The items of the tuple that the method `method` is called on.
fn expect_tuple<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v [Value], Raised> {
    match args[0].tuple_like() {
        Some(items) => Ok(items),
        None => Err(wrong_receiver(interp, "tuple", method, &args[0])),
    }
}

/// The exact tuple behind a tuple or an instance of a subclass.
fn exact(value: &Value) -> Value {
    match value.as_instance().and_then(|instance| instance.payload()) {
        Some(payload) => payload.clone(),
        None => value.clone(),
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].as_tuple().is_some() {
        return Ok(args[1].clone());
    }
    Ok(Value::tuple(interp.collect(&args[1])?))
}

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = expect_tuple(interp, args, "__add__")?;
    let Some(right) = args[1].tuple_like() else {
        let name = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("can only concatenate tuple (not \"{name}\") to tuple")));
    };
    if right.is_empty() {
        return Ok(exact(&args[0]));
    }
    if left.is_empty() {
        return Ok(exact(&args[1]));
    }
    let mut items = Vec::with_capacity(left.len() + right.len());
    items.extend_from_slice(left);
    items.extend_from_slice(right);
    Ok(Value::tuple(items))
}

/// The index of the first item equal to `value` at or after `start` and before `stop`.
fn find(
    interp: &mut dyn Interpreter,
    items: &[Value],
    value: &Value,
    start: usize,
    stop: usize,
) -> Result<Option<usize>, Raised> {
    for (index, item) in items.iter().enumerate().take(stop).skip(start) {
        let same = match same_key(item, value) {
            Some(same) => same,
            None => interp.equals(item, value)?,
        };
        if same {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "__contains__")?;
    Ok(Value::bool(find(interp, items, &args[1], 0, usize::MAX)?.is_some()))
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison, method: &str) -> Completion {
    let left = expect_tuple(interp, args, method)?;
    let Some(right) = args[1].tuple_like() else { return Ok(Value::NOT_IMPLEMENTED) };
    compare_tuples(interp, op, left, right)
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "__getitem__")?;
    match subscript(interp, &args[1], "tuple")? {
        Subscript::Index(index) => match wrap_index(index, items.len()) {
            Some(index) => Ok(items[index].clone()),
            None => Err(interp.index_error("tuple index out of range")),
        },
        Subscript::Slice(bounds) => {
            let slice = bounds.on(items.len());
            if slice.length == items.len() && slice.step == 1 {
                return Ok(exact(&args[0]));
            }
            if slice.step == 1 {
                let start = slice.start as usize;
                return Ok(Value::tuple_from(&items[start..start + slice.length]));
            }
            Ok(Value::tuple(slice.iter().map(|index| items[index].clone()).collect()))
        }
    }
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_tuple(interp, args, "__getnewargs__")?;
    Ok(Value::tuple(vec![exact(&args[0])]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "__hash__")?;
    let mut hashes = Vec::with_capacity(items.len());
    for item in items {
        hashes.push(hash_of(interp, item)?);
    }
    Ok(Value::int(combine_tuple(hashes.into_iter())))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_tuple(interp, args, "__iter__")?;
    Ok(Value::sequence_iterator(exact(&args[0])))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_tuple(interp, args, "__len__")?.len() as i64))
}

fn mul(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    let items = expect_tuple(interp, args, method)?;
    match repeat_count(interp, &args[1])? {
        1 => Ok(exact(&args[0])),
        count => Ok(Value::tuple(repeat_items(interp, items, count)?)),
    }
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "__repr__")?;
    if items.is_empty() {
        return Ok(Value::str("()"));
    }
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("(...)")) };
    let close = if items.len() == 1 { ",)" } else { ")" };
    let text = repr_items(interp, "(", |index| items.get(index).cloned(), close)?;
    Ok(Value::str(&text))
}

fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "count")?;
    let (mut count, mut start) = (0, 0);
    while let Some(index) = find(interp, items, &args[1], start, usize::MAX)? {
        count += 1;
        start = index + 1;
    }
    Ok(Value::int(count))
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = expect_tuple(interp, args, "index")?;
    let (start, stop) = search_bounds(interp, &args[2], &args[3], items.len())?;
    match find(interp, items, &args[1], start, stop)? {
        Some(index) => Ok(Value::int(index as i64)),
        None => Err(interp.value_error("tuple.index(x): x not in tuple")),
    }
}
