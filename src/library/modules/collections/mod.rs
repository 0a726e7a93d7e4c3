//! The module `collections`: `deque` and what makes the others fast; the rest is
//! `scripts/collections.apy`.

pub mod abc;
mod deque;
mod deque_iterator;
mod named_tuple;

use crate::library::types::dict::{DictView, Part};
use crate::object::dict::{DictObject, hash_of};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Op, Value};

pub static COLLECTIONS: ModuleSpec = ModuleSpec {
    name: "collections",
    doc: "This module implements specialized container datatypes providing\nalternatives to Python's general purpose built-in containers, dict,\nlist, set, and tuple.",
    functions: FUNCTIONS,
    types: &[&deque::DEQUE, &deque_iterator::ITERATOR, &deque_iterator::REVERSE_ITERATOR],
    script: script!("collections.apy"),
    ..ModuleSpec::EMPTY
};

/// UserDict, UserList and UserString: loaded when first asked for.
pub static COLLECTIONS_USER: ModuleSpec = ModuleSpec {
    name: "_collections_user",
    doc: "Containers to inherit from.",
    script: script!("collections_user.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_caller_module", "depth, /", caller_module, "The name of the module that called."),
    native(
        "_count_elements",
        "mapping, iterable, /",
        count_elements,
        "Count elements in the iterable, updating the mapping",
    ),
    native("_move_to_end", "dict, key, last, /", move_to_end, "Move a key to the end or the beginning."),
    native(
        "_new_named_tuple",
        "typename, fields, defaults, /",
        named_tuple::new_named_tuple,
        "The __new__ of a named tuple.",
    ),
    native("_ordered_view", "dict, part, /", ordered_view, "The keys, values or items of an OrderedDict."),
    native("_tuplegetter", "index, doc, /", named_tuple::tuple_getter, "The descriptor of a field."),
];

/// The `__name__` among the globals of the code `depth` calls further out.
fn caller_module(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let depth = interp.expect_int(&args[0])?.max(0) as usize;
    let places = interp.stack(depth + 1);
    let globals = places.get(depth).and_then(|place| place.code.as_code().map(|code| code.globals.clone()));
    let name = globals.and_then(|globals| globals.dict_like()?.get_str("__name__"));
    Ok(name.unwrap_or(Value::NONE))
}

fn count_elements(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[1])?;
    // A mapping whose `get` or `__setitem__` are its own is asked through these.
    let plain = args[0].dict_like().filter(|_| {
        ["get", "__setitem__"].into_iter().all(|name| {
            let class = interp.class_of(&args[0]);
            let found = class.as_type().and_then(|class| class.lookup(&crate::object::string::intern(name)));
            found.is_some_and(|found| found.as_native().is_some())
        })
    });
    while let Some(item) = interp.next(&iterator)? {
        let Some(dict) = plain else {
            let old = interp.call_method(&args[0], "get", &[item.clone(), Value::int(0)])?;
            let new = interp.binary(Op::Add, &old, &Value::int(1))?;
            interp.set_item(&args[0], &item, &new)?;
            continue;
        };
        let hash = hash_of(interp, &item)?;
        let old = dict.get_hashed(interp, hash, &item)?.unwrap_or(Value::int(0));
        let new = match old.as_int().and_then(|count| count.checked_add(1)) {
            Some(count) => Value::int(count),
            None => interp.binary(Op::Add, &old, &Value::int(1))?,
        };
        dict.set_hashed(interp, hash, &item, new)?;
    }
    Ok(Value::NONE)
}

fn ordered_view(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].dict_like().is_none() {
        return Err(interp.type_error("a dict is needed"));
    }
    let part = match interp.expect_int(&args[1])? {
        0 => Part::Key,
        1 => Part::Value,
        _ => Part::Item,
    };
    Ok(Value::object(DictView { dict: args[0].clone(), part, is_ordered: true }))
}

fn move_to_end(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(dict) = args[0].dict_like() else { return Err(interp.type_error("a dict is needed")) };
    let is_last = interp.truth(&args[2])?;
    let hash = hash_of(interp, &args[1])?;
    let Some((key, value)) = dict.remove_hashed(interp, hash, &args[1])? else {
        return Err(interp.key_error(&args[1]));
    };
    if is_last {
        dict.set_hashed(interp, hash, &key, value)?;
        return Ok(Value::NONE);
    }
    let reordered = DictObject::new();
    reordered.set_hashed(interp, hash, &key, value)?;
    for entry in dict.entries() {
        reordered.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
    }
    dict.take_entries_of(&reordered);
    Ok(Value::NONE)
}
