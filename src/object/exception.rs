//! What every exception object carries beside its attributes, and traceback objects.

use super::CoreType;
use super::heap::Traverse;
use super::interpreter::CodePlace;
use super::native_object::NativeObject;
use super::spec::TypeSpec;
use super::value::{Raised, Value};
use std::cell::{Cell, RefCell};

/// The payload of every exception instance.
pub struct ExceptionState {
    /// The tuple `args`.
    pub args: RefCell<Value>,
    /// `__cause__`, or None.
    pub cause: RefCell<Value>,
    /// `__context__`, or None.
    pub context: RefCell<Value>,
    pub suppress_context: Cell<bool>,
    /// `__traceback__`: a traceback object or None.
    pub traceback: RefCell<Value>,
}

/// Never seen by scripts: exceptions are instances, and this is inside of them.
static STATE: TypeSpec =
    TypeSpec { name: "exception_state", doc: "The inside of an exception.", ..TypeSpec::EMPTY };

impl Traverse for ExceptionState {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for field in [&self.args, &self.cause, &self.context, &self.traceback] {
            visit(&field.borrow());
        }
    }

    fn clear(&self) {
        drop(self.cause.replace(Value::NONE));
        drop(self.context.replace(Value::NONE));
        drop(self.traceback.replace(Value::NONE));
    }
}

impl NativeObject for ExceptionState {
    fn spec(&self) -> &'static TypeSpec {
        &STATE
    }
}

impl ExceptionState {
    /// The state of a fresh exception, as a payload value.
    pub fn payload(args: Value) -> Value {
        Value::object(ExceptionState {
            args: RefCell::new(args),
            cause: RefCell::new(Value::NONE),
            context: RefCell::new(Value::NONE),
            suppress_context: Cell::new(false),
            traceback: RefCell::new(Value::NONE),
        })
    }
}

impl Value {
    /// The state of an exception instance.
    #[inline]
    pub fn as_exception(&self) -> Option<&ExceptionState> {
        self.as_instance()?.payload_ref()?.downcast::<ExceptionState>()
    }
}

impl Raised {
    /// Add an outer frame to the traceback.
    pub fn add_traceback(&self, place: CodePlace) {
        let exception = self.value();
        if let Some(state) = exception.as_exception() {
            let next = state.traceback.borrow().clone();
            let node = Value::object(TracebackObject { place, next: RefCell::new(next) });
            let old = state.traceback.replace(node);
            drop(old);
        }
    }
}

/// One frame of a traceback; `next` is the frame it called.
pub struct TracebackObject {
    pub place: CodePlace,
    /// A traceback object or None.
    pub next: RefCell<Value>,
}

/// The class `traceback`.
pub static TRACEBACK: TypeSpec = TypeSpec {
    name: "traceback",
    doc: "A frame of the way an exception took.",
    core: Some(CoreType::Traceback),
    ..TypeSpec::EMPTY
};

impl Traverse for TracebackObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.place.code);
        visit(&self.next.borrow());
    }

    fn clear(&self) {
        drop(self.next.replace(Value::NONE));
    }
}

impl NativeObject for TracebackObject {
    fn spec(&self) -> &'static TypeSpec {
        &TRACEBACK
    }
}
