//! The module `time`: the clocks of the event loop, sleeping, calendar time.

mod calendar;
mod rows;
mod struct_time;
mod zone;

pub use calendar::{Civil, civil_from_days, days_from_civil, format};

use crate::event_loop::clock::{self, NANOS};
use crate::event_loop::explain::blocking;
use crate::event_loop::threads;
use crate::library::types::struct_sequence::class_of;
use crate::object::convention::Convention;
use crate::object::interrupt;
use crate::object::spec::{ConstantFn, ModuleSpec, NativeRow, Script, native};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// The module `time`.
pub static TIME: ModuleSpec = ModuleSpec {
    name: "time",
    doc: "Clocks, sleeping and calendar time.",
    functions: &FUNCTIONS,
    constants: CONSTANTS,
    script: Script::inline(CLOCKS),
    ..ModuleSpec::EMPTY
};

/// The clocks by number: the functions that read the same clock of ours.
const CLOCKS: &str = "\
_STRUCT_TM_ITEMS = 11
CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID = range(4)
CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI = 4, 7, 11


def clock_gettime_ns(clk_id, /):
    'Return the time of the specified clock clk_id as nanoseconds (int).'
    if not isinstance(clk_id, int):
        raise TypeError(f\"'{type(clk_id).__name__}' object cannot be interpreted as an integer\")
    if clk_id in (CLOCK_REALTIME, CLOCK_TAI):
        return time_ns()
    if clk_id in (CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME):
        return monotonic_ns()
    if clk_id == CLOCK_PROCESS_CPUTIME_ID:
        return process_time_ns()
    if clk_id == CLOCK_THREAD_CPUTIME_ID:
        return thread_time_ns()
    raise OSError(22, 'Invalid argument')


def clock_gettime(clk_id, /):
    'clock_gettime(clk_id) -> float'
    return clock_gettime_ns(clk_id) / 1e9


def clock_getres(clk_id, /):
    'clock_getres(clk_id) -> floating-point number'
    clock_gettime_ns(clk_id)
    return 1e-09


def get_clock_info(name, /):
    'get_clock_info(name: str) -> dict'
    from types import SimpleNamespace
    clocks = {'time': 'REALTIME', 'monotonic': 'MONOTONIC', 'perf_counter': 'MONOTONIC',
              'process_time': 'PROCESS_CPUTIME_ID', 'thread_time': 'THREAD_CPUTIME_ID'}
    if not isinstance(name, str):
        raise TypeError(f'get_clock_info() argument 1 must be str, not {type(name).__name__}')
    if name not in clocks:
        raise ValueError('unknown clock')
    return SimpleNamespace(implementation=f'clock_gettime(CLOCK_{clocks[name]})', monotonic=name != 'time',
                           adjustable=name == 'time', resolution=1e-09)
";

static FUNCTIONS: [NativeRow; 19] = [
    native("asctime", "t=None, /", rows::asctime, "A calendar time as text.")
        .bound_by(Convention::UnpackTuple),
    native("ctime", "seconds=None, /", rows::ctime, "Seconds since 1970 as text, in local time.")
        .bound_by(Convention::Format),
    native("gmtime", "seconds=None, /", rows::gmtime, "Seconds since 1970 as calendar time, UTC.")
        .bound_by(Convention::Format),
    native("localtime", "seconds=None, /", rows::localtime, "Seconds since 1970 as local calendar time.")
        .bound_by(Convention::Format),
    native("mktime", "t, /", rows::mktime, "Local calendar time as seconds since 1970."),
    native("monotonic", "", monotonic, "A clock that never goes back, in seconds."),
    native("monotonic_ns", "", monotonic_ns, "A clock that never goes back, in nanoseconds."),
    native("perf_counter", "", monotonic, "The finest clock, in seconds."),
    native("perf_counter_ns", "", monotonic_ns, "The finest clock, in nanoseconds."),
    native("process_time", "", process_time, "Processor time of the process, in seconds."),
    native("process_time_ns", "", process_time_ns, "Processor time of the process, in nanoseconds."),
    native("sleep", "seconds, /", sleep, "Do nothing for so many seconds."),
    native("strftime", "format, t=None, /", rows::strftime, "A calendar time by a format.")
        .bound_by(Convention::Format),
    native("strptime", "*args", strptime, "A calendar time read by a format.").bound_by(Convention::Format),
    native("thread_time", "", thread_time, "Processor time of the thread, in seconds."),
    native("thread_time_ns", "", thread_time_ns, "Processor time of the thread, in nanoseconds."),
    native("time", "", time, "Seconds since 1970."),
    native("time_ns", "", time_ns, "Nanoseconds since 1970."),
    native("tzset", "", rows::tzset, "Read the local time zone anew."),
];

static CONSTANTS: &[(&str, ConstantFn)] = &[
    ("struct_time", |interp| class_of::<struct_time::StructTime>(interp)),
    ("timezone", |_| Value::int(-zone::standard().offset)),
    ("altzone", |_| Value::int(-zone::summer().offset)),
    ("daylight", |_| Value::int(i64::from(zone::summer().offset != zone::standard().offset))),
    ("tzname", |_| Value::tuple(vec![Value::str(&zone::standard().name), Value::str(&zone::summer().name)])),
];

fn seconds(nanos: i64) -> Completion {
    Ok(Value::float(clock::to_seconds(nanos)))
}

fn time(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    seconds(clock::wall())
}

fn time_ns(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(clock::wall()))
}

fn monotonic(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    seconds(clock::monotonic())
}

fn monotonic_ns(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(clock::monotonic()))
}

fn process_time(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    seconds(clock::process())
}

fn process_time_ns(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(clock::process()))
}

fn thread_time(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    seconds(clock::thread())
}

fn thread_time_ns(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(clock::thread()))
}

/// The work is done by a script.
fn strptime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let module = interp.import("_strptime")?;
    interp.call_method(&module, "_strptime_time", args[0].as_tuple().unwrap_or_default())
}

fn sleep(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let nanos = duration(interp, &args[0])?;
    if nanos < 0 {
        return Err(interp.value_error("sleep length must be non-negative"));
    }
    let deadline = clock::monotonic().saturating_add(nanos);
    if !threads::is_alone() {
        threads::block(interp, Some(deadline), threads::Waiting::Sleep)?;
    } else if clock::is_virtual() {
        clock::advance_to(deadline);
        blocking::look(interp);
    } else {
        block_until(interp, deadline)?;
    }
    Ok(Value::NONE)
}

/// A number of seconds as nanoseconds, rounded up (away from nothing at all).
pub fn duration(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    let seconds = match value.float_like() {
        Some(seconds) => seconds,
        None => {
            let whole = interp.expect_int(value)?;
            return whole.checked_mul(NANOS).ok_or_else(|| too_large(interp));
        }
    };
    if seconds.is_nan() {
        return Err(interp.value_error("Invalid value NaN (not a number)"));
    }
    let nanos = (seconds * 1e9).ceil();
    if nanos.abs() >= i64::MAX as f64 { Err(too_large(interp)) } else { Ok(nanos as i64) }
}

fn too_large(interp: &mut dyn Interpreter) -> Raised {
    interp.overflow_error("timestamp too large to convert to C PyTime_t")
}

/// Wait for real; Ctrl-C is handled at once.
fn block_until(interp: &mut dyn Interpreter, deadline: i64) -> Result<(), Raised> {
    let raise = |interp: &mut dyn Interpreter, error: std::io::Error| {
        let number = Value::int(error.raw_os_error().unwrap_or(0).into());
        interp.raise_args(CoreType::OSError, &[number, Value::str(&error.to_string())])
    };
    let wake = interrupt::install().map_err(|error| raise(interp, error))?;
    loop {
        let left = deadline - clock::monotonic();
        if left <= 0 {
            return Ok(());
        }
        let timeout = Timespec { tv_sec: left / NANOS, tv_nsec: left % NANOS };
        let mut fds = [PollFd::new(wake, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => {}
            Ok(_) => {
                let mut bytes = [0_u8; 64];
                while rustix::io::read(wake, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
                interp.poll()?;
            }
            Err(Errno::INTR) => interp.poll()?,
            Err(error) => return Err(raise(interp, error.into())),
        }
    }
}
