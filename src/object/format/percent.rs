//! Directives of `%` formatting: `%(key)+08.3f`. The pure half; arguments are fetched and
//! converted by `library::types::str::percent`.

use super::float;
use super::integer;
use crate::object::fault::Fault;
use crate::object::text::check_room;
use crate::object::value::Value;

/// What stands between `%` and the conversion, and the conversion.
#[derive(Debug, Clone, Copy, Default)]
pub struct Directive {
    /// `-`.
    pub left: bool,
    /// `+`.
    pub plus: bool,
    /// A blank.
    pub blank: bool,
    /// `#`.
    pub alternate: bool,
    /// `0`.
    pub zero: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    /// The conversion.
    pub kind: char,
}

impl Directive {
    /// Enter a flag; whether it was one.
    pub fn add_flag(&mut self, flag: u8) -> bool {
        match flag {
            b'-' => self.left = true,
            b'+' => self.plus = true,
            b' ' => self.blank = true,
            b'#' => self.alternate = true,
            b'0' => self.zero = true,
            _ => return false,
        }
        true
    }

    /// Whether text converted by this directive stays as it is.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none()
    }

    /// Append a text of `chars` code points (bytes, for `bytes`), padded.
    pub fn push_padded(&self, out: &mut Vec<u8>, text: &[u8], chars: usize) -> Result<(), Fault> {
        let padding = self.width.unwrap_or(0).saturating_sub(chars);
        check_room(padding)?;
        if !self.left {
            out.resize(out.len() + padding, b' ');
        }
        out.extend_from_slice(text);
        if self.left {
            out.resize(out.len() + padding, b' ');
        }
        Ok(())
    }

    /// Append a number, given as magnitude without sign and prefix.
    fn push_number(&self, out: &mut Vec<u8>, negative: bool, prefix: &str, body: &str) -> Result<(), Fault> {
        let sign = match (negative, self.plus, self.blank) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let length = sign.len() + prefix.len() + body.len();
        let padding = self.width.unwrap_or(0).saturating_sub(length);
        check_room(padding)?;
        let (before, inner, after) = match (self.left, self.zero) {
            (true, _) => (0, 0, padding),
            (_, true) => (0, padding, 0),
            _ => (padding, 0, 0),
        };
        out.resize(out.len() + before, b' ');
        out.extend_from_slice(sign.as_bytes());
        out.extend_from_slice(prefix.as_bytes());
        out.resize(out.len() + inner, b'0');
        out.extend_from_slice(body.as_bytes());
        out.resize(out.len() + after, b' ');
        Ok(())
    }

    /// Append an integer (`d i u o x X`).
    pub fn push_int(&self, out: &mut Vec<u8>, value: &Value) -> Result<(), Fault> {
        if self.kind != 'x'
            && self.kind != 'X'
            && self.kind != 'o'
            && self.is_plain()
            && !self.plus
            && !self.blank
            && let Some(small) = value.int_like()
        {
            out.extend_from_slice(integer::decimal(small, &mut [0; 20]).as_bytes());
            return Ok(());
        }
        let (base, prefix) = match self.kind {
            'o' => (8, "0o"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let (negative, mut digits) = integer::digits(value, base, self.kind == 'X')?;
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        check_room(missing)?;
        digits.insert_str(0, &"0".repeat(missing));
        self.push_number(out, negative, if self.alternate { prefix } else { "" }, &digits)
    }

    /// Append a float (`e E f F g G`).
    pub fn push_float(&self, out: &mut Vec<u8>, value: f64) -> Result<(), Fault> {
        let precision = self.precision.unwrap_or(6);
        check_room(precision)?;
        let flags = float::Flags {
            alternate: self.alternate,
            dot_zero: false,
            upper: self.kind.is_ascii_uppercase(),
        };
        let body = float::body(value, self.kind.to_ascii_lowercase(), precision, flags);
        self.push_number(out, value.is_sign_negative() && !value.is_nan(), "", &body)
    }
}
