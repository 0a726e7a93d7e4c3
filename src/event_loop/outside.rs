//! What may still come from outside of the interpreter, so that a loop with nothing to do waits
//! for it rather than report a deadlock. Descriptors that a reactor watches need no mention here.

use crate::object::interrupt;
use std::cell::Cell;
use std::thread::LocalKey;

thread_local! {
    static EXPECTED: Cell<usize> = const { Cell::new(0) };
    static SIGNALS: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, something may come that wakes a loop of this thread.
#[derive(Debug)]
pub struct Expectation(&'static LocalKey<Cell<usize>>);

impl Expectation {
    fn new(counter: &'static LocalKey<Cell<usize>>) -> Expectation {
        counter.set(counter.get() + 1);
        Expectation(counter)
    }
}

/// Something is under way that will wake a loop of this thread: a job of a native pool. The
/// virtual clock stands still until the result is dropped.
pub fn expect() -> Expectation {
    Expectation::new(&EXPECTED)
}

/// A signal that a script handles may wake a loop of this thread, now or never: nobody waits for
/// it while there is something else to wait for.
pub fn expect_signal() -> Expectation {
    Expectation::new(&SIGNALS)
}

/// Whether anything but a signal is expected.
pub fn is_expected() -> bool {
    EXPECTED.get() != 0
}

/// Whether a signal may come that a script handles, be it by `signal.signal` alone.
pub fn is_signal_expected() -> bool {
    SIGNALS.get() != 0 || interrupt::has_handler()
}

impl Drop for Expectation {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_counted() {
        let (first, second) = (expect(), expect());
        drop(first);
        assert!(is_expected() && !is_signal_expected());
        drop(second);
        let signal = expect_signal();
        assert!(!is_expected() && is_signal_expected());
        drop(signal);
        assert!(!is_signal_expected());
    }
}
