//! The objects `sys.stdin`, `sys.stdout` and `sys.stderr`: made when first asked for, one of each
//! per thread.

use super::binary::{Kind, buffered};
use super::channel::Source;
use super::open::Access;
use super::standard::{Standard, is_by_line};
use super::text::TextFile;
use crate::object::{Completion, Interpreter, Value};
use std::cell::RefCell;

thread_local! {
    static STREAMS: RefCell<[Value; 3]> =
        const { RefCell::new([Value::UNBOUND, Value::UNBOUND, Value::UNBOUND]) };
}

/// `sys.stdin`.
pub fn standard_input(interp: &mut dyn Interpreter) -> Completion {
    stream(interp, 0)
}

/// `sys.stdout`.
pub fn standard_output(interp: &mut dyn Interpreter) -> Completion {
    stream(interp, 1)
}

/// `sys.stderr`.
pub fn standard_error(interp: &mut dyn Interpreter) -> Completion {
    stream(interp, 2)
}

fn stream(interp: &mut dyn Interpreter, number: usize) -> Completion {
    let known = STREAMS.with_borrow(|streams| streams[number].clone());
    if !known.is_unbound() {
        return Ok(known);
    }
    let (source, kind, name, mode, errors) = match number {
        0 => (Source::Input, Kind::Reader, "<stdin>", "r", "strict"),
        1 => (Source::Standard(Standard::Output), Kind::Writer, "<stdout>", "w", "strict"),
        _ => (Source::Standard(Standard::Error), Kind::Writer, "<stderr>", "w", "backslashreplace"),
    };
    let by_line = match number {
        0 => false,
        1 => is_by_line(Standard::Output),
        _ => true,
    };
    let access = Access { reads: number == 0, writes: number > 0, ..Access::default() };
    let binary = buffered(source, kind, access, Value::str(name), false);
    let text = TextFile::wrap(
        interp,
        binary,
        &Value::str("utf-8"),
        &Value::str(errors),
        &Value::NONE,
        by_line,
        false,
    )?;
    if let Some(file) = text.downcast::<TextFile>() {
        file.set_mode(Value::str(mode));
    }
    STREAMS.with_borrow_mut(|streams| streams[number] = text.clone());
    Ok(text)
}
