//! What is to happen later: a heap of (deadline, number), so that equal deadlines go off
//! in the order of creation.

use super::{alarm, future, handle};
use crate::object::Value;
use dary_heap::QuaternaryHeap;
use std::cmp::Reverse;

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

/// Where a timer stands in the order. Small, so that those compared with each other lie in one
/// cache line: with a million timers that halves what the loop costs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    when: i64,
    number: u32,
    /// Where in [`Timers::dues`] is what it does.
    slot: u32,
}

/// All timers of a loop.
#[derive(Default)]
pub struct Timers {
    heap: QuaternaryHeap<Reverse<Key>>,
    /// What the timers do; the empty slots are in `free`.
    dues: Vec<Option<Due>>,
    free: Vec<u32>,
    /// The number of the next timer.
    next: u32,
    cancelled: usize,
}

impl Timers {
    /// Add a timer for the time `when` of the monotonic clock.
    pub fn push(&mut self, when: i64, due: Due) {
        if self.next == u32::MAX {
            self.renumber();
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.dues.push(None);
            self.dues.len() as u32 - 1
        });
        self.dues[slot as usize] = Some(due);
        self.heap.push(Reverse(Key { when, number: self.next, slot }));
        self.next += 1;
    }

    /// Number the timers from 0 on, in their order.
    fn renumber(&mut self) {
        let mut keys = std::mem::take(&mut self.heap).into_vec();
        keys.sort_unstable_by_key(|&Reverse(key)| key);
        for (key, number) in keys.iter_mut().zip(0..) {
            key.0.number = number;
        }
        self.next = keys.len() as u32;
        self.heap = keys.into();
    }

    /// Take out what the timer in `slot` does, which is in the heap no more.
    fn take(&mut self, slot: u32) -> Option<Due> {
        self.free.push(slot);
        self.dues[slot as usize].take()
    }

    fn due(&self, slot: u32) -> &Due {
        self.dues[slot as usize].as_ref().expect("a timer in the heap has something to do")
    }

    /// Move all deadlines by `nanos`: the clock has been exchanged for another.
    pub fn shift(&mut self, nanos: i64) {
        let mut keys = std::mem::take(&mut self.heap).into_vec();
        keys.iter_mut().for_each(|Reverse(key)| key.when = key.when.saturating_add(nanos));
        self.heap = keys.into();
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
            let keys = std::mem::take(&mut self.heap).into_vec();
            let (dead, alive): (Vec<_>, Vec<_>) =
                keys.into_iter().partition(|Reverse(key)| self.due(key.slot).is_dead());
            self.heap = alive.into();
            self.cancelled = 0;
            dropped.extend(dead.into_iter().filter_map(|Reverse(key)| self.take(key.slot)));
            return dropped;
        }
        while let Some(&Reverse(key)) = self.heap.peek()
            && self.due(key.slot).is_dead()
        {
            self.heap.pop();
            dropped.extend(self.take(key.slot));
            self.cancelled = self.cancelled.saturating_sub(1);
        }
        dropped
    }

    /// The first deadline.
    pub fn first(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse(key)| key.when)
    }

    /// Take out the first timer if its deadline is `now` or earlier.
    pub fn pop_due(&mut self, now: i64) -> Option<Due> {
        let &Reverse(key) = self.heap.peek()?;
        if key.when > now {
            return None;
        }
        self.heap.pop();
        let due = self.take(key.slot);
        if self.heap.is_empty() {
            // A burst of timers leaves no memory behind.
            (self.dues, self.free) = Default::default();
        }
        due
    }

    /// How many timers were cancelled and not let go of yet.
    pub fn cancelled(&self) -> usize {
        self.cancelled
    }

    /// What the timers do, with their deadlines, the first one first.
    pub fn all(&self) -> Vec<(i64, &Due)> {
        let mut keys: Vec<Key> = self.heap.iter().map(|&Reverse(key)| key).collect();
        keys.sort_unstable();
        keys.into_iter().map(|key| (key.when, self.due(key.slot))).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// Let the collector look at what the timers hold.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.dues.iter().flatten().for_each(|due| visit(due.value()));
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

    /// Numbers do not run out, cancelled timers leave, slots are used again: the order is that of
    /// a sorted list all the while.
    #[test]
    fn the_order_survives_renumbering_and_reuse() {
        let mut timers = Timers { next: u32::MAX - 50, ..Timers::default() };
        let mut expected: Vec<(i64, i64)> = Vec::new();
        let mut seed = 1u64;
        for number in 0..400 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let when = (seed >> 60) as i64;
            timers.push(when, Due::Resolve(Value::int(number)));
            expected.push((when, number));
            if number % 3 == 2 {
                expected.sort_unstable();
                let (when, number) = expected.remove(0);
                assert_eq!(timers.first(), Some(when));
                assert_eq!(timers.pop_due(15).and_then(|due| due.value().as_int()), Some(number));
            }
        }
        assert!(timers.next < 1000 && timers.dues.len() < 300);
        expected.sort_unstable();
        timers.shift(100);
        assert!(timers.pop_due(99).is_none());
        for (when, number) in expected {
            assert_eq!(timers.first(), Some(when + 100));
            assert_eq!(timers.pop_due(i64::MAX).and_then(|due| due.value().as_int()), Some(number));
        }
        assert!(timers.is_empty() && timers.dues.is_empty());
    }
}
