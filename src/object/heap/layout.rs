//! How heap objects lie in memory, and their allocation. Part of the heap's trusted core.
#![allow(unsafe_code)]

use super::*;

/// Layout of objects of fixed size.
#[repr(C)]
pub struct Boxed<T> {
    pub(super) header: Header,
    pub(super) value: T,
}

/// Layout of objects with `length` values behind a head.
#[repr(C)]
pub struct Block<T> {
    pub(super) header: Header,
    pub(super) length: usize,
    pub(super) head: T,
    pub(super) values: [UnsafeCell<Value>; 0],
}

impl<T> Block<T> {
    pub(super) fn layout(length: usize) -> Layout {
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
    pub(super) header: Header,
    length: usize,
    pub(super) capacity: usize,
    /// Number of code points; equal to `length` for ASCII.
    chars: usize,
    /// 0 until computed.
    hash: Cell<u64>,
    bytes: [u8; 0],
}

impl StrObject {
    pub(super) fn layout(capacity: usize) -> Layout {
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

    /// The hash, computed once by `compute` (unless it is 0, that of the empty text).
    #[inline(always)]
    pub fn hash(&self, compute: impl FnOnce(&str) -> u64) -> u64 {
        let hash = self.hash.get();
        if hash != 0 {
            return hash;
        }
        let hash = compute(self.as_str());
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

/// A new string object of `length` ASCII characters, which `fill` writes over zeros.
///
/// # Panics
/// If it writes anything else.
#[inline]
pub fn new_ascii(length: usize, fill: impl FnOnce(&mut [u8])) -> Value {
    let layout = StrObject::layout(length);
    // SAFETY: the layout has room for `length` bytes, all of them initialised before `fill` sees
    // them; the object is not seen before they are known to be ASCII. (Should `fill` panic, the
    // memory leaks.)
    unsafe {
        let object = alloc(layout) as *mut StrObject;
        if object.is_null() {
            handle_alloc_error(layout);
        }
        let capacity = layout.size() - std::mem::offset_of!(StrObject, bytes);
        let header = Header::new(Tag::Str);
        object.write(StrObject { header, length, capacity, chars: length, hash: Cell::new(0), bytes: [] });
        let bytes = std::ptr::addr_of_mut!((*object).bytes) as *mut u8;
        std::ptr::write_bytes(bytes, 0, length);
        let bytes = std::slice::from_raw_parts_mut(bytes, length);
        fill(bytes);
        assert!(bytes.is_ascii(), "internal error: a text announced as ASCII is something else");
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
pub(in crate::object) fn with_linked<R>(
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

/// What stands before every native object.
pub struct ObjectBox {
    table: &'static ObjectTable,
    /// The index of its class's spec.
    class: u32,
    /// Whether its class says `native_await`.
    is_awaitable: bool,
    /// Whether its class says `native_next`.
    is_iterator: bool,
    /// See [`NativeObject::has_attributes`].
    has_attributes: bool,
}

/// How to reach native objects of one type.
struct ObjectTable {
    type_id: TypeId,
    as_dyn: unsafe fn(*const ObjectBox) -> *const dyn NativeObject,
    destroy: unsafe fn(NonNull<Header>),
}

/// The table of the native objects of type `T`.
struct TableOf<T>(PhantomData<T>);

impl<T: NativeObject> TableOf<T> {
    const TABLE: &'static ObjectTable = &ObjectTable {
        type_id: TypeId::of::<T>(),
        as_dyn: TableOf::<T>::as_dyn,
        destroy: TableOf::<T>::destroy,
    };

    unsafe fn as_dyn(head: *const ObjectBox) -> *const dyn NativeObject {
        // SAFETY: called through the head of an `ObjectLayout<T>` only.
        unsafe { value_after::<T>(head) }
    }

    unsafe fn destroy(object: NonNull<Header>) {
        // SAFETY: allocated by `new_object` as `ObjectLayout<T>`.
        drop(unsafe { Box::from_raw(object.cast::<ObjectLayout<T>>().as_ptr()) });
    }
}

impl ObjectBox {
    /// The object behind this head.
    #[inline]
    pub fn object(&self) -> &dyn NativeObject {
        // SAFETY: `new_object` is the only maker of heads, and puts them before their object.
        unsafe { &*(self.table.as_dyn)(self) }
    }

    /// Whether `await` polls the object itself.
    #[inline(always)]
    pub fn is_awaitable(&self) -> bool {
        self.is_awaitable
    }

    /// A number that the native objects of one class share, and no others.
    #[inline(always)]
    pub fn class(&self) -> u32 {
        self.class
    }

    /// Whether the object itself gives the next item.
    #[inline(always)]
    pub fn is_iterator(&self) -> bool {
        self.is_iterator
    }

    /// Whether scripts may set attributes of the object itself.
    #[inline(always)]
    pub fn has_attributes(&self) -> bool {
        self.has_attributes
    }

    /// Free the object.
    ///
    /// # Safety
    /// `object` is that of this head, alive, unowned and untracked.
    pub(super) unsafe fn destroy(&self, object: NonNull<Header>) {
        // SAFETY: by the caller's promise.
        unsafe { (self.table.destroy)(object) }
    }

    /// The object as `T`, if it is one.
    #[inline(always)]
    pub fn downcast<T: NativeObject>(&self) -> Option<&T> {
        if self.table.type_id == TypeId::of::<T>() {
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
    const { assert!(align_of::<T>() <= 8) };
    let tracked = value.is_tracked();
    let spec = value.spec();
    let head = ObjectBox {
        table: TableOf::<T>::TABLE,
        class: spec.index.get() as u32,
        is_awaitable: spec.native_await,
        is_iterator: spec.native_next,
        has_attributes: value.has_attributes(),
    };
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
