//! `StopIteration`, `SystemExit` and `KeyError`: a value besides the arguments, or another text.

use super::base::{plain_str, this};
use crate::object::exception::field;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::{Completion, NativeRow, Raised, Value};

pub static STOP_GETTERS: &[GetterRow] =
    &[writable_member("value", value, set_value, "generator return value")];

pub static EXIT_GETTERS: &[GetterRow] = &[writable_member("code", code, set_value, "exception code")];

pub static KEY_ERROR_METHODS: &[NativeRow] = &[native("__str__", "", key_error_str, "Return str(self).")];

pub(super) fn value(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "value")?;
    let set = state.field(field::VALUE);
    Ok(set.given().cloned().or_else(|| state.argument(0)).unwrap_or(Value::NONE))
}

pub(super) fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "code")?;
    if let Some(set) = state.field(field::VALUE).given() {
        return Ok(set.clone());
    }
    let args = state.args.borrow();
    Ok(match args.as_tuple() {
        Some([]) | None => Value::NONE,
        Some([only]) => only.clone(),
        Some(_) => args.clone(),
    })
}

pub(super) fn set_value(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let state = this(interp, object, "value")?;
    drop(state.set_field(field::VALUE, value.given().cloned().unwrap_or(Value::NONE)));
    Ok(())
}

/// A lone key is shown by its repr, so that an empty string can be seen.
fn key_error_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__str__")?;
    let arguments = state.args.borrow().clone();
    match arguments.as_tuple() {
        Some([only]) => interp.repr(only),
        _ => plain_str(interp, state),
    }
}
