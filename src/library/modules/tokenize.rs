//! `_tokenize`: all tokens of a text, comments and line ends included, as CPython's tokenizer gives them
//! to the module `tokenize`.

use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeRow, Value};

pub static TOKENIZE: ModuleSpec = ModuleSpec {
    name: "_tokenize",
    doc: "Tokens of Python source.",
    functions: FUNCTIONS,
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[native(
    "_scan",
    "text, /",
    scan,
    "The tokens of a text as tuples, and None or what is wrong: class, message, line, offset, line's text.",
)];

/// Numbers of the kinds of tokens (see the module `token`).
mod kind {
    pub const ENDMARKER: i64 = 0;
    pub const NAME: i64 = 1;
    pub const NUMBER: i64 = 2;
    pub const STRING: i64 = 3;
    pub const NEWLINE: i64 = 4;
    pub const INDENT: i64 = 5;
    pub const DEDENT: i64 = 6;
    pub const OP: i64 = 55;
    pub const FSTRING_START: i64 = 59;
    pub const FSTRING_MIDDLE: i64 = 60;
    pub const FSTRING_END: i64 = 61;
    pub const COMMENT: i64 = 62;
    pub const NL: i64 = 63;
}

/// Operators of more than one sign, the longest first.
const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "!=", "%=", "&=", "**", "*=", "+=", "-=", "->", "//", "/=", ":=",
    "<<", "<=", "<>", "==", ">=", ">>", "@=", "^=", "|=",
];

/// What is wrong with a text.
struct Fault {
    class: &'static str,
    message: String,
    line: usize,
    offset: usize,
}

/// An f-string that is open.
struct FString {
    quote: u8,
    quote_size: usize,
    is_raw: bool,
    start: usize,
    /// Braces that are open in it.
    depth: i32,
    /// The depth at which the innermost field began, or -1.
    field_depth: i32,
    in_spec: bool,
    /// The text of the string is read, not the inside of a field.
    in_text: bool,
}

struct Scanner<'t> {
    text: &'t [u8],
    source: &'t str,
    line_starts: Vec<usize>,
    at: usize,
    /// Open brackets.
    level: usize,
    indents: Vec<(usize, usize)>,
    strings: Vec<FString>,
    tokens: Vec<Value>,
}

fn scan(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = args[0].str_like().unwrap_or_default();
    let mut scanner = Scanner {
        text: source.as_bytes(),
        source,
        line_starts: vec![0],
        at: 0,
        level: 0,
        indents: vec![(0, 0)],
        strings: Vec::new(),
        tokens: Vec::new(),
    };
    scanner.line_starts.extend(source.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at + 1));
    let fault = scanner.run().err();
    let fault = fault.map_or(Value::NONE, |fault| {
        Value::tuple(vec![
            intern(fault.class),
            Value::str(&fault.message),
            Value::int(fault.line as i64),
            Value::int(fault.offset as i64),
            Value::str(scanner.line_text(fault.line).trim_end_matches(['\n', '\r'])),
        ])
    });
    Ok(Value::pair(Value::list(scanner.tokens), fault))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Line, from 1, and column, in characters, of an offset.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts[line - 1];
        (line, self.source.get(start..at).map_or(at - start, |before| before.chars().count()))
    }

    fn line_text(&self, line: usize) -> &str {
        let start = self.line_starts.get(line - 1).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line).copied().unwrap_or(self.text.len());
        &self.source[start..end]
    }

    fn push(&mut self, kind: i64, text: &str, start: (usize, usize), end: (usize, usize), line: &str) {
        let place =
            |(line, column): (usize, usize)| Value::pair(Value::int(line as i64), Value::int(column as i64));
        let fields = vec![Value::int(kind), Value::str(text), place(start), place(end), Value::str(line)];
        self.tokens.push(Value::tuple(fields));
    }

    /// A token from `start` to here.
    fn token(&mut self, kind: i64, start: usize) {
        self.token_to(kind, start, self.at);
    }

    fn token_to(&mut self, kind: i64, start: usize, end: usize) {
        let (from, to) = (self.place(start), self.place(end));
        let last = self.line_starts.get(to.0).copied().unwrap_or(self.text.len());
        let (source, first) = (self.source, self.line_starts[from.0 - 1]);
        self.push(kind, &source[start..end], from, to, &source[first..last]);
    }

    /// The end of a line: NEWLINE or NL. At the end of the text it has no characters.
    fn line_end(&mut self, kind: i64) {
        let start = self.at;
        let width = match (self.peek(0), self.peek(1)) {
            (b'\r', b'\n') => 2,
            (b'\n', _) => 1,
            _ => 0,
        };
        self.at += width;
        let (line, column) = self.place(start);
        let (source, text) = (self.source, self.line_text(line).to_owned());
        self.push(kind, &source[start..start + width], (line, column), (line, column + width.max(1)), &text);
    }

    fn fault(&self, class: &'static str, message: &str, at: usize) -> Fault {
        let (line, column) = self.place(at);
        Fault { class, message: message.to_owned(), line, offset: column }
    }

    fn syntax(&self, message: &str) -> Fault {
        self.fault("SyntaxError", message, self.at)
    }

    fn run(&mut self) -> Result<(), Fault> {
        if let Some(at) = self.text.iter().position(|byte| *byte == 0) {
            let (line, _) = self.place(at);
            let message = "source code cannot contain null bytes".to_owned();
            return Err(Fault { class: "SyntaxError", message, line, offset: 0 });
        }
        let mut is_line_start = true;
        loop {
            if self.strings.last().is_some_and(|string| string.in_text) {
                self.string_text()?;
                continue;
            }
            if is_line_start && self.level == 0 && self.strings.is_empty() {
                is_line_start = self.indentation()?;
                if is_line_start && !self.is_end() {
                    continue;
                }
            }
            while matches!(self.peek(0), b' ' | b'\t' | 0x0c) {
                self.at += 1;
            }
            if self.is_end() {
                if self.level > 0 || !self.strings.is_empty() {
                    return Err(self.end_in_brackets());
                }
                if !is_line_start {
                    self.line_end(kind::NEWLINE);
                }
                return self.finish();
            }
            is_line_start = self.one()?;
        }
    }

    fn end_in_brackets(&mut self) -> Fault {
        if !self.text.ends_with(b"\n") {
            self.line_end(kind::NL);
        }
        let line = self.place(self.text.len().saturating_sub(1)).0;
        // CPython counts from the beginning of what it holds of the text: that of the f-string.
        let offset = self.strings.first().map_or(0, |string| {
            let first = self.line_starts[self.place(string.start).0 - 1];
            let whole = &self.source[first..];
            whole.chars().count() + usize::from(!whole.ends_with('\n'))
        });
        let message = "unexpected EOF in multi-line statement".to_owned();
        Fault { class: "SyntaxError", message, line, offset }
    }

    fn finish(&mut self) -> Result<(), Fault> {
        let line = match self.text.last() {
            None => 1,
            Some(b'\n') => self.line_starts.len(),
            Some(_) => self.line_starts.len() + 1,
        };
        for _ in 1..self.indents.len() {
            self.push(kind::DEDENT, "", (line, 0), (line, 0), "");
        }
        self.push(kind::ENDMARKER, "", (line, 0), (line, 0), "");
        Ok(())
    }

    /// The beginning of a line; true if nothing is on it.
    fn indentation(&mut self) -> Result<bool, Fault> {
        let start = self.at;
        let (mut column, mut other, mut before_backslash) = (0, 0, None);
        loop {
            match self.peek(0) {
                b' ' => (column, other) = (column + 1, other + 1),
                b'\t' => (column, other) = ((column / 8 + 1) * 8, other + 1),
                0x0c => (column, other) = (0, 0),
                b'\\' if !self.is_end() => {
                    before_backslash = before_backslash.or(Some((column, other)));
                    self.continuation()?;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        match self.peek(0) {
            b'#' => {
                self.comment();
                self.line_end(kind::NL);
                return Ok(true);
            }
            b'\n' => {
                self.line_end(kind::NL);
                return Ok(true);
            }
            b'\r' if self.peek(1) == b'\n' => {
                self.line_end(kind::NL);
                return Ok(true);
            }
            _ if self.is_end() => {
                if self.at > start {
                    self.line_end(kind::NL);
                }
                return Ok(true);
            }
            _ => {}
        }
        let (column, other) = before_backslash.unwrap_or((column, other));
        let (last, last_other) = self.indents[self.indents.len() - 1];
        if column == last {
            if other != last_other {
                return Err(self.tab_fault());
            }
        } else if column > last {
            if other <= last_other {
                return Err(self.tab_fault());
            }
            if self.indents.len() >= 100 {
                return Err(self.fault("IndentationError", "too many levels of indentation", self.at));
            }
            self.indents.push((column, other));
            self.token(kind::INDENT, start);
        } else {
            while self.indents.len() > 1 && column < self.indents[self.indents.len() - 1].0 {
                self.indents.pop();
                let place = self.place(self.at);
                let text = self.line_text(place.0).to_owned();
                self.push(kind::DEDENT, "", place, place, &text);
            }
            let (last, last_other) = self.indents[self.indents.len() - 1];
            if column != last {
                let message = "unindent does not match any outer indentation level";
                let fault = self.fault("IndentationError", message, self.at);
                // No token of the line is given then.
                while self.tokens.last().is_some_and(|token| {
                    token.as_tuple().is_some_and(|fields| fields[0].as_int() == Some(kind::DEDENT))
                }) {
                    self.tokens.pop();
                }
                return Err(self.at_line_end(fault));
            }
            if other != last_other {
                return Err(self.tab_fault());
            }
        }
        Ok(false)
    }

    fn tab_fault(&self) -> Fault {
        let message = "inconsistent use of tabs and spaces in indentation";
        self.at_line_end(self.fault("TabError", message, self.at))
    }

    /// The fault, told at the end of its line.
    fn at_line_end(&self, fault: Fault) -> Fault {
        let text = self.line_text(fault.line).trim_end_matches(['\n', '\r']);
        Fault { offset: text.chars().count() + 1, ..fault }
    }

    /// Skip a backslash and the line end behind it.
    fn continuation(&mut self) -> Result<(), Fault> {
        self.at += 1;
        if self.peek(0) == b'\r' && self.peek(1) == b'\n' {
            self.at += 1;
        }
        if self.is_end() || (self.peek(0) == b'\n' && self.at + 1 == self.text.len()) {
            let mut fault = self.syntax("unexpected EOF in multi-line statement");
            fault.offset = self.line_text(fault.line).trim_end_matches('\n').chars().count() + 1;
            return Err(fault);
        }
        if self.peek(0) != b'\n' {
            let fault = self.syntax("unexpected character after line continuation character");
            return Err(self.at_line_end(fault));
        }
        self.at += 1;
        Ok(())
    }

    fn comment(&mut self) {
        let start = self.at;
        while !self.is_end() && self.peek(0) != b'\n' && !(self.peek(0) == b'\r' && self.peek(1) == b'\n') {
            self.at += 1;
        }
        self.token(kind::COMMENT, start);
    }

    /// One token that is not at the beginning of a line; whether a line begins behind it.
    fn one(&mut self) -> Result<bool, Fault> {
        let start = self.at;
        match self.peek(0) {
            b'#' => self.comment(),
            b'\\' => self.continuation()?,
            b'\n' => return Ok(self.end_of_line()),
            b'\r' if self.peek(1) == b'\n' => return Ok(self.end_of_line()),
            b'"' | b'\'' => self.string(start)?,
            b'0'..=b'9' => self.number(start)?,
            b'.' if self.peek(1).is_ascii_digit() => self.number(start)?,
            byte if is_name(byte) => {
                while is_name(self.peek(0)) {
                    self.at += 1;
                }
                let is_prefix = matches!(
                    self.text[start..self.at].to_ascii_lowercase().as_slice(),
                    b"b" | b"r" | b"u" | b"f" | b"br" | b"rb" | b"fr" | b"rf"
                );
                if is_prefix && matches!(self.peek(0), b'"' | b'\'') {
                    self.string(start)?;
                } else {
                    self.token(kind::NAME, start);
                }
            }
            _ => self.operator(start)?,
        }
        Ok(false)
    }

    fn end_of_line(&mut self) -> bool {
        if self.level > 0 || !self.strings.is_empty() {
            self.line_end(kind::NL);
            return false;
        }
        self.line_end(kind::NEWLINE);
        true
    }

    fn operator(&mut self, start: usize) -> Result<(), Fault> {
        let byte = self.peek(0);
        if let Some(string) = self.strings.last_mut()
            && string.field_depth >= 0
            && byte == b':'
            && string.depth - 1 == string.field_depth
        {
            string.in_text = true;
            string.in_spec = true;
            self.at += 1;
            self.token(kind::OP, start);
            return Ok(());
        }
        let rest = &self.text[self.at..];
        if let Some(found) = OPERATORS.iter().find(|known| rest.starts_with(known.as_bytes())) {
            self.at += found.len();
            self.token(kind::OP, start);
            return Ok(());
        }
        self.at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                self.level += 1;
                if let Some(string) = self.strings.last_mut()
                    && byte == b'{'
                {
                    string.depth += 1;
                }
            }
            b')' | b']' | b'}' => {
                if byte == b'}' && self.strings.last().is_some_and(|string| string.depth == 0) {
                    return Err(self.syntax("f-string: single '}' is not allowed"));
                }
                self.level = self.level.saturating_sub(1);
                if let Some(string) = self.strings.last_mut()
                    && byte == b'}'
                {
                    string.depth -= 1;
                    if string.depth == string.field_depth {
                        string.field_depth -= 1;
                        string.in_text = true;
                        string.in_spec = false;
                    }
                }
            }
            _ => {}
        }
        self.token(kind::OP, start);
        Ok(())
    }

    /// A string whose quotes come next; `start` is where its prefix begins.
    fn string(&mut self, start: usize) -> Result<(), Fault> {
        let prefix = self.text[start..self.at].to_ascii_lowercase();
        let quote = self.peek(0);
        let size = if self.peek(1) == quote && self.peek(2) == quote { 3 } else { 1 };
        self.at += size;
        if prefix.contains(&b'f') {
            self.token(kind::FSTRING_START, start);
            self.strings.push(FString {
                quote,
                quote_size: size,
                is_raw: prefix.contains(&b'r'),
                start,
                depth: 0,
                field_depth: -1,
                in_spec: false,
                in_text: true,
            });
            return Ok(());
        }
        if size == 1 && self.peek(0) == quote {
            self.at += 1;
            self.token(kind::STRING, start);
            return Ok(());
        }
        let mut run = 0;
        while run < size {
            let byte = self.peek(0);
            if self.is_end() || (size == 1 && byte == b'\n') {
                return Err(self.unterminated(start, size, ""));
            }
            self.at += 1;
            if byte == quote {
                run += 1;
                continue;
            }
            run = 0;
            if byte == b'\\' {
                if self.peek(0) == b'\r' {
                    self.at += 1;
                }
                self.at += usize::from(!self.is_end());
            }
        }
        self.token(kind::STRING, start);
        Ok(())
    }

    fn unterminated(&self, start: usize, size: usize, what: &str) -> Fault {
        let last = if self.is_end() { self.text.len().saturating_sub(1) } else { self.at };
        let line = self.place(last).0;
        let width = if size == 3 { "triple-quoted " } else { "" };
        let message = format!("unterminated {width}{what}string literal (detected at line {line})");
        let mut fault = self.fault("SyntaxError", &message, start);
        fault.offset += 1;
        fault
    }

    /// The text of an f-string, or of a format spec, up to the next brace or the end.
    fn string_text(&mut self) -> Result<(), Fault> {
        let index = self.strings.len() - 1;
        let string = &self.strings[index];
        let (quote, size, is_raw) = (string.quote, string.quote_size, string.is_raw);
        let (string_start, in_field) = (string.start, string.field_depth >= 0);
        let in_spec = string.in_spec && in_field;
        let start = self.at;
        if self.peek(0) == b'{' && self.peek(1) != b'{' {
            self.strings[index].field_depth += 1;
            self.strings[index].in_text = false;
            return Ok(());
        }
        if (0..size).all(|ahead| self.peek(ahead) == quote) {
            self.at += size;
            self.strings.pop();
            self.token(kind::FSTRING_END, start);
            return Ok(());
        }
        let (mut run, mut is_named) = (0, false);
        while run < size {
            let byte = self.peek(0);
            if self.is_end() || (size == 1 && byte == b'\n') {
                if in_spec && !self.is_end() {
                    self.strings[index].in_text = false;
                    self.token(kind::FSTRING_MIDDLE, start);
                    return Ok(());
                }
                return Err(self.unterminated(string_start, size, "f-"));
            }
            self.at += 1;
            if byte == quote {
                run += 1;
                continue;
            }
            run = 0;
            match byte {
                b'{' if self.peek(0) != b'{' || in_spec => {
                    self.at -= 1;
                    self.strings[index].field_depth += 1;
                    self.strings[index].in_text = false;
                    self.token(kind::FSTRING_MIDDLE, start);
                    return Ok(());
                }
                b'}' if is_named => {
                    self.token(kind::FSTRING_MIDDLE, start);
                    return Ok(());
                }
                b'}' if self.peek(0) != b'}' || in_spec || self.strings[index].depth > 0 => {
                    self.at -= 1;
                    self.strings[index].in_text = false;
                    self.token(kind::FSTRING_MIDDLE, start);
                    return Ok(());
                }
                b'{' | b'}' => {
                    // Doubled: one of the two belongs to the token.
                    self.token(kind::FSTRING_MIDDLE, start);
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    if self.peek(0) == b'\r' {
                        self.at += 1;
                    }
                    if matches!(self.peek(0), b'{' | b'}') {
                        continue;
                    }
                    let escaped = self.peek(0);
                    self.at += usize::from(!self.is_end());
                    if !is_raw && escaped == b'N' && self.peek(0) == b'{' {
                        self.at += 1;
                        is_named = true;
                    }
                }
                _ => {}
            }
        }
        self.at -= size;
        self.token(kind::FSTRING_MIDDLE, start);
        Ok(())
    }

    /// Digits with single underscores between them.
    fn digits(&mut self, is_digit: impl Fn(u8) -> bool, what: &str) -> Result<(), Fault> {
        loop {
            while is_digit(self.peek(0)) {
                self.at += 1;
            }
            if self.peek(0) != b'_' {
                return Ok(());
            }
            self.at += 1;
            if !is_digit(self.peek(0)) {
                return Err(self.bad_digit(what));
            }
        }
    }

    fn bad_digit(&mut self, what: &str) -> Fault {
        let digit = self.peek(0);
        if digit.is_ascii_digit() && (what == "binary" || what == "octal") {
            self.at += 1;
            return self.syntax(&format!("invalid digit '{}' in {what} literal", digit as char));
        }
        self.syntax(&format!("invalid {what} literal"))
    }

    fn number(&mut self, start: usize) -> Result<(), Fault> {
        let decimal = |byte: u8| byte.is_ascii_digit();
        let radix = match (self.peek(0), self.peek(1).to_ascii_lowercase()) {
            (b'0', b'x') => 16,
            (b'0', b'o') => 8,
            (b'0', b'b') => 2,
            _ => 10,
        };
        if radix != 10 {
            let is_digit = |byte: u8| (byte as char).is_digit(radix);
            let what = match radix {
                16 => "hexadecimal",
                8 => "octal",
                _ => "binary",
            };
            self.at += 2;
            if self.peek(0) == b'_' {
                self.at += 1;
            }
            if !is_digit(self.peek(0)) {
                return Err(self.bad_digit(what));
            }
            self.digits(is_digit, what)?;
            if self.peek(0).is_ascii_digit() {
                return Err(self.bad_digit(what));
            }
            self.token(kind::NUMBER, start);
            return Ok(());
        }
        self.digits(decimal, "decimal")?;
        if self.peek(0) == b'.' {
            self.at += 1;
            if decimal(self.peek(0)) {
                self.digits(decimal, "decimal")?;
            }
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if decimal(self.peek(1 + sign)) {
                self.at += 1 + sign;
                self.digits(decimal, "decimal")?;
            } else if sign == 1 {
                self.at += 2;
                return Err(self.bad_digit("decimal"));
            }
        }
        if matches!(self.peek(0), b'j' | b'J') {
            self.at += 1;
        }
        self.token(kind::NUMBER, start);
        Ok(())
    }
}
