//! What some rules do with what they have read.

use super::machine::{Bound, Machine, Matched, part};
use super::node::{Kind, NodeId, Targets};
use super::raise::Raised;
use super::table::Place;
use super::tokens::Tok;
use crate::decode::{self, Findings};
use crate::source::Span;
use crate::token::TokenKind as T;

/// Words that were statements once.
const LEGACY: [&str; 2] = ["print", "exec"];

impl Machine<'_> {
    fn text(&self, node: NodeId) -> &str {
        self.source.slice(self.nodes.get(node).span)
    }

    fn kind(&self, node: NodeId) -> Kind {
        self.nodes.get(node).kind
    }

    /// Raise what an alternative says, with the names of its parts filled in.
    pub(super) fn complain(&mut self, place: Place, text: &str, bound: &Bound) -> Raised {
        let mut message = text.to_owned();
        for &(name, node) in bound {
            if message.contains('{') {
                let line = self.source.line(self.nodes.get(node).span.start).to_string();
                message = message.replace(&format!("{{{name}#}}"), &line);
                message = message.replace(&format!("{{{name}$}}"), self.text(node));
                message = message.replace(&format!("{{{name}}}"), self.kind(node).description());
            }
        }
        match place {
            Place::At(name) => self.raise_range(part(bound, name), part(bound, name), message),
            Place::From(from, to) => self.raise_between(part(bound, from), part(bound, to), message),
            Place::Onward(name) => self.raise_onward(part(bound, name), message),
            Place::Here => self.raise_here(message),
            Place::Next => match self.fetch(self.mark) {
                Ok(tok) => self.raise_at_token_loosely(tok, message),
                Err(raised) => raised,
            },
            Place::Indentation => self.raise_indentation(message),
        }
    }

    /// Do what the rules call `action`. `None`: the rule does not match after all.
    pub(super) fn act(&mut self, action: &str, bound: &Bound, start: usize) -> Matched {
        let a = part(bound, 'a');
        let b = bound.iter().find(|(name, _)| *name == 'b').map_or(a, |(_, node)| *node);
        match action {
            "string" => self.string(a),
            "strings" => self.strings(a, start),
            "fstring" => self.fstring(b, start),
            "spec_text" => {
                self.f_string_text(self.nodes.get(a).span)?;
                Ok(Some(a))
            }
            "conversion" => self.conversion(a, b),
            "field" => self.field(a),
            "real" if self.text(a).ends_with(['j', 'J']) => {
                Err(self.raise_range(a, a, "real number required in complex literal".to_owned()))
            }
            "imaginary" if !self.text(a).ends_with(['j', 'J']) => {
                Err(self.raise_range(a, a, "imaginary number required in complex literal".to_owned()))
            }
            "real" | "imaginary" => Ok(Some(a)),
            "bare_generator" => {
                let is_positional =
                    |&&child: &&NodeId| !matches!(self.kind(child), Kind::Keyword | Kind::Unpacked);
                let args = &self.nodes.get(a).children;
                let positional: Vec<NodeId> = args.iter().filter(is_positional).copied().collect();
                match positional[..] {
                    [_, .., last] => {
                        let message = "Generator expression must be parenthesized".to_owned();
                        Err(self.raise_between(last, b, message))
                    }
                    _ => Ok(None),
                }
            }
            "positional_after_keyword" => {
                let is_unpacked = |&child: &NodeId| self.kind(child) == Kind::Unpacked;
                let unpacks = self.nodes.get(a).children.iter().any(is_unpacked);
                let what = if unpacks { "keyword argument unpacking" } else { "keyword argument" };
                Err(self.raise_here(format!("positional argument follows {what}")))
            }
            "legacy" => {
                let name = self.text(a);
                if !LEGACY.contains(&name) {
                    return Ok(None);
                }
                let message = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
                Err(self.raise_between(a, b, message))
            }
            "missing_comma" => {
                let is_legacy = self.kind(a) == Kind::Name && LEGACY.contains(&self.text(a));
                let is_outside = self.mark == 0 || self.tokens[self.mark - 1].level == 0;
                if is_legacy || is_outside {
                    return Ok(None);
                }
                let message = "invalid syntax. Perhaps you forgot a comma?".to_owned();
                Err(self.raise_between(a, b, message))
            }
            "typevartuple_bound" | "paramspec_bound" => {
                let of = if action == "paramspec_bound" { "ParamSpec" } else { "TypeVarTuple" };
                let what = if self.kind(b) == Kind::Tuple { "constraints" } else { "bound" };
                Err(self.raise_onward(a, format!("cannot use {what} with {of}")))
            }
            "assign_target" => self.wrong_target(a, Targets::Assigned),
            "for_target" => self.wrong_target(a, Targets::Looped),
            "delete_target" => self.wrong_target(a, Targets::Deleted),
            "missing_value" => Err(self.raise_before_end(a, "':' expected after dictionary key".to_owned())),
            _ => unreachable!("internal error: no action {action}"),
        }
    }

    fn wrong_target(&mut self, node: NodeId, targets: Targets) -> Matched {
        let Some(wrong) = self.nodes.invalid_target(node, targets) else { return Ok(None) };
        let verb = if targets == Targets::Deleted { "delete" } else { "assign to" };
        let message = format!("cannot {verb} {}", self.kind(wrong).description());
        Err(self.raise_range(wrong, wrong, message))
    }

    /// `!r`
    fn conversion(&mut self, bang: NodeId, name: NodeId) -> Matched {
        if self.nodes.get(bang).span.end != self.nodes.get(name).span.start {
            let message = "f-string: conversion type must come right after the exclamanation mark";
            return Err(self.raise_between(bang, name, message.to_owned()));
        }
        Ok(Some(name))
    }

    /// A field is read to its end before its conversion is looked at.
    fn field(&mut self, conversion: NodeId) -> Matched {
        if self.kind(conversion) == Kind::Nothing {
            return Ok(Some(conversion));
        }
        let text = self.text(conversion);
        if matches!(text, "s" | "r" | "a") {
            return Ok(Some(self.nodes.add(Kind::Nothing, Span::default(), Vec::new())));
        }
        let message = format!("f-string: invalid conversion character '{text}': expected 's', 'r', or 'a'");
        Err(self.raise_range(conversion, conversion, message))
    }

    /// An integer may have too many digits.
    pub(super) fn check_number(&mut self, tok: Tok) -> Result<(), Raised> {
        if tok.kind != Some(T::Int) || tok.span.end - tok.span.start < 4300 {
            return Ok(());
        }
        let mut findings = Findings::default();
        decode::integer(self.source.slice(tok.span), tok.span, &mut findings);
        match findings.0.into_iter().find(|found| found.kind.is_error()) {
            Some(found) => Err(self.raise_in_line(tok.span, found.message)),
            None => Ok(()),
        }
    }

    /// A string literal: its escapes may be wrong.
    fn string(&mut self, node: NodeId) -> Matched {
        let span = self.nodes.get(node).span;
        let literal = self.source.slice(span);
        let mut findings = Findings::default();
        decode::string(literal, span, &mut findings);
        if let Some(found) = findings.0.into_iter().find(|found| found.kind.is_error()) {
            return Err(if found.message.starts_with("bytes can only") {
                self.raise_range(node, node, found.message)
            } else {
                self.raise_here(found.message)
            });
        }
        let prefix = literal.bytes().take_while(u8::is_ascii_alphabetic);
        let is_bytes = prefix.into_iter().any(|letter| matches!(letter, b'b' | b'B'));
        let kind = if is_bytes { Kind::Bytes } else { Kind::Literal };
        Ok(Some(self.nodes.add(kind, span, Vec::new())))
    }

    /// An f-string: the escapes of its text may be wrong.
    fn fstring(&mut self, middles: NodeId, start: usize) -> Matched {
        let middles: Vec<Span> = self
            .nodes
            .get(middles)
            .children
            .iter()
            .filter(|&&child| self.kind(child) == Kind::Token)
            .map(|&child| self.nodes.get(child).span)
            .collect();
        for span in middles {
            self.f_string_text(span)?;
        }
        let span = self.span_from(start);
        Ok(Some(self.nodes.add(Kind::FString, span, Vec::new())))
    }

    fn f_string_text(&mut self, span: Span) -> Result<(), Raised> {
        let index = self.tokens.partition_point(|tok| tok.span.start < span.start);
        let mut same = self.tokens[index..].iter().take_while(|tok| tok.span.start == span.start);
        let is_raw = same.any(|tok| tok.kind == Some(T::FStringRawMiddle));
        let mut findings = Findings::default();
        decode::f_string_text(self.source.slice(span), is_raw, span, &mut findings);
        match findings.0.into_iter().find(|found| found.kind.is_error()) {
            Some(found) => Err(self.raise_here(found.message)),
            None => Ok(()),
        }
    }

    /// Literals side by side.
    fn strings(&mut self, all: NodeId, start: usize) -> Matched {
        let kinds: Vec<Kind> = self.nodes.get(all).children.iter().map(|&child| self.kind(child)).collect();
        let bytes = kinds.iter().filter(|&&kind| kind == Kind::Bytes).count();
        if bytes > 0 && bytes < kinds.len() {
            return Err(self.raise_here("cannot mix bytes and nonbytes literals".to_owned()));
        }
        let kind = if kinds.contains(&Kind::FString) { Kind::FString } else { Kind::Literal };
        let span = self.span_from(start);
        Ok(Some(self.nodes.add(kind, span, Vec::new())))
    }
}
