//! Faults inside expressions: CPython's `invalid_expression`, `invalid_named_expression` and the
//! rules for brackets.

use super::expression_name;
use super::place::{Open, Place, is_layout, starts_expression};
use super::statement::is_augmented_assignment;
use crate::ast::ExprKind;
use crate::diagnostic::Diagnostic;
use crate::token::TokenKind as T;

/// Brackets around a failure that are looked at: each costs another reading of what is in them.
const MAX_LEVELS: usize = 10;

/// Where an operand that ends at the failure begins.
pub(super) struct Start {
    /// Index of its first token.
    pub index: usize,
    /// The token before it, if it belongs to the same bracket or line.
    pub boundary: Option<T>,
}

impl Place<'_, '_> {
    /// A fault in an expression, if CPython has words for it.
    pub(super) fn expression_fault(&self) -> Option<Diagnostic> {
        self.bracket_fault()
            .or_else(|| self.fault_around())
            .or_else(|| self.not_after_operator())
            .or_else(|| self.assignment_in_expression())
    }

    /// Look at the operand before the failure, then at those that the open brackets follow: a
    /// call or subscript that cannot be one is to CPython an operand without its comma.
    fn fault_around(&self) -> Option<Diagnostic> {
        let mut at = self.at;
        for level in (0..=self.open.len()).rev().take(MAX_LEVELS) {
            let around = level.checked_sub(1).map(|index| self.open[index]);
            if matches!(around, Some((Open::FString, _))) {
                return None;
            }
            let start = self.operand_start(at);
            if let Some(from) = self.expression_position(&start, around)
                && let Some(fault) = self.fault_at(from)
            {
                return Some(fault);
            }
            at = around?.1;
        }
        None
    }

    /// Walk back over the operands and operators before `at`.
    pub(super) fn operand_start(&self, at: usize) -> Start {
        let mut index = at;
        let mut depth = 0;
        while index > self.stmt_start {
            let kind = match self.kind(index - 1) {
                Some(kind) => kind,
                None => break,
            };
            match kind {
                T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd => depth += 1,
                T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart if depth > 0 => depth -= 1,
                _ if depth > 0 => {}
                _ if is_boundary(kind) || is_layout(kind) => break,
                T::If if self.is_condition(index - 1) => break,
                T::At if index - 1 == self.line_start => break,
                _ => {}
            }
            index -= 1;
        }
        Start { index, boundary: self.before(index) }
    }

    /// Whether an `if` begins a statement or a guard rather than continuing an expression.
    fn is_condition(&self, index: usize) -> bool {
        index == self.line_start
            || (self.is(self.line_start, T::Case) && self.is_compound() && self.stmt_start == self.line_start)
    }

    /// The place near the failure where an `expression` is asked for, if one is.
    fn expression_position(&self, start: &Start, innermost: Option<(Open, usize)>) -> Option<usize> {
        let is_first =
            start.boundary.is_none_or(|kind| matches!(kind, T::LeftParen | T::LeftBracket | T::LeftBrace));
        let is_value = matches!(start.boundary, Some(T::Equal | T::Colon | T::Walrus | T::Else));
        let is_pattern = self.is(self.line_start, T::Case) && self.is_compound();
        if self.in_parameters(innermost.map(|(_, index)| index)) && (!is_value || is_pattern) {
            return None;
        }
        if start.boundary == Some(T::Comma) && self.is_among_targets(start.index) {
            return None;
        }
        let in_call = innermost.is_some_and(|(_, index)| self.is_call(index));
        match self.kind(start.index) {
            Some(T::Star) if in_call || is_first => Some(start.index + 1),
            Some(T::DoubleStar) if in_call => Some(start.index + 1),
            Some(T::Star | T::DoubleStar) => None,
            _ => Some(start.index),
        }
    }

    /// Whether a place behind a comma is in the targets of a `for`.
    fn is_among_targets(&self, from: usize) -> bool {
        let floor = self.innermost().map_or(self.stmt_start, |(_, index)| index + 1);
        let word = (floor..from).rev().find(|&index| matches!(self.kind(index), Some(T::For | T::In)));
        word.is_some_and(|index| self.is(index, T::For))
    }

    /// Whether names in this bracket are parameters, imports or patterns rather than expressions.
    pub(super) fn in_parameters(&self, bracket: Option<usize>) -> bool {
        let Some(bracket) = bracket else { return self.is_in_lambda() };
        let head = self.kind(self.head());
        let outermost = self.open.first().is_some_and(|(_, index)| *index == bracket);
        match head {
            Some(T::Def) if outermost => true,
            Some(T::Case) if self.is_compound() => !self.after_guard(),
            _ => self.is(self.stmt_start, T::From) || self.is_in_lambda(),
        }
    }

    fn after_guard(&self) -> bool {
        let first = self.open.first().map_or(self.at, |(_, index)| *index);
        (self.line_start..first).any(|index| self.is(index, T::If))
    }

    /// Whether the failure is between `lambda` and its colon.
    fn is_in_lambda(&self) -> bool {
        let mut index = self.at;
        let mut depth = 0;
        while index > self.stmt_start {
            index -= 1;
            match self.kind(index) {
                Some(T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd) => depth += 1,
                Some(T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart) => {
                    if depth == 0 {
                        return false;
                    }
                    depth -= 1;
                }
                Some(T::Colon) if depth == 0 => return false,
                Some(T::Lambda) if depth == 0 => return true,
                _ => {}
            }
        }
        false
    }

    /// Whether a parenthesis follows an operand: a call, not a group.
    pub(super) fn is_call(&self, bracket: usize) -> bool {
        self.is(bracket, T::LeftParen)
            && self.before(bracket).is_some_and(|kind| {
                kind.is_name()
                    || matches!(
                        kind,
                        T::RightParen | T::RightBracket | T::RightBrace | T::String | T::FStringEnd
                    )
            })
    }

    /// What CPython's `invalid_expression` says of the place `from`.
    fn fault_at(&self, from: usize) -> Option<Diagnostic> {
        if let Some(fault) = self.missing_comma(from).or_else(|| self.missing_else(from)) {
            return Some(fault);
        }
        // A name before an expression: perhaps an old print statement.
        if !self.is_name(from) || self.is(from + 1, T::LeftParen) {
            return None;
        }
        if from < self.at
            && self.kind(from + 1).is_some_and(|kind| starts_expression(kind) || kind == T::Star)
        {
            if let Some(fault) = self.fault_at(from + 1) {
                return Some(fault);
            }
            let name = self.text(from);
            if matches!(name, "print" | "exec") {
                let value = self.star_expressions(from + 1)?;
                let message = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
                return Some(self.error_at(self.span(from).to(value.expr.span), message));
            }
        }
        None
    }

    fn missing_comma(&self, from: usize) -> Option<Diagnostic> {
        if self.is_name(from) {
            // CPython compares with the beginnings of its soft keywords only, so that a variable
            // named `c` hides the fault.
            let name = self.text(from);
            let is_soft = ["_", "case", "match", "type"].iter().any(|keyword| keyword.starts_with(name));
            if is_soft || self.is(from + 1, T::String) {
                return None;
            }
        }
        let first = self.disjunction(from)?;
        let second = self.expression(first.end)?;
        if matches!(&first.expr.kind, ExprKind::Name(name) if matches!(&**name, "print" | "exec"))
            || self.depth_after(second.end - 1) == 0
        {
            return None;
        }
        let span = first.expr.span.to(second.expr.span);
        let mut fault = self.error_at(span, "invalid syntax. Perhaps you forgot a comma?");
        if let Some((_, bracket)) = self.innermost() {
            fault = fault.with_label(self.span(bracket), "in this bracket");
        }
        Some(fault)
    }

    fn missing_else(&self, from: usize) -> Option<Diagnostic> {
        let body = self.disjunction(from)?;
        if !self.is(body.end, T::If) {
            return None;
        }
        let test = self.disjunction(body.end + 1)?;
        if matches!(self.kind(test.end), Some(T::Else | T::Colon)) {
            return None;
        }
        let span = body.expr.span.to(test.expr.span);
        Some(self.error_at(span, "expected 'else' after 'if' expression"))
    }

    /// `a + not b`.
    fn not_after_operator(&self) -> Option<Diagnostic> {
        let is_operator = matches!(
            self.before(self.at),
            Some(T::Plus | T::Minus | T::Star | T::Slash | T::Percent | T::DoubleSlash | T::At | T::Tilde)
        );
        if !self.is(self.at, T::Not) || !is_operator {
            return None;
        }
        let operand = self.disjunction(self.at)?;
        let span = self.span(self.at).to(operand.expr.span);
        Some(self.error_at(span, "'not' after an operator must be parenthesized"))
    }

    /// `=` where a named expression is read.
    fn assignment_in_expression(&self) -> Option<Diagnostic> {
        if !self.is(self.at, T::Equal) {
            return None;
        }
        let start = self.operand_start(self.at);
        let is_named = match (self.innermost(), start.boundary) {
            (Some((Open::Bracket(T::LeftParen), bracket)), Some(T::LeftParen | T::Comma)) => {
                !self.is_call(bracket) && !self.in_parameters(Some(bracket))
            }
            (Some((Open::Bracket(_), bracket)), Some(T::LeftBracket | T::LeftBrace | T::Comma)) => {
                !self.in_parameters(Some(bracket))
            }
            (None, Some(T::If | T::Elif | T::While | T::At | T::Match)) => {
                self.is_compound() || self.is(self.line_start, T::At)
            }
            (None, None) => self.is(start.index, T::Match) && self.is_compound(),
            _ => false,
        };
        if !is_named {
            return None;
        }
        let from = if start.boundary.is_none() { start.index + 1 } else { start.index };
        self.comparison_meant(from)
    }

    /// `a = b` where a comparison was meant, at the place `from`.
    pub(super) fn comparison_meant(&self, from: usize) -> Option<Diagnostic> {
        let target = self.bitwise_or(from)?;
        if !self.is(target.end, T::Equal) {
            return None;
        }
        let value = self.bitwise_or(target.end + 1)?;
        if matches!(self.kind(value.end), Some(T::Equal | T::Walrus)) {
            return None;
        }
        if target.end == from + 1 && self.is_name(from) {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Some(self.error_at(target.expr.span.to(value.expr.span), message));
        }
        if crate::check::begins_with_display(&target.expr) {
            return None;
        }
        let name = expression_name(&target.expr.kind);
        let message = format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?");
        Some(self.error_at(target.expr.span, message).with_help("use '==' to compare two values"))
    }
}

/// Tokens that an operand cannot contain outside brackets.
fn is_boundary(kind: T) -> bool {
    matches!(
        kind,
        T::LeftParen
            | T::LeftBracket
            | T::LeftBrace
            | T::FStringStart
            | T::FStringMiddle
            | T::FStringRawMiddle
            | T::Comma
            | T::Colon
            | T::Semicolon
            | T::Equal
            | T::Walrus
            | T::Arrow
            | T::Bang
            | T::Else
            | T::Elif
            | T::While
            | T::Return
            | T::Yield
            | T::From
            | T::Raise
            | T::Assert
            | T::Del
            | T::As
            | T::Import
            | T::Global
            | T::Nonlocal
            | T::With
            | T::Except
            | T::Class
            | T::Def
            | T::Lambda
    ) || is_augmented_assignment(kind)
}
