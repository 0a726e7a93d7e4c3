//! Expressions from `*a, b` and `lambda` down to the operators, by two tables of binding powers:
//! one for arithmetic, one for `not`, `and`, `or`. In a single table `a + not b` would pass.

use super::{
    Cx, Extra, Forward, Owner, Rule, Tokens, declare, def, display, emit, literal, name, postfix, token,
};
use crate::ast::{BoolOperator, CmpOp, Expr, ExprKind, IfExp, Lambda, Operator, UnaryOperator};
use crate::diagnostic::{Diagnostic, Phase};
use crate::explain::expression_name;
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::pratt::{infix, left, prefix, right};
use chumsky::prelude::*;

/// The expression rules that other rules are made of.
pub(crate) struct Expressions<'t> {
    /// No star, no `:=`, no comma.
    pub expression: Forward<'t, Expr>,
    /// `expression [':=' expression]`
    pub named_expression: Forward<'t, Expr>,
    /// `a`, or with a comma a tuple; stars allowed.
    pub star_expressions: Forward<'t, Expr>,
    /// `*a` or a named expression.
    pub star_named_expression: Rule<'t, Expr>,
    /// `not`, `and`, `or` and everything that binds tighter.
    pub disjunction: Forward<'t, Expr>,
    /// Arithmetic and everything that binds tighter.
    pub bitwise_or: Forward<'t, Expr>,
    /// `yield` with its operand.
    pub yield_expr: Forward<'t, Expr>,
    /// Targets of `for` and `del`: at the level of arithmetic, so that `in` stays free.
    pub star_targets: Rule<'t, Expr>,
    /// The parenthesised arguments of calls and classes, without the parentheses.
    pub arguments: Rule<'t, postfix::ArgumentList>,
    /// String literals side by side.
    pub strings: Forward<'t, Expr>,
    /// To be kept by the rule that is made of all these.
    pub owners: Vec<Owner<'t>>,
}

impl<'t> Expressions<'t> {
    pub(crate) fn new(cx: Cx<'t>) -> Self {
        let (expression, expression_definition) = declare();
        let (named, named_definition) = declare();
        let (stars, stars_definition) = declare();
        let (bitwise_or, bitwise_or_definition) = declare();
        let (disjunction, disjunction_definition) = declare();
        let (yields, yields_definition) = declare();
        let (strings, strings_definition) = declare();

        let mut owners = vec![
            named_definition.define(named_expression(cx, expression.clone())),
            stars_definition.define(star_expressions(cx, bitwise_or.clone(), expression.clone())),
            yields_definition.define(yield_expr(cx, expression.clone(), stars.clone())),
            strings_definition.define(literal::strings(cx, stars.clone(), yields.clone())),
        ];
        let star_named = star_named_expression(cx, bitwise_or.clone(), named.clone());
        let star_targets = star_targets(cx, bitwise_or.clone());
        let parts = display::Parts {
            expression: expression.clone(),
            star_named_expression: star_named.clone(),
            bitwise_or: bitwise_or.clone(),
            disjunction: disjunction.clone(),
            yield_expr: yields.clone(),
            star_targets: star_targets.clone(),
        };
        let clauses = display::for_if_clauses(&parts);
        let atom =
            choice((literal::simple_atom(cx), strings.clone(), display::displays(cx, &parts, &clauses)));
        let atom = atom.labelled(super::EXPRESSION).boxed();
        let arguments = postfix::arguments(cx, expression.clone(), named.clone(), clauses);
        let await_primary = postfix::await_primary(cx, atom, &arguments, expression.clone(), named.clone());
        owners.extend([
            bitwise_or_definition.define(self::bitwise_or(cx, await_primary)),
            disjunction_definition.define(self::disjunction(cx, comparison(cx, bitwise_or.clone()))),
            expression_definition.define(self::expression(cx, disjunction.clone(), expression.clone())),
        ]);

        Self {
            expression,
            named_expression: named,
            star_expressions: stars,
            star_named_expression: star_named,
            disjunction,
            bitwise_or,
            yield_expr: yields,
            star_targets,
            arguments,
            strings,
            owners,
        }
    }
}

/// `item (',' item)* [',']`: a tuple if there is a comma.
pub(super) fn comma_list<'t>(
    cx: Cx<'t>,
    item: impl Parser<'t, Tokens<'t>, Expr, Extra> + Clone + 't,
) -> Rule<'t, Expr> {
    let more = token(T::Comma).ignore_then(item.clone()).repeated().collect::<Vec<_>>();
    item.then(more)
        .then(token(T::Comma).or_not())
        .map_with(move |((first, more), comma), e| {
            if more.is_empty() && comma.is_none() {
                return first;
            }
            cx.expr(ExprKind::Tuple(prepend(first, more)), e.span())
        })
        .boxed()
}

pub(super) fn prepend<T>(first: T, more: Vec<T>) -> Vec<T> {
    let mut all = Vec::with_capacity(1 + more.len());
    all.push(first);
    all.extend(more);
    all
}

/// `'*' starred | item`
pub(super) fn starred_or<'t>(
    cx: Cx<'t>,
    starred: Forward<'t, Expr>,
    item: Forward<'t, Expr>,
) -> Rule<'t, Expr> {
    let star = token(T::Star)
        .ignore_then(starred)
        .map_with(move |value, e| cx.expr(ExprKind::Starred(Box::new(value)), e.span()));
    choice((star, item)).boxed()
}

/// `('*' bitwise_or | expression) (',' ...)* [',']`
fn star_expressions<'t>(
    cx: Cx<'t>,
    bitwise_or: Forward<'t, Expr>,
    expression: Forward<'t, Expr>,
) -> Rule<'t, Expr> {
    comma_list(cx, starred_or(cx, bitwise_or, expression))
}

/// `'*' bitwise_or | named_expression`
fn star_named_expression<'t>(
    cx: Cx<'t>,
    bitwise_or: Forward<'t, Expr>,
    named: Forward<'t, Expr>,
) -> Rule<'t, Expr> {
    starred_or(cx, bitwise_or, named)
}

/// Read as operands of `|`, so that `in` stays free; what can be a target is checked on the tree.
fn star_targets<'t>(cx: Cx<'t>, bitwise_or: Forward<'t, Expr>) -> Rule<'t, Expr> {
    comma_list(cx, starred_or(cx, bitwise_or.clone(), bitwise_or))
}

/// `expression [':=' expression]`, with a name on the left.
fn named_expression<'t>(cx: Cx<'t>, expression: Forward<'t, Expr>) -> Rule<'t, Expr> {
    expression
        .clone()
        .then(token(T::Walrus).ignore_then(expression).or_not())
        .validate(move |(target, value), e, emitter| {
            let Some(value) = value else { return target };
            if let (ExprKind::Name(name), false) = (&target.kind, target.parenthesized) {
                let target = crate::ast::Identifier { name: name.clone(), span: target.span };
                return cx.expr(ExprKind::NamedExpr(target, Box::new(value)), e.span());
            }
            let message = format!("cannot use assignment expressions with {}", expression_name(&target.kind));
            emit(emitter, Diagnostic::error(Phase::Parser, message, target.span));
            cx.expr(ExprKind::Error, e.span())
        })
        .boxed()
}

/// `'yield' ['from' expression | star_expressions]`
fn yield_expr<'t>(cx: Cx<'t>, expression: Forward<'t, Expr>, stars: Forward<'t, Expr>) -> Rule<'t, Expr> {
    let from = token(T::From).ignore_then(expression).map(|value| ExprKind::YieldFrom(Box::new(value)));
    let plain = stars.or_not().map(|value| ExprKind::Yield(value.map(Box::new)));
    token(T::Yield)
        .ignore_then(choice((from, plain)))
        .map_with(move |kind, e| cx.expr(kind, e.span()))
        .boxed()
}

/// `disjunction ['if' disjunction 'else' expression] | lambda`
fn expression<'t>(
    cx: Cx<'t>,
    disjunction: Forward<'t, Expr>,
    expression: Forward<'t, Expr>,
) -> Rule<'t, Expr> {
    let tail = token(T::If)
        .ignore_then(disjunction.clone())
        .then_ignore(token(T::Else))
        .then(expression.clone())
        .or_not();
    let conditional = disjunction.then(tail).map_with(move |(body, tail), e| match tail {
        None => body,
        Some((test, orelse)) => cx.expr(ExprKind::IfExp(Box::new(IfExp { test, body, orelse })), e.span()),
    });
    choice((lambda(cx, expression), conditional)).boxed()
}

/// `'lambda' [parameters] ':' expression`
fn lambda<'t>(cx: Cx<'t>, expression: Forward<'t, Expr>) -> Rule<'t, Expr> {
    token(T::Lambda)
        .ignore_then(def::parameters(cx, expression.clone(), None))
        .then_ignore(token(T::Colon))
        .then(expression)
        .map_with(move |(parameters, body), e| {
            cx.expr(ExprKind::Lambda(Box::new(Lambda { parameters, body })), e.span())
        })
        .boxed()
}

/// `| ^ & << >> + - * / // % @`, the signs, and `**`, which binds tighter than a sign on its
/// left and looser than one on its right.
fn bitwise_or<'t>(cx: Cx<'t>, await_primary: Rule<'t, Expr>) -> Rule<'t, Expr> {
    let binary = move |left: Expr, operator, right: Expr, span: Span| {
        cx.expr(ExprKind::BinOp(Box::new(left), operator, Box::new(right)), span)
    };
    macro_rules! level {
        ($power:literal: $($kind:ident => $operator:ident),+) => {
            infix(left($power), select! { $(T::$kind => Operator::$operator),+ }, move |l, op, r, e| {
                binary(l, op, r, e.span())
            })
        };
    }
    let signs = select! {
        T::Minus => UnaryOperator::USub,
        T::Plus => UnaryOperator::UAdd,
        T::Tilde => UnaryOperator::Invert,
    };
    await_primary
        .pratt((
            infix(right(8), token(T::DoubleStar), move |l, _, r, e| binary(l, Operator::Pow, r, e.span())),
            prefix(7, signs, move |operator, operand, e| {
                cx.expr(ExprKind::UnaryOp(operator, Box::new(operand)), e.span())
            }),
            level!(6: Star => Mult, Slash => Div, DoubleSlash => FloorDiv, Percent => Mod, At => MatMult),
            level!(5: Plus => Add, Minus => Sub),
            level!(4: LeftShift => LShift, RightShift => RShift),
            level!(3: Ampersand => BitAnd),
            level!(2: Caret => BitXor),
            level!(1: Pipe => BitOr),
        ))
        .boxed()
}

/// `bitwise_or (operator bitwise_or)*`, one flat chain.
fn comparison<'t>(cx: Cx<'t>, bitwise_or: Forward<'t, Expr>) -> Rule<'t, Expr> {
    let operator = choice((
        select! {
            T::Less => CmpOp::Lt,
            T::Greater => CmpOp::Gt,
            T::LessEqual => CmpOp::LtE,
            T::GreaterEqual => CmpOp::GtE,
            T::EqualEqual => CmpOp::Eq,
            T::NotEqual => CmpOp::NotEq,
            T::In => CmpOp::In,
        },
        token(T::Not).then(token(T::In)).to(CmpOp::NotIn),
        token(T::Is).ignore_then(token(T::Not).or_not()).map(|not| match not {
            Some(_) => CmpOp::IsNot,
            None => CmpOp::Is,
        }),
    ));
    bitwise_or
        .clone()
        .then(operator.then(bitwise_or).repeated().collect::<Vec<_>>())
        .map_with(move |(first, rest), e| match rest.is_empty() {
            true => first,
            false => cx.expr(ExprKind::Compare(Box::new(first), rest), e.span()),
        })
        .boxed()
}

/// `not`, `and`, `or`.
fn disjunction<'t>(cx: Cx<'t>, comparison: Rule<'t, Expr>) -> Rule<'t, Expr> {
    // Operands of one operator are kept flat, without looking at the earlier ones again.
    let chain = move |left: Expr, operator: BoolOperator, right: Expr, span: Span| {
        let (depth, operands) = match left.kind {
            ExprKind::BoolOp(same, mut operands) if same == operator && !left.parenthesized => {
                let depth = (left.depth - 1).max(right.depth);
                operands.push(right);
                (depth, operands)
            }
            _ => (left.depth.max(right.depth), vec![left, right]),
        };
        cx.expr_with_depth(ExprKind::BoolOp(operator, operands), span, depth)
    };
    comparison
        .pratt((
            prefix(3, token(T::Not), move |_, operand, e| {
                cx.expr(ExprKind::UnaryOp(UnaryOperator::Not, Box::new(operand)), e.span())
            }),
            infix(left(2), token(T::And), move |l, _, r, e| chain(l, BoolOperator::And, r, e.span())),
            infix(left(1), token(T::Or), move |l, _, r, e| chain(l, BoolOperator::Or, r, e.span())),
        ))
        .boxed()
}

/// A name as an expression.
pub(super) fn name_expr<'t>(cx: Cx<'t>) -> Rule<'t, Expr> {
    name(cx).map(move |name| cx.expr(ExprKind::Name(name.name), name.span)).boxed()
}
