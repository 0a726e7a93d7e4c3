//! Who waits for whom: the tasks that are not done, what each of them waits for, and which tasks
//! hold or are that.

use super::held::{self, Held};
use super::stack::{self, Link};
use crate::event_loop::future::{self, Callback};
use crate::event_loop::gather::Gathering;
use crate::event_loop::task::Task;
use crate::object::Value;
use crate::object::interpreter::CodePlace;
use crate::object::resource::Resource;

/// A task that is not done.
pub struct Node {
    pub task: Value,
    /// Its chain of awaits.
    pub links: Vec<Link>,
    pub waits: Waits,
    held: Vec<Held>,
}

/// What a task waits for.
pub enum Waits {
    /// Nothing: it is ready, or runs.
    Nothing,
    /// The end of these tasks (indices into [`Graph::nodes`]).
    Tasks(Vec<usize>),
    /// A lock, queue or the like, in an operation of it (`Queue.get`).
    Resource { object: Value, operation: String },
    /// A future that nobody who is known completes.
    Future(Value),
}

/// Who has what somebody waits for.
pub struct Provider {
    /// An index into [`Graph::nodes`]; `None` if the task has ended.
    pub node: Option<usize>,
    pub name: String,
    /// Where it was taken.
    pub place: CodePlace,
}

/// All tasks that are not done, in the order of their creation.
pub struct Graph {
    pub nodes: Vec<Node>,
    /// Whether it is known that nothing can come from outside any more.
    pub is_deadlock: bool,
}

impl Graph {
    pub fn new(tasks: Vec<Value>, is_deadlock: bool) -> Graph {
        let chains = tasks.into_iter().map(|task| {
            let coroutine = task.downcast::<Task>().map(|task| task.coroutine.get()).unwrap_or_default();
            let (links, last) = stack::chain(&coroutine);
            let held = held::held_by(&links);
            (Node { task, links, waits: Waits::Nothing, held }, last)
        });
        let (nodes, lasts): (Vec<Node>, Vec<Value>) = chains.unzip();
        let mut graph = Graph { nodes, is_deadlock };
        for (index, last) in lasts.iter().enumerate() {
            graph.nodes[index].waits = graph.waits_of(index, last);
        }
        graph
    }

    /// The place of a task among the nodes.
    pub fn position(&self, task: &Value) -> Option<usize> {
        self.nodes.iter().position(|node| node.task.is(task))
    }

    fn waits_of(&self, index: usize, last: &Value) -> Waits {
        let node = &self.nodes[index];
        let is_waiting = node.task.downcast::<Task>().is_some_and(|task| !task.waiter.is_unbound());
        if !is_waiting {
            return Waits::Nothing;
        }
        // Coroutines of the library wait on behalf of the script that called the outermost.
        let from = node.links.iter().rposition(|link| link.place.is_some()).map_or(0, |last| last + 1);
        for link in &node.links[from..] {
            let native = link.value.as_object().and_then(|object| object.as_coroutine());
            let wanted = native.map(|native| native.waits_for()).unwrap_or_default();
            if let [object] = &wanted[..]
                && resource(object).is_some()
            {
                return Waits::Resource { object: object.clone(), operation: link.name.clone() };
            }
            let tasks = self.tasks_behind_all(&wanted);
            if !tasks.is_empty() {
                return Waits::Tasks(tasks);
            }
        }
        let waiter = match future::core(last) {
            Some(_) => last.clone(),
            None => node.task.downcast::<Task>().map(|task| task.waiter.get()).unwrap_or_default(),
        };
        let tasks = self.tasks_behind_all(std::slice::from_ref(&waiter));
        if tasks.is_empty() { Waits::Future(waiter) } else { Waits::Tasks(tasks) }
    }

    fn tasks_behind_all(&self, futures: &[Value]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut seen = Vec::new();
        for future in futures {
            self.tasks_behind(future, &mut seen, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The tasks whose end completes `awaited`: itself, what it gathers, what it shields.
    fn tasks_behind(&self, awaited: &Value, seen: &mut Vec<Value>, found: &mut Vec<usize>) {
        if seen.iter().any(|other| other.is(awaited)) {
            return;
        }
        seen.push(awaited.clone());
        if let Some(index) = self.position(awaited) {
            return found.push(index);
        }
        if let Some(gathering) = awaited.downcast::<Gathering>() {
            for child in gathering.pending() {
                self.tasks_behind(&child, seen, found);
            }
            return;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if targets(&node.task).iter().any(|target| target.is(awaited)) {
                found.push(index);
            }
        }
    }

    /// Who holds what a node waits for.
    pub fn providers(&self, object: &Value) -> Vec<Provider> {
        let mut found = Vec::new();
        let wanted = lock_of(object);
        for (index, node) in self.nodes.iter().enumerate() {
            for held in &node.held {
                let is_known = found.iter().any(|provider: &Provider| provider.node == Some(index));
                if !is_known && lock_of(&held.manager).is(&wanted) && !waits_at_condition(node, &held.manager)
                {
                    let (name, place) = (task_name(&node.task), held.place.clone());
                    found.push(Provider { node: Some(index), name, place });
                }
            }
        }
        if let Some(holder) = resource(&wanted).and_then(Resource::holder) {
            let name = match holder.name.as_int() {
                Some(number) => format!("Task-{number}"),
                None => holder.name.str_like().unwrap_or_default().to_owned(),
            };
            let is_meant = |node: &Node| node.task.address() == holder.task && task_name(&node.task) == name;
            let node = self.nodes.iter().position(is_meant);
            if node.is_none() || found.iter().all(|provider| provider.node != node) {
                found.push(Provider { node, name, place: holder.place });
            }
        }
        found
    }

    /// The nodes that must go on before this one can.
    pub fn blockers(&self, index: usize) -> Vec<usize> {
        match &self.nodes[index].waits {
            Waits::Nothing | Waits::Future(_) => Vec::new(),
            Waits::Tasks(tasks) => tasks.clone(),
            Waits::Resource { object, operation } if takes_lock(operation) => {
                self.providers(object).iter().filter_map(|provider| provider.node).collect()
            }
            Waits::Resource { .. } => Vec::new(),
        }
    }

    /// Cycles of tasks that wait for each other, each beginning with its first task.
    pub fn cycles(&self) -> Vec<Vec<usize>> {
        let mut cycles: Vec<Vec<usize>> = Vec::new();
        let mut is_done = vec![false; self.nodes.len()];
        for start in 0..self.nodes.len() {
            // Depth first along the first blocker that is not known to lead nowhere.
            let mut path: Vec<(usize, std::vec::IntoIter<usize>)> = Vec::new();
            let mut next = Some(start);
            while let Some(node) = next.take() {
                if let Some(from) = path.iter().position(|(other, _)| *other == node) {
                    let cycle: Vec<usize> = path[from..].iter().map(|(node, _)| *node).collect();
                    cycles.push(rotated(cycle));
                } else if !is_done[node] {
                    path.push((node, self.blockers(node).into_iter()));
                }
                while let Some((node, rest)) = path.last_mut() {
                    next = rest.next();
                    if next.is_some() {
                        break;
                    }
                    is_done[*node] = true;
                    path.pop();
                }
            }
        }
        cycles.sort();
        cycles.dedup();
        cycles
    }
}

/// The same cycle, beginning with its least member.
fn rotated(mut cycle: Vec<usize>) -> Vec<usize> {
    let least = cycle.iter().enumerate().min_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
    cycle.rotate_left(least);
    cycle
}

/// A task's name.
pub fn task_name(task: &Value) -> String {
    let name = task.downcast::<Task>().map(Task::name).unwrap_or_default();
    name.str_like().unwrap_or_default().to_owned()
}

/// The view of an object as something to wait for.
pub fn resource(object: &Value) -> Option<&dyn Resource> {
    let object = match object.as_object() {
        Some(object) => object,
        None => object.as_instance()?.payload_ref()?.as_object()?,
    };
    object.as_resource()
}

/// Whether an operation ends when somebody lets go of what they hold.
pub fn takes_lock(operation: &str) -> bool {
    operation.ends_with(".acquire") || operation.ends_with(".__aenter__")
}

/// The lock that entering `manager` takes; itself, if it is no condition.
fn lock_of(manager: &Value) -> Value {
    resource(manager).and_then(Resource::inner_lock).unwrap_or_else(|| manager.clone())
}

/// Whether a node has let go of the lock that it entered by a condition, since it waits there to
/// be notified, or for the lock to be free again.
fn waits_at_condition(node: &Node, manager: &Value) -> bool {
    resource(manager).is_some_and(|resource| resource.inner_lock().is_some())
        && node.links.iter().any(|link| link.place.is_none() && link.name == "Condition.wait")
}

/// What the callbacks of a future are for: the futures of `gather`, `shield` and the like.
fn targets(future: &Value) -> Vec<Value> {
    let Some(core) = future::core(future) else { return Vec::new() };
    let callbacks = core.take_callbacks();
    let targets = callbacks.iter().filter_map(|callback| match callback {
        Callback::Native(target, _) => Some(target.clone()),
        Callback::Wake(_) | Callback::Call(_) => None,
    });
    let targets = targets.collect();
    core.put_callbacks(callbacks);
    targets
}
