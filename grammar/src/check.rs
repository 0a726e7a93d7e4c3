//! What the tree allows.
use crate::ast::Module;
use crate::diagnostic::Diagnostic;

/// Check a whole tree.
pub(crate) fn check(_module: &Module, _out: &mut Vec<Diagnostic>) {}
