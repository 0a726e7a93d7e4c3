//! `io.StringIO`: a text stream in memory.

use super::base::{TEXT_IO_BASE, limit_argument, size_argument, size_or_position};
use super::newline::{Newline, Seen};
use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// A text stream in memory.
#[derive(Default)]
pub struct StringIo {
    /// Nothing once closed.
    state: RefCell<Option<State>>,
}

struct State {
    text: String,
    /// The position in characters; it may lie behind the end.
    position: usize,
    /// The place of `position` in `text` in bytes, no further than its end.
    at: usize,
    /// How far `position` lies behind the end.
    gap: usize,
    newline: Newline,
    seen: Seen,
}

pub static STRING_IO: TypeSpec = TypeSpec {
    name: "StringIO",
    module: "_io",
    doc: "Text I/O implementation using an in-memory buffer.\n\nThe initial_value argument sets the value of object.  The newline\nargument is like the one of TextIOWrapper's constructor.",
    base: Some(&TEXT_IO_BASE),
    subclassable: true,
    native_next: true,
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        |_, _| Ok(Value::object(StringIo::default())),
        "A stream without text.",
    )
    .as_new(),
    native(
        "__init__",
        "initial_value='', newline='\\n'",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__enter__", "", enter, "Context management protocol."),
    native("__exit__", "*args", close, "Context management protocol.  Calls close()."),
    native("__getstate__", "", get_state, ""),
    native("__setstate__", "state, /", set_state, ""),
    native("close", "", close, "Close the IO object."),
    native("flush", "", flush, "Does nothing."),
    native("getvalue", "", getvalue, "Retrieve the entire contents of the object."),
    native("read", "size=-1, /", read, "Read at most size characters, returned as a string."),
    native("readable", "", truth, "Returns True if the IO object can be read."),
    native("readline", "size=-1, /", readline, "Read until newline or EOF."),
    native("seek", "pos, whence=0, /", seek, "Change stream position."),
    native("seekable", "", truth, "Returns True if the IO object can be seeked."),
    native("tell", "", tell, "Tell the current file position."),
    native("truncate", "pos=None, /", truncate, "Truncate size to pos."),
    native("writable", "", truth, "Returns True if the IO object can be written."),
    native("write", "s, /", write, "Write string to file."),
];

static GETTERS: &[GetterRow] = &[
    getter(
        "closed",
        |i, this| Ok(Value::bool(expect_stream(i, this, "closed")?.state.borrow().is_none())),
        "Whether the stream is closed.",
    ),
    getter("encoding", |_, _| Ok(Value::NONE), "None: the text is not encoded."),
    getter("errors", |_, _| Ok(Value::NONE), "None."),
    getter(
        "line_buffering",
        |i, this| expect_stream(i, this, "line_buffering")?.with(i, |_| Value::FALSE),
        "False.",
    ),
    getter(
        "newlines",
        |i, this| expect_stream(i, this, "newlines")?.with(i, |state| state.seen.value()),
        "The line ends seen so far.",
    ),
];

impl Traverse for StringIo {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for StringIo {
    fn spec(&self) -> &'static TypeSpec {
        &STRING_IO
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn before_iter(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        match *self.state.borrow() {
            Some(_) => Ok(()),
            None => Err(interp.value_error(CLOSED)),
        }
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let line = self.with(interp, |state| state.take_line(usize::MAX).to_owned())?;
        Ok(if line.is_empty() { None } else { Some(Value::str(&line)) })
    }
}

/// What the methods say that StringIO inherits.
const CLOSED: &str = "I/O operation on closed file.";

impl StringIo {
    /// Do something with the state; ValueError once closed.
    fn with<R>(&self, interp: &mut dyn Interpreter, f: impl FnOnce(&mut State) -> R) -> Result<R, Raised> {
        match &mut *self.state.borrow_mut() {
            Some(state) => Ok(f(state)),
            None => Err(interp.value_error("I/O operation on closed file")),
        }
    }
}

impl State {
    fn new(newline: Newline) -> State {
        State { text: String::new(), position: 0, at: 0, gap: 0, newline, seen: Seen::default() }
    }

    /// Go to a position in characters.
    fn go(&mut self, position: usize) {
        self.position = position;
        self.at = if self.text.is_ascii() {
            position.min(self.text.len())
        } else {
            self.text.char_indices().nth(position).map_or(self.text.len(), |(offset, _)| offset)
        };
        self.gap = 0;
        if self.at == self.text.len() {
            self.gap = position.saturating_sub(self.length());
        }
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Text from the position to `end`, which becomes the position.
    fn take(&mut self, end: usize) -> &str {
        let from = self.at;
        self.position += self.text[from..end].chars().count();
        self.at = end;
        &self.text[from..end]
    }

    fn take_line(&mut self, limit: usize) -> &str {
        let end = self.newline.line_end(&self.text, self.at, true).unwrap_or(self.text.len());
        // A line end found before the position belongs to what was read.
        let end = end.max(self.at);
        let limited = self.text[self.at..end].char_indices().nth(limit).map(|(offset, _)| self.at + offset);
        self.take(limited.unwrap_or(end))
    }

    fn put(&mut self, text: &str) {
        let translated = match self.newline {
            Newline::Translate | Newline::Universal => self.newline.translate_input(text, &mut self.seen),
            _ => self.newline.translate_output(text),
        };
        let count = translated.chars().count();
        if self.at == self.text.len() {
            self.text.extend(std::iter::repeat_n('\0', std::mem::take(&mut self.gap)));
            self.text.push_str(&translated);
            self.at = self.text.len();
        } else {
            let end = self.text[self.at..]
                .char_indices()
                .nth(count)
                .map_or(self.text.len(), |(offset, _)| self.at + offset);
            self.text.replace_range(self.at..end, &translated);
            self.at += translated.len();
        }
        self.position += count;
    }
}

/// The stream that the method `method` is called on.
fn expect_stream<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v StringIo, Raised> {
    match this.downcast::<StringIo>() {
        Some(stream) => Ok(stream),
        None => Err(wrong_receiver(interp, "_io.StringIO", method, this)),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "__init__")?;
    let newline = match args[2].given_some() {
        Some(newline) => {
            Some(interp.expect_str(newline, |class| format!("newline must be str or None, not {class}"))?)
        }
        None => None,
    };
    let Some(newline) = Newline::parse(newline) else {
        let text = interp.repr(&args[2])?;
        let message = format!("illegal newline value: {}", text.str_like().unwrap_or_default());
        return Err(interp.value_error(&message));
    };
    let mut state = State::new(newline);
    if let Some(text) = args[1].given_some() {
        let text =
            interp.expect_str(text, |class| format!("initial_value must be str or None, not {class}"))?;
        state.put(text);
        state.go(0);
    }
    stream.state.replace(Some(state));
    Ok(Value::NONE)
}

fn get_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "__getstate__")?;
    let (text, newline, position) = stream
        .with(interp, |state| (Value::str(&state.text), state.newline.argument(), state.position as i64))?;
    let attributes = own_attributes(&args[0]);
    Ok(Value::tuple(vec![text, newline.map_or(Value::NONE, Value::str), Value::int(position), attributes]))
}

/// The attributes that a script gave an instance of a subclass.
pub fn own_attributes(object: &Value) -> Value {
    let attributes = object.as_instance().map(|instance| instance.dict());
    attributes
        .and_then(|dict| Some(Value::dict(dict.dict_like().filter(|dict| !dict.is_empty())?.copy())))
        .unwrap_or(Value::NONE)
}

/// Take over the attributes of a state.
pub fn set_attributes(
    interp: &mut dyn Interpreter,
    object: &Value,
    attributes: &Value,
) -> Result<(), Raised> {
    let entries = attributes.dict_like().map(|dict| dict.entries()).unwrap_or_default();
    for entry in entries {
        interp.set_attr(object, &entry.key, &entry.value)?;
    }
    Ok(())
}

fn set_state(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "__setstate__")?;
    let Some([text, newline, position, attributes]) = args[1].tuple_like() else {
        let class = interp.type_name(&args[0]);
        let found = interp.type_name(&args[1]);
        let message = format!("{class}.__setstate__ argument should be 4-tuple, got {found}");
        return Err(interp.type_error(&message));
    };
    init(interp, &[args[0].clone(), Value::str(""), newline.clone()])?;
    let text = interp.expect_str(text, |class| format!("initial_value must be str or None, not {class}"))?;
    let position = interp.expect_int(position)?;
    let Ok(position) = usize::try_from(position) else {
        return Err(interp.value_error("position value cannot be negative"));
    };
    stream.with(interp, |state| {
        // The text has been translated already.
        text.clone_into(&mut state.text);
        state.go(position);
    })?;
    set_attributes(interp, &args[0], attributes)?;
    Ok(Value::NONE)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "__enter__")?.before_iter(interp)?;
    Ok(args[0].clone())
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "close")?.state.take();
    Ok(Value::NONE)
}

fn flush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "flush")?;
    Ok(Value::NONE)
}

fn truth(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "readable")?.with(interp, |_| Value::TRUE)
}

fn getvalue(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "getvalue")?.with(interp, |state| Value::str(&state.text))
}

fn read(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "read")?;
    let size = size_argument(interp, &args[1])?;
    stream.with(interp, |state| {
        let rest = &state.text[state.at..];
        let end = match size {
            Some(size) => {
                rest.char_indices().nth(size).map_or(state.text.len(), |(offset, _)| state.at + offset)
            }
            None => state.text.len(),
        };
        Value::str(state.take(end))
    })
}

fn readline(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "readline")?;
    let limit = limit_argument(interp, &args[1])?;
    stream.with(interp, |state| Value::str(state.take_line(limit)))
}

fn seek(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "seek")?;
    let (offset, whence) = super::binary::seek_arguments(interp, &args[1], &args[2])?;
    stream.with(interp, |_| ())?;
    if !(0..=2).contains(&whence) {
        let message = format!("Invalid whence ({whence}, should be 0, 1 or 2)");
        return Err(interp.value_error(&message));
    }
    if whence == 0 && offset < 0 {
        return Err(interp.value_error(&format!("Negative seek position {offset}")));
    }
    if whence != 0 && offset != 0 {
        return Err(interp.raise(CoreType::OSError, "Can't do nonzero cur-relative seeks"));
    }
    stream.with(interp, |state| {
        match whence {
            0 => state.go(offset as usize),
            2 => state.go(state.length()),
            _ => {}
        }
        Value::int(state.position as i64)
    })
}

fn tell(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    expect_stream(interp, &args[0], "tell")?.with(interp, |state| Value::int(state.position as i64))
}

fn truncate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = size_or_position(interp, &args[1])?;
    let stream = expect_stream(interp, &args[0], "truncate")?;
    let position = stream.with(interp, |state| state.position as i64)?;
    let size = size.unwrap_or(position);
    let Ok(count) = usize::try_from(size) else {
        return Err(interp.value_error(&format!("Negative size value {size}")));
    };
    stream.with(interp, |state| {
        if let Some((offset, _)) = state.text.char_indices().nth(count) {
            state.text.truncate(offset);
            state.go(state.position);
        }
        Value::int(size)
    })
}

fn write(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let stream = expect_stream(interp, &args[0], "write")?;
    let text = interp.expect_str(&args[1], |class| format!("string argument expected, got '{class}'"))?;
    let gap = stream.with(interp, |state| state.gap)?;
    check_room(gap).map_err(|fault| fault.raise(interp))?;
    stream.with(interp, |state| state.put(text))?;
    Ok(Value::int(text.chars().count() as i64))
}
