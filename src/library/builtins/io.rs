//! Builtin functions that read and write: `input`, `open`, `print`.

use crate::library::io::error::errno_error;
use crate::library::io::open::open;
use crate::library::io::standard::{self, Standard};
use crate::library::io::streams;
use crate::library::io::text::TextFile;
use crate::object::codec::{Encoding, encode};
use crate::object::heap::ObjectBox;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, audit, surrogate};
use std::io::Write;

pub static FUNCTIONS: &[NativeRow] = &[
    native(
        "input",
        "prompt='', /",
        input,
        "Read a string from standard input.  The trailing newline is stripped.\n\nThe prompt string, if given, is printed to standard output without a\ntrailing newline before reading input.\n\nIf the user hits EOF (*nix: Ctrl-D, Windows: Ctrl-Z+Return), raise EOFError.\nOn *nix systems, readline is used if available.",
    ),
    native(
        "open",
        "file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None",
        open,
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    native(
        "print",
        "*args, sep=None, end=None, file=None, flush=False",
        print,
        "Prints the values to a stream, or to sys.stdout by default.\n\n  sep\n    string inserted between values, default a space.\n  end\n    string appended after the last value, default a newline.\n  file\n    a file-like object (stream); defaults to the current sys.stdout.\n  flush\n    whether to forcibly flush the stream.",
    ),
];

/// Where `print` writes to.
enum Target {
    Standard(Standard),
    File(Value),
}

fn print(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [separator, end, file, flush, values] = args else { return Ok(Value::NONE) };
    let target = match file.given_some() {
        Some(file) => Target::of(file),
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
                        write_standard_text(interp, *which, &text)?;
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
        flush_target(interp, &target)?;
    }
    Ok(Value::NONE)
}

/// `sys.<name>` as a script may have replaced it, unbound if it deleted it; `None` as long as
/// nobody has imported `sys`.
fn sys_attribute(interp: &mut dyn Interpreter, name: &'static Name) -> Result<Option<Value>, Raised> {
    let modules = interp.modules();
    let sys = modules.as_dict().and_then(|modules| modules.get_str_value(&SYS.with(Value::clone)));
    let Some(sys) = sys else { return Ok(None) };
    let name = name.with(Value::clone);
    if let Some(module) = sys.as_module() {
        let dict = module.dict.borrow();
        return Ok(Some(dict.as_dict().and_then(|dict| dict.get_str_value(&name)).unwrap_or_default()));
    }
    Ok(Some(interp.find_attr(&sys, &name)?.unwrap_or_default()))
}

type Name = std::thread::LocalKey<Value>;

thread_local! {
    static SYS: Value = intern("sys");
    static STDIN: Value = intern("stdin");
    static STDOUT: Value = intern("stdout");
}

/// `sys.stdout`; nothing if it is None. As long as nobody has imported `sys` it is the standard
/// output itself.
fn standard_output(interp: &mut dyn Interpreter) -> Result<Option<Target>, Raised> {
    match sys_attribute(interp, &STDOUT)? {
        None => Ok(Some(Target::Standard(Standard::Output))),
        Some(file) if file.is_unbound() => Err(interp.runtime_error("lost sys.stdout")),
        Some(file) => Ok(file.given_some().map(Target::of)),
    }
}

impl Target {
    fn of(file: &Value) -> Target {
        match file.get::<ObjectBox>().and_then(|_| file.downcast::<TextFile>()?.plain_standard()) {
            Some(which) => Target::Standard(which),
            None => Target::File(file.clone()),
        }
    }
}

fn input(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = match sys_attribute(interp, &STDIN)? {
        None => streams::standard_input(interp)?,
        Some(file) if file.given_some().is_none() => {
            return Err(interp.runtime_error("input(): lost sys.stdin"));
        }
        Some(file) => file,
    };
    let Some(target) = standard_output(interp)? else {
        return Err(interp.runtime_error("input(): lost sys.stdout"));
    };
    standard::flush(Standard::Error).map_err(|error| errno_error(interp, error))?;
    let prompt = interp.to_str(&args[0])?;
    if !prompt.str_like().unwrap_or_default().is_empty() {
        match &target {
            Target::Standard(which) => {
                write_standard_text(interp, *which, &prompt)?;
            }
            Target::File(file) => {
                interp.call_method(file, "write", std::slice::from_ref(&prompt))?;
            }
        }
    }
    // A file that cannot be flushed is none of the reader's business.
    if let Err(raised) = flush_target(interp, &target)
        && !interp.raised_is(&raised, CoreType::Exception)
    {
        return Err(raised);
    }
    let line = interp.call_method(&file, "readline", &[])?;
    let Some(text) = line.str_like() else {
        return Err(interp.type_error("object.readline() returned non-string"));
    };
    match text.strip_suffix('\n') {
        Some(text) => Ok(Value::str(text)),
        None if text.is_empty() => Err(interp.raise(CoreType::EOFError, "EOF when reading a line")),
        None => Ok(line),
    }
}

fn flush_target(interp: &mut dyn Interpreter, target: &Target) -> Result<(), Raised> {
    match target {
        Target::Standard(which) => standard::flush(*which).map_err(|error| errno_error(interp, error)),
        Target::File(file) => interp.call_method(file, "flush", &[]).map(drop),
    }
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
        Target::Standard(which) => write_standard_text(interp, *which, &Value::str(text)),
        Target::File(file) => interp.call_method(file, "write", &[Value::str(text)]).map(drop),
    }
}

/// Write a str as UTF-8. Surrogates, which that has no place for, are escaped in standard error.
fn write_standard_text(interp: &mut dyn Interpreter, which: Standard, text: &Value) -> Result<(), Raised> {
    let content = text.str_like().unwrap_or_default();
    if !surrogate::contains(content) {
        return write_standard(interp, which, content.as_bytes());
    }
    let mode = if which == Standard::Error { "backslashreplace" } else { "strict" };
    let bytes = encode(content, Encoding::Utf8, mode).map_err(|error| error.raise(text, interp))?;
    write_standard(interp, which, &bytes)
}

fn write_standard(interp: &mut dyn Interpreter, which: Standard, text: &[u8]) -> Result<(), Raised> {
    if audit::is_on() && which == Standard::Output {
        audit::printed(interp, text);
    }
    standard::write(which, text).map_err(|error| errno_error(interp, error))
}
