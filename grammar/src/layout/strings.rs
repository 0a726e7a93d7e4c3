//! String literals and the text of f-strings (PEP 701), scanned by hand: what is unterminated
//! and where it began must be known exactly.

use super::{Context, FString, Layout, MAX_FSTRINGS, MAX_SPEC_NESTING, span};
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::token::TokenKind as T;

impl Layout<'_> {
    /// A string literal; logos has read its prefix and first quote.
    pub(super) fn string(&mut self, start: usize, opened: usize) {
        let quote = self.bytes[opened - 1];
        let triple = self.quotes_at(opened, quote, 2);
        let mut at = if triple { opened + 2 } else { opened };
        let mut escaped_quote = false;
        let closed = loop {
            match self.bytes.get(at) {
                None => break false,
                Some(b'\\') => {
                    escaped_quote |= self.bytes.get(at + 1) == Some(&quote);
                    at = self.after_escape(at);
                }
                Some(b'\n' | b'\r') if !triple => break false,
                Some(&byte) if byte == quote && (!triple || self.quotes_at(at, quote, 3)) => {
                    at += if triple { 3 } else { 1 };
                    break true;
                }
                Some(_) => at += 1,
            }
        };
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        if !closed {
            if self.ends_f_string(start, opened, quote, triple) {
                return;
            }
            self.unterminated(start, at, triple, false, escaped_quote);
        }
        self.seek(at);
        self.push(T::String, start, at);
    }

    /// Whether `count` quotes stand at `at`.
    fn quotes_at(&self, at: usize, quote: u8, count: usize) -> bool {
        self.bytes.get(at..at + count).is_some_and(|bytes| bytes.iter().all(|&byte| byte == quote))
    }

    /// Offset after a backslash and the byte it escapes; a line end counts as one.
    fn after_escape(&self, at: usize) -> usize {
        match (self.bytes.get(at + 1), self.bytes.get(at + 2)) {
            (Some(b'\r'), Some(b'\n')) => at + 3,
            (Some(_), _) => at + 2,
            (None, _) => at + 1,
        }
    }

    fn unterminated(&mut self, start: usize, end: usize, triple: bool, f_string: bool, escaped_quote: bool) {
        // The empty line behind the last line end is no line to CPython.
        let is_end = end == self.bytes.len() && end > start && matches!(self.bytes[end - 1], b'\n' | b'\r');
        let line = self.source.line(if is_end { end as u32 - 1 } else { end as u32 });
        let message = format!(
            "unterminated {}{}string literal (detected at line {line}){}",
            if triple { "triple-quoted " } else { "" },
            if f_string { "f-" } else { "" },
            if escaped_quote && !triple { "; perhaps you escaped the end quote?" } else { "" },
        );
        // A triple-quoted string is pointed at by its quotes, or the mark would cover many lines.
        let mark = if triple { (start + 3).min(end) } else { end };
        // The line end at the end is escaped: the string goes on in the next line.
        let goes_on = end == self.bytes.len() && self.text[start..end].ends_with("\\\n");
        self.error(start, mark, message).incomplete = triple || goes_on;
    }

    /// An unterminated string inside a field is really the end of the f-string, when the quotes
    /// are the same: say what is missing and leave the f-string.
    fn ends_f_string(&mut self, start: usize, opened: usize, quote: u8, triple: bool) -> bool {
        let Some((index, f_string)) = self.innermost_f_string() else { return false };
        if f_string.quote != quote || f_string.triple != triple {
            return false;
        }
        let end = if triple { opened + 2 } else { opened };
        self.expecting("f-string: expecting '}'", start, end, index);
        self.push(T::RightBrace, start, start);
        self.push(T::FStringEnd, start, end);
        self.contexts.truncate(index);
        self.seek(end);
        true
    }

    fn expecting(&mut self, message: &str, start: usize, end: usize, f_string: usize) {
        let mut diagnostic = Diagnostic::error(Phase::Tokenizer, message, span(start, end));
        if let Some(Context::Field(open)) = self.contexts.get(f_string + 1) {
            diagnostic = diagnostic.with_label(*open, "this '{' opens a field");
        }
        self.report(diagnostic);
    }

    /// The f-string ends in the middle of a format spec: to CPython's tokenizer the brace is still
    /// open, and that the string ends there is found by the parser.
    fn leave_field(&mut self, f_string: usize) {
        if let Some(fault) = self.out.diagnostics.last_mut() {
            fault.phase = Phase::Parser;
        }
        let field = self.contexts[f_string..].iter().rev().find_map(|context| match context {
            Context::Field(open) => Some(*open),
            _ => None,
        });
        self.left_fields.extend(field.map(|open| (f_string, open)));
    }

    fn innermost_f_string(&self) -> Option<(usize, FString)> {
        self.contexts.iter().enumerate().rev().find_map(|(index, context)| match context {
            Context::FString(f_string) => Some((index, *f_string)),
            _ => None,
        })
    }

    pub(super) fn f_string_start(&mut self, start: usize, opened: usize) {
        let quote = self.bytes[opened - 1];
        let triple = self.quotes_at(opened, quote, 2);
        let end = if triple { opened + 2 } else { opened };
        self.seek(end);
        let nested = self.contexts.iter().filter(|c| matches!(c, Context::FString(_)));
        if self.contexts.len() >= MAX_FSTRINGS && nested.count() >= MAX_FSTRINGS - 1 {
            self.error(start, end, "too many nested f-strings");
            self.stopped = true;
            return;
        }
        self.push(T::FStringStart, start, end);
        let raw = self.bytes[start..opened].iter().any(|byte| matches!(byte, b'r' | b'R'));
        self.contexts.push(Context::FString(FString { quote, triple, raw, start: span(start, end) }));
    }

    /// Text of an f-string or spec, up to a field or to the end of what encloses it.
    pub(super) fn f_string_text(&mut self) {
        let Some((index, f_string)) = self.innermost_f_string() else {
            // A spec without its f-string cannot be; leaving the context is harmless.
            self.contexts.pop();
            return;
        };
        let in_spec = matches!(self.contexts.last(), Some(Context::Spec));
        let start = self.at();
        let mut at = start;
        // Inside `\N{...}`, whose braces are text.
        let mut named_escape = false;
        loop {
            match self.bytes.get(at) {
                None if in_spec && self.ends_lines && !f_string.triple => {
                    self.middle(start, at, f_string);
                    self.contexts.pop();
                    return;
                }
                None => return self.f_string_unterminated(start, at, index, f_string),
                Some(b'\n' | b'\r') if !f_string.triple => {
                    if !in_spec {
                        return self.f_string_unterminated(start, at, index, f_string);
                    }
                    // The spec ends here; the field goes on with the next line.
                    self.middle(start, at, f_string);
                    self.contexts.pop();
                    return;
                }
                Some(&byte)
                    if byte == f_string.quote && (!f_string.triple || self.quotes_at(at, byte, 3)) =>
                {
                    let end = at + if f_string.triple { 3 } else { 1 };
                    self.middle(start, at, f_string);
                    if in_spec {
                        self.expecting("f-string: expecting '}', or format specs", at, end, index);
                        self.leave_field(index);
                        self.push(T::RightBrace, at, at);
                    }
                    self.push(T::FStringEnd, at, end);
                    self.contexts.truncate(index);
                    self.seek(end);
                    return;
                }
                Some(b'{') if !in_spec && self.bytes.get(at + 1) == Some(&b'{') => at += 2,
                Some(b'{') => {
                    self.middle(start, at, f_string);
                    return self.open_field(at, index);
                }
                Some(b'}') if named_escape => {
                    named_escape = false;
                    at += 1;
                }
                Some(b'}') if in_spec => {
                    self.middle(start, at, f_string);
                    self.push(T::RightBrace, at, at + 1);
                    self.contexts.pop();
                    self.contexts.pop();
                    self.seek(at + 1);
                    return;
                }
                Some(b'}') => {
                    if self.bytes.get(at + 1) == Some(&b'}') {
                        at += 2;
                    } else {
                        self.error(at, at + 1, "f-string: single '}' is not allowed");
                        at += 1;
                    }
                }
                Some(b'\\') => at = self.f_string_backslash(at, f_string.raw, &mut named_escape),
                Some(_) => at += 1,
            }
        }
    }

    /// Offset at which to go on after a backslash at `at`.
    fn f_string_backslash(&mut self, at: usize, raw: bool, named_escape: &mut bool) -> usize {
        match self.bytes.get(at + 1) {
            // A backslash does not escape a brace.
            Some(&brace @ (b'{' | b'}')) => {
                if !raw {
                    let message = format!("invalid escape sequence '\\{}'", brace as char);
                    self.error(at, at + 2, message).kind = DiagnosticKind::SyntaxWarning;
                }
                at + 1
            }
            Some(b'N') if !raw && self.bytes.get(at + 2) == Some(&b'{') => {
                *named_escape = true;
                at + 3
            }
            _ => {
                let mut end = self.after_escape(at);
                while !self.text.is_char_boundary(end) {
                    end += 1;
                }
                end
            }
        }
    }

    /// Emit the text between `start` and `end`, if any, and continue reading at `end`.
    fn middle(&mut self, start: usize, end: usize, f_string: FString) {
        if end > start {
            self.push(if f_string.raw { T::FStringRawMiddle } else { T::FStringMiddle }, start, end);
        }
        self.seek(end);
    }

    fn open_field(&mut self, at: usize, f_string: usize) {
        let depth = self.contexts[f_string..].iter().filter(|c| matches!(c, Context::Field(_))).count();
        if depth >= MAX_SPEC_NESTING {
            self.error(at - 1, at, "f-string: expressions nested too deeply");
            self.stopped = true;
            return;
        }
        self.seek(at + 1);
        self.push(T::LeftBrace, at, at + 1);
        self.open(Context::Field(span(at, at + 1)), at);
    }

    fn f_string_unterminated(&mut self, start: usize, at: usize, index: usize, f_string: FString) {
        let opened = f_string.start.start as usize;
        self.unterminated(opened, at, f_string.triple, true, false);
        self.middle(start, at, f_string);
        for context in (index + 1..self.contexts.len()).rev() {
            if matches!(self.contexts[context], Context::Field(_)) {
                self.push(T::RightBrace, at, at);
            }
        }
        self.push(T::FStringEnd, at, at);
        self.contexts.truncate(index);
    }
}
