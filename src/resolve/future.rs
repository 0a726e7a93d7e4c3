//! `from __future__ import ...`: which features a module asks for.

use super::{compile_error, scope_error};
use apy_grammar::Diagnostic;
use apy_grammar::ast::{Constant, Expr, ExprKind, ImportFrom, Module, Stmt, StmtKind};

/// Features that the language has by default, all but the last since long ago.
const FEATURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// Whether `annotations` is asked for; wrong features and misplaced imports are reported.
pub(super) fn annotations(module: &Module, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let mut found = false;
    let mut allowed = true;
    for (index, stmt) in module.body.iter().enumerate() {
        match &stmt.kind {
            StmtKind::ImportFrom(import) if is_future(import) => {
                if !allowed {
                    let text = "from __future__ imports must occur at the beginning of the file";
                    diagnostics.push(compile_error(text, stmt.span));
                    continue;
                }
                for alias in &import.names {
                    match &*alias.name.name {
                        "annotations" => found = true,
                        "braces" => diagnostics.push(scope_error("not a chance", stmt.span)),
                        "barry_as_FLUFL" => {
                            let text = "barry_as_FLUFL is not supported yet by apy";
                            diagnostics.push(compile_error(text, stmt.span));
                        }
                        name if FEATURES.contains(&name) => {}
                        name => {
                            let text = format!("future feature {name} is not defined");
                            diagnostics.push(scope_error(text, stmt.span));
                        }
                    }
                }
            }
            _ if index == 0 && is_docstring(stmt) => {}
            _ => allowed = false,
        }
    }
    found
}

/// Whether this imports from `__future__`.
pub fn is_future(import: &ImportFrom) -> bool {
    import.level == 0 && import.module.as_ref().is_some_and(|module| &*module.name == "__future__")
}

fn is_docstring(stmt: &Stmt) -> bool {
    let StmtKind::Expr(value) = &stmt.kind else { return false };
    matches!(&**value, Expr { kind: ExprKind::Constant(Constant::Str(_)), .. })
}
