//! `bisect`: places in sorted sequences.

use crate::object::order;
use crate::object::sequence::has_method;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, Raised, Value};

/// The module `bisect`.
pub static BISECT: ModuleSpec = ModuleSpec {
    name: "bisect",
    doc: "Bisection algorithms.\n\n\
        This module provides support for maintaining a list in sorted order without\n\
        having to sort the list after each insertion. For long lists of items with\n\
        expensive comparison operations, this can be an improvement over the more\n\
        common approach.\n",
    functions: &[
        native("bisect_left", "a, x, lo=0, hi=None, *, key=None", left, LEFT),
        native("bisect_right", "a, x, lo=0, hi=None, *, key=None", right, RIGHT),
        native("insort_left", "a, x, lo=0, hi=None, *, key=None", insort_left, INSERT),
        native("insort_right", "a, x, lo=0, hi=None, *, key=None", insort_right, INSERT),
    ],
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

/// `bisect` and `insort` are other names of functions that have their own.
fn setup(interp: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    for (name, own) in [("bisect", "bisect_right"), ("insort", "insort_right")] {
        let function = interp.attribute(module, own)?;
        interp.set_attr(module, &Value::str(name), &function)?;
    }
    Ok(())
}

const LEFT: &str = "Return the index where to insert item x in list a, assuming a is sorted.\n\n\
    The return value i is such that all e in a[:i] have e < x, and all e in\n\
    a[i:] have e >= x.";
const RIGHT: &str = "Return the index where to insert item x in list a, assuming a is sorted.\n\n\
    The return value i is such that all e in a[:i] have e <= x, and all e in\n\
    a[i:] have e > x.";
const INSERT: &str = "Insert item x in list a, and keep it sorted assuming a is sorted.";

/// On which side of equal items the place lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The place for `x` after all items not greater, among `items[low..high]`.
pub fn bisect_right(
    interp: &mut dyn Interpreter,
    items: &[Value],
    x: &Value,
    mut low: usize,
    mut high: usize,
) -> Result<usize, Raised> {
    while low < high {
        let middle = low + (high - low) / 2;
        if order::is_less(interp, x, &items[middle])? { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// The place for `x` by the arguments of one of the functions; `x` has its key applied already.
fn place(interp: &mut dyn Interpreter, side: Side, x: &Value, args: &[Value]) -> Result<i64, Raised> {
    let [sequence, _, low, high, key] = args else { return Ok(0) };
    let mut low = interp.expect_int(low)?;
    if low < 0 {
        return Err(interp.value_error("lo must be non-negative"));
    }
    let mut high = match high.given_some() {
        Some(high) if high.int_like().is_none() && !has_method(interp, high, "__index__") => {
            let class = interp.type_name(high);
            return Err(interp.type_error(&format!("argument should be integer or None, not '{class}'")));
        }
        // In C, -1 stands for the end.
        Some(high) => match interp.expect_int(high)? {
            -1 => interp.length(sequence)? as i64,
            high => high,
        },
        None => interp.length(sequence)? as i64,
    };
    while low < high {
        let middle = low + (high - low) / 2;
        let item = match sequence.as_list() {
            Some(list) => list.items.borrow().get(middle as usize).cloned(),
            None => Some(interp.get_item(sequence, &Value::int(middle))?),
        };
        let Some(item) = item else { return Err(interp.index_error("list index out of range")) };
        let item = match key.given_some() {
            Some(key) => interp.call(key, &[item])?,
            None => item,
        };
        let goes_left = match side {
            Side::Left => !order::is_less(interp, &item, x)?,
            Side::Right => order::is_less(interp, x, &item)?,
        };
        if goes_left { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

fn left(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    place(interp, Side::Left, &args[1], args).map(Value::int)
}

fn right(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    place(interp, Side::Right, &args[1], args).map(Value::int)
}

fn insort_left(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    insort(interp, Side::Left, args)
}

fn insort_right(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    insort(interp, Side::Right, args)
}

fn insort(interp: &mut dyn Interpreter, side: Side, args: &[Value]) -> Completion {
    let key = match args[4].given_some() {
        Some(key) => interp.call(key, std::slice::from_ref(&args[1]))?,
        None => args[1].clone(),
    };
    let place = place(interp, side, &key, args)?;
    if let Some(list) = args[0].as_list() {
        let mut items = list.items.borrow_mut();
        let place = (place as usize).min(items.len());
        items.insert(place, args[1].clone());
        return Ok(Value::NONE);
    }
    interp.call_method(&args[0], "insert", &[Value::int(place), args[1].clone()])?;
    Ok(Value::NONE)
}
