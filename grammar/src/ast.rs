//! The tree. Names follow CPython's `ast` module, so that its documentation is ours.
//!
//! Every node carries its span; every expression also its depth, so that a tree deeper than
//! [`MAX_DEPTH`] never exists and all later passes, `Drop` included, may recurse.

use crate::source::Span;
use num_bigint::BigInt;
use std::rc::Rc;

/// An expression nested deeper than this is replaced by [`ExprKind::Error`] and reported.
pub const MAX_DEPTH: u16 = 2000;

/// A name as written, NFKC-normalised as the language demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    pub name: Rc<str>,
    pub span: Span,
}

/// A whole file, or one input of a prompt.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module {
    pub body: Block,
}

/// The statements of a suite; never empty where the grammar asks for one.
pub type Block = Vec<Stmt>;

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    /// As CPython's positions: a tuple's span has its parentheses, another expression's has not.
    pub span: Span,
    /// 1 + the depth of the deepest child expression.
    pub depth: u16,
    /// Written inside parentheses of its own.
    pub parenthesized: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Stands where a diagnostic was reported.
    Error,
    Constant(Constant),
    Name(Rc<str>),
    /// An f-string, or a concatenation of string literals of which one is an f-string.
    JoinedStr(Vec<FStringPart>),
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Set(Vec<Expr>),
    Dict(Vec<DictItem>),
    ListComp(Box<Comprehension>),
    SetComp(Box<Comprehension>),
    GeneratorExp(Box<Comprehension>),
    /// `{key: element for ...}`.
    DictComp(Box<DictComprehension>),
    BinOp(Box<Expr>, Operator, Box<Expr>),
    /// Two or more operands of one operator, flat: `a and b and c`.
    BoolOp(BoolOperator, Vec<Expr>),
    UnaryOp(UnaryOperator, Box<Expr>),
    /// `left op0 x0 op1 x1 ...`, at least one pair.
    Compare(Box<Expr>, Vec<(CmpOp, Expr)>),
    IfExp(Box<IfExp>),
    Lambda(Box<Lambda>),
    /// `target := value`.
    NamedExpr(Identifier, Box<Expr>),
    Starred(Box<Expr>),
    Await(Box<Expr>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
    Call(Box<Call>),
    Attribute(Box<Expr>, Identifier),
    Subscript(Box<Expr>, Box<Expr>),
    /// Only directly below `Subscript`, or in the tuple below it.
    Slice(Box<Slice>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    /// Does not fit an `i64`.
    BigInt(Box<BigInt>),
    Float(f64),
    /// The imaginary part of a complex literal.
    Imaginary(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
}

/// A piece of an f-string.
#[derive(Debug, Clone, PartialEq)]
pub enum FStringPart {
    /// Decoded text.
    Literal(Rc<str>, Span),
    Field(Box<FStringField>),
}

/// `{value!r:spec}`.
#[derive(Debug, Clone, PartialEq)]
pub struct FStringField {
    pub value: Expr,
    /// With `=`: the text of the expression up to and including `=` and the blanks around it.
    pub debug_text: Option<Rc<str>>,
    pub conversion: Conversion,
    /// The parts of the format spec, `None` without a colon.
    pub spec: Option<Vec<FStringPart>>,
    pub span: Span,
    pub marks: FieldMarks,
}

/// Where in a field its signs stand; the end of the field without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldMarks {
    /// `!` before the conversion.
    pub bang: u32,
    /// `:` before the format spec.
    pub colon: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    None,
    Str,
    Repr,
    Ascii,
}

#[derive(Debug, Clone, PartialEq)]
pub enum DictItem {
    Pair(Expr, Expr),
    /// `**mapping`.
    Unpack(Expr),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    pub element: Expr,
    /// At least one.
    pub clauses: Vec<ComprehensionClause>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DictComprehension {
    pub key: Expr,
    pub value: Expr,
    pub clauses: Vec<ComprehensionClause>,
}

/// `[async] for target in iter if ... if ...`.
#[derive(Debug, Clone, PartialEq)]
pub struct ComprehensionClause {
    pub is_async: bool,
    pub target: Expr,
    pub iter: Expr,
    pub conditions: Vec<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IfExp {
    pub test: Expr,
    pub body: Expr,
    pub orelse: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Lambda {
    pub parameters: Parameters,
    pub body: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub function: Expr,
    pub arguments: Vec<Argument>,
    /// From the opening to the closing parenthesis.
    pub arguments_span: Span,
}

/// An argument of a call or a class statement, in the order written.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    Positional(Expr),
    /// `*iterable`, with the whole's span.
    Starred(Expr, Span),
    /// `name=value`, with the whole's span.
    Keyword(Identifier, Expr, Span),
    /// `**mapping`, with the whole's span.
    DoubleStarred(Expr, Span),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    pub lower: Option<Expr>,
    pub upper: Option<Expr>,
    pub step: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    Add,
    Sub,
    Mult,
    MatMult,
    Div,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
    FloorDiv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BoolOperator {
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    Invert,
    Not,
    UAdd,
    USub,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CmpOp {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

/// The parameters of a function, by kind, each kind in the order written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    pub positional_only: Vec<Parameter>,
    pub regular: Vec<Parameter>,
    /// `*args`; a bare `*` is not kept.
    pub varargs: Option<Parameter>,
    pub keyword_only: Vec<Parameter>,
    /// `**kwargs`.
    pub kwargs: Option<Parameter>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: Identifier,
    /// For `*args: *Ts` a `Starred` expression.
    pub annotation: Option<Expr>,
    pub default: Option<Expr>,
    /// Of name and annotation.
    pub span: Span,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    pub kind: StmtKind,
    /// From the first token (of a decorated definition: the keyword `def`, `async` or `class`,
    /// as CPython's `lineno`) to the last token of the statement, suites included.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// Stands where a diagnostic was reported.
    Error,
    Expr(Box<Expr>),
    /// `target = target = ... = value`; at least one target.
    Assign(Box<Assign>),
    AugAssign(Box<AugAssign>),
    AnnAssign(Box<AnnAssign>),
    Pass,
    Break,
    Continue,
    Return(Option<Box<Expr>>),
    Raise(Option<Box<Raise>>),
    Global(Vec<Identifier>),
    Nonlocal(Vec<Identifier>),
    /// Each target a name, attribute, subscript, or tuple/list of those.
    Delete(Vec<Expr>),
    Assert(Box<Assert>),
    Import(Vec<ImportAlias>),
    ImportFrom(Box<ImportFrom>),
    TypeAlias(Box<TypeAlias>),
    If(Box<If>),
    While(Box<While>),
    For(Box<For>),
    With(Box<With>),
    Try(Box<Try>),
    FunctionDef(Box<FunctionDef>),
    ClassDef(Box<ClassDef>),
    Match(Box<Match>),
}

impl StmtKind {
    /// Whether the statement has blocks.
    pub fn is_compound(&self) -> bool {
        matches!(
            self,
            Self::If(_)
                | Self::While(_)
                | Self::For(_)
                | Self::With(_)
                | Self::Try(_)
                | Self::FunctionDef(_)
                | Self::ClassDef(_)
                | Self::Match(_)
        )
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    pub targets: Vec<Expr>,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AugAssign {
    pub target: Expr,
    pub operator: Operator,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct AnnAssign {
    pub target: Expr,
    pub annotation: Expr,
    pub value: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Raise {
    pub exception: Expr,
    pub cause: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Assert {
    pub test: Expr,
    pub message: Option<Expr>,
}

/// `a.b.c as name`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportAlias {
    /// The dotted name; `*` alone in `from m import *`. For `from m import a`, just `a`.
    pub name: Identifier,
    pub asname: Option<Identifier>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ImportFrom {
    /// Number of leading dots.
    pub level: u32,
    pub module: Option<Identifier>,
    pub names: Vec<ImportAlias>,
}

/// `type Name[params] = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeAlias {
    pub name: Identifier,
    pub type_params: Vec<TypeParam>,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TypeParam {
    pub kind: TypeParamKind,
    pub name: Identifier,
    pub bound: Option<Expr>,
    pub default: Option<Expr>,
    /// Of the whole, stars included.
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeParamKind {
    TypeVar,
    TypeVarTuple,
    ParamSpec,
}

/// `if`/`elif` branches in order, flat.
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    pub branches: Vec<Branch>,
    pub orelse: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The word `if` or `elif`.
    pub keyword: Span,
    pub test: Expr,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct While {
    pub test: Expr,
    pub body: Block,
    /// Empty without `else`.
    pub orelse: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub is_async: bool,
    pub target: Expr,
    pub iter: Expr,
    pub body: Block,
    /// Empty without `else`.
    pub orelse: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct With {
    pub is_async: bool,
    pub items: Vec<WithItem>,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WithItem {
    pub context: Expr,
    pub target: Option<Expr>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    pub body: Block,
    /// The handlers are `except*`.
    pub is_star: bool,
    pub handlers: Vec<ExceptHandler>,
    /// Empty without `else`.
    pub orelse: Block,
    /// Empty without `finally`.
    pub finalbody: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ExceptHandler {
    /// `None` for a bare `except:`.
    pub kind: Option<Expr>,
    pub name: Option<Identifier>,
    pub body: Block,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDef {
    pub is_async: bool,
    pub decorators: Vec<Expr>,
    pub name: Identifier,
    pub type_params: Vec<TypeParam>,
    pub parameters: Parameters,
    pub returns: Option<Expr>,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClassDef {
    pub decorators: Vec<Expr>,
    pub name: Identifier,
    pub type_params: Vec<TypeParam>,
    pub arguments: Vec<Argument>,
    pub body: Block,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    pub subject: Expr,
    /// At least one.
    pub cases: Vec<MatchCase>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Block,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
    /// 1 + the depth of the deepest child pattern, limited like an expression's.
    pub depth: u16,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    /// Stands where a diagnostic was reported.
    Error,
    /// `_`.
    Wildcard,
    Capture(Identifier),
    /// A dotted name or a literal, compared with `==`.
    Value(Box<Expr>),
    /// `None`, `True`, `False`, compared with `is`.
    Singleton(Constant),
    Sequence(Vec<Pattern>),
    /// `*name` or `*_` in a sequence.
    Star(Option<Identifier>),
    Mapping(MappingPattern),
    Class(Box<ClassPattern>),
    Or(Vec<Pattern>),
    As(Box<Pattern>, Identifier),
}

#[derive(Debug, Clone, PartialEq)]
pub struct MappingPattern {
    pub items: Vec<(Expr, Pattern)>,
    /// `**rest`.
    pub rest: Option<Identifier>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClassPattern {
    /// A name or dotted name.
    pub class: Expr,
    pub positional: Vec<Pattern>,
    pub keywords: Vec<(Identifier, Pattern)>,
}
