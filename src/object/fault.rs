//! Errors found by code that knows no interpreter (parsers of format specs, codecs, arithmetic on
//! texts): which exception, and its message.

use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::value::{Raised, Value};

/// An exception still to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub class: CoreType,
    pub message: String,
    /// The first of two arguments, where the C library's error number is one.
    pub errno: Option<i32>,
}

impl Fault {
    #[cold]
    pub fn new(class: CoreType, message: impl Into<String>) -> Fault {
        Fault { class, message: message.into(), errno: None }
    }

    #[cold]
    pub fn value(message: impl Into<String>) -> Fault {
        Fault::new(CoreType::ValueError, message)
    }

    #[cold]
    pub fn type_(message: impl Into<String>) -> Fault {
        Fault::new(CoreType::TypeError, message)
    }

    #[cold]
    pub fn index(message: impl Into<String>) -> Fault {
        Fault::new(CoreType::IndexError, message)
    }

    #[cold]
    pub fn overflow(message: impl Into<String>) -> Fault {
        Fault::new(CoreType::OverflowError, message)
    }

    /// The result could not be held in memory.
    #[cold]
    pub fn memory() -> Fault {
        Fault::new(CoreType::MemoryError, "")
    }

    /// The result is out of the range of floats.
    #[cold]
    pub fn range() -> Fault {
        let message = "Numerical result out of range".to_owned();
        Fault { class: CoreType::OverflowError, message, errno: Some(34) }
    }

    /// Raise it.
    #[cold]
    pub fn raise(self, interp: &mut dyn Interpreter) -> Raised {
        let message = Value::str(&self.message);
        if let Some(errno) = self.errno {
            return interp.raise_args(self.class, &[Value::int(errno.into()), message]);
        }
        let args = if self.message.is_empty() { &[][..] } else { std::slice::from_ref(&message) };
        interp.raise_args(self.class, args)
    }
}
