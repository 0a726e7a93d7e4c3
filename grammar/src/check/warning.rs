//! `SyntaxWarning`s: code that is legal and surely not meant.

use super::Check;
use crate::ast::*;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::source::Span;

impl Check<'_> {
    fn warning(&mut self, message: impl Into<String>, span: Span) {
        let diagnostic = Diagnostic::error(Phase::Compiler, message, span);
        self.out.push(diagnostic.with_kind(DiagnosticKind::SyntaxWarning));
    }

    /// A tuple is true unless it is empty, so such an assertion never fails.
    pub(super) fn assertion(&mut self, test: &Expr) {
        let is_true = match &test.kind {
            ExprKind::Tuple(items) => !items.is_empty(),
            _ => false,
        };
        if is_true {
            self.warning("assertion is always true, perhaps remove parentheses?", test.span);
        }
    }

    /// Calls, subscripts and identity tests of things that have none.
    pub(super) fn warn(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call(call) => {
                if let Some(name) = uncallable(&call.function.kind) {
                    let message = format!("'{name}' object is not callable; perhaps you missed a comma?");
                    self.warning(message, expr.span);
                }
            }
            ExprKind::Subscript(object, index) => {
                if let Some(name) = unsubscriptable(&object.kind) {
                    let message =
                        format!("'{name}' object is not subscriptable; perhaps you missed a comma?");
                    self.warning(message, expr.span);
                } else if let (Some(name), Some(index)) = (indexable(&object.kind), bad_index(&index.kind)) {
                    let message = format!(
                        "{name} indices must be integers or slices, not {index}; perhaps you missed a comma?"
                    );
                    self.warning(message, expr.span);
                }
            }
            ExprKind::Compare(first, rest) => self.identity(first, rest, expr.span),
            _ => {}
        }
    }

    /// `is` with a literal depends on what the interpreter happens to share.
    fn identity(&mut self, first: &Expr, rest: &[(CmpOp, Expr)], span: Span) {
        let mut left = first;
        for (operator, right) in rest {
            let (sign, meant) = match operator {
                CmpOp::Is => ("is", "=="),
                CmpOp::IsNot => ("is not", "!="),
                _ => {
                    left = right;
                    continue;
                }
            };
            if let Some(name) = literal_type(left).or_else(|| literal_type(right)) {
                self.warning(format!("\"{sign}\" with '{name}' literal. Did you mean \"{meant}\"?"), span);
                return;
            }
            left = right;
        }
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

/// The type of a constant that has no identity to speak of.
fn literal_type(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Constant(Constant::None | Constant::True | Constant::False | Constant::Ellipsis) => None,
        ExprKind::Constant(constant) => Some(constant_type(constant)),
        // CPython folds a sign and its number into a constant first,
        ExprKind::UnaryOp(UnaryOperator::USub | UnaryOperator::UAdd, operand) => match operand.kind {
            ExprKind::Constant(_) => literal_type(operand),
            _ => None,
        },
        // and a tuple of constants likewise.
        ExprKind::Tuple(items) if items.iter().all(is_constant) => Some("tuple"),
        _ => None,
    }
}

fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Constant(_) => true,
        ExprKind::Tuple(items) => items.iter().all(is_constant),
        _ => false,
    }
}

fn uncallable(kind: &ExprKind) -> Option<&'static str> {
    Some(match kind {
        ExprKind::Constant(constant) => constant_type(constant),
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp(_) => "list",
        ExprKind::Dict(_) | ExprKind::DictComp(_) => "dict",
        ExprKind::Set(_) | ExprKind::SetComp(_) => "set",
        ExprKind::GeneratorExp(_) => "generator",
        ExprKind::JoinedStr(_) => "str",
        _ => return None,
    })
}

fn unsubscriptable(kind: &ExprKind) -> Option<&'static str> {
    Some(match kind {
        ExprKind::Constant(Constant::Str(_) | Constant::Bytes(_)) => return None,
        ExprKind::Constant(constant) => constant_type(constant),
        ExprKind::Set(_) | ExprKind::SetComp(_) => "set",
        ExprKind::GeneratorExp(_) => "generator",
        ExprKind::Lambda(_) => "function",
        _ => return None,
    })
}

fn indexable(kind: &ExprKind) -> Option<&'static str> {
    Some(match kind {
        ExprKind::Constant(Constant::Str(_)) | ExprKind::JoinedStr(_) => "str",
        ExprKind::Constant(Constant::Bytes(_)) => "bytes",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp(_) => "list",
        _ => return None,
    })
}

fn bad_index(kind: &ExprKind) -> Option<&'static str> {
    Some(match kind {
        ExprKind::Constant(Constant::Int(_) | Constant::BigInt(_) | Constant::True | Constant::False) => {
            return None;
        }
        ExprKind::Constant(constant) => constant_type(constant),
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp(_) => "list",
        ExprKind::Dict(_) | ExprKind::DictComp(_) => "dict",
        ExprKind::Set(_) | ExprKind::SetComp(_) => "set",
        ExprKind::GeneratorExp(_) => "generator",
        ExprKind::JoinedStr(_) => "str",
        ExprKind::Lambda(_) => "function",
        _ => return None,
    })
}
