//! `BaseException`.

use super::{import, stop};
use crate::library::types::support::{expect_name, items, wrong_self};
use crate::object::class_build::INSTANCE_DICT;
use crate::object::dict::DictObject;
use crate::object::exception::{ExceptionState, TracebackObject, add_note};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetFn, GetterRow, SetFn, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Value};

pub static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    )
    .with_positional(init_positional),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__str__", "", to_str, "Return str(self)."),
    native("__reduce__", "", reduce, ""),
    native("__setstate__", "state, /", set_state, ""),
    native("with_traceback", "tb, /", with_traceback, "Set self.__traceback__ to tb and return self."),
    native("add_note", "note, /", add_note_method, "Add a note to the exception"),
];

pub static GETTERS: &[GetterRow] = &[
    property("args", args_tuple, set_args, ""),
    property("__traceback__", traceback, set_traceback, ""),
    property("__context__", context, set_context, "exception context"),
    property("__cause__", cause, set_cause, "exception cause"),
    property("__suppress_context__", suppress_context, set_suppress_context, ""),
    property("__dict__", dict, set_dict, ""),
];

/// The state of an exception, or TypeError.
pub fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<&'v ExceptionState, Raised> {
    value.as_exception().ok_or_else(|| wrong_self(interp, name, "BaseException", value))
}

/// A new exception object of `class` with the tuple `args`, `__init__` not run.
pub fn make(interp: &mut dyn Interpreter, class: &Value, args: Value) -> Completion {
    let Some(this) = class.as_type() else {
        let name = interp.type_name(class);
        return Err(interp.type_error(&format!("BaseException.__new__(X): X is not a type object ({name})")));
    };
    if !this.is_subclass_of(&interp.core(CoreType::BaseException)) {
        let name = this.name_text();
        return Err(interp.type_error(&format!(
            "BaseException.__new__({name}): {name} is not a subtype of BaseException"
        )));
    }
    Ok(Value::instance(class.clone(), Some(ExceptionState::payload(args))))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    make(interp, &args[0], Value::tuple_from(items(&args[1])))
}

/// TypeError if keywords were given to a class that takes none.
pub fn refuse_keywords(interp: &mut dyn Interpreter, object: &Value, keywords: &Value) -> Result<(), Raised> {
    if keywords.dict_like().is_none_or(|keywords| keywords.is_empty()) {
        return Ok(());
    }
    let name = interp.type_name(object);
    Err(interp.type_error(&format!("{name}() takes no keyword arguments")))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    refuse_keywords(interp, &args[0], &args[2])?;
    set_arguments(interp, args)?;
    Ok(Value::NONE)
}

fn init_positional(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (this, arguments) = args.split_first().expect("the receiver is there");
    let state = self::this(interp, this, "__init__")?;
    let old = state.args.replace(Value::tuple_from(arguments));
    drop(old);
    Ok(Value::NONE)
}

/// `self.args = args`, for the `__init__` of subclasses.
pub fn set_arguments<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
) -> Result<&'v ExceptionState, Raised> {
    let state = this(interp, &args[0], "__init__")?;
    let old = state.args.replace(Value::tuple_from(items(&args[1])));
    drop(old);
    Ok(state)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__repr__")?;
    let arguments = state.args.borrow().clone();
    let name = interp.type_name(&args[0]);
    let text = match arguments.as_tuple() {
        Some([only]) => {
            let only = interp.repr(only)?;
            format!("{name}({})", only.str_like().unwrap_or_default())
        }
        _ => {
            let all = interp.repr(&arguments)?;
            format!("{name}{}", all.str_like().unwrap_or_default())
        }
    };
    Ok(Value::str(&text))
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let state = this(interp, &args[0], "__str__")?;
    plain_str(interp, state)
}

/// `BaseException.__str__`.
pub fn plain_str(interp: &mut dyn Interpreter, state: &ExceptionState) -> Completion {
    let arguments = state.args.borrow().clone();
    match arguments.as_tuple() {
        Some([]) => Ok(Value::str("")),
        Some([only]) => interp.to_str(only),
        _ => interp.to_str(&arguments),
    }
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let arguments = this(interp, &args[0], "__reduce__")?.args.borrow().clone();
    let arguments = super::os::all_arguments(interp, &args[0], &arguments)?.unwrap_or(arguments);
    let class = interp.class_of(&args[0]);
    let dict = args[0].as_instance().map(|instance| instance.dict());
    let dict = with_fields(interp, &args[0], dict)?;
    let dict = dict.filter(|dict| dict.dict_like().is_some_and(|dict| !dict.is_empty()));
    let mut parts = vec![class, arguments];
    parts.extend(dict);
    Ok(Value::tuple(parts))
}

/// The attributes in `dict` and what a copy of the exception keeps besides its arguments.
fn with_fields(
    interp: &mut dyn Interpreter,
    exception: &Value,
    dict: Option<Value>,
) -> Result<Option<Value>, Raised> {
    let names: &[&str] = match () {
        () if is_a(interp, exception, CoreType::ImportError)? => &["name", "path", "name_from"],
        // What was looked at is not copied.
        () if is_a(interp, exception, CoreType::AttributeError)? => &["name", "args"],
        () => return Ok(dict),
    };
    let copy = dict.as_ref().and_then(Value::dict_like).map(DictObject::copy).unwrap_or_default();
    for name in names {
        let value = interp.get_attr(exception, &intern(name))?;
        if !value.is_none() {
            drop(copy.set_str(name, value));
        }
    }
    Ok(Some(Value::dict(copy)))
}

fn is_a(interp: &mut dyn Interpreter, exception: &Value, class: CoreType) -> Result<bool, Raised> {
    let class = interp.core(class);
    interp.is_instance(exception, &class)
}

/// Fields that show what the arguments were in the beginning are filled before those change.
fn keep_made_of_args(interp: &mut dyn Interpreter, exception: &Value) -> Result<(), Raised> {
    let made: [(CoreType, GetFn, SetFn); 3] = [
        (CoreType::StopIteration, stop::value, stop::set_value),
        (CoreType::SystemExit, stop::code, stop::set_value),
        (CoreType::ImportError, import::message, import::set_message),
    ];
    for (class, get, set) in made {
        if is_a(interp, exception, class)? {
            let value = get(interp, exception)?;
            set(interp, exception, &value)?;
        }
    }
    Ok(())
}

fn set_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__setstate__")?;
    if args[1].is_none() {
        return Ok(Value::NONE);
    }
    let Some(state) = args[1].dict_like() else { return Err(interp.type_error("state is not a dictionary")) };
    for entry in state.entries() {
        let name = expect_name(interp, &entry.key)?;
        interp.set_attr(&args[0], &name, &entry.value)?;
    }
    Ok(Value::NONE)
}

fn with_traceback(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    set_traceback(interp, &args[0], &args[1])?;
    Ok(args[0].clone())
}

fn add_note_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "add_note")?;
    if args[1].str_like().is_none() {
        let found = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("note must be a str, not '{found}'")));
    }
    let known = interp.find_attr(&args[0], &intern("__notes__"))?;
    if known.is_some_and(|notes| notes.list_like().is_none()) {
        return Err(interp.type_error("Cannot add note: __notes__ is not a list"));
    }
    add_note(&args[0], args[1].clone());
    Ok(Value::NONE)
}

fn args_tuple(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "args")?.args.borrow().clone())
}

fn set_args(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(interp.type_error("args may not be deleted"));
    }
    let arguments = interp.collect(value)?;
    keep_made_of_args(interp, object)?;
    let old = this(interp, object, "args")?.args.replace(Value::tuple(arguments));
    drop(old);
    Ok(())
}

fn traceback(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__traceback__")?.traceback.borrow().clone())
}

fn set_traceback(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let state = this(interp, object, "__traceback__")?;
    if value.is_unbound() {
        return Err(interp.type_error("__traceback__ may not be deleted"));
    }
    if !value.is_none() && value.downcast::<TracebackObject>().is_none() {
        return Err(interp.type_error("__traceback__ must be a traceback or None"));
    }
    let old = state.traceback.replace(value.clone());
    drop(old);
    Ok(())
}

/// TypeError unless `value` is an exception or None.
fn expect_exception(interp: &mut dyn Interpreter, what: &str, value: &Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(interp.type_error(&format!("__{what}__ may not be deleted")));
    }
    if !value.is_none() && value.as_exception().is_none() {
        return Err(interp.type_error(&format!("exception {what} must be None or derive from BaseException")));
    }
    Ok(())
}

fn context(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__context__")?.context.borrow().clone())
}

fn set_context(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let state = this(interp, object, "__context__")?;
    expect_exception(interp, "context", value)?;
    let old = state.context.replace(value.clone());
    drop(old);
    Ok(())
}

fn cause(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__cause__")?.cause.borrow().clone())
}

fn set_cause(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let state = this(interp, object, "__cause__")?;
    expect_exception(interp, "cause", value)?;
    state.suppress_context.set(true);
    let old = state.cause.replace(value.clone());
    drop(old);
    Ok(())
}

fn suppress_context(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::bool(this(interp, object, "__suppress_context__")?.suppress_context.get()))
}

fn set_suppress_context(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let state = this(interp, object, "__suppress_context__")?;
    if value.is_unbound() {
        return Err(interp.type_error("can't delete numeric/char attribute"));
    }
    match value.as_bool() {
        Some(value) => {
            state.suppress_context.set(value);
            Ok(())
        }
        None => Err(interp.type_error("attribute value type must be bool")),
    }
}

fn dict(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    (INSTANCE_DICT.get)(interp, object)
}

fn set_dict(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(interp.type_error("cannot delete __dict__"));
    }
    match INSTANCE_DICT.set {
        Some(set) => set(interp, object, value),
        None => Ok(()),
    }
}
