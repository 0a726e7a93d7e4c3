//! The functions of `time` that deal in calendar time.

use super::calendar::{self, Civil, days_from_civil};
use super::struct_time::{expect, object};
use super::zone;
use crate::event_loop::clock::{self, NANOS};
use crate::object::{Completion, Interpreter, Raised, Value};

/// The seconds given, rounded down; or now.
fn seconds(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    if value.given_some().is_none() {
        return Ok(clock::wall().div_euclid(NANOS));
    }
    match value.float_like() {
        None => interp.expect_int(value),
        Some(seconds) if seconds.is_nan() => Err(interp.value_error("Invalid value NaN (not a number)")),
        Some(seconds) if seconds.abs() < 1e17 => Ok(seconds.floor() as i64),
        Some(_) => Err(interp.overflow_error("timestamp out of range for platform time_t")),
    }
}

fn check_range(interp: &mut dyn Interpreter, seconds: i64) -> Result<(), Raised> {
    // The year must fit a C int.
    if seconds.abs() > 67_768_036_191_676_799 {
        return Err(interp.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(())
}

fn utc(seconds: i64) -> Civil {
    Civil::from_seconds(seconds, 0, 0, "GMT")
}

fn local(seconds: i64) -> Civil {
    let period = zone::at(seconds);
    let is_summer = i64::from(period.is_summer);
    Civil::from_seconds(seconds + period.offset, is_summer, period.offset, &period.name)
}

/// The calendar time given, or local time now.
fn given_or_now(interp: &mut dyn Interpreter, value: &Value, function: &str) -> Result<Civil, Raised> {
    if value.given_some().is_none() {
        return Ok(local(clock::wall().div_euclid(NANOS)));
    }
    let mut civil = expect(interp, value, function)?;
    // Zeros mean the least that is possible, as in CPython.
    civil.month = civil.month.max(1);
    civil.day = civil.day.max(1);
    civil.yearday = civil.yearday.max(1);
    let checks = [
        (1..=12).contains(&civil.month).then_some("month"),
        (1..=31).contains(&civil.day).then_some("day of month"),
        (0..=23).contains(&civil.hour).then_some("hour"),
        (0..=59).contains(&civil.minute).then_some("minute"),
        (0..=61).contains(&civil.second).then_some("seconds"),
        (-1..=6).contains(&civil.weekday).then_some("day of week"),
        (1..=366).contains(&civil.yearday).then_some("day of year"),
    ];
    let names = ["month", "day of month", "hour", "minute", "seconds", "day of week", "day of year"];
    if let Some(place) = checks.iter().position(Option::is_none) {
        return Err(interp.value_error(&format!("{} out of range", names[place])));
    }
    Ok(civil)
}

pub fn gmtime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let seconds = seconds(interp, &args[0])?;
    check_range(interp, seconds)?;
    Ok(object(interp, &utc(seconds)))
}

pub fn localtime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let seconds = seconds(interp, &args[0])?;
    check_range(interp, seconds)?;
    Ok(object(interp, &local(seconds)))
}

pub fn asctime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(&given_or_now(interp, &args[0], "asctime")?.asctime()))
}

pub fn ctime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let seconds = seconds(interp, &args[0])?;
    check_range(interp, seconds)?;
    Ok(Value::str(&local(seconds).asctime()))
}

pub fn mktime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let civil = expect(interp, &args[0], "mktime")?;
    // Months and days out of range carry over, as in C.
    let months = civil.year.saturating_mul(12).saturating_add(civil.month - 1);
    let days = days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) + civil.day - 1;
    let seconds = days * 86_400 + civil.hour * 3600 + civil.minute * 60 + civil.second;
    Ok(Value::float(zone::to_utc(seconds, civil.is_summer) as f64))
}

pub fn strftime(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = interp.expect_str_argument(&args[0], "strftime() argument 1")?.to_owned();
    let civil = given_or_now(interp, &args[1], "strftime")?;
    Ok(Value::str(&calendar::format(&format, &civil)))
}

pub fn tzset(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    zone::reset();
    Ok(Value::NONE)
}
