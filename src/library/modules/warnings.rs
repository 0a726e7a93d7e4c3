//! `warnings`: what scripts may ask of the state in `object/warnings.rs`.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::warnings::{self, Location};
use crate::object::{Completion, CoreType, NativeRow, Raised, Value};

pub static WARNINGS: ModuleSpec = ModuleSpec {
    name: "warnings",
    doc: "Python part of the warnings subsystem.",
    functions: FUNCTIONS,
    constants: &[
        ("filters", |interp| warnings::filters(interp)),
        ("onceregistry", |_| warnings::once_registry()),
        ("defaultaction", |_| warnings::default_action()),
    ],
    script: script!("warnings.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "warn",
        "message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=()",
        warn,
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
    native(
        "warn_explicit",
        "message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None",
        warn_explicit,
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
    native("_filters_mutated", "", filters_mutated, ""),
    native("_set_filters", "filters, /", set_filters, "Replace the list of filters."),
];

/// The class of a warning: that of the message if it is an instance, the one that was given, or
/// UserWarning.
fn category_of(interp: &mut dyn Interpreter, message: &Value, category: &Value) -> Completion {
    if interp.exception_is(message, CoreType::Warning) {
        return Ok(interp.class_of(message));
    }
    if category.is_none() {
        return Ok(interp.core(CoreType::UserWarning));
    }
    let base = interp.core(CoreType::Warning);
    if category.as_type().is_some_and(|category| category.is_subclass_of(&base)) {
        return Ok(category.clone());
    }
    let found = interp.type_name(category);
    Err(interp.type_error(&format!("category must be a Warning subclass, not '{found}'")))
}

fn issue(
    interp: &mut dyn Interpreter,
    message: &Value,
    category: &Value,
    location: &Location,
) -> Result<(), Raised> {
    warnings::warn_at(interp, message, category, location, &mut |interp, text, instance| {
        warnings::show(interp, text, instance, location)
    })
}

/// The argument `skip_file_prefixes`.
fn skipped_prefixes(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<Value>, Raised> {
    let Some(prefixes) = value.tuple_like() else {
        let found = interp.type_name(value);
        let text = format!("warn() argument 'skip_file_prefixes' must be tuple, not {found}");
        return Err(interp.type_error(&text));
    };
    if let Some(other) = prefixes.iter().find(|prefix| prefix.str_like().is_none()) {
        let found = interp.type_name(other);
        return Err(interp.type_error(&format!("Found non-str '{found}' in skip_file_prefixes.")));
    }
    Ok(prefixes.to_vec())
}

fn warn(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let category = category_of(interp, &args[0], &args[1])?;
    let level = interp.expect_int(&args[2])?.max(1) as usize;
    let prefixes = skipped_prefixes(interp, &args[4])?;
    let level = if prefixes.is_empty() { level } else { level.max(2) };
    let places = interp.stack(if prefixes.is_empty() { level } else { usize::MAX });
    let is_skipped =
        |file: &str| prefixes.iter().filter_map(Value::str_like).any(|prefix| file.starts_with(prefix));
    // The caller itself counts in any case.
    let mut counted =
        places.iter().enumerate().filter(|(index, place)| *index == 0 || !is_skipped(&place.file()));
    let place = counted.nth(level - 1).map(|(_, place)| place);
    let mut location = Location::of(place);
    if place.is_none() {
        // CPython's words for a level above the outermost frame.
        location.file = "<sys>".to_owned();
        location.line = 0;
    }
    issue(interp, &args[0], &category, &location)?;
    Ok(Value::NONE)
}

fn warn_explicit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [message, category, file, line, module, registry, globals, ..] = args else { return Ok(Value::NONE) };
    if !globals.is_none() && globals.dict_like().is_none() {
        let found = interp.type_name(globals);
        return Err(interp.type_error(&format!("module_globals must be a dict, not '{found}'")));
    }
    let category = category_of(interp, message, category)?;
    let file = interp.expect_str_argument(file, "warn_explicit() argument 'filename'")?;
    let line = interp.expect_int(line)?;
    let module = match module.str_like() {
        Some(module) => module.to_owned(),
        None => file.strip_suffix(".py").unwrap_or(file).to_owned(),
    };
    let registry = registry.given_some().cloned().unwrap_or_default();
    let location = Location { file: file.to_owned(), line, module, registry, source: String::new() };
    issue(interp, message, &category, &location)?;
    Ok(Value::NONE)
}

fn filters_mutated(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    warnings::filters_changed();
    Ok(Value::NONE)
}

fn set_filters(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    warnings::set_filters(args[0].clone());
    Ok(Value::NONE)
}
