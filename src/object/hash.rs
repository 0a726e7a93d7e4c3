//! Hashes. Numbers hash as in CPython (equal numbers of all types hash equal, and scripts see
//! the values); texts hash by a fixed key, so that every run is the same.

use super::value::{Tag, Value};
use num_bigint::{BigInt, Sign};
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// The prime 2**61 - 1 of CPython's numeric hash.
const MODULUS: u64 = (1 << 61) - 1;

/// Hash of a machine integer.
#[inline(always)]
pub fn hash_int(value: i64) -> i64 {
    let magnitude = value.unsigned_abs() % MODULUS;
    let hash = if value < 0 { -(magnitude as i64) } else { magnitude as i64 };
    if hash == -1 { -2 } else { hash }
}

/// Hash of an integer of any size.
pub fn hash_big_int(value: &BigInt) -> i64 {
    let remainder = value.magnitude() % MODULUS;
    let magnitude = remainder.iter_u64_digits().next().unwrap_or(0) as i64;
    let hash = if value.sign() == Sign::Minus { -magnitude } else { magnitude };
    if hash == -1 { -2 } else { hash }
}

/// Hash of a float, equal to that of an equal integer. `identity` stands in for a NaN.
pub fn hash_float(value: f64, identity: i64) -> i64 {
    if !value.is_finite() {
        return if value.is_nan() {
            identity
        } else if value > 0.0 {
            314_159
        } else {
            -314_159
        };
    }
    let (mut mantissa, mut exponent) = frexp(value.abs());
    let mut hash: u64 = 0;
    while mantissa != 0.0 {
        hash = ((hash << 28) & MODULUS) | (hash >> 33);
        mantissa *= 268_435_456.0;
        exponent -= 28;
        let digit = mantissa as u64;
        mantissa -= digit as f64;
        hash += digit;
        if hash >= MODULUS {
            hash -= MODULUS;
        }
    }
    let shift = exponent.rem_euclid(61) as u32;
    hash = ((hash << shift) & MODULUS) | (hash >> (61 - shift));
    let hash = if value < 0.0 { -(hash as i64) } else { hash as i64 };
    if hash == -1 { -2 } else { hash }
}

/// `value = mantissa * 2**exponent` with `0.5 <= mantissa < 1` (0 for 0). `value` is finite.
pub fn frexp(value: f64) -> (f64, i32) {
    if value == 0.0 {
        return (value, 0);
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 {
        let (mantissa, exponent) = frexp(value * f64::from_bits(0x4350_0000_0000_0000));
        return (mantissa, exponent - 54);
    }
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - 1022)
}

/// Hash of a text or of data.
pub fn hash_bytes(data: &[u8]) -> i64 {
    if data.is_empty() {
        return 0;
    }
    let mut hasher = FxHasher::default();
    hasher.write(data);
    let hash = hasher.finish() as i64;
    if hash == -1 { -2 } else { hash }
}

/// Hash of a string object, cached in it.
#[inline]
pub fn hash_str(value: &Value) -> Option<i64> {
    let string = value.as_str_object()?;
    Some(string.hash(|text| hash_bytes(text.as_bytes()) as u64) as i64)
}

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;

/// One step of xxHash as CPython uses it.
fn accumulate(accumulator: u64, hash: i64) -> u64 {
    let accumulator = accumulator.wrapping_add((hash as u64).wrapping_mul(PRIME_2));
    accumulator.rotate_left(31).wrapping_mul(PRIME_1)
}

/// Combine the hashes of a tuple's items as CPython does (xxHash).
pub fn combine_tuple(hashes: impl ExactSizeIterator<Item = i64>) -> i64 {
    let length = hashes.len() as u64;
    finish_tuple(hashes.fold(PRIME_5, accumulate), length)
}

/// Hash of a value that needs no script code: immediates, strings, bytes, numbers, tuples of
/// these. `None` for everything else.
#[inline]
pub fn hash_simple(value: &Value) -> Option<i64> {
    Some(match value.tag() {
        Tag::Int | Tag::Bool => hash_int(value.as_int_or_bool()?),
        Tag::Str => hash_str(value)?,
        Tag::Float => hash_float(value.as_float()?, 0),
        Tag::BigInt => hash_big_int(value.as_big_int()?),
        Tag::Bytes => hash_bytes(value.as_bytes()?),
        Tag::None => 0xfca86420,
        Tag::Ellipsis => 0x7f00_0000_0100,
        Tag::NotImplemented => 0x7f00_0000_0200,
        Tag::Complex => {
            let complex = value.complex_like()?;
            let hash =
                hash_float(complex.real, 0).wrapping_add(hash_float(complex.imag, 0).wrapping_mul(1_000_003));
            if hash == -1 { -2 } else { hash }
        }
        Tag::Tuple => hash_simple_tuple(value.as_tuple()?, NESTING)?,
        // A frozenset knows its hash once it has been asked for.
        Tag::Set => value.as_set().map(|set| set.hash.get()).filter(|&hash| hash != 0)?,
        _ => return None,
    })
}

/// Tuples nested deeper are left to code that guards the native stack.
const NESTING: u32 = 8;

fn hash_simple_tuple(items: &[Value], depth: u32) -> Option<i64> {
    let mut accumulator = PRIME_5;
    for item in items {
        let hash = match item.as_tuple() {
            Some(items) => hash_simple_tuple(items, depth.checked_sub(1)?)?,
            None => hash_simple(item)?,
        };
        accumulator = accumulate(accumulator, hash);
    }
    Some(finish_tuple(accumulator, items.len() as u64))
}

fn finish_tuple(accumulator: u64, length: u64) -> i64 {
    let accumulator = accumulator.wrapping_add(length ^ (PRIME_5 ^ 3_527_539));
    if accumulator == u64::MAX { 1_546_275_796 } else { accumulator as i64 }
}

/// Combine the hashes of start, stop and step of a slice as CPython does.
pub fn combine_slice(hashes: [i64; 3]) -> i64 {
    let accumulator = hashes.into_iter().fold(PRIME_5, accumulate);
    if accumulator == u64::MAX { 1_546_275_796 } else { accumulator as i64 }
}
