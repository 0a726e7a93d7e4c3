//! Streams that are made by calling their class. What `open` returns is the file itself; these
//! come into being empty, because the `__init__` of a script's subclass may take arguments of its
//! own, and then hold a file of ours, or a stream written in apy where the one below is a script's.

use super::binary::BinaryFile;
use super::text::TextFile;
use crate::object::attributes::Attributes;
use crate::object::heap::{ObjectBox, Traverse};
use crate::object::spec::NativeFn;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// The module with the streams over streams of scripts.
const SCRIPTED: &str = "_buffered";

/// A stream that stands before the one that `__init__` made.
pub struct Delegate {
    spec: &'static TypeSpec,
    /// Unbound before `__init__`.
    inner: RefCell<Value>,
    attributes: Attributes,
}

impl Traverse for Delegate {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.inner.borrow());
        self.attributes.visit(visit);
    }

    fn clear(&self) {
        drop(self.inner.take());
        self.attributes.clear();
    }
}

impl NativeObject for Delegate {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn has_attributes(&self) -> bool {
        true
    }

    fn needs_finalizer(&self) -> bool {
        self.inner.borrow().as_instance().is_some()
    }

    fn finalize(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let inner = self.inner.borrow().clone();
        interp.call_method(&inner, "close", &[]).map(drop)
    }

    fn next(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let inner = self.expect(interp)?;
        if let Some(file) = inner.downcast::<TextFile>() {
            return file.next(this, interp);
        }
        if let Some(file) = inner.downcast::<BinaryFile>() {
            return file.next(this, interp);
        }
        interp.next(&inner)
    }
}

impl Delegate {
    pub fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    /// The stream behind it; ValueError before `__init__`.
    fn expect(&self, interp: &mut dyn Interpreter) -> Completion {
        let inner = self.inner.borrow().clone();
        if inner.is_unbound() {
            return Err(interp.value_error("I/O operation on uninitialized object"));
        }
        Ok(inner)
    }
}

/// A stream of the class `spec` before its `__init__`.
pub fn empty(spec: &'static TypeSpec) -> Completion {
    Ok(standing_for(spec, Value::UNBOUND))
}

/// A stream of the class `spec` that stands for `inner`.
pub fn standing_for(spec: &'static TypeSpec, inner: Value) -> Value {
    Value::object(Delegate { spec, inner: RefCell::new(inner), attributes: Attributes::default() })
}

/// Give `this` the stream that it stands for.
pub fn fill(interp: &mut dyn Interpreter, this: &Value, inner: Value) -> Completion {
    match this.downcast::<Delegate>() {
        Some(delegate) => {
            drop(delegate.inner.replace(inner));
            Ok(Value::NONE)
        }
        None => {
            let class = crate::object::CoreType::NotImplementedError;
            Err(interp.raise(class, "apy does not initialize a file of open() anew"))
        }
    }
}

/// The stream of the native class `T` that `this` is or stands for.
pub fn native_stream<T: NativeObject>(
    interp: &mut dyn Interpreter,
    this: &Value,
) -> Result<Option<Value>, Raised> {
    if this.downcast::<T>().is_some() {
        return Ok(Some(this.clone()));
    }
    match this.downcast::<Delegate>() {
        Some(delegate) => Ok(Some(delegate.expect(interp)?).filter(|inner| inner.downcast::<T>().is_some())),
        None => Ok(None),
    }
}

/// The binary file that `buffer` is, if nothing that a script may have changed stands before it.
pub fn plain_binary(buffer: &Value) -> Option<Value> {
    let object = buffer.get::<ObjectBox>()?;
    if object.downcast::<BinaryFile>().is_some() {
        return Some(buffer.clone());
    }
    let inner = object.downcast::<Delegate>()?.inner.borrow().clone();
    inner.downcast::<BinaryFile>().is_some().then_some(inner)
}

/// The stream that is written in apy, if `this` stands for one.
pub fn scripted(interp: &mut dyn Interpreter, this: &Value) -> Result<Option<Value>, Raised> {
    let Some(delegate) = this.downcast::<Delegate>() else { return Ok(None) };
    let inner = delegate.expect(interp)?;
    Ok(inner.as_instance().is_some().then_some(inner))
}

/// Call the method `name` of the stream written in apy, or `native` with the stream of ours.
pub fn either(interp: &mut dyn Interpreter, args: &[Value], name: &str, native: NativeFn) -> Completion {
    match scripted(interp, &args[0])? {
        Some(inner) => interp.call_method(&inner, name, &args[1..]),
        None => native(interp, args),
    }
}

/// The attribute `name` of the stream written in apy, or what `native` gets.
pub fn either_attribute(
    interp: &mut dyn Interpreter,
    this: &Value,
    name: &str,
    native: fn(&mut dyn Interpreter, &Value) -> Completion,
) -> Completion {
    match scripted(interp, this)? {
        Some(inner) => interp.attribute(&inner, name),
        None => native(interp, this),
    }
}

/// A stream of a class written in apy.
pub fn scripted_stream(interp: &mut dyn Interpreter, class: &str, args: &[Value]) -> Completion {
    let class = interp.import(SCRIPTED).and_then(|module| interp.attribute(&module, class))?;
    interp.call(&class, args)
}
