//! Functions written in Rust, as objects.

use super::heap::{self, Traverse};
use super::spec::{NativeRow, TypeSpec};
use super::value::Value;

/// A native function: a row, where it belongs, and the receiver it is bound to.
pub struct NativeFunction {
    pub row: &'static NativeRow,
    /// For a method: the name of the class whose row it is.
    pub owner: Option<&'static str>,
    /// The instance or class the function is bound to; unbound if it is not.
    pub receiver: Value,
    /// For a function of a module: the module's name.
    pub module: Option<&'static str>,
    /// The class's spec, where the row belongs to one.
    pub spec: Option<&'static TypeSpec>,
}

impl Traverse for NativeFunction {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.receiver);
    }

    fn clear(&self) {
        // Immutable: a cycle through a bound native is broken at its receiver.
    }
}

impl Value {
    /// A function of a module.
    pub fn native_function(row: &'static NativeRow, module: &'static str) -> Value {
        let module = Some(module);
        let function = NativeFunction { row, owner: None, receiver: Value::UNBOUND, module, spec: None };
        heap::new_boxed(function, false)
    }

    /// A method of a native class, as it lies in the class's dict.
    pub fn native_method(
        row: &'static NativeRow,
        owner: &'static str,
        spec: Option<&'static TypeSpec>,
    ) -> Value {
        let owner = Some(owner);
        let function = NativeFunction { row, owner, receiver: Value::UNBOUND, module: None, spec };
        heap::new_boxed(function, false)
    }

    /// The native `function` bound to `receiver`.
    pub fn bound_native(function: &NativeFunction, receiver: Value) -> Value {
        let NativeFunction { row, owner, module, spec, .. } = *function;
        heap::new_boxed(NativeFunction { row, owner, receiver, module, spec }, true)
    }

    /// A native function.
    #[inline(always)]
    pub fn as_native(&self) -> Option<&NativeFunction> {
        self.get::<NativeFunction>()
    }
}
