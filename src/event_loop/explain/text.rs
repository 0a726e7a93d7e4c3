//! What a task does, in words: where it stands, what it waits for, who has that.

use super::graph::{Graph, Node, Waits, resource, takes_lock, task_name};
use super::naming;
use super::stack::{self, Link};
use crate::event_loop::task::Task;
use crate::object::Value;
use crate::object::generator::GeneratorState;
use crate::object::interpreter::CodePlace;

/// As many tasks are named where more do the same.
const NAMED: usize = 5;

/// What a task does whose stack is the running one.
const RUNS: &str = "runs";

/// The names of several nodes, not too many.
pub fn names(graph: &Graph, members: &[usize]) -> String {
    let mut names: Vec<String> =
        members.iter().take(NAMED).map(|&node| task_name(&graph.nodes[node].task)).collect();
    if members.len() > NAMED {
        names.push(format!("{} more", members.len() - NAMED));
    }
    enumeration(&names)
}

/// `a, b and c`.
pub fn enumeration(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What a task does, after its name.
pub fn tell(graph: &Graph, node: &Node) -> String {
    let mut text = String::new();
    let coroutine = node.task.downcast::<Task>().map(|task| task.coroutine.get()).unwrap_or_default();
    if let Some(first) = node.links.first() {
        text.push_str(&format!("{}()", first.name));
    }
    let frames: Vec<(&Link, &CodePlace)> =
        node.links.iter().filter_map(|link| Some((link, link.place.as_ref()?))).collect();
    // The frames of library code in between are nobody's concern.
    let own: Vec<&(&Link, &CodePlace)> = frames.iter().filter(|(_, place)| !is_library(place)).collect();
    let created = stack::created_at(&coroutine);
    let here = own.last().map(|(_, place)| place.file()).or_else(|| created.as_ref().map(CodePlace::file));
    let does = doing(node);
    match own.last() {
        // Where a running task was resumed says nothing: its stack is shown.
        Some(_) if does == RUNS => text.push_str(" runs\n"),
        Some((link, place)) => {
            text.push_str(&format!(" {does} at {}:{} in {}\n", place.file(), place.line(), link.name));
            text.push_str(&quoted(place));
        }
        None => text.push_str(&format!(" {does}\n")),
    }
    if !matches!(node.waits, Waits::Nothing) {
        text.push_str(&format!("    {}\n", wanted(graph, node, here.as_deref())));
    }
    for (link, place) in own.iter().rev().skip(1) {
        text.push_str(&format!("    awaited {} in {}\n", at(place, here.as_deref()), link.name));
    }
    if let Some(place) = &created {
        // Of a task that has begun nowhere yet this is the only place.
        let here = if own.is_empty() { None } else { here.as_deref() };
        text.push_str(&format!("    created {}\n", at(place, here)));
    }
    text
}

/// The verb for what a task does.
fn doing(node: &Node) -> &'static str {
    let state = node.links.first().and_then(|link| link.value.as_generator()).map(|g| g.head().state.get());
    match (&node.waits, state) {
        (Waits::Nothing, Some(GeneratorState::Created)) => "has not begun",
        (Waits::Nothing, Some(GeneratorState::Running)) => RUNS,
        (Waits::Nothing, _) => "is ready",
        (Waits::Tasks(_) | Waits::Resource { .. } | Waits::Future(_), _) => "waits",
    }
}

/// What a node waits for, from the point of view of a file.
fn wanted(graph: &Graph, node: &Node, here: Option<&str>) -> String {
    let (object, operation) = match &node.waits {
        Waits::Nothing => return "for its turn".to_owned(),
        Waits::Tasks(tasks) => return format!("for {}", names(graph, tasks)),
        Waits::Future(_) if graph.is_deadlock => return "for a future that nobody completes".to_owned(),
        Waits::Future(_) => {
            let library = node.links.last().filter(|link| link.place.is_none());
            return library.map_or("for a future".to_owned(), |link| format!("for {}()", link.name));
        }
        Waits::Resource { object, operation } => (object, operation),
    };
    let mut text = format!("for {}", noun(object));
    if let Some(name) = naming::name_of(object, &node.links) {
        text.push_str(&format!(" `{name}`"));
    }
    let Some(known) = resource(object) else { return text };
    if let Some(place) = known.made_at() {
        text.push_str(&format!(" made {}", at(&place, here)));
    }
    let lacks = known.lacks(operation);
    if !lacks.is_empty() {
        text.push_str(&format!(", {lacks}"));
    }
    if takes_lock(operation) {
        let providers = graph.providers(object);
        for (index, provider) in providers.iter().enumerate() {
            let ended = if provider.node.is_none() { ", which has ended," } else { "" };
            let (name, place) = (&provider.name, at(&provider.place, here));
            let before = if index == 0 { ", taken" } else { "\n    and" };
            text.push_str(&format!("{before} by {name}{ended} {place}\n"));
            text.push_str(quoted(&provider.place).trim_end());
        }
        if providers.is_empty() && lacks.is_empty() {
            text.push_str(", which no task that waits has taken");
        }
    }
    text
}

/// `the lock`, `the queue`: by its class.
fn noun(object: &Value) -> String {
    let object = match object.as_object() {
        Some(object) => Some(object),
        None => object.as_instance().and_then(|i| i.payload_ref()).and_then(Value::as_object),
    };
    let name = object.map_or("object", |object| object.spec().name);
    match name {
        "LifoQueue" | "PriorityQueue" => "the queue".to_owned(),
        "BoundedSemaphore" => "the semaphore".to_owned(),
        name => format!("the {}", name.to_lowercase()),
    }
}

/// `at file:line`, or `at line N` from the same file's point of view.
pub fn at(place: &CodePlace, here: Option<&str>) -> String {
    match place.file() {
        file if here == Some(&*file) => format!("at line {}", place.line()),
        file => format!("at {file}:{}", place.line()),
    }
}

/// Whether code came with apy.
pub fn is_library(place: &CodePlace) -> bool {
    place.file().starts_with("<frozen ")
}

/// The source line, indented, with its line end.
pub fn quoted(place: &CodePlace) -> String {
    let Some(code) = place.code.as_code() else { return String::new() };
    let line = code.code.source.line_text(place.line()).trim();
    if line.is_empty() { String::new() } else { format!("        {line}\n") }
}

/// The places of a running stack, innermost first, with the line of the first.
pub fn stack_text(places: &[CodePlace]) -> String {
    let mut text = String::new();
    for place in places.iter().filter(|place| !is_library(place)) {
        let function = place.code.as_code().map_or("".into(), |code| code.code.qualname.clone());
        let is_first = text.is_empty();
        let word = if is_first { "at" } else { "called at" };
        text.push_str(&format!("  {word} {}:{} in {function}\n", place.file(), place.line()));
        if is_first {
            text.push_str(&quoted(place));
        }
    }
    text
}

/// Each line two blanks further right.
pub fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
