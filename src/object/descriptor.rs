//! Attributes that compute: properties, class and static methods, the attributes of native
//! classes, `__slots__`, `super`; and what happens when one of them is found in a class.

use super::attributes::Attributes;
use super::core_type::CoreType;
use super::heap::Traverse;
use super::interpreter::Interpreter;
use super::native_object::NativeObject;
use super::spec::{GetterRow, NativeKind};
use super::value::{Completion, Raised, Tag, Value};
use std::cell::{Cell, RefCell};

/// A `property`.
#[derive(Default)]
pub struct PropertyObject {
    /// `fget`, `fset`, `fdel`: None or unbound if missing.
    pub getter: RefCell<Value>,
    pub setter: RefCell<Value>,
    pub deleter: RefCell<Value>,
    pub doc: RefCell<Value>,
    /// The name it was given in a class; unbound until then.
    pub name: RefCell<Value>,
    /// Whether `doc` was taken from the getter.
    pub has_getter_doc: Cell<bool>,
}

impl Traverse for PropertyObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for field in [&self.getter, &self.setter, &self.deleter, &self.doc, &self.name] {
            visit(&field.borrow());
        }
    }

    fn clear(&self) {
        for field in [&self.getter, &self.setter, &self.deleter] {
            drop(field.take());
        }
    }
}

/// A `classmethod`.
#[derive(Default)]
pub struct ClassMethodObject {
    /// What is bound to the class; unbound until `__init__`.
    pub function: RefCell<Value>,
    pub attributes: Attributes,
}

/// A `staticmethod`.
#[derive(Default)]
pub struct StaticMethodObject {
    /// What is handed out as it is; unbound until `__init__`.
    pub function: RefCell<Value>,
    pub attributes: Attributes,
}

impl Traverse for ClassMethodObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.borrow());
        self.attributes.visit(visit);
    }

    fn clear(&self) {
        drop(self.function.take());
        self.attributes.clear();
    }
}

impl Traverse for StaticMethodObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.borrow());
        self.attributes.visit(visit);
    }

    fn clear(&self) {
        drop(self.function.take());
        self.attributes.clear();
    }
}

/// An attribute of a class, computed by native code: `getset_descriptor`.
pub struct GetSetObject {
    pub row: &'static GetterRow,
    /// The class in whose dict it lies.
    pub owner: Value,
}

impl Traverse for GetSetObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.owner);
    }

    fn clear(&self) {
        // Immutable: the cycle with the class is broken at the class's dict.
    }
}

/// One name of `__slots__`: `member_descriptor`.
pub struct MemberObject {
    /// The name, as it was written.
    pub name: Value,
    /// The class that declares it.
    pub owner: Value,
    /// Which member of the instance it is.
    pub index: usize,
}

impl Traverse for MemberObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        visit(&self.owner);
    }

    fn clear(&self) {
        // Immutable: the cycle with the class is broken at the class's dict.
    }
}

/// A `super` object.
#[derive(Default)]
pub struct SuperObject {
    /// The class after which the search begins; unbound until `__init__`.
    pub class: RefCell<Value>,
    /// The object or class that attributes are bound to; None if there is none.
    pub object: RefCell<Value>,
    /// The class whose order is searched; None without object.
    pub object_class: RefCell<Value>,
}

impl Traverse for SuperObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for field in [&self.class, &self.object, &self.object_class] {
            visit(&field.borrow());
        }
    }

    fn clear(&self) {
        drop(self.object.take());
    }
}

/// A view of a dict that cannot be written through: what `__dict__` of a class is.
pub struct MappingProxy {
    /// A dict or another mapping.
    pub mapping: Value,
}

impl Traverse for MappingProxy {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.mapping);
    }

    fn clear(&self) {
        // Immutable: a cycle is broken at the mapping.
    }
}

/// What an attribute found in a class is for the instance (or for the class alone, if
/// `instance` is `None`) through which it was looked up: functions become methods, properties
/// run, everything without `__get__` is itself.
pub fn bind(
    interp: &mut dyn Interpreter,
    found: &Value,
    instance: Option<&Value>,
    class: &Value,
) -> Completion {
    match found.tag() {
        Tag::Function => {
            Ok(instance.map_or_else(|| found.clone(), |to| Value::method(found.clone(), to.clone())))
        }
        Tag::Native => Ok(bind_native(found, instance, class)),
        Tag::Object | Tag::Instance | Tag::Type => bind_object(interp, found, instance, class),
        _ => Ok(found.clone()),
    }
}

fn bind_native(found: &Value, instance: Option<&Value>, class: &Value) -> Value {
    let Some(function) = found.as_native() else { return found.clone() };
    if function.owner.is_none() || !function.receiver.is_unbound() {
        return found.clone();
    }
    match (function.row.kind, instance) {
        (NativeKind::Plain, Some(instance)) => Value::bound_native(function, instance.clone()),
        (NativeKind::Class, _) => Value::bound_native(function, class.clone()),
        _ => found.clone(),
    }
}

fn bind_object(
    interp: &mut dyn Interpreter,
    found: &Value,
    instance: Option<&Value>,
    class: &Value,
) -> Completion {
    if found.tag() == Tag::Object {
        if let Some(property) = found.downcast::<PropertyObject>() {
            return match instance {
                Some(instance) => property_get(interp, property, instance),
                None => Ok(found.clone()),
            };
        }
        if let Some(method) = found.downcast::<ClassMethodObject>() {
            let function = method.function.borrow().clone();
            return class_method_get(interp, &function, class);
        }
        if let Some(method) = found.downcast::<StaticMethodObject>() {
            return static_method_get(interp, method);
        }
        if let Some(attribute) = found.downcast::<GetSetObject>() {
            return match instance {
                Some(instance) => get_set_get(interp, attribute, instance),
                None => Ok(found.clone()),
            };
        }
        if let Some(member) = found.downcast::<MemberObject>() {
            return match instance {
                Some(instance) => member_get(interp, member, instance),
                None => Ok(found.clone()),
            };
        }
    }
    let args = [instance.cloned().unwrap_or(Value::NONE), class.clone()];
    let result = interp.call_special(found, "__get__", &args)?;
    Ok(result.unwrap_or_else(|| found.clone()))
}

/// Whether an attribute found in a class comes before the instance's own: it has `__set__` or
/// `__delete__`.
pub fn is_data(interp: &mut dyn Interpreter, found: &Value) -> bool {
    match found.tag() {
        Tag::Object | Tag::Instance | Tag::Type => {
            let plain = found.tag() == Tag::Object;
            if plain
                && (found.downcast::<PropertyObject>().is_some()
                    || found.downcast::<GetSetObject>().is_some()
                    || found.downcast::<MemberObject>().is_some())
            {
                return true;
            }
            let class = interp.class_of(found);
            class.as_type().is_some_and(|class| {
                let has = |name| class.lookup(&super::string::intern(name)).is_some();
                has("__set__") || has("__delete__")
            })
        }
        _ => false,
    }
}

/// Whether reading asks an attribute found in a class before looking at the instance: a descriptor
/// that can be assigned to, but has no `__get__`, waits behind the instance's own.
pub fn is_read_first(interp: &mut dyn Interpreter, found: &Value) -> bool {
    is_data(interp, found)
        && (found.tag() == Tag::Object
            || interp
                .class_of(found)
                .as_type()
                .is_some_and(|class| class.lookup(&super::string::intern("__get__")).is_some()))
}

/// Assign (or delete, if `value` is unbound) through an attribute found in the class of
/// `instance`. `None` if it has no `__set__` (`__delete__`).
pub fn assign(
    interp: &mut dyn Interpreter,
    found: &Value,
    instance: &Value,
    value: &Value,
) -> Result<Option<()>, Raised> {
    if found.tag() == Tag::Object {
        if let Some(property) = found.downcast::<PropertyObject>() {
            return property_set(interp, property, instance, value).map(Some);
        }
        if let Some(attribute) = found.downcast::<GetSetObject>() {
            return get_set_set(interp, attribute, instance, value).map(Some);
        }
        if let Some(member) = found.downcast::<MemberObject>() {
            return member_set(interp, member, instance, value).map(Some);
        }
    }
    if !matches!(found.tag(), Tag::Object | Tag::Instance | Tag::Type) {
        return Ok(None);
    }
    let result = match value.given() {
        Some(value) => interp.call_special(found, "__set__", &[instance.clone(), value.clone()])?,
        None => interp.call_special(found, "__delete__", std::slice::from_ref(instance))?,
    };
    if result.is_some() {
        return Ok(Some(()));
    }
    // A data descriptor with only one half refuses the other half.
    if !is_data(interp, found) {
        return Ok(None);
    }
    let missing = if value.is_unbound() { "__delete__" } else { "__set__" };
    Err(interp.raise(CoreType::AttributeError, missing))
}

/// The value of a property for `instance`.
pub fn property_get(interp: &mut dyn Interpreter, property: &PropertyObject, instance: &Value) -> Completion {
    let getter = property.getter.borrow().clone();
    if getter.given_some().is_none() {
        return Err(property_error(interp, property, instance, "getter"));
    }
    interp.call(&getter, std::slice::from_ref(instance))
}

/// Assign through a property, or delete if `value` is unbound.
pub fn property_set(
    interp: &mut dyn Interpreter,
    property: &PropertyObject,
    instance: &Value,
    value: &Value,
) -> Result<(), Raised> {
    let (function, what) = if value.is_unbound() {
        (property.deleter.borrow().clone(), "deleter")
    } else {
        (property.setter.borrow().clone(), "setter")
    };
    if function.given_some().is_none() {
        return Err(property_error(interp, property, instance, what));
    }
    match value.given() {
        Some(value) => interp.call(&function, &[instance.clone(), value.clone()])?,
        None => interp.call(&function, std::slice::from_ref(instance))?,
    };
    Ok(())
}

fn property_error(
    interp: &mut dyn Interpreter,
    property: &PropertyObject,
    instance: &Value,
    missing: &str,
) -> Raised {
    let name = match property_name(interp, property) {
        Ok(name) => name,
        Err(raised) => return raised,
    };
    let name = match name {
        Some(name) => match interp.repr(&name) {
            Ok(name) => format!(" {}", name.str_like().unwrap_or_default()),
            Err(raised) => return raised,
        },
        None => String::new(),
    };
    let class = interp.class_of(instance);
    let class = class
        .as_type()
        .map_or_else(String::new, |class| class.qualname.borrow().str_like().unwrap_or_default().to_owned());
    let text = format!("property{name} of '{class}' object has no {missing}");
    interp.raise(CoreType::AttributeError, &text)
}

/// `__name__` of a property: what `__set_name__` told, or the getter's.
pub fn property_name(
    interp: &mut dyn Interpreter,
    property: &PropertyObject,
) -> Result<Option<Value>, Raised> {
    if let Some(name) = property.name.borrow().given() {
        return Ok(Some(name.clone()));
    }
    let getter = property.getter.borrow().clone();
    match getter.given_some() {
        Some(getter) => interp.find_attr(getter, &super::string::intern("__name__")),
        None => Ok(None),
    }
}

/// `function` bound to `class`, as a class method hands it out.
pub fn class_method_get(interp: &mut dyn Interpreter, function: &Value, class: &Value) -> Completion {
    if function.is_unbound() {
        return Err(interp.runtime_error("uninitialized classmethod object"));
    }
    Ok(Value::method(function.clone(), class.clone()))
}

/// What a static method hands out.
pub fn static_method_get(interp: &mut dyn Interpreter, method: &StaticMethodObject) -> Completion {
    let function = method.function.borrow().clone();
    if function.is_unbound() {
        return Err(interp.runtime_error("uninitialized staticmethod object"));
    }
    Ok(function)
}

/// Read a native attribute.
pub fn get_set_get(interp: &mut dyn Interpreter, attribute: &GetSetObject, instance: &Value) -> Completion {
    check_receiver(interp, attribute.row.name, &attribute.owner, instance)?;
    (attribute.row.get)(interp, instance)
}

/// Assign a native attribute, or delete it if `value` is unbound.
pub fn get_set_set(
    interp: &mut dyn Interpreter,
    attribute: &GetSetObject,
    instance: &Value,
    value: &Value,
) -> Result<(), Raised> {
    check_receiver(interp, attribute.row.name, &attribute.owner, instance)?;
    match attribute.row.set {
        Some(set) => set(interp, instance, value),
        None => {
            let owner = attribute.owner.as_type().map_or_else(String::new, |owner| owner.error_name());
            let name = attribute.row.name;
            let text = format!("attribute '{name}' of '{owner}' objects is not writable");
            Err(interp.raise(CoreType::AttributeError, &text))
        }
    }
}

/// Read a member declared in `__slots__`.
pub fn member_get(interp: &mut dyn Interpreter, member: &MemberObject, instance: &Value) -> Completion {
    let name = member.name.as_str().unwrap_or_default();
    check_receiver(interp, name, &member.owner, instance)?;
    let value = instance.as_instance().and_then(|instance| instance.member(member.index));
    match value.as_ref().and_then(Value::given) {
        Some(value) => Ok(value.clone()),
        None => {
            let class = interp.class_of(instance);
            let class = class.as_type().map_or_else(String::new, |class| class.full_name());
            let class = class.strip_prefix("__main__.").unwrap_or(&class);
            let text = format!("'{class}' object has no attribute '{name}'");
            Err(interp.attribute_error(&text, instance, &member.name))
        }
    }
}

/// Assign a member declared in `__slots__`, or delete it if `value` is unbound.
pub fn member_set(
    interp: &mut dyn Interpreter,
    member: &MemberObject,
    instance: &Value,
    value: &Value,
) -> Result<(), Raised> {
    let name = member.name.as_str().unwrap_or_default();
    check_receiver(interp, name, &member.owner, instance)?;
    let old = instance.as_instance().and_then(|instance| instance.set_member(member.index, value.clone()));
    if value.is_unbound() && old.as_ref().and_then(Value::given).is_none() {
        return Err(interp.attribute_error(name, instance, &member.name));
    }
    Ok(())
}

/// TypeError unless `instance` belongs to the class `owner` in whose dict a descriptor lies.
fn check_receiver(
    interp: &mut dyn Interpreter,
    name: &str,
    owner: &Value,
    instance: &Value,
) -> Result<(), Raised> {
    let class = interp.class_of(instance);
    if class.is(owner) || class.as_type().is_some_and(|class| class.is_subclass_of(owner)) {
        return Ok(());
    }
    let owner = owner.as_type().map_or_else(String::new, |owner| owner.name_text());
    let class = interp.type_name(instance);
    let text = format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{class}' object");
    Err(interp.type_error(&text))
}

/// `super(class, object).name`: the attribute found after `class` in the order of
/// `object_class`, bound to the object. `None` if there is none.
pub fn super_lookup(
    interp: &mut dyn Interpreter,
    class: &Value,
    object: &Value,
    object_class: &Value,
    name: &Value,
) -> Result<Option<Value>, Raised> {
    let Some(searched) = object_class.as_type() else { return Ok(None) };
    let found = {
        let mro = searched.mro.borrow();
        let after = mro.iter().skip_while(|entry| !entry.is(class)).skip(1);
        after.filter_map(Value::as_type).find_map(|entry| entry.own_dict().get_str_value(name))
    };
    let Some(found) = found else { return Ok(None) };
    // super(C, cls) binds as attribute access through the class alone would.
    let instance = if object.is(object_class) { None } else { Some(object) };
    bind(interp, &found, instance, object_class).map(Some)
}

/// The class in whose order `super(class, object)` searches: that of `object`, or `object`
/// itself if it is a subclass of `class`.
pub fn super_class_of(interp: &mut dyn Interpreter, class: &Value, object: &Value) -> Completion {
    let own = interp.class_of(object);
    let is_below = |lower: &Value| lower.as_type().is_some_and(|lower| lower.is_subclass_of(class));
    if is_below(object) {
        return Ok(object.clone());
    }
    if is_below(&own) {
        return Ok(own);
    }
    // A proxy may claim another class.
    if let Some(claimed) = interp.find_attr(object, &super::string::intern("__class__"))?
        && !claimed.is(&own)
        && is_below(&claimed)
    {
        return Ok(claimed);
    }
    let (kind, named) = match object.as_type() {
        Some(object) => ("type", object.name_text()),
        None => ("instance of", interp.type_name(object)),
    };
    let class = class.as_type().map_or_else(String::new, |class| class.name_text());
    Err(interp.type_error(&format!(
        "super(type, obj): obj ({kind} {named}) is not an instance or subtype of type ({class})."
    )))
}

/// Whether `value` is a native object of type `T` itself, not an instance of a subclass.
pub fn is_exact<T: NativeObject>(value: &Value) -> bool {
    value.tag() == Tag::Object && value.downcast::<T>().is_some()
}
