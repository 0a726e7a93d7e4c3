//! The native parts of named tuples: making an instance, and reading a field.

use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::{getter, native, property, writable_member};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// `__new__` of a named tuple: binds arguments to fields.
struct NewNamedTuple {
    /// `Point.__new__`, for messages.
    name: String,
    /// Interned names.
    fields: Vec<Value>,
    /// Those of the last fields.
    defaults: Vec<Value>,
    /// `__annotations__`; unbound until asked for.
    annotations: RefCell<Value>,
}

static NEW_NAMED_TUPLE: TypeSpec = TypeSpec {
    name: "function",
    doc: "Create new instance of a named tuple.",
    methods: &[native("__call__", "*args, **kwargs", call, "Call self as a function.")],
    getters: &[
        getter("__name__", |_, _| Ok(Value::str("__new__")), ""),
        getter("__qualname__", |_, this| Ok(Value::str(&maker(this).name)), ""),
        getter("__globals__", globals, ""),
        property("__annotations__", annotations, set_annotations, ""),
        getter("__builtins__", |_, _| Ok(Value::dict(DictObject::new())), ""),
        getter(
            "__defaults__",
            |_, this| {
                let defaults = &maker(this).defaults;
                Ok(if defaults.is_empty() { Value::NONE } else { Value::tuple(defaults.clone()) })
            },
            "",
        ),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for NewNamedTuple {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.fields.iter().chain(&self.defaults).for_each(&mut *visit);
        visit(&self.annotations.borrow());
    }

    fn clear(&self) {
        drop(self.annotations.take());
        // Immutable: cycles are broken at the class.
    }
}

impl NativeObject for NewNamedTuple {
    fn spec(&self) -> &'static TypeSpec {
        &NEW_NAMED_TUPLE
    }
}

fn annotations(_: &mut dyn Interpreter, this: &Value) -> Completion {
    let mut annotations = maker(this).annotations.borrow_mut();
    if annotations.is_unbound() {
        *annotations = Value::dict(DictObject::new());
    }
    Ok(annotations.clone())
}

fn set_annotations(_: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    drop(maker(this).annotations.replace(value.clone()));
    Ok(())
}

/// The namespace in which CPython evaluates the function.
fn globals(_: &mut dyn Interpreter, this: &Value) -> Completion {
    let dict = DictObject::new();
    dict.set_str("__builtins__", Value::dict(DictObject::new()));
    dict.set_str(
        "__name__",
        Value::str(&format!("namedtuple_{}", maker(this).name.trim_end_matches(".__new__"))),
    );
    Ok(Value::dict(dict))
}

fn maker(this: &Value) -> &NewNamedTuple {
    this.downcast::<NewNamedTuple>().expect("getters are only reached through the class")
}

/// `_new_named_tuple(typename, fields, defaults)`.
pub fn new_named_tuple(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = interp.expect_str(&args[0], |class| format!("typename must be str, not {class}"))?;
    let fields = interp.collect(&args[1])?.iter().map(Value::interned).collect();
    let defaults = interp.collect(&args[2])?;
    Ok(Value::object(NewNamedTuple {
        name: format!("{name}.__new__"),
        fields,
        defaults,
        annotations: RefCell::default(),
    }))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(this) = args[0].downcast::<NewNamedTuple>() else {
        return Err(wrong_receiver(interp, "function", "__call__", &args[0]));
    };
    let Some((class, given)) = args[1].as_tuple().unwrap_or_default().split_first() else {
        let name = &this.name;
        let message = format!("{name}() missing 1 required positional argument: '_cls'");
        return Err(interp.type_error(&message));
    };
    let keywords = args[2].as_dict().filter(|keywords| !keywords.is_empty());
    let items = if given.len() == this.fields.len() && keywords.is_none() {
        given.to_vec()
    } else {
        let keywords = keywords.map(|keywords| keywords.entries()).unwrap_or_default();
        bind(interp, this, given, keywords.into_iter().map(|entry| (entry.key, entry.value)).collect())?
    };
    Ok(Value::instance(class.clone(), Some(Value::tuple(items))))
}

/// The fields from arguments, with the errors of a function with these parameters.
fn bind(
    interp: &mut dyn Interpreter,
    this: &NewNamedTuple,
    given: &[Value],
    keywords: Vec<(Value, Value)>,
) -> Result<Vec<Value>, Raised> {
    let (name, count) = (&this.name, this.fields.len());
    let mut items: Vec<Value> = given.iter().take(count).cloned().collect();
    items.resize_with(count, Value::default);
    for (key, value) in keywords {
        let text = key.str_like().unwrap_or_default();
        match this.fields.iter().position(|field| field.as_str() == Some(text)) {
            Some(index) if items[index].is_unbound() => items[index] = value,
            Some(_) => {
                return Err(interp.type_error(&format!("{name}() got multiple values for argument '{text}'")));
            }
            None => {
                let message = format!("{name}() got an unexpected keyword argument '{text}'");
                return Err(interp.type_error(&message));
            }
        }
    }
    if given.len() > count {
        let takes = if this.defaults.is_empty() {
            format!("{}", count + 1)
        } else {
            format!("from {} to {}", count + 1 - this.defaults.len(), count + 1)
        };
        let arguments = if count == 0 && this.defaults.is_empty() { "argument" } else { "arguments" };
        let message =
            format!("{name}() takes {takes} positional {arguments} but {} were given", given.len() + 1);
        return Err(interp.type_error(&message));
    }
    let first_default = count - this.defaults.len();
    let mut missing = Vec::new();
    for (index, item) in items.iter_mut().enumerate() {
        if item.is_unbound() {
            if index >= first_default {
                *item = this.defaults[index - first_default].clone();
            } else {
                missing.push(format!("'{}'", this.fields[index].as_str().unwrap_or_default()));
            }
        }
    }
    if missing.is_empty() {
        return Ok(items);
    }
    let names = match missing.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        [] => String::new(),
    };
    let plural = if missing.len() == 1 { "" } else { "s" };
    let message = format!("{name}() missing {} required positional argument{plural}: {names}", missing.len());
    Err(interp.type_error(&message))
}

/// The descriptor of a field.
struct TupleGetter {
    index: usize,
    doc: RefCell<Value>,
}

static TUPLE_GETTER: TypeSpec = TypeSpec {
    name: "_tuplegetter",
    module: "_collections",
    methods: &[
        native(
            "__get__",
            "instance, owner=None, /",
            get,
            "Return an attribute of instance, which is of type owner.",
        ),
        native("__set__", "instance, value, /", set, "Set an attribute of instance to value."),
        native("__delete__", "instance, /", delete, "Delete an attribute of instance."),
        native("__repr__", "", repr, "Return repr(self)."),
    ],
    getters: &[writable_member(
        "__doc__",
        |_, this| {
            Ok(this.downcast::<TupleGetter>().map_or(Value::NONE, |getter| getter.doc.borrow().clone()))
        },
        |_, this, doc| {
            if let Some(getter) = this.downcast::<TupleGetter>() {
                let doc = if doc.is_unbound() { Value::NONE } else { doc.clone() };
                drop(getter.doc.replace(doc));
            }
            Ok(())
        },
        "",
    )],
    ..TypeSpec::EMPTY
};

impl Traverse for TupleGetter {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.doc.borrow());
    }

    fn clear(&self) {}
}

impl NativeObject for TupleGetter {
    fn spec(&self) -> &'static TypeSpec {
        &TUPLE_GETTER
    }

    fn tuple_field(&self) -> Option<usize> {
        Some(self.index)
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// `_tuplegetter(index, doc)`.
pub fn tuple_getter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let index = interp.expect_int(&args[0])?.max(0) as usize;
    Ok(Value::object(TupleGetter { index, doc: RefCell::new(args[1].clone()) }))
}

fn expect_getter<'v>(interp: &mut dyn Interpreter, args: &'v [Value]) -> Result<&'v TupleGetter, Raised> {
    match args[0].downcast::<TupleGetter>() {
        Some(getter) => Ok(getter),
        None => Err(wrong_receiver(interp, "_collections._tuplegetter", "__get__", &args[0])),
    }
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let getter = expect_getter(interp, args)?;
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let Some(items) = args[1].tuple_like() else {
        let index = getter.index;
        let name = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{name}' object"
        )));
    };
    match items.get(getter.index) {
        Some(item) => Ok(item.clone()),
        None => Err(interp.index_error("tuple index out of range")),
    }
}

fn set(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise(crate::object::CoreType::AttributeError, "can't set attribute"))
}

fn delete(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.raise(crate::object::CoreType::AttributeError, "can't delete attribute"))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let getter = expect_getter(interp, args)?;
    let doc = interp.repr(&getter.doc.borrow().clone())?;
    Ok(Value::str(&format!("_tuplegetter({}, {})", getter.index, doc.str_like().unwrap_or_default())))
}
