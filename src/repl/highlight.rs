//! Colours of what is typed, by the real tokenizer.

use apy_grammar::{SourceFile, TokenKind};
use std::borrow::Cow;

/// Paints text; without colours it stays as it is.
pub struct Highlight {
    is_on: bool,
}

impl Default for Highlight {
    fn default() -> Highlight {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Highlight { is_on: !no_colour }
    }
}

impl Highlight {
    /// The line with colours that are readable on dark and on light.
    pub fn paint<'l>(&self, line: &'l str) -> Cow<'l, str> {
        if !self.is_on || line.starts_with(':') {
            return Cow::Borrowed(line);
        }
        let source = SourceFile::new("", line);
        let tokenized = apy_grammar::tokenize(&source);
        let tokens = tokenized.tokens.iter().filter_map(|token| Some((token.span, colour(token.kind)?)));
        let comments = tokenized.comments.iter().map(|span| (*span, "90"));
        let mut spans: Vec<_> = tokens.chain(comments).collect();
        spans.sort_by_key(|(span, _)| span.start);
        let mut painted = String::with_capacity(line.len() * 2);
        let mut done = 0;
        for (span, code) in spans {
            let (start, end) = (span.start as usize, (span.end as usize).min(line.len()));
            if start < done || start >= end {
                continue;
            }
            painted.push_str(&line[done..start]);
            painted.push_str(&format!("\x1b[{code}m{}\x1b[0m", &line[start..end]));
            done = end;
        }
        painted.push_str(&line[done..]);
        Cow::Owned(painted)
    }

    pub fn prompt<'p>(&self, prompt: &'p str) -> Cow<'p, str> {
        self.with("1;36", prompt)
    }

    pub fn hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        self.with("90", hint)
    }

    fn with<'t>(&self, code: &str, text: &'t str) -> Cow<'t, str> {
        if self.is_on { Cow::Owned(format!("\x1b[{code}m{text}\x1b[0m")) } else { Cow::Borrowed(text) }
    }
}

fn colour(kind: TokenKind) -> Option<&'static str> {
    Some(match kind {
        TokenKind::String
        | TokenKind::FStringStart
        | TokenKind::FStringMiddle
        | TokenKind::FStringRawMiddle
        | TokenKind::FStringEnd => "32",
        TokenKind::Int | TokenKind::Float | TokenKind::Imaginary => "36",
        kind if kind.is_keyword() => "35",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_the_same_but_for_colours() {
        let painted = Highlight { is_on: true }.paint("if x: return f'a{1}' # c").into_owned();
        assert!(painted.contains("\x1b[35mif\x1b[0m"), "{painted:?}");
        assert!(painted.contains("\x1b[90m# c\x1b[0m"), "{painted:?}");
        let mut plain = String::new();
        let mut rest = painted.as_str();
        while let Some((before, after)) = rest.split_once("\x1b[") {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        assert_eq!(plain + rest, "if x: return f'a{1}' # c");
    }
}
