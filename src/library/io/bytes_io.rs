//! `io.BytesIO`: a binary stream in memory.

use super::base::{BUFFERED_IO_BASE, bytes_argument, limit_argument, size_argument, size_or_position};
use super::binary::{seek_arguments, store_bytes};
use super::string_io::{own_attributes, set_attributes};
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::text::check_room;
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// A binary stream in memory.
#[derive(Default)]
pub struct BytesIo {
    /// Nothing once closed.
    state: RefCell<Option<State>>,
}

#[derive(Default)]
struct State {
    data: Vec<u8>,
    /// It may lie behind the end.
    position: usize,
}

pub static BYTES_IO: TypeSpec = TypeSpec {
    name: "BytesIO",
    module: "_io",
    doc: "Buffered I/O implementation using an in-memory bytes buffer.",
    base: Some(&BUFFERED_IO_BASE),
    subclassable: true,
    native_next: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, _| Ok(Value::object(BytesIo::default())),
        "A stream without data.",
    )
    .as_new(),
    native(
        "__init__",
        "initial_bytes=None",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__enter__", "", enter, "Context management protocol."),
    native("__exit__", "*args", close, "Context management protocol.  Calls close()."),
    native("__getstate__", "", get_state, ""),
    native("__setstate__", "state, /", set_state, ""),
    native("close", "", close, "Disable all I/O operations."),
    native("flush", "", |i, a| with(i, a, "flush", |_| Value::NONE), "Does nothing."),
    native("getbuffer", "", getvalue, "The contents of the BytesIO object."),
    native("getvalue", "", getvalue, "Retrieve the entire contents of the BytesIO object."),
    native("isatty", "", |i, a| with(i, a, "isatty", |_| Value::FALSE), "Always returns False."),
    native("read", "size=-1, /", read, "Read at most size bytes, returned as a bytes object."),
    native("read1", "size=-1, /", read, "Read at most size bytes, returned as a bytes object."),
    native(
        "readable",
        "",
        |i, a| with(i, a, "readable", |_| Value::TRUE),
        "Returns True if the IO object can be read.",
    ),
    native("readinto", "buffer, /", readinto, "Read bytes into buffer."),
    native("readline", "size=-1, /", readline, "Next line from the file, as a bytes object."),
    native("seek", "pos, whence=0, /", seek, "Change stream position."),
    native(
        "seekable",
        "",
        |i, a| with(i, a, "seekable", |_| Value::TRUE),
        "Returns True if the IO object can be seeked.",
    ),
    native(
        "tell",
        "",
        |i, a| with(i, a, "tell", |state| Value::int(state.position as i64)),
        "Current file position, an integer.",
    ),
    native("truncate", "size=None, /", truncate, "Truncate the file to at most size bytes."),
    native(
        "writable",
        "",
        |i, a| with(i, a, "writable", |_| Value::TRUE),
        "Returns True if the IO object can be written.",
    ),
    native("write", "b, /", write, "Write bytes to file."),
];

static GETTERS: &[GetterRow] = &[getter("closed", closed, "Whether the stream is closed.")];

impl Traverse for BytesIo {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for BytesIo {
    fn spec(&self) -> &'static TypeSpec {
        &BYTES_IO
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let line = self.with(interp, |state| state.take_line(usize::MAX))?;
        Ok(if line.is_empty() { None } else { Some(Value::bytes(line)) })
    }
}

impl State {
    /// At most `count` bytes from the position.
    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let taken = rest[..count.min(rest.len())].to_vec();
        self.position += taken.len();
        taken
    }

    fn take_line(&mut self, limit: usize) -> Vec<u8> {
        let rest = self.data.get(self.position..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |place| place + 1);
        self.take(length.min(limit))
    }
}

impl BytesIo {
    /// Do something with the state; ValueError once closed.
    fn with<R>(&self, interp: &mut dyn Interpreter, f: impl FnOnce(&mut State) -> R) -> Result<R, Raised> {
        match &mut *self.state.borrow_mut() {
            Some(state) => Ok(f(state)),
            None => Err(interp.value_error("I/O operation on closed file.")),
        }
    }
}

/// The stream that the method `method` is called on.
fn expect_stream<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v BytesIo, Raised> {
    match this.downcast::<BytesIo>() {
        Some(stream) => Ok(stream),
        None => Err(wrong_receiver(interp, "_io.BytesIO", method, this)),
    }
}

fn with<R>(
    interp: &mut dyn Interpreter,
    args: &[Value],
    method: &str,
    f: impl FnOnce(&mut State) -> R,
) -> Result<R, Raised> {
    expect_stream(interp, &args[0], method)?.with(interp, f)
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "__init__")?;
    let data = match args[1].given_some() {
        Some(initial) => bytes_argument(interp, initial)?,
        None => Vec::new(),
    };
    stream.state.replace(Some(State { data, position: 0 }));
    Ok(Value::NONE)
}

fn get_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (data, position) = with(interp, args, "__getstate__", |state| {
        (Value::bytes(&state.data[..]), Value::int(state.position as i64))
    })?;
    Ok(Value::tuple(vec![data, position, own_attributes(&args[0])]))
}

fn set_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some([data, position, attributes]) = args[1].tuple_like() else {
        let class = interp.type_name(&args[0]);
        let found = interp.type_name(&args[1]);
        let message = format!("{class}.__setstate__ argument should be 3-tuple, got {found}");
        return Err(interp.type_error(&message));
    };
    init(interp, &[args[0].clone(), data.clone()])?;
    let position = interp.expect_int(position)?;
    let Ok(position) = usize::try_from(position) else {
        return Err(interp.value_error("position value cannot be negative"));
    };
    with(interp, args, "__setstate__", |state| state.position = position)?;
    set_attributes(interp, &args[0], attributes)?;
    Ok(Value::NONE)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    with(interp, args, "__enter__", |_| ())?;
    Ok(args[0].clone())
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "close")?.state.take();
    Ok(Value::NONE)
}

fn closed(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(Value::bool(expect_stream(interp, this, "closed")?.state.borrow().is_none()))
}

fn getvalue(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    with(interp, args, "getvalue", |state| Value::bytes(state.data.as_slice()))
}

fn read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = size_argument(interp, &args[1])?.unwrap_or(usize::MAX);
    with(interp, args, "read", |state| Value::bytes(state.take(size)))
}

fn readinto(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let room = interp.length(&args[1])?;
    let bytes = with(interp, args, "readinto", |state| state.take(room))?;
    store_bytes(interp, &args[1], bytes)
}

fn readline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = limit_argument(interp, &args[1])?;
    with(interp, args, "readline", |state| Value::bytes(state.take_line(limit)))
}

fn seek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (offset, whence) = seek_arguments(interp, &args[1], &args[2])?;
    let (length, position) = with(interp, args, "seek", |state| (state.data.len(), state.position))?;
    let base = match whence {
        0 if offset < 0 => return Err(interp.value_error(&format!("negative seek value {offset}"))),
        0 => 0,
        1 => position as i64,
        2 => length as i64,
        _ => {
            let message = format!("invalid whence ({whence}, should be 0, 1 or 2)");
            return Err(interp.value_error(&message));
        }
    };
    let place = base.saturating_add(offset).max(0);
    with(interp, args, "seek", |state| state.position = place as usize)?;
    Ok(Value::int(place))
}

fn truncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = size_or_position(interp, &args[1])?;
    let position = with(interp, args, "truncate", |state| state.position as i64)?;
    let size = size.unwrap_or(position);
    let Ok(length) = usize::try_from(size) else {
        return Err(interp.value_error(&format!("negative size value {size}")));
    };
    with(interp, args, "truncate", |state| state.data.truncate(length))?;
    Ok(Value::int(size))
}

fn write(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    with(interp, args, "write", |_| ())?;
    let bytes = bytes_argument(interp, &args[1])?;
    let end = with(interp, args, "write", |state| state.position.saturating_add(bytes.len()))?;
    check_room(end).map_err(|fault| fault.raise(interp))?;
    with(interp, args, "write", |state| {
        if bytes.is_empty() {
            return;
        }
        if end > state.data.len() {
            state.data.resize(end, 0);
        }
        state.data[state.position..end].copy_from_slice(&bytes);
        state.position = end;
    })?;
    Ok(Value::int(bytes.len() as i64))
}
