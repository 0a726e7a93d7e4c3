//! Where random bits come from: a generator object, or the methods of a script's subclass that
//! replace it; and seeding.

use super::sha512::sha512;
use super::twister::Twister;
use super::{RANDOM, SYSTEM_RANDOM};
use crate::library::types::bytes::bytearray::ByteArray;
use crate::library::types::receiver::wrong_receiver;
use crate::object::attributes::Attributes;
use crate::object::class::TypeObject;
use crate::object::hash::hash_float;
use crate::object::heap::Traverse;
use crate::object::number::{Number, check_bits, float_to_int};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, ToPrimitive, Zero};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A generator. Unseeded until it is first used.
pub struct RandomObject {
    twister: RefCell<Option<Twister>>,
    /// The second of two normal variates, or None.
    pub gauss_next: RefCell<Value>,
    /// Whether it reads the system's entropy instead of its state.
    pub is_system: bool,
    pub attributes: Attributes,
}

impl Traverse for RandomObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.gauss_next.borrow());
        self.attributes.visit(visit);
    }

    fn clear(&self) {
        drop(self.gauss_next.replace(Value::NONE));
        self.attributes.clear();
    }
}

impl NativeObject for RandomObject {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_system { &SYSTEM_RANDOM } else { &RANDOM }
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

/// The seed given for the whole process, and how many generators have drawn from it.
static PROCESS_SEED: Mutex<Option<u64>> = Mutex::new(None);
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// From now on generators without a seed of their own get theirs from `seed`: every run with
/// the same seed sees the same numbers.
pub fn set_process_seed(seed: u64) {
    *PROCESS_SEED.lock().unwrap_or_else(PoisonError::into_inner) = Some(seed);
    DRAWN.store(0, Ordering::Relaxed);
}

/// Fill `data` with bytes that cannot be foretold, unless the process has a seed.
pub fn fill_entropy(interp: &mut dyn Interpreter, data: &mut [u8]) -> Result<(), Raised> {
    let seed = *PROCESS_SEED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(seed) = seed {
        let drawn = DRAWN.fetch_add(1, Ordering::Relaxed);
        let words = [seed as u32, (seed >> 32) as u32, drawn as u32, (drawn >> 32) as u32];
        let mut twister = Twister::from_key(&words);
        data.fill_with(|| twister.next_word() as u8);
        return Ok(());
    }
    getrandom::fill(data)
        .map_err(|error| interp.raise(CoreType::OSError, &format!("cannot read random bytes: {error}")))
}

/// How a generator draws integers below a limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    /// By enough random bits, again until they are below.
    Bits,
    /// A subclass replaced `random` only.
    Floats,
    /// A subclass has its own `_randbelow`.
    Method,
}

/// A generator about to be drawn from. For instances of scripts' classes it knows which of the
/// basic methods they replace.
pub struct Source<'a> {
    pub this: &'a Value,
    pub object: &'a RandomObject,
    calls_random: bool,
    calls_bits: bool,
    below: Below,
}

thread_local! {
    /// The version of the class that was found to replace nothing.
    static UNTOUCHED: Cell<u32> = const { Cell::new(0) };
}

impl<'a> Source<'a> {
    /// The generator behind the receiver of `method`.
    pub fn new(interp: &mut dyn Interpreter, method: &str, this: &'a Value) -> Result<Source<'a>, Raised> {
        let Some(object) = this.downcast::<RandomObject>() else {
            return Err(wrong_receiver(interp, "Random", method, this));
        };
        let mut source = Source { this, object, calls_random: false, calls_bits: false, below: Below::Bits };
        let class = interp.class_of(this);
        let version = class.as_type().map_or(0, TypeObject::version);
        if (version != UNTOUCHED.get() || object.attributes.get(&intern("random")).is_some())
            && let Some(class) = class.as_type()
        {
            let replaces = |name| {
                object.attributes.get(&intern(name)).is_some()
                    || class.lookup(&intern(name)).is_some_and(|found| found.as_native().is_none())
            };
            source.calls_random = replaces("random");
            source.calls_bits = replaces("getrandbits");
            source.below = class.mro.borrow().iter().find_map(deciding).unwrap_or(Below::Bits);
            if !class.is_heap && !source.calls_random && !source.calls_bits && source.below == Below::Bits {
                UNTOUCHED.set(version);
            }
        }
        if object.twister.borrow().is_none() && !object.is_system {
            seed_from_entropy(interp, object)?;
        }
        Ok(source)
    }

    /// The next float from 0 to below 1.
    #[inline]
    pub fn random(&self, interp: &mut dyn Interpreter) -> Result<f64, Raised> {
        if self.calls_random {
            let result = interp.call_method(self.this, "random", &[])?;
            return interp.expect_float(&result);
        }
        self.own_random(interp)
    }

    /// As [`random`](Self::random) without asking a subclass.
    pub fn own_random(&self, interp: &mut dyn Interpreter) -> Result<f64, Raised> {
        if let Some(twister) = &mut *self.object.twister.borrow_mut() {
            return Ok(twister.next_float());
        }
        let mut data = [0; 8];
        fill_entropy(interp, &mut data[1..])?;
        Ok((u64::from_be_bytes(data) >> 3) as f64 * (1.0 / 9_007_199_254_740_992.0))
    }

    /// `count` random bits, from 1 to 64, from the generator itself.
    fn own_bits(&self, interp: &mut dyn Interpreter, count: u32) -> Result<u64, Raised> {
        if let Some(twister) = &mut *self.object.twister.borrow_mut() {
            return Ok(twister.next_bits(count));
        }
        let bytes = count.div_ceil(8);
        let mut data = [0; 8];
        fill_entropy(interp, &mut data[(8 - bytes) as usize..])?;
        Ok(u64::from_be_bytes(data) >> (bytes * 8 - count))
    }

    /// `count` random bits from the generator itself.
    pub fn own_big_bits(&self, interp: &mut dyn Interpreter, count: u64) -> Result<BigUint, Raised> {
        check_bits(count).map_err(|fault| fault.raise(interp))?;
        if let Some(twister) = &mut *self.object.twister.borrow_mut() {
            return Ok(BigUint::new(twister.next_words(count)));
        }
        let mut data = vec![0; count.div_ceil(8) as usize];
        fill_entropy(interp, &mut data)?;
        Ok(BigUint::from_bytes_be(&data) >> (count.div_ceil(8) * 8 - count))
    }

    /// A random integer from 0 to below `limit`, which is positive.
    #[inline]
    pub fn below(&self, interp: &mut dyn Interpreter, limit: u64) -> Result<u64, Raised> {
        if self.below != Below::Bits || self.calls_bits {
            let result = self.below_big(interp, &BigInt::from(limit))?;
            return Ok(result.to_u64().unwrap_or(0));
        }
        let bits = 64 - limit.leading_zeros();
        loop {
            let result = self.own_bits(interp, bits)?;
            if result < limit {
                return Ok(result);
            }
        }
    }

    /// As [`below`](Self::below) for limits of any size.
    pub fn below_big(&self, interp: &mut dyn Interpreter, limit: &BigInt) -> Result<BigInt, Raised> {
        match self.below {
            Below::Method => {
                let limit = Value::big_int(limit.clone());
                let result = interp.call_method(self.this, "_randbelow", &[limit])?;
                Ok(interp.index(&result)?.to_big_int().unwrap_or_default().into_owned())
            }
            Below::Floats => self.below_by_floats(interp, limit),
            Below::Bits => loop {
                let bits = limit.bits();
                let result = if self.calls_bits {
                    let result = interp.call_method(self.this, "getrandbits", &[Value::uint(bits)])?;
                    interp.index(&result)?.to_big_int().unwrap_or_default().into_owned()
                } else {
                    BigInt::from(self.own_big_bits(interp, bits)?)
                };
                if result < *limit {
                    return Ok(result);
                }
            },
        }
    }

    fn below_by_floats(&self, interp: &mut dyn Interpreter, limit: &BigInt) -> Result<BigInt, Raised> {
        const MOST: u64 = 1 << 53;
        let Some(limit) = limit.to_u64().filter(|&limit| limit < MOST) else {
            let text = "Underlying random() generator does not supply \n\
                enough bits to choose from a population range this large.\n\
                To remove the range limitation, add a getrandbits() method.";
            let place = interp.stack(1).pop();
            interp.warn(CoreType::UserWarning, text, place)?;
            let scaled = self.random(interp)? * limit.to_f64().unwrap_or(f64::INFINITY);
            let floor = float_to_int(scaled.floor()).map_err(|fault| fault.raise(interp))?;
            return Ok(floor.to_big_int().unwrap_or_default().into_owned());
        };
        let highest = (MOST - MOST % limit) as f64 / MOST as f64;
        loop {
            let random = self.random(interp)?;
            if random < highest {
                return Ok(BigInt::from((random * MOST as f64).floor() as u64 % limit));
            }
        }
    }
}

/// What a class of the method resolution order says about drawing below a limit, if anything.
fn deciding(class: &Value) -> Option<Below> {
    let class = class.as_type()?;
    let has = |name: &str| class.own_dict().get_str(name).is_some();
    if has("_randbelow") {
        Some(if class.is_heap { Below::Method } else { Below::Bits })
    } else if has("getrandbits") {
        Some(Below::Bits)
    } else if has("random") {
        Some(Below::Floats)
    } else {
        None
    }
}

fn seed_from_entropy(interp: &mut dyn Interpreter, object: &RandomObject) -> Result<(), Raised> {
    let mut data = [0; 32];
    fill_entropy(interp, &mut data)?;
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word, &byte| word << 8 | u32::from(byte));
    let key: Vec<u32> = data.chunks_exact(4).map(word).collect();
    object.twister.replace(Some(Twister::from_key(&key)));
    Ok(())
}

fn seed_from_integer(object: &RandomObject, seed: &BigUint) {
    let mut key = seed.to_u32_digits();
    if key.is_empty() {
        key.push(0);
    }
    object.twister.replace(Some(Twister::from_key(&key)));
}

/// `seed(a, version)`.
pub fn seed(
    interp: &mut dyn Interpreter,
    object: &RandomObject,
    a: &Value,
    version: &Value,
) -> Result<(), Raised> {
    let version = version.int_like();
    if object.is_system {
        return Ok(());
    }
    let text = a.str_like().map(str::as_bytes);
    let array = a.downcast::<ByteArray>().map(|array| array.content().to_vec());
    if version == Some(1) && (text.is_some() || a.bytes_like().is_some()) {
        let codes: Vec<u64> = match (a.str_like(), a.bytes_like()) {
            (Some(text), _) => text.chars().map(|character| character as u64).collect(),
            (None, data) => data.unwrap_or_default().iter().map(|&byte| byte.into()).collect(),
        };
        let first = codes.first().map_or(0, |code| code << 7);
        let hash = codes.iter().fold(first, |hash, code| hash.wrapping_mul(1_000_003) ^ code);
        seed_from_integer(object, &BigUint::from(hash ^ codes.len() as u64));
    } else if let (Some(data), Some(2)) = (text.or(a.bytes_like()).or(array.as_deref()), version) {
        let mut data = data.to_vec();
        let digest = sha512(&data);
        data.extend_from_slice(&digest);
        seed_from_integer(object, &BigUint::from_bytes_be(&data));
    } else if a.is_none() {
        seed_from_entropy(interp, object)?;
    } else {
        match Number::like(a) {
            Some(Number::Int(seed)) => seed_from_integer(object, &BigUint::from(seed.unsigned_abs())),
            Some(Number::Big(seed)) => seed_from_integer(object, seed.abs().magnitude()),
            Some(Number::Float(seed)) => {
                seed_from_integer(object, &BigUint::from(hash_float(seed, 0) as u64));
            }
            _ => {
                let text = "The only supported seed types are:\nNone, int, float, str, bytes, and bytearray.";
                return Err(interp.type_error(text));
            }
        }
    }
    object.gauss_next.replace(Value::NONE);
    Ok(())
}

/// `getstate()`.
pub fn getstate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "getstate", &args[0])?;
    let state = source.object.twister.borrow();
    let Some(twister) = &*state else { return Err(no_state(interp)) };
    let words = twister.state().map(|word| Value::int(word.into())).collect();
    let gauss_next = source.object.gauss_next.borrow().clone();
    Ok(Value::tuple(vec![Value::int(3), Value::tuple(words), gauss_next]))
}

#[cold]
fn no_state(interp: &mut dyn Interpreter) -> Raised {
    let text = "System entropy source does not have state.";
    interp.raise(CoreType::NotImplementedError, text)
}

/// `setstate(state)`.
pub fn setstate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "setstate", &args[0])?;
    if source.object.is_system {
        return Err(no_state(interp));
    }
    let version = interp.get_item(&args[1], &Value::int(0))?;
    let Some(number) = version.int_like().filter(|version| matches!(version, 2 | 3)) else {
        let version = interp.to_str(&version)?;
        let version = version.str_like().unwrap_or_default();
        let text = format!("state with version {version} passed to Random.setstate() of version 3");
        return Err(interp.value_error(&text));
    };
    let parts = interp.collect(&args[1])?;
    let [_, words, gauss_next] = &parts[..] else {
        let (problem, count) = if parts.len() < 3 { ("not enough", ", got") } else { ("too many", "") };
        let got = if parts.len() < 3 { format!("{count} {}", parts.len()) } else { String::new() };
        return Err(interp.value_error(&format!("{problem} values to unpack (expected 3{got})")));
    };
    source.object.gauss_next.replace(gauss_next.clone());
    let Some(items) = words.tuple_like() else {
        return Err(interp.type_error("state vector must be a tuple"));
    };
    if items.len() != 625 {
        return Err(interp.value_error("state vector is the wrong size"));
    }
    let mut state = Vec::with_capacity(items.len());
    for item in items {
        let word = interp.expect_int(item)?;
        // Version 2 wrote the words as signed numbers.
        state.push(if number == 2 { word as u32 } else { u32::try_from(word).unwrap_or(u32::MAX) });
    }
    match Twister::from_state(&state) {
        Some(twister) => {
            source.object.twister.replace(Some(twister));
            Ok(Value::NONE)
        }
        None => Err(interp.value_error("invalid state")),
    }
}

/// A new generator of the class, not seeded yet.
pub fn new_object(is_system: bool) -> Value {
    Value::object(RandomObject {
        twister: RefCell::new(None),
        gauss_next: RefCell::new(Value::NONE),
        is_system,
        attributes: Attributes::default(),
    })
}

thread_local! {
    /// The generator behind the functions of the module; unbound until the module is imported.
    static SHARED: Cell<Value> = const { Cell::new(Value::UNBOUND) };
}

/// The generator behind the functions of the module.
pub fn shared() -> Value {
    let shared = SHARED.take();
    let shared = if shared.is_unbound() { new_object(false) } else { shared };
    SHARED.set(shared.clone());
    shared
}

/// Whether the limit is too large for a machine integer.
pub fn machine_limit(limit: &BigInt) -> Option<u64> {
    if limit.is_zero() { None } else { limit.to_u64() }
}
