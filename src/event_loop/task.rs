//! Tasks: coroutines that the loop drives.
//!
//! A task that is not done is in one of three states. It *waits*: `waiter` is a future that is
//! not done and has `Callback::Wake` of the task among its callbacks. It is *ready*: the loop's
//! queue holds its next step. It *runs*: it is the loop's `current`.

use super::explain::cancel;
use super::future::{self, Callback, FutureCore, Hook, flag};
use super::handle::HookCall;
use super::ready::Ready;
use super::slot::Slot;
use super::task_rows::TASK;
use super::{EventLoop, context, report, waiting};
use crate::bytecode::Flavor;
use crate::object::heap::{self, Traverse};
use crate::object::native_object::Awaited;
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use std::cell::Cell;

/// `asyncio.Task`.
pub struct Task {
    pub core: FutureCore,
    pub coroutine: Slot,
    /// What it waits for; unbound if it does not wait.
    pub waiter: Slot,
    /// A string, or the number of an automatic name.
    pub name: Slot,
    /// Its context (see [`context`]); while it runs, an int: how deep the context was entered.
    pub context: Slot,
    /// Why it was cancelled (see [`explain::cancel`](super::explain::cancel)), until it is told.
    pub reason: Slot,
    /// How often it was cancelled and not uncancelled.
    pub cancels: Cell<u32>,
}

thread_local! {
    /// How many automatic names were given.
    static NAMED: Cell<i64> = const { Cell::new(0) };
}

impl Task {
    /// A task that is not initialised yet.
    pub fn empty() -> Task {
        Task {
            core: FutureCore::new(Value::UNBOUND),
            coroutine: Slot::default(),
            waiter: Slot::default(),
            name: Slot::default(),
            context: Slot::default(),
            reason: Slot::default(),
            cancels: Cell::new(0),
        }
    }

    /// Give the task its coroutine, name and context. The loop is set already.
    pub fn init(&self, coroutine: Value, name: Value, own_context: &Value) {
        self.core.set_flag(flag::LOG_DESTROY, true);
        self.name.set(if name.is_none() { next_name() } else { name });
        self.coroutine.set(coroutine);
        self.context.set(future::callback_context(own_context));
    }

    /// Its context, as an object.
    pub fn context_object(&self) -> Value {
        let own = self.context.take();
        if let Some(depth) = own.as_int() {
            self.context.set(own);
            return context::entered_object(depth as usize);
        }
        let object = context::to_object(own);
        self.context.set(object.clone());
        object
    }

    /// Its name.
    pub fn name(&self) -> Value {
        let name = self.name.get();
        let Some(number) = name.as_int() else { return name };
        let name = Value::str(&format!("Task-{number}"));
        self.name.set(name.clone());
        name
    }
}

fn next_name() -> Value {
    let number = NAMED.get() + 1;
    NAMED.set(number);
    Value::int(number)
}

/// A new task of a loop, its first step scheduled. `coroutine` is one.
pub fn create(
    loop_value: &Value,
    loop_: &EventLoop,
    coroutine: Value,
    name: Value,
    context: &Value,
) -> Value {
    let task = Task { core: FutureCore::new(loop_value.clone()), ..Task::empty() };
    task.init(coroutine, name, context);
    let task = Value::object(task);
    heap::enroll(&task);
    loop_.push(Ready::Step(task.clone()));
    task
}

/// What wakes a task whose future is not one of ours.
pub static WAKE_UP: Hook = Hook { name: "Task.task_wakeup", run: wake_by };

fn wake_by(interp: &mut dyn Interpreter, task: &Value, future: &Value) -> Result<(), Raised> {
    let thrown = future::result(interp, future).err();
    let Some(own) = task.downcast::<Task>() else { return Ok(()) };
    // Whoever calls this has entered the task's context already; the step enters it itself.
    let is_inside = context::step_out(&own.context);
    let result = step_of(interp, task, thrown);
    if is_inside {
        context::step_in(&own.context);
    }
    result
}

/// A step of a task, by the loop that is its own.
fn step_of(interp: &mut dyn Interpreter, this: &Value, thrown: Option<Raised>) -> Result<(), Raised> {
    let Some(task) = this.downcast::<Task>() else { return Ok(()) };
    let loop_value = task.core.loop_.get();
    match EventLoop::of(&loop_value) {
        Some(loop_) => step(interp, loop_, this, thrown),
        None => Ok(()),
    }
}

/// The future that the task waits for is done: its next step.
#[inline(always)]
pub fn wake(interp: &mut dyn Interpreter, loop_: &EventLoop, this: &Value) -> Result<(), Raised> {
    let Some(task) = this.downcast::<Task>() else { return Ok(()) };
    let waiter = task.waiter.get();
    let thrown = match future::core(&waiter) {
        Some(core) if core.state() == future::State::Finished => None,
        Some(core) => core.result(interp).err(),
        None => None,
    };
    step(interp, loop_, this, thrown)
}

/// Run a task of `loop_` until it waits or ends. What is returned ends the loop: KeyboardInterrupt, SystemExit.
#[inline(always)]
pub fn step(
    interp: &mut dyn Interpreter,
    loop_: &EventLoop,
    this: &Value,
    thrown: Option<Raised>,
) -> Result<(), Raised> {
    let Some(task) = this.downcast::<Task>() else { return Ok(()) };
    let mut thrown = thrown;
    if task.core.is_done() {
        let raised = already_done(interp, this, thrown);
        return report_step(interp, this, task, raised);
    }
    if task.core.has(flag::MUST_CANCEL) {
        let is_cancelled = |raised: &Raised| interp.raised_is(raised, CoreType::CancelledError);
        if !thrown.as_ref().is_some_and(is_cancelled) {
            thrown = Some(task.core.cancelled_error(interp));
        }
        task.core.set_flag(flag::MUST_CANCEL, false);
    }
    drop(task.waiter.take());
    if let Some(raised) = &thrown {
        cancel::attach(interp, task, raised);
    }

    let other = loop_.current.replace(this.clone());
    if !other.is_unbound() {
        let raised = cannot_enter(interp, this, &other);
        loop_.current.set(other);
        return report_step(interp, this, task, raised);
    }
    let result = step_in_context(interp, this, task, loop_, thrown);
    drop(loop_.current.take());
    result
}

/// Stands for the step of a task in reports.
pub static STEP: Hook =
    Hook { name: "TaskStepMethWrapper", run: |interp, task, _| step_of(interp, task, None) };

/// Report what a step raised that is not the coroutine's.
#[cold]
fn report_step(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    raised: Raised,
) -> Result<(), Raised> {
    let loop_ = task.core.loop_.get();
    let handle = super::handle::of_hook(&loop_, this.clone(), &STEP, Value::NONE);
    report::in_callback(interp, &loop_, &handle, raised)
}

#[cold]
fn already_done(interp: &mut dyn Interpreter, this: &Value, thrown: Option<Raised>) -> Raised {
    let thrown = thrown.map_or(Value::NONE, Raised::into_value);
    let texts = interp.repr(this).and_then(|task| Ok((task, interp.repr(&thrown)?)));
    match texts {
        Ok((task, thrown)) => {
            let (task, thrown) = (task.as_str().unwrap_or_default(), thrown.as_str().unwrap_or_default());
            let message = format!("_step(): already done: {task} {thrown}");
            interp.raise(CoreType::InvalidStateError, &message)
        }
        Err(raised) => raised,
    }
}

#[cold]
fn cannot_enter(interp: &mut dyn Interpreter, this: &Value, other: &Value) -> Raised {
    let texts = interp.repr(this).and_then(|this| Ok((this, interp.repr(other)?)));
    match texts {
        Ok((this, other)) => {
            let (this, other) = (this.as_str().unwrap_or_default(), other.as_str().unwrap_or_default());
            let message =
                format!("Cannot enter into task {this} while another task {other} is being executed.");
            interp.runtime_error(&message)
        }
        Err(raised) => raised,
    }
}

/// Run the coroutine and see to what comes of it.
#[inline(always)]
pub(super) fn step_in_context(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    loop_: &EventLoop,
    thrown: Option<Raised>,
) -> Result<(), Raised> {
    let coroutine = task.coroutine.get();
    let outcome = match context::enter(interp, &task.context) {
        Ok(()) => {
            let outcome = waiting::step(interp, &coroutine, thrown);
            task.context.set(context::leave());
            outcome
        }
        Err(raised) => Err(raised),
    };
    // What died with the coroutine's frames acts before those who wait for the task.
    let polled = if heap::attention() { interp.poll() } else { Ok(()) };
    end_step(interp, this, task, loop_, outcome).and(polled)
}

/// See to what came of a step.
#[inline(always)]
fn end_step(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    loop_: &EventLoop,
    outcome: Result<Awaited, Raised>,
) -> Result<(), Raised> {
    match outcome {
        // `sleep(0)`: only a turn of the loop.
        Ok(Awaited::Pending(yielded)) if yielded.is_none() => {
            loop_.push(Ready::Step(this.clone()));
            Ok(())
        }
        Ok(Awaited::Pending(yielded)) => wait_for(interp, this, task, loop_, yielded),
        Ok(Awaited::Ready(result)) => {
            if task.core.has(flag::MUST_CANCEL) {
                // Cancelled just before the coroutine returned.
                task.core.set_flag(flag::MUST_CANCEL, false);
                task.core.cancel(this, &task.core.cancel_message());
            } else {
                task.core.finish(this, result);
            }
            heap::strike(this);
            Ok(())
        }
        Err(raised) => end_with(interp, this, task, raised),
    }
}

/// The coroutine raised.
fn end_with(interp: &mut dyn Interpreter, this: &Value, task: &Task, raised: Raised) -> Result<(), Raised> {
    heap::strike(this);
    if interp.raised_is(&raised, CoreType::CancelledError) {
        task.core.set_cancelled_error(raised.into_value());
        task.core.cancel(this, &Value::NONE);
        return Ok(());
    }
    let is_fatal = report::is_fatal(interp, &raised);
    task.core.fail(this, raised.value());
    if is_fatal { Err(raised) } else { Ok(()) }
}

/// The coroutine handed on `yielded`: normally the future it waits for.
#[inline]
fn wait_for(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    loop_: &EventLoop,
    yielded: Value,
) -> Result<(), Raised> {
    // A script's class may replace `add_done_callback`.
    let own = if yielded.tag() == Tag::Instance { None } else { future::core(&yielded) };
    let Some(core) = own else {
        return wait_for_other(interp, this, task, loop_, yielded);
    };
    let is_self = yielded.is(this);
    if !is_self && !core.loop_.with(|other| task.core.loop_.is(other)) {
        return different_loop(interp, this, loop_, &yielded);
    }
    if !core.has(flag::BLOCKING) {
        return complain(
            interp,
            this,
            loop_,
            |task, yielded| format!("yield was used instead of yield from in task {task} with {yielded}"),
            &yielded,
        );
    }
    if is_self {
        return complain(interp, this, loop_, |task, _| format!("Task cannot await on itself: {task}"), this);
    }
    core.set_flag(flag::BLOCKING, false);
    core.add_callback(&yielded, Callback::Wake(this.clone()));
    task.waiter.set(yielded.clone());
    cancel_waiter(interp, task, &yielded)
}

/// If the task was cancelled meanwhile, cancel what it waits for.
#[inline]
fn cancel_waiter(interp: &mut dyn Interpreter, task: &Task, waiter: &Value) -> Result<(), Raised> {
    if task.core.has(flag::MUST_CANCEL) && future::cancel(interp, waiter, &task.core.cancel_message())? {
        task.core.set_flag(flag::MUST_CANCEL, false);
    }
    Ok(())
}

/// The coroutine handed on something that is no future of ours.
#[cold]
fn wait_for_other(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    loop_: &EventLoop,
    yielded: Value,
) -> Result<(), Raised> {
    match try_wait_for_other(interp, this, task, loop_, &yielded) {
        Ok(()) => Ok(()),
        // What goes wrong here is the coroutine's business.
        Err(raised) => {
            loop_.push(Ready::Throw(this.clone(), raised));
            Ok(())
        }
    }
}

fn try_wait_for_other(
    interp: &mut dyn Interpreter,
    this: &Value,
    task: &Task,
    loop_: &EventLoop,
    yielded: &Value,
) -> Result<(), Raised> {
    let blocking_name = intern("_asyncio_future_blocking");
    let blocking = interp.find_attr(yielded, &blocking_name)?.filter(|blocking| !blocking.is_none());
    let Some(blocking) = blocking else {
        let is_generator = yielded.as_generator().is_some_and(|g| g.head().flavor == Flavor::Generator);
        return complain(
            interp,
            this,
            loop_,
            |task, yielded| match is_generator {
                true => format!(
                    "yield was used instead of yield from for generator in task {task} with {yielded}"
                ),
                false => format!("Task got bad yield: {yielded}"),
            },
            yielded,
        );
    };
    if yielded.is(this) {
        return complain(interp, this, loop_, |task, _| format!("Task cannot await on itself: {task}"), this);
    }
    let other = future::loop_of(interp, yielded)?;
    if !task.core.loop_.is(&other) {
        return different_loop(interp, this, loop_, yielded);
    }
    if !interp.truth(&blocking)? {
        return complain(
            interp,
            this,
            loop_,
            |task, yielded| format!("yield was used instead of yield from in task {task} with {yielded}"),
            yielded,
        );
    }
    interp.set_attr(yielded, &blocking_name, &Value::FALSE)?;
    let wake = Value::object(HookCall { target: Slot::new(this.clone()), hook: &WAKE_UP });
    let method = interp.attribute(yielded, "add_done_callback")?;
    let own = task.context_object();
    interp.call_keywords(&method, &[wake], &[(Value::str("context"), own)])?;
    task.waiter.set(yielded.clone());
    cancel_waiter(interp, task, yielded)
}

#[cold]
fn different_loop(
    interp: &mut dyn Interpreter,
    this: &Value,
    loop_: &EventLoop,
    yielded: &Value,
) -> Result<(), Raised> {
    complain(
        interp,
        this,
        loop_,
        |task, yielded| format!("Task {task} got Future {yielded} attached to a different loop"),
        yielded,
    )
}

/// Throw a RuntimeError into the coroutine at the task's next step.
#[cold]
fn complain(
    interp: &mut dyn Interpreter,
    this: &Value,
    loop_: &EventLoop,
    message: impl FnOnce(&str, &str) -> String,
    yielded: &Value,
) -> Result<(), Raised> {
    let raised = match interp.repr(this).and_then(|task| Ok((task, interp.repr(yielded)?))) {
        Ok((task, yielded)) => {
            let text = message(task.as_str().unwrap_or_default(), yielded.as_str().unwrap_or_default());
            interp.runtime_error(&text)
        }
        Err(raised) => raised,
    };
    loop_.push(Ready::Throw(this.clone(), raised));
    Ok(())
}

/// `Task.cancel`: ask the task to end.
pub fn cancel(
    interp: &mut dyn Interpreter,
    _this: &Value,
    task: &Task,
    message: &Value,
) -> Result<bool, Raised> {
    task.core.set_flag(flag::LOG_TRACEBACK, false);
    if task.core.is_done() {
        return Ok(false);
    }
    cancel::note(interp, task);
    task.cancels.set(task.cancels.get() + 1);
    let waiter = task.waiter.get();
    if !waiter.is_unbound() && future::cancel(interp, &waiter, message)? {
        // The waiter stays: it may be a task that ignores this, to be cancelled again later.
        return Ok(true);
    }
    task.core.set_flag(flag::MUST_CANCEL, true);
    task.core.set_cancel_message(message);
    Ok(true)
}

/// `Task.uncancel`: take back one `cancel`; how many are left.
pub fn uncancel(task: &Task) -> u32 {
    let left = task.cancels.get().saturating_sub(1);
    if task.cancels.replace(left) == 1 {
        task.core.set_flag(flag::MUST_CANCEL, false);
    }
    left
}

impl Traverse for Task {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.core.visit(visit);
        for slot in [&self.coroutine, &self.waiter, &self.name, &self.context, &self.reason] {
            slot.visit(visit);
        }
    }

    fn clear(&self) {
        self.core.clear();
        for slot in [&self.coroutine, &self.waiter, &self.context, &self.reason] {
            drop(slot.take());
        }
    }
}

impl NativeObject for Task {
    fn spec(&self) -> &'static TypeSpec {
        &TASK
    }

    fn has_attributes(&self) -> bool {
        true
    }

    fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.core.own_attribute(name)
    }

    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        self.core.set_own_attribute(name, value)
    }

    fn needs_finalizer(&self) -> bool {
        self.core.has(flag::LOG_TRACEBACK) || (self.core.has(flag::LOG_DESTROY) && !self.core.is_done())
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.core.is_done() {
            return report::never_retrieved(interp, this, &self.core);
        }
        // Whoever keeps the report keeps the task, but nobody will run it.
        heap::strike(this);
        report::destroyed_pending(interp, this, &self.core)
    }

    #[inline]
    fn poll_await(&self, this: &Value, _: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        future::poll(&self.core, this, interp)
    }
}
