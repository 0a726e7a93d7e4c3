//! `cell`: variables that nested functions share.

use super::support::{items, wrong_self};
use crate::object::cell::CellObject;
use crate::object::interpreter::{Comparison, Interpreter};
use crate::object::spec::{GetterRow, native, property};
use crate::object::{Completion, CoreType, NativeRow, Raised, TypeSpec, Value};

pub static CELL: TypeSpec = TypeSpec {
    name: "cell",
    signature: "([contents])",
    doc: "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n    and \n further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    core: Some(CoreType::Cell),
    methods: METHODS,
    getters: GETTERS,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__ne__", "value, /", |i, args| compare(i, args, Comparison::Ne, "__ne__"), "Return self!=value."),
    native("__lt__", "value, /", less, "Return self<value."),
    native("__le__", "value, /", |i, args| compare(i, args, Comparison::Le, "__le__"), "Return self<=value."),
    native("__gt__", "value, /", |i, args| compare(i, args, Comparison::Gt, "__gt__"), "Return self>value."),
    native("__ge__", "value, /", |i, args| compare(i, args, Comparison::Ge, "__ge__"), "Return self>=value."),
];

static GETTERS: &[GetterRow] = &[property("cell_contents", contents, set_contents, "")];

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v CellObject, Raised> {
    value.as_cell().ok_or_else(|| wrong_self(interp, name, "cell", value))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match items(&args[1]) {
        [] => Ok(Value::cell(Value::UNBOUND)),
        [content] => Ok(Value::cell(content.clone())),
        more => {
            let count = more.len();
            Err(interp.type_error(&format!("cell expected at most 1 argument, got {count}")))
        }
    }
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let content = this(interp, &args[0], "__repr__")?.get();
    let address = args[0].address_text();
    let text = match content.given() {
        None => format!("<cell at {address}: empty>"),
        Some(content) => {
            let class = interp.type_name(content);
            format!("<cell at {address}: {class} object at {}>", content.address_text())
        }
    };
    Ok(Value::str(&text))
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison, name: &str) -> Completion {
    let left = this(interp, &args[0], name)?.get();
    let Some(right) = args[1].as_cell().map(CellObject::get) else { return Ok(Value::NOT_IMPLEMENTED) };
    match (left.given(), right.given()) {
        (Some(left), Some(right)) => interp.compare(op, left, right),
        // An empty cell comes before all others.
        (left, right) => Ok(Value::bool(op.holds(left.is_some().cmp(&right.is_some())))),
    }
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    compare(interp, args, Comparison::Eq, "__eq__")
}

fn less(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    compare(interp, args, Comparison::Lt, "__lt__")
}

fn contents(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let content = this(interp, object, "cell_contents")?.get();
    match content.given() {
        Some(content) => Ok(content.clone()),
        None => Err(interp.value_error("Cell is empty")),
    }
}

fn set_contents(interp: &mut dyn Interpreter, object: &Value, value: &Value) -> Result<(), Raised> {
    drop(this(interp, object, "cell_contents")?.set(value.clone()));
    Ok(())
}
