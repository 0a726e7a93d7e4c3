//! `object.__reduce_ex__`: how an object is taken apart for `copy` and `pickle`.

use crate::object::class::TypeObject;
use crate::object::dict::DictObject;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// `object.__reduce_ex__`.
pub fn reduce_ex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let protocol = interp.expect_int(&args[1])?;
    // A `__reduce__` of the class itself goes first.
    if !is_of_object(&interp.class_of(&args[0]), "__reduce__") {
        return interp.call_method(&args[0], "__reduce__", &[]);
    }
    common(interp, &args[0], protocol)
}

/// `object.__reduce__`.
pub fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    common(interp, &args[0], 0)
}

/// `object.__getstate__`.
pub fn get_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    plain_state(interp, &args[0], false)
}

/// What `__getstate__` of the object answers.
pub fn state_of(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    required_state(interp, object, false)
}

/// Whether the class has the method from `object`.
fn is_of_object(class: &Value, name: &str) -> bool {
    let found = class.as_type().and_then(|class| class.lookup(&intern(name)));
    found.is_none_or(|found| found.as_native().is_some_and(|found| found.owner == Some("object")))
}

/// A function of `copyreg`.
fn copyreg(interp: &mut dyn Interpreter, function: &str) -> Completion {
    let module = interp.import("copyreg")?;
    interp.attribute(&module, function)
}

fn common(interp: &mut dyn Interpreter, object: &Value, protocol: i64) -> Completion {
    if protocol < 2 {
        let function = copyreg(interp, "_reduce_ex")?;
        return interp.call(&function, &[object.clone(), Value::int(protocol)]);
    }
    let class = interp.class_of(object);
    if class.as_type().is_some_and(is_made_by_machine) && is_of_object(&class, "__new__") {
        return Err(cannot_pickle(interp, object));
    }
    let arguments = new_arguments(interp, object)?;
    let is_container = object.list_like().is_some() || object.dict_like().is_some();
    let has_arguments = arguments.is_some();
    let (function, parts) = match arguments {
        Some((arguments, keywords)) if keywords.dict_like().is_some_and(|keywords| !keywords.is_empty()) => {
            (copyreg(interp, "__newobj_ex__")?, vec![class, arguments, keywords])
        }
        arguments => {
            let arguments = arguments.map(|(arguments, _)| arguments);
            let arguments = arguments.as_ref().and_then(Value::tuple_like).unwrap_or_default();
            let parts = std::iter::once(&class).chain(arguments).cloned().collect();
            (copyreg(interp, "__newobj__")?, parts)
        }
    };
    let state = required_state(interp, object, !(has_arguments || is_container))?;
    let items = match object.list_like() {
        Some(_) => interp.iter(object)?,
        None => Value::NONE,
    };
    let pairs = match object.dict_like() {
        Some(_) => {
            let pairs = interp.call_method(object, "items", &[])?;
            interp.iter(&pairs)?
        }
        None => Value::NONE,
    };
    Ok(Value::tuple(vec![function, Value::tuple(parts), state, items, pairs]))
}

/// Whether the class is one of the machine's whose objects are more than attributes.
fn is_made_by_machine(class: &TypeObject) -> bool {
    !class.is_heap && !matches!(class.core, Some(CoreType::Object | CoreType::NoneType))
}

/// What `__getnewargs_ex__` or `__getnewargs__` answers: a tuple and a dict.
fn new_arguments(interp: &mut dyn Interpreter, object: &Value) -> Result<Option<(Value, Value)>, Raised> {
    if let Some(found) = interp.call_special(object, "__getnewargs_ex__", &[])? {
        let class = interp.type_name(&found);
        let Some(parts) = found.tuple_like() else {
            let message = format!("__getnewargs_ex__ should return a tuple, not '{class}'");
            return Err(interp.type_error(&message));
        };
        let [arguments, keywords] = parts else {
            let count = parts.len();
            let message = format!("__getnewargs_ex__ should return a tuple of length 2, not {count}");
            return Err(interp.value_error(&message));
        };
        let wrong = match (arguments.tuple_like(), keywords.dict_like()) {
            (None, _) => Some(("first", "tuple", arguments)),
            (_, None) => Some(("second", "dict", keywords)),
            _ => None,
        };
        if let Some((which, kind, part)) = wrong {
            let class = interp.type_name(part);
            let message = format!(
                "{which} item of the tuple returned by __getnewargs_ex__ must be a {kind}, not '{class}'"
            );
            return Err(interp.type_error(&message));
        }
        return Ok(Some((arguments.clone(), keywords.clone())));
    }
    let Some(arguments) = interp.call_special(object, "__getnewargs__", &[])? else { return Ok(None) };
    if arguments.tuple_like().is_none() {
        let class = interp.type_name(&arguments);
        let message = format!("__getnewargs__ should return a tuple, not '{class}'");
        return Err(interp.type_error(&message));
    }
    Ok(Some((arguments, Value::UNBOUND)))
}

fn required_state(interp: &mut dyn Interpreter, object: &Value, required: bool) -> Completion {
    let get_state = interp.attribute(object, "__getstate__")?;
    let is_plain = get_state
        .as_native()
        .is_some_and(|native| native.owner == Some("object") && native.receiver.is(object));
    if is_plain { plain_state(interp, object, required) } else { interp.call(&get_state, &[]) }
}

/// What `object.__getstate__` answers. `required`: nothing else tells of the object, so that it
/// must consist of attributes and slots.
fn plain_state(interp: &mut dyn Interpreter, object: &Value, required: bool) -> Completion {
    let class = interp.class_of(object);
    if required && varies_in_size(&class) {
        let name = interp.type_name(object);
        return Err(interp.type_error(&format!("cannot pickle {name} objects")));
    }
    let attributes = match object.as_instance() {
        Some(instance) if class.as_type().is_none_or(|class| class.has_dict.get()) => Some(instance.dict()),
        Some(_) => None,
        None => object.as_object().and_then(|object| object.attributes()).map(|attributes| attributes.dict()),
    };
    let state = attributes.filter(|dict| dict.dict_like().is_some_and(|dict| !dict.is_empty()));
    let state = state.unwrap_or(Value::NONE);
    let names = slot_names(interp, &class)?;
    if required && !is_plain_object(object, &class) {
        return Err(cannot_pickle(interp, object));
    }
    let slots = DictObject::new();
    for name in names {
        if let Some(value) = interp.find_attr(object, &name)? {
            drop(slots.set(interp, &name, value)?);
        }
    }
    Ok(if slots.is_empty() { state } else { Value::pair(state, Value::dict(slots)) })
}

/// Whether attributes and slots are all there is of the object.
fn is_plain_object(object: &Value, class: &Value) -> bool {
    match object.as_instance() {
        Some(instance) => instance.payload().is_none(),
        None => class.as_type().is_some_and(|class| !is_made_by_machine(class)),
    }
}

fn varies_in_size(class: &Value) -> bool {
    let is_view = |class: &TypeObject| class.spec.is_some_and(|spec| spec.name == "memoryview");
    class.as_type().is_some_and(|class| class.core == Some(CoreType::Code) || is_view(class))
}

#[cold]
fn cannot_pickle(interp: &mut dyn Interpreter, object: &Value) -> Raised {
    let name = interp.type_name(object);
    interp.type_error(&format!("cannot pickle '{name}' object"))
}

/// The names of all slots: what `copyreg._slotnames` finds and keeps in the class.
fn slot_names(interp: &mut dyn Interpreter, class: &Value) -> Result<Vec<Value>, Raised> {
    let Some(object) = class.as_type().filter(|class| class.is_heap) else { return Ok(Vec::new()) };
    if let Some(known) = object.own_dict().get_str("__slotnames__") {
        if known.is_none() {
            return Ok(Vec::new());
        }
        let Some(names) = known.list_like() else {
            let (class, found) = (object.name_text(), interp.type_name(&known));
            let message = format!("{class}.__slotnames__ should be a list or None, not {found}");
            return Err(interp.type_error(&message));
        };
        return Ok(names.items.borrow().clone());
    }
    let function = copyreg(interp, "_slotnames")?;
    let names = interp.call(&function, std::slice::from_ref(class))?;
    if names.is_none() {
        return Ok(Vec::new());
    }
    match names.list_like() {
        Some(names) => Ok(names.items.borrow().clone()),
        None => Err(interp.type_error("copyreg._slotnames didn't return a list or None")),
    }
}
