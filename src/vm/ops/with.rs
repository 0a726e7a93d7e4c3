//! Entering `with` blocks.

use crate::object::spec::NativeKind;
use crate::object::{Interpreter, Raised, Tag, Value};
use crate::vm::Vm;

impl Vm {
    /// `__exit__` and `__enter__` of a context manager: each a function and its receiver.
    pub(in crate::vm) fn before_with(&mut self, manager: &Value) -> Result<[Value; 4], Raised> {
        let (enter, exit) = (self.names.enter.clone(), self.names.exit.clone());
        self.context_methods(manager, &enter, &exit, "context manager")
    }

    /// `__aexit__` and `__aenter__` of an asynchronous context manager.
    pub(in crate::vm) fn before_async_with(&mut self, manager: &Value) -> Result<[Value; 4], Raised> {
        let (enter, exit) = (self.names.aenter.clone(), self.names.aexit.clone());
        self.context_methods(manager, &enter, &exit, "asynchronous context manager")
    }

    fn context_methods(
        &mut self,
        manager: &Value,
        enter: &Value,
        exit: &Value,
        protocol: &str,
    ) -> Result<[Value; 4], Raised> {
        let class = self.class_of(manager);
        let object = class.as_type().expect("a class is a type");
        let (found_enter, found_exit) = (object.lookup_cached(enter), object.lookup_cached(exit));
        let (Some(found_enter), Some(found_exit)) = (&found_enter, &found_exit) else {
            let name = (self as &mut dyn Interpreter).type_name(manager);
            let missing = match &found_enter {
                Some(_) => format!(" (missed {} method)", exit.as_str().unwrap_or_default()),
                None => String::new(),
            };
            return Err(self.raise_type_error(&format!(
                "'{name}' object does not support the {protocol} protocol{missing}"
            )));
        };
        let [enter, enter_receiver] = self.context_method(found_enter, manager, &class)?;
        let [exit, exit_receiver] = self.context_method(found_exit, manager, &class)?;
        Ok([exit, exit_receiver, enter, enter_receiver])
    }

    /// What is called for `found`, and the receiver it is called with; unbound if it is bound
    /// already. Functions need not become bound methods for that.
    fn context_method(
        &mut self,
        found: &Value,
        manager: &Value,
        class: &Value,
    ) -> Result<[Value; 2], Raised> {
        let is_method = match found.as_native() {
            // An instance may have found the method of some other class.
            Some(native) => {
                manager.tag() != Tag::Instance
                    && native.has_receiver()
                    && native.receiver.is_unbound()
                    && native.row.kind == NativeKind::Plain
            }
            None => found.as_function().is_some(),
        };
        if is_method {
            return Ok([found.clone(), manager.clone()]);
        }
        Ok([self.bind_descriptor(found, manager, class)?, Value::UNBOUND])
    }
}
