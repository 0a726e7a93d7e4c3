//! From "found this, expected those" to CPython's words.
//!
//! A table of rules over the token found, the tokens around it and the brackets open there. It
//! keeps the grammar free of productions for wrong programs.

use crate::ast::{Constant, ExprKind};
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::parser::Failure;
use crate::source::{SourceFile, Span};
use crate::token::{Token, TokenKind as T};
use chumsky::error::{RichPattern, RichReason};

/// What CPython calls an expression that stands where it may not.
pub(crate) fn expression_name(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Error => "expression",
        ExprKind::Constant(constant) => constant_name(constant),
        ExprKind::Name(_) => "name",
        ExprKind::JoinedStr(_) => "f-string expression",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) => "list",
        ExprKind::Set(_) => "set display",
        ExprKind::Dict(_) => "dict literal",
        ExprKind::ListComp(_) => "list comprehension",
        ExprKind::SetComp(_) => "set comprehension",
        ExprKind::GeneratorExp(_) => "generator expression",
        ExprKind::DictComp(_) => "dict comprehension",
        ExprKind::BinOp(..) | ExprKind::BoolOp(..) | ExprKind::UnaryOp(..) => "expression",
        ExprKind::Compare(..) => "comparison",
        ExprKind::IfExp(_) => "conditional expression",
        ExprKind::Lambda(_) => "lambda",
        ExprKind::NamedExpr(..) => "named expression",
        ExprKind::Starred(_) => "starred",
        ExprKind::Await(_) => "await expression",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "yield expression",
        ExprKind::Call(_) => "function call",
        ExprKind::Attribute(..) => "attribute",
        ExprKind::Subscript(..) => "subscript",
        ExprKind::Slice(_) => "slice",
    }
}

/// The same for a constant.
pub(crate) fn constant_name(constant: &Constant) -> &'static str {
    match constant {
        Constant::None => "None",
        Constant::True => "True",
        Constant::False => "False",
        Constant::Ellipsis => "ellipsis",
        Constant::Int(_)
        | Constant::BigInt(_)
        | Constant::Float(_)
        | Constant::Imaginary(_)
        | Constant::Str(_)
        | Constant::Bytes(_) => "literal",
    }
}

/// The diagnostics of tokenizer and parser together. One complaint per logical line is enough
/// from the parser, and none where the tokenizer has already found a fault.
pub(crate) fn explain_all(
    source: &SourceFile,
    tokens: &[Token],
    lexical: Vec<Diagnostic>,
    failures: &[Failure<'_>],
) -> Vec<Diagnostic> {
    let mut faults: Vec<u32> = lexical.iter().filter(|d| d.kind.is_error()).map(|d| d.span.start).collect();
    faults.sort_unstable();
    let mut out = lexical;
    let mut last_line = None;
    for failure in failures {
        let diagnostic = explain(source, tokens, failure);
        if let RichReason::Custom(_) = failure.reason() {
            if !out.contains(&diagnostic) {
                out.push(diagnostic);
            }
            continue;
        }
        let (start, end) = logical_line(source, tokens, diagnostic.span.start);
        let first = faults.partition_point(|&fault| fault < start);
        let is_lexical = faults.get(first).is_some_and(|&fault| fault <= end);
        if !is_lexical && last_line != Some(start) {
            out.push(diagnostic);
        }
        last_line = Some(start);
    }
    out
}

/// Start and end of the logical line around an offset.
fn logical_line(source: &SourceFile, tokens: &[Token], offset: u32) -> (u32, u32) {
    let at = tokens.partition_point(|token| token.span.end <= offset);
    let before = tokens[..at].iter().rposition(|token| token.kind == T::Newline);
    let after = tokens[at..].iter().position(|token| token.kind == T::Newline);
    let start = before.map_or(0, |index| tokens[index].span.end);
    let end = after.map_or(source.text().len() as u32, |length| tokens[at + length].span.end);
    (start, end)
}

/// The diagnostic for one failure of the parser.
pub(crate) fn explain(source: &SourceFile, tokens: &[Token], failure: &Failure<'_>) -> Diagnostic {
    let expected: Vec<T> = match failure.reason() {
        RichReason::Custom(diagnostic) => return diagnostic.clone(),
        RichReason::ExpectedFound { expected, .. } => expected
            .iter()
            .filter_map(|pattern| match pattern {
                RichPattern::Token(kind) => Some(**kind),
                _ => None,
            })
            .collect(),
    };
    let start = failure.span().start;
    let at = tokens.partition_point(|token| {
        token.span.start < start || (token.span.start == start && token.span.end < failure.span().end)
    });
    let place = Place::new(source, tokens, at, expected);
    place.explain()
}

/// The surroundings of a failure.
struct Place<'a> {
    source: &'a SourceFile,
    tokens: &'a [Token],
    /// Index of the token found; past the last at the end of the text.
    at: usize,
    expected: Vec<T>,
    /// Index of the first token of the logical line.
    line_start: usize,
    /// Indices of the brackets open at the failure, in this logical line.
    open: Vec<usize>,
}

impl<'a> Place<'a> {
    fn new(source: &'a SourceFile, tokens: &'a [Token], at: usize, expected: Vec<T>) -> Self {
        let at = at.min(tokens.len());
        let mut line_start = at;
        while line_start > 0 && !is_layout(tokens[line_start - 1].kind) {
            line_start -= 1;
        }
        let mut open = Vec::new();
        for (index, token) in tokens[line_start..at].iter().enumerate() {
            match token.kind {
                T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart => {
                    open.push(line_start + index)
                }
                T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd => {
                    open.pop();
                }
                _ => {}
            }
        }
        Self { source, tokens, at, expected, line_start, open }
    }

    fn kind(&self, index: usize) -> Option<T> {
        self.tokens.get(index).map(|token| token.kind)
    }

    fn span(&self, index: usize) -> Span {
        let end = self.source.text().len() as u32;
        self.tokens.get(index).map_or(Span::new(end, end), |token| token.span)
    }

    fn previous(&self) -> Option<T> {
        self.at.checked_sub(1).and_then(|index| self.kind(index))
    }

    fn expects(&self, kind: T) -> bool {
        self.expected.contains(&kind)
    }

    fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Phase::Parser, message, self.span(self.at))
    }

    fn explain(&self) -> Diagnostic {
        let Some(found) = self.kind(self.at) else {
            return self.error("unexpected EOF while parsing").with_incomplete();
        };
        if self.expects(T::Indent) && self.previous() == Some(T::Newline) && found != T::Indent {
            return self.missing_block();
        }
        match found {
            T::Indent => self.error("unexpected indent").with_kind(DiagnosticKind::IndentationError),
            T::Newline if self.expects(T::Colon) && self.open.is_empty() && self.is_compound() => {
                self.error("expected ':'")
            }
            _ => self.error("invalid syntax"),
        }
    }

    /// The keyword the logical line begins with, `async` left out.
    fn head(&self) -> usize {
        match self.kind(self.line_start) {
            Some(T::Async) => self.line_start + 1,
            _ => self.line_start,
        }
    }

    fn is_compound(&self) -> bool {
        matches!(
            self.kind(self.head()),
            Some(
                T::If
                    | T::Elif
                    | T::Else
                    | T::For
                    | T::While
                    | T::With
                    | T::Try
                    | T::Except
                    | T::Finally
                    | T::Def
                    | T::Class
                    | T::Match
                    | T::Case
            )
        )
    }

    fn missing_block(&self) -> Diagnostic {
        let mut head = self.at - 1;
        while head > 0 && !is_layout(self.tokens[head - 1].kind) {
            head -= 1;
        }
        let line = self.source.line(self.span(head).start);
        let word = match self.kind(head) {
            Some(T::Async) => head + 1,
            _ => head,
        };
        let what = match self.kind(word) {
            Some(T::Def) => "function definition".to_owned(),
            Some(T::Class) => "class definition".to_owned(),
            Some(kind) => format!("'{}' statement", kind.text()),
            None => "statement".to_owned(),
        };
        self.error(format!("expected an indented block after {what} on line {line}"))
            .with_kind(DiagnosticKind::IndentationError)
    }
}

fn is_layout(kind: T) -> bool {
    matches!(kind, T::Newline | T::Indent | T::Dedent)
}
