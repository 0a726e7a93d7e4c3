//! Runs the rules over the tokens: an interpreter of parsing expressions with memory.

use super::node::{Kind, NodeId, Nodes};
use super::raise::Raised;
use super::table::{Alternative, Class, Complaint, Item, Make, RuleId, Table, table};
use super::tokens::{Stop, Stream, Tok};
use crate::Mode;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};
use crate::token::TokenKind as T;

/// Stack that must be left for one more rule, and what is added when it is not.
const RED_ZONE: usize = 128 << 10;
const MORE_STACK: usize = 4 << 20;

/// What a rule has read, or that it does not match.
pub(super) type Matched = Result<Option<NodeId>, Raised>;

/// Named parts of an alternative.
pub(super) type Bound = Vec<(char, NodeId)>;

/// What a rule made of a place: a node and the token behind it.
struct Memory {
    rule: RuleId,
    is_strict: bool,
    node: Option<NodeId>,
    mark: u32,
}

/// A parser in the middle of its work.
pub(super) struct Machine<'t> {
    pub(super) source: &'t SourceFile,
    pub(super) mode: Mode,
    pub(super) tokens: Vec<Tok>,
    pub(super) stop: Stop,
    pub(super) stop_read: u32,
    /// How many tokens were asked for.
    pub(super) fetched: usize,
    /// Index of the next token.
    pub(super) mark: usize,
    pub(super) nodes: Nodes,
    table: &'static Table,
    /// Whether the rules for wrong text are on.
    is_strict: bool,
    /// What rules made of each place.
    memory: Vec<Vec<Memory>>,
    /// Blocks that are being read.
    open_blocks: usize,
    /// Nothing is remembered of the places before.
    forgotten: usize,
}

impl<'t> Machine<'t> {
    pub(super) fn new(source: &'t SourceFile, mode: Mode, stream: Stream) -> Self {
        Machine {
            source,
            mode,
            tokens: stream.tokens,
            stop: stream.stop,
            stop_read: stream.stop_read,
            fetched: 0,
            mark: 0,
            nodes: Nodes::default(),
            table: table(),
            is_strict: false,
            memory: Vec::new(),
            open_blocks: 0,
            forgotten: 0,
        }
    }

    /// Read the text twice, if need be, and find the words for what is wrong.
    pub(super) fn judge(&mut self) -> Option<Diagnostic> {
        let start = match self.mode {
            Mode::Expression | Mode::FunctionType => self.table.eval,
            Mode::Single => self.table.interactive,
            Mode::Module | Mode::Interactive => self.table.file,
        };
        match self.rule(start) {
            Ok(Some(_)) => return self.second_statement(),
            Err(raised) => return Some(self.after_raise(raised)),
            Ok(None) => {}
        }
        let last = self.fetched.saturating_sub(1);
        self.mark = 0;
        self.memory.clear();
        self.forgotten = 0;
        self.is_strict = true;
        match self.rule(start) {
            Err(raised) => Some(self.after_raise(raised)),
            Ok(_) => Some(self.generic(last)),
        }
    }

    /// Ask for the token at `index`. That the tokenizer fails there is raised.
    pub(super) fn fetch(&mut self, index: usize) -> Result<Tok, Raised> {
        if index >= self.fetched {
            self.fetched = index + 1;
        }
        match self.tokens.get(index) {
            Some(tok) => Ok(*tok),
            None => Err(self.tokenizer_stop()),
        }
    }

    /// Whether a memory of the rule is one of rules for wrong text being on. A rule with a memory
    /// of its own does not care.
    fn remembers_strictly(&self, rule: RuleId) -> bool {
        self.is_strict && !self.table.rules[usize::from(rule)].is_memo
    }

    fn remember(&mut self, place: usize, memory: Memory) {
        if place >= self.memory.len() {
            self.memory.resize_with(place + 1, Vec::new);
        }
        let same = |known: &&mut Memory| known.rule == memory.rule && known.is_strict == memory.is_strict;
        let all = &mut self.memory[place];
        match all.iter_mut().find(same) {
            Some(known) => *known = memory,
            None => all.push(memory),
        }
    }

    pub(super) fn rule(&mut self, id: RuleId) -> Matched {
        let start = self.mark;
        let is_strict = self.remembers_strictly(id);
        let is_it = |known: &&Memory| known.rule == id && known.is_strict == is_strict;
        if let Some(known) = self.memory.get(start).and_then(|all| all.iter().find(is_it)) {
            if known.node.is_some() {
                self.mark = known.mark as usize;
            }
            return Ok(known.node);
        }
        let table = self.table;
        let rule = &table.rules[usize::from(id)];
        let was_strict = self.is_strict;
        if rule.is_calm {
            self.is_strict = false;
        }
        let (is_block, nodes) = (id == table.block, self.nodes.len());
        self.open_blocks += usize::from(is_block);
        let result = stacker::maybe_grow(RED_ZONE, MORE_STACK, || {
            if rule.is_left { self.grow(id, is_strict) } else { self.choice(&rule.alternatives) }
        });
        self.open_blocks -= usize::from(is_block);
        self.is_strict = was_strict;
        let mut node = result?;
        if node.is_none() {
            self.mark = start;
        } else if is_block {
            node = Some(self.forget(start, nodes));
        } else if id == table.statement && self.open_blocks == 0 {
            node = Some(self.forget(0, 0));
        }
        self.remember(start, Memory { rule: id, is_strict, node, mark: self.mark as u32 });
        Ok(node)
    }

    /// A statement of the file or a block has been read: nobody asks for its parts again.
    fn forget(&mut self, place: usize, nodes: usize) -> NodeId {
        self.memory.iter_mut().skip(place.max(self.forgotten)).for_each(|all| *all = Vec::new());
        self.memory.truncate(self.fetched);
        if place == 0 {
            self.forgotten = self.mark;
        }
        self.nodes.truncate(nodes);
        self.nodes.add(Kind::Other, Span::default(), Vec::new())
    }

    /// A rule that begins with itself: what it matched serves as its own beginning until it
    /// matches no more.
    fn grow(&mut self, rule: RuleId, is_strict: bool) -> Matched {
        let alternatives = &self.table.rules[usize::from(rule)].alternatives;
        let start = self.mark;
        let mut best = (None, start);
        loop {
            self.remember(start, Memory { rule, is_strict, node: best.0, mark: best.1 as u32 });
            self.mark = start;
            let node = self.choice(alternatives)?;
            if node.is_none() || self.mark <= best.1 {
                break;
            }
            best = (node, self.mark);
        }
        self.mark = best.1;
        Ok(best.0)
    }

    fn choice(&mut self, alternatives: &'static [Alternative]) -> Matched {
        let start = self.mark;
        for alternative in alternatives {
            if alternative.is_wrong && !self.is_strict {
                continue;
            }
            let (mut is_cut, mut is_final) = (false, false);
            let node = self.alternative(alternative, &mut is_cut, &mut is_final)?;
            if node.is_some() || is_final {
                return Ok(node);
            }
            self.mark = start;
            if is_cut {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// One alternative. `is_final`: it matched, but what it says to the match is that the whole
    /// rule does not.
    fn alternative(
        &mut self,
        alternative: &'static Alternative,
        is_cut: &mut bool,
        is_final: &mut bool,
    ) -> Matched {
        let start = self.mark;
        let mut bound: Bound = Vec::new();
        let mut only = None;
        let mut consuming = 0;
        for part in &alternative.parts {
            if let Item::Cut = part.item {
                *is_cut = true;
                continue;
            }
            let Some(node) = self.item(&part.item)? else { return Ok(None) };
            if !matches!(part.item, Item::Ahead(..)) {
                consuming += 1;
                only = Some(node);
            }
            if let Some(name) = part.name {
                bound.push((name, node));
            }
        }
        match &alternative.complaint {
            Some(Complaint::Say(place, text)) => return Err(self.complain(*place, text, &bound)),
            Some(Complaint::Call(action)) => {
                let node = self.act(action, &bound, start)?;
                *is_final = node.is_none();
                return Ok(node);
            }
            None => {}
        }
        let node = match alternative.make {
            Make::Part(name) => part(&bound, name),
            Make::Pass if !bound.is_empty() => bound[0].1,
            Make::Pass if consuming == 1 => only.expect("one part was counted"),
            Make::Pass => self.nodes.add(Kind::Other, self.span_from(start), Vec::new()),
            Make::Kind(kind) => {
                let nodes: Vec<NodeId> = bound.iter().map(|&(_, node)| node).collect();
                let children = self.nodes.flattened(&nodes);
                let span = self.span_from(start);
                if kind == Kind::Seq {
                    self.nodes.sequence(children, span)
                } else {
                    self.nodes.add(kind, span, children)
                }
            }
        };
        Ok(Some(node))
    }

    /// From the token at `start` to the last one read.
    pub(super) fn span_from(&self, start: usize) -> Span {
        let Some(first) = self.tokens.get(start) else { return Span::default() };
        let last = self.mark.checked_sub(1).and_then(|index| self.tokens.get(index)).unwrap_or(first);
        Span::new(first.span.start, last.span.end.max(first.span.start))
    }

    fn item(&mut self, item: &'static Item) -> Matched {
        match item {
            Item::Token(kind) => self.token(|tok, _| tok.kind == Some(*kind)),
            Item::Class(class) => self.class(*class),
            Item::Rule(id) => self.rule(*id),
            Item::Optional(item) => {
                let start = self.mark;
                let node = self.item(item)?;
                if node.is_none() {
                    self.mark = start;
                }
                Ok(Some(node.unwrap_or_else(|| self.nothing())))
            }
            Item::Repeated(item, least) => {
                let mut all = Vec::new();
                let place = self.span_from(self.mark);
                loop {
                    let before = self.mark;
                    match self.item(item)? {
                        Some(node) if self.mark > before => all.push(node),
                        _ => {
                            self.mark = before;
                            break;
                        }
                    }
                }
                if all.len() < *least {
                    return Ok(None);
                }
                Ok(Some(self.nodes.sequence(all, place)))
            }
            Item::Separated(separator, item) => {
                let place = self.span_from(self.mark);
                let Some(first) = self.item(item)? else { return Ok(None) };
                let mut all = vec![first];
                loop {
                    let before = self.mark;
                    let next = match self.token(|tok, _| tok.kind == Some(*separator))? {
                        Some(_) => self.item(item)?,
                        None => None,
                    };
                    let Some(next) = next else {
                        self.mark = before;
                        break;
                    };
                    all.push(next);
                }
                Ok(Some(self.nodes.sequence(all, place)))
            }
            Item::Choice(alternatives) => {
                let start = self.mark;
                let node = self.choice(alternatives)?;
                if node.is_none() {
                    self.mark = start;
                }
                Ok(node)
            }
            Item::Ahead(item, wanted) => {
                let start = self.mark;
                let matches = self.item(item)?.is_some();
                self.mark = start;
                Ok(if matches == *wanted { Some(self.nothing()) } else { None })
            }
            Item::Forced(kind) => {
                let tok = self.fetch(self.mark)?;
                if tok.kind == Some(*kind) {
                    return self.token(|_, _| true);
                }
                Err(self.raise_at_token(tok, format!("expected '{}'", kind.text())))
            }
            Item::Cut => Ok(Some(self.nothing())),
        }
    }

    fn nothing(&mut self) -> NodeId {
        self.nodes.add(Kind::Nothing, Span::default(), Vec::new())
    }

    fn token(&mut self, fits: impl Fn(Tok, &SourceFile) -> bool) -> Matched {
        self.token_as(Kind::Token, fits)
    }

    fn token_as(&mut self, kind: Kind, fits: impl Fn(Tok, &SourceFile) -> bool) -> Matched {
        let tok = self.fetch(self.mark)?;
        if !fits(tok, self.source) {
            return Ok(None);
        }
        self.mark += 1;
        let kind = if tok.is_placed { kind } else { Kind::Nowhere };
        Ok(Some(self.nodes.add(kind, tok.span, Vec::new())))
    }

    fn class(&mut self, class: Class) -> Matched {
        let is_name = |tok: Tok| tok.kind.is_some_and(T::is_name);
        match class {
            Class::Name => self.token_as(Kind::Name, |tok, _| is_name(tok)),
            Class::Number => {
                let tok = self.fetch(self.mark)?;
                if !matches!(tok.kind, Some(T::Int | T::Float | T::Imaginary)) {
                    return Ok(None);
                }
                self.check_number(tok)?;
                self.token_as(Kind::Literal, |_, _| true)
            }
            Class::String => self.token(|tok, _| tok.kind == Some(T::String)),
            Class::FStringStart => self.token(|tok, _| tok.kind == Some(T::FStringStart)),
            Class::FStringMiddle => {
                self.token(|tok, _| matches!(tok.kind, Some(T::FStringMiddle | T::FStringRawMiddle)))
            }
            Class::FStringEnd => self.token(|tok, _| tok.kind == Some(T::FStringEnd)),
            Class::Newline => self.token(|tok, _| tok.kind == Some(T::Newline)),
            Class::Indent => self.token(|tok, _| tok.kind == Some(T::Indent)),
            Class::Dedent => self.token(|tok, _| tok.kind == Some(T::Dedent)),
            Class::End => self.token(|tok, _| tok.kind.is_none()),
            // CPython compares as many letters as the name has.
            Class::SoftKeyword => self.token(|tok, source| {
                let starts = |word: &&str| word.starts_with(source.slice(tok.span));
                is_name(tok) && ["_", "case", "match", "type"].iter().any(starts)
            }),
            Class::Underscore => self.token(|tok, source| is_name(tok) && source.slice(tok.span) == "_"),
        }
    }
}

/// The part with this name.
pub(super) fn part(bound: &Bound, name: char) -> NodeId {
    bound.iter().find(|(known, _)| *known == name).expect("rules name the parts they use").1
}
