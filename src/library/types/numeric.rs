//! What the methods of `int`, `float` and `complex` share: unwrapping receivers and operands,
//! and the operators, which all lead to `object::number`.

use super::receiver::wrong_receiver;
use crate::object::interpreter::Comparison;
use crate::object::number::{self, Number, Op};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, TypeSpec, Value};

/// One numeric class: its name, and which values its methods accept.
pub struct Family {
    pub name: &'static str,
    /// The receivers: instances of the class or of a subclass.
    pub own: for<'v> fn(&'v Value) -> Option<Number<'v>>,
    /// The other operands.
    pub other: for<'v> fn(&'v Value) -> Option<Number<'v>>,
}

impl Family {
    /// The number `value` holds, or the TypeError for calling `method` on it.
    #[inline]
    pub fn receiver<'v>(
        &self,
        interp: &mut dyn Interpreter,
        method: &str,
        value: &'v Value,
    ) -> Result<Number<'v>, Raised> {
        match (self.own)(value) {
            Some(number) => Ok(number),
            None => Err(wrong_receiver(interp, self.name, method, value)),
        }
    }

    /// `args[0] op args[1]` (the other way round if `is_reflected`), or NotImplemented.
    pub fn operate(
        &self,
        interp: &mut dyn Interpreter,
        (method, op, is_reflected): (&str, Op, bool),
        args: &[Value],
    ) -> Completion {
        let own = self.receiver(interp, method, &args[0])?;
        let Some(other) = (self.other)(&args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
        let (left, right) = if is_reflected { (other, own) } else { (own, other) };
        match number::apply(op, left, right) {
            Some(outcome) => outcome.map_err(|fault| fault.raise(interp)),
            None => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `divmod`, as [`operate`](Self::operate).
    pub fn div_mod(
        &self,
        interp: &mut dyn Interpreter,
        (method, is_reflected): (&str, bool),
        args: &[Value],
    ) -> Completion {
        let own = self.receiver(interp, method, &args[0])?;
        let Some(other) = (self.other)(&args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
        let (left, right) = if is_reflected { (other, own) } else { (own, other) };
        match number::div_mod(left, right) {
            Some(Ok((quotient, remainder))) => Ok(Value::tuple(vec![quotient, remainder])),
            Some(Err(fault)) => Err(fault.raise(interp)),
            None => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// A comparison, or NotImplemented.
    pub fn compare(
        &self,
        interp: &mut dyn Interpreter,
        (method, op): (&str, Comparison),
        args: &[Value],
    ) -> Completion {
        let own = self.receiver(interp, method, &args[0])?;
        let Some(other) = (self.other)(&args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
        Ok(own.compares(op, other).map_or(Value::NOT_IMPLEMENTED, Value::bool))
    }

    /// A unary operator.
    pub fn unary(
        &self,
        interp: &mut dyn Interpreter,
        (method, op): (&str, Op),
        args: &[Value],
    ) -> Completion {
        let own = self.receiver(interp, method, &args[0])?;
        Ok(number::apply_unary(op, own).unwrap_or(Value::NOT_IMPLEMENTED))
    }
}

/// Functions for the operators of a family, two per binary operator.
macro_rules! operators {
    ($family:ident; $($op:ident: $method:literal $name:ident, $reflected_method:literal $reflected:ident;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                $family.operate(interp, ($method, Op::$op, false), args)
            }

            fn $reflected(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                $family.operate(interp, ($reflected_method, Op::$op, true), args)
            }
        )+
    };
}

/// Functions for the comparisons of a family.
macro_rules! comparisons {
    ($family:ident; $($op:ident: $method:literal $name:ident;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                $family.compare(interp, ($method, Comparison::$op), args)
            }
        )+
    };
}

/// Functions for the unary operators of a family.
macro_rules! unary_operators {
    ($family:ident; $($op:ident: $method:literal $name:ident;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                $family.unary(interp, ($method, Op::$op), args)
            }
        )+
    };
}

pub(super) use {comparisons, operators, unary_operators};

/// The row `name` of the class of `value`, or of its bases: whether it takes part in a protocol.
pub fn has_special(interp: &mut dyn Interpreter, value: &Value, name: &str) -> bool {
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| class.lookup(&intern(name)).is_some())
}

/// Whether `class` is just the core class, not one of its subclasses.
pub fn is_core(interp: &mut dyn Interpreter, class: &Value, core: CoreType) -> bool {
    interp.core(core).is(class)
}

/// `value` as a class method of a numeric class returns it: handed to the constructor of a
/// subclass.
pub fn construct(interp: &mut dyn Interpreter, class: &Value, core: CoreType, value: Value) -> Completion {
    if is_core(interp, class, core) { Ok(value) } else { interp.call(class, &[value]) }
}

/// The text of a format spec, or TypeError.
pub fn format_spec<'v>(interp: &mut dyn Interpreter, spec: &'v Value) -> Result<&'v str, Raised> {
    interp.expect_str_argument(spec, "__format__() argument")
}

/// The reprs of texts in error messages are cut to this many characters.
pub fn short_repr(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    let repr = interp.repr(value)?;
    Ok(repr.str_like().unwrap_or_default().chars().take(200).collect())
}

/// Warn about a conversion method that returned an instance of a subclass.
pub fn warn_subclass(
    interp: &mut dyn Interpreter,
    method: &str,
    expected: &TypeSpec,
    result: &Value,
) -> Result<(), Raised> {
    let (expected, found) = (expected.name, interp.type_name(result));
    let text = format!(
        "{method} returned non-{expected} (type {found}).  The ability to return an instance of a strict \
         subclass of {expected} is deprecated, and may be removed in a future version of Python."
    );
    let place = interp.stack(1).pop();
    interp.warn(CoreType::DeprecationWarning, &text, place)
}
