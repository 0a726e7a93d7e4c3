//! What is said about tests: to people, to programs, to services.

pub mod diff;
pub mod github;
pub mod human;
pub mod interleaving;
pub mod json;
pub mod junit;
pub mod paint;

use super::runner::{Ran, Verdict};
use std::time::Duration;

/// Counts of a whole run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary {
    pub passed: usize,
    pub failed: usize,
    pub skipped: usize,
    /// Failed, as they said they would.
    pub expected: usize,
    pub elapsed: Duration,
}

impl Summary {
    pub fn count(&mut self, ran: &Ran) {
        match &ran.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
            Verdict::FailedAsExpected(_) => self.expected += 1,
        }
    }
}
