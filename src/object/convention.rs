//! How a native function takes its arguments in CPython: what words its complaints.
//!
//! CPython has several argument parsers, and each words its errors in its own way. Which of them a
//! function uses can mostly be told from its parameters; where it cannot, the row says.

/// Which of CPython's argument parsers a native stands for.
#[derive(Debug, Clone, Copy)]
pub enum Convention {
    /// To be told from the row's name and parameters: one of the first five below, `Keywords`.
    Auto,
    /// A slot of the class, seen through its wrapper: `expected 1 argument, got 2`.
    Slot,
    /// `f() takes no arguments (1 given)`.
    NoArguments,
    /// `f() takes exactly one argument (2 given)`.
    One,
    /// Positional arguments, counted: `f expected at most 2 arguments, got 3`.
    Unpack,
    /// The same; keywords are refused by the bare name: `f() takes no keyword arguments`, where
    /// the others say `module.f()`.
    UnpackTuple,
    /// As `Unpack`, under the name of the object's own class.
    UnpackOfClass,
    /// Positional arguments, read by a format: `f() takes at most 2 arguments (3 given)`.
    Format,
    /// Keywords too: `f() missing required argument 'x' (pos 1)`.
    Keywords,
    /// `Unpack` without keywords, else `Keywords`: classes with a fast constructor.
    Fast,
    /// A function written in Python: `f() missing 1 required positional argument: 'x'`.
    Script,
    /// A function that words its errors itself, if it says anything of the number of positional
    /// arguments and the names of the others.
    Own(fn(usize, &[&str]) -> Option<String>),
}

/// Modules, and packages of them, that CPython has in Python.
const SCRIPTS: &[&str] = &[
    "asyncio",
    "collections.abc",
    "concurrent",
    "contextlib",
    "copy",
    "dataclasses",
    "json",
    "queue",
    "random",
    "string",
    "threading",
    "traceback",
];

/// Whether CPython has the module in Python, so that calls of its functions go wrong as those of
/// scripts.
pub fn is_script_module(module: &str) -> bool {
    SCRIPTS
        .iter()
        .any(|known| module.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Classes that CPython has in C and apy in a script: errors name them with their module.
const NATIVE_CLASSES: &[(&str, &str)] = &[
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "time"),
    ("datetime", "timedelta"),
    ("datetime", "timezone"),
    ("datetime", "tzinfo"),
    ("decimal", "Context"),
    ("decimal", "Decimal"),
    ("types", "SimpleNamespace"),
    ("typing", "Generic"),
    ("typing", "ParamSpec"),
    ("typing", "ParamSpecArgs"),
    ("typing", "ParamSpecKwargs"),
    ("typing", "TypeAliasType"),
    ("typing", "TypeVar"),
    ("typing", "TypeVarTuple"),
];

/// Whether a class made by a script stands for one that CPython has in C.
pub fn is_native_class(module: &str, name: &str) -> bool {
    NATIVE_CLASSES.contains(&(module, name))
}

/// Modules whose functions in C lie in a module of their own, with an underscore before its name.
const ACCELERATED: &[&str] =
    &["bisect", "collections", "functools", "heapq", "io", "operator", "struct", "weakref"];

/// The name by which errors call the module of a function in C; None for builtins.
pub fn error_module(module: &str) -> Option<String> {
    match module {
        "builtins" => None,
        _ if ACCELERATED.contains(&module) || is_script_module(module) => Some(format!("_{module}")),
        _ => Some(module.to_owned()),
    }
}

/// The special methods that CPython makes of the slots of a class.
const SLOTS: &[&str] = &[
    "__abs__",
    "__add__",
    "__aiter__",
    "__and__",
    "__anext__",
    "__await__",
    "__bool__",
    "__call__",
    "__contains__",
    "__del__",
    "__delattr__",
    "__delete__",
    "__delitem__",
    "__divmod__",
    "__eq__",
    "__float__",
    "__floordiv__",
    "__ge__",
    "__get__",
    "__getattribute__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__iadd__",
    "__iand__",
    "__ifloordiv__",
    "__ilshift__",
    "__imatmul__",
    "__imod__",
    "__imul__",
    "__index__",
    "__init__",
    "__int__",
    "__invert__",
    "__ior__",
    "__ipow__",
    "__irshift__",
    "__isub__",
    "__iter__",
    "__itruediv__",
    "__ixor__",
    "__le__",
    "__len__",
    "__lshift__",
    "__lt__",
    "__matmul__",
    "__mod__",
    "__mul__",
    "__ne__",
    "__neg__",
    "__next__",
    "__or__",
    "__pos__",
    "__pow__",
    "__radd__",
    "__rand__",
    "__rdivmod__",
    "__repr__",
    "__rfloordiv__",
    "__rlshift__",
    "__rmatmul__",
    "__rmod__",
    "__rmul__",
    "__ror__",
    "__rpow__",
    "__rrshift__",
    "__rshift__",
    "__rsub__",
    "__rtruediv__",
    "__rxor__",
    "__set__",
    "__setattr__",
    "__setitem__",
    "__str__",
    "__sub__",
    "__truediv__",
    "__xor__",
];

/// Slots of these classes that a plain method hides.
const HIDDEN: &[(&str, &str)] = &[
    ("dict", "__contains__"),
    ("dict", "__getitem__"),
    ("frozenset", "__contains__"),
    ("list", "__getitem__"),
    ("set", "__contains__"),
];

/// Whether `owner.name` stands for a slot of the class rather than for a method.
pub fn is_slot(owner: &str, name: &str) -> bool {
    name.starts_with("__") && SLOTS.binary_search(&name).is_ok() && !HIDDEN.contains(&(owner, name))
}

/// Whether the wrapper of the slot `owner.name` unpacks its arguments under an empty name, which
/// shows in its errors.
pub fn is_unpacked_slot(owner: &str, name: &str) -> bool {
    match name {
        "__setitem__" | "__setattr__" | "__set__" => true,
        "__mul__" | "__rmul__" | "__imul__" => SEQUENCES.contains(&owner),
        _ => false,
    }
}

/// Classes that repeat themselves when multiplied.
const SEQUENCES: &[&str] = &["bytearray", "bytes", "deque", "list", "str", "tuple"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_are_sorted() {
        assert!(SLOTS.is_sorted());
        assert!(is_slot("int", "__xor__") && !is_slot("dict", "__getitem__") && !is_slot("int", "__round__"));
    }
}
