//! What scripts may ask of the built-in types: one table per type.

use crate::object::TypeSpec;

/// Every built-in type, core types first; bases before their subclasses.
pub static TYPES: &[&TypeSpec] = &[];
