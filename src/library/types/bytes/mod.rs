//! What scripts may ask of bytes and of bytearrays: one table of rows for what both have.

pub mod buffer;
pub mod bytearray;
mod change;
mod iterator;
pub mod memoryview;
mod operators;
mod percent;
mod search;

pub use bytearray::BYTEARRAY;
pub use iterator::{BYTEARRAY_ITERATOR, BYTES_ITERATOR};
pub use memoryview::{MEMORYVIEW, MEMORYVIEW_ITERATOR};

use crate::object::escape::repr_bytes;
use crate::object::hash::hash_bytes;
use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, TypeSpec, Value};
use buffer::{Buffer, Bytes, this};

/// The rows that `bytes` and `bytearray` share, behind those of their own.
macro_rules! rows {
    ($class:ty; $($own:expr),+ $(,)?) => {{
        use $crate::library::types::bytes::{change, iterator, operators, percent, search};
        use $crate::object::interpreter::Comparison;
        type B = $class;
        &[
            $($own,)+
            native("__add__", "value, /", operators::add::<B>, "Return self+value."),
            native("__contains__", "key, /", search::contains::<B>, "Return bool(key in self)."),
            native("__eq__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Eq, "__eq__"), "Return self==value."),
            native("__ge__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
            native("__getitem__", "key, /", operators::getitem::<B>, "Return self[key]."),
            native("__gt__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
            native("__iter__", "", iterator::iter::<B>, "Implement iter(self)."),
            native("__le__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Le, "__le__"), "Return self<=value."),
            native("__len__", "", operators::len::<B>, "Return len(self)."),
            native("__lt__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
            native("__mod__", "value, /", percent::modulo::<B>, "Return self%value."),
            native("__mul__", "value, /", |i, a| operators::mul::<B>(i, a, "__mul__"), "Return self*value."),
            native("__ne__", "value, /", |i, a| operators::ordering::<B>(i, a, Comparison::Ne, "__ne__"), "Return self!=value."),
            native("__rmod__", "value, /", percent::rmod::<B>, "Return value%self."),
            native("__rmul__", "value, /", |i, a| operators::mul::<B>(i, a, "__rmul__"), "Return value*self."),
            native("capitalize", "", change::capitalize::<B>, "A copy with its first letter in upper case and the others in lower case."),
            native("center", "width, fillchar=?, /", change::center::<B>, "A copy centered in `width` bytes."),
            native("count", "sub, start=?, end=?, /", search::count::<B>, "How often `sub` occurs in self[start:end], without overlap."),
            native("decode", "encoding=?, errors=?", operators::decode::<B>, "The text that the bytes stand for."),
            native("endswith", "suffix, start=?, end=?, /", search::endswith::<B>, "Whether self[start:end] ends with `suffix`, or one of a tuple of them."),
            native("expandtabs", "tabsize=8", change::expandtabs::<B>, "A copy with tabs expanded to spaces."),
            native("find", "sub, start=?, end=?, /", search::find::<B>, "Where `sub` first occurs in self[start:end]; -1 if nowhere."),
            native("fromhex", "string, /", operators::fromhex::<B>, "Bytes from pairs of hexadecimal digits, spaces between them.").as_class(),
            native("hex", "sep=?, bytes_per_sep=1", change::hex::<B>, "Two hexadecimal digits for each byte."),
            native("index", "sub, start=?, end=?, /", search::index::<B>, "Where `sub` first occurs in self[start:end]; ValueError if nowhere."),
            native("isalnum", "", change::isalnum::<B>, "Whether there are bytes, and all are ASCII letters or digits."),
            native("isalpha", "", change::isalpha::<B>, "Whether there are bytes, and all are ASCII letters."),
            native("isascii", "", change::isascii::<B>, "Whether all bytes are ASCII."),
            native("isdigit", "", change::isdigit::<B>, "Whether there are bytes, and all are ASCII digits."),
            native("islower", "", change::islower::<B>, "Whether there are letters, and all are in lower case."),
            native("isspace", "", change::isspace::<B>, "Whether there are bytes, and all are white space."),
            native("istitle", "", change::istitle::<B>, "Whether there are words, and each begins with its only capital."),
            native("isupper", "", change::isupper::<B>, "Whether there are letters, and all are in upper case."),
            native("join", "iterable_of_bytes, /", search::join::<B>, "The items one after the other, these bytes between them."),
            native("ljust", "width, fillchar=?, /", change::ljust::<B>, "A copy padded on the right to `width` bytes."),
            native("lower", "", change::lower::<B>, "A copy with all ASCII letters in lower case."),
            native("lstrip", "bytes=None, /", change::lstrip::<B>, "A copy without leading white space, or without the given bytes."),
            native("maketrans", "frm, to, /", change::maketrans, "A table for `translate` that maps each byte of `frm` to that of `to`.").as_static(),
            native("partition", "sep, /", search::partition::<B>, "The parts before and behind the first `sep`, and `sep` between them."),
            native("removeprefix", "prefix, /", search::removeprefix::<B>, "A copy without the prefix, if it has it."),
            native("removesuffix", "suffix, /", search::removesuffix::<B>, "A copy without the suffix, if it has it."),
            native("replace", "old, new, count=-1, /", change::replace::<B>, "A copy with `old` replaced by `new`, at most `count` times."),
            native("rfind", "sub, start=?, end=?, /", search::rfind::<B>, "Where `sub` last occurs in self[start:end]; -1 if nowhere."),
            native("rindex", "sub, start=?, end=?, /", search::rindex::<B>, "Where `sub` last occurs in self[start:end]; ValueError if nowhere."),
            native("rjust", "width, fillchar=?, /", change::rjust::<B>, "A copy padded on the left to `width` bytes."),
            native("rpartition", "sep, /", search::rpartition::<B>, "The parts before and behind the last `sep`, and `sep` between them."),
            native("rsplit", "sep=None, maxsplit=-1", search::rsplit::<B>, "The parts between separators, split from the end."),
            native("rstrip", "bytes=None, /", change::rstrip::<B>, "A copy without trailing white space, or without the given bytes."),
            native("split", "sep=None, maxsplit=-1", search::split::<B>, "The parts between separators."),
            native("splitlines", "keepends=False", search::splitlines::<B>, "The lines."),
            native("startswith", "prefix, start=?, end=?, /", search::startswith::<B>, "Whether self[start:end] begins with `prefix`, or one of a tuple of them."),
            native("strip", "bytes=None, /", change::strip::<B>, "A copy without white space at its ends, or without the given bytes."),
            native("swapcase", "", change::swapcase::<B>, "A copy with upper and lower case exchanged."),
            native("title", "", change::title::<B>, "A copy with each word beginning with its only capital."),
            native("translate", "table, /, delete=?", change::translate::<B>, "A copy with each byte mapped by a table of 256, some deleted before."),
            native("upper", "", change::upper::<B>, "A copy with all ASCII letters in upper case."),
            native("zfill", "width, /", change::zfill::<B>, "A copy with zeros in front, behind a sign, to make `width` bytes."),
        ]
    }};
}
use rows;

pub static BYTES: TypeSpec = TypeSpec {
    name: "bytes",
    doc: "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> bytes object of size given by the parameter initialized with null bytes\nbytes() -> empty bytes object\n\nConstruct an immutable array of bytes from:\n  - an iterable yielding integers in range(256)\n  - a text string encoded using the specified encoding\n  - any object implementing the buffer API.\n  - an integer",
    core: Some(CoreType::Bytes),
    subclassable: true,
    methods: rows![
        Bytes;
        native("__new__", "source=?, encoding=?, errors=?", new, "Create and return a new object.  See help(type) for accurate signature.").as_new(),
        native("__bytes__", "", bytes, "Convert this value to exact type bytes."),
        native("__getnewargs__", "", getnewargs, ""),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__sizeof__", "", sizeof, "Size of the object in memory, in bytes."),
        native("__str__", "", repr, "Return str(self)."),
    ],
    ..TypeSpec::EMPTY
};

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].as_bytes().is_some() && args[2].is_unbound() && args[3].is_unbound() {
        return Ok(args[1].clone());
    }
    operators::construct::<Bytes>(interp, args).map(Value::bytes)
}

fn bytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<Bytes>(interp, args, "__bytes__")?;
    Ok(Bytes::unchanged(&args[0]))
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<Bytes>(interp, args, "__getnewargs__")?;
    Ok(Value::tuple(vec![Bytes::unchanged(&args[0])]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(hash_bytes(&this::<Bytes>(interp, args, "__hash__")?)))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::str(&repr_bytes(&this::<Bytes>(interp, args, "__repr__")?)))
}

fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this::<Bytes>(interp, args, "__sizeof__")?.len() as i64 + 33))
}
