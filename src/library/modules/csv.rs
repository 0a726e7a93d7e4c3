//! `_csv_native`: the two loops of `csv`, over the characters of a line and over the fields of a row.

use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::sequence::has_method;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

pub static CSV: ModuleSpec = ModuleSpec {
    name: "_csv_native",
    doc: "Reading and writing of records.",
    functions: FUNCTIONS,
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[native(
    "format",
    "delimiter, quotechar, escapechar, doublequote, skipinitialspace, strict, lineterminator, quoting, /",
    new_format,
    "How records are written, and a reader of such records.",
)];

/// When fields are quoted, as `csv.QUOTE_*`.
const ALL: i64 = 1;
const NON_NUMERIC: i64 = 2;
const NONE: i64 = 3;
const STRINGS: i64 = 4;
const NOT_NULL: i64 = 5;

/// Where reading stands.
#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Record,
    Field,
    InField,
    Escape,
    /// After an escaped line end.
    EscapedEnd,
    InQuoted,
    EscapeInQuoted,
    QuoteInQuoted,
    EatEnd,
}

/// A record that is being read.
#[derive(Default)]
struct Record {
    state: State,
    fields: Vec<Value>,
    field: String,
    /// How many characters `field` has.
    length: usize,
    is_quoted: bool,
}

struct Format {
    delimiter: char,
    quote: Option<char>,
    escape: Option<char>,
    doubles_quotes: bool,
    skips_space: bool,
    is_strict: bool,
    line_end: String,
    quoting: i64,
    record: RefCell<Record>,
}

static FORMAT: TypeSpec = TypeSpec {
    name: "Format",
    module: "_csv_native",
    doc: "How records are written.",
    methods: &[
        native("feed", "line, limit, /", feed, "Read a line: the fields, or None if the record goes on."),
        native("finish", "", finish, "The fields of a record that nothing follows; None if there is none."),
        native("row", "values, /", row, "The text of a record."),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Format {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.record.borrow().fields.iter().for_each(visit);
    }

    fn clear(&self) {
        drop(self.record.take());
    }
}

impl NativeObject for Format {
    fn spec(&self) -> &'static TypeSpec {
        &FORMAT
    }
}

/// `csv.Error`.
#[cold]
fn error(interp: &mut dyn Interpreter, message: &str) -> Raised {
    let made = interp.import("csv").and_then(|module| {
        let class = interp.attribute(&module, "Error")?;
        interp.call(&class, &[Value::str(message)])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

fn new_format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let character = |at: usize| args[at].str_like().and_then(|text| text.chars().next());
    let (doubles_quotes, skips_space, is_strict) =
        (interp.truth(&args[3])?, interp.truth(&args[4])?, interp.truth(&args[5])?);
    Ok(Value::object(Format {
        delimiter: character(0).unwrap_or(','),
        quote: character(1),
        escape: character(2),
        doubles_quotes,
        skips_space,
        is_strict,
        line_end: args[6].str_like().unwrap_or_default().to_owned(),
        quoting: interp.expect_int(&args[7])?,
        record: RefCell::default(),
    }))
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Format, Raised> {
    match this.downcast::<Format>() {
        Some(format) => Ok(format),
        None => Err(wrong_receiver(interp, "_csv_native.Format", method, this)),
    }
}

impl Record {
    fn push(&mut self, character: char) {
        self.field.push(character);
        self.length += 1;
    }
}

impl Format {
    /// The field is complete.
    fn save(&self, interp: &mut dyn Interpreter, record: &mut Record) -> Result<(), Raised> {
        let is_empty = record.field.is_empty();
        let mut value = Value::str(&record.field);
        record.field.clear();
        record.length = 0;
        if !std::mem::take(&mut record.is_quoted) {
            match self.quoting {
                NON_NUMERIC => value = number(interp, &value)?,
                STRINGS if !is_empty => value = number(interp, &value)?,
                STRINGS | NOT_NULL if is_empty => value = Value::NONE,
                _ => {}
            }
        }
        record.fields.push(value);
        Ok(())
    }

    /// One character of a line, or its end.
    fn step(
        &self,
        interp: &mut dyn Interpreter,
        record: &mut Record,
        next: Option<char>,
    ) -> Result<(), Raised> {
        let is_end = matches!(next, None | Some('\r' | '\n'));
        let after_end = if next.is_none() { State::Record } else { State::EatEnd };
        let quote = self.quote.filter(|_| self.quoting != NONE);
        match record.state {
            State::Record | State::Field => {
                if record.state == State::Record {
                    if next.is_none() {
                        return Ok(());
                    }
                    if is_end {
                        record.state = State::EatEnd;
                        return Ok(());
                    }
                    record.state = State::Field;
                }
                if is_end {
                    self.save(interp, record)?;
                    record.state = after_end;
                } else if next == quote {
                    record.is_quoted = true;
                    record.state = State::InQuoted;
                } else if next == self.escape {
                    record.state = State::Escape;
                } else if next == Some(' ') && self.skips_space {
                } else if next == Some(self.delimiter) {
                    self.save(interp, record)?;
                } else {
                    record.push(next.unwrap_or_default());
                    record.state = State::InField;
                }
            }
            State::Escape => {
                record.push(next.unwrap_or('\n'));
                record.state = if next.is_some() && is_end { State::EscapedEnd } else { State::InField };
            }
            State::EscapedEnd if next.is_none() => {}
            State::InField | State::EscapedEnd => {
                if is_end {
                    self.save(interp, record)?;
                    record.state = after_end;
                } else if next == self.escape {
                    record.state = State::Escape;
                } else if next == Some(self.delimiter) {
                    self.save(interp, record)?;
                    record.state = State::Field;
                } else {
                    record.push(next.unwrap_or_default());
                    record.state = State::InField;
                }
            }
            State::InQuoted => {
                if next.is_none() {
                } else if next == self.escape {
                    record.state = State::EscapeInQuoted;
                } else if next == quote {
                    record.state = if self.doubles_quotes { State::QuoteInQuoted } else { State::InField };
                } else {
                    record.push(next.unwrap_or_default());
                }
            }
            State::EscapeInQuoted => {
                record.push(next.unwrap_or('\n'));
                record.state = State::InQuoted;
            }
            State::QuoteInQuoted => {
                if next == quote && next.is_some() {
                    record.push(next.unwrap_or_default());
                    record.state = State::InQuoted;
                } else if next == Some(self.delimiter) {
                    self.save(interp, record)?;
                    record.state = State::Field;
                } else if is_end {
                    self.save(interp, record)?;
                    record.state = after_end;
                } else if self.is_strict {
                    let quote = self.quote.unwrap_or_default();
                    return Err(error(interp, &format!("'{}' expected after '{quote}'", self.delimiter)));
                } else {
                    record.push(next.unwrap_or_default());
                    record.state = State::InField;
                }
            }
            State::EatEnd => {
                if next.is_none() {
                    record.state = State::Record;
                } else if !is_end {
                    let message = "new-line character seen in unquoted field - do you need to open the file with newline=''?";
                    return Err(error(interp, message));
                }
            }
        }
        Ok(())
    }
}

/// A text as a float.
fn number(interp: &mut dyn Interpreter, text: &Value) -> Completion {
    let class = interp.core(CoreType::Float);
    interp.call(&class, std::slice::from_ref(text))
}

fn feed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = expect(interp, &args[0], "feed")?;
    let limit = usize::try_from(interp.expect_int(&args[2])?).unwrap_or(0);
    let line = args[1].str_like().unwrap_or_default();
    // The record is out of its place while scripts may run.
    let mut record = format.record.take();
    let mut at = 0;
    while at < line.len() {
        // Most of a field is taken in one piece.
        if matches!(record.state, State::InField | State::InQuoted) {
            let rest = &line[at..];
            let is_plain = |c: char| {
                c != format.delimiter
                    && Some(c) != format.quote
                    && Some(c) != format.escape
                    && !matches!(c, '\r' | '\n')
            };
            let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
            record.field.push_str(&rest[..end]);
            record.length += rest[..end].chars().count();
            at += end;
        }
        let Some(next) = line[at..].chars().next() else { break };
        format.step(interp, &mut record, Some(next))?;
        at += next.len_utf8();
        if record.length > limit {
            break;
        }
    }
    if record.length > limit {
        return Err(error(interp, &format!("field larger than field limit ({limit})")));
    }
    format.step(interp, &mut record, None)?;
    if record.state == State::Record {
        return Ok(Value::list(std::mem::take(&mut record.fields)));
    }
    format.record.replace(record);
    Ok(Value::NONE)
}

fn finish(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = expect(interp, &args[0], "finish")?;
    let mut record = format.record.take();
    let is_open = matches!(record.state, State::InQuoted | State::Escape | State::EscapeInQuoted);
    if record.field.is_empty() && !is_open {
        return Ok(Value::NONE);
    }
    if format.is_strict {
        return Err(error(interp, "unexpected end of data"));
    }
    format.save(interp, &mut record)?;
    Ok(Value::list(record.fields))
}

fn row(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = expect(interp, &args[0], "row")?;
    let values = interp.collect(&args[1])?;
    let is_only = values.len() == 1;
    let mut out = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(format.delimiter);
        }
        format.write(interp, &mut out, value, is_only)?;
    }
    out.push_str(&format.line_end);
    Ok(Value::str(&out))
}

impl Format {
    fn write(
        &self,
        interp: &mut dyn Interpreter,
        out: &mut String,
        value: &Value,
        is_only: bool,
    ) -> Result<(), Raised> {
        let mut quoted = match self.quoting {
            NON_NUMERIC => {
                let is_number = value.int_like().is_some() || value.float_like().is_some();
                !is_number
                    && !has_method(interp, value, "__float__")
                    && !has_method(interp, value, "__index__")
            }
            ALL => true,
            STRINGS => value.str_like().is_some(),
            NOT_NULL => !value.is_none(),
            _ => false,
        };
        let text = match value.as_str() {
            Some(_) => value.clone(),
            None if value.is_none() => Value::str(""),
            None => interp.to_str(value)?,
        };
        let text = text.str_like().unwrap_or_default();
        let start = out.len();
        for c in text.chars() {
            let is_quote = Some(c) == self.quote;
            let is_escape = Some(c) == self.escape;
            let is_special = c == self.delimiter
                || is_quote
                || is_escape
                || matches!(c, '\r' | '\n')
                || self.line_end.contains(c);
            if is_special {
                let wants_escape = match self.quoting {
                    NONE => true,
                    _ if is_quote && self.doubles_quotes => {
                        out.push(c);
                        quoted = true;
                        false
                    }
                    _ if is_quote || is_escape => true,
                    _ => {
                        quoted = true;
                        false
                    }
                };
                if wants_escape {
                    match self.escape {
                        Some(escape) => out.push(escape),
                        None => return Err(error(interp, "need to escape, but no escapechar set")),
                    }
                }
            }
            out.push(c);
        }
        if text.is_empty() && is_only {
            if self.quoting == NONE || matches!(self.quoting, STRINGS | NOT_NULL) && value.is_none() {
                return Err(error(interp, "single empty field record must be quoted"));
            }
            quoted = true;
        } else if text.is_empty() && self.delimiter == ' ' && self.skips_space {
            quoted = true;
        }
        if let (true, Some(quote)) = (quoted, self.quote) {
            out.insert(start, quote);
            out.push(quote);
        }
        Ok(())
    }
}
