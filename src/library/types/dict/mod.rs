//! What scripts may ask of a dict.

mod iterator;
mod views;

pub use iterator::{DictIterator, Part};
pub use views::{DictView, ITEMS, KEYS, VALUES};

use super::generic_alias::class_getitem;
use super::receiver::wrong_receiver;
use crate::object::dict::{DictObject, hash_of};
use crate::object::repr::{push_repr, repr_guard};
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

pub static DICT: TypeSpec = TypeSpec {
    name: "dict",
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    core: Some(CoreType::Dict),
    subclassable: true,
    unhashable: true,
    methods: &[
        native(
            "__new__",
            "*args, **kwargs",
            |_, _| Ok(Value::dict(DictObject::new())),
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new()
        .with_positional(|_, _| Ok(Value::dict(DictObject::new()))),
        native(
            "__init__",
            "*args, **kwargs",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        native(
            "__contains__",
            "key, /",
            contains,
            "True if the dictionary has the specified key, else False.",
        ),
        native("__delitem__", "key, /", delitem, "Delete self[key]."),
        native("__eq__", "value, /", |i, a| equal(i, a, "__eq__", true), "Return self==value."),
        native("__getitem__", "key, /", getitem, "Return self[key]."),
        native("__ior__", "value, /", ior, "Return self|=value."),
        native("__iter__", "", |i, a| iterator(i, a, "__iter__"), "Implement iter(self)."),
        native("__len__", "", len, "Return len(self)."),
        native("__ne__", "value, /", |i, a| equal(i, a, "__ne__", false), "Return self!=value."),
        native("__or__", "value, /", or, "Return self|value."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__reversed__", "", reversed, "Return a reverse iterator over the dict keys."),
        native("__ror__", "value, /", ror, "Return value|self."),
        native("__setitem__", "key, value, /", setitem, "Set self[key] to value."),
        native("__sizeof__", "", sizeof, "Return the size of the dict in memory, in bytes."),
        native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
        native("clear", "", clear, "Remove all items from the dict."),
        native("copy", "", copy, "Return a shallow copy of the dict."),
        native(
            "fromkeys",
            "iterable, value=None, /",
            fromkeys,
            "Create a new dictionary with keys from iterable and values set to value.",
        )
        .as_class(),
        native(
            "get",
            "key, default=None, /",
            get,
            "Return the value for key if key is in the dictionary, else default.",
        ),
        native(
            "items",
            "",
            |i, a| view(i, a, "items", Part::Item),
            "Return a set-like object providing a view on the dict's items.",
        ),
        native(
            "keys",
            "",
            |i, a| view(i, a, "keys", Part::Key),
            "Return a set-like object providing a view on the dict's keys.",
        ),
        native(
            "pop",
            "key, default=?, /",
            pop,
            "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        native(
            "popitem",
            "",
            popitem,
            "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
        ),
        native(
            "setdefault",
            "key, default=None, /",
            setdefault,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        native(
            "update",
            "*args, **kwargs",
            update,
            "D.update([E, ]**F) -> None.  Update D from dict/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E: D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
        ),
        native(
            "values",
            "",
            |i, a| view(i, a, "values", Part::Value),
            "Return an object providing a view on the dict's values.",
        ),
    ],
    ..TypeSpec::EMPTY
};

/// The dict that the method `method` is called on.
fn expect_dict<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v DictObject, Raised> {
    match args[0].dict_like() {
        Some(dict) => Ok(dict),
        None => Err(wrong_receiver(interp, "dict", method, &args[0])),
    }
}

/// The exact dict behind a dict or an instance of a subclass.
fn exact(value: &Value) -> Value {
    match value.as_instance().and_then(|instance| instance.payload()) {
        Some(payload) => payload.clone(),
        None => value.clone(),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__init__")?;
    update_common(interp, dict, args, "dict")
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__contains__")?;
    let hash = hash_of(interp, &args[1])?;
    Ok(Value::bool(dict.find(interp, hash, &args[1])?.is_some()))
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__delitem__")?;
    match dict.remove(interp, &args[1])? {
        Some(_) => Ok(Value::NONE),
        None => Err(interp.key_error(&args[1])),
    }
}

fn equal(interp: &mut dyn Interpreter, args: &[Value], method: &str, positive: bool) -> Completion {
    let left = expect_dict(interp, args, method)?;
    let Some(right) = args[1].dict_like() else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(equal_dicts(interp, left, right)? == positive))
}

fn equal_dicts(interp: &mut dyn Interpreter, left: &DictObject, right: &DictObject) -> Result<bool, Raised> {
    if left.len() != right.len() {
        return Ok(false);
    }
    let mut place = 0;
    while let Some((next, entry)) = left.entry_from(place) {
        place = next;
        match right.get_hashed(interp, entry.hash, &entry.key)? {
            Some(other) if interp.equals(&other, &entry.value)? => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__getitem__")?;
    if let Some(value) = dict.get(interp, &args[1])? {
        return Ok(value);
    }
    if args[0].as_dict().is_none()
        && let Some(value) = interp.call_special(&args[0], "__missing__", &args[1..2])?
    {
        return Ok(value);
    }
    Err(interp.key_error(&args[1]))
}

fn ior(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__ior__")?;
    update_dict(interp, dict, &args[1])?;
    Ok(args[0].clone())
}

fn iterator(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    expect_dict(interp, args, method)?;
    Ok(DictIterator::value(exact(&args[0]), Part::Key))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_dict(interp, args, "__len__")?.len() as i64))
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = expect_dict(interp, args, "__or__")?;
    if args[1].dict_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let united = left.copy();
    update_dict(interp, &united, &args[1])?;
    Ok(Value::dict(united))
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_dict(interp, args, "__ror__")?;
    let Some(left) = args[1].dict_like() else { return Ok(Value::NOT_IMPLEMENTED) };
    let united = left.copy();
    update_dict(interp, &united, &args[0])?;
    Ok(Value::dict(united))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__repr__")?;
    if dict.is_empty() {
        return Ok(Value::str("{}"));
    }
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("{...}")) };
    let mut text = String::from("{");
    let mut place = 0;
    while let Some((next, entry)) = dict.entry_from(place) {
        if text.len() > 1 {
            text.push_str(", ");
        }
        place = next;
        push_repr(interp, &mut text, &entry.key)?;
        text.push_str(": ");
        push_repr(interp, &mut text, &entry.value)?;
    }
    text.push('}');
    Ok(Value::str(&text))
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_dict(interp, args, "__reversed__")?;
    Ok(DictIterator::reversed(exact(&args[0]), Part::Key))
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "__setitem__")?;
    dict.set(interp, &args[1], args[2].clone())?;
    Ok(Value::NONE)
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = expect_dict(interp, args, "__sizeof__")?.len() as i64;
    Ok(Value::int(if length == 0 { 48 } else { 48 + 136 + (length - 5).max(0) * 40 }))
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_dict(interp, args, "clear")?.clear_entries();
    Ok(Value::NONE)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::dict(expect_dict(interp, args, "copy")?.copy()))
}

fn fromkeys(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, iterable, value) = (&args[0], &args[1], &args[2]);
    let target = if class.is(&interp.core(CoreType::Dict)) {
        Value::dict(DictObject::new())
    } else {
        interp.call(class, &[])?
    };
    if let Some(dict) = target.as_dict() {
        if let Some(source) = iterable.as_set() {
            for member in source.hashed_members() {
                dict.set_hashed(interp, member.hash, &member.key, value.clone())?;
            }
            return Ok(target);
        }
        let iterator = interp.iter(iterable)?;
        while let Some(key) = interp.next(&iterator)? {
            dict.set(interp, &key, value.clone())?;
        }
        return Ok(target);
    }
    let iterator = interp.iter(iterable)?;
    while let Some(key) = interp.next(&iterator)? {
        interp.set_item(&target, &key, value)?;
    }
    Ok(target)
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "get")?;
    Ok(dict.get(interp, &args[1])?.unwrap_or_else(|| args[2].clone()))
}

fn view(interp: &mut dyn Interpreter, args: &[Value], method: &str, part: Part) -> Completion {
    expect_dict(interp, args, method)?;
    Ok(Value::object(DictView { dict: args[0].clone(), part, is_ordered: false }))
}

fn pop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "pop")?;
    // An empty dict does not ask for the hash.
    let removed = if dict.is_empty() { None } else { dict.remove(interp, &args[1])? };
    match (removed, args[2].given()) {
        (Some((_, value)), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(interp.key_error(&args[1])),
    }
}

fn popitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match expect_dict(interp, args, "popitem")?.pop_last() {
        Some((key, value)) => Ok(Value::pair(key, value)),
        None => Err(interp.raise(CoreType::KeyError, "popitem(): dictionary is empty")),
    }
}

fn setdefault(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "setdefault")?;
    let hash = hash_of(interp, &args[1])?;
    if let Some(value) = dict.get_hashed(interp, hash, &args[1])? {
        return Ok(value);
    }
    dict.insert_new(hash, args[1].clone(), args[2].clone());
    Ok(args[2].clone())
}

fn update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = expect_dict(interp, args, "update")?;
    update_common(interp, dict, args, "update")
}

/// The arguments of `dict()` and `dict.update()`: `*args` and `**kwargs`.
fn update_common(interp: &mut dyn Interpreter, dict: &DictObject, args: &[Value], name: &str) -> Completion {
    match args[1].as_tuple().unwrap_or_default() {
        [] => {}
        [source] => update_dict(interp, dict, source)?,
        many => {
            let message = format!("{name} expected at most 1 argument, got {}", many.len());
            return Err(interp.type_error(&message));
        }
    }
    if let Some(keywords) = args[2].as_dict() {
        for entry in keywords.entries() {
            dict.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
        }
    }
    Ok(Value::NONE)
}

/// `dict.update(source)`.
pub fn update_dict(interp: &mut dyn Interpreter, dict: &DictObject, source: &Value) -> Result<(), Raised> {
    if let Some(other) = source.dict_like()
        && has_plain_iteration(interp, source)
    {
        if std::ptr::eq(dict, other) {
            return Ok(());
        }
        let length = other.len();
        let mut place = 0;
        while let Some((next, entry)) = other.entry_from(place) {
            place = next;
            dict.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
            if other.len() != length {
                return Err(interp.runtime_error("dict mutated during update"));
            }
        }
        return Ok(());
    }
    if let Some(keys) = interp.find_attr(source, &intern("keys"))? {
        let keys = interp.call(&keys, &[])?;
        if !crate::library::types::list::is_iterable(interp, &keys) {
            let (class, found) = (interp.type_name(source), interp.type_name(&keys));
            let message = format!("{class}.keys() returned a non-iterable (type {found})");
            return Err(interp.type_error(&message));
        }
        // All keys first: reading the values may change the mapping.
        for key in interp.collect(&keys)? {
            let value = interp.get_item(source, &key)?;
            dict.set(interp, &key, value)?;
        }
        return Ok(());
    }
    update_from_pairs(interp, dict, source)
}

/// Whether a dict is iterated as `dict` does it; subclasses that iterate otherwise are asked for
/// their keys.
fn has_plain_iteration(interp: &mut dyn Interpreter, source: &Value) -> bool {
    if source.as_dict().is_some() {
        return true;
    }
    let class = interp.class_of(source);
    let found = class.as_type().and_then(|class| class.lookup(&intern("__iter__")));
    found.is_some_and(|found| found.as_native().is_some())
}

fn update_from_pairs(interp: &mut dyn Interpreter, dict: &DictObject, source: &Value) -> Result<(), Raised> {
    let iterator = interp.iter(source)?;
    let mut index = 0;
    while let Some(item) = interp.next(&iterator)? {
        let pair = match interp.collect(&item) {
            Ok(pair) => pair,
            Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
                let message =
                    format!("cannot convert dictionary update sequence element #{index} to a sequence");
                return Err(interp.type_error(&message));
            }
            Err(raised) => return Err(raised),
        };
        let [key, value] = pair.as_slice() else {
            let length = pair.len();
            let message =
                format!("dictionary update sequence element #{index} has length {length}; 2 is required");
            return Err(interp.value_error(&message));
        };
        dict.set(interp, key, value.clone())?;
        index += 1;
    }
    Ok(())
}
