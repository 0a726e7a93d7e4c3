//! Futures of any kind: ours, instances of classes that scripts made of them, and objects that play
//! by the protocol.

use super::future::{Callback, FutureCore, Hook, State, core};
use super::slot::Slot;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Tag, Value};

/// The core of a future that a script made: one of ours, or an object that plays by the protocol.
pub fn is_future(interp: &mut dyn Interpreter, value: &Value) -> Result<bool, Raised> {
    if core(value).is_some() {
        return Ok(true);
    }
    if value.tag() != Tag::Instance {
        return Ok(false);
    }
    // What passes for an instance of another class, as mocks do, is one.
    let class = interp.attribute(value, "__class__")?;
    let name = intern("_asyncio_future_blocking");
    if class.as_type().is_none_or(|class| class.lookup(&name).is_none()) {
        return Ok(false);
    }
    Ok(interp.find_attr(value, &name)?.is_some_and(|blocking| !blocking.is_none()))
}

/// The future in `value`, unless a script's class replaces `method`.
fn own_core<'v>(value: &'v Value, method: &str) -> Option<&'v FutureCore> {
    let is_replaced = value.as_instance().is_some_and(|instance| {
        let class = instance.class();
        let class = class.as_type();
        class.and_then(|class| class.lookup(&intern(method))).is_none_or(|found| found.as_native().is_none())
    });
    if is_replaced { None } else { core(value) }
}

/// `future.add_done_callback(callback)` for a future of any kind; a hook needs one of ours.
pub fn add_hook(
    interp: &mut dyn Interpreter,
    future: &Value,
    target: &Value,
    hook: &'static Hook,
) -> Result<(), Raised> {
    if let Some(core) = own_core(future, "add_done_callback") {
        core.add_callback(future, Callback::Native(target.clone(), hook));
        return Ok(());
    }
    let callable = Value::object(super::handle::HookCall { target: Slot::new(target.clone()), hook });
    interp.call_method(future, "add_done_callback", &[callable])?;
    Ok(())
}

/// Undo `add_hook`.
pub fn remove_hook(
    interp: &mut dyn Interpreter,
    future: &Value,
    target: &Value,
    hook: &'static Hook,
) -> Result<(), Raised> {
    if let Some(core) = own_core(future, "add_done_callback") {
        core.remove_hook(target, hook);
        return Ok(());
    }
    let callable = Value::object(super::handle::HookCall { target: Slot::new(target.clone()), hook });
    interp.call_method(future, "remove_done_callback", &[callable])?;
    Ok(())
}

/// Whether a future of any kind is done.
pub fn is_done(interp: &mut dyn Interpreter, future: &Value) -> Result<bool, Raised> {
    match core(future) {
        Some(core) => Ok(core.is_done()),
        None => {
            let done = interp.call_method(future, "done", &[])?;
            interp.truth(&done)
        }
    }
}

/// Whether a future of any kind was cancelled.
pub fn is_cancelled(interp: &mut dyn Interpreter, future: &Value) -> Result<bool, Raised> {
    match core(future) {
        Some(core) => Ok(core.state() == State::Cancelled),
        None => {
            let cancelled = interp.call_method(future, "cancelled", &[])?;
            interp.truth(&cancelled)
        }
    }
}

/// `future.result()` of a future of any kind.
pub fn result(interp: &mut dyn Interpreter, future: &Value) -> Completion {
    match core(future) {
        Some(core) => core.raise_result(interp),
        None => interp.call_method(future, "result", &[]),
    }
}

/// `future.exception()` of a future of any kind.
pub fn exception(interp: &mut dyn Interpreter, future: &Value) -> Completion {
    match core(future) {
        Some(core) => core.exception(interp),
        None => interp.call_method(future, "exception", &[]),
    }
}

/// The loop of a future of any kind.
pub fn loop_of(interp: &mut dyn Interpreter, future: &Value) -> Completion {
    if let Some(core) = core(future) {
        let loop_ = core.loop_.get();
        if loop_.is_unbound() {
            return Err(interp.runtime_error("Future object is not initialized."));
        }
        return Ok(loop_);
    }
    match interp.find_attr(future, &intern("get_loop"))? {
        Some(get_loop) => interp.call(&get_loop, &[]),
        None => interp.attribute(future, "_loop"),
    }
}
