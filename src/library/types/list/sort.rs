//! `list.sort` and what `sorted` shares with it.

use super::expect_list;
use super::timsort::timsort;
use crate::object::interpreter::Comparison;
use crate::object::surrogate::compare;
use crate::object::{Completion, Interpreter, Raised, Tag, Value};
use std::cmp::Ordering;

/// `list.sort(*, key=None, reverse=False)`.
pub(super) fn sort(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let list = expect_list(interp, args, "sort")?;
    let is_reversed = interp.truth(&args[2])?;
    // The list is empty while it is being sorted, so that scripts called meanwhile cannot see
    // it half done.
    let mut items = list.items.take();
    let outcome = sort_values(interp, &mut items, args[1].given_some(), is_reversed);
    // An untouched list owns no memory.
    let was_modified = list.items.borrow().capacity() != 0;
    let intruders = list.items.replace(items);
    drop(intruders);
    outcome?;
    if was_modified {
        return Err(interp.value_error("list modified during sort"));
    }
    Ok(Value::NONE)
}

/// Sort values, stable. After an error they are a permutation of what they were.
pub fn sort_values(
    interp: &mut dyn Interpreter,
    values: &mut Vec<Value>,
    key: Option<&Value>,
    is_reversed: bool,
) -> Result<(), Raised> {
    let Some(key) = key else {
        if let Some(order) = simple_order(values) {
            values.sort_by(|a, b| directed(order(a, b), is_reversed));
            return Ok(());
        }
        let keys = values.clone();
        return sort_by_keys(interp, values, &keys, is_reversed);
    };
    let mut keys = Vec::with_capacity(values.len());
    for value in values.iter() {
        keys.push(interp.call(key, std::slice::from_ref(value))?);
    }
    sort_by_keys(interp, values, &keys, is_reversed)
}

fn directed(ordering: Ordering, is_reversed: bool) -> Ordering {
    if is_reversed { ordering.reverse() } else { ordering }
}

/// A total order of the values that needs no script code: all machine integers, all strings, or
/// all floats that are numbers. Slow path: [`less`].
fn simple_order(values: &[Value]) -> Option<fn(&Value, &Value) -> Ordering> {
    if cfg!(feature = "stress") {
        return None;
    }
    let tag = values.first()?.tag();
    if !values.iter().all(|value| value.tag() == tag) {
        return None;
    }
    match tag {
        Tag::Int => Some(|a, b| a.as_int().cmp(&b.as_int())),
        Tag::Str => Some(|a, b| compare(a.as_str().unwrap_or_default(), b.as_str().unwrap_or_default())),
        Tag::Float if values.iter().all(|value| value.as_float().is_some_and(|float| !float.is_nan())) => {
            Some(|a, b| a.as_float().partial_cmp(&b.as_float()).unwrap_or(Ordering::Equal))
        }
        _ => None,
    }
}

/// Sort `values` by `keys`, of which there are as many.
fn sort_by_keys(
    interp: &mut dyn Interpreter,
    values: &mut Vec<Value>,
    keys: &[Value],
    is_reversed: bool,
) -> Result<(), Raised> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let key = |index: u32| &keys[index as usize];
    let outcome = if let Some(simple) = simple_order(keys) {
        order.sort_by(|&a, &b| directed(simple(key(a), key(b)), is_reversed));
        Ok(())
    } else {
        // Turned round twice, so that equal items keep their order.
        if is_reversed {
            order.reverse();
        }
        let outcome = timsort(&mut order, |a, b| less(interp, key(a), key(b)));
        if is_reversed {
            order.reverse();
        }
        outcome
    };
    let sorted = order.iter().map(|&index| values[index as usize].take()).collect();
    *values = sorted;
    outcome
}

/// `left < right`; machine numbers, strings and tuples of them without asking their classes.
pub fn less(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Result<bool, Raised> {
    match simple_less(left, right) {
        Some(less) => Ok(less),
        None => interp.compare_bool(Comparison::Lt, left, right),
    }
}

fn simple_less(left: &Value, right: &Value) -> Option<bool> {
    match (left.tag(), right.tag()) {
        (Tag::Int, Tag::Int) => Some(left.as_int()? < right.as_int()?),
        (Tag::Str, Tag::Str) => Some(left.as_str()? < right.as_str()?),
        (Tag::Float, Tag::Float) => Some(left.as_float()? < right.as_float()?),
        (Tag::Tuple, Tag::Tuple) => {
            let (left, right) = (left.as_tuple()?, right.as_tuple()?);
            for (a, b) in left.iter().zip(right) {
                match crate::object::dict::same_key(a, b)? {
                    true => {}
                    // Nested tuples end in `None` above, so this does not recurse.
                    false => return simple_less(a, b),
                }
            }
            Some(left.len() < right.len())
        }
        _ => None,
    }
}
