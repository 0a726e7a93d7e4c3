//! Objects without parts: numbers, texts, bytes.

use super::Dump;
use crate::library::modules::pickle::buffer::{inner, is_contiguous};
use crate::library::modules::pickle::output::FRAME_TARGET;
use crate::library::modules::pickle::pickler::flush;
use crate::library::modules::pickle::{from_module, op, pickling_error};
use crate::library::types::bytes::buffer::{Array, Buffer, content};
use crate::object::codec::{Encoding, encode};
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Value};

impl Dump<'_> {
    pub(super) fn boolean(&mut self, value: bool) {
        match (self.protocol() >= 2, value) {
            (true, true) => self.out.op(op::NEWTRUE),
            (true, false) => self.out.op(op::NEWFALSE),
            (false, true) => self.out.write(b"I01\n"),
            (false, false) => self.out.write(b"I00\n"),
        }
    }

    pub(super) fn integer(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        let small = object.as_int().and_then(|number| i32::try_from(number).ok());
        if let Some(number) = small.filter(|_| self.is_binary()) {
            let [a, b, c, d] = number.to_le_bytes();
            match number {
                0..=0xff => self.out.write(&[op::BININT1, a]),
                0x100..=0xffff => self.out.write(&[op::BININT2, a, b]),
                _ => self.out.write(&[op::BININT, a, b, c, d]),
            }
            return Ok(());
        }
        if self.protocol() < 2 {
            let digits = interp.repr(object)?;
            let digits = digits.str_like().unwrap_or_default();
            let line = match small {
                Some(_) => format!("{}{digits}\n", op::INT as char),
                None => format!("{}{digits}L\n", op::LONG as char),
            };
            self.out.write(line.as_bytes());
            return Ok(());
        }
        // The shortest two's complement.
        let data = match object.to_big_int() {
            Some(number) => number.to_signed_bytes_le(),
            None => Vec::new(),
        };
        if let Ok(length) = u8::try_from(data.len()) {
            self.out.write(&[op::LONG1, length]);
        } else if let Ok(length) = i32::try_from(data.len()) {
            let mut head = vec![op::LONG4];
            head.extend_from_slice(&length.to_le_bytes());
            self.out.write(&head);
        } else {
            return Err(interp.overflow_error("int too large to pickle"));
        }
        self.out.write(&data);
        Ok(())
    }

    pub(super) fn float(&mut self, interp: &mut dyn Interpreter, object: &Value) -> Result<(), Raised> {
        if self.is_binary() {
            let mut data = [op::BINFLOAT; 9];
            data[1..].copy_from_slice(&Value::plain_nan(object.as_float().unwrap_or_default()).to_be_bytes());
            self.out.write(&data);
            return Ok(());
        }
        let digits = interp.repr(object)?;
        let line = format!("{}{}\n", op::FLOAT as char, digits.str_like().unwrap_or_default());
        self.out.write(line.as_bytes());
        Ok(())
    }

    /// Write data with its length before it, by the shortest of three instructions; the last two
    /// may be missing.
    pub(super) fn counted(
        &mut self,
        interp: &mut dyn Interpreter,
        [short, long, longest]: [Option<u8>; 3],
        data: &[u8],
        what: &str,
    ) -> Result<(), Raised> {
        let mut head = Vec::with_capacity(9);
        if let (Some(short), Ok(length)) = (short, u8::try_from(data.len())) {
            head.extend_from_slice(&[short, length]);
        } else if let (Some(long), Ok(length)) = (long, u32::try_from(data.len())) {
            head.push(long);
            head.extend_from_slice(&length.to_le_bytes());
        } else if let Some(longest) = longest {
            head.push(longest);
            head.extend_from_slice(&(data.len() as u64).to_le_bytes());
        } else {
            let message =
                format!("serializing a {what} larger than 4 GiB requires pickle protocol 4 or higher");
            return Err(interp.overflow_error(&message));
        }
        if data.len() < FRAME_TARGET {
            self.out.write(&head);
            self.out.write(data);
            return Ok(());
        }
        // Long data stands outside frames, and goes to the file as it is.
        self.out.end_frame();
        let has_frames = std::mem::replace(&mut self.out.has_frames, false);
        self.out.write(&head);
        if self.write.is_unbound() {
            self.out.write(data);
        } else {
            flush(interp, &mut self.out, &self.write)?;
            interp.call(&self.write, &[Value::bytes(data)])?;
        }
        self.out.has_frames = has_frames;
        Ok(())
    }

    pub(super) fn bytes_data(&mut self, interp: &mut dyn Interpreter, data: &[u8]) -> Result<(), Raised> {
        let longest = Some(op::BINBYTES8).filter(|_| self.protocol() >= 4);
        let ops = [Some(op::SHORT_BINBYTES), Some(op::BINBYTES), longest];
        self.counted(interp, ops, data, "bytes object")
    }

    pub(super) fn bytes(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let data = object.as_bytes().unwrap_or_default();
        if self.protocol() >= 3 {
            self.bytes_data(interp, data)?;
            self.memoize(&object);
            return Ok(());
        }
        if data.is_empty() {
            let class = interp.core(CoreType::Bytes);
            return self.call(interp, class, Vec::new(), object);
        }
        let text: String = data.iter().map(|byte| *byte as char).collect();
        let encode = from_module(interp, "codecs", "encode")?;
        self.call(interp, encode, vec![Value::str(&text), intern("latin1")], object)
    }

    pub(super) fn byte_array(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let data = Array::data(&object).map(|data| data.to_vec()).unwrap_or_default();
        if self.protocol() < 5 {
            let class = interp.class_of(&object);
            let args = if data.is_empty() { Vec::new() } else { vec![Value::bytes(data)] };
            return self.call(interp, class, args, object);
        }
        self.counted(interp, [None, None, Some(op::BYTEARRAY8)], &data, "bytearray")?;
        self.memoize(&object);
        Ok(())
    }

    pub(super) fn buffer(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        if self.protocol() < 5 {
            return Err(pickling_error(interp, "PickleBuffer can only be pickled with protocol >= 5"));
        }
        let view = inner(interp, &object)?;
        if !is_contiguous(interp, &view)? {
            let message = "PickleBuffer can not be pickled when pointing to a non-contiguous buffer";
            return Err(pickling_error(interp, message));
        }
        let callback = self.pickler.buffer_callback.borrow().clone();
        let is_inside = match callback.given_some() {
            Some(callback) => {
                let answer = interp.call(callback, std::slice::from_ref(&object))?;
                interp.truth(&answer)?
            }
            None => true,
        };
        let is_readonly = interp.attribute(&view, "readonly")?;
        let is_readonly = interp.truth(&is_readonly)?;
        if !is_inside {
            self.out.op(op::NEXT_BUFFER);
            if is_readonly {
                self.out.op(op::READONLY_BUFFER);
            }
            return Ok(());
        }
        let data = content(&view).map(|data| data.to_vec()).unwrap_or_default();
        if is_readonly {
            self.bytes_data(interp, &data)?;
        } else {
            self.counted(interp, [None, None, Some(op::BYTEARRAY8)], &data, "bytearray")?;
        }
        self.memoize(&object);
        Ok(())
    }

    pub(super) fn text(&mut self, interp: &mut dyn Interpreter, object: Value) -> Result<(), Raised> {
        let text = object.as_str().unwrap_or_default();
        if self.is_binary() {
            let short = Some(op::SHORT_BINUNICODE).filter(|_| self.protocol() >= 4);
            let longest = Some(op::BINUNICODE8).filter(|_| self.protocol() >= 4);
            let data = match encode(text, Encoding::Utf8, "surrogatepass") {
                Ok(data) => data,
                Err(fault) => return Err(fault.raise(&object, interp)),
            };
            self.counted(interp, [short, Some(op::BINUNICODE), longest], &data, "string")?;
        } else {
            let mut line = vec![op::UNICODE];
            push_escaped(&mut line, text);
            line.push(b'\n');
            self.out.write(&line);
        }
        self.memoize(&object);
        Ok(())
    }
}

/// A text in protocol 0: Latin-1 and escapes.
fn push_escaped(line: &mut Vec<u8>, text: &str) {
    for character in text.chars() {
        let code = crate::object::surrogate::code(character);
        match code {
            0x5c | 0 | 0x0a | 0x0d | 0x1a | 0x100..=0xffff => {
                line.extend_from_slice(format!("\\u{code:04x}").as_bytes());
            }
            0x1_0000.. => line.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
            _ => line.push(code as u8),
        }
    }
}
