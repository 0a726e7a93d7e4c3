//! `_socket`: what `socket` asks of the system. The class that scripts see is in `socket.apy`.

mod address;
mod constants;
mod message;
mod object;
mod options;
mod resolve;
mod transfer;

use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::modules::time::duration;
use crate::object::spec::{ModuleSpec, Script, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value};
use rustix::net::{AddressFamily, Protocol, SocketFlags, SocketType};
use std::cell::Cell;
use std::os::fd::OwnedFd;

pub static SOCKET: ModuleSpec = ModuleSpec {
    name: "_socket",
    doc: "Implementation module for socket operations.\n\nSee the socket module for documentation.",
    functions: FUNCTIONS,
    types: &[&object::SOCKET_TYPE],
    core_types: &[("error", CoreType::OSError), ("timeout", CoreType::TimeoutError)],
    script: Script::inline(
        "class herror(OSError):\n    __module__ = 'socket'\nclass gaierror(OSError):\n    __module__ = 'socket'\n",
    ),
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "_pair",
        "family, type, proto, /",
        pair,
        "The descriptors of two sockets that are connected with each other.",
    ),
    native("_addresses", "host, /", resolve::addresses, "The IP addresses of a host: (family, text)."),
    native("_service", "name, protocol, /", resolve::service, "The port of a service."),
    native("_service_name", "port, protocol, /", resolve::service_name, "The service of a port."),
    native("_host_names", "address, /", resolve::host_names, "What the table of hosts calls an address."),
    native("_parse_address", "family, text, /", address::parse, "The normal form of an IP address, or None."),
    native("close", "fd, /", close, "Close an integer socket file descriptor."),
    native("dup", "fd, /", dup, "Duplicate an integer socket file descriptor."),
    native(
        "getdefaulttimeout",
        "",
        default_timeout,
        "Returns the default timeout in seconds (float) for new socket objects.",
    ),
    native(
        "setdefaulttimeout",
        "timeout, /",
        set_default_timeout,
        "Set the default timeout in seconds (float) for new socket objects.",
    ),
    native("gethostname", "", hostname, "Return the current host name."),
    native(
        "htonl",
        "x, /",
        |i, a| swap_long(i, a),
        "Convert a 32-bit integer from host to network byte order.",
    ),
    native(
        "ntohl",
        "x, /",
        |i, a| swap_long(i, a),
        "Convert a 32-bit integer from network to host byte order.",
    ),
    native(
        "htons",
        "x, /",
        |i, a| swap_short(i, a, "htons"),
        "Convert a 16-bit unsigned integer from host to network byte order.",
    ),
    native(
        "ntohs",
        "x, /",
        |i, a| swap_short(i, a, "ntohs"),
        "Convert a 16-bit unsigned integer from network to host byte order.",
    ),
    native(
        "inet_aton",
        "ip_addr, /",
        address::inet_aton,
        "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in \
         low-level network functions.",
    ),
    native(
        "inet_ntoa",
        "packed_ip, /",
        address::inet_ntoa,
        "Convert an IP address from 32-bit packed binary format to string format",
    ),
    native(
        "inet_pton",
        "af, ip, /",
        address::inet_pton,
        "Convert an IP address from string format to a packed string suitable for use with low-level network \
         functions.",
    ),
    native(
        "inet_ntop",
        "af, packed_ip, /",
        address::inet_ntop,
        "Convert a packed IP address of the given family to string format.",
    ),
    native(
        "CMSG_LEN",
        "length, /",
        |i, a| message::control_size(i, a, "CMSG_LEN", 0),
        "The total length, without trailing padding, of an ancillary data item.",
    ),
    native(
        "CMSG_SPACE",
        "length, /",
        |i, a| message::control_size(i, a, "CMSG_SPACE", 7),
        "The buffer size needed for recvmsg() to receive an ancillary data item.",
    ),
];

fn setup(_: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    let dict = module.as_module().map(|module| module.dict.borrow().clone());
    if let Some(dict) = dict.as_ref().and_then(Value::as_dict) {
        for &(name, number) in constants::CONSTANTS {
            dict.set_str(name, Value::int(number));
        }
        dict.set_str("has_ipv6", Value::TRUE);
        dict.set_str("SocketType", dict.get_str("socket").unwrap_or(Value::NONE));
    }
    Ok(())
}

thread_local! {
    /// What new sockets wait at most, in nanoseconds.
    static DEFAULT_TIMEOUT: Cell<Option<i64>> = const { Cell::new(None) };
}

/// A timeout in nanoseconds; `None`: for ever.
fn timeout_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<i64>, Raised> {
    if value.is_none() {
        return Ok(None);
    }
    let nanos = duration(interp, value)?;
    if nanos < 0 {
        return Err(interp.value_error("Timeout value out of range"));
    }
    Ok(Some(nanos))
}

fn timeout_value(timeout: Option<i64>) -> Value {
    timeout.map_or(Value::NONE, |nanos| Value::float(nanos as f64 / 1e9))
}

fn default_timeout(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(timeout_value(DEFAULT_TIMEOUT.get()))
}

fn set_default_timeout(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    DEFAULT_TIMEOUT.set(timeout_argument(interp, &args[0])?);
    Ok(Value::NONE)
}

/// A family, type or protocol.
fn number_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<i32, Raised> {
    let number = interp.expect_int(value)?;
    i32::try_from(number).map_err(|_| interp.overflow_error("Python int too large to convert to C int"))
}

/// A family as the system's type.
fn family(number: i32) -> AddressFamily {
    AddressFamily::from_raw(u16::try_from(number).unwrap_or(u16::MAX))
}

/// A kind of sockets as the system's type: the flags that may be among its bits are apart.
fn socket_type(number: i32) -> (SocketType, SocketFlags) {
    let flags = SocketFlags::from_bits_truncate(number as u32);
    (SocketType::from_raw(number as u32 & !flags.bits()), flags | SocketFlags::CLOEXEC)
}

fn protocol(number: i32) -> Option<Protocol> {
    u32::try_from(number).ok().and_then(std::num::NonZeroU32::new).map(Protocol::from_raw)
}

fn pair(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut numbers = [0; 3];
    for (number, value) in numbers.iter_mut().zip(args) {
        *number = number_argument(interp, value)?;
    }
    let (kind, flags) = socket_type(numbers[1]);
    match rustix::net::socketpair(family(numbers[0]), kind, flags, protocol(numbers[2])) {
        Ok((first, second)) => {
            let number = |end: OwnedFd| Value::int(descriptors::keep(end).into());
            Ok(Value::pair(number(first), number(second)))
        }
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = interp.expect_int(&args[0])?;
    if descriptors::close(number) {
        Ok(Value::NONE)
    } else {
        Err(errno_error(interp, rustix::io::Errno::BADF))
    }
}

fn dup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = interp.expect_int(&args[0])?;
    match descriptors::with(number, |fd| rustix::io::fcntl_dupfd_cloexec(fd, 0)) {
        Ok(duplicate) => Ok(Value::int(descriptors::keep(duplicate).into())),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

fn hostname(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::str(&rustix::system::uname().nodename().to_string_lossy()))
}

fn swap_long(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !args[0].is_integer() {
        let class = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("expected int, {class} found")));
    }
    let Some(number) = args[0].as_int_or_bool() else {
        return Err(interp.overflow_error("int larger than 32 bits"));
    };
    if number < 0 {
        return Err(interp.overflow_error("can't convert negative value to unsigned int"));
    }
    match u32::try_from(number) {
        Ok(number) => Ok(Value::int(number.to_be().into())),
        Err(_) => Err(interp.overflow_error("int larger than 32 bits")),
    }
}

fn swap_short(interp: &mut dyn Interpreter, args: &[Value], name: &str) -> Completion {
    let number = interp.expect_int(&args[0])?;
    if number < 0 {
        return Err(interp.overflow_error(&format!(
            "{name}: can't convert negative Python int to C 16-bit unsigned integer"
        )));
    }
    match u16::try_from(number) {
        Ok(number) => Ok(Value::int(number.to_be().into())),
        Err(_) => Err(interp.overflow_error(&format!(
            "{name}: Python int too large to convert to C 16-bit unsigned integer"
        ))),
    }
}
