//! `function`: what `def` and `lambda` make.

use super::support::{items, pairs, wrong_self};
use crate::object::dict::DictObject;
use crate::object::function::FunctionObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, property, writable_member};
use crate::object::{CodeKind, Completion, CoreType, NativeRow, Raised, TypeSpec, Value};

pub static FUNCTION: TypeSpec = TypeSpec {
    name: "function",
    signature: "(code, globals, name=None, argdefs=None, closure=None,\n         kwdefaults=None)",
    doc: "Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n  name\n    a string that overrides the name from the code object\n  argdefs\n    a tuple that specifies the default argument values\n  closure\n    a tuple that supplies the bindings for free variables\n  kwdefaults\n    a dictionary that specifies the default keyword argument values",
    core: Some(CoreType::Function),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "code, globals, name=None, argdefs=None, closure=None, kwdefaults=None",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
];

static GETTERS: &[GetterRow] = &[
    property("__name__", name, set_name, ""),
    property("__qualname__", qualname, set_qualname, ""),
    writable_member("__module__", module, set_module, ""),
    writable_member("__doc__", doc, set_doc, ""),
    property("__defaults__", defaults, set_defaults, ""),
    property("__kwdefaults__", keyword_defaults, set_keyword_defaults, ""),
    property("__annotations__", annotations, set_annotations, ""),
    property("__dict__", dict, set_dict, ""),
    property("__code__", code, set_code, ""),
    property("__type_params__", type_params, set_type_params, ""),
    writable_member("__globals__", globals, read_only, ""),
    writable_member("__closure__", closure, read_only, ""),
    writable_member("__builtins__", builtins, read_only, ""),
];

fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<&'v FunctionObject, Raised> {
    value.as_function().ok_or_else(|| wrong_self(interp, name, "function", value))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [_, code, globals, name, defaults, closure, keyword_defaults] = args else { return Ok(Value::NONE) };
    let Some(object) = code.as_code() else {
        let found = interp.type_name(code);
        return Err(interp.type_error(&format!("function() argument 'code' must be code, not {found}")));
    };
    if globals.dict_like().is_none() {
        let found = interp.type_name(globals);
        return Err(interp.type_error(&format!("function() argument 'globals' must be dict, not {found}")));
    }
    if !name.is_none() && name.str_like().is_none() {
        return Err(interp.type_error("arg 3 (name) must be None or string"));
    }
    if !defaults.is_none() && defaults.tuple_like().is_none() {
        return Err(interp.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let free = object.code.free_names.len();
    let cells = closure.tuple_like();
    if cells.is_none() && (free > 0 || !closure.is_none()) {
        return Err(interp.type_error(match free {
            0 => "arg 5 (closure) must be None or tuple",
            _ => "arg 5 (closure) must be tuple",
        }));
    }
    if !keyword_defaults.is_none() && keyword_defaults.dict_like().is_none() {
        return Err(interp.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    let cells = cells.unwrap_or_default();
    if cells.len() != free {
        let text = format!("{} requires closure of length {free}, not {}", object.code.name, cells.len());
        return Err(interp.value_error(&text));
    }
    if let Some(wrong) = cells.iter().find(|cell| cell.as_cell().is_none()) {
        let found = interp.type_name(wrong);
        return Err(interp.type_error(&format!("arg 5 (closure) expected cell, found {found}")));
    }
    if matches!(object.code.kind, CodeKind::Module | CodeKind::Dynamic | CodeKind::Class) {
        let text = "making a function of the code of a module or class is not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, text));
    }
    let function = interp.function_of(code, globals, cells);
    if let Some(made) = function.as_function() {
        if !name.is_none() {
            drop(made.name.replace(name.clone()));
        }
        if let Some(defaults) = defaults.tuple_like() {
            drop(made.defaults.replace(defaults.to_vec()));
        }
        drop(made.keyword_defaults.replace(keyword_defaults.clone()));
    }
    Ok(function)
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__call__")?;
    interp.call_keywords(&args[0], items(&args[1]), &pairs(&args[2]))
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__get__")?;
    match (args[1].is_none(), args[2].is_none()) {
        (true, true) => Err(interp.type_error("__get__(None, None) is invalid")),
        (true, false) => Ok(args[0].clone()),
        _ => Ok(Value::method(args[0].clone(), args[1].clone())),
    }
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = this(interp, &args[0], "__repr__")?.qualname.borrow().clone();
    let name = name.str_like().unwrap_or_default();
    Ok(Value::str(&format!("<function {name} at {}>", args[0].address_text())))
}

fn read_only(interp: &mut dyn Interpreter, _: &Value, _: &Value) -> Result<(), Raised> {
    Err(interp.raise(CoreType::AttributeError, "readonly attribute"))
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__name__")?.name.borrow().clone())
}

fn set_name(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__name__")?;
    if value.str_like().is_none() {
        return Err(interp.type_error("__name__ must be set to a string object"));
    }
    let old = this.name.replace(value.clone());
    drop(old);
    Ok(())
}

fn qualname(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__qualname__")?.qualname.borrow().clone())
}

fn set_qualname(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__qualname__")?;
    if value.str_like().is_none() {
        return Err(interp.type_error("__qualname__ must be set to a string object"));
    }
    let old = this.qualname.replace(value.clone());
    drop(old);
    Ok(())
}

/// The value of a field in which unbound stands for None.
fn or_none(field: &std::cell::RefCell<Value>) -> Value {
    field.borrow().given().cloned().unwrap_or(Value::NONE)
}

/// What deleting a plain attribute leaves: None.
fn none_if_deleted(value: &Value) -> Value {
    value.given().cloned().unwrap_or(Value::NONE)
}

fn module(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__module__")?.module))
}

fn set_module(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let old = this(interp, object, "__module__")?.module.replace(none_if_deleted(value));
    drop(old);
    Ok(())
}

fn doc(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__doc__")?.doc))
}

fn set_doc(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let old = this(interp, object, "__doc__")?.doc.replace(none_if_deleted(value));
    drop(old);
    Ok(())
}

fn defaults(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let defaults = this(interp, object, "__defaults__")?.defaults.borrow().clone();
    Ok(if defaults.is_empty() { Value::NONE } else { Value::tuple(defaults) })
}

fn set_defaults(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__defaults__")?;
    let new = match value.given_some() {
        None => Vec::new(),
        Some(value) => match value.tuple_like() {
            Some(items) => items.to_vec(),
            None => return Err(interp.type_error("__defaults__ must be set to a tuple object")),
        },
    };
    let old = this.defaults.replace(new);
    drop(old);
    Ok(())
}

fn keyword_defaults(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__kwdefaults__")?.keyword_defaults))
}

fn set_keyword_defaults(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__kwdefaults__")?;
    if value.given_some().is_some_and(|value| value.dict_like().is_none()) {
        return Err(interp.type_error("__kwdefaults__ must be set to a dict object"));
    }
    let old = this.keyword_defaults.replace(none_if_deleted(value));
    drop(old);
    Ok(())
}

fn annotations(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__annotations__")?;
    if let Some(known) = this.annotations.borrow().given_some() {
        return Ok(known.clone());
    }
    let empty = Value::dict(DictObject::new());
    let old = this.annotations.replace(empty.clone());
    drop(old);
    Ok(empty)
}

fn set_annotations(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__annotations__")?;
    if value.given_some().is_some_and(|value| value.dict_like().is_none()) {
        return Err(interp.type_error("__annotations__ must be set to a dict object"));
    }
    let old = this.annotations.replace(value.given_some().cloned().unwrap_or_default());
    drop(old);
    Ok(())
}

fn dict(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__dict__")?.attributes())
}

fn set_dict(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__dict__")?;
    if value.is_unbound() {
        return Err(interp.type_error("cannot delete __dict__"));
    }
    if value.as_dict().is_none() {
        let found = interp.type_name(value);
        return Err(interp.type_error(&format!("__dict__ must be set to a dictionary, not a '{found}'")));
    }
    let old = this.attributes.replace(value.clone());
    drop(old);
    Ok(())
}

fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__code__")?.code.clone())
}

fn set_code(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    this(interp, object, "__code__")?;
    if value.as_code().is_none() {
        return Err(interp.type_error("__code__ must be set to a code object"));
    }
    let text = "assigning __code__ of a function is not supported yet by apy";
    Err(interp.raise(CoreType::NotImplementedError, text))
}

fn type_params(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__type_params__")?;
    Ok(this.type_parameters.borrow().given().cloned().unwrap_or_else(|| Value::tuple(Vec::new())))
}

fn set_type_params(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "__type_params__")?;
    match value.tuple_like() {
        Some(_) => {
            let old = this.type_parameters.replace(value.clone());
            drop(old);
            Ok(())
        }
        None => Err(interp.type_error("__type_params__ must be set to a tuple")),
    }
}

fn globals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "__globals__")?.code.clone();
    Ok(code.as_code().map_or(Value::NONE, |code| code.globals.clone()))
}

fn closure(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let closure = &this(interp, object, "__closure__")?.closure;
    Ok(if closure.is_empty() { Value::NONE } else { Value::tuple_from(closure) })
}

fn builtins(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "__builtins__")?.code.clone();
    Ok(code.as_code().map_or(Value::NONE, |code| code.builtins.clone()))
}
