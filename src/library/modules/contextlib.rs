//! `contextlib`: all of it is written in apy.

use crate::object::spec::ModuleSpec;

pub static CONTEXTLIB: ModuleSpec = ModuleSpec {
    name: "contextlib",
    doc: "Utilities for with-statement contexts.  See PEP 343.",
    script: script!("contextlib.apy"),
    ..ModuleSpec::EMPTY
};
