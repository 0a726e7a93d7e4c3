//! The machine as natives see it. `vm` implements it; `library` and `event_loop` know nothing
//! else of the machine.

use super::core_type::CoreType;
use super::exception::field;
use super::fiber::{FiberBody, FiberId};
use super::frame::FrameObject;
use super::spec::{ModuleSpec, TypeSpec};
use super::value::{Completion, Raised, Tag, Value};
use crate::bytecode::Op;
use crate::bytecode::VariableSlot;
use apy_grammar::SourceFile;
use std::path::PathBuf;
use std::rc::Rc;

/// How a suspended frame is continued.
pub enum Resume {
    /// The value of the `yield` or `await` it waits at; None to start it.
    Send(Value),
    /// An exception raised where it waits.
    Throw(Raised),
}

/// How a frame stopped, unless it raised.
pub enum Resumed {
    /// It yielded, or waits for something that yields.
    Yielded(Value),
    /// It returned.
    Returned(Value),
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl Comparison {
    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        }
    }

    /// Whether an ordering satisfies it.
    pub const fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Lt => ordering.is_lt(),
            Comparison::Le => ordering.is_le(),
            Comparison::Eq => ordering.is_eq(),
            Comparison::Ne => ordering.is_ne(),
            Comparison::Gt => ordering.is_gt(),
            Comparison::Ge => ordering.is_ge(),
        }
    }
}

/// A place in running code.
#[derive(Debug, Clone)]
pub struct CodePlace {
    /// The code object.
    pub code: Value,
    /// Index of the word.
    pub word: u32,
}

impl CodePlace {
    /// The `word` that stands for the definition itself: a frame that has not started.
    pub const DEFINITION: u32 = u32::MAX;

    /// Line, from 1.
    pub fn line(&self) -> u32 {
        let Some(code) = self.code.as_code() else { return 0 };
        let code = &code.code;
        code.spans.get(self.word as usize).map_or(code.first_line, |span| code.source.line(span.start))
    }

    /// The name of the file.
    pub fn file(&self) -> Rc<str> {
        self.code.as_code().map_or_else(|| "".into(), |code| code.code.source.name().clone())
    }
}

/// What a text is compiled as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A module, whose names are globals.
    Module,
    /// Statements whose names live in a namespace given for each run.
    Exec,
    /// An expression, whose value the code returns.
    Eval,
    /// One statement of a prompt: values of expressions go to `sys.displayhook`.
    Single,
    /// The type comment of a function, for trees only.
    FunctionType,
}

/// How a text is compiled.
#[derive(Debug, Clone, Copy)]
pub struct TextRequest {
    pub kind: TextKind,
    /// As if it began with `from __future__ import annotations`.
    pub future_annotations: bool,
    /// A text that ends too early is the SyntaxError "incomplete input".
    pub is_typed: bool,
}

/// What natives may ask of the machine. Every method that can run script code can raise; none
/// may be called while a native holds a borrow of an object's content.
pub trait Interpreter {
    // ---- calls ----

    /// `callable(*args)`.
    fn call(&mut self, callable: &Value, args: &[Value]) -> Completion;

    /// `callable(*args, **keywords)`; keywords are (name, value) pairs.
    fn call_keywords(&mut self, callable: &Value, args: &[Value], keywords: &[(Value, Value)]) -> Completion;

    /// `type.__call__(class, *args, **keywords)`: make an instance by `__new__` and `__init__`
    /// without asking the metaclass for a `__call__` of its own.
    fn instantiate(&mut self, class: &Value, args: &[Value], keywords: &[(Value, Value)]) -> Completion;

    /// `receiver.name(*args)`, without making a bound method.
    fn call_method(&mut self, receiver: &Value, name: &str, args: &[Value]) -> Completion;

    /// The special method `name` (`"__len__"`) of the *class* of `receiver`, called; `None` if
    /// the class has none.
    fn call_special(&mut self, receiver: &Value, name: &str, args: &[Value])
    -> Result<Option<Value>, Raised>;

    /// Continue a generator, coroutine or async generator's frame.
    fn resume(&mut self, generator: &Value, how: Resume) -> Result<Resumed, Raised>;

    // ---- attributes ----

    /// `getattr(object, name)`; `name` is a string.
    fn get_attr(&mut self, object: &Value, name: &Value) -> Completion;

    /// As `get_attr`; `None` instead of AttributeError.
    fn find_attr(&mut self, object: &Value, name: &Value) -> Result<Option<Value>, Raised>;

    /// `setattr(object, name, value)`.
    fn set_attr(&mut self, object: &Value, name: &Value, value: &Value) -> Result<(), Raised>;

    /// `delattr(object, name)`.
    fn del_attr(&mut self, object: &Value, name: &Value) -> Result<(), Raised>;

    /// `object.__getattribute__(object, name)`, or for a class `type.__getattribute__`: what
    /// attribute access does where no `__getattribute__` or `__getattr__` is consulted.
    fn object_get_attr(&mut self, object: &Value, name: &Value) -> Completion;

    /// `object.__setattr__(object, name, value)`, or for a class `type.__setattr__`.
    fn object_set_attr(&mut self, object: &Value, name: &Value, value: &Value) -> Result<(), Raised>;

    /// `object.__delattr__(object, name)`, or for a class `type.__delattr__`.
    fn object_del_attr(&mut self, object: &Value, name: &Value) -> Result<(), Raised>;

    // ---- protocols ----

    /// `iter(object)`.
    fn iter(&mut self, object: &Value) -> Completion;

    /// `next(iterator)`; `None` when exhausted.
    fn next(&mut self, iterator: &Value) -> Result<Option<Value>, Raised>;

    /// `object[key]`.
    fn get_item(&mut self, object: &Value, key: &Value) -> Completion;

    /// `object[key] = value`.
    fn set_item(&mut self, object: &Value, key: &Value, value: &Value) -> Result<(), Raised>;

    /// `del object[key]`.
    fn del_item(&mut self, object: &Value, key: &Value) -> Result<(), Raised>;

    /// `len(object)`.
    fn length(&mut self, object: &Value) -> Result<usize, Raised>;

    /// `item in container`.
    fn contains(&mut self, container: &Value, item: &Value) -> Result<bool, Raised>;

    /// `left op right`; `op` is one of [`Op::Add`] to [`Op::BitXor`].
    fn binary(&mut self, op: Op, left: &Value, right: &Value) -> Completion;

    /// `left op= right`.
    fn inplace(&mut self, op: Op, left: &Value, right: &Value) -> Completion;

    /// `op value`; one of [`Op::Neg`], [`Op::Pos`], [`Op::Invert`].
    fn unary(&mut self, op: Op, value: &Value) -> Completion;

    /// `left op right`, as an object.
    fn compare(&mut self, op: Comparison, left: &Value, right: &Value) -> Completion;

    /// `bool(left op right)`.
    fn compare_bool(&mut self, op: Comparison, left: &Value, right: &Value) -> Result<bool, Raised>;

    /// `left is right or left == right`: equality as containers see it.
    fn equals(&mut self, left: &Value, right: &Value) -> Result<bool, Raised>;

    /// `hash(object)`.
    fn hash(&mut self, object: &Value) -> Result<i64, Raised>;

    /// `bool(object)`.
    fn truth(&mut self, object: &Value) -> Result<bool, Raised>;

    /// `repr(object)`, a string object.
    fn repr(&mut self, object: &Value) -> Completion;

    /// `str(object)`, a string object.
    fn to_str(&mut self, object: &Value) -> Completion;

    /// `format(object, spec)`, a string object.
    fn format(&mut self, object: &Value, spec: &str) -> Completion;

    /// `operator.index(object)`: an exact int of any size.
    fn index(&mut self, object: &Value) -> Completion;

    // ---- classes ----

    /// `type(object)`.
    fn class_of(&mut self, object: &Value) -> Value;

    /// A class the machine knows.
    fn core(&self, core: CoreType) -> Value;

    /// The class of a native spec, made when first asked for.
    fn type_of_spec(&mut self, spec: &'static TypeSpec) -> Value;

    /// `isinstance(object, class)`, `__instancecheck__` and tuples included.
    fn is_instance(&mut self, object: &Value, class: &Value) -> Result<bool, Raised>;

    /// `issubclass(class, base)`.
    fn is_subclass(&mut self, class: &Value, base: &Value) -> Result<bool, Raised>;

    // ---- exceptions ----

    /// A new exception object of a core class.
    fn new_exception(&mut self, class: CoreType, args: &[Value]) -> Value;

    /// An exception of class or instance `exception`, as the `raise` statement makes it.
    fn to_raised(&mut self, exception: &Value) -> Result<Raised, Raised>;

    /// The exception being handled now, or unbound.
    fn handled(&self) -> Value;

    /// Make the exception being handled now the `__context__` of `exception`, as raising it anew
    /// does.
    fn chain(&mut self, exception: &Value);

    /// Replace the exception being handled now, returning the one before: natives that run
    /// callbacks on behalf of nobody (the event loop) set it to unbound meanwhile.
    fn set_handled(&mut self, handled: Value) -> Value;

    // ---- the machine ----

    /// Must be called now and then by long loops: raises KeyboardInterrupt and runs what waits
    /// for a safe point.
    fn poll(&mut self) -> Result<(), Raised>;

    /// Where the script code that called the running native stands, innermost first; at most
    /// `limit` places.
    fn stack(&self, limit: usize) -> Vec<CodePlace>;

    /// The frame of the script code that called the running native (0), of its caller (1) and
    /// so on. A frame has one object, as long as that is alive.
    fn frame(&mut self, depth: usize) -> Option<Value>;

    /// The frame that called `frame`, while that runs.
    fn calling_frame(&mut self, frame: &FrameObject) -> Option<Value>;

    /// The frame of a generator.
    fn generator_frame(&mut self, generator: &Value) -> Value;

    /// Where a frame stands now, and its local variables; `None` if it runs no more.
    fn frame_now(&self, frame: &FrameObject) -> Option<(CodePlace, Value)>;

    /// Bind a variable of a frame; false if it runs no more.
    fn bind_in_frame(&mut self, frame: &FrameObject, slot: VariableSlot, value: &Value) -> bool;

    /// Make a fiber, which does not run yet.
    fn new_fiber(&mut self, body: FiberBody) -> std::io::Result<FiberId>;

    /// Run a fiber until it suspends itself or ends; whether it has ended. Only for the main
    /// program, on behalf of all.
    fn resume_fiber(&mut self, id: FiberId) -> bool;

    /// Suspend the fiber that runs: back to the main program's `resume_fiber`. Not for the main
    /// program itself.
    fn suspend_fiber(&mut self);

    /// Who runs.
    fn running_fiber(&self) -> FiberId;

    /// As `stack`, of any fiber but a main program that is not running.
    fn fiber_stack(&self, id: FiberId, limit: usize) -> Vec<CodePlace>;

    /// The globals dict of the script code that called the running native.
    fn caller_globals(&self) -> Option<Value>;

    /// The local variables of the script code that called the running native: the namespace
    /// itself in a module or class body, a fresh dict in a function. `None` without a caller.
    fn caller_locals(&mut self) -> Option<Value>;

    /// The namespace of builtins, a dict.
    fn builtins(&self) -> Value;

    /// `sys.modules`, a dict.
    fn modules(&self) -> Value;

    /// `sys.path`, a list.
    fn search_path(&self) -> Value;

    /// `import name` (dotted, absolute): the last module of the path.
    fn import(&mut self, name: &str) -> Completion;

    /// Where the module `name` would be imported from; `None` if nowhere.
    fn locate_module(&mut self, name: &str) -> Result<Option<String>, Raised>;

    /// Where in these folders the module `name` (its last component) is: its file, or the folders of
    /// a package that is nothing else.
    fn search_folders(&self, name: &str, folders: &[PathBuf]) -> Option<Vec<PathBuf>>;

    /// Make the module `name` from its spec, without entering it in `sys.modules`.
    fn make_module(&mut self, spec: &'static ModuleSpec) -> Completion;

    /// Compile and run `source` with the given globals dict.
    fn run_source(&mut self, source: Rc<SourceFile>, globals: &Value) -> Completion;

    /// Compile `source`: a code object that belongs to no globals yet.
    fn compile_text(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion;

    /// The tree of a text: nodes of the module `ast`.
    fn syntax_tree(&mut self, source: &Rc<SourceFile>, request: TextRequest) -> Completion;

    /// Whether an object is a node of a tree.
    fn is_tree(&mut self, object: &Value) -> Result<bool, Raised>;

    /// Compile a tree that a script has made, under the name `file`.
    fn compile_tree(&mut self, tree: &Value, file: &str, request: TextRequest) -> Completion;

    /// Run a code object with the globals, the namespace and the captured cells given.
    fn run_code(&mut self, code: &Value, globals: &Value, namespace: &Value, cells: &[Value]) -> Completion;

    /// The code object of child `index` of a code object.
    fn child_code(&mut self, code: &Value, index: usize) -> Value;

    /// A function without defaults that runs `code` with these globals and captured cells.
    fn function_of(&mut self, code: &Value, globals: &Value, cells: &[Value]) -> Value;

    /// `__import__(name, globals, fromlist=fromlist, level=level)`.
    fn import_from_globals(
        &mut self,
        name: &str,
        globals: &Value,
        fromlist: &Value,
        level: usize,
    ) -> Completion;

    /// The recursion limit.
    fn recursion_limit(&self) -> usize;

    /// The function of `sys.settrace`, or of `sys.setprofile`; None without one.
    fn tracer(&self, is_profile: bool) -> Value;

    /// Set such a function, or with None leave off.
    fn set_tracer(&mut self, is_profile: bool, function: &Value);

    /// Set the recursion limit.
    fn set_recursion_limit(&mut self, limit: usize);

    /// End a generator that has not started as if nobody referred to it any more.
    fn abandon(&mut self, generator: &Value) -> Result<(), Raised>;

    /// Report an exception that nobody can catch, as `sys.unraisablehook` does.
    fn report_unraisable(&mut self, exception: Raised, context: &str, object: &Value);

    /// Issue a warning: `category` names the class, `place` is where it is reported.
    fn warn(&mut self, category: CoreType, message: &str, place: Option<CodePlace>) -> Result<(), Raised>;
}

impl dyn Interpreter + '_ {
    /// A new exception with one message, raised.
    #[cold]
    pub fn raise(&mut self, class: CoreType, message: &str) -> Raised {
        let exception = self.new_exception(class, &[Value::str(message)]);
        Raised::new(exception)
    }

    /// A new exception with the given arguments, raised.
    #[cold]
    pub fn raise_args(&mut self, class: CoreType, args: &[Value]) -> Raised {
        let exception = self.new_exception(class, args);
        Raised::new(exception)
    }

    #[cold]
    pub fn type_error(&mut self, message: &str) -> Raised {
        self.raise(CoreType::TypeError, message)
    }

    #[cold]
    pub fn value_error(&mut self, message: &str) -> Raised {
        self.raise(CoreType::ValueError, message)
    }

    #[cold]
    pub fn index_error(&mut self, message: &str) -> Raised {
        self.raise(CoreType::IndexError, message)
    }

    /// AttributeError that remembers the object and the name, for suggestions.
    #[cold]
    pub fn attribute_error(&mut self, message: &str, object: &Value, name: &Value) -> Raised {
        let exception = self.new_exception(CoreType::AttributeError, &[Value::str(message)]);
        if let Some(state) = exception.as_exception() {
            drop(state.set_field(field::NAME, name.clone()));
            drop(state.set_field(field::OBJECT, object.clone()));
        }
        Raised::new(exception)
    }

    /// NameError (or its subclass `class`) that remembers the name, for suggestions.
    #[cold]
    pub fn name_error(&mut self, class: CoreType, message: &str, name: &Value) -> Raised {
        let exception = self.new_exception(class, &[Value::str(message)]);
        // As in CPython, an UnboundLocalError does not say its name.
        if let Some(state) = exception.as_exception().filter(|_| class == CoreType::NameError) {
            drop(state.set_field(field::NAME, name.clone()));
            if let Some(locals) = self.caller_locals() {
                drop(state.set_field(field::SCOPE, locals));
            }
        }
        Raised::new(exception)
    }

    /// KeyError with the key itself as argument.
    #[cold]
    pub fn key_error(&mut self, key: &Value) -> Raised {
        self.raise_args(CoreType::KeyError, std::slice::from_ref(key))
    }

    #[cold]
    pub fn overflow_error(&mut self, message: &str) -> Raised {
        self.raise(CoreType::OverflowError, message)
    }

    #[cold]
    pub fn runtime_error(&mut self, message: &str) -> Raised {
        self.raise(CoreType::RuntimeError, message)
    }

    /// The name of the class of `object`, for messages. As CPython has it, classes of native
    /// modules come with their module.
    pub fn type_name(&mut self, object: &Value) -> String {
        if let Some(native) = object.as_native()
            && native.is_like_script()
        {
            return if native.is_bound() { "method" } else { "function" }.to_owned();
        }
        let class = self.class_of(object);
        class.as_type().map_or_else(String::new, |class| class.error_name())
    }

    /// The `__name__` of the class of `object`, for reprs.
    pub fn bare_type_name(&mut self, object: &Value) -> String {
        let class = self.class_of(object);
        class.as_type().map_or_else(String::new, |class| class.name_text())
    }

    /// Whether the exception is an instance of a core class.
    pub fn raised_is(&self, raised: &Raised, class: CoreType) -> bool {
        self.exception_is(&raised.value(), class)
    }

    /// Whether the exception object is an instance of a core class.
    pub fn exception_is(&self, exception: &Value, class: CoreType) -> bool {
        let class = self.core(class);
        exception.as_instance().is_some_and(|instance| instance.with_class(|own| own.is_subclass_of(&class)))
    }

    /// Compile and run a text under a name with the given globals dict.
    pub fn run_text(&mut self, name: &str, text: &str, globals: &Value) -> Completion {
        self.run_source(Rc::new(SourceFile::new(name, text)), globals)
    }

    /// `callable(object)`.
    pub fn is_callable(&mut self, object: &Value) -> bool {
        match object.tag() {
            Tag::Function | Tag::Native | Tag::Method | Tag::Type => true,
            Tag::Object | Tag::Instance | Tag::Generator | Tag::Module => {
                let class = self.class_of(object);
                class
                    .as_type()
                    .is_some_and(|class| class.lookup(&super::string::intern("__call__")).is_some())
            }
            _ => false,
        }
    }

    /// `getattr(object, "name")`.
    pub fn attribute(&mut self, object: &Value, name: &str) -> Completion {
        self.get_attr(object, &super::string::intern(name))
    }

    /// All items of an iterable, clones for an exact list or tuple.
    pub fn collect(&mut self, iterable: &Value) -> Result<Vec<Value>, Raised> {
        if let Some(list) = iterable.as_list() {
            return Ok(list.items.borrow().clone());
        }
        if let Some(items) = iterable.as_tuple() {
            return Ok(items.to_vec());
        }
        let iterator = self.iter(iterable)?;
        super::sequence::check_length_hint(self, iterable)?;
        let mut items = Vec::new();
        super::sequence::reserve_items(self, &mut items, super::sequence::range_length(iterable))?;
        while let Some(item) = self.next(&iterator)? {
            super::sequence::push_item(self, &mut items, item)?;
        }
        Ok(items)
    }

    /// The text of a `str` argument (or subclass), or TypeError made by `message` from the
    /// name of the class.
    pub fn expect_str<'v>(
        &mut self,
        value: &'v Value,
        message: impl FnOnce(&str) -> String,
    ) -> Result<&'v str, Raised> {
        match value.str_like() {
            Some(text) => Ok(text),
            None => {
                let name = self.type_name(value);
                Err(self.type_error(&message(&name)))
            }
        }
    }

    /// The text of a `str` argument (or subclass), or the TypeError about `argument`, as
    /// `f() argument 1`. CPython calls None by its name there, other values by their class.
    pub fn expect_str_argument<'v>(
        &mut self,
        value: &'v Value,
        argument: impl std::fmt::Display,
    ) -> Result<&'v str, Raised> {
        self.expect_str(value, |class| {
            let found = if value.is_none() { "None" } else { class };
            format!("{argument} must be str, not {found}")
        })
    }

    /// An integer argument as a machine integer; OverflowError if it does not fit, TypeError
    /// (`'x' object cannot be interpreted as an integer`) if it is none.
    pub fn expect_int(&mut self, value: &Value) -> Result<i64, Raised> {
        if let Some(value) = value.as_int_or_bool() {
            return Ok(value);
        }
        let index = self.index(value)?;
        match index.as_int() {
            Some(value) => Ok(value),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// A number argument (int, float, or with `__float__`/`__index__`) as a float.
    pub fn expect_float(&mut self, value: &Value) -> Result<f64, Raised> {
        if let Some(value) = value.as_float() {
            return Ok(value);
        }
        if let Some(value) = value.as_int_or_bool() {
            return Ok(value as f64);
        }
        if let Some(value) = value.float_like() {
            return Ok(value);
        }
        if !value.is_integer() {
            if let Some(result) = self.call_special(value, "__float__", &[])? {
                return match result.float_like() {
                    Some(float) => Ok(float),
                    None => {
                        let (class, name) = (self.type_name(value), self.type_name(&result));
                        Err(self.type_error(&format!("{class}.__float__ returned non-float (type {name})")))
                    }
                };
            }
            let class = self.class_of(value);
            let has_index = class
                .as_type()
                .is_some_and(|class| class.lookup(&super::string::intern("__index__")).is_some());
            if !has_index {
                let name = self.type_name(value);
                return Err(self.type_error(&format!("must be real number, not {name}")));
            }
        }
        let index = self.index(value)?;
        let float = super::integer::to_float(&index);
        match float {
            Some(float) => Ok(float),
            None => Err(self.overflow_error("int too large to convert to float")),
        }
    }
}
