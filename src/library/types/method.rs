//! `method`: a callable with its first argument.

use super::support::{items, pairs, wrong_self};
use crate::object::copying::{builtin, call_of};
use crate::object::interpreter::Interpreter;
use crate::object::method::MethodObject;
use crate::object::spec::{GetterRow, native, writable_member};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, TypeSpec, Value};

pub static METHOD: TypeSpec = TypeSpec {
    name: "method",
    signature: "(function, instance, /)",
    doc: "Create a bound instance method object.",
    core: Some(CoreType::Method),
    methods: METHODS,
    getters: GETTERS,
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
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__reduce__", "", reduce, ""),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
];

static GETTERS: &[GetterRow] = &[
    writable_member("__self__", receiver, read_only, "the instance to which a method is bound"),
    writable_member(
        "__func__",
        function,
        read_only,
        "the function (or other callable) implementing a method",
    ),
];

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v MethodObject, Raised> {
    value.as_method().ok_or_else(|| wrong_self(interp, name, "method", value))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[2].dict_like().is_some_and(|keywords| !keywords.is_empty()) {
        return Err(interp.type_error("method() takes no keyword arguments"));
    }
    let [function, receiver] = items(&args[1]) else {
        let count = items(&args[1]).len();
        return Err(interp.type_error(&format!("method expected 2 arguments, got {count}")));
    };
    if !interp.is_callable(function) {
        return Err(interp.type_error("first argument must be callable"));
    }
    if receiver.is_none() {
        return Err(interp.type_error("instance must not be None"));
    }
    Ok(Value::method(function.clone(), receiver.clone()))
}

/// `getattr(self, name)`
fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__reduce__")?;
    let name = interp.get_attr(&this.function, &intern("__name__"))?;
    Ok(call_of(builtin(interp, "getattr")?, vec![this.receiver.clone(), name]))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__call__")?;
    interp.call_keywords(&args[0], items(&args[1]), &pairs(&args[2]))
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__get__")?;
    Ok(args[0].clone())
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].as_method() else { return Ok(Value::NOT_IMPLEMENTED) };
    if !this.receiver.is(&other.receiver) {
        return Ok(Value::FALSE);
    }
    Ok(Value::bool(interp.equals(&this.function, &other.function)?))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__hash__")?;
    let hash = super::object::identity_hash(&this.receiver) ^ interp.hash(&this.function)?;
    Ok(Value::int(if hash == -1 { -2 } else { hash }))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__repr__")?;
    let mut name = interp.find_attr(&this.function, &intern("__qualname__"))?;
    if name.is_none() {
        name = interp.find_attr(&this.function, &intern("__name__"))?;
    }
    let name = name.as_ref().and_then(Value::str_like).unwrap_or("?").to_owned();
    let receiver = interp.repr(&this.receiver)?;
    let receiver = receiver.str_like().unwrap_or_default();
    Ok(Value::str(&format!("<bound method {name} of {receiver}>")))
}

/// Attributes that a method does not have itself are those of its function.
fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let function = this(interp, &args[0], "__getattribute__")?.function.clone();
    let name = super::support::expect_name(interp, &args[1])?;
    let class = interp.class_of(&args[0]);
    if class.as_type().is_some_and(|class| class.lookup(&name.interned()).is_some()) && !is_of_function(&name)
    {
        return interp.object_get_attr(&args[0], &name);
    }
    interp.get_attr(&function, &name)
}

/// Found in every class, but meant of the function.
fn is_of_function(name: &Value) -> bool {
    name.as_str() == Some("__doc__")
}

fn read_only(interp: &mut dyn Interpreter, _: &Value, _: &Value) -> Result<(), Raised> {
    Err(interp.raise(CoreType::AttributeError, "readonly attribute"))
}

fn receiver(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__self__")?.receiver.clone())
}

fn function(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__func__")?.function.clone())
}
