//! Descriptors that scripts hold as numbers (`os.open`, `os.pipe`). The number alone owns nothing:
//! this table does, until the script closes it or makes a file of it.

use super::channel;
use rustix::io::Errno;
use std::cell::RefCell;
use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

thread_local! {
    static OPEN: RefCell<HashMap<i32, OwnedFd>> = RefCell::new(HashMap::new());
}

/// Own a descriptor; its number.
pub fn keep(descriptor: OwnedFd) -> i32 {
    let number = descriptor.as_raw_fd();
    OPEN.with_borrow_mut(|open| open.insert(number, descriptor));
    number
}

/// Give a descriptor up: whoever gets it closes it.
pub fn take(number: i64) -> Option<OwnedFd> {
    OPEN.with_borrow_mut(|open| open.remove(&i32::try_from(number).ok()?))
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
    OPEN.with_borrow(|open| match open.get(&number) {
        Some(descriptor) => operation(descriptor.as_fd()),
        None => channel::with_descriptor(number, operation).unwrap_or(Err(Errno::BADF)),
    })
}
