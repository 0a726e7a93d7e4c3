//! Fibers: threads of execution inside the one machine, and the mark by which the machine is
//! asked to let another one run. Who runs when is decided in `event_loop/threads`; how a fiber is
//! entered and left, in the machine.

use super::heap;
use super::interpreter::Interpreter;
use super::value::Raised;
use std::cell::Cell;

/// Names a fiber of this thread's machine. Numbers are used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FiberId(pub u32);

impl FiberId {
    /// The main program, which runs on the machine's own stack.
    pub const MAIN: FiberId = FiberId(0);
}

/// What a fiber does: runs once, on the fiber's own stack.
pub type FiberBody = Box<dyn FnOnce(&mut dyn Interpreter)>;

/// Lets other fibers run, and comes back when it is this one's turn again.
pub type GiveWay = fn(&mut dyn Interpreter) -> Result<(), Raised>;

/// Safe points (jumps back, for the most part) that a fiber may pass before another one's turn
/// comes: about what CPython's five milliseconds are.
pub const SLICE: u32 = 50_000;

thread_local! {
    /// What to call when the slice is used up; `None` while nobody else could run.
    static GIVE_WAY: Cell<Option<GiveWay>> = const { Cell::new(None) };
    /// What is left of the slice.
    static LEFT: Cell<u32> = const { Cell::new(SLICE) };
}

/// From now on the running fiber gives way when its slice is used up; `None`: it need not.
pub fn set_give_way(give_way: Option<GiveWay>) {
    GIVE_WAY.set(give_way);
    if give_way.is_some() {
        heap::request_attention();
    }
}

/// Set how many safe points the running fiber may still pass.
pub fn set_slice(left: u32) {
    LEFT.set(left.max(1));
}

/// A safe point was passed.
pub fn tick(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let Some(give_way) = GIVE_WAY.get() else { return Ok(()) };
    heap::request_attention();
    let left = LEFT.get() - 1;
    if left > 0 {
        LEFT.set(left);
        return Ok(());
    }
    LEFT.set(SLICE);
    give_way(interp)
}

/// Let the others run now, if there are any.
pub fn give_way_now(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    match GIVE_WAY.get() {
        Some(give_way) => give_way(interp),
        None => Ok(()),
    }
}
