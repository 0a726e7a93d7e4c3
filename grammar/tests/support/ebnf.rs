//! Reads `apy.ebnf`.

use std::collections::BTreeMap;

/// The right side of a production, or a part of one.
#[derive(Debug, Clone)]
pub enum Node {
    /// `'x'`
    Literal(String),
    /// `NAME`: a kind of token.
    Token(String),
    /// Another production.
    Rule(String),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Optional(Box<Node>),
    /// `x*`, `x+`: repeated, at least so often.
    Repeat(Box<Node>, usize),
    /// `x % 'sep'`
    List(Box<Node>, Box<Node>),
}

#[derive(Debug)]
pub struct Production {
    pub node: Node,
    /// The unindented production it belongs to: itself, if it is one.
    pub function: String,
}

pub type Grammar = BTreeMap<String, Production>;

/// Read the whole grammar; panics with the line that is wrong.
pub fn read(text: &str) -> Grammar {
    let mut grammar = Grammar::new();
    let mut function = String::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (name, right) = line.split_once("::=").unwrap_or_else(|| panic!("no '::=' in {line:?}"));
        let name = name.trim().to_owned();
        if !line.starts_with(' ') {
            function = name.clone();
        }
        let mut reader = Reader { words: words(right), at: 0 };
        let node = reader.choice();
        assert_eq!(reader.at, reader.words.len(), "rest of line in {line:?}");
        let before = grammar.insert(name.clone(), Production { node, function: function.clone() });
        assert!(before.is_none(), "{name} is defined twice");
    }
    grammar
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => 2 + rest[1..].find('\'').expect("a literal ends"),
            _ if first.is_ascii_alphabetic() => {
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
            }
            _ => 1,
        };
        words.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    words
}

struct Reader {
    words: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", |word| word)
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == word;
        self.at += usize::from(found);
        found
    }

    fn choice(&mut self) -> Node {
        let mut choices = vec![self.sequence()];
        while self.eat("|") {
            choices.push(self.sequence());
        }
        if choices.len() == 1 { choices.remove(0) } else { Node::Choice(choices) }
    }

    fn sequence(&mut self) -> Node {
        let mut items = Vec::new();
        while !matches!(self.peek(), "" | "|" | ")" | "]") {
            items.push(self.item());
        }
        if items.len() == 1 { items.remove(0) } else { Node::Sequence(items) }
    }

    fn item(&mut self) -> Node {
        let mut node = self.atom();
        loop {
            if self.eat("*") {
                node = Node::Repeat(Box::new(node), 0);
            } else if self.eat("+") {
                node = Node::Repeat(Box::new(node), 1);
            } else if self.eat("%") {
                let separator = self.atom();
                node = Node::List(Box::new(node), Box::new(separator));
            } else {
                return node;
            }
        }
    }

    fn atom(&mut self) -> Node {
        if self.eat("(") {
            let node = self.choice();
            assert!(self.eat(")"), "')' expected before {:?}", self.peek());
            return node;
        }
        if self.eat("[") {
            let node = self.choice();
            assert!(self.eat("]"), "']' expected before {:?}", self.peek());
            return Node::Optional(Box::new(node));
        }
        let word = self.peek().to_owned();
        self.at += 1;
        match word.chars().next() {
            Some('\'') => Node::Literal(word.trim_matches('\'').to_owned()),
            Some(c) if c.is_ascii_uppercase() => Node::Token(word),
            Some(c) if c.is_ascii_lowercase() => Node::Rule(word),
            _ => panic!("{word:?} is no part of a production"),
        }
    }
}

impl Node {
    /// Visit this node and those below it.
    pub fn visit(&self, see: &mut impl FnMut(&Node)) {
        see(self);
        match self {
            Self::Literal(_) | Self::Token(_) | Self::Rule(_) => {}
            Self::Sequence(items) | Self::Choice(items) => items.iter().for_each(|item| item.visit(see)),
            Self::Optional(item) | Self::Repeat(item, _) => item.visit(see),
            Self::List(item, separator) => {
                item.visit(see);
                separator.visit(see);
            }
        }
    }
}
