//! `module`.

use super::support::wrong_self;
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::module::ModuleObject;
use crate::object::spec::{GetterRow, native, property, writable_member};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Tag, TypeSpec, Value};

pub static MODULE: TypeSpec = TypeSpec {
    name: "module",
    signature: "(name, doc=None)",
    doc: "Create a module object.\n\nThe name must be a string; the optional doc argument can have any type.",
    core: Some(CoreType::Module),
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native(
        "__init__",
        "name, doc=None",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__dir__", "", dir, "__dir__() -> list\nspecialized dir() implementation"),
];

static GETTERS: &[GetterRow] = &[
    writable_member("__dict__", dict, read_only, ""),
    property("__annotations__", annotations, set_annotations, ""),
];

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v ModuleObject, Raised> {
    value.module_like().ok_or_else(|| wrong_self(interp, name, "module", value))
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::module_of(Value::dict(DictObject::new())))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].str_like().is_none() {
        let found = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("module() argument 'name' must be str, not {found}")));
    }
    let namespace = this(interp, &args[0], "__init__")?.dict.borrow().clone();
    if let Some(dict) = namespace.dict_like() {
        let fields = ["__name__", "__doc__", "__package__", "__loader__", "__spec__"];
        for (index, name) in fields.into_iter().enumerate() {
            let value = args.get(index + 1).filter(|_| index < 2).cloned().unwrap_or(Value::NONE);
            drop(dict.set_str(name, value));
        }
    }
    Ok(Value::NONE)
}

/// The entry of the module's namespace.
fn entry(module: &ModuleObject, name: &str) -> Option<Value> {
    let dict = module.dict.borrow().clone();
    dict.as_dict()?.get_str(name)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let module = this(interp, &args[0], "__repr__")?;
    let name = match entry(module, "__name__") {
        Some(name) => interp.repr(&name)?,
        None => Value::str("'?'"),
    };
    let name = name.str_like().unwrap_or_default().to_owned();
    let text = match entry(module, "__file__") {
        Some(file) if file.is_none() => format!("<module {name} (namespace)>"),
        Some(file) => {
            let file = interp.repr(&file)?;
            format!("<module {name} from {}>", file.str_like().unwrap_or_default())
        }
        None if is_builtin(module) => format!("<module {name} (built-in)>"),
        None => format!("<module {name}{}>", origin(interp, module)?),
    };
    Ok(Value::str(&text))
}

/// Where a module without a file comes from, as far as its spec knows.
fn origin(interp: &mut dyn Interpreter, module: &ModuleObject) -> Result<String, Raised> {
    let Some(spec) = entry(module, "__spec__").filter(|spec| !spec.is_none()) else {
        return Ok(String::new());
    };
    let origin = interp.find_attr(&spec, &intern("origin"))?.unwrap_or(Value::NONE);
    if !origin.is_none() {
        let origin = interp.to_str(&origin)?;
        return Ok(format!(" ({})", origin.str_like().unwrap_or_default()));
    }
    let loader = interp.find_attr(&spec, &intern("loader"))?.unwrap_or(Value::NONE);
    if loader.is_none() {
        return Ok(String::new());
    }
    let loader = interp.repr(&loader)?;
    Ok(format!(" ({})", loader.str_like().unwrap_or_default()))
}

/// Whether the module is part of apy: those have a loader of their own.
fn is_builtin(module: &ModuleObject) -> bool {
    entry(module, "__loader__").is_some_and(|loader| loader.str_like() == Some("built-in"))
        || entry(module, "__name__").is_some_and(|name| name.str_like() == Some("builtins"))
}

fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let module = this(interp, &args[0], "__dir__")?;
    let dict = module.dict.borrow().clone();
    // A subclass may answer otherwise than with the namespace.
    if args[0].tag() == Tag::Instance {
        let claimed = interp.get_attr(&args[0], &intern("__dict__"))?;
        if claimed.dict_like().is_none() {
            let class = interp.type_name(&args[0]);
            return Err(interp.type_error(&format!("{class}.__dict__ is not a dictionary")));
        }
    }
    if let Some(custom) = entry(module, "__dir__") {
        return interp.call(&custom, &[]);
    }
    Ok(Value::list(dict.as_dict().map_or_else(Vec::new, |dict| dict.keys())))
}

fn dict(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__dict__")?.dict.borrow().clone())
}

/// The annotations of a module are an entry of its namespace, made when first asked for.
fn annotations(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let module = this(interp, object, "__annotations__")?;
    if let Some(known) = entry(module, "__annotations__") {
        return Ok(known);
    }
    let made = Value::dict(DictObject::new());
    let dict = module.dict.borrow().clone();
    drop(dict.as_dict().and_then(|dict| dict.set_str("__annotations__", made.clone())));
    Ok(made)
}

fn set_annotations(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let module = this(interp, object, "__annotations__")?;
    let dict = module.dict.borrow().clone();
    let Some(dict) = dict.as_dict() else { return Ok(()) };
    if value.is_unbound() {
        let removed = dict.remove_str(&intern("__annotations__"));
        if removed.is_none() {
            return Err(interp.raise(CoreType::AttributeError, "__annotations__"));
        }
    } else {
        drop(dict.set_str("__annotations__", value.clone()));
    }
    Ok(())
}

fn read_only(interp: &mut dyn Interpreter, object: &Value, _: &Value) -> Result<(), Raised> {
    Err(interp.attribute_error("readonly attribute", object, &intern("__dict__")))
}
