//! `object`: what every value answers to.

use super::reduce;
use super::support::{expect_name, items};
use crate::object::class::TypeObject;
use crate::object::class_build;
use crate::object::descriptor;
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::module::ModuleObject;
use crate::object::spec::{GetterRow, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Tag, TypeSpec, Value, heap};

pub static OBJECT: TypeSpec = TypeSpec {
    name: "object",
    signature: "()",
    doc: "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    core: Some(CoreType::Object),
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "Create and return a new object.  See help(type) for accurate signature.").as_new(),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__str__", "", to_str, "Return str(self)."),
    native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
    native("__setattr__", "name, value, /", set_attribute, "Implement setattr(self, name, value)."),
    native("__delattr__", "name, /", delete_attribute, "Implement delattr(self, name)."),
    native("__lt__", "value, /", not_implemented, "Return self<value."),
    native("__le__", "value, /", not_implemented, "Return self<=value."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__ne__", "value, /", not_equal, "Return self!=value."),
    native("__gt__", "value, /", not_implemented, "Return self>value."),
    native("__ge__", "value, /", not_implemented, "Return self>=value."),
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__reduce_ex__", "protocol, /", reduce::reduce_ex, "Helper for pickle."),
    native("__reduce__", "", reduce::reduce, "Helper for pickle."),
    native("__getstate__", "", reduce::get_state, "Helper for pickle."),
    native(
        "__subclasshook__",
        "subclass, /",
        subclass_hook,
        "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal algorithm (and the outcome is cached).\n",
    )
    .as_class(),
    native(
        "__init_subclass__",
        "*args, **kwargs",
        init_subclass,
        "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It may be\noverridden to extend subclasses.\n",
    )
    .as_class(),
    native(
        "__format__",
        "format_spec, /",
        format,
        "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise.",
    ),
    native("__sizeof__", "", size_of, "Size of object in memory, in bytes."),
    native("__dir__", "", dir, "Default dir() implementation."),
];

static GETTERS: &[GetterRow] = &[property("__class__", class, set_class, "the object's class")];

/// Whether the class's method `name` is the one of `object`.
fn is_inherited(class: &Value, name: &str) -> bool {
    let found = class.as_type().and_then(|class| class.lookup(&intern(name)));
    found.is_none_or(|found| found.as_native().is_some_and(|native| native.owner == Some("object")))
}

fn has_excess(args: &[Value]) -> bool {
    !items(&args[1]).is_empty() || args[2].dict_like().is_some_and(|keywords| !keywords.is_empty())
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class_value = &args[0];
    let Some(class) = class_value.as_type() else {
        let name = interp.type_name(class_value);
        return Err(interp.type_error(&format!("object.__new__(X): X is not a type object ({name})")));
    };
    let is_native = !class.is_heap && class.core != Some(CoreType::Object);
    if is_native && is_inherited(class_value, "__new__") {
        return Err(cannot_create(interp, class));
    }
    if class.native_base.is_some() || is_native {
        let (name, base) = (class.name_text(), maker_name(class_value));
        return Err(interp.type_error(&format!("object.__new__({name}) is not safe, use {base}.__new__()")));
    }
    if has_excess(args) {
        if !is_inherited(class_value, "__new__") {
            return Err(
                interp.type_error("object.__new__() takes exactly one argument (the type to instantiate)")
            );
        }
        if is_inherited(class_value, "__init__") {
            let name = class.name_text();
            return Err(interp.type_error(&format!("{name}() takes no arguments")));
        }
    }
    if class.is_abstract.get() {
        return Err(abstract_error(interp, class_value));
    }
    Ok(Value::instance(class_value.clone(), None))
}

/// For classes whose objects only the machine makes.
#[cold]
fn cannot_create(interp: &mut dyn Interpreter, class: &TypeObject) -> Raised {
    let name = class.full_name();
    interp.type_error(&format!("cannot create '{name}' instances"))
}

/// The name of the nearest native class among `class` and its bases.
/// The first class, from this one on, that no script's `__new__` makes.
fn maker_name(class: &Value) -> String {
    let mut at = class.as_type().map(|_| class.clone());
    while let Some(class) = at.as_ref().and_then(Value::as_type) {
        let is_native = |found: Value| found.as_native().is_some();
        if !class.is_heap || class.lookup(&intern("__new__")).is_some_and(is_native) {
            return class.name_text();
        }
        at = class_build::base_of(class);
    }
    String::new()
}

fn abstract_error(interp: &mut dyn Interpreter, class_value: &Value) -> Raised {
    let Some(class) = class_value.as_type() else { return interp.type_error("not a class") };
    let names = class.own_dict().get_str("__abstractmethods__").unwrap_or(Value::NONE);
    let mut names = match interp.collect(&names) {
        Ok(names) => names.iter().filter_map(|name| name.str_like().map(str::to_owned)).collect::<Vec<_>>(),
        Err(raised) => return raised,
    };
    names.sort();
    let plural = if names.len() == 1 { "" } else { "s" };
    let (name, names) = (class.name_text(), names.join("', '"));
    interp.type_error(&format!(
        "Can't instantiate abstract class {name} without an implementation for abstract method{plural} '{names}'"
    ))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if has_excess(args) {
        let class = interp.class_of(&args[0]);
        if !is_inherited(&class, "__init__") {
            return Err(interp
                .type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        if is_inherited(&class, "__new__") {
            let name = interp.type_name(&args[0]);
            return Err(interp.type_error(&format!(
                "{name}.__init__() takes exactly one argument (the instance to initialize)"
            )));
        }
    }
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(&default_repr(interp, &args[0])))
}

/// `<module.Class object at 0x...>`.
pub fn default_repr(interp: &mut dyn Interpreter, object: &Value) -> String {
    let class = interp.class_of(object);
    let name = class.as_type().map_or_else(String::new, |class| class.full_name());
    format!("<{name} object at {}>", object.address_text())
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // Not through `repr()`: whether the result is a text is for `str()` to say.
    match interp.call_special(&args[0], "__repr__", &[])? {
        Some(text) => Ok(text),
        None => interp.repr(&args[0]),
    }
}

fn hash(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(identity_hash(&args[0])))
}

/// The hash of an object that is equal to nothing but itself.
pub fn identity_hash(object: &Value) -> i64 {
    match heap::identity(object) {
        Some(identity) => (identity >> 4) as i64,
        None => crate::object::hash::hash_simple(object).unwrap_or(0),
    }
}

fn equal(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(if args[0].is(&args[1]) { Value::TRUE } else { Value::NOT_IMPLEMENTED })
}

fn not_equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.class_of(&args[0]);
    let found = class.as_type().and_then(|class| class.lookup_cached(&intern("__eq__")));
    let equal = match found {
        // What a descriptor raises before there is a method counts as no method.
        Some(found) if matches!(found.tag(), Tag::Object | Tag::Instance) => {
            match descriptor::bind(interp, &found, Some(&args[0]), &class) {
                Ok(method) => interp.call(&method, &args[1..2])?,
                Err(_) => Value::NOT_IMPLEMENTED,
            }
        }
        _ => interp.call_special(&args[0], "__eq__", &args[1..2])?.unwrap_or(Value::NOT_IMPLEMENTED),
    };
    if equal.is_not_implemented() {
        return Ok(equal);
    }
    Ok(Value::bool(!interp.truth(&equal)?))
}

fn not_implemented(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NOT_IMPLEMENTED)
}

fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    interp.object_get_attr(&args[0], &name)
}

fn set_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    refuse_class(interp, &args[0], "__setattr__")?;
    interp.object_set_attr(&args[0], &name, &args[2])?;
    Ok(Value::NONE)
}

fn delete_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_name(interp, &args[1])?;
    refuse_class(interp, &args[0], "__delattr__")?;
    interp.object_del_attr(&args[0], &name)?;
    Ok(Value::NONE)
}

/// `object.__setattr__` must not be used to get around `type.__setattr__`.
fn refuse_class(interp: &mut dyn Interpreter, object: &Value, method: &str) -> Result<(), Raised> {
    if object.tag() != Tag::Type {
        return Ok(());
    }
    let class = interp.type_name(object);
    Err(interp.type_error(&format!("can't apply this {method} to {class} object")))
}

fn subclass_hook(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NOT_IMPLEMENTED)
}

fn init_subclass(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !has_excess(args) {
        return Ok(Value::NONE);
    }
    let name = args[0].as_type().map_or_else(String::new, |class| class.qualname_text());
    let count = items(&args[1]).len();
    Err(interp.type_error(&if args[2].dict_like().is_none_or(DictObject::is_empty) {
        format!("{name}.__init_subclass__() takes no arguments ({count} given)")
    } else {
        format!("{name}.__init_subclass__() takes no keyword arguments")
    }))
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let spec = interp.expect_str_argument(&args[1], "__format__() argument")?;
    if spec.is_empty() {
        return interp.to_str(&args[0]);
    }
    let class = interp.type_name(&args[0]);
    Err(interp.type_error(&format!("unsupported format string passed to {class}.__format__")))
}

fn size_of(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    // What CPython answers, whose attributes lie elsewhere.
    Ok(Value::int(16))
}

fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let names = DictObject::new();
    if let Some(dict) = interp.find_attr(&args[0], &intern("__dict__"))?
        && let Some(dict) = dict.dict_like()
    {
        for key in dict.keys() {
            drop(names.set(interp, &key, Value::NONE)?);
        }
    }
    let class = interp.find_attr(&args[0], &intern("__class__"))?;
    if let Some(class) = class.as_ref().and_then(Value::as_type) {
        let mro = class.mro.borrow().clone();
        for class in mro.iter().filter_map(Value::as_type) {
            for key in class.own_dict().keys() {
                drop(names.set(interp, &key, Value::NONE)?);
            }
        }
    }
    Ok(Value::list(names.keys()))
}

fn class(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(interp.class_of(object))
}

fn set_class(interp: &mut dyn Interpreter, object: &Value, class: &Value) -> Result<(), Raised> {
    if class.is_unbound() {
        return Err(interp.type_error("can't delete __class__ attribute"));
    }
    let Some(new) = class.as_type() else {
        let name = interp.type_name(class);
        return Err(interp.type_error(&format!("__class__ must be set to a class, not '{name}' object")));
    };
    let old_class = interp.class_of(object);
    if let Some(module) = object.as_module() {
        return set_module_class(interp, module, class, new);
    }
    let instance = object.as_instance().filter(|_| new.is_heap);
    let (Some(instance), Some(old)) = (instance, old_class.as_type().filter(|old| old.is_heap)) else {
        return Err(interp
            .type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    };
    let same_native = match (old.native_base, new.native_base) {
        (None, None) => true,
        (Some(old), Some(new)) => old.is(new),
        _ => false,
    };
    let same_layout = class_build::same_members(&old_class, class)
        && old.has_dict.get() == new.has_dict.get()
        && old.has_weakref.get() == new.has_weakref.get();
    if !same_native || !same_layout {
        let (new, old) = (new.name_text(), old.name_text());
        return Err(
            interp.type_error(&format!("__class__ assignment: '{new}' object layout differs from '{old}'"))
        );
    }
    instance.set_class(class.clone());
    Ok(())
}

/// Modules may become objects of any subclass of their class that adds no members.
fn set_module_class(
    interp: &mut dyn Interpreter,
    module: &ModuleObject,
    class: &Value,
    new: &TypeObject,
) -> Result<(), Raised> {
    let plain = interp.core(CoreType::Module);
    if !new.is_subclass_of(&plain) {
        return Err(interp
            .type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    if new.member_count() > 0 {
        let new = new.name_text();
        let text = format!("__class__ assignment: '{new}' object layout differs from 'module'");
        return Err(interp.type_error(&text));
    }
    let class = if class.is(&plain) { Value::UNBOUND } else { class.clone() };
    drop(module.class.replace(class));
    // Caches that found names in the module must ask again.
    if let Some(dict) = module.dict.borrow().dict_like() {
        dict.keys_changed();
    }
    Ok(())
}
