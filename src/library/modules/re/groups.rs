//! Parentheses: groups, flags, conditions, looks ahead and behind.

use super::parse::{MAX_GROUPS, Parser, flag_of, repr};
use super::source::{Caught, Refusal, Token};
use super::tree::{Node, flag, width};

/// What a parenthesis turned out to be.
pub(super) enum Opened {
    Node(Node),
    Comment,
    /// Flags for the whole pattern.
    Flags,
}

impl Parser {
    #[cold]
    fn unclosed(&self, start: usize) -> Refusal {
        self.source.error("missing ), unterminated subpattern", self.source.place() - start)
    }

    /// What an opening parenthesis begins.
    pub(super) fn group(&mut self, verbose: bool, nested: usize, at_start: bool) -> Result<Opened, Refusal> {
        let start = self.source.place() - 1;
        if !self.source.accept('?')? {
            return self.captured(None, verbose, nested, start);
        }
        let end = |parser: &Parser| parser.source.error("unexpected end of pattern", 0);
        let Some(token) = self.source.take()? else { return Err(end(self)) };
        match token.plain() {
            Some('P') => {
                if self.source.accept('<')? {
                    let name = self.source.until('>', "group name")?;
                    self.source.check_group_name(&name, 1)?;
                    return self.captured(Some(name), verbose, nested, start);
                }
                if self.source.accept('=')? {
                    let name = self.source.until(')', "group name")?;
                    self.source.check_group_name(&name, 1)?;
                    let group = self.named(&name)?;
                    let node = self.reference(group, name.chars().count() + 1)?;
                    return Ok(Opened::Node(node));
                }
                let Some(token) = self.source.take()? else { return Err(end(self)) };
                let text = token.text();
                let length = text.chars().count();
                Err(self.source.error(format!("unknown extension ?P{text}"), length + 2))
            }
            Some(':') => self.uncaptured(0, 0, verbose, nested, start),
            Some('#') => loop {
                if self.source.peek().is_none() {
                    let back = self.source.place() - start;
                    return Err(self.source.error("missing ), unterminated comment", back));
                }
                if self.source.take()?.is_some_and(|token| token.is(')')) {
                    return Ok(Opened::Comment);
                }
            },
            Some(sign @ ('=' | '!' | '<')) => self.look(sign, verbose, nested, start),
            Some('(') => self.conditional(verbose, nested, start),
            Some('>') => {
                let body = self.body(verbose, nested, start)?;
                Ok(Opened::Node(Node::Atomic(body)))
            }
            Some(sign) if sign == '-' || flag_of(sign).is_some() => {
                let Some((add, remove)) = self.inline_flags(sign)? else {
                    if !at_start {
                        let back = self.source.place() - start;
                        return Err(self
                            .source
                            .error("global flags not at the start of the expression", back));
                    }
                    return Ok(Opened::Flags);
                };
                let verbose = (verbose || add & flag::VERBOSE != 0) && remove & flag::VERBOSE == 0;
                self.uncaptured(add, remove, verbose, nested, start)
            }
            _ => {
                let text = token.text();
                let length = text.chars().count();
                Err(self.source.error(format!("unknown extension ?{text}"), length + 1))
            }
        }
    }

    fn named(&self, name: &str) -> Result<usize, Refusal> {
        match self.names.iter().find(|(known, _)| known == name) {
            Some((_, group)) => Ok(*group),
            None => {
                let message = format!("unknown group name {}", repr(name));
                Err(self.source.error(message, name.chars().count() + 1))
            }
        }
    }

    /// What stands in parentheses, the closing one included.
    fn body(&mut self, verbose: bool, nested: usize, start: usize) -> Result<Vec<Node>, Refusal> {
        let body = self.alternatives(verbose, nested + 1)?;
        if !self.source.accept(')')? {
            return Err(self.unclosed(start));
        }
        Ok(body)
    }

    fn captured(
        &mut self,
        name: Option<String>,
        verbose: bool,
        nested: usize,
        start: usize,
    ) -> Result<Opened, Refusal> {
        let index = self.widths.len();
        self.widths.push(None);
        if let Some(name) = name {
            if let Some((_, other)) = self.names.iter().find(|(known, _)| *known == name) {
                let shown = repr(&name);
                let message =
                    format!("redefinition of group name {shown} as group {index}; was group {other}");
                let refusal = self.source.error(message.clone(), name.chars().count() + 1);
                return Err(Refusal::During(Box::new(refusal), Caught::Pattern(message)));
            }
            self.names.push((name, index));
        }
        let body = self.body(verbose, nested, start)?;
        self.widths[index] = Some(width(&body, &self.widths));
        Ok(Opened::Node(Node::Group { index: Some(index), add: 0, remove: 0, body }))
    }

    fn uncaptured(
        &mut self,
        add: u32,
        remove: u32,
        verbose: bool,
        nested: usize,
        start: usize,
    ) -> Result<Opened, Refusal> {
        let body = self.body(verbose, nested, start)?;
        Ok(Opened::Node(Node::Group { index: None, add, remove, body }))
    }

    /// `(?=`, `(?!`, `(?<=`, `(?<!`.
    fn look(&mut self, sign: char, verbose: bool, nested: usize, start: usize) -> Result<Opened, Refusal> {
        let (mut sign, behind) = (sign, sign == '<');
        let outer = self.behind;
        if behind {
            let Some(token) = self.source.take()? else {
                return Err(self.source.error("unexpected end of pattern", 0));
            };
            sign = match token.plain() {
                Some(sign @ ('=' | '!')) => sign,
                _ => {
                    let text = token.text();
                    let length = text.chars().count();
                    return Err(self.source.error(format!("unknown extension ?<{text}"), length + 2));
                }
            };
            self.behind = outer.or(Some(self.widths.len()));
        }
        let body = self.alternatives(verbose, nested + 1)?;
        self.behind = outer;
        if !self.source.accept(')')? {
            return Err(self.unclosed(start));
        }
        let negate = sign == '!';
        // Nothing is always there.
        let node = if negate && body.is_empty() { Node::Fail } else { Node::Look { behind, negate, body } };
        Ok(Opened::Node(node))
    }

    /// `(?(group)yes|no)`.
    fn conditional(&mut self, verbose: bool, nested: usize, start: usize) -> Result<Opened, Refusal> {
        let name = self.source.until(')', "group name")?;
        let length = name.chars().count();
        let group = if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let group = name.parse().unwrap_or(usize::MAX);
            if group == 0 {
                return Err(self.source.error("bad group number", length + 1));
            }
            if group >= MAX_GROUPS {
                return Err(self.source.error(format!("invalid group reference {name}"), length + 1));
            }
            if !self.asked.iter().any(|(asked, _)| *asked == group) {
                self.asked.push((group, self.source.place() - length - 1));
            }
            group
        } else {
            self.source.check_group_name(&name, 1)?;
            self.named(&name)?
        };
        self.check_behind(group)?;
        let yes = self.sequence(verbose, nested + 1, false)?;
        let mut no = None;
        if self.source.accept('|')? {
            no = Some(self.sequence(verbose, nested + 1, false)?);
            if self.source.next_is('|') {
                return Err(self.source.error("conditional backref with more than two branches", 0));
            }
        }
        if !self.source.accept(')')? {
            return Err(self.unclosed(start));
        }
        Ok(Opened::Node(Node::Conditional { group, yes, no }))
    }

    /// Flags in a pattern that begin with `sign`; `None` if they are for all of it.
    fn inline_flags(&mut self, sign: char) -> Result<Option<(u32, u32)>, Refusal> {
        let (mut add, mut remove) = (0, 0);
        let mut sign = Some(sign);
        let refuse = |parser: &Parser, missing: &str, token: Option<Token>| match token {
            None => parser.source.error(missing, 0),
            Some(token) => {
                let is_letter = token.plain().is_some_and(char::is_alphabetic);
                let message = if is_letter { "unknown flag" } else { missing };
                parser.source.error(message, token.text().chars().count())
            }
        };
        if sign != Some('-') {
            while let Some(letter) = sign {
                let Some(value) = flag_of(letter) else { break };
                let wrong = match (self.source.is_text, letter) {
                    (true, 'L') => Some("bad inline flags: cannot use 'L' flag with a str pattern"),
                    (false, 'u') => Some("bad inline flags: cannot use 'u' flag with a bytes pattern"),
                    _ => None,
                };
                if let Some(message) = wrong {
                    return Err(self.source.error(message, 0));
                }
                add |= value;
                if value & flag::TYPES != 0 && add & flag::TYPES != value {
                    let message = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
                    return Err(self.source.error(message, 0));
                }
                let token = self.source.take()?;
                sign = token.and_then(Token::plain);
                if !sign.is_some_and(|c| matches!(c, ')' | '-' | ':') || flag_of(c).is_some()) {
                    return Err(refuse(self, "missing -, : or )", token));
                }
            }
        }
        if sign == Some(')') {
            self.flags |= add;
            return Ok(None);
        }
        if sign == Some('-') {
            let token = self.source.take()?;
            sign = token.and_then(Token::plain);
            if sign.is_none_or(|c| flag_of(c).is_none()) {
                return Err(refuse(self, "missing flag", token));
            }
            while let Some(value) = sign.and_then(flag_of) {
                if value & flag::TYPES != 0 {
                    let message = "bad inline flags: cannot turn off flags 'a', 'u' and 'L'";
                    return Err(self.source.error(message, 0));
                }
                remove |= value;
                let token = self.source.take()?;
                sign = token.and_then(Token::plain);
                if sign != Some(':') && sign.is_none_or(|c| flag_of(c).is_none()) {
                    return Err(refuse(self, "missing :", token));
                }
            }
        }
        if add & remove != 0 {
            return Err(self.source.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, remove)))
    }
}
