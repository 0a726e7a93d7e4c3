//! Functions made by `def` and `lambda`.

use super::dict::DictObject;
use super::heap::{self, Traverse};
use super::value::Value;
use std::cell::{Cell, RefCell};

/// A function: code with its defaults and captured cells.
pub struct FunctionObject {
    /// The code object.
    pub code: Value,
    /// For the code's free names, in order.
    pub closure: Box<[Value]>,
    /// Defaults of the last positional parameters.
    pub defaults: RefCell<Vec<Value>>,
    /// The dict of keyword-only defaults, or None.
    pub keyword_defaults: RefCell<Value>,
    pub name: RefCell<Value>,
    pub qualname: RefCell<Value>,
    pub module: RefCell<Value>,
    pub doc: RefCell<Value>,
    /// The dict of annotations; unbound until asked for.
    pub annotations: RefCell<Value>,
    /// The tuple of type parameters; unbound if there are none.
    pub type_parameters: RefCell<Value>,
    /// Other attributes: a dict; unbound until one is set.
    pub attributes: RefCell<Value>,
    /// Marked by `types.coroutine`: its generators may be awaited.
    pub is_iterable_coroutine: Cell<bool>,
}

impl Traverse for FunctionObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.code);
        self.closure.iter().for_each(&mut *visit);
        self.defaults.borrow().iter().for_each(&mut *visit);
        for field in [
            &self.keyword_defaults,
            &self.name,
            &self.qualname,
            &self.module,
            &self.doc,
            &self.annotations,
            &self.type_parameters,
            &self.attributes,
        ] {
            visit(&field.borrow());
        }
    }

    fn clear(&self) {
        drop(self.defaults.take());
        drop(self.keyword_defaults.take());
        drop(self.annotations.take());
        drop(self.type_parameters.take());
        drop(self.attributes.take());
    }
}

impl FunctionObject {
    /// The dict of other attributes, made when first asked for.
    pub fn attributes(&self) -> Value {
        let known = self.attributes.borrow().given().cloned();
        known.unwrap_or_else(|| {
            let dict = Value::dict(DictObject::new());
            *self.attributes.borrow_mut() = dict.clone();
            dict
        })
    }
}

impl Value {
    /// A function object.
    pub fn function(function: FunctionObject) -> Value {
        heap::new_boxed(function, true)
    }

    /// A function made by script code.
    #[inline(always)]
    pub fn as_function(&self) -> Option<&FunctionObject> {
        self.get::<FunctionObject>()
    }
}
