//! `select`: waiting for several descriptors at once, while other threads run.

mod epoll;
mod poll;

use crate::event_loop::clock;
use crate::event_loop::threads::{self, Waiting, Woken};
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::modules::time::duration;
use crate::object::sequence::has_method;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

pub static SELECT: ModuleSpec = ModuleSpec {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, \
          only sockets are supported; on Unix, all file descriptors.",
    functions: FUNCTIONS,
    types: &[&epoll::EPOLL],
    core_types: &[("error", CoreType::OSError)],
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("poll", "", poll::new, "Returns a polling object."),
    native(
        "select",
        "rlist, wlist, xlist, timeout=None, /",
        select,
        "Wait until one or more file descriptors are ready for some kind of I/O.",
    ),
];

static CONSTANTS: &[(&str, i64)] = &[
    ("PIPE_BUF", 4096),
    ("POLLIN", 1),
    ("POLLPRI", 2),
    ("POLLOUT", 4),
    ("POLLERR", 8),
    ("POLLHUP", 16),
    ("POLLNVAL", 32),
    ("POLLRDNORM", 64),
    ("POLLRDBAND", 128),
    ("POLLWRNORM", 256),
    ("POLLWRBAND", 512),
    ("POLLMSG", 1024),
    ("POLLRDHUP", 8192),
    ("EPOLLIN", 1),
    ("EPOLLPRI", 2),
    ("EPOLLOUT", 4),
    ("EPOLLERR", 8),
    ("EPOLLHUP", 16),
    ("EPOLLRDNORM", 64),
    ("EPOLLRDBAND", 128),
    ("EPOLLWRNORM", 256),
    ("EPOLLWRBAND", 512),
    ("EPOLLMSG", 1024),
    ("EPOLLRDHUP", 8192),
    ("EPOLLEXCLUSIVE", 1 << 28),
    ("EPOLLONESHOT", 1 << 30),
    ("EPOLLET", 1 << 31),
    ("EPOLL_CLOEXEC", 0x80000),
];

/// Descriptors from here on do not fit the sets of `select`.
const MOST_DESCRIPTORS: i64 = 1024;

fn setup(_: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    let dict = module.as_module().map(|module| module.dict.borrow().clone());
    if let Some(dict) = dict.as_ref().and_then(Value::as_dict) {
        for &(name, number) in CONSTANTS {
            dict.set_str(name, Value::int(number));
        }
    }
    Ok(())
}

/// The number of a descriptor: an int, or what `fileno()` says.
fn descriptor(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    let number = if value.is_integer() {
        interp.expect_int(value)?
    } else if has_method(interp, value, "fileno") || value.as_instance().is_some() {
        let Some(method) = interp.find_attr(value, &Value::str("fileno").interned())? else {
            return Err(no_descriptor(interp));
        };
        let found = interp.call(&method, &[])?;
        if !found.is_integer() {
            return Err(interp.type_error("fileno() returned a non-integer"));
        }
        interp.expect_int(&found)?
    } else {
        return Err(no_descriptor(interp));
    };
    if number < 0 {
        let text = format!("file descriptor cannot be a negative integer ({number})");
        return Err(interp.value_error(&text));
    }
    Ok(number)
}

fn no_descriptor(interp: &mut dyn Interpreter) -> Raised {
    interp.type_error("argument must be an int, or have a fileno() method.")
}

/// What is asked of a descriptor, and what the answer was.
struct Interest {
    number: i64,
    wanted: PollFlags,
    found: PollFlags,
}

/// What the descriptors are ready for now; those that are not open are `NVAL`.
fn look(interests: &mut [Interest]) -> rustix::io::Result<Vec<(Arc<OwnedFd>, PollFlags)>> {
    let mut open = Vec::new();
    let mut places = Vec::new();
    for (place, interest) in interests.iter_mut().enumerate() {
        interest.found = PollFlags::empty();
        match descriptors::shared(interest.number) {
            Ok(shared) => {
                open.push((shared, interest.wanted));
                places.push(place);
            }
            Err(_) => interest.found = PollFlags::NVAL,
        }
    }
    let mut fds: Vec<PollFd<'_>> = open.iter().map(|(fd, wanted)| PollFd::new(&**fd, *wanted)).collect();
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut fds, Some(&now))?;
    for (place, fd) in places.into_iter().zip(&fds) {
        interests[place].found = fd.revents();
    }
    drop(fds);
    Ok(open)
}

/// Wait until one of the descriptors is ready; `patience`: how long in nanoseconds, `None` for ever.
fn wait(
    interp: &mut dyn Interpreter,
    interests: &mut [Interest],
    patience: Option<i64>,
) -> Result<(), Raised> {
    let deadline = patience.map(|nanos| clock::monotonic().saturating_add(nanos));
    let mut is_over = patience == Some(0);
    loop {
        let open = match look(interests) {
            Ok(open) => open,
            Err(Errno::INTR) => {
                interp.poll()?;
                continue;
            }
            Err(errno) => return Err(errno_error(interp, errno)),
        };
        if is_over || interests.iter().any(|interest| !interest.found.is_empty()) {
            return Ok(());
        }
        let woken = threads::block(interp, deadline, Waiting::Descriptors(Rc::from(open)))?;
        is_over = woken == Woken::TimedOut;
    }
}

fn select(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let patience = match &args[3] {
        none if none.is_none() => None,
        timeout if timeout.is_integer() || timeout.float_like().is_some() => {
            let nanos = duration(interp, timeout)?;
            if nanos < 0 {
                return Err(interp.value_error("timeout must be non-negative"));
            }
            Some(nanos)
        }
        _ => return Err(interp.type_error("timeout must be a float or None")),
    };
    /// What each list waits for, and what counts as ready.
    const KINDS: [(PollFlags, PollFlags); 3] = [
        (PollFlags::IN, PollFlags::IN.union(PollFlags::HUP).union(PollFlags::ERR)),
        (PollFlags::OUT, PollFlags::OUT.union(PollFlags::ERR)),
        (PollFlags::PRI, PollFlags::PRI),
    ];
    let mut objects = Vec::new();
    let mut interests = Vec::new();
    for (kind, list) in args[..3].iter().enumerate() {
        let items = match interp.iter(list) {
            Ok(_) => interp.collect(list)?,
            Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
                return Err(interp.type_error("arguments 1-3 must be sequences"));
            }
            Err(raised) => return Err(raised),
        };
        for object in items {
            let number = descriptor(interp, &object)?;
            if number >= MOST_DESCRIPTORS {
                return Err(interp.value_error("filedescriptor out of range in select()"));
            }
            interests.push(Interest { number, wanted: KINDS[kind].0, found: PollFlags::empty() });
            objects.push((kind, object));
        }
    }
    wait(interp, &mut interests, patience)?;
    if interests.iter().any(|interest| interest.found.contains(PollFlags::NVAL)) {
        return Err(errno_error(interp, Errno::BADF));
    }
    let mut ready = [Vec::new(), Vec::new(), Vec::new()];
    for ((kind, object), interest) in objects.into_iter().zip(&interests) {
        if interest.found.intersects(KINDS[kind].1) {
            ready[kind].push(object);
        }
    }
    Ok(Value::tuple(ready.into_iter().map(Value::list).collect()))
}
