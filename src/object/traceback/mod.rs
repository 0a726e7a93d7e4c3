//! Exceptions as text, the way CPython 3.13 prints them: frames with underlined code, chains of
//! causes and contexts, groups, notes, suggestions.

mod anchors;
mod frame;
mod stdlib;
mod suggest;
mod width;

pub use frame::FrameSummary;
pub use stdlib::STDLIB_MODULE_NAMES;

use super::core_type::CoreType;
use super::exception::{ExceptionState, TracebackObject, field};
use super::interpreter::Interpreter;
use super::string::intern;
use super::value::Value;

const CAUSE: &str = "\nThe above exception was the direct cause of the following exception:\n\n";
const CONTEXT: &str = "\nDuring handling of the above exception, another exception occurred:\n\n";

/// As many times is the same place shown before it is only counted.
const REPEATED: usize = 3;
/// As many exceptions of a group are shown, as many levels of groups.
const GROUP_WIDTH: usize = 15;
const GROUP_DEPTH: usize = 10;

/// The whole text of an exception that nobody caught.
pub fn format_exception(interp: &mut dyn Interpreter, exception: &Value) -> String {
    let limit = global_limit(interp);
    exception_chunks(interp, exception, None, limit, true).concat()
}

/// `sys.tracebacklimit`, which is about the last frames where the machine prints.
fn global_limit(interp: &mut dyn Interpreter) -> Option<i64> {
    let sys = interp.modules().dict_like()?.get_str("sys")?;
    let limit = interp.find_attr(&sys, &crate::object::string::intern("tracebacklimit")).ok()??;
    limit.as_int().map(|limit| -limit.max(0))
}

/// As `traceback.format_exception`: pieces of text, each of them whole lines. `traceback` takes
/// the place of the exception's own; `limit` is the number of frames (the last ones if negative),
/// `chain` whether causes and contexts are shown.
pub fn exception_chunks(
    interp: &mut dyn Interpreter,
    exception: &Value,
    traceback: Option<&Value>,
    limit: Option<i64>,
    chain: bool,
) -> Vec<String> {
    let mut report = Report::new(interp, exception, limit);
    if let (Some(traceback), Some(first)) = (traceback, report.entries.first_mut()) {
        first.frames = frames(traceback, limit);
    }
    let mut printer = Printer { report: &report, depth: 0, needs_close: false, chunks: Vec::new(), chain };
    printer.exception(0);
    printer.chunks
}

/// The last lines of the text: class, message and notes; those of the members of a group after
/// it, if `show_group`.
pub fn exception_only_chunks(
    interp: &mut dyn Interpreter,
    exception: &Value,
    show_group: bool,
    depth: usize,
) -> Vec<String> {
    let indent = "   ".repeat(depth);
    let own = final_lines(interp, exception);
    let mut lines: Vec<String> = if depth == 0 {
        own
    } else {
        own.iter().flat_map(|line| line.split_inclusive('\n')).map(|line| format!("{indent}{line}")).collect()
    };
    if show_group
        && depth <= GROUP_DEPTH
        && interp.exception_is(exception, CoreType::BaseExceptionGroup)
        && let Some(state) = exception.as_exception()
    {
        for member in group_members(state) {
            lines.extend(exception_only_chunks(interp, &member, true, depth + 1));
        }
    }
    lines
}

/// The frames of a traceback object, outermost first.
pub fn frames(traceback: &Value, limit: Option<i64>) -> Vec<FrameSummary> {
    let mut places = Vec::new();
    let mut node = traceback.clone();
    while let Some(entry) = node.downcast::<TracebackObject>() {
        places.push(entry.place.clone());
        let next = entry.next.borrow().clone();
        node = next;
    }
    let places = match limit {
        None => &places[..],
        Some(limit) if limit >= 0 => &places[..places.len().min(limit as usize)],
        Some(limit) => &places[places.len().saturating_sub(limit.unsigned_abs() as usize)..],
    };
    places.iter().map(FrameSummary::new).collect()
}

/// An exception that nobody can catch, as CPython's C code writes it: without carets, causes,
/// contexts and notes.
pub fn unraisable_text(interp: &mut dyn Interpreter, exception: &Value) -> String {
    let limit = global_limit(interp);
    let traceback =
        exception.as_exception().map(|state| state.traceback.borrow().clone()).unwrap_or_default();
    let frames = frames(&traceback, limit);
    let mut text = String::new();
    if !frames.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
        text.push_str(&chunks_by(&frames, FrameSummary::plain_text).concat());
    }
    let (name, message) = (class_name(interp, exception), safe_text(interp, exception, "exception"));
    text.push_str(&format!("{name}: {message}\n"));
    text
}

/// The text of frames, repeated places counted.
pub fn frame_chunks(frames: &[FrameSummary]) -> Vec<String> {
    chunks_by(frames, FrameSummary::text)
}

fn chunks_by(frames: &[FrameSummary], show: fn(&FrameSummary) -> String) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut repeated = 0;
    let note = |repeated: usize, chunks: &mut Vec<String>| {
        if repeated > REPEATED {
            let more = repeated - REPEATED;
            let plural = if more > 1 { "s" } else { "" };
            chunks.push(format!("  [Previous line repeated {more} more time{plural}]\n"));
        }
    };
    for (index, frame) in frames.iter().enumerate() {
        let is_same = index > 0 && {
            let before = &frames[index - 1];
            before.file == frame.file && before.line == frame.line && before.name == frame.name
        };
        if !is_same {
            note(repeated, &mut chunks);
            repeated = 0;
        }
        repeated += 1;
        if repeated <= REPEATED {
            chunks.push(show(frame));
        }
    }
    note(repeated, &mut chunks);
    chunks
}

/// An exception with all that is shown of it, as indices into [`Report::entries`].
struct Entry {
    frames: Vec<FrameSummary>,
    final_lines: Vec<String>,
    cause: Option<usize>,
    context: Option<usize>,
    suppress_context: bool,
    /// For a group, its members.
    members: Option<Vec<usize>>,
}

/// Everything that is shown, collected first: an exception that has been met before is not
/// shown again.
struct Report {
    entries: Vec<Entry>,
}

impl Report {
    fn new(interp: &mut dyn Interpreter, exception: &Value, limit: Option<i64>) -> Report {
        let mut report = Report { entries: Vec::new() };
        let mut seen: Vec<usize> = Vec::new();
        let first = report.add(interp, exception, limit, &mut seen);
        let mut pending = vec![(first, exception.clone())];
        while let Some((index, exception)) = pending.pop() {
            let Some(state) = exception.as_exception() else { continue };
            let mut follow = |report: &mut Report, next: Value, pending: &mut Vec<(usize, Value)>| {
                let is_new = next.as_exception().is_some() && !seen.contains(&next.address());
                is_new.then(|| {
                    let index = report.add(interp, &next, limit, &mut seen);
                    pending.push((index, next));
                    index
                })
            };
            let cause = state.cause.borrow().clone();
            report.entries[index].cause = follow(&mut report, cause, &mut pending);
            let context = state.context.borrow().clone();
            report.entries[index].context = follow(&mut report, context, &mut pending);
            if interp.exception_is(&exception, CoreType::BaseExceptionGroup) {
                // Members are shown even if they have been met before.
                let members = group_members(state);
                let mut indices = Vec::new();
                for member in members {
                    let index = report.add(interp, &member, limit, &mut seen);
                    pending.push((index, member));
                    indices.push(index);
                }
                report.entries[index].members = Some(indices);
            }
        }
        report
    }

    fn add(
        &mut self,
        interp: &mut dyn Interpreter,
        exception: &Value,
        limit: Option<i64>,
        seen: &mut Vec<usize>,
    ) -> usize {
        seen.push(exception.address());
        let traceback =
            exception.as_exception().map_or(Value::NONE, |state| state.traceback.borrow().clone());
        let suppress_context = exception.as_exception().is_some_and(|state| state.suppress_context.get());
        self.entries.push(Entry {
            frames: frames(&traceback, limit),
            final_lines: final_lines(interp, exception),
            cause: None,
            context: None,
            suppress_context,
            members: None,
        });
        self.entries.len() - 1
    }
}

/// The exceptions of a group.
fn group_members(state: &ExceptionState) -> Vec<Value> {
    let members = state.field(field::EXCEPTIONS);
    let members = members.given().cloned().or_else(|| state.argument(1)).unwrap_or(Value::NONE);
    match (members.as_tuple(), members.as_list()) {
        (Some(members), _) => members.to_vec(),
        (_, Some(list)) => list.items.borrow().clone(),
        (None, None) => Vec::new(),
    }
}

struct Printer<'r> {
    report: &'r Report,
    /// How many groups are open.
    depth: usize,
    /// The frame of the innermost group has still to be closed.
    needs_close: bool,
    chunks: Vec<String>,
    chain: bool,
}

impl Printer<'_> {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    fn emit(&mut self, text: &str, margin: char) {
        if self.depth == 0 {
            self.chunks.push(text.to_owned());
            return;
        }
        let prefix = format!("{}{margin} ", self.indent());
        let lines = text.split_inclusive('\n').map(|line| format!("{prefix}{line}"));
        self.chunks.push(lines.collect());
    }

    fn exception(&mut self, index: usize) {
        let mut chain = Vec::new();
        let mut current = Some(index);
        while let Some(index) = current {
            let entry = &self.report.entries[index];
            let next = match (entry.cause, entry.context) {
                _ if !self.chain => None,
                (Some(cause), _) => Some((CAUSE, cause)),
                (None, Some(context)) if !entry.suppress_context => Some((CONTEXT, context)),
                _ => None,
            };
            chain.push((next.map(|(message, _)| message), index));
            current = next.map(|(_, index)| index);
        }
        for (message, index) in chain.into_iter().rev() {
            if let Some(message) = message {
                self.emit(message, '|');
            }
            match &self.report.entries[index].members {
                None => self.plain(index, "Traceback (most recent call last):\n", '|'),
                Some(_) if self.depth > GROUP_DEPTH => {
                    self.emit(&format!("... (max_group_depth is {GROUP_DEPTH})\n"), '|');
                }
                Some(members) => self.group(index, members),
            }
        }
    }

    fn plain(&mut self, index: usize, title: &str, margin: char) {
        let entry = &self.report.entries[index];
        if !entry.frames.is_empty() {
            self.emit(title, margin);
            for chunk in frame_chunks(&entry.frames) {
                self.emit(&chunk, '|');
            }
        }
        for line in &entry.final_lines {
            self.emit(line, '|');
        }
    }

    fn group(&mut self, index: usize, members: &[usize]) {
        let is_outermost = self.depth == 0;
        if is_outermost {
            self.depth = 1;
        }
        let margin = if is_outermost { '+' } else { '|' };
        self.plain(index, "Exception Group Traceback (most recent call last):\n", margin);
        let shown = if members.len() <= GROUP_WIDTH { members.len() } else { GROUP_WIDTH + 1 };
        self.needs_close = false;
        for number in 0..shown {
            let is_last = number + 1 == shown;
            if is_last {
                // A group inside may close the frame already.
                self.needs_close = true;
            }
            let is_rest = number >= GROUP_WIDTH;
            let title = if is_rest { "...".to_owned() } else { (number + 1).to_string() };
            let corner = if number == 0 { "+-" } else { "  " };
            self.chunks
                .push(format!("{}{corner}+---------------- {title} ----------------\n", self.indent()));
            self.depth += 1;
            if is_rest {
                let rest = members.len() - GROUP_WIDTH;
                let plural = if rest > 1 { "s" } else { "" };
                self.emit(&format!("and {rest} more exception{plural}\n"), '|');
            } else {
                self.exception(members[number]);
            }
            if is_last && self.needs_close {
                self.chunks.push(format!("{}+------------------------------------\n", self.indent()));
                self.needs_close = false;
            }
            self.depth -= 1;
        }
        if is_outermost {
            self.depth = 0;
        }
    }
}

/// The name of an exception's class, with its module unless that goes without saying.
fn class_name(interp: &mut dyn Interpreter, exception: &Value) -> String {
    let class = interp.class_of(exception);
    class.as_type().map_or_else(String::new, |class| {
        let module = class.module();
        match module.as_ref().map(Value::str_like) {
            Some(Some("__main__" | "builtins")) => class.qualname_text(),
            Some(Some(module)) => format!("{module}.{}", class.qualname_text()),
            _ => format!("<unknown>.{}", class.qualname_text()),
        }
    })
}

/// Class, message and notes.
fn final_lines(interp: &mut dyn Interpreter, exception: &Value) -> Vec<String> {
    let name = class_name(interp, exception);
    let mut lines = if interp.exception_is(exception, CoreType::SyntaxError) {
        syntax_error_lines(interp, exception, &name)
    } else {
        let mut message = safe_text(interp, exception, "exception");
        message.push_str(&suggest::hint(interp, exception));
        vec![if message.is_empty() { format!("{name}\n") } else { format!("{name}: {message}\n") }]
    };
    push_notes(interp, exception, &mut lines);
    lines
}

/// `str(value)`, or what is said in its place if that fails.
fn safe_text(interp: &mut dyn Interpreter, value: &Value, what: &str) -> String {
    match interp.to_str(value) {
        Ok(text) => text.str_like().unwrap_or_default().to_owned(),
        Err(_) => format!("<{what} str() failed>"),
    }
}

fn push_notes(interp: &mut dyn Interpreter, exception: &Value, lines: &mut Vec<String>) {
    let notes = match interp.find_attr(exception, &intern("__notes__")) {
        Ok(None) => return,
        Ok(Some(notes)) => notes,
        Err(raised) => {
            let error = raised.into_value();
            let text = match interp.repr(&error) {
                Ok(text) => text.str_like().unwrap_or_default().to_owned(),
                Err(_) => "<__notes__ repr() failed>".to_owned(),
            };
            lines.push(format!("Ignored error getting __notes__: {text}\n"));
            return;
        }
    };
    let items = match (notes.list_like(), notes.tuple_like()) {
        (Some(list), _) => list.items.borrow().clone(),
        (_, Some(items)) => items.to_vec(),
        (None, None) => {
            if !notes.is_none() {
                let text = match interp.repr(&notes) {
                    Ok(text) => text.str_like().unwrap_or_default().to_owned(),
                    Err(_) => "<__notes__ repr() failed>".to_owned(),
                };
                lines.push(format!("{text}\n"));
            }
            return;
        }
    };
    for note in &items {
        let text = safe_text(interp, note, "note");
        lines.extend(text.split('\n').map(|line| format!("{line}\n")));
    }
}

/// The form of a SyntaxError: the place, the line with carets, the message.
fn syntax_error_lines(interp: &mut dyn Interpreter, exception: &Value, name: &str) -> Vec<String> {
    let mut part = |name: &str| match interp.find_attr(exception, &intern(name)) {
        Ok(Some(value)) if !value.is_none() => Some(value),
        _ => None,
    };
    let number = |value: Option<Value>| value.and_then(|value| value.as_int_or_bool());
    let (file, line) = (part("filename"), part("lineno"));
    let (text, offset) = (part("text"), number(part("offset")));
    let (end_line, end_offset) = (part("end_lineno"), number(part("end_offset")));
    let message = part("msg");
    let file = file.as_ref().and_then(Value::str_like);
    let mut lines = Vec::new();
    let mut suffix = String::new();
    let line_text = |interp: &mut dyn Interpreter, line: &Value| safe_text(interp, line, "lineno");
    let line = line.map(|line| line_text(interp, &line));
    let end_line = end_line.map(|line| line_text(interp, &line));
    match (&line, file) {
        (Some(line), file) => {
            lines.push(format!(
                "  File \"{}\", line {line}\n",
                file.filter(|f| !f.is_empty()).unwrap_or("<string>")
            ));
        }
        (None, Some(file)) => suffix = format!(" ({file})"),
        (None, None) => {}
    }
    if let Some(text) = text.as_ref().and_then(Value::str_like) {
        push_underlined(&mut lines, text, offset, end_offset, line == end_line);
    }
    let message = match message {
        Some(message) => safe_text(interp, &message, "msg"),
        None => "<no detail available>".to_owned(),
    };
    lines.push(format!("{name}: {message}{suffix}\n"));
    lines
}

/// A line of wrong source with carets under the fault; offsets count characters from 1.
fn push_underlined(
    lines: &mut Vec<String>,
    text: &str,
    offset: Option<i64>,
    end_offset: Option<i64>,
    on_one_line: bool,
) {
    let right = text.trim_end_matches('\n');
    let left = right.trim_start_matches([' ', '\n', '\x0c']);
    let length = |text: &str| text.chars().count() as i64;
    let spaces = length(right) - length(left);
    lines.push(format!("    {left}\n"));
    let Some(mut offset) = offset else { return };
    let mut end =
        if on_one_line { end_offset.filter(|&end| end != 0).unwrap_or(offset) } else { length(right) + 1 };
    if !text.is_empty() && offset > length(text) {
        offset = length(right) + 1;
    }
    if !text.is_empty() && end > length(text) {
        end = length(right) + 1;
    }
    if offset >= end || end < 0 {
        end = offset + 1;
    }
    let (start, end) = (offset - 1 - spaces, end - 1 - spaces);
    if start >= 0 {
        // Tabs stay, so that the carets stand under the fault.
        let blank = |character: char| if character.is_whitespace() { character } else { ' ' };
        let before: String = left.chars().take(start as usize).map(blank).collect();
        lines.push(format!("    {before}{}\n", "^".repeat((end - start) as usize)));
    }
}
