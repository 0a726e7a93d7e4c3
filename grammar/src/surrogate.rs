//! Characters that stand for lone surrogates in texts.

use std::ops::RangeInclusive;

/// How far a stand-in is from its surrogate.
pub const SHIFT: u32 = 0xf0000;

/// The codes of the stand-ins.
pub const STANDINS: RangeInclusive<u32> = 0xd800 + SHIFT..=0xdfff + SHIFT;

/// Whether a character stands for a surrogate.
#[inline]
pub fn is_standin(character: char) -> bool {
    STANDINS.contains(&(character as u32))
}

/// The code of a character as scripts see it.
#[inline]
pub fn code(character: char) -> u32 {
    let code = character as u32;
    if STANDINS.contains(&code) { code - SHIFT } else { code }
}

/// Whether a text has surrogates in it.
#[inline]
pub fn contains(text: &str) -> bool {
    let bytes = text.as_bytes();
    // In UTF-8 the stand-ins are F3 BD A0 80 to F3 BD BF BF.
    let mut at = 0;
    while let Some(found) = memchr::memchr(0xf3, &bytes[at..]) {
        at += found + 1;
        if bytes.get(at) == Some(&0xbd) && bytes.get(at + 1).is_some_and(|third| *third >= 0xa0) {
            return true;
        }
    }
    false
}
