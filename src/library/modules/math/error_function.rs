//! `erf` and `erfc`, by the method and coefficients of fdlibm:
//!
//! Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun
//! Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is
//! freely granted, provided that this notice is preserved.
//!
//! Near 0 erf is `x + x*P(x*x)/Q(x*x)`, near 1 a quotient of polynomials in `|x| - 1`, and
//! beyond `1 - exp(-x*x - 0.5625 + R/S)/x` with polynomials in `1/(x*x)`. The polynomials are
//! summed in pairs, as C libraries do: the last bit of the results depends on the order.

const ERX: f64 = 0.8450629115104675;
const EFX8: f64 = 1.0270333367641007;
const PP: [f64; 5] = [
    0.12837916709551256,
    -0.3250421072470015,
    -0.02848174957559851,
    -0.005770270296489442,
    -2.3763016656650163e-05,
];
const QQ: [f64; 6] = [
    1.0,
    0.39791722395915535,
    0.0650222499887673,
    0.005081306281875766,
    0.00013249473800432164,
    -3.960228278775368e-06,
];
const PA: [f64; 7] = [
    -0.0023621185607526594,
    0.41485611868374833,
    -0.3722078760357013,
    0.31834661990116175,
    -0.11089469428239668,
    0.035478304325618236,
    -0.002166375594868791,
];
const QA: [f64; 7] = [
    1.0,
    0.10642088040084423,
    0.540397917702171,
    0.07182865441419627,
    0.12617121980876164,
    0.01363708391202905,
    0.011984499846799107,
];
const RA: [f64; 8] = [
    -0.009864944034847148,
    -0.6938585727071818,
    -10.558626225323291,
    -62.375332450326006,
    -162.39666946257347,
    -184.60509290671104,
    -81.2874355063066,
    -9.814329344169145,
];
const SA: [f64; 9] = [
    1.0,
    19.651271667439257,
    137.65775414351904,
    434.56587747522923,
    645.3872717332679,
    429.00814002756783,
    108.63500554177944,
    6.570249770319282,
    -0.0604244152148581,
];
const RB: [f64; 7] = [
    -0.0098649429247001,
    -0.799283237680523,
    -17.757954917754752,
    -160.63638485582192,
    -637.5664433683896,
    -1025.0951316110772,
    -483.5191916086514,
];
const SB: [f64; 8] = [
    1.0,
    30.33806074348246,
    325.7925129965739,
    1536.729586084437,
    3199.8582195085955,
    2553.0504064331644,
    474.52854120695537,
    -22.44095244658582,
];

/// `c[0] + c[1]*z + c[2]*z**2 + ...`, two terms at a time.
fn polynomial(coefficients: &[f64], z: f64) -> f64 {
    let z2 = z * z;
    let z4 = z2 * z2;
    let powers = [1.0, z2, z4, z4 * z2, z4 * z4];
    let pairs = coefficients.chunks(2).zip(powers);
    let mut sum = coefficients[0] + z * coefficients[1];
    for (pair, power) in pairs.skip(1) {
        sum += power * if let [even, odd] = pair { even + z * odd } else { pair[0] };
    }
    sum
}

/// `P/Q` for `|x| < 0.84375`.
fn near_zero(x: f64) -> f64 {
    let z = x * x;
    polynomial(&PP, z) / polynomial(&QQ, z)
}

/// `erf(|x|) - ERX` for `0.84375 <= |x| < 1.25`.
fn near_one(magnitude: f64) -> f64 {
    let s = magnitude - 1.0;
    polynomial(&PA, s) / polynomial(&QA, s)
}

/// `erfc(|x|)` for `1.25 <= |x| < 28`.
fn tail(magnitude: f64) -> f64 {
    let s = 1.0 / (magnitude * magnitude);
    let ratio = if magnitude.to_bits() >> 32 < 0x4006_db6d {
        polynomial(&RA, s) / polynomial(&SA, s)
    } else {
        polynomial(&RB, s) / polynomial(&SB, s)
    };
    // The exponent in two parts, the first of which is exact.
    let z = f64::from_bits(magnitude.to_bits() & 0xffff_ffff_0000_0000);
    (-z * z - 0.5625).exp() * ((z - magnitude) * (z + magnitude) + ratio).exp() / magnitude
}

/// The error function.
pub fn erf(x: f64) -> f64 {
    let magnitude = x.abs();
    if x.is_nan() {
        return x;
    }
    let result = match magnitude {
        _ if magnitude < 1.0 / 268_435_456.0 => return 0.125 * (8.0 * x + EFX8 * x),
        _ if magnitude < 0.84375 => return x + x * near_zero(x),
        _ if magnitude < 1.25 => ERX + near_one(magnitude),
        _ if magnitude < 6.0 => 1.0 - tail(magnitude),
        _ => 1.0,
    };
    result.copysign(x)
}

/// The complementary error function, `1 - erf(x)`.
pub fn erfc(x: f64) -> f64 {
    let magnitude = x.abs();
    if x.is_nan() {
        return x;
    }
    let is_negative = x < 0.0;
    match magnitude {
        _ if magnitude < 1.0 / 72_057_594_037_927_936.0 => 1.0 - x,
        _ if magnitude < 0.84375 && x < 0.25 => 1.0 - (x + x * near_zero(x)),
        _ if magnitude < 0.84375 => 0.5 - (x * near_zero(x) + (x - 0.5)),
        _ if magnitude < 1.25 && is_negative => 1.0 + (ERX + near_one(magnitude)),
        _ if magnitude < 1.25 => 1.0 - ERX - near_one(magnitude),
        _ if is_negative && magnitude < 6.0 => 2.0 - tail(magnitude),
        _ if is_negative => 2.0,
        _ if magnitude < 28.0 => tail(magnitude),
        _ => 0.0,
    }
}
