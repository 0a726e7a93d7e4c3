//! Hammers the heap: objects made, shared, tied into cycles and dropped in orders that no script
//! would think of, against a plain model of what must be alive. `tests/memory.py --unit` runs them
//! under valgrind and Miri.

use super::*;
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::TypeSpec;
use crate::object::string::intern_text;
use crate::object::{Raised, set::SetObject};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

/// Miri takes a second for what takes a millisecond.
const ROUNDS: usize = if cfg!(miri) { 4 } else { 400 };
const STEPS: usize = if cfg!(miri) { 60 } else { 400 };

thread_local! {
    /// Probes that have not been dropped.
    static ALIVE: RefCell<BTreeSet<usize>> = const { RefCell::new(BTreeSet::new()) };
}

static PROBE: TypeSpec = TypeSpec { name: "Probe", ..TypeSpec::EMPTY };

/// A native object that refers to others, and tells of its death.
struct Probe {
    number: usize,
    refers_to: RefCell<Vec<Value>>,
    has_finalizer: bool,
}

impl Probe {
    fn value(number: usize, has_finalizer: bool) -> Value {
        ALIVE.with_borrow_mut(|alive| assert!(alive.insert(number), "numbers are used once"));
        Value::object(Probe { number, refers_to: RefCell::default(), has_finalizer })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        ALIVE.with_borrow_mut(|alive| assert!(alive.remove(&self.number), "freed twice: {}", self.number));
    }
}

impl Traverse for Probe {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.refers_to.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        drop(self.refers_to.take());
    }
}

impl NativeObject for Probe {
    fn spec(&self) -> &'static TypeSpec {
        &PROBE
    }

    fn needs_finalizer(&self) -> bool {
        self.has_finalizer
    }

    fn finalize(&self, _: &Value, _: &mut dyn Interpreter) -> Result<(), Raised> {
        Ok(())
    }
}

fn alive() -> usize {
    ALIVE.with_borrow(BTreeSet::len)
}

/// Numbers without pattern: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

/// Put `item` into the container, in the way that its kind has.
fn refer(container: &Value, item: Value, number: usize) {
    if let Some(list) = container.as_list() {
        list.items.borrow_mut().push(item);
    } else if let Some(dict) = container.as_dict() {
        drop(dict.set_str(&format!("k{number}"), item));
    } else if let Some(cell) = container.as_cell() {
        drop(cell.set(item));
    } else if let Some(probe) = container.downcast::<Probe>() {
        probe.refers_to.borrow_mut().push(item);
    }
}

/// A container that holds `item` from its beginning, or an empty one.
fn container(kind: usize, item: Value, number: usize) -> Value {
    match kind {
        0 => Value::list(vec![item]),
        1 => {
            let dict = Value::dict(DictObject::new());
            refer(&dict, item, number);
            dict
        }
        2 => Value::cell(item),
        3 => Value::tuple(vec![Value::int(number as i64), item]),
        4 => Value::pair(item, Value::str("second")),
        5 => Value::list(vec![Value::tuple(vec![item.clone(), item]), Value::NONE]),
        _ => {
            let probe = Probe::value(number, false);
            refer(&probe, item, number);
            probe
        }
    }
}

/// Which probes can be reached from `roots`.
fn reachable(roots: &[Value]) -> BTreeSet<usize> {
    let mut seen = HashSet::new();
    let mut found = BTreeSet::new();
    let mut stack: Vec<Value> = roots.to_vec();
    while let Some(value) = stack.pop() {
        if value.is_heap() && seen.insert(value.address()) {
            if let Some(probe) = value.downcast::<Probe>() {
                found.insert(probe.number);
            }
            stack.extend(referents(&value));
        }
    }
    found
}

#[test]
fn random_graphs_lose_what_nothing_refers_to() {
    for round in 0..ROUNDS {
        let mut random = Random(round as u64 * 7919 + 1);
        let mut number = 0;
        let mut roots: Vec<Value> = Vec::new();
        for _ in 0..STEPS {
            number += 1;
            let pick = |random: &mut Random, roots: &[Value]| {
                if roots.is_empty() { Value::NONE } else { roots[random.below(roots.len())].clone() }
            };
            match random.below(10) {
                0..=3 => {
                    let item = pick(&mut random, &roots);
                    roots.push(container(random.below(9), item, number));
                }
                4..=6 => {
                    let (from, to) = (pick(&mut random, &roots), pick(&mut random, &roots));
                    refer(&from, to, number);
                }
                7 | 8 if !roots.is_empty() => {
                    let index = random.below(roots.len());
                    drop(roots.swap_remove(index));
                }
                _ if random.below(20) == 0 => {
                    collect();
                    assert_eq!(ALIVE.with_borrow(Clone::clone), reachable(&roots), "round {round}");
                }
                _ => {}
            }
        }
        // Whatever is reachable is alive even before cycles are collected.
        assert!(reachable(&roots).is_subset(&ALIVE.with_borrow(Clone::clone)));
        drop(roots);
        collect();
        assert_eq!((alive(), tracked_count()), (0, 0), "round {round}");
    }
}

#[test]
fn deep_structures_are_freed_without_recursion() {
    let depth = if cfg!(miri) { 200 } else { 300_000 };
    for kind in [0, 1, 2, 3, 4] {
        let mut value = Probe::value(0, false);
        for number in 0..depth {
            value = container(kind, value, number);
        }
        drop(value);
        assert_eq!((alive(), tracked_count()), (0, 0));
    }
    // The same as a cycle.
    let first = Value::list(Vec::new());
    let mut value = first.clone();
    for number in 0..depth {
        value = container(number % 5, value, number);
    }
    refer(&first, value, 0);
    refer(&first, Probe::value(0, false), 0);
    drop(first);
    assert_eq!(alive(), 1);
    assert!(collect() >= depth);
    assert_eq!((alive(), tracked_count()), (0, 0));
}

#[test]
fn finalizers_are_queued_once_and_may_revive() {
    let list = Value::list(vec![Probe::value(1, true), Probe::value(2, false)]);
    drop(list);
    assert_eq!(alive(), 1);
    let mut waiting = take_finalizers();
    let revived = waiting.pop().expect("one waits");
    assert!(waiting.is_empty() && take_finalizers().is_empty());
    // It goes on living, and dies without a second call.
    let cell = Value::cell(revived);
    assert_eq!(alive(), 1);
    drop(cell);
    assert!(take_finalizers().is_empty());
    assert_eq!(alive(), 0);
    // In a cycle: queued by the collector with all that it refers to, gone the next time.
    let probe = Probe::value(3, true);
    let list = Value::list(vec![probe.clone(), Probe::value(4, false)]);
    refer(&probe, list, 0);
    drop(probe);
    collect();
    assert_eq!(alive(), 2);
    drop(take_finalizers());
    collect();
    assert_eq!((alive(), tracked_count()), (0, 0));
    // Armed again, it is queued again.
    let probe = Probe::value(5, true);
    drop(probe);
    let probe = take_finalizers().pop().expect("one waits");
    rearm_finalizer(&probe);
    drop(probe);
    let waiting = take_finalizers();
    assert_eq!(waiting.len(), 1);
    drop(waiting);
    assert_eq!(alive(), 0);
}

#[test]
fn strings_grow_in_place_only_when_nobody_else_sees_them() {
    let mut random = Random(5);
    let pieces = ["", "a", "bc", "é", "日本", "𝄞𝄞", "0123456789abcdef0123456789abcdef"];
    for _ in 0..ROUNDS {
        let mut text = String::from(pieces[random.below(pieces.len())]);
        let mut value = new_str(&text);
        let mut others: Vec<(Value, String)> = Vec::new();
        for _ in 0..STEPS / 10 {
            let piece = pieces[random.below(pieces.len())];
            if random.below(4) == 0 {
                others.push((value.clone(), text.clone()));
            }
            if random.below(3) == 0 {
                others.clear();
            }
            if random.below(5) == 0 {
                let hash = value.get::<StrObject>().expect("a string").hash(|text| text.len() as u64 + 1);
                assert_eq!(hash, text.len() as u64 + 1);
            }
            let alone = value.ref_count() == 1;
            assert_eq!(push_str(&mut value, piece), alone);
            if alone {
                text.push_str(piece);
            } else {
                text = format!("{text}{piece}");
                let halves = [value.as_str().expect("a string"), piece];
                value = new_str_parts(text.len(), text.chars().count(), halves);
            }
            assert_eq!(value.as_str(), Some(text.as_str()));
            let object = value.get::<StrObject>().expect("a string");
            assert_eq!((object.char_count(), object.is_ascii()), (text.chars().count(), text.is_ascii()));
            assert!(others.iter().all(|(value, text)| value.as_str() == Some(text)));
        }
    }
    let mut name = intern_text("a name that is interned");
    assert!(!push_str(&mut name, "x"));
    drop(name);
    assert!(crate::object::string::interned("a name that is interned").is_none());
    assert_eq!(new_ascii(3, |bytes| bytes.copy_from_slice(b"abc")).as_str(), Some("abc"));
    assert_eq!(new_ascii(0, |_| ()).as_str(), Some(""));
    let mut number = Value::int(5);
    assert!(!push_str(&mut number, "x"));
}

#[test]
fn weak_cells_identities_and_the_roster_forget_the_dead() {
    let mut random = Random(99);
    let mut kept: Vec<Value> = Vec::new();
    let mut cells: Vec<(usize, Rc<WeakCell>)> = Vec::new();
    let mut ids = HashSet::new();
    let many = if cfg!(miri) { 150 } else { 5_000 };
    for number in 0..many {
        let value = Probe::value(number, false);
        let cell = weak_cell(&value).expect("on the heap");
        assert!(Rc::ptr_eq(&cell, &weak_cell(&value).expect("on the heap")));
        cells.push((number, cell));
        if random.below(2) == 0 {
            enroll(&value);
            enroll(&value);
        }
        let id = identity(&value).expect("on the heap");
        assert!(identity(&value) == Some(id) && ids.insert(id));
        match random.below(4) {
            0 => strike(&value),
            1 => cells[number].1.add_callback(Value::str("told")),
            _ => {}
        }
        kept.push(value);
        while kept.len() > 50 {
            let index = random.below(kept.len());
            drop(kept.swap_remove(index));
        }
        if random.below(100) == 0 {
            let on_roster = enrolled();
            assert!(on_roster.iter().all(|value| kept.iter().any(|other| other.is(value))));
            let numbers = |value: &Value| value.downcast::<Probe>().expect("a probe").number;
            assert!(on_roster.is_sorted_by_key(numbers));
        }
    }
    let living: HashSet<usize> =
        kept.iter().map(|value| value.downcast::<Probe>().expect("a probe").number).collect();
    for (number, cell) in &cells {
        let upgraded = cell.upgrade();
        assert_eq!(upgraded.is_some(), living.contains(number));
        assert!(upgraded.is_none_or(|value| value.downcast::<Probe>().expect("a probe").number == *number));
    }
    let told = take_finalizers();
    assert!(told.iter().all(|value| value.as_str() == Some("told")));
    drop(kept);
    assert!(enrolled().is_empty() && cells.iter().all(|(_, cell)| cell.upgrade().is_none()));
    let cell = weak_cell(&Value::list(Vec::new())).expect("on the heap");
    assert!(
        cell.upgrade().is_none() && weak_cell(&Value::int(1)).is_none() && identity(&Value::NONE).is_none()
    );
    assert_eq!(alive(), 0);
}

#[test]
fn callbacks_are_forgotten_one_by_one() {
    let value = Value::list(Vec::new());
    let cell = weak_cell(&value).expect("on the heap");
    for number in 0..10 {
        cell.add_callback(Value::list(vec![Value::int(number)]));
    }
    let is_even = |value: &Value| {
        let list = value.as_list().expect("a list");
        list.items.borrow()[0].as_int().is_some_and(|number| number % 2 == 0)
    };
    cell.remove_callback(is_even);
    drop(value);
    let told = take_finalizers();
    assert_eq!(told.len(), 5);
    // The latest first.
    assert_eq!(told[0].as_list().expect("a list").items.borrow()[0].as_int(), Some(9));
}

#[test]
fn values_are_counted_whatever_is_done_with_them() {
    let value = Probe::value(1, false);
    assert_eq!((value.ref_count(), Value::int(7).ref_count()), (1, 0));
    let mut other = value.clone();
    assert_eq!(value.ref_count(), 2);
    let taken = other.take();
    assert!(other.is_unbound() && taken.is(&value) && value.ref_count() == 2);
    let header = taken.into_owned().expect("on the heap");
    // SAFETY: the count that `into_owned` handed over.
    let back = unsafe { Value::from_owned(Tag::Object, header) };
    assert_eq!(back.ref_count(), 2);
    drop(back);
    assert!(Value::int(1).into_owned().is_none());
    let tuple = Value::tuple_with(3, true, |_| value.clone());
    assert_eq!(value.ref_count(), 4);
    let items: Vec<Value> = tuple.as_tuple().expect("a tuple").to_vec();
    assert_eq!(value.ref_count(), 7);
    drop((tuple, items));
    assert_eq!(value.ref_count(), 1);
    let set = Value::set(SetObject::new(false));
    assert!(set.as_str().is_none() && set.downcast::<Probe>().is_none() && value.as_list().is_none());
    drop(value);
    assert_eq!(alive(), 0);
}
