//! Patterns to trees, with the errors of CPython's parser.

use super::groups::Opened;
use super::source::{Caught, Refusal, Source, Token, shown};
use super::tree::{Category, Greed, Item, MAX_REPEAT, Node, Place, Width, flag};
use crate::object::escape::push_repr;
use crate::object::surrogate;

/// As many groups as CPython allows.
pub const MAX_GROUPS: usize = 1_073_741_823;

/// A pattern that has been read.
pub struct Parsed {
    pub nodes: Vec<Node>,
    pub flags: u32,
    /// Number of groups, the whole match not counted.
    pub groups: usize,
    pub names: Vec<(String, usize)>,
    pub widths: Vec<Option<Width>>,
    /// FutureWarnings.
    pub warnings: Vec<String>,
}

pub(super) struct Parser {
    pub(super) source: Source,
    pub(super) flags: u32,
    pub(super) names: Vec<(String, usize)>,
    /// By group; `None` while it is open. Entry 0 stands for the whole match.
    pub(super) widths: Vec<Option<Width>>,
    /// Number of groups at the start of the outermost look-behind that is open.
    pub(super) behind: Option<usize>,
    /// Groups that conditions ask for, with the places where they do so first.
    pub(super) asked: Vec<(usize, usize)>,
    pub(super) warnings: Vec<String>,
}

/// Read a pattern.
pub fn parse(text: Vec<u32>, is_text: bool, flags: u32) -> Result<Parsed, Refusal> {
    let source = Source::new(text, is_text)?;
    let mut parser = Parser {
        source,
        flags,
        names: Vec::new(),
        widths: vec![None],
        behind: None,
        asked: Vec::new(),
        warnings: Vec::new(),
    };
    let nodes = parser.alternatives(flags & flag::VERBOSE != 0, 0)?;
    let flags = fix_flags(parser.flags, is_text)?;
    if parser.source.peek().is_some() {
        return Err(parser.source.error("unbalanced parenthesis", 0));
    }
    for &(group, place) in &parser.asked {
        if group >= parser.widths.len() {
            return Err(Refusal::Pattern(format!("invalid group reference {group}"), Some(place)));
        }
    }
    let Parser { names, widths, warnings, .. } = parser;
    Ok(Parsed { nodes, flags, groups: widths.len() - 1, names, widths, warnings })
}

fn fix_flags(flags: u32, is_text: bool) -> Result<u32, Refusal> {
    let refuse = |message: &str| Err(Refusal::Value(message.to_owned()));
    if is_text {
        if flags & flag::LOCALE != 0 {
            return refuse("cannot use LOCALE flag with a str pattern");
        }
        if flags & flag::ASCII == 0 {
            return Ok(flags | flag::UNICODE);
        }
        if flags & flag::UNICODE != 0 {
            return refuse("ASCII and UNICODE flags are incompatible");
        }
        return Ok(flags);
    }
    if flags & flag::UNICODE != 0 {
        return refuse("cannot use UNICODE flag with a bytes pattern");
    }
    if flags & flag::LOCALE != 0 {
        if flags & flag::ASCII != 0 {
            return refuse("ASCII and LOCALE flags are incompatible");
        }
        return refuse("the LOCALE flag is not supported by apy");
    }
    Ok(flags)
}

pub(super) fn flag_of(character: char) -> Option<u32> {
    Some(match character {
        'i' => flag::IGNORECASE,
        'L' => flag::LOCALE,
        'm' => flag::MULTILINE,
        's' => flag::DOTALL,
        'x' => flag::VERBOSE,
        'a' => flag::ASCII,
        'u' => flag::UNICODE,
        _ => return None,
    })
}

fn category(code: u32) -> Option<Category> {
    Some(match char::from_u32(code)? {
        'd' => Category::Digit,
        'D' => Category::NoDigit,
        's' => Category::Space,
        'S' => Category::NoSpace,
        'w' => Category::Word,
        'W' => Category::NoWord,
        _ => return None,
    })
}

/// `\a`, `\b`, `\f`, `\n`, `\r`, `\t`, `\v`, `\\`.
pub fn plain_escape(code: u32) -> Option<u32> {
    Some(match char::from_u32(code)? {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => 92,
        _ => return None,
    })
}

pub fn is_octal(character: char) -> bool {
    matches!(character, '0'..='7')
}

pub(super) fn repr(text: &str) -> String {
    let mut out = String::new();
    push_repr(&mut out, text);
    out
}

/// What stands between brackets at one place.
enum Member {
    Code(u32),
    Category(Category),
}

impl Member {
    fn item(&self) -> Item {
        match *self {
            Member::Code(code) => Item::Range(code, code),
            Member::Category(category) => Item::Category(category),
        }
    }
}

impl Parser {
    /// `a|b|c`.
    pub(super) fn alternatives(&mut self, mut verbose: bool, nested: usize) -> Result<Vec<Node>, Refusal> {
        let mut branches = Vec::new();
        loop {
            let is_first = nested == 0 && branches.is_empty();
            branches.push(self.sequence(verbose, nested + 1, is_first)?);
            if !self.source.accept('|')? {
                break;
            }
            if nested == 0 {
                verbose = self.flags & flag::VERBOSE != 0;
            }
        }
        match branches.len() {
            1 => Ok(branches.remove(0)),
            _ => Ok(vec![Node::Branch(branches)]),
        }
    }

    /// Parts in a row.
    pub(super) fn sequence(
        &mut self,
        mut verbose: bool,
        nested: usize,
        is_first: bool,
    ) -> Result<Vec<Node>, Refusal> {
        let mut nodes: Vec<Node> = Vec::new();
        while let Some(token) = self.source.peek() {
            if token.is('|') || token.is(')') {
                break;
            }
            self.source.take()?;
            if token.is_escape {
                nodes.push(self.escape(token)?);
                continue;
            }
            let character = shown(token.code);
            if verbose {
                if matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') {
                    continue;
                }
                if character == '#' {
                    while self.source.take()?.is_some_and(|token| !token.is('\n')) {}
                    continue;
                }
            }
            match character {
                '[' => nodes.push(self.set()?),
                '?' | '*' | '+' | '{' => self.repeat(character, &mut nodes)?,
                '.' => nodes.push(Node::Any),
                '^' => nodes.push(Node::At(Place::Beginning)),
                '$' => nodes.push(Node::At(Place::End)),
                '(' => {
                    let at_start = is_first && nodes.is_empty();
                    match self.group(verbose, nested, at_start)? {
                        Opened::Node(node) => nodes.push(node),
                        Opened::Comment => {}
                        Opened::Flags => verbose = self.flags & flag::VERBOSE != 0,
                    }
                }
                _ => nodes.push(Node::Literal(token.code)),
            }
        }
        Ok(nodes)
    }

    fn hex_escape(&mut self, written: &mut String, digits: usize) -> Result<u32, Refusal> {
        self.source.take_while(written, digits, |c| c.is_ascii_hexdigit())?;
        if written.len() != digits + 2 {
            let message = format!("incomplete escape {written}");
            return Err(self.source.error(message, written.len()));
        }
        Ok(u32::from_str_radix(&written[2..], 16).unwrap_or(u32::MAX))
    }

    /// The escapes that mean the same in and out of sets; `None` for others.
    fn common_escape(&mut self, token: Token, written: &mut String) -> Result<Option<u32>, Refusal> {
        let is_text = self.source.is_text;
        Ok(match char::from_u32(token.code) {
            Some('x') => Some(self.hex_escape(written, 2)?),
            Some('u') if is_text => Some(self.hex_escape(written, 4)?),
            Some('U') if is_text => {
                let code = self.hex_escape(written, 8)?;
                if code > 0x10ffff {
                    return Err(self.source.error(format!("bad escape {written}"), written.len()));
                }
                Some(code)
            }
            Some('N') if is_text => {
                if !self.source.accept('{')? {
                    return Err(self.source.error("missing {", 0));
                }
                let name = self.source.until('}', "character name")?;
                match unicode_names2::character(&name) {
                    Some(character) => Some(surrogate::code(character)),
                    None => {
                        let message = format!("undefined character name {}", repr(&name));
                        let refusal = self.source.error(message.clone(), name.chars().count() + 4);
                        return Err(Refusal::During(Box::new(refusal), Caught::Key(message)));
                    }
                }
            }
            _ => None,
        })
    }

    fn bad_escape(&self, written: &str) -> Refusal {
        self.source.error(format!("bad escape {written}"), written.chars().count())
    }

    fn octal(&self, written: &str) -> Result<u32, Refusal> {
        let code = u32::from_str_radix(&written[1..], 8).unwrap_or(u32::MAX);
        if code > 0o377 {
            let message = format!("octal escape value {written} outside of range 0-0o377");
            return Err(self.source.error(message, written.len()));
        }
        Ok(code)
    }

    /// An escape outside of sets.
    fn escape(&mut self, token: Token) -> Result<Node, Refusal> {
        let place = match char::from_u32(token.code) {
            Some('A') => Some(Place::BeginningOfText),
            Some('b') => Some(Place::Boundary),
            Some('B') => Some(Place::NoBoundary),
            Some('Z') => Some(Place::EndOfText),
            _ => None,
        };
        if let Some(place) = place {
            return Ok(Node::At(place));
        }
        if let Some(category) = category(token.code) {
            return Ok(Node::Set { items: vec![Item::Category(category)], negate: false });
        }
        if let Some(code) = plain_escape(token.code) {
            return Ok(Node::Literal(code));
        }
        let mut written = token.text();
        if let Some(code) = self.common_escape(token, &mut written)? {
            return Ok(Node::Literal(code));
        }
        match shown(token.code) {
            '0' => {
                self.source.take_while(&mut written, 2, is_octal)?;
                Ok(Node::Literal(u32::from_str_radix(&written[1..], 8).unwrap_or(0)))
            }
            first @ '1'..='9' => {
                if let Some(second) = self.source.next_plain(|c| c.is_ascii_digit()) {
                    written.push(second);
                    self.source.take()?;
                    if is_octal(first) && is_octal(second) && self.source.next_plain(is_octal).is_some() {
                        self.source.take_while(&mut written, 1, is_octal)?;
                        return self.octal(&written).map(Node::Literal);
                    }
                }
                let group: usize = written[1..].parse().unwrap_or(MAX_GROUPS);
                if group >= self.widths.len() {
                    let message = format!("invalid group reference {group}");
                    return Err(self.source.error(message, written.len() - 1));
                }
                self.reference(group, written.len())
            }
            character if character.is_ascii_alphabetic() => Err(self.bad_escape(&written)),
            _ => Ok(Node::Literal(token.code)),
        }
    }

    pub(super) fn is_closed(&self, group: usize) -> bool {
        self.widths.get(group).is_some_and(Option::is_some)
    }

    pub(super) fn reference(&mut self, group: usize, back: usize) -> Result<Node, Refusal> {
        if !self.is_closed(group) {
            return Err(self.source.error("cannot refer to an open group", back));
        }
        self.check_behind(group)?;
        Ok(Node::Backreference(group))
    }

    pub(super) fn check_behind(&self, group: usize) -> Result<(), Refusal> {
        let Some(start) = self.behind else { return Ok(()) };
        if !self.is_closed(group) {
            return Err(self.source.error("cannot refer to an open group", 0));
        }
        if group >= start {
            let message = "cannot refer to group defined in the same lookbehind subpattern";
            return Err(self.source.error(message, 0));
        }
        Ok(())
    }

    /// An escape in a set.
    fn set_escape(&mut self, token: Token) -> Result<Member, Refusal> {
        if let Some(code) = plain_escape(token.code) {
            return Ok(Member::Code(code));
        }
        if let Some(category) = category(token.code) {
            return Ok(Member::Category(category));
        }
        let mut written = token.text();
        if let Some(code) = self.common_escape(token, &mut written)? {
            return Ok(Member::Code(code));
        }
        match shown(token.code) {
            '0'..='7' => {
                self.source.take_while(&mut written, 2, is_octal)?;
                self.octal(&written).map(Member::Code)
            }
            character if character.is_ascii_alphanumeric() => Err(self.bad_escape(&written)),
            _ => Ok(Member::Code(token.code)),
        }
    }

    fn set(&mut self) -> Result<Node, Refusal> {
        let here = self.source.place() - 1;
        if self.source.next_is('[') {
            self.warnings.push(format!("Possible nested set at position {}", self.source.place()));
        }
        let negate = self.source.accept('^')?;
        let mut items: Vec<Item> = Vec::new();
        loop {
            let Some(token) = self.source.take()? else { return Err(self.unterminated(here)) };
            if token.is(']') && !items.is_empty() {
                break;
            }
            let low = if token.is_escape {
                self.set_escape(token)?
            } else {
                self.warn_of_operation(token, &items);
                Member::Code(token.code)
            };
            if !self.source.accept('-')? {
                items.push(low.item());
                continue;
            }
            let Some(that) = self.source.take()? else { return Err(self.unterminated(here)) };
            if that.is(']') {
                items.push(low.item());
                items.push(Item::Range('-' as u32, '-' as u32));
                break;
            }
            let high = if that.is_escape {
                self.set_escape(that)?
            } else {
                if that.is('-') {
                    let place = self.source.place() - 2;
                    self.warnings.push(format!("Possible set difference at position {place}"));
                }
                Member::Code(that.code)
            };
            match (low, high) {
                (Member::Code(low), Member::Code(high)) if low <= high => items.push(Item::Range(low, high)),
                _ => {
                    let (this, that) = (token.text(), that.text());
                    let length = this.chars().count() + 1 + that.chars().count();
                    return Err(self.source.error(format!("bad character range {this}-{that}"), length));
                }
            }
        }
        if let ([Item::Range(low, high)], false) = (&*items, negate)
            && low == high
        {
            return Ok(Node::Literal(*low));
        }
        Ok(Node::Set { items, negate })
    }

    /// Doubled signs in sets may mean something one day.
    fn warn_of_operation(&mut self, token: Token, items: &[Item]) {
        let name = match token.plain() {
            Some('-') => "difference",
            Some('&') => "intersection",
            Some('~') => "symmetric difference",
            Some('|') => "union",
            _ => return,
        };
        if !items.is_empty() && self.source.peek() == Some(token) {
            let place = self.source.place() - 1;
            self.warnings.push(format!("Possible set {name} at position {place}"));
        }
    }

    #[cold]
    fn unterminated(&self, start: usize) -> Refusal {
        self.source.error("unterminated character set", self.source.place() - start)
    }

    /// A quantifier: the last node is repeated.
    fn repeat(&mut self, sign: char, nodes: &mut Vec<Node>) -> Result<(), Refusal> {
        let here = self.source.place();
        let (min, max) = match sign {
            '?' => (0, 1),
            '*' => (0, MAX_REPEAT),
            '+' => (1, MAX_REPEAT),
            _ => match self.counts(here)? {
                Some(counts) => counts,
                None => {
                    nodes.push(Node::Literal('{' as u32));
                    return Ok(());
                }
            },
        };
        let back = self.source.place() - here + 1;
        match nodes.last() {
            None | Some(Node::At(_)) => return Err(self.source.error("nothing to repeat", back)),
            Some(Node::Repeat { .. }) => return Err(self.source.error("multiple repeat", back)),
            Some(_) => {}
        }
        let greed = if self.source.accept('?')? {
            Greed::Lazy
        } else if self.source.accept('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        let body: Vec<Node> = nodes.pop().into_iter().collect();
        nodes.push(Node::Repeat { min, max, greed, body });
        Ok(())
    }

    /// The counts of `{2,5}`; `None` if the brace is just a brace.
    fn counts(&mut self, here: usize) -> Result<Option<(u32, u32)>, Refusal> {
        if self.source.next_is('}') {
            return Ok(None);
        }
        let (mut low, mut high) = (String::new(), String::new());
        self.source.take_while(&mut low, usize::MAX, |c| c.is_ascii_digit())?;
        if self.source.accept(',')? {
            self.source.take_while(&mut high, usize::MAX, |c| c.is_ascii_digit())?;
        } else {
            high.clone_from(&low);
        }
        if !self.source.accept('}')? {
            self.source.seek(here)?;
            return Ok(None);
        }
        let count = |digits: &str, otherwise: u32| match digits {
            "" => Ok(otherwise),
            _ => digits
                .parse()
                .ok()
                .filter(|count| *count != MAX_REPEAT)
                .ok_or_else(|| Refusal::Overflow("the repetition number is too large".to_owned())),
        };
        let (min, max) = (count(&low, 0)?, count(&high, MAX_REPEAT)?);
        if max < min {
            let back = self.source.place() - here;
            return Err(self.source.error("min repeat greater than max repeat", back));
        }
        Ok(Some((min, max)))
    }
}
