//! `sendmsg` and `recvmsg`: data in parts, and descriptors beside it.

use super::address::{self, to_value};
use super::constants::known;
use super::number_argument;
use super::object::this;
use crate::library::io::binary::store_bytes;
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::event::PollFlags;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, SocketAddrAny,
};
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

/// The bytes before the data of an ancillary item.
const HEADER: i64 = 16;

/// `CMSG_LEN` and `CMSG_SPACE`.
pub fn control_size(interp: &mut dyn Interpreter, args: &[Value], name: &str, padding: i64) -> Completion {
    let length = interp.expect_int(&args[0])?;
    if !(0..=i64::from(i32::MAX)).contains(&length) {
        return Err(interp.overflow_error(&format!("{name}() argument out of range")));
    }
    Ok(Value::int(HEADER + ((length + padding) & !padding)))
}

/// The descriptors that are to be sent along.
fn rights(interp: &mut dyn Interpreter, items: &Value) -> Result<Vec<OwnedFd>, Raised> {
    let mut rights = Vec::new();
    for item in interp.collect(items)? {
        let parts = interp.collect(&item)?;
        let [level, kind, data] = parts.as_slice() else {
            let text = "[sendmsg() ancillary data items] must be 3-tuples";
            return Err(interp.type_error(text));
        };
        let place = (number_argument(interp, level)?, number_argument(interp, kind)?);
        if (i64::from(place.0), i64::from(place.1)) != (known("SOL_SOCKET"), known("SCM_RIGHTS")) {
            let text = "sendmsg() of ancillary data other than SCM_RIGHTS is not supported by apy";
            return Err(interp.raise(CoreType::NotImplementedError, text));
        }
        let data = bytes_argument(interp, data)?.to_vec();
        for word in data.chunks_exact(4) {
            let number = i32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
            let duplicate = descriptors::with(number.into(), |fd| rustix::io::fcntl_dupfd_cloexec(fd, 0));
            rights.push(duplicate.map_err(|errno| errno_error(interp, errno))?);
        }
    }
    Ok(rights)
}

pub fn sendmsg(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "sendmsg")?;
    let mut parts = Vec::new();
    for buffer in interp.collect(&args[1])? {
        parts.push(bytes_argument(interp, &buffer)?.to_vec());
    }
    let rights = rights(interp, &args[2])?;
    let flags = SendFlags::from_bits_retain(number_argument(interp, &args[3])? as u32);
    let flags = flags | SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let to = match &args[4] {
        none if none.is_none() => None,
        to => Some(address::from_value(interp, socket.family.get(), to, "sendmsg")?),
    };
    let slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
    let borrowed: Vec<_> = rights.iter().map(AsFd::as_fd).collect();
    let deadline = socket.deadline();
    let count = socket.perform(interp, PollFlags::OUT, deadline, |fd| {
        let mut space = vec![MaybeUninit::uninit(); 64 + 4 * borrowed.len()];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !borrowed.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&borrowed));
        }
        match &to {
            Some(to) => rustix::net::sendmsg_addr(fd, to, &slices, &mut control, flags),
            None => rustix::net::sendmsg(fd, &slices, &mut control, flags),
        }
    })?;
    Ok(Value::int(count as i64))
}

/// What came in one message.
struct Received {
    count: usize,
    /// Descriptors that came along, as the bytes of their numbers, one item each.
    items: Vec<Value>,
    flags: u32,
    from: Option<SocketAddrAny>,
}

fn receive(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    parts: &mut [Vec<u8>],
) -> Result<Received, Raised> {
    let socket = this(interp, &args[0], name)?;
    let room = interp.expect_int(&args[2])?;
    if !(0..=i64::from(i32::MAX)).contains(&room) {
        return Err(interp.value_error(&format!("invalid ancillary data buffer length in {name}()")));
    }
    let flags = RecvFlags::from_bits_retain(number_argument(interp, &args[3])? as u32);
    let flags = flags | RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let deadline = socket.deadline();
    socket.perform(interp, PollFlags::IN, deadline, |fd| {
        let mut space = vec![MaybeUninit::uninit(); room as usize];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut slices: Vec<IoSliceMut<'_>> = parts.iter_mut().map(|part| IoSliceMut::new(part)).collect();
        let found = rustix::net::recvmsg(fd, &mut slices, &mut control, flags)?;
        let mut items = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                let numbers = rights.flat_map(|right| descriptors::keep(right).to_ne_bytes());
                items.push(Value::tuple(vec![
                    Value::int(known("SOL_SOCKET")),
                    Value::int(known("SCM_RIGHTS")),
                    Value::bytes(numbers.collect::<Vec<u8>>()),
                ]));
            }
        }
        // CPython does not ask for it, so scripts do not see it.
        let flags = found.flags.bits() & !RecvFlags::CMSG_CLOEXEC.bits();
        Ok(Received { count: found.bytes, items, flags, from: found.address })
    })
}

fn answer(data: Value, received: Received) -> Value {
    Value::tuple(vec![
        data,
        Value::list(received.items),
        Value::int(received.flags.into()),
        to_value(received.from),
    ])
}

pub fn recvmsg(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = interp.expect_int(&args[1])?;
    let Ok(size) = usize::try_from(size) else {
        return Err(interp.value_error("negative buffer size in recvmsg()"));
    };
    let mut parts = [vec![0; size]];
    let received = receive(interp, args, "recvmsg", &mut parts)?;
    let [mut data] = parts;
    data.truncate(received.count);
    Ok(answer(Value::bytes(data), received))
}

pub fn recvmsg_into(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let buffers = interp.collect(&args[1])?;
    let mut parts = Vec::new();
    for buffer in &buffers {
        if buffer.bytes_like().is_some() {
            let text = "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers";
            return Err(interp.type_error(text));
        }
        parts.push(vec![0; bytes_argument(interp, buffer)?.len()]);
    }
    let received = receive(interp, args, "recvmsg_into", &mut parts)?;
    let mut left = received.count;
    for (buffer, mut part) in buffers.iter().zip(parts) {
        part.truncate(left);
        left -= part.len();
        store_bytes(interp, buffer, part)?;
    }
    Ok(answer(Value::int(received.count as i64), received))
}
