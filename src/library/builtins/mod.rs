//! The functions of the module `builtins`, by topic.

mod attributes;
pub mod io;
mod iteration;
mod numbers;
mod objects;

use crate::object::NativeRow;

/// Every builtin function.
pub static FUNCTIONS: &[&[NativeRow]] =
    &[attributes::FUNCTIONS, io::FUNCTIONS, iteration::FUNCTIONS, numbers::FUNCTIONS, objects::FUNCTIONS];
