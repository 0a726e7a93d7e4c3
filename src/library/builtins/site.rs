//! What CPython's module `site` adds to the builtins, for those who leave.

use crate::object::spec::native;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Value};

pub const FUNCTIONS: &[NativeRow] = &[
    native("exit", "code=None", leave, "Use exit() or Ctrl-D (i.e. EOF) to exit"),
    native("quit", "code=None", leave, "Use quit() or Ctrl-D (i.e. EOF) to exit"),
];

fn leave(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Err(interp.raise_args(CoreType::SystemExit, &args[..1]))
}
