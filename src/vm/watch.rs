//! Frames that have an object: it is given what is left when the frame ends.

use super::Vm;
use super::frames::{Owner, each_frame};
use super::registers::{Cursor, RecordKind, generator_cursor, own};
use crate::bytecode::VariableSlot;
use crate::object::frame::FrameObject;
use crate::object::heap::{WeakCell, weak_cell};
use crate::object::interpreter::CodePlace;
use crate::object::{Value, heap};
use std::rc::Rc;

/// Names a frame while it runs: the address of its registers, and that of its code, since a
/// method's registers may begin where those of a caller without variables do.
pub(super) type FrameKey = (usize, usize);

fn key(w: &Cursor) -> FrameKey {
    (w.slot(0).addr(), std::ptr::from_ref(w.code()).addr())
}

/// A frame that has an object.
pub(super) struct Watch {
    /// What kind its record has, in which [`RecordKind::Watched`] stands instead.
    kind: RecordKind,
    object: Rc<WeakCell>,
}

impl Vm {
    /// The object of the frame that is `depth` calls away from the running one.
    pub(super) fn frame_at(&mut self, depth: usize) -> Option<Value> {
        let mut left = depth;
        let mut found = None;
        each_frame(self.current, &self.records, |w, owner, place| {
            if left == 0 {
                found = Some((key(w), owner, place()));
            }
            left = left.wrapping_sub(1);
            found.is_none()
        });
        let (key, owner, place) = found?;
        Some(match owner {
            Owner::Generator(generator) => self.frame_of_generator(&own(generator)),
            Owner::Record(index) => self.watch(key, index, place),
        })
    }

    /// The object of the frame whose record is the one at `index`.
    fn watch(&mut self, key: FrameKey, index: usize, place: CodePlace) -> Value {
        let record = self.records.at_mut(index);
        let kind = match record.kind {
            RecordKind::Watched => {
                let watch = self.watched.get(&key).expect("watched frames are in the table");
                if let Some(object) = watch.object.upgrade() {
                    return object;
                }
                watch.kind
            }
            kind => kind,
        };
        record.kind = RecordKind::Watched;
        let frame = Value::object(FrameObject::running(place, key.0));
        let object = weak_cell(&frame).expect("frames are heap objects");
        self.watched.insert(key, Watch { kind, object });
        frame
    }

    /// The frame at `w`, which has an object, has become that of the coroutine `value`.
    pub(super) fn watch_coroutine(&mut self, w: Cursor, value: &Value) {
        let watch = self.watched.remove(&key(&w)).expect("watched frames are in the table");
        let (Some(object), Some(generator)) = (watch.object.upgrade(), value.as_generator()) else { return };
        let frame = object.downcast::<FrameObject>().expect("the object of a frame");
        frame.move_to_generator(weak_cell(value).expect("generators are heap objects"));
        let watch = Watch { kind: RecordKind::GeneratorEntry, ..watch };
        self.watched.insert(key(&generator_cursor(generator)), watch);
    }

    /// The object of a generator's frame.
    pub(super) fn frame_of_generator(&mut self, value: &Value) -> Value {
        let Some(generator) = value.as_generator() else { return Value::NONE };
        let key = key(&generator_cursor(generator));
        let known = self.watched.get(&key).and_then(|watch| watch.object.upgrade());
        if let Some(known) = known
            && let Some(frame) = known.downcast::<FrameObject>()
            && frame.owner().is_some_and(|owner| owner.is(value))
        {
            return known;
        }
        let owner = weak_cell(value).expect("generators are heap objects");
        let frame = Value::object(FrameObject::of_generator(generator.place(), owner));
        let object = weak_cell(&frame).expect("frames are heap objects");
        self.watched.insert(key, Watch { kind: RecordKind::GeneratorEntry, object });
        frame
    }

    /// The frame at `w`, which is the running one and has a record of the kind `Watched`, ends:
    /// its object gets what it leaves, its record is what it was.
    pub(super) fn settle_frame(&mut self, w: Cursor) {
        let watch = self.watched.remove(&key(&w)).expect("watched frames are in the table");
        self.records.top_mut().kind = watch.kind;
        self.settle(&watch, w);
    }

    /// The frame at `w`, that of a running generator, ends.
    pub(super) fn settle_generator(&mut self, w: Cursor) {
        if self.watched.is_empty() {
            return;
        }
        if let Some(watch) = self.watched.remove(&key(&w)) {
            self.settle(&watch, w);
        }
    }

    fn settle(&mut self, watch: &Watch, w: Cursor) {
        let Some(object) = watch.object.upgrade() else { return };
        let Some(frame) = object.downcast::<FrameObject>() else { return };
        let current = std::mem::replace(&mut self.current, w);
        let back = self.frame_at(1).unwrap_or(Value::NONE);
        self.current = current;
        let place = CodePlace { code: heap::code_value(w.code()), word: w.word_index() };
        frame.settle(place, Vm::locals_at(&w), back);
    }

    /// The cursor, the place and the depth of `frame` if it is running, be it that it waits for
    /// what it called.
    fn running(&self, frame: &FrameObject) -> Option<(Cursor, CodePlace, usize)> {
        let registers = match frame.owner() {
            Some(owner) => owner.as_generator()?.values_pointer().addr(),
            None => frame.registers()?,
        };
        let (mut found, mut depth) = (None, 0);
        each_frame(self.current, &self.records, |w, _, place| {
            if w.slot(0).addr() == registers && heap::code_value(w.code()).is(&frame.code()) {
                found = Some((*w, place(), depth));
            }
            depth += 1;
            found.is_none()
        });
        found
    }

    /// See [`Interpreter::calling_frame`].
    pub(super) fn caller_of(&mut self, frame: &FrameObject) -> Option<Value> {
        let (_, _, depth) = self.running(frame)?;
        Some(self.frame_at(depth + 1).unwrap_or(Value::NONE))
    }

    /// See [`Interpreter::frame_now`].
    pub(super) fn look_at(&self, frame: &FrameObject) -> Option<(CodePlace, Value)> {
        self.running(frame).map(|(w, place, _)| (place, Vm::locals_at(&w)))
    }

    /// See [`Interpreter::bind_in_frame`].
    pub(super) fn bind_at(&mut self, frame: &FrameObject, slot: VariableSlot, value: &Value) -> bool {
        let Some((mut w, ..)) = self.running(frame) else { return false };
        let here = w;
        w.code().bind(slot, value, &|register| here.reg(register).clone(), &mut |register, value| {
            w.set(register, value);
        });
        true
    }
}
