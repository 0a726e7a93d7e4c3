//! `traceback`: the way an exception took.

use super::support::wrong_self;
use crate::object::exception::TracebackObject;
use crate::object::frame::FrameObject;
use crate::object::interpreter::{CodePlace, Interpreter};
use crate::object::spec::{GetterRow, getter, member, native, property};
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

pub static TRACEBACK: TypeSpec = TypeSpec {
    name: "traceback",
    signature: "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    doc: "Create a new traceback object.",
    core: Some(CoreType::Traceback),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "tb_next, tb_frame, tb_lasti, tb_lineno",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__dir__", "", dir, ""),
];

static GETTERS: &[GetterRow] = &[
    property("tb_next", next, set_next, ""),
    getter("tb_lineno", line, ""),
    member("tb_lasti", last_instruction, ""),
    member("tb_frame", frame, ""),
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

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [_, next, object, last, line] = args else { return Ok(Value::NONE) };
    if !next.is_none() && next.downcast::<TracebackObject>().is_none() {
        let found = interp.type_name(next);
        return Err(interp.type_error(&format!("expected traceback object or None, got '{found}'")));
    }
    let Some(frame) = object.downcast::<FrameObject>() else {
        let found = interp.type_name(object);
        let text = format!("traceback() argument 'tb_frame' must be frame, not {found}");
        return Err(interp.type_error(&text));
    };
    let (word, line) = (interp.expect_int(last)?, interp.expect_int(line)?);
    let mut place = frame.place(&*interp);
    place.word = u32::try_from(word).unwrap_or(CodePlace::DEFINITION);
    if i64::from(place.line()) != line
        && let Some(code) = place.code.as_code()
    {
        // A place of the line that was asked for says more than the instruction.
        let code = &code.code;
        let is_there = |span: &apy_grammar::Span| i64::from(code.source.line(span.start)) == line;
        let at = code.spans.iter().position(is_there);
        place.word = at.map_or(place.word, |at| at as u32);
    }
    let (next, frame) = (RefCell::new(next.clone()), RefCell::new(object.clone()));
    let stated = (i64::from(place.line()) != line).then_some(line);
    Ok(Value::object(TracebackObject { place, next, frame, stated }))
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
        return Err(interp.type_error(&format!("expected traceback object, got '{found}'")));
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
    let entry = this(interp, object, "tb_lineno")?;
    Ok(Value::int(entry.stated.unwrap_or_else(|| i64::from(entry.place.line()))))
}

fn last_instruction(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "tb_lasti")?.place.word)))
}

fn frame(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let entry = this(interp, object, "tb_frame")?;
    if entry.frame.borrow().is_unbound() {
        drop(entry.frame.replace(Value::object(FrameObject::gone(entry.place.clone()))));
    }
    Ok(entry.frame.borrow().clone())
}
