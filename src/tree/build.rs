//! Trees as objects: statements, definitions and patterns.

use super::nodes::{Classes, Root};
use crate::object::Value;
use apy_grammar::ast::*;
use apy_grammar::{SourceFile, Span};

/// The context of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Load,
    Store,
    Del,
}

/// Makes the nodes of one text.
pub(super) struct Builder<'a> {
    pub source: &'a SourceFile,
    pub classes: &'a Classes,
}

impl<'a> Builder<'a> {
    pub fn new(source: &'a SourceFile, classes: &'a Classes) -> Self {
        Self { source, classes }
    }

    /// A node without a place.
    pub fn bare<const N: usize>(&self, name: &str, fields: [Value; N]) -> Value {
        self.classes.instance(name, fields)
    }

    /// A node at a place.
    pub fn node<const N: usize>(&self, name: &str, span: Span, fields: [Value; N]) -> Value {
        let node = self.classes.instance(name, fields);
        let (start, end) = (self.source.position(span.start), self.source.position(span.end));
        let object = node.as_instance().expect("an instance was made");
        let places = [start.line, start.column, end.line, end.column];
        for (name, place) in self.classes.places.iter().zip(places) {
            object.set_own_attribute(name, Value::int(i64::from(place)));
        }
        node
    }

    /// The instance of a class without fields, as an operator.
    pub fn plain(&self, name: &str) -> Value {
        self.classes.named(name).instance.clone()
    }

    pub fn root(&self, module: &Module, root: Root) -> Value {
        match root {
            Root::Module => self.bare("Module", [self.block(&module.body), Value::list(Vec::new())]),
            Root::Interactive => self.bare("Interactive", [self.block(&module.body)]),
            Root::Expression => match module.body.first().map(|stmt| &stmt.kind) {
                Some(StmtKind::Expr(value)) => self.bare("Expression", [self.load(value)]),
                _ => Value::NONE,
            },
            Root::FunctionType => match module.body.first().map(|stmt| &stmt.kind) {
                Some(StmtKind::Expr(value)) => self.function_type(value),
                _ => Value::NONE,
            },
        }
    }

    /// A list of nodes.
    pub fn each<T>(&self, items: &[T], node: impl Fn(&T) -> Value) -> Value {
        Value::list(items.iter().map(node).collect())
    }

    /// A node, or None.
    pub fn maybe<T>(&self, item: Option<&T>, node: impl FnOnce(&T) -> Value) -> Value {
        item.map_or(Value::NONE, node)
    }

    pub fn name(&self, name: &Identifier) -> Value {
        crate::object::string::intern(&name.name)
    }

    pub fn block(&self, block: &[Stmt]) -> Value {
        self.each(block, |stmt| self.stmt(stmt))
    }

    fn stmt(&self, stmt: &Stmt) -> Value {
        let at = if stmt.kind.is_compound() { self.with_semicolon(stmt.span) } else { stmt.span };
        match &stmt.kind {
            StmtKind::Error => Value::NONE,
            StmtKind::Expr(value) => self.node("Expr", at, [self.load(value)]),
            StmtKind::Assign(node) => {
                let targets = self.each(&node.targets, |target| self.expr(target, Context::Store));
                self.node("Assign", at, [targets, self.load(&node.value), Value::NONE])
            }
            StmtKind::AugAssign(node) => {
                let target = self.expr(&node.target, Context::Store);
                self.node("AugAssign", at, [target, self.operator(node.operator), self.load(&node.value)])
            }
            StmtKind::AnnAssign(node) => {
                let is_simple = matches!(node.target.kind, ExprKind::Name(_)) && !node.target.parenthesized;
                let target = self.expr(&node.target, Context::Store);
                let value = self.maybe(node.value.as_ref(), |value| self.load(value));
                let simple = Value::int(i64::from(is_simple));
                self.node("AnnAssign", at, [target, self.load(&node.annotation), value, simple])
            }
            StmtKind::Pass => self.node("Pass", at, []),
            StmtKind::Break => self.node("Break", at, []),
            StmtKind::Continue => self.node("Continue", at, []),
            StmtKind::Return(value) => {
                self.node("Return", at, [self.maybe(value.as_ref(), |value| self.load(value))])
            }
            StmtKind::Raise(node) => {
                let exception = self.maybe(node.as_ref(), |node| self.load(&node.exception));
                let cause = node.as_ref().and_then(|node| node.cause.as_ref());
                self.node("Raise", at, [exception, self.maybe(cause, |cause| self.load(cause))])
            }
            StmtKind::Global(names) => self.node("Global", at, [self.each(names, |name| self.name(name))]),
            StmtKind::Nonlocal(names) => {
                self.node("Nonlocal", at, [self.each(names, |name| self.name(name))])
            }
            StmtKind::Delete(targets) => {
                self.node("Delete", at, [self.each(targets, |target| self.expr(target, Context::Del))])
            }
            StmtKind::Assert(node) => {
                let message = self.maybe(node.message.as_ref(), |message| self.load(message));
                self.node("Assert", at, [self.load(&node.test), message])
            }
            StmtKind::Import(names) => self.node("Import", at, [self.aliases(names)]),
            StmtKind::ImportFrom(node) => {
                let module = self.maybe(node.module.as_ref(), |module| self.name(module));
                let level = Value::int(i64::from(node.level));
                self.node("ImportFrom", at, [module, self.aliases(&node.names), level])
            }
            StmtKind::TypeAlias(node) => {
                let name = self.name(&node.name);
                let name = self.node("Name", node.name.span, [name, self.plain("Store")]);
                let params = self.type_params(&node.type_params);
                self.node("TypeAlias", at, [name, params, self.load(&node.value)])
            }
            StmtKind::If(node) => self.if_statement(&node.branches, &node.orelse, at),
            StmtKind::While(node) => {
                let (body, orelse) = (self.block(&node.body), self.block(&node.orelse));
                self.node("While", at, [self.load(&node.test), body, orelse])
            }
            StmtKind::For(node) => {
                let name = if node.is_async { "AsyncFor" } else { "For" };
                let (body, orelse) = (self.block(&node.body), self.block(&node.orelse));
                let target = self.expr(&node.target, Context::Store);
                self.node(name, at, [target, self.load(&node.iter), body, orelse, Value::NONE])
            }
            StmtKind::With(node) => {
                let name = if node.is_async { "AsyncWith" } else { "With" };
                let items = self.each(&node.items, |item| {
                    let target = self.maybe(item.target.as_ref(), |target| self.expr(target, Context::Store));
                    self.bare("withitem", [self.load(&item.context), target])
                });
                self.node(name, at, [items, self.block(&node.body), Value::NONE])
            }
            StmtKind::Try(node) => {
                let name = if node.is_star { "TryStar" } else { "Try" };
                let handlers = self.each(&node.handlers, |handler| {
                    let kind = self.maybe(handler.kind.as_ref(), |kind| self.load(kind));
                    let name = self.maybe(handler.name.as_ref(), |name| self.name(name));
                    let at = self.with_semicolon(handler.span);
                    self.node("ExceptHandler", at, [kind, name, self.block(&handler.body)])
                });
                let [body, orelse, last] =
                    [&node.body, &node.orelse, &node.finalbody].map(|block| self.block(block));
                self.node(name, at, [body, handlers, orelse, last])
            }
            StmtKind::FunctionDef(node) => self.function(node, at),
            StmtKind::ClassDef(node) => {
                let (bases, keywords) = self.arguments(&node.arguments);
                let decorators = self.each(&node.decorators, |value| self.load(value));
                let (body, params) = (self.block(&node.body), self.type_params(&node.type_params));
                let name = self.name(&node.name);
                self.node("ClassDef", at, [name, bases, keywords, body, decorators, params])
            }
            StmtKind::Match(node) => {
                let cases = self.each(&node.cases, |case| {
                    let guard = self.maybe(case.guard.as_ref(), |guard| self.load(guard));
                    self.bare("match_case", [self.pattern(&case.pattern), guard, self.block(&case.body)])
                });
                self.node("Match", at, [self.load(&node.subject), cases])
            }
        }
    }

    /// The place of a statement with blocks: a semicolon behind the last of its statements belongs to it.
    fn with_semicolon(&self, span: Span) -> Span {
        let mut rest = &self.source.text()[span.end as usize..];
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\x0c']);
            let Some(line) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) else { break };
            rest = line;
        }
        match rest.strip_prefix(';') {
            Some(rest) => Span::new(span.start, (self.source.text().len() - rest.len()) as u32),
            None => span,
        }
    }

    /// `elif` is an `if` in an `else`.
    fn if_statement(&self, branches: &[Branch], orelse: &[Stmt], at: Span) -> Value {
        let mut rest = self.block(orelse);
        for (index, branch) in branches.iter().enumerate().rev() {
            let place = Span::new(branch.keyword.start, at.end);
            let node = self.node("If", place, [self.load(&branch.test), self.block(&branch.body), rest]);
            if index == 0 {
                return node;
            }
            rest = Value::list(vec![node]);
        }
        rest
    }

    fn function(&self, node: &FunctionDef, at: Span) -> Value {
        let class = if node.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
        let decorators = self.each(&node.decorators, |value| self.load(value));
        let returns = self.maybe(node.returns.as_ref(), |value| self.load(value));
        let (name, parameters) = (self.name(&node.name), self.parameters(&node.parameters));
        let (body, params) = (self.block(&node.body), self.type_params(&node.type_params));
        self.node(class, at, [name, parameters, body, decorators, returns, Value::NONE, params])
    }

    pub fn parameters(&self, parameters: &Parameters) -> Value {
        let one = |parameter: &Parameter| {
            let annotation = self.maybe(parameter.annotation.as_ref(), |annotation| self.load(annotation));
            self.node("arg", parameter.span, [self.name(&parameter.name), annotation, Value::NONE])
        };
        let positional = parameters.positional_only.iter().chain(&parameters.regular);
        let defaults: Vec<Value> =
            positional.filter_map(|parameter| Some(self.load(parameter.default.as_ref()?))).collect();
        let keyword_defaults = self.each(&parameters.keyword_only, |parameter| {
            self.maybe(parameter.default.as_ref(), |value| self.load(value))
        });
        self.bare(
            "arguments",
            [
                self.each(&parameters.positional_only, one),
                self.each(&parameters.regular, one),
                self.maybe(parameters.varargs.as_ref(), one),
                self.each(&parameters.keyword_only, one),
                keyword_defaults,
                self.maybe(parameters.kwargs.as_ref(), one),
                Value::list(defaults),
            ],
        )
    }

    fn type_params(&self, params: &[TypeParam]) -> Value {
        self.each(params, |param| {
            let name = self.name(&param.name);
            let bound = self.maybe(param.bound.as_ref(), |bound| self.load(bound));
            let default = self.maybe(param.default.as_ref(), |default| self.load(default));
            match param.kind {
                TypeParamKind::TypeVar => self.node("TypeVar", param.span, [name, bound, default]),
                TypeParamKind::ParamSpec => self.node("ParamSpec", param.span, [name, default]),
                TypeParamKind::TypeVarTuple => self.node("TypeVarTuple", param.span, [name, default]),
            }
        })
    }

    fn aliases(&self, aliases: &[ImportAlias]) -> Value {
        self.each(aliases, |alias| {
            let span = alias.asname.as_ref().map_or(alias.name.span, |other| alias.name.span.to(other.span));
            let asname = self.maybe(alias.asname.as_ref(), |name| self.name(name));
            self.node("alias", span, [self.name(&alias.name), asname])
        })
    }

    fn pattern(&self, pattern: &Pattern) -> Value {
        let at = pattern.span;
        match &pattern.kind {
            PatternKind::Error => Value::NONE,
            PatternKind::Wildcard => self.node("MatchAs", at, [Value::NONE, Value::NONE]),
            PatternKind::Capture(name) => self.node("MatchAs", at, [Value::NONE, self.name(name)]),
            PatternKind::Value(value) => self.node("MatchValue", at, [self.load(value)]),
            PatternKind::Singleton(constant) => {
                self.node("MatchSingleton", at, [self.constant_value(constant)])
            }
            PatternKind::Sequence(items) => self.node("MatchSequence", at, [self.patterns(items)]),
            PatternKind::Star(name) => {
                self.node("MatchStar", at, [self.maybe(name.as_ref(), |name| self.name(name))])
            }
            PatternKind::Mapping(mapping) => {
                let keys = self.each(&mapping.items, |(key, _)| self.load(key));
                let patterns = self.each(&mapping.items, |(_, pattern)| self.pattern(pattern));
                let rest = self.maybe(mapping.rest.as_ref(), |name| self.name(name));
                self.node("MatchMapping", at, [keys, patterns, rest])
            }
            PatternKind::Class(class) => {
                let names = self.each(&class.keywords, |(name, _)| self.name(name));
                let keywords = self.each(&class.keywords, |(_, pattern)| self.pattern(pattern));
                let positional = self.patterns(&class.positional);
                self.node("MatchClass", at, [self.load(&class.class), positional, names, keywords])
            }
            PatternKind::Or(items) => self.node("MatchOr", at, [self.patterns(items)]),
            PatternKind::As(pattern, name) => {
                self.node("MatchAs", at, [self.pattern(pattern), self.name(name)])
            }
        }
    }

    fn patterns(&self, patterns: &[Pattern]) -> Value {
        self.each(patterns, |pattern| self.pattern(pattern))
    }
}
