//! The modules that scripts may import.

pub mod abc;
pub mod asyncio;
pub mod bisect;
pub mod contextlib;
pub mod contextvars;
pub mod functools;
pub mod gc;
pub mod io;
pub mod math;
pub mod random;
pub mod sys;
pub mod time;
pub mod types;
pub mod weakref;

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[
    &abc::ABC,
    &asyncio::ASYNCIO,
    &bisect::BISECT,
    &contextlib::CONTEXTLIB,
    &contextvars::CONTEXTVARS,
    &gc::GC,
    &io::IO,
    &math::MATH,
    &random::RANDOM_MODULE,
    &time::TIME,
    &functools::FUNCTOOLS,
    &sys::SYS,
    &types::TYPES,
    &weakref::WEAKREF,
];
