//! The functions of the module `builtins`, by topic.

pub mod async_;
mod attributes;
mod dynamic;
mod io;
mod iteration;
mod numbers;
mod objects;
mod site;

pub use numbers::absolute;

use crate::object::NativeRow;

/// Every builtin function.
pub static FUNCTIONS: &[&[NativeRow]] = &[
    &async_::FUNCTIONS,
    attributes::FUNCTIONS,
    dynamic::FUNCTIONS,
    io::FUNCTIONS,
    iteration::FUNCTIONS,
    numbers::FUNCTIONS,
    objects::FUNCTIONS,
    site::FUNCTIONS,
];
