//! The allocator of the command: mimalloc, asked in the way that is quick.
//!
//! A module that may use `unsafe`. Rust's wrapper asks for every block with an alignment; for
//! sizes that are no power of two mimalloc 3 then leaves its short way for good as soon as a page
//! ran out of fresh blocks once, and takes blocks of the next size class (measured: 165 instructions
//! for an allocation instead of 20). Blocks of plain `malloc` are aligned for all but vectors.
#![allow(unsafe_code)]

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned,
};
use std::alloc::{GlobalAlloc, Layout};

/// mimalloc as the program's allocator.
pub struct Allocator;

/// What every block is aligned to.
const ALIGNMENT: usize = size_of::<usize>();

// SAFETY: mimalloc's functions do what the trait demands: blocks have at least the size asked for,
// belong to one owner, and are aligned to a word, or as asked where more is asked for. Any block
// may be given to `mi_free` and, with the alignment it was made with, to `mi_realloc*`.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: any size and any power of two will do.
        unsafe {
            if layout.align() <= ALIGNMENT {
                mi_malloc(layout.size()).cast()
            } else {
                mi_malloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe {
            if layout.align() <= ALIGNMENT {
                mi_zalloc(layout.size()).cast()
            } else {
                mi_zalloc_aligned(layout.size(), layout.align()).cast()
            }
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller owns the block, which came from here.
        unsafe { mi_free(block.cast()) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller owns the block, which came from here with this alignment.
        unsafe {
            if layout.align() <= ALIGNMENT {
                mi_realloc(block.cast(), size).cast()
            } else {
                mi_realloc_aligned(block.cast(), size, layout.align()).cast()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
