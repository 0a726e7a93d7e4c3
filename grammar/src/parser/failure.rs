//! What a rule says when it does not match. Most of what is said is never heard: an alternative
//! fails and the next one matches. So it is kept in sets of bits, which cost no memory block.

use super::Tokens;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::TokenKind;
use chumsky::DefaultExpected;
use chumsky::error::{Error, LabelError};
use chumsky::util::MaybeRef;

/// One thing the parser did not expect, or a finished diagnostic.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) span: Span,
    /// What stood there; `None` at the end of the text.
    pub(crate) found: Option<TokenKind>,
    pub(crate) expected: Expected,
    /// Wins over what was expected.
    pub(crate) diagnostic: Option<Box<Diagnostic>>,
}

impl Failure {
    pub(crate) fn of(diagnostic: Diagnostic) -> Failure {
        Failure {
            span: diagnostic.span,
            found: None,
            expected: Expected::default(),
            diagnostic: Some(Box::new(diagnostic)),
        }
    }
}

/// What would have matched.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Expected {
    /// A bit for each kind of token.
    kinds: u128,
    /// An expression.
    pub(crate) expression: bool,
}

// Each kind has a bit.
const _: () = assert!(TokenKind::ALL.len() <= 128);

impl Expected {
    /// The kinds of tokens, in the order of their declaration.
    pub(crate) fn kinds(self) -> impl Iterator<Item = TokenKind> {
        TokenKind::ALL.iter().copied().filter(move |&kind| self.kinds >> kind as u32 & 1 == 1)
    }
}

/// What chumsky can name as expected.
pub(crate) trait Pattern {
    fn add_to(self, expected: &mut Expected);
}

impl Pattern for MaybeRef<'_, TokenKind> {
    fn add_to(self, expected: &mut Expected) {
        expected.kinds |= 1 << self.into_inner() as u32;
    }
}

impl Pattern for DefaultExpected<'_, TokenKind> {
    fn add_to(self, expected: &mut Expected) {
        if let DefaultExpected::Token(kind) = self {
            kind.add_to(expected);
        }
    }
}

impl Pattern for &'static str {
    fn add_to(self, expected: &mut Expected) {
        expected.expression |= self == super::EXPRESSION;
    }
}

impl<'t> Error<'t, Tokens<'t>> for Failure {
    fn merge(mut self, other: Failure) -> Failure {
        if self.diagnostic.is_none() {
            self.expected.kinds |= other.expected.kinds;
            self.expected.expression |= other.expected.expression;
            self.found = self.found.or(other.found);
            self.diagnostic = other.diagnostic;
        }
        self
    }
}

impl<'t, L: Pattern> LabelError<'t, Tokens<'t>, L> for Failure {
    fn expected_found<E: IntoIterator<Item = L>>(
        patterns: E,
        found: Option<MaybeRef<'t, TokenKind>>,
        span: Span,
    ) -> Failure {
        let mut expected = Expected::default();
        patterns.into_iter().for_each(|pattern| pattern.add_to(&mut expected));
        Failure { span, found: found.map(MaybeRef::into_inner), expected, diagnostic: None }
    }

    fn merge_expected_found<E: IntoIterator<Item = L>>(
        mut self,
        patterns: E,
        found: Option<MaybeRef<'t, TokenKind>>,
        _: Span,
    ) -> Failure {
        if self.diagnostic.is_none() {
            patterns.into_iter().for_each(|pattern| pattern.add_to(&mut self.expected));
            self.found = self.found.or(found.map(MaybeRef::into_inner));
        }
        self
    }

    fn label_with(&mut self, label: L) {
        self.expected = Expected::default();
        self.diagnostic = None;
        label.add_to(&mut self.expected);
    }
}
