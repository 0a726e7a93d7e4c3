//! Timers of the library's own: a hook that is to run at some time, in one small object.

use super::future::Hook;
use super::ready::Ready;
use super::slot::Slot;
use super::timers::Due;
use super::{EventLoop, handle, report};
use crate::object::heap::Traverse;
use crate::object::{Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// In the loop's heap.
    Waiting,
    /// In the ready queue.
    Due,
    /// It has run or was cancelled.
    Over,
}

/// What a `TimerHandle` is for scripts.
struct Alarm {
    target: Slot,
    hook: &'static Hook,
    loop_: Slot,
    state: Cell<State>,
}

static ALARM: TypeSpec =
    TypeSpec { name: "alarm", doc: "Something that the library does later.", ..TypeSpec::EMPTY };

/// Run `hook` for `target` at the time `when` of the monotonic clock, in the next turn if none is
/// given. Returns the alarm, to be cancelled.
pub fn set(own: &EventLoop, loop_: &Value, when: Option<i64>, target: Value, hook: &'static Hook) -> Value {
    let state = if when.is_some() { State::Waiting } else { State::Due };
    let alarm = Value::object(Alarm {
        target: Slot::new(target),
        hook,
        loop_: Slot::new(loop_.clone()),
        state: Cell::new(state),
    });
    match when {
        Some(when) => own.timers.borrow_mut().push(when, Due::Alarm(alarm.clone())),
        None => own.push(Ready::Alarm(alarm.clone())),
    }
    alarm
}

/// Cancel an alarm or a handle; nothing happens if it is over.
pub fn cancel(interp: &mut dyn Interpreter, value: &Value) -> Result<(), Raised> {
    let Some(alarm) = value.downcast::<Alarm>() else { return handle::cancel(interp, value) };
    if alarm.state.replace(State::Over) == State::Waiting {
        alarm.loop_.with(|loop_| {
            if let Some(own) = EventLoop::of(loop_) {
                own.timers.borrow_mut().note_cancelled();
            }
        });
    }
    drop(alarm.target.take());
    Ok(())
}

/// Whether it is over.
pub fn is_over(value: &Value) -> bool {
    value.downcast::<Alarm>().is_none_or(|alarm| alarm.state.get() == State::Over)
}

/// It has left the heap for the ready queue.
pub fn make_due(value: &Value) {
    if let Some(alarm) = value.downcast::<Alarm>()
        && alarm.state.get() == State::Waiting
    {
        alarm.state.set(State::Due);
    }
}

/// Run the hook, unless the alarm was cancelled.
pub fn ring(interp: &mut dyn Interpreter, loop_: &Value, value: &Value) -> Result<(), Raised> {
    let Some(alarm) = value.downcast::<Alarm>() else { return Ok(()) };
    if alarm.state.replace(State::Over) == State::Over {
        return Ok(());
    }
    let target = alarm.target.take();
    match (alarm.hook.run)(interp, &target, &Value::NONE) {
        Ok(()) => Ok(()),
        Err(raised) => {
            let handle = handle::of_hook(loop_, target, alarm.hook, Value::NONE);
            report::in_callback(interp, loop_, &handle, raised)
        }
    }
}

impl Traverse for Alarm {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.target.visit(visit);
        self.loop_.visit(visit);
    }

    fn clear(&self) {
        drop(self.target.take());
        drop(self.loop_.take());
    }
}

impl NativeObject for Alarm {
    fn spec(&self) -> &'static TypeSpec {
        &ALARM
    }
}
