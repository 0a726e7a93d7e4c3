//! `functools.partial`.

use crate::library::types::generic_alias::class_getitem;
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::repr::{push_repr, repr_guard};
use crate::object::spec::{GetterRow, member, native, property};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use smallvec::SmallVec;
use std::cell::RefCell;

/// A callable with some of its arguments.
struct Partial {
    function: RefCell<Value>,
    /// A tuple.
    args: RefCell<Value>,
    /// A dict.
    keywords: RefCell<Value>,
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
    native(
        "__new__",
        "*args, **kwargs",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "*args, **kwargs", call, "Call self as a function.").with_positional(call_positional),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__reduce__", "", reduce, "Helper for pickle."),
    native("__reduce_ex__", "protocol, /", reduce, "Helper for pickle."),
    native("__setstate__", "state, /", set_state, ""),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[
    property("__dict__", |i, this| expect_partial(i, this, "__dict__").map(Partial::dict), set_dict, ""),
    member(
        "args",
        |i, this| Ok(expect_partial(i, this, "args")?.args.borrow().clone()),
        "tuple of arguments to future partial calls",
    ),
    member(
        "func",
        |i, this| Ok(expect_partial(i, this, "func")?.function.borrow().clone()),
        "function object to use in future partial calls",
    ),
    member(
        "keywords",
        |i, this| Ok(expect_partial(i, this, "keywords")?.keywords.borrow().clone()),
        "dictionary of keyword arguments to future partial calls",
    ),
];

impl Traverse for Partial {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function.borrow());
        visit(&self.args.borrow());
        visit(&self.keywords.borrow());
        visit(&self.attributes.borrow());
    }

    fn clear(&self) {
        for part in [&self.function, &self.args, &self.keywords, &self.attributes] {
            drop(part.take());
        }
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
        let mut all = inner.args.borrow().as_tuple().unwrap_or_default().to_vec();
        all.extend_from_slice(rest);
        let keywords = inner.keywords.borrow().as_dict().map(DictObject::copy).unwrap_or_default();
        for entry in new_keywords.as_dict().map(DictObject::entries).unwrap_or_default() {
            keywords.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
        }
        return Ok(Value::object(Partial {
            function: RefCell::new(inner.function.borrow().clone()),
            args: RefCell::new(Value::tuple(all)),
            keywords: RefCell::new(Value::dict(keywords)),
            attributes: RefCell::default(),
        }));
    }
    Ok(Value::object(Partial {
        function: RefCell::new(function.clone()),
        args: RefCell::new(Value::tuple_from(rest)),
        keywords: RefCell::new(new_keywords.clone()),
        attributes: RefCell::default(),
    }))
}

/// Some day a partial in a class will bind its instance; until then one is warned.
fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !args[1].is_none() {
        let message = "functools.partial will be a method descriptor in future Python versions; wrap it in \
                       staticmethod() if you want to preserve the old behavior";
        let place = interp.stack(1).pop();
        interp.warn(CoreType::FutureWarning, message, place)?;
    }
    Ok(args[0].clone())
}

/// A call without keywords.
fn call_positional(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (this, more) = args.split_first().expect("the receiver is there");
    let partial = expect_partial(interp, this, "__call__")?;
    let function = partial.function.borrow().clone();
    let mut all: SmallVec<[Value; 8]> = SmallVec::new();
    all.extend(partial.args.borrow().as_tuple().unwrap_or_default().iter().cloned());
    all.extend(more.iter().cloned());
    let keywords = partial.keywords.borrow().as_dict().map(DictObject::entries).unwrap_or_default();
    if keywords.is_empty() {
        return interp.call(&function, &all);
    }
    let pairs: Vec<(Value, Value)> = keywords.into_iter().map(|entry| (entry.key, entry.value)).collect();
    interp.call_keywords(&function, &all, &pairs)
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__call__")?;
    let (function, own) = (partial.function.borrow().clone(), partial.keywords.borrow().clone());
    let mut all = partial.args.borrow().as_tuple().unwrap_or_default().to_vec();
    all.extend_from_slice(args[1].as_tuple().unwrap_or_default());
    let (Some(own), Some(more)) = (own.as_dict(), args[2].as_dict()) else {
        return interp.call(&function, &all);
    };
    if own.is_empty() && more.is_empty() {
        return interp.call(&function, &all);
    }
    let keywords = own.copy();
    for entry in more.entries() {
        keywords.set_hashed(interp, entry.hash, &entry.key, entry.value)?;
    }
    let pairs: Vec<(Value, Value)> =
        keywords.entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    interp.call_keywords(&function, &all, &pairs)
}

/// The attributes that scripts gave a partial object, None if there are none.
fn state_dict(interp: &mut dyn Interpreter, partial: &Partial, this: &Value) -> Completion {
    let own = partial.attributes.borrow().given().cloned();
    match own {
        Some(own) => Ok(own),
        None if this.as_instance().is_some() => interp.attribute(this, "__dict__"),
        None => Ok(Value::NONE),
    }
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__reduce__")?;
    let class = interp.class_of(&args[0]);
    let dict = state_dict(interp, partial, &args[0])?;
    let function = partial.function.borrow().clone();
    let (arguments, keywords) = (partial.args.borrow().clone(), partial.keywords.borrow().clone());
    let state = Value::tuple(vec![function.clone(), arguments, keywords, dict]);
    Ok(Value::tuple(vec![class, Value::tuple(vec![function]), state]))
}

fn set_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__setstate__")?;
    let parts = args[1].tuple_like().unwrap_or_default().to_vec();
    let [function, arguments, keywords, dict] = &*parts else {
        return Err(interp.type_error("invalid partial state"));
    };
    let is_dict = |value: &Value| value.is_none() || value.dict_like().is_some();
    if !interp.is_callable(function)
        || arguments.tuple_like().is_none()
        || !is_dict(keywords)
        || args[1].tuple_like().is_none()
    {
        return Err(interp.type_error("invalid partial state"));
    }
    // Exact containers, as calls need them.
    let arguments = match arguments.as_tuple() {
        Some(_) => arguments.clone(),
        None => Value::tuple_from(arguments.tuple_like().unwrap_or_default()),
    };
    let keywords = match keywords.as_dict() {
        Some(_) => keywords.clone(),
        None => Value::dict(keywords.dict_like().map(DictObject::copy).unwrap_or_default()),
    };
    drop(partial.function.replace(function.clone()));
    drop(partial.args.replace(arguments));
    drop(partial.keywords.replace(keywords));
    if args[0].as_instance().is_some() {
        let own = if dict.is_none() { Value::dict(DictObject::new()) } else { dict.clone() };
        interp.set_attr(&args[0], &crate::object::string::intern("__dict__"), &own)?;
    } else {
        let own = if dict.is_none() { Value::UNBOUND } else { dict.clone() };
        drop(partial.attributes.replace(own));
    }
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let partial = expect_partial(interp, &args[0], "__repr__")?;
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("...")) };
    let class = interp.class_of(&args[0]);
    let mut text = class.as_type().map_or_else(String::new, |class| class.full_name());
    text.push('(');
    let function = partial.function.borrow().clone();
    push_repr(interp, &mut text, &function)?;
    let (arguments, keywords) = (partial.args.borrow().clone(), partial.keywords.borrow().clone());
    for argument in arguments.as_tuple().unwrap_or_default() {
        text.push_str(", ");
        push_repr(interp, &mut text, argument)?;
    }
    for entry in keywords.as_dict().map(DictObject::entries).unwrap_or_default() {
        text.push_str(", ");
        let name = interp.to_str(&entry.key)?;
        text.push_str(name.str_like().unwrap_or_default());
        text.push('=');
        push_repr(interp, &mut text, &entry.value)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}

fn set_dict(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let partial = expect_partial(interp, object, "__dict__")?;
    if value.is_unbound() {
        return Err(interp.type_error("cannot delete __dict__"));
    }
    if value.dict_like().is_none() {
        let found = interp.type_name(value);
        let text = format!("__dict__ must be set to a dictionary, not a '{found}'");
        return Err(interp.type_error(&text));
    }
    match object.as_instance() {
        Some(instance) => instance.set_dict(value.clone()),
        None => drop(partial.attributes.replace(value.clone())),
    }
    Ok(())
}
