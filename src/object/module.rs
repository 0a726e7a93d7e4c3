//! Modules: a dict of names, which functions of the module use as their globals.

use super::dict::DictObject;
use super::heap::{self, Traverse};
use super::value::Value;
use std::cell::RefCell;

/// A module.
pub struct ModuleObject {
    /// The namespace, a dict.
    pub dict: RefCell<Value>,
    /// The subclass of `module` that was assigned to `__class__`; unbound for `module` itself.
    pub class: RefCell<Value>,
}

impl Traverse for ModuleObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.dict.borrow());
        visit(&self.class.borrow());
    }

    fn clear(&self) {
        drop(self.dict.take());
        drop(self.class.take());
    }
}

impl Value {
    /// A module named `name` with `__name__`, `__doc__`, `__package__`, `__loader__` and
    /// `__spec__` set as `types.ModuleType` does.
    pub fn module(name: &str) -> Value {
        let dict = DictObject::new();
        dict.set_str("__name__", Value::str(name));
        for field in ["__doc__", "__package__", "__loader__", "__spec__"] {
            dict.set_str(field, Value::NONE);
        }
        Value::module_of(Value::dict(dict))
    }

    /// A module whose namespace is the dict `dict`.
    pub fn module_of(dict: Value) -> Value {
        heap::new_boxed(ModuleObject { dict: RefCell::new(dict), class: RefCell::default() }, true)
    }

    /// A module.
    pub fn as_module(&self) -> Option<&ModuleObject> {
        self.get::<ModuleObject>()
    }

    /// A module, or the one that an instance of a subclass wraps; both have one namespace.
    pub fn module_like(&self) -> Option<&ModuleObject> {
        self.as_module().or_else(|| self.as_instance()?.payload_ref()?.as_module())
    }
}
