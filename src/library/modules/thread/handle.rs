//! Starting threads, and what one joins them by.

use super::deadline;
use super::lock::WaitingThreads;
use crate::event_loop::receiver::receiver;
use crate::event_loop::threads;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, NativeRow, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

#[derive(Default)]
struct Thread {
    /// 0 before the start.
    ident: Cell<i64>,
    is_done: Cell<bool>,
    waiting: WaitingThreads,
}

impl Thread {
    fn end(&self) {
        self.is_done.set(true);
        self.waiting.wake_all();
    }

    /// Wait for its end; false at the deadline.
    fn join(
        &self,
        interp: &mut dyn Interpreter,
        this: &Value,
        deadline: Option<i64>,
    ) -> Result<bool, Raised> {
        if self.is_done.get() {
            return Ok(true);
        }
        if self.ident.get() == 0 {
            return Err(interp.runtime_error("thread not started"));
        }
        if self.ident.get() == threads::ident(interp.running_fiber()) {
            return Err(interp.runtime_error("Cannot join current thread"));
        }
        self.waiting.wait_until(interp, this, deadline, || self.is_done.get())
    }
}

thread_local! {
    /// The threads that the end of the program waits for.
    static JOINED_AT_EXIT: RefCell<Vec<Rc<Thread>>> = const { RefCell::new(Vec::new()) };
}

/// `_thread._ThreadHandle`.
struct Handle(Rc<Thread>);

impl Traverse for Handle {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Handle {
    fn spec(&self) -> &'static TypeSpec {
        &HANDLE
    }
}

pub static HANDLE: TypeSpec = TypeSpec {
    name: "_ThreadHandle",
    module: "_thread",
    doc: "Names a thread that was started, or will be.",
    methods: &METHODS,
    getters: &GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 5] = [
    native("__new__", "", new, "The handle of a thread to come.").as_new(),
    native("__repr__", "", repr, "Its number."),
    native("_set_done", "", set_done, "Say that the thread has ended."),
    native("is_done", "", is_done, "Whether the thread has ended."),
    native("join", "timeout=None, /", join, "Wait for the thread's end."),
];

static GETTERS: [GetterRow; 1] = [getter("ident", get_ident, "The thread's number.")];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Handle, Raised> {
    receiver::<Handle>(interp, this, "_thread._ThreadHandle", method)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Handle(Rc::default())))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let ident = this(interp, &args[0], "__repr__")?.0.ident.get();
    Ok(Value::str(&format!("<_thread._ThreadHandle object: ident={ident}>")))
}

fn set_done(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_set_done")?.0.end();
    Ok(Value::NONE)
}

fn is_done(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "is_done")?.0.is_done.get()))
}

fn join(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let thread = this(interp, &args[0], "join")?.0.clone();
    let is_negative = args[1].as_int().is_some_and(|timeout| timeout < 0)
        || args[1].as_float().is_some_and(|timeout| timeout < 0.0);
    let deadline = if is_negative { None } else { deadline(interp, &args[1])? };
    thread.join(interp, &args[0], deadline)?;
    Ok(Value::NONE)
}

fn get_ident(interp: &mut dyn Interpreter, own: &Value) -> Completion {
    Ok(Value::int(this(interp, own, "ident")?.0.ident.get()))
}

/// Run `function` in a thread of its own.
fn start(
    interp: &mut dyn Interpreter,
    thread: Rc<Thread>,
    function: Value,
    args: Vec<Value>,
    keywords: Vec<(Value, Value)>,
) -> Result<(), Raised> {
    let own = thread.clone();
    let body = Box::new(move |interp: &mut dyn Interpreter| {
        let result = interp.call_keywords(&function, &args, &keywords);
        drop((args, keywords));
        if let Err(raised) = result
            && !interp.raised_is(&raised, CoreType::SystemExit)
        {
            interp.report_unraisable(raised, "Exception ignored in thread started by", &function);
        }
        own.end();
        drop((function, own));
    });
    match threads::spawn(interp, body) {
        Ok(id) => {
            thread.ident.set(threads::ident(id));
            Ok(())
        }
        Err(_) => Err(interp.runtime_error("can't start new thread")),
    }
}

/// `start_new_thread(function, args, kwargs={})`.
pub fn start_new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !interp.is_callable(&args[0]) {
        return Err(interp.type_error("first arg must be callable"));
    }
    let Some(positional) = args[1].as_tuple() else {
        return Err(interp.type_error("2nd arg must be a tuple"));
    };
    let keywords = match (args[2].given(), args[2].dict_like()) {
        (None, _) => Vec::new(),
        (Some(_), Some(dict)) => dict.entries().into_iter().map(|entry| (entry.key, entry.value)).collect(),
        (Some(_), None) => return Err(interp.type_error("optional 3rd arg must be a dictionary")),
    };
    let thread = Rc::<Thread>::default();
    start(interp, thread.clone(), args[0].clone(), positional.to_vec(), keywords)?;
    Ok(Value::int(thread.ident.get()))
}

/// `start_joinable_thread(function, handle=None, daemon=True)`.
pub fn start_joinable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !interp.is_callable(&args[0]) {
        return Err(interp.type_error("thread function must be callable"));
    }
    let handle = if args[1].is_none() { Value::object(Handle(Rc::default())) } else { args[1].clone() };
    let Some(own) = handle.downcast::<Handle>() else {
        return Err(interp.type_error("'handle' must be a _ThreadHandle"));
    };
    if own.0.ident.get() != 0 || own.0.is_done.get() {
        return Err(interp.runtime_error("thread already started"));
    }
    if !interp.truth(&args[2])? {
        JOINED_AT_EXIT.with_borrow_mut(|threads| {
            threads.retain(|thread| !thread.is_done.get());
            threads.push(own.0.clone());
        });
    }
    start(interp, own.0.clone(), args[0].clone(), Vec::new(), Vec::new())?;
    Ok(handle)
}

/// Wait for the threads that are not daemons.
pub fn shutdown(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    while let Some(thread) = JOINED_AT_EXIT.with_borrow_mut(Vec::pop) {
        if thread.ident.get() != threads::ident(interp.running_fiber()) {
            let handle = Value::object(Handle(thread.clone()));
            thread.join(interp, &handle, None)?;
        }
    }
    Ok(Value::NONE)
}
