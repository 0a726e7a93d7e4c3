//! Texts to bytes and back. What cannot be converted is treated as the `errors` mode says.
//!
//! Texts with lone surrogates (see `object/surrogate.rs`) are encoded only by the modes that are for
//! them.

mod charmap;
mod decode;
mod encode;
mod escape;
mod partial;

pub use decode::decode;
pub use encode::encode;
pub use partial::complete_length;

use super::core_type::CoreType;
use super::fault::Fault;
use super::interpreter::Interpreter;
use super::value::{Completion, Raised, Value};

/// Which way a conversion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Encode,
    Decode,
    /// Opening a text file.
    Open,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::Encode => "encode",
            Way::Open => "open",
            Way::Decode => "decode",
        }
    }
}

/// An encoding that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// UTF-8 with a byte order mark, which decoding skips.
    Utf8Sig,
    Ascii,
    Latin1,
    /// With a byte order mark.
    Utf16,
    Utf16Le,
    Utf16Be,
    /// With a byte order mark.
    Utf32,
    Utf32Le,
    Utf32Be,
    UnicodeEscape,
    RawUnicodeEscape,
    /// A table, by its number.
    Charmap(u8),
}

impl Encoding {
    /// The encoding with a name or alias, in any spelling that CPython takes.
    pub fn lookup(name: &str) -> Option<Encoding> {
        match name {
            "utf-8" | "utf8" | "UTF-8" => return Some(Encoding::Utf8),
            "ascii" => return Some(Encoding::Ascii),
            _ => {}
        }
        Some(match normalize(name).as_str() {
            "utf_8" | "u8" | "utf" | "utf8" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => Encoding::Utf8,
            "utf_8_sig" => Encoding::Utf8Sig,
            "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986" | "cp367"
            | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us" | "us_ascii" => {
                Encoding::Ascii
            }
            "latin_1" | "8859" | "cp819" | "csisolatin1" | "ibm819" | "iso8859" | "iso8859_1"
            | "iso_8859_1" | "iso_8859_1_1987" | "iso_ir_100" | "l1" | "latin" | "latin1" => Encoding::Latin1,
            "utf_16" | "u16" | "utf16" => Encoding::Utf16,
            "utf_16_le" | "unicodelittleunmarked" | "utf_16le" => Encoding::Utf16Le,
            "utf_16_be" | "unicodebigunmarked" | "utf_16be" => Encoding::Utf16Be,
            "utf_32" | "u32" | "utf32" => Encoding::Utf32,
            "utf_32_le" | "utf_32le" => Encoding::Utf32Le,
            "utf_32_be" | "utf_32be" => Encoding::Utf32Be,
            "unicode_escape" => Encoding::UnicodeEscape,
            "raw_unicode_escape" => Encoding::RawUnicodeEscape,
            other => Encoding::Charmap(charmap::find(other)?),
        })
    }

    /// The encoding with a name, or the error of one that is not known.
    pub fn expect(name: &str, way: Way) -> Result<Encoding, CodecError> {
        if name.contains('\0') {
            return Err(Fault::value("embedded null character").into());
        }
        Encoding::lookup(name).ok_or_else(|| {
            let message = match normalize(name).as_str() {
                "hex" | "rot13" | "rot_13" | "base64" | "bz2" | "zlib" | "zip" | "uu" | "quopri" => {
                    format!(
                        "'{name}' is not a text encoding; use codecs.{}() to handle arbitrary codecs",
                        way.name()
                    )
                }
                _ => format!("unknown encoding: {name}"),
            };
            Fault::new(CoreType::LookupError, message).into()
        })
    }

    /// The name it gives itself in `codecs`.
    pub fn own_name(self) -> &'static str {
        match self {
            Encoding::Utf8Sig => "utf-8-sig",
            Encoding::Latin1 => "iso8859-1",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
            Encoding::UnicodeEscape => "unicode-escape",
            Encoding::RawUnicodeEscape => "raw-unicode-escape",
            Encoding::Charmap(number) => charmap::own_name(number),
            other => other.name(),
        }
    }

    /// Its name in error messages.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 | Encoding::Utf8Sig => "utf-8",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Utf16 | Encoding::Utf16Le => "utf-16-le",
            Encoding::Utf16Be => "utf-16-be",
            Encoding::Utf32 | Encoding::Utf32Le => "utf-32-le",
            Encoding::Utf32Be => "utf-32-be",
            Encoding::UnicodeEscape => "unicodeescape",
            Encoding::RawUnicodeEscape => "rawunicodeescape",
            Encoding::Charmap(_) => "charmap",
        }
    }
}

/// As `encodings.normalize_encoding`: lower case, runs of other characters made one underscore.
fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut pending = false;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '.' {
            if pending && !normal.is_empty() {
                normal.push('_');
            }
            pending = false;
            normal.push(character.to_ascii_lowercase());
        } else {
            pending = true;
        }
    }
    normal
}

/// Why a conversion failed.
#[derive(Debug, PartialEq)]
pub enum CodecError {
    /// UnicodeDecodeError; positions are bytes.
    Decode {
        encoding: &'static str,
        start: usize,
        end: usize,
        reason: &'static str,
    },
    /// UnicodeEncodeError; positions are code points.
    Encode {
        encoding: &'static str,
        start: usize,
        end: usize,
        reason: &'static str,
    },
    Fault(Fault),
}

impl From<Fault> for CodecError {
    fn from(fault: Fault) -> CodecError {
        CodecError::Fault(fault)
    }
}

impl CodecError {
    /// Raise it; `object` is what was to be converted.
    #[cold]
    pub fn raise(self, object: &Value, interp: &mut dyn Interpreter) -> Raised {
        let (class, encoding, start, end, reason) = match self {
            CodecError::Decode { encoding, start, end, reason } => {
                (CoreType::UnicodeDecodeError, encoding, start, end, reason)
            }
            CodecError::Encode { encoding, start, end, reason } => {
                (CoreType::UnicodeEncodeError, encoding, start, end, reason)
            }
            CodecError::Fault(fault) => return fault.raise(interp),
        };
        let positions = (Value::int(start as i64), Value::int(end as i64));
        let args = [Value::str(encoding), object.clone(), positions.0, positions.1, Value::str(reason)];
        interp.raise_args(class, &args)
    }
}

/// What a codec or handler of the module `codecs`, or one that a script has registered, makes of
/// `object`; `None` if encoding and mode are built in. `function` is the one of that module to be called.
pub fn registered(
    interp: &mut dyn Interpreter,
    function: &str,
    object: &Value,
    encoding: &str,
    mode: &str,
) -> Option<Completion> {
    if encoding.contains('\0') {
        return None;
    }
    let codecs = if Encoding::lookup(encoding).is_some() {
        if is_known_mode(mode) {
            return None;
        }
        // Nobody has registered a handler without it.
        interp.modules().as_dict()?.get_str("codecs")?
    } else {
        match interp.import("codecs") {
            Ok(codecs) => codecs,
            Err(raised) => return Some(Err(raised)),
        }
    };
    let args = [object.clone(), Value::str(encoding), Value::str(mode)];
    Some(interp.attribute(&codecs, function).and_then(|function| interp.call(&function, &args)))
}

/// Whether an `errors` mode is built in.
pub fn is_known_mode(mode: &str) -> bool {
    matches!(
        mode,
        "strict"
            | "ignore"
            | "replace"
            | "backslashreplace"
            | "xmlcharrefreplace"
            | "namereplace"
            | "surrogateescape"
            | "surrogatepass"
    )
}

/// The error of an `errors` mode nobody knows.
#[cold]
fn unknown_mode(mode: &str) -> CodecError {
    Fault::new(CoreType::LookupError, format!("unknown error handler name '{mode}'")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalized() {
        for name in ["UTF 8", "utf--8", "U8", "Utf_8"] {
            assert_eq!(Encoding::lookup(name), Some(Encoding::Utf8), "{name}");
        }
        assert_eq!(Encoding::lookup("ISO-8859-1"), Some(Encoding::Latin1));
        assert_eq!(Encoding::lookup("nothing"), None);
    }

    #[test]
    fn round_trips() {
        let text = "aé€😀\n";
        for name in ["utf8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-be", "unicode_escape"] {
            let encoding = Encoding::lookup(name).unwrap();
            let bytes = encode(text, encoding, "strict").unwrap();
            assert_eq!(decode(&bytes, encoding, "strict").unwrap(), text, "{name}");
        }
    }

    #[test]
    fn modes() {
        let ascii =
            |mode| encode("aé€b", Encoding::Ascii, mode).map(|b| String::from_utf8(b.into_owned()).unwrap());
        assert_eq!(ascii("replace").unwrap(), "a??b");
        assert_eq!(ascii("xmlcharrefreplace").unwrap(), "a&#233;&#8364;b");
        let error =
            CodecError::Encode { encoding: "ascii", start: 1, end: 3, reason: "ordinal not in range(128)" };
        assert_eq!(ascii("strict").unwrap_err(), error);
        let utf8 =
            |mode| decode(b"a\xe2\x82b\xff\xf0\x9f", Encoding::Utf8, mode).map(|text| text.into_owned());
        assert_eq!(utf8("replace").unwrap(), "a\u{fffd}b\u{fffd}\u{fffd}");
        assert_eq!(utf8("backslashreplace").unwrap(), "a\\xe2\\x82b\\xff\\xf0\\x9f");
        let error =
            CodecError::Decode { encoding: "utf-8", start: 1, end: 3, reason: "invalid continuation byte" };
        assert_eq!(utf8("strict").unwrap_err(), error);
    }
}
