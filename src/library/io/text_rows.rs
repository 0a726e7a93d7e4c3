//! What `TextIOWrapper` has, as rows.

use super::delegate::{self, either, either_attribute};
use super::text::{
    TEXT_IO_WRAPPER, close, closed, detach, enter, expect_text, flush, forward, init, mode, read, readline,
    reconfigure, repr, seek, set_mode, tell, truncate, write,
};
use crate::object::spec::{GetterRow, getter, native, property};
use crate::object::{NativeRow, Value};

pub static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, _| delegate::empty(&TEXT_IO_WRAPPER),
        "A text file without a binary one.",
    )
    .as_new(),
    native(
        "__init__",
        "buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__enter__", "", enter, "Context management protocol."),
    native(
        "__exit__",
        "*args",
        |i, a| either(i, a, "__exit__", close),
        "Context management protocol.  Calls close().",
    ),
    native("__repr__", "", |i, a| either(i, a, "__repr__", repr), "Return repr(self)."),
    native("close", "", |i, a| either(i, a, "close", close), "Flush and close the file."),
    native(
        "detach",
        "",
        |i, a| either(i, a, "detach", detach),
        "Separate the underlying buffer and return it.",
    ),
    native(
        "fileno",
        "",
        |i, a| either(i, a, "fileno", |i, a| forward(i, a, "fileno")),
        "Return underlying file descriptor.",
    ),
    native("flush", "", |i, a| either(i, a, "flush", flush), "Write out what is buffered."),
    native(
        "isatty",
        "",
        |i, a| either(i, a, "isatty", |i, a| forward(i, a, "isatty")),
        "Return whether this is an 'interactive' stream.",
    ),
    native(
        "read",
        "size=-1, /",
        |i, a| either(i, a, "read", read),
        "Read at most size characters from stream.",
    ),
    native(
        "readable",
        "",
        |i, a| either(i, a, "readable", |i, a| forward(i, a, "readable")),
        "Return whether object was opened for reading.",
    ),
    native("readline", "size=-1, /", |i, a| either(i, a, "readline", readline), "Read until newline or EOF."),
    native(
        "reconfigure",
        "*, encoding=None, errors=None, newline=?, line_buffering=None, write_through=None",
        reconfigure,
        "Reconfigure the text stream with new parameters.",
    ),
    native(
        "seek",
        "cookie, whence=0, /",
        |i, a| either(i, a, "seek", seek),
        "Set the stream position, and return the new stream position.",
    ),
    native(
        "seekable",
        "",
        |i, a| either(i, a, "seekable", |i, a| forward(i, a, "seekable")),
        "Return whether object supports random access.",
    ),
    native("tell", "", |i, a| either(i, a, "tell", tell), "Return the stream position as an opaque number."),
    native("truncate", "pos=None, /", |i, a| either(i, a, "truncate", truncate), "Truncate the file."),
    native(
        "writable",
        "",
        |i, a| either(i, a, "writable", |i, a| forward(i, a, "writable")),
        "Return whether object was opened for writing.",
    ),
    native("write", "text, /", |i, a| either(i, a, "write", write), "Write string s to stream."),
];

pub static GETTERS: &[GetterRow] = &[
    getter(
        "_CHUNK_SIZE",
        |i, this| either_attribute(i, this, "_CHUNK_SIZE", |_, _| Ok(Value::int(8192))),
        "How much is read at once.",
    ),
    getter(
        "buffer",
        |i, this| either_attribute(i, this, "buffer", |i, this| expect_text(i, this, "buffer")?.attached(i)),
        "The binary file.",
    ),
    getter("closed", |i, this| either_attribute(i, this, "closed", closed), "Whether the file is closed."),
    getter(
        "encoding",
        |i, this| {
            either_attribute(i, this, "encoding", |i, this| {
                Ok(expect_text(i, this, "encoding")?.encoding_name.borrow().clone())
            })
        },
        "The name of the encoding.",
    ),
    getter(
        "errors",
        |i, this| {
            either_attribute(i, this, "errors", |i, this| {
                Ok(expect_text(i, this, "errors")?.errors.borrow().clone())
            })
        },
        "How errors of the encoding are handled.",
    ),
    getter(
        "line_buffering",
        |i, this| {
            either_attribute(i, this, "line_buffering", |i, this| {
                Ok(Value::bool(expect_text(i, this, "line_buffering")?.is_by_line()))
            })
        },
        "Whether every line is written out.",
    ),
    property("mode", |i, this| either_attribute(i, this, "mode", mode), set_mode, "How the file was opened."),
    getter(
        "name",
        |i, this| {
            either_attribute(i, this, "name", |i, this| {
                let buffer = expect_text(i, this, "name")?.attached(i)?;
                i.attribute(&buffer, "name")
            })
        },
        "What the file was opened with.",
    ),
    getter(
        "newlines",
        |i, this| {
            either_attribute(i, this, "newlines", |i, this| {
                Ok(expect_text(i, this, "newlines")?.reading.borrow().seen.value())
            })
        },
        "The line ends seen so far.",
    ),
    getter(
        "write_through",
        |i, this| {
            either_attribute(i, this, "write_through", |i, this| {
                Ok(Value::bool(expect_text(i, this, "write_through")?.is_through.get()))
            })
        },
        "Whether text is passed on at once.",
    ),
];
