//! The local time zone: `TZ` or `/etc/localtime`, in the TZif format (RFC 8536).

use std::cell::RefCell;
use std::rc::Rc;

/// What holds in a zone for some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Seconds ahead of UTC.
    pub offset: i64,
    pub is_summer: bool,
    /// The abbreviation.
    pub name: String,
}

/// A time zone.
#[derive(Debug)]
struct Zone {
    /// When which period begins, in order.
    transitions: Vec<(i64, usize)>,
    periods: Vec<Period>,
}

thread_local! {
    static LOCAL: RefCell<Option<Rc<Zone>>> = const { RefCell::new(None) };
}

fn utc() -> Zone {
    Zone {
        transitions: Vec::new(),
        periods: vec![Period { offset: 0, is_summer: false, name: "UTC".to_owned() }],
    }
}

/// Forget the zone, to read it anew.
pub fn reset() {
    LOCAL.with_borrow_mut(|local| *local = None);
}

fn local() -> Rc<Zone> {
    LOCAL.with_borrow_mut(|local| local.get_or_insert_with(|| Rc::new(load())).clone())
}

fn load() -> Zone {
    let path = match std::env::var("TZ") {
        Ok(name) if name.is_empty() || name == "UTC" => return utc(),
        Ok(name) => {
            let name = name.trim_start_matches(':');
            if name.starts_with('/') { name.to_owned() } else { format!("/usr/share/zoneinfo/{name}") }
        }
        Err(_) => "/etc/localtime".to_owned(),
    };
    std::fs::read(path).ok().and_then(|data| parse(&data)).unwrap_or_else(utc)
}

/// Big-endian fields, one after the other.
struct Fields<'d>(&'d [u8]);

impl<'d> Fields<'d> {
    fn bytes(&mut self, count: usize) -> Option<&'d [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn int(&mut self, width: usize) -> Option<i64> {
        let bytes = self.bytes(width)?;
        let start = if bytes.first()? & 0x80 != 0 { -1 } else { 0 };
        Some(bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte)))
    }
}

/// The counts of a TZif header: UT/local flags, standard flags, leap seconds, transitions, types,
/// bytes of names.
fn header(fields: &mut Fields<'_>) -> Option<(u8, [usize; 6])> {
    if fields.bytes(4)? != b"TZif" {
        return None;
    }
    let version = *fields.bytes(1)?.first()?;
    fields.bytes(15)?;
    let mut counts = [0; 6];
    for count in &mut counts {
        *count = usize::try_from(fields.int(4)?).ok()?;
    }
    Some((version, counts))
}

fn parse(data: &[u8]) -> Option<Zone> {
    let mut fields = Fields(data);
    let (version, mut counts) = header(&mut fields)?;
    let mut width = 4;
    if version >= b'2' {
        // The second block has 64-bit times; the first is for old readers.
        let [ut, standard, leap, times, types, names] = counts;
        fields.bytes(times * 5 + types * 6 + names + leap * 8 + standard + ut)?;
        counts = header(&mut fields)?.1;
        width = 8;
    }
    let [_, _, _, times, types, names] = counts;
    let starts: Option<Vec<i64>> = (0..times).map(|_| fields.int(width)).collect();
    let which = fields.bytes(times)?.iter().map(|&index| index as usize);
    let transitions: Vec<(i64, usize)> = starts?.into_iter().zip(which).collect();
    let mut raw = Vec::new();
    for _ in 0..types {
        let offset = fields.int(4)?;
        let flags = fields.bytes(2)?;
        raw.push((offset, flags[0] != 0, flags[1] as usize));
    }
    let names = fields.bytes(names)?;
    let name = |start: usize| {
        let rest = names.get(start..).unwrap_or_default();
        let end = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
        String::from_utf8_lossy(&rest[..end]).into_owned()
    };
    let periods: Vec<Period> = raw
        .into_iter()
        .map(|(offset, is_summer, start)| Period { offset, is_summer, name: name(start) })
        .collect();
    let is_sound = !periods.is_empty() && transitions.iter().all(|(_, index)| *index < periods.len());
    is_sound.then_some(Zone { transitions, periods })
}

/// What holds at a time in seconds since 1970.
pub fn at(seconds: i64) -> Period {
    let zone = local();
    let later = zone.transitions.partition_point(|(start, _)| *start <= seconds);
    let index = match later {
        0 => zone.periods.iter().position(|period| !period.is_summer).unwrap_or(0),
        _ => zone.transitions[later - 1].1,
    };
    zone.periods[index].clone()
}

fn latest(is_summer: bool) -> Option<Period> {
    let zone = local();
    let used = zone.transitions.iter().rev().map(|(_, index)| &zone.periods[*index]);
    used.chain(&zone.periods).find(|period| period.is_summer == is_summer).cloned()
}

/// Standard time, as it is now.
pub fn standard() -> Period {
    latest(false).unwrap_or_else(|| at(0))
}

/// Summer time, as it is now; standard time if there is none.
pub fn summer() -> Period {
    latest(true).unwrap_or_else(standard)
}

/// The time of a local calendar time given as if it were UTC.
pub fn to_utc(local_seconds: i64, is_summer: i64) -> i64 {
    let mut candidates = Vec::new();
    for period in [at(local_seconds), at(local_seconds - 86_400), at(local_seconds + 86_400)] {
        let seconds = local_seconds - period.offset;
        if at(seconds).offset == period.offset {
            candidates.push((seconds, at(seconds).is_summer));
        }
    }
    let wanted = candidates.iter().find(|(_, summer)| is_summer >= 0 && *summer == (is_summer > 0));
    wanted
        .or(candidates.first())
        .map_or_else(|| local_seconds - at(local_seconds).offset, |(seconds, _)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_zone_file() {
        let mut data = Vec::new();
        data.extend_from_slice(b"TZif1");
        data.extend_from_slice(&[0; 15]);
        for count in [0_u32, 0, 0, 1, 2, 8] {
            data.extend_from_slice(&count.to_be_bytes());
        }
        data.extend_from_slice(&1000_i32.to_be_bytes());
        data.push(1);
        data.extend_from_slice(&3600_i32.to_be_bytes());
        data.extend_from_slice(&[0, 0]);
        data.extend_from_slice(&7200_i32.to_be_bytes());
        data.extend_from_slice(&[1, 4]);
        data.extend_from_slice(b"CET\0CES\0");
        let zone = parse(&data).unwrap();
        assert_eq!(zone.transitions, [(1000, 1)]);
        assert_eq!(zone.periods[0], Period { offset: 3600, is_summer: false, name: "CET".into() });
        assert_eq!(zone.periods[1], Period { offset: 7200, is_summer: true, name: "CES".into() });
        assert!(parse(b"no zone").is_none());
    }
}
