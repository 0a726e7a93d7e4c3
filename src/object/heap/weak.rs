//! Finding objects without owning them: weak cells, the roster, identities. Part of the heap's
//! trusted core.
#![allow(unsafe_code)]

use super::*;

/// Keeps track of a heap object without owning it.
pub struct WeakCell {
    pub(super) target: Cell<Option<(Tag, NonNull<Header>)>>,
    /// Values handed to the finalizer queue when the object dies.
    pub(super) callbacks: UnsafeCell<Vec<Value>>,
}

impl WeakCell {
    /// The object, if it is still alive.
    pub fn upgrade(&self) -> Option<Value> {
        let (tag, header) = self.target.get()?;
        // SAFETY: `forget_identity` empties the cell before the object is freed. An object that
        // waits for its freeing (count 0) must not be revived.
        unsafe {
            if header.as_ref().count() == 0 {
                return None;
            }
            header.as_ref().increment();
            Some(Value::from_owned(tag, header))
        }
    }

    /// Queue `value` as a finalizer when the object dies.
    pub fn add_callback(&self, value: Value) {
        // SAFETY: no other reference into the vector exists outside this function and
        // `forget_identity`, which this does not call.
        unsafe { (*self.callbacks.get()).push(value) };
    }

    /// Forget the callbacks for which `is_dead` holds.
    pub fn remove_callback(&self, is_dead: impl Fn(&Value) -> bool) {
        // SAFETY: as in `add_callback`; the removed values are dropped after the borrow.
        let removed: Vec<Value> =
            unsafe { (*self.callbacks.get()).extract_if(.., |value| is_dead(value)).collect() };
        drop(removed);
    }
}

/// The weak cell of a heap object; `None` for immediates.
pub fn weak_cell(value: &Value) -> Option<Rc<WeakCell>> {
    let header = value.header()?;
    let address = value.address();
    header.set_flag(flag::HAS_WEAK);
    Some(with_heap(|heap| {
        let weak = heap.weak.get_or_insert_with(HashMap::new);
        let new = || {
            let target = Cell::new(Some((value.tag(), NonNull::from(header))));
            Rc::new(WeakCell { target, callbacks: UnsafeCell::new(Vec::new()) })
        };
        weak.entry(address).or_insert_with(new).clone()
    }))
}

/// Put a native object on the roster: it can be found by [`enrolled`] until it dies or is struck.
/// Costs a pointer, where a weak cell would cost an allocation and a table entry.
///
/// # Panics
/// If it is no native object: other kinds need the header's `aux` for themselves.
pub fn enroll(value: &Value) {
    assert!(value.tag() == Tag::Object, "internal error: only native objects can be enrolled");
    let header = value.header().expect("native objects are on the heap");
    if header.has_flag(flag::ENROLLED) {
        return;
    }
    header.set_flag(flag::ENROLLED);
    with_heap(|heap| {
        header.aux.set(heap.roster.len() as u32);
        heap.roster.push(Some(NonNull::from(header)));
    });
}

/// Take a native object off the roster, if it is there.
pub fn strike(value: &Value) {
    if let Some(header) = value.header()
        && header.has_flag(flag::ENROLLED)
    {
        strike_header(header);
    }
}

pub(super) fn strike_header(header: &Header) {
    header.clear_flag(flag::ENROLLED);
    with_heap(|heap| {
        heap.roster[header.aux.get() as usize] = None;
        heap.vacant += 1;
        while let Some(None) = heap.roster.last() {
            heap.roster.pop();
            heap.vacant -= 1;
        }
        if heap.vacant > 64 && heap.vacant * 2 > heap.roster.len() {
            heap.roster.retain(Option::is_some);
            heap.vacant = 0;
            for (place, object) in heap.roster.iter().flatten().enumerate() {
                // SAFETY: objects leave the roster before they are freed.
                unsafe { object.as_ref() }.aux.set(place as u32);
            }
        }
    });
}

/// The objects on the roster, in the order of enrolment.
pub fn enrolled() -> Vec<Value> {
    with_heap(|heap| {
        let alive = heap.roster.iter().flatten().filter(|object| {
            // SAFETY: objects leave the roster before they are freed.
            unsafe { object.as_ref() }.count() > 0
        });
        let own = |object: &NonNull<Header>| {
            // SAFETY: alive, and its count is raised for the value.
            unsafe {
                object.as_ref().increment();
                Value::from_owned(Tag::Object, *object)
            }
        };
        alive.map(own).collect()
    })
}

/// A number that identifies the heap object while it lives; counts up from a fixed base, so
/// that it is the same in every run. `None` for immediates.
pub fn identity(value: &Value) -> Option<u64> {
    let header = value.header()?;
    let address = value.address();
    header.set_flag(flag::HAS_ID);
    Some(with_heap(|heap| {
        let HeapState { ids, next_id, .. } = heap;
        *ids.get_or_insert_with(HashMap::new).entry(address).or_insert_with(|| {
            *next_id += 16;
            *next_id
        })
    }))
}

/// Undo [`flag::FINALIZED`]: the object may be finalized again.
pub fn rearm_finalizer(value: &Value) {
    if let Some(header) = value.header() {
        header.clear_flag(flag::FINALIZED);
    }
}
