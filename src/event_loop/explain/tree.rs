//! The tasks as a tree: below each of them those that it waits for. What Ctrl-\\ prints.

use super::graph::{Graph, Waits, task_name};
use super::text::{indented, stack_text, tell};
use crate::event_loop::{report, running, threads};
use crate::object::fiber::FiberId;
use crate::object::{Interpreter, interrupt};

/// As many places of a running stack are shown.
const MOST_PLACES: usize = 50;

/// From now on Ctrl-\\ prints the tree to standard error, and the program goes on.
pub fn install() -> std::io::Result<()> {
    interrupt::watch_quit(|interp| {
        let text = report(interp);
        // What goes wrong with standard error cannot be told anywhere.
        let _ = report::log(interp, text.trim_end());
    })
}

/// The stack of each thread, then all tasks.
pub fn report(interp: &mut dyn Interpreter) -> String {
    let graph = Graph::new(running::pending_tasks(), false);
    let mut text = match graph.nodes.len() {
        1 => String::from("1 task\n"),
        count => format!("{count} tasks\n"),
    };
    for id in threads::all() {
        let places = interp.fiber_stack(id, MOST_PLACES);
        let name = match id {
            FiberId::MAIN => "the main thread".to_owned(),
            FiberId(number) => format!("thread {number}"),
        };
        let stack = stack_text(&places);
        if !stack.is_empty() {
            text.push_str(&format!("  {name}\n{}", indented(&stack)));
        }
    }
    let mut is_shown = vec![false; graph.nodes.len()];
    let is_awaited: Vec<bool> = {
        let mut awaited = vec![false; graph.nodes.len()];
        for node in &graph.nodes {
            if let Waits::Tasks(tasks) = &node.waits {
                tasks.iter().for_each(|&task| awaited[task] = true);
            }
        }
        awaited
    };
    // Those that nobody waits for are the roots; what is left then waits in cycles.
    let roots = (0..graph.nodes.len()).filter(|&node| !is_awaited[node]);
    for root in roots.chain(0..graph.nodes.len()) {
        push_node(&graph, root, 1, &mut is_shown, &mut text);
    }
    text
}

/// A task and, indented, those it waits for. Each is shown once.
fn push_node(graph: &Graph, index: usize, depth: usize, is_shown: &mut [bool], text: &mut String) {
    if std::mem::replace(&mut is_shown[index], true) {
        return;
    }
    let node = &graph.nodes[index];
    let indent = "  ".repeat(depth);
    for (number, line) in tell(graph, node).lines().enumerate() {
        match number {
            0 => text.push_str(&format!("{indent}{}: {line}\n", task_name(&node.task))),
            _ => text.push_str(&format!("{}{line}\n", "  ".repeat(depth - 1))),
        }
    }
    if let Waits::Tasks(tasks) = &node.waits {
        for &task in tasks {
            push_node(graph, task, depth + 1, is_shown, text);
        }
    }
}
