//! Greatest common divisors by Lehmer's method: as long as the numbers are large, their leading
//! bits alone tell several quotients of Euclid's algorithm, which are then applied at once.
//! (num-integer's binary method shifts and subtracts the whole numbers for every bit.)

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};

/// The greatest common divisor.
pub fn gcd(a: &BigUint, b: &BigUint) -> BigUint {
    let (mut a, mut b) = if a >= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) };
    // While the smaller one does not fit 128 bits.
    while b.bits() > 128 {
        let factors = cofactors(&a, &b);
        (a, b) = match factors {
            Some(factors) => factors.apply(&a, &b),
            None => {
                let rest = &a % &b;
                (b, rest)
            }
        };
    }
    let Some(small) = b.to_u128().filter(|small| *small > 0) else { return a };
    let rest = if a.bits() > 128 { a % &b } else { a };
    BigUint::from(small.gcd(&rest.to_u128().unwrap_or(0)))
}

/// What several steps of Euclid's algorithm amount to: `a*A - b*B` and `b*D - a*C`, or the
/// negations of both if the number of steps is odd.
struct Cofactors {
    a: [u64; 2],
    b: [u64; 2],
    is_odd: bool,
}

/// The steps that the leading 62 bits of `a`, and of `b` beside them, leave no doubt about;
/// `None` if there are none.
fn cofactors(a: &BigUint, b: &BigUint) -> Option<Cofactors> {
    let shift = a.bits() - 62;
    let (mut x, mut y) = ((a >> shift).to_i64()?, (b >> shift).to_i64()?);
    let [mut first, mut second, mut third, mut fourth] = [1i64, 0, 0, 1];
    let mut steps = 0;
    while y != third {
        let quotient = (x + (first - 1)) / (y - third);
        let s = second + quotient * fourth;
        let t = x - quotient * y;
        if s > t {
            break;
        }
        (x, y) = (y, t);
        let next = first + quotient * third;
        (first, second, third, fourth) = (fourth, third, s, next);
        steps += 1;
    }
    let factors = Cofactors {
        a: [first as u64, second as u64],
        b: [fourth as u64, third as u64],
        is_odd: steps % 2 == 1,
    };
    (steps > 0).then_some(factors)
}

impl Cofactors {
    /// Both new numbers, the larger one first.
    fn apply(&self, a: &BigUint, b: &BigUint) -> (BigUint, BigUint) {
        let (own, other) = if self.is_odd { (b, a) } else { (a, b) };
        let larger = combine(own, self.a[0], other, self.a[1]);
        let smaller = combine(other, self.b[0], own, self.b[1]);
        if larger >= smaller { (larger, smaller) } else { (smaller, larger) }
    }
}

/// `a*p - b*q`, which is not negative; the factors are below 2**32.
fn combine(a: &BigUint, p: u64, b: &BigUint, q: u64) -> BigUint {
    let mut digits = Vec::with_capacity(a.iter_u64_digits().len() * 2 + 2);
    let mut carry = 0i128;
    let (mut a, mut b) = (a.iter_u64_digits(), b.iter_u64_digits());
    loop {
        let (a, b) = (a.next(), b.next());
        if a.is_none() && b.is_none() {
            break;
        }
        let term = |digit: Option<u64>, factor: u64| i128::from(digit.unwrap_or(0)) * i128::from(factor);
        carry += term(a, p) - term(b, q);
        digits.extend([carry as u32, (carry >> 32) as u32]);
        carry >>= 64;
    }
    BigUint::new(digits)
}

/// The inverse of `value` modulo `modulus` for machine integers; `None` if there is none.
pub fn small_inverse(value: u64, modulus: u64) -> Option<u64> {
    let (mut rest, mut last) = (i128::from(value % modulus), i128::from(modulus));
    let (mut factor, mut before) = (1i128, 0i128);
    while !rest.is_zero() {
        let quotient = last / rest;
        (last, rest) = (rest, last - quotient * rest);
        (before, factor) = (factor, before - quotient * factor);
    }
    (last == 1).then(|| before.rem_euclid(i128::from(modulus)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers without a pattern, the same in every run.
    fn numbers() -> impl FnMut(u32) -> BigUint {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        move |words| {
            let mut word = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 32) as u32
            };
            BigUint::new((0..words).map(|_| word()).collect())
        }
    }

    #[test]
    fn agrees_with_the_binary_method() {
        let mut number = numbers();
        for round in 0..600u32 {
            let (a, b, c) = (number(round % 23), number(round % 17), number(round % 7));
            let (a, b) = (a * &c, b * &c);
            assert_eq!(gcd(&a, &b), a.gcd(&b), "{a} {b}");
        }
        let (mut a, mut b) = (BigUint::from(1u32), BigUint::from(1u32));
        for _ in 0..1000 {
            (a, b) = (b.clone(), a + b);
            assert_eq!(gcd(&a, &b), BigUint::from(1u32));
        }
    }

    #[test]
    fn inverses() {
        for (value, modulus, inverse) in
            [(3, 7, Some(5)), (2, 4, None), (0, 5, None), (0, 1, Some(0)), (7, 1, Some(0))]
        {
            assert_eq!(small_inverse(value, modulus), inverse);
        }
        let modulus = (1 << 61) - 1;
        for value in 1..500u64 {
            let inverse = small_inverse(value, modulus).unwrap();
            assert_eq!(u128::from(inverse) * u128::from(value) % u128::from(modulus), 1);
        }
    }
}
