//! The fields of a context: reading, checking and setting them.

use super::number::{MAX_EMAX, MAX_PREC, MIN_EMIN, Rounding};
use super::operators::expect_rounding;
use super::state::{Context, SIGNALS, SignalDict, State, Which, known};
use crate::library::types::receiver::wrong_receiver;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

/// A field of a context, in the order of the arguments of `Context()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Prec,
    Rounding,
    Emin,
    Emax,
    Capitals,
    Clamp,
    Flags,
    Traps,
}

static FIELDS: [Field; 8] = [
    Field::Prec,
    Field::Rounding,
    Field::Emin,
    Field::Emax,
    Field::Capitals,
    Field::Clamp,
    Field::Flags,
    Field::Traps,
];

fn context_of<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<&'v Context, Raised> {
    match value.downcast::<Context>() {
        Some(context) => Ok(context),
        None => Err(wrong_receiver(interp, "decimal.Context", "prec", value)),
    }
}

pub fn get_field(interp: &mut dyn Interpreter, this: &Value, field: Field) -> Completion {
    let context = context_of(interp, this)?;
    let settings = context.state.settings.get();
    Ok(match field {
        Field::Prec => Value::int(settings.prec),
        Field::Rounding => Value::str(settings.rounding.name()),
        Field::Emin => Value::int(settings.emin),
        Field::Emax => Value::int(settings.emax),
        Field::Capitals => Value::int(context.state.capitals.get().into()),
        Field::Clamp => Value::int(settings.clamp.into()),
        Field::Flags => context.signals(Which::Flags),
        Field::Traps => context.signals(Which::Traps),
    })
}

/// An integer argument; CPython's error for others is that of its C interface.
fn expect_number(interp: &mut dyn Interpreter, value: &Value) -> Result<i64, Raised> {
    if !value.is_integer() {
        return Err(interp.type_error("an integer is required"));
    }
    match value.int_like() {
        Some(number) => Ok(number),
        None => Err(interp.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

pub fn set_field(
    interp: &mut dyn Interpreter,
    this: &Value,
    field: Field,
    value: &Value,
) -> Result<(), Raised> {
    let context = context_of(interp, this)?;
    if value.is_unbound() {
        return Err(interp.raise(CoreType::AttributeError, "context attributes cannot be deleted"));
    }
    let state = &context.state;
    let mut settings = state.settings.get();
    let refused = match field {
        Field::Prec => {
            settings.prec = expect_number(interp, value)?;
            (!(1..=MAX_PREC).contains(&settings.prec)).then_some("valid range for prec is [1, MAX_PREC]")
        }
        Field::Emin => {
            settings.emin = expect_number(interp, value)?;
            (!(MIN_EMIN..=0).contains(&settings.emin)).then_some("valid range for Emin is [MIN_EMIN, 0]")
        }
        Field::Emax => {
            settings.emax = expect_number(interp, value)?;
            (!(0..=MAX_EMAX).contains(&settings.emax)).then_some("valid range for Emax is [0, MAX_EMAX]")
        }
        Field::Clamp => {
            let number = expect_number(interp, value)?;
            settings.clamp = number == 1;
            (!(0..=1).contains(&number)).then_some("valid values for clamp are [0, 1]")
        }
        Field::Capitals => {
            let number = expect_number(interp, value)?;
            if (0..=1).contains(&number) {
                state.capitals.set(number == 1);
            }
            (!(0..=1).contains(&number)).then_some("valid values for capitals are [0, 1]")
        }
        Field::Rounding => {
            settings.rounding = expect_rounding(interp, value)?;
            None
        }
        Field::Flags => {
            state.status.set(flags_of_value(interp, value)?);
            None
        }
        Field::Traps => {
            state.traps.set(flags_of_value(interp, value)?);
            None
        }
    };
    if let Some(message) = refused {
        return Err(interp.value_error(message));
    }
    state.settings.set(settings);
    Ok(())
}

/// Set the fields that are given, in the order of the arguments of `Context()`.
pub fn apply(interp: &mut dyn Interpreter, context: &Value, values: &[Value]) -> Result<(), Raised> {
    for (field, value) in FIELDS.iter().zip(values) {
        let signals = match (field, value.list_like()) {
            (Field::Flags | Field::Traps, Some(list)) => Some(list.items.borrow().clone()),
            _ => None,
        };
        if let Some(signals) = signals {
            let mut flags = 0;
            for signal in &signals {
                flags |= signal_flag(interp, signal)?;
            }
            let state = super::state::state_of(context);
            if *field == Field::Flags { state.status.set(flags) } else { state.traps.set(flags) }
        } else if !value.is_none() {
            set_field(interp, context, *field, value)?;
        }
    }
    Ok(())
}

/// `Context(...)`.
pub fn new_context(interp: &mut dyn Interpreter, values: &[Value]) -> Completion {
    let template = known("DefaultContext");
    let state = match template.downcast::<Context>() {
        Some(template) => template.state.copy(0),
        None => State::new(28, Rounding::HalfEven, 0),
    };
    let context = Context::new(state);
    apply(interp, &context, values)?;
    Ok(context)
}

/// The conditions of a signal given by its class.
pub fn known_signal(key: &Value) -> Option<u32> {
    SIGNALS.iter().find(|(name, _)| known(name).is(key)).map(|(_, bits)| *bits)
}

/// As [`known_signal`], or KeyError.
pub fn signal_flag(interp: &mut dyn Interpreter, key: &Value) -> Result<u32, Raised> {
    match known_signal(key) {
        Some(bits) => Ok(bits),
        None => {
            let message = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   \
                           Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";
            Err(interp.raise(CoreType::KeyError, message))
        }
    }
}

/// The classes of the signals in a set of conditions.
pub fn names_list(conditions: u32) -> Value {
    let set = SIGNALS.iter().filter(|(_, bits)| conditions & bits != 0);
    Value::list(set.map(|(name, _)| known(name)).collect())
}

/// Signals given as a dict of all.
pub fn flags_of_value(interp: &mut dyn Interpreter, value: &Value) -> Result<u32, Raised> {
    if let Some(dict) = value.downcast::<SignalDict>() {
        return Ok(dict.get());
    }
    let Some(dict) = value.dict_like() else {
        return Err(interp.type_error("argument must be a signal dict"));
    };
    let entries = dict.entries();
    if entries.len() != SIGNALS.len() {
        return Err(interp.raise(CoreType::KeyError, "invalid signal dict"));
    }
    let mut flags = 0;
    for entry in entries {
        let Some(bits) = known_signal(&entry.key) else {
            return Err(interp.raise(CoreType::KeyError, "invalid signal dict"));
        };
        if interp.truth(&entry.value)? {
            flags |= bits;
        }
    }
    Ok(flags)
}
