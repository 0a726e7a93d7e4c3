//! Reading: `make_scanner`. Nested lists and dicts wait on a stack of their own, so that deep texts
//! need no deep native stack.

use super::text::{Content, Malformed, read_string};
use super::{MOST_NESTED, too_deep};
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::{StrObject, Traverse};
use crate::object::spec::{GetterRow, member, native};
use crate::object::string::intern;
use crate::object::text::{char_index, offset};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

/// What a decoder wants to be done with what is read. Hooks that do what happens anyway are None.
struct Scanner {
    strict: bool,
    object_hook: Value,
    object_pairs_hook: Value,
    parse_float: Value,
    parse_int: Value,
    parse_constant: Value,
}

pub static SCANNER: TypeSpec = TypeSpec {
    name: "make_scanner",
    module: "_json",
    doc: "JSON scanner object",
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "context",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "string, idx", call, "Call self as a function."),
];

static GETTERS: &[GetterRow] = &[
    member("object_hook", |i, this| Ok(expect(i, this)?.object_hook.clone()), "object_hook"),
    member("object_pairs_hook", |i, this| Ok(expect(i, this)?.object_pairs_hook.clone()), ""),
    member("parse_constant", |i, this| Ok(expect(i, this)?.parse_constant.clone()), "parse_constant"),
    member("parse_float", |i, this| Ok(expect(i, this)?.parse_float.clone()), "parse_float"),
    member("parse_int", |i, this| Ok(expect(i, this)?.parse_int.clone()), "parse_int"),
    member("strict", |i, this| Ok(Value::bool(expect(i, this)?.strict)), "strict"),
];

impl Traverse for Scanner {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for value in [
            &self.object_hook,
            &self.object_pairs_hook,
            &self.parse_float,
            &self.parse_int,
            &self.parse_constant,
        ] {
            visit(value);
        }
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken elsewhere.
    }
}

impl NativeObject for Scanner {
    fn spec(&self) -> &'static TypeSpec {
        &SCANNER
    }
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value) -> Result<&'v Scanner, Raised> {
    match this.downcast::<Scanner>() {
        Some(scanner) => Ok(scanner),
        None => Err(wrong_receiver(interp, "_json.Scanner", "__call__", this)),
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let context = &args[1];
    let strict = interp.attribute(context, "strict")?;
    Ok(Value::object(Scanner {
        strict: interp.truth(&strict)?,
        object_hook: interp.attribute(context, "object_hook")?,
        object_pairs_hook: interp.attribute(context, "object_pairs_hook")?,
        parse_float: interp.attribute(context, "parse_float")?,
        parse_int: interp.attribute(context, "parse_int")?,
        parse_constant: interp.attribute(context, "parse_constant")?,
    }))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let scanner = expect(interp, &args[0])?;
    let Some(string) = args[1].str_object_like() else {
        let class = interp.type_name(&args[1]);
        return Err(interp.type_error(&format!("first argument must be a string, not {class}")));
    };
    let index = interp.expect_int(&args[2])?;
    if index < 0 {
        return Err(interp.value_error("idx cannot be negative"));
    }
    let start =
        if index as usize > string.char_count() { usize::MAX } else { offset(string, index as usize) };
    let mut reading = Reading {
        interp,
        scanner,
        string,
        document: &args[1],
        bytes: string.as_str().as_bytes(),
        keys: HashMap::default(),
    };
    let (value, end) = reading.document(start, index)?;
    Ok(Value::pair(value, Value::int(char_index(string, end) as i64)))
}

/// `scanstring(string, end, strict=True)`.
pub fn scan_string(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(string) = args[0].str_object_like() else {
        let class = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("first argument must be a string, not {class}")));
    };
    let start = interp.expect_int(&args[1])?;
    let strict = interp.truth(&args[2])?;
    if start < 0 || start as usize > string.char_count() {
        return Err(interp.value_error("end is out of bounds"));
    }
    let start = offset(string, start as usize);
    match read_string(string.as_str(), start.max(1), strict) {
        Ok((content, end)) => {
            let value = content_value(string.as_str(), content);
            Ok(Value::pair(value, Value::int(char_index(string, end) as i64)))
        }
        Err(malformed) => Err(decode_error(interp, &args[0], string, malformed)),
    }
}

/// The index of the first character from `idx` on that is no white space.
pub fn skip_whitespace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(string) = args[0].str_object_like() else {
        let class = interp.type_name(&args[0]);
        return Err(interp.type_error(&format!("expected string or bytes-like object, got '{class}'")));
    };
    let start = interp.expect_int(&args[1])?.max(0) as usize;
    let bytes = string.as_str().as_bytes();
    let mut skipped = 0;
    let from = offset(string, start);
    while bytes.get(from + skipped).is_some_and(|byte| is_space(*byte)) {
        skipped += 1;
    }
    Ok(Value::int((start.min(string.char_count()) + skipped) as i64))
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn content_value(text: &str, content: Content) -> Value {
    match content {
        Content::Plain(start, end) => Value::str(&text[start..end]),
        Content::Made(content) => Value::str(&content),
    }
}

/// JSONDecodeError.
#[cold]
fn decode_error(
    interp: &mut dyn Interpreter,
    document: &Value,
    string: &StrObject,
    Malformed { message, at }: Malformed,
) -> Raised {
    let at = Value::int(char_index(string, at.min(string.as_str().len())) as i64);
    let made = interp.import("json.decoder").and_then(|module| {
        let class = interp.attribute(&module, "JSONDecodeError")?;
        interp.call(&class, &[Value::str(message), document.clone(), at])
    });
    match made.and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

/// A list or dict that is not complete yet.
enum Open {
    List(Vec<Value>),
    Dict(DictObject, Value),
    Pairs(Vec<Value>, Value),
}

struct Reading<'r> {
    interp: &'r mut dyn Interpreter,
    scanner: &'r Scanner,
    string: &'r StrObject,
    document: &'r Value,
    bytes: &'r [u8],
    /// Keys are shared by all dicts of a text.
    keys: HashMap<&'r str, Value, FxBuildHasher>,
}

impl<'r> Reading<'r> {
    /// The value that begins at byte `at`, and where it ends.
    fn document(&mut self, at: usize, index: i64) -> Result<(Value, usize), Raised> {
        if at >= self.bytes.len() {
            return Err(self.interp.raise_args(CoreType::StopIteration, &[Value::int(index)]));
        }
        let mut open: Vec<Open> = Vec::new();
        let mut at = at;
        loop {
            // A value begins at `at`.
            let begun = match self.bytes.get(at) {
                Some(b'[') => {
                    at = self.space(at + 1);
                    if self.bytes.get(at) == Some(&b']') {
                        at += 1;
                        Some(Value::list(Vec::new()))
                    } else {
                        open.push(Open::List(Vec::new()));
                        None
                    }
                }
                Some(b'{') => {
                    at = self.space(at + 1);
                    if self.bytes.get(at) == Some(&b'}') {
                        at += 1;
                        let empty = self.new_dict(Value::UNBOUND);
                        Some(self.close(empty)?)
                    } else {
                        let key;
                        (key, at) = self.key(at)?;
                        open.push(self.new_dict(key));
                        None
                    }
                }
                _ => {
                    let value;
                    (value, at) = self.scalar(at)?;
                    Some(value)
                }
            };
            if open.len() > MOST_NESTED {
                let what = if matches!(open.last(), Some(Open::List(_))) { "array" } else { "object" };
                return Err(too_deep(self.interp, &format!("decoding a JSON {what} from a unicode string")));
            }
            let Some(mut value) = begun else { continue };
            // A value has ended at `at`: what it belongs to goes on or ends, too.
            loop {
                let Some(outer) = open.last_mut() else { return Ok((value, at)) };
                at = space(self.bytes, at);
                let closing = match outer {
                    Open::List(items) => {
                        items.push(value);
                        b']'
                    }
                    Open::Dict(dict, key) => {
                        let key = key.take();
                        dict.set(self.interp, &key, value)?;
                        b'}'
                    }
                    Open::Pairs(pairs, key) => {
                        pairs.push(Value::pair(key.take(), value));
                        b'}'
                    }
                };
                match self.bytes.get(at) {
                    Some(&found) if found == closing => {
                        at += 1;
                        let Some(complete) = open.pop() else { break };
                        value = self.close(complete)?;
                        continue;
                    }
                    Some(b',') => {}
                    _ => return Err(self.malformed("Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.space(at + 1);
                if self.bytes.get(at) == Some(&closing) {
                    let message = match closing {
                        b']' => "Illegal trailing comma before end of array",
                        _ => "Illegal trailing comma before end of object",
                    };
                    return Err(self.malformed(message, comma));
                }
                if closing == b'}' {
                    let key;
                    (key, at) = self.key(at)?;
                    if let Some(Open::Dict(_, place) | Open::Pairs(_, place)) = open.last_mut() {
                        *place = key;
                    }
                }
                break;
            }
        }
    }

    fn space(&self, at: usize) -> usize {
        space(self.bytes, at)
    }

    fn malformed(&mut self, message: &'static str, at: usize) -> Raised {
        decode_error(self.interp, self.document, self.string, Malformed { message, at })
    }

    /// An open dict whose first value comes next.
    fn new_dict(&self, key: Value) -> Open {
        if self.scanner.object_pairs_hook.is_none() {
            Open::Dict(DictObject::new(), key)
        } else {
            Open::Pairs(Vec::new(), key)
        }
    }

    /// The object of a list or dict that is complete.
    fn close(&mut self, open: Open) -> Completion {
        match open {
            Open::List(items) => Ok(Value::list(items)),
            Open::Pairs(pairs, _) => {
                let hook = self.scanner.object_pairs_hook.clone();
                self.interp.call(&hook, &[Value::list(pairs)])
            }
            Open::Dict(dict, _) => {
                let dict = Value::dict(dict);
                let hook = &self.scanner.object_hook;
                if hook.is_none() { Ok(dict) } else { self.interp.call(hook, &[dict]) }
            }
        }
    }

    /// A key, its colon and the space around it.
    fn key(&mut self, at: usize) -> Result<(Value, usize), Raised> {
        if self.bytes.get(at) != Some(&b'"') {
            return Err(self.malformed("Expecting property name enclosed in double quotes", at));
        }
        let text = self.string.as_str();
        let (content, after) = match read_string(text, at + 1, self.scanner.strict) {
            Ok(found) => found,
            Err(malformed) => {
                return Err(decode_error(self.interp, self.document, self.string, malformed));
            }
        };
        let key = match content {
            Content::Plain(start, end) => {
                let name: &'r str = &text[start..end];
                self.keys.entry(name).or_insert_with(|| Value::str(name)).clone()
            }
            Content::Made(content) => Value::str(&content),
        };
        let colon = self.space(after);
        if self.bytes.get(colon) != Some(&b':') {
            return Err(self.malformed("Expecting ':' delimiter", colon));
        }
        Ok((key, self.space(colon + 1)))
    }

    /// A string, a number or a constant.
    fn scalar(&mut self, at: usize) -> Result<(Value, usize), Raised> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.first() {
            Some(b'"') => match read_string(self.string.as_str(), at + 1, self.scanner.strict) {
                Ok((content, after)) => Ok((content_value(self.string.as_str(), content), after)),
                Err(malformed) => Err(decode_error(self.interp, self.document, self.string, malformed)),
            },
            Some(b'n') if rest.starts_with(b"null") => Ok((Value::NONE, at + 4)),
            Some(b't') if rest.starts_with(b"true") => Ok((Value::TRUE, at + 4)),
            Some(b'f') if rest.starts_with(b"false") => Ok((Value::FALSE, at + 5)),
            Some(b'N') if rest.starts_with(b"NaN") => self.constant("NaN", at),
            Some(b'I') if rest.starts_with(b"Infinity") => self.constant("Infinity", at),
            Some(b'-') if rest.starts_with(b"-Infinity") => self.constant("-Infinity", at),
            Some(b'-' | b'0'..=b'9') => self.number(at),
            _ => Err(self.nothing(at)),
        }
    }

    #[cold]
    fn nothing(&mut self, at: usize) -> Raised {
        let at = char_index(self.string, at.min(self.bytes.len())) as i64;
        self.interp.raise_args(CoreType::StopIteration, &[Value::int(at)])
    }

    fn constant(&mut self, name: &'static str, at: usize) -> Result<(Value, usize), Raised> {
        let parse = self.scanner.parse_constant.clone();
        Ok((self.interp.call(&parse, &[intern(name)])?, at + name.len()))
    }

    fn number(&mut self, start: usize) -> Result<(Value, usize), Raised> {
        let run = |from: usize| {
            self.bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let first = start + usize::from(self.bytes[start] == b'-');
        let whole = match self.bytes.get(first) {
            Some(b'0') => 1,
            _ => run(first),
        };
        if whole == 0 {
            return Err(self.nothing(start));
        }
        let mut end = first + whole;
        let mut is_float = false;
        if self.bytes.get(end) == Some(&b'.') {
            let digits = run(end + 1);
            if digits > 0 {
                (end, is_float) = (end + 1 + digits, true);
            }
        }
        if matches!(self.bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(end + 1), Some(b'+' | b'-')));
            let digits = run(end + 1 + sign);
            if digits > 0 {
                (end, is_float) = (end + 1 + sign + digits, true);
            }
        }
        let text = &self.string.as_str()[start..end];
        let parse = if is_float { &self.scanner.parse_float } else { &self.scanner.parse_int };
        let plain = if is_float { CoreType::Float } else { CoreType::Int };
        if parse.is(&self.interp.core(plain)) {
            if is_float && let Ok(value) = text.parse::<f64>() {
                return Ok((Value::float(value), end));
            }
            if !is_float && let Ok(value) = text.parse::<i64>() {
                return Ok((Value::int(value), end));
            }
        }
        Ok((self.interp.call(parse, &[Value::str(text)])?, end))
    }
}

#[inline]
fn space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| is_space(*byte)) {
        at += 1;
    }
    at
}
