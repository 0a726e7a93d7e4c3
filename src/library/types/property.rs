//! `property`.

use super::support::wrong_self;
use crate::object::convention::Convention;
use crate::object::descriptor::{self, PropertyObject};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{self, GetterRow, getter, member, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

pub static PROPERTY: TypeSpec = TypeSpec {
    name: "property",
    signature: "(fget=None, fset=None, fdel=None, doc=None)",
    doc: "Property attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\nDecorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x",
    core: Some(CoreType::Property),
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
        "fget=None, fset=None, fdel=None, doc=?",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__set__", "instance, value, /", set, "Set an attribute of instance to value."),
    native("__delete__", "instance, /", delete, "Delete an attribute of instance."),
    native(
        "getter",
        "fget, /",
        with_getter,
        "Descriptor to obtain a copy of the property with a different getter.",
    ),
    native(
        "setter",
        "fset, /",
        with_setter,
        "Descriptor to obtain a copy of the property with a different setter.",
    ),
    native(
        "deleter",
        "fdel, /",
        with_deleter,
        "Descriptor to obtain a copy of the property with a different deleter.",
    ),
    native("__set_name__", "owner, name, /", set_name_hook, "Method to set name of a property.")
        .bound_by(Convention::Own(wrong_set_name)),
];

static GETTERS: &[GetterRow] = &[
    member("fget", fget, ""),
    member("fset", fset, ""),
    member("fdel", fdel, ""),
    spec::writable_member("__doc__", doc, set_doc, ""),
    spec::property("__name__", name, set_name, ""),
    getter("__isabstractmethod__", is_abstract, ""),
];

impl NativeObject for PropertyObject {
    fn spec(&self) -> &'static TypeSpec {
        &PROPERTY
    }
}

fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<&'v PropertyObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "property", value))
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(PropertyObject::default()))
}

/// Put `value` into a field, letting go of what was there without a borrow.
fn put(field: &RefCell<Value>, value: &Value) {
    let old = field.replace(value.given_some().cloned().unwrap_or_default());
    drop(old);
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = this(interp, &args[0], "__init__")?;
    fill(interp, property, &args[1], &args[2], &args[3], &args[4])?;
    if !descriptor::is_exact::<PropertyObject>(&args[0]) {
        keep_doc_in_instance(interp, property, &args[0])?;
    }
    Ok(Value::NONE)
}

/// The docstring of a subclass would hide that of its instances, so it goes into their dicts.
fn keep_doc_in_instance(
    interp: &mut dyn Interpreter,
    property: &PropertyObject,
    this: &Value,
) -> Result<(), Raised> {
    let doc = property.doc.borrow().given_some().cloned().unwrap_or(Value::NONE);
    match interp.set_attr(this, &intern("__doc__"), &doc) {
        // A class with slots may have no place for it. What only comes from the getter is an error
        // all the same, as in CPython.
        Err(raised)
            if !property.has_getter_doc.get() && interp.raised_is(&raised, CoreType::AttributeError) =>
        {
            Ok(())
        }
        done => done,
    }
}

fn fill(
    interp: &mut dyn Interpreter,
    property: &PropertyObject,
    getter: &Value,
    setter: &Value,
    deleter: &Value,
    doc: &Value,
) -> Result<(), Raised> {
    put(&property.getter, getter);
    put(&property.setter, setter);
    put(&property.deleter, deleter);
    put(&property.doc, doc);
    property.has_getter_doc.set(false);
    if doc.given_some().is_none()
        && let Some(getter) = getter.given_some()
        && let Some(doc) = interp.find_attr(getter, &intern("__doc__"))?
        && !doc.is_none()
    {
        put(&property.doc, &doc);
        property.has_getter_doc.set(true);
    }
    Ok(())
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = this(interp, &args[0], "__get__")?;
    match (args[1].is_none(), args[2].is_none()) {
        (true, true) => Err(interp.type_error("__get__(None, None) is invalid")),
        (true, false) => Ok(args[0].clone()),
        _ => descriptor::property_get(interp, property, &args[1]),
    }
}

fn set(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = this(interp, &args[0], "__set__")?;
    descriptor::property_set(interp, property, &args[1], &args[2])?;
    Ok(Value::NONE)
}

fn delete(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = this(interp, &args[0], "__delete__")?;
    descriptor::property_set(interp, property, &args[1], &Value::UNBOUND)?;
    Ok(Value::NONE)
}

/// A copy with some functions replaced (those that are given).
fn copy(interp: &mut dyn Interpreter, args: &[Value], method: &str, which: usize) -> Completion {
    let property = this(interp, &args[0], method)?;
    let mut functions = [
        property.getter.borrow().clone(),
        property.setter.borrow().clone(),
        property.deleter.borrow().clone(),
    ];
    if !args[1].is_none() {
        functions[which] = args[1].clone();
    }
    // A doc taken from the getter is taken anew; one that was given stays.
    let has_getter = functions[0].given_some().is_some();
    let doc = if property.has_getter_doc.get() && has_getter {
        Value::UNBOUND
    } else {
        property.doc.borrow().clone()
    };
    let or_none = |value: &Value| value.given().cloned().unwrap_or(Value::NONE);
    let class = interp.class_of(&args[0]);
    let result = if descriptor::is_exact::<PropertyObject>(&args[0]) {
        let copy = PropertyObject::default();
        fill(interp, &copy, &functions[0], &functions[1], &functions[2], &doc)?;
        Value::object(copy)
    } else {
        let [getter, setter, deleter] = &functions;
        interp.call(&class, &[or_none(getter), or_none(setter), or_none(deleter), or_none(&doc)])?
    };
    if let Some(copy) = result.downcast::<PropertyObject>() {
        put(&copy.name, &property.name.borrow().clone());
    }
    Ok(result)
}

fn with_getter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    copy(interp, args, "getter", 0)
}

fn with_setter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    copy(interp, args, "setter", 1)
}

fn with_deleter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    copy(interp, args, "deleter", 2)
}

fn wrong_set_name(given: usize, keywords: &[&str]) -> Option<String> {
    Some(if keywords.is_empty() {
        format!("__set_name__() takes 2 positional arguments but {given} were given")
    } else {
        "__set_name__() takes no keyword arguments".to_owned()
    })
}

fn set_name_hook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let property = this(interp, &args[0], "__set_name__")?;
    put(&property.name, &args[2]);
    Ok(Value::NONE)
}

fn or_none(field: &RefCell<Value>) -> Value {
    field.borrow().given().cloned().unwrap_or(Value::NONE)
}

fn fget(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "fget")?.getter))
}

fn fset(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "fset")?.setter))
}

fn fdel(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "fdel")?.deleter))
}

fn doc(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__doc__")?.doc))
}

fn set_doc(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    put(&this(interp, object, "__doc__")?.doc, value);
    Ok(())
}

fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let property = this(interp, object, "__name__")?;
    match descriptor::property_name(interp, property)? {
        Some(name) => Ok(name),
        None => {
            let text = "'property' object has no attribute '__name__'";
            Err(interp.attribute_error(text, object, &intern("__name__")))
        }
    }
}

fn set_name(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let old = this(interp, object, "__name__")?.name.replace(value.clone());
    drop(old);
    Ok(())
}

fn is_abstract(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let property = this(interp, object, "__isabstractmethod__")?;
    let functions = [
        property.getter.borrow().clone(),
        property.setter.borrow().clone(),
        property.deleter.borrow().clone(),
    ];
    for function in &functions {
        if is_abstract_function(interp, function)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// Whether a function (unbound or None: no function) is marked as abstract.
pub fn is_abstract_function(interp: &mut dyn Interpreter, function: &Value) -> Result<bool, Raised> {
    let Some(function) = function.given_some() else { return Ok(false) };
    match interp.find_attr(function, &intern("__isabstractmethod__"))? {
        Some(mark) => interp.truth(&mark),
        None => Ok(false),
    }
}
