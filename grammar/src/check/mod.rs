//! What the tree allows, beyond what the grammar says: a walk over the finished tree.
//!
//! Checks that CPython makes while parsing have the phase `Parser`, those it makes while
//! compiling (after its symbol table) `Compiler`. Names and scopes are not looked at here.

mod pattern;
mod target;
mod warning;

pub(crate) use target::{begins_with_display, invalid_target};

use crate::ast::*;
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use std::collections::HashSet;

/// Check a whole tree.
pub(crate) fn check(module: &Module, out: &mut Vec<Diagnostic>) {
    Check { out }.block(&module.body);
}

struct Check<'a> {
    out: &'a mut Vec<Diagnostic>,
}

impl Check<'_> {
    fn error(&mut self, phase: Phase, message: impl Into<String>, span: Span) {
        self.out.push(Diagnostic::error(phase, message, span));
    }

    fn block(&mut self, block: &[Stmt]) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Error
            | StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Import(_)
            | StmtKind::ImportFrom(_) => {}
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Assign(assign) => {
                self.assign_targets(assign);
                assign.targets.iter().for_each(|target| self.target(target));
                self.expr(&assign.value);
            }
            StmtKind::AugAssign(assign) => {
                self.aug_assign_target(&assign.target);
                self.expr(&assign.target);
                self.expr(&assign.value);
            }
            StmtKind::AnnAssign(assign) => {
                self.ann_assign_target(&assign.target);
                self.expr(&assign.target);
                self.expr(&assign.annotation);
                assign.value.iter().for_each(|value| self.expr(value));
            }
            StmtKind::Raise(raise) => {
                if let Some(raise) = raise {
                    self.exprs(std::iter::once(&raise.exception).chain(&raise.cause));
                }
            }
            StmtKind::Delete(targets) => {
                targets.iter().for_each(|target| self.delete_target(target));
                self.exprs(targets);
            }
            StmtKind::Assert(assert) => {
                self.assertion(&assert.test);
                self.exprs(std::iter::once(&assert.test).chain(&assert.message));
            }
            StmtKind::TypeAlias(alias) => {
                self.type_params(&alias.type_params);
                self.expr(&alias.value);
            }
            StmtKind::If(_)
            | StmtKind::While(_)
            | StmtKind::For(_)
            | StmtKind::With(_)
            | StmtKind::Try(_)
            | StmtKind::FunctionDef(_)
            | StmtKind::ClassDef(_)
            | StmtKind::Match(_) => self.compound(&stmt.kind),
        }
    }

    fn compound(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::If(node) => {
                for crate::ast::Branch { test, body, .. } in &node.branches {
                    self.expr(test);
                    self.block(body);
                }
                self.block(&node.orelse);
            }
            StmtKind::While(node) => {
                self.expr(&node.test);
                self.block(&node.body);
                self.block(&node.orelse);
            }
            StmtKind::For(node) => {
                self.for_target(&node.target);
                self.target(&node.target);
                self.expr(&node.iter);
                self.block(&node.body);
                self.block(&node.orelse);
            }
            StmtKind::With(node) => {
                for item in &node.items {
                    self.expr(&item.context);
                    if let Some(target) = &item.target {
                        self.store_target(target);
                        self.target(target);
                    }
                }
                self.block(&node.body);
            }
            StmtKind::Try(node) => self.try_stmt(node),
            StmtKind::FunctionDef(def) => {
                self.exprs(&def.decorators);
                self.type_params(&def.type_params);
                self.parameters(&def.parameters);
                self.exprs(&def.returns);
                self.block(&def.body);
            }
            StmtKind::ClassDef(class) => {
                self.exprs(&class.decorators);
                self.type_params(&class.type_params);
                self.arguments(&class.arguments);
                self.block(&class.body);
            }
            StmtKind::Match(node) => self.match_stmt(node),
            _ => {}
        }
    }

    fn try_stmt(&mut self, node: &Try) {
        self.block(&node.body);
        for (index, handler) in node.handlers.iter().enumerate() {
            if handler.kind.is_none() && !node.is_star && index + 1 < node.handlers.len() {
                let word = Span::new(handler.span.start, handler.span.start + "except".len() as u32);
                self.error(Phase::Compiler, "default 'except:' must be last", word);
            }
            self.exprs(&handler.kind);
            self.block(&handler.body);
        }
        self.block(&node.orelse);
        self.block(&node.finalbody);
    }

    fn match_stmt(&mut self, node: &Match) {
        self.expr(&node.subject);
        for (index, case) in node.cases.iter().enumerate() {
            let is_last = index + 1 == node.cases.len();
            self.case_pattern(&case.pattern, is_last || case.guard.is_some());
            self.exprs(&case.guard);
            self.block(&case.body);
        }
    }

    fn type_params(&mut self, params: &[TypeParam]) {
        for param in params {
            self.exprs(&param.bound);
            if let Some(default) = &param.default {
                match (&default.kind, param.kind) {
                    (ExprKind::Starred(inner), TypeParamKind::TypeVarTuple) => self.expr(inner),
                    _ => self.expr(default),
                }
            }
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let plain =
            parameters.positional_only.iter().chain(&parameters.regular).chain(&parameters.keyword_only);
        for parameter in plain.chain(&parameters.kwargs) {
            self.exprs(parameter.annotation.iter().chain(&parameter.default));
        }
        if let Some(varargs) = &parameters.varargs {
            match &varargs.annotation {
                Some(Expr { kind: ExprKind::Starred(inner), .. }) => self.expr(inner),
                annotation => self.exprs(annotation),
            }
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        let mut names = HashSet::new();
        for argument in arguments {
            match argument {
                Argument::Positional(value)
                | Argument::Starred(value, _)
                | Argument::DoubleStarred(value, _) => {
                    self.expr(value);
                }
                Argument::Keyword(name, value, _) => {
                    if !names.insert(&name.name) {
                        let message = format!("keyword argument repeated: {}", name.name);
                        self.error(Phase::Compiler, message, name.span.to(value.span));
                    }
                    self.expr(value);
                }
            }
        }
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    /// Items among which stars may stand.
    fn items(&mut self, items: &[Expr]) {
        for item in items {
            match &item.kind {
                ExprKind::Starred(inner) => self.expr(inner),
                _ => self.expr(item),
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.warn(expr);
        match &expr.kind {
            ExprKind::Error | ExprKind::Constant(_) | ExprKind::Name(_) => {}
            ExprKind::JoinedStr(parts) => self.parts(parts),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => self.items(items),
            ExprKind::BoolOp(_, operands) => self.exprs(operands),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => self.exprs([key, value]),
                        DictItem::Unpack(value) => self.expr(value),
                    }
                }
            }
            ExprKind::ListComp(node) | ExprKind::SetComp(node) | ExprKind::GeneratorExp(node) => {
                // A star here was reported by the parser.
                self.items(std::slice::from_ref(&node.element));
                self.clauses(&node.clauses);
            }
            ExprKind::DictComp(node) => {
                self.exprs([&node.key, &node.value]);
                self.clauses(&node.clauses);
            }
            ExprKind::BinOp(left, _, right) | ExprKind::Subscript(left, right) => {
                self.exprs([&**left, &**right]);
            }
            ExprKind::Starred(inner) => {
                self.error(Phase::Compiler, "can't use starred expression here", expr.span);
                self.expr(inner);
            }
            ExprKind::UnaryOp(_, operand)
            | ExprKind::NamedExpr(_, operand)
            | ExprKind::Await(operand)
            | ExprKind::YieldFrom(operand)
            | ExprKind::Attribute(operand, _) => self.expr(operand),
            ExprKind::Yield(value) => value.iter().for_each(|value| self.expr(value)),
            ExprKind::Compare(first, rest) => {
                self.expr(first);
                self.exprs(rest.iter().map(|(_, operand)| operand));
            }
            ExprKind::IfExp(node) => self.exprs([&node.test, &node.body, &node.orelse]),
            ExprKind::Lambda(node) => {
                self.parameters(&node.parameters);
                self.expr(&node.body);
            }
            ExprKind::Call(node) => {
                self.expr(&node.function);
                self.arguments(&node.arguments);
            }
            ExprKind::Slice(node) => {
                self.exprs(node.lower.iter().chain(&node.upper).chain(&node.step));
            }
        }
    }

    fn parts(&mut self, parts: &[FStringPart]) {
        for part in parts {
            if let FStringPart::Field(field) = part {
                self.expr(&field.value);
                if let Some(spec) = &field.spec {
                    self.parts(spec);
                }
            }
        }
    }

    fn clauses(&mut self, clauses: &[ComprehensionClause]) {
        for clause in clauses {
            self.for_target(&clause.target);
            self.target(&clause.target);
            self.expr(&clause.iter);
            self.exprs(&clause.conditions);
        }
    }
}
