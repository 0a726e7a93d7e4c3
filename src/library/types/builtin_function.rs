//! Functions written in Rust: `builtin_function_or_method` when bound or in a module,
//! `method_descriptor` as they lie in a class.

use super::support::{items, pairs, wrong_self};
use crate::object::convention::is_slot;
use crate::object::copying::{builtin, call_of};
use crate::object::interpreter::Interpreter;
use crate::object::native::NativeFunction;
use crate::object::spec::{GetterRow, NativeKind, getter, member, native};
use crate::object::{Completion, CoreType, NativeRow, Raised, TypeSpec, Value, descriptor};

pub static BUILTIN_FUNCTION: TypeSpec = TypeSpec {
    name: "builtin_function_or_method",
    core: Some(CoreType::BuiltinFunction),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

pub static METHOD_DESCRIPTOR: TypeSpec = TypeSpec {
    name: "method_descriptor",
    core: Some(CoreType::MethodDescriptor),
    methods: DESCRIPTOR_METHODS,
    getters: DESCRIPTOR_GETTERS,
    ..TypeSpec::EMPTY
};

pub static WRAPPER_DESCRIPTOR: TypeSpec = TypeSpec {
    name: "wrapper_descriptor",
    core: Some(CoreType::WrapperDescriptor),
    methods: DESCRIPTOR_METHODS,
    getters: DESCRIPTOR_GETTERS,
    ..TypeSpec::EMPTY
};

pub static CLASS_METHOD_DESCRIPTOR: TypeSpec = TypeSpec {
    name: "classmethod_descriptor",
    core: Some(CoreType::ClassMethodDescriptor),
    methods: CLASS_DESCRIPTOR_METHODS,
    getters: DESCRIPTOR_GETTERS,
    ..TypeSpec::EMPTY
};

pub static METHOD_WRAPPER: TypeSpec = TypeSpec {
    name: "method-wrapper",
    core: Some(CoreType::MethodWrapper),
    methods: METHODS,
    getters: &[
        getter("__name__", name, ""),
        getter("__qualname__", qualname, ""),
        member("__objclass__", object_class, ""),
        member("__self__", receiver, ""),
        getter("__doc__", doc, ""),
        getter("__text_signature__", signature, ""),
    ],
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__reduce__", "", reduce, ""),
    native("__repr__", "", repr, "Return repr(self)."),
];

static GETTERS: &[GetterRow] = &[
    getter("__name__", name, ""),
    getter("__qualname__", qualname, ""),
    getter("__self__", receiver, ""),
    member("__module__", module, ""),
    getter("__doc__", doc, ""),
    getter("__text_signature__", signature, ""),
];

static DESCRIPTOR_METHODS: &[NativeRow] = &[
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__reduce__", "", reduce_descriptor, ""),
    native("__repr__", "", repr, "Return repr(self)."),
];

static CLASS_DESCRIPTOR_METHODS: &[NativeRow] = &[
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
];

static DESCRIPTOR_GETTERS: &[GetterRow] = &[
    member("__name__", name, ""),
    getter("__qualname__", qualname, ""),
    member("__objclass__", object_class, ""),
    getter("__doc__", doc, ""),
    getter("__text_signature__", signature, ""),
];

fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<&'v NativeFunction, Raised> {
    value.as_native().ok_or_else(|| wrong_self(interp, name, "builtin_function_or_method", value))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__call__")?;
    interp.call_keywords(&args[0], items(&args[1]), &pairs(&args[2]))
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__get__")?;
    if args[1].is_none() && args[2].is_none() {
        return Err(interp.type_error("__get__(None, None) is invalid"));
    }
    let instance = Some(&args[1]).filter(|instance| !instance.is_none());
    let class = if args[2].is_none() { interp.class_of(&args[1]) } else { args[2].clone() };
    if let Some(instance) = instance
        && this.row.kind == NativeKind::Plain
        && let owner = owner_class(interp, this)
        && !owner.is_none()
        && !interp.class_of(instance).as_type().is_some_and(|class| class.is_subclass_of(&owner))
    {
        let (name, owner, class) =
            (this.row.name, this.owner.unwrap_or_default(), interp.type_name(instance));
        let message =
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{class}' object");
        return Err(interp.type_error(&message));
    }
    descriptor::bind(interp, &args[0], instance, &class)
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].as_native() else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = std::ptr::eq(this.row, other.row) && this.receiver.is(&other.receiver);
    Ok(Value::bool(same))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__hash__")?;
    let receiver = if this.receiver.is_unbound() { 0 } else { super::object::identity_hash(&this.receiver) };
    let name = crate::object::hash::hash_bytes(this.row.name.as_bytes());
    Ok(Value::int(receiver ^ name))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__repr__")?;
    let name = this.row.name;
    let Some(owner) = this.owner else { return Ok(Value::str(&format!("<built-in function {name}>"))) };
    let text = if let Some(receiver) = this.receiver.given() {
        let kind = interp.type_name(receiver);
        let address = receiver.address_text();
        if is_slot(owner, name) {
            format!("<method-wrapper '{name}' of {kind} object at {address}>")
        } else {
            format!("<built-in method {name} of {kind} object at {address}>")
        }
    } else if matches!(this.row.kind, NativeKind::New | NativeKind::Static) {
        let address = owner_class(interp, this).address_text();
        format!("<built-in method {name} of type object at {address}>")
    } else if is_slot(owner, name) {
        format!("<slot wrapper '{name}' of '{owner}' objects>")
    } else {
        format!("<method '{name}' of '{owner}' objects>")
    };
    Ok(Value::str(&text))
}

/// A function of a module goes by its name, a method by that of what it belongs to.
fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = Value::str(this(interp, &args[0], "__reduce__")?.row.name);
    let receiver = receiver(interp, &args[0])?;
    if receiver.is_none() || receiver.as_module().is_some() {
        return Ok(name);
    }
    Ok(call_of(builtin(interp, "getattr")?, vec![receiver, name]))
}

fn reduce_descriptor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__reduce__")?;
    let (class, name) = (owner_class(interp, this), Value::str(this.row.name));
    Ok(call_of(builtin(interp, "getattr")?, vec![class, name]))
}

/// The class to which a method belongs; None if it is a module's function.
fn owner_class(interp: &mut dyn Interpreter, this: &NativeFunction) -> Value {
    match this.spec {
        Some(spec) => match spec.core {
            Some(core) => interp.core(core),
            None => interp.type_of_spec(spec),
        },
        None => CoreType::ALL
            .iter()
            .find(|core| Some(core.name()) == this.owner)
            .map_or(Value::NONE, |&core| interp.core(core)),
    }
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::str(this(interp, object, "__name__")?.row.name))
}

fn qualname(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__qualname__")?;
    let name = this.row.name;
    Ok(match (this.owner, this.receiver.given().and_then(Value::as_type)) {
        (Some(_), Some(class)) if this.row.kind == NativeKind::Class => {
            Value::str(&format!("{}.{name}", class.qualname_text()))
        }
        (Some(owner), _) => Value::str(&format!("{owner}.{name}")),
        (None, _) => Value::str(name),
    })
}

fn receiver(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__self__")?;
    if let Some(receiver) = this.receiver.given() {
        return Ok(receiver.clone());
    }
    if this.owner.is_some() {
        return Ok(owner_class(interp, this));
    }
    let modules = interp.modules();
    let module = this.module.and_then(|name| modules.as_dict()?.get_str(name));
    Ok(module.unwrap_or(Value::NONE))
}

fn module(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__module__")?.module.map_or(Value::NONE, Value::str))
}

fn doc(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let doc = this(interp, object, "__doc__")?.row.doc;
    Ok(if doc.is_empty() { Value::NONE } else { Value::str(doc) })
}

fn signature(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__text_signature__")?;
    let params = this.row.params;
    if params.contains('?') {
        return Ok(Value::NONE);
    }
    let first = if this.owner.is_some() { "$self" } else { "$module" };
    let separator = if params.is_empty() { "" } else { ", " };
    // A method without parameters of its own takes self by position only.
    let end = if params.is_empty() { ", /" } else { "" };
    Ok(Value::str(&format!("({first}{separator}{params}{end})")))
}

fn object_class(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__objclass__")?;
    Ok(owner_class(interp, this))
}
