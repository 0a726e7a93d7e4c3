//! The allocator of the command: mimalloc, asked in the way that is quick, behind shelves.
//!
//! A few small blocks of each size lie on a shelf of the thread when they are freed, and are taken
//! from there first. A program that makes one object for each that dies, as a switch of tasks does,
//! otherwise finds mimalloc's page always full: its long way each time (measured: 125 instructions).
//!
//! A module that may use `unsafe`. Rust's wrapper asks for every block with an alignment; for
//! sizes that are no power of two mimalloc 3 then leaves its short way for good as soon as a page
//! ran out of fresh blocks once, and takes blocks of the next size class (measured: 165 instructions
//! for an allocation instead of 20). Blocks of plain `malloc` are aligned for all but vectors.
#![allow(unsafe_code)]

pub mod reserve;

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned,
};
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::sync::atomic::Ordering;

/// mimalloc as the program's allocator.
pub struct Allocator;

/// What every block is aligned to.
const ALIGNMENT: usize = size_of::<usize>();
/// Blocks of at most this size lie on shelves.
const SHELVED: usize = 256;
/// The sizes on shelves are the multiples of this; smaller requests are rounded up.
const STEP: usize = 16;
/// How many blocks a shelf holds.
const DEPTH: u32 = 64;

/// Free blocks of one size, the last one freed on top.
struct Shelf {
    top: Cell<*mut Free>,
    count: Cell<u32>,
}

/// A free block.
struct Free {
    below: *mut Free,
}

thread_local! {
    /// No destructor runs, so blocks may come and go as long as the thread lives. What lies here
    /// when it ends is lost: at most 140 KiB.
    static SHELVES: [Shelf; SHELVED / STEP] =
        const { [const { Shelf { top: Cell::new(std::ptr::null_mut()), count: Cell::new(0) } }; SHELVED / STEP] };
}

/// The shelf for blocks of this layout, whose size is not zero.
#[inline(always)]
fn shelf(layout: Layout) -> Option<usize> {
    (layout.size() <= SHELVED && layout.align() <= ALIGNMENT).then(|| (layout.size() - 1) / STEP)
}

/// The size that is asked of mimalloc: that of the shelf the block may lie on.
#[inline(always)]
fn rounded(size: usize) -> usize {
    if size <= SHELVED { size.next_multiple_of(STEP) } else { size }
}

/// A block from a shelf; null if that is empty.
#[inline(always)]
fn take(shelf: usize) -> *mut u8 {
    SHELVES.with(|shelves| {
        let shelf = &shelves[shelf];
        let top = shelf.top.get();
        if !top.is_null() {
            // SAFETY: what lies on a shelf was put there by `keep`, and nobody else has it.
            shelf.top.set(unsafe { (*top).below });
            shelf.count.set(shelf.count.get() - 1);
        }
        top.cast()
    })
}

/// Put a block on a shelf, unless that is full.
///
/// # Safety
/// The caller owns the block, which has at least the size of the shelf, and gives it up if the
/// answer is true.
#[inline(always)]
unsafe fn keep(shelf: usize, block: *mut u8) -> bool {
    SHELVES.with(|shelves| {
        let shelf = &shelves[shelf];
        let count = shelf.count.get();
        if count == DEPTH {
            return false;
        }
        let block: *mut Free = block.cast();
        // SAFETY: the block is the caller's, is aligned to a word and has at least two.
        unsafe { block.write(Free { below: shelf.top.get() }) };
        shelf.top.set(block);
        shelf.count.set(count + 1);
        true
    })
}

/// The block, or what a second try finds with the help of the reserve.
#[inline(always)]
fn found(block: *mut u8, size: usize, make: impl Fn() -> *mut u8) -> *mut u8 {
    if block.is_null() { reserve::give_up_for(size, make) } else { block }
}

// SAFETY: mimalloc's functions do what the trait demands: blocks have at least the size asked for,
// belong to one owner, and are aligned to a word, or as asked where more is asked for. Any block
// may be given to `mi_free` and, with the alignment it was made with, to `mi_realloc*`. Blocks that
// may lie on a shelf have its size, whichever function made them.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any power of two will do.
        let make = || unsafe {
            if !reserve::IS_PREPARED.load(Ordering::Relaxed) {
                reserve::prepare();
            }
            if layout.align() <= ALIGNMENT {
                mi_malloc(rounded(layout.size())).cast()
            } else {
                mi_malloc_aligned(layout.size(), layout.align()).cast()
            }
        };
        if let Some(shelf) = shelf(layout) {
            let block = take(shelf);
            if !block.is_null() {
                return block;
            }
        }
        found(make(), layout.size(), make)
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let make = || unsafe {
            if layout.align() <= ALIGNMENT {
                mi_zalloc(rounded(layout.size())).cast()
            } else {
                mi_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        };
        found(make(), layout.size(), make)
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller owns the block, which came from here with this layout.
        unsafe {
            if let Some(shelf) = shelf(layout)
                && keep(shelf, block)
            {
                return;
            }
            mi_free(block.cast());
            if layout.size() >= reserve::LARGE {
                reserve::restore();
            }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller owns the block, which came from here with this alignment; it stays
        // as it is if there is no room.
        let make = || unsafe {
            if layout.align() <= ALIGNMENT {
                mi_realloc(block.cast(), rounded(size)).cast()
            } else {
                mi_realloc_aligned(block.cast(), size, layout.align()).cast()
            }
        };
        found(make(), size, make)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks are taken from shelves only once, by one thread, and never beyond their size.
    #[test]
    fn shelved_blocks_have_one_owner() {
        let work = |seed: usize| {
            let mut alive: Vec<(*mut u8, Layout, u8)> = Vec::new();
            let mut state = seed;
            for round in 0..200_000usize {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let pick = state >> 33;
                if alive.len() < 300 && !pick.is_multiple_of(3) {
                    let layout =
                        Layout::from_size_align(1 + pick % 280, 1 << (pick % 4)).expect("a power of two");
                    let byte = round as u8;
                    // SAFETY: the size is not zero; the block has that many bytes.
                    let block = unsafe {
                        let block = Allocator.alloc(layout);
                        block.write_bytes(byte, layout.size());
                        block
                    };
                    alive.push((block, layout, byte));
                } else if !alive.is_empty() {
                    let (block, layout, byte) = alive.swap_remove(pick % alive.len());
                    // SAFETY: the block came from here with this layout.
                    unsafe {
                        assert!((0..layout.size()).all(|index| *block.add(index) == byte));
                        Allocator.dealloc(block, layout);
                    }
                }
            }
            alive.into_iter().map(|(block, layout, _)| (block as usize, layout)).collect::<Vec<_>>()
        };
        let other = std::thread::spawn(move || work(1));
        let own = work(2);
        for (block, layout) in other.join().expect("no assertion fails").into_iter().chain(own) {
            // SAFETY: the block came from here with this layout, if in another thread.
            unsafe { Allocator.dealloc(block as *mut u8, layout) };
        }
    }

    /// Blocks of all small sizes and alignments, grown, shrunk and freed in another order.
    #[test]
    fn blocks_keep_their_contents_and_alignment() {
        let mut blocks = Vec::new();
        for round in 0..3usize {
            for size in 1..600usize {
                let align = 1 << ((size + round) % 7);
                let layout = Layout::from_size_align(size, align).expect("a power of two");
                let byte = (size * 31 + round) as u8;
                // SAFETY: the size is not zero; the block has that many bytes.
                let block = unsafe {
                    let block =
                        if size % 3 == 0 { Allocator.alloc_zeroed(layout) } else { Allocator.alloc(layout) };
                    assert_eq!(block as usize % align, 0);
                    assert!(size % 3 != 0 || (0..size).all(|index| *block.add(index) == 0));
                    block.write_bytes(byte, size);
                    block
                };
                blocks.push((block, layout, byte));
            }
            for (index, (block, layout, byte)) in
                blocks.iter_mut().enumerate().filter(|(index, _)| index % 2 == round % 2)
            {
                let size = layout.size() * 2 / (1 + index % 4) + 1;
                let kept = size.min(layout.size());
                // SAFETY: the block came from here with this layout; `kept` bytes are in both.
                unsafe {
                    let moved = Allocator.realloc(*block, *layout, size);
                    assert_eq!(moved as usize % layout.align(), 0);
                    assert!((0..kept).all(|index| *moved.add(index) == *byte));
                    moved.write_bytes(*byte, size);
                    *block = moved;
                }
                *layout = Layout::from_size_align(size, layout.align()).expect("a power of two");
            }
        }
        for (block, layout, byte) in blocks.into_iter().rev() {
            // SAFETY: the block came from here with this layout.
            unsafe {
                assert!((0..layout.size()).all(|index| *block.add(index) == byte));
                Allocator.dealloc(block, layout);
            }
        }
    }
}
