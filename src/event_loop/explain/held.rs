//! What a suspended frame has entered by `with` and not left yet. Nothing is recorded while code
//! runs: the registers and the exception table of the frame tell.

use super::stack::Link;
use crate::bytecode::{Code, Op};
use crate::object::Value;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::interpreter::CodePlace;
use crate::object::string::intern;

/// A context manager that was entered.
pub struct Held {
    pub manager: Value,
    /// The `with` statement.
    pub place: CodePlace,
}

/// How deep context managers made of generators are looked into.
const DEPTH: usize = 20;

/// What all frames of a chain of awaits hold, outermost first.
pub fn held_by(links: &[Link]) -> Vec<Held> {
    let mut held = Vec::new();
    for link in links {
        if let Some(generator) = link.value.as_generator() {
            collect(generator, DEPTH, &mut held);
        }
    }
    held
}

fn collect(generator: &Generator, depth: usize, held: &mut Vec<Held>) {
    let head = generator.head();
    let Some(code) = head.code.as_code() else { return };
    if head.state.get() != GeneratorState::Suspended {
        return;
    }
    let here = generator.place().word;
    let mut entered = entries(&code.code);
    entered.retain(|&(start, _)| start < here);
    for (index, &(start, register)) in entered.iter().enumerate() {
        // Statements that follow each other use the same register.
        let is_latest = !entered[index + 1..].iter().any(|&(_, later)| later == register);
        if !is_latest || !is_inside(&code.code, here, register) {
            continue;
        }
        let place = CodePlace { code: head.code.clone(), word: start };
        if let Some(manager) = entered_manager(generator, register) {
            note(manager, &place, depth, held);
        }
    }
}

/// The context manager whose exit is in `register` and its receiver in the next one, unless it is
/// bound to it.
fn entered_manager(generator: &Generator, register: u8) -> Option<Value> {
    let register = usize::from(register);
    let receiver = generator.value(register + 1);
    receiver.given().cloned().or_else(|| manager_of(&generator.value(register)))
}

/// The context manager whose bound exit this is.
fn manager_of(exit: &Value) -> Option<Value> {
    match (exit.as_method(), exit.as_native()) {
        (Some(method), _) => Some(method.receiver.clone()),
        (None, Some(native)) => native.receiver.given().cloned(),
        (None, None) => None,
    }
}

/// A manager that was entered, and what `contextlib` has entered inside of it: the body of a
/// generator function, or what was pushed on an exit stack.
fn note(manager: Value, place: &CodePlace, depth: usize, held: &mut Vec<Held>) {
    let attribute = |name| manager.as_instance().and_then(|instance| instance.own_attribute(&intern(name)));
    let (body, pushed) = (attribute("gen"), attribute("_exit_callbacks"));
    held.push(Held { manager, place: place.clone() });
    if depth == 0 {
        return;
    }
    if let Some(generator) = body.as_ref().and_then(Value::as_generator) {
        collect(generator, depth - 1, held);
    }
    let pushed = pushed.as_ref().and_then(Value::as_list).map(|list| list.items.borrow().clone());
    let inner = pushed.unwrap_or_default();
    let inner = inner.iter().filter_map(|entry| match entry.as_tuple() {
        Some([_, exit]) => manager_of(exit),
        _ => None,
    });
    inner.for_each(|manager| note(manager, place, depth - 1, held));
}

/// The `with` statement by which a suspended frame has entered `manager`.
pub fn entry_of(generator: &Generator, manager: &Value) -> Option<CodePlace> {
    let head = generator.head();
    let here = generator.place().word;
    let entered = entries(&head.code.as_code()?.code);
    let is_own = |register| entered_manager(generator, register).is_some_and(|other| other.is(manager));
    let (word, _) = *entered.iter().rev().find(|&&(start, register)| start < here && is_own(register))?;
    Some(CodePlace { code: head.code.clone(), word })
}

/// The instructions that enter a context, each with the register that holds its exit.
fn entries(code: &Code) -> Vec<(u32, u8)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&word) = code.words.get(at) {
        let [op, register, ..] = word.to_le_bytes();
        let Some(op) = Op::from_byte(op) else { break };
        if matches!(op, Op::BeforeWith | Op::BeforeAsyncWith) {
            found.push((at as u32, register));
        }
        at += op.length();
    }
    found
}

/// Whether an exception raised at `here` would call the exit in `register`: then the context has
/// been entered. Such a handler begins by `PushHandled`, then takes the exit out of its register.
fn is_inside(code: &Code, here: u32, register: u8) -> bool {
    let covers = |start: u32, end: u32| start <= here && here < end;
    code.exceptions.iter().filter(|entry| covers(entry.start, entry.end)).any(|entry| {
        let at = entry.handler as usize;
        let op = |offset: usize| code.words.get(at + offset).map(|word| word.to_le_bytes());
        let pushes = op(0).is_some_and(|[op, ..]| op == Op::PushHandled as u8);
        pushes && op(1).is_some_and(|[op, _, from, _]| op == Op::Take as u8 && from == register)
    })
}
