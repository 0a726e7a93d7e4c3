//! Modules that are written in apy altogether.

use crate::object::spec::ModuleSpec;

pub static CODECS: ModuleSpec = ModuleSpec {
    name: "codecs",
    doc: "Python Codec Registry, API and helpers.",
    script: include_str!("../scripts/codecs.apy"),
    ..ModuleSpec::EMPTY
};

pub static DIFFLIB: ModuleSpec = ModuleSpec {
    name: "difflib",
    doc: "Helpers for computing deltas between objects.",
    script: include_str!("../scripts/difflib.apy"),
    ..ModuleSpec::EMPTY
};

pub static FNMATCH: ModuleSpec = ModuleSpec {
    name: "fnmatch",
    doc: "Filename matching with shell patterns.",
    script: include_str!("../scripts/fnmatch.apy"),
    ..ModuleSpec::EMPTY
};

pub static PPRINT: ModuleSpec = ModuleSpec {
    name: "pprint",
    doc: "Support to pretty-print lists, tuples, & dictionaries recursively.",
    script: include_str!("../scripts/pprint.apy"),
    ..ModuleSpec::EMPTY
};

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
