//! The functions of `asyncio` that are not a file of their own.

use crate::event_loop::loop_rows::ABSTRACT_EVENT_LOOP;
use crate::event_loop::receiver::receiver;
use crate::event_loop::task_rows::TASK;
use crate::event_loop::{EventLoop, ensure, future, gather as gathering, report, running, waiting};
use crate::object::heap::Traverse;
use crate::object::set::SetObject;
use crate::object::spec::{NativeRow, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeObject, TypeSpec, Value};

fn or_none(value: Option<Value>) -> Completion {
    Ok(value.unwrap_or(Value::NONE))
}

pub fn get_running_loop_or_none(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    or_none(running::running_loop())
}

pub fn get_running_loop(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    running::expect_running_loop(interp)
}

pub fn set_running_loop(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::set_running_loop(args[0].given_some().cloned().unwrap_or_default());
    Ok(Value::NONE)
}

/// The policy that a script has set, or None.
pub fn get_policy(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    or_none(running::policy())
}

pub fn set_policy(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::set_policy(args[0].given_some().cloned().unwrap_or_default());
    Ok(Value::NONE)
}

pub fn get_event_loop(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    match (running::running_loop(), running::policy()) {
        (None, Some(policy)) => interp.call_method(&policy, "get_event_loop", &[]),
        _ => running::get_event_loop(interp),
    }
}

/// The loop of the thread; one that the policy makes if there is none.
pub fn native_get_event_loop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::current_loop(interp, &args[0])
}

pub fn new_event_loop(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    running::new_event_loop(interp)
}

pub fn native_new_event_loop(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    EventLoop::create_for(interp)
}

pub fn set_event_loop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if let Some(policy) = running::policy() {
        return interp.call_method(&policy, "set_event_loop", args);
    }
    if !args[0].is_none() && EventLoop::of(&args[0]).is_none() {
        let class = interp.type_of_spec(&ABSTRACT_EVENT_LOOP);
        if !interp.is_instance(&args[0], &class)? {
            let name = report::class_name(interp, &args[0]);
            let message = format!("loop must be an instance of AbstractEventLoop or None, not '{name}'");
            return Err(interp.type_error(&message));
        }
    }
    native_set_event_loop(interp, args)
}

pub fn native_set_event_loop(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::set_event_loop(args[0].given_some().cloned().unwrap_or_default());
    Ok(Value::NONE)
}

pub fn enter_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if let Some(current) = running::current_task(&args[0]) {
        let (task, current) = (interp.repr(&args[1])?, interp.repr(&current)?);
        let (task, current) = (task.as_str().unwrap_or_default(), current.as_str().unwrap_or_default());
        let message =
            format!("Cannot enter into task {task} while another task {current} is being executed.");
        return Err(interp.runtime_error(&message));
    }
    running::swap_current_task(&args[0], args[1].clone());
    Ok(Value::NONE)
}

pub fn leave_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let current = running::current_task(&args[0]).unwrap_or(Value::NONE);
    if !current.is(&args[1]) {
        let (task, current) = (interp.repr(&args[1])?, interp.repr(&current)?);
        let (task, current) = (task.as_str().unwrap_or_default(), current.as_str().unwrap_or_default());
        let message = format!("Leaving task {task} does not match the current task {current}.");
        return Err(interp.runtime_error(&message));
    }
    running::swap_current_task(&args[0], Value::UNBOUND);
    Ok(Value::NONE)
}

pub fn swap_current_task(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    or_none(running::swap_current_task(&args[0], args[1].given_some().cloned().unwrap_or_default()))
}

pub fn register_task(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::remember_task(&args[0]);
    Ok(Value::NONE)
}

pub fn unregister_task(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    running::forget_task(&args[0]);
    Ok(Value::NONE)
}

/// The loop given, or the running one.
fn loop_or_running(interp: &mut dyn Interpreter, loop_: &Value) -> Completion {
    if loop_.is_none() { running::expect_running_loop(interp) } else { Ok(loop_.clone()) }
}

pub fn current_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let loop_ = loop_or_running(interp, &args[0])?;
    or_none(running::current_task(&loop_))
}

pub fn all_tasks(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let loop_ = loop_or_running(interp, &args[0])?;
    let set = SetObject::new(false);
    for task in running::all_tasks(interp, &loop_)? {
        set.add(interp, &task)?;
    }
    Ok(Value::set(set))
}

pub fn create_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let loop_ = running::expect_running_loop(interp)?;
    ensure::create_task(interp, &loop_, &args[0], &args[1], &args[2])
}

pub fn ensure_future(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    ensure::ensure_future(interp, &args[0], &args[1])
}

pub fn gather(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let return_exceptions = interp.truth(&args[0])?;
    gathering::gather(interp, args[1].as_tuple().unwrap_or_default(), return_exceptions)
}

pub fn shield(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    gathering::shield(interp, &args[0])
}

pub fn iscoroutine(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(waiting::is_coroutine(interp, &args[0])))
}

pub fn iscoroutinefunction(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    waiting::is_coroutine_function(interp, &args[0]).map(Value::bool)
}

pub fn isfuture(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    future::is_future(interp, &args[0]).map(Value::bool)
}

/// `eager_task_factory(loop, coro, *, name=None, context=None)`.
pub fn eager_task_factory(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.type_of_spec(&TASK);
    eager_task(interp, &class, args)
}

/// `class(coro, loop=loop, name=name, context=context, eager_start=True)`.
fn eager_task(interp: &mut dyn Interpreter, class: &Value, args: &[Value]) -> Completion {
    let keywords = [
        (intern("loop"), args[0].clone()),
        (intern("name"), args[2].clone()),
        (intern("context"), args[3].clone()),
        (intern("eager_start"), Value::TRUE),
    ];
    interp.call_keywords(class, &args[1..2], &keywords)
}

/// A function of `asyncio.threads`, which is loaded when it is needed.
fn in_threads(
    interp: &mut dyn Interpreter,
    function: &str,
    args: &[Value],
    keywords: &[(Value, Value)],
) -> Completion {
    let module = interp.import("asyncio.threads")?;
    let function = interp.attribute(&module, function)?;
    interp.call_keywords(&function, args, keywords)
}

pub fn to_thread(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut positional = vec![args[0].clone()];
    positional.extend_from_slice(args[1].as_tuple().unwrap_or_default());
    let keywords = args[2].dict_like().map(|dict| dict.entries()).unwrap_or_default();
    let keywords: Vec<_> = keywords.into_iter().map(|entry| (entry.key, entry.value)).collect();
    in_threads(interp, "to_thread", &positional, &keywords)
}

pub fn run_coroutine_threadsafe(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    in_threads(interp, "run_coroutine_threadsafe", args, &[])
}

pub fn wrap_future(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    in_threads(interp, "wrap_future", &args[..1], &[(intern("loop"), args[1].clone())])
}

/// What `create_eager_task_factory` returns.
struct EagerFactory {
    class: Value,
}

static EAGER_FACTORY: TypeSpec = TypeSpec {
    name: "function",
    doc: "A task factory that starts tasks at once.",
    methods: &EAGER_FACTORY_METHODS,
    ..TypeSpec::EMPTY
};

static EAGER_FACTORY_METHODS: [NativeRow; 1] =
    [native("__call__", "loop, coro, *, name=None, context=None", make_eager_task, "A task, started.")];

impl Traverse for EagerFactory {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.class);
    }

    fn clear(&self) {
        // Immutable: a cycle is broken elsewhere.
    }
}

impl NativeObject for EagerFactory {
    fn spec(&self) -> &'static TypeSpec {
        &EAGER_FACTORY
    }
}

fn make_eager_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = receiver::<EagerFactory>(interp, &args[0], "function", "__call__")?.class.clone();
    eager_task(interp, &class, &args[1..])
}

pub fn create_eager_task_factory(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::object(EagerFactory { class: args[0].clone() }))
}
