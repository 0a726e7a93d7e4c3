//! What is told of async generators: the hooks of `sys.set_asyncgen_hooks`, one pair per thread.

use super::value::Value;
use std::cell::RefCell;

/// The hooks of a thread.
pub struct Hooks {
    first_iter: Value,
    finalizer: Value,
}

impl Default for Hooks {
    fn default() -> Hooks {
        Hooks { first_iter: Value::NONE, finalizer: Value::NONE }
    }
}

thread_local! {
    static HOOKS: RefCell<Hooks> =
        const { RefCell::new(Hooks { first_iter: Value::NONE, finalizer: Value::NONE }) };
}

/// Replace both hooks; returns what they were. None stands for no hook: the first is called with
/// an async generator that is iterated for the first time, the second with one that dies before
/// it is exhausted.
pub fn set(first_iter: Value, finalizer: Value) -> (Value, Value) {
    let old = HOOKS.replace(Hooks { first_iter, finalizer });
    (old.first_iter, old.finalizer)
}

/// Replace both hooks; returns what they were.
pub fn exchange(hooks: Hooks) -> Hooks {
    HOOKS.replace(hooks)
}

/// Both hooks, None where there is none.
pub fn get() -> (Value, Value) {
    HOOKS.with_borrow(|hooks| (hooks.first_iter.clone(), hooks.finalizer.clone()))
}
