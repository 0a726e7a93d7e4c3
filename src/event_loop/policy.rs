//! In which order ready handles run.

use super::ready::Ready;
use std::collections::VecDeque;

/// May change the order of what is ready at the start of a turn.
pub trait Policy {
    fn perturb(&mut self, ready: &mut VecDeque<Ready>);
}

/// First come, first served: asyncio's order.
pub struct Fifo;

impl Policy for Fifo {
    fn perturb(&mut self, _: &mut VecDeque<Ready>) {}
}
