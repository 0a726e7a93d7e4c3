//! Callbacks that hold the loop too long (`--warn-blocking`): told while they still do, with the
//! stack of the code that runs.
//!
//! With the real clock a thread looks on; when a callback is late it makes the machine pass
//! through its safe point, which tells. With the virtual clock only sleeping takes time, and
//! `time.sleep` asks.

use super::graph::task_name;
use super::text::{quoted, stack_text};
use crate::event_loop::task::Task;
use crate::event_loop::{clock, report, threads};
use crate::object::{Interpreter, Value, interrupt};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// As many places of the stack are shown.
const MOST_PLACES: usize = 30;

/// When the running callback began by the real clock, 0 while none runs: for the looking thread.
static BEGAN: AtomicI64 = AtomicI64::new(0);
/// Of which callback, by its beginning, the thread has told that it is late.
static LATE: AtomicI64 = AtomicI64::new(0);

thread_local! {
    /// In nanoseconds; 0 if nobody wants to know.
    static LIMIT: Cell<i64> = const { Cell::new(0) };
    /// When the running callback began by this thread's clock; 0 while none runs, or if it has
    /// been told of already.
    static SINCE: Cell<i64> = const { Cell::new(0) };
    /// Whose callback it is.
    static WHO: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Loops made from now on in this thread tell of callbacks that take longer than this.
pub fn install(milliseconds: u64) -> std::io::Result<()> {
    let limit = (milliseconds.max(1) as i64).saturating_mul(1_000_000);
    LIMIT.set(limit);
    if clock::is_virtual() {
        return Ok(());
    }
    interrupt::watch_calls(tell_late)?;
    let watcher = std::thread::Builder::new().name("watch".into());
    watcher.spawn(move || watch(limit)).map(drop)
}

/// Whether loops made now have to be watched.
pub fn is_installed() -> bool {
    LIMIT.get() != 0
}

/// The thread that looks on.
fn watch(limit: i64) {
    let pause = Duration::from_nanos((limit / 4).clamp(1_000_000, 1_000_000_000) as u64);
    loop {
        std::thread::sleep(pause);
        let began = BEGAN.load(Ordering::SeqCst);
        let is_late = began != 0 && clock::monotonic() - began >= limit;
        if is_late && LATE.swap(began, Ordering::SeqCst) != began {
            interrupt::call();
        }
    }
}

/// A callback begins: a step of a task, or something else that is shown as `what`.
pub fn begin(task: Option<&Value>, what: &str) {
    let who = match task {
        Some(task) if task.downcast::<Task>().is_some() => task_name(task),
        _ => what.to_owned(),
    };
    WHO.set(Some(who));
    let now = clock::monotonic();
    SINCE.set(now);
    if !clock::is_virtual() {
        BEGAN.store(now, Ordering::SeqCst);
    }
}

/// The callback has ended. One that no safe point has told of is told of now, without its stack.
pub fn end(interp: &mut dyn Interpreter) {
    BEGAN.store(0, Ordering::SeqCst);
    if is_late() {
        tell(interp, false);
    }
    SINCE.set(0);
    WHO.set(None);
}

/// Called by what takes time of the virtual clock.
pub fn look(interp: &mut dyn Interpreter) {
    if is_late() {
        tell(interp, true);
    }
}

fn is_late() -> bool {
    let since = SINCE.get();
    since != 0 && clock::monotonic() - since >= LIMIT.get()
}

/// At a safe point: the looking thread has found the running callback late.
fn tell_late(interp: &mut dyn Interpreter) {
    if SINCE.get() != 0 && LATE.load(Ordering::SeqCst) == BEGAN.load(Ordering::SeqCst) {
        tell(interp, true);
    }
}

fn tell(interp: &mut dyn Interpreter, is_running: bool) {
    SINCE.set(0);
    let who = WHO.with_borrow(Clone::clone).unwrap_or_default();
    let limit = LIMIT.get() / 1_000_000;
    let mut text = format!("blocking: {who} has held the loop for {limit} ms or more\n");
    if is_running && threads::is_alone() {
        text.push_str(&stack_text(&interp.stack(MOST_PLACES)));
    } else if is_running && let Some(place) = interp.stack(1).first() {
        text.push_str(&format!("  at {}:{}\n{}", place.file(), place.line(), quoted(place)));
    }
    // What goes wrong with standard error cannot be told anywhere.
    let _ = report::log(interp, text.trim_end());
}
