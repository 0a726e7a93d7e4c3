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

use super::native_object::NativeObject;
use super::value::{Tag, Value};
use super::{bytes, cell, class, code, complex, dict, function, generator, instance, integer};
use super::{iterator, list, method, module, native, range, set, slice, tuple};
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc};
use std::any::TypeId;
use std::cell::{Cell, UnsafeCell};
use std::collections::HashMap;
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

/// Layout of objects of fixed size.
#[repr(C)]
pub struct Boxed<T> {
    header: Header,
    value: T,
}

/// Layout of objects with `length` values behind a head.
#[repr(C)]
pub struct Block<T> {
    header: Header,
    length: usize,
    head: T,
    values: [UnsafeCell<Value>; 0],
}

impl<T> Block<T> {
    fn layout(length: usize) -> Layout {
        let values = Layout::array::<Value>(length).expect("lengths are bounded by memory");
        Layout::new::<Block<T>>().extend(values).expect("lengths are bounded by memory").0.pad_to_align()
    }

    #[inline(always)]
    pub fn head(&self) -> &T {
        &self.head
    }

    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of values behind the head.
    #[inline(always)]
    pub fn length(&self) -> usize {
        self.length
    }

    /// Address of the first value, for the VM's registers.
    #[inline(always)]
    pub fn values_pointer(&self) -> *mut Value {
        self.values.as_ptr() as *mut Value
    }

    /// The value at `index`.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline(always)]
    pub fn value(&self, index: usize) -> Value {
        assert!(index < self.length);
        // SAFETY: in range; the reference does not outlive the clone, which runs no other code.
        unsafe { (*self.values_pointer().add(index)).clone() }
    }

    /// Put `value` at `index` and return what was there.
    ///
    /// # Panics
    /// If `index` is out of range.
    #[inline(always)]
    pub fn replace(&self, index: usize, value: Value) -> Value {
        assert!(index < self.length);
        // SAFETY: in range; no reference to the slot exists (see `value`, `as_slice`).
        unsafe { std::mem::replace(&mut *self.values_pointer().add(index), value) }
    }

    /// The values, for kinds whose values never change after creation.
    ///
    /// # Safety
    /// `replace` and the VM's registers are not used on this object while the slice lives.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Value] {
        // SAFETY: `length` values were initialised at allocation.
        unsafe { std::slice::from_raw_parts(self.values_pointer(), self.length) }
    }
}

impl Block<instance::InstanceHead> {
    /// The payload: slot 0, never replaced after creation.
    #[inline(always)]
    pub fn payload_ref(&self) -> Option<&Value> {
        // SAFETY: slot 0 exists if there is a payload, and `InstanceObject` never replaces it.
        if self.head.has_payload() { Some(unsafe { &*self.values_pointer() }) } else { None }
    }
}

impl Block<generator::GeneratorHead> {
    /// A value with a count of its own that refers to this generator.
    pub fn to_value(&self) -> Value {
        self.header.increment();
        // SAFETY: the object is alive, and its count was just raised.
        unsafe { Value::from_owned(Tag::Generator, NonNull::from(self).cast()) }
    }
}

impl<T> Block<T> {
    /// Let `visit` look at the value at `index`.
    pub fn visit_value(&self, index: usize, visit: &mut dyn FnMut(&Value)) {
        assert!(index < self.length);
        // SAFETY: in range; visitors of the collector do not change objects.
        visit(unsafe { &*self.values_pointer().add(index) });
    }
}

impl Block<tuple::TupleHead> {
    /// The elements of the tuple.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        // SAFETY: nothing uses `replace` on a tuple.
        unsafe { self.as_slice() }
    }
}

/// Layout of strings: UTF-8 bytes behind the head, `capacity` of them allocated.
#[repr(C)]
pub struct StrObject {
    header: Header,
    length: usize,
    capacity: usize,
    /// Number of code points; equal to `length` for ASCII.
    chars: usize,
    /// 0 until computed.
    hash: Cell<u64>,
    bytes: [u8; 0],
}

impl StrObject {
    fn layout(capacity: usize) -> Layout {
        let bytes = Layout::array::<u8>(capacity).expect("lengths are bounded by memory");
        Layout::new::<StrObject>().extend(bytes).expect("lengths are bounded by memory").0.pad_to_align()
    }

    #[inline(always)]
    pub fn as_str(&self) -> &str {
        // SAFETY: the first `length` bytes were copied from a `str` at allocation or `push`.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.bytes.as_ptr(), self.length)) }
    }

    /// Number of code points.
    #[inline(always)]
    pub fn char_count(&self) -> usize {
        self.chars
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.chars == self.length
    }

    /// The hash, computed once by `compute`; never 0.
    #[inline(always)]
    pub fn hash(&self, compute: impl FnOnce(&str) -> u64) -> u64 {
        let hash = self.hash.get();
        if hash != 0 {
            return hash;
        }
        let hash = compute(self.as_str()).max(1);
        self.hash.set(hash);
        hash
    }
}

// SAFETY: `new_str` allocates `StrObject`s with this tag.
unsafe impl HeapType for StrObject {
    const TAG: Tag = Tag::Str;
    #[inline(always)]
    unsafe fn from_header<'a>(header: NonNull<Header>) -> &'a Self {
        unsafe { header.cast::<StrObject>().as_ref() }
    }
}

/// A new string object.
#[inline]
pub fn new_str(text: &str) -> Value {
    let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
    new_str_parts(text.len(), chars, [text])
}

/// A new string object of the texts `parts`, one after the other: `length` bytes, `chars`
/// code points.
///
/// # Panics
/// If the parts have another length.
#[inline]
pub fn new_str_parts<'t>(length: usize, chars: usize, parts: impl IntoIterator<Item = &'t str>) -> Value {
    let layout = StrObject::layout(length);
    // SAFETY: the layout has room for `length` bytes; no part is copied beyond them, and the object
    // is not seen before all of them are written. (Should `parts` panic, the memory leaks.)
    unsafe {
        let object = alloc(layout) as *mut StrObject;
        if object.is_null() {
            handle_alloc_error(layout);
        }
        let capacity = layout.size() - std::mem::offset_of!(StrObject, bytes);
        let header = Header::new(Tag::Str);
        object.write(StrObject { header, length, capacity, chars, hash: Cell::new(0), bytes: [] });
        let bytes = std::ptr::addr_of_mut!((*object).bytes) as *mut u8;
        let mut filled = 0;
        for part in parts {
            assert!(part.len() <= length - filled, "internal error: more text than announced");
            std::ptr::copy_nonoverlapping(part.as_ptr(), bytes.add(filled), part.len());
            filled += part.len();
        }
        assert!(filled == length, "internal error: less text than announced");
        Value::from_owned(Tag::Str, NonNull::new_unchecked(object.cast()))
    }
}

/// Append `more` to the string in `target` without copying it, if nobody else can see it.
/// Returns whether that was done.
pub fn push_str(target: &mut Value, more: &str) -> bool {
    let Some(string) = target.get::<StrObject>() else { return false };
    if string.header.count() != 1 || string.header.flags.get() != 0 {
        return false;
    }
    let object = target.bits() as *mut StrObject;
    // SAFETY: the only owner is `target`, borrowed mutably here, so nobody else reads the
    // object while it moves; `forget` because the old address is dead after `realloc`.
    unsafe {
        let length = (*object).length + more.len();
        let mut object = object;
        if length > (*object).capacity {
            let capacity = length.max((*object).capacity.saturating_mul(2));
            let old = StrObject::layout((*object).capacity);
            let new = StrObject::layout(capacity);
            object = realloc(object.cast(), old, new.size()) as *mut StrObject;
            if object.is_null() {
                handle_alloc_error(new);
            }
            (*object).capacity = new.size() - std::mem::offset_of!(StrObject, bytes);
            let moved = Value::from_owned(Tag::Str, NonNull::new_unchecked(object.cast()));
            std::mem::forget(std::mem::replace(target, moved));
        }
        let bytes = std::ptr::addr_of_mut!((*object).bytes) as *mut u8;
        std::ptr::copy_nonoverlapping(more.as_ptr(), bytes.add((*object).length), more.len());
        (*object).length = length;
        (*object).chars += if more.is_ascii() { more.len() } else { more.chars().count() };
        (*object).hash.set(0);
    }
    true
}

/// A new object of fixed size; `tracked` if it can be part of a cycle.
#[inline]
pub fn new_boxed<T: HeapType>(value: T, tracked: bool) -> Value {
    let object = Box::new(Boxed { header: Header::new(T::TAG), value });
    let pointer = NonNull::from(Box::leak(object)).cast::<Header>();
    if tracked {
        track(pointer);
    }
    // SAFETY: freshly allocated with this tag and a count of 1.
    unsafe { Value::from_owned(T::TAG, pointer) }
}

/// A new object with `length` values behind it, made by `fill`, which must not fail.
#[inline]
pub fn new_block<T>(
    tag: Tag,
    head: T,
    length: usize,
    tracked: bool,
    mut fill: impl FnMut(usize) -> Value,
) -> Value
where
    Block<T>: HeapType,
{
    debug_assert!(tag as u64 == <Block<T> as HeapType>::TAG as u64);
    let layout = Block::<T>::layout(length);
    // SAFETY: the layout has room for head and values; all are written before the object is
    // seen. If `fill` panicked the block would leak, which is safe.
    unsafe {
        let object = alloc(layout) as *mut Block<T>;
        if object.is_null() {
            handle_alloc_error(layout);
        }
        object.write(Block { header: Header::new(tag), length, head, values: [] });
        let values = (*object).values_pointer();
        for index in 0..length {
            values.add(index).write(fill(index));
        }
        let pointer = NonNull::new_unchecked(object.cast::<Header>());
        if tracked {
            track(pointer);
        }
        Value::from_owned(tag, pointer)
    }
}

/// The object of which `code` is the content, with a count of its own.
pub fn code_value(code: &code::CodeObject) -> Value {
    // SAFETY: code objects exist only as content of `Boxed`, right behind its header; a dead
    // one in the limbo list may be owned again.
    unsafe {
        let distance = std::mem::offset_of!(Boxed<code::CodeObject>, value);
        let header = NonNull::from(code).byte_sub(distance).cast::<Header>();
        header.as_ref().increment();
        Value::from_owned(Tag::Code, header)
    }
}

/// Run `f` on a generator that a live generator's link points to.
pub(super) fn with_linked<R>(
    linked: NonNull<generator::Generator>,
    f: impl FnOnce(&generator::Generator) -> R,
) -> R {
    // SAFETY: links are undone before either end is freed (see `GeneratorHead`).
    f(unsafe { linked.as_ref() })
}

/// Zeroed memory for `length` registers: all [`Value::UNBOUND`]. Never freed before the thread
/// ends; pages that are not touched cost nothing.
pub fn new_register_stack(length: usize) -> NonNull<Value> {
    let layout = Layout::array::<Value>(length).expect("stack sizes are small");
    // SAFETY: the size is not zero; all-zero bytes are `Value::UNBOUND`.
    unsafe {
        match NonNull::new(alloc_zeroed(layout) as *mut Value) {
            Some(stack) => stack,
            None => handle_alloc_error(layout),
        }
    }
}

macro_rules! boxed_types {
    ($($type:ty => $tag:ident),+ $(,)?) => { $(
        // SAFETY: objects with this tag are allocated by `new_boxed` only.
        unsafe impl HeapType for $type {
            const TAG: Tag = Tag::$tag;
            #[inline(always)]
            unsafe fn from_header<'a>(header: NonNull<Header>) -> &'a Self {
                unsafe { &header.cast::<Boxed<$type>>().as_ref().value }
            }
        }
    )+ };
}

boxed_types! {
    bytes::BytesObject => Bytes,
    integer::BigIntObject => BigInt,
    complex::ComplexObject => Complex,
    range::RangeObject => Range,
    list::ListObject => List,
    dict::DictObject => Dict,
    set::SetObject => Set,
    slice::SliceObject => Slice,
    function::FunctionObject => Function,
    native::NativeFunction => Native,
    method::MethodObject => Method,
    class::TypeObject => Type,
    cell::CellObject => Cell,
    module::ModuleObject => Module,
    code::CodeObject => Code,
    iterator::RangeIterator => RangeIterator,
    iterator::SequenceIterator => SequenceIterator,
}

/// Layout of native objects: what is known of every one of them, then the object itself.
#[repr(C)]
struct ObjectLayout<T> {
    header: Header,
    head: ObjectBox,
    value: T,
}

/// What stands before every native object: how to reach it.
pub struct ObjectBox {
    type_id: TypeId,
    as_dyn: unsafe fn(*const ObjectBox) -> *const dyn NativeObject,
    destroy: unsafe fn(NonNull<Header>),
}

impl ObjectBox {
    /// The object behind this head.
    #[inline]
    pub fn object(&self) -> &dyn NativeObject {
        // SAFETY: `new_object` is the only maker of heads, and puts them before their object.
        unsafe { &*(self.as_dyn)(self) }
    }

    /// The object as `T`, if it is one.
    #[inline(always)]
    pub fn downcast<T: NativeObject>(&self) -> Option<&T> {
        if self.type_id == TypeId::of::<T>() {
            // SAFETY: the type id proves that this head stands in an `ObjectLayout<T>`.
            Some(unsafe { &*value_after::<T>(self) })
        } else {
            None
        }
    }
}

/// # Safety
/// `head` stands in an `ObjectLayout<T>`.
#[inline(always)]
unsafe fn value_after<T>(head: *const ObjectBox) -> *const T {
    let distance = std::mem::offset_of!(ObjectLayout<T>, value) - std::mem::offset_of!(ObjectLayout<T>, head);
    // SAFETY: within the same allocation, by the caller's promise.
    unsafe { head.byte_add(distance).cast() }
}

// SAFETY: objects with this tag are allocated by `new_object` only.
unsafe impl HeapType for ObjectBox {
    const TAG: Tag = Tag::Object;
    #[inline(always)]
    unsafe fn from_header<'a>(header: NonNull<Header>) -> &'a Self {
        // SAFETY: the head follows the header in every `ObjectLayout`.
        unsafe { header.add(1).cast::<ObjectBox>().as_ref() }
    }
}

/// A new native object.
pub fn new_object<T: NativeObject>(value: T) -> Value {
    unsafe fn as_dyn<T: NativeObject>(head: *const ObjectBox) -> *const dyn NativeObject {
        // SAFETY: called through the head of an `ObjectLayout<T>` only.
        unsafe { value_after::<T>(head) }
    }
    unsafe fn destroy<T>(object: NonNull<Header>) {
        // SAFETY: allocated below as `ObjectLayout<T>`.
        drop(unsafe { Box::from_raw(object.cast::<ObjectLayout<T>>().as_ptr()) });
    }
    const { assert!(align_of::<T>() <= 8) };
    let tracked = value.is_tracked();
    let head = ObjectBox { type_id: TypeId::of::<T>(), as_dyn: as_dyn::<T>, destroy: destroy::<T> };
    let layout = ObjectLayout { header: Header::new(Tag::Object), head, value };
    let pointer = NonNull::from(Box::leak(Box::new(layout))).cast::<Header>();
    if tracked {
        track(pointer);
    }
    // SAFETY: freshly allocated with this tag and a count of 1.
    unsafe { Value::from_owned(Tag::Object, pointer) }
}

macro_rules! block_types {
    ($($head:ty => $tag:ident),+ $(,)?) => { $(
        // SAFETY: objects with this tag are allocated by `new_block` only.
        unsafe impl HeapType for Block<$head> {
            const TAG: Tag = Tag::$tag;
            #[inline(always)]
            unsafe fn from_header<'a>(header: NonNull<Header>) -> &'a Self {
                unsafe { header.cast::<Block<$head>>().as_ref() }
            }
        }
    )+ };
}

block_types! {
    tuple::TupleHead => Tuple,
    instance::InstanceHead => Instance,
    generator::GeneratorHead => Generator,
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

/// Free an object whose count has reached zero, or queue its finalizer.
///
/// # Safety
/// Nobody owns a count of `object`, and it is released once.
#[cold]
#[inline(never)]
pub(super) unsafe fn release(object: NonNull<Header>) {
    let deep = with_heap(|heap| {
        if heap.depth >= MAX_DEPTH {
            heap.worklist.push(object);
            true
        } else {
            heap.depth += 1;
            false
        }
    });
    if deep {
        return;
    }
    // SAFETY: handed over by the caller, or by the `release` that put it on the worklist.
    unsafe { free(object) };
    while let Some(next) = with_heap(|heap| if heap.depth == 1 { heap.worklist.pop() } else { None }) {
        unsafe { free(next) };
    }
    with_heap(|heap| heap.depth -= 1);
}

/// # Safety
/// As [`release`].
unsafe fn free(object: NonNull<Header>) {
    // SAFETY: by the contract the object is alive but unowned; each arm frees it by the layout
    // that its tag names, or revives it.
    unsafe {
        let header = object.as_ref();
        let tag = header.tag();
        if header.flags.get() != 0 || matches!(tag, Tag::Generator | Tag::Object | Tag::Code) {
            if tag == Tag::Code {
                if !header.has_flag(flag::IN_LIMBO) {
                    header.set_flag(flag::IN_LIMBO);
                    untrack(object);
                    with_heap(|heap| heap.limbo.push(object));
                }
                return;
            }
            if needs_finalizer(object) {
                header.increment();
                header.set_flag(flag::FINALIZED);
                let value = Value::from_owned(tag, object);
                with_heap(|heap| heap.finalizers.push(value));
                ATTENTION.set(true);
                return;
            }
            forget_identity(object);
        }
        untrack(object);
        destroy(object, tag);
    }
}

/// # Safety
/// `object` is alive.
unsafe fn needs_finalizer(object: NonNull<Header>) -> bool {
    // SAFETY: the tag names the layout.
    unsafe {
        let header = object.as_ref();
        if header.has_flag(flag::FINALIZED) {
            return false;
        }
        match header.tag() {
            Tag::Generator => generator::Generator::from_header(object).needs_finalizer(),
            Tag::Object => ObjectBox::from_header(object).object().needs_finalizer(),
            _ => header.has_flag(flag::HAS_DEL),
        }
    }
}

unsafe fn forget_identity(object: NonNull<Header>) {
    // SAFETY: `object` is alive.
    let header = unsafe { object.as_ref() };
    let address = object.as_ptr() as usize;
    if header.has_flag(flag::HAS_WEAK) {
        let cell = with_heap(|heap| heap.weak.as_mut().and_then(|weak| weak.remove(&address)));
        if let Some(cell) = cell {
            cell.target.set(None);
            let callbacks = std::mem::take(unsafe { &mut *cell.callbacks.get() });
            if !callbacks.is_empty() {
                with_heap(|heap| heap.finalizers.extend(callbacks));
                ATTENTION.set(true);
            }
        }
    }
    if header.has_flag(flag::HAS_ID) {
        with_heap(|heap| heap.ids.as_mut().map(|ids| ids.remove(&address)));
    }
    if header.has_flag(flag::ENROLLED) {
        strike_header(header);
    }
    if header.has_flag(flag::INTERNED) {
        // SAFETY: only strings carry the flag.
        super::string::forget_interned(unsafe { StrObject::from_header(object) }.as_str());
    }
}

/// # Safety
/// `object` is alive, unowned and untracked, and `tag` is its tag.
unsafe fn destroy(object: NonNull<Header>, tag: Tag) {
    unsafe fn boxed<T>(object: NonNull<Header>) {
        // SAFETY: allocated by `new_boxed` as `Boxed<T>`.
        drop(unsafe { Box::from_raw(object.cast::<Boxed<T>>().as_ptr()) });
    }
    unsafe fn block<T>(object: NonNull<Header>) {
        // SAFETY: allocated by `new_block` as `Block<T>`.
        unsafe {
            let block = object.cast::<Block<T>>().as_ptr();
            let (length, values) = ((*block).length, (*block).values_pointer());
            for index in 0..length {
                std::ptr::drop_in_place(values.add(index));
            }
            std::ptr::drop_in_place(&raw mut (*block).head);
            dealloc(block.cast(), Block::<T>::layout(length));
        }
    }
    // SAFETY: each arm matches the layout of its tag.
    unsafe {
        match tag {
            Tag::Str => {
                let capacity = object.cast::<StrObject>().as_ref().capacity;
                dealloc(object.as_ptr().cast(), StrObject::layout(capacity));
            }
            Tag::Bytes => boxed::<bytes::BytesObject>(object),
            Tag::BigInt => boxed::<integer::BigIntObject>(object),
            Tag::Complex => boxed::<complex::ComplexObject>(object),
            Tag::Range => boxed::<range::RangeObject>(object),
            Tag::Tuple => block::<tuple::TupleHead>(object),
            Tag::List => boxed::<list::ListObject>(object),
            Tag::Dict => boxed::<dict::DictObject>(object),
            Tag::Set => boxed::<set::SetObject>(object),
            Tag::Slice => boxed::<slice::SliceObject>(object),
            Tag::Function => boxed::<function::FunctionObject>(object),
            Tag::Native => boxed::<native::NativeFunction>(object),
            Tag::Method => boxed::<method::MethodObject>(object),
            Tag::Type => boxed::<class::TypeObject>(object),
            Tag::Instance => block::<instance::InstanceHead>(object),
            Tag::Generator => {
                generator::Generator::from_header(object).head().unlink_child();
                block::<generator::GeneratorHead>(object);
            }
            Tag::Cell => boxed::<cell::CellObject>(object),
            Tag::Module => boxed::<module::ModuleObject>(object),
            Tag::Code => boxed::<code::CodeObject>(object),
            Tag::RangeIterator => boxed::<iterator::RangeIterator>(object),
            Tag::SequenceIterator => boxed::<iterator::SequenceIterator>(object),
            Tag::Object => (ObjectBox::from_header(object).destroy)(object),
            Tag::Unbound | Tag::None | Tag::Bool | Tag::Int | Tag::Float => unreachable!("not on the heap"),
            Tag::Ellipsis | Tag::NotImplemented => unreachable!("not on the heap"),
        }
    }
}

/// The traversal of a tracked object.
///
/// # Safety
/// `object` is alive for `'a`.
unsafe fn traversal<'a>(object: NonNull<Header>) -> Option<&'a dyn Traverse> {
    // SAFETY: the tag names the layout.
    unsafe {
        Some(match object.as_ref().tag() {
            Tag::Tuple => Block::<tuple::TupleHead>::from_header(object),
            Tag::List => list::ListObject::from_header(object),
            Tag::Dict => dict::DictObject::from_header(object),
            Tag::Set => set::SetObject::from_header(object),
            Tag::Slice => slice::SliceObject::from_header(object),
            Tag::Function => function::FunctionObject::from_header(object),
            Tag::Native => native::NativeFunction::from_header(object),
            Tag::Method => method::MethodObject::from_header(object),
            Tag::Type => class::TypeObject::from_header(object),
            Tag::Instance => Block::<instance::InstanceHead>::from_header(object),
            Tag::Generator => Block::<generator::GeneratorHead>::from_header(object),
            Tag::Cell => cell::CellObject::from_header(object),
            Tag::Module => module::ModuleObject::from_header(object),
            Tag::Code => code::CodeObject::from_header(object),
            Tag::SequenceIterator => iterator::SequenceIterator::from_header(object),
            Tag::Object => ObjectBox::from_header(object).object(),
            _ => return None,
        })
    }
}

/// Find and free unreachable cycles; returns how many objects were unreachable.
///
/// Trial deletion as in CPython: subtract the references that tracked objects hold on each
/// other; whatever keeps a count is reachable from outside (registers, natives, globals), and
/// so is all that it refers to. Garbage with a finalizer is queued and kept for this round.
pub fn collect() -> usize {
    let objects: Vec<NonNull<Header>> = with_heap(|heap| {
        if heap.collecting {
            return Vec::new();
        }
        heap.collecting = true;
        heap.registry.clone()
    });
    if objects.is_empty() {
        with_heap(|heap| heap.collecting = false);
        return 0;
    }
    // SAFETY: nothing is freed between the snapshot and the clones taken below, so all objects
    // of the snapshot are alive; traversals only read.
    let (garbage, finalizable) = unsafe { find_garbage(&objects) };
    let count = garbage.len();
    if !finalizable.is_empty() {
        with_heap(|heap| heap.finalizers.extend(finalizable));
        ATTENTION.set(true);
    }
    for value in &garbage {
        if let Some(pointer) = value.header() {
            // SAFETY: `garbage` owns a count of each.
            if let Some(object) = unsafe { traversal(NonNull::from(pointer)) } {
                object.clear();
            }
        }
    }
    drop(garbage);
    with_heap(|heap| {
        heap.threshold = FIRST_THRESHOLD.max(heap.registry.len() * 2);
        heap.collecting = false;
    });
    count
}

/// # Safety
/// All `objects` are alive, and are the whole registry in order.
unsafe fn find_garbage(objects: &[NonNull<Header>]) -> (Vec<Value>, Vec<Value>) {
    // SAFETY: as promised by the caller.
    unsafe {
        let index_of = |value: &Value| -> Option<usize> {
            value.header().map(|h| h.registry.get()).filter(|&i| i != 0).map(|i| i as usize - 1)
        };
        let mut counts: Vec<u32> = objects.iter().map(|o| o.as_ref().count()).collect();
        for &object in objects {
            if let Some(traverse) = traversal(object) {
                traverse.traverse(&mut |child| {
                    if let Some(index) = index_of(child) {
                        counts[index] = counts[index].saturating_sub(1);
                    }
                });
            }
        }
        let mut reachable: Vec<bool> = counts.iter().map(|&count| count > 0).collect();
        let mut stack: Vec<usize> = (0..objects.len()).filter(|&i| reachable[i]).collect();
        let spread = |stack: &mut Vec<usize>, reachable: &mut Vec<bool>| {
            while let Some(index) = stack.pop() {
                if let Some(traverse) = traversal(objects[index]) {
                    traverse.traverse(&mut |child| {
                        if let Some(next) = index_of(child)
                            && !reachable[next]
                        {
                            reachable[next] = true;
                            stack.push(next);
                        }
                    });
                }
            }
        };
        spread(&mut stack, &mut reachable);
        let own = |object: NonNull<Header>| {
            object.as_ref().increment();
            Value::from_owned(object.as_ref().tag(), object)
        };
        let mut finalizable = Vec::new();
        for (index, &object) in objects.iter().enumerate() {
            if !reachable[index] && needs_finalizer(object) {
                object.as_ref().set_flag(flag::FINALIZED);
                finalizable.push(own(object));
                stack.push(index);
            }
        }
        for &index in &stack {
            reachable[index] = true;
        }
        spread(&mut stack, &mut reachable);
        let garbage =
            objects.iter().zip(&reachable).filter(|(_, reachable)| !**reachable).map(|(&o, _)| own(o));
        (garbage.collect(), finalizable)
    }
}

/// Whether the VM should call [`take_finalizers`] and [`collect_if_due`]; cleared by asking.
#[inline(always)]
pub fn take_attention() -> bool {
    ATTENTION.replace(false)
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
    if with_heap(|heap| heap.registry.len() >= heap.threshold) {
        collect();
    }
}

/// Number of tracked objects.
pub fn tracked_count() -> usize {
    with_heap(|heap| heap.registry.len())
}

/// Number of dead codes kept because a frame may run them.
pub fn limbo_len() -> usize {
    with_heap(|heap| heap.limbo.len())
}

/// Free the dead codes that nobody owns again and for the address of whose [`code::CodeObject`]
/// `is_running` says no.
pub fn sweep_limbo(is_running: impl Fn(usize) -> bool) {
    let limbo = with_heap(|heap| std::mem::take(&mut heap.limbo));
    for object in limbo {
        // SAFETY: objects in the list have not been freed.
        let is_owned = unsafe { object.as_ref() }.count() > 0;
        if is_owned || is_running(object.as_ptr() as usize + size_of::<Header>()) {
            with_heap(|heap| heap.limbo.push(object));
        } else {
            // SAFETY: its count is zero, no frame runs it, and it has left the limbo list.
            unsafe { destroy(object, Tag::Code) };
        }
    }
}

/// Keeps track of a heap object without owning it.
pub struct WeakCell {
    target: Cell<Option<(Tag, NonNull<Header>)>>,
    /// Values handed to the finalizer queue when the object dies.
    callbacks: UnsafeCell<Vec<Value>>,
}

impl WeakCell {
    /// The object, if it is still alive.
    pub fn upgrade(&self) -> Option<Value> {
        let (tag, header) = self.target.get()?;
        // SAFETY: `forget_identity` empties the cell before the object is freed. An object that
        // waits for its freeing (count 0) must not be revived.
        unsafe {
            if header.as_ref().count() == 0 {
                return None;
            }
            header.as_ref().increment();
            Some(Value::from_owned(tag, header))
        }
    }

    /// Queue `value` as a finalizer when the object dies.
    pub fn add_callback(&self, value: Value) {
        // SAFETY: no other reference into the vector exists outside this function and
        // `forget_identity`, which this does not call.
        unsafe { (*self.callbacks.get()).push(value) };
    }

    /// Forget the callbacks for which `is_dead` holds.
    pub fn remove_callback(&self, is_dead: impl Fn(&Value) -> bool) {
        // SAFETY: as in `add_callback`; the removed values are dropped after the borrow.
        let removed: Vec<Value> =
            unsafe { (*self.callbacks.get()).extract_if(.., |value| is_dead(value)).collect() };
        drop(removed);
    }
}

/// The weak cell of a heap object; `None` for immediates.
pub fn weak_cell(value: &Value) -> Option<Rc<WeakCell>> {
    let header = value.header()?;
    let address = value.address();
    header.set_flag(flag::HAS_WEAK);
    Some(with_heap(|heap| {
        let weak = heap.weak.get_or_insert_with(HashMap::new);
        let new = || {
            let target = Cell::new(Some((value.tag(), NonNull::from(header))));
            Rc::new(WeakCell { target, callbacks: UnsafeCell::new(Vec::new()) })
        };
        weak.entry(address).or_insert_with(new).clone()
    }))
}

/// Put a native object on the roster: it can be found by [`enrolled`] until it dies or is struck.
/// Costs a pointer, where a weak cell would cost an allocation and a table entry.
///
/// # Panics
/// If it is no native object: other kinds need the header's `aux` for themselves.
pub fn enroll(value: &Value) {
    assert!(value.tag() == Tag::Object, "internal error: only native objects can be enrolled");
    let header = value.header().expect("native objects are on the heap");
    if header.has_flag(flag::ENROLLED) {
        return;
    }
    header.set_flag(flag::ENROLLED);
    with_heap(|heap| {
        header.aux.set(heap.roster.len() as u32);
        heap.roster.push(Some(NonNull::from(header)));
    });
}

/// Take a native object off the roster, if it is there.
pub fn strike(value: &Value) {
    if let Some(header) = value.header()
        && header.has_flag(flag::ENROLLED)
    {
        strike_header(header);
    }
}

fn strike_header(header: &Header) {
    header.clear_flag(flag::ENROLLED);
    with_heap(|heap| {
        heap.roster[header.aux.get() as usize] = None;
        heap.vacant += 1;
        while let Some(None) = heap.roster.last() {
            heap.roster.pop();
            heap.vacant -= 1;
        }
        if heap.vacant > 64 && heap.vacant * 2 > heap.roster.len() {
            heap.roster.retain(Option::is_some);
            heap.vacant = 0;
            for (place, object) in heap.roster.iter().flatten().enumerate() {
                // SAFETY: objects leave the roster before they are freed.
                unsafe { object.as_ref() }.aux.set(place as u32);
            }
        }
    });
}

/// The objects on the roster, in the order of enrolment.
pub fn enrolled() -> Vec<Value> {
    with_heap(|heap| {
        let alive = heap.roster.iter().flatten().filter(|object| {
            // SAFETY: objects leave the roster before they are freed.
            unsafe { object.as_ref() }.count() > 0
        });
        let own = |object: &NonNull<Header>| {
            // SAFETY: alive, and its count is raised for the value.
            unsafe {
                object.as_ref().increment();
                Value::from_owned(Tag::Object, *object)
            }
        };
        alive.map(own).collect()
    })
}

/// A number that identifies the heap object while it lives; counts up from a fixed base, so
/// that it is the same in every run. `None` for immediates.
pub fn identity(value: &Value) -> Option<u64> {
    let header = value.header()?;
    let address = value.address();
    header.set_flag(flag::HAS_ID);
    Some(with_heap(|heap| {
        let HeapState { ids, next_id, .. } = heap;
        *ids.get_or_insert_with(HashMap::new).entry(address).or_insert_with(|| {
            *next_id += 16;
            *next_id
        })
    }))
}

/// Undo [`flag::FINALIZED`]: the object may be finalized again.
pub fn rearm_finalizer(value: &Value) {
    if let Some(header) = value.header() {
        header.clear_flag(flag::FINALIZED);
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
