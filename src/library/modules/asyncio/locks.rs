//! `Lock` and `Event`.

use super::waiters::{self, Waiters};
use crate::event_loop::coroutine::{self, Immediate, Machine, Step, coroutine};
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::task::Task;
use crate::event_loop::{future, running};
use crate::object::attributes::Attributes;
use crate::object::heap::{self, Traverse};
use crate::object::interpreter::CodePlace;
use crate::object::resource::{Holder, Made, Resource};
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native, property};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use smallvec::smallvec;
use std::cell::Cell;

/// `<module.Class object at 0x... [state]>`: how all locks are shown.
pub fn repr_with(interp: &mut dyn Interpreter, this: &Value, extra: &str) -> Completion {
    let class = interp.class_of(this);
    let module = interp.attribute(&class, "__module__")?;
    let name = interp.attribute(&class, "__qualname__")?;
    let address = heap::identity(this).unwrap_or_default();
    let (module, name) = (module.str_like().unwrap_or_default(), name.str_like().unwrap_or_default());
    let module = if module == "builtins" { String::new() } else { format!("{module}.") };
    Ok(Value::str(&format!("<{module}{name} object at {address:#x} [{extra}]>")))
}

/// `state`, with the number of waiters if there are any.
pub fn with_waiters(state: &str, waiters: &Waiters) -> String {
    match waiters.len() {
        0 => state.to_owned(),
        count => format!("{state}, waiters:{count}"),
    }
}

/// `asyncio.Lock`.
#[derive(Default)]
pub struct Lock {
    attributes: Attributes,
    pub is_locked: Cell<bool>,
    pub waiters: Waiters,
    loop_: Slot,
    made: Made,
    /// Who has taken it by `acquire()`; who has by `async with` shows in their frame.
    taken: Cell<Option<Box<Holder>>>,
}

impl Lock {
    /// Lock at once, if nobody is in the way.
    pub fn try_acquire(&self) -> bool {
        let is_free = !self.is_locked.get() && self.waiters.all_cancelled();
        if is_free {
            self.is_locked.set(true);
        }
        is_free
    }

    /// `acquire()` of a lock that is free; whether it was.
    pub fn acquire_at_once(&self, interp: &mut dyn Interpreter) -> bool {
        let is_free = self.try_acquire();
        if is_free {
            self.note_taken(interp);
        }
        is_free
    }

    /// `release()`.
    pub fn release(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if !self.is_locked.replace(false) {
            return Err(interp.runtime_error("Lock is not acquired."));
        }
        drop(self.taken.take());
        self.wake_first();
        Ok(())
    }

    /// Remember who has just taken it.
    fn note_taken(&self, interp: &mut dyn Interpreter) {
        let task = running::running_loop().and_then(|loop_| running::current_task(&loop_));
        let place = interp.stack(1).pop();
        let holder = task.zip(place).and_then(|(value, place)| {
            let name = value.downcast::<Task>()?.name.get();
            Some(Box::new(Holder { task: value.address(), name, place }))
        });
        drop(self.taken.replace(holder));
    }

    fn wake_first(&self) {
        if let Some(first) = self.waiters.first() {
            future::resolve(&first, Value::TRUE);
        }
    }
}

impl Traverse for Lock {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        self.waiters.visit(visit);
        self.loop_.visit(visit);
        self.made.visit(visit);
        let taken = self.taken.take();
        if let Some(holder) = &taken {
            visit(&holder.name);
            visit(&holder.place.code);
        }
        self.taken.set(taken);
    }

    fn clear(&self) {
        self.attributes.clear();
        self.waiters.clear();
        drop(self.loop_.take());
        drop(self.taken.take());
    }
}

impl NativeObject for Lock {
    fn spec(&self) -> &'static TypeSpec {
        &LOCK
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Lock {
    fn lacks(&self, _: &str) -> String {
        String::new()
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }

    fn holder(&self) -> Option<Holder> {
        let taken = self.taken.take();
        let holder = taken.as_deref().cloned().filter(|_| self.is_locked.get());
        self.taken.set(taken);
        holder
    }
}

/// `asyncio.Lock`.
pub static LOCK: TypeSpec = TypeSpec {
    name: "Lock",
    module: "asyncio.locks",
    script_name: "Lock",
    doc: "Only one task at a time goes on.",
    methods: &LOCK_METHODS,
    getters: &LOCK_GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static LOCK_GETTERS: [GetterRow; 3] = [
    getter(
        "_locked",
        |interp, of| Ok(Value::bool(receiver::<Lock>(interp, of, "Lock", "_locked")?.is_locked.get())),
        "Whether it is locked.",
    ),
    property(
        "_loop",
        |interp, of| waiters::loop_or_none(&receiver::<Lock>(interp, of, "Lock", "_loop")?.loop_),
        |interp, of, loop_| {
            waiters::set_loop(&receiver::<Lock>(interp, of, "Lock", "_loop")?.loop_, loop_);
            Ok(())
        },
        "The loop, or None before the first use.",
    ),
    getter(
        "_waiters",
        |interp, of| receiver::<Lock>(interp, of, "Lock", "_waiters")?.waiters.to_deque(interp),
        "The futures that tasks wait for.",
    ),
];

static LOCK_METHODS: [NativeRow; 8] = [
    native("__new__", "*args, **kwargs", new_lock, "An unlocked lock.").as_new(),
    native("__init__", "", init, "Nothing more to do."),
    native("__aenter__", "", enter_lock, "Wait for the lock.").like_async().begun_by(begin_enter_lock),
    native("__aexit__", "exc_type, exc, tb", exit_lock, "Release the lock.")
        .like_async()
        .begun_by(begin_exit_lock),
    native("__repr__", "", repr_lock, "Whether it is locked, and how many wait."),
    native("acquire", "", acquire, "Wait for the lock.").like_async().begun_by(begin_acquire),
    native("locked", "", locked, "Whether it is locked."),
    native("release", "", release, "Unlock; wake the first who waits."),
];

fn lock<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Lock, Raised> {
    receiver::<Lock>(interp, this, "Lock", method)
}

fn new_lock(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Lock { made: Made::here(interp), ..Lock::default() }))
}

fn init(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NONE)
}

fn repr_lock(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = lock(interp, &args[0], "__repr__")?;
    let state = if own.is_locked.get() { "locked" } else { "unlocked" };
    let text = with_waiters(state, &own.waiters);
    repr_with(interp, &args[0], &text)
}

fn locked(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(lock(interp, &args[0], "locked")?.is_locked.get()))
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    lock(interp, &args[0], "release")?.release(interp)?;
    Ok(Value::NONE)
}

fn acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    lock(interp, &args[0], "acquire")?;
    Ok(acquire_coroutine(&args[0]))
}

fn begin_acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    lock(interp, &args[0], "acquire")?;
    coroutine::begin(interp, Acquire::new(&args[0], Value::TRUE))
}

/// The coroutine `lock.acquire()`.
pub fn acquire_coroutine(lock: &Value) -> Value {
    coroutine(Acquire::new(lock, Value::TRUE))
}

fn enter_lock(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    lock(interp, &args[0], "__aenter__")?;
    if args[0].tag() == Tag::Instance {
        return Ok(enter_by_methods(&args[0]));
    }
    Ok(coroutine(Acquire::new(&args[0], Value::NONE)))
}

fn begin_enter_lock(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    let own = lock(interp, &args[0], "__aenter__")?;
    if args[0].tag() == Tag::Instance {
        return coroutine::begin(interp, EnterByMethods::new(&args[0]));
    }
    // Most locks are free.
    if own.try_acquire() {
        return Ok(Begun::Done(Value::NONE));
    }
    coroutine::begin(interp, Acquire::new(&args[0], Value::NONE))
}

fn begin_exit_lock(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    lock(interp, &args[0], "__aexit__")?;
    release_any(interp, args).map(Begun::Done)
}

fn exit_lock(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    lock(interp, &args[0], "__aexit__")?;
    let qualname = "_ContextManagerMixin.__aexit__";
    Ok(coroutine(Immediate { qualname, run: release_any, args: smallvec![args[0].clone()] }))
}

/// `self.release()`, which a subclass may have replaced.
pub fn release_any(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].downcast::<Lock>().is_some() && args[0].tag() == Tag::Object {
        return release(interp, args);
    }
    interp.call_method(&args[0], "release", &[])?;
    Ok(Value::NONE)
}

/// `__aenter__` of a script's lock: the coroutine awaits `self.acquire()`, which may be its own.
pub fn enter_by_methods(lock: &Value) -> Value {
    coroutine(EnterByMethods::new(lock))
}

/// See [`enter_by_methods`].
pub struct EnterByMethods {
    lock: Value,
    is_waiting: bool,
}

impl EnterByMethods {
    /// The coroutine's body.
    pub fn new(lock: &Value) -> EnterByMethods {
        EnterByMethods { lock: lock.clone(), is_waiting: false }
    }
}

impl Machine for EnterByMethods {
    fn qualname(&self) -> &'static str {
        "_ContextManagerMixin.__aenter__"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        input?;
        if std::mem::replace(&mut self.is_waiting, true) {
            return Ok(Step::Done(Value::NONE));
        }
        interp.call_method(&self.lock, "acquire", &[]).map(Step::Await)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.lock);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.lock.clone()]
    }
}

struct Acquire {
    lock: Value,
    /// Unbound before the lock was found taken.
    waiter: Value,
    /// True, or None for `async with`.
    result: Value,
}

impl Acquire {
    fn new(lock: &Value, result: Value) -> Acquire {
        Acquire { lock: lock.clone(), waiter: Value::UNBOUND, result }
    }
}

impl Machine for Acquire {
    fn qualname(&self) -> &'static str {
        if self.result.is_none() { "_ContextManagerMixin.__aenter__" } else { "Lock.acquire" }
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = lock(interp, &self.lock, "acquire")?;
        if self.waiter.is_unbound() {
            input?;
            let is_ours = if self.result.is_none() { own.try_acquire() } else { own.acquire_at_once(interp) };
            if is_ours {
                return Ok(Step::Done(self.result.clone()));
            }
            let loop_ = running::bind_loop(interp, &self.lock, &own.loop_)?;
            self.waiter = future::create(&loop_);
            own.waiters.push(self.waiter.clone());
            return Ok(Step::Await(self.waiter.clone()));
        }
        own.waiters.remove(&self.waiter);
        if let Err(raised) = input {
            if interp.raised_is(&raised, CoreType::CancelledError) && !own.is_locked.get() {
                // Whoever released the lock for us meant somebody.
                own.wake_first();
            }
            return Err(raised);
        }
        own.is_locked.set(true);
        if !self.result.is_none() {
            own.note_taken(interp);
        }
        Ok(Step::Done(self.result.clone()))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.lock);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.lock.clone()]
    }
}

/// `asyncio.Event`.
#[derive(Default)]
pub struct Event {
    attributes: Attributes,
    is_set: Cell<bool>,
    waiters: Waiters,
    loop_: Slot,
    made: Made,
}

impl Event {
    /// An event that is set.
    pub fn set_already() -> Event {
        let event = Event::default();
        event.is_set.set(true);
        event
    }

    /// `set()`.
    pub fn set(&self) {
        if !self.is_set.replace(true) {
            self.waiters.wake(usize::MAX, &Value::TRUE);
        }
    }

    /// `clear()`.
    pub fn unset(&self) {
        self.is_set.set(false);
    }
}

impl Traverse for Event {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        self.waiters.visit(visit);
        self.loop_.visit(visit);
        self.made.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        self.waiters.clear();
        drop(self.loop_.take());
    }
}

impl NativeObject for Event {
    fn spec(&self) -> &'static TypeSpec {
        &EVENT
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Event {
    fn lacks(&self, _: &str) -> String {
        "which nobody has set".to_owned()
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }
}

/// `asyncio.Event`.
pub static EVENT: TypeSpec = TypeSpec {
    name: "Event",
    module: "asyncio.locks",
    script_name: "Event",
    doc: "Tasks wait until it is set.",
    methods: &EVENT_METHODS,
    getters: &EVENT_GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static EVENT_GETTERS: [GetterRow; 3] = [
    getter(
        "_value",
        |interp, of| Ok(Value::bool(receiver::<Event>(interp, of, "Event", "_value")?.is_set.get())),
        "Whether it is set.",
    ),
    property(
        "_loop",
        |interp, of| waiters::loop_or_none(&receiver::<Event>(interp, of, "Event", "_loop")?.loop_),
        |interp, of, loop_| {
            waiters::set_loop(&receiver::<Event>(interp, of, "Event", "_loop")?.loop_, loop_);
            Ok(())
        },
        "The loop, or None before the first use.",
    ),
    getter(
        "_waiters",
        |interp, of| receiver::<Event>(interp, of, "Event", "_waiters")?.waiters.to_deque(interp),
        "The futures that tasks wait for.",
    ),
];

static EVENT_METHODS: [NativeRow; 7] = [
    native("__new__", "*args, **kwargs", new_event, "An event that is not set.").as_new(),
    native("__init__", "", init, "Nothing more to do."),
    native("__repr__", "", repr_event, "Whether it is set, and how many wait."),
    native("clear", "", clear, "Unset."),
    native("is_set", "", is_set, "Whether it is set."),
    native("set", "", set, "Set; wake all who wait."),
    native("wait", "", wait, "Wait until it is set.").like_async().begun_by(begin_wait),
];

fn event<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Event, Raised> {
    receiver::<Event>(interp, this, "Event", method)
}

fn new_event(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Event { made: Made::here(interp), ..Event::default() }))
}

fn repr_event(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = event(interp, &args[0], "__repr__")?;
    let state = if own.is_set.get() { "set" } else { "unset" };
    let text = with_waiters(state, &own.waiters);
    repr_with(interp, &args[0], &text)
}

fn is_set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(event(interp, &args[0], "is_set")?.is_set.get()))
}

fn set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    event(interp, &args[0], "set")?.set();
    Ok(Value::NONE)
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    event(interp, &args[0], "clear")?.unset();
    Ok(Value::NONE)
}

fn wait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    event(interp, &args[0], "wait")?;
    Ok(wait_coroutine(&args[0]))
}

fn begin_wait(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    event(interp, &args[0], "wait")?;
    begin_event_wait(interp, &args[0])
}

/// `await event.wait()`.
pub fn begin_event_wait(interp: &mut dyn Interpreter, event: &Value) -> Result<Begun, Raised> {
    coroutine::begin(interp, EventWait::new(event))
}

/// The coroutine `event.wait()`.
pub fn wait_coroutine(event: &Value) -> Value {
    coroutine(EventWait::new(event))
}

struct EventWait {
    event: Value,
    waiter: Value,
}

impl EventWait {
    fn new(event: &Value) -> EventWait {
        EventWait { event: event.clone(), waiter: Value::UNBOUND }
    }
}

impl Machine for EventWait {
    fn qualname(&self) -> &'static str {
        "Event.wait"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = event(interp, &self.event, "wait")?;
        if self.waiter.is_unbound() {
            input?;
            if own.is_set.get() {
                return Ok(Step::Done(Value::TRUE));
            }
            let loop_ = running::bind_loop(interp, &self.event, &own.loop_)?;
            self.waiter = future::create(&loop_);
            own.waiters.push(self.waiter.clone());
            return Ok(Step::Await(self.waiter.clone()));
        }
        own.waiters.remove(&self.waiter);
        input?;
        Ok(Step::Done(Value::TRUE))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.event);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.event.clone()]
    }
}
