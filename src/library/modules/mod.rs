//! The modules that scripts may import.

pub mod io;
pub mod math;

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[&math::MATH, &io::IO];
