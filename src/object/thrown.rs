//! What the arguments of a `throw` method mean.

use super::exception::TracebackObject;
use super::{Completion, CoreType, Interpreter, Raised, Value};

/// The exception meant by the arguments of `throw`: an exception, or (which is deprecated) class,
/// value and traceback.
pub fn thrown(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Raised, Raised> {
    if !args[1].is_unbound() {
        let place = interp.stack(1).into_iter().next();
        let text =
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature instead.";
        interp.warn(CoreType::DeprecationWarning, text, place)?;
    }
    exception_of(interp, args)
}

/// As [`thrown`], without the warning.
pub fn exception_of(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Raised, Raised> {
    let (kind, value, traceback) = (&args[0], &args[1], &args[2]);
    if let Some(traceback) = traceback.given_some()
        && traceback.downcast::<TracebackObject>().is_none()
    {
        return Err(interp.type_error("throw() third argument must be a traceback object"));
    }
    let base = interp.core(CoreType::BaseException);
    let exception = if kind.as_type().is_some_and(|class| class.is_subclass_of(&base)) {
        // What goes wrong here is thrown in its place.
        let made = match instance_of(interp, kind, value) {
            Ok(made) => made,
            Err(raised) => return Ok(raised),
        };
        if made.as_exception().is_none() {
            let (class, found) = (interp.repr(kind)?, interp.type_name(&made));
            let class = class.str_like().unwrap_or_default();
            let text =
                format!("calling {class} should have returned an instance of BaseException, not {found}");
            return Ok(interp.type_error(&text));
        }
        made
    } else if kind.as_exception().is_some() {
        if value.given_some().is_some() {
            return Err(interp.type_error("instance exception may not have a separate value"));
        }
        kind.clone()
    } else {
        let found = interp.type_name(kind);
        return Err(interp.type_error(&format!(
            "exceptions must be classes or instances deriving from BaseException, not {found}"
        )));
    };
    if let (Some(traceback), Some(state)) = (traceback.given_some(), exception.as_exception()) {
        let old = state.traceback.replace(traceback.clone());
        drop(old);
    }
    interp.to_raised(&exception)
}

/// An exception of `class` made from the value beside it, as `raise` once did.
fn instance_of(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Completion {
    let Some(value) = value.given_some() else { return interp.call(class, &[]) };
    if value.as_exception().is_some() {
        let own = interp.class_of(value);
        if own.as_type().is_some_and(|own| own.is_subclass_of(class)) {
            return Ok(value.clone());
        }
    }
    match value.as_tuple() {
        Some(arguments) => interp.call(class, arguments),
        None => interp.call(class, std::slice::from_ref(value)),
    }
}
