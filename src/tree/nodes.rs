//! The classes of nodes as values, and instances of them.

use crate::object::nodes::definition;
use crate::object::string::intern;
use crate::object::{Interpreter, Raised, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// What stands at the top of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Module,
    Interactive,
    Expression,
    /// `(int, str) -> bool`, of a type comment.
    FunctionType,
}

impl Root {
    /// The name of its class.
    pub fn name(self) -> &'static str {
        match self {
            Root::Module => "Module",
            Root::Interactive => "Interactive",
            Root::Expression => "Expression",
            Root::FunctionType => "FunctionType",
        }
    }
}

/// A class with the names of its fields.
pub(super) struct NodeClass {
    pub class: Value,
    pub fields: Vec<Value>,
    /// The one instance, of a class without fields that is no statement.
    pub instance: Value,
}

/// All classes, in the order of the definition.
pub(super) struct Classes {
    /// `ast.AST`.
    pub base: Value,
    pub all: Vec<NodeClass>,
    /// `lineno` and so on.
    pub places: [Value; 4],
}

thread_local! {
    static KNOWN: RefCell<Option<Rc<Classes>>> = const { RefCell::new(None) };
}

impl Classes {
    /// The classes that the script of `_ast` makes.
    pub fn get(interp: &mut dyn Interpreter) -> Result<Rc<Classes>, Raised> {
        if let Some(known) = KNOWN.with_borrow(Clone::clone) {
            return Ok(known);
        }
        let module = interp.import("_ast")?;
        let base = interp.attribute(&module, "AST")?;
        let mut all = Vec::new();
        for constructor in &definition().constructors {
            let class = interp.attribute(&module, constructor.name)?;
            let is_plain =
                constructor.fields.is_empty() && definition().types[constructor.of].attributes.is_empty();
            let instance = if is_plain { Value::instance(class.clone(), None) } else { Value::NONE };
            let fields = constructor.fields.iter().map(|field| intern(field.name)).collect();
            all.push(NodeClass { class, fields, instance });
        }
        let places = ["lineno", "col_offset", "end_lineno", "end_col_offset"].map(intern);
        let classes = Rc::new(Classes { base, all, places });
        KNOWN.set(Some(Rc::clone(&classes)));
        Ok(classes)
    }

    /// The class `name`, which the definition has.
    pub fn named(&self, name: &str) -> &NodeClass {
        let index = definition().find(name).expect("only names of the definition are asked for");
        &self.all[index]
    }

    /// An instance of the class `name` with these fields.
    pub fn instance(&self, name: &str, fields: impl IntoIterator<Item = Value>) -> Value {
        let class = self.named(name);
        let node = Value::instance(class.class.clone(), None);
        let object = node.as_instance().expect("an instance was made");
        for (field, value) in class.fields.iter().zip(fields) {
            object.set_own_attribute(field, value);
        }
        node
    }
}
