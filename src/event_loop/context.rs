//! The context that context variables are looked up in, and contexts as objects.
//!
//! Copying must cost nothing: every task and handle starts with a copy. So a context is passed
//! around as a value that is one of three things: unbound (no variable is set), a [`Bindings`]
//! object (a copy that no script has seen; copied again when changed, unless it is the only one),
//! or a [`Context`] object. Only the last has an identity, and only the one that a script asks
//! for, or sets a variable in, becomes one.

use super::context_rows::{CONTEXT, VARIABLE};
use super::slot::Slot;
use crate::object::heap::Traverse;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// What is bound: never changed while more than one context shares it.
struct Bindings {
    pairs: RefCell<Vec<(Value, Value)>>,
}

/// Never seen by scripts.
static BINDINGS: TypeSpec = TypeSpec { name: "bindings", doc: "The inside of a context.", ..TypeSpec::EMPTY };

impl Traverse for Bindings {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for (variable, value) in &*self.pairs.borrow() {
            visit(variable);
            visit(value);
        }
    }

    fn clear(&self) {
        drop(self.pairs.take());
    }
}

impl NativeObject for Bindings {
    fn spec(&self) -> &'static TypeSpec {
        &BINDINGS
    }
}

/// `contextvars.Context`.
pub struct Context {
    /// A `Bindings` object or unbound.
    bindings: Slot,
    is_entered: Cell<bool>,
}

impl Traverse for Context {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.bindings.visit(visit);
    }

    fn clear(&self) {
        drop(self.bindings.take());
    }
}

impl NativeObject for Context {
    fn spec(&self) -> &'static TypeSpec {
        &CONTEXT
    }
}

thread_local! {
    /// The contexts entered, innermost last. Below all lies the thread's own.
    static ENTERED: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Replace the contexts that the thread has entered; returns what they were.
pub fn exchange(entered: Vec<Value>) -> Vec<Value> {
    ENTERED.replace(entered)
}

fn with_current<R>(f: impl FnOnce(&mut Value) -> R) -> R {
    ENTERED.with_borrow_mut(|entered| {
        if entered.is_empty() {
            entered.push(Value::UNBOUND);
        }
        f(entered.last_mut().expect("the thread's own context was just put there"))
    })
}

/// The bindings of a context: a `Bindings` object or unbound.
fn bindings_of(context: &Value) -> Value {
    match context.downcast::<Context>() {
        Some(context) => context.bindings.get(),
        None => context.clone(),
    }
}

/// A copy of the current context (see the module's comment on what contexts are).
#[inline]
pub fn copy_current() -> Value {
    with_current(|current| bindings_of(current))
}

/// A context as an object: itself, or a new one with the same bindings.
pub fn to_object(context: Value) -> Value {
    if context.downcast::<Context>().is_some() {
        return context;
    }
    Value::object(Context { bindings: Slot::new(context), is_entered: Cell::new(false) })
}

/// A new context object.
pub fn new_object(context: &Value) -> Value {
    Value::object(Context { bindings: Slot::new(bindings_of(context)), is_entered: Cell::new(false) })
}

/// The current context as an object.
pub fn current_object() -> Value {
    with_current(|current| {
        if current.downcast::<Context>().is_none() {
            let bindings = current.take();
            *current = Value::object(Context { bindings: Slot::new(bindings), is_entered: Cell::new(true) });
        }
        current.clone()
    })
}

/// Make the context in `own` the current one; `own` holds meanwhile, as an int, how many lie below
/// it. Whoever enters leaves, and puts back what `leave` returns.
#[inline(always)]
pub fn enter(interp: &mut dyn Interpreter, own: &Slot) -> Result<(), Raised> {
    if !own.is_unbound() {
        mark_entered(interp, &own.get())?;
    }
    ENTERED.with_borrow_mut(|entered| {
        if entered.is_empty() {
            entered.push(Value::UNBOUND);
        }
        let context = own.replace(Value::int(entered.len() as i64));
        entered.push(context);
    });
    Ok(())
}

/// RuntimeError if the context is an object that is entered already.
fn mark_entered(interp: &mut dyn Interpreter, context: &Value) -> Result<(), Raised> {
    let Some(object) = context.downcast::<Context>() else { return Ok(()) };
    if object.is_entered.get() {
        let repr = interp.repr(context)?;
        let repr = repr.as_str().unwrap_or_default();
        return Err(interp.runtime_error(&format!("cannot enter context: {repr} is already entered")));
    }
    object.is_entered.set(true);
    Ok(())
}

/// Leave the current context, which is returned with all that was set in it.
#[inline]
pub fn leave() -> Value {
    let context = ENTERED.with_borrow_mut(|entered| entered.pop().unwrap_or_default());
    if !context.is_unbound()
        && let Some(object) = context.downcast::<Context>()
    {
        object.is_entered.set(false);
    }
    context
}

/// Leave the context in `own` if it is the current one: [`step_in`] enters it again.
pub fn step_out(own: &Slot) -> bool {
    let is_current = with_current(|current| current.downcast::<Context>().is_some() && own.is(current));
    if is_current {
        drop(leave());
    }
    is_current
}

/// Undo `step_out`.
pub fn step_in(own: &Slot) {
    let context = own.get();
    if let Some(object) = context.downcast::<Context>() {
        object.is_entered.set(true);
    }
    ENTERED.with_borrow_mut(|entered| entered.push(context));
}

/// The context entered at `depth` (see `enter`) as an object.
pub fn entered_object(depth: usize) -> Value {
    ENTERED.with_borrow_mut(|entered| {
        let Some(context) = entered.get_mut(depth) else { return to_object(Value::UNBOUND) };
        if context.downcast::<Context>().is_none() {
            let bindings = context.take();
            *context = Value::object(Context { bindings: Slot::new(bindings), is_entered: Cell::new(true) });
        }
        context.clone()
    })
}

impl Context {
    /// What `variable` is bound to here.
    pub fn get(&self, variable: &Value) -> Option<Value> {
        self.bindings.with(|bindings| find(bindings, variable))
    }

    /// All bindings, in the order in which they were first made.
    pub fn pairs(&self) -> Vec<(Value, Value)> {
        self.bindings.with(|bindings| {
            let bindings = bindings.downcast::<Bindings>();
            bindings.map(|bindings| bindings.pairs.borrow().clone()).unwrap_or_default()
        })
    }
}

fn find(bindings: &Value, variable: &Value) -> Option<Value> {
    let bindings = bindings.downcast::<Bindings>()?;
    let pairs = bindings.pairs.borrow();
    pairs.iter().find(|(bound, _)| bound.is(variable)).map(|(_, value)| value.clone())
}

/// What `variable` is bound to in the current context.
pub fn lookup(variable: &Value) -> Option<Value> {
    with_current(|current| match current.downcast::<Context>() {
        Some(context) => context.bindings.with(|bindings| find(bindings, variable)),
        None => find(current, variable),
    })
}

/// Bind `variable` in the current context, or unbind it with an unbound value. Returns what it
/// was bound to.
pub fn bind(variable: &Value, value: Value) -> Option<Value> {
    let current = current_object();
    let context = current.downcast::<Context>()?;
    let shared = context.bindings.take();
    let old = find(&shared, variable);
    // The slot was emptied, so a count of 1 means that nobody shares the bindings.
    let bindings = match shared.downcast::<Bindings>() {
        Some(_) if shared.ref_count() == 1 => shared,
        Some(other) => {
            let pairs = other.pairs.borrow().clone();
            Value::object(Bindings { pairs: RefCell::new(pairs) })
        }
        None => Value::object(Bindings { pairs: RefCell::default() }),
    };
    if let Some(inner) = bindings.downcast::<Bindings>() {
        let mut pairs = inner.pairs.borrow_mut();
        let place = pairs.iter().position(|(bound, _)| bound.is(variable));
        let dropped = match (place, value.is_unbound()) {
            (Some(place), false) => Some((Value::UNBOUND, std::mem::replace(&mut pairs[place].1, value))),
            (Some(place), true) => Some(pairs.remove(place)),
            (None, false) => {
                pairs.push((variable.clone(), value));
                None
            }
            (None, true) => None,
        };
        drop(pairs);
        drop(dropped);
    }
    context.bindings.set(bindings);
    old
}

/// `callable(*args)` within `context`, which returns what the context has become.
pub fn run(
    interp: &mut dyn Interpreter,
    context: Value,
    callable: &Value,
    args: &[Value],
) -> (Completion, Value) {
    let own = Slot::new(context);
    match enter(interp, &own) {
        Ok(()) => {
            let result = interp.call(callable, args);
            (result, leave())
        }
        Err(raised) => (Err(raised), own.take()),
    }
}

/// `contextvars.ContextVar`.
pub struct Variable {
    pub name: Value,
    /// Unbound if there is none.
    pub default: Value,
}

impl Traverse for Variable {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        visit(&self.default);
    }

    fn clear(&self) {
        // Immutable: a cycle through a default is broken at the default.
    }
}

impl NativeObject for Variable {
    fn spec(&self) -> &'static TypeSpec {
        &VARIABLE
    }
}
