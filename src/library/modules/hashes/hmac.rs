//! Message authentication: `_hashlib.HMAC`, and the comparison that takes the same time always.

use super::states::{Kind, State};
use super::{hexadecimal, kind, no_instances, unsupported, with_data};
use crate::library::types::bytes::buffer::bytes_argument;
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{getter, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// The two digests of a keyed one.
pub struct Keyed {
    inner: Box<dyn State>,
    outer: Box<dyn State>,
}

impl Keyed {
    pub fn new(kind: &Kind, key: &[u8]) -> Keyed {
        let mut block = vec![0; kind.block];
        if key.len() > kind.block {
            let mut state = (kind.make)();
            state.update(key);
            let digest = state.digest();
            block[..digest.len()].copy_from_slice(&digest);
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let keyed = |pad: u8| {
            let mut state = (kind.make)();
            state.update(&block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>());
            state
        };
        Keyed { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    pub fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    pub fn digest(&self) -> Vec<u8> {
        let mut outer = self.outer.clone_state();
        outer.update(&self.inner.digest());
        outer.digest()
    }

    pub fn copy(&self) -> Keyed {
        Keyed { inner: self.inner.clone_state(), outer: self.outer.clone_state() }
    }
}

/// A keyed digest of what it has been given.
struct Hmac {
    kind: &'static Kind,
    state: RefCell<Keyed>,
}

pub static HMAC: TypeSpec = TypeSpec {
    name: "HMAC",
    module: "_hashlib",
    doc: "The object used to calculate HMAC of a message.",
    methods: &[
        native("__new__", "*args, **kwargs", |i, _| Err(no_instances(i, "HMAC")), "").as_new(),
        native("__repr__", "", repr, "Return repr(self)."),
        native("copy", "", copy, "Return a copy (\"clone\") of the HMAC object."),
        native("digest", "", digest, "Return the digest of the bytes passed to the update() method so far."),
        native(
            "hexdigest",
            "",
            hexdigest,
            "Return hexadecimal digest of the bytes passed to the update() method so far.",
        ),
        native("update", "msg", update, "Update the HMAC object with msg."),
    ],
    getters: &[
        getter("block_size", |i, this| Ok(Value::int(expect(i, this, "block_size")?.kind.block as i64)), ""),
        getter(
            "digest_size",
            |i, this| Ok(Value::int(expect(i, this, "digest_size")?.state.borrow().inner.size() as i64)),
            "",
        ),
        getter("name", |i, this| Ok(Value::str(&format!("hmac-{}", expect(i, this, "name")?.kind.name))), ""),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Hmac {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Hmac {
    fn spec(&self) -> &'static TypeSpec {
        &HMAC
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Hmac, Raised> {
    match this.downcast::<Hmac>() {
        Some(hmac) => Ok(hmac),
        None => Err(wrong_receiver(interp, "_hashlib.HMAC", method, this)),
    }
}

/// The digest that an argument names: a text, or a constructor of this module.
fn kind_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<&'static Kind, Raised> {
    let kind = if value.str_like().is_some() {
        kind(interp, value)?
    } else {
        let name = interp.find_attr(value, &crate::object::string::intern("__name__"))?;
        let named = name.as_ref().and_then(Value::str_like).and_then(|name| name.strip_prefix("openssl_"));
        match named.and_then(Kind::named) {
            Some(kind) => kind,
            None => {
                let text = interp.to_str(value)?;
                let text = text.str_like().unwrap_or_default();
                return Err(unsupported(interp, &format!("Unsupported digestmod {text}")));
            }
        }
    };
    if kind.is_extendable {
        return Err(unsupported(interp, "[digital envelope routines] unsupported"));
    }
    Ok(kind)
}

pub fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let key = bytes_argument(interp, &args[0])?.to_vec();
    if args[2].is_none() {
        return Err(interp.type_error("Missing required parameter 'digestmod'."));
    }
    let kind = kind_argument(interp, &args[2])?;
    let mut state = Keyed::new(kind, &key);
    if args[1].given_some().is_some() {
        with_data(interp, &args[1], |data| state.update(data))?;
    }
    Ok(Value::object(Hmac { kind, state: RefCell::new(state) }))
}

pub fn digest_at_once(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let kind = kind_argument(interp, &args[2])?;
    let key = bytes_argument(interp, &args[0])?.to_vec();
    let mut state = Keyed::new(kind, &key);
    let data = bytes_argument(interp, &args[1])?;
    state.update(&data);
    Ok(Value::bytes(state.digest()))
}

fn update(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hmac = expect(interp, &args[0], "update")?;
    with_data(interp, &args[1], |data| hmac.state.borrow_mut().update(data))?;
    Ok(Value::NONE)
}

fn digest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bytes(expect(interp, &args[0], "digest")?.state.borrow().digest()))
}

fn hexdigest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let digest = expect(interp, &args[0], "hexdigest")?.state.borrow().digest();
    Ok(Value::str(&hexadecimal(&digest)))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hmac = expect(interp, &args[0], "copy")?;
    let state = RefCell::new(hmac.state.borrow().copy());
    Ok(Value::object(Hmac { kind: hmac.kind, state }))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = expect(interp, &args[0], "__repr__")?.kind.name;
    Ok(Value::str(&format!("<{name} HMAC object @ {}>", args[0].address_text())))
}

pub fn compare_digest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (a, b) = (&args[0], &args[1]);
    let is_equal = match (a.str_like(), b.str_like()) {
        (Some(a), Some(b)) if a.is_ascii() && b.is_ascii() => is_same(a.as_bytes(), b.as_bytes()),
        (Some(_), Some(_)) => {
            let message = "comparing strings with non-ASCII characters is not supported";
            return Err(interp.type_error(message));
        }
        _ => {
            use crate::library::types::bytes::buffer::content;
            if content(a).is_none() && content(b).is_none() {
                let (left, right) = (interp.type_name(a), interp.type_name(b));
                return Err(interp.type_error(&format!(
                    "unsupported operand types(s) or combination of types: '{left}' and '{right}'"
                )));
            }
            let (a, b) = (bytes_argument(interp, a)?.to_vec(), bytes_argument(interp, b)?);
            is_same(&a, &b)
        }
    };
    Ok(Value::bool(is_equal))
}

/// Equality that looks at every byte.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |found, (a, b)| found | (a ^ b));
    std::hint::black_box(difference) == 0 && a.len() == b.len()
}
