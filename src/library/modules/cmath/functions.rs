//! Functions of complex numbers by the methods of CPython, so that results agree to the last bit.

use super::tables::{self, Table, look_up};
use crate::library::modules::math::special::{self, Trouble};
use crate::object::complex::ComplexObject;
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};

/// A result, or the error instead of one.
pub type Answer = Result<ComplexObject, Trouble>;

/// A quarter of the largest number, its root and its logarithm: beyond them squares and powers
/// would overflow on the way.
const LARGE: f64 = f64::MAX / 4.0;
const LARGE_ROOT: f64 = 6.703_903_964_971_298e153;
const LARGE_LOG: f64 = 708.396_418_532_264_1;
/// The root of the smallest normal number.
const SMALL_ROOT: f64 = 1.491_668_146_240_041_3e-154;

const fn complex(real: f64, imag: f64) -> ComplexObject {
    ComplexObject { real, imag }
}

fn is_finite(z: ComplexObject) -> bool {
    z.real.is_finite() && z.imag.is_finite()
}

fn special_value(table: &Table, z: ComplexObject) -> Option<ComplexObject> {
    if is_finite(z) {
        return None;
    }
    let (real, imag) = look_up(table, z.real, z.imag);
    Some(complex(real, imag))
}

/// The number turned by a right angle, for functions that are others of it: `iz`.
fn turned(z: ComplexObject) -> ComplexObject {
    complex(-z.imag, z.real)
}

/// `-iz`.
fn turned_back(z: ComplexObject) -> ComplexObject {
    complex(z.imag, -z.real)
}

/// The logarithm of half the absolute value, then the rest: no overflow on the way.
fn log_of_large(z: ComplexObject) -> f64 {
    (z.real / 2.0).hypot(z.imag / 2.0).ln() + LN_2 * 2.0
}

pub fn acos(z: ComplexObject) -> Answer {
    if let Some(result) = special_value(&tables::ACOS, z) {
        return Ok(result);
    }
    if z.real.abs() > LARGE || z.imag.abs() > LARGE {
        let real = z.imag.abs().atan2(z.real);
        let log = log_of_large(z);
        let imag = if z.real < 0.0 { -log.copysign(z.imag) } else { log.copysign(-z.imag) };
        return Ok(complex(real, imag));
    }
    let s1 = root(complex(1.0 - z.real, -z.imag));
    let s2 = root(complex(1.0 + z.real, z.imag));
    Ok(complex(2.0 * s1.real.atan2(s2.real), special::asinh(s2.real * s1.imag - s2.imag * s1.real)))
}

pub fn acosh(z: ComplexObject) -> Answer {
    if let Some(result) = special_value(&tables::ACOSH, z) {
        return Ok(result);
    }
    if z.real.abs() > LARGE || z.imag.abs() > LARGE {
        return Ok(complex(log_of_large(z), z.imag.atan2(z.real)));
    }
    let s1 = root(complex(z.real - 1.0, z.imag));
    let s2 = root(complex(z.real + 1.0, z.imag));
    Ok(complex(special::asinh(s1.real * s2.real + s1.imag * s2.imag), 2.0 * s1.imag.atan2(s2.real)))
}

pub fn asin(z: ComplexObject) -> Answer {
    asinh(turned(z)).map(turned_back)
}

pub fn asinh(z: ComplexObject) -> Answer {
    if let Some(result) = special_value(&tables::ASINH, z) {
        return Ok(result);
    }
    if z.real.abs() > LARGE || z.imag.abs() > LARGE {
        let log = log_of_large(z);
        let real = if z.imag >= 0.0 { log.copysign(z.real) } else { -log.copysign(-z.real) };
        return Ok(complex(real, z.imag.atan2(z.real.abs())));
    }
    let s1 = root(complex(1.0 + z.imag, -z.real));
    let s2 = root(complex(1.0 - z.imag, z.real));
    let real = special::asinh(s1.real * s2.imag - s2.real * s1.imag);
    Ok(complex(real, z.imag.atan2(s1.real * s2.real - s1.imag * s2.imag)))
}

pub fn atan(z: ComplexObject) -> Answer {
    atanh(turned(z)).map(turned_back)
}

pub fn atanh(z: ComplexObject) -> Answer {
    if let Some(result) = special_value(&tables::ATANH, z) {
        return Ok(result);
    }
    if z.real < 0.0 || (z.real == 0.0 && z.real.is_sign_negative()) {
        return atanh(complex(-z.real, -z.imag)).map(|result| complex(-result.real, -result.imag));
    }
    let height = z.imag.abs();
    if z.real > LARGE_ROOT || height > LARGE_ROOT {
        let half = (z.real / 2.0).hypot(z.imag / 2.0);
        let real = z.real / 4.0 / half / half;
        return Ok(complex(real, -FRAC_PI_2.copysign(-z.imag)));
    }
    if z.real == 1.0 && height < SMALL_ROOT {
        if height == 0.0 {
            return Err(Trouble::Domain);
        }
        let real = -(height.sqrt() / height.hypot(2.0).sqrt()).ln();
        return Ok(complex(real, (2.0_f64.atan2(-height) / 2.0).copysign(z.imag)));
    }
    let rest = 1.0 - z.real;
    let real = log1p(4.0 * z.real / (rest * rest + height * height)) / 4.0;
    let imag = -(-2.0 * z.imag).atan2(rest * (1.0 + z.real) - height * height) / 2.0;
    Ok(complex(real, imag))
}

fn log1p(x: f64) -> f64 {
    if x == 0.0 { x } else { x.ln_1p() }
}

pub fn cos(z: ComplexObject) -> Answer {
    cosh(turned(z))
}

pub fn cosh(z: ComplexObject) -> Answer {
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    if !is_finite(z) {
        let result = if z.real.is_infinite() && z.imag.is_finite() && z.imag != 0.0 {
            let imag = f64::INFINITY.copysign(sin);
            complex(f64::INFINITY.copysign(cos), if z.real > 0.0 { imag } else { -imag })
        } else {
            let (real, imag) = look_up(&tables::COSH, z.real, z.imag);
            complex(real, imag)
        };
        return unless(z.imag.is_infinite() && !z.real.is_nan(), result);
    }
    checked(if z.real.abs() > LARGE_LOG {
        let less = z.real - 1.0_f64.copysign(z.real);
        complex(cos * less.cosh() * E, sin * less.sinh() * E)
    } else {
        complex(cos * z.real.cosh(), sin * z.real.sinh())
    })
}

/// The result unless it is undefined.
fn unless(is_undefined: bool, result: ComplexObject) -> Answer {
    if is_undefined { Err(Trouble::Domain) } else { Ok(result) }
}

/// The result of finite numbers, unless it is too large.
fn checked(result: ComplexObject) -> Answer {
    let is_large = result.real.is_infinite() || result.imag.is_infinite();
    if is_large { Err(Trouble::Range) } else { Ok(result) }
}

pub fn exp(z: ComplexObject) -> Answer {
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    if !is_finite(z) {
        let result = if z.real.is_infinite() && z.imag.is_finite() && z.imag != 0.0 {
            let size: f64 = if z.real > 0.0 { f64::INFINITY } else { 0.0 };
            complex(size.copysign(cos), size.copysign(sin))
        } else {
            let (real, imag) = look_up(&tables::EXP, z.real, z.imag);
            complex(real, imag)
        };
        let is_undefined = z.imag.is_infinite() && (z.real.is_finite() || z.real == f64::INFINITY);
        return unless(is_undefined, result);
    }
    checked(if z.real > LARGE_LOG {
        let size = (z.real - 1.0).exp();
        complex(size * cos * E, size * sin * E)
    } else {
        let size = z.real.exp();
        complex(size * cos, size * sin)
    })
}

pub fn log(z: ComplexObject) -> Answer {
    if let Some(result) = special_value(&tables::LOG, z) {
        return Ok(result);
    }
    const DIGITS: i32 = f64::MANTISSA_DIGITS as i32;
    let (width, height) = (z.real.abs(), z.imag.abs());
    let real = if width > LARGE || height > LARGE {
        (width / 2.0).hypot(height / 2.0).ln() + LN_2
    } else if width < f64::MIN_POSITIVE && height < f64::MIN_POSITIVE {
        if width == 0.0 && height == 0.0 {
            return Err(Trouble::Domain);
        }
        let scale = 2.0_f64.powi(DIGITS);
        (width * scale).hypot(height * scale).ln() - f64::from(DIGITS) * LN_2
    } else {
        let size = width.hypot(height);
        if (0.71..=1.73).contains(&size) {
            let (most, least) = (width.max(height), width.min(height));
            log1p((most - 1.0) * (most + 1.0) + least * least) / 2.0
        } else {
            size.ln()
        }
    };
    Ok(complex(real, z.imag.atan2(z.real)))
}

pub fn log10(z: ComplexObject) -> Answer {
    log(z).map(|result| complex(result.real / LN_10, result.imag / LN_10))
}

pub fn sin(z: ComplexObject) -> Answer {
    sinh(turned(z)).map(turned_back)
}

pub fn sinh(z: ComplexObject) -> Answer {
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    if !is_finite(z) {
        let result = if z.real.is_infinite() && z.imag.is_finite() && z.imag != 0.0 {
            let real = f64::INFINITY.copysign(cos);
            complex(if z.real > 0.0 { real } else { -real }, f64::INFINITY.copysign(sin))
        } else {
            let (real, imag) = look_up(&tables::SINH, z.real, z.imag);
            complex(real, imag)
        };
        return unless(z.imag.is_infinite() && !z.real.is_nan(), result);
    }
    checked(if z.real.abs() > LARGE_LOG {
        let less = z.real - 1.0_f64.copysign(z.real);
        complex(cos * less.sinh() * E, sin * less.cosh() * E)
    } else {
        complex(cos * z.real.sinh(), sin * z.real.cosh())
    })
}

pub fn sqrt(z: ComplexObject) -> Answer {
    Ok(root(z))
}

fn root(z: ComplexObject) -> ComplexObject {
    if let Some(result) = special_value(&tables::SQRT, z) {
        return result;
    }
    if z.real == 0.0 && z.imag == 0.0 {
        return complex(0.0, z.imag);
    }
    let (width, height) = (z.real.abs(), z.imag.abs());
    let size = if width < f64::MIN_POSITIVE && height < f64::MIN_POSITIVE {
        // Subnormal numbers are made larger by a power of two, and the root halved.
        let scale = 2.0_f64.powi(53);
        let width = width * scale;
        (width + width.hypot(height * scale)).sqrt() * 2.0_f64.powi(-27)
    } else {
        let width = width / 8.0;
        2.0 * (width + width.hypot(height / 8.0)).sqrt()
    };
    let other = height / (2.0 * size);
    if z.real >= 0.0 { complex(size, other.copysign(z.imag)) } else { complex(other, size.copysign(z.imag)) }
}

pub fn tan(z: ComplexObject) -> Answer {
    tanh(turned(z)).map(turned_back)
}

pub fn tanh(z: ComplexObject) -> Answer {
    let (sin, cos) = (z.imag.sin(), z.imag.cos());
    if !is_finite(z) {
        let result = if z.real.is_infinite() && z.imag.is_finite() && z.imag != 0.0 {
            complex(1.0_f64.copysign(z.real), 0.0_f64.copysign(2.0 * sin * cos))
        } else {
            let (real, imag) = look_up(&tables::TANH, z.real, z.imag);
            complex(real, imag)
        };
        return unless(z.imag.is_infinite() && z.real.is_finite(), result);
    }
    if z.real.abs() > LARGE_LOG {
        let real = 1.0_f64.copysign(z.real);
        return Ok(complex(real, 4.0 * sin * cos * (-2.0 * z.real.abs()).exp()));
    }
    let (tx, ty) = (z.real.tanh(), z.imag.tan());
    let cx = 1.0 / z.real.cosh();
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Ok(complex(tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx))
}

/// The number with this absolute value and angle.
pub fn rect(size: f64, angle: f64) -> Answer {
    let (sin, cos) = (angle.sin(), angle.cos());
    if !size.is_finite() || !angle.is_finite() {
        let result = if size.is_infinite() && angle.is_finite() && angle != 0.0 {
            let (real, imag) = (f64::INFINITY.copysign(cos), f64::INFINITY.copysign(sin));
            if size > 0.0 { complex(real, imag) } else { complex(-real, -imag) }
        } else {
            let (real, imag) = look_up(&tables::RECT, size, angle);
            complex(real, imag)
        };
        return unless(size != 0.0 && !size.is_nan() && angle.is_infinite(), result);
    }
    // Without rounding for numbers on the axis.
    Ok(if angle == 0.0 { complex(size, size * angle) } else { complex(size * cos, size * sin) })
}
