//! Where the instructions of a code come from, as tables in CPython's formats; codes made of others.

use super::{constants, this};
use crate::object::code::{CodeObject, put_child};
use crate::object::string::intern;
use crate::object::{Code, Completion, CoreType, Interpreter, Raised, Value};
use apy_grammar::{SourceFile, Span};
use std::rc::Rc;

/// Line and column where a range of the text begins, and where it ends; lines from 1, columns in
/// bytes from 0.
fn place(code: &Code, span: Span) -> [i64; 4] {
    let column = |offset: u32, line: u32| i64::from(offset) - i64::from(code.source.line_start(line));
    let (line, end_line) = (code.source.line(span.start), code.source.line(span.end));
    [line.into(), end_line.into(), column(span.start, line), column(span.end, end_line)]
}

/// `co_positions()`: the place of each instruction.
pub fn positions(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let code = this(interp, &args[0], "co_positions")?;
    let places = code.spans.iter().map(|span| Value::tuple(place(code, *span).map(Value::int).to_vec()));
    let places = Value::list(places.collect());
    interp.iter(&places)
}

/// A number in groups of six bits, the lowest first; `first` is set in the first byte.
fn push_number(table: &mut Vec<u8>, mut number: u64, first: u8) {
    let start = table.len();
    while number >= 64 {
        table.push(0x40 | (number & 63) as u8);
        number >>= 6;
    }
    table.push(number as u8);
    table[start] |= first;
}

/// `co_linetable`: each run of instructions of one place with its length, in the long form.
pub fn line_table(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_linetable")?;
    let mut table = Vec::new();
    let mut last_line = i64::from(code.first_line);
    let mut at = 0;
    while at < code.spans.len() {
        let span = code.spans[at];
        let run = code.spans[at..].iter().take(8).take_while(|other| **other == span).count();
        let [line, end_line, column, end_column] = place(code, span);
        table.push(0x80 | 14 << 3 | (run - 1) as u8);
        let step = line - last_line;
        push_number(&mut table, if step < 0 { (-step as u64) << 1 | 1 } else { (step as u64) << 1 }, 0);
        push_number(&mut table, (end_line - line).max(0) as u64, 0);
        push_number(&mut table, (column + 1) as u64, 0);
        push_number(&mut table, (end_column + 1) as u64, 0);
        last_line = line;
        at += run;
    }
    Ok(Value::bytes(table))
}

/// `co_exceptiontable`: start, length, target and depth of each range, in words.
pub fn exception_table(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_exceptiontable")?;
    let mut table = Vec::new();
    for entry in &code.exceptions {
        push_big_end_first(&mut table, entry.start, 0x80);
        push_big_end_first(&mut table, entry.end - entry.start, 0);
        push_big_end_first(&mut table, entry.handler, 0);
        push_big_end_first(&mut table, u32::from(entry.register) << 1, 0);
    }
    Ok(Value::bytes(table))
}

/// A number in groups of six bits, the highest first.
fn push_big_end_first(table: &mut Vec<u8>, number: u32, first: u8) {
    let start = table.len();
    let groups = (32 - number.leading_zeros()).div_ceil(6).max(1);
    for group in (0..groups).rev() {
        let more = if group > 0 { 0x40 } else { 0 };
        table.push(more | (number >> (6 * group) & 63) as u8);
    }
    table[start] |= first;
}

/// `co_lnotab`: pairs of steps of bytes and of lines.
pub fn line_numbers(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "co_lnotab")?;
    let place = interp.stack(1).pop();
    let message = "co_lnotab is deprecated, use co_lines instead.";
    interp.warn(CoreType::DeprecationWarning, message, place)?;
    let mut table = Vec::new();
    let (mut last, mut start) = (i64::from(code.first_line), 0);
    for (at, span) in code.spans.iter().enumerate() {
        let line = i64::from(code.source.line(span.start));
        if line == last {
            continue;
        }
        let (mut bytes, mut lines) = (4 * (at - start), line - last);
        while bytes > 255 {
            table.extend([255, 0]);
            bytes -= 255;
        }
        loop {
            let step = lines.clamp(-128, 127);
            table.extend([bytes as u8, step as i8 as u8]);
            (bytes, lines) = (0, lines - step);
            if lines == 0 {
                break;
            }
        }
        (last, start) = (line, at);
    }
    Ok(Value::bytes(table))
}

/// Codes are made by the compiler only.
pub fn refuse_new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let message = "making a code object of its parts is not supported by apy";
    Err(interp.raise(CoreType::NotImplementedError, message))
}

/// The fields that `replace` may be told.
pub const FIELDS: &str = "*, co_argcount=?, co_posonlyargcount=?, co_kwonlyargcount=?, co_nlocals=?, \
    co_stacksize=?, co_flags=?, co_firstlineno=?, co_code=?, co_consts=?, co_names=?, co_varnames=?, \
    co_freevars=?, co_cellvars=?, co_filename=?, co_name=?, co_qualname=?, co_linetable=?, \
    co_exceptiontable=?";

/// The same in the order of the arguments.
const NAMES: [&str; 18] = [
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_nlocals",
    "co_stacksize",
    "co_flags",
    "co_firstlineno",
    "co_code",
    "co_consts",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_filename",
    "co_name",
    "co_qualname",
    "co_linetable",
    "co_exceptiontable",
];

/// `replace()`: a copy with other names, another file, line or constants. What the instructions
/// depend on must stay as it is.
pub fn replace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut code = this(interp, &args[0], "replace")?.clone();
    let Some(object) = args[0].as_code() else { return Ok(Value::NONE) };
    let mut values = object.constants.to_vec();
    for (name, given) in NAMES.iter().zip(&args[1..]) {
        let Some(given) = given.given() else { continue };
        let old = interp.get_attr(&args[0], &intern(name))?;
        if interp.equals(&old, given)? {
            continue;
        }
        match *name {
            "co_name" => code.name = text(interp, name, given)?,
            "co_qualname" => code.qualname = text(interp, name, given)?,
            "co_filename" => {
                let file = text(interp, name, given)?;
                code.source = Rc::new(SourceFile::new(file, code.source.text()));
            }
            "co_firstlineno" => {
                let line = interp.expect_int(given)?;
                let Ok(line) = u32::try_from(line) else {
                    return Err(interp.value_error("co_firstlineno must be a positive integer"));
                };
                code.first_line = line;
            }
            "co_consts" => change_constants(interp, &args[0], &mut code, &mut values, given)?,
            "co_posonlyargcount" => {
                let count = interp.expect_int(given)?;
                match u32::try_from(count) {
                    Ok(count) if count <= code.parameters.positional => {
                        code.parameters.positional_only = count;
                    }
                    _ => return Err(interp.value_error("code: varnames is too small")),
                }
            }
            "co_nlocals" => return Err(interp.value_error("code: co_nlocals != len(co_varnames)")),
            _ => {
                let message = format!("code.replace({name}=...) is not supported by apy");
                return Err(interp.raise(CoreType::NotImplementedError, &message));
            }
        }
    }
    let (globals, builtins) = (object.globals.clone(), object.builtins.clone());
    match CodeObject::checked(code, values.into(), globals, builtins) {
        Ok(code) => Ok(Value::code(code)),
        Err(error) => Err(interp.value_error(&error)),
    }
}

fn text(interp: &mut dyn Interpreter, name: &str, value: &Value) -> Result<Rc<str>, Raised> {
    let text =
        interp.expect_str(value, |class| format!("replace() argument '{name}' must be str, not {class}"))?;
    Ok(text.into())
}

/// Put other values in the place of constants; there must be as many as before.
fn change_constants(
    interp: &mut dyn Interpreter,
    object: &Value,
    code: &mut Code,
    values: &mut [Value],
    given: &Value,
) -> Result<(), Raised> {
    let old = constants(interp, object)?;
    let (Some(old), Some(new)) = (old.tuple_like(), given.tuple_like()) else {
        let class = interp.type_name(given);
        let message = format!("replace() argument 'co_consts' must be tuple, not {class}");
        return Err(interp.type_error(&message));
    };
    if old.len() != new.len() {
        let message = "code.replace() with another number of constants is not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, message));
    }
    let mut new = new.iter();
    if code.doc.is_some() {
        code.doc = new.next().and_then(Value::str_like).map(Rc::from);
    }
    let names: Vec<u32> = code.caches.iter().map(|name| name.0).collect();
    for (at, value) in values.iter_mut().enumerate() {
        if !names.contains(&(at as u32))
            && let Some(new) = new.next()
        {
            *value = new.clone();
        }
    }
    for (index, new) in new.enumerate() {
        let is_put = new.as_code().is_some_and(|new| put_child(code, index, new.code.code()));
        if !is_put {
            let message =
                "code.replace() of a code within the code by something else is not supported by apy";
            return Err(interp.raise(CoreType::NotImplementedError, message));
        }
    }
    Ok(())
}
