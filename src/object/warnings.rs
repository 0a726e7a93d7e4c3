//! Warnings: which of them are shown, which raise, which have been shown already. The state is
//! that of the module `warnings`, one per thread; here is what the machine needs of it.

use super::core_type::CoreType;
use super::dict::DictObject;
use super::interpreter::{CodePlace, Interpreter};
use super::string::intern;
use super::value::{Raised, Value};
use std::cell::{Cell, RefCell};

thread_local! {
    /// The list of filters; unbound until first asked for.
    static FILTERS: RefCell<Value> = const { RefCell::new(Value::UNBOUND) };
    /// What happens to a warning that no filter matches.
    static DEFAULT_ACTION: RefCell<Value> = const { RefCell::new(Value::UNBOUND) };
    /// What the action "once" has shown.
    static ONCE: RefCell<Value> = const { RefCell::new(Value::UNBOUND) };
    /// Counts changes of the filters: registries of before are void.
    static VERSION: Cell<i64> = const { Cell::new(1) };
}

/// Where a warning is reported.
pub struct Location {
    pub file: String,
    pub line: i64,
    /// The name of the module, which filters may ask for.
    pub module: String,
    /// The dict that remembers what was shown there; unbound if there is none.
    pub registry: Value,
    /// The source line, stripped; empty if unknown.
    pub source: String,
}

impl Location {
    /// The location of a place in code; without one, that of `sys`.
    pub fn of(place: Option<&CodePlace>) -> Location {
        let Some((place, code)) = place.and_then(|place| Some((place, place.code.as_code()?))) else {
            let (file, module) = ("sys".to_owned(), "sys".to_owned());
            return Location { file, line: 1, module, registry: Value::UNBOUND, source: String::new() };
        };
        let line = place.line();
        let source = &code.code.source;
        let quoted = source.is_quotable().then(|| source.line_text(line).trim().to_owned());
        let globals = code.globals.dict_like();
        let name = globals.and_then(|globals| globals.get_str("__name__"));
        let registry = globals.map_or(Value::UNBOUND, |globals| {
            let key = "__warningregistry__";
            globals.get_str(key).unwrap_or_else(|| {
                let registry = Value::dict(DictObject::new());
                drop(globals.set_str(key, registry.clone()));
                registry
            })
        });
        Location {
            file: place.file().to_string(),
            line: i64::from(line),
            module: name.as_ref().and_then(Value::str_like).unwrap_or("<unknown>").to_owned(),
            registry,
            source: quoted.unwrap_or_default(),
        }
    }
}

/// The list of filters: tuples (action, message, category, module, line).
pub fn filters(interp: &mut dyn Interpreter) -> Value {
    if let Some(known) = FILTERS.with_borrow(|filters| filters.given().cloned()) {
        return known;
    }
    let filter = |action: &str, category: CoreType, module: Value| {
        let category = interp.core(category);
        Value::tuple(vec![Value::str(action), Value::NONE, category, module, Value::int(0)])
    };
    let filters = Value::list(vec![
        filter("default", CoreType::DeprecationWarning, Value::str("__main__")),
        filter("ignore", CoreType::DeprecationWarning, Value::NONE),
        filter("ignore", CoreType::PendingDeprecationWarning, Value::NONE),
        filter("ignore", CoreType::ImportWarning, Value::NONE),
        filter("ignore", CoreType::ResourceWarning, Value::NONE),
    ]);
    FILTERS.set(filters.clone());
    filters
}

/// Replace the list of filters.
pub fn set_filters(filters: Value) {
    let old = FILTERS.replace(filters);
    drop(old);
    filters_changed();
}

/// Must be called after every change of the list: what was shown may be shown again.
pub fn filters_changed() {
    VERSION.set(VERSION.get() + 1);
}

/// The action for warnings that no filter matches, if it was set.
pub fn default_action() -> Value {
    DEFAULT_ACTION.with_borrow(|action| action.given().cloned()).unwrap_or_else(|| Value::str("default"))
}

/// The dict of what the action "once" has shown.
pub fn once_registry() -> Value {
    ONCE.with_borrow_mut(|once| {
        if once.is_unbound() {
            *once = Value::dict(DictObject::new());
        }
        once.clone()
    })
}

/// Called with a warning's text and its exception object.
pub type Show<'a> = dyn FnMut(&mut dyn Interpreter, &Value, &Value) -> Result<(), Raised> + 'a;

/// Issue a warning: `message` is the text or an instance of a warning class, `category` the
/// class. What is to be shown goes to `show` as text and as the exception object.
pub fn warn_at(
    interp: &mut dyn Interpreter,
    message: &Value,
    category: &Value,
    location: &Location,
    show: &mut Show<'_>,
) -> Result<(), Raised> {
    let is_instance = interp.exception_is(message, CoreType::Warning);
    let (text, category, instance) = if is_instance {
        (interp.to_str(message)?, interp.class_of(message), message.clone())
    } else {
        let instance = interp.call(category, std::slice::from_ref(message))?;
        (message.clone(), category.clone(), instance)
    };
    let key = Value::tuple(vec![text.clone(), category.clone(), Value::int(location.line)]);
    if is_known(interp, &location.registry, &key)? {
        return Ok(());
    }
    let action = action_for(interp, &text, &category, location)?;
    let action = action.str_like().unwrap_or("default");
    match action {
        "error" => return Err(interp.to_raised(&instance)?),
        "ignore" => return Ok(()),
        _ => {}
    }
    if action != "always" && action != "all" {
        if let Some(registry) = location.registry.dict_like() {
            drop(registry.set(interp, &key, Value::TRUE)?);
        }
        let wider = match action {
            "once" => Some((once_registry(), Value::tuple(vec![text.clone(), category.clone()]))),
            "module" => {
                let key = Value::tuple(vec![text.clone(), category.clone(), Value::int(0)]);
                Some((location.registry.clone(), key))
            }
            "default" => None,
            other => {
                let item = Value::str(other);
                let item = interp.repr(&item)?;
                let text = format!(
                    "Unrecognized action ({}) in warnings.filters:\n None",
                    item.str_like().unwrap_or_default()
                );
                return Err(interp.runtime_error(&text));
            }
        };
        if let Some((registry, key)) = wider
            && let Some(registry) = registry.dict_like()
            && registry.set(interp, &key, Value::TRUE)?.is_some()
        {
            return Ok(());
        }
    }
    show(interp, &text, &instance)
}

/// Whether the registry says that the warning was shown; it forgets all when the filters have
/// changed.
fn is_known(interp: &mut dyn Interpreter, registry: &Value, key: &Value) -> Result<bool, Raised> {
    let Some(registry) = registry.dict_like() else { return Ok(false) };
    let version = registry.get_str("version").and_then(|version| version.as_int());
    if version != Some(VERSION.get()) {
        registry.clear_entries();
        drop(registry.set_str("version", Value::int(VERSION.get())));
        return Ok(false);
    }
    match registry.get(interp, key)? {
        Some(known) => interp.truth(&known),
        None => Ok(false),
    }
}

fn action_for(
    interp: &mut dyn Interpreter,
    text: &Value,
    category: &Value,
    location: &Location,
) -> Result<Value, Raised> {
    let filters = filters(interp);
    let module = Value::str(&location.module);
    for filter in interp.collect(&filters)? {
        let Some([action, message, class, name, line]) = filter.tuple_like() else { continue };
        let line = line.as_int_or_bool().unwrap_or(0);
        if (line == 0 || line == location.line)
            && interp.is_subclass(category, class)?
            && matches(interp, message, text)?
            && matches(interp, name, &module)?
        {
            return Ok(action.clone());
        }
    }
    Ok(default_action())
}

/// Whether a filter's pattern (None, a text, or a regular expression) matches.
fn matches(interp: &mut dyn Interpreter, pattern: &Value, text: &Value) -> Result<bool, Raised> {
    if pattern.is_none() {
        return Ok(true);
    }
    if let Some(pattern) = pattern.str_like() {
        return Ok(text.str_like() == Some(pattern));
    }
    let found = interp.call_method(pattern, "match", std::slice::from_ref(text))?;
    interp.truth(&found)
}

/// Set the action for warnings that no filter matches.
pub fn set_default_action(action: Value) {
    let old = DEFAULT_ACTION.replace(action);
    drop(old);
}

/// The text that a warning is shown as: the place, the class, the message, the source line.
pub fn shown_text(location: &Location, category: &str, text: &str) -> String {
    let mut shown = format!("{}:{}: {category}: {text}\n", location.file, location.line);
    if !location.source.is_empty() {
        shown.push_str(&format!("  {}\n", location.source));
    }
    shown
}

/// Show a warning: by the module `warnings`, if a script has imported it, which may be told to do
/// something else; otherwise on `sys.stderr`.
pub fn show(
    interp: &mut dyn Interpreter,
    text: &Value,
    instance: &Value,
    location: &Location,
) -> Result<(), Raised> {
    let modules = interp.modules();
    let module = modules.dict_like().and_then(|modules| modules.get_str("warnings"));
    if let Some(module) = module
        && let Some(show) = interp.find_attr(&module, &intern("_show"))?
    {
        let (file, line) = (Value::str(&location.file), Value::int(location.line));
        interp.call(&show, &[instance.clone(), file, line, Value::str(&location.source)])?;
        return Ok(());
    }
    let category = interp.type_name(instance);
    let shown = shown_text(location, &category, text.str_like().unwrap_or_default());
    let sys = interp.import("sys")?;
    let Some(stream) = interp.find_attr(&sys, &intern("stderr"))?.filter(|stream| !stream.is_none()) else {
        return Ok(());
    };
    interp.call_method(&stream, "write", &[Value::str(&shown)])?;
    Ok(())
}
