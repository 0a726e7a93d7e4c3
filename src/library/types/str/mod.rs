//! What scripts may ask of a string.

pub mod arguments;
mod case;
mod classify;
mod find;
mod format;
mod iterator;
mod pad;
pub mod percent;
mod split;
mod translate;

pub use iterator::{STR_ASCII_ITERATOR, STR_ITERATOR};
pub use split::items_to_join;

use crate::library::types::bytes::buffer::joined;
use crate::object::codec::{Encoding, Way, decode, registered};
use crate::object::convention::Convention;
use crate::object::escape::repr_str;
use crate::object::hash::hash_simple;
use crate::object::interpreter::Comparison;
use crate::object::sequence::{SliceBounds, has_index, index_of, repeat_count};
use crate::object::spec::native;
use crate::object::text;
use crate::object::{Completion, CoreType, Interpreter, TypeSpec, Value};
use arguments::{bad_argument, plain, this};

pub static STR: TypeSpec = TypeSpec {
    name: "str",
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nCreate a new string object from the given object. If encoding or\nerrors is specified, then the object must expose a data buffer\nthat will be decoded using the given encoding and error handler.\nOtherwise, returns the result of object.__str__() (if defined)\nor repr(object).\nencoding defaults to 'utf-8'.\nerrors defaults to 'strict'.",
    core: Some(CoreType::Str),
    subclassable: true,
    methods: &[
        native(
            "__new__",
            "object=?, encoding=?, errors=?",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new()
        .bound_by(Convention::Fast),
        native("__add__", "value, /", add, "Return self+value."),
        native("__contains__", "key, /", find::contains, "Return bool(key in self)."),
        native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq, "__eq__"), "Return self==value."),
        native(
            "__format__",
            "format_spec, /",
            format::dunder_format,
            "Return a formatted version of the string as described by format_spec.",
        ),
        native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge, "__ge__"), "Return self>=value."),
        native("__getitem__", "key, /", getitem, "Return self[key]."),
        native("__getnewargs__", "", getnewargs, ""),
        native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt, "__gt__"), "Return self>value."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__iter__", "", iterator::iter, "Implement iter(self)."),
        native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le, "__le__"), "Return self<=value."),
        native("__len__", "", len, "Return len(self)."),
        native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt, "__lt__"), "Return self<value."),
        native("__mod__", "value, /", percent::modulo, "Return self%value."),
        native("__mul__", "value, /", |i, a| mul(i, a, "__mul__"), "Return self*value."),
        native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne, "__ne__"), "Return self!=value."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__rmod__", "value, /", percent::rmod, "Return value%self."),
        native("__rmul__", "value, /", |i, a| mul(i, a, "__rmul__"), "Return value*self."),
        native("__sizeof__", "", sizeof, "Return the size of the string in memory, in bytes."),
        native("__str__", "", str_, "Return str(self)."),
        native("capitalize", "", case::capitalize, "Return a capitalized version of the string.\n\nMore specifically, make the first character have upper case and the rest lower\ncase."),
        native(
            "casefold",
            "",
            case::casefold,
            "Return a version of the string suitable for caseless comparisons.",
        ),
        native("center", "width, fillchar=' ', /", pad::center, "Return a centered string of length width.\n\nPadding is done using the specified fill character (default is a space)."),
        native(
            "count",
            "sub, start=?, end=?, /",
            find::count,
            "Return the number of non-overlapping occurrences of substring sub in string S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.",
        ),
        native(
            "encode",
            "encoding=?, errors=?",
            translate::encode,
            "Encode the string using the codec registered for encoding.\n\n  encoding\n    The encoding in which to encode the string.\n  errors\n    The error handling scheme to use for encoding errors.\n    The default is 'strict' meaning that encoding errors raise a\n    UnicodeEncodeError.  Other possible values are 'ignore', 'replace' and\n    'xmlcharrefreplace' as well as any other name registered with\n    codecs.register_error that can handle UnicodeEncodeErrors.",
        ),
        native(
            "endswith",
            "suffix, start=?, end=?, /",
            find::endswith,
            "Return True if the string ends with the specified suffix, False otherwise.\n\n  suffix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.",
        ),
        native(
            "expandtabs",
            "tabsize=8",
            pad::expandtabs,
            "Return a copy where all tab characters are expanded using spaces.\n\nIf tabsize is not given, a tab size of 8 characters is assumed.",
        ),
        native(
            "find",
            "sub, start=?, end=?, /",
            find::find,
            "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nReturn -1 on failure.",
        ),
        native(
            "format",
            "*args, **kwargs",
            format::format,
            "Return a formatted version of the string, using substitutions from args and kwargs.\nThe substitutions are identified by braces ('{' and '}').",
        ),
        native(
            "format_map",
            "mapping, /",
            format::format_map,
            "Return a formatted version of the string, using substitutions from mapping.\nThe substitutions are identified by braces ('{' and '}').",
        ),
        native(
            "index",
            "sub, start=?, end=?, /",
            find::index,
            "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nRaises ValueError when the substring is not found.",
        ),
        native(
            "isalnum",
            "",
            classify::isalnum,
            "Return True if the string is an alpha-numeric string, False otherwise.\n\nA string is alpha-numeric if all characters in the string are alpha-numeric and\nthere is at least one character in the string.",
        ),
        native(
            "isalpha",
            "",
            classify::isalpha,
            "Return True if the string is an alphabetic string, False otherwise.\n\nA string is alphabetic if all characters in the string are alphabetic and there\nis at least one character in the string.",
        ),
        native(
            "isascii",
            "",
            classify::isascii,
            "Return True if all characters in the string are ASCII, False otherwise.\n\nASCII characters have code points in the range U+0000-U+007F.\nEmpty string is ASCII too.",
        ),
        native(
            "isdecimal",
            "",
            classify::isdecimal,
            "Return True if the string is a decimal string, False otherwise.\n\nA string is a decimal string if all characters in the string are decimal and\nthere is at least one character in the string.",
        ),
        native(
            "isdigit",
            "",
            classify::isdigit,
            "Return True if the string is a digit string, False otherwise.\n\nA string is a digit string if all characters in the string are digits and there\nis at least one character in the string.",
        ),
        native(
            "isidentifier",
            "",
            classify::isidentifier,
            "Return True if the string is a valid Python identifier, False otherwise.\n\nCall keyword.iskeyword(s) to test whether string s is a reserved identifier,\nsuch as \"def\" or \"class\".",
        ),
        native(
            "islower",
            "",
            classify::islower,
            "Return True if the string is a lowercase string, False otherwise.\n\nA string is lowercase if all cased characters in the string are lowercase and\nthere is at least one cased character in the string.",
        ),
        native(
            "isnumeric",
            "",
            classify::isnumeric,
            "Return True if the string is a numeric string, False otherwise.\n\nA string is numeric if all characters in the string are numeric and there is at\nleast one character in the string.",
        ),
        native(
            "isprintable",
            "",
            classify::isprintable,
            "Return True if the string is printable, False otherwise.\n\nA string is printable if all of its characters are considered printable in\nrepr() or if it is empty.",
        ),
        native(
            "isspace",
            "",
            classify::isspace,
            "Return True if the string is a whitespace string, False otherwise.\n\nA string is whitespace if all characters in the string are whitespace and there\nis at least one character in the string.",
        ),
        native(
            "istitle",
            "",
            classify::istitle,
            "Return True if the string is a title-cased string, False otherwise.\n\nIn a title-cased string, upper- and title-case characters may only\nfollow uncased characters and lowercase characters only cased ones.",
        ),
        native(
            "isupper",
            "",
            classify::isupper,
            "Return True if the string is an uppercase string, False otherwise.\n\nA string is uppercase if all cased characters in the string are uppercase and\nthere is at least one cased character in the string.",
        ),
        native("join", "iterable, /", split::join, "Concatenate any number of strings.\n\nThe string whose method is called is inserted in between each given string.\nThe result is returned as a new string.\n\nExample: '.'.join(['ab', 'pq', 'rs']) -> 'ab.pq.rs'"),
        native(
            "ljust",
            "width, fillchar=' ', /",
            pad::ljust,
            "Return a left-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).",
        ),
        native("lower", "", case::lower, "Return a copy of the string converted to lowercase."),
        native(
            "lstrip",
            "chars=None, /",
            pad::lstrip,
            "Return a copy of the string with leading whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        ),
        native(
            "maketrans",
            "x, y=?, z=?, /",
            translate::maketrans,
            "Return a translation table usable for str.translate().\n\nIf there is only one argument, it must be a dictionary mapping Unicode\nordinals (integers) or characters to Unicode ordinals, strings or None.\nCharacter keys will be then converted to ordinals.\nIf there are two arguments, they must be strings of equal length, and\nin the resulting dictionary, each character in x will be mapped to the\ncharacter at the same position in y. If there is a third argument, it\nmust be a string, whose characters will be mapped to None in the result.",
        )
        .as_static(),
        native(
            "partition",
            "sep, /",
            split::partition,
            "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string.  If the separator is found,\nreturns a 3-tuple containing the part before the separator, the separator\nitself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing the original string\nand two empty strings.",
        ),
        native(
            "removeprefix",
            "prefix, /",
            find::removeprefix,
            "Return a str with the given prefix string removed if present.\n\nIf the string starts with the prefix string, return string[len(prefix):].\nOtherwise, return a copy of the original string.",
        ),
        native(
            "removesuffix",
            "suffix, /",
            find::removesuffix,
            "Return a str with the given suffix string removed if present.\n\nIf the string ends with the suffix string and that suffix is not empty,\nreturn string[:-len(suffix)]. Otherwise, return a copy of the original\nstring.",
        ),
        native(
            "replace",
            "old, new, /, count=-1",
            find::replace,
            "Return a copy with all occurrences of substring old replaced by new.\n\n  count\n    Maximum number of occurrences to replace.\n    -1 (the default value) means replace all occurrences.\n\nIf the optional argument count is given, only the first count occurrences are\nreplaced.",
        ),
        native(
            "rfind",
            "sub, start=?, end=?, /",
            find::rfind,
            "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nReturn -1 on failure.",
        ),
        native(
            "rindex",
            "sub, start=?, end=?, /",
            find::rindex,
            "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].\n\nOptional arguments start and end are interpreted as in slice notation.\nRaises ValueError when the substring is not found.",
        ),
        native(
            "rjust",
            "width, fillchar=' ', /",
            pad::rjust,
            "Return a right-justified string of length width.\n\nPadding is done using the specified fill character (default is a space).",
        ),
        native(
            "rpartition",
            "sep, /",
            split::rpartition,
            "Partition the string into three parts using the given separator.\n\nThis will search for the separator in the string, starting at the end. If\nthe separator is found, returns a 3-tuple containing the part before the\nseparator, the separator itself, and the part after it.\n\nIf the separator is not found, returns a 3-tuple containing two empty strings\nand the original string.",
        ),
        native(
            "rsplit",
            "sep=None, maxsplit=-1",
            split::rsplit,
            "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any whitespace\n    character (including \\n \\r \\t \\f and spaces) and will discard\n    empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the end of the string and works to the front.",
        ),
        native(
            "rstrip",
            "chars=None, /",
            pad::rstrip,
            "Return a copy of the string with trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        ),
        native(
            "split",
            "sep=None, maxsplit=-1",
            split::split,
            "Return a list of the substrings in the string, using sep as the separator string.\n\n  sep\n    The separator used to split the string.\n\n    When set to None (the default value), will split on any whitespace\n    character (including \\n \\r \\t \\f and spaces) and will discard\n    empty strings from the result.\n  maxsplit\n    Maximum number of splits.\n    -1 (the default value) means no limit.\n\nSplitting starts at the front of the string and works to the end.\n\nNote, str.split() is mainly useful for data that has been intentionally\ndelimited.  With natural text that includes punctuation, consider using\nthe regular expression module.",
        ),
        native(
            "splitlines",
            "keepends=False",
            split::splitlines,
            "Return a list of the lines in the string, breaking at line boundaries.\n\nLine breaks are not included in the resulting list unless keepends is given and\ntrue.",
        ),
        native(
            "startswith",
            "prefix, start=?, end=?, /",
            find::startswith,
            "Return True if the string starts with the specified prefix, False otherwise.\n\n  prefix\n    A string or a tuple of strings to try.\n  start\n    Optional start position. Default: start of the string.\n  end\n    Optional stop position. Default: end of the string.",
        ),
        native(
            "strip",
            "chars=None, /",
            pad::strip,
            "Return a copy of the string with leading and trailing whitespace removed.\n\nIf chars is given and not None, remove characters in chars instead.",
        ),
        native(
            "swapcase",
            "",
            case::swapcase,
            "Convert uppercase characters to lowercase and lowercase characters to uppercase.",
        ),
        native("title", "", case::title, "Return a version of the string where each word is titlecased.\n\nMore specifically, words start with uppercased characters and all remaining\ncased characters have lower case."),
        native(
            "translate",
            "table, /",
            translate::translate,
            "Replace each character in the string using the given translation table.\n\n  table\n    Translation table, which must be a mapping of Unicode ordinals to\n    Unicode ordinals, strings, or None.\n\nThe table must implement lookup/indexing via __getitem__, for instance a\ndictionary or list.  If this operation raises LookupError, the character is\nleft untouched.  Characters mapped to None are deleted.",
        ),
        native("upper", "", case::upper, "Return a copy of the string converted to uppercase."),
        native(
            "zfill",
            "width, /",
            pad::zfill,
            "Pad a numeric string with zeros on the left, to fill a field of the given width.\n\nThe string is never truncated.",
        ),
    ],
    ..TypeSpec::EMPTY
};

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (encoding, errors) = (&args[2], &args[3]);
    for (argument, value) in [("argument 'encoding'", encoding), ("argument 'errors'", errors)] {
        if value.given().is_some_and(|value| value.str_like().is_none()) {
            return Err(bad_argument(interp, "str", argument, "str", value));
        }
    }
    let Some(object) = args[1].given() else { return Ok(Value::str("")) };
    if encoding.is_unbound() && errors.is_unbound() {
        let text = interp.to_str(object)?;
        // A subclass wraps an exact string.
        return Ok(if args[0].is(&interp.core(CoreType::Str)) { text } else { plain(&text) });
    }
    if object.str_like().is_some() {
        return Err(interp.type_error("decoding str is not supported"));
    }
    let Some(data) = joined(interp, object)? else {
        let name = interp.type_name(object);
        return Err(interp.type_error(&format!("decoding to str: need a bytes-like object, {name} found")));
    };
    if data.is_empty() {
        return Ok(Value::str(""));
    }
    let encoding = encoding.str_like().unwrap_or("utf-8");
    let mode = errors.str_like().unwrap_or("strict");
    if let Some(result) = registered(interp, "_decode_text", object, encoding, mode) {
        return result;
    }
    let decoded = Encoding::expect(encoding, Way::Decode).and_then(|encoding| decode(&data, encoding, mode));
    match decoded {
        Ok(text) => Ok(Value::str(&text)),
        Err(error) => Err(error.raise(&Value::bytes(&*data), interp)),
    }
}

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "__add__")?;
    if let Some(other) = args[1].str_object_like() {
        let length = string.as_str().len() + other.as_str().len();
        text::check_room(length).map_err(|fault| fault.raise(interp))?;
        return Ok(text::concat(string, other));
    }
    let name = interp.type_name(&args[1]);
    Err(interp.type_error(&format!("can only concatenate str (not \"{name}\") to str")))
}

fn mul(interp: &mut dyn Interpreter, args: &[Value], name: &str) -> Completion {
    let string = this(interp, args, name)?;
    match repeat_count(interp, &args[1])? {
        1 => Ok(plain(&args[0])),
        count => text::repeat(string, count as i64).map_err(|fault| fault.raise(interp)),
    }
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison, name: &str) -> Completion {
    let text = this(interp, args, name)?.as_str();
    Ok(match (args[1].str_like(), op) {
        (None, _) => Value::NOT_IMPLEMENTED,
        (Some(other), Comparison::Eq) => Value::bool(text == other),
        (Some(other), Comparison::Ne) => Value::bool(text != other),
        (Some(other), _) => Value::bool(op.holds(text::compare(text, other))),
    })
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "__getitem__")?;
    let key = &args[1];
    let index = match key.as_int() {
        Some(index) => index,
        None => {
            if let Some(slice) = key.as_slice() {
                let bounds = SliceBounds::of(interp, slice)?;
                return Ok(text::slice(string, bounds.on(string.char_count())));
            }
            if !has_index(interp, key) {
                let name = interp.type_name(key);
                return Err(interp.type_error(&format!("string indices must be integers, not '{name}'")));
            }
            index_of(interp, key)?
        }
    };
    match text::index(string, index) {
        Some(character) => Ok(character),
        None => Err(interp.index_error("string index out of range")),
    }
}

fn getnewargs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = this(interp, args, "__getnewargs__")?.as_str();
    Ok(Value::tuple(vec![Value::str(text)]))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__hash__")?;
    Ok(Value::int(hash_simple(&plain(&args[0])).unwrap_or(0)))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, args, "__len__")?.char_count() as i64))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(repr_str(this(interp, args, "__repr__")?))
}

fn str_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__str__")?;
    Ok(plain(&args[0]))
}

/// As CPython's compact representation: one, two or four bytes for every character.
fn sizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "__sizeof__")?;
    let count = string.char_count();
    let widest = string.as_str().chars().max().map_or(0, u32::from);
    let size = match widest {
        0..=0x7f => 40 + count + 1,
        0x80..=0xff => 56 + count + 1,
        0x100..=0xffff => 56 + (count + 1) * 2,
        _ => 56 + (count + 1) * 4,
    };
    Ok(Value::int(size as i64))
}
