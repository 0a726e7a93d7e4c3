//! What `asyncio.graph` asks: the chain of awaits below a task, and who waits for a future.

use crate::event_loop::explain::graph::{Graph, Waits};
use crate::event_loop::explain::stack;
use crate::event_loop::running;
use crate::event_loop::task::Task;
use crate::object::{Completion, Interpreter, Value};

/// The coroutines, generators and async generators of script code that a task stands in,
/// outermost first; none for a future that is no task.
pub fn await_chain(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(task) = args[0].downcast::<Task>() else { return Ok(Value::list(Vec::new())) };
    let (links, _) = stack::chain(&task.coroutine.get());
    let script = links.into_iter().filter(|link| link.place.is_some());
    Ok(Value::list(script.map(|link| link.value).collect()))
}

/// The tasks that wait for a future, in the order of their creation.
pub fn awaited_by(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let graph = Graph::new(running::pending_tasks(), false);
    let own = graph.position(&args[0]);
    let waiting = graph.nodes.iter().filter(|node| {
        let is_direct = node.task.downcast::<Task>().is_some_and(|task| task.waiter.is(&args[0]));
        is_direct || matches!(&node.waits, Waits::Tasks(tasks) if own.is_some_and(|own| tasks.contains(&own)))
    });
    Ok(Value::list(waiting.map(|node| node.task.clone()).collect()))
}
