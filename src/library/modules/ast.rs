//! `_ast`: what the script that makes the classes of syntax trees must know.

use crate::object::nodes::{Count, Field, definition};
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, NativeRow, Value};

pub static AST: ModuleSpec = ModuleSpec {
    name: "_ast",
    doc: "Classes of syntax trees.",
    functions: FUNCTIONS,
    script: script!("_ast.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[native(
    "_definition",
    "",
    rows,
    "The types of nodes: name, constructors, attributes, whether it is a product.",
)];

fn rows(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let all = definition();
    let types = all.types.iter().enumerate().map(|(index, node_type)| {
        let own = all.constructors.iter().filter(|constructor| constructor.of == index);
        let own = own.map(|constructor| Value::pair(intern(constructor.name), fields(&constructor.fields)));
        let is_product = if node_type.is_product { Value::TRUE } else { Value::FALSE };
        let attributes = fields(&node_type.attributes);
        Value::tuple(vec![intern(node_type.name), Value::list(own.collect()), attributes, is_product])
    });
    Ok(Value::list(types.collect()))
}

/// Kind, name and mark of each field.
fn fields(fields: &[Field]) -> Value {
    let row = |field: &Field| {
        let mark = match field.count {
            Count::One => "",
            Count::Optional => "?",
            Count::Many => "*",
        };
        Value::tuple(vec![intern(field.kind), intern(field.name), intern(mark)])
    };
    Value::list(fields.iter().map(row).collect())
}
