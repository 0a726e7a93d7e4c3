//! `mappingproxy`: a view of a mapping that cannot be written through.

use super::generic_alias;
use super::support::wrong_self;
use crate::object::descriptor::MappingProxy;
use crate::object::interpreter::{Comparison, Interpreter};
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, NativeObject, NativeRow, Op, Raised, Tag, TypeSpec, Value};

pub static MAPPING_PROXY: TypeSpec = TypeSpec {
    name: "mappingproxy",
    signature: "(mapping)",
    doc: "Read-only proxy of a mapping.",
    methods: METHODS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "mapping",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__len__", "", len, "Return len(self)."),
    native("__getitem__", "key, /", get_item, "Return self[key]."),
    native("__contains__", "key, /", contains, "Return bool(key in self)."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__reversed__", "", reversed, "D.__reversed__() -> reverse iterator"),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__ge__", "value, /", |i, a| ordered(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
    native("__gt__", "value, /", |i, a| ordered(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__le__", "value, /", |i, a| ordered(i, a, Comparison::Le, "__le__"), "Return self<=value."),
    native("__lt__", "value, /", |i, a| ordered(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
    native("__or__", "value, /", or, "Return self|value."),
    native("__ror__", "value, /", ror, "Return value|self."),
    native("__ior__", "value, /", ior, "Return self|=value."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__str__", "", to_str, "Return str(self)."),
    native(
        "get",
        "key, default=None, /",
        get,
        "Return the value for key if key is in the mapping, else default.",
    ),
    native("keys", "", keys, "D.keys() -> a set-like object providing a view on D's keys"),
    native("values", "", values, "D.values() -> an object providing a view on D's values"),
    native("items", "", items, "D.items() -> a set-like object providing a view on D's items"),
    native("copy", "", copy, "D.copy() -> a shallow copy of D"),
    native("__class_getitem__", "item, /", generic_alias::class_getitem, "See PEP 585").as_class(),
];

impl NativeObject for MappingProxy {
    fn spec(&self) -> &'static TypeSpec {
        &MAPPING_PROXY
    }
}

fn this(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Completion {
    match value.downcast::<MappingProxy>() {
        Some(proxy) => Ok(proxy.mapping.clone()),
        None => Err(wrong_self(interp, name, "mappingproxy", value)),
    }
}

/// The mapping behind a proxy, or the value itself.
fn behind(value: &Value) -> Value {
    value.downcast::<MappingProxy>().map_or_else(|| value.clone(), |proxy| proxy.mapping.clone())
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.class_of(&args[1]);
    let is_mapping = class.as_type().is_some_and(|class| class.lookup(&intern("__getitem__")).is_some())
        && !matches!(args[1].tag(), Tag::List | Tag::Tuple);
    if !is_mapping {
        let found = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("mappingproxy() argument must be a mapping, not {found}")));
    }
    Ok(Value::object(MappingProxy { mapping: args[1].clone() }))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__len__")?;
    Ok(Value::int(interp.length(&mapping)? as i64))
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__getitem__")?;
    interp.get_item(&mapping, &args[1])
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__contains__")?;
    Ok(Value::bool(interp.contains(&mapping, &args[1])?))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__iter__")?;
    interp.iter(&mapping)
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__reversed__")?;
    interp.call_method(&mapping, "__reversed__", &[])
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__eq__")?;
    interp.compare(Comparison::Eq, &mapping, &behind(&args[1]))
}

fn ordered(interp: &mut dyn Interpreter, args: &[Value], op: Comparison, name: &str) -> Completion {
    let mapping = this(interp, &args[0], name)?;
    interp.compare(op, &mapping, &args[1])
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__hash__")?;
    Ok(Value::int(interp.hash(&mapping)?))
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__or__")?;
    interp.binary(Op::BitOr, &mapping, &behind(&args[1]))
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__ror__")?;
    interp.binary(Op::BitOr, &behind(&args[1]), &mapping)
}

fn ior(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__ior__")?;
    Err(interp.type_error("'|=' is not supported by mappingproxy; use '|' instead"))
}

fn text(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let text = interp.repr(value)?;
    Ok(text.str_like().unwrap_or_default().to_owned())
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__repr__")?;
    Ok(Value::str(&format!("mappingproxy({})", text(interp, &mapping)?)))
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "__str__")?;
    interp.to_str(&mapping)
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "get")?;
    interp.call_method(&mapping, "get", &args[1..])
}

fn keys(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "keys")?;
    interp.call_method(&mapping, "keys", &[])
}

fn values(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "values")?;
    interp.call_method(&mapping, "values", &[])
}

fn items(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "items")?;
    interp.call_method(&mapping, "items", &[])
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mapping = this(interp, &args[0], "copy")?;
    interp.call_method(&mapping, "copy", &[])
}
