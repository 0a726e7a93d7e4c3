//! `Runner` and `run`.

use crate::event_loop::explain::cancel::{self, Cause};
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::task::{self, Task};
use crate::event_loop::{EventLoop, context, ensure, future, gather, loop_rows, report, running, waiting};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interrupt;
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

/// Seconds that the end of a runner waits for its executor's threads.
const THREAD_JOIN_TIMEOUT: i64 = 300;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Initialized,
    Closed,
}

/// `asyncio.Runner`.
struct Runner {
    attributes: Attributes,
    state: Cell<State>,
    debug: Value,
    factory: Value,
    loop_: Slot,
    context: Slot,
    interrupts: Cell<u32>,
    set_event_loop: Cell<bool>,
}

impl Runner {
    fn create(debug: Value, factory: Value) -> Runner {
        Runner {
            attributes: Attributes::default(),
            state: Cell::new(State::Created),
            debug,
            factory,
            loop_: Slot::default(),
            context: Slot::default(),
            interrupts: Cell::new(0),
            set_event_loop: Cell::new(false),
        }
    }

    fn init(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        match self.state.get() {
            State::Closed => return Err(interp.runtime_error("Runner is closed")),
            State::Initialized => return Ok(()),
            State::Created => {}
        }
        if self.factory.is_none() {
            self.loop_.set(running::new_event_loop(interp)?);
            if !self.set_event_loop.replace(true) {
                running::set_current_loop(interp, self.loop_.get())?;
            }
        } else {
            self.loop_.set(interp.call(&self.factory, &[])?);
        }
        if !self.debug.is_none() {
            interp.call_method(&self.loop_.get(), "set_debug", std::slice::from_ref(&self.debug))?;
        }
        self.context.set(context::to_object(context::copy_current()));
        self.state.set(State::Initialized);
        Ok(())
    }

    /// `run`. `this` is the runner, for the handler of Ctrl-C.
    fn run(
        &self,
        interp: &mut dyn Interpreter,
        this: &Value,
        coroutine: &Value,
        own_context: &Value,
    ) -> Completion {
        if !waiting::is_coroutine(interp, coroutine) {
            let repr = interp.repr(coroutine)?;
            let repr = repr.as_str().unwrap_or_default();
            return Err(interp.value_error(&format!("a coroutine was expected, got {repr}")));
        }
        if running::running_loop().is_some() {
            return Err(interp.runtime_error("Runner.run() cannot be called from a running event loop"));
        }
        self.init(interp)?;
        let own_context = if own_context.is_none() { self.context.get() } else { own_context.clone() };
        let loop_ = self.loop_.get();
        let task = ensure::create_task(interp, &loop_, coroutine, &Value::UNBOUND, &own_context)?;
        let takes_interrupts = interrupt::handler(interrupt::SIGINT).is_unbound();
        let handler =
            Value::object(OnInterrupt { runner: Slot::new(this.clone()), task: Slot::new(task.clone()) });
        if takes_interrupts {
            interrupt::set_handler(interrupt::SIGINT, handler.clone());
        }
        self.interrupts.set(0);
        let result = run_until_complete(interp, &loop_, &task);
        if takes_interrupts && interrupt::handler(interrupt::SIGINT).is(&handler) {
            interrupt::set_handler(interrupt::SIGINT, Value::UNBOUND);
        }
        match result {
            Err(raised)
                if self.interrupts.get() > 0
                    && interp.raised_is(&raised, CoreType::CancelledError)
                    && task.downcast::<Task>().is_some_and(|task| task::uncancel(task) == 0) =>
            {
                let error = interp.new_exception(CoreType::KeyboardInterrupt, &[]);
                if let Some(state) = error.as_exception() {
                    drop(state.context.replace(raised.into_value()));
                }
                Err(Raised::new(error))
            }
            result => result,
        }
    }

    fn close(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.state.get() != State::Initialized {
            return Ok(());
        }
        let loop_ = self.loop_.get();
        let result = shut_down(interp, &loop_);
        if self.set_event_loop.get() {
            running::set_current_loop(interp, Value::UNBOUND)?;
        }
        let closed = close_loop(interp, &loop_);
        drop(self.loop_.take());
        self.state.set(State::Closed);
        result.and(closed)
    }
}

/// The loop, if it is asyncio's own as it is: nothing that a script has replaced.
fn own_loop(loop_: &Value) -> Option<&EventLoop> {
    EventLoop::of(loop_).filter(|own| own.replaced.get() == 0)
}

fn run_until_complete(interp: &mut dyn Interpreter, loop_: &Value, awaitable: &Value) -> Completion {
    match own_loop(loop_) {
        Some(own) => own.run_until_complete(loop_, interp, awaitable),
        None => interp.call_method(loop_, "run_until_complete", std::slice::from_ref(awaitable)),
    }
}

fn close_loop(interp: &mut dyn Interpreter, loop_: &Value) -> Result<(), Raised> {
    match own_loop(loop_) {
        Some(own) => own.close(loop_, interp),
        None => interp.call_method(loop_, "close", &[]).map(drop),
    }
}

/// What the end of a runner has to see to: tasks, then async generators.
fn shut_down(interp: &mut dyn Interpreter, loop_: &Value) -> Result<(), Raised> {
    cancel_all_tasks(interp, loop_)?;
    // Both run even if there is nothing to do: what is ready gets these turns.
    let is_own = own_loop(loop_).is_some();
    let generators = match is_own {
        true => loop_rows::shutdown_generators(loop_),
        false => interp.call_method(loop_, "shutdown_asyncgens", &[])?,
    };
    run_until_complete(interp, loop_, &generators)?;
    let timeout = Value::int(THREAD_JOIN_TIMEOUT);
    let shutdown = match is_own {
        true => loop_rows::shutdown_default_executor(interp, loop_, &timeout)?,
        false => interp.call_method(loop_, "shutdown_default_executor", &[timeout])?,
    };
    run_until_complete(interp, loop_, &shutdown)?;
    Ok(())
}

fn cancel_all_tasks(interp: &mut dyn Interpreter, loop_: &Value) -> Result<(), Raised> {
    let tasks = running::all_tasks(interp, loop_)?;
    if tasks.is_empty() {
        return Ok(());
    }
    for task in &tasks {
        report::left_pending(interp, task);
        cancel::because(Cause::Shutdown, || future::cancel(interp, task, &Value::NONE))?;
    }
    let gathered = gather::gather(interp, &tasks, true)?;
    run_until_complete(interp, loop_, &gathered)?;
    for task in &tasks {
        if future::is_cancelled(interp, task)? {
            continue;
        }
        let exception = future::exception(interp, task)?;
        if !exception.is_none() {
            let details = [("exception", exception), ("task", task.clone())];
            let message = "unhandled exception during asyncio.run() shutdown";
            report::report(interp, loop_, message, &details)?;
        }
    }
    Ok(())
}

impl Traverse for Runner {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        visit(&self.debug);
        visit(&self.factory);
        self.loop_.visit(visit);
        self.context.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        drop(self.loop_.take());
        drop(self.context.take());
    }
}

impl NativeObject for Runner {
    fn spec(&self) -> &'static TypeSpec {
        &RUNNER
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

/// What Ctrl-C calls while a runner runs: the first cancels the main task, the next raise.
struct OnInterrupt {
    runner: Slot,
    task: Slot,
}

static ON_INTERRUPT: TypeSpec = TypeSpec {
    name: "functools.partial",
    doc: "Handles Ctrl-C while a runner runs.",
    methods: &ON_INTERRUPT_METHODS,
    ..TypeSpec::EMPTY
};

static ON_INTERRUPT_METHODS: [NativeRow; 1] =
    [native("__call__", "signum, frame", on_interrupt, "Cancel the main task, or raise KeyboardInterrupt.")];

impl Traverse for OnInterrupt {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.runner.visit(visit);
        self.task.visit(visit);
    }

    fn clear(&self) {
        drop(self.runner.take());
        drop(self.task.take());
    }
}

impl NativeObject for OnInterrupt {
    fn spec(&self) -> &'static TypeSpec {
        &ON_INTERRUPT
    }
}

fn on_interrupt(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = receiver::<OnInterrupt>(interp, &args[0], "partial", "__call__")?;
    let (runner, task) = (own.runner.get(), own.task.get());
    if let Some(runner) = runner.downcast::<Runner>() {
        runner.interrupts.set(runner.interrupts.get() + 1);
        if runner.interrupts.get() == 1 && !future::is_done(interp, &task)? {
            cancel::because(Cause::Interrupt, || future::cancel(interp, &task, &Value::NONE))?;
            return Ok(Value::NONE);
        }
    }
    Err(interp.raise_args(CoreType::KeyboardInterrupt, &[]))
}

/// `asyncio.Runner`.
pub static RUNNER: TypeSpec = TypeSpec {
    name: "Runner",
    module: "asyncio.runners",
    script_name: "Runner",
    doc: "A loop with a life cycle.",
    methods: &METHODS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 6] = [
    native("__new__", "*, debug=None, loop_factory=None", new, "A runner without a loop yet.").as_new(),
    native("__enter__", "", enter, "Make the loop."),
    native("__exit__", "exc_type, exc_val, exc_tb", exit, "Close the loop."),
    native("close", "", close, "Cancel all tasks and close the loop."),
    native("get_loop", "", get_loop, "The loop, made if need be."),
    native("run", "coro, *, context=None", run_method, "Run a coroutine."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Runner, Raised> {
    receiver::<Runner>(interp, this, "Runner", method)
}

fn new(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::object(Runner::create(args[1].clone(), args[2].clone())))
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__enter__")?.init(interp)?;
    Ok(args[0].clone())
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__exit__")?.close(interp)?;
    Ok(Value::NONE)
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "close")?.close(interp)?;
    Ok(Value::NONE)
}

fn get_loop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "get_loop")?;
    own.init(interp)?;
    Ok(own.loop_.get())
}

fn run_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "run")?.run(interp, &args[0], &args[1], &args[2])
}

/// `run(main, *, debug=None, loop_factory=None)`.
pub fn run(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let aside = running::step_aside();
    let result = run_apart(interp, args);
    if let Some(loop_) = aside {
        running::set_running_loop(loop_);
    }
    result
}

/// Cancel what is left in a loop that no runner owns, and close it.
pub fn close_prompt_loop(interp: &mut dyn Interpreter, loop_: &Value) -> Result<(), Raised> {
    let result = shut_down(interp, loop_);
    close_loop(interp, loop_).and(result)
}

fn run_apart(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if running::running_loop().is_some() {
        return Err(interp.runtime_error("asyncio.run() cannot be called from a running event loop"));
    }
    let runner = Value::object(Runner::create(args[1].clone(), args[2].clone()));
    let own = this(interp, &runner, "run")?;
    own.init(interp)?;
    let result = own.run(interp, &runner, &args[0], &Value::NONE);
    match (result, own.close(interp)) {
        (result, Ok(())) => result,
        (Err(first), Err(second)) => {
            let (first, second) = (first.into_value(), second.into_value());
            if let Some(state) = second.as_exception()
                && !first.is(&second)
            {
                drop(state.context.replace(first));
            }
            Err(Raised::new(second))
        }
        (Ok(_), Err(raised)) => Err(raised),
    }
}
