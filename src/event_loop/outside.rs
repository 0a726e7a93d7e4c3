//! What may still come from outside of the interpreter, so that a loop with nothing to do waits
//! for it rather than report a deadlock. Descriptors that a reactor watches need no mention here.

use std::cell::Cell;

thread_local! {
    static EXPECTED: Cell<usize> = const { Cell::new(0) };
}

/// While it lives, something is under way that may wake a loop of this thread: a job of a native
/// pool, a signal that a script handles.
#[derive(Debug)]
pub struct Expectation(());

/// Something from outside may wake a loop of this thread until the result is dropped.
pub fn expect() -> Expectation {
    EXPECTED.set(EXPECTED.get() + 1);
    Expectation(())
}

/// Whether anything is expected.
pub fn is_expected() -> bool {
    EXPECTED.get() != 0
}

impl Drop for Expectation {
    fn drop(&mut self) {
        EXPECTED.set(EXPECTED.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expectations_are_counted() {
        let (first, second) = (expect(), expect());
        drop(first);
        assert!(is_expected());
        drop(second);
        assert!(!is_expected());
    }
}
