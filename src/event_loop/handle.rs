//! `Handle` and `TimerHandle`: callbacks that a script has scheduled and may cancel.

use super::future::{Hook, callback_context};
use super::receiver::receiver;
use super::slot::Slot;
use super::{EventLoop, context, report, source};
use crate::object::heap::Traverse;
use crate::object::interpreter::{CodePlace, Comparison};
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
    /// A timer: its deadline as it was given; unbound otherwise.
    when: Value,
    cancelled: Cell<bool>,
    /// A timer: whether it is in the loop's heap.
    pub scheduled: Cell<bool>,
    /// Debug mode: where it was made, innermost first.
    source: Cell<Vec<CodePlace>>,
    /// Debug mode: the repr from before it was cancelled; else unbound.
    repr: Slot,
}

/// A new handle object; a timer's unless `when` is unbound.
pub fn new(loop_: &Value, callback: Value, args: Value, context: Value, when: Value) -> Value {
    Value::object(Handle {
        callback: Slot::new(callback),
        args: Slot::new(args),
        context: Slot::new(context),
        loop_: Slot::new(loop_.clone()),
        when,
        cancelled: Cell::new(false),
        scheduled: Cell::new(false),
        source: Cell::default(),
        repr: Slot::default(),
    })
}

/// The handle that stands for the run of a hook, for error reports.
pub fn of_hook(loop_: &Value, target: Value, hook: &'static Hook, future: Value) -> Value {
    let callback = Value::object(HookCall { target: Slot::new(target), hook });
    new(loop_, callback, Value::tuple(vec![future]), Value::UNBOUND, Value::UNBOUND)
}

impl Handle {
    /// Debug mode: where it was made, innermost first; empty otherwise.
    pub fn source(&self) -> Vec<CodePlace> {
        let source = self.source.take();
        self.source.set(source.clone());
        source
    }

    /// See `source`.
    pub fn set_source(&self, places: Vec<CodePlace>) {
        self.source.set(places);
    }

    /// Whether its loop is in debug mode. It may be a loop that a script has made from nothing.
    fn is_debugged(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        let loop_ = self.loop_.get();
        if let Some(loop_) = EventLoop::of(&loop_) {
            return Ok(loop_.debug.get());
        }
        let debug = interp.call_method(&loop_, "get_debug", &[])?;
        interp.truth(&debug)
    }
}

/// The handle that stands for a timer of the library, for scripts that look into the loop.
pub fn of_timer(loop_: &Value, target: Value, when: Value) -> Value {
    let callback = Value::object(HookCall { target: Slot::new(target), hook: &super::ready::RESOLVE });
    new(loop_, callback, Value::tuple(Vec::new()), Value::UNBOUND, when)
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
    if !handle.when.is_unbound() {
        let loop_ = handle.loop_.get();
        match EventLoop::of(&loop_) {
            Some(own) => note_cancelled(own, handle),
            None => {
                drop(interp.call_method(&loop_, "_timer_handle_cancelled", std::slice::from_ref(this))?)
            }
        }
    }
    handle.cancelled.set(true);
    if handle.is_debugged(interp)? {
        let repr = interp.repr(this)?;
        handle.repr.set(repr);
    }
    handle.callback.set(Value::NONE);
    handle.args.set(Value::NONE);
    Ok(())
}

/// `loop._timer_handle_cancelled(handle)`: a timer that is cancelled counts while it is scheduled.
pub fn note_cancelled(loop_: &EventLoop, handle: &Handle) {
    if handle.scheduled.get() {
        loop_.timers.borrow_mut().note_cancelled();
    }
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
        visit(&self.when);
        let source = self.source.take();
        source.iter().for_each(|place| visit(&place.code));
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
        if self.when.is_unbound() { &HANDLE } else { &TIMER_HANDLE }
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
    getters: &TIMER_GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 6] = [
    native("__new__", "callback, args, loop, context=None", new_handle, "A handle for a callback.").as_new(),
    native("__repr__", "", repr, "The callback and where it stands."),
    native("_run", "", run_method, "Call the callback."),
    native("cancel", "", cancel_method, "Do not call the callback."),
    native("cancelled", "", cancelled, "Whether it was cancelled."),
    native("get_context", "", get_context, "The context the callback will run in."),
];

static GETTERS: [GetterRow; 7] = [
    getter("_args", get_args, "The arguments, None once cancelled."),
    getter("_callback", get_callback, "The callback, None once cancelled."),
    getter("_cancelled", get_cancelled, "Whether it was cancelled."),
    getter("_context", get_own_context, "The context the callback will run in."),
    getter("_loop", get_loop, "The loop."),
    getter("_repr", get_repr, "Debug mode: the repr from before it was cancelled, or None."),
    getter("_source_traceback", get_source, "Debug mode: where the handle was made, or None."),
];

static TIMER_GETTERS: [GetterRow; 2] = [
    getter("_scheduled", get_scheduled, "Whether it is among the timers of the loop."),
    getter("_when", get_when, "The loop time at which the callback is due."),
];

static TIMER_METHODS: [NativeRow; 8] = [
    native("__new__", "when, callback, args, loop, context=None", new_timer, "A handle for a timer.")
        .as_new(),
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
    let mut text = String::from(if handle.when.is_unbound() { "<Handle" } else { "<TimerHandle" });
    if handle.cancelled.get() {
        text.push_str(" cancelled");
    }
    if !handle.when.is_unbound() {
        let when = interp.to_str(&handle.when)?;
        text.push_str(" when=");
        text.push_str(when.as_str().unwrap_or_default());
    }
    let callback = handle.callback.get();
    if !callback.is_none() {
        let args = handle.args.get();
        let debug = handle.is_debugged(interp)?;
        text.push(' ');
        text.push_str(&report::callback_source(interp, &callback, debug.then_some(&args))?);
    }
    if let Some(place) = handle.source().first() {
        text.push_str(&format!(" created at {}:{}", place.file(), place.line()));
    }
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

/// `Handle(callback, args, loop, context)`.
fn new_handle(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [_, callback, callback_args, loop_, context] = args else {
        return Err(interp.type_error("Handle() takes a callback"));
    };
    made(
        interp,
        new(loop_, callback.clone(), callback_args.clone(), callback_context(context), Value::UNBOUND),
    )
}

/// `TimerHandle(when, callback, args, loop, context)`.
fn new_timer(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [_, when, callback, callback_args, loop_, context] = args else {
        return Err(interp.type_error("TimerHandle() takes a callback"));
    };
    let context = callback_context(context);
    made(interp, new(loop_, callback.clone(), callback_args.clone(), context, when.clone()))
}

/// A handle that a script has made.
fn made(interp: &mut dyn Interpreter, handle: Value) -> Completion {
    if let Some(own) = handle.downcast::<Handle>()
        && own.is_debugged(interp)?
    {
        own.set_source(source::here(interp));
    }
    Ok(handle)
}

/// `handle._run()`.
fn run_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let loop_ = this(interp, &args[0], "_run")?.loop_.get();
    run(interp, &loop_, &args[0])?;
    Ok(Value::NONE)
}

fn get_own_context(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    get_context(interp, std::slice::from_ref(of))
}

fn get_loop(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_loop")?.loop_.get())
}

fn get_repr(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let repr = this(interp, of, "_repr")?.repr.get();
    Ok(if repr.is_unbound() { Value::NONE } else { repr })
}

fn get_source(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let places = this(interp, of, "_source_traceback")?.source();
    source::summary(interp, &places)
}

fn get_scheduled(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_scheduled")?.scheduled.get()))
}

fn get_when(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_when")?.when.clone())
}

fn when(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(this(interp, &args[0], "when")?.when.clone())
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let when = when(interp, args)?;
    interp.hash(&when).map(Value::int)
}

/// Compare the times of two timers; `None` if the other is none.
fn compare(
    interp: &mut dyn Interpreter,
    args: &[Value],
    method: &str,
    how: Comparison,
) -> Result<Option<bool>, Raised> {
    let own = this(interp, &args[0], method)?.when.clone();
    let other = args[1].downcast::<Handle>().map(|handle| handle.when.clone());
    match other.filter(|other| !other.is_unbound()) {
        Some(other) => interp.compare_bool(how, &own, &other).map(Some),
        None => Ok(None),
    }
}

fn less(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(compare(interp, args, "__lt__", Comparison::Lt)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

fn less_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match compare(interp, args, "__le__", Comparison::Lt)? {
        Some(true) => Ok(Value::TRUE),
        _ => equal(interp, args),
    }
}

fn greater(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(compare(interp, args, "__gt__", Comparison::Gt)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

fn greater_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match compare(interp, args, "__ge__", Comparison::Gt)? {
        Some(true) => Ok(Value::TRUE),
        _ => equal(interp, args),
    }
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].downcast::<Handle>().filter(|other| !other.when.is_unbound()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if !interp.equals(&own.when, &other.when)? || own.cancelled.get() != other.cancelled.get() {
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
