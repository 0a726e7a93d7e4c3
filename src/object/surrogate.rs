//! Lone surrogates in texts. A str of apy is UTF-8, which has no place for the code points U+D800 to
//! U+DFFF; each stands there as the character 0xF0000 further on, in a private range of plane 15
//! that nothing uses. Those 2,048 private characters themselves are refused, so that no two texts
//! are mistaken for each other. Whoever asks for a character's code, or encodes a text, asks here.

use super::escape::push_hex_escape;
use super::fault::Fault;
use apy_grammar::surrogate::{SHIFT, STANDINS};
use std::borrow::Cow;
use std::cmp::Ordering;

pub use apy_grammar::surrogate::{code, contains, is_standin};

/// The character with a code up to 0x10ffff.
pub fn character(code: u32) -> Result<char, Fault> {
    match char::from_u32(code) {
        Some(character) if is_standin(character) => Err(refused()),
        Some(character) => Ok(character),
        None => Ok(standin(code)),
    }
}

/// What stands for the surrogate with a code.
pub fn standin(code: u32) -> char {
    char::from_u32(code + SHIFT).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The error for the private characters whose place surrogates take.
#[cold]
pub fn refused() -> Fault {
    let message =
        format!("the characters U+{:X} to U+{:X} are not supported by apy", STANDINS.start(), STANDINS.end());
    Fault::value(&message)
}

/// A text as it is written where surrogates cannot be: with escapes for them.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !contains(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_standin(character) {
            push_hex_escape(&mut out, code(character));
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Texts in the order of their code points, which is that of their bytes but for surrogates.
#[inline]
pub fn compare(a: &str, b: &str) -> Ordering {
    let order = a.cmp(b);
    if order.is_ne() && (contains(a) || contains(b)) {
        return a.chars().map(code).cmp(b.chars().map(code));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        for value in [0, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfd7ff, 0xfe000, 0x10ffff] {
            assert_eq!(character(value).map(code), Ok(value));
        }
        for value in [0xfd800, 0xfdfff] {
            assert!(character(value).is_err());
        }
    }

    #[test]
    fn order() {
        let text = |value: u32| character(value).map(String::from).unwrap_or_default();
        let codes = [0x61, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xffff, 0x10000, 0x10ffff];
        for (i, a) in codes.iter().enumerate() {
            for (j, b) in codes.iter().enumerate() {
                assert_eq!(compare(&text(*a), &text(*b)), i.cmp(&j), "{a:x} {b:x}");
            }
        }
        assert!(!contains("a\u{f0000}\u{10ffff}é"));
        assert!(contains(&text(0xdc80)));
    }
}
