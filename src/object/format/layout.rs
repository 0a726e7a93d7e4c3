//! Signs, grouping and padding of numbers, common to ints and floats.

use super::spec::{Align, FormatSpec, Grouping};
use crate::object::fault::Fault;
use crate::object::text::check_room;
use crate::object::value::Value;
use std::borrow::Cow;
use std::iter::repeat_n;

/// A number cut into pieces, without padding.
pub(super) struct Number<'t> {
    pub negative: bool,
    /// `0x` and the like.
    pub prefix: &'static str,
    /// The integer digits; empty for `inf`, `nan` and characters.
    pub digits: &'t str,
    /// What follows the integer digits; ASCII unless `digits` is empty.
    pub rest: &'t str,
}

/// A number with everything it needs around it.
pub(super) struct Laid<'t> {
    fill: char,
    left: usize,
    sign: &'static str,
    prefix: &'static str,
    /// How often the fill stands between sign and digits.
    inner: usize,
    digits: Cow<'t, str>,
    rest: &'t str,
    right: usize,
}

impl<'t> Laid<'t> {
    /// Arrange `number` as `spec` asks.
    pub fn new(number: Number<'t>, spec: &FormatSpec) -> Result<Laid<'t>, Fault> {
        let sign = match (number.negative, spec.sign) {
            (true, _) => "-",
            (_, Some('+')) => "+",
            (_, Some(' ')) => " ",
            _ => "",
        };
        let rest_chars =
            if number.digits.is_empty() { number.rest.chars().count() } else { number.rest.len() };
        let around = sign.len() + number.prefix.len() + rest_chars;
        let width = spec.width.unwrap_or(0);
        check_room(width)?;
        let is_zero_filled = spec.fill == '0' && spec.align == Align::AfterSign;
        let digits = match spec.grouping {
            Some(grouping) if !number.digits.is_empty() => {
                let least = if is_zero_filled { width.saturating_sub(around) } else { 0 };
                Cow::Owned(group(number.digits, least, grouping))
            }
            _ => Cow::Borrowed(number.digits),
        };
        let padding = width.saturating_sub(around + digits.len());
        let (left, inner, right) = match spec.align {
            Align::Left => (0, 0, padding),
            Align::Right => (padding, 0, 0),
            Align::Center => (padding / 2, 0, padding - padding / 2),
            Align::AfterSign => (0, padding, 0),
        };
        let Number { prefix, rest, .. } = number;
        Ok(Laid { fill: spec.fill, left, sign, prefix, inner, digits, rest, right })
    }

    /// As a string object.
    pub fn to_value(&self) -> Value {
        let mut buffer = [0; 4];
        let fill: &str = self.fill.encode_utf8(&mut buffer);
        let middle = [self.sign, self.prefix];
        let end = [&*self.digits, self.rest];
        let fills = self.left + self.inner + self.right;
        let length = self.sign.len() + self.prefix.len() + self.digits.len() + self.rest.len();
        let rest_chars = if self.rest.is_ascii() { self.rest.len() } else { self.rest.chars().count() };
        let chars = length - self.rest.len() + rest_chars + fills;
        if fills == 0 {
            return Value::str_parts(length, chars, middle.into_iter().chain(end));
        }
        let parts = repeat_n(fill, self.left)
            .chain(middle)
            .chain(repeat_n(fill, self.inner))
            .chain(end)
            .chain(repeat_n(fill, self.right));
        Value::str_parts(length + fills * fill.len(), chars, parts)
    }

    /// Appended to a text.
    pub fn push_to(&self, out: &mut String) {
        out.extend(repeat_n(self.fill, self.left));
        out.push_str(self.sign);
        out.push_str(self.prefix);
        out.extend(repeat_n(self.fill, self.inner));
        out.push_str(&self.digits);
        out.push_str(self.rest);
        out.extend(repeat_n(self.fill, self.right));
    }
}

/// Group digits, with zeros in front to make at least `least` characters. A separator is never
/// the first character, so the result may be one longer.
fn group(digits: &str, least: usize, grouping: Grouping) -> String {
    let (separator, size) = match grouping {
        Grouping::Comma => (b',', 3),
        Grouping::Underscore => (b'_', 3),
        Grouping::UnderscoreFour => (b'_', 4),
    };
    // From the right, reversed at the end; each turn is one group.
    let mut reversed = Vec::with_capacity(least.max(digits.len() + digits.len() / size) + 1);
    let (mut remaining, mut least) = (digits.as_bytes(), least as i64);
    loop {
        let length = (size as i64).min((remaining.len() as i64).max(least).max(1)) as usize;
        let taken = length.min(remaining.len());
        let (before, now) = remaining.split_at(remaining.len() - taken);
        reversed.extend(now.iter().rev());
        reversed.extend(repeat_n(b'0', length - taken));
        remaining = before;
        least -= length as i64;
        if remaining.is_empty() && least <= 0 {
            break;
        }
        least -= 1;
        reversed.push(separator);
    }
    reversed.reverse();
    String::from_utf8(reversed).expect("digits and separators are ASCII")
}
