//! The parts of a node, for passes that only care about a few kinds of node.

use apy_grammar::ast::{
    Argument, ComprehensionClause, DictItem, Expr, ExprKind, FStringPart, Parameter, Parameters, Pattern,
    PatternKind,
};

/// Call `visit` for each direct part of `expr`, in the order of evaluation. Bodies of lambdas
/// and parts of comprehensions count as parts too.
pub fn each_part<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    match &expr.kind {
        ExprKind::Error | ExprKind::Constant(_) | ExprKind::Name(_) => {}
        ExprKind::JoinedStr(parts) => each_field(parts, visit),
        ExprKind::Tuple(items)
        | ExprKind::List(items)
        | ExprKind::Set(items)
        | ExprKind::BoolOp(_, items) => {
            items.iter().for_each(visit);
        }
        ExprKind::Dict(items) => {
            for item in items {
                match item {
                    DictItem::Pair(key, value) => {
                        visit(key);
                        visit(value);
                    }
                    DictItem::Unpack(mapping) => visit(mapping),
                }
            }
        }
        ExprKind::ListComp(body) | ExprKind::SetComp(body) | ExprKind::GeneratorExp(body) => {
            each_clause_part(&body.clauses, visit);
            visit(&body.element);
        }
        ExprKind::DictComp(body) => {
            each_clause_part(&body.clauses, visit);
            visit(&body.key);
            visit(&body.value);
        }
        ExprKind::BinOp(left, _, right) => {
            visit(left);
            visit(right);
        }
        ExprKind::Compare(left, rest) => {
            visit(left);
            rest.iter().for_each(|(_, right)| visit(right));
        }
        ExprKind::IfExp(parts) => {
            visit(&parts.test);
            visit(&parts.body);
            visit(&parts.orelse);
        }
        ExprKind::Lambda(lambda) => {
            each_default(&lambda.parameters, visit);
            visit(&lambda.body);
        }
        ExprKind::UnaryOp(_, inner)
        | ExprKind::NamedExpr(_, inner)
        | ExprKind::Starred(inner)
        | ExprKind::Await(inner)
        | ExprKind::YieldFrom(inner)
        | ExprKind::Attribute(inner, _) => visit(inner),
        ExprKind::Yield(value) => value.iter().for_each(|value| visit(value)),
        ExprKind::Call(call) => {
            visit(&call.function);
            each_argument(&call.arguments, visit);
        }
        ExprKind::Subscript(value, index) => {
            visit(value);
            visit(index);
        }
        ExprKind::Slice(slice) => {
            [&slice.lower, &slice.upper, &slice.step].into_iter().flatten().for_each(visit);
        }
    }
}

/// The expressions of a call's arguments.
pub fn each_argument<'a>(arguments: &'a [Argument], visit: &mut dyn FnMut(&'a Expr)) {
    for argument in arguments {
        match argument {
            Argument::Positional(value)
            | Argument::Starred(value, _)
            | Argument::Keyword(_, value, _)
            | Argument::DoubleStarred(value, _) => visit(value),
        }
    }
}

/// The values of an f-string, those in its format specs included.
pub fn each_field<'a>(parts: &'a [FStringPart], visit: &mut dyn FnMut(&'a Expr)) {
    for part in parts {
        if let FStringPart::Field(field) = part {
            visit(&field.value);
            if let Some(spec) = &field.spec {
                each_field(spec, visit);
            }
        }
    }
}

fn each_clause_part<'a>(clauses: &'a [ComprehensionClause], visit: &mut dyn FnMut(&'a Expr)) {
    for clause in clauses {
        visit(&clause.iter);
        visit(&clause.target);
        clause.conditions.iter().for_each(&mut *visit);
    }
}

/// All parameters in the order of their registers.
pub fn parameters(parameters: &Parameters) -> impl Iterator<Item = &Parameter> {
    let positional = parameters.positional_only.iter().chain(&parameters.regular);
    positional.chain(&parameters.keyword_only).chain(&parameters.varargs).chain(&parameters.kwargs)
}

/// The default values in the order of evaluation.
pub fn each_default<'a>(parameters: &'a Parameters, visit: &mut dyn FnMut(&'a Expr)) {
    let positional = parameters.positional_only.iter().chain(&parameters.regular);
    positional.chain(&parameters.keyword_only).filter_map(|p| p.default.as_ref()).for_each(visit);
}

/// The annotated parameters in CPython's order of evaluation, which puts the positional-only
/// ones after the regular ones.
pub fn annotated(parameters: &Parameters) -> impl Iterator<Item = (&Parameter, &Expr)> {
    let positional = parameters.regular.iter().chain(&parameters.positional_only);
    let all = positional.chain(&parameters.varargs).chain(&parameters.keyword_only).chain(&parameters.kwargs);
    all.filter_map(|parameter| Some((parameter, parameter.annotation.as_ref()?)))
}

/// The expressions of a pattern (values, keys, classes), depth first.
pub fn each_pattern_value<'a>(pattern: &'a Pattern, visit: &mut dyn FnMut(&'a Expr)) {
    match &pattern.kind {
        PatternKind::Error
        | PatternKind::Wildcard
        | PatternKind::Capture(_)
        | PatternKind::Singleton(_)
        | PatternKind::Star(_) => {}
        PatternKind::Value(value) => visit(value),
        PatternKind::Sequence(items) | PatternKind::Or(items) => {
            items.iter().for_each(|item| each_pattern_value(item, visit));
        }
        PatternKind::Mapping(mapping) => {
            for (key, value) in &mapping.items {
                visit(key);
                each_pattern_value(value, visit);
            }
        }
        PatternKind::Class(class) => {
            visit(&class.class);
            class.positional.iter().for_each(|item| each_pattern_value(item, visit));
            class.keywords.iter().for_each(|(_, item)| each_pattern_value(item, visit));
        }
        PatternKind::As(inner, _) => each_pattern_value(inner, visit),
    }
}
