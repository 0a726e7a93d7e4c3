//! `traceback`: exceptions and stacks as text. The text is made by `object/traceback`; the
//! classes that scripts see are apy code.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::traceback::{self, FrameSummary};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static TRACEBACK: ModuleSpec = ModuleSpec {
    name: "traceback",
    doc: "Extract, format and print information about Python stack traces.",
    functions: FUNCTIONS,
    script: include_str!("../scripts/traceback.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_exception", "exc, tb, limit, chain, /", exception, "The text of an exception, in pieces."),
    native("_exception_only", "exc, show_group, /", exception_only, "Its last lines."),
    native(
        "_frames",
        "tb, limit, /",
        frames,
        "The frames of a traceback: (file, line, name, source, text, end line, column, end column).",
    ),
    native("_stack", "limit, /", stack, "The frames of the callers of the caller, the outermost first."),
];

fn expect_limit(interp: &mut dyn Interpreter, limit: &Value) -> Result<Option<i64>, Raised> {
    match limit.given_some() {
        None => Ok(None),
        Some(limit) => interp.expect_int(limit).map(Some),
    }
}

fn texts(lines: Vec<String>) -> Value {
    Value::list(lines.iter().map(|line| Value::str(line)).collect())
}

fn exception(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [exception, traceback, limit, chain] = args else { return Ok(Value::NONE) };
    let (limit, chain) = (expect_limit(interp, limit)?, interp.truth(chain)?);
    Ok(texts(traceback::exception_chunks(interp, exception, Some(traceback), limit, chain)))
}

fn exception_only(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let show_group = interp.truth(&args[1])?;
    Ok(texts(traceback::exception_only_chunks(interp, &args[0], show_group, 0)))
}

fn tuples(frames: &[FrameSummary], text: fn(&FrameSummary) -> String) -> Value {
    let tuple = |frame: &FrameSummary| {
        let end = |part: fn((u32, u32, u32)) -> u32| {
            frame.end.map_or(Value::NONE, |end| Value::int(part(end).into()))
        };
        Value::tuple(vec![
            Value::str(&frame.file),
            Value::int(i64::from(frame.line)),
            Value::str(&frame.name),
            Value::str(frame.source_line()),
            Value::str(&text(frame)),
            end(|(line, _, _)| line),
            end(|(_, start, _)| start),
            end(|(_, _, end)| end),
        ])
    };
    Value::list(frames.iter().map(tuple).collect())
}

fn frames(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = expect_limit(interp, &args[1])?;
    Ok(tuples(&traceback::frames(&args[0], limit), FrameSummary::text))
}

fn stack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = expect_limit(interp, &args[0])?;
    // The frame of the function in this module that asks is no news.
    let mut frames: Vec<FrameSummary> =
        interp.stack(usize::MAX).iter().skip(1).map(FrameSummary::new).collect();
    match limit {
        Some(limit) if limit >= 0 => frames.truncate(limit as usize),
        Some(limit) => drop(frames.drain(..frames.len().saturating_sub(limit.unsigned_abs() as usize))),
        None => {}
    }
    frames.reverse();
    Ok(tuples(&frames, FrameSummary::plain_text))
}
