//! The event loop as scripts see it.

use super::coroutine::{Machine, Step, coroutine};
use super::receiver::receiver;
use super::timers::Due;
use super::{
    EventLoop, abstract_rows, clock, ensure, future, gather, handle, outside, ready, report, running,
    scripted, source, waiting,
};
use crate::object::dict::DictObject;
use crate::object::heap;
use crate::object::spec::{GetterRow, NativeRow, getter, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, TypeSpec, Value, audit};
use smallvec::smallvec;

/// The class of event loops: `asyncio.SelectorEventLoop`, `asyncio.EventLoop`.
pub static EVENT_LOOP: TypeSpec = TypeSpec {
    name: "_UnixSelectorEventLoop",
    module: "asyncio.unix_events",
    script_name: "BaseEventLoop",
    doc: "Runs callbacks and tasks.",
    base: Some(&BASE_EVENT_LOOP),
    methods: &NEW_METHODS,
    getters: &NEW_GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// `asyncio.AbstractEventLoop`.
pub static ABSTRACT_EVENT_LOOP: TypeSpec = TypeSpec {
    name: "AbstractEventLoop",
    module: "asyncio.events",
    script_name: "AbstractEventLoop",
    doc: "The base of event loops.",
    methods: &abstract_rows::METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// `asyncio.BaseEventLoop`.
pub static BASE_EVENT_LOOP: TypeSpec = TypeSpec {
    name: "BaseEventLoop",
    module: "asyncio.base_events",
    script_name: "BaseEventLoop",
    doc: "The base of event loops.",
    base: Some(&ABSTRACT_EVENT_LOOP),
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static NEW_METHODS: [NativeRow; 4] = [
    native("__new__", "*args, **kwargs", new, "A new loop.").as_new(),
    native("_expect_signals", "flag", expect_signals, "Whether handlers of signals may wake the loop."),
    native("add_signal_handler", "sig, callback, *args", add_signal_handler, "Call when a signal comes."),
    native("remove_signal_handler", "sig", remove_signal_handler, "Undo `add_signal_handler`."),
];

static NEW_GETTERS: [GetterRow; 1] = [property(
    "_signal_handlers",
    get_signal_handlers,
    set_signal_handlers,
    "The handles of what `add_signal_handler` has set, by signal.",
)];

static METHODS: [NativeRow; 40] = [
    native("__new__", "*args, **kwargs", new_base, "A new loop.").as_new(),
    native("__init__", "", init, "Look what a script's class replaces."),
    native("__repr__", "", repr, "Whether it runs, is closed, and debugs."),
    native("_add_callback", "handle", add_callback, "Call a handle in the next turn."),
    native("_asyncgen_finalizer_hook", "agen, /", finalizer_hook, "Close an async generator that dies."),
    native("_asyncgen_firstiter_hook", "agen, /", first_iter_hook, "Remember an async generator."),
    native("_check_closed", "", check_closed, "RuntimeError if the loop is closed."),
    native("_check_running", "", check_running, "RuntimeError if a loop runs already."),
    native("_check_thread", "", check_thread, "RuntimeError if another thread runs the loop."),
    native("_process_events", "event_list", process_events, "Nothing: apy's loop has seen to them."),
    native("_run_forever_cleanup", "", run_forever_cleanup, "What `run_forever` does after its turns."),
    native("_run_forever_setup", "", run_forever_setup, "What `run_forever` does before its turns."),
    native("_run_once", "", run_once, "One turn of the loop."),
    native("_timer_handle_cancelled", "handle", timer_handle_cancelled, "Count a cancelled timer."),
    native("_write_to_self", "", write_to_self, "End the loop's wait."),
    native("call_at", "when, callback, *args, context=None", call_at, "Call at a loop time."),
    native("call_exception_handler", "context", call_exception_handler, "Report what went wrong."),
    native("call_later", "delay, callback, *args, context=None", call_later, "Call after a delay."),
    native("call_soon", "callback, *args, context=None", call_soon, "Call in the next turn."),
    native(
        "call_soon_threadsafe",
        "callback, *args, context=None",
        call_soon_threadsafe,
        "As `call_soon`, from any thread.",
    ),
    native("close", "", close, "Forget all that is scheduled."),
    native("create_future", "", create_future, "A future of this loop."),
    native("create_task", "coro, *, name=None, context=None", create_task, "A task of this loop."),
    native("default_exception_handler", "context", default_exception_handler, "Print what went wrong."),
    native("get_debug", "", get_debug, "Whether debug mode is on."),
    native("get_exception_handler", "", get_exception_handler, "The handler, None for the default."),
    native("get_task_factory", "", get_task_factory, "The factory, None for the default."),
    native("is_closed", "", is_closed, "Whether the loop is closed."),
    native("is_running", "", is_running, "Whether the loop is running."),
    native("run_forever", "", run_forever, "Run until `stop`."),
    native("run_until_complete", "future", run_until_complete, "Run until the future is done."),
    native("run_in_executor", "executor, func, *args", run_in_executor, "Call a function in a thread."),
    native("set_debug", "enabled", set_debug, "Switch debug mode."),
    native("set_default_executor", "executor", set_default_executor, "Who calls functions in threads."),
    native("set_exception_handler", "handler", set_exception_handler, "Who reports errors; None: default."),
    native("set_task_factory", "factory", set_task_factory, "Who makes tasks; None: default."),
    native("shutdown_asyncgens", "", shutdown_asyncgens, "Close all async generators.").like_async(),
    native("shutdown_default_executor", "timeout=None", shutdown_executor, "Wait for the default executor.")
        .like_async(),
    native("stop", "", stop, "End `run_forever` after this turn."),
    native("time", "", time, "The loop's clock, in seconds."),
];

static GETTERS: [GetterRow; 6] = [
    property("_default_executor", get_executor, set_executor, "Who calls functions in threads."),
    getter("_executor_shutdown_called", get_executor_shutdown, "Whether it does so no more."),
    getter("_ready", get_ready, "What runs in the next turn; a tuple, made when it is asked for."),
    getter("_scheduled", get_scheduled, "The timers; a tuple, made when it is asked for."),
    getter("_timer_cancelled_count", get_timers_cancelled, "How many timers are cancelled but not gone."),
    property("slow_callback_duration", get_slow, set_slow, "Debug mode: when a callback counts as slow."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v EventLoop, Raised> {
    receiver::<EventLoop>(interp, this, "_UnixSelectorEventLoop", method)
}

fn new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    EventLoop::create_for(interp)
}

fn new_base(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(EventLoop::create_base())
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__init__")?;
    if args[0].tag() == Tag::Instance {
        own.replaced.set(scripted::replacements(interp, &args[0]));
    }
    Ok(Value::NONE)
}

fn run_once(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_run_once")?.turn(&args[0], interp)?;
    Ok(Value::NONE)
}

fn process_events(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_process_events")?;
    Ok(Value::NONE)
}

fn check_closed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_check_closed")?.check_closed(interp)?;
    Ok(Value::NONE)
}

fn check_thread(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_check_thread")?.check_thread(interp)?;
    Ok(Value::NONE)
}

fn run_forever_setup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_run_forever_setup")?.begin(&args[0], interp)?;
    Ok(Value::NONE)
}

fn run_forever_cleanup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_run_forever_cleanup")?;
    own.end();
    own.stopping.set(false);
    Ok(Value::NONE)
}

fn write_to_self(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_write_to_self")?.wake_up();
    Ok(Value::NONE)
}

fn add_callback(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_add_callback")?;
    let name = interp.type_name(&args[1]);
    if args[1].downcast::<handle::Handle>().is_none() {
        return Err(interp.type_error(&format!("a Handle was expected, got '{name}'")));
    }
    if !handle::is_cancelled(&args[1]) {
        own.push(ready::Ready::Handle(args[1].clone()));
    }
    Ok(Value::NONE)
}

fn timer_handle_cancelled(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_timer_handle_cancelled")?;
    if let Some(handle) = args[1].downcast::<handle::Handle>() {
        handle::note_cancelled(own, handle);
    }
    Ok(Value::NONE)
}

fn get_ready(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::tuple(this(interp, of, "_ready")?.ready_handles(of)))
}

fn get_scheduled(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let timers = this(interp, of, "_scheduled")?.timers.borrow();
    let handles = timers.all().into_iter().map(|(when, due)| match due {
        Due::Handle(handle) => handle.clone(),
        Due::Alarm(value) | Due::Resolve(value) => {
            let when = Value::float(clock::to_seconds(when));
            handle::of_timer(of, value.clone(), when)
        }
    });
    Ok(Value::tuple(handles.collect()))
}

fn get_timers_cancelled(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let count = this(interp, of, "_timer_cancelled_count")?.timers.borrow().cancelled();
    Ok(Value::int(count as i64))
}

fn check_running(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_check_running")?.check_running(interp)?;
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let name = report::class_name(interp, &args[0]);
    let word = |flag: bool| if flag { "True" } else { "False" };
    Ok(Value::str(&format!(
        "<{name} running={} closed={} debug={}>",
        word(own.is_running()),
        word(own.is_closed()),
        word(own.debug.get())
    )))
}

/// Debug mode: a callback must be callable and no coroutine.
fn check_callback(interp: &mut dyn Interpreter, callback: &Value, method: &str) -> Result<(), Raised> {
    let is_async = callback
        .as_function()
        .and_then(|function| function.code.as_code())
        .is_some_and(|code| code.code.flavor == crate::bytecode::Flavor::Coroutine);
    if is_async || waiting::is_coroutine(interp, callback) {
        return Err(interp.type_error(&format!("coroutines cannot be used with {method}()")));
    }
    if !interp.is_callable(callback) {
        let repr = interp.repr(callback)?;
        let repr = repr.as_str().unwrap_or_default();
        let message = format!("a callable object was expected by {method}(), got {repr}");
        return Err(interp.type_error(&message));
    }
    Ok(())
}

/// A handle for a callback; a timer's unless `when` is unbound.
fn make_handle(
    interp: &mut dyn Interpreter,
    loop_value: &Value,
    callback: &Value,
    context: &Value,
    args: &Value,
    when: Value,
    method: &str,
) -> Completion {
    let own = this(interp, loop_value, method)?;
    own.check_closed(interp)?;
    if own.debug.get() {
        if method != "call_soon_threadsafe" {
            own.check_thread(interp)?;
        }
        check_callback(interp, callback, method)?;
    }
    let context = future::callback_context(context);
    let handle = handle::new(loop_value, callback.clone(), args.clone(), context, when);
    if own.debug.get()
        && let Some(object) = handle.downcast::<handle::Handle>()
    {
        object.set_source(source::here(interp));
    }
    Ok(handle)
}

fn call_soon(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [own, callback, context, rest] = args else { return Err(interp.type_error("call_soon()")) };
    let handle = make_handle(interp, own, callback, context, rest, Value::UNBOUND, "call_soon")?;
    this(interp, own, "call_soon")?.push(ready::Ready::Handle(handle.clone()));
    Ok(handle)
}

fn call_soon_threadsafe(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [own, callback, context, rest] = args else {
        return Err(interp.type_error("call_soon_threadsafe()"));
    };
    let handle = make_handle(interp, own, callback, context, rest, Value::UNBOUND, "call_soon_threadsafe")?;
    let own = this(interp, own, "call_soon_threadsafe")?;
    own.push(ready::Ready::Handle(handle.clone()));
    own.wake_up();
    Ok(handle)
}

/// Schedule a timer at a time of the clock: `given` is what the script knows it by.
fn schedule(interp: &mut dyn Interpreter, args: &[Value], seconds: f64, given: Value) -> Completion {
    // `call_later` is a call of `call_at`, and errors say so.
    let method = "call_at";
    let [own, _, callback, context, rest] = args else { return Err(interp.type_error(method)) };
    if seconds.is_nan() {
        return Err(interp.value_error("Invalid time: NaN (not a number)"));
    }
    let when = clock::from_seconds(seconds);
    let handle = make_handle(interp, own, callback, context, rest, given, method)?;
    if let Some(timer) = handle.downcast::<handle::Handle>() {
        timer.scheduled.set(true);
    }
    this(interp, own, method)?.timers.borrow_mut().push(when, Due::Handle(handle.clone()));
    Ok(handle)
}

fn call_later(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none() {
        return Err(interp.type_error("delay must not be None"));
    }
    let now = scripted::time(interp, &args[0])?;
    if this(interp, &args[0], "call_later")?.replaced.get() & scripted::replaced::CALL_AT != 0 {
        let when = interp.binary(crate::bytecode::Op::Add, &now, &args[1])?;
        let mut all = vec![when, args[2].clone()];
        all.extend_from_slice(args[4].as_tuple().unwrap_or_default());
        let call_at = interp.attribute(&args[0], "call_at")?;
        return interp.call_keywords(&call_at, &all, &[(intern("context"), args[3].clone())]);
    }
    let when = add(interp, &now, &args[1])?;
    schedule(interp, args, when, Value::float(when))
}

/// `now + delay`, with CPython's error for what is no number.
pub fn add(interp: &mut dyn Interpreter, now: &Value, delay: &Value) -> Result<f64, Raised> {
    if let (Some(now), Some(delay)) = (now.as_float(), delay.as_float()) {
        return Ok(now + delay);
    }
    let sum = interp.binary(crate::bytecode::Op::Add, now, delay)?;
    interp.expect_float(&sum)
}

fn call_at(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none() {
        return Err(interp.type_error("when cannot be None"));
    }
    let when = interp.expect_float(&args[1])?;
    schedule(interp, args, when, args[1].clone())
}

fn time(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "time")?;
    Ok(Value::float(clock::to_seconds(clock::monotonic())))
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "close")?.close(&args[0], interp)?;
    Ok(Value::NONE)
}

fn create_future(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "create_future")?;
    let created = future::create(&args[0]);
    if own.debug.get()
        && let Some(core) = future::core(&created)
    {
        core.set_source(source::here(interp));
    }
    if audit::is_on()
        && let Some(core) = future::core(&created)
    {
        core.set_origin(interp.stack(1).into_iter().next());
    }
    Ok(created)
}

fn create_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "create_task")?;
    ensure::create_own_task(interp, &args[0], own, &args[1], &args[2], &args[3])
}

fn call_exception_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "call_exception_handler")?;
    report::call_exception_handler(interp, &args[0], &args[1])?;
    Ok(Value::NONE)
}

fn default_exception_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "default_exception_handler")?;
    report::default_exception_handler(interp, &args[1])?;
    Ok(Value::NONE)
}

fn get_debug(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "get_debug")?.debug.get()))
}

fn set_debug(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let on = interp.truth(&args[1])?;
    this(interp, &args[0], "set_debug")?.debug.set(on);
    Ok(Value::NONE)
}

fn get_slow(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::float(this(interp, of, "slow_callback_duration")?.slow_callback.get()))
}

fn set_slow(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let seconds = interp.expect_float(value)?;
    this(interp, of, "slow_callback_duration")?.slow_callback.set(seconds);
    Ok(())
}

fn or_none(value: Value) -> Completion {
    Ok(if value.is_unbound() { Value::NONE } else { value })
}

/// The value of a setting that must be callable; unbound for None.
fn callable_or_none(
    interp: &mut dyn Interpreter,
    value: &Value,
    complain: impl FnOnce(&str) -> String,
) -> Completion {
    if value.is_none() {
        return Ok(Value::UNBOUND);
    }
    if interp.is_callable(value) {
        return Ok(value.clone());
    }
    let repr = interp.repr(value)?;
    let message = complain(repr.as_str().unwrap_or_default());
    Err(interp.type_error(&message))
}

fn get_exception_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    or_none(this(interp, &args[0], "get_exception_handler")?.exception_handler.get())
}

fn set_exception_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "set_exception_handler")?;
    let handler = callable_or_none(interp, &args[1], |repr| {
        format!("A callable object or None is expected, got {repr}")
    })?;
    own.exception_handler.set(handler);
    Ok(Value::NONE)
}

fn get_task_factory(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    or_none(this(interp, &args[0], "get_task_factory")?.task_factory.get())
}

fn set_task_factory(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "set_task_factory")?;
    let complain = |_: &str| "task factory must be a callable or None".to_owned();
    let factory = callable_or_none(interp, &args[1], complain)?;
    own.task_factory.set(factory);
    Ok(Value::NONE)
}

fn is_closed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "is_closed")?.is_closed()))
}

fn is_running(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "is_running")?.is_running()))
}

fn run_forever(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "run_forever")?.run_forever(&args[0], interp)?;
    Ok(Value::NONE)
}

fn run_until_complete(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "run_until_complete")?.run_until_complete(&args[0], interp, &args[1])
}

fn stop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "stop")?.stop();
    Ok(Value::NONE)
}

fn first_iter_hook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_asyncgen_firstiter_hook")?;
    if own.is_generators_shutdown.get() {
        let repr = interp.repr(&args[1])?;
        let repr = repr.as_str().unwrap_or_default();
        let message =
            format!("asynchronous generator {repr} was scheduled after loop.shutdown_asyncgens() call");
        interp.warn(CoreType::ResourceWarning, &message, None)?;
    }
    if let Some(cell) = heap::weak_cell(&args[1]) {
        let mut generators = own.async_generators.borrow_mut();
        // Dead cells go when the list would have to grow.
        if generators.len() == generators.capacity() {
            generators.retain(|cell| cell.upgrade().is_some());
        }
        generators.push(cell);
    }
    Ok(Value::NONE)
}

fn finalizer_hook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_asyncgen_finalizer_hook")?;
    let kept = |cell: &std::rc::Rc<heap::WeakCell>| cell.upgrade().is_some_and(|other| !other.is(&args[1]));
    own.async_generators.borrow_mut().retain(kept);
    if !own.is_closed() {
        let closing = interp.call_method(&args[1], "aclose", &[])?;
        let create = interp.attribute(&args[0], "create_task")?;
        let rest = Value::tuple(vec![closing]);
        call_soon(interp, &[args[0].clone(), create, Value::NONE, rest])?;
    }
    Ok(Value::NONE)
}

fn shutdown_asyncgens(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "shutdown_asyncgens")?;
    Ok(shutdown_generators(&args[0]))
}

/// The coroutine `loop.shutdown_asyncgens()`.
pub fn shutdown_generators(loop_: &Value) -> Value {
    coroutine(ShutdownGenerators { loop_: loop_.clone(), closing: Vec::new(), is_waiting: false })
}

struct ShutdownGenerators {
    loop_: Value,
    closing: Vec<Value>,
    is_waiting: bool,
}

impl Machine for ShutdownGenerators {
    fn qualname(&self) -> &'static str {
        "BaseEventLoop.shutdown_asyncgens"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let input = input?;
        let Some(own) = EventLoop::of(&self.loop_) else { return Ok(Step::Done(Value::NONE)) };
        if self.is_waiting {
            let results = input.as_list().map(|list| list.items.borrow().clone()).unwrap_or_default();
            for (result, generator) in results.iter().zip(&self.closing) {
                if interp.exception_is(result, CoreType::Exception) {
                    let repr = interp.repr(generator)?;
                    let repr = repr.as_str().unwrap_or_default();
                    let message =
                        format!("an error occurred during closing of asynchronous generator {repr}");
                    let context = [("exception", result.clone()), ("asyncgen", generator.clone())];
                    report::report(interp, &self.loop_, &message, &context)?;
                }
            }
            return Ok(Step::Done(Value::NONE));
        }
        own.is_generators_shutdown.set(true);
        let cells = own.async_generators.take();
        self.closing = cells.iter().filter_map(|cell| cell.upgrade()).collect();
        if self.closing.is_empty() {
            return Ok(Step::Done(Value::NONE));
        }
        let mut closing = Vec::new();
        for generator in &self.closing {
            closing.push(interp.call_method(generator, "aclose", &[])?);
        }
        self.is_waiting = true;
        gather::gather(interp, &closing, true).map(Step::Await)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.loop_);
        self.closing.iter().for_each(visit);
    }
}

/// What the loop does with signals is written in apy.
fn in_unix_events(interp: &mut dyn Interpreter, function: &str, args: &[Value]) -> Completion {
    let module = interp.import("asyncio.unix_events")?;
    interp.call_method(&module, function, args)
}

fn add_signal_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "add_signal_handler")?;
    in_unix_events(interp, "_add_signal_handler", args)
}

fn remove_signal_handler(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "remove_signal_handler")?;
    in_unix_events(interp, "_remove_signal_handler", args)
}

fn expect_signals(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_expected = interp.truth(&args[1])?;
    let expectation = is_expected.then(outside::expect_signal);
    drop(this(interp, &args[0], "_expect_signals")?.signal_expected.replace(expectation));
    Ok(Value::NONE)
}

fn get_signal_handlers(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_signal_handlers")?;
    if own.signal_handlers.is_unbound() {
        own.signal_handlers.set(Value::dict(DictObject::new()));
    }
    Ok(own.signal_handlers.get())
}

fn set_signal_handlers(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    this(interp, of, "_signal_handlers")?.signal_handlers.set(value.clone());
    Ok(())
}

/// What the loop and threads have in common is written in apy.
fn in_threads(interp: &mut dyn Interpreter, function: &str, args: &[Value]) -> Completion {
    let module = interp.import("asyncio.threads")?;
    interp.call_method(&module, function, args)
}

fn run_in_executor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "run_in_executor")?;
    own.check_closed(interp)?;
    if own.debug.get() {
        check_callback(interp, &args[2], "run_in_executor")?;
    }
    in_threads(interp, "_run_in_executor", args)
}

fn set_default_executor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "set_default_executor")?;
    in_threads(interp, "_set_default_executor", args)
}

fn shutdown_executor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "shutdown_default_executor")?;
    shutdown_default_executor(interp, &args[0], &args[1])
}

/// The coroutine `loop.shutdown_default_executor(timeout)`.
pub fn shutdown_default_executor(interp: &mut dyn Interpreter, loop_: &Value, timeout: &Value) -> Completion {
    if EventLoop::of(loop_).is_some_and(|own| !own.default_executor.is_unbound()) {
        this(interp, loop_, "shutdown_default_executor")?.is_executor_shutdown.set(true);
        return in_threads(interp, "_shutdown_default_executor", &[loop_.clone(), timeout.clone()]);
    }
    Ok(coroutine(super::coroutine::Immediate {
        qualname: "BaseEventLoop.shutdown_default_executor",
        run: |_, args| {
            if let Some(own) = EventLoop::of(&args[0]) {
                own.is_executor_shutdown.set(true);
            }
            Ok(Value::NONE)
        },
        args: smallvec![loop_.clone()],
    }))
}

fn get_executor(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "_default_executor")?.default_executor.get())
}

fn set_executor(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let value = if value.is_none() { Value::UNBOUND } else { value.clone() };
    this(interp, of, "_default_executor")?.default_executor.set(value);
    Ok(())
}

fn get_executor_shutdown(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_executor_shutdown_called")?.is_executor_shutdown.get()))
}

/// The time of the running loop, or RuntimeError, for the library.
pub fn running_time(interp: &mut dyn Interpreter) -> Completion {
    let loop_ = running::expect_running_loop(interp)?;
    scripted::time(interp, &loop_)
}
