//! What scripts may ask of a slice object.

use super::receiver::wrong_receiver;
use crate::object::dict::hash_of;
use crate::object::hash::combine_slice;
use crate::object::interpreter::Comparison;
use crate::object::repr::{push_repr, repr_guard};
use crate::object::sequence::has_index;
use crate::object::slice::SliceObject;
use crate::object::spec::{native, writable_member};
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};
use num_bigint::{BigInt, Sign};

pub static SLICE: TypeSpec = TypeSpec {
    name: "slice",
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  This is used for extended slicing (e.g. a[0:10:2]).",
    core: Some(CoreType::Slice),
    methods: &[
        native(
            "__new__",
            "start, stop=?, step=None, /",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq, "__eq__"), "Return self==value."),
        native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
        native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le, "__le__"), "Return self<=value."),
        native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
        native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne, "__ne__"), "Return self!=value."),
        native("__reduce__", "", reduce, "Return state information for pickling."),
        native("__repr__", "", repr, "Return repr(self)."),
        native(
            "indices",
            "object, /",
            indices,
            "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
        ),
    ],
    getters: &[
        writable_member("start", |i, this| Ok(expect_slice(i, this, "start")?.start.clone()), read_only, ""),
        writable_member("stop", |i, this| Ok(expect_slice(i, this, "stop")?.stop.clone()), read_only, ""),
        writable_member("step", |i, this| Ok(expect_slice(i, this, "step")?.step.clone()), read_only, ""),
    ],
    ..TypeSpec::EMPTY
};

/// The setter of attributes that can only be read.
pub fn read_only(interp: &mut dyn Interpreter, _: &Value, _: &Value) -> Result<(), Raised> {
    Err(interp.raise(CoreType::AttributeError, "readonly attribute"))
}

/// The slice that the method `method` is called on.
fn expect_slice<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v SliceObject, Raised> {
    match this.as_slice() {
        Some(slice) => Ok(slice),
        None => Err(wrong_receiver(interp, "slice", method, this)),
    }
}

fn new(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(match args[2].given() {
        Some(stop) => Value::slice(args[1].clone(), stop.clone(), args[3].clone()),
        None => Value::slice(Value::NONE, args[1].clone(), Value::NONE),
    })
}

fn parts(slice: &SliceObject) -> Value {
    Value::tuple(vec![slice.start.clone(), slice.stop.clone(), slice.step.clone()])
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison, method: &str) -> Completion {
    let left = expect_slice(interp, &args[0], method)?;
    let Some(right) = args[1].as_slice() else { return Ok(Value::NOT_IMPLEMENTED) };
    if args[0].is(&args[1]) {
        return Ok(Value::bool(op.holds(std::cmp::Ordering::Equal)));
    }
    interp.compare(op, &parts(left), &parts(right))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let slice = expect_slice(interp, &args[0], "__hash__")?;
    let start = hash_of(interp, &slice.start)?;
    let stop = hash_of(interp, &slice.stop)?;
    let step = hash_of(interp, &slice.step)?;
    Ok(Value::int(combine_slice([start, stop, step])))
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let arguments = parts(expect_slice(interp, &args[0], "__reduce__")?);
    Ok(Value::tuple(vec![interp.core(CoreType::Slice), arguments]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let slice = expect_slice(interp, &args[0], "__repr__")?;
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("slice(...)")) };
    let mut text = String::from("slice(");
    for (index, part) in [&slice.start, &slice.stop, &slice.step].into_iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        push_repr(interp, &mut text, part)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}

fn indices(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let slice = expect_slice(interp, &args[0], "indices")?;
    let length = interp.index(&args[1])?.to_big_int().map(|length| length.into_owned()).unwrap_or_default();
    if length.sign() == Sign::Minus {
        return Err(interp.value_error("length should not be negative"));
    }
    let (start, stop, step) = long_indices(interp, slice, &length)?;
    Ok(Value::tuple(vec![Value::big_int(start), Value::big_int(stop), Value::big_int(step)]))
}

/// Start, stop and step of a slice of a sequence of any length, as CPython's
/// `_PySlice_GetLongIndices`.
pub fn long_indices(
    interp: &mut dyn Interpreter,
    slice: &SliceObject,
    length: &BigInt,
) -> Result<(BigInt, BigInt, BigInt), Raised> {
    let step = long_bound(interp, &slice.step)?.unwrap_or_else(|| BigInt::from(1));
    if step.sign() == Sign::NoSign {
        return Err(interp.value_error("slice step cannot be zero"));
    }
    let is_negative = step.sign() == Sign::Minus;
    let (lower, upper) =
        if is_negative { (BigInt::from(-1), length - 1) } else { (BigInt::ZERO, length.clone()) };
    let clamp = |bound: BigInt| {
        let bound = if bound.sign() == Sign::Minus { bound + length } else { bound };
        bound.max(lower.clone()).min(upper.clone().max(lower.clone()))
    };
    let start = long_bound(interp, &slice.start)?.map(clamp);
    let stop = long_bound(interp, &slice.stop)?.map(clamp);
    let (first, last) = if is_negative { (upper, lower.clone()) } else { (lower.clone(), upper) };
    Ok((start.unwrap_or(first), stop.unwrap_or(last), step))
}

fn long_bound(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<BigInt>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    if !has_index(interp, value) {
        return Err(interp.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let index = interp.index(value)?;
    Ok(index.to_big_int().map(|index| index.into_owned()))
}
