//! `code`: compiled code as an object.

use super::support::wrong_self;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Code, CodeKind, Completion, CoreType, Flavor, NativeRow, Raised, TypeSpec, Value};
use std::rc::Rc;

pub static CODE: TypeSpec = TypeSpec {
    name: "code",
    doc: "Create a code object.  Not for mere mortals.",
    core: Some(CoreType::Code),
    methods: &[REPR],
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

const REPR: NativeRow = native("__repr__", "", repr, "Return repr(self).");

static GETTERS: &[GetterRow] = &[
    getter("co_argcount", argument_count, ""),
    getter("co_posonlyargcount", positional_only_count, ""),
    getter("co_kwonlyargcount", keyword_only_count, ""),
    getter("co_nlocals", local_count, ""),
    getter("co_varnames", variable_names, ""),
    getter("co_cellvars", cell_names, ""),
    getter("co_freevars", free_names, ""),
    getter("co_name", name, ""),
    getter("co_qualname", qualname, ""),
    getter("co_filename", file_name, ""),
    getter("co_firstlineno", first_line, ""),
    getter("co_flags", flags, ""),
];

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v Code, Raised> {
    match value.as_code() {
        Some(code) => Ok(&code.code),
        None => Err(wrong_self(interp, name, "code", value)),
    }
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = this(interp, &args[0], "__repr__")?;
    let (name, file, line) = (&code.name, code.source.name(), code.first_line);
    Ok(Value::str(&format!(
        "<code object {name} at {}, file \"{file}\", line {line}>",
        args[0].address_text()
    )))
}

fn argument_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_argcount")?.parameters.positional as i64))
}

fn positional_only_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_posonlyargcount")?.parameters.positional_only as i64))
}

fn keyword_only_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_kwonlyargcount")?.parameters.keyword_only as i64))
}

/// Parameters, then other locals that are neither free nor cells.
fn locals(code: &Code) -> Vec<Rc<str>> {
    let mut names = code.parameters.names.clone();
    for (name, _) in &code.local_names {
        let is_other = code.free_names.contains(name) || code.cell_names.contains(name);
        if !is_other && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

fn name_tuple(names: &[Rc<str>]) -> Value {
    Value::tuple(names.iter().map(|name| Value::str(name)).collect())
}

fn local_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(locals(this(interp, object, "co_nlocals")?).len() as i64))
}

fn variable_names(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(name_tuple(&locals(this(interp, object, "co_varnames")?)))
}

fn cell_names(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(name_tuple(&this(interp, object, "co_cellvars")?.cell_names))
}

fn free_names(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(name_tuple(&this(interp, object, "co_freevars")?.free_names))
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::str(&this(interp, object, "co_name")?.name))
}

fn qualname(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::str(&this(interp, object, "co_qualname")?.qualname))
}

fn file_name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::str(this(interp, object, "co_filename")?.source.name()))
}

fn first_line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_firstlineno")?.first_line as i64))
}

/// Bits of `co_flags`, as CPython names them.
mod flag {
    pub const OPTIMIZED: i64 = 0x1;
    pub const NEW_LOCALS: i64 = 0x2;
    pub const VARARGS: i64 = 0x4;
    pub const VARKEYWORDS: i64 = 0x8;
    pub const NESTED: i64 = 0x10;
    pub const GENERATOR: i64 = 0x20;
    pub const COROUTINE: i64 = 0x80;
    pub const ASYNC_GENERATOR: i64 = 0x200;
}

fn flags(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_flags")?;
    let is_function = !matches!(code.kind, CodeKind::Module | CodeKind::Dynamic | CodeKind::Class);
    let mut flags = if is_function { flag::OPTIMIZED | flag::NEW_LOCALS } else { 0 };
    for (holds, flag) in [
        (code.parameters.has_varargs, flag::VARARGS),
        (code.parameters.has_varkeywords, flag::VARKEYWORDS),
        (is_function && code.qualname.contains("<locals>"), flag::NESTED),
        (code.flavor == Flavor::Generator, flag::GENERATOR),
        (code.flavor == Flavor::Coroutine, flag::COROUTINE),
        (code.flavor == Flavor::AsyncGenerator, flag::ASYNC_GENERATOR),
    ] {
        if holds {
            flags |= flag;
        }
    }
    Ok(Value::int(flags))
}
