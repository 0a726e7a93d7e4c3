//! How a class comes into being: metaclass, layout, `__slots__`, namespace, linearisation, and
//! the hooks that are told about it.

use super::class::{NativeBase, NewType, TypeObject};
use super::core_type::CoreType;
use super::descriptor::{self, GetSetObject, MemberObject, PropertyObject, StaticMethodObject};
use super::dict::DictObject;
use super::exception::add_note;
use super::heap;
use super::interpreter::Interpreter;
use super::mro;
use super::spec::{GetterRow, property};
use super::string::intern;
use super::value::{Completion, Raised, Tag, Value};
use super::weak_table;
use std::cell::RefCell;

/// `__dict__` of instances of classes made by scripts.
pub static INSTANCE_DICT: GetterRow =
    property("__dict__", instance_dict, set_instance_dict, "dictionary for instance variables");

/// `__weakref__` of instances of classes made by scripts.
pub static INSTANCE_WEAKREF: GetterRow =
    super::spec::getter("__weakref__", instance_weakref, "list of weak references to the object");

fn instance_dict(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    match object.as_instance() {
        Some(instance) => Ok(instance.dict()),
        // The metaclass inherits from a class made by a script, before `type`.
        None if object.as_type().is_some() => {
            let mapping = object.as_type().expect("just asked").dict.clone();
            Ok(Value::object(descriptor::MappingProxy { mapping }))
        }
        None => {
            let class = interp.type_name(object);
            let text = format!("'{class}' object has no attribute '__dict__'");
            Err(interp.attribute_error(&text, object, &intern("__dict__")))
        }
    }
}

fn set_instance_dict(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let Some(instance) = object.as_instance() else {
        let text = match object.tag() {
            Tag::Module => "readonly attribute".to_owned(),
            Tag::Type => "attribute '__dict__' of 'type' objects is not writable".to_owned(),
            _ => {
                let class = interp.type_name(object);
                format!("attribute '__dict__' of '{class}' objects is not writable")
            }
        };
        return Err(interp.attribute_error(&text, object, &intern("__dict__")));
    };
    if object.module_like().is_some() {
        return Err(interp.attribute_error("readonly attribute", object, &intern("__dict__")));
    }
    if value.is_unbound() && object.as_exception().is_some() {
        return Err(interp.type_error("cannot delete __dict__"));
    }
    if value.is_unbound() {
        instance.set_dict(Value::dict(DictObject::new()));
        return Ok(());
    }
    if value.dict_like().is_none() {
        let name = interp.type_name(value);
        return Err(interp.type_error(&format!("__dict__ must be set to a dictionary, not a '{name}'")));
    }
    instance.set_dict(value.clone());
    Ok(())
}

fn instance_weakref(_: &mut dyn Interpreter, object: &Value) -> Completion {
    let first = weak_table::references(object).into_iter().next();
    Ok(first.map_or(Value::NONE, |(_, reference)| reference))
}

/// The most derived of `metaclass` and the classes of `bases`, to which all others must be
/// bases.
pub fn winning_metaclass(interp: &mut dyn Interpreter, metaclass: &Value, bases: &[Value]) -> Completion {
    let mut winner = metaclass.clone();
    for base in bases {
        let class = interp.class_of(base);
        let below =
            |lower: &Value, upper: &Value| lower.as_type().is_some_and(|lower| lower.is_subclass_of(upper));
        if below(&winner, &class) {
            continue;
        }
        if !below(&class, &winner) {
            return Err(interp.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of \
                 the metaclasses of all its bases",
            ));
        }
        winner = class;
    }
    Ok(winner)
}

/// The base that decides about the layout of instances: `__base__`.
pub fn best_base(interp: &mut dyn Interpreter, bases: &[Value]) -> Completion {
    let mut best: Option<(Value, Value)> = None;
    for base in bases {
        let Some(class) = base.as_type() else {
            return Err(interp.type_error("bases must be types"));
        };
        if !is_subclassable(class) {
            let name = class.error_name();
            return Err(interp.type_error(&format!("type '{name}' is not an acceptable base type")));
        }
        let candidate = layout_class(base);
        let is_below =
            |lower: &Value, upper: &Value| lower.as_type().is_some_and(|lower| lower.is_subclass_of(upper));
        match &best {
            None => best = Some((base.clone(), candidate)),
            Some((_, winner)) if is_below(winner, &candidate) => {}
            Some((_, winner)) if is_below(&candidate, winner) => best = Some((base.clone(), candidate)),
            Some(_) => return Err(interp.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    Ok(best.map_or_else(|| interp.core(CoreType::Object), |(base, _)| base))
}

fn is_subclassable(class: &TypeObject) -> bool {
    if class.is_heap {
        return true;
    }
    match class.core {
        Some(CoreType::Object | CoreType::Type | CoreType::BaseException) => true,
        Some(core) if core.exception_base().is_some() => true,
        _ => class.spec.is_some_and(|spec| spec.subclassable),
    }
}

/// Exceptions that keep more than the other exceptions do.
fn has_own_layout(core: CoreType) -> bool {
    use CoreType as C;
    match core.exception_base() {
        None => true,
        Some(_) => matches!(
            core,
            C::AttributeError
                | C::BaseExceptionGroup
                | C::ImportError
                | C::NameError
                | C::OSError
                | C::StopIteration
                | C::SyntaxError
                | C::SystemExit
                | C::UnicodeDecodeError
                | C::UnicodeEncodeError
                | C::UnicodeTranslateError
        ),
    }
}

/// The class among `class` and its bases that last added something to the layout.
fn layout_class(class: &Value) -> Value {
    let mut current = class.clone();
    loop {
        let next = {
            let Some(class) = current.as_type() else { return current };
            let base = base_of(class);
            let adds = match (class.core, class.is_heap) {
                (Some(core), _) => has_own_layout(core),
                (None, true) => {
                    let inherited =
                        base.as_ref().and_then(Value::as_type).map_or(0, TypeObject::member_count);
                    class.member_count() > inherited
                }
                (None, false) => class.spec.is_some(),
            };
            if adds { None } else { base }
        };
        match next {
            Some(base) => current = base,
            None => return current,
        }
    }
}

/// The members that a class itself declares by `__slots__`, sorted.
fn own_members(class: &TypeObject) -> Vec<String> {
    let entries = class.own_dict().entries();
    let mut names: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry.value.as_object().and_then(|_| entry.value.downcast::<MemberObject>()))
        .filter_map(|member| member.name.as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// Whether instances of one class may become instances of the other: the members that their
/// `__slots__` declare lie at the same places.
pub fn same_members(old: &Value, new: &Value) -> bool {
    let (old, new) = (layout_class(old), layout_class(new));
    if old.is(&new) {
        return true;
    }
    let (Some(old), Some(new)) = (old.as_type(), new.as_type()) else { return false };
    let same_base = match (base_of(old), base_of(new)) {
        (Some(old), Some(new)) => old.is(&new),
        (old, new) => old.is_none() && new.is_none(),
    };
    same_base && own_members(old) == own_members(new)
}

/// `__base__` of a class that was made: the base whose layout it shares.
pub fn base_of(class: &TypeObject) -> Option<Value> {
    let bases = class.bases.borrow();
    let mut best: Option<(Value, Value)> = None;
    for base in bases.iter() {
        let layout = layout_class(base);
        let is_better = best.as_ref().is_none_or(|(_, winner)| {
            !winner.is(&layout) && layout.as_type().is_some_and(|lower| lower.is_subclass_of(winner))
        });
        if is_better {
            best = Some((base.clone(), layout));
        }
    }
    best.map(|(base, _)| base)
}

/// What a class is to be made of: the arguments of `type.__new__`, checked.
pub struct ClassRequest<'a> {
    pub metaclass: &'a Value,
    pub name: &'a Value,
    pub bases: &'a [Value],
    /// A dict, which is copied.
    pub namespace: &'a DictObject,
    /// Handed on to `__init_subclass__`.
    pub keywords: &'a [(Value, Value)],
}

/// Make a class: what `type.__new__` does. The metaclass is the winning one already.
pub fn new_class(interp: &mut dyn Interpreter, request: ClassRequest<'_>) -> Completion {
    let object = interp.core(CoreType::Object);
    let bases = if request.bases.is_empty() { vec![object] } else { request.bases.to_vec() };
    let best = best_base(interp, &bases)?;
    let name = Value::str(request.name.str_like().unwrap_or_default()).interned();
    let dict = copy_namespace(interp, request.namespace, request.name)?;
    let qualname = take_qualname(interp, &dict, &name)?;
    let cell = take_class_cell(interp, &dict)?;
    let slots = Slots::collect(interp, &dict, &name, &best, &bases)?;
    fill_namespace(interp, &dict)?;
    let class = Value::new_type(NewType {
        name,
        qualname,
        metaclass: request.metaclass.clone(),
        bases: bases.clone(),
        dict,
        spec: None,
        core: None,
        native_base: native_base_of(&best),
        is_heap: true,
    });
    let this = class.as_type().expect("a class was just made");
    slots.install(&class);
    finish_namespace(this);
    if let Some(cell) = cell.as_cell() {
        drop(cell.set(class.clone()));
    }
    renew_mro(interp, &class)?;
    enter_in_bases(&class);
    this.changed();
    set_names(interp, &class)?;
    init_subclass(interp, &class, request.keywords)?;
    Ok(class)
}

fn native_base_of(best: &Value) -> Option<NativeBase> {
    best.as_type().and_then(|best| best.native_base)
}

fn copy_namespace(
    interp: &mut dyn Interpreter,
    namespace: &DictObject,
    name: &Value,
) -> Result<DictObject, Raised> {
    let dict = DictObject::new();
    let mut is_odd = false;
    for entry in namespace.entries() {
        if entry.key.as_str().is_some() {
            drop(dict.set_str_value(&entry.key.interned(), entry.value));
        } else {
            is_odd |= entry.key.str_like().is_none();
            drop(dict.set(interp, &entry.key, entry.value)?);
        }
    }
    if is_odd {
        let name = name.str_like().unwrap_or_default();
        let message = format!("non-string key in the __dict__ of class {name}");
        let place = interp.stack(1).pop();
        interp.warn(CoreType::RuntimeWarning, &message, place)?;
    }
    Ok(dict)
}

fn take_qualname(interp: &mut dyn Interpreter, dict: &DictObject, name: &Value) -> Completion {
    match dict.remove_str(&intern("__qualname__")) {
        None => Ok(name.clone()),
        Some(qualname) if qualname.str_like().is_some() => Ok(qualname),
        Some(other) => {
            let other = interp.type_name(&other);
            Err(interp.type_error(&format!("type __qualname__ must be a str, not {other}")))
        }
    }
}

/// The cell through which methods see their class; unbound if none of them looks.
fn take_class_cell(interp: &mut dyn Interpreter, dict: &DictObject) -> Completion {
    match dict.remove_str(&intern("__classcell__")) {
        None => Ok(Value::UNBOUND),
        Some(cell) if cell.as_cell().is_some() => Ok(cell),
        Some(other) => {
            let class = interp.class_of(&other);
            let class = interp.repr(&class)?;
            let class = class.str_like().unwrap_or_default();
            Err(interp.type_error(&format!("__classcell__ must be a nonlocal cell, not {class}")))
        }
    }
}

/// Names that CPython's `type.__new__` adds or wraps.
fn fill_namespace(interp: &mut dyn Interpreter, dict: &DictObject) -> Result<(), Raised> {
    if dict.get_str("__module__").is_none()
        && let Some(globals) = interp.caller_globals()
        && let Some(module) = globals.dict_like().and_then(|globals| globals.get_str("__name__"))
    {
        dict.set_str("__module__", module);
    }
    let wrap = |name: &str, wrapper: fn(Value) -> Value| {
        if let Some(function) = dict.get_str(name).filter(|value| value.as_function().is_some()) {
            dict.set_str(name, wrapper(function));
        }
    };
    wrap("__new__", |function| {
        Value::object(StaticMethodObject { function: RefCell::new(function), ..Default::default() })
    });
    for name in ["__init_subclass__", "__class_getitem__"] {
        wrap(name, |function| {
            Value::object(descriptor::ClassMethodObject {
                function: RefCell::new(function),
                ..Default::default()
            })
        });
    }
    Ok(())
}

/// What follows from the names in the class's dict, in the order of CPython's.
fn finish_namespace(class: &TypeObject) {
    let dict = class.own_dict();
    if dict.get_str("__doc__").is_none() {
        dict.set_str("__doc__", Value::NONE);
    }
    if dict.get_str("__hash__").is_none() && dict.get_str("__eq__").is_some() {
        dict.set_str("__hash__", Value::NONE);
    }
}

/// What `__slots__` say, or that there are none.
struct Slots {
    /// Names as they were written and as they are stored (private names mangled).
    names: Vec<Value>,
    /// Members of the base.
    inherited: u16,
    /// Whether `__dict__` and `__weakref__` are new in this class, and whether instances have
    /// them at all.
    adds_dict: bool,
    adds_weakref: bool,
    has_dict: bool,
    has_weakref: bool,
}

impl Slots {
    fn collect(
        interp: &mut dyn Interpreter,
        dict: &DictObject,
        class_name: &Value,
        best: &Value,
        bases: &[Value],
    ) -> Result<Slots, Raised> {
        let best_class = best.as_type();
        let inherited = best_class.map_or(0, TypeObject::member_count);
        let may_add_dict = !best_class.is_some_and(|base| base.has_dict.get());
        // Objects of several sizes have no room for the list of weak references.
        let is_sized = best_class.is_some_and(|base| {
            matches!(
                base.native_base,
                Some(NativeBase::Core(CoreType::Int | CoreType::Bytes | CoreType::Tuple))
            )
        });
        let may_add_weakref = !is_sized && !best_class.is_some_and(|base| base.has_weakref.get());
        let any = |test: fn(&TypeObject) -> bool| bases.iter().filter_map(Value::as_type).any(test);
        let base_has_dict = any(|base| base.has_dict.get());
        let base_has_weakref = any(|base| base.has_weakref.get());
        let Some(declared) = dict.get_str("__slots__") else {
            return Ok(Slots {
                names: Vec::new(),
                inherited,
                adds_dict: may_add_dict,
                adds_weakref: may_add_weakref,
                has_dict: true,
                has_weakref: may_add_weakref || base_has_weakref,
            });
        };
        let declared =
            if declared.str_like().is_some() { vec![declared] } else { interp.collect(&declared)? };
        if !declared.is_empty()
            && let Some(NativeBase::Core(
                core @ (CoreType::Int | CoreType::Bytes | CoreType::Tuple | CoreType::Type),
            )) = best_class.and_then(|base| base.native_base)
        {
            let name = best_class.map_or_else(|| core.name().to_owned(), |base| base.name_text());
            return Err(
                interp.type_error(&format!("nonempty __slots__ not supported for subtype of '{name}'"))
            );
        }
        let (mut names, mut wants_dict, mut wants_weakref) = (Vec::new(), false, false);
        for name in &declared {
            let text = check_slot_name(interp, name)?;
            match text.as_str() {
                "__dict__" => {
                    if !may_add_dict || wants_dict {
                        return Err(interp.type_error("__dict__ slot disallowed: we already got one"));
                    }
                    wants_dict = true;
                }
                "__weakref__" => {
                    if !may_add_weakref || wants_weakref {
                        return Err(interp.type_error("__weakref__ slot disallowed: we already got one"));
                    }
                    wants_weakref = true;
                }
                _ => {
                    let stored = mangle(&text, class_name.as_str().unwrap_or_default());
                    if !matches!(text.as_str(), "__qualname__" | "__classcell__" | "__module__")
                        && dict.get_str(&stored).is_some()
                    {
                        let text = format!("'{text}' in __slots__ conflicts with class variable");
                        return Err(interp.value_error(&text));
                    }
                    names.push(intern(&stored));
                }
            }
        }
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        Ok(Slots {
            names,
            inherited,
            adds_dict: wants_dict,
            adds_weakref: wants_weakref,
            has_dict: wants_dict || base_has_dict,
            has_weakref: wants_weakref || base_has_weakref,
        })
    }

    /// Put the descriptors in the class's dict and fix its layout.
    fn install(self, class: &Value) {
        let this = class.as_type().expect("slots are installed in a class");
        let dict = this.own_dict();
        let mut index = self.inherited;
        for name in &self.names {
            let member = MemberObject { name: name.clone(), owner: class.clone(), index: index as usize };
            drop(dict.set_str_value(name, Value::object(member)));
            index = index.saturating_add(1);
        }
        for (adds, row) in [(self.adds_dict, &INSTANCE_DICT), (self.adds_weakref, &INSTANCE_WEAKREF)] {
            if adds && dict.get_str(row.name).is_none() {
                dict.set_str(row.name, Value::object(GetSetObject { row, owner: class.clone() }));
            }
        }
        this.set_layout(index, self.has_dict, self.has_weakref);
    }
}

fn check_slot_name(interp: &mut dyn Interpreter, name: &Value) -> Result<String, Raised> {
    let Some(text) = name.str_like() else {
        let class = interp.type_name(name);
        return Err(interp.type_error(&format!("__slots__ items must be strings, not '{class}'")));
    };
    let mut characters = text.chars();
    let is_identifier =
        characters.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
            && characters.all(unicode_ident::is_xid_continue);
    if !is_identifier {
        return Err(interp.type_error("__slots__ must be identifiers"));
    }
    Ok(text.to_owned())
}

/// A private name as it is stored in a class named `class`.
fn mangle(name: &str, class: &str) -> String {
    let class = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class.is_empty() {
        return name.to_owned();
    }
    format!("_{class}{name}")
}

/// The order in which a class is searched; a metaclass may say otherwise by `mro()`.
fn compute_mro(interp: &mut dyn Interpreter, class: &Value) -> Result<Vec<Value>, Raised> {
    let this = class.as_type().expect("the order of a class");
    let own = this.metaclass.borrow().clone();
    let custom = own
        .as_type()
        .filter(|metaclass| metaclass.is_heap)
        .and_then(|metaclass| metaclass.lookup(&intern("mro")))
        .filter(|found| found.as_native().is_none());
    if let Some(custom) = custom {
        let method = descriptor::bind(interp, &custom, Some(class), &own)?;
        let result = interp.call(&method, &[])?;
        let order = interp.collect(&result)?;
        if let Some(wrong) = order.iter().find(|entry| entry.as_type().is_none()) {
            let wrong = interp.type_name(wrong);
            return Err(interp.type_error(&format!("mro() returned a non-class ('{wrong}')")));
        }
        return Ok(order);
    }
    default_mro(interp, class)
}

/// What `type.mro` answers.
pub fn default_mro(interp: &mut dyn Interpreter, class: &Value) -> Result<Vec<Value>, Raised> {
    let bases = class.as_type().map_or_else(Vec::new, |class| class.bases.borrow().clone());
    let is_unready = |base: &&Value| base.as_type().is_some_and(|base| base.mro.borrow().is_empty());
    if let Some(base) = bases.iter().find(is_unready).and_then(Value::as_type) {
        let name = base.name_text();
        return Err(interp.type_error(&format!("Cannot extend an incomplete type '{name}'")));
    }
    mro::linearise(class, &bases).map_err(|error| interp.type_error(&error.message()))
}

/// Whether two lists hold the same classes.
pub fn same_classes(left: &[Value], right: &[Value]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.is(right))
}

/// Compute the order of a class anew and store it, unless a `mro()` of a script has given it
/// another one meanwhile. Gives the old order and the new one, if it was stored.
fn renew_mro(interp: &mut dyn Interpreter, class: &Value) -> Result<Option<NewOrder>, Raised> {
    let this = class.as_type().expect("the order of a class");
    let old = this.mro.borrow().clone();
    let new = compute_mro(interp, class)?;
    if !same_classes(&old, &this.mro.borrow()) {
        return Ok(None);
    }
    let before = this.mro.replace(new.clone());
    drop(before);
    Ok(Some(NewOrder { class: class.clone(), old, new }))
}

/// What the order of a class was, and what it became.
pub struct NewOrder {
    pub class: Value,
    pub old: Vec<Value>,
    pub new: Vec<Value>,
}

/// Recompute the orders of a class and of all below it, after its bases have changed. What was
/// changed is entered in `done`.
pub fn update_mro(
    interp: &mut dyn Interpreter,
    class: &Value,
    done: &mut Vec<NewOrder>,
) -> Result<(), Raised> {
    let Some(changed) = renew_mro(interp, class)? else { return Ok(()) };
    done.push(changed);
    let this = class.as_type().expect("the order of a class");
    let below: Vec<Value> = this.subclasses.borrow().iter().filter_map(|cell| cell.upgrade()).collect();
    below.iter().try_for_each(|subclass| update_mro(interp, subclass, done))
}

/// Tell the bases of a new class about it.
pub fn enter_in_bases(class: &Value) {
    let Some(cell) = heap::weak_cell(class) else { return };
    let bases = class.as_type().map_or_else(Vec::new, |class| class.bases.borrow().clone());
    for base in bases.iter().filter_map(Value::as_type) {
        let mut below = base.subclasses.borrow_mut();
        below.retain(|other| other.upgrade().is_some());
        below.push(cell.clone());
    }
}

/// `__set_name__` of everything in the class's dict.
fn set_names(interp: &mut dyn Interpreter, class: &Value) -> Result<(), Raised> {
    let this = class.as_type().expect("names are set in a class");
    for entry in this.own_dict().entries() {
        if let Some(property) = entry.value.downcast::<PropertyObject>() {
            let old = property.name.replace(entry.key.clone());
            drop(old);
            if descriptor::is_exact::<PropertyObject>(&entry.value) {
                continue;
            }
        }
        if !matches!(entry.value.tag(), Tag::Object | Tag::Instance | Tag::Type) {
            continue;
        }
        let args = [class.clone(), entry.key.clone()];
        if let Err(raised) = interp.call_special(&entry.value, "__set_name__", &args) {
            let exception = raised.into_value();
            let (kind, key) = (interp.type_name(&entry.value), interp.repr(&entry.key)?);
            let (key, name) = (key.str_like().unwrap_or_default(), this.name_text());
            let note = format!("Error calling __set_name__ on '{kind}' instance {key} in '{name}'");
            add_note(&exception, Value::str(&note));
            return Err(Raised::new(exception));
        }
    }
    Ok(())
}

/// `super(class, class).__init_subclass__(**keywords)`.
fn init_subclass(
    interp: &mut dyn Interpreter,
    class: &Value,
    keywords: &[(Value, Value)],
) -> Result<(), Raised> {
    let this = class.as_type().expect("a class was just made");
    let name = intern("__init_subclass__");
    let found = {
        let mro = this.mro.borrow();
        mro.iter().skip(1).filter_map(Value::as_type).find_map(|base| base.own_dict().get_str_value(&name))
    };
    if !this.mro.borrow().iter().any(|base| base.is(class)) {
        // A `mro()` of a script left the class out.
        let name = this.name_text();
        return Err(interp.type_error(&format!(
            "super(type, obj): obj (type {name}) is not an instance or subtype of type ({name})."
        )));
    }
    let Some(found) = found else { return Ok(()) };
    if found.as_native().is_some_and(|native| native.owner == Some("object")) {
        if keywords.is_empty() {
            return Ok(());
        }
        let qualname = this.qualname.borrow().clone();
        let qualname = qualname.str_like().unwrap_or_default();
        return Err(interp.type_error(&format!("{qualname}.__init_subclass__() takes no keyword arguments")));
    }
    let hook = descriptor::bind(interp, &found, None, class)?;
    interp.call_keywords(&hook, &[], keywords)?;
    Ok(())
}
