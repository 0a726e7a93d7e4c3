//! Why a task was cancelled: noted when it is, kept with the CancelledError, told where nobody
//! has caught that. Scripts see nothing of it.

use super::held;
use super::stack;
use super::text::{at, quoted};
use crate::event_loop::running;
use crate::event_loop::slot::Slot;
use crate::event_loop::task::Task;
use crate::object::exception::field;
use crate::object::heap::Traverse;
use crate::object::interpreter::CodePlace;
use crate::object::{CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;

/// Why a task was cancelled.
#[derive(Clone)]
pub enum Cause {
    /// A script called `cancel()` here, from within a task (its name) or outside of one (unbound).
    Script { by: Value, place: Option<CodePlace> },
    /// A timeout made by this statement was over.
    Timeout(Option<CodePlace>),
    /// A task of the same group failed: its name, and what with.
    Sibling { name: Value, error: Value },
    /// The body of the task group failed.
    Body,
    /// Ctrl-C.
    Interrupt,
    /// The main task had ended.
    Shutdown,
}

/// A [`Cause`] as a value.
pub struct Reason {
    cause: Cause,
}

static REASON: TypeSpec = TypeSpec { name: "reason", doc: "Why a task was cancelled.", ..TypeSpec::EMPTY };

impl Traverse for Reason {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        match &self.cause {
            Cause::Script { by, place } => {
                visit(by);
                place.iter().for_each(|place| visit(&place.code));
            }
            Cause::Timeout(place) => place.iter().for_each(|place| visit(&place.code)),
            Cause::Sibling { name, error } => {
                visit(name);
                visit(error);
            }
            Cause::Body | Cause::Interrupt | Cause::Shutdown => {}
        }
    }

    fn clear(&self) {
        // Immutable; names, classes and code are in no cycle that this closes.
    }
}

impl NativeObject for Reason {
    fn spec(&self) -> &'static TypeSpec {
        &REASON
    }
}

thread_local! {
    /// What the library is cancelling tasks for; unbound while scripts do it themselves.
    static BECAUSE: Slot = const { Slot::new(Value::UNBOUND) };
    /// The last reason made for a script's call: a loop that cancels many tasks needs one.
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// A reason, and for which call it holds.
struct Last {
    code: usize,
    word: u32,
    task: usize,
    reason: Value,
}

/// Run `f`, which cancels tasks for this cause.
pub fn because<R>(cause: Cause, f: impl FnOnce() -> R) -> R {
    let before = BECAUSE.with(|because| because.replace(Value::object(Reason { cause })));
    let result = f();
    BECAUSE.with(|because| because.set(before));
    result
}

/// A task is being cancelled: remember why.
pub fn note(interp: &dyn Interpreter, task: &Task) {
    let because = BECAUSE.with(Slot::get);
    task.reason.set(if because.is_unbound() { script_reason(interp) } else { because });
}

/// The reason for a call of `cancel()` by the script code that runs now.
fn script_reason(interp: &dyn Interpreter) -> Value {
    let place = interp.stack(1).pop();
    let by = running::running_loop().and_then(|loop_| running::current_task(&loop_)).unwrap_or_default();
    let (code, word) = place.as_ref().map_or((0, 0), |place| (place.code.address(), place.word));
    let task = if by.is_heap() { by.address() } else { 0 };
    LAST.with_borrow_mut(|last| {
        if let Some(last) = last
            && (last.code, last.word, last.task) == (code, word, task)
        {
            return last.reason.clone();
        }
        let by = by.downcast::<Task>().map(|task| task.name.get()).unwrap_or_default();
        let reason = Value::object(Reason { cause: Cause::Script { by, place } });
        *last = Some(Last { code, word, task, reason: reason.clone() });
        reason
    })
}

/// A CancelledError is about to be raised in a task: it carries the reason from here on.
pub fn attach(interp: &dyn Interpreter, task: &Task, raised: &Raised) {
    let reason = task.reason.take();
    if reason.is_unbound() || !interp.raised_is(raised, CoreType::CancelledError) {
        return;
    }
    let exception = raised.value();
    if let Some(state) = exception.as_exception()
        && state.field(field::CANCEL_REASON).is_unbound()
    {
        drop(state.set_field(field::CANCELLED_TASK, task.name.get()));
        drop(state.set_field(field::CANCEL_REASON, reason));
    }
}

/// The cause of a timeout that cancels `task`: the `with` statement that entered it, or else where
/// the task waits (for `wait_for`).
pub fn timeout(task: &Value, timeout: &Value) -> Cause {
    let coroutine = task.downcast::<Task>().map(|task| task.coroutine.get()).unwrap_or_default();
    let (links, _) = stack::chain(&coroutine);
    let entered = links.iter().find_map(|link| held::entry_of(link.value.as_generator()?, timeout));
    Cause::Timeout(entered.or_else(|| stack::innermost(&links).cloned()))
}

/// What is known of why an exception, a CancelledError, was raised.
pub fn tell(exception: &Value) -> Option<String> {
    let state = exception.as_exception()?;
    let reason = state.field(field::CANCEL_REASON);
    let name = shown(&state.field(field::CANCELLED_TASK));
    let place_of = |place: &Option<CodePlace>| match place {
        Some(place) => format!(" {}\n{}", at(place, None), quoted(place)),
        None => "\n".to_owned(),
    };
    Some(match &reason.downcast::<Reason>()?.cause {
        Cause::Script { by, place } => {
            let by = if by.is_unbound() { String::new() } else { format!(" by {}", shown(by)) };
            format!("{name} was cancelled{by}{}", place_of(place))
        }
        Cause::Timeout(place) => format!("{name} was cancelled by a timeout{}", place_of(place)),
        Cause::Sibling { name: sibling, error } => {
            let error = error.as_type().map_or_else(String::new, |class| class.name_text());
            format!("{name} was cancelled because {} of the same group failed ({error})\n", shown(sibling))
        }
        Cause::Body => format!("{name} was cancelled because the body of its task group failed\n"),
        Cause::Interrupt => format!("{name} was cancelled by Ctrl-C\n"),
        Cause::Shutdown => format!("{name} was cancelled because the main task had ended\n"),
    })
}

/// A task's name, which may still be a number.
fn shown(name: &Value) -> String {
    match name.as_int() {
        Some(number) => format!("Task-{number}"),
        None => name.str_like().unwrap_or_default().to_owned(),
    }
}
