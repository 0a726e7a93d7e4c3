//! Trees for scripts: texts parsed to nodes of the module `ast`, and such nodes compiled.

use super::{check_text, fault_of, first_fault};
use crate::bytecode::verify::{Verified, verify};
use crate::compile;
use crate::object::interpreter::{TextKind, TextRequest};
use crate::object::{Interpreter, Raised, Value};
use crate::tree::{self, Root};
use crate::vm::{Compiled, TreeTools};
use apy_grammar::{Mode, Phase, SourceFile};
use std::rc::Rc;

/// For the machine.
pub const TOOLS: TreeTools = TreeTools { parse, is_node: tree::is_node, compile: compile_tree };

fn root(kind: TextKind) -> Root {
    match kind {
        TextKind::Module | TextKind::Exec => Root::Module,
        TextKind::Eval => Root::Expression,
        TextKind::Single => Root::Interactive,
        TextKind::FunctionType => Root::FunctionType,
    }
}

fn parse(
    interp: &mut dyn Interpreter,
    source: &Rc<SourceFile>,
    request: TextRequest,
) -> Result<Compiled<Value>, Raised> {
    if let Err(fault) = check_text(source) {
        return Ok(Err(fault));
    }
    let mode = match request.kind {
        TextKind::Module | TextKind::Exec => Mode::Module,
        TextKind::Single => Mode::Single,
        TextKind::Eval => Mode::Expression,
        TextKind::FunctionType => Mode::FunctionType,
    };
    let parsed = apy_grammar::parse(source, mode);
    // What the compiler would find is none of the parser's business.
    let found: Vec<_> = parsed.diagnostics.into_iter().filter(|found| found.phase < Phase::Scope).collect();
    if found.iter().any(|diagnostic| diagnostic.kind.is_error()) {
        return Ok(Err(first_fault(&found)));
    }
    let object = tree::to_object(interp, &parsed.module, source, root(request.kind))?;
    Ok(Ok((object, found.iter().map(fault_of).collect())))
}

fn compile_tree(
    interp: &mut dyn Interpreter,
    object: &Value,
    file: &str,
    request: TextRequest,
) -> Result<(Rc<SourceFile>, Compiled<Verified>), Raised> {
    let tree = tree::from_object(interp, object, root(request.kind), file)?;
    let options = compile::Options {
        mode: match request.kind {
            TextKind::Module | TextKind::Exec => compile::Mode::Module,
            TextKind::Eval | TextKind::FunctionType => compile::Mode::Expression,
            TextKind::Single => compile::Mode::Interactive,
        },
        dynamic: request.kind != TextKind::Module,
        future_annotations: request.future_annotations,
        may_await: false,
    };
    let mut found = apy_grammar::check_tree(&tree.module);
    let compiled = match compile::compile_with_warnings(&tree.module, &tree.source, options) {
        Ok(compile::Compiled { code, warnings }) => {
            found.extend(warnings);
            if found.iter().any(|diagnostic| diagnostic.kind.is_error()) {
                Err(first_fault(&found))
            } else {
                match verify(code) {
                    Ok(code) => Ok((code, found.iter().map(fault_of).collect())),
                    Err(error) => panic!("{error}"),
                }
            }
        }
        Err(more) => {
            found.extend(more);
            Err(first_fault(&found))
        }
    };
    Ok((tree.source, compiled))
}
