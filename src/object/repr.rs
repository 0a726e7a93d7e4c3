//! What the `repr` of containers needs: a guard against objects that contain themselves, and
//! joining the reprs of items. Knows no kind of container.

use super::interpreter::Interpreter;
use super::value::{Raised, Tag, Value};
use std::cell::RefCell;
use std::fmt::Write;

thread_local! {
    /// Addresses of the objects whose `repr` is being made, outermost first.
    static ACTIVE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, [`repr_guard`] refuses the object it was made for.
pub struct ReprGuard(usize);

/// Enter the `repr` of `value`; `None` if it is already being made further out, and the caller
/// should answer `[...]` or the like.
pub fn repr_guard(value: &Value) -> Option<ReprGuard> {
    let address = value.address();
    ACTIVE.with_borrow_mut(|active| {
        if active.contains(&address) {
            return None;
        }
        active.push(address);
        Some(ReprGuard(address))
    })
}

impl Drop for ReprGuard {
    fn drop(&mut self) {
        // Nearly always the last one; generators that are suspended inside of a `__repr__` may
        // leave in another order.
        ACTIVE.with_borrow_mut(|active| {
            if let Some(index) = active.iter().rposition(|&address| address == self.0) {
                active.remove(index);
            }
        });
    }
}

/// Append `repr(value)`.
#[inline]
pub fn push_repr(interp: &mut dyn Interpreter, text: &mut String, value: &Value) -> Result<(), Raised> {
    match value.tag() {
        Tag::Int => {
            let number = value.as_int().unwrap_or_default();
            // Writing to a String cannot fail.
            let _ = write!(text, "{number}");
        }
        Tag::None => text.push_str("None"),
        _ => {
            let repr = interp.repr(value)?;
            text.push_str(repr.str_like().unwrap_or_default());
        }
    }
    Ok(())
}

/// `open`, the reprs of the items that `item` gives for 0, 1, 2, ... until it gives none, with
/// commas between, `close`. Items are asked for one by one: a `__repr__` may change the container.
pub fn repr_items(
    interp: &mut dyn Interpreter,
    open: &str,
    item: impl Fn(usize) -> Option<Value>,
    close: &str,
) -> Result<String, Raised> {
    let mut text = String::from(open);
    let mut index = 0;
    while let Some(value) = item(index) {
        interp.poll()?;
        if index > 0 {
            text.push_str(", ");
        }
        push_repr(interp, &mut text, &value)?;
        index += 1;
    }
    text.push_str(close);
    Ok(text)
}
