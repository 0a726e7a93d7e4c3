//! A set of tasks that keeps the order in which they came: what groups and iterators still wait
//! for.

use crate::object::Value;
use hashbrown::HashTable;

/// Places that may be empty before the rest moves together.
const FEW: usize = 32;

/// Different tasks in the order of their coming; adding and removing cost the same for any number.
#[derive(Default)]
pub struct TaskSet {
    /// Unbound where a task has gone.
    places: Vec<Value>,
    /// Indices into `places`, by address.
    index: HashTable<usize>,
}

fn hash(task: &Value) -> u64 {
    (task.address() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl TaskSet {
    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Add a task that is not there yet.
    pub fn add(&mut self, task: Value) {
        if self.places.len() > 2 * self.index.len() + FEW {
            self.move_together();
        }
        let hash_of_task = hash(&task);
        self.places.push(task);
        let places = &self.places;
        self.index.insert_unique(hash_of_task, places.len() - 1, |&place| hash(&places[place]));
    }

    /// Remove a task and return it; unbound if it is not there.
    pub fn remove(&mut self, task: &Value) -> Value {
        let places = &self.places;
        let found = self.index.find_entry(hash(task), |&place| places[place].is(task));
        let Ok(entry) = found else { return Value::UNBOUND };
        let place = *entry.get();
        entry.remove();
        let removed = self.places[place].take();
        if self.index.is_empty() {
            self.places.clear();
        }
        removed
    }

    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.places.iter().filter(|task| !task.is_unbound())
    }

    /// All tasks, in order.
    pub fn all(&self) -> Vec<Value> {
        self.iter().cloned().collect()
    }

    fn move_together(&mut self) {
        self.places.retain(|task| !task.is_unbound());
        self.index.clear();
        let places = &self.places;
        for (place, task) in places.iter().enumerate() {
            self.index.insert_unique(hash(task), place, |&place| hash(&places[place]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_however_many_come_and_go() {
        let all: Vec<Value> = (0..500).map(|_| Value::list(Vec::new())).collect();
        let mut set = TaskSet::default();
        for (index, task) in all.iter().enumerate() {
            set.add(task.clone());
            if index % 5 != 0 {
                assert!(set.remove(task).is(task));
                assert!(set.remove(task).is_unbound());
            }
        }
        assert_eq!(set.len(), 100);
        assert!(set.places.len() < 300);
        assert!(set.all().iter().zip(all.iter().step_by(5)).all(|(a, b)| a.is(b)));
        all.iter().for_each(|task| drop(set.remove(task)));
        assert!(set.is_empty() && set.places.is_empty());
    }
}
