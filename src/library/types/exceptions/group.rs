//! `BaseExceptionGroup` and `ExceptionGroup`.

use super::super::support::items;
use super::base::{self, this};
use crate::library::types::generic_alias;
use crate::object::exception::{ExceptionState, field};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, member, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Tag, Value};

pub static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__str__", "", to_str, "Return str(self)."),
    native("__class_getitem__", "item, /", generic_alias::class_getitem, "See PEP 585").as_class(),
    native("derive", "excs, /", derive, ""),
    native("split", "matcher_value, /", split, ""),
    native("subgroup", "matcher_value, /", subgroup, ""),
];

pub static GETTERS: &[GetterRow] =
    &[member("message", message, "exception message"), member("exceptions", exceptions, "nested exceptions")];

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let arguments = items(&args[1]);
    let [message, nested] = arguments else {
        let count = arguments.len();
        return Err(interp
            .type_error(&format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({count} given)")));
    };
    if message.str_like().is_none() {
        let found = interp.type_name(message);
        return Err(
            interp.type_error(&format!("BaseExceptionGroup.__new__() argument 1 must be str, not {found}"))
        );
    }
    let nested = expect_sequence(interp, nested)?;
    if nested.is_empty() {
        return Err(interp.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut has_base = false;
    for (index, exception) in nested.iter().enumerate() {
        if exception.as_exception().is_none() {
            return Err(interp
                .value_error(&format!("Item {index} of second argument (exceptions) is not an exception")));
        }
        has_base |= !interp.exception_is(exception, CoreType::Exception);
    }
    let class = choose_class(interp, &args[0], has_base)?;
    let object = base::make(interp, &class, Value::tuple_from(arguments))?;
    if let Some(state) = object.as_exception() {
        drop(state.set_field(field::MESSAGE, message.clone()));
        drop(state.set_field(field::EXCEPTIONS, Value::tuple(nested)));
    }
    Ok(object)
}

fn expect_sequence(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<Value>, Raised> {
    let is_sequence = value.list_like().is_some() || value.tuple_like().is_some() || {
        let class = interp.class_of(value);
        let has = |name| class.as_type().is_some_and(|class| class.lookup(&intern(name)).is_some());
        has("__getitem__") && value.dict_like().is_none()
    };
    if !is_sequence {
        return Err(interp.type_error("second argument (exceptions) must be a sequence"));
    }
    interp.collect(value)
}

/// A group of plain exceptions is an ExceptionGroup, and only of those can it be one.
fn choose_class(interp: &mut dyn Interpreter, class: &Value, has_base: bool) -> Completion {
    if class.is(&interp.core(CoreType::BaseExceptionGroup)) {
        let chosen = if has_base { CoreType::BaseExceptionGroup } else { CoreType::ExceptionGroup };
        return Ok(interp.core(chosen));
    }
    if !has_base {
        return Ok(class.clone());
    }
    if class.is(&interp.core(CoreType::ExceptionGroup)) {
        return Err(interp.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    let exception = interp.core(CoreType::Exception);
    match class.as_type() {
        Some(own) if own.is_subclass_of(&exception) => {
            let name = own.name_text();
            Err(interp.type_error(&format!("Cannot nest BaseExceptions in '{name}'")))
        }
        _ => Ok(class.clone()),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    base::refuse_keywords(interp, &args[0], &args[2])?;
    base::set_arguments(interp, args)?;
    Ok(Value::NONE)
}

/// The message and the nested exceptions.
pub fn parts(state: &ExceptionState) -> (Value, Vec<Value>) {
    let message = state.field(field::MESSAGE);
    let message = message.given().cloned().or_else(|| state.argument(0)).unwrap_or(Value::NONE);
    let nested = state.field(field::EXCEPTIONS);
    let nested = nested.given().cloned().or_else(|| state.argument(1)).unwrap_or(Value::NONE);
    let nested = match (nested.as_tuple(), nested.as_list()) {
        (Some(items), _) => items.to_vec(),
        (_, Some(list)) => list.items.borrow().clone(),
        (None, None) => Vec::new(),
    };
    (message, nested)
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (message, nested) = parts(this(interp, &args[0], "__str__")?);
    let message = interp.to_str(&message)?;
    let count = nested.len();
    let plural = if count == 1 { "" } else { "s" };
    Ok(Value::str(&format!("{} ({count} sub-exception{plural})", message.str_like().unwrap_or_default())))
}

fn message(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(parts(this(interp, object, "message")?).0)
}

fn exceptions(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "exceptions")?;
    let known = state.field(field::EXCEPTIONS);
    if known.as_tuple().is_some() {
        return Ok(known);
    }
    let nested = Value::tuple(parts(state).1);
    drop(state.set_field(field::EXCEPTIONS, nested.clone()));
    Ok(nested)
}

fn derive(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (message, _) = parts(this(interp, &args[0], "derive")?);
    let class = interp.core(CoreType::BaseExceptionGroup);
    interp.call(&class, &[message, args[1].clone()])
}

/// What `split` and `subgroup` are given.
enum Matcher {
    /// A class or a tuple of classes.
    Classes(Value),
    Function(Value),
}

impl Matcher {
    fn new(interp: &mut dyn Interpreter, value: &Value) -> Result<Matcher, Raised> {
        let base = interp.core(CoreType::BaseException);
        let is_exception_class =
            |value: &Value| value.as_type().is_some_and(|class| class.is_subclass_of(&base));
        if is_exception_class(value)
            || value.as_tuple().is_some_and(|classes| classes.iter().all(is_exception_class))
        {
            return Ok(Matcher::Classes(value.clone()));
        }
        if value.tag() != Tag::Type && interp.is_callable(value) {
            return Ok(Matcher::Function(value.clone()));
        }
        Err(interp.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }

    fn matches(&self, interp: &mut dyn Interpreter, exception: &Value) -> Result<bool, Raised> {
        match self {
            Matcher::Classes(classes) => {
                let own = interp.class_of(exception);
                let is_below = |class: &Value| own.as_type().is_some_and(|own| own.is_subclass_of(class));
                Ok(classes.as_tuple().map_or_else(|| is_below(classes), |all| all.iter().any(is_below)))
            }
            Matcher::Function(function) => {
                let answer = interp.call(function, std::slice::from_ref(exception))?;
                interp.truth(&answer)
            }
        }
    }
}

/// Groups nested deeper than this are not split: CPython's limit of recursion in C.
const MAX_DEPTH: usize = 10_000;

/// The part that matches and the rest; None where there is nothing.
fn split_group(
    interp: &mut dyn Interpreter,
    exception: &Value,
    matcher: &Matcher,
    depth: usize,
) -> Result<(Value, Value), Raised> {
    if depth > MAX_DEPTH {
        let text = "maximum recursion depth exceeded in exceptiongroup_split_recursive";
        return Err(interp.raise(CoreType::RecursionError, text));
    }
    if matcher.matches(interp, exception)? {
        return Ok((exception.clone(), Value::NONE));
    }
    if !interp.exception_is(exception, CoreType::BaseExceptionGroup) {
        return Ok((Value::NONE, exception.clone()));
    }
    let (_, nested) = parts(this(interp, exception, "split")?);
    let (mut matching, mut rest) = (Vec::new(), Vec::new());
    for inner in &nested {
        interp.poll()?;
        let (yes, no) = split_group(interp, inner, matcher, depth + 1)?;
        matching.extend(Some(yes).filter(|part| !part.is_none()));
        rest.extend(Some(no).filter(|part| !part.is_none()));
    }
    let matching = subset(interp, exception, matching)?;
    let rest = subset(interp, exception, rest)?;
    Ok((matching, rest))
}

/// A group of some of the exceptions of `original`, which keeps what is known about it.
pub fn subset(interp: &mut dyn Interpreter, original: &Value, nested: Vec<Value>) -> Completion {
    if nested.is_empty() {
        return Ok(Value::NONE);
    }
    let part = interp.call_method(original, "derive", &[Value::list(nested)])?;
    if !interp.exception_is(&part, CoreType::BaseExceptionGroup) {
        return Err(interp.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    if let (Some(from), Some(to)) = (original.as_exception(), part.as_exception()) {
        for (from, to) in
            [(&from.traceback, &to.traceback), (&from.context, &to.context), (&from.cause, &to.cause)]
        {
            let old = to.replace(from.borrow().clone());
            drop(old);
        }
        to.suppress_context.set(from.suppress_context.get());
    }
    let notes = intern("__notes__");
    if let Some(known) = interp.find_attr(original, &notes)?
        && let Some(list) = known.list_like()
    {
        let copy = Value::list(list.items.borrow().clone());
        interp.set_attr(&part, &notes, &copy)?;
    }
    Ok(part)
}

fn split(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "split")?;
    let matcher = Matcher::new(interp, &args[1])?;
    let (matching, rest) = split_group(interp, &args[0], &matcher, 0)?;
    Ok(Value::tuple(vec![matching, rest]))
}

fn subgroup(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "subgroup")?;
    let matcher = Matcher::new(interp, &args[1])?;
    Ok(split_group(interp, &args[0], &matcher, 0)?.0)
}
