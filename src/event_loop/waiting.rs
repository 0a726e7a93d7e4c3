//! Driving awaitables of every kind from Rust: what `await` does in script code.

use super::future;
use crate::bytecode::Flavor;
use crate::object::native_object::Awaited;
use crate::object::sequence::has_method;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Resume, Resumed, Tag, Value};

/// The native object that is, or is inside of, an awaitable written in Rust.
fn native(value: &Value) -> Option<&dyn NativeObject> {
    match value.tag() {
        Tag::Instance => value.as_instance()?.payload_ref()?.as_awaitable(),
        _ => value.as_awaitable(),
    }
}

/// Whether `value` is a coroutine object: what `asyncio.iscoroutine` says.
pub fn is_coroutine(interp: &mut dyn Interpreter, value: &Value) -> bool {
    if let Some(generator) = value.as_generator() {
        return generator.head().flavor == Flavor::Coroutine;
    }
    match value.as_object() {
        Some(object) if object.as_coroutine().is_some() => return true,
        Some(_) => {}
        None if value.tag() == Tag::Instance => {}
        None => return false,
    }
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| {
        ["__await__", "send", "throw", "close"].iter().all(|name| class.lookup(&intern(name)).is_some())
    })
}

/// Whether calling `value` makes a coroutine: what `asyncio.iscoroutinefunction` says.
pub fn is_coroutine_function(interp: &mut dyn Interpreter, value: &Value) -> Result<bool, Raised> {
    let function = match value.as_method() {
        Some(method) => method.function.clone(),
        None => value.clone(),
    };
    if let Some(code) = function.as_function().and_then(|function| function.code.as_code())
        && code.code.flavor == Flavor::Coroutine
    {
        return Ok(true);
    }
    if let Some(native) = function.as_native() {
        return Ok(native.row.is_async);
    }
    if is_marked_coroutine_function(interp, &function)? {
        return Ok(true);
    }
    // What passes for one, as mocks do, has a mark.
    if let Some(mark) = interp.find_attr(value, &intern("_is_coroutine"))?
        && !mark.is_none()
    {
        let coroutines = interp.import("asyncio.coroutines")?;
        return Ok(mark.is(&interp.attribute(&coroutines, "_is_coroutine")?));
    }
    // `functools.partial` and the like say what they call.
    match interp.find_attr(value, &intern("func"))? {
        Some(inner) if value.tag() != Tag::Instance && !inner.is(value) => {
            is_coroutine_function(interp, &inner)
        }
        _ => Ok(false),
    }
}

/// Whether `inspect.markcoroutinefunction` was called with it.
fn is_marked_coroutine_function(interp: &mut dyn Interpreter, value: &Value) -> Result<bool, Raised> {
    let inspect = interp.modules().dict_like().and_then(|modules| modules.get_str("inspect"));
    let Some(inspect) = inspect.filter(|inspect| inspect.as_module().is_some()) else { return Ok(false) };
    let name = intern("_is_coroutine_mark");
    let Some(mark) = interp.find_attr(&inspect, &name)? else { return Ok(false) };
    Ok(interp.find_attr(value, &name)?.is_some_and(|found| found.is(&mark)))
}

/// Whether `value` can be awaited: what `inspect.isawaitable` says.
pub fn is_awaitable(interp: &mut dyn Interpreter, value: &Value) -> bool {
    if is_coroutine(interp, value) || native(value).is_some() || is_iterable_coroutine(value) {
        return true;
    }
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| class.lookup(&intern("__await__")).is_some())
}

/// Whether it is a generator of a function that `types.coroutine` has marked.
fn is_iterable_coroutine(value: &Value) -> bool {
    value.as_generator().is_some_and(|generator| generator.head().is_iterable_coroutine.get())
}

/// What must be polled to await `value`: itself, or the iterator of its `__await__`.
pub fn awaitable(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    if native(value).is_some() {
        return Ok(value.clone());
    }
    if let Some(generator) = value.as_generator()
        && (generator.head().flavor == Flavor::Coroutine || is_iterable_coroutine(value))
    {
        return Ok(value.clone());
    }
    match interp.call_special(value, "__await__", &[])? {
        Some(iterator) if native(&iterator).is_some() || has_method(interp, &iterator, "__next__") => {
            Ok(iterator)
        }
        Some(other) => {
            let name = interp.type_name(&other);
            Err(interp.type_error(&format!("__await__() returned non-iterator of type '{name}'")))
        }
        None => {
            let name = interp.type_name(value);
            Err(interp.type_error(&format!("object {name} can't be used in 'await' expression")))
        }
    }
}

/// Go on with what `awaitable` gave.
#[inline]
pub fn poll(interp: &mut dyn Interpreter, target: &Value, sent: &Value) -> Result<Awaited, Raised> {
    if target.tag() == Tag::Generator {
        return resumed(interp.resume(target, Resume::Send(sent.clone())));
    }
    if let Some(object) = native(target) {
        return object.poll_await(target, sent, interp);
    }
    let result = if sent.is_none() {
        let next = interp.call_special(target, "__next__", &[]);
        match next {
            Ok(Some(value)) => Ok(value),
            Ok(None) => interp.call_method(target, "send", std::slice::from_ref(sent)),
            Err(raised) => Err(raised),
        }
    } else {
        interp.call_method(target, "send", std::slice::from_ref(sent))
    };
    stopped(interp, result)
}

/// Raise `exception` where what `awaitable` gave waits.
pub fn throw(interp: &mut dyn Interpreter, target: &Value, exception: Raised) -> Result<Awaited, Raised> {
    if target.tag() == Tag::Generator {
        return resumed(interp.resume(target, Resume::Throw(exception)));
    }
    if let Some(object) = native(target) {
        return object.throw_await(target, exception, interp);
    }
    match interp.find_attr(target, &intern("throw"))? {
        None => Err(exception),
        Some(method) => {
            let result = interp.call(&method, &[exception.into_value()]);
            stopped(interp, result)
        }
    }
}

/// Close what `awaitable` gave, or a coroutine.
pub fn close(interp: &mut dyn Interpreter, target: &Value) -> Result<(), Raised> {
    if target.is_unbound() || future::core(target).is_some() {
        return Ok(());
    }
    if let Some(method) = interp.find_attr(target, &intern("close"))? {
        interp.call(&method, &[])?;
    }
    Ok(())
}

fn resumed(result: Result<Resumed, Raised>) -> Result<Awaited, Raised> {
    match result? {
        Resumed::Yielded(value) => Ok(Awaited::Pending(value)),
        Resumed::Returned(value) => Ok(Awaited::Ready(value)),
    }
}

/// The outcome of an iterator's `__next__`, `send` or `throw`.
fn stopped(interp: &mut dyn Interpreter, result: Completion) -> Result<Awaited, Raised> {
    match result {
        Ok(value) => Ok(Awaited::Pending(value)),
        Err(raised) if interp.raised_is(&raised, CoreType::StopIteration) => {
            interp.attribute(&raised.into_value(), "value").map(Awaited::Ready)
        }
        Err(raised) => Err(raised),
    }
}

/// One step of a task's coroutine: go on with None, or with an exception raised where it waits.
#[inline(always)]
pub fn step(
    interp: &mut dyn Interpreter,
    coroutine: &Value,
    thrown: Option<Raised>,
) -> Result<Awaited, Raised> {
    if coroutine.tag() == Tag::Generator && thrown.is_none() {
        return resumed(interp.resume(coroutine, Resume::Send(Value::NONE)));
    }
    step_unusual(interp, coroutine, thrown)
}

/// A step of a coroutine that is not the VM's, or by an exception.
#[inline(never)]
fn step_unusual(
    interp: &mut dyn Interpreter,
    coroutine: &Value,
    thrown: Option<Raised>,
) -> Result<Awaited, Raised> {
    if coroutine.tag() == Tag::Generator || native(coroutine).is_some() {
        return match thrown {
            None => poll(interp, coroutine, &Value::NONE),
            Some(exception) => throw(interp, coroutine, exception),
        };
    }
    let result = match thrown {
        None => interp.call_method(coroutine, "send", &[Value::NONE]),
        Some(exception) => interp.call_method(coroutine, "throw", &[exception.into_value()]),
    };
    stopped(interp, result)
}
