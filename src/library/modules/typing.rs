//! `typing`: written in apy.

use crate::object::spec::ModuleSpec;

pub static TYPING: ModuleSpec = ModuleSpec {
    name: "typing",
    doc: "The typing module: Support for gradual typing as defined by PEP 484 and subsequent PEPs.",
    script: script!("typing.apy"),
    ..ModuleSpec::EMPTY
};
