//! Statements that fit on a line.

use super::expr::{Expressions, prepend};
use super::{Cx, Failure, Rule, def, emit, name, token};
use crate::ast::{
    AnnAssign, Assert, Assign, AugAssign, Block, Expr, ExprKind, Identifier, ImportAlias, ImportFrom,
    Operator, Raise, Stmt, StmtKind, TypeAlias,
};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::input::Emitter;
use chumsky::prelude::*;

/// `simple_stmt (';' simple_stmt)* [';'] NEWLINE`
pub(super) fn simple_stmts<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, Block> {
    let simple_stmt = simple_stmt(cx, expressions);
    let more = token(T::Semicolon).ignore_then(simple_stmt.clone()).repeated().collect::<Vec<_>>();
    simple_stmt
        .then(more)
        .then_ignore(token(T::Semicolon).or_not())
        .then_ignore(token(T::Newline))
        .map(|(first, more)| prepend(first, more))
        .boxed()
}

fn simple_stmt<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, Stmt> {
    let expression = &expressions.expression;
    let names = name(cx).separated_by(token(T::Comma)).at_least(1).collect::<Vec<_>>().boxed();
    let one_word = select! {
        T::Pass => StmtKind::Pass,
        T::Break => StmtKind::Break,
        T::Continue => StmtKind::Continue,
    };
    let return_stmt = token(T::Return)
        .ignore_then(expressions.star_expressions.clone().or_not())
        .map(|value| StmtKind::Return(value.map(Box::new)));
    let cause = token(T::From).ignore_then(expression.clone()).or_not();
    let raise_stmt = token(T::Raise)
        .ignore_then(expression.clone().then(cause).or_not())
        .map(|raise| StmtKind::Raise(raise.map(|(exception, cause)| Box::new(Raise { exception, cause }))));
    let global_stmt = token(T::Global).ignore_then(names.clone()).map(StmtKind::Global);
    let nonlocal_stmt = token(T::Nonlocal).ignore_then(names).map(StmtKind::Nonlocal);
    let message = token(T::Comma).ignore_then(expression.clone()).or_not();
    let assert_stmt = token(T::Assert)
        .ignore_then(expression.clone())
        .then(message)
        .map(|(test, message)| StmtKind::Assert(Box::new(Assert { test, message })));
    choice((
        one_word,
        return_stmt,
        raise_stmt,
        global_stmt,
        nonlocal_stmt,
        del_stmt(expressions),
        assert_stmt,
        import_name(cx),
        import_from(cx),
        type_alias(cx, expressions),
        expr_stmt(expressions),
    ))
    .map_with(|kind, e| Stmt { kind, span: e.span() })
    .labelled("statement")
    .boxed()
}

/// `'del' star_expressions`; which of them can be deleted is checked on the tree.
fn del_stmt<'t>(expressions: &Expressions<'t>) -> Rule<'t, StmtKind> {
    token(T::Del)
        .ignore_then(expressions.star_expressions.clone())
        .map(|targets| match targets.kind {
            // `del a, b` deletes two things; `del (a, b)` one tuple of them.
            ExprKind::Tuple(items) if !targets.parenthesized => StmtKind::Delete(items),
            _ => StmtKind::Delete(vec![targets]),
        })
        .boxed()
}

/// What follows the first expression of a statement.
enum Tail {
    Assign(Vec<Expr>),
    AugAssign(Operator, Expr),
    AnnAssign(Expr, Option<Expr>),
    Nothing,
}

/// An expression, `a = b = c`, `a += b` or `a: b = c`. The left sides are parsed as expressions
/// and checked on the tree.
fn expr_stmt<'t>(expressions: &Expressions<'t>) -> Rule<'t, StmtKind> {
    let value = choice((expressions.yield_expr.clone(), expressions.star_expressions.clone())).boxed();
    let assign = token(T::Equal)
        .ignore_then(value.clone())
        .repeated()
        .at_least(1)
        .collect::<Vec<_>>()
        .map(Tail::Assign);
    let aug_assign =
        augmented_operator().then(value.clone()).map(|(operator, value)| Tail::AugAssign(operator, value));
    let ann_assign = token(T::Colon)
        .ignore_then(expressions.expression.clone())
        .then(token(T::Equal).ignore_then(value.clone()).or_not())
        .map(|(annotation, value)| Tail::AnnAssign(annotation, value));
    value
        .then(choice((assign, aug_assign, ann_assign, empty().to(()).map(|()| Tail::Nothing))))
        .map(move |(first, tail)| match tail {
            Tail::Nothing => StmtKind::Expr(Box::new(first)),
            Tail::Assign(mut values) => {
                let value = values.pop();
                let targets = prepend(first, values);
                match value {
                    Some(value) => StmtKind::Assign(Box::new(Assign { targets, value })),
                    // `at_least(1)` leaves no such case; an error node is still honest.
                    None => StmtKind::Error,
                }
            }
            Tail::AugAssign(operator, value) => {
                StmtKind::AugAssign(Box::new(AugAssign { target: first, operator, value }))
            }
            Tail::AnnAssign(annotation, value) => {
                StmtKind::AnnAssign(Box::new(AnnAssign { target: first, annotation, value }))
            }
        })
        .boxed()
}

fn augmented_operator<'t>() -> Rule<'t, Operator> {
    select! {
        T::PlusEqual => Operator::Add,
        T::MinusEqual => Operator::Sub,
        T::StarEqual => Operator::Mult,
        T::SlashEqual => Operator::Div,
        T::DoubleSlashEqual => Operator::FloorDiv,
        T::PercentEqual => Operator::Mod,
        T::AtEqual => Operator::MatMult,
        T::AmpersandEqual => Operator::BitAnd,
        T::PipeEqual => Operator::BitOr,
        T::CaretEqual => Operator::BitXor,
        T::RightShiftEqual => Operator::RShift,
        T::LeftShiftEqual => Operator::LShift,
        T::DoubleStarEqual => Operator::Pow,
    }
    .boxed()
}

/// `NAME ('.' NAME)*` as one name.
fn dotted_name<'t>(cx: Cx<'t>) -> Rule<'t, Identifier> {
    name(cx)
        .separated_by(token(T::Dot))
        .at_least(1)
        .collect::<Vec<_>>()
        .map_with(move |mut parts: Vec<Identifier>, e| {
            if parts.len() == 1
                && let Some(only) = parts.pop()
            {
                return only;
            }
            let joined = parts.iter().map(|part| &*part.name).collect::<Vec<_>>().join(".");
            Identifier { name: cx.intern(&joined), span: e.span() }
        })
        .boxed()
}

/// `'import' dotted_name ['as' NAME] (',' ...)*`
fn import_name<'t>(cx: Cx<'t>) -> Rule<'t, StmtKind> {
    let asname = token(T::As).ignore_then(name(cx)).or_not();
    let alias = dotted_name(cx).then(asname).map(|(name, asname)| ImportAlias { name, asname });
    token(T::Import)
        .ignore_then(alias.separated_by(token(T::Comma)).at_least(1).collect())
        .map(StmtKind::Import)
        .boxed()
}

/// `'from' '.'* [dotted_name] 'import' ('*' | '(' names ')' | names)`
fn import_from<'t>(cx: Cx<'t>) -> Rule<'t, StmtKind> {
    let dots = select! { T::Dot => 1u32, T::Ellipsis => 3 };
    let level = dots.repeated().collect::<Vec<_>>().map(|dots| dots.iter().sum::<u32>());
    let module = choice((
        level.then(dotted_name(cx).map(Some)),
        level.then(empty().to(None)).filter(|(level, _)| *level > 0),
    ));
    let asname = token(T::As).ignore_then(name(cx)).or_not();
    let alias = name(cx).then(asname).map(|(name, asname)| ImportAlias { name, asname });
    let star = token(T::Star).map_with(move |_, e| {
        let name = Identifier { name: cx.intern("*"), span: e.span() };
        vec![ImportAlias { name, asname: None }]
    });
    let bracketed = alias
        .clone()
        .separated_by(token(T::Comma))
        .allow_trailing()
        .at_least(1)
        .collect::<Vec<_>>()
        .delimited_by(token(T::LeftParen), token(T::RightParen));
    let plain = alias
        .separated_by(token(T::Comma))
        .at_least(1)
        .collect::<Vec<_>>()
        .then(token(T::Comma).ignore_then(token(T::Newline).map_with(|_, e| e.span()).rewind()).or_not())
        .validate(|(names, line_end): (_, Option<Span>), _, emitter: &mut Emitter<Failure>| {
            if let Some(line_end) = line_end {
                let message = "trailing comma not allowed without surrounding parentheses";
                emit(emitter, Diagnostic::error(Phase::Parser, message, line_end));
            }
            names
        });
    token(T::From)
        .ignore_then(module)
        .then_ignore(token(T::Import))
        .then(choice((star, bracketed, plain)))
        .map(|((level, module), names)| StmtKind::ImportFrom(Box::new(ImportFrom { level, module, names })))
        .boxed()
}

/// `'type' NAME [type_params] '=' expression`
fn type_alias<'t>(cx: Cx<'t>, expressions: &Expressions<'t>) -> Rule<'t, StmtKind> {
    token(T::Type)
        .ignore_then(name(cx))
        .then(def::type_params(cx, expressions))
        .then_ignore(token(T::Equal))
        .then(expressions.expression.clone())
        .map(|((name, type_params), value)| {
            StmtKind::TypeAlias(Box::new(TypeAlias { name, type_params, value }))
        })
        .boxed()
}
