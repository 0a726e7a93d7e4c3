//! `_thread.RLock`.

use super::lock::WaitingThreads;
use super::patience;
use crate::event_loop::receiver::receiver;
use crate::event_loop::threads;
use crate::object::heap::{self, Traverse};
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

/// A lock that its owner may take again.
#[derive(Default)]
pub struct ReentrantLock {
    /// The owner's identifier; 0 if there is none.
    owner: Cell<i64>,
    count: Cell<i64>,
    waiting: WaitingThreads,
}

impl ReentrantLock {
    fn is_owned(&self, interp: &mut dyn Interpreter) -> bool {
        self.count.get() > 0 && self.owner.get() == threads::ident(interp.running_fiber())
    }

    fn free(&self) {
        self.owner.set(0);
        self.count.set(0);
        self.waiting.wake_first();
    }

    /// Take it `count` times, once it is free.
    fn take(
        &self,
        interp: &mut dyn Interpreter,
        this: &Value,
        count: i64,
        owner: i64,
        deadline: Option<i64>,
    ) -> Result<bool, Raised> {
        let attempt = || {
            let is_free = self.count.get() == 0;
            if is_free {
                self.owner.set(owner);
                self.count.set(count);
            }
            is_free
        };
        if attempt() { Ok(true) } else { self.waiting.wait_until(interp, this, deadline, attempt) }
    }
}

impl Traverse for ReentrantLock {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for ReentrantLock {
    fn spec(&self) -> &'static TypeSpec {
        &RLOCK
    }
}

pub static RLOCK: TypeSpec = TypeSpec {
    name: "RLock",
    module: "_thread",
    doc: "A reentrant lock.",
    methods: &METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 11] = [
    native("__new__", "*args, **kwargs", new, "A lock, unlocked.").as_new(),
    native("__enter__", "", enter, "Lock the lock."),
    native("__exit__", "*args", exit, "Release the lock."),
    native("__repr__", "", repr, "Who owns it."),
    native("_acquire_restore", "state, /", acquire_restore, "For internal use by `threading.Condition`."),
    native("_at_fork_reinit", "", reset, "Make it a fresh lock."),
    native("_is_owned", "", is_owned, "For internal use by `threading.Condition`."),
    native("_recursion_count", "", recursion_count, "For internal use by reentrancy checks."),
    native("_release_save", "", release_save, "For internal use by `threading.Condition`."),
    native("acquire", "blocking=True, timeout=-1", acquire, "Lock the lock; whether it was done."),
    native("release", "", release, "Release the lock once."),
];

fn this<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v ReentrantLock, Raised> {
    receiver::<ReentrantLock>(interp, this, "_thread.RLock", method)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(ReentrantLock::default()))
}

fn acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "acquire")?;
    let patience = patience(interp, &args[1], &args[2])?;
    if own.is_owned(interp) {
        own.count.set(own.count.get() + 1);
        return Ok(Value::TRUE);
    }
    let Some(deadline) = patience else {
        if own.count.get() > 0 {
            return Ok(Value::FALSE);
        }
        own.count.set(1);
        own.owner.set(threads::ident(interp.running_fiber()));
        return Ok(Value::TRUE);
    };
    let owner = threads::ident(interp.running_fiber());
    own.take(interp, &args[0], 1, owner, deadline).map(Value::bool)
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "release")?;
    if !own.is_owned(interp) {
        return Err(interp.runtime_error("cannot release un-acquired lock"));
    }
    match own.count.get() {
        1 => own.free(),
        count => own.count.set(count - 1),
    }
    Ok(Value::NONE)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    acquire(interp, &[args[0].clone(), Value::TRUE, Value::int(-1)])
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    release(interp, &args[..1])
}

fn is_owned(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "_is_owned")?.is_owned(interp)))
}

fn recursion_count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_recursion_count")?;
    Ok(Value::int(if own.is_owned(interp) { own.count.get() } else { 0 }))
}

/// Free it however often it is taken; what `_acquire_restore` needs to take it again.
fn release_save(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_release_save")?;
    if own.count.get() == 0 {
        return Err(interp.runtime_error("cannot release un-acquired lock"));
    }
    let state = Value::tuple(vec![Value::int(own.count.get()), Value::int(own.owner.get())]);
    own.free();
    Ok(state)
}

fn acquire_restore(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_acquire_restore")?;
    let [count, owner] = args[1].as_tuple().unwrap_or_default() else {
        return Err(interp.type_error("_acquire_restore() argument 1 must be a pair"));
    };
    let (count, owner) = (interp.expect_int(count)?, interp.expect_int(owner)?);
    own.take(interp, &args[0], count, owner, None)?;
    Ok(Value::NONE)
}

fn reset(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_at_fork_reinit")?;
    own.owner.set(0);
    own.count.set(0);
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let (owner, count) = (own.owner.get(), own.count.get());
    let state = if count > 0 { "locked" } else { "unlocked" };
    let address = heap::identity(&args[0]).unwrap_or_default();
    let class = interp.class_of(&args[0]);
    let module = interp.attribute(&class, "__module__")?;
    let name = interp.bare_type_name(&args[0]);
    let module = module.str_like().unwrap_or_default();
    Ok(Value::str(&format!("<{state} {module}.{name} object owner={owner} count={count} at {address:#x}>")))
}
