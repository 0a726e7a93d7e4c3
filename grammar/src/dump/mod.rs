//! Text forms of tokens and tree, for `apy tokens`, `apy ast` and golden tests.

mod expr;

use crate::ast::*;
use crate::layout::tokenize;
use crate::nesting;
use crate::source::{SourceFile, Span};
use std::fmt::Write as _;

/// One token per line: `line:column-line:column KIND 'text'`, columns from 0.
pub fn dump_tokens(source: &SourceFile) -> String {
    let mut out = String::new();
    for token in tokenize(source).tokens {
        let place = place(source, token.span);
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{place} {} {:?}", token.kind, source.slice(token.span));
    }
    out
}

fn place(source: &SourceFile, span: Span) -> String {
    let (start, end) = (source.position(span.start), source.position(span.end));
    format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column)
}

/// The tree, indented, each node with its place.
pub fn dump_ast(module: &Module, source: &SourceFile) -> String {
    nesting::with_room(0, || {
        let mut dump = Dump { source, out: String::new(), depth: 0 };
        dump.block("Module", &module.body);
        dump.out
    })
}

struct Dump<'a> {
    source: &'a SourceFile,
    out: String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A line with the lines of its children below it.
    fn node(&mut self, head: &str, children: impl FnOnce(&mut Self)) {
        self.line(head);
        self.depth += 1;
        children(self);
        self.depth -= 1;
    }

    fn at(&self, head: &str, span: Span) -> String {
        format!("{head} @{}", place(self.source, span))
    }

    fn block(&mut self, head: &str, block: &[Stmt]) {
        self.node(head, |dump| block.iter().for_each(|stmt| dump.stmt(stmt)));
    }

    fn optional_block(&mut self, head: &str, block: &[Stmt]) {
        if !block.is_empty() {
            self.block(head, block);
        }
    }

    fn named(&mut self, name: &str, expr: &Expr) {
        self.node(name, |dump| dump.expr(expr));
    }

    fn optional(&mut self, name: &str, expr: &Option<Expr>) {
        if let Some(expr) = expr {
            self.named(name, expr);
        }
    }

    fn exprs(&mut self, name: &str, exprs: &[Expr]) {
        if !exprs.is_empty() {
            self.node(name, |dump| exprs.iter().for_each(|expr| dump.expr(expr)));
        }
    }

    fn identifiers(&self, names: &[Identifier]) -> String {
        names.iter().map(|name| &*name.name).collect::<Vec<_>>().join(", ")
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let head = self.at(&self.stmt_head(&stmt.kind), stmt.span);
        self.node(&head, |dump| dump.stmt_children(&stmt.kind));
    }

    fn stmt_head(&self, kind: &StmtKind) -> String {
        let star =
            |is_async: bool, name: &str| if is_async { format!("Async{name}") } else { name.to_owned() };
        match kind {
            StmtKind::Error => "Error".into(),
            StmtKind::Expr(_) => "Expr".into(),
            StmtKind::Assign(_) => "Assign".into(),
            StmtKind::AugAssign(assign) => format!("AugAssign {:?}", assign.operator),
            StmtKind::AnnAssign(_) => "AnnAssign".into(),
            StmtKind::Pass => "Pass".into(),
            StmtKind::Break => "Break".into(),
            StmtKind::Continue => "Continue".into(),
            StmtKind::Return(_) => "Return".into(),
            StmtKind::Raise(_) => "Raise".into(),
            StmtKind::Global(names) => format!("Global {}", self.identifiers(names)),
            StmtKind::Nonlocal(names) => format!("Nonlocal {}", self.identifiers(names)),
            StmtKind::Delete(_) => "Delete".into(),
            StmtKind::Assert(_) => "Assert".into(),
            StmtKind::Import(_) => "Import".into(),
            StmtKind::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| &module.name);
                format!("ImportFrom {}{module}", ".".repeat(import.level as usize))
            }
            StmtKind::TypeAlias(alias) => format!("TypeAlias {}", alias.name.name),
            StmtKind::If(_) => "If".into(),
            StmtKind::While(_) => "While".into(),
            StmtKind::For(node) => star(node.is_async, "For"),
            StmtKind::With(node) => star(node.is_async, "With"),
            StmtKind::Try(node) => if node.is_star { "TryStar" } else { "Try" }.into(),
            StmtKind::FunctionDef(def) => format!("{} {}", star(def.is_async, "FunctionDef"), def.name.name),
            StmtKind::ClassDef(class) => format!("ClassDef {}", class.name.name),
            StmtKind::Match(_) => "Match".into(),
        }
    }

    fn stmt_children(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Error | StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign(node) => {
                self.exprs("targets", &node.targets);
                self.named("value", &node.value);
            }
            StmtKind::AugAssign(node) => {
                self.named("target", &node.target);
                self.named("value", &node.value);
            }
            StmtKind::AnnAssign(node) => {
                self.named("target", &node.target);
                self.named("annotation", &node.annotation);
                self.optional("value", &node.value);
            }
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Raise(node) => {
                if let Some(node) = node {
                    self.named("exception", &node.exception);
                    self.optional("cause", &node.cause);
                }
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.expr(target)),
            StmtKind::Assert(node) => {
                self.named("test", &node.test);
                self.optional("message", &node.message);
            }
            StmtKind::Import(names) => self.aliases(names),
            StmtKind::ImportFrom(node) => self.aliases(&node.names),
            StmtKind::TypeAlias(node) => {
                self.type_params(&node.type_params);
                self.named("value", &node.value);
            }
            StmtKind::If(_) | StmtKind::While(_) | StmtKind::For(_) => self.branching(kind),
            StmtKind::With(node) => {
                for item in &node.items {
                    self.node("item", |dump| {
                        dump.expr(&item.context);
                        dump.optional("target", &item.target);
                    });
                }
                self.block("body", &node.body);
            }
            StmtKind::Try(node) => self.try_(node),
            StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => self.definition(kind),
            StmtKind::Match(node) => {
                self.named("subject", &node.subject);
                for case in &node.cases {
                    let head = self.at("case", case.span);
                    self.node(&head, |dump| {
                        dump.pattern(&case.pattern);
                        dump.optional("guard", &case.guard);
                        dump.block("body", &case.body);
                    });
                }
            }
        }
    }

    fn branching(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::If(node) => {
                for Branch { test, body, .. } in &node.branches {
                    self.named("test", test);
                    self.block("body", body);
                }
                self.optional_block("else", &node.orelse);
            }
            StmtKind::While(node) => {
                self.named("test", &node.test);
                self.block("body", &node.body);
                self.optional_block("else", &node.orelse);
            }
            StmtKind::For(node) => {
                self.named("target", &node.target);
                self.named("iter", &node.iter);
                self.block("body", &node.body);
                self.optional_block("else", &node.orelse);
            }
            _ => {}
        }
    }

    fn try_(&mut self, node: &Try) {
        self.block("body", &node.body);
        for handler in &node.handlers {
            let name = handler.name.as_ref().map_or(String::new(), |name| format!(" as {}", name.name));
            let head = self.at(&format!("except{name}"), handler.span);
            self.node(&head, |dump| {
                dump.optional("type", &handler.kind);
                dump.block("body", &handler.body);
            });
        }
        self.optional_block("else", &node.orelse);
        self.optional_block("finally", &node.finalbody);
    }

    fn definition(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::FunctionDef(def) => {
                self.exprs("decorators", &def.decorators);
                self.type_params(&def.type_params);
                self.parameters(&def.parameters);
                self.optional("returns", &def.returns);
                self.block("body", &def.body);
            }
            StmtKind::ClassDef(class) => {
                self.exprs("decorators", &class.decorators);
                self.type_params(&class.type_params);
                self.arguments(&class.arguments);
                self.block("body", &class.body);
            }
            _ => {}
        }
    }

    fn aliases(&mut self, aliases: &[ImportAlias]) {
        for alias in aliases {
            let asname = alias.asname.as_ref().map_or(String::new(), |name| format!(" as {}", name.name));
            let line = self.at(&format!("{}{asname}", alias.name.name), alias.name.span);
            self.line(&line);
        }
    }

    fn type_params(&mut self, params: &[TypeParam]) {
        for param in params {
            let head = self.at(&format!("{:?} {}", param.kind, param.name.name), param.name.span);
            self.node(&head, |dump| {
                dump.optional("bound", &param.bound);
                dump.optional("default", &param.default);
            });
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let groups = [
            ("positional_only", parameters.positional_only.iter().collect::<Vec<_>>()),
            ("regular", parameters.regular.iter().collect()),
            ("varargs", parameters.varargs.iter().collect()),
            ("keyword_only", parameters.keyword_only.iter().collect()),
            ("kwargs", parameters.kwargs.iter().collect()),
        ];
        for (name, group) in groups {
            if group.is_empty() {
                continue;
            }
            self.node(name, |dump| {
                for parameter in group {
                    let head = dump.at(&parameter.name.name, parameter.name.span);
                    dump.node(&head, |dump| {
                        dump.optional("annotation", &parameter.annotation);
                        dump.optional("default", &parameter.default);
                    });
                }
            });
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            match argument {
                Argument::Positional(value) => self.expr(value),
                Argument::Starred(value, _) => self.named("*", value),
                Argument::Keyword(name, value, _) => self.named(&format!("{}=", name.name), value),
                Argument::DoubleStarred(value, _) => self.named("**", value),
            }
        }
    }
}
