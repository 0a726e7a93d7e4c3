//! `async_generator`, and the awaitables of its methods.

use super::generator::{self, this};
use super::support::wrong_self;
use crate::library::builtins::async_::next_or_default;
use crate::object::async_gen::AsyncGenWrapped;
use crate::object::convention::Convention;
use crate::object::generator::{GeneratorHead, GeneratorState};
use crate::object::heap::Traverse;
use crate::object::interpreter::Interpreter;
use crate::object::native_object::Awaited;
use crate::object::spec::{Begun, GetterRow, getter, member, native, property};
use crate::object::{
    Completion, CoreType, Flavor, NativeObject, NativeRow, Raised, Resume, Resumed, TypeSpec, Value,
    async_hooks,
};
use std::cell::Cell;

pub static ASYNC_GENERATOR: TypeSpec = TypeSpec {
    name: "async_generator",
    core: Some(CoreType::AsyncGenerator),
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__repr__", "", repr, "Return repr(self)."),
    native("__aiter__", "", aiter, "Return an awaitable, that resolves in asynchronous iterator."),
    native("__anext__", "", anext, "Return a value or raise StopAsyncIteration."),
    native("asend", "value, /", asend, "asend(v) -> send 'v' in generator."),
    native(
        "athrow",
        "typ, val=?, tb=?, /",
        athrow,
        "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
    )
    .bound_by(Convention::Format),
    native("aclose", "", aclose, "aclose() -> raise GeneratorExit inside generator."),
    native("__class_getitem__", "item, /", super::generic_alias::class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[
    property("__name__", generator::name, generator::set_name, "name of the async generator"),
    property(
        "__qualname__",
        generator::qualname,
        generator::set_qualname,
        "qualified name of the async generator",
    ),
    getter("ag_await", generator::delegate, "object being awaited on, or None"),
    getter("ag_frame", generator::frame, ""),
    member("ag_running", is_running, ""),
    getter("ag_code", generator::code, ""),
    getter("ag_suspended", generator::is_suspended, ""),
];

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    generator::repr_as(interp, &args[0], "async_generator")
}

fn aiter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aiter__")?;
    Ok(args[0].clone())
}

/// Whether a step is in progress, awaited through one of the awaitables or by `async for`.
fn is_busy(head: &GeneratorHead) -> bool {
    head.is_busy.get() || head.parent.get().is_some() || head.state.get() == GeneratorState::Running
}

fn is_running(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::bool(is_busy(this(interp, object, "ag_running")?.head())))
}

/// Tell the event loop of a generator that is iterated for the first time.
fn call_hooks(interp: &mut dyn Interpreter, generator: &Value) -> Result<(), Raised> {
    let head = this(interp, generator, "__anext__")?.head();
    if head.hooks_called.replace(true) {
        return Ok(());
    }
    let (first_iter, finalizer) = async_hooks::get();
    if finalizer.given_some().is_some() {
        let old = head.finalizer.replace(finalizer);
        drop(old);
    }
    if let Some(hook) = first_iter.given_some() {
        interp.call(hook, std::slice::from_ref(generator))?;
    }
    Ok(())
}

fn anext(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    call_hooks(interp, &args[0])?;
    Ok(Step::object(&args[0], Kind::Send(Value::NONE), StepState::New))
}

/// `await anext(generator)` or `await anext(generator, default)`, as far as it goes without
/// waiting; `None` if `value` is no async generator.
pub fn begin_next(
    interp: &mut dyn Interpreter,
    value: &Value,
    default: Option<&Value>,
) -> Option<Result<Begun, Raised>> {
    let head = value.as_generator().filter(|it| it.head().flavor == Flavor::AsyncGenerator)?.head();
    if let Err(raised) = call_hooks(interp, value) {
        return Some(Err(raised));
    }
    if is_busy(head) {
        return Some(anext(interp, std::slice::from_ref(value)).map(Begun::Made));
    }
    head.is_busy.set(true);
    let resumed = interp.resume(value, Resume::Send(Value::NONE));
    if let Ok(Resumed::Yielded(yielded)) = &resumed {
        let Some(wrapped) = yielded.downcast::<AsyncGenWrapped>() else {
            let step = Step::object(value, Kind::Send(Value::NONE), StepState::Waiting);
            let coroutine = match default {
                None => step,
                Some(default) => next_or_default(step, default),
            };
            return Some(Ok(Begun::Waits { coroutine, yielded: yielded.clone() }));
        };
        head.is_busy.set(false);
        return Some(Ok(Begun::Done(wrapped.0.clone())));
    }
    head.is_busy.set(false);
    let is_end = |raised: &Raised| interp.raised_is(raised, CoreType::StopAsyncIteration);
    Some(match (resumed, default) {
        (Ok(_), Some(default)) => {
            head.is_closed.set(true);
            Ok(Begun::Done(default.clone()))
        }
        (Ok(_), None) => {
            head.is_closed.set(true);
            Err(interp.raise_args(CoreType::StopAsyncIteration, &[]))
        }
        (Err(raised), default) if is_end(&raised) => {
            head.is_closed.set(true);
            default.map_or(Err(raised), |default| Ok(Begun::Done(default.clone())))
        }
        (Err(raised), _) => {
            if interp.raised_is(&raised, CoreType::GeneratorExit) {
                head.is_closed.set(true);
            }
            Err(raised)
        }
    })
}

fn asend(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    call_hooks(interp, &args[0])?;
    Ok(Step::object(&args[0], Kind::Send(args[1].clone()), StepState::New))
}

fn athrow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !args[2].is_unbound() {
        let place = interp.stack(1).into_iter().next();
        let text =
            "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature instead.";
        interp.warn(CoreType::DeprecationWarning, text, place)?;
    }
    call_hooks(interp, &args[0])?;
    Ok(Step::object(&args[0], Kind::Throw(args[1..4].to_vec()), StepState::New))
}

fn aclose(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    call_hooks(interp, &args[0])?;
    Ok(Step::object(&args[0], Kind::Close, StepState::New))
}

/// What an awaitable does to the generator.
enum Kind {
    /// `__anext__()` and `asend(value)`.
    Send(Value),
    /// `athrow(...)`, with its arguments.
    Throw(Vec<Value>),
    /// `aclose()`.
    Close,
}

impl Kind {
    fn method(&self) -> &'static str {
        match self {
            Kind::Send(_) => "asend",
            Kind::Throw(_) => "athrow",
            Kind::Close => "aclose",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StepState {
    /// Not awaited yet.
    New,
    Waiting,
    Done,
}

/// One step of an async generator, to be awaited once.
pub struct Step {
    generator: Value,
    kind: Kind,
    state: Cell<StepState>,
}

pub static ASEND: TypeSpec =
    TypeSpec { name: "async_generator_asend", methods: STEP_METHODS, native_await: true, ..TypeSpec::EMPTY };

pub static ATHROW: TypeSpec =
    TypeSpec { name: "async_generator_athrow", methods: STEP_METHODS, native_await: true, ..TypeSpec::EMPTY };

static STEP_METHODS: &[NativeRow] = &[
    native("__await__", "", step_self, "Return an iterator to be used in await expression."),
    native("__iter__", "", step_self, "Implement iter(self)."),
    native("__next__", "", step_next, "Implement next(self)."),
    native(
        "send",
        "value, /",
        step_send,
        "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
    ),
    native(
        "throw",
        "typ, val=?, tb=?, /",
        step_throw,
        "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.",
    ),
    native("close", "", step_close, "close() -> raise GeneratorExit inside generator."),
];

impl Traverse for Step {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.generator);
        match &self.kind {
            Kind::Send(value) => visit(value),
            Kind::Throw(args) => args.iter().for_each(visit),
            Kind::Close => {}
        }
    }

    fn clear(&self) {
        // Immutable: a cycle is broken at the generator.
    }
}

impl NativeObject for Step {
    fn spec(&self) -> &'static TypeSpec {
        match self.kind {
            Kind::Send(_) => &ASEND,
            Kind::Throw(_) | Kind::Close => &ATHROW,
        }
    }

    fn passes_on(&self) -> Value {
        self.generator.clone()
    }

    fn needs_finalizer(&self) -> bool {
        self.state.get() == StepState::New
    }

    fn finalize(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let name = self.head().qualname.borrow().clone();
        let name = name.as_str().unwrap_or_default();
        let message = format!("coroutine method '{}' of '{name}' was never awaited", self.kind.method());
        let place = interp.stack(1).pop();
        interp.warn(CoreType::RuntimeWarning, &message, place)
    }

    fn poll_await(&self, _: &Value, sent: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        self.send(interp, sent)
    }

    fn throw_await(
        &self,
        _: &Value,
        exception: Raised,
        interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        self.throw(interp, exception)
    }
}

impl Step {
    fn object(generator: &Value, kind: Kind, state: StepState) -> Value {
        Value::object(Step { generator: generator.clone(), kind, state: Cell::new(state) })
    }

    fn head(&self) -> &GeneratorHead {
        self.generator.as_generator().expect("steps are made of async generators").head()
    }

    #[cold]
    fn reused(&self, interp: &mut dyn Interpreter) -> Raised {
        interp.runtime_error(match self.kind {
            Kind::Send(_) => "cannot reuse already awaited __anext__()/asend()",
            Kind::Throw(_) | Kind::Close => "cannot reuse already awaited aclose()/athrow()",
        })
    }

    /// The first time it is awaited: nobody else may be at it.
    fn begin(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if is_busy(self.head()) {
            self.state.set(StepState::Done);
            let method = match self.kind {
                Kind::Send(_) => "anext",
                Kind::Throw(_) => "athrow",
                Kind::Close => "aclose",
            };
            return Err(
                interp.runtime_error(&format!("{method}(): asynchronous generator is already running"))
            );
        }
        Ok(())
    }

    fn start(&self) {
        self.state.set(StepState::Waiting);
        self.head().is_busy.set(true);
    }

    fn done(&self) {
        self.state.set(StepState::Done);
        self.head().is_busy.set(false);
    }

    /// Go on with the value `sent`.
    fn send(&self, interp: &mut dyn Interpreter, sent: &Value) -> Result<Awaited, Raised> {
        match self.state.get() {
            StepState::Done => return Err(self.reused(interp)),
            StepState::Waiting => {
                let resumed = interp.resume(&self.generator, Resume::Send(sent.clone()));
                return self.outcome(interp, resumed);
            }
            StepState::New => {}
        }
        if !matches!(self.kind, Kind::Send(_)) && self.head().state.get() == GeneratorState::Finished {
            self.state.set(StepState::Done);
            return Ok(Awaited::Ready(Value::NONE));
        }
        self.begin(interp)?;
        let resume = match &self.kind {
            Kind::Send(value) => Resume::Send(if sent.is_none() { value.clone() } else { sent.clone() }),
            Kind::Throw(_) | Kind::Close if self.head().is_closed.get() => {
                self.state.set(StepState::Done);
                return Err(interp.raise_args(CoreType::StopAsyncIteration, &[]));
            }
            Kind::Throw(_) | Kind::Close if !sent.is_none() => {
                return Err(interp.runtime_error("can't send non-None value to a just-started coroutine"));
            }
            Kind::Throw(args) => match generator::exception_of(interp, args) {
                Ok(raised) => Resume::Throw(raised),
                Err(raised) => {
                    self.done();
                    return Err(raised);
                }
            },
            Kind::Close => {
                self.head().is_closed.set(true);
                Resume::Throw(interp.raise_args(CoreType::GeneratorExit, &[]))
            }
        };
        self.start();
        let resumed = interp.resume(&self.generator, resume);
        self.outcome(interp, resumed)
    }

    /// Go on with an exception.
    fn throw(&self, interp: &mut dyn Interpreter, raised: Raised) -> Result<Awaited, Raised> {
        match self.state.get() {
            StepState::Done => return Err(self.reused(interp)),
            StepState::New => {
                self.begin(interp)?;
                self.start();
            }
            StepState::Waiting => {}
        }
        let resumed = interp.resume(&self.generator, Resume::Throw(raised));
        self.outcome(interp, resumed)
    }

    /// What the generator did, as the outcome of the `await`.
    fn outcome(
        &self,
        interp: &mut dyn Interpreter,
        resumed: Result<Resumed, Raised>,
    ) -> Result<Awaited, Raised> {
        let closes = matches!(self.kind, Kind::Close);
        let raised = match resumed {
            Ok(Resumed::Yielded(value)) => {
                let Some(wrapped) = value.downcast::<AsyncGenWrapped>() else {
                    return Ok(Awaited::Pending(value));
                };
                self.done();
                if closes {
                    return Err(interp.runtime_error("async generator ignored GeneratorExit"));
                }
                return Ok(Awaited::Ready(wrapped.0.clone()));
            }
            Ok(Resumed::Returned(_)) => interp.raise_args(CoreType::StopAsyncIteration, &[]),
            Err(raised) => raised,
        };
        self.done();
        let is_end = interp.raised_is(&raised, CoreType::StopAsyncIteration)
            || interp.raised_is(&raised, CoreType::GeneratorExit);
        if is_end {
            self.head().is_closed.set(true);
            if closes {
                return Ok(Awaited::Ready(Value::NONE));
            }
        }
        Err(raised)
    }
}

fn step<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v Step, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "async_generator_asend", value))
}

/// The outcome as a script sees it: a value to hand on, or StopIteration.
fn shown(interp: &mut dyn Interpreter, outcome: Result<Awaited, Raised>) -> Completion {
    match outcome? {
        Awaited::Pending(value) => Ok(value),
        Awaited::Ready(value) => Err(generator::stop_iteration(interp, value)),
    }
}

fn step_self(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    step(interp, &args[0], "__await__")?;
    Ok(args[0].clone())
}

fn step_next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let outcome = step(interp, &args[0], "__next__")?.send(interp, &Value::NONE);
    shown(interp, outcome)
}

fn step_send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let outcome = step(interp, &args[0], "send")?.send(interp, &args[1]);
    shown(interp, outcome)
}

fn step_throw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let step = step(interp, &args[0], "throw")?;
    if step.state.get() == StepState::Done {
        return Err(step.reused(interp));
    }
    let raised = generator::thrown(interp, &args[1..])?;
    let outcome = step.throw(interp, raised);
    shown(interp, outcome)
}

fn step_close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let step = step(interp, &args[0], "close")?;
    if step.state.get() == StepState::Done {
        return Ok(Value::NONE);
    }
    let exit = interp.raise_args(CoreType::GeneratorExit, &[]);
    match step.throw(interp, exit) {
        Ok(Awaited::Pending(_)) => Err(interp.runtime_error("coroutine ignored GeneratorExit")),
        Ok(Awaited::Ready(_)) => Ok(Value::NONE),
        Err(raised) => {
            let is_end = [CoreType::StopIteration, CoreType::StopAsyncIteration, CoreType::GeneratorExit]
                .into_iter()
                .any(|class| interp.raised_is(&raised, class));
            if is_end { Ok(Value::NONE) } else { Err(raised) }
        }
    }
}
