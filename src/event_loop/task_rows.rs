//! `asyncio.Task` as scripts see it; the rest is in its base, `Future`.

use super::future::flag;
use super::future_rows::{FUTURE, class_getitem, init_core};
use super::receiver::receiver;
use super::task::{self, Task};
use super::{EventLoop, report, running, waiting};
use crate::object::heap;
use crate::object::spec::{GetterRow, NativeRow, getter, native, property};
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, TypeSpec, Value};

/// `asyncio.Task`.
pub static TASK: TypeSpec = TypeSpec {
    name: "Task",
    module: "_asyncio",
    doc: "A coroutine that the event loop drives.",
    base: Some(&FUTURE),
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    native_await: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 15] = [
    native("__new__", "*args, **kwargs", new, "A task without a coroutine.").as_new(),
    native(
        "__init__",
        "coro, *, loop=None, name=None, context=None, eager_start=False",
        init,
        "Run `coro` in the loop.",
    ),
    native("__repr__", "", repr, "State, name, coroutine and what it waits for."),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585.").as_class(),
    native("cancel", "msg=None", cancel, "Ask the task to end; whether it is not done."),
    native("cancelling", "", cancelling, "How many cancellation requests are pending."),
    native("get_context", "", get_context, "The context the coroutine runs in."),
    native("get_coro", "", get_coro, "The coroutine."),
    native("get_name", "", get_name, "The name."),
    native("get_stack", "*, limit=None", get_stack, "The frames of the coroutine, or of its traceback."),
    native("print_stack", "*, limit=None, file=None", print_stack, "Print the stack or the traceback."),
    native("set_exception", "exception, /", set_exception, "RuntimeError: the coroutine decides."),
    native("set_name", "value, /", set_name, "Change the name."),
    native("set_result", "result, /", set_result, "RuntimeError: the coroutine decides."),
    native("uncancel", "", uncancel, "Take back one `cancel`; how many are left."),
];

static GETTERS: [GetterRow; 4] = [
    getter("_coro", coroutine, "The coroutine."),
    getter("_fut_waiter", waiter, "What the task waits for, or None."),
    property(
        "_log_destroy_pending",
        get_log_destroy,
        set_log_destroy,
        "Whether to report if it dies pending.",
    ),
    getter("_must_cancel", must_cancel, "Whether the next step will raise CancelledError."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Task, Raised> {
    receiver::<Task>(interp, this, "_asyncio.Task", method)
}

/// What is said of stacks is written in apy.
fn in_base_tasks(interp: &mut dyn Interpreter, function: &str, args: &[Value]) -> Completion {
    let module = interp.import("asyncio.base_tasks")?;
    interp.call_method(&module, function, args)
}

fn get_stack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "get_stack")?;
    in_base_tasks(interp, "_task_get_stack", args)
}

fn print_stack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "print_stack")?;
    in_base_tasks(interp, "_task_print_stack", args)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Task::empty()))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [own, coroutine, loop_, name, context, eager_start] = args else {
        return Err(interp.type_error("Task() takes a coroutine"));
    };
    let task = this(interp, own, "__init__")?;
    init_core(interp, own, &task.core, loop_)?;
    if !waiting::is_coroutine(interp, coroutine) {
        let repr = interp.repr(coroutine)?;
        let repr = repr.as_str().unwrap_or_default();
        return Err(interp.type_error(&format!("a coroutine was expected, got {repr}")));
    }
    let name = if name.is_none() { name.clone() } else { interp.to_str(name)? };
    task.init(coroutine.clone(), name, context);
    let loop_value = task.core.loop_.get();
    let Some(loop_) = EventLoop::of(&loop_value) else { return Ok(Value::NONE) };
    if interp.truth(eager_start)? && loop_.is_running() {
        return eager(interp, own, task, loop_);
    }
    loop_.push(super::ready::Ready::Step(own.clone()));
    register(own);
    Ok(Value::NONE)
}

/// Let `all_tasks` find the task.
fn register(task: &Value) {
    match task.tag() {
        Tag::Object => heap::enroll(task),
        _ => running::remember_task(task),
    }
}

/// Run the first step at once.
fn eager(interp: &mut dyn Interpreter, own: &Value, task: &Task, loop_: &EventLoop) -> Completion {
    let before = loop_.current.replace(own.clone());
    register(own);
    let result = task::step_in_context(interp, own, task, loop_, None);
    loop_.current.set(before);
    if task.core.is_done() {
        heap::strike(own);
        task.coroutine.set(Value::NONE);
    }
    result.map(|()| Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__repr__")?;
    report::future_repr(interp, &args[0])
}

fn cancel(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let task = this(interp, &args[0], "cancel")?;
    task::cancel(interp, &args[0], task, &args[1]).map(Value::bool)
}

fn cancelling(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, &args[0], "cancelling")?.cancels.get().into()))
}

fn uncancel(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(task::uncancel(this(interp, &args[0], "uncancel")?).into()))
}

fn get_context(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(this(interp, &args[0], "get_context")?.context_object())
}

fn get_coro(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    coroutine(interp, &args[0])
}

fn get_name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(this(interp, &args[0], "get_name")?.name())
}

fn set_name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let task = this(interp, &args[0], "set_name")?;
    let name = interp.to_str(&args[1])?;
    task.name.set(name);
    Ok(Value::NONE)
}

fn set_result(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.runtime_error("Task does not support set_result operation"))
}

fn set_exception(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.runtime_error("Task does not support set_exception operation"))
}

fn or_none(value: Value) -> Completion {
    Ok(if value.is_unbound() { Value::NONE } else { value })
}

fn coroutine(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "get_coro")?.coroutine.get())
}

fn waiter(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    or_none(this(interp, of, "_fut_waiter")?.waiter.get())
}

fn get_log_destroy(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_log_destroy_pending")?.core.has(flag::LOG_DESTROY)))
}

fn set_log_destroy(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let task = this(interp, of, "_log_destroy_pending")?;
    if value.is_unbound() {
        return Err(interp.raise(CoreType::AttributeError, "cannot delete attribute"));
    }
    let on = interp.truth(value)?;
    task.core.set_flag(flag::LOG_DESTROY, on);
    Ok(())
}

fn must_cancel(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "_must_cancel")?.core.has(flag::MUST_CANCEL)))
}
