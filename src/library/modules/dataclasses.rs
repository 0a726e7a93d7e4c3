//! `dataclasses`: written in apy but for the compiling of methods and the guard of their reprs.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, NativeRow, Value};
use std::cell::RefCell;

pub static DATACLASSES: ModuleSpec = ModuleSpec {
    name: "dataclasses",
    doc: "",
    functions: FUNCTIONS,
    script: script!("dataclasses.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_run", "text, globals, /", run, "Compile a text that defines `__create_fn__`; that function."),
    native("_enter_repr", "obj, /", enter_repr, "Whether the repr of an object is being made already."),
    native("_leave_repr", "obj, /", leave_repr, "The repr of an object is made."),
];

thread_local! {
    /// Addresses of the objects whose repr is being made.
    static IN_REPR: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

fn run(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = interp.expect_str(&args[0], |class| format!("text must be str, not {class}"))?.to_owned();
    let globals = args[1].clone();
    interp.run_text("<string>", &text, &globals)?;
    let name = intern("__create_fn__");
    let made = globals.dict_like().and_then(|globals| globals.remove_str(&name));
    match made {
        Some(made) => Ok(made),
        None => Err(interp.runtime_error("the methods of a dataclass were not made")),
    }
}

fn enter_repr(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let address = args[0].address();
    IN_REPR.with_borrow_mut(|all| {
        let is_in = all.contains(&address);
        if !is_in {
            all.push(address);
        }
        Ok(Value::bool(is_in))
    })
}

fn leave_repr(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let address = args[0].address();
    IN_REPR.with_borrow_mut(|all| all.retain(|&other| other != address));
    Ok(Value::NONE)
}
