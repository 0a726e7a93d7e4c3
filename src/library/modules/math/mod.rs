//! `math`.

mod error_function;
mod floats;
mod integers;
pub mod special;
mod sums;
#[cfg(test)]
mod tests;

use self::special::Trouble;
use crate::library::types::numeric::has_special;
use crate::object::fault::Fault;
use crate::object::hash::frexp;
use crate::object::number::{self, Number};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, Raised, Value};
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use std::f64::consts::{E, PI, TAU};

/// The module `math`.
pub static MATH: ModuleSpec = ModuleSpec {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: &[
        native(
            "acos",
            "x, /",
            acos,
            "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi.",
        ),
        native("acosh", "x, /", acosh, "Return the inverse hyperbolic cosine of x."),
        native(
            "asin",
            "x, /",
            asin,
            "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
        ),
        native("asinh", "x, /", asinh, "Return the inverse hyperbolic sine of x."),
        native(
            "atan",
            "x, /",
            atan,
            "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2.",
        ),
        native(
            "atan2",
            "y, x, /",
            atan2,
            "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered.",
        ),
        native("atanh", "x, /", atanh, "Return the inverse hyperbolic tangent of x."),
        native("cbrt", "x, /", cbrt, "Return the cube root of x."),
        native(
            "ceil",
            "x, /",
            ceil,
            "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x.",
        ),
        native(
            "comb",
            "n, k, /",
            integers::comb,
            "Number of ways to choose k items from n items without repetition and without order.",
        ),
        native(
            "copysign",
            "x, y, /",
            copysign,
            "Return a float with the magnitude (absolute value) of x but the sign of y.",
        ),
        native("cos", "x, /", cos, "Return the cosine of x (measured in radians)."),
        native("cosh", "x, /", cosh, "Return the hyperbolic cosine of x."),
        native("degrees", "x, /", degrees, "Convert angle x from radians to degrees."),
        native("dist", "p, q, /", sums::dist, "Return the Euclidean distance between two points p and q."),
        native("erf", "x, /", erf, "Error function at x."),
        native("erfc", "x, /", erfc, "Complementary error function at x."),
        native("exp", "x, /", exp, "Return e raised to the power of x."),
        native("exp2", "x, /", exp2, "Return 2 raised to the power of x."),
        native(
            "expm1",
            "x, /",
            expm1,
            "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x.",
        ),
        native("fabs", "x, /", fabs, "Return the absolute value of the float x."),
        native("factorial", "n, /", integers::factorial, "Find n!."),
        native(
            "floor",
            "x, /",
            floor,
            "Return the floor of x as an Integral.\n\nThis is the largest integer <= x.",
        ),
        native(
            "fma",
            "x, y, z, /",
            sums::fma,
            "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round.",
        ),
        native("fmod", "x, y, /", fmod, "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
        native("frexp", "x, /", floats::frexp_, "Return the mantissa and exponent of x, as pair (m, e)."),
        native(
            "fsum",
            "seq, /",
            sums::fsum,
            "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic.",
        ),
        native("gamma", "x, /", gamma, "Gamma function at x."),
        native("gcd", "*integers", integers::gcd, "Greatest Common Divisor."),
        native(
            "hypot",
            "*coordinates",
            sums::hypot,
            "hypot(*coordinates) -> value\n\nMultidimensional Euclidean distance from the origin to a point.",
        ),
        native(
            "isclose",
            "a, b, *, rel_tol=?, abs_tol=?",
            floats::isclose,
            "Determine whether two floating-point numbers are close in value.",
        ),
        native(
            "isfinite",
            "x, /",
            floats::isfinite,
            "Return True if x is neither an infinity nor a NaN, and False otherwise.",
        ),
        native(
            "isinf",
            "x, /",
            floats::isinf,
            "Return True if x is a positive or negative infinity, and False otherwise.",
        ),
        native(
            "isnan",
            "x, /",
            floats::isnan,
            "Return True if x is a NaN (not a number), and False otherwise.",
        ),
        native("isqrt", "n, /", integers::isqrt, "Return the integer part of the square root of the input."),
        native("lcm", "*integers", integers::lcm, "Least Common Multiple."),
        native(
            "ldexp",
            "x, i, /",
            sums::ldexp_,
            "Return x * (2**i).\n\nThis is essentially the inverse of frexp().",
        ),
        native("lgamma", "x, /", lgamma, "Natural logarithm of absolute value of Gamma function at x."),
        native(
            "log",
            "x, base=?, /",
            log,
            "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x.",
        ),
        native("log10", "x, /", log10, "Return the base 10 logarithm of x."),
        native(
            "log1p",
            "x, /",
            log1p,
            "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero.",
        ),
        native("log2", "x, /", log2, "Return the base 2 logarithm of x."),
        native(
            "modf",
            "x, /",
            floats::modf,
            "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats.",
        ),
        native(
            "nextafter",
            "x, y, /, *, steps=None",
            floats::nextafter,
            "Return the floating-point value the given number of steps after x towards y.",
        ),
        native(
            "perm",
            "n, k=None, /",
            integers::perm,
            "Number of ways to choose k items from n items without repetition and with order.",
        ),
        native("pow", "x, y, /", pow, "Return x**y (x to the power of y)."),
        native(
            "prod",
            "iterable, /, *, start=1",
            sums::prod,
            "Calculate the product of all the elements in the input iterable.",
        ),
        native("radians", "x, /", radians, "Convert angle x from degrees to radians."),
        native(
            "remainder",
            "x, y, /",
            sums::remainder,
            "Difference between x and the closest integer multiple of y.",
        ),
        native("sin", "x, /", sin, "Return the sine of x (measured in radians)."),
        native("sinh", "x, /", sinh, "Return the hyperbolic sine of x."),
        native("sqrt", "x, /", sqrt, "Return the square root of x."),
        native(
            "sumprod",
            "p, q, /",
            sums::sumprod,
            "Return the sum of products of values from two iterables p and q.",
        ),
        native("tan", "x, /", tan, "Return the tangent of x (measured in radians)."),
        native("tanh", "x, /", tanh, "Return the hyperbolic tangent of x."),
        native(
            "trunc",
            "x, /",
            trunc,
            "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method.",
        ),
        native("ulp", "x, /", floats::ulp, "Return the value of the least significant bit of the float x."),
    ],
    constants: &[
        ("e", |_| Value::float(E)),
        ("inf", |_| Value::float(f64::INFINITY)),
        ("nan", |_| Value::float(f64::NAN)),
        ("pi", |_| Value::float(PI)),
        ("tau", |_| Value::float(TAU)),
    ],
    ..ModuleSpec::EMPTY
};

#[cold]
fn domain_error(interp: &mut dyn Interpreter) -> Raised {
    interp.value_error("math domain error")
}

#[cold]
fn range_error(interp: &mut dyn Interpreter) -> Raised {
    interp.overflow_error("math range error")
}

/// `function(x)` with the errors that its result implies: NaN out of nothing is a domain error,
/// and so is infinity, unless the function can overflow.
#[inline]
fn apply(
    interp: &mut dyn Interpreter,
    arg: &Value,
    function: fn(f64) -> f64,
    can_overflow: bool,
) -> Completion {
    let x = interp.expect_float(arg)?;
    let result = function(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(interp));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow { range_error(interp) } else { domain_error(interp) });
    }
    Ok(Value::float(result))
}

macro_rules! functions {
    ($($name:ident = $function:expr, $can_overflow:literal;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                apply(interp, &args[0], $function, $can_overflow)
            }
        )+
    };
}

functions! {
    acos = f64::acos, false;
    acosh = special::acosh, false;
    asin = f64::asin, false;
    asinh = special::asinh, false;
    atan = f64::atan, false;
    atanh = special::atanh, false;
    cbrt = f64::cbrt, false;
    cos = f64::cos, false;
    cosh = f64::cosh, true;
    erf = error_function::erf, false;
    erfc = error_function::erfc, false;
    exp = f64::exp, true;
    exp2 = f64::exp2, true;
    expm1 = f64::exp_m1, true;
    fabs = f64::abs, false;
    log1p = log1p_of, false;
    sin = f64::sin, false;
    sinh = f64::sinh, true;
    sqrt = f64::sqrt, false;
    tan = f64::tan, false;
    tanh = f64::tanh, false;
}

fn degrees(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::float(interp.expect_float(&args[0])? * (180.0 / PI)))
}

fn radians(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::float(interp.expect_float(&args[0])? * (PI / 180.0)))
}

/// Keeps the sign of zero, which some C libraries lose.
fn log1p_of(x: f64) -> f64 {
    if x == 0.0 { x } else { x.ln_1p() }
}

fn troubled(interp: &mut dyn Interpreter, result: Result<f64, Trouble>) -> Completion {
    match result {
        Ok(result) => Ok(Value::float(result)),
        Err(Trouble::Domain) => Err(domain_error(interp)),
        Err(Trouble::Range) => Err(range_error(interp)),
    }
}

fn gamma(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?;
    troubled(interp, special::gamma(x))
}

fn lgamma(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?;
    troubled(interp, special::lgamma(x))
}

/// A logarithm; integers too large for a float are scaled.
fn logarithm(interp: &mut dyn Interpreter, arg: &Value, function: fn(f64) -> f64) -> Result<f64, Raised> {
    if let Some(big) = arg.to_big_int()
        && arg.as_int_or_bool().is_none()
    {
        if big.sign() != Sign::Plus {
            return Err(domain_error(interp));
        }
        let (mantissa, exponent) = match big.to_f64() {
            Some(float) if float.is_finite() => (float, 0.0),
            _ => split(&big),
        };
        let result = function(mantissa);
        return Ok(if exponent == 0.0 { result } else { result + function(2.0) * exponent });
    }
    let x = interp.expect_float(arg)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x <= 0.0 {
        return Err(domain_error(interp));
    }
    Ok(function(x))
}

/// Mantissa in [0.5, 1) and exponent of a large integer.
fn split(big: &BigInt) -> (f64, f64) {
    let shift = big.bits() - 64;
    // The lowest bit of 64 stands for all below it, so that the conversion rounds once.
    let is_inexact = big.trailing_zeros().is_some_and(|zeros| zeros < shift);
    let upper = (big >> shift).to_u64().unwrap_or(u64::MAX) | u64::from(is_inexact);
    let (mantissa, exponent) = frexp(upper as f64);
    (mantissa, shift as f64 + f64::from(exponent))
}

fn log(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let numerator = logarithm(interp, &args[0], f64::ln)?;
    let Some(base) = args[1].given() else { return Ok(Value::float(numerator)) };
    let denominator = logarithm(interp, base, f64::ln)?;
    interp.binary(number::Op::TrueDiv, &Value::float(numerator), &Value::float(denominator))
}

fn log2(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    logarithm(interp, &args[0], f64::log2).map(Value::float)
}

fn log10(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    logarithm(interp, &args[0], f64::log10).map(Value::float)
}

/// `floor` and `ceil`: exact numbers, then the special method, then whatever is a float.
fn integral(interp: &mut dyn Interpreter, arg: &Value, method: &str, function: fn(f64) -> f64) -> Completion {
    match Number::exact(arg) {
        Some(number @ (Number::Int(_) | Number::Big(_))) => return Ok(number.to_value()),
        Some(Number::Float(x)) => return to_int(interp, function(x)),
        Some(Number::Complex(_)) | None => {}
    }
    if let Some(result) = interp.call_special(arg, method, &[])? {
        return Ok(result);
    }
    let x = interp.expect_float(arg)?;
    to_int(interp, function(x))
}

fn to_int(interp: &mut dyn Interpreter, x: f64) -> Completion {
    number::float_to_int(x).map_err(|fault: Fault| fault.raise(interp))
}

fn ceil(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    integral(interp, &args[0], "__ceil__", f64::ceil)
}

fn floor(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    integral(interp, &args[0], "__floor__", f64::floor)
}

fn trunc(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if let Some(x) = args[0].as_float() {
        return to_int(interp, x);
    }
    if has_special(interp, &args[0], "__trunc__")
        && let Some(result) = interp.call_special(&args[0], "__trunc__", &[])?
    {
        return Ok(result);
    }
    let class = interp.type_name(&args[0]);
    Err(interp.type_error(&format!("type {class} doesn't define __trunc__ method")))
}

fn atan2(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (y, x) = sums::pair(interp, args)?;
    Ok(Value::float(y.atan2(x)))
}

fn copysign(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (x, y) = sums::pair(interp, args)?;
    Ok(Value::float(x.copysign(y)))
}

fn fmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (x, y) = sums::pair(interp, args)?;
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(interp));
    }
    Ok(Value::float(result))
}

fn pow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (x, y) = sums::pair(interp, args)?;
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || result.is_infinite() && x == 0.0 {
            return Err(domain_error(interp));
        }
        if result.is_infinite() {
            return Err(range_error(interp));
        }
    }
    Ok(Value::float(result))
}
