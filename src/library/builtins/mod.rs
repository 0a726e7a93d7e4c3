//! The functions of the module `builtins`, by topic.

mod io;
mod iteration;

use crate::object::NativeRow;

/// Every builtin function.
pub static FUNCTIONS: &[&[NativeRow]] = &[io::FUNCTIONS, iteration::FUNCTIONS];
