//! "Did you mean", computed from where the exception was raised.

use super::stdlib::STDLIB_MODULE_NAMES;
use crate::object::core_type::CoreType;
use crate::object::exception::{ExceptionState, TracebackObject, field};
use crate::object::interpreter::{CodePlace, Interpreter};
use crate::object::string::intern;
use crate::object::suggestions::closest;
use crate::object::value::Value;

/// What is added to the message of an AttributeError, NameError or ImportError; empty if nothing.
pub fn hint(interp: &mut dyn Interpreter, exception: &Value) -> String {
    let Some(state) = exception.as_exception() else { return String::new() };
    let is = |class| interp.exception_is(exception, class);
    let (is_import, is_attribute, is_name) =
        (is(CoreType::ImportError), is(CoreType::AttributeError), is(CoreType::NameError));
    let wrong = match (is_import, is_attribute || is_name) {
        (true, _) => state.field(field::NAME_FROM),
        (_, true) => state.field(field::NAME),
        _ => return String::new(),
    };
    let Some(wrong) = wrong.str_like() else { return String::new() };
    let suggestion = if is_import {
        of_module(interp, state, wrong)
    } else if is_attribute {
        of_object(interp, state, wrong)
    } else {
        of_scope(interp, state, wrong)
    };
    let mut hint = suggestion.as_ref().map_or_else(String::new, |name| format!(". Did you mean: '{name}'?"));
    if is_name && STDLIB_MODULE_NAMES.binary_search(&wrong).is_ok() {
        let start = if suggestion.is_some() { " Or did" } else { ". Did" };
        hint.push_str(&format!("{start} you forget to import '{wrong}'?"));
    }
    hint
}

/// The names of `dir(object)`; none if that fails.
fn dir(interp: &mut dyn Interpreter, object: &Value) -> Vec<String> {
    let names = match interp.call_special(object, "__dir__", &[]) {
        Ok(Some(names)) => interp.collect(&names),
        Ok(None) | Err(_) => return Vec::new(),
    };
    let mut names: Vec<String> =
        names.unwrap_or_default().iter().filter_map(|name| name.str_like().map(str::to_owned)).collect();
    names.sort();
    names
}

fn nearest(wrong: &str, names: &[String], hide_underscored: bool) -> Option<String> {
    let names: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !(hide_underscored && name.starts_with('_')))
        .collect();
    closest(wrong, &names).map(str::to_owned)
}

fn of_module(interp: &mut dyn Interpreter, state: &ExceptionState, wrong: &str) -> Option<String> {
    let name = state.field(field::NAME);
    let modules = interp.modules();
    let module = modules.dict_like()?.get_str(name.str_like()?)?;
    let names = dir(interp, &module);
    nearest(wrong, &names, !wrong.starts_with('_'))
}

fn of_object(interp: &mut dyn Interpreter, state: &ExceptionState, wrong: &str) -> Option<String> {
    let object = state.field(field::OBJECT);
    let names = dir(interp, object.given().unwrap_or(&Value::NONE));
    // The own underscored names of `self` are no secret.
    let is_self = place(state).is_some_and(|place| is_attribute_of_self(&place));
    nearest(wrong, &names, !wrong.starts_with('_') && !is_self)
}

/// The place where the exception was raised: the innermost frame.
fn place(state: &ExceptionState) -> Option<CodePlace> {
    let mut node = state.traceback.borrow().clone();
    let mut place = None;
    while let Some(entry) = node.downcast::<TracebackObject>() {
        place = Some(entry.place.clone());
        let next = entry.next.borrow().clone();
        node = next;
    }
    place
}

/// Whether the code at the place reads `self.name`. Frames leave no locals behind, so the text
/// has to tell.
fn is_attribute_of_self(place: &CodePlace) -> bool {
    let Some(code) = place.code.as_code() else { return false };
    let Some(span) = code.code.spans.get(place.word as usize) else { return false };
    code.code.source.slice(*span).strip_prefix("self.").is_some_and(|rest| !rest.contains(['.', '(', '[']))
}

fn of_scope(interp: &mut dyn Interpreter, state: &ExceptionState, wrong: &str) -> Option<String> {
    let place = place(state)?;
    let code = place.code.as_code()?;
    let locals = state.field(field::SCOPE);
    let keys = |dict: &Value| -> Vec<String> {
        let keys = dict.dict_like().map_or_else(Vec::new, |dict| dict.keys());
        keys.iter().filter_map(|key| key.str_like().map(str::to_owned)).collect()
    };
    let mut names =
        if code.code.kind == crate::bytecode::CodeKind::Module { Vec::new() } else { keys(&locals) };
    names.extend(keys(&code.globals));
    names.extend(keys(&code.builtins));
    if let Some(this) = locals.dict_like().and_then(|locals| locals.get_str("self"))
        && matches!(interp.find_attr(&this, &intern(wrong)), Ok(Some(_)))
    {
        return Some(format!("self.{wrong}"));
    }
    nearest(wrong, &names, false)
}
