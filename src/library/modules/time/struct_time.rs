//! `time.struct_time`.

use super::calendar::Civil;
use crate::library::types::struct_sequence::{self, Fields, field, with_hidden};
use crate::library::types::tuple::TUPLE;
use crate::object::spec::{GetterRow, NativeRow, member, native};
use crate::object::string::intern;
use crate::object::{Interpreter, Raised, TypeSpec, Value};

/// A calendar time: a tuple of nine numbers with names, and the zone.
pub struct StructTime;

impl Fields for StructTime {
    const NAMES: &'static [&'static str] = &[
        "tm_year",
        "tm_mon",
        "tm_mday",
        "tm_hour",
        "tm_min",
        "tm_sec",
        "tm_wday",
        "tm_yday",
        "tm_isdst",
        "tm_zone",
        "tm_gmtoff",
    ];
    const VISIBLE: usize = 9;

    fn spec() -> &'static TypeSpec {
        &STRUCT_TIME
    }
}

/// `time.struct_time`.
pub static STRUCT_TIME: TypeSpec = TypeSpec {
    name: "struct_time",
    module: "time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.",
    base: Some(&TUPLE),
    methods: &METHODS,
    getters: &GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 4] = [
    native(
        "__new__",
        "sequence, dict=?",
        struct_sequence::new::<StructTime>,
        "A calendar time of nine numbers.",
    )
    .as_new(),
    native("__reduce__", "", struct_sequence::reduce::<StructTime>, "What pickle keeps."),
    native(
        "__replace__",
        "**changes",
        struct_sequence::replace::<StructTime>,
        "A copy with new values for the specified fields.",
    ),
    native("__repr__", "", struct_sequence::repr_visible::<StructTime>, "All numbers with their names."),
];

static GETTERS: [GetterRow; 11] = [
    member("tm_year", field::<StructTime, 0>, "year, for example, 1993"),
    member("tm_mon", field::<StructTime, 1>, "month of year, range [1, 12]"),
    member("tm_mday", field::<StructTime, 2>, "day of month, range [1, 31]"),
    member("tm_hour", field::<StructTime, 3>, "hours, range [0, 23]"),
    member("tm_min", field::<StructTime, 4>, "minutes, range [0, 59]"),
    member("tm_sec", field::<StructTime, 5>, "seconds, range [0, 61])"),
    member("tm_wday", field::<StructTime, 6>, "day of week, range [0, 6], Monday is 0"),
    member("tm_yday", field::<StructTime, 7>, "day of year, range [1, 366]"),
    member("tm_isdst", field::<StructTime, 8>, "1 if summer time is in effect, 0 if not, and -1 if unknown"),
    member("tm_zone", field::<StructTime, 9>, "abbreviation of timezone name"),
    member("tm_gmtoff", field::<StructTime, 10>, "offset from UTC in seconds"),
];

/// A `struct_time` object.
pub fn object(interp: &mut dyn Interpreter, time: &Civil) -> Value {
    let numbers = [
        time.year,
        time.month,
        time.day,
        time.hour,
        time.minute,
        time.second,
        time.weekday,
        time.yearday,
        time.is_summer,
    ];
    let mut fields: Vec<Value> = numbers.map(Value::int).to_vec();
    fields.extend([Value::str(&time.zone), Value::int(time.offset)]);
    with_hidden::<StructTime>(interp, fields)
}

/// The calendar time in an argument: a `struct_time` or a tuple of nine numbers.
pub fn expect(interp: &mut dyn Interpreter, value: &Value, function: &str) -> Result<Civil, Raised> {
    let Some(items) = value.tuple_like() else {
        return Err(interp.type_error("Tuple or struct_time argument required"));
    };
    if items.len() != 9 {
        return Err(interp.type_error(&format!("{function}(): illegal time tuple argument")));
    }
    let mut numbers = [0; 9];
    for (number, item) in numbers.iter_mut().zip(items.to_vec()) {
        *number = interp.expect_int(&item)?;
    }
    let [year, month, day, hour, minute, second, weekday, yearday, is_summer] = numbers;
    // Of any other tuple the zone is not known.
    let class = interp.type_of_spec(&STRUCT_TIME);
    let is_struct_time = interp.is_instance(value, &class)?;
    let hidden = |name: &str| {
        let instance = value.as_instance().filter(|_| is_struct_time)?;
        instance.own_attribute(&intern(name))
    };
    let offset = hidden("tm_gmtoff").and_then(|offset| offset.as_int()).unwrap_or_default();
    let zone = hidden("tm_zone").and_then(|zone| zone.str_like().map(str::to_owned)).unwrap_or_default();
    Ok(Civil { year, month, day, hour, minute, second, weekday, yearday, is_summer, offset, zone })
}
