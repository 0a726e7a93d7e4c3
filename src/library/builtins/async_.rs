//! `aiter` and `anext`.

use crate::event_loop::coroutine::{Machine, Step, coroutine, suspended};
use crate::library::types::async_generator;
use crate::object::spec::{Begun, NativeRow, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// The builtins for asynchronous iteration.
pub static FUNCTIONS: [NativeRow; 2] = [
    native("aiter", "async_iterable, /", aiter, "The asynchronous iterator of an object."),
    native("anext", "async_iterator, default=?, /", anext, "An awaitable of the next item.")
        .begun_by(begin_anext),
];

fn has(interp: &mut dyn Interpreter, value: &Value, name: &str) -> bool {
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| class.lookup(&intern(name)).is_some())
}

fn aiter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = interp.call_special(&args[0], "__aiter__", &[])? else {
        let name = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("'{name}' object is not an async iterable")));
    };
    if !has(interp, &iterator, "__anext__") {
        let name = interp.type_name(&iterator);
        return Err(interp.type_error(&format!("aiter() returned not an async iterator of type '{name}'")));
    }
    Ok(iterator)
}

fn anext(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(awaitable) = interp.call_special(&args[0], "__anext__", &[])? else {
        let name = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("'{name}' object is not an async iterator")));
    };
    match args[1].given() {
        None => Ok(awaitable),
        Some(default) => {
            Ok(coroutine(NextOrDefault { awaitable, default: default.clone(), is_waiting: false }))
        }
    }
}

fn begin_anext(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    match async_generator::begin_next(interp, &args[0], args[1].given()) {
        Some(begun) => begun,
        None => anext(interp, args).map(Begun::Made),
    }
}

/// What `anext(iterator, default)` waits with, for `awaitable`, which has begun.
pub fn next_or_default(awaitable: Value, default: &Value) -> Value {
    let default = default.clone();
    suspended(NextOrDefault { awaitable: awaitable.clone(), default, is_waiting: true }, awaitable)
}

/// `anext(iterator, default)`.
struct NextOrDefault {
    awaitable: Value,
    default: Value,
    is_waiting: bool,
}

impl Machine for NextOrDefault {
    fn qualname(&self) -> &'static str {
        "anext"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        if !std::mem::replace(&mut self.is_waiting, true) {
            input?;
            return Ok(Step::Await(self.awaitable.clone()));
        }
        match input {
            Ok(item) => Ok(Step::Done(item)),
            Err(raised) if interp.raised_is(&raised, CoreType::StopAsyncIteration) => {
                Ok(Step::Done(self.default.clone()))
            }
            Err(raised) => Err(raised),
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.awaitable);
        visit(&self.default);
    }
}
