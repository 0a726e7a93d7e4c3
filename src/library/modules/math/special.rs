//! Functions of one float that the system's library does not offer, or not with the bits that
//! CPython shows: gamma by Lanczos' formula, the inverse hyperbolic functions.

use std::f64::consts::{LN_2, PI};

/// What a function has instead of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Undefined there: ValueError.
    Domain,
    /// Too large: OverflowError.
    Range,
}

const G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;
const LOG_PI: f64 = 1.144_729_885_849_400_2;
const NUMERATOR: [f64; 13] = [
    23_531_376_880.410_76,
    42_919_803_642.649_1,
    35_711_959_237.355_67,
    17_921_034_426.037_21,
    6_039_542_586.352_028,
    1_439_720_407.311_721_6,
    248_874_557.862_054_17,
    31_426_415.585_400_194,
    2_876_370.628_935_372_5,
    186_056.265_395_223_48,
    8_071.672_002_365_816,
    210.824_277_751_579_36,
    2.506_628_274_631_000_2,
];
/// `x * (x+1) * ... * (x+11)`.
const DENOMINATOR: [f64; 13] = [
    0.0,
    39_916_800.0,
    120_543_840.0,
    150_917_976.0,
    105_258_076.0,
    45_995_730.0,
    13_339_535.0,
    2_637_558.0,
    357_423.0,
    32_670.0,
    1_925.0,
    66.0,
    1.0,
];

fn lanczos_sum(x: f64) -> f64 {
    let (mut numerator, mut denominator) = (0.0, 0.0);
    let coefficients = NUMERATOR.into_iter().zip(DENOMINATOR);
    if x < 5.0 {
        for (above, below) in coefficients.rev() {
            numerator = numerator * x + above;
            denominator = denominator * x + below;
        }
    } else {
        // In powers of 1/x, which cannot overflow.
        for (above, below) in coefficients {
            numerator = numerator / x + above;
            denominator = denominator / x + below;
        }
    }
    numerator / denominator
}

/// `sin(pi * x)` for finite `x`, accurate near integers.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let sine = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1.0_f64.copysign(x) * sine
}

/// The gamma function.
pub fn gamma(x: f64) -> Result<f64, Trouble> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == f64::NEG_INFINITY || x == 0.0 {
        return Err(Trouble::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(Trouble::Domain);
        }
        if x <= 23.0 {
            // Factorials up to 22! are exact.
            return Ok((1..x as u64).map(|factor| factor as f64).product());
        }
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return finite(1.0 / x);
    }
    if magnitude > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(Trouble::Range) };
    }
    let y = magnitude + G_MINUS_HALF;
    // What rounding took from y; without it the power below would be far off.
    let error = if magnitude > G_MINUS_HALF {
        (y - magnitude) - G_MINUS_HALF
    } else {
        (y - G_MINUS_HALF) - magnitude
    };
    let correction = error * G / y;
    let power = |exponent: f64| y.powf(exponent);
    let mut result;
    if x < 0.0 {
        result = -PI / sin_pi(magnitude) / magnitude * y.exp() / lanczos_sum(magnitude);
        result -= correction * result;
        if magnitude < 140.0 {
            result /= power(magnitude - 0.5);
        } else {
            let root = power(magnitude / 2.0 - 0.25);
            result /= root;
            result /= root;
        }
    } else {
        result = lanczos_sum(magnitude) / y.exp();
        result += correction * result;
        if magnitude < 140.0 {
            result *= power(magnitude - 0.5);
        } else {
            let root = power(magnitude / 2.0 - 0.25);
            result *= root;
            result *= root;
        }
    }
    finite(result)
}

fn finite(result: f64) -> Result<f64, Trouble> {
    if result.is_infinite() { Err(Trouble::Range) } else { Ok(result) }
}

/// The logarithm of the absolute value of the gamma function.
pub fn lgamma(x: f64) -> Result<f64, Trouble> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(Trouble::Domain) } else { Ok(0.0) };
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return Ok(-magnitude.ln());
    }
    let mut result = lanczos_sum(magnitude).ln() - G;
    result += (magnitude - 0.5) * ((magnitude + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        result = LOG_PI - sin_pi(magnitude).abs().ln() - magnitude.ln() - result;
    }
    finite(result)
}

/// Below this a function is its argument.
const TINY: f64 = 1.0 / 268_435_456.0;
/// Above this `x*x + 1` is `x*x`.
const HUGE: f64 = 268_435_456.0;

/// Inverse hyperbolic sine. (Rust's own rounds differently from C libraries.)
pub fn asinh(x: f64) -> f64 {
    let magnitude = x.abs();
    let result = if magnitude.is_nan() || magnitude.is_infinite() || magnitude < TINY {
        return x;
    } else if magnitude > HUGE {
        magnitude.ln() + LN_2
    } else if magnitude > 2.0 {
        (2.0 * magnitude + 1.0 / ((x * x + 1.0).sqrt() + magnitude)).ln()
    } else {
        let square = x * x;
        (magnitude + square / (1.0 + (1.0 + square).sqrt())).ln_1p()
    };
    result.copysign(x)
}

/// Inverse hyperbolic cosine; NaN below 1.
pub fn acosh(x: f64) -> f64 {
    if x.is_nan() || x < 1.0 {
        f64::NAN
    } else if x > HUGE {
        x.ln() + LN_2
    } else if x == 1.0 {
        0.0
    } else if x > 2.0 {
        (2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt())).ln()
    } else {
        let above = x - 1.0;
        (above + (2.0 * above + above * above).sqrt()).ln_1p()
    }
}

/// Inverse hyperbolic tangent; infinite at 1, NaN beyond.
pub fn atanh(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude < TINY {
        return x;
    }
    let result = if magnitude < 0.5 {
        let double = magnitude + magnitude;
        0.5 * (double + double * magnitude / (1.0 - magnitude)).ln_1p()
    } else if magnitude < 1.0 {
        0.5 * ((magnitude + magnitude) / (1.0 - magnitude)).ln_1p()
    } else if magnitude == 1.0 {
        f64::INFINITY
    } else {
        f64::NAN
    };
    result.copysign(x)
}
