//! Coroutine functions awaited where they are called: `await f()`.
//!
//! The coroutine's frame runs on the stack, as that of a plain function does, and no coroutine is
//! made. Only when it waits for something that is not ready are the frames made into a chain of
//! coroutines, and all is as if they had been coroutines from the start. No script can tell: a
//! coroutine that has not waited yet is known to nobody but the `await`.
//!
//! The frames stand in records of the kind [`RecordKind::Awaited`] above that of a generator or
//! coroutine, with nothing in between. Only the innermost may be handling an exception: while one
//! is handled, awaiting goes the usual way.

use super::bind::fill_cells;
use super::generator::head_of;
use super::registers::{Cursor, RecordKind, Records, generator_cursor, link, linked, window};
use super::{Flow, Vm};
use crate::bytecode::Flavor;
use crate::object::code::CodeObject;
use crate::object::generator::GeneratorState;
use crate::object::{Raised, Value, heap};
use std::ptr::NonNull;

/// How many words `Await` has behind the call whose coroutine it awaits: `GetAwaitable`,
/// `LoadNone` and itself.
pub(super) const WORDS_BEHIND_CALL: u32 = 3;

impl Vm {
    /// Enter `function`, whose code is `code`, if it is a coroutine function and what becomes
    /// register `dst` is awaited by the instructions at `w`. The arguments are the `count`
    /// registers from `first` on.
    #[inline]
    pub(super) fn enter_awaited(
        &mut self,
        mut w: Cursor,
        (first, count): (u8, usize),
        function: &Value,
        code: &CodeObject,
        names: Option<&[Value]>,
        dst: u8,
    ) -> Option<Result<Flow, Raised>> {
        if code.code.flavor != Flavor::Coroutine || !self.handled.is_unbound() {
            return None;
        }
        let (behind, result) = w.awaits(dst)?;
        let callee = function.as_function()?;
        let base = self.top;
        let length = code.frame.register_count as usize;
        // The frame is as deep as if it were one of a chain. What is too deep fails at the `Await`.
        let running = self.records.top().running?;
        if self.records.len() + linked(running).head().depth.get() as usize >= self.records.limit()
            || !self.stack.has_room(base, length)
        {
            return None;
        }
        let (args, slots) = (w.range_mut(first, count), window(base, length));
        if names.is_none() && code.frame.generator_arity == count as u32 {
            for (slot, arg) in slots.iter_mut().zip(args.iter_mut()) {
                *slot = arg.take();
            }
            fill_cells(callee, code, slots);
        } else if let Err(raised) = self.lay_out(callee, code, args, names, slots) {
            return Some(Err(raised));
        }
        let record = self.records.push(behind, result, RecordKind::Awaited, base);
        record.extra = function.clone();
        record.running = Some(running);
        let start = Cursor::at(code, 0, base);
        self.top = start.frame_end();
        Some(Ok(Flow::Continue(start)))
    }

    /// Leave the innermost record, which is one of the kind `Awaited`: where its frame was called.
    pub(super) fn pop_awaited(&mut self) -> (Cursor, u8) {
        let record = self.records.top_mut();
        let (caller, dst, top) = (record.caller, record.dst, record.top);
        let function = record.extra.take();
        self.records.pop();
        self.top = top;
        drop(function);
        (caller, dst)
    }

    /// Whether the innermost frame is one of a coroutine that has not been made.
    #[inline(always)]
    pub(super) fn is_awaited(&self) -> bool {
        matches!(self.records.top().kind, RecordKind::Awaited | RecordKind::Watched)
    }

    /// Make the frames of awaited functions into coroutines; `w` is that of the innermost. Where
    /// it goes on.
    #[inline(never)]
    pub(super) fn make_awaited(&mut self, w: Cursor) -> Cursor {
        let count = self.records.len();
        let lowest = lowest_awaited(&self.records);
        let mut parent = self.records.top().running.expect("a generator awaits");
        for index in lowest..count {
            let frame = match self.records.all().get(index + 1) {
                Some(next) => next.caller,
                None => w,
            };
            let record = self.records.at_mut(index);
            let (caller, is_watched) = (record.caller, record.kind == RecordKind::Watched);
            let function = record.extra.take();
            let child = self.make_coroutine(caller, frame, &function);
            if is_watched {
                self.watch_coroutine(frame, &child);
            }
            let generator = child.as_generator().expect("just made");
            let above = linked(parent);
            let head = above.head();
            head.resume_at.set(caller.next_index() - 1);
            head.at_await.set(true);
            head.state.set(GeneratorState::Suspended);
            generator.head().depth.set(head.depth.get() + 1);
            link(above, generator);
            parent = NonNull::from(generator);
            // The `Await` of the frame above keeps it.
            let mut waiting = generator_cursor(above);
            let instruction = waiting.fetch();
            waiting.set(instruction.b(), child);
        }
        self.top = self.records.all()[lowest].top;
        while self.records.len() > lowest {
            self.records.pop();
        }
        self.records.top_mut().running = Some(parent);
        generator_cursor(linked(parent))
    }

    /// The coroutine of a call of `function`, whose frame is at `frame` and was called before
    /// `caller`. The registers of the frame are empty then.
    fn make_coroutine(&mut self, caller: Cursor, frame: Cursor, function: &Value) -> Value {
        let callee = function.as_function().expect("what was awaited is a function");
        let code = frame.code();
        let created_at = caller.word_index() - WORDS_BEHIND_CALL;
        let head = head_of(callee, Some((heap::code_value(caller.code()), created_at)));
        head.state.set(GeneratorState::Running);
        head.resume_at.set(frame.next_index());
        let length = code.frame.register_count as usize;
        let value = Value::generator(head, length);
        let generator = value.as_generator().expect("just made");
        let slots = window(generator.values_pointer(), generator.length());
        for (slot, register) in slots.iter_mut().zip(window(frame.slot(0), length)) {
            *slot = register.take();
        }
        value
    }
}

/// The index of the outermost of the innermost records that are of the kind `Awaited`.
fn lowest_awaited(records: &Records) -> usize {
    let below = records.all().iter().rposition(|record| record.kind.is_generator());
    below.expect("a generator awaits") + 1
}
