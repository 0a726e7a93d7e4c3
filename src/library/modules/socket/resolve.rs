//! Names of hosts and services.

use super::address::{host_text, numeric};
use super::number_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use rustix::net::AddressFamily;
use std::fs::read_to_string;
use std::net::{IpAddr, ToSocketAddrs};

/// What the C library says when a name leads nowhere, and its numbers.
const FAILURES: &[(i64, &str)] = &[
    (-2, "Name or service not known"),
    (-3, "Temporary failure in name resolution"),
    (-4, "Non-recoverable failure in name resolution"),
    (-5, "No address associated with hostname"),
    (-9, "Address family for hostname not supported"),
];

/// `socket.gaierror` by its number.
pub fn gaierror(interp: &mut dyn Interpreter, number: i64) -> Raised {
    let text = FAILURES.iter().find(|(known, _)| *known == number).map_or("Unknown error", |(_, text)| text);
    let made = interp
        .import("_socket")
        .and_then(|module| interp.attribute(&module, "gaierror"))
        .and_then(|class| interp.call(&class, &[Value::int(number), Value::str(text)]));
    match made.and_then(|exception| interp.to_raised(&exception)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// The addresses of a host that are wanted, at least one.
pub fn resolve(
    interp: &mut dyn Interpreter,
    host: &str,
    is_wanted: impl Fn(&IpAddr) -> bool,
) -> Result<Vec<IpAddr>, Raised> {
    if let Some(address) = numeric(host) {
        return if is_wanted(&address) { Ok(vec![address]) } else { Err(gaierror(interp, -9)) };
    }
    match (host, 0).to_socket_addrs() {
        Ok(found) => {
            let mut wanted: Vec<IpAddr> = Vec::new();
            for address in found.map(|address| address.ip()).filter(|address| is_wanted(address)) {
                if !wanted.contains(&address) {
                    wanted.push(address);
                }
            }
            if wanted.is_empty() { Err(gaierror(interp, -2)) } else { Ok(wanted) }
        }
        Err(error) => {
            let text = error.to_string();
            let known = FAILURES.iter().find(|(_, known)| text.ends_with(known));
            Err(gaierror(interp, known.map_or(-2, |(number, _)| *number)))
        }
    }
}

pub fn addresses(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let host = host_text(interp, &args[0])?;
    let found = resolve(interp, &host, |_| true)?;
    let row = |address: &IpAddr| {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        Value::pair(Value::int(family.as_raw().into()), Value::str(&address.to_string()))
    };
    Ok(Value::list(found.iter().map(row).collect()))
}

/// The rows of a table of the system, comments left out.
fn rows(file: &str) -> Vec<Vec<String>> {
    let text = read_to_string(file).unwrap_or_default();
    let words = |line: &str| -> Vec<String> {
        let line = line.split('#').next().unwrap_or_default();
        line.split_whitespace().map(str::to_owned).collect()
    };
    text.lines().map(words).filter(|words| words.len() > 1).collect()
}

/// The port and protocol of a row of the table of services.
fn port_of(row: &[String]) -> Option<(u16, &str)> {
    let (port, protocol) = row[1].split_once('/')?;
    Some((port.parse().ok()?, protocol))
}

pub fn service(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.expect_str_argument(&args[0], "getservbyname() argument 1")?;
    let wanted = args[1].str_like();
    for row in rows("/etc/services") {
        let is_named = row[0] == name || row[2..].iter().any(|alias| alias == name);
        if let Some((port, protocol)) = port_of(&row)
            && is_named
            && wanted.is_none_or(|wanted| wanted == protocol)
        {
            return Ok(Value::int(port.into()));
        }
    }
    Err(interp.raise(CoreType::OSError, "service/proto not found"))
}

pub fn service_name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = number_argument(interp, &args[0])?;
    let Ok(number) = u16::try_from(number) else {
        return Err(interp.overflow_error("getservbyport: port must be 0-65535."));
    };
    let wanted = args[1].str_like();
    for row in rows("/etc/services") {
        if let Some((port, protocol)) = port_of(&row)
            && port == number
            && wanted.is_none_or(|wanted| wanted == protocol)
        {
            return Ok(Value::str(&row[0]));
        }
    }
    Err(interp.raise(CoreType::OSError, "port/proto not found"))
}

/// The names that the table of hosts has for an address.
pub fn host_names(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let address = interp.expect_str_argument(&args[0], "_host_names() argument 1")?.parse::<IpAddr>().ok();
    let row = rows("/etc/hosts").into_iter().find(|row| row[0].parse().ok() == address);
    let names = row.iter().flat_map(|row| &row[1..]).map(|name| Value::str(name));
    Ok(Value::list(names.collect()))
}
