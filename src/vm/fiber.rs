//! Fibers: further native stacks on which the one machine runs, each with registers and call
//! records of its own. A fiber is entered from the main stack only, and leaves to it only; so at
//! any time one of them runs, or none.
//!
//! One of the modules that may use `unsafe`. Invariants:
//! - a fiber is resumed only by [`resume_fiber`](crate::object::Interpreter::resume_fiber) on the main stack,
//!   with the machine that made it; a machine that has fibers does not move, because the natives
//!   suspended on them refer to it;
//! - while a fiber is away, no reference of its natives to the machine is used; while it runs,
//!   none of the main stack's is: the one who switches waits for the other in a call that takes
//!   the machine, so each finds all of it changed, as after any call;
//! - a fiber's yielder lives on the fiber's stack as long as its body runs, and is used only then.
#![allow(unsafe_code)]

use super::registers::{Cursor, Records, Stack};
use super::{NATIVE_DEPTH, Vm};
use crate::object::Value;
use crate::object::fiber::{FiberBody, FiberId};
use crate::object::generator::Generator;
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use std::cell::Cell;
use std::io;
use std::ptr::NonNull;
use std::rc::Rc;

/// Size of a fiber's native stack; only what is touched costs memory.
const STACK_SIZE: usize = 256 << 20;
/// How deeply natives and `run` may nest on it: as deeply by size as on the main stack.
const FIBER_NATIVE_DEPTH: usize = NATIVE_DEPTH / 4;
/// Registers and call records of a fiber.
const REGISTERS: usize = 1 << 20;
const RECORDS: usize = 50_000;

type Body = Coroutine<*mut Vm, (), (), DefaultStack>;
type YielderCell = Rc<Cell<*const Yielder<*mut Vm, ()>>>;

/// The fibers of a machine.
pub(super) struct Fibers {
    /// By number. Empty are the places of the main program and of the one that runs.
    bodies: Vec<Option<(Body, YielderCell)>>,
    /// By number; empty is the place of the one that runs.
    sides: Vec<Option<Side>>,
    free: Vec<u32>,
    running: FiberId,
    /// The yielder of the fiber that runs.
    yielder: YielderCell,
    /// What ended fibers leave for new ones.
    spare: Vec<(DefaultStack, Side)>,
}

/// The part of a machine that each fiber has for itself.
pub(super) struct Side {
    records: Records,
    stack: Stack,
    top: *mut Value,
    current: Cursor,
    handled: Value,
    thrown: Option<NonNull<Generator>>,
    native_depth: usize,
    native_limit: usize,
}

impl Side {
    fn new(limit: usize) -> Side {
        let stack = Stack::with_length(REGISTERS);
        Side {
            records: Records::with_capacity(limit, RECORDS),
            top: stack.bottom(),
            stack,
            current: Cursor::NOWHERE,
            handled: Value::UNBOUND,
            thrown: None,
            native_depth: 0,
            native_limit: FIBER_NATIVE_DEPTH,
        }
    }

    /// The call records and the place where execution stands: what its traceback is made of.
    pub(super) fn place(&self) -> (Cursor, &Records) {
        (self.current, &self.records)
    }
}

impl Fibers {
    pub(super) fn new() -> Fibers {
        Fibers {
            bodies: vec![None],
            sides: vec![None],
            free: Vec::new(),
            running: FiberId::MAIN,
            yielder: Rc::new(Cell::new(std::ptr::null())),
            spare: Vec::new(),
        }
    }

    pub(super) fn running(&self) -> FiberId {
        self.running
    }

    /// What belongs to the ones that are away.
    pub(super) fn sides(&self) -> impl Iterator<Item = &Side> {
        self.sides.iter().flatten()
    }

    /// What belongs to one that is away.
    pub(super) fn side(&self, id: FiberId) -> Option<&Side> {
        self.sides.get(id.0 as usize)?.as_ref()
    }
}

impl Drop for Fibers {
    fn drop(&mut self) {
        for body in self.bodies.drain(..).flatten() {
            // A stack with natives on it cannot be taken down without running them; the threads
            // that a program leaves behind at its end stay where they are.
            std::mem::forget(body);
        }
    }
}

impl Vm {
    /// See [`new_fiber`](crate::object::Interpreter::new_fiber).
    pub(super) fn make_fiber(&mut self, body: FiberBody) -> io::Result<FiberId> {
        let limit = self.records.limit();
        let (stack, mut side) = match self.fibers.spare.pop() {
            Some(spare) => spare,
            None => (DefaultStack::new(STACK_SIZE)?, Side::new(limit)),
        };
        side.records.set_limit(limit);
        let yielder: YielderCell = Rc::new(Cell::new(std::ptr::null()));
        let cell = yielder.clone();
        let body: Body = Coroutine::with_stack(stack, move |yielder, vm: *mut Vm| {
            cell.set(yielder);
            // SAFETY: `resume_fiber` passes the machine, which stays where it is; see above.
            body(unsafe { &mut *vm });
            cell.set(std::ptr::null());
        });
        let id = match self.fibers.free.pop() {
            Some(id) => id,
            None => {
                self.fibers.bodies.push(None);
                self.fibers.sides.push(None);
                self.fibers.bodies.len() as u32 - 1
            }
        };
        self.fibers.bodies[id as usize] = Some((body, yielder));
        self.fibers.sides[id as usize] = Some(side);
        Ok(FiberId(id))
    }

    /// See [`resume_fiber`](crate::object::Interpreter::resume_fiber).
    pub(super) fn enter_fiber(&mut self, id: FiberId) -> bool {
        assert!(self.fibers.running == FiberId::MAIN, "internal error: a fiber resumed by a fiber");
        let Some((mut body, yielder)) = self.fibers.bodies.get_mut(id.0 as usize).and_then(Option::take)
        else {
            return true;
        };
        self.exchange(FiberId::MAIN, id);
        self.fibers.yielder = yielder.clone();
        let result = body.resume(&raw mut *self);
        self.exchange(id, FiberId::MAIN);
        match result {
            CoroutineResult::Yield(()) => {
                self.fibers.bodies[id.0 as usize] = Some((body, yielder));
                false
            }
            CoroutineResult::Return(()) => {
                if let Some(mut side) = self.fibers.sides[id.0 as usize].take() {
                    drop(side.handled.take());
                    self.fibers.spare.push((body.into_stack(), side));
                }
                self.fibers.free.push(id.0);
                true
            }
        }
    }

    /// See [`suspend_fiber`](crate::object::Interpreter::suspend_fiber).
    pub(super) fn leave_fiber(&mut self) {
        assert!(self.fibers.running != FiberId::MAIN, "internal error: the main program suspended");
        let yielder = self.fibers.yielder.get();
        // SAFETY: the fiber that runs has set its yielder, which lives on its stack until its body
        // has returned.
        unsafe { (*yielder).suspend(()) };
    }

    /// Put the side of `from`, which ran, away, and take that of `to`.
    fn exchange(&mut self, from: FiberId, to: FiberId) {
        let Some(mut side) = self.fibers.sides[to.0 as usize].take() else { return };
        std::mem::swap(&mut self.records, &mut side.records);
        std::mem::swap(&mut self.stack, &mut side.stack);
        std::mem::swap(&mut self.top, &mut side.top);
        std::mem::swap(&mut self.current, &mut side.current);
        std::mem::swap(&mut self.handled, &mut side.handled);
        std::mem::swap(&mut self.thrown, &mut side.thrown);
        std::mem::swap(&mut self.native_depth, &mut side.native_depth);
        std::mem::swap(&mut self.native_limit, &mut side.native_limit);
        self.fibers.sides[from.0 as usize] = Some(side);
        self.fibers.running = to;
    }
}
