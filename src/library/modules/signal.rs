//! `signal`: handlers of signals, and the alarm clock. Names and enumerations are in the script.

use crate::library::io::error::{errno_error, error_text};
use crate::object::fiber::FiberId;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, interrupt};
use rustix::io::Errno;
use rustix::process::{Signal, getpid, kill_process};
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

pub static SIGNAL: ModuleSpec = ModuleSpec {
    name: "signal",
    doc: "This module provides mechanisms to use signal handlers.",
    functions: FUNCTIONS,
    script: script!("signal.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_get", "signalnum, /", get, "The handler of a signal, None if it has not been set."),
    native("_set", "signalnum, handler, /", set, "Set the handler of a signal; the old one, as _get."),
    native("_setitimer", "seconds, interval, /", set_timer, "Set the alarm clock; what it was set to."),
    native("_getitimer", "", get_timer, "What the alarm clock is set to."),
    native("alarm", "seconds, /", alarm, "Arrange for SIGALRM to arrive after the given number of seconds."),
    native(
        "default_int_handler",
        "signalnum, frame, /",
        default_int_handler,
        "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt.",
    ),
    native("raise_signal", "signalnum, /", raise_signal, "Send a signal to the executing process."),
];

/// The number of a signal.
fn number(interp: &mut dyn Interpreter, value: &Value) -> Result<i32, Raised> {
    let index = interp.index(value)?;
    match index.as_int().and_then(|number| i32::try_from(number).ok()) {
        Some(number) if (1..interrupt::SIGNALS as i32).contains(&number) => Ok(number),
        _ => Err(interp.value_error("signal number out of range")),
    }
}

fn shown(handler: Value) -> Value {
    if handler.is_unbound() { Value::NONE } else { handler }
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let signal = number(interp, &args[0])?;
    Ok(shown(interrupt::handler(signal)))
}

fn set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    /// SIGKILL, SIGSTOP, and what the C library keeps for itself.
    const UNTOUCHABLE: [i32; 4] = [9, 19, 32, 33];
    if interp.running_fiber() != FiberId::MAIN {
        return Err(interp.value_error("signal only works in main thread of the main interpreter"));
    }
    let signal = number(interp, &args[0])?;
    if UNTOUCHABLE.contains(&signal) {
        return Err(errno_error(interp, Errno::INVAL));
    }
    let handler = if args[1].is_none() { Value::UNBOUND } else { args[1].clone() };
    let by_system = handler.is_unbound() || handler.as_int() == Some(interrupt::BY_SYSTEM);
    if !by_system && let Err(error) = interrupt::watch(signal) {
        return Err(crate::library::io::error::io_error(interp, &error, None));
    }
    // What came before is for the old handler.
    interp.poll()?;
    Ok(shown(interrupt::set_handler(signal, handler)))
}

fn default_int_handler(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise_args(CoreType::KeyboardInterrupt, &[]))
}

fn raise_signal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let index = interp.index(&args[0])?;
    let signal = index.as_int().and_then(|number| i32::try_from(number).ok()).unwrap_or(-1);
    if signal == 0 {
        return Ok(Value::NONE);
    }
    if interrupt::is_watched(signal) {
        interrupt::raise(interp, signal)?;
        return Ok(Value::NONE);
    }
    let outcome = match Signal::from_named_raw(signal) {
        Some(signal) => kill_process(getpid(), signal),
        None => Err(Errno::INVAL),
    };
    match outcome {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

/// The alarm clock of the process.
struct Clock {
    rings_at: Option<Instant>,
    /// Zero: it rings once.
    interval: Duration,
}

static CLOCK: Mutex<Clock> = Mutex::new(Clock { rings_at: None, interval: Duration::ZERO });
static CLOCK_SET: Condvar = Condvar::new();
static RINGER: Once = Once::new();

fn clock() -> MutexGuard<'static, Clock> {
    CLOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wait for the clock and send SIGALRM when it rings, for ever.
fn ring() {
    let mut clock = clock();
    loop {
        let now = Instant::now();
        clock = match clock.rings_at {
            Some(when) if when <= now => {
                clock.rings_at = (!clock.interval.is_zero()).then(|| when + clock.interval);
                // The process exists, and may send signals to itself.
                let _ = kill_process(getpid(), Signal::ALARM);
                continue;
            }
            Some(when) => match CLOCK_SET.wait_timeout(clock, when - now) {
                Ok((clock, _)) => clock,
                Err(poisoned) => poisoned.into_inner().0,
            },
            None => CLOCK_SET.wait(clock).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// Set the clock; how long it would still have run, and its interval.
fn set_clock(delay: Duration, interval: Duration) -> (Duration, Duration) {
    RINGER.call_once(|| drop(std::thread::spawn(ring)));
    let mut clock = clock();
    let left = clock.rings_at.map_or(Duration::ZERO, |when| when.saturating_duration_since(Instant::now()));
    let before = (left, clock.interval);
    clock.rings_at = if delay.is_zero() { None } else { Instant::now().checked_add(delay) };
    clock.interval = interval;
    drop(clock);
    CLOCK_SET.notify_one();
    before
}

fn alarm(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let index = interp.index(&args[0])?;
    let seconds = index.as_int().unwrap_or_default() as u32;
    let (left, _) = set_clock(Duration::from_secs(seconds.into()), Duration::ZERO);
    // As the system does: never 0 while it runs.
    Ok(Value::int(left.as_secs_f64().round().max(f64::from(!left.is_zero())) as i64))
}

fn seconds_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Duration, Raised> {
    let class = interp.core(CoreType::Float);
    let seconds = interp.call(&class, std::slice::from_ref(value))?.as_float().unwrap_or_default();
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) => Ok(duration),
        Err(_) => {
            let class =
                interp.import("signal").and_then(|module| interp.attribute(&module, "ItimerError"))?;
            let number = Errno::INVAL.raw_os_error();
            let details = [Value::int(number.into()), Value::str(&error_text(number))];
            let error = interp.call(&class, &details)?;
            Err(interp.to_raised(&error)?)
        }
    }
}

fn shown_clock((left, interval): (Duration, Duration)) -> Value {
    Value::pair(Value::float(left.as_secs_f64()), Value::float(interval.as_secs_f64()))
}

fn set_timer(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (delay, interval) = (seconds_argument(interp, &args[0])?, seconds_argument(interp, &args[1])?);
    Ok(shown_clock(set_clock(delay, interval)))
}

fn get_timer(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let clock = clock();
    let left = clock.rings_at.map_or(Duration::ZERO, |when| when.saturating_duration_since(Instant::now()));
    Ok(shown_clock((left, clock.interval)))
}
