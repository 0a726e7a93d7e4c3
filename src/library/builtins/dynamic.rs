//! Builtins that compile and run texts: `compile`, `eval`, `exec`, and `__import__`.

use crate::library::types::bytes::buffer::joined;
use crate::object::dict::DictObject;
use crate::object::interpreter::{Interpreter, TextKind, TextRequest};
use crate::object::sequence::has_method;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, NativeRow, Raised, Value};
use apy_grammar::SourceFile;
use std::rc::Rc;

pub const FUNCTIONS: &[NativeRow] = &[
    native("__import__", "name, globals=None, locals=None, fromlist=(), level=0", import, "Import a module."),
    native(
        "compile",
        "source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1",
        compile,
        "Compile source into a code object that can be executed by exec() or eval().",
    ),
    native(
        "eval",
        "source, /, globals=None, locals=None",
        eval,
        "Evaluate the given source in the context of globals and locals.",
    ),
    native(
        "exec",
        "source, /, globals=None, locals=None, *, closure=None",
        exec,
        "Execute the given source in the context of globals and locals.",
    ),
];

/// Flags of `compile`, as CPython numbers them.
mod flag {
    pub const DONT_IMPLY_DEDENT: i64 = 0x200;
    pub const ONLY_AST: i64 = 0x400;
    /// With `ONLY_AST` in it.
    pub const OPTIMIZED: i64 = 0x8400;
    pub const TYPE_COMMENTS: i64 = 0x1000;
    pub const TOP_LEVEL_AWAIT: i64 = 0x2000;
    pub const INCOMPLETE_INPUT: i64 = 0x4000;
    /// Of `from __future__`: features that the language always has.
    pub const OLD_FEATURES: i64 = 0x10 | 0x20000 | 0x40000 | 0x80000 | 0x10_0000 | 0x20_0000 | 0x80_0000;
    pub const ANNOTATIONS: i64 = 0x100_0000;
    pub const KNOWN: i64 = DONT_IMPLY_DEDENT
        | OPTIMIZED
        | TYPE_COMMENTS
        | TOP_LEVEL_AWAIT
        | INCOMPLETE_INPUT
        | OLD_FEATURES
        | ANNOTATIONS;
}

/// The text of a `source` argument that is a string or bytes; `None` if it is neither.
fn source_text(interp: &mut dyn Interpreter, source: &Value) -> Result<Option<String>, Raised> {
    if let Some(text) = source.str_like() {
        return Ok(Some(text.to_owned()));
    }
    let Some(data) = joined(interp, source)? else { return Ok(None) };
    match String::from_utf8(data.to_vec()) {
        Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            let text = format!(
                "(unicode error) 'utf-8' codec can't decode byte 0x{byte:02x} in position {at}: invalid start byte"
            );
            Err(interp.raise(CoreType::SyntaxError, &text))
        }
    }
}

/// The text under its name. Tracebacks quote it only if that is a file with this text.
fn source_file(name: &str, text: String) -> Rc<SourceFile> {
    let is_file = !name.starts_with('<') && std::fs::read(name).is_ok_and(|data| data == text.as_bytes());
    let source = SourceFile::new(name, text);
    Rc::new(if is_file { source } else { source.unquoted() })
}

/// Whether the calling code keeps annotations as text.
fn inherits_annotations(interp: &dyn Interpreter) -> bool {
    let place = interp.stack(1).pop();
    place.as_ref().and_then(|place| place.code.as_code()).is_some_and(|code| code.code.future_annotations)
}

fn compile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [source, filename, mode, flags, dont_inherit, optimize, _] = args else { return Ok(Value::NONE) };
    let filename = file_name(interp, filename)?;
    let mode = interp.expect_str_argument(mode, "compile() argument 'mode'")?;
    if filename.contains('\0') || mode.contains('\0') {
        return Err(interp.value_error("embedded null character"));
    }
    let flags = interp.expect_int(flags)?;
    let optimize = interp.expect_int(optimize)?;
    if flags & !flag::KNOWN != 0 {
        return Err(interp.value_error("compile(): unrecognised flags"));
    }
    if !(-1..=2).contains(&optimize) {
        return Err(interp.value_error("compile(): invalid optimize value"));
    }
    if optimize > 0 {
        let text = "compile() that leaves out assertions and docstrings is not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, text));
    }
    for (flag, what) in [
        (flag::OPTIMIZED & !flag::ONLY_AST, "compile() to an optimized syntax tree"),
        (flag::TYPE_COMMENTS, "compile() with type comments"),
        (flag::TOP_LEVEL_AWAIT, "compile() with await at top level"),
    ] {
        if flags & flag != 0 {
            let text = format!("{what} is not supported yet by apy");
            return Err(interp.raise(CoreType::NotImplementedError, &text));
        }
    }
    let kind = match mode {
        "exec" => TextKind::Exec,
        "eval" => TextKind::Eval,
        "single" => TextKind::Single,
        "func_type" if flags & flag::ONLY_AST != 0 => TextKind::FunctionType,
        "func_type" => {
            let text = "compile() mode 'func_type' requires flag PyCF_ONLY_AST";
            return Err(interp.value_error(text));
        }
        _ if flags & flag::ONLY_AST != 0 => {
            return Err(interp.value_error("compile() mode must be 'exec', 'eval', 'single' or 'func_type'"));
        }
        _ => return Err(interp.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    let inherits = !interp.truth(dont_inherit)? && inherits_annotations(interp);
    let future_annotations = inherits || flags & flag::ANNOTATIONS != 0;
    let is_typed = flags & flag::INCOMPLETE_INPUT != 0;
    let request = TextRequest { kind, future_annotations, is_typed };
    if interp.is_tree(source)? {
        return match flags & flag::ONLY_AST {
            0 => interp.compile_tree(source, &filename, request),
            _ => Ok(source.clone()),
        };
    }
    let Some(text) = source_text(interp, source)? else {
        return Err(interp.type_error("compile() arg 1 must be a string, bytes or AST object"));
    };
    let file = source_file(&filename, text);
    match flags & flag::ONLY_AST {
        0 => interp.compile_text(&file, request),
        _ => interp.syntax_tree(&file, request),
    }
}

/// A path argument: a string, bytes, or an object with `__fspath__`.
fn file_name(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let plain = |value: &Value| match (value.str_like(), value.bytes_like()) {
        (Some(text), _) => Some(text.to_owned()),
        (None, Some(data)) => Some(String::from_utf8_lossy(data).into_owned()),
        (None, None) => None,
    };
    if let Some(name) = plain(value) {
        return Ok(name);
    }
    if let Some(path) = interp.call_special(value, "__fspath__", &[])?
        && let Some(name) = plain(&path)
    {
        return Ok(name);
    }
    let class = interp.type_name(value);
    Err(interp.type_error(&format!("expected str, bytes or os.PathLike object, not {class}")))
}

/// The globals and the namespace in which a text runs, from the arguments or the caller.
fn namespaces(
    interp: &mut dyn Interpreter,
    function: &str,
    globals: &Value,
    locals: &Value,
) -> Result<(Value, Value), Raised> {
    let is_mapping = locals.is_none() || locals.dict_like().is_some() || {
        let class = interp.class_of(locals);
        class
            .as_type()
            .is_some_and(|class| class.lookup(&crate::object::string::intern("__getitem__")).is_some())
    };
    if function == "eval" {
        if !is_mapping {
            return Err(interp.type_error("locals must be a mapping"));
        }
        if !globals.is_none() && globals.dict_like().is_none() {
            let is_mapping = has_method(interp, globals, "__getitem__");
            return Err(interp.type_error(if is_mapping {
                "globals must be a real dict; try eval(expr, {}, mapping)"
            } else {
                "globals must be a dict"
            }));
        }
    } else {
        if !globals.is_none() && globals.dict_like().is_none() {
            let class = interp.type_name(globals);
            return Err(interp.type_error(&format!("exec() globals must be a dict, not {class}")));
        }
        if !is_mapping {
            let class = interp.type_name(locals);
            return Err(interp.type_error(&format!("locals must be a mapping or None, not {class}")));
        }
    }
    let (globals, namespace) = if globals.is_none() {
        let own = interp.caller_globals().unwrap_or_else(|| Value::dict(DictObject::new()));
        let namespace = match locals.is_none() {
            true => interp.caller_locals().unwrap_or_else(|| own.clone()),
            false => locals.clone(),
        };
        (own, namespace)
    } else {
        (globals.clone(), if locals.is_none() { globals.clone() } else { locals.clone() })
    };
    if let Some(dict) = globals.dict_like()
        && dict.get_str("__builtins__").is_none()
    {
        drop(dict.set_str("__builtins__", interp.builtins()));
    }
    Ok((globals, namespace))
}

fn eval(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [source, globals, locals] = args else { return Ok(Value::NONE) };
    let (globals, namespace) = namespaces(interp, "eval", globals, locals)?;
    if let Some(code) = source.as_code() {
        if !code.code.free_names.is_empty() {
            return Err(interp.type_error("code object passed to eval() may not contain free variables"));
        }
        return interp.run_code(source, &globals, &namespace, &[]);
    }
    let Some(text) = source_text(interp, source)? else {
        return Err(interp.type_error("eval() arg 1 must be a string, bytes or code object"));
    };
    let text = text.trim_start_matches([' ', '\t']).to_owned();
    run_text(interp, text, TextKind::Eval, &globals, &namespace)
}

fn exec(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [source, globals, locals, closure] = args else { return Ok(Value::NONE) };
    let (globals, namespace) = namespaces(interp, "exec", globals, locals)?;
    if let Some(code) = source.as_code() {
        let wanted = code.code.free_names.len();
        let cells = closure.tuple_like().filter(|cells| cells.iter().all(|cell| cell.as_cell().is_some()));
        let cells = match (wanted, closure.is_none(), cells) {
            (0, true, _) => &[],
            (0, false, _) => {
                return Err(interp.type_error("cannot use a closure with this code object"));
            }
            (_, false, Some(cells)) if cells.len() == wanted => cells,
            (_, true, _) => {
                let text = "code object passed to exec() may not contain free variables";
                return Err(interp.type_error(text));
            }
            _ => {
                let text = format!("code object requires a closure of exactly length {wanted}");
                return Err(interp.type_error(&text));
            }
        };
        interp.run_code(source, &globals, &namespace, cells)?;
        return Ok(Value::NONE);
    }
    if !closure.is_none() {
        return Err(interp.type_error("closure can only be used when source is a code object"));
    }
    let Some(text) = source_text(interp, source)? else {
        return Err(interp.type_error("exec() arg 1 must be a string, bytes or code object"));
    };
    run_text(interp, text, TextKind::Exec, &globals, &namespace)?;
    Ok(Value::NONE)
}

fn run_text(
    interp: &mut dyn Interpreter,
    text: String,
    kind: TextKind,
    globals: &Value,
    namespace: &Value,
) -> Completion {
    let future_annotations = inherits_annotations(interp);
    // Where names live in the globals, statements run at the speed of a module.
    let kind = if kind == TextKind::Exec && namespace.is(globals) { TextKind::Module } else { kind };
    let source = Rc::new(SourceFile::new("<string>", text).unquoted());
    let code = interp.compile_text(&source, TextRequest { kind, future_annotations, is_typed: false })?;
    interp.run_code(&code, globals, namespace, &[])
}

fn import(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [name, globals, _, fromlist, level] = args else { return Ok(Value::NONE) };
    let Some(name) = name.str_like() else {
        return Err(interp.type_error("module name must be a string"));
    };
    let level = interp.expect_int(level)?;
    let Ok(level) = usize::try_from(level) else {
        return Err(interp.value_error("level must be >= 0"));
    };
    if name.is_empty() && level == 0 {
        return Err(interp.value_error("Empty module name"));
    }
    if level > 0 && globals.is_none() {
        let text = "'__name__' not in globals";
        return Err(interp.raise(CoreType::KeyError, text));
    }
    if level > 0 && globals.dict_like().is_none() {
        return Err(interp.type_error("globals must be a dict"));
    }
    let wanted = if fromlist.is_none() { Vec::new() } else { interp.collect(fromlist)? };
    interp.import_from_globals(name, globals, &Value::tuple(wanted), level)
}
