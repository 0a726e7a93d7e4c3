//! What reports of who waits for what must know of locks, queues and the like.

use super::interpreter::{CodePlace, Interpreter};
use super::value::Value;
use std::cell::Cell;

/// Something that tasks wait for, and that other tasks hold or provide.
pub trait Resource {
    /// Why whoever waits for it in `operation` (`Queue.get`) must wait, as a clause: `which is
    /// empty`. Empty if the holder says it all.
    fn lacks(&self, operation: &str) -> String;

    /// Where it was made.
    fn made_at(&self) -> Option<CodePlace>;

    /// Who has taken it, if that was not by a `with` statement, which shows in the holder's frame.
    fn holder(&self) -> Option<Holder> {
        None
    }

    /// The lock that entering it takes, if that is another object.
    fn inner_lock(&self) -> Option<Value> {
        None
    }
}

/// Who has taken a lock.
#[derive(Clone)]
pub struct Holder {
    /// The address of the task, which may be gone: it is the one that is meant if it also bears
    /// this name.
    pub task: usize,
    pub name: Value,
    /// Where the task took it.
    pub place: CodePlace,
}

/// Where an object was made.
#[derive(Default)]
pub struct Made(Cell<Option<Box<CodePlace>>>);

impl Made {
    /// By the script code that runs now.
    pub fn here(interp: &dyn Interpreter) -> Made {
        Made(Cell::new(interp.stack(1).pop().map(Box::new)))
    }

    pub fn place(&self) -> Option<CodePlace> {
        let place = self.0.take();
        let result = place.as_deref().cloned();
        self.0.set(place);
        result
    }

    /// Let the collector look at the code.
    pub fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        let place = self.0.take();
        if let Some(place) = &place {
            visit(&place.code);
        }
        self.0.set(place);
    }
}
