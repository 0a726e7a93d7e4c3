//! What is said about a text: errors and warnings as data. Drawing them is another's job.

use crate::source::Span;

/// In which phase CPython would find the fault. `compile()` raises the first diagnostic of
/// the lowest phase; a rendered report shows all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// What CPython's parser raises, known for sure.
    Verdict,
    /// Characters, strings, indentation, brackets.
    Tokenizer,
    /// The grammar.
    Parser,
    /// What the tree allows (assignment targets, argument order, ...).
    Tree,
    /// Names and scopes (`nonlocal`, misplaced `return`, ...).
    Scope,
    /// What the compiler refuses, "not supported yet" included.
    Compiler,
}

/// The exception class (or warning category) that the diagnostic becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DiagnosticKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// A `SyntaxWarning`: reported, the program still runs.
    SyntaxWarning,
}

impl DiagnosticKind {
    /// The class name as Python spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SyntaxError => "SyntaxError",
            Self::IndentationError => "IndentationError",
            Self::TabError => "TabError",
            Self::SyntaxWarning => "SyntaxWarning",
        }
    }

    /// Whether the program is refused.
    pub fn is_error(self) -> bool {
        self != Self::SyntaxWarning
    }
}

/// A remark tied to a place in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// What CPython writes into the error: its numbers follow from how far its tokenizer had read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    pub line: i64,
    pub offset: i64,
    pub end_line: i64,
    pub end_offset: i64,
    /// What it quotes.
    pub text: String,
}

/// One thing said about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub kind: DiagnosticKind,
    pub phase: Phase,
    /// CPython's wording where CPython has one.
    pub message: String,
    /// The main place; its start is the reported line and column.
    pub span: Span,
    /// Further places, in any order.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: Vec<String>,
    /// The text may be the beginning of a right one: a prompt should ask for more.
    pub incomplete: bool,
    /// The attributes of the exception, where they do not follow from the span.
    pub exact: Option<Box<Exact>>,
}

impl Diagnostic {
    /// A `SyntaxError` of the given phase.
    pub fn error(phase: Phase, message: impl Into<String>, span: Span) -> Self {
        Self {
            kind: DiagnosticKind::SyntaxError,
            phase,
            message: message.into(),
            span,
            labels: Vec::new(),
            help: Vec::new(),
            incomplete: false,
            exact: None,
        }
    }

    /// The same with another kind.
    pub fn with_kind(mut self, kind: DiagnosticKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with one more label.
    pub fn with_label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// The same with one more help line.
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// The same, marked as possibly unfinished input.
    pub fn with_incomplete(mut self) -> Self {
        self.incomplete = true;
        self
    }
}
