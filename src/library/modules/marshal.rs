//! `marshal`: values of the core types as bytes, in CPython's format. Code is refused.

use crate::library::types::bytes::buffer::{Array, Buffer, content};
use crate::library::types::bytes::memoryview::MEMORYVIEW;
use crate::object::codec::{Encoding, decode, encode};
use crate::object::dict::DictObject;
use crate::object::set::SetObject;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Tag, Value, heap};
use num_bigint::{BigInt, Sign};
use rustc_hash::FxHashMap;

/// The module `marshal`.
pub static MARSHAL: ModuleSpec = ModuleSpec {
    name: "marshal",
    doc: "This module contains functions that can read and write Python values in\na binary format.",
    functions: FUNCTIONS,
    constants: &[("version", |_| Value::int(VERSION))],
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "dump",
        "value, file, version=4, /, *, allow_code=True",
        dump,
        "Write the value on the open file.",
    ),
    native(
        "dumps",
        "value, version=4, /, *, allow_code=True",
        dumps,
        "Return the bytes object that would be written to a file by dump(value, file).",
    ),
    native("load", "file, /, *, allow_code=True", load, "Read one value from the open file and return it."),
    native("loads", "bytes, /, *, allow_code=True", loads, "Convert the bytes-like object to a value."),
];

const VERSION: i64 = 4;
/// Deeper nesting is refused.
const DEEPEST: usize = 2000;
/// Marks an object that may be referred to later on.
const IS_REFERRED: u8 = 0x80;

/// What is being written.
struct Writer {
    out: Vec<u8>,
    version: i64,
    /// The numbers of objects, by what tells them from others.
    known: FxHashMap<(u8, u64), u32>,
    /// They must live until all is written.
    kept: Vec<Value>,
    count: u32,
}

/// What tells an object from others: its identity, or the kind and value of a number.
fn identity(value: &Value) -> (u8, u64) {
    match heap::identity(value) {
        Some(identity) => (0, identity),
        None => (value.tag() as u8, value.bits()),
    }
}

impl Writer {
    fn new(version: i64) -> Writer {
        Writer { out: Vec::new(), version, known: FxHashMap::default(), kept: Vec::new(), count: 0 }
    }

    fn length(&mut self, interp: &mut dyn Interpreter, length: usize) -> Result<(), Raised> {
        match i32::try_from(length) {
            Ok(length) => {
                self.out.extend_from_slice(&length.to_le_bytes());
                Ok(())
            }
            Err(_) => Err(unmarshallable(interp)),
        }
    }

    /// Whether the object was written before, so that its number is enough; else the flag for its
    /// first byte.
    fn reference(&mut self, value: &Value) -> Option<u8> {
        // What only its container refers to cannot occur twice.
        if self.version < 3 || value.is_heap() && value.ref_count() <= 1 {
            return Some(0);
        }
        let number = self.count;
        let identity = identity(value);
        if let Some(known) = self.known.get(&identity) {
            self.out.push(b'r');
            self.out.extend_from_slice(&known.to_le_bytes());
            return None;
        }
        self.known.insert(identity, number);
        self.kept.push(value.clone());
        self.count += 1;
        Some(IS_REFERRED)
    }

    fn value(&mut self, interp: &mut dyn Interpreter, value: &Value, depth: usize) -> Result<(), Raised> {
        if depth > DEEPEST {
            return Err(interp.value_error("object too deeply nested to marshal"));
        }
        let single = match value.tag() {
            Tag::None => Some(b'N'),
            Tag::Ellipsis => Some(b'.'),
            Tag::Bool => Some(if value.as_bool() == Some(true) { b'T' } else { b'F' }),
            Tag::Type if value.is(&interp.core(CoreType::StopIteration)) => Some(b'S'),
            _ => None,
        };
        if let Some(code) = single {
            self.out.push(code);
            return Ok(());
        }
        let Some(flag) = self.reference(value) else { return Ok(()) };
        match value.tag() {
            Tag::Int | Tag::BigInt => self.integer(interp, value, flag),
            Tag::Float => self.float(interp, value.as_float().unwrap_or_default(), flag),
            Tag::Complex => self.complex(interp, value, flag),
            Tag::Bytes => self.bytes(interp, value.as_bytes().unwrap_or_default(), flag),
            Tag::Str => self.text(interp, value, flag),
            Tag::Tuple => {
                let items = value.as_tuple().unwrap_or_default();
                match u8::try_from(items.len()) {
                    Ok(length) if self.version >= 4 => self.out.extend_from_slice(&[b')' | flag, length]),
                    _ => {
                        self.out.push(b'(' | flag);
                        self.length(interp, items.len())?;
                    }
                }
                self.values(interp, items, depth)
            }
            Tag::List => {
                let items = value.as_list().map(|list| list.items.borrow().clone()).unwrap_or_default();
                self.out.push(b'[' | flag);
                self.length(interp, items.len())?;
                self.values(interp, &items, depth)
            }
            Tag::Dict => {
                self.out.push(b'{' | flag);
                for entry in value.as_dict().map(DictObject::entries).unwrap_or_default() {
                    self.value(interp, &entry.key, depth + 1)?;
                    self.value(interp, &entry.value, depth + 1)?;
                }
                self.out.push(b'0');
                Ok(())
            }
            Tag::Set => self.set(interp, value, flag, depth),
            Tag::Code => {
                let message = "marshalling code objects is not supported by apy";
                Err(interp.raise(CoreType::NotImplementedError, message))
            }
            _ => {
                let Some(data) = content(value).map(|data| data.to_vec()) else {
                    return Err(unmarshallable(interp));
                };
                self.bytes(interp, &data, flag)
            }
        }
    }

    fn values(&mut self, interp: &mut dyn Interpreter, items: &[Value], depth: usize) -> Result<(), Raised> {
        items.iter().try_for_each(|item| self.value(interp, item, depth + 1))
    }

    fn integer(&mut self, interp: &mut dyn Interpreter, value: &Value, flag: u8) -> Result<(), Raised> {
        if let Some(Ok(small)) = value.as_int().map(i32::try_from) {
            self.out.push(b'i' | flag);
            self.out.extend_from_slice(&small.to_le_bytes());
            return Ok(());
        }
        let number = value.to_big_int().map(|number| number.into_owned()).unwrap_or_default();
        // Digits of fifteen bits, the lowest first; the sign is that of their number.
        let mut digits: Vec<u16> = Vec::new();
        let (mut bits, mut held) = (0_u64, 0);
        for word in number.iter_u32_digits() {
            bits |= u64::from(word) << held;
            held += 32;
            while held >= 15 {
                digits.push((bits & 0x7fff) as u16);
                bits >>= 15;
                held -= 15;
            }
        }
        digits.push(bits as u16);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let Ok(count) = i32::try_from(digits.len()) else { return Err(unmarshallable(interp)) };
        let count = if number.sign() == Sign::Minus { -count } else { count };
        self.out.push(b'l' | flag);
        self.out.extend_from_slice(&count.to_le_bytes());
        self.out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
        Ok(())
    }

    fn float(&mut self, interp: &mut dyn Interpreter, number: f64, flag: u8) -> Result<(), Raised> {
        if self.version > 1 {
            self.out.push(b'g' | flag);
            self.out.extend_from_slice(&number.to_le_bytes());
            return Ok(());
        }
        self.out.push(b'f' | flag);
        self.digits(interp, number)
    }

    /// A number in seventeen digits, with their length before it.
    fn digits(&mut self, interp: &mut dyn Interpreter, number: f64) -> Result<(), Raised> {
        let digits = interp.format(&Value::float(number), ".17g")?;
        let digits = digits.str_like().unwrap_or_default();
        self.out.push(digits.len() as u8);
        self.out.extend_from_slice(digits.as_bytes());
        Ok(())
    }

    fn complex(&mut self, interp: &mut dyn Interpreter, value: &Value, flag: u8) -> Result<(), Raised> {
        let mut parts = [0.0; 2];
        for (part, name) in parts.iter_mut().zip(["real", "imag"]) {
            *part = interp.attribute(value, name)?.as_float().unwrap_or_default();
        }
        if self.version > 1 {
            self.out.push(b'y' | flag);
            self.out.extend(parts.iter().flat_map(|part| part.to_le_bytes()));
            return Ok(());
        }
        self.out.push(b'x' | flag);
        parts.iter().try_for_each(|part| self.digits(interp, *part))
    }

    fn bytes(&mut self, interp: &mut dyn Interpreter, data: &[u8], flag: u8) -> Result<(), Raised> {
        self.out.push(b's' | flag);
        self.length(interp, data.len())?;
        self.out.extend_from_slice(data);
        Ok(())
    }

    fn text(&mut self, interp: &mut dyn Interpreter, value: &Value, flag: u8) -> Result<(), Raised> {
        let text = value.as_str().unwrap_or_default();
        let is_interned = value.is_interned();
        if self.version >= 4 && text.is_ascii() {
            let [short, long] = if is_interned { [b'Z', b'A'] } else { [b'z', b'a'] };
            match u8::try_from(text.len()) {
                Ok(length) => self.out.extend_from_slice(&[short | flag, length]),
                Err(_) => {
                    self.out.push(long | flag);
                    self.length(interp, text.len())?;
                }
            }
            self.out.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let data = match encode(text, Encoding::Utf8, "surrogatepass") {
            Ok(data) => data.into_owned(),
            Err(fault) => return Err(fault.raise(value, interp)),
        };
        self.out.push(if self.version >= 3 && is_interned { b't' | flag } else { b'u' | flag });
        self.length(interp, data.len())?;
        self.out.extend_from_slice(&data);
        Ok(())
    }

    /// Members stand in the order of their bytes, so that equal sets give equal data.
    fn set(
        &mut self,
        interp: &mut dyn Interpreter,
        value: &Value,
        flag: u8,
        depth: usize,
    ) -> Result<(), Raised> {
        let Some(set) = value.as_set() else { return Err(unmarshallable(interp)) };
        let mut members = Vec::new();
        for member in set.members() {
            let mut alone = Writer::new(self.version);
            alone.value(interp, &member, depth + 1)?;
            members.push((alone.out, member));
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.out.push(if set.is_frozen { b'>' } else { b'<' } | flag);
        self.length(interp, members.len())?;
        members.iter().try_for_each(|(_, member)| self.value(interp, member, depth + 1))
    }
}

#[cold]
fn unmarshallable(interp: &mut dyn Interpreter) -> Raised {
    interp.value_error("unmarshallable object")
}

fn marshalled(interp: &mut dyn Interpreter, value: &Value, version: &Value) -> Result<Vec<u8>, Raised> {
    let mut writer = Writer::new(interp.expect_int(version)?);
    writer.value(interp, value, 1)?;
    Ok(writer.out)
}

fn dumps(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bytes(marshalled(interp, &args[0], &args[1])?))
}

fn dump(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = marshalled(interp, &args[0], &args[2])?;
    interp.call_method(&args[1], "write", &[Value::bytes(data)])
}

/// What is being read.
struct Reader {
    data: Vec<u8>,
    at: usize,
    /// Where more comes from; unbound for data alone.
    file: Value,
    /// Objects that may be referred to; unbound as long as they are not complete.
    known: Vec<Value>,
}

impl Reader {
    fn take(&mut self, interp: &mut dyn Interpreter, count: usize) -> Result<&[u8], Raised> {
        let left = self.data.len() - self.at;
        if left < count && !self.file.is_unbound() {
            let wanted = count - left;
            let buffer = Array::make(&vec![0; wanted]);
            let class = interp.type_of_spec(&MEMORYVIEW);
            let view = interp.call(&class, std::slice::from_ref(&buffer))?;
            let found = interp.call_method(&self.file, "readinto", &[view])?;
            let found = interp.expect_int(&found)?.max(0) as usize;
            if found > wanted {
                let message =
                    format!("read() returned too much data: {wanted} bytes requested, {found} returned");
                return Err(interp.value_error(&message));
            }
            let more = content(&buffer).map(|data| data[..found].to_vec());
            self.data.extend_from_slice(&more.unwrap_or_default());
        }
        if self.data.len() - self.at < count {
            return Err(interp.raise(CoreType::EOFError, "marshal data too short"));
        }
        self.at += count;
        Ok(&self.data[self.at - count..self.at])
    }

    fn byte(&mut self, interp: &mut dyn Interpreter) -> Result<u8, Raised> {
        Ok(self.take(interp, 1)?[0])
    }

    fn number(&mut self, interp: &mut dyn Interpreter) -> Result<i32, Raised> {
        let mut data = [0; 4];
        data.copy_from_slice(self.take(interp, 4)?);
        Ok(i32::from_le_bytes(data))
    }

    fn double(&mut self, interp: &mut dyn Interpreter) -> Result<f64, Raised> {
        let mut data = [0; 8];
        data.copy_from_slice(self.take(interp, 8)?);
        Ok(f64::from_le_bytes(data))
    }

    fn digits(&mut self, interp: &mut dyn Interpreter) -> Result<f64, Raised> {
        let length = self.byte(interp)?.into();
        let text = String::from_utf8_lossy(self.take(interp, length)?).into_owned();
        let class = interp.core(CoreType::Float);
        Ok(interp.call(&class, &[Value::str(&text)])?.as_float().unwrap_or_default())
    }

    fn length(&mut self, interp: &mut dyn Interpreter, what: &str) -> Result<usize, Raised> {
        let length = self.number(interp)?;
        usize::try_from(length).map_err(|_| bad(interp, &format!("{what} size out of range")))
    }

    /// One object; `None` for the end of a dict.
    fn value(&mut self, interp: &mut dyn Interpreter, depth: usize) -> Result<Option<Value>, Raised> {
        let code = match self.byte(interp) {
            Ok(code) => code,
            Err(raised) if interp.raised_is(&raised, CoreType::EOFError) => {
                return Err(interp.raise(CoreType::EOFError, "EOF read where object expected"));
            }
            Err(raised) => return Err(raised),
        };
        if depth > DEEPEST {
            return Err(interp.value_error("recursion limit exceeded"));
        }
        let (kind, is_referred) = (code & !IS_REFERRED, code & IS_REFERRED != 0);
        let place = is_referred.then_some(self.known.len());
        let value = match kind {
            b'0' => return Ok(None),
            b'N' => return Ok(Some(Value::NONE)),
            b'T' => return Ok(Some(Value::TRUE)),
            b'F' => return Ok(Some(Value::FALSE)),
            b'.' => return Ok(Some(Value::ELLIPSIS)),
            b'S' => return Ok(Some(interp.core(CoreType::StopIteration))),
            b'r' => {
                let number = self.number(interp)?;
                let found = usize::try_from(number).ok().and_then(|number| self.known.get(number));
                return match found.filter(|value| !value.is_unbound()) {
                    Some(value) => Ok(Some(value.clone())),
                    None => Err(bad(interp, "invalid reference")),
                };
            }
            b'i' => Value::int(self.number(interp)?.into()),
            b'I' => {
                let mut data = [0; 8];
                data.copy_from_slice(self.take(interp, 8)?);
                Value::int(i64::from_le_bytes(data))
            }
            b'l' => self.long(interp)?,
            b'f' => Value::float(self.digits(interp)?),
            b'g' => Value::float(self.double(interp)?),
            b'x' => {
                let parts = [self.digits(interp)?, self.digits(interp)?];
                interp.call(&interp.core(CoreType::Complex), &parts.map(Value::float))?
            }
            b'y' => {
                let parts = [self.double(interp)?, self.double(interp)?];
                interp.call(&interp.core(CoreType::Complex), &parts.map(Value::float))?
            }
            b's' => {
                let length = self.length(interp, "bytes object")?;
                Value::bytes(self.take(interp, length)?)
            }
            b'a' | b'A' => {
                let length = self.length(interp, "string")?;
                self.ascii(interp, length, kind == b'A')?
            }
            b'z' | b'Z' => {
                let length = self.byte(interp)?.into();
                self.ascii(interp, length, kind == b'Z')?
            }
            b'u' | b't' => {
                let length = self.length(interp, "string")?;
                let data = self.take(interp, length)?.to_vec();
                let text = match decode(&data, Encoding::Utf8, "surrogatepass") {
                    Ok(text) => Value::str(&text),
                    Err(fault) => return Err(fault.raise(&Value::bytes(data), interp)),
                };
                if kind == b't' { text.interned() } else { text }
            }
            b'(' | b')' | b'[' | b'<' | b'>' | b'{' => {
                return self.container(interp, kind, place, depth).map(Some);
            }
            b'c' => {
                let message = "unmarshalling code objects is not supported by apy";
                return Err(interp.raise(CoreType::NotImplementedError, message));
            }
            _ => return Err(bad(interp, "unknown type code")),
        };
        if is_referred {
            self.known.push(value.clone());
        }
        Ok(Some(value))
    }

    fn ascii(&mut self, interp: &mut dyn Interpreter, length: usize, is_interned: bool) -> Completion {
        let text: String = self.take(interp, length)?.iter().map(|byte| *byte as char).collect();
        let text = Value::str(&text);
        Ok(if is_interned { text.interned() } else { text })
    }

    fn long(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let count = self.number(interp)?;
        if count == i32::MIN {
            return Err(bad(interp, "long size out of range"));
        }
        let length = count.unsigned_abs() as usize;
        let data = self.take(interp, length.saturating_mul(2))?.to_vec();
        let digits: Vec<u16> =
            data.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        if digits.last() == Some(&0) {
            return Err(bad(interp, "unnormalized long data"));
        }
        if digits.iter().any(|digit| *digit > 0x7fff) {
            return Err(bad(interp, "digit out of range in long"));
        }
        let (mut words, mut bits, mut held) = (Vec::new(), 0_u64, 0);
        for digit in digits {
            bits |= u64::from(digit) << held;
            held += 15;
            if held >= 32 {
                words.push(bits as u32);
                bits >>= 32;
                held -= 32;
            }
        }
        words.push(bits as u32);
        let sign = if count < 0 { Sign::Minus } else { Sign::Plus };
        Ok(Value::big_int(BigInt::from_slice(sign, &words)))
    }

    /// An object within another: there must be one.
    fn part(&mut self, interp: &mut dyn Interpreter, what: &str, depth: usize) -> Completion {
        match self.value(interp, depth + 1)? {
            Some(value) => Ok(value),
            None => Err(interp.type_error(&format!("NULL object in marshal data for {what}"))),
        }
    }

    fn container(
        &mut self,
        interp: &mut dyn Interpreter,
        kind: u8,
        place: Option<usize>,
        depth: usize,
    ) -> Completion {
        let what = match kind {
            b'(' | b')' => "tuple",
            b'[' => "list",
            b'{' => "dict",
            _ => "set",
        };
        let length = match kind {
            b'{' => 0,
            b')' => self.byte(interp)?.into(),
            _ => self.length(interp, what)?,
        };
        // A list, dict or set may hold itself, so it is known before its parts.
        let value = match kind {
            b'[' => Value::list(Vec::new()),
            b'{' => Value::dict(DictObject::new()),
            b'<' => Value::set(SetObject::new(false)),
            _ => Value::UNBOUND,
        };
        if place.is_some() {
            self.known.push(value.clone());
        }
        if let Some(dict) = value.as_dict() {
            while let Some(key) = self.value(interp, depth + 1)? {
                let Some(item) = self.value(interp, depth + 1)? else { break };
                drop(dict.set(interp, &key, item)?);
            }
            return Ok(value);
        }
        let mut parts = Vec::new();
        for _ in 0..length {
            let part = self.part(interp, what, depth)?;
            match (value.as_list(), value.as_set()) {
                (Some(list), _) => list.items.borrow_mut().push(part),
                (_, Some(set)) => drop(set.add(interp, &part)?),
                _ => parts.push(part),
            }
        }
        if !value.is_unbound() {
            return Ok(value);
        }
        let value = match kind {
            b'>' => interp.call(&interp.core(CoreType::FrozenSet), &[Value::list(parts)])?,
            _ => Value::tuple(parts),
        };
        if let Some(known) = place.and_then(|place| self.known.get_mut(place)) {
            *known = value.clone();
        }
        Ok(value)
    }
}

#[cold]
fn bad(interp: &mut dyn Interpreter, what: &str) -> Raised {
    interp.value_error(&format!("bad marshal data ({what})"))
}

fn read(interp: &mut dyn Interpreter, data: Vec<u8>, file: Value) -> Completion {
    let mut reader = Reader { data, at: 0, file, known: Vec::new() };
    match reader.value(interp, 1)? {
        Some(value) => Ok(value),
        None => Err(interp.type_error("NULL object in marshal data for object")),
    }
}

fn loads(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = crate::library::types::bytes::buffer::bytes_argument(interp, &args[0])?.to_vec();
    read(interp, data, Value::UNBOUND)
}

fn load(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let probe = interp.call_method(&args[0], "read", &[Value::int(0)])?;
    if probe.bytes_like().is_none() {
        let class = interp.type_name(&probe);
        return Err(interp.type_error(&format!("file.read() returned not bytes but {class}")));
    }
    read(interp, Vec::new(), args[0].clone())
}
