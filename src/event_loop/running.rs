//! Which loop runs in this thread, which loop is the thread's current one, and its tasks.

use super::slot::Slot;
use super::task::Task;
use super::{EventLoop, future};
use crate::object::fiber::FiberId;
use crate::object::heap::{self, WeakCell};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

thread_local! {
    /// The loop that runs; unbound if none does.
    static RUNNING: Slot = const { Slot::new(Value::UNBOUND) };
    /// What `set_event_loop` set; unbound if nothing.
    static CURRENT: Slot = const { Slot::new(Value::UNBOUND) };
    /// Whether `set_event_loop` was called.
    static WAS_SET: Cell<bool> = const { Cell::new(false) };
    /// What `set_event_loop_policy` set; unbound if nothing.
    static POLICY: Slot = const { Slot::new(Value::UNBOUND) };
    /// Tasks of classes that scripts made, which cannot be enrolled.
    static OTHER_TASKS: RefCell<Vec<Rc<WeakCell>>> = const { RefCell::new(Vec::new()) };
    /// Loops that are not ours, as `_enter_task` was told of them, and the tasks that run in them.
    static OTHER_LOOPS: RefCell<Vec<(Value, Value)>> = const { RefCell::new(Vec::new()) };
}

/// What this file keeps per thread.
#[derive(Default)]
pub struct Running {
    running: Value,
    current: Value,
    was_set: bool,
}

/// Replace what this file keeps for the thread; returns what it was.
pub fn exchange(new: Running) -> Running {
    Running {
        running: RUNNING.with(|running| running.replace(new.running)),
        current: CURRENT.with(|current| current.replace(new.current)),
        was_set: WAS_SET.replace(new.was_set),
    }
}

/// The loop that runs in this thread.
#[inline]
pub fn running_loop() -> Option<Value> {
    RUNNING.with(|running| running.with(|running| running.given().cloned()))
}

/// Set which loop runs; unbound for none.
pub fn set_running_loop(loop_: Value) {
    RUNNING.with(|running| running.set(loop_));
}

/// Code of a prompt runs while its loop does, but in no task: such a loop steps aside for one that
/// is started there. Returns it for [`set_running_loop`] to put back.
pub fn step_aside() -> Option<Value> {
    let loop_ = running_loop()?;
    let is_idle = EventLoop::of(&loop_).is_some_and(|own| own.is_prompt.get() && own.current.is_unbound());
    is_idle.then(|| {
        set_running_loop(Value::UNBOUND);
        loop_
    })
}

/// The running loop, or RuntimeError.
#[inline]
pub fn expect_running_loop(interp: &mut dyn Interpreter) -> Completion {
    match running_loop() {
        Some(loop_) => Ok(loop_),
        None => Err(interp.runtime_error("no running event loop")),
    }
}

/// The policy that a script has set.
pub fn policy() -> Option<Value> {
    POLICY.with(|policy| policy.with(|policy| policy.given().cloned()))
}

/// Set the policy; unbound for the default.
pub fn set_policy(policy: Value) {
    POLICY.with(|own| own.set(policy));
}

/// `asyncio.new_event_loop()`.
pub fn new_event_loop(interp: &mut dyn Interpreter) -> Completion {
    match policy() {
        Some(policy) => interp.call_method(&policy, "new_event_loop", &[]),
        None => EventLoop::create_for(interp),
    }
}

/// `asyncio.set_event_loop(loop)`; unbound for None.
pub fn set_current_loop(interp: &mut dyn Interpreter, loop_: Value) -> Result<(), Raised> {
    match policy() {
        Some(policy) => {
            let loop_ = if loop_.is_unbound() { Value::NONE } else { loop_ };
            interp.call_method(&policy, "set_event_loop", &[loop_]).map(drop)
        }
        None => {
            set_event_loop(loop_);
            Ok(())
        }
    }
}

/// `asyncio.get_event_loop()` under the default policy.
pub fn get_event_loop(interp: &mut dyn Interpreter) -> Completion {
    match running_loop() {
        Some(loop_) => Ok(loop_),
        None => current_loop(interp, &Value::NONE),
    }
}

/// The thread's current loop. In the main thread one is made if none was ever set: by `policy`,
/// if there is one.
pub fn current_loop(interp: &mut dyn Interpreter, policy: &Value) -> Completion {
    let current = CURRENT.with(Slot::get);
    if !current.is_unbound() {
        return Ok(current);
    }
    if WAS_SET.get() || interp.running_fiber() != FiberId::MAIN {
        let name = thread_name(interp)?;
        return Err(interp.runtime_error(&format!("There is no current event loop in thread '{name}'.")));
    }
    let place = interp.stack(1).into_iter().next();
    interp.warn(CoreType::DeprecationWarning, "There is no current event loop", place)?;
    if policy.is_none() {
        let loop_ = EventLoop::create_for(interp)?;
        set_event_loop(loop_.clone());
        return Ok(loop_);
    }
    let loop_ = interp.call_method(policy, "new_event_loop", &[])?;
    interp.call_method(policy, "set_event_loop", &[loop_])?;
    Ok(CURRENT.with(Slot::get))
}

/// The name of the running thread, as `threading` has it.
fn thread_name(interp: &mut dyn Interpreter) -> Result<String, Raised> {
    let threading = interp.modules().dict_like().and_then(|modules| modules.get_str("threading"));
    let Some(threading) = threading else { return Ok("MainThread".to_owned()) };
    let thread = interp.call_method(&threading, "current_thread", &[])?;
    let name = interp.attribute(&thread, "name")?;
    Ok(name.str_like().unwrap_or_default().to_owned())
}

/// `asyncio.set_event_loop(loop)`; unbound for None.
pub fn set_event_loop(loop_: Value) {
    WAS_SET.set(true);
    CURRENT.with(|current| current.set(loop_));
}

/// The task that runs in the running loop.
pub fn current_task(loop_: &Value) -> Option<Value> {
    match EventLoop::of(loop_) {
        Some(own) => own.current.get().given().cloned(),
        None => OTHER_LOOPS.with_borrow(|loops| {
            loops.iter().find(|(other, _)| other.is(loop_)).map(|(_, task)| task.clone())
        }),
    }
}

/// Set which task runs in a loop of any kind, unbound for none; which one did.
pub fn swap_current_task(loop_: &Value, task: Value) -> Option<Value> {
    if let Some(own) = EventLoop::of(loop_) {
        return own.current.replace(task).given().cloned();
    }
    let before = current_task(loop_);
    OTHER_LOOPS.with_borrow_mut(|loops| {
        loops.retain(|(other, _)| !other.is(loop_));
        if !task.is_unbound() {
            loops.push((loop_.clone(), task));
        }
    });
    before
}

/// Let `all_tasks` find a task that cannot be enrolled.
pub fn remember_task(task: &Value) {
    let Some(cell) = heap::weak_cell(task) else { return };
    OTHER_TASKS.with_borrow_mut(|tasks| tasks.push(cell));
}

/// Undo `remember_task`.
pub fn forget_task(task: &Value) {
    OTHER_TASKS.with_borrow_mut(|tasks| {
        tasks.retain(|cell| cell.upgrade().is_some_and(|other| !other.is(task)));
    });
}

/// Our own tasks of a loop that are not done, in the order of their creation.
pub fn own_tasks(loop_: &Value) -> Vec<Value> {
    let mut tasks = pending_tasks();
    tasks.retain(|task| task.downcast::<Task>().is_some_and(|task| task.core.loop_.is(loop_)));
    tasks
}

/// The tasks of a loop that are not done: our own, then those that scripts have registered.
pub fn all_tasks(interp: &mut dyn Interpreter, loop_: &Value) -> Result<Vec<Value>, Raised> {
    let mut tasks = own_tasks(loop_);
    let others: Vec<Value> =
        OTHER_TASKS.with_borrow(|others| others.iter().filter_map(|cell| cell.upgrade()).collect());
    for other in others.into_iter().filter(|other| other.downcast::<Task>().is_none()) {
        let done = interp.call_method(&other, "done", &[])?;
        if !interp.truth(&done)? && future::loop_of(interp, &other)?.is(loop_) {
            tasks.push(other);
        }
    }
    Ok(tasks)
}

/// The tasks of all loops that are not done, in the order of their creation.
pub fn pending_tasks() -> Vec<Value> {
    let mut tasks = heap::enrolled();
    let others: Vec<Value> = OTHER_TASKS.with_borrow_mut(|others| {
        let mut alive = Vec::new();
        others.retain(|cell| match cell.upgrade() {
            Some(task) => {
                let is_done = future::core(&task).is_some_and(|core| core.is_done());
                alive.push(task);
                !is_done
            }
            None => false,
        });
        alive
    });
    tasks.extend(others);
    tasks.retain(|task| task.downcast::<Task>().is_some_and(|task| !task.core.is_done()));
    tasks
}

/// The loop an object with a loop of its own belongs to: the running one, from the first use on.
/// RuntimeError if that was another.
pub fn bind_loop(interp: &mut dyn Interpreter, this: &Value, own: &Slot) -> Result<Value, Raised> {
    let Some(running) = running_loop() else {
        return Err(
            interp.raise(CoreType::AttributeError, "'NoneType' object has no attribute 'create_future'")
        );
    };
    if own.is_unbound() {
        own.set(running.clone());
    }
    if own.is(&running) {
        return Ok(running);
    }
    let repr = interp.repr(this)?;
    let repr = repr.as_str().unwrap_or_default();
    Err(interp.runtime_error(&format!("{repr} is bound to a different event loop")))
}
