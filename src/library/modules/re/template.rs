//! Replacement texts: `\1`, `\g<name>` and escapes.

use super::parse::{MAX_GROUPS, is_octal, plain_escape, repr};
use super::source::{Refusal, Source, shown};
use crate::object::Value;

/// A part of a template: a text, or the number of a group.
pub enum Piece {
    Text(Value),
    Group(usize),
}

/// Read a template for a pattern with so many groups.
pub fn parse(
    codes: Vec<u32>,
    is_text: bool,
    groups: usize,
    named: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<Piece>, Refusal> {
    let mut source = Source::new(codes, is_text)?;
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let flush = |literal: &mut String, pieces: &mut Vec<Piece>| {
        if literal.is_empty() {
            return;
        }
        pieces.push(Piece::Text(if is_text {
            Value::str(literal)
        } else {
            Value::bytes(literal.chars().map(|character| character as u8).collect::<Vec<u8>>())
        }));
        literal.clear();
    };
    while let Some(token) = source.take()? {
        if !token.is_escape {
            literal.push(shown(token.code));
            continue;
        }
        let mut written = token.text();
        let (group, back) = match shown(token.code) {
            'g' => {
                if !source.accept('<')? {
                    return Err(source.error("missing <", 0));
                }
                let name = source.until('>', "group name")?;
                let length = name.chars().count();
                let group = if name.bytes().all(|byte| byte.is_ascii_digit()) {
                    let group = name.parse().unwrap_or(usize::MAX);
                    if group >= MAX_GROUPS {
                        return Err(source.error(format!("invalid group reference {name}"), length + 1));
                    }
                    group
                } else {
                    source.check_group_name(&name, 1)?;
                    named(&name)
                        .ok_or_else(|| Refusal::Index(format!("unknown group name {}", repr(&name))))?
                };
                (group, length + 1)
            }
            '0' => {
                source.take_while(&mut written, 2, is_octal)?;
                let code = u32::from_str_radix(&written[1..], 8).unwrap_or(0) & 0xff;
                literal.push(shown(code));
                continue;
            }
            first @ '1'..='9' => {
                if let Some(second) = source.next_plain(|c| c.is_ascii_digit()) {
                    written.push(second);
                    source.take()?;
                    if is_octal(first) && is_octal(second) && source.next_plain(is_octal).is_some() {
                        source.take_while(&mut written, 1, is_octal)?;
                        let code = u32::from_str_radix(&written[1..], 8).unwrap_or(u32::MAX);
                        if code > 0o377 {
                            let message = format!("octal escape value {written} outside of range 0-0o377");
                            return Err(source.error(message, written.len()));
                        }
                        literal.push(shown(code));
                        continue;
                    }
                }
                (written[1..].parse().unwrap_or(MAX_GROUPS), written.len() - 1)
            }
            character => {
                match plain_escape(token.code) {
                    Some(code) => literal.push(shown(code)),
                    None if character.is_ascii_alphabetic() => {
                        let message = format!("bad escape {written}");
                        return Err(source.error(message, written.chars().count()));
                    }
                    None => literal.push_str(&written),
                }
                continue;
            }
        };
        if group > groups {
            return Err(source.error(format!("invalid group reference {group}"), back));
        }
        flush(&mut literal, &mut pieces);
        pieces.push(Piece::Group(group));
    }
    flush(&mut literal, &mut pieces);
    Ok(pieces)
}
