//! `attrgetter`, `itemgetter`, `methodcaller`.

use crate::library::types::receiver::wrong_receiver;
use crate::library::types::support::{items, pairs};
use crate::object::copying::{Restorable, call_of, reduce_row};
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};

/// The class `attrgetter`.
pub static ATTRGETTER: TypeSpec = TypeSpec {
    name: "attrgetter",
    module: "operator",
    doc: "Return a callable object that fetches the given attribute(s) from its operand.\n\
        After f = attrgetter('name'), the call f(r) returns r.name.\n\
        After g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\n\
        After h = attrgetter('name.first', 'name.last'), the call h(r) returns\n\
        (r.name.first, r.name.last).",
    methods: &[
        native(
            "__new__",
            "*attrs, **kwargs",
            new_attrgetter,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__call__", "*args, **kwargs", call_attrgetter, "Call self as a function."),
        reduce_row::<AttrGetter>(),
        native("__repr__", "", repr_attrgetter, "Return repr(self)."),
    ],
    ..TypeSpec::EMPTY
};

/// The class `itemgetter`.
pub static ITEMGETTER: TypeSpec = TypeSpec {
    name: "itemgetter",
    module: "operator",
    doc: "Return a callable object that fetches the given item(s) from its operand.\n\
        After f = itemgetter(2), the call f(r) returns r[2].\n\
        After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    methods: &[
        native(
            "__new__",
            "*items, **kwargs",
            new_itemgetter,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__call__", "*args, **kwargs", call_itemgetter, "Call self as a function."),
        reduce_row::<ItemGetter>(),
        native("__repr__", "", repr_itemgetter, "Return repr(self)."),
    ],
    ..TypeSpec::EMPTY
};

/// The class `methodcaller`.
pub static METHODCALLER: TypeSpec = TypeSpec {
    name: "methodcaller",
    module: "operator",
    doc: "Return a callable object that calls the given method on its operand.\n\
        After f = methodcaller('name'), the call f(r) returns r.name().\n\
        After g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    methods: &[
        native(
            "__new__",
            "*args, **kwargs",
            new_methodcaller,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__call__", "*args, **kwargs", call_methodcaller, "Call self as a function."),
        reduce_row::<MethodCaller>(),
        native("__repr__", "", repr_methodcaller, "Return repr(self)."),
    ],
    ..TypeSpec::EMPTY
};

/// The one operand of a call, or the complaint about its arguments.
fn operand<'a>(interp: &mut dyn Interpreter, name: &str, args: &'a [Value]) -> Result<&'a Value, Raised> {
    if !pairs(&args[2]).is_empty() {
        return Err(interp.type_error(&format!("{name}() takes no keyword arguments")));
    }
    match items(&args[1]) {
        [operand] => Ok(operand),
        others => {
            let text = format!("{name} expected 1 argument, got {}", others.len());
            Err(interp.type_error(&text))
        }
    }
}

/// The arguments of a constructor, of which there must be one.
fn arguments<'a>(interp: &mut dyn Interpreter, name: &str, args: &'a [Value]) -> Result<&'a [Value], Raised> {
    if !pairs(&args[2]).is_empty() {
        return Err(interp.type_error(&format!("{name}() takes no keyword arguments")));
    }
    match items(&args[1]) {
        [] => Err(interp.type_error(&format!("{name} expected 1 argument, got 0"))),
        given => Ok(given),
    }
}

/// One result as it is, several as a tuple.
fn results(mut found: Vec<Value>) -> Value {
    if found.len() == 1 { found.pop().unwrap_or_default() } else { Value::tuple(found) }
}

/// `operator.name(a, b, c=d)`.
fn describe(
    interp: &mut dyn Interpreter,
    name: &str,
    args: &[Value],
    keywords: &[(Value, Value)],
) -> Completion {
    let mut shown = Vec::new();
    for arg in args {
        shown.push(interp.repr(arg)?.str_like().unwrap_or_default().to_owned());
    }
    for (key, value) in keywords {
        let value = interp.repr(value)?;
        shown.push(format!(
            "{}={}",
            key.str_like().unwrap_or_default(),
            value.str_like().unwrap_or_default()
        ));
    }
    Ok(Value::str(&format!("operator.{name}({})", shown.join(", "))))
}

struct AttrGetter {
    /// As given.
    names: Vec<Value>,
    /// Each cut at its dots, interned.
    paths: Vec<Vec<Value>>,
}

impl Traverse for AttrGetter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.names.iter().chain(self.paths.iter().flatten()).for_each(visit);
    }

    fn clear(&self) {
        // Only strings.
    }
}

impl NativeObject for AttrGetter {
    fn spec(&self) -> &'static TypeSpec {
        &ATTRGETTER
    }
}

fn new_attrgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let names = arguments(interp, "attrgetter", args)?;
    let mut paths = Vec::with_capacity(names.len());
    for name in names {
        let Some(text) = name.str_like() else {
            return Err(interp.type_error("attribute name must be a string"));
        };
        paths.push(text.split('.').map(intern).collect());
    }
    Ok(Value::object(AttrGetter { names: names.to_vec(), paths }))
}

fn call_attrgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(getter) = args[0].downcast::<AttrGetter>() else {
        return Err(wrong_receiver(interp, "attrgetter", "__call__", &args[0]));
    };
    let operand = operand(interp, "attrgetter", args)?;
    let mut found = Vec::with_capacity(getter.paths.len());
    for path in &getter.paths {
        let mut value = operand.clone();
        for name in path {
            value = interp.get_attr(&value, name)?;
        }
        found.push(value);
    }
    Ok(results(found))
}

fn repr_attrgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<AttrGetter>() {
        Some(getter) => describe(interp, "attrgetter", &getter.names, &[]),
        None => Err(wrong_receiver(interp, "attrgetter", "__repr__", &args[0])),
    }
}

struct ItemGetter {
    keys: Vec<Value>,
}

impl Traverse for ItemGetter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.keys.iter().for_each(visit);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken at a key.
    }
}

impl NativeObject for ItemGetter {
    fn spec(&self) -> &'static TypeSpec {
        &ITEMGETTER
    }
}

fn new_itemgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let keys = arguments(interp, "itemgetter", args)?;
    Ok(Value::object(ItemGetter { keys: keys.to_vec() }))
}

fn call_itemgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(getter) = args[0].downcast::<ItemGetter>() else {
        return Err(wrong_receiver(interp, "itemgetter", "__call__", &args[0]));
    };
    let operand = operand(interp, "itemgetter", args)?;
    if let [key] = &getter.keys[..] {
        // The common case, sorting tuples by a column.
        let quick = match (operand.as_tuple(), key.as_int().map(usize::try_from)) {
            (Some(items), Some(Ok(index))) => items.get(index).cloned(),
            _ => None,
        };
        return match quick {
            Some(item) => Ok(item),
            None => interp.get_item(operand, key),
        };
    }
    let mut found = Vec::with_capacity(getter.keys.len());
    for key in &getter.keys {
        found.push(interp.get_item(operand, key)?);
    }
    Ok(Value::tuple(found))
}

fn repr_itemgetter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<ItemGetter>() {
        Some(getter) => describe(interp, "itemgetter", &getter.keys, &[]),
        None => Err(wrong_receiver(interp, "itemgetter", "__repr__", &args[0])),
    }
}

struct MethodCaller {
    name: Value,
    args: Vec<Value>,
    keywords: Vec<(Value, Value)>,
}

impl Traverse for MethodCaller {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        self.args.iter().for_each(&mut *visit);
        for (key, value) in &self.keywords {
            visit(key);
            visit(value);
        }
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken at an argument.
    }
}

impl NativeObject for MethodCaller {
    fn spec(&self) -> &'static TypeSpec {
        &METHODCALLER
    }
}

fn new_methodcaller(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((name, rest)) = items(&args[1]).split_first() else {
        return Err(interp.type_error("methodcaller needs at least one argument, the method name"));
    };
    let Some(text) = name.str_like() else { return Err(interp.type_error("method name must be a string")) };
    Ok(Value::object(MethodCaller { name: intern(text), args: rest.to_vec(), keywords: pairs(&args[2]) }))
}

fn call_methodcaller(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(caller) = args[0].downcast::<MethodCaller>() else {
        return Err(wrong_receiver(interp, "methodcaller", "__call__", &args[0]));
    };
    let operand = operand(interp, "methodcaller", args)?;
    if caller.keywords.is_empty() {
        return interp.call_method(operand, caller.name.str_like().unwrap_or_default(), &caller.args);
    }
    let method = interp.get_attr(operand, &caller.name)?;
    interp.call_keywords(&method, &caller.args, &caller.keywords)
}

fn repr_methodcaller(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(caller) = args[0].downcast::<MethodCaller>() else {
        return Err(wrong_receiver(interp, "methodcaller", "__repr__", &args[0]));
    };
    let mut shown = vec![caller.name.clone()];
    shown.extend(caller.args.iter().cloned());
    describe(interp, "methodcaller", &shown, &caller.keywords)
}

impl Restorable for AttrGetter {
    const CLASS: &'static str = "operator.attrgetter";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        Ok(call_of(interp.class_of(this), self.names.clone()))
    }
}

impl Restorable for ItemGetter {
    const CLASS: &'static str = "operator.itemgetter";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        Ok(call_of(interp.class_of(this), self.keys.clone()))
    }
}

impl Restorable for MethodCaller {
    const CLASS: &'static str = "operator.methodcaller";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        if self.keywords.is_empty() {
            let arguments = std::iter::once(&self.name).chain(&self.args).cloned().collect();
            return Ok(call_of(class, arguments));
        }
        let module = interp.import("functools")?;
        let partial = interp.attribute(&module, "partial")?;
        let partial = interp.call_keywords(&partial, &[class, self.name.clone()], &self.keywords)?;
        Ok(call_of(partial, self.args.clone()))
    }
}
