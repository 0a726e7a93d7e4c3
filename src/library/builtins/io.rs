//! Builtin functions that read and write: `print`.

use crate::library::io::error::errno_error;
use crate::library::io::standard::{self, Standard};
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};
use std::io::Write;

pub static FUNCTIONS: &[NativeRow] = &[native(
    "print",
    "*args, sep=None, end=None, file=None, flush=False",
    print,
    "Prints the values to a stream, or to sys.stdout by default.\n\n  sep\n    string inserted between values, default a space.\n  end\n    string appended after the last value, default a newline.\n  file\n    a file-like object (stream); defaults to the current sys.stdout.\n  flush\n    whether to forcibly flush the stream.",
)];

/// Where `print` writes to.
enum Target {
    Standard(Standard),
    File(Value),
}

fn print(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [separator, end, file, flush, values] = args else { return Ok(Value::NONE) };
    let target = match file.given_some() {
        Some(file) => Target::File(file.clone()),
        None => match standard_output(interp)? {
            Some(target) => target,
            None => return Ok(Value::NONE),
        },
    };
    let separator = text_option(interp, separator, "sep")?;
    let end = text_option(interp, end, "end")?;
    for (index, value) in values.as_tuple().unwrap_or_default().iter().enumerate() {
        if index > 0 {
            write_text(interp, &target, separator.unwrap_or(" "))?;
        }
        match (&target, value.as_int()) {
            (Target::Standard(which), Some(number)) => {
                let mut digits = [0u8; 24];
                let mut rest = &mut digits[..];
                // The longest number has 20 characters.
                let _ = write!(rest, "{number}");
                let length = 24 - rest.len();
                write_standard(interp, *which, &digits[..length])?;
            }
            _ => {
                let text = interp.to_str(value)?;
                match &target {
                    Target::Standard(which) => {
                        write_standard(interp, *which, text.str_like().unwrap_or_default().as_bytes())?;
                    }
                    Target::File(file) => {
                        interp.call_method(file, "write", &[text])?;
                    }
                }
            }
        }
    }
    write_text(interp, &target, end.unwrap_or("\n"))?;
    if interp.truth(flush)? {
        match &target {
            Target::Standard(which) => {
                standard::flush(*which).map_err(|error| errno_error(interp, error))?;
            }
            Target::File(file) => {
                interp.call_method(file, "flush", &[])?;
            }
        }
    }
    Ok(Value::NONE)
}

/// `sys.stdout`; nothing if it is None. As long as nobody has imported `sys` it is the standard
/// output itself.
fn standard_output(interp: &mut dyn Interpreter) -> Result<Option<Target>, Raised> {
    let modules = interp.modules();
    let sys = modules.as_dict().and_then(|modules| modules.get_str_value(&intern("sys")));
    let Some(sys) = sys else { return Ok(Some(Target::Standard(Standard::Output))) };
    let Some(file) = interp.find_attr(&sys, &intern("stdout"))? else {
        return Err(interp.runtime_error("lost sys.stdout"));
    };
    Ok(file.given_some().map(|file| Target::File(file.clone())))
}

/// The text of `sep` or `end`; `None` if it was left out or None.
fn text_option<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<Option<&'v str>, Raised> {
    match value.given_some() {
        None => Ok(None),
        Some(value) => interp
            .expect_str(value, |class| format!("{name} must be None or a string, not {class}"))
            .map(Some),
    }
}

fn write_text(interp: &mut dyn Interpreter, target: &Target, text: &str) -> Result<(), Raised> {
    match target {
        Target::Standard(which) => write_standard(interp, *which, text.as_bytes()),
        Target::File(file) => interp.call_method(file, "write", &[Value::str(text)]).map(drop),
    }
}

fn write_standard(interp: &mut dyn Interpreter, which: Standard, text: &[u8]) -> Result<(), Raised> {
    standard::write(which, text).map_err(|error| errno_error(interp, error))
}
