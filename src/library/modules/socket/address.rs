//! Addresses of sockets: as scripts write them and as the system knows them.

use super::number_argument;
use super::resolve::resolve;
use crate::library::io::error::errno_error;
use crate::library::types::bytes::buffer::{bytes_argument, content};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrAny, SocketAddrUnix};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;

/// An address as scripts see it; None if the system tells none.
pub fn to_value(address: Option<SocketAddrAny>) -> Value {
    let Some(address) = address else { return Value::NONE };
    let port = |port: u16| Value::int(port.into());
    match address.address_family() {
        AddressFamily::INET => match SocketAddrV4::try_from(address) {
            Ok(found) => Value::pair(Value::str(&found.ip().to_string()), port(found.port())),
            Err(_) => Value::NONE,
        },
        AddressFamily::INET6 => match SocketAddrV6::try_from(address) {
            Ok(found) => Value::tuple(vec![
                Value::str(&found.ip().to_string()),
                port(found.port()),
                Value::int(u32::from_be(found.flowinfo()).into()),
                Value::int(found.scope_id().into()),
            ]),
            Err(_) => Value::NONE,
        },
        AddressFamily::UNIX => match SocketAddrUnix::try_from(address) {
            Ok(found) => match (found.abstract_name(), found.path_bytes()) {
                (Some(name), _) if !name.is_empty() => Value::bytes([&[0], name].concat()),
                (_, Some(path)) => {
                    let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
                    Value::str(&std::ffi::OsStr::from_bytes(path).to_string_lossy())
                }
                _ => Value::str(""),
            },
            Err(_) => Value::NONE,
        },
        _ => Value::NONE,
    }
}

/// A script's address for a socket of `family`; `method` begins the errors.
pub fn from_value(
    interp: &mut dyn Interpreter,
    family: i32,
    value: &Value,
    method: &str,
) -> Result<SocketAddrAny, Raised> {
    match AddressFamily::from_raw(u16::try_from(family).unwrap_or(u16::MAX)) {
        AddressFamily::INET => {
            let parts = tuple_of(interp, value, method, "AF_INET")?;
            let [host, port] = parts else {
                return Err(interp.type_error("AF_INET address must be a pair (host, port)"));
            };
            let host = host_text(interp, host)?;
            let port = port_number(interp, port, method)?;
            match resolve_address(interp, &host, family)? {
                IpAddr::V4(host) => Ok(SocketAddrV4::new(host, port).into()),
                IpAddr::V6(_) => Err(errno_error(interp, Errno::AFNOSUPPORT)),
            }
        }
        AddressFamily::INET6 => {
            let parts = tuple_of(interp, value, method, "AF_INET6")?;
            let ([host, port] | [host, port, _] | [host, port, _, _]) = parts else {
                let text = "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])";
                return Err(interp.type_error(text));
            };
            let host = host_text(interp, host)?;
            let port = port_number(interp, port, method)?;
            let mut more = [0_u32; 2];
            for (number, value) in more.iter_mut().zip(&parts[2..]) {
                *number = interp.expect_int(value)? as u32;
            }
            if more[0] > 0xf_ffff {
                return Err(interp.overflow_error(&format!("{method}(): flowinfo must be 0-1048575.")));
            }
            match resolve_address(interp, &host, family)? {
                IpAddr::V6(host) => Ok(SocketAddrV6::new(host, port, more[0].to_be(), more[1]).into()),
                IpAddr::V4(_) => Err(errno_error(interp, Errno::AFNOSUPPORT)),
            }
        }
        AddressFamily::UNIX => {
            let path = match value.str_like() {
                Some(text) => text.as_bytes().to_vec(),
                None => bytes_argument(interp, value)?.to_vec(),
            };
            let found = match path.split_first() {
                None => Ok(SocketAddrUnix::new_unnamed()),
                Some((0, name)) => SocketAddrUnix::new_abstract_name(name),
                Some(_) => SocketAddrUnix::new(std::ffi::OsStr::from_bytes(&path)),
            };
            match found {
                Ok(found) => Ok(found.into()),
                Err(Errno::INVAL) => Err(interp.value_error("embedded null byte")),
                Err(_) => Err(interp.raise(CoreType::OSError, "AF_UNIX path too long")),
            }
        }
        _ => Err(interp.raise(CoreType::OSError, &format!("{method}(): unknown address family"))),
    }
}

fn tuple_of<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    method: &str,
    family: &str,
) -> Result<&'v [Value], Raised> {
    match value.tuple_like() {
        Some(parts) => Ok(parts),
        None => {
            let class = interp.type_name(value);
            Err(interp.type_error(&format!("{method}(): {family} address must be tuple, not {class}")))
        }
    }
}

/// The name of a host: text or bytes.
pub fn host_text(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let host = match value.str_like() {
        Some(text) => text.to_owned(),
        None => match content(value) {
            Some(data) => String::from_utf8_lossy(&data).into_owned(),
            None => {
                let class = interp.type_name(value);
                return Err(interp.type_error(&format!("str, bytes or bytearray expected, not {class}")));
            }
        },
    };
    if host.contains('\0') {
        return Err(interp.type_error("host name must not contain null character"));
    }
    Ok(host)
}

fn port_number(interp: &mut dyn Interpreter, value: &Value, method: &str) -> Result<u16, Raised> {
    let index = interp.index(value)?;
    match index.as_int().and_then(|port| u16::try_from(port).ok()) {
        Some(port) => Ok(port),
        None => Err(interp.overflow_error(&format!("{method}(): port must be 0-65535."))),
    }
}

/// The IP address of a host in an address of a socket.
fn resolve_address(interp: &mut dyn Interpreter, host: &str, wanted: i32) -> Result<IpAddr, Raised> {
    let is_v4 = family(AddressFamily::INET) == wanted;
    match host {
        "" if is_v4 => return Ok(Ipv4Addr::UNSPECIFIED.into()),
        "" => return Ok(Ipv6Addr::UNSPECIFIED.into()),
        "<broadcast>" if is_v4 => return Ok(Ipv4Addr::BROADCAST.into()),
        "<broadcast>" => return Err(interp.raise(CoreType::OSError, "address family mismatched")),
        _ => {}
    }
    let found = resolve(interp, host, |address| address.is_ipv4() == is_v4)?;
    Ok(found[0])
}

fn family(family: AddressFamily) -> i32 {
    family.as_raw().into()
}

/// The four bytes of an IPv4 address in one of the forms of `inet_aton`.
fn loose_v4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let number = |part: &&str| {
        let lower = part.to_ascii_lowercase();
        match lower.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None if lower.len() > 1 && lower.starts_with('0') => u32::from_str_radix(&lower[1..], 8).ok(),
            None if lower.bytes().all(|byte| byte.is_ascii_digit()) => lower.parse().ok(),
            None => None,
        }
    };
    let numbers = parts.iter().map(number).collect::<Option<Vec<u32>>>()?;
    let (&last, heads) = numbers.split_last()?;
    if heads.len() > 3 || heads.iter().any(|&part| part > 255) {
        return None;
    }
    let room = 32 - 8 * heads.len() as u32;
    if room < 32 && last >> room != 0 {
        return None;
    }
    let head = heads.iter().enumerate().fold(0, |sum, (place, part)| sum | part << (24 - 8 * place));
    Some(Ipv4Addr::from(head | last))
}

/// The numeric address that a text is, in any form the system takes.
pub fn numeric(text: &str) -> Option<IpAddr> {
    let bare = text.split('%').next().unwrap_or_default();
    loose_v4(text).map(IpAddr::V4).or_else(|| bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
}

pub fn parse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wanted = number_argument(interp, &args[0])?;
    let text = interp.expect_str_argument(&args[1], "_parse_address() argument 2")?;
    let found = numeric(text).filter(|found| {
        let found = if found.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        wanted == 0 || wanted == family(found)
    });
    Ok(found.map_or(Value::NONE, |found| Value::str(&found.to_string())))
}

fn illegal(interp: &mut dyn Interpreter, function: &str) -> Raised {
    interp.raise(CoreType::OSError, &format!("illegal IP address string passed to {function}"))
}

pub fn inet_aton(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = interp.expect_str_argument(&args[0], "inet_aton() argument 1")?;
    // The C library leaves alone what follows a blank.
    let text = text.split_ascii_whitespace().next().unwrap_or_default();
    match loose_v4(text) {
        Some(address) => Ok(Value::bytes(address.octets())),
        None => Err(illegal(interp, "inet_aton")),
    }
}

pub fn inet_ntoa(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[0])?.to_vec();
    match <[u8; 4]>::try_from(data) {
        Ok(octets) => Ok(Value::str(&Ipv4Addr::from(octets).to_string())),
        Err(_) => Err(interp.raise(CoreType::OSError, "packed IP wrong length for inet_ntoa")),
    }
}

pub fn inet_pton(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wanted = number_argument(interp, &args[0])?;
    let text = interp.expect_str_argument(&args[1], "inet_pton() argument 2")?;
    let found = if wanted == family(AddressFamily::INET) {
        text.parse::<Ipv4Addr>().ok().map(|found| found.octets().to_vec())
    } else if wanted == family(AddressFamily::INET6) {
        text.parse::<Ipv6Addr>().ok().map(|found| found.octets().to_vec())
    } else {
        return Err(errno_error(interp, Errno::AFNOSUPPORT));
    };
    found.map(Value::bytes).ok_or_else(|| illegal(interp, "inet_pton"))
}

pub fn inet_ntop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let wanted = number_argument(interp, &args[0])?;
    let data = bytes_argument(interp, &args[1])?.to_vec();
    let found = if wanted == family(AddressFamily::INET) {
        <[u8; 4]>::try_from(data).map(|octets| Ipv4Addr::from(octets).to_string())
    } else if wanted == family(AddressFamily::INET6) {
        <[u8; 16]>::try_from(data).map(|octets| Ipv6Addr::from(octets).to_string())
    } else {
        return Err(interp.value_error(&format!("unknown address family {wanted}")));
    };
    match found {
        Ok(text) => Ok(Value::str(&text)),
        Err(_) => Err(interp.value_error("invalid length of packed IP address string")),
    }
}
