//! What a run leaves behind, and which line printed what: kept for `apy test`, off otherwise.

use super::Interpreter;
use super::interpreter::CodePlace;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Printed lines whose origin is kept; beyond them nobody wants to know.
const MOST_LINES: usize = 20_000;
/// Lines that are written at once.
const MOST_FLUSHES: usize = 500;
/// Leaks of which account is kept.
const MOST_LEAKS: usize = 100;
/// Events of which account is kept.
const MOST_EVENTS: usize = 2000;
/// Frames looked through for one of the main script.
const DEPTH: usize = 30;

/// Something that should not have been left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// `tasks`, `coroutines`, `exceptions`, `files`, `transports` or `loops`.
    pub kind: Cow<'static, str>,
    pub text: String,
    /// Where it was made; empty and 0 if that is not known.
    pub file: String,
    pub line: u32,
}

impl Leak {
    fn new(kind: &'static str, text: String, place: Option<CodePlace>) -> Leak {
        let (file, line) = place.map_or((String::new(), 0), |place| (place.file().to_string(), place.line()));
        Leak { kind: kind.into(), text, file, line }
    }
}

/// A task or something else of the loop went on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    /// The task's name; for what is no task, what it is.
    pub name: String,
    pub function: String,
    pub file: String,
    /// The line at which it goes on, or 0.
    pub line: u32,
}

/// Something that happened in a run whose order of tasks is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    WentOn(Step),
    Printed(String),
}

/// The account of a run.
#[derive(Debug, Default)]
pub struct Audit {
    pub leaks: Vec<Leak>,
    /// For each printed line the line of the main script that printed it, or 0.
    pub printed_by: Vec<u32>,
    /// The first events, if they were asked for.
    pub events: Vec<Event>,
}

#[derive(Default)]
struct State {
    /// The name of the main script.
    main: String,
    traces: bool,
    audit: Audit,
    /// The start of a printed line.
    unfinished: Vec<u8>,
    /// What was opened and not closed yet, by number.
    open: BTreeMap<u64, Leak>,
    opened: u64,
}

thread_local! {
    static IS_ON: Cell<bool> = const { Cell::new(false) };
    static STATE: RefCell<State> = RefCell::default();
}

/// Keep account from now on. `main` is the name of the main script; with `traces` also of what
/// goes on when.
pub fn begin(main: &str, traces: bool) {
    STATE.set(State { main: main.to_owned(), traces, ..State::default() });
    IS_ON.set(true);
}

/// The account; it ends here, and what is still open counts as left behind.
pub fn end() -> Audit {
    IS_ON.set(false);
    let State { mut audit, open, .. } = STATE.take();
    audit.leaks.extend(open.into_values().take(MOST_LEAKS));
    audit
}

/// Whether account is kept.
#[inline]
pub fn is_on() -> bool {
    IS_ON.get()
}

/// An entry of the ready queue runs next.
pub fn went_on(step: Step) {
    STATE.with_borrow_mut(|state| state.happened(Event::WentOn(step)));
}

impl State {
    fn happened(&mut self, event: Event) {
        if self.traces && self.audit.events.len() < MOST_EVENTS {
            self.audit.events.push(event);
        }
    }
}

/// Something was left behind that was made at `place`.
pub fn leak(kind: &'static str, text: String, place: Option<CodePlace>) {
    if !is_on() {
        return;
    }
    let leak = Leak::new(kind, text, place);
    STATE.with_borrow_mut(|state| {
        let leaks = &mut state.audit.leaks;
        if leaks.len() < MOST_LEAKS && !leaks.contains(&leak) {
            leaks.push(leak);
        }
    });
}

/// Something was opened that must be closed; `text` says what is wrong otherwise. The number to
/// tell to [`closed`]; 0 if no account is kept.
pub fn opened(kind: &'static str, interp: &dyn Interpreter, text: impl FnOnce() -> String) -> u64 {
    if !is_on() {
        return 0;
    }
    let leak = Leak::new(kind, text(), interp.stack(1).into_iter().next());
    STATE.with_borrow_mut(|state| {
        state.opened += 1;
        state.open.insert(state.opened, leak);
        state.opened
    })
}

/// What got this number from [`opened`] was closed.
pub fn closed(number: u64) {
    if number != 0 {
        STATE.with_borrow_mut(|state| _ = state.open.remove(&number));
    }
}

/// Whether a line that ends now should be written at once: what a process printed before it was
/// ended by force is of interest. Later lines wait as usual, so that printing much stays quick.
#[inline]
pub fn wants_flush() -> bool {
    is_on() && STATE.with_borrow(|state| state.audit.printed_by.len() < MOST_FLUSHES)
}

/// Text was written to standard output.
#[cold]
pub fn printed(interp: &dyn Interpreter, text: &[u8]) {
    let ends = text.iter().filter(|byte| **byte == b'\n').count();
    let known = STATE.with_borrow_mut(|state| {
        if state.traces {
            state.unfinished.extend_from_slice(text);
        }
        state.audit.printed_by.len()
    });
    if ends == 0 || known >= MOST_LINES {
        return;
    }
    let frames = interp.stack(DEPTH);
    STATE.with_borrow_mut(|state| {
        // The innermost frame of the main script: what it calls elsewhere prints in its name.
        let frame = frames.iter().find(|place| *place.file() == *state.main);
        let line = frame.map_or(0, CodePlace::line);
        if state.traces {
            let lines = std::mem::take(&mut state.unfinished);
            state.happened(Event::Printed(String::from_utf8_lossy(&lines).trim_end().to_owned()));
        }
        state.audit.printed_by.extend(std::iter::repeat_n(line, ends.min(MOST_LINES)));
    });
}
