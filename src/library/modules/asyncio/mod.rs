//! The module `asyncio`: names for what the event loop offers, and the state machines of its
//! `async` functions. All of it is Rust, so that importing it costs next to nothing.

mod barrier;
mod call_graph;
mod condition;
mod functions;
mod heap_order;
mod locks;
mod queues;
pub mod runner;
mod semaphore;
mod sleep;
mod submodules;
mod task_group;
mod task_set;
mod timeouts;
mod wait;
mod waiters;

use crate::event_loop::{future_rows, handle, loop_rows, task_rows};
use crate::object::spec::{ConstantFn, ModuleSpec, NativeRow, native};
use crate::object::{CoreType, TypeSpec, Value};
use functions as f;
pub use submodules::SUBMODULES;

/// The module `asyncio`.
pub static ASYNCIO: ModuleSpec = ModuleSpec {
    name: "asyncio",
    doc: "Concurrency by coroutines, as PEP 3156 has it.",
    functions: &FUNCTIONS,
    types: TYPES,
    constants: CONSTANTS,
    core_types: EXCEPTIONS,
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: [NativeRow; 43] = [
    native("__dir__", "", submodules::dir, "All names, those not loaded yet as well."),
    native("__getattr__", "name", submodules::getattr, "What is loaded when it is needed."),
    native("_await_chain", "future", call_graph::await_chain, "The coroutines a task stands in."),
    native("_awaited_by", "future", call_graph::awaited_by, "The tasks that wait for a future."),
    native("_enter_task", "loop, task", f::enter_task, "Say that a task runs."),
    native("_get_policy", "", f::get_policy, "The policy that was set, or None."),
    native("_get_running_loop", "", f::get_running_loop_or_none, "The running loop, or None."),
    native("_leave_task", "loop, task", f::leave_task, "Say that a task stops running."),
    native("_native_get_event_loop", "policy", f::native_get_event_loop, "The current loop of the thread."),
    native("_native_new_event_loop", "", f::native_new_event_loop, "A new loop, whatever the policy."),
    native("_native_set_event_loop", "loop", f::native_set_event_loop, "Set the current loop of the thread."),
    native("_register_eager_task", "task", f::register_task, "Enter a task that starts at once."),
    native("_register_task", "task", f::register_task, "Let `all_tasks` find a task."),
    native("_set_policy", "policy", f::set_policy, "Set the policy; None for the default."),
    native("_set_running_loop", "loop, /", f::set_running_loop, "Set which loop runs."),
    native("_swap_current_task", "loop, task", f::swap_current_task, "Exchange the task that runs."),
    native("_unregister_eager_task", "task", f::unregister_task, "Forget a task."),
    native("_unregister_task", "task", f::unregister_task, "Forget a task."),
    native("all_tasks", "loop=None", f::all_tasks, "The tasks that are not done.").like_script(),
    native("as_completed", "fs, *, timeout=None", wait::as_completed, "Awaitables as they are done.")
        .like_script(),
    native(
        "create_eager_task_factory",
        "custom_task_constructor",
        f::create_eager_task_factory,
        "A task factory that starts tasks at once.",
    )
    .like_script(),
    native("create_task", "coro, *, name=None, context=None", f::create_task, "A task of the running loop.")
        .like_script(),
    native("current_task", "loop=None", f::current_task, "The task that runs, or None."),
    native(
        "eager_task_factory",
        "loop, coro, *, name=None, context=None",
        f::eager_task_factory,
        "A task that starts at once.",
    )
    .like_script(),
    native("ensure_future", "coro_or_future, *, loop=None", f::ensure_future, "A future of an awaitable.")
        .like_script(),
    native("gather", "*coros_or_futures, return_exceptions=False", f::gather, "All results, in order.")
        .like_script(),
    native("get_event_loop", "", f::get_event_loop, "The running loop, or the current one."),
    native("get_running_loop", "", f::get_running_loop, "The running loop, or RuntimeError."),
    native("iscoroutine", "obj", f::iscoroutine, "Whether it is a coroutine object.").like_script(),
    native("iscoroutinefunction", "func", f::iscoroutinefunction, "Whether calling it makes a coroutine.")
        .like_script(),
    native("isfuture", "obj", f::isfuture, "Whether it is a future.").like_script(),
    native("new_event_loop", "", f::new_event_loop, "A new loop.").like_script(),
    native("run", "main, *, debug=None, loop_factory=None", runner::run, "Run a coroutine in a new loop.")
        .like_script(),
    native(
        "run_coroutine_threadsafe",
        "coro, loop",
        f::run_coroutine_threadsafe,
        "Run it in another thread's loop.",
    )
    .like_script(),
    native("set_event_loop", "loop", f::set_event_loop, "Set the current loop.").like_script(),
    native("shield", "arg", f::shield, "Wait without passing cancellation on.").like_script(),
    native("sleep", "delay, result=None", sleep::sleep, "Wait so many seconds.")
        .like_async()
        .begun_by(sleep::begin_sleep),
    native("timeout", "delay", timeouts::timeout, "Cancel a block after so many seconds.").like_script(),
    native("timeout_at", "when", timeouts::timeout_at, "Cancel a block at a loop time.").like_script(),
    native("to_thread", "func, /, *args, **kwargs", f::to_thread, "Call a function in a thread.")
        .like_async(),
    native(
        "wait",
        "fs, *, timeout=None, return_when='ALL_COMPLETED'",
        wait::wait,
        "Wait for some or all of several futures.",
    )
    .like_async(),
    native("wait_for", "fut, timeout", timeouts::wait_for, "Wait at most so many seconds.")
        .like_async()
        .begun_by(timeouts::begin_wait_for),
    native(
        "wrap_future",
        "future, *, loop=None",
        f::wrap_future,
        "A future of this loop for one of a thread.",
    )
    .like_script(),
];

static TYPES: &[&TypeSpec] = &[
    &barrier::BARRIER,
    &condition::CONDITION,
    &future_rows::FUTURE,
    &handle::HANDLE,
    &handle::TIMER_HANDLE,
    &locks::EVENT,
    &locks::LOCK,
    &loop_rows::ABSTRACT_EVENT_LOOP,
    &loop_rows::BASE_EVENT_LOOP,
    &queues::LIFO_QUEUE,
    &queues::PRIORITY_QUEUE,
    &queues::QUEUE,
    &runner::RUNNER,
    &semaphore::BOUNDED_SEMAPHORE,
    &semaphore::SEMAPHORE,
    &task_group::TASK_GROUP,
    &task_rows::TASK,
    &timeouts::TIMEOUT,
];

static CONSTANTS: &[(&str, ConstantFn)] = &[
    ("__path__", |_| Value::list(Vec::new())),
    ("__all__", |_| submodules::all()),
    ("ALL_COMPLETED", |_| Value::str("ALL_COMPLETED")),
    ("FIRST_COMPLETED", |_| Value::str("FIRST_COMPLETED")),
    ("FIRST_EXCEPTION", |_| Value::str("FIRST_EXCEPTION")),
    ("EventLoop", |interp| interp.type_of_spec(&loop_rows::EVENT_LOOP)),
    ("SelectorEventLoop", |interp| interp.type_of_spec(&loop_rows::EVENT_LOOP)),
];

static EXCEPTIONS: &[(&str, CoreType)] = &[
    ("BrokenBarrierError", CoreType::BrokenBarrierError),
    ("CancelledError", CoreType::CancelledError),
    ("InvalidStateError", CoreType::InvalidStateError),
    ("QueueEmpty", CoreType::QueueEmpty),
    ("QueueFull", CoreType::QueueFull),
    ("QueueShutDown", CoreType::QueueShutDown),
    ("TimeoutError", CoreType::TimeoutError),
];
