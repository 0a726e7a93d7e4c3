//! The error for a method that is called on an object of a wrong class: `list.append(5, 1)`.

use crate::object::convention::is_slot;
use crate::object::{Interpreter, Raised, Value};

/// The TypeError for `class.method` called on `value`.
#[cold]
pub fn wrong_receiver(interp: &mut dyn Interpreter, class: &str, method: &str, value: &Value) -> Raised {
    let name = interp.type_name(value);
    interp.type_error(&if is_slot(class, method) {
        format!("descriptor '{method}' requires a '{class}' object but received a '{name}'")
    } else {
        format!("descriptor '{method}' for '{class}' objects doesn't apply to a '{name}' object")
    })
}
