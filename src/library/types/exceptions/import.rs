//! `ImportError`.

use super::attribute::{field_or_none, set_field, take_keywords};
use super::base::{plain_str, this};
use crate::object::exception::field;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static METHODS: &[NativeRow] = &[
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", to_str, "Return str(self)."),
];

pub static GETTERS: &[GetterRow] = &[
    writable_member("msg", message, set_message, "exception message"),
    writable_member("name", name, set_name, "module name"),
    writable_member("path", path, set_path, "module path"),
    writable_member("name_from", name_from, set_name_from, "name imported from module"),
];

/// `msg`, if it was assigned; otherwise it is the only argument.
const MESSAGE: usize = field::NAME_FROM + 1;

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let known = [("name", field::NAME), ("path", field::PATH), ("name_from", field::NAME_FROM)];
    let state = this(interp, &args[0], "__init__")?;
    for (_, index) in known {
        drop(state.set_field(index, Value::NONE));
    }
    take_keywords(interp, args, "ImportError", &known)?;
    Ok(Value::NONE)
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let message = message(interp, &args[0])?;
    if message.as_str().is_some() {
        return Ok(message);
    }
    let state = this(interp, &args[0], "__str__")?;
    plain_str(interp, state)
}

pub(super) fn message(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "msg")?;
    if let Some(set) = state.field(MESSAGE).given() {
        return Ok(set.clone());
    }
    let args = state.args.borrow();
    Ok(match args.as_tuple() {
        Some([only]) => only.clone(),
        _ => Value::NONE,
    })
}

pub(super) fn set_message(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, MESSAGE, value)
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::NAME)
}

fn set_name(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::NAME, value)
}

fn path(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::PATH)
}

fn set_path(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::PATH, value)
}

fn name_from(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::NAME_FROM)
}

fn set_name_from(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::NAME_FROM, value)
}
