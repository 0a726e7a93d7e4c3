//! Making futures of awaitables, and tasks of coroutines.

use super::coroutine::{AwaitOnly, coroutine};
use super::scripted::replaced;
use super::{EventLoop, future, running, source, task, waiting};
use crate::object::{Completion, CoreType, Interpreter, Tag, Value, audit};

/// `asyncio.ensure_future(awaitable, loop=loop)`; None for the current loop.
pub fn ensure_future(interp: &mut dyn Interpreter, awaitable: &Value, loop_: &Value) -> Completion {
    if future::is_future(interp, awaitable)? {
        if !loop_.is_none() && !future::loop_of(interp, awaitable)?.is(loop_) {
            return Err(interp.value_error(
                "The future belongs to a different loop than the one specified as the loop argument",
            ));
        }
        return Ok(awaitable.clone());
    }
    let is_coroutine = waiting::is_coroutine(interp, awaitable);
    let to_run = if is_coroutine {
        awaitable.clone()
    } else if waiting::is_awaitable(interp, awaitable) {
        coroutine(AwaitOnly(awaitable.clone()))
    } else {
        return Err(interp.type_error("An asyncio.Future, a coroutine or an awaitable is required"));
    };
    let loop_ = match loop_.is_none() {
        true => running::get_event_loop(interp)?,
        false => loop_.clone(),
    };
    match create_task(interp, &loop_, &to_run, &Value::UNBOUND, &Value::NONE) {
        Ok(task) => Ok(task),
        Err(raised) => {
            if interp.raised_is(&raised, CoreType::RuntimeError) {
                waiting::close(interp, &to_run)?;
            }
            Err(raised)
        }
    }
}

/// `loop.create_task(coroutine, name=name, context=context)`; no name is given if it is unbound, and
/// no context if it is None.
pub fn create_task(
    interp: &mut dyn Interpreter,
    loop_value: &Value,
    coroutine: &Value,
    name: &Value,
    context: &Value,
) -> Completion {
    let Some(loop_) = EventLoop::of(loop_value) else {
        let create = interp.attribute(loop_value, "create_task")?;
        return interp.call_keywords(
            &create,
            std::slice::from_ref(coroutine),
            &[(Value::str("name"), name.clone())],
        );
    };
    if loop_.replaced.get() & replaced::CREATE_TASK != 0 {
        let create = interp.attribute(loop_value, "create_task")?;
        let mut keywords = Vec::new();
        if !name.is_unbound() {
            keywords.push((Value::str("name"), name.clone()));
        }
        if !context.is_none() {
            keywords.push((Value::str("context"), context.clone()));
        }
        return interp.call_keywords(&create, std::slice::from_ref(coroutine), &keywords);
    }
    create_own_task(interp, loop_value, loop_, coroutine, name, context)
}

/// `create_task` of asyncio's own loop.
pub fn create_own_task(
    interp: &mut dyn Interpreter,
    loop_value: &Value,
    loop_: &EventLoop,
    coroutine: &Value,
    name: &Value,
    context: &Value,
) -> Completion {
    loop_.check_closed(interp)?;
    let name = if name.is_unbound() { &Value::NONE } else { name };
    let factory = loop_.task_factory.get();
    if factory.is_unbound() {
        return new_task(interp, loop_value, loop_, coroutine, name, context);
    }
    let args = [loop_value.clone(), coroutine.clone()];
    let task = match context.given_some() {
        None => interp.call(&factory, &args)?,
        Some(context) => {
            interp.call_keywords(&factory, &args, &[(Value::str("context"), context.clone())])?
        }
    };
    interp.call_method(&task, "set_name", std::slice::from_ref(name))?;
    Ok(task)
}

#[inline]
fn new_task(
    interp: &mut dyn Interpreter,
    loop_value: &Value,
    loop_: &EventLoop,
    coroutine: &Value,
    name: &Value,
    context: &Value,
) -> Completion {
    if !waiting::is_coroutine(interp, coroutine) {
        let repr = interp.repr(coroutine)?;
        let repr = repr.as_str().unwrap_or_default();
        return Err(interp.type_error(&format!("a coroutine was expected, got {repr}")));
    }
    let name = match name.tag() {
        Tag::None | Tag::Str => name.clone(),
        _ => interp.to_str(name)?,
    };
    let task = task::create(loop_value, loop_, coroutine.clone(), name, context);
    if loop_.debug.get()
        && let Some(core) = future::core(&task)
    {
        core.set_source(source::here(interp));
    }
    if audit::is_on()
        && let Some(core) = future::core(&task)
    {
        core.set_origin(interp.stack(1).into_iter().next());
    }
    Ok(task)
}
