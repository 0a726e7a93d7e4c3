//! `_codecs_native`: what `codecs` asks of the conversions that are built in.

use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::codec::{Encoding, complete_length, decode, is_known_mode};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Value};

pub static CODECS: ModuleSpec = ModuleSpec {
    name: "_codecs_native",
    doc: "Conversions that are built in.",
    functions: FUNCTIONS,
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("is_known_mode", "errors, /", known_mode, "Whether an errors mode needs no handler of a script."),
    native(
        "name_of",
        "encoding, /",
        name_of,
        "The name that a built-in encoding gives itself; None for others.",
    ),
    native(
        "partial",
        "data, encoding, errors, /",
        partial,
        "Decode what can be decoded without knowing what follows: the text, and how many bytes it took.",
    ),
];

fn known_mode(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(args[0].str_like().is_some_and(is_known_mode)))
}

fn name_of(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let found = args[0].str_like().and_then(Encoding::lookup);
    Ok(found.map_or(Value::NONE, |encoding| Value::str(encoding.own_name())))
}

fn partial(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[0])?.to_vec();
    let name = args[1].str_like().unwrap_or_default();
    let Some(encoding) = Encoding::lookup(name) else {
        return Err(interp.value_error("not a built-in encoding"));
    };
    let length = complete_length(&data, encoding);
    let text = decode(&data[..length], encoding, args[2].str_like().unwrap_or("strict"))
        .map(|text| Value::str(&text));
    match text {
        Ok(text) => Ok(Value::pair(text, Value::int(length as i64))),
        Err(error) => Err(error.raise(&Value::bytes(data), interp)),
    }
}
