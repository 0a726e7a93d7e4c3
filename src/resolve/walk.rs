//! The first pass: what every scope binds and uses, in the order CPython looks at it.

use super::scope::{Facts, Part, Private, Scope, ScopeId, ScopeKind, Scopes, mangle};
use super::scope_error;
use super::visit;
use apy_grammar::ast::{
    AnnAssign, ClassDef, ComprehensionClause, Expr, ExprKind, FunctionDef, Identifier, Module, Parameters,
    Pattern, PatternKind, Stmt, StmtKind,
};
use apy_grammar::{Diagnostic, Span};
use std::rc::Rc;

/// How an expression uses the names in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Context {
    Load,
    Store,
    Delete,
}

pub(super) struct Walker<'d> {
    pub(super) scopes: Scopes,
    pub(super) current: ScopeId,
    pub(super) private: Option<Private>,
    diagnostics: &'d mut Vec<Diagnostic>,
}

/// Collect the scopes of `module`.
pub(super) fn walk(module: &Module, mut scopes: Scopes, diagnostics: &mut Vec<Diagnostic>) -> Scopes {
    let current = scopes.add(Scope::new(ScopeKind::Module, "<module>".into(), None), None::<(&Module, Part)>);
    let mut walker = Walker { scopes, current, private: None, diagnostics };
    walker.block(&module.body);
    walker.scopes
}

impl Walker<'_> {
    pub(super) fn scope(&mut self) -> &mut Scope {
        self.scopes.get_mut(self.current)
    }

    pub(super) fn error(&mut self, message: impl Into<String>, span: Span) {
        self.diagnostics.push(scope_error(message, span));
    }

    pub(super) fn mangled(&self, name: &Rc<str>) -> Rc<str> {
        mangle(self.private.as_ref(), name)
    }

    /// Run `body` in a new scope opened by `node`.
    fn within<T>(&mut self, kind: ScopeKind, name: &str, node: &T, body: impl FnOnce(&mut Self)) -> ScopeId {
        self.within_part(kind, name, (node, Part::Body), body)
    }

    /// As [`within`](Self::within) for one of several scopes that a node opens.
    pub(super) fn within_part<T>(
        &mut self,
        kind: ScopeKind,
        name: &str,
        node: (&T, Part),
        body: impl FnOnce(&mut Self),
    ) -> ScopeId {
        let mut scope = Scope::new(kind, name.into(), Some(self.current));
        scope.private = self.private.clone();
        scope.shows_locals = self.scopes.shows_locals;
        scope.iterable_depth = self.scope().iterable_depth;
        let id = self.scopes.add(scope, Some(node));
        let outer = std::mem::replace(&mut self.current, id);
        body(self);
        self.current = outer;
        id
    }

    pub(super) fn add(&mut self, name: &Rc<str>, facts: Facts, span: Span) {
        self.add_to(self.current, name, facts, span);
    }

    fn add_to(&mut self, id: ScopeId, name: &Rc<str>, facts: Facts, span: Span) {
        let name = self.mangled(name);
        let scope = self.scopes.get_mut(id);
        let in_target = scope.in_target;
        let known = scope.facts(&name);
        let symbol = scope.symbol_mut(&name);
        symbol.facts.add(facts);
        if facts.any(Facts::LOCAL) && known.any(Facts::LOCAL) {
            symbol.facts.add(Facts::REBOUND);
        }
        if in_target {
            symbol.facts.add(Facts::ITERATION);
        }
        if facts.any(Facts::PARAMETER) && known.any(Facts::PARAMETER) {
            self.error(format!("duplicate argument '{name}' in function definition"), span);
        }
        if in_target && known.any(Facts::GLOBAL | Facts::NONLOCAL) {
            let text =
                format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
            self.error(text, span);
        }
    }

    fn load(&mut self, name: &Rc<str>, span: Span) {
        self.add(name, Facts::USE, span);
        if self.scope().is_function_like() {
            if &**name == "super" {
                self.add(&Rc::from("__class__"), Facts::USE, span);
            }
            if matches!(&**name, "locals" | "vars" | "dir" | "eval" | "exec" | "_getframe") {
                let mut at = self.current;
                while self.scopes.get(at).is_inlined() {
                    self.scopes.get_mut(at).shows_locals = true;
                    match self.scopes.get(at).parent {
                        Some(parent) => at = parent,
                        None => break,
                    }
                }
                self.scopes.get_mut(at).shows_locals = true;
            }
        }
    }

    fn block(&mut self, body: &[Stmt]) {
        body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Error | StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign(assign) => {
                assign.targets.iter().for_each(|target| self.target(target));
                self.expr(&assign.value);
            }
            StmtKind::AugAssign(assign) => {
                self.target(&assign.target);
                self.expr(&assign.value);
            }
            StmtKind::AnnAssign(assign) => self.annotated_assign(assign, stmt.span),
            StmtKind::Return(value) => value.iter().for_each(|value| self.expr(value)),
            StmtKind::Raise(raise) => {
                if let Some(raise) = raise {
                    self.expr(&raise.exception);
                    raise.cause.iter().for_each(|cause| self.expr(cause));
                }
            }
            StmtKind::Global(names) => self.declare(names, Facts::GLOBAL, stmt.span),
            StmtKind::Nonlocal(names) => self.declare(names, Facts::NONLOCAL, stmt.span),
            StmtKind::Delete(targets) => targets.iter().for_each(|target| self.walk(target, Context::Delete)),
            StmtKind::Assert(assert) => {
                self.expr(&assert.test);
                assert.message.iter().for_each(|message| self.expr(message));
            }
            StmtKind::Import(_) | StmtKind::ImportFrom(_) => self.import(stmt),
            StmtKind::TypeAlias(alias) => self.type_alias(alias),
            StmtKind::If(branches) => {
                for apy_grammar::ast::Branch { test, body, .. } in &branches.branches {
                    self.expr(test);
                    self.block(body);
                }
                self.block(&branches.orelse);
            }
            StmtKind::While(repeat) => {
                self.expr(&repeat.test);
                self.block(&repeat.body);
                self.block(&repeat.orelse);
            }
            StmtKind::For(each) => {
                self.target(&each.target);
                self.expr(&each.iter);
                self.block(&each.body);
                self.block(&each.orelse);
            }
            StmtKind::With(with) => {
                for item in &with.items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|target| self.target(target));
                }
                self.block(&with.body);
            }
            StmtKind::Try(attempt) => {
                self.block(&attempt.body);
                for handler in &attempt.handlers {
                    handler.kind.iter().for_each(|kind| self.expr(kind));
                    if let Some(name) = &handler.name {
                        self.add(&name.name, Facts::LOCAL | Facts::DELETED, handler.span);
                    }
                    self.block(&handler.body);
                }
                self.block(&attempt.orelse);
                self.block(&attempt.finalbody);
            }
            StmtKind::FunctionDef(function) => self.function(function, stmt.span),
            StmtKind::ClassDef(class) => self.class(class, stmt.span),
            StmtKind::Match(switch) => {
                self.expr(&switch.subject);
                for case in &switch.cases {
                    self.pattern(&case.pattern);
                    case.guard.iter().for_each(|guard| self.expr(guard));
                    self.block(&case.body);
                }
            }
        }
    }

    fn annotated_assign(&mut self, assign: &AnnAssign, span: Span) {
        if !self.scope().is_function_like() {
            self.scope().has_annotations = true;
        }
        match &assign.target.kind {
            ExprKind::Name(name) => {
                let simple = !assign.target.parenthesized;
                let mangled = self.mangled(name);
                let known = self.scope().facts(&mangled);
                if simple && self.current != ScopeId::MODULE {
                    if known.any(Facts::GLOBAL) {
                        self.error(format!("annotated name '{name}' can't be global"), span);
                    } else if known.any(Facts::NONLOCAL) {
                        self.error(format!("annotated name '{name}' can't be nonlocal"), span);
                    }
                }
                if simple {
                    self.add(name, Facts::LOCAL | Facts::ANNOTATED, assign.target.span);
                } else if assign.value.is_some() {
                    self.add(name, Facts::LOCAL, assign.target.span);
                }
            }
            _ => self.target(&assign.target),
        }
        self.annotation(&assign.annotation);
        assign.value.iter().for_each(|value| self.expr(value));
    }

    /// Annotations are kept as text under `from __future__ import annotations`.
    fn annotation(&mut self, annotation: &Expr) {
        if !self.scopes.future_annotations {
            self.expr(annotation);
        }
    }

    fn declare(&mut self, names: &[Identifier], fact: Facts, span: Span) {
        let word = if fact == Facts::GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let mangled = self.mangled(&name.name);
            let known = self.scope().facts(&mangled);
            let message = if known.any(Facts::PARAMETER) {
                Some(format!("name '{mangled}' is parameter and {word}"))
            } else if known.any(Facts::USE) {
                Some(format!("name '{mangled}' is used prior to {word} declaration"))
            } else if known.any(Facts::ANNOTATED) {
                Some(format!("annotated name '{mangled}' can't be {word}"))
            } else if known.any(Facts::LOCAL)
                // CPython does not take an import for an assignment here.
                && (known.any(Facts::REBOUND) || !known.any(Facts::IMPORTED))
            {
                Some(format!("name '{mangled}' is assigned to before {word} declaration"))
            } else {
                None
            };
            if let Some(message) = message {
                self.error(message, span);
                continue;
            }
            self.add(&name.name, fact, span);
            self.scope().symbol_mut(&mangled).declared.get_or_insert(span);
            if fact == Facts::GLOBAL {
                // The module's own code then stores it as a global too, wherever its names live.
                self.scopes.get_mut(ScopeId::MODULE).symbol_mut(&mangled).facts.add(Facts::GLOBAL);
            }
        }
    }

    fn import(&mut self, stmt: &Stmt) {
        let (names, is_from) = match &stmt.kind {
            StmtKind::Import(names) => (names, false),
            StmtKind::ImportFrom(import) => (&import.names, true),
            _ => return,
        };
        for alias in names {
            let span = alias.name.span;
            match &alias.asname {
                Some(name) => self.add(&name.name, Facts::LOCAL | Facts::IMPORTED, span),
                None if &*alias.name.name == "*" => {
                    if self.current != ScopeId::MODULE {
                        self.error("import * only allowed at module level", span);
                    }
                }
                None if is_from => self.add(&alias.name.name, Facts::LOCAL | Facts::IMPORTED, span),
                None => {
                    let top = alias.name.name.split('.').next().unwrap_or_default();
                    self.add(&Rc::from(top), Facts::LOCAL | Facts::IMPORTED, span);
                }
            }
        }
    }

    fn function(&mut self, function: &FunctionDef, span: Span) {
        self.add(&function.name.name, Facts::LOCAL, span);
        visit::each_default(&function.parameters, &mut |default| self.expr(default));
        function.decorators.iter().for_each(|decorator| self.expr(decorator));
        if function.type_params.is_empty() {
            return self.function_itself(function);
        }
        self.generic(&function.name.name, function, &function.type_params, |walker| {
            walker.function_itself(function);
        });
    }

    /// What of a function stands in the scope of its type parameters, if it has some.
    fn function_itself(&mut self, function: &FunctionDef) {
        for (_, annotation) in visit::annotated(&function.parameters) {
            self.annotation(annotation);
        }
        function.returns.iter().for_each(|returns| self.annotation(returns));
        let id = self.within(ScopeKind::Function, &function.name.name, function, |walker| {
            walker.scope().is_async = function.is_async;
            walker.parameters(&function.parameters);
            walker.block(&function.body);
        });
        debug_assert!(self.scopes.get(id).is_function_like());
    }

    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in visit::parameters(parameters) {
            let end = parameter.annotation.as_ref().map_or(parameter.name.span, |a| a.span);
            self.add(&parameter.name.name, Facts::PARAMETER, parameter.name.span.to(end));
        }
    }

    fn class(&mut self, class: &ClassDef, span: Span) {
        self.add(&class.name.name, Facts::LOCAL, span);
        if class.type_params.is_empty() {
            self.class_itself(class);
        } else {
            let parameters = class.type_params.iter().map(|parameter| Rc::clone(&parameter.name.name));
            let private = self.private.replace(Private::head(&class.name.name, parameters));
            self.generic(&class.name.name, class, &class.type_params, |walker| walker.class_itself(class));
            self.private = private;
        }
        class.decorators.iter().for_each(|decorator| self.expr(decorator));
    }

    /// What of a class stands in the scope of its type parameters, if it has some.
    fn class_itself(&mut self, class: &ClassDef) {
        visit::each_argument(&class.arguments, &mut |argument| self.expr(argument));
        let private = self.private.replace(Private::body(&class.name.name));
        self.within(ScopeKind::Class, &class.name.name, class, |walker| {
            if !class.type_params.is_empty() {
                walker.add(&Rc::from(super::TYPE_PARAMETERS), Facts::USE, class.name.span);
            }
            walker.block(&class.body);
        });
        self.private = private;
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Error | PatternKind::Wildcard | PatternKind::Singleton(_) => {}
            PatternKind::Capture(name) => self.add(&name.name, Facts::LOCAL, name.span),
            PatternKind::Star(name) => {
                name.iter().for_each(|name| self.add(&name.name, Facts::LOCAL, name.span));
            }
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Sequence(items) | PatternKind::Or(items) => {
                items.iter().for_each(|item| self.pattern(item));
            }
            PatternKind::Mapping(mapping) => {
                for (key, value) in &mapping.items {
                    self.expr(key);
                    self.pattern(value);
                }
                mapping.rest.iter().for_each(|rest| self.add(&rest.name, Facts::LOCAL, rest.span));
            }
            PatternKind::Class(class) => {
                self.expr(&class.class);
                class.positional.iter().for_each(|item| self.pattern(item));
                class.keywords.iter().for_each(|(_, item)| self.pattern(item));
            }
            PatternKind::As(inner, name) => {
                self.pattern(inner);
                self.add(&name.name, Facts::LOCAL, name.span);
            }
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        self.walk(expr, Context::Load);
    }

    fn target(&mut self, expr: &Expr) {
        self.walk(expr, Context::Store);
    }

    fn walk(&mut self, expr: &Expr, context: Context) {
        match &expr.kind {
            ExprKind::Name(name) => match context {
                Context::Load => self.load(name, expr.span),
                Context::Store => self.add(name, Facts::LOCAL, expr.span),
                Context::Delete => self.add(name, Facts::LOCAL | Facts::DELETED, expr.span),
            },
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                items.iter().for_each(|item| self.walk(item, context));
            }
            ExprKind::Starred(inner) => self.walk(inner, context),
            ExprKind::NamedExpr(target, value) => {
                self.not_in_types("named expression", expr.span);
                self.named(target, value, expr.span);
            }
            ExprKind::Lambda(lambda) => {
                visit::each_default(&lambda.parameters, &mut |default| self.expr(default));
                self.within(ScopeKind::Lambda, "<lambda>", &**lambda, |walker| {
                    walker.parameters(&lambda.parameters);
                    walker.expr(&lambda.body);
                });
            }
            ExprKind::ListComp(body) => {
                let parts = (&body.element, None);
                self.comprehension(
                    ScopeKind::Comprehension,
                    "list comprehension",
                    &**body,
                    &body.clauses,
                    parts,
                );
            }
            ExprKind::SetComp(body) => {
                let parts = (&body.element, None);
                self.comprehension(
                    ScopeKind::Comprehension,
                    "set comprehension",
                    &**body,
                    &body.clauses,
                    parts,
                );
            }
            ExprKind::GeneratorExp(body) => {
                let (kind, parts) = (ScopeKind::GeneratorExpression, (&body.element, None));
                self.comprehension(kind, "generator expression", &**body, &body.clauses, parts);
            }
            ExprKind::DictComp(body) => {
                let parts = (&body.key, Some(&body.value));
                self.comprehension(
                    ScopeKind::Comprehension,
                    "dict comprehension",
                    &**body,
                    &body.clauses,
                    parts,
                );
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                self.not_in_types("yield expression", expr.span);
                visit::each_part(expr, &mut |part| self.expr(part));
                self.scope().is_generator = true;
                if self.scope().is_comprehension() {
                    let text = format!("'yield' inside {}", self.scope().name);
                    self.error(text, expr.span);
                }
            }
            ExprKind::Await(inner) => {
                self.not_in_types("await expression", expr.span);
                self.expr(inner);
                self.scope().awaits = true;
            }
            _ => visit::each_part(expr, &mut |part| self.expr(part)),
        }
    }

    fn named(&mut self, target: &Identifier, value: &Expr, span: Span) {
        if self.scope().iterable_depth > 0 {
            let text = "assignment expression cannot be used in a comprehension iterable expression";
            self.error(text, span);
        } else if self.scope().is_comprehension() {
            self.extend_named(target);
        }
        self.expr(value);
        self.add(&target.name, Facts::LOCAL | Facts::WALRUS, target.span);
    }

    /// `:=` in a comprehension binds in the function or module around all comprehensions.
    fn extend_named(&mut self, target: &Identifier) {
        let name = self.mangled(&target.name);
        let mut at = self.current;
        loop {
            let scope = self.scopes.get(at);
            let facts = scope.facts(&name);
            match scope.kind {
                ScopeKind::Comprehension | ScopeKind::GeneratorExpression => {
                    if facts.any(Facts::ITERATION) && facts.any(Facts::LOCAL | Facts::GLOBAL) {
                        let text = format!(
                            "assignment expression cannot rebind comprehension iteration variable '{}'",
                            target.name
                        );
                        return self.error(text, target.span);
                    }
                }
                ScopeKind::Class => {
                    let text = "assignment expression within a comprehension cannot be used in a class body";
                    return self.error(text, target.span);
                }
                ScopeKind::Module => {
                    self.add(&target.name, Facts::GLOBAL, target.span);
                    return self.add_to(at, &target.name, Facts::GLOBAL, target.span);
                }
                ScopeKind::TypeParameters | ScopeKind::TypeExpression => {
                    let place = match scope.described {
                        "" => "within the definition of a generic",
                        "a type alias" => "in a type alias",
                        _ => "in a TypeVar bound",
                    };
                    let text = format!("assignment expression within a comprehension cannot be used {place}");
                    return self.error(text, target.span);
                }
                ScopeKind::Function | ScopeKind::Lambda => {
                    let here = if facts.any(Facts::GLOBAL) { Facts::GLOBAL } else { Facts::NONLOCAL };
                    self.add(&target.name, here, target.span);
                    return self.add_to(at, &target.name, Facts::LOCAL | Facts::WALRUS, target.span);
                }
            }
            match scope.parent {
                Some(parent) => at = parent,
                None => return,
            }
        }
    }

    fn comprehension<T>(
        &mut self,
        kind: ScopeKind,
        name: &str,
        node: &T,
        clauses: &[ComprehensionClause],
        (element, value): (&Expr, Option<&Expr>),
    ) {
        let Some((first, rest)) = clauses.split_first() else { return };
        self.iterable(&first.iter);
        let id = self.within(kind, name, node, |walker| {
            walker.scope().awaits = first.is_async;
            walker.clause_target(first);
            for clause in rest {
                walker.clause_target_iter(clause);
            }
            value.iter().for_each(|value| walker.expr(value));
            walker.expr(element);
        });
        let inner_awaits = self.scopes.get(id).awaits;
        if kind == ScopeKind::Comprehension && inner_awaits {
            self.scope().awaits = true;
        }
        let scope = self.scopes.get_mut(id);
        scope.is_async = inner_awaits;
        // A generator expression's code yields; `yield` written inside one was an error.
        scope.is_generator = kind == ScopeKind::GeneratorExpression;
    }

    fn iterable(&mut self, iter: &Expr) {
        self.scope().iterable_depth += 1;
        self.expr(iter);
        self.scope().iterable_depth -= 1;
    }

    fn clause_target(&mut self, clause: &ComprehensionClause) {
        self.scope().in_target = true;
        self.target(&clause.target);
        self.scope().in_target = false;
        clause.conditions.iter().for_each(|condition| self.expr(condition));
    }

    fn clause_target_iter(&mut self, clause: &ComprehensionClause) {
        self.scope().in_target = true;
        self.target(&clause.target);
        self.scope().in_target = false;
        self.iterable(&clause.iter);
        clause.conditions.iter().for_each(|condition| self.expr(condition));
        self.scope().awaits |= clause.is_async;
    }
}
