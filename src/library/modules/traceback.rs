//! `traceback`: exceptions and stacks as text. The text is made by `object/traceback`; the
//! classes that scripts see are apy code.

use crate::object::frame::FrameObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::traceback::{self, FrameSummary};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static TRACEBACK: ModuleSpec = ModuleSpec {
    name: "traceback",
    doc: "Extract, format and print information about Python stack traces.",
    functions: FUNCTIONS,
    script: script!("traceback.apy"),
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
    native("_stack", "frame, limit, /", stack, "A frame and its callers, the innermost first."),
    native("_line_of", "frame, line, /", line_of, "The source line of a frame."),
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

/// The frames from the one given outwards, the innermost first.
fn stack(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = expect_limit(interp, &args[1])?;
    let mut places = Vec::new();
    let mut frame = args[0].clone();
    while let Some(object) = frame.downcast::<FrameObject>() {
        places.push(object.place(&*interp));
        let next = interp.attribute(&frame, "f_back")?;
        frame = next;
    }
    match limit {
        Some(limit) if limit >= 0 => places.truncate(limit as usize),
        Some(limit) => drop(places.drain(..places.len().saturating_sub(limit.unsigned_abs() as usize))),
        None => {}
    }
    let frames: Vec<FrameSummary> = places.iter().map(FrameSummary::new).collect();
    Ok(tuples(&frames, FrameSummary::plain_text))
}

/// The source line of a frame at a line number; None if the text is not known.
fn line_of(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let line = interp.expect_int(&args[1])?;
    let Some(frame) = args[0].downcast::<FrameObject>() else { return Ok(Value::NONE) };
    let place = frame.place(&*interp);
    let Some(code) = place.code.as_code().filter(|code| code.code.source.is_quotable()) else {
        return Ok(Value::NONE);
    };
    Ok(Value::str(code.code.source.line_text(u32::try_from(line).unwrap_or_default())))
}
