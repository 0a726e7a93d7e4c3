//! `importlib` and its modules: written in apy but for the search.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, NativeRow, Raised, TypeSpec, Value};

pub static IMPORTLIB: ModuleSpec = ModuleSpec {
    name: "importlib",
    doc: "A pure Python implementation of import.",
    script: script!("importlib/package.apy"),
    ..ModuleSpec::EMPTY
};

pub static UTIL: ModuleSpec = ModuleSpec {
    name: "importlib.util",
    doc: "Utility code for constructing importers, etc.",
    functions: FUNCTIONS,
    script: script!("importlib/util.apy"),
    ..ModuleSpec::EMPTY
};

pub static MACHINERY: ModuleSpec = ModuleSpec {
    name: "importlib.machinery",
    doc: "The machinery of importlib: finders, loaders, hooks, etc.",
    types: &[&BUILTIN_IMPORTER, &FROZEN_IMPORTER, &PATH_FINDER],
    script: script!("importlib/machinery.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_locate", "name, /", locate, "Where a module would be imported from; None if nowhere."),
    native(
        "_search",
        "name, path, /",
        search,
        "Where in the folders of a path a module is, and whether it is a package.",
    ),
];

/// A finder of `sys.meta_path` that stands for a part of the search that the import statement does
/// by itself.
const fn finder(name: &'static str, module: &'static str, methods: &'static [NativeRow]) -> TypeSpec {
    TypeSpec { name, module, methods, doc: "Meta path finder.", ..TypeSpec::EMPTY }
}

static BUILTIN_IMPORTER: TypeSpec = finder(
    "BuiltinImporter",
    "_frozen_importlib",
    &[
        native(
            "find_spec",
            "fullname, path=None, target=None",
            |i, a| found_by(i, a, "_builtin_spec"),
            "Find the spec of a built-in module.",
        )
        .as_static(),
        native("create_module", "spec", create_builtin, "Create a built-in module").as_static(),
        native("exec_module", "module", nothing, "Exec a built-in module").as_static(),
        native(
            "is_package",
            "fullname",
            |_, _| Ok(Value::FALSE),
            "Return False as built-in modules are never packages.",
        )
        .as_static(),
        native("get_source", "fullname", nothing, "Return None as built-in modules do not have source code.")
            .as_static(),
        native("get_code", "fullname", nothing, "Return None as built-in modules do not have code objects.")
            .as_static(),
    ],
);

static FROZEN_IMPORTER: TypeSpec = finder(
    "FrozenImporter",
    "_frozen_importlib",
    &[native("find_spec", "fullname, path=None, target=None", nothing, "Find the spec of a frozen module.")
        .as_static()],
);

static PATH_FINDER: TypeSpec = finder(
    "PathFinder",
    "_frozen_importlib_external",
    &[
        native(
            "find_spec",
            "fullname, path=None, target=None",
            |i, a| found_by(i, a, "_find_in_path"),
            "Try to find a spec for 'fullname' on sys.path or 'path'.",
        )
        .as_static(),
        native("invalidate_caches", "", nothing, "Nothing is cached about modules that were not found.")
            .as_static(),
    ],
);

/// `sys.meta_path`.
pub fn meta_path(interp: &mut dyn Interpreter) -> Value {
    let finders = [&BUILTIN_IMPORTER, &FROZEN_IMPORTER, &PATH_FINDER];
    Value::list(finders.map(|spec| interp.type_of_spec(spec)).to_vec())
}

fn nothing(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NONE)
}

/// What a function of the machinery finds for a name and a path.
fn found_by(interp: &mut dyn Interpreter, args: &[Value], function: &str) -> Completion {
    let machinery = submodule(interp, "machinery")?;
    interp.call_method(&machinery, function, &args[..2])
}

fn submodule(interp: &mut dyn Interpreter, name: &str) -> Result<Value, Raised> {
    let package = interp.import("importlib")?;
    interp.call_method(&package, "import_module", &[Value::str(&format!("importlib.{name}"))])
}

fn create_builtin(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.attribute(&args[0], "name")?;
    let package = interp.import("importlib")?;
    interp.call_method(&package, "import_module", &[name])
}

fn locate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.expect_str(&args[0], |class| format!("module name must be str, not {class}"))?;
    Ok(interp.locate_module(name)?.map_or(Value::NONE, |place| Value::str(&place)))
}

fn search(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.expect_str(&args[0], |class| format!("module name must be str, not {class}"))?;
    let folders = interp.collect(&args[1])?;
    let folders: Vec<_> = folders.iter().filter_map(Value::str_like).map(Into::into).collect();
    Ok(match interp.search_folders(name, &folders) {
        None => Value::NONE,
        Some(found) if found.len() == 1 && found[0].is_file() => {
            let is_package = found[0].file_stem().is_some_and(|stem| stem == "__init__");
            Value::pair(Value::str(&found[0].to_string_lossy()), Value::bool(is_package))
        }
        Some(found) => {
            let places = found.iter().map(|place| Value::str(&place.to_string_lossy())).collect();
            Value::pair(Value::list(places), Value::TRUE)
        }
    })
}
