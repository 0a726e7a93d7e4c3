//! What a character is, as CPython 3.13 sees it (Unicode 15.1): classes, and full case mapping.

mod tables;

pub use tables::VERSION;
use tables::{CASE_FOLD, RECORDS, RUNS, TITLE_CASE, ZEROS};

/// The properties of one character: a set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Properties(u16);

const BLOCKS: usize = 0x110000 >> 8;

/// Per block of 256 code points the index of the run that its first code point belongs to, so
/// that a lookup searches only the runs of one block.
static BLOCK_RUNS: [u16; BLOCKS + 1] = {
    let mut table = [0; BLOCKS + 1];
    let (mut block, mut run) = (0, 0);
    while block < BLOCKS {
        while run + 1 < RUNS.len() && (RUNS[run + 1] >> 8) as usize <= block << 8 {
            run += 1;
        }
        table[block] = run as u16;
        block += 1;
    }
    table[BLOCKS] = RUNS.len() as u16 - 1;
    table
};

macro_rules! properties {
    ($($(#[doc = $doc:literal])+ $name:ident = $flag:ident $(| $more:ident)*;)+) => {
        impl Properties {
            $($(#[doc = $doc])+
            #[inline]
            pub fn $name(self) -> bool {
                self.0 & (tables::$flag $(| tables::$more)*) != 0
            })+
        }
    };
}

properties! {
    /// `str.isalpha`.
    is_alpha = ALPHA;
    /// `str.isdecimal`.
    is_decimal = DECIMAL;
    /// `str.isdigit`.
    is_digit = DIGIT;
    /// `str.isnumeric`.
    is_numeric = NUMERIC;
    /// `str.isalnum`.
    is_alphanumeric = ALPHA | DECIMAL | DIGIT | NUMERIC;
    /// Lower case.
    is_lower = LOWER;
    /// Upper case.
    is_upper = UPPER;
    /// Title case: one character for a capital followed by a small letter.
    is_title = TITLE;
    /// Has a case at all.
    is_cased = LOWER | UPPER | TITLE;
    /// Does not interrupt a word for the rule of the final sigma.
    is_case_ignorable = CASE_IGNORABLE;
    /// `str.isspace`.
    is_space = SPACE;
    /// `str.isprintable`; `repr` shows it as it is.
    is_printable = PRINTABLE;
    /// May begin an identifier (the underscore too).
    is_identifier_start = XID_START;
    /// May stand in an identifier.
    is_identifier_part = XID_CONTINUE;
}

/// The properties of a character.
#[inline]
pub fn properties(character: char) -> Properties {
    let code = character as u32;
    let block = (code >> 8) as usize;
    let (first, last) = (BLOCK_RUNS[block] as usize, BLOCK_RUNS[block + 1] as usize);
    let later = RUNS[first + 1..=last].partition_point(|run| run >> 8 <= code);
    Properties(RECORDS[(RUNS[first + later] & 0xff) as usize])
}

/// `str.isspace` of one character.
#[inline]
pub fn is_space(character: char) -> bool {
    match character {
        '\t'..='\r' | '\x1c'..='\x20' => true,
        '\x21'..='\x7f' => false,
        _ => properties(character).is_space(),
    }
}

/// Whether `repr` shows the character as it is.
#[inline]
pub fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' => true,
        _ => properties(character).is_printable(),
    }
}

/// Whether `str.splitlines` breaks a line after it.
#[inline]
pub fn is_line_break(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The value of a decimal digit of any script.
pub fn decimal_value(character: char) -> Option<u32> {
    if character.is_ascii() {
        return character.to_digit(10);
    }
    let code = character as u32;
    let index = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    Some(code - ZEROS[index]).filter(|digit| *digit < 10)
}

/// Append the lower case of `character`, apart from the rule of the final sigma.
#[inline]
pub fn push_lower(into: &mut String, character: char) {
    if character.is_ascii() {
        into.push(character.to_ascii_lowercase());
    } else if properties(character).0 & tables::LOWERS != 0 {
        into.extend(character.to_lowercase());
    } else {
        into.push(character);
    }
}

/// Append the upper case of `character`.
#[inline]
pub fn push_upper(into: &mut String, character: char) {
    if character.is_ascii() {
        into.push(character.to_ascii_uppercase());
    } else if properties(character).0 & tables::UPPERS != 0 {
        into.extend(character.to_uppercase());
    } else {
        into.push(character);
    }
}

/// Append the title case of `character`.
pub fn push_title(into: &mut String, character: char) {
    if !character.is_ascii() && properties(character).0 & tables::TITLES != 0 {
        into.push_str(find(&TITLE_CASE, character));
    } else {
        push_upper(into, character);
    }
}

/// Append the case folding of `character`.
pub fn push_folded(into: &mut String, character: char) {
    if !character.is_ascii() && properties(character).0 & tables::FOLDS != 0 {
        into.push_str(find(&CASE_FOLD, character));
    } else {
        push_lower(into, character);
    }
}

fn find(table: &[(char, &'static str)], character: char) -> &'static str {
    let index = table.binary_search_by_key(&character, |row| row.0);
    table[index.expect("a character with the flag is in the table")].1
}

/// Append the lower case of the character of `text` at byte `at`: a capital sigma at the end of a
/// word has a lower case of its own.
pub fn push_lower_in_context(into: &mut String, text: &str, at: usize, character: char) {
    if character == 'Σ' {
        into.push(if is_final_sigma(text, at) { 'ς' } else { 'σ' });
    } else {
        push_lower(into, character);
    }
}

fn is_final_sigma(text: &str, at: usize) -> bool {
    let is_cased = |character: Option<char>| character.is_some_and(|c| properties(c).is_cased());
    let stops = |character: &char| !properties(*character).is_case_ignorable();
    let after = &text[at + 'Σ'.len_utf8()..];
    is_cased(text[..at].chars().rev().find(stops)) && !is_cased(after.chars().find(stops))
}

/// Whether the text is an identifier.
pub fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| properties(first).is_identifier_start())
        && characters.all(|c| properties(c).is_identifier_part())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_character() {
        assert!(properties('\u{10ffff}') == Properties(0));
        assert!(properties('a').is_lower() && properties('Z').is_upper());
        assert!(properties('\u{1c5}').is_title() && properties('ß').is_alpha());
        assert!(properties('\u{100}').is_upper() && properties('\u{ff}').is_lower());
        // Letters that are younger than 15.1 are unassigned.
        assert!(!is_printable('\u{1c89}') && !properties('\u{1c89}').is_alpha());
    }

    #[test]
    fn decimal_digits_have_values() {
        assert_eq!(decimal_value('٣'), Some(3));
        assert_eq!(decimal_value('\u{1d7ff}'), Some(9));
        assert_eq!(decimal_value('²'), None);
        assert_eq!(decimal_value('7'), Some(7));
    }

    #[test]
    fn cases() {
        let mut out = String::new();
        push_title(&mut out, 'ﬁ');
        push_folded(&mut out, 'ß');
        push_upper(&mut out, 'ŉ');
        push_lower(&mut out, 'İ');
        push_lower(&mut out, '\u{1c89}');
        assert_eq!(out, "FissʼNi\u{307}\u{1c89}");
    }
}
