//! `Timeout`, `timeout`, `timeout_at` and `wait_for`.

use crate::event_loop::coroutine::{self, Immediate, Machine, Step, coroutine};
use crate::event_loop::explain::cancel::{self, Cause};
use crate::event_loop::future::{self, Hook};
use crate::event_loop::receiver::receiver;
use crate::event_loop::scripted;
use crate::event_loop::slot::Slot;
use crate::event_loop::task::{self, Task};
use crate::event_loop::{EventLoop, alarm, clock, ensure, handle, loop_rows, running};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::spec::{Begun, NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use smallvec::smallvec;
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Entered,
    Expiring,
    Expired,
    Exited,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Entered => "active",
            State::Expiring => "expiring",
            State::Expired => "expired",
            State::Exited => "finished",
        }
    }
}

/// `asyncio.Timeout`.
pub struct Timeout {
    attributes: Attributes,
    state: Cell<State>,
    /// The deadline in loop time, or None.
    when: Slot,
    /// What will call `on_timeout`; unbound if nothing will.
    handle: Slot,
    task: Slot,
    /// How often the task was cancelled when the timeout was entered.
    cancelling: Cell<u32>,
}

impl Timeout {
    fn with_deadline(when: Value) -> Timeout {
        Timeout {
            attributes: Attributes::default(),
            state: Cell::new(State::Created),
            when: Slot::new(when),
            handle: Slot::default(),
            task: Slot::default(),
            cancelling: Cell::new(0),
        }
    }

    /// Set the deadline while entered.
    fn schedule(&self, interp: &mut dyn Interpreter, this: &Value, when: Value) -> Result<(), Raised> {
        self.drop_handle(interp)?;
        self.when.set(when.clone());
        if when.is_none() {
            return Ok(());
        }
        let loop_ = running::expect_running_loop(interp)?;
        if scripted::has_own_timing(&loop_) {
            let callback = handle::HookCall { target: Slot::new(this.clone()), hook: &ON_TIMEOUT };
            let args = [Value::NONE];
            let handle = scripted::call_at(interp, &loop_, &when, Value::object(callback), &args)?;
            self.handle.set(handle);
            return Ok(());
        }
        let Some(own) = EventLoop::of(&loop_) else { return Ok(()) };
        let seconds = interp.expect_float(&when)?;
        if seconds.is_nan() {
            return Err(interp.value_error("Invalid time: NaN (not a number)"));
        }
        own.check_closed(interp)?;
        let now = clock::to_seconds(clock::monotonic());
        let when = (seconds > now).then(|| clock::from_seconds(seconds));
        self.handle.set(alarm::set(own, &loop_, when, this.clone(), &ON_TIMEOUT));
        Ok(())
    }

    fn drop_handle(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let old = self.handle.take();
        if !old.is_unbound() {
            alarm::cancel(interp, &old)?;
        }
        Ok(())
    }

    /// `__aenter__`.
    fn enter(&self, interp: &mut dyn Interpreter, this: &Value) -> Result<(), Raised> {
        if self.state.get() != State::Created {
            return Err(interp.runtime_error("Timeout has already been entered"));
        }
        let loop_ = running::expect_running_loop(interp)?;
        let Some(task) = running::current_task(&loop_) else {
            return Err(interp.runtime_error("Timeout should be used inside a task"));
        };
        self.state.set(State::Entered);
        self.cancelling.set(task.downcast::<Task>().map_or(0, |task| task.cancels.get()));
        self.task.set(task);
        self.schedule(interp, this, self.when.get())
    }

    /// `__aexit__`: what comes of the exception that left the block, or of none.
    fn exit(&self, interp: &mut dyn Interpreter, exception: &Value) -> Result<(), Raised> {
        self.drop_handle(interp)?;
        match self.state.get() {
            State::Entered => {
                self.state.set(State::Exited);
                return Ok(());
            }
            State::Expiring => self.state.set(State::Expired),
            State::Created | State::Expired | State::Exited => {
                return Err(interp.raise_args(CoreType::AssertionError, &[]));
            }
        }
        let task = self.task.get();
        let left = task.downcast::<Task>().map_or(0, task::uncancel);
        if left > self.cancelling.get() || exception.is_none() {
            return Ok(());
        }
        // Nobody else wants the task cancelled: the cancellation is ours.
        if interp.exception_is(exception, CoreType::CancelledError) {
            let error = interp.new_exception(CoreType::TimeoutError, &[]);
            chain(&error, exception);
            return Err(Raised::new(error));
        }
        insert_timeout_error(interp, exception);
        if interp.exception_is(exception, CoreType::ExceptionGroup) {
            let members = interp.attribute(exception, "exceptions")?;
            for member in interp.collect(&members)? {
                insert_timeout_error(interp, &member);
            }
        }
        Ok(())
    }
}

/// `raise error from cause`, in a handler of `cause`.
fn chain(error: &Value, cause: &Value) {
    if let Some(state) = error.as_exception() {
        drop(state.cause.replace(cause.clone()));
        drop(state.context.replace(cause.clone()));
        state.suppress_context.set(true);
    }
}

/// An exception was raised while our CancelledError was handled: show the timeout between them.
fn insert_timeout_error(interp: &mut dyn Interpreter, exception: &Value) {
    let mut at = exception.clone();
    while let Some(state) = at.as_exception() {
        let next = state.context.borrow().clone();
        if next.is_none() {
            break;
        }
        if interp.exception_is(&next, CoreType::CancelledError) {
            let error = interp.new_exception(CoreType::TimeoutError, &[]);
            chain(&error, &next);
            drop(state.context.replace(error));
            break;
        }
        at = next;
    }
}

static ON_TIMEOUT: Hook = Hook {
    name: "Timeout._on_timeout",
    run: |interp, this, _| {
        let Some(own) = this.downcast::<Timeout>() else { return Ok(()) };
        let task = own.task.get();
        let cause = cancel::timeout(&task, this);
        cancel::because(cause, || future::cancel(interp, &task, &Value::NONE))?;
        own.state.set(State::Expiring);
        drop(own.handle.take());
        Ok(())
    },
};

impl Traverse for Timeout {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        for slot in [&self.when, &self.handle, &self.task] {
            slot.visit(visit);
        }
    }

    fn clear(&self) {
        self.attributes.clear();
        drop(self.handle.take());
        drop(self.task.take());
    }
}

impl NativeObject for Timeout {
    fn spec(&self) -> &'static TypeSpec {
        &TIMEOUT
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

/// `asyncio.Timeout`.
pub static TIMEOUT: TypeSpec = TypeSpec {
    name: "Timeout",
    module: "asyncio.timeouts",
    script_name: "Timeout",
    doc: "Cancels a block that takes too long.",
    methods: &METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 8] = [
    native("__new__", "*args, **kwargs", new, "A timeout that never comes.").as_new(),
    native("__init__", "when", init, "A timeout at a loop time; None: never.").like_script(),
    native("__aenter__", "", enter, "Start the clock.").like_async().begun_by(begin_enter),
    native("__aexit__", "exc_type, exc_val, exc_tb", exit, "Stop the clock; raise TimeoutError.")
        .like_async()
        .begun_by(begin_exit),
    native("__repr__", "", repr, "State and deadline."),
    native("expired", "", expired, "Whether the deadline has passed inside of the block."),
    native("reschedule", "when", reschedule, "Change the deadline."),
    native("when", "", when, "The deadline, or None."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Timeout, Raised> {
    receiver::<Timeout>(interp, this, "Timeout", method)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Timeout::with_deadline(Value::NONE)))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__init__")?.when.set(args[1].clone());
    Ok(Value::NONE)
}

/// `timeout(delay)`.
pub fn timeout(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::object(timeout_after(interp, &args[0])?))
}

fn timeout_after(interp: &mut dyn Interpreter, delay: &Value) -> Result<Timeout, Raised> {
    let now = loop_rows::running_time(interp)?;
    let when = match delay.is_none() {
        true => Value::NONE,
        false => Value::float(loop_rows::add(interp, &now, delay)?),
    };
    Ok(Timeout::with_deadline(when))
}

/// `timeout_at(when)`.
pub fn timeout_at(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::object(Timeout::with_deadline(args[0].clone())))
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aenter__")?;
    let args = smallvec![args[0].clone()];
    Ok(coroutine(Immediate { qualname: "Timeout.__aenter__", run: entered, args }))
}

fn entered(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aenter__")?.enter(interp, &args[0])?;
    Ok(args[0].clone())
}

fn begin_enter(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    entered(interp, args).map(Begun::Done)
}

fn begin_exit(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "__aexit__")?.exit(interp, &args[2])?;
    Ok(Begun::Done(Value::NONE))
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aexit__")?;
    let run = |interp: &mut dyn Interpreter, args: &[Value]| {
        this(interp, &args[0], "__aexit__")?.exit(interp, &args[1])?;
        Ok(Value::NONE)
    };
    let args = smallvec![args[0].clone(), args[2].clone()];
    Ok(coroutine(Immediate { qualname: "Timeout.__aexit__", run, args }))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let state = own.state.get();
    let mut text = format!("<Timeout [{}]", state.name());
    if state == State::Entered {
        let when = own.when.get();
        let shown = if when.is_none() {
            when
        } else {
            let builtins = interp.builtins();
            let round = interp.get_item(&builtins, &Value::str("round"))?;
            interp.call(&round, &[when, Value::int(3)])?
        };
        let shown = interp.to_str(&shown)?;
        text.push_str(&format!(" when={}", shown.as_str().unwrap_or_default()));
    }
    text.push('>');
    Ok(Value::str(&text))
}

fn expired(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "expired")?.state.get();
    Ok(Value::bool(matches!(state, State::Expiring | State::Expired)))
}

fn reschedule(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "reschedule")?;
    match own.state.get() {
        State::Entered => own.schedule(interp, &args[0], args[1].clone())?,
        State::Created => return Err(interp.runtime_error("Timeout has not been entered")),
        state => {
            let message = format!("Cannot change state of {} Timeout", state.name());
            return Err(interp.runtime_error(&message));
        }
    }
    Ok(Value::NONE)
}

fn when(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(this(interp, &args[0], "when")?.when.get())
}

/// `wait_for(fut, timeout)`.
pub fn wait_for(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(coroutine(WaitFor::new(args)))
}

/// `await wait_for(fut, timeout)`.
pub fn begin_wait_for(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    coroutine::begin(interp, WaitFor::new(args))
}

struct WaitFor {
    awaitable: Value,
    timeout: Value,
    stage: Stage,
}

enum Stage {
    Fresh,
    /// Within the timeout, which this is.
    Within(Value),
    /// The time was up before it began: cancelled, and waiting for its end with this waiter.
    Cancelled(Value),
}

static RELEASE_WAITER: Hook = Hook {
    name: "_release_waiter",
    run: |_, waiter, _| {
        future::resolve(waiter, Value::NONE);
        Ok(())
    },
};

impl WaitFor {
    fn new(args: &[Value]) -> WaitFor {
        WaitFor { awaitable: args[0].clone(), timeout: args[1].clone(), stage: Stage::Fresh }
    }

    fn start(&mut self, interp: &mut dyn Interpreter) -> Result<Step, Raised> {
        let has_passed = match (self.timeout.is_none(), self.timeout.as_int(), self.timeout.as_float()) {
            (true, ..) => false,
            (_, Some(delay), _) => delay <= 0,
            (_, _, Some(delay)) => delay <= 0.0,
            _ => interp.compare_bool(Comparison::Le, &self.timeout, &Value::int(0))?,
        };
        if !has_passed {
            let timeout = timeout_after(interp, &self.timeout)?;
            let timeout = Value::object(timeout);
            this(interp, &timeout, "__aenter__")?.enter(interp, &timeout)?;
            self.stage = Stage::Within(timeout);
            return Ok(Step::Await(self.awaitable.clone()));
        }
        self.awaitable = ensure::ensure_future(interp, &self.awaitable, &Value::NONE)?;
        if future::is_done(interp, &self.awaitable)? {
            return future::result(interp, &self.awaitable).map(Step::Done);
        }
        let loop_ = running::expect_running_loop(interp)?;
        let waiter = future::create(&loop_);
        future::add_hook(interp, &self.awaitable, &waiter, &RELEASE_WAITER)?;
        let cause = Cause::Timeout(interp.stack(1).pop());
        cancel::because(cause, || future::cancel(interp, &self.awaitable, &Value::NONE))?;
        self.stage = Stage::Cancelled(waiter.clone());
        Ok(Step::Await(waiter))
    }
}

impl Machine for WaitFor {
    fn qualname(&self) -> &'static str {
        "wait_for"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        match &self.stage {
            Stage::Fresh => {
                input?;
                self.start(interp)
            }
            Stage::Within(timeout) => {
                let own = this(interp, timeout, "__aexit__")?;
                let exception = input.as_ref().err().map_or(Value::NONE, Raised::value);
                own.exit(interp, &exception)?;
                input.map(Step::Done)
            }
            Stage::Cancelled(waiter) => {
                future::remove_hook(interp, &self.awaitable, waiter, &RELEASE_WAITER)?;
                input?;
                match future::result(interp, &self.awaitable) {
                    Ok(result) => Ok(Step::Done(result)),
                    Err(raised) if interp.raised_is(&raised, CoreType::CancelledError) => {
                        let error = interp.new_exception(CoreType::TimeoutError, &[]);
                        chain(&error, &raised.into_value());
                        Err(Raised::new(error))
                    }
                    Err(raised) => Err(raised),
                }
            }
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.awaitable);
        visit(&self.timeout);
        match &self.stage {
            Stage::Fresh => {}
            Stage::Within(value) | Stage::Cancelled(value) => visit(value),
        }
    }
}
