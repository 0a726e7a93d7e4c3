//! The tokens as CPython's tokenizer hands them out, and where it stands after each of them.

use crate::diagnostic::Diagnostic;
use crate::layout::{self, Tokenized};
use crate::source::{SourceFile, Span};
use crate::token::TokenKind as T;
use crate::{DiagnosticKind, Mode};

/// A token, or the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tok {
    /// `None` at the end of the text.
    pub kind: Option<T>,
    pub span: Span,
    /// Whether CPython knows where it stands: not of indents, dedents and the end.
    pub is_placed: bool,
    /// Brackets open behind it.
    pub level: u16,
    /// Up to where the text was read.
    pub read: u32,
}

/// What ends the tokens.
#[derive(Debug, Clone)]
pub(super) enum Stop {
    /// The end of the text.
    End,
    /// The end of the text, with an open bracket.
    Unclosed(Span),
    /// The tokenizer raises this at once.
    Raised(Box<Diagnostic>),
    /// The tokenizer fails, and the parser finds words for it.
    Failed(Failed),
}

/// Why the tokenizer failed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failed {
    /// A backslash at the end of the text.
    EndOfText,
    /// Something else than a line end behind a backslash at this place.
    Continuation(u32),
    Unindent,
    Tabs,
    TooDeep,
}

/// The tokens of a text up to its end or to the first of its faults.
pub(super) struct Stream {
    pub tokens: Vec<Tok>,
    pub stop: Stop,
    /// Up to where the text is read when the stop is met.
    pub stop_read: u32,
}

/// Whether a mode wants the last line to end.
pub(super) fn ends_lines(mode: Mode) -> bool {
    matches!(mode, Mode::Module | Mode::Interactive)
}

/// Read the tokens of a text.
pub(super) fn stream(source: &SourceFile, mode: Mode) -> Stream {
    let text = source.text();
    let end = text.len() as u32;
    let Tokenized { tokens, comments, diagnostics, marks } =
        layout::tokenize_strictly(source, ends_lines(mode));
    let errors = diagnostics.into_iter().zip(marks).filter(|(fault, _)| fault.kind.is_error());
    let mut stop = None;
    for (fault, mark) in errors {
        // The parser's to find.
        if fault.message.starts_with("f-string: expecting '}', or") {
            continue;
        }
        stop = Some((fault, mark));
        break;
    }
    let count = stop.as_ref().map_or(tokens.len(), |(_, mark)| *mark);
    let mut all: Vec<Tok> = Vec::with_capacity(count + 2);
    let mut level = 0u16;
    let mut nests: Vec<Nest> = Vec::new();
    let mut comments = comments.into_iter().peekable();
    for (index, token) in tokens[..count].iter().enumerate() {
        let mut span = token.span;
        let mut tok = Tok { kind: Some(token.kind), span, is_placed: true, level, read: span.end };
        match token.kind {
            T::LeftParen | T::LeftBracket | T::LeftBrace => level += 1,
            T::RightParen | T::RightBracket | T::RightBrace => level = level.saturating_sub(1),
            T::Indent | T::Dedent => tok.is_placed = false,
            T::Newline => {
                while comments.next_if(|comment| comment.end < span.start).is_some() {}
                let comment = comments.next_if(|comment| comment.end == span.start);
                let is_implied = span.start == span.end;
                if is_implied && !ends_lines(mode) {
                    if mode != Mode::Single {
                        continue;
                    }
                    tok.is_placed = false;
                }
                span = Span::new(comment.map_or(span.start, |comment| comment.start), span.start);
            }
            _ => {}
        }
        if ends_spec(&mut nests, token.kind, all.last()) {
            let at = Span::new(span.start, span.start);
            all.push(Tok { kind: Some(T::FStringMiddle), span: at, read: at.end, ..tok });
        }
        // A line of blanks that no line end follows is a line to CPython.
        if matches!(token.kind, T::Dedent) && span.start == end && index > 0 {
            tok.read = end;
        }
        tok.span = span;
        tok.level = level;
        all.push(tok);
    }
    let at_end = Tok { kind: None, span: Span::new(end, end), is_placed: false, level: 0, read: end };
    let mut stop_read = end;
    let stop = match stop {
        None => {
            let is_even = ends_lines(mode) || finish(source, mode, &mut all, at_end);
            if !is_even {
                stop_read = end;
            }
            if is_even {
                all.push(at_end);
                Stop::End
            } else {
                Stop::Failed(Failed::Unindent)
            }
        }
        Some((fault, _)) if fault.message.ends_with("was never closed") => Stop::Unclosed(fault.span),
        Some((fault, _)) => {
            let failed = match &*fault.message {
                "unexpected EOF while parsing" if ends_lines(mode) || text.ends_with(['\n', '\r']) => {
                    Some(Failed::EndOfText)
                }
                "unexpected EOF while parsing" => Some(Failed::Continuation(end)),
                "unexpected character after line continuation character" => {
                    Some(Failed::Continuation(fault.span.end))
                }
                "too many levels of indentation" => Some(Failed::TooDeep),
                _ if fault.kind == DiagnosticKind::TabError => Some(Failed::Tabs),
                message if message.starts_with("unindent does not match") => Some(Failed::Unindent),
                _ => None,
            };
            if matches!(failed, Some(Failed::Continuation(_))) {
                // A backslash that stands first in its line is met before the indentation is told.
                let is_told = |tok: &mut Tok| !tok.is_placed && tok.span.end + 1 == fault.span.start;
                while all.pop_if(is_told).is_some() {}
            }
            if let Some(failed) = failed {
                stop_read = match failed {
                    Failed::EndOfText => end,
                    _ => fault.span.start,
                };
                Stop::Failed(failed)
            } else {
                stop_read = fault.span.start;
                Stop::Raised(Box::new(fault))
            }
        }
    };
    Stream { tokens: all, stop, stop_read }
}

/// What a token may stand in.
#[derive(Clone, Copy, PartialEq)]
enum Nest {
    Text,
    /// A field, and whether its format spec has begun.
    Field(bool),
    Bracket,
}

/// Follow the nesting of f-strings. Tells whether CPython has a text, if an empty one, before
/// the brace that ends a format spec.
fn ends_spec(nests: &mut Vec<Nest>, kind: T, before: Option<&Tok>) -> bool {
    match kind {
        T::FStringStart => nests.push(Nest::Text),
        T::FStringEnd => while nests.pop().is_some_and(|nest| nest != Nest::Text) {},
        T::LeftBrace if matches!(nests.last(), Some(Nest::Text | Nest::Field(true))) => {
            nests.push(Nest::Field(false));
        }
        T::LeftBrace | T::LeftParen | T::LeftBracket => nests.push(Nest::Bracket),
        T::Colon => {
            if let Some(Nest::Field(in_spec)) = nests.last_mut() {
                *in_spec = true;
            }
        }
        T::RightBrace | T::RightParen | T::RightBracket => {
            let is_text = |tok: &Tok| matches!(tok.kind, Some(T::FStringMiddle | T::FStringRawMiddle));
            return nests.pop() == Some(Nest::Field(true)) && !before.is_some_and(is_text);
        }
        _ => {}
    }
    false
}

/// Tokens at the end of a text whose last line need not end. Tells whether the indentation of
/// that line is one of those before.
fn finish(source: &SourceFile, mode: Mode, tokens: &mut Vec<Tok>, at_end: Tok) -> bool {
    let text = source.text();
    let line = &text[text.rfind(['\n', '\r']).map_or(0, |at| at + 1)..];
    let blanks = &line[..line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len()];
    let is_comment = line[blanks.len()..].starts_with('#');
    let (newline, dedent) =
        (Tok { kind: Some(T::Newline), ..at_end }, Tok { kind: Some(T::Dedent), ..at_end });
    let mut open = Vec::new();
    if !line.is_empty() && (is_comment || blanks.len() == line.len()) {
        // A line of blanks is indented, a comment is not.
        let closing = tokens.iter().rev().take_while(|tok| tok.kind == Some(T::Dedent)).count();
        tokens.truncate(tokens.len() - closing);
        open = open_blocks(source, tokens);
        if !is_comment {
            let width = width(blanks);
            while open.last().is_some_and(|&top| top > width) {
                open.pop();
                tokens.push(dedent);
            }
            let top = open.last().copied().unwrap_or(0);
            if width > top && tokens.last().is_some_and(|last| last.kind == Some(T::Dedent)) {
                return false;
            }
            if width > top {
                tokens.push(Tok { kind: Some(T::Indent), ..at_end });
                open.push(width);
            }
        }
    }
    if mode != Mode::Single || tokens.is_empty() {
        tokens.extend(open.iter().map(|_| dedent));
        return true;
    }
    // CPython takes the end of a single statement for the end of a line, once behind the last
    // token and once more behind what closes the blocks.
    if !open.is_empty() {
        tokens.push(newline);
        tokens.extend(open.iter().map(|_| dedent));
    }
    if tokens.last().is_some_and(|last| last.kind != Some(T::Newline) || last.is_placed) {
        tokens.push(newline);
    }
    true
}

/// Columns that blanks take.
fn width(blanks: &str) -> usize {
    blanks.bytes().fold(0, |column, byte| match byte {
        b'\t' => (column / 8 + 1) * 8,
        b'\x0c' => 0,
        _ => column + 1,
    })
}

/// The columns of the blocks that are open behind the tokens.
fn open_blocks(source: &SourceFile, tokens: &[Tok]) -> Vec<usize> {
    let mut open: Vec<usize> = Vec::new();
    for tok in tokens {
        match tok.kind {
            Some(T::Indent) => open.push(width(source.slice(tok.span))),
            Some(T::Dedent) => drop(open.pop()),
            _ => {}
        }
    }
    open
}
