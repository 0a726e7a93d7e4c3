//! Operations as methods of `Decimal` and of `Context` call them.

use super::arithmetic::{self, Outcome};
use super::convert::{expect_operand, number_of, object, operand};
use super::decimal_rows::this;
use super::number::{Dec, Rounding, Settings, Status};
use super::state::{State, context_argument, current, state_of};
use super::{compare, digits, functions};
use crate::object::{Completion, Interpreter, Raised, Value};
use std::borrow::Cow;

/// An operation on one number.
pub type One = fn(&Dec, &Settings, &mut Status) -> Outcome;
/// An operation on two numbers.
pub type Two = fn(&Dec, &Dec, &Settings, &mut Status) -> Outcome;

/// A prefix operator.
pub fn prefix(interp: &mut dyn Interpreter, args: &[Value], method: &str, operation: One) -> Completion {
    let number = this(interp, args, method)?;
    let context = current(interp);
    apply_one(interp, number, state_of(&context), operation)
}

/// An operator between two numbers; `is_reflected` if the receiver stands on the right.
#[inline]
pub fn infix(interp: &mut dyn Interpreter, args: &[Value], is_reflected: bool, operation: Two) -> Completion {
    let (Some(own), Some(other)) = (operand(&args[0]), operand(&args[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let context = current(interp);
    let (left, right) = if is_reflected { (&other, &own) } else { (&own, &other) };
    apply_two(interp, left, right, state_of(&context), operation)
}

#[inline]
pub fn apply_one(interp: &mut dyn Interpreter, a: &Dec, state: &State, operation: One) -> Completion {
    let mut status = Status::default();
    let result = operation(a, &state.settings.get(), &mut status);
    state.finish(interp, result, status).map(object)
}

#[inline]
pub fn apply_two(
    interp: &mut dyn Interpreter,
    a: &Dec,
    b: &Dec,
    state: &State,
    operation: Two,
) -> Completion {
    let mut status = Status::default();
    let result = operation(a, b, &state.settings.get(), &mut status);
    state.finish(interp, result, status).map(object)
}

/// `divmod()`.
pub fn div_mod(interp: &mut dyn Interpreter, args: &[Value], is_reflected: bool) -> Completion {
    let (Some(own), Some(other)) = (operand(&args[0]), operand(&args[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let context = current(interp);
    let (left, right) = if is_reflected { (&other, &own) } else { (&own, &other) };
    apply_div_mod(interp, left, right, state_of(&context))
}

pub fn apply_div_mod(interp: &mut dyn Interpreter, a: &Dec, b: &Dec, state: &State) -> Completion {
    let mut status = Status::default();
    let result = arithmetic::divide_modulo(a, b, &state.settings.get(), &mut status);
    let (quotient, remainder) = state.finish(interp, result, status)?;
    Ok(Value::tuple(vec![object(quotient), object(remainder)]))
}

/// `pow()`.
pub fn power(interp: &mut dyn Interpreter, args: &[Value], is_reflected: bool) -> Completion {
    let (Some(own), Some(other)) = (operand(&args[0]), operand(&args[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (left, right) = if is_reflected { (&other, &own) } else { (&own, &other) };
    let modulus = match args[2].given_some() {
        None => None,
        Some(modulus) => match operand(modulus) {
            Some(modulus) => Some(modulus),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    let context = current(interp);
    apply_power(interp, left, right, modulus.as_deref(), state_of(&context))
}

pub fn apply_power(
    interp: &mut dyn Interpreter,
    a: &Dec,
    b: &Dec,
    modulus: Option<&Dec>,
    state: &State,
) -> Completion {
    let mut status = Status::default();
    let settings = state.settings.get();
    let result = match modulus {
        None => functions::power(a, b, &settings, &mut status),
        Some(modulus) => functions::power_modulo(a, b, modulus, &settings, &mut status),
    };
    state.finish(interp, result, status).map(object)
}

/// A method without operands but for a context.
pub fn one(interp: &mut dyn Interpreter, args: &[Value], operation: One) -> Completion {
    let number = this(interp, args, "exp")?;
    let context = context_argument(interp, &args[1])?;
    apply_one(interp, number, state_of(&context), operation)
}

/// A method with one operand and a context.
pub fn two(interp: &mut dyn Interpreter, args: &[Value], operation: Two) -> Completion {
    let number = this(interp, args, "compare")?;
    let context = context_argument(interp, &args[2])?;
    let other = expect_operand(interp, &args[1])?;
    apply_two(interp, number, &other, state_of(&context), operation)
}

pub fn fma(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "fma")?;
    let context = context_argument(interp, &args[3])?;
    let other = expect_operand(interp, &args[1])?;
    let third = expect_operand(interp, &args[2])?;
    apply_fma(interp, [number, &other, &third], state_of(&context))
}

pub fn apply_fma(interp: &mut dyn Interpreter, [a, b, c]: [&Dec; 3], state: &State) -> Completion {
    let mut status = Status::default();
    let result = arithmetic::fused_multiply_add(a, b, c, &state.settings.get(), &mut status);
    state.finish(interp, result, status).map(object)
}

/// A question about a number that depends on a context.
pub fn test(
    interp: &mut dyn Interpreter,
    args: &[Value],
    question: fn(&Dec, &Settings) -> bool,
) -> Completion {
    let number = this(interp, args, "is_normal")?;
    let context = context_argument(interp, &args[1])?;
    Ok(Value::bool(question(number, &state_of(&context).settings.get())))
}

pub fn is_normal(number: &Dec, to: &Settings) -> bool {
    number.is_finite() && !number.is_zero() && number.adjusted() >= to.emin
}

pub fn is_subnormal(number: &Dec, to: &Settings) -> bool {
    number.is_finite() && !number.is_zero() && number.adjusted() < to.emin
}

pub fn number_class(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "number_class")?;
    let context = context_argument(interp, &args[1])?;
    Ok(Value::str(compare::number_class(number, &state_of(&context).settings.get())))
}

pub fn same_quantum(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "same_quantum")?;
    context_argument(interp, &args[2])?;
    let other = expect_operand(interp, &args[1])?;
    Ok(Value::bool(compare::same_quantum(number, &other)))
}

/// The settings of a context, with another rounding if one is given.
fn with_rounding(interp: &mut dyn Interpreter, state: &State, rounding: &Value) -> Result<Settings, Raised> {
    let settings = state.settings.get();
    if rounding.is_none() {
        return Ok(settings);
    }
    Ok(settings.with_rounding(expect_rounding(interp, rounding)?))
}

/// The name of a way to round.
pub fn expect_rounding(interp: &mut dyn Interpreter, value: &Value) -> Result<Rounding, Raised> {
    match value.str_like().and_then(Rounding::of_name) {
        Some(rounding) => Ok(rounding),
        None => Err(interp.type_error(
            "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   \
             ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
        )),
    }
}

pub fn quantize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = this(interp, args, "quantize")?;
    let context = context_argument(interp, &args[3])?;
    let state = state_of(&context);
    let settings = with_rounding(interp, state, &args[2])?;
    let quantum = expect_operand(interp, &args[1])?;
    let mut status = Status::default();
    let result = digits::quantize(number, &quantum, &settings, &mut status);
    state.finish(interp, result, status).map(object)
}

pub fn to_integral(interp: &mut dyn Interpreter, args: &[Value], exact: bool) -> Completion {
    let number = this(interp, args, "to_integral")?;
    let context = context_argument(interp, &args[2])?;
    let state = state_of(&context);
    let settings = with_rounding(interp, state, &args[1])?;
    let mut status = Status::default();
    let result = digits::to_integral(number, exact, &settings, &mut status);
    state.finish(interp, result, status).map(object)
}

/// The operand of a method of a context.
#[inline]
pub fn argument<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<Cow<'v, Dec>, Raised> {
    match number_of(value) {
        Some(number) => Ok(Cow::Borrowed(number)),
        None => expect_operand(interp, value),
    }
}
