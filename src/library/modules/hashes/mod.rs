//! `_hashlib`: digests, and what is made of them. Names and error texts are OpenSSL's, as CPython
//! has them.

mod hmac;
mod keys;
mod states;

use crate::library::types::bytes::buffer::content;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, Script, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use states::{Blake2, Kind, State};
use std::cell::RefCell;

pub static HASHES: ModuleSpec = ModuleSpec {
    name: "_hashlib",
    doc: "OpenSSL interface for hashlib module",
    functions: FUNCTIONS,
    types: &[&HASH, &HASH_XOF, &hmac::HMAC],
    constants: &[("openssl_md_meth_names", names)],
    script: Script::inline(
        "class UnsupportedDigestmodError(ValueError):\n    pass\n\n\nUnsupportedDigestmodError.__module__ = '_hashlib'\n",
    ),
    ..ModuleSpec::EMPTY
};

/// Rows of constructors: the names of the function and of the digest.
macro_rules! constructors {
    ($($name:literal $digest:literal,)+) => {
        static FUNCTIONS: &[NativeRow] = &[
            $(native(
                $name,
                "string=?, *, usedforsecurity=True",
                |i, a| constructed(i, $digest, &a[0]),
                concat!("Returns a ", $digest, " hash object; optionally initialized with a string"),
            ),)+
            native("_blake2", "long, parameters, /", blake2, "The state of BLAKE2 with all its parameters."),
            native("compare_digest", "a, b, /", hmac::compare_digest, "Return 'a == b'."),
            native("get_fips_mode", "", |_, _| Ok(Value::int(0)), "Determine the OpenSSL FIPS mode of operation."),
            native("hmac_digest", "key, msg, digest", hmac::digest_at_once, "Single-shot HMAC."),
            native("hmac_new", "key, msg=?, digestmod=None", hmac::new, "Return a new hmac object."),
            native(
                "new",
                "name, string=?, *, usedforsecurity=True",
                new,
                "Return a new hash object using the named algorithm.",
            ),
            native(
                "pbkdf2_hmac",
                "hash_name, password, salt, iterations, dklen=None",
                keys::pbkdf2_hmac,
                "Password based key derivation function 2 (PKCS #5 v2.0) with HMAC as pseudorandom function.",
            ),
            native(
                "scrypt",
                "password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64",
                keys::scrypt,
                "scrypt password-based key derivation function.",
            ),
        ];
    };
}

constructors! {
    "openssl_md5" "md5",
    "openssl_sha1" "sha1",
    "openssl_sha224" "sha224",
    "openssl_sha256" "sha256",
    "openssl_sha384" "sha384",
    "openssl_sha512" "sha512",
    "openssl_sha3_224" "sha3_224",
    "openssl_sha3_256" "sha3_256",
    "openssl_sha3_384" "sha3_384",
    "openssl_sha3_512" "sha3_512",
    "openssl_shake_128" "shake_128",
    "openssl_shake_256" "shake_256",
}

/// A digest of what it has been given.
pub struct Hash {
    kind: &'static Kind,
    state: RefCell<Box<dyn State>>,
}

static HASH: TypeSpec = TypeSpec {
    name: "HASH",
    module: "_hashlib",
    doc: "A hash is an object used to calculate a checksum of a string of information.",
    methods: &[
        native("__new__", "*args, **kwargs", |i, _| Err(no_instances(i, "HASH")), "").as_new(),
        native("__repr__", "", repr, "Return repr(self)."),
        native("copy", "", copy, "Return a copy of the hash object."),
        native("digest", "", digest, "Return the digest value as a bytes object."),
        native("hexdigest", "", hexdigest, "Return the digest value as a string of hexadecimal digits."),
        native("update", "obj, /", update, "Update this hash object's state with the provided string."),
    ],
    getters: &[
        getter("block_size", |i, this| Ok(Value::int(expect(i, this, "block_size")?.kind.block as i64)), ""),
        getter("digest_size", digest_size, ""),
        getter("name", |i, this| Ok(Value::str(expect(i, this, "name")?.kind.name)), "algorithm name."),
    ],
    ..TypeSpec::EMPTY
};

/// Digests of any length.
static HASH_XOF: TypeSpec = TypeSpec {
    name: "HASHXOF",
    module: "_hashlib",
    doc: "A hash is an object used to calculate a checksum of a string of information.",
    base: Some(&HASH),
    methods: &[
        native("__new__", "*args, **kwargs", |i, _| Err(no_instances(i, "HASHXOF")), "").as_new(),
        native("digest", "length", digest_of_length, "Return the digest value as a bytes object."),
        native(
            "hexdigest",
            "length",
            hexdigest_of_length,
            "Return the digest value as a string of hexadecimal digits.",
        ),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Hash {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Hash {
    fn spec(&self) -> &'static TypeSpec {
        if self.kind.is_extendable { &HASH_XOF } else { &HASH }
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

impl Hash {
    fn value(kind: &'static Kind, state: Box<dyn State>) -> Value {
        Value::object(Hash { kind, state: RefCell::new(state) })
    }
}

#[cold]
fn no_instances(interp: &mut dyn Interpreter, name: &str) -> Raised {
    interp.type_error(&format!("cannot create '_hashlib.{name}' instances"))
}

/// `_hashlib.UnsupportedDigestmodError`.
#[cold]
fn unsupported(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let made = interp.import("_hashlib").and_then(|module| {
        let class = interp.attribute(&module, "UnsupportedDigestmodError")?;
        interp.call(&class, &[Value::str(message)])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// The digest of that name.
fn kind(interp: &mut dyn Interpreter, name: &Value) -> Result<&'static Kind, Raised> {
    let name = name.str_like().unwrap_or_default();
    match Kind::named(name) {
        Some(kind) => Ok(kind),
        None => Err(unsupported(interp, "[digital envelope routines] unsupported")),
    }
}

/// Bytes to be hashed. While they are borrowed no script runs.
fn with_data<R>(
    interp: &mut dyn Interpreter,
    value: &Value,
    f: impl FnOnce(&[u8]) -> R,
) -> Result<R, Raised> {
    if value.str_like().is_some() {
        return Err(interp.type_error("Strings must be encoded before hashing"));
    }
    match content(value) {
        Some(data) => Ok(f(&data)),
        None => Err(interp.type_error("object supporting the buffer API required")),
    }
}

fn constructed(interp: &mut dyn Interpreter, name: &str, data: &Value) -> Completion {
    let Some(kind) = Kind::named(name) else {
        return Err(unsupported(interp, "[digital envelope routines] unsupported"));
    };
    made(interp, kind, data)
}

fn made(interp: &mut dyn Interpreter, kind: &'static Kind, data: &Value) -> Completion {
    let mut state = (kind.make)();
    if data.given().is_some() {
        with_data(interp, data, |data| state.update(data))?;
    }
    Ok(Hash::value(kind, state))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].str_like().is_none() {
        return Err(interp.type_error("name must be a string"));
    }
    let kind = kind(interp, &args[0])?;
    made(interp, kind, &args[1])
}

/// The state of BLAKE2 for parameters that the module `_blake2` has checked.
fn blake2(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let is_long = interp.truth(&args[0])?;
    let Some(parameters) = args[1].as_tuple().map(<[Value]>::to_vec) else { return Ok(Value::NONE) };
    let number =
        |at: usize| parameters.get(at).and_then(Value::to_big_int).and_then(|n| u64::try_from(&*n).ok());
    let number = |at: usize| number(at).unwrap_or_default();
    let bytes =
        |at: usize| parameters.get(at).and_then(content).map(|bytes| bytes.to_vec()).unwrap_or_default();
    let wanted = Blake2 {
        digest_size: number(0) as usize,
        key: bytes(1),
        salt: bytes(2),
        person: bytes(3),
        fanout: number(4) as u8,
        depth: number(5) as u8,
        leaf_size: number(6) as u32,
        node_offset: number(7),
        node_depth: number(8) as u8,
        inner_size: number(9) as usize,
        is_last_node: number(10) != 0,
    };
    let name = if is_long { "blake2b" } else { "blake2s" };
    match Kind::named(name) {
        Some(kind) => Ok(Hash::value(kind, wanted.state(is_long))),
        None => Ok(Value::NONE),
    }
}

/// The names of all digests.
fn names(interp: &mut dyn Interpreter) -> Value {
    let names = Kind::all().map(|kind| Value::str(kind.name)).collect();
    let class = interp.core(CoreType::FrozenSet);
    interp.call(&class, &[Value::list(names)]).unwrap_or(Value::NONE)
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Hash, Raised> {
    match this.downcast::<Hash>() {
        Some(hash) => Ok(hash),
        None => Err(wrong_receiver(interp, "_hashlib.HASH", method, this)),
    }
}

fn update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hash = expect(interp, &args[0], "update")?;
    with_data(interp, &args[1], |data| hash.state.borrow_mut().update(data))?;
    Ok(Value::NONE)
}

fn digest_size(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let hash = expect(interp, this, "digest_size")?;
    let size = if hash.kind.is_extendable { 0 } else { hash.state.borrow().size() };
    Ok(Value::int(size as i64))
}

fn digest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bytes(expect(interp, &args[0], "digest")?.state.borrow().digest()))
}

fn hexdigest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let digest = expect(interp, &args[0], "hexdigest")?.state.borrow().digest();
    Ok(Value::str(&hexadecimal(&digest)))
}

/// Two digits for every byte.
fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// So many bytes of a digest of any length.
fn extended(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Result<Vec<u8>, Raised> {
    let hash = expect(interp, &args[0], method)?;
    let Ok(length) = usize::try_from(interp.expect_int(&args[1])?) else {
        let message = "Negative size passed to PyBytes_FromStringAndSize";
        return Err(interp.raise(CoreType::SystemError, message));
    };
    let mut out = Vec::new();
    if out.try_reserve_exact(length).is_err() {
        return Err(interp.raise_args(CoreType::MemoryError, &[]));
    }
    out.resize(length, 0);
    hash.state.borrow().read(&mut out);
    Ok(out)
}

fn digest_of_length(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bytes(extended(interp, args, "digest")?))
}

fn hexdigest_of_length(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let bytes = extended(interp, args, "hexdigest")?;
    Ok(Value::str(&hexadecimal(&bytes)))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hash = expect(interp, &args[0], "copy")?;
    let state = hash.state.borrow().clone_state();
    Ok(Hash::value(hash.kind, state))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hash = expect(interp, &args[0], "__repr__")?;
    let class = hash.spec().name;
    Ok(Value::str(&format!("<{} _hashlib.{class} object @ {}>", hash.kind.name, args[0].address_text())))
}
