//! `collections.abc`: all of it is written in apy.

use crate::object::spec::ModuleSpec;

pub static COLLECTIONS_ABC: ModuleSpec = ModuleSpec {
    name: "collections.abc",
    doc: "Abstract Base Classes (ABCs) for collections, according to PEP 3119.",
    script: script!("collections_abc.apy"),
    ..ModuleSpec::EMPTY
};
