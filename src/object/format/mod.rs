//! Values as text: digits of numbers, and the format-spec mini-language (`format(x, ">8.2f")`).
//! Knows values but no interpreter; `library` and the VM's f-strings both call it.

pub mod complex;
pub mod float;
pub mod integer;
mod layout;
pub mod percent;
pub mod spec;
pub mod template;
pub mod text;

use super::fault::Fault;
use super::value::{Tag, Value};

/// `format(value, spec)` of an exact str, int, bool, float, complex or None; `None` for everything
/// else.
#[inline]
pub fn format_exact(value: &Value, spec: &str) -> Option<Result<Value, Fault>> {
    if spec.is_empty() {
        return match value.as_big_int() {
            Some(big) => Some(integer::big_decimal(big).map(|text| Value::str(&text))),
            None => simple_str(value).map(Ok),
        };
    }
    Some(match value.tag() {
        Tag::Str => text::format_str(value, spec, "str"),
        Tag::Int | Tag::BigInt => integer::format_int(value, spec, "int"),
        Tag::Bool => integer::format_int(value, spec, "bool"),
        Tag::Float => float::format_float(value.as_float()?, spec, "float"),
        Tag::Complex => complex::format_complex(value.complex_like()?, spec, "complex"),
        _ => return None,
    })
}

/// `str(value)` of exact kinds for which it cannot fail: str, machine int, bool, float, complex,
/// None.
#[inline]
pub fn simple_str(value: &Value) -> Option<Value> {
    Some(match value.tag() {
        Tag::Str => value.clone(),
        Tag::Int => integer::decimal_text(value.as_int()?),
        Tag::Bool => Value::str(if value.as_bool()? { "True" } else { "False" }),
        Tag::Float => Value::str(float::Repr::new(value.as_float()?).as_str()),
        Tag::None => Value::str("None"),
        Tag::Complex => Value::str(&complex::repr(value.complex_like()?)),
        _ => return None,
    })
}
