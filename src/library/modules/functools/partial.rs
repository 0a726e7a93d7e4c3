//! `functools.partial`.

use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::repr::{push_repr, repr_guard};
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// A callable with some of its arguments.
struct Partial {
    function: Value,
    /// A tuple.
    args: Value,
    /// A dict.
    keywords: Value,
    /// Attributes that scripts gave it, a dict; unbound as long as there are none.
    attributes: RefCell<Value>,
}

pub static PARTIAL: TypeSpec = TypeSpec {
    name: "partial",
    module: "functools",
    doc: "Create a new function with partial application of the given arguments and keywords.",
    subclassable: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "A callable with some of its arguments.").as_new(),
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[
    getter("__dict__", |i, this| expect_partial(i, this, "__dict__").map(Partial::dict), "Attributes."),
    getter(
        "args",
        |i, this| Ok(expect_partial(i, this, "args")?.args.clone()),
        "tuple of arguments to future partial calls",
    ),
    getter(
        "func",
        |i, this| Ok(expect_partial(i, this, "func")?.function.clone()),
        "function object to use in future partial calls",
    ),
    getter(
        "keywords",
        |i, this| Ok(expect_partial(i, this, "keywords")?.keywords.clone()),
        "dictionary of keyword arguments to future partial calls",
    ),
];

impl Traverse for Partial {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.args);
        visit(&self.keywords);
        visit(&self.attributes.borrow());
    }

    fn clear(&self) {
        drop(self.attributes.take());
    }
}

impl NativeObject for Partial {
    fn spec(&self) -> &'static TypeSpec {
        &PARTIAL
    }

    fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.attributes.borrow().as_dict()?.get_str_value(name)
    }

    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        let dict = self.dict();
        let Some(dict) = dict.as_dict() else { return false };
        if value.is_unbound() {
            return dict.remove_str(name).is_some();
        }
        dict.set_str_value(name, value.clone());
        true
    }
}

impl Partial {
    fn dict(&self) -> Value {
        let mut attributes = self.attributes.borrow_mut();
        if attributes.is_unbound() {
            *attributes = Value::dict(DictObject::new());
        }
        attributes.clone()
    }
}

fn expect_partial<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v Partial, Raised> {
    match this.downcast::<Partial>() {
        Some(partial) => Ok(partial),
        None => Err(wrong_receiver(interp, "functools.partial", method, this)),
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some((function, rest)) = args[1].as_tuple().unwrap_or_default().split_first() else {
        return Err(interp.type_error("type 'partial' takes at least one argument"));
    };
    if !interp.is_callable(function) {
        return Err(interp.type_error("the first argument must be callable"));
    }
    let new_keywords = &args[2];
    // A partial of a plain partial is one with more arguments.
    let inner = function.as_object().and_then(|_| function.downcast::<Partial>());
    if let Some(inner) = inner.filter(|inner| inner.attributes.borrow().is_unbound()) {
        let mut all = inner.args.as_tuple().unwrap_or_default().to_vec();
        all.extend_from_slice(rest);
        let keywords = inner.keywords.as_dict().map(DictObject::copy).unwrap_or_default();
        for entry in new_keywords.as_dict().map(DictObject::entries).unwrap_or_default() {
            keywords.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
        }
        return Ok(Value::object(Partial {
            function: inner.function.clone(),
            args: Value::tuple(all),
            keywords: Value::dict(keywords),
            attributes: RefCell::default(),
        }));
    }
    Ok(Value::object(Partial {
        function: function.clone(),
        args: Value::tuple_from(rest),
        keywords: new_keywords.clone(),
        attributes: RefCell::default(),
    }))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__call__")?;
    let mut all = partial.args.as_tuple().unwrap_or_default().to_vec();
    all.extend_from_slice(args[1].as_tuple().unwrap_or_default());
    let (Some(own), Some(more)) = (partial.keywords.as_dict(), args[2].as_dict()) else {
        return interp.call(&partial.function, &all);
    };
    if own.is_empty() && more.is_empty() {
        return interp.call(&partial.function, &all);
    }
    let keywords = own.copy();
    for entry in more.entries() {
        keywords.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
    }
    let pairs: Vec<(Value, Value)> =
        keywords.entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    interp.call_keywords(&partial.function, &all, &pairs)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__repr__")?;
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("...")) };
    let class = interp.class_of(&args[0]);
    let mut text = class.as_type().map_or_else(String::new, |class| class.full_name());
    text.push('(');
    push_repr(interp, &mut text, &partial.function)?;
    for argument in partial.args.as_tuple().unwrap_or_default() {
        text.push_str(", ");
        push_repr(interp, &mut text, argument)?;
    }
    for entry in partial.keywords.as_dict().map(DictObject::entries).unwrap_or_default() {
        text.push_str(", ");
        let name = interp.to_str(&entry.key)?;
        text.push_str(name.str_like().unwrap_or_default());
        text.push('=');
        push_repr(interp, &mut text, &entry.value)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}
