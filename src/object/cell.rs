//! Cells: variables that nested functions share.

use super::heap::{self, Traverse};
use super::value::Value;
use std::cell::RefCell;

/// A variable; unbound when empty.
pub struct CellObject {
    content: RefCell<Value>,
}

impl CellObject {
    /// What the cell holds; unbound if it is empty.
    #[inline]
    pub fn get(&self) -> Value {
        self.content.borrow().clone()
    }

    /// Replace what the cell holds.
    #[inline]
    pub fn set(&self, value: Value) -> Value {
        self.content.replace(value)
    }
}

impl Traverse for CellObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.content.borrow());
    }

    fn clear(&self) {
        drop(self.content.take());
    }
}

impl Value {
    /// A new cell.
    #[inline]
    pub fn cell(content: Value) -> Value {
        heap::new_boxed(CellObject { content: RefCell::new(content) }, true)
    }

    /// A cell.
    #[inline(always)]
    pub fn as_cell(&self) -> Option<&CellObject> {
        self.get::<CellObject>()
    }
}
