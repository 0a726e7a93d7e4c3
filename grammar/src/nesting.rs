//! How deep a text nests, and room on the stack for that.
//!
//! Brackets are limited by the tokenizer; chains of prefix operators, `**`, `lambda` and `else`
//! nest without brackets. All of them make rules call each other, so both the depth and the
//! stack are settled before the parser starts: none of its calls runs out of stack, and none of
//! the trees it drops half-way does.

use crate::ast::MAX_DEPTH;
use crate::source::Span;
use crate::token::{Token, TokenKind as T};

/// Stack for one level of nesting in the parser: twice what the hungriest bracket was seen to
/// take (27 kB in debug builds, 6 kB in release builds).
const PER_LEVEL: usize = if cfg!(debug_assertions) { 54 << 10 } else { 12 << 10 };
/// Stack for what does not depend on nesting: walking over and dropping trees as deep as
/// [`MAX_DEPTH`] (2 MB in debug builds, 1 MB in release builds).
const AT_LEAST: usize = if cfg!(debug_assertions) { 4 << 20 } else { 2 << 20 };

/// Run `work` with stack for `levels` of nesting.
pub(crate) fn with_room<R>(levels: usize, work: impl FnOnce() -> R) -> R {
    let needed = AT_LEAST + levels * PER_LEVEL;
    stacker::maybe_grow(needed, needed + AT_LEAST, work)
}

/// What a walk over the tokens found.
pub(crate) struct Nesting {
    pub deepest: usize,
    /// Index of the token that nests deeper than any tree may.
    pub too_deep: Option<usize>,
}

/// Chains inside one pair of brackets.
#[derive(Default, Clone, Copy)]
struct Chain {
    /// Levels outside this bracket.
    base: usize,
    /// `lambda` and `else`, which nest up to the next comma.
    bodies: usize,
    /// Prefix operators and `**`, which nest up to the next infix operator.
    prefixes: usize,
    /// Lambdas whose colon is still to come.
    lambdas: usize,
}

/// Measure a text.
pub(crate) fn measure(tokens: &[Token]) -> Nesting {
    let mut outer: Vec<Chain> = Vec::new();
    let mut here = Chain::default();
    let (mut deepest, mut indents) = (0, 0usize);
    let mut after_operand = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart => {
                outer.push(here);
                here = Chain { base: here.base + here.bodies + here.prefixes + 1, ..Chain::default() };
            }
            T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd => {
                here = outer.pop().unwrap_or_default();
            }
            T::Indent => indents += 1,
            T::Dedent => indents = indents.saturating_sub(1),
            T::Newline | T::Semicolon => {
                outer.clear();
                here = Chain::default();
            }
            T::Lambda => {
                here.bodies += 1;
                here.prefixes = 0;
                here.lambdas += 1;
            }
            T::Else => {
                here.bodies += 1;
                here.prefixes = 0;
            }
            T::Colon if here.lambdas > 0 => here.lambdas -= 1,
            // In the parameters of a lambda, too, everything is inside the lambda.
            T::Comma | T::Equal | T::Colon if here.lambdas == 0 => {
                here.bodies = 0;
                here.prefixes = 0;
            }
            T::DoubleStar | T::Not | T::Await => here.prefixes += 1,
            T::Plus | T::Minus | T::Tilde if !after_operand => here.prefixes += 1,
            kind if is_infix(kind) => here.prefixes = 0,
            _ => {}
        }
        after_operand =
            !is_infix(token.kind) && !matches!(token.kind, T::LeftParen | T::LeftBracket | T::LeftBrace);
        let level = here.base + here.bodies + here.prefixes;
        deepest = deepest.max(level + indents);
        if level > usize::from(MAX_DEPTH) {
            return Nesting { deepest, too_deep: Some(index) };
        }
    }
    Nesting { deepest, too_deep: None }
}

/// Whether a token stands between operands, or before one.
fn is_infix(kind: T) -> bool {
    matches!(
        kind,
        T::Plus
            | T::Minus
            | T::Tilde
            | T::Star
            | T::DoubleStar
            | T::Slash
            | T::DoubleSlash
            | T::Percent
            | T::At
            | T::LeftShift
            | T::RightShift
            | T::Ampersand
            | T::Pipe
            | T::Caret
            | T::Less
            | T::Greater
            | T::LessEqual
            | T::GreaterEqual
            | T::EqualEqual
            | T::NotEqual
            | T::Equal
            | T::Walrus
            | T::Comma
            | T::Colon
            | T::Semicolon
            | T::Arrow
            | T::Newline
    ) || (kind.is_keyword() && !matches!(kind, T::None | T::True | T::False))
}

/// Leave out what nests too deep and everything behind it: the tokens up to there, closed as at
/// the end of a text, and the place.
pub(crate) fn cut(tokens: &mut Vec<Token>, at: usize) -> Span {
    let span = tokens[at].span;
    let indents: i64 = tokens[..at]
        .iter()
        .map(|token| match token.kind {
            T::Indent => 1,
            T::Dedent => -1,
            _ => 0,
        })
        .sum();
    tokens.truncate(at);
    let end = span.at_start();
    tokens.push(Token { kind: T::Newline, span: end });
    tokens.extend((0..indents).map(|_| Token { kind: T::Dedent, span: end }));
    span
}
