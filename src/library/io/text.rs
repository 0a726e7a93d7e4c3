//! Text files: the class `TextIOWrapper`. Decoding and reading ahead are in [`super::reading`].

use super::base::{TEXT_IO_BASE, attempt, limit_argument, size_argument, unsupported};
use super::binary::BinaryFile;
use super::channel::{BUFFER_SIZE, SharedChannel, Source};
use super::delegate::{self, native_stream, plain_binary};
use super::error::errno_error;
use super::newline::Newline;
use super::reading::{Reading, is_chunked};
use super::standard::{self, Standard};
use super::text_rows;
use crate::library::types::receiver::wrong_receiver;
use crate::object::attributes::Attributes;
use crate::object::codec::{Encoding, Way, encode};
use crate::object::heap::Traverse;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value, audit};
use std::cell::{Cell, RefCell};
use std::ops::Deref;

/// A text file on a binary one.
pub struct TextFile {
    /// The binary file or a script's stream; unbound once detached.
    pub buffer: RefCell<Value>,
    /// The channel of the binary file, if it is one of ours.
    pub channel: Option<SharedChannel>,
    /// Set for the standard output and error, whose text waits elsewhere.
    standard: Option<Standard>,
    pub encoding: Cell<Encoding>,
    pub encoding_name: RefCell<Value>,
    pub errors: RefCell<Value>,
    pub newline: Cell<Newline>,
    by_line: Cell<bool>,
    pub is_through: Cell<bool>,
    /// The attribute `mode`; unbound if nobody set it.
    mode: RefCell<Value>,
    reads: bool,
    writes: bool,
    pub reading: RefCell<Reading>,
    /// Encoded text that a script's stream has not been given yet.
    pending: RefCell<Vec<u8>>,
    attributes: Attributes,
}

pub static TEXT_IO_WRAPPER: TypeSpec = TypeSpec {
    name: "TextIOWrapper",
    module: "_io",
    doc: "Character and line based layer over a BufferedIOBase object, buffer.",
    base: Some(&TEXT_IO_BASE),
    subclassable: true,
    native_next: true,
    methods: text_rows::METHODS,
    getters: text_rows::GETTERS,
    ..TypeSpec::EMPTY
};

impl Traverse for TextFile {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.buffer.borrow());
        visit(&self.encoding_name.borrow());
        visit(&self.errors.borrow());
        visit(&self.mode.borrow());
        self.attributes.visit(visit);
    }

    fn clear(&self) {
        drop(self.buffer.take());
    }
}

impl NativeObject for TextFile {
    fn spec(&self) -> &'static TypeSpec {
        &TEXT_IO_WRAPPER
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn has_attributes(&self) -> bool {
        true
    }

    fn needs_finalizer(&self) -> bool {
        self.channel.is_none() && !self.buffer.borrow().is_unbound()
    }

    fn finalize(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.close(interp)
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        self.reading.borrow_mut().may_tell = false;
        let line = self.line(interp, usize::MAX)?;
        if line.is_empty() {
            self.reading.borrow_mut().may_tell = true;
            return Ok(None);
        }
        Ok(Some(Value::str(&line)))
    }
}

impl TextFile {
    /// Refuse wrong `encoding`, `errors` and `newline` arguments.
    pub fn check_options(
        interp: &mut dyn Interpreter,
        encoding: &Value,
        errors: &Value,
        newline: &Value,
    ) -> Result<(Encoding, Newline), Raised> {
        let encoding = match encoding.given_some() {
            Some(name) => {
                let text = interp.expect_str(name, |class| {
                    format!("open() argument 'encoding' must be str or None, not {class}")
                })?;
                match text {
                    "locale" => Encoding::Utf8,
                    text => Encoding::expect(text, Way::Open).map_err(|error| error.raise(name, interp))?,
                }
            }
            None => Encoding::Utf8,
        };
        if let Some(errors) = errors.given_some() {
            interp.expect_str(errors, |class| {
                format!("open() argument 'errors' must be str or None, not {class}")
            })?;
        }
        let text = match newline.given_some() {
            Some(text) => Some(interp.expect_str(text, |class| {
                format!("open() argument 'newline' must be str or None, not {class}")
            })?),
            None => None,
        };
        match Newline::parse(text) {
            Some(newline) => Ok((encoding, newline)),
            None => {
                let message = format!("illegal newline value: {}", text.unwrap_or_default());
                Err(interp.value_error(&message))
            }
        }
    }

    /// A text file on `buffer`.
    pub fn wrap(
        interp: &mut dyn Interpreter,
        buffer: Value,
        encoding: &Value,
        errors: &Value,
        newline_value: &Value,
        by_line: bool,
        is_through: bool,
    ) -> Completion {
        let newline = newline_value;
        let (codec, newline) = TextFile::check_options(interp, encoding, errors, newline)?;
        let name = encoding.given_some().cloned().unwrap_or_else(|| Value::str("UTF-8"));
        let errors = errors.given_some().cloned().unwrap_or_else(|| Value::str("strict"));
        let has_state = !is_chunked(codec) || codec == Encoding::Utf8Sig && is_written(interp, &buffer)?;
        if has_state || encoding.str_like().is_some_and(|name| Encoding::lookup(name).is_none()) {
            // Codecs with a state, and those of scripts.
            let arguments = [
                buffer,
                encoding.clone(),
                errors,
                newline_value.clone(),
                Value::bool(by_line),
                Value::bool(is_through),
            ];
            return delegate::scripted_stream(interp, "TextIOWrapper", &arguments);
        }
        let plain = plain_binary(&buffer);
        let (channel, standard, reads, writes) =
            match plain.as_ref().and_then(|file| file.downcast::<BinaryFile>()) {
                Some(file) => {
                    let standard = match file.channel.borrow().source {
                        Source::Standard(which) => Some(which),
                        _ => None,
                    };
                    (Some(file.channel.clone()), standard, file.access.reads, file.access.writes)
                }
                None => {
                    let readable = interp.call_method(&buffer, "readable", &[])?;
                    let writable = interp.call_method(&buffer, "writable", &[])?;
                    (None, None, interp.truth(&readable)?, interp.truth(&writable)?)
                }
            };
        Ok(Value::object(TextFile {
            buffer: RefCell::new(buffer),
            channel,
            standard,
            encoding: Cell::new(codec),
            encoding_name: RefCell::new(name),
            errors: RefCell::new(errors),
            newline: Cell::new(newline),
            by_line: Cell::new(by_line),
            is_through: Cell::new(is_through),
            mode: RefCell::default(),
            reads,
            writes,
            reading: RefCell::new(Reading::default()),
            pending: RefCell::default(),
            attributes: Attributes::default(),
        }))
    }

    pub fn set_mode(&self, mode: Value) {
        self.mode.replace(mode);
    }

    /// The standard stream behind it, if text can be handed to that as it is.
    pub fn plain_standard(&self) -> Option<Standard> {
        let which = self.standard?;
        let is_plain = self.encoding.get() == Encoding::Utf8
            && !matches!(self.newline.get(), Newline::Cr | Newline::CrLf)
            && !self.is_through.get()
            && !self.channel.as_ref()?.borrow().is_closed()
            && !self.buffer.borrow().is_unbound();
        is_plain.then_some(which)
    }

    pub(super) fn is_by_line(&self) -> bool {
        match self.standard {
            Some(which) => standard::is_by_line(which),
            None => self.by_line.get(),
        }
    }

    /// The binary file, unless it was detached.
    pub fn attached(&self, interp: &mut dyn Interpreter) -> Completion {
        let buffer = self.buffer.borrow().clone();
        if buffer.is_unbound() {
            return Err(interp.value_error("underlying buffer has been detached"));
        }
        Ok(buffer)
    }

    pub fn is_closed(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        let buffer = self.attached(interp)?;
        match &self.channel {
            Some(channel) => Ok(channel.borrow().is_closed()),
            None => {
                let closed = interp.attribute(&buffer, "closed")?;
                interp.truth(&closed)
            }
        }
    }

    /// ValueError if the file is closed.
    fn check_open(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_closed(interp)? {
            return Err(interp.value_error("I/O operation on closed file."));
        }
        Ok(())
    }

    fn check_readable(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.check_open(interp)?;
        if self.reads { Ok(()) } else { Err(unsupported(interp, "not readable")) }
    }

    /// The next line, at most `limit` characters of it; empty at the end of the file.
    fn line(&self, interp: &mut dyn Interpreter, limit: usize) -> Result<String, Raised> {
        self.check_readable(interp)?;
        self.read_line(interp, limit)
    }

    /// Write text.
    fn put(&self, interp: &mut dyn Interpreter, text: &Value) -> Result<(), Raised> {
        let original = text.str_like().unwrap_or_default();
        let translated = self.newline.get().translate_output(original);
        let errors = self.errors.borrow().clone();
        let bytes = encode(&translated, self.encoding.get(), errors.str_like().unwrap_or("strict"))
            .map_err(|error| error.raise(text, interp))?;
        if let Some(which) = self.standard {
            if audit::is_on() && which == Standard::Output {
                audit::printed(interp, &bytes);
            }
            standard::write(which, &bytes).map_err(|error| errno_error(interp, error))?;
            if self.is_through.get() {
                standard::flush(which).map_err(|error| errno_error(interp, error))?;
            }
            return Ok(());
        }
        let needs_flush = self.by_line.get() && (original.contains('\n') || original.contains('\r'));
        match &self.channel {
            Some(channel) => {
                self.reading.borrow_mut().forget();
                let is_through = self.is_through.get();
                attempt(interp, channel, |channel| channel.write_text(&bytes, is_through))?;
                if needs_flush {
                    attempt(interp, channel, |channel| channel.flush())?;
                }
            }
            None => {
                self.reading.borrow_mut().forget();
                let buffer = self.attached(interp)?;
                if self.pending.borrow().len() + bytes.len() > BUFFER_SIZE {
                    self.pass_pending(interp)?;
                }
                self.pending.borrow_mut().extend_from_slice(&bytes);
                let is_full = self.pending.borrow().len() >= BUFFER_SIZE;
                if is_full || needs_flush || self.is_through.get() {
                    self.pass_pending(interp)?;
                }
                if needs_flush {
                    interp.call_method(&buffer, "flush", &[])?;
                }
            }
        }
        Ok(())
    }

    fn flush(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if let Some(which) = self.standard {
            return standard::flush(which).map_err(|error| errno_error(interp, error));
        }
        match &self.channel {
            Some(channel) if self.writes => attempt(interp, channel, |channel| channel.flush()),
            Some(_) => Ok(()),
            None => {
                let buffer = self.attached(interp)?;
                self.pass_pending(interp)?;
                interp.call_method(&buffer, "flush", &[]).map(drop)
            }
        }
    }

    /// Give the script's stream the text that waits for it.
    pub fn pass_pending(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let bytes = self.pending.take();
        if bytes.is_empty() {
            return Ok(());
        }
        let buffer = self.attached(interp)?;
        interp.call_method(&buffer, "write", &[Value::bytes(bytes)]).map(drop)
    }

    fn close(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_closed(interp)? {
            return Ok(());
        }
        let flushed = self.flush(interp);
        match &self.channel {
            Some(channel) => attempt(interp, channel, |channel| channel.close())?,
            None => {
                let buffer = self.attached(interp)?;
                interp.call_method(&buffer, "close", &[])?;
            }
        }
        flushed
    }
}

/// A file that is held while a method works.
pub(super) struct Held(Value);

impl Deref for Held {
    type Target = TextFile;

    fn deref(&self) -> &TextFile {
        self.0.downcast::<TextFile>().expect("nothing else is ever held")
    }
}

/// The file that the method `method` is called on.
pub(super) fn expect_text(interp: &mut dyn Interpreter, this: &Value, method: &str) -> Result<Held, Raised> {
    match native_stream::<TextFile>(interp, this)? {
        Some(file) => Ok(Held(file)),
        None => Err(wrong_receiver(interp, "_io.TextIOWrapper", method, this)),
    }
}

/// Whether a binary file can be written to.
fn is_written(interp: &mut dyn Interpreter, buffer: &Value) -> Result<bool, Raised> {
    let writable = interp.call_method(buffer, "writable", &[])?;
    interp.truth(&writable)
}

pub(super) fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [this, buffer, encoding, errors, newline, by_line, is_through] = args else { return Ok(Value::NONE) };
    let (by_line, is_through) = (interp.truth(by_line)?, interp.truth(is_through)?);
    let file = TextFile::wrap(interp, buffer.clone(), encoding, errors, newline, by_line, is_through)?;
    delegate::fill(interp, this, file)
}

pub(super) fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match delegate::scripted(interp, &args[0])? {
        Some(inner) => drop(interp.call_method(&inner, "_checkClosed", &[])?),
        None => expect_text(interp, &args[0], "__enter__")?.check_open(interp)?,
    }
    Ok(args[0].clone())
}

pub(super) fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "__repr__")?;
    let mut text = String::from("<_io.TextIOWrapper");
    let buffer = file.buffer.borrow().clone();
    if buffer.is_unbound() {
        return Err(interp.value_error("underlying buffer has been detached"));
    }
    if let Some(name) = interp.find_attr(&buffer, &intern("name"))? {
        let name = interp.repr(&name)?;
        text.push_str(&format!(" name={}", name.str_like().unwrap_or_default()));
    }
    let mode = file.mode.borrow().clone();
    if !mode.is_unbound() {
        let mode = interp.repr(&mode)?;
        text.push_str(&format!(" mode={}", mode.str_like().unwrap_or_default()));
    }
    let encoding = file.encoding_name.borrow().clone();
    let encoding = interp.repr(&encoding)?;
    text.push_str(&format!(" encoding={}>", encoding.str_like().unwrap_or_default()));
    Ok(Value::str(&text))
}

pub(super) fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_text(interp, &args[0], "close")?.close(interp)?;
    Ok(Value::NONE)
}

pub(super) fn detach(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "detach")?;
    file.attached(interp)?;
    file.flush(interp)?;
    Ok(file.buffer.take())
}

/// Ask the binary file.
pub(super) fn forward(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    let buffer = expect_text(interp, &args[0], method)?.attached(interp)?;
    interp.call_method(&buffer, method, &[])
}

pub(super) fn flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "flush")?;
    file.check_open(interp)?;
    file.flush(interp)?;
    Ok(Value::NONE)
}

pub(super) fn read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "read")?;
    let size = size_argument(interp, &args[1])?;
    file.check_readable(interp)?;
    let text = match size {
        Some(size) => file.read_count(interp, size)?,
        None => file.read_rest(interp)?,
    };
    Ok(Value::str(&text))
}

pub(super) fn readline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "readline")?;
    let limit = limit_argument(interp, &args[1])?;
    Ok(Value::str(&file.line(interp, limit)?))
}

pub(super) fn reconfigure(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [this, encoding, errors, newline, by_line, is_through] = args else { return Ok(Value::NONE) };
    if let Some(inner) = delegate::scripted(interp, this)? {
        let newline = newline.given().cloned().unwrap_or(Value::ELLIPSIS);
        let args = [encoding.clone(), errors.clone(), newline, by_line.clone(), is_through.clone()];
        return interp.call_method(&inner, "_reconfigure", &args);
    }
    let file = expect_text(interp, this, "reconfigure")?;
    let (codec, ends) = TextFile::check_options(interp, encoding, errors, newline)?;
    if file.reading.borrow().has_begun()
        && (!encoding.is_none() || !errors.is_none() || newline.given().is_some())
    {
        return Err(unsupported(
            interp,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    file.flush(interp)?;
    if let Some(name) = encoding.given_some() {
        file.encoding.set(codec);
        file.encoding_name.replace(name.clone());
        if errors.is_none() {
            file.errors.replace(Value::str("strict"));
        }
    }
    if let Some(errors) = errors.given_some() {
        file.errors.replace(errors.clone());
    }
    if newline.given().is_some() {
        file.newline.set(ends);
    }
    if let Some(by_line) = by_line.given_some() {
        let by_line = interp.truth(by_line)?;
        file.by_line.set(by_line);
        if let Some(which) = file.standard {
            standard::set_by_line(which, by_line);
        }
    }
    if let Some(is_through) = is_through.given_some() {
        file.is_through.set(interp.truth(is_through)?);
    }
    Ok(Value::NONE)
}

pub(super) fn seek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "seek")?;
    file.check_open(interp)?;
    let buffer = file.attached(interp)?;
    let seekable = interp.call_method(&buffer, "seekable", &[])?;
    if !interp.truth(&seekable)? {
        return Err(unsupported(interp, "underlying stream is not seekable"));
    }
    let (offset, whence) = super::binary::seek_arguments(interp, &args[1], &args[2])?;
    match (whence, offset) {
        (0, ..0) => return Err(interp.value_error(&format!("negative seek position {offset}"))),
        (0, _) => {}
        (1, 0) => {
            // Where reading stands, not where the binary file does.
            let place = tell(interp, &args[..1])?;
            file.flush(interp)?;
            return Ok(place);
        }
        (2, 0) => {}
        (1, _) => return Err(unsupported(interp, "can't do nonzero cur-relative seeks")),
        (2, _) => return Err(unsupported(interp, "can't do nonzero end-relative seeks")),
        _ => {
            let message = format!("invalid whence ({whence}, should be 0, 1 or 2)");
            return Err(interp.value_error(&message));
        }
    }
    file.flush(interp)?;
    let place = interp.call_method(&buffer, "seek", &[Value::int(offset), Value::int(whence)])?;
    let mut reading = file.reading.borrow_mut();
    reading.forget();
    reading.may_tell = true;
    Ok(place)
}

pub(super) fn tell(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "tell")?;
    file.check_open(interp)?;
    let buffer = file.attached(interp)?;
    let seekable = interp.call_method(&buffer, "seekable", &[])?;
    if !interp.truth(&seekable)? {
        return Err(unsupported(interp, "underlying stream is not seekable"));
    }
    if !file.reading.borrow().may_tell {
        let class = crate::object::CoreType::OSError;
        return Err(interp.raise(class, "telling position disabled by next() call"));
    }
    file.flush(interp)?;
    let place = interp.call_method(&buffer, "tell", &[])?;
    let ahead = file.bytes_ahead();
    Ok(Value::int(interp.expect_int(&place)? - ahead as i64))
}

pub(super) fn truncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "truncate")?;
    file.check_open(interp)?;
    file.flush(interp)?;
    let size = match args[1].given_some() {
        Some(size) => size.clone(),
        None if file.writes => tell(interp, &args[..1])?,
        None => Value::NONE,
    };
    let buffer = file.attached(interp)?;
    interp.call_method(&buffer, "truncate", &[size])
}

pub(super) fn write(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let file = expect_text(interp, &args[0], "write")?;
    interp.expect_str_argument(&args[1], "write() argument")?;
    file.check_open(interp)?;
    if !file.writes {
        return Err(unsupported(interp, "not writable"));
    }
    file.put(interp, &args[1])?;
    let length = interp.length(&args[1])?;
    Ok(Value::int(length as i64))
}

pub(super) fn closed(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(Value::bool(expect_text(interp, this, "closed")?.is_closed(interp)?))
}

pub(super) fn mode(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let mode = expect_text(interp, this, "mode")?.mode.borrow().clone();
    if mode.is_unbound() {
        let class = crate::object::CoreType::AttributeError;
        return Err(interp.raise(class, "'_io.TextIOWrapper' object has no attribute 'mode'"));
    }
    Ok(mode)
}

/// CPython keeps it among the attributes of the object itself.
pub(super) fn set_mode(interp: &mut dyn Interpreter, this: &Value, mode: &Value) -> Result<(), Raised> {
    match delegate::scripted(interp, this)? {
        Some(inner) => interp.set_attr(&inner, &intern("mode"), mode),
        None => {
            expect_text(interp, this, "mode")?.set_mode(mode.clone());
            Ok(())
        }
    }
}
