//! Loops of classes that scripts have made: what such a class replaces is called where asyncio's
//! own loop calls it.

use super::{EventLoop, clock};
use crate::object::interpreter::Comparison;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value};

/// What a class replaces: bits of [`EventLoop::replaced`].
pub mod replaced {
    pub const TIME: u8 = 1;
    pub const CALL_AT: u8 = 2;
    pub const CALL_LATER: u8 = 4;
    pub const RUN_ONCE: u8 = 8;
    pub const CREATE_TASK: u8 = 16;
    pub const CALL_EXCEPTION_HANDLER: u8 = 32;
    pub const DEFAULT_EXCEPTION_HANDLER: u8 = 64;
    /// It is a script's class at all, so that an instance may have attributes of its own.
    pub const ANYTHING: u8 = 128;
}

static METHODS: [(&str, u8); 7] = [
    ("time", replaced::TIME),
    ("call_at", replaced::CALL_AT),
    ("call_later", replaced::CALL_LATER),
    ("_run_once", replaced::RUN_ONCE),
    ("create_task", replaced::CREATE_TASK),
    ("call_exception_handler", replaced::CALL_EXCEPTION_HANDLER),
    ("default_exception_handler", replaced::DEFAULT_EXCEPTION_HANDLER),
];

/// What an attribute replaces that a script sets in a loop itself.
pub fn replaced_by(name: &Value) -> u8 {
    let name = name.str_like().unwrap_or_default();
    METHODS.iter().find(|(method, _)| *method == name).map_or(0, |(_, bit)| *bit) | replaced::ANYTHING
}

/// What the class of a loop replaces.
pub fn replacements(interp: &mut dyn Interpreter, loop_: &Value) -> u8 {
    let class = interp.class_of(loop_);
    let Some(class) = class.as_type() else { return 0 };
    let is_own = |name: &str| class.lookup(&intern(name)).is_some_and(|found| found.as_native().is_none());
    let own = METHODS.iter().filter(|(name, _)| is_own(name)).map(|(_, bit)| bit);
    own.fold(replaced::ANYTHING, |bits, bit| bits | bit)
}

/// The loop's time in seconds, a float unless a script has another idea.
pub fn time(interp: &mut dyn Interpreter, loop_: &Value) -> Completion {
    match EventLoop::of(loop_) {
        Some(own) if own.replaced.get() & replaced::TIME == 0 => {
            Ok(Value::float(clock::to_seconds(clock::monotonic())))
        }
        _ => interp.call_method(loop_, "time", &[]),
    }
}

/// The loop's time in nanoseconds.
pub fn now(interp: &mut dyn Interpreter, own: &EventLoop, loop_: &Value) -> Result<i64, Raised> {
    if own.replaced.get() & replaced::TIME == 0 {
        return Ok(clock::monotonic());
    }
    let time = interp.call_method(loop_, "time", &[])?;
    Ok(clock::from_seconds(interp.expect_float(&time)?))
}

/// Whether timers must be set by calling the loop's methods.
#[inline]
pub fn has_own_timing(loop_: &Value) -> bool {
    let timing = replaced::TIME | replaced::CALL_AT | replaced::CALL_LATER;
    EventLoop::of(loop_).is_none_or(|own| own.replaced.get() & timing != 0)
}

/// `loop.call_later(delay, callback, *args)` by the script's class.
#[cold]
pub fn call_later(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    delay: &Value,
    callback: Value,
    args: &[Value],
) -> Completion {
    let mut all = vec![delay.clone(), callback];
    all.extend_from_slice(args);
    interp.call_method(loop_, "call_later", &all)
}

/// `loop.call_at(when, callback, *args)` by the script's class; `call_soon` if that is past.
#[cold]
pub fn call_at(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    when: &Value,
    callback: Value,
    args: &[Value],
) -> Completion {
    let now = interp.call_method(loop_, "time", &[])?;
    let is_past = interp.compare_bool(Comparison::Le, when, &now)?;
    let mut all = if is_past { Vec::new() } else { vec![when.clone()] };
    all.push(callback);
    all.extend_from_slice(args);
    interp.call_method(loop_, if is_past { "call_soon" } else { "call_at" }, &all)
}

/// The selector that a script has given the loop.
fn selector(interp: &mut dyn Interpreter, own: &EventLoop, loop_: &Value) -> Result<Option<Value>, Raised> {
    if own.replaced.get() == 0 { Ok(None) } else { interp.find_attr(loop_, &intern("_selector")) }
}

/// Wait by the selector that a script has given the loop, if it has: not at all, or for the first
/// timer. Whether that was done.
pub fn wait(
    interp: &mut dyn Interpreter,
    own: &EventLoop,
    loop_: &Value,
    first: Option<i64>,
    is_idle: bool,
) -> Result<bool, Raised> {
    let Some(selector) = selector(interp, own, loop_)? else { return Ok(false) };
    let timeout = match (is_idle, first) {
        (false, _) => Value::int(0),
        (true, None) => Value::NONE,
        (true, Some(when)) => {
            let left = when.saturating_sub(now(interp, own, loop_)?).max(0);
            Value::float(clock::to_seconds(left))
        }
    };
    let events = interp.call_method(&selector, "select", &[timeout])?;
    interp.call_method(loop_, "_process_events", &[events])?;
    Ok(true)
}
