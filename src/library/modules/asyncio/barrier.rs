//! `Barrier`.

use super::condition::{Condition, wait_coroutine};
use super::locks::{Lock, repr_with};
use crate::event_loop::coroutine::{Immediate, Machine, Step, coroutine};
use crate::event_loop::receiver::receiver;
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::interpreter::CodePlace;
use crate::object::resource::{Made, Resource};
use crate::object::spec::{GetterRow, NativeRow, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Filling,
    Draining,
    Resetting,
    Broken,
}

impl Phase {
    const fn name(self) -> &'static str {
        match self {
            Phase::Filling => "filling",
            Phase::Draining => "draining",
            Phase::Resetting => "resetting",
            Phase::Broken => "broken",
        }
    }
}

/// `asyncio.Barrier`.
struct Barrier {
    attributes: Attributes,
    condition: Value,
    parties: Cell<i64>,
    phase: Cell<Phase>,
    /// How many tasks are inside.
    count: Cell<i64>,
    made: Made,
}

impl Barrier {
    fn condition(&self) -> &Condition {
        self.condition.downcast::<Condition>().expect("a barrier is made with a condition")
    }

    /// A task has left. The lock is held.
    fn leave(&self) {
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 {
            if matches!(self.phase.get(), Phase::Resetting | Phase::Draining) {
                self.phase.set(Phase::Filling);
            }
            self.condition().notify(usize::MAX);
        }
    }
}

impl Traverse for Barrier {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        visit(&self.condition);
        self.made.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        // A cycle through a barrier is broken at its condition.
    }
}

impl NativeObject for Barrier {
    fn spec(&self) -> &'static TypeSpec {
        &BARRIER
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Barrier {
    fn lacks(&self, _: &str) -> String {
        format!("at which {} of {} have arrived", self.count.get(), self.parties.get())
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }
}

/// `asyncio.Barrier`.
pub static BARRIER: TypeSpec = TypeSpec {
    name: "Barrier",
    module: "asyncio.locks",
    script_name: "Barrier",
    doc: "Tasks wait until all have come.",
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 8] = [
    native("__new__", "*args, **kwargs", new, "A barrier.").as_new(),
    native("__init__", "parties", init, "A barrier for so many tasks."),
    native("__aenter__", "", wait, "As `wait`.").like_async(),
    native("__aexit__", "*args", exit, "Nothing.").like_async(),
    native("__repr__", "", repr, "What it is doing, and how many wait."),
    native("abort", "", abort, "Break the barrier.").like_async(),
    native("reset", "", reset, "Send those who wait away with an error.").like_async(),
    native("wait", "", wait, "Wait until all have come; in which place one was.").like_async(),
];

static GETTERS: [GetterRow; 4] = [
    getter("_count", get_count, "How many tasks are inside."),
    getter("broken", broken, "Whether it is broken."),
    getter("n_waiting", n_waiting, "How many wait."),
    getter("parties", parties, "How many tasks must come."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Barrier, Raised> {
    receiver::<Barrier>(interp, this, "Barrier", method)
}

fn new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Barrier {
        attributes: Attributes::default(),
        condition: Value::object(Condition::with_lock(Value::object(Lock::default()))),
        parties: Cell::new(1),
        phase: Cell::new(Phase::Filling),
        count: Cell::new(0),
        made: Made::here(interp),
    }))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__init__")?;
    let parties = interp.expect_int(&args[1])?;
    if parties < 1 {
        return Err(interp.value_error("parties must be > 0"));
    }
    own.parties.set(parties);
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let mut text = own.phase.get().name().to_owned();
    if own.phase.get() != Phase::Broken {
        text.push_str(&format!(", waiters:{}/{}", waiting(own), own.parties.get()));
    }
    repr_with(interp, &args[0], &text)
}

fn waiting(barrier: &Barrier) -> i64 {
    if barrier.phase.get() == Phase::Filling { barrier.count.get() } else { 0 }
}

fn broken(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::bool(this(interp, of, "broken")?.phase.get() == Phase::Broken))
}

fn n_waiting(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::int(waiting(this(interp, of, "n_waiting")?)))
}

fn parties(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::int(this(interp, of, "parties")?.parties.get()))
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aexit__")?;
    let run = |_: &mut dyn Interpreter, _: &[Value]| Ok(Value::NONE);
    Ok(coroutine(Immediate { qualname: "Barrier.__aexit__", run, args: Default::default() }))
}

fn wait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "wait")?;
    Ok(coroutine(Wait { barrier: args[0].clone(), stage: Stage::Fresh }))
}

enum Stage {
    Fresh,
    /// The lock is being acquired.
    Locking,
    /// Those before us are still leaving.
    Blocked,
    /// Others must come; our place.
    Filling(i64),
}

struct Wait {
    barrier: Value,
    stage: Stage,
}

impl Machine for Wait {
    fn qualname(&self) -> &'static str {
        "Barrier.wait"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = this(interp, &self.barrier, "wait")?;
        let condition = own.condition();
        match self.stage {
            Stage::Fresh => {
                input?;
                self.stage = Stage::Locking;
                return condition.acquire(interp).map(Step::Await);
            }
            Stage::Locking => {
                input?;
                self.stage = Stage::Blocked;
            }
            // From here on the lock is held whenever the machine runs.
            Stage::Blocked => {
                if let Err(raised) = input {
                    condition.release(interp)?;
                    return Err(raised);
                }
            }
            Stage::Filling(place) => return self.fill(interp, own, place, input),
        }
        if matches!(own.phase.get(), Phase::Draining | Phase::Resetting) {
            return Ok(Step::Await(wait_coroutine(&own.condition)));
        }
        if own.phase.get() == Phase::Broken {
            condition.release(interp)?;
            return Err(interp.raise(CoreType::BrokenBarrierError, "Barrier aborted"));
        }
        let place = own.count.get();
        own.count.set(place + 1);
        if place + 1 == own.parties.get() {
            own.phase.set(Phase::Draining);
            condition.notify(usize::MAX);
            own.leave();
            condition.release(interp)?;
            return Ok(Step::Done(Value::int(place)));
        }
        self.stage = Stage::Filling(place);
        self.fill(interp, own, place, Ok(Value::NONE))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.barrier);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.barrier.clone()]
    }
}

impl Wait {
    /// Wait until the barrier is full.
    fn fill(
        &self,
        interp: &mut dyn Interpreter,
        own: &Barrier,
        place: i64,
        input: Completion,
    ) -> Result<Step, Raised> {
        if input.is_ok() && own.phase.get() == Phase::Filling {
            return Ok(Step::Await(wait_coroutine(&own.condition)));
        }
        let result = match (input, own.phase.get()) {
            (Err(raised), _) => Err(raised),
            (Ok(_), Phase::Broken | Phase::Resetting) => {
                Err(interp.raise(CoreType::BrokenBarrierError, "Abort or reset of barrier"))
            }
            (Ok(_), Phase::Filling | Phase::Draining) => Ok(Step::Done(Value::int(place))),
        };
        own.leave();
        own.condition().release(interp)?;
        result
    }
}

fn abort(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "abort")?;
    Ok(coroutine(Change { barrier: args[0].clone(), to: Phase::Broken, is_locking: false }))
}

fn reset(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "reset")?;
    Ok(coroutine(Change { barrier: args[0].clone(), to: Phase::Resetting, is_locking: false }))
}

/// `abort()` and `reset()`.
struct Change {
    barrier: Value,
    to: Phase,
    is_locking: bool,
}

impl Machine for Change {
    fn qualname(&self) -> &'static str {
        if self.to == Phase::Broken { "Barrier.abort" } else { "Barrier.reset" }
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        input?;
        let own = this(interp, &self.barrier, self.qualname())?;
        let condition = own.condition();
        if !std::mem::replace(&mut self.is_locking, true) {
            return condition.acquire(interp).map(Step::Await);
        }
        let is_empty = own.count.get() == 0;
        own.phase.set(if self.to == Phase::Resetting && is_empty { Phase::Filling } else { self.to });
        condition.notify(usize::MAX);
        condition.release(interp)?;
        Ok(Step::Done(Value::NONE))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.barrier);
    }
}

fn get_count(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::int(this(interp, of, "_count")?.count.get()))
}
