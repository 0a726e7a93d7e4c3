//! Items of a memoryview: numbers in native byte order, as the module struct knows them.

use crate::object::{Completion, Interpreter, Raised, Value};

/// The format of one item.
#[derive(Debug, Clone, Copy, Eq)]
pub struct Format {
    kind: u8,
    /// Whether a script wrote `@` before it.
    is_marked: bool,
}

impl PartialEq for Format {
    /// How it was written makes no difference.
    fn eq(&self, other: &Format) -> bool {
        self.kind == other.kind
    }
}

impl Format {
    /// Unsigned bytes, the format of a fresh view.
    pub const BYTE: Format = Format { kind: b'B', is_marked: false };

    /// The format of an array's items.
    pub fn of(letter: char) -> Format {
        Format { kind: letter as u8, is_marked: false }
    }

    /// A format character, perhaps behind `@`.
    pub fn parse(text: &str) -> Option<Format> {
        let (text, is_marked) = text.strip_prefix('@').map_or((text, false), |text| (text, true));
        match text.as_bytes() {
            [kind] if b"cbB?hHiIlLqQnNPfd".contains(kind) => Some(Format { kind: *kind, is_marked }),
            _ => None,
        }
    }

    /// As `memoryview.format` shows it.
    pub fn text(self) -> &'static str {
        let all = "@c@b@B@?@h@H@i@I@l@L@q@Q@n@N@P@f@d@u@w";
        let from = |at: usize| if self.is_marked { at - 1 } else { at };
        all.find(self.kind as char).map_or("B", |at| &all[from(at)..=at])
    }

    /// Bytes of an item.
    pub fn size(self) -> usize {
        match self.kind {
            b'h' | b'H' => 2,
            b'i' | b'I' | b'f' | b'u' | b'w' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'P' | b'd' => 8,
            _ => 1,
        }
    }

    /// One of the formats that casts may go through.
    pub fn is_byte(self) -> bool {
        matches!(self.kind, b'c' | b'b' | b'B')
    }

    /// The item made of `bytes`, which are as many as `size` says.
    pub fn unpack(self, bytes: &[u8]) -> Value {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let unsigned = u64::from_le_bytes(native_to_little(wide, bytes.len()));
        let shift = 64 - 8 * bytes.len() as u32;
        let signed = ((unsigned << shift) as i64) >> shift;
        match self.kind {
            b'c' => Value::bytes(bytes),
            b'?' => Value::bool(unsigned != 0),
            b'f' => Value::float(f32::from_bits(unsigned as u32).into()),
            b'd' => Value::float(f64::from_bits(unsigned)),
            b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => Value::int(signed),
            _ => Value::uint(unsigned),
        }
    }

    /// The bytes of an item that is assigned.
    pub fn pack(self, interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<u8>, Raised> {
        let size = self.size();
        let bits = match self.kind {
            b'c' => match value.bytes_like() {
                Some([byte]) => return Ok(vec![*byte]),
                Some(_) => return Err(self.wrong(interp, "value", false)),
                None => return Err(self.wrong(interp, "type", true)),
            },
            b'?' => u64::from(interp.truth(value)?),
            b'f' => u64::from((Value::plain_nan(interp.expect_float(value)?) as f32).to_bits()),
            b'd' => Value::plain_nan(interp.expect_float(value)?).to_bits(),
            kind => {
                let Ok(index) = self.integer(interp, value) else {
                    return Err(self.wrong(interp, "type", true));
                };
                let number = match index.to_big_int() {
                    Some(number) => i128::try_from(&*number).ok(),
                    None => None,
                };
                let bits = 8 * size as u32;
                let range = match kind.is_ascii_lowercase() {
                    true => -(1_i128 << (bits - 1))..1_i128 << (bits - 1),
                    false => 0..1_i128 << bits,
                };
                match number.filter(|number| range.contains(number)) {
                    Some(number) => number as u64,
                    None => return Err(self.wrong(interp, "value", false)),
                }
            }
        };
        let little = bits.to_le_bytes();
        let mut bytes = little[..size].to_vec();
        if cfg!(target_endian = "big") {
            bytes.reverse();
        }
        Ok(bytes)
    }

    fn integer(self, interp: &mut dyn Interpreter, value: &Value) -> Completion {
        interp.index(value)
    }

    #[cold]
    fn wrong(self, interp: &mut dyn Interpreter, what: &str, is_type: bool) -> Raised {
        let message = format!("memoryview: invalid {what} for format '{}'", self.text());
        if is_type { interp.type_error(&message) } else { interp.value_error(&message) }
    }
}

/// The first `length` bytes in little-endian order.
fn native_to_little(mut bytes: [u8; 8], length: usize) -> [u8; 8] {
    if cfg!(target_endian = "big") {
        bytes[..length].reverse();
    }
    bytes
}
