//! The mini-language of `format()` for decimal numbers.

use super::arithmetic::Outcome;
use super::number::{Dec, Rounding, Settings};
use super::text;
use crate::object::unicode;
use std::iter::repeat_n;

/// A parsed spec.
pub struct Spec {
    fill: char,
    /// `<`, `>`, `=`, `^`, or `z` for zeros behind the sign.
    align: char,
    sign: char,
    no_negative_zero: bool,
    /// `#`: a point even if no digits follow.
    alternate: bool,
    width: u64,
    comma: bool,
    precision: Option<i64>,
    /// The presentation type; `\0` if left out.
    kind: char,
}

impl Spec {
    /// `None` if the text is no spec.
    pub fn parse(text: &str) -> Option<Spec> {
        let mut spec = Spec {
            fill: ' ',
            align: '>',
            sign: '-',
            no_negative_zero: false,
            alternate: false,
            width: 0,
            comma: false,
            precision: None,
            kind: '\0',
        };
        let is_align = |character: char| matches!(character, '<' | '>' | '=' | '^');
        let mut rest = text;
        let mut has_align = false;
        let mut characters = rest.chars();
        if let Some(first) = characters.next() {
            if let Some(second) = characters.next().filter(|second| is_align(*second)) {
                (spec.fill, spec.align, has_align) = (first, second, true);
                rest = characters.as_str();
            } else if is_align(first) {
                (spec.align, has_align) = (first, true);
                rest = &rest[1..];
            }
        }
        if let Some(sign @ (b'+' | b'-' | b' ')) = rest.as_bytes().first() {
            spec.sign = *sign as char;
            rest = &rest[1..];
        }
        if let Some(after) = rest.strip_prefix('z') {
            spec.no_negative_zero = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('#') {
            spec.alternate = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('0') {
            if has_align {
                return None;
            }
            (spec.fill, spec.align) = ('0', 'z');
            rest = after;
        }
        spec.width = number(&mut rest)?.unwrap_or(0);
        if let Some(after) = rest.strip_prefix(',') {
            spec.comma = true;
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            spec.precision = Some(number(&mut rest)?? as i64);
        }
        let mut kinds = rest.chars();
        match kinds.next() {
            None => {}
            Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => spec.kind = kind,
            Some('n') if !spec.comma => spec.kind = 'g',
            Some('N') if !spec.comma => spec.kind = 'G',
            Some(_) => return None,
        }
        kinds.as_str().is_empty().then_some(spec)
    }

    /// The text of a number.
    pub fn format(&self, number: &Dec, settings: &Settings, capitals: bool) -> Outcome<String> {
        if !number.is_finite() {
            let mut body = text::special_text(number);
            if self.kind == '%' {
                body.push('%');
            }
            return Ok(self.pad_special(number.negative, body));
        }
        let rounding = settings.rounding;
        let kind = self.kind.to_ascii_lowercase();
        let upper = if self.kind == '\0' { capitals } else { self.kind.is_ascii_uppercase() };
        let mut number = number.clone();
        if kind == '%' {
            number.exponent += 2;
        }
        if let Some(precision) = self.precision {
            number = match kind {
                'e' => padded(&number, precision + 1, rounding)?,
                'f' | '%' => number.rescaled(-precision, rounding)?.0,
                _ => rounded(&number, precision.max(1), rounding),
            };
        }
        if matches!(kind, 'f' | '%') && number.exponent > 0 {
            number = number.rescaled(0, rounding)?.0;
        }
        let negative = number.negative && !(self.no_negative_zero && number.is_zero());
        let digits = number.coefficient.to_text();
        let count = digits.len() as i64;
        let left = number.exponent + count;
        let point = match (kind, self.precision) {
            ('e', Some(precision)) if number.is_zero() => 1 - precision,
            ('e', _) => 1,
            ('f' | '%', _) => left,
            _ if number.exponent <= 0 && left > -6 => left,
            _ => 1,
        };
        let (whole, fraction) = if point < 0 {
            ("0".to_owned(), "0".repeat(point.unsigned_abs() as usize) + &digits)
        } else if point > count {
            (digits.clone() + &"0".repeat((point - count) as usize), String::new())
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            (if whole.is_empty() { "0" } else { whole }.to_owned(), fraction.to_owned())
        };
        let mut end = String::new();
        if self.alternate || !fraction.is_empty() {
            end.push('.');
            end.push_str(&fraction);
        }
        let exponent = left - point;
        if exponent != 0 || kind == 'e' {
            end.push(if upper { 'E' } else { 'e' });
            end.push_str(&format!("{exponent:+}"));
        }
        if kind == '%' {
            end.push('%');
        }
        Ok(self.pad_number(negative, &whole, &end))
    }

    fn sign_of(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (_, '+') => "+",
            (_, ' ') => " ",
            _ => "",
        }
    }

    fn pad_special(&self, negative: bool, body: String) -> String {
        // What has no digits is not filled with zeros.
        let (align, fill) = match self.align {
            'z' if self.alternate => ('=', '0'),
            'z' => ('>', ' '),
            align => (align, self.fill),
        };
        self.align_text(self.sign_of(negative), &body, align, fill)
    }

    fn pad_number(&self, negative: bool, whole: &str, end: &str) -> String {
        let sign = self.sign_of(negative);
        let least = match self.align {
            'z' => (self.width as usize).saturating_sub(sign.len() + end.len()),
            _ => 0,
        };
        let mut body = if self.comma { grouped(whole, least) } else { zero_filled(whole, least) };
        body.push_str(end);
        self.align_text(sign, &body, if self.align == 'z' { '=' } else { self.align }, self.fill)
    }

    fn align_text(&self, sign: &str, body: &str, align: char, fill: char) -> String {
        let padding = (self.width as usize).saturating_sub(sign.len() + body.len());
        let (before, inside, after) = match align {
            '<' => (0, 0, padding),
            '=' => (0, padding, 0),
            '^' => (padding / 2, 0, padding - padding / 2),
            _ => (padding, 0, 0),
        };
        let mut text = String::with_capacity(sign.len() + body.len() + padding * fill.len_utf8());
        text.extend(repeat_n(fill, before));
        text.push_str(sign);
        text.extend(repeat_n(fill, inside));
        text.push_str(body);
        text.extend(repeat_n(fill, after));
        text
    }

    /// About how many characters a text can have.
    pub fn least_length(&self) -> u64 {
        self.width.max(self.precision.unwrap_or(0).unsigned_abs())
    }
}

/// Decimal digits; `None` if the number is too large.
fn number(rest: &mut &str) -> Option<Option<u64>> {
    let mut value: Option<u64> = None;
    let mut characters = rest.chars();
    while let Some(digit) = characters.next().and_then(unicode::decimal_value) {
        let next = value.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(digit))?;
        if next > super::number::MAX_PREC.unsigned_abs() {
            return None;
        }
        value = Some(next);
        *rest = characters.as_str();
    }
    Some(value)
}

/// With at most `digits` digits.
fn rounded(number: &Dec, digits: i64, rounding: Rounding) -> Dec {
    let shift = number.digits() - digits;
    if shift <= 0 || number.is_zero() {
        return number.clone();
    }
    let (coefficient, tail) = number.coefficient.shifted_right(shift.unsigned_abs());
    let coefficient = number.incremented(coefficient, tail, rounding);
    let mut result = Dec::finite(number.negative, coefficient, number.exponent + shift);
    if result.digits() > digits {
        result.coefficient = result.coefficient.shifted_right(1).0;
        result.exponent += 1;
    }
    result
}

/// With exactly `digits` digits, unless it is zero.
fn padded(number: &Dec, digits: i64, rounding: Rounding) -> Outcome {
    if number.is_zero() || number.digits() >= digits {
        return Ok(rounded(number, digits, rounding));
    }
    Ok(number.rescaled(number.adjusted() + 1 - digits, rounding)?.0)
}

fn zero_filled(digits: &str, least: usize) -> String {
    "0".repeat(least.saturating_sub(digits.len())) + digits
}

/// Digits in groups of three, with zeros in front to make at least `least` characters.
fn grouped(digits: &str, least: usize) -> String {
    let mut zeros = 0;
    // A separator is never the first character, so the text may be one longer.
    let length = |count: usize| count + (count - 1) / 3;
    while length(digits.len() + zeros) < least {
        zeros += 1;
    }
    let all = "0".repeat(zeros) + digits;
    let mut text = String::with_capacity(length(all.len()));
    for (index, digit) in all.chars().enumerate() {
        if index > 0 && (all.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
