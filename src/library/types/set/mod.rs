//! What scripts may ask of a set or frozenset. The rows; [`algebra`] has the operations between
//! sets, in the order of steps that CPython takes, since it shows in the order of the members.

mod algebra;
mod iterator;

pub use algebra::{difference_update, symmetric_update, update};

use super::generic_alias::class_getitem;
use super::receiver::wrong_receiver;
use super::reduce::state_of;
use crate::object::convention::Convention;
use crate::object::interpreter::Comparison;
use crate::object::repr::{repr_guard, repr_items};
use crate::object::set::SetObject;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};
use algebra::{difference, intersection, is_subset, symmetric_difference};
use iterator::SetIterator;

macro_rules! set_spec {
    ($spec:ident, $core:ident, $frozen:literal, $doc:literal, { $($extra:tt)* }) => {
        pub static $spec: TypeSpec = TypeSpec {
            name: if $frozen { "frozenset" } else { "set" },
            doc: $doc,
            signature: "(iterable=(), /)",
            core: Some(CoreType::$core),
            subclassable: true,
            unhashable: !$frozen,
            methods: &[
                $($extra)*
                native("__and__", "value, /", |i, a| operate::<$frozen>(i, a, intersection), "Return self&value."),
                native("__contains__", "object, /", contains::<$frozen>, "x.__contains__(y) <==> y in x."),
                native("__eq__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Eq, "__eq__"), "Return self==value."),
                native("__ge__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
                native("__gt__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
                native("__iter__", "", iter::<$frozen>, "Implement iter(self)."),
                native("__le__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Le, "__le__"), "Return self<=value."),
                native("__len__", "", len::<$frozen>, "Return len(self)."),
                native("__lt__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
                native("__ne__", "value, /", |i, a| compare::<$frozen>(i, a, Comparison::Ne, "__ne__"), "Return self!=value."),
                native("__or__", "value, /", |i, a| operate::<$frozen>(i, a, algebra::union), "Return self|value."),
                native("__rand__", "value, /", |i, a| reflect::<$frozen>(i, a, intersection), "Return value&self."),
                native("__reduce__", "", reduce::<$frozen>, "Return state information for pickling."),
                native("__repr__", "", repr::<$frozen>, "Return repr(self)."),
                native("__ror__", "value, /", |i, a| reflect::<$frozen>(i, a, algebra::union), "Return value|self."),
                native("__rsub__", "value, /", |i, a| reflect::<$frozen>(i, a, difference), "Return value-self."),
                native("__rxor__", "value, /", |i, a| reflect::<$frozen>(i, a, symmetric_difference), "Return value^self."),
                native("__sizeof__", "", sizeof::<$frozen>, "S.__sizeof__() -> size of S in memory, in bytes."),
                native("__sub__", "value, /", |i, a| operate::<$frozen>(i, a, difference), "Return self-value."),
                native("__xor__", "value, /", |i, a| operate::<$frozen>(i, a, symmetric_difference), "Return self^value."),
                native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
                native("copy", "", copy::<$frozen>, "Return a shallow copy of a set."),
                native("difference", "*others", difference_::<$frozen>, "Return a new set with elements in the set that are not in the others."),
                native("intersection", "*others", intersection_::<$frozen>, "Return a new set with elements common to the set and all others."),
                native("isdisjoint", "other, /", isdisjoint::<$frozen>, "Return True if two sets have a null intersection."),
                native("issubset", "other, /", issubset::<$frozen>, "Report whether another set contains this set."),
                native("issuperset", "other, /", issuperset::<$frozen>, "Report whether this set contains another set."),
                native("symmetric_difference", "other, /", symmetric_difference_::<$frozen>, "Return a new set with elements in either the set or other but not both."),
                native("union", "*others", union::<$frozen>, "Return a new set with elements from the set and all others."),
            ],
            ..TypeSpec::EMPTY
        };
    };
}

set_spec!(SET, Set, false, "Build an unordered collection of unique elements.", {
    native("__new__", "*args, **kwargs", |_, _| Ok(Value::set(SetObject::new(false))), "A new empty set.").as_new().with_positional(|_, _| Ok(Value::set(SetObject::new(false)))),
    native("__init__", "iterable=(), /", init, "Initialize self.  See help(type(self)) for accurate signature.")
        .bound_by(Convention::UnpackOfClass),
    native("__iand__", "value, /", iand, "Return self&=value."),
    native("__ior__", "value, /", ior, "Return self|=value."),
    native("__isub__", "value, /", isub, "Return self-=value."),
    native("__ixor__", "value, /", ixor, "Return self^=value."),
    native("add", "object, /", add, "Add an element to a set.\n\nThis has no effect if the element is already present."),
    native("clear", "", clear, "Remove all elements from this set."),
    native("difference_update", "*others", difference_update_, "Update the set, removing elements found in others."),
    native("discard", "object, /", discard, "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set."),
    native("intersection_update", "*others", intersection_update, "Update the set, keeping only elements found in it and all others."),
    native("pop", "", pop, "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty."),
    native("remove", "object, /", remove, "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError."),
    native("symmetric_difference_update", "other, /", symmetric_difference_update, "Update the set, keeping only elements found in either set, but not in both."),
    native("update", "*others", update_, "Update the set, adding elements from all others."),
});

set_spec!(FROZENSET, FrozenSet, true, "Build an immutable unordered collection of unique elements.", {
    native("__new__", "iterable=(), /", new_frozen, "A frozenset of the items of `iterable`.").as_new().bound_by(Convention::UnpackOfClass),
    native("__hash__", "", hash, "Return hash(self)."),
});

/// The set that the method `method` is called on.
fn expect_set<'v, const FROZEN: bool>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v SetObject, Raised> {
    match args[0].set_like() {
        Some(set) if set.is_frozen == FROZEN => Ok(set),
        _ => {
            let class = if FROZEN { "frozenset" } else { "set" };
            Err(wrong_receiver(interp, class, method, &args[0]))
        }
    }
}

fn new_frozen(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].as_set().is_some_and(|set| set.is_frozen) {
        return Ok(args[1].clone());
    }
    let set = SetObject::new(true);
    update(interp, &set, &args[1])?;
    Ok(Value::set(set))
}

/// An operation that makes a new set of a set and something iterable.
type Operation = fn(&mut dyn Interpreter, &SetObject, &Value) -> Result<SetObject, Raised>;

/// `self op value`: both must be sets.
fn operate<const FROZEN: bool>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    operation: Operation,
) -> Completion {
    let set = match args[0].set_like() {
        Some(set) if args[1].set_like().is_some() => set,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::set(operation(interp, set, &args[1])?))
}

/// `value op self`.
fn reflect<const FROZEN: bool>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    operation: Operation,
) -> Completion {
    let set = match args[1].set_like() {
        Some(set) if args[0].set_like().is_some() => set,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::set(operation(interp, set, &args[0])?))
}

/// What to look for in place of a set that is looked up as a member: an equal frozenset.
fn frozen_key(interp: &mut dyn Interpreter, key: &Value) -> Result<Option<Value>, Raised> {
    match key.set_like() {
        Some(set) if !set.is_frozen && !crate::object::sequence::has_method(interp, key, "__hash__") => {
            let frozen = SetObject::new(true);
            frozen.merge(interp, set)?;
            Ok(Some(Value::set(frozen)))
        }
        _ => Ok(None),
    }
}

fn contains<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "__contains__")?;
    let key = frozen_key(interp, &args[1])?;
    Ok(Value::bool(set.contains(interp, key.as_ref().unwrap_or(&args[1]))?))
}

fn compare<const FROZEN: bool>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    op: Comparison,
    method: &str,
) -> Completion {
    let left = expect_set::<FROZEN>(interp, args, method)?;
    let Some(right) = args[1].set_like() else { return Ok(Value::NOT_IMPLEMENTED) };
    let holds = match op {
        Comparison::Eq => left.len() == right.len() && is_subset(interp, left, right)?,
        Comparison::Ne => left.len() != right.len() || !is_subset(interp, left, right)?,
        Comparison::Lt => left.len() < right.len() && is_subset(interp, left, right)?,
        Comparison::Le => is_subset(interp, left, right)?,
        Comparison::Gt => left.len() > right.len() && is_subset(interp, right, left)?,
        Comparison::Ge => is_subset(interp, right, left)?,
    };
    Ok(Value::bool(holds))
}

fn iter<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_set::<FROZEN>(interp, args, "__iter__")?;
    let set = match args[0].as_instance().and_then(|instance| instance.payload()) {
        Some(payload) => payload.clone(),
        None => args[0].clone(),
    };
    Ok(SetIterator::value(set))
}

fn len<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_set::<FROZEN>(interp, args, "__len__")?.len() as i64))
}

fn reduce<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let members = Value::list(expect_set::<FROZEN>(interp, args, "__reduce__")?.members());
    let class = interp.class_of(&args[0]);
    let state = state_of(interp, &args[0])?;
    Ok(Value::tuple(vec![class, Value::tuple(vec![members]), state]))
}

fn repr<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "__repr__")?;
    let name = interp.type_name(&args[0]);
    if set.is_empty() {
        return Ok(Value::str(&format!("{name}()")));
    }
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str(&format!("{name}(...)"))) };
    let members = set.members();
    let is_plain = !FROZEN && args[0].as_set().is_some();
    let (open, close) = if is_plain { ("{".to_owned(), "}") } else { (format!("{name}({{"), "})") };
    let text = repr_items(interp, &open, |index| members.get(index).cloned(), close)?;
    Ok(Value::str(&text))
}

fn sizeof<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = expect_set::<FROZEN>(interp, args, "__sizeof__")?.len() as i64;
    Ok(Value::int(200 + if length < 5 { 0 } else { 16 * (length * 4).max(32) }))
}

fn copy<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "copy")?;
    if FROZEN && args[0].as_set().is_some() {
        return Ok(args[0].clone());
    }
    Ok(Value::set(algebra::copy(interp, set)?))
}

/// The items of `*others`.
fn others(args: &[Value]) -> &[Value] {
    args[1].as_tuple().unwrap_or_default()
}

fn difference_<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "difference")?;
    let Some((first, rest)) = others(args).split_first() else {
        return Ok(Value::set(algebra::copy(interp, set)?));
    };
    let result = difference(interp, set, first)?;
    for other in rest {
        difference_update(interp, &result, other)?;
    }
    Ok(Value::set(result))
}

fn intersection_<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "intersection")?;
    Ok(Value::set(algebra::intersection_of_all(interp, set, others(args))?))
}

fn isdisjoint<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "isdisjoint")?;
    Ok(Value::bool(algebra::is_disjoint(interp, set, &args[1])?))
}

fn issubset<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "issubset")?;
    if let Some(other) = args[1].set_like() {
        return Ok(Value::bool(is_subset(interp, set, other)?));
    }
    // As CPython: how many of the items are members.
    let found = intersection(interp, set, &args[1])?;
    Ok(Value::bool(found.len() == set.len()))
}

fn issuperset<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "issuperset")?;
    if let Some(other) = args[1].set_like() {
        return Ok(Value::bool(is_subset(interp, other, set)?));
    }
    let iterator = interp.iter(&args[1])?;
    while let Some(item) = interp.next(&iterator)? {
        if !set.contains(interp, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn symmetric_difference_<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "symmetric_difference")?;
    Ok(Value::set(symmetric_difference(interp, set, &args[1])?))
}

fn union<const FROZEN: bool>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<FROZEN>(interp, args, "union")?;
    let result = algebra::copy(interp, set)?;
    for other in others(args) {
        if !other.is(&args[0]) {
            update(interp, &result, other)?;
        }
    }
    Ok(Value::set(result))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<true>(interp, args, "__hash__")?;
    if set.hash.get() == 0 {
        set.hash.set(set.members_hash());
    }
    Ok(Value::int(set.hash.get()))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "__init__")?;
    if !set.is_empty() {
        set.clear_members();
    }
    update(interp, set, &args[1])?;
    Ok(Value::NONE)
}

fn iand(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "__iand__")?;
    if args[1].set_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = intersection(interp, set, &args[1])?;
    set.swap(&result);
    Ok(args[0].clone())
}

fn ior(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "__ior__")?;
    if args[1].set_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    update(interp, set, &args[1])?;
    Ok(args[0].clone())
}

fn isub(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "__isub__")?;
    if args[1].set_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    difference_update(interp, set, &args[1])?;
    Ok(args[0].clone())
}

fn ixor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "__ixor__")?;
    if args[1].set_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    symmetric_update(interp, set, &args[1])?;
    Ok(args[0].clone())
}

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_set::<false>(interp, args, "add")?.add(interp, &args[1])?;
    Ok(Value::NONE)
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_set::<false>(interp, args, "clear")?.clear_members();
    Ok(Value::NONE)
}

fn difference_update_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "difference_update")?;
    for other in others(args) {
        difference_update(interp, set, other)?;
    }
    Ok(Value::NONE)
}

fn discard(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "discard")?;
    let key = frozen_key(interp, &args[1])?;
    set.remove(interp, key.as_ref().unwrap_or(&args[1]))?;
    Ok(Value::NONE)
}

fn intersection_update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "intersection_update")?;
    let result = algebra::intersection_of_all(interp, set, others(args))?;
    set.swap(&result);
    Ok(Value::NONE)
}

fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match expect_set::<false>(interp, args, "pop")?.pop() {
        Some(member) => Ok(member),
        None => Err(interp.raise(CoreType::KeyError, "pop from an empty set")),
    }
}

fn remove(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "remove")?;
    let key = frozen_key(interp, &args[1])?;
    if set.remove(interp, key.as_ref().unwrap_or(&args[1]))? {
        Ok(Value::NONE)
    } else {
        Err(interp.key_error(&args[1]))
    }
}

fn symmetric_difference_update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "symmetric_difference_update")?;
    symmetric_update(interp, set, &args[1])?;
    Ok(Value::NONE)
}

fn update_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let set = expect_set::<false>(interp, args, "update")?;
    for other in others(args) {
        update(interp, set, other)?;
    }
    Ok(Value::NONE)
}
