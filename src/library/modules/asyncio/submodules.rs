//! The modules of the package `asyncio`. What scripts use of it lies in the package itself; the
//! modules are there for those who name them, and hold what is written in apy. None is loaded
//! before it is asked for.

use crate::object::spec::{ModuleSpec, Script};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Value};

macro_rules! submodules {
    ($($static:ident = $name:literal, $doc:literal, $script:expr;)+) => {
        $(
            static $static: ModuleSpec = ModuleSpec {
                name: concat!("asyncio.", $name),
                doc: $doc,
                script: $script,
                ..ModuleSpec::EMPTY
            };
        )+

        /// Their names within the package.
        static NAMES: &[&str] = &[$($name),+];

        /// All of them.
        pub static SUBMODULES: &[&ModuleSpec] = &[$(&$static),+];
    };
}

submodules! {
    BASE_EVENTS = "base_events", "Base implementation of event loop.",
        Script::inline("from asyncio import BaseEventLoop, constants, coroutines, events, exceptions, futures, tasks\n\
         from asyncio.log import logger\n\
         import threading, time, warnings\n\
         MAXIMUM_SELECT_TIMEOUT = 24 * 3600\n\
         _MIN_SCHEDULED_TIMER_HANDLES = 100\n\
         _MIN_CANCELLED_TIMER_HANDLES_FRACTION = 0.5\n\
         __all__ = 'BaseEventLoop',\n");
    BASE_FUTURES = "base_futures", "",
        Script::inline("from asyncio import isfuture\n\
         _PENDING = 'PENDING'\n_CANCELLED = 'CANCELLED'\n_FINISHED = 'FINISHED'\n\
         _future_repr = repr\n\
         __all__ = ()\n");
    BASE_TASKS = "base_tasks", "", script!("asyncio/base_tasks.apy");
    CONSTANTS = "constants", "",
        Script::inline("LOG_THRESHOLD_FOR_CONNLOST_WRITES = 5\nACCEPT_RETRY_DELAY = 1\nDEBUG_STACK_DEPTH = 10\n\
         SSL_HANDSHAKE_TIMEOUT = 60.0\nSSL_SHUTDOWN_TIMEOUT = 30.0\n\
         SENDFILE_FALLBACK_READBUFFER_SIZE = 1024 * 256\nFLOW_CONTROL_HIGH_WATER_SSL_READ = 256\n\
         FLOW_CONTROL_HIGH_WATER_SSL_WRITE = 512\nTHREAD_JOIN_TIMEOUT = 300\n");
    COROUTINES = "coroutines", "",
        script!("asyncio/coroutines.apy");
    EVENTS = "events", "Event loop and event loop policy.", script!("asyncio/events.apy");
    EXCEPTIONS = "exceptions", "asyncio exceptions.", script!("asyncio/exceptions.apy");
    FORMAT_HELPERS = "format_helpers", "", script!("asyncio/format_helpers.apy");
    FUTURES = "futures", "A Future class similar to the one in PEP 3148.",
        Script::inline("from asyncio import Future, isfuture\n\
         from asyncio.threads import (_chain_future, _convert_future_exc, _copy_future_state, \
         _set_concurrent_future_state, _set_result_unless_cancelled, wrap_future)\n\
         _PyFuture = _CFuture = Future\n\
         _PENDING = 'PENDING'\n_CANCELLED = 'CANCELLED'\n_FINISHED = 'FINISHED'\n\
         def _get_loop(fut):\n    return fut.get_loop()\n\
         __all__ = 'Future', 'wrap_future', 'isfuture'\n");
    GRAPH = "graph", "Introspection utils for tasks call graphs.", script!("asyncio/graph.apy");
    LOCKS = "locks", "Synchronization primitives.",
        Script::inline("from asyncio import Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore, exceptions\n\
         __all__ = 'Lock', 'Event', 'Condition', 'Semaphore', 'BoundedSemaphore', 'Barrier'\n");
    PROTOCOLS = "protocols", "Abstract Protocol base classes.", script!("asyncio/protocols.apy");
    QUEUES = "queues", "",
        Script::inline("from asyncio import LifoQueue, PriorityQueue, Queue, QueueEmpty, QueueFull, QueueShutDown\n\
         __all__ = 'Queue', 'PriorityQueue', 'LifoQueue', 'QueueFull', 'QueueEmpty', 'QueueShutDown'\n");
    RUNNERS = "runners", "",
        Script::inline("from asyncio import Runner, constants, coroutines, events, exceptions, run, tasks\n\
         __all__ = 'Runner', 'run'\n");
    STAGGERED = "staggered", "Support for running coroutines in parallel with staggered start times",
        script!("asyncio/staggered.apy");
    TASKGROUPS = "taskgroups", "", Script::inline("from asyncio import TaskGroup, events, exceptions, tasks\n__all__ = 'TaskGroup',\n");
    TASKS = "tasks", "Support for tasks, coroutines and the scheduler.",
        Script::inline("from asyncio import (ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, Task, all_tasks, as_completed, \
         create_eager_task_factory, create_task, current_task, eager_task_factory, ensure_future, gather, \
         run_coroutine_threadsafe, shield, sleep, wait, wait_for, _enter_task, _leave_task, _register_task, \
         _register_eager_task, _swap_current_task, _unregister_task, _unregister_eager_task)\n\
         from asyncio import coroutines, events, exceptions, futures, timeouts\n\
         _PyTask = _CTask = Task\n\
         _py_current_task = _c_current_task = current_task\n\
         _py_register_task = _c_register_task = _register_task\n\
         _py_enter_task = _c_enter_task = _enter_task\n\
         _py_leave_task = _c_leave_task = _leave_task\n\
         _py_unregister_task = _c_unregister_task = _unregister_task\n\
         _py_swap_current_task = _c_swap_current_task = _swap_current_task\n\
         __all__ = ('Task', 'create_task', 'FIRST_COMPLETED', 'FIRST_EXCEPTION', 'ALL_COMPLETED', 'wait', \
         'wait_for', 'as_completed', 'sleep', 'gather', 'shield', 'ensure_future', 'run_coroutine_threadsafe', \
         'current_task', 'all_tasks', 'create_eager_task_factory', 'eager_task_factory')\n");
    THREADS = "threads", "High-level support for working with threads in asyncio",
        script!("asyncio/threads.apy");
    TIMEOUTS = "timeouts", "", Script::inline("from asyncio import Timeout, timeout, timeout_at\n__all__ = 'Timeout', 'timeout', 'timeout_at'\n");
    TRANSPORTS = "transports", "Abstract Transport class.", script!("asyncio/transports.apy");
    UNIX_EVENTS = "unix_events", "Selector event loop for Unix with signal handling.",
        script!("asyncio/unix_events.apy");
    SELECTOR_EVENTS = "selector_events", "Event loop using a selector and related classes.",
        Script::inline("from asyncio import BaseEventLoop, SelectorEventLoop\nBaseSelectorEventLoop = SelectorEventLoop\n");
    LOG = "log", "Logging configuration.", script!("asyncio/log.apy");
}

/// A module of Python 3.14: there for those who ask, but not among the names of the package.
const LATER: &str = "asyncio.graph";

/// Names of the package that are defined in a module of it.
static LAZY: &[(&str, &[&str])] = &[
    (
        "asyncio.events",
        &[
            "AbstractEventLoopPolicy",
            "AbstractServer",
            "DefaultEventLoopPolicy",
            "get_event_loop_policy",
            "set_event_loop_policy",
        ],
    ),
    (
        LATER,
        &[
            "FrameCallGraphEntry",
            "FutureCallGraph",
            "capture_call_graph",
            "format_call_graph",
            "print_call_graph",
        ],
    ),
    (
        "asyncio.protocols",
        &["BaseProtocol", "BufferedProtocol", "DatagramProtocol", "Protocol", "SubprocessProtocol"],
    ),
    (
        "asyncio.transports",
        &[
            "BaseTransport",
            "DatagramTransport",
            "ReadTransport",
            "SubprocessTransport",
            "Transport",
            "WriteTransport",
        ],
    ),
    ("asyncio.exceptions", &["IncompleteReadError", "LimitOverrunError", "SendfileNotAvailableError"]),
];

/// `asyncio.__all__`: CPython's, without what does I/O.
static ALL: &[&str] = &[
    "BaseEventLoop",
    "iscoroutinefunction",
    "iscoroutine",
    "AbstractEventLoopPolicy",
    "AbstractEventLoop",
    "AbstractServer",
    "Handle",
    "TimerHandle",
    "get_event_loop_policy",
    "set_event_loop_policy",
    "get_event_loop",
    "set_event_loop",
    "new_event_loop",
    "_set_running_loop",
    "get_running_loop",
    "_get_running_loop",
    "BrokenBarrierError",
    "CancelledError",
    "InvalidStateError",
    "TimeoutError",
    "IncompleteReadError",
    "LimitOverrunError",
    "SendfileNotAvailableError",
    "Future",
    "wrap_future",
    "isfuture",
    "Lock",
    "Event",
    "Condition",
    "Semaphore",
    "BoundedSemaphore",
    "Barrier",
    "BaseProtocol",
    "Protocol",
    "DatagramProtocol",
    "SubprocessProtocol",
    "BufferedProtocol",
    "Runner",
    "run",
    "Queue",
    "PriorityQueue",
    "LifoQueue",
    "QueueFull",
    "QueueEmpty",
    "QueueShutDown",
    "Task",
    "create_task",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "ALL_COMPLETED",
    "wait",
    "wait_for",
    "as_completed",
    "sleep",
    "gather",
    "shield",
    "ensure_future",
    "run_coroutine_threadsafe",
    "current_task",
    "all_tasks",
    "create_eager_task_factory",
    "eager_task_factory",
    "_register_task",
    "_unregister_task",
    "_enter_task",
    "_leave_task",
    "TaskGroup",
    "to_thread",
    "Timeout",
    "timeout",
    "timeout_at",
    "BaseTransport",
    "ReadTransport",
    "WriteTransport",
    "Transport",
    "DatagramTransport",
    "SubprocessTransport",
    "SelectorEventLoop",
    "DefaultEventLoopPolicy",
    "EventLoop",
];

/// The tuple `asyncio.__all__`.
pub fn all() -> Value {
    Value::tuple(ALL.iter().map(|name| intern(name)).collect())
}

/// A name that asyncio had until Python 3.10, for the sake of older articles: it works, but is not
/// told of.
const OLD_DECORATOR: &str = "coroutine";

/// `asyncio.__getattr__(name)`: load the module that has the name.
pub fn getattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = args[0].str_like().unwrap_or_default();
    if NAMES.contains(&name) {
        return interp.import(&format!("asyncio.{name}"));
    }
    if name == OLD_DECORATOR {
        let module = interp.import("asyncio.coroutines")?;
        return interp.attribute(&module, name);
    }
    if let Some((module, _)) = LAZY.iter().find(|(_, names)| names.contains(&name)) {
        let module = interp.import(module)?;
        let found = interp.attribute(&module, name)?;
        let package = interp.import("asyncio")?;
        interp.set_attr(&package, &intern(name), &found)?;
        return Ok(found);
    }
    let package = interp.import("asyncio")?;
    let message = format!("module 'asyncio' has no attribute '{name}'");
    Err(interp.attribute_error(&message, &package, &args[0]))
}

/// `asyncio.__dir__()`: also what is not loaded.
pub fn dir(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let package = interp.import("asyncio")?;
    let Some(dict) = package.as_module().map(|module| module.dict.borrow().clone()) else {
        return Err(interp.raise(CoreType::SystemError, "asyncio is not a module"));
    };
    let mut names = dict.dict_like().map(|dict| dict.keys()).unwrap_or_default();
    let known = |names: &[Value], name: &str| names.iter().any(|other| other.as_str() == Some(name));
    let lazy = LAZY.iter().filter(|(module, _)| *module != LATER);
    let modules = NAMES.iter().filter(|name| !LATER.ends_with(**name));
    let lazy = lazy.flat_map(|(_, names)| names.iter()).chain(modules);
    for name in lazy {
        if !known(&names, name) {
            names.push(intern(name));
        }
    }
    Ok(Value::list(names))
}
