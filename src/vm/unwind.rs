//! Exceptions: finding the handler, leaving frames, chaining.

use super::Vm;
use super::registers::{Cursor, RecordKind, generator_cursor, linked};
use crate::bytecode::Flavor;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::interpreter::CodePlace;
use crate::object::{CoreType, Interpreter, Raised, Value, heap};
use std::ptr::NonNull;

impl Vm {
    /// Find where `raised` is handled and go there. `Err` when it leaves the entry frame of the
    /// running `run`, whose record is then gone.
    #[cold]
    #[inline(never)]
    pub(super) fn unwind(&mut self, w: Cursor, raised: Raised) -> Result<Cursor, Raised> {
        self.chain_if_fresh(&raised);
        self.unwind_chained(w, raised)
    }

    /// As [`unwind`](Self::unwind) for an exception that was thrown into the running generator:
    /// only what this handles becomes its context.
    pub(super) fn unwind_thrown(&mut self, w: Cursor, raised: Raised) -> Result<Cursor, Raised> {
        self.chain_thrown(&raised);
        self.unwind_chained(w, raised)
    }

    /// As [`unwind`](Self::unwind) for an exception that has its context.
    fn unwind_chained(&mut self, mut w: Cursor, mut raised: Raised) -> Result<Cursor, Raised> {
        loop {
            let place = CodePlace { code: heap::code_value(w.code()), word: w.word_index() };
            let frame = self.frame_for_traceback(w);
            raised.add_traceback(place, frame);
            if self.tracers.is_some() {
                raised = self.trace_exception(w, raised);
            }
            match self.unwind_frame(w, raised) {
                Ok(found) => return Ok(found),
                Err(Left { raised: left, next: Some(next) }) => (raised, w) = (left, next),
                Err(Left { raised, next: None }) => return Err(raised),
            }
        }
    }

    /// As [`unwind`](Self::unwind) for an exception that passes on: this frame is in its
    /// traceback already.
    #[cold]
    #[inline(never)]
    pub(super) fn unwind_again(&mut self, w: Cursor, raised: Raised) -> Result<Cursor, Raised> {
        match self.unwind_frame(w, raised) {
            Ok(found) => Ok(found),
            Err(Left { raised, next: Some(next) }) => self.unwind(next, raised),
            Err(Left { raised, next: None }) => Err(raised),
        }
    }

    /// The object of the frame at `w`, which is the innermost, for the traceback: where it has
    /// one, and where scripts may ask for local variables.
    fn frame_for_traceback(&mut self, w: Cursor) -> Value {
        if !self.keeps_locals && self.records.top().kind != RecordKind::Watched {
            return Value::UNBOUND;
        }
        self.current = w;
        self.frame_at(0).unwrap_or_default()
    }

    /// The handler in this frame, or the frame is left.
    fn unwind_frame(&mut self, mut w: Cursor, raised: Raised) -> Result<Cursor, Left> {
        let word = w.word_index();
        let code = w.code();
        let entry = code.code.exceptions.iter().find(|entry| entry.start <= word && word < entry.end);
        if let Some(entry) = entry {
            let above = entry.register as usize + 1;
            w.clear(above as u8, code.frame.register_count as usize - above);
            w.set(entry.register, raised.into_value());
            w.go_to(entry.handler);
            return Ok(w);
        }
        let raised = if self.tracers.is_some() { self.trace_left(w, raised) } else { raised };
        if self.records.top().kind == RecordKind::Watched {
            self.settle_frame(w);
        }
        let record = self.records.top_mut();
        let caller = record.caller;
        match record.kind {
            RecordKind::Watched => unreachable!("internal error: just settled"),
            RecordKind::Plain => {
                self.records.pop();
                w.clear_frame();
                Err(Left { raised, next: Some(caller) })
            }
            RecordKind::Awaited => {
                w.clear_frame();
                let (caller, _) = self.pop_awaited();
                Err(Left { raised: self.convert_stop(Flavor::Coroutine, raised), next: Some(caller) })
            }
            RecordKind::Init | RecordKind::Operator | RecordKind::Discard => {
                let extra = record.extra.take();
                self.records.pop();
                w.clear_frame();
                drop(extra);
                Err(Left { raised, next: Some(caller) })
            }
            RecordKind::Entry => {
                self.records.pop();
                w.clear_frame();
                Err(Left { raised, next: None })
            }
            RecordKind::GeneratorEntry | RecordKind::GeneratorLoop | RecordKind::GeneratorStep => {
                Err(self.leave_generator(w, raised, true))
            }
        }
    }

    /// As [`unwind`](Self::unwind) for an exception thrown into a generator that has not started:
    /// no handler of its body can see it, and the traceback shows the line of the definition.
    pub(super) fn unwind_unstarted(&mut self, w: Cursor, raised: Raised) -> Result<Cursor, Raised> {
        let place = CodePlace { code: heap::code_value(w.code()), word: CodePlace::DEFINITION };
        raised.add_traceback(place, Value::UNBOUND);
        match self.leave_generator(w, raised, false) {
            Left { raised, next: Some(next) } => self.unwind_chained(next, raised),
            Left { raised, next: None } => Err(raised),
        }
    }

    /// The running generator ends by an exception: its parent in the chain, or whoever resumed
    /// the chain, gets it.
    fn leave_generator(&mut self, mut w: Cursor, raised: Raised, has_started: bool) -> Left {
        let record = self.records.top();
        let running = linked(record.running.expect("a generator's record"));
        let is_root = record.running == record.root;
        self.settle_generator(w);
        w.clear_frame();
        running.head().state.set(GeneratorState::Finished);
        let raised = if has_started { self.convert_stop(running.head().flavor, raised) } else { raised };
        if !is_root {
            let was_thrown = self.thrown == Some(NonNull::from(running));
            let next = self.return_to_parent(running);
            if was_thrown {
                // To the parent, too, it is thrown.
                self.thrown = self.records.top().running;
                self.chain_thrown(&raised);
            }
            return Left { raised, next: Some(next) };
        }
        let (kind, caller) = self.pop_generator();
        let next = (kind != RecordKind::GeneratorEntry).then_some(caller);
        Left { raised, next }
    }

    /// The child of a chain is done: its parent runs again. The cursor is just behind the
    /// parent's `Await`, whose operand is emptied.
    pub(super) fn return_to_parent(&mut self, child: &Generator) -> Cursor {
        let parent_link = child.head().parent.take().expect("a child has a parent");
        let parent = linked(parent_link);
        parent.head().child.set(None);
        parent.head().state.set(GeneratorState::Running);
        let handled = parent.head().handled.take();
        let old = std::mem::replace(&mut self.handled, handled);
        drop(old);
        self.records.top_mut().running = Some(parent_link);
        let mut w = generator_cursor(parent);
        let instruction = w.fetch();
        w.clear(instruction.b(), 1);
        w
    }

    /// Leave the record of a generator: the state of the one who resumed it is back.
    pub(super) fn pop_generator(&mut self) -> (RecordKind, Cursor) {
        let record = self.records.top_mut();
        let (kind, caller, top) = (record.kind, record.caller, record.top);
        let handled = record.handled.take();
        let generator = record.extra.take();
        self.records.pop();
        self.top = top;
        let old = std::mem::replace(&mut self.handled, handled);
        drop(old);
        drop(generator);
        (kind, caller)
    }

    /// PEP 479: StopIteration must not leave a generator, one of this flavor, by accident.
    fn convert_stop(&mut self, flavor: Flavor, raised: Raised) -> Raised {
        let interp: &mut dyn Interpreter = self;
        let name = if interp.raised_is(&raised, CoreType::StopIteration) {
            "StopIteration"
        } else if flavor == Flavor::AsyncGenerator && interp.raised_is(&raised, CoreType::StopAsyncIteration)
        {
            "StopAsyncIteration"
        } else {
            return raised;
        };
        let kind = match flavor {
            Flavor::Coroutine => "coroutine",
            Flavor::AsyncGenerator => "async generator",
            Flavor::Generator | Flavor::Plain => "generator",
        };
        let error = interp.runtime_error(&format!("{kind} raised {name}"));
        let exception = error.value();
        if let Some(state) = exception.as_exception() {
            drop(state.cause.replace(raised.value()));
            drop(state.context.replace(raised.value()));
            state.suppress_context.set(true);
        }
        error
    }

    /// The exception being handled, innermost first through the generators that are running.
    pub(super) fn topmost_handled(&self) -> Value {
        if !self.handled.is_unbound() {
            return self.handled.clone();
        }
        for record in self.records.all().iter().rev() {
            if !record.kind.is_generator() {
                continue;
            }
            let mut link = record.running.and_then(|running| linked(running).head().parent.get());
            while let Some(parent) = link {
                let handled = linked(parent).head().handled.borrow().clone();
                if !handled.is_unbound() {
                    return handled;
                }
                link = linked(parent).head().parent.get();
            }
            if !record.handled.is_unbound() {
                return record.handled.clone();
            }
        }
        Value::UNBOUND
    }

    /// A fresh exception raised while another is handled gets that as its `__context__`.
    pub(super) fn chain_if_fresh(&mut self, raised: &Raised) {
        let exception = raised.value();
        let Some(state) = exception.as_exception() else { return };
        if state.traceback.borrow().is_none() && state.context.borrow().is_none() {
            self.set_context(&exception);
        }
    }

    /// An exception is thrown into the running generator: one that this handles becomes its
    /// `__context__`, whatever that was before.
    fn chain_thrown(&mut self, raised: &Raised) {
        if !self.handled.is_unbound() {
            self.set_context(&raised.value());
        }
    }

    /// Make the exception being handled the `__context__` of `exception`, without making a
    /// cycle.
    pub(super) fn set_context(&mut self, exception: &Value) {
        let handled = self.topmost_handled();
        if handled.is_unbound() || handled.is(exception) {
            return;
        }
        let Some(state) = exception.as_exception() else { return };
        let mut link = handled.clone();
        let mut slow = handled.clone();
        let mut step = 0u32;
        while let Some(next) = link.as_exception().map(|state| state.context.borrow().clone()) {
            if next.is(exception) {
                if let Some(state) = link.as_exception() {
                    drop(state.context.replace(Value::NONE));
                }
                break;
            }
            step += 1;
            if step.is_multiple_of(2) {
                let next_slow = slow.as_exception().map(|state| state.context.borrow().clone());
                slow = next_slow.unwrap_or_default();
                if slow.is(&next) {
                    break;
                }
            }
            link = next;
        }
        drop(state.context.replace(handled));
    }

    /// `raise exception [from cause]`, as an exception to unwind with.
    #[cold]
    pub(super) fn raise_statement(&mut self, exception: &Value, cause: Option<&Value>) -> Raised {
        match self.try_raise(exception, cause) {
            Ok(raised) => {
                self.set_context(&raised.value());
                raised
            }
            Err(raised) => raised,
        }
    }

    fn try_raise(&mut self, exception: &Value, cause: Option<&Value>) -> Result<Raised, Raised> {
        let raised = self.to_raised(exception)?;
        let Some(cause) = cause else { return Ok(raised) };
        let base = self.core(CoreType::BaseException);
        let cause = if cause.is_none() {
            Value::NONE
        } else if cause.as_exception().is_some() {
            cause.clone()
        } else if cause.as_type().is_some_and(|class| class.is_subclass_of(&base)) {
            let made = self.call_value(cause, &[], None)?;
            if made.as_exception().is_none() {
                return Err(self.no_exception(cause, &made));
            }
            made
        } else {
            return Err(self.raise_type_error("exception causes must derive from BaseException"));
        };
        if let Some(state) = raised.value().as_exception() {
            drop(state.cause.replace(cause));
            state.suppress_context.set(true);
        }
        Ok(raised)
    }

    /// The error of a class that made something else than an exception.
    #[cold]
    pub(super) fn no_exception(&mut self, class: &Value, made: &Value) -> Raised {
        let made = self.class_of_value(made);
        let (class, made) = match (self.repr(class), self.repr(&made)) {
            (Ok(class), Ok(made)) => (class, made),
            (Err(raised), _) | (_, Err(raised)) => return raised,
        };
        let message = format!(
            "calling {} should have returned an instance of BaseException, not {}",
            class.str_like().unwrap_or_default(),
            made.str_like().unwrap_or_default()
        );
        self.raise_type_error(&message)
    }

    /// Bare `raise`.
    #[cold]
    pub(super) fn raise_current(&mut self) -> Raised {
        let handled = self.topmost_handled();
        if handled.as_instance().is_some() {
            return Raised::new(handled);
        }
        (self as &mut dyn Interpreter).runtime_error("No active exception to reraise")
    }

    /// Whether an `except` clause for `kind` handles `exception`.
    pub(super) fn exception_matches(&mut self, exception: &Value, kind: &Value) -> Result<bool, Raised> {
        let base = self.core(CoreType::BaseException);
        let matches_one = |class: &Value| -> Option<bool> {
            let object = class.as_type()?;
            if !object.is_subclass_of(&base) {
                return None;
            }
            Some(exception.as_instance()?.with_class(|own| own.is_subclass_of(class)))
        };
        if let Some(matches) = matches_one(kind) {
            return Ok(matches);
        }
        if let Some(classes) = kind.tuple_like() {
            let all: Option<Vec<bool>> = classes.iter().map(matches_one).collect();
            if let Some(all) = all {
                return Ok(all.contains(&true));
            }
        }
        Err(self.raise_type_error("catching classes that do not inherit from BaseException is not allowed"))
    }

    /// `exception.__traceback__`.
    pub(super) fn traceback_of(exception: &Value) -> Value {
        exception.as_exception().map_or(Value::NONE, |state| state.traceback.borrow().clone())
    }

    pub(super) fn is_stop_async_iteration(&self, exception: &Value) -> bool {
        (self as &dyn Interpreter).exception_is(exception, CoreType::StopAsyncIteration)
    }

    #[cold]
    pub(super) fn unbound_local(&mut self, name: &Value) -> Raised {
        let text = name.as_str().unwrap_or_default();
        let message =
            format!("cannot access local variable '{text}' where it is not associated with a value");
        (self as &mut dyn Interpreter).name_error(CoreType::UnboundLocalError, &message, name)
    }

    #[cold]
    pub(super) fn unbound_cell(&mut self, name: &Value, is_free: u8) -> Raised {
        if is_free == 0 {
            return self.unbound_local(name);
        }
        let text = name.as_str().unwrap_or_default();
        let message = format!(
            "cannot access free variable '{text}' where it is not associated with a value in enclosing scope"
        );
        (self as &mut dyn Interpreter).name_error(CoreType::NameError, &message, name)
    }
}

/// A frame was left by an exception: which frame is next in the same `run`, if any.
struct Left {
    raised: Raised,
    next: Option<Cursor>,
}
