//! Brackets: which are open, which closer belongs to which, and what happens to those that are
//! never closed.

use super::{Context, Layout, MAX_BRACKETS, span};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;

impl Layout<'_> {
    pub(super) fn newline(&mut self, start: usize, end: usize) {
        if self.contexts.is_empty() {
            self.at_line_start = true;
            self.push(T::Newline, start, end);
        } else if self.close_brackets && self.statement_follows(end) {
            self.give_up_brackets(false);
            self.gave_up = true;
            self.contexts.clear();
            self.at_line_start = true;
            self.push(T::Newline, start, end);
        }
    }

    /// Whether the line at `at` begins with a word that no expression contains.
    fn statement_follows(&self, at: usize) -> bool {
        let line = self.text[at..].trim_start_matches([' ', '\t', '\x0c']);
        let word = &line[..line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len())];
        matches!(
            word,
            "assert"
                | "break"
                | "class"
                | "continue"
                | "def"
                | "del"
                | "except"
                | "finally"
                | "global"
                | "import"
                | "nonlocal"
                | "pass"
                | "raise"
                | "return"
                | "try"
                | "while"
                | "with"
        )
    }

    /// Enter a bracket or field, unless there are too many.
    pub(super) fn open(&mut self, context: Context, at: usize) {
        let open = self.contexts.iter().filter(|c| matches!(c, Context::Bracket(..) | Context::Field(_)));
        // Only a deep stack is worth counting.
        if self.contexts.len() >= MAX_BRACKETS && open.count() >= MAX_BRACKETS {
            self.error(at, at + 1, "too many nested parentheses");
            self.stopped = true;
        } else {
            self.contexts.push(context);
        }
    }

    pub(super) fn close(&mut self, kind: T, at: usize) {
        let closer = self.bytes[at] as char;
        if let Some((_, opened)) = self.left_fields.pop_if(|(depth, _)| *depth == self.contexts.len())
            && kind != T::RightBrace
        {
            let diagnostic = self.mismatch(at, "{", opened);
            self.report(diagnostic);
        }
        match self.contexts.last() {
            Some(Context::Bracket(opener, _)) if closes(*opener, kind) => {
                self.contexts.pop();
            }
            Some(Context::Field(_)) if kind == T::RightBrace => {
                self.contexts.pop();
            }
            Some(Context::Field(_)) => {
                self.error(at, at + 1, format!("f-string: unmatched '{closer}'"));
            }
            Some(&Context::Bracket(opener, opened)) => self.mismatched(kind, at, opener, opened),
            Some(Context::FString(_) | Context::Spec) | None => {
                let phase = self.bracket_phase();
                let message = format!("unmatched '{closer}'");
                self.report(Diagnostic::error(phase, message, span(at, at + 1)));
            }
        }
        self.push(kind, at, at + 1);
    }

    /// Once a bracket was given up, CPython and we no longer agree on what is open.
    fn bracket_phase(&self) -> Phase {
        if self.gave_up { Phase::Parser } else { Phase::Tokenizer }
    }

    /// The closing bracket at `at` does not belong to the innermost opening one.
    fn mismatch(&self, at: usize, opener: &str, opened: Span) -> Diagnostic {
        let closer = self.bytes[at] as char;
        let mut message =
            format!("closing parenthesis '{closer}' does not match opening parenthesis '{opener}'");
        let line = self.source.line(opened.start);
        if line != self.source.line(at as u32) {
            message.push_str(&format!(" on line {line}"));
        }
        Diagnostic::error(self.bracket_phase(), message, span(at, at + 1))
            .with_label(opened, format!("'{opener}' opened here"))
    }

    fn mismatched(&mut self, kind: T, at: usize, opener: T, opened: Span) {
        let diagnostic = self.mismatch(at, opener.text(), opened);
        self.report(diagnostic);
        // Close up to the bracket that was meant, if there is one; else the innermost.
        let innermost = self.contexts.len() - 1;
        let meant = (0..=innermost)
            .rev()
            .map_while(|index| match self.contexts[index] {
                Context::Bracket(opener, _) => Some((index, closes(opener, kind))),
                Context::Field(_) if kind == T::RightBrace => Some((index, true)),
                Context::FString(_) | Context::Field(_) | Context::Spec => None,
            })
            .find(|(_, fits)| *fits);
        self.contexts.truncate(meant.map_or(innermost, |(index, _)| index));
    }

    /// Report the innermost bracket or field that is still open.
    pub(super) fn give_up_brackets(&mut self, at_end: bool) -> bool {
        let innermost = self.contexts.iter().rev().find_map(|context| match *context {
            Context::Bracket(kind, span) => Some((kind.text(), span)),
            Context::Field(span) => Some(("{", span)),
            Context::FString(_) | Context::Spec => None,
        });
        let Some((text, span)) = innermost else { return false };
        // A string without an end has swallowed the closing bracket.
        let swallowed = |d: &Diagnostic| d.message.starts_with("unterminated") && d.span.start >= span.start;
        if self.out.diagnostics.iter().any(swallowed) {
            return true;
        }
        let diagnostic = Diagnostic::error(Phase::Parser, format!("'{text}' was never closed"), span);
        self.report(diagnostic).incomplete = at_end;
        true
    }
}

fn closes(opener: T, closer: T) -> bool {
    matches!(
        (opener, closer),
        (T::LeftParen, T::RightParen) | (T::LeftBracket, T::RightBracket) | (T::LeftBrace, T::RightBrace)
    )
}
