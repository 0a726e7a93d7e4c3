//! Statements, and what is tidied up after each.

use super::{Compiler, Mode, fold};
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{Assert, Constant, Expr, ExprKind, Module, Raise, Stmt, StmtKind};
use std::rc::Rc;

impl<'a> Compiler<'a> {
    /// The body of the module.
    pub(super) fn module(&mut self, module: &'a Module) {
        if self.mode == Mode::Expression
            && let [Stmt { kind: StmtKind::Expr(value), span }] = &module.body[..]
        {
            let register = self.temporary(value);
            return self.unit.emit.op(*span, Op::Return, register, 0, 0);
        }
        if self.scopes.get(self.unit.scope).has_annotations {
            let is_dynamic = self.unit.kind == crate::bytecode::CodeKind::Dynamic;
            self.unit.emit.op(Span::default(), Op::SetupAnnotations, 0, u8::from(!is_dynamic), 0);
        }
        let body = match self.mode {
            Mode::Module => self.docstring(&module.body),
            Mode::Interactive | Mode::Expression => &module.body,
        };
        if let Some(doc) = self.unit.doc.clone() {
            let register = self.unit.alloc();
            let span = module.body.first().map_or(Span::default(), |stmt| stmt.span);
            self.load_const(Const::Str(doc), span, register);
            self.store_name(&"__doc__".into(), span, register, false);
            self.unit.release(self.unit.base);
        }
        self.block(body);
        self.unit.emit.op(Span::default(), Op::ReturnNone, 0, 0, 0);
    }

    /// Keep the docstring that `body` begins with; the statements after it.
    pub(super) fn docstring(&mut self, body: &'a [Stmt]) -> &'a [Stmt] {
        let Some((first, rest)) = body.split_first() else { return body };
        let StmtKind::Expr(value) = &first.kind else { return body };
        let ExprKind::Constant(Constant::Str(text)) = &value.kind else { return body };
        self.unit.doc = Some(clean_doc(text));
        rest
    }

    pub(super) fn block(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            if !self.unit.emit.reachable() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let mark = self.unit.top;
        self.unit.current = stmt.span;
        let floor = std::mem::replace(&mut self.unit.floor, mark);
        self.dispatch_stmt(stmt);
        self.unit.floor = floor;
        self.unit.release(mark);
        self.tidy_up(stmt.span);
    }

    /// Empty the temporaries whose objects must not outlive the statement.
    pub(super) fn tidy_up(&mut self, span: Span) {
        let top = self.unit.top;
        let Some(flow) = &self.unit.emit.flow else { return };
        if let Some((first, last)) = flow.fresh.beyond(top, Default::default()).bounds() {
            self.unit.emit.op(span, Op::Clear, first, (last - first).saturating_add(1), 0);
        }
    }

    /// Empty all temporaries that are not in use: an object is about to lose its last name.
    pub(super) fn drop_stale(&mut self, span: Span) {
        let top = self.unit.top;
        let Some(flow) = &self.unit.emit.flow else { return };
        if let Some((first, last)) = flow.dirty.beyond(top, Default::default()).bounds() {
            self.unit.emit.op(span, Op::Clear, first, (last - first).saturating_add(1), 0);
        }
    }

    fn dispatch_stmt(&mut self, stmt: &'a Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Error => self.fail("invalid syntax", span),
            StmtKind::Expr(value) => self.expr_stmt(value, span),
            StmtKind::Assign(assign) => self.assign(assign),
            StmtKind::AugAssign(assign) => self.aug_assign(assign, span),
            StmtKind::AnnAssign(assign) => self.ann_assign(assign, span),
            StmtKind::Pass => self.unit.emit.op(span, Op::Nop, 0, 0, 0),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Break => self.break_stmt(span),
            StmtKind::Continue => self.continue_stmt(span),
            StmtKind::Return(value) => self.return_stmt(value.as_deref(), span),
            StmtKind::Raise(raise) => self.raise_stmt(raise.as_deref(), span),
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            StmtKind::Assert(assert) => self.assert_stmt(assert, span),
            StmtKind::Import(names) => self.import(names, span),
            StmtKind::ImportFrom(import) => self.import_from(import, span),
            StmtKind::TypeAlias(alias) => self.type_alias(alias, span),
            StmtKind::If(branches) => self.if_stmt(branches, span),
            StmtKind::While(repeat) => self.while_stmt(repeat, span),
            StmtKind::For(each) if each.is_async => self.async_for(each, span),
            StmtKind::For(each) => self.for_stmt(each, span),
            StmtKind::With(with) => self.with_stmt(with),
            StmtKind::Try(attempt) => self.try_stmt(attempt, span),
            StmtKind::FunctionDef(function) => self.function_def(function, span),
            StmtKind::ClassDef(class) => self.class_def(class, span),
            StmtKind::Match(switch) => self.match_stmt(switch, span),
        }
    }

    fn expr_stmt(&mut self, value: &'a Expr, span: Span) {
        if self.mode == Mode::Interactive && self.outer.is_empty() {
            return self.display(value, span);
        }
        self.effect(value);
    }

    /// `sys.displayhook(value)`, as the prompt does with every expression statement.
    fn display(&mut self, value: &'a Expr, span: Span) {
        let window = self.unit.alloc();
        let (name, none) = (self.name_const(&"sys".into()), self.unit.emit.constants.add(Const::None).0);
        self.unit.emit.op_with(span, Op::ImportName, [window, 0, 0], &[name, none]);
        self.temporary(value);
        let cache = self.unit.emit.cache(&"displayhook".into());
        self.ready_window(window, 1, span);
        self.unit.emit.op_with(span, Op::Invoke, [window, 1, 0], &[cache]);
    }

    fn raise_stmt(&mut self, raise: Option<&'a Raise>, span: Span) {
        let Some(raise) = raise else {
            return self.unit.emit.op(span, Op::RaiseCurrent, 0, 0, 0);
        };
        match &raise.cause {
            None => {
                let exception = self.operand(&raise.exception);
                self.unit.emit.op(span, Op::Raise, exception, 0, 0);
            }
            Some(cause) => {
                let exception = self.operand_before(&raise.exception, &[cause]);
                let cause = self.operand(cause);
                self.unit.emit.op(span, Op::RaiseFrom, exception, cause, 0);
            }
        }
    }

    fn assert_stmt(&mut self, assert: &'a Assert, span: Span) {
        let test = assert.test.span;
        // A display always holds; CPython warns about it and goes on.
        if matches!(&assert.test.kind, ExprKind::Tuple(items) if !items.is_empty()) {
            return self.effect(&assert.test);
        }
        if fold::fold(&assert.test).is_some_and(|constant| fold::truth(&constant)) {
            return;
        }
        let end = self.unit.emit.label();
        self.jump_if(&assert.test, true, end);
        let window = self.unit.alloc();
        self.unit.emit.op(span, Op::LoadAssertionError, window, 0, 0);
        if let Some(message) = &assert.message {
            self.temporary(message);
            self.finish_call(window, 1, None, span);
        }
        self.unit.emit.op(test, Op::Raise, window, 0, 0);
        self.unit.emit.place(end);
    }
}

/// A docstring without the margin its lines share, as the compiler has kept it since 3.13.
fn clean_doc(text: &Rc<str>) -> Rc<str> {
    let expanded: Vec<String> = text.split('\n').map(expand_tabs).collect();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let filled = expanded.iter().skip(1).filter(|line| !line.trim_start_matches(' ').is_empty());
    let margin = filled.map(|line| indent(line)).min().unwrap_or(0);
    let mut lines = Vec::with_capacity(expanded.len());
    for (index, line) in expanded.iter().enumerate() {
        let cut = if index == 0 { indent(line) } else { margin.min(indent(line)) };
        lines.push(&line[cut..]);
    }
    lines.join("\n").into()
}

/// Tabs become spaces up to the next multiple of eight columns.
fn expand_tabs(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len() + 8);
    let mut column = 0;
    for char in line.chars() {
        if char == '\t' {
            let width = 8 - column % 8;
            out.extend(std::iter::repeat_n(' ', width));
            column += width;
        } else {
            out.push(char);
            column += 1;
        }
    }
    out
}
