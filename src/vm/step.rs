//! Steps of plain generators taken by frames of scripts: `for` loops, `next` and `send` enter the
//! generator's frame, and its `yield` goes on in theirs, with no native between.

use super::Vm;
use super::registers::{Cursor, RecordKind, leaf_of, linked};
use crate::bytecode::Flavor;
use crate::object::Value;
use crate::object::generator::{Generator, GeneratorState};

impl Vm {
    /// Enter the generator in register `b` for `ForLoop`, if it is one that can be entered.
    #[inline(always)]
    pub(super) fn enter_loop(&mut self, w: Cursor, a: u8, b: u8) -> Option<Cursor> {
        let generator = w.reg(b).as_generator()?;
        if !self.can_enter(generator) {
            return None;
        }
        self.current = w;
        let leaf = self.push_generator(generator, w, a, RecordKind::GeneratorLoop);
        Some(self.prepare_send(leaf, Value::NONE))
    }

    /// Whether the frame of a generator can be entered from a script's frame.
    #[inline(always)]
    fn can_enter(&self, generator: &Generator) -> bool {
        let head = generator.head();
        head.flavor == Flavor::Generator
            && matches!(head.state.get(), GeneratorState::Suspended | GeneratorState::Created)
            && (head.child.get().is_none()
                || leaf_of(generator).head().state.get() == GeneratorState::Suspended)
            && head.parent.get().is_none()
            && !self.records.is_full()
    }

    /// `next(generator)`, `generator.send(value)`, whose `count` arguments lie from register
    /// `first` on, for register `dst`: its frame, if it can be entered. What is left over is for
    /// the natives themselves.
    #[inline(never)]
    pub(super) fn enter_step(&mut self, mut w: Cursor, first: u8, count: usize, dst: u8) -> Option<Cursor> {
        let generator = w.reg(first).as_generator()?;
        if !self.can_enter(generator) || count > 2 {
            return None;
        }
        let sent = match count {
            1 => Value::NONE,
            _ if generator.head().state.get() == GeneratorState::Created && !w.reg(first + 1).is_none() => {
                return None;
            }
            _ => w.take(first + 1),
        };
        let owned = w.take(first);
        let generator = owned.as_generator().expect("just seen");
        self.current = w;
        let leaf = self.push_generator(generator, w, dst, RecordKind::GeneratorStep);
        let next = self.prepare_send(leaf, sent);
        self.records.top_mut().extra = owned;
        Some(next)
    }

    /// `Yield` of a plain generator that a script's frame resumed: where that goes on, the
    /// register that takes the value, and whether it is a `ForLoop`'s. The slow path is
    /// [`op_yield`](Self::op_yield).
    #[inline(always)]
    pub(super) fn yield_to_frame(&mut self, w: Cursor) -> Option<(Cursor, u8, bool)> {
        let record = self.records.top_mut();
        let is_loop = record.kind == RecordKind::GeneratorLoop;
        if !(is_loop || record.kind == RecordKind::GeneratorStep)
            || record.running != record.root
            || !self.handled.is_unbound()
        {
            return None;
        }
        let head = linked(record.running?).head();
        head.resume_at.set(w.next_index());
        head.at_await.set(false);
        head.state.set(GeneratorState::Suspended);
        self.top = record.top;
        self.handled = record.handled.take();
        let generator = record.extra.take();
        let resumed = (record.caller, record.dst, is_loop);
        self.records.pop();
        drop(generator);
        Some(resumed)
    }
}
