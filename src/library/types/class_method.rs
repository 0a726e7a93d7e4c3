//! `classmethod` and `staticmethod`.

use super::property::is_abstract_function;
use super::support::{items, pairs, wrong_self};
use crate::object::attributes::Attributes;
use crate::object::descriptor::{self, ClassMethodObject, StaticMethodObject};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};

pub static CLASS_METHOD: TypeSpec = TypeSpec {
    name: "classmethod",
    signature: "(function, /)",
    doc: "Convert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf you want those, see the staticmethod builtin.",
    core: Some(CoreType::ClassMethod),
    methods: &[
        NEW_CLASS_METHOD,
        INIT,
        native(
            "__get__",
            "instance, owner=None, /",
            class_get,
            "Return an attribute of instance, which is of type owner.",
        ),
        REPR,
    ],
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

pub static STATIC_METHOD: TypeSpec = TypeSpec {
    name: "staticmethod",
    signature: "(function, /)",
    doc: "Convert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    core: Some(CoreType::StaticMethod),
    methods: &[
        NEW_STATIC_METHOD,
        INIT,
        native(
            "__get__",
            "instance, owner=None, /",
            static_get,
            "Return an attribute of instance, which is of type owner.",
        ),
        native("__call__", "*args, **kwargs", call, "Call self as a function."),
        REPR,
    ],
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

const NEW_CLASS_METHOD: NativeRow =
    native("__new__", "*args, **kwargs", new_class_method, "Create and return a new object.").as_new();
const NEW_STATIC_METHOD: NativeRow =
    native("__new__", "*args, **kwargs", new_static_method, "Create and return a new object.").as_new();
const INIT: NativeRow = native(
    "__init__",
    "*args, **kwargs",
    init,
    "Initialize self.  See help(type(self)) for accurate signature.",
);
const REPR: NativeRow = native("__repr__", "", repr, "Return repr(self).");

static GETTERS: &[GetterRow] = &[
    member("__func__", function, ""),
    member("__wrapped__", function, ""),
    getter("__isabstractmethod__", is_abstract, ""),
    property("__dict__", dict, set_dict, ""),
];

/// What a method copies from its function.
const COPIED: [&str; 5] = ["__module__", "__name__", "__qualname__", "__doc__", "__annotations__"];

impl NativeObject for ClassMethodObject {
    fn spec(&self) -> &'static TypeSpec {
        &CLASS_METHOD
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

impl NativeObject for StaticMethodObject {
    fn spec(&self) -> &'static TypeSpec {
        &STATIC_METHOD
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

fn new_class_method(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(ClassMethodObject::default()))
}

fn new_static_method(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(StaticMethodObject::default()))
}

/// The function inside, unbound before `__init__`, and the name of the class.
fn inside(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Result<(Value, &'static str), Raised> {
    if let Some(method) = value.downcast::<ClassMethodObject>() {
        return Ok((method.function.borrow().clone(), "classmethod"));
    }
    match value.downcast::<StaticMethodObject>() {
        Some(method) => Ok((method.function.borrow().clone(), "staticmethod")),
        None => Err(wrong_self(interp, name, "classmethod", value)),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (_, class) = inside(interp, &args[0], "__init__")?;
    if args[2].dict_like().is_some_and(|keywords| !keywords.is_empty()) {
        return Err(interp.type_error(&format!("{class}() takes no keyword arguments")));
    }
    let [function] = items(&args[1]) else {
        let count = items(&args[1]).len();
        return Err(interp.type_error(&format!("{class} expected 1 argument, got {count}")));
    };
    let old = match (args[0].downcast::<ClassMethodObject>(), args[0].downcast::<StaticMethodObject>()) {
        (Some(method), _) => method.function.replace(function.clone()),
        (_, Some(method)) => method.function.replace(function.clone()),
        (None, None) => Value::UNBOUND,
    };
    drop(old);
    for name in COPIED {
        if let Some(value) = interp.find_attr(function, &intern(name))? {
            interp.object_set_attr(&args[0], &intern(name), &value)?;
        }
    }
    Ok(Value::NONE)
}

fn class_get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (function, _) = inside(interp, &args[0], "__get__")?;
    if args[1].is_none() && args[2].is_none() {
        return Err(interp.type_error("__get__(None, None) is invalid"));
    }
    let class = if args[2].is_none() { interp.class_of(&args[1]) } else { args[2].clone() };
    descriptor::class_method_get(interp, &function, &class)
}

fn static_get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<StaticMethodObject>() {
        Some(method) => descriptor::static_method_get(interp, method),
        None => Err(wrong_self(interp, "__get__", "staticmethod", &args[0])),
    }
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (function, _) = inside(interp, &args[0], "__call__")?;
    if function.is_unbound() {
        return Err(interp.runtime_error("uninitialized staticmethod object"));
    }
    interp.call_keywords(&function, items(&args[1]), &pairs(&args[2]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (function, class) = inside(interp, &args[0], "__repr__")?;
    let function = match function.given() {
        Some(function) => interp.repr(function)?,
        None => Value::str("NULL"),
    };
    Ok(Value::str(&format!("<{class}({})>", function.str_like().unwrap_or_default())))
}

fn function(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let (function, _) = inside(interp, object, "__func__")?;
    Ok(function.given().cloned().unwrap_or(Value::NONE))
}

fn is_abstract(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let (function, _) = inside(interp, object, "__isabstractmethod__")?;
    Ok(Value::bool(is_abstract_function(interp, &function)?))
}

fn own(interp: &mut dyn Interpreter, object: &Value) -> Result<Value, Raised> {
    inside(interp, object, "__dict__")?;
    let method = object.downcast::<ClassMethodObject>().map(|method| &method.attributes);
    let attributes =
        method.or_else(|| object.downcast::<StaticMethodObject>().map(|method| &method.attributes));
    Ok(attributes.map(Attributes::dict).unwrap_or_default())
}

fn dict(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    own(interp, object)
}

fn set_dict(interp: &mut dyn Interpreter, object: &Value, dict: &Value) -> Result<(), Raised> {
    inside(interp, object, "__dict__")?;
    if dict.is_unbound() {
        return Err(interp.type_error("cannot delete __dict__"));
    }
    if dict.dict_like().is_none() {
        let name = interp.type_name(dict);
        return Err(interp.type_error(&format!("__dict__ must be set to a dictionary, not a '{name}'")));
    }
    if let Some(method) = object.downcast::<ClassMethodObject>() {
        method.attributes.replace(dict);
    } else if let Some(method) = object.downcast::<StaticMethodObject>() {
        method.attributes.replace(dict);
    }
    Ok(())
}
