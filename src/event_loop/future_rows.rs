//! `asyncio.Future` as scripts see it; tasks share most of it.

use super::future::{self, Callback, Future, FutureCore, State, flag};
use super::receiver::wrong_receiver;
use super::{EventLoop, await_iterator, report, running, source};
use crate::object::spec::{GetterRow, NativeRow, getter, native, property};
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, TypeSpec, Value, audit};

/// `asyncio.Future`.
pub static FUTURE: TypeSpec = TypeSpec {
    name: "Future",
    module: "_asyncio",
    doc: "A result that is not there yet.",
    methods: &FUTURE_METHODS,
    getters: &FUTURE_GETTERS,
    subclassable: true,
    native_await: true,
    ..TypeSpec::EMPTY
};

static FUTURE_METHODS: [NativeRow; 17] = [
    native("__new__", "*args, **kwargs", new, "A future without a loop.").as_new(),
    native("__init__", "*, loop=None", init, "A pending future of `loop`."),
    native("__await__", "", iterate, "The iterator that `await` uses."),
    native("__iter__", "", iterate, "The iterator that `yield from` uses."),
    native("__repr__", "", repr, "State, result and callbacks."),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585.").as_class(),
    native("_make_cancelled_error", "", make_cancelled_error, "The CancelledError to raise."),
    native("add_done_callback", "fn, /, *, context=None", add_done_callback, "Call `fn(self)` when done."),
    native("cancel", "msg=None", cancel, "Cancel, unless done; whether that was so."),
    native("cancelled", "", cancelled, "Whether the future was cancelled."),
    native("done", "", done, "Whether there is a result, an exception or a cancellation."),
    native("exception", "", exception, "The exception that was set, or None."),
    native("get_loop", "", get_loop, "The loop the future belongs to."),
    native("remove_done_callback", "fn, /", remove_done_callback, "Undo `add_done_callback`; how often."),
    native("result", "", result, "The result, or raise the exception."),
    native("set_exception", "exception, /", set_exception, "Finish with an exception."),
    native("set_result", "result, /", set_result, "Finish with a result."),
];

static FUTURE_GETTERS: [GetterRow; 9] = [
    property(
        "_asyncio_future_blocking",
        get_blocking,
        set_blocking,
        "Whether `await` has handed the future on.",
    ),
    getter("_callbacks", get_callbacks, "Pairs of callbacks and contexts, or None."),
    property("_cancel_message", get_cancel_message, set_cancel_message, "The argument of `cancel`."),
    getter("_exception", get_exception, "The exception, or None."),
    property("_log_traceback", get_log_traceback, set_log_traceback, "Whether to report the exception."),
    getter("_loop", get_loop_attribute, "The loop."),
    getter("_result", get_result, "The result, or None."),
    getter("_source_traceback", get_source, "Debug mode: where the future was made, or None."),
    getter("_state", get_state, "PENDING, CANCELLED or FINISHED."),
];

/// The future in the receiver.
pub(super) fn this<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v FutureCore, Raised> {
    match future::core(this) {
        Some(core) => Ok(core),
        None => Err(wrong_receiver(interp, this, "_asyncio.Future", method)),
    }
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Future { core: FutureCore::new(Value::UNBOUND) }))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "__init__")?;
    init_core(interp, &args[0], core, &args[1])?;
    Ok(Value::NONE)
}

/// Give a new future its loop: the one given, or the current one.
pub(super) fn init_core(
    interp: &mut dyn Interpreter,
    this: &Value,
    core: &FutureCore,
    loop_: &Value,
) -> Result<(), Raised> {
    let loop_ = match loop_.given_some() {
        Some(loop_) => loop_.clone(),
        None => running::get_event_loop(interp)?,
    };
    let Some(event_loop) = EventLoop::of(&loop_) else {
        let name = interp.type_name(&loop_);
        return Err(interp.type_error(&format!("loop must be one of apy's event loops, not '{name}'")));
    };
    if event_loop.debug.get() {
        core.set_source(source::here(interp));
    }
    if audit::is_on() {
        core.set_origin(interp.stack(1).into_iter().next());
    }
    core.loop_.set(loop_);
    if this.tag() == Tag::Instance {
        core.set_class(interp.class_of(this));
    }
    Ok(())
}

fn iterate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__await__")?;
    future::loop_of(interp, &args[0])?;
    Ok(await_iterator::of_future(args[0].clone()))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__repr__")?;
    report::future_repr(interp, &args[0])
}

/// `__class_getitem__` of classes that are generic in annotations.
pub fn class_getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let types = interp.import("types")?;
    interp.call_method(&types, "GenericAlias", args)
}

fn make_cancelled_error(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "_make_cancelled_error")?;
    Ok(core.cancelled_error(interp).into_value())
}

fn add_done_callback(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "add_done_callback")?;
    future::loop_of(interp, &args[0])?;
    let context = future::callback_context(&args[2]);
    core.add_callback(&args[0], Callback::Call(Box::new((args[1].clone(), context))));
    Ok(Value::NONE)
}

fn remove_done_callback(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "remove_done_callback")?;
    future::loop_of(interp, &args[0])?;
    let (mut kept, mut removed) = (Vec::new(), 0);
    let mut failed = None;
    for callback in core.take_callbacks() {
        let same = match &callback {
            Callback::Call(call) if failed.is_none() => interp.equals(&call.0, &args[1]),
            _ => Ok(false),
        };
        match same {
            Ok(true) => removed += 1,
            Ok(false) => kept.push(callback),
            Err(raised) => {
                kept.push(callback);
                failed = Some(raised);
            }
        }
    }
    core.put_callbacks(kept);
    failed.map_or(Ok(Value::int(removed)), Err)
}

fn cancel(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "cancel")?;
    future::loop_of(interp, &args[0])?;
    Ok(Value::bool(core.cancel(&args[0], &args[1])))
}

fn cancelled(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "cancelled")?.state() == State::Cancelled))
}

fn done(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "done")?.is_done()))
}

fn exception(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "exception")?;
    core.exception(interp)
}

fn result(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "result")?;
    core.raise_result(interp)
}

fn get_loop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "get_loop")?;
    future::loop_of(interp, &args[0])
}

fn expect_pending(interp: &mut dyn Interpreter, core: &FutureCore) -> Result<(), Raised> {
    if core.is_done() {
        return Err(interp.raise(CoreType::InvalidStateError, "invalid state"));
    }
    Ok(())
}

fn set_result(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "set_result")?;
    future::loop_of(interp, &args[0])?;
    expect_pending(interp, core)?;
    core.finish(&args[0], args[1].clone());
    Ok(Value::NONE)
}

fn set_exception(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let core = this(interp, &args[0], "set_exception")?;
    future::loop_of(interp, &args[0])?;
    expect_pending(interp, core)?;
    let exception = future::exception_to_set(interp, &args[1])?;
    expect_pending(interp, core)?;
    core.fail(&args[0], exception);
    Ok(Value::NONE)
}

fn get_blocking(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_asyncio_future_blocking")?.has(flag::BLOCKING)))
}

fn set_blocking(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let core = this(interp, of, "_asyncio_future_blocking")?;
    if value.is_unbound() {
        return Err(interp.raise(CoreType::AttributeError, "cannot delete attribute"));
    }
    let on = interp.truth(value)?;
    core.set_flag(flag::BLOCKING, on);
    Ok(())
}

fn get_callbacks(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let core = this(interp, of, "_callbacks")?;
    let callbacks = core.take_callbacks();
    let pairs: Vec<Value> = callbacks.iter().map(report::callback_pair).collect();
    core.put_callbacks(callbacks);
    Ok(if pairs.is_empty() { Value::NONE } else { Value::list(pairs) })
}

fn get_cancel_message(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "_cancel_message")?.cancel_message())
}

fn set_cancel_message(interp: &mut dyn Interpreter, of: &Value, message: &Value) -> Result<(), Raised> {
    this(interp, of, "_cancel_message")?.set_cancel_message(message);
    Ok(())
}

fn get_source(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let places = this(interp, of, "_source_traceback")?.source();
    source::summary(interp, &places)
}

fn or_none(value: Value) -> Completion {
    Ok(if value.is_unbound() { Value::NONE } else { value })
}

fn get_exception(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "_exception")?.peek_exception())
}

fn get_result(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "_result")?.peek_result())
}

fn get_loop_attribute(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "_loop")?.loop_.get())
}

fn get_log_traceback(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_log_traceback")?.has(flag::LOG_TRACEBACK)))
}

fn set_log_traceback(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let core = this(interp, of, "_log_traceback")?;
    if value.is_unbound() {
        return Err(interp.raise(CoreType::AttributeError, "cannot delete attribute"));
    }
    if interp.truth(value)? {
        return Err(interp.value_error("_log_traceback can only be set to False"));
    }
    core.set_flag(flag::LOG_TRACEBACK, false);
    Ok(())
}

fn get_state(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::str(this(interp, of, "_state")?.state().name()))
}
