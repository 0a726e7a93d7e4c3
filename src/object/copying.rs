//! How iterators and other natives are copied and pickled: the rows `__reduce__` and
//! `__setstate__` of every class that implements [`Restorable`].

use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::spec::{NativeRow, native};
use super::value::{Completion, Raised, Value};

/// An object that says how to make it anew.
pub trait Restorable: 'static {
    /// What errors call its class.
    const CLASS: &'static str;

    /// Whether its ways to be copied will go, as those of `itertools`.
    const IS_DEPRECATED: bool = false;

    /// The object behind a value; a script's subclass counts.
    fn of(value: &Value) -> Option<&Self>;

    /// What `__reduce__` of `this` answers.
    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion;

    /// `__setstate__`.
    fn set_state(&self, _state: &Value, _interp: &mut dyn Interpreter) -> Result<(), Raised> {
        unreachable!("internal error: a row `__setstate__` without set_state")
    }
}

/// The row `__reduce__`.
pub const fn reduce_row<T: Restorable>() -> NativeRow {
    native("__reduce__", "", reduce::<T>, "Return state information for pickling.")
}

/// The row `__setstate__`.
pub const fn set_state_row<T: Restorable>() -> NativeRow {
    native("__setstate__", "object, /", set_state::<T>, "Set state information for unpickling.")
}

fn reduce<T: Restorable>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match T::of(&args[0]) {
        Some(object) => {
            warn_of_end::<T>(interp)?;
            object.reduce(&args[0], interp)
        }
        None => Err(wrong_receiver::<T>(interp, "__reduce__", &args[0])),
    }
}

fn set_state<T: Restorable>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match T::of(&args[0]) {
        Some(object) => {
            warn_of_end::<T>(interp)?;
            object.set_state(&args[1], interp)?;
            Ok(Value::NONE)
        }
        None => Err(wrong_receiver::<T>(interp, "__setstate__", &args[0])),
    }
}

/// The warning of what CPython's next release takes away.
pub fn warn_of_itertools(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    let place = interp.stack(1).pop();
    let message = "Pickle, copy, and deepcopy support will be removed from itertools in Python 3.14.";
    interp.warn(CoreType::DeprecationWarning, message, place)
}

fn warn_of_end<T: Restorable>(interp: &mut dyn Interpreter) -> Result<(), Raised> {
    if T::IS_DEPRECATED { warn_of_itertools(interp) } else { Ok(()) }
}

#[cold]
fn wrong_receiver<T: Restorable>(interp: &mut dyn Interpreter, method: &str, value: &Value) -> Raised {
    let (class, found) = (T::CLASS, interp.type_name(value));
    interp.type_error(&format!(
        "descriptor '{method}' for '{class}' objects doesn't apply to a '{found}' object"
    ))
}

/// A function of `builtins`, as the calling code sees it.
pub fn builtin(interp: &mut dyn Interpreter, name: &str) -> Completion {
    let own = interp.caller_globals().and_then(|globals| globals.as_dict()?.get_str("__builtins__"));
    if let Some(own) = own.filter(|own| own.as_module().is_none()) {
        return match interp.get_item(&own, &Value::str(name)) {
            Err(raised) if interp.raised_is(&raised, CoreType::KeyError) => {
                Err(interp.raise(CoreType::AttributeError, name))
            }
            found => found,
        };
    }
    Ok(interp.builtins().as_dict().and_then(|builtins| builtins.get_str(name)).unwrap_or_default())
}

/// `(function, (*args))`.
pub fn call_of(function: Value, args: Vec<Value>) -> Value {
    Value::pair(function, Value::tuple(args))
}

/// `(function, (*args), state)`.
pub fn call_with_state(function: Value, args: Vec<Value>, state: Value) -> Value {
    Value::tuple(vec![function, Value::tuple(args), state])
}

/// The function `iter`. To be asked for before the object is looked at: a script's namespace of
/// builtins may change the object meanwhile.
pub fn iter_function(interp: &mut dyn Interpreter) -> Completion {
    builtin(interp, "iter")
}

/// A state that is a place.
pub fn expect_place(interp: &mut dyn Interpreter, state: &Value) -> Result<i64, Raised> {
    if !state.is_integer() {
        return Err(interp.type_error("an integer is required"));
    }
    match state.int_like() {
        Some(place) => Ok(place),
        None => Err(interp.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// A state that is a place among `length`: one behind the end for all beyond it.
pub fn expect_place_in(interp: &mut dyn Interpreter, state: &Value, length: usize) -> Result<usize, Raised> {
    Ok(expect_place(interp, state)?.clamp(0, length as i64) as usize)
}

/// A state that is a tuple of so many parts.
pub fn expect_parts<'v>(
    interp: &mut dyn Interpreter,
    state: &'v Value,
    least: usize,
    most: usize,
) -> Result<&'v [Value], Raised> {
    let Some(parts) = state.tuple_like() else { return Err(interp.type_error("state is not a tuple")) };
    let given = parts.len();
    if (least..=most).contains(&given) {
        return Ok(parts);
    }
    let (word, limit) = match given {
        _ if least == most => ("exactly", least),
        _ if given < least => ("at least", least),
        _ => ("at most", most),
    };
    let plural = if limit == 1 { "" } else { "s" };
    Err(interp.type_error(&format!("function takes {word} {limit} argument{plural} ({given} given)")))
}
