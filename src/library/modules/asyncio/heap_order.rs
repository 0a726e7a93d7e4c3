//! A binary heap of script values: the same comparisons in the same order as `heapq` makes, so
//! that items that compare equal come out in the same order.

use crate::library::types::list::less;
use crate::object::{Interpreter, Raised, Value};
use std::cell::RefCell;
use std::collections::VecDeque;

/// The items, which comparisons of scripts might otherwise see half sorted.
fn item(items: &RefCell<VecDeque<Value>>, index: usize) -> Option<Value> {
    items.borrow().get(index).cloned()
}

fn put(items: &RefCell<VecDeque<Value>>, index: usize, value: Value) {
    if let Some(place) = items.borrow_mut().get_mut(index) {
        *place = value;
    }
}

/// Add an item.
pub fn push(
    interp: &mut dyn Interpreter,
    items: &RefCell<VecDeque<Value>>,
    value: Value,
) -> Result<(), Raised> {
    items.borrow_mut().push_back(value);
    let last = items.borrow().len() - 1;
    rise(interp, items, 0, last)
}

/// Take the smallest item out.
pub fn pop(interp: &mut dyn Interpreter, items: &RefCell<VecDeque<Value>>) -> Result<Option<Value>, Raised> {
    let Some(last) = items.borrow_mut().pop_back() else { return Ok(None) };
    let Some(first) = item(items, 0) else { return Ok(Some(last)) };
    put(items, 0, last);
    sink(interp, items, 0)?;
    Ok(Some(first))
}

/// Move the item at `place` towards the root until its parent is not greater.
fn rise(
    interp: &mut dyn Interpreter,
    items: &RefCell<VecDeque<Value>>,
    start: usize,
    mut place: usize,
) -> Result<(), Raised> {
    let Some(new) = item(items, place) else { return Ok(()) };
    while place > start {
        let up = (place - 1) / 2;
        let Some(parent) = item(items, up) else { break };
        if !less(interp, &new, &parent)? {
            break;
        }
        put(items, place, parent);
        put(items, up, new.clone());
        place = up;
    }
    Ok(())
}

/// Move the item at the root down to a leaf along the smaller children, then let it rise.
fn sink(interp: &mut dyn Interpreter, items: &RefCell<VecDeque<Value>>, start: usize) -> Result<(), Raised> {
    let end = items.borrow().len();
    let mut place = start;
    let mut child = 2 * place + 1;
    while child < end {
        let right = child + 1;
        if right < end
            && let (Some(a), Some(b)) = (item(items, child), item(items, right))
            && !less(interp, &a, &b)?
        {
            child = right;
        }
        items.borrow_mut().swap(place, child);
        place = child;
        child = 2 * place + 1;
    }
    rise(interp, items, start, place)
}
