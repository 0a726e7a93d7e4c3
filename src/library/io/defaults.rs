//! What `RawIOBase` and `BufferedIOBase` make of the few methods that a script's own stream has.

use super::base::{size_argument, unsupported};
use super::channel::BUFFER_SIZE;
use crate::library::types::bytes::bytearray::ByteArray;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeRow, Raised, Value};

pub static RAW: &[NativeRow] = &[
    native("read", "size=-1, /", raw_read, "Read up to size bytes."),
    native("readall", "", read_all, "Read until EOF, using multiple read() call."),
    native("readinto", "*args", |i, _| Err(not_implemented(i)), "Read bytes into a buffer; how many."),
    native(
        "write",
        "*args",
        |i, _| Err(not_implemented(i)),
        "Write the buffer to the raw stream; how many bytes.",
    ),
];

pub static TEXT: &[NativeRow] = &[
    native(
        "detach",
        "",
        |i, _| Err(unsupported(i, "detach")),
        "Separate the underlying buffer and return it.",
    ),
    native(
        "read",
        "size=-1, /",
        |i, _| Err(unsupported(i, "read")),
        "Read at most size characters from stream.",
    ),
    native("readline", "size=-1, /", |i, _| Err(unsupported(i, "readline")), "Read until newline or EOF."),
    native("write", "s, /", |i, _| Err(unsupported(i, "write")), "Write string s to stream."),
];

pub static TEXT_GETTERS: &[GetterRow] = &[
    getter("encoding", |_, _| Ok(Value::NONE), "Encoding of the text stream."),
    getter("errors", |_, _| Ok(Value::NONE), "The error setting of the decoder or encoder."),
    getter("newlines", |_, _| Ok(Value::NONE), "Line endings translated so far."),
];

#[cold]
fn not_implemented(interp: &mut dyn Interpreter) -> Raised {
    interp.raise_args(crate::object::CoreType::NotImplementedError, &[])
}

pub static BUFFERED: &[NativeRow] = &[
    native("detach", "", |i, _| Err(unsupported(i, "detach")), "Disconnect this buffer from its raw stream."),
    native("read", "size=-1, /", |i, _| Err(unsupported(i, "read")), "Read and return up to n bytes."),
    native("read1", "size=-1, /", |i, _| Err(unsupported(i, "read1")), "Read and return up to size bytes."),
    native("readinto", "buffer, /", |i, a| read_into(i, a, "read"), "Read bytes into a buffer."),
    native("readinto1", "buffer, /", |i, a| read_into(i, a, "read1"), "Read bytes into a buffer at once."),
    native("write", "b, /", |i, _| Err(unsupported(i, "write")), "Write buffer b to the IO stream."),
];

/// `RawIOBase.read`, by way of `readinto`.
fn raw_read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(size) = size_argument(interp, &args[1])? else {
        return interp.call_method(&args[0], "readall", &[]);
    };
    let mut room = Vec::new();
    if room.try_reserve_exact(size).is_err() {
        return Err(interp.raise_args(crate::object::CoreType::MemoryError, &[]));
    }
    room.resize(size, 0);
    let buffer = Value::object(ByteArray::new(room));
    let count = interp.call_method(&args[0], "readinto", std::slice::from_ref(&buffer))?;
    if count.is_none() {
        return Ok(Value::NONE);
    }
    let count = interp.expect_int(&count)?;
    let filled = buffer.downcast::<ByteArray>().map(|buffer| buffer.content().to_vec()).unwrap_or_default();
    match usize::try_from(count).ok().and_then(|count| filled.get(..count)) {
        Some(data) => Ok(Value::bytes(data)),
        None => {
            Err(interp
                .value_error(&format!("readinto returned {count} outside buffer size {}", filled.len())))
        }
    }
}

/// `RawIOBase.readall`, by way of `read`.
fn read_all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut all = Vec::new();
    loop {
        let part = interp.call_method(&args[0], "read", &[Value::int(BUFFER_SIZE as i64)])?;
        if part.is_none() {
            // Nothing is there yet.
            return Ok(if all.is_empty() { Value::NONE } else { Value::bytes(all) });
        }
        let Some(data) = part.bytes_like() else {
            return Err(interp.type_error("read() should return bytes"));
        };
        if data.is_empty() {
            return Ok(Value::bytes(all));
        }
        reserve(interp, &mut all, data.len())?;
        all.extend_from_slice(data);
    }
}

fn reserve(interp: &mut dyn Interpreter, all: &mut Vec<u8>, count: usize) -> Result<(), Raised> {
    match all.try_reserve(count) {
        Ok(()) => Ok(()),
        Err(_) => Err(interp.raise_args(crate::object::CoreType::MemoryError, &[])),
    }
}

/// `BufferedIOBase.readinto` and `readinto1`, by way of `method`.
fn read_into(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    let room = interp.length(&args[1])?;
    let part = interp.call_method(&args[0], method, &[Value::int(room as i64)])?;
    let Some(data) = part.bytes_like() else {
        return Err(interp.type_error(&format!("{method}() should return bytes")));
    };
    let count = data.len();
    if count > room {
        let text = format!("{method}() returned too much data: {room} bytes requested, {count} returned");
        return Err(interp.value_error(&text));
    }
    let slice = interp.core(crate::object::CoreType::Slice);
    let start = interp.call(&slice, &[Value::int(count as i64)])?;
    interp.set_item(&args[1], &start, &part)?;
    Ok(Value::int(count as i64))
}
