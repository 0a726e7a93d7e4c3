//! What scripts may ask of a range, and the iterator over ranges of big integers.

use super::receiver::wrong_receiver;
use super::slice::{long_indices, read_only};
use crate::object::NativeRow;
use crate::object::copying::{Restorable, builtin, call_with_state, reduce_row, set_state_row};
use crate::object::dict::hash_of;
use crate::object::hash::combine_tuple;
use crate::object::heap::Traverse;
use crate::object::iterator::RangeIterator;
use crate::object::range::RangeObject;
use crate::object::sequence::{SliceBounds, has_index};
use crate::object::slice::wrap_index;
use crate::object::spec::{native, writable_member};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, ToPrimitive, Zero};
use std::cell::RefCell;

pub static RANGE: TypeSpec = TypeSpec {
    name: "range",
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    core: Some(CoreType::Range),
    methods: &[
        native(
            "__new__",
            "start, stop=?, step=?, /",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__bool__", "", bool_, "True if self else False"),
        native("__contains__", "key, /", contains, "Return bool(key in self)."),
        native("__eq__", "value, /", eq, "Return self==value."),
        native("__getitem__", "key, /", getitem, "Return self[key]."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__iter__", "", iter, "Implement iter(self)."),
        native("__len__", "", len, "Return len(self)."),
        native("__reduce__", "", reduce, "Return state information for pickling."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__reversed__", "", reversed, "Return a reverse iterator."),
        native(
            "count",
            "object, /",
            count,
            "rangeobject.count(value) -> integer -- return number of occurrences of value",
        ),
        native(
            "index",
            "object, /",
            index,
            "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
        ),
    ],
    getters: &[
        writable_member("start", |i, this| Ok(expect_range(i, this, "start")?.start.clone()), read_only, ""),
        writable_member("stop", |i, this| Ok(expect_range(i, this, "stop")?.stop.clone()), read_only, ""),
        writable_member("step", |i, this| Ok(expect_range(i, this, "step")?.step.clone()), read_only, ""),
    ],
    ..TypeSpec::EMPTY
};

pub static RANGE_ITERATOR: TypeSpec = TypeSpec {
    name: "range_iterator",
    core: Some(CoreType::RangeIterator),
    native_next: true,
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<RangeIterator>(),
        set_state_row::<RangeIterator>(),
    ],
    ..TypeSpec::EMPTY
};

/// The range that the method `method` is called on.
fn expect_range<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v RangeObject, Raised> {
    match this.as_range() {
        Some(range) => Ok(range),
        None => Err(wrong_receiver(interp, "range", method, this)),
    }
}

fn big(value: &Value) -> BigInt {
    value.to_big_int().map(|big| big.into_owned()).unwrap_or_default()
}

/// Number of items.
fn length(range: &RangeObject) -> BigInt {
    if let Some(small) = range.small {
        return BigInt::from(small.length);
    }
    let (start, stop, step) = (big(&range.start), big(&range.stop), big(&range.step));
    let (span, size) = if step.sign() == Sign::Minus { (start - stop, -step) } else { (stop - start, step) };
    if span.sign() == Sign::Plus { (span - 1u8).div_floor(&size) + 1u8 } else { BigInt::zero() }
}

/// The item at an index that is in range.
fn item(range: &RangeObject, index: &BigInt) -> Value {
    Value::big_int(big(&range.start) + index * big(&range.step))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(stop) = args[2].given() else {
        let stop = interp.index(&args[1])?;
        return Ok(Value::range_of(Value::int(0), stop, Value::int(1)));
    };
    let (start, stop) = (interp.index(&args[1])?, interp.index(stop)?);
    let step = match args[3].given() {
        Some(step) => interp.index(step)?,
        None => Value::int(1),
    };
    if step.as_int() == Some(0) {
        return Err(interp.value_error("range() arg 3 must not be zero"));
    }
    Ok(Value::range_of(start, stop, step))
}

fn bool_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(!length(expect_range(interp, &args[0], "__bool__")?).is_zero()))
}

/// The index of an integer among the items.
fn place_of(range: &RangeObject, value: &Value) -> Option<BigInt> {
    if let (Some(small), Some(value)) = (range.small, value.as_int_or_bool()) {
        let distance = value as i128 - small.start as i128;
        let (index, rest) = (distance / small.step as i128, distance % small.step as i128);
        let is_item = rest == 0 && index >= 0 && index < small.length as i128;
        return is_item.then(|| BigInt::from(index));
    }
    let (index, rest) = (big(value) - big(&range.start)).div_mod_floor(&big(&range.step));
    let is_item = rest.is_zero() && index.sign() != Sign::Minus && index < length(range);
    is_item.then_some(index)
}

/// The index of the first item equal to a value that is not an exact integer: asks each.
fn search(interp: &mut dyn Interpreter, range: &Value, value: &Value) -> Result<Option<i64>, Raised> {
    let iterator = interp.iter(range)?;
    let mut index = 0;
    while let Some(item) = interp.next(&iterator)? {
        if interp.equals(&item, value)? {
            return Ok(Some(index));
        }
        index += 1;
        if index % 4096 == 0 {
            interp.poll()?;
        }
    }
    Ok(None)
}

fn is_exact_integer(value: &Value) -> bool {
    value.as_int_or_bool().is_some() || value.as_big_int().is_some()
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__contains__")?;
    if is_exact_integer(&args[1]) {
        return Ok(Value::bool(place_of(range, &args[1]).is_some()));
    }
    Ok(Value::bool(search(interp, &args[0], &args[1])?.is_some()))
}

fn eq(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = expect_range(interp, &args[0], "__eq__")?;
    let Some(right) = args[1].as_range() else { return Ok(Value::NOT_IMPLEMENTED) };
    let items = length(left);
    let same = items == length(right)
        && (items.is_zero()
            || big(&left.start) == big(&right.start)
                && (items.is_one() || big(&left.step) == big(&right.step)));
    Ok(Value::bool(same))
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__getitem__")?;
    if let Some(slice) = args[1].as_slice() {
        let fits = |bound: &Value| bound.is_none() || bound.as_int().is_some();
        let is_small = fits(&slice.start) && fits(&slice.stop) && fits(&slice.step);
        let (start, stop, step) = match range.small.filter(|_| is_small) {
            Some(small) => {
                let slice = SliceBounds::of(interp, slice)?.on(small.length as usize);
                (BigInt::from(slice.start), BigInt::from(slice.stop), BigInt::from(slice.step))
            }
            // The exact step is that of the new range.
            None => long_indices(interp, slice, &length(range))?,
        };
        let step = Value::big_int(step * big(&range.step));
        return Ok(Value::range_of(item(range, &start), item(range, &stop), step));
    }
    if !has_index(interp, &args[1]) {
        let name = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("range indices must be integers or slices, not {name}")));
    }
    let index = interp.index(&args[1])?;
    let found = match (range.small, index.as_int()) {
        (Some(small), Some(index)) => wrap_index(index, small.length as usize)
            .map(|index| Value::int(small.start + index as i64 * small.step)),
        _ => {
            let (index, length) = (big(&index), length(range));
            let index = if index.sign() == Sign::Minus { index + &length } else { index };
            (index.sign() != Sign::Minus && index < length).then(|| item(range, &index))
        }
    };
    match found {
        Some(item) => Ok(item),
        None => Err(interp.index_error("range object index out of range")),
    }
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__hash__")?;
    let length = length(range);
    let start = if length.is_zero() { &Value::NONE } else { &range.start };
    let step = if length <= BigInt::one() { &Value::NONE } else { &range.step };
    let hashes = [hash_of(interp, &Value::big_int(length))?, hash_of(interp, start)?, hash_of(interp, step)?];
    Ok(Value::int(combine_tuple(hashes.into_iter())))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__iter__")?;
    Ok(match range.small {
        Some(small) => Value::range_iterator(small.start, small.step, small.length),
        None => LongRangeIterator::value(big(&range.start), big(&range.step), length(range)),
    })
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match length(expect_range(interp, &args[0], "__len__")?).to_i64() {
        Some(length) => Ok(Value::int(length)),
        None => Err(interp.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__reduce__")?;
    let arguments = vec![range.start.clone(), range.stop.clone(), range.step.clone()];
    Ok(Value::tuple(vec![interp.core(CoreType::Range), Value::tuple(arguments)]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__repr__")?;
    let (start, stop, step) = (big(&range.start), big(&range.stop), big(&range.step));
    Ok(Value::str(&if step.is_one() {
        format!("range({start}, {stop})")
    } else {
        format!("range({start}, {stop}, {step})")
    }))
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "__reversed__")?;
    if let Some(small) = range.small
        && let Some(step) = small.step.checked_neg()
    {
        // `SmallRange` promises that start + length * step does not overflow.
        let last = small.start + (small.length - 1).max(0) * small.step;
        return Ok(Value::range_iterator(last, step, small.length));
    }
    let (length, step) = (length(range), big(&range.step));
    let last = big(&range.start) + (&length - 1u8) * &step;
    Ok(LongRangeIterator::value(last, -step, length))
}

fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "count")?;
    if is_exact_integer(&args[1]) {
        return Ok(Value::int(i64::from(place_of(range, &args[1]).is_some())));
    }
    let iterator = interp.iter(&args[0])?;
    let mut count = 0;
    while let Some(item) = interp.next(&iterator)? {
        count += i64::from(interp.equals(&item, &args[1])?);
    }
    Ok(Value::int(count))
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let range = expect_range(interp, &args[0], "index")?;
    if is_exact_integer(&args[1]) {
        return match place_of(range, &args[1]) {
            Some(index) => Ok(Value::big_int(index)),
            None => {
                let text = interp.repr(&args[1])?;
                let text = text.str_like().unwrap_or_default();
                Err(interp.value_error(&format!("{text} is not in range")))
            }
        };
    }
    match search(interp, &args[0], &args[1])? {
        Some(index) => Ok(Value::int(index)),
        None => Err(interp.value_error("sequence.index(x): x not in sequence")),
    }
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].get::<RangeIterator>() {
        Some(iterator) => Ok(Value::int(iterator.left.get())),
        None => Err(wrong_receiver(interp, "range_iterator", "__length_hint__", &args[0])),
    }
}

/// Iterator over a range that does not fit machine integers.
struct LongRangeIterator {
    /// The next item and how many are left.
    state: RefCell<(BigInt, BigInt)>,
    step: BigInt,
}

static LONG_RANGE_ITERATOR: TypeSpec = TypeSpec {
    name: "longrange_iterator",
    native_next: true,
    methods: LONG_RANGE_METHODS,
    ..TypeSpec::EMPTY
};

static LONG_RANGE_METHODS: &[NativeRow] = &[
    native("__length_hint__", "", long_length_hint, "Private method returning an estimate of len(list(it))."),
    reduce_row::<LongRangeIterator>(),
    set_state_row::<LongRangeIterator>(),
];

fn long_length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<LongRangeIterator>() {
        Some(iterator) => Ok(Value::big_int(iterator.state.borrow().1.clone())),
        None => Err(wrong_receiver(interp, "longrange_iterator", "__length_hint__", &args[0])),
    }
}

impl LongRangeIterator {
    fn value(next: BigInt, step: BigInt, left: BigInt) -> Value {
        Value::object(LongRangeIterator { state: RefCell::new((next, left)), step })
    }
}

impl Traverse for LongRangeIterator {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for LongRangeIterator {
    fn spec(&self) -> &'static TypeSpec {
        &LONG_RANGE_ITERATOR
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let mut state = self.state.borrow_mut();
        if state.1.sign() != Sign::Plus {
            return Ok(None);
        }
        state.1 -= 1u8;
        let next = &state.0 + &self.step;
        let item = std::mem::replace(&mut state.0, next);
        Ok(Some(Value::big_int(item)))
    }
}

/// What `__reduce__` of an iterator over integers answers: the range that is left.
fn rest(interp: &mut dyn Interpreter, next: BigInt, step: BigInt, left: BigInt) -> Completion {
    let stop = &next + &step * left;
    let range = Value::range_of(Value::big_int(next), Value::big_int(stop), Value::big_int(step));
    Ok(call_with_state(builtin(interp, "iter")?, vec![range], Value::NONE))
}

impl Restorable for RangeIterator {
    const CLASS: &'static str = "range_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.get::<RangeIterator>()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        rest(interp, self.next.get().into(), self.step.into(), self.left.get().into())
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let Some(place) = interp.index(state)?.as_int() else {
            return Err(interp.overflow_error("Python int too large to convert to C long"));
        };
        let place = place.clamp(0, self.left.get().max(0));
        self.next.set(self.next.get().wrapping_add(place.wrapping_mul(self.step)));
        self.left.set(self.left.get() - place);
        Ok(())
    }
}

impl Restorable for LongRangeIterator {
    const CLASS: &'static str = "longrange_iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let (next, left) = self.state.borrow().clone();
        rest(interp, next, self.step.clone(), left)
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let place = big(&interp.index(state)?).max(BigInt::zero());
        let mut state = self.state.borrow_mut();
        let place = place.min(state.1.clone());
        state.0 += &place * &self.step;
        state.1 -= place;
        Ok(())
    }
}
