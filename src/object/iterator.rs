//! The two iterators that loops over numbers and sequences use; others are native objects.

use super::heap::{self, Traverse};
use super::value::Value;
use std::cell::{Cell, RefCell};

/// Iterator over machine integers.
pub struct RangeIterator {
    pub next: Cell<i64>,
    pub step: i64,
    /// How many items are left.
    pub left: Cell<i64>,
}

impl RangeIterator {
    /// The next item, if one is left.
    #[inline(always)]
    pub fn advance(&self) -> Option<i64> {
        let left = self.left.get();
        if left <= 0 {
            return None;
        }
        let item = self.next.get();
        self.left.set(left - 1);
        self.next.set(item.wrapping_add(self.step));
        Some(item)
    }
}

/// The place of an iterator that is at its end, whatever the sequence is.
pub const PAST: usize = usize::MAX;

/// Iterator over an exact list or tuple.
pub struct SequenceIterator {
    /// The sequence; unbound once exhausted.
    pub sequence: RefCell<Value>,
    pub index: Cell<usize>,
}

impl SequenceIterator {
    /// The next item; lets go of the sequence when there is none.
    #[inline(always)]
    pub fn advance(&self) -> Option<Value> {
        let index = self.index.get();
        let item = {
            let sequence = self.sequence.borrow();
            if let Some(list) = sequence.as_list() {
                list.items.borrow().get(index).cloned()
            } else {
                sequence.as_tuple().and_then(|items| items.get(index).cloned())
            }
        };
        match item {
            Some(item) => {
                self.index.set(index + 1);
                Some(item)
            }
            None => {
                self.let_go();
                None
            }
        }
    }

    /// At the end it needs the sequence no more; that of a tuple still tells its class by one.
    #[inline(never)]
    fn let_go(&self) {
        let sequence = self.sequence.take();
        if sequence.as_tuple().is_some() {
            self.index.set(PAST);
            self.sequence.replace(Value::empty_tuple());
        }
    }
}

impl Traverse for SequenceIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.sequence.borrow());
    }

    fn clear(&self) {
        drop(self.sequence.take());
    }
}

impl Value {
    /// An iterator over `left` integers from `next`, `step` apart.
    pub fn range_iterator(next: i64, step: i64, left: i64) -> Value {
        let iterator = RangeIterator { next: Cell::new(next), step, left: Cell::new(left) };
        heap::new_boxed(iterator, false)
    }

    /// An iterator over an exact list or tuple.
    pub fn sequence_iterator(sequence: Value) -> Value {
        let iterator = SequenceIterator { sequence: RefCell::new(sequence), index: Cell::new(0) };
        heap::new_boxed(iterator, true)
    }
}
