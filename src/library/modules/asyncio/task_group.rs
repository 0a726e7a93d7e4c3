//! `TaskGroup`.

use super::task_set::TaskSet;
use crate::event_loop::coroutine::{self, Immediate, Machine, Step, coroutine};
use crate::event_loop::explain::cancel::{self, Cause};
use crate::event_loop::future::{self, Hook};
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::task::{self, Task};
use crate::event_loop::{ensure, report, running, waiting};
use crate::object::attributes::Attributes;
use crate::object::heap::Traverse;
use crate::object::set::SetObject;
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use smallvec::smallvec;
use std::cell::{Cell, RefCell};

/// `asyncio.TaskGroup`.
#[derive(Default)]
struct TaskGroup {
    attributes: Attributes,
    is_entered: Cell<bool>,
    is_exiting: Cell<bool>,
    is_aborting: Cell<bool>,
    loop_: Slot,
    parent: Slot,
    /// We cancelled the parent ourselves.
    parent_cancelled: Cell<bool>,
    /// Those that are not done.
    tasks: RefCell<TaskSet>,
    errors: RefCell<Vec<Value>>,
    /// A KeyboardInterrupt or SystemExit; unbound if there was none.
    base_error: Slot,
    /// What `__aexit__` waits for; unbound if it does not.
    all_done: Slot,
}

impl TaskGroup {
    fn has_tasks(&self) -> bool {
        !self.tasks.borrow().is_empty()
    }

    /// Cancel all tasks.
    fn abort(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.is_aborting.set(true);
        let tasks = self.tasks.borrow().all();
        for task in tasks {
            if !future::is_done(interp, &task)? {
                future::cancel(interp, &task, &Value::NONE)?;
            }
        }
        Ok(())
    }

    fn parent_done(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        future::is_done(interp, &self.parent.get())
    }
}

fn is_base_error(interp: &mut dyn Interpreter, exception: &Value) -> bool {
    interp.exception_is(exception, CoreType::SystemExit)
        || interp.exception_is(exception, CoreType::KeyboardInterrupt)
}

static TASK_DONE: Hook = Hook { name: "TaskGroup._on_task_done", run: on_task_done };

fn on_task_done(interp: &mut dyn Interpreter, group: &Value, task: &Value) -> Result<(), Raised> {
    let Some(own) = group.downcast::<TaskGroup>() else { return Ok(()) };
    let removed = own.tasks.borrow_mut().remove(task);
    drop(removed);
    let all_done = own.all_done.get();
    if !all_done.is_unbound() && !own.has_tasks() {
        future::resolve(&all_done, Value::TRUE);
    }
    if future::is_cancelled(interp, task)? {
        return Ok(());
    }
    let exception = future::exception(interp, task)?;
    if exception.is_none() {
        return Ok(());
    }
    own.errors.borrow_mut().push(exception.clone());
    if is_base_error(interp, &exception) && own.base_error.is_unbound() {
        own.base_error.set(exception.clone());
    }
    if own.parent_done(interp)? {
        let (task_repr, parent) = (interp.repr(task)?, interp.to_str(&own.parent.get())?);
        let message = format!(
            "Task {} has errored out but its parent task {} is already completed",
            task_repr.as_str().unwrap_or_default(),
            parent.as_str().unwrap_or_default()
        );
        let details = [("exception", exception), ("task", task.clone())];
        return report::report(interp, &own.loop_.get(), &message, &details);
    }
    if !own.is_aborting.get() && !own.parent_cancelled.get() {
        // The parent is cancelled to end what it does inside of the block; `__aexit__` takes the
        // cancellation back.
        let name = task.downcast::<Task>().map(|task| task.name.get()).unwrap_or_default();
        let cause = Cause::Sibling { name, error: interp.class_of(&exception) };
        return cancel::because(cause, || {
            own.abort(interp)?;
            own.parent_cancelled.set(true);
            future::cancel(interp, &own.parent.get(), &Value::NONE).map(drop)
        });
    }
    Ok(())
}

impl Traverse for TaskGroup {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        for slot in [&self.loop_, &self.parent, &self.base_error, &self.all_done] {
            slot.visit(visit);
        }
        self.tasks.borrow().iter().for_each(&mut *visit);
        self.errors.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        for slot in [&self.loop_, &self.parent, &self.base_error, &self.all_done] {
            drop(slot.take());
        }
        let tasks = self.tasks.take();
        let errors = self.errors.take();
        drop((tasks, errors));
    }
}

impl NativeObject for TaskGroup {
    fn spec(&self) -> &'static TypeSpec {
        &TASK_GROUP
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }
}

/// `asyncio.TaskGroup`.
pub static TASK_GROUP: TypeSpec = TypeSpec {
    name: "TaskGroup",
    module: "asyncio.taskgroups",
    script_name: "TaskGroup",
    doc: "Tasks that end before the block does.",
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static GETTERS: [GetterRow; 2] = [
    getter("_errors", get_errors, "What the tasks have raised."),
    getter("_tasks", get_tasks, "The tasks that are not done: a set."),
];

static METHODS: [NativeRow; 6] = [
    native("__new__", "*args, **kwargs", new, "A group without tasks.").as_new(),
    native("__init__", "", init, "Nothing more to do."),
    native("__aenter__", "", enter, "Begin.").like_async().begun_by(begin_enter),
    native("__aexit__", "et, exc, tb", exit, "Wait for all tasks; raise their exceptions as a group.")
        .like_async()
        .begun_by(begin_exit),
    native("__repr__", "", repr, "How many tasks and errors, and the state."),
    native("create_task", "coro, *, name=None, context=None", create_task, "A task of the group."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v TaskGroup, Raised> {
    receiver::<TaskGroup>(interp, this, "TaskGroup", method)
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(TaskGroup::default()))
}

fn init(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::NONE)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let mut text = String::from("<TaskGroup");
    for (name, count) in [("tasks", own.tasks.borrow().len()), ("errors", own.errors.borrow().len())] {
        if count > 0 {
            text.push_str(&format!(" {name}={count}"));
        }
    }
    if own.is_aborting.get() {
        text.push_str(" cancelling");
    } else if own.is_entered.get() {
        text.push_str(" entered");
    }
    text.push('>');
    Ok(Value::str(&text))
}

/// RuntimeError: `TaskGroup <repr> <what>`.
fn complain(interp: &mut dyn Interpreter, group: &Value, what: &str) -> Raised {
    match interp.repr(group) {
        Ok(repr) => {
            let message = format!("TaskGroup {} {what}", repr.as_str().unwrap_or_default());
            interp.runtime_error(&message)
        }
        Err(raised) => raised,
    }
}

fn create_task(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let [group, coroutine, name, context] = args else {
        return Err(interp.type_error("create_task() takes a coroutine"));
    };
    let own = this(interp, group, "create_task")?;
    let refusal = if !own.is_entered.get() {
        Some("has not been entered")
    } else if own.is_exiting.get() && !own.has_tasks() {
        Some("is finished")
    } else if own.is_aborting.get() {
        Some("is shutting down")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        waiting::close(interp, coroutine)?;
        return Err(complain(interp, group, refusal));
    }
    let task = ensure::create_task(interp, &own.loop_.get(), coroutine, name, context)?;
    if future::is_done(interp, &task)? {
        on_task_done(interp, group, &task)?;
    } else {
        own.tasks.borrow_mut().add(task.clone());
        future::add_hook(interp, &task, group, &TASK_DONE)?;
    }
    Ok(task)
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aenter__")?;
    let args = smallvec![args[0].clone()];
    Ok(coroutine(Immediate { qualname: "TaskGroup.__aenter__", run: entered, args }))
}

fn entered(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__aenter__")?;
    if own.is_entered.get() {
        return Err(complain(interp, &args[0], "has already been entered"));
    }
    if own.loop_.is_unbound() {
        own.loop_.set(running::expect_running_loop(interp)?);
    }
    match running::current_task(&own.loop_.get()) {
        None => Err(complain(interp, &args[0], "cannot determine the parent task")),
        Some(parent) => {
            own.parent.set(parent);
            own.is_entered.set(true);
            Ok(args[0].clone())
        }
    }
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "__aexit__")?;
    Ok(coroutine(Exit::new(args)))
}

fn begin_enter(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    entered(interp, args).map(Begun::Done)
}

fn begin_exit(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "__aexit__")?;
    coroutine::begin(interp, Exit::new(args))
}

#[derive(PartialEq)]
enum Stage {
    Fresh,
    Waiting,
}

/// `__aexit__`.
struct Exit {
    group: Value,
    /// What left the block, or None.
    exception: Value,
    /// The CancelledError to raise in the end.
    propagate: Option<Raised>,
    stage: Stage,
}

impl Exit {
    fn new(args: &[Value]) -> Exit {
        Exit { group: args[0].clone(), exception: args[2].clone(), propagate: None, stage: Stage::Fresh }
    }

    fn start(&mut self, interp: &mut dyn Interpreter, own: &TaskGroup) -> Result<(), Raised> {
        own.is_exiting.set(true);
        if self.exception.is_none() {
            return Ok(());
        }
        if own.base_error.is_unbound() && is_base_error(interp, &self.exception) {
            own.base_error.set(self.exception.clone());
        }
        if interp.exception_is(&self.exception, CoreType::CancelledError) {
            self.propagate = Some(Raised::new(self.exception.clone()));
        }
        if own.is_aborting.get() { Ok(()) } else { cancel::because(Cause::Body, || own.abort(interp)) }
    }

    /// All tasks are done: what comes of it.
    fn finish(&mut self, interp: &mut dyn Interpreter, own: &TaskGroup) -> Result<Step, Raised> {
        let base_error = own.base_error.get();
        if !base_error.is_unbound() {
            return Err(Raised::new(base_error));
        }
        let parent = own.parent.get();
        let task = parent.downcast::<Task>();
        if own.parent_cancelled.get() && task.is_none_or(|task| task::uncancel(task) == 0) {
            self.propagate = None;
        }
        if own.errors.borrow().is_empty()
            && let Some(cancelled) = self.propagate.take()
        {
            return Err(cancelled);
        }
        let is_error =
            !self.exception.is_none() && !interp.exception_is(&self.exception, CoreType::CancelledError);
        if is_error {
            own.errors.borrow_mut().push(self.exception.clone());
        }
        let errors = own.errors.take();
        if errors.is_empty() {
            return Ok(Step::Done(Value::NONE));
        }
        if let Some(task) = task
            && task.cancels.get() > 0
        {
            // Cancelled from outside: the request must be seen again after the group's error.
            task::uncancel(task);
            future::cancel(interp, &parent, &Value::NONE)?;
        }
        let class = interp.core(CoreType::BaseExceptionGroup);
        let text = Value::str("unhandled errors in a TaskGroup");
        let group = interp.call(&class, &[text, Value::list(errors)])?;
        if let Some(state) = group.as_exception() {
            state.suppress_context.set(true);
        }
        Err(interp.to_raised(&group)?)
    }
}

impl Machine for Exit {
    fn qualname(&self) -> &'static str {
        "TaskGroup.__aexit__"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let group = self.group.clone();
        let own = this(interp, &group, "__aexit__")?;
        if self.stage == Stage::Fresh {
            input?;
            self.start(interp, own)?;
            self.stage = Stage::Waiting;
        } else {
            match input {
                Ok(_) => {}
                Err(raised) if interp.raised_is(&raised, CoreType::CancelledError) => {
                    if !own.is_aborting.get() {
                        self.propagate = Some(raised);
                        own.abort(interp)?;
                    }
                }
                Err(raised) => return Err(raised),
            }
            drop(own.all_done.take());
        }
        if own.has_tasks() {
            if own.all_done.is_unbound() {
                own.all_done.set(future::create(&own.loop_.get()));
            }
            return Ok(Step::Await(own.all_done.get()));
        }
        self.finish(interp, own)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.group);
        visit(&self.exception);
    }

    fn waits_for(&self) -> Vec<Value> {
        self.group.downcast::<TaskGroup>().map(|group| group.tasks.borrow().all()).unwrap_or_default()
    }
}

fn get_errors(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_errors")?;
    let errors = own.errors.borrow().clone();
    Ok(Value::list(errors))
}

fn get_tasks(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let tasks = this(interp, of, "_tasks")?.tasks.borrow().all();
    let set = SetObject::new(false);
    for task in &tasks {
        set.add(interp, task)?;
    }
    Ok(Value::set(set))
}
