//! Slice objects, and the arithmetic of slices and indices that all sequences share.

use super::heap::{self, Traverse};
use super::value::Value;

/// A slice object.
pub struct SliceObject {
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

impl Traverse for SliceObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.start);
        visit(&self.stop);
        visit(&self.step);
    }

    fn clear(&self) {
        // Immutable: a cycle through a slice is broken at the other objects.
    }
}

impl Value {
    /// A slice object.
    pub fn slice(start: Value, stop: Value, step: Value) -> Value {
        let tracked = [&start, &stop, &step].into_iter().any(super::tuple::can_cycle);
        heap::new_boxed(SliceObject { start, stop, step }, tracked)
    }

    /// A slice object.
    pub fn as_slice(&self) -> Option<&SliceObject> {
        self.get::<SliceObject>()
    }
}

/// A slice applied to a sequence of known length: `length` items from `start`, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceIndices {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    pub length: usize,
}

impl SliceIndices {
    /// As CPython's `PySlice_AdjustIndices`; `None` bounds mean "left out". `step` is not 0.
    pub fn new(start: Option<i64>, stop: Option<i64>, step: i64, length: usize) -> SliceIndices {
        let length = length as i64;
        let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
        let clamp = |bound: i64| {
            let bound = if bound < 0 { bound.saturating_add(length) } else { bound };
            bound.clamp(low, high)
        };
        let start = start.map_or(if step < 0 { high } else { low }, clamp);
        let stop = stop.map_or(if step < 0 { low } else { high }, clamp);
        let items = if step < 0 {
            if stop < start { (start - stop - 1) / step.saturating_neg() + 1 } else { 0 }
        } else if start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        SliceIndices { start, stop, step, length: items as usize }
    }

    /// The indices, in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.length as i64).map(move |i| (self.start + i * self.step) as usize)
    }
}

/// `index` counted from the end if negative; `None` if out of range.
#[inline(always)]
pub fn wrap_index(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index + length as i64 } else { index };
    if (index as u64) < length as u64 { Some(index as usize) } else { None }
}
