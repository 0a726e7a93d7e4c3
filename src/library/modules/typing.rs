//! `typing`: written in apy.

use crate::library::types::union_;
use crate::object::NativeRow;
use crate::object::spec::{ModuleSpec, native};

pub static TYPING: ModuleSpec = ModuleSpec {
    name: "typing",
    doc: "The typing module: Support for gradual typing as defined by PEP 484 and subsequent PEPs.",
    functions: FUNCTIONS,
    script: script!("typing.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[native(
    "_union_of",
    "left, right, /",
    |interp, args| union_::union_of(interp, &args[0], &args[1]),
    "What `left | right` makes of classes and their like.",
)];
