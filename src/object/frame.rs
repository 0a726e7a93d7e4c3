//! Frames as scripts see them. Running code has no object for its frame: one is made when it is
//! asked for, and the machine gives it what is left when the frame ends.

use super::Completion;
use super::dict::DictObject;
use super::generator::GeneratorState;
use super::heap::{Traverse, WeakCell};
use super::interpreter::{CodePlace, Interpreter};
use super::value::Value;
use crate::bytecode::CodeKind;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A frame.
pub struct FrameObject {
    /// Where it stood when it was last looked at.
    place: RefCell<CodePlace>,
    /// Where its registers lie on the machine's stack; 0 if they do not (any more).
    registers: Cell<usize>,
    /// The generator whose frame it is, which it does not keep alive.
    generator: RefCell<Option<Rc<WeakCell>>>,
    /// The caller's frame, when this one has ended; unbound before.
    back: RefCell<Value>,
    /// The local variables, when it has ended; unbound before, or if nobody kept them.
    locals: RefCell<Value>,
    /// What was put among the local variables without being one; a dict or unbound.
    extra: RefCell<Value>,
    /// `f_trace`: what is told of its lines, returns and exceptions; unbound or None if nobody is.
    pub trace: RefCell<Value>,
    pub trace_lines: Cell<bool>,
    /// How far it has got while it is traced.
    pub step: Cell<Step>,
    /// A word that `place` says instead of the real one, while entering is told.
    pub shown_word: Cell<Option<u32>>,
    /// The native that it has called, while calls are profiled; or unbound.
    pub native: RefCell<Value>,
}

/// How far a traced frame has got.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step {
    /// That it was entered has been told, and not that it was left.
    pub is_open: bool,
    /// The line told last, or 0.
    pub line: u32,
    /// The word executed last.
    pub word: u32,
    /// The last one that was not the end of a block.
    pub line_word: u32,
}

impl Traverse for FrameObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.place.borrow().code);
        visit(&self.back.borrow());
        visit(&self.locals.borrow());
        visit(&self.extra.borrow());
        visit(&self.trace.borrow());
        visit(&self.native.borrow());
    }

    fn clear(&self) {
        drop(self.back.take());
        drop(self.locals.take());
        drop(self.extra.take());
        drop(self.trace.take());
        drop(self.native.take());
    }
}

impl FrameObject {
    fn new(place: CodePlace, registers: usize, generator: Option<Rc<WeakCell>>) -> FrameObject {
        FrameObject {
            place: RefCell::new(place),
            registers: Cell::new(registers),
            generator: RefCell::new(generator),
            back: RefCell::default(),
            locals: RefCell::default(),
            extra: RefCell::default(),
            trace: RefCell::default(),
            trace_lines: Cell::new(true),
            step: Cell::default(),
            shown_word: Cell::new(None),
            native: RefCell::default(),
        }
    }

    /// The frame of a call that is running.
    pub fn running(place: CodePlace, registers: usize) -> FrameObject {
        FrameObject::new(place, registers, None)
    }

    /// The frame of a generator.
    pub fn of_generator(place: CodePlace, generator: Rc<WeakCell>) -> FrameObject {
        FrameObject::new(place, 0, Some(generator))
    }

    /// A frame that is gone, of which only the place is known.
    pub fn gone(place: CodePlace) -> FrameObject {
        FrameObject::new(place, 0, None)
    }

    /// The frame of a call that is running has become that of a generator.
    pub fn move_to_generator(&self, generator: Rc<WeakCell>) {
        self.registers.set(0);
        drop(self.generator.replace(Some(generator)));
    }

    /// The frame ends: keep what it leaves.
    pub fn settle(&self, place: CodePlace, locals: Value, back: Value) {
        self.registers.set(0);
        let old = (self.place.replace(place), self.locals.replace(locals), self.back.replace(back));
        drop(old);
    }

    /// Forget the local variables of a frame that has ended.
    pub fn clear_locals(&self) {
        drop(self.locals.replace(Value::dict(DictObject::new())));
        drop(self.extra.take());
    }

    /// The address of its registers, if it is a call that is running.
    pub fn registers(&self) -> Option<usize> {
        Some(self.registers.get()).filter(|&registers| registers != 0)
    }

    /// The generator whose frame it is, if that has not ended.
    pub fn owner(&self) -> Option<Value> {
        let generator = self.generator.borrow().as_ref()?.upgrade()?;
        let is_over = generator.as_generator()?.head().state.get() == GeneratorState::Finished;
        (!is_over && self.locals.borrow().is_unbound()).then_some(generator)
    }

    /// The code that it runs.
    pub fn code(&self) -> Value {
        self.place.borrow().code.clone()
    }

    /// The caller's frame of a frame that has ended; None if it is not known.
    pub fn back(&self) -> Value {
        self.back.borrow().given().cloned().unwrap_or(Value::NONE)
    }

    /// Where it stands, or stood when it ended.
    pub fn place(&self, interp: &dyn Interpreter) -> CodePlace {
        if let Some(word) = self.shown_word.get() {
            return CodePlace { code: self.code(), word };
        }
        if let Some((place, _)) = interp.frame_now(self) {
            return place;
        }
        let owner = self.owner().unwrap_or_default();
        owner.as_generator().map_or_else(|| self.place.borrow().clone(), |generator| generator.place())
    }

    /// Whether its local variables are variables of a function, not a namespace.
    pub fn has_variables(&self) -> bool {
        let place = self.place.borrow();
        place.code.as_code().is_some_and(|code| {
            matches!(code.code.kind, CodeKind::Function | CodeKind::Lambda | CodeKind::GeneratorExpression)
        })
    }

    /// The local variables: the namespace of a module or class, a fresh dict for a function.
    pub fn locals(&self, interp: &mut dyn Interpreter) -> Completion {
        let code = self.code();
        let now = match (self.owner(), code.as_code()) {
            (Some(owner), Some(code)) => owner
                .as_generator()
                .map(|generator| code.locals(generator.place().word, &|at| generator.value(at.into()))),
            _ => interp.frame_now(self).map(|(_, locals)| locals),
        };
        let known = now.or_else(|| self.locals.borrow().given().cloned());
        let locals = match (known, code.as_code()) {
            (Some(known), _) if !self.has_variables() => return Ok(known),
            (Some(known), _) => known,
            (None, Some(code)) if code.code.kind == CodeKind::Module => return Ok(code.globals.clone()),
            (None, _) => Value::dict(DictObject::new()),
        };
        let all = locals.as_dict().map_or_else(DictObject::new, DictObject::copy);
        let extra = self.extra.borrow().clone();
        for entry in extra.as_dict().map(DictObject::entries).unwrap_or_default() {
            drop(all.set_hashed(interp, entry.hash, &entry.key, entry.value)?);
        }
        Ok(Value::dict(all))
    }

    /// Bind the variable `name`; false if the code has none of this name.
    pub fn bind(&self, interp: &mut dyn Interpreter, name: &str, value: &Value) -> bool {
        let code = self.code();
        let Some(slot) = code.as_code().and_then(|code| code.variable_slot(name)) else { return false };
        if let (Some(owner), Some(code)) = (self.owner(), code.as_code()) {
            if let Some(generator) = owner.as_generator() {
                let read = |register: u8| generator.value(register.into());
                code.bind(slot, value, &read, &mut |register, value| {
                    drop(generator.replace(register.into(), value));
                });
            }
            return true;
        }
        if !interp.bind_in_frame(self, slot, value)
            && let Some(locals) = self.locals.borrow().as_dict()
        {
            drop(locals.set_str(&std::rc::Rc::from(name), value.clone()));
        }
        true
    }

    /// The dict of what is no variable.
    pub fn extra(&self) -> Value {
        if self.extra.borrow().is_unbound() {
            drop(self.extra.replace(Value::dict(DictObject::new())));
        }
        self.extra.borrow().clone()
    }
}
