//! Functions about how floats are represented: parts, neighbours, closeness.

use super::sums::pair;
use crate::object::hash::frexp;
use crate::object::{Completion, Interpreter, Value};
use num_bigint::Sign;
use num_traits::ToPrimitive;

pub fn frexp_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?;
    let (mantissa, exponent) = if x.is_finite() { frexp(x) } else { (x, 0) };
    Ok(Value::tuple(vec![Value::float(mantissa), Value::int(exponent.into())]))
}

pub fn modf(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?;
    let whole = x.trunc();
    let fraction = if x.is_infinite() { 0.0_f64.copysign(x) } else { (x - whole).copysign(x) };
    Ok(Value::tuple(vec![Value::float(fraction), Value::float(whole)]))
}

pub fn isfinite(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.expect_float(&args[0])?.is_finite()))
}

pub fn isinf(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.expect_float(&args[0])?.is_infinite()))
}

pub fn isnan(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.expect_float(&args[0])?.is_nan()))
}

pub fn isclose(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (a, b) = pair(interp, args)?;
    let mut tolerances = [1e-9, 0.0];
    for (tolerance, arg) in tolerances.iter_mut().zip(&args[2..]) {
        if let Some(arg) = arg.given() {
            *tolerance = interp.expect_float(arg)?;
        }
    }
    let [relative, absolute] = tolerances;
    if relative < 0.0 || absolute < 0.0 {
        return Err(interp.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let is_close =
        difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute;
    Ok(Value::bool(is_close))
}

pub fn nextafter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (x, y) = pair(interp, args)?;
    let steps = match args[2].given_some() {
        // The plain function keeps the sign of the first argument when it reaches zero.
        None if x < 0.0 && y >= 0.0 && x.next_up() == 0.0 => return Ok(Value::float(-0.0)),
        None if x > 0.0 && y <= 0.0 && x.next_down() == 0.0 => return Ok(Value::float(0.0)),
        None => 1,
        Some(steps) => {
            let steps = interp.index(steps)?;
            let steps = steps.to_big_int().unwrap_or_default();
            if steps.sign() == Sign::Minus {
                return Err(interp.value_error("steps must be a non-negative integer"));
            }
            steps.to_u64().unwrap_or(u64::MAX)
        }
    };
    if steps == 0 {
        return Ok(Value::float(x));
    }
    if x.is_nan() || y.is_nan() {
        return Ok(Value::float(x + y));
    }
    // As integers whose order is that of the floats; both zeros are 0.
    let rank = |value: f64| {
        let magnitude = (value.to_bits() & !(1 << 63)) as i64;
        if value.is_sign_negative() { -magnitude } else { magnitude }
    };
    let (from, to) = (rank(x), rank(y));
    if from.abs_diff(to) <= steps {
        return Ok(Value::float(y));
    }
    let steps = steps as i64;
    let reached = if from < to { from + steps } else { from - steps };
    let result = f64::from_bits(reached.unsigned_abs());
    // On its way from below to zero the result is minus zero.
    Ok(Value::float(if reached < 0 || reached == 0 && from < 0 { -result } else { result }))
}

pub fn ulp(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?.abs();
    if !x.is_finite() {
        return Ok(Value::float(x));
    }
    let next = x.next_up();
    Ok(Value::float(if next.is_infinite() { x - x.next_down() } else { next - x }))
}
