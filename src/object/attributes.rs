//! Attributes that scripts give to native objects which CPython has written in Python, or has
//! given a `__dict__`.

use super::dict::DictObject;
use super::value::Value;
use std::cell::RefCell;

/// Attributes of one object: nothing until the first is set.
#[derive(Default)]
pub struct Attributes(RefCell<Value>);

impl Attributes {
    pub fn get(&self, name: &Value) -> Option<Value> {
        self.0.borrow().dict_like()?.get_str_value(name)
    }

    /// Set, or with an unbound value delete; false if there is nothing to delete.
    pub fn set(&self, name: &Value, value: &Value) -> bool {
        if value.is_unbound() {
            return self.0.borrow().dict_like().is_some_and(|dict| dict.remove_str(name).is_some());
        }
        let dict = self.dict();
        let old = dict.dict_like().and_then(|dict| dict.set_str_value(name, value.clone()));
        drop(old);
        true
    }

    /// The attributes as a dict, made if there is none.
    pub fn dict(&self) -> Value {
        let mut attributes = self.0.borrow_mut();
        if attributes.is_unbound() {
            *attributes = Value::dict(DictObject::new());
        }
        attributes.clone()
    }

    /// Put another dict in the place of that of the attributes.
    pub fn replace(&self, dict: &Value) {
        drop(self.0.replace(dict.clone()));
    }

    /// Let the collector look at the dict.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0.borrow());
    }

    pub fn clear(&self) {
        drop(self.0.take());
    }
}
