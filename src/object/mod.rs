//! What values are: one file per kind of object, the heap under them, and the interfaces by
//! which natives are described ([`spec`]) and reach the machine ([`interpreter`]). Knows no
//! name that a script can type, except those of the core types.

pub mod async_gen;
pub mod async_hooks;
pub mod bytes;
pub mod cell;
pub mod class;
pub mod class_build;
pub mod code;
pub mod codec;
pub mod complex;
pub mod core_type;
pub mod descriptor;
pub mod dict;
pub mod escape;
pub mod exception;
pub mod fault;
pub mod format;
pub mod function;
pub mod generator;
pub mod hash;
pub mod heap;
pub mod instance;
pub mod integer;
pub mod interpreter;
pub mod interrupt;
pub mod iterator;
pub mod list;
pub mod method;
pub mod module;
pub mod mro;
pub mod native;
pub mod native_object;
pub mod number;
pub mod order;
pub mod range;
pub mod repr;
pub mod sequence;
pub mod set;
pub mod shape;
pub mod slice;
pub mod spec;
pub mod string;
pub mod suggestions;
pub mod text;
pub mod traceback;
pub mod tuple;
pub mod unicode;
pub mod value;
pub mod warnings;

pub use crate::bytecode::{Code, CodeKind, Flavor, Op};
pub use core_type::CoreType;
pub use interpreter::{Interpreter, Resume, Resumed};
pub use native_object::NativeObject;
pub use spec::{NativeRow, TypeSpec};
pub use value::{Completion, Raised, Tag, Value};
