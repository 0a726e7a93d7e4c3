//! What the rules make of a text: just enough of a tree to name things and to find the part that
//! is wrong.

use crate::source::Span;

/// Index of a node.
pub(super) type NodeId = u32;

macro_rules! kinds {
    ($( $(#[$doc:meta])* $kind:ident $name:literal, )*) => {
        /// What a node is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind {
            $( $(#[$doc])* $kind, )*
        }

        impl Kind {
            /// The kind that the rules call by this name.
            pub(super) fn named(name: &str) -> Option<Kind> {
                match name {
                    $( stringify!($kind) => Some(Kind::$kind), )*
                    _ => None,
                }
            }

            /// What messages call such an expression.
            pub(super) fn description(self) -> &'static str {
                match self {
                    $( Kind::$kind => $name, )*
                }
            }
        }
    };
}

kinds! {
    // Expressions, with CPython's names.
    Name "name",
    Literal "literal",
    Bytes "literal",
    FString "f-string expression",
    True "True",
    False "False",
    None "None",
    Ellipsis "ellipsis",
    Tuple "tuple",
    List "list",
    Set "set display",
    Dict "dict literal",
    ListComprehension "list comprehension",
    SetComprehension "set comprehension",
    DictComprehension "dict comprehension",
    Generator "generator expression",
    Call "function call",
    Attribute "attribute",
    Subscript "subscript",
    Starred "starred",
    Operation "expression",
    Comparison "comparison",
    Conditional "conditional expression",
    Lambda "lambda",
    Named "named expression",
    Yield "yield expression",
    Await "await expression",
    // Parts of them.
    Slice "slice",
    InPair "comparison",
    Clause "comprehension",
    Arguments "arguments",
    Keyword "keyword",
    Unpacked "keyword",
    Seq "sequence",
    Token "token",
    /// A token that CPython does not place.
    Nowhere "token",
    Nothing "nothing",
    Other "expression",
}

/// A node.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
    pub children: Vec<NodeId>,
}

/// All nodes of one reading.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    all: Vec<Node>,
}

/// Which expressions may stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Targets {
    Assigned,
    Deleted,
    /// The target of a loop: `in` does not belong to it.
    Looped,
}

impl Nodes {
    pub(super) fn add(&mut self, kind: Kind, span: Span, children: Vec<NodeId>) -> NodeId {
        self.all.push(Node { kind, span, children });
        self.all.len() as NodeId - 1
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Drop all but the first nodes.
    pub(super) fn truncate(&mut self, len: usize) {
        self.all.truncate(len);
    }

    pub(super) fn get(&self, id: NodeId) -> &Node {
        &self.all[id as usize]
    }

    /// A sequence of nodes; it reaches from the first to the last.
    pub(super) fn sequence(&mut self, children: Vec<NodeId>, place: Span) -> NodeId {
        let span = match (children.first(), children.last()) {
            (Some(&first), Some(&last)) => Span::new(self.get(first).span.start, self.get(last).span.end),
            _ => place,
        };
        self.add(Kind::Seq, span, children)
    }

    /// Children that are sequences become their parts, those that are missing nothing.
    pub(super) fn flattened(&self, children: &[NodeId]) -> Vec<NodeId> {
        let mut flat = Vec::with_capacity(children.len());
        for &child in children {
            let node = self.get(child);
            match node.kind {
                Kind::Seq => flat.extend(self.flattened(&node.children)),
                Kind::Nothing => {}
                _ => flat.push(child),
            }
        }
        flat
    }

    /// Where a node ends that is the end of a message's range: a comprehension's is the end of
    /// its last condition.
    pub(super) fn end_of(&self, id: NodeId) -> u32 {
        let node = self.get(id);
        match (node.kind, node.children.last()) {
            (Kind::Seq | Kind::Clause, Some(&last)) => self.end_of(last),
            _ => node.span.end,
        }
    }

    /// The part of a target that cannot be one.
    pub(super) fn invalid_target(&self, id: NodeId, targets: Targets) -> Option<NodeId> {
        let node = self.get(id);
        match node.kind {
            Kind::Tuple | Kind::List => {
                node.children.iter().find_map(|&child| self.invalid_target(child, targets))
            }
            Kind::Starred if targets != Targets::Deleted => {
                node.children.first().and_then(|&child| self.invalid_target(child, targets))
            }
            Kind::Comparison if targets == Targets::Looped => match node.children[..] {
                [left, pair, ..] if self.get(pair).kind == Kind::InPair => self.invalid_target(left, targets),
                _ => None,
            },
            Kind::Name | Kind::Attribute | Kind::Subscript => None,
            _ => Some(id),
        }
    }
}
