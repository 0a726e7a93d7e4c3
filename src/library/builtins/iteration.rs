//! Builtin functions about iterating: `all`, `any`, `iter`, `len`, `next`, `sorted`.

use crate::library::types::adapters::CallableIterator;
use crate::library::types::list::sort_values;
use crate::object::convention::Convention;
use crate::object::sequence::has_method;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Resume, Resumed, Tag, Value};

pub static FUNCTIONS: &[NativeRow] = &[
    native(
        "all",
        "iterable, /",
        all,
        "Return True if bool(x) is True for all values x in the iterable.\n\nIf the iterable is empty, return True.",
    ),
    native(
        "any",
        "iterable, /",
        any,
        "Return True if bool(x) is True for any x in the iterable.\n\nIf the iterable is empty, return False.",
    ),
    native(
        "iter",
        "object, sentinel=?, /",
        iter,
        "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nGet an iterator from an object.\nIn the first form, the argument must supply its own iterator, or be a sequence.\nIn the second form, the callable is called until it returns the sentinel.",
    ),
    native("len", "obj, /", len, "Return the number of items in a container."),
    native(
        "next",
        "iterator, default=?, /",
        next,
        "next(iterator[, default])\n\nReturn the next item from the iterator.\nIf default is given and the iterator is exhausted,\nit is returned instead of raising StopIteration.",
    )
    .as_step(),
    native(
        "sorted",
        "*args, key=None, reverse=False, **kwargs",
        sorted,
        "Return a new list containing all items from the iterable in ascending order.\n\nA custom key function can be supplied to customize the sort order, and the\nreverse flag can be set to request the result in descending order.",
    )
    .bound_by(Convention::Own(wrong_sorted)),
];

/// Whether one item's truth is `wanted`.
fn search(interp: &mut dyn Interpreter, iterable: &Value, wanted: bool) -> Result<bool, Raised> {
    let iterator = interp.iter(iterable)?;
    let mut seen = 0u32;
    while let Some(item) = interp.next(&iterator)? {
        if interp.truth(&item)? == wanted {
            return Ok(true);
        }
        seen += 1;
        if seen.is_multiple_of(4096) {
            interp.poll()?;
        }
    }
    Ok(false)
}

fn all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(!search(interp, &args[0], false)?))
}

fn any(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(search(interp, &args[0], true)?))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(sentinel) = args[1].given() else { return interp.iter(&args[0]) };
    let is_callable = match args[0].tag() {
        Tag::Function | Tag::Native | Tag::Method | Tag::Type => true,
        _ => has_method(interp, &args[0], "__call__"),
    };
    if !is_callable {
        return Err(interp.type_error("iter(v, w): v must be callable"));
    }
    Ok(CallableIterator::value(args[0].clone(), sentinel.clone()))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(interp.length(&args[0])? as i64))
}

fn next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let outcome = match args[0].tag() {
        // `Interpreter::next` says only that there is no item; here scripts see what a
        // generator returned, and what a `__next__` of theirs raised.
        Tag::Generator if is_plain_generator(interp, &args[0]) => {
            match interp.resume(&args[0], Resume::Send(Value::NONE)) {
                Ok(Resumed::Yielded(item)) => Ok(Some(item)),
                Ok(Resumed::Returned(value)) if args[1].is_unbound() && !value.is_none() => {
                    Err(interp.raise_args(CoreType::StopIteration, &[value]))
                }
                Ok(Resumed::Returned(_)) => Ok(None),
                Err(raised) => Err(raised),
            }
        }
        _ if has_own_next(&args[0]) => match interp.call_special(&args[0], "__next__", &[]) {
            Ok(Some(item)) => Ok(Some(item)),
            Ok(None) => {
                let name = interp.type_name(&args[0]);
                return Err(interp.type_error(&format!("'{name}' object is not an iterator")));
            }
            Err(raised) => Err(raised),
        },
        _ => interp.next(&args[0]),
    };
    match (outcome, args[1].given()) {
        (Ok(Some(item)), _) => Ok(item),
        (Ok(None), Some(default)) => Ok(default.clone()),
        (Ok(None), None) => Err(interp.raise_args(CoreType::StopIteration, &[])),
        (Err(raised), Some(default)) if interp.raised_is(&raised, CoreType::StopIteration) => {
            Ok(default.clone())
        }
        (Err(raised), _) => Err(raised),
    }
}

/// Whether `next()` of it means calling its `__next__`, whose StopIteration may carry a value.
fn has_own_next(value: &Value) -> bool {
    match value.tag() {
        Tag::Instance => true,
        Tag::Object => value.as_object().is_some_and(|object| !object.spec().native_next),
        _ => false,
    }
}

/// Whether it is a generator, not a coroutine or async generator, which are no iterators.
fn is_plain_generator(interp: &mut dyn Interpreter, value: &Value) -> bool {
    let class = interp.class_of(value);
    class.is(&interp.core(CoreType::Generator))
}

/// `sorted` takes one argument and hands the rest to `list.sort`.
fn wrong_sorted(given: usize, keywords: &[&str]) -> Option<String> {
    if given != 1 {
        return Some(format!("sorted expected 1 argument, got {given}"));
    }
    Some(if keywords.len() > 2 {
        format!("sort() takes at most 2 keyword arguments ({} given)", keywords.len())
    } else {
        let unknown = keywords.iter().find(|name| !matches!(**name, "key" | "reverse"))?;
        let hint = crate::object::suggestions::closest(unknown, &["key", "reverse"]);
        let hint = hint.map_or_else(String::new, |name| format!(". Did you mean '{name}'?"));
        format!("sort() got an unexpected keyword argument '{unknown}'{hint}")
    })
}

fn sorted(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [key, reverse, positional, others] = args else { return Ok(Value::NONE) };
    let iterable = match positional.as_tuple().unwrap_or_default() {
        [iterable] => iterable,
        many => {
            let message = format!("sorted expected 1 argument, got {}", many.len());
            return Err(interp.type_error(&message));
        }
    };
    let mut items = interp.collect(iterable)?;
    if let Some(name) = others.as_dict().and_then(|others| others.keys().into_iter().next()) {
        // The keywords are those of `list.sort`, which complains of others.
        let name = name.as_str().unwrap_or_default();
        return Err(interp.type_error(&format!("sort() got an unexpected keyword argument '{name}'")));
    }
    let is_reversed = interp.truth(reverse)?;
    sort_values(interp, &mut items, key.given_some(), is_reversed)?;
    Ok(Value::list(items))
}
