//! Ctrl-C: a process-wide mark that the signal handler sets and the machine polls, and what this
//! thread's interpreter does about it.

use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::value::{Raised, Value};
use std::cell::RefCell;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Not zero while a signal waits to be handled: 1 for a SIGINT.
pub static SIGINT_COUNT: AtomicUsize = AtomicUsize::new(0);
/// What `SIGINT_COUNT` holds if there is only something to look at.
const LOOK: usize = 2;
/// Not zero while a SIGQUIT waits to be answered.
static SIGQUIT_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The end of the socket pair that becomes readable when a SIGINT arrives, so that a reactor
/// that waits is woken.
static WAKE: OnceLock<UnixStream> = OnceLock::new();
/// Its other end.
static WAKER: OnceLock<UnixStream> = OnceLock::new();

thread_local! {
    /// What handles a SIGINT: unbound for the default (KeyboardInterrupt), None to ignore it, or
    /// a callable.
    static HANDLER: RefCell<Value> = const { RefCell::new(Value::UNBOUND) };
}

/// What answers a SIGQUIT.
static ON_QUIT: OnceLock<Report> = OnceLock::new();

/// Tells what the program does.
pub type Report = fn(&mut dyn Interpreter);

/// The number of the signal.
pub const SIGINT: i32 = 2;
const SIGQUIT: i32 = 3;

/// Take SIGQUIT over from the system: it is answered by `report`, and the program goes on.
pub fn watch_quit(report: Report) -> io::Result<()> {
    if ON_QUIT.set(report).is_err() {
        return Ok(());
    }
    install()?;
    signal_hook::flag::register_usize(SIGQUIT, &SIGQUIT_COUNT, 1)?;
    // Makes the machine and its reactor look. A SIGINT that has not been seen yet is lost: it
    // would have come within the same few instructions.
    signal_hook::flag::register_usize(SIGQUIT, &SIGINT_COUNT, LOOK)?;
    if let Some(write) = WAKER.get() {
        signal_hook::low_level::pipe::register(SIGQUIT, write.try_clone()?)?;
    }
    Ok(())
}

/// What answers [`call`].
static ON_CALL: OnceLock<Report> = OnceLock::new();
static IS_CALLED: AtomicBool = AtomicBool::new(false);

/// From now on `report` answers [`call`].
pub fn watch_calls(report: Report) -> io::Result<()> {
    // Whoever came first answers: there is one report of this kind.
    let _ = ON_CALL.set(report);
    install().map(drop)
}

/// From any thread: make the machine pass through its safe point soon and answer there.
pub fn call() {
    IS_CALLED.store(true, Ordering::SeqCst);
    // A SIGINT that waits already makes it look as well.
    let _ = SIGINT_COUNT.compare_exchange(0, LOOK, Ordering::SeqCst, Ordering::SeqCst);
    if let Some(waker) = WAKER.get() {
        // Full means that a wake-up is pending already.
        let _ = (&*waker).write(&[1]);
    }
}

/// Answer a SIGQUIT or a call, if one waits.
fn answer(interp: &mut dyn Interpreter) {
    if IS_CALLED.swap(false, Ordering::SeqCst)
        && let Some(report) = ON_CALL.get()
    {
        report(interp);
    }
    if SIGQUIT_COUNT.swap(0, Ordering::SeqCst) != 0
        && let Some(report) = ON_QUIT.get()
    {
        report(interp);
    }
}

/// Take SIGINT over from the system; the first call does it for the whole process. Returns what
/// a reactor should watch.
pub fn install() -> io::Result<&'static UnixStream> {
    if let Some(wake) = WAKE.get() {
        return Ok(wake);
    }
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    write.set_nonblocking(true)?;
    // Of two threads that get here at once, one registers a pair that nobody reads.
    signal_hook::flag::register_usize(SIGINT, &SIGINT_COUNT, 1)?;
    signal_hook::low_level::pipe::register(SIGINT, write.try_clone()?)?;
    let _ = WAKER.set(write);
    Ok(WAKE.get_or_init(|| read))
}

/// Whether a SIGINT waits to be handled.
#[inline(always)]
pub fn is_pending() -> bool {
    SIGINT_COUNT.load(Ordering::Relaxed) != 0
}

/// What handles a SIGINT (see `set_handler`).
pub fn handler() -> Value {
    HANDLER.with_borrow(Value::clone)
}

/// Replace what handles a SIGINT: unbound for the default (KeyboardInterrupt), None to ignore it,
/// or a callable that gets the signal's number and None. Returns what did before.
pub fn set_handler(handler: Value) -> Value {
    HANDLER.replace(handler)
}

/// Handle a SIGINT if one waits: called by the machine's `poll`.
pub fn dispatch(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let waiting = SIGINT_COUNT.swap(0, Ordering::SeqCst);
    answer(interp);
    if waiting != 1 {
        return Ok(());
    }
    let handler = handler();
    if handler.is_unbound() {
        return Err(interp.raise_args(CoreType::KeyboardInterrupt, &[]));
    }
    if handler.is_none() {
        return Ok(());
    }
    interp.call(&handler, &[Value::int(SIGINT as i64), Value::NONE])?;
    Ok(())
}
