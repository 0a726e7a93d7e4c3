//! The frames of a fiber, from the innermost out.

use super::Vm;
use super::registers::{Cursor, RecordKind, Records, generator_cursor, linked};
use crate::object::heap;
use crate::object::interpreter::CodePlace;

/// Call `visit` with each frame, innermost first, and with what makes its place, until it returns
/// false. `current` is where execution stands, `records` are the calls that led there.
pub(super) fn each_frame(
    current: Cursor,
    records: &Records,
    mut visit: impl FnMut(&Cursor, &dyn Fn() -> CodePlace) -> bool,
) {
    if current.is_nowhere() {
        return;
    }
    let place = |w: &Cursor| CodePlace { code: heap::code_value(w.code()), word: w.word_index() };
    if !visit(&current, &|| place(&current)) {
        return;
    }
    for record in records.all().iter().rev() {
        if matches!(record.kind, RecordKind::GeneratorEntry | RecordKind::GeneratorLoop) {
            let mut link = record.running.and_then(|running| linked(running).head().parent.get());
            while let Some(parent) = link {
                let parent = linked(parent);
                if !visit(&generator_cursor(parent), &|| Vm::place_of(parent)) {
                    return;
                }
                link = parent.head().parent.get();
            }
        }
        if !record.caller.is_nowhere() && !visit(&record.caller, &|| place(&record.caller)) {
            return;
        }
    }
}

/// The places of at most `limit` frames.
pub(super) fn stack_places(current: Cursor, records: &Records, limit: usize) -> Vec<CodePlace> {
    let mut places = Vec::new();
    each_frame(current, records, |_, place| {
        if places.len() < limit {
            places.push(place());
        }
        places.len() < limit
    });
    places
}
