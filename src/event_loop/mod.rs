//! The event loop: asyncio's turn, line for line, over futures, tasks and handles.
//!
//! Sees the machine through [`Interpreter`] only. Everything that is to run lies in one ready
//! queue; a turn waits (if nothing is ready), moves what is due into the queue, and runs exactly
//! what the queue then holds: what is scheduled meanwhile runs in the next turn.

pub mod abstract_rows;
pub mod alarm;
pub mod any_future;
pub mod await_iterator;
pub mod clock;
pub mod context;
pub mod context_rows;
pub mod coroutine;
pub mod ensure;
pub mod explain;
pub mod future;
pub mod future_rows;
pub mod gather;
pub mod handle;
pub mod loop_rows;
pub mod outside;
pub mod reactor;
pub mod ready;
pub mod receiver;
pub mod report;
pub mod running;
pub mod schedule;
pub mod scripted;
pub mod slot;
pub mod source;
pub mod task;
pub mod task_rows;
pub mod threads;
pub mod timers;
pub mod waiting;

use crate::object::attributes::Attributes;
use crate::object::fiber::FiberId;
use crate::object::heap::{self, Traverse, WeakCell};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use crate::object::{async_hooks, audit, interrupt};
use future::{FutureCore, Hook, State, flag};
use reactor::{Epoll, Reactor, Simulated, Wait, Waker};
use ready::Ready;
use slot::Slot;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use timers::{Due, Timers};

/// The longest wait, in milliseconds: a day.
const LONGEST_WAIT: i64 = 24 * 3600 * 1000;
/// The exit code of a program in which nothing can happen any more.
const DEADLOCK_EXIT: i64 = 70;

/// An event loop.
pub struct EventLoop {
    attributes: Attributes,
    ready: RefCell<VecDeque<Ready>>,
    pub timers: RefCell<Timers>,
    /// Made when the loop first waits.
    reactor: RefCell<Option<Box<dyn Reactor>>>,
    /// Whether ready entries run in another order than FIFO's.
    is_scheduled: bool,
    /// Whether entries that take long are told of while they run.
    is_watched: bool,
    is_running: Cell<bool>,
    /// The thread that runs it.
    thread: Cell<Option<FiberId>>,
    /// While it runs: the hooks of async generators from before.
    old_hooks: Cell<Option<Box<(Value, Value)>>>,
    /// Whether it is that of a prompt (see [`running::step_aside`]).
    pub is_prompt: Cell<bool>,
    is_closed: Cell<bool>,
    stopping: Cell<bool>,
    /// What the script's class of the loop replaces (see `scripted`).
    pub replaced: Cell<u8>,
    spec: &'static TypeSpec,
    /// The thread in which the loop waits while others run.
    sleeper: Cell<Option<FiberId>>,
    /// Debug mode.
    pub debug: Cell<bool>,
    /// Debug mode: seconds after which a callback is reported as slow.
    pub slow_callback: Cell<f64>,
    /// The task that runs; unbound if none does.
    pub current: Slot,
    /// Unbound for the default.
    pub exception_handler: Slot,
    /// Unbound for the default.
    pub task_factory: Slot,
    /// The executor of `run_in_executor(None, ...)`; unbound until one is needed.
    pub default_executor: Slot,
    pub is_executor_shutdown: Cell<bool>,
    /// The dict of what `add_signal_handler` has set; unbound until it is called.
    pub signal_handlers: Slot,
    /// While there are such handlers.
    pub signal_expected: RefCell<Option<outside::Expectation>>,
    /// Async generators that were iterated under this loop.
    pub async_generators: RefCell<Vec<Rc<WeakCell>>>,
    pub is_generators_shutdown: Cell<bool>,
}

impl EventLoop {
    /// A new loop object.
    pub fn create() -> Value {
        Value::object(EventLoop::new())
    }

    /// A new loop object, as a script asks for it: asyncio's logger hears of it.
    pub fn create_for(interp: &mut dyn Interpreter) -> Completion {
        let selector = [Value::str("EpollSelector")];
        report::log_by(interp, "debug", ("Using selector: %s", &selector), || None)?;
        Ok(EventLoop::create())
    }

    /// A new loop.
    pub fn new() -> EventLoop {
        EventLoop {
            ready: RefCell::default(),
            attributes: Attributes::default(),
            timers: RefCell::default(),
            reactor: RefCell::default(),
            is_scheduled: schedule::is_installed(),
            is_watched: explain::blocking::is_installed(),
            is_running: Cell::new(false),
            thread: Cell::new(None),
            old_hooks: Cell::new(None),
            is_prompt: Cell::new(false),
            is_closed: Cell::new(false),
            stopping: Cell::new(false),
            replaced: Cell::new(0),
            spec: &loop_rows::EVENT_LOOP,
            sleeper: Cell::new(None),
            debug: Cell::new(is_debug_wanted()),
            slow_callback: Cell::new(0.1),
            current: Slot::default(),
            exception_handler: Slot::default(),
            task_factory: Slot::default(),
            default_executor: Slot::default(),
            is_executor_shutdown: Cell::new(false),
            signal_handlers: Slot::default(),
            signal_expected: RefCell::default(),
            async_generators: RefCell::default(),
            is_generators_shutdown: Cell::new(false),
        }
    }

    /// A new `BaseEventLoop`.
    pub fn create_base() -> Value {
        Value::object(EventLoop { spec: &loop_rows::BASE_EVENT_LOOP, ..EventLoop::new() })
    }

    /// The loop in a loop object.
    #[inline(always)]
    pub fn of(value: &Value) -> Option<&EventLoop> {
        value.downcast::<EventLoop>()
    }

    /// Add an entry to the ready queue.
    #[inline(always)]
    pub fn push(&self, ready: Ready) {
        self.ready.borrow_mut().push_back(ready);
    }

    pub fn is_running(&self) -> bool {
        self.is_running.get()
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// End `run_forever` after this turn.
    pub fn stop(&self) {
        self.stopping.set(true);
    }

    /// End the loop's wait: something was scheduled from another thread.
    pub fn wake_up(&self) {
        if let Some(sleeper) = self.sleeper.get() {
            threads::wake(sleeper);
        }
    }

    /// RuntimeError if the loop is closed.
    #[inline]
    pub fn check_closed(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_closed.get() { Err(interp.runtime_error("Event loop is closed")) } else { Ok(()) }
    }

    /// RuntimeError if this or another loop is running.
    pub fn check_running(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_running() {
            return Err(interp.runtime_error("This event loop is already running"));
        }
        if running::running_loop().is_some() {
            return Err(interp.runtime_error("Cannot run the event loop while another loop is running"));
        }
        Ok(())
    }

    /// `run_forever`: turn until `stop` is called.
    pub fn run_forever(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let result = self.within(this, interp, |interp| {
            loop {
                if let Err(raised) = self.turn_any(this, interp) {
                    break Err(raised);
                }
                if self.stopping.get() {
                    break Ok(());
                }
            }
        });
        self.stopping.set(false);
        result
    }

    /// Turn until `is_done`, which is asked before each turn; `stop` does not end this.
    pub fn run_until(
        &self,
        this: &Value,
        interp: &mut dyn Interpreter,
        is_done: &mut dyn FnMut(&mut dyn Interpreter) -> bool,
    ) -> Result<(), Raised> {
        self.within(this, interp, |interp| {
            while !is_done(interp) {
                self.turn(this, interp)?;
                self.stopping.set(false);
            }
            Ok(())
        })
    }

    /// Run `body` while this is the running loop.
    pub fn within<R>(
        &self,
        this: &Value,
        interp: &mut dyn Interpreter,
        body: impl FnOnce(&mut dyn Interpreter) -> Result<R, Raised>,
    ) -> Result<R, Raised> {
        self.begin(this, interp)?;
        let result = body(interp);
        self.end();
        result
    }

    fn slots(&self) -> [&Slot; 5] {
        [
            &self.current,
            &self.exception_handler,
            &self.task_factory,
            &self.default_executor,
            &self.signal_handlers,
        ]
    }

    /// What precedes the turns: `_run_forever_setup`.
    pub fn begin(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.check_closed(interp)?;
        self.check_running(interp)?;
        let first_iter = interp.attribute(this, "_asyncgen_firstiter_hook")?;
        let finalizer = interp.attribute(this, "_asyncgen_finalizer_hook")?;
        self.old_hooks.set(Some(Box::new(async_hooks::set(first_iter, finalizer))));
        self.is_running.set(true);
        self.thread.set(Some(interp.running_fiber()));
        running::set_running_loop(this.clone());
        Ok(())
    }

    /// What follows the turns: `_run_forever_cleanup`.
    pub fn end(&self) {
        self.is_running.set(false);
        self.thread.set(None);
        running::set_running_loop(Value::UNBOUND);
        if let Some(hooks) = self.old_hooks.take() {
            async_hooks::set(hooks.0, hooks.1);
        }
    }

    /// `_check_thread`: RuntimeError if another thread runs the loop.
    pub fn check_thread(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        match self.thread.get() {
            Some(thread) if thread != interp.running_fiber() => Err(interp.runtime_error(
                "Non-thread-safe operation invoked on an event loop other than the current one",
            )),
            _ => Ok(()),
        }
    }

    /// What is to run in the next turn, as handles.
    pub fn ready_handles(&self, this: &Value) -> Vec<Value> {
        self.ready.borrow().iter().map(|ready| ready.handle(this)).collect()
    }

    /// Whether something would run in the next turn without any waiting.
    pub fn is_ready(&self) -> bool {
        !self.ready.borrow().is_empty()
    }

    /// Ends a wait of this loop from any thread.
    pub fn waker(&self) -> std::io::Result<Waker> {
        let mut slot = self.reactor.borrow_mut();
        if let Some(reactor) = &*slot {
            return Ok(reactor.waker());
        }
        Ok(slot.insert(new_reactor()?).waker())
    }

    /// `run_until_complete`: turn until the future is done; its result.
    pub fn run_until_complete(
        &self,
        this: &Value,
        interp: &mut dyn Interpreter,
        awaitable: &Value,
    ) -> Completion {
        self.check_closed(interp)?;
        self.check_running(interp)?;
        let is_new = !future::is_future(interp, awaitable)?;
        let awaited = ensure::ensure_future(interp, awaitable, this)?;
        if is_new && let Some(task) = awaited.downcast::<task::Task>() {
            task.core.set_flag(flag::LOG_DESTROY, false);
        }
        future::add_hook(interp, &awaited, this, &COMPLETE)?;
        let result = self.run_forever(this, interp);
        if result.is_err()
            && is_new
            && let Some(core) = future::core(&awaited)
        {
            // Nobody else can ask the task.
            core.set_flag(flag::LOG_TRACEBACK, false);
        }
        future::remove_hook(interp, &awaited, this, &COMPLETE)?;
        result?;
        if !future::is_done(interp, &awaited)? {
            return Err(interp.runtime_error("Event loop stopped before Future completed."));
        }
        future::result(interp, &awaited)
    }

    /// `close`: forget all that is scheduled.
    pub fn close(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_running() {
            return Err(interp.runtime_error("Cannot close a running event loop"));
        }
        if self.is_closed.replace(true) {
            return Ok(());
        }
        let ready = self.ready.take();
        let timers = self.timers.take();
        drop((ready, timers));
        drop(self.reactor.take());
        self.is_executor_shutdown.set(true);
        let executor = self.default_executor.take();
        if let Some(executor) = executor.given_some() {
            let shutdown = interp.attribute(executor, "shutdown")?;
            interp.call_keywords(&shutdown, &[], &[(intern("wait"), Value::FALSE)])?;
        }
        if !self.signal_handlers.is_unbound() {
            let events = interp.import("asyncio.unix_events")?;
            interp.call_method(&events, "_remove_signal_handlers", std::slice::from_ref(this))?;
        }
        Ok(())
    }

    /// One turn of the loop, by the script's `_run_once` if its class has one.
    #[inline]
    fn turn_any(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.replaced.get() & scripted::replaced::RUN_ONCE != 0 {
            return interp.call_method(this, "_run_once", &[]).map(drop);
        }
        self.turn(this, interp)
    }

    /// One turn of the loop.
    pub fn turn(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let has_timers = !self.timers.borrow().is_empty();
        if has_timers {
            let dropped = self.timers.borrow_mut().drop_cancelled();
            drop(dropped);
        }
        let is_idle = self.ready.borrow().is_empty() && !self.stopping.get();
        if self.replaced.get() != 0 && {
            let first = self.timers.borrow().first();
            scripted::wait(interp, self, this, first, is_idle)?
        } {
            // The script's selector has waited.
        } else if is_idle {
            self.wait(interp)?;
        } else {
            self.poll(interp)?;
        }
        if interrupt::is_pending() {
            interp.poll()?;
        }
        if has_timers {
            let now = scripted::now(interp, self, this)?;
            self.take_due(now);
        }
        if self.is_scheduled {
            return schedule::run_turn(self, this, interp);
        }
        let count = self.ready.borrow().len();
        for _ in 0..count {
            let next = self.ready.borrow_mut().pop_front();
            let Some(next) = next else { break };
            self.run_entry(this, interp, next)?;
        }
        Ok(())
    }

    /// Run an entry of the ready queue.
    #[inline(always)]
    fn run_entry(&self, this: &Value, interp: &mut dyn Interpreter, next: Ready) -> Result<(), Raised> {
        if self.debug.get() | self.is_watched {
            self.run_timed(this, interp, next)?;
        } else {
            next.run(interp, this, self)?;
        }
        // What died with the entry may have something to say before the next one runs.
        if heap::attention() { interp.poll() } else { Ok(()) }
    }

    /// Move the timers that are due into the ready queue.
    fn take_due(&self, now: i64) {
        if self.is_scheduled {
            return schedule::take_due(self, now);
        }
        let mut timers = self.timers.borrow_mut();
        while let Some(due) = timers.pop_due(now) {
            self.push_due(due);
        }
    }

    /// Move a timer that was due into the ready queue.
    fn push_due(&self, due: Due) {
        self.push(match due {
            Due::Handle(value) => {
                if let Some(handle) = value.downcast::<handle::Handle>() {
                    handle.scheduled.set(false);
                }
                Ready::Handle(value)
            }
            Due::Alarm(value) => {
                alarm::make_due(&value);
                Ready::Alarm(value)
            }
            Due::Resolve(value) => Ready::Resolve(value),
        });
    }

    /// Something is ready: only look whether more is.
    #[inline]
    fn poll(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if !threads::is_alone() {
            threads::give_way(interp)?;
        }
        let has_sources = self.reactor.borrow().as_ref().is_some_and(|reactor| reactor.has_sources());
        if has_sources { self.wait_for(interp, Wait::Poll) } else { Ok(()) }
    }

    /// Nothing is ready: wait for the first timer, or for the outside.
    fn wait(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let first = self.timers.borrow().first();
        if !threads::is_alone() {
            return self.wait_among_threads(interp, first);
        }
        let has_sources = self.reactor.borrow().as_ref().is_some_and(|reactor| reactor.has_sources());
        let is_open =
            has_sources || outside::is_expected() || first.is_none() && outside::is_signal_expected();
        if first.is_none() && !is_open {
            return Err(self.deadlock(interp));
        }
        // While something is expected from outside, the virtual clock stands still.
        if clock::is_virtual() && !is_open {
            if let Some(when) = first {
                clock::advance_to(when);
            }
            return Ok(());
        }
        let how = match first {
            None => Wait::Forever,
            Some(_) if clock::is_virtual() => Wait::Forever,
            Some(when) => {
                // Rounded up as CPython's selector does: what is due within the same millisecond
                // becomes ready in the same turn.
                let left = when.saturating_sub(clock::monotonic()).max(0);
                let milliseconds = (left + 999_999) / 1_000_000;
                Wait::Milliseconds(milliseconds.min(LONGEST_WAIT) as u32)
            }
        };
        self.wait_for(interp, how)
    }

    /// Other threads run while the loop waits, and may schedule something.
    fn wait_among_threads(&self, interp: &mut dyn Interpreter, first: Option<i64>) -> Result<(), Raised> {
        let is_expected = outside::is_expected();
        let descriptor = self.reactor.borrow().as_ref().and_then(|reactor| {
            if is_expected || reactor.has_sources() { reactor.descriptor() } else { None }
        });
        self.sleeper.set(Some(interp.running_fiber()));
        let woken = threads::block(interp, first, threads::Waiting::Loop(descriptor));
        self.sleeper.set(None);
        woken?;
        if self.reactor.borrow().is_some() { self.wait_for(interp, Wait::Poll) } else { Ok(()) }
    }

    fn wait_for(&self, interp: &mut dyn Interpreter, how: Wait) -> Result<(), Raised> {
        if how == Wait::Milliseconds(0) && self.reactor.borrow().is_none() {
            return Ok(());
        }
        let mut slot = self.reactor.borrow_mut();
        let result = match &mut *slot {
            Some(reactor) => reactor.wait(how, &mut Vec::new()),
            None => new_reactor().and_then(|reactor| slot.insert(reactor).wait(how, &mut Vec::new())),
        };
        drop(slot);
        result.map_err(|error| {
            let number = Value::int(error.raw_os_error().unwrap_or(0).into());
            interp.raise_args(CoreType::OSError, &[number, Value::str(&error.to_string())])
        })
    }

    /// Nothing can come from outside: say who waits for what, and exit.
    #[cold]
    fn deadlock(&self, interp: &mut dyn Interpreter) -> Raised {
        if let Err(raised) = report::log(interp, explain::deadlock::report().trim_end()) {
            return raised;
        }
        interp.raise_args(CoreType::SystemExit, &[Value::int(DEADLOCK_EXIT)])
    }

    /// Run an entry and tell if it was slow: debug mode, `--warn-blocking`.
    fn run_timed(&self, this: &Value, interp: &mut dyn Interpreter, next: Ready) -> Result<(), Raised> {
        let shown = match &next {
            Ready::Step(value) | Ready::Throw(value, _) | Ready::Wake(value) | Ready::Handle(value) => {
                value.clone()
            }
            Ready::Alarm(value) | Ready::Resolve(value) | Ready::Native(_, _, value) => value.clone(),
            Ready::Call(call) => call.0.clone(),
        };
        if self.is_watched {
            explain::blocking::begin(next.task(), "a callback");
        }
        let start = clock::monotonic();
        let result = next.run(interp, this, self);
        if self.is_watched {
            explain::blocking::end(interp);
        }
        if !self.debug.get() {
            return result;
        }
        let seconds = clock::to_seconds(clock::monotonic() - start);
        if seconds >= self.slow_callback.get() {
            let repr = interp.repr(&shown)?;
            let plain = || {
                let repr = repr.as_str().unwrap_or_default();
                Some(format!("Executing {repr} took {seconds:.3} seconds"))
            };
            let args = [repr.clone(), Value::float(seconds)];
            report::log_by(interp, "warning", ("Executing %s took %.3f seconds", &args), plain)?;
        }
        result
    }
}

/// Whether new loops begin in debug mode.
fn is_debug_wanted() -> bool {
    std::env::var_os("PYTHONASYNCIODEBUG").is_some_and(|value| !value.is_empty())
}

fn new_reactor() -> std::io::Result<Box<dyn Reactor>> {
    if clock::is_virtual() {
        return Ok(Box::<Simulated>::default());
    }
    Ok(Box::new(Epoll::new()?))
}

/// The end of `run_until_complete`.
static COMPLETE: Hook = Hook {
    name: "_run_until_complete_cb",
    run: |interp, loop_, future| {
        if !future::is_cancelled(interp, future)? {
            let exception = future::exception(interp, future)?;
            let fatal = [CoreType::SystemExit, CoreType::KeyboardInterrupt];
            if fatal.iter().any(|class| interp.exception_is(&exception, *class)) {
                // The loop has ended by it already.
                return Ok(());
            }
        }
        if let Some(loop_) = EventLoop::of(loop_) {
            loop_.stop();
        }
        Ok(())
    },
};

impl Default for EventLoop {
    fn default() -> EventLoop {
        EventLoop::new()
    }
}

impl Traverse for EventLoop {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        self.ready.borrow().iter().for_each(|ready| ready.visit(visit));
        self.timers.borrow().visit(visit);
        self.slots().iter().for_each(|slot| slot.visit(visit));
    }

    fn clear(&self) {
        self.attributes.clear();
        let ready = self.ready.take();
        let timers = self.timers.take();
        drop((ready, timers));
        for slot in self.slots() {
            drop(slot.take());
        }
    }
}

impl NativeObject for EventLoop {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        self.replaced.set(self.replaced.get() | scripted::replaced_by(name));
        self.attributes.set(name, value)
    }

    fn needs_finalizer(&self) -> bool {
        !self.is_closed()
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let repr = interp.repr(this)?;
        let message = format!("unclosed event loop {}", repr.as_str().unwrap_or_default());
        audit::leak("loops", "an event loop was never closed".to_owned(), None);
        let warned = interp.warn(CoreType::ResourceWarning, &message, None);
        self.close(this, interp)?;
        warned
    }
}

/// Whether a future of ours is finished, failed or cancelled: for the library's state machines.
pub fn state(future: &Value) -> Option<State> {
    future::core(future).map(FutureCore::state)
}
