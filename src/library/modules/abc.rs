//! `abc`: abstract classes. The registry and the checks are native, the metaclass is apy code.

use crate::library::types::support::wrong_self;
use crate::object::heap::{self, Traverse, WeakCell};
use crate::object::interpreter::Interpreter;
use crate::object::set::SetObject;
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub static ABC: ModuleSpec = ModuleSpec {
    name: "abc",
    doc: "Abstract Base Classes (ABCs) according to PEP 3119.",
    functions: FUNCTIONS,
    script: script!("abc.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_abc_init", "cls, /", init, "Find the abstract methods of a class and give it a registry."),
    native("_abc_register", "cls, subclass, /", register, "Enter a class in the registry of another."),
    native("_abc_instancecheck", "cls, instance, /", instance_check, ""),
    native("_abc_subclasscheck", "cls, subclass, /", subclass_check, ""),
    native("_abc_reset_registry", "cls, /", reset_registry, "Forget the registered classes."),
    native("_abc_reset_caches", "cls, /", reset_caches, "Forget answers."),
    native("get_cache_token", "", cache_token, "Returns the current ABC cache token."),
    native(
        "update_abstractmethods",
        "cls",
        update_abstract_methods,
        "Recalculate the set of abstract methods of an abstract class.",
    ),
];

thread_local! {
    /// Counts registrations: answers "no" of before the last one may be wrong.
    static TOKEN: Cell<i64> = const { Cell::new(0) };
}

/// Classes, none of them kept alive.
type Classes = RefCell<Vec<Rc<WeakCell>>>;

/// What an abstract class knows of others.
struct Registry {
    registered: Classes,
    /// Classes known to be subclasses, and known not to be at the time of `token`.
    known: Classes,
    refused: Classes,
    token: Cell<i64>,
}

static REGISTRY: TypeSpec = TypeSpec {
    name: "_abc_data",
    module: "_abc",
    doc: "Internal state held by ABC machinery.",
    ..TypeSpec::EMPTY
};

impl Traverse for Registry {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Registry {
    fn spec(&self) -> &'static TypeSpec {
        &REGISTRY
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn holds(classes: &Classes, class: &Value) -> bool {
    classes.borrow().iter().any(|cell| cell.upgrade().is_some_and(|known| known.is(class)))
}

fn enter(classes: &Classes, class: &Value) {
    if let Some(cell) = heap::weak_cell(class)
        && !holds(classes, class)
    {
        let mut classes = classes.borrow_mut();
        classes.retain(|cell| cell.upgrade().is_some());
        classes.push(cell);
    }
}

/// The registry of an abstract class, a native object.
fn registry(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    let own = class.as_type().and_then(|class| class.own_dict().get_str("_abc_impl"));
    match own.filter(|own| own.downcast::<Registry>().is_some()) {
        Some(own) => Ok(own),
        None => Err(wrong_self(interp, "_abc_impl", "ABCMeta", class)),
    }
}

/// What patterns take instances for: a class cannot be both.
fn check_pattern_flags(interp: &mut dyn Interpreter, class: &Value) -> Result<(), Raised> {
    const BOTH: i64 = 1 << 5 | 1 << 6;
    let Some(class) = class.as_type() else { return Ok(()) };
    let flags = class.own_dict().get_str("__abc_tpflags__");
    if flags.and_then(|flags| flags.as_int()).is_some_and(|flags| flags & BOTH == BOTH) {
        return Err(
            interp.type_error("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING")
        );
    }
    Ok(())
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    compute_abstract(interp, &args[0])?;
    check_pattern_flags(interp, &args[0])?;
    let registry = Value::object(Registry {
        registered: Classes::default(),
        known: Classes::default(),
        refused: Classes::default(),
        token: Cell::new(TOKEN.get()),
    });
    interp.set_attr(&args[0], &intern("_abc_impl"), &registry)?;
    Ok(Value::NONE)
}

/// Set `__abstractmethods__` from the class's own names and those its bases leave abstract.
fn compute_abstract(interp: &mut dyn Interpreter, class: &Value) -> Result<(), Raised> {
    let Some(this) = class.as_type() else { return Ok(()) };
    let names = SetObject::new(true);
    for entry in this.own_dict().entries() {
        if is_abstract(interp, &entry.value)? {
            names.add(interp, &entry.key)?;
        }
    }
    let bases = this.bases.borrow().clone();
    for base in &bases {
        let Some(inherited) = interp.find_attr(base, &intern("__abstractmethods__"))? else { continue };
        for name in interp.collect(&inherited)? {
            if let Some(found) = interp.find_attr(class, &name)?
                && is_abstract(interp, &found)?
            {
                names.add(interp, &name)?;
            }
        }
    }
    interp.set_attr(class, &intern("__abstractmethods__"), &Value::set(names))
}

fn is_abstract(interp: &mut dyn Interpreter, value: &Value) -> Result<bool, Raised> {
    match interp.find_attr(value, &intern("__isabstractmethod__"))? {
        Some(mark) => interp.truth(&mark),
        None => Ok(false),
    }
}

fn update_abstract_methods(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if interp.find_attr(&args[0], &intern("__abstractmethods__"))?.is_some() {
        compute_abstract(interp, &args[0])?;
    }
    Ok(args[0].clone())
}

fn register(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, subclass) = (&args[0], &args[1]);
    if subclass.as_type().is_none() {
        return Err(interp.type_error("Can only register classes"));
    }
    if interp.is_subclass(subclass, class)? {
        return Ok(subclass.clone());
    }
    if interp.is_subclass(class, subclass)? {
        return Err(interp.runtime_error("Refusing to create an inheritance cycle"));
    }
    let own = registry(interp, class)?;
    if let Some(own) = own.downcast::<Registry>() {
        enter(&own.registered, subclass);
    }
    TOKEN.set(TOKEN.get() + 1);
    Ok(subclass.clone())
}

fn instance_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, instance) = (&args[0], &args[1]);
    let claimed = interp.attribute(instance, "__class__")?;
    if knows(interp, class, &claimed)? == Some(true) {
        return Ok(Value::TRUE);
    }
    if is_subclass_of(interp, &claimed, class)? {
        return Ok(Value::TRUE);
    }
    let own = interp.class_of(instance);
    Ok(Value::bool(!own.is(&claimed) && is_subclass_of(interp, &own, class)?))
}

/// `class.__subclasscheck__(subclass)`, overridden or not.
fn is_subclass_of(interp: &mut dyn Interpreter, subclass: &Value, class: &Value) -> Result<bool, Raised> {
    let answer = interp.call_method(class, "__subclasscheck__", std::slice::from_ref(subclass))?;
    interp.truth(&answer)
}

/// What the caches say.
fn knows(interp: &mut dyn Interpreter, class: &Value, subclass: &Value) -> Result<Option<bool>, Raised> {
    let own = registry(interp, class)?;
    let Some(own) = own.downcast::<Registry>() else { return Ok(None) };
    if holds(&own.known, subclass) {
        return Ok(Some(true));
    }
    if own.token.get() < TOKEN.get() {
        own.token.set(TOKEN.get());
        own.refused.borrow_mut().clear();
        return Ok(None);
    }
    Ok(holds(&own.refused, subclass).then_some(false))
}

fn subclass_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, subclass) = (&args[0], &args[1]);
    if subclass.as_type().is_none() {
        return Err(interp.type_error("issubclass() arg 1 must be a class"));
    }
    if let Some(known) = knows(interp, class, subclass)? {
        return Ok(Value::bool(known));
    }
    let answer = decide(interp, class, subclass)?;
    let own = registry(interp, class)?;
    if let Some(own) = own.downcast::<Registry>() {
        enter(if answer { &own.known } else { &own.refused }, subclass);
    }
    Ok(Value::bool(answer))
}

fn decide(interp: &mut dyn Interpreter, class: &Value, subclass: &Value) -> Result<bool, Raised> {
    let hook = interp.call_method(class, "__subclasshook__", std::slice::from_ref(subclass))?;
    if let Some(answer) = hook.as_bool() {
        return Ok(answer);
    }
    if subclass.as_type().is_some_and(|subclass| subclass.is_subclass_of(class)) {
        return Ok(true);
    }
    let own = registry(interp, class)?;
    let registered: Vec<Value> = own.downcast::<Registry>().map_or_else(Vec::new, |own| {
        own.registered.borrow().iter().filter_map(|cell| cell.upgrade()).collect()
    });
    for other in &registered {
        if interp.is_subclass(subclass, other)? {
            return Ok(true);
        }
    }
    let below = interp.call_method(class, "__subclasses__", &[])?;
    for other in interp.collect(&below)? {
        if interp.is_subclass(subclass, &other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn reset_registry(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = registry(interp, &args[0])?;
    if let Some(own) = own.downcast::<Registry>() {
        own.registered.borrow_mut().clear();
    }
    Ok(Value::NONE)
}

fn reset_caches(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = registry(interp, &args[0])?;
    if let Some(own) = own.downcast::<Registry>() {
        own.known.borrow_mut().clear();
        own.refused.borrow_mut().clear();
    }
    Ok(Value::NONE)
}

fn cache_token(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(TOKEN.get()))
}
