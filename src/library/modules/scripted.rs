//! Modules that are written in apy altogether.

use crate::object::spec::ModuleSpec;

pub static QUEUE: ModuleSpec = ModuleSpec {
    name: "queue",
    doc: "A multi-producer, multi-consumer queue.",
    script: include_str!("../scripts/queue.apy"),
    ..ModuleSpec::EMPTY
};

pub static STRING: ModuleSpec = ModuleSpec {
    name: "string",
    doc: "A collection of string constants.",
    script: include_str!("../scripts/string.apy"),
    ..ModuleSpec::EMPTY
};

pub static TEXTWRAP: ModuleSpec = ModuleSpec {
    name: "textwrap",
    doc: "Text wrapping and filling.",
    script: include_str!("../scripts/textwrap.apy"),
    ..ModuleSpec::EMPTY
};
