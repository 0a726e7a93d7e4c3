//! `code`: compiled code as an object.

use super::support::wrong_self;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::{Code, CodeKind, Completion, CoreType, Flavor, NativeRow, Raised, TypeSpec, Value};
use std::rc::Rc;

mod locations;

pub static CODE: TypeSpec = TypeSpec {
    name: "code",
    signature: "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, exceptiontable, freevars=(),\n     cellvars=(), /)",
    doc: "Create a code object.  Not for the faint of heart.",
    core: Some(CoreType::Code),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__eq__", "value, /", equals, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__new__", "*args, **kwargs", locations::refuse_new, "").as_new(),
    native("co_lines", "", lines, ""),
    native("co_positions", "", locations::positions, ""),
    native(
        "replace",
        locations::FIELDS,
        locations::replace,
        "Return a copy of the code object with new values for the specified fields.",
    ),
    native("__replace__", locations::FIELDS, locations::replace, "The same as replace()."),
];

static GETTERS: &[GetterRow] = &[
    member("co_argcount", argument_count, ""),
    member("co_posonlyargcount", positional_only_count, ""),
    member("co_kwonlyargcount", keyword_only_count, ""),
    member("co_nlocals", local_count, ""),
    getter("co_varnames", variable_names, ""),
    getter("co_cellvars", cell_names, ""),
    getter("co_freevars", free_names, ""),
    member("co_name", name, ""),
    member("co_qualname", qualname, ""),
    member("co_filename", file_name, ""),
    member("co_firstlineno", first_line, ""),
    member("co_flags", flags, ""),
    member("co_consts", constants, ""),
    member("co_names", global_names, ""),
    member("co_stacksize", stack_size, ""),
    getter("co_code", words, ""),
    getter("_co_code_adaptive", words, ""),
    getter("co_exceptiontable", locations::exception_table, ""),
    getter("co_linetable", locations::line_table, ""),
    getter("co_lnotab", locations::line_numbers, ""),
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
    let code = this(interp, object, "co_argcount")?;
    Ok(Value::int(if has_namespace(code) { 0 } else { code.parameters.positional as i64 }))
}

fn positional_only_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_posonlyargcount")?.parameters.positional_only as i64))
}

fn keyword_only_count(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(this(interp, object, "co_kwonlyargcount")?.parameters.keyword_only as i64))
}

/// Whether the one parameter is the namespace that the code fills, which is no variable.
fn has_namespace(code: &Code) -> bool {
    matches!(code.kind, CodeKind::Class | CodeKind::Dynamic)
}

/// Parameters, then other locals that are neither free nor cells.
fn locals(code: &Code) -> Vec<Rc<str>> {
    let mut names = if has_namespace(code) { Vec::new() } else { code.parameters.names.clone() };
    for (name, _) in &code.local_names {
        let is_other = code.free_names.contains(name) || code.cell_names.contains(name);
        let is_hidden = has_namespace(code) && name.starts_with('.');
        if !is_other && !is_hidden && !names.contains(name) {
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

fn constants(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    this(interp, object, "co_consts")?;
    let Some(linked) = object.as_code() else { return Ok(Value::NONE) };
    let code = &linked.code;
    let names: Vec<u32> = code.caches.iter().map(|name| name.0).collect();
    let doc = code.doc.as_ref().map(|doc| Value::str(doc));
    let own = linked.constants.iter().enumerate().filter(|(at, _)| !names.contains(&(*at as u32)));
    let mut values: Vec<Value> = doc.into_iter().chain(own.map(|(_, value)| value.clone())).collect();
    for index in 0..code.children.len() {
        values.push(interp.child_code(object, index));
    }
    Ok(Value::tuple(values))
}

/// Names of globals and attributes that the code uses.
fn global_names(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_names")?;
    let names: Vec<Rc<str>> = code.used_names().into_iter().cloned().collect();
    Ok(name_tuple(&names))
}

fn stack_size(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "co_stacksize")?.register_count)))
}

fn words(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_code")?;
    Ok(Value::bytes(code.words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>()))
}

/// (start, end, line) of each run of instructions of one line; offsets count bytes. The first word
/// stands for the definition.
fn lines(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = this(interp, &args[0], "co_lines")?;
    let mut runs: Vec<(usize, usize, u32)> = vec![(0, 4, code.first_line)];
    for (at, span) in (1..).zip(&code.spans) {
        let line = code.source.line(span.start);
        match runs.last_mut() {
            Some((_, end, last)) if *last == line => *end = 4 * (at + 1),
            _ => runs.push((4 * at, 4 * (at + 1), line)),
        }
    }
    let tuple = |(start, end, line): (usize, usize, u32)| {
        Value::tuple(vec![Value::int(start as i64), Value::int(end as i64), Value::int(line.into())])
    };
    interp.iter(&Value::list(runs.into_iter().map(tuple).collect()))
}

/// Whether two codes are the same but for the text they come from.
fn is_same(left: &Code, right: &Code) -> bool {
    left.name == right.name
        && left.first_line == right.first_line
        && left.parameters == right.parameters
        && left.words == right.words
        && left.constants == right.constants
        && left.caches == right.caches
        && left.free_names == right.free_names
        && left.cell_names == right.cell_names
        && left.spans == right.spans
        && left.children.len() == right.children.len()
        && left.children.iter().zip(&right.children).all(|(a, b)| is_same(a.code(), b.code()))
}

fn equals(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = this(interp, &args[0], "__eq__")?;
    Ok(match args[1].as_code() {
        Some(right) => Value::bool(is_same(left, &right.code)),
        None => Value::NOT_IMPLEMENTED,
    })
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = this(interp, &args[0], "__hash__")?;
    let parts = [
        Value::str(&code.name),
        Value::int(code.first_line.into()),
        Value::bytes(code.words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>()),
    ];
    let hash = interp.hash(&Value::tuple(parts.to_vec()))?;
    Ok(Value::int(hash))
}
