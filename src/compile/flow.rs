//! What is known at a point of the code: which variables are surely bound, and which
//! temporaries may still hold an object.

use smallvec::SmallVec;

/// A set of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Registers([u64; 4]);

impl Registers {
    pub(super) fn insert(&mut self, register: u8) {
        self.0[usize::from(register) / 64] |= 1 << (register % 64);
    }

    pub(super) fn remove(&mut self, register: u8) {
        self.0[usize::from(register) / 64] &= !(1 << (register % 64));
    }

    pub(super) fn contains(self, register: u8) -> bool {
        self.0[usize::from(register) / 64] >> (register % 64) & 1 == 1
    }

    pub(super) fn union(&mut self, other: Registers) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// The members from `from` on, less those of `other`.
    pub(super) fn beyond(mut self, from: u16, other: Registers) -> Registers {
        for (index, (word, theirs)) in self.0.iter_mut().zip(other.0).enumerate() {
            let below = usize::from(from).saturating_sub(64 * index).min(64) as u32;
            *word &= !theirs & u64::MAX.checked_shl(below).unwrap_or(0);
        }
        self
    }

    /// The least and the greatest member.
    pub(super) fn bounds(self) -> Option<(u8, u8)> {
        let first = self.iter().next()?;
        Some((first, self.iter().last().unwrap_or(first)))
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u8> {
        (0..).zip(self.0).flat_map(|(index, mut word)| {
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros())?;
                word &= word - 1;
                Some(64 * index + bit as u8)
            })
        })
    }
}

/// A variable of a unit, as far as definite assignment is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Variable(pub(super) u32);

/// A set of variables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Variables(SmallVec<[u64; 2]>);

impl Variables {
    pub(super) fn insert(&mut self, Variable(index): Variable) {
        let word = index as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    pub(super) fn remove(&mut self, Variable(index): Variable) {
        if let Some(word) = self.0.get_mut(index as usize / 64) {
            *word &= !(1 << (index % 64));
        }
    }

    pub(super) fn contains(&self, Variable(index): Variable) -> bool {
        self.0.get(index as usize / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    fn intersect(&mut self, other: &Variables) {
        self.0.truncate(other.0.len());
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
    }
}

/// The state at a point that execution can reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Flow {
    /// Variables that are bound whichever way execution came here.
    pub(super) bound: Variables,
    /// Registers that may hold an object.
    pub(super) dirty: Registers,
    /// Those of them whose object would live too long if it stayed after the statement.
    pub(super) fresh: Registers,
}

impl Flow {
    /// What is known where two ways meet.
    pub(super) fn merge(&mut self, other: &Flow) {
        self.bound.intersect(&other.bound);
        self.dirty.union(other.dirty);
        self.fresh.union(other.fresh);
    }

    /// `register` now holds something that is no heap object, or nothing.
    pub(super) fn clean(&mut self, register: u8) {
        self.dirty.remove(register);
        self.fresh.remove(register);
    }

    pub(super) fn clean_range(&mut self, first: u8, count: u8) {
        for register in (first..=255).take(count.into()) {
            self.clean(register);
        }
    }

    /// `register` may hold an object from now on; `fresh` if nothing else holds it.
    pub(super) fn soil(&mut self, register: u8, fresh: bool) {
        self.dirty.insert(register);
        if fresh { self.fresh.insert(register) } else { self.fresh.remove(register) }
    }
}

/// Merge `other` into a state that may not have been reached yet.
pub(super) fn merge_into(state: &mut Option<Flow>, other: &Flow) {
    match state {
        Some(flow) => flow.merge(other),
        None => *state = Some(other.clone()),
    }
}
