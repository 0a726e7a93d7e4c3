//! Statements with blocks.

use super::expr::{Expressions, comma_list, prepend, starred_or};
use super::{Cx, Forward, Rule, def, emit, name, pattern, start_of, to_block_end, token};
use crate::ast::{
    Block, Branch, ExceptHandler, Expr, ExprKind, For, If, Match, MatchCase, Pattern, PatternKind, Stmt,
    StmtKind, Try, While, With, WithItem,
};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::prelude::*;

/// Any statement that has a block.
pub(super) fn compound_stmt<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    statement: &Forward<'t, Block>,
) -> Rule<'t, Stmt> {
    let else_block =
        token(T::Else).ignore_then(block.clone()).or_not().map(Option::unwrap_or_default).boxed();
    let is_async = token(T::Async).or_not().map(|word| word.is_some()).boxed();
    choice((
        if_stmt(expressions, block, &else_block),
        while_stmt(expressions, block, &else_block),
        for_stmt(&is_async, expressions, block, &else_block),
        with_stmt(cx, &is_async, expressions, block),
        try_stmt(cx, expressions, block, &else_block),
        def::definition(cx, expressions, block),
        match_stmt(cx, expressions, block, statement),
    ))
    .boxed()
}

/// `'if' named_expression block ('elif' named_expression block)* ['else' block]`
fn if_stmt<'t>(
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    else_block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    let rest = expressions.named_expression.clone().then(block.clone()).boxed();
    let branch = |word: T| {
        token(word).map_with(|_, e| e.span()).then(rest.clone()).map(|(keyword, (test, body))| Branch {
            keyword,
            test,
            body,
        })
    };
    branch(T::If)
        .then(branch(T::Elif).repeated().collect::<Vec<_>>())
        .then(else_block.clone())
        .map_with(|((first, more), orelse), e| {
            let branches = prepend(first, more);
            let last =
                if orelse.is_empty() { branches.last().map(|branch| &branch.body) } else { Some(&orelse) };
            let span = last.map_or(e.span(), |block| to_block_end(start_of(e.span()), block));
            Stmt { kind: StmtKind::If(Box::new(If { branches, orelse })), span }
        })
        .boxed()
}

/// The end of a loop: that of its `else`, or of its body.
fn loop_span(span: Span, body: &[Stmt], orelse: &[Stmt]) -> Span {
    to_block_end(start_of(span), if orelse.is_empty() { body } else { orelse })
}

/// `'while' named_expression block ['else' block]`
fn while_stmt<'t>(
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    else_block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    token(T::While)
        .ignore_then(expressions.named_expression.clone())
        .then(block.clone())
        .then(else_block.clone())
        .map_with(|((test, body), orelse), e| {
            let span = loop_span(e.span(), &body, &orelse);
            Stmt { kind: StmtKind::While(Box::new(While { test, body, orelse })), span }
        })
        .boxed()
}

/// `['async'] 'for' star_targets 'in' star_expressions block ['else' block]`
fn for_stmt<'t>(
    is_async: &Rule<'t, bool>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    else_block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    is_async
        .clone()
        .then_ignore(token(T::For))
        .then(expressions.star_targets.clone())
        .then_ignore(token(T::In))
        .then(expressions.star_expressions.clone())
        .then(block.clone())
        .then(else_block.clone())
        .map_with(|((((is_async, target), iter), body), orelse), e| {
            let span = loop_span(e.span(), &body, &orelse);
            Stmt { kind: StmtKind::For(Box::new(For { is_async, target, iter, body, orelse })), span }
        })
        .boxed()
}

/// `['async'] 'with' (items | '(' items [','] ')') block`
fn with_stmt<'t>(
    cx: Cx<'t>,
    is_async: &Rule<'t, bool>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    let bitwise_or = expressions.bitwise_or.clone();
    let target = token(T::As).ignore_then(starred_or(cx, bitwise_or.clone(), bitwise_or));
    let item = expressions
        .expression
        .clone()
        .then(target.or_not())
        .map(|(context, target)| WithItem { context, target })
        .boxed();
    let bracketed = item
        .clone()
        .separated_by(token(T::Comma))
        .allow_trailing()
        .at_least(1)
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftParen), token(T::RightParen))
        .then_ignore(token(T::Colon).rewind());
    let plain = item.separated_by(token(T::Comma)).at_least(1).collect::<Vec<_>>();
    is_async
        .clone()
        .then_ignore(token(T::With))
        .then(choice((bracketed, plain)))
        .then(block.clone())
        .map_with(|((is_async, items), body), e| {
            let span = to_block_end(start_of(e.span()), &body);
            Stmt { kind: StmtKind::With(Box::new(With { is_async, items, body })), span }
        })
        .boxed()
}

/// `'try' block (except_block+ ['else' block] ['finally' block] | 'finally' block)`
fn try_stmt<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    else_block: &Rule<'t, Block>,
) -> Rule<'t, Stmt> {
    let finally = token(T::Finally).ignore_then(block.clone()).or_not().map(Option::unwrap_or_default);
    // What follows the first block is what CPython points at when it is no handler.
    let next = any().map_with(|kind, e| -> (T, Span) { (kind, e.span()) }).rewind().or_not();
    token(T::Try)
        .ignore_then(block.clone().then(next))
        .then(except_block(cx, expressions, block).repeated().collect::<Vec<_>>())
        .then(else_block.clone())
        .then(finally)
        .validate(|((((body, next), handlers), orelse), finalbody), e, emitter| {
            // A handler that follows after all is broken, and reported as such.
            let is_broken = matches!(next, Some((T::Except | T::Finally, _)));
            if handlers.is_empty() && (finalbody.is_empty() || !orelse.is_empty()) && !is_broken {
                let message = "expected 'except' or 'finally' block";
                let end = cx.source.text().len() as u32;
                let place = next.map_or(Span::new(end, end), |(_, span)| span);
                let mut diagnostic = Diagnostic::error(Phase::Parser, message, place);
                diagnostic.incomplete = next.is_none();
                emit(emitter, diagnostic);
            }
            let is_star = handlers.first().is_some_and(|(star, _)| *star);
            if let Some((_, other)) = handlers.iter().find(|(star, _)| *star != is_star) {
                let message = "cannot have both 'except' and 'except*' on the same 'try'";
                let star = if is_star { None } else { cx.text(other.span).find('*') };
                let width = star.map_or("except".len(), |star| star + 1) as u32;
                let word = Span::new(other.span.start, other.span.start + width);
                emit(emitter, Diagnostic::error(Phase::Parser, message, word));
            }
            let handlers: Vec<ExceptHandler> = handlers.into_iter().map(|(_, handler)| handler).collect();
            let mut span = to_block_end(start_of(e.span()), &body);
            if let Some(last) = handlers.last() {
                span = span.to(last.span);
            }
            span = to_block_end(to_block_end(span, &orelse), &finalbody);
            Stmt { kind: StmtKind::Try(Box::new(Try { body, is_star, handlers, orelse, finalbody })), span }
        })
        .boxed()
}

/// `'except' ['*'] [expression ['as' NAME]] block`
fn except_block<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
) -> Rule<'t, (bool, ExceptHandler)> {
    let kind = comma_list(cx, expressions.expression.clone());
    let star = token(T::Star).map_with(|_, e| e.span());
    token(T::Except)
        .ignore_then(star.or_not())
        .then(kind.then(token(T::As).ignore_then(name(cx)).or_not()).or_not())
        .then(block.clone())
        .validate(|((star, kind), body): ((Option<Span>, Option<(Expr, _)>), Block), e, emitter| {
            if let Some((kind, _)) = &kind
                && matches!(kind.kind, crate::ast::ExprKind::Tuple(_))
                && !kind.parenthesized
            {
                let message = "multiple exception types must be parenthesized";
                emit(emitter, Diagnostic::error(Phase::Parser, message, kind.span));
            }
            if let (Some(star), None) = (star, &kind) {
                let place = Span::new(star.end, star.end + 1);
                let message = "expected one or more exception types";
                emit(emitter, Diagnostic::error(Phase::Parser, message, place));
            }
            let span = to_block_end(start_of(e.span()), &body);
            let (kind, name) = kind.map_or((None, None), |(kind, name)| (Some(kind), name));
            (star.is_some(), ExceptHandler { kind, name, body, span })
        })
        .boxed()
}

/// `'match' subject ':' NEWLINE INDENT case_block+ DEDENT`
fn match_stmt<'t>(
    cx: Cx<'t>,
    expressions: &Expressions<'t>,
    block: &Rule<'t, Block>,
    statement: &Forward<'t, Block>,
) -> Rule<'t, Stmt> {
    let subject =
        comma_list(cx, expressions.star_named_expression.clone()).validate(|subject, _, emitter| {
            if matches!(subject.kind, ExprKind::Starred(_)) {
                let place = Span::new(subject.span.end, subject.span.end + 1);
                emit(emitter, Diagnostic::error(Phase::Parser, "invalid syntax", place));
            }
            subject
        });
    // A broken case must not take its neighbours along.
    let broken_case = none_of([T::Newline, T::Indent, T::Dedent])
        .repeated()
        .at_least(1)
        .then_ignore(token(T::Newline))
        .then(
            statement
                .clone()
                .repeated()
                .collect::<Vec<Block>>()
                .delimited_by(token(T::Indent), token(T::Dedent))
                .or_not(),
        )
        .map_with(|(_, body), e| {
            let span: Span = e.span();
            let pattern = Pattern { kind: PatternKind::Error, span, depth: 1 };
            let body = body.unwrap_or_default().into_iter().flatten().collect();
            MatchCase { pattern, guard: None, body, span }
        });
    let case = case_block(cx, expressions, block);
    let cases = token(T::Case)
        .rewind()
        .ignore_then(case.recover_with(via_parser(broken_case)).repeated().at_least(1).collect::<Vec<_>>())
        .delimited_by(token(T::Indent), token(T::Dedent));
    token(T::Match)
        .ignore_then(subject)
        .then_ignore(token(T::Colon))
        .then_ignore(token(T::Newline))
        .then(cases)
        .map_with(|(subject, cases), e| {
            let mut span = start_of(e.span());
            if let Some(last) = cases.last() {
                span = span.to(last.span);
            }
            Stmt { kind: StmtKind::Match(Box::new(Match { subject, cases })), span }
        })
        .boxed()
}

/// `'case' patterns ['if' named_expression] block`
fn case_block<'t>(cx: Cx<'t>, expressions: &Expressions<'t>, block: &Rule<'t, Block>) -> Rule<'t, MatchCase> {
    let guard = token(T::If).ignore_then(expressions.named_expression.clone()).or_not();
    token(T::Case)
        .ignore_then(pattern::patterns(cx, expressions))
        .then(guard)
        .then(block.clone())
        .map_with(|((pattern, guard), body), e| {
            let span = to_block_end(start_of(e.span()), &body);
            MatchCase { pattern, guard, body, span }
        })
        .boxed()
}
