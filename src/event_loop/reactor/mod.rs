//! What the loop waits with when it has nothing to do. Deals in descriptors and keys, never in
//! values.

mod epoll;
mod simulated;

pub use epoll::Epoll;
pub use simulated::Simulated;

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    Poll,
    /// At most so many milliseconds.
    Milliseconds(u32),
    /// Until something happens.
    Forever,
}

/// What is wanted of, or has become possible with, a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness {
    pub read: bool,
    pub write: bool,
}

/// Names a descriptor in the answers of a reactor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(pub u64);

/// Wakes a reactor from any thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Waits for descriptors, level-triggered: edges would change the order in which handles become
/// ready.
pub trait Reactor {
    /// Watch `fd`; change what is watched; or stop, if nothing is wanted.
    fn set(&mut self, fd: BorrowedFd<'_>, want: Readiness, key: Key) -> io::Result<()>;

    /// Append what is ready, in the system's order. An interrupted wait is one without events.
    fn wait(&mut self, how: Wait, events: &mut Vec<(Key, Readiness)>) -> io::Result<()>;

    /// Whether anything but wake-ups is watched: if not, there is no need to poll.
    fn has_sources(&self) -> bool;

    /// What becomes readable when a wait would end, for those who wait for more than one reactor.
    fn descriptor(&self) -> Option<Arc<OwnedFd>>;

    /// Ends a wait under way, or the next one.
    fn waker(&self) -> Waker;
}
