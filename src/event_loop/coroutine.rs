//! Coroutines written in Rust. Natives cannot suspend, so an `async` function of the library is a
//! [`Machine`]: a struct that is resumed with what it waited for and says what it waits for next.
//! To scripts the [`Coroutine`] around it looks like any other coroutine object.

use super::await_iterator::{self, yielded};
use super::receiver::wrong_receiver;
use super::slot::Slot;
use super::waiting;
use crate::object::generator::GeneratorState;
use crate::object::heap::{self, Traverse};
use crate::object::native_object::{Awaited, NativeCoroutine};
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native};
use crate::object::thrown::thrown;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value, audit};
use smallvec::SmallVec;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

/// What a machine wants next.
pub enum Step {
    /// To be resumed with what this awaitable comes to.
    Await(Value),
    /// To hand this to whoever drives the coroutine, and be resumed with what they send.
    Yield(Value),
    /// Nothing: this is the result.
    Done(Value),
}

/// The body of a coroutine written in Rust.
pub trait Machine: 'static {
    /// `__qualname__` of the coroutine.
    fn qualname(&self) -> &'static str;

    /// Go on: `input` is None at first, then what the last step came to.
    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised>;

    /// Let the collector look at what the machine holds.
    fn visit(&self, visit: &mut dyn FnMut(&Value));

    /// See [`NativeCoroutine::waits_for`].
    fn waits_for(&self) -> Vec<Value> {
        Vec::new()
    }
}

/// A coroutine object around a machine.
pub struct Coroutine<M> {
    state: Cell<GeneratorState>,
    /// What is awaited; unbound if nothing is.
    inner: Slot,
    /// Borrowed while the machine runs, which `state` guards; empty when it is done.
    machine: RefCell<Option<M>>,
    qualname: &'static str,
}

/// A coroutine object that will run `machine`.
#[inline]
pub fn coroutine<M: Machine>(machine: M) -> Value {
    let qualname = machine.qualname();
    Value::object(Coroutine {
        state: Cell::new(GeneratorState::Created),
        inner: Slot::default(),
        machine: RefCell::new(Some(machine)),
        qualname,
    })
}

/// Run `machine` as far as it goes without waiting, for the row of an `async` function (see
/// [`Begun`]).
pub fn begin<M: Machine>(interp: &mut dyn Interpreter, mut machine: M) -> Result<Begun, Raised> {
    let mut input = Ok(Value::NONE);
    loop {
        let target = match machine.resume(interp, input)? {
            Step::Done(value) => return Ok(Begun::Done(value)),
            Step::Yield(yielded) => {
                return Ok(Begun::Waits { coroutine: suspended(machine, Value::UNBOUND), yielded });
            }
            Step::Await(target) => target,
        };
        let polled = waiting::awaitable(interp, &target).and_then(|awaitable| {
            let polled = waiting::poll(interp, &awaitable, &Value::NONE)?;
            Ok((awaitable, polled))
        });
        input = match polled {
            Ok((inner, Awaited::Pending(yielded))) => {
                return Ok(Begun::Waits { coroutine: suspended(machine, inner), yielded });
            }
            Ok((_, Awaited::Ready(value))) => Ok(value),
            Err(raised) => Err(raised),
        };
    }
}

/// The coroutine object of a machine that waits for `inner`, or that has yielded.
#[inline]
pub fn suspended<M: Machine>(machine: M, inner: Value) -> Value {
    let qualname = machine.qualname();
    Value::object(Coroutine {
        state: Cell::new(GeneratorState::Suspended),
        inner: Slot::new(inner),
        machine: RefCell::new(Some(machine)),
        qualname,
    })
}

impl<M: Machine> Coroutine<M> {
    /// Begin to run; an error if that is not possible.
    #[inline]
    fn begin(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        match self.state.replace(GeneratorState::Running) {
            GeneratorState::Created | GeneratorState::Suspended => Ok(()),
            GeneratorState::Running => Err(interp.value_error("coroutine already executing")),
            GeneratorState::Finished => {
                self.state.set(GeneratorState::Finished);
                Err(interp.runtime_error("cannot reuse already awaited coroutine"))
            }
        }
    }

    fn finish(&self) {
        self.state.set(GeneratorState::Finished);
        drop(self.inner.take());
        self.forget();
    }

    /// Drop the machine, unless it runs.
    fn forget(&self) {
        let machine = self.machine.try_borrow_mut().ok().and_then(|mut machine| machine.take());
        drop(machine);
    }

    /// Go on after the awaitable in `inner` answered.
    #[inline]
    fn after_inner(
        &self,
        interp: &mut dyn Interpreter,
        polled: Result<Awaited, Raised>,
    ) -> Result<Awaited, Raised> {
        let input = match polled {
            Ok(Awaited::Pending(value)) => {
                self.state.set(GeneratorState::Suspended);
                return Ok(Awaited::Pending(value));
            }
            Ok(Awaited::Ready(value)) => Ok(value),
            Err(raised) => Err(raised),
        };
        drop(self.inner.take());
        self.advance(interp, input)
    }

    /// Resume the machine until it waits or is done.
    #[inline]
    fn advance(&self, interp: &mut dyn Interpreter, input: Completion) -> Result<Awaited, Raised> {
        match self.resume(interp, input) {
            ControlFlow::Break(answer) => answer,
            ControlFlow::Continue(target) => self.await_target(interp, target),
        }
    }

    /// Resume the machine once: the answer, or what is to be waited for next.
    #[inline(always)]
    fn resume(
        &self,
        interp: &mut dyn Interpreter,
        input: Completion,
    ) -> ControlFlow<Result<Awaited, Raised>, Value> {
        let step = match self.machine.try_borrow_mut().as_deref_mut() {
            Ok(Some(machine)) => machine.resume(interp, input),
            _ => Err(interp.runtime_error("coroutine was collected")),
        };
        let answer = match step {
            Ok(Step::Await(target)) => return ControlFlow::Continue(target),
            Ok(Step::Yield(value)) => {
                self.state.set(GeneratorState::Suspended);
                return ControlFlow::Break(Ok(Awaited::Pending(value)));
            }
            Ok(Step::Done(value)) => Ok(Awaited::Ready(value)),
            Err(raised) => Err(raised),
        };
        self.finish();
        ControlFlow::Break(answer)
    }

    /// Wait for `target`, and resume the machine with what it came to until it waits or is done.
    #[inline(never)]
    fn await_target(&self, interp: &mut dyn Interpreter, mut target: Value) -> Result<Awaited, Raised> {
        loop {
            let polled = match waiting::awaitable(interp, &target) {
                Ok(awaitable) => {
                    let polled = waiting::poll(interp, &awaitable, &Value::NONE);
                    self.inner.set(awaitable);
                    polled
                }
                Err(raised) => Err(raised),
            };
            let input = match polled {
                Ok(Awaited::Pending(value)) => {
                    self.state.set(GeneratorState::Suspended);
                    return Ok(Awaited::Pending(value));
                }
                Ok(Awaited::Ready(value)) => Ok(value),
                Err(raised) => Err(raised),
            };
            drop(self.inner.take());
            match self.resume(interp, input) {
                ControlFlow::Break(answer) => return answer,
                ControlFlow::Continue(next) => target = next,
            }
        }
    }
}

impl<M: Machine> Traverse for Coroutine<M> {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.inner.visit(visit);
        if let Ok(Some(machine)) = self.machine.try_borrow().as_deref() {
            machine.visit(visit);
        }
    }

    fn clear(&self) {
        drop(self.inner.take());
        self.forget();
    }
}

impl<M: Machine> NativeCoroutine for Coroutine<M> {
    fn qualname(&self) -> &'static str {
        self.qualname
    }

    fn state(&self) -> GeneratorState {
        self.state.get()
    }

    fn awaited(&self) -> Value {
        let inner = self.inner.get();
        if inner.is_unbound() { Value::NONE } else { inner }
    }

    fn waits_for(&self) -> Vec<Value> {
        match self.machine.try_borrow().as_deref() {
            Ok(Some(machine)) => machine.waits_for(),
            _ => Vec::new(),
        }
    }
}

impl<M: Machine> NativeObject for Coroutine<M> {
    fn spec(&self) -> &'static TypeSpec {
        &COROUTINE
    }

    fn needs_finalizer(&self) -> bool {
        matches!(self.state.get(), GeneratorState::Created | GeneratorState::Suspended)
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.state.get() == GeneratorState::Created {
            self.finish();
            let message = format!("coroutine '{}' was never awaited", self.qualname);
            // Where it is given up, which is mostly where it was made: what makes it is too quick to
            // remember the place.
            let place = interp.stack(1).pop();
            audit::leak("coroutines", message.clone(), place.clone());
            return interp.warn(CoreType::RuntimeWarning, &message, place);
        }
        if self.state.get() != GeneratorState::Suspended {
            return Ok(());
        }
        close(interp, this, self)
    }

    #[inline]
    fn poll_await(&self, _: &Value, sent: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        self.begin(interp)?;
        if self.inner.is_unbound() {
            return self.advance(interp, Ok(sent.clone()));
        }
        let inner = self.inner.get();
        let polled = waiting::poll(interp, &inner, sent);
        self.after_inner(interp, polled)
    }

    fn throw_await(
        &self,
        _: &Value,
        exception: Raised,
        interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        if self.state.get() == GeneratorState::Created {
            self.finish();
            return Err(exception);
        }
        if self.state.get() == GeneratorState::Finished
            && interp.raised_is(&exception, CoreType::GeneratorExit)
        {
            // The collector has closed it before the one that awaits it.
            return Err(exception);
        }
        self.begin(interp)?;
        if self.inner.is_unbound() {
            return self.advance(interp, Err(exception));
        }
        let inner = self.inner.get();
        let polled = waiting::throw(interp, &inner, exception);
        self.after_inner(interp, polled)
    }

    fn as_coroutine(&self) -> Option<&dyn NativeCoroutine> {
        Some(self)
    }
}

/// The class of our coroutines; its name is that of all coroutines.
pub static COROUTINE: TypeSpec = TypeSpec {
    name: "coroutine",
    doc: "A call of an async function of the library.",
    core_base: Some(CoreType::Coroutine),
    methods: &METHODS,
    getters: &GETTERS,
    native_await: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 5] = [
    native("__await__", "", await_, "An iterator that runs the coroutine."),
    native("__repr__", "", repr, "The function's name."),
    native("close", "", close_method, "Raise GeneratorExit where it waits."),
    native("send", "arg, /", send, "Go on with a value."),
    native("throw", "type, value=?, traceback=?, /", throw, "Raise an exception where it waits."),
];

static GETTERS: [GetterRow; 8] = [
    getter("__name__", name, "The function's name."),
    getter("__qualname__", qualname, "The function's name with its class."),
    getter("cr_await", cr_await, "What it waits for, or None."),
    getter("cr_code", none, "None: there is no script code."),
    getter("cr_frame", none, "None: there is no script code."),
    getter("cr_origin", none, "None: origins are not tracked."),
    getter("cr_running", cr_running, "Whether it is running now."),
    getter("cr_suspended", cr_suspended, "Whether it waits."),
];

fn this<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<(&'v dyn NativeObject, &'v dyn NativeCoroutine), Raised> {
    match this.as_object().and_then(|object| Some((object, object.as_coroutine()?))) {
        Some(found) => Ok(found),
        None => Err(wrong_receiver(interp, this, "coroutine", method)),
    }
}

fn await_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__await__")?;
    Ok(await_iterator::of_coroutine(args[0].clone()))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (_, coroutine) = this(interp, &args[0], "__repr__")?;
    let address = heap::identity(&args[0]).unwrap_or_default();
    Ok(Value::str(&format!("<coroutine object {} at {address:#x}>", coroutine.qualname())))
}

fn send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (object, coroutine) = this(interp, &args[0], "send")?;
    if coroutine.state() == GeneratorState::Created && !args[1].is_none() {
        return Err(interp.type_error("can't send non-None value to a just-started coroutine"));
    }
    let awaited = object.poll_await(&args[0], &args[1], interp)?;
    yielded(interp, awaited)
}

fn throw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (object, _) = this(interp, &args[0], "throw")?;
    let exception = thrown(interp, &args[1..])?;
    let awaited = object.throw_await(&args[0], exception, interp)?;
    yielded(interp, awaited)
}

fn close_method(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (object, coroutine) = this(interp, &args[0], "close")?;
    if coroutine.state() != GeneratorState::Finished {
        close(interp, &args[0], object)?;
    }
    Ok(Value::NONE)
}

fn close(interp: &mut dyn Interpreter, this: &Value, object: &dyn NativeObject) -> Result<(), Raised> {
    let exit = interp.raise_args(CoreType::GeneratorExit, &[]);
    match object.throw_await(this, exit, interp) {
        Ok(Awaited::Ready(_)) => Ok(()),
        Ok(Awaited::Pending(_)) => Err(interp.runtime_error("coroutine ignored GeneratorExit")),
        Err(raised) if interp.raised_is(&raised, CoreType::GeneratorExit) => Ok(()),
        Err(raised) if interp.raised_is(&raised, CoreType::StopIteration) => Ok(()),
        Err(raised) => Err(raised),
    }
}

fn name(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let (_, coroutine) = this(interp, of, "__name__")?;
    let qualname = coroutine.qualname();
    Ok(Value::str(qualname.rsplit('.').next().unwrap_or(qualname)))
}

fn qualname(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let (_, coroutine) = this(interp, of, "__qualname__")?;
    Ok(Value::str(coroutine.qualname()))
}

fn cr_await(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(this(interp, of, "cr_await")?.1.awaited())
}

fn none(_: &mut dyn Interpreter, _: &Value) -> Completion {
    Ok(Value::NONE)
}

fn cr_running(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "cr_running")?.1.state() == GeneratorState::Running))
}

fn cr_suspended(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "cr_suspended")?.1.state() == GeneratorState::Suspended))
}

/// A coroutine that does something at its first step and never waits: `__aenter__`, `__aexit__`.
pub struct Immediate {
    pub qualname: &'static str,
    pub run: fn(&mut dyn Interpreter, &[Value]) -> Completion,
    pub args: SmallVec<[Value; 2]>,
}

impl Machine for Immediate {
    fn qualname(&self) -> &'static str {
        self.qualname
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        input?;
        (self.run)(interp, &self.args).map(Step::Done)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.args.iter().for_each(visit);
    }
}

/// `await x` as a coroutine: what `ensure_future` makes of an awaitable that is no coroutine.
pub struct AwaitOnly(pub Value);

impl Machine for AwaitOnly {
    fn qualname(&self) -> &'static str {
        "ensure_future.<locals>._wrap_awaitable"
    }

    fn resume(&mut self, _: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let input = input?;
        let target = self.0.take();
        Ok(if target.is_unbound() { Step::Done(input) } else { Step::Await(target) })
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.0);
    }
}
