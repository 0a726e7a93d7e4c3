//! Encodings of one byte a character: tables of what each byte stands for. `charmaps.txt` has a row
//! for each: its normal name, the name it gives itself, other names, and the code points of all 256
//! bytes, or of the upper 128 where the lower are ASCII. `fffe` is a byte that stands for nothing.

use rustc_hash::FxHashMap;
use std::sync::OnceLock;

static ROWS: &str = include_str!("charmaps.txt");
/// What stands in a table for a byte without meaning.
const UNDEFINED: char = '\u{fffe}';
/// As CPython words it.
pub const REASON: &str = "character maps to <undefined>";

/// An encoding of one byte a character.
pub struct Charmap {
    decoding: [char; 256],
    encoding: FxHashMap<char, u8>,
}

/// How many rows there are, with what they begin with.
fn heads() -> impl Iterator<Item = &'static str> {
    ROWS.lines().filter_map(|row| row.split_once('|').map(|(head, _)| head))
}

/// The number of the encoding with a normalized name.
pub fn find(name: &str) -> Option<u8> {
    if name.is_empty() {
        return None;
    }
    let place = heads().position(|head| {
        let mut parts = head.split(' ');
        let normal = parts.next().unwrap_or_default();
        let aliases = parts.nth(1).unwrap_or_default();
        normal == name || aliases.split(',').any(|alias| alias == name)
    })?;
    u8::try_from(place).ok()
}

/// What the encoding calls itself.
pub fn own_name(number: u8) -> &'static str {
    heads().nth(number.into()).and_then(|head| head.split(' ').nth(1)).unwrap_or("charmap")
}

/// A table by its number, made when it is first used.
pub fn table(number: u8) -> &'static Charmap {
    static TABLES: [OnceLock<Charmap>; 256] = [const { OnceLock::new() }; 256];
    TABLES[usize::from(number)].get_or_init(|| {
        let codes = ROWS.lines().nth(number.into()).and_then(|row| row.split_once('|'));
        Charmap::parse(codes.map_or("", |(_, codes)| codes))
    })
}

impl Charmap {
    fn parse(codes: &str) -> Charmap {
        let codes: Vec<char> = codes
            .split(' ')
            .filter_map(|code| u32::from_str_radix(code, 16).ok().and_then(char::from_u32))
            .collect();
        let mut decoding = [UNDEFINED; 256];
        for (byte, place) in decoding.iter_mut().enumerate().take(256 - codes.len()) {
            *place = char::from(byte as u8);
        }
        decoding[256 - codes.len()..].copy_from_slice(&codes);
        let mut encoding = FxHashMap::default();
        for (byte, character) in decoding.iter().enumerate() {
            if *character != UNDEFINED {
                encoding.insert(*character, byte as u8);
            }
        }
        Charmap { decoding, encoding }
    }

    pub fn decode(&self, byte: u8) -> Option<char> {
        Some(self.decoding[usize::from(byte)]).filter(|character| *character != UNDEFINED)
    }

    pub fn encode(&self, character: char) -> Option<u8> {
        self.encoding.get(&character).copied()
    }
}
