//! `FrameLocalsProxy`: the local variables of a function's frame, seen as a mapping (PEP 667).
//! What is put in becomes the value of the variable.

use super::support::wrong_self;
use crate::object::frame::FrameObject;
use crate::object::heap::Traverse;
use crate::object::interpreter::{Comparison, Interpreter};
use crate::object::spec::native;
use crate::object::{Completion, NativeObject, NativeRow, Op, Raised, TypeSpec, Value};

/// The variables of `frame`.
pub struct FrameLocals {
    pub frame: Value,
}

pub static FRAME_LOCALS: TypeSpec =
    TypeSpec { name: "FrameLocalsProxy", methods: METHODS, unhashable: true, ..TypeSpec::EMPTY };

static METHODS: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
    native("__len__", "", len, "Return len(self)."),
    native("__getitem__", "key, /", get_item, "Return self[key]."),
    native("__setitem__", "key, value, /", set_item, "Set self[key] to value."),
    native("__delitem__", "key, /", delete_item, "Delete self[key]."),
    native("__contains__", "key, /", contains, "Return bool(key in self)."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__reversed__", "", reversed, ""),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__or__", "value, /", or, "Return self|value."),
    native("__ror__", "value, /", ror, "Return value|self."),
    native("__ior__", "value, /", ior, "Return self|=value."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("keys", "", keys, ""),
    native("values", "", values, ""),
    native("items", "", items, ""),
    native("copy", "", copy, ""),
    native("get", "key, default=None, /", get, ""),
    native("setdefault", "key, default=None, /", set_default, ""),
    native("update", "other, /", update, ""),
];

impl Traverse for FrameLocals {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.frame);
    }

    fn clear(&self) {
        // The frame forgets its variables, which breaks any cycle through here.
    }
}

impl NativeObject for FrameLocals {
    fn spec(&self) -> &'static TypeSpec {
        &FRAME_LOCALS
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v FrameObject, Raised> {
    let frame = value.downcast::<FrameLocals>().and_then(|proxy| proxy.frame.downcast());
    frame.ok_or_else(|| wrong_self(interp, name, "FrameLocalsProxy", value))
}

/// A dict of what is bound now.
fn snapshot(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Completion {
    this(interp, value, name)?.locals(interp)
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (given, keywords) = (args[1].as_tuple().unwrap_or_default(), args[2].as_dict());
    let [frame] = given else {
        let text = format!("FrameLocalsProxy expected 1 argument, got {}", given.len());
        return Err(interp.type_error(&text));
    };
    if frame.downcast::<FrameObject>().is_none() {
        let found = interp.type_name(frame);
        return Err(interp.type_error(&format!("expect frame, not {found}")));
    }
    if keywords.is_some_and(|keywords| !keywords.is_empty()) {
        return Err(interp.type_error("FrameLocalsProxy takes no keyword arguments"));
    }
    Ok(Value::object(FrameLocals { frame: frame.clone() }))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let locals = snapshot(interp, &args[0], "__len__")?;
    Ok(Value::int(interp.length(&locals)? as i64))
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let locals = snapshot(interp, &args[0], "__getitem__")?;
    match locals.as_dict().expect("locals make a dict").get(interp, &args[1])? {
        Some(value) => Ok(value),
        None => {
            let key = interp.repr(&args[1])?;
            let text = format!("local variable '{}' is not defined", key.str_like().unwrap_or_default());
            Err(interp.key_error(&Value::str(&text)))
        }
    }
}

fn set_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let frame = this(interp, &args[0], "__setitem__")?;
    interp.hash(&args[1])?;
    let name = variable(interp, frame, &args[1])?;
    let is_bound = match name.as_ref().and_then(Value::as_str) {
        Some(name) => frame.bind(interp, name, &args[2]),
        None => false,
    };
    if !is_bound {
        let extra = frame.extra();
        drop(extra.as_dict().expect("just made").set(interp, &args[1], args[2].clone())?);
    }
    Ok(Value::NONE)
}

/// The name of the variable that equals `key`.
fn variable(interp: &mut dyn Interpreter, frame: &FrameObject, key: &Value) -> Result<Option<Value>, Raised> {
    if key.as_str().is_some() {
        return Ok(Some(key.clone()));
    }
    let hash = interp.hash(key)?;
    let code = frame.code();
    let Some(code) = code.as_code() else { return Ok(None) };
    for (name, _) in &code.code.local_names {
        let name = Value::str(name);
        if interp.hash(&name)? == hash && interp.equals(key, &name)? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

fn delete_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__delitem__")?;
    Err(interp.type_error("cannot remove variables from FrameLocalsProxy"))
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let locals = snapshot(interp, &args[0], "__contains__")?;
    Ok(Value::bool(interp.contains(&locals, &args[1])?))
}

/// A list of what the method `method` of a dict of the variables gives.
fn listed(interp: &mut dyn Interpreter, proxy: &Value, name: &str, method: &str) -> Completion {
    let locals = snapshot(interp, proxy, name)?;
    let view = interp.call_method(&locals, method, &[])?;
    Ok(Value::list(interp.collect(&view)?))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let keys = listed(interp, &args[0], "__iter__", "keys")?;
    interp.iter(&keys)
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let keys = listed(interp, &args[0], "__reversed__", "keys")?;
    interp.call_method(&keys, "reverse", &[])?;
    Ok(keys)
}

fn keys(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    listed(interp, &args[0], "keys", "keys")
}

fn values(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    listed(interp, &args[0], "values", "values")
}

fn items(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    listed(interp, &args[0], "items", "items")
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let frame = this(interp, &args[0], "__eq__")?;
    if let Some(other) = args[1].downcast::<FrameLocals>() {
        let same = other.frame.downcast::<FrameObject>().is_some_and(|other| std::ptr::eq(frame, other));
        return Ok(Value::bool(same));
    }
    if args[1].dict_like().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let locals = frame.locals(interp)?;
    interp.compare(Comparison::Eq, &locals, &args[1])
}

/// The dict of a proxy, or a dict itself.
fn operand(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<Value>, Raised> {
    if value.downcast::<FrameLocals>().is_some() {
        return snapshot(interp, value, "__or__").map(Some);
    }
    Ok(value.dict_like().map(|_| value.clone()))
}

fn merged(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Completion {
    match (operand(interp, left)?, operand(interp, right)?) {
        (Some(left), Some(right)) => interp.binary(Op::BitOr, &left, &right),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    merged(interp, &args[0], &args[1])
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    merged(interp, &args[1], &args[0])
}

fn ior(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if operand(interp, &args[1])?.is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    update(interp, args)?;
    Ok(args[0].clone())
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(_guard) = crate::object::repr::repr_guard(&args[0]) else { return Ok(Value::str("{...}")) };
    let locals = snapshot(interp, &args[0], "__repr__")?;
    interp.repr(&locals)
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    snapshot(interp, &args[0], "copy")
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let locals = snapshot(interp, &args[0], "get")?;
    let found = locals.as_dict().expect("locals make a dict").get(interp, &args[1])?;
    Ok(found.unwrap_or_else(|| args[2].clone()))
}

fn set_default(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let locals = snapshot(interp, &args[0], "setdefault")?;
    if let Some(value) = locals.as_dict().expect("locals make a dict").get(interp, &args[1])? {
        return Ok(value);
    }
    set_item(interp, args)?;
    Ok(args[2].clone())
}

fn update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "update")?;
    let Some(other) = operand(interp, &args[1])? else {
        return Err(interp.type_error("update() argument must be dict or another FrameLocalsProxy"));
    };
    for entry in other.dict_like().map(|dict| dict.entries()).unwrap_or_default() {
        set_item(interp, &[args[0].clone(), entry.key, entry.value])?;
    }
    Ok(Value::NONE)
}
