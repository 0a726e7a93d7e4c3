//! Faults that concern the bracket around them: arguments, comprehensions, dicts.

use super::place::{Open, Place, starts_expression};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::TokenKind as T;

impl Place<'_, '_> {
    /// Faults that concern the bracket around them.
    pub(super) fn bracket_fault(&self) -> Option<Diagnostic> {
        let (open, bracket) = self.innermost()?;
        let Open::Bracket(kind) = open else { return None };
        let found = self.kind(self.at)?;
        let before = self.before(self.at);
        if self.in_parameters(Some(bracket)) {
            return None;
        }
        if found == T::For {
            return self.comprehension_fault(kind, bracket);
        }
        if let Some(fault) = self.for_without_in() {
            return Some(fault);
        }
        let is_call = self.is_call(bracket);
        if is_call && let Some(fault) = self.argument_fault(bracket) {
            return Some(fault);
        }
        if before == Some(T::Star) && self.star_begins_item(bracket) && !matches!(found, T::For) {
            let first = self.at == bracket + 2;
            let is_subscript = kind == T::LeftBracket && first;
            if is_call || is_subscript || first {
                return Some(self.error("Invalid star expression"));
            }
        }
        match kind {
            T::LeftParen if found == T::DoubleStar && !is_call && self.at == bracket + 1 => {
                let value = self.expression(self.at + 1)?;
                self.is(value.end, T::RightParen)
                    .then(|| self.error("cannot use double starred expression here"))
            }
            T::LeftBrace => self.dict_fault(bracket),
            _ => None,
        }
    }

    /// An argument or index that begins with a star which no expression follows.
    pub(super) fn starred_fault(&self) -> Option<Diagnostic> {
        for &(open, bracket) in self.open.iter().rev() {
            let Open::Bracket(kind) = open else { return None };
            let is_subscript =
                kind == T::LeftBracket && self.before(bracket).is_some_and(super::place::ends_expression);
            if !is_subscript && !self.is_call(bracket) || self.in_parameters(Some(bracket)) {
                continue;
            }
            let item = self.item_start(bracket);
            if self.is(item, T::Star) && item + 1 < self.at && self.expression(item + 1).is_none() {
                return Some(self.error("Invalid star expression"));
            }
        }
        None
    }

    /// Index of the first token of the item of `bracket` in which the failure is.
    fn item_start(&self, bracket: usize) -> usize {
        let mut start = bracket + 1;
        let mut depth = 0;
        for index in bracket + 1..self.at {
            match self.kind(index) {
                Some(T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart) => depth += 1,
                Some(T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd) => depth -= 1,
                Some(T::Comma) if depth == 0 => start = index + 1,
                _ => {}
            }
        }
        start
    }

    /// Whether the star before the failure begins an item of the bracket.
    fn star_begins_item(&self, bracket: usize) -> bool {
        self.at >= 2 && (self.at == bracket + 2 || self.is(self.at - 2, T::Comma))
    }

    /// `for` where no comprehension can be.
    fn comprehension_fault(&self, kind: T, bracket: usize) -> Option<Diagnostic> {
        let first = bracket + 1;
        if self.is(first, T::Star) {
            let element = self.expression(first + 1)?;
            if element.end == self.at {
                let message = "iterable unpacking cannot be used in comprehension";
                return Some(self.error_at(self.span(first).to(element.expr.span), message));
            }
        }
        if self.is_call(bracket) {
            return self.keyword_before_for();
        }
        if kind == T::LeftParen || self.first_is_pair(bracket) {
            return self.dict_key_fault(bracket);
        }
        let element = self.try_rule(self.rules.star_named_expression.clone(), first)?;
        let targets = self.try_rule(self.rules.star_targets.clone(), self.at + 1)?;
        if !self.is(element.end, T::Comma) || !self.is(targets.end, T::In) {
            return None;
        }
        let last = self.span(self.at - 1);
        let message = "did you forget parentheses around the comprehension target?";
        Some(self.error_at(element.expr.span.to(last), message))
    }

    /// `f(a=x for x in y)`.
    fn keyword_before_for(&self) -> Option<Diagnostic> {
        let start = self.operand_start(self.at);
        let name = start.index.checked_sub(2)?;
        if start.boundary != Some(T::Equal) || !self.is_name(name) {
            return None;
        }
        let span = self.span(name).to(self.span(name + 1));
        Some(self.error_at(span, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"))
    }

    /// A comprehension's `for` whose targets are not followed by `in`.
    fn for_without_in(&self) -> Option<Diagnostic> {
        let (_, bracket) = self.innermost()?;
        let mut index = self.at;
        while index > bracket + 1 && !self.is(index, T::For) {
            index -= 1;
        }
        if !self.is(index, T::For) || index + 1 >= self.at {
            return None;
        }
        let targets = self.try_rule(self.rules.star_targets.clone(), index + 1)?;
        (targets.end == self.at && !self.is(self.at, T::In))
            .then(|| self.error("'in' expected after for-loop variables"))
    }

    fn argument_fault(&self, bracket: usize) -> Option<Diagnostic> {
        let found = self.kind(self.at)?;
        let start = self.operand_start(self.at);
        if matches!(found, T::Comma | T::RightParen) && self.before(self.at) == Some(T::Equal) {
            let equal = self.at - 1;
            let start = self.operand_start(equal).index;
            let message = match self.kind(start) {
                Some(kind) if kind.is_name() && start + 1 == equal => {
                    "expected argument value expression".to_owned()
                }
                Some(T::True | T::False | T::None) if start + 1 == equal => {
                    format!("cannot assign to {}", self.text(start))
                }
                _ => {
                    self.expression(start).filter(|target| target.end == equal)?;
                    "expression cannot contain assignment, perhaps you meant \"==\"?".to_owned()
                }
            };
            return Some(self.error_at(self.span(start).to(self.span(equal)), message));
        }
        if found == T::Equal {
            let what = match self.kind(start.index) {
                Some(T::Star) => "iterable",
                Some(T::DoubleStar) => "keyword",
                _ => return None,
            };
            let value = self.expression(self.at + 1)?;
            let message = format!("cannot assign to {what} argument unpacking");
            return Some(self.error_at(self.span(start.index).to(value.expr.span), message));
        }
        let keywords = (bracket + 1..start.index).any(|index| self.is(index, T::Equal));
        if start.boundary == Some(T::Comma) && keywords && !starts_expression(found) {
            let value = self.expression(start.index).filter(|value| value.end <= self.at)?;
            if !matches!(self.kind(value.end), Some(T::Equal | T::For | T::Async)) {
                let message = "positional argument follows keyword argument";
                return Some(self.error(message).with_label(value.expr.span, "this argument"));
            }
        }
        None
    }

    fn first_is_pair(&self, bracket: usize) -> bool {
        self.is(bracket, T::LeftBrace)
            && (self.is(bracket + 1, T::DoubleStar)
                || self.expression(bracket + 1).is_some_and(|key| self.is(key.end, T::Colon)))
    }

    fn dict_fault(&self, bracket: usize) -> Option<Diagnostic> {
        let found = self.kind(self.at)?;
        if self.before(self.at) == Some(T::Colon) {
            if matches!(found, T::RightBrace | T::Comma) {
                let message = "expression expected after dictionary key and ':'";
                return Some(self.error_at(self.span(self.at - 1), message));
            }
            if found == T::Star {
                let value = self.bitwise_or(self.at + 1)?;
                let message = "cannot use a starred expression in a dictionary value";
                return Some(self.error_at(self.span(self.at).to(value.expr.span), message));
            }
        }
        self.dict_key_fault(bracket)
    }

    /// A key, not the first, without a colon.
    fn dict_key_fault(&self, bracket: usize) -> Option<Diagnostic> {
        let start = self.operand_start(self.at);
        if start.boundary != Some(T::Comma) || !self.first_is_pair(bracket) {
            return None;
        }
        let key = self.expression(start.index)?;
        if key.end != self.at {
            return None;
        }
        let end = key.expr.span.end;
        let place = Span::new(end.saturating_sub(1), end);
        Some(self.error_at(place, "':' expected after dictionary key"))
    }
}
