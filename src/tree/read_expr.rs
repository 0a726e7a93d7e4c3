//! Objects as trees: expressions.

use super::build::Context;
use super::read::{Node, Typed};
use super::read_stmt::{named, operator};
use crate::object::{Raised, Value};
use apy_grammar::Span;
use apy_grammar::ast::*;

impl Context {
    fn name(self) -> &'static str {
        match self {
            Context::Load => "Load",
            Context::Store => "Store",
            Context::Del => "Del",
        }
    }
}

impl Typed<'_> {
    /// An expression whose value is used.
    pub fn load(&mut self, node: Option<Node>) -> Result<Expr, Raised> {
        self.required(node, Context::Load)
    }

    pub fn maybe(&mut self, node: Option<Node>) -> Result<Option<Expr>, Raised> {
        node.map(|node| self.load(Some(node))).transpose()
    }

    pub fn required(&mut self, node: Option<Node>, context: Context) -> Result<Expr, Raised> {
        match node {
            Some(mut node) => self.expr(&mut node, context),
            None => Err(self.interp.value_error("None disallowed in expression list")),
        }
    }

    pub fn exprs(&mut self, nodes: Vec<Option<Node>>, context: Context) -> Result<Vec<Expr>, Raised> {
        nodes.into_iter().map(|node| self.required(node, context)).collect()
    }

    fn made(&mut self, kind: ExprKind, span: Span) -> Result<Expr, Raised> {
        match apy_grammar::expression(kind, span) {
            Some(expr) => Ok(expr),
            None => Err(self.too_deep()),
        }
    }

    fn check_context(&mut self, node: &mut Node, context: Context) -> Result<(), Raised> {
        let has_context =
            matches!(node.name, "Attribute" | "Subscript" | "Starred" | "Name" | "List" | "Tuple");
        let text = if has_context {
            match node.node("ctx").map_or("Load", |found| found.name) {
                found if found == context.name() => return Ok(()),
                found => format!("expression must have {} context but has {found} instead", context.name()),
            }
        } else if context == Context::Load {
            return Ok(());
        } else {
            format!("expression which can't be assigned to in {} context", context.name())
        };
        Err(self.interp.value_error(&text))
    }

    fn expr(&mut self, node: &mut Node, context: Context) -> Result<Expr, Raised> {
        let span = self.span(node.place)?;
        if node.name == "Name" {
            let name = named(node, "id", span).name;
            let name = self.identifier(&name, span)?;
            self.check_context(node, context)?;
            return self.made(ExprKind::Name(name.name), span);
        }
        self.check_context(node, context)?;
        let kind = match node.name {
            "BoolOp" => {
                let values = node.nodes("values");
                if values.len() < 2 {
                    return Err(self.interp.value_error("BoolOp with less than 2 values"));
                }
                let is_and = node.node("op").is_some_and(|op| op.name == "And");
                let operator = if is_and { BoolOperator::And } else { BoolOperator::Or };
                ExprKind::BoolOp(operator, self.exprs(values, Context::Load)?)
            }
            "NamedExpr" => {
                let target = node.node("target");
                let value = self.load(node.node("value"))?;
                let target = self.required(target, Context::Store)?;
                let ExprKind::Name(name) = target.kind else {
                    return Err(self.interp.type_error("NamedExpr target must be a Name"));
                };
                ExprKind::NamedExpr(Identifier { name, span: target.span }, Box::new(value))
            }
            "BinOp" => {
                let (left, right) = (self.load(node.node("left"))?, self.load(node.node("right"))?);
                ExprKind::BinOp(Box::new(left), operator(node.node("op")), Box::new(right))
            }
            "UnaryOp" => {
                let operator = match node.node("op").map_or("Not", |op| op.name) {
                    "Invert" => UnaryOperator::Invert,
                    "UAdd" => UnaryOperator::UAdd,
                    "USub" => UnaryOperator::USub,
                    _ => UnaryOperator::Not,
                };
                ExprKind::UnaryOp(operator, Box::new(self.load(node.node("operand"))?))
            }
            "Lambda" => {
                let parameters = self.parameters(node.node("args"))?;
                ExprKind::Lambda(Box::new(Lambda { parameters, body: self.load(node.node("body"))? }))
            }
            "IfExp" => {
                let [test, body, orelse] = ["test", "body", "orelse"].map(|name| node.node(name));
                let (test, body, orelse) = (self.load(test)?, self.load(body)?, self.load(orelse)?);
                ExprKind::IfExp(Box::new(IfExp { test, body, orelse }))
            }
            "Dict" => self.dict(node)?,
            "Set" => ExprKind::Set(self.exprs(node.nodes("elts"), Context::Load)?),
            "ListComp" => ExprKind::ListComp(self.comprehension(node, span)?),
            "SetComp" => ExprKind::SetComp(self.comprehension(node, span)?),
            "GeneratorExp" => ExprKind::GeneratorExp(self.comprehension(node, span)?),
            "DictComp" => {
                let clauses = self.clauses(node, span)?;
                let (key, value) = (self.load(node.node("key"))?, self.load(node.node("value"))?);
                ExprKind::DictComp(Box::new(DictComprehension { key, value, clauses }))
            }
            "Await" => ExprKind::Await(Box::new(self.load(node.node("value"))?)),
            "Yield" => ExprKind::Yield(self.maybe(node.node("value"))?.map(Box::new)),
            "YieldFrom" => ExprKind::YieldFrom(Box::new(self.load(node.node("value"))?)),
            "Compare" => self.compare(node)?,
            "Call" => {
                let function = self.load(node.node("func"))?;
                let arguments = self.arguments(node.nodes("args"), node.nodes("keywords"))?;
                let arguments_span = Span::new(function.span.end.min(span.end), span.end);
                ExprKind::Call(Box::new(Call { function, arguments, arguments_span }))
            }
            "FormattedValue" => ExprKind::JoinedStr(vec![self.formatted(node, span)?]),
            "JoinedStr" => ExprKind::JoinedStr(self.parts(node)?),
            "Constant" => return self.constant_node(&node.constant("value"), span),
            "Attribute" => {
                let object = self.load(node.node("value"))?;
                let name = Identifier { name: node.text("attr").unwrap_or_else(|| "".into()), span };
                ExprKind::Attribute(Box::new(object), name)
            }
            "Subscript" => {
                let (object, index) = (self.load(node.node("value"))?, self.load(node.node("slice"))?);
                ExprKind::Subscript(Box::new(object), Box::new(index))
            }
            "Starred" => ExprKind::Starred(Box::new(self.required(node.node("value"), context)?)),
            "List" => ExprKind::List(self.exprs(node.nodes("elts"), context)?),
            "Tuple" => ExprKind::Tuple(self.exprs(node.nodes("elts"), context)?),
            "Slice" => {
                let [lower, upper, step] = ["lower", "upper", "step"].map(|name| node.node(name));
                let (lower, upper, step) = (self.maybe(lower)?, self.maybe(upper)?, self.maybe(step)?);
                ExprKind::Slice(Box::new(Slice { lower, upper, step }))
            }
            other => unreachable!("internal error: {other} is no expression"),
        };
        self.made(kind, span)
    }

    fn dict(&mut self, node: &mut Node) -> Result<ExprKind, Raised> {
        let (keys, values) = (node.nodes("keys"), node.nodes("values"));
        if keys.len() != values.len() {
            let text = "Dict doesn't have the same number of keys as values";
            return Err(self.interp.value_error(text));
        }
        let mut items = Vec::new();
        for (key, value) in keys.into_iter().zip(values) {
            let key = self.maybe(key)?;
            let value = self.load(value)?;
            items.push(match key {
                Some(key) => DictItem::Pair(key, value),
                None => DictItem::Unpack(value),
            });
        }
        Ok(ExprKind::Dict(items))
    }

    fn compare(&mut self, node: &mut Node) -> Result<ExprKind, Raised> {
        let (operators, operands) = (node.nodes("ops"), node.nodes("comparators"));
        if operands.is_empty() {
            return Err(self.interp.value_error("Compare with no comparators"));
        }
        if operands.len() != operators.len() {
            let text = "Compare has a different number of comparators and operands";
            return Err(self.interp.value_error(text));
        }
        let mut rest = Vec::new();
        for (operator, operand) in operators.into_iter().zip(operands) {
            let operator = match operator.map_or("Eq", |operator| operator.name) {
                "NotEq" => CmpOp::NotEq,
                "Lt" => CmpOp::Lt,
                "LtE" => CmpOp::LtE,
                "Gt" => CmpOp::Gt,
                "GtE" => CmpOp::GtE,
                "Is" => CmpOp::Is,
                "IsNot" => CmpOp::IsNot,
                "In" => CmpOp::In,
                "NotIn" => CmpOp::NotIn,
                _ => CmpOp::Eq,
            };
            rest.push((operator, self.load(operand)?));
        }
        Ok(ExprKind::Compare(Box::new(self.load(node.node("left"))?), rest))
    }

    fn comprehension(&mut self, node: &mut Node, span: Span) -> Result<Box<Comprehension>, Raised> {
        let clauses = self.clauses(node, span)?;
        Ok(Box::new(Comprehension { element: self.load(node.node("elt"))?, clauses }))
    }

    fn clauses(&mut self, node: &mut Node, span: Span) -> Result<Vec<ComprehensionClause>, Raised> {
        let nodes = node.nodes("generators");
        if nodes.is_empty() {
            return Err(self.interp.value_error("comprehension with no generators"));
        }
        let mut clauses = Vec::new();
        for mut clause in nodes.into_iter().flatten() {
            let target = self.required(clause.node("target"), Context::Store)?;
            let iter = self.load(clause.node("iter"))?;
            let conditions = self.exprs(clause.nodes("ifs"), Context::Load)?;
            let is_async = clause.int("is_async") != 0;
            clauses.push(ComprehensionClause { is_async, target, iter, conditions, span });
        }
        Ok(clauses)
    }

    /// The arguments of a call or a class.
    pub fn arguments(
        &mut self,
        positional: Vec<Option<Node>>,
        keywords: Vec<Option<Node>>,
    ) -> Result<Vec<Argument>, Raised> {
        let mut arguments = Vec::with_capacity(positional.len() + keywords.len());
        for value in self.exprs(positional, Context::Load)? {
            let span = value.span;
            arguments.push(match value.kind {
                ExprKind::Starred(value) => Argument::Starred(*value, span),
                _ => Argument::Positional(value),
            });
        }
        for mut keyword in keywords.into_iter().flatten() {
            let span = self.offsets.span(keyword.place);
            let name = keyword.text("arg");
            let value = self.load(keyword.node("value"))?;
            arguments.push(match name {
                Some(name) => Argument::Keyword(Identifier { name, span }, value, span),
                None => Argument::DoubleStarred(value, span),
            });
        }
        Ok(arguments)
    }

    fn parts(&mut self, node: &mut Node) -> Result<Vec<FStringPart>, Raised> {
        let mut parts = Vec::new();
        for value in node.nodes("values") {
            let Some(mut value) = value else {
                return Err(self.interp.value_error("None disallowed in expression list"));
            };
            self.part(&mut value, &mut parts)?;
        }
        Ok(parts)
    }

    fn part(&mut self, value: &mut Node, parts: &mut Vec<FStringPart>) -> Result<(), Raised> {
        let span = self.span(value.place)?;
        if value.name == "FormattedValue" {
            let part = self.formatted(value, span)?;
            parts.push(part);
            return Ok(());
        }
        if value.name == "JoinedStr" {
            let more = self.parts(value)?;
            parts.extend(more);
            return Ok(());
        }
        let expr = self.expr(value, Context::Load)?;
        parts.push(match expr.kind {
            ExprKind::Constant(Constant::Str(text)) => FStringPart::Literal(text, span),
            _ => field(expr, Conversion::None, None, span),
        });
        Ok(())
    }

    fn formatted(&mut self, node: &mut Node, span: Span) -> Result<FStringPart, Raised> {
        let value = self.load(node.node("value"))?;
        let conversion = match node.int("conversion") {
            115 => Conversion::Str,
            114 => Conversion::Repr,
            97 => Conversion::Ascii,
            -1 => Conversion::None,
            other => {
                let text = format!("Unrecognized conversion character {other}");
                return Err(self.interp.raise(crate::object::CoreType::SystemError, &text));
            }
        };
        let spec = match node.node("format_spec") {
            Some(mut spec) => {
                let mut parts = Vec::new();
                self.part(&mut spec, &mut parts)?;
                Some(parts)
            }
            None => None,
        };
        Ok(field(value, conversion, spec, span))
    }

    /// A constant: tuples become displays, which are constants again when compiled.
    fn constant_node(&mut self, value: &Value, span: Span) -> Result<Expr, Raised> {
        if let Some(constant) = self.plain_constant(value) {
            return self.made(ExprKind::Constant(constant), span);
        }
        if let Some(number) = value.complex_like().filter(|_| value.as_instance().is_none()) {
            let (real, imaginary) = (number.real, number.imag);
            let imaginary = self.made(ExprKind::Constant(Constant::Imaginary(imaginary)), span)?;
            if real == 0.0 && real.is_sign_positive() {
                return Ok(imaginary);
            }
            let real = self.made(ExprKind::Constant(Constant::Float(real)), span)?;
            return self.made(ExprKind::BinOp(Box::new(real), Operator::Add, Box::new(imaginary)), span);
        }
        if let Some(items) = value.as_tuple() {
            let items = items.iter().map(|item| self.constant_node(item, span));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            return self.made(ExprKind::Tuple(items), span);
        }
        let class = self.interp.bare_type_name(value);
        if class == "frozenset" {
            let text = "frozenset in Constant is not supported yet by apy";
            return Err(self.interp.raise(crate::object::CoreType::NotImplementedError, text));
        }
        Err(self.interp.type_error(&format!("got an invalid type in Constant: {class}")))
    }
}

fn field(value: Expr, conversion: Conversion, spec: Option<Vec<FStringPart>>, span: Span) -> FStringPart {
    let marks = FieldMarks { bang: span.end, colon: span.end };
    FStringPart::Field(Box::new(FStringField { value, debug_text: None, conversion, spec, span, marks }))
}
