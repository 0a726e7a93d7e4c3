//! Text to tokens: NEWLINE, INDENT and DEDENT, brackets, and the text of f-strings.
//!
//! A driver around the logos table. It keeps **one** stack of contexts, so that brackets and
//! f-strings cannot disagree about where we are.

mod bracket;
mod encoding;
mod indent;
mod number;
mod strings;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::source::{SourceFile, Span};
use crate::token::{Token, TokenKind as T};
use indent::Indentation;
use logos::{Lexer, Logos};

/// Brackets (and fields of f-strings) that may be open at once.
pub const MAX_BRACKETS: usize = 200;
/// Levels of indentation, the outermost included.
pub const MAX_INDENTS: usize = 100;
/// f-strings inside each other.
pub const MAX_FSTRINGS: usize = 150;
/// Fields inside each other's format specs.
const MAX_SPEC_NESTING: usize = 3;

/// The tokens of one text, and what was wrong with it.
#[derive(Debug, Default)]
pub struct Tokenized {
    pub tokens: Vec<Token>,
    /// Comments, in order, `#` included.
    pub comments: Vec<Span>,
    pub diagnostics: Vec<Diagnostic>,
    /// For each diagnostic the number of tokens before it.
    pub marks: Vec<usize>,
}

/// Split a text into tokens. Never fails: faults become diagnostics and the rest goes on.
pub fn tokenize(source: &SourceFile) -> Tokenized {
    let strict = Layout::new(source, false).run();
    if strict.1 {
        // A bracket stayed open to the end of the text. Now that this is known, the first line
        // that can only be a new statement ends the bracket, and the rest is still checked.
        return Layout::new(source, true).run().0;
    }
    strict.0
}

/// The same, and a bracket that stays open is taken to be open to the end.
/// `ends_lines`: the end of the text ends its line.
pub(crate) fn tokenize_strictly(source: &SourceFile, ends_lines: bool) -> Tokenized {
    let mut layout = Layout::new(source, false);
    layout.ends_lines = ends_lines;
    layout.run().0
}

/// What is wrong with the encoding that a file declares.
pub(crate) fn declared_encoding(source: &SourceFile) -> Vec<Diagnostic> {
    let mut layout = Layout::new(source, false);
    layout.declared_encoding();
    layout.out.diagnostics
}

/// What encloses the place that is being read.
enum Context {
    /// An open bracket of the program.
    Bracket(T, Span),
    /// The text of an f-string.
    FString(FString),
    /// The expression of a replacement field; the span is its `{`.
    Field(Span),
    /// The format spec of the field below.
    Spec,
}

#[derive(Clone, Copy)]
struct FString {
    quote: u8,
    triple: bool,
    raw: bool,
    start: Span,
}

struct Layout<'t> {
    source: &'t SourceFile,
    text: &'t str,
    bytes: &'t [u8],
    lexer: Lexer<'t, T>,
    out: Tokenized,
    contexts: Vec<Context>,
    indents: Vec<Indentation>,
    /// The next token begins a logical line.
    at_line_start: bool,
    /// Give up open brackets at a line that can only be a statement.
    close_brackets: bool,
    /// The end of the text is the end of a line, too.
    ends_lines: bool,
    /// An unclosed bracket was given up.
    gave_up: bool,
    /// Fields that the end of their f-string left open, each with the number of contexts around.
    left_fields: Vec<(usize, Span)>,
    /// A limit was hit: the rest of the text is left out.
    stopped: bool,
}

impl<'t> Layout<'t> {
    fn new(source: &'t SourceFile, close_brackets: bool) -> Self {
        let text = source.text();
        let mut layout = Self {
            source,
            text,
            bytes: text.as_bytes(),
            lexer: T::lexer(text),
            out: Tokenized::default(),
            contexts: Vec::new(),
            indents: vec![Indentation { column: 0, narrow: 0 }],
            at_line_start: true,
            close_brackets,
            ends_lines: false,
            gave_up: false,
            left_fields: Vec::new(),
            stopped: false,
        };
        layout.out.tokens.reserve(text.len() / 4);
        if text.starts_with('\u{feff}') {
            layout.seek('\u{feff}'.len_utf8());
        }
        layout
    }

    /// The tokens, and whether a bracket stayed open to the end.
    fn run(mut self) -> (Tokenized, bool) {
        if let Some(at) = self.bytes.iter().position(|&byte| byte == 0) {
            self.error(at, at + 1, "source code cannot contain null bytes");
            return (self.out, false);
        }
        while !self.stopped {
            match self.contexts.last() {
                Some(Context::FString(_) | Context::Spec) => self.f_string_text(),
                _ => {
                    if self.at_line_start && self.contexts.is_empty() {
                        self.indentation();
                    }
                    match self.lexer.next() {
                        Some(shape) => self.token(shape),
                        None => break,
                    }
                }
            }
        }
        let unclosed = self.finish();
        (self.out, unclosed)
    }

    /// Offset of the next byte to read.
    fn at(&self) -> usize {
        self.lexer.span().end
    }

    /// Continue reading at `at`, forwards or backwards.
    fn seek(&mut self, at: usize) {
        if at < self.at() {
            self.lexer = T::lexer(self.text);
        }
        let distance = at - self.at();
        self.lexer.bump(distance);
    }

    fn push(&mut self, kind: T, start: usize, end: usize) {
        self.out.tokens.push(Token { kind, span: span(start, end) });
    }

    fn error(&mut self, start: usize, end: usize, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::error(Phase::Tokenizer, message, span(start, end)))
    }

    /// A fault that CPython's tokenizer meets but leaves to the parser to report: an earlier
    /// fault of the parser comes first then.
    fn late_error(&mut self, start: usize, end: usize, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::error(Phase::Parser, message, span(start, end)))
    }

    fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.out.marks.push(self.out.tokens.len());
        self.out.diagnostics.push(diagnostic);
        self.out.diagnostics.last_mut().expect("one was just pushed")
    }

    /// One token of the program.
    fn token(&mut self, shape: Result<T, ()>) {
        let range = self.lexer.span();
        let Ok(kind) = shape else { return self.bad_character(range.start) };
        match kind {
            T::Newline => self.newline(range.start, range.end),
            T::Comment => self.out.comments.push(span(range.start, range.end)),
            T::Continuation => {
                if range.end == self.bytes.len() {
                    let after = range.start + 1;
                    self.late_error(after, range.end, "unexpected EOF while parsing").incomplete = true;
                }
            }
            T::Int => self.number(range.start),
            T::String => self.string(range.start, range.end),
            T::FStringStart => self.f_string_start(range.start, range.end),
            T::LeftParen | T::LeftBracket | T::LeftBrace => {
                self.open(Context::Bracket(kind, span(range.start, range.end)), range.start);
                self.push(kind, range.start, range.end);
            }
            T::RightParen | T::RightBracket | T::RightBrace => self.close(kind, range.start),
            T::Colon | T::Walrus if matches!(self.contexts.last(), Some(Context::Field(_))) => {
                // A format spec begins at the first colon outside brackets, that of ':=' included.
                self.push(T::Colon, range.start, range.start + 1);
                self.contexts.push(Context::Spec);
                self.seek(range.start + 1);
            }
            _ => self.push(kind, range.start, range.end),
        }
    }

    fn bad_character(&mut self, start: usize) {
        let character =
            self.text[start..].chars().next().expect("logos fails on a character, not at the end");
        let end = start + character.len_utf8();
        self.seek(end);
        match character {
            '\\' if end == self.bytes.len() => {
                self.late_error(end, end, "unexpected EOF while parsing").incomplete = true;
            }
            '\\' => {
                let next = self.text[end..].chars().next().map_or(0, char::len_utf8);
                self.late_error(end, end + next, "unexpected character after line continuation character");
            }
            // CPython's tokenizer lets these pass; its parser knows no use for them.
            '$' | '?' | '`' => {}
            _ if is_printable(character) => {
                let message = format!("invalid character '{character}' (U+{:04X})", character as u32);
                self.error(start, end, message);
            }
            _ => {
                let message = format!("invalid non-printable character U+{:04X}", character as u32);
                self.error(start, end, message);
            }
        }
        self.push(T::Error, start, end);
    }

    fn number(&mut self, start: usize) {
        let number = number::scan_number(self.bytes, start);
        if let Some(fault) = number.fault {
            self.error(fault.start, fault.end, fault.message);
        }
        if let Some((at, name)) = number.glued {
            self.error(at, at + 1, format!("invalid {name} literal")).kind = DiagnosticKind::SyntaxWarning;
        }
        self.seek(number.end);
        self.push(number.kind, start, number.end);
    }

    /// Close everything that is open at the end; tells whether a bracket was.
    fn finish(&mut self) -> bool {
        let unclosed = !self.stopped && self.give_up_brackets(true);
        let end = self.bytes.len();
        if self.out.tokens.last().is_some_and(|token| token.kind != T::Newline) {
            self.push(T::Newline, end, end);
        }
        for _ in 1..self.indents.len() {
            self.push(T::Dedent, end, end);
        }
        unclosed
    }
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

/// Near enough to Python's `str.isprintable` for one character in an error text.
fn is_printable(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && !matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{10ffff}')
}
