//! Classes that are none: whatever has a tuple `__bases__` may be asked for by `isinstance` and
//! `issubclass`.

use super::interpreter::Interpreter;
use super::string::intern;
use super::value::{Raised, Value};

/// The `__bases__` of something that passes for a class.
fn bases(interp: &mut dyn Interpreter, class: &Value) -> Result<Option<Value>, Raised> {
    Ok(interp.find_attr(class, &intern("__bases__"))?.filter(|bases| bases.tuple_like().is_some()))
}

/// Whether `class` is `base` or inherits from it by `__bases__`.
fn descends(interp: &mut dyn Interpreter, class: &Value, base: &Value, depth: usize) -> Result<bool, Raised> {
    let mut class = class.clone();
    loop {
        if class.is(base) {
            return Ok(true);
        }
        interp.poll()?;
        let Some(bases) = bases(interp, &class)? else { return Ok(false) };
        match bases.tuple_like().unwrap_or_default() {
            [] => return Ok(false),
            [one] => class = one.clone(),
            several => {
                if depth > interp.recursion_limit() {
                    let message = "maximum recursion depth exceeded in __issubclass__";
                    return Err(interp.raise(super::CoreType::RecursionError, message));
                }
                for class in several {
                    if descends(interp, class, base, depth + 1)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
        }
    }
}

/// `issubclass` where one of the two is no class.
pub fn is_subclass(interp: &mut dyn Interpreter, class: &Value, base: &Value) -> Result<bool, Raised> {
    if class.as_type().is_none() && bases(interp, class)?.is_none() {
        return Err(interp.type_error("issubclass() arg 1 must be a class"));
    }
    if base.as_type().is_none() && bases(interp, base)?.is_none() {
        let message = "issubclass() arg 2 must be a class, a tuple of classes, or a union";
        return Err(interp.type_error(message));
    }
    descends(interp, class, base, 0)
}

/// `isinstance` where `class` is no class.
pub fn is_instance(interp: &mut dyn Interpreter, object: &Value, class: &Value) -> Result<bool, Raised> {
    if bases(interp, class)?.is_none() {
        let message = "isinstance() arg 2 must be a type, a tuple of types, or a union";
        return Err(interp.type_error(message));
    }
    match interp.find_attr(object, &intern("__class__"))? {
        Some(own) => descends(interp, &own, class, 0),
        None => Ok(false),
    }
}
