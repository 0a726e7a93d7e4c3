//! The error for a method that is called on an object of a wrong class: `list.append(5, 1)`.

use crate::object::{Interpreter, Raised, Value};

/// Special methods that CPython defines as plain methods, per class.
const PLAIN: &[(&str, &str)] = &[
    ("list", "__getitem__"),
    ("dict", "__getitem__"),
    ("dict", "__contains__"),
    ("set", "__contains__"),
    ("frozenset", "__contains__"),
];
/// Special methods without a slot: plain methods in every class.
const WITHOUT_SLOT: &[&str] = &[
    "__ceil__",
    "__complex__",
    "__floor__",
    "__getformat__",
    "__reversed__",
    "__round__",
    "__sizeof__",
    "__trunc__",
    "__reduce__",
    "__reduce_ex__",
    "__format__",
    "__length_hint__",
    "__getnewargs__",
    "__copy__",
    "__deepcopy__",
    "__enter__",
    "__exit__",
    "__missing__",
];

/// The TypeError for `class.method` called on `value`.
#[cold]
pub fn wrong_receiver(interp: &mut dyn Interpreter, class: &str, method: &str, value: &Value) -> Raised {
    let name = interp.type_name(value);
    let is_slot =
        method.starts_with("__") && !WITHOUT_SLOT.contains(&method) && !PLAIN.contains(&(class, method));
    interp.type_error(&if is_slot {
        format!("descriptor '{method}' requires a '{class}' object but received a '{name}'")
    } else {
        format!("descriptor '{method}' for '{class}' objects doesn't apply to a '{name}' object")
    })
}
