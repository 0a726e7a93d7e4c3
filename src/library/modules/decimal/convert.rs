//! Decimal numbers from and to other values.

use super::arithmetic::{Outcome, multiply};
use super::coefficient::{Coefficient, power_of_ten};
use super::decimal_rows::DECIMAL;
use super::number::{Dec, Kind, Rounding, Settings, Status};
use super::state::{State, known};
use super::text;
use crate::object::heap::Traverse;
use crate::object::unicode::{decimal_value, is_space};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// `decimal.Decimal`.
pub struct DecimalObject(pub Dec);

impl Traverse for DecimalObject {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for DecimalObject {
    fn spec(&self) -> &'static TypeSpec {
        &DECIMAL
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// A number as an object.
#[inline]
pub fn object(number: Dec) -> Value {
    Value::object(DecimalObject(number))
}

/// The number of a `Decimal`.
#[inline]
pub fn number_of(value: &Value) -> Option<&Dec> {
    value.downcast::<DecimalObject>().map(|object| &object.0)
}

/// An integer, exactly.
pub fn from_integer(value: &Value) -> Option<Dec> {
    if let Some(small) = value.int_like() {
        return Some(Dec::integer(small));
    }
    let big = value.to_big_int()?;
    let coefficient = Coefficient::from(big.magnitude().clone());
    Some(Dec::finite(big.sign() == Sign::Minus, coefficient, 0))
}

/// An operand of arithmetic: a `Decimal` or an `int`.
#[inline]
pub fn operand(value: &Value) -> Option<Cow<'_, Dec>> {
    match number_of(value) {
        Some(number) => Some(Cow::Borrowed(number)),
        None => from_integer(value).map(Cow::Owned),
    }
}

/// As [`operand`], or TypeError.
pub fn expect_operand<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<Cow<'v, Dec>, Raised> {
    match operand(value) {
        Some(number) => Ok(number),
        None => Err(no_conversion(interp, value)),
    }
}

#[cold]
pub fn no_conversion(interp: &mut dyn Interpreter, value: &Value) -> Raised {
    let class = interp.type_name(value);
    interp.type_error(&format!("conversion from {class} to Decimal is not supported"))
}

/// A float, exactly.
pub fn from_float(value: f64) -> Dec {
    if value.is_nan() {
        return Dec::NAN;
    }
    if value.is_infinite() {
        return Dec::infinity(value < 0.0);
    }
    let negative = value.is_sign_negative();
    if value == 0.0 {
        return Dec::zero(negative, 0);
    }
    let (mantissa, exponent, _) = num_traits::float::FloatCore::integer_decode(value);
    let zeros = mantissa.trailing_zeros();
    let (mantissa, exponent) = (mantissa >> zeros, i64::from(exponent) + i64::from(zeros));
    if exponent >= 0 {
        let coefficient = Coefficient::from(BigUint::from(mantissa) << exponent as u64);
        return Dec::finite(negative, coefficient, 0);
    }
    let coefficient = BigUint::from(5_u32).pow(exponent.unsigned_abs() as u32) * mantissa;
    Dec::finite(negative, Coefficient::from(coefficient), exponent)
}

/// A text in ASCII: digits of other scripts translated, `None` for other characters. With `lenient`
/// whitespace around it and underscores are left out.
fn to_ascii(text: &str, lenient: bool) -> Option<Cow<'_, str>> {
    let text = if lenient { text.trim_matches(is_space) } else { text };
    if text.is_ascii() && !(lenient && text.contains('_')) {
        return Some(Cow::Borrowed(text));
    }
    let characters = text.chars().filter(|character| !(lenient && *character == '_'));
    let translate = |character: char| match character {
        _ if character.is_ascii() => Some(character),
        _ if is_space(character) => Some(' '),
        _ => decimal_value(character).and_then(|digit| char::from_digit(digit, 10)),
    };
    characters.map(translate).collect::<Option<String>>().map(Cow::Owned)
}

/// The number a text spells, exactly.
pub fn from_text_exactly(text: &str, status: &mut Status) -> Outcome {
    let Some(number) = to_ascii(text, true).and_then(|text| text::parse(&text)) else {
        return Ok(status.invalid(Status::CONVERSION_SYNTAX));
    };
    exactly(number, status)
}

/// A number that must not be rounded.
pub fn exactly(number: Dec, status: &mut Status) -> Outcome {
    let mut own = Status::default();
    let number = number.finalize(&Settings::MAX, &mut own)?;
    if own.has(Status::INEXACT | Status::ROUNDED | Status::CLAMPED) {
        return Ok(status.invalid(Status::INVALID_OPERATION));
    }
    Ok(number)
}

/// The number a text spells, rounded.
pub fn from_text(text: &str, to: &Settings, status: &mut Status) -> Outcome {
    let Some(number) = to_ascii(text, false).and_then(|text| text::parse(&text)) else {
        return Ok(status.invalid(Status::CONVERSION_SYNTAX));
    };
    if number.is_nan() && !number.coefficient.is_zero() && number.digits() > to.prec - i64::from(to.clamp) {
        return Ok(status.invalid(Status::CONVERSION_SYNTAX));
    }
    number.finalize(to, status)
}

/// The items of a tuple or a list.
pub fn sequence(value: &Value) -> Option<Vec<Value>> {
    match (value.tuple_like(), value.list_like()) {
        (Some(items), _) => Some(items.to_vec()),
        (_, Some(list)) => Some(list.items.borrow().clone()),
        _ => None,
    }
}

/// A number from a sequence (sign, digits, exponent).
pub fn from_parts(interp: &mut dyn Interpreter, parts: &[Value]) -> Result<Dec, Raised> {
    let [sign, digits, exponent] = parts else {
        return Err(interp.value_error("argument must be a sequence of length 3"));
    };
    let Some(sign @ 0..=1) = sign.int_like().filter(|_| sign.is_integer()) else {
        return Err(interp.value_error("sign must be an integer with the value 0 or 1"));
    };
    let negative = sign == 1;
    let (kind, exponent) = match (exponent.str_like(), exponent.is_integer()) {
        (Some("F"), _) => (Kind::Infinity, 0),
        (Some("n"), _) => (Kind::QuietNan, 0),
        (Some("N"), _) => (Kind::SignalingNan, 0),
        (Some(_), _) => {
            return Err(interp.value_error("string argument in the third position must be 'F', 'n' or 'N'"));
        }
        (None, true) => (Kind::Finite, interp.expect_int(exponent)?),
        (None, false) => return Err(interp.value_error("exponent must be an integer")),
    };
    let Some(items) = sequence(digits) else {
        return Err(interp.value_error("coefficient must be a tuple of digits"));
    };
    if kind == Kind::Infinity {
        return Ok(Dec::infinity(negative));
    }
    let mut text = Vec::with_capacity(items.len());
    for item in &items {
        match item.int_like().filter(|_| item.is_integer()) {
            Some(digit @ 0..=9) => text.push(b'0' + digit as u8),
            _ => return Err(interp.value_error("coefficient must be a tuple of digits")),
        }
    }
    // Far beyond all limits, yet so that sums do not overflow.
    let exponent = exponent.clamp(-4_000_000_000_000_000_000, 4_000_000_000_000_000_000);
    Ok(Dec { coefficient: Coefficient::from_digits(&text), exponent, negative, kind })
}

/// A whole number as an `int`; rounds.
pub fn to_integer(
    interp: &mut dyn Interpreter,
    number: &Dec,
    rounding: Rounding,
    state: &State,
) -> Completion {
    match number.kind {
        Kind::Infinity => return Err(interp.overflow_error("cannot convert Infinity to integer")),
        Kind::Finite => {}
        _ => return Err(interp.value_error("cannot convert NaN to integer")),
    }
    let whole = number.rescaled(0, rounding).map(|(whole, _)| whole);
    let whole = state.finish(interp, whole, Status::default())?;
    Ok(integer_value(&whole.coefficient, whole.negative))
}

/// A coefficient with a sign as an `int`.
pub fn integer_value(coefficient: &Coefficient, negative: bool) -> Value {
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    match coefficient.to_u64().and_then(|small| i64::try_from(small).ok()) {
        Some(small) => Value::int(if negative { -small } else { small }),
        None => Value::big_int(BigInt::from_biguint(sign, coefficient.to_big().into_owned())),
    }
}

/// The nearest float.
pub fn to_float(interp: &mut dyn Interpreter, number: &Dec) -> Result<f64, Raised> {
    let sign = if number.negative { -1.0 } else { 1.0 };
    match number.kind {
        Kind::SignalingNan => Err(interp.value_error("cannot convert signaling NaN to float")),
        Kind::QuietNan => Ok(f64::NAN.copysign(sign)),
        Kind::Infinity => Ok(f64::INFINITY * sign),
        Kind::Finite => {
            let text = format!("{}e{}", number.coefficient.to_text(), number.exponent);
            Ok(text.parse::<f64>().unwrap_or(0.0) * sign)
        }
    }
}

/// The two integers whose ratio a finite number is, without common factors.
pub fn ratio(number: &Dec) -> Outcome<(BigInt, BigInt)> {
    let numerator = number.coefficient.to_big().into_owned();
    let sign = if number.negative { Sign::Minus } else { Sign::Plus };
    if number.coefficient.is_zero() {
        return Ok((BigInt::ZERO, BigInt::from(1)));
    }
    if number.exponent >= 0 {
        let whole = number.coefficient.shifted_left(number.exponent as u64)?;
        return Ok((BigInt::from_biguint(sign, whole.to_big().into_owned()), BigInt::from(1)));
    }
    super::coefficient::check_digits(number.exponent.unsigned_abs())?;
    let denominator = power_of_ten(number.exponent.unsigned_abs());
    let common = numerator.gcd(&denominator);
    let numerator = BigInt::from_biguint(sign, numerator / &common);
    Ok((numerator, BigInt::from(&*denominator / common)))
}

/// The hash of a number, equal to that of an equal number of another type; `None` for a NaN.
pub fn hash(number: &Dec) -> Option<i64> {
    const MODULUS: u64 = (1 << 61) - 1;
    if number.is_infinite() {
        return Some(if number.negative { -314_159 } else { 314_159 });
    }
    if number.is_nan() {
        return None;
    }
    let multiply = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(MODULUS)) as u64;
    // The inverse of ten, for negative exponents.
    let mut base = if number.exponent < 0 { 2_075_258_708_292_324_556 } else { 10 };
    let mut exponent = number.exponent.unsigned_abs();
    let mut power = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = multiply(power, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    let residue = match &number.coefficient {
        Coefficient::Small(value) => (value.get() % u128::from(MODULUS)) as u64,
        Coefficient::Big(value) => (value % MODULUS).to_u64().unwrap_or(0),
    };
    let hash = multiply(residue, power) as i64;
    let hash = if number.negative { -hash } else { hash };
    Some(if hash == -1 { -2 } else { hash })
}

/// The two sides of a comparison of a `Decimal` with another value.
pub struct Compared<'v> {
    pub left: Cow<'v, Dec>,
    pub right: Cow<'v, Dec>,
}

/// What `number` and `other` are compared as; `None` if they cannot be.
pub fn compared<'v>(
    interp: &mut dyn Interpreter,
    number: &'v Dec,
    other: &'v Value,
    is_equality: bool,
    state: &State,
) -> Result<Option<Compared<'v>>, Raised> {
    let left = Cow::Borrowed(number);
    if let Some(right) = operand(other) {
        return Ok(Some(Compared { left, right }));
    }
    let float = match (other.float_like(), other.complex_like()) {
        (Some(float), _) => {
            let status = Status(Status::FLOAT_OPERATION);
            if is_equality {
                state.status.set(state.status.get() | status.0);
            } else {
                state.report(interp, status)?;
            }
            Some(float)
        }
        (None, Some(complex)) if is_equality && complex.imag == 0.0 => {
            state.status.set(state.status.get() | Status::FLOAT_OPERATION);
            Some(complex.real)
        }
        (None, Some(_)) => return Ok(None),
        _ => None,
    };
    if let Some(float) = float {
        return Ok(Some(Compared { left, right: Cow::Owned(from_float(float)) }));
    }
    let is_heap_object = other.is_heap() && other.str_like().is_none() && other.tuple_like().is_none();
    if !is_heap_object || !interp.is_instance(other, &known("_Rational"))? {
        return Ok(None);
    }
    let numerator = interp.attribute(other, "numerator")?;
    let denominator = interp.attribute(other, "denominator")?;
    let (Some(numerator), Some(denominator)) = (from_integer(&numerator), from_integer(&denominator)) else {
        return Ok(None);
    };
    if !number.is_finite() {
        return Ok(Some(Compared { left, right: Cow::Owned(numerator) }));
    }
    let mut status = Status::default();
    let product = multiply(number, &denominator, &Settings::MAX, &mut status);
    let product = state.finish(interp, product, Status::default())?;
    Ok(Some(Compared { left: Cow::Owned(product), right: Cow::Owned(numerator) }))
}
