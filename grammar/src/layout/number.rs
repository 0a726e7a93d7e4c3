//! Numbers, scanned by hand so that every fault gets CPython's own words.

use crate::token::TokenKind;

/// What stands at the place of a number.
pub(super) struct Number {
    pub kind: TokenKind,
    /// Offset after the last byte that belongs to it; after a fault, after the word it is part of.
    pub end: usize,
    pub fault: Option<Fault>,
    /// Offset of a keyword glued to the number (`1if x else y`), with the word for the warning.
    pub glued: Option<(usize, &'static str)>,
}

/// Why it is no number.
pub(super) struct Fault {
    pub message: String,
    pub start: usize,
    pub end: usize,
}

/// Scan the number that begins at `start` (a digit, or a dot before a digit).
pub(super) fn scan_number(bytes: &[u8], start: usize) -> Number {
    let mut scan = Scan { bytes, start, at: start };
    let mut glued = None;
    match scan.number(&mut glued) {
        Ok(kind) => Number { kind, end: scan.at, fault: None, glued },
        Err(fault) => {
            let mut end = scan.at.max(fault.end);
            while bytes.get(end).is_some_and(|&byte| is_word(byte)) {
                end += 1;
            }
            Number { kind: TokenKind::Int, end, fault: Some(fault), glued: None }
        }
    }
}

struct Scan<'t> {
    bytes: &'t [u8],
    start: usize,
    at: usize,
}

/// CPython's "potential identifier character", without the bytes of other scripts.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Scan<'_> {
    fn peek(&self) -> u8 {
        // NUL is refused before any number is scanned, so it can stand for the end.
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// A fault seen after reading up to `at`: CPython points at the last byte read.
    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { message: message.into(), start: self.at.saturating_sub(1).max(self.start), end: self.at })
    }

    fn number(&mut self, glued: &mut Option<(usize, &'static str)>) -> Result<TokenKind, Fault> {
        let kind = match (self.peek(), self.bytes.get(self.start + 1)) {
            (b'0', Some(b'x' | b'X')) => return self.radix("hexadecimal", |b| b.is_ascii_hexdigit(), glued),
            (b'0', Some(b'o' | b'O')) => return self.radix("octal", |b| matches!(b, b'0'..=b'7'), glued),
            (b'0', Some(b'b' | b'B')) => return self.radix("binary", |b| matches!(b, b'0' | b'1'), glued),
            (b'.', _) => TokenKind::Int,
            (b'0', _) => self.zero()?,
            _ => {
                self.digits()?;
                TokenKind::Int
            }
        };
        self.tail(kind, glued)
    }

    fn radix(
        &mut self,
        name: &'static str,
        is_digit: fn(u8) -> bool,
        glued: &mut Option<(usize, &'static str)>,
    ) -> Result<TokenKind, Fault> {
        self.at += 2;
        loop {
            if self.peek() == b'_' {
                self.at += 1;
            }
            if !is_digit(self.peek()) {
                self.foreign_digit(name)?;
                return self.fault(format!("invalid {name} literal"));
            }
            while is_digit(self.peek()) {
                self.at += 1;
            }
            if self.peek() != b'_' {
                break;
            }
        }
        self.foreign_digit(name)?;
        self.end_of_number(name, glued)?;
        Ok(TokenKind::Int)
    }

    fn foreign_digit(&mut self, name: &str) -> Result<(), Fault> {
        let digit = self.peek();
        if !digit.is_ascii_digit() {
            return Ok(());
        }
        self.at += 1;
        self.fault(format!("invalid digit '{}' in {name} literal", digit as char))
    }

    /// `digit (["_"] digit)*`
    fn digits(&mut self) -> Result<(), Fault> {
        loop {
            while self.peek().is_ascii_digit() {
                self.at += 1;
            }
            if self.peek() != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_ascii_digit() {
                return self.fault("invalid decimal literal");
            }
        }
    }

    /// A number that begins with `0`: zeros only, or a float.
    fn zero(&mut self) -> Result<TokenKind, Fault> {
        loop {
            if self.peek() == b'_' {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return self.fault("invalid decimal literal");
                }
            }
            if self.peek() != b'0' {
                break;
            }
            self.at += 1;
        }
        if !self.peek().is_ascii_digit() {
            return Ok(TokenKind::Int);
        }
        let zeros_end = self.at;
        self.digits()?;
        if matches!(self.peek(), b'.' | b'e' | b'E' | b'j' | b'J') {
            return Ok(TokenKind::Int);
        }
        let message = "leading zeros in decimal integer literals are not permitted; \
                       use an 0o prefix for octal integers";
        Err(Fault { message: message.into(), start: self.start, end: zeros_end })
    }

    /// Fraction, exponent and `j`, each optional.
    fn tail(
        &mut self,
        mut kind: TokenKind,
        glued: &mut Option<(usize, &'static str)>,
    ) -> Result<TokenKind, Fault> {
        if self.peek() == b'.' {
            kind = TokenKind::Float;
            self.at += 1;
            if self.peek().is_ascii_digit() {
                self.digits()?;
            }
        }
        if matches!(self.peek(), b'e' | b'E') {
            let exponent = self.at;
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
                if !self.peek().is_ascii_digit() {
                    return self.fault("invalid decimal literal");
                }
            } else if !self.peek().is_ascii_digit() {
                self.at = exponent;
                self.end_of_number("decimal", glued)?;
                return Ok(kind);
            }
            self.digits()?;
            kind = TokenKind::Float;
        }
        if matches!(self.peek(), b'j' | b'J') {
            self.at += 1;
            self.end_of_number("imaginary", glued)?;
            return Ok(TokenKind::Imaginary);
        }
        self.end_of_number("decimal", glued)?;
        Ok(kind)
    }

    /// No word may touch a number, except (with a warning) a keyword that may follow one.
    fn end_of_number(
        &mut self,
        name: &'static str,
        glued: &mut Option<(usize, &'static str)>,
    ) -> Result<(), Fault> {
        if !is_word(self.peek()) {
            return Ok(());
        }
        let rest = &self.bytes[self.at..];
        let whole =
            |word: &[u8]| rest.starts_with(word) && !rest.get(word.len()).is_some_and(|&b| is_word(b));
        let keyword = [&b"and"[..], b"else", b"for", b"or", b"not"].iter().any(|word| whole(word))
            || [&b"if"[..], b"in", b"is"].iter().any(|word| rest.starts_with(word));
        if keyword {
            *glued = Some((self.at, name));
            return Ok(());
        }
        self.fault(format!("invalid {name} literal"))
    }
}
