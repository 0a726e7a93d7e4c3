//! `UnicodeDecodeError`, `UnicodeEncodeError` and `UnicodeTranslateError`.

use super::super::bytes::buffer::joined;
use super::super::support::items;
use super::base::{refuse_keywords, set_arguments, this};
use crate::object::exception::{ExceptionState, field};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::surrogate;
use crate::object::{Completion, NativeRow, Raised, Value};

pub static DECODE_METHODS: &[NativeRow] = &[
    native(
        "__init__",
        "*args, **kwargs",
        init_decode,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", decode_str, "Return str(self)."),
];

pub static ENCODE_METHODS: &[NativeRow] = &[
    native(
        "__init__",
        "*args, **kwargs",
        init_encode,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", encode_str, "Return str(self)."),
];

pub static TRANSLATE_METHODS: &[NativeRow] = &[
    native(
        "__init__",
        "*args, **kwargs",
        init_translate,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", translate_str, "Return str(self)."),
];

pub static GETTERS: &[GetterRow] = &[
    writable_member("encoding", encoding, set_encoding, "exception encoding"),
    writable_member("object", object, set_object, "exception object"),
    writable_member("start", start, set_start, "exception start"),
    writable_member("end", end, set_end, "exception end"),
    writable_member("reason", reason, set_reason, "exception reason"),
];

pub static TRANSLATE_GETTERS: &[GetterRow] = &[
    writable_member("encoding", encoding, set_encoding, "exception encoding"),
    writable_member("object", object, set_object, "exception object"),
    writable_member("start", start, set_start, "exception start"),
    writable_member("end", end, set_end, "exception end"),
    writable_member("reason", reason, set_reason, "exception reason"),
];

/// What an argument has to be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Data,
    Number,
}

const DECODE: &[(usize, Kind)] = &[
    (field::ENCODING, Kind::Text),
    (field::UNICODE_OBJECT, Kind::Data),
    (field::START, Kind::Number),
    (field::END, Kind::Number),
    (field::REASON, Kind::Text),
];

const ENCODE: &[(usize, Kind)] = &[
    (field::ENCODING, Kind::Text),
    (field::UNICODE_OBJECT, Kind::Text),
    (field::START, Kind::Number),
    (field::END, Kind::Number),
    (field::REASON, Kind::Text),
];

fn init(interp: &mut dyn Interpreter, args: &[Value], expected: &[(usize, Kind)]) -> Completion {
    refuse_keywords(interp, &args[0], &args[2])?;
    let state = set_arguments(interp, args)?;
    for place in [field::ENCODING, field::UNICODE_OBJECT, field::REASON] {
        drop(state.set_field(place, Value::NONE));
    }
    let arguments = items(&args[1]);
    if arguments.len() != expected.len() {
        let (expected, count) = (expected.len(), arguments.len());
        return Err(
            interp.type_error(&format!("function takes exactly {expected} arguments ({count} given)"))
        );
    }
    for (index, (argument, &(place, kind))) in arguments.iter().zip(expected).enumerate() {
        let value = match kind {
            Kind::Text if argument.str_like().is_some() => argument.clone(),
            Kind::Text => {
                interp.expect_str_argument(argument, format_args!("argument {}", index + 1))?;
                continue;
            }
            Kind::Data => argument.clone(),
            Kind::Number => Value::int(interp.expect_int(argument)?),
        };
        drop(state.set_field(place, value));
    }
    // What holds the bytes is looked at last, and a copy made of all but `bytes`.
    for (argument, _) in arguments.iter().zip(expected).filter(|(_, (_, kind))| matches!(kind, Kind::Data)) {
        if argument.bytes_like().is_none() {
            let Some(data) = joined(interp, argument)?.map(|data| data.to_vec()) else {
                let found = interp.type_name(argument);
                return Err(interp.type_error(&format!("a bytes-like object is required, not '{found}'")));
            };
            drop(state.set_field(field::UNICODE_OBJECT, Value::bytes(data)));
        }
    }
    Ok(Value::NONE)
}

fn init_decode(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    init(interp, args, DECODE)
}

fn init_encode(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    init(interp, args, ENCODE)
}

fn init_translate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    init(interp, args, &ENCODE[1..])
}

/// A field as it was set; for an exception made by the machine, the argument of the same place.
fn part(state: &ExceptionState, index: usize) -> Value {
    let set = state.field(index);
    set.given().cloned().or_else(|| state.argument(index)).unwrap_or(Value::NONE)
}

fn text(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let text = interp.to_str(value)?;
    Ok(text.str_like().unwrap_or_default().to_owned())
}

/// The places and reason; `None` if the exception was never initialised.
fn parts(interp: &mut dyn Interpreter, object: &Value) -> Result<Option<(i64, i64, String, Value)>, Raised> {
    let state = this(interp, object, "__str__")?;
    let (start, end) = (part(state, field::START), part(state, field::END));
    let (Some(start), Some(end)) = (start.as_int(), end.as_int()) else { return Ok(None) };
    let reason = text(interp, &part(state, field::REASON))?;
    Ok(Some((start, end, reason, part(state, field::UNICODE_OBJECT))))
}

fn decode_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((start, end, reason, object)) = parts(interp, &args[0])? else { return Ok(Value::str("")) };
    let encoding = part(this(interp, &args[0], "__str__")?, field::ENCODING);
    let encoding = text(interp, &encoding)?;
    let data = object.bytes_like().unwrap_or_default();
    let byte = usize::try_from(start).ok().and_then(|start| data.get(start)).filter(|_| end == start + 1);
    Ok(Value::str(&match byte {
        Some(byte) => {
            format!("'{encoding}' codec can't decode byte {byte:#04x} in position {start}: {reason}")
        }
        None => {
            let last = end - 1;
            format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}")
        }
    }))
}

/// `character '\xe9' in position 2` or `characters in position 0-2`.
fn characters(object: &Value, start: i64, end: i64) -> String {
    let text = object.str_like().unwrap_or_default();
    let at = usize::try_from(start).ok().and_then(|start| text.chars().nth(start));
    match at.filter(|_| end == start + 1).map(surrogate::code) {
        Some(code) => {
            let shown = match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            format!("character '{shown}' in position {start}")
        }
        None => format!("characters in position {start}-{}", end - 1),
    }
}

fn encode_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((start, end, reason, object)) = parts(interp, &args[0])? else { return Ok(Value::str("")) };
    let encoding = part(this(interp, &args[0], "__str__")?, field::ENCODING);
    let encoding = text(interp, &encoding)?;
    let what = characters(&object, start, end);
    Ok(Value::str(&format!("'{encoding}' codec can't encode {what}: {reason}")))
}

fn translate_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((start, end, reason, object)) = parts(interp, &args[0])? else { return Ok(Value::str("")) };
    let what = characters(&object, start, end);
    Ok(Value::str(&format!("can't translate {what}: {reason}")))
}

fn set_start(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let set = |i: &mut dyn Interpreter, value: &Value| set_any_start(i, object, value);
    set_place(interp, value, &set)
}

fn set_end(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let set = |i: &mut dyn Interpreter, value: &Value| set_any_end(i, object, value);
    set_place(interp, value, &set)
}

type Setter<'a> = &'a dyn Fn(&mut dyn Interpreter, &Value) -> Result<(), Raised>;

/// Set a place in the object; as in CPython it is -1 after anything but an integer.
fn set_place(interp: &mut dyn Interpreter, value: &Value, set: Setter) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(interp.type_error("can't delete numeric/char attribute"));
    }
    if !value.is_integer() {
        set(interp, &Value::int(-1))?;
        return Err(interp.type_error("an integer is required"));
    }
    set(interp, value)
}

macro_rules! fields {
    ($($get:ident, $set:ident, $index:expr;)+) => { $(
        fn $get(interp: &mut dyn Interpreter, object: &Value) -> Completion {
            Ok(part(this(interp, object, stringify!($get))?, $index))
        }

        fn $set(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
            let value = value.given().cloned().unwrap_or(Value::NONE);
            drop(this(interp, object, stringify!($get))?.set_field($index, value));
            Ok(())
        }
    )+ };
}

fields! {
    encoding, set_encoding, field::ENCODING;
    object, set_object, field::UNICODE_OBJECT;
    start, set_any_start, field::START;
    end, set_any_end, field::END;
    reason, set_reason, field::REASON;
}
