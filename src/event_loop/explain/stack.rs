//! The chain of awaits of a coroutine: where a task stands, from the function that the task runs
//! to the one that waits.

use crate::object::Value;
use crate::object::generator::GeneratorState;
use crate::object::interpreter::CodePlace;

/// One coroutine, generator or async generator of a chain.
pub struct Link {
    /// The object itself.
    pub value: Value,
    /// `__qualname__`.
    pub name: String,
    /// Where it stands; `None` for one that is written in Rust.
    pub place: Option<CodePlace>,
    /// Whether it runs at this moment: then `place` is where it was resumed last.
    pub is_running: bool,
}

/// The chain that begins with `coroutine`, outermost first, and what its last link waits for
/// (unbound if nothing is known to).
pub fn chain(coroutine: &Value) -> (Vec<Link>, Value) {
    let mut links = Vec::new();
    let mut current = coroutine.clone();
    loop {
        if let Some(generator) = current.as_generator() {
            let head = generator.head();
            let state = head.state.get();
            let place = match state {
                GeneratorState::Created | GeneratorState::Finished => {
                    CodePlace { code: head.code.clone(), word: CodePlace::DEFINITION }
                }
                GeneratorState::Suspended | GeneratorState::Running => generator.place(),
            };
            links.push(Link {
                name: head.qualname.borrow().as_str().unwrap_or_default().to_owned(),
                place: Some(place),
                is_running: state == GeneratorState::Running,
                value: current.clone(),
            });
            current = generator.awaited();
            continue;
        }
        let Some(object) = current.as_object() else { return (links, current) };
        if let Some(native) = object.as_coroutine() {
            links.push(Link {
                name: native.qualname().to_owned(),
                place: None,
                is_running: native.state() == GeneratorState::Running,
                value: current.clone(),
            });
            let awaited = native.awaited();
            current = if awaited.is_none() { Value::UNBOUND } else { awaited };
            continue;
        }
        let next = object.passes_on();
        if next.is_unbound() {
            return (links, current);
        }
        current = next;
    }
}

/// Where the innermost frame of script code of a chain stands.
pub fn innermost(links: &[Link]) -> Option<&CodePlace> {
    links.iter().rev().find_map(|link| link.place.as_ref())
}

/// Where a coroutine was created: the call of its function.
pub fn created_at(coroutine: &Value) -> Option<CodePlace> {
    let (code, word) = coroutine.as_generator()?.head().created_at.borrow().clone()?;
    Some(CodePlace { code, word })
}
