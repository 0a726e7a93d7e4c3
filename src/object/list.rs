//! Lists.

use super::heap::{self, Traverse};
use super::value::Value;
use std::cell::RefCell;

/// A list. Never hold a borrow across a call into script code: take out, call, put back.
#[derive(Default)]
pub struct ListObject {
    pub items: RefCell<Vec<Value>>,
}

impl ListObject {
    /// Drop the items, the last one first.
    pub(super) fn drop_backwards(&self) {
        drop_backwards(self.items.take());
    }
}

/// Drop values from the last to the first, as CPython does with those of a list.
pub fn drop_backwards(mut items: Vec<Value>) {
    while let Some(item) = items.pop() {
        drop(item);
    }
}

impl Traverse for ListObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        self.drop_backwards();
    }
}

impl Value {
    /// A list of the given values.
    #[inline]
    pub fn list(items: Vec<Value>) -> Value {
        heap::new_boxed(ListObject { items: RefCell::new(items) }, true)
    }

    /// An exact list.
    #[inline(always)]
    pub fn as_list(&self) -> Option<&ListObject> {
        self.get::<ListObject>()
    }

    /// A list or an instance of a subclass.
    #[inline]
    pub fn list_like(&self) -> Option<&ListObject> {
        match self.as_list() {
            Some(list) => Some(list),
            None => self.as_instance()?.payload_ref()?.as_list(),
        }
    }
}
