//! `sys.settrace` and `sys.setprofile`. While a fiber has such a function, `run` uses a second copy of
//! its loop, which calls [`Vm::trace_step`] before each instruction; the plain copy knows nothing of it.
//! The loop is changed where it looks for attention, so also before every call.

use super::Vm;
use super::registers::{Cursor, Instruction};
use crate::bytecode::op::Word;
use crate::bytecode::{CodeKind, Op};
use crate::object::code::CodeObject;
use crate::object::fiber::FiberId;
use crate::object::frame::{FrameObject, Step};
use crate::object::interpreter::CodePlace;
use crate::object::string::intern;
use crate::object::{Raised, Resumed, Value, heap};
use std::collections::HashMap;

/// The functions of one fiber.
#[derive(Default)]
pub(super) struct Tracer {
    trace: Value,
    profile: Value,
    /// One of them is running: nothing is traced meanwhile.
    is_inside: bool,
    /// The frames that have been entered, by the addresses of their registers and code: their
    /// objects hold how far they have got.
    frames: HashMap<(usize, usize), Value>,
}

/// The tracers of all fibers.
pub(super) type Tracers = HashMap<FiberId, Tracer>;

/// What happens in a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    Call,
    Line,
    Return,
    Exception,
    NativeCall,
    NativeReturn,
    NativeException,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Event::Call => "call",
            Event::Line => "line",
            Event::Return => "return",
            Event::Exception => "exception",
            Event::NativeCall => "c_call",
            Event::NativeReturn => "c_return",
            Event::NativeException => "c_exception",
        }
    }
}

impl Vm {
    /// Run from `start` until the entry record on top of the records is popped.
    pub(super) fn run(&mut self, start: Cursor) -> Result<Resumed, Raised> {
        let mut w = start;
        loop {
            let result = if self.is_traced() { self.run_loop::<true>(w) } else { self.run_loop::<false>(w) };
            match self.switched.take() {
                Some(next) => w = next,
                None => return result,
            }
        }
    }

    /// Whether what runs now is traced.
    #[inline(always)]
    pub(super) fn is_traced(&self) -> bool {
        self.tracers.as_ref().is_some_and(|tracers| {
            tracers.get(&self.fibers.running()).is_some_and(|tracer| !tracer.is_inside)
        })
    }

    /// The loop that runs is not the one that should: leave it, to go on before the instruction
    /// of which `w` has fetched a part.
    #[cold]
    pub(super) fn switch_loop(&mut self, w: Cursor) -> Resumed {
        let mut start = w;
        start.go_to(instruction_start(w.code(), w.word_index()));
        self.switched = Some(start);
        Resumed::Returned(Value::UNBOUND)
    }

    /// The function of this fiber that traces, or profiles.
    pub(super) fn tracer_function(&self, is_profile: bool) -> Value {
        let tracer = self.tracers.as_ref().and_then(|tracers| tracers.get(&self.fibers.running()));
        let found = tracer.map(|tracer| if is_profile { &tracer.profile } else { &tracer.trace });
        found.and_then(|found| found.given().cloned()).unwrap_or(Value::NONE)
    }

    pub(super) fn set_tracer_function(&mut self, is_profile: bool, function: &Value) {
        let fiber = self.fibers.running();
        let mut tracers = self.tracers.take().unwrap_or_default();
        let is_new = !tracers.contains_key(&fiber);
        let tracer = tracers.entry(fiber).or_default();
        let place = if is_profile { &mut tracer.profile } else { &mut tracer.trace };
        let new = if function.is_none() { Value::UNBOUND } else { function.clone() };
        let old = std::mem::replace(place, new);
        let is_over = tracer.trace.is_unbound() && tracer.profile.is_unbound();
        let ended = if is_over { tracers.remove(&fiber) } else { None };
        self.tracers = if tracers.is_empty() { None } else { Some(tracers) };
        if let Some(ended) = &ended {
            for frame in ended.frames.values().filter_map(|frame| frame.downcast::<FrameObject>()) {
                frame.step.set(Step::default());
            }
        }
        if is_new && !is_over {
            // The frames that run already have been entered.
            let mut depth = 0;
            while let Some(value) = self.frame_at(depth) {
                if let Some(frame) = value.downcast::<FrameObject>() {
                    frame.step.set(Step { is_open: true, ..Step::default() });
                }
                let key = (value.header().map_or(0, |header| std::ptr::from_ref(header).addr()), 0);
                if let Some(tracer) = self.tracers.as_mut().and_then(|tracers| tracers.get_mut(&fiber)) {
                    tracer.frames.insert(key, value);
                }
                depth += 1;
            }
        }
        heap::request_attention();
        drop((old, ended));
    }

    /// Called before each instruction, of which `w` has fetched the first word; false if nothing
    /// is traced any more.
    pub(super) fn trace_step(&mut self, w: Cursor, ins: Instruction) -> Result<bool, Raised> {
        if !self.is_traced() {
            return Ok(false);
        }
        let code = w.code();
        if code.code.source.name().starts_with("<frozen") {
            return Ok(true);
        }
        self.current = w;
        let Some(value) = self.traced_frame(w) else { return Ok(true) };
        let Some(frame) = value.downcast::<FrameObject>() else { return Ok(true) };
        let word = w.word_index();
        let line = line_of(code, word);
        let mut step = frame.step.get();
        if !step.is_open {
            let shown = if word == 0 || step.word == 0 { CodePlace::DEFINITION } else { step.word };
            let line = if word == 0 { 0 } else { step.line };
            step = Step { is_open: true, line, word: 0, line_word: step.line_word };
            frame.step.set(step);
            frame.shown_word.set(Some(shown));
            let result = self.trace_event(&value, frame, Event::Call, &Value::NONE);
            frame.shown_word.set(None);
            result?;
        }
        if let Some(native) = frame.native.take().given() {
            let native = native.clone();
            self.trace_event(&value, frame, Event::NativeReturn, &native)?;
        }
        let is_back = word <= step.word && step.word != 0;
        // What only closes a block or a body has the line of its head.
        let closes = matches!(ins.op(), Op::Jump | Op::ReturnNone) || code.code.kind == CodeKind::Class;
        let is_silent = matches!(ins.op(), Op::PushHandled | Op::PopHandled | Op::Reraise | Op::Clear);
        let is_closing = is_silent || (closes && line < step.line && !is_back);
        if line != 0 && !is_closing && (line != step.line || is_back) {
            step.line = line;
            frame.step.set(Step { word, ..step });
            self.trace_event(&value, frame, Event::Line, &Value::NONE)?;
        }
        let line_word = if is_closing { step.line_word } else { word };
        frame.step.set(Step { line: step.line, word, line_word, ..frame.step.get() });
        let left = match ins.op() {
            Op::Return => Some(w.reg(ins.a()).clone()),
            Op::ReturnNone => Some(Value::NONE),
            Op::Yield => Some(w.reg(ins.b()).clone()),
            _ => None,
        };
        if let Some(result) = left {
            frame.step.set(Step { is_open: false, ..frame.step.get() });
            frame.shown_word.set(is_closing.then_some(line_word));
            let told = self.trace_event(&value, frame, Event::Return, &result);
            frame.shown_word.set(None);
            told?;
            if ins.op() != Op::Yield {
                self.forget_frame(w);
            }
            return Ok(true);
        }
        if self.profiles()
            && let Some(native) = self.called_native(w, ins)
        {
            drop(frame.native.replace(native.clone()));
            self.trace_event(&value, frame, Event::NativeCall, &native)?;
        }
        Ok(true)
    }

    fn profiles(&self) -> bool {
        let tracer = self.tracers.as_ref().and_then(|tracers| tracers.get(&self.fibers.running()));
        tracer.is_some_and(|tracer| !tracer.profile.is_unbound())
    }

    /// The native function that an instruction is about to call.
    fn called_native(&mut self, w: Cursor, ins: Instruction) -> Option<Value> {
        let name = || {
            let mut at = w;
            at.next_cache().name.clone()
        };
        let found = match ins.op() {
            Op::Call | Op::CallKw => w.reg(ins.a()).clone(),
            Op::CallMethod | Op::CallMethodKw => match w.reg(ins.a() + 1) {
                receiver if receiver.is_unbound() => w.reg(ins.a()).clone(),
                receiver => Value::bound_native(w.reg(ins.a()).as_native()?, receiver.clone()),
            },
            Op::CallGlobal => {
                let (code, name) = (w.code(), name());
                let own = code.globals.dict_like().and_then(|globals| globals.get_str_value(&name));
                own.or_else(|| code.builtins.dict_like().and_then(|builtins| builtins.get_str_value(&name)))?
            }
            Op::Invoke => {
                let receiver = w.reg(ins.a());
                if let Some(module) = receiver.as_module() {
                    module.dict.borrow().dict_like()?.get_str_value(&name())?
                } else {
                    let class = self.class_of_value(receiver);
                    let method = class.as_type()?.lookup(&name())?;
                    Value::bound_native(method.as_native()?, receiver.clone())
                }
            }
            _ => return None,
        };
        found.as_native().is_some().then_some(found)
    }

    /// An exception has come to the frame at `w`, in whose traceback it is.
    pub(super) fn trace_exception(&mut self, w: Cursor, raised: Raised) -> Raised {
        if !self.is_traced() || w.code().code.source.name().starts_with("<frozen") {
            return raised;
        }
        self.current = w;
        let Some(value) = self.traced_frame(w) else { return raised };
        let Some(frame) = value.downcast::<FrameObject>() else { return raised };
        let native = frame.native.take();
        if let Some(native) = native.given()
            && let Err(other) = self.trace_event(&value, frame, Event::NativeException, native)
        {
            return other;
        }
        if !frame.step.get().is_open {
            return raised;
        }
        let exception = raised.value();
        let class = self.class_of_value(&exception);
        let traceback =
            exception.as_exception().map_or(Value::NONE, |state| state.traceback.borrow().clone());
        let argument = Value::tuple(vec![class, exception, traceback]);
        match self.trace_event(&value, frame, Event::Exception, &argument) {
            Ok(()) => raised,
            Err(other) => other,
        }
    }

    /// An exception leaves the frame at `w`.
    pub(super) fn trace_left(&mut self, w: Cursor, raised: Raised) -> Raised {
        if !self.is_traced() || w.code().code.source.name().starts_with("<frozen") {
            return raised;
        }
        self.current = w;
        let Some(value) = self.traced_frame(w) else { return raised };
        let Some(frame) = value.downcast::<FrameObject>() else { return raised };
        if !frame.step.get().is_open {
            return raised;
        }
        frame.step.set(Step { is_open: false, ..frame.step.get() });
        let result = self.trace_event(&value, frame, Event::Return, &Value::NONE);
        self.forget_frame(w);
        match result {
            Ok(()) => raised,
            Err(other) => other,
        }
    }

    /// The object of the running frame, kept while it is entered.
    fn traced_frame(&mut self, w: Cursor) -> Option<Value> {
        let key = frame_key(w);
        let fiber = self.fibers.running();
        let known = self.tracers.as_ref()?.get(&fiber)?.frames.get(&key).cloned();
        if let Some(known) = known {
            return Some(known);
        }
        let frame = self.frame_at(0)?;
        self.tracers.as_mut()?.get_mut(&fiber)?.frames.insert(key, frame.clone());
        Some(frame)
    }

    fn forget_frame(&mut self, w: Cursor) {
        let fiber = self.fibers.running();
        let tracer = self.tracers.as_mut().and_then(|tracers| tracers.get_mut(&fiber));
        let frame = tracer.and_then(|tracer| tracer.frames.remove(&frame_key(w)));
        drop(frame);
    }

    /// Call the functions that want to know of an event.
    fn trace_event(
        &mut self,
        value: &Value,
        frame: &FrameObject,
        event: Event,
        argument: &Value,
    ) -> Result<(), Raised> {
        let fiber = self.fibers.running();
        let Some(tracer) = self.tracers.as_ref().and_then(|tracers| tracers.get(&fiber)) else {
            return Ok(());
        };
        let (trace, profile) = (tracer.trace.clone(), tracer.profile.clone());
        if !trace.is_unbound() {
            let function = match event {
                Event::Call => trace,
                Event::Line if !frame.trace_lines.get() => Value::NONE,
                Event::Line | Event::Return | Event::Exception => frame.trace.borrow().clone(),
                Event::NativeCall | Event::NativeReturn | Event::NativeException => Value::NONE,
            };
            if !function.is_none() && !function.is_unbound() {
                match self.call_tracer(&function, value, event, argument) {
                    Ok(result) if result.is_none() => {}
                    Ok(result) => drop(frame.trace.replace(result)),
                    Err(raised) => {
                        drop(frame.trace.replace(Value::NONE));
                        self.set_tracer_function(false, &Value::NONE);
                        return Err(raised);
                    }
                }
            }
        }
        let is_of_profile = !matches!(event, Event::Line | Event::Exception);
        if !profile.is_unbound()
            && is_of_profile
            && let Err(raised) = self.call_tracer(&profile, value, event, argument)
        {
            self.set_tracer_function(true, &Value::NONE);
            return Err(raised);
        }
        Ok(())
    }

    fn call_tracer(
        &mut self,
        function: &Value,
        frame: &Value,
        event: Event,
        argument: &Value,
    ) -> Result<Value, Raised> {
        let fiber = self.fibers.running();
        let set_inside = |vm: &mut Vm, is_inside| {
            if let Some(tracer) = vm.tracers.as_mut().and_then(|tracers| tracers.get_mut(&fiber)) {
                tracer.is_inside = is_inside;
            }
        };
        let current = self.current;
        set_inside(self, true);
        let arguments = [frame.clone(), intern(event.name()), argument.clone()];
        let result = self.call_value(function, &arguments, None);
        set_inside(self, false);
        self.current = current;
        result
    }
}

fn frame_key(w: Cursor) -> (usize, usize) {
    (w.slot(0).addr(), std::ptr::from_ref(w.code()).addr())
}

fn line_of(code: &CodeObject, word: u32) -> u32 {
    let code = &code.code;
    code.spans.get(word as usize).map_or(code.first_line, |span| code.source.line(span.start))
}

/// Where the instruction begins of which `word` is a part.
fn instruction_start(code: &CodeObject, word: u32) -> u32 {
    let words = &code.code.words;
    let mut at = 0;
    while let Some(found) = words.get(at as usize).and_then(|&word| Word::decode(word)) {
        let next = at + found.op.length() as u32;
        if next > word {
            break;
        }
        at = next;
    }
    at
}
