//! Functions of integers: factorials, binomials, roots, common divisors.

use crate::object::fault::Fault;
use crate::object::number::{self, Number, Outcome, check_bits};
use crate::object::{Completion, Interpreter, Raised, Value};
use num_bigint::{BigInt, BigUint};
use num_integer::{Integer, Roots};
use num_traits::{One, Signed, ToPrimitive, Zero};

/// `math.factorial(n)`.
pub fn factorial(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let n = interp.index(&args[0])?;
    factorial_of(&n).map_err(|fault| fault.raise(interp))
}

fn factorial_of(n: &Value) -> Outcome {
    let n = match n.as_int() {
        Some(n) if n < 0 => None,
        Some(n) => Some(n as u64),
        None if n.to_big_int().is_some_and(|n| n.is_negative()) => None,
        None => {
            let text = format!("factorial() argument should not exceed {}", i64::MAX);
            return Err(Fault::overflow(text));
        }
    };
    let Some(n) = n else { return Err(Fault::value("factorial() not defined for negative values")) };
    if n <= 20 {
        return Ok(Value::int((1..=n as i64).product()));
    }
    check_bits(bits_of_product(n, n as f64))?;
    // The odd part is a product over n >> i of the odd numbers in (n >> i+1, n >> i]; the rest
    // are powers of two.
    let (mut inner, mut outer, mut upper) = (BigUint::one(), BigUint::one(), 3);
    for shift in (0..n.ilog2()).rev() {
        let lower = upper;
        upper = ((n >> shift) + 1) | 1;
        if upper > lower {
            inner *= product(lower, (upper - lower) / 2, 2);
        }
        outer *= &inner;
    }
    let twos = n - u64::from(n.count_ones());
    Ok(Value::big_int(BigInt::from(outer << twos)))
}

/// About as many bits as a product of `count` numbers up to `largest` has.
fn bits_of_product(count: u64, largest: f64) -> u64 {
    (count as f64 * largest.log2().max(1.0)).min(9e18) as u64
}

/// `start * (start + step) * ...`, `count` factors, by halves so that both sides of the
/// multiplications grow alike.
fn product(start: u64, count: u64, step: u64) -> BigUint {
    match count {
        0 => BigUint::one(),
        1 => BigUint::from(start),
        2..=8 => {
            let mut result = BigUint::from(start);
            for index in 1..count {
                result *= start + index * step;
            }
            result
        }
        _ => {
            let half = count / 2;
            product(start, half, step) * product(start + half * step, count - half, step)
        }
    }
}

/// `n * (n - 1) * ... * (n - count + 1)`.
fn falling_product(n: &BigInt, count: u64) -> BigInt {
    if let Some(n) = n.to_u64() {
        return BigInt::from(product(n - count + 1, count, 1));
    }
    match count {
        0 => BigInt::one(),
        1 => n.clone(),
        _ => {
            let half = count / 2;
            falling_product(n, half) * falling_product(&(n - half), count - half)
        }
    }
}

/// Both arguments of `perm` and `comb`, which must not be negative.
fn arguments(interp: &mut dyn Interpreter, n: &Value, k: &Value) -> Result<(BigInt, BigInt), Raised> {
    let (n, k) = (interp.index(n)?, interp.index(k)?);
    let (n, k) = (n.to_big_int().unwrap_or_default(), k.to_big_int().unwrap_or_default());
    if n.is_negative() {
        return Err(interp.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(interp.value_error("k must be a non-negative integer"));
    }
    Ok((n.into_owned(), k.into_owned()))
}

fn log2_of(n: &BigInt) -> f64 {
    n.bits() as f64
}

/// `math.perm(n, k)`.
pub fn perm(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none() {
        return factorial(interp, args);
    }
    let (n, k) = arguments(interp, &args[0], &args[1])?;
    if n < k {
        return Ok(Value::int(0));
    }
    let Some(k) = k.to_i64() else {
        return Err(interp.overflow_error(&format!("k must not exceed {}", i64::MAX)));
    };
    check_bits(bits_of_product(k as u64, log2_of(&n).exp2())).map_err(|fault| fault.raise(interp))?;
    Ok(Value::big_int(falling_product(&n, k as u64)))
}

/// `math.comb(n, k)`.
pub fn comb(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (n, k) = arguments(interp, &args[0], &args[1])?;
    if n < k {
        return Ok(Value::int(0));
    }
    let rest = &n - &k;
    let k = if rest < k { rest } else { k };
    let Some(k) = k.to_i64() else {
        let text = format!("min(n - k, k) must not exceed {}", i64::MAX);
        return Err(interp.overflow_error(&text));
    };
    if let (Some(n), true) = (n.to_u64(), k <= 30)
        && let Some(result) = small_comb(n, k as u64)
    {
        return Ok(Value::uint(result));
    }
    check_bits(bits_of_product(k as u64, log2_of(&n).exp2())).map_err(|fault| fault.raise(interp))?;
    Ok(Value::big_int(falling_product(&n, k as u64) / BigInt::from(product(1, k as u64, 1))))
}

/// The binomial while its intermediate results fit a machine integer.
fn small_comb(n: u64, k: u64) -> Option<u64> {
    let mut result = 1u64;
    for index in 0..k {
        result = result.checked_mul(n - index)? / (index + 1);
    }
    Some(result)
}

/// `math.isqrt(n)`.
pub fn isqrt(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let n = interp.index(&args[0])?;
    match Number::exact(&n) {
        Some(Number::Int(n)) if n >= 0 => Ok(Value::int(n.sqrt())),
        Some(Number::Big(n)) if !n.is_negative() => Ok(Value::big_int(BigInt::from(root(n.magnitude())))),
        _ => Err(interp.value_error("isqrt() argument must be nonnegative")),
    }
}

/// The integer part of the square root, by Newton's method with as many bits in every step as
/// that step makes right.
fn root(n: &BigUint) -> BigUint {
    let half = (n.bits() - 1) / 2;
    let (mut root, mut known) = (BigUint::one(), 0);
    for shift in (0..64 - half.leading_zeros()).rev() {
        let before = known;
        known = half >> shift;
        let quotient = (n >> (2 * half + 1 - before - known)) / &root;
        root = (root << (known - before - 1)) + quotient;
    }
    if &root * &root > *n { root - 1u32 } else { root }
}

/// `math.gcd(*integers)`.
pub fn gcd(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    fold(interp, &args[0], Value::int(0), |a, b| match (a.as_int(), b.as_int()) {
        // The divisor of the smallest machine integer and 0 is no machine integer.
        (Some(a), Some(b)) if a != i64::MIN && b != i64::MIN => Value::int(a.gcd(&b)),
        _ => big(a, b, number::gcd),
    })
}

/// `math.lcm(*integers)`.
pub fn lcm(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    fold(interp, &args[0], Value::int(1), |a, b| {
        let small = match (a.as_int(), b.as_int()) {
            (Some(0), Some(_)) | (Some(_), Some(0)) => Some(0),
            (Some(a), Some(b)) if a != i64::MIN && b != i64::MIN => {
                (a / a.gcd(&b)).checked_mul(b).and_then(i64::checked_abs)
            }
            _ => None,
        };
        small.map_or_else(|| big(a, b, big_lcm), Value::int)
    })
}

fn big_lcm(a: &BigUint, b: &BigUint) -> BigUint {
    if a.is_zero() || b.is_zero() { BigUint::ZERO } else { a / number::gcd(a, b) * b }
}

/// A function of the magnitudes.
fn big(a: &Value, b: &Value, f: fn(&BigUint, &BigUint) -> BigUint) -> Value {
    let (a, b) = (a.to_big_int().unwrap_or_default(), b.to_big_int().unwrap_or_default());
    Value::big_int(BigInt::from(f(a.magnitude(), b.magnitude())))
}

/// Combine the integers of an argument tuple, beginning with the neutral one.
fn fold(
    interp: &mut dyn Interpreter,
    items: &Value,
    neutral: Value,
    combine: impl Fn(&Value, &Value) -> Value,
) -> Completion {
    let mut result = neutral;
    for item in items.as_tuple().unwrap_or_default() {
        let item = interp.index(item)?;
        result = combine(&result, &item);
    }
    Ok(result)
}
