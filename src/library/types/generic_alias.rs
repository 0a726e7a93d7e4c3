//! `types.GenericAlias`: what `list[int]` makes. Behaves as its origin, arguments are decoration.

use super::support::{items, pairs, wrong_self};
use super::{generic_parameters, union_};
use crate::object::heap::Traverse;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};

/// A class with arguments in brackets.
pub struct GenericAlias {
    pub origin: Value,
    /// A tuple.
    pub args: Value,
    /// Whether it is `*origin[args]`.
    pub is_unpacked: bool,
}

pub static GENERIC_ALIAS: TypeSpec = TypeSpec {
    name: "GenericAlias",
    signature: "(origin, args, /)",
    module: "types",
    doc: "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "origin, args, /",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__or__", "value, /", or, "Return self|value."),
    native("__ror__", "value, /", ror, "Return value|self."),
    native("__getitem__", "key, /", get_item, "Return self[key]."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__mro_entries__", "bases, /", mro_entries, ""),
    native("__instancecheck__", "instance, /", instance_check, ""),
    native("__subclasscheck__", "subclass, /", subclass_check, ""),
    native("__reduce__", "", reduce, ""),
    native("__dir__", "", dir, ""),
];

static GETTERS: &[GetterRow] = &[
    member("__origin__", origin, ""),
    member("__args__", args_tuple, ""),
    getter("__parameters__", parameters, "Type variables in the GenericAlias."),
    getter("__typing_unpacked_tuple_args__", unpacked_args, ""),
    member("__unpacked__", |i, v| Ok(Value::bool(this(i, v, "__unpacked__")?.is_unpacked)), ""),
];

impl Traverse for GenericAlias {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.origin);
        visit(&self.args);
    }

    fn clear(&self) {
        // Immutable: a cycle is broken at the class.
    }
}

impl NativeObject for GenericAlias {
    fn spec(&self) -> &'static TypeSpec {
        &GENERIC_ALIAS
    }
}

/// `*list[int]`: one item, the unpacked alias.
fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(alias) = args[0].downcast::<GenericAlias>() else {
        return Err(wrong_self(interp, "__iter__", "types.GenericAlias", &args[0]));
    };
    let unpacked = GenericAlias { origin: alias.origin.clone(), args: alias.args.clone(), is_unpacked: true };
    let items = Value::tuple(vec![Value::object(unpacked)]);
    interp.iter(&items)
}

/// `origin[item]`; several items come as a tuple.
pub fn generic_alias(origin: &Value, item: &Value) -> Value {
    let args = if item.as_tuple().is_some() { item.clone() } else { Value::tuple(vec![item.clone()]) };
    Value::object(GenericAlias { origin: origin.clone(), args, is_unpacked: false })
}

/// The `__class_getitem__` row of the native classes that have one; mark it `as_class`.
pub fn class_getitem(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(generic_alias(&args[0], &args[1]))
}

fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    method: &str,
) -> Result<&'v GenericAlias, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, method, "types.GenericAlias", value))
}

fn new(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(generic_alias(&args[1], &args[2]))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let origin = this(interp, &args[0], "__call__")?.origin.clone();
    let object = interp.call_keywords(&origin, items(&args[1]), &pairs(&args[2]))?;
    // As typing does: the object remembers what it was made of, if it can.
    if object.as_instance().is_some() {
        let name = crate::object::string::intern("__orig_class__");
        if let Err(raised) = interp.set_attr(&object, &name, &args[0])
            && !interp.raised_is(&raised, CoreType::AttributeError)
            && !interp.raised_is(&raised, CoreType::TypeError)
        {
            return Err(raised);
        }
    }
    Ok(object)
}

/// Attributes that nobody has: what asks for them must not take the alias for its origin.
const BLOCKED: &[&str] = &["__bases__", "__copy__", "__deepcopy__"];

/// Attributes of the alias itself; all others are the origin's.
const OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__parameters__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__unpacked__",
    "__typing_unpacked_tuple_args__",
];

fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = super::support::expect_name(interp, &args[1])?;
    let is_own = name.as_str().is_some_and(|name| OWN.contains(&name) || BLOCKED.contains(&name));
    if is_own {
        return interp.object_get_attr(&args[0], &name);
    }
    let origin = this(interp, &args[0], "__getattribute__")?.origin.clone();
    interp.get_attr(&origin, &name)
}

/// The names of the origin, and the attributes of the alias itself.
fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let origin = this(interp, &args[0], "__dir__")?.origin.clone();
    let builtins = interp.import("builtins")?;
    let function = interp.attribute(&builtins, "dir")?;
    let names = interp.call(&function, &[origin])?;
    let mut names = interp.collect(&names)?;
    for own in OWN.iter().chain(BLOCKED).copied() {
        if !names.iter().any(|name| name.as_str() == Some(own)) {
            names.push(Value::str(own));
        }
    }
    Ok(Value::list(names))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__repr__")?;
    let origin = argument_repr(interp, &this.origin)?;
    let args = this.args.as_tuple().unwrap_or_default();
    let mut parts = Vec::new();
    for part in args {
        parts.push(argument_repr(interp, part)?);
    }
    let parts = if parts.is_empty() { "()".to_owned() } else { parts.join(", ") };
    let star = if this.is_unpacked { "*" } else { "" };
    Ok(Value::str(&format!("{star}{origin}[{parts}]")))
}

/// How an argument of a generic or an alternative of a union is shown: classes by name.
pub fn argument_repr(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    if matches!(value.tag(), crate::object::Tag::Ellipsis) {
        return Ok("...".to_owned());
    }
    if let Some(class) = value.as_type() {
        return Ok(class.full_name());
    }
    if let Some(list) = value.as_list() {
        let items = list.items.borrow().clone();
        let mut parts = Vec::new();
        for item in &items {
            parts.push(argument_repr(interp, item)?);
        }
        return Ok(format!("[{}]", parts.join(", ")));
    }
    let mut text_of = |name: &str| -> Result<Option<Value>, Raised> {
        Ok(interp.find_attr(value, &intern(name))?.filter(|found| !found.is_none()))
    };
    let is_alias = text_of("__origin__")?.is_some() && text_of("__args__")?.is_some();
    if !is_alias && let (Some(qualname), Some(module)) = (text_of("__qualname__")?, text_of("__module__")?) {
        let texts = [interp.to_str(&qualname)?, interp.to_str(&module)?];
        let [qualname, module] = texts.each_ref().map(|text| text.str_like().unwrap_or_default());
        return Ok(if module == "builtins" { qualname.to_owned() } else { format!("{module}.{qualname}") });
    }
    let text = interp.repr(value)?;
    Ok(text.str_like().unwrap_or_default().to_owned())
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__eq__")?;
    let Some(other) = args[1].downcast::<GenericAlias>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = this.is_unpacked == other.is_unpacked
        && interp.equals(&this.origin, &other.origin)?
        && interp.equals(&this.args, &other.args)?;
    Ok(Value::bool(same))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__hash__")?;
    let hash = interp.hash(&this.origin)? ^ interp.hash(&this.args)?;
    Ok(Value::int(if hash == -1 { -2 } else { hash }))
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_::union_of(interp, &args[0], &args[1])
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_::union_of(interp, &args[1], &args[0])
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__getitem__")?;
    let own = this.args.as_tuple().unwrap_or_default();
    let new = generic_parameters::substitute(interp, &args[0], own, &args[1])?;
    let (origin, is_unpacked) = (this.origin.clone(), this.is_unpacked);
    Ok(Value::object(GenericAlias { origin, args: Value::tuple(new), is_unpacked }))
}

/// `*tuple[int, str]` tells what it unpacks to.
fn unpacked_args(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "__typing_unpacked_tuple_args__")?;
    let tuple = interp.core(CoreType::Tuple);
    Ok(if this.is_unpacked && this.origin.is(&tuple) { this.args.clone() } else { Value::NONE })
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__reduce__")?;
    let (origin, own) = (this.origin.clone(), this.args.clone());
    if this.is_unpacked {
        let plain = Value::object(GenericAlias { origin, args: own, is_unpacked: false });
        let iterator = interp.iter(&plain)?;
        let builtins = interp.builtins();
        let next = builtins.as_dict().and_then(|names| names.get_str("next")).unwrap_or(Value::NONE);
        return Ok(Value::tuple(vec![next, Value::tuple(vec![iterator])]));
    }
    let class = interp.type_of_spec(&GENERIC_ALIAS);
    Ok(Value::pair(class, Value::pair(origin, own)))
}

fn mro_entries(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__mro_entries__")?;
    Ok(Value::tuple(vec![this.origin.clone()]))
}

fn instance_check(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

fn subclass_check(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Err(interp.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn origin(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__origin__")?.origin.clone())
}

fn args_tuple(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__args__")?.args.clone())
}

fn parameters(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let own = this(interp, object, "__parameters__")?.args.clone();
    let found = generic_parameters::parameters_of(interp, own.as_tuple().unwrap_or_default())?;
    Ok(Value::tuple(found))
}
