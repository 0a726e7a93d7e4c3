//! Builtins about attributes and namespaces.

use crate::library::types::support::expect_name;
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Value};

pub const FUNCTIONS: &[NativeRow] = &[
    native(
        "delattr",
        "obj, name, /",
        delattr,
        "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``",
    ),
    native("dir", "object=?, /", dir, "dir([object]) -> list of strings"),
    native(
        "getattr",
        "object, name, default=?, /",
        getattr,
        "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object; getattr(x, 'y') is equivalent to x.y.",
    ),
    native("globals", "", globals, "Return the dictionary containing the current scope's global variables."),
    native(
        "hasattr",
        "obj, name, /",
        hasattr,
        "Return whether the object has an attribute with the given name.\n\nThis is done by calling getattr(obj, name) and catching AttributeError.",
    ),
    native("locals", "", locals, "Return a dictionary containing the current scope's local variables."),
    native(
        "setattr",
        "obj, name, value, /",
        setattr,
        "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``",
    ),
    native(
        "vars",
        "object=?, /",
        vars,
        "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__.",
    ),
];

fn getattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    match args[2].given() {
        None => interp.get_attr(&args[0], &name),
        Some(default) => Ok(interp.find_attr(&args[0], &name)?.unwrap_or_else(|| default.clone())),
    }
}

fn hasattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    Ok(Value::bool(interp.find_attr(&args[0], &name)?.is_some()))
}

fn setattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    interp.set_attr(&args[0], &name, &args[2])?;
    Ok(Value::NONE)
}

fn delattr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    interp.del_attr(&args[0], &name)?;
    Ok(Value::NONE)
}

fn globals(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(interp.caller_globals().unwrap_or_else(|| Value::dict(DictObject::new())))
}

/// The names of the calling scope: the globals in a module, the namespace of a class body, a
/// fresh dict of what is bound in a function.
fn scope(interp: &mut dyn Interpreter, function: &str) -> Completion {
    let place = interp.stack(1).into_iter().next();
    let code = place.as_ref().and_then(|place| place.code.as_code());
    if code.is_none() {
        return globals(interp, &[]);
    }
    match interp.caller_locals() {
        Some(locals) => Ok(locals),
        None => {
            let text = format!("{function}() in a function is not supported yet by apy");
            Err(interp.raise(CoreType::NotImplementedError, &text))
        }
    }
}

fn locals(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    scope(interp, "locals")
}

fn vars(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(object) = args[0].given() else { return scope(interp, "vars") };
    match interp.find_attr(object, &intern("__dict__"))? {
        Some(dict) => Ok(dict),
        None => Err(interp.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let names = match args[0].given() {
        None => {
            let scope = scope(interp, "dir")?;
            let keys =
                if scope.as_dict().is_some() { scope } else { interp.call_method(&scope, "keys", &[])? };
            interp.collect(&keys)?
        }
        Some(object) => match interp.call_special(object, "__dir__", &[])? {
            Some(names) => interp.collect(&names)?,
            None => return Err(interp.type_error("object does not provide __dir__")),
        },
    };
    let names = Value::list(names);
    interp.call_method(&names, "sort", &[])?;
    Ok(names)
}
