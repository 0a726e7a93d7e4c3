//! Trees to programs for the matcher.

use super::fold;
use super::parse::Parsed;
use super::source::Refusal;
use super::tree::{Category, Greed, Item, MAX_REPEAT, Node, Place, Width, flag, width};
use crate::object::unicode;

/// A condition on one character.
pub enum One {
    Is(u32),
    IsNot(u32),
    /// One of a few that are the same but for case.
    Folded(Vec<u32>),
    Any,
    AnyButNewline,
    Set(Box<Set>),
}

impl One {
    #[inline]
    pub fn fits(&self, code: u32) -> bool {
        match self {
            One::Is(wanted) => code == *wanted,
            One::IsNot(wanted) => code != *wanted,
            One::Folded(codes) => codes.contains(&code),
            One::Any => true,
            One::AnyButNewline => code != 10,
            One::Set(set) => set.contains(code),
        }
    }
}

/// A set of characters.
pub struct Set {
    /// Whether each of the first 128 is in it.
    ascii: u128,
    items: Vec<Item>,
    negate: bool,
    flags: u32,
}

impl Set {
    fn new(items: Vec<Item>, negate: bool, flags: u32) -> Set {
        let mut set = Set { ascii: 0, items, negate, flags };
        for code in 0..128 {
            if set.find(code) {
                set.ascii |= 1 << code;
            }
        }
        set
    }

    #[inline]
    pub fn contains(&self, code: u32) -> bool {
        if code < 128 { self.ascii >> code & 1 == 1 } else { self.find(code) }
    }

    fn find(&self, code: u32) -> bool {
        let found = if self.flags & flag::IGNORECASE == 0 {
            self.has(code)
        } else {
            fold::same(code, self.flags).iter().any(|code| self.has(*code))
        };
        found != self.negate
    }

    fn has(&self, code: u32) -> bool {
        self.items.iter().any(|item| match item {
            Item::Range(low, high) => (*low..=*high).contains(&code),
            Item::Category(category) => is_of(*category, code, self.flags),
        })
    }
}

/// Whether a character is of a category.
pub fn is_of(category: Category, code: u32, flags: u32) -> bool {
    match category {
        Category::Digit => is_digit(code, flags),
        Category::NoDigit => !is_digit(code, flags),
        Category::Space => is_space(code, flags),
        Category::NoSpace => !is_space(code, flags),
        Category::Word => is_word(code, flags),
        Category::NoWord => !is_word(code, flags),
    }
}

fn wide(code: u32, flags: u32) -> Option<char> {
    if code < 128 || flags & flag::UNICODE == 0 { None } else { char::from_u32(code) }
}

fn is_digit(code: u32, flags: u32) -> bool {
    (0x30..=0x39).contains(&code) || wide(code, flags).is_some_and(|c| unicode::properties(c).is_decimal())
}

fn is_space(code: u32, flags: u32) -> bool {
    // In text the separators U+001C to U+001F are white space, for ASCII they are not.
    let separators = flags & flag::UNICODE != 0 && (0x1c..=0x1f).contains(&code);
    matches!(code, 9..=13 | 32) || separators || wide(code, flags).is_some_and(unicode::is_space)
}

/// Whether a character is part of a word.
pub fn is_word(code: u32, flags: u32) -> bool {
    match code {
        0..128 => code as u8 == b'_' || (code as u8).is_ascii_alphanumeric(),
        _ => wide(code, flags).is_some_and(|c| {
            let properties = unicode::properties(c);
            properties.is_alpha()
                || properties.is_decimal()
                || properties.is_digit()
                || properties.is_numeric()
        }),
    }
}

/// An instruction. Numbers of instructions are absolute.
pub enum Step {
    One(One),
    /// A run of characters, as they are in the text.
    Literal(Box<[u8]>),
    At(Place, u32),
    /// Go on at the first; if that fails at the second.
    Split(usize, usize),
    Jump(usize),
    /// A group begins or ends here.
    Mark(usize),
    RepeatOne {
        one: One,
        min: u32,
        max: u32,
        greed: Greed,
    },
    /// A loop begins.
    Begin(usize),
    /// The end of a loop's body, at which it is decided whether to go round once more.
    Loop {
        counter: usize,
        min: u32,
        max: u32,
        lazy: bool,
        body: usize,
    },
    /// What follows up to `Accept` is matched for good; then on to `end`.
    Atomic {
        end: usize,
    },
    Look {
        behind: Option<u64>,
        negate: bool,
        end: usize,
    },
    Backreference {
        group: usize,
        flags: u32,
    },
    /// On if the group has matched, otherwise to the other place.
    IfGroup {
        group: usize,
        otherwise: usize,
    },
    Fail,
    Accept,
}

/// A compiled pattern.
pub struct Program {
    pub steps: Vec<Step>,
    pub counters: usize,
    /// Number of groups, the whole match not counted.
    pub groups: usize,
    /// What every match begins with; empty if nothing is known.
    pub prefix: Vec<u8>,
    /// What the first character of a match must be.
    pub first: Option<One>,
    /// No match is shorter, in characters.
    pub least: u64,
}

struct Compiler<'p> {
    steps: Vec<Step>,
    counters: usize,
    widths: &'p [Option<Width>],
    is_text: bool,
}

/// Compile a pattern that has been parsed.
pub fn compile(parsed: &Parsed, is_text: bool) -> Result<Program, Refusal> {
    let mut compiler = Compiler { steps: Vec::new(), counters: 0, widths: &parsed.widths, is_text };
    compiler.nodes(&parsed.nodes, parsed.flags)?;
    compiler.steps.push(Step::Accept);
    let (least, _) = width(&parsed.nodes, &parsed.widths);
    let prefix = match compiler.steps.first() {
        Some(Step::Literal(bytes)) => bytes.to_vec(),
        _ => Vec::new(),
    };
    let first = first_of(&parsed.nodes, parsed.flags);
    let Compiler { steps, counters, .. } = compiler;
    Ok(Program { steps, counters, groups: parsed.groups, prefix, first, least })
}

/// What the first character of a match must be, where that is one condition.
fn first_of(nodes: &[Node], flags: u32) -> Option<One> {
    match nodes.first()? {
        node @ (Node::Literal(_) | Node::Set { .. }) => Some(one(node, flags)),
        Node::Repeat { min: 1.., body, .. } => first_of(body, flags),
        Node::Group { add: 0, remove: 0, body, .. } => first_of(body, flags),
        _ => None,
    }
}

fn one(node: &Node, flags: u32) -> One {
    match node {
        Node::Literal(code) if flags & flag::IGNORECASE != 0 => {
            let mut codes = fold::same(*code, flags);
            if codes.len() == 1 { One::Is(codes.remove(0)) } else { One::Folded(codes) }
        }
        Node::Literal(code) => One::Is(*code),
        Node::Any if flags & flag::DOTALL != 0 => One::Any,
        Node::Set { items, negate } => match (&**items, negate) {
            ([Item::Range(low, high)], true) if low == high && flags & flag::IGNORECASE == 0 => {
                One::IsNot(*low)
            }
            _ => One::Set(Box::new(Set::new(items.clone(), *negate, flags))),
        },
        // Callers pass conditions on one character.
        _ => One::AnyButNewline,
    }
}

impl Compiler<'_> {
    fn nodes(&mut self, nodes: &[Node], flags: u32) -> Result<(), Refusal> {
        let mut rest = nodes;
        while let [node, after @ ..] = rest {
            if flags & flag::IGNORECASE == 0
                && let Node::Literal(_) = node
            {
                let run = rest.iter().take_while(|node| matches!(node, Node::Literal(_))).count();
                self.literal(&rest[..run]);
                rest = &rest[run..];
                continue;
            }
            self.node(node, flags)?;
            rest = after;
        }
        Ok(())
    }

    fn literal(&mut self, run: &[Node]) {
        let mut bytes = Vec::with_capacity(run.len());
        for node in run {
            let Node::Literal(code) = node else { continue };
            if self.is_text {
                let character = super::source::shown(*code);
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                bytes.push(*code as u8);
            }
        }
        self.steps.push(Step::Literal(bytes.into()));
    }

    fn here(&self) -> usize {
        self.steps.len()
    }

    fn node(&mut self, node: &Node, flags: u32) -> Result<(), Refusal> {
        match node {
            Node::Literal(_) | Node::Any | Node::Set { .. } => self.steps.push(Step::One(one(node, flags))),
            Node::At(place) => self.steps.push(Step::At(*place, flags)),
            Node::Branch(branches) => self.branch(branches, flags)?,
            Node::Group { index, add, remove, body } => {
                let kept = if add & flag::TYPES != 0 { flags & !flag::TYPES } else { flags };
                let inner = (kept | add) & !remove;
                if let Some(index) = index {
                    self.steps.push(Step::Mark(index * 2));
                }
                self.nodes(body, inner)?;
                if let Some(index) = index {
                    self.steps.push(Step::Mark(index * 2 + 1));
                }
            }
            Node::Repeat { min, max, greed, body } => self.repeat(*min, *max, *greed, body, flags)?,
            Node::Atomic(body) => self.closed(body, flags, |end| Step::Atomic { end })?,
            Node::Look { behind, negate, body } => {
                let negate = *negate;
                let behind = match behind {
                    true => match width(body, self.widths) {
                        (low, high) if low == high => Some(low),
                        _ => {
                            let message = "look-behind requires fixed-width pattern".to_owned();
                            return Err(Refusal::Pattern(message, None));
                        }
                    },
                    false => None,
                };
                self.closed(body, flags, |end| Step::Look { behind, negate, end })?;
            }
            Node::Backreference(group) => self.steps.push(Step::Backreference { group: *group, flags }),
            Node::Conditional { group, yes, no } => {
                let start = self.here();
                self.steps.push(Step::Fail);
                self.nodes(yes, flags)?;
                let mut otherwise = self.here();
                if let Some(no) = no {
                    self.steps.push(Step::Fail);
                    otherwise += 1;
                    self.nodes(no, flags)?;
                    let end = self.here();
                    self.steps[otherwise - 1] = Step::Jump(end);
                }
                self.steps[start] = Step::IfGroup { group: *group, otherwise };
            }
            Node::Fail => self.steps.push(Step::Fail),
        }
        Ok(())
    }

    /// A body with an end of its own, after the step that begins it.
    fn closed(&mut self, body: &[Node], flags: u32, step: impl FnOnce(usize) -> Step) -> Result<(), Refusal> {
        let start = self.here();
        self.steps.push(Step::Fail);
        self.nodes(body, flags)?;
        self.steps.push(Step::Accept);
        let end = self.here();
        self.steps[start] = step(end);
        Ok(())
    }

    fn branch(&mut self, branches: &[Vec<Node>], flags: u32) -> Result<(), Refusal> {
        let mut jumps = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let split = self.here();
            let is_last = index + 1 == branches.len();
            if !is_last {
                self.steps.push(Step::Fail);
            }
            self.nodes(branch, flags)?;
            if !is_last {
                jumps.push(self.here());
                self.steps.push(Step::Fail);
                self.steps[split] = Step::Split(split + 1, self.here());
            }
        }
        let end = self.here();
        for jump in jumps {
            self.steps[jump] = Step::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, min: u32, max: u32, greed: Greed, body: &[Node], flags: u32) -> Result<(), Refusal> {
        if let [node @ (Node::Literal(_) | Node::Any | Node::Set { .. })] = body {
            self.steps.push(Step::RepeatOne { one: one(node, flags), min, max, greed });
            return Ok(());
        }
        if greed == Greed::Possessive {
            let node = Node::Repeat { min, max, greed: Greed::Greedy, body: body.to_vec() };
            return self.closed(&[node], flags, |end| Step::Atomic { end });
        }
        let counter = self.counters;
        self.counters += 1;
        self.steps.push(Step::Begin(counter));
        let jump = self.here();
        self.steps.push(Step::Fail);
        let start = self.here();
        self.nodes(body, flags)?;
        self.steps[jump] = Step::Jump(self.here());
        let lazy = greed == Greed::Lazy;
        self.steps.push(Step::Loop { counter, min, max, lazy, body: start });
        Ok(())
    }
}

/// Whether a count has not reached its end.
#[inline]
pub fn below(count: u32, max: u32) -> bool {
    max == MAX_REPEAT || count < max
}
