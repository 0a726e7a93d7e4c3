//! What is said after a traceback that nobody caught: why tasks were cancelled, and what to write
//! instead. The traceback itself is CPython's, to the letter.

use super::text::{at, quoted};
use super::{cancel, help, stack};
use crate::event_loop::gather::Gathering;
use crate::event_loop::task::Task;
use crate::object::dict::DictObject;
use crate::object::exception::{TracebackObject, field};
use crate::object::interpreter::CodePlace;
use crate::object::{CoreType, Interpreter, Value};

/// As many notes are told at most.
const MOST: usize = 8;

/// Whole lines; empty if there is nothing to say.
pub fn of(interp: &mut dyn Interpreter, exception: &Value) -> String {
    if interp.exception_is(exception, CoreType::KeyboardInterrupt) {
        // Who pressed Ctrl-C knows.
        return String::new();
    }
    let mut shown = Vec::new();
    collect(interp, exception, &mut shown);
    let mut lines: Vec<String> = Vec::new();
    let mut say = |text: String| {
        if !lines.contains(&text) {
            lines.push(text);
        }
    };
    for exception in &shown {
        if let Some(told) = cancel::tell(exception) {
            say(format!("note: {told}"));
        }
    }
    for exception in &shown {
        if let Some(told) = help_with(interp, exception) {
            say(format!("help: {told}\n"));
        }
    }
    lines.truncate(MOST);
    lines.concat()
}

/// What is said after a report of the loop about a task, a future or a callback: also where the
/// task comes from.
pub fn of_report(interp: &mut dyn Interpreter, details: &DictObject) -> String {
    let mut text = String::new();
    let about = ["task", "future"].iter().find_map(|key| details.get_str(key));
    if let Some(task) = about.as_ref().and_then(|about| about.downcast::<Task>())
        && let Some(place) = stack::created_at(&task.coroutine.get())
    {
        let name = task.name();
        let name = name.str_like().unwrap_or_default();
        text.push_str(&format!("note: {name} was created {}\n{}", at(&place, None), quoted(&place)));
    }
    if about.is_some_and(|about| about.downcast::<Gathering>().is_some()) {
        text.push_str("help: nobody awaited this gather: write `await asyncio.gather(...)`\n");
    }
    if let Some(exception) = details.get_str("exception") {
        text.push_str(&of(interp, &exception));
    }
    text
}

/// The exception and those that are shown with it: causes, contexts, members of groups.
fn collect(interp: &mut dyn Interpreter, exception: &Value, shown: &mut Vec<Value>) {
    let Some(state) = exception.as_exception() else { return };
    if shown.len() >= 10 * MOST || shown.iter().any(|other| other.is(exception)) {
        return;
    }
    shown.push(exception.clone());
    let cause = state.cause.borrow().clone();
    let context = state.context.borrow().clone();
    if !cause.is_none() {
        collect(interp, &cause, shown);
    } else if !state.suppress_context.get() {
        collect(interp, &context, shown);
    }
    if interp.exception_is(exception, CoreType::BaseExceptionGroup) {
        let members = state.field(field::EXCEPTIONS);
        let members = members.given().cloned().or_else(|| state.argument(1)).unwrap_or(Value::NONE);
        let items = members.as_list().map(|list| list.items.borrow().clone());
        let items = items.or_else(|| members.as_tuple().map(<[Value]>::to_vec)).unwrap_or_default();
        items.iter().for_each(|member| collect(interp, member, shown));
    }
}

fn help_with(interp: &mut dyn Interpreter, exception: &Value) -> Option<String> {
    let state = exception.as_exception()?;
    let text = state.argument(0)?;
    let text = text.as_str()?;
    let mut node = state.traceback.borrow().clone();
    let mut innermost: Option<CodePlace> = None;
    while let Some(entry) = node.downcast::<TracebackObject>() {
        // What came with apy is not what the script got wrong.
        if !entry.place.file().starts_with("<frozen ") {
            innermost = Some(entry.place.clone());
        }
        let next = entry.next.borrow().clone();
        node = next;
    }
    let code = innermost.as_ref().map_or("", |place| code_at(place));
    help::help_for(|class| interp.exception_is(exception, class), text, code)
}

/// The piece of source at a place, if it is one line.
fn code_at(place: &CodePlace) -> &str {
    let Some(code) = place.code.as_code() else { return "" };
    let Some(span) = code.code.spans.get(place.word as usize) else { return "" };
    let text = code.code.source.slice(*span);
    if text.contains('\n') { "" } else { text }
}
