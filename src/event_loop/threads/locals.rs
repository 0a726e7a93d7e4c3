//! What the event loop's modules keep per thread: each green thread has its own, exchanged when
//! another one runs.

use crate::event_loop::{context, running};
use crate::object::{Value, async_hooks};

/// What belongs to a thread that is not running.
#[derive(Default)]
pub struct Locals {
    running: running::Running,
    contexts: Vec<Value>,
    hooks: async_hooks::Hooks,
}

impl Locals {
    /// Put these in place; returns what was there.
    pub fn enter(self) -> Locals {
        Locals {
            running: running::exchange(self.running),
            contexts: context::exchange(self.contexts),
            hooks: async_hooks::exchange(self.hooks),
        }
    }
}
