//! Nothing can happen any more: all tasks, what they wait for, and the cycles among them.

use super::graph::{Graph, task_name};
use super::text::{names, tell};
use crate::event_loop::running;

/// The report: all tasks that are not done, and the cycles among them.
pub fn report() -> String {
    let graph = Graph::new(running::pending_tasks(), true);
    let mut text = String::from("deadlock: no task can go on, and nothing can come from outside\n");
    let mut groups: Vec<(Vec<usize>, String)> = Vec::new();
    for index in 0..graph.nodes.len() {
        let told = tell(&graph, &graph.nodes[index]);
        match groups.iter_mut().find(|(_, other)| *other == told) {
            Some((members, _)) => members.push(index),
            None => groups.push((vec![index], told)),
        }
    }
    for (members, told) in &groups {
        text.push_str(&format!("  {}: {told}", names(&graph, members)));
    }
    if graph.nodes.is_empty() {
        text.push_str("  there is no task: the loop runs, and nothing is left to do\n");
    }
    for cycle in graph.cycles() {
        let names: Vec<String> = cycle.iter().map(|&node| task_name(&graph.nodes[node].task)).collect();
        let first = names.first().cloned().unwrap_or_default();
        match names.len() {
            1 => text.push_str(&format!("  cycle: {first} waits for itself\n")),
            _ => text.push_str(&format!("  cycle: {} -> {first}\n", names.join(" -> "))),
        }
    }
    text
}
