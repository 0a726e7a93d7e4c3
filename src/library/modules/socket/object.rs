//! The class `_socket.socket`: a descriptor, what kind of socket it is, and how long it waits.

use super::{
    DEFAULT_TIMEOUT, address, family, message, number_argument, options, protocol, socket_type,
    timeout_argument, timeout_value, transfer,
};
use crate::event_loop::clock;
use crate::event_loop::receiver::receiver;
use crate::event_loop::threads::{self, Waiting, Woken};
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, Shutdown, sockopt};
use std::cell::Cell;
use std::os::fd::BorrowedFd;
use std::rc::Rc;

/// A socket.
pub struct Socket {
    /// -1 once it is closed or detached.
    pub fd: Cell<i32>,
    pub family: Cell<i32>,
    kind: Cell<i32>,
    protocol: Cell<i32>,
    /// In nanoseconds; `None`: it waits for ever.
    pub timeout: Cell<Option<i64>>,
}

pub static SOCKET_TYPE: TypeSpec = TypeSpec {
    name: "socket",
    module: "_socket",
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, \
          fileno=None) -> socket object\n\nOpen a socket of the given type.",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "A socket that is not open yet.").as_new(),
    native("__init__", "family=-1, type=-1, proto=-1, fileno=None", init, "Open a socket."),
    native("__repr__", "", repr, "Return repr(self)."),
    native(
        "_accept",
        "",
        transfer::accept,
        "Wait for a connection; its descriptor and the address of the client.",
    ),
    native("bind", "address, /", bind, "Bind the socket to a local address."),
    native("close", "", close, "Close the socket.  It cannot be used after this call."),
    native("connect", "address, /", transfer::connect, "Connect the socket to a remote address."),
    native(
        "connect_ex",
        "address, /",
        transfer::connect_ex,
        "This is like connect(address), but returns an error code instead of raising.",
    ),
    native("detach", "", detach, "Close the socket object without closing the underlying file descriptor."),
    native("fileno", "", fileno, "Return the integer file descriptor of the socket."),
    native(
        "getblocking",
        "",
        getblocking,
        "Returns True if socket is in blocking mode, or False if it is in non-blocking mode.",
    ),
    native("getpeername", "", getpeername, "Return the address of the remote endpoint."),
    native("getsockname", "", getsockname, "Return the address of the local endpoint."),
    native("getsockopt", "level, option, buffersize=0, /", options::get, "Get a socket option."),
    native(
        "gettimeout",
        "",
        gettimeout,
        "Returns the timeout in seconds (float) associated with socket operations.",
    ),
    native("listen", "backlog=128, /", listen, "Enable a server to accept connections."),
    native(
        "recv",
        "buffersize, flags=0, /",
        transfer::recv,
        "Receive up to buffersize bytes from the socket.",
    ),
    native(
        "recv_into",
        "buffer, nbytes=0, flags=0",
        transfer::recv_into,
        "A version of recv() that stores its data into a buffer rather than creating a new string.",
    ),
    native(
        "recvfrom",
        "buffersize, flags=0, /",
        transfer::recvfrom,
        "Like recv(buffersize, flags) but also return the sender's address info.",
    ),
    native(
        "recvfrom_into",
        "buffer, nbytes=0, flags=0",
        transfer::recvfrom_into,
        "Like recv_into(buffer[, nbytes[, flags]]) but also return the sender's address info.",
    ),
    native(
        "recvmsg",
        "bufsize, ancbufsize=0, flags=0, /",
        message::recvmsg,
        "Receive normal data and ancillary data from the socket.",
    ),
    native(
        "recvmsg_into",
        "buffers, ancbufsize=0, flags=0, /",
        message::recvmsg_into,
        "Receive normal data and ancillary data, scattering the data into a series of buffers.",
    ),
    native("send", "data, flags=0, /", transfer::send, "Send a data string to the socket."),
    native("sendall", "data, flags=0, /", transfer::sendall, "Send a data string to the socket: all of it."),
    native(
        "sendmsg",
        "buffers, ancdata=(), flags=0, address=None, /",
        message::sendmsg,
        "Send normal and ancillary data to the socket.",
    ),
    native(
        "sendto",
        "data, flags_or_address, address=?, /",
        transfer::sendto,
        "Like send(data, flags) but allows specifying the destination address.",
    ),
    native(
        "setblocking",
        "flag, /",
        setblocking,
        "Set the socket to blocking (flag is true) or non-blocking (false).",
    ),
    native("setsockopt", "level, option, value, length=?, /", options::set, "Set a socket option."),
    native("settimeout", "timeout, /", settimeout, "Set a timeout on socket operations."),
    native(
        "shutdown",
        "flag, /",
        shutdown,
        "Shut down the reading side of the socket, the writing side, or both.",
    ),
];

static GETTERS: &[GetterRow] = &[
    member("family", |i, v| Ok(Value::int(this(i, v, "family")?.family.get().into())), "the socket family"),
    member("type", |i, v| Ok(Value::int(this(i, v, "type")?.kind.get().into())), "the socket type"),
    member("proto", |i, v| Ok(Value::int(this(i, v, "proto")?.protocol.get().into())), "the socket protocol"),
    getter("timeout", timeout, "the socket timeout"),
];

impl Traverse for Socket {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {
        // It refers to nothing.
    }
}

impl NativeObject for Socket {
    fn spec(&self) -> &'static TypeSpec {
        &SOCKET_TYPE
    }

    fn needs_finalizer(&self) -> bool {
        true
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.fd.get() < 0 {
            return Ok(());
        }
        let text = interp.repr(this)?;
        let text = format!("unclosed {}", text.str_like().unwrap_or_default());
        let place = interp.stack(1).into_iter().next();
        let warned = interp.warn(CoreType::ResourceWarning, &text, place);
        descriptors::close(self.fd.replace(-1).into());
        warned
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        descriptors::close(self.fd.get().into());
    }
}

pub fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Socket, Raised> {
    receiver::<Socket>(interp, this, "_socket.socket", method)
}

impl Socket {
    /// Where a wait that begins now ends.
    pub fn deadline(&self) -> Option<i64> {
        self.timeout.get().map(|nanos| clock::monotonic().saturating_add(nanos))
    }

    /// Do something with the descriptor; wait for what `flags` say as long as it would block.
    pub fn perform<T>(
        &self,
        interp: &mut dyn Interpreter,
        flags: PollFlags,
        deadline: Option<i64>,
        mut operation: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<T>,
    ) -> Result<T, Raised> {
        loop {
            let errno = match descriptors::with(self.fd.get().into(), &mut operation) {
                Ok(done) => return Ok(done),
                Err(errno) => errno,
            };
            match errno {
                Errno::INTR => interp.poll()?,
                Errno::AGAIN if self.timeout.get() != Some(0) => self.wait(interp, flags, deadline)?,
                errno => return Err(errno_error(interp, errno)),
            }
        }
    }

    /// Wait until something can be read or written; TimeoutError if that takes too long.
    pub fn wait(
        &self,
        interp: &mut dyn Interpreter,
        flags: PollFlags,
        deadline: Option<i64>,
    ) -> Result<(), Raised> {
        if wait_for(interp, self.fd.get().into(), flags, deadline)? {
            return Ok(());
        }
        Err(interp.raise(CoreType::TimeoutError, "timed out"))
    }

    fn set_system_blocking(&self, is_blocking: bool) -> rustix::io::Result<()> {
        descriptors::with(self.fd.get().into(), |fd| set_blocking(fd, is_blocking))
    }
}

/// Whether calls with the descriptor wait.
pub fn set_blocking(fd: BorrowedFd<'_>, is_blocking: bool) -> rustix::io::Result<()> {
    let mut flags = rustix::fs::fcntl_getfl(fd)?;
    flags.set(OFlags::NONBLOCK, !is_blocking);
    rustix::fs::fcntl_setfl(fd, flags)
}

/// Whether a descriptor is ready at this moment.
pub fn is_ready(fd: BorrowedFd<'_>, flags: PollFlags) -> rustix::io::Result<bool> {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    Ok(poll(&mut [PollFd::new(&fd, flags)], Some(&now))? > 0)
}

/// Wait, while other threads run, until a descriptor is ready; whether it was in time.
fn wait_for(
    interp: &mut dyn Interpreter,
    number: i64,
    flags: PollFlags,
    deadline: Option<i64>,
) -> Result<bool, Raised> {
    let found = descriptors::shared(number);
    let shared = found.map_err(|errno| errno_error(interp, errno))?;
    let waiting = Waiting::Descriptors(Rc::new([(shared, flags)]));
    Ok(threads::block(interp, deadline, waiting)? == Woken::Called)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Socket {
        fd: Cell::new(-1),
        family: Cell::new(-1),
        kind: Cell::new(-1),
        protocol: Cell::new(-1),
        timeout: Cell::new(None),
    }))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "__init__")?;
    let mut numbers = [0; 3];
    for (number, value) in numbers.iter_mut().zip(&args[1..]) {
        *number = number_argument(interp, value)?;
    }
    let [mut wanted, mut kind, mut number] = numbers;
    let fd = if args[4].is_none() {
        wanted = if wanted == -1 { AddressFamily::INET.as_raw().into() } else { wanted };
        kind = if kind == -1 { 1 } else { kind };
        number = number.max(0);
        let (system_kind, flags) = socket_type(kind);
        match rustix::net::socket_with(family(wanted), system_kind, flags, protocol(number)) {
            Ok(made) => descriptors::keep(made),
            Err(errno) => return Err(errno_error(interp, errno)),
        }
    } else {
        if args[4].float_like().is_some() {
            return Err(interp.type_error("integer argument expected, got float"));
        }
        let given = number_argument(interp, &args[4])?;
        if given < 0 {
            return Err(interp.value_error("negative file descriptor"));
        }
        let asked = descriptors::with(given.into(), |fd| {
            let own = rustix::net::getsockname(fd)?;
            Ok((
                own.address_family(),
                if kind == -1 { sockopt::socket_type(fd)?.as_raw() as i32 } else { kind },
                if number == -1 {
                    sockopt::socket_protocol(fd)?.map_or(0, |protocol| protocol.as_raw().get() as i32)
                } else {
                    number
                },
            ))
        });
        let (own, own_kind, own_number) = asked.map_err(|errno| errno_error(interp, errno))?;
        wanted = if wanted == -1 { own.as_raw().into() } else { wanted };
        (kind, number) = (own_kind, own_number);
        given
    };
    descriptors::close(socket.fd.replace(fd).into());
    let (system_kind, flags) = socket_type(kind);
    socket.family.set(wanted);
    socket.kind.set(system_kind.as_raw() as i32);
    socket.protocol.set(number);
    let is_nonblocking = flags.contains(rustix::net::SocketFlags::NONBLOCK);
    socket.timeout.set(if is_nonblocking { Some(0) } else { DEFAULT_TIMEOUT.get() });
    if socket.timeout.get().is_some() {
        socket.set_system_blocking(false).map_err(|errno| errno_error(interp, errno))?;
    }
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "__repr__")?;
    Ok(Value::str(&format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        socket.fd.get(),
        socket.family.get(),
        socket.kind.get(),
        socket.protocol.get()
    )))
}

/// Ask the system something about a socket.
fn ask<T>(
    interp: &mut dyn Interpreter,
    socket: &Socket,
    operation: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>,
) -> Result<T, Raised> {
    descriptors::with(socket.fd.get().into(), operation).map_err(|errno| errno_error(interp, errno))
}

fn bind(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "bind")?;
    let address = address::from_value(interp, socket.family.get(), &args[1], "bind")?;
    ask(interp, socket, |fd| rustix::net::bind(fd, &address))?;
    Ok(Value::NONE)
}

fn listen(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "listen")?;
    let backlog = number_argument(interp, &args[1])?.max(0);
    ask(interp, socket, |fd| rustix::net::listen(fd, backlog))?;
    Ok(Value::NONE)
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "close")?;
    let fd = socket.fd.replace(-1);
    if fd >= 0 && !descriptors::close(fd.into()) {
        return Err(errno_error(interp, Errno::BADF));
    }
    Ok(Value::NONE)
}

fn detach(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, &args[0], "detach")?.fd.replace(-1).into()))
}

fn fileno(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, &args[0], "fileno")?.fd.get().into()))
}

fn getsockname(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "getsockname")?;
    Ok(address::to_value(Some(ask(interp, socket, |fd| rustix::net::getsockname(fd))?)))
}

fn getpeername(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "getpeername")?;
    Ok(match ask(interp, socket, |fd| rustix::net::getpeername(fd))? {
        None => Value::str(""),
        found => address::to_value(found),
    })
}

fn timeout(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(timeout_value(this(interp, object, "timeout")?.timeout.get()))
}

fn gettimeout(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(timeout_value(this(interp, &args[0], "gettimeout")?.timeout.get()))
}

fn getblocking(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "getblocking")?.timeout.get() != Some(0)))
}

fn set_timeout(interp: &mut dyn Interpreter, socket: &Socket, timeout: Option<i64>) -> Completion {
    socket.timeout.set(timeout);
    socket.set_system_blocking(timeout.is_none()).map_err(|errno| errno_error(interp, errno))?;
    Ok(Value::NONE)
}

fn settimeout(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "settimeout")?;
    let timeout = timeout_argument(interp, &args[1])?;
    set_timeout(interp, socket, timeout)
}

fn setblocking(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "setblocking")?;
    let is_blocking = interp.truth(&args[1])?;
    set_timeout(interp, socket, if is_blocking { None } else { Some(0) })
}

fn shutdown(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "shutdown")?;
    let how = match number_argument(interp, &args[1])? {
        0 => Shutdown::Read,
        1 => Shutdown::Write,
        2 => Shutdown::Both,
        _ => return Err(errno_error(interp, Errno::INVAL)),
    };
    ask(interp, socket, |fd| rustix::net::shutdown(fd, how))?;
    Ok(Value::NONE)
}
