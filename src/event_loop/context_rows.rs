//! `Context`, `ContextVar` and `Token` as scripts see them.

use super::context::{self, Context, Variable};
use super::receiver::receiver;
use super::slot::Slot;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, NativeRow, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

/// `contextvars.Context`.
pub static CONTEXT: TypeSpec = TypeSpec {
    name: "Context",
    module: "_contextvars",
    doc: "A mapping of context variables to their values.",
    methods: &CONTEXT_METHODS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static CONTEXT_METHODS: [NativeRow; 12] = [
    native("__new__", "*args, **kwargs", new_context, "An empty context.").as_new(),
    native("__len__", "", length, "Number of variables that are set."),
    native("__contains__", "item, /", contains, "Whether a variable is set."),
    native("__getitem__", "key, /", get_item, "The value of a variable."),
    native("__iter__", "", iterate, "Iterate over the variables."),
    native("__eq__", "other, /", equal, "Whether the same variables have the same values."),
    native("copy", "", copy, "A context with the same values."),
    native("get", "key, default=None, /", get, "The value of a variable, or `default`."),
    native("items", "", items, "Pairs of variables and values."),
    native("keys", "", keys, "The variables that are set."),
    native("run", "*args, **kwargs", run_method, "Call within this context."),
    native("values", "", values, "The values of the variables."),
];

fn this<'v>(interp: &mut dyn Interpreter, args: &'v [Value], method: &str) -> Result<&'v Context, Raised> {
    receiver::<Context>(interp, &args[0], "Context", method)
}

/// The variable given as key, or TypeError.
fn expect_variable(interp: &mut dyn Interpreter, key: &Value) -> Result<(), Raised> {
    if key.downcast::<Variable>().is_some() {
        return Ok(());
    }
    let repr = interp.repr(key)?;
    let repr = repr.as_str().unwrap_or_default();
    Err(interp.type_error(&format!("a ContextVar key was expected, got {repr}")))
}

fn new_context(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_given = args[1].as_tuple().is_some_and(|args| !args.is_empty())
        || args[2].as_dict().is_some_and(|keywords| !keywords.keys().is_empty());
    if is_given {
        return Err(interp.type_error("Context() does not accept any arguments"));
    }
    Ok(context::to_object(Value::UNBOUND))
}

fn length(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, args, "__len__")?.pairs().len() as i64))
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = this(interp, args, "__contains__")?;
    expect_variable(interp, &args[1])?;
    Ok(Value::bool(context.get(&args[1]).is_some()))
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = this(interp, args, "__getitem__")?;
    expect_variable(interp, &args[1])?;
    match context.get(&args[1]) {
        Some(value) => Ok(value),
        None => Err(interp.key_error(&args[1])),
    }
}

fn iterate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let keys = keys(interp, args)?;
    interp.iter(&keys)
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = this(interp, args, "__eq__")?;
    let Some(other) = args[1].downcast::<Context>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let (mine, theirs) = (context.pairs(), other.pairs());
    if mine.len() != theirs.len() {
        return Ok(Value::FALSE);
    }
    for (variable, value) in mine {
        let Some((_, other)) = theirs.iter().find(|(bound, _)| bound.is(&variable)) else {
            return Ok(Value::FALSE);
        };
        if !interp.equals(&value, other)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "copy")?;
    Ok(context::new_object(&args[0]))
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = this(interp, args, "get")?;
    expect_variable(interp, &args[1])?;
    Ok(context.get(&args[1]).unwrap_or_else(|| args[2].clone()))
}

fn items(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pairs = this(interp, args, "items")?.pairs();
    Ok(Value::list(pairs.into_iter().map(|(key, value)| Value::tuple(vec![key, value])).collect()))
}

fn keys(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pairs = this(interp, args, "keys")?.pairs();
    Ok(Value::list(pairs.into_iter().map(|(key, _)| key).collect()))
}

fn values(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pairs = this(interp, args, "values")?.pairs();
    Ok(Value::list(pairs.into_iter().map(|(_, value)| value).collect()))
}

fn run_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "run")?;
    let Some((callable, positional)) = args[1].as_tuple().unwrap_or_default().split_first() else {
        return Err(interp.type_error("run() missing 1 required positional argument"));
    };
    let keywords: Vec<(Value, Value)> = match args[2].as_dict() {
        Some(dict) => dict.entries().into_iter().map(|entry| (entry.key, entry.value)).collect(),
        None => Vec::new(),
    };
    context::enter(interp, &Slot::new(args[0].clone()))?;
    let result = interp.call_keywords(callable, positional, &keywords);
    context::leave();
    result
}

/// `contextvars.ContextVar`.
pub static VARIABLE: TypeSpec = TypeSpec {
    name: "ContextVar",
    module: "_contextvars",
    doc: "A variable whose value depends on the context.",
    methods: &VARIABLE_METHODS,
    getters: &VARIABLE_GETTERS,
    ..TypeSpec::EMPTY
};

static VARIABLE_METHODS: [NativeRow; 6] = [
    native("__new__", "name, *, default=?", new_variable, "A variable with a name, for messages.").as_new(),
    native("__repr__", "", repr_variable, "The name, and the default if there is one."),
    native("__class_getitem__", "item, /", class_getitem, "The class itself.").as_class(),
    native("get", "default=?, /", get_variable, "The value in the current context."),
    native("reset", "token, /", reset_variable, "Undo the `set` that gave the token."),
    native("set", "value, /", set_variable, "Set the value in the current context; returns a token."),
];

static VARIABLE_GETTERS: [GetterRow; 1] = [getter("name", variable_name, "The name.")];

/// `contextvars.Token`: what `ContextVar.set` did, to undo it.
struct Token {
    variable: Value,
    context: Slot,
    old: Slot,
    is_used: Cell<bool>,
}

impl Traverse for Token {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.variable);
        self.context.visit(visit);
        self.old.visit(visit);
    }

    fn clear(&self) {
        drop(self.context.take());
        drop(self.old.take());
    }
}

impl NativeObject for Token {
    fn spec(&self) -> &'static TypeSpec {
        &TOKEN
    }
}

/// `contextvars.Token`.
pub static TOKEN: TypeSpec = TypeSpec {
    name: "Token",
    module: "_contextvars",
    doc: "What setting a context variable did.",
    methods: &TOKEN_METHODS,
    getters: &TOKEN_GETTERS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static TOKEN_METHODS: [NativeRow; 3] = [
    native("__new__", "*args, **kwargs", new_token, "RuntimeError: only `ContextVar.set` makes tokens.")
        .as_new(),
    native("__repr__", "", repr_token, "The variable, and whether the token was used."),
    native("__class_getitem__", "item, /", class_getitem, "The class itself.").as_class(),
];

static TOKEN_GETTERS: [GetterRow; 2] = [
    getter("old_value", token_old_value, "What the variable was set to before, or `Token.MISSING`."),
    getter("var", token_variable, "The variable."),
];

/// Stands for "was not set": `Token.MISSING`.
struct Missing;

static MISSING: TypeSpec = TypeSpec {
    name: "Token.MISSING",
    doc: "Stands for no value.",
    methods: &MISSING_METHODS,
    ..TypeSpec::EMPTY
};

static MISSING_METHODS: [NativeRow; 1] = [native("__repr__", "", repr_missing, "<Token.MISSING>")];

impl Traverse for Missing {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Missing {
    fn spec(&self) -> &'static TypeSpec {
        &MISSING
    }
}

thread_local! {
    static THE_MISSING: Value = Value::object(Missing);
}

/// `Token.MISSING`.
pub fn missing() -> Value {
    THE_MISSING.with(Value::clone)
}

fn repr_missing(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::str("<Token.MISSING>"))
}

fn class_getitem(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(args[0].clone())
}

fn new_variable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].str_like().is_none() {
        return Err(interp.type_error("context variable name must be a str"));
    }
    Ok(Value::object(Variable { name: args[1].clone(), default: args[2].clone() }))
}

fn variable<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v Variable, Raised> {
    receiver::<Variable>(interp, &args[0], "ContextVar", method)
}

fn variable_name(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(variable(interp, std::slice::from_ref(this), "name")?.name.clone())
}

/// The text of a repr that identifies the object by its address.
fn at_address(this: &Value) -> String {
    format!("at {:#x}>", crate::object::heap::identity(this).unwrap_or_default())
}

fn repr_variable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let variable = variable(interp, args, "__repr__")?;
    let name = interp.repr(&variable.name)?;
    let mut text = format!("<ContextVar name={}", name.as_str().unwrap_or_default());
    if let Some(default) = variable.default.given() {
        let default = interp.repr(default)?;
        text.push_str(" default=");
        text.push_str(default.as_str().unwrap_or_default());
    }
    Ok(Value::str(&format!("{text} {}", at_address(&args[0]))))
}

fn get_variable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let variable = variable(interp, args, "get")?;
    if let Some(value) = context::lookup(&args[0]) {
        return Ok(value);
    }
    match args[1].given().or(variable.default.given()) {
        Some(value) => Ok(value.clone()),
        None => Err(interp.raise_args(CoreType::LookupError, &args[..1])),
    }
}

fn set_variable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    variable(interp, args, "set")?;
    let old = context::bind(&args[0], args[1].clone());
    Ok(Value::object(Token {
        variable: args[0].clone(),
        context: Slot::new(context::current_object()),
        old: Slot::new(old.unwrap_or_default()),
        is_used: Cell::new(false),
    }))
}

fn reset_variable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    variable(interp, args, "reset")?;
    let Some(token) = args[1].downcast::<Token>() else {
        let repr = interp.repr(&args[1])?;
        let repr = repr.as_str().unwrap_or_default();
        return Err(interp.type_error(&format!("expected an instance of Token, got {repr}")));
    };
    let complain = |interp: &mut dyn Interpreter, class: CoreType, what: &str| {
        let repr = interp.repr(&args[1])?;
        Err(interp.raise(class, &format!("{} {what}", repr.as_str().unwrap_or_default())))
    };
    if token.is_used.get() {
        return complain(interp, CoreType::RuntimeError, "has already been used once");
    }
    if !token.variable.is(&args[0]) {
        return complain(interp, CoreType::ValueError, "was created by a different ContextVar");
    }
    if !token.context.is(&context::current_object()) {
        return complain(interp, CoreType::ValueError, "was created in a different Context");
    }
    token.is_used.set(true);
    context::bind(&args[0], token.old.get());
    Ok(Value::NONE)
}

fn new_token(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.runtime_error("Tokens can only be created by ContextVars"))
}

fn token<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Token, Raised> {
    receiver::<Token>(interp, this, "Token", method)
}

fn repr_token(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let token = token(interp, &args[0], "__repr__")?;
    let variable = interp.repr(&token.variable)?;
    let used = if token.is_used.get() { " used" } else { "" };
    let variable = variable.as_str().unwrap_or_default();
    Ok(Value::str(&format!("<Token{used} var={variable} {}", at_address(&args[0]))))
}

fn token_old_value(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let old = token(interp, this, "old_value")?.old.get();
    Ok(if old.is_unbound() { missing() } else { old })
}

fn token_variable(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(token(interp, this, "var")?.variable.clone())
}
