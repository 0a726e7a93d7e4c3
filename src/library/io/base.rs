//! The abstract classes of streams (`_io._IOBase` and its kinds), what all streams share, and
//! how operations of the system are tried and reported.

use super::channel::{Channel, SharedChannel, is_interrupted, is_not_ready};
use super::error::io_error;
use crate::event_loop::threads::{self, Waiting};
use crate::library::types::bytes::buffer::contiguous;
use crate::library::types::receiver::wrong_receiver;
use crate::object::class::NativeBase;
use crate::object::heap::Traverse;
use crate::object::sequence::has_method;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::Cell;
use std::io;
use std::sync::Arc;

pub static IO_BASE: TypeSpec = TypeSpec {
    name: "_IOBase",
    module: "_io",
    doc: "The abstract base class for all I/O classes.",
    subclassable: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

pub static RAW_IO_BASE: TypeSpec = TypeSpec {
    name: "_RawIOBase",
    module: "_io",
    doc: "Base class for raw binary I/O.",
    base: Some(&IO_BASE),
    subclassable: true,
    methods: super::defaults::RAW,
    ..TypeSpec::EMPTY
};

pub static BUFFERED_IO_BASE: TypeSpec = TypeSpec {
    name: "_BufferedIOBase",
    module: "_io",
    doc: "Base class for buffered IO objects.",
    base: Some(&IO_BASE),
    subclassable: true,
    methods: super::defaults::BUFFERED,
    ..TypeSpec::EMPTY
};

pub static TEXT_IO_BASE: TypeSpec = TypeSpec {
    name: "_TextIOBase",
    module: "_io",
    doc: "Base class for text I/O.",
    base: Some(&IO_BASE),
    subclassable: true,
    methods: super::defaults::TEXT,
    getters: super::defaults::TEXT_GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, args| Ok(Value::object(PlainStream { spec: spec_of(&args[0]), is_closed: Cell::new(false) })),
        "A stream without content.",
    )
    .as_new(),
    native("__del__", "", |_, _| Ok(Value::NONE), "Called when the stream is freed."),
    native("__enter__", "", enter, "Context management protocol.  Returns self (an instance of IOBase)."),
    native("__exit__", "*args", exit, "Context management protocol.  Calls close()."),
    native("__iter__", "", enter, "Implement iter(self)."),
    native("__next__", "", next, "Implement next(self)."),
    native(
        "close",
        "",
        close,
        "Flush and close the IO object.\n\nThis method has no effect if the file is already closed.",
    ),
    native(
        "fileno",
        "",
        |i, _| Err(unsupported(i, "fileno")),
        "Return underlying file descriptor if one exists.",
    ),
    native("flush", "", flush, "Flush write buffers, if applicable."),
    native(
        "isatty",
        "",
        |i, a| check_open(i, &a[0]).map(|()| Value::FALSE),
        "Return whether this is an 'interactive' stream.",
    ),
    native("readable", "", |_, _| Ok(Value::FALSE), "Return whether object was opened for reading."),
    native("readline", "size=-1, /", readline, "Read and return a line from the stream."),
    native("readlines", "hint=-1, /", readlines, "Return a list of lines from the stream."),
    native(
        "seek",
        "offset, whence=0, /",
        |i, _| Err(unsupported(i, "seek")),
        "Change the stream position to the given byte offset.",
    ),
    native("seekable", "", |_, _| Ok(Value::FALSE), "Return whether object supports random access."),
    native(
        "tell",
        "",
        |i, a| i.call_method(&a[0], "seek", &[Value::int(0), Value::int(1)]),
        "Return current stream position.",
    ),
    native(
        "truncate",
        "size=None, /",
        |i, _| Err(unsupported(i, "truncate")),
        "Truncate file to size bytes.",
    ),
    native("writable", "", |_, _| Ok(Value::FALSE), "Return whether object was opened for writing."),
    native("writelines", "lines, /", writelines, "Write a list of lines to stream."),
];

static GETTERS: &[GetterRow] = &[getter("closed", closed, "Whether the stream is closed.")];

/// What instances of a script's own stream class wrap.
struct PlainStream {
    spec: &'static TypeSpec,
    is_closed: Cell<bool>,
}

/// The class of streams among the bases of a class.
pub fn spec_of(class: &Value) -> &'static TypeSpec {
    match class.as_type().and_then(|class| class.native_base) {
        Some(NativeBase::Spec(spec)) => spec,
        _ => &IO_BASE,
    }
}

impl Traverse for PlainStream {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for PlainStream {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// `io.UnsupportedOperation`, raised.
#[cold]
pub fn unsupported(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let exception = interp
        .import("io")
        .and_then(|module| interp.attribute(&module, "UnsupportedOperation"))
        .and_then(|class| interp.call(&class, &[Value::str(message)]));
    match exception.and_then(|exception| interp.to_raised(&exception)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// ValueError if `stream.closed`.
fn check_open(interp: &mut dyn Interpreter, stream: &Value) -> Result<(), Raised> {
    let closed = interp.attribute(stream, "closed")?;
    if interp.truth(&closed)? {
        return Err(interp.value_error("I/O operation on closed file."));
    }
    Ok(())
}

/// Do something with a channel; again if a signal came in between, unless its handler raised.
pub fn attempt<T>(
    interp: &mut dyn Interpreter,
    channel: &SharedChannel,
    mut operation: impl FnMut(&mut Channel) -> io::Result<T>,
) -> Result<T, Raised> {
    loop {
        let outcome = operation(&mut channel.borrow_mut());
        match outcome {
            Ok(value) => return Ok(value),
            Err(error) if is_interrupted(&error) => interp.poll()?,
            Err(error) if is_not_ready(&error) => {
                let waitable = channel.borrow().waitable();
                let waitable = waitable.map_err(|error| io_error(interp, &error, None))?;
                threads::block(interp, None, Waiting::readable(Arc::new(waitable)))?;
            }
            Err(error) => return Err(io_error(interp, &error, None)),
        }
    }
}

/// The bytes of a bytes-like argument.
pub fn bytes_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Vec<u8>, Raised> {
    if let Some(bytes) = value.bytes_like() {
        return Ok(bytes.to_vec());
    }
    if let Some(data) = contiguous(interp, value)? {
        return Ok(data.to_vec());
    }
    let name = interp.type_name(value);
    if matches!(name.as_str(), "bytearray" | "memoryview" | "array.array")
        || has_method(interp, value, "__buffer__")
    {
        let class = interp.core(CoreType::Bytes);
        let bytes = interp.call(&class, std::slice::from_ref(value))?;
        return Ok(bytes.bytes_like().unwrap_or_default().to_vec());
    }
    Err(interp.type_error(&format!("a bytes-like object is required, not '{name}'")))
}

/// The argument of `read`: how many; `None` for everything.
pub fn size_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<usize>, Raised> {
    if !is_some_integer(interp, value)? {
        return Ok(None);
    }
    match interp.index(value)?.as_int_or_bool() {
        Some(size) => Ok(usize::try_from(size).ok()),
        None => Err(crate::object::sequence::too_large(interp, value)),
    }
}

/// The argument of `truncate`; `None` for the position of the stream.
pub fn size_or_position(interp: &mut dyn Interpreter, value: &Value) -> Result<Option<i64>, Raised> {
    if !is_some_integer(interp, value)? {
        return Ok(None);
    }
    interp.expect_int(value).map(Some)
}

/// Whether there is an argument at all; TypeError if it is no integer.
fn is_some_integer(interp: &mut dyn Interpreter, value: &Value) -> Result<bool, Raised> {
    if value.given_some().is_none() {
        return Ok(false);
    }
    if value.as_int().is_none() && !crate::object::sequence::has_index(interp, value) {
        let name = interp.type_name(value);
        return Err(interp.type_error(&format!("argument should be integer or None, not '{name}'")));
    }
    Ok(true)
}

/// The argument of `readline`: at most how many; all of the line if negative.
pub fn limit_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<usize, Raised> {
    Ok(match value.given_some() {
        Some(value) => usize::try_from(interp.expect_int(value)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    })
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_open(interp, &args[0])?;
    Ok(args[0].clone())
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.call_method(&args[0], "close", &[])
}

fn next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let line = interp.call_method(&args[0], "readline", &[])?;
    if interp.length(&line)? == 0 {
        return Err(interp.raise_args(CoreType::StopIteration, &[]));
    }
    Ok(line)
}

fn plain<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v PlainStream, Raised> {
    match args[0].downcast::<PlainStream>() {
        Some(stream) => Ok(stream),
        None => Err(wrong_receiver(interp, "_io._IOBase", method, &args[0])),
    }
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = plain(interp, args, "close")?;
    if stream.is_closed.get() {
        return Ok(Value::NONE);
    }
    let outcome = interp.call_method(&args[0], "flush", &[]);
    stream.is_closed.set(true);
    outcome.map(|_| Value::NONE)
}

fn closed(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let stream = plain(interp, std::slice::from_ref(this), "closed")?;
    Ok(Value::bool(stream.is_closed.get()))
}

fn flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_open(interp, &args[0])?;
    Ok(Value::NONE)
}

/// A line, by reading byte after byte.
fn readline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = limit_argument(interp, &args[1])?;
    let mut line = Vec::new();
    while line.len() < limit {
        let read = interp.call_method(&args[0], "read", &[Value::int(1)])?;
        let Some(bytes) = read.bytes_like() else {
            let name = interp.type_name(&read);
            let message = format!("read() should have returned a bytes object, not '{name}'");
            return Err(interp.raise(CoreType::OSError, &message));
        };
        line.extend_from_slice(bytes);
        if bytes.is_empty() || bytes.ends_with(b"\n") {
            break;
        }
    }
    Ok(Value::bytes(line))
}

fn readlines(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let hint = limit_argument(interp, &args[1])?;
    let hint = if hint == 0 { usize::MAX } else { hint };
    let iterator = interp.iter(&args[0])?;
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = interp.next(&iterator)? {
        total += interp.length(&line)?;
        lines.push(line);
        if total > hint {
            break;
        }
    }
    Ok(Value::list(lines))
}

fn writelines(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_open(interp, &args[0])?;
    let write = interp.get_attr(&args[0], &intern("write"))?;
    let iterator = interp.iter(&args[1])?;
    while let Some(line) = interp.next(&iterator)? {
        interp.call(&write, &[line])?;
    }
    Ok(Value::NONE)
}
