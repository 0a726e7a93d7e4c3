//! Compiled code as pure data: no values, no pointers into a heap.

use super::archive::Archived;
use super::op::{Extra, Op, Word};
use super::verify::verify;
use apy_grammar::{SourceFile, Span};
use num_bigint::BigInt;
use std::cell::OnceCell;
use std::rc::Rc;

/// An index into [`Code::constants`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConstIndex(pub u32);

/// A constant of the code.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    /// Does not fit an `i64`.
    BigInt(Rc<BigInt>),
    Float(f64),
    Complex(f64, f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Rc<[Const]>),
    FrozenSet(Rc<[Const]>),
}

/// What a code was compiled from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeKind {
    Module,
    /// What `exec`, `eval` and `compile` make: statements or an expression, whose names live in
    /// the namespace that a run has in register 0.
    Dynamic,
    Class,
    Function,
    Lambda,
    GeneratorExpression,
}

/// How a call of the code behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// Runs to its return.
    Plain,
    /// A call makes a generator.
    Generator,
    /// A call makes a coroutine.
    Coroutine,
    /// A call makes an async generator.
    AsyncGenerator,
}

/// The parameters, in the order of their registers: positional, keyword-only, `*args`,
/// `**kwargs`; the first parameter is register 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterSpec {
    pub names: Vec<Rc<str>>,
    /// How many of the positional parameters are positional-only.
    pub positional_only: u32,
    /// Positional parameters, the positional-only ones included.
    pub positional: u32,
    pub keyword_only: u32,
    pub has_varargs: bool,
    pub has_varkeywords: bool,
}

impl ParameterSpec {
    /// Of code that is given the namespace it fills.
    pub fn namespace() -> ParameterSpec {
        ParameterSpec { names: vec![".namespace".into()], positional: 1, ..ParameterSpec::default() }
    }

    /// Number of registers that parameters take.
    pub fn count(&self) -> usize {
        self.names.len()
    }
}

/// Where a code keeps a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableSlot {
    Register(u8),
    /// In this slot of the list in the register [`Code::spill`].
    Spill(u32),
}

/// A variable of a comprehension, which exists only while that runs.
#[derive(Debug, Clone)]
pub struct InlinedName {
    pub name: Rc<str>,
    pub register: u8,
    /// The register holds a cell.
    pub is_cell: bool,
    /// First word of the comprehension.
    pub start: u32,
    /// Word after its last.
    pub end: u32,
}

/// A function or class body nested in this code.
#[derive(Debug, Clone)]
pub struct Child {
    code: LazyCode,
    /// For each of the child's [`Code::free_names`]: where in *this* code the cell is.
    pub captures: Vec<VariableSlot>,
}

impl Child {
    pub fn new(code: LazyCode, captures: Vec<VariableSlot>) -> Child {
        Child { code, captures }
    }

    /// The code, read from its archive if it lies in one.
    ///
    /// # Panics
    /// If what is read is not fit to run.
    pub fn code(&self) -> &Rc<Code> {
        self.code.known.get_or_init(|| {
            let archived = self.code.archived.as_ref().expect("a code is known or archived");
            let code = archived.read();
            assert_eq!(code.free_names.len(), self.captures.len(), "internal error: captures of {code:?}");
            match verify(code) {
                Ok(code) => Rc::clone(code.code()),
                Err(error) => panic!("{error}"),
            }
        })
    }

    /// The code, if it need not be read first.
    pub fn known_code(&self) -> Option<&Rc<Code>> {
        self.code.known.get()
    }
}

/// A code that may lie in an archive yet.
#[derive(Debug, Clone)]
pub struct LazyCode {
    known: OnceCell<Rc<Code>>,
    archived: Option<Archived>,
}

impl LazyCode {
    /// A code that lies in an archive.
    pub fn archived(archived: Archived) -> LazyCode {
        LazyCode { known: OnceCell::new(), archived: Some(archived) }
    }
}

impl From<Code> for LazyCode {
    fn from(code: Code) -> LazyCode {
        LazyCode { known: OnceCell::from(Rc::new(code)), archived: None }
    }
}

/// A range of instructions whose exceptions are handled at `handler`. Where ranges nest, the
/// innermost stands first in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExceptionEntry {
    /// First word covered.
    pub start: u32,
    /// Word after the last covered.
    pub end: u32,
    /// Where execution goes on.
    pub handler: u32,
    /// Receives the exception; the registers above it are emptied first.
    pub register: u8,
}

/// A unit of compiled code: a module, class body, function, lambda or generator expression.
#[derive(Debug, Clone)]
pub struct Code {
    pub name: Rc<str>,
    pub qualname: Rc<str>,
    pub kind: CodeKind,
    pub flavor: Flavor,
    pub source: Rc<SourceFile>,
    /// Line of `def`, `class`, `lambda` (of the first decorator where there is one, as
    /// `co_firstlineno`); 1 for a module.
    pub first_line: u32,
    pub parameters: ParameterSpec,
    /// The code uses registers `0..register_count`. Parameters come first, then one register
    /// for the cell of each free name, then other locals, then temporaries. Where there are more
    /// of the first two than instructions can name, the code begins by moving the last of them
    /// into the spill list.
    pub register_count: u16,
    /// Names of enclosing functions' variables that the code uses.
    pub free_names: Vec<Rc<str>>,
    /// Locals (parameters included) that nested functions use: their register holds a cell.
    pub cell_names: Vec<Rc<str>>,
    /// Where each named variable is, parameters and cells included; for `locals()`, tracebacks
    /// and messages.
    pub local_names: Vec<(Rc<str>, VariableSlot)>,
    /// Variables of comprehensions that are part of this code.
    pub inlined_names: Vec<InlinedName>,
    /// The register of the list of variables that found no register.
    pub spill: Option<u8>,
    /// Annotations are kept as text: `from __future__ import annotations`.
    pub future_annotations: bool,
    /// The text it comes from reads `f_locals`.
    pub reads_locals: bool,
    /// The docstring.
    pub doc: Option<Rc<str>>,
    pub words: Vec<u32>,
    pub constants: Vec<Const>,
    /// The name (a `Const::Str`) of each inline cache.
    pub caches: Vec<ConstIndex>,
    pub children: Vec<Child>,
    pub exceptions: Vec<ExceptionEntry>,
    /// For each word the source it was compiled from; what tracebacks underline.
    pub spans: Vec<Span>,
}

impl Code {
    /// Whether register windows of calls cannot overlap this code's registers, because they
    /// lie in a heap object.
    pub fn is_suspendable(&self) -> bool {
        self.flavor != Flavor::Plain
    }

    /// The names of globals, attributes and modules that the code uses, in the order in which they
    /// first occur.
    pub fn used_names(&self) -> Vec<&Rc<str>> {
        let mut names: Vec<&Rc<str>> = Vec::new();
        let mut at = 0;
        while let Some(word) = self.words.get(at).and_then(|&word| Word::decode(word)) {
            let extra = |index: usize| self.words[at + 1 + index];
            let name = match word.op {
                Op::StoreName | Op::DeleteName | Op::LoadNameOrCell | Op::ImportName | Op::ImportFrom => {
                    Some(ConstIndex(extra(0)))
                }
                Op::DeleteGlobal => Some(ConstIndex(u32::from(word.b) | u32::from(word.c) << 8)),
                op => {
                    let cache = op.info().extra.iter().position(|&extra| extra == Extra::Cache);
                    cache.map(|index| self.caches[extra(index) as usize])
                }
            };
            if let Some(name) = name.map(|index| self.name_at(index))
                && !names.contains(&name)
            {
                names.push(name);
            }
            at += word.op.length();
        }
        names
    }

    /// The string constant at `index`.
    ///
    /// # Panics
    /// If the constant is not a string, which the verifier excludes for names.
    pub fn name_at(&self, index: ConstIndex) -> &Rc<str> {
        match &self.constants[index.0 as usize] {
            Const::Str(name) => name,
            other => panic!("internal error: constant {index:?} is no name: {other:?}"),
        }
    }
}
