//! Slices without a step: common enough to do without the slice object.

use crate::object::slice::SliceIndices;
use crate::object::{Completion, Interpreter, Raised, Value, text};
use crate::vm::Vm;

/// Both bounds, if they are left out or machine integers.
fn bounds(lower: &Value, upper: &Value) -> Option<(Option<i64>, Option<i64>)> {
    let bound = |value: &Value| if value.is_none() { Some(None) } else { value.as_int().map(Some) };
    Some((bound(lower)?, bound(upper)?))
}

impl Vm {
    /// `object[lower:upper]`.
    #[inline(never)]
    pub(in crate::vm) fn get_slice(&mut self, object: &Value, lower: &Value, upper: &Value) -> Completion {
        if let Some((start, stop)) = bounds(lower, upper) {
            let within = |length: usize| {
                let slice = SliceIndices::new(start, stop, 1, length);
                slice.start as usize..slice.start as usize + slice.length
            };
            if let Some(list) = object.as_list() {
                let items = list.items.borrow();
                let part = Value::copies(&items[within(items.len())]);
                drop(items);
                return Ok(Value::list(part));
            }
            if let Some(items) = object.as_tuple() {
                let part = &items[within(items.len())];
                return Ok(if part.len() == items.len() {
                    object.clone()
                } else {
                    Value::tuple(Value::copies(part))
                });
            }
            if let Some(string) = object.as_str_object() {
                return Ok(text::slice(string, SliceIndices::new(start, stop, 1, string.char_count())));
            }
        }
        let key = Value::slice(lower.clone(), upper.clone(), Value::NONE);
        self.get_item(object, &key)
    }

    /// `object[lower:upper] = value`.
    #[inline(never)]
    pub(in crate::vm) fn set_slice(
        &mut self,
        object: &Value,
        lower: &Value,
        upper: &Value,
        value: &Value,
    ) -> Result<(), Raised> {
        if let (Some((start, stop)), Some(list), Some(new)) =
            (bounds(lower, upper), object.as_list(), value.as_list())
        {
            // A copy first: the list may be assigned to a part of itself.
            let new = new.items.borrow().clone();
            let mut items = list.items.borrow_mut();
            let slice = SliceIndices::new(start, stop, 1, items.len());
            let start = slice.start as usize;
            let old: Vec<Value> = items.splice(start..start + slice.length, new).collect();
            drop(items);
            // Finalizers may look at the list.
            drop(old);
            return Ok(());
        }
        let key = Value::slice(lower.clone(), upper.clone(), Value::NONE);
        self.set_item(object, &key, value)
    }
}
