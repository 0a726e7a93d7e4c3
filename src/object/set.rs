//! Sets and frozensets: a dict without values, and whether it may change.

use super::dict::DictObject;
use super::heap::{self, Traverse};
use super::interpreter::Interpreter;
use super::value::{Raised, Value};
use std::cell::Cell;

/// A set or frozenset. Iterates in insertion order.
pub struct SetObject {
    /// The members are the keys; all values are None.
    pub members: DictObject,
    pub is_frozen: bool,
    /// A frozenset's hash, once computed; 0 until then.
    pub hash: Cell<i64>,
}

impl SetObject {
    /// An empty set.
    pub fn new(is_frozen: bool) -> SetObject {
        SetObject { members: DictObject::new(), is_frozen, hash: Cell::new(0) }
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Add a member, which must be hashable; whether it is new.
    pub fn add(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        Ok(self.members.set(interp, member, Value::NONE)?.is_none())
    }

    /// Whether `member`, which must be hashable, is in the set.
    pub fn contains(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        Ok(self.members.get(interp, member)?.is_some())
    }

    /// Remove a member; whether it was there.
    pub fn remove(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        Ok(self.members.remove(interp, member)?.is_some())
    }
}

impl Traverse for SetObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.members.traverse(visit);
    }

    fn clear(&self) {
        self.members.clear();
    }
}

impl Value {
    /// A set object.
    pub fn set(set: SetObject) -> Value {
        heap::new_boxed(set, true)
    }

    /// An exact set or frozenset.
    #[inline]
    pub fn as_set(&self) -> Option<&SetObject> {
        self.get::<SetObject>()
    }

    /// A set, frozenset, or instance of a subclass of one.
    pub fn set_like(&self) -> Option<&SetObject> {
        match self.as_set() {
            Some(set) => Some(set),
            None => self.as_instance()?.payload_ref()?.as_set(),
        }
    }
}
