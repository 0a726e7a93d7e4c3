//! Trees as objects: expressions.

use super::build::{Builder, Context};
use crate::object::Value;
use crate::object::string::intern;
use apy_grammar::Span;
use apy_grammar::ast::*;

impl Builder<'_> {
    /// An expression whose value is used.
    pub fn load(&self, expr: &Expr) -> Value {
        self.expr(expr, Context::Load)
    }

    fn context(&self, context: Context) -> Value {
        self.plain(match context {
            Context::Load => "Load",
            Context::Store => "Store",
            Context::Del => "Del",
        })
    }

    pub fn operator(&self, operator: Operator) -> Value {
        self.plain(match operator {
            Operator::Add => "Add",
            Operator::Sub => "Sub",
            Operator::Mult => "Mult",
            Operator::MatMult => "MatMult",
            Operator::Div => "Div",
            Operator::Mod => "Mod",
            Operator::Pow => "Pow",
            Operator::LShift => "LShift",
            Operator::RShift => "RShift",
            Operator::BitOr => "BitOr",
            Operator::BitXor => "BitXor",
            Operator::BitAnd => "BitAnd",
            Operator::FloorDiv => "FloorDiv",
        })
    }

    fn comparison(&self, operator: CmpOp) -> Value {
        self.plain(match operator {
            CmpOp::Eq => "Eq",
            CmpOp::NotEq => "NotEq",
            CmpOp::Lt => "Lt",
            CmpOp::LtE => "LtE",
            CmpOp::Gt => "Gt",
            CmpOp::GtE => "GtE",
            CmpOp::Is => "Is",
            CmpOp::IsNot => "IsNot",
            CmpOp::In => "In",
            CmpOp::NotIn => "NotIn",
        })
    }

    pub fn constant_value(&self, constant: &Constant) -> Value {
        match constant {
            Constant::None => Value::NONE,
            Constant::True => Value::TRUE,
            Constant::False => Value::FALSE,
            Constant::Ellipsis => Value::ELLIPSIS,
            Constant::Int(value) => Value::int(*value),
            Constant::BigInt(value) => Value::big_int((**value).clone()),
            Constant::Float(value) => Value::float(*value),
            Constant::Imaginary(value) => Value::complex(0.0, *value),
            Constant::Str(text) => Value::str(text),
            Constant::Bytes(data) => Value::bytes(&data[..]),
        }
    }

    /// A string with its `kind`: 'u' where the literal says so.
    fn string(&self, text: &str, span: Span, is_literal: bool) -> Value {
        let mut written = self.source.text().as_bytes()[span.range()].iter();
        let is_marked = is_literal
            && matches!(written.next(), Some(b'u' | b'U'))
            && matches!(written.next(), Some(b'"' | b'\''));
        let kind = if is_marked { intern("u") } else { Value::NONE };
        self.node("Constant", span, [Value::str(text), kind])
    }

    pub fn expr(&self, expr: &Expr, context: Context) -> Value {
        let at = expr.span;
        match &expr.kind {
            ExprKind::Error => Value::NONE,
            ExprKind::Constant(Constant::Str(text)) => self.string(text, at, true),
            ExprKind::Constant(constant) => {
                self.node("Constant", at, [self.constant_value(constant), Value::NONE])
            }
            ExprKind::Name(name) => self.node("Name", at, [intern(name), self.context(context)]),
            ExprKind::JoinedStr(parts) => self.node("JoinedStr", at, [self.parts(parts)]),
            ExprKind::Tuple(items) => {
                self.node("Tuple", at, [self.exprs(items, context), self.context(context)])
            }
            ExprKind::List(items) => {
                self.node("List", at, [self.exprs(items, context), self.context(context)])
            }
            ExprKind::Starred(value) => {
                self.node("Starred", at, [self.expr(value, context), self.context(context)])
            }
            ExprKind::Set(items) => self.node("Set", at, [self.exprs(items, Context::Load)]),
            ExprKind::Dict(items) => {
                let keys = self.each(items, |item| match item {
                    DictItem::Pair(key, _) => self.load(key),
                    DictItem::Unpack(_) => Value::NONE,
                });
                let values = self.each(items, |item| match item {
                    DictItem::Pair(_, value) | DictItem::Unpack(value) => self.load(value),
                });
                self.node("Dict", at, [keys, values])
            }
            ExprKind::ListComp(node) => self.comprehension("ListComp", node, at),
            ExprKind::SetComp(node) => self.comprehension("SetComp", node, at),
            ExprKind::GeneratorExp(node) => self.comprehension("GeneratorExp", node, at),
            ExprKind::DictComp(node) => {
                let (key, value) = (self.load(&node.key), self.load(&node.value));
                self.node("DictComp", at, [key, value, self.clauses(&node.clauses)])
            }
            ExprKind::BinOp(left, operator, right) => {
                self.node("BinOp", at, [self.load(left), self.operator(*operator), self.load(right)])
            }
            ExprKind::BoolOp(operator, values) => {
                let operator = self.plain(match operator {
                    BoolOperator::And => "And",
                    BoolOperator::Or => "Or",
                });
                self.node("BoolOp", at, [operator, self.exprs(values, Context::Load)])
            }
            ExprKind::UnaryOp(operator, operand) => {
                let operator = self.plain(match operator {
                    UnaryOperator::Invert => "Invert",
                    UnaryOperator::Not => "Not",
                    UnaryOperator::UAdd => "UAdd",
                    UnaryOperator::USub => "USub",
                });
                self.node("UnaryOp", at, [operator, self.load(operand)])
            }
            ExprKind::Compare(left, rest) => {
                let operators = self.each(rest, |(operator, _)| self.comparison(*operator));
                let operands = self.each(rest, |(_, operand)| self.load(operand));
                self.node("Compare", at, [self.load(left), operators, operands])
            }
            ExprKind::IfExp(node) => {
                let [test, body, orelse] = [&node.test, &node.body, &node.orelse].map(|part| self.load(part));
                self.node("IfExp", at, [test, body, orelse])
            }
            ExprKind::Lambda(node) => {
                self.node("Lambda", at, [self.parameters(&node.parameters), self.load(&node.body)])
            }
            ExprKind::NamedExpr(name, value) => {
                let target = self.node("Name", name.span, [self.name(name), self.plain("Store")]);
                self.node("NamedExpr", at, [target, self.load(value)])
            }
            ExprKind::Await(value) => self.node("Await", at, [self.load(value)]),
            ExprKind::Yield(value) => {
                self.node("Yield", at, [self.maybe(value.as_ref(), |value| self.load(value))])
            }
            ExprKind::YieldFrom(value) => self.node("YieldFrom", at, [self.load(value)]),
            ExprKind::Call(node) => {
                let (args, keywords) = self.arguments(&node.arguments);
                self.node("Call", at, [self.load(&node.function), args, keywords])
            }
            ExprKind::Attribute(object, name) => {
                self.node("Attribute", at, [self.load(object), self.name(name), self.context(context)])
            }
            ExprKind::Subscript(object, index) => {
                self.node("Subscript", at, [self.load(object), self.load(index), self.context(context)])
            }
            ExprKind::Slice(node) => {
                let bounds = [&node.lower, &node.upper, &node.step]
                    .map(|bound| self.maybe(bound.as_ref(), |bound| self.load(bound)));
                self.node("Slice", at, bounds)
            }
        }
    }

    fn exprs(&self, items: &[Expr], context: Context) -> Value {
        self.each(items, |item| self.expr(item, context))
    }

    fn comprehension(&self, name: &str, node: &Comprehension, at: Span) -> Value {
        self.node(name, at, [self.load(&node.element), self.clauses(&node.clauses)])
    }

    fn clauses(&self, clauses: &[ComprehensionClause]) -> Value {
        self.each(clauses, |clause| {
            let target = self.expr(&clause.target, Context::Store);
            let conditions = self.exprs(&clause.conditions, Context::Load);
            let is_async = Value::int(i64::from(clause.is_async));
            self.bare("comprehension", [target, self.load(&clause.iter), conditions, is_async])
        })
    }

    /// Positional arguments and keywords.
    pub fn arguments(&self, arguments: &[Argument]) -> (Value, Value) {
        let (mut positional, mut keywords) = (Vec::new(), Vec::new());
        for argument in arguments {
            match argument {
                Argument::Positional(value) => positional.push(self.load(value)),
                Argument::Starred(value, at) => {
                    let fields = [self.load(value), self.plain("Load")];
                    positional.push(self.node("Starred", *at, fields));
                }
                Argument::Keyword(name, value, at) => {
                    let fields = [self.name(name), self.load(value)];
                    keywords.push(self.node("keyword", *at, fields));
                }
                Argument::DoubleStarred(value, at) => {
                    keywords.push(self.node("keyword", *at, [Value::NONE, self.load(value)]));
                }
            }
        }
        (Value::list(positional), Value::list(keywords))
    }

    /// The parts of an f-string. The text of a field with `=` goes to the text before it.
    fn parts(&self, parts: &[FStringPart]) -> Value {
        let mut nodes = Vec::new();
        let mut pending: Option<(String, Span, bool)> = None;
        for part in parts {
            match part {
                FStringPart::Literal(text, span) => self.push_text(&mut pending, text, *span, true),
                FStringPart::Field(field) => {
                    if let Some(text) = &field.debug_text {
                        self.push_text(&mut pending, text, self.debug_span(field), false);
                    }
                    nodes.extend(pending.take().map(|(text, span, is)| self.string(&text, span, is)));
                    nodes.push(self.field(field));
                }
            }
        }
        nodes.extend(pending.map(|(text, span, is)| self.string(&text, span, is)));
        Value::list(nodes)
    }

    fn push_text(
        &self,
        pending: &mut Option<(String, Span, bool)>,
        text: &str,
        span: Span,
        is_literal: bool,
    ) {
        match pending {
            _ if text.is_empty() => {}
            Some((before, place, _)) => {
                before.push_str(text);
                *place = place.to(span);
            }
            None => *pending = Some((text.to_owned(), span, is_literal)),
        }
    }

    /// The place of the text of a field with `=`: up to the conversion, the spec or the brace.
    fn debug_span(&self, field: &FStringField) -> Span {
        let end = match (field.conversion, &field.spec) {
            (Conversion::None, None) => field.span.end - 1,
            (Conversion::None, Some(_)) => field.marks.colon,
            _ => field.marks.bang,
        };
        Span::new(field.span.start + 1, end)
    }

    fn field(&self, field: &FStringField) -> Value {
        let conversion = match field.conversion {
            Conversion::Str => i64::from(b's'),
            Conversion::Repr => i64::from(b'r'),
            Conversion::Ascii => i64::from(b'a'),
            Conversion::None if field.debug_text.is_some() && field.spec.is_none() => i64::from(b'r'),
            Conversion::None => -1,
        };
        let spec = self.maybe(field.spec.as_ref(), |spec| {
            let at = Span::new(field.marks.colon, field.span.end - 1);
            self.node("JoinedStr", at, [self.parts(spec)])
        });
        self.node("FormattedValue", field.span, [self.load(&field.value), Value::int(conversion), spec])
    }

    /// `function_type(args) -> returns`, which was parsed as a call with the result as an argument.
    pub fn function_type(&self, value: &Expr) -> Value {
        let ExprKind::Call(call) = &value.kind else { return Value::NONE };
        let mut types = Vec::new();
        let mut returns = Value::NONE;
        for argument in &call.arguments {
            match argument {
                Argument::Positional(value)
                | Argument::Starred(value, _)
                | Argument::DoubleStarred(value, _) => {
                    types.push(self.load(value));
                }
                Argument::Keyword(_, value, _) => returns = self.load(value),
            }
        }
        self.bare("FunctionType", [Value::list(types), returns])
    }
}
