//! `select.epoll`.

use super::descriptor;
use crate::event_loop::clock;
use crate::event_loop::receiver::receiver;
use crate::event_loop::threads::{self, Waiting, Woken};
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::modules::time::duration;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use std::cell::Cell;
use std::os::fd::BorrowedFd;

/// A set of descriptors that the system keeps.
struct Epoll {
    /// -1 once it is closed.
    fd: Cell<i32>,
}

pub static EPOLL: TypeSpec = TypeSpec {
    name: "epoll",
    module: "select",
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for \
          the default size. The\nsizehint is used to optimize internal data structures. It doesn't limit\nthe maximum \
          number of monitored events.",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// What is waited for if nothing else is said: EPOLLIN, EPOLLPRI and EPOLLOUT.
static METHODS: &[NativeRow] = &[
    native("__new__", "sizehint=-1, flags=0", new, "An epolling object.").as_new(),
    native("__enter__", "", enter, "The object itself."),
    native("__exit__", "exc_type=None, exc_value=None, exc_tb=None, /", exit, "Close it."),
    native("close", "", close, "Close the epoll control file descriptor."),
    native("fileno", "", fileno, "Return the epoll control file descriptor."),
    native("fromfd", "fd, /", from_descriptor, "Create an epoll object from a given control fd.").as_class(),
    native("modify", "fd, eventmask", modify, "Modify event mask for a registered file descriptor."),
    native("poll", "timeout=None, maxevents=-1", poll, "Wait for events on the epoll file descriptor."),
    native(
        "register",
        "fd, eventmask=7",
        register,
        "Registers a new fd or raises an OSError if the fd is already registered.",
    ),
    native("unregister", "fd", unregister, "Remove a registered file descriptor from the epoll object."),
];

static GETTERS: &[GetterRow] = &[getter("closed", is_closed, "True if the epoll handler is closed")];

impl Traverse for Epoll {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {
        // It refers to nothing.
    }
}

impl NativeObject for Epoll {
    fn spec(&self) -> &'static TypeSpec {
        &EPOLL
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        descriptors::close(self.fd.get().into());
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (size, flags) = (interp.expect_int(&args[1])?, interp.expect_int(&args[2])?);
    if size != -1 && size <= 0 {
        return Err(interp.value_error("negative sizehint"));
    }
    if flags & !i64::from(epoll::CreateFlags::CLOEXEC.bits()) != 0 {
        return Err(interp.raise(crate::object::CoreType::OSError, "invalid flags"));
    }
    match epoll::create(epoll::CreateFlags::CLOEXEC) {
        Ok(made) => Ok(Value::object(Epoll { fd: Cell::new(descriptors::keep(made)) })),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn from_descriptor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = interp.expect_int(&args[1])?;
    Ok(Value::object(Epoll { fd: Cell::new(i32::try_from(number).unwrap_or(-1)) }))
}

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Epoll, Raised> {
    receiver::<Epoll>(interp, this, "select.epoll", method)
}

/// The descriptor of an object that is not closed.
fn open(interp: &mut dyn Interpreter, object: &Value, method: &str) -> Result<i64, Raised> {
    match this(interp, object, method)?.fd.get() {
        -1 => Err(interp.value_error("I/O operation on closed epoll object")),
        fd => Ok(fd.into()),
    }
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    open(interp, &args[0], "__enter__")?;
    Ok(args[0].clone())
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.call_method(&args[0], "close", &[])
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    descriptors::close(this(interp, &args[0], "close")?.fd.replace(-1).into());
    Ok(Value::NONE)
}

fn is_closed(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::bool(this(interp, object, "closed")?.fd.get() < 0))
}

fn fileno(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(open(interp, &args[0], "fileno")?))
}

/// Change what the set watches at a descriptor.
fn change(
    interp: &mut dyn Interpreter,
    args: &[Value],
    method: &str,
    operation: impl Fn(BorrowedFd<'_>, BorrowedFd<'_>, epoll::EventData) -> rustix::io::Result<()>,
) -> Completion {
    let own = open(interp, &args[0], method)?;
    let number = descriptor(interp, &args[1])?;
    let found = descriptors::shared(own).and_then(|own| {
        let data = epoll::EventData::new_u64(number as u64);
        descriptors::with(number, |fd| operation(std::os::fd::AsFd::as_fd(&*own), fd, data))
    });
    found.map_err(|errno| errno_error(interp, errno))?;
    Ok(Value::NONE)
}

fn flags(interp: &mut dyn Interpreter, value: &Value) -> Result<epoll::EventFlags, Raised> {
    Ok(epoll::EventFlags::from_bits_retain(interp.expect_int(value)? as u32))
}

fn register(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = flags(interp, &args[2])?;
    change(interp, args, "register", |own, fd, data| epoll::add(own, fd, data, flags))
}

fn modify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let flags = flags(interp, &args[2])?;
    change(interp, args, "modify", |own, fd, data| epoll::modify(own, fd, data, flags))
}

fn unregister(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    change(interp, args, "unregister", |own, fd, _| epoll::delete(own, fd))
}

fn poll(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = open(interp, &args[0], "poll")?;
    let patience = match &args[1] {
        none if none.is_none() => None,
        timeout if timeout.is_integer() || timeout.float_like().is_some() => {
            Some(duration(interp, timeout)?).filter(|nanos| *nanos >= 0)
        }
        _ => return Err(interp.type_error("timeout must be an integer or None")),
    };
    let most = match interp.expect_int(&args[2])? {
        -1 => super::MOST_DESCRIPTORS - 1,
        most if most > 0 => most,
        most => return Err(interp.value_error(&format!("maxevents must be greater than 0, got {most}"))),
    };
    let deadline = patience.map(|nanos| clock::monotonic().saturating_add(nanos));
    let mut is_over = patience == Some(0);
    let mut events: Vec<epoll::Event> = Vec::with_capacity(usize::try_from(most).unwrap_or(1).min(4096));
    loop {
        let own = descriptors::shared(number).map_err(|errno| errno_error(interp, errno))?;
        events.clear();
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        match epoll::wait(&*own, rustix::buffer::spare_capacity(&mut events), Some(&now)) {
            Ok(_) => {}
            Err(Errno::INTR) => interp.poll()?,
            Err(errno) => return Err(errno_error(interp, errno)),
        }
        if is_over || !events.is_empty() {
            let pair = |event: &epoll::Event| {
                let (flags, data) = (event.flags, event.data);
                Value::pair(Value::int(data.u64() as i64), Value::int(flags.bits().into()))
            };
            return Ok(Value::list(events.iter().map(pair).collect()));
        }
        is_over = threads::block(interp, deadline, Waiting::readable(own))? == Woken::TimedOut;
    }
}
