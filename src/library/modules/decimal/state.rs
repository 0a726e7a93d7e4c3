//! The context of decimal arithmetic as an object, which context is current, and how conditions
//! become exceptions.

use super::coefficient::NoMemory;
use super::context_rows::{CONTEXT, CONTEXT_MANAGER, SIGNAL_DICT};
use super::decimal_rows::DECIMAL;
use super::number::{Rounding, Settings, Status};
use crate::event_loop::context::{self, Variable};
use crate::event_loop::slot::Slot;
use crate::object::heap::Traverse;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The signals: names of exception classes, and the conditions that each stands for.
pub static SIGNALS: [(&str, u32); 9] = [
    ("InvalidOperation", Status::INVALID),
    ("FloatOperation", Status::FLOAT_OPERATION),
    ("DivisionByZero", Status::DIVISION_BY_ZERO),
    ("Overflow", Status::OVERFLOW),
    ("Underflow", Status::UNDERFLOW),
    ("Subnormal", Status::SUBNORMAL),
    ("Inexact", Status::INEXACT),
    ("Rounded", Status::ROUNDED),
    ("Clamped", Status::CLAMPED),
];

/// The conditions behind InvalidOperation.
static CONDITIONS: [(&str, u32); 5] = [
    ("InvalidOperation", Status::INVALID_OPERATION),
    ("ConversionSyntax", Status::CONVERSION_SYNTAX),
    ("DivisionImpossible", Status::DIVISION_IMPOSSIBLE),
    ("DivisionUndefined", Status::DIVISION_UNDEFINED),
    ("InvalidContext", Status::INVALID_CONTEXT),
];

/// What a context says, shared with the dicts of its signals.
pub struct State {
    pub settings: Cell<Settings>,
    pub capitals: Cell<bool>,
    pub traps: Cell<u32>,
    pub status: Cell<u32>,
}

impl State {
    pub const fn new(prec: i64, rounding: Rounding, traps: u32) -> State {
        let settings = Settings { prec, emin: -999_999, emax: 999_999, rounding, clamp: false };
        State {
            settings: Cell::new(settings),
            capitals: Cell::new(true),
            traps: Cell::new(traps),
            status: Cell::new(0),
        }
    }

    /// The same with other conditions.
    pub fn copy(&self, status: u32) -> State {
        State {
            settings: self.settings.clone(),
            capitals: self.capitals.clone(),
            traps: self.traps.clone(),
            status: Cell::new(status),
        }
    }

    /// Take note of conditions; those that are trapped are raised.
    #[inline]
    pub fn report(&self, interp: &mut dyn Interpreter, status: Status) -> Result<(), Raised> {
        self.status.set(self.status.get() | status.0);
        let trapped = status.0 & self.traps.get();
        if trapped == 0 { Ok(()) } else { Err(trap(interp, trapped)) }
    }

    /// What an operation came to.
    #[inline]
    pub fn finish<T>(
        &self,
        interp: &mut dyn Interpreter,
        result: Result<T, NoMemory>,
        status: Status,
    ) -> Result<T, Raised> {
        match result {
            Ok(result) => {
                if status.0 != 0 {
                    self.report(interp, status)?;
                }
                Ok(result)
            }
            Err(NoMemory) => Err(interp.raise_args(CoreType::MemoryError, &[])),
        }
    }

    /// The names of the signals in a set of conditions, as the repr of a context has them.
    pub fn names(conditions: u32) -> String {
        let mut found: Vec<(u32, &str)> = SIGNALS
            .iter()
            .filter(|(_, bits)| conditions & bits != 0)
            .map(|(name, bits)| ((conditions & bits).trailing_zeros(), *name))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }
}

/// The exception for conditions that are trapped.
#[cold]
fn trap(interp: &mut dyn Interpreter, trapped: u32) -> Raised {
    let signal = SIGNALS.iter().find(|(_, bits)| trapped & bits != 0).map_or("", |(name, _)| name);
    let all = CONDITIONS.iter().chain(&SIGNALS[1..]);
    let list = all.filter(|(_, bits)| trapped & bits != 0).map(|(name, _)| known(name)).collect();
    let made = interp.call(&known(signal), &[Value::list(list)]);
    match made.and_then(|exception| interp.to_raised(&exception)) {
        Ok(raised) | Err(raised) => raised,
    }
}

thread_local! {
    /// What the module's script defines: exception classes, `DecimalTuple`, contexts.
    static KNOWN: RefCell<Vec<(&'static str, Value)>> = const { RefCell::new(Vec::new()) };
    /// The context variable that holds the current context.
    static VARIABLE: Slot = const { Slot::new(Value::UNBOUND) };
}

/// Names of the module's script that natives use.
static NAMES: [&str; 15] = [
    "InvalidOperation",
    "FloatOperation",
    "DivisionByZero",
    "Overflow",
    "Underflow",
    "Subnormal",
    "Inexact",
    "Rounded",
    "Clamped",
    "ConversionSyntax",
    "DivisionImpossible",
    "DivisionUndefined",
    "InvalidContext",
    "DecimalTuple",
    "_Rational",
];

/// The contexts that the module offers.
fn templates() -> [(&'static str, State); 3] {
    let usual = Status::INVALID | Status::DIVISION_BY_ZERO | Status::OVERFLOW;
    [
        ("DefaultContext", State::new(28, Rounding::HalfEven, usual)),
        ("BasicContext", State::new(9, Rounding::HalfUp, usual | Status::UNDERFLOW | Status::CLAMPED)),
        ("ExtendedContext", State::new(9, Rounding::HalfEven, 0)),
    ]
}

/// Something that the module's script defines.
pub fn known(name: &str) -> Value {
    KNOWN.with_borrow(|all| {
        all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    })
}

/// Make the contexts, and take what natives need from the module once its script has run.
pub fn setup(interp: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    let mut all = Vec::with_capacity(NAMES.len() + 3);
    for name in NAMES {
        all.push((name, interp.attribute(module, name)?));
    }
    for (name, state) in templates() {
        let context = Context::new(state);
        interp.set_attr(module, &intern(name), &context)?;
        all.push((name, context));
    }
    for (base, class) in [("_Number", &DECIMAL), ("_MutableMapping", &SIGNAL_DICT)] {
        let base = interp.attribute(module, base)?;
        let class = interp.type_of_spec(class);
        interp.call_method(&base, "register", &[class])?;
    }
    drop(KNOWN.replace(all));
    let name = Value::str("decimal_context");
    VARIABLE.with(|slot| slot.set(Value::object(Variable { name, default: Value::UNBOUND })));
    Ok(())
}

/// The context that operations use which are given none.
#[inline]
pub fn current(_: &mut dyn Interpreter) -> Value {
    match VARIABLE.with(|slot| slot.with(context::lookup)) {
        Some(context) => context,
        None => first_context(),
    }
}

#[cold]
fn first_context() -> Value {
    let template = known("DefaultContext");
    let state = match template.downcast::<Context>() {
        Some(context) => context.state.copy(0),
        None => State::new(28, Rounding::HalfEven, 0),
    };
    let context = Context::new(state);
    make_current(context.clone());
    context
}

/// Make a context the current one.
pub fn make_current(context: Value) {
    VARIABLE.with(|slot| {
        let variable = slot.get();
        context::bind(&variable, context);
    });
}

/// `decimal.Context`.
pub struct Context {
    pub state: Rc<State>,
    /// The dicts of signals, once asked for.
    traps: Slot,
    flags: Slot,
}

impl Context {
    #[expect(clippy::new_ret_no_self, reason = "natives live in values")]
    pub fn new(state: State) -> Value {
        Value::object(Context { state: Rc::new(state), traps: Slot::default(), flags: Slot::default() })
    }

    /// `traps` or `flags`.
    pub fn signals(&self, which: Which) -> Value {
        let slot = match which {
            Which::Traps => &self.traps,
            Which::Flags => &self.flags,
        };
        if slot.is_unbound() {
            slot.set(Value::object(SignalDict { state: self.state.clone(), which }));
        }
        slot.get()
    }
}

impl Traverse for Context {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.traps.visit(visit);
        self.flags.visit(visit);
    }

    fn clear(&self) {
        // The dicts refer to no values.
    }
}

impl NativeObject for Context {
    fn spec(&self) -> &'static TypeSpec {
        &CONTEXT
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// Which signals of a context a dict shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Traps,
    Flags,
}

/// The signals of a context as a mapping.
pub struct SignalDict {
    state: Rc<State>,
    which: Which,
}

impl SignalDict {
    pub fn get(&self) -> u32 {
        self.cell().get()
    }

    pub fn set(&self, conditions: u32) {
        self.cell().set(conditions);
    }

    fn cell(&self) -> &Cell<u32> {
        match self.which {
            Which::Traps => &self.state.traps,
            Which::Flags => &self.state.status,
        }
    }
}

impl Traverse for SignalDict {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for SignalDict {
    fn spec(&self) -> &'static TypeSpec {
        &SIGNAL_DICT
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

/// What `localcontext()` returns.
pub struct ContextManager {
    pub local: Value,
    pub global: Value,
}

impl Traverse for ContextManager {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.local);
        visit(&self.global);
    }

    fn clear(&self) {
        // Immutable, and contexts are part of no cycle but by subclasses.
    }
}

impl NativeObject for ContextManager {
    fn spec(&self) -> &'static TypeSpec {
        &CONTEXT_MANAGER
    }
}

/// An optional context argument: the current context if it is None.
pub fn context_argument(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    if value.is_none() {
        return Ok(current(interp));
    }
    if value.downcast::<Context>().is_some() {
        return Ok(value.clone());
    }
    Err(interp.type_error("optional argument must be a context"))
}

/// The state of a context.
pub fn state_of(context: &Value) -> &State {
    &context.downcast::<Context>().expect("callers hold a context").state
}
