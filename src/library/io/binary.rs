//! Binary files: the classes `FileIO`, `BufferedReader`, `BufferedWriter` and `BufferedRandom`,
//! one kind of object behind all of them.

use super::base::{
    BUFFERED_IO_BASE, RAW_IO_BASE, attempt, bytes_argument, limit_argument, size_argument, spec_of,
    unsupported,
};
use super::channel::{BUFFER_SIZE, SharedChannel, Source, share};
use super::delegate::{self, Delegate, either, either_attribute, native_stream, plain_binary};
use super::open::{Access, open_file};
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, native, property};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::io::SeekFrom;
use std::ops::Deref;
use std::rc::Rc;

/// Which class of binary file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Raw,
    Reader,
    Writer,
    Random,
}

/// A binary file.
pub struct BinaryFile {
    pub channel: SharedChannel,
    pub kind: Kind,
    pub access: Access,
    /// `name`: what it was opened with.
    /// Shared by the raw file and its buffers.
    pub name: Rc<RefCell<Value>>,
    /// Whether closing the object closes the file of the system.
    pub owns: bool,
    is_detached: Cell<bool>,
}

macro_rules! buffered {
    ($spec:ident, $name:literal, $doc:literal) => {
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            module: "_io",
            doc: $doc,
            base: Some(&BUFFERED_IO_BASE),
            subclassable: true,
            native_next: true,
            methods: METHODS,
            getters: GETTERS,
            ..TypeSpec::EMPTY
        };
    };
}

buffered!(
    BUFFERED_READER,
    "BufferedReader",
    "Create a new buffered reader using the given readable raw IO object."
);
buffered!(BUFFERED_WRITER, "BufferedWriter", "A buffer for a writeable sequential RawIO object.");
buffered!(BUFFERED_RANDOM, "BufferedRandom", "A buffered interface to random access streams.");

pub static FILE_IO: TypeSpec = TypeSpec {
    name: "FileIO",
    module: "_io",
    doc: "Open a file.",
    base: Some(&RAW_IO_BASE),
    subclassable: true,
    native_next: true,
    methods: &[
        native("__new__", "*args, **kwargs", |_, _| delegate::empty(&FILE_IO), "Open a file.").as_new(),
        native(
            "__init__",
            "file, mode='r', closefd=True, opener=None",
            init_raw,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        native("__repr__", "", repr, "Return repr(self)."),
        native("close", "", close, "Close the file."),
        native("fileno", "", fileno, "Return the underlying file descriptor (an integer)."),
        native("flush", "", flush, "Flush write buffers, if applicable."),
        native("isatty", "", isatty, "True if the file is connected to a TTY device."),
        native("read", "size=-1, /", read_raw, "Read at most size bytes, returned as bytes."),
        native("readable", "", readable, "True if file was opened in a read mode."),
        native("readall", "", read_all, "Read all data from the file, returned as bytes."),
        native("readinto", "buffer, /", readinto, "Same as RawIOBase.readinto()."),
        native("readline", "size=-1, /", readline, "Read and return a line from the stream."),
        native("seek", "pos, whence=0, /", seek, "Move to new file position and return the file position."),
        native("seekable", "", seekable, "True if file supports random-access."),
        native("tell", "", tell, "Current file position."),
        native(
            "truncate",
            "size=None, /",
            truncate,
            "Truncate the file to at most size bytes and return the truncated size.",
        ),
        native("writable", "", writable, "True if file was opened in a write mode."),
        native("write", "b, /", write, "Write buffer b to file, return number of bytes written."),
    ],
    getters: &[
        getter("closed", closed, "True if the file is closed"),
        getter(
            "closefd",
            |i, this| Ok(Value::bool(expect_file(i, this, "closefd")?.owns)),
            "True if the file descriptor will be closed by close().",
        ),
        getter("mode", mode, "String giving the file mode"),
        property("name", name, set_name, "What the file was opened with."),
    ],
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, args| delegate::empty(spec_of(&args[0])),
        "A buffer without a file.",
    )
    .as_new(),
    native(
        "__init__",
        "raw, buffer_size=8192",
        init_buffered,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native(
        "detach",
        "",
        |i, a| either(i, a, "detach", detach),
        "Disconnect this buffer from its underlying raw stream and return it.",
    ),
    native("__repr__", "", |i, a| either(i, a, "__repr__", repr), "Return repr(self)."),
    native("close", "", |i, a| either(i, a, "close", close), "Flush and close the file."),
    native("fileno", "", |i, a| either(i, a, "fileno", fileno), "Return underlying file descriptor."),
    native("flush", "", |i, a| either(i, a, "flush", flush), "Write out what is buffered."),
    native(
        "isatty",
        "",
        |i, a| either(i, a, "isatty", isatty),
        "Return whether this is an 'interactive' stream.",
    ),
    native(
        "peek",
        "size=0, /",
        |i, a| either(i, a, "peek", peek),
        "Bytes from the buffer without advancing the position.",
    ),
    native("read", "size=-1, /", |i, a| either(i, a, "read", read), "Read and return up to n bytes."),
    native(
        "read1",
        "size=-1, /",
        |i, a| either(i, a, "read1", read1),
        "Read and return up to size bytes, with at most one read() call to the underlying raw stream.",
    ),
    native(
        "readable",
        "",
        |i, a| either(i, a, "readable", readable),
        "Return whether object was opened for reading.",
    ),
    native(
        "readinto",
        "buffer, /",
        |i, a| either(i, a, "readinto", readinto),
        "Read bytes into a buffer; how many.",
    ),
    native(
        "readinto1",
        "buffer, /",
        |i, a| either(i, a, "readinto1", readinto),
        "Read bytes into a buffer; how many.",
    ),
    native(
        "readline",
        "size=-1, /",
        |i, a| either(i, a, "readline", readline),
        "Read and return a line from the stream.",
    ),
    native("seek", "target, whence=0, /", |i, a| either(i, a, "seek", seek), "Change the stream position."),
    native(
        "seekable",
        "",
        |i, a| either(i, a, "seekable", seekable),
        "Return whether object supports random access.",
    ),
    native("tell", "", |i, a| either(i, a, "tell", tell), "Return current stream position."),
    native(
        "truncate",
        "pos=None, /",
        |i, a| either(i, a, "truncate", truncate),
        "Truncate file to size bytes.",
    ),
    native(
        "writable",
        "",
        |i, a| either(i, a, "writable", writable),
        "Return whether object was opened for writing.",
    ),
    native(
        "write",
        "buffer, /",
        |i, a| either(i, a, "write", write),
        "Write the given buffer to the IO stream.",
    ),
];

static GETTERS: &[GetterRow] = &[
    getter("closed", |i, this| either_attribute(i, this, "closed", closed), "Whether the file is closed."),
    getter("mode", |i, this| either_attribute(i, this, "mode", mode), "How the file was opened."),
    getter("name", |i, this| either_attribute(i, this, "name", name), "What the file was opened with."),
    getter("raw", |i, this| either_attribute(i, this, "raw", raw), "The file without buffer."),
];

impl Traverse for BinaryFile {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name.borrow());
    }

    fn clear(&self) {}
}

impl NativeObject for BinaryFile {
    fn spec(&self) -> &'static TypeSpec {
        match self.kind {
            Kind::Raw => &FILE_IO,
            Kind::Reader => &BUFFERED_READER,
            Kind::Writer => &BUFFERED_WRITER,
            Kind::Random => &BUFFERED_RANDOM,
        }
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn next(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let line = self.line(interp, usize::MAX, this)?;
        Ok(if line.is_empty() { None } else { Some(Value::bytes(line)) })
    }
}

impl BinaryFile {
    /// A file object on a channel.
    pub fn value(channel: SharedChannel, kind: Kind, access: Access, name: Value, owns: bool) -> Value {
        Value::object(BinaryFile {
            channel,
            kind,
            access,
            name: Rc::new(RefCell::new(name)),
            owns,
            is_detached: Cell::new(false),
        })
    }

    /// The same file as an object of another kind.
    fn as_kind(&self, kind: Kind) -> Value {
        let (channel, name) = (self.channel.clone(), self.name.clone());
        Value::object(BinaryFile {
            channel,
            kind,
            access: self.access,
            name,
            owns: self.owns,
            is_detached: Cell::new(false),
        })
    }

    pub fn is_closed(&self) -> bool {
        self.channel.borrow().is_closed()
    }

    /// ValueError if the file is closed.
    fn check_open(&self, interp: &mut dyn Interpreter, operation: &str) -> Result<(), Raised> {
        if !self.is_closed() {
            return Ok(());
        }
        Err(interp.value_error(&match self.kind {
            Kind::Raw => "I/O operation on closed file".to_owned(),
            _ => format!("{operation} closed file"),
        }))
    }

    fn check_readable(&self, interp: &mut dyn Interpreter, operation: &str) -> Result<(), Raised> {
        if self.access.reads {
            return self.check_open(interp, operation);
        }
        Err(match self.kind {
            Kind::Raw => unsupported(interp, "File not open for reading"),
            _ => unsupported(interp, "read"),
        })
    }

    fn line(&self, interp: &mut dyn Interpreter, limit: usize, _: &Value) -> Result<Vec<u8>, Raised> {
        self.check_readable(interp, "readline of")?;
        attempt(interp, &self.channel, |channel| channel.read_line(limit))
    }

    fn mode_text(&self) -> &'static str {
        let Access { reads, writes, appends, creates, .. } = self.access;
        match (creates, appends, reads, writes) {
            (true, _, true, _) => "xb+",
            (true, _, false, _) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, false, _) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }
}

/// A file that is held while a method works.
struct Held(Value);

impl Deref for Held {
    type Target = BinaryFile;

    fn deref(&self) -> &BinaryFile {
        self.0.downcast::<BinaryFile>().expect("nothing else is ever held")
    }
}

/// The file that the method `method` is called on.
fn expect_file(interp: &mut dyn Interpreter, this: &Value, method: &str) -> Result<Held, Raised> {
    match native_stream::<BinaryFile>(interp, this)?.map(Held) {
        Some(file) if file.is_detached.get() => Err(interp.value_error("raw stream has been detached")),
        Some(file) => Ok(file),
        None => Err(wrong_receiver(interp, "_io.BufferedReader", method, this)),
    }
}

fn init_raw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mode = interp.expect_str_argument(&args[2], "FileIO() argument 'mode'")?;
    let access = Access::parse(interp, mode)?;
    let file = open_file(interp, &args[1], access, Kind::Raw, 0, &args[3], &args[4])?;
    delegate::fill(interp, &args[0], file)
}

fn init_buffered(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = args[0].downcast::<Delegate>().map_or(&BUFFERED_READER, Delegate::spec).name;
    let kind = match class {
        "BufferedWriter" => Kind::Writer,
        "BufferedRandom" => Kind::Random,
        _ => Kind::Reader,
    };
    let plain = plain_binary(&args[1]);
    let raw = plain.as_ref().and_then(|file| file.downcast::<BinaryFile>());
    let Some(raw) = raw.filter(|file| file.kind == Kind::Raw) else {
        let buffer = delegate::scripted_stream(interp, class, &args[1..])?;
        return delegate::fill(interp, &args[0], buffer);
    };
    if kind != Kind::Writer && !raw.access.reads {
        return Err(unsupported(interp, "File or stream is not readable."));
    }
    if kind != Kind::Reader && !raw.access.writes {
        return Err(unsupported(interp, "File or stream is not writable."));
    }
    let capacity = interp.expect_int(&args[2])?;
    if capacity <= 0 {
        return Err(interp.value_error("buffer size must be strictly positive"));
    }
    raw.channel.borrow_mut().set_capacity(capacity as usize);
    let file = raw.as_kind(kind);
    delegate::fill(interp, &args[0], file)
}

fn detach(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "detach")?;
    let file = &*file;
    if file.access.writes {
        attempt(interp, &file.channel, |channel| channel.flush())?;
    }
    file.is_detached.set(true);
    Ok(file.as_kind(Kind::Raw))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "__repr__")?;
    let class = file.spec().name;
    if file.kind == Kind::Raw && file.is_closed() {
        return Ok(Value::str("<_io.FileIO [closed]>"));
    }
    let name = file.name.borrow().clone();
    let name = interp.repr(&name)?;
    let name = name.str_like().unwrap_or_default();
    Ok(Value::str(&if file.kind == Kind::Raw {
        let owns = if file.owns { "True" } else { "False" };
        format!("<_io.FileIO name={name} mode='{}' closefd={owns}>", file.mode_text())
    } else {
        format!("<_io.{class} name={name}>")
    }))
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "close")?;
    attempt(interp, &file.channel, |channel| channel.close())?;
    Ok(Value::NONE)
}

fn fileno(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "fileno")?;
    match file.channel.borrow().descriptor() {
        Some(number) => Ok(Value::int(number as i64)),
        None => Err(interp.value_error("I/O operation on closed file")),
    }
}

fn flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "flush")?;
    file.check_open(interp, "flush of")?;
    if file.access.writes {
        attempt(interp, &file.channel, |channel| channel.flush())?;
    }
    Ok(Value::NONE)
}

fn isatty(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "isatty")?;
    file.check_open(interp, "I/O operation on")?;
    Ok(Value::bool(file.channel.borrow().is_terminal()))
}

fn peek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "peek")?;
    file.check_readable(interp, "peek of")?;
    attempt(interp, &file.channel, |channel| {
        if channel.ahead().is_empty() {
            channel.fill()?;
        }
        Ok(Value::bytes(channel.ahead()))
    })
}

fn read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "read")?;
    let size = size_argument(interp, &args[1])?;
    if let (None, Some(size)) = (size, args[1].as_int())
        && size < -1
    {
        return Err(interp.value_error("read length must be non-negative or -1"));
    }
    file.check_readable(interp, "read of")?;
    let bytes = match size {
        Some(size) => attempt(interp, &file.channel, |channel| channel.read_count(size))?,
        None => attempt(interp, &file.channel, |channel| channel.read_all())?,
    };
    Ok(Value::bytes(bytes))
}

fn read1(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "read1")?;
    let size = size_argument(interp, &args[1])?.unwrap_or(BUFFER_SIZE);
    file.check_readable(interp, "read of")?;
    attempt(interp, &file.channel, |channel| channel.read_once(size)).map(Value::bytes)
}

fn read_raw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "read")?;
    let size = size_argument(interp, &args[1])?;
    file.check_readable(interp, "read of")?;
    let bytes = match size {
        Some(size) => attempt(interp, &file.channel, |channel| channel.read_once(size))?,
        None => attempt(interp, &file.channel, |channel| channel.read_all())?,
    };
    Ok(Value::bytes(bytes))
}

fn read_all(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "readall")?;
    file.check_readable(interp, "read of")?;
    attempt(interp, &file.channel, |channel| channel.read_all()).map(Value::bytes)
}

fn readable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "readable")?;
    file.check_open(interp, "I/O operation on")?;
    Ok(Value::bool(file.access.reads))
}

fn readinto(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "readinto")?;
    file.check_readable(interp, "read of")?;
    let room = interp.length(&args[1])?;
    let bytes = attempt(interp, &file.channel, |channel| channel.read_count(room))?;
    store_bytes(interp, &args[1], bytes)
}

/// Put bytes at the beginning of a writable buffer object; how many.
pub fn store_bytes(interp: &mut dyn Interpreter, target: &Value, bytes: Vec<u8>) -> Completion {
    let count = bytes.len() as i64;
    let slice = Value::slice(Value::int(0), Value::int(count), Value::NONE);
    interp.set_item(target, &slice, &Value::bytes(bytes))?;
    Ok(Value::int(count))
}

fn readline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "readline")?;
    let limit = limit_argument(interp, &args[1])?;
    file.line(interp, limit, &args[0]).map(Value::bytes)
}

/// Offset and whence of `seek`.
pub fn seek_arguments(
    interp: &mut dyn Interpreter,
    offset: &Value,
    whence: &Value,
) -> Result<(i64, i64), Raised> {
    Ok((interp.expect_int(offset)?, interp.expect_int(whence)?))
}

fn seek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "seek")?;
    let (offset, whence) = seek_arguments(interp, &args[1], &args[2])?;
    if !(0..=2).contains(&whence) {
        return Err(interp.value_error(&format!("whence value {whence} unsupported")));
    }
    file.check_open(interp, "seek of")?;
    if file.kind != Kind::Raw && !file.channel.borrow_mut().is_seekable() {
        return Err(unsupported(interp, "File or stream is not seekable."));
    }
    let to = match whence {
        0 => match u64::try_from(offset) {
            Ok(offset) => SeekFrom::Start(offset),
            Err(_) => return Err(super::error::os_error(interp, 22, None)),
        },
        1 => SeekFrom::Current(offset),
        _ => SeekFrom::End(offset),
    };
    let place = attempt(interp, &file.channel, |channel| channel.seek(to))?;
    Ok(Value::uint(place))
}

fn seekable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "seekable")?;
    file.check_open(interp, "I/O operation on")?;
    Ok(Value::bool(file.channel.borrow_mut().is_seekable()))
}

fn tell(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "tell")?;
    file.check_open(interp, "I/O operation on")?;
    let place = attempt(interp, &file.channel, |channel| channel.tell())?;
    Ok(Value::uint(place))
}

fn truncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "truncate")?;
    file.check_open(interp, "truncate of")?;
    if !file.access.writes {
        let message = if file.kind == Kind::Raw { "File not open for writing" } else { "truncate" };
        return Err(unsupported(interp, message));
    }
    let size = match args[1].given_some() {
        Some(size) => interp.expect_int(size)?,
        None => attempt(interp, &file.channel, |channel| channel.tell())? as i64,
    };
    let Ok(size) = u64::try_from(size) else {
        return Err(super::error::os_error(interp, 22, None));
    };
    attempt(interp, &file.channel, |channel| channel.truncate(size))?;
    Ok(Value::uint(size))
}

fn writable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "writable")?;
    file.check_open(interp, "I/O operation on")?;
    Ok(Value::bool(file.access.writes))
}

fn write(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_file(interp, &args[0], "write")?;
    if !file.access.writes {
        let message = if file.kind == Kind::Raw { "File not open for writing" } else { "write" };
        return Err(unsupported(interp, message));
    }
    let bytes = bytes_argument(interp, &args[1])?;
    file.check_open(interp, "write to")?;
    attempt(interp, &file.channel, |channel| channel.write(&bytes))?;
    Ok(Value::int(bytes.len() as i64))
}

fn closed(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(Value::bool(expect_file(interp, this, "closed")?.is_closed()))
}

fn mode(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(Value::str(expect_file(interp, this, "mode")?.mode_text()))
}

fn set_name(interp: &mut dyn Interpreter, this: &Value, name: &Value) -> Result<(), Raised> {
    let name = if name.is_unbound() { Value::NONE } else { name.clone() };
    drop(expect_file(interp, this, "name")?.name.replace(name));
    Ok(())
}

fn name(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(expect_file(interp, this, "name")?.name.borrow().clone())
}

fn raw(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let file = expect_file(interp, this, "raw")?;
    Ok(file.as_kind(Kind::Raw))
}

/// A binary file on a source, with the buffer that files usually have.
pub fn buffered(source: Source, kind: Kind, access: Access, name: Value, owns: bool) -> Value {
    BinaryFile::value(share(source, BUFFER_SIZE), kind, access, name, owns)
}
