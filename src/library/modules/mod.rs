//! The modules that scripts may import.

pub mod asyncio;
pub mod bisect;
pub mod contextvars;
pub mod functools;
pub mod io;
pub mod math;
pub mod random;
pub mod sys;
pub mod time;

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[
    &asyncio::ASYNCIO,
    &bisect::BISECT,
    &contextvars::CONTEXTVARS,
    &io::IO,
    &math::MATH,
    &random::RANDOM_MODULE,
    &time::TIME,
    &functools::FUNCTOOLS,
    &sys::SYS,
];
