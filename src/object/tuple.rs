//! Tuples: values behind a head, never changed after creation.
use super::heap::{self, Block, Traverse};
use super::value::{Tag, Value};

/// Nothing: the elements are all there is.
pub struct TupleHead;

/// A tuple object.
pub type TupleObject = Block<TupleHead>;

impl Traverse for TupleObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.items().iter().for_each(visit);
    }

    fn clear(&self) {
        // A tuple is only in a cycle through an object that can be cleared.
    }
}

/// Whether a value can be part of a cycle.
pub fn can_cycle(value: &Value) -> bool {
    !matches!(
        value.tag(),
        Tag::Unbound
            | Tag::None
            | Tag::Bool
            | Tag::Int
            | Tag::Float
            | Tag::Ellipsis
            | Tag::NotImplemented
            | Tag::Str
            | Tag::Bytes
            | Tag::BigInt
            | Tag::Complex
            | Tag::Range
    )
}

thread_local! {
    static EMPTY: Value = heap::new_block(Tag::Tuple, TupleHead, 0, false, |_| Value::NONE);
}

impl Value {
    /// A tuple of the given values.
    pub fn tuple(items: Vec<Value>) -> Value {
        if items.is_empty() {
            return Value::empty_tuple();
        }
        let tracked = items.iter().any(can_cycle);
        let length = items.len();
        let mut items = items.into_iter();
        heap::new_block(Tag::Tuple, TupleHead, length, tracked, |_| {
            items.next().expect("as many items as the length says")
        })
    }

    /// A tuple of `length` values made in order; `tracked` if one of them can be part of a cycle.
    pub fn tuple_with(length: usize, tracked: bool, item: impl FnMut(usize) -> Value) -> Value {
        if length == 0 {
            return Value::empty_tuple();
        }
        heap::new_block(Tag::Tuple, TupleHead, length, tracked, item)
    }

    /// The tuple without items: one object, as in CPython.
    pub fn empty_tuple() -> Value {
        EMPTY.with(Value::clone)
    }

    /// A tuple of two values.
    #[inline]
    pub fn pair(first: Value, second: Value) -> Value {
        let tracked = can_cycle(&first) || can_cycle(&second);
        let mut items = [first, second];
        heap::new_block(Tag::Tuple, TupleHead, 2, tracked, |index| items[index].take())
    }

    /// A tuple of the given values, which are taken out of their places.
    #[inline]
    pub fn tuple_of(items: &mut [Value]) -> Value {
        if items.is_empty() {
            return Value::empty_tuple();
        }
        let tracked = items.iter().any(can_cycle);
        heap::new_block(Tag::Tuple, TupleHead, items.len(), tracked, |index| items[index].take())
    }

    /// A tuple of clones of the given values.
    pub fn tuple_from(items: &[Value]) -> Value {
        if items.is_empty() {
            return Value::empty_tuple();
        }
        let tracked = items.iter().any(can_cycle);
        heap::new_block(Tag::Tuple, TupleHead, items.len(), tracked, |index| items[index].clone())
    }

    /// The elements of an exact tuple.
    #[inline(always)]
    pub fn as_tuple(&self) -> Option<&[Value]> {
        self.get::<TupleObject>().map(Block::items)
    }

    /// The elements of a tuple or of an instance of a subclass.
    #[inline]
    pub fn tuple_like(&self) -> Option<&[Value]> {
        match self.as_tuple() {
            Some(items) => Some(items),
            None => self.as_instance()?.payload()?.as_tuple(),
        }
    }
}
