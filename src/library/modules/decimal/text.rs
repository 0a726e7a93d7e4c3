//! Numbers from and as text.

use super::coefficient::Coefficient;
use super::number::{Dec, Kind};

/// Exponents in text beyond this make no difference any more.
const MOST_EXPONENT: i64 = 4_000_000_000_000_000_000;

/// The number that an ASCII text spells; `None` if it spells none.
pub fn parse(text: &str) -> Option<Dec> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let bytes = rest.as_bytes();
    if !bytes.first().is_some_and(|first| first.is_ascii_digit() || *first == b'.') {
        return parse_special(rest).map(|number| number.with_sign(negative));
    }
    let run = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = run(0);
    let mut end = whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = run(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    let digits_end = end;
    let mut exponent = 0;
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let start = (end + 1 + sign).min(bytes.len());
        let count = run(start);
        if count == 0 {
            return None;
        }
        exponent = bytes[start..start + count].iter().fold(0_i64, |value, digit| {
            value.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(MOST_EXPONENT)
        });
        if bytes[end + 1] == b'-' {
            exponent = -exponent;
        }
        end = start + count;
    }
    if end != bytes.len() {
        return None;
    }
    let coefficient = if fraction == 0 {
        Coefficient::from_digits(&bytes[..whole])
    } else if whole + fraction <= 38 {
        let mut digits = [0; 38];
        digits[..whole].copy_from_slice(&bytes[..whole]);
        digits[whole..whole + fraction].copy_from_slice(&bytes[whole + 1..digits_end]);
        Coefficient::from_digits(&digits[..whole + fraction])
    } else {
        Coefficient::from_digits(&[&bytes[..whole], &bytes[whole + 1..digits_end]].concat())
    };
    Some(Dec::finite(negative, coefficient, exponent - fraction as i64))
}

fn parse_special(text: &str) -> Option<Dec> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("inf") || is("infinity") {
        return Some(Dec::infinity(false));
    }
    let begins = |word: &str| {
        text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])
    };
    let (payload, kind) = match begins("nan") {
        Some(payload) => (payload, Kind::QuietNan),
        None => (begins("snan")?, Kind::SignalingNan),
    };
    if !payload.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let coefficient = Coefficient::from_digits(payload.as_bytes());
    Some(Dec { coefficient, exponent: 0, negative: false, kind })
}

/// The digits of a NaN's payload; empty if there is none.
pub fn payload(number: &Dec) -> String {
    if number.coefficient.is_zero() { String::new() } else { number.coefficient.to_text() }
}

/// The text of what is not finite, without sign.
pub fn special_text(number: &Dec) -> String {
    match number.kind {
        Kind::Infinity => "Infinity".to_owned(),
        Kind::SignalingNan => format!("sNaN{}", payload(number)),
        _ => format!("NaN{}", payload(number)),
    }
}

/// As text, in scientific or (`engineering`) in engineering notation if it needs an exponent.
pub fn to_text(number: &Dec, capitals: bool, engineering: bool) -> String {
    let sign = if number.negative { "-" } else { "" };
    if !number.is_finite() {
        return format!("{sign}{}", special_text(number));
    }
    let digits = number.coefficient.to_text();
    let count = digits.len() as i64;
    let left = number.exponent + count;
    let point = if number.exponent <= 0 && left > -6 {
        left
    } else if !engineering {
        1
    } else if number.coefficient.is_zero() {
        (left + 1).rem_euclid(3) - 1
    } else {
        (left - 1).rem_euclid(3) + 1
    };
    let mut text = String::with_capacity(digits.len() + 10);
    text.push_str(sign);
    if point <= 0 {
        text.push_str("0.");
        text.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        text.push_str(&digits);
    } else if point >= count {
        text.push_str(&digits);
        text.extend(std::iter::repeat_n('0', (point - count) as usize));
    } else {
        text.push_str(&digits[..point as usize]);
        text.push('.');
        text.push_str(&digits[point as usize..]);
    }
    if left != point {
        text.push(if capitals { 'E' } else { 'e' });
        text.push_str(&format!("{:+}", left - point));
    }
    text
}
