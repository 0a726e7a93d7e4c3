//! What is to happen later: a binary heap of (deadline, number), so that equal deadlines go off
//! in the order of creation.

use super::{alarm, future, handle};
use crate::object::Value;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Cancelled timers are swept out when there are more timers than this ...
const SWEEP_COUNT: usize = 100;

/// What a timer does.
pub enum Due {
    /// Run a `TimerHandle`.
    Handle(Value),
    /// Ring an alarm (see [`alarm`]).
    Alarm(Value),
    /// Set the result of a future, unless it is done.
    Resolve(Value),
}

impl Due {
    /// Whether there is nothing left to do.
    fn is_dead(&self) -> bool {
        match self {
            Due::Handle(value) => handle::is_cancelled(value),
            Due::Alarm(value) => alarm::is_over(value),
            Due::Resolve(value) => future::core(value).is_none_or(|core| core.is_done()),
        }
    }

    pub fn value(&self) -> &Value {
        match self {
            Due::Handle(value) | Due::Alarm(value) | Due::Resolve(value) => value,
        }
    }
}

struct Timer {
    when: i64,
    number: u64,
    due: Due,
}

/// All timers of a loop.
#[derive(Default)]
pub struct Timers {
    heap: BinaryHeap<Timer>,
    created: u64,
    cancelled: usize,
}

impl Timers {
    /// Add a timer for the time `when` of the monotonic clock.
    pub fn push(&mut self, when: i64, due: Due) {
        self.created += 1;
        self.heap.push(Timer { when, number: self.created, due });
    }

    /// Move all deadlines by `nanos`: the clock has been exchanged for another.
    pub fn shift(&mut self, nanos: i64) {
        let timers = std::mem::take(&mut self.heap).into_vec();
        let moved = timers.into_iter().map(|timer| Timer { when: timer.when.saturating_add(nanos), ..timer });
        self.heap = moved.collect();
    }

    /// A timer that is still in the heap has been cancelled.
    pub fn note_cancelled(&mut self) {
        self.cancelled += 1;
    }

    /// Let go of cancelled timers: those at the head, or all if they are more than half. What is
    /// returned is to be dropped when no borrow is held.
    pub fn drop_cancelled(&mut self) -> Vec<Due> {
        let mut dropped = Vec::new();
        if self.heap.len() > SWEEP_COUNT && self.cancelled * 2 > self.heap.len() {
            let timers = std::mem::take(&mut self.heap).into_vec();
            let (dead, alive): (Vec<Timer>, Vec<Timer>) =
                timers.into_iter().partition(|timer| timer.due.is_dead());
            self.heap = alive.into();
            self.cancelled = 0;
            dropped.extend(dead.into_iter().map(|timer| timer.due));
            return dropped;
        }
        while let Some(timer) = self.heap.peek()
            && timer.due.is_dead()
        {
            dropped.extend(self.heap.pop().map(|timer| timer.due));
            self.cancelled = self.cancelled.saturating_sub(1);
        }
        dropped
    }

    /// The first deadline.
    pub fn first(&self) -> Option<i64> {
        self.heap.peek().map(|timer| timer.when)
    }

    /// Take out the first timer if its deadline is `now` or earlier.
    pub fn pop_due(&mut self, now: i64) -> Option<Due> {
        if self.heap.peek()?.when > now {
            return None;
        }
        self.heap.pop().map(|timer| timer.due)
    }

    /// How many timers were cancelled and not let go of yet.
    pub fn cancelled(&self) -> usize {
        self.cancelled
    }

    /// What the timers do, with their deadlines, the first one first.
    pub fn all(&self) -> Vec<(i64, &Due)> {
        let mut timers: Vec<&Timer> = self.heap.iter().collect();
        timers.sort_by_key(|timer| (timer.when, timer.number));
        timers.into_iter().map(|timer| (timer.when, &timer.due)).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Let the collector look at what the timers hold.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.heap.iter().for_each(|timer| visit(timer.due.value()));
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Timer) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Timer) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    /// Reversed: the standard heap gives the greatest first.
    fn cmp(&self, other: &Timer) -> Ordering {
        (other.when, other.number).cmp(&(self.when, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_deadlines_go_off_in_the_order_of_creation() {
        let mut timers = Timers::default();
        for (when, number) in [(5, 0), (3, 1), (5, 2), (3, 3), (9, 4)] {
            timers.push(when, Due::Resolve(Value::int(number)));
        }
        assert_eq!(timers.first(), Some(3));
        let mut order = Vec::new();
        while let Some(due) = timers.pop_due(5) {
            order.extend(due.value().as_int());
        }
        assert_eq!(order, [1, 3, 0, 2]);
        assert_eq!(timers.first(), Some(9));
    }
}
