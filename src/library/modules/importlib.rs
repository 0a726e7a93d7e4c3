//! `importlib` and `importlib.util`: written in apy but for the search.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, NativeRow, Value};

pub static IMPORTLIB: ModuleSpec = ModuleSpec {
    name: "importlib",
    doc: "A pure Python implementation of import.",
    script: script!("importlib.apy"),
    ..ModuleSpec::EMPTY
};

pub static UTIL: ModuleSpec = ModuleSpec {
    name: "importlib.util",
    doc: "Utility code for constructing importers, etc.",
    functions: FUNCTIONS,
    script: script!("importlib_util.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] =
    &[native("_locate", "name, /", locate, "Where a module would be imported from; None if nowhere.")];

fn locate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.expect_str(&args[0], |class| format!("module name must be str, not {class}"))?;
    Ok(interp.locate_module(name)?.map_or(Value::NONE, |place| Value::str(&place)))
}
