//! Reading an object: what `Unpickler.load` does.

use super::unpickler::Unpickler;
use super::{HIGHEST_PROTOCOL, from_module, op, unpickling_error};
use crate::library::types::bytes::buffer::{Array, Buffer, content};
use crate::library::types::bytes::memoryview::MEMORYVIEW;
use crate::object::codec::{Encoding, decode};
use crate::object::dict::DictObject;
use crate::object::set::SetObject;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};

mod build;

/// What is read: data here, and a file behind it.
pub struct Input {
    pub data: Vec<u8>,
    pub at: usize,
    /// Unbound without a file.
    pub read: Value,
    pub read_line: Value,
}

#[cold]
fn truncated(interp: &mut dyn Interpreter) -> Raised {
    unpickling_error(interp, "pickle data was truncated")
}

impl Input {
    /// Have `count` bytes here, if there are so many.
    fn fill(&mut self, interp: &mut dyn Interpreter, count: usize) -> Result<(), Raised> {
        let left = self.data.len() - self.at;
        if left >= count || self.read.is_unbound() {
            return Ok(());
        }
        let more = interp.call(&self.read, &[Value::int((count - left) as i64)])?;
        self.append(interp, &more, "read")
    }

    fn append(&mut self, interp: &mut dyn Interpreter, more: &Value, what: &str) -> Result<(), Raised> {
        let Some(more) = content(more) else {
            let class = interp.type_name(more);
            let message = match what {
                "read" => format!("a bytes-like object is required, not '{class}'"),
                _ => "readline() returned a non-bytes object".to_owned(),
            };
            return Err(interp.type_error(&message));
        };
        self.data.drain(..self.at);
        self.at = 0;
        self.data.extend_from_slice(&more);
        Ok(())
    }

    fn take(&mut self, interp: &mut dyn Interpreter, count: usize) -> Result<&[u8], Raised> {
        self.fill(interp, count)?;
        if self.data.len() - self.at < count {
            return Err(truncated(interp));
        }
        self.at += count;
        Ok(&self.data[self.at - count..self.at])
    }

    fn array<const N: usize>(&mut self, interp: &mut dyn Interpreter) -> Result<[u8; N], Raised> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(interp, N)?);
        Ok(array)
    }

    /// A line without its end; it must have one.
    fn line(&mut self, interp: &mut dyn Interpreter, least: usize) -> Result<Vec<u8>, Raised> {
        let mut end = memchr::memchr(b'\n', &self.data[self.at..]);
        if end.is_none() && !self.read_line.is_unbound() {
            let more = interp.call(&self.read_line, &[])?;
            self.append(interp, &more, "readline")?;
            end = memchr::memchr(b'\n', &self.data);
        }
        let Some(end) = end.filter(|end| *end >= least) else { return Err(truncated(interp)) };
        let line = self.data[self.at..self.at + end].to_vec();
        self.at += end + 1;
        Ok(line)
    }
}

/// One run of `load`.
pub struct Load<'u> {
    unpickler: &'u Unpickler,
    input: Input,
    /// `persistent_load`.
    loader: Value,
    /// Unbound: the unpickler's own way.
    finder: Value,
    stack: Vec<Value>,
    /// Where the marks are.
    marks: Vec<usize>,
}

impl<'u> Load<'u> {
    /// Nothing read yet.
    pub fn new(unpickler: &'u Unpickler, input: Input, loader: Value, finder: Value) -> Load<'u> {
        Load { unpickler, input, loader, finder, stack: Vec::new(), marks: Vec::new() }
    }

    /// What is left to be read.
    pub fn into_input(self) -> Input {
        self.input
    }

    /// Where the items above the last mark begin.
    fn fence(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    #[cold]
    fn underflow(&self, interp: &mut dyn Interpreter) -> Raised {
        let message =
            if self.marks.is_empty() { "unpickling stack underflow" } else { "unexpected MARK found" };
        unpickling_error(interp, message)
    }

    fn pop(&mut self, interp: &mut dyn Interpreter) -> Completion {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow(interp));
        }
        Ok(self.stack.pop().unwrap_or_default())
    }

    fn top(&self, interp: &mut dyn Interpreter) -> Completion {
        if self.stack.len() <= self.fence() {
            return Err(self.underflow(interp));
        }
        Ok(self.stack.last().cloned().unwrap_or_default())
    }

    /// Take away the last mark and say where it was.
    fn marker(&mut self, interp: &mut dyn Interpreter) -> Result<usize, Raised> {
        self.marks.pop().ok_or_else(|| unpickling_error(interp, "could not find MARK"))
    }

    /// The items above the last mark.
    fn items(&mut self, interp: &mut dyn Interpreter) -> Result<Vec<Value>, Raised> {
        let start = self.marker(interp)?;
        Ok(self.stack.split_off(start))
    }

    fn unsigned<const N: usize>(&mut self, interp: &mut dyn Interpreter) -> Result<u64, Raised> {
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&self.input.array::<N>(interp)?);
        Ok(u64::from_le_bytes(wide))
    }

    fn signed(&mut self, interp: &mut dyn Interpreter) -> Result<i64, Raised> {
        Ok(i32::from_le_bytes(self.input.array(interp)?).into())
    }

    /// A length that there can be.
    fn length<const N: usize>(&mut self, interp: &mut dyn Interpreter, what: &str) -> Result<usize, Raised> {
        let length = self.unsigned::<N>(interp)?;
        if length > i64::MAX as u64 {
            let message = format!("{what} exceeds system's maximum size of {} bytes", i64::MAX);
            return Err(interp.overflow_error(&message));
        }
        Ok(length as usize)
    }

    fn signed_length(&mut self, interp: &mut dyn Interpreter, what: &str) -> Result<usize, Raised> {
        let length = self.signed(interp)?;
        usize::try_from(length)
            .map_err(|_| unpickling_error(interp, &format!("{what} pickle has negative byte count")))
    }

    /// Read one pickle.
    pub fn object(&mut self, interp: &mut dyn Interpreter) -> Completion {
        self.unpickler.protocol.set(0);
        let mut turns = 0_u32;
        loop {
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(4096) {
                interp.poll()?;
            }
            self.input.fill(interp, 1)?;
            let Some(&code) = self.input.data.get(self.input.at) else {
                return Err(interp.raise(CoreType::EOFError, "Ran out of input"));
            };
            self.input.at += 1;
            if code == op::STOP {
                return self.pop(interp);
            }
            self.step(interp, code)?;
        }
    }

    fn step(&mut self, interp: &mut dyn Interpreter, code: u8) -> Result<(), Raised> {
        let value = match code {
            op::NONE => Value::NONE,
            op::NEWTRUE => Value::TRUE,
            op::NEWFALSE => Value::FALSE,
            op::BININT => Value::int(self.signed(interp)?),
            op::BININT1 => Value::int(self.unsigned::<1>(interp)? as i64),
            op::BININT2 => Value::int(self.unsigned::<2>(interp)? as i64),
            op::INT => self.integer_line(interp)?,
            op::LONG => {
                let line = self.input.line(interp, 1)?;
                integer(interp, line.strip_suffix(b"L").unwrap_or(&line))?
            }
            op::LONG1 => {
                let length = self.length::<1>(interp, "LONG")?;
                self.counted_integer(interp, length)?
            }
            op::LONG4 => {
                let length = self.signed_length(interp, "LONG")?;
                self.counted_integer(interp, length)?
            }
            op::FLOAT => {
                let line = self.input.line(interp, 1)?;
                let text = String::from_utf8_lossy(&line).into_owned();
                let class = interp.core(CoreType::Float);
                match interp.call(&class, &[Value::str(&text)]) {
                    Ok(number) => number,
                    Err(_) => {
                        // The line's end is shown too.
                        let message = format!("could not convert string to float: '{text}\n'");
                        return Err(interp.value_error(&message));
                    }
                }
            }
            op::BINFLOAT => Value::float(f64::from_be_bytes(self.input.array(interp)?)),
            op::STRING => self.quoted(interp)?,
            op::BINSTRING => {
                let length = self.length::<4>(interp, "BINSTRING")?;
                self.old_string(interp, length)?
            }
            op::SHORT_BINSTRING => {
                let length = self.length::<1>(interp, "SHORT_BINSTRING")?;
                self.old_string(interp, length)?
            }
            op::BINBYTES => self.bytes::<4>(interp, "BINBYTES")?,
            op::SHORT_BINBYTES => self.bytes::<1>(interp, "SHORT_BINBYTES")?,
            op::BINBYTES8 => self.bytes::<8>(interp, "BINBYTES8")?,
            op::BYTEARRAY8 => {
                let length = self.length::<8>(interp, "BYTEARRAY8")?;
                Array::make(self.input.take(interp, length)?)
            }
            op::BINUNICODE => self.text::<4>(interp, "BINUNICODE")?,
            op::SHORT_BINUNICODE => self.text::<1>(interp, "SHORT_BINUNICODE")?,
            op::BINUNICODE8 => self.text::<8>(interp, "BINUNICODE8")?,
            op::UNICODE => {
                let line = self.input.line(interp, 0)?;
                decoded(interp, &line, Encoding::RawUnicodeEscape, "strict")?
            }
            op::EMPTY_TUPLE => Value::tuple(Vec::new()),
            op::EMPTY_LIST => Value::list(Vec::new()),
            op::EMPTY_DICT => Value::dict(DictObject::new()),
            op::EMPTY_SET => Value::set(SetObject::new(false)),
            op::TUPLE1 => self.short_tuple(interp, 1)?,
            op::TUPLE2 => self.short_tuple(interp, 2)?,
            op::TUPLE3 => self.short_tuple(interp, 3)?,
            op::TUPLE => Value::tuple(self.items(interp)?),
            op::LIST => Value::list(self.items(interp)?),
            op::FROZENSET => {
                let items = self.items(interp)?;
                let class = interp.core(CoreType::FrozenSet);
                interp.call(&class, &[Value::list(items)])?
            }
            op::DUP => self.top(interp)?,
            op::GET => {
                let line = self.input.line(interp, 1)?;
                let number = integer(interp, &line)?;
                self.recall(interp, number.as_int().map_or(u64::MAX, |number| number as u64))?
            }
            op::BINGET => {
                let number = self.unsigned::<1>(interp)?;
                self.recall(interp, number)?
            }
            op::LONG_BINGET => {
                let number = self.unsigned::<4>(interp)?;
                self.recall(interp, number)?
            }
            op::DICT => self.dict(interp)?,
            op::NEXT_BUFFER => self.next_buffer(interp)?,
            op::INST => self.inst(interp)?,
            op::OBJ => self.obj(interp)?,
            op::NEWOBJ => self.new_object(interp, false)?,
            op::NEWOBJ_EX => self.new_object(interp, true)?,
            op::REDUCE => self.reduce(interp)?,
            op::GLOBAL => {
                let module = self.input.line(interp, 1)?;
                let name = self.input.line(interp, 1)?;
                let module = decoded(interp, &module, Encoding::Utf8, "strict")?;
                let name = decoded(interp, &name, Encoding::Utf8, "strict")?;
                self.find_class(interp, &module, &name)?
            }
            op::STACK_GLOBAL => {
                let (name, module) = (self.pop(interp)?, self.pop(interp)?);
                if name.as_str().is_none() || module.as_str().is_none() {
                    return Err(unpickling_error(interp, "STACK_GLOBAL requires str"));
                }
                self.find_class(interp, &module, &name)?
            }
            op::EXT1 => {
                let code = self.unsigned::<1>(interp)? as i64;
                self.extension(interp, code)?
            }
            op::EXT2 => {
                let code = self.unsigned::<2>(interp)? as i64;
                self.extension(interp, code)?
            }
            op::EXT4 => {
                let code = self.signed(interp)?;
                self.extension(interp, code)?
            }
            op::PERSID => {
                let line = self.input.line(interp, 0)?;
                if !line.is_ascii() {
                    let message = "persistent IDs in protocol 0 must be ASCII strings";
                    return Err(unpickling_error(interp, message));
                }
                let identity = decoded(interp, &line, Encoding::Ascii, "strict")?;
                interp.call(&self.loader, &[identity])?
            }
            op::BINPERSID => {
                let identity = self.pop(interp)?;
                interp.call(&self.loader, &[identity])?
            }
            _ => return self.change(interp, code),
        };
        self.stack.push(value);
        Ok(())
    }

    /// An instruction that changes what is on the stack.
    fn change(&mut self, interp: &mut dyn Interpreter, code: u8) -> Result<(), Raised> {
        match code {
            op::MARK => self.marks.push(self.stack.len()),
            op::POP => {
                if self.marks.last() == Some(&self.stack.len()) {
                    self.marks.pop();
                } else {
                    self.pop(interp)?;
                }
            }
            op::POP_MARK => drop(self.items(interp)?),
            op::PUT => {
                let line = self.input.line(interp, 1)?;
                self.top(interp)?;
                let number = integer(interp, &line)?;
                match number.as_int().map(u64::try_from) {
                    Some(Ok(number)) => self.put(interp, number)?,
                    _ => return Err(interp.value_error("negative PUT argument")),
                }
            }
            op::BINPUT => {
                let number = self.unsigned::<1>(interp)?;
                self.put(interp, number)?;
            }
            op::LONG_BINPUT => {
                let number = self.unsigned::<4>(interp)?;
                self.put(interp, number)?;
            }
            op::MEMOIZE => {
                let number = self.unpickler.memo.borrow().len() as u64;
                self.put(interp, number)?;
            }
            op::APPEND => {
                let item = self.pop(interp)?;
                self.append(interp, vec![item])?;
            }
            op::APPENDS => {
                let items = self.items(interp)?;
                self.append(interp, items)?;
            }
            op::SETITEM => {
                let (value, key) = (self.pop(interp)?, self.pop(interp)?);
                self.set_items(interp, vec![key, value])?;
            }
            op::SETITEMS => {
                let items = self.items(interp)?;
                self.set_items(interp, items)?;
            }
            op::ADDITEMS => self.add_items(interp)?,
            op::BUILD => self.build(interp)?,
            op::READONLY_BUFFER => self.readonly_buffer(interp)?,
            op::PROTO => {
                let protocol = self.unsigned::<1>(interp)? as i64;
                if protocol > HIGHEST_PROTOCOL {
                    return Err(interp.value_error(&format!("unsupported pickle protocol: {protocol}")));
                }
                self.unpickler.protocol.set(protocol);
            }
            op::FRAME => {
                let length = self.unsigned::<8>(interp)?;
                if length > i64::MAX as u64 {
                    let message = format!("FRAME length exceeds system's maximum of {} bytes", i64::MAX);
                    return Err(interp.overflow_error(&message));
                }
                self.input.take(interp, length as usize)?;
                self.input.at -= length as usize;
            }
            _ => {
                let shown = match code {
                    b' '..=b'~' if code != b'\'' && code != b'\\' => (code as char).to_string(),
                    _ => format!("\\x{code:02x}"),
                };
                return Err(unpickling_error(interp, &format!("invalid load key, '{shown}'.")));
            }
        }
        Ok(())
    }

    fn put(&mut self, interp: &mut dyn Interpreter, number: u64) -> Result<(), Raised> {
        let top = self.top(interp)?;
        let old = self.unpickler.memo.borrow_mut().insert(number, top);
        drop(old);
        Ok(())
    }

    fn recall(&self, interp: &mut dyn Interpreter, number: u64) -> Completion {
        match self.unpickler.memo.borrow().get(&number) {
            Some(value) => Ok(value.clone()),
            None => {
                let message = format!("Memo value not found at index {}", number as i64);
                Err(unpickling_error(interp, &message))
            }
        }
    }

    fn integer_line(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let line = self.input.line(interp, 1)?;
        match &line[..] {
            b"00" => Ok(Value::FALSE),
            b"01" => Ok(Value::TRUE),
            digits => match integer(interp, digits) {
                Ok(number) => Ok(number),
                Err(_) => Err(interp.value_error("could not convert string to int")),
            },
        }
    }

    fn counted_integer(&mut self, interp: &mut dyn Interpreter, length: usize) -> Completion {
        let data = self.input.take(interp, length)?;
        Ok(Value::big_int(num_bigint::BigInt::from_signed_bytes_le(data)))
    }

    fn bytes<const N: usize>(&mut self, interp: &mut dyn Interpreter, what: &str) -> Completion {
        let length = self.length::<N>(interp, what)?;
        Ok(Value::bytes(self.input.take(interp, length)?))
    }

    fn text<const N: usize>(&mut self, interp: &mut dyn Interpreter, what: &str) -> Completion {
        let length = self.length::<N>(interp, what)?;
        let data = self.input.take(interp, length)?;
        if data.is_ascii() {
            return Ok(Value::str(std::str::from_utf8(data).unwrap_or_default()));
        }
        let data = data.to_vec();
        decoded(interp, &data, Encoding::Utf8, "surrogatepass")
    }

    /// A text of Python 2: bytes in the encoding that the unpickler was told.
    fn old_string(&mut self, interp: &mut dyn Interpreter, length: usize) -> Completion {
        let data = Value::bytes(self.input.take(interp, length)?);
        self.decode_old(interp, data)
    }

    fn decode_old(&self, interp: &mut dyn Interpreter, data: Value) -> Completion {
        let (encoding, errors) =
            (self.unpickler.encoding.borrow().clone(), self.unpickler.errors.borrow().clone());
        if encoding == "bytes" {
            return Ok(data);
        }
        interp.call_method(&data, "decode", &[Value::str(&encoding), Value::str(&errors)])
    }

    fn quoted(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let line = self.input.line(interp, 0)?;
        let inner = match &line[..] {
            [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] => inner,
            _ => return Err(unpickling_error(interp, "the STRING opcode argument must be quoted")),
        };
        let unescape = from_module(interp, "codecs", "escape_decode")?;
        let found = interp.call(&unescape, &[Value::bytes(inner)])?;
        let data = interp.get_item(&found, &Value::int(0))?;
        self.decode_old(interp, data)
    }

    fn short_tuple(&mut self, interp: &mut dyn Interpreter, count: usize) -> Completion {
        if self.stack.len() < self.fence() + count {
            return Err(self.underflow(interp));
        }
        let start = self.stack.len() - count;
        Ok(Value::tuple(self.stack.split_off(start)))
    }

    fn dict(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let items = self.items(interp)?;
        if !items.len().is_multiple_of(2) {
            return Err(unpickling_error(interp, "odd number of items for DICT"));
        }
        let dict = DictObject::new();
        for pair in items.chunks_exact(2) {
            drop(dict.set(interp, &pair[0], pair[1].clone())?);
        }
        Ok(Value::dict(dict))
    }

    fn next_buffer(&self, interp: &mut dyn Interpreter) -> Completion {
        let buffers = self.unpickler.buffers.borrow().clone();
        if buffers.is_unbound() {
            let message = "pickle stream refers to out-of-band data but no *buffers* argument was given";
            return Err(unpickling_error(interp, message));
        }
        match interp.next(&buffers)? {
            Some(buffer) => Ok(buffer),
            None => Err(unpickling_error(interp, "not enough out-of-band buffers")),
        }
    }

    fn readonly_buffer(&mut self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let buffer = self.top(interp)?;
        let class = interp.type_of_spec(&MEMORYVIEW);
        let view = interp.call(&class, &[buffer])?;
        let is_readonly = interp.attribute(&view, "readonly")?;
        if !interp.truth(&is_readonly)? {
            let view = interp.call_method(&view, "toreadonly", &[])?;
            if let Some(top) = self.stack.last_mut() {
                *top = view;
            }
        }
        Ok(())
    }

    fn find_class(&self, interp: &mut dyn Interpreter, module: &Value, name: &Value) -> Completion {
        if self.finder.is_unbound() {
            return self.unpickler.find_class(interp, module, name);
        }
        interp.call(&self.finder, &[module.clone(), name.clone()])
    }

    fn extension(&self, interp: &mut dyn Interpreter, code: i64) -> Completion {
        let number = Value::int(code);
        let cache = from_module(interp, "copyreg", "_extension_cache")?;
        if let Some(known) = cache.dict_like().map(|cache| cache.get(interp, &number)).transpose()?.flatten()
        {
            return Ok(known);
        }
        let registry = from_module(interp, "copyreg", "_inverted_registry")?;
        let found = registry.dict_like().map(|registry| registry.get(interp, &number)).transpose()?.flatten();
        let Some(key) = found else {
            if code <= 0 {
                return Err(unpickling_error(interp, "EXT specifies code <= 0"));
            }
            return Err(interp.value_error(&format!("unregistered extension code {code}")));
        };
        let Some([module, name]) = key.tuple_like() else {
            let message = format!("_inverted_registry[{code}] isn't a 2-tuple of strings");
            return Err(interp.value_error(&message));
        };
        let object = self.find_class(interp, module, name)?;
        interp.set_item(&cache, &number, &object)?;
        Ok(object)
    }
}

/// The integer of a line.
fn integer(interp: &mut dyn Interpreter, digits: &[u8]) -> Completion {
    if let Some(number) = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()) {
        return Ok(Value::int(number));
    }
    let class = interp.core(CoreType::Int);
    let text = String::from_utf8_lossy(digits).into_owned();
    interp.call(&class, &[Value::str(&text), Value::int(0)])
}

fn decoded(interp: &mut dyn Interpreter, data: &[u8], encoding: Encoding, mode: &str) -> Completion {
    match decode(data, encoding, mode) {
        Ok(text) => Ok(Value::str(&text)),
        Err(fault) => Err(fault.raise(&Value::bytes(data), interp)),
    }
}

/// Whether a value is a class.
fn is_class(value: &Value) -> bool {
    value.tag() == Tag::Type
}

/// A name as attributes have it.
fn name(text: &str) -> Value {
    intern(text)
}
