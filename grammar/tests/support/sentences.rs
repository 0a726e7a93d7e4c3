//! Random sentences of the grammar, as tokens and as text.

use super::Random;
use super::ebnf::{Grammar, Node};
use std::collections::HashMap;

/// A token of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    Text(String),
    Newline,
    Indent,
    Dedent,
}

/// Writes sentences.
pub struct Writer<'g> {
    grammar: &'g Grammar,
    /// The least number of tokens a production takes.
    costs: HashMap<&'g str, usize>,
    random: Random,
    out: Vec<Word>,
    /// Tokens after which the shortest way to the end is taken.
    budget: usize,
    depth: usize,
    /// Brackets open since the innermost field began, if there is one.
    fields: Vec<usize>,
}

const NAMES: &[&str] = &["a", "b", "cc", "x", "y", "self", "f", "value", "é", "match", "case", "type"];
const DEEPEST: usize = 60;
const IMPOSSIBLE: usize = usize::MAX / 4;

impl<'g> Writer<'g> {
    pub fn new(grammar: &'g Grammar, seed: u64) -> Self {
        let mut costs: HashMap<&str, usize> = HashMap::new();
        loop {
            let before = costs.clone();
            for (name, production) in grammar {
                costs.insert(name, cost(&production.node, &before));
            }
            if costs == before {
                break;
            }
        }
        let random = Random::new(seed);
        Self { grammar, costs, random, out: Vec::new(), budget: 0, depth: 0, fields: Vec::new() }
    }

    /// A sentence of about `budget` tokens or a few more.
    pub fn sentence(&mut self, start: &str, budget: usize) -> Vec<Word> {
        self.budget = budget;
        self.depth = 0;
        self.fields.clear();
        self.rule(start);
        std::mem::take(&mut self.out)
    }

    fn is_short(&self) -> bool {
        self.out.len() >= self.budget || self.depth > DEEPEST
    }

    fn rule(&mut self, name: &str) {
        // In a field (whose brace counts as one bracket), the colon of a lambda without brackets would begin the format spec.
        let name = if name == "lambda" && self.fields.last() == Some(&1) { "disjunction" } else { name };
        self.depth += 1;
        let production = &self.grammar[name];
        if name == "replacement_field" {
            self.fields.push(0);
            self.node(&production.node);
            self.fields.pop();
        } else {
            self.node(&production.node);
        }
        self.depth -= 1;
    }

    fn node(&mut self, node: &'g Node) {
        match node {
            Node::Literal(text) => self.text(text.clone()),
            Node::Token(kind) => self.token(kind),
            Node::Rule(name) => self.rule(name),
            Node::Sequence(items) => items.iter().for_each(|item| self.node(item)),
            Node::Choice(choices) => {
                let chosen = if self.is_short() {
                    choices
                        .iter()
                        .min_by_key(|choice| cost(choice, &self.costs))
                        .expect("choices are not empty")
                } else {
                    self.random.pick(choices)
                };
                self.node(chosen);
            }
            Node::Optional(item) => {
                if !self.is_short() && self.random.one_in(3) && self.may_nest(item) {
                    self.node(item);
                }
            }
            Node::Repeat(item, least) => {
                let more = if self.is_short() || !self.may_nest(item) { 0 } else { self.random.below(3) };
                for _ in 0..least + more {
                    self.node(item);
                }
            }
            Node::List(item, separator) => {
                self.node(item);
                let more = if self.is_short() { 0 } else { self.random.below(3) };
                for _ in 0..more {
                    self.node(separator);
                    self.node(item);
                }
            }
        }
    }

    /// Fields in specs of fields in specs are limited by the language.
    fn may_nest(&self, node: &Node) -> bool {
        self.fields.len() < 2 || !matches!(node, Node::Rule(name) if name == "fstring_part")
    }

    fn text(&mut self, text: String) {
        if let Some(depth) = self.fields.last_mut() {
            match &*text {
                "(" | "[" | "{" => *depth += 1,
                ")" | "]" | "}" => *depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        self.out.push(Word::Text(text));
    }

    fn token(&mut self, kind: &str) {
        let text = match kind {
            "NEWLINE" => return self.out.push(Word::Newline),
            "INDENT" => return self.out.push(Word::Indent),
            "DEDENT" => return self.out.push(Word::Dedent),
            // A conversion is glued to its mark.
            "NAME" if self.out.last() == Some(&Word::Text("!".into())) => {
                self.out.pop();
                format!("!{}", self.random.pick(&["r", "s", "a"]))
            }
            "NAME" => (*self.random.pick(NAMES)).to_owned(),
            "INT" => {
                (*self.random.pick(&["0", "1", "0x_fF", "1_000", "0b1", "0o17", "99999999999999999999"]))
                    .to_owned()
            }
            "FLOAT" => (*self.random.pick(&["1.5", "1.", ".5", "1e-3", "1_0.5E+1_0"])).to_owned(),
            "IMAGINARY" => (*self.random.pick(&["1j", "2.5J", "0j"])).to_owned(),
            "STRING" => {
                (*self.random.pick(&["'s'", "\"it's\"", "r'\\d'", "'''a\n b'''", "u'\\u00e9'", "''"]))
                    .to_owned()
            }
            "FSTRING_START" => (*self.random.pick(&["f'", "rf'", "F'"])).to_owned(),
            "FSTRING_MIDDLE" | "FSTRING_RAW_MIDDLE" => (*self.random.pick(&["text", "x y", "é"])).to_owned(),
            "FSTRING_END" => "'".to_owned(),
            other => panic!("no text for {other}"),
        };
        self.out.push(Word::Text(text));
    }
}

fn cost(node: &Node, costs: &HashMap<&str, usize>) -> usize {
    match node {
        Node::Literal(_) | Node::Token(_) => 1,
        Node::Rule(name) => costs.get(name.as_str()).copied().unwrap_or(IMPOSSIBLE),
        Node::Sequence(items) => items.iter().map(|item| cost(item, costs)).sum::<usize>().min(IMPOSSIBLE),
        Node::Choice(items) => items.iter().map(|item| cost(item, costs)).min().unwrap_or(0),
        Node::Optional(_) => 0,
        Node::Repeat(item, least) => least * cost(item, costs),
        Node::List(item, _) => cost(item, costs),
    }
}

/// The sentence as text, one statement per line.
pub fn render(words: &[Word]) -> String {
    let mut text = String::new();
    let mut indent = 0usize;
    let mut at_line_start = true;
    for word in words {
        match word {
            Word::Newline => {
                text.push('\n');
                at_line_start = true;
            }
            Word::Indent => indent += 1,
            Word::Dedent => indent = indent.saturating_sub(1),
            Word::Text(word) => {
                if at_line_start {
                    text.push_str(&"  ".repeat(indent));
                } else {
                    text.push(' ');
                }
                text.push_str(word);
                at_line_start = false;
            }
        }
    }
    text
}
