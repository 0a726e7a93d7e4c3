//! `str`, `repr`, `format` and the fields of f-strings.

use crate::object::{Completion, Interpreter, Tag, Value};
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
                Value::str(&ascii(text.str_like().unwrap_or_default()))
            }
        };
        let spec = spec.and_then(Value::str_like).unwrap_or_default();
        if spec.is_empty() && converted.tag() == Tag::Str {
            return Ok(converted);
        }
        if spec.is_empty()
            && let Some(number) = converted.as_int()
        {
            return Ok(Value::str(&number.to_string()));
        }
        self.format_slow(&converted, spec)
    }

    /// `format(value, spec)`.
    pub(in crate::vm) fn format_slow(&mut self, value: &Value, spec: &str) -> Completion {
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
        match value.tag() {
            Tag::Str => return Ok(value.clone()),
            Tag::Int => {
                if let Some(number) = value.as_int() {
                    return Ok(Value::str(&number.to_string()));
                }
            }
            _ => {}
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

/// `text` with everything but ASCII escaped, as `ascii()` does with a repr.
fn ascii(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character as u32 {
            0..0x80 => escaped.push(character),
            code @ 0x80..0x100 => escaped.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..0x1_0000 => escaped.push_str(&format!("\\u{code:04x}")),
            code => escaped.push_str(&format!("\\U{code:08x}")),
        }
    }
    escaped
}
