//! Expressions and patterns as text.

use super::Dump;
use crate::ast::*;

impl Dump<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        let mut head = self.at(&expr_head(&expr.kind), expr.span);
        if expr.parenthesized {
            head.push_str(" ()");
        }
        self.node(&head, |dump| dump.expr_children(&expr.kind));
    }

    fn expr_children(&mut self, kind: &ExprKind) {
        match kind {
            ExprKind::Error | ExprKind::Constant(_) | ExprKind::Name(_) => {}
            ExprKind::JoinedStr(parts) => self.parts(parts),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                items.iter().for_each(|item| self.expr(item));
            }
            ExprKind::BoolOp(_, items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            self.named("key", key);
                            self.named("value", value);
                        }
                        DictItem::Unpack(value) => self.named("**", value),
                    }
                }
            }
            ExprKind::ListComp(node) | ExprKind::SetComp(node) | ExprKind::GeneratorExp(node) => {
                self.named("element", &node.element);
                self.clauses(&node.clauses);
            }
            ExprKind::DictComp(node) => {
                self.named("key", &node.key);
                self.named("value", &node.value);
                self.clauses(&node.clauses);
            }
            ExprKind::BinOp(left, _, right) | ExprKind::Subscript(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::UnaryOp(_, operand)
            | ExprKind::NamedExpr(_, operand)
            | ExprKind::Starred(operand)
            | ExprKind::Await(operand)
            | ExprKind::YieldFrom(operand)
            | ExprKind::Attribute(operand, _) => self.expr(operand),
            ExprKind::Yield(value) => value.iter().for_each(|value| self.expr(value)),
            ExprKind::Compare(first, rest) => {
                self.expr(first);
                for (operator, operand) in rest {
                    self.named(&format!("{operator:?}"), operand);
                }
            }
            ExprKind::IfExp(node) => {
                self.named("test", &node.test);
                self.named("body", &node.body);
                self.named("else", &node.orelse);
            }
            ExprKind::Lambda(node) => {
                self.parameters(&node.parameters);
                self.named("body", &node.body);
            }
            ExprKind::Call(node) => {
                self.named("function", &node.function);
                self.arguments(&node.arguments);
            }
            ExprKind::Slice(node) => {
                self.optional("lower", &node.lower);
                self.optional("upper", &node.upper);
                self.optional("step", &node.step);
            }
        }
    }

    fn parts(&mut self, parts: &[FStringPart]) {
        for part in parts {
            match part {
                FStringPart::Literal(text, span) => {
                    let line = self.at(&format!("text {text:?}"), *span);
                    self.line(&line);
                }
                FStringPart::Field(field) => {
                    let debug = field.debug_text.as_ref().map_or(String::new(), |text| format!(" {text:?}"));
                    let conversion = match field.conversion {
                        Conversion::None => "",
                        Conversion::Str => " !s",
                        Conversion::Repr => " !r",
                        Conversion::Ascii => " !a",
                    };
                    let head = self.at(&format!("field{debug}{conversion}"), field.span);
                    self.node(&head, |dump| {
                        dump.expr(&field.value);
                        if let Some(spec) = &field.spec {
                            dump.node("spec", |dump| dump.parts(spec));
                        }
                    });
                }
            }
        }
    }

    fn clauses(&mut self, clauses: &[ComprehensionClause]) {
        for clause in clauses {
            let head = self.at(if clause.is_async { "async for" } else { "for" }, clause.span);
            self.node(&head, |dump| {
                dump.named("target", &clause.target);
                dump.named("iter", &clause.iter);
                dump.exprs("if", &clause.conditions);
            });
        }
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        let head = match &pattern.kind {
            PatternKind::Error => "Error".to_owned(),
            PatternKind::Wildcard => "_".to_owned(),
            PatternKind::Capture(name) => format!("Capture {}", name.name),
            PatternKind::Value(_) => "Value".to_owned(),
            PatternKind::Singleton(constant) => format!("Singleton {}", constant_text(constant)),
            PatternKind::Sequence(_) => "Sequence".to_owned(),
            PatternKind::Star(name) => format!("Star {}", name.as_ref().map_or("_", |name| &name.name)),
            PatternKind::Mapping(mapping) => match &mapping.rest {
                Some(rest) => format!("Mapping **{}", rest.name),
                None => "Mapping".to_owned(),
            },
            PatternKind::Class(_) => "Class".to_owned(),
            PatternKind::Or(_) => "Or".to_owned(),
            PatternKind::As(_, name) => format!("As {}", name.name),
        };
        let head = self.at(&head, pattern.span);
        self.node(&head, |dump| match &pattern.kind {
            PatternKind::Error
            | PatternKind::Wildcard
            | PatternKind::Capture(_)
            | PatternKind::Singleton(_)
            | PatternKind::Star(_) => {}
            PatternKind::Value(value) => dump.expr(value),
            PatternKind::Sequence(items) | PatternKind::Or(items) => {
                items.iter().for_each(|item| dump.pattern(item));
            }
            PatternKind::Mapping(mapping) => {
                for (key, value) in &mapping.items {
                    dump.named("key", key);
                    dump.pattern(value);
                }
            }
            PatternKind::Class(class) => {
                dump.expr(&class.class);
                class.positional.iter().for_each(|item| dump.pattern(item));
                for (name, value) in &class.keywords {
                    dump.node(&format!("{}=", name.name), |dump| dump.pattern(value));
                }
            }
            PatternKind::As(inner, _) => dump.pattern(inner),
        });
    }
}

fn expr_head(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Error => "Error".into(),
        ExprKind::Constant(constant) => constant_text(constant),
        ExprKind::Name(name) => format!("Name {name}"),
        ExprKind::JoinedStr(_) => "JoinedStr".into(),
        ExprKind::Tuple(_) => "Tuple".into(),
        ExprKind::List(_) => "List".into(),
        ExprKind::Set(_) => "Set".into(),
        ExprKind::Dict(_) => "Dict".into(),
        ExprKind::ListComp(_) => "ListComp".into(),
        ExprKind::SetComp(_) => "SetComp".into(),
        ExprKind::GeneratorExp(_) => "GeneratorExp".into(),
        ExprKind::DictComp(_) => "DictComp".into(),
        ExprKind::BinOp(_, operator, _) => format!("BinOp {operator:?}"),
        ExprKind::BoolOp(operator, _) => format!("BoolOp {operator:?}"),
        ExprKind::UnaryOp(operator, _) => format!("UnaryOp {operator:?}"),
        ExprKind::Compare(..) => "Compare".into(),
        ExprKind::IfExp(_) => "IfExp".into(),
        ExprKind::Lambda(_) => "Lambda".into(),
        ExprKind::NamedExpr(name, _) => format!("NamedExpr {}", name.name),
        ExprKind::Starred(_) => "Starred".into(),
        ExprKind::Await(_) => "Await".into(),
        ExprKind::Yield(_) => "Yield".into(),
        ExprKind::YieldFrom(_) => "YieldFrom".into(),
        ExprKind::Call(_) => "Call".into(),
        ExprKind::Attribute(_, name) => format!("Attribute {}", name.name),
        ExprKind::Subscript(..) => "Subscript".into(),
        ExprKind::Slice(_) => "Slice".into(),
    }
}

fn constant_text(constant: &Constant) -> String {
    match constant {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(value) => format!("Int {value}"),
        Constant::BigInt(value) => format!("Int {value}"),
        Constant::Float(value) => format!("Float {value:?}"),
        Constant::Imaginary(value) => format!("Imaginary {value:?}"),
        Constant::Str(value) => format!("Str {value:?}"),
        Constant::Bytes(value) => format!("Bytes {}", value.escape_ascii()),
    }
}
