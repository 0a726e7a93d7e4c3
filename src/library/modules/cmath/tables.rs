//! What functions are at infinities, NaNs and zeros, as the C standard has it. Rows go by the real
//! part, columns by the imaginary part: minus infinity, negative, -0, 0, positive, infinity, NaN.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// Real and imaginary parts.
pub type Table = [[(f64, f64); 7]; 7];

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const P34: f64 = 0.75 * PI;
/// Computed by the function itself, or never asked for.
const U: (f64, f64) = (NAN, NAN);

/// The place of a number in a table.
fn class(x: f64) -> usize {
    match x {
        _ if x.is_nan() => 6,
        _ if x == f64::NEG_INFINITY => 0,
        _ if x == f64::INFINITY => 5,
        _ if x < 0.0 => 1,
        _ if x > 0.0 => 4,
        _ if x.is_sign_negative() => 2,
        _ => 3,
    }
}

/// What stands in a table for a number.
pub fn look_up(table: &Table, real: f64, imag: f64) -> (f64, f64) {
    table[class(real)][class(imag)]
}

#[rustfmt::skip]
pub static ACOS: Table = [
    [(P34, INF), (PI, INF), (PI, INF), (PI, -INF), (PI, -INF), (P34, -INF), (NAN, INF)],
    [(FRAC_PI_2, INF), U, U, U, U, (FRAC_PI_2, -INF), (NAN, NAN)],
    [(FRAC_PI_2, INF), U, (FRAC_PI_2, 0.0), (FRAC_PI_2, -0.0), U, (FRAC_PI_2, -INF), (FRAC_PI_2, NAN)],
    [(FRAC_PI_2, INF), U, (FRAC_PI_2, 0.0), (FRAC_PI_2, -0.0), U, (FRAC_PI_2, -INF), (FRAC_PI_2, NAN)],
    [(FRAC_PI_2, INF), U, U, U, U, (FRAC_PI_2, -INF), (NAN, NAN)],
    [(FRAC_PI_4, INF), (0.0, INF), (0.0, INF), (0.0, -INF), (0.0, -INF), (FRAC_PI_4, -INF), (NAN, INF)],
    [(NAN, INF), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, -INF), (NAN, NAN)],
];

#[rustfmt::skip]
pub static ACOSH: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, NAN)],
    [(INF, -FRAC_PI_2), U, U, U, U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, (0.0, -FRAC_PI_2), (0.0, FRAC_PI_2), U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, (0.0, -FRAC_PI_2), (0.0, FRAC_PI_2), U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, U, U, U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_4), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, FRAC_PI_4), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static ASINH: Table = [
    [(-INF, -FRAC_PI_4), (-INF, -0.0), (-INF, -0.0), (-INF, 0.0), (-INF, 0.0), (-INF, FRAC_PI_4), (-INF, NAN)],
    [(-INF, -FRAC_PI_2), U, U, U, U, (-INF, FRAC_PI_2), (NAN, NAN)],
    [(-INF, -FRAC_PI_2), U, (-0.0, -0.0), (-0.0, 0.0), U, (-INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, (0.0, -0.0), (0.0, 0.0), U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, U, U, U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_4), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, FRAC_PI_4), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static ATANH: Table = [
    [(-0.0, -FRAC_PI_2), (-0.0, -FRAC_PI_2), (-0.0, -FRAC_PI_2), (-0.0, FRAC_PI_2), (-0.0, FRAC_PI_2), (-0.0, FRAC_PI_2), (-0.0, NAN)],
    [(-0.0, -FRAC_PI_2), U, U, U, U, (-0.0, FRAC_PI_2), (NAN, NAN)],
    [(-0.0, -FRAC_PI_2), U, (-0.0, -0.0), (-0.0, 0.0), U, (-0.0, FRAC_PI_2), (-0.0, NAN)],
    [(0.0, -FRAC_PI_2), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, FRAC_PI_2), (0.0, NAN)],
    [(0.0, -FRAC_PI_2), U, U, U, U, (0.0, FRAC_PI_2), (NAN, NAN)],
    [(0.0, -FRAC_PI_2), (0.0, -FRAC_PI_2), (0.0, -FRAC_PI_2), (0.0, FRAC_PI_2), (0.0, FRAC_PI_2), (0.0, FRAC_PI_2), (0.0, NAN)],
    [(0.0, -FRAC_PI_2), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (0.0, FRAC_PI_2), (NAN, NAN)],
];

#[rustfmt::skip]
pub static COSH: Table = [
    [(INF, NAN), U, (INF, 0.0), (INF, -0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(NAN, 0.0), U, (1.0, 0.0), (1.0, -0.0), U, (NAN, 0.0), (NAN, 0.0)],
    [(NAN, 0.0), U, (1.0, -0.0), (1.0, 0.0), U, (NAN, 0.0), (NAN, 0.0)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(INF, NAN), U, (INF, -0.0), (INF, 0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, 0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static EXP: Table = [
    [(0.0, 0.0), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, 0.0), (0.0, 0.0)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(NAN, NAN), U, (1.0, -0.0), (1.0, 0.0), U, (NAN, NAN), (NAN, NAN)],
    [(NAN, NAN), U, (1.0, -0.0), (1.0, 0.0), U, (NAN, NAN), (NAN, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(INF, NAN), U, (INF, -0.0), (INF, 0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static LOG: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, NAN)],
    [(INF, -FRAC_PI_2), U, U, U, U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, (-INF, -PI), (-INF, PI), U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, (-INF, -0.0), (-INF, 0.0), U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_2), U, U, U, U, (INF, FRAC_PI_2), (NAN, NAN)],
    [(INF, -FRAC_PI_4), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, FRAC_PI_4), (INF, NAN)],
    [(INF, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static SINH: Table = [
    [(INF, NAN), U, (-INF, -0.0), (-INF, 0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(0.0, NAN), U, (-0.0, -0.0), (-0.0, 0.0), U, (0.0, NAN), (0.0, NAN)],
    [(0.0, NAN), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, NAN), (0.0, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(INF, NAN), U, (INF, -0.0), (INF, 0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static SQRT: Table = [
    [(INF, -INF), (0.0, -INF), (0.0, -INF), (0.0, INF), (0.0, INF), (INF, INF), (NAN, INF)],
    [(INF, -INF), U, U, U, U, (INF, INF), (NAN, NAN)],
    [(INF, -INF), U, (0.0, -0.0), (0.0, 0.0), U, (INF, INF), (NAN, NAN)],
    [(INF, -INF), U, (0.0, -0.0), (0.0, 0.0), U, (INF, INF), (NAN, NAN)],
    [(INF, -INF), U, U, U, U, (INF, INF), (NAN, NAN)],
    [(INF, -INF), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, INF), (INF, NAN)],
    [(INF, -INF), (NAN, NAN), (NAN, NAN), (NAN, NAN), (NAN, NAN), (INF, INF), (NAN, NAN)],
];

#[rustfmt::skip]
pub static TANH: Table = [
    [(-1.0, 0.0), U, (-1.0, -0.0), (-1.0, 0.0), U, (-1.0, 0.0), (-1.0, 0.0)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(-0.0, NAN), U, (-0.0, -0.0), (-0.0, 0.0), U, (-0.0, NAN), (NAN, NAN)],
    [(0.0, NAN), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, NAN), (NAN, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(1.0, 0.0), U, (1.0, -0.0), (1.0, 0.0), U, (1.0, 0.0), (1.0, 0.0)],
    [(NAN, NAN), (NAN, NAN), (NAN, -0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];

#[rustfmt::skip]
pub static RECT: Table = [
    [(INF, NAN), U, (-INF, 0.0), (-INF, -0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(0.0, 0.0), U, (-0.0, 0.0), (-0.0, -0.0), U, (0.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), U, (0.0, -0.0), (0.0, 0.0), U, (0.0, 0.0), (0.0, 0.0)],
    [(NAN, NAN), U, U, U, U, (NAN, NAN), (NAN, NAN)],
    [(INF, NAN), U, (INF, -0.0), (INF, 0.0), U, (INF, NAN), (INF, NAN)],
    [(NAN, NAN), (NAN, NAN), (NAN, 0.0), (NAN, 0.0), (NAN, NAN), (NAN, NAN), (NAN, NAN)],
];
