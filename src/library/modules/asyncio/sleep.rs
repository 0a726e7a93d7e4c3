//! `asyncio.sleep`.

use crate::event_loop::coroutine::{self, Machine, Step, coroutine};
use crate::event_loop::future::{self, Hook};
use crate::event_loop::slot::Slot;
use crate::event_loop::timers::Due;
use crate::event_loop::{EventLoop, clock, handle, loop_rows, running, scripted};
use crate::object::interpreter::Comparison;
use crate::object::spec::Begun;
use crate::object::{Completion, Interpreter, Raised, Value};

/// `sleep(delay, result=None)`.
pub fn sleep(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(coroutine(Sleep::new(args)))
}

/// `await sleep(delay, result=None)`.
pub fn begin_sleep(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    let mut sleep = Sleep::new(args);
    if sleep.delay.as_int().is_some_and(|delay| delay <= 0) {
        sleep.state = State::Yielded;
        let coroutine = coroutine::suspended(sleep, Value::UNBOUND);
        return Ok(Begun::Waits { coroutine, yielded: Value::NONE });
    }
    coroutine::begin(interp, sleep)
}

static SET_RESULT: Hook = Hook {
    name: "_set_result_unless_cancelled",
    run: |_, future, _| {
        future::resolve(future, Value::NONE);
        Ok(())
    },
};

struct Sleep {
    delay: Value,
    result: Value,
    state: State,
}

enum State {
    Fresh,
    /// A bare yield: one turn of the loop.
    Yielded,
    /// Waiting for a timer of the loop; or for a handle, if the loop is a script's.
    Waiting(Value),
}

impl Sleep {
    fn new(args: &[Value]) -> Sleep {
        Sleep { delay: args[0].clone(), result: args[1].clone(), state: State::Fresh }
    }

    fn start(&mut self, interp: &mut dyn Interpreter) -> Result<Step, Raised> {
        let is_short = match (self.delay.as_int(), self.delay.as_float()) {
            (Some(delay), _) => delay <= 0,
            (_, Some(delay)) => delay <= 0.0,
            _ => interp.compare_bool(Comparison::Le, &self.delay, &Value::int(0))?,
        };
        if is_short {
            self.state = State::Yielded;
            return Ok(Step::Yield(Value::NONE));
        }
        if interp.expect_float(&self.delay)?.is_nan() {
            return Err(interp.value_error("Invalid delay: NaN (not a number)"));
        }
        let loop_ = running::expect_running_loop(interp)?;
        let future = future::create(&loop_);
        if scripted::has_own_timing(&loop_) {
            let resolve = handle::HookCall { target: Slot::new(future.clone()), hook: &SET_RESULT };
            let handle =
                scripted::call_later(interp, &loop_, &self.delay, Value::object(resolve), &[Value::NONE])?;
            self.state = State::Waiting(handle);
            return Ok(Step::Await(future));
        }
        let now = Value::float(clock::to_seconds(clock::monotonic()));
        let when = clock::from_seconds(loop_rows::add(interp, &now, &self.delay)?);
        if let Some(own) = EventLoop::of(&loop_) {
            own.check_closed(interp)?;
            own.timers.borrow_mut().push(when, Due::Resolve(future.clone()));
        }
        self.state = State::Waiting(loop_);
        Ok(Step::Await(future))
    }
}

impl Machine for Sleep {
    fn qualname(&self) -> &'static str {
        "sleep"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        match &self.state {
            State::Fresh => return self.start(interp),
            State::Yielded => {
                input?;
            }
            State::Waiting(loop_) => {
                if let Err(raised) = input {
                    // Its future is done, so the timer counts as cancelled.
                    match EventLoop::of(loop_) {
                        Some(own) => own.timers.borrow_mut().note_cancelled(),
                        None => drop(interp.call_method(loop_, "cancel", &[])?),
                    }
                    return Err(raised);
                }
            }
        }
        Ok(Step::Done(self.result.take()))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.delay);
        visit(&self.result);
        if let State::Waiting(loop_) = &self.state {
            visit(loop_);
        }
    }
}
