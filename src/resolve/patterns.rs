//! What CPython's compiler refuses about patterns of `match`.

use super::compile_error;
use apy_grammar::ast::{
    ClassPattern, Constant, Expr, ExprKind, MappingPattern, Match, Pattern, PatternKind, UnaryOperator,
};
use apy_grammar::{Diagnostic, Span};
use std::rc::Rc;

struct Patterns<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Names bound so far in the pattern.
    names: Vec<Rc<str>>,
    /// A pattern that always matches may stand here.
    allow_irrefutable: bool,
}

/// Check the patterns of a statement.
pub(super) fn check(switch: &Match, diagnostics: &mut Vec<Diagnostic>) {
    let last = switch.cases.len().saturating_sub(1);
    for (index, case) in switch.cases.iter().enumerate() {
        let allow_irrefutable = case.guard.is_some() || index == last;
        let mut patterns = Patterns { diagnostics, names: Vec::new(), allow_irrefutable };
        patterns.pattern(&case.pattern);
    }
}

impl Patterns<'_> {
    fn error(&mut self, message: impl Into<String>, span: Span) {
        self.diagnostics.push(compile_error(message, span));
    }

    fn store(&mut self, name: &Rc<str>, span: Span) {
        if &**name == "__debug__" {
            self.error("cannot assign to __debug__", span);
        }
        if self.names.contains(name) {
            self.error(format!("multiple assignments to name '{name}' in pattern"), span);
        } else {
            self.names.push(Rc::clone(name));
        }
    }

    fn inner(&mut self, pattern: &Pattern) {
        let outer = std::mem::replace(&mut self.allow_irrefutable, true);
        self.pattern(pattern);
        self.allow_irrefutable = outer;
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Error | PatternKind::Value(_) | PatternKind::Singleton(_) => {}
            PatternKind::Wildcard => {
                if !self.allow_irrefutable {
                    self.error("wildcard makes remaining patterns unreachable", span);
                }
            }
            PatternKind::Capture(name) => {
                if !self.allow_irrefutable {
                    let text = format!("name capture '{}' makes remaining patterns unreachable", name.name);
                    self.error(text, span);
                }
                self.store(&name.name, span);
            }
            PatternKind::Star(name) => {
                if let Some(name) = name {
                    self.store(&name.name, span);
                }
            }
            PatternKind::Sequence(items) => {
                let stars = items.iter().filter(|item| matches!(item.kind, PatternKind::Star(_))).count();
                if stars > 1 {
                    self.error("multiple starred names in sequence pattern", span);
                }
                items.iter().for_each(|item| self.inner(item));
            }
            PatternKind::Mapping(mapping) => self.mapping(mapping, span),
            PatternKind::Class(class) => self.class(class),
            PatternKind::Or(alternatives) => self.alternatives(alternatives, span),
            PatternKind::As(inner, name) => {
                self.pattern(inner);
                self.store(&name.name, span);
            }
        }
    }

    fn mapping(&mut self, mapping: &MappingPattern, span: Span) {
        let mut seen: Vec<&Expr> = Vec::new();
        for (key, _) in &mapping.items {
            let is_attribute = matches!(key.kind, ExprKind::Attribute(..));
            if !is_attribute && seen.iter().any(|other| same_literal(other, key)) {
                self.error(format!("mapping pattern checks duplicate key ({})", show(key)), span);
                break;
            }
            seen.push(key);
        }
        mapping.items.iter().for_each(|(_, item)| self.inner(item));
        if let Some(rest) = &mapping.rest {
            self.store(&rest.name, span);
        }
    }

    fn class(&mut self, class: &ClassPattern) {
        for (index, (name, item)) in class.keywords.iter().enumerate() {
            if &*name.name == "__debug__" {
                self.error("cannot assign to __debug__", item.span);
            }
            if class.keywords[..index].iter().any(|(other, _)| other.name == name.name) {
                self.error(format!("attribute name repeated in class pattern: {}", name.name), item.span);
            }
        }
        class.positional.iter().for_each(|item| self.inner(item));
        class.keywords.iter().for_each(|(_, item)| self.inner(item));
    }

    fn alternatives(&mut self, alternatives: &[Pattern], span: Span) {
        let allowed = self.allow_irrefutable;
        let before = std::mem::take(&mut self.names);
        let mut first: Option<Vec<Rc<str>>> = None;
        for (index, alternative) in alternatives.iter().enumerate() {
            self.allow_irrefutable = allowed && index + 1 == alternatives.len();
            self.pattern(alternative);
            let names = std::mem::take(&mut self.names);
            match &first {
                None => first = Some(names),
                Some(expected) => {
                    let same = names.len() == expected.len() && names.iter().all(|n| expected.contains(n));
                    if !same {
                        self.error("alternative patterns bind different names", span);
                        break;
                    }
                }
            }
        }
        self.allow_irrefutable = allowed;
        self.names = before;
        for name in first.unwrap_or_default() {
            self.store(&name, span);
        }
    }
}

/// Whether two keys are the same literal; equal numbers of different kinds count as the same.
fn same_literal(left: &Expr, right: &Expr) -> bool {
    match (&left.kind, &right.kind) {
        (ExprKind::Constant(a), ExprKind::Constant(b)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
        (ExprKind::UnaryOp(UnaryOperator::USub, a), ExprKind::UnaryOp(UnaryOperator::USub, b)) => {
            same_literal(a, b)
        }
        (ExprKind::BinOp(a, op, b), ExprKind::BinOp(c, other, d)) => {
            op == other && same_literal(a, c) && same_literal(b, d)
        }
        _ => false,
    }
}

fn number(constant: &Constant) -> Option<f64> {
    match constant {
        Constant::Int(value) if value.unsigned_abs() < 1 << 53 => Some(*value as f64),
        Constant::Float(value) => Some(*value),
        Constant::True => Some(1.0),
        Constant::False => Some(0.0),
        _ => None,
    }
}

/// A literal key as `repr` shows it, nearly.
fn show(key: &Expr) -> String {
    match &key.kind {
        ExprKind::Constant(constant) => match constant {
            Constant::None => "None".to_owned(),
            Constant::True => "True".to_owned(),
            Constant::False => "False".to_owned(),
            Constant::Ellipsis => "Ellipsis".to_owned(),
            Constant::Int(value) => value.to_string(),
            Constant::BigInt(value) => value.to_string(),
            Constant::Float(value) => format!("{value:?}"),
            Constant::Imaginary(value) => format!("{value}j"),
            Constant::Str(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
            Constant::Str(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Constant::Bytes(bytes) => format!("b'{}'", bytes.escape_ascii()),
        },
        ExprKind::UnaryOp(UnaryOperator::USub, inner) => format!("-{}", show(inner)),
        _ => "...".to_owned(),
    }
}
