//! Expressions back to text, as `from __future__ import annotations` keeps them: CPython's
//! spelling, with its blanks and parentheses.

use apy_grammar::ast::{
    Argument, BoolOperator, CmpOp, Comprehension, ComprehensionClause, Constant, Conversion, DictItem, Expr,
    ExprKind, FStringPart, Operator, Parameter, Parameters, UnaryOperator,
};

/// How tightly an expression binds; one that binds looser than its place asks for gets
/// parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

impl Level {
    fn tighter(self) -> Level {
        const ALL: [Level; 16] = [
            Level::Tuple,
            Level::Test,
            Level::Or,
            Level::And,
            Level::Not,
            Level::Compare,
            Level::BitOr,
            Level::BitXor,
            Level::BitAnd,
            Level::Shift,
            Level::Arith,
            Level::Term,
            Level::Factor,
            Level::Power,
            Level::Await,
            Level::Atom,
        ];
        ALL.get(self as usize + 1).copied().unwrap_or(Level::Atom)
    }
}

/// The text of `expr`.
pub(super) fn unparse(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, Level::Test, &mut out);
    out
}

fn parenthesized(needed: bool, out: &mut String, body: impl FnOnce(&mut String)) {
    if needed {
        out.push('(');
    }
    body(out);
    if needed {
        out.push(')');
    }
}

fn commas<T>(items: &[T], out: &mut String, mut one: impl FnMut(&T, &mut String)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        one(item, out);
    }
}

fn write(expr: &Expr, level: Level, out: &mut String) {
    match &expr.kind {
        ExprKind::Error => {}
        ExprKind::Constant(constant) => write_constant(constant, out),
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::JoinedStr(parts) => {
            let mut text = String::new();
            write_parts(parts, &mut text);
            out.push('f');
            out.push_str(&quoted(&text));
        }
        ExprKind::Tuple(items) if items.is_empty() => out.push_str("()"),
        ExprKind::Tuple(items) => parenthesized(level > Level::Tuple, out, |out| {
            commas(items, out, |item, out| write(item, Level::Test, out));
            if items.len() == 1 {
                out.push(',');
            }
        }),
        ExprKind::List(items) => {
            out.push('[');
            commas(items, out, |item, out| write(item, Level::Test, out));
            out.push(']');
        }
        ExprKind::Set(items) => {
            out.push('{');
            commas(items, out, |item, out| write(item, Level::Test, out));
            out.push('}');
        }
        ExprKind::Dict(items) => {
            out.push('{');
            commas(items, out, |item, out| match item {
                DictItem::Pair(key, value) => {
                    write(key, Level::Test, out);
                    out.push_str(": ");
                    write(value, Level::Test, out);
                }
                DictItem::Unpack(mapping) => {
                    out.push_str("**");
                    write(mapping, Level::BitOr, out);
                }
            });
            out.push('}');
        }
        ExprKind::ListComp(body) => write_comprehension(body, ['[', ']'], out),
        ExprKind::SetComp(body) => write_comprehension(body, ['{', '}'], out),
        ExprKind::GeneratorExp(body) => write_comprehension(body, ['(', ')'], out),
        ExprKind::DictComp(body) => {
            out.push('{');
            write(&body.key, Level::Test, out);
            out.push_str(": ");
            write(&body.value, Level::Test, out);
            write_clauses(&body.clauses, out);
            out.push('}');
        }
        ExprKind::BinOp(left, operator, right) => write_binary(left, *operator, right, level, out),
        ExprKind::BoolOp(operator, operands) => {
            let (own, word) = match operator {
                BoolOperator::And => (Level::And, " and "),
                BoolOperator::Or => (Level::Or, " or "),
            };
            parenthesized(level > own, out, |out| {
                for (index, operand) in operands.iter().enumerate() {
                    if index > 0 {
                        out.push_str(word);
                    }
                    write(operand, own.tighter(), out);
                }
            });
        }
        ExprKind::UnaryOp(operator, operand) => {
            let (own, sign) = match operator {
                UnaryOperator::Invert => (Level::Factor, "~"),
                UnaryOperator::Not => (Level::Not, "not "),
                UnaryOperator::UAdd => (Level::Factor, "+"),
                UnaryOperator::USub => (Level::Factor, "-"),
            };
            parenthesized(level > own, out, |out| {
                out.push_str(sign);
                write(operand, own, out);
            });
        }
        ExprKind::Compare(left, rest) => parenthesized(level > Level::Compare, out, |out| {
            write(left, Level::BitOr, out);
            for (operator, right) in rest {
                out.push_str(comparison(*operator));
                write(right, Level::BitOr, out);
            }
        }),
        ExprKind::IfExp(parts) => parenthesized(level > Level::Test, out, |out| {
            write(&parts.body, Level::Or, out);
            out.push_str(" if ");
            write(&parts.test, Level::Or, out);
            out.push_str(" else ");
            write(&parts.orelse, Level::Test, out);
        }),
        ExprKind::Lambda(lambda) => parenthesized(level > Level::Test, out, |out| {
            out.push_str("lambda");
            let mut list = String::new();
            write_parameters(&lambda.parameters, &mut list);
            if !list.is_empty() {
                out.push(' ');
                out.push_str(&list);
            }
            out.push_str(": ");
            write(&lambda.body, Level::Test, out);
        }),
        ExprKind::NamedExpr(target, value) => parenthesized(level > Level::Tuple, out, |out| {
            out.push_str(&target.name);
            out.push_str(" := ");
            write(value, Level::Atom, out);
        }),
        ExprKind::Starred(inner) => {
            out.push('*');
            write(inner, Level::BitOr, out);
        }
        ExprKind::Await(value) => parenthesized(level > Level::Await, out, |out| {
            out.push_str("await ");
            write(value, Level::Atom, out);
        }),
        ExprKind::Yield(value) => {
            out.push_str("(yield");
            if let Some(value) = value {
                out.push(' ');
                write(value, Level::Tuple, out);
            }
            out.push(')');
        }
        ExprKind::YieldFrom(value) => {
            out.push_str("(yield from ");
            write(value, Level::Test, out);
            out.push(')');
        }
        ExprKind::Call(call) => {
            write(&call.function, Level::Atom, out);
            out.push('(');
            commas(&call.arguments, out, |argument, out| match argument {
                Argument::Positional(value) => write(value, Level::Test, out),
                Argument::Starred(value, _) => {
                    out.push('*');
                    write(value, Level::BitOr, out);
                }
                Argument::Keyword(name, value, _) => {
                    out.push_str(&name.name);
                    out.push('=');
                    write(value, Level::Test, out);
                }
                Argument::DoubleStarred(value, _) => {
                    out.push_str("**");
                    write(value, Level::Test, out);
                }
            });
            out.push(')');
        }
        ExprKind::Attribute(value, name) => {
            let is_int = matches!(value.kind, ExprKind::Constant(Constant::Int(_) | Constant::BigInt(_)));
            write(value, Level::Atom, out);
            out.push_str(if is_int { " ." } else { "." });
            out.push_str(&name.name);
        }
        ExprKind::Subscript(value, index) => {
            write(value, Level::Atom, out);
            out.push('[');
            write(index, Level::Tuple, out);
            out.push(']');
        }
        ExprKind::Slice(slice) => {
            slice.lower.iter().for_each(|part| write(part, Level::Test, out));
            out.push(':');
            slice.upper.iter().for_each(|part| write(part, Level::Test, out));
            if let Some(step) = &slice.step {
                out.push(':');
                write(step, Level::Test, out);
            }
        }
    }
}

fn write_binary(left: &Expr, operator: Operator, right: &Expr, level: Level, out: &mut String) {
    let (own, sign) = match operator {
        Operator::Add => (Level::Arith, " + "),
        Operator::Sub => (Level::Arith, " - "),
        Operator::Mult => (Level::Term, " * "),
        Operator::MatMult => (Level::Term, " @ "),
        Operator::Div => (Level::Term, " / "),
        Operator::Mod => (Level::Term, " % "),
        Operator::FloorDiv => (Level::Term, " // "),
        Operator::LShift => (Level::Shift, " << "),
        Operator::RShift => (Level::Shift, " >> "),
        Operator::BitOr => (Level::BitOr, " | "),
        Operator::BitXor => (Level::BitXor, " ^ "),
        Operator::BitAnd => (Level::BitAnd, " & "),
        Operator::Pow => (Level::Power, " ** "),
    };
    let from_right = operator == Operator::Pow;
    parenthesized(level > own, out, |out| {
        write(left, if from_right { own.tighter() } else { own }, out);
        out.push_str(sign);
        write(right, if from_right { own } else { own.tighter() }, out);
    });
}

fn comparison(operator: CmpOp) -> &'static str {
    match operator {
        CmpOp::Eq => " == ",
        CmpOp::NotEq => " != ",
        CmpOp::Lt => " < ",
        CmpOp::LtE => " <= ",
        CmpOp::Gt => " > ",
        CmpOp::GtE => " >= ",
        CmpOp::Is => " is ",
        CmpOp::IsNot => " is not ",
        CmpOp::In => " in ",
        CmpOp::NotIn => " not in ",
    }
}

fn write_comprehension(body: &Comprehension, [open, close]: [char; 2], out: &mut String) {
    out.push(open);
    write(&body.element, Level::Test, out);
    write_clauses(&body.clauses, out);
    out.push(close);
}

fn write_clauses(clauses: &[ComprehensionClause], out: &mut String) {
    for clause in clauses {
        out.push_str(if clause.is_async { " async for " } else { " for " });
        write(&clause.target, Level::Tuple, out);
        out.push_str(" in ");
        write(&clause.iter, Level::Or, out);
        for condition in &clause.conditions {
            out.push_str(" if ");
            write(condition, Level::Or, out);
        }
    }
}

fn write_parameters(parameters: &Parameters, out: &mut String) {
    let mut first = true;
    let mut separate = |out: &mut String| {
        if !std::mem::replace(&mut first, false) {
            out.push_str(", ");
        }
    };
    let one = |parameter: &Parameter, out: &mut String| {
        out.push_str(&parameter.name.name);
        if let Some(default) = &parameter.default {
            out.push('=');
            write(default, Level::Test, out);
        }
    };
    for parameter in &parameters.positional_only {
        separate(out);
        one(parameter, out);
    }
    if !parameters.positional_only.is_empty() {
        separate(out);
        out.push('/');
    }
    for parameter in &parameters.regular {
        separate(out);
        one(parameter, out);
    }
    if parameters.varargs.is_some() || !parameters.keyword_only.is_empty() {
        separate(out);
        out.push('*');
        parameters.varargs.iter().for_each(|parameter| one(parameter, out));
    }
    for parameter in &parameters.keyword_only {
        separate(out);
        one(parameter, out);
    }
    if let Some(parameter) = &parameters.kwargs {
        separate(out);
        out.push_str("**");
        one(parameter, out);
    }
}

fn write_parts(parts: &[FStringPart], out: &mut String) {
    for part in parts {
        match part {
            FStringPart::Literal(text, _) => {
                out.push_str(&text.replace('{', "{{").replace('}', "}}"));
            }
            FStringPart::Field(field) => {
                out.push_str(field.debug_text.as_deref().unwrap_or_default());
                out.push('{');
                let mut value = String::new();
                write(&field.value, Level::Test.tighter(), &mut value);
                if value.starts_with('{') {
                    out.push(' ');
                }
                out.push_str(&value);
                match field.conversion {
                    Conversion::None if field.debug_text.is_some() && field.spec.is_none() => {
                        out.push_str("!r");
                    }
                    Conversion::None => {}
                    Conversion::Str => out.push_str("!s"),
                    Conversion::Repr => out.push_str("!r"),
                    Conversion::Ascii => out.push_str("!a"),
                }
                if let Some(spec) = &field.spec {
                    out.push(':');
                    write_parts(spec, out);
                }
                out.push('}');
            }
        }
    }
}

fn write_constant(constant: &Constant, out: &mut String) {
    match constant {
        Constant::None => out.push_str("None"),
        Constant::True => out.push_str("True"),
        Constant::False => out.push_str("False"),
        Constant::Ellipsis => out.push_str("..."),
        Constant::Int(value) => out.push_str(&value.to_string()),
        Constant::BigInt(value) => out.push_str(&value.to_string()),
        Constant::Float(value) => out.push_str(&number(*value)),
        Constant::Imaginary(value) => {
            out.push_str(number(*value).trim_end_matches(".0"));
            out.push('j');
        }
        Constant::Str(text) => out.push_str(&quoted(text)),
        Constant::Bytes(bytes) => {
            out.push('b');
            let text: String =
                bytes.iter().flat_map(|&b| std::ascii::escape_default(b)).map(char::from).collect();
            let text = text.replace("\\'", "'").replace("\\\"", "\"");
            let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
            out.push(quote);
            out.push_str(&if quote == '\'' { text.replace('\'', "\\'") } else { text });
            out.push(quote);
        }
    }
}

/// A float as `repr` writes it; infinities as a literal that overflows.
fn number(value: f64) -> String {
    if value.is_infinite() {
        return "1e309".to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e16).contains(&magnitude) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    format!("{value:?}")
}

/// A string literal as `repr` writes it.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for char in text.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char == quote => {
                out.push('\\');
                out.push(char);
            }
            char if char.is_control() && (char as u32) < 0x100 => {
                out.push_str(&format!("\\x{:02x}", char as u32));
            }
            char => out.push(char),
        }
    }
    out.push(quote);
    out
}
