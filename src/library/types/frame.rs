//! `frame`: a place in running or suspended code, as far as scripts can see one. Frames of apy
//! are no objects: this is a note of where one stood when it was asked for, and a way to find it.

use super::support::wrong_self;
use crate::object::dict::DictObject;
use crate::object::generator::GeneratorState;
use crate::object::heap::{Traverse, WeakCell, weak_cell};
use crate::object::interpreter::{CodePlace, Interpreter, LiveFrame};
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{CodeKind, Completion, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// A frame, as far as it is known: where it stood and what it held when it was asked for, and
/// how to find it while it runs.
pub struct FrameObject {
    /// Innermost first; never empty. Those after the first are the callers.
    frames: Vec<LiveFrame>,
    /// The generator whose frame it is, which it does not keep alive.
    generator: Option<Rc<WeakCell>>,
    /// The local variables, when they were last looked at.
    locals: RefCell<Value>,
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
        self.frames.iter().for_each(|frame| visit(&frame.place.code));
        visit(&self.locals.borrow());
    }

    fn clear(&self) {
        drop(self.locals.take());
    }
}

impl NativeObject for FrameObject {
    fn spec(&self) -> &'static TypeSpec {
        &FRAME
    }
}

impl FrameObject {
    /// A frame that is gone. Its callers are not known; its local variables may be unbound,
    /// if nobody kept them.
    pub fn of_traceback(place: CodePlace, locals: Value) -> Value {
        let frames = vec![LiveFrame { place, registers: 0 }];
        Value::object(FrameObject { frames, generator: None, locals: RefCell::new(locals) })
    }

    /// The frame of a generator that stands at `place`.
    pub fn of_generator(place: CodePlace, generator: &Value) -> Value {
        let generator = weak_cell(generator);
        let frames = vec![LiveFrame { place, registers: 0 }];
        Value::object(FrameObject { frames, generator, locals: RefCell::default() })
    }

    /// The innermost frame of a stack (see `Interpreter::live_frames`); None if there is none.
    pub fn of_stack(frames: Vec<LiveFrame>) -> Value {
        if frames.is_empty() {
            return Value::NONE;
        }
        Value::object(FrameObject { frames, generator: None, locals: RefCell::default() })
    }

    /// The generator whose frame it is, if it is alive.
    fn owner(&self) -> Value {
        self.generator.as_ref().and_then(|cell| cell.upgrade()).unwrap_or_default()
    }

    /// Where it stands, or stood when it was asked for.
    pub fn place(&self, interp: &mut dyn Interpreter) -> CodePlace {
        let frame = &self.frames[0];
        let owner = self.owner();
        if let Some(generator) = owner.as_generator() {
            return generator.place();
        }
        if frame.registers != 0
            && let Some((place, _)) = interp.frame_now(frame)
        {
            return place;
        }
        frame.place.clone()
    }

    /// The local variables.
    fn look_at_locals(&self, interp: &mut dyn Interpreter) -> Completion {
        let frame = &self.frames[0];
        let code = frame.place.code.as_code();
        let owner = self.owner();
        let now = match (owner.as_generator(), code) {
            (Some(generator), Some(code)) if generator.head().state.get() != GeneratorState::Finished => {
                Some(code.locals(&|register| generator.value(register.into())))
            }
            _ if frame.registers != 0 => interp.frame_now(frame).map(|(_, locals)| locals),
            _ => None,
        };
        if let Some(now) = now {
            drop(self.locals.replace(now.clone()));
            return Ok(now);
        }
        match (self.locals.borrow().given(), code) {
            (Some(kept), _) => Ok(kept.clone()),
            (None, Some(code)) if code.code.kind == CodeKind::Module => Ok(code.globals.clone()),
            _ => Ok(Value::dict(DictObject::new())),
        }
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v FrameObject, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "frame", value))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let place = this(interp, &args[0], "__repr__")?.place(interp);
    let name = place.code.as_code().map_or("", |code| &code.code.name);
    let file = interp.repr(&Value::str(&place.file()))?;
    let (file, line, address) = (file.str_like().unwrap_or_default(), place.line(), args[0].address_text());
    Ok(Value::str(&format!("<frame at {address}, file {file}, line {line}, code {name}>")))
}

fn clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, &args[0], "clear")?;
    let owner = this.owner();
    let is_running = match owner.as_generator() {
        Some(generator) => match generator.head().state.get() {
            GeneratorState::Running => true,
            GeneratorState::Suspended => {
                return Err(interp.runtime_error("cannot clear a suspended frame"));
            }
            GeneratorState::Created => {
                interp.abandon(&owner)?;
                false
            }
            GeneratorState::Finished => false,
        },
        None => this.frames[0].registers != 0 && interp.frame_now(&this.frames[0]).is_some(),
    };
    if is_running {
        return Err(interp.runtime_error("cannot clear an executing frame"));
    }
    drop(this.locals.replace(Value::dict(DictObject::new())));
    Ok(Value::NONE)
}

fn back(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let callers = this(interp, object, "f_back")?.frames[1..].to_vec();
    Ok(FrameObject::of_stack(callers))
}

fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "f_code")?.frames[0].place.code.clone())
}

fn globals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let place = &this(interp, object, "f_globals")?.frames[0].place;
    Ok(place.code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.globals.clone()))
}

fn builtins(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let place = &this(interp, object, "f_builtins")?.frames[0].place;
    Ok(place.code.as_code().map_or_else(|| Value::dict(DictObject::new()), |code| code.builtins.clone()))
}

fn last_instruction(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "f_lasti")?.place(interp).word)))
}

fn line(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::int(i64::from(this(interp, object, "f_lineno")?.place(interp).line())))
}

fn locals(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    this(interp, object, "f_locals")?.look_at_locals(interp)
}
