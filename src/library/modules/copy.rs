//! The module `copy`: `scripts/copy.apy` and what it must ask the machine.

use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeRow, Value};

pub static COPY: ModuleSpec = ModuleSpec {
    name: "copy",
    doc: "Generic (shallow and deep) copying operations.",
    functions: FUNCTIONS,
    script: script!("copy.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] =
    &[native("_is_plain", "object, /", is_plain, "Whether its class was made by a script.")];

fn is_plain(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let instance = args[0].as_instance();
    Ok(Value::bool(instance.is_some_and(|instance| instance.with_class(|class| class.is_heap))))
}
