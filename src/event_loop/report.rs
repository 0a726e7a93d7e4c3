//! What the loop says about errors that nobody catches, and how futures and tasks are shown.

use super::explain::aside;
use super::future::{self, Callback, FutureCore, State};
use super::handle::HookCall;
use super::scripted::replaced;
use super::slot::Slot;
use super::task::Task;
use super::{EventLoop, context, handle, source};
use crate::object::dict::DictObject;
use crate::object::generator::GeneratorState;
use crate::object::interpreter::CodePlace;
use crate::object::string::intern;
use crate::object::traceback;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value, audit};

/// Whether the exception ends the loop rather than be reported.
pub fn is_fatal(interp: &mut dyn Interpreter, raised: &Raised) -> bool {
    interp.raised_is(raised, CoreType::KeyboardInterrupt) || interp.raised_is(raised, CoreType::SystemExit)
}

/// `type(object).__name__`.
pub fn class_name(interp: &mut dyn Interpreter, object: &Value) -> String {
    let class = interp.class_of(object);
    class.as_type().map_or_else(String::new, |class| class.name_text())
}

/// As `class_name` for a future, which may be what is left of an instance that has died.
fn future_name(interp: &mut dyn Interpreter, this: &Value, core: &FutureCore) -> String {
    match core.class().as_type() {
        Some(class) => class.name_text(),
        None => class_name(interp, this),
    }
}

/// Write a line to `sys.stderr`, as CPython's logging does without configuration; to the
/// process's standard error if a script has broken that.
pub fn log(interp: &mut dyn Interpreter, text: &str) -> Result<(), Raised> {
    let text = format!("{text}\n");
    let written = interp.import("sys").and_then(|sys| {
        let stderr = interp.attribute(&sys, "stderr")?;
        if stderr.is_none() {
            Ok(Value::NONE)
        } else {
            interp.call_method(&stderr, "write", &[Value::str(&text)])
        }
    });
    match written {
        Ok(_) => Ok(()),
        Err(raised) if is_fatal(interp, &raised) => Err(raised),
        Err(_) => {
            use std::io::Write;
            // Nobody is left to tell if this fails.
            let _ = std::io::stderr().write_all(text.as_bytes());
            Ok(())
        }
    }
}

/// The logger `asyncio`, where the program has imported `logging`: what the loop says goes there
/// then. Without it, all is written as `logging` would do unless it is told otherwise.
fn logger(interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
    let module = |interp: &mut dyn Interpreter, name: &str| {
        interp.modules().dict_like().and_then(|modules| modules.get_str(name))
    };
    // Tests put a logger of their own there.
    if let Some(events) = module(interp, "asyncio.base_events").filter(|events| events.as_module().is_some())
        && let Some(logger) = interp.find_attr(&events, &intern("logger"))?
    {
        return Ok(Some(logger));
    }
    let logging = module(interp, "logging");
    let Some(logging) = logging.filter(|logging| logging.as_module().is_some()) else { return Ok(None) };
    // It may be on its way, and import asyncio itself.
    match interp.find_attr(&logging, &intern("getLogger"))? {
        Some(get_logger) => Ok(Some(interp.call(&get_logger, &[Value::str("asyncio")])?)),
        None => Ok(None),
    }
}

/// `logger.method(format, *args)`; `plain` is written to standard error if nothing logs.
pub fn log_by(
    interp: &mut dyn Interpreter,
    method: &str,
    (format, args): (&str, &[Value]),
    plain: impl FnOnce() -> Option<String>,
) -> Result<(), Raised> {
    match logger(interp)? {
        Some(logger) => {
            let mut all = vec![Value::str(format)];
            all.extend_from_slice(args);
            interp.call_method(&logger, method, &all)?;
            Ok(())
        }
        None => match plain() {
            Some(text) => log(interp, &text),
            None => Ok(()),
        },
    }
}

/// A dict for an exception handler.
fn context_dict(message: &str, details: &[(&str, Value)]) -> Value {
    let dict = DictObject::new();
    dict.set_str("message", Value::str(message));
    for (key, value) in details {
        dict.set_str(key, value.clone());
    }
    Value::dict(dict)
}

/// Tell the loop's exception handler.
pub fn report(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    message: &str,
    details: &[(&str, Value)],
) -> Result<(), Raised> {
    let details = context_dict(message, details);
    if is_replaced(loop_, replaced::CALL_EXCEPTION_HANDLER, "call_exception_handler") {
        return interp.call_method(loop_, "call_exception_handler", &[details]).map(drop);
    }
    call_exception_handler(interp, loop_, &details)
}

/// Whether a script's class of the loop, or such a loop itself, has a method of its own.
fn is_replaced(loop_: &Value, method: u8, name: &str) -> bool {
    EventLoop::of(loop_).is_none_or(|own| own.replaced.get() & method != 0)
        || loop_.as_instance().is_some_and(|instance| instance.own_attribute(&intern(name)).is_some())
}

/// `self.default_exception_handler(context)`.
fn default_handler(interp: &mut dyn Interpreter, loop_: &Value, details: &Value) -> Result<(), Raised> {
    if is_replaced(loop_, replaced::DEFAULT_EXCEPTION_HANDLER, "default_exception_handler") {
        return interp
            .call_method(loop_, "default_exception_handler", std::slice::from_ref(details))
            .map(drop);
    }
    default_exception_handler(interp, details)
}

/// A callback raised: report it, unless it ends the loop.
#[cold]
pub fn in_callback(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    handle: &Value,
    raised: Raised,
) -> Result<(), Raised> {
    if is_fatal(interp, &raised) {
        return Err(raised);
    }
    let (callback, args) = match handle.downcast::<handle::Handle>() {
        Some(handle) => (handle.callback.get(), handle.args.get()),
        None => (Value::NONE, Value::NONE),
    };
    let debug = EventLoop::of(loop_).is_some_and(|loop_| loop_.debug.get());
    let source = callback_source(interp, &callback, debug.then_some(&args))?;
    let places = handle.downcast::<handle::Handle>().map(handle::Handle::source).unwrap_or_default();
    let mut details = vec![("exception", raised.into_value()), ("handle", handle.clone())];
    add_source(interp, &mut details, &places)?;
    report(interp, loop_, &format!("Exception in callback {source}"), &details)
}

/// Debug mode: say where the thing was made that the report is about.
fn add_source(
    interp: &mut dyn Interpreter,
    details: &mut Vec<(&str, Value)>,
    places: &[CodePlace],
) -> Result<(), Raised> {
    if !places.is_empty() {
        details.push(("source_traceback", source::summary(interp, places)?));
    }
    Ok(())
}

/// A future with an exception dies, and nobody has asked for the exception.
pub fn never_retrieved(interp: &mut dyn Interpreter, this: &Value, core: &FutureCore) -> Result<(), Raised> {
    core.set_flag(future::flag::LOG_TRACEBACK, false);
    let name = future_name(interp, this, core);
    if audit::is_on() {
        let exception = core.peek_exception();
        let class = class_name(interp, &exception);
        let text = format!("{class} of {} was never retrieved", described(interp, this));
        audit::leak("exceptions", text, core.origin());
    }
    let mut details = vec![("exception", core.peek_exception()), ("future", this.clone())];
    add_source(interp, &mut details, &core.source())?;
    report(interp, &core.loop_.get(), &format!("{name} exception was never retrieved"), &details)
}

/// A task dies that has not ended.
pub fn destroyed_pending(
    interp: &mut dyn Interpreter,
    this: &Value,
    core: &FutureCore,
) -> Result<(), Raised> {
    left_pending(interp, this);
    let mut details = vec![("task", this.clone())];
    add_source(interp, &mut details, &core.source())?;
    report(interp, &core.loop_.get(), "Task was destroyed but it is pending!", &details)
}

/// Account of leaks: a task was not finished when it should have been.
pub fn left_pending(interp: &mut dyn Interpreter, task: &Value) {
    if audit::is_on() {
        let text = format!("{} was still pending at the end", described(interp, task));
        audit::leak("tasks", text, future::core(task).and_then(FutureCore::origin));
    }
}

/// A task or future for the account of leaks: `task 'Task-2' (worker)`.
fn described(interp: &mut dyn Interpreter, this: &Value) -> String {
    let Some(task) = this.downcast::<Task>() else {
        return format!("a {}", class_name(interp, this));
    };
    let name = interp.to_str(&task.name()).unwrap_or_default();
    let name = name.str_like().unwrap_or_default().to_owned();
    let coroutine = task.coroutine.get();
    let function = interp.attribute(&coroutine, "__qualname__").unwrap_or_default();
    match function.str_like() {
        Some(function) => format!("task '{name}' ({function})"),
        None => format!("task '{name}'"),
    }
}

/// `loop.call_exception_handler(context)`.
pub fn call_exception_handler(
    interp: &mut dyn Interpreter,
    loop_: &Value,
    details: &Value,
) -> Result<(), Raised> {
    let handler = EventLoop::of(loop_).map(|loop_| loop_.exception_handler.get()).unwrap_or_default();
    let Some(handler) = handler.given() else {
        return match default_handler(interp, loop_, details) {
            Err(raised) if !is_fatal(interp, &raised) => {
                log_failure(interp, "Exception in default exception handler", raised)
            }
            result => result,
        };
    };
    let args = [loop_.clone(), details.clone()];
    let result = match handler_context(interp, details)? {
        Some(own) => context::run(interp, own, handler, &args).0,
        None => interp.call(handler, &args),
    };
    let Err(raised) = result else { return Ok(()) };
    if is_fatal(interp, &raised) {
        return Err(raised);
    }
    let again = [("exception", raised.into_value()), ("context", details.clone())];
    let again = context_dict("Unhandled error in exception handler", &again);
    match default_handler(interp, loop_, &again) {
        Err(raised) if !is_fatal(interp, &raised) => {
            let head = "Exception in default exception handler while handling an unexpected error in custom \
                        exception handler";
            log_failure(interp, head, raised)
        }
        result => result,
    }
}

/// `logger.error(text, exc_info=True)` while `raised` is handled.
fn log_failure(interp: &mut dyn Interpreter, text: &str, raised: Raised) -> Result<(), Raised> {
    let exception = raised.into_value();
    let Some(logger) = logger(interp)? else {
        let traceback = traceback::format_exception(interp, &exception);
        return log(interp, &format!("{text}\n{}", traceback.trim_end()));
    };
    let before = interp.set_handled(exception);
    let error = interp.attribute(&logger, "error");
    let keywords = [(intern("exc_info"), Value::TRUE)];
    let logged = error.and_then(|error| interp.call_keywords(&error, &[Value::str(text)], &keywords));
    drop(interp.set_handled(before));
    logged.map(drop)
}

/// The context in which a custom handler runs: that of the task or handle it is about.
fn handler_context(interp: &mut dyn Interpreter, details: &Value) -> Result<Option<Value>, Raised> {
    let Some(details) = details.dict_like() else { return Ok(None) };
    let thing = ["task", "future", "handle"]
        .iter()
        .find_map(|key| details.get_str(key).filter(|thing| !thing.is_none()));
    let Some(thing) = thing else { return Ok(None) };
    match interp.find_attr(&thing, &intern("get_context"))? {
        Some(get_context) => Ok(Some(interp.call(&get_context, &[])?).filter(|own| !own.is_none())),
        None => Ok(None),
    }
}

/// `loop.default_exception_handler(context)`: print it.
pub fn default_exception_handler(interp: &mut dyn Interpreter, details: &Value) -> Result<(), Raised> {
    let Some(dict) = details.dict_like() else {
        let name = interp.type_name(details);
        return Err(
            interp.raise(CoreType::AttributeError, &format!("'{name}' object has no attribute 'get'"))
        );
    };
    let message = match dict.get_str("message") {
        Some(message) if interp.truth(&message)? => interp.to_str(&message)?,
        _ => Value::str("Unhandled exception in event loop"),
    };
    let mut text = message.as_str().unwrap_or_default().to_owned();
    let mut entries: Vec<(String, Value)> = dict
        .entries()
        .into_iter()
        .map(|entry| (entry.key.str_like().unwrap_or_default().to_owned(), entry.value))
        .filter(|(key, _)| key != "message" && key != "exception")
        .collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, value) in entries {
        let shown = match key.as_str() {
            "source_traceback" => made_at(interp, "Object", &value)?,
            "handle_traceback" => made_at(interp, "Handle", &value)?,
            _ => interp.repr(&value)?.as_str().unwrap_or_default().to_owned(),
        };
        text.push_str(&format!("\n{key}: {shown}"));
    }
    let exception = dict.get_str("exception").filter(|exception| !exception.is_none());
    if let Some(logger) = logger(interp)? {
        return log_error(interp, &logger, &text, exception);
    }
    if let Some(exception) = exception {
        let traceback = traceback::format_exception(interp, &exception);
        text.push('\n');
        text.push_str(traceback.trim_end_matches('\n'));
    }
    let aside = aside::of_report(interp, dict);
    if !aside.is_empty() {
        text.push('\n');
        text.push_str(aside.trim_end_matches('\n'));
    }
    log(interp, &text)
}

/// A stack summary in a report.
fn made_at(interp: &mut dyn Interpreter, what: &str, summary: &Value) -> Result<String, Raised> {
    let traceback = interp.import("traceback")?;
    let lines = interp.call_method(&traceback, "format_list", std::slice::from_ref(summary))?;
    let text = interp.call_method(&Value::str(""), "join", &[lines])?;
    let text = text.as_str().unwrap_or_default();
    Ok(format!("{what} created at (most recent call last):\n{}", text.trim_end()))
}

/// Hand an error to the logger. apy's notes are left out: the program decides what becomes of it.
fn log_error(
    interp: &mut dyn Interpreter,
    logger: &Value,
    text: &str,
    exception: Option<Value>,
) -> Result<(), Raised> {
    let information = match exception {
        Some(exception) => {
            let traceback = interp.attribute(&exception, "__traceback__")?;
            Value::tuple(vec![interp.class_of(&exception), exception, traceback])
        }
        None => Value::FALSE,
    };
    let error = interp.attribute(logger, "error")?;
    interp.call_keywords(&error, &[Value::str(text)], &[(intern("exc_info"), information)])?;
    Ok(())
}

/// How a callback is shown: its name, and where a script defined it. `args` are shown in debug mode.
pub fn callback_source(
    interp: &mut dyn Interpreter,
    callback: &Value,
    args: Option<&Value>,
) -> Result<String, Raised> {
    if !is_plain(interp, callback)? {
        let helpers = interp.import("asyncio.format_helpers")?;
        let format = interp.attribute(&helpers, "_format_callback_source")?;
        let debug = (intern("debug"), Value::bool(args.is_some()));
        let args = args.cloned().unwrap_or_else(|| Value::tuple(Vec::new()));
        let text = interp.call_keywords(&format, &[callback.clone(), args], &[debug])?;
        return Ok(text.str_like().unwrap_or_default().to_owned());
    }
    let mut text = callback_name(interp, callback)?;
    match args.and_then(Value::as_tuple) {
        None => text.push_str("()"),
        Some(args) => {
            let mut shown = Vec::new();
            for arg in args {
                shown.push(short_repr(interp, arg, 6)?);
            }
            text.push_str(&format!("({})", shown.join(", ")));
        }
    }
    let function = callback.as_method().map(|method| method.function.clone());
    let function = function.unwrap_or_else(|| callback.clone());
    if let Some(code) = function.as_function().and_then(|function| function.code.as_code()) {
        text.push_str(&format!(" at {}:{}", code.code.source.name(), code.code.first_line));
    }
    Ok(text)
}

/// Whether a callback wraps no other: it is a function, or it belongs to the loop.
fn is_plain(interp: &mut dyn Interpreter, callback: &Value) -> Result<bool, Raised> {
    let function = callback.as_method().map(|method| method.function.clone());
    let function = function.unwrap_or_else(|| callback.clone());
    if function.as_function().is_some() {
        return Ok(interp.find_attr(&function, &intern("__wrapped__"))?.is_none());
    }
    Ok(callback.downcast::<HookCall>().is_some() || function.as_native().is_some())
}

fn callback_name(interp: &mut dyn Interpreter, callback: &Value) -> Result<String, Raised> {
    if let Some(call) = callback.downcast::<HookCall>() {
        return Ok(call.hook.name.to_owned());
    }
    for name in ["__qualname__", "__name__"] {
        if let Some(name) = interp.find_attr(callback, &intern(name))?
            && let Some(name) = name.str_like()
            && !name.is_empty()
        {
            return Ok(name.to_owned());
        }
    }
    let repr = interp.repr(callback)?;
    Ok(repr.as_str().unwrap_or_default().to_owned())
}

/// A callback of a future with its context, as a tuple.
pub fn callback_pair(callback: &Callback) -> Value {
    let (callable, own) = match callback {
        Callback::Call(call) => (call.0.clone(), call.1.clone()),
        Callback::Wake(task) => {
            let target = Slot::new(task.clone());
            (Value::object(HookCall { target, hook: &super::task::WAKE_UP }), Value::UNBOUND)
        }
        Callback::Native(target, hook) => {
            (Value::object(HookCall { target: Slot::new(target.clone()), hook }), Value::UNBOUND)
        }
    };
    Value::tuple(vec![callable, context::to_object(own)])
}

/// The repr of a Future, Task or gathering future.
pub fn future_repr(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let Some(_guard) = crate::object::repr::repr_guard(this) else { return Ok(Value::str("...")) };
    let Some(core) = future::core(this) else { return Ok(Value::str("<Future>")) };
    let mut parts = vec![core.state().name().to_lowercase()];
    match core.state() {
        State::Failed => {
            let repr = interp.repr(&core.peek_exception())?;
            parts.push(format!("exception={}", repr.as_str().unwrap_or_default()));
        }
        State::Finished => parts.push(format!("result={}", short_repr(interp, &core.peek_result(), 6)?)),
        State::Pending | State::Cancelled => {}
    }
    let callbacks = core.take_callbacks();
    let shown: Vec<Value> = callbacks
        .iter()
        .map(|callback| callback_pair(callback).as_tuple().map_or(Value::NONE, |p| p[0].clone()))
        .collect();
    core.put_callbacks(callbacks);
    if let (Some(first), Some(last)) = (shown.first(), shown.last()) {
        let first = callback_source(interp, first, None)?;
        let last = callback_source(interp, last, None)?;
        parts.push(match shown.len() {
            1 => format!("cb=[{first}]"),
            2 => format!("cb=[{first}, {last}]"),
            count => format!("cb=[{first}, <{} more>, {last}]", count - 2),
        });
    }
    if let Some(place) = core.source().first() {
        parts.push(format!("created at {}:{}", place.file(), place.line()));
    }
    if let Some(task) = this.downcast::<Task>() {
        if task.cancels.get() > 0 && !core.is_done() {
            parts[0] = "cancelling".to_owned();
        }
        let name = interp.repr(&task.name())?;
        parts.insert(1, format!("name={}", name.as_str().unwrap_or_default()));
        let waiter = task.waiter.get();
        if !waiter.is_unbound() {
            let repr = interp.repr(&waiter)?;
            parts.insert(2, format!("wait_for={}", repr.as_str().unwrap_or_default()));
        }
        let coroutine = task.coroutine.get();
        if coroutine.given_some().is_some() {
            parts.insert(2, format!("coro=<{}>", coroutine_text(interp, &coroutine)?));
        }
    }
    let name = future_name(interp, this, core);
    Ok(Value::str(&format!("<{name} {}>", parts.join(" "))))
}

/// A coroutine's name and where it stands.
fn coroutine_text(interp: &mut dyn Interpreter, coroutine: &Value) -> Result<String, Raised> {
    if let Some(generator) = coroutine.as_generator() {
        let head = generator.head();
        let name = head.qualname.borrow().clone();
        let name = name.as_str().unwrap_or_default();
        let Some(code) = head.code.as_code() else { return Ok(format!("{name}()")) };
        let file = code.code.source.name();
        let place = CodePlace { code: head.code.clone(), word: head.resume_at.get() };
        let line = match head.state.get() {
            GeneratorState::Finished => {
                return Ok(format!("{name}() done, defined at {file}:{}", code.code.first_line));
            }
            GeneratorState::Created => code.code.first_line,
            GeneratorState::Suspended => place.line(),
            GeneratorState::Running => {
                let stack = interp.stack(100);
                let running = stack.iter().find(|place| place.code.is(&head.code));
                running.map_or_else(|| place.line(), CodePlace::line)
            }
        };
        return Ok(format!("{name}() running at {file}:{line}"));
    }
    if let Some(native) = coroutine.as_object().and_then(|object| object.as_coroutine()) {
        let running = if native.state() == GeneratorState::Running { " running" } else { "" };
        return Ok(format!("{}(){running}", native.qualname()));
    }
    let coroutines = interp.import("asyncio.coroutines")?;
    let text = interp.call_method(&coroutines, "_format_coroutine", std::slice::from_ref(coroutine))?;
    Ok(text.str_like().unwrap_or_default().to_owned())
}

/// A repr cut short, as `reprlib.repr` does it.
pub fn short_repr(interp: &mut dyn Interpreter, value: &Value, level: usize) -> Result<String, Raised> {
    let sequence = |interp: &mut dyn Interpreter, items: &[Value], open: &str, close: &str, most: usize| {
        if level == 0 && !items.is_empty() {
            return Ok(format!("{open}...{close}"));
        }
        let mut parts = Vec::new();
        for item in items.iter().take(most) {
            parts.push(short_repr(interp, item, level - 1)?);
        }
        if items.len() > most {
            parts.push("...".to_owned());
        }
        Ok::<String, Raised>(format!("{open}{}{close}", parts.join(", ")))
    };
    if let Some(list) = value.as_list() {
        let items = list.items.borrow().clone();
        return sequence(interp, &items, "[", "]", 6);
    }
    if let Some(items) = value.as_tuple() {
        return sequence(interp, items, "(", if items.len() == 1 { ",)" } else { ")" }, 6);
    }
    if let Some(set) = value.as_set().filter(|set| !set.is_empty()) {
        let mut items = set.members();
        sort(interp, &mut items);
        let (open, close) = if set.is_frozen { ("frozenset({", "})") } else { ("{", "}") };
        return sequence(interp, &items, open, close, 6);
    }
    if let Some(dict) = value.as_dict().filter(|dict| !dict.is_empty()) {
        if level == 0 {
            return Ok("{...}".to_owned());
        }
        let mut keys = dict.keys();
        sort(interp, &mut keys);
        let mut parts = Vec::new();
        for key in keys.iter().take(4) {
            let item = dict.get(interp, key)?.unwrap_or_default();
            let key = short_repr(interp, key, level - 1)?;
            parts.push(format!("{key}: {}", short_repr(interp, &item, level - 1)?));
        }
        if keys.len() > 4 {
            parts.push("...".to_owned());
        }
        return Ok(format!("{{{}}}", parts.join(", ")));
    }
    if let Some(text) = value.as_str() {
        let cut: String = text.chars().take(30).collect();
        let repr = interp.repr(&Value::str(&cut))?;
        let repr = repr.as_str().unwrap_or_default();
        if repr.chars().count() <= 30 {
            return Ok(repr.to_owned());
        }
        let chars: Vec<char> = text.chars().collect();
        let (head, tail) = (13.min(chars.len()), chars.len().saturating_sub(14));
        let ends: String = chars[..head].iter().chain(&chars[tail..]).collect();
        let repr = interp.repr(&Value::str(&ends))?;
        return Ok(cut_at(repr.as_str().unwrap_or_default(), 13, 14));
    }
    let repr = interp.repr(value)?;
    let most = if value.is_integer() { 40 } else { 30 };
    Ok(middle_cut(repr.as_str().unwrap_or_default(), most))
}

/// Replace the middle of a text that is too long by three dots.
fn middle_cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head = (most - 3) / 2;
    cut_at(text, head, most - 3 - head)
}

/// The first `head` and the last `tail` characters, with three dots between them.
fn cut_at(text: &str, head: usize, tail: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    let head: String = chars[..head.min(chars.len())].iter().collect();
    let tail: String = chars[chars.len().saturating_sub(tail)..].iter().collect();
    format!("{head}...{tail}")
}

/// Sort by `<` if that works, as `reprlib` does; else leave the order.
fn sort(interp: &mut dyn Interpreter, items: &mut [Value]) {
    use crate::object::interpreter::Comparison;
    let mut failed = false;
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| match interp.compare_bool(Comparison::Lt, a, b) {
        Ok(true) => std::cmp::Ordering::Less,
        Ok(false) => std::cmp::Ordering::Equal,
        Err(_) => {
            failed = true;
            std::cmp::Ordering::Equal
        }
    });
    if !failed {
        items.clone_from_slice(&sorted);
    }
}
