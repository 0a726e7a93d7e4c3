//! Exact comparison of numbers: an int against a float compares the numbers, not roundings.

use super::Number;
use crate::object::interpreter::Comparison;
use crate::object::value::Value;
use num_bigint::{BigInt, Sign};
use num_traits::FromPrimitive;
use std::cmp::Ordering;

/// How two exact real numbers compare. `None` if one is no exact core number, or complex;
/// `Some(None)` if one is NaN.
pub fn compare(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    order(Number::exact(a)?, Number::exact(b)?)
}

/// `a == b` of exact core numbers, complex included.
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    Some(Number::exact(a)?.is_equal(Number::exact(b)?))
}

/// `a op b` of exact core numbers; `None` also for an ordering of complex numbers.
pub fn rich_compare(op: Comparison, a: &Value, b: &Value) -> Option<bool> {
    Number::exact(a)?.compares(op, Number::exact(b)?)
}

impl Number<'_> {
    /// `self == other`.
    pub fn is_equal(self, other: Number<'_>) -> bool {
        match (self, other) {
            (Number::Complex(a), Number::Complex(b)) => a.real == b.real && a.imag == b.imag,
            (Number::Complex(complex), real) | (real, Number::Complex(complex)) => {
                complex.imag == 0.0 && real.is_equal(Number::Float(complex.real))
            }
            (a, b) => order(a, b) == Some(Some(Ordering::Equal)),
        }
    }

    /// `self op other`; `None` for an ordering of complex numbers.
    pub fn compares(self, op: Comparison, other: Number<'_>) -> Option<bool> {
        match op {
            Comparison::Eq => Some(self.is_equal(other)),
            Comparison::Ne => Some(!self.is_equal(other)),
            _ => Some(order(self, other)?.is_some_and(|ordering| op.holds(ordering))),
        }
    }
}

fn order(a: Number<'_>, b: Number<'_>) -> Option<Option<Ordering>> {
    Some(match (a, b) {
        (Number::Complex(_), _) | (_, Number::Complex(_)) => return None,
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
        (Number::Big(a), Number::Big(b)) => Some(a.cmp(b)),
        // A big integer lies outside the machine's range on the side of its sign.
        (Number::Big(a), Number::Int(_)) => Some(side(a)),
        (Number::Int(_), Number::Big(b)) => Some(side(b).reverse()),
        (Number::Int(a), Number::Float(b)) => int_float(a, b),
        (Number::Float(a), Number::Int(b)) => int_float(b, a).map(Ordering::reverse),
        (Number::Big(a), Number::Float(b)) => big_float(a, b),
        (Number::Float(a), Number::Big(b)) => big_float(b, a).map(Ordering::reverse),
    })
}

fn side(big: &BigInt) -> Ordering {
    if big.sign() == Sign::Minus { Ordering::Less } else { Ordering::Greater }
}

fn int_float(a: i64, b: f64) -> Option<Ordering> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        return None;
    }
    if b >= LIMIT {
        return Some(Ordering::Less);
    }
    if b < -LIMIT {
        return Some(Ordering::Greater);
    }
    let whole = b.trunc();
    // Where the integer parts agree, the fraction decides.
    Some(a.cmp(&(whole as i64)).then(0.0.partial_cmp(&(b - whole))?))
}

fn big_float(a: &BigInt, b: f64) -> Option<Ordering> {
    if b.is_nan() {
        return None;
    }
    if b.is_infinite() {
        return Some(if b > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    // A float with a fraction is below 2**53, which the big integer is not.
    Some(a.cmp(&BigInt::from_f64(b)?))
}
