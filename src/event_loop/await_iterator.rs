//! What `__await__` of our awaitables returns: an iterator that waits for them, for scripts that
//! drive it by hand or delegate to it.

use super::future::{self, flag};
use super::receiver::receiver;
use super::slot::Slot;
use super::waiting;
use crate::object::heap::Traverse;
use crate::object::native_object::Awaited;
use crate::object::spec::{NativeRow, native};
use crate::object::thrown::thrown;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};

/// Waits for one awaitable; empty once that is done.
struct AwaitIterator {
    target: Slot,
    spec: &'static TypeSpec,
}

static FUTURE_ITERATOR: TypeSpec = TypeSpec {
    name: "FutureIter",
    module: "_asyncio",
    doc: "Waits for a future.",
    methods: &METHODS,
    native_await: true,
    ..TypeSpec::EMPTY
};

static COROUTINE_WRAPPER: TypeSpec = TypeSpec {
    name: "coroutine_wrapper",
    doc: "Runs a coroutine.",
    methods: &METHODS,
    native_await: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 5] = [
    native("__iter__", "", iter, "The iterator itself."),
    native("__next__", "", next, "What the awaitable hands on; StopIteration when it is done."),
    native("close", "", close, "Stop waiting."),
    native("send", "value, /", send, "As `__next__`, with a value for whoever waits."),
    native("throw", "type, value=?, traceback=?, /", throw, "Raise an exception where it waits."),
];

/// The iterator of a future.
pub fn of_future(future: Value) -> Value {
    Value::object(AwaitIterator { target: Slot::new(future), spec: &FUTURE_ITERATOR })
}

/// The iterator of a coroutine.
pub fn of_coroutine(coroutine: Value) -> Value {
    Value::object(AwaitIterator { target: Slot::new(coroutine), spec: &COROUTINE_WRAPPER })
}

impl Traverse for AwaitIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.target.visit(visit);
    }

    fn clear(&self) {
        drop(self.target.take());
    }
}

impl NativeObject for AwaitIterator {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn passes_on(&self) -> Value {
        self.target.get()
    }

    fn poll_await(&self, _: &Value, sent: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        let target = self.target.get();
        if target.is_unbound() {
            return Ok(Awaited::Ready(Value::NONE));
        }
        if let Some(core) = future::core(&target)
            && !core.is_done()
            && core.has(flag::BLOCKING)
        {
            return Err(interp.runtime_error("await wasn't used with future"));
        }
        let polled = waiting::poll(interp, &target, sent);
        self.keep_if_pending(polled)
    }

    fn throw_await(
        &self,
        _: &Value,
        exception: Raised,
        interp: &mut dyn Interpreter,
    ) -> Result<Awaited, Raised> {
        let target = self.target.get();
        if target.is_unbound() {
            return Err(exception);
        }
        let polled = waiting::throw(interp, &target, exception);
        self.keep_if_pending(polled)
    }
}

impl AwaitIterator {
    fn keep_if_pending(&self, polled: Result<Awaited, Raised>) -> Result<Awaited, Raised> {
        if !matches!(polled, Ok(Awaited::Pending(_))) {
            drop(self.target.take());
        }
        polled
    }
}

fn this<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v AwaitIterator, Raised> {
    receiver::<AwaitIterator>(interp, &args[0], "FutureIter", method)
}

/// What a driver gets: the value handed on, or StopIteration with the result.
pub(super) fn yielded(interp: &mut dyn Interpreter, awaited: Awaited) -> Completion {
    match awaited {
        Awaited::Pending(value) => Ok(value),
        Awaited::Ready(result) if result.is_none() => Err(interp.raise_args(CoreType::StopIteration, &[])),
        Awaited::Ready(result) => Err(interp.raise_args(CoreType::StopIteration, &[result])),
    }
}

fn iter(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(args[0].clone())
}

fn next(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let awaited = this(interp, args, "__next__")?.poll_await(&args[0], &Value::NONE, interp)?;
    yielded(interp, awaited)
}

fn send(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let awaited = this(interp, args, "send")?.poll_await(&args[0], &args[1], interp)?;
    yielded(interp, awaited)
}

fn throw(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = this(interp, args, "throw")?;
    let exception = thrown(interp, &args[1..])?;
    let awaited = iterator.throw_await(&args[0], exception, interp)?;
    yielded(interp, awaited)
}

fn close(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = this(interp, args, "close")?;
    let target = iterator.target.take();
    waiting::close(interp, &target)?;
    Ok(Value::NONE)
}
