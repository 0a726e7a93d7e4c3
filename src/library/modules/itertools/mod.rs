//! `itertools`. Every class is a native iterator; none holds a borrow while a script may run.

mod chains;
mod combinatoric;
mod endless;
mod filters;
mod groups;
mod owned;

use crate::object::spec::{ModuleSpec, native};

/// The module `itertools`.
pub static ITERTOOLS: ModuleSpec = ModuleSpec {
    name: "itertools",
    doc: "Functional tools for creating and using iterators.",
    functions: &[native(
        "tee",
        "iterable, n=2, /",
        groups::tee,
        "Returns a tuple of n independent iterators.",
    )],
    types: &[
        &filters::ACCUMULATE,
        &groups::BATCHED,
        &chains::CHAIN,
        &combinatoric::COMBINATIONS,
        &combinatoric::COMBINATIONS_WITH_REPLACEMENT,
        &filters::COMPRESS,
        &endless::COUNT,
        &endless::CYCLE,
        &filters::DROPWHILE,
        &filters::FILTERFALSE,
        &groups::GROUPBY,
        &filters::ISLICE,
        &groups::PAIRWISE,
        &combinatoric::PERMUTATIONS,
        &combinatoric::PRODUCT,
        &endless::REPEAT,
        &chains::STARMAP,
        &filters::TAKEWHILE,
        &chains::ZIP_LONGEST,
        &groups::TEE,
        &groups::TEE_CHUNK,
        &groups::GROUPER,
    ],
    ..ModuleSpec::EMPTY
};
