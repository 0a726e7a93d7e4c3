//! `Semaphore` and `BoundedSemaphore`.

use super::locks::{self, EnterByMethods, repr_with, with_waiters};
use super::waiters::{self, Waiters, state};
use crate::event_loop::coroutine::{self, Immediate, Machine, Step, coroutine};
use crate::event_loop::future::State;
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::{future, running};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interpreter::{CodePlace, Comparison};
use crate::object::resource::{Made, Resource};
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native, property};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use smallvec::smallvec;
use std::cell::Cell;

/// `asyncio.Semaphore`.
struct Semaphore {
    attributes: Attributes,
    value: Cell<i64>,
    /// A bounded one: the most that `release` may make of `value`.
    bound: Cell<Option<i64>>,
    waiters: Waiters,
    loop_: Slot,
    made: Made,
}

impl Semaphore {
    /// Whether one must wait: nothing is left, or others wait already.
    fn is_locked(&self) -> bool {
        self.value.get() == 0 || !self.waiters.all_cancelled()
    }

    /// Let the first who waits go on; whether there was one.
    fn wake_next(&self) -> bool {
        let Some(waiter) = self.waiters.first_pending() else { return false };
        self.value.set(self.value.get() - 1);
        future::resolve(&waiter, Value::TRUE);
        true
    }
}

impl Traverse for Semaphore {
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

impl NativeObject for Semaphore {
    fn spec(&self) -> &'static TypeSpec {
        if self.bound.get().is_some() { &BOUNDED_SEMAPHORE } else { &SEMAPHORE }
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Semaphore {
    fn lacks(&self, _: &str) -> String {
        "which has no place left".to_owned()
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }
}

/// `asyncio.Semaphore`.
pub static SEMAPHORE: TypeSpec = TypeSpec {
    name: "Semaphore",
    module: "asyncio.locks",
    script_name: "Semaphore",
    doc: "Only so many tasks at a time go on.",
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// `asyncio.BoundedSemaphore`.
pub static BOUNDED_SEMAPHORE: TypeSpec = TypeSpec {
    name: "BoundedSemaphore",
    module: "asyncio.locks",
    script_name: "BoundedSemaphore",
    doc: "A semaphore that cannot be released too often.",
    base: Some(&SEMAPHORE),
    methods: &BOUNDED_METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 8] = [
    native("__new__", "*args, **kwargs", new, "A semaphore of 1.").as_new(),
    native("__init__", "value=1", init, "A semaphore of `value`."),
    native("__aenter__", "", enter, "Wait for a place.").like_async().begun_by(begin_enter),
    native("__aexit__", "exc_type, exc, tb", exit, "Release the place.").like_async().begun_by(begin_exit),
    native("__repr__", "", repr, "What is left, and how many wait."),
    native("acquire", "", acquire, "Wait for a place.").like_async().begun_by(begin_acquire),
    native("locked", "", locked, "Whether `acquire` would wait."),
    native("release", "", release, "Give a place back; wake the first who waits."),
];

static GETTERS: [GetterRow; 3] = [
    property("_loop", get_loop, set_loop, "The loop, or None before the first use."),
    getter("_value", get_value, "How many places are left."),
    getter("_waiters", get_waiters, "The futures that tasks wait for."),
];

static BOUNDED_METHODS: [NativeRow; 2] = [
    native("__new__", "*args, **kwargs", new_bounded, "A semaphore of 1.").as_new(),
    native("__init__", "value=1", init, "A semaphore of `value`."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Semaphore, Raised> {
    receiver::<Semaphore>(interp, this, "Semaphore", method)
}

fn make(interp: &dyn Interpreter, bound: Option<i64>) -> Value {
    Value::object(Semaphore {
        attributes: Attributes::default(),
        value: Cell::new(1),
        bound: Cell::new(bound),
        waiters: Waiters::default(),
        loop_: Slot::default(),
        made: Made::here(interp),
    })
}

fn new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(make(interp, None))
}

fn new_bounded(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(make(interp, Some(1)))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__init__")?;
    let is_negative = interp.compare_bool(Comparison::Lt, &args[1], &Value::int(0))?;
    let value = interp.expect_int(&args[1])?;
    if is_negative {
        return Err(interp.value_error("Semaphore initial value must be >= 0"));
    }
    own.value.set(value);
    own.bound.set(own.bound.get().map(|_| value));
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let state = match own.is_locked() {
        true => "locked".to_owned(),
        false => format!("unlocked, value:{}", own.value.get()),
    };
    let text = with_waiters(&state, &own.waiters);
    repr_with(interp, &args[0], &text)
}

fn get_value(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::int(this(interp, of, "_value")?.value.get()))
}

fn locked(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "locked")?.is_locked()))
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "release")?;
    if own.bound.get().is_some_and(|bound| own.value.get() >= bound) {
        return Err(interp.value_error("BoundedSemaphore released too many times"));
    }
    own.value.set(own.value.get() + 1);
    own.wake_next();
    Ok(Value::NONE)
}

/// `self.release()`, which a subclass may have replaced.
fn release_any(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].tag() == Tag::Object { release(interp, args) } else { locks::release_any(interp, args) }
}

fn acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "acquire")?;
    Ok(coroutine(Acquire::new(&args[0], Value::TRUE)))
}

fn begin_acquire(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "acquire")?;
    coroutine::begin(interp, Acquire::new(&args[0], Value::TRUE))
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aenter__")?;
    if args[0].tag() == Tag::Instance {
        return Ok(locks::enter_by_methods(&args[0]));
    }
    Ok(coroutine(Acquire::new(&args[0], Value::NONE)))
}

fn begin_enter(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "__aenter__")?;
    if args[0].tag() == Tag::Instance {
        return coroutine::begin(interp, EnterByMethods::new(&args[0]));
    }
    coroutine::begin(interp, Acquire::new(&args[0], Value::NONE))
}

fn begin_exit(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "__aexit__")?;
    release_any(interp, args).map(Begun::Done)
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aexit__")?;
    let qualname = "_ContextManagerMixin.__aexit__";
    Ok(coroutine(Immediate { qualname, run: release_any, args: smallvec![args[0].clone()] }))
}

struct Acquire {
    semaphore: Value,
    waiter: Value,
    /// True, or None for `async with`.
    result: Value,
}

impl Acquire {
    fn new(semaphore: &Value, result: Value) -> Acquire {
        Acquire { semaphore: semaphore.clone(), waiter: Value::UNBOUND, result }
    }
}

impl Machine for Acquire {
    fn qualname(&self) -> &'static str {
        if self.result.is_none() { "_ContextManagerMixin.__aenter__" } else { "Semaphore.acquire" }
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = this(interp, &self.semaphore, "acquire")?;
        if self.waiter.is_unbound() {
            input?;
            if !own.is_locked() {
                own.value.set(own.value.get() - 1);
                return Ok(Step::Done(self.result.clone()));
            }
            let loop_ = running::bind_loop(interp, &self.semaphore, &own.loop_)?;
            self.waiter = future::create(&loop_);
            own.waiters.push(self.waiter.clone());
            return Ok(Step::Await(self.waiter.clone()));
        }
        own.waiters.remove(&self.waiter);
        let was_given = state(&self.waiter) == State::Finished;
        if let Err(raised) = &input
            && interp.raised_is(raised, CoreType::CancelledError)
            && was_given
        {
            // The place that was given to us is not needed.
            own.value.set(own.value.get() + 1);
        }
        while own.value.get() > 0 && own.wake_next() {}
        input?;
        Ok(Step::Done(self.result.clone()))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.semaphore);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.semaphore.clone()]
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
