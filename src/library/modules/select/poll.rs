//! `select.poll`.

use super::{Interest, descriptor, wait};
use crate::event_loop::receiver::receiver;
use crate::library::io::error::errno_error;
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use rustix::event::PollFlags;
use rustix::io::Errno;
use std::cell::{Cell, RefCell};

/// A set of descriptors to wait for, in the order in which they came.
#[derive(Default)]
struct Poll {
    watched: RefCell<Vec<(i64, u16)>>,
    is_polling: Cell<bool>,
}

static POLL: TypeSpec = TypeSpec {
    name: "poll",
    module: "select",
    doc: "Returns a polling object.\n\nThis object supports registering and unregistering file descriptors, and then\npolling \
          them for I/O events.",
    methods: METHODS,
    ..TypeSpec::EMPTY
};

/// What is waited for if nothing else is said: POLLIN, POLLPRI and POLLOUT.
static METHODS: &[NativeRow] = &[
    native("modify", "fd, eventmask, /", modify, "Modify an already registered file descriptor."),
    native("poll", "timeout=None, /", poll, "Polls the set of registered file descriptors."),
    native("register", "fd, eventmask=7, /", register, "Register a file descriptor with the polling object."),
    native(
        "unregister",
        "fd, /",
        unregister,
        "Remove a file descriptor being tracked by the polling object.",
    ),
];

impl Traverse for Poll {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {
        // It refers to nothing.
    }
}

impl NativeObject for Poll {
    fn spec(&self) -> &'static TypeSpec {
        &POLL
    }
}

pub fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Poll::default()))
}

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Poll, Raised> {
    receiver::<Poll>(interp, this, "select.poll", method)
}

fn mask(interp: &mut dyn Interpreter, value: &Value) -> Result<u16, Raised> {
    let number = interp.index(value)?;
    let Some(number) = number.as_int() else {
        return Err(interp.overflow_error("Python int too large to convert to C unsigned short"));
    };
    if number < 0 {
        return Err(interp.value_error("value must be positive"));
    }
    u16::try_from(number)
        .map_err(|_| interp.overflow_error("Python int too large to convert to C unsigned short"))
}

fn register(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let poll = this(interp, &args[0], "register")?;
    let number = descriptor(interp, &args[1])?;
    let mask = mask(interp, &args[2])?;
    let mut watched = poll.watched.borrow_mut();
    match watched.iter_mut().find(|(known, _)| *known == number) {
        Some(row) => row.1 = mask,
        None => watched.push((number, mask)),
    }
    Ok(Value::NONE)
}

fn modify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let poll = this(interp, &args[0], "modify")?;
    let number = descriptor(interp, &args[1])?;
    let mask = mask(interp, &args[2])?;
    if let Some(row) = poll.watched.borrow_mut().iter_mut().find(|(known, _)| *known == number) {
        row.1 = mask;
        return Ok(Value::NONE);
    }
    Err(errno_error(interp, Errno::NOENT))
}

fn unregister(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let poll = this(interp, &args[0], "unregister")?;
    let number = descriptor(interp, &args[1])?;
    let place = poll.watched.borrow().iter().position(|(known, _)| *known == number);
    match place {
        Some(place) => {
            poll.watched.borrow_mut().remove(place);
            Ok(Value::NONE)
        }
        None => Err(interp.key_error(&Value::int(number))),
    }
}

/// A timeout in milliseconds as nanoseconds; `None` for ever.
fn patience(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<i64>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    if !value.is_integer() && value.float_like().is_none() {
        return Err(interp.type_error("timeout must be an integer or None"));
    }
    let given = interp.expect_float(value)?;
    if given < 0.0 {
        return Ok(None);
    }
    let milliseconds = given.ceil();
    if milliseconds > f64::from(i32::MAX) {
        return Err(interp.overflow_error("timeout is too large"));
    }
    Ok(Some(milliseconds as i64 * 1_000_000))
}

fn poll(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let poll = this(interp, &args[0], "poll")?;
    let patience = patience(interp, &args[1])?;
    if poll.is_polling.replace(true) {
        return Err(interp.runtime_error("concurrent poll() invocation"));
    }
    let watched = poll.watched.borrow().clone();
    let interest = |&(number, mask): &(i64, u16)| Interest {
        number,
        wanted: PollFlags::from_bits_retain(mask),
        found: PollFlags::empty(),
    };
    let mut interests: Vec<Interest> = watched.iter().map(interest).collect();
    let waited = wait(interp, &mut interests, patience);
    poll.is_polling.set(false);
    waited?;
    let ready = interests.iter().filter(|interest| !interest.found.is_empty());
    let pair = |interest: &Interest| {
        Value::pair(Value::int(interest.number), Value::int(interest.found.bits().into()))
    };
    Ok(Value::list(ready.map(pair).collect()))
}
