//! `int.to_bytes` and `int.from_bytes`.

use super::FAMILY;
use crate::library::types::bytes_argument::to_bytes_object;
use crate::library::types::numeric::construct;
use crate::object::number::{Number, bit_length, check_bits};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use num_bigint::BigInt;

fn is_big_endian(interp: &mut dyn Interpreter, method: &str, order: &Value) -> Result<bool, Raised> {
    let text = interp.expect_str_argument(order, format_args!("{method}() argument 'byteorder'"))?;
    match text {
        "little" => Ok(false),
        "big" => Ok(true),
        _ => Err(interp.value_error("byteorder must be either 'little' or 'big'")),
    }
}

pub(super) fn to_bytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let number = FAMILY.receiver(interp, "to_bytes", &args[0])?;
    let length = interp.expect_int(&args[1])?;
    let is_big = is_big_endian(interp, "to_bytes", &args[2])?;
    let is_signed = interp.truth(&args[3])?;
    let Ok(length) = usize::try_from(length) else {
        return Err(interp.value_error("length argument must be non-negative"));
    };
    let big = match number {
        Number::Big(value) => value.clone(),
        Number::Int(value) => BigInt::from(value),
        Number::Float(_) | Number::Complex(_) => unreachable!("internal error: the receiver is an int"),
    };
    let is_negative = big.sign() == num_bigint::Sign::Minus;
    if is_negative && !is_signed {
        return Err(interp.overflow_error("can't convert negative int to unsigned"));
    }
    // -2**n needs one bit less than its magnitude says.
    let bits = if is_negative { (&big + 1u32).bits() } else { bit_length(number) };
    let needed = bits + u64::from(is_signed && (is_negative || bits > 0));
    if needed > (length as u64).saturating_mul(8) {
        return Err(interp.overflow_error("int too big to convert"));
    }
    check_bits((length as u64).saturating_mul(8)).map_err(|fault| fault.raise(interp))?;
    let mut data = big.to_signed_bytes_le();
    data.resize(length, if is_negative { 0xff } else { 0 });
    if is_big {
        data.reverse();
    }
    Ok(Value::bytes(data))
}

pub(super) fn from_bytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_big = is_big_endian(interp, "from_bytes", &args[2])?;
    let is_signed = interp.truth(&args[3])?;
    let bytes = to_bytes_object(interp, &args[1])?;
    let data = bytes.bytes_like().unwrap_or_default();
    let value = match (is_big, is_signed) {
        (true, true) => BigInt::from_signed_bytes_be(data),
        (false, true) => BigInt::from_signed_bytes_le(data),
        (true, false) => BigInt::from_bytes_be(num_bigint::Sign::Plus, data),
        (false, false) => BigInt::from_bytes_le(num_bigint::Sign::Plus, data),
    };
    construct(interp, &args[0], CoreType::Int, Value::big_int(value))
}
