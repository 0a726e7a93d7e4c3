//! The module `io`.

use crate::library::io::base::{BUFFERED_IO_BASE, IO_BASE, RAW_IO_BASE, TEXT_IO_BASE};
use crate::library::io::binary::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER, FILE_IO};
use crate::library::io::bytes_io::BYTES_IO;
use crate::library::io::channel::BUFFER_SIZE;
use crate::library::io::string_io::STRING_IO;
use crate::library::io::text::TEXT_IO_WRAPPER;
use crate::object::spec::{ModuleSpec, Script};
use crate::object::{CoreType, Value};

pub static IO: ModuleSpec = ModuleSpec {
    name: "io",
    doc: "The io module provides the Python interfaces to stream handling.",
    types: &[
        &BUFFERED_RANDOM,
        &BUFFERED_READER,
        &BUFFERED_WRITER,
        &BYTES_IO,
        &FILE_IO,
        &STRING_IO,
        &TEXT_IO_WRAPPER,
    ],
    constants: &[
        ("BufferedIOBase", |interp| interp.type_of_spec(&BUFFERED_IO_BASE)),
        ("DEFAULT_BUFFER_SIZE", |_| Value::int(BUFFER_SIZE as i64)),
        ("IOBase", |interp| interp.type_of_spec(&IO_BASE)),
        ("RawIOBase", |interp| interp.type_of_spec(&RAW_IO_BASE)),
        ("SEEK_CUR", |_| Value::int(1)),
        ("SEEK_END", |_| Value::int(2)),
        ("SEEK_SET", |_| Value::int(0)),
        ("open", |interp| {
            // The very object that the builtin is.
            let builtins = interp.builtins();
            builtins.as_dict().and_then(|builtins| builtins.get_str("open")).unwrap_or(Value::NONE)
        }),
        ("TextIOBase", |interp| interp.type_of_spec(&TEXT_IO_BASE)),
    ],
    core_types: &[("BlockingIOError", CoreType::BlockingIOError)],
    script: Script::inline(
        "\
class UnsupportedOperation(OSError, ValueError):
    pass


def text_encoding(encoding, stacklevel=2, /):
    'A helper function to choose the text encoding.'
    return 'utf-8' if encoding is None else encoding


def __getattr__(name):
    if name in ('BufferedRWPair', 'IncrementalNewlineDecoder'):
        import _buffered
        found = globals()[name] = getattr(_buffered, name)
        return found
    from sys import modules
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}', name=name, obj=modules.get(__name__))


def open_code(path):
    'Opens the provided file with the intent to import the contents.'
    return open(path, 'rb')
",
    ),
    ..ModuleSpec::EMPTY
};
