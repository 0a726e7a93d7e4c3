//! Exceptions that nobody can catch.

use super::Vm;
use crate::object::exception::TracebackObject;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value, traceback};
use std::cell::RefCell;

/// How such a report begins unless something special is known.
const USUAL: &str = "Exception ignored in";

impl Vm {
    /// Hand the exception to what a script put in the place of `sys.unraisablehook`, or print it.
    pub(super) fn unraisable(&mut self, exception: Raised, context: &str, object: &Value) {
        let exception = exception.into_value();
        self.give_traceback(&exception);
        if let Some(hook) = self.replaced_hook() {
            match self.call_hook(&hook, &exception, context, object) {
                Ok(_) => return,
                Err(raised) => {
                    let raised = raised.into_value();
                    return self.print_unraisable(&raised, "Exception ignored in sys.unraisablehook", &hook);
                }
            }
        }
        self.print_unraisable(&exception, context, object);
    }

    /// An exception that was not raised in a frame gets the frame that runs.
    fn give_traceback(&mut self, exception: &Value) {
        let Some(state) = exception.as_exception() else { return };
        if state.traceback.borrow().given_some().is_some() {
            return;
        }
        let Some(place) = (self as &dyn Interpreter).stack(1).pop() else { return };
        let next = RefCell::new(Value::NONE);
        let entry = TracebackObject { place, next, frame: RefCell::default(), stated: None };
        drop(state.traceback.replace(Value::object(entry)));
    }

    /// `sys.unraisablehook` if it is not our own.
    fn replaced_hook(&mut self) -> Option<Value> {
        let sys = self.modules.dict_like().and_then(|modules| modules.get_str("sys"))?;
        let hook = self.find_attr(&sys, &intern("unraisablehook")).ok().flatten()?;
        let is_own = hook.is_none() || hook.as_native().is_some_and(|native| native.receiver.is_unbound());
        (!is_own).then_some(hook)
    }

    fn call_hook(&mut self, hook: &Value, exception: &Value, context: &str, object: &Value) -> Completion {
        let types = self.import_path("types")?;
        let namespace = self.get_attr(&types, &intern("SimpleNamespace"))?;
        let message = if context == USUAL { Value::NONE } else { Value::str(context) };
        let fields = [
            ("exc_type", self.class_of(exception)),
            ("exc_value", exception.clone()),
            ("exc_traceback", Vm::traceback_of(exception)),
            ("err_msg", message),
            ("object", object.given().cloned().unwrap_or(Value::NONE)),
        ];
        let fields: Vec<(Value, Value)> =
            fields.into_iter().map(|(name, value)| (intern(name), value)).collect();
        let arguments = self.call_keywords(&namespace, &[], &fields)?;
        self.call_value(hook, &[arguments], None)
    }

    fn print_unraisable(&mut self, exception: &Value, context: &str, object: &Value) {
        let mut text = match self.repr(object) {
            Ok(repr) if !object.is_unbound() => {
                format!("{context}: {}\n", repr.str_like().unwrap_or_default())
            }
            _ => format!("{context}:\n"),
        };
        text.push_str(&traceback::unraisable_text(self, exception));
        self.write_stderr(&text);
    }
}
