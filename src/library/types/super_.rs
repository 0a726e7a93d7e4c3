//! `super`.

use super::support::{items, wrong_self};
use crate::object::descriptor::{self, SuperObject};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, member, native};
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};

pub static SUPER: TypeSpec = TypeSpec {
    name: "super",
    doc: "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def cmeth(cls, arg):\n        super().cmeth(arg)\n",
    core: Some(CoreType::Super),
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
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
];

static GETTERS: &[GetterRow] = &[
    member("__thisclass__", this_class, "the class invoking super()"),
    member("__self__", this_object, "the instance invoking super(); may be None"),
    member("__self_class__", self_class, "the type of the instance invoking super(); may be None"),
];

impl NativeObject for SuperObject {
    fn spec(&self) -> &'static TypeSpec {
        &SUPER
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v SuperObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "super", value))
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(SuperObject::default()))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = this(interp, &args[0], "__init__")?;
    if args[2].dict_like().is_some_and(|keywords| !keywords.is_empty()) {
        return Err(interp.type_error("super() takes no keyword arguments"));
    }
    let none = Value::NONE;
    let (class, bound) = match items(&args[1]) {
        // Code compiled in a class passes both; here there is no class to be found.
        [] => {
            let place = interp.stack(1).into_iter().next();
            let code = place.as_ref().and_then(|place| place.code.as_code());
            let first = code.filter(|code| code.code.parameters.positional > 0);
            let first = first.and_then(|code| code.code.parameters.names.first());
            let locals = interp.caller_locals().unwrap_or_default();
            let is_bound = |name: &str| locals.dict_like().is_some_and(|dict| dict.get_str(name).is_some());
            let missing = match first {
                None => "no arguments",
                Some(name) if !is_bound(name) => "arg[0] deleted",
                Some(_) => "__class__ cell not found",
            };
            return Err(interp.runtime_error(&format!("super(): {missing}")));
        }
        [class] => (class, &none),
        [class, bound] => (class, bound),
        more => {
            let count = more.len();
            return Err(interp.type_error(&format!("super() expected at most 2 arguments, got {count}")));
        }
    };
    if class.as_type().is_none() {
        let found = interp.type_name(class);
        return Err(interp.type_error(&format!("super() argument 1 must be a type, not {found}")));
    }
    fill(interp, object, class, bound)?;
    Ok(Value::NONE)
}

fn fill(
    interp: &mut dyn Interpreter,
    object: &SuperObject,
    class: &Value,
    bound: &Value,
) -> Result<(), Raised> {
    let searched =
        if bound.is_none() { Value::NONE } else { descriptor::super_class_of(interp, class, bound)? };
    let old = (
        object.class.replace(class.clone()),
        object.object.replace(bound.clone()),
        object.object_class.replace(searched),
    );
    drop(old);
    Ok(())
}

fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = this(interp, &args[0], "__getattribute__")?;
    let name = super::support::expect_name(interp, &args[1])?;
    let (class, bound, searched) =
        (object.class.borrow().clone(), object.object.borrow().clone(), object.object_class.borrow().clone());
    if name.as_str() != Some("__class__")
        && let Some(found) = descriptor::super_lookup(interp, &class, &bound, &searched, &name.interned())?
    {
        return Ok(found);
    }
    interp.object_get_attr(&args[0], &name)
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = this(interp, &args[0], "__get__")?;
    if args[1].is_none() || object.object.borrow().given_some().is_some() {
        return Ok(args[0].clone());
    }
    let class = object.class.borrow().clone();
    if descriptor::is_exact::<SuperObject>(&args[0]) {
        let bound = SuperObject::default();
        fill(interp, &bound, &class, &args[1])?;
        return Ok(Value::object(bound));
    }
    let own = interp.class_of(&args[0]);
    interp.call(&own, &[class, args[1].clone()])
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = this(interp, &args[0], "__repr__")?;
    let name = |class: &Value| class.as_type().map_or_else(|| "NULL".to_owned(), |class| class.name_text());
    let (class, searched) = (object.class.borrow().clone(), object.object_class.borrow().clone());
    let class = name(&class);
    Ok(Value::str(&if searched.as_type().is_some() {
        format!("<super: <class '{class}'>, <{} object>>", name(&searched))
    } else {
        format!("<super: <class '{class}'>, NULL>")
    }))
}

fn or_none(field: &std::cell::RefCell<Value>) -> Value {
    field.borrow().given().cloned().unwrap_or(Value::NONE)
}

fn this_class(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__thisclass__")?.class))
}

fn this_object(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__self__")?.object))
}

fn self_class(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(or_none(&this(interp, object, "__self_class__")?.object_class))
}
