//! `OSError`: the number of the error chooses the class.

use super::attribute::{field_or_none, set_field};
use super::base::{self, plain_str, refuse_keywords, this};
use crate::library::types::support::items;
use crate::object::exception::{ExceptionState, field};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, native, property, writable_member};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Value};
use rustix::io::Errno;

pub static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", to_str, "Return str(self)."),
];

pub static GETTERS: &[GetterRow] = &[
    writable_member("errno", errno, set_errno, "POSIX exception code"),
    writable_member("strerror", strerror, set_strerror, "exception strerror"),
    writable_member("filename", filename, set_filename, "exception filename"),
    writable_member("filename2", filename2, set_filename2, "second exception filename"),
    property("characters_written", characters_written, set_characters_written, ""),
];

/// The arguments that made an error of two arguments and names of files: `args` leaves those out.
pub fn all_arguments(
    interp: &mut dyn Interpreter,
    object: &Value,
    arguments: &Value,
) -> Result<Option<Value>, Raised> {
    let is_os_error = interp.exception_is(object, CoreType::OSError);
    let Some([number, message]) = arguments.as_tuple().filter(|_| is_os_error) else { return Ok(None) };
    let (first, second) = (filename(interp, object)?, filename2(interp, object)?);
    if first.is_none() {
        return Ok(None);
    }
    let mut all = vec![number.clone(), message.clone(), first];
    if !second.is_none() {
        all.extend([Value::NONE, second]);
    }
    Ok(Some(Value::tuple(all)))
}

/// The class for an error number.
pub fn os_error_class(errno: i64) -> CoreType {
    let number = match i32::try_from(errno) {
        Ok(number @ 1..4096) => number,
        // No number of an error, which `Errno` refuses to hold.
        _ => return CoreType::OSError,
    };
    match Errno::from_raw_os_error(number) {
        Errno::AGAIN | Errno::ALREADY | Errno::INPROGRESS => CoreType::BlockingIOError,
        Errno::PIPE | Errno::SHUTDOWN => CoreType::BrokenPipeError,
        Errno::CHILD => CoreType::ChildProcessError,
        Errno::CONNABORTED => CoreType::ConnectionAbortedError,
        Errno::CONNREFUSED => CoreType::ConnectionRefusedError,
        Errno::CONNRESET => CoreType::ConnectionResetError,
        Errno::EXIST => CoreType::FileExistsError,
        Errno::NOENT => CoreType::FileNotFoundError,
        Errno::INTR => CoreType::InterruptedError,
        Errno::ISDIR => CoreType::IsADirectoryError,
        Errno::NOTDIR => CoreType::NotADirectoryError,
        Errno::ACCESS | Errno::PERM => CoreType::PermissionError,
        Errno::SRCH => CoreType::ProcessLookupError,
        Errno::TIMEDOUT => CoreType::TimeoutError,
        _ => CoreType::OSError,
    }
}

/// The exception for a failed operation of the system, raised; `filename` may be unbound.
#[cold]
pub fn os_error(interp: &mut dyn Interpreter, errno: i32, message: &str, filename: &Value) -> Raised {
    let class = os_error_class(i64::from(errno));
    let args = [Value::int(i64::from(errno)), Value::str(message)];
    let exception = interp.new_exception(class, &args);
    if let (Some(state), Some(filename)) = (exception.as_exception(), filename.given_some()) {
        drop(state.set_field(field::FILENAME, filename.clone()));
    }
    Raised::new(exception)
}

/// Whether `__init__` fills the object, because a subclass overrides it and not `__new__`: as
/// CPython, since the override may change the arguments.
fn fills_in_init(class: &Value) -> bool {
    let native_owner = |name| {
        let found = class.as_type()?.lookup(&intern(name))?;
        found.as_native().map(|native| native.owner == Some("OSError"))
    };
    native_owner("__init__") != Some(true) && native_owner("__new__") == Some(true)
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, arguments) = (&args[0], items(&args[1]));
    if fills_in_init(class) {
        return base::make(interp, class, Value::tuple(Vec::new()));
    }
    if args[2].dict_like().is_some_and(|keywords| !keywords.is_empty()) {
        let name = class.as_type().map_or_else(String::new, |class| class.name_text());
        return Err(interp.type_error(&format!("{name}() takes no keyword arguments")));
    }
    let mut class = class.clone();
    if class.is(&interp.core(CoreType::OSError))
        && (2..=5).contains(&arguments.len())
        && let Some(errno) = arguments[0].int_like()
    {
        class = interp.core(os_error_class(errno));
    }
    let object = base::make(interp, &class, Value::NONE)?;
    if let Some(state) = object.as_exception() {
        fill(interp, &object, state, arguments);
    }
    Ok(object)
}

/// Set `args` and the fields from the arguments.
fn fill(interp: &mut dyn Interpreter, object: &Value, state: &ExceptionState, arguments: &[Value]) {
    let mut shown = arguments;
    if let [errno, strerror, rest @ ..] = arguments
        && rest.len() <= 3
    {
        drop(state.set_field(field::ERRNO, errno.clone()));
        drop(state.set_field(field::STRERROR, strerror.clone()));
        if let Some(filename) = rest.first().filter(|filename| !filename.is_none()) {
            let is_blocking = interp.exception_is(object, CoreType::BlockingIOError);
            if is_blocking && filename.is_integer() {
                drop(state.set_field(field::CHARACTERS_WRITTEN, filename.clone()));
            } else {
                drop(state.set_field(field::FILENAME, filename.clone()));
                if let Some(second) = rest.get(2).filter(|second| !second.is_none()) {
                    drop(state.set_field(field::FILENAME2, second.clone()));
                }
                shown = &arguments[..2];
            }
        }
    }
    let old = state.args.replace(Value::tuple_from(shown));
    drop(old);
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__init__")?;
    let class = interp.class_of(&args[0]);
    // Filled by `__new__` otherwise.
    if fills_in_init(&class) {
        refuse_keywords(interp, &args[0], &args[2])?;
        fill(interp, &args[0], state, items(&args[1]));
    }
    Ok(Value::NONE)
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__str__")?;
    let mut show = |value: &Value, by_repr: bool| -> Result<String, Raised> {
        let text = if by_repr { interp.repr(value)? } else { interp.to_str(value)? };
        Ok(text.str_like().unwrap_or_default().to_owned())
    };
    let numbered = number_and_text(state);
    let (errno, strerror) = numbered.clone().unwrap_or((Value::NONE, Value::NONE));
    if let Some(filename) = state.field(field::FILENAME).given_some() {
        let (errno, strerror) = (show(&errno, false)?, show(&strerror, false)?);
        let first = show(filename, true)?;
        let text = match state.field(field::FILENAME2).given_some() {
            Some(second) => format!("[Errno {errno}] {strerror}: {first} -> {}", show(second, true)?),
            None => format!("[Errno {errno}] {strerror}: {first}"),
        };
        return Ok(Value::str(&text));
    }
    if numbered.is_some() && !errno.is_none() {
        let (errno, strerror) = (show(&errno, false)?, show(&strerror, false)?);
        return Ok(Value::str(&format!("[Errno {errno}] {strerror}")));
    }
    plain_str(interp, state)
}

/// `errno` and `strerror` as they were set, or as they follow from two arguments.
fn number_and_text(state: &ExceptionState) -> Option<(Value, Value)> {
    if let (Some(errno), Some(strerror)) =
        (state.field(field::ERRNO).given(), state.field(field::STRERROR).given())
    {
        return Some((errno.clone(), strerror.clone()));
    }
    let args = state.args.borrow();
    match args.as_tuple()? {
        [errno, strerror] => Some((errno.clone(), strerror.clone())),
        _ => None,
    }
}

fn errno(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "errno")?;
    Ok(number_and_text(state).map_or(Value::NONE, |(errno, _)| errno))
}

fn set_errno(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let text = strerror(interp, object)?;
    set_field(interp, object, field::STRERROR, &text)?;
    set_field(interp, object, field::ERRNO, value)
}

fn strerror(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "strerror")?;
    Ok(number_and_text(state).map_or(Value::NONE, |(_, text)| text))
}

fn set_strerror(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let number = errno(interp, object)?;
    set_field(interp, object, field::ERRNO, &number)?;
    set_field(interp, object, field::STRERROR, value)
}

fn filename(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::FILENAME)
}

fn set_filename(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::FILENAME, value)
}

fn filename2(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    field_or_none(interp, object, field::FILENAME2)
}

fn set_filename2(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    set_field(interp, object, field::FILENAME2, value)
}

fn characters_written(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let count = this(interp, object, "characters_written")?.field(field::CHARACTERS_WRITTEN);
    match count.given() {
        Some(count) => Ok(count.clone()),
        None => Err(interp.attribute_error("characters_written", object, &intern("characters_written"))),
    }
}

fn set_characters_written(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let value = match value.given() {
        Some(value) => Value::int(interp.expect_int(value)?),
        None => Value::UNBOUND,
    };
    drop(this(interp, object, "characters_written")?.set_field(field::CHARACTERS_WRITTEN, value));
    Ok(())
}
