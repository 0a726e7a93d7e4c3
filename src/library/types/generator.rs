//! `generator`, and what it shares with coroutines.

use super::support::wrong_self;
pub use crate::object::thrown::{exception_of, thrown};

use crate::object::generator::{Generator, GeneratorState};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, native, property};
use crate::object::{Completion, CoreType, Flavor, NativeRow, Raised, Resume, Resumed, TypeSpec, Value};

pub static GENERATOR: TypeSpec = TypeSpec {
    name: "generator",
    core: Some(CoreType::Generator),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__repr__", "", repr, "Return repr(self)."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__next__", "", next, "Implement next(self).").as_step(),
    native(
        "send",
        "value, /",
        send,
        "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration.",
    )
    .as_step(),
    native(
        "throw",
        "typ, val=?, tb=?, /",
        throw,
        "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
    ),
    native("close", "", close, "close() -> raise GeneratorExit inside generator."),
];

static GETTERS: &[GetterRow] = &[
    property("__name__", name, set_name, "name of the generator"),
    property("__qualname__", qualname, set_qualname, "qualified name of the generator"),
    getter("gi_yieldfrom", delegate, "object being iterated by yield from, or None"),
    getter("gi_running", is_running, ""),
    getter("gi_frame", frame, ""),
    getter("gi_suspended", is_suspended, ""),
    getter("gi_code", code, ""),
];

/// The generator, coroutine or async generator, or TypeError.
pub fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v Generator, Raised> {
    value.as_generator().ok_or_else(|| wrong_self(interp, name, "generator", value))
}

/// What CPython calls it in messages.
pub fn noun(generator: &Generator) -> &'static str {
    match generator.head().flavor {
        Flavor::Coroutine => "coroutine",
        Flavor::AsyncGenerator => "async generator",
        Flavor::Generator | Flavor::Plain => "generator",
    }
}

/// The StopIteration that carries a result.
pub fn stop_iteration(interp: &mut dyn Interpreter, value: Value) -> Raised {
    let args = if value.is_none() { Vec::new() } else { vec![value] };
    interp.raise_args(CoreType::StopIteration, &args)
}

/// What a step of a generator is to a script: the yielded value, or StopIteration.
pub fn step(interp: &mut dyn Interpreter, generator: &Value, how: Resume) -> Completion {
    match interp.resume(generator, how)? {
        Resumed::Yielded(value) => Ok(value),
        Resumed::Returned(value) => Err(stop_iteration(interp, value)),
    }
}

/// `<generator object f at 0x...>`, with the word for its kind.
pub fn repr_as(interp: &mut dyn Interpreter, object: &Value, kind: &str) -> Completion {
    let name = this(interp, object, "__repr__")?.head().qualname.borrow().clone();
    let name = name.str_like().unwrap_or_default();
    Ok(Value::str(&format!("<{kind} object {name} at {}>", object.address_text())))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    repr_as(interp, &args[0], "generator")
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__iter__")?;
    Ok(args[0].clone())
}

fn next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__next__")?;
    step(interp, &args[0], Resume::Send(Value::NONE))
}

/// `send` of generators and coroutines.
pub fn send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "send")?;
    step(interp, &args[0], Resume::Send(args[1].clone()))
}

/// `throw` of generators and coroutines.
pub fn throw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "throw")?;
    let raised = thrown(interp, &args[1..])?;
    step(interp, &args[0], Resume::Throw(raised))
}

/// `close` of generators and coroutines.
pub fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let generator = this(interp, &args[0], "close")?;
    match generator.head().state.get() {
        GeneratorState::Finished => return Ok(Value::NONE),
        GeneratorState::Created => {
            generator.finish();
            return Ok(Value::NONE);
        }
        GeneratorState::Suspended | GeneratorState::Running => {}
    }
    let exit = interp.raise_args(CoreType::GeneratorExit, &[]);
    match interp.resume(&args[0], Resume::Throw(exit)) {
        Ok(Resumed::Returned(value)) => Ok(value),
        Ok(Resumed::Yielded(_)) => {
            let text = format!("{} ignored GeneratorExit", noun(generator));
            Err(interp.runtime_error(&text))
        }
        Err(raised)
            if interp.raised_is(&raised, CoreType::GeneratorExit)
                || interp.raised_is(&raised, CoreType::StopIteration) =>
        {
            Ok(Value::NONE)
        }
        Err(raised) => Err(raised),
    }
}

pub fn name(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__name__")?.head().name.borrow().clone())
}

pub fn set_name(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let generator = this(interp, object, "__name__")?;
    if value.str_like().is_none() {
        return Err(interp.type_error("__name__ must be set to a string object"));
    }
    let old = generator.head().name.replace(value.clone());
    drop(old);
    Ok(())
}

pub fn qualname(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__qualname__")?.head().qualname.borrow().clone())
}

pub fn set_qualname(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    let generator = this(interp, object, "__qualname__")?;
    if value.str_like().is_none() {
        return Err(interp.type_error("__qualname__ must be set to a string object"));
    }
    let old = generator.head().qualname.replace(value.clone());
    drop(old);
    Ok(())
}

/// What a suspended generator waits for by `yield from` or `await`.
pub fn delegate(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let awaited = this(interp, object, "gi_yieldfrom")?.awaited();
    Ok(if awaited.is_unbound() { Value::NONE } else { awaited })
}

pub fn is_running(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "gi_running")?.state_seen();
    Ok(Value::bool(state == GeneratorState::Running))
}

pub fn is_suspended(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let state = this(interp, object, "gi_suspended")?.state_seen();
    Ok(Value::bool(state == GeneratorState::Suspended))
}

/// None once finished.
pub fn frame(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let generator = this(interp, object, "gi_frame")?;
    if generator.head().state.get() == GeneratorState::Finished {
        return Ok(Value::NONE);
    }
    Ok(interp.generator_frame(object))
}

pub fn code(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "gi_code")?.head().code.clone())
}
