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

/// What mimalloc calls its option for the size of the arenas that it takes from the system, in KiB.
const ARENA_RESERVE: std::ffi::c_int = 23;
/// Arenas are this part of what the process may have: a gigabyte each otherwise.
const ARENA_SHARE: u64 = 64;

/// Whether [`prepare`] was called.
pub(super) static IS_PREPARED: AtomicBool = AtomicBool::new(false);
/// Where the reserve lies; 0 when there is none.
static ADDRESS: AtomicUsize = AtomicUsize::new(0);
static SIZE: AtomicUsize = AtomicUsize::new(0);
/// Whether the reserve was given up.
static IS_SPENT: AtomicBool = AtomicBool::new(false);
static TELL: OnceLock<fn()> = OnceLock::new();

unsafe extern "C" {
    fn mi_option_set(option: std::ffi::c_int, value: std::ffi::c_long);
}

/// Before the first allocation: arenas that suit a limit.
#[cold]
pub(super) fn prepare() {
    IS_PREPARED.store(true, Ordering::Relaxed);
    if let Some(limit) = getrlimit(Resource::As).current {
        let size = (limit / ARENA_SHARE).clamp(4 << 20, 1 << 30) >> 10;
        // SAFETY: mimalloc's function for setting an option, which allocates nothing.
        unsafe { mi_option_set(ARENA_RESERVE, size as std::ffi::c_long) };
    }
}

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

/// A block of `size` bytes could not be had: what `make` finds without the reserve.
#[cold]
#[inline(never)]
pub(super) fn give_up_for(size: usize, make: impl Fn() -> *mut u8) -> *mut u8 {
    let reserve = SIZE.load(Ordering::Relaxed);
    // More was not left in the beginning either.
    if size / 2 > reserve {
        return std::ptr::null_mut();
    }
    let address = ADDRESS.swap(0, Ordering::AcqRel);
    if address == 0 {
        return std::ptr::null_mut();
    }
    // SAFETY: `take` mapped it, and the swap lets one thread only come here with the address.
    // If it stays mapped, `make` fails once more.
    let _ = unsafe { munmap(address as *mut _, reserve) };
    let block = make();
    if block.is_null() {
        take();
        return block;
    }
    IS_SPENT.store(true, Ordering::Release);
    if let Some(tell) = TELL.get() {
        tell();
    }
    block
}

/// A large block was freed: have a reserve again if there is room.
#[inline]
pub(super) fn restore() {
    if IS_SPENT.load(Ordering::Acquire) {
        take();
    }
}
