//! `AttributeError` and `NameError`: they remember what was looked for, for suggestions.

use super::base::{set_arguments, this};
use crate::object::exception::field;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static ATTRIBUTE_ERROR_METHODS: &[NativeRow] = &[native(
    "__init__",
    "*args, **kwargs",
    init_attribute_error,
    "Initialize self.  See help(type(self)) for accurate signature.",
)];

pub static NAME_ERROR_METHODS: &[NativeRow] = &[native(
    "__init__",
    "*args, **kwargs",
    init_name_error,
    "Initialize self.  See help(type(self)) for accurate signature.",
)];

pub static ATTRIBUTE_ERROR_GETTERS: &[GetterRow] = &[
    writable_member("name", name, set_name, "attribute name"),
    writable_member("obj", object, set_object, "object"),
];

pub static NAME_ERROR_GETTERS: &[GetterRow] = &[writable_member("name", name, set_name, "name")];

/// Store the keywords of an exception in its fields; TypeError for one that is not in `known`.
pub(super) fn take_keywords(
    interp: &mut dyn Interpreter,
    args: &[Value],
    class: &str,
    known: &[(&str, usize)],
) -> Result<(), Raised> {
    let state = set_arguments(interp, args)?;
    let keywords = args[2].dict_like().map(|keywords| keywords.entries()).unwrap_or_default();
    for entry in keywords {
        let key = entry.key.str_like().unwrap_or_default();
        match known.iter().find(|(name, _)| *name == key) {
            Some(&(_, field)) => drop(state.set_field(field, entry.value)),
            None => {
                let names: Vec<&str> = known.iter().map(|&(name, _)| name).collect();
                let hint = crate::object::suggestions::closest(key, &names)
                    .map_or_else(String::new, |name| format!(". Did you mean '{name}'?"));
                let text = format!("{class}() got an unexpected keyword argument '{key}'{hint}");
                return Err(interp.type_error(&text));
            }
        }
    }
    Ok(())
}

fn init_attribute_error(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    take_keywords(interp, args, "AttributeError", &[("name", field::NAME), ("obj", field::OBJECT)])?;
    Ok(Value::NONE)
}

fn init_name_error(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    take_keywords(interp, args, "NameError", &[("name", field::NAME)])?;
    Ok(Value::NONE)
}

/// A field, None if it was never set.
pub(super) fn field_or_none(interp: &mut dyn Interpreter, object: &Value, index: usize) -> Completion {
    let field = this(interp, object, "__init__")?.field(index);
    Ok(field.given().cloned().unwrap_or(Value::NONE))
}

/// Set a field; deleting leaves None.
pub(super) fn set_field(
    interp: &mut dyn Interpreter,
    object: &Value,
    index: usize,
    value: &Value,
) -> Result<(), Raised> {
    let value = value.given().cloned().unwrap_or(Value::NONE);
    drop(this(interp, object, "__init__")?.set_field(index, value));
    Ok(())
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::NAME)
}

fn set_name(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::NAME, value)
}

fn object(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::OBJECT)
}

fn set_object(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::OBJECT, value)
}
