//! `await`, attributes, calls and subscripts.

use super::expr::{prepend, starred_or};
use super::{Cx, Failure, Forward, Rule, emit, name, token};
use crate::ast::{Argument, Call, Comprehension, ComprehensionClause, Expr, ExprKind, Identifier, Slice};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::input::Emitter;
use chumsky::prelude::*;

/// What follows a primary.
enum Trailer {
    Attribute(Identifier),
    Call(Vec<Argument>, Span),
    Subscript(Expr),
}

/// `['await'] atom ('.' NAME | '(' [arguments] ')' | '[' slices ']')*`
pub(super) fn await_primary<'t>(
    cx: Cx<'t>,
    atom: Rule<'t, Expr>,
    arguments: &Rule<'t, ArgumentList>,
    expression: Forward<'t, Expr>,
    named: Forward<'t, Expr>,
) -> Rule<'t, Expr> {
    let trailer = choice((
        token(T::Dot).ignore_then(name(cx)).map(Trailer::Attribute),
        arguments.clone().delimited_by(token(T::LeftParen), token(T::RightParen)).validate(
            move |arguments, e, emitter| {
                let span: Span = e.span();
                Trailer::Call(call_arguments(arguments, span, emitter), span)
            },
        ),
        slices(cx, expression, named)
            .delimited_by(token(T::LeftBracket), token(T::RightBracket))
            .map(Trailer::Subscript),
    ))
    .boxed();
    let primary = atom.foldl_with(trailer.repeated(), move |object, trailer, e| {
        let kind = match trailer {
            Trailer::Attribute(name) => ExprKind::Attribute(Box::new(object), name),
            Trailer::Call(arguments, arguments_span) => {
                ExprKind::Call(Box::new(Call { function: object, arguments, arguments_span }))
            }
            Trailer::Subscript(index) => ExprKind::Subscript(Box::new(object), Box::new(index)),
        };
        cx.expr(kind, e.span())
    });
    token(T::Await)
        .or_not()
        .then(primary)
        .map_with(move |(is_await, value), e| match is_await {
            Some(_) => cx.expr(ExprKind::Await(Box::new(value)), e.span()),
            None => value,
        })
        .boxed()
}

/// `slice (',' slice)* [',']`, where a slice has colons or is a (starred) named expression.
fn slices<'t>(cx: Cx<'t>, expression: Forward<'t, Expr>, named: Forward<'t, Expr>) -> Rule<'t, Expr> {
    let bound = expression.clone().or_not();
    let tail = token(T::Colon)
        .ignore_then(bound.clone())
        .then(token(T::Colon).ignore_then(bound).or_not())
        .map(|(upper, step)| (upper, step.flatten()))
        .boxed();
    let slice = move |lower, (upper, step), span| {
        cx.expr(ExprKind::Slice(Box::new(Slice { lower, upper, step })), span)
    };
    let with_lower = starred_or(cx, expression.clone(), named).then(tail.clone().or_not()).validate(
        move |(lower, tail): (Expr, Option<_>), e, emitter| match tail {
            None => lower,
            Some(tail) => {
                if matches!(lower.kind, ExprKind::Starred(_))
                    || (matches!(lower.kind, ExprKind::NamedExpr(..)) && !lower.parenthesized)
                {
                    let place = Span::new(lower.span.end, lower.span.end + 1);
                    emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
                }
                slice(Some(lower), tail, e.span())
            }
        },
    );
    let without_lower = tail.map_with(move |tail, e| slice(None, tail, e.span()));
    let item = choice((with_lower, without_lower)).boxed();
    let more = token(T::Comma).ignore_then(item.clone()).repeated().collect::<Vec<_>>();
    item.then(more)
        .then(token(T::Comma).or_not())
        .map_with(move |((first, more), comma), e| {
            // `a[*b]` is a tuple, too.
            if more.is_empty() && comma.is_none() && !matches!(first.kind, ExprKind::Starred(_)) {
                return first;
            }
            cx.expr(ExprKind::Tuple(prepend(first, more)), e.span())
        })
        .boxed()
}

/// An argument and what can be wrong with it only in sight of the others.
fn argument<'t>(
    cx: Cx<'t>,
    expression: Forward<'t, Expr>,
    named: Forward<'t, Expr>,
    clauses: Rule<'t, Vec<ComprehensionClause>>,
) -> Rule<'t, Argument> {
    enum Rest {
        Clauses(Vec<ComprehensionClause>),
        Value(Span, Expr),
        Nothing,
    }
    let value = token(T::Equal).map_with(|_, e| e.span()).then(expression.clone());
    let rest = choice((
        clauses.map(Rest::Clauses),
        value.map(|(equal, value)| Rest::Value(equal, value)),
        empty().map(|()| Rest::Nothing),
    ));
    let plain = named.then(rest).validate(move |(first, rest), e, emitter| match rest {
        Rest::Nothing => Argument::Positional(first),
        Rest::Clauses(clauses) => {
            let comprehension = Comprehension { element: first, clauses };
            Argument::Positional(cx.expr(ExprKind::GeneratorExp(Box::new(comprehension)), e.span()))
        }
        Rest::Value(equal, value) => keyword_argument(cx, first, equal, value, e.span(), emitter),
    });
    choice((
        token(T::Star)
            .ignore_then(expression.clone())
            .map_with(|value, e| Argument::Starred(value, e.span())),
        token(T::DoubleStar)
            .ignore_then(expression)
            .map_with(|value, e| Argument::DoubleStarred(value, e.span())),
        plain,
    ))
    .boxed()
}

fn keyword_argument(
    cx: Cx<'_>,
    target: Expr,
    equal: Span,
    value: Expr,
    whole: Span,
    emitter: &mut Emitter<Failure>,
) -> Argument {
    let message = match &target.kind {
        ExprKind::Name(name) if !target.parenthesized => {
            return Argument::Keyword(Identifier { name: name.clone(), span: target.span }, value, whole);
        }
        ExprKind::Constant(
            constant
            @ (crate::ast::Constant::None | crate::ast::Constant::True | crate::ast::Constant::False),
        ) if !target.parenthesized => {
            format!("cannot assign to {}", crate::explain::constant_name(constant))
        }
        ExprKind::NamedExpr(..) if !target.parenthesized => {
            emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", equal));
            return Argument::Positional(cx.expr(ExprKind::Error, target.span.to(value.span)));
        }
        _ => "expression cannot contain assignment, perhaps you meant \"==\"?".to_owned(),
    };
    let span = target.span.to(equal);
    emit(emitter, Diagnostic::error(Phase::Parser, message, span));
    Argument::Positional(cx.expr(ExprKind::Error, target.span.to(value.span)))
}

/// Arguments as written.
#[derive(Default)]
pub(crate) struct ArgumentList {
    pub arguments: Vec<Argument>,
    /// The comma behind each argument; behind the last there may be none.
    commas: Vec<Span>,
}

/// `argument (',' argument)* [',']`, or nothing.
pub(super) fn arguments<'t>(
    cx: Cx<'t>,
    expression: Forward<'t, Expr>,
    named: Forward<'t, Expr>,
    clauses: Rule<'t, Vec<ComprehensionClause>>,
) -> Rule<'t, ArgumentList> {
    let argument = argument(cx, expression, named, clauses);
    let comma = token(T::Comma).map_with(|_, e| -> Span { e.span() });
    let more = comma.clone().then(argument.clone()).repeated().collect::<Vec<_>>();
    argument
        .then(more)
        .then(comma.or_not())
        .or_not()
        .map(|list| {
            let Some(((first, more), last_comma)) = list else { return ArgumentList::default() };
            let mut list = ArgumentList { arguments: Vec::with_capacity(more.len() + 1), commas: Vec::new() };
            list.arguments.push(first);
            for (comma, argument) in more {
                list.commas.push(comma);
                list.arguments.push(argument);
            }
            list.commas.extend(last_comma);
            list
        })
        .boxed()
}

/// Positional before keyword, `*` before `**`. CPython points at the closing parenthesis, or at
/// the comma.
pub(super) fn check_order(list: &ArgumentList, closer: Span, emitter: &mut Emitter<Failure>) {
    let (mut keyword, mut unpacking) = (false, false);
    for (index, argument) in list.arguments.iter().enumerate() {
        let (message, place, label) = match argument {
            Argument::Keyword(..) => {
                keyword = true;
                continue;
            }
            Argument::DoubleStarred(..) => {
                unpacking = true;
                continue;
            }
            Argument::Positional(value) if unpacking => {
                ("positional argument follows keyword argument unpacking", closer, value.span)
            }
            Argument::Positional(value) if keyword => {
                ("positional argument follows keyword argument", closer, value.span)
            }
            Argument::Starred(value, _) if unpacking => {
                let comma = index.checked_sub(1).and_then(|before| list.commas.get(before));
                let message = "iterable argument unpacking follows keyword argument unpacking";
                // CPython has read all such arguments, and the token behind them.
                let rest = &list.arguments[index..];
                let stars = rest.iter().take_while(|a| matches!(a, Argument::Starred(..))).count();
                let behind = list.commas.get(index + stars - 1).copied().unwrap_or(closer);
                let start = comma.copied().unwrap_or(value.span).start;
                (message, Span::new(start, behind.start), value.span)
            }
            Argument::Positional(_) | Argument::Starred(..) => continue,
        };
        emit(emitter, Diagnostic::error(Phase::Parser, message, place).with_label(label, "this argument"));
        return;
    }
}

/// A generator expression needs no parentheses of its own if it is the only argument; those of
/// the call then count as its own.
fn call_arguments(list: ArgumentList, span: Span, emitter: &mut Emitter<Failure>) -> Vec<Argument> {
    check_order(&list, Span::new(span.end - 1, span.end), emitter);
    let ArgumentList { mut arguments, commas } = list;
    let alone = arguments.len() == 1 && commas.is_empty();
    for argument in &mut arguments {
        let Argument::Positional(value) = argument else { continue };
        if value.parenthesized || !matches!(value.kind, ExprKind::GeneratorExp(_)) {
            continue;
        }
        if alone {
            value.span = span;
        } else {
            let message = "Generator expression must be parenthesized";
            emit(emitter, Diagnostic::error(Phase::Parser, message, value.span));
        }
    }
    arguments
}

/// A class has no use for a generator expression without parentheses.
pub(super) fn check_no_bare_generator(arguments: &[Argument], emitter: &mut Emitter<Failure>) {
    for argument in arguments {
        if let Argument::Positional(value) = argument
            && let ExprKind::GeneratorExp(generator) = &value.kind
            && !value.parenthesized
        {
            let place = generator.clauses.first().map_or(value.span, |clause| clause.span);
            emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
        }
    }
}
