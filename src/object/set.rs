//! Sets and frozensets.
//!
//! Scripts see the order in which a set yields its members, so that order is CPython's wherever
//! CPython's own is the same in every run: a set is CPython's open-addressing table, with its
//! probing, growth and leftovers of removed members, and as long as all members hash as in
//! CPython (numbers, None, tuples and frozensets of such: [`has_python_hash`]) it iterates and
//! pops in the order of that table. CPython's order of other members (strings, instances, ...)
//! changes from run to run; a set with one of these iterates and pops in insertion order.
//!
//! Equality of members may call script code, which may change the set: lookups first try what
//! needs no script ([`same_key`]), then compare a clone without a borrow, and start again if the
//! set changed meanwhile.

use super::dict::{hash_of, same_key};
use super::hash::hash_str;
use super::heap::{self, Traverse};
use super::interpreter::Interpreter;
use super::value::{Raised, Tag, Value};
use std::cell::{Cell, RefCell};

/// Slots of the smallest table.
const LEAST_SLOTS: usize = 8;
/// How many neighbours are tried before the next jump.
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// A slot whose member was removed.
const REMOVED: u32 = u32::MAX;

/// A member with its hash.
#[derive(Debug, Clone)]
pub struct Member {
    pub hash: i64,
    /// Unbound once removed.
    pub key: Value,
}

/// The table.
#[derive(Default, Clone)]
struct Table {
    /// In insertion order; removed ones stay until the next resize or until there are many.
    members: Vec<Member>,
    /// Index into `members` plus one; 0 if the slot was never used, or [`REMOVED`]. No slots at
    /// all stand for [`LEAST_SLOTS`] unused ones.
    slots: Vec<u32>,
    /// Slots that were ever used.
    fill: usize,
    /// Members that are there.
    live: usize,
    /// Members whose hash is not CPython's.
    foreign: usize,
    /// Where `pop` goes on searching in `slots`.
    finger: usize,
    /// No member before this index is there.
    first: usize,
}

/// A set or frozenset.
pub struct SetObject {
    table: RefCell<Table>,
    /// Changes with every change of the members.
    version: Cell<u32>,
    pub is_frozen: bool,
    /// A frozenset's hash, once computed; 0 until then.
    pub hash: Cell<i64>,
}

/// Whether the hash of `value` is the same as in CPython, whatever the run.
pub fn has_python_hash(value: &Value) -> bool {
    match value.tag() {
        Tag::Int | Tag::Bool | Tag::None | Tag::BigInt | Tag::Complex | Tag::Range => true,
        Tag::Float => value.as_float().is_some_and(|float| !float.is_nan()),
        Tag::Tuple => value.as_tuple().is_some_and(|items| items.iter().all(has_python_hash)),
        Tag::Set => value.as_set().is_some_and(|set| set.is_frozen && set.table.borrow().foreign == 0),
        _ => false,
    }
}

impl Table {
    fn mask(&self) -> usize {
        self.slots.len().max(LEAST_SLOTS) - 1
    }

    /// Go through the slots in the order of probing for `hash`: the slot of the first member with
    /// this hash that `same` accepts, or else the slot for a new one: an unused one, or the last
    /// on the way there whose member was removed.
    #[inline]
    fn probe(&self, hash: i64, mut same: impl FnMut(&Value) -> bool) -> Result<usize, usize> {
        let mask = self.mask();
        let mut perturb = hash as usize;
        let mut start = perturb & mask;
        if self.slots.is_empty() {
            return Err(start);
        }
        let mut free = None;
        loop {
            let last = if start + LINEAR_PROBES <= mask { start + LINEAR_PROBES } else { start };
            for slot in start..=last {
                match self.slots[slot] {
                    0 => return Err(free.unwrap_or(slot)),
                    REMOVED => free = Some(slot),
                    number => {
                        let member = &self.members[number as usize - 1];
                        if member.hash == hash && same(&member.key) {
                            return Ok(slot);
                        }
                    }
                }
            }
            perturb >>= PERTURB_SHIFT;
            start = (start.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb)) & mask;
        }
    }

    /// Put a member that is not there yet into a slot that `probe` found.
    fn insert(&mut self, slot: usize, hash: i64, key: Value) {
        let reuses = self.place(slot, Member { hash, key });
        if !reuses && self.fill * 5 >= self.mask() * 3 {
            self.grow();
        }
    }

    /// Insert without growing; nothing is compared.
    fn insert_clean(&mut self, member: Member) {
        if let Err(slot) = self.probe(member.hash, |_| false) {
            self.place(slot, member);
        }
    }

    /// Put a member into a slot; whether that had been used before.
    fn place(&mut self, slot: usize, member: Member) -> bool {
        if self.slots.is_empty() {
            self.slots = vec![0; LEAST_SLOTS];
        }
        if self.members.len() == self.slots.len() {
            self.compact();
        }
        self.foreign += usize::from(!has_python_hash(&member.key));
        self.members.push(member);
        self.live += 1;
        let reuses = self.slots[slot] == REMOVED;
        self.slots[slot] = self.members.len() as u32;
        self.fill += usize::from(!reuses);
        reuses
    }

    fn grow(&mut self) {
        self.resize(if self.live > 50_000 { self.live * 2 } else { self.live * 4 });
    }

    /// Drop what removed members left in `members`.
    fn compact(&mut self) {
        if self.members.len() == self.live {
            return;
        }
        let mut count = 0;
        let mut renumbered = Vec::with_capacity(self.members.len());
        renumbered.extend(self.members.iter().map(|member| {
            count += u32::from(!member.key.is_unbound());
            count
        }));
        self.members.retain(|member| !member.key.is_unbound());
        for number in &mut self.slots {
            if *number != 0 && *number != REMOVED {
                *number = renumbered[*number as usize - 1];
            }
        }
        self.first = 0;
    }

    /// As CPython's `set_table_resize`: room for more than `least` members, no leftovers.
    fn resize(&mut self, least: usize) {
        let mut size = LEAST_SLOTS;
        while size <= least {
            size *= 2;
        }
        if size == LEAST_SLOTS && self.slots.len() <= LEAST_SLOTS && self.fill == self.live {
            return;
        }
        self.compact();
        let old_slots = std::mem::replace(&mut self.slots, vec![0; size]);
        self.fill = self.live;
        for number in old_slots {
            if number == 0 || number == REMOVED {
                continue;
            }
            if let Err(slot) = self.probe(self.members[number as usize - 1].hash, |_| false) {
                self.slots[slot] = number;
            }
        }
    }

    /// Remove the member in a slot.
    fn remove_at(&mut self, slot: usize) -> Value {
        let number = std::mem::replace(&mut self.slots[slot], REMOVED);
        let key = self.members[number as usize - 1].key.take();
        self.foreign -= usize::from(!has_python_hash(&key));
        self.live -= 1;
        key
    }

    /// The member at or after a place, and the place after it.
    #[inline]
    fn from(&self, place: usize) -> Option<(usize, &Member)> {
        if self.foreign == 0 {
            for (skipped, &number) in self.slots.get(place..)?.iter().enumerate() {
                if number != 0 && number != REMOVED {
                    return Some((place + skipped + 1, &self.members[number as usize - 1]));
                }
            }
            return None;
        }
        let place = place.max(self.first);
        let rest = self.members.get(place..)?;
        let skipped = rest.iter().position(|member| !member.key.is_unbound())?;
        Some((place + skipped + 1, &rest[skipped]))
    }

    fn pop(&mut self) -> Option<Value> {
        if self.live == 0 {
            return None;
        }
        if self.foreign > 0 {
            let (after, member) = self.from(0)?;
            let wanted = member.key.clone();
            let slot = self.probe(member.hash, |key| key.is(&wanted)).ok()?;
            self.first = after;
            return Some(self.remove_at(slot));
        }
        let mask = self.mask();
        let mut slot = self.finger & mask;
        while self.slots[slot] == 0 || self.slots[slot] == REMOVED {
            slot = if slot == mask { 0 } else { slot + 1 };
        }
        self.finger = slot + 1;
        Some(self.remove_at(slot))
    }
}

impl SetObject {
    /// An empty set.
    pub fn new(is_frozen: bool) -> SetObject {
        SetObject { table: RefCell::default(), version: Cell::new(0), is_frozen, hash: Cell::new(0) }
    }

    /// Number of members.
    #[inline]
    pub fn len(&self) -> usize {
        self.table.borrow().live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// The slot of `key`, or the one it would take.
    fn find(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        key: &Value,
    ) -> Result<Result<usize, usize>, Raised> {
        'again: loop {
            let version = self.version.get();
            // Members that script code found different.
            let mut different = 0;
            loop {
                let mut unknown = None;
                let mut seen = 0;
                let found = self.table.borrow().probe(hash, |member| match same_key(member, key) {
                    Some(same) => same,
                    None => {
                        seen += 1;
                        let stop = seen > different;
                        if stop {
                            unknown = Some(member.clone());
                        }
                        stop
                    }
                });
                let Some(member) = unknown else { return Ok(found) };
                let is_same = interp.equals(&member, key)?;
                if self.version.get() != version {
                    continue 'again;
                }
                if is_same {
                    return Ok(found);
                }
                different += 1;
            }
        }
    }

    /// Add a member, which must be hashable; whether it is new.
    pub fn add(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        let hash = hash_of(interp, member)?;
        self.add_hashed(interp, hash, member)
    }

    /// Add an exact string.
    pub fn add_str(&self, text: &Value) {
        let Some(hash) = hash_str(text) else { return };
        let mut table = self.table.borrow_mut();
        if let Err(slot) = table.probe(hash, |member| same_key(member, text) == Some(true)) {
            table.insert(slot, hash, text.clone());
            self.changed();
        }
    }

    /// Add a member whose hash is known; whether it is new.
    pub fn add_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        member: &Value,
    ) -> Result<bool, Raised> {
        let Err(slot) = self.find(interp, hash, member)? else { return Ok(false) };
        self.changed();
        self.table.borrow_mut().insert(slot, hash, member.clone());
        Ok(true)
    }

    /// Whether `member`, which must be hashable, is in the set.
    pub fn contains(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        let hash = hash_of(interp, member)?;
        self.contains_hashed(interp, hash, member)
    }

    /// Whether a member whose hash is known is in the set.
    pub fn contains_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        member: &Value,
    ) -> Result<bool, Raised> {
        Ok(self.find(interp, hash, member)?.is_ok())
    }

    /// Remove a member; whether it was there.
    pub fn remove(&self, interp: &mut dyn Interpreter, member: &Value) -> Result<bool, Raised> {
        let hash = hash_of(interp, member)?;
        self.remove_hashed(interp, hash, member)
    }

    /// Remove a member whose hash is known; whether it was there.
    pub fn remove_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        member: &Value,
    ) -> Result<bool, Raised> {
        let Ok(slot) = self.find(interp, hash, member)? else { return Ok(false) };
        self.changed();
        let removed = self.table.borrow_mut().remove_at(slot);
        drop(removed);
        Ok(true)
    }

    /// Remove and return the member that iteration would yield first, about.
    pub fn pop(&self) -> Option<Value> {
        self.changed();
        self.table.borrow_mut().pop()
    }

    /// Remove all members.
    pub fn clear_members(&self) {
        self.changed();
        let finger = self.table.borrow().finger;
        let old = self.table.replace(Table { finger, ..Table::default() });
        drop(old);
    }

    /// The member at or after a place (0 to begin with), and the place to go on from: iteration
    /// that survives changes.
    #[inline]
    pub fn next_from(&self, place: usize) -> Option<(usize, Value)> {
        self.table.borrow().from(place).map(|(place, member)| (place, member.key.clone()))
    }

    /// Clones of all members in the order of iteration.
    pub fn members(&self) -> Vec<Value> {
        self.hashed_members().into_iter().map(|member| member.key).collect()
    }

    /// Clones of all members with their hashes in the order of iteration.
    pub fn hashed_members(&self) -> Vec<Member> {
        let table = self.table.borrow();
        let mut members = Vec::with_capacity(table.live);
        let mut place = 0;
        while let Some((next, member)) = table.from(place) {
            members.push(member.clone());
            place = next;
        }
        members
    }

    /// Make room before `count` members are added, as CPython does when it knows the number.
    pub fn reserve(&self, count: usize) {
        let mut table = self.table.borrow_mut();
        if (table.fill + count) * 5 >= table.mask() * 3 {
            let least = (table.live + count) * 2;
            table.resize(least);
            self.changed();
        }
    }

    /// Add all members of another set (CPython's `set_merge`).
    pub fn merge(&self, interp: &mut dyn Interpreter, other: &SetObject) -> Result<(), Raised> {
        if std::ptr::eq(self, other) || other.is_empty() {
            return Ok(());
        }
        self.reserve(other.len());
        {
            let mut table = self.table.borrow_mut();
            if table.fill == 0 {
                self.changed();
                let source = other.table.borrow();
                if table.mask() == source.mask() && source.fill == source.live {
                    *table = Table { finger: table.finger, ..source.clone() };
                    return Ok(());
                }
                let mut place = 0;
                while let Some((next, member)) = source.from(place) {
                    table.insert_clean(member.clone());
                    place = next;
                }
                return Ok(());
            }
        }
        for member in other.hashed_members() {
            self.add_hashed(interp, member.hash, &member.key)?;
        }
        Ok(())
    }

    /// After many removals: drop what they left behind if it is more than a quarter.
    pub fn tidy(&self) {
        let mut table = self.table.borrow_mut();
        if table.fill - table.live > table.mask() / 4 {
            table.grow();
            self.changed();
        }
    }

    /// Exchange the members with those of another set.
    pub fn swap(&self, other: &SetObject) {
        self.changed();
        other.changed();
        self.table.swap(&other.table);
    }

    /// The hash of a frozenset with these members, by CPython's formula.
    pub fn members_hash(&self) -> i64 {
        let shuffle = |hash: u64| ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
        let table = self.table.borrow();
        let there = table.members.iter().filter(|member| !member.key.is_unbound());
        let mut hash = there.fold(0, |hash, member| hash ^ shuffle(member.hash as u64));
        hash ^= (table.live as u64 + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash == u64::MAX { 590_923_713 } else { hash as i64 }
    }
}

impl Traverse for SetObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.table.borrow().members.iter().for_each(|member| visit(&member.key));
    }

    fn clear(&self) {
        self.clear_members();
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
