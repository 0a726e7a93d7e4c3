//! `Handle` and `TimerHandle`: callbacks that a script has scheduled and may cancel.

use super::future::Hook;
use super::receiver::receiver;
use super::slot::Slot;
use super::{EventLoop, clock, context, report};
use crate::object::heap::Traverse;
use crate::object::interpreter::CodePlace;
use crate::object::spec::{GetterRow, NativeRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

/// A callback with its arguments and context.
pub struct Handle {
    /// None once cancelled.
    pub callback: Slot,
    /// A tuple; None once cancelled.
    pub args: Slot,
    context: Slot,
    loop_: Slot,
    /// A timer's deadline.
    pub when: Option<i64>,
    cancelled: Cell<bool>,
    /// A timer: whether it is in the loop's heap.
    pub scheduled: Cell<bool>,
    /// Debug mode: where it was made.
    pub source: Cell<Option<Box<CodePlace>>>,
    /// Debug mode: the repr from before it was cancelled; else unbound.
    repr: Slot,
}

/// A new handle object; a timer's if `when` is given.
pub fn new(loop_: &Value, callback: Value, args: Value, context: Value, when: Option<i64>) -> Value {
    Value::object(Handle {
        callback: Slot::new(callback),
        args: Slot::new(args),
        context: Slot::new(context),
        loop_: Slot::new(loop_.clone()),
        when,
        cancelled: Cell::new(false),
        scheduled: Cell::new(false),
        source: Cell::new(None),
        repr: Slot::default(),
    })
}

/// The handle that stands for the run of a hook, for error reports.
pub fn of_hook(loop_: &Value, target: Value, hook: &'static Hook, future: Value) -> Value {
    let callback = Value::object(HookCall { target: Slot::new(target), hook });
    new(loop_, callback, Value::tuple(vec![future]), Value::UNBOUND, None)
}

/// Whether `handle` is a cancelled handle.
pub fn is_cancelled(handle: &Value) -> bool {
    handle.downcast::<Handle>().is_none_or(|handle| handle.cancelled.get())
}

/// Run the callback, unless it was cancelled.
#[inline]
pub fn run(interp: &mut dyn Interpreter, loop_: &Value, this: &Value) -> Result<(), Raised> {
    let Some(handle) = this.downcast::<Handle>() else { return Ok(()) };
    if handle.cancelled.get() {
        return Ok(());
    }
    let (callback, args) = (handle.callback.get(), handle.args.get());
    let args = args.as_tuple().unwrap_or_default();
    let (result, own_context) = context::run(interp, handle.context.take(), &callback, args);
    handle.context.set(own_context);
    match result {
        Ok(_) => Ok(()),
        Err(raised) => report::in_callback(interp, loop_, this, raised),
    }
}

/// Cancel a handle. Nothing happens if it has run or was cancelled.
pub fn cancel(interp: &mut dyn Interpreter, this: &Value) -> Result<(), Raised> {
    let Some(handle) = this.downcast::<Handle>() else { return Ok(()) };
    if handle.cancelled.get() {
        return Ok(());
    }
    let loop_value = handle.loop_.get();
    let loop_ = EventLoop::of(&loop_value);
    if loop_.is_some_and(|loop_| loop_.debug.get()) {
        let repr = interp.repr(this)?;
        handle.repr.set(repr);
    }
    handle.cancelled.set(true);
    if handle.when.is_some()
        && handle.scheduled.get()
        && let Some(loop_) = loop_
    {
        loop_.timers.borrow_mut().note_cancelled();
    }
    handle.callback.set(Value::NONE);
    handle.args.set(Value::NONE);
    Ok(())
}

/// The context of a handle, as an object.
pub fn context_of(this: &Value) -> Option<Value> {
    let handle = this.downcast::<Handle>()?;
    let object = context::to_object(handle.context.take());
    handle.context.set(object.clone());
    Some(object)
}

impl Traverse for Handle {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for slot in [&self.callback, &self.args, &self.context, &self.loop_, &self.repr] {
            slot.visit(visit);
        }
        let source = self.source.take();
        if let Some(place) = &source {
            visit(&place.code);
        }
        self.source.set(source);
    }

    fn clear(&self) {
        self.cancelled.set(true);
        for slot in [&self.callback, &self.args, &self.context, &self.loop_, &self.repr] {
            drop(slot.take());
        }
    }
}

impl NativeObject for Handle {
    fn spec(&self) -> &'static TypeSpec {
        if self.when.is_some() { &TIMER_HANDLE } else { &HANDLE }
    }
}

/// `asyncio.Handle`.
pub static HANDLE: TypeSpec = TypeSpec {
    name: "Handle",
    module: "asyncio.events",
    script_name: "Handle",
    doc: "A callback that was scheduled.",
    methods: &METHODS,
    getters: &GETTERS,
    ..TypeSpec::EMPTY
};

/// `asyncio.TimerHandle`.
pub static TIMER_HANDLE: TypeSpec = TypeSpec {
    name: "TimerHandle",
    module: "asyncio.events",
    script_name: "TimerHandle",
    doc: "A callback that was scheduled for a time.",
    base: Some(&HANDLE),
    methods: &TIMER_METHODS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 4] = [
    native("__repr__", "", repr, "The callback and where it stands."),
    native("cancel", "", cancel_method, "Do not call the callback."),
    native("cancelled", "", cancelled, "Whether it was cancelled."),
    native("get_context", "", get_context, "The context the callback will run in."),
];

static GETTERS: [GetterRow; 3] = [
    getter("_args", get_args, "The arguments, None once cancelled."),
    getter("_callback", get_callback, "The callback, None once cancelled."),
    getter("_cancelled", get_cancelled, "Whether it was cancelled."),
];

static TIMER_METHODS: [NativeRow; 7] = [
    native("__eq__", "other, /", equal, "Whether time, callback and arguments are equal."),
    native("__ge__", "other, /", greater_equal, "Compare the times."),
    native("__gt__", "other, /", greater, "Compare the times."),
    native("__hash__", "", hash, "The hash of the time."),
    native("__le__", "other, /", less_equal, "Compare the times."),
    native("__lt__", "other, /", less, "Compare the times."),
    native("when", "", when, "The loop time at which the callback is due."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Handle, Raised> {
    receiver::<Handle>(interp, this, "Handle", method)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let handle = this(interp, &args[0], "__repr__")?;
    let kept = handle.repr.get();
    if !kept.is_unbound() {
        return Ok(kept);
    }
    let mut text = String::from(if handle.when.is_some() { "<TimerHandle" } else { "<Handle" });
    if handle.cancelled.get() {
        text.push_str(" cancelled");
    }
    if let Some(when) = handle.when {
        let when = interp.repr(&Value::float(clock::to_seconds(when)))?;
        text.push_str(" when=");
        text.push_str(when.as_str().unwrap_or_default());
    }
    let callback = handle.callback.get();
    if !callback.is_none() {
        let args = handle.args.get();
        let debug = handle.loop_.with(|loop_| EventLoop::of(loop_).is_some_and(|loop_| loop_.debug.get()));
        text.push(' ');
        text.push_str(&report::callback_source(interp, &callback, debug.then_some(&args))?);
    }
    let source = handle.source.take();
    if let Some(place) = &source {
        text.push_str(&format!(" created at {}:{}", place.file(), place.line()));
    }
    handle.source.set(source);
    text.push('>');
    Ok(Value::str(&text))
}

fn cancel_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "cancel")?;
    cancel(interp, &args[0])?;
    Ok(Value::NONE)
}

fn cancelled(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "cancelled")?.cancelled.get()))
}

fn get_context(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "get_context")?;
    Ok(context_of(&args[0]).unwrap_or_default())
}

fn get_args(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_args")?.args.get())
}

fn get_callback(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_callback")?.callback.get())
}

fn get_cancelled(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_cancelled")?.cancelled.get()))
}

fn when(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let when = this(interp, &args[0], "when")?.when.unwrap_or_default();
    Ok(Value::float(clock::to_seconds(when)))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let when = when(interp, args)?;
    interp.hash(&when).map(Value::int)
}

fn times(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Result<Option<(i64, i64)>, Raised> {
    let own = this(interp, &args[0], method)?.when;
    let other = args[1].downcast::<Handle>().and_then(|handle| handle.when);
    Ok(own.zip(other))
}

fn less(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(times(interp, args, "__lt__")?.map_or(Value::NOT_IMPLEMENTED, |(a, b)| Value::bool(a < b)))
}

fn less_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match times(interp, args, "__le__")? {
        Some((a, b)) if a < b => Ok(Value::TRUE),
        _ => equal(interp, args),
    }
}

fn greater(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(times(interp, args, "__gt__")?.map_or(Value::NOT_IMPLEMENTED, |(a, b)| Value::bool(a > b)))
}

fn greater_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match times(interp, args, "__ge__")? {
        Some((a, b)) if a > b => Ok(Value::TRUE),
        _ => equal(interp, args),
    }
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].downcast::<Handle>().filter(|other| other.when.is_some()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if own.when != other.when || own.cancelled.get() != other.cancelled.get() {
        return Ok(Value::FALSE);
    }
    let (callback, args) = (own.callback.get(), own.args.get());
    let same = interp.equals(&callback, &other.callback.get())? && interp.equals(&args, &other.args.get())?;
    Ok(Value::bool(same))
}

/// A hook as a callable object: for futures that are not ours, and in reports.
pub struct HookCall {
    pub target: Slot,
    pub hook: &'static Hook,
}

static HOOK_CALL: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    doc: "A callback of the event loop.",
    methods: &HOOK_CALL_METHODS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static HOOK_CALL_METHODS: [NativeRow; 3] = [
    native("__call__", "future, /, *, context=None", hook_call, "Run the callback."),
    native("__eq__", "other, /", hook_equal, "Whether it is the same callback of the same object."),
    native("__repr__", "", hook_repr, "The callback's name."),
];

impl Traverse for HookCall {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.target.visit(visit);
    }

    fn clear(&self) {
        drop(self.target.take());
    }
}

impl NativeObject for HookCall {
    fn spec(&self) -> &'static TypeSpec {
        &HOOK_CALL
    }
}

fn hook_this<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v HookCall, Raised> {
    receiver::<HookCall>(interp, &args[0], "builtin_function_or_method", method)
}

fn hook_call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = hook_this(interp, args, "__call__")?;
    (own.hook.run)(interp, &own.target.get(), &args[1])?;
    Ok(Value::NONE)
}

fn hook_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = hook_this(interp, args, "__eq__")?;
    let other = args[1].downcast::<HookCall>();
    let same = other.is_some_and(|other| {
        std::ptr::eq(own.hook, other.hook) && own.target.with(|target| other.target.is(target))
    });
    Ok(Value::bool(same))
}

fn hook_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(&format!("<{}()>", hook_this(interp, args, "__repr__")?.hook.name)))
}
