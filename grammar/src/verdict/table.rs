//! The rules of `rules.peg`, read into a table once a text was found to be wrong.

use super::node::Kind;
use crate::token::{KEYWORDS, OPERATORS, SOFT_KEYWORDS, TokenKind as T};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Index of a rule.
pub(super) type RuleId = u16;

/// What an alternative is made of.
#[derive(Debug)]
pub(super) enum Item {
    Token(T),
    Class(Class),
    Rule(RuleId),
    /// `x?`
    Optional(Box<Item>),
    /// `x*` and `x+`: the item, and how many there must be.
    Repeated(Box<Item>, usize),
    /// `s.x+`
    Separated(T, Box<Item>),
    Choice(Vec<Alternative>),
    /// `&x` and `!x`: whether it must match.
    Ahead(Box<Item>, bool),
    /// `&&'x'`
    Forced(T),
    /// `~`
    Cut,
}

/// Kinds of tokens that have no text of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Name,
    Number,
    String,
    FStringStart,
    FStringMiddle,
    FStringEnd,
    Newline,
    Indent,
    Dedent,
    End,
    SoftKeyword,
    Underscore,
}

/// A part of an alternative, and the letter it is called by.
#[derive(Debug)]
pub(super) struct Part {
    pub name: Option<char>,
    pub item: Item,
}

/// One way to match a rule.
#[derive(Debug)]
pub(super) struct Alternative {
    pub parts: Vec<Part>,
    pub make: Make,
    pub complaint: Option<Complaint>,
    /// It is nothing but a rule for wrong text: left out in the first reading.
    pub is_wrong: bool,
}

/// The node that an alternative becomes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Make {
    /// The first part with a name, or the only part there is.
    Pass,
    Kind(Kind),
    Part(char),
}

/// What is said when an alternative has matched.
#[derive(Debug)]
pub(super) enum Complaint {
    /// A message and where it points.
    Say(Place, String),
    /// A function of `actions.rs`.
    Call(String),
}

/// Where a message points.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    At(char),
    From(char, char),
    Onward(char),
    Here,
    Next,
    Indentation,
}

/// A rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub alternatives: Vec<Alternative>,
    /// Begins with itself.
    pub is_left: bool,
    /// Its results hold whether or not rules for wrong text were on.
    pub is_memo: bool,
    /// Rules for wrong text are off inside it.
    pub is_calm: bool,
}

/// All rules.
#[derive(Debug)]
pub(super) struct Table {
    pub rules: Vec<Rule>,
    pub file: RuleId,
    pub interactive: RuleId,
    pub eval: RuleId,
    pub statement: RuleId,
    pub block: RuleId,
}

/// The table; read when first asked for.
pub(super) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| read(&whole_text()).expect("the rules are well-formed, as a test asserts"))
}

/// The rules, with both copies of those for parameters.
fn whole_text() -> String {
    let parameters = include_str!("parameters.peg");
    let starred = "| '*' param_star_annotation (',' / &')') param_maybe_default* kwds?";
    let bare = "a='*' (')' / ',' (')' / '**')) => at a \"named arguments must follow bare *\"";
    let of_def = parameters
        .replace('$', "")
        .replace("END", "')'")
        .replace("KIND", "Function")
        .replace("PARENTHESIZED", "param_no_default+")
        .replace("STARRED_ANNOTATION", starred)
        .replace("BARE", bare);
    let bare = "'*' (':' / ',' (':' / '**')) => here \"named arguments must follow bare *\"";
    let of_lambda = parameters
        .replace('$', "lambda_")
        .replace("END", "':'")
        .replace("KIND", "Lambda expression")
        .replace("PARENTHESIZED", "','.lambda_param+")
        .replace("STARRED_ANNOTATION\n", "")
        .replace("BARE", bare);
    let lambda_param = "lambda_param:\n| NAME\n";
    [include_str!("rules.peg"), &of_def, &of_lambda, lambda_param].concat()
}

/// The rule named in a line like `memo name:`.
fn header(line: &str) -> Option<(&str, Vec<&str>)> {
    let mut words: Vec<&str> = line.strip_suffix(':')?.split(' ').collect();
    let name = words.pop()?;
    Some((name, words))
}

fn read(text: &str) -> Result<Table, String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut ids = HashMap::new();
    for line in lines.iter().filter(|line| !line.starts_with('|')) {
        let (name, _) = header(line).ok_or_else(|| format!("no rule: {line}"))?;
        if ids.insert(name, ids.len() as RuleId).is_some() {
            return Err(format!("two rules {name}"));
        }
    }
    let mut rules: Vec<Rule> = Vec::with_capacity(ids.len());
    for line in lines {
        let Some(body) = line.strip_prefix('|') else {
            let (_, marks) = header(line).ok_or_else(|| format!("no rule: {line}"))?;
            let has = |mark: &str| marks.contains(&mark);
            rules.push(Rule {
                alternatives: Vec::new(),
                is_left: has("left"),
                is_memo: has("memo") || has("left"),
                is_calm: has("calm"),
            });
            continue;
        };
        let mut reader = Reader { text: body, ids: &ids };
        let alternative = reader.alternative()?;
        if !reader.text.trim().is_empty() {
            return Err(format!("what is {:?} in {line}", reader.text));
        }
        rules.last_mut().ok_or("an alternative of no rule")?.alternatives.push(alternative);
    }
    let find = |name: &str| ids.get(name).copied().ok_or_else(|| format!("no rule {name}"));
    Ok(Table {
        file: find("file")?,
        interactive: find("interactive")?,
        eval: find("eval")?,
        statement: find("statement")?,
        block: find("block")?,
        rules,
    })
}

struct Reader<'t> {
    text: &'t str,
    ids: &'t HashMap<&'t str, RuleId>,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, start: &str) -> bool {
        self.text = self.text.trim_start();
        let rest = self.text.strip_prefix(start);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn word(&mut self) -> &'t str {
        self.text = self.text.trim_start();
        let end = self
            .text
            .find(|char: char| !char.is_ascii_alphanumeric() && char != '_')
            .unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        word
    }

    fn letter(&mut self) -> Result<char, String> {
        self.word().chars().next().ok_or_else(|| format!("no name at {:?}", self.text))
    }

    fn alternative(&mut self) -> Result<Alternative, String> {
        let mut parts = Vec::new();
        let mut is_wrong = false;
        loop {
            self.text = self.text.trim_start();
            let at_end = self.text.is_empty() || self.text.starts_with([')', '/']);
            if at_end || self.text.starts_with("->") || self.text.starts_with("=>") {
                break;
            }
            is_wrong = parts.is_empty() && self.text.starts_with("wrong_");
            let bytes = self.text.as_bytes();
            let mut name = None;
            if bytes.len() > 2 && bytes[0].is_ascii_lowercase() && bytes[1] == b'=' {
                name = Some(bytes[0] as char);
                self.text = &self.text[2..];
            }
            parts.push(Part { name, item: self.item()? });
        }
        is_wrong &= parts.len() == 1;
        let mut make = Make::Pass;
        if self.eat("->") {
            make = if self.eat("@") {
                Make::Part(self.letter()?)
            } else {
                let word = self.word();
                Make::Kind(Kind::named(word).ok_or_else(|| format!("no kind {word}"))?)
            };
        }
        let complaint = if self.eat("=>") { Some(self.complaint()?) } else { None };
        Ok(Alternative { parts, make, complaint, is_wrong })
    }

    fn complaint(&mut self) -> Result<Complaint, String> {
        let place = match self.word() {
            "call" => return Ok(Complaint::Call(self.word().to_owned())),
            "at" => Place::At(self.letter()?),
            "from" => {
                let from = self.letter()?;
                if self.word() != "to" {
                    return Err("from a to b".to_owned());
                }
                Place::From(from, self.letter()?)
            }
            "onward" => Place::Onward(self.letter()?),
            "here" => Place::Here,
            "next" => Place::Next,
            "indent" => Place::Indentation,
            word => return Err(format!("no place {word}")),
        };
        let text = self.text.trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let text = text.ok_or_else(|| format!("no text in {:?}", self.text))?;
        self.text = "";
        Ok(Complaint::Say(place, text.replace("\\\"", "\"")))
    }

    fn item(&mut self) -> Result<Item, String> {
        if self.eat("&&") {
            return Ok(Item::Forced(self.quoted()?));
        }
        if self.eat("&") {
            return Ok(Item::Ahead(Box::new(self.item()?), true));
        }
        if self.eat("!") {
            return Ok(Item::Ahead(Box::new(self.item()?), false));
        }
        if self.eat("~") {
            return Ok(Item::Cut);
        }
        let atom = self.atom()?;
        if let Item::Token(separator) = atom
            && self.text.starts_with('.')
        {
            self.text = &self.text[1..];
            let item = self.atom()?;
            if !self.text.starts_with('+') {
                return Err(format!("no + at {:?}", self.text));
            }
            self.text = &self.text[1..];
            return Ok(Item::Separated(separator, Box::new(item)));
        }
        let (item, length) = match self.text.bytes().next() {
            Some(b'?') => (Item::Optional(Box::new(atom)), 1),
            Some(b'*') => (Item::Repeated(Box::new(atom), 0), 1),
            Some(b'+') => (Item::Repeated(Box::new(atom), 1), 1),
            _ => (atom, 0),
        };
        self.text = &self.text[length..];
        Ok(item)
    }

    fn atom(&mut self) -> Result<Item, String> {
        self.text = self.text.trim_start();
        if self.text.starts_with("'_'") {
            self.text = &self.text[3..];
            return Ok(Item::Class(Class::Underscore));
        }
        if self.text.starts_with('\'') {
            return Ok(Item::Token(self.quoted()?));
        }
        if self.eat("(") {
            let mut all = vec![self.alternative()?];
            while self.eat("/") {
                all.push(self.alternative()?);
            }
            if !self.eat(")") {
                return Err(format!("no ) at {:?}", self.text));
            }
            return Ok(Item::Choice(all));
        }
        let word = self.word();
        let class = match word {
            "NAME" => Class::Name,
            "NUMBER" => Class::Number,
            "STRING" => Class::String,
            "FSTRING_START" => Class::FStringStart,
            "FSTRING_MIDDLE" => Class::FStringMiddle,
            "FSTRING_END" => Class::FStringEnd,
            "NEWLINE" => Class::Newline,
            "INDENT" => Class::Indent,
            "DEDENT" => Class::Dedent,
            "END" => Class::End,
            "SOFT_KEYWORD" => Class::SoftKeyword,
            _ => return self.ids.get(word).map(|&id| Item::Rule(id)).ok_or(format!("no rule {word:?}")),
        };
        Ok(Item::Class(class))
    }

    fn quoted(&mut self) -> Result<T, String> {
        let rest = self.text.strip_prefix('\'').ok_or_else(|| format!("no quote at {:?}", self.text))?;
        let end = rest.find('\'').ok_or("no second quote")?;
        let text = &rest[..end];
        self.text = &rest[end + 1..];
        let all = KEYWORDS.iter().chain(SOFT_KEYWORDS).chain(OPERATORS);
        let found = all.into_iter().find(|(known, _)| *known == text);
        found.map(|&(_, kind)| kind).ok_or_else(|| format!("no token {text:?}"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_are_well_formed() {
        let table = super::read(&super::whole_text()).unwrap();
        assert!(table.rules.len() > 200);
        assert!(table.rules.iter().all(|rule| !rule.alternatives.is_empty()));
    }
}
