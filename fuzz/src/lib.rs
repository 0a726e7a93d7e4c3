//! What is fuzzed: each function takes any bytes and must neither panic nor run for long.

mod choices;
mod literal;
mod sentence;

pub use choices::Choices;

use apy::object::{Interpreter, Value, interrupt};
use apy::session::{self, Session};
use apy_grammar::{Mode, SourceFile};
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

/// A target by its name.
pub const TARGETS: &[(&str, fn(&[u8]))] =
    &[("parse", parse), ("run", run), ("format", format), ("literals", literals)];

/// Tokens and trees of any bytes, in every mode; diagnostics lie within the text.
pub fn parse(data: &[u8]) {
    let text = match session::decode(data) {
        Ok(text) => text,
        Err(_) => String::from_utf8_lossy(data).into_owned(),
    };
    for mode in [Mode::Module, Mode::Interactive, Mode::Expression] {
        let source = SourceFile::new("fuzz", text.as_str());
        let parsed = apy_grammar::parse(&source, mode);
        for diagnostic in &parsed.diagnostics {
            let range = diagnostic.span.range();
            assert!(range.end <= source.text().len(), "{range:?} is outside of the text");
            assert!(source.text().is_char_boundary(range.start), "{range:?} cuts a character");
        }
        let _ = parsed.wants_more(&source);
    }
}

/// Sentences of a grammar of statements, compiled and run; a text that is no sentence is compiled too.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let text = sentence::program(&mut choices);
    with_interpreter(|interp, globals| {
        let _ = interp.run_text("fuzz", &text, globals);
    });
}

/// Format specs, `%` formats and `str.format` templates, plausible and not, on values of all kinds.
pub fn format(data: &[u8]) {
    let mut choices = Choices::new(data);
    let value = literal::value(&mut choices);
    let spec = literal::format_spec(&mut choices);
    let text = std::format!(
        "def tried(f):\n    try: return f()\n    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, MemoryError) as e: return str(e)\n\
         v, s = {value}, {spec}\n\
         tried(lambda: format(v, s)); tried(lambda: ('%' + s) % v); tried(lambda: ('{{0:' + s + '}}').format(v)); tried(lambda: s.format(v, a=v)); tried(lambda: s % (v,)); tried(lambda: s.encode('utf-8', 'replace') % v)\n"
    );
    with_interpreter(|interp, globals| {
        let _ = interp.run_text("fuzz", &text, globals);
    });
}

/// A value is what its `repr` says it is.
pub fn literals(data: &[u8]) {
    let mut choices = Choices::new(data);
    let value = literal::value(&mut choices);
    let text = std::format!(
        "v = {value}\nsame = [eval(t) == v and type(eval(t)) is type(v) and repr(eval(t)) == repr(v) for t in (repr(v), ascii(v))]\n"
    );
    with_interpreter(|interp, globals| {
        if interp.run_text("fuzz", &text, globals).is_err() {
            return;
        }
        let same = globals.dict_like().and_then(|globals| globals.get_str("same"));
        let shown = same.map(|same| interp.repr(&same));
        if let Some(Ok(shown)) = shown {
            let shown = shown.as_str().unwrap_or_default();
            // The parts of a complex number are added, which may change the sign of a zero.
            let is_exact = !value.contains('j');
            assert!(!is_exact || !shown.contains("False"), "{value} does not survive its repr");
        }
    });
}

thread_local! {
    // Never taken down: other values of the thread may be gone by then.
    static SESSION: RefCell<Option<ManuallyDrop<Session>>> = const { RefCell::new(None) };
}

/// What a script may take; the machine looks at every loop and call.
const BUDGET: Duration = Duration::from_millis(300);

/// Run something in this thread's interpreter, with a new namespace.
fn with_interpreter(f: impl FnOnce(&mut dyn Interpreter, &Value)) {
    static WATCH: Once = Once::new();
    WATCH.call_once(|| {
        // Not an error if it does not start: long scripts are merely not stopped.
        let _ = std::thread::Builder::new().spawn(|| {
            loop {
                std::thread::sleep(BUDGET);
                interrupt::mark(interrupt::SIGINT);
            }
        });
    });
    SESSION.with_borrow_mut(|session| {
        let session =
            session.get_or_insert_with(|| ManuallyDrop::new(Session::new(Path::new("/nonexistent"))));
        let interp: &mut dyn Interpreter = session.vm();
        let globals = Value::dict(Default::default());
        if let Some(names) = globals.as_dict() {
            drop(names.set_str("__name__", Value::str("__main__")));
            drop(names.set_str("__builtins__", interp.builtins()));
        }
        f(interp, &globals);
    });
}
