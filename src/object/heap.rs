//! Heap objects: header, allocation, freeing, weak cells and the cycle collector.
//!
//! One of the three modules that may use `unsafe`. Invariants:
//! - every heap object starts with a [`Header`] whose tag names the layout that follows;
//! - its count is the number of owners; at zero [`release`] frees it, exactly once;
//! - a tracked object's `registry` is its index in the registry plus one, 0 otherwise.
//!
//! Freeing never runs script code (objects with finalizers are queued instead, and run at the
//! next safe point of the VM), and never recurses deeper than [`MAX_DEPTH`] on the native stack.
#![allow(unsafe_code)]

mod collect;
mod free;
mod layout;
#[cfg(test)]
mod tests;
mod weak;

pub use collect::{collect, referents};
pub(super) use free::release;
pub(super) use layout::with_linked;
pub use layout::{
    Block, Boxed, ObjectBox, StrObject, code_value, new_ascii, new_block, new_boxed, new_object,
    new_register_stack, new_str, new_str_parts, push_str,
};
pub use weak::{WeakCell, enroll, enrolled, identity, rearm_finalizer, strike, weak_cell};

use free::{cut_weak, destroy, forget_identity, needs_finalizer};
use weak::strike_header;

use super::native_object::NativeObject;
use super::value::{Tag, Value};
use super::{bytes, cell, class, code, complex, dict, function, generator, instance, integer};
use super::{iterator, list, method, module, native, range, set, slice, tuple};
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc};
use std::any::TypeId;
use std::cell::{Cell, UnsafeCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::rc::Rc;

/// Freeing nests natively up to this depth, then goes through the worklist.
const MAX_DEPTH: u32 = 64;
/// Tracked objects before the first collection.
const FIRST_THRESHOLD: usize = 20_000;

/// What a header's flag bits mean.
pub mod flag {
    /// The finalizer has run, or must not run.
    pub const FINALIZED: u8 = 1;
    /// The object's class defines `__del__`.
    pub const HAS_DEL: u8 = 2;
    /// The string is in the intern table.
    pub const INTERNED: u8 = 4;
    /// The object has an entry in the identity table.
    pub const HAS_ID: u8 = 8;
    /// The object has a weak cell.
    pub const HAS_WEAK: u8 = 16;
    /// The code is in the limbo list.
    pub const IN_LIMBO: u8 = 64;
    /// The native object is on the roster; `aux` is its place there.
    pub const ENROLLED: u8 = 32;
}

/// The first 16 bytes of every heap object.
#[repr(C)]
pub struct Header {
    count: Cell<u32>,
    registry: Cell<u32>,
    tag: Tag8,
    flags: Cell<u8>,
    /// Free for the kind of object.
    pub small: Cell<u16>,
    /// Free for the kind of object; an instance's shape.
    pub aux: Cell<u32>,
}

/// [`Tag`] in one byte.
#[derive(Clone, Copy)]
struct Tag8(u8);

impl Header {
    fn new(tag: Tag) -> Header {
        Header {
            count: Cell::new(1),
            registry: Cell::new(0),
            tag: Tag8(tag as u8),
            flags: Cell::new(0),
            small: Cell::new(0),
            aux: Cell::new(0),
        }
    }

    #[inline(always)]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    #[inline(always)]
    pub(super) fn increment(&self) {
        self.count.set(self.count.get() + 1);
    }

    /// Give up one count; whether it was the last.
    #[inline(always)]
    pub(super) fn decrement(&self) -> bool {
        let count = self.count.get() - 1;
        self.count.set(count);
        count == 0
    }

    pub fn has_flag(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    pub fn set_flag(&self, flag: u8) {
        self.flags.set(self.flags.get() | flag);
    }

    fn clear_flag(&self, flag: u8) {
        self.flags.set(self.flags.get() & !flag);
    }

    /// The kind of object.
    #[inline]
    pub fn tag(&self) -> Tag {
        const HEAP_TAGS: [Tag; 22] = [
            Tag::Str,
            Tag::Bytes,
            Tag::BigInt,
            Tag::Complex,
            Tag::Range,
            Tag::Tuple,
            Tag::List,
            Tag::Dict,
            Tag::Set,
            Tag::Slice,
            Tag::Function,
            Tag::Native,
            Tag::Method,
            Tag::Type,
            Tag::Instance,
            Tag::Generator,
            Tag::Cell,
            Tag::Module,
            Tag::Code,
            Tag::RangeIterator,
            Tag::SequenceIterator,
            Tag::Object,
        ];
        HEAP_TAGS[self.tag.0 as usize - Tag::Str as usize]
    }
}

/// A type that stands behind one heap tag.
///
/// # Safety
/// `TAG` is used by no other type, and `from_header` matches the layout that the allocating
/// function of this module gives to objects with that tag.
pub unsafe trait HeapType: Sized {
    const TAG: Tag;

    /// # Safety
    /// `header` points to a live object with this type's tag, alive for `'a`.
    unsafe fn from_header<'a>(header: NonNull<Header>) -> &'a Self;
}

/// What the collector asks of an object that can be part of a cycle.
pub trait Traverse {
    /// Visit every value the object owns, exactly once per count.
    fn traverse(&self, visit: &mut dyn FnMut(&Value));

    /// Give up the owned values, as far as is needed to break cycles.
    fn clear(&self);
}

/// Per-thread state of the heap.
struct HeapState {
    /// All tracked objects.
    registry: Vec<NonNull<Header>>,
    /// Objects whose count is zero and that wait to be freed.
    worklist: Vec<NonNull<Header>>,
    depth: u32,
    /// Length of the registry at which a collection is due.
    threshold: usize,
    collecting: bool,
    /// How often the collector ran, and how many objects it found unreachable.
    history: (u64, u64),
    /// Objects whose finalizer must run at the next safe point.
    finalizers: Vec<Value>,
    /// Codes that nobody owns but a frame may still run.
    limbo: Vec<NonNull<Header>>,
    weak: Option<HashMap<usize, Rc<WeakCell>>>,
    /// Native objects that can be found without being owned, in the order of enrolment; a place
    /// is empty once its object has gone.
    roster: Vec<Option<NonNull<Header>>>,
    /// How many places of the roster are empty.
    vacant: usize,
    ids: Option<HashMap<usize, u64>>,
    next_id: u64,
}

thread_local! {
    static HEAP: UnsafeCell<ManuallyDrop<HeapState>> = const {
        UnsafeCell::new(ManuallyDrop::new(HeapState {
            registry: Vec::new(),
            worklist: Vec::new(),
            depth: 0,
            threshold: FIRST_THRESHOLD,
            collecting: false,
            history: (0, 0),
            finalizers: Vec::new(),
            limbo: Vec::new(),
            weak: None,
            roster: Vec::new(),
            vacant: 0,
            ids: None,
            next_id: 0x7f00_0000_1000,
        }))
    };
    /// Set when the VM should come to [`pending`] at its next safe point.
    static ATTENTION: Cell<bool> = const { Cell::new(false) };
    static MEMORY_ENDS: Cell<bool> = const { Cell::new(false) };
    static AUTOMATIC: Cell<bool> = const { Cell::new(true) };
}

/// Run `f` on the heap's state. `f` must not free or allocate values.
#[inline(always)]
fn with_heap<R>(f: impl FnOnce(&mut HeapState) -> R) -> R {
    // SAFETY: the state never leaves this thread, and no `f` of this module reaches
    // `with_heap` again (none drops or allocates values).
    HEAP.with(|heap| f(unsafe { &mut *heap.get() }))
}

#[inline]
fn track(object: NonNull<Header>) {
    with_heap(|heap| {
        heap.registry.push(object);
        // SAFETY: `object` is alive.
        unsafe { object.as_ref() }.registry.set(heap.registry.len() as u32);
        if heap.registry.len() >= heap.threshold {
            ATTENTION.set(true);
        }
    });
}

fn untrack(object: NonNull<Header>) {
    // SAFETY: `object` and all objects in the registry are alive.
    unsafe {
        let index = object.as_ref().registry.get();
        if index != 0 {
            with_heap(|heap| {
                heap.registry.swap_remove(index as usize - 1);
                if let Some(moved) = heap.registry.get(index as usize - 1) {
                    moved.as_ref().registry.set(index);
                }
            });
            object.as_ref().registry.set(0);
        }
    }
}

/// Whether the VM should call [`take_finalizers`] and [`collect_if_due`]; cleared by asking.
#[inline(always)]
pub fn take_attention() -> bool {
    ATTENTION.replace(false)
}

/// Make the VM pass through its safe point soon.
pub fn request_attention() {
    ATTENTION.set(true);
}

/// Memory has ended, but for a reserve: the VM of this thread raises MemoryError at its next safe
/// point. Called by the allocator.
pub fn memory_ends() {
    MEMORY_ENDS.set(true);
    ATTENTION.set(true);
}

/// Whether [`memory_ends`] was called; cleared by asking.
pub fn take_memory_end() -> bool {
    MEMORY_ENDS.replace(false)
}

/// As [`take_attention`] without clearing.
#[inline(always)]
pub fn attention() -> bool {
    ATTENTION.get()
}

/// Objects whose finalizers must run now: generators to close, instances with `__del__`,
/// coroutines never awaited, weak reference callbacks.
pub fn take_finalizers() -> Vec<Value> {
    with_heap(|heap| std::mem::take(&mut heap.finalizers))
}

/// Collect cycles if allocation has grown enough since the last time.
pub fn collect_if_due() {
    if AUTOMATIC.get() && with_heap(|heap| heap.registry.len() >= heap.threshold) {
        collect();
    }
}

/// Whether cycles are collected without being asked (`gc.enable()`, `gc.disable()`).
pub fn is_automatic() -> bool {
    AUTOMATIC.get()
}

/// See [`is_automatic`].
pub fn set_automatic(automatic: bool) {
    AUTOMATIC.set(automatic);
}

/// Whether the collector looks at the object.
pub fn is_tracked(value: &Value) -> bool {
    value.header().is_some_and(|header| header.registry.get() != 0)
}

/// Number of tracked objects.
pub fn tracked_count() -> usize {
    with_heap(|heap| heap.registry.len())
}

/// The tracked objects.
pub fn tracked() -> Vec<Value> {
    with_heap(|heap| {
        let mut found = Vec::with_capacity(heap.registry.len());
        for &object in &heap.registry {
            // SAFETY: objects leave the registry before they are freed; the count of one that is not
            // about to be freed is raised for the value.
            unsafe {
                if object.as_ref().count() > 0 {
                    object.as_ref().increment();
                    found.push(Value::from_owned(object.as_ref().tag(), object));
                }
            }
        }
        found
    })
}

/// How often the collector ran, and how many objects it found unreachable.
pub fn history() -> (u64, u64) {
    with_heap(|heap| heap.history)
}

/// Number of dead codes kept because a frame may run them.
pub fn limbo_len() -> usize {
    with_heap(|heap| heap.limbo.len())
}

/// Free the dead codes that nobody owns again and for the address of whose [`code::CodeObject`]
/// `is_running` says no.
pub fn sweep_limbo(is_running: impl Fn(usize) -> bool) {
    loop {
        let limbo = with_heap(|heap| std::mem::take(&mut heap.limbo));
        let (kept, dead): (Vec<_>, Vec<_>) = limbo.into_iter().partition(|object| {
            // SAFETY: objects in the list have not been freed.
            let is_owned = unsafe { object.as_ref() }.count() > 0;
            is_owned || is_running(object.as_ptr() as usize + size_of::<Header>())
        });
        with_heap(|heap| heap.limbo.extend(kept));
        if dead.is_empty() {
            return;
        }
        for object in dead {
            // SAFETY: its count is zero, no frame runs it, and it has left the limbo list. What
            // dies with it is freed or joins the list; nothing that is in `dead` is owned by it.
            unsafe {
                forget_identity(object);
                destroy(object, Tag::Code);
            }
        }
    }
}

impl Header {
    /// Give up a count without freeing: the intern table's entries own none.
    ///
    /// # Panics
    /// If it is the last count.
    pub(super) fn forget_count(&self) {
        assert!(self.count.get() > 1, "internal error: the last count was forgotten");
        self.count.set(self.count.get() - 1);
    }
}
