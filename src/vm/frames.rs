//! The frames of a fiber, from the innermost out.

use super::Vm;
use super::registers::{Cursor, Record, Records, generator_cursor, linked};
use crate::object::generator::Generator;
use crate::object::heap;
use crate::object::interpreter::CodePlace;
use std::ptr::NonNull;

/// What tells that a frame ends.
#[derive(Clone, Copy)]
pub(super) enum Owner {
    /// The record at this index.
    Record(usize),
    Generator(NonNull<Generator>),
}

/// Call `visit` with each frame, innermost first, and with what makes its place, until it returns
/// false. `current` is where execution stands, `records` are the calls that led there.
pub(super) fn each_frame(
    current: Cursor,
    records: &Records,
    mut visit: impl FnMut(&Cursor, Owner, &dyn Fn() -> CodePlace) -> bool,
) {
    if current.is_nowhere() {
        return;
    }
    let records = records.all();
    let owner = |index: usize| match records[index] {
        Record { kind, running: Some(running), .. } if kind.is_generator() => Owner::Generator(running),
        _ => Owner::Record(index),
    };
    let place = |w: &Cursor| CodePlace { code: heap::code_value(w.code()), word: w.word_index() };
    let Some(last) = records.len().checked_sub(1) else { return };
    if !visit(&current, owner(last), &|| place(&current)) {
        return;
    }
    for (index, record) in records.iter().enumerate().rev() {
        if record.kind.is_generator() {
            let mut link = record.running.and_then(|running| linked(running).head().parent.get());
            while let Some(at) = link {
                let parent = linked(at);
                if !visit(&generator_cursor(parent), Owner::Generator(at), &|| Vm::place_of(parent)) {
                    return;
                }
                link = parent.head().parent.get();
            }
        }
        if index > 0
            && !record.caller.is_nowhere()
            && !visit(&record.caller, owner(index - 1), &|| place(&record.caller))
        {
            return;
        }
    }
}

/// The places of at most `limit` frames.
pub(super) fn stack_places(current: Cursor, records: &Records, limit: usize) -> Vec<CodePlace> {
    let mut places = Vec::new();
    each_frame(current, records, |_, _, place| {
        if places.len() < limit {
            places.push(place());
        }
        places.len() < limit
    });
    places
}
