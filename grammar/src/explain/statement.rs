//! Faults of whole statements: missing colons and blocks, parameters, imports.

use super::place::{Open, Place, is_layout, starts_expression};
use crate::ast::{CmpOp, Expr, ExprKind};
use crate::check;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::TokenKind as T;

impl Place<'_, '_> {
    /// CPython's words for this failure.
    pub(super) fn explain(&self) -> Diagnostic {
        let found = self.kind(self.at);
        if self.lacks_block() {
            return self.missing_block(self.at);
        }
        // A header without a block comes before what is wrong with the statement behind it.
        if self.lacks_block_before(self.stmt_start) {
            return self.missing_block(self.stmt_start);
        }
        let Some(found) = found else { return self.error("invalid syntax").with_incomplete() };
        if found == T::Indent {
            let end = self.span(self.at).end;
            let place = Span::new(end.saturating_sub(1), end);
            // Like a fault of the tokenizer, this one comes before any later one.
            return self.indentation_error(place, "unexpected indent");
        }
        if found == T::Dedent {
            let fault = self.indentation_error(self.span(self.at), "unexpected unindent");
            let is_end = self.span(self.at).start as usize == self.cx.source.text().len();
            return if is_end { self.error("invalid syntax").with_incomplete() } else { fault };
        }
        self.field_fault()
            .or_else(|| self.for_target_fault())
            .or_else(|| self.definition_fault())
            .or_else(|| self.import_fault())
            .or_else(|| self.pattern_target_fault())
            .or_else(|| self.expression_fault())
            .or_else(|| self.starred_fault())
            .or_else(|| self.deletion_fault())
            .or_else(|| self.assignment_fault())
            .or_else(|| self.missing_colon())
            .unwrap_or_else(|| self.generic())
    }

    /// "invalid syntax", with what would help.
    fn generic(&self) -> Diagnostic {
        let fault = self.error_at(self.generic_place(), "invalid syntax");
        match (self.kind(self.at), self.before(self.at)) {
            (Some(T::Ampersand), Some(T::Ampersand)) => fault.with_help("'and' joins two conditions"),
            (Some(T::Pipe), Some(T::Pipe)) => fault.with_help("'or' joins two conditions"),
            (Some(kind), _) if kind.is_keyword() && self.before(self.at).is_none_or(|b| b == T::Dot) => {
                fault.with_help(format!("'{kind}' is a keyword and cannot be a name", kind = kind.text()))
            }
            _ => fault,
        }
    }

    /// Where a fault without a name is. A colon is the fault itself where no annotation can be.
    fn generic_place(&self) -> Span {
        let colon = self.at.saturating_sub(1);
        if self.is(colon, T::Walrus) && colon > self.line_start {
            // Only behind a name is it read.
            let target = self.operand_start(colon).index;
            if target + 1 != colon || !self.is_name(target) {
                return self.span(colon);
            }
        }
        if self.open.is_empty()
            && colon > self.stmt_start
            && self.kind(colon).is_some_and(is_augmented_assignment)
            && let Some(target) = self.star_expressions(self.stmt_start)
            && target.end == colon
            && !matches!(
                target.expr.kind,
                ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..)
            )
        {
            return self.span(colon);
        }
        if self.open.is_empty() && self.is(colon, T::Colon) && colon > self.stmt_start && !self.is_compound()
        {
            let target = match self.is(self.stmt_start, T::Yield) {
                true => self.try_rule(self.rules.yield_expr.clone(), self.stmt_start),
                false => self.star_expressions(self.stmt_start),
            };
            if let Some(target) = target
                && target.end == colon
                && !matches!(
                    target.expr.kind,
                    ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..)
                )
            {
                return self.span(colon);
            }
        }
        self.span(self.at)
    }

    /// A header before `at` whose block is missing. At a prompt the block may follow.
    fn missing_block(&self, at: usize) -> Diagnostic {
        let mut head = at - 1;
        while head > 0 && self.kind(head - 1).is_some_and(|kind| !is_layout(kind)) {
            head -= 1;
        }
        let line = self.cx.source.line(self.span(head).start);
        let word = if self.is(head, T::Async) { head + 1 } else { head };
        let what = match self.kind(word) {
            Some(T::Def) => "function definition".to_owned(),
            Some(T::Class) => "class definition".to_owned(),
            Some(T::Except) if self.is(word + 1, T::Star) => "'except*' statement".to_owned(),
            Some(kind) => format!("'{}' statement", kind.text()),
            None => "statement".to_owned(),
        };
        // The place is the first token behind, or the end of the last line.
        let mut next = at;
        while self.is(next, T::Dedent) {
            next += 1;
        }
        let is_end = self.token(next).is_none();
        let text = self.cx.source.text();
        let end = text.strip_suffix('\n').unwrap_or(text).trim_end_matches('\r').len() as u32;
        let place = if is_end { Span::new(end, end) } else { self.span(next) };
        let mut fault = self
            .indentation_error(place, format!("expected an indented block after {what} on line {line}"))
            .with_label(self.span(head).to(self.span(word)), "this has no body")
            .with_help("write `pass` for a body that does nothing");
        fault.incomplete = is_end;
        fault
    }

    /// A header that breaks off before its colon.
    fn missing_colon(&self) -> Option<Diagnostic> {
        if !self.open.is_empty() || !self.is_compound() || !self.expects(T::Colon) {
            return None;
        }
        let head = self.kind(self.head())?;
        // These words want the colon whatever comes; the others only complain at a line end.
        let forced = matches!(head, T::Def | T::Else | T::Try | T::Finally);
        if !forced && !self.is(self.at, T::Newline) || self.stmt_start != self.line_start {
            return None;
        }
        let head = self.span(self.head());
        Some(self.error("expected ':'").with_label(head, format!("this '{}' needs one", self.cx.text(head))))
    }

    /// Faults of `def` and `lambda` headers.
    fn definition_fault(&self) -> Option<Diagnostic> {
        let head = self.head();
        let is_named = matches!(self.kind(head), Some(T::Def | T::Class));
        if is_named && self.is(head + 2, T::LeftBracket) && self.is(head + 3, T::RightBracket) {
            return Some(self.error_at(self.span(head + 3), "Type parameter list cannot be empty"));
        }
        if self.is(head, T::Def) && self.stmt_start == self.line_start {
            if let Some((Open::Bracket(T::LeftBracket), bracket)) = self.open.first().copied()
                && bracket == head + 2
                && self.open.len() == 1
                && self.expression_fault().is_none()
            {
                return Some(self.error_at(self.span(bracket), "expected '('"));
            }
            let has_parameters = (head..self.at).any(|index| self.is(index, T::LeftParen));
            if self.open.is_empty() && self.expects(T::LeftParen) && self.at >= head + 2 && !has_parameters {
                return Some(self.error("expected '('"));
            }
            // Without a result that can be read, the colon is missed where the arrow is.
            let arrow = (head..self.at).rev().find(|&index| self.is(index, T::Arrow));
            if let Some(arrow) = arrow.filter(|_| self.open.is_empty())
                && self.expression(arrow + 1).is_none()
            {
                return Some(self.error_at(self.span(arrow), "expected ':'"));
            }
            if let [(Open::Bracket(T::LeftParen), bracket)] = self.open[..]
                && self.is_parameter_list(bracket)
            {
                return self.parameter_fault("Function parameters");
            }
        }
        let lambda = self.lambda_of_parameters()?;
        (lambda < self.at).then(|| self.parameter_fault("Lambda expression parameters")).flatten()
    }

    fn is_parameter_list(&self, bracket: usize) -> bool {
        self.before(bracket).is_some_and(|kind| kind.is_name() || kind == T::RightBracket)
    }

    /// The `lambda` in whose parameters the failure is.
    fn lambda_of_parameters(&self) -> Option<usize> {
        let floor = self.innermost().map_or(self.stmt_start, |(_, index)| index + 1);
        let mut depth = 0;
        for index in (floor..self.at).rev() {
            match self.kind(index)? {
                T::RightParen | T::RightBracket | T::RightBrace | T::FStringEnd => depth += 1,
                T::LeftParen | T::LeftBracket | T::LeftBrace | T::FStringStart => depth -= 1,
                T::Colon if depth == 0 => return None,
                T::Lambda if depth == 0 => return Some(index),
                _ => {}
            }
        }
        None
    }

    fn parameter_fault(&self, what: &str) -> Option<Diagnostic> {
        let found = self.kind(self.at)?;
        let before = self.before(self.at);
        let first = self.lambda_of_parameters().or(self.innermost().map(|(_, index)| index))? + 1;
        if self.is(first, T::Slash) && self.is(first + 1, T::Comma) && first + 1 < self.at {
            return Some(self.error_at(self.span(first), "at least one argument must precede /"));
        }
        if before == Some(T::Equal) && (found == T::RightParen || found == T::Comma) {
            // `*args: int=`: that it has a default is the worse fault.
            let star = self.star_of_default(self.at - 1);
            let place = self.span(self.at - 1);
            return Some(match star {
                Some(T::Star) => self.error_at(place, "var-positional argument cannot have default value"),
                Some(_) => self.error_at(place, "var-keyword argument cannot have default value"),
                None => self.error_at(place, "expected default value expression"),
            });
        }
        if found == T::Star && before == Some(T::Slash) {
            return Some(self.error("expected comma between / and *"));
        }
        let is_first = matches!(before, Some(T::LeftParen | T::Comma | T::Lambda));
        if found == T::LeftParen && is_first && !self.has_default(self.at) {
            let mut index = self.at + 1;
            while self.is_name(index) || self.is(index, T::Comma) {
                index += 1;
            }
            if self.is(index, T::RightParen) && index > self.at + 1 {
                let span = self.span(self.at).to(self.span(index));
                return Some(self.error_at(span, format!("{what} cannot be parenthesized")));
            }
        }
        None
    }

    /// Whether a parameter before this one has a default.
    fn has_default(&self, at: usize) -> bool {
        let first = self.innermost().map_or(self.stmt_start, |(_, index)| index);
        (first..at).any(|index| self.is(index, T::Equal))
    }

    /// The star of the parameter whose `=` is at `equal`.
    fn star_of_default(&self, equal: usize) -> Option<T> {
        let mut index = equal;
        while index > self.line_start {
            index -= 1;
            match self.kind(index)? {
                T::Comma | T::LeftParen | T::Lambda => return None,
                kind @ (T::Star | T::DoubleStar) => return Some(kind),
                _ => {}
            }
        }
        None
    }

    /// `a, b c = d`: CPython reads what follows a tuple as more of it, comma or not.
    fn assignment_behind_tuple(&self) -> Option<Diagnostic> {
        let tuple = self.star_expressions(self.stmt_start)?;
        if tuple.end != self.at || !matches!(tuple.expr.kind, ExprKind::Tuple(_)) || tuple.expr.parenthesized
        {
            return None;
        }
        let mut from = self.at;
        while self.kind(from).is_some_and(starts_expression) {
            if let Some(fault) = self.comparison_meant(from) {
                return Some(fault);
            }
            let item = self.try_rule(self.rules.star_named_expression.clone(), from)?;
            from = if self.is(item.end, T::Comma) { item.end + 1 } else { item.end };
        }
        None
    }

    /// `for` with a target that is not even an operand of `|`.
    fn for_target_fault(&self) -> Option<Diagnostic> {
        let first = match self.before(self.at) {
            Some(T::For) => self.at,
            _ if self.is(self.head(), T::For) => self.head() + 1,
            _ => return None,
        };
        let targets = self.star_expressions(first)?;
        let right = self.try_rule(self.rules.star_targets.clone(), first);
        if targets.end < self.at || right.is_some_and(|targets| self.is(targets.end, T::In)) {
            return None;
        }
        let wrong = invalid_for_target(&targets.expr)?;
        let message = format!("cannot assign to {}", super::expression_name(&wrong.kind));
        Some(self.error_at(wrong.span, message))
    }

    /// `case ... as target` where the target is no name.
    fn pattern_target_fault(&self) -> Option<Diagnostic> {
        let is_case = self.is(self.line_start, T::Case) && self.stmt_start == self.line_start;
        if !is_case || self.before(self.at) != Some(T::As) {
            return None;
        }
        let target = self.expression(self.at)?;
        Some(self.error_at(target.expr.span, "invalid pattern target"))
    }

    /// `del` of what cannot be deleted, whatever follows.
    fn deletion_fault(&self) -> Option<Diagnostic> {
        if !self.is(self.stmt_start, T::Del) {
            return None;
        }
        let targets = self.star_expressions(self.stmt_start + 1)?;
        let wrong = check::invalid_target(&targets.expr, true)?;
        let message = format!("cannot delete {}", super::expression_name(&wrong.kind));
        Some(self.error_at(wrong.span, message))
    }

    fn import_fault(&self) -> Option<Diagnostic> {
        let first = self.stmt_start;
        let found = self.kind(self.at)?;
        if self.is(first, T::Import) && found == T::From && self.before(self.at).is_some_and(T::is_name) {
            if !self.is_name(self.at + 1) {
                return None;
            }
            let span = self.span(first).to(self.span(self.at + 1));
            return Some(self.error_at(span, "Did you mean to use 'from ... import ...' instead?"));
        }
        if matches!(self.kind(first), Some(T::Import | T::From))
            && found == T::Newline
            && self.before(self.at) == Some(T::Import)
        {
            return Some(self.error("Expected one or more names after 'import'"));
        }
        None
    }

    /// A statement that fails behind `target =`: the target may be the reason.
    fn assignment_fault(&self) -> Option<Diagnostic> {
        if !self.kind(self.stmt_start).is_some_and(|kind| starts_expression(kind) || kind == T::Star) {
            return None;
        }
        let mut from = self.stmt_start;
        if self.is(self.at, T::Walrus) && self.open.is_empty() {
            let target = self.expression(from).filter(|target| target.end == self.at)?;
            self.expression(self.at + 1)?;
            let is_name = matches!(target.expr.kind, ExprKind::Name(_)) && !target.expr.parenthesized;
            let name = super::expression_name(&target.expr.kind);
            let message = format!("cannot use assignment expressions with {name}");
            return (!is_name).then(|| self.error_at(target.expr.span, message));
        }
        if let Some(fault) = self.assignment_behind_tuple() {
            return Some(fault);
        }
        loop {
            let target = self.star_expressions(from)?;
            if !self.is(target.end, T::Equal) || target.end >= self.at {
                return None;
            }
            if let Some(wrong) = check::invalid_target(&target.expr, false) {
                if from == self.stmt_start
                    && let Some(fault) = self.comparison_meant(from)
                {
                    return Some(fault);
                }
                let message = format!("cannot assign to {}", super::expression_name(&wrong.kind));
                return Some(self.error_at(wrong.span, message));
            }
            from = target.end + 1;
        }
    }
}

/// What of the targets of `for` cannot be one. A comparison with `in` is the target and `in`.
fn invalid_for_target(target: &Expr) -> Option<&Expr> {
    match &target.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().find_map(invalid_for_target),
        ExprKind::Starred(inner) => invalid_for_target(inner),
        ExprKind::Compare(left, rest) if matches!(rest.first(), Some((CmpOp::In, _))) => {
            invalid_for_target(left)
        }
        ExprKind::Compare(..) => None,
        _ => check::invalid_target(target, false),
    }
}

/// Whether it is `+=` or one of its like.
pub(super) fn is_augmented_assignment(kind: T) -> bool {
    matches!(
        kind,
        T::PlusEqual
            | T::MinusEqual
            | T::StarEqual
            | T::SlashEqual
            | T::DoubleSlashEqual
            | T::PercentEqual
            | T::AtEqual
            | T::AmpersandEqual
            | T::PipeEqual
            | T::CaretEqual
            | T::RightShiftEqual
            | T::LeftShiftEqual
            | T::DoubleStarEqual
    )
}
