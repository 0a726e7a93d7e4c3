//! Floats as text: the shortest digits that read back (`repr`), and `e`, `f`, `g`, `%` with any
//! precision. Digits come from `zmij` and from Rust's exact formatter; the layout is CPython's.

use super::layout::{Laid, Number};
use super::spec::{Align, FormatSpec};
use crate::object::fault::Fault;
use crate::object::text::check_room;
use crate::object::value::Value;
use smallvec::SmallVec;
use std::fmt::{self, Write};

/// No double has more digits than this behind its decimal point, or in all; further ones are 0.
const MOST_DIGITS: usize = 1100;

/// `repr` of a float.
pub struct Repr {
    text: SmallVec<[u8; 32]>,
}

impl Repr {
    #[inline]
    pub fn new(value: f64) -> Repr {
        let mut buffer = zmij::Buffer::new();
        let magnitude = value.abs();
        if (1e-4..1e16).contains(&magnitude) || magnitude == 0.0 {
            return Repr { text: SmallVec::from_slice(buffer.format_finite(value).as_bytes()) };
        }
        let body = body(value, 'r', 0, Flags { dot_zero: true, ..Flags::default() });
        let mut text = SmallVec::new();
        if value < 0.0 {
            text.push(b'-');
        }
        text.extend_from_slice(body.as_bytes());
        Repr { text }
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).expect("digits are ASCII")
    }
}

/// How the digits are laid out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Flags {
    /// `#`: keep the decimal point and trailing zeros.
    pub alternate: bool,
    /// At least one digit behind the point unless there is an exponent.
    pub dot_zero: bool,
    /// `INF`, `NAN`, `E`.
    pub upper: bool,
}

/// The text of the magnitude of `value`. `kind` is `e`, `f`, `g`, or `r` for the shortest digits
/// (which ignores `precision`).
pub fn body(value: f64, kind: char, precision: usize, flags: Flags) -> String {
    if !value.is_finite() {
        let text = match (value.is_nan(), flags.upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return text.to_owned();
    }
    let magnitude = value.abs();
    match kind {
        'f' => fixed(magnitude, precision, flags),
        'e' => {
            let (digits, exponent) = exact_digits(magnitude, precision);
            Digits { digits: &digits, point: exponent + 1 }.lay_out(true, precision + 1, flags)
        }
        'g' => {
            let precision = precision.max(1);
            let (digits, exponent) = exact_digits(magnitude, precision - 1);
            let kept = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
            let point = exponent + 1;
            let most = precision as i64 - i64::from(flags.dot_zero);
            let has_exponent = point <= -4 || point > most;
            let least = if flags.alternate { precision } else { 0 };
            let digits = Digits { digits: &digits[..kept], point };
            digits.lay_out(has_exponent, least, flags)
        }
        _ => {
            let mut buffer = zmij::Buffer::new();
            let (digits, exponent) = parse_digits(buffer.format_finite(magnitude));
            let point = exponent + 1;
            Digits { digits: &digits, point }.lay_out(point <= -4 || point > 16, 0, flags)
        }
    }
}

fn fixed(magnitude: f64, precision: usize, flags: Flags) -> String {
    let exact = precision.min(MOST_DIGITS);
    let mut text = String::with_capacity(24 + precision);
    write!(text, "{magnitude:.exact$}").expect("writing to a string cannot fail");
    text.extend(std::iter::repeat_n('0', precision - exact));
    if precision == 0 && flags.alternate {
        text.push('.');
    }
    text
}

/// `precision + 1` significant digits, correctly rounded, and the decimal exponent of the first.
fn exact_digits(magnitude: f64, precision: usize) -> (Text, i64) {
    let exact = precision.min(MOST_DIGITS);
    let mut text = Writer(Text::new());
    write!(text, "{magnitude:.exact$e}").expect("writing to memory cannot fail");
    parse_digits(std::str::from_utf8(&text.0).expect("digits are ASCII"))
}

type Text = SmallVec<[u8; 64]>;

struct Writer(Text);

impl Write for Writer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// The significant digits of `"123.45"` or `"1.5e-7"` (no leading zeros, unless the number is 0)
/// and the exponent of the first.
fn parse_digits(text: &str) -> (Text, i64) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let mut exponent: i64 = exponent.parse().expect("the formatter writes an integer");
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    exponent += whole.len() as i64 - 1;
    let mut digits: Text = whole.bytes().chain(decimals.bytes()).collect();
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    if zeros == digits.len() {
        // `%e` shows all digits of a zero.
        if !text.contains('e') {
            digits.truncate(1);
        }
        return (digits, 0);
    }
    if zeros > 0 {
        digits.drain(..zeros);
        exponent -= zeros as i64;
    }
    // Shortest digits end with what was written after the point to make it a float.
    if !text.contains('e') && decimals == "0" {
        while digits.len() > 1 && digits.last() == Some(&b'0') {
            digits.pop();
        }
    }
    (digits, exponent)
}

/// `0.d1d2d3... * 10**point`.
struct Digits<'d> {
    digits: &'d [u8],
    point: i64,
}

impl Digits<'_> {
    /// Write the number with at least `least` digits, as CPython's `format_float_short`.
    fn lay_out(&self, has_exponent: bool, least: usize, flags: Flags) -> String {
        let point = if has_exponent { 1 } else { self.point };
        let mut end = (self.digits.len().max(least) as i64).max(point);
        if flags.dot_zero && !has_exponent {
            end = end.max(point + 1);
        }
        let mut text = String::with_capacity((end - point.min(0)) as usize + 8);
        let digit = |at: i64| match usize::try_from(at) {
            Ok(at) => self.digits.get(at).map_or('0', |digit| *digit as char),
            Err(_) => '0',
        };
        if point <= 0 {
            text.push('0');
        }
        text.extend((0..point).map(digit));
        if end > point || flags.alternate {
            text.push('.');
        }
        text.extend((point..end).map(digit));
        if has_exponent {
            let exponent = self.point - 1;
            let sign = if exponent < 0 { '-' } else { '+' };
            let letter = if flags.upper { 'E' } else { 'e' };
            let exponent = exponent.abs();
            write!(text, "{letter}{sign}{exponent:02}").expect("writing to a string cannot fail");
        }
        text
    }
}

/// Whether `body` with these arguments shows the number as zero.
fn is_shown_as_zero(body: &str) -> bool {
    let mantissa = body.split(['e', 'E']).next().unwrap_or(body);
    mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

/// `float.__format__`; the spec is not empty.
pub fn format_float(value: f64, text: &str, type_name: &str) -> Result<Value, Fault> {
    let spec = FormatSpec::parse(text, '\0', Align::Right, type_name)?;
    format_with(value, &spec, type_name)
}

/// A float by a parsed spec.
pub(super) fn format_with(value: f64, spec: &FormatSpec, type_name: &str) -> Result<Value, Fault> {
    if !matches!(spec.kind, '\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') {
        return Err(spec.unknown_kind(type_name));
    }
    let (value, percent) = if spec.kind == '%' { (value * 100.0, "%") } else { (value, "") };
    let (negative, mut body) = spec_body(value, spec, true)?;
    body.push_str(percent);
    Ok(Laid::new(pieces(negative, &body), spec)?.to_value())
}

/// Sign and digits of `value` as the type and precision of a spec ask.
pub(super) fn spec_body(value: f64, spec: &FormatSpec, dot_zero: bool) -> Result<(bool, String), Fault> {
    let precision = spec.precision.unwrap_or(6);
    if precision > i32::MAX as usize {
        return Err(Fault::value("precision too big"));
    }
    check_room(precision)?;
    let (kind, default_type) = match spec.kind.to_ascii_lowercase() {
        '\0' if spec.precision.is_none() => ('r', true),
        '\0' => ('g', true),
        'n' => ('g', false),
        '%' => ('f', false),
        kind => (kind, false),
    };
    let flags = Flags {
        alternate: spec.alternate,
        dot_zero: default_type && dot_zero,
        upper: spec.kind.is_ascii_uppercase(),
    };
    let body = body(value, kind, precision, flags);
    let mut negative = value.is_sign_negative() && !value.is_nan();
    if spec.no_negative_zero && value.is_finite() && is_shown_as_zero(&body) {
        negative = false;
    }
    Ok((negative, body))
}

/// Cut a number's text where its integer digits end.
pub(super) fn pieces(negative: bool, body: &str) -> Number<'_> {
    let end = body.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(body.len());
    let (digits, rest) = body.split_at(end);
    Number { negative, prefix: "", digits, rest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprs() {
        for (value, text) in [
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e-5, "1.5e-05"),
            (-1e-7, "-1e-07"),
            (1e22, "1e+22"),
            (123456789.0, "123456789.0"),
            (0.0001, "0.0001"),
            (-0.0, "-0.0"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(Repr::new(value).as_str(), text);
        }
    }

    #[test]
    fn bodies() {
        let text = |value, kind, precision| body(value, kind, precision, Flags::default());
        assert_eq!(text(2.5, 'f', 0), "2");
        assert_eq!(text(1234.5678, 'g', 6), "1234.57");
        assert_eq!(text(1234567.0, 'g', 6), "1.23457e+06");
        assert_eq!(text(0.0, 'e', 3), "0.000e+00");
        assert_eq!(text(0.0, 'g', 3), "0");
        assert_eq!(text(100.0, 'g', 3), "100");
        assert_eq!(text(0.00001234, 'g', 3), "1.23e-05");
    }
}
