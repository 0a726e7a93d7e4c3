//! `functools.cached_property`.

use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::object::convention::Convention;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// A method that is called once per instance; its result then lies among the attributes.
#[derive(Default)]
struct CachedProperty {
    function: RefCell<Value>,
    /// The name it has in its class; unbound until it is known.
    name: RefCell<Value>,
}

pub static CACHED_PROPERTY: TypeSpec = TypeSpec {
    name: "cached_property",
    module: "functools",
    doc: "A property that is computed once per instance.",
    subclassable: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", |_, _| Ok(Value::object(CachedProperty::default())), "A property.")
        .as_new(),
    native("__init__", "func", init, "Make a property of a function.").bound_by(Convention::Script),
    native("__get__", "instance, owner=None", get, "The value for an instance.").bound_by(Convention::Script),
    native("__set_name__", "owner, name", set_name, "Called when the class is made.")
        .bound_by(Convention::Script),
    native("__class_getitem__", "item, /", class_getitem, "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).").as_class(),
];

static GETTERS: &[GetterRow] = &[
    getter("__doc__", |i, this| function_attribute(i, this, "__doc__"), "The function's documentation."),
    getter(
        "__module__",
        |i, this| function_attribute(i, this, "__module__"),
        "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    ),
    getter(
        "attrname",
        |i, this| {
            let name = expect_property(i, this, "attrname")?.name.borrow().clone();
            Ok(name.given().cloned().unwrap_or(Value::NONE))
        },
        "The name of the attribute.",
    ),
    getter(
        "func",
        |i, this| Ok(expect_property(i, this, "func")?.function.borrow().clone()),
        "The function.",
    ),
];

impl Traverse for CachedProperty {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.borrow());
        visit(&self.name.borrow());
    }

    fn clear(&self) {
        drop(self.function.take());
    }
}

impl NativeObject for CachedProperty {
    fn spec(&self) -> &'static TypeSpec {
        &CACHED_PROPERTY
    }
}

fn expect_property<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v CachedProperty, Raised> {
    match this.downcast::<CachedProperty>() {
        Some(property) => Ok(property),
        None => Err(wrong_receiver(interp, "cached_property", method, this)),
    }
}

fn function_attribute(interp: &mut dyn Interpreter, this: &Value, name: &str) -> Completion {
    let function = expect_property(interp, this, name)?.function.borrow().clone();
    interp.attribute(&function, name)
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = expect_property(interp, &args[0], "__init__")?;
    property.function.replace(args[1].clone());
    interp.attribute(&args[1], "__module__")?;
    Ok(Value::NONE)
}

fn set_name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = expect_property(interp, &args[0], "__set_name__")?;
    let old = property.name.borrow().clone();
    if old.is_unbound() {
        property.name.replace(args[2].interned());
        return Ok(Value::NONE);
    }
    if interp.equals(&old, &args[2])? {
        return Ok(Value::NONE);
    }
    let (old, new) = (interp.repr(&old)?, interp.repr(&args[2])?);
    Err(interp.type_error(&format!(
        "Cannot assign the same cached_property to two different names ({} and {}).",
        old.str_like().unwrap_or_default(),
        new.str_like().unwrap_or_default()
    )))
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = expect_property(interp, &args[0], "__get__")?;
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let name = property.name.borrow().clone();
    if name.is_unbound() {
        let message = "Cannot use cached_property instance without calling __set_name__ on it.";
        return Err(interp.type_error(message));
    }
    let has_dict =
        args[1].as_instance().is_some_and(|instance| instance.with_class(|class| class.has_dict.get()));
    let instance = args[1].as_instance().filter(|_| has_dict);
    let Some(instance) = instance else {
        if args[1].as_type().is_some() {
            // A class shows its namespace, but nobody can write into it.
            let class = interp.type_name(&args[1]);
            let name = name.str_like().unwrap_or_default();
            return Err(interp.type_error(&format!(
                "The '__dict__' attribute on '{class}' instance does not support item assignment for caching \
                 '{name}' property."
            )));
        }
        let class = interp.type_name(&args[1]);
        let name = name.str_like().unwrap_or_default();
        return Err(interp.type_error(&format!(
            "No '__dict__' attribute on '{class}' instance to cache '{name}' property."
        )));
    };
    if let Some(value) = instance.own_attribute(&name) {
        return Ok(value);
    }
    let function = property.function.borrow().clone();
    let value = interp.call(&function, std::slice::from_ref(&args[1]))?;
    drop(instance.set_own_attribute(&name, value.clone()));
    Ok(value)
}
