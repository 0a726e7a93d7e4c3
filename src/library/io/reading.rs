//! How text files read: bytes are decoded in chunks and kept until readers take them. Line ends
//! are translated only when text is handed out, so that the kept text can be counted back to
//! bytes for `tell`.

use super::base::attempt;
use super::channel::BUFFER_SIZE;
use super::newline::{Newline, Seen};
use super::text::TextFile;
use crate::object::codec::{Encoding, complete_length, decode, encode};
use crate::object::{Interpreter, Raised, Value};

/// Where reading stands.
pub struct Reading {
    /// Decoded, with the line ends of the file.
    text: String,
    /// How many bytes of `text` have been handed out.
    at: usize,
    /// The beginning of a character whose end has not been read yet.
    rest: Vec<u8>,
    is_at_end: bool,
    has_begun: bool,
    pub seen: Seen,
    /// Cleared while a loop reads: positions are then not known.
    pub may_tell: bool,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading {
            text: String::new(),
            at: 0,
            rest: Vec::new(),
            is_at_end: false,
            has_begun: false,
            seen: Seen::default(),
            may_tell: true,
        }
    }
}

impl Reading {
    /// Drop what was read ahead.
    pub fn forget(&mut self) {
        self.text.clear();
        self.rest.clear();
        self.at = 0;
        self.is_at_end = false;
        self.has_begun = false;
    }

    /// Whether something has been read.
    pub fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// Hand out what lies before `end`.
    fn take(&mut self, end: usize, newline: Newline) -> String {
        let text = newline.translate_input(&self.text[self.at..end], &mut self.seen).into_owned();
        self.at = end;
        if self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
        }
        text
    }
}

/// Whether chunks of the encoding can be decoded by themselves.
pub fn is_chunked(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::Utf8 | Encoding::Utf8Sig | Encoding::Ascii | Encoding::Latin1 | Encoding::Charmap(_)
    )
}

impl TextFile {
    /// Bytes from the binary file: a chunk, or everything. Empty at its end.
    fn bytes(&self, interp: &mut dyn Interpreter, everything: bool) -> Result<Vec<u8>, Raised> {
        if let Some(channel) = &self.channel {
            return attempt(interp, channel, |channel| {
                if everything { channel.read_all() } else { channel.read_once(BUFFER_SIZE) }
            });
        }
        let buffer = self.attached(interp)?;
        self.pass_pending(interp)?;
        let read = if everything {
            interp.call_method(&buffer, "read", &[])?
        } else if crate::object::sequence::has_method(interp, &buffer, "read1") {
            interp.call_method(&buffer, "read1", &[Value::int(BUFFER_SIZE as i64)])?
        } else {
            interp.call_method(&buffer, "read", &[Value::int(BUFFER_SIZE as i64)])?
        };
        match read.bytes_like() {
            Some(bytes) => Ok(bytes.to_vec()),
            None => {
                let name = interp.type_name(&read);
                let message =
                    format!("underlying read() should have returned a bytes-like object, not '{name}'");
                Err(interp.type_error(&message))
            }
        }
    }

    /// Decode more text; false at the end of the file.
    fn read_more(&self, interp: &mut dyn Interpreter, everything: bool) -> Result<bool, Raised> {
        let encoding = self.encoding.get();
        let everything = everything || !is_chunked(encoding);
        let mut bytes = self.bytes(interp, everything)?;
        let errors = self.errors.borrow().clone();
        let mut reading = self.reading.borrow_mut();
        let is_last = everything || bytes.is_empty();
        reading.is_at_end = is_last;
        if !reading.rest.is_empty() {
            let mut all = std::mem::take(&mut reading.rest);
            all.append(&mut bytes);
            bytes = all;
        }
        if bytes.is_empty() {
            return Ok(false);
        }
        let length = if is_last { bytes.len() } else { complete_length(&bytes, encoding) };
        // The mark stands only at the beginning.
        let encoding = match encoding {
            Encoding::Utf8Sig if reading.has_begun => Encoding::Utf8,
            other => other,
        };
        reading.has_begun = true;
        reading.rest = bytes.split_off(length);
        match decode(&bytes, encoding, errors.str_like().unwrap_or("strict")) {
            Ok(text) => {
                let at = reading.at;
                reading.text.drain(..at);
                reading.at = 0;
                reading.text.push_str(&text);
                Ok(true)
            }
            Err(error) => {
                drop(reading);
                Err(error.raise(&Value::bytes(bytes), interp))
            }
        }
    }

    /// The next line, at most `limit` characters of it.
    pub fn read_line(&self, interp: &mut dyn Interpreter, limit: usize) -> Result<String, Raised> {
        let newline = self.newline.get();
        let mut searched = 0;
        loop {
            {
                let mut reading = self.reading.borrow_mut();
                let at = reading.at;
                let end = newline.line_end(&reading.text, at + searched, reading.is_at_end);
                let limited = if limit == usize::MAX {
                    None
                } else {
                    reading.text[at..].char_indices().nth(limit).map(|(offset, _)| at + offset)
                };
                match (end, limited) {
                    (Some(end), limited) => {
                        let end = limited.map_or(end, |limited| end.min(limited));
                        return Ok(reading.take(end, newline));
                    }
                    (None, Some(limited)) => return Ok(reading.take(limited, newline)),
                    (None, None) => {}
                }
                let waiting = reading.text.len() - at;
                // A line end may begin with the last character.
                searched =
                    reading.text[at..].char_indices().next_back().map_or(waiting, |(offset, _)| offset);
            }
            if !self.read_more(interp, false)? {
                let mut reading = self.reading.borrow_mut();
                let at = reading.at;
                let end = newline.line_end(&reading.text, at, true).unwrap_or(reading.text.len());
                return Ok(reading.take(end, newline));
            }
        }
    }

    /// At most `count` characters.
    pub fn read_count(&self, interp: &mut dyn Interpreter, count: usize) -> Result<String, Raised> {
        let newline = self.newline.get();
        let mut text = String::new();
        let mut missing = count;
        while missing > 0 {
            {
                let mut reading = self.reading.borrow_mut();
                let at = reading.at;
                let waiting = &reading.text[at..];
                // A carriage return at the end may be half of a line end.
                let holds_back =
                    newline == Newline::Translate && !reading.is_at_end && waiting.ends_with('\r');
                let usable = waiting.len() - usize::from(holds_back);
                let end = waiting[..usable].char_indices().nth(missing).map_or(usable, |(offset, _)| offset);
                if end > 0 {
                    let mut end = at + end;
                    // Nor is one in the middle cut in two.
                    if newline == Newline::Translate
                        && reading.text[..end].ends_with('\r')
                        && reading.text[end..].starts_with('\n')
                    {
                        end += 1;
                    }
                    let piece = reading.take(end, newline);
                    missing = missing.saturating_sub(piece.chars().count());
                    text.push_str(&piece);
                    continue;
                }
            }
            if !self.read_more(interp, false)? {
                let mut reading = self.reading.borrow_mut();
                let end = reading.text.len();
                text.push_str(&reading.take(end, newline));
                break;
            }
        }
        Ok(text)
    }

    /// Everything up to the end of the file.
    pub fn read_rest(&self, interp: &mut dyn Interpreter) -> Result<String, Raised> {
        self.read_more(interp, true)?;
        let mut reading = self.reading.borrow_mut();
        let end = reading.text.len();
        let text = reading.take(end, self.newline.get());
        reading.is_at_end = false;
        Ok(text)
    }

    /// How many bytes of the file have been read ahead.
    pub fn bytes_ahead(&self) -> usize {
        let reading = self.reading.borrow();
        let waiting = &reading.text[reading.at..];
        let encoded = match self.encoding.get() {
            Encoding::Utf8 | Encoding::Utf8Sig => waiting.len(),
            Encoding::Ascii | Encoding::Latin1 | Encoding::Charmap(_) => waiting.chars().count(),
            other => encode(waiting, other, "replace").map_or(0, |bytes| bytes.len()),
        };
        encoded + reading.rest.len()
    }
}
