//! Errors and their places, as CPython's parser computes them.

use super::machine::Machine;
use super::node::{Kind, NodeId};
use super::tokens::{Failed, Stop, Tok, ends_lines};
use crate::diagnostic::{Diagnostic, Exact, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use crate::{DiagnosticKind, Mode};

/// An error that ends the reading.
#[derive(Debug)]
pub(super) struct Raised {
    diagnostic: Box<Diagnostic>,
    /// Whether the tokenizer itself raised it: nothing that follows can replace it.
    is_tokenizers: bool,
}

/// Where a range ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Nowhere.
    None,
    /// CPython calls it unknown.
    Unknown,
    /// In this line, behind this many bytes (from 1).
    At(u32, u32),
    /// Where the tokenizer stands.
    Read,
}

impl Machine<'_> {
    /// Up to where the text has been read.
    fn read(&self) -> u32 {
        match self.fetched.checked_sub(1) {
            None => 0,
            Some(last) => match self.tokens.get(last) {
                Some(tok) => tok.read,
                None => self.stop_read,
            },
        }
    }

    fn last_token(&self) -> Option<Tok> {
        self.fetched.checked_sub(1).and_then(|last| self.tokens.get(last)).copied()
    }

    fn has_last_newline(&self) -> bool {
        self.source.text().ends_with(['\n', '\r'])
    }

    /// The line the tokenizer is in, and how many bytes of it were read.
    fn reading(&self) -> (u32, u32) {
        let text = self.source.text();
        if text.is_empty() {
            return (0, 0);
        }
        let read = self.read();
        let is_newline = self.last_token().is_some_and(|tok| tok.kind == Some(T::Newline) && tok.is_placed);
        if is_newline {
            let line = self.source.line(read.min(self.newline_start()));
            return (line, self.newline_start() - self.source.line_start(line) + 1);
        }
        let is_at_end = read as usize == text.len();
        if is_at_end && self.ended() {
            // Behind the last line end no line begins.
            let before = text.len() as u32 - u32::from(self.has_last_newline());
            let before = if text.ends_with("\r\n") { before - 1 } else { before };
            let line = self.source.line(before);
            let width = before - self.source.line_start(line);
            let has_end = self.has_last_newline() || (ends_lines(self.mode) && !text.is_empty());
            return (line, width + u32::from(has_end));
        }
        let line = self.source.line(read);
        (line, read - self.source.line_start(line))
    }

    fn newline_start(&self) -> u32 {
        self.last_token().map_or(0, |tok| tok.span.end)
    }

    /// Whether the last token was made of the end of the text.
    fn ended(&self) -> bool {
        match self.last_token() {
            Some(tok) => tok.kind.is_none() || !tok.is_placed,
            None => true,
        }
    }

    /// Start of the text that CPython's tokenizer holds while it is in a line: lines joined by a
    /// backslash or by a string are held together.
    fn held_from(&self, line: u32) -> u32 {
        let mut first = line;
        loop {
            let start = self.source.line_start(first);
            let index = self.tokens.partition_point(|tok| tok.span.start < start);
            let string = self.tokens[..index].iter().rev().take(3).find(|tok| {
                let is_text = matches!(tok.kind, Some(T::String | T::FStringMiddle | T::FStringRawMiddle));
                is_text && tok.span.start < start && tok.span.end >= start
            });
            if let Some(string) = string {
                first = self.source.line(string.span.start);
            } else if first > 1
                && self.source.line_text(first - 1).ends_with('\\')
                && self.is_inside_line(&self.tokens[..index])
            {
                first -= 1;
            } else {
                return first;
            }
        }
    }

    /// Whether a logical line has begun with these tokens: a backslash before its first token joins
    /// no lines.
    fn is_inside_line(&self, before: &[Tok]) -> bool {
        let is_layout = |kind| matches!(kind, Some(T::Newline | T::Indent | T::Dedent));
        before.last().is_some_and(|tok| !is_layout(tok.kind))
    }

    /// What CPython quotes of the text for an error in `line`.
    fn quoted(&self, line: u32) -> String {
        let (reading, _) = self.reading();
        if reading == 0 {
            return String::new();
        }
        if reading > line {
            return self.source.line_text(line).to_owned();
        }
        let first = self.held_from(reading);
        let mut text = String::new();
        for held in first..=reading {
            text.push_str(self.source.line_text(held));
            let is_last = held >= self.source.line_count();
            if !is_last || (ends_lines(self.mode) && !self.has_last_newline()) {
                text.push('\n');
            }
        }
        text
    }

    /// An error at `column` bytes (from 1; 0: nowhere) of a line.
    fn raise(
        &mut self,
        kind: DiagnosticKind,
        message: String,
        (line, column): (u32, u32),
        end: End,
        span: Span,
    ) -> Raised {
        let text = self.quoted(line);
        let (reading, read) = self.reading();
        let (end_line, end_column) = match end {
            End::None => (line, 0),
            End::Unknown => (line, -1),
            End::At(end_line, 0) => (end_line, 0),
            End::At(end_line, column) => (end_line, characters(&text, column)),
            End::Read => (reading, characters(&text, read)),
        };
        let exact = Exact {
            line: i64::from(line),
            offset: characters(&text, column),
            end_line: i64::from(end_line),
            end_offset: end_column,
            text,
        };
        let mut diagnostic = Diagnostic::error(Phase::Parser, message, span).with_kind(kind);
        diagnostic.exact = Some(Box::new(exact));
        Raised { diagnostic: Box::new(diagnostic), is_tokenizers: false }
    }

    /// Line and bytes from 1 of a place.
    fn place(&self, at: u32) -> (u32, u32) {
        let line = self.source.line(at);
        (line, at - self.source.line_start(line) + 1)
    }

    fn raise_span(&mut self, span: Span, message: String) -> Raised {
        let (end_line, end_column) = self.place(span.end);
        let place = self.place(span.start);
        self.raise(DiagnosticKind::SyntaxError, message, place, End::At(end_line, end_column), span)
    }

    /// From the start of one node to the end of another.
    pub(super) fn raise_range(&mut self, from: NodeId, to: NodeId, message: String) -> Raised {
        let span = Span::new(self.nodes.get(from).span.start, self.nodes.get(to).span.end);
        self.raise_span(span, message)
    }

    /// The same; of a list or comprehension the last part counts.
    pub(super) fn raise_between(&mut self, from: NodeId, to: NodeId, message: String) -> Raised {
        let span = Span::new(self.nodes.get(from).span.start, self.nodes.end_of(to));
        self.raise_span(span, message)
    }

    /// From a node to where the tokenizer stands.
    pub(super) fn raise_onward(&mut self, from: NodeId, message: String) -> Raised {
        let start = self.nodes.get(from).span.start;
        let span = Span::new(start, self.read().max(start));
        let mut place = self.place(start);
        if self.nodes.get(from).kind == Kind::Nowhere {
            place.1 = 0;
        }
        self.raise(DiagnosticKind::SyntaxError, message, place, End::Read, span)
    }

    /// At the last byte of a node, with no end.
    pub(super) fn raise_before_end(&mut self, node: NodeId, message: String) -> Raised {
        let span = self.nodes.get(node).span;
        let line = self.source.line(span.start);
        let (_, end) = self.place(span.end);
        let at = Span::new(span.end.saturating_sub(1), span.end);
        self.raise(DiagnosticKind::SyntaxError, message, (line, end - 1), End::None, at)
    }

    /// Somewhere in the line of a token.
    pub(super) fn raise_in_line(&mut self, span: Span, message: String) -> Raised {
        let line = self.source.line(span.start);
        self.raise(DiagnosticKind::SyntaxError, message, (line, 0), End::None, span)
    }

    /// At a token, wherever CPython believes it to be.
    pub(super) fn raise_at_token(&mut self, tok: Tok, message: String) -> Raised {
        if tok.is_placed {
            return self.raise_at_placed(DiagnosticKind::SyntaxError, tok, message);
        }
        let line = self.unplaced_line(tok);
        self.raise(DiagnosticKind::SyntaxError, message, (line, 0), End::None, tok.span)
    }

    /// The same, but what stands nowhere stands where the tokenizer does.
    pub(super) fn raise_at_token_loosely(&mut self, tok: Tok, message: String) -> Raised {
        self.raise_loosely(DiagnosticKind::SyntaxError, Some(tok), message)
    }

    /// At the last token that was read.
    pub(super) fn raise_here(&mut self, message: String) -> Raised {
        self.raise_loosely(DiagnosticKind::SyntaxError, self.last_token(), message)
    }

    /// The same for a block that is missing.
    pub(super) fn raise_indentation(&mut self, message: String) -> Raised {
        self.raise_loosely(DiagnosticKind::IndentationError, self.last_token(), message)
    }

    fn raise_loosely(&mut self, kind: DiagnosticKind, tok: Option<Tok>, message: String) -> Raised {
        match tok {
            Some(tok) if tok.is_placed => self.raise_at_placed(kind, tok, message),
            _ => {
                let (line, read) = self.reading();
                let at = tok.map_or(self.read(), |tok| tok.span.end);
                self.raise(kind, message, (line, read), End::Unknown, Span::new(at, at))
            }
        }
    }

    fn raise_at_placed(&mut self, kind: DiagnosticKind, tok: Tok, message: String) -> Raised {
        let (end_line, end_column) = self.place(tok.span.end);
        // The end of a line is one column wide.
        let width = u32::from(tok.kind == Some(T::Newline));
        let place = self.place(tok.span.start);
        self.raise(kind, message, place, End::At(end_line, end_column + width), tok.span)
    }

    fn unplaced_line(&self, tok: Tok) -> u32 {
        let text = self.source.text();
        if text.is_empty() {
            return 0;
        }
        if tok.span.start as usize == text.len() {
            let before = text.len() as u32 - u32::from(self.has_last_newline());
            self.source.line(before)
        } else {
            self.source.line(tok.span.end)
        }
    }

    /// What the parser says when the tokens end too early.
    pub(super) fn tokenizer_stop(&mut self) -> Raised {
        match self.stop.clone() {
            Stop::End => self.raise_here("invalid syntax".to_owned()),
            Stop::Unclosed(bracket) => self.unclosed(bracket),
            Stop::Raised(diagnostic) => Raised { diagnostic, is_tokenizers: true },
            Stop::Failed(failed) => {
                let mut raised = self.tokenizer_failed(failed);
                raised.is_tokenizers = true;
                raised
            }
        }
    }

    fn unclosed(&mut self, bracket: Span) -> Raised {
        let message = format!("'{}' was never closed", self.source.slice(bracket));
        let place = self.place(bracket.start);
        let mut raised = self.raise(DiagnosticKind::SyntaxError, message, place, End::None, bracket);
        raised.is_tokenizers = true;
        raised
    }

    fn tokenizer_failed(&mut self, failed: Failed) -> Raised {
        let line = self.reading().0;
        let at = Span::new(self.stop_read, self.stop_read);
        match failed {
            Failed::EndOfText => {
                let open = self.open_bracket();
                match open {
                    Some(bracket) => self.unclosed(bracket),
                    None => self.raise_here("unexpected EOF while parsing".to_owned()),
                }
            }
            Failed::Continuation(end) => {
                let line = self.source.line(self.stop_read);
                let held = self.source.line_start(self.held_from(line));
                let message = "unexpected character after line continuation character".to_owned();
                let span = Span::new(self.stop_read, end);
                let column = end - held;
                self.raise(DiagnosticKind::SyntaxError, message, (line, column), End::None, span)
            }
            Failed::Unindent => {
                let message = "unindent does not match any outer indentation level".to_owned();
                let line = self.source.line(self.stop_read);
                let width = self.source.line_text(line).len() as u32;
                let is_last = line >= self.source.line_count();
                let has_end = !is_last || ends_lines(self.mode);
                let place = (line, width + u32::from(has_end));
                self.raise(DiagnosticKind::IndentationError, message, place, End::Unknown, at)
            }
            Failed::Tabs => {
                let message = "inconsistent use of tabs and spaces in indentation".to_owned();
                self.raise(DiagnosticKind::TabError, message, (line, 1), End::None, at)
            }
            Failed::TooDeep => {
                let message = "too many levels of indentation".to_owned();
                self.raise(DiagnosticKind::IndentationError, message, (line, 1), End::None, at)
            }
        }
    }

    /// The innermost bracket that is open where the tokens end.
    fn open_bracket(&self) -> Option<Span> {
        let mut open = Vec::new();
        for tok in &self.tokens {
            match tok.kind {
                Some(T::LeftParen | T::LeftBracket | T::LeftBrace) => open.push(tok.span),
                Some(T::RightParen | T::RightBracket | T::RightBrace) => drop(open.pop()),
                _ => {}
            }
        }
        open.pop()
    }

    /// An error of the parser gives way to what the tokenizer would raise in the rest.
    pub(super) fn after_raise(&mut self, raised: Raised) -> Diagnostic {
        if raised.is_tokenizers {
            return *raised.diagnostic;
        }
        *self.or_rest(raised).diagnostic
    }

    fn or_rest(&mut self, raised: Raised) -> Raised {
        let reading = match self.last_token() {
            Some(tok) if tok.is_placed => self.source.line(tok.span.start),
            _ => self.reading().0,
        };
        if self.stops_in_f_string() {
            return raised;
        }
        match self.stop.clone() {
            Stop::Raised(diagnostic) => Raised { diagnostic, is_tokenizers: true },
            Stop::Unclosed(bracket) if reading > self.source.line(bracket.start) => {
                self.fetched = self.tokens.len() + 1;
                self.unclosed(bracket)
            }
            Stop::Failed(Failed::EndOfText | Failed::Unindent | Failed::Tabs | Failed::TooDeep)
            | Stop::Failed(Failed::Continuation(_)) => match self.open_bracket() {
                Some(bracket) if reading > self.source.line(bracket.start) => {
                    self.fetched = self.tokens.len() + 1;
                    self.unclosed(bracket)
                }
                _ => raised,
            },
            Stop::Unclosed(_) | Stop::End => raised,
        }
    }

    /// Whether the tokens end inside an f-string: what the tokenizer says of it then does not
    /// replace what the parser said.
    fn stops_in_f_string(&self) -> bool {
        let depth = self.tokens.iter().fold(0i32, |depth, tok| match tok.kind {
            Some(T::FStringStart) => depth + 1,
            Some(T::FStringEnd) => depth - 1,
            _ => depth,
        });
        depth > 0
    }

    /// No rule for wrong text has words for it: the last token of the first reading is wrong.
    pub(super) fn generic(&mut self, last: usize) -> Diagnostic {
        let Some(tok) = self.tokens.get(last).copied() else {
            let raised = self.tokenizer_stop();
            return *raised.diagnostic;
        };
        match tok.kind {
            Some(T::Indent) => return *self.raise_indentation("unexpected indent".to_owned()).diagnostic,
            Some(T::Dedent) => return *self.raise_indentation("unexpected unindent".to_owned()).diagnostic,
            _ => {}
        }
        let raised = self.raise_at_token(tok, "invalid syntax".to_owned());
        *self.or_rest(raised).diagnostic
    }

    /// A single statement must be all there is.
    pub(super) fn second_statement(&mut self) -> Option<Diagnostic> {
        if self.mode != Mode::Single {
            return None;
        }
        let last = self.mark.checked_sub(1).and_then(|index| self.tokens.get(index))?;
        let rest = &self.source.text()[last.read.max(self.read()) as usize..];
        let is_blank = rest.lines().all(|line| {
            let line = line.trim_start_matches([' ', '\t', '\x0c']);
            line.is_empty() || line.starts_with('#')
        });
        if is_blank {
            return None;
        }
        let message = "multiple statements found while compiling a single statement";
        Some(*self.raise_here(message.to_owned()).diagnostic)
    }
}

/// Characters among the first `bytes` bytes of a text; one that is cut counts.
fn characters(text: &str, bytes: u32) -> i64 {
    let bytes = (bytes as usize).min(text.len() + 1);
    let inside = bytes.min(text.len());
    let mut whole = inside;
    while !text.is_char_boundary(whole) {
        whole -= 1;
    }
    let count = text[..whole].chars().count() + usize::from(whole < inside) + (bytes - inside);
    count as i64
}
