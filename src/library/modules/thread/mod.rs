//! `_thread`: locks and the starting of threads, which are green; `threading` is written in apy on
//! top of it.

mod handle;
mod lock;
mod rlock;
mod simple_queue;

pub use simple_queue::QUEUE;

use super::time::duration;
use crate::event_loop::{clock, threads};
use crate::object::fiber::FiberId;
use crate::object::spec::{ConstantFn, ModuleSpec, NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value, interrupt};

/// The longest timeout, in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

pub static THREAD: ModuleSpec = ModuleSpec {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\n\
          The 'threading' module provides a more convenient interface.",
    functions: &FUNCTIONS,
    types: &[&lock::LOCK, &rlock::RLOCK, &handle::HANDLE],
    constants: CONSTANTS,
    core_types: &[("error", CoreType::RuntimeError)],
    script: script!("_thread.apy"),
    ..ModuleSpec::EMPTY
};

pub static THREADING: ModuleSpec = ModuleSpec {
    name: "threading",
    doc: "Thread module emulating a subset of Java's threading model.",
    script: script!("threading.apy"),
    ..ModuleSpec::EMPTY
};

static CONSTANTS: &[(&str, ConstantFn)] = &[
    ("TIMEOUT_MAX", |_| Value::float(TIMEOUT_MAX)),
    ("LockType", |interp| interp.type_of_spec(&lock::LOCK)),
];

static FUNCTIONS: [NativeRow; 14] = [
    native("_count", "", count, "Return the number of currently running Python threads."),
    native("_get_main_thread_ident", "", main_ident, "Internal only. Return the ident of the main thread."),
    native("_is_main_interpreter", "", is_main, "Return True if the current interpreter is the main one."),
    native(
        "_shutdown",
        "",
        handle::shutdown,
        "Wait for all non-daemon threads (other than the calling thread) to stop.",
    ),
    native("allocate", "", lock::allocate, "Create a new lock object."),
    native("allocate_lock", "", lock::allocate, "Create a new lock object."),
    native("daemon_threads_allowed", "", is_main, "Return True if daemon threads are allowed."),
    native("exit", "", exit, "Raise SystemExit: the current thread ends silently unless it is caught."),
    native("get_ident", "", get_ident, "Return a non-zero integer that identifies the current thread."),
    native("get_native_id", "", get_native_id, "Return a non-negative integer that the system knows."),
    native("interrupt_main", "signum=2, /", interrupt_main, "Simulate the arrival of the given signal."),
    native("stack_size", "size=0, /", stack_size, "Stacks grow as needed: there is nothing to set."),
    native(
        "start_joinable_thread",
        "function, handle=None, daemon=True",
        handle::start_joinable,
        "Start a thread that can be joined.",
    ),
    native(
        "start_new_thread",
        "function, args, kwargs=?, /",
        handle::start_new,
        "Start a new thread and return its identifier.",
    ),
];

/// Where a wait with this timeout ends; `None` for -1 and None: it does not.
fn deadline(interp: &mut dyn Interpreter, timeout: &Value) -> Result<Option<i64>, Raised> {
    if timeout.is_none() || timeout.as_int() == Some(-1) || timeout.as_float() == Some(-1.0) {
        return Ok(None);
    }
    let nanos = duration(interp, timeout)?;
    if nanos < 0 {
        return Err(interp.value_error("timeout value must be a non-negative number"));
    }
    if clock::to_seconds(nanos) > TIMEOUT_MAX {
        return Err(interp.overflow_error("timeout value is too large"));
    }
    Ok(Some(clock::monotonic().saturating_add(nanos)))
}

/// The deadline of `acquire(blocking=True, timeout=-1)`; `None` in place of a way to wait if it is
/// not to wait at all.
fn patience(
    interp: &mut dyn Interpreter,
    blocking: &Value,
    timeout: &Value,
) -> Result<Option<Option<i64>>, Raised> {
    if interp.truth(blocking)? {
        return deadline(interp, timeout).map(Some);
    }
    let is_default = timeout.as_int() == Some(-1) || timeout.as_float() == Some(-1.0);
    if is_default {
        Ok(None)
    } else {
        Err(interp.value_error("can't specify a timeout for a non-blocking call"))
    }
}

fn count(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(threads::alive() as i64))
}

fn main_ident(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(threads::ident(FiberId::MAIN)))
}

fn is_main(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::TRUE)
}

fn exit(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise_args(CoreType::SystemExit, &[]))
}

fn get_ident(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(threads::ident(interp.running_fiber())))
}

fn get_native_id(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(i64::from(std::process::id()) + threads::serial(interp.running_fiber())))
}

fn interrupt_main(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let signal = interp.expect_int(&args[0])?;
    if !(1..=64).contains(&signal) {
        return Err(interp.value_error("signal number out of range"));
    }
    interrupt::mark(signal as i32);
    Ok(Value::NONE)
}

fn stack_size(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = interp.expect_int(&args[0])?;
    if size < 0 {
        return Err(interp.value_error("size must be 0 or a positive value"));
    }
    if size > 0 && size < 32_768 {
        return Err(interp.value_error(&format!("size not valid: {size} bytes")));
    }
    Ok(Value::int(0))
}
