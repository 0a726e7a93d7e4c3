//! Behaviour that all sequences share: subscripts, slice bounds, start and stop arguments,
//! repetition, comparison. Knows no type's methods.

use super::CoreType;
use super::dict::same_key;
use super::interpreter::{Comparison, Interpreter};
use super::list::ListObject;
use super::slice::{SliceIndices, SliceObject};
use super::string::intern;
use super::value::{Completion, Raised, Tag, Value};

/// What stands between the brackets of `sequence[...]`.
#[derive(Debug, Clone, Copy)]
pub enum Subscript {
    Index(i64),
    Slice(SliceBounds),
}

/// The bounds of a slice as machine integers; `None` where they were left out.
#[derive(Debug, Clone, Copy)]
pub struct SliceBounds {
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub step: i64,
}

impl SliceBounds {
    /// The bounds of a slice object; may call `__index__` methods. Numbers that do not fit are
    /// clipped.
    pub fn of(interp: &mut dyn Interpreter, slice: &SliceObject) -> Result<SliceBounds, Raised> {
        let step = bound(interp, &slice.step)?.unwrap_or(1);
        if step == 0 {
            return Err(interp.value_error("slice step cannot be zero"));
        }
        // So that it can be negated, as CPython does.
        let step = step.max(-i64::MAX);
        let start = bound(interp, &slice.start)?;
        let stop = bound(interp, &slice.stop)?;
        Ok(SliceBounds { start, stop, step })
    }

    /// The slice of a sequence of this length.
    pub fn on(self, length: usize) -> SliceIndices {
        SliceIndices::new(self.start, self.stop, self.step, length)
    }
}

/// Whether the class of `value` has `__index__`.
pub fn has_index(interp: &mut dyn Interpreter, value: &Value) -> bool {
    value.is_integer() || has_method(interp, value, "__index__")
}

/// Whether the class of `value` has the method `name`.
pub fn has_method(interp: &mut dyn Interpreter, value: &Value, name: &str) -> bool {
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| class.lookup(&intern(name)).is_some_and(|found| !found.is_none()))
}

/// An integer clipped to 64 bits.
pub fn clip(integer: &Value) -> i64 {
    if let Some(value) = integer.int_like() {
        return value;
    }
    match integer.to_big_int() {
        Some(big) if big.sign() == num_bigint::Sign::Minus => i64::MIN,
        _ => i64::MAX,
    }
}

fn bound(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<i64>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    if let Some(value) = value.as_int() {
        return Ok(Some(value));
    }
    if !has_index(interp, value) {
        return Err(interp.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let index = interp.index(value)?;
    Ok(Some(clip(&index)))
}

/// An argument such as the `start` of `list.index(item, start)`: an integer, clipped.
pub fn clipped_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    if let Some(value) = value.as_int() {
        return Ok(value);
    }
    if !has_index(interp, value) {
        return Err(interp.type_error("slice indices must be integers or have an __index__ method"));
    }
    let index = interp.index(value)?;
    Ok(clip(&index))
}

/// `start` and `stop` arguments, counted from the end if negative: places in a sequence of
/// `length` items (not yet cut off at its end).
pub fn search_bounds(
    interp: &mut dyn Interpreter,
    start: &Value,
    stop: &Value,
    length: usize,
) -> Result<(usize, usize), Raised> {
    let place = |index: i64| {
        let index = if index < 0 { index.saturating_add(length as i64).max(0) } else { index };
        index as usize
    };
    let start = match start.given() {
        Some(start) => place(clipped_argument(interp, start)?),
        None => 0,
    };
    let stop = match stop.given() {
        Some(stop) => place(clipped_argument(interp, stop)?),
        None => usize::MAX,
    };
    Ok((start, stop))
}

/// An integer used as index; IndexError if it does not fit 64 bits. `value` has `__index__`.
pub fn index_of(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    let index = interp.index(value)?;
    match index.as_int_or_bool() {
        Some(index) => Ok(index),
        None => {
            let name = interp.type_name(value);
            Err(interp.index_error(&format!("cannot fit '{name}' into an index-sized integer")))
        }
    }
}

/// Read a subscript of a sequence called `class` in messages.
pub fn subscript(interp: &mut dyn Interpreter, key: &Value, class: &str) -> Result<Subscript, Raised> {
    if let Some(index) = key.as_int() {
        return Ok(Subscript::Index(index));
    }
    if let Some(slice) = key.as_slice() {
        return Ok(Subscript::Slice(SliceBounds::of(interp, slice)?));
    }
    if has_index(interp, key) {
        return Ok(Subscript::Index(index_of(interp, key)?));
    }
    let name = interp.type_name(key);
    Err(interp.type_error(&format!("{class} indices must be integers or slices, not {name}")))
}

/// OverflowError for an index or length beyond machine integers.
#[cold]
pub fn too_large(interp: &mut dyn Interpreter, value: &Value) -> Raised {
    let name = interp.type_name(value);
    interp.overflow_error(&format!("cannot fit '{name}' into an index-sized integer"))
}

/// What an object says of the number of its items, by `__len__` or `__length_hint__`.
pub fn length_hint(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<usize>, Raised> {
    if has_method(interp, value, "__len__") {
        match interp.length(value) {
            Ok(length) => return Ok(Some(length)),
            Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {}
            Err(raised) => return Err(raised),
        }
    }
    let hint = match interp.call_special(value, "__length_hint__", &[]) {
        Ok(Some(hint)) => hint,
        Ok(None) => return Ok(None),
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => return Ok(None),
        Err(raised) => return Err(raised),
    };
    if hint.is_not_implemented() {
        return Ok(None);
    }
    if !hint.is_integer() {
        let class = interp.type_name(&hint);
        return Err(interp.type_error(&format!("__length_hint__ must be an integer, not {class}")));
    }
    match usize::try_from(interp.expect_int(&hint)?) {
        Ok(hint) => Ok(Some(hint)),
        Err(_) => Err(interp.value_error("__length_hint__() should return >= 0")),
    }
}

/// Ask an iterable for the number of its items, as CPython does before it collects them, for what
/// that may raise. Classes written in Rust, but for those named here, answer without fault.
#[inline]
pub fn check_length_hint(interp: &mut dyn Interpreter, iterable: &Value) -> Result<(), Raised> {
    let may_fail = match iterable.tag() {
        Tag::Instance => true,
        Tag::Range => iterable.as_range().is_some_and(|range| range.small.is_none()),
        Tag::Object => iterable
            .as_object()
            .is_some_and(|object| matches!(object.spec().name, "iterator" | "longrange_iterator")),
        _ => false,
    };
    if may_fail { length_hint(interp, iterable).map(drop) } else { Ok(()) }
}

/// The count of `sequence * count`.
pub fn repeat_count(interp: &mut dyn Interpreter, count: &Value) -> Result<usize, Raised> {
    let count = match count.as_int_or_bool() {
        Some(count) => count,
        None if has_index(interp, count) => {
            let index = interp.index(count)?;
            match index.as_int_or_bool() {
                Some(count) => count,
                None => return Err(too_large(interp, count)),
            }
        }
        None => {
            let name = interp.type_name(count);
            let message = format!("'{name}' object cannot be interpreted as an integer");
            return Err(interp.type_error(&message));
        }
    };
    Ok(count.max(0) as usize)
}

/// Make room for `count` more items; MemoryError if there is none.
pub fn reserve_items(
    interp: &mut dyn Interpreter,
    items: &mut Vec<Value>,
    count: usize,
) -> Result<(), Raised> {
    items.try_reserve(count).map_err(|_| interp.raise_args(CoreType::MemoryError, &[]))
}

/// Push an item of an iterable, which may be endless: running out of memory is the script's error.
#[inline]
pub fn push_item(interp: &mut dyn Interpreter, items: &mut Vec<Value>, item: Value) -> Result<(), Raised> {
    if items.len() == items.capacity() {
        reserve_items(interp, items, 1)?;
    }
    items.push(item);
    Ok(())
}

/// How many items a range has whose ends are machine integers; 0 for anything else.
pub fn range_length(iterable: &Value) -> usize {
    iterable.as_range().and_then(|range| range.small).map_or(0, |range| range.length as usize)
}

/// The items repeated `count` times; MemoryError if they are too many.
pub fn repeat_items(
    interp: &mut dyn Interpreter,
    items: &[Value],
    count: usize,
) -> Result<Vec<Value>, Raised> {
    let mut repeated = Vec::new();
    let enough = items.len().checked_mul(count).map(|total| repeated.try_reserve_exact(total));
    if !matches!(enough, Some(Ok(()))) {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    }
    match items {
        [item] => repeated.resize(count, item.clone()),
        _ => (0..count).for_each(|_| repeated.extend_from_slice(items)),
    }
    Ok(repeated)
}

/// Compare two lists.
pub fn compare_lists(
    interp: &mut dyn Interpreter,
    op: Comparison,
    left: &ListObject,
    right: &ListObject,
) -> Completion {
    compare_sequences(
        interp,
        op,
        |index| left.items.borrow().get(index).cloned(),
        |index| right.items.borrow().get(index).cloned(),
        || (left.items.borrow().len(), right.items.borrow().len()),
    )
}

/// Compare the items of two tuples. Unlike lists, tuples of different lengths are compared item by
/// item even for equality.
pub fn compare_tuples(
    interp: &mut dyn Interpreter,
    op: Comparison,
    left: &[Value],
    right: &[Value],
) -> Completion {
    for (a, b) in left.iter().zip(right) {
        let same = match same_key(a, b) {
            Some(same) => same,
            None => interp.equals(a, b)?,
        };
        if !same {
            return match op {
                Comparison::Eq => Ok(Value::FALSE),
                Comparison::Ne => Ok(Value::TRUE),
                _ => interp.compare(op, a, b),
            };
        }
    }
    Ok(Value::bool(op.holds(left.len().cmp(&right.len()))))
}

/// Compare two sequences item by item. The closures give the item at an index and the present
/// length: comparing items may change the sequences.
pub fn compare_sequences(
    interp: &mut dyn Interpreter,
    op: Comparison,
    left: impl Fn(usize) -> Option<Value>,
    right: impl Fn(usize) -> Option<Value>,
    lengths: impl Fn() -> (usize, usize),
) -> Completion {
    let (a, b) = lengths();
    if a != b && matches!(op, Comparison::Eq | Comparison::Ne) {
        return Ok(Value::bool(op == Comparison::Ne));
    }
    let mut index = 0;
    loop {
        let (Some(x), Some(y)) = (left(index), right(index)) else {
            let (a, b) = lengths();
            return Ok(Value::bool(op.holds(a.cmp(&b))));
        };
        let same = match same_key(&x, &y) {
            Some(same) => same,
            None => interp.equals(&x, &y)?,
        };
        if !same {
            return match op {
                Comparison::Eq => Ok(Value::FALSE),
                Comparison::Ne => Ok(Value::TRUE),
                _ => interp.compare(op, &x, &y),
            };
        }
        index += 1;
    }
}
