//! Linking: constants of compiled code as values, so that it can run with given globals.

use super::Vm;
use crate::bytecode::Const;
use crate::bytecode::verify::Verified;
use crate::object::code::CodeObject;
use crate::object::set::SetObject;
use crate::object::string::intern;
use crate::object::{Raised, Value};

impl Vm {
    /// A code object that runs `code` with `globals`, whose `__builtins__` it sees.
    pub fn link(&mut self, code: Verified, globals: &Value) -> Value {
        let constants = code.constants.iter().map(|constant| self.constant(constant)).collect();
        self.keeps_locals |= code.reads_locals;
        let builtins = self.builtins_of(globals);
        Value::code(CodeObject::new(code, constants, globals.clone(), builtins))
    }

    /// The namespace of builtins that code with these globals sees: what their `__builtins__`
    /// is, the usual one if there is none.
    fn builtins_of(&self, globals: &Value) -> Value {
        let own = globals.dict_like().and_then(|globals| globals.get_str("__builtins__"));
        match own {
            Some(own) => match own.as_module() {
                Some(module) => module.dict.borrow().clone(),
                None => own,
            },
            None => self.builtins.clone(),
        }
    }

    fn constant(&mut self, constant: &Const) -> Value {
        match constant {
            Const::None => Value::NONE,
            Const::True => Value::TRUE,
            Const::False => Value::FALSE,
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Int(value) => Value::int(*value),
            Const::BigInt(value) => Value::big_int((**value).clone()),
            Const::Float(value) => Value::float(*value),
            Const::Complex(real, imag) => Value::complex(*real, *imag),
            Const::Str(text) if is_name(text) => intern(text),
            Const::Str(text) => Value::str(text),
            Const::Bytes(data) => Value::bytes(&data[..]),
            Const::Tuple(items) => {
                Value::tuple(
                    items
                        .iter()
                        .map(|item| match item {
                            // Keyword names are compared with parameters often.
                            Const::Str(text) if is_name(text) => intern(text),
                            item => self.constant(item),
                        })
                        .collect(),
                )
            }
            Const::FrozenSet(items) => {
                let set = SetObject::new(true);
                for item in items.iter() {
                    let item = self.constant(item);
                    set.add(self, &item).expect("constants are hashable and compare without scripts");
                }
                Value::set(set)
            }
        }
    }

    /// Child `index` of `parent`, linked to the same globals; linked once.
    pub(super) fn linked_child(&mut self, parent: &CodeObject, index: usize) -> Value {
        if let Some(known) = parent.children.borrow()[index].given() {
            return known.clone();
        }
        let code = parent.code.child(index).expect("verified code names existing children");
        let constants = code.constants.iter().map(|constant| self.constant(constant)).collect();
        let (globals, builtins) = (parent.globals.clone(), parent.builtins.clone());
        let linked = Value::code(CodeObject::new(code, constants, globals, builtins));
        parent.children.borrow_mut()[index] = linked.clone();
        linked
    }

    /// Run the code of a module or a REPL input with `globals`.
    pub fn run_module_code(&mut self, code: Verified, globals: &Value) -> Result<Value, Raised> {
        let code = self.link(code, globals);
        self.run_with_namespace(&code, None)
    }
}

impl Vm {
    /// A code object that can be run with these globals.
    pub fn code_object(&mut self, code: Verified, globals: &Value) -> Value {
        self.link(code, globals)
    }

    /// A function without defaults and variables of others that runs `code`.
    pub fn plain_function(&mut self, code: &Value) -> Value {
        self.function_of_code(code, Box::default())
    }
}

/// Whether a text could be an identifier: those are interned.
fn is_name(text: &str) -> bool {
    text.len() < 64 && !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
