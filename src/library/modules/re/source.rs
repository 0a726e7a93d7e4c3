//! The text of a pattern or template, an escape being one token.

use crate::object::escape::{push_hex_escape, push_repr};
use crate::object::surrogate;
use crate::object::unicode;

/// Why a pattern is refused.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// re.PatternError, with the place in the pattern.
    Pattern(String, Option<usize>),
    /// ValueError.
    Value(String),
    /// OverflowError.
    Overflow(String),
    /// IndexError.
    Index(String),
    /// A refusal that CPython raises where it has caught something else.
    During(Box<Refusal>, Caught),
}

/// What was caught before a pattern was refused: the context of the exception.
#[derive(Debug, PartialEq)]
pub enum Caught {
    /// re.PatternError without a place.
    Pattern(String),
    /// KeyError.
    Key(String),
    /// `string index out of range`.
    End,
}

/// What of a pattern is still to be read.
pub struct Source {
    /// Codes of its characters; bytes are taken for Latin-1.
    text: Vec<u32>,
    pub is_text: bool,
    index: usize,
    next: Option<Token>,
}

/// A character, or a backslash with the one that follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Token {
    pub code: u32,
    pub is_escape: bool,
}

impl Token {
    fn length(self) -> usize {
        1 + usize::from(self.is_escape)
    }

    /// Whether it is this character, not escaped.
    pub fn is(self, character: char) -> bool {
        !self.is_escape && self.code == character as u32
    }

    /// The character if it is not escaped.
    pub fn plain(self) -> Option<char> {
        if self.is_escape { None } else { char::from_u32(self.code) }
    }

    /// As it is written.
    pub fn text(self) -> String {
        format!("{}{}", if self.is_escape { "\\" } else { "" }, shown(self.code))
    }
}

/// A code as a character.
pub fn shown(code: u32) -> char {
    surrogate::character(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

impl Source {
    pub fn new(text: Vec<u32>, is_text: bool) -> Result<Source, Refusal> {
        let mut source = Source { text, is_text, index: 0, next: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<(), Refusal> {
        let Some(&code) = self.text.get(self.index) else {
            self.next = None;
            return Ok(());
        };
        if code != '\\' as u32 {
            self.next = Some(Token { code, is_escape: false });
            self.index += 1;
            return Ok(());
        }
        let Some(&code) = self.text.get(self.index + 1) else {
            let place = self.text.len() - 1;
            let refusal = Refusal::Pattern("bad escape (end of pattern)".to_owned(), Some(place));
            return Err(Refusal::During(Box::new(refusal), Caught::End));
        };
        self.next = Some(Token { code, is_escape: true });
        self.index += 2;
        Ok(())
    }

    pub fn peek(&self) -> Option<Token> {
        self.next
    }

    /// Whether the next token is this character.
    pub fn next_is(&self, character: char) -> bool {
        self.next.is_some_and(|token| token.is(character))
    }

    /// The next character, if it is of some kind.
    pub fn next_plain(&self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        self.next.and_then(Token::plain).filter(|character| is_wanted(*character))
    }

    pub fn take(&mut self) -> Result<Option<Token>, Refusal> {
        let token = self.next;
        self.advance()?;
        Ok(token)
    }

    /// Take the next token if it is this character.
    pub fn accept(&mut self, character: char) -> Result<bool, Refusal> {
        let found = self.next_is(character);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// Append to `into` up to `count` characters of a kind.
    pub fn take_while(
        &mut self,
        into: &mut String,
        count: usize,
        is_wanted: impl Fn(char) -> bool,
    ) -> Result<(), Refusal> {
        for _ in 0..count {
            let Some(character) = self.next_plain(&is_wanted) else { break };
            into.push(character);
            self.advance()?;
        }
        Ok(())
    }

    /// The text up to a terminator, which is taken too.
    pub fn until(&mut self, terminator: char, what: &str) -> Result<String, Refusal> {
        let mut found = String::new();
        loop {
            match self.take()? {
                None if found.is_empty() => return Err(self.error(format!("missing {what}"), 0)),
                None => {
                    let length = found.chars().count();
                    return Err(self.error(format!("missing {terminator}, unterminated name"), length));
                }
                Some(token) if token.is(terminator) => {
                    if found.is_empty() {
                        return Err(self.error(format!("missing {what}"), 1));
                    }
                    return Ok(found);
                }
                Some(token) => found.push_str(&token.text()),
            }
        }
    }

    /// Where the next token begins.
    pub fn place(&self) -> usize {
        self.index - self.next.map_or(0, Token::length)
    }

    pub fn seek(&mut self, place: usize) -> Result<(), Refusal> {
        self.index = place;
        self.advance()
    }

    /// An error at a place `back` characters before the next token.
    #[cold]
    pub fn error(&self, message: impl Into<String>, back: usize) -> Refusal {
        let mut message = message.into();
        if !self.is_text {
            let mut escaped = String::with_capacity(message.len());
            for character in message.chars() {
                if character.is_ascii() {
                    escaped.push(character);
                } else {
                    push_hex_escape(&mut escaped, surrogate::code(character));
                }
            }
            message = escaped;
        }
        Refusal::Pattern(message, Some(self.place().saturating_sub(back)))
    }

    /// An error unless `name` can be the name of a group.
    pub fn check_group_name(&self, name: &str, back: usize) -> Result<(), Refusal> {
        let mut characters = name.chars();
        let is_identifier = characters.next().is_some_and(|c| unicode::properties(c).is_identifier_start())
            && characters.all(|c| unicode::properties(c).is_identifier_part());
        if is_identifier && (self.is_text || name.is_ascii()) {
            return Ok(());
        }
        let mut shown = String::new();
        push_repr(&mut shown, name);
        let length = name.chars().count();
        Err(self.error(format!("bad character in group name {shown}"), length + back))
    }
}
