//! Bound methods.

use super::heap::{self, Traverse};
use super::value::Value;

/// A callable with its first argument.
pub struct MethodObject {
    pub function: Value,
    pub receiver: Value,
}

impl Traverse for MethodObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.receiver);
    }

    fn clear(&self) {
        // Immutable: a cycle through a method is broken at its receiver.
    }
}

impl Value {
    /// `function` bound to `receiver`.
    pub fn method(function: Value, receiver: Value) -> Value {
        heap::new_boxed(MethodObject { function, receiver }, true)
    }

    /// A bound method.
    #[inline]
    pub fn as_method(&self) -> Option<&MethodObject> {
        self.get::<MethodObject>()
    }
}
