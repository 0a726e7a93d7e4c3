//! Tree to scopes: what every name is, and what the language forbids about names and places.
//! Knows nothing of instructions.
//!
//! Three passes: [`walk`] collects what each scope binds and uses, [`bind`] decides what each
//! name is, [`checks`] looks for statements and expressions where they may not stand.

mod bind;
mod checks;
pub mod future;
mod generic;
pub mod scope;
pub mod visit;
mod walk;

use apy_grammar::{Diagnostic, Phase, ast};

pub use scope::{Binding, Facts, Part, Scope, ScopeId, ScopeKind, Scopes, Symbol, mangle};

/// What resolving found: the scopes, and what is wrong with names and places. What is wrong
/// with the tree as such was found by the parser.
#[derive(Debug)]
pub struct Resolved {
    pub scopes: Scopes,
    /// Errors and warnings, in CPython's order: names first, then misplaced code.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the module itself awaits something.
    pub awaits: bool,
}

impl Resolved {
    /// Whether the program is refused.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.kind.is_error())
    }
}

/// The hidden variable in which a generic class finds its type parameters.
pub const TYPE_PARAMETERS: &str = ".type_params";
/// The hidden variable through which generic definitions and type aliases in a class read its
/// namespace.
pub const CLASS_DICT: &str = "__classdict__";

/// What is known of a module besides its tree.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances {
    /// Annotations are kept as text whether the module asks for that or not.
    pub future_annotations: bool,
    /// The variables of any function may be looked at.
    pub shows_locals: bool,
    /// The module itself may await: it is an input of a prompt with a running loop.
    pub may_await: bool,
}

/// Find the scopes of `module` and check it.
pub fn resolve(module: &ast::Module, circumstances: Circumstances) -> Resolved {
    let mut diagnostics = Vec::new();
    let annotations = future::annotations(module, &mut diagnostics);
    let scopes = Scopes::new(annotations || circumstances.future_annotations, circumstances.shows_locals);
    let mut scopes = walk::walk(module, scopes, &mut diagnostics);
    bind::bind(&mut scopes, &mut diagnostics);
    let awaits = checks::check(module, &scopes, circumstances.may_await, &mut diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.phase);
    Resolved { scopes, diagnostics, awaits }
}

/// An error about names.
fn scope_error(message: impl Into<String>, span: apy_grammar::Span) -> Diagnostic {
    Diagnostic::error(Phase::Scope, message, span)
}

/// An error that CPython's compiler finds, after all those about names.
fn compile_error(message: impl Into<String>, span: apy_grammar::Span) -> Diagnostic {
    Diagnostic::error(Phase::Compiler, message, span)
}
