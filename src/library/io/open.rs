//! `open()`: modes, paths, and which classes the file gets.

use super::binary::{BinaryFile, Kind};
use super::channel::{BUFFER_SIZE, Source, share};
use super::delegate;
use super::descriptors;
use super::error::{io_error, os_error};
use super::standard::Standard;
use super::text::{TEXT_IO_WRAPPER, TextFile};
use crate::object::audit;
use crate::object::sequence::has_index;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};

/// What a file may be used for and how it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access {
    pub reads: bool,
    pub writes: bool,
    pub appends: bool,
    /// Must not exist yet.
    pub creates: bool,
    /// Is emptied.
    pub truncates: bool,
}

impl Access {
    /// The meaning of the letters `r`, `w`, `a`, `x` and `+` of a mode.
    fn of(letters: &str) -> Access {
        let has = |letter| letters.contains(letter);
        let updates = has('+');
        Access {
            reads: has('r') || updates,
            writes: !has('r') || updates,
            appends: has('a'),
            creates: has('x'),
            truncates: has('w'),
        }
    }

    /// The mode argument of `FileIO`.
    pub fn parse(interp: &mut dyn Interpreter, mode: &str) -> Result<Access, Raised> {
        let kinds = mode.chars().filter(|letter| "rwax".contains(*letter)).count();
        let known = mode.chars().all(|letter| "rwax+b".contains(letter));
        if !known {
            return Err(interp.value_error(&format!("invalid mode: {mode}")));
        }
        if kinds != 1 {
            let message = "Must have exactly one of create/read/write/append mode and at most one plus";
            return Err(interp.value_error(message));
        }
        Ok(Access::of(mode))
    }
}

/// `open(file, mode, buffering, encoding, errors, newline, closefd, opener)`.
pub fn open(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [file, mode, buffering, encoding, errors, newline, closefd, opener] = args else {
        return Err(interp.type_error("open() takes 8 arguments"));
    };
    let mode = interp.expect_str_argument(mode, "open() argument 'mode'")?;
    let buffering = interp.expect_int(buffering)?;
    let is_binary = check_mode(interp, mode)?;
    if is_binary {
        for (value, what) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
            if !value.is_none() {
                let message = format!("binary mode doesn't take {what} argument");
                return Err(interp.value_error(&message));
            }
        }
    }
    let access = Access::of(mode);
    let kind = match (buffering, access.reads, access.writes) {
        (0, ..) => Kind::Raw,
        (_, true, true) => Kind::Random,
        (_, true, false) => Kind::Reader,
        _ => Kind::Writer,
    };
    let capacity = match buffering {
        0 => 0,
        size if size > 1 => size as usize,
        _ => BUFFER_SIZE,
    };
    let binary = open_file(interp, file, access, kind, capacity, closefd, opener)?;
    if is_binary {
        return Ok(binary);
    }
    if buffering == 0 {
        return Err(interp.value_error("can't have unbuffered text I/O"));
    }
    let is_terminal = buffering < 0
        && binary.downcast::<BinaryFile>().is_some_and(|file| file.channel.borrow().is_terminal());
    let by_line = buffering == 1 || is_terminal;
    let text = TextFile::wrap(interp, binary, encoding, errors, newline, by_line, false)?;
    if let Some(file) = text.downcast::<TextFile>() {
        file.set_mode(Value::str(mode));
        return Ok(text);
    }
    interp.set_attr(&text, &intern("mode"), &Value::str(mode))?;
    Ok(delegate::standing_for(&TEXT_IO_WRAPPER, text))
}

/// Whether the mode is binary; ValueError if it is none at all.
fn check_mode(interp: &mut dyn Interpreter, mode: &str) -> Result<bool, Raised> {
    let mut seen = String::new();
    for letter in mode.chars() {
        if !"rwaxbt+".contains(letter) || seen.contains(letter) {
            let repr = interp.repr(&Value::str(mode))?;
            return Err(interp.value_error(&format!("invalid mode: {}", repr.str_like().unwrap_or_default())));
        }
        seen.push(letter);
    }
    if seen.contains('t') && seen.contains('b') {
        return Err(interp.value_error("can't have text and binary mode at once"));
    }
    match seen.chars().filter(|letter| "rwax".contains(*letter)).count() {
        0 => {
            Err(interp
                .value_error("Must have exactly one of create/read/write/append mode and at most one plus"))
        }
        1 => Ok(seen.contains('b')),
        _ => Err(interp.value_error("must have exactly one of create/read/write/append mode")),
    }
}

/// Open a path or take over a descriptor.
pub fn open_file(
    interp: &mut dyn Interpreter,
    file: &Value,
    access: Access,
    kind: Kind,
    capacity: usize,
    closefd: &Value,
    opener: &Value,
) -> Completion {
    let owns = interp.truth(closefd)?;
    let number = if has_index(interp, file) { interp.index(file)?.as_int_or_bool() } else { None };
    // A number beyond all descriptors is taken for a path, and is none.
    if let Some(number) = number.filter(|number| i32::try_from(*number).is_ok()) {
        let source = source_of_descriptor(interp, number, owns)?;
        return Ok(BinaryFile::value(share(source, capacity), kind, access, file.clone(), owns));
    }
    let path = path_argument(interp, file)?;
    if !owns {
        return Err(interp.value_error("Cannot use closefd=False with file name"));
    }
    if path.contains('\0') {
        return Err(interp.value_error("embedded null byte"));
    }
    if !opener.is_none() {
        return opened_by_script(interp, file, access, kind, capacity, opener);
    }
    let mut options = OpenOptions::new();
    options.read(access.reads).write(access.writes && !access.appends).append(access.appends);
    options.truncate(access.truncates).create(access.truncates || access.appends).create_new(access.creates);
    let opened = options.open(&path).and_then(|opened| {
        // Directories can be opened for reading, but not read.
        if opened.metadata()?.is_dir() { Err(std::io::Error::from_raw_os_error(21)) } else { Ok(opened) }
    });
    match opened {
        Ok(mut opened) => {
            if access.appends {
                use std::io::Seek;
                // Some files have no end to go to.
                let _ = opened.seek(std::io::SeekFrom::End(0));
            }
            let channel = share(Source::File(opened), capacity);
            if audit::is_on() {
                let name = interp.repr(file)?;
                let name = name.str_like().unwrap_or_default();
                channel.borrow_mut().account =
                    audit::opened("files", interp, || format!("file {name} was never closed"));
            }
            Ok(BinaryFile::value(channel, kind, access, file.clone(), true))
        }
        Err(error) => Err(io_error(interp, &error, Some(file))),
    }
}

/// `open(file, opener=...)`: the opener gets the flags of the mode and returns a descriptor.
fn opened_by_script(
    interp: &mut dyn Interpreter,
    file: &Value,
    access: Access,
    kind: Kind,
    capacity: usize,
    opener: &Value,
) -> Completion {
    let mut flags = OFlags::CLOEXEC;
    flags |= match (access.reads, access.writes) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    flags.set(OFlags::CREATE, access.truncates || access.appends || access.creates);
    flags.set(OFlags::EXCL, access.creates);
    flags.set(OFlags::TRUNC, access.truncates);
    flags.set(OFlags::APPEND, access.appends);
    let found = interp.call(opener, &[file.clone(), Value::int(i64::from(flags.bits()))])?;
    if !has_index(interp, &found) {
        return Err(interp.type_error("expected integer from opener"));
    }
    let number = interp.expect_int(&found)?;
    if number < 0 {
        return Err(interp.value_error(&format!("opener returned {number}")));
    }
    let source = source_of_descriptor(interp, number, true)?;
    Ok(BinaryFile::value(share(source, capacity), kind, access, file.clone(), true))
}

/// A descriptor by number: one that every process has, or that the script has opened.
fn source_of_descriptor(interp: &mut dyn Interpreter, number: i64, owns: bool) -> Result<Source, Raised> {
    if number > 2 {
        let taken = if owns { descriptors::take(number) } else { None };
        let found = match taken {
            Some(descriptor) => descriptor,
            None => descriptors::with(number, |descriptor| rustix::io::dup(descriptor)),
        };
        return match found {
            Ok(descriptor) => Ok(Source::File(File::from(descriptor))),
            Err(error) => Err(super::error::errno_error(interp, error)),
        };
    }
    let shared = match number {
        0 => Source::Input,
        1 => Source::Standard(Standard::Output),
        2 => Source::Standard(Standard::Error),
        _ if number < 0 => return Err(interp.value_error("negative file descriptor")),
        _ => return Err(os_error(interp, 9, None)),
    };
    if !owns {
        return Ok(shared);
    }
    let duplicate = match number {
        0 => rustix::io::dup(rustix::stdio::stdin()),
        1 => rustix::io::dup(rustix::stdio::stdout()),
        _ => rustix::io::dup(rustix::stdio::stderr()),
    };
    match duplicate {
        Ok(descriptor) => Ok(Source::File(File::from(descriptor))),
        Err(error) => Err(super::error::errno_error(interp, error)),
    }
}

/// The text of a path: a string, bytes in UTF-8, or an object with `__fspath__`.
pub fn path_argument(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let plain = |value: &Value| match (value.str_like(), value.bytes_like()) {
        (Some(text), _) => Some(text.to_owned()),
        (_, Some(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    if let Some(path) = plain(value) {
        return Ok(path);
    }
    let name = interp.type_name(value);
    match interp.call_special(value, "__fspath__", &[])? {
        Some(path) => match plain(&path) {
            Some(path) => Ok(path),
            None => {
                let found = interp.type_name(&path);
                Err(interp
                    .type_error(&format!("expected {name}.__fspath__() to return str or bytes, not {found}")))
            }
        },
        None => Err(interp.type_error(&format!("expected str, bytes or os.PathLike object, not {name}"))),
    }
}
