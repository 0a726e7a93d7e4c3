//! The modules that scripts may import.

use crate::object::spec::ModuleSpec;

/// Every native module.
pub static MODULES: &[&ModuleSpec] = &[];
