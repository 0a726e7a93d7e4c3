//! The classes of `None`, `...` and `NotImplemented`.

use super::support::{items, wrong_self};
use crate::object::hash::hash_simple;
use crate::object::interpreter::Interpreter;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, NativeRow, Tag, TypeSpec, Value};

pub static NONE_TYPE: TypeSpec = TypeSpec {
    name: "NoneType",
    signature: "()",
    doc: "The type of the None singleton.",
    core: Some(CoreType::NoneType),
    methods: &[
        native(
            "__new__",
            "*args, **kwargs",
            new_none,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__repr__", "", none_repr, "Return repr(self)."),
        native("__bool__", "", none_bool, "True if self else False"),
        native("__eq__", "value, /", none_equal, "Return self==value."),
        native("__hash__", "", none_hash, "Return hash(self)."),
    ],
    ..TypeSpec::EMPTY
};

pub static ELLIPSIS: TypeSpec = TypeSpec {
    name: "ellipsis",
    signature: "()",
    doc: "The type of the Ellipsis singleton.",
    core: Some(CoreType::Ellipsis),
    methods: &[
        native(
            "__new__",
            "*args, **kwargs",
            new_ellipsis,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__reduce__", "", ellipsis_reduce, ""),
        native("__repr__", "", ellipsis_repr, "Return repr(self)."),
    ],
    ..TypeSpec::EMPTY
};

pub static NOT_IMPLEMENTED_TYPE: TypeSpec = TypeSpec {
    name: "NotImplementedType",
    signature: "()",
    doc: "The type of the NotImplemented singleton.",
    core: Some(CoreType::NotImplementedType),
    methods: NOT_IMPLEMENTED_METHODS,
    ..TypeSpec::EMPTY
};

static NOT_IMPLEMENTED_METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        new_not_implemented,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__reduce__", "", not_implemented_reduce, ""),
    native("__repr__", "", not_implemented_repr, "Return repr(self)."),
    native("__bool__", "", not_implemented_bool, "True if self else False"),
];

fn ellipsis_reduce(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::str("Ellipsis"))
}

fn not_implemented_reduce(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::str("NotImplemented"))
}

/// The only value of a class whose constructor takes nothing.
fn singleton(interp: &mut dyn Interpreter, args: &[Value], class: &str, value: Value) -> Completion {
    if items(&args[1]).is_empty() && args[2].dict_like().is_none_or(|keywords| keywords.is_empty()) {
        return Ok(value);
    }
    Err(interp.type_error(&format!("{class} takes no arguments")))
}

fn new_none(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    singleton(interp, args, "NoneType", Value::NONE)
}

fn new_ellipsis(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    singleton(interp, args, "EllipsisType", Value::ELLIPSIS)
}

fn new_not_implemented(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    singleton(interp, args, "NotImplementedType", Value::NOT_IMPLEMENTED)
}

fn fixed_repr(interp: &mut dyn Interpreter, object: &Value, tag: Tag, class: &str, text: &str) -> Completion {
    if object.tag() == tag {
        Ok(Value::str(text))
    } else {
        Err(wrong_self(interp, "__repr__", class, object))
    }
}

fn none_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    fixed_repr(interp, &args[0], Tag::None, "NoneType", "None")
}

fn ellipsis_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    fixed_repr(interp, &args[0], Tag::Ellipsis, "ellipsis", "Ellipsis")
}

fn not_implemented_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    fixed_repr(interp, &args[0], Tag::NotImplemented, "NotImplementedType", "NotImplemented")
}

fn none_equal(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(if args[1].is_none() { Value::TRUE } else { Value::NOT_IMPLEMENTED })
}

fn none_hash(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::int(hash_simple(&Value::NONE).unwrap_or(0)))
}

fn none_bool(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::FALSE)
}

fn not_implemented_bool(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let text = "NotImplemented should not be used in a boolean context";
    let place = interp.stack(1).into_iter().next();
    interp.warn(CoreType::DeprecationWarning, text, place)?;
    Ok(Value::TRUE)
}
