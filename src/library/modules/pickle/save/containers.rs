//! Tuples, lists, dicts and sets: their items in batches.

use super::{BATCH, Dump, Work};
use crate::library::modules::pickle::op;
use crate::object::{Interpreter, Raised, Value};

impl Dump<'_> {
    pub(super) fn tuple(&mut self, interp: &mut dyn Interpreter, tuple: Value) -> Result<(), Raised> {
        let items = tuple.as_tuple().unwrap_or_default();
        if items.is_empty() {
            let empty: &[u8] = if self.is_binary() { &[op::EMPTY_TUPLE] } else { &[op::MARK, op::TUPLE] };
            self.out.write(empty);
            return Ok(());
        }
        self.enter(interp, &tuple, 1)?;
        if items.len() > 3 || self.protocol() < 2 {
            self.out.op(op::MARK);
        }
        self.work.push(Work::Tuple(tuple.clone()));
        self.work.extend(items.iter().rev().map(|item| Work::Save(item.clone())));
        Ok(())
    }

    /// The tuple may have been written meanwhile, as a part of itself.
    pub(super) fn end_tuple(&mut self, tuple: &Value) {
        let count = tuple.as_tuple().map_or(0, <[Value]>::len);
        let is_short = count <= 3 && self.protocol() >= 2;
        match self.known(tuple) {
            Some(number) if is_short => {
                self.out.write(&[op::POP; 3][..count]);
                self.recall(number);
            }
            Some(number) => {
                if self.is_binary() {
                    self.out.op(op::POP_MARK);
                } else {
                    self.out.write(&vec![op::POP; count + 1]);
                }
                self.recall(number);
            }
            None => {
                let short = [op::EMPTY_TUPLE, op::TUPLE1, op::TUPLE2, op::TUPLE3];
                self.out.op(if is_short { short[count] } else { op::TUPLE });
                self.memoize(tuple);
            }
        }
    }

    pub(super) fn list(&mut self, interp: &mut dyn Interpreter, list: Value) -> Result<(), Raised> {
        self.enter(interp, &list, 2)?;
        let empty: &[u8] = if self.is_binary() { &[op::EMPTY_LIST] } else { &[op::MARK, op::LIST] };
        self.out.write(empty);
        self.memoize(&list);
        let only = {
            let items = list.as_list().map(|list| list.items.borrow());
            match items.as_deref().map(Vec::as_slice) {
                None | Some([]) => return Ok(()),
                Some([only]) if self.is_binary() => Some(only.clone()),
                Some(_) => None,
            }
        };
        if let Some(only) = only {
            self.work.push(Work::Write(&[op::APPEND]));
            self.work.push(Work::Save(only));
        } else if self.is_binary() {
            self.work.push(Work::Items { items: list, at: 0, count: 0, is_set: false });
        } else {
            let iterator = interp.iter(&list)?;
            self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs: false });
        }
        Ok(())
    }

    pub(super) fn set(&mut self, interp: &mut dyn Interpreter, set: Value) -> Result<(), Raised> {
        let members = set.as_set().map(|set| set.members()).unwrap_or_default();
        let is_frozen = set.as_set().is_some_and(|set| set.is_frozen);
        if self.protocol() < 4 {
            let class = interp.class_of(&set);
            return self.call(interp, class, vec![Value::list(members)], set);
        }
        self.enter(interp, &set, 1)?;
        if is_frozen {
            self.out.op(op::MARK);
            self.work.push(Work::FrozenSet(set));
            self.work.extend(members.into_iter().rev().map(Work::Save));
            return Ok(());
        }
        self.out.op(op::EMPTY_SET);
        self.memoize(&set);
        if !members.is_empty() {
            self.work.push(Work::Items { items: set, at: 0, count: 0, is_set: true });
        }
        Ok(())
    }

    /// The next item of a list or set, in batches.
    pub(super) fn items(
        &mut self,
        interp: &mut dyn Interpreter,
        items: Value,
        at: usize,
        count: usize,
        is_set: bool,
    ) -> Result<(), Raised> {
        if count == 0 {
            self.out.op(op::MARK);
        }
        let found = match items.as_set() {
            Some(set) => set.next_from(at),
            None => items.as_list().and_then(|list| Some((at + 1, list.items.borrow().get(at)?.clone()))),
        };
        if let Some((next, item)) = found.clone().filter(|_| count < BATCH) {
            self.work.push(Work::Items { items, at: next, count: count + 1, is_set });
            self.work.push(Work::Save(item));
            return Ok(());
        }
        _ = interp;
        self.out.op(if is_set { op::ADDITEMS } else { op::APPENDS });
        // CPython ends a set with an empty batch if the last one was full, but no list.
        if count == BATCH && (is_set || found.is_some()) {
            self.work.push(Work::Items { items, at, count: 0, is_set });
        }
        Ok(())
    }

    pub(super) fn dict(&mut self, interp: &mut dyn Interpreter, dict: Value) -> Result<(), Raised> {
        self.enter(interp, &dict, 2)?;
        let empty: &[u8] = if self.is_binary() { &[op::EMPTY_DICT] } else { &[op::MARK, op::DICT] };
        self.out.write(empty);
        self.memoize(&dict);
        let Some(entries) = dict.as_dict().filter(|dict| !dict.is_empty()) else { return Ok(()) };
        let length = entries.len();
        if !self.is_binary() {
            let pairs = interp.call_method(&dict, "items", &[])?;
            let iterator = interp.iter(&pairs)?;
            self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs: true });
        } else if let Some((_, entry)) = entries.entry_from(0).filter(|_| length == 1) {
            self.work.push(Work::Write(&[op::SETITEM]));
            self.work.push(Work::Save(entry.value));
            self.work.push(Work::Save(entry.key));
        } else {
            self.work.push(Work::Entries { dict, place: 0, count: 0, length });
        }
        Ok(())
    }

    /// The next entry of a dict, in batches; the last one may be empty, as in CPython.
    pub(super) fn entries(
        &mut self,
        interp: &mut dyn Interpreter,
        dict: Value,
        place: usize,
        count: usize,
        length: usize,
    ) -> Result<(), Raised> {
        if count == 0 {
            self.out.op(op::MARK);
        }
        let entries = dict.as_dict();
        if let Some((place, entry)) =
            entries.and_then(|entries| entries.entry_from(place)).filter(|_| count < BATCH)
        {
            self.work.push(Work::Entries { dict, place, count: count + 1, length });
            self.work.push(Work::Save(entry.value));
            self.work.push(Work::Save(entry.key));
            return Ok(());
        }
        self.out.op(op::SETITEMS);
        if entries.is_some_and(|entries| entries.len() != length) {
            return Err(interp.runtime_error("dictionary changed size during iteration"));
        }
        if count == BATCH {
            self.work.push(Work::Entries { dict, place, count: 0, length });
        }
        Ok(())
    }

    /// What an iterator gives; `count` says how many were written of this batch, `next` is the one
    /// that was looked at already.
    pub(super) fn batch(
        &mut self,
        interp: &mut dyn Interpreter,
        iterator: Value,
        next: Value,
        count: usize,
        are_pairs: bool,
    ) -> Result<(), Raised> {
        let one: &'static [u8] = if are_pairs { &[op::SETITEM] } else { &[op::APPEND] };
        if !self.is_binary() {
            if let Some(item) = interp.next(&iterator)? {
                self.work.push(Work::Batch { iterator, next, count, are_pairs });
                self.work.push(Work::Write(one));
                self.item(interp, item, are_pairs)?;
            }
            return Ok(());
        }
        if count == 0 {
            let Some(first) = interp.next(&iterator)? else { return Ok(()) };
            match interp.next(&iterator)? {
                Some(next) => {
                    self.out.op(op::MARK);
                    self.work.push(Work::Batch { iterator, next, count: 1, are_pairs });
                }
                None => self.work.push(Work::Write(one)),
            }
            return self.item(interp, first, are_pairs);
        }
        let next = match next.is_unbound() {
            false => Some(next),
            true if count == BATCH => None,
            true => interp.next(&iterator)?,
        };
        match next {
            Some(next) => {
                self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: count + 1, are_pairs });
                self.item(interp, next, are_pairs)
            }
            None => {
                self.out.op(if are_pairs { op::SETITEMS } else { op::APPENDS });
                if count == BATCH {
                    self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs });
                }
                Ok(())
            }
        }
    }

    /// An item, or the two of a pair.
    pub(super) fn item(
        &mut self,
        interp: &mut dyn Interpreter,
        item: Value,
        is_pair: bool,
    ) -> Result<(), Raised> {
        if !is_pair {
            self.work.push(Work::Save(item));
            return Ok(());
        }
        let Some([key, value]) = item.tuple_like() else {
            return Err(interp.type_error("dict items iterator must return 2-tuples"));
        };
        self.work.push(Work::Save(value.clone()));
        self.work.push(Work::Save(key.clone()));
        Ok(())
    }
}
