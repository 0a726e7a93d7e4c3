//! Keys made of passwords: PBKDF2 and scrypt.

use super::hmac::Keyed;
use super::kind;
use crate::library::types::bytes::buffer::bytes_argument;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// PBKDF2 of one digest: password, salt, iterations, the key.
type Derive = fn(&[u8], &[u8], u32, &mut [u8]);

/// The longest key.
const LONGEST: i64 = i32::MAX as i64;

pub fn pbkdf2_hmac(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let kind = kind(interp, &args[0])?;
    let password = bytes_argument(interp, &args[1])?.to_vec();
    let salt = bytes_argument(interp, &args[2])?.to_vec();
    let iterations = interp.expect_int(&args[3])?;
    if iterations < 1 {
        return Err(interp.value_error("iteration value must be greater than 0."));
    }
    if iterations > LONGEST {
        return Err(interp.raise(CoreType::OverflowError, "iteration value is too great."));
    }
    let length = match args[4].given_some() {
        Some(length) => interp.expect_int(length)?,
        None => (kind.make)().size() as i64,
    };
    if length < 1 {
        return Err(interp.value_error("key length must be greater than 0."));
    }
    if length > LONGEST {
        return Err(interp.raise(CoreType::OverflowError, "key length is too great."));
    }
    // The usual digests without a call through a table for every block.
    let quick: Option<Derive> = match kind.name {
        "sha1" => Some(pbkdf2::pbkdf2_hmac::<sha1::Sha1>),
        "sha256" => Some(pbkdf2::pbkdf2_hmac::<sha2::Sha256>),
        "sha512" => Some(pbkdf2::pbkdf2_hmac::<sha2::Sha512>),
        _ => None,
    };
    if let Some(quick) = quick {
        let mut key = vec![0; length as usize];
        quick(&password, &salt, iterations as u32, &mut key);
        return Ok(Value::bytes(key));
    }
    let keyed = Keyed::new(kind, &password);
    let digest = |parts: &[&[u8]]| {
        let mut state = keyed.copy();
        for part in parts {
            state.update(part);
        }
        state.digest()
    };
    let mut key = Vec::new();
    let mut number = 1_u32;
    while key.len() < length as usize {
        let mut last = digest(&[&salt, &number.to_be_bytes()]);
        let mut total = last.clone();
        for round in 1..iterations {
            last = digest(&[&last]);
            for (sum, byte) in total.iter_mut().zip(&last) {
                *sum ^= byte;
            }
            if round % 1024 == 0 {
                interp.poll()?;
            }
        }
        key.extend(total);
        number += 1;
    }
    key.truncate(length as usize);
    Ok(Value::bytes(key))
}

/// A required parameter of scrypt.
fn parameter(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Result<u64, Raised> {
    match value.to_big_int().and_then(|number| u64::try_from(&*number).ok()) {
        Some(number) => Ok(number),
        None => Err(interp.type_error(&format!("{name} is required and must be an unsigned int"))),
    }
}

pub fn scrypt(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [password, salt, n, r, p, limit, length] = args else { return Ok(Value::NONE) };
    let password = bytes_argument(interp, password)?.to_vec();
    if salt.is_none() {
        return Err(interp.type_error("salt is required"));
    }
    let salt = bytes_argument(interp, salt)?.to_vec();
    let n = parameter(interp, n, "n")?;
    if n < 2 || !n.is_power_of_two() {
        return Err(interp.value_error("n must be a power of 2."));
    }
    let r = parameter(interp, r, "r")?;
    let p = parameter(interp, p, "p")?;
    let limit = interp.expect_int(limit)?;
    if !(0..=LONGEST).contains(&limit) {
        return Err(interp.value_error(&format!("maxmem must be positive and smaller than {LONGEST}")));
    }
    let length = interp.expect_int(length)?;
    if !(1..=LONGEST).contains(&length) {
        let message = format!("dklen must be greater than 0 and smaller than {LONGEST}");
        return Err(interp.value_error(&message));
    }
    // OpenSSL's own limit unless another is given.
    let limit = if limit == 0 { 32 << 20 } else { limit as u128 };
    let memory = u128::from(r) * 128 * (u128::from(p) + u128::from(n) + 2);
    let parameters = match (u32::try_from(r), u32::try_from(p)) {
        (Ok(r), Ok(p)) if p > 0 && r.checked_mul(p).is_some() => {
            scrypt::Params::new(n.trailing_zeros() as u8, r, p).ok()
        }
        _ => None,
    };
    let Some(parameters) = parameters else {
        return Err(interp.value_error("Invalid parameter combination for n, r, p, maxmem."));
    };
    if memory > limit {
        return Err(interp.value_error("[digital envelope routines] memory limit exceeded"));
    }
    let mut key = vec![0; length as usize];
    match scrypt::scrypt(&password, &salt, &parameters, &mut key) {
        Ok(()) => Ok(Value::bytes(key)),
        Err(error) => Err(interp.value_error(&error.to_string())),
    }
}
