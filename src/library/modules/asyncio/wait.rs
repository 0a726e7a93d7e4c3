//! `wait` and `as_completed`.

use super::queues::{Get, Queue};
use super::task_set::TaskSet;
use crate::event_loop::coroutine::{Machine, Step, coroutine};
use crate::event_loop::future::{self, Hook};
use crate::event_loop::handle::HookCall;
use crate::event_loop::receiver::receiver;
use crate::event_loop::scripted;
use crate::event_loop::slot::Slot;
use crate::event_loop::{EventLoop, alarm, clock, ensure, loop_rows, report, running, waiting};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::set::SetObject;
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    First,
    FirstException,
    All,
}

/// `wait(fs, *, timeout=None, return_when=ALL_COMPLETED)`.
pub fn wait(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [futures, timeout, return_when] = [0, 1, 2].map(|index| args[index].clone());
    Ok(coroutine(Wait { futures, timeout, return_when, started: None }))
}

struct Wait {
    futures: Value,
    timeout: Value,
    return_when: Value,
    started: Option<Started>,
}

struct Started {
    futures: Vec<Value>,
    /// A `Countdown`.
    countdown: Value,
    /// An alarm, or unbound.
    timer: Value,
}

/// What the callbacks of `wait` share.
struct Countdown {
    waiter: Slot,
    timer: Slot,
    left: Cell<usize>,
    until: Until,
}

static COUNTDOWN: TypeSpec =
    TypeSpec { name: "countdown", doc: "What a call of wait() waits for.", ..TypeSpec::EMPTY };

impl Traverse for Countdown {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.waiter.visit(visit);
        self.timer.visit(visit);
    }

    fn clear(&self) {
        drop(self.waiter.take());
        drop(self.timer.take());
    }
}

impl NativeObject for Countdown {
    fn spec(&self) -> &'static TypeSpec {
        &COUNTDOWN
    }
}

static ON_COMPLETION: Hook = Hook { name: "_wait.<locals>._on_completion", run: on_completion };

fn on_completion(interp: &mut dyn Interpreter, this: &Value, done: &Value) -> Result<(), Raised> {
    let Some(own) = this.downcast::<Countdown>() else { return Ok(()) };
    own.left.set(own.left.get().saturating_sub(1));
    let is_enough = own.left.get() == 0
        || own.until == Until::First
        || own.until == Until::FirstException
            && !future::is_cancelled(interp, done)?
            && !future::exception(interp, done)?.is_none();
    if is_enough {
        let timer = own.timer.get();
        alarm::cancel(interp, &timer)?;
        future::resolve(&own.waiter.get(), Value::NONE);
    }
    Ok(())
}

/// A timer that resolves a future: `call_later(delay, _release_waiter, waiter)`.
fn release_later(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    delay: &Value,
    target: &Value,
    hook: &'static Hook,
) -> Completion {
    if scripted::has_own_timing(loop_) {
        let callback = Value::object(HookCall { target: Slot::new(target.clone()), hook });
        return scripted::call_later(interp, loop_, delay, callback, &[Value::NONE]);
    }
    let Some(own) = EventLoop::of(loop_) else { return Ok(Value::UNBOUND) };
    let now = Value::float(clock::to_seconds(clock::monotonic()));
    let when = clock::from_seconds(loop_rows::add(interp, &now, delay)?);
    Ok(alarm::set(own, loop_, Some(when), target.clone(), hook))
}

static RELEASE_WAITER: Hook = Hook {
    name: "_release_waiter",
    run: |_, waiter, _| {
        future::resolve(waiter, Value::NONE);
        Ok(())
    },
};

impl Wait {
    fn start(&mut self, interp: &mut dyn Interpreter) -> Result<Step, Raised> {
        if future::is_future(interp, &self.futures)? || waiting::is_coroutine(interp, &self.futures) {
            let name = report::class_name(interp, &self.futures);
            return Err(interp.type_error(&format!("expect a list of futures, not {name}")));
        }
        if !interp.truth(&self.futures)? {
            return Err(interp.value_error("Set of Tasks/Futures is empty."));
        }
        let until = match self.return_when.str_like() {
            Some("FIRST_COMPLETED") => Until::First,
            Some("FIRST_EXCEPTION") => Until::FirstException,
            Some("ALL_COMPLETED") => Until::All,
            _ => {
                let shown = interp.to_str(&self.return_when)?;
                let shown = shown.as_str().unwrap_or_default();
                return Err(interp.value_error(&format!("Invalid return_when value: {shown}")));
            }
        };
        let futures = different(interp, &self.futures)?;
        if futures.iter().any(|future| waiting::is_coroutine(interp, future)) {
            return Err(interp.type_error("Passing coroutines is forbidden, use tasks explicitly."));
        }
        let loop_ = running::expect_running_loop(interp)?;
        let waiter = future::create(&loop_);
        let timer = match self.timeout.is_none() {
            true => Value::UNBOUND,
            false => release_later(interp, &loop_, &self.timeout, &waiter, &RELEASE_WAITER)?,
        };
        let countdown = Value::object(Countdown {
            waiter: Slot::new(waiter.clone()),
            timer: Slot::new(timer.clone()),
            left: Cell::new(futures.len()),
            until,
        });
        for future in &futures {
            future::add_hook(interp, future, &countdown, &ON_COMPLETION)?;
        }
        self.started = Some(Started { futures, countdown, timer });
        Ok(Step::Await(waiter))
    }
}

/// The different objects of an iterable, in the order of their first occurrence.
fn different(interp: &mut dyn Interpreter, iterable: &Value) -> Result<Vec<Value>, Raised> {
    let set = SetObject::new(false);
    for item in interp.collect(iterable)? {
        set.add(interp, &item)?;
    }
    Ok(set.members())
}

impl Machine for Wait {
    fn qualname(&self) -> &'static str {
        "wait"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let Some(started) = self.started.take() else {
            input?;
            return self.start(interp);
        };
        alarm::cancel(interp, &started.timer)?;
        for future in &started.futures {
            future::remove_hook(interp, future, &started.countdown, &ON_COMPLETION)?;
        }
        input?;
        let (done, pending) = (SetObject::new(false), SetObject::new(false));
        for future in &started.futures {
            let set = if future::is_done(interp, future)? { &done } else { &pending };
            set.add(interp, future)?;
        }
        Ok(Step::Done(Value::tuple(vec![Value::set(done), Value::set(pending)])))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.futures);
        visit(&self.timeout);
        visit(&self.return_when);
        if let Some(started) = &self.started {
            started.futures.iter().for_each(&mut *visit);
            visit(&started.countdown);
            visit(&started.timer);
        }
    }

    fn waits_for(&self) -> Vec<Value> {
        self.started.as_ref().map(|started| started.futures.clone()).unwrap_or_default()
    }
}

/// What `as_completed` returns.
struct AsCompleted {
    attributes: Attributes,
    /// An `asyncio.Queue` of futures that are done.
    done: Value,
    todo: RefCell<TaskSet>,
    /// How many are still to be handed out.
    left: Cell<usize>,
    timer: Slot,
}

/// `as_completed(fs, *, timeout=None)`.
pub fn as_completed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if waiting::is_awaitable(interp, &args[0]) {
        let name = report::class_name(interp, &args[0]);
        return Err(interp.type_error(&format!("expects an iterable of awaitables, not {name}")));
    }
    let loop_ = running::get_event_loop(interp)?;
    let mut todo = Vec::new();
    for awaitable in different(interp, &args[0])? {
        todo.push(ensure::ensure_future(interp, &awaitable, &loop_)?);
    }
    let mut waited = TaskSet::default();
    todo.iter().for_each(|future| waited.add(future.clone()));
    let this = Value::object(AsCompleted {
        attributes: Attributes::default(),
        done: Queue::create(),
        left: Cell::new(todo.len()),
        todo: RefCell::new(waited),
        timer: Slot::default(),
    });
    for future in &todo {
        future::add_hook(interp, future, &this, &HANDLE_COMPLETION)?;
    }
    if !todo.is_empty()
        && !args[1].is_none()
        && let Some(own) = this.downcast::<AsCompleted>()
    {
        own.timer.set(release_later(interp, &loop_, &args[1], &this, &HANDLE_TIMEOUT)?);
    }
    Ok(this)
}

static HANDLE_COMPLETION: Hook =
    Hook { name: "_AsCompletedIterator._handle_completion", run: handle_completion };
static HANDLE_TIMEOUT: Hook = Hook { name: "_AsCompletedIterator._handle_timeout", run: handle_timeout };

fn put(interp: &mut dyn Interpreter, queue: &Value, item: &Value) -> Result<(), Raised> {
    match queue.downcast::<Queue>() {
        Some(own) => own.put_nowait(interp, queue, item),
        None => Ok(()),
    }
}

fn handle_completion(interp: &mut dyn Interpreter, this: &Value, done: &Value) -> Result<(), Raised> {
    let Some(own) = this.downcast::<AsCompleted>() else { return Ok(()) };
    let removed = own.todo.borrow_mut().remove(done);
    if removed.is_unbound() {
        return Ok(());
    }
    put(interp, &own.done, &removed)?;
    if own.todo.borrow().is_empty() {
        alarm::cancel(interp, &own.timer.get())?;
    }
    Ok(())
}

fn handle_timeout(interp: &mut dyn Interpreter, this: &Value, _: &Value) -> Result<(), Raised> {
    let Some(own) = this.downcast::<AsCompleted>() else { return Ok(()) };
    for future in own.todo.take().all() {
        future::remove_hook(interp, &future, this, &HANDLE_COMPLETION)?;
        put(interp, &own.done, &Value::NONE)?;
    }
    Ok(())
}

impl Traverse for AsCompleted {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        visit(&self.done);
        self.todo.borrow().iter().for_each(&mut *visit);
        self.timer.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        drop(self.todo.take());
        drop(self.timer.take());
    }
}

impl NativeObject for AsCompleted {
    fn spec(&self) -> &'static TypeSpec {
        &AS_COMPLETED
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn next(&self, this: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        Ok(self.take_one().then(|| self.wait_for_one(this, true)))
    }
}

impl AsCompleted {
    fn take_one(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    fn wait_for_one(&self, this: &Value, resolve: bool) -> Value {
        let get = Get::new(self.done.clone());
        coroutine(WaitForOne { iterator: this.clone(), get, resolve, is_last: false })
    }
}

static AS_COMPLETED: TypeSpec = TypeSpec {
    name: "_AsCompletedIterator",
    module: "asyncio.tasks",
    script_name: "_AsCompletedIterator",
    doc: "Awaitables in the order of their completion.",
    methods: &AS_COMPLETED_METHODS,
    native_next: true,
    ..TypeSpec::EMPTY
};

static AS_COMPLETED_METHODS: [NativeRow; 2] = [
    native("__aiter__", "", aiter, "The iterator itself."),
    native("__anext__", "", anext, "Wait for the next future that is done."),
];

fn aiter(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(args[0].clone())
}

fn anext(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = receiver::<AsCompleted>(interp, &args[0], "_AsCompletedIterator", "__anext__")?;
    let is_last = !own.take_one();
    let get = Get::new(own.done.clone());
    Ok(coroutine(WaitForOne { iterator: args[0].clone(), get, resolve: false, is_last }))
}

/// Waits for the next future that is done; its result, or the future itself.
struct WaitForOne {
    /// The `AsCompleted`.
    iterator: Value,
    get: Get,
    resolve: bool,
    /// There is none: StopAsyncIteration.
    is_last: bool,
}

impl Machine for WaitForOne {
    fn qualname(&self) -> &'static str {
        if self.resolve { "_AsCompletedIterator._wait_for_one" } else { "_AsCompletedIterator.__anext__" }
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        if self.is_last {
            return Err(interp.raise_args(CoreType::StopAsyncIteration, &[]));
        }
        let done = match self.get.resume(interp, input)? {
            Step::Done(done) => done,
            step => return Ok(step),
        };
        if done.is_none() {
            return Err(interp.raise_args(CoreType::TimeoutError, &[]));
        }
        if self.resolve { future::result(interp, &done).map(Step::Done) } else { Ok(Step::Done(done)) }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.iterator);
        self.get.visit(visit);
    }

    fn waits_for(&self) -> Vec<Value> {
        self.iterator.downcast::<AsCompleted>().map(|own| own.todo.borrow().all()).unwrap_or_default()
    }
}
