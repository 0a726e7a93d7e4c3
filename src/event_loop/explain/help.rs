//! What to write instead: help for the mistakes that everybody makes with `await`, `async with`
//! and loops, by the texts of the errors they cause.

use crate::object::CoreType;

/// One mistake.
struct Row {
    class: CoreType,
    /// The error's text; each `{}` stands for anything.
    text: &'static str,
    /// What must occur in the code that raised; empty for any.
    code: &'static str,
    /// What to do: `{0}`, `{1}` are what the text's `{}` stood for, `{code}` is the code that
    /// raised, `{argument}` the arguments of the call that it is, `{awaited}` what stands behind
    /// its `await`.
    help: &'static str,
}

const fn row(class: CoreType, text: &'static str, code: &'static str, help: &'static str) -> Row {
    Row { class, text, code, help }
}

use CoreType::{AttributeError, RuntimeError, TypeError, ValueError};

const RUNS_ALREADY: &str = "a loop is running here already: write `await {argument}` in place of `{code}`";
const SEVERAL: &str = "to wait for several at once, write `await asyncio.gather(*{awaited})`";
const OTHER_LOOP: &str = "each asyncio.run() has a loop of its own: make locks, queues, tasks and futures \
                          inside of the function that this run runs";
const ONCE: &str = "a coroutine runs once: call the async function again, or make a task of it, which can be \
                    awaited by many";
const UNPACK: &str = "it takes several awaitables, not a list of them: write a star before the list, as in \
                      `asyncio.gather(*tasks)`";

/// The first row that fits holds.
static ROWS: &[Row] = &[
    row(RuntimeError, "asyncio.run() cannot be called from a running event loop", "", RUNS_ALREADY),
    row(RuntimeError, "Runner.run() cannot be called from a running event loop", "", RUNS_ALREADY),
    row(RuntimeError, "This event loop is already running", "", RUNS_ALREADY),
    row(RuntimeError, "Cannot run the event loop while another loop is running", "", RUNS_ALREADY),
    row(
        RuntimeError,
        "no running event loop",
        "",
        "this needs a running loop: do it inside of an async function, and start that by `asyncio.run(main())`",
    ),
    row(RuntimeError, "{} is bound to a different event loop", "", OTHER_LOOP),
    row(RuntimeError, "Task {} got Future {} attached to a different loop", "", OTHER_LOOP),
    row(RuntimeError, "cannot reuse already awaited coroutine", "", ONCE),
    row(RuntimeError, "coroutine is being awaited already", "", ONCE),
    row(
        RuntimeError,
        "Task cannot await on itself: {}",
        "",
        "a task that waits for itself would never end: let another task wait for it",
    ),
    row(TypeError, "object list can't be used in 'await' expression", "", SEVERAL),
    row(TypeError, "object tuple can't be used in 'await' expression", "", SEVERAL),
    row(TypeError, "object set can't be used in 'await' expression", "", SEVERAL),
    row(TypeError, "object generator can't be used in 'await' expression", "", SEVERAL),
    row(
        TypeError,
        "object async_generator can't be used in 'await' expression",
        "",
        "an async generator gives many items: write `async for item in {awaited}`",
    ),
    row(
        TypeError,
        "object NoneType can't be used in 'await' expression",
        "time.sleep(",
        "time.sleep() stops the whole loop: write `await asyncio.sleep(...)`",
    ),
    row(
        TypeError,
        "object NoneType can't be used in 'await' expression",
        "",
        "`{awaited}` gave None: if that is an ordinary function, drop the `await`; if it should be awaited, \
         define it by `async def`, or let it return what to await",
    ),
    row(
        TypeError,
        "object function can't be used in 'await' expression",
        "",
        "a function must be called: write `await {awaited}()`",
    ),
    row(
        TypeError,
        "object method can't be used in 'await' expression",
        "",
        "a method must be called: write `await {awaited}()`",
    ),
    row(
        TypeError,
        "object {} can't be used in 'await' expression",
        "",
        "only coroutines, tasks and futures can be awaited: drop the `await` if `{awaited}` is the value",
    ),
    row(TypeError, "'Lock' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'Condition' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'Semaphore' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'BoundedSemaphore' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'Barrier' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'TaskGroup' object does not support the context manager protocol", "", ASYNC_WITH),
    row(TypeError, "'Timeout' object does not support the context manager protocol", "", ASYNC_WITH),
    row(
        TypeError,
        "'_AsyncGeneratorContextManager' object does not support the context manager protocol",
        "",
        ASYNC_WITH,
    ),
    row(
        TypeError,
        "'_thread.{}' object does not support the asynchronous context manager protocol{}",
        "",
        "a lock of `threading` would stop the whole loop: make an `asyncio.Lock()`, or write `with` without \
         `async` around code that never awaits",
    ),
    row(
        TypeError,
        "'coroutine' object does not support the asynchronous context manager protocol{}",
        "",
        "await it first: `async with await {code}`",
    ),
    row(
        TypeError,
        "'{}' object does not support the asynchronous context manager protocol{}",
        "",
        "write `with` without `async`",
    ),
    row(
        TypeError,
        "'coroutine' object does not support the context manager protocol{}",
        "",
        "await it first: `with await {code}`",
    ),
    row(
        TypeError,
        "'async for' requires an object with __aiter__ method, got coroutine",
        "",
        "await the coroutine first, or let it `yield` its items: then it is an async generator",
    ),
    row(
        TypeError,
        "'async for' requires an object with __aiter__ method, got {}",
        "",
        "write `for` without `async`",
    ),
    row(TypeError, "'async_generator' object is not iterable", "", "write `async for`"),
    row(ValueError, "a coroutine was expected, got <function {} at {}", "", CALL_IT),
    row(TypeError, "a coroutine was expected, got <function {} at {}", "", CALL_IT),
    row(TypeError, "unhashable type: 'list'", "gather(", UNPACK),
    row(TypeError, "An asyncio.Future, a coroutine or an awaitable is required", "gather(", UNPACK),
    row(
        TypeError,
        "Passing coroutines is forbidden, use tasks explicitly.",
        "",
        "make tasks of them: `asyncio.create_task(...)`",
    ),
    row(
        TypeError,
        "{}'coroutine'{}",
        "",
        "there is no result yet: write `await` before the call of the async function",
    ),
    row(
        TypeError,
        "cannot unpack non-iterable coroutine object",
        "",
        "write `await` before the call of the async function",
    ),
    row(TypeError, "{}'_GatheringFuture'{}", "", "there is no result yet: write `await asyncio.gather(...)`"),
    row(TypeError, "{}'_asyncio.Task'{}", "", FORGOTTEN_TASK),
    row(TypeError, "{}'_asyncio.Future'{}", "", FORGOTTEN_FUTURE),
    row(
        AttributeError,
        "'coroutine' object has no attribute '{}'",
        "",
        "there is no result yet: write `await` before the call of the async function, as in `(await f()).{0}`",
    ),
    row(
        AttributeError,
        "'_GatheringFuture' object has no attribute '{}'",
        "",
        "there is no result yet: write `await asyncio.gather(...)`",
    ),
    row(AttributeError, "'_asyncio.Task' object has no attribute '{}'", "", FORGOTTEN_TASK),
    row(AttributeError, "'_asyncio.Future' object has no attribute '{}'", "", FORGOTTEN_FUTURE),
];

const ASYNC_WITH: &str = "write `async with`";
const CALL_IT: &str = "call the async function: `{0}()`";
const FORGOTTEN_TASK: &str = "there is no result yet: write `await` before the task";
const FORGOTTEN_FUTURE: &str = "there is no result yet: write `await` before the future";

/// Help for an error of this class and text, raised by this piece of source.
pub fn help_for(is_a: impl Fn(CoreType) -> bool, text: &str, code: &str) -> Option<String> {
    let (row, found) = ROWS.iter().find_map(|row| {
        let found = captures(row.text, text)?;
        (code.contains(row.code) && is_a(row.class)).then_some((row, found))
    })?;
    let argument = code.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or("...");
    let awaited = code.strip_prefix("await ").unwrap_or(code).trim();
    let mut help = row.help.replace("{code}", code).replace("{argument}", argument.trim());
    help = help.replace("{awaited}", if awaited.is_empty() { "..." } else { awaited });
    for (index, capture) in found.iter().enumerate() {
        help = help.replace(&format!("{{{index}}}"), capture);
    }
    Some(help)
}

/// What the `{}` of a pattern stand for in a text, if it fits.
fn captures<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let parts: Vec<&str> = parts.collect();
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let end = match (is_last, part.is_empty()) {
            (true, _) => rest.strip_suffix(part)?.len(),
            (false, _) => rest.find(part)?,
        };
        found.push(&rest[..end]);
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(class: CoreType, text: &str, code: &str) -> Option<String> {
        help_for(|other| other == class, text, code)
    }

    #[test]
    fn patterns_capture() {
        assert_eq!(captures("a {} c", "a b c"), Some(vec!["b"]));
        assert_eq!(captures("{}'x'{}", "1 'x' 2"), Some(vec!["1 ", " 2"]));
        assert_eq!(captures("a", "ab"), None);
        assert_eq!(captures("a{}", "ab"), Some(vec!["b"]));
    }

    #[test]
    fn mistakes_are_named() {
        let text = "asyncio.run() cannot be called from a running event loop";
        assert_eq!(
            help(RuntimeError, text, "asyncio.run(fetch(1))").unwrap(),
            "a loop is running here already: write `await fetch(1)` in place of `asyncio.run(fetch(1))`"
        );
        let text = "object list can't be used in 'await' expression";
        assert!(help(TypeError, text, "await jobs").unwrap().ends_with("`await asyncio.gather(*jobs)`"));
        let text = "'coroutine' object is not subscriptable";
        assert!(help(TypeError, text, "rows[0]").unwrap().contains("write `await`"));
        assert_eq!(help(TypeError, "'int' object is not iterable", "f()"), None);
        assert_eq!(help(ValueError, "object list can't be used in 'await' expression", ""), None);
    }
}
