//! The `newline` argument of text streams: where lines end, and what becomes of line ends.

/// How line ends are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    /// None: lines end with `\n`, `\r` or `\r\n`, and all of these are read as `\n`.
    Translate,
    /// `''`: the same ends, read as they are.
    Universal,
    /// Only `\n` ends a line.
    Lf,
    /// Only `\r` ends a line, and `\n` is written as `\r`.
    Cr,
    /// Only `\r\n` ends a line, and `\n` is written so.
    CrLf,
}

/// Which line ends have been seen: the attribute `newlines`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub cr: bool,
    pub lf: bool,
    pub crlf: bool,
}

impl Newline {
    /// The meaning of the argument; `None` if it is none of the allowed ones.
    pub fn parse(text: Option<&str>) -> Option<Newline> {
        match text {
            None => Some(Newline::Translate),
            Some("") => Some(Newline::Universal),
            Some("\n") => Some(Newline::Lf),
            Some("\r") => Some(Newline::Cr),
            Some("\r\n") => Some(Newline::CrLf),
            Some(_) => None,
        }
    }

    /// The argument of which this is the meaning.
    pub fn argument(self) -> Option<&'static str> {
        match self {
            Newline::Translate => None,
            Newline::Universal => Some(""),
            Newline::Lf => Some("\n"),
            Newline::Cr => Some("\r"),
            Newline::CrLf => Some("\r\n"),
        }
    }

    /// The end of the first line of `text`, the line end included; `None` if it may go on behind
    /// `text`. `is_last`: nothing follows.
    pub fn line_end(self, text: &str, from: usize, is_last: bool) -> Option<usize> {
        let bytes = text.as_bytes();
        match self {
            Newline::Lf => memchr::memchr(b'\n', &bytes[from..]).map(|place| from + place + 1),
            Newline::Cr => memchr::memchr(b'\r', &bytes[from..]).map(|place| from + place + 1),
            Newline::CrLf => memchr::memmem::find(&bytes[from.saturating_sub(1)..], b"\r\n")
                .map(|place| from.saturating_sub(1) + place + 2),
            Newline::Translate | Newline::Universal => {
                let place = from + memchr::memchr2(b'\n', b'\r', &bytes[from..])?;
                if bytes[place] == b'\n' {
                    return Some(place + 1);
                }
                match bytes.get(place + 1) {
                    Some(b'\n') => Some(place + 2),
                    Some(_) => Some(place + 1),
                    None if is_last => Some(place + 1),
                    None => None,
                }
            }
        }
    }

    /// Text as it is given to readers.
    pub fn translate_input<'t>(self, text: &'t str, seen: &mut Seen) -> std::borrow::Cow<'t, str> {
        if !matches!(self, Newline::Translate | Newline::Universal) {
            return text.into();
        }
        if !text.contains('\r') {
            seen.lf |= text.contains('\n');
            return text.into();
        }
        let mut translated = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(place) = rest.find(['\r', '\n']) {
            translated.push_str(&rest[..place]);
            translated.push('\n');
            let (length, flag) = if rest[place..].starts_with("\r\n") {
                (2, &mut seen.crlf)
            } else if rest.as_bytes()[place] == b'\r' {
                (1, &mut seen.cr)
            } else {
                (1, &mut seen.lf)
            };
            *flag = true;
            rest = &rest[place + length..];
        }
        translated.push_str(rest);
        if self == Newline::Universal { text.into() } else { translated.into() }
    }

    /// Text as it is written.
    pub fn translate_output(self, text: &str) -> std::borrow::Cow<'_, str> {
        match self {
            Newline::Cr if text.contains('\n') => text.replace('\n', "\r").into(),
            Newline::CrLf if text.contains('\n') => text.replace('\n', "\r\n").into(),
            _ => text.into(),
        }
    }
}

impl Seen {
    /// The value of `newlines`.
    pub fn value(self) -> crate::object::Value {
        use crate::object::Value;
        let all = [(self.cr, "\r"), (self.lf, "\n"), (self.crlf, "\r\n")];
        let mut ends: Vec<Value> =
            all.into_iter().filter(|(seen, _)| *seen).map(|(_, text)| Value::str(text)).collect();
        match ends.len() {
            0 => Value::NONE,
            1 => ends.remove(0),
            _ => Value::tuple(ends),
        }
    }
}
