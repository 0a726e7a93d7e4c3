//! What several types share: keyword arguments as pairs, complaints about a wrong `self`.

use crate::object::convention::is_slot;
use crate::object::interpreter::Interpreter;
use crate::object::{Raised, TypeSpec, Value};

/// The pairs of a `**kwargs` argument.
pub fn pairs(keywords: &Value) -> Vec<(Value, Value)> {
    let Some(dict) = keywords.dict_like() else { return Vec::new() };
    dict.entries().into_iter().map(|entry| (entry.key, entry.value)).collect()
}

/// The items of an `*args` argument.
pub fn items(args: &Value) -> &[Value] {
    args.tuple_like().unwrap_or_default()
}

/// TypeError for a method called on something that is not of its class.
#[cold]
pub fn wrong_self(interp: &mut dyn Interpreter, method: &str, owner: &str, found: &Value) -> Raised {
    let found = interp.type_name(found);
    let text = if is_slot(owner, method) {
        format!("descriptor '{method}' requires a '{owner}' object but received a '{found}'")
    } else {
        format!("descriptor '{method}' for '{owner}' objects doesn't apply to a '{found}' object")
    };
    interp.type_error(&text)
}

/// TypeError for an attribute of a class written in Rust.
#[cold]
pub fn immutable_type(interp: &mut dyn Interpreter, verb: &str, name: &str, class: &str) -> Raised {
    interp.type_error(&format!("cannot {verb} '{name}' attribute of immutable type '{class}'"))
}

/// An attribute name argument: a string, or TypeError.
pub fn expect_name(interp: &mut dyn Interpreter, name: &Value) -> Result<Value, Raised> {
    match name.str_like() {
        Some(_) if name.as_str().is_some() => Ok(name.clone()),
        Some(text) => Ok(Value::str(text)),
        None => {
            let class = interp.type_name(name);
            Err(interp.type_error(&format!("attribute name must be string, not '{class}'")))
        }
    }
}

/// The class of a native object's spec, for `cannot create 'x' instances`.
#[cold]
pub fn cannot_create(interp: &mut dyn Interpreter, spec: &'static TypeSpec) -> Raised {
    interp.type_error(&format!("cannot create '{}' instances", spec.name))
}
