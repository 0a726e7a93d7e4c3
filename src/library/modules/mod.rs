//! The modules that scripts may import.

pub mod abc;
pub mod array;
pub mod ast;
pub mod asyncio;
pub mod binascii;
pub mod bisect;
pub mod cmath;
pub mod codecs;
pub mod collections;
pub mod compressors;
pub mod concurrent;
pub mod contextlib;
pub mod contextvars;
pub mod csv;
pub mod dataclasses;
pub mod decimal;
pub mod descriptors;
pub mod functools;
pub mod gc;
pub mod hashes;
pub mod heapq;
pub mod importlib;
pub mod io;
pub mod itertools;
pub mod json;
pub mod marshal;
pub mod math;
pub mod operator;
pub mod pickle;
pub mod posix;
pub mod posix_at;
pub mod posix_records;
pub mod quoted;
pub mod random;
pub mod re;
pub mod scripted;
pub mod select;
pub mod signal;
pub mod socket;
pub mod string;
pub mod structs;
pub mod sys;
pub mod thread;
pub mod time;
pub mod tokenize;
pub mod traceback;
pub mod types;
pub mod typing;
pub mod unicodedata;
pub mod unittest;
pub mod warnings;
pub mod weakref;
pub mod zlib;

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[
    &abc::ABC,
    &array::ARRAY_MODULE,
    &ast::AST,
    &asyncio::ASYNCIO,
    &binascii::BINASCII,
    &hashes::HASHES,
    &bisect::BISECT,
    &cmath::CMATH,
    &codecs::CODECS,
    &compressors::COMPRESSORS,
    &csv::CSV,
    &concurrent::CONCURRENT,
    &concurrent::FUTURES,
    &concurrent::BASE,
    &concurrent::THREAD,
    &contextlib::CONTEXTLIB,
    &contextvars::CONTEXTVARS,
    &io::IO,
    &marshal::MARSHAL,
    &math::MATH,
    &random::RANDOM_MODULE,
    &thread::THREAD,
    &thread::THREADING,
    &thread::QUEUE,
    &re::RE,
    &time::TIME,
    &collections::COLLECTIONS,
    &collections::COLLECTIONS_USER,
    &collections::abc::COLLECTIONS_ABC,
    &dataclasses::DATACLASSES,
    &decimal::DECIMAL,
    &functools::FUNCTOOLS,
    &gc::GC,
    &heapq::HEAPQ,
    &itertools::ITERTOOLS,
    &json::JSON,
    &json::DECODER,
    &json::ENCODER,
    &json::SCANNER,
    &json::NATIVE,
    &operator::OPERATOR,
    &pickle::PICKLE,
    &posix::POSIX,
    &select::SELECT,
    &posix_at::POSIX_AT,
    &signal::SIGNAL,
    &socket::SOCKET,
    &string::STRING,
    &structs::STRUCT,
    &sys::SYS,
    &tokenize::TOKENIZE,
    &traceback::TRACEBACK,
    &types::TYPES,
    &typing::TYPING,
    &unicodedata::UNICODEDATA,
    &warnings::WARNINGS,
    &weakref::WEAKREF,
    &zlib::ZLIB,
    &unittest::UNITTEST,
    &unittest::CASE,
    &unittest::RESULT,
    &unittest::SUITE,
    &unittest::LOADER,
    &unittest::RUNNER,
    &unittest::MAIN,
    &unittest::SIGNALS,
    &unittest::UTIL,
    &unittest::ASYNC_CASE,
    &unittest::LOG,
    &unittest::MOCK,
    &importlib::IMPORTLIB,
    &importlib::UTIL,
    &importlib::MACHINERY,
];
