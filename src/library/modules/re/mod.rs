//! `re`: regular expressions with the syntax, the meaning and the errors of CPython's engine.

mod fold;
mod groups;
mod machine;
mod matched;
mod parse;
mod pattern;
mod program;
mod source;
mod target;
mod template;
mod tree;

use crate::library::types::bytes::buffer::content;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, Value, surrogate};
use source::{Caught, Refusal};
use std::cell::RefCell;

pub static RE: ModuleSpec = ModuleSpec {
    name: "re",
    doc: "Support for regular expressions (RE).",
    functions: FUNCTIONS,
    types: &[&pattern::PATTERN, &matched::MATCH],
    script: script!("re.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_compile_pattern", "pattern, flags, /", compile, "(pattern object, texts of warnings)"),
    native("_set_error", "error, /", set_error, "Tell which class PatternError is."),
];

thread_local! {
    /// `re.PatternError`, which is written in apy.
    static ERROR: RefCell<Value> = const { RefCell::new(Value::NONE) };
}

fn set_error(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    drop(ERROR.replace(args[0].clone()));
    Ok(Value::NONE)
}

/// The codes of a text, or of bytes; whether it is a text.
fn codes(value: &Value) -> Option<(Vec<u32>, bool)> {
    match value.str_like() {
        Some(text) => Some((text.chars().map(surrogate::code).collect(), true)),
        None => Some((content(value)?.iter().map(|byte| u32::from(*byte)).collect(), false)),
    }
}

/// The exception for a pattern or template that is refused.
#[cold]
fn refuse(interp: &mut dyn Interpreter, refusal: Refusal, pattern: &Value) -> Raised {
    let (message, place) = match refusal {
        Refusal::Pattern(message, place) => (message, place),
        Refusal::Value(message) => return interp.value_error(&message),
        Refusal::Overflow(message) => return interp.overflow_error(&message),
        Refusal::Index(message) => return interp.raise(CoreType::IndexError, &message),
        Refusal::During(refusal, caught) => {
            let raised = refuse(interp, *refusal, pattern);
            let caught = match caught {
                Caught::Pattern(message) => refuse(interp, Refusal::Pattern(message, None), pattern),
                Caught::Key(message) => interp.key_error(&Value::str(&message)),
                Caught::End => interp.index_error("string index out of range"),
            };
            if let Some(state) = raised.value().as_exception() {
                drop(state.context.replace(caught.value()));
                state.suppress_context.set(true);
            }
            return raised;
        }
    };
    let class = ERROR.with(|error| error.borrow().clone());
    let mut args = vec![Value::str(&message)];
    if let Some(place) = place {
        args.extend([pattern.clone(), Value::int(place as i64)]);
    }
    match interp.call(&class, &args).and_then(|error| interp.to_raised(&error)) {
        Ok(raised) | Err(raised) => raised,
    }
}

fn compile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = &args[0];
    let flags = interp.expect_int(&args[1])? as u32;
    let Some((codes, is_text)) = codes(source) else {
        return Err(interp.type_error("first argument must be string or compiled pattern"));
    };
    let compiled = parse::parse(codes, is_text, flags)
        .and_then(|parsed| program::compile(&parsed, is_text).map(|program| (parsed, program)));
    let (parsed, program) = match compiled {
        Ok(compiled) => compiled,
        Err(refusal) => return Err(refuse(interp, refusal, source)),
    };
    let names = crate::object::dict::DictObject::new();
    for (name, group) in &parsed.names {
        drop(names.set_str(name, Value::int(*group as i64)));
    }
    let names = Value::dict(names);
    let pattern = pattern::Pattern { source: source.clone(), flags: parsed.flags, is_text, program, names };
    let warnings = parsed.warnings.iter().map(|text| Value::str(text)).collect();
    Ok(Value::tuple(vec![Value::object(pattern), Value::list(warnings)]))
}
