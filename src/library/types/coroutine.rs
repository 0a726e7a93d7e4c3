//! `coroutine`, and the iterator that its `__await__` hands out.

use super::generator::{self, this};
use super::support::wrong_self;
use crate::object::heap::Traverse;
use crate::object::interpreter::{CodePlace, Interpreter};
use crate::object::native_object::Awaited;
use crate::object::spec::{GetterRow, getter, member, native, property};
use crate::object::{
    Completion, CoreType, NativeObject, NativeRow, Raised, Resume, Resumed, TypeSpec, Value,
};

pub static COROUTINE: TypeSpec = TypeSpec {
    name: "coroutine",
    core: Some(CoreType::Coroutine),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__repr__", "", repr, "Return repr(self)."),
    native("__await__", "", await_, "Return an iterator to be used in await expression."),
    native(
        "send",
        "value, /",
        generator::send,
        "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration.",
    ),
    native(
        "throw",
        "typ, val=?, tb=?, /",
        generator::throw,
        "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
    ),
    native("close", "", generator::close, "close() -> raise GeneratorExit inside coroutine."),
];

static GETTERS: &[GetterRow] = &[
    property("__name__", generator::name, generator::set_name, "name of the coroutine"),
    property("__qualname__", generator::qualname, generator::set_qualname, "qualified name of the coroutine"),
    getter("cr_await", generator::delegate, "object being awaited on, or None"),
    getter("cr_running", generator::is_running, ""),
    getter("cr_frame", generator::frame, ""),
    getter("cr_code", generator::code, ""),
    getter("cr_suspended", generator::is_suspended, ""),
    member("cr_origin", origin, ""),
];

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    generator::repr_as(interp, &args[0], "coroutine")
}

/// Origins are not tracked unless `sys.set_coroutine_origin_tracking_depth` says so.
fn origin(_: &mut dyn Interpreter, _: &Value) -> Completion {
    Ok(Value::NONE)
}

/// Where a coroutine was created, if that is known.
pub fn created_at(coroutine: &Value) -> Option<CodePlace> {
    let (code, word) = coroutine.as_generator()?.head().created_at.borrow().clone()?;
    Some(CodePlace { code, word })
}

/// The iterator that drives a coroutine: `coroutine.__await__()`.
pub struct CoroutineWrapper {
    pub coroutine: Value,
}

pub static COROUTINE_WRAPPER: TypeSpec = TypeSpec {
    name: "coroutine_wrapper",
    doc: "A wrapper object implementing __await__ for coroutines.",
    methods: WRAPPER_METHODS,
    native_await: true,
    ..TypeSpec::EMPTY
};

static WRAPPER_METHODS: &[NativeRow] = &[
    native("__iter__", "", wrapper_iter, "Implement iter(self)."),
    native("__next__", "", wrapper_next, "Implement next(self)."),
    native(
        "send",
        "value, /",
        wrapper_send,
        "send(arg) -> send 'arg' into coroutine,\nreturn next yielded value or raise StopIteration.",
    ),
    native(
        "throw",
        "typ, val=?, tb=?, /",
        wrapper_throw,
        "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next yielded value \
         or raise\nStopIteration.",
    ),
    native("close", "", wrapper_close, "close() -> raise GeneratorExit inside coroutine."),
];

impl Traverse for CoroutineWrapper {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.coroutine);
    }

    fn clear(&self) {
        // Immutable: a cycle is broken at the coroutine.
    }
}

impl NativeObject for CoroutineWrapper {
    fn spec(&self) -> &'static TypeSpec {
        &COROUTINE_WRAPPER
    }

    fn passes_on(&self) -> Value {
        self.coroutine.clone()
    }

    fn poll_await(&self, _: &Value, sent: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        interp.resume(&self.coroutine, Resume::Send(sent.clone())).map(awaited)
    }

    fn throw_await(
        &self,
        _: &Value,
        exception: Raised,
        interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        interp.resume(&self.coroutine, Resume::Throw(exception)).map(awaited)
    }
}

fn awaited(resumed: Resumed) -> Awaited {
    match resumed {
        Resumed::Yielded(value) => Awaited::Pending(value),
        Resumed::Returned(value) => Awaited::Ready(value),
    }
}

fn await_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__await__")?;
    Ok(Value::object(CoroutineWrapper { coroutine: args[0].clone() }))
}

/// The coroutine inside of a wrapper.
fn inside(interp: &mut dyn Interpreter, value: &Value, name: &str) -> Completion {
    match value.downcast::<CoroutineWrapper>() {
        Some(wrapper) => Ok(wrapper.coroutine.clone()),
        None => Err(wrong_self(interp, name, "coroutine_wrapper", value)),
    }
}

fn wrapper_iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    inside(interp, &args[0], "__iter__")?;
    Ok(args[0].clone())
}

fn wrapper_next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let coroutine = inside(interp, &args[0], "__next__")?;
    generator::step(interp, &coroutine, Resume::Send(Value::NONE))
}

fn wrapper_send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let coroutine = inside(interp, &args[0], "send")?;
    generator::step(interp, &coroutine, Resume::Send(args[1].clone()))
}

fn wrapper_throw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let coroutine = inside(interp, &args[0], "throw")?;
    let raised = generator::thrown(interp, &args[1..])?;
    generator::step(interp, &coroutine, Resume::Throw(raised))
}

fn wrapper_close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let coroutine = inside(interp, &args[0], "close")?;
    generator::close(interp, &[coroutine])
}
