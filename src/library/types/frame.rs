//! `frame`: a place in running or suspended code, as far as scripts can see one. Frames of apy
//! are no objects: this is a note of where one stood when it was asked for.

use super::support::wrong_self;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::interpreter::{CodePlace, Interpreter};
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{CodeKind, Completion, CoreType, NativeObject, Raised, TypeSpec, Value};

/// Where a frame stood, and where its callers did.
pub struct FrameObject {
    /// Innermost first; never empty.
    places: Vec<CodePlace>,
}

pub static FRAME: TypeSpec = TypeSpec {
    name: "frame",
    methods: &[
        native("__repr__", "", repr, "Return repr(self)."),
        native("clear", "", clear, "F.clear(): clear all references held by the frame"),
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

impl Traverse for FrameObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.places.iter().for_each(|place| visit(&place.code));
    }

    fn clear(&self) {
        // Immutable, and code is in no cycle that this closes.
    }
}

impl NativeObject for FrameObject {
    fn spec(&self) -> &'static TypeSpec {
        &FRAME
    }
}

impl FrameObject {
    /// A frame whose callers are not known.
    pub fn alone(place: CodePlace) -> Value {
        Value::object(FrameObject { places: vec![place] })
    }

    /// The innermost frame of a stack (see `Interpreter::stack`); None if there is none.
    pub fn of_stack(places: Vec<CodePlace>) -> Value {
        if places.is_empty() { Value::NONE } else { Value::object(FrameObject { places }) }
    }

    /// Where it stood.
    pub fn place(&self) -> &CodePlace {
        &self.places[0]
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v FrameObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "frame", value))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let place = this(interp, &args[0], "__repr__")?.place();
    let name = place.code.as_code().map_or("", |code| &code.code.name);
    let file = interp.repr(&Value::str(&place.file()))?;
    let (file, line, address) = (file.str_like().unwrap_or_default(), place.line(), args[0].address_text());
    Ok(Value::str(&format!("<frame at {address}, file {file}, line {line}, code {name}>")))
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "clear")?;
    Ok(Value::NONE)
}

fn back(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let callers = this(interp, object, "f_back")?.places[1..].to_vec();
    Ok(FrameObject::of_stack(callers))
}

fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "f_code")?.place().code.clone())
}

fn globals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let place = this(interp, object, "f_globals")?.place();
    Ok(place.code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.globals.clone()))
}

fn builtins(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let place = this(interp, object, "f_builtins")?.place();
    Ok(place.code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.builtins.clone()))
}

fn last_instruction(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "f_lasti")?.place().word)))
}

fn line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "f_lineno")?.place().line())))
}

fn locals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let place = this(interp, object, "f_locals")?.place();
    match place.code.as_code() {
        Some(code) if code.code.kind == CodeKind::Module => Ok(code.globals.clone()),
        _ => {
            let text = "f_locals of a function's frame is not supported yet by apy";
            Err(interp.raise(CoreType::NotImplementedError, text))
        }
    }
}
