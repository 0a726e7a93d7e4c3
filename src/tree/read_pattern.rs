//! Objects as trees: patterns.

use super::build::Context;
use super::read::{Node, Typed};
use crate::object::{Raised, Value};
use apy_grammar::Span;
use apy_grammar::ast::*;
use std::rc::Rc;

impl Typed<'_> {
    pub fn pattern(&mut self, node: Option<Node>, may_be_star: bool) -> Result<Pattern, Raised> {
        let Some(mut node) = node else {
            return Err(self.interp.value_error("None disallowed in pattern list"));
        };
        let span = self.span(node.place)?;
        let kind = self.pattern_kind(&mut node, span, may_be_star)?;
        match apy_grammar::pattern(kind, span) {
            Some(pattern) => Ok(pattern),
            None => Err(self.too_deep()),
        }
    }

    fn patterns(&mut self, nodes: Vec<Option<Node>>, may_be_star: bool) -> Result<Vec<Pattern>, Raised> {
        nodes.into_iter().map(|node| self.pattern(node, may_be_star)).collect()
    }

    fn pattern_kind(
        &mut self,
        node: &mut Node,
        span: Span,
        may_be_star: bool,
    ) -> Result<PatternKind, Raised> {
        Ok(match node.name {
            "MatchValue" => PatternKind::Value(Box::new(self.pattern_value(node.node("value"))?)),
            "MatchSingleton" => {
                let value = node.constant("value");
                if !(value.is_none() || value.is(&Value::TRUE) || value.is(&Value::FALSE)) {
                    let text = "MatchSingleton can only contain True, False and None";
                    return Err(self.interp.value_error(text));
                }
                PatternKind::Singleton(self.plain_constant(&value).unwrap_or(Constant::None))
            }
            "MatchSequence" => PatternKind::Sequence(self.patterns(node.nodes("patterns"), true)?),
            "MatchMapping" => self.mapping_pattern(node, span)?,
            "MatchClass" => self.class_pattern(node, span)?,
            "MatchStar" => {
                if !may_be_star {
                    return Err(self.interp.value_error("can't use MatchStar here"));
                }
                let name = node.text("name");
                PatternKind::Star(name.map(|name| self.capture(&name, span)).transpose()?)
            }
            "MatchAs" => {
                let name = node.text("name").map(|name| self.capture(&name, span)).transpose()?;
                match (node.node("pattern"), name) {
                    (None, None) => PatternKind::Wildcard,
                    (None, Some(name)) => PatternKind::Capture(name),
                    (Some(_), None) => {
                        let text = "MatchAs must specify a target name if a pattern is given";
                        return Err(self.interp.value_error(text));
                    }
                    (Some(inner), Some(name)) => {
                        PatternKind::As(Box::new(self.pattern(Some(inner), false)?), name)
                    }
                }
            }
            "MatchOr" => {
                let nodes = node.nodes("patterns");
                if nodes.len() < 2 {
                    return Err(self.interp.value_error("MatchOr requires at least 2 patterns"));
                }
                PatternKind::Or(self.patterns(nodes, false)?)
            }
            other => unreachable!("internal error: {other} is no pattern"),
        })
    }

    fn capture(&mut self, name: &Rc<str>, span: Span) -> Result<Identifier, Raised> {
        if &**name == "_" {
            return Err(self.interp.value_error("can't capture name '_' in patterns"));
        }
        self.identifier(name, span)
    }

    fn pattern_value(&mut self, node: Option<Node>) -> Result<Expr, Raised> {
        let value = self.load(node)?;
        let text = match &value.kind {
            ExprKind::Constant(Constant::None | Constant::True | Constant::False | Constant::Ellipsis)
            | ExprKind::Tuple(_) => "unexpected constant inside of a literal pattern",
            ExprKind::Constant(_) | ExprKind::Attribute(..) | ExprKind::JoinedStr(_) => return Ok(value),
            _ if is_number(&value) => return Ok(value),
            _ => "patterns may only match literals and attribute lookups",
        };
        Err(self.interp.value_error(text))
    }

    fn mapping_pattern(&mut self, node: &mut Node, span: Span) -> Result<PatternKind, Raised> {
        let (keys, patterns) = (node.nodes("keys"), node.nodes("patterns"));
        if keys.len() != patterns.len() {
            let text = "MatchMapping doesn't have the same number of keys as patterns";
            return Err(self.interp.value_error(text));
        }
        let rest = node.text("rest").map(|name| self.capture(&name, span)).transpose()?;
        let mut items = Vec::new();
        for (key, pattern) in keys.into_iter().zip(patterns) {
            let mut key = key;
            let is_singleton = key.as_mut().filter(|key| key.name == "Constant").is_some_and(|key| {
                let value = key.constant("value");
                value.is_none() || value.is(&Value::TRUE) || value.is(&Value::FALSE)
            });
            let key =
                if is_singleton { self.required(key, Context::Load)? } else { self.pattern_value(key)? };
            items.push((key, self.pattern(pattern, false)?));
        }
        Ok(PatternKind::Mapping(MappingPattern { items, rest }))
    }

    fn class_pattern(&mut self, node: &mut Node, span: Span) -> Result<PatternKind, Raised> {
        let (names, keywords) = (node.texts("kwd_attrs"), node.nodes("kwd_patterns"));
        if names.len() != keywords.len() {
            let text = "MatchClass doesn't have the same number of keyword attributes as patterns";
            return Err(self.interp.value_error(text));
        }
        let class = self.load(node.node("cls"))?;
        let mut inner = &class;
        while let ExprKind::Attribute(object, _) = &inner.kind {
            inner = object;
        }
        if !matches!(inner.kind, ExprKind::Name(_)) {
            let text = "MatchClass cls field can only contain Name or Attribute nodes.";
            return Err(self.interp.value_error(text));
        }
        let names = self.identifiers(names, span)?;
        let positional = self.patterns(node.nodes("patterns"), false)?;
        let keywords = names.into_iter().zip(self.patterns(keywords, false)?).collect();
        Ok(PatternKind::Class(Box::new(ClassPattern { class, positional, keywords })))
    }
}

/// Whether an expression is a number with a sign, or the sum or difference of such a number and
/// an imaginary one.
fn is_number(value: &Expr) -> bool {
    let is_literal = |value: &Expr| {
        matches!(
            value.kind,
            ExprKind::Constant(
                Constant::Int(_) | Constant::BigInt(_) | Constant::Float(_) | Constant::Imaginary(_)
            )
        )
    };
    let is_signed = |value: &Expr| match &value.kind {
        ExprKind::UnaryOp(UnaryOperator::USub, operand) => is_literal(operand),
        _ => is_literal(value),
    };
    match &value.kind {
        ExprKind::UnaryOp(UnaryOperator::USub, operand) => is_literal(operand),
        ExprKind::BinOp(left, Operator::Add | Operator::Sub, right) => {
            is_signed(left) && matches!(right.kind, ExprKind::Constant(Constant::Imaginary(_)))
        }
        _ => false,
    }
}
