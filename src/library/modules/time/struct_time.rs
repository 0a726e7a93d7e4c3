//! `time.struct_time`.

use super::calendar::Civil;
use crate::event_loop::receiver::receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, NativeRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};

/// A calendar time: a tuple of nine numbers with names, and the zone.
pub struct StructTime(pub Civil);

impl Traverse for StructTime {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for StructTime {
    fn spec(&self) -> &'static TypeSpec {
        &STRUCT_TIME
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// `time.struct_time`.
pub static STRUCT_TIME: TypeSpec = TypeSpec {
    name: "struct_time",
    module: "time",
    doc: "A calendar time.",
    methods: &METHODS,
    getters: &GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 14] = [
    native("__new__", "sequence, dict=?", new, "A calendar time of nine numbers.").as_new(),
    native("__contains__", "item, /", contains, "Whether one of the numbers is equal."),
    native("__eq__", "other, /", equal, "Compare as tuples."),
    native("__ge__", "other, /", |i, a| compare(i, a, Comparison::Ge), "Compare as tuples."),
    native("__getitem__", "index, /", get_item, "One of the numbers."),
    native("__gt__", "other, /", |i, a| compare(i, a, Comparison::Gt), "Compare as tuples."),
    native("__hash__", "", hash, "The hash of the tuple."),
    native("__iter__", "", iter, "Iterate over the numbers."),
    native("__le__", "other, /", |i, a| compare(i, a, Comparison::Le), "Compare as tuples."),
    native("__len__", "", len, "Nine."),
    native("__lt__", "other, /", |i, a| compare(i, a, Comparison::Lt), "Compare as tuples."),
    native("__ne__", "other, /", |i, a| compare(i, a, Comparison::Ne), "Compare as tuples."),
    native("__reduce__", "", reduce, ""),
    native("__repr__", "", repr, "All numbers with their names."),
];

static GETTERS: [GetterRow; 11] = [
    getter("tm_year", |i, v| field(i, v, |t| t.year), "The year."),
    getter("tm_mon", |i, v| field(i, v, |t| t.month), "The month, from 1."),
    getter("tm_mday", |i, v| field(i, v, |t| t.day), "The day of the month, from 1."),
    getter("tm_hour", |i, v| field(i, v, |t| t.hour), "The hour."),
    getter("tm_min", |i, v| field(i, v, |t| t.minute), "The minute."),
    getter("tm_sec", |i, v| field(i, v, |t| t.second), "The second."),
    getter("tm_wday", |i, v| field(i, v, |t| t.weekday), "The day of the week, Monday is 0."),
    getter("tm_yday", |i, v| field(i, v, |t| t.yearday), "The day of the year, from 1."),
    getter("tm_isdst", |i, v| field(i, v, |t| t.is_summer), "1 for summer time, -1 if unknown."),
    getter("tm_gmtoff", |i, v| field(i, v, |t| t.offset), "Seconds ahead of UTC."),
    getter("tm_zone", zone, "The abbreviation of the time zone."),
];

use crate::object::interpreter::Comparison;

const NAMES: [&str; 9] =
    ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"];

/// A `struct_time` object.
pub fn object(civil: Civil) -> Value {
    Value::object(StructTime(civil))
}

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Civil, Raised> {
    receiver::<StructTime>(interp, this, "time.struct_time", method).map(|time| &time.0)
}

fn numbers(time: &Civil) -> [i64; 9] {
    [
        time.year,
        time.month,
        time.day,
        time.hour,
        time.minute,
        time.second,
        time.weekday,
        time.yearday,
        time.is_summer,
    ]
}

fn tuple(interp: &mut dyn Interpreter, of: &Value, method: &str) -> Completion {
    Ok(Value::tuple(numbers(this(interp, of, method)?).map(Value::int).to_vec()))
}

fn field(interp: &mut dyn Interpreter, of: &Value, get: fn(&Civil) -> i64) -> Completion {
    Ok(Value::int(get(this(interp, of, "tm_year")?)))
}

fn zone(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::str(&this(interp, of, "tm_zone")?.zone))
}

/// The calendar time in an argument: a `struct_time` or a tuple of nine numbers.
pub fn expect(interp: &mut dyn Interpreter, value: &Value) -> Result<Civil, Raised> {
    if let Some(time) = value.downcast::<StructTime>() {
        return Ok(time.0.clone());
    }
    let Some(items) = value.tuple_like() else {
        return Err(interp.type_error("Tuple or struct_time argument required"));
    };
    if items.len() < 9 {
        return Err(interp.type_error("function takes exactly 9 arguments"));
    }
    let mut numbers = [0; 9];
    for (number, item) in numbers.iter_mut().zip(items) {
        *number = interp.expect_int(item)?;
    }
    let [year, month, day, hour, minute, second, weekday, yearday, is_summer] = numbers;
    let (offset, zone) = (0, String::new());
    Ok(Civil { year, month, day, hour, minute, second, weekday, yearday, is_summer, offset, zone })
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let items = interp.collect(&args[1])?;
    if items.len() < 9 {
        let message =
            format!("time.struct_time() takes an at least 9-sequence ({}-sequence given)", items.len());
        return Err(interp.type_error(&message));
    }
    let mut time = expect(interp, &Value::tuple(items.clone()))?;
    // The zone may be given as items of the sequence or in a dict.
    let named = |name: &str| args[2].dict_like().and_then(|rest| rest.get_str(name));
    let zone = items.get(9).cloned().or_else(|| named("tm_zone"));
    let offset = items.get(10).cloned().or_else(|| named("tm_gmtoff"));
    if let Some(zone) = zone.as_ref().and_then(Value::str_like) {
        time.zone = zone.into();
    }
    if let Some(offset) = offset.as_ref().and_then(Value::int_like) {
        time.offset = offset;
    }
    Ok(object(time))
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (numbers, rest) = (tuple(interp, &args[0], "__reduce__")?, DictObject::new());
    let time = this(interp, &args[0], "__reduce__")?;
    let known = !time.zone.is_empty();
    rest.set_str("tm_zone", if known { Value::str(&time.zone) } else { Value::NONE });
    rest.set_str("tm_gmtoff", if known { Value::int(time.offset) } else { Value::NONE });
    Ok(Value::pair(interp.class_of(&args[0]), Value::pair(numbers, Value::dict(rest))))
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let tuple = tuple(interp, &args[0], "__contains__")?;
    interp.contains(&tuple, &args[1]).map(Value::bool)
}

/// The other operand as a tuple, if it can be compared.
fn other(interp: &mut dyn Interpreter, value: &Value) -> Option<Value> {
    if value.tuple_like().is_some() {
        return Some(value.clone());
    }
    value.downcast::<StructTime>()?;
    tuple(interp, value, "__eq__").ok()
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let own = tuple(interp, &args[0], "__lt__")?;
    match other(interp, &args[1]) {
        Some(other) => interp.compare(op, &own, &other),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    compare(interp, args, Comparison::Eq)
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let tuple = tuple(interp, &args[0], "__hash__")?;
    interp.hash(&tuple).map(Value::int)
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let tuple = tuple(interp, &args[0], "__getitem__")?;
    interp.get_item(&tuple, &args[1])
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let tuple = tuple(interp, &args[0], "__iter__")?;
    interp.iter(&tuple)
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__len__")?;
    Ok(Value::int(9))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let numbers = numbers(this(interp, &args[0], "__repr__")?);
    let fields: Vec<String> =
        NAMES.iter().zip(numbers).map(|(name, number)| format!("{name}={number}")).collect();
    Ok(Value::str(&format!("time.struct_time({})", fields.join(", "))))
}
