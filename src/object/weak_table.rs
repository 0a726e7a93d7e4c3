//! Which weak references there are to an object, in the order in which CPython lists them.

use super::heap::WeakCell;
use super::value::Value;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// Where a reference stands among those to the same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The reference without callback that all share.
    SharedReference,
    /// The proxy without callback that all share.
    SharedProxy,
    /// Any other, the newest first.
    Other,
}

struct Entry {
    reference: Rc<WeakCell>,
    target: Rc<WeakCell>,
    place: Place,
}

thread_local! {
    /// By the address of the referenced object. Entries of dead references are swept when one of
    /// their neighbours dies or is made.
    static REFERENCES: RefCell<FxHashMap<usize, Vec<Entry>>> = RefCell::default();
}

/// Enter `reference`, which points to the object at `address`.
pub fn enter(address: usize, reference: Rc<WeakCell>, target: Rc<WeakCell>, place: Place) {
    REFERENCES.with_borrow_mut(|all| {
        let known = all.entry(address).or_default();
        known.retain(|entry| entry.reference.upgrade().is_some());
        let index = known.iter().position(|entry| entry.place >= place).unwrap_or(known.len());
        known.insert(index, Entry { reference, target, place });
    });
}

/// Forget the references to what lay at `address` that are dead.
pub fn sweep(address: usize) {
    // The table may be gone already when the thread ends.
    let _ = REFERENCES.try_with(|all| {
        let Ok(mut all) = all.try_borrow_mut() else { return };
        if let Some(known) = all.get_mut(&address) {
            known.retain(|entry| entry.reference.upgrade().is_some());
            if known.is_empty() {
                all.remove(&address);
            }
        }
    });
}

/// The references to `object`, each with its place.
pub fn references(object: &Value) -> Vec<(Place, Value)> {
    REFERENCES.with_borrow(|all| {
        let known = all.get(&object.address()).map(Vec::as_slice).unwrap_or_default();
        // Another object may have lived at the address before.
        let to_it = known.iter().filter(|entry| entry.target.upgrade().is_some_and(|it| it.is(object)));
        to_it.filter_map(|entry| Some((entry.place, entry.reference.upgrade()?))).collect()
    })
}
