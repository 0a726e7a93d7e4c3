//! `_string`: how `string.Formatter` takes templates apart.

use crate::object::fault::Fault;
use crate::object::format::template::{First, Step, Template, split_name};
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

pub static STRING: ModuleSpec =
    ModuleSpec { name: "_string", doc: "string helper module", functions: FUNCTIONS, ..ModuleSpec::EMPTY };

static FUNCTIONS: &[NativeRow] = &[
    native("formatter_field_name_split", "name, /", split, "Split the argument as a field name."),
    native("formatter_parser", "text, /", parse, "Parse the argument as a format string."),
];

/// The parts of a template or a name, and what is wrong behind the last of them.
struct Parts {
    parts: RefCell<std::vec::IntoIter<Value>>,
    fault: RefCell<Option<Fault>>,
}

static PARTS: TypeSpec =
    TypeSpec { name: "formatteriterator", module: "_string", native_next: true, ..TypeSpec::EMPTY };

impl Traverse for Parts {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.parts.borrow().as_slice().iter().for_each(visit);
    }

    fn clear(&self) {}
}

impl NativeObject for Parts {
    fn spec(&self) -> &'static TypeSpec {
        &PARTS
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        if let Some(part) = self.parts.borrow_mut().next() {
            return Ok(Some(part));
        }
        match self.fault.take() {
            Some(fault) => Err(fault.raise(interp)),
            None => Ok(None),
        }
    }
}

/// Take all that can be taken.
fn parts(found: impl Iterator<Item = Result<Value, Fault>>) -> Value {
    let (mut parts, mut fault) = (Vec::new(), None);
    for part in found {
        match part {
            Ok(part) => parts.push(part),
            Err(error) => {
                fault = Some(error);
                break;
            }
        }
    }
    Value::object(Parts { parts: RefCell::new(parts.into_iter()), fault: RefCell::new(fault) })
}

fn text_argument<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<&'v str, Raised> {
    match value.str_like() {
        Some(text) => Ok(text),
        None => {
            let class = interp.type_name(value);
            Err(interp.type_error(&format!("expected str, got {class}")))
        }
    }
}

fn parse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = text_argument(interp, &args[0])?;
    Ok(parts(Template::new(text).map(|piece| {
        let piece = piece?;
        let (name, spec, conversion) = match piece.field {
            Some(field) => (
                Value::str(field.name),
                Value::str(field.spec),
                field.conversion.map_or(Value::NONE, |letter| Value::str(letter.encode_utf8(&mut [0; 4]))),
            ),
            None => (Value::NONE, Value::NONE, Value::NONE),
        };
        Ok(Value::tuple(vec![Value::str(piece.literal), name, spec, conversion]))
    })))
}

fn split(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = text_argument(interp, &args[0])?;
    let (first, steps) = split_name(text).map_err(|fault| fault.raise(interp))?;
    let first = match first {
        First::Next => Value::str(""),
        First::Index(index) => Value::uint(index as u64),
        First::Name(name) => Value::str(name),
    };
    let steps = parts(steps.map(|step| {
        let (is_attribute, key) = match step? {
            Step::Attribute(name) => (true, Value::str(name)),
            Step::Index(index) => (false, Value::uint(index as u64)),
            Step::Key(key) => (false, Value::str(key)),
        };
        Ok(Value::pair(Value::bool(is_attribute), key))
    }));
    Ok(Value::pair(first, steps))
}
