//! Patterns: names bound once, by every alternative, and nothing after one that always matches.

use super::Check;
use crate::ast::*;
use crate::diagnostic::Phase;
use crate::source::Span;
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

type Names = BTreeSet<Rc<str>>;

impl Check<'_> {
    /// The pattern of a `case`, which may be irrefutable only where that hides nothing.
    pub(super) fn case_pattern(&mut self, pattern: &Pattern, may_be_irrefutable: bool) {
        self.outer(pattern, &mut Names::new(), may_be_irrefutable);
    }

    /// Check a pattern that meets the whole subject; where others follow, it may not match
    /// everything. CPython compiles from left to right and stops at the first error: so does this.
    /// Tells whether there was one.
    fn outer(&mut self, pattern: &Pattern, bound: &mut Names, may_be_irrefutable: bool) -> bool {
        let message = match &pattern.kind {
            PatternKind::Wildcard if !may_be_irrefutable => {
                "wildcard makes remaining patterns unreachable".to_owned()
            }
            PatternKind::Capture(name) if !may_be_irrefutable => {
                format!("name capture '{}' makes remaining patterns unreachable", name.name)
            }
            PatternKind::As(inner, name) => {
                return self.outer(inner, bound, may_be_irrefutable) || self.bind(name, pattern.span, bound);
            }
            PatternKind::Or(alternatives) => {
                return self.alternatives(pattern, alternatives, bound, may_be_irrefutable);
            }
            _ => return self.pattern(pattern, bound),
        };
        self.error(Phase::Compiler, message, pattern.span);
        true
    }

    /// Check one pattern; the names it binds are added to `bound`. Tells whether there was an error.
    fn pattern(&mut self, pattern: &Pattern, bound: &mut Names) -> bool {
        match &pattern.kind {
            PatternKind::Error | PatternKind::Wildcard | PatternKind::Singleton(_) => false,
            PatternKind::Capture(name) => self.bind(name, pattern.span, bound),
            PatternKind::Value(value) => {
                if matches!(value.kind, ExprKind::JoinedStr(_)) {
                    let message = "patterns may only match literals and attribute lookups";
                    self.error(Phase::Compiler, message, pattern.span);
                    return true;
                }
                self.expr(value);
                false
            }
            PatternKind::Sequence(items) => {
                let stars = items.iter().filter(|item| matches!(item.kind, PatternKind::Star(_))).count();
                if stars > 1 {
                    let message = "multiple starred names in sequence pattern";
                    self.error(Phase::Compiler, message, pattern.span);
                    return true;
                }
                items.iter().any(|item| self.pattern(item, bound))
            }
            PatternKind::Star(name) => name.as_ref().is_some_and(|name| self.bind(name, pattern.span, bound)),
            PatternKind::Mapping(mapping) => {
                self.mapping_keys(pattern, mapping)
                    || mapping.items.iter().any(|(_, value)| self.pattern(value, bound))
                    || mapping.rest.as_ref().is_some_and(|rest| self.bind(rest, pattern.span, bound))
            }
            PatternKind::Class(class) => {
                let mut seen = HashSet::new();
                for (name, value) in &class.keywords {
                    if !seen.insert(&name.name) {
                        let message = format!("attribute name repeated in class pattern: {}", name.name);
                        self.error(Phase::Compiler, message, value.span);
                        return true;
                    }
                }
                self.expr(&class.class);
                class.positional.iter().any(|item| self.pattern(item, bound))
                    || class.keywords.iter().any(|(_, item)| self.pattern(item, bound))
            }
            PatternKind::Or(_) | PatternKind::As(..) => self.outer(pattern, bound, true),
        }
    }

    /// Note a name; tells whether it is bound twice.
    fn bind(&mut self, name: &Identifier, span: Span, bound: &mut Names) -> bool {
        let is_new = bound.insert(name.name.clone());
        if !is_new {
            let message = format!("multiple assignments to name '{}' in pattern", name.name);
            self.error(Phase::Compiler, message, span);
        }
        !is_new
    }

    fn mapping_keys(&mut self, pattern: &Pattern, mapping: &MappingPattern) -> bool {
        let mut seen: Vec<Key<'_>> = Vec::new();
        for (key, _) in &mapping.items {
            self.expr(key);
            if matches!(key.kind, ExprKind::JoinedStr(_)) {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                self.error(Phase::Compiler, message, pattern.span);
                return true;
            }
            let Some(value) = Key::of(key) else { continue };
            if seen.contains(&value) {
                let message = format!("mapping pattern checks duplicate key ({})", expression_text(key));
                self.error(Phase::Compiler, message, pattern.span);
                return true;
            }
            seen.push(value);
        }
        false
    }

    /// Alternatives bind the same names, and only the last may match everything.
    fn alternatives(
        &mut self,
        pattern: &Pattern,
        alternatives: &[Pattern],
        bound: &mut Names,
        may_be_irrefutable: bool,
    ) -> bool {
        let mut all: Option<Names> = None;
        for (index, alternative) in alternatives.iter().enumerate() {
            let mut names = Names::new();
            let is_last = index + 1 == alternatives.len();
            if self.outer(alternative, &mut names, is_last && may_be_irrefutable) {
                return true;
            }
            match &all {
                None => all = Some(names),
                Some(first) if *first != names => {
                    let message = "alternative patterns bind different names";
                    self.error(Phase::Compiler, message, pattern.span);
                    return true;
                }
                Some(_) => {}
            }
        }
        for name in all.unwrap_or_default() {
            if !bound.insert(name.clone()) {
                let message = format!("multiple assignments to name '{name}' in pattern");
                self.error(Phase::Compiler, message, pattern.span);
                return true;
            }
        }
        false
    }
}

/// A key as its `repr`, near enough for an error text.
/// What a literal key is as a key of a dict: numbers are the same whatever their type.
#[derive(PartialEq)]
enum Key<'a> {
    Number(Real, f64),
    Big(&'a num_bigint::BigInt, bool),
    Other(&'a Constant),
}

#[derive(Clone, Copy)]
enum Real {
    Int(i64),
    Float(f64),
}

impl Real {
    fn to_float(self) -> f64 {
        match self {
            Real::Int(value) => value as f64,
            Real::Float(value) => value,
        }
    }

    fn negated(self) -> Real {
        match self {
            Real::Int(value) => value.checked_neg().map_or(Real::Float(-(value as f64)), Real::Int),
            Real::Float(value) => Real::Float(-value),
        }
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Real) -> bool {
        match (*self, *other) {
            (Real::Int(left), Real::Int(right)) => left == right,
            (Real::Float(left), Real::Float(right)) => left == right,
            (Real::Int(int), Real::Float(float)) | (Real::Float(float), Real::Int(int)) => {
                float == int as f64 && float.abs() < 2f64.powi(63) && float as i64 == int
            }
        }
    }
}

impl<'a> Key<'a> {
    /// The key that a literal, a negative number or a complex number is.
    fn of(expr: &'a Expr) -> Option<Key<'a>> {
        match &expr.kind {
            ExprKind::Constant(constant) => Some(match constant {
                Constant::True => Key::Number(Real::Int(1), 0.0),
                Constant::False => Key::Number(Real::Int(0), 0.0),
                Constant::Int(value) => Key::Number(Real::Int(*value), 0.0),
                Constant::Float(value) => Key::Number(Real::Float(*value), 0.0),
                Constant::Imaginary(value) => Key::Number(Real::Int(0), *value),
                Constant::BigInt(value) => Key::Big(value, false),
                other => Key::Other(other),
            }),
            ExprKind::UnaryOp(UnaryOperator::USub, operand) => match Key::of(operand)? {
                Key::Number(real, imaginary) => Some(Key::Number(real.negated(), -imaginary)),
                Key::Big(value, is_negative) => Some(Key::Big(value, !is_negative)),
                Key::Other(_) => None,
            },
            ExprKind::BinOp(left, operator, right) => {
                let (Key::Number(real, _), Key::Number(_, imaginary)) = (Key::of(left)?, Key::of(right)?)
                else {
                    return None;
                };
                match operator {
                    Operator::Add => Some(Key::Number(Real::Float(real.to_float()), imaginary)),
                    Operator::Sub => Some(Key::Number(Real::Float(real.to_float()), -imaginary)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn expression_text(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Constant(constant) => key_text(constant),
        ExprKind::UnaryOp(UnaryOperator::USub, operand) => match &operand.kind {
            ExprKind::Constant(Constant::Int(0)) => "0".into(),
            _ => format!("-{}", expression_text(operand)),
        },
        ExprKind::BinOp(left, operator, right) => {
            let sign = if *operator == Operator::Sub { '-' } else { '+' };
            let real = expression_text(left);
            let real = real.strip_suffix(".0").unwrap_or(&real);
            format!("({real}{sign}{})", expression_text(right))
        }
        _ => String::new(),
    }
}

fn key_text(constant: &Constant) -> String {
    match constant {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Imaginary(value) => format!("{value}j"),
        Constant::Str(value) => {
            let quote = if value.contains('\'') && !value.contains('"') { '"' } else { '\'' };
            let mut text = String::from(quote);
            for character in value.chars() {
                match character {
                    '\\' => text.push_str("\\\\"),
                    '\n' => text.push_str("\\n"),
                    '\r' => text.push_str("\\r"),
                    '\t' => text.push_str("\\t"),
                    _ if character == quote => text.extend(['\\', quote]),
                    _ => text.push(character),
                }
            }
            text.push(quote);
            text
        }
        Constant::Bytes(value) => format!("b'{}'", value.escape_ascii()),
    }
}
