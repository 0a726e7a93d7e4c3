//! The built-in exceptions: what all have in common, and what some have beside it.

mod attribute;
mod base;
mod group;
mod import;
mod os;
mod stop;
mod syntax;
mod unicode;

pub use os::{os_error, os_error_class};

use crate::object::{CoreType, TypeSpec};

/// An exception class that adds nothing visible but text, or a few rows.
macro_rules! specs {
    ($($name:ident = $class:ident, $methods:expr, $getters:expr, $doc:literal;)+) => {
        $(pub static $name: TypeSpec = TypeSpec {
            name: CoreType::$class.name(),
            doc: $doc,
            core: Some(CoreType::$class),
            methods: $methods,
            getters: $getters,
            subclassable: true,
            ..TypeSpec::EMPTY
        };)+
    };
}

specs! {
    BASE_EXCEPTION = BaseException, base::METHODS, base::GETTERS, "Common base class for all exceptions";
    BASE_EXCEPTION_GROUP = BaseExceptionGroup, group::METHODS, group::GETTERS,
        "A combination of multiple unrelated exceptions.";
    SYSTEM_EXIT = SystemExit, &[], stop::EXIT_GETTERS, "Request to exit from the interpreter.";
    STOP_ITERATION = StopIteration, &[], stop::STOP_GETTERS, "Signal the end from iterator.__next__().";
    KEY_ERROR = KeyError, stop::KEY_ERROR_METHODS, &[], "Mapping key not found.";
    ATTRIBUTE_ERROR = AttributeError, attribute::ATTRIBUTE_ERROR_METHODS, attribute::ATTRIBUTE_ERROR_GETTERS,
        "Attribute not found.";
    NAME_ERROR = NameError, attribute::NAME_ERROR_METHODS, attribute::NAME_ERROR_GETTERS,
        "Name not found globally.";
    IMPORT_ERROR = ImportError, import::METHODS, import::GETTERS,
        "Import can't find module, or can't find name in module.";
    OS_ERROR = OSError, os::METHODS, os::GETTERS, "Base class for I/O related errors.";
    SYNTAX_ERROR = SyntaxError, syntax::METHODS, syntax::GETTERS, "Invalid syntax.";
    UNICODE_DECODE_ERROR = UnicodeDecodeError, unicode::DECODE_METHODS, unicode::GETTERS,
        "Unicode decoding error.";
    UNICODE_ENCODE_ERROR = UnicodeEncodeError, unicode::ENCODE_METHODS, unicode::GETTERS,
        "Unicode encoding error.";
    UNICODE_TRANSLATE_ERROR = UnicodeTranslateError, unicode::TRANSLATE_METHODS, unicode::TRANSLATE_GETTERS,
        "Unicode translation error.";
}
