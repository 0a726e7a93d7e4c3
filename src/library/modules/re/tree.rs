//! What a pattern means: the tree that the parser makes and the compiler walks.

/// Flags, with the numbers that scripts see.
pub mod flag {
    pub const IGNORECASE: u32 = 2;
    pub const LOCALE: u32 = 4;
    pub const MULTILINE: u32 = 8;
    pub const DOTALL: u32 = 16;
    pub const UNICODE: u32 = 32;
    pub const VERBOSE: u32 = 64;
    pub const DEBUG: u32 = 128;
    pub const ASCII: u32 = 256;
    /// Those that exclude each other.
    pub const TYPES: u32 = ASCII | LOCALE | UNICODE;
}

/// The greatest count of a repetition; it stands for "without end".
pub const MAX_REPEAT: u32 = u32::MAX;

/// Places that a pattern can ask for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// `^`
    Beginning,
    /// `\A`
    BeginningOfText,
    /// `\b`
    Boundary,
    /// `\B`
    NoBoundary,
    /// `$`
    End,
    /// `\Z`
    EndOfText,
}

/// `\d`, `\s`, `\w` and their opposites.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Category {
    Digit,
    NoDigit,
    Space,
    NoSpace,
    Word,
    NoWord,
}

/// A part of a set in brackets.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Range(u32, u32),
    Category(Category),
}

/// How often is tried first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Greed {
    Greedy,
    Lazy,
    /// Greedy, and nothing is given back.
    Possessive,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Literal(u32),
    Any,
    Set { items: Vec<Item>, negate: bool },
    At(Place),
    Branch(Vec<Vec<Node>>),
    Group { index: Option<usize>, add: u32, remove: u32, body: Vec<Node> },
    Repeat { min: u32, max: u32, greed: Greed, body: Vec<Node> },
    Atomic(Vec<Node>),
    Look { behind: bool, negate: bool, body: Vec<Node> },
    Backreference(usize),
    Conditional { group: usize, yes: Vec<Node>, no: Option<Vec<Node>> },
    Fail,
}

/// How many characters something can be long: at least, at most.
pub type Width = (u64, u64);

/// More than any text is long.
pub const MAX_WIDTH: u64 = 1 << 62;

/// The width of nodes in a row; `groups` are the widths of the groups that are closed.
pub fn width(nodes: &[Node], groups: &[Option<Width>]) -> Width {
    let (mut low, mut high) = (0_u64, 0_u64);
    for node in nodes {
        let (least, most) = node_width(node, groups);
        low = low.saturating_add(least).min(MAX_WIDTH);
        high = high.saturating_add(most).min(MAX_WIDTH);
    }
    (low, high)
}

fn node_width(node: &Node, groups: &[Option<Width>]) -> Width {
    match node {
        Node::Literal(_) | Node::Any | Node::Set { .. } => (1, 1),
        Node::At(_) | Node::Look { .. } | Node::Fail => (0, 0),
        Node::Branch(branches) => {
            let widths = branches.iter().map(|branch| width(branch, groups));
            widths.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
        }
        Node::Group { body, .. } | Node::Atomic(body) => width(body, groups),
        Node::Repeat { min, max, body, .. } => {
            let (least, most) = width(body, groups);
            let high = match *max {
                MAX_REPEAT if most > 0 => MAX_WIDTH,
                max => most.saturating_mul(max.into()),
            };
            (least.saturating_mul((*min).into()), high)
        }
        Node::Backreference(group) => groups.get(*group).copied().flatten().unwrap_or((0, 0)),
        Node::Conditional { yes, no, .. } => {
            let (low, high) = width(yes, groups);
            match no {
                Some(no) => {
                    let other = width(no, groups);
                    (low.min(other.0), high.max(other.1))
                }
                None => (0, high),
            }
        }
    }
}
