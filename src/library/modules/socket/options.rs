//! `getsockopt` and `setsockopt`: the options that the system's safe interface has.

use super::constants::known;
use super::number_argument;
use super::object::{Socket, this};
use crate::library::io::descriptors;
use crate::library::io::error::errno_error;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::io::{Errno, Result};
use rustix::net::sockopt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Reads an option.
type Get = fn(BorrowedFd<'_>) -> Result<i64>;
/// Writes an option.
type Set = fn(BorrowedFd<'_>, i64) -> Result<()>;

/// An option whose value is a number.
struct Option_ {
    level: i64,
    name: i64,
    get: Get,
    set: Set,
}

const fn option(level: &str, name: &str, get: Get, set: Set) -> Option_ {
    Option_ { level: known(level), name: known(name), get, set }
}

fn no_set(_: BorrowedFd<'_>, _: i64) -> Result<()> {
    Err(Errno::NOPROTOOPT)
}

/// How long something may take, in seconds.
fn seconds(found: Result<Duration>) -> Result<i64> {
    found.map(|found| found.as_secs() as i64)
}

macro_rules! flag {
    ($level:literal, $name:literal, $get:ident, $set:ident) => {
        option($level, $name, |fd| sockopt::$get(fd).map(i64::from), |fd, on| sockopt::$set(fd, on != 0))
    };
}

macro_rules! number {
    ($level:literal, $name:literal, $get:ident, $set:ident) => {
        option($level, $name, |fd| sockopt::$get(fd).map(|n| n as i64), |fd, n| sockopt::$set(fd, n as _))
    };
}

static OPTIONS: &[Option_] = &[
    flag!("SOL_SOCKET", "SO_REUSEADDR", socket_reuseaddr, set_socket_reuseaddr),
    flag!("SOL_SOCKET", "SO_REUSEPORT", socket_reuseport, set_socket_reuseport),
    flag!("SOL_SOCKET", "SO_BROADCAST", socket_broadcast, set_socket_broadcast),
    flag!("SOL_SOCKET", "SO_KEEPALIVE", socket_keepalive, set_socket_keepalive),
    flag!("SOL_SOCKET", "SO_OOBINLINE", socket_oobinline, set_socket_oobinline),
    flag!("SOL_SOCKET", "SO_PASSCRED", socket_passcred, set_socket_passcred),
    number!("SOL_SOCKET", "SO_RCVBUF", socket_recv_buffer_size, set_socket_recv_buffer_size),
    number!("SOL_SOCKET", "SO_SNDBUF", socket_send_buffer_size, set_socket_send_buffer_size),
    option("SOL_SOCKET", "SO_TYPE", |fd| sockopt::socket_type(fd).map(|kind| kind.as_raw().into()), no_set),
    option("SOL_SOCKET", "SO_DOMAIN", |fd| sockopt::socket_domain(fd).map(|f| f.as_raw().into()), no_set),
    option(
        "SOL_SOCKET",
        "SO_PROTOCOL",
        |fd| sockopt::socket_protocol(fd).map(|p| p.map_or(0, |p| p.as_raw().get().into())),
        no_set,
    ),
    option("SOL_SOCKET", "SO_ACCEPTCONN", |fd| sockopt::socket_acceptconn(fd).map(i64::from), no_set),
    option(
        "SOL_SOCKET",
        "SO_ERROR",
        |fd| sockopt::socket_error(fd).map(|error| error.map_or_else(|e| e.raw_os_error().into(), |()| 0)),
        no_set,
    ),
    flag!("IPPROTO_TCP", "TCP_NODELAY", tcp_nodelay, set_tcp_nodelay),
    flag!("IPPROTO_TCP", "TCP_CORK", tcp_cork, set_tcp_cork),
    flag!("IPPROTO_TCP", "TCP_QUICKACK", tcp_quickack, set_tcp_quickack),
    number!("IPPROTO_TCP", "TCP_KEEPCNT", tcp_keepcnt, set_tcp_keepcnt),
    number!("IPPROTO_TCP", "TCP_USER_TIMEOUT", tcp_user_timeout, set_tcp_user_timeout),
    option(
        "IPPROTO_TCP",
        "TCP_KEEPIDLE",
        |fd| seconds(sockopt::tcp_keepidle(fd)),
        |fd, n| sockopt::set_tcp_keepidle(fd, Duration::from_secs(n.max(0) as u64)),
    ),
    option(
        "IPPROTO_TCP",
        "TCP_KEEPINTVL",
        |fd| seconds(sockopt::tcp_keepintvl(fd)),
        |fd, n| sockopt::set_tcp_keepintvl(fd, Duration::from_secs(n.max(0) as u64)),
    ),
    number!("IPPROTO_IP", "IP_TTL", ip_ttl, set_ip_ttl),
    number!("IPPROTO_IP", "IP_TOS", ip_tos, set_ip_tos),
    flag!("IPPROTO_IP", "IP_MULTICAST_LOOP", ip_multicast_loop, set_ip_multicast_loop),
    number!("IPPROTO_IP", "IP_MULTICAST_TTL", ip_multicast_ttl, set_ip_multicast_ttl),
    flag!("IPPROTO_IPV6", "IPV6_V6ONLY", ipv6_v6only, set_ipv6_v6only),
    number!("IPPROTO_IPV6", "IPV6_MULTICAST_HOPS", ipv6_multicast_hops, set_ipv6_multicast_hops),
    flag!("IPPROTO_IPV6", "IPV6_MULTICAST_LOOP", ipv6_multicast_loop, set_ipv6_multicast_loop),
    number!("IPPROTO_IPV6", "IPV6_MULTICAST_IF", ipv6_multicast_if, set_ipv6_multicast_if),
    number!("IPPROTO_IPV6", "IPV6_TCLASS", ipv6_tclass, set_ipv6_tclass),
];

const LINGER: (i64, i64) = (known("SOL_SOCKET"), known("SO_LINGER"));
const TIMEOUTS: [(i64, sockopt::Timeout); 2] =
    [(known("SO_RCVTIMEO"), sockopt::Timeout::Recv), (known("SO_SNDTIMEO"), sockopt::Timeout::Send)];

/// Level and name of an option.
fn place(interp: &mut dyn Interpreter, args: &[Value]) -> std::result::Result<(i64, i64), Raised> {
    Ok((number_argument(interp, &args[1])?.into(), number_argument(interp, &args[2])?.into()))
}

fn find(interp: &mut dyn Interpreter, place: (i64, i64)) -> std::result::Result<&'static Option_, Raised> {
    match OPTIONS.iter().find(|option| (option.level, option.name) == place) {
        Some(option) => Ok(option),
        None if place.0 < 0 || place.1 < 0 => Err(errno_error(interp, Errno::NOPROTOOPT)),
        None => {
            let text = format!("option {} of level {} of sockets is not supported by apy", place.1, place.0);
            Err(interp.raise(CoreType::NotImplementedError, &text))
        }
    }
}

fn attempt<T>(
    interp: &mut dyn Interpreter,
    socket: &Socket,
    operation: impl FnOnce(BorrowedFd<'_>) -> Result<T>,
) -> std::result::Result<T, Raised> {
    descriptors::with(socket.fd.get().into(), operation).map_err(|errno| errno_error(interp, errno))
}

/// An option's value is a number; or, if room for it is given, bytes.
pub fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "getsockopt")?;
    let place = place(interp, args)?;
    let room = interp.expect_int(&args[3])?;
    if !(0..=1024).contains(&room) {
        return Err(interp.raise(CoreType::OSError, "getsockopt buflen out of range"));
    }
    let words: Vec<i32> = if place == LINGER {
        let found = attempt(interp, socket, |fd| sockopt::socket_linger(fd))?;
        vec![found.is_some().into(), found.map_or(0, |found| found.as_secs() as i32)]
    } else {
        let option = find(interp, place)?;
        vec![attempt(interp, socket, option.get)? as i32]
    };
    if room == 0 {
        return Ok(Value::int(words[0].into()));
    }
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    bytes.truncate(room as usize);
    Ok(Value::bytes(bytes))
}

/// The value is a number or bytes; or None, with a length beside it.
pub fn set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let socket = this(interp, &args[0], "setsockopt")?;
    let place = place(interp, args)?;
    if args[3].is_none() || args[4].given().is_some() {
        let text = "socket.setsockopt() without a value is not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, text));
    }
    if args[3].is_integer() {
        let number = number_argument(interp, &args[3])?;
        let option = find(interp, place)?;
        attempt(interp, socket, |fd| (option.set)(fd, number.into()))?;
        return Ok(Value::NONE);
    }
    let data = bytes_argument(interp, &args[3])?.to_vec();
    let outcome = set_bytes(socket, place, &data);
    match outcome {
        Some(outcome) => outcome.map_err(|errno| errno_error(interp, errno))?,
        None => {
            let option = find(interp, place)?;
            let Ok(word) = <[u8; 4]>::try_from(data) else { return Err(errno_error(interp, Errno::INVAL)) };
            attempt(interp, socket, |fd| (option.set)(fd, i32::from_ne_bytes(word).into()))?;
        }
    }
    Ok(Value::NONE)
}

/// The options whose values are structures; `None` if it is none of them.
fn set_bytes(socket: &Socket, place: (i64, i64), data: &[u8]) -> Option<Result<()>> {
    let word = |index: usize| data.get(index * 4..index * 4 + 4).and_then(|word| word.try_into().ok());
    let number = |index: usize| word(index).map(i32::from_ne_bytes);
    let group = |index: usize| word(index).map(Ipv4Addr::from);
    let with = |set: &dyn Fn(BorrowedFd<'_>) -> Result<()>| descriptors::with(socket.fd.get().into(), set);
    if place == LINGER {
        let (Some(on), Some(time)) = (number(0), number(1)) else { return Some(Err(Errno::INVAL)) };
        let time = (on != 0).then(|| Duration::from_secs(time.max(0) as u64));
        return Some(with(&|fd| sockopt::set_socket_linger(fd, time)));
    }
    if let Some((_, which)) = TIMEOUTS.iter().find(|(name, _)| (known("SOL_SOCKET"), *name) == place) {
        let part = |index: usize| data.get(index * 8..index * 8 + 8).and_then(|part| part.try_into().ok());
        let (Some(seconds), Some(micros)) =
            (part(0).map(u64::from_ne_bytes), part(1).map(u64::from_ne_bytes))
        else {
            return Some(Err(Errno::INVAL));
        };
        let time = Duration::from_secs(seconds) + Duration::from_micros(micros);
        let time = (!time.is_zero()).then_some(time);
        return Some(with(&|fd| sockopt::set_socket_timeout(fd, *which, time)));
    }
    let ip = known("IPPROTO_IP");
    let ip6 = known("IPPROTO_IPV6");
    if place == (ip, known("IP_ADD_MEMBERSHIP")) || place == (ip, known("IP_DROP_MEMBERSHIP")) {
        let (Some(group), Some(own)) = (group(0), group(1)) else { return Some(Err(Errno::INVAL)) };
        return Some(with(&|fd| {
            if place.1 == known("IP_ADD_MEMBERSHIP") {
                sockopt::set_ip_add_membership(fd, &group, &own)
            } else {
                sockopt::set_ip_drop_membership(fd, &group, &own)
            }
        }));
    }
    if place == (ip, known("IP_MULTICAST_IF")) {
        let own = group(0)?;
        return Some(with(&|fd| sockopt::set_ip_multicast_if(fd, &own)));
    }
    if place == (ip6, known("IPV6_JOIN_GROUP")) || place == (ip6, known("IPV6_LEAVE_GROUP")) {
        let group = data.get(..16).and_then(|group| <[u8; 16]>::try_from(group).ok()).map(Ipv6Addr::from);
        let (Some(group), Some(interface)) = (group, number(4)) else { return Some(Err(Errno::INVAL)) };
        return Some(with(&|fd| {
            if place.1 == known("IPV6_JOIN_GROUP") {
                sockopt::set_ipv6_add_membership(fd, &group, interface as u32)
            } else {
                sockopt::set_ipv6_drop_membership(fd, &group, interface as u32)
            }
        }));
    }
    None
}
