//! `typing`: written in apy but for the evaluation of references.

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, NativeRow, Value};

pub static TYPING: ModuleSpec = ModuleSpec {
    name: "typing",
    doc: "The typing module: Support for gradual typing as defined by PEP 484 and subsequent PEPs.",
    functions: FUNCTIONS,
    script: script!("typing.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] =
    &[native("_evaluate", "text, namespace, /", evaluate, "The value of an annotation given as text.")];

fn evaluate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let text = interp.expect_str(&args[0], |class| format!("annotation must be str, not {class}"))?;
    let namespace = args[1].clone();
    let code = format!("__annotation__ = ({text})");
    interp.run_text("<string>", &code, &namespace)?;
    interp.get_item(&namespace, &Value::str("__annotation__"))
}
