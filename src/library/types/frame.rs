//! `frame`: a place in running or suspended code, as far as scripts can see one.

use super::frame_locals::FrameLocals;
use super::support::wrong_self;
use crate::object::dict::DictObject;
use crate::object::frame::FrameObject;
use crate::object::generator::GeneratorState;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, NativeObject, Raised, TypeSpec, Value};

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
    getter("f_lineno", line, ""),
    getter("f_locals", locals, ""),
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
    Ok(Value::int(i64::from(this.place(&*interp).word)))
}

fn line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_lineno")?;
    Ok(Value::int(i64::from(this.place(&*interp).line())))
}

fn locals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let this = this(interp, object, "f_locals")?;
    if this.has_variables() {
        return Ok(Value::object(FrameLocals { frame: object.clone() }));
    }
    this.locals(interp)
}
