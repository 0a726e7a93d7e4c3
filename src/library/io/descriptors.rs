//! Descriptors that scripts hold as numbers (`os.open`, `os.pipe`). The number alone owns nothing:
//! this table does, until the script closes it or makes a file of it.

use super::channel;
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

thread_local! {
    static OPEN: RefCell<HashMap<i32, Arc<OwnedFd>>> = RefCell::new(HashMap::new());
}

/// Own a descriptor; its number.
pub fn keep(descriptor: OwnedFd) -> i32 {
    let number = descriptor.as_raw_fd();
    OPEN.with_borrow_mut(|open| open.insert(number, Arc::new(descriptor)));
    number
}

/// Give a descriptor up: whoever gets it closes it. `None` if it is not of this table.
pub fn take(number: i64) -> Option<rustix::io::Result<OwnedFd>> {
    let taken = OPEN.with_borrow_mut(|open| open.remove(&i32::try_from(number).ok()?))?;
    // A thread that waits for it keeps it alive.
    Some(Arc::try_unwrap(taken).or_else(|shared| rustix::io::fcntl_dupfd_cloexec(&*shared, 0)))
}

/// Close a descriptor; whether it is one of this table.
pub fn close(number: i64) -> bool {
    let closed =
        i32::try_from(number).ok().and_then(|number| OPEN.with_borrow_mut(|open| open.remove(&number)));
    closed.is_some()
}

/// A descriptor to wait for, by its number.
pub fn shared(number: i64) -> rustix::io::Result<Arc<OwnedFd>> {
    let own =
        i32::try_from(number).ok().and_then(|number| OPEN.with_borrow(|open| open.get(&number).cloned()));
    match own {
        Some(descriptor) => Ok(descriptor),
        None => with(number, |descriptor| rustix::io::fcntl_dupfd_cloexec(descriptor, 0)).map(Arc::new),
    }
}

/// Do something with a descriptor by its number: one of this table, of a file that is open, or of
/// those that every process has.
pub fn with<T>(
    number: i64,
    operation: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>,
) -> rustix::io::Result<T> {
    match number {
        0 => return operation(rustix::stdio::stdin()),
        1 => return operation(rustix::stdio::stdout()),
        2 => return operation(rustix::stdio::stderr()),
        _ => {}
    }
    let number = i32::try_from(number).map_err(|_| Errno::BADF)?;
    // The operation may itself add to the table.
    match OPEN.with_borrow(|open| open.get(&number).cloned()) {
        Some(descriptor) => operation(descriptor.as_fd()),
        None => channel::with_descriptor(number, operation).unwrap_or(Err(Errno::BADF)),
    }
}
