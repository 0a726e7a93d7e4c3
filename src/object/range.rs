//! Ranges: three integers and the length they make.

use super::heap::{self};
use super::value::Value;

/// A range. The bounds are integers of any size; `small` holds them if all fit 64 bits.
pub struct RangeObject {
    pub start: Value,
    pub stop: Value,
    pub step: Value,
    /// Start, step and length when all of the range fits machine integers.
    pub small: Option<SmallRange>,
}

/// A range whose items are machine integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallRange {
    pub start: i64,
    pub step: i64,
    pub length: i64,
}

impl SmallRange {
    /// The range of the three integers; `None` if an item or the length overflows.
    pub fn new(start: i64, stop: i64, step: i64) -> Option<SmallRange> {
        let span = if step > 0 { stop as i128 - start as i128 } else { start as i128 - stop as i128 };
        let size = (step as i128).abs();
        let length = if span <= 0 { 0 } else { (span - 1) / size + 1 };
        let length = i64::try_from(length).ok()?;
        start.checked_add(step.checked_mul(length)?)?;
        Some(SmallRange { start, step, length })
    }
}

impl Value {
    /// A range of machine integers. `step` must not be 0.
    pub fn range(start: i64, stop: i64, step: i64) -> Value {
        Value::range_of(Value::int(start), Value::int(stop), Value::int(step))
    }

    /// A range of integers of any size. `step` must not be 0.
    pub fn range_of(start: Value, stop: Value, step: Value) -> Value {
        let small = match (start.as_int(), stop.as_int(), step.as_int()) {
            (Some(start), Some(stop), Some(step)) => SmallRange::new(start, stop, step),
            _ => None,
        };
        heap::new_boxed(RangeObject { start, stop, step, small }, false)
    }

    /// A range.
    pub fn as_range(&self) -> Option<&RangeObject> {
        self.get::<RangeObject>()
    }
}
