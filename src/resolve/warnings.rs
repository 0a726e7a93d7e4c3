//! The `SyntaxWarning`s of CPython's compiler.

use apy_grammar::ast::{CmpOp, Constant, Expr, ExprKind};
use apy_grammar::{Diagnostic, DiagnosticKind, Phase, Span};

fn warn(message: String, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let diagnostic = Diagnostic::error(Phase::Compiler, message, span);
    diagnostics.push(diagnostic.with_kind(DiagnosticKind::SyntaxWarning));
}

/// `assert (condition, "message")`.
pub(super) fn assertion(test: &Expr, span: Span, diagnostics: &mut Vec<Diagnostic>) {
    if matches!(&test.kind, ExprKind::Tuple(items) if !items.is_empty()) {
        warn("assertion is always true, perhaps remove parentheses?".to_owned(), span, diagnostics);
    }
}

/// `x is 1`.
pub(super) fn comparison(left: &Expr, rest: &[(CmpOp, Expr)], span: Span, diagnostics: &mut Vec<Diagnostic>) {
    let mut left = left;
    for (op, right) in rest {
        let literal = [left, right].into_iter().find_map(identity_literal);
        let text = match (op, literal) {
            (CmpOp::Is, Some(kind)) => format!("\"is\" with '{kind}' literal. Did you mean \"==\"?"),
            (CmpOp::IsNot, Some(kind)) => format!("\"is not\" with '{kind}' literal. Did you mean \"!=\"?"),
            _ => {
                left = right;
                continue;
            }
        };
        return warn(text, span, diagnostics);
    }
}

/// The type of a literal whose identity means nothing.
fn identity_literal(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Constant(Constant::None | Constant::True | Constant::False | Constant::Ellipsis) => None,
        ExprKind::Constant(constant) => Some(constant_type(constant)),
        ExprKind::Tuple(items) => {
            let literal =
                |item: &Expr| matches!(item.kind, ExprKind::Constant(_)) || identity_literal(item).is_some();
            items.iter().all(literal).then_some("tuple")
        }
        _ => None,
    }
}

/// `"text"(...)`: probably a missing comma.
pub(super) fn call(function: &Expr, diagnostics: &mut Vec<Diagnostic>) {
    let kind = match &function.kind {
        ExprKind::Lambda(_) => return,
        _ => match display_type(function) {
            Some(kind) => kind,
            None => return,
        },
    };
    let text = format!("'{kind}' object is not callable; perhaps you missed a comma?");
    warn(text, function.span, diagnostics);
}

/// `[...]["text"]` and `{...}[...]`: probably a missing comma.
pub(super) fn subscript(value: &Expr, index: &Expr, diagnostics: &mut Vec<Diagnostic>) {
    let Some(kind) = display_type(value) else { return };
    match kind {
        "dict" => {}
        "str" | "bytes" | "tuple" | "list" => {
            let Some(index_kind) = display_type(index) else { return };
            if matches!(index_kind, "int" | "bool") {
                return;
            }
            let text = format!(
                "{kind} indices must be integers or slices, not {index_kind}; perhaps you missed a comma?"
            );
            warn(text, value.span, diagnostics);
        }
        _ => {
            let text = format!("'{kind}' object is not subscriptable; perhaps you missed a comma?");
            warn(text, value.span, diagnostics);
        }
    }
}

/// The type that a literal or display plainly has.
fn display_type(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Constant(constant) => Some(constant_type(constant)),
        ExprKind::Tuple(_) => Some("tuple"),
        ExprKind::List(_) | ExprKind::ListComp(_) => Some("list"),
        ExprKind::Dict(_) | ExprKind::DictComp(_) => Some("dict"),
        ExprKind::Set(_) | ExprKind::SetComp(_) => Some("set"),
        ExprKind::GeneratorExp(_) => Some("generator"),
        ExprKind::Lambda(_) => Some("function"),
        ExprKind::JoinedStr(_) => Some("str"),
        _ => None,
    }
}

fn constant_type(constant: &Constant) -> &'static str {
    match constant {
        Constant::None => "NoneType",
        Constant::True | Constant::False => "bool",
        Constant::Ellipsis => "ellipsis",
        Constant::Int(_) | Constant::BigInt(_) => "int",
        Constant::Float(_) => "float",
        Constant::Imaginary(_) => "complex",
        Constant::Str(_) => "str",
        Constant::Bytes(_) => "bytes",
    }
}
