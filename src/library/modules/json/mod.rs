//! `json`: what reads and writes texts is native, the classes around it are written in apy.

mod encode;
mod scan;
mod text;

use crate::object::spec::{ModuleSpec, Script, native};
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};

/// How deep lists and dicts may be nested: as deep as CPython's C code goes.
const MOST_NESTED: usize = 9990;

pub static JSON: ModuleSpec = ModuleSpec {
    name: "json",
    doc: "JSON (JavaScript Object Notation) <https://json.org> is a subset of\nJavaScript syntax (ECMA-262 3rd edition) used as a lightweight data\ninterchange format.",
    script: script!("json/package.apy"),
    ..ModuleSpec::EMPTY
};

pub static DECODER: ModuleSpec = ModuleSpec {
    name: "json.decoder",
    doc: "Implementation of JSONDecoder\n",
    script: script!("json/decoder.apy"),
    ..ModuleSpec::EMPTY
};

pub static ENCODER: ModuleSpec = ModuleSpec {
    name: "json.encoder",
    doc: "Implementation of JSONEncoder\n",
    script: script!("json/encoder.apy"),
    ..ModuleSpec::EMPTY
};

pub static SCANNER: ModuleSpec = ModuleSpec {
    name: "json.scanner",
    doc: "JSON token scanner\n",
    script: Script::inline(
        "from _json import make_scanner\n\nc_make_scanner = make_scanner\n\n__all__ = ['make_scanner']\n",
    ),
    ..ModuleSpec::EMPTY
};

pub static NATIVE: ModuleSpec = ModuleSpec {
    name: "_json",
    doc: "json speedups\n",
    functions: FUNCTIONS,
    types: &[&scan::SCANNER, &encode::ENCODER],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "encode_basestring",
        "string, /",
        |interp, args| quoted(interp, &args[0], false),
        "Return a JSON representation of a Python string",
    ),
    native(
        "encode_basestring_ascii",
        "string, /",
        |interp, args| quoted(interp, &args[0], true),
        "Return an ASCII-only JSON representation of a Python string",
    ),
    native("scanstring", "string, end, strict=True, /", scan::scan_string, "Scan a JSON string."),
    native("skip_whitespace", "string, idx, /", scan::skip_whitespace, "Where something else begins."),
];

fn quoted(interp: &mut dyn Interpreter, value: &Value, ascii: bool) -> Completion {
    let text = interp.expect_str(value, |class| format!("first argument must be a string, not {class}"))?;
    let mut out = String::with_capacity(text.len() + 2);
    text::push_quoted(&mut out, text, ascii);
    Ok(Value::str(&out))
}

/// RecursionError while doing something.
#[cold]
fn too_deep(interp: &mut dyn Interpreter, doing: &str) -> Raised {
    let message = format!("maximum recursion depth exceeded while {doing}");
    interp.raise(crate::object::CoreType::RecursionError, &message)
}
