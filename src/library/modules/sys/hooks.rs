//! Hooks of `sys` and what it tells of running threads.

use crate::library::types::support::{items, pairs};
use crate::object::dict::DictObject;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// `sys.breakpointhook`: calls what the variable PYTHONBREAKPOINT names.
pub fn breakpointhook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let os = interp.import("os")?;
    let environment = interp.attribute(&os, "environ")?;
    let wanted = interp.call_method(&environment, "get", &[Value::str("PYTHONBREAKPOINT")])?;
    let wanted = wanted.str_like().unwrap_or_default().to_owned();
    if wanted == "0" {
        return Ok(Value::NONE);
    }
    let is_default = wanted.is_empty();
    let path = if is_default { "pdb.set_trace" } else { &wanted };
    match find_hook(interp, path)? {
        Some(hook) => interp.call_keywords(&hook, items(&args[0]), &pairs(&args[1])),
        None if is_default => {
            let message = "breakpoint() is not supported by apy, which has no module pdb";
            Err(interp.raise(CoreType::NotImplementedError, message))
        }
        None => {
            let place = interp.stack(1).pop();
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{path}\"");
            interp.warn(CoreType::RuntimeWarning, &message, place)?;
            Ok(Value::NONE)
        }
    }
}

/// The function that a dotted name stands for; `None` if it cannot be imported.
fn find_hook(interp: &mut dyn Interpreter, path: &str) -> Result<Option<Value>, Raised> {
    let (module, name) = match path.rsplit_once('.') {
        None => ("builtins", path),
        Some(("", _)) => return Ok(None),
        Some(parts) => parts,
    };
    match interp.import(module) {
        Ok(module) => interp.find_attr(&module, &intern(name)),
        Err(raised) if interp.raised_is(&raised, CoreType::ImportError) => Ok(None),
        Err(raised) => Err(raised),
    }
}

/// The identity of the thread that runs.
fn own_thread(interp: &mut dyn Interpreter) -> Completion {
    let module = interp.import("_thread")?;
    interp.call_method(&module, "get_ident", &[])
}

/// `sys._current_frames()`: of the running thread only; the others stand still meanwhile.
pub fn current_frames(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let (thread, frame) = (own_thread(interp)?, interp.frame(0));
    let found = DictObject::new();
    drop(found.set(interp, &thread, frame.unwrap_or(Value::NONE))?);
    Ok(Value::dict(found))
}

/// `sys._current_exceptions()`, of the running thread.
pub fn current_exceptions(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let thread = own_thread(interp)?;
    let handled = interp.handled().given().cloned().unwrap_or(Value::NONE);
    let found = DictObject::new();
    drop(found.set(interp, &thread, handled)?);
    Ok(Value::dict(found))
}

/// `sys.call_tracing(func, args)`
pub fn call_tracing(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[1].tuple_like() {
        Some(parts) => interp.call(&args[0], parts),
        None => {
            let class = interp.type_name(&args[1]);
            Err(interp.type_error(&format!("call_tracing() argument 2 must be tuple, not {class}")))
        }
    }
}

/// `sys.activate_stack_trampoline(backend)`
pub fn no_trampoline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let backend = interp.expect_str_argument(&args[0], "activate_stack_trampoline() argument")?;
    Err(interp.value_error(&format!("invalid backend: {backend}")))
}
