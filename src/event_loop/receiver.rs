//! The check that a method's first argument is what the method is for.

use crate::object::convention::is_slot;
use crate::object::{Interpreter, NativeObject, Raised, Value};

/// The receiver of `method` as `T`, or CPython's TypeError. `class` is the name scripts know.
#[inline]
pub fn receiver<'v, T: NativeObject>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    class: &str,
    method: &str,
) -> Result<&'v T, Raised> {
    match this.downcast::<T>() {
        Some(object) => Ok(object),
        None => Err(wrong_receiver(interp, this, class, method)),
    }
}

/// TypeError: `method` of `class` was called on something else.
#[cold]
pub fn wrong_receiver(interp: &mut dyn Interpreter, this: &Value, class: &str, method: &str) -> Raised {
    let name = interp.type_name(this);
    let message = if is_slot(class, method) {
        format!("descriptor '{method}' requires a '{class}' object but received a '{name}'")
    } else {
        format!("descriptor '{method}' for '{class}' objects doesn't apply to a '{name}' object")
    };
    interp.type_error(&message)
}
