//! The functions of the module `builtins`, by topic.

use crate::object::NativeRow;

/// Every builtin function.
pub static FUNCTIONS: &[&[NativeRow]] = &[];
