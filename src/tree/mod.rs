//! The grammar's tree as objects of the module `ast`, and back. Of the classes it knows what
//! `object::nodes` defines; it neither parses nor compiles.

mod build;
mod build_expr;
mod nodes;
mod read;
mod read_expr;
mod read_pattern;
mod read_stmt;

pub use nodes::Root;

use crate::object::{Completion, Interpreter, Raised, Value};
use apy_grammar::SourceFile;
use apy_grammar::ast::Module;
use std::rc::Rc;

/// The object for a tree that was parsed from `source` without errors.
pub fn to_object(
    interp: &mut dyn Interpreter,
    module: &Module,
    source: &SourceFile,
    root: Root,
) -> Completion {
    let classes = nodes::Classes::get(interp)?;
    Ok(build::Builder::new(source, &classes).root(module, root))
}

/// A tree that a script has made, with a source that has its places but not necessarily its text.
pub struct Tree {
    pub module: Module,
    pub source: Rc<SourceFile>,
}

/// The tree that `object` is, for code under the name `file`. Errors are those that CPython has
/// for trees that cannot be.
pub fn from_object(
    interp: &mut dyn Interpreter,
    object: &Value,
    root: Root,
    file: &str,
) -> Result<Tree, Raised> {
    let classes = nodes::Classes::get(interp)?;
    read::tree(interp, &classes, object, root, file)
}

/// Check that `object` may be given where a `root` is wanted.
pub fn expect_root(interp: &mut dyn Interpreter, object: &Value, root: Root) -> Result<(), Raised> {
    let classes = nodes::Classes::get(interp)?;
    read::expect_root(interp, &classes, object, root)
}

/// Whether `object` is a node.
pub fn is_node(interp: &mut dyn Interpreter, object: &Value) -> Result<bool, Raised> {
    // Without the module there are no nodes.
    let known = interp.modules().dict_like().is_some_and(|modules| modules.get_str("_ast").is_some());
    if !known {
        return Ok(false);
    }
    let classes = nodes::Classes::get(interp)?;
    let base = classes.base.clone();
    interp.is_instance(object, &base)
}
