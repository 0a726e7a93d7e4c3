//! What can be assigned to, deleted or annotated.

use super::Check;
use crate::ast::*;
use crate::diagnostic::{Diagnostic, Phase};
use crate::explain::expression_name;
use crate::source::Span;

impl Check<'_> {
    /// The left sides of `a = b = value`.
    pub(super) fn assign_targets(&mut self, assign: &Assign) {
        for target in &assign.targets {
            if matches!(target.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_)) && !target.parenthesized {
                let message = "assignment to yield expression not possible";
                self.error(Phase::Parser, message, target.span);
                continue;
            }
            let Some(wrong) = invalid_target(target, false) else { continue };
            if let Some(diagnostic) = comparison_meant(assign) {
                self.out.push(diagnostic);
                return;
            }
            let message = format!("cannot assign to {}", expression_name(&wrong.kind));
            self.error(Phase::Parser, message, wrong.span);
        }
    }

    /// The target of `for`, in a statement or a comprehension.
    pub(super) fn for_target(&mut self, target: &Expr) {
        match invalid_target(target, false) {
            // To CPython the `in` of such a comparison is that of the loop.
            Some(Expr { kind: ExprKind::Compare(_, rest), span, .. })
                if matches!(rest.first(), Some((CmpOp::In, _))) =>
            {
                self.error(Phase::Parser, "invalid syntax", *span);
            }
            _ => self.store_target(target),
        }
    }

    /// The target of `with`.
    pub(super) fn store_target(&mut self, target: &Expr) {
        if let Some(wrong) = invalid_target(target, false) {
            let message = format!("cannot assign to {}", expression_name(&wrong.kind));
            self.error(Phase::Parser, message, wrong.span);
        }
    }

    pub(super) fn delete_target(&mut self, target: &Expr) {
        if let Some(wrong) = invalid_target(target, true) {
            let message = format!("cannot delete {}", expression_name(&wrong.kind));
            self.error(Phase::Parser, message, wrong.span);
        }
    }

    pub(super) fn aug_assign_target(&mut self, target: &Expr) {
        if !matches!(
            target.kind,
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..) | ExprKind::Error
        ) {
            let name = expression_name(&target.kind);
            let message = format!("'{name}' is an illegal expression for augmented assignment");
            self.error(Phase::Parser, message, target.span);
        }
    }

    pub(super) fn ann_assign_target(&mut self, target: &Expr) {
        let (message, span) = match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..) | ExprKind::Error => return,
            ExprKind::List(_) => ("only single target (not list) can be annotated", target.span),
            ExprKind::Tuple(items) => {
                let first = items.first().filter(|_| !target.parenthesized);
                let span = first.map_or(target.span, |first| first.span);
                ("only single target (not tuple) can be annotated", span)
            }
            ExprKind::Starred(_) => ("invalid syntax", Span::new(target.span.end, target.span.end + 1)),
            _ => ("illegal target for annotation", target.span),
        };
        self.error(Phase::Parser, message, span);
    }

    /// Stars in a target, and the expressions inside it.
    pub(super) fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Starred(inner) => {
                let message = "starred assignment target must be in a list or tuple";
                self.error(Phase::Compiler, message, target.span);
                self.target(inner);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => self.unpacking(target, items),
            _ => self.expr(target),
        }
    }

    fn unpacking(&mut self, target: &Expr, items: &[Expr]) {
        let is_starred = |item: &&Expr| matches!(item.kind, ExprKind::Starred(_));
        let before = items.iter().position(|item| is_starred(&item));
        if items.iter().filter(is_starred).count() > 1 {
            self.error(Phase::Compiler, "multiple starred expressions in assignment", target.span);
        } else if let Some(before) = before
            && (before >= 1 << 8 || items.len() - before > i32::MAX as usize >> 8)
        {
            self.error(Phase::Compiler, "too many expressions in star-unpacking assignment", target.span);
        }
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => self.target(inner),
                _ => self.target(item),
            }
        }
    }
}

/// The first part of a target that cannot be one.
pub(crate) fn invalid_target(target: &Expr, delete: bool) -> Option<&Expr> {
    match &target.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => {
            items.iter().find_map(|item| invalid_target(item, delete))
        }
        ExprKind::Starred(inner) if !delete => invalid_target(inner, delete),
        ExprKind::Name(_) | ExprKind::Attribute(..) | ExprKind::Subscript(..) | ExprKind::Error => None,
        _ => Some(target),
    }
}

/// What CPython says of an assignment that cannot be one: it suspects a comparison between what
/// stands around the first `=`.
fn comparison_meant(assign: &Assign) -> Option<Diagnostic> {
    let first = assign.targets.first()?;
    let left = match &first.kind {
        ExprKind::Tuple(items) if !first.parenthesized => items.last()?,
        _ => first,
    };
    let (right, is_last) = match assign.targets.get(1) {
        Some(right) => (right, false),
        None => (&assign.value, true),
    };
    let operand = leftmost_operand(right)?;
    // CPython looks no further when another `=` follows at once.
    if !is_last && std::ptr::eq(operand, right) {
        return None;
    }
    if matches!(left.kind, ExprKind::Name(_)) && !left.parenthesized {
        let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
        return Some(Diagnostic::error(Phase::Parser, message, left.span.to(operand.span)));
    }
    if !is_bitwise_or(left) || begins_with_display(left) {
        return None;
    }
    let name = expression_name(&left.kind);
    let message = format!("cannot assign to {name} here. Maybe you meant '==' instead of '='?");
    let diagnostic = Diagnostic::error(Phase::Parser, message, left.span);
    Some(diagnostic.with_help("use '==' to compare two values"))
}

/// Whether CPython reads the target as an operand of `|` or something tighter: only then does it
/// suspect that a comparison was meant.
fn is_bitwise_or(target: &Expr) -> bool {
    target.parenthesized
        || !matches!(
            target.kind,
            ExprKind::Compare(..)
                | ExprKind::BoolOp(..)
                | ExprKind::UnaryOp(UnaryOperator::Not, _)
                | ExprKind::IfExp(_)
                | ExprKind::Lambda(_)
                | ExprKind::Starred(_)
                | ExprKind::Tuple(_)
                | ExprKind::Yield(_)
                | ExprKind::YieldFrom(_)
        )
}

/// Whether the text of a target begins with a display or constant that CPython excludes.
pub(crate) fn begins_with_display(target: &Expr) -> bool {
    let mut leftmost = target;
    loop {
        leftmost = match &leftmost.kind {
            ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::GeneratorExp(_) => return true,
            ExprKind::Constant(Constant::None | Constant::True | Constant::False) => {
                return !leftmost.parenthesized;
            }
            _ if leftmost.parenthesized => return false,
            ExprKind::BinOp(left, ..) | ExprKind::Attribute(left, _) | ExprKind::Subscript(left, _) => left,
            ExprKind::Call(call) => &call.function,
            _ => return false,
        }
    }
}

/// The operand of `|` or something tighter with which a value begins; none if it begins with
/// `not`, `lambda` and so on.
fn leftmost_operand(value: &Expr) -> Option<&Expr> {
    let mut leftmost = value;
    loop {
        if leftmost.parenthesized {
            return Some(leftmost);
        }
        leftmost = match &leftmost.kind {
            ExprKind::Compare(first, _) => first,
            ExprKind::IfExp(node) => &node.body,
            ExprKind::BoolOp(_, items) | ExprKind::Tuple(items) => items.first()?,
            ExprKind::UnaryOp(UnaryOperator::Not, _)
            | ExprKind::Lambda(_)
            | ExprKind::Starred(_)
            | ExprKind::Yield(_)
            | ExprKind::YieldFrom(_) => return None,
            _ => return Some(leftmost),
        }
    }
}
