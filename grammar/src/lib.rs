//! Text to tree: everything about apy's text and nothing about running it.
#![deny(unsafe_code)]

pub mod ast;
pub mod diagnostic;
pub mod source;

pub use diagnostic::{Diagnostic, DiagnosticKind, Label, Phase};
pub use source::{Position, SourceFile, Span};
