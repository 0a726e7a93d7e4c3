//! The tables, read from `database.txt` when first asked, and the normal forms made with them.

use std::collections::HashMap;
use std::sync::OnceLock;

/// Properties that many characters share.
pub struct Record {
    pub category: &'static str,
    pub combining: u8,
    pub bidirectional: &'static str,
    pub is_mirrored: bool,
    pub width: &'static str,
}

/// The value of a character.
pub struct Number {
    /// `d`: decimal, `g`: digit, `n`: any other.
    pub kind: u8,
    pub numerator: i64,
    pub denominator: i64,
}

/// Characters in a row whose values count up.
struct NumberRun {
    first: u32,
    count: u32,
    value: Number,
}

/// A normal form.
#[derive(Clone, Copy)]
pub struct Form {
    composes: bool,
    is_compatible: bool,
}

impl Form {
    pub fn by_name(name: &str) -> Option<Form> {
        let (composes, is_compatible) = match name {
            "NFC" => (true, false),
            "NFD" => (false, false),
            "NFKC" => (true, true),
            "NFKD" => (false, true),
            _ => return None,
        };
        Some(Form { composes, is_compatible })
    }
}

pub struct Database {
    /// By the first character.
    records: Vec<(u32, Record)>,
    numbers: Vec<NumberRun>,
    decompositions: HashMap<u32, &'static str>,
    compositions: HashMap<(char, char), char>,
}

static TEXT: &str = include_str!("database.txt");

/// Names of characters that have no name proper, or a second one.
pub fn is_alias(name: &str) -> bool {
    // The crate matches aliases to the letter as far as spaces go; what has none of the characters
    // that it passes over is exact by itself.
    !name.contains(['_', '-']) && !name.starts_with(' ') && !name.ends_with(' ')
}

fn hexadecimal(text: &str) -> u32 {
    u32::from_str_radix(text, 16).expect("the database holds hexadecimal numbers")
}

fn hexadecimal_character(text: &str) -> char {
    char::from_u32(hexadecimal(text)).expect("no surrogate has a decomposition")
}

fn record_of(line: &'static str) -> Option<(u32, Record)> {
    let mut fields = line.split(' ');
    let first = hexadecimal(fields.next()?);
    let category = fields.next()?;
    let combining = fields.next()?.parse().ok()?;
    let bidirectional = fields.next().map(|class| if class == "-" { "" } else { class })?;
    let is_mirrored = fields.next()? == "1";
    Some((first, Record { category, combining, bidirectional, is_mirrored, width: fields.next()? }))
}

fn number_of(line: &str) -> Option<NumberRun> {
    let mut fields = line.split(' ');
    let first = hexadecimal(fields.next()?);
    let count = fields.next()?.parse().ok()?;
    let kind = *fields.next()?.as_bytes().first()?;
    let value = fields.next()?;
    let (numerator, denominator) = value.split_once('/').unwrap_or((value, "1"));
    let value = Number { kind, numerator: numerator.parse().ok()?, denominator: denominator.parse().ok()? };
    Some(NumberRun { first, count, value })
}

// Syllables of Hangul are computed.
const SYLLABLES: u32 = 0xAC00;
const LEADS: u32 = 0x1100;
const VOWELS: u32 = 0x1161;
const TRAILS: u32 = 0x11A7;
const VOWEL_COUNT: u32 = 21;
const TRAIL_COUNT: u32 = 28;
const SYLLABLE_COUNT: u32 = 11_172;

fn compose_syllable(first: char, second: char) -> Option<char> {
    let (first, second) = (u32::from(first), u32::from(second));
    if (LEADS..LEADS + 19).contains(&first) && (VOWELS..VOWELS + VOWEL_COUNT).contains(&second) {
        let index = (first - LEADS) * VOWEL_COUNT + second - VOWELS;
        return char::from_u32(SYLLABLES + index * TRAIL_COUNT);
    }
    let is_open = (SYLLABLES..SYLLABLES + SYLLABLE_COUNT).contains(&first)
        && (first - SYLLABLES).is_multiple_of(TRAIL_COUNT);
    if is_open && (TRAILS + 1..TRAILS + TRAIL_COUNT).contains(&second) {
        return char::from_u32(first + second - TRAILS);
    }
    None
}

impl Database {
    pub fn get() -> &'static Database {
        static DATABASE: OnceLock<Database> = OnceLock::new();
        DATABASE.get_or_init(|| {
            let mut sections = TEXT.split("\n\n").map(str::lines);
            let mut section = || sections.next().expect("the database has four sections");
            Database {
                records: section().filter_map(record_of).collect(),
                numbers: section().filter_map(number_of).collect(),
                decompositions: section()
                    .filter_map(|line| line.split_once(' '))
                    .map(|(code, text)| (hexadecimal(code), text))
                    .collect(),
                compositions: section()
                    .filter_map(|line| {
                        let mut parts = line.split(' ').map(hexadecimal_character);
                        Some(((parts.next()?, parts.next()?), parts.next()?))
                    })
                    .collect(),
            }
        })
    }

    pub fn record(&self, code: u32) -> &Record {
        let after = self.records.partition_point(|(first, _)| *first <= code);
        &self.records[after.saturating_sub(1)].1
    }

    pub fn number(&self, code: u32) -> Option<Number> {
        let after = self.numbers.partition_point(|run| run.first <= code);
        let run = self.numbers.get(after.checked_sub(1)?)?;
        let offset = code - run.first;
        let Number { kind, numerator, denominator } = run.value;
        (offset < run.count).then_some(Number {
            kind,
            numerator: numerator + i64::from(offset) * denominator,
            denominator,
        })
    }

    /// As `unicodedata.decomposition` tells it.
    pub fn decomposition(&self, code: u32) -> Option<&'static str> {
        self.decompositions.get(&code).copied()
    }

    fn decompose(&self, form: Form, character: char, out: &mut Vec<char>) {
        let code = u32::from(character);
        if (SYLLABLES..SYLLABLES + SYLLABLE_COUNT).contains(&code) {
            let index = code - SYLLABLES;
            let trail = index % TRAIL_COUNT;
            let parts = [
                Some(LEADS + index / (VOWEL_COUNT * TRAIL_COUNT)),
                Some(VOWELS + index % (VOWEL_COUNT * TRAIL_COUNT) / TRAIL_COUNT),
                (trail != 0).then_some(TRAILS + trail),
            ];
            out.extend(parts.into_iter().flatten().filter_map(char::from_u32));
            return;
        }
        match self.decomposition(code) {
            Some(text) if form.is_compatible || !text.starts_with('<') => {
                let parts = text.split(' ').filter(|part| !part.starts_with('<'));
                // At most four deep: the decompositions of Unicode are.
                parts.for_each(|part| self.decompose(form, hexadecimal_character(part), out));
            }
            _ => out.push(character),
        }
    }

    fn combining(&self, character: char) -> u8 {
        if character.is_ascii() { 0 } else { self.record(u32::from(character)).combining }
    }

    fn compose_pair(&self, first: char, second: char) -> Option<char> {
        compose_syllable(first, second).or_else(|| self.compositions.get(&(first, second)).copied())
    }

    pub fn normalize(&self, form: Form, text: &str) -> String {
        let mut characters = Vec::with_capacity(text.len());
        text.chars().for_each(|character| self.decompose(form, character, &mut characters));
        let mut classes: Vec<u8> = characters.iter().map(|character| self.combining(*character)).collect();
        self.order(&mut characters, &mut classes);
        if form.composes {
            return self.compose(&characters, &classes);
        }
        characters.into_iter().collect()
    }

    /// Bring marks that follow one another into the order of their classes.
    fn order(&self, characters: &mut [char], classes: &mut [u8]) {
        let mut start = 0;
        while start < classes.len() {
            if classes[start] == 0 {
                start += 1;
                continue;
            }
            let count = classes[start..].iter().take_while(|class| **class != 0).count();
            let marks = start..start + count;
            if !classes[marks.clone()].is_sorted() {
                let mut pairs: Vec<(u8, char)> =
                    marks.clone().map(|index| (classes[index], characters[index])).collect();
                pairs.sort_by_key(|(class, _)| *class);
                for (index, (class, character)) in marks.zip(pairs) {
                    (classes[index], characters[index]) = (class, character);
                }
            }
            start += count;
        }
    }

    fn compose(&self, characters: &[char], classes: &[u8]) -> String {
        let mut out: Vec<char> = Vec::with_capacity(characters.len());
        // Where in `out` the last starter is, and the class of the last mark kept behind it.
        let mut starter: Option<usize> = None;
        let mut last_class = 0;
        for (character, class) in characters.iter().copied().zip(classes.iter().copied()) {
            if let Some(at) = starter {
                let is_next = out.len() == at + 1;
                if (is_next || last_class < class)
                    && let Some(composed) = self.compose_pair(out[at], character)
                {
                    out[at] = composed;
                    continue;
                }
            }
            if class == 0 {
                starter = Some(out.len());
            }
            last_class = class;
            out.push(character);
        }
        out.into_iter().collect()
    }
}
