//! Tuples whose items have names, as `sys.version_info`: the class is a spec with `TUPLE` as its
//! base whose getters, in order, name the items.

use super::receiver::wrong_receiver;
use crate::object::repr::push_repr;
use crate::object::{Completion, Interpreter, TypeSpec, Value};

/// An object of `spec` with the given items.
pub fn struct_sequence(interp: &mut dyn Interpreter, spec: &'static TypeSpec, items: Vec<Value>) -> Value {
    let class = interp.type_of_spec(spec);
    Value::instance(class, Some(Value::tuple(items)))
}

/// A getter for item number `N`.
pub fn item<const N: usize>(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    match this.tuple_like().and_then(|items| items.get(N)) {
        Some(item) => Ok(item.clone()),
        None => Err(wrong_receiver(interp, "tuple", "item", this)),
    }
}

/// `__repr__`: all items with their names.
pub fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.class_of(&args[0]);
    let spec = class.as_type().and_then(|class| class.spec);
    let (Some(spec), Some(items)) = (spec, args[0].tuple_like()) else {
        return Err(wrong_receiver(interp, "tuple", "__repr__", &args[0]));
    };
    let mut text = format!("{}.{}(", spec.module, spec.name);
    for (index, (getter, item)) in spec.getters.iter().zip(items).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(getter.name);
        text.push('=');
        push_repr(interp, &mut text, item)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}
