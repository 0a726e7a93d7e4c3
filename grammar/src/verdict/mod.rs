//! What CPython says of a text that it does not accept.
//!
//! The parser of this crate finds as many faults as it can; CPython's stops at one, and which one
//! depends on the order in which its rules are tried and on how far they read. So once a text is
//! known to be wrong, it is read again as CPython reads it: by a small machine that interprets
//! the rules of `rules.peg`, first without those for wrong text, then with them. Right texts never
//! come here.

mod actions;
mod machine;
mod node;
mod raise;
mod table;
mod tokens;

use crate::Mode;
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::SourceFile;
use machine::Machine;

/// The error that CPython raises while it parses the text, if it does.
pub(crate) fn find(source: &SourceFile, mode: Mode) -> Option<Diagnostic> {
    let stream = tokens::stream(source, mode);
    let mut machine = Machine::new(source, mode, stream);
    machine.judge().map(|mut diagnostic| {
        diagnostic.phase = Phase::Verdict;
        // Places found by counting bytes must not cut a character.
        let text = source.text();
        let (start, end) = (diagnostic.span.start as usize, diagnostic.span.end as usize);
        diagnostic.span.start = text.floor_char_boundary(start) as _;
        diagnostic.span.end = text.ceil_char_boundary(end) as _;
        diagnostic
    })
}
