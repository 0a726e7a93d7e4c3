//! [`Value`]: what a register holds. 16 bytes, a full-width tag and 64 bits of payload.
//!
//! One of the three modules that may use `unsafe`. The invariant: a value whose tag is a heap
//! tag owns one count of the heap object its payload points to, and that object's header names
//! the same tag. The tag is as wide as the payload and `Clone` copies both as two words:
//! narrower tags or a derived `Clone` defeat store forwarding and were measured up to twice as
//! slow (studies/vm.md 2.2).
#![allow(unsafe_code)]

use super::heap::{self, Header, HeapType};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// Which kind of value it is. Kinds from [`Tag::Str`] on live on the heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u64)]
pub enum Tag {
    /// No value: an unbound local, an argument that was not given, a deleted entry. Zeroed
    /// memory is this.
    Unbound = 0,
    None,
    Bool,
    Int,
    Float,
    Ellipsis,
    NotImplemented,
    Str = 16,
    Bytes,
    BigInt,
    Complex,
    Range,
    Tuple,
    List,
    Dict,
    Set,
    Slice,
    Function,
    Native,
    Method,
    Type,
    Instance,
    Generator,
    Cell,
    Module,
    Code,
    /// Iterator over a range of machine integers.
    RangeIterator,
    /// Iterator over a list or tuple.
    SequenceIterator,
    /// Everything else: see [`super::native_object`].
    Object,
}

impl Tag {
    /// Whether values of this kind point to the heap.
    #[inline(always)]
    pub const fn is_heap(self) -> bool {
        self as u64 >= Tag::Str as u64
    }
}

/// Any value a script can hold, or none ([`Value::UNBOUND`]).
#[repr(C)]
pub struct Value {
    tag: Tag,
    bits: u64,
}

const _: () = assert!(size_of::<Value>() == 16 && size_of::<Option<Value>>() == 16);

/// Sign, exponent and quiet bit.
const NAN_BITS: u64 = 0xfff8_0000_0000_0000;
/// What marks the payload of a NaN as one of [`Value::new_float`], and the bits that it numbers.
const OWN_NAN: u64 = 0x0005_b700_0000_0000;
const OWN_NAN_RANGE: u64 = 0x0007_ff00_0000_0000;
const OWN_NAN_NUMBER: u64 = 0x0000_00ff_ffff_ffff;

impl Value {
    pub const UNBOUND: Value = Value { tag: Tag::Unbound, bits: 0 };
    pub const NONE: Value = Value { tag: Tag::None, bits: 0 };
    pub const TRUE: Value = Value { tag: Tag::Bool, bits: 1 };
    pub const FALSE: Value = Value { tag: Tag::Bool, bits: 0 };
    pub const ELLIPSIS: Value = Value { tag: Tag::Ellipsis, bits: 0 };
    pub const NOT_IMPLEMENTED: Value = Value { tag: Tag::NotImplemented, bits: 0 };

    #[inline(always)]
    pub const fn bool(value: bool) -> Value {
        Value { tag: Tag::Bool, bits: value as u64 }
    }

    #[inline(always)]
    pub const fn int(value: i64) -> Value {
        Value { tag: Tag::Int, bits: value as u64 }
    }

    #[inline(always)]
    pub const fn float(value: f64) -> Value {
        Value { tag: Tag::Float, bits: value.to_bits() }
    }

    /// A float that is an object of its own even if it is not a number: `is` tells floats apart by
    /// their bits, so each such NaN gets others, in a range that nothing else uses. Whoever shows
    /// bits to scripts asks [`plain_nan`](Self::plain_nan).
    pub fn new_float(value: f64) -> Value {
        thread_local! {
            static MADE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
        }
        if !value.is_nan() {
            return Value::float(value);
        }
        let number = MADE.get().wrapping_add(1);
        MADE.set(number);
        // Sign and quiet bit stay.
        let bits = value.to_bits() & NAN_BITS | OWN_NAN | number & OWN_NAN_NUMBER;
        Value { tag: Tag::Float, bits }
    }

    /// A float as others see its bits: without those that tell a NaN of ours from another.
    #[inline]
    pub fn plain_nan(value: f64) -> f64 {
        let bits = value.to_bits();
        let is_own = value.is_nan() && bits & OWN_NAN_RANGE == OWN_NAN;
        if is_own { f64::from_bits(bits & NAN_BITS) } else { value }
    }

    #[inline(always)]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Whether the value points to the heap.
    #[inline(always)]
    pub const fn is_heap(&self) -> bool {
        self.tag.is_heap()
    }

    #[inline(always)]
    pub const fn is_unbound(&self) -> bool {
        matches!(self.tag, Tag::Unbound)
    }

    #[inline(always)]
    pub const fn is_none(&self) -> bool {
        matches!(self.tag, Tag::None)
    }

    #[inline(always)]
    pub const fn is_not_implemented(&self) -> bool {
        matches!(self.tag, Tag::NotImplemented)
    }

    /// The value unless it is unbound: an argument that may be left out.
    #[inline(always)]
    pub fn given(&self) -> Option<&Value> {
        if self.is_unbound() { None } else { Some(self) }
    }

    /// The value unless it is unbound or None: an argument for which None means "not given".
    #[inline(always)]
    pub fn given_some(&self) -> Option<&Value> {
        if self.is_unbound() || self.is_none() { None } else { Some(self) }
    }

    #[inline(always)]
    pub const fn as_bool(&self) -> Option<bool> {
        if matches!(self.tag, Tag::Bool) { Some(self.bits != 0) } else { None }
    }

    /// Whether it is an instance of a class made by a script, or an exception.
    #[inline(always)]
    pub const fn is_instance(&self) -> bool {
        matches!(self.tag, Tag::Instance)
    }

    /// The truth of a bool, a machine integer or None.
    #[inline(always)]
    pub const fn simple_truth(&self) -> Option<bool> {
        // The bits of None and False are 0.
        if matches!(self.tag, Tag::None | Tag::Bool | Tag::Int) { Some(self.bits != 0) } else { None }
    }

    /// An `int` that fits 64 bits; not a bool, not a big int.
    #[inline(always)]
    pub const fn as_int(&self) -> Option<i64> {
        if matches!(self.tag, Tag::Int) { Some(self.bits as i64) } else { None }
    }

    /// An `int` or `bool` that fits 64 bits.
    #[inline(always)]
    pub const fn as_int_or_bool(&self) -> Option<i64> {
        if matches!(self.tag, Tag::Int | Tag::Bool) { Some(self.bits as i64) } else { None }
    }

    #[inline(always)]
    pub const fn as_float(&self) -> Option<f64> {
        if matches!(self.tag, Tag::Float) { Some(f64::from_bits(self.bits)) } else { None }
    }

    /// Both as machine integers, if both are (no bools).
    #[inline(always)]
    pub const fn both_ints(a: &Value, b: &Value) -> Option<(i64, i64)> {
        if matches!(a.tag, Tag::Int) && matches!(b.tag, Tag::Int) {
            Some((a.bits as i64, b.bits as i64))
        } else {
            None
        }
    }

    /// Both as floats, if both are.
    #[inline(always)]
    pub const fn both_floats(a: &Value, b: &Value) -> Option<(f64, f64)> {
        if matches!(a.tag, Tag::Float) && matches!(b.tag, Tag::Float) {
            Some((f64::from_bits(a.bits), f64::from_bits(b.bits)))
        } else {
            None
        }
    }

    /// `is`: the same object, or the same immediate of one type.
    #[inline(always)]
    pub const fn is(&self, other: &Value) -> bool {
        self.tag as u64 == other.tag as u64 && self.bits == other.bits
    }

    /// The address of the heap object, for identity tables; 0 for immediates.
    #[inline(always)]
    pub const fn address(&self) -> usize {
        if self.is_heap() { self.bits as usize } else { 0 }
    }

    /// The payload bits: with the tag they identify the value.
    #[inline(always)]
    pub const fn bits(&self) -> u64 {
        self.bits
    }

    /// The header of the heap object.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // SAFETY: a heap value owns a count, so its object is alive while `self` is borrowed.
        if self.is_heap() { Some(unsafe { &*(self.bits as *const Header) }) } else { None }
    }

    /// The heap object as `T`, if it is of `T`'s kind.
    #[inline(always)]
    pub fn get<T: HeapType>(&self) -> Option<&T> {
        if self.tag as u64 == T::TAG as u64 {
            // SAFETY: the tag proves that the payload points to a live `T` object; it stays
            // alive while `self`, which owns a count, is borrowed.
            Some(unsafe { T::from_header(NonNull::new_unchecked(self.bits as *mut Header)) })
        } else {
            None
        }
    }

    /// The number of counts on the heap object; 0 for immediates.
    #[inline(always)]
    pub fn ref_count(&self) -> u32 {
        self.header().map_or(0, Header::count)
    }

    /// A value that owns one count of `header`, which the caller hands over.
    ///
    /// # Safety
    /// `header` must point to a live object of kind `tag`, and the caller must own the count.
    #[inline(always)]
    pub unsafe fn from_owned(tag: Tag, header: NonNull<Header>) -> Value {
        Value { tag, bits: header.as_ptr() as u64 }
    }

    /// The pointer of a heap value with its count, which the caller now owns.
    #[inline(always)]
    pub fn into_owned(self) -> Option<NonNull<Header>> {
        let value = ManuallyDrop::new(self);
        if value.is_heap() { NonNull::new(value.bits as *mut Header) } else { None }
    }

    /// Take the value out, leaving [`Value::UNBOUND`].
    #[inline(always)]
    pub fn take(&mut self) -> Value {
        std::mem::replace(self, Value::UNBOUND)
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if let Some(header) = self.header() {
            header.increment();
        }
        Value { tag: self.tag, bits: self.bits }
    }
}

impl Value {
    /// The same values once more; quicker than a clone of each.
    pub fn copies(values: &[Value]) -> Vec<Value> {
        let mut copies = Vec::with_capacity(values.len());
        for value in values.iter().filter(|value| value.is_heap()) {
            // SAFETY: the value owns a count of a live object.
            unsafe { NonNull::new_unchecked(value.bits as *mut Header).as_ref() }.increment();
        }
        // SAFETY: there is room for all of them; what was copied owns the counts taken above, and
        // nothing can fail between the two.
        unsafe {
            std::ptr::copy_nonoverlapping(values.as_ptr(), copies.as_mut_ptr(), values.len());
            copies.set_len(values.len());
        }
        copies
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if self.is_heap() {
            // SAFETY: the value owns a count of a live object and gives it up here, once.
            unsafe {
                let header = NonNull::new_unchecked(self.bits as *mut Header);
                if header.as_ref().decrement() {
                    heap::release(header);
                }
            }
        }
    }
}

impl Default for Value {
    fn default() -> Value {
        Value::UNBOUND
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tag {
            Tag::Int => write!(f, "Int({})", self.bits as i64),
            Tag::Float => write!(f, "Float({})", f64::from_bits(self.bits)),
            Tag::Bool => write!(f, "Bool({})", self.bits != 0),
            Tag::Str => write!(f, "Str({:?})", self.as_str().unwrap_or_default()),
            tag if tag.is_heap() => write!(f, "{tag:?}(0x{:x})", self.bits),
            tag => write!(f, "{tag:?}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::float(value)
    }
}

/// An exception on its way up: owns an instance of a subclass of `BaseException`. Half the size
/// of a value, so that `Result<Value, Raised>` is returned in two machine registers.
pub struct Raised(NonNull<Header>);

const _: () = assert!(size_of::<Result<Value, Raised>>() == 16);

/// What a native returns.
pub type Completion = Result<Value, Raised>;

impl Raised {
    /// Raise `exception`.
    ///
    /// # Panics
    /// If it is not an instance: callers check that it is an exception.
    #[inline]
    pub fn new(exception: Value) -> Raised {
        assert!(exception.tag() == Tag::Instance, "internal error: raised something else than an instance");
        Raised(exception.into_owned().expect("instances are on the heap"))
    }

    /// The exception object.
    #[inline]
    pub fn into_value(self) -> Value {
        let pointer = ManuallyDrop::new(self).0;
        // SAFETY: `self` owned a count of an instance, given up by `ManuallyDrop`.
        unsafe { Value::from_owned(Tag::Instance, pointer) }
    }

    /// The exception object, with a count of its own.
    pub fn value(&self) -> Value {
        // SAFETY: `self` owns a count, so the object is alive.
        unsafe {
            self.0.as_ref().increment();
            Value::from_owned(Tag::Instance, self.0)
        }
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        // SAFETY: gives up the count this owns, once.
        drop(unsafe { Value::from_owned(Tag::Instance, self.0) });
    }
}

impl Clone for Raised {
    fn clone(&self) -> Raised {
        Raised::new(self.value())
    }
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raised({:p})", self.0)
    }
}
