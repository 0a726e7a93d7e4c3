//! The kinds of items that arrays hold.

use crate::object::sequence::has_index;
use crate::object::surrogate;
use crate::object::{Interpreter, Raised, Value};
use num_bigint::Sign;

/// A kind of item, by its letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u8);

/// All letters, in CPython's order, with the sizes of their items.
static CODES: [(u8, usize); 14] = [
    (b'b', 1),
    (b'B', 1),
    (b'u', 4),
    (b'w', 4),
    (b'h', 2),
    (b'H', 2),
    (b'i', 4),
    (b'I', 4),
    (b'l', 8),
    (b'L', 8),
    (b'q', 8),
    (b'Q', 8),
    (b'f', 4),
    (b'd', 8),
];

/// `array.typecodes`.
pub fn all_codes() -> String {
    CODES.iter().map(|(code, _)| *code as char).collect()
}

/// A character by its number, surrogates included; `None` beyond all characters.
pub fn character(code: u32) -> Option<char> {
    (code < 0x11_0000).then(|| surrogate::character(code).ok())?
}

/// How an integer is refused: by the name of the type it would be read as first.
struct Limits {
    least: i128,
    most: i128,
    name: &'static str,
}

impl Code {
    pub fn of(letter: char) -> Option<Code> {
        CODES.iter().find(|(code, _)| *code as char == letter).map(|(code, _)| Code(*code))
    }

    /// The letter.
    pub fn letter(self) -> char {
        self.0 as char
    }

    /// Bytes of an item.
    #[inline]
    pub fn size(self) -> usize {
        CODES.iter().find(|(code, _)| *code == self.0).map_or(1, |(_, size)| *size)
    }

    /// Whether items are characters.
    pub fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }

    /// The letter by which views know items: `None` for characters.
    pub fn view_format(self) -> char {
        self.letter()
    }

    /// CPython's number of the machine format, for pickles.
    pub fn machine_format(self) -> i64 {
        match self.0 {
            b'b' => 1,
            b'B' => 0,
            b'h' => 4,
            b'H' => 2,
            b'i' => 8,
            b'I' => 6,
            b'l' | b'q' => 12,
            b'L' | b'Q' => 10,
            b'f' => 14,
            b'd' => 16,
            _ => 20,
        }
    }

    /// The item that `bytes` are.
    #[inline]
    pub fn read(self, bytes: &[u8]) -> Value {
        let mut wide = [0; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        let number = u64::from_ne_bytes(wide);
        match self.0 {
            b'b' => Value::int((number as i8).into()),
            b'B' | b'H' | b'I' => Value::int(number as i64),
            b'h' => Value::int((number as i16).into()),
            b'i' => Value::int((number as i32).into()),
            b'l' | b'q' => Value::int(number as i64),
            b'f' => Value::float(f32::from_bits(number as u32).into()),
            b'd' => Value::float(f64::from_bits(number)),
            b'u' | b'w' => Value::char(character(number as u32).unwrap_or('\u{fffd}')),
            _ => Value::uint(number),
        }
    }

    /// The bytes of an item: the first `size()` of them.
    #[inline]
    pub fn write(self, interp: &mut dyn Interpreter, value: &Value) -> Result<[u8; 8], Raised> {
        let number = match self.0 {
            b'f' => u64::from((Value::plain_nan(interp.expect_float(value)?) as f32).to_bits()),
            b'd' => Value::plain_nan(interp.expect_float(value)?).to_bits(),
            b'u' | b'w' => {
                let mut characters = value.str_like().unwrap_or_default().chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => surrogate::code(character).into(),
                    _ => return Err(interp.type_error("array item must be unicode character")),
                }
            }
            _ => self.integer(interp, value)?,
        };
        Ok(number.to_ne_bytes())
    }

    fn integer(self, interp: &mut dyn Interpreter, value: &Value) -> Result<u64, Raised> {
        let index = match value.as_int() {
            Some(_) => value.clone(),
            None if has_index(interp, value) => interp.index(value)?,
            None => {
                let name = interp.type_name(value);
                let message = format!("'{name}' object cannot be interpreted as an integer");
                return Err(interp.type_error(&message));
            }
        };
        let is_unsigned = matches!(self.0, b'I' | b'L' | b'Q');
        let Some(number) = index.as_int_or_bool() else {
            let big = index.to_big_int().unwrap_or_default();
            let is_negative = big.sign() == Sign::Minus;
            if is_unsigned && !is_negative {
                return match (u64::try_from(&*big), self.0) {
                    (Ok(_), b'I') => Err(interp.overflow_error("unsigned int is greater than maximum")),
                    (Ok(number), _) => Ok(number),
                    (Err(_), b'Q') => Err(interp.overflow_error("int too big to convert")),
                    (Err(_), _) => {
                        Err(interp.overflow_error("Python int too large to convert to C unsigned long"))
                    }
                };
            }
            return Err(interp.overflow_error(match self.0 {
                b'Q' => "can't convert negative int to unsigned",
                b'I' | b'L' => "can't convert negative value to unsigned int",
                b'q' => "int too big to convert",
                _ => "Python int too large to convert to C long",
            }));
        };
        if is_unsigned && number < 0 {
            return Err(interp.overflow_error(match self.0 {
                b'Q' => "can't convert negative int to unsigned",
                _ => "can't convert negative value to unsigned int",
            }));
        }
        for limits in self.limits() {
            let beyond = match i128::from(number) {
                number if number < limits.least => "less than minimum",
                number if number > limits.most => "greater than maximum",
                _ => continue,
            };
            return Err(interp.overflow_error(&format!("{} is {beyond}", limits.name)));
        }
        Ok(number as u64)
    }

    /// What an integer is checked against, one after the other.
    fn limits(self) -> &'static [Limits] {
        const fn limits(least: i128, most: i128, name: &'static str) -> Limits {
            Limits { least, most, name }
        }
        static SHORT: Limits = limits(i16::MIN as i128, i16::MAX as i128, "signed short integer");
        static B: [Limits; 2] = [
            limits(i16::MIN as i128, i16::MAX as i128, "signed short integer"),
            limits(i8::MIN as i128, i8::MAX as i128, "signed char"),
        ];
        static BYTE: [Limits; 1] = [limits(0, u8::MAX as i128, "unsigned byte integer")];
        static H: [Limits; 2] = [
            limits(i32::MIN as i128, i32::MAX as i128, "signed integer"),
            limits(0, u16::MAX as i128, "unsigned short"),
        ];
        static I: [Limits; 1] = [limits(i32::MIN as i128, i32::MAX as i128, "signed integer")];
        static UNSIGNED: [Limits; 1] = [limits(0, u32::MAX as i128, "unsigned int")];
        match self.0 {
            b'b' => &B,
            b'B' => &BYTE,
            b'h' => std::slice::from_ref(&SHORT),
            b'H' => &H,
            b'i' => &I,
            b'I' => &UNSIGNED,
            _ => &[],
        }
    }
}
