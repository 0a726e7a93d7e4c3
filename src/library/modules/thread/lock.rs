//! `_thread.lock`.

use super::patience;
use crate::event_loop::receiver::receiver;
use crate::event_loop::threads::{self, Waiting};
use crate::object::fiber::FiberId;
use crate::object::heap::{self, Traverse};
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Threads that wait for something and have not been woken, longest first.
#[derive(Default)]
pub struct WaitingThreads(RefCell<VecDeque<FiberId>>);

impl WaitingThreads {
    /// Let the first go on.
    pub fn wake_first(&self) {
        let first = self.0.borrow_mut().pop_front();
        if let Some(first) = first {
            threads::wake(first);
        }
    }

    /// Let all go on.
    pub fn wake_all(&self) {
        self.0.take().into_iter().for_each(threads::wake);
    }

    /// Wait until `attempt` succeeds; false at the deadline. A thread that was woken keeps its
    /// place in the queue when somebody else was faster.
    pub fn wait_until(
        &self,
        interp: &mut dyn Interpreter,
        what: &Value,
        deadline: Option<i64>,
        attempt: impl Fn() -> bool,
    ) -> Result<bool, Raised> {
        let id = interp.running_fiber();
        self.0.borrow_mut().push_back(id);
        let result = loop {
            match threads::block(interp, deadline, Waiting::Object(what.clone())) {
                Err(raised) => break Err(raised),
                Ok(woken) => {
                    if attempt() {
                        break Ok(true);
                    }
                    if woken == threads::Woken::TimedOut {
                        break Ok(false);
                    }
                    self.0.borrow_mut().push_front(id);
                }
            }
        };
        let place = self.0.borrow().iter().position(|other| *other == id);
        match place {
            Some(place) => drop(self.0.borrow_mut().remove(place)),
            // It was woken, and gave up nevertheless: the next one is not to sleep through it.
            None if !matches!(result, Ok(true)) => self.wake_first(),
            None => {}
        }
        result
    }
}

/// A lock.
#[derive(Default)]
pub struct ThreadLock {
    is_locked: Cell<bool>,
    waiting: WaitingThreads,
}

impl Traverse for ThreadLock {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for ThreadLock {
    fn spec(&self) -> &'static TypeSpec {
        &LOCK
    }
}

pub static LOCK: TypeSpec = TypeSpec {
    name: "lock",
    module: "_thread",
    doc: "A lock object is a synchronization primitive.",
    methods: &METHODS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 11] = [
    native("__new__", "", new, "A lock, unlocked.").as_new(),
    native("__enter__", "", enter, "Lock the lock."),
    native("__exit__", "*args", exit, "Release the lock."),
    native("__repr__", "", repr, "Whether it is locked."),
    native("_at_fork_reinit", "", reset, "Make it a fresh lock."),
    native("acquire", "blocking=True, timeout=-1", acquire, "Lock the lock; whether it was done."),
    native("acquire_lock", "blocking=True, timeout=-1", acquire, "An obsolete synonym of acquire()."),
    native("locked", "", locked, "Return whether the lock is in the locked state."),
    native("locked_lock", "", locked, "An obsolete synonym of locked()."),
    native("release", "", release, "Release the lock, allowing another thread to acquire it."),
    native("release_lock", "", release, "An obsolete synonym of release()."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v ThreadLock, Raised> {
    receiver::<ThreadLock>(interp, this, "lock", method)
}

/// `allocate_lock()`.
pub fn allocate(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(ThreadLock::default()))
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(ThreadLock::default()))
}

fn acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "acquire")?;
    let patience = patience(interp, &args[1], &args[2])?;
    if !own.is_locked.replace(true) {
        return Ok(Value::TRUE);
    }
    let Some(deadline) = patience else { return Ok(Value::FALSE) };
    let attempt = || !own.is_locked.replace(true);
    own.waiting.wait_until(interp, &args[0], deadline, attempt).map(Value::bool)
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "release")?;
    if !own.is_locked.replace(false) {
        return Err(interp.runtime_error("release unlocked lock"));
    }
    own.waiting.wake_first();
    Ok(Value::NONE)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    acquire(interp, &[args[0].clone(), Value::TRUE, Value::int(-1)])
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    release(interp, &args[..1])
}

fn locked(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "locked")?.is_locked.get()))
}

fn reset(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_at_fork_reinit")?.is_locked.set(false);
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = if this(interp, &args[0], "__repr__")?.is_locked.get() { "locked" } else { "unlocked" };
    let address = heap::identity(&args[0]).unwrap_or_default();
    Ok(Value::str(&format!("<{state} _thread.lock object at {address:#x}>")))
}
