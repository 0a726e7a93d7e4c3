//! Brackets of their own: groups, tuples, lists, sets, dicts and comprehensions.

use super::expr::prepend;
use super::{Cx, Forward, Rule, emit, token};
use crate::ast::{Comprehension, ComprehensionClause, DictComprehension, DictItem, Expr, ExprKind};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::prelude::*;

/// The rules that displays are made of.
pub(super) struct Parts<'t> {
    pub expression: Forward<'t, Expr>,
    pub star_named_expression: Rule<'t, Expr>,
    pub bitwise_or: Forward<'t, Expr>,
    pub disjunction: Forward<'t, Expr>,
    pub yield_expr: Forward<'t, Expr>,
    pub star_targets: Rule<'t, Expr>,
}

/// `(['async'] 'for' star_targets 'in' disjunction ('if' disjunction)*)+`
pub(super) fn for_if_clauses<'t>(parts: &Parts<'t>) -> Rule<'t, Vec<ComprehensionClause>> {
    let conditions = token(T::If).ignore_then(parts.disjunction.clone()).repeated().collect::<Vec<_>>();
    token(T::Async)
        .or_not()
        .then_ignore(token(T::For))
        .then(parts.star_targets.clone())
        .then_ignore(token(T::In))
        .then(parts.disjunction.clone())
        .then(conditions)
        .map_with(|(((is_async, target), iter), conditions), e| ComprehensionClause {
            is_async: is_async.is_some(),
            target,
            iter,
            conditions,
            span: e.span(),
        })
        .repeated()
        .at_least(1)
        .collect()
        .boxed()
}

/// What stands between brackets: a comprehension, or items.
enum Contents<T> {
    Comprehension(T, Vec<ComprehensionClause>),
    /// The flag tells of a comma after the last.
    Items(Vec<T>, bool),
}

fn contents<'t, O: 't>(
    item: Rule<'t, O>,
    clauses: Rule<'t, Vec<ComprehensionClause>>,
) -> Rule<'t, Contents<O>> {
    let more = token(T::Comma).ignore_then(item.clone()).repeated().collect::<Vec<_>>();
    let items = more.then(token(T::Comma).or_not()).map(|(more, comma)| (more, comma.is_some()));
    item.then(choice((clauses.map(Ok), items.map(Err))))
        .map(|(first, rest)| match rest {
            Ok(clauses) => Contents::Comprehension(first, clauses),
            Err((more, comma)) => Contents::Items(prepend(first, more), comma),
        })
        .boxed()
}

/// Everything that stands in brackets of its own.
pub(super) fn displays<'t>(
    cx: Cx<'t>,
    parts: &Parts<'t>,
    clauses: &Rule<'t, Vec<ComprehensionClause>>,
) -> Rule<'t, Expr> {
    let sequence = contents(parts.star_named_expression.clone(), clauses.clone());
    choice((
        group(cx, parts.yield_expr.clone(), sequence.clone()),
        list(cx, sequence),
        dict_or_set(cx, parts, clauses.clone()),
    ))
    .boxed()
}

fn unpacking_in_comprehension(element: &Expr) -> Option<Diagnostic> {
    matches!(element.kind, ExprKind::Starred(_)).then(|| {
        let message = "iterable unpacking cannot be used in comprehension";
        Diagnostic::error(Phase::Parser, message, element.span)
    })
}

/// A group, a tuple or a generator expression.
fn group<'t>(cx: Cx<'t>, yields: Forward<'t, Expr>, sequence: Rule<'t, Contents<Expr>>) -> Rule<'t, Expr> {
    let yields = yields.map(|value| Contents::Items(vec![value], false));
    choice((yields, sequence))
        .or_not()
        .delimited_by(token(T::LeftParen), token(T::RightParen))
        .validate(move |contents, e, emitter| {
            let span: Span = e.span();
            match contents {
                None => parenthesized(cx.expr(ExprKind::Tuple(Vec::new()), span)),
                Some(Contents::Comprehension(element, clauses)) => {
                    if let Some(diagnostic) = unpacking_in_comprehension(&element) {
                        emit(emitter, diagnostic);
                    }
                    let kind = ExprKind::GeneratorExp(Box::new(Comprehension { element, clauses }));
                    parenthesized(cx.expr(kind, span))
                }
                Some(Contents::Items(mut items, comma)) => match items.pop() {
                    Some(only) if items.is_empty() && !comma => {
                        if matches!(only.kind, ExprKind::Starred(_)) {
                            let message = "cannot use starred expression here";
                            emit(emitter, Diagnostic::error(Phase::Parser, message, only.span));
                        }
                        parenthesized(only)
                    }
                    last => {
                        items.extend(last);
                        parenthesized(cx.expr(ExprKind::Tuple(items), span))
                    }
                },
            }
        })
        .boxed()
}

fn parenthesized(mut value: Expr) -> Expr {
    value.parenthesized = true;
    value
}

fn list<'t>(cx: Cx<'t>, sequence: Rule<'t, Contents<Expr>>) -> Rule<'t, Expr> {
    sequence
        .or_not()
        .delimited_by(token(T::LeftBracket), token(T::RightBracket))
        .validate(move |contents, e, emitter| {
            let kind = match contents {
                None => ExprKind::List(Vec::new()),
                Some(Contents::Comprehension(element, clauses)) => {
                    if let Some(diagnostic) = unpacking_in_comprehension(&element) {
                        emit(emitter, diagnostic);
                    }
                    ExprKind::ListComp(Box::new(Comprehension { element, clauses }))
                }
                Some(Contents::Items(items, _)) => ExprKind::List(items),
            };
            cx.expr(kind, e.span())
        })
        .boxed()
}

/// An item between braces.
enum BraceItem {
    Pair(Expr, Expr),
    Unpack(Expr, Span),
    Element(Expr),
}

fn dict_or_set<'t>(
    cx: Cx<'t>,
    parts: &Parts<'t>,
    clauses: Rule<'t, Vec<ComprehensionClause>>,
) -> Rule<'t, Expr> {
    let unpack = token(T::DoubleStar)
        .ignore_then(parts.bitwise_or.clone())
        .map_with(|value, e| BraceItem::Unpack(value, e.span()));
    let value = token(T::Colon).map_with(|_, e| e.span()).then(parts.expression.clone());
    let plain = parts.star_named_expression.clone().then(value.or_not()).validate(
        |(key, value): (Expr, Option<(Span, Expr)>), _, emitter| match value {
            None => BraceItem::Element(key),
            Some((colon, value)) => {
                let is_named = matches!(key.kind, ExprKind::NamedExpr(..)) && !key.parenthesized;
                if is_named || matches!(key.kind, ExprKind::Starred(_)) {
                    emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", colon));
                }
                BraceItem::Pair(key, value)
            }
        },
    );
    let item = choice((unpack, plain)).boxed();
    contents(item, clauses)
        .or_not()
        .delimited_by(token(T::LeftBrace), token(T::RightBrace))
        .validate(move |contents, e, emitter| {
            let kind = match contents {
                None => Ok(ExprKind::Dict(Vec::new())),
                Some(Contents::Comprehension(item, clauses)) => brace_comprehension(item, clauses),
                Some(Contents::Items(items, _)) => brace_items(items),
            };
            let kind = kind.unwrap_or_else(|diagnostic| {
                emit(emitter, *diagnostic);
                ExprKind::Error
            });
            cx.expr(kind, e.span())
        })
        .boxed()
}

fn brace_comprehension(
    item: BraceItem,
    clauses: Vec<ComprehensionClause>,
) -> Result<ExprKind, Box<Diagnostic>> {
    match item {
        BraceItem::Pair(key, value) => {
            Ok(ExprKind::DictComp(Box::new(DictComprehension { key, value, clauses })))
        }
        BraceItem::Element(element) => match unpacking_in_comprehension(&element) {
            Some(diagnostic) => Err(Box::new(diagnostic)),
            None => Ok(ExprKind::SetComp(Box::new(Comprehension { element, clauses }))),
        },
        BraceItem::Unpack(_, span) => {
            let message = "dict unpacking cannot be used in dict comprehension";
            let stars = Span::new(span.start, span.start + 2);
            Err(Box::new(Diagnostic::error(Phase::Parser, message, stars)))
        }
    }
}

/// All pairs make a dict, all elements a set; a mixture is neither.
fn brace_items(items: Vec<BraceItem>) -> Result<ExprKind, Box<Diagnostic>> {
    let is_set = matches!(items.first(), Some(BraceItem::Element(_)));
    let mut elements = Vec::new();
    let mut pairs = Vec::new();
    for item in items {
        match item {
            BraceItem::Element(element) if is_set => elements.push(element),
            BraceItem::Pair(key, value) if !is_set => pairs.push(DictItem::Pair(key, value)),
            BraceItem::Unpack(value, _) if !is_set => pairs.push(DictItem::Unpack(value)),
            BraceItem::Element(element) => {
                let place = Span::new(element.span.end.saturating_sub(1), element.span.end);
                let message = "':' expected after dictionary key";
                return Err(Box::new(Diagnostic::error(Phase::Parser, message, place)));
            }
            BraceItem::Pair(key, _) => {
                let place = Span::new(key.span.end, key.span.end + 1);
                return Err(Box::new(Diagnostic::error(Phase::Parser, "invalid syntax", place)));
            }
            BraceItem::Unpack(_, span) => {
                let place = Span::new(span.start, span.start + 2);
                return Err(Box::new(Diagnostic::error(Phase::Parser, "invalid syntax", place)));
            }
        }
    }
    Ok(if is_set { ExprKind::Set(elements) } else { ExprKind::Dict(pairs) })
}
