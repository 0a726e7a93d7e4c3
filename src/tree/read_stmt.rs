//! Objects as trees: statements.

use super::build::Context;
use super::read::{Node, Typed};
use crate::object::{Raised, Value};
use apy_grammar::Span;
use apy_grammar::ast::*;

impl Typed<'_> {
    pub fn block(&mut self, nodes: Vec<Option<Node>>) -> Result<Block, Raised> {
        let mut block = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Some(mut node) => block.push(self.stmt(&mut node)?),
                None => return Err(self.interp.value_error("None disallowed in statement list")),
            }
        }
        Ok(block)
    }

    /// A block that must have statements.
    pub fn body(&mut self, node: &mut Node) -> Result<Block, Raised> {
        let nodes = node.nodes("body");
        self.not_empty(&nodes, "body", node.name)?;
        self.block(nodes)
    }

    fn stmt(&mut self, node: &mut Node) -> Result<Stmt, Raised> {
        let span = self.span(node.place)?;
        let kind = match node.name {
            "FunctionDef" | "AsyncFunctionDef" => self.function(node, span)?,
            "ClassDef" => {
                let body = self.body(node)?;
                let type_params = self.type_params(node)?;
                let arguments = self.arguments(node.nodes("bases"), node.nodes("keywords"))?;
                let decorators = self.exprs(node.nodes("decorator_list"), Context::Load)?;
                let name = named(node, "name", span);
                StmtKind::ClassDef(Box::new(ClassDef { decorators, name, type_params, arguments, body }))
            }
            "Return" => StmtKind::Return(self.maybe(node.node("value"))?.map(Box::new)),
            "Delete" => {
                let targets = node.nodes("targets");
                self.not_empty(&targets, "targets", "Delete")?;
                StmtKind::Delete(self.exprs(targets, Context::Del)?)
            }
            "Assign" => {
                let targets = node.nodes("targets");
                self.not_empty(&targets, "targets", "Assign")?;
                let targets = self.exprs(targets, Context::Store)?;
                StmtKind::Assign(Box::new(Assign { targets, value: self.load(node.node("value"))? }))
            }
            "TypeAlias" => {
                let name = node.node("name");
                let Some(mut target) = name.filter(|name| name.name == "Name") else {
                    return Err(self.interp.type_error("TypeAlias with non-Name name"));
                };
                let place = self.span(target.place)?;
                let name = named(&mut target, "id", place);
                let type_params = self.type_params(node)?;
                let value = self.load(node.node("value"))?;
                StmtKind::TypeAlias(Box::new(TypeAlias { name, type_params, value }))
            }
            "AugAssign" => {
                let target = self.required(node.node("target"), Context::Store)?;
                let operator = operator(node.node("op"));
                let value = self.load(node.node("value"))?;
                StmtKind::AugAssign(Box::new(AugAssign { target, operator, value }))
            }
            "AnnAssign" => {
                let target = node.node("target");
                let is_simple = node.int("simple") != 0;
                if is_simple && target.as_ref().is_some_and(|target| target.name != "Name") {
                    return Err(self.interp.type_error("AnnAssign with simple non-Name target"));
                }
                let mut target = self.required(target, Context::Store)?;
                target.parenthesized = !is_simple;
                let value = self.maybe(node.node("value"))?;
                let annotation = self.load(node.node("annotation"))?;
                StmtKind::AnnAssign(Box::new(AnnAssign { target, annotation, value }))
            }
            "For" | "AsyncFor" => {
                let target = self.required(node.node("target"), Context::Store)?;
                let iter = self.load(node.node("iter"))?;
                let body = self.body(node)?;
                let orelse = self.block(node.nodes("orelse"))?;
                let is_async = node.name == "AsyncFor";
                StmtKind::For(Box::new(For { is_async, target, iter, body, orelse }))
            }
            "While" => {
                let test = self.load(node.node("test"))?;
                let body = self.body(node)?;
                let orelse = self.block(node.nodes("orelse"))?;
                StmtKind::While(Box::new(While { test, body, orelse }))
            }
            "If" => self.if_statement(node, span)?,
            "With" | "AsyncWith" => {
                let nodes = node.nodes("items");
                self.not_empty(&nodes, "items", node.name)?;
                let mut items = Vec::new();
                for mut item in nodes.into_iter().flatten() {
                    let context = self.load(item.node("context_expr"))?;
                    let target = match item.node("optional_vars") {
                        Some(target) => Some(self.required(Some(target), Context::Store)?),
                        None => None,
                    };
                    items.push(WithItem { context, target });
                }
                let body = self.body(node)?;
                StmtKind::With(Box::new(With { is_async: node.name == "AsyncWith", items, body }))
            }
            "Match" => {
                let subject = self.load(node.node("subject"))?;
                let nodes = node.nodes("cases");
                self.not_empty(&nodes, "cases", "Match")?;
                let mut cases = Vec::new();
                for mut case in nodes.into_iter().flatten() {
                    let pattern = self.pattern(case.node("pattern"), false)?;
                    let guard = self.maybe(case.node("guard"))?;
                    let body = self.body(&mut case)?;
                    let span = pattern.span;
                    cases.push(MatchCase { pattern, guard, body, span });
                }
                StmtKind::Match(Box::new(Match { subject, cases }))
            }
            "Raise" => {
                let exception = self.maybe(node.node("exc"))?;
                let cause = self.maybe(node.node("cause"))?;
                if exception.is_none() && cause.is_some() {
                    return Err(self.interp.value_error("Raise with cause but no exception"));
                }
                StmtKind::Raise(exception.map(|exception| Box::new(Raise { exception, cause })))
            }
            "Try" | "TryStar" => self.try_statement(node)?,
            "Assert" => {
                let test = self.load(node.node("test"))?;
                StmtKind::Assert(Box::new(Assert { test, message: self.maybe(node.node("msg"))? }))
            }
            "Import" => StmtKind::Import(self.aliases(node)?),
            "ImportFrom" => {
                let Ok(level) = u32::try_from(node.int("level")) else {
                    return Err(self.interp.value_error("Negative ImportFrom level"));
                };
                let module = node.text("module").map(|name| Identifier { name, span });
                StmtKind::ImportFrom(Box::new(ImportFrom { level, module, names: self.aliases(node)? }))
            }
            "Global" | "Nonlocal" => {
                let names = node.texts("names");
                self.not_empty(&names, "names", node.name)?;
                let names = names.into_iter().flatten().map(|name| Identifier { name, span }).collect();
                if node.name == "Global" { StmtKind::Global(names) } else { StmtKind::Nonlocal(names) }
            }
            "Expr" => StmtKind::Expr(Box::new(self.load(node.node("value"))?)),
            "Pass" => StmtKind::Pass,
            "Break" => StmtKind::Break,
            "Continue" => StmtKind::Continue,
            other => unreachable!("internal error: {other} is no statement"),
        };
        Ok(Stmt { kind, span })
    }

    fn function(&mut self, node: &mut Node, span: Span) -> Result<StmtKind, Raised> {
        let body = self.body(node)?;
        let type_params = self.type_params(node)?;
        let parameters = self.parameters(node.node("args"))?;
        let decorators = self.exprs(node.nodes("decorator_list"), Context::Load)?;
        let returns = self.maybe(node.node("returns"))?;
        let name = named(node, "name", span);
        let is_async = node.name == "AsyncFunctionDef";
        let def = FunctionDef { is_async, decorators, name, type_params, parameters, returns, body };
        Ok(StmtKind::FunctionDef(Box::new(def)))
    }

    /// An `if`; alone in an `else` it is an `elif`.
    fn if_statement(&mut self, node: &mut Node, span: Span) -> Result<StmtKind, Raised> {
        let mut branches = Vec::new();
        let mut keyword = span;
        let mut rest = node.nodes("orelse");
        let test = self.load(node.node("test"))?;
        branches.push(Branch { keyword, test, body: self.body(node)? });
        loop {
            match &mut rest[..] {
                [Some(inner)] if inner.name == "If" => {
                    keyword = self.span(inner.place)?;
                    let test = self.load(inner.node("test"))?;
                    branches.push(Branch { keyword, test, body: self.body(inner)? });
                    rest = inner.nodes("orelse");
                }
                _ => {
                    let orelse = self.block(rest)?;
                    return Ok(StmtKind::If(Box::new(If { branches, orelse })));
                }
            }
        }
    }

    fn try_statement(&mut self, node: &mut Node) -> Result<StmtKind, Raised> {
        let name = node.name;
        let body = self.body(node)?;
        let (nodes, orelse, last) = (node.nodes("handlers"), node.nodes("orelse"), node.nodes("finalbody"));
        if nodes.is_empty() && last.is_empty() {
            return Err(self
                .interp
                .value_error(&format!("{name} has neither except handlers nor finalbody")));
        }
        if nodes.is_empty() && !orelse.is_empty() {
            return Err(self.interp.value_error(&format!("{name} has orelse but no except handlers")));
        }
        let mut handlers = Vec::new();
        for mut handler in nodes.into_iter().flatten() {
            let span = self.span(handler.place)?;
            let kind = self.maybe(handler.node("type"))?;
            let name = handler.text("name");
            let name = name.map(|name| Identifier { name, span });
            handlers.push(ExceptHandler { kind, name, body: self.body(&mut handler)?, span });
        }
        let (orelse, finalbody) = (self.block(orelse)?, self.block(last)?);
        let is_star = name == "TryStar";
        Ok(StmtKind::Try(Box::new(Try { body, is_star, handlers, orelse, finalbody })))
    }

    fn aliases(&mut self, node: &mut Node) -> Result<Vec<ImportAlias>, Raised> {
        let nodes = node.nodes("names");
        self.not_empty(&nodes, "names", node.name)?;
        let mut aliases = Vec::new();
        for mut alias in nodes.into_iter().flatten() {
            let span = self.offsets.span(alias.place);
            let name = Identifier { name: alias.text("name").unwrap_or_else(|| "".into()), span };
            let asname = alias.text("asname").map(|name| Identifier { name, span });
            aliases.push(ImportAlias { name, asname });
        }
        Ok(aliases)
    }

    fn type_params(&mut self, node: &mut Node) -> Result<Vec<TypeParam>, Raised> {
        let mut params = Vec::new();
        for mut param in node.nodes("type_params").into_iter().flatten() {
            let span = self.span(param.place)?;
            let name = named(&mut param, "name", span);
            let (kind, bound) = match param.name {
                "ParamSpec" => (TypeParamKind::ParamSpec, None),
                "TypeVarTuple" => (TypeParamKind::TypeVarTuple, None),
                _ => (TypeParamKind::TypeVar, self.maybe(param.node("bound"))?),
            };
            let default = self.maybe(param.node("default_value"))?;
            params.push(TypeParam { kind, name, bound, default, span });
        }
        Ok(params)
    }

    /// The parameters of a function.
    pub fn parameters(&mut self, node: Option<Node>) -> Result<Parameters, Raised> {
        let Some(mut node) = node else { return Ok(Parameters::default()) };
        let positional_only = self.parameter_list(node.nodes("posonlyargs"))?;
        let mut regular = self.parameter_list(node.nodes("args"))?;
        let varargs = match node.node("vararg") {
            Some(arg) => self.parameter_list(vec![Some(arg)])?.pop(),
            None => None,
        };
        let mut keyword_only = self.parameter_list(node.nodes("kwonlyargs"))?;
        let kwargs = match node.node("kwarg") {
            Some(arg) => self.parameter_list(vec![Some(arg)])?.pop(),
            None => None,
        };
        let (defaults, keyword_defaults) = (node.nodes("defaults"), node.nodes("kw_defaults"));
        if defaults.len() > positional_only.len() + regular.len() {
            return Err(self.interp.value_error("more positional defaults than args on arguments"));
        }
        if keyword_defaults.len() != keyword_only.len() {
            let text = "length of kwonlyargs is not the same as kw_defaults on arguments";
            return Err(self.interp.value_error(text));
        }
        let mut positional_only = positional_only;
        let defaults = self.exprs(defaults, Context::Load)?;
        let positional = positional_only.iter_mut().chain(&mut regular);
        let first = positional.size_hint().0 - defaults.len();
        for (parameter, default) in positional.skip(first).zip(defaults) {
            parameter.default = Some(default);
        }
        for (parameter, default) in keyword_only.iter_mut().zip(keyword_defaults) {
            parameter.default = self.maybe(default)?;
        }
        Ok(Parameters { positional_only, regular, varargs, keyword_only, kwargs })
    }

    fn parameter_list(&mut self, nodes: Vec<Option<Node>>) -> Result<Vec<Parameter>, Raised> {
        let mut parameters = Vec::new();
        for mut arg in nodes.into_iter().flatten() {
            let span = self.span(arg.place)?;
            let annotation = self.maybe(arg.node("annotation"))?;
            let name = named(&mut arg, "arg", span);
            parameters.push(Parameter { name, annotation, default: None, span });
        }
        Ok(parameters)
    }

    /// The constant of a node, if the language has literals for it.
    pub fn plain_constant(&self, value: &Value) -> Option<Constant> {
        if value.is_none() {
            return Some(Constant::None);
        }
        for (known, constant) in [
            (Value::TRUE, Constant::True),
            (Value::FALSE, Constant::False),
            (Value::ELLIPSIS, Constant::Ellipsis),
        ] {
            if value.is(&known) {
                return Some(constant);
            }
        }
        if let Some(number) = value.as_int() {
            return Some(Constant::Int(number));
        }
        if let Some(number) = value.as_big_int() {
            return Some(Constant::BigInt(Box::new(number.clone())));
        }
        if let Some(number) = value.as_float() {
            return Some(Constant::Float(number));
        }
        if let Some(text) = value.as_str() {
            return Some(Constant::Str(text.into()));
        }
        value.as_bytes().map(|data| Constant::Bytes(data.into()))
    }
}

/// An identifier that a field holds.
pub(super) fn named(node: &mut Node, field: &str, span: Span) -> Identifier {
    Identifier { name: node.text(field).unwrap_or_else(|| "".into()), span }
}

/// The operator that a node names.
pub(super) fn operator(node: Option<Node>) -> Operator {
    match node.map_or("Add", |node| node.name) {
        "Sub" => Operator::Sub,
        "Mult" => Operator::Mult,
        "MatMult" => Operator::MatMult,
        "Div" => Operator::Div,
        "Mod" => Operator::Mod,
        "Pow" => Operator::Pow,
        "LShift" => Operator::LShift,
        "RShift" => Operator::RShift,
        "BitOr" => Operator::BitOr,
        "BitXor" => Operator::BitXor,
        "BitAnd" => Operator::BitAnd,
        "FloorDiv" => Operator::FloorDiv,
        _ => Operator::Add,
    }
}
