//! Futures: a result that is not there yet, and what is to happen when it is.

pub use super::any_future::{
    add_hook, exception, is_cancelled, is_done, is_future, loop_of, remove_hook, result,
};
use super::future_rows::FUTURE;
use super::gather::Gathering;
use super::ready::Ready;
use super::slot::Slot;
use super::task::{self, Task};
use super::{EventLoop, context};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interpreter::CodePlace;
use crate::object::native_object::Awaited;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use std::cell::Cell;

/// What has become of a future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    Cancelled,
    /// `result` holds the result.
    Finished,
    /// `result` holds the exception.
    Failed,
}

impl State {
    /// The name scripts see.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "PENDING",
            State::Cancelled => "CANCELLED",
            State::Finished | State::Failed => "FINISHED",
        }
    }
}

/// Bits of [`FutureCore::has`].
pub mod flag {
    /// `await` has handed the future to whoever resumes the coroutine (`_asyncio_future_blocking`).
    pub const BLOCKING: u8 = 1;
    /// The exception has not been looked at: to be reported when the future dies.
    pub const LOG_TRACEBACK: u8 = 2;
    /// A task: to be reported if it dies pending.
    pub const LOG_DESTROY: u8 = 4;
    /// A task: an exception must be thrown into it at its next step.
    pub const MUST_CANCEL: u8 = 8;
}

/// A callback written in Rust: `run` gets what the callback was made for and the future.
pub struct Hook {
    /// How a repr shows it.
    pub name: &'static str,
    pub run: fn(&mut dyn Interpreter, &Value, &Value) -> Result<(), Raised>,
}

/// What is to happen when a future is done.
pub enum Callback {
    /// A task goes on.
    Wake(Value),
    /// A hook with what it was made for.
    Native(Value, &'static Hook),
    /// A callable is called with the future, in a context.
    Call(Box<(Value, Value)>),
}

/// Most futures have one callback.
#[derive(Default)]
enum Callbacks {
    #[default]
    None,
    One(Callback),
    Many(Vec<Callback>),
}

/// What few futures have.
#[derive(Default)]
struct Extra {
    /// The argument of `cancel`, unbound or None if there was none.
    cancel_message: Value,
    /// The CancelledError that ended a task, for the first who asks.
    cancelled_error: Value,
    /// The traceback that the exception had when it was set.
    traceback: Value,
    /// The class that a script has made of this one, for reports after the instance's death.
    class: Value,
    /// Debug mode: where the future was made, innermost first.
    source: Vec<CodePlace>,
    /// While account of leaks is kept: the same, but nothing that a script can see.
    origin: Option<CodePlace>,
    /// What a script has set.
    attributes: Attributes,
}

/// What a Future, a Task and the future of `gather` have in common.
pub struct FutureCore {
    /// The loop; unbound until `__init__` has run.
    pub loop_: Slot,
    result: Slot,
    callbacks: Cell<Callbacks>,
    extra: Cell<Option<Box<Extra>>>,
    state: Cell<State>,
    flags: Cell<u8>,
}

/// `asyncio.Future`.
pub struct Future {
    pub core: FutureCore,
}

impl FutureCore {
    /// A pending future of the loop.
    pub fn new(loop_: Value) -> FutureCore {
        FutureCore {
            loop_: Slot::new(loop_),
            result: Slot::default(),
            callbacks: Cell::default(),
            extra: Cell::default(),
            state: Cell::new(State::Pending),
            flags: Cell::new(0),
        }
    }

    #[inline(always)]
    pub fn state(&self) -> State {
        self.state.get()
    }

    #[inline(always)]
    pub fn is_done(&self) -> bool {
        self.state.get() != State::Pending
    }

    /// Whether a [`flag`] is set.
    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    #[inline(always)]
    pub fn set_flag(&self, flag: u8, on: bool) {
        let flags = self.flags.get();
        self.flags.set(if on { flags | flag } else { flags & !flag });
    }

    fn with_extra<R>(&self, f: impl FnOnce(&mut Extra) -> R) -> R {
        let mut extra = self.extra.take().unwrap_or_default();
        let result = f(&mut extra);
        self.extra.set(Some(extra));
        result
    }

    fn read_extra<R: Default>(&self, f: impl FnOnce(&Extra) -> R) -> R {
        let extra = self.extra.take();
        let result = extra.as_deref().map(f).unwrap_or_default();
        self.extra.set(extra);
        result
    }

    /// The argument of `cancel`, or None.
    pub fn cancel_message(&self) -> Value {
        let message = self.read_extra(|extra| extra.cancel_message.clone());
        if message.is_unbound() { Value::NONE } else { message }
    }

    /// Set what `cancel_message` says.
    pub fn set_cancel_message(&self, message: &Value) {
        if message.given_some().is_some() || self.has_extra() {
            let old = self.with_extra(|extra| std::mem::replace(&mut extra.cancel_message, message.clone()));
            drop(old);
        }
    }

    fn has_extra(&self) -> bool {
        let extra = self.extra.take();
        let has = extra.is_some();
        self.extra.set(extra);
        has
    }

    /// Remember the CancelledError that ended the task.
    pub fn set_cancelled_error(&self, error: Value) {
        self.with_extra(|extra| extra.cancelled_error = error);
    }

    /// The class of the instance that this future is inside of; unbound if it is in none.
    pub fn class(&self) -> Value {
        self.read_extra(|extra| extra.class.clone())
    }

    /// See `class`.
    pub fn set_class(&self, class: Value) {
        self.with_extra(|extra| extra.class = class);
    }

    /// Debug mode: where the future was made, innermost first; empty otherwise.
    pub fn source(&self) -> Vec<CodePlace> {
        self.read_extra(|extra| extra.source.clone())
    }

    /// See `source`.
    pub fn set_source(&self, places: Vec<CodePlace>) {
        self.with_extra(|extra| extra.source = places);
    }

    /// While account of leaks is kept: where the future was made.
    pub fn origin(&self) -> Option<CodePlace> {
        self.read_extra(|extra| extra.origin.clone())
    }

    /// See `origin`.
    pub fn set_origin(&self, place: Option<CodePlace>) {
        if place.is_some() {
            self.with_extra(|extra| extra.origin = place);
        }
    }

    /// The CancelledError to raise for a cancelled future.
    pub fn cancelled_error(&self, interp: &mut dyn Interpreter) -> Raised {
        let known = match self.has_extra() {
            true => self.with_extra(|extra| extra.cancelled_error.take()),
            false => Value::UNBOUND,
        };
        if !known.is_unbound() {
            return Raised::new(known);
        }
        let message = self.cancel_message();
        match message.is_none() {
            true => interp.raise_args(CoreType::CancelledError, &[]),
            false => interp.raise_args(CoreType::CancelledError, &[message]),
        }
    }

    /// `result()`, raised anew: an exception being handled becomes the context of the future's.
    pub fn raise_result(&self, interp: &mut dyn Interpreter) -> Completion {
        let result = self.result(interp);
        if self.state() == State::Failed
            && let Err(raised) = &result
        {
            interp.chain(&raised.value());
        }
        result
    }

    /// `result()`, with the text for a future that is not done.
    pub fn result(&self, interp: &mut dyn Interpreter) -> Completion {
        match self.state() {
            State::Finished => Ok(self.result.get()),
            State::Failed => {
                self.set_flag(flag::LOG_TRACEBACK, false);
                let exception = self.result.get();
                if let Some(state) = exception.as_exception() {
                    let saved = self.read_extra(|extra| extra.traceback.clone());
                    let old = state.traceback.replace(if saved.is_unbound() { Value::NONE } else { saved });
                    drop(old);
                }
                Err(Raised::new(exception))
            }
            State::Cancelled => Err(self.cancelled_error(interp)),
            State::Pending => Err(interp.raise(CoreType::InvalidStateError, "Result is not set.")),
        }
    }

    /// `exception()`.
    pub fn exception(&self, interp: &mut dyn Interpreter) -> Completion {
        match self.state() {
            State::Finished => Ok(Value::NONE),
            State::Failed => {
                self.set_flag(flag::LOG_TRACEBACK, false);
                Ok(self.result.get())
            }
            State::Cancelled => Err(self.cancelled_error(interp)),
            State::Pending => Err(interp.raise(CoreType::InvalidStateError, "Exception is not set.")),
        }
    }

    /// The exception, without counting as having looked at it; unbound if there is none.
    pub fn peek_exception(&self) -> Value {
        if self.state() == State::Failed { self.result.get() } else { Value::UNBOUND }
    }

    /// The result, unbound if there is none.
    pub fn peek_result(&self) -> Value {
        if self.state() == State::Finished { self.result.get() } else { Value::UNBOUND }
    }

    /// Finish with a result. The caller has checked that the future is pending.
    #[inline]
    pub fn finish(&self, this: &Value, result: Value) {
        self.result.set(result);
        self.state.set(State::Finished);
        self.schedule_callbacks(this);
    }

    /// Finish with an exception object. The caller has checked that the future is pending.
    pub fn fail(&self, this: &Value, exception: Value) {
        if let Some(state) = exception.as_exception() {
            let traceback = state.traceback.borrow().clone();
            self.with_extra(|extra| extra.traceback = traceback);
        }
        self.result.set(exception);
        self.state.set(State::Failed);
        self.schedule_callbacks(this);
        self.set_flag(flag::LOG_TRACEBACK, true);
    }

    /// `Future.cancel`: whether it was pending.
    pub fn cancel(&self, this: &Value, message: &Value) -> bool {
        self.set_flag(flag::LOG_TRACEBACK, false);
        if self.is_done() {
            return false;
        }
        self.state.set(State::Cancelled);
        self.set_cancel_message(message);
        self.schedule_callbacks(this);
        true
    }

    fn schedule_callbacks(&self, this: &Value) {
        match self.callbacks.take() {
            Callbacks::None => {}
            Callbacks::One(callback) => self.schedule(this, callback),
            Callbacks::Many(callbacks) => {
                callbacks.into_iter().for_each(|callback| self.schedule(this, callback));
            }
        }
    }

    /// Let the loop run the callback.
    fn schedule(&self, this: &Value, callback: Callback) {
        self.loop_.with(|loop_| {
            let Some(loop_) = EventLoop::of(loop_) else { return };
            loop_.push(match callback {
                Callback::Wake(task) => Ready::Wake(task),
                Callback::Native(target, hook) => Ready::Native(target, hook, this.clone()),
                Callback::Call(call) => Ready::Call(Box::new((call.0, call.1, this.clone()))),
            });
        });
    }

    /// Run the callback when the future is done: soon, if it is.
    #[inline]
    pub fn add_callback(&self, this: &Value, callback: Callback) {
        if self.is_done() {
            return self.schedule(this, callback);
        }
        self.callbacks.set(match self.callbacks.take() {
            Callbacks::None => Callbacks::One(callback),
            Callbacks::One(first) => Callbacks::Many(vec![first, callback]),
            Callbacks::Many(mut callbacks) => {
                callbacks.push(callback);
                Callbacks::Many(callbacks)
            }
        });
    }

    /// Take all callbacks out.
    pub fn take_callbacks(&self) -> Vec<Callback> {
        match self.callbacks.take() {
            Callbacks::None => Vec::new(),
            Callbacks::One(callback) => vec![callback],
            Callbacks::Many(callbacks) => callbacks,
        }
    }

    /// Undo `take_callbacks`; what was added meanwhile comes last.
    pub fn put_callbacks(&self, mut callbacks: Vec<Callback>) {
        callbacks.extend(self.take_callbacks());
        self.callbacks.set(match callbacks.len() {
            0 => Callbacks::None,
            1 => callbacks.pop().map_or(Callbacks::None, Callbacks::One),
            _ => Callbacks::Many(callbacks),
        });
    }

    /// Remove the callbacks with this hook and target.
    pub fn remove_hook(&self, target: &Value, hook: &'static Hook) {
        let mut callbacks = self.take_callbacks();
        callbacks.retain(|callback| {
            !matches!(callback, Callback::Native(own, other) if own.is(target) && std::ptr::eq(*other, hook))
        });
        self.put_callbacks(callbacks);
    }

    /// An attribute that a script has set.
    pub fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.read_extra(|extra| extra.attributes.get(name))
    }

    /// Set such an attribute, or with an unbound value delete it; false if there is none.
    pub fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        if value.is_unbound() && !self.has_extra() {
            return false;
        }
        self.with_extra(|extra| extra.attributes.set(name, value))
    }

    /// Let the collector look at everything.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.loop_.visit(visit);
        self.result.visit(visit);
        let callbacks = self.callbacks.take();
        match &callbacks {
            Callbacks::None => {}
            Callbacks::One(callback) => callback.visit(visit),
            Callbacks::Many(callbacks) => callbacks.iter().for_each(|callback| callback.visit(visit)),
        }
        self.callbacks.set(callbacks);
        self.read_extra(|extra| {
            visit(&extra.cancel_message);
            visit(&extra.cancelled_error);
            visit(&extra.traceback);
            visit(&extra.class);
            extra.attributes.visit(visit);
            extra.source.iter().for_each(|place| visit(&place.code));
        });
    }

    /// Let go of everything.
    pub fn clear(&self) {
        drop(self.callbacks.take());
        drop(self.extra.take());
        drop(self.result.take());
        drop(self.loop_.take());
    }
}

impl Callback {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        match self {
            Callback::Wake(value) | Callback::Native(value, _) => visit(value),
            Callback::Call(call) => {
                visit(&call.0);
                visit(&call.1);
            }
        }
    }
}

impl Traverse for Future {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.core.visit(visit);
    }

    fn clear(&self) {
        self.core.clear();
    }
}

impl NativeObject for Future {
    fn spec(&self) -> &'static TypeSpec {
        &FUTURE
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
        self.core.has(flag::LOG_TRACEBACK)
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        super::report::never_retrieved(interp, this, &self.core)
    }

    #[inline]
    fn poll_await(&self, this: &Value, _: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        poll(&self.core, this, interp)
    }
}

/// `await` of a future.
#[inline]
pub fn poll(core: &FutureCore, this: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
    if core.is_done() {
        return core.raise_result(interp).map(Awaited::Ready);
    }
    if core.has(flag::BLOCKING) {
        return Err(interp.runtime_error("await wasn't used with future"));
    }
    core.set_flag(flag::BLOCKING, true);
    Ok(Awaited::Pending(this.clone()))
}

/// The future in a Future, Task or gathering future, or in an instance of a subclass.
#[inline]
pub fn core(value: &Value) -> Option<&FutureCore> {
    if let Some(future) = value.downcast::<Future>() {
        return Some(&future.core);
    }
    if let Some(task) = value.downcast::<Task>() {
        return Some(&task.core);
    }
    value.downcast::<Gathering>().map(|gathering| &gathering.core)
}

/// A new pending future.
pub fn create(loop_: &Value) -> Value {
    Value::object(Future { core: FutureCore::new(loop_.clone()) })
}

/// `set_result`, unless the future is done.
pub fn resolve(future: &Value, result: Value) {
    if let Some(core) = core(future)
        && !core.is_done()
    {
        core.finish(future, result);
    }
}

/// How many tasks, each waiting for the next, a cancellation may go through: CPython's limit for
/// C code that calls itself.
const CANCEL_DEPTH: u32 = 9_996;

thread_local! {
    /// How many cancellations are under way, each in the one before.
    static CANCELLING: Cell<u32> = const { Cell::new(0) };
}

/// `future.cancel(msg=message)`, whatever kind of future it is. RecursionError for tasks that wait
/// for each other.
pub fn cancel(interp: &mut dyn Interpreter, future: &Value, message: &Value) -> Result<bool, Raised> {
    let depth = CANCELLING.get();
    if depth >= CANCEL_DEPTH {
        let text = "maximum recursion depth exceeded while calling a Python object";
        return Err(interp.raise(CoreType::RecursionError, text));
    }
    CANCELLING.set(depth + 1);
    let result = cancel_any(interp, future, message);
    CANCELLING.set(depth);
    result
}

fn cancel_any(interp: &mut dyn Interpreter, future: &Value, message: &Value) -> Result<bool, Raised> {
    if future.tag() == Tag::Object {
        if let Some(plain) = future.downcast::<Future>() {
            return Ok(plain.core.cancel(future, message));
        }
        if let Some(task) = future.downcast::<Task>() {
            return task::cancel(interp, future, task, message);
        }
        if let Some(gathering) = future.downcast::<Gathering>() {
            return gathering.cancel(interp, message);
        }
    }
    let result = match message.given_some() {
        None => interp.call_method(future, "cancel", &[])?,
        Some(message) => {
            let method = interp.attribute(future, "cancel")?;
            interp.call_keywords(&method, &[], &[(Value::str("msg"), message.clone())])?
        }
    };
    interp.truth(&result)
}

/// The exception object for `set_exception`: a class is called, StopIteration is wrapped.
pub fn exception_to_set(interp: &mut dyn Interpreter, exception: &Value) -> Completion {
    let exception = match exception.as_type() {
        Some(_) => interp.call(exception, &[])?,
        None => exception.clone(),
    };
    if exception.as_exception().is_none() {
        return Err(interp.type_error("invalid exception object"));
    }
    if !interp.exception_is(&exception, CoreType::StopIteration) {
        return Ok(exception);
    }
    let text = "StopIteration interacts badly with generators and cannot be raised into a Future";
    let wrapper = interp.new_exception(CoreType::RuntimeError, &[Value::str(text)]);
    if let Some(state) = wrapper.as_exception() {
        drop(state.cause.replace(exception.clone()));
        drop(state.context.replace(exception));
        state.suppress_context.set(true);
    }
    Ok(wrapper)
}

/// The context for a callback: the one given, or a copy of the current one.
pub fn callback_context(given: &Value) -> Value {
    match given.given_some() {
        Some(context) => context.clone(),
        None => context::copy_current(),
    }
}
