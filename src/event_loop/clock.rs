//! The clock of this thread's interpreter, which the loop, `time` and `datetime` all read. Times
//! are whole nanoseconds.
//!
//! The virtual clock stands still while code runs; it moves when the loop has nothing to do but
//! wait for a timer, and when a script sleeps.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::cell::Cell;

/// What a clock counts in a second.
pub const NANOS: i64 = 1_000_000_000;
/// Where the virtual monotonic clock starts.
const VIRTUAL_START: i64 = 1_000 * NANOS;
/// What the virtual wall clock shows when the monotonic one shows 0: 14 November 2023, 22:13:20 UTC.
const VIRTUAL_EPOCH: i64 = 1_700_000_000 * NANOS;

thread_local! {
    /// The virtual time; 0 while the clock is real.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// Make this thread's clock virtual.
pub fn set_virtual() {
    NOW.set(VIRTUAL_START);
}

/// Make this thread's clock real again.
pub fn set_real() {
    NOW.set(0);
}

/// Whether this thread's clock is virtual.
#[inline]
pub fn is_virtual() -> bool {
    NOW.get() != 0
}

fn read(clock: ClockId) -> i64 {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    tv_sec * NANOS + tv_nsec
}

/// The clock that never goes back: `time.monotonic_ns()`, and the loop's.
#[inline]
pub fn monotonic() -> i64 {
    match NOW.get() {
        0 => read(ClockId::Monotonic),
        now => now,
    }
}

/// Nanoseconds since 1970: `time.time_ns()`.
pub fn wall() -> i64 {
    match NOW.get() {
        0 => read(ClockId::Realtime),
        now => VIRTUAL_EPOCH + now,
    }
}

/// Processor time of the process: `time.process_time_ns()`.
pub fn process() -> i64 {
    match NOW.get() {
        0 => read(ClockId::ProcessCPUTime),
        now => now - VIRTUAL_START,
    }
}

/// Processor time of the thread: `time.thread_time_ns()`.
pub fn thread() -> i64 {
    match NOW.get() {
        0 => read(ClockId::ThreadCPUTime),
        now => now - VIRTUAL_START,
    }
}

/// Move the virtual clock to `deadline`, unless it is later already or the clock is real.
pub fn advance_to(deadline: i64) {
    if is_virtual() {
        NOW.set(NOW.get().max(deadline));
    }
}

/// Nanoseconds as a float of seconds, as CPython divides them.
#[inline]
pub fn to_seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// A float of seconds as nanoseconds, rounded half to even; far futures and pasts are cut off.
#[inline]
pub fn from_seconds(seconds: f64) -> i64 {
    (seconds * 1e9).round_ties_even() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_virtual_clock_moves_only_when_told() {
        set_virtual();
        assert_eq!((monotonic(), wall()), (1_000 * NANOS, 1_700_001_000 * NANOS));
        advance_to(1_002 * NANOS);
        advance_to(1_001 * NANOS);
        assert_eq!((monotonic(), process()), (1_002 * NANOS, 2 * NANOS));
        NOW.set(0);
        assert!(!is_virtual() && monotonic() <= monotonic());
    }

    #[test]
    fn seconds_round_half_to_even() {
        assert_eq!(from_seconds(0.004 + 0.008), from_seconds(0.012));
        assert_eq!(from_seconds(f64::INFINITY), i64::MAX);
        assert_eq!(to_seconds(from_seconds(1.5)), 1.5);
    }
}
