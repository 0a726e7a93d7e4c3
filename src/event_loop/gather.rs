//! `gather` and `shield`: futures that depend on other futures.

use super::future::{self, FutureCore, Hook, State, flag};
use super::future_rows::FUTURE;
use super::receiver::receiver;
use super::task::Task;
use super::{ensure, running};
use crate::object::heap::Traverse;
use crate::object::native_object::Awaited;
use crate::object::spec::{NativeRow, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// The future that `gather` returns.
pub struct Gathering {
    pub core: FutureCore,
    /// What is gathered, in the order of the arguments.
    children: RefCell<Vec<Value>>,
    /// How many different children are not done.
    left: Cell<usize>,
    return_exceptions: bool,
    cancel_requested: Cell<bool>,
}

impl Gathering {
    /// Cancel the children; whether one of them was not done.
    pub fn cancel(&self, interp: &mut dyn Interpreter, message: &Value) -> Result<bool, Raised> {
        if self.core.is_done() {
            return Ok(false);
        }
        let children = self.children.borrow().clone();
        let mut any = false;
        for child in &children {
            any |= future::cancel(interp, child, message)?;
        }
        if any {
            // Told to the waiter even if exceptions are returned as results.
            self.cancel_requested.set(true);
        }
        Ok(any)
    }

    /// The children that are not done.
    pub fn pending(&self) -> Vec<Value> {
        let children = self.children.borrow();
        let pending = children.iter().filter(|child| future::core(child).is_none_or(|core| !core.is_done()));
        pending.cloned().collect()
    }

    /// A child is done.
    fn child_done(&self, interp: &mut dyn Interpreter, this: &Value, child: &Value) -> Result<(), Raised> {
        self.left.set(self.left.get().saturating_sub(1));
        if self.core.is_done() {
            if !future::is_cancelled(interp, child)? {
                // Marks the exception as looked at.
                future::exception(interp, child)?;
            }
            return Ok(());
        }
        if !self.return_exceptions {
            if future::is_cancelled(interp, child)? {
                let error = cancelled_error(interp, child)?;
                self.core.fail(this, error);
                return Ok(());
            }
            let exception = future::exception(interp, child)?;
            if !exception.is_none() {
                self.core.fail(this, exception);
                return Ok(());
            }
        }
        if self.left.get() > 0 {
            return Ok(());
        }
        let children = self.children.borrow().clone();
        let mut results = Vec::with_capacity(children.len());
        for child in &children {
            results.push(outcome(interp, child)?);
        }
        if self.cancel_requested.get() {
            // As in CPython, the last child speaks for all, even if it was not cancelled.
            let error = cancelled_error(interp, children.last().unwrap_or(child))?;
            self.core.fail(this, error);
        } else {
            self.core.finish(this, Value::list(results));
        }
        Ok(())
    }
}

fn cancelled_error(interp: &mut dyn Interpreter, child: &Value) -> Completion {
    match future::core(child) {
        Some(core) => Ok(core.cancelled_error(interp).into_value()),
        None => interp.call_method(child, "_make_cancelled_error", &[]),
    }
}

/// The result of a child that is done, or its exception as a result.
fn outcome(interp: &mut dyn Interpreter, child: &Value) -> Completion {
    if let Some(core) = future::core(child) {
        return Ok(match core.state() {
            State::Cancelled => {
                let message = core.cancel_message();
                let message = if message.is_none() { Value::str("") } else { message };
                interp.new_exception(CoreType::CancelledError, &[message])
            }
            State::Failed => core.exception(interp)?,
            State::Finished | State::Pending => core.peek_result(),
        });
    }
    if future::is_cancelled(interp, child)? {
        return Ok(interp.new_exception(CoreType::CancelledError, &[Value::str("")]));
    }
    let exception = future::exception(interp, child)?;
    if exception.is_none() { future::result(interp, child) } else { Ok(exception) }
}

static CHILD_DONE: Hook = Hook {
    name: "gather.<locals>._done_callback",
    run: |interp, this, child| match this.downcast::<Gathering>() {
        Some(gathering) => gathering.child_done(interp, this, child),
        None => Ok(()),
    },
};

impl Traverse for Gathering {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.core.visit(visit);
        self.children.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        self.core.clear();
        drop(self.children.take());
    }
}

impl NativeObject for Gathering {
    fn spec(&self) -> &'static TypeSpec {
        &GATHERING
    }

    fn has_attributes(&self) -> bool {
        true
    }

    fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.core.own_attribute(name)
    }

    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        self.core.set_own_attribute(name, value)
    }

    fn needs_finalizer(&self) -> bool {
        self.core.has(flag::LOG_TRACEBACK)
    }

    fn finalize(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        super::report::never_retrieved(interp, this, &self.core)
    }

    fn poll_await(&self, this: &Value, _: &Value, interp: &mut dyn Interpreter) -> Result<Awaited, Raised> {
        future::poll(&self.core, this, interp)
    }
}

static GATHERING: TypeSpec = TypeSpec {
    name: "_GatheringFuture",
    module: "asyncio.tasks",
    doc: "The results of several awaitables.",
    base: Some(&FUTURE),
    methods: &METHODS,
    native_await: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 1] = [native("cancel", "msg=None", cancel, "Cancel what is gathered.")];

fn cancel(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let gathering = receiver::<Gathering>(interp, &args[0], "_GatheringFuture", "cancel")?;
    gathering.cancel(interp, &args[1]).map(Value::bool)
}

/// `asyncio.gather(*awaitables)`.
pub fn gather(interp: &mut dyn Interpreter, awaitables: &[Value], return_exceptions: bool) -> Completion {
    if awaitables.is_empty() {
        let loop_ = running::get_event_loop(interp)?;
        let outer = future::create(&loop_);
        future::resolve(&outer, Value::list(Vec::new()));
        return Ok(outer);
    }
    let mut loop_ = Value::NONE;
    let mut children = Vec::with_capacity(awaitables.len());
    // The first position of each argument: the same awaitable given twice is one child.
    let mut seen: FxHashMap<usize, usize> = FxHashMap::default();
    let mut different = Vec::with_capacity(awaitables.len());
    for (index, awaitable) in awaitables.iter().enumerate() {
        if !matches!(awaitable.tag(), Tag::Generator | Tag::Object) {
            // Arguments are keys of a dict in CPython.
            interp.hash(awaitable)?;
        }
        let first = *seen.entry(awaitable.address()).or_insert(index);
        if first != index && awaitable.is_heap() {
            let child = Value::clone(&children[first]);
            children.push(child);
            continue;
        }
        let child = ensure::ensure_future(interp, awaitable, &loop_)?;
        if loop_.is_none() {
            loop_ = future::loop_of(interp, &child)?;
        }
        if !child.is(awaitable)
            && let Some(task) = child.downcast::<Task>()
        {
            // Nobody else can have it: its end is none of their business.
            task.core.set_flag(flag::LOG_DESTROY, false);
        }
        let is_done = future::is_done(interp, &child)?;
        different.push((child.clone(), is_done));
        children.push(child);
    }
    let outer = Value::object(Gathering {
        core: FutureCore::new(loop_),
        children: RefCell::new(children),
        left: Cell::new(different.len()),
        return_exceptions,
        cancel_requested: Cell::new(false),
    });
    for (child, _) in different.iter().filter(|(_, is_done)| !is_done) {
        future::add_hook(interp, child, &outer, &CHILD_DONE)?;
    }
    for (child, _) in different.iter().filter(|(_, is_done)| *is_done) {
        (CHILD_DONE.run)(interp, &outer, child)?;
    }
    Ok(outer)
}

/// `asyncio.shield(awaitable)`.
pub fn shield(interp: &mut dyn Interpreter, awaitable: &Value) -> Completion {
    let inner = ensure::ensure_future(interp, awaitable, &Value::NONE)?;
    if future::is_done(interp, &inner)? {
        return Ok(inner);
    }
    let loop_ = future::loop_of(interp, &inner)?;
    let outer = future::create(&loop_);
    future::add_hook(interp, &inner, &outer, &INNER_DONE)?;
    future::add_hook(interp, &outer, &inner, &OUTER_DONE)?;
    Ok(outer)
}

static INNER_DONE: Hook = Hook { name: "shield.<locals>._inner_done_callback", run: inner_done };

fn inner_done(interp: &mut dyn Interpreter, outer: &Value, inner: &Value) -> Result<(), Raised> {
    let Some(core) = future::core(outer) else { return Ok(()) };
    if core.state() == State::Cancelled {
        if !future::is_cancelled(interp, inner)? {
            future::exception(interp, inner)?;
        }
        return Ok(());
    }
    if future::is_cancelled(interp, inner)? {
        core.cancel(outer, &Value::NONE);
        return Ok(());
    }
    let exception = future::exception(interp, inner)?;
    if core.is_done() {
        return Err(interp.raise(CoreType::InvalidStateError, "invalid state"));
    }
    if exception.is_none() {
        let result = future::result(interp, inner)?;
        core.finish(outer, result);
    } else {
        let exception = future::exception_to_set(interp, &exception)?;
        core.fail(outer, exception);
    }
    Ok(())
}

static OUTER_DONE: Hook = Hook { name: "shield.<locals>._outer_done_callback", run: outer_done };

fn outer_done(interp: &mut dyn Interpreter, inner: &Value, outer: &Value) -> Result<(), Raised> {
    if future::is_done(interp, inner)? {
        return Ok(());
    }
    future::remove_hook(interp, inner, outer, &INNER_DONE)
}
