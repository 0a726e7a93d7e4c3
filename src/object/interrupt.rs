//! Ctrl-C: a process-wide mark that the signal handler sets and the machine polls, and what this
//! thread's interpreter does about it.

use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::value::{Raised, Value};
use std::cell::RefCell;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Not zero while a SIGINT waits to be handled.
pub static SIGINT_COUNT: AtomicUsize = AtomicUsize::new(0);

/// The end of the socket pair that becomes readable when a SIGINT arrives, so that a reactor
/// that waits is woken.
static WAKE: OnceLock<UnixStream> = OnceLock::new();

thread_local! {
    /// What handles a SIGINT: unbound for the default (KeyboardInterrupt), None to ignore it, or
    /// a callable.
    static HANDLER: RefCell<Value> = const { RefCell::new(Value::UNBOUND) };
}

/// The number of the signal.
pub const SIGINT: i32 = 2;

/// Take SIGINT over from the system; the first call does it for the whole process. Returns what
/// a reactor should watch.
pub fn install() -> io::Result<&'static UnixStream> {
    if let Some(wake) = WAKE.get() {
        return Ok(wake);
    }
    let (read, write) = UnixStream::pair()?;
    read.set_nonblocking(true)?;
    // Of two threads that get here at once, one registers a pair that nobody reads.
    signal_hook::flag::register_usize(SIGINT, &SIGINT_COUNT, 1)?;
    signal_hook::low_level::pipe::register(SIGINT, write)?;
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
    if SIGINT_COUNT.swap(0, Ordering::SeqCst) == 0 {
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
