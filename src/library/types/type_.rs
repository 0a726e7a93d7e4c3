//! `type`: classes as objects.

use super::support::{expect_name, immutable_type, items, pairs, wrong_self};
use super::{type_layout, union_};
use crate::object::class::TypeObject;
use crate::object::class_build::{self, ClassRequest};
use crate::object::class_like;
use crate::object::descriptor::{self, MappingProxy};
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native, property};
use crate::object::string::intern;
use crate::object::surrogate;
use crate::object::{Completion, CoreType, NativeRow, Raised, TypeSpec, Value};

pub static TYPE: TypeSpec = TypeSpec {
    name: "type",
    doc: "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    core: Some(CoreType::Type),
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
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
    native("__setattr__", "name, value, /", set_attribute, "Implement setattr(self, name, value)."),
    native("__delattr__", "name, /", delete_attribute, "Implement delattr(self, name)."),
    native("__or__", "value, /", or, "Return self|value."),
    native("__ror__", "value, /", ror, "Return value|self."),
    native("mro", "", mro, "Return a type's method resolution order."),
    native("__subclasses__", "", subclasses, "Return a list of immediate subclasses."),
    native("__prepare__", "*args, **kwargs", prepare, "Create the namespace for the class statement")
        .as_class(),
    native("__instancecheck__", "instance, /", instance_check, "Check if an object is an instance."),
    native("__subclasscheck__", "subclass, /", subclass_check, "Check if a class is a subclass."),
    native("__dir__", "", dir, "Specialized __dir__ implementation for types."),
    native("__sizeof__", "", size_of, "Return memory consumption of the type object."),
];

static GETTERS: &[GetterRow] = &[
    property("__name__", name, set_name, ""),
    property("__qualname__", qualname, set_qualname, ""),
    property("__bases__", bases, set_bases, ""),
    member("__base__", base, ""),
    getter("__mro__", mro_tuple, ""),
    property("__module__", module, set_module, ""),
    property("__abstractmethods__", abstract_methods, set_abstract_methods, ""),
    getter("__dict__", dict, ""),
    property("__doc__", doc, set_doc, ""),
    property("__annotations__", annotations, set_annotations, ""),
    property("__type_params__", type_params, set_type_params, ""),
    getter("__text_signature__", signature, ""),
    member("__basicsize__", type_layout::size, ""),
    member("__itemsize__", type_layout::item_size, ""),
    member("__dictoffset__", type_layout::dict_offset, ""),
    member("__weakrefoffset__", type_layout::weakref_offset, ""),
    member("__flags__", type_layout::flags, ""),
];

pub fn expect_class<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    method: &str,
) -> Result<&'v TypeObject, Raised> {
    match value.as_type() {
        Some(class) => Ok(class),
        None => Err(wrong_self(interp, method, "type", value)),
    }
}

fn class_name(class: &Value) -> String {
    class.as_type().map_or_else(String::new, TypeObject::name_text)
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let metaclass = &args[0];
    let type_ = interp.core(CoreType::Type);
    let Some(meta) = metaclass.as_type() else {
        let name = interp.type_name(metaclass);
        return Err(interp.type_error(&format!("type.__new__(X): X is not a type object ({name})")));
    };
    if !meta.is_subclass_of(&type_) {
        let name = meta.name_text();
        return Err(interp.type_error(&format!("type.__new__({name}): {name} is not a subtype of type")));
    }
    let positional = items(&args[1]);
    let keywords = pairs(&args[2]);
    let [name, bases, namespace] = positional else {
        if let ([object], true) = (positional, metaclass.is(&type_)) {
            if !keywords.is_empty() {
                return Err(interp.type_error("type() takes no keyword arguments"));
            }
            return Ok(interp.class_of(object));
        }
        if metaclass.is(&type_) {
            return Err(interp.type_error("type() takes 1 or 3 arguments"));
        }
        let count = positional.len();
        return Err(interp.type_error(&format!("type.__new__() takes exactly 3 arguments ({count} given)")));
    };
    if name.str_like().is_none() {
        return Err(wrong_argument(interp, 1, "str", name));
    }
    check_name(interp, name)?;
    if let Some(doc) = namespace.dict_like().and_then(|dict| dict.get_str("__doc__")) {
        check_encodable(interp, &doc)?;
    }
    let Some(base_list) = bases.tuple_like() else { return Err(wrong_argument(interp, 2, "tuple", bases)) };
    let Some(dict) = namespace.dict_like() else { return Err(wrong_argument(interp, 3, "dict", namespace)) };
    for base in base_list {
        if base.as_type().is_none() && interp.find_attr(base, &intern("__mro_entries__"))?.is_some() {
            return Err(
                interp.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
            );
        }
    }
    let winner = class_build::winning_metaclass(interp, metaclass, base_list)?;
    if !winner.is(metaclass)
        && let Some(other) = winner.as_type().and_then(|winner| winner.lookup(&intern("__new__")))
        && other.as_native().is_none_or(|native| native.owner != Some("type"))
    {
        let function = descriptor::bind(interp, &other, None, &winner)?;
        let args = [winner, name.clone(), bases.clone(), namespace.clone()];
        return interp.call_keywords(&function, &args, &keywords);
    }
    let request =
        ClassRequest { metaclass: &winner, name, bases: base_list, namespace: dict, keywords: &keywords };
    class_build::new_class(interp, request)
}

fn wrong_argument(interp: &mut dyn Interpreter, index: usize, expected: &str, found: &Value) -> Raised {
    let found = interp.type_name(found);
    interp.type_error(&format!("type.__new__() argument {index} must be {expected}, not {found}"))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = items(&args[1]).len();
    let has_keywords = args[2].dict_like().is_some_and(|keywords| !keywords.is_empty());
    if count == 1 && has_keywords {
        return Err(interp.type_error("type.__init__() takes no keyword arguments"));
    }
    if count != 1 && count != 3 {
        return Err(interp.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(Value::NONE)
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__call__")?;
    interp.instantiate(&args[0], items(&args[1]), &pairs(&args[2]))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect_class(interp, &args[0], "__repr__")?.full_name();
    Ok(Value::str(&format!("<class '{name}'>")))
}

fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__getattribute__")?;
    let name = expect_name(interp, &args[1])?;
    interp.object_get_attr(&args[0], &name)
}

fn set_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__setattr__")?;
    let name = expect_name(interp, &args[1])?;
    interp.object_set_attr(&args[0], &name, &args[2])?;
    Ok(Value::NONE)
}

fn delete_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__delattr__")?;
    let name = expect_name(interp, &args[1])?;
    interp.object_del_attr(&args[0], &name)?;
    Ok(Value::NONE)
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_::union_of(interp, &args[0], &args[1])
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_::union_of(interp, &args[1], &args[0])
}

fn mro(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "mro")?;
    Ok(Value::list(class_build::default_mro(interp, &args[0])?))
}

fn subclasses(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = expect_class(interp, &args[0], "__subclasses__")?;
    Ok(Value::list(class.subclasses.borrow().iter().filter_map(|cell| cell.upgrade()).collect()))
}

fn prepare(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::dict(DictObject::new()))
}

fn instance_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__instancecheck__")?;
    Ok(Value::bool(is_plain_instance(interp, &args[1], &args[0])?))
}

/// `isinstance` by class and `__class__` alone, without `__instancecheck__`.
pub fn is_plain_instance(
    interp: &mut dyn Interpreter,
    object: &Value,
    class: &Value,
) -> Result<bool, Raised> {
    let own = interp.class_of(object);
    if own.as_type().is_some_and(|own| own.is_subclass_of(class)) {
        return Ok(true);
    }
    let claimed = interp.find_attr(object, &intern("__class__"))?;
    Ok(claimed.is_some_and(|claimed| {
        !claimed.is(&own) && claimed.as_type().is_some_and(|claimed| claimed.is_subclass_of(class))
    }))
}

fn subclass_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_class(interp, &args[0], "__subclasscheck__")?;
    match args[1].as_type() {
        Some(class) => Ok(Value::bool(class.is_subclass_of(&args[0]))),
        None => class_like::is_subclass(interp, &args[1], &args[0]).map(Value::bool),
    }
}

fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mro = expect_class(interp, &args[0], "__dir__")?.mro.borrow().clone();
    let names = DictObject::new();
    for class in mro.iter().rev().filter_map(Value::as_type) {
        for key in class.own_dict().keys() {
            drop(names.set(interp, &key, Value::NONE)?);
        }
    }
    Ok(Value::list(names.keys()))
}

fn size_of(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(1688))
}

/// The class, if scripts may change it; TypeError naming the attribute otherwise.
fn expect_mutable<'v>(
    interp: &mut dyn Interpreter,
    class: &'v Value,
    name: &str,
    value: &Value,
) -> Result<&'v TypeObject, Raised> {
    let this = expect_class(interp, class, name)?;
    if !this.is_heap {
        let verb = if value.is_unbound() { "delete" } else { "set" };
        return Err(immutable_type(interp, verb, name, &this.name_text()));
    }
    Ok(this)
}

fn refuse_delete(
    interp: &mut dyn Interpreter,
    name: &str,
    class: &Value,
    value: &Value,
) -> Result<(), Raised> {
    if value.is_unbound() {
        // CPython calls every class immutable here.
        return Err(immutable_type(interp, "delete", name, &class_name(class)));
    }
    Ok(())
}

fn name(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(expect_class(interp, class, "__name__")?.name())
}

fn set_name(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__name__", value)?;
    refuse_delete(interp, "__name__", class, value)?;
    expect_string(interp, class, "__name__", value)?;
    check_name(interp, value)?;
    let old = this.name.replace(value.clone());
    drop(old);
    Ok(())
}

/// The name of a class is a text without NUL that can be encoded.
fn check_name(interp: &mut dyn Interpreter, name: &Value) -> Result<(), Raised> {
    if name.str_like().is_some_and(|name| name.contains('\0')) {
        return Err(interp.value_error("type name must not contain null characters"));
    }
    check_encodable(interp, name)
}

/// UnicodeEncodeError for a text with surrogates.
fn check_encodable(interp: &mut dyn Interpreter, text: &Value) -> Result<(), Raised> {
    if text.str_like().is_some_and(surrogate::contains) {
        interp.call_method(text, "encode", &[])?;
    }
    Ok(())
}

fn expect_string(
    interp: &mut dyn Interpreter,
    class: &Value,
    name: &str,
    value: &Value,
) -> Result<(), Raised> {
    if value.str_like().is_some() {
        return Ok(());
    }
    let (class, found) = (class_name(class), interp.type_name(value));
    Err(interp.type_error(&format!("can only assign string to {class}.{name}, not '{found}'")))
}

fn qualname(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(expect_class(interp, class, "__qualname__")?.qualname.borrow().clone())
}

fn set_qualname(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__qualname__", value)?;
    refuse_delete(interp, "__qualname__", class, value)?;
    expect_string(interp, class, "__qualname__", value)?;
    let old = this.qualname.replace(value.clone());
    drop(old);
    Ok(())
}

fn bases(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::tuple(expect_class(interp, class, "__bases__")?.bases.borrow().clone()))
}

/// Whether instances may be part of cycles, as CPython's collector sees it.
fn is_collected(class: &TypeObject) -> bool {
    match class.core {
        Some(core) if !class.is_heap => !matches!(
            core,
            CoreType::Object
                | CoreType::Int
                | CoreType::Bool
                | CoreType::Float
                | CoreType::Str
                | CoreType::Bytes
        ),
        _ => class.is_heap,
    }
}

fn set_bases(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__bases__", value)?;
    refuse_delete(interp, "__bases__", class, value)?;
    let name = this.name_text();
    let Some(new) = value.tuple_like() else {
        let found = interp.type_name(value);
        return Err(interp.type_error(&format!("can only assign tuple to {name}.__bases__, not {found}")));
    };
    if new.is_empty() {
        return Err(
            interp.type_error(&format!("can only assign non-empty tuple to {name}.__bases__, not ()"))
        );
    }
    for base in new {
        let Some(base) = base.as_type() else {
            let found = interp.type_name(base);
            return Err(
                interp.type_error(&format!("{name}.__bases__ must be tuple of classes, not '{found}'"))
            );
        };
        // The order of a class that is being given other bases may not tell them yet.
        if base.is_subclass_of(class) || descends_from(base, class) {
            return Err(interp.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let best = class_build::best_base(interp, new)?;
    let old_base = class_build::base_of(this);
    let both = best.as_type().zip(old_base.as_ref().and_then(Value::as_type));
    // CPython frees what its collector of cycles knows otherwise than the rest.
    if let Some((new, old)) = both
        && is_collected(new) != is_collected(old)
    {
        let (old, new) = (old.name_text(), new.name_text());
        return Err(
            interp.type_error(&format!("__bases__ assignment: '{new}' deallocator differs from '{old}'"))
        );
    }
    let fits = best.as_type().is_some_and(|best| {
        best.member_count() == this.member_count()
            && match (best.native_base, this.native_base) {
                (Some(new), Some(old)) => new.is(old),
                (new, old) => new.is_some() == old.is_some(),
            }
    });
    if !fits {
        let (old, new) = (class_build::base_of(this), class_name(&best));
        let old = old.as_ref().map_or_else(String::new, class_name);
        return Err(
            interp.type_error(&format!("__bases__ assignment: '{new}' object layout differs from '{old}'"))
        );
    }
    let old = this.bases.replace(new.to_vec());
    let mut done = Vec::new();
    let updated = class_build::update_mro(interp, class, &mut done);
    // A `mro()` of a script may have assigned other bases meanwhile, which then hold.
    let is_current = class_build::same_classes(&this.bases.borrow(), new);
    if let Err(raised) = updated {
        for order in done {
            let Some(class) = order.class.as_type() else { continue };
            if class_build::same_classes(&class.mro.borrow(), &order.new) {
                drop(class.mro.replace(order.old));
            }
            class.changed();
        }
        if is_current {
            drop(this.bases.replace(old));
        }
        return Err(raised);
    }
    if is_current {
        for base in old.iter().filter_map(Value::as_type) {
            let mut below = base.subclasses.borrow_mut();
            below.retain(|cell| cell.upgrade().is_some_and(|below| !below.is(class)));
        }
        class_build::enter_in_bases(class);
    }
    this.changed();
    Ok(())
}

/// Whether `ancestor` is among the bases of a class, their bases, and so on.
fn descends_from(class: &TypeObject, ancestor: &Value) -> bool {
    let mut seen: Vec<Value> = Vec::new();
    let mut open: Vec<Value> = class.bases.borrow().clone();
    while let Some(base) = open.pop() {
        if base.is(ancestor) {
            return true;
        }
        if seen.iter().any(|other| other.is(&base)) {
            continue;
        }
        if let Some(base) = base.as_type() {
            open.extend(base.bases.borrow().iter().cloned());
        }
        seen.push(base);
    }
    false
}

fn base(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let class = expect_class(interp, class, "__base__")?;
    Ok(class_build::base_of(class).unwrap_or(Value::NONE))
}

fn mro_tuple(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let mro = expect_class(interp, class, "__mro__")?.mro.borrow();
    // There is none yet while a `mro()` of a script computes it.
    Ok(if mro.is_empty() { Value::NONE } else { Value::tuple(mro.clone()) })
}

fn no_attribute(interp: &mut dyn Interpreter, class: &Value, name: &str) -> Raised {
    let text = format!("type object '{}' has no attribute '{name}'", class_name(class));
    interp.attribute_error(&text, class, &intern(name))
}

fn module(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    match expect_class(interp, class, "__module__")?.module() {
        Some(module) => Ok(module),
        None => Err(interp.raise(CoreType::AttributeError, "__module__")),
    }
}

/// Store a name in the namespace of a class.
fn store(this: &TypeObject, name: &str, value: &Value) {
    drop(this.own_dict().set_str(name, value.clone()));
    this.changed();
}

fn set_module(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__module__", value)?;
    refuse_delete(interp, "__module__", class, value)?;
    store(this, "__module__", value);
    drop(this.own_dict().remove_str(&intern("__firstlineno__")));
    Ok(())
}

fn abstract_methods(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let this = expect_class(interp, class, "__abstractmethods__")?;
    match this.own_dict().get_str("__abstractmethods__").filter(|_| this.is_heap) {
        Some(names) => Ok(names),
        None => Err(interp.attribute_error("__abstractmethods__", class, &intern("__abstractmethods__"))),
    }
}

fn set_abstract_methods(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__abstractmethods__", value)?;
    if value.is_unbound() {
        if this.own_dict().remove_str(&intern("__abstractmethods__")).is_none() {
            let name = intern("__abstractmethods__");
            return Err(interp.attribute_error("__abstractmethods__", class, &name));
        }
        this.is_abstract.set(false);
        this.changed();
        return Ok(());
    }
    let is_abstract = interp.truth(value)?;
    store(this, "__abstractmethods__", value);
    this.is_abstract.set(is_abstract);
    Ok(())
}

fn dict(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let mapping = expect_class(interp, class, "__dict__")?.dict.clone();
    Ok(Value::object(MappingProxy { mapping }))
}

fn doc(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let this = expect_class(interp, class, "__doc__")?;
    // What a native class has under that name in its dict may be meant for its instances.
    if let Some(spec) = this.spec.filter(|spec| !this.is_heap && !spec.doc.is_empty()) {
        return Ok(Value::str(spec.doc));
    }
    match this.own_dict().get_str("__doc__") {
        Some(doc) if this.is_heap => descriptor::bind(interp, &doc, None, class),
        Some(doc) if doc.as_str().is_some() => Ok(doc),
        _ => Ok(Value::NONE),
    }
}

fn set_doc(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__doc__", value)?;
    refuse_delete(interp, "__doc__", class, value)?;
    store(this, "__doc__", value);
    Ok(())
}

fn annotations(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let this = expect_class(interp, class, "__annotations__")?;
    if !this.is_heap {
        return Err(no_attribute(interp, class, "__annotations__"));
    }
    match this.own_dict().get_str("__annotations__") {
        Some(known) => descriptor::bind(interp, &known, None, class),
        None => {
            let empty = Value::dict(DictObject::new());
            store(this, "__annotations__", &empty);
            Ok(empty)
        }
    }
}

fn set_annotations(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__annotations__", value)?;
    if !value.is_unbound() {
        store(this, "__annotations__", value);
    } else if this.own_dict().remove_str(&intern("__annotations__")).is_none() {
        return Err(interp.raise(CoreType::AttributeError, "__annotations__"));
    } else {
        this.changed();
    }
    Ok(())
}

fn type_params(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let this = expect_class(interp, class, "__type_params__")?;
    let known = this.own_dict().get_str("__type_params__").filter(|_| this.is_heap);
    Ok(known.unwrap_or_else(|| Value::tuple(Vec::new())))
}

fn set_type_params(interp: &mut dyn Interpreter, class: &Value, value: &Value) -> Result<(), Raised> {
    let this = expect_mutable(interp, class, "__type_params__", value)?;
    refuse_delete(interp, "__type_params__", class, value)?;
    store(this, "__type_params__", value);
    Ok(())
}

fn signature(_: &mut dyn Interpreter, class: &Value) -> Completion {
    let spec = class.as_type().filter(|class| !class.is_heap).and_then(|class| class.spec);
    Ok(spec.map(|spec| spec.signature).filter(|text| !text.is_empty()).map_or(Value::NONE, Value::str))
}
