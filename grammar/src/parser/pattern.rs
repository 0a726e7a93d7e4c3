//! The patterns of `match`.

use super::expr::{Expressions, name_expr, prepend};
use super::{Cx, Failure, Forward, Rule, declare, emit, literal, name, owning, token};
use crate::ast::{
    ClassPattern, Constant, Expr, ExprKind, Identifier, MappingPattern, Operator, Pattern, PatternKind,
    UnaryOperator,
};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::input::Emitter;
use chumsky::prelude::*;

/// The pattern of a `case`: with commas outside brackets a sequence.
pub(super) fn patterns<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, Pattern> {
    let (pattern, definition) = declare();
    let item = choice((star_pattern(cx), pattern.clone())).boxed();
    let closed = closed_pattern(cx, expressions, pattern.clone(), item.clone());
    let owner = definition.define(as_pattern(cx, or_pattern(cx, closed)));
    let more = token(T::Comma).ignore_then(item.clone()).repeated().collect::<Vec<_>>();
    let whole =
        item.then(more).then(token(T::Comma).or_not()).validate(move |((first, more), comma), e, emitter| {
            if more.is_empty() && comma.is_none() {
                if matches!(first.kind, PatternKind::Star(_)) {
                    let end = first.span.end;
                    let place = Span::new(end, end + 1);
                    emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
                }
                return first;
            }
            cx.pattern(PatternKind::Sequence(prepend(first, more)), e.span())
        });
    owning(whole, vec![owner])
}

/// `'*' NAME`
fn star_pattern<'t>(cx: Cx<'t>) -> Rule<'t, Pattern> {
    token(T::Star)
        .ignore_then(name(cx))
        .map_with(move |name, e| {
            let name = (&*name.name != "_").then_some(name);
            cx.pattern(PatternKind::Star(name), e.span())
        })
        .boxed()
}

/// `closed_pattern ('|' closed_pattern)*`
fn or_pattern<'t>(cx: Cx<'t>, closed: Rule<'t, Pattern>) -> Rule<'t, Pattern> {
    let more = token(T::Pipe).ignore_then(closed.clone()).repeated().collect::<Vec<_>>();
    closed
        .then(more)
        .map_with(move |(first, more), e| match more.is_empty() {
            true => first,
            false => cx.pattern(PatternKind::Or(prepend(first, more)), e.span()),
        })
        .boxed()
}

/// `or_pattern ['as' NAME]`
fn as_pattern<'t>(cx: Cx<'t>, or_pattern: Rule<'t, Pattern>) -> Rule<'t, Pattern> {
    or_pattern
        .then(token(T::As).ignore_then(name(cx)).or_not())
        .validate(move |(pattern, target), e, emitter| {
            let Some(target) = target else { return pattern };
            if &*target.name == "_" {
                let message = "cannot use '_' as a target";
                emit(emitter, Diagnostic::error(Phase::Parser, message, target.span));
            }
            cx.pattern(PatternKind::As(Box::new(pattern), target), e.span())
        })
        .boxed()
}

fn closed_pattern<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    pattern: Forward<'t, Pattern>,
    item: Rule<'t, Pattern>,
) -> Rule<'t, Pattern> {
    let literal = literal_expr(cx, expressions);
    let value = literal.clone().map_with(move |value, e| {
        let kind = match value.kind {
            ExprKind::Constant(constant @ (Constant::None | Constant::True | Constant::False)) => {
                PatternKind::Singleton(constant)
            }
            _ => PatternKind::Value(Box::new(value)),
        };
        cx.pattern(kind, e.span())
    });
    choice((
        value,
        name_or_class(cx, pattern.clone()),
        group_or_sequence(cx, item.clone()),
        list_pattern(cx, item),
        mapping_pattern(cx, literal, pattern),
    ))
    .labelled("pattern")
    .boxed()
}

/// Numbers (with a sign, complex as a sum), strings, `None`, `True`, `False`.
fn literal_expr<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, Expr> {
    let signed = token(T::Minus)
        .or_not()
        .then(literal::number(cx))
        .map_with(move |(minus, number), e| match minus {
            Some(_) => cx.expr(ExprKind::UnaryOp(UnaryOperator::USub, Box::new(number)), e.span()),
            None => number,
        })
        .boxed();
    let operator = select! { T::Plus => Operator::Add, T::Minus => Operator::Sub };
    let imaginary = operator.then(literal::number(cx)).or_not();
    let number = signed.then(imaginary).validate(
        move |(real, imaginary): (Expr, Option<(Operator, Expr)>), e, emitter| match imaginary {
            None => real,
            Some((operator, imaginary)) => {
                check_complex(&real, &imaginary, emitter);
                cx.expr(ExprKind::BinOp(Box::new(real), operator, Box::new(imaginary)), e.span())
            }
        },
    );
    let constant = select! {
        T::None => Constant::None,
        T::True => Constant::True,
        T::False => Constant::False,
    }
    .map_with(move |constant, e| cx.expr(ExprKind::Constant(constant), e.span()));
    choice((number, expressions.strings.clone(), constant)).boxed()
}

/// A complex literal is a real number and an imaginary one.
fn check_complex(real: &Expr, imaginary: &Expr, emitter: &mut Emitter<Failure>) {
    let unsigned = match &real.kind {
        ExprKind::UnaryOp(_, operand) => operand,
        _ => real,
    };
    if matches!(unsigned.kind, ExprKind::Constant(Constant::Imaginary(_))) {
        let message = "real number required in complex literal";
        emit(emitter, Diagnostic::error(Phase::Parser, message, real.span));
    } else if !matches!(imaginary.kind, ExprKind::Constant(Constant::Imaginary(_))) {
        let message = "imaginary number required in complex literal";
        emit(emitter, Diagnostic::error(Phase::Parser, message, imaginary.span));
    }
}

/// `NAME ('.' NAME)*`
fn name_or_attr<'t>(cx: Cx<'t>) -> Rule<'t, Expr> {
    name_expr(cx)
        .foldl_with(token(T::Dot).ignore_then(name(cx)).repeated(), move |object, name, e| {
            cx.expr(ExprKind::Attribute(Box::new(object), name), e.span())
        })
        .boxed()
}

/// A capture, a wildcard, a dotted value, or with parentheses a class.
fn name_or_class<'t>(cx: Cx<'t>, pattern: Forward<'t, Pattern>) -> Rule<'t, Pattern> {
    let keyword = name(cx).then_ignore(token(T::Equal));
    let argument = choice((keyword.map(Some), empty().to(None))).then(pattern);
    let arguments = argument
        .separated_by(token(T::Comma))
        .allow_trailing()
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftParen), token(T::RightParen));
    name_or_attr(cx)
        .then(arguments.or_not())
        .validate(move |(class, arguments), e, emitter| {
            let span: Span = e.span();
            let kind = match arguments {
                Some(arguments) => class_pattern(class, arguments, emitter),
                None => match class.kind {
                    ExprKind::Name(name) if &*name == "_" => PatternKind::Wildcard,
                    ExprKind::Name(name) => PatternKind::Capture(Identifier { name, span }),
                    _ => PatternKind::Value(Box::new(class)),
                },
            };
            cx.pattern(kind, span)
        })
        .boxed()
}

fn class_pattern(
    class: Expr,
    arguments: Vec<(Option<Identifier>, Pattern)>,
    emitter: &mut Emitter<Failure>,
) -> PatternKind {
    let mut positional = Vec::new();
    let mut keywords = Vec::new();
    let mut misplaced: Option<Span> = None;
    for (name, pattern) in arguments {
        match name {
            Some(name) => keywords.push((name, pattern)),
            None => {
                if !keywords.is_empty() {
                    misplaced = Some(misplaced.map_or(pattern.span, |span| span.to(pattern.span)));
                }
                positional.push(pattern);
            }
        }
    }
    if let Some(span) = misplaced {
        let message = "positional patterns follow keyword patterns";
        emit(emitter, Diagnostic::error(Phase::Parser, message, span));
    }
    PatternKind::Class(Box::new(ClassPattern { class, positional, keywords }))
}

/// `'(' ... ')'`: with a comma, or empty, a sequence.
fn group_or_sequence<'t>(cx: Cx<'t>, item: Rule<'t, Pattern>) -> Rule<'t, Pattern> {
    let more = token(T::Comma).ignore_then(item.clone()).repeated().collect::<Vec<_>>();
    item.then(more)
        .then(token(T::Comma).or_not())
        .or_not()
        .delimited_by(token(T::LeftParen), token(T::RightParen))
        .validate(move |items, e, emitter| {
            let span: Span = e.span();
            match items {
                None => cx.pattern(PatternKind::Sequence(Vec::new()), span),
                Some(((only, more), None)) if more.is_empty() => {
                    if matches!(only.kind, PatternKind::Star(_)) {
                        let place = Span::new(span.end - 1, span.end);
                        emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
                    }
                    Pattern { span: only.span, ..only }
                }
                Some(((first, more), _)) => cx.pattern(PatternKind::Sequence(prepend(first, more)), span),
            }
        })
        .boxed()
}

fn list_pattern<'t>(cx: Cx<'t>, item: Rule<'t, Pattern>) -> Rule<'t, Pattern> {
    item.separated_by(token(T::Comma))
        .allow_trailing()
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftBracket), token(T::RightBracket))
        .map_with(move |items, e| cx.pattern(PatternKind::Sequence(items), e.span()))
        .boxed()
}

/// `'{' (key ':' pattern | '**' NAME) (',' ...)* '}'`, the stars last.
fn mapping_pattern<'t>(
    cx: Cx<'t>,
    literal: Rule<'t, Expr>,
    pattern: Forward<'t, Pattern>,
) -> Rule<'t, Pattern> {
    enum Item {
        Pair(Expr, Pattern),
        Rest(Identifier, Span),
    }
    let attribute = name_or_attr(cx).validate(|key, _, emitter| {
        if matches!(key.kind, ExprKind::Name(_)) {
            let place = Span::new(key.span.end, key.span.end + 1);
            emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
        }
        key
    });
    let pair = choice((literal, attribute))
        .then_ignore(token(T::Colon))
        .then(pattern)
        .map(|(key, value)| Item::Pair(key, value));
    let rest = token(T::DoubleStar).ignore_then(name(cx)).map_with(|name, e| Item::Rest(name, e.span()));
    choice((pair, rest))
        .separated_by(token(T::Comma))
        .allow_trailing()
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftBrace), token(T::RightBrace))
        .validate(move |written, e, emitter| {
            let mut items = Vec::new();
            let mut rest: Option<Identifier> = None;
            for item in written {
                if rest.is_some() {
                    let span = match &item {
                        Item::Pair(key, _) => key.span,
                        Item::Rest(_, span) => *span,
                    };
                    emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", span));
                }
                match item {
                    Item::Pair(key, value) => items.push((key, value)),
                    Item::Rest(name, _) => rest = Some(name),
                }
            }
            if let Some(name) = &rest
                && &*name.name == "_"
            {
                emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", name.span));
            }
            cx.pattern(PatternKind::Mapping(MappingPattern { items, rest }), e.span())
        })
        .boxed()
}
