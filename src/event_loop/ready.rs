//! What waits for its turn in the loop.

use super::future::Hook;
use super::{EventLoop, alarm, context, future, handle, report, task};
use crate::object::{Interpreter, Raised, Value};

/// An entry of the ready queue. Only what scripts scheduled themselves is an object; the rest
/// are words in the queue.
pub enum Ready {
    /// The next step of a task.
    Step(Value),
    /// The next step of a task, with an exception thrown into it.
    Throw(Value, Raised),
    /// The next step of a task whose future is done.
    Wake(Value),
    /// A `Handle` or `TimerHandle`.
    Handle(Value),
    /// An alarm of the library.
    Alarm(Value),
    /// Set the result of a future, unless it is done.
    Resolve(Value),
    /// A hook, what it was made for, and the future that is done.
    Native(Value, &'static Hook, Value),
    /// A callable, its context, and the future that is done.
    Call(Box<(Value, Value, Value)>),
}

/// Stands for the end of a sleep or of a time limit in handles.
pub static RESOLVE: Hook = Hook {
    name: "_set_result_unless_cancelled",
    run: |_, future, _| {
        future::resolve(future, Value::NONE);
        Ok(())
    },
};

impl Ready {
    /// The task whose step it is, if it is one.
    pub fn task(&self) -> Option<&Value> {
        match self {
            Ready::Step(task) | Ready::Throw(task, _) | Ready::Wake(task) => Some(task),
            Ready::Handle(_) | Ready::Alarm(_) | Ready::Resolve(_) | Ready::Native(..) | Ready::Call(_) => {
                None
            }
        }
    }

    /// Let the collector look at what the entry holds.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        match self {
            // The exception of a throw is not shown: an object that nobody accounts for merely
            // lives longer.
            Ready::Step(value)
            | Ready::Throw(value, _)
            | Ready::Wake(value)
            | Ready::Handle(value)
            | Ready::Alarm(value)
            | Ready::Resolve(value) => visit(value),
            Ready::Native(target, _, future) => {
                visit(target);
                visit(future);
            }
            Ready::Call(call) => {
                visit(&call.0);
                visit(&call.1);
                visit(&call.2);
            }
        }
    }

    /// It as a handle, for scripts that look into the loop.
    pub fn handle(&self, loop_: &Value) -> Value {
        let hook = |target: &Value, hook, future: &Value| {
            handle::of_hook(loop_, target.clone(), hook, future.clone())
        };
        match self {
            Ready::Handle(handle) => handle.clone(),
            Ready::Step(task) | Ready::Throw(task, _) => hook(task, &task::STEP, &Value::NONE),
            Ready::Wake(task) => hook(task, &task::WAKE_UP, &Value::NONE),
            Ready::Alarm(value) | Ready::Resolve(value) => hook(value, &RESOLVE, &Value::NONE),
            Ready::Native(target, own, future) => hook(target, own, future),
            Ready::Call(call) => {
                let args = Value::tuple_from(std::slice::from_ref(&call.2));
                handle::new(loop_, call.0.clone(), args, call.1.clone(), Value::UNBOUND)
            }
        }
    }

    /// Do it, as `loop_`, which is `own`. What is returned ends the loop: KeyboardInterrupt,
    /// SystemExit.
    #[inline(always)]
    pub fn run(self, interp: &mut dyn Interpreter, loop_: &Value, own: &EventLoop) -> Result<(), Raised> {
        match self {
            Ready::Step(task) => task::step(interp, own, &task, None),
            Ready::Throw(task, exception) => task::step(interp, own, &task, Some(exception)),
            Ready::Wake(task) => task::wake(interp, own, &task),
            Ready::Handle(handle) => handle::run(interp, loop_, &handle),
            Ready::Alarm(alarm) => alarm::ring(interp, loop_, &alarm),
            Ready::Resolve(future) => {
                future::resolve(&future, Value::NONE);
                Ok(())
            }
            Ready::Native(target, hook, future) => match (hook.run)(interp, &target, &future) {
                Ok(()) => Ok(()),
                Err(raised) => {
                    let handle = handle::of_hook(loop_, target, hook, future);
                    report::in_callback(interp, loop_, &handle, raised)
                }
            },
            Ready::Call(call) => {
                let (callable, own_context, future) = *call;
                let args = [future];
                let (result, own_context) = context::run(interp, own_context, &callable, &args);
                match result {
                    Ok(_) => Ok(()),
                    Err(raised) => {
                        let args = Value::tuple_from(&args);
                        let handle = handle::new(loop_, callable, args, own_context, Value::UNBOUND);
                        report::in_callback(interp, loop_, &handle, raised)
                    }
                }
            }
        }
    }
}
