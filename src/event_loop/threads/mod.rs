//! Green threads: fibers of the one machine, of which one runs at a time. Who runs, who waits for
//! what, and what happens when nobody can run.
//!
//! A fiber runs until it waits ([`block`]) or its slice is used up; then the one that has been
//! ready for longest goes on. So a program with threads runs in the same order every time.
//! Switching goes through the main program's stack: another fiber that stops returns to `drive`
//! there, which resumes the next. While nobody is ready, `drive` waits for the first deadline, for
//! the reactors of loops that wait in their threads, or for Ctrl-C; with the virtual clock it goes
//! to the first deadline at once.

mod idle;
mod locals;

use super::{clock, schedule};
use crate::object::fiber::{self, FiberBody, FiberId};
use crate::object::{Interpreter, Raised, Value, interrupt};
use locals::Locals;
use rustc_hash::FxHashMap;
use rustix::event::PollFlags;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;

/// Thread identifiers look like CPython's, which are addresses.
const MAIN_IDENT: i64 = 140_000_000_000_000;
const IDENT_STEP: i64 = 8_392_704;

/// Slices after which a thread that never waits is taken to wait for the virtual clock.
const MOST_LONELY_SLICES: u32 = 100;

/// What a fiber waits for, for reports and for whoever could wake it from outside.
#[derive(Clone)]
pub enum Waiting {
    /// Time to pass.
    Sleep,
    /// The lock, queue or the like; its `repr` says what it is.
    Object(Value),
    /// An event loop with nothing to do, which the descriptor of its reactor can wake.
    Loop(Option<Arc<OwnedFd>>),
    /// One of some descriptors to be ready for what is said beside it.
    Descriptors(Rc<[(Arc<OwnedFd>, PollFlags)]>),
}

impl Waiting {
    /// Something to read.
    pub fn readable(descriptor: Arc<OwnedFd>) -> Waiting {
        Waiting::Descriptors(Rc::new([(descriptor, PollFlags::IN)]))
    }
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// By [`wake`].
    Called,
    /// By the deadline.
    TimedOut,
}

struct Parked {
    /// Distinguishes this wait from earlier ones of the same fiber.
    ticket: u64,
    waiting: Waiting,
}

#[derive(Default)]
struct Scheduler {
    ready: VecDeque<FiberId>,
    parked: FxHashMap<FiberId, Parked>,
    /// Why those that were parked are ready.
    woken: FxHashMap<FiberId, Woken>,
    deadlines: BinaryHeap<Reverse<(i64, u64, FiberId)>>,
    tickets: u64,
    /// Fibers besides the main program that have not ended.
    alive: usize,
    locals: FxHashMap<FiberId, Locals>,
    /// The serial numbers of the fibers.
    idents: FxHashMap<FiberId, i64>,
    /// Slices used up in a row while everybody else waited.
    lonely_slices: u32,
    started: i64,
}

thread_local! {
    static SCHEDULER: RefCell<Scheduler> = RefCell::default();
}

fn with<R>(f: impl FnOnce(&mut Scheduler) -> R) -> R {
    SCHEDULER.with_borrow_mut(f)
}

/// How many fibers there are besides the main program.
pub fn alive() -> usize {
    with(|scheduler| scheduler.alive)
}

/// How many threads were started before this one: never used again.
pub fn serial(id: FiberId) -> i64 {
    with(|scheduler| scheduler.idents.get(&id).copied().unwrap_or_default())
}

/// The number by which scripts know a thread: never used again.
pub fn ident(id: FiberId) -> i64 {
    MAIN_IDENT + serial(id) * IDENT_STEP
}

/// All fibers, the main program first, in the order of their start.
pub fn all() -> Vec<FiberId> {
    with(|scheduler| {
        let mut others: Vec<(i64, FiberId)> =
            scheduler.idents.iter().map(|(id, serial)| (*serial, *id)).collect();
        others.sort_unstable();
        std::iter::once(FiberId::MAIN).chain(others.into_iter().map(|(_, id)| id)).collect()
    })
}

/// Whether there are fibers besides the one that asks.
pub fn is_alone() -> bool {
    with(|scheduler| scheduler.alive == 0)
}

impl Scheduler {
    /// The running fiber gives way if somebody else is ready, or may become so by the clock or
    /// from outside.
    fn arm(&self) {
        let others = !self.ready.is_empty() || !self.parked.is_empty();
        fiber::set_give_way(if others { Some(give_way) } else { None });
    }

    /// Take out the fiber that runs next: the one that has been ready for longest, unless the
    /// schedule says otherwise.
    fn take_next(&mut self) -> Option<FiberId> {
        let name = |place: usize| schedule::Entry::named(&format!("thread {}", self.ready[place].0));
        let place = match self.ready.len() {
            0 | 1 => 0,
            count => schedule::choose(count, name),
        };
        self.ready.remove(place)
    }

    fn make_ready(&mut self, id: FiberId, why: Woken) {
        if self.parked.remove(&id).is_some() {
            self.woken.insert(id, why);
            self.ready.push_back(id);
            self.arm();
        }
    }

    /// Make those ready whose deadline has come.
    fn fire_due(&mut self) {
        if self.deadlines.is_empty() {
            return;
        }
        let now = clock::monotonic();
        while let Some(&Reverse((when, ticket, id))) = self.deadlines.peek() {
            let is_current = self.parked.get(&id).is_some_and(|parked| parked.ticket == ticket);
            if is_current && when > now {
                break;
            }
            self.deadlines.pop();
            if is_current {
                self.make_ready(id, Woken::TimedOut);
            }
        }
    }

    /// With the virtual clock time stands still while code runs; but a thread that runs on and on
    /// may be waiting for just that.
    fn let_time_pass(&mut self) {
        if !clock::is_virtual() || !self.ready.is_empty() {
            self.lonely_slices = 0;
            return;
        }
        self.lonely_slices += 1;
        if self.lonely_slices >= MOST_LONELY_SLICES
            && let Some(when) = self.first_deadline()
        {
            self.lonely_slices = 0;
            clock::advance_to(when);
            self.fire_due();
        }
    }

    /// The first deadline of somebody who still waits.
    fn first_deadline(&mut self) -> Option<i64> {
        while let Some(&Reverse((when, ticket, id))) = self.deadlines.peek() {
            if self.parked.get(&id).is_some_and(|parked| parked.ticket == ticket) {
                return Some(when);
            }
            self.deadlines.pop();
        }
        None
    }
}

/// Start a fiber: it is ready, behind all that are.
pub fn spawn(interp: &mut dyn Interpreter, body: FiberBody) -> std::io::Result<FiberId> {
    let id = interp.new_fiber(body)?;
    with(|scheduler| {
        scheduler.alive += 1;
        scheduler.started += 1;
        scheduler.idents.insert(id, scheduler.started);
        scheduler.locals.insert(id, Locals::default());
        scheduler.ready.push_back(id);
        scheduler.arm();
    });
    Ok(id)
}

/// Wait until somebody calls [`wake`] or the deadline, a time of the clock, has passed. Others run
/// meanwhile. What is raised is the main program's KeyboardInterrupt, or that nobody is left who
/// could wake it.
pub fn block(interp: &mut dyn Interpreter, deadline: Option<i64>, waiting: Waiting) -> Result<Woken, Raised> {
    let id = interp.running_fiber();
    let mut has_signal = false;
    loop {
        let park = |scheduler: &mut Scheduler| {
            scheduler.tickets += 1;
            let ticket = scheduler.tickets;
            if let Some(when) = deadline {
                scheduler.deadlines.push(Reverse((when, ticket, id)));
            }
            scheduler.parked.insert(id, Parked { ticket, waiting: waiting.clone() });
        };
        with(park);
        if std::mem::take(&mut has_signal) {
            // While the handler runs, this fiber waits already: the handler may be what wakes it.
            let handled = interp.poll();
            with(|scheduler| {
                if handled.is_err() {
                    scheduler.parked.remove(&id);
                    scheduler.woken.remove(&id);
                } else if !scheduler.parked.contains_key(&id) && !scheduler.woken.contains_key(&id) {
                    // The handler itself has waited.
                    park(scheduler);
                }
            });
            handled?;
        }
        let switched = switch(interp, id);
        let woken = with(|scheduler| {
            scheduler.parked.remove(&id);
            scheduler.woken.remove(&id)
        });
        switched?;
        match woken {
            Some(woken) => return Ok(woken),
            None => has_signal = true,
        }
    }
}

/// Let a fiber that waits go on.
pub fn wake(id: FiberId) {
    with(|scheduler| scheduler.make_ready(id, Woken::Called));
}

/// Let all that are ready now run before the caller goes on.
pub fn give_way(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let id = interp.running_fiber();
    idle::look(interp)?;
    let others = with(|scheduler| {
        scheduler.let_time_pass();
        if scheduler.ready.is_empty() && !(interrupt::is_pending() && id != FiberId::MAIN) {
            return false;
        }
        scheduler.ready.push_back(id);
        true
    });
    if others { switch(interp, id) } else { Ok(()) }
}

/// Stop running `id`, which is parked or ready, until it is its turn.
fn switch(interp: &mut dyn Interpreter, id: FiberId) -> Result<(), Raised> {
    if id == FiberId::MAIN {
        return drive(interp);
    }
    interp.suspend_fiber();
    Ok(())
}

/// The main program's wait: run others until it is its own turn.
fn drive(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    loop {
        let next = with(|scheduler| {
            scheduler.fire_due();
            if interrupt::is_pending() && scheduler.parked.remove(&FiberId::MAIN).is_some() {
                // Not by `wake`, so that `block` knows.
                return Some(FiberId::MAIN);
            }
            let next = scheduler.take_next();
            scheduler.arm();
            next
        });
        match next {
            Some(FiberId::MAIN) => {
                fiber::set_slice(schedule::slice(fiber::SLICE));
                return Ok(());
            }
            Some(id) => run(interp, id),
            None => idle::wait(interp)?,
        }
    }
}

/// Run another fiber until it stops.
fn run(interp: &mut dyn Interpreter, id: FiberId) {
    let theirs = with(|scheduler| scheduler.locals.remove(&id)).unwrap_or_default();
    let ours = theirs.enter();
    fiber::set_slice(schedule::slice(fiber::SLICE));
    let has_ended = interp.resume_fiber(id);
    let theirs = ours.enter();
    with(|scheduler| {
        if has_ended {
            scheduler.alive -= 1;
            scheduler.idents.remove(&id);
        } else {
            scheduler.locals.insert(id, theirs);
        }
    });
}
