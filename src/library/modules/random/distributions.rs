//! Random numbers of other distributions than the even one, by the formulas of CPython's
//! library, operation for operation.

use super::source::Source;
use crate::library::modules::math::special::lgamma;
use crate::object::number::{self, Number, Op};
use crate::object::{Completion, Interpreter, Raised, Value};
use std::f64::consts::{E, PI, TAU};

/// `ln(x)`, a domain error where it has no value.
fn log(interp: &mut dyn Interpreter, x: f64) -> Result<f64, Raised> {
    if x <= 0.0 { Err(interp.value_error("math domain error")) } else { Ok(x.ln()) }
}

/// `x ** y`, with the operator's errors.
fn power(interp: &mut dyn Interpreter, x: f64, y: f64) -> Completion {
    number::power(Number::Float(x), Number::Float(y)).map_err(|fault| fault.raise(interp))
}

/// `x / y`, with the operator's errors.
fn divide(interp: &mut dyn Interpreter, x: f64, y: f64) -> Result<f64, Raised> {
    if y == 0.0 {
        let quotient = interp.binary(Op::TrueDiv, &Value::float(x), &Value::float(y))?;
        return interp.expect_float(&quotient);
    }
    Ok(x / y)
}

fn exp(interp: &mut dyn Interpreter, x: f64) -> Result<f64, Raised> {
    let result = x.exp();
    if result.is_infinite() && x.is_finite() {
        return Err(interp.overflow_error("math range error"));
    }
    Ok(result)
}

/// An argument as a float, or its default.
fn float(interp: &mut dyn Interpreter, arg: &Value, default: f64) -> Result<f64, Raised> {
    match arg.given() {
        Some(arg) => interp.expect_float(arg),
        None => Ok(default),
    }
}

/// Two float arguments after the receiver.
fn two(interp: &mut dyn Interpreter, args: &[Value]) -> Result<(f64, f64), Raised> {
    Ok((interp.expect_float(&args[1])?, interp.expect_float(&args[2])?))
}

/// `uniform(a, b)`.
pub fn uniform(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "uniform", &args[0])?;
    if let Some((a, b)) = Value::both_floats(&args[1], &args[2]) {
        return Ok(Value::float(a + (b - a) * source.random(interp)?));
    }
    let width = interp.binary(Op::Sub, &args[2], &args[1])?;
    let part = Value::float(source.random(interp)?);
    let part = interp.binary(Op::Mul, &width, &part)?;
    interp.binary(Op::Add, &args[1], &part)
}

/// `triangular(low=0.0, high=1.0, mode=None)`.
pub fn triangular(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "triangular", &args[0])?;
    let (mut low, mut high) = (float(interp, &args[1], 0.0)?, float(interp, &args[2], 1.0)?);
    let mut drawn = source.random(interp)?;
    let mut peak = match args[3].given_some() {
        None => 0.5,
        Some(mode) => {
            let mode = interp.expect_float(mode)?;
            if high - low == 0.0 {
                return Ok(args[1].given().cloned().unwrap_or(Value::float(low)));
            }
            (mode - low) / (high - low)
        }
    };
    if drawn > peak {
        drawn = 1.0 - drawn;
        peak = 1.0 - peak;
        (low, high) = (high, low);
    }
    let square = drawn * peak;
    if square < 0.0 {
        return Err(interp.value_error("math domain error"));
    }
    Ok(Value::float(low + (high - low) * square.sqrt()))
}

fn standard_normal(interp: &mut dyn Interpreter, source: &Source<'_>) -> Result<f64, Raised> {
    let magic = 4.0 * (-0.5_f64).exp() / 2.0_f64.sqrt();
    loop {
        let first = source.random(interp)?;
        let second = 1.0 - source.random(interp)?;
        let z = divide(interp, magic * (first - 0.5), second)?;
        if z * z / 4.0 <= -log(interp, second)? {
            return Ok(z);
        }
    }
}

/// `normalvariate(mu=0.0, sigma=1.0)`.
pub fn normalvariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "normalvariate", &args[0])?;
    let (mu, sigma) = (float(interp, &args[1], 0.0)?, float(interp, &args[2], 1.0)?);
    Ok(Value::float(mu + standard_normal(interp, &source)? * sigma))
}

/// `lognormvariate(mu, sigma)`.
pub fn lognormvariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "lognormvariate", &args[0])?;
    let (mu, sigma) = two(interp, args)?;
    let normal = mu + standard_normal(interp, &source)? * sigma;
    exp(interp, normal).map(Value::float)
}

/// `gauss(mu=0.0, sigma=1.0)`.
pub fn gauss(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "gauss", &args[0])?;
    let (mu, sigma) = (float(interp, &args[1], 0.0)?, float(interp, &args[2], 1.0)?);
    let kept = source.object.gauss_next.replace(Value::NONE);
    let z = if kept.is_none() {
        let angle = source.random(interp)? * TAU;
        let rest = 1.0 - source.random(interp)?;
        let radius = (-2.0 * log(interp, rest)?).sqrt();
        source.object.gauss_next.replace(Value::float(angle.sin() * radius));
        angle.cos() * radius
    } else {
        interp.expect_float(&kept)?
    };
    Ok(Value::float(mu + z * sigma))
}

/// `expovariate(lambd=1.0)`.
pub fn expovariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "expovariate", &args[0])?;
    let lambda = float(interp, &args[1], 1.0)?;
    let rest = 1.0 - source.random(interp)?;
    let numerator = -log(interp, rest)?;
    divide(interp, numerator, lambda).map(Value::float)
}

/// `vonmisesvariate(mu, kappa)`.
pub fn vonmisesvariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "vonmisesvariate", &args[0])?;
    let (mu, kappa) = two(interp, args)?;
    if kappa <= 1e-6 {
        return Ok(Value::float(TAU * source.random(interp)?));
    }
    let s = 0.5 / kappa;
    let r = s + (1.0 + s * s).sqrt();
    let z = loop {
        let z = (PI * source.random(interp)?).cos();
        let d = z / (r + z);
        let second = source.random(interp)?;
        if second < 1.0 - d * d || second <= (1.0 - d) * d.exp() {
            break z;
        }
    };
    let q = 1.0 / r;
    let f = (q + z) / (1.0 + q * z);
    let third = source.random(interp)?;
    let angle = if third > 0.5 { mu + f.acos() } else { mu - f.acos() };
    number::float_modulo(angle, TAU).map(Value::float).map_err(|fault| fault.raise(interp))
}

/// `gammavariate(alpha, beta)`.
pub fn gammavariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "gammavariate", &args[0])?;
    let (alpha, beta) = two(interp, args)?;
    gamma(interp, &source, alpha, beta).map(Value::float)
}

fn gamma(interp: &mut dyn Interpreter, source: &Source<'_>, alpha: f64, beta: f64) -> Result<f64, Raised> {
    if alpha <= 0.0 || beta <= 0.0 {
        return Err(interp.value_error("gammavariate: alpha and beta must be > 0.0"));
    }
    if alpha > 1.0 {
        return large_gamma(interp, source, alpha, beta);
    }
    if alpha == 1.0 {
        let rest = 1.0 - source.random(interp)?;
        return Ok(-log(interp, rest)? * beta);
    }
    loop {
        let drawn = source.random(interp)?;
        let b = (E + alpha) / E;
        let p = b * drawn;
        let x = if p <= 1.0 { p.powf(1.0 / alpha) } else { -log(interp, (b - p) / alpha)? };
        let second = source.random(interp)?;
        let is_accepted = if p > 1.0 { second <= x.powf(alpha - 1.0) } else { second <= (-x).exp() };
        if is_accepted {
            return Ok(x * beta);
        }
    }
}

fn large_gamma(
    interp: &mut dyn Interpreter,
    source: &Source<'_>,
    alpha: f64,
    beta: f64,
) -> Result<f64, Raised> {
    let log_four = 4.0_f64.ln();
    let magic = 1.0 + 4.5_f64.ln();
    let inverse = (2.0 * alpha - 1.0).sqrt();
    let (b, c) = (alpha - log_four, alpha + inverse);
    loop {
        let first = source.random(interp)?;
        if !(1e-7 < first && first < 0.999_999_9) {
            continue;
        }
        let second = 1.0 - source.random(interp)?;
        let v = (first / (1.0 - first)).ln() / inverse;
        let x = alpha * exp(interp, v)?;
        let z = first * first * second;
        let r = b + c * v - x;
        if r + magic - 4.5 * z >= 0.0 || r >= log(interp, z)? {
            return Ok(x * beta);
        }
    }
}

/// `betavariate(alpha, beta)`.
pub fn betavariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "betavariate", &args[0])?;
    let (alpha, beta) = two(interp, args)?;
    let y = gamma(interp, &source, alpha, 1.0)?;
    if y == 0.0 {
        return Ok(Value::float(0.0));
    }
    Ok(Value::float(y / (y + gamma(interp, &source, beta, 1.0)?)))
}

/// `paretovariate(alpha)`.
pub fn paretovariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "paretovariate", &args[0])?;
    let alpha = interp.expect_float(&args[1])?;
    let rest = 1.0 - source.random(interp)?;
    let exponent = divide(interp, -1.0, alpha)?;
    power(interp, rest, exponent)
}

/// `weibullvariate(alpha, beta)`.
pub fn weibullvariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "weibullvariate", &args[0])?;
    let (alpha, beta) = two(interp, args)?;
    let rest = 1.0 - source.random(interp)?;
    let base = -log(interp, rest)?;
    let exponent = divide(interp, 1.0, beta)?;
    let power = power(interp, base, exponent)?;
    interp.binary(Op::Mul, &Value::float(alpha), &power)
}

/// `binomialvariate(n=1, p=0.5)`.
pub fn binomialvariate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "binomialvariate", &args[0])?;
    let trials = interp.expect_int(&args[1])?;
    let probability = float(interp, &args[2], 0.5)?;
    binomial(interp, &source, trials, probability).map(Value::int)
}

fn binomial(interp: &mut dyn Interpreter, source: &Source<'_>, n: i64, p: f64) -> Result<i64, Raised> {
    if n < 0 {
        return Err(interp.value_error("n must be non-negative"));
    }
    if p <= 0.0 || p >= 1.0 {
        return match p {
            0.0 => Ok(0),
            1.0 => Ok(n),
            _ => Err(interp.value_error("p must be in the range 0.0 <= p <= 1.0")),
        };
    }
    if n == 1 {
        return Ok(i64::from(source.random(interp)? < p));
    }
    if p > 0.5 {
        return Ok(n - binomial(interp, source, n, 1.0 - p)?);
    }
    if n as f64 * p < 10.0 {
        few_successes(interp, source, n, p)
    } else {
        many_successes(interp, source, n, p)
    }
}

/// The geometric method: skip from success to success.
fn few_successes(interp: &mut dyn Interpreter, source: &Source<'_>, n: i64, p: f64) -> Result<i64, Raised> {
    let c = (1.0 - p).log2();
    let (mut successes, mut trial) = (0, 0i64);
    if c == 0.0 {
        return Ok(0);
    }
    loop {
        let drawn = source.random(interp)?;
        let distance =
            if drawn > 0.0 { drawn.log2() / c } else { return Err(interp.value_error("math domain error")) };
        trial = trial.saturating_add(distance.floor() as i64).saturating_add(1);
        if trial > n {
            return Ok(successes);
        }
        successes += 1;
    }
}

/// Transformed rejection with squeeze (Hörmann).
fn many_successes(interp: &mut dyn Interpreter, source: &Source<'_>, n: i64, p: f64) -> Result<i64, Raised> {
    let trials = n as f64;
    let deviation = (trials * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = trials * p + 0.5;
    let limit = 0.92 - 4.2 / b;
    let log_gamma = |x: i64| lgamma(x as f64).unwrap_or(f64::INFINITY);
    let alpha = (2.83 + 5.1 / b) * deviation;
    let odds = (p / (1.0 - p)).ln();
    let mode = ((n + 1) as f64 * p).floor() as i64;
    let h = log_gamma(mode + 1) + log_gamma(n - mode + 1);
    loop {
        let u = source.random(interp)? - 0.5;
        let distance = 0.5 - u.abs();
        let k = ((2.0 * a / distance + b) * u + c).floor();
        if k < 0.0 || k > trials {
            continue;
        }
        let k = k as i64;
        let v = source.random(interp)?;
        if distance >= 0.07 && v <= limit {
            return Ok(k);
        }
        let v = v * (alpha / (a / (distance * distance) + b));
        let bound = h - log_gamma(k + 1) - log_gamma(n - k + 1) + (k - mode) as f64 * odds;
        if log(interp, v)? <= bound {
            return Ok(k);
        }
    }
}
