//! Dicts: entries in insertion order with an index table once there are many.
//!
//! A comparison of keys may call script code, which may change the dict: lookups first try what
//! needs no script ([`same_key`]), then take the candidates out, compare without a borrow and
//! start again if the dict changed meanwhile.

use super::hash::{hash_simple, hash_str};
use super::heap::{self, Traverse};
use super::interpreter::{Comparison, Interpreter};
use super::number::Number;
use super::string::intern;
use super::value::{Raised, Tag, Value};
use hashbrown::HashTable;
use std::cell::{Cell, RefCell};

/// Up to this many entries a dict is searched linearly and has no index table.
const LINEAR: usize = 8;

/// One entry; the key is unbound once deleted.
#[derive(Debug, Clone)]
pub struct Entry {
    pub hash: i64,
    pub key: Value,
    pub value: Value,
}

#[derive(Default)]
struct Inner {
    entries: Vec<Entry>,
    /// Indices into `entries`, empty while they are few.
    table: HashTable<u32>,
    /// Entries that are not deleted.
    live: usize,
}

/// A dict.
pub struct DictObject {
    inner: RefCell<Inner>,
    /// Changes whenever a key is added, removed or moved, and is unique among all dicts: inline
    /// caches of globals compare it.
    keys_version: Cell<u32>,
}

thread_local! {
    static NEXT_VERSION: Cell<u32> = const { Cell::new(1) };
}

fn next_version() -> u32 {
    NEXT_VERSION.with(|next| {
        let version = next.get();
        next.set(version.wrapping_add(1).max(1));
        version
    })
}

/// Whether two keys are equal, as far as that can be told without script code.
#[inline]
pub fn same_key(a: &Value, b: &Value) -> Option<bool> {
    if a.is(b) {
        return Some(true);
    }
    match (a.tag(), b.tag()) {
        (Tag::Str, Tag::Str) => Some(a.as_str() == b.as_str()),
        (Tag::Int | Tag::Bool, Tag::Int | Tag::Bool) => Some(a.bits() == b.bits()),
        (Tag::Bytes, Tag::Bytes) => Some(a.as_bytes() == b.as_bytes()),
        (Tag::BigInt, Tag::BigInt) => Some(a.as_big_int() == b.as_big_int()),
        (Tag::Float, Tag::Float) => Some(a.as_float() == b.as_float()),
        (Tag::Str | Tag::Int | Tag::Bool | Tag::None | Tag::Bytes, Tag::Str | Tag::None | Tag::Bytes)
        | (Tag::Str | Tag::None | Tag::Bytes, Tag::Int | Tag::Bool | Tag::BigInt | Tag::Float) => Some(false),
        (Tag::Type | Tag::Function | Tag::Native, Tag::Function | Tag::Native | Tag::Str) => Some(false),
        (Tag::Tuple, Tag::Tuple) => same_tuples(a.as_tuple()?, b.as_tuple()?, NESTING),
        (
            Tag::Int | Tag::Bool | Tag::BigInt | Tag::Float,
            Tag::Int | Tag::Bool | Tag::BigInt | Tag::Float,
        ) => Number::exact(a)?.compares(Comparison::Eq, Number::exact(b)?),
        _ => None,
    }
}

/// Tuples nested deeper are left to code that guards the native stack.
const NESTING: u32 = 8;

/// [`same_key`] of two tuples.
fn same_tuples(a: &[Value], b: &[Value], depth: u32) -> Option<bool> {
    for (a, b) in a.iter().zip(b) {
        let same = match (a.as_tuple(), b.as_tuple()) {
            (Some(a), Some(b)) => same_tuples(a, b, depth.checked_sub(1)?)?,
            _ => same_key(a, b)?,
        };
        if !same {
            return Some(false);
        }
    }
    Some(a.len() == b.len())
}

impl Inner {
    fn position(&self, hash: i64, mut same: impl FnMut(&Value) -> bool) -> Option<usize> {
        if self.table.is_empty() {
            return self.entries.iter().position(|e| e.hash == hash && !e.key.is_unbound() && same(&e.key));
        }
        let entries = &self.entries;
        let found = self.table.find(spread(hash), |&index| {
            let entry = &entries[index as usize];
            entry.hash == hash && !entry.key.is_unbound() && same(&entry.key)
        });
        found.map(|&index| index as usize)
    }

    fn push(&mut self, hash: i64, key: Value, value: Value) {
        if self.entries.len() > LINEAR && self.live * 2 < self.entries.len() {
            self.compact();
        }
        let index = self.entries.len() as u32;
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
        if !self.table.is_empty() {
            let entries = &self.entries;
            self.table.insert_unique(spread(hash), index, |&i| spread(entries[i as usize].hash));
        } else if self.entries.len() > LINEAR {
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        let entries = &self.entries;
        self.table.clear();
        self.table.reserve(entries.len(), |&i| spread(entries[i as usize].hash));
        for (index, entry) in entries.iter().enumerate() {
            if !entry.key.is_unbound() {
                self.table
                    .insert_unique(spread(entry.hash), index as u32, |&i| spread(entries[i as usize].hash));
            }
        }
    }

    fn compact(&mut self) {
        self.entries.retain(|entry| !entry.key.is_unbound());
        self.table.clear();
        if self.entries.len() > LINEAR {
            self.rebuild();
        }
    }

    fn remove_at(&mut self, index: usize) -> (Value, Value) {
        let entry = &mut self.entries[index];
        let (key, value) = (entry.key.take(), entry.value.take());
        if !self.table.is_empty() {
            let found = self.table.find_entry(spread(entry.hash), |&i| i as usize == index);
            if let Ok(occupied) = found {
                occupied.remove();
            }
        }
        self.live -= 1;
        if self.live == 0 {
            // A few places stay behind: an iterator under way must find what comes now after
            // them, and complain.
            if self.entries.len() > LINEAR {
                self.entries.clear();
                self.table.clear();
            }
        } else if index + 1 == self.entries.len() {
            while self.entries.last().is_some_and(|entry| entry.key.is_unbound()) {
                self.entries.pop();
            }
        }
        (key, value)
    }
}

/// Scatter a hash over 64 bits for the table, which uses the upper and the lower bits.
#[inline(always)]
fn spread(hash: i64) -> u64 {
    (hash as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26)
}

impl Default for DictObject {
    fn default() -> DictObject {
        DictObject::new()
    }
}

impl DictObject {
    /// An empty dict.
    pub fn new() -> DictObject {
        DictObject { inner: RefCell::default(), keys_version: Cell::new(0) }
    }

    /// Number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.inner.borrow().live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Identifies the set and places of the keys: see the field. Equal versions mean that
    /// [`value_at`](Self::value_at) indices are still good.
    #[inline(always)]
    pub fn keys_version(&self) -> u32 {
        let version = self.keys_version.get();
        if version != 0 { version } else { self.fresh_version() }
    }

    /// As [`keys_version`](Self::keys_version), 0 if nobody has asked since the last change.
    #[inline(always)]
    pub fn known_version(&self) -> u32 {
        self.keys_version.get()
    }

    #[cold]
    fn fresh_version(&self) -> u32 {
        let version = next_version();
        self.keys_version.set(version);
        version
    }

    /// Caches of places in this dict are void.
    #[inline(always)]
    pub fn keys_changed(&self) {
        self.keys_version.set(0);
    }

    /// The value of the entry at `index` (see [`keys_version`](Self::keys_version)).
    #[inline(always)]
    pub fn value_at(&self, index: usize) -> Option<Value> {
        self.inner.borrow().entries.get(index).map(|entry| entry.value.clone())
    }

    /// Replace the value of the entry at `index`, returning the old one.
    #[inline(always)]
    pub fn replace_at(&self, index: usize, value: Value) -> Option<Value> {
        let mut inner = self.inner.borrow_mut();
        inner.entries.get_mut(index).map(|entry| std::mem::replace(&mut entry.value, value))
    }

    /// The index of the entry for a string key.
    pub fn index_of_str(&self, key: &Value) -> Option<usize> {
        let hash = hash_str(key)?;
        let inner = self.inner.borrow();
        let interned = key.is_interned();
        inner.position(hash, |other| {
            other.is(key) || (!(interned && other.is_interned()) && other.as_str() == key.as_str())
        })
    }

    /// The value for an exact string key.
    #[inline]
    pub fn get_str_value(&self, key: &Value) -> Option<Value> {
        let index = self.index_of_str(key)?;
        self.value_at(index)
    }

    /// The value for a string key.
    pub fn get_str(&self, key: &str) -> Option<Value> {
        self.get_str_value(&Value::str(key))
    }

    /// Set the value for an exact string key, returning the old one.
    pub fn set_str_value(&self, key: &Value, value: Value) -> Option<Value> {
        if let Some(index) = self.index_of_str(key) {
            return self.replace_at(index, value);
        }
        let hash = hash_str(key).expect("the key is a string");
        self.inner.borrow_mut().push(hash, key.clone(), value);
        self.keys_changed();
        None
    }

    /// Set the value for a name.
    pub fn set_str(&self, key: &str, value: Value) -> Option<Value> {
        self.set_str_value(&intern(key), value)
    }

    /// Remove the entry for an exact string key.
    pub fn remove_str(&self, key: &Value) -> Option<Value> {
        let index = self.index_of_str(key)?;
        self.keys_changed();
        let (_key, value) = self.inner.borrow_mut().remove_at(index);
        Some(value)
    }

    /// The index of the entry for `key` with hash `hash`.
    pub fn find(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        key: &Value,
    ) -> Result<Option<usize>, Raised> {
        loop {
            let mut candidates: Vec<(usize, Value)> = Vec::new();
            let mut index = 0;
            {
                let inner = self.inner.borrow();
                let mut unknown = false;
                let found = inner.position(hash, |other| {
                    let same = same_key(other, key);
                    unknown |= same.is_none();
                    same == Some(true)
                });
                if found.is_some() || !unknown {
                    return Ok(found);
                }
                inner.position(hash, |other| {
                    if same_key(other, key).is_none() {
                        candidates.push((index, other.clone()));
                    }
                    index += 1;
                    false
                });
                for candidate in &mut candidates {
                    candidate.0 = inner.position(hash, |other| other.is(&candidate.1)).unwrap_or(usize::MAX);
                }
            }
            let version = self.keys_version();
            let mut changed = false;
            for (index, other) in candidates {
                if interp.equals(&other, key)? {
                    if self.keys_version() == version {
                        return Ok(Some(index));
                    }
                    changed = true;
                    break;
                }
                if self.keys_version() != version {
                    changed = true;
                    break;
                }
            }
            if !changed {
                return Ok(None);
            }
        }
    }

    /// The value for `key`, which must be hashable.
    #[inline]
    pub fn get(&self, interp: &mut dyn Interpreter, key: &Value) -> Result<Option<Value>, Raised> {
        let hash = hash_of(interp, key)?;
        self.get_hashed(interp, hash, key)
    }

    /// The value for `key` with hash `hash`.
    #[inline]
    pub fn get_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        key: &Value,
    ) -> Result<Option<Value>, Raised> {
        Ok(self.find(interp, hash, key)?.and_then(|index| self.value_at(index)))
    }

    /// Set the value for `key`, which must be hashable; returns the old value.
    #[inline]
    pub fn set(
        &self,
        interp: &mut dyn Interpreter,
        key: &Value,
        value: Value,
    ) -> Result<Option<Value>, Raised> {
        let hash = hash_of(interp, key)?;
        self.set_hashed(interp, hash, key, value)
    }

    /// Set the value for `key` with hash `hash`; returns the old value.
    #[inline]
    pub fn set_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        key: &Value,
        value: Value,
    ) -> Result<Option<Value>, Raised> {
        match self.find(interp, hash, key)? {
            Some(index) => Ok(self.replace_at(index, value)),
            None => {
                self.inner.borrow_mut().push(hash, key.clone(), value);
                self.keys_changed();
                Ok(None)
            }
        }
    }

    /// Add an entry for `key`, which [`find`](Self::find) has just not found.
    pub fn insert_new(&self, hash: i64, key: Value, value: Value) {
        self.inner.borrow_mut().push(hash, key, value);
        self.keys_changed();
    }

    /// Remove the entry for `key`, which must be hashable; returns the key and value it had.
    pub fn remove(
        &self,
        interp: &mut dyn Interpreter,
        key: &Value,
    ) -> Result<Option<(Value, Value)>, Raised> {
        let hash = hash_of(interp, key)?;
        self.remove_hashed(interp, hash, key)
    }

    /// Remove the entry for `key` with hash `hash`; returns the key and value it had.
    pub fn remove_hashed(
        &self,
        interp: &mut dyn Interpreter,
        hash: i64,
        key: &Value,
    ) -> Result<Option<(Value, Value)>, Raised> {
        let Some(index) = self.find(interp, hash, key)? else { return Ok(None) };
        self.keys_changed();
        let removed = self.inner.borrow_mut().remove_at(index);
        Ok(Some(removed))
    }

    /// Remove and return the entry inserted last.
    pub fn pop_last(&self) -> Option<(Value, Value)> {
        let mut inner = self.inner.borrow_mut();
        let index = inner.entries.iter().rposition(|entry| !entry.key.is_unbound())?;
        self.keys_changed();
        let removed = inner.remove_at(index);
        inner.entries.truncate(index);
        Some(removed)
    }

    /// Become a dict with the entries of `other`, which gets those of this one.
    pub fn take_entries_of(&self, other: &DictObject) {
        self.keys_changed();
        other.keys_changed();
        self.inner.swap(&other.inner);
    }

    /// Remove all entries.
    pub fn clear_entries(&self) {
        self.keys_changed();
        drop(self.inner.take());
    }

    /// The entry at or after the place `from`, and the place after it: iteration that survives
    /// changes. Places are those of `entries`, deleted ones included.
    pub fn entry_from(&self, from: usize) -> Option<(usize, Entry)> {
        let inner = self.inner.borrow();
        let rest = inner.entries.get(from..)?;
        let skipped = rest.iter().position(|entry| !entry.key.is_unbound())?;
        Some((from + skipped + 1, rest[skipped].clone()))
    }

    /// As [`entry_from`](Self::entry_from), only the key.
    #[inline]
    pub fn key_from(&self, from: usize) -> Option<(usize, Value)> {
        let inner = self.inner.borrow();
        let rest = inner.entries.get(from..)?;
        let skipped = rest.iter().position(|entry| !entry.key.is_unbound())?;
        Some((from + skipped + 1, rest[skipped].key.clone()))
    }

    /// As [`entry_from`](Self::entry_from), only the value.
    #[inline]
    pub fn value_from(&self, from: usize) -> Option<(usize, Value)> {
        let inner = self.inner.borrow();
        let rest = inner.entries.get(from..)?;
        let skipped = rest.iter().position(|entry| !entry.key.is_unbound())?;
        Some((from + skipped + 1, rest[skipped].value.clone()))
    }

    /// The last entry before the place `before`, and its place: reversed iteration.
    pub fn entry_before(&self, before: usize) -> Option<(usize, Entry)> {
        let inner = self.inner.borrow();
        let before = before.min(inner.entries.len());
        let index = inner.entries[..before].iter().rposition(|entry| !entry.key.is_unbound())?;
        Some((index, inner.entries[index].clone()))
    }

    /// One past the last place (see [`entry_from`](Self::entry_from)).
    pub fn place_count(&self) -> usize {
        self.inner.borrow().entries.len()
    }

    /// Clones of all entries, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.inner.borrow().entries.iter().filter(|entry| !entry.key.is_unbound()).cloned().collect()
    }

    /// Clones of all keys, in order.
    pub fn keys(&self) -> Vec<Value> {
        let inner = self.inner.borrow();
        inner.entries.iter().filter(|entry| !entry.key.is_unbound()).map(|entry| entry.key.clone()).collect()
    }

    /// A shallow copy.
    pub fn copy(&self) -> DictObject {
        let inner = self.inner.borrow();
        let mut copy = Inner { entries: inner.entries.clone(), table: HashTable::new(), live: inner.live };
        copy.compact();
        DictObject { inner: RefCell::new(copy), keys_version: Cell::new(0) }
    }
}

/// The hash of a key; TypeError if it has none.
#[inline(always)]
pub fn hash_of(interp: &mut dyn Interpreter, key: &Value) -> Result<i64, Raised> {
    match hash_simple(key) {
        Some(hash) => Ok(hash),
        None => interp.hash(key),
    }
}

impl Traverse for DictObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for entry in &self.inner.borrow().entries {
            visit(&entry.key);
            visit(&entry.value);
        }
    }

    fn clear(&self) {
        self.clear_entries();
    }
}

impl Value {
    /// A dict object.
    #[inline]
    pub fn dict(dict: DictObject) -> Value {
        heap::new_boxed(dict, true)
    }

    /// An exact dict.
    #[inline(always)]
    pub fn as_dict(&self) -> Option<&DictObject> {
        self.get::<DictObject>()
    }

    /// A dict or an instance of a subclass.
    #[inline]
    pub fn dict_like(&self) -> Option<&DictObject> {
        match self.as_dict() {
            Some(dict) => Some(dict),
            None => self.as_instance()?.payload_ref()?.as_dict(),
        }
    }
}
