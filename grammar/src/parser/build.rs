//! Making nodes: names are interned, depths are counted, trees that are too deep are refused.

use crate::ast::ComprehensionClause;
use crate::ast::{
    Argument, DictItem, Expr, ExprKind, FStringPart, Identifier, MAX_DEPTH, Parameters, Pattern, PatternKind,
};
use crate::decode;
use crate::source::{SourceFile, Span};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

/// What all rules share.
pub(crate) struct Context<'t> {
    pub(crate) source: &'t SourceFile,
    names: RefCell<HashSet<Rc<str>>>,
    /// The first expression that was too deep.
    too_deep: Cell<Option<Span>>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(source: &'t SourceFile) -> Self {
        Self { source, names: RefCell::default(), too_deep: Cell::new(None) }
    }

    /// Where an expression was left out because it was too deep.
    pub(crate) fn too_deep(&self) -> Option<Span> {
        self.too_deep.get()
    }

    pub(crate) fn text(&self, span: Span) -> &'t str {
        self.source.slice(span)
    }

    /// One shared string per spelling.
    pub(crate) fn intern(&self, text: &str) -> Rc<str> {
        let mut names = self.names.borrow_mut();
        if let Some(name) = names.get(text) {
            return name.clone();
        }
        let name: Rc<str> = text.into();
        names.insert(name.clone());
        name
    }

    /// The name written at `span`, normalised.
    pub(crate) fn name_text(&self, span: Span) -> Rc<str> {
        let text = self.text(span);
        match decode::normalize(text) {
            Some(normal) => self.intern(&normal),
            None => self.intern(text),
        }
    }

    pub(crate) fn identifier(&self, span: Span) -> Identifier {
        Identifier { name: self.name_text(span), span }
    }

    /// An expression, with its depth; [`ExprKind::Error`] if that is too much.
    pub(crate) fn expr(&self, kind: ExprKind, span: Span) -> Expr {
        let children = depth_below(&kind);
        self.expr_with_depth(kind, span, children)
    }

    /// The same where the depth of the children is known.
    pub(crate) fn expr_with_depth(&self, kind: ExprKind, span: Span, children: u16) -> Expr {
        if children >= MAX_DEPTH {
            self.note_too_deep(span);
            return Expr { kind: ExprKind::Error, span, depth: 1, parenthesized: false };
        }
        Expr { kind, span, depth: children + 1, parenthesized: false }
    }

    pub(crate) fn pattern(&self, kind: PatternKind, span: Span) -> Pattern {
        let children = pattern_depth_below(&kind);
        if children >= MAX_DEPTH {
            self.note_too_deep(span);
            return Pattern { kind: PatternKind::Error, span, depth: 1 };
        }
        Pattern { kind, span, depth: children + 1 }
    }

    fn note_too_deep(&self, span: Span) {
        if self.too_deep.get().is_none_or(|first| span.start < first.start) {
            self.too_deep.set(Some(span));
        }
    }
}

fn deepest<'a>(expressions: impl IntoIterator<Item = &'a Expr>) -> u16 {
    expressions.into_iter().map(|expr| expr.depth).max().unwrap_or(0)
}

/// The depth of the deepest child.
pub(crate) fn depth_below(kind: &ExprKind) -> u16 {
    match kind {
        ExprKind::Error | ExprKind::Constant(_) | ExprKind::Name(_) => 0,
        ExprKind::JoinedStr(parts) => parts_depth(parts),
        ExprKind::Tuple(items)
        | ExprKind::List(items)
        | ExprKind::Set(items)
        | ExprKind::BoolOp(_, items) => deepest(items),
        ExprKind::Dict(items) => items.iter().map(dict_item_depth).max().unwrap_or(0),
        ExprKind::ListComp(comp) | ExprKind::SetComp(comp) | ExprKind::GeneratorExp(comp) => {
            comp.element.depth.max(clauses_depth(&comp.clauses))
        }
        ExprKind::DictComp(comp) => comp.key.depth.max(comp.value.depth).max(clauses_depth(&comp.clauses)),
        ExprKind::BinOp(left, _, right) | ExprKind::Subscript(left, right) => left.depth.max(right.depth),
        ExprKind::UnaryOp(_, operand)
        | ExprKind::NamedExpr(_, operand)
        | ExprKind::Starred(operand)
        | ExprKind::Await(operand)
        | ExprKind::YieldFrom(operand)
        | ExprKind::Attribute(operand, _) => operand.depth,
        ExprKind::Yield(value) => value.as_ref().map_or(0, |value| value.depth),
        ExprKind::Compare(first, rest) => first.depth.max(deepest(rest.iter().map(|(_, operand)| operand))),
        ExprKind::IfExp(parts) => deepest([&parts.test, &parts.body, &parts.orelse]),
        ExprKind::Lambda(lambda) => lambda.body.depth.max(parameters_depth(&lambda.parameters)),
        ExprKind::Call(call) => {
            let arguments = call.arguments.iter().map(|argument| match argument {
                Argument::Positional(value)
                | Argument::Starred(value, _)
                | Argument::Keyword(_, value, _)
                | Argument::DoubleStarred(value, _) => value.depth,
            });
            arguments.max().unwrap_or(0).max(call.function.depth)
        }
        ExprKind::Slice(slice) => {
            deepest([&slice.lower, &slice.upper, &slice.step].into_iter().filter_map(|bound| bound.as_ref()))
        }
    }
}

fn parts_depth(parts: &[FStringPart]) -> u16 {
    let depths = parts.iter().map(|part| match part {
        FStringPart::Literal(..) => 0,
        // A spec is a node of its own, so that a chain of specs cannot hide from the limit.
        FStringPart::Field(field) => {
            field.value.depth.max(field.spec.as_ref().map_or(0, |spec| parts_depth(spec).saturating_add(1)))
        }
    });
    depths.max().unwrap_or(0)
}

fn dict_item_depth(item: &DictItem) -> u16 {
    match item {
        DictItem::Pair(key, value) => key.depth.max(value.depth),
        DictItem::Unpack(value) => value.depth,
    }
}

fn clauses_depth(clauses: &[ComprehensionClause]) -> u16 {
    let depths = clauses
        .iter()
        .map(|clause| clause.target.depth.max(clause.iter.depth).max(deepest(&clause.conditions)));
    depths.max().unwrap_or(0)
}

fn parameters_depth(parameters: &Parameters) -> u16 {
    let plain = parameters.positional_only.iter().chain(&parameters.regular).chain(&parameters.keyword_only);
    let all = plain.chain(&parameters.varargs).chain(&parameters.kwargs);
    deepest(all.flat_map(|parameter| parameter.annotation.iter().chain(&parameter.default)))
}

/// The depth of the deepest child.
pub(crate) fn pattern_depth_below(kind: &PatternKind) -> u16 {
    let most = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.depth).max().unwrap_or(0);
    match kind {
        PatternKind::Error
        | PatternKind::Wildcard
        | PatternKind::Capture(_)
        | PatternKind::Singleton(_)
        | PatternKind::Star(_) => 0,
        PatternKind::Value(value) => value.depth,
        PatternKind::Sequence(items) | PatternKind::Or(items) => most(items),
        PatternKind::Mapping(mapping) => {
            mapping.items.iter().map(|(key, value)| key.depth.max(value.depth)).max().unwrap_or(0)
        }
        PatternKind::Class(class) => {
            let keywords = class.keywords.iter().map(|(_, pattern)| pattern.depth).max().unwrap_or(0);
            class.class.depth.max(most(&class.positional)).max(keywords)
        }
        PatternKind::As(pattern, _) => pattern.depth,
    }
}
