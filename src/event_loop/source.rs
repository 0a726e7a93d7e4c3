//! Debug mode: where futures, tasks and handles were made.

use crate::object::interpreter::CodePlace;
use crate::object::{Completion, Interpreter, Value};

/// As many frames are kept: asyncio's `DEBUG_STACK_DEPTH`.
const DEPTH: usize = 10;

/// Where the script stands, innermost first.
pub fn here(interp: &dyn Interpreter) -> Vec<CodePlace> {
    interp.stack(DEPTH)
}

/// `_source_traceback`: a `StackSummary`, outermost first; None if nothing was kept.
pub fn summary(interp: &mut dyn Interpreter, places: &[CodePlace]) -> Completion {
    if places.is_empty() {
        return Ok(Value::NONE);
    }
    let entry = |place: &CodePlace| {
        let function = place.code.as_code().map_or("", |code| &code.code.name);
        let line = Value::int(i64::from(place.line()));
        Value::tuple_from(&[Value::str(&place.file()), line, Value::str(function), Value::NONE])
    };
    let entries = places.iter().rev().map(entry).collect();
    let traceback = interp.import("traceback")?;
    let summary = interp.attribute(&traceback, "StackSummary")?;
    interp.call_method(&summary, "from_list", &[Value::list(entries)])
}
