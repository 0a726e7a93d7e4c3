//! What patterns are applied to: a str, or anything with bytes.

use super::machine::Subject;
use crate::library::types::bytes::buffer::contiguous;
use crate::object::{Completion, Interpreter, Raised, Value, text};
use std::rc::Rc;

/// A str, or a copy of bytes.
#[derive(Clone)]
pub struct Target {
    /// What the caller gave.
    pub value: Value,
    /// The bytes, unless it is a str.
    data: Option<Rc<[u8]>>,
}

impl Target {
    /// The target of a pattern for str or for bytes.
    pub fn new(interp: &mut dyn Interpreter, value: &Value, is_text: bool) -> Result<Target, Raised> {
        if value.str_like().is_some() {
            if !is_text {
                return Err(interp.type_error("cannot use a bytes pattern on a string-like object"));
            }
            return Ok(Target { value: value.clone(), data: None });
        }
        let data: Rc<[u8]> = match contiguous(interp, value)? {
            Some(content) => Rc::from(&*content),
            None => {
                let class = interp.type_name(value);
                let message = format!("expected string or bytes-like object, got '{class}'");
                return Err(interp.type_error(&message));
            }
        };
        if is_text {
            return Err(interp.type_error("cannot use a string pattern on a bytes-like object"));
        }
        Ok(Target { value: value.clone(), data: Some(data) })
    }

    pub fn subject(&self) -> Subject<'_> {
        match &self.data {
            Some(data) => Subject { bytes: data, is_text: false },
            None => Subject { bytes: self.value.str_like().unwrap_or_default().as_bytes(), is_text: true },
        }
    }

    /// Length in characters.
    pub fn length(&self) -> usize {
        match self.value.str_object_like() {
            Some(text) if self.data.is_none() => text.char_count(),
            _ => self.subject().bytes.len(),
        }
    }

    /// The byte where a character begins.
    pub fn offset(&self, index: usize) -> usize {
        match self.value.str_object_like() {
            Some(string) if self.data.is_none() => text::offset(string, index),
            _ => index.min(self.subject().bytes.len()),
        }
    }

    /// The number of the character that begins at a byte.
    pub fn index(&self, offset: usize) -> usize {
        match self.value.str_object_like() {
            Some(string) if self.data.is_none() => text::char_index(string, offset),
            _ => offset,
        }
    }

    /// A part of it, by bytes.
    pub fn part(&self, start: usize, end: usize) -> Value {
        match &self.data {
            Some(data) => Value::bytes(&data[start..end]),
            None => {
                let text = self.value.str_like().unwrap_or_default();
                if start == 0 && end == text.len() && self.value.as_str().is_some() {
                    return self.value.clone();
                }
                Value::str(&text[start..end])
            }
        }
    }

    /// Parts joined.
    pub fn join(&self, interp: &mut dyn Interpreter, parts: Vec<Value>) -> Completion {
        let empty = if self.data.is_some() { Value::bytes(Vec::new()) } else { Value::str("") };
        interp.call_method(&empty, "join", &[Value::list(parts)])
    }
}
