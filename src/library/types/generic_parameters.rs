//! Type variables in `list[T]` and `list[T] | None`: which there are, and others put in for them.
//! The type variables themselves are objects of `typing`, which say by `__typing_subst__` and its
//! kin what may stand for them.

use crate::object::interpreter::Interpreter;
use crate::object::string::intern;
use crate::object::{Completion, Raised, Tag, Value};

/// The attribute `name`, but of a class none: its attributes are those of its instances.
fn attribute(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Result<Option<Value>, Raised> {
    if value.as_type().is_some() {
        return Ok(None);
    }
    interp.find_attr(value, &intern(name))
}

fn add(found: &mut Vec<Value>, value: &Value) {
    if !found.iter().any(|known| known.is(value)) {
        found.push(value.clone());
    }
}

/// The type variables in arguments, each once, in order.
pub fn parameters_of(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Vec<Value>, Raised> {
    let mut found = Vec::new();
    for arg in args {
        if attribute(interp, arg, "__typing_subst__")?.is_some() {
            add(&mut found, arg);
        } else if let Some(inner) = attribute(interp, arg, "__parameters__")? {
            for parameter in inner.tuple_like().unwrap_or_default() {
                add(&mut found, parameter);
            }
        }
    }
    Ok(found)
}

/// What is between the brackets as a list: unpacked tuples are taken apart.
fn unpacked_items(interp: &mut dyn Interpreter, item: &Value) -> Result<Vec<Value>, Raised> {
    let items = item.tuple_like().map_or_else(|| vec![item.clone()], <[Value]>::to_vec);
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let inner = attribute(interp, &item, "__typing_unpacked_tuple_args__")?;
        match inner.as_ref().and_then(Value::tuple_like) {
            Some(inner) if inner.last().is_none_or(|last| last.tag() != Tag::Ellipsis) => {
                all.extend_from_slice(inner);
            }
            _ => all.push(item),
        }
    }
    Ok(all)
}

/// The arguments `args` of the generic `this` with `item` in place of its parameters.
pub fn substitute(
    interp: &mut dyn Interpreter,
    this: &Value,
    args: &[Value],
    item: &Value,
) -> Result<Vec<Value>, Raised> {
    let parameters = parameters_of(interp, args)?;
    if parameters.is_empty() {
        let text = interp.repr(this)?;
        let text = text.str_like().unwrap_or_default();
        return Err(interp.type_error(&format!("{text} is not a generic class")));
    }
    let mut items = unpacked_items(interp, item)?;
    for parameter in &parameters {
        let Some(prepare) = attribute(interp, parameter, "__typing_prepare_subst__")? else { continue };
        if prepare.is_none() {
            continue;
        }
        let prepared = interp.call(&prepare, &[this.clone(), Value::tuple(items.clone())])?;
        items = prepared.tuple_like().map_or_else(|| vec![prepared.clone()], <[Value]>::to_vec);
    }
    if items.len() != parameters.len() {
        let text = interp.repr(this)?;
        let (text, actual, expected) = (text.str_like().unwrap_or_default(), items.len(), parameters.len());
        let many = if actual > expected { "many" } else { "few" };
        return Err(interp
            .type_error(&format!("Too {many} arguments for {text}; actual {actual}, expected {expected}")));
    }
    let mut result = Vec::with_capacity(args.len());
    for arg in args {
        if arg.as_type().is_some() {
            result.push(arg.clone());
            continue;
        }
        let unpacks = match attribute(interp, arg, "__typing_is_unpacked_typevartuple__")? {
            Some(unpacks) => interp.truth(&unpacks)?,
            None => false,
        };
        let value = match attribute(interp, arg, "__typing_subst__")? {
            Some(function) => {
                let place = parameters.iter().position(|known| known.is(arg));
                let place = place.expect("what can be substituted is a parameter");
                interp.call(&function, std::slice::from_ref(&items[place]))?
            }
            None => substitute_inside(interp, arg, &parameters, &items)?,
        };
        match value.tuple_like() {
            Some(values) if unpacks => result.extend_from_slice(values),
            _ => result.push(value),
        }
    }
    Ok(result)
}

/// An argument that is generic itself, with the same items.
fn substitute_inside(
    interp: &mut dyn Interpreter,
    arg: &Value,
    parameters: &[Value],
    items: &[Value],
) -> Completion {
    let inner = attribute(interp, arg, "__parameters__")?;
    let Some(inner) = inner.as_ref().and_then(Value::tuple_like).filter(|inner| !inner.is_empty()) else {
        return Ok(arg.clone());
    };
    let mut chosen = Vec::with_capacity(inner.len());
    for parameter in inner {
        match parameters.iter().position(|known| known.is(parameter)) {
            None => chosen.push(parameter.clone()),
            Some(place) => match items[place].tuple_like() {
                // Only a TypeVarTuple, which can be unpacked, stands for several.
                Some(several) if interp.find_attr(parameter, &intern("__iter__"))?.is_some() => {
                    chosen.extend_from_slice(several);
                }
                _ => chosen.push(items[place].clone()),
            },
        }
    }
    interp.get_item(arg, &Value::tuple(chosen))
}
