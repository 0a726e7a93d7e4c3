//! Entering `with` blocks.

use crate::object::{Interpreter, Raised, Value};
use crate::vm::Vm;

impl Vm {
    /// Bound `__enter__` and `__exit__` of a context manager.
    pub(in crate::vm) fn before_with(&mut self, manager: &Value) -> Result<(Value, Value), Raised> {
        let (enter, exit) = (self.names.enter.clone(), self.names.exit.clone());
        self.context_methods(manager, &enter, &exit, "context manager")
    }

    /// Bound `__aenter__` and `__aexit__` of an asynchronous context manager.
    pub(in crate::vm) fn before_async_with(&mut self, manager: &Value) -> Result<(Value, Value), Raised> {
        let (enter, exit) = (self.names.aenter.clone(), self.names.aexit.clone());
        self.context_methods(manager, &enter, &exit, "asynchronous context manager")
    }

    fn context_methods(
        &mut self,
        manager: &Value,
        enter: &Value,
        exit: &Value,
        protocol: &str,
    ) -> Result<(Value, Value), Raised> {
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
        let enter = self.bind_descriptor(found_enter, manager, &class)?;
        let exit = self.bind_descriptor(found_exit, manager, &class)?;
        Ok((enter, exit))
    }
}
