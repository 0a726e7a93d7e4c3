//! Signals: process-wide marks that the signal handlers of the system set and the machine polls,
//! and what this thread's interpreter does about them.

use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::value::{Raised, Value};
use std::cell::RefCell;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// One more than the greatest number of a signal.
pub const SIGNALS: usize = 65;

/// Not zero while there may be something to look at.
static LOOK: AtomicUsize = AtomicUsize::new(0);
/// Not zero for a signal that waits to be handled.
static PENDING: [AtomicUsize; SIGNALS] = [const { AtomicUsize::new(0) }; SIGNALS];
/// Which signals were taken over from the system.
static WATCHED: Mutex<[bool; SIGNALS]> = Mutex::new([false; SIGNALS]);

/// The end of the socket pair that becomes readable when a signal arrives, so that a reactor
/// that waits is woken.
static WAKE: OnceLock<UnixStream> = OnceLock::new();
/// Its other end.
static WAKER: OnceLock<UnixStream> = OnceLock::new();

thread_local! {
    /// What handles each signal (see `set_handler`).
    static HANDLERS: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// What answers a SIGQUIT.
static ON_QUIT: OnceLock<Report> = OnceLock::new();

/// Tells what the program does.
pub type Report = fn(&mut dyn Interpreter);

/// The number of the signal.
pub const SIGINT: i32 = 2;
const SIGQUIT: i32 = 3;

/// A handler that leaves the signal to the system, as `signal.SIG_DFL`.
pub const BY_SYSTEM: i64 = 0;
/// A handler that ignores the signal, as `signal.SIG_IGN`.
pub const IGNORED: i64 = 1;

/// Take SIGQUIT over from the system: it is answered by `report`, and the program goes on.
pub fn watch_quit(report: Report) -> io::Result<()> {
    if ON_QUIT.set(report).is_err() {
        return Ok(());
    }
    watch(SIGQUIT)
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
    LOOK.store(1, Ordering::SeqCst);
    if let Some(waker) = WAKER.get() {
        // Full means that a wake-up is pending already.
        let _ = (&*waker).write(&[1]);
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
    // Of two threads that get here at once, one makes a pair that nobody reads.
    let _ = WAKER.set(write);
    let wake = WAKE.get_or_init(|| read);
    watch(SIGINT)?;
    Ok(wake)
}

/// Whether the number is that of a signal.
fn slot(signal: i32) -> Option<usize> {
    usize::try_from(signal).ok().filter(|slot| (1..SIGNALS).contains(slot))
}

/// Take a signal over from the system: from now on it waits for the machine to handle it. Those
/// that nobody can take over are errors.
pub fn watch(signal: i32) -> io::Result<()> {
    let Some(slot) = slot(signal) else { return Err(io::ErrorKind::InvalidInput.into()) };
    if signal != SIGINT {
        install()?;
    }
    let mut watched = WATCHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Faults of the process itself cannot wait for a safe point: handlers of these are only
    // called for signals that the script raises.
    if watched[slot] || signal_hook::consts::FORBIDDEN.contains(&signal) {
        return Ok(());
    }
    // In this order: who looks finds the mark.
    signal_hook::flag::register_usize(signal, &PENDING[slot], 1)?;
    signal_hook::flag::register_usize(signal, &LOOK, 1)?;
    if let Some(write) = WAKER.get() {
        signal_hook::low_level::pipe::register(signal, write.try_clone()?)?;
    }
    watched[slot] = true;
    Ok(())
}

/// Whether a signal comes to the machine rather than to the system.
pub fn is_watched(signal: i32) -> bool {
    let watched = WATCHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    slot(signal).is_some_and(|slot| watched[slot] || !handler(signal).is_unbound())
}

/// Make it look as if a signal had come.
pub fn mark(signal: i32) {
    if let Some(slot) = slot(signal) {
        PENDING[slot].store(1, Ordering::SeqCst);
        LOOK.store(1, Ordering::SeqCst);
    }
}

/// A signal comes, and is handled at once.
pub fn raise(interp: &mut dyn Interpreter, signal: i32) -> Result<(), Raised> {
    mark(signal);
    dispatch(interp)
}

/// Whether a signal may wait to be handled.
#[inline(always)]
pub fn is_pending() -> bool {
    LOOK.load(Ordering::Relaxed) != 0
}

/// What handles a signal (see `set_handler`).
pub fn handler(signal: i32) -> Value {
    let slot = slot(signal);
    HANDLERS
        .with_borrow(|handlers| slot.and_then(|slot| handlers.get(slot)).cloned().unwrap_or(Value::UNBOUND))
}

/// Whether a script handles some signal. SIGINT does not count: nobody waits for Ctrl-C alone, and
/// `asyncio.run` has a handler of its own for it.
pub fn has_handler() -> bool {
    HANDLERS.with_borrow(|handlers| {
        let of_scripts = handlers.iter().enumerate().filter(|(signal, _)| *signal != SIGINT as usize);
        of_scripts.map(|(_, it)| it).any(|it| !it.is_unbound() && it.as_int().is_none())
    })
}

/// Replace what handles a signal: unbound for what happens in the beginning (KeyboardInterrupt for
/// a SIGINT, a report for a SIGQUIT, otherwise what the system does), [`BY_SYSTEM`], [`IGNORED`],
/// or a callable that gets the signal's number and a frame. Returns what did before.
pub fn set_handler(signal: i32, handler: Value) -> Value {
    let Some(slot) = slot(signal) else { return Value::UNBOUND };
    HANDLERS.with_borrow_mut(|handlers| {
        if handlers.is_empty() {
            handlers.resize(SIGNALS, Value::UNBOUND);
        }
        std::mem::replace(&mut handlers[slot], handler)
    })
}

/// Handle the signals that wait: called by the machine's `poll`.
pub fn dispatch(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    LOOK.store(0, Ordering::SeqCst);
    if IS_CALLED.swap(false, Ordering::SeqCst)
        && let Some(report) = ON_CALL.get()
    {
        report(interp);
    }
    for (signal, mark) in PENDING.iter().enumerate() {
        if mark.load(Ordering::Relaxed) == 0 || mark.swap(0, Ordering::SeqCst) == 0 {
            continue;
        }
        if let Err(raised) = handle(interp, signal as i32) {
            // The others are handled at the next safe point.
            LOOK.store(1, Ordering::SeqCst);
            return Err(raised);
        }
    }
    Ok(())
}

fn handle(interp: &mut dyn Interpreter, signal: i32) -> Result<(), Raised> {
    let handler = handler(signal);
    match handler.as_int() {
        Some(IGNORED) => return Ok(()),
        None if handler.is_unbound() => match signal {
            SIGINT => return Err(interp.raise_args(CoreType::KeyboardInterrupt, &[])),
            SIGQUIT => {
                if let Some(report) = ON_QUIT.get() {
                    report(interp);
                    return Ok(());
                }
            }
            _ => {}
        },
        None => {
            let frame = interp.frame(0).unwrap_or(Value::NONE);
            interp.call(&handler, &[Value::int(signal.into()), frame])?;
            return Ok(());
        }
        Some(_) => {}
    }
    // An error means that the signal has no other effect.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    Ok(())
}
