//! Room kept back for the moment when memory ends.
//!
//! Where the process may only have so much memory (`ulimit -v`), a part of it is reserved at the
//! start and not used. When an allocation fails, the reserve is given up and the allocation tried
//! again; whoever runs scripts is told, and raises MemoryError at the next safe point. So any
//! growth that happens in steps ends as an exception, wherever in the program it happens; a single
//! request beyond the reserve has to be made with `try_reserve`. Once a large block has been freed
//! the reserve is taken again.

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::{Resource, getrlimit};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Less is not worth having.
const LEAST: u64 = 16 << 20;
/// Blocks of at least this size make room that is worth a look when they are freed.
pub(super) const LARGE: usize = 1 << 20;

/// Where the reserve lies; 0 when there is none.
static ADDRESS: AtomicUsize = AtomicUsize::new(0);
static SIZE: AtomicUsize = AtomicUsize::new(0);
/// Whether the reserve was given up.
static IS_SPENT: AtomicBool = AtomicBool::new(false);
static TELL: OnceLock<fn()> = OnceLock::new();

/// Keep half of what is left of the limit (which lets what doubles double once more), and call `tell` on the thread that uses it up.
pub fn hold(tell: fn()) {
    let Some(limit) = getrlimit(Resource::As).current else { return };
    let left = limit.saturating_sub(used());
    if left / 2 >= LEAST && TELL.set(tell).is_ok() {
        SIZE.store((left / 2) as usize, Ordering::Relaxed);
        take();
    }
}

/// Bytes of address space that the process has.
fn used() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

fn take() {
    let size = SIZE.load(Ordering::Relaxed);
    // SAFETY: a mapping of its own, where the system likes, that nobody reads or writes.
    let mapped = unsafe { mmap_anonymous(std::ptr::null_mut(), size, ProtFlags::empty(), MapFlags::PRIVATE) };
    if let Ok(address) = mapped {
        ADDRESS.store(address as usize, Ordering::Release);
        IS_SPENT.store(false, Ordering::Release);
    }
}

/// A block of `size` bytes could not be had: whether it is worth to try again.
#[cold]
#[inline(never)]
pub(super) fn give_up_for(size: usize) -> bool {
    if size > SIZE.load(Ordering::Relaxed) {
        return false;
    }
    let address = ADDRESS.swap(0, Ordering::AcqRel);
    if address == 0 {
        return false;
    }
    // SAFETY: `take` mapped it, and the swap lets one thread only come here with the address.
    let freed = unsafe { munmap(address as *mut _, SIZE.load(Ordering::Relaxed)) };
    IS_SPENT.store(true, Ordering::Release);
    if let Some(tell) = TELL.get() {
        tell();
    }
    freed.is_ok()
}

/// A large block was freed: have a reserve again if there is room.
#[inline]
pub(super) fn restore() {
    if IS_SPENT.load(Ordering::Acquire) {
        take();
    }
}
