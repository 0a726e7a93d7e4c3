//! `getset_descriptor` and `member_descriptor`: attributes of native classes and of
//! `__slots__`, as they lie in a class.

use super::support::wrong_self;
use crate::object::descriptor::{self, GetSetObject, MemberObject};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::{Completion, CoreType, NativeObject, NativeRow, TypeSpec, Value};

pub static GET_SET: TypeSpec = TypeSpec {
    name: "getset_descriptor",
    core: Some(CoreType::GetSetDescriptor),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

pub static MEMBER: TypeSpec =
    TypeSpec { name: "member_descriptor", methods: METHODS, getters: GETTERS, ..TypeSpec::EMPTY };

static METHODS: &[NativeRow] = &[
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__set__", "instance, value, /", set, "Set an attribute of instance to value."),
    native("__delete__", "instance, /", delete, "Delete an attribute of instance."),
    native("__repr__", "", repr, "Return repr(self)."),
];

static GETTERS: &[GetterRow] = &[
    member("__name__", name, ""),
    getter("__qualname__", qualname, ""),
    member("__objclass__", object_class, ""),
    getter("__doc__", doc, ""),
];

impl NativeObject for GetSetObject {
    fn spec(&self) -> &'static TypeSpec {
        if self.row.is_member { &MEMBER } else { &GET_SET }
    }
}

impl NativeObject for MemberObject {
    fn spec(&self) -> &'static TypeSpec {
        &MEMBER
    }
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none() {
        if args[2].is_none() {
            return Err(interp.type_error("__get__(None, None) is invalid"));
        }
        return Ok(args[0].clone());
    }
    if let Some(attribute) = args[0].downcast::<GetSetObject>() {
        return descriptor::get_set_get(interp, attribute, &args[1]);
    }
    match args[0].downcast::<MemberObject>() {
        Some(member) => descriptor::member_get(interp, member, &args[1]),
        None => Err(wrong_self(interp, "__get__", "getset_descriptor", &args[0])),
    }
}

fn assign(interp: &mut dyn Interpreter, args: &[Value], value: &Value, method: &str) -> Completion {
    if let Some(attribute) = args[0].downcast::<GetSetObject>() {
        descriptor::get_set_set(interp, attribute, &args[1], value)?;
        return Ok(Value::NONE);
    }
    match args[0].downcast::<MemberObject>() {
        Some(member) => descriptor::member_set(interp, member, &args[1], value).map(|()| Value::NONE),
        None => Err(wrong_self(interp, method, "getset_descriptor", &args[0])),
    }
}

fn set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    assign(interp, args, &args[2], "__set__")
}

fn delete(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    assign(interp, args, &Value::UNBOUND, "__delete__")
}

/// The name, the class and the word for the kind of descriptor.
fn parts(object: &Value) -> Option<(Value, Value, &'static str)> {
    if let Some(attribute) = object.downcast::<GetSetObject>() {
        let kind = if attribute.row.is_member { "member" } else { "attribute" };
        return Some((Value::str(attribute.row.name), attribute.owner.clone(), kind));
    }
    let member = object.downcast::<MemberObject>()?;
    Some((member.name.clone(), member.owner.clone(), "member"))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((name, owner, kind)) = parts(&args[0]) else {
        return Err(wrong_self(interp, "__repr__", "getset_descriptor", &args[0]));
    };
    let name = name.str_like().unwrap_or_default();
    let owner = owner.as_type().map_or_else(String::new, |owner| owner.name_text());
    Ok(Value::str(&format!("<{kind} '{name}' of '{owner}' objects>")))
}

fn name(_: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(parts(object).map_or(Value::NONE, |(name, _, _)| name))
}

fn qualname(_: &mut dyn Interpreter, object: &Value) -> Completion {
    let Some((name, owner, _)) = parts(object) else { return Ok(Value::NONE) };
    let owner = owner.as_type().map_or_else(String::new, |owner| owner.qualname_text());
    Ok(Value::str(&format!("{owner}.{}", name.str_like().unwrap_or_default())))
}

fn object_class(_: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(parts(object).map_or(Value::NONE, |(_, owner, _)| owner))
}

fn doc(_: &mut dyn Interpreter, object: &Value) -> Completion {
    let doc = object.downcast::<GetSetObject>().map_or("", |attribute| attribute.row.doc);
    Ok(if doc.is_empty() { Value::NONE } else { Value::str(doc) })
}
