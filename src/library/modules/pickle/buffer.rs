//! `pickle.PickleBuffer`: bytes that need not be part of the pickle.

use crate::library::types::bytes::buffer::any_layout;
use crate::library::types::bytes::memoryview::MEMORYVIEW;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// The class `PickleBuffer`.
pub static PICKLE_BUFFER: TypeSpec = TypeSpec {
    name: "PickleBuffer",
    module: "pickle",
    doc: "Wrapper for potentially out-of-band buffers",
    methods: &[
        native("__new__", "object, /", new, "Create and return a new object.").as_new(),
        native("__buffer__", "flags, /", view, "Return a buffer object that exposes the underlying memory."),
        native(
            "raw",
            "",
            raw,
            "Return a memoryview of the raw memory underlying this buffer.\n\nWill raise BufferError is the buffer isn't contiguous.",
        ),
        native("release", "", release, "Release the underlying buffer held by the PickleBuffer object."),
    ],
    ..TypeSpec::EMPTY
};

/// A wrapped buffer.
pub struct PickleBuffer {
    /// A memoryview; unbound once released.
    view: RefCell<Value>,
}

impl Traverse for PickleBuffer {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.view.borrow());
    }

    fn clear(&self) {
        drop(self.view.take());
    }
}

impl NativeObject for PickleBuffer {
    fn spec(&self) -> &'static TypeSpec {
        &PICKLE_BUFFER
    }

    fn buffer(&self) -> Option<Value> {
        Some(self.view.borrow().clone())
    }
}

fn view_of(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let class = interp.type_of_spec(&MEMORYVIEW);
    interp.call(&class, std::slice::from_ref(object))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if any_layout(interp, &args[1])?.is_none() {
        let class = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("a bytes-like object is required, not '{class}'")));
    }
    let view = RefCell::new(view_of(interp, &args[1])?);
    Ok(Value::object(PickleBuffer { view }))
}

/// The view behind `buffer`, or ValueError once it is released.
pub fn inner(interp: &mut dyn Interpreter, buffer: &Value) -> Completion {
    let Some(found) = buffer.downcast::<PickleBuffer>() else {
        return Err(wrong_receiver(interp, "pickle.PickleBuffer", "raw", buffer));
    };
    let view = found.view.borrow().clone();
    if view.is_unbound() { Err(released(interp)) } else { Ok(view) }
}

#[cold]
fn released(interp: &mut dyn Interpreter) -> Raised {
    interp.value_error("operation forbidden on released PickleBuffer object")
}

fn view(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = inner(interp, &args[0])?;
    view_of(interp, &view)
}

/// Whether the bytes of the view stand side by side.
pub fn is_contiguous(interp: &mut dyn Interpreter, view: &Value) -> Result<bool, Raised> {
    let contiguous = interp.attribute(view, "contiguous")?;
    interp.truth(&contiguous)
}

fn raw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = inner(interp, &args[0])?;
    if !is_contiguous(interp, &view)? {
        let message = "cannot extract raw buffer from non-contiguous buffer";
        return Err(interp.raise(CoreType::BufferError, message));
    }
    interp.call_method(&view, "cast", &[Value::str("B")])
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(buffer) = args[0].downcast::<PickleBuffer>() else {
        return Err(wrong_receiver(interp, "pickle.PickleBuffer", "release", &args[0]));
    };
    let view = buffer.view.take();
    if !view.is_unbound() {
        interp.call_method(&view, "release", &[])?;
    }
    Ok(Value::NONE)
}
