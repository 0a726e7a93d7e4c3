//! INDENT and DEDENT, measured as CPython measures them.

use super::{Layout, MAX_INDENTS, span};
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::token::TokenKind as T;

/// One level of indentation, measured with tabs to 8 and with tabs of 1.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Indentation {
    pub column: u32,
    pub narrow: u32,
}

impl Layout<'_> {
    /// Measure the indentation of the next line that holds anything.
    pub(super) fn indentation(&mut self) {
        self.at_line_start = false;
        let mut at = self.at();
        loop {
            let line = at;
            let mut here = Indentation { column: 0, narrow: 0 };
            // A backslash cannot split an indentation: what stands before the first one counts.
            let mut continued = 0;
            loop {
                match self.bytes.get(at) {
                    Some(b' ') => here = Indentation { column: here.column + 1, narrow: here.narrow + 1 },
                    Some(b'\t') => {
                        here = Indentation { column: (here.column / 8 + 1) * 8, narrow: here.narrow + 1 };
                    }
                    Some(b'\x0c') => here = Indentation { column: 0, narrow: 0 },
                    Some(b'\\') if at + 1 == self.bytes.len() || self.line_end(at + 1) > at + 1 => {
                        if continued == 0 {
                            continued = here.column;
                        }
                        at = self.line_end(at + 1);
                        if at == self.bytes.len() {
                            self.late_error(at - 1, at, "unexpected EOF while parsing").incomplete = true;
                        }
                        continue;
                    }
                    _ => break,
                }
                at += 1;
            }
            match self.bytes.get(at) {
                None => break,
                Some(b'#') => {
                    let end = self.bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                    let end = end.map_or(self.bytes.len(), |length| at + length);
                    self.out.comments.push(span(at, end));
                    at = self.line_end(end);
                }
                Some(b'\n' | b'\r') => at = self.line_end(at),
                Some(_) => {
                    if continued != 0 {
                        here = Indentation { column: continued, narrow: continued };
                    }
                    self.indent_to(here, line, at);
                    break;
                }
            }
        }
        self.seek(at);
    }

    /// Offset after the line end at `at`; `at` itself where none is.
    pub(super) fn line_end(&self, at: usize) -> usize {
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at + 2,
            (Some(b'\n' | b'\r'), _) => at + 1,
            _ => at,
        }
    }

    fn indent_to(&mut self, here: Indentation, line: usize, at: usize) {
        let top = self.indents[self.indents.len() - 1];
        if here.column > top.column {
            if self.indents.len() >= MAX_INDENTS {
                self.late_error(line, at, "too many levels of indentation").kind =
                    DiagnosticKind::IndentationError;
                self.stopped = true;
                return;
            }
            if here.narrow <= top.narrow {
                self.tab_error(line, at);
            }
            self.indents.push(here);
            self.push(T::Indent, line, at);
            return;
        }
        let mut keep = self.indents.len();
        while here.column < self.indents[keep - 1].column {
            keep -= 1;
        }
        let level = self.indents[keep - 1];
        if here.column != level.column {
            let message = "unindent does not match any outer indentation level";
            // CPython points past the end of the line.
            let end = self.bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let end = end.map_or(self.bytes.len(), |length| at + length);
            let diagnostic = Diagnostic::error(Phase::Parser, message, span(end, end))
                .with_kind(DiagnosticKind::IndentationError)
                .with_label(span(line, at), "this indentation");
            self.report(diagnostic);
            // Take the line as one of the innermost block that is deeper, and that block as
            // being at this column: the lines that follow then mostly fit.
            keep += 1;
            self.indents[keep - 1] = here;
        } else if here.narrow != level.narrow {
            self.tab_error(line, at);
        }
        for _ in keep..self.indents.len() {
            self.push(T::Dedent, at, at);
        }
        self.indents.truncate(keep);
    }

    fn tab_error(&mut self, line: usize, at: usize) {
        let message = "inconsistent use of tabs and spaces in indentation";
        self.late_error(line, at, message).kind = DiagnosticKind::TabError;
    }
}
