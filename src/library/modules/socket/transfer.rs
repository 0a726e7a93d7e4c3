//! What a socket waits for: connections and data.

use super::address::{self, to_value};
use super::number_argument;
use super::object::{Socket, is_ready, set_blocking, this};
use crate::library::io::binary::store_bytes;
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketFlags, sockopt};

pub fn accept(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "_accept")?;
    let deadline = socket.deadline();
    let (accepted, client) = socket.perform(interp, PollFlags::IN, deadline, |fd| {
        // The call itself would hold up all threads.
        if !is_ready(fd, PollFlags::IN)? {
            return Err(Errno::AGAIN);
        }
        rustix::net::acceptfrom_with(fd, SocketFlags::CLOEXEC)
    })?;
    Ok(Value::pair(Value::int(descriptors::keep(accepted).into()), to_value(client)))
}

/// The error number of an attempt to connect, 0 if all went well.
fn try_connect(
    interp: &mut dyn Interpreter,
    socket: &Socket,
    to: &SocketAddrAny,
) -> Result<Result<(), Errno>, Raised> {
    let is_patient = socket.timeout.get().is_none();
    let is_local = to.address_family() == rustix::net::AddressFamily::UNIX;
    let deadline = socket.deadline();
    let begun = descriptors::with(socket.fd.get().into(), |fd| {
        // A socket that waits is made to wait here, where other threads can run meanwhile.
        if is_patient && !is_local {
            set_blocking(fd, false)?;
        }
        let outcome = rustix::net::connect(fd, to);
        if is_patient && !is_local {
            set_blocking(fd, true)?;
        }
        outcome
    });
    match begun {
        Err(Errno::INPROGRESS | Errno::INTR) if socket.timeout.get() != Some(0) => {}
        outcome => return Ok(outcome),
    }
    socket.wait(interp, PollFlags::OUT, deadline)?;
    let found = descriptors::with(socket.fd.get().into(), |fd| sockopt::socket_error(fd));
    Ok(found.and_then(|outcome| outcome))
}

pub fn connect(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "connect")?;
    let to = address::from_value(interp, socket.family.get(), &args[1], "connect")?;
    match try_connect(interp, socket, &to)? {
        Ok(()) => Ok(Value::NONE),
        Err(errno) => Err(errno_error(interp, errno)),
    }
}

pub fn connect_ex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "connect_ex")?;
    let to = address::from_value(interp, socket.family.get(), &args[1], "connect_ex")?;
    match try_connect(interp, socket, &to) {
        Ok(outcome) => Ok(Value::int(outcome.map_or_else(Errno::raw_os_error, |()| 0).into())),
        Err(raised) if interp.raised_is(&raised, CoreType::TimeoutError) => {
            Ok(Value::int(Errno::AGAIN.raw_os_error().into()))
        }
        Err(raised) => Err(raised),
    }
}

/// The flags of a call; it never waits in the system.
fn receive_flags(interp: &mut dyn Interpreter, value: &Value) -> Result<RecvFlags, Raised> {
    Ok(RecvFlags::from_bits_retain(number_argument(interp, value)? as u32) | RecvFlags::DONTWAIT)
}

fn send_flags(interp: &mut dyn Interpreter, value: &Value) -> Result<SendFlags, Raised> {
    let flags = SendFlags::from_bits_retain(number_argument(interp, value)? as u32);
    Ok(flags | SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
}

/// Room for what is received.
fn room(interp: &mut dyn Interpreter, size: i64, name: &str) -> Result<Vec<u8>, Raised> {
    let Ok(size) = usize::try_from(size) else {
        return Err(interp.value_error(&format!("negative buffersize in {name}")));
    };
    let mut data = Vec::new();
    if data.try_reserve_exact(size).is_err() {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    }
    data.resize(size, 0);
    Ok(data)
}

/// Receive into all of `data`; how many bytes came, and from where.
fn receive(
    interp: &mut dyn Interpreter,
    socket: &Socket,
    data: &mut [u8],
    flags: RecvFlags,
) -> Result<(usize, Option<SocketAddrAny>), Raised> {
    let deadline = socket.deadline();
    let awaits_all = flags.contains(RecvFlags::WAITALL) && socket.timeout.get() != Some(0);
    let mut filled = 0;
    loop {
        let rest = &mut data[filled..];
        let (_, count, from) = socket
            .perform(interp, PollFlags::IN, deadline, |fd| rustix::net::recvfrom(fd, &mut *rest, flags))?;
        filled += count.min(rest.len());
        if !awaits_all || count == 0 || filled == data.len() {
            return Ok((filled, from));
        }
    }
}

pub fn recv(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "recv")?;
    let size = interp.expect_int(&args[1])?;
    let flags = receive_flags(interp, &args[2])?;
    let mut data = room(interp, size, "recv")?;
    let (count, _) = receive(interp, socket, &mut data, flags)?;
    data.truncate(count);
    Ok(Value::bytes(data))
}

pub fn recvfrom(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "recvfrom")?;
    let size = interp.expect_int(&args[1])?;
    let flags = receive_flags(interp, &args[2])?;
    let mut data = room(interp, size, "recvfrom")?;
    let (count, from) = receive(interp, socket, &mut data, flags)?;
    data.truncate(count);
    Ok(Value::pair(Value::bytes(data), to_value(from)))
}

/// Receive into a buffer that the script gives.
fn into_buffer(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
) -> Result<(Value, Option<SocketAddrAny>), Raised> {
    let socket = this(interp, &args[0], name)?;
    if args[1].bytes_like().is_some() {
        let class = interp.type_name(&args[1]);
        let text = format!("{name}() argument 1 must be read-write bytes-like object, not {class}");
        return Err(interp.type_error(&text));
    }
    let length = bytes_argument(interp, &args[1])?.len();
    let wanted = interp.expect_int(&args[2])?;
    let flags = receive_flags(interp, &args[3])?;
    if wanted < 0 {
        return Err(interp.value_error(&format!("negative buffersize in {name}")));
    }
    if wanted as usize > length {
        let what = if name == "recvfrom_into" {
            "nbytes is greater than the length of the buffer"
        } else {
            "buffer too small for requested bytes"
        };
        return Err(interp.value_error(what));
    }
    let size = if wanted == 0 { length } else { wanted as usize };
    let mut data = vec![0; size];
    let (count, from) = receive(interp, socket, &mut data, flags)?;
    data.truncate(count);
    Ok((store_bytes(interp, &args[1], data)?, from))
}

pub fn recv_into(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(into_buffer(interp, args, "recv_into")?.0)
}

pub fn recvfrom_into(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (count, from) = into_buffer(interp, args, "recvfrom_into")?;
    Ok(Value::pair(count, to_value(from)))
}

pub fn send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "send")?;
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let flags = send_flags(interp, &args[2])?;
    let deadline = socket.deadline();
    if socket.timeout.get().is_none() {
        // The system's call, too, comes back with less only if a signal breaks it off.
        send_whole(interp, socket, &data, flags, None)?;
        return Ok(Value::int(data.len() as i64));
    }
    let count = socket.perform(interp, PollFlags::OUT, deadline, |fd| rustix::net::send(fd, &data, flags))?;
    Ok(Value::int(count as i64))
}

fn send_whole(
    interp: &mut dyn Interpreter,
    socket: &Socket,
    data: &[u8],
    flags: SendFlags,
    deadline: Option<i64>,
) -> Result<(), Raised> {
    let mut rest = data;
    loop {
        let count =
            socket.perform(interp, PollFlags::OUT, deadline, |fd| rustix::net::send(fd, rest, flags))?;
        rest = &rest[count..];
        if rest.is_empty() {
            return Ok(());
        }
        interp.poll()?;
    }
}

pub fn sendall(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "sendall")?;
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let flags = send_flags(interp, &args[2])?;
    let deadline = socket.deadline();
    send_whole(interp, socket, &data, flags, deadline)?;
    Ok(Value::NONE)
}

pub fn sendto(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "sendto")?;
    let (flags, to) =
        if args[3].given().is_some() { (&args[2], &args[3]) } else { (&Value::int(0), &args[2]) };
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let flags = send_flags(interp, flags)?;
    let to = address::from_value(interp, socket.family.get(), to, "sendto")?;
    let deadline = socket.deadline();
    let count =
        socket.perform(interp, PollFlags::OUT, deadline, |fd| rustix::net::sendto(fd, &data, flags, &to))?;
    Ok(Value::int(count as i64))
}
