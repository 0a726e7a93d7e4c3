//! Integers as text.

use super::float;
use super::layout::{Laid, Number};
use super::spec::{Align, FormatSpec};
use crate::object::fault::Fault;
use crate::object::integer::to_float;
use crate::object::surrogate;
use crate::object::value::Value;
use num_bigint::{BigInt, Sign};
use std::borrow::Cow;
use std::cell::Cell;

thread_local! {
    /// `sys.get_int_max_str_digits()`; 0 means no limit.
    static MAX_STR_DIGITS: Cell<usize> = const { Cell::new(4300) };
}

/// The most digits that a conversion between `int` and decimal text may have; 0 for any number.
pub fn max_str_digits() -> usize {
    MAX_STR_DIGITS.get()
}

/// Change [`max_str_digits`].
pub fn set_max_str_digits(limit: usize) {
    MAX_STR_DIGITS.set(limit);
}

/// The decimal text of a machine integer, in the given memory.
#[inline]
pub fn decimal(value: i64, memory: &mut [u8; 20]) -> &str {
    static PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
        2021222324252627282930313233343536373839\
        4041424344454647484950515253545556575859\
        6061626364656667686970717273747576777879\
        8081828384858687888990919293949596979899";
    let mut rest = value.unsigned_abs();
    let mut at = memory.len();
    while rest >= 10 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        at -= 2;
        memory[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if rest > 0 || value == 0 {
        at -= 1;
        memory[at] = b'0' + rest as u8;
    }
    if value < 0 {
        at -= 1;
        memory[at] = b'-';
    }
    std::str::from_utf8(&memory[at..]).expect("digits are ASCII")
}

/// The decimal text of a machine integer, as a string object.
#[inline]
pub fn decimal_text(value: i64) -> Value {
    if (0..10).contains(&value) {
        return Value::char((b'0' + value as u8) as char);
    }
    let mut memory = [0; 20];
    let text = decimal(value, &mut memory).as_bytes();
    Value::ascii(text.len(), |bytes| bytes.copy_from_slice(text))
}

/// The decimal text of a big integer, or ValueError if it exceeds the limit.
pub fn big_decimal(value: &BigInt) -> Result<String, Fault> {
    let limit = max_str_digits();
    let too_long = || {
        Fault::value(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // 0.3 is below the decimal logarithm of 2, so no text within the limit is refused here.
    if limit > 0 && value.bits() as f64 * 0.3 > limit as f64 + 1.0 {
        return Err(too_long());
    }
    let text = value.to_string();
    if limit > 0 && text.trim_start_matches('-').len() > limit {
        return Err(too_long());
    }
    Ok(text)
}

/// `str(value)` of any integer, subclasses of `int` included (but not `bool`'s names).
pub fn int_str(value: &Value) -> Result<Cow<'static, str>, Fault> {
    match value.int_like() {
        Some(small) => Ok(Cow::Owned(decimal(small, &mut [0; 20]).to_owned())),
        None => match value.to_big_int() {
            Some(big) => big_decimal(&big).map(Cow::Owned),
            None => Ok(Cow::Borrowed("")),
        },
    }
}

/// The magnitude in base 2, 8, 10 or 16 without prefix, and whether it is negative.
pub fn digits(value: &Value, base: u32, upper: bool) -> Result<(bool, String), Fault> {
    if let Some(small) = value.int_like() {
        let magnitude = small.unsigned_abs();
        let text = match base {
            2 => format!("{magnitude:b}"),
            8 => format!("{magnitude:o}"),
            16 if upper => format!("{magnitude:X}"),
            16 => format!("{magnitude:x}"),
            _ => magnitude.to_string(),
        };
        return Ok((small < 0, text));
    }
    let big = value.to_big_int().unwrap_or_default();
    let negative = big.sign() == Sign::Minus;
    let mut text = if base == 10 {
        let mut text = big_decimal(&big)?;
        if negative {
            text.remove(0);
        }
        text
    } else {
        big.magnitude().to_str_radix(base)
    };
    if upper {
        text.make_ascii_uppercase();
    }
    Ok((negative, text))
}

/// `int.__format__`; `value` is an `int`, `bool` or instance of a subclass, the spec not empty.
pub fn format_int(value: &Value, text: &str, type_name: &str) -> Result<Value, Fault> {
    let spec = FormatSpec::parse(text, 'd', Align::Right, type_name)?;
    match spec.kind {
        'd' | 'n' => in_base(value, &spec, 10, ""),
        'b' => in_base(value, &spec, 2, "0b"),
        'o' => in_base(value, &spec, 8, "0o"),
        'x' => in_base(value, &spec, 16, "0x"),
        'X' => in_base(value, &spec, 16, "0X"),
        'c' => as_character(value, &spec),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => {
            let exact = value.int_like().map(Value::int);
            let exact =
                exact.unwrap_or_else(|| Value::big_int(value.to_big_int().unwrap_or_default().into_owned()));
            match to_float(&exact) {
                Some(float) => float::format_with(float, &spec, type_name),
                None => Err(Fault::overflow("int too large to convert to float")),
            }
        }
        _ => Err(spec.unknown_kind(type_name)),
    }
}

fn check(spec: &FormatSpec) -> Result<(), Fault> {
    if spec.precision.is_some() {
        return Err(Fault::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        let message = "Negative zero coercion (z) not allowed in integer format specifier";
        return Err(Fault::value(message));
    }
    Ok(())
}

fn in_base(value: &Value, spec: &FormatSpec, base: u32, prefix: &'static str) -> Result<Value, Fault> {
    check(spec)?;
    let prefix = if spec.alternate { prefix } else { "" };
    if base == 10
        && let Some(small) = value.int_like()
    {
        let mut memory = [0; 20];
        let digits = decimal(small, &mut memory);
        let digits = digits.strip_prefix('-').unwrap_or(digits);
        let number = Number { negative: small < 0, prefix, digits, rest: "" };
        return Ok(Laid::new(number, spec)?.to_value());
    }
    let (negative, digits) = digits(value, base, spec.kind == 'X')?;
    let number = Number { negative, prefix, digits: &digits, rest: "" };
    Ok(Laid::new(number, spec)?.to_value())
}

fn as_character(value: &Value, spec: &FormatSpec) -> Result<Value, Fault> {
    check(spec)?;
    if spec.sign.is_some() {
        return Err(Fault::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(Fault::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Some(code) = value.int_like() else {
        return Err(Fault::overflow("Python int too large to convert to C long"));
    };
    let mut memory = [0; 4];
    let rest = character(code)?.encode_utf8(&mut memory);
    let number = Number { negative: false, prefix: "", digits: "", rest };
    Ok(Laid::new(number, spec)?.to_value())
}

/// The character with a code, for `%c` and `{:c}`.
pub fn character(code: i64) -> Result<char, Fault> {
    match u32::try_from(code) {
        Ok(code @ 0..=0x10ffff) => surrogate::character(code),
        _ => Err(Fault::overflow("%c arg not in range(0x110000)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        for value in
            [0, 1, 9, 10, 11, 99, 100, 101, 999, 1000, 123_456_789, i64::MAX, i64::MIN, -1, -10, -100]
        {
            assert_eq!(decimal(value, &mut [0; 20]), value.to_string());
        }
    }
}
