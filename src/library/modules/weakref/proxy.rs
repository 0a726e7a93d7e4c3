//! `weakref.proxy`: an object that stands for another as long as that lives.

use super::reference::{self, Reference, Weak};
use crate::library::types::support::{expect_name, items, pairs};
use crate::object::heap::Traverse;
use crate::object::interpreter::{Comparison, Interpreter};
use crate::object::sequence::has_method;
use crate::object::spec::native;
use crate::object::weak_table::Place;
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Op, TypeSpec, Value};

/// A proxy.
pub struct Proxy {
    weak: Weak,
    is_callable: bool,
}

pub static PROXY: TypeSpec =
    TypeSpec { name: "ProxyType", module: "weakref", methods: METHODS, unhashable: true, ..TypeSpec::EMPTY };

pub static CALLABLE_PROXY: TypeSpec = TypeSpec {
    name: "CallableProxyType",
    module: "weakref",
    base: Some(&PROXY),
    methods: CALLABLE_METHODS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static CALLABLE_METHODS: &[NativeRow] =
    &[native("__call__", "*args, **kwargs", call, "Call self as a function.")];

macro_rules! operators {
    (
        binary: $($name:literal, $reflected:literal, $inplace:literal = $op:ident;)+
        compare: $($compared:literal = $comparison:ident;)+
    ) => {
        static METHODS: &[NativeRow] = &[
            native("__getattribute__", "name, /", get_attribute, "Return getattr(self, name)."),
            native("__setattr__", "name, value, /", set_attribute, "Implement setattr(self, name, value)."),
            native("__delattr__", "name, /", delete_attribute, "Implement delattr(self, name)."),
            native("__repr__", "", repr, "Return repr(self)."),
            native("__str__", "", to_str, "Return str(self)."),
            native("__bytes__", "", to_bytes, "x.__bytes__() <==> bytes(x)"),
            native("__bool__", "", truth, "True if self else False"),
            native("__len__", "", len, "Return len(self)."),
            native("__getitem__", "key, /", get_item, "Return self[key]."),
            native("__setitem__", "key, value, /", set_item, "Set self[key] to value."),
            native("__delitem__", "key, /", del_item, "Delete self[key]."),
            native("__contains__", "key, /", contains, "Return bool(key in self)."),
            native("__iter__", "", iter, "Implement iter(self)."),
            native("__next__", "", next, "Implement next(self)."),
            native("__reversed__", "", reversed, ""),
            native("__index__", "", index, "Return self converted to an integer, if self is suitable for use as an index into a list."),
            native("__int__", "", int, "int(self)"),
            native("__float__", "", float, "float(self)"),
            native("__neg__", "", |interp, args| unary(interp, args, Op::Neg), "-self"),
            native("__pos__", "", |interp, args| unary(interp, args, Op::Pos), "+self"),
            native("__invert__", "", |interp, args| unary(interp, args, Op::Invert), "~self"),
            native("__abs__", "", abs, "abs(self)"),
            $(
                native($name, "value, /", |interp, args| binary(interp, Op::$op, &args[0], &args[1]), ""),
                native($reflected, "value, /", |interp, args| binary(interp, Op::$op, &args[1], &args[0]), ""),
                native($inplace, "value, /", |interp, args| inplace(interp, Op::$op, &args[0], &args[1]), ""),
            )+
            $(native($compared, "value, /", |interp, args| compare(interp, args, Comparison::$comparison), "")),+
        ];
    };
}

operators! {
    binary:
        "__add__", "__radd__", "__iadd__" = Add;
        "__sub__", "__rsub__", "__isub__" = Sub;
        "__mul__", "__rmul__", "__imul__" = Mul;
        "__truediv__", "__rtruediv__", "__itruediv__" = TrueDiv;
        "__floordiv__", "__rfloordiv__", "__ifloordiv__" = FloorDiv;
        "__mod__", "__rmod__", "__imod__" = Mod;
        "__pow__", "__rpow__", "__ipow__" = Pow;
        "__matmul__", "__rmatmul__", "__imatmul__" = MatMul;
        "__lshift__", "__rlshift__", "__ilshift__" = LShift;
        "__rshift__", "__rrshift__", "__irshift__" = RShift;
        "__and__", "__rand__", "__iand__" = BitAnd;
        "__or__", "__ror__", "__ior__" = BitOr;
        "__xor__", "__rxor__", "__ixor__" = BitXor;
    compare:
        "__lt__" = Lt;
        "__le__" = Le;
        "__eq__" = Eq;
        "__ne__" = Ne;
        "__gt__" = Gt;
        "__ge__" = Ge;
}

impl Traverse for Proxy {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.weak.traverse(visit);
    }

    fn clear(&self) {
        self.weak.clear();
    }
}

impl NativeObject for Proxy {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_callable { &CALLABLE_PROXY } else { &PROXY }
    }
}

/// The inside of a reference or proxy.
pub fn weak_of(value: &Value) -> Option<&Weak> {
    match value.downcast::<Reference>() {
        Some(reference) => Some(&reference.weak),
        None => value.downcast::<Proxy>().map(|proxy| &proxy.weak),
    }
}

pub fn make(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none()
        && let Some(known) = reference::shared(&args[0], Place::SharedProxy)
    {
        return Ok(known);
    }
    let weak = Weak::new(interp, &args[0], &args[1])?;
    let is_callable = interp.is_callable(&args[0]);
    let proxy = Value::object(Proxy { weak, is_callable });
    if let Some(inside) = proxy.downcast::<Proxy>() {
        inside.weak.enter(&proxy, Place::SharedProxy);
    }
    Ok(proxy)
}

/// The object that a proxy stands for; anything else is itself.
pub fn unwrapped(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    match value.downcast::<Proxy>() {
        None => Ok(value.clone()),
        Some(proxy) => match proxy.weak.target() {
            Some(target) => Ok(target),
            None => Err(interp.raise(CoreType::ReferenceError, "weakly-referenced object no longer exists")),
        },
    }
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.call_keywords(&target, items(&args[1]), &pairs(&args[2]))
}

fn get_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (target, name) = (unwrapped(interp, &args[0])?, expect_name(interp, &args[1])?);
    interp.get_attr(&target, &name)
}

fn set_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (target, name) = (unwrapped(interp, &args[0])?, expect_name(interp, &args[1])?);
    let value = unwrapped(interp, &args[2])?;
    interp.set_attr(&target, &name, &value)?;
    Ok(Value::NONE)
}

fn delete_attribute(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (target, name) = (unwrapped(interp, &args[0])?, expect_name(interp, &args[1])?);
    interp.del_attr(&target, &name)?;
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let address = args[0].address_text();
    let target = weak_of(&args[0]).and_then(Weak::target);
    let text = match target {
        None => format!("<weakproxy at {address}; dead>"),
        Some(target) => {
            let class = interp.type_name(&target);
            format!("<weakproxy at {address}; to '{class}' at {}>", target.address_text())
        }
    };
    Ok(Value::str(&text))
}

fn to_str(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.to_str(&target)
}

fn to_bytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.call_method(&target, "__bytes__", &[])
}

fn truth(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    Ok(Value::bool(interp.truth(&target)?))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    Ok(Value::int(interp.length(&target)? as i64))
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.get_item(&target, &args[1])
}

fn set_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.set_item(&target, &args[1], &args[2])?;
    Ok(Value::NONE)
}

fn del_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.del_item(&target, &args[1])?;
    Ok(Value::NONE)
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    Ok(Value::bool(interp.contains(&target, &args[1])?))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.iter(&target)
}

fn next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    if !has_method(interp, &target, "__next__") {
        return Err(interp.type_error("Weakref proxy referenced a non-iterator"));
    }
    match interp.next(&target)? {
        Some(item) => Ok(item),
        None => Err(interp.raise_args(CoreType::StopIteration, &[])),
    }
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.call_method(&target, "__reversed__", &[])
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.index(&target)
}

fn int(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (target, class) = (unwrapped(interp, &args[0])?, interp.core(CoreType::Int));
    interp.call(&class, &[target])
}

fn float(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (target, class) = (unwrapped(interp, &args[0])?, interp.core(CoreType::Float));
    interp.call(&class, &[target])
}

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.call_method(&target, "__abs__", &[])
}

fn unary(interp: &mut dyn Interpreter, args: &[Value], op: Op) -> Completion {
    let target = unwrapped(interp, &args[0])?;
    interp.unary(op, &target)
}

fn inplace(interp: &mut dyn Interpreter, op: Op, left: &Value, right: &Value) -> Completion {
    let (left, right) = (unwrapped(interp, left)?, unwrapped(interp, right)?);
    interp.inplace(op, &left, &right)
}

fn binary(interp: &mut dyn Interpreter, op: Op, left: &Value, right: &Value) -> Completion {
    let (left, right) = (unwrapped(interp, left)?, unwrapped(interp, right)?);
    interp.binary(op, &left, &right)
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let (left, right) = (unwrapped(interp, &args[0])?, unwrapped(interp, &args[1])?);
    interp.compare(op, &left, &right)
}
