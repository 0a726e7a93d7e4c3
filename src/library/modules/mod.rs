//! The modules that scripts may import.

pub mod bisect;
pub mod io;
pub mod math;
pub mod random;

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[&bisect::BISECT, &io::IO, &math::MATH, &random::RANDOM_MODULE];
