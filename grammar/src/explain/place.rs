//! The surroundings of a failure.

use crate::ast::Expr;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::parser::{self, Context, Expressions};
use crate::source::Span;
use crate::token::{Token, TokenKind as T};
use chumsky::prelude::*;

/// A bracket, f-string, field or spec that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Bracket(T),
    FString,
    Field,
    Spec,
}

/// A failure: the token found, and what is around it.
pub(super) struct Place<'r, 't> {
    pub cx: &'t Context<'t>,
    tokens: &'t [Token],
    pub rules: &'r Expressions<'t>,
    /// Index of the token found; past the last at the end of the text.
    pub at: usize,
    expected: Vec<T>,
    /// An expression could stand at the failure.
    pub expects_expression: bool,
    /// Index of the first token of the logical line.
    pub line_start: usize,
    /// Index behind the line end of the logical line.
    line_end: usize,
    /// Index of the first token of the simple statement, behind `;` or the header of a block.
    pub stmt_start: usize,
    /// What is open at the failure, with the index of its opening token.
    pub open: Vec<(Open, usize)>,
}

/// An expression found by trying a rule, and the index after its last token.
pub(super) struct Found {
    pub expr: Expr,
    pub end: usize,
}

impl<'r, 't> Place<'r, 't> {
    pub fn new(
        cx: &'t Context<'t>,
        tokens: &'t [Token],
        rules: &'r Expressions<'t>,
        at: usize,
        (expected, expects_expression): (Vec<T>, bool),
    ) -> Self {
        let at = at.min(tokens.len());
        let mut line_start = at;
        while line_start > 0 && !is_layout(tokens[line_start - 1].kind) {
            line_start -= 1;
        }
        let mut place = Self {
            cx,
            tokens,
            rules,
            at,
            expected,
            expects_expression,
            line_start,
            line_end: tokens[at..]
                .iter()
                .position(|token| token.kind == T::Newline)
                .map_or(tokens.len(), |length| at + length + 1),
            stmt_start: line_start,
            open: vec![],
        };
        place.look_back();
        place
    }

    /// Walk over the line up to the failure, to find what is open and where the statement begins.
    fn look_back(&mut self) {
        // Colons to come that belong to a lambda, or to the header of a block.
        let mut lambdas = 0;
        let mut header = self.is_compound();
        for index in self.line_start..self.at {
            let kind = self.tokens[index].kind;
            step(&mut self.open, kind, index);
            if !self.open.is_empty() {
                continue;
            }
            match kind {
                T::Lambda => lambdas += 1,
                T::Colon if lambdas > 0 => lambdas -= 1,
                T::Colon if header => {
                    header = false;
                    self.stmt_start = index + 1;
                }
                T::Semicolon => self.stmt_start = index + 1,
                _ => {}
            }
        }
    }

    /// Brackets and fields open behind a token of this line.
    pub fn depth_after(&self, index: usize) -> usize {
        let mut open = Vec::new();
        for at in self.line_start..=index.min(self.tokens.len().saturating_sub(1)) {
            step(&mut open, self.tokens[at].kind, at);
        }
        open.iter().filter(|(open, _)| matches!(open, Open::Bracket(_) | Open::Field | Open::Spec)).count()
    }

    pub fn token(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).copied()
    }

    pub fn kind(&self, index: usize) -> Option<T> {
        self.tokens.get(index).map(|token| token.kind)
    }

    pub fn is(&self, index: usize, kind: T) -> bool {
        self.kind(index) == Some(kind)
    }

    /// The kind of the token before `index`, in the same logical line.
    pub fn before(&self, index: usize) -> Option<T> {
        index.checked_sub(1).filter(|&before| before >= self.line_start).and_then(|before| self.kind(before))
    }

    pub fn is_name(&self, index: usize) -> bool {
        self.kind(index).is_some_and(T::is_name)
    }

    pub fn span(&self, index: usize) -> Span {
        let end = self.cx.source.text().len() as u32;
        let Some(token) = self.tokens.get(index) else { return Span::new(end, end) };
        // To CPython a comment is the beginning of the line end.
        if token.kind == T::Newline && index > 0 {
            let before = self.tokens[index - 1].span.end;
            if before < token.span.start
                && let Some(comment) = self.cx.text(Span::new(before, token.span.start)).find('#')
            {
                return Span::new(before + comment as u32, token.span.end);
            }
        }
        token.span
    }

    pub fn text(&self, index: usize) -> &'t str {
        self.cx.text(self.span(index))
    }

    /// Whether a block should begin at the failure and does not.
    pub fn lacks_block(&self) -> bool {
        lacks_block(self.tokens, self.at, &self.expected)
    }

    /// Whether a header stands before the token `at`, and no block follows it.
    pub fn lacks_block_before(&self, at: usize) -> bool {
        lacks_block(self.tokens, at, &[T::Indent])
    }

    pub fn expects(&self, kind: T) -> bool {
        self.expected.contains(&kind)
    }

    /// The innermost thing open.
    pub fn innermost(&self) -> Option<(Open, usize)> {
        self.open.last().copied()
    }

    /// An error at the failure.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        self.error_at(self.span(self.at), message)
    }

    pub fn error_at(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Phase::Parser, message, span)
    }

    pub fn indentation_error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.error_at(span, message).with_kind(DiagnosticKind::IndentationError)
    }

    /// Try a rule at a token.
    pub fn try_rule<R>(&self, rule: R, from: usize) -> Option<Found>
    where
        R: Parser<'t, parser::Tokens<'t>, Expr, parser::Extra> + 't,
    {
        // chumsky's `lazy` walks to the end of its input, so that is this line only.
        let rest = self.tokens.get(from..self.line_end)?;
        let end = self.span(self.line_end).start;
        let rule = rule.map_with(|expr, e| -> (Expr, Span) { (expr, e.span()) }).lazy();
        let (expr, span) = rule.parse(parser::input(rest, end)).into_output()?;
        let length = rest.partition_point(|token| token.span.end <= span.end);
        Some(Found { expr, end: from + length })
    }

    pub fn expression(&self, from: usize) -> Option<Found> {
        self.try_rule(self.rules.expression.clone(), from)
    }

    /// Index of the token at which the reading of an expression that begins at `from` ends, be it
    /// that it fails there.
    pub fn reach(&self, from: usize) -> usize {
        if let Some(found) = self.expression(from) {
            return found.end;
        }
        let Some(rest) = self.tokens.get(from..self.line_end) else { return from };
        let end = self.span(self.line_end).start;
        let rule = self.rules.expression.clone().lazy();
        let result = rule.parse(parser::input(rest, end));
        let furthest = result.errors().map(|error| error.span.start).max().unwrap_or(end);
        from + rest.partition_point(|token| token.span.start < furthest)
    }

    pub fn disjunction(&self, from: usize) -> Option<Found> {
        self.try_rule(self.rules.disjunction.clone(), from)
    }

    pub fn bitwise_or(&self, from: usize) -> Option<Found> {
        self.try_rule(self.rules.bitwise_or.clone(), from)
    }

    pub fn star_expressions(&self, from: usize) -> Option<Found> {
        self.try_rule(self.rules.star_expressions.clone(), from)
    }

    /// Index of the keyword the logical line begins with, `async` left out.
    pub fn head(&self) -> usize {
        if self.is(self.line_start, T::Async) { self.line_start + 1 } else { self.line_start }
    }

    pub fn is_compound(&self) -> bool {
        let head = self.head();
        match self.kind(head) {
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
                | T::Class,
            ) => true,
            // A soft keyword, unless it is used as a name.
            Some(T::Match | T::Case) => self.kind(head + 1).is_some_and(|next| {
                next.is_name()
                    || matches!(next, T::LeftParen | T::LeftBracket | T::LeftBrace)
                    || starts_expression(next)
            }),
            _ => false,
        }
    }
}

/// Whether a block should begin at `at`, behind a colon and a line end, and does not. (That an
/// indent was expected does not suffice: recovery tries one behind every broken line.)
pub(super) fn lacks_block(tokens: &[Token], at: usize, expected: &[T]) -> bool {
    let kind = |index: usize| tokens.get(index).map(|token| token.kind);
    expected.contains(&T::Indent)
        && kind(at) != Some(T::Indent)
        && at >= 2
        && kind(at - 1) == Some(T::Newline)
        && kind(at - 2) == Some(T::Colon)
}

/// Keep track of what is open.
fn step(open: &mut Vec<(Open, usize)>, kind: T, index: usize) {
    let innermost = open.last().map(|(open, _)| *open);
    match kind {
        T::LeftBrace if matches!(innermost, Some(Open::FString | Open::Spec)) => {
            open.push((Open::Field, index))
        }
        T::LeftParen | T::LeftBracket | T::LeftBrace => open.push((Open::Bracket(kind), index)),
        T::FStringStart => open.push((Open::FString, index)),
        T::Colon if innermost == Some(Open::Field) => open.push((Open::Spec, index)),
        T::RightBrace if innermost == Some(Open::Spec) => {
            open.pop();
            open.pop();
        }
        T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd => {
            open.pop();
        }
        _ => {}
    }
}

pub(super) fn is_layout(kind: T) -> bool {
    matches!(kind, T::Newline | T::Indent | T::Dedent)
}

/// Whether a token can end an expression.
pub(super) fn ends_expression(kind: T) -> bool {
    kind.is_name()
        || matches!(
            kind,
            T::Int
                | T::Float
                | T::Imaginary
                | T::String
                | T::FStringEnd
                | T::True
                | T::False
                | T::None
                | T::Ellipsis
                | T::RightParen
                | T::RightBracket
                | T::RightBrace
        )
}

/// Whether a token can begin an expression.
pub(super) fn starts_expression(kind: T) -> bool {
    kind.is_name()
        || matches!(
            kind,
            T::Int
                | T::Float
                | T::Imaginary
                | T::String
                | T::FStringStart
                | T::True
                | T::False
                | T::None
                | T::Ellipsis
                | T::LeftParen
                | T::LeftBracket
                | T::LeftBrace
                | T::Lambda
                | T::Await
                | T::Not
                | T::Plus
                | T::Minus
                | T::Tilde
        )
}
