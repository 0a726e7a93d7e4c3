//! The library: methods of types, builtin functions, modules. Reaches the machine through the
//! [`Interpreter`](crate::object::Interpreter) trait only.

pub mod builtins;
pub mod io;
pub mod modules;
pub mod types;

use crate::object::spec::Catalog;

/// All of the library.
pub static CATALOG: Catalog =
    Catalog { types: types::TYPES, builtins: builtins::FUNCTIONS, modules: modules::MODULES };
