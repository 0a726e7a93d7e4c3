//! `str`, `repr`, `format` and the fields of f-strings.

use crate::object::escape::to_ascii;
use crate::object::format::{format_exact, simple_str};
use crate::object::{Completion, Interpreter, Value};
use crate::vm::Vm;

impl Vm {
    /// A field of an f-string; `conversion` as in `Op::FormatSimple`.
    pub(in crate::vm) fn format_value(
        &mut self,
        value: &Value,
        conversion: u8,
        spec: Option<&Value>,
    ) -> Completion {
        let converted = match conversion {
            0 => value.clone(),
            1 => self.to_str(value)?,
            2 => self.repr(value)?,
            _ => {
                let text = self.repr(value)?;
                to_ascii(text.as_instance().and_then(|text| text.payload_ref()).unwrap_or(&text))
            }
        };
        let spec = spec.and_then(Value::str_like).unwrap_or_default();
        self.format_slow(&converted, spec)
    }

    /// `format(value, spec)`.
    pub(in crate::vm) fn format_slow(&mut self, value: &Value, spec: &str) -> Completion {
        match format_exact(value, spec) {
            Some(Ok(text)) => return Ok(text),
            Some(Err(fault)) => return Err(fault.raise(self)),
            None => {}
        }
        let name = self.names.format.clone();
        let result = self.special(value, &name, &[Value::str(spec)])?;
        self.expect_text(result, "__format__ must return a str, not ")
    }

    /// `repr(value)`.
    pub(in crate::vm) fn repr_slow(&mut self, value: &Value) -> Completion {
        let name = self.names.repr.clone();
        let result = self.nested(|vm| vm.special(value, &name, &[]))?;
        self.expect_text(result, "__repr__ returned non-string (type ")
    }

    /// `str(value)`.
    pub(in crate::vm) fn str_slow(&mut self, value: &Value) -> Completion {
        if let Some(text) = simple_str(value) {
            return Ok(text);
        }
        let name = self.names.str.clone();
        let result = self.nested(|vm| vm.special(value, &name, &[]))?;
        self.expect_text(result, "__str__ returned non-string (type ")
    }

    fn expect_text(&mut self, result: Option<Value>, message: &str) -> Completion {
        let result = result.unwrap_or_default();
        if result.str_like().is_some() {
            return Ok(result);
        }
        let class = (self as &mut dyn Interpreter).type_name(&result);
        let close = if message.ends_with("(type ") { ")" } else { "" };
        Err(self.raise_type_error(&format!("{message}{class}{close}")))
    }
}
