//! `frame`: a place in running or suspended code, as far as scripts can see one.

use super::frame_locals::FrameLocals;
use super::support::wrong_self;
use crate::object::dict::DictObject;
use crate::object::frame::FrameObject;
use crate::object::generator::GeneratorState;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, native, property};
use crate::object::{Completion, CoreType, NativeObject, Raised, TypeSpec, Value};

pub static FRAME: TypeSpec = TypeSpec {
    name: "frame",
    methods: &[
        native("__repr__", "", repr, "Return repr(self)."),
        native("clear", "", clear, "F.clear(): clear most references held by the frame"),
    ],
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static GETTERS: &[GetterRow] = &[
    getter("f_back", back, ""),
    getter("f_builtins", builtins, ""),
    getter("f_code", code, ""),
    getter("f_globals", globals, ""),
    getter("f_lasti", last_instruction, ""),
    property("f_lineno", line, set_line, ""),
    getter("f_locals", locals, ""),
    property("f_trace", trace, set_trace, ""),
    property("f_trace_lines", trace_lines, set_trace_lines, ""),
    property("f_trace_opcodes", |_, _| Ok(Value::FALSE), set_trace_opcodes, ""),
];

impl NativeObject for FrameObject {
    fn spec(&self) -> &'static TypeSpec {
        &FRAME
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v FrameObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "frame", value))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "__repr__")?;
    let place = this.place(&*interp);
    let name = place.code.as_code().map_or("", |code| &code.code.name);
    let file = interp.repr(&Value::str(&place.file()))?;
    let (file, line, address) = (file.str_like().unwrap_or_default(), place.line(), args[0].address_text());
    Ok(Value::str(&format!("<frame at {address}, file {file}, line {line}, code {name}>")))
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "clear")?;
    let owner = this.owner().unwrap_or_default();
    let is_running = match owner.as_generator().map(|generator| generator.head().state.get()) {
        Some(GeneratorState::Running) => true,
        Some(GeneratorState::Suspended) => {
            return Err(interp.runtime_error("cannot clear a suspended frame"));
        }
        Some(GeneratorState::Created) => {
            interp.abandon(&owner)?;
            false
        }
        Some(GeneratorState::Finished) | None => interp.frame_now(this).is_some(),
    };
    if is_running {
        return Err(interp.runtime_error("cannot clear an executing frame"));
    }
    this.clear_locals();
    Ok(Value::NONE)
}

fn back(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_back")?;
    Ok(interp.calling_frame(this).unwrap_or_else(|| this.back()))
}

fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "f_code")?.code())
}

fn globals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "f_globals")?.code();
    Ok(code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.globals.clone()))
}

fn builtins(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let code = this(interp, object, "f_builtins")?.code();
    Ok(code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.builtins.clone()))
}

fn last_instruction(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_lasti")?;
    // As `co_lines` counts: the definition comes before the first word.
    Ok(Value::int(4 * (i64::from(this.place(&*interp).word.wrapping_add(1)))))
}

fn line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_lineno")?;
    Ok(Value::int(i64::from(this.place(&*interp).line())))
}

fn set_line(interp: &mut dyn Interpreter, _: &Value, _: &Value) -> Result<(), Raised> {
    if interp.tracer(false).is_none() {
        return Err(interp.value_error("f_lineno can only be set in a trace function"));
    }
    Err(interp.raise(CoreType::NotImplementedError, "setting f_lineno is not supported by apy"))
}

fn trace(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_trace")?;
    Ok(this.trace.borrow().given().cloned().unwrap_or(Value::NONE))
}

fn set_trace(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "f_trace")?;
    drop(this.trace.replace(value.clone()));
    Ok(())
}

fn trace_lines(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::bool(this(interp, object, "f_trace_lines")?.trace_lines.get()))
}

fn set_trace_lines(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let this = this(interp, object, "f_trace_lines")?;
    if !value.is(&Value::TRUE) && !value.is(&Value::FALSE) {
        return Err(interp.type_error("attribute value type must be bool"));
    }
    this.trace_lines.set(value.is(&Value::TRUE));
    Ok(())
}

fn set_trace_opcodes(interp: &mut dyn Interpreter, _: &Value, value: &Value) -> Result<(), Raised> {
    if interp.truth(value)? {
        return Err(interp.raise(CoreType::NotImplementedError, "tracing of opcodes is not supported by apy"));
    }
    Ok(())
}

fn locals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_locals")?;
    if this.has_variables() {
        return Ok(Value::object(FrameLocals { frame: object.clone() }));
    }
    this.locals(interp)
}
