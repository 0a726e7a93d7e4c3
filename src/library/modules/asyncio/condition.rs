//! `Condition`.

use super::locks::{self, EnterByMethods, Lock, repr_with, with_waiters};
use super::waiters::{self, Waiters};
use crate::event_loop::coroutine::{self, Immediate, Machine, Step, coroutine};
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::{future, running};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interpreter::CodePlace;
use crate::object::resource::{Made, Resource};
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native, property};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use smallvec::smallvec;

/// `asyncio.Condition`.
pub struct Condition {
    attributes: Attributes,
    /// The lock: ours or one that a script made.
    pub lock: Slot,
    waiters: Waiters,
    loop_: Slot,
    made: Made,
}

impl Condition {
    /// A condition with the given lock.
    pub fn with_lock(lock: Value) -> Condition {
        let made = Made::default();
        Condition {
            attributes: Attributes::default(),
            lock: Slot::new(lock),
            waiters: Waiters::default(),
            loop_: Slot::default(),
            made,
        }
    }

    /// Wake at most `most` who wait. The caller holds the lock.
    pub fn notify(&self, most: usize) {
        self.waiters.wake(most, &Value::FALSE);
    }

    /// `lock.release()`.
    pub fn release(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let lock = self.lock.get();
        match lock.downcast::<Lock>() {
            Some(lock) => lock.release(interp),
            None => interp.call_method(&lock, "release", &[]).map(drop),
        }
    }

    fn is_locked(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        let lock = self.lock.get();
        if let Some(lock) = lock.downcast::<Lock>() {
            return Ok(lock.is_locked.get());
        }
        let locked = interp.call_method(&lock, "locked", &[])?;
        interp.truth(&locked)
    }

    /// The awaitable `lock.acquire()`.
    pub fn acquire(&self, interp: &mut dyn Interpreter) -> Completion {
        let lock = self.lock.get();
        match lock.downcast::<Lock>() {
            Some(_) => Ok(super::locks::acquire_coroutine(&lock)),
            None => interp.call_method(&lock, "acquire", &[]),
        }
    }
}

impl Traverse for Condition {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        self.lock.visit(visit);
        self.waiters.visit(visit);
        self.loop_.visit(visit);
        self.made.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        drop(self.lock.take());
        self.waiters.clear();
        drop(self.loop_.take());
    }
}

impl NativeObject for Condition {
    fn spec(&self) -> &'static TypeSpec {
        &CONDITION
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Condition {
    fn lacks(&self, operation: &str) -> String {
        if operation.starts_with("Condition.wait") {
            "which nobody notifies".to_owned()
        } else {
            String::new()
        }
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }

    fn inner_lock(&self) -> Option<Value> {
        Some(self.lock.get())
    }
}

/// `asyncio.Condition`.
pub static CONDITION: TypeSpec = TypeSpec {
    name: "Condition",
    module: "asyncio.locks",
    script_name: "Condition",
    doc: "Tasks wait until they are notified.",
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 12] = [
    native("__new__", "*args, **kwargs", new, "A condition with a new lock.").as_new(),
    native("__init__", "lock=None", init, "A condition with a lock."),
    native("__aenter__", "", enter, "Wait for the lock.").like_async().begun_by(begin_enter),
    native("__aexit__", "exc_type, exc, tb", exit, "Release the lock.").like_async().begun_by(begin_exit),
    native("__repr__", "", repr, "Whether it is locked, and how many wait."),
    native("acquire", "", acquire, "Wait for the lock.").like_async(),
    native("locked", "", locked, "Whether the lock is locked."),
    native("notify", "n=1", notify, "Wake some who wait."),
    native("notify_all", "", notify_all, "Wake all who wait."),
    native("release", "", release, "Release the lock."),
    native("wait", "", wait, "Release the lock, wait to be notified, lock again.")
        .like_async()
        .begun_by(begin_wait),
    native("wait_for", "predicate", wait_for, "Wait until the predicate is true.")
        .like_async()
        .begun_by(begin_wait_for),
];

static GETTERS: [GetterRow; 3] = [
    getter("_lock", get_lock, "The lock."),
    property("_loop", get_loop, set_loop, "The loop, or None before the first use."),
    getter("_waiters", get_waiters, "The futures that tasks wait for."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Condition, Raised> {
    receiver::<Condition>(interp, this, "Condition", method)
}

fn new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let made = Made::here(interp);
    Ok(Value::object(Condition { made, ..Condition::with_lock(Value::object(Lock::default())) }))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__init__")?;
    if let Some(lock) = args[1].given_some() {
        own.lock.set(lock.clone());
    }
    Ok(Value::NONE)
}

fn get_lock(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_lock")?.lock.get())
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let state = if own.is_locked(interp)? { "locked" } else { "unlocked" };
    let text = with_waiters(state, &own.waiters);
    repr_with(interp, &args[0], &text)
}

fn locked(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "locked")?.is_locked(interp).map(Value::bool)
}

fn acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "acquire")?.acquire(interp)
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "release")?.release(interp)?;
    Ok(Value::NONE)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aenter__")?;
    Ok(locks::enter_by_methods(&args[0]))
}

fn begin_enter(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    let own = this(interp, &args[0], "__aenter__")?;
    // A free lock of ours is taken as `acquire()` takes it.
    let lock = own.lock.get();
    if args[0].tag() == Tag::Object
        && lock.tag() == Tag::Object
        && let Some(lock) = lock.downcast::<Lock>()
        && lock.acquire_at_once(interp)
    {
        return Ok(Begun::Done(Value::NONE));
    }
    coroutine::begin(interp, EnterByMethods::new(&args[0]))
}

fn begin_exit(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "__aexit__")?;
    if args[0].tag() == Tag::Object { release(interp, args) } else { locks::release_any(interp, args) }
        .map(Begun::Done)
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aexit__")?;
    let qualname = "_ContextManagerMixin.__aexit__";
    Ok(coroutine(Immediate { qualname, run: locks::release_any, args: smallvec![args[0].clone()] }))
}

fn notify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "notify")?;
    if !own.is_locked(interp)? {
        return Err(interp.runtime_error("cannot notify on un-acquired lock"));
    }
    let most = interp.expect_int(&args[1])?;
    own.notify(usize::try_from(most).unwrap_or(0));
    Ok(Value::NONE)
}

fn notify_all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    notify(interp, &[args[0].clone(), Value::int(i64::MAX)])
}

fn wait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "wait")?;
    Ok(wait_coroutine(&args[0]))
}

/// The coroutine `condition.wait()`.
pub fn wait_coroutine(condition: &Value) -> Value {
    coroutine(Wait::new(condition))
}

fn begin_wait(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "wait")?;
    coroutine::begin(interp, Wait::new(&args[0]))
}

struct Wait {
    condition: Value,
    /// Unbound before the first step.
    waiter: Value,
    /// What waiting came to.
    outcome: Option<Completion>,
    /// The last CancelledError while the lock was being acquired again.
    cancelled: Option<Raised>,
    is_acquiring: bool,
}

impl Wait {
    fn new(condition: &Value) -> Wait {
        Wait {
            condition: condition.clone(),
            waiter: Value::UNBOUND,
            outcome: None,
            cancelled: None,
            is_acquiring: false,
        }
    }

    fn start(&mut self, interp: &mut dyn Interpreter) -> Result<Step, Raised> {
        let own = this(interp, &self.condition, "wait")?;
        if !own.is_locked(interp)? {
            return Err(interp.runtime_error("cannot wait on un-acquired lock"));
        }
        let loop_ = running::bind_loop(interp, &self.condition, &own.loop_)?;
        self.waiter = future::create(&loop_);
        own.release(interp)?;
        own.waiters.push(self.waiter.clone());
        Ok(Step::Await(self.waiter.clone()))
    }

    /// The lock is ours again, or cannot be had.
    fn finish(&mut self, interp: &mut dyn Interpreter, acquired: Completion) -> Result<Step, Raised> {
        let result = match (acquired, self.cancelled.take()) {
            (Err(raised), _) | (Ok(_), Some(raised)) => Err(raised),
            (Ok(_), None) => self.outcome.take().unwrap_or(Ok(Value::TRUE)),
        };
        if result.is_err() {
            // We may have been notified: pass that on to somebody else.
            this(interp, &self.condition, "wait")?.notify(1);
        }
        result.map(Step::Done)
    }
}

impl Machine for Wait {
    fn qualname(&self) -> &'static str {
        "Condition.wait"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        if self.waiter.is_unbound() {
            input?;
            return self.start(interp);
        }
        let own = this(interp, &self.condition, "wait")?;
        if !self.is_acquiring {
            own.waiters.remove(&self.waiter);
            self.outcome = Some(input.map(|_| Value::TRUE));
            self.is_acquiring = true;
            return own.acquire(interp).map(Step::Await);
        }
        match input {
            Err(raised) if interp.raised_is(&raised, CoreType::CancelledError) => {
                // The lock must be had first.
                self.cancelled = Some(raised);
                own.acquire(interp).map(Step::Await)
            }
            acquired => self.finish(interp, acquired),
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.condition);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        if self.is_acquiring { Vec::new() } else { vec![self.condition.clone()] }
    }
}

fn wait_for(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "wait_for")?;
    Ok(coroutine(WaitFor { condition: args[0].clone(), predicate: args[1].clone() }))
}

fn begin_wait_for(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "wait_for")?;
    coroutine::begin(interp, WaitFor { condition: args[0].clone(), predicate: args[1].clone() })
}

struct WaitFor {
    condition: Value,
    predicate: Value,
}

impl Machine for WaitFor {
    fn qualname(&self) -> &'static str {
        "Condition.wait_for"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        input?;
        let result = interp.call(&self.predicate, &[])?;
        if interp.truth(&result)? {
            return Ok(Step::Done(result));
        }
        Ok(Step::Await(wait_coroutine(&self.condition)))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.condition);
        visit(&self.predicate);
    }
}

fn get_waiters(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_waiters")?;
    own.waiters.to_deque(interp)
}

fn get_loop(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    waiters::loop_or_none(&this(interp, of, "_loop")?.loop_)
}

fn set_loop(interp: &mut dyn Interpreter, of: &Value, loop_: &Value) -> Result<(), Raised> {
    waiters::set_loop(&this(interp, of, "_loop")?.loop_, loop_);
    Ok(())
}
