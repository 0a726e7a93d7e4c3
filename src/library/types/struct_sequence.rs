//! Tuples whose items have names, as `sys.version_info`: the class is a spec with `TUPLE` as its
//! base whose getters, in order, name the items.

use super::receiver::wrong_receiver;
use crate::object::dict::{DictObject, Entry};
use crate::object::repr::push_repr;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, TypeSpec, Value};

/// An object of `spec` with the given items.
pub fn struct_sequence(interp: &mut dyn Interpreter, spec: &'static TypeSpec, items: Vec<Value>) -> Value {
    let class = interp.type_of_spec(spec);
    Value::instance(class, Some(Value::tuple(items)))
}

/// A getter for item number `N`.
pub fn item<const N: usize>(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    match this.tuple_like().and_then(|items| items.get(N)) {
        Some(item) => Ok(item.clone()),
        None => Err(wrong_receiver(interp, "tuple", "item", this)),
    }
}

/// `__repr__`: all items with their names.
pub fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.class_of(&args[0]);
    let spec = class.as_type().and_then(|class| class.spec);
    let (Some(spec), Some(items)) = (spec, args[0].tuple_like()) else {
        return Err(wrong_receiver(interp, "tuple", "__repr__", &args[0]));
    };
    let mut text = format!("{}.{}(", spec.module, spec.name);
    for (index, (getter, item)) in spec.getters.iter().zip(items).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(getter.name);
        text.push('=');
        push_repr(interp, &mut text, item)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}

/// The fields of a class whose tuples hide some items: as numbers they have the first `VISIBLE`, the
/// others are found by name alone.
pub trait Fields: 'static {
    /// All names in order; empty for an item without a name.
    const NAMES: &'static [&'static str];
    const VISIBLE: usize;

    fn spec() -> &'static TypeSpec;
}

/// The class, with what it says of its fields.
pub fn class_of<F: Fields>(interp: &mut dyn Interpreter) -> Value {
    let class = interp.type_of_spec(F::spec());
    if let Some(object) = class.as_type() {
        let unnamed = F::NAMES.iter().filter(|name| name.is_empty()).count();
        let visible = F::NAMES[..F::VISIBLE].iter().filter(|name| !name.is_empty());
        let facts = [
            ("__match_args__", Value::tuple(visible.map(|name| Value::str(name)).collect())),
            ("n_fields", Value::int(F::NAMES.len() as i64)),
            ("n_sequence_fields", Value::int(F::VISIBLE as i64)),
            ("n_unnamed_fields", Value::int(unnamed as i64)),
        ];
        for (name, value) in facts {
            object.own_dict().set_str_value(&intern(name), value);
        }
        object.changed();
    }
    class
}

/// An object with all its fields, hidden ones too.
pub fn with_hidden<F: Fields>(interp: &mut dyn Interpreter, mut fields: Vec<Value>) -> Value {
    let class = interp.type_of_spec(F::spec());
    let hidden = fields.split_off(F::VISIBLE.min(fields.len()));
    made::<F>(class, fields, hidden)
}

fn made<F: Fields>(class: Value, visible: Vec<Value>, hidden: Vec<Value>) -> Value {
    let made = Value::instance(class, Some(Value::tuple(visible)));
    if let Some(instance) = made.as_instance() {
        for (name, value) in F::NAMES[F::VISIBLE..].iter().zip(hidden) {
            instance.set_own_attribute(&intern(name), value);
        }
    }
    made
}

/// A getter of field number `N`.
pub fn field<F: Fields, const N: usize>(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let found = match this.tuple_like() {
        Some(items) if N < F::VISIBLE => items.get(N).cloned(),
        Some(_) => this.as_instance().and_then(|instance| instance.own_attribute(&intern(F::NAMES[N]))),
        None => None,
    };
    match found {
        Some(found) => Ok(found),
        None => Err(wrong_receiver(interp, F::spec().name, F::NAMES[N], this)),
    }
}

/// `__new__`, with the parameters `sequence, dict=?`.
pub fn new<F: Fields>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = F::spec().error_name();
    let Ok(mut items) = interp.collect(&args[1]) else {
        return Err(interp.type_error("constructor requires a sequence"));
    };
    let given = args[2].given_some();
    if given.is_some_and(|given| given.dict_like().is_none()) {
        return Err(interp.type_error(&format!("{name}() takes a dict as second arg, if any")));
    }
    let (least, most, count) = (F::VISIBLE, F::NAMES.len(), items.len());
    let wanted = match count {
        _ if least == most && count != least => format!("a {least}"),
        _ if count < least => format!("an at least {least}"),
        _ if count > most => format!("an at most {most}"),
        _ => String::new(),
    };
    if !wanted.is_empty() {
        let message = format!("{name}() takes {wanted}-sequence ({count}-sequence given)");
        return Err(interp.type_error(&message));
    }
    let mut hidden = items.split_off(least);
    let mut used = 0;
    for field in &F::NAMES[count..] {
        let found = given.and_then(|given| given.dict_like()?.get_str(field));
        used += usize::from(found.is_some());
        hidden.push(found.unwrap_or(Value::NONE));
    }
    if given.and_then(|given| given.dict_like()).is_some_and(|given| given.len() > used) {
        let message = format!("{name}() got duplicate or unexpected field name(s)");
        return Err(interp.type_error(&message));
    }
    Ok(made::<F>(args[0].clone(), items, hidden))
}

/// The visible items and a dict of the hidden ones.
fn parts<F: Fields>(
    interp: &mut dyn Interpreter,
    this: &Value,
    method: &str,
) -> Result<(Vec<Value>, Value), Raised> {
    let (Some(items), Some(instance)) = (this.tuple_like(), this.as_instance()) else {
        return Err(wrong_receiver(interp, F::spec().name, method, this));
    };
    let hidden = Value::dict(DictObject::default());
    for name in &F::NAMES[F::VISIBLE..] {
        if let (Some(dict), Some(value)) = (hidden.as_dict(), instance.own_attribute(&intern(name))) {
            dict.set_str_value(&intern(name), value);
        }
    }
    Ok((items.to_vec(), hidden))
}

/// `__reduce__`.
pub fn reduce<F: Fields>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (items, hidden) = parts::<F>(interp, &args[0], "__reduce__")?;
    let class = interp.class_of(&args[0]);
    Ok(Value::tuple(vec![class, Value::tuple(vec![Value::tuple(items), hidden])]))
}

/// `__replace__`, with the parameters `**changes`.
pub fn replace<F: Fields>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = F::spec().error_name();
    if F::NAMES.contains(&"") {
        let message = format!("__replace__() is not supported for {name} because it has unnamed field(s)");
        return Err(interp.type_error(&message));
    }
    let (mut items, hidden) = parts::<F>(interp, &args[0], "__replace__")?;
    let mut unknown = Vec::new();
    for Entry { key, value, .. } in args[1].dict_like().map(DictObject::entries).unwrap_or_default() {
        let text = key.str_like().unwrap_or_default().to_owned();
        match F::NAMES.iter().position(|name| *name == text) {
            Some(place) if place < F::VISIBLE => items[place] = value,
            Some(_) => {
                hidden.as_dict().and_then(|dict| dict.set_str_value(&intern(&text), value));
            }
            None => unknown.push(key),
        }
    }
    if !unknown.is_empty() {
        let unknown = interp.repr(&Value::list(unknown))?;
        let unknown = unknown.str_like().unwrap_or_default();
        return Err(interp.type_error(&format!("Got unexpected field name(s): {unknown}")));
    }
    let class = interp.class_of(&args[0]);
    new::<F>(interp, &[class, Value::tuple(items), hidden])
}

/// `__repr__`: the visible items with their names.
pub fn repr_visible<F: Fields>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (items, _) = parts::<F>(interp, &args[0], "__repr__")?;
    let mut text = F::spec().error_name() + "(";
    for (index, (name, item)) in F::NAMES.iter().filter(|name| !name.is_empty()).zip(&items).enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
        text.push('=');
        push_repr(interp, &mut text, item)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}
