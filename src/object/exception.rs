//! What every exception object carries beside its attributes, and traceback objects.

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
    /// What some classes keep beside `args`, at the places of [`field`]; empty until set, and
    /// then the values follow from `args`.
    pub fields: RefCell<Box<[Value]>>,
}

/// Places of [`ExceptionState::fields`], class by class.
pub mod field {
    /// StopIteration: `value`. SystemExit: `code`.
    pub const VALUE: usize = 0;
    /// NameError, AttributeError, ImportError: `name`.
    pub const NAME: usize = 0;
    /// NameError: the local names where it was raised, a dict; never seen by scripts.
    pub const SCOPE: usize = 1;
    /// AttributeError: `obj`.
    pub const OBJECT: usize = 1;
    /// ImportError: `path`.
    pub const PATH: usize = 1;
    /// ImportError: `name_from`.
    pub const NAME_FROM: usize = 2;
    /// OSError.
    pub const ERRNO: usize = 0;
    pub const STRERROR: usize = 1;
    pub const FILENAME: usize = 2;
    pub const FILENAME2: usize = 3;
    pub const CHARACTERS_WRITTEN: usize = 4;
    /// CancelledError: why and for which task it was raised, for reports; never seen by scripts.
    pub const CANCEL_REASON: usize = 0;
    pub const CANCELLED_TASK: usize = 1;
    /// BaseExceptionGroup.
    pub const MESSAGE: usize = 0;
    pub const EXCEPTIONS: usize = 1;
    /// SyntaxError: what `msg` to `print_file_and_line` are, in the order of
    /// [`SYNTAX_ERROR`].
    pub const SYNTAX_MESSAGE: usize = 0;
    /// The fields of a SyntaxError, in order.
    pub const SYNTAX_ERROR: [&str; 8] =
        ["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line"];
    /// UnicodeError's subclasses.
    pub const ENCODING: usize = 0;
    pub const UNICODE_OBJECT: usize = 1;
    pub const START: usize = 2;
    pub const END: usize = 3;
    pub const REASON: usize = 4;
}

/// Never seen by scripts: exceptions are instances, and this is inside of them.
static STATE: TypeSpec =
    TypeSpec { name: "exception_state", doc: "The inside of an exception.", ..TypeSpec::EMPTY };

impl Traverse for ExceptionState {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for field in [&self.args, &self.cause, &self.context, &self.traceback] {
            visit(&field.borrow());
        }
        self.fields.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        drop(self.fields.take());
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
            fields: RefCell::default(),
        })
    }

    /// The field at `index`, unbound if it was never set.
    pub fn field(&self, index: usize) -> Value {
        self.fields.borrow().get(index).cloned().unwrap_or_default()
    }

    /// Set the field at `index`, returning the old value.
    pub fn set_field(&self, index: usize, value: Value) -> Value {
        let mut fields = self.fields.borrow_mut();
        if index >= fields.len() {
            let mut longer = std::mem::take(&mut *fields).into_vec();
            longer.resize_with(index + 1, Value::default);
            *fields = longer.into_boxed_slice();
        }
        std::mem::replace(&mut fields[index], value)
    }

    /// The argument at `index`, if `args` has it.
    pub fn argument(&self, index: usize) -> Option<Value> {
        self.args.borrow().as_tuple()?.get(index).cloned()
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
    /// Add an outer frame to the traceback, with its object if there is one.
    pub fn add_traceback(&self, place: CodePlace, frame: Value) {
        let exception = self.value();
        if let Some(state) = exception.as_exception() {
            let next = state.traceback.borrow().clone();
            let node = Value::object(TracebackObject {
                place,
                next: RefCell::new(next),
                frame: RefCell::new(frame),
                stated: None,
            });
            let old = state.traceback.replace(node);
            drop(old);
        }
    }
}

/// Add a note to an exception (PEP 678), as far as its `__notes__` are a list.
pub fn add_note(exception: &Value, note: Value) {
    let Some(instance) = exception.as_instance() else { return };
    let name = super::string::intern("__notes__");
    match instance.own_attribute(&name) {
        None => drop(instance.set_own_attribute(&name, Value::list(vec![note]))),
        Some(notes) => {
            if let Some(notes) = notes.list_like() {
                notes.items.borrow_mut().push(note);
            }
        }
    }
}

/// One frame of a traceback; `next` is the frame it called.
pub struct TracebackObject {
    pub place: CodePlace,
    /// A traceback object or None.
    pub next: RefCell<Value>,
    /// The frame's object; unbound until there is one.
    pub frame: RefCell<Value>,
    /// The line that a script gave to a traceback that it made, if it is not that of the place.
    pub stated: Option<i64>,
}

impl Traverse for TracebackObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.place.code);
        visit(&self.next.borrow());
        visit(&self.frame.borrow());
    }

    fn clear(&self) {
        drop(self.next.replace(Value::NONE));
        drop(self.frame.take());
    }
}
