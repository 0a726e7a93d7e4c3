//! `%` formatting: the half that fetches and converts arguments. What directives look like is in
//! `object::format::percent`. The engine is shared with `bytes`.

use super::arguments::{plain, this};
use crate::object::escape::to_ascii;
use crate::object::fault::Fault;
use crate::object::format::integer::{character, decimal};
use crate::object::format::percent::Directive;
use crate::object::format::simple_str;
use crate::object::sequence::has_method;
use crate::object::surrogate;
use crate::object::text::range;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};
use num_bigint::BigInt;
use num_traits::FromPrimitive;

/// A format and its arguments on the way through it.
pub struct Percent<'a> {
    format: &'a [u8],
    /// Where reading goes on.
    at: usize,
    /// The arguments, if they are a tuple.
    items: Option<&'a [Value]>,
    /// The only argument: one that is no tuple, or the value of the latest key.
    single: Value,
    /// CPython's counters: number of arguments, -1 for a single one, and the next one.
    count: isize,
    next: isize,
    mapping: Option<Value>,
    /// Makes a key object of the text between parentheses.
    make_key: fn(&[u8]) -> Value,
}

/// What stands behind a literal.
pub enum Found {
    End,
    /// `%%`.
    Percent,
    Directive(Directive),
}

impl<'a> Percent<'a> {
    /// `is_text` says that a value of this class, though it can be indexed, is no mapping.
    pub fn new(
        interp: &mut dyn Interpreter,
        format: &'a [u8],
        arguments: &'a Value,
        is_text: bool,
        make_key: fn(&[u8]) -> Value,
    ) -> Percent<'a> {
        let items = arguments.tuple_like();
        let (count, next) = items.map_or((-1, -2), |items| (items.len() as isize, 0));
        let is_mapping = items.is_none()
            && !is_text
            && match arguments.tag() {
                Tag::List | Tag::Dict | Tag::Range | Tag::Bytes | Tag::Str => true,
                Tag::Instance | Tag::Object | Tag::Type => has_method(interp, arguments, "__getitem__"),
                _ => false,
            };
        let mapping = if is_mapping { Some(arguments.clone()) } else { None };
        Percent { format, at: 0, items, single: arguments.clone(), count, next, mapping, make_key }
    }

    /// The literal text up to the next directive; `None` at the end.
    pub fn literal(&mut self) -> Option<&'a [u8]> {
        if self.at >= self.format.len() {
            return None;
        }
        let rest = &self.format[self.at..];
        let length = memchr::memchr(b'%', rest).unwrap_or(rest.len());
        self.at += length;
        Some(&rest[..length])
    }

    /// What stands behind a literal.
    pub fn directive(&mut self, interp: &mut dyn Interpreter) -> Result<Found, Raised> {
        if self.at >= self.format.len() {
            return Ok(Found::End);
        }
        self.at += 1;
        let mut directive = Directive::default();
        if self.peek() == Some(b'%') {
            self.at += 1;
            return Ok(Found::Percent);
        }
        if self.peek() == Some(b'(') {
            self.key(interp)?;
        }
        while let Some(flag) = self.peek()
            && directive.add_flag(flag)
        {
            self.at += 1;
        }
        self.width(interp, &mut directive)?;
        self.precision(interp, &mut directive)?;
        if let Some(b'h' | b'l' | b'L') = self.peek() {
            self.at += 1;
        }
        let Some(byte) = self.peek() else { return Err(interp.value_error("incomplete format")) };
        directive.kind = byte as char;
        if !byte.is_ascii()
            && let Ok(rest) = std::str::from_utf8(&self.format[self.at..])
        {
            directive.kind = rest.chars().next().unwrap_or_default();
        }
        self.at += 1;
        Ok(Found::Directive(directive))
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// `(key)`: the value of the key becomes the only argument.
    fn key(&mut self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let Some(mapping) = self.mapping.clone() else {
            return Err(interp.type_error("format requires a mapping"));
        };
        self.at += 1;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                Some(b'(') => depth += 1,
                Some(b')') => depth -= 1,
                Some(_) => {}
                None => return Err(interp.value_error("incomplete format key")),
            }
            self.at += 1;
        }
        let key = (self.make_key)(&self.format[start..self.at - 1]);
        self.single = interp.get_item(&mapping, &key)?;
        (self.count, self.next, self.items) = (-1, -2, None);
        Ok(())
    }

    fn width(&mut self, interp: &mut dyn Interpreter, directive: &mut Directive) -> Result<(), Raised> {
        if self.peek() == Some(b'*') {
            self.at += 1;
            let width = self.star(interp)?;
            let Some(width) = width.int_like() else {
                return Err(interp.overflow_error("Python int too large to convert to C ssize_t"));
            };
            directive.left |= width < 0;
            directive.width = Some(width.unsigned_abs() as usize);
            return Ok(());
        }
        if let Some(b'0'..=b'9') = self.peek() {
            directive.width = Some(self.number(isize::MAX as usize, "width too big", interp)?);
        }
        Ok(())
    }

    fn precision(&mut self, interp: &mut dyn Interpreter, directive: &mut Directive) -> Result<(), Raised> {
        if self.peek() != Some(b'.') {
            return Ok(());
        }
        self.at += 1;
        directive.precision = Some(0);
        if self.peek() == Some(b'*') {
            self.at += 1;
            let precision = self.star(interp)?;
            let precision = precision.int_like().and_then(|precision| i32::try_from(precision).ok());
            let Some(precision) = precision else {
                return Err(interp.overflow_error("Python int too large to convert to C int"));
            };
            directive.precision = Some(precision.max(0) as usize);
        } else {
            directive.precision = Some(self.number(i32::MAX as usize, "precision too big", interp)?);
        }
        Ok(())
    }

    fn number(&mut self, most: usize, message: &str, interp: &mut dyn Interpreter) -> Result<usize, Raised> {
        let mut value = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let digit = usize::from(digit - b'0');
            if value > (most - digit) / 10 {
                return Err(interp.value_error(message));
            }
            value = value * 10 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn star(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let value = self.argument(interp)?;
        if value.is_integer() { Ok(value) } else { Err(interp.type_error("* wants int")) }
    }

    /// The next argument.
    pub fn argument(&mut self, interp: &mut dyn Interpreter) -> Completion {
        if self.next >= self.count {
            return Err(interp.type_error("not enough arguments for format string"));
        }
        let index = self.next;
        self.next += 1;
        Ok(match self.items {
            Some(items) => items[index as usize].clone(),
            None => self.single.clone(),
        })
    }

    /// Whether arguments are left that nothing asked for.
    pub fn has_rest(&self) -> bool {
        self.next < self.count && self.mapping.is_none()
    }

    /// The error for a conversion that does not exist.
    #[cold]
    pub fn unsupported(&self, interp: &mut dyn Interpreter, directive: &Directive) -> Raised {
        let before = &self.format[..self.at - 1];
        let index = std::str::from_utf8(before).map_or(before.len(), |text| text.chars().count());
        let shown = match directive.kind {
            kind @ '\x1f'..='~' => kind,
            _ => '?',
        };
        let code = surrogate::code(directive.kind);
        let message = format!("unsupported format character '{shown}' (0x{code:x}) at index {index}");
        interp.value_error(&message)
    }
}

/// Append `value` converted by a number's directive (`d i u o x X`).
pub fn push_int(
    interp: &mut dyn Interpreter,
    out: &mut Vec<u8>,
    directive: &Directive,
    value: &Value,
) -> Result<(), Raised> {
    let pushed = match value.is_integer() {
        true => directive.push_int(out, value),
        false => {
            let integer = to_integer(interp, directive, value)?;
            directive.push_int(out, &integer)
        }
    };
    pushed.map_err(|fault| fault.raise(interp))
}

/// An argument that is no integer as one.
fn to_integer(interp: &mut dyn Interpreter, directive: &Directive, value: &Value) -> Completion {
    let kind = directive.kind;
    let needs_index = matches!(kind, 'o' | 'x' | 'X');
    if !needs_index
        && let Some(float) = value.as_float()
        && float.is_finite()
        && let Some(integer) = BigInt::from_f64(float.trunc())
    {
        return Ok(Value::big_int(integer));
    }
    let is_number = ["__index__", "__int__", "__float__"].iter().any(|name| has_method(interp, value, name));
    let converted = match (is_number, needs_index) {
        (false, _) => None,
        (true, true) => Some(interp.index(value)),
        (true, false) => {
            let int = interp.core(CoreType::Int);
            Some(interp.call(&int, std::slice::from_ref(value)))
        }
    };
    match converted {
        Some(Ok(integer)) => Ok(integer),
        Some(Err(raised)) if !interp.raised_is(&raised, CoreType::TypeError) => Err(raised),
        _ => {
            let wanted = if needs_index { "an integer" } else { "a real number" };
            let name = interp.type_name(value);
            Err(interp.type_error(&format!("%{kind} format: {wanted} is required, not {name}")))
        }
    }
}

pub fn modulo(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__mod__")?;
    apply(interp, &args[0], &args[1])
}

pub fn rmod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__rmod__")?;
    match args[1].str_like() {
        Some(_) => apply(interp, &args[1], &args[0]),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn apply(interp: &mut dyn Interpreter, format: &Value, arguments: &Value) -> Completion {
    let bytes = format.str_like().unwrap_or_default().as_bytes();
    let is_text = arguments.str_like().is_some();
    let make_key = |key: &[u8]| Value::str(std::str::from_utf8(key).unwrap_or_default());
    let mut percent = Percent::new(interp, bytes, arguments, is_text, make_key);
    let mut out = Vec::with_capacity(bytes.len() + 16);
    while let Some(literal) = percent.literal() {
        out.extend_from_slice(literal);
        let directive = match percent.directive(interp)? {
            Found::End => break,
            Found::Percent => {
                out.push(b'%');
                continue;
            }
            Found::Directive(directive) => directive,
        };
        let value = percent.argument(interp)?;
        match directive.kind {
            's' if directive.is_plain() && push_plain(&mut out, &value) => {}
            's' | 'r' | 'a' => push_text(interp, &mut out, &directive, &value)?,
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => push_int(interp, &mut out, &directive, &value)?,
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let float = interp.expect_float(&value)?;
                directive.push_float(&mut out, float).map_err(|fault| fault.raise(interp))?;
            }
            'c' => {
                let character = to_character(interp, &value)?;
                let text = character.encode_utf8(&mut [0; 4]).as_bytes().to_vec();
                directive.push_padded(&mut out, &text, 1).map_err(|fault| fault.raise(interp))?;
            }
            _ => return Err(percent.unsupported(interp, &directive)),
        }
    }
    if percent.has_rest() {
        return Err(interp.type_error("not all arguments converted during string formatting"));
    }
    if !bytes.is_empty() && !bytes.contains(&b'%') {
        return Ok(format.clone());
    }
    Ok(Value::str(std::str::from_utf8(&out).expect("made of whole texts")))
}

/// Append what needs no conversion; whether it did.
fn push_plain(out: &mut Vec<u8>, value: &Value) -> bool {
    match (value.as_str(), value.as_int()) {
        (Some(text), _) => out.extend_from_slice(text.as_bytes()),
        (_, Some(number)) => out.extend_from_slice(decimal(number, &mut [0; 20]).as_bytes()),
        _ => return false,
    }
    true
}

fn push_text(
    interp: &mut dyn Interpreter,
    out: &mut Vec<u8>,
    directive: &Directive,
    value: &Value,
) -> Result<(), Raised> {
    let text = match (directive.kind, simple_str(value)) {
        ('s', Some(text)) => text,
        ('s', None) => interp.to_str(value)?,
        ('r', _) => interp.repr(value)?,
        _ => to_ascii(&plain(&interp.repr(value)?)),
    };
    let Some(string) = text.str_object_like() else { return Ok(()) };
    let (shown, chars) = match directive.precision {
        Some(precision) if precision < string.char_count() => (range(string, 0, precision), precision),
        _ => (string.as_str(), string.char_count()),
    };
    directive.push_padded(out, shown.as_bytes(), chars).map_err(|fault| fault.raise(interp))
}

fn to_character(interp: &mut dyn Interpreter, value: &Value) -> Result<char, Raised> {
    let refused = "%c requires int or char";
    if let Some(string) = value.str_object_like() {
        return match string.as_str().chars().next() {
            Some(character) if string.char_count() == 1 => Ok(character),
            _ => Err(interp.type_error(refused)),
        };
    }
    if !value.is_integer() && !has_method(interp, value, "__index__") {
        return Err(interp.type_error(refused));
    }
    let code = interp.index(value)?;
    let character = match code.as_int_or_bool() {
        Some(code) => character(code),
        None => Err(Fault::overflow("%c arg not in range(0x110000)")),
    };
    character.map_err(|fault| fault.raise(interp))
}
