//! By what name a script knows an object: as a local variable, an attribute of one, or a global.

use super::stack::Link;
use crate::object::Value;

/// The name of `object` in the frames of a chain of awaits, the innermost first.
pub fn name_of(object: &Value, links: &[Link]) -> Option<String> {
    let frames = || links.iter().rev().filter_map(|link| link.value.as_generator());
    for generator in frames() {
        let head = generator.head();
        let Some(code) = head.code.as_code() else { continue };
        let locals: Vec<(&str, Value)> = code
            .code
            .local_names
            .iter()
            .map(|(name, slot)| {
                let read = |register: u8| match usize::from(register) {
                    register if register < generator.length() => generator.value(register),
                    _ => Value::UNBOUND,
                };
                (&**name, code.value_at(*slot, &read))
            })
            .map(|(name, value)| (name, value.as_cell().map(|cell| cell.get()).unwrap_or(value)))
            .collect();
        if let Some((name, _)) = locals.iter().find(|(_, value)| value.is(object)) {
            return Some((*name).to_owned());
        }
        for (name, value) in &locals {
            if let Some(attribute) = attribute_that_is(value, object) {
                return Some(format!("{name}.{attribute}"));
            }
        }
    }
    let generator = frames().next()?;
    let globals = generator.head().code.as_code()?.globals.clone();
    let entries = globals.as_dict()?.entries();
    let entry = entries.into_iter().find(|entry| entry.value.is(object))?;
    entry.key.as_str().map(str::to_owned)
}

/// The name of the attribute of an instance that is `object`.
fn attribute_that_is(value: &Value, object: &Value) -> Option<String> {
    let instance = value.as_instance()?;
    let names = match instance.dict_if_any() {
        Some(dict) => dict.as_dict()?.keys(),
        None => instance.shape().names(),
    };
    let name = names
        .into_iter()
        .find(|name| instance.own_attribute(name).is_some_and(|attribute| attribute.is(object)))?;
    name.as_str().map(str::to_owned)
}
