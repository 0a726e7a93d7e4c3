//! Nobody is ready: wait for the clock or the outside, or say that nothing can happen any more.

use super::{Waiting, Woken, with};
use crate::event_loop::explain::text::{indented, stack_text};
use crate::event_loop::{DEADLOCK_EXIT, clock, explain, outside, report};
use crate::object::fiber::FiberId;
use crate::object::{CoreType, Interpreter, Raised, Value, interrupt};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// Places shown of the stack of a thread that waits for ever.
const MOST_PLACES: usize = 20;

/// Wait until somebody may be ready.
pub fn wait(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let first = with(|scheduler| scheduler.first_deadline());
    let reactors = reactors();
    let is_open =
        !reactors.is_empty() || outside::is_expected() || first.is_none() && outside::is_signal_expected();
    if first.is_none() && !is_open {
        return Err(deadlock(interp));
    }
    // While something is expected from outside, the virtual clock stands still.
    if clock::is_virtual() && !is_open {
        if let Some(when) = first {
            clock::advance_to(when);
        }
        return Ok(());
    }
    let first = if clock::is_virtual() { None } else { first };
    poll_reactors(interp, first, &reactors)
}

/// Who is ready by the clock or from outside, without waiting.
pub fn look(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    with(|scheduler| scheduler.fire_due());
    let reactors = reactors();
    if reactors.is_empty() { Ok(()) } else { poll_reactors(interp, Some(0), &reactors) }
}

/// A thread that waits for the outside, and what happens to which descriptor when it may go on.
type Watch = (FiberId, Arc<OwnedFd>, PollFlags);

/// The threads that wait for the outside.
fn reactors() -> Vec<Watch> {
    with(|scheduler| {
        let mut watched = Vec::new();
        for (id, parked) in &scheduler.parked {
            match &parked.waiting {
                Waiting::Loop(Some(fd)) => watched.push((*id, fd.clone(), PollFlags::IN)),
                Waiting::Descriptors(fds) => {
                    watched.extend(fds.iter().map(|(fd, flags)| (*id, fd.clone(), *flags)));
                }
                Waiting::Loop(None) | Waiting::Sleep | Waiting::Object(_) => {}
            }
        }
        watched.sort_by_key(|(id, ..)| *id);
        watched
    })
}

/// Make those ready whose reactors have something to say before the deadline.
fn poll_reactors(
    interp: &mut dyn Interpreter,
    deadline: Option<i64>,
    reactors: &[Watch],
) -> Result<(), Raised> {
    match poll_descriptors(deadline, reactors) {
        Ok(ready) => {
            with(|scheduler| ready.iter().for_each(|id| scheduler.make_ready(*id, Woken::Called)));
            Ok(())
        }
        Err(error) => {
            let number = Value::int(error.raw_os_error().unwrap_or(0).into());
            Err(interp.raise_args(CoreType::OSError, &[number, Value::str(&error.to_string())]))
        }
    }
}

/// Wait for a time of the clock, a reactor or Ctrl-C; whose reactors have something to say.
fn poll_descriptors(first: Option<i64>, reactors: &[Watch]) -> std::io::Result<Vec<FiberId>> {
    let signals = interrupt::install()?;
    let mut fds: Vec<PollFd<'_>> = reactors.iter().map(|(_, fd, flags)| PollFd::new(&**fd, *flags)).collect();
    fds.push(PollFd::new(signals, PollFlags::IN));
    let timeout = first.map(|when| {
        // Rounded up to milliseconds as a loop's waits are, so that what is due within the same
        // one happens together.
        let left = when.saturating_sub(clock::monotonic()).max(0);
        let milliseconds = (left + 999_999) / 1_000_000;
        Timespec { tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000 }
    });
    match poll(&mut fds, timeout.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    if fds.last().is_some_and(|fd| !fd.revents().is_empty()) {
        let mut bytes = [0_u8; 64];
        while rustix::io::read(signals, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }
    let ready = reactors.iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
    Ok(ready.map(|((id, ..), _)| *id).collect())
}

thread_local! {
    /// Whether a deadlock of threads was reported: the end of the program waits for them again.
    static IS_REPORTED: Cell<bool> = const { Cell::new(false) };
}

/// Every thread waits for another: say who waits for what, and exit.
#[cold]
fn deadlock(interp: &mut dyn Interpreter) -> Raised {
    let exit =
        |interp: &mut dyn Interpreter| interp.raise_args(CoreType::SystemExit, &[Value::int(DEADLOCK_EXIT)]);
    if IS_REPORTED.replace(true) {
        return exit(interp);
    }
    let mut waits: Vec<(FiberId, Waiting)> =
        with(|scheduler| scheduler.parked.iter().map(|(id, parked)| (*id, parked.waiting.clone())).collect());
    waits.sort_by_key(|(id, _)| *id);
    let mut text = String::from("deadlock: no thread can go on, and nothing can come from outside\n");
    for (id, waiting) in &waits {
        let name = match id {
            &FiberId::MAIN => "the main thread".to_owned(),
            FiberId(number) => format!("thread {number}"),
        };
        let what = match waiting {
            Waiting::Sleep => "time to pass".to_owned(),
            Waiting::Loop(_) => "its event loop, which has nothing to do".to_owned(),
            Waiting::Descriptors(_) => "input or output".to_owned(),
            Waiting::Object(object) => awaited(interp, object),
        };
        text.push_str(&format!("  {name}: waits for {what}\n"));
        text.push_str(&indented(&stack_text(&interp.fiber_stack(*id, MOST_PLACES))));
    }
    if waits.iter().any(|(_, waiting)| matches!(waiting, Waiting::Loop(_))) {
        text.push_str(&explain::deadlock::report());
    }
    if let Err(raised) = report::log(interp, text.trim_end()) {
        return raised;
    }
    exit(interp)
}

/// What a thread waits for, in words.
fn awaited(interp: &mut dyn Interpreter, object: &Value) -> String {
    let class = interp.type_name(object);
    match class.as_str() {
        "_thread.lock" | "_thread.RLock" => "a lock that is taken".to_owned(),
        "_thread._ThreadHandle" => "the end of another thread".to_owned(),
        "_queue.SimpleQueue" => "a queue that is empty".to_owned(),
        _ => format!("a {class}"),
    }
}
