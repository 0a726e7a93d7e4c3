//! A place for a value inside a native object.

use crate::object::Value;
use std::cell::Cell;

/// A place for a value: half the price of a `RefCell`, and no borrow can be held across a call.
#[derive(Default)]
pub struct Slot(Cell<Value>);

impl Slot {
    /// A slot that holds `value`.
    pub const fn new(value: Value) -> Slot {
        Slot(Cell::new(value))
    }

    /// Run `f` on the value. `f` must not look at this slot, which is empty meanwhile.
    #[inline(always)]
    pub fn with<R>(&self, f: impl FnOnce(&Value) -> R) -> R {
        let value = self.0.take();
        let result = f(&value);
        self.0.set(value);
        result
    }

    /// The value, with a count of its own.
    #[inline(always)]
    pub fn get(&self) -> Value {
        self.with(Value::clone)
    }

    /// Replace the value.
    #[inline(always)]
    pub fn set(&self, value: Value) {
        drop(self.0.replace(value));
    }

    /// Replace the value, returning the old one.
    #[inline(always)]
    pub fn replace(&self, value: Value) -> Value {
        self.0.replace(value)
    }

    /// Take the value out; the slot is unbound.
    #[inline(always)]
    pub fn take(&self) -> Value {
        self.0.take()
    }

    #[inline(always)]
    pub fn is_unbound(&self) -> bool {
        self.with(Value::is_unbound)
    }

    /// Whether the value is `other`.
    #[inline(always)]
    pub fn is(&self, other: &Value) -> bool {
        self.with(|value| value.is(other))
    }

    /// Let the collector look at the value.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.with(|value| visit(value));
    }
}
