//! `traceback`: the way an exception took.

use super::frame::FrameObject;
use super::support::wrong_self;
use crate::object::exception::TracebackObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, native, property};
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};

pub static TRACEBACK: TypeSpec = TypeSpec {
    name: "traceback",
    doc: "Create a new traceback object.",
    core: Some(CoreType::Traceback),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[native("__dir__", "", dir, "")];

static GETTERS: &[GetterRow] = &[
    property("tb_next", next, set_next, ""),
    getter("tb_lineno", line, ""),
    getter("tb_lasti", last_instruction, ""),
    getter("tb_frame", frame, ""),
];

impl NativeObject for TracebackObject {
    fn spec(&self) -> &'static TypeSpec {
        &TRACEBACK
    }
}

fn this<'v>(
    interp: &mut dyn Interpreter,
    value: &'v Value,
    name: &str,
) -> Result<&'v TracebackObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "traceback", value))
}

fn dir(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__dir__")?;
    Ok(Value::list(["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(Value::str).to_vec()))
}

fn next(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "tb_next")?.next.borrow().clone())
}

fn set_next(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let traceback = this(interp, object, "tb_next")?;
    if value.is_unbound() {
        return Err(interp.type_error("can't delete tb_next attribute"));
    }
    if !value.is_none() && value.downcast::<TracebackObject>().is_none() {
        let found = interp.type_name(value);
        return Err(interp.type_error(&format!("expected traceback object or None, got '{found}'")));
    }
    let mut current = value.clone();
    while let Some(entry) = current.downcast::<TracebackObject>() {
        if current.is(object) {
            return Err(interp.value_error("traceback loop detected"));
        }
        let next = entry.next.borrow().clone();
        current = next;
    }
    let old = traceback.next.replace(value.clone());
    drop(old);
    Ok(())
}

fn line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "tb_lineno")?.place.line())))
}

fn last_instruction(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "tb_lasti")?.place.word)))
}

fn frame(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let entry = this(interp, object, "tb_frame")?;
    let locals = entry.locals.borrow().clone();
    Ok(FrameObject::of_traceback(entry.place.clone(), locals))
}
