//! `bool`.

use super::int::INT;
use super::receiver::wrong_receiver;
use crate::object::number::{self, Number, Op};
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, TypeSpec, Value};

/// The class `bool`.
pub static BOOL: TypeSpec = TypeSpec {
    name: "bool",
    signature: "(object=False, /)",
    doc: "Returns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    core: Some(CoreType::Bool),
    base: Some(&INT),
    methods: &[
        native(
            "__new__",
            "object=?, /",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__and__", "value, /", and, "Return self&value."),
        native("__invert__", "", invert, "~self"),
        native("__or__", "value, /", or, "Return self|value."),
        native("__rand__", "value, /", rand, "Return value&self."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__ror__", "value, /", ror, "Return value|self."),
        native("__rxor__", "value, /", rxor, "Return value^self."),
        native("__xor__", "value, /", xor, "Return self^value."),
    ],
    ..TypeSpec::EMPTY
};

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[1].given() {
        Some(value) => Ok(Value::bool(interp.truth(value)?)),
        None => Ok(Value::FALSE),
    }
}

fn operate(interp: &mut dyn Interpreter, method: &str, op: Op, args: &[Value]) -> Completion {
    if args[0].as_bool().is_none() {
        return Err(wrong_receiver(interp, "bool", method, &args[0]));
    }
    if args[1].as_bool().is_some() {
        return number::binary(interp, op, &args[0], &args[1]).unwrap_or(Ok(Value::NOT_IMPLEMENTED));
    }
    let (Some(own), Some(other)) = (Number::exact(&args[0]), Number::integer_like(&args[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match number::apply(op, own, other) {
        Some(outcome) => outcome.map_err(|fault| fault.raise(interp)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn and(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__and__", Op::BitAnd, args)
}

fn rand(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__rand__", Op::BitAnd, args)
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__or__", Op::BitOr, args)
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__ror__", Op::BitOr, args)
}

fn xor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__xor__", Op::BitXor, args)
}

fn rxor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    operate(interp, "__rxor__", Op::BitXor, args)
}

fn invert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match number::unary(interp, Op::Invert, &args[0]) {
        Some(result) if args[0].as_bool().is_some() => result,
        _ => Err(wrong_receiver(interp, "bool", "__invert__", &args[0])),
    }
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].as_bool() {
        Some(value) => Ok(Value::str(if value { "True" } else { "False" })),
        None => Err(wrong_receiver(interp, "bool", "__repr__", &args[0])),
    }
}
