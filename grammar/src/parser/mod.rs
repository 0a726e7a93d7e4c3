//! Tokens to tree: one function per production of `apy.ebnf`, under the same name.
//!
//! chumsky rules are built per call (tens of microseconds) and boxed, so that types stay small
//! and the grammar compiles once. Rules never begin two alternatives with the same recursive
//! rule: there is no memo table, so that would cost 2ⁿ for n nested brackets.

mod build;
mod compound;
mod def;
mod display;
mod expr;
mod failure;
mod forward;
mod literal;
mod pattern;
mod postfix;
mod simple;

pub(crate) use build::{Context, depth_below, pattern_depth_below};
pub(crate) use expr::Expressions;
pub(crate) use failure::Failure;
pub(crate) use forward::{Forward, Owner, declare, owning};

use crate::ast::{Argument, Block, Call, ExprKind, Identifier, Stmt, StmtKind};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::token::{Token, TokenKind as T};
use chumsky::input::{Emitter, Input as _, MappedInput};
use chumsky::prelude::*;

impl chumsky::span::Span for Span {
    type Context = ();
    type Offset = u32;

    fn new((): (), range: std::ops::Range<u32>) -> Self {
        Self::new(range.start, range.end)
    }

    fn context(&self) {}

    fn start(&self) -> u32 {
        self.start
    }

    fn end(&self) -> u32 {
        self.end
    }
}

/// The parser's input: kinds with spans. A `fn` pointer keeps the type nameable.
pub(crate) type Tokens<'t> = MappedInput<'t, T, Span, &'t [Token], fn(&'t Token) -> (&'t T, &'t Span)>;
pub(crate) type Extra = extra::Err<Failure>;
/// A production.
pub(crate) type Rule<'t, O> = Boxed<'t, 't, Tokens<'t>, O, Extra>;
/// The context every rule closes over.
type Cx<'t> = &'t Context<'t>;

/// The label of rules for expressions.
const EXPRESSION: &str = "expression";

/// What is said of an expression deeper than [`crate::ast::MAX_DEPTH`].
pub(crate) const TOO_DEEP: &str = "too many nested expressions";

/// The tokens as chumsky wants them.
pub(crate) fn input<'t>(tokens: &'t [Token], end: u32) -> Tokens<'t> {
    tokens.map(Span::new(end, end), |token| (&token.kind, &token.span))
}

/// `NEWLINE`s apart, a file is statements to the end.
pub(crate) fn file_input<'t>(cx: Cx<'t>) -> Rule<'t, Block> {
    statement(cx).repeated().collect::<Vec<Block>>().map(flatten).then_ignore(end()).boxed()
}

/// The input of `eval`: expressions, no star.
pub(crate) fn eval_input<'t>(cx: Cx<'t>) -> Rule<'t, Block> {
    let expressions = Expressions::new(cx);
    let skip = any().repeated().at_least(1).map_with(|_, e| vec![error_stmt(e.span())]);
    let rule = expr::comma_list(cx, expressions.expression)
        .map_with(|value, e| vec![Stmt { kind: StmtKind::Expr(Box::new(value)), span: e.span() }])
        .then_ignore(token(T::Newline).or_not())
        .then_ignore(end())
        .recover_with(via_parser(skip));
    owning(rule, expressions.owners)
}

/// A type comment of a function: `'(' arguments ')' '->' expression`, as a call of nothing whose
/// keyword argument `return` is the result.
pub(crate) fn function_type_input<'t>(cx: Cx<'t>) -> Rule<'t, Block> {
    let expressions = Expressions::new(cx);
    let arguments = expressions
        .arguments
        .clone()
        .delimited_by(token(T::LeftParen), token(T::RightParen))
        .map_with(|list, e| -> (_, Span) { (list, e.span()) });
    let rule = arguments
        .then_ignore(token(T::Arrow))
        .then(expressions.expression)
        .map_with(move |((list, arguments_span), returns), e| {
            let span: Span = e.span();
            let function = cx.expr(ExprKind::Error, span.at_start());
            let mut arguments = list.arguments;
            let name = Identifier { name: cx.intern("return"), span: returns.span };
            let place = returns.span;
            arguments.push(Argument::Keyword(name, returns, place));
            let call = cx.expr(ExprKind::Call(Box::new(Call { function, arguments, arguments_span })), span);
            vec![Stmt { kind: StmtKind::Expr(Box::new(call)), span }]
        })
        .then_ignore(token(T::Newline).repeated())
        .then_ignore(end())
        .boxed();
    owning(rule, expressions.owners)
}

/// One logical line, or a compound statement with its blocks.
fn statement<'t>(cx: Cx<'t>) -> Rule<'t, Block> {
    let expressions = Expressions::new(cx);
    let (statement, definition) = declare();
    let simple_stmts = simple::simple_stmts(cx, &expressions);
    let block = block(statement.clone(), simple_stmts.clone());
    let compound = compound::compound_stmt(cx, &expressions, &block, &statement);
    let mut owners = expressions.owners;
    owners.push(
        definition.define(
            choice((compound.map(|stmt| vec![stmt]), simple_stmts))
                .recover_with(via_parser(rest_of_line(statement.clone()))),
        ),
    );
    owning(statement, owners)
}

/// `':' (NEWLINE INDENT statement+ DEDENT | simple_stmts)`
fn block<'t>(statement: Forward<'t, Block>, simple_stmts: Rule<'t, Block>) -> Rule<'t, Block> {
    let indented = statement
        .repeated()
        .at_least(1)
        .collect::<Vec<Block>>()
        .map(flatten)
        .delimited_by(token(T::Indent), token(T::Dedent));
    token(T::Colon).ignore_then(choice((token(T::Newline).ignore_then(indented), simple_stmts))).boxed()
}

/// Recovery: leave out the rest of the logical line, but check the block that hangs on it.
/// Fails at a dedent and at the end, or repetition would never stop.
fn rest_of_line<'t>(statement: Forward<'t, Block>) -> Rule<'t, Block> {
    let body = statement
        .repeated()
        .collect::<Vec<Block>>()
        .map(flatten)
        .delimited_by(token(T::Indent), token(T::Dedent))
        .boxed();
    let line = none_of([T::Newline, T::Indent, T::Dedent])
        .repeated()
        .at_least(1)
        .map_with(|(), e| error_stmt(e.span()))
        .then_ignore(token(T::Newline))
        .then(body.clone().or_not())
        .map(|(error, body)| with_body(error, body.unwrap_or_default()));
    let indented = body.map_with(|body, e| with_body(error_stmt(e.span().at_start()), body));
    let lone_newline = token(T::Newline).map_with(|_, e| vec![error_stmt(e.span())]);
    choice((line, indented, lone_newline)).boxed()
}

fn with_body(error: Stmt, body: Block) -> Block {
    let mut all = Vec::with_capacity(body.len() + 1);
    all.push(error);
    all.extend(body);
    all
}

fn error_stmt(span: Span) -> Stmt {
    Stmt { kind: StmtKind::Error, span }
}

fn flatten(blocks: Vec<Block>) -> Block {
    let mut all = Vec::with_capacity(blocks.len());
    for block in blocks {
        all.extend(block);
    }
    all
}

fn token<'t>(kind: T) -> impl Parser<'t, Tokens<'t>, T, Extra> + Clone + 't {
    just(kind)
}

/// A name; soft keywords are names.
fn name<'t>(cx: Cx<'t>) -> Rule<'t, Identifier> {
    one_of([T::Name, T::Match, T::Case, T::Type])
        .map_with(move |_, e| cx.identifier(e.span()))
        .labelled("name")
        .boxed()
}

/// Report, and go on with what was parsed.
fn emit(emitter: &mut Emitter<Failure>, diagnostic: Diagnostic) {
    emitter.emit(Failure::of(diagnostic));
}

/// A span that is to grow from its beginning: what a rule has consumed may end in a dedent.
fn start_of(span: Span) -> Span {
    span.at_start()
}

/// From the start of `start` to the end of the last statement of a block.
fn to_block_end(start: Span, block: &[Stmt]) -> Span {
    block.last().map_or(start, |last| start.to(last.span))
}
