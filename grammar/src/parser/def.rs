//! Functions and classes: parameters, type parameters, decorators.

use super::expr::{Expressions, starred_or};
use super::postfix::{check_no_bare_generator, check_order};
use super::{Cx, Failure, Forward, Rule, emit, name, start_of, to_block_end, token};
use crate::ast::{
    Block, ClassDef, Expr, FunctionDef, Identifier, Parameter, Parameters, Stmt, StmtKind, TypeParam,
    TypeParamKind,
};
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::input::Emitter;
use chumsky::prelude::*;

/// One item between the commas of a parameter list.
enum Item {
    Plain(Parameter),
    Slash(Span),
    /// `*`, with a name `*args`.
    Star(Option<Parameter>, Span),
    DoubleStar(Parameter, Span),
}

/// The annotations of a `def`: of a plain parameter, and of `*args`, where a star is allowed.
pub(super) struct Annotations<'t> {
    plain: Rule<'t, Option<Expr>>,
    starred: Rule<'t, Option<Expr>>,
}

/// Parameters of a `def` (with annotations) or a `lambda` (without).
pub(super) fn parameters<'t>(
    cx: Cx<'t>,
    expression: Forward<'t, Expr>,
    annotations: Option<Annotations<'t>>,
) -> Rule<'t, Parameters> {
    let is_lambda = annotations.is_none();
    let annotations = annotations.unwrap_or_else(|| {
        let none = empty().to(None).boxed();
        Annotations { plain: none.clone(), starred: none }
    });
    let default = token(T::Equal).map_with(|_, e| e.span()).then(expression).or_not().boxed();
    let parameter = |annotation: Rule<'t, Option<Expr>>| {
        let named = name(cx).then(annotation).map_with(|named, e| -> (_, Span) { (named, e.span()) });
        named.then(default.clone()).map(|(((name, annotation), span), default)| {
            let equal = default.as_ref().map(|(equal, _)| *equal);
            (Parameter { name, annotation, default: default.map(|(_, value)| value), span }, equal)
        })
    };
    let star = token(T::Star)
        .map_with(|_, e| e.span())
        .then(parameter(annotations.starred).or_not())
        .validate(|(star, parameter): (Span, Option<(Parameter, Option<Span>)>), _, emitter| {
            let parameter = parameter.map(|found| without_default(found, "var-positional", emitter));
            Item::Star(parameter, star)
        });
    let double_star = token(T::DoubleStar)
        .map_with(|_, e| e.span())
        .then(parameter(annotations.plain.clone()))
        .validate(|(stars, found), _, emitter| {
            Item::DoubleStar(without_default(found, "var-keyword", emitter), stars)
        });
    let item = choice((
        parameter(annotations.plain).map(|(parameter, _)| Item::Plain(parameter)),
        token(T::Slash).map_with(|_, e| Item::Slash(e.span())),
        star,
        double_star,
    ))
    .boxed();
    item.separated_by(token(T::Comma))
        .allow_trailing()
        .collect::<Vec<_>>()
        .validate(move |items, _, emitter| sort(items, is_lambda, emitter))
        .boxed()
}

fn without_default(
    (parameter, equal): (Parameter, Option<Span>),
    what: &str,
    emitter: &mut Emitter<Failure>,
) -> Parameter {
    if let Some(equal) = equal {
        let message = format!("{what} argument cannot have default value");
        emit(emitter, Diagnostic::error(Phase::Parser, message, equal));
    }
    parameter
}

/// Sort parameters by kind; report the first that stands where it may not.
fn sort(items: Vec<Item>, is_lambda: bool, emitter: &mut Emitter<Failure>) -> Parameters {
    let mut out = Parameters::default();
    let mut fault: Option<(String, Span)> = None;
    let mut found = |message: &str, span: Span| {
        fault.get_or_insert_with(|| (message.to_owned(), span));
    };
    let is_only = items.len() == 1;
    let (mut slash, mut star, mut double_star, mut default) = (false, None, false, false);
    for item in items {
        let span = match &item {
            Item::Plain(parameter) => parameter.name.span,
            Item::Slash(span) | Item::Star(_, span) | Item::DoubleStar(_, span) => *span,
        };
        if double_star {
            found("arguments cannot follow var-keyword argument", span);
        }
        match item {
            Item::Plain(parameter) if star.is_some() => out.keyword_only.push(parameter),
            Item::Plain(parameter) => {
                if parameter.default.is_none() && default {
                    found("parameter without a default follows parameter with a default", span);
                }
                default |= parameter.default.is_some();
                out.regular.push(parameter);
            }
            Item::Slash(_) if slash => found("/ may appear only once", span),
            Item::Slash(_) if star.is_some() => found("/ must be ahead of *", span),
            Item::Slash(_) if is_only => found("invalid syntax", span),
            Item::Slash(_) if out.regular.is_empty() => {
                found("at least one argument must precede /", span);
            }
            Item::Slash(_) => {
                slash = true;
                out.positional_only = std::mem::take(&mut out.regular);
            }
            Item::Star(..) if star.is_some() => found("* argument may appear only once", span),
            Item::Star(parameter, _) => {
                star = Some((span, parameter.is_none()));
                out.varargs = parameter;
            }
            Item::DoubleStar(parameter, _) => {
                double_star = true;
                if let Some((star, true)) = star
                    && out.keyword_only.is_empty()
                {
                    // Of a lambda CPython points at what follows.
                    found("named arguments must follow bare *", if is_lambda { span } else { star });
                }
                out.kwargs.get_or_insert(parameter);
            }
        }
    }
    if let Some((star, true)) = star
        && out.keyword_only.is_empty()
    {
        let place = if is_lambda { Span::new(star.end, star.end + 1) } else { star };
        found("named arguments must follow bare *", place);
    }
    if let Some((message, span)) = fault {
        emit(emitter, Diagnostic::error(Phase::Parser, message, span));
    }
    out
}

/// `['[' type_param (',' type_param)* [','] ']']`
pub(super) fn type_params<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, Vec<TypeParam>> {
    let expression = expressions.expression.clone();
    let kind = choice((
        token(T::Star).to(TypeParamKind::TypeVarTuple),
        token(T::DoubleStar).to(TypeParamKind::ParamSpec),
        empty().to(TypeParamKind::TypeVar),
    ));
    let star_expression = starred_or(cx, expressions.bitwise_or.clone(), expression.clone());
    let colon = token(T::Colon).map_with(|_, e| e.span());
    kind.then(name(cx))
        .then(colon.then(expression).or_not())
        .then(token(T::Equal).ignore_then(star_expression).or_not())
        .validate(|(((kind, name), bound), default), e, emitter| {
            if let Some((colon, bound)) = &bound {
                check_bound(kind, *colon, bound, emitter);
            }
            if let Some(default) = &default
                && kind != TypeParamKind::TypeVarTuple
                && matches!(default.kind, crate::ast::ExprKind::Starred(_))
            {
                emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", default.span));
            }
            TypeParam { kind, name, bound: bound.map(|(_, bound)| bound), default, span: e.span() }
        })
        .separated_by(token(T::Comma))
        .allow_trailing()
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftBracket), token(T::RightBracket))
        .validate(|params, e, emitter| {
            if params.is_empty() {
                let span: Span = e.span();
                let place = Span::new(span.end - 1, span.end);
                let message = "Type parameter list cannot be empty";
                emit(emitter, Diagnostic::error(Phase::Parser, message, place));
            }
            params
        })
        .or_not()
        .map(Option::unwrap_or_default)
        .boxed()
}

/// Only a plain type parameter has a bound.
fn check_bound(kind: TypeParamKind, colon: Span, bound: &Expr, emitter: &mut Emitter<Failure>) {
    let what = match kind {
        TypeParamKind::TypeVar => return,
        TypeParamKind::TypeVarTuple => "TypeVarTuple",
        TypeParamKind::ParamSpec => "ParamSpec",
    };
    let is_tuple = matches!(bound.kind, crate::ast::ExprKind::Tuple(_));
    let with = if is_tuple { "constraints" } else { "bound" };
    emit(emitter, Diagnostic::error(Phase::Parser, format!("cannot use {with} with {what}"), colon));
}

/// `['async'] 'def' NAME [type_params] '(' [parameters] ')' ['->' expression] block`
fn function_def<'t>(cx: Cx<'t>, expressions: &Expressions<'t>, block: &Rule<'t, Block>) -> Rule<'t, Stmt> {
    let expression = expressions.expression.clone();
    let star_expression = starred_or(cx, expressions.bitwise_or.clone(), expression.clone());
    let annotations = Annotations {
        plain: token(T::Colon).ignore_then(expression.clone()).or_not().boxed(),
        starred: token(T::Colon).ignore_then(star_expression).or_not().boxed(),
    };
    let parameters = parameters(cx, expression.clone(), Some(annotations))
        .delimited_by(token(T::LeftParen), token(T::RightParen));
    token(T::Async)
        .or_not()
        .then_ignore(token(T::Def))
        .then(name(cx))
        .then(type_params(cx, expressions))
        .then(parameters)
        .then(token(T::Arrow).ignore_then(expression).or_not())
        .then(block.clone())
        .map_with(|(((((is_async, name), type_params), parameters), returns), body), e| {
            let span = to_block_end(start_of(e.span()), &body);
            let is_async = is_async.is_some();
            let decorators = Vec::new();
            let def = FunctionDef { is_async, decorators, name, type_params, parameters, returns, body };
            Stmt { kind: StmtKind::FunctionDef(Box::new(def)), span }
        })
        .boxed()
}

/// `'class' NAME [type_params] ['(' [arguments] ')'] block`
fn class_def<'t>(cx: Cx<'t>, expressions: &Expressions<'t>, block: &Rule<'t, Block>) -> Rule<'t, Stmt> {
    let arguments =
        expressions.arguments.clone().delimited_by(token(T::LeftParen), token(T::RightParen)).validate(
            |list, e, emitter| {
                let span: Span = e.span();
                check_order(&list, Span::new(span.end - 1, span.end), emitter);
                check_no_bare_generator(&list.arguments, emitter);
                list.arguments
            },
        );
    token(T::Class)
        .ignore_then(name(cx))
        .then(type_params(cx, expressions))
        .then(arguments.or_not())
        .then(block.clone())
        .map_with(|(((name, type_params), arguments), body): (((Identifier, _), _), Block), e| {
            let span = to_block_end(start_of(e.span()), &body);
            let arguments = arguments.unwrap_or_default();
            let class = ClassDef { decorators: Vec::new(), name, type_params, arguments, body };
            Stmt { kind: StmtKind::ClassDef(Box::new(class)), span }
        })
        .boxed()
}

/// `('@' named_expression NEWLINE)* (function_def | class_def)`
pub(super) fn definition<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    let decorators = token(T::At)
        .ignore_then(expressions.named_expression.clone())
        .then_ignore(token(T::Newline))
        .repeated()
        .at_least(1)
        .collect::<Vec<_>>();
    let plain = choice((function_def(cx, expressions, block), class_def(cx, expressions, block))).boxed();
    let decorated =
        decorators.then(choice((plain.clone(), nothing_to_decorate(cx)))).map(|(written, mut stmt)| {
            match &mut stmt.kind {
                StmtKind::FunctionDef(def) => def.decorators = written,
                StmtKind::ClassDef(class) => class.decorators = written,
                _ => {}
            }
            stmt
        });
    choice((decorated, plain)).boxed()
}

/// Decorators with nothing behind them that could be decorated. Reported here: were they left to
/// the recovery of statements, each line of a long list would be read again and again.
fn nothing_to_decorate<'t>(cx: Cx<'t>) -> Rule<'t, Stmt> {
    let other = none_of([T::Def, T::Class, T::Async]).map_with(|kind, e| (Some(kind), e.span())).rewind();
    let nothing = end().map_with(|(), e| (None, e.span()));
    choice((other, nothing))
        .validate(move |(found, span): (Option<T>, Span), _, emitter| {
            let is_end = span.start as usize == cx.source.text().len();
            let message = match found {
                Some(T::Indent) => "unexpected indent",
                Some(T::Dedent) if !is_end => "unexpected unindent",
                _ => "invalid syntax",
            };
            let mut diagnostic = Diagnostic::error(Phase::Parser, message, span);
            if message != "invalid syntax" {
                diagnostic.kind = DiagnosticKind::IndentationError;
            }
            diagnostic.incomplete = is_end;
            emit(emitter, diagnostic);
            Stmt { kind: StmtKind::Error, span: span.at_start() }
        })
        .boxed()
}
