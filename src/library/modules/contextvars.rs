//! The module `contextvars`.

use crate::event_loop::context;
use crate::event_loop::context_rows::{CONTEXT, TOKEN, VARIABLE, missing};
use crate::object::spec::{ModuleSpec, NativeRow, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value};

/// The module `contextvars`.
pub static CONTEXTVARS: ModuleSpec = ModuleSpec {
    name: "contextvars",
    doc: "Variables whose values depend on the context: each task has its own.",
    functions: &FUNCTIONS,
    types: &[&CONTEXT, &TOKEN, &VARIABLE],
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: [NativeRow; 1] =
    [native("copy_context", "", copy_context, "A copy of the current context.")];

fn copy_context(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(context::to_object(context::copy_current()))
}

/// `Token.MISSING` is an attribute of the class.
fn setup(interp: &mut dyn Interpreter, _: &Value) -> Result<(), Raised> {
    let token = interp.type_of_spec(&TOKEN);
    if let Some(class) = token.as_type() {
        class.own_dict().set_str_value(&intern("MISSING"), missing());
        class.changed();
    }
    Ok(())
}
