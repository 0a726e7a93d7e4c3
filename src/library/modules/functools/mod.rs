//! The module `functools`. What is called often is native; the rest is `scripts/functools.apy`.

mod cached_property;
mod key_wrapper;
mod lru_cache;
mod partial;

use crate::object::convention::Convention;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Value};

pub static FUNCTOOLS: ModuleSpec = ModuleSpec {
    name: "functools",
    doc: "functools.py - Tools for working with functions and callable objects\n",
    functions: FUNCTIONS,
    types: &[&cached_property::CACHED_PROPERTY, &lru_cache::LRU_CACHE_WRAPPER, &partial::PARTIAL],
    script: script!("functools.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("cmp_to_key", "mycmp", key_wrapper::cmp_to_key, "Convert a cmp= function into a key= function."),
    native(
        "reduce",
        "function, iterable, initial=?, /",
        reduce,
        "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is present,\nit is placed before the items of the iterable in the calculation, and serves as\na default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
    )
    .bound_by(Convention::UnpackTuple),
];

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !crate::library::types::list::is_iterable(interp, &args[1]) {
        return Err(interp.type_error("reduce() arg 2 must support iteration"));
    }
    let iterator = interp.iter(&args[1])?;
    let mut result = match args[2].given() {
        Some(initial) => initial.clone(),
        None => match interp.next(&iterator)? {
            Some(first) => first,
            None => return Err(interp.type_error("reduce() of empty iterable with no initial value")),
        },
    };
    while let Some(item) = interp.next(&iterator)? {
        result = interp.call(&args[0], &[result, item])?;
    }
    Ok(result)
}
