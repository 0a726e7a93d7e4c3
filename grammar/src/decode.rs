//! The values of literals: escapes, numbers, names. Works on text and offsets; knows no tokens.

use crate::ast::Constant;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Phase};
use crate::source::Span;
use crate::surrogate;
use num_bigint::BigInt;
use num_traits::{Num, ToPrimitive};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Decimal digits that an integer literal may have, as in CPython.
const MAX_INT_DIGITS: usize = 4300;

/// What was found while decoding one literal.
#[derive(Default)]
pub(crate) struct Findings(pub Vec<Diagnostic>);

/// A decoded string literal.
pub(crate) enum StringValue {
    Str(String),
    Bytes(Vec<u8>),
}

/// A name in the form in which names are compared.
pub(crate) fn normalize(name: &str) -> Option<String> {
    if name.is_ascii() || is_nfkc_quick(name.chars()) == IsNormalized::Yes {
        return None;
    }
    Some(name.nfkc().collect())
}

/// The value of an integer literal.
pub(crate) fn integer(text: &str, span: Span, findings: &mut Findings) -> Constant {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        _ => (10, &digits[..]),
    };
    if let Ok(value) = i64::from_str_radix(digits, radix) {
        return Constant::Int(value);
    }
    if radix == 10 && digits.len() > MAX_INT_DIGITS {
        let message = format!(
            "Exceeds the limit ({MAX_INT_DIGITS} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer \
             literals to avoid decimal conversion limits.",
            digits.len()
        );
        findings.0.push(Diagnostic::error(Phase::Parser, message, span));
        return Constant::Int(0);
    }
    match BigInt::from_str_radix(digits, radix) {
        Ok(value) => value.to_i64().map_or_else(|| Constant::BigInt(Box::new(value)), Constant::Int),
        // The tokenizer has already said what is wrong with this number.
        Err(_) => Constant::Int(0),
    }
}

/// The value of a literal with a fraction or exponent.
pub(crate) fn float(text: &str) -> f64 {
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    // What the tokenizer let pass is a float; what it reported has no value to lose.
    digits.parse().unwrap_or(0.0)
}

/// The value of a whole string or bytes literal, prefix and quotes included.
pub(crate) fn string(literal: &str, span: Span, findings: &mut Findings) -> StringValue {
    let quote_at = literal.find(['\'', '"']).unwrap_or(0);
    let (prefix, quoted) = literal.split_at(quote_at);
    let is_bytes = prefix.contains(['b', 'B']);
    let raw = prefix.contains(['r', 'R']);
    let quote = quoted.get(..1).unwrap_or("'");
    let width = if quoted.len() >= 6 && quoted.starts_with(&quote.repeat(3)) { 3 } else { 1 };
    // An unterminated literal (reported before) may end anywhere.
    let body = quoted.get(width..).unwrap_or("");
    let body = body.strip_suffix(&quote.repeat(width)).unwrap_or(body);
    let start = span.start + (quote_at + width) as u32;
    if is_bytes {
        return StringValue::Bytes(bytes(body, raw, span, start, findings));
    }
    if surrogate::contains(body) {
        findings.0.push(refused_character(span));
    }
    StringValue::Str(if raw { line_ends(body) } else { text(body, span, start, false, findings) })
}

/// Line ends as the program sees them: `\n` whatever the file has.
pub(crate) fn line_ends(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// The text of an f-string between fields: `{{` and `}}` are braces.
pub(crate) fn f_string_text(body: &str, raw: bool, span: Span, findings: &mut Findings) -> String {
    if surrogate::contains(body) {
        findings.0.push(refused_character(span));
    }
    if raw {
        return line_ends(&body.replace("{{", "{").replace("}}", "}"));
    }
    text(body, span, span.start, true, findings)
}

/// The text of a field with `=` in an f-string that is not raw: CPython decodes it as well.
pub(crate) fn field_text(body: &str, span: Span) -> String {
    // What is wrong with its escapes was said of the strings in it.
    text(body, span, span.start, false, &mut Findings::default())
}

/// Report an escape that means nothing. CPython reports the first of a literal, on the line on
/// which the literal begins.
fn invalid_escape(what: String, at: Span, literal: Span, one_line: bool, findings: &mut Findings) {
    let mut diagnostic = Diagnostic::error(Phase::Parser, what, if one_line { at } else { literal })
        .with_kind(DiagnosticKind::SyntaxWarning)
        .with_help("write two backslashes, or a raw string, for a backslash");
    if !one_line {
        diagnostic = diagnostic.with_label(at, "here");
    }
    findings.0.push(diagnostic);
}

struct Escapes<'a> {
    body: &'a str,
    at: usize,
    /// Length of what CPython's codec has been given up to `at`: it sees other scripts escaped.
    codec_at: usize,
    warned: bool,
    literal: Span,
    start: u32,
}

impl<'a> Escapes<'a> {
    fn next(&mut self) -> Option<char> {
        let character = self.body[self.at..].chars().next()?;
        self.at += character.len_utf8();
        self.codec_at += if character.is_ascii() { 1 } else { 10 };
        Some(character)
    }

    fn peek(&self) -> Option<u8> {
        self.body.as_bytes().get(self.at).copied()
    }

    fn span(&self, from: usize) -> Span {
        Span::new(self.start + from as u32, self.start + self.at as u32)
    }

    /// Up to `count` digits of `radix`.
    fn digits(&mut self, radix: u32, count: usize) -> &'a str {
        let from = self.at;
        while self.at - from < count && self.peek().is_some_and(|byte| (byte as char).is_digit(radix)) {
            self.at += 1;
            self.codec_at += 1;
        }
        &self.body[from..self.at]
    }

    fn warn(&mut self, from: usize, what: String, findings: &mut Findings) {
        if !self.warned {
            self.warned = true;
            let one_line = !self.body[..from].contains(['\n', '\r']);
            invalid_escape(what, self.span(from), self.literal, one_line, findings);
        }
    }

    /// An octal escape whose first digit has been read.
    fn octal(&mut self, from: usize, findings: &mut Findings) -> u32 {
        self.at -= 1;
        self.codec_at -= 1;
        let digits = self.digits(8, 3);
        let value = u32::from_str_radix(digits, 8).unwrap_or(0);
        if value > 0o377 {
            self.warn(from, format!("invalid octal escape sequence '\\{digits}'"), findings);
        }
        value
    }
}

/// Decode the escapes of a `str`.
fn text(body: &str, literal: Span, start: u32, braces: bool, findings: &mut Findings) -> String {
    let is_special = |c| matches!(c, '\\' | '\r') || braces && matches!(c, '{' | '}');
    if !body.contains(is_special) {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len());
    let mut scan = Escapes { body, at: 0, codec_at: 0, warned: false, literal, start };
    loop {
        let (from, codec_from) = (scan.at, scan.codec_at);
        let Some(character) = scan.next() else { return out };
        match character {
            '\r' => {
                if scan.peek() == Some(b'\n') {
                    scan.next();
                }
                out.push('\n');
            }
            '{' | '}' if braces => {
                if scan.peek() == Some(character as u8) {
                    scan.next();
                }
                out.push(character);
            }
            // The tokenizer has warned of a backslash before a brace.
            '\\' if braces && matches!(scan.peek(), None | Some(b'{' | b'}')) => out.push('\\'),
            '\\' => {
                if let Err(reason) = escape(&mut scan, from, &mut out, findings) {
                    let end = scan.codec_at.max(codec_from + 1) - 1;
                    let message = format!(
                        "(unicode error) 'unicodeescape' codec can't decode bytes in position {codec_from}-{end}: {reason}"
                    );
                    let label = scan.span(from);
                    findings.0.push(
                        Diagnostic::error(Phase::Parser, message, literal).with_label(label, "this escape"),
                    );
                    return out;
                }
            }
            _ => out.push(character),
        }
    }
}

/// Decode one escape after its backslash.
fn escape(
    scan: &mut Escapes,
    from: usize,
    out: &mut String,
    findings: &mut Findings,
) -> Result<(), &'static str> {
    let Some(character) = scan.next() else { return Err("\\ at end of string") };
    let plain = match character {
        '\n' => return Ok(()),
        '\r' => {
            if scan.peek() == Some(b'\n') {
                scan.next();
            }
            return Ok(());
        }
        '\\' | '\'' | '"' => character,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '0'..='7' => char::from_u32(scan.octal(from, findings)).unwrap_or('\u{fffd}'),
        'x' => return code_point(scan, from, 2, "truncated \\xXX escape", out, findings),
        'u' => return code_point(scan, from, 4, "truncated \\uXXXX escape", out, findings),
        'U' => return code_point(scan, from, 8, "truncated \\UXXXXXXXX escape", out, findings),
        'N' => return named(scan, out),
        _ => {
            if character.is_ascii() {
                scan.warn(from, format!("invalid escape sequence '\\{character}'"), findings);
            }
            out.push('\\');
            character
        }
    };
    out.push(plain);
    Ok(())
}

fn code_point(
    scan: &mut Escapes,
    from: usize,
    count: usize,
    truncated: &'static str,
    out: &mut String,
    findings: &mut Findings,
) -> Result<(), &'static str> {
    let digits = scan.digits(16, count);
    if digits.len() < count {
        return Err(truncated);
    }
    let value = u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    match char::from_u32(value) {
        Some(character) => {
            if surrogate::is_standin(character) {
                findings.0.push(refused_character(scan.span(from)));
            }
            out.push(character);
        }
        None if (0xd800..=0xdfff).contains(&value) => {
            out.extend(char::from_u32(value + surrogate::SHIFT));
        }
        None => return Err("illegal Unicode character"),
    }
    Ok(())
}

/// The error for the private characters whose place lone surrogates take.
#[cold]
fn refused_character(span: Span) -> Diagnostic {
    let message = "the characters U+FD800 to U+FDFFF are not supported by apy";
    Diagnostic::error(Phase::Compiler, message, span)
}

/// `\N{name}`.
fn named(scan: &mut Escapes, out: &mut String) -> Result<(), &'static str> {
    const MALFORMED: &str = "malformed \\N character escape";
    if scan.peek() != Some(b'{') {
        return Err(MALFORMED);
    }
    scan.next();
    let from = scan.at;
    let Some(length) = scan.body[from..].find('}') else {
        while scan.next().is_some() {}
        return Err(MALFORMED);
    };
    let name = &scan.body[from..from + length];
    if name.is_empty() {
        return Err(MALFORMED);
    }
    while scan.at < from + length + 1 {
        scan.next();
    }
    match unicode_names2::character(name) {
        Some(character) => out.push(character),
        None => return Err("unknown Unicode character name"),
    }
    Ok(())
}

/// Decode a bytes literal.
fn bytes(body: &str, raw: bool, literal: Span, start: u32, findings: &mut Findings) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    if !body.is_ascii() {
        let message = "bytes can only contain ASCII literal characters";
        findings.0.push(Diagnostic::error(Phase::Parser, message, literal));
        return out;
    }
    if raw {
        return line_ends(body).into_bytes();
    }
    let mut scan = Escapes { body, at: 0, codec_at: 0, warned: false, literal, start };
    loop {
        let from = scan.at;
        let Some(character) = scan.next() else { return out };
        if character == '\r' {
            if scan.peek() == Some(b'\n') {
                scan.next();
            }
            out.push(b'\n');
            continue;
        }
        if character != '\\' {
            out.push(character as u8);
            continue;
        }
        let Some(escaped) = scan.next() else { return out };
        let plain = match escaped {
            '\n' => continue,
            '\r' => {
                if scan.peek() == Some(b'\n') {
                    scan.next();
                }
                continue;
            }
            '\\' | '\'' | '"' => escaped as u8,
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 0x0b,
            '0'..='7' => (scan.octal(from, findings) & 0xff) as u8,
            'x' => {
                let digits = scan.digits(16, 2);
                if digits.len() < 2 {
                    let message = format!("(value error) invalid \\x escape at position {from}");
                    let label = scan.span(from);
                    findings.0.push(
                        Diagnostic::error(Phase::Parser, message, literal).with_label(label, "this escape"),
                    );
                    return out;
                }
                u8::from_str_radix(digits, 16).unwrap_or(0)
            }
            _ => {
                scan.warn(from, format!("invalid escape sequence '\\{escaped}'"), findings);
                out.push(b'\\');
                escaped as u8
            }
        };
        out.push(plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(literal: &str) -> (String, Vec<String>) {
        let mut findings = Findings::default();
        let value = string(literal, Span::new(0, literal.len() as u32), &mut findings);
        let messages = findings.0.into_iter().map(|diagnostic| diagnostic.message).collect();
        match value {
            StringValue::Str(text) => (text, messages),
            StringValue::Bytes(bytes) => (format!("bytes {}", bytes.escape_ascii()), messages),
        }
    }

    #[test]
    fn escapes_have_their_values() {
        for (literal, value) in [
            (r"'\a\b\f\n\r\t\v\\\'\x22\0\101\u00e9\U0001f600'", "\x07\x08\x0c\n\r\t\x0b\\'\"\0Aé😀"),
            (r"'\N{BULLET}\N{latin small letter e with acute}'", "•é"),
            ("'a\\\nb'", "ab"),
            ("'''a\r\nb\rc'''", "a\nb\nc"),
            (r"r'\n\'", r"\n\"),
            (r"R'''a'b'''", "a'b"),
            ("''", ""),
            ("''''''", ""),
            (r"'\é'", "\\é"),
            (r"b'\xff\0a\u'", r"bytes \xff\x00a\\u"),
            (r"bR'\x41'", r"bytes \\x41"),
        ] {
            assert_eq!(text_of(literal).0, value, "{literal}");
        }
    }

    #[test]
    fn wrong_escapes_are_told_as_cpython_tells_them() {
        for (literal, message) in [
            (r"'ab\x1'", "position 2-4: truncated \\xXX escape"),
            (r"'\u12'", "position 0-3: truncated \\uXXXX escape"),
            (r"'\U0011'", "position 0-5: truncated \\UXXXXXXXX escape"),
            (r"'\U00110000'", "position 0-9: illegal Unicode character"),
            (r"'\N{no such thing}'", "position 0-16: unknown Unicode character name"),
            (r"'\N{BULLET'", "position 0-8: malformed \\N character escape"),
            (r"'é\x'", "position 10-11: truncated \\xXX escape"),
            (r"b'a\x1'", "(value error) invalid \\x escape at position 1"),
            (r"b'é'", "bytes can only contain ASCII literal characters"),
        ] {
            let (_, messages) = text_of(literal);
            assert!(messages.len() == 1 && messages[0].ends_with(message), "{literal}: {messages:?}");
        }
    }

    #[test]
    fn numbers_have_their_values() {
        let integer = |text: &str| super::integer(text, Span::default(), &mut Findings::default());
        for (text, value) in
            [("0", 0), ("1_000", 1000), ("0xFF", 255), ("0o1_7", 15), ("0b1_01", 5), ("00_0", 0)]
        {
            assert_eq!(integer(text), Constant::Int(value));
        }
        assert_eq!(integer("9223372036854775807"), Constant::Int(i64::MAX));
        let big = BigInt::from(i64::MAX) + 1;
        assert_eq!(integer("9223372036854775808"), Constant::BigInt(Box::new(big)));
        for (text, value) in [("1.", 1.0), (".5", 0.5), ("1_0.5e-1", 1.05), ("1e400", f64::INFINITY)] {
            assert_eq!(float(text), value);
        }
        let mut findings = Findings::default();
        super::integer(&"1".repeat(4301), Span::default(), &mut findings);
        assert!(findings.0[0].message.starts_with("Exceeds the limit (4300 digits)"));
        assert!(matches!(integer(&"f".repeat(9000).replacen('f', "0xf", 1)), Constant::BigInt(_)));
    }

    #[test]
    fn names_are_normalised() {
        assert_eq!(normalize("ﬁne").as_deref(), Some("fine"));
        assert_eq!(normalize("ａ").as_deref(), Some("a"));
        assert_eq!(normalize("é"), None);
        assert_eq!(normalize("e\u{301}").as_deref(), Some("é"));
    }
}
