//! Text to tree: everything about apy's text and nothing about running it.
#![deny(unsafe_code)]

pub mod ast;
mod check;
mod decode;
pub mod diagnostic;
mod dump;
mod explain;
pub mod layout;
mod nesting;
mod parser;
pub mod source;
pub mod surrogate;
pub mod token;
mod verdict;

pub use diagnostic::{Diagnostic, DiagnosticKind, Exact, Label, Phase};
pub use dump::{dump_ast, dump_tokens};
pub use layout::{Tokenized, tokenize};
pub use source::{Position, SourceFile, Span};
pub use token::{Token, TokenKind};

use chumsky::Parser as _;

/// What a text is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A file.
    Module,
    /// What was typed at a prompt: any number of statements.
    Interactive,
    /// The argument of `compile(..., 'single')`: one statement.
    Single,
    /// The argument of `eval`: one expression.
    Expression,
    /// The type comment of a function.
    FunctionType,
}

/// The outcome of [`parse`].
#[derive(Debug)]
pub struct Parsed {
    /// With `Error` nodes where something was wrong.
    pub module: ast::Module,
    /// Sorted by position.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the text is refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.kind.is_error())
    }

    /// Whether all that is wrong is that the text ends too early.
    pub fn is_incomplete(&self) -> bool {
        let mut errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_error()).peekable();
        errors.peek().is_some() && errors.all(|diagnostic| diagnostic.incomplete)
    }

    /// Whether a prompt should ask for another line: the text is incomplete, or it ends in a
    /// statement with blocks that no empty line has closed.
    pub fn wants_more(&self, source: &SourceFile) -> bool {
        if self.has_errors() {
            return self.is_incomplete();
        }
        let is_open = self.module.body.last().is_some_and(|stmt| stmt.kind.is_compound());
        let text = source.text().strip_suffix('\n').unwrap_or(source.text());
        let last_line = text.rsplit('\n').next().unwrap_or("");
        is_open && !last_line.trim().is_empty()
    }

    /// The error that `compile()` raises: the first of the lowest phase.
    pub fn first_error(&self) -> Option<&Diagnostic> {
        let errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.kind.is_error());
        errors.min_by_key(|diagnostic| (diagnostic.phase, diagnostic.span.start))
    }
}

/// Parse a text. Never fails and never panics: faults are diagnostics.
pub fn parse(source: &SourceFile, mode: Mode) -> Parsed {
    let Tokenized { mut tokens, mut diagnostics, .. } = tokenize(source);
    // Only the bytes of a file have an encoding; what is typed or computed is text already.
    if mode == Mode::Module {
        diagnostics.extend(layout::declared_encoding(source));
    }
    let nesting = nesting::measure(&tokens);
    if let Some(at) = nesting.too_deep {
        let place = nesting::cut(&mut tokens, at);
        diagnostics.push(Diagnostic::error(Phase::Parser, parser::TOO_DEEP, place));
    }
    nesting::with_room(nesting.deepest, || parse_tokens(source, &tokens, diagnostics, mode))
}

fn parse_tokens(source: &SourceFile, tokens: &[Token], lexical: Vec<Diagnostic>, mode: Mode) -> Parsed {
    let is_cut = lexical.iter().any(|diagnostic| diagnostic.message == parser::TOO_DEEP);
    let cx = parser::Context::new(source);
    let end = source.text().len() as u32;
    let rule = match mode {
        Mode::Module | Mode::Interactive | Mode::Single => parser::file_input(&cx),
        Mode::Expression => parser::eval_input(&cx),
        Mode::FunctionType => parser::function_type_input(&cx),
    };
    let (body, failures) = rule.parse(parser::input(tokens, end)).into_output_errors();
    let module = ast::Module { body: body.unwrap_or_default() };
    let mut diagnostics = explain::explain_all(&cx, tokens, lexical, &failures);
    if is_cut {
        drop_consequences(&mut diagnostics, source);
    }
    if let Some(span) = cx.too_deep().filter(|_| !is_cut) {
        diagnostics.push(Diagnostic::error(Phase::Parser, parser::TOO_DEEP, span));
    }
    check::check(&module, &mut diagnostics);
    if !is_cut && cx.too_deep().is_none() && needs_verdict(source, mode, &diagnostics) {
        add_verdict(source, mode, &mut diagnostics);
    }
    diagnostics.sort_by(|a, b| (a.span.start, a.phase, &a.message).cmp(&(b.span.start, b.phase, &b.message)));
    // The parser may have tried a rule twice at one place.
    diagnostics.dedup();
    Parsed { module, diagnostics }
}

/// Whether CPython's parser has to be asked: something is wrong, or the mode wants more than the
/// grammar says.
fn needs_verdict(source: &SourceFile, mode: Mode, diagnostics: &[Diagnostic]) -> bool {
    let is_wrong = |found: &Diagnostic| found.kind.is_error() && found.phase <= Phase::Tree;
    let last_line = || source.text().rsplit(['\n', '\r']).next().unwrap_or_default();
    mode != Mode::FunctionType && diagnostics.iter().any(is_wrong)
        || match mode {
            Mode::Single => true,
            // A last line of blanks is indented.
            Mode::Expression => {
                let line = last_line();
                source.text().trim_ascii().is_empty() || (!line.is_empty() && line.trim_ascii().is_empty())
            }
            Mode::Module | Mode::Interactive | Mode::FunctionType => false,
        }
}

/// Put what CPython says in front; what was found in the same line gives way to it.
fn add_verdict(source: &SourceFile, mode: Mode, diagnostics: &mut Vec<Diagnostic>) {
    let Some(mut verdict) = verdict::find(source, mode) else { return };
    let is_error = |found: &&Diagnostic| found.kind.is_error();
    verdict.incomplete |= diagnostics.iter().any(|found| found.kind.is_error())
        && diagnostics.iter().filter(is_error).all(|found| found.incomplete);
    let same = diagnostics.iter().position(|found| {
        found.message == verdict.message && source.line(found.span.start) == source.line(verdict.span.start)
    });
    if let Some(same) = same {
        let same = diagnostics.remove(same);
        (verdict.labels, verdict.help) = (same.labels, same.help);
    }
    let line = source.line(verdict.span.start);
    diagnostics.retain(|found| {
        !(found.kind.is_error() && found.phase <= Phase::Tree && source.line(found.span.start) == line)
    });
    diagnostics.push(verdict);
}

/// What is wrong with a tree that no text was parsed to.
pub fn check_tree(module: &ast::Module) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    check::check(module, &mut diagnostics);
    diagnostics
}

/// An expression, with its depth; `None` if it is too deep.
pub fn expression(kind: ast::ExprKind, span: Span) -> Option<ast::Expr> {
    let below = parser::depth_below(&kind);
    let parenthesized = false;
    (below < ast::MAX_DEPTH).then(|| ast::Expr { kind, span, depth: below + 1, parenthesized })
}

/// A pattern, with its depth; `None` if it is too deep.
pub fn pattern(kind: ast::PatternKind, span: Span) -> Option<ast::Pattern> {
    let below = parser::pattern_depth_below(&kind);
    (below < ast::MAX_DEPTH).then(|| ast::Pattern { kind, span, depth: below + 1 })
}

/// Where the text was cut because it nests too deeply, its end cannot be understood either.
fn drop_consequences(diagnostics: &mut Vec<Diagnostic>, source: &SourceFile) {
    let is_cut = |diagnostic: &Diagnostic| diagnostic.message == parser::TOO_DEEP;
    let Some(cut) = diagnostics.iter().find(|diagnostic| is_cut(diagnostic)).map(|found| found.span.start)
    else {
        return;
    };
    let start = source.line_start(source.line(cut));
    diagnostics.retain(|other| is_cut(other) || other.phase < Phase::Parser || other.span.start < start);
}
