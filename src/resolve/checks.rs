//! Statements and expressions where they may not stand: what CPython's code generator refuses,
//! in the order in which it would come to it. Dead code is checked like any other.

use super::scope::{Part, ScopeId, Scopes};
use super::{compile_error, visit};
use apy_grammar::ast::{
    AnnAssign, Argument, ClassDef, ComprehensionClause, Expr, ExprKind, FunctionDef, ImportAlias, Lambda,
    Module, Parameters, Pattern, PatternKind, Stmt, StmtKind, Try, TypeParam,
};
use apy_grammar::{Diagnostic, Span};

/// More blocks than this inside each other are refused, as by CPython.
const MAX_BLOCKS: usize = 20;

/// The kind of code that a statement or expression belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Module,
    Class,
    Function,
    AsyncFunction,
    GeneratorExpression,
}

impl Unit {
    fn is_function_like(self) -> bool {
        !matches!(self, Unit::Module | Unit::Class)
    }
}

/// A block around the place being checked, as far as jumps are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Loop,
    /// The handler of an `except*`, which nothing may leave by a jump.
    StarHandler,
    Other,
}

struct Checker<'a, 'd> {
    scopes: &'a Scopes,
    diagnostics: &'d mut Vec<Diagnostic>,
    unit: Unit,
    scope: ScopeId,
    blocks: Vec<Block>,
    /// Whether the module itself may await, and whether it does.
    may_await: bool,
    awaits: bool,
}

/// Check the places of all statements and expressions of `module`; whether it awaits something
/// itself, which it must not unless `may_await`.
pub(super) fn check(
    module: &Module,
    scopes: &Scopes,
    may_await: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let (unit, scope) = (Unit::Module, ScopeId::MODULE);
    let mut checker =
        Checker { scopes, diagnostics, unit, scope, blocks: Vec::new(), may_await, awaits: false };
    checker.body(&module.body);
    checker.awaits
}

impl Checker<'_, '_> {
    fn error(&mut self, message: impl Into<String>, span: Span) {
        self.diagnostics.push(compile_error(message, span));
    }

    /// Whether the code being checked may await; if it is the module, remember that it does.
    fn may_await_here(&mut self) -> bool {
        let is_module = self.unit == Unit::Module && self.may_await;
        self.awaits |= is_module;
        is_module || self.unit == Unit::AsyncFunction
    }

    /// Check `body` as code of its own.
    fn within(&mut self, unit: Unit, scope: ScopeId, body: impl FnOnce(&mut Self)) {
        let outer = (self.unit, self.scope, std::mem::take(&mut self.blocks));
        (self.unit, self.scope) = (unit, scope);
        body(self);
        (self.unit, self.scope, self.blocks) = outer;
    }

    fn block(&mut self, kind: Block, span: Span, body: impl FnOnce(&mut Self)) {
        if self.blocks.len() >= MAX_BLOCKS {
            self.error("too many statically nested blocks", span);
            return;
        }
        self.blocks.push(kind);
        body(self);
        self.blocks.pop();
    }

    fn not_debug(&mut self, name: &str, span: Span) {
        if name == "__debug__" {
            self.error("cannot assign to __debug__", span);
        }
    }

    fn body(&mut self, body: &[Stmt]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::Error | StmtKind::Pass | StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign(assign) => {
                self.expr(&assign.value);
                assign.targets.iter().for_each(|target| self.target(target));
            }
            StmtKind::AugAssign(assign) => {
                self.target(&assign.target);
                self.expr(&assign.value);
            }
            StmtKind::AnnAssign(assign) => self.annotated_assign(assign, span),
            StmtKind::Break => self.leaves_loop("'break' outside loop", span),
            StmtKind::Continue => self.leaves_loop("'continue' not properly in loop", span),
            StmtKind::Return(value) => self.return_stmt(value.as_deref(), span),
            StmtKind::Raise(raise) => {
                if let Some(raise) = raise {
                    self.expr(&raise.exception);
                    raise.cause.iter().for_each(|cause| self.expr(cause));
                }
            }
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.delete(target)),
            StmtKind::Assert(assert) => {
                self.expr(&assert.test);
                assert.message.iter().for_each(|message| self.expr(message));
            }
            StmtKind::Import(names) => self.imports(names, span),
            StmtKind::ImportFrom(import) => self.imports(&import.names, span),
            StmtKind::TypeAlias(alias) => {
                self.type_parameters(&alias.type_params);
                self.within(Unit::Function, self.scopes.of(&**alias), |checker| checker.expr(&alias.value));
                self.not_debug(&alias.name.name, span);
            }
            StmtKind::If(branches) => {
                for apy_grammar::ast::Branch { test, body, .. } in &branches.branches {
                    self.expr(test);
                    self.body(body);
                }
                self.body(&branches.orelse);
            }
            StmtKind::While(repeat) => {
                self.block(Block::Loop, span, |checker| {
                    checker.expr(&repeat.test);
                    checker.body(&repeat.body);
                });
                self.body(&repeat.orelse);
            }
            StmtKind::For(each) => {
                if each.is_async && !self.may_await_here() {
                    self.error("'async for' outside async function", span);
                }
                self.expr(&each.iter);
                self.block(Block::Loop, span, |checker| {
                    checker.target(&each.target);
                    checker.body(&each.body);
                });
                self.body(&each.orelse);
            }
            StmtKind::With(with) => {
                if with.is_async && !self.may_await_here() {
                    self.error("'async with' outside async function", span);
                }
                let depth = self.blocks.len();
                for item in &with.items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|target| self.target(target));
                    self.blocks.push(Block::Other);
                }
                if self.blocks.len() > MAX_BLOCKS {
                    self.error("too many statically nested blocks", span);
                }
                self.body(&with.body);
                self.blocks.truncate(depth);
            }
            StmtKind::Try(attempt) => self.try_stmt(attempt, span),
            StmtKind::FunctionDef(function) => self.function(function, span),
            StmtKind::ClassDef(class) => self.class(class, span),
            StmtKind::Match(switch) => {
                self.expr(&switch.subject);
                for case in &switch.cases {
                    self.pattern_names(&case.pattern);
                    visit::each_pattern_value(&case.pattern, &mut |value| self.expr(value));
                    case.guard.iter().for_each(|guard| self.expr(guard));
                    self.body(&case.body);
                }
            }
        }
    }

    /// Names that a pattern binds, and attributes that it looks at.
    fn pattern_names(&mut self, pattern: &Pattern) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Error
            | PatternKind::Wildcard
            | PatternKind::Value(_)
            | PatternKind::Singleton(_)
            | PatternKind::Star(None) => {}
            PatternKind::Capture(name) | PatternKind::Star(Some(name)) => self.not_debug(&name.name, span),
            PatternKind::Sequence(items) | PatternKind::Or(items) => {
                items.iter().for_each(|item| self.pattern_names(item));
            }
            PatternKind::Mapping(mapping) => {
                mapping.items.iter().for_each(|(_, item)| self.pattern_names(item));
                mapping.rest.iter().for_each(|rest| self.not_debug(&rest.name, span));
            }
            PatternKind::Class(class) => {
                class.keywords.iter().for_each(|(name, item)| self.not_debug(&name.name, item.span));
                class.positional.iter().for_each(|item| self.pattern_names(item));
                class.keywords.iter().for_each(|(_, item)| self.pattern_names(item));
            }
            PatternKind::As(inner, name) => {
                self.pattern_names(inner);
                self.not_debug(&name.name, span);
            }
        }
    }

    fn type_parameters(&mut self, parameters: &[TypeParam]) {
        let mut defaults = false;
        for parameter in parameters {
            if defaults && parameter.default.is_none() {
                let name = &parameter.name.name;
                let text = format!("non-default type parameter '{name}' follows default type parameter");
                self.error(text, parameter.name.span);
            }
            defaults |= parameter.default.is_some();
            self.not_debug(&parameter.name.name, parameter.name.span);
            for (expr, part) in [(&parameter.bound, Part::Bound), (&parameter.default, Part::Default)] {
                let Some(expr) = expr else { continue };
                let scope = self.scopes.of_part(parameter, part);
                self.within(Unit::Function, scope, |checker| checker.expr(expr));
            }
        }
    }

    fn annotated_assign(&mut self, assign: &AnnAssign, span: Span) {
        match &assign.target.kind {
            ExprKind::Name(name) => self.not_debug(name, span),
            ExprKind::Attribute(_, name) => self.not_debug(&name.name, span),
            _ => {}
        }
        assign.value.iter().for_each(|value| self.expr(value));
        if !matches!(assign.target.kind, ExprKind::Name(_)) {
            visit::each_part(&assign.target, &mut |part| self.expr(part));
        }
        self.annotation(&assign.annotation);
    }

    /// `*args: *Ts` is the one annotation that may be starred.
    fn annotation(&mut self, annotation: &Expr) {
        match &annotation.kind {
            ExprKind::Starred(inner) => self.expr(inner),
            _ if self.scopes.future_annotations => {}
            _ => self.expr(annotation),
        }
    }

    fn leaves_loop(&mut self, outside: &str, span: Span) {
        for block in self.blocks.iter().rev() {
            match block {
                Block::Loop => return,
                Block::StarHandler => return self.leaves_star_handler(span),
                Block::Other => {}
            }
        }
        self.error(outside, span);
    }

    fn leaves_star_handler(&mut self, span: Span) {
        self.error("'break', 'continue' and 'return' cannot appear in an except* block", span);
    }

    fn return_stmt(&mut self, value: Option<&Expr>, span: Span) {
        if !self.unit.is_function_like() {
            self.error("'return' outside function", span);
        } else if value.is_some()
            && self.unit == Unit::AsyncFunction
            && self.scopes.get(self.scope).is_generator
        {
            self.error("'return' with value in async generator", span);
        }
        value.iter().for_each(|value| self.expr(value));
        if self.blocks.contains(&Block::StarHandler) {
            self.leaves_star_handler(span);
        }
    }

    fn delete(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) if &**name == "__debug__" => {
                self.error("cannot delete __debug__", target.span);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|item| self.delete(item)),
            _ => visit::each_part(target, &mut |part| self.expr(part)),
        }
    }

    fn imports(&mut self, names: &[ImportAlias], span: Span) {
        for alias in names {
            match &alias.asname {
                Some(name) => self.not_debug(&name.name, span),
                None => self.not_debug(alias.name.name.split('.').next().unwrap_or_default(), span),
            }
        }
    }

    fn try_stmt(&mut self, attempt: &Try, span: Span) {
        let depth = self.blocks.len();
        if !attempt.finalbody.is_empty() {
            self.blocks.push(Block::Other);
        }
        if attempt.handlers.is_empty() {
            self.body(&attempt.body);
        } else {
            self.block(Block::Other, span, |checker| checker.body(&attempt.body));
        }
        for handler in &attempt.handlers {
            handler.kind.iter().for_each(|kind| self.expr(kind));
            if let Some(name) = &handler.name {
                self.not_debug(&name.name, handler.span);
            }
            let kind = if attempt.is_star { Block::StarHandler } else { Block::Other };
            self.block(kind, handler.span, |checker| checker.body(&handler.body));
        }
        self.body(&attempt.orelse);
        self.blocks.truncate(depth);
        if !attempt.finalbody.is_empty() {
            self.block(Block::Other, span, |checker| checker.body(&attempt.finalbody));
        }
    }

    fn function(&mut self, function: &FunctionDef, span: Span) {
        function.decorators.iter().for_each(|decorator| self.expr(decorator));
        self.type_parameters(&function.type_params);
        self.parameters(&function.parameters);
        for (_, annotation) in visit::annotated(&function.parameters) {
            self.annotation(annotation);
        }
        function.returns.iter().for_each(|returns| self.annotation(returns));
        let unit = if function.is_async { Unit::AsyncFunction } else { Unit::Function };
        self.within(unit, self.scopes.of(function), |checker| checker.body(&function.body));
        self.not_debug(&function.name.name, span);
    }

    fn parameters(&mut self, parameters: &Parameters) {
        visit::each_default(parameters, &mut |default| self.expr(default));
        for parameter in visit::parameters(parameters) {
            let end = parameter.annotation.as_ref().map_or(parameter.name.span, |a| a.span);
            self.not_debug(&parameter.name.name, parameter.name.span.to(end));
        }
    }

    fn class(&mut self, class: &ClassDef, span: Span) {
        class.decorators.iter().for_each(|decorator| self.expr(decorator));
        self.type_parameters(&class.type_params);
        self.within(Unit::Class, self.scopes.of(class), |checker| checker.body(&class.body));
        self.arguments(&class.arguments);
        self.not_debug(&class.name.name, span);
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            if let Argument::Keyword(name, value, _) = argument {
                self.not_debug(&name.name, name.span.to(value.span));
            }
        }
        visit::each_argument(arguments, &mut |argument| self.expr(argument));
    }

    fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.not_debug(name, target.span),
            ExprKind::Attribute(value, name) => {
                self.expr(value);
                self.not_debug(&name.name, target.span);
            }
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.target(item));
            }
            ExprKind::Starred(inner) => self.target(inner),
            _ => visit::each_part(target, &mut |part| self.expr(part)),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let span = expr.span;
        match &expr.kind {
            ExprKind::NamedExpr(target, value) => {
                self.expr(value);
                self.not_debug(&target.name, target.span);
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda),
            ExprKind::ListComp(body) | ExprKind::SetComp(body) => {
                let scope = self.scopes.of(&**body);
                self.comprehension(scope, span, &body.clauses, &[&body.element]);
            }
            ExprKind::DictComp(body) => {
                let scope = self.scopes.of(&**body);
                self.comprehension(scope, span, &body.clauses, &[&body.key, &body.value]);
            }
            ExprKind::GeneratorExp(body) => {
                self.generator(self.scopes.of(&**body), &body.clauses, &body.element)
            }
            ExprKind::Await(value) => {
                if self.may_await_here() {
                } else if !self.unit.is_function_like() {
                    self.error("'await' outside function", span);
                } else if self.unit == Unit::Function {
                    self.error("'await' outside async function", span);
                }
                self.expr(value);
            }
            ExprKind::Yield(value) => {
                if !self.unit.is_function_like() {
                    self.error("'yield' outside function", span);
                }
                value.iter().for_each(|value| self.expr(value));
            }
            ExprKind::YieldFrom(value) => {
                if !self.unit.is_function_like() {
                    self.error("'yield from' outside function", span);
                } else if self.unit == Unit::AsyncFunction {
                    self.error("'yield from' inside async function", span);
                }
                self.expr(value);
            }
            ExprKind::Call(call) => {
                self.expr(&call.function);
                self.arguments(&call.arguments);
            }
            _ => visit::each_part(expr, &mut |part| self.expr(part)),
        }
    }

    fn lambda(&mut self, lambda: &Lambda) {
        self.parameters(&lambda.parameters);
        self.within(Unit::Function, self.scopes.of(lambda), |checker| checker.expr(&lambda.body));
    }

    /// A list, set or dict comprehension, which runs as part of the code around it.
    fn comprehension(
        &mut self,
        scope: ScopeId,
        span: Span,
        clauses: &[ComprehensionClause],
        elements: &[&Expr],
    ) {
        if let Some(first) = clauses.first() {
            self.expr(&first.iter);
        }
        let awaits = self.scopes.get(scope).awaits;
        if awaits && self.unit != Unit::GeneratorExpression && !self.may_await_here() {
            // The `await` inside is part of the same mistake.
            return self.error("asynchronous comprehension outside of an asynchronous function", span);
        }
        self.clauses(clauses, elements);
    }

    fn generator(&mut self, scope: ScopeId, clauses: &[ComprehensionClause], element: &Expr) {
        if let Some(first) = clauses.first() {
            self.expr(&first.iter);
        }
        self.within(Unit::GeneratorExpression, scope, |checker| checker.clauses(clauses, &[element]));
    }

    fn clauses(&mut self, clauses: &[ComprehensionClause], elements: &[&Expr]) {
        for (index, clause) in clauses.iter().enumerate() {
            if index > 0 {
                self.expr(&clause.iter);
            }
            self.target(&clause.target);
            clause.conditions.iter().for_each(|condition| self.expr(condition));
        }
        elements.iter().for_each(|element| self.expr(element));
    }
}
