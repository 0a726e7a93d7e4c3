//! Integers that do not fit 64 bits, and what is common to all integers.

use super::heap;
use super::value::{Tag, Value};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// A big integer; never one that would fit an `i64`.
pub struct BigIntObject {
    pub value: BigInt,
}

impl Value {
    /// An integer of any size, in its one right representation.
    pub fn big_int(value: BigInt) -> Value {
        match value.to_i64() {
            Some(small) => Value::int(small),
            None => heap::new_boxed(BigIntObject { value }, false),
        }
    }

    /// An unsigned integer.
    pub fn uint(value: u64) -> Value {
        match i64::try_from(value) {
            Ok(value) => Value::int(value),
            Err(_) => Value::big_int(BigInt::from(value)),
        }
    }

    /// The big integer behind an exact `int` that does not fit 64 bits.
    #[inline]
    pub fn as_big_int(&self) -> Option<&BigInt> {
        self.get::<BigIntObject>().map(|object| &object.value)
    }

    /// Any `int`, `bool`, or instance of a subclass of `int`, as a big integer.
    pub fn to_big_int(&self) -> Option<Cow<'_, BigInt>> {
        match self.tag() {
            Tag::Int | Tag::Bool => Some(Cow::Owned(BigInt::from(self.as_int_or_bool()?))),
            Tag::BigInt => self.as_big_int().map(Cow::Borrowed),
            Tag::Instance => self.as_instance()?.payload_ref()?.to_big_int(),
            _ => None,
        }
    }

    /// Whether this is an `int`, a `bool`, or an instance of a subclass of `int`.
    pub fn is_integer(&self) -> bool {
        match self.tag() {
            Tag::Int | Tag::Bool | Tag::BigInt => true,
            Tag::Instance => {
                self.as_instance().and_then(|i| i.payload_ref()).is_some_and(|payload| payload.is_integer())
            }
            _ => false,
        }
    }

    /// Any integer (subclasses included) that fits 64 bits.
    #[inline]
    pub fn int_like(&self) -> Option<i64> {
        match self.tag() {
            Tag::Int | Tag::Bool => self.as_int_or_bool(),
            Tag::Instance => self.as_instance()?.payload_ref()?.int_like(),
            _ => None,
        }
    }

    /// A `float` or an instance of a subclass.
    pub fn float_like(&self) -> Option<f64> {
        match self.tag() {
            Tag::Float => self.as_float(),
            Tag::Instance => self.as_instance()?.payload_ref()?.float_like(),
            _ => None,
        }
    }
}

/// An exact integer as the nearest float, ties to even; `None` if it is too large.
pub fn to_float(integer: &Value) -> Option<f64> {
    if let Some(value) = integer.as_int_or_bool() {
        return Some(value as f64);
    }
    let float = integer.as_big_int()?.to_f64()?;
    float.is_finite().then_some(float)
}
