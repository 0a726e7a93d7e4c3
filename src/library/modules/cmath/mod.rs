//! `cmath`: mathematical functions of complex numbers.

mod functions;
mod tables;

use super::math::special::Trouble;
use crate::object::complex::ComplexObject;
use crate::object::number::{self, Number, Op};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};
use functions::Answer;
use std::f64::consts::{E, PI, TAU};

pub static CMATH: ModuleSpec = ModuleSpec {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: FUNCTIONS,
    constants: &[
        ("e", |_| Value::float(E)),
        ("inf", |_| Value::float(f64::INFINITY)),
        ("infj", |_| Value::complex(0.0, f64::INFINITY)),
        ("nan", |_| Value::new_float(f64::NAN)),
        ("nanj", |_| Value::complex(0.0, f64::NAN)),
        ("pi", |_| Value::float(PI)),
        ("tau", |_| Value::float(TAU)),
    ],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("acos", "z, /", |i, a| apply(i, a, functions::acos), "Return the arc cosine of z."),
    native(
        "acosh",
        "z, /",
        |i, a| apply(i, a, functions::acosh),
        "Return the inverse hyperbolic cosine of z.",
    ),
    native("asin", "z, /", |i, a| apply(i, a, functions::asin), "Return the arc sine of z."),
    native("asinh", "z, /", |i, a| apply(i, a, functions::asinh), "Return the inverse hyperbolic sine of z."),
    native("atan", "z, /", |i, a| apply(i, a, functions::atan), "Return the arc tangent of z."),
    native(
        "atanh",
        "z, /",
        |i, a| apply(i, a, functions::atanh),
        "Return the inverse hyperbolic tangent of z.",
    ),
    native("cos", "z, /", |i, a| apply(i, a, functions::cos), "Return the cosine of z."),
    native("cosh", "z, /", |i, a| apply(i, a, functions::cosh), "Return the hyperbolic cosine of z."),
    native("exp", "z, /", |i, a| apply(i, a, functions::exp), "Return the exponential value e**z."),
    native(
        "isclose",
        "a, b, *, rel_tol=?, abs_tol=?",
        isclose,
        "Determine whether two complex numbers are close in value.",
    ),
    native(
        "isfinite",
        "z, /",
        |i, a| test(i, a, |z| z.real.is_finite() && z.imag.is_finite()),
        "Return True if both the real and imaginary parts of z are finite, else False.",
    ),
    native(
        "isinf",
        "z, /",
        |i, a| test(i, a, |z| z.real.is_infinite() || z.imag.is_infinite()),
        "Checks if the real or imaginary part of z is infinite.",
    ),
    native(
        "isnan",
        "z, /",
        |i, a| test(i, a, |z| z.real.is_nan() || z.imag.is_nan()),
        "Checks if the real or imaginary part of z not a number (NaN).",
    ),
    native(
        "log",
        "z, base=?, /",
        log,
        "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of z.",
    ),
    native("log10", "z, /", |i, a| apply(i, a, functions::log10), "Return the base-10 logarithm of z."),
    native("phase", "z, /", phase, "Return argument, also known as the phase angle, of a complex."),
    native(
        "polar",
        "z, /",
        polar,
        "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.",
    ),
    native("rect", "r, phi, /", rect, "Convert from polar coordinates to rectangular coordinates."),
    native("sin", "z, /", |i, a| apply(i, a, functions::sin), "Return the sine of z."),
    native("sinh", "z, /", |i, a| apply(i, a, functions::sinh), "Return the hyperbolic sine of z."),
    native("sqrt", "z, /", |i, a| apply(i, a, functions::sqrt), "Return the square root of z."),
    native("tan", "z, /", |i, a| apply(i, a, functions::tan), "Return the tangent of z."),
    native("tanh", "z, /", |i, a| apply(i, a, functions::tanh), "Return the hyperbolic tangent of z."),
];

/// A number argument as a complex one.
fn argument(interp: &mut dyn Interpreter, value: &Value) -> Result<ComplexObject, Raised> {
    if let Some(complex) = value.complex_like() {
        return Ok(complex);
    }
    if Number::like(value).is_none()
        && let Some(result) = interp.call_special(value, "__complex__", &[])?
    {
        return match result.complex_like() {
            Some(complex) => Ok(complex),
            None => {
                let name = interp.type_name(&result);
                Err(interp.type_error(&format!("__complex__ returned non-complex (type {name})")))
            }
        };
    }
    Ok(ComplexObject { real: interp.expect_float(value)?, imag: 0.0 })
}

fn answered(interp: &mut dyn Interpreter, answer: Answer) -> Result<ComplexObject, Raised> {
    answer.map_err(|trouble| match trouble {
        Trouble::Domain => interp.value_error("math domain error"),
        Trouble::Range => interp.overflow_error("math range error"),
    })
}

fn apply(interp: &mut dyn Interpreter, args: &[Value], function: fn(ComplexObject) -> Answer) -> Completion {
    let z = argument(interp, &args[0])?;
    let result = answered(interp, function(z))?;
    Ok(Value::complex(result.real, result.imag))
}

fn test(interp: &mut dyn Interpreter, args: &[Value], question: fn(ComplexObject) -> bool) -> Completion {
    Ok(Value::bool(question(argument(interp, &args[0])?)))
}

fn log(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let z = argument(interp, &args[0])?;
    let Some(base) = args[1].given() else {
        let result = answered(interp, functions::log(z))?;
        return Ok(Value::complex(result.real, result.imag));
    };
    let base = argument(interp, base)?;
    // The logarithm of zero is an error only once the quotient has been made.
    let (above, below) = (functions::log(z), functions::log(base));
    let (above, below) = (answered(interp, above)?, answered(interp, below)?);
    match number::apply(Op::TrueDiv, Number::Complex(above), Number::Complex(below)) {
        Some(Ok(result)) => Ok(result),
        _ => Err(interp.value_error("math domain error")),
    }
}

fn phase(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let z = argument(interp, &args[0])?;
    Ok(Value::float(z.imag.atan2(z.real)))
}

fn polar(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let z = argument(interp, &args[0])?;
    let size = z.real.hypot(z.imag);
    if size.is_infinite() && z.real.is_finite() && z.imag.is_finite() {
        return Err(interp.overflow_error("math range error"));
    }
    Ok(Value::tuple(vec![Value::float(size), Value::float(z.imag.atan2(z.real))]))
}

fn rect(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = interp.expect_float(&args[0])?;
    let angle = interp.expect_float(&args[1])?;
    let result = answered(interp, functions::rect(size, angle))?;
    Ok(Value::complex(result.real, result.imag))
}

fn isclose(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (a, b) = (argument(interp, &args[0])?, argument(interp, &args[1])?);
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
    if a.real == b.real && a.imag == b.imag {
        return Ok(Value::TRUE);
    }
    if [a.real, a.imag, b.real, b.imag].iter().any(|part| part.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let difference = (a.real - b.real).hypot(a.imag - b.imag);
    let is_close = difference <= relative * b.real.hypot(b.imag)
        || difference <= relative * a.real.hypot(a.imag)
        || difference <= absolute;
    Ok(Value::bool(is_close))
}
