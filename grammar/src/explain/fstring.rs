//! Faults in the fields of f-strings.

use super::place::{Open, Place};
use crate::diagnostic::Diagnostic;
use crate::token::TokenKind as T;

impl Place<'_, '_> {
    /// A fault in the innermost field, if the failure is in one.
    pub(super) fn field_fault(&self) -> Option<Diagnostic> {
        let (open, index) = self.innermost()?;
        match open {
            Open::Spec => self
                .lambda_in_field(index)
                .or_else(|| Some(self.error("f-string: expecting '}', or format specs"))),
            Open::Field => self.field_part_fault(index),
            Open::Bracket(_) | Open::FString => None,
        }
    }

    fn field_part_fault(&self, brace: usize) -> Option<Diagnostic> {
        let found = self.kind(self.at)?;
        if self.at == brace + 1 {
            return Some(match found {
                T::Equal | T::Bang | T::Colon | T::RightBrace => {
                    self.error(format!("f-string: valid expression required before '{}'", found.text()))
                }
                _ => self.error("f-string: expecting a valid expression after '{'"),
            });
        }
        let value = match self.is(brace + 1, T::Yield) {
            true => self.try_rule(self.rules.yield_expr.clone(), brace + 1),
            false => self.star_expressions(brace + 1),
        };
        let follows = value.as_ref().and_then(|value| self.kind(value.end));
        if !matches!(follows, Some(T::Equal | T::Bang | T::Colon | T::RightBrace))
            && let Some(fault) = self.expression_fault()
        {
            return Some(fault);
        }
        let Some(value) = value else {
            let place = self.span(brace + 1);
            return Some(self.error_at(place, "f-string: expecting a valid expression after '{'"));
        };
        let mut next = value.end;
        if !matches!(self.kind(next), Some(T::Equal | T::Bang | T::Colon | T::RightBrace)) {
            let place = self.span(next);
            return Some(self.error_at(place, "f-string: expecting '=', or '!', or ':', or '}'"));
        }
        if self.is(next, T::Equal) {
            next += 1;
            if !matches!(self.kind(next), Some(T::Bang | T::Colon | T::RightBrace)) {
                let place = self.span(next);
                return Some(self.error_at(place, "f-string: expecting '!', or ':', or '}'"));
            }
        }
        if self.is(next, T::Bang) {
            next += 1;
            let place = self.span(next);
            match self.kind(next) {
                Some(T::Colon | T::RightBrace) => {
                    return Some(self.error_at(place, "f-string: missing conversion character"));
                }
                Some(kind) if kind.is_name() => next += 1,
                _ => return Some(self.error_at(place, "f-string: invalid conversion character")),
            }
            return Some(self.error_at(self.span(next), "f-string: expecting ':' or '}'"));
        }
        Some(self.error_at(self.span(next), "f-string: expecting '}'"))
    }

    /// The colon of a lambda without parentheses begins the format spec.
    fn lambda_in_field(&self, colon: usize) -> Option<Diagnostic> {
        let is_text = matches!(self.kind(colon + 1), Some(T::FStringMiddle | T::FStringRawMiddle));
        let (_, brace) = *self.open.iter().rev().find(|(open, _)| *open == Open::Field)?;
        let lambda = (brace + 1..colon).rev().find(|&index| self.is(index, T::Lambda))?;
        if !is_text || (lambda..colon).any(|index| self.is(index, T::Colon)) {
            return None;
        }
        let message = "f-string: lambda expressions are not allowed without parentheses";
        Some(self.error_at(self.span(lambda).to(self.span(colon)), message))
    }
}
