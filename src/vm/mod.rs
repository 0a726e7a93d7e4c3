//! The machine: runs code, calls, unwinds, resumes. Implements
//! [`Interpreter`](crate::object::Interpreter) for natives; knows no module of the library.
//!
//! `run` is the one loop; everything that a loop turn may need and that is longer than a few
//! lines stands in `ops/`, out of line.

mod awaitable;
mod awaited;
mod bind;
mod bind_errors;
mod call;
mod call_native;
mod construct;
mod delegate;
mod fiber;
mod finalize;
mod finders;
mod frames;
mod generator;
mod import;
mod interpreter;
mod link;
mod ops;
mod registers;
mod run;
mod step;
mod text;
mod trace;
mod types;
mod unraisable;
mod unwind;
mod watch;

use crate::bytecode::verify::Verified;
use crate::object::dict::DictObject;
use crate::object::generator::Generator;
use crate::object::interpreter::{Interpreter, TextRequest};
use crate::object::spec::{Catalog, ModuleSpec};
use crate::object::string::intern;
use crate::object::{CoreType, Raised, Resumed, Value};
use apy_grammar::{SourceFile, Span};
use registers::{Cursor, Records, Stack};
use std::collections::HashMap;
use std::path::PathBuf;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// CPython's default.
const RECURSION_LIMIT: usize = 1000;
/// How deeply natives and `run` may nest on the native stack.
const NATIVE_DEPTH: usize = 2000;
/// The same for machines to be made.
static NATIVE_LIMIT: AtomicUsize = AtomicUsize::new(NATIVE_DEPTH);

/// Machines to be made run on a native stack of `size` bytes where `usual` is enough for the usual depth.
pub fn use_stack(size: usize, usual: usize) {
    NATIVE_LIMIT.store(NATIVE_DEPTH * size / usual, Ordering::Relaxed);
}

/// Finds and compiles the text of modules for `import`; lives in `session`, which knows the
/// compiler.
pub trait Loader {
    /// The compiled text with its warnings, or what is wrong with it.
    fn compile(
        &mut self,
        source: &Rc<SourceFile>,
        request: TextRequest,
    ) -> Result<(Verified, Vec<SyntaxFault>), SyntaxFault>;

    /// How trees are made of texts, and code of trees.
    fn trees(&self) -> TreeTools;

    /// The text of the module `name` (its last component) in one of `folders`, and whether it
    /// is a package.
    fn find(&mut self, name: &str, folders: &[PathBuf]) -> Result<Option<FoundModule>, String>;

    /// Where the module `name` (its last component) is, without reading it.
    fn locate(&self, name: &str, folders: &[PathBuf]) -> Option<PathBuf>;

    /// Folders called `name` in `folders`: what a package without code of its own consists of.
    fn namespace(&self, name: &str, folders: &[PathBuf]) -> Vec<PathBuf> {
        folders.iter().map(|folder| folder.join(name)).filter(|path| path.is_dir()).collect()
    }
}

/// What was made with its warnings, or what is wrong.
pub type Compiled<T> = Result<(T, Vec<SyntaxFault>), SyntaxFault>;

/// Functions for the nodes of the module `ast`: they may run scripts, so they are called while
/// nothing is borrowed.
#[derive(Clone, Copy)]
pub struct TreeTools {
    /// The tree of a text.
    pub parse: ParseTree,
    pub is_node: fn(&mut dyn Interpreter, &Value) -> Result<bool, Raised>,
    /// The code of a tree under a file's name, with the source that has its places.
    pub compile: CompileTree,
}

type ParseTree = fn(&mut dyn Interpreter, &Rc<SourceFile>, TextRequest) -> Result<Compiled<Value>, Raised>;

type CompileTree = fn(
    &mut dyn Interpreter,
    &Value,
    &str,
    TextRequest,
) -> Result<(Rc<SourceFile>, Compiled<Verified>), Raised>;

/// Why a text cannot be compiled, as a SyntaxError tells it.
pub struct SyntaxFault {
    /// `SyntaxError` or a subclass.
    pub class: CoreType,
    pub message: String,
    pub span: Span,
    /// What CPython's parser says of the place.
    pub exact: Option<Box<FaultPlace>>,
    pub phase: FaultPhase,
}

/// The attributes of a SyntaxError that tell where it is.
pub struct FaultPlace {
    pub line: i64,
    pub offset: i64,
    pub end_line: i64,
    pub end_offset: i64,
    /// What it quotes of the text.
    pub text: String,
}

/// In which phase of compiling CPython would find a fault: what its SyntaxError tells of the
/// place depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPhase {
    /// The text as a whole: no place is told.
    Text,
    Tokens,
    Grammar,
    Names,
    Code,
}

/// A module's text on disk.
pub struct FoundModule {
    pub path: PathBuf,
    pub text: String,
    pub is_package: bool,
}

/// How execution goes on after an instruction that may leave the frame.
pub(crate) enum Flow {
    Continue(Cursor),
    Exit(Resumed),
}

/// An interpreter: one per native thread.
pub struct Vm {
    records: Records,
    stack: Stack,
    /// While the frame that runs lies in a generator: the free part of the stack.
    top: *mut Value,
    /// Where the frame stood that called the running native.
    current: Cursor,
    /// The exception being handled by the running frame's generator, or by the plain frames
    /// below; unbound if none.
    handled: Value,
    /// While an exception is thrown into a chain of generators: the one that it has reached.
    thrown: Option<NonNull<Generator>>,
    native_depth: usize,
    /// Names of modules whose code is running for the first time.
    initializing: Vec<String>,
    /// Some code reads `f_locals`: tracebacks keep the local variables of their frames.
    keeps_locals: bool,
    /// Frames that have an object.
    watched: HashMap<watch::FrameKey, watch::Watch>,
    native_limit: usize,
    /// Of the fibers that trace; `None` if none does.
    tracers: Option<trace::Tracers>,
    /// Where the other loop is to go on (see [`trace`]).
    switched: Option<Cursor>,
    fibers: fiber::Fibers,
    /// Classes by [`CoreType`].
    core_types: Vec<Value>,
    /// Classes of other specs, by their index.
    spec_types: Vec<Value>,
    builtins: Value,
    modules: Value,
    catalog: &'static Catalog,
    native_modules: HashMap<&'static str, &'static ModuleSpec>,
    loader: Option<Box<dyn Loader>>,
    /// Folders searched by `import`: `sys.path`, a list.
    search_path: Value,
    names: Names,
    operator_names: Vec<ops::OperatorNames>,
    comparison_names: Vec<Value>,
}

macro_rules! names {
    ($($field:ident = $text:literal),+ $(,)?) => {
        /// Interned names the machine itself looks up.
        struct Names { $($field: Value),+ }

        impl Names {
            fn new() -> Names {
                Names { $($field: intern($text)),+ }
            }
        }
    };
}

names! {
    new = "__new__", init = "__init__", call = "__call__", getattribute = "__getattribute__", get = "__get__",
    getattr = "__getattr__", setattr = "__setattr__", delattr = "__delattr__",
    class = "__class__",
    iter = "__iter__", next = "__next__", len = "__len__", bool = "__bool__",
    hash = "__hash__", repr = "__repr__", str = "__str__", format = "__format__",
    contains = "__contains__", getitem = "__getitem__", setitem = "__setitem__",
    delitem = "__delitem__", class_getitem = "__class_getitem__",
    index = "__index__", enter = "__enter__", exit = "__exit__", aenter = "__aenter__",
    aexit = "__aexit__", await_ = "__await__", anext = "__anext__",
    send = "send", throw = "throw", close = "close", name = "__name__",
    module = "__module__", all = "__all__", annotations = "__annotations__",
    package = "__package__",
    path = "__path__", file = "__file__", instancecheck = "__instancecheck__",
    subclasscheck = "__subclasscheck__", del = "__del__",
}

impl Vm {
    /// A machine with the given library. `search_path` is where `import` looks for modules.
    pub fn new(catalog: &'static Catalog, search_path: Vec<String>, loader: Box<dyn Loader>) -> Vm {
        let stack = Stack::new();
        let search_path = search_path.iter().map(|folder| Value::str(folder)).collect();
        let mut vm = Vm {
            top: stack.bottom(),
            stack,
            records: Records::new(RECURSION_LIMIT),
            current: Cursor::NOWHERE,
            handled: Value::UNBOUND,
            thrown: None,
            native_depth: 0,
            initializing: Vec::new(),
            keeps_locals: false,
            watched: HashMap::new(),
            native_limit: NATIVE_LIMIT.load(Ordering::Relaxed),
            tracers: None,
            switched: None,
            fibers: fiber::Fibers::new(),
            core_types: Vec::new(),
            spec_types: Vec::new(),
            builtins: Value::dict(DictObject::new()),
            modules: Value::dict(DictObject::new()),
            catalog,
            native_modules: catalog
                .modules
                .iter()
                .copied()
                .flatten()
                .map(|spec| (spec.name, *spec))
                .collect(),
            loader: Some(loader),
            search_path: Value::list(search_path),
            names: Names::new(),
            operator_names: ops::OperatorNames::all(),
            comparison_names: ops::comparison_names(),
        };
        vm.install_types();
        vm.install_builtins();
        vm
    }

    /// `sys.path`.
    pub fn search_path(&self) -> &Value {
        &self.search_path
    }

    /// The free part of the stack above the frame that called the running native.
    fn free_top(&self) -> *mut Value {
        if self.current.is_nowhere() || self.current.code().frame.is_suspendable {
            self.top
        } else {
            self.current.frame_end()
        }
    }

    /// Enter a nested `run` or a deep native: RecursionError when the native stack is used up.
    fn enter_native(&mut self) -> Result<(), Raised> {
        if self.native_depth >= self.native_limit {
            return Err(self.recursion_error());
        }
        self.native_depth += 1;
        Ok(())
    }

    /// Whether one more nested `run` or native fits on the native stack.
    fn has_native_room(&self) -> bool {
        self.native_depth < self.native_limit
    }

    fn leave_native(&mut self) {
        self.native_depth -= 1;
    }
}
