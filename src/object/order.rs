//! Comparisons that need no script code: what sorting, heaps and `min` try first.

use super::interpreter::{Comparison, Interpreter};
use super::number;
use super::surrogate;
use super::value::{Raised, Tag, Value};

/// `a op b` where both are exact numbers or exact strings; `None` for everything else.
#[inline]
pub fn quick_compare(op: Comparison, a: &Value, b: &Value) -> Option<bool> {
    if let Some((a, b)) = Value::both_ints(a, b) {
        return Some(op.holds(a.cmp(&b)));
    }
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => Some(op.holds(surrogate::compare(a.as_str()?, b.as_str()?))),
        (Tag::Tuple, Tag::Tuple) => quick_compare_tuples(op, a, b),
        _ => number::rich_compare(op, a, b),
    }
}

/// Tuples, as long as their items up to the first difference are numbers and strings.
fn quick_compare_tuples(op: Comparison, a: &Value, b: &Value) -> Option<bool> {
    let (left, right) = (a.as_tuple()?, b.as_tuple()?);
    for (a, b) in left.iter().zip(right) {
        if a.is(b) {
            continue;
        }
        let is_simple = |value: &Value| value.tag() != Tag::Tuple;
        if !(is_simple(a) && is_simple(b)) {
            return None;
        }
        if !quick_compare(Comparison::Eq, a, b)? {
            return match op {
                Comparison::Eq => Some(false),
                Comparison::Ne => Some(true),
                _ => quick_compare(op, a, b),
            };
        }
    }
    Some(op.holds(left.len().cmp(&right.len())))
}

/// `bool(a op b)`, quick where that is possible.
#[inline]
pub fn compare(interp: &mut dyn Interpreter, op: Comparison, a: &Value, b: &Value) -> Result<bool, Raised> {
    match quick_compare(op, a, b) {
        Some(result) => Ok(result),
        None => interp.compare_bool(op, a, b),
    }
}

/// `a < b`, quick where that is possible.
#[inline]
pub fn is_less(interp: &mut dyn Interpreter, a: &Value, b: &Value) -> Result<bool, Raised> {
    compare(interp, Comparison::Lt, a, b)
}
