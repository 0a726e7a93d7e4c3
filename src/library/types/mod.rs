//! What scripts may ask of the built-in types: one table per type.

pub mod adapters;
pub mod async_generator;
pub mod bool_;
pub mod builtin_function;
pub mod bytes;
pub mod bytes_argument;
pub mod cell;
pub mod class_method;
pub mod code;
pub mod complex;
pub mod coroutine;
pub mod descriptors;
pub mod dict;
pub mod exceptions;
pub mod float;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod generic_parameters;
pub mod int;
pub mod list;
pub mod mapping_proxy;
pub mod method;
pub mod module;
pub mod none;
pub mod numeric;
pub mod object;
pub mod property;
pub mod range;
pub mod receiver;
pub mod reduce;
pub mod set;
pub mod slice;
pub mod str;
pub mod struct_sequence;
pub mod super_;
pub mod support;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod type_layout;
pub mod union_;

use crate::object::TypeSpec;

/// Every built-in type, core types first; bases before their subclasses.
pub static TYPES: &[&TypeSpec] = &[
    &object::OBJECT,
    &type_::TYPE,
    &int::INT,
    &bool_::BOOL,
    &float::FLOAT,
    &complex::COMPLEX,
    &none::NONE_TYPE,
    &none::ELLIPSIS,
    &none::NOT_IMPLEMENTED_TYPE,
    &function::FUNCTION,
    &builtin_function::BUILTIN_FUNCTION,
    &builtin_function::METHOD_DESCRIPTOR,
    &builtin_function::WRAPPER_DESCRIPTOR,
    &builtin_function::CLASS_METHOD_DESCRIPTOR,
    &builtin_function::METHOD_WRAPPER,
    &method::METHOD,
    &generator::GENERATOR,
    &coroutine::COROUTINE,
    &async_generator::ASYNC_GENERATOR,
    &cell::CELL,
    &module::MODULE,
    &code::CODE,
    &property::PROPERTY,
    &class_method::CLASS_METHOD,
    &class_method::STATIC_METHOD,
    &super_::SUPER,
    &descriptors::GET_SET,
    &traceback::TRACEBACK,
    &exceptions::BASE_EXCEPTION,
    &exceptions::BASE_EXCEPTION_GROUP,
    &exceptions::SYSTEM_EXIT,
    &exceptions::ATTRIBUTE_ERROR,
    &exceptions::IMPORT_ERROR,
    &exceptions::KEY_ERROR,
    &exceptions::NAME_ERROR,
    &exceptions::OS_ERROR,
    &exceptions::STOP_ITERATION,
    &exceptions::SYNTAX_ERROR,
    &exceptions::UNICODE_DECODE_ERROR,
    &exceptions::UNICODE_ENCODE_ERROR,
    &exceptions::UNICODE_TRANSLATE_ERROR,
    &str::STR,
    &str::STR_ITERATOR,
    &str::STR_ASCII_ITERATOR,
    &bytes::BYTES,
    &bytes::BYTES_ITERATOR,
    &bytes::BYTEARRAY,
    &bytes::BYTEARRAY_ITERATOR,
    &bytes::MEMORYVIEW,
    &dict::DICT,
    &list::LIST,
    &list::LIST_ITERATOR,
    &list::TUPLE_ITERATOR,
    &range::RANGE,
    &range::RANGE_ITERATOR,
    &set::FROZENSET,
    &set::SET,
    &slice::SLICE,
    &tuple::TUPLE,
    &adapters::ENUMERATE,
    &adapters::FILTER,
    &adapters::MAP,
    &adapters::REVERSED,
    &adapters::ZIP,
];
