//! The futures that tasks wait for inside of locks and queues, first come, first served.

use crate::event_loop::future::{self, State};
use crate::event_loop::slot::Slot;
use crate::object::{Completion, Interpreter, Value};
use std::cell::RefCell;
use std::collections::VecDeque;

/// Futures in the order of their coming.
#[derive(Default)]
pub struct Waiters(RefCell<VecDeque<Value>>);

impl Waiters {
    pub fn push(&self, waiter: Value) {
        self.0.borrow_mut().push_back(waiter);
    }

    /// Remove a waiter; whether it was there. Nearly always it is the first.
    pub fn remove(&self, waiter: &Value) -> bool {
        let mut waiters = self.0.borrow_mut();
        if waiters.front().is_some_and(|first| first.is(waiter)) {
            return waiters.pop_front().is_some();
        }
        let place = waiters.iter().position(|other| other.is(waiter));
        place.is_some_and(|place| waiters.remove(place).is_some())
    }

    pub fn pop(&self) -> Option<Value> {
        self.0.borrow_mut().pop_front()
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every waiter was cancelled.
    pub fn all_cancelled(&self) -> bool {
        self.0.borrow().iter().all(|waiter| state(waiter) == State::Cancelled)
    }

    pub fn first(&self) -> Option<Value> {
        self.0.borrow().front().cloned()
    }

    /// The first waiter that is not done.
    pub fn first_pending(&self) -> Option<Value> {
        self.0.borrow().iter().find(|waiter| is_pending(waiter)).cloned()
    }

    /// Wake at most `most` waiters that are not done with `result`; how many.
    pub fn wake(&self, most: usize, result: &Value) -> usize {
        let waiters = self.0.borrow();
        let pending = waiters.iter().filter(|waiter| is_pending(waiter)).take(most);
        pending.map(|waiter| future::resolve(waiter, result.clone())).count()
    }

    /// Let the first waiter that is not done go on, and forget it and those before it.
    pub fn pop_and_wake(&self) {
        while let Some(waiter) = self.pop() {
            if is_pending(&waiter) {
                future::resolve(&waiter, Value::NONE);
                break;
            }
        }
    }

    /// Let all go on, and forget them.
    pub fn release_all(&self) {
        while let Some(waiter) = self.pop() {
            future::resolve(&waiter, Value::NONE);
        }
    }

    /// A `collections.deque` of them, for those who look inside.
    pub fn to_deque(&self, interp: &mut dyn Interpreter) -> Completion {
        let waiters = self.0.borrow().iter().cloned().collect();
        let collections = interp.import("collections")?;
        interp.call_method(&collections, "deque", &[Value::list(waiters)])
    }

    /// Let the collector look at the waiters.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.0.borrow().iter().for_each(visit);
    }

    pub fn clear(&self) {
        let waiters = self.0.take();
        drop(waiters);
    }
}

/// The loop an object is bound to, or None, for those who look inside.
pub fn loop_or_none(own: &Slot) -> Completion {
    let loop_ = own.get();
    Ok(if loop_.is_unbound() { Value::NONE } else { loop_ })
}

/// Bind an object to a loop; None for the next one that runs.
pub fn set_loop(own: &Slot, loop_: &Value) {
    own.set(if loop_.is_none() { Value::UNBOUND } else { loop_.clone() });
}

/// What has become of a waiter.
pub fn state(waiter: &Value) -> State {
    future::core(waiter).map_or(State::Cancelled, |core| core.state())
}

fn is_pending(waiter: &Value) -> bool {
    state(waiter) == State::Pending
}
