//! Encoding, and translation by tables.

use super::arguments::{codec_arguments, text_argument, this};
use crate::object::codec::{Encoding, Way, encode as encode_text, registered};
use crate::object::dict::DictObject;
use crate::object::surrogate;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

pub fn encode(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "encode")?.as_str();
    let (encoding, mode) = codec_arguments(interp, "encode", &args[1], &args[2])?;
    if let Some(result) = registered(interp, "_encode_text", &args[0], encoding, mode) {
        return result;
    }
    let encoded =
        Encoding::expect(encoding, Way::Encode).and_then(|encoding| encode_text(text, encoding, mode));
    match encoded {
        Ok(bytes) => Ok(Value::bytes(bytes.into_owned())),
        Err(error) => Err(error.raise(&super::plain(&args[0]), interp)),
    }
}

/// The code of a character as an int.
fn code(character: char) -> Value {
    Value::int(surrogate::code(character).into())
}

pub fn maketrans(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let table = DictObject::new();
    let Some(to) = args[1].given() else {
        fill_from_dict(interp, &table, &args[0])?;
        return Ok(Value::dict(table));
    };
    // The parser sees to the other arguments before the function looks at the first.
    let to = text_argument(interp, "maketrans", "argument 2", to)?;
    let deleted = match args[2].given() {
        Some(deleted) => text_argument(interp, "maketrans", "argument 3", deleted)?.as_str(),
        None => "",
    };
    let Some(from) = args[0].str_object_like() else {
        let message = "first maketrans argument must be a string if there is a second argument";
        return Err(interp.type_error(message));
    };
    if from.char_count() != to.char_count() {
        return Err(interp.value_error("the first two maketrans arguments must have equal length"));
    }
    for (key, value) in from.as_str().chars().zip(to.as_str().chars()) {
        table.set(interp, &code(key), code(value))?;
    }
    for key in deleted.chars() {
        table.set(interp, &code(key), Value::NONE)?;
    }
    Ok(Value::dict(table))
}

fn fill_from_dict(interp: &mut dyn Interpreter, table: &DictObject, from: &Value) -> Result<(), Raised> {
    // Only exact dicts, as CPython.
    let Some(dict) = from.as_dict() else {
        let message = "if you give only one argument to maketrans it must be a dict";
        return Err(interp.type_error(message));
    };
    for entry in dict.entries() {
        let key = match (entry.key.str_object_like(), entry.key.is_integer()) {
            (Some(text), _) => match text.as_str().chars().next() {
                Some(character) if text.char_count() == 1 => code(character),
                _ => {
                    let message = "string keys in translate table must be of length 1";
                    return Err(interp.value_error(message));
                }
            },
            (_, true) => entry.key,
            _ => return Err(interp.type_error("keys in translate table must be strings or integers")),
        };
        table.set(interp, &key, entry.value)?;
    }
    Ok(())
}

/// What a table says of a character.
#[derive(Clone)]
enum Mapped {
    Same,
    Deleted,
    Char(char),
    Text(Value),
}

pub fn translate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "translate")?.as_str();
    let mut known: [Option<Mapped>; 128] = [const { None }; 128];
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let slot = if character.is_ascii() { Some(character as usize) } else { None };
        let mapped = match slot.and_then(|slot| known[slot].clone()) {
            Some(mapped) => mapped,
            None => {
                let mapped = look_up(interp, &args[1], character)?;
                if let Some(slot) = slot {
                    known[slot] = Some(mapped.clone());
                }
                mapped
            }
        };
        match mapped {
            Mapped::Same => out.push(character),
            Mapped::Deleted => {}
            Mapped::Char(character) => out.push(character),
            Mapped::Text(text) => out.push_str(text.str_like().unwrap_or_default()),
        }
    }
    Ok(Value::str(&out))
}

fn look_up(interp: &mut dyn Interpreter, table: &Value, character: char) -> Result<Mapped, Raised> {
    let key = code(character);
    let found = match table.as_dict() {
        // Without making a KeyError for every character that stays.
        Some(dict) => dict.get(interp, &key)?,
        None => match interp.get_item(table, &key) {
            Ok(found) => Some(found),
            Err(raised) if interp.raised_is(&raised, CoreType::LookupError) => None,
            Err(raised) => return Err(raised),
        },
    };
    let Some(found) = found else { return Ok(Mapped::Same) };
    if found.is_none() {
        return Ok(Mapped::Deleted);
    }
    if found.is_integer() {
        return match found.int_like() {
            Some(code @ 0..=0x10ffff) => match surrogate::character(code as u32) {
                Ok(character) => Ok(Mapped::Char(character)),
                Err(fault) => Err(fault.raise(interp)),
            },
            _ => Err(interp.value_error("character mapping must be in range(0x110000)")),
        };
    }
    if found.str_like().is_some() {
        return Ok(Mapped::Text(found));
    }
    Err(interp.type_error("character mapping must return integer, None or str"))
}
