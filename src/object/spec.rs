//! How natives describe themselves: one row per function, one spec per class.

use super::convention::{self, Convention};
use super::core_type::CoreType;
use super::interpreter::Interpreter;
use super::value::{Completion, Raised, Value};
use std::sync::atomic::{AtomicU32, Ordering};

/// A native function. The arguments are bound: one value per parameter of its row, in order;
/// [`Value::UNBOUND`] for a parameter without a default that was left out (`name=?`), a tuple for
/// `*args`, a dict for `**kwargs`.
pub type NativeFn = fn(&mut dyn Interpreter, &[Value]) -> Completion;
/// What a call of an `async` function written in Rust comes to when it is awaited on the spot.
pub enum Begun {
    /// It ended without waiting: the result of the `await`.
    Done(Value),
    /// It waits: the coroutine, which has begun, and what it hands to whoever drives it.
    Waits { coroutine: Value, yielded: Value },
    /// There is no short way: what the call gives, which is to be awaited.
    Made(Value),
}
/// Runs the body of an `async` function until it first waits; the arguments are bound.
pub type BeginFn = fn(&mut dyn Interpreter, &[Value]) -> Result<Begun, Raised>;
/// Reads an attribute.
pub type GetFn = fn(&mut dyn Interpreter, &Value) -> Completion;
/// Writes an attribute; the value is unbound for `del`.
pub type SetFn = fn(&mut dyn Interpreter, &Value, &Value) -> Result<(), Raised>;

/// How a row's function is called when it is found in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NativeKind {
    /// The first argument is the instance. In a module: a plain function.
    Plain,
    /// `staticmethod`.
    Static,
    /// `classmethod`: the first argument is the class.
    Class,
    /// `__new__`: the first argument is the class. Returns an object of the native class itself;
    /// the caller wraps it if a subclass was asked for.
    New,
}

/// One native function.
pub struct NativeRow {
    pub name: &'static str,
    /// Parameters in Python's notation, `self` left out: `"iterable=(), /"`, `"*, key=None"`.
    /// Defaults are `None`, `True`, `False`, integers, quoted strings, `()` or `?` (left unbound).
    pub params: &'static str,
    pub function: NativeFn,
    /// Called in its place with the arguments as they are, where all are positional: a short way
    /// for functions with `*args`.
    pub positional: Option<NativeFn>,
    pub doc: &'static str,
    pub kind: NativeKind,
    /// What words the errors of wrong calls.
    pub convention: Convention,
    /// Whether it is an `async def` in CPython, so that calling it makes a coroutine.
    pub is_async: bool,
    /// Called in place of `function` where the coroutine would be awaited at once: then there
    /// need be no coroutine unless it must wait.
    pub begin: Option<BeginFn>,
    /// What the VM may do instead of calling `function`.
    pub role: Role,
}

/// What a native function is to the VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is called.
    Plain,
    /// A call with a generator, and perhaps a value to send, is one step of that: its frame is
    /// entered.
    Step,
    /// `list.append`: the item is pushed in place.
    Append,
}

/// An instance method or module function.
pub const fn native(
    name: &'static str,
    params: &'static str,
    function: NativeFn,
    doc: &'static str,
) -> NativeRow {
    NativeRow {
        name,
        params,
        function,
        positional: None,
        doc,
        kind: NativeKind::Plain,
        convention: Convention::Auto,
        is_async: false,
        begin: None,
        role: Role::Plain,
    }
}

impl NativeRow {
    /// The same as a `staticmethod`.
    pub const fn as_static(mut self) -> NativeRow {
        self.kind = NativeKind::Static;
        self
    }

    /// The same as a `classmethod`.
    pub const fn as_class(mut self) -> NativeRow {
        self.kind = NativeKind::Class;
        self
    }

    /// The same as a `__new__`.
    pub const fn as_new(mut self) -> NativeRow {
        self.kind = NativeKind::New;
        self
    }

    /// The same where a call with a generator is one step of that.
    pub const fn as_step(mut self) -> NativeRow {
        self.role = Role::Step;
        self
    }

    /// The same where it is `list.append`.
    pub const fn as_append(mut self) -> NativeRow {
        self.role = Role::Append;
        self
    }

    /// The same with a short way for calls without keyword arguments.
    pub const fn with_positional(mut self, function: NativeFn) -> NativeRow {
        self.positional = Some(function);
        self
    }

    /// The same with the errors of another of CPython's argument parsers.
    pub const fn bound_by(mut self, convention: Convention) -> NativeRow {
        self.convention = convention;
        self
    }

    /// A module's function that CPython writes in Python: errors about its arguments have the
    /// words they have for script functions.
    pub const fn like_script(self) -> NativeRow {
        self.bound_by(Convention::Script)
    }

    /// A function or method that is `async def` in CPython.
    pub const fn like_async(mut self) -> NativeRow {
        self.is_async = true;
        self.like_script()
    }

    /// The same with a short way for `await` of a call.
    pub const fn begun_by(mut self, begin: BeginFn) -> NativeRow {
        self.begin = Some(begin);
        self
    }

    /// The parameters, parsed when first needed.
    #[inline]
    pub fn signature(&self) -> &'static Signature {
        signatures::of(self.params)
    }
}

/// Parsed parameter lists. They cannot lie in the rows: tables of rows are constants, and a
/// constant must not change. A list is known by the address of its text.
mod signatures {
    use super::Signature;
    use rustc_hash::FxHashMap;
    use std::cell::{Cell, RefCell};

    /// Lists found lately, each at a place made from its address.
    const RECENT: usize = 512;

    thread_local! {
        static LATELY: [Cell<(usize, Option<&'static Signature>)>; RECENT] =
            const { [const { Cell::new((0, None)) }; RECENT] };
        static ALL: RefCell<FxHashMap<(usize, usize), &'static Signature>> =
            const { RefCell::new(FxHashMap::with_hasher(rustc_hash::FxBuildHasher)) };
    }

    #[inline]
    pub fn of(params: &'static str) -> &'static Signature {
        let key = (params.as_ptr() as usize) ^ params.len() << 56;
        LATELY.with(|lately| {
            let place = &lately[(key ^ key >> 9) % RECENT];
            match place.get() {
                (known, Some(signature)) if known == key => signature,
                _ => {
                    let signature = find(params);
                    place.set((key, Some(signature)));
                    signature
                }
            }
        })
    }

    /// As many are leaked as there are lists in the program.
    #[cold]
    fn find(params: &'static str) -> &'static Signature {
        ALL.with_borrow_mut(|all| {
            let key = (params.as_ptr() as usize, params.len());
            *all.entry(key).or_insert_with(|| Box::leak(Box::new(Signature::parse(params))))
        })
    }
}

/// The parsed parameter list of a row.
#[derive(Debug)]
pub struct Signature {
    pub parameters: Vec<NativeParameter>,
    /// Number of positional parameters.
    pub positional: usize,
    /// How many of them are positional-only.
    pub positional_only: usize,
    /// Number of positional parameters without default.
    pub required: usize,
    pub has_varargs: bool,
    pub has_varkeywords: bool,
    /// Neither `*args` nor `**kwargs`, and the keyword-only parameters have defaults: a call
    /// with positional arguments is complete when defaults are appended.
    pub is_simple: bool,
}

/// One parameter of a native. `*args` and `**kwargs` stand last, in that order.
#[derive(Debug)]
pub struct NativeParameter {
    pub name: &'static str,
    pub default: NativeDefault,
}

/// The default of a native's parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NativeDefault {
    Required,
    Unbound,
    None,
    Bool(bool),
    Int(i64),
    Str(&'static str),
    EmptyTuple,
}

impl Signature {
    /// How many parameters there are besides `*args` and `**kwargs`.
    #[inline]
    pub fn named_count(&self) -> usize {
        self.parameters.len() - usize::from(self.has_varargs) - usize::from(self.has_varkeywords)
    }

    /// Parse a row's parameter list.
    ///
    /// # Panics
    /// If the text is malformed: rows are part of the program.
    pub fn parse(text: &'static str) -> Signature {
        let mut signature = Signature {
            parameters: Vec::new(),
            positional: 0,
            positional_only: 0,
            required: 0,
            has_varargs: false,
            has_varkeywords: false,
            is_simple: false,
        };
        let (mut varargs, mut varkeywords, mut keyword_only) = (None, None, false);
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if part == "/" {
                signature.positional_only = signature.positional;
            } else if part == "*" {
                keyword_only = true;
            } else if let Some(name) = part.strip_prefix("**") {
                varkeywords = Some(name);
            } else if let Some(name) = part.strip_prefix('*') {
                (varargs, keyword_only) = (Some(name), true);
            } else {
                let (name, default) = match part.split_once('=') {
                    None => (part, NativeDefault::Required),
                    Some((name, default)) => (name.trim(), NativeDefault::parse(default.trim())),
                };
                if !keyword_only {
                    signature.positional += 1;
                    signature.required += usize::from(default == NativeDefault::Required);
                }
                signature.parameters.push(NativeParameter { name, default });
            }
        }
        signature.has_varargs = varargs.is_some();
        signature.has_varkeywords = varkeywords.is_some();
        signature.is_simple = varargs.is_none()
            && varkeywords.is_none()
            && signature.parameters[signature.positional..]
                .iter()
                .all(|parameter| parameter.default != NativeDefault::Required);
        for name in [varargs, varkeywords].into_iter().flatten() {
            signature.parameters.push(NativeParameter { name, default: NativeDefault::Required });
        }
        signature
    }
}

impl NativeDefault {
    fn parse(text: &'static str) -> NativeDefault {
        match text {
            "?" => NativeDefault::Unbound,
            "None" => NativeDefault::None,
            "True" => NativeDefault::Bool(true),
            "False" => NativeDefault::Bool(false),
            "()" => NativeDefault::EmptyTuple,
            _ => match (text.parse(), text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))) {
                (Ok(number), _) => NativeDefault::Int(number),
                (_, Some("\\n")) => NativeDefault::Str("\n"),
                (_, Some(text)) => NativeDefault::Str(text),
                _ => panic!("internal error: malformed default {text} of a native"),
            },
        }
    }

    /// The default as a value; unbound for `Required`.
    #[inline(always)]
    pub fn value(&self) -> Value {
        match self {
            NativeDefault::Required | NativeDefault::Unbound => Value::UNBOUND,
            NativeDefault::None => Value::NONE,
            NativeDefault::Int(value) => Value::int(*value),
            _ => self.uncommon(),
        }
    }

    #[inline(never)]
    fn uncommon(&self) -> Value {
        match self {
            NativeDefault::Bool(value) => Value::bool(*value),
            NativeDefault::Str(text) => Value::str(text),
            NativeDefault::EmptyTuple => Value::tuple(Vec::new()),
            _ => unreachable!("internal error: common defaults are made by `value`"),
        }
    }
}

/// One attribute computed by native code.
pub struct GetterRow {
    pub name: &'static str,
    pub get: GetFn,
    pub set: Option<SetFn>,
    pub doc: &'static str,
    /// Whether CPython keeps it in a field of the object: then it is a `member_descriptor`.
    pub is_member: bool,
}

/// A read-only attribute.
pub const fn getter(name: &'static str, get: GetFn, doc: &'static str) -> GetterRow {
    GetterRow { name, get, set: None, doc, is_member: false }
}

/// A read-only attribute that CPython keeps in a field of the object: its error has other words.
pub const fn member(name: &'static str, get: GetFn, doc: &'static str) -> GetterRow {
    GetterRow { name, get, set: Some(refuse_assignment), doc, is_member: true }
}

fn refuse_assignment(interp: &mut dyn Interpreter, _: &Value, _: &Value) -> Result<(), Raised> {
    Err(interp.raise(CoreType::AttributeError, "readonly attribute"))
}

/// An attribute that can be assigned.
pub const fn property(name: &'static str, get: GetFn, set: SetFn, doc: &'static str) -> GetterRow {
    GetterRow { name, get, set: Some(set), doc, is_member: false }
}

/// An attribute that can be assigned and that CPython keeps in a field of the object.
pub const fn writable_member(name: &'static str, get: GetFn, set: SetFn, doc: &'static str) -> GetterRow {
    GetterRow { name, get, set: Some(set), doc, is_member: true }
}

/// A class written in Rust. `TypeSpec { name: "x", doc: "...", ..TypeSpec::EMPTY }`.
pub struct TypeSpec {
    /// `__name__`.
    pub name: &'static str,
    /// `__module__`.
    pub module: &'static str,
    pub doc: &'static str,
    /// `__text_signature__`; empty if there is none.
    pub signature: &'static str,
    /// For a class that CPython writes in Python, its name there: errors about arguments have
    /// the words they have for script functions. Empty otherwise.
    pub script_name: &'static str,
    /// The core type it describes, if it is one.
    pub core: Option<CoreType>,
    /// The base class; `None` means `object`.
    pub base: Option<&'static TypeSpec>,
    /// The base class where that is a core type described elsewhere.
    pub core_base: Option<CoreType>,
    pub methods: &'static [NativeRow],
    pub getters: &'static [GetterRow],
    /// Whether scripts may subclass it.
    pub subclassable: bool,
    /// `__hash__` is None: instances cannot be keys.
    pub unhashable: bool,
    /// `NativeObject::next` is its `__next__`; `iter()` of it is itself.
    pub native_next: bool,
    /// `NativeObject::poll_await` is its `await`.
    pub native_await: bool,
    pub index: TypeIndex,
}

impl TypeSpec {
    /// A spec to start from.
    #[expect(clippy::declare_interior_mutable_const, reason = "copied into statics, each its own")]
    pub const EMPTY: TypeSpec = TypeSpec {
        name: "",
        module: "builtins",
        doc: "",
        signature: "",
        script_name: "",
        core: None,
        base: None,
        core_base: None,
        methods: &[],
        getters: &[],
        subclassable: false,
        unhashable: false,
        native_next: false,
        native_await: false,
        index: TypeIndex(AtomicU32::new(0)),
    };
}

impl TypeSpec {
    /// Whether CPython has the class in Python.
    pub fn is_like_script(&self) -> bool {
        !self.script_name.is_empty() || convention::is_script_module(self.module)
    }

    /// The name errors use.
    pub fn error_name(&self) -> String {
        if self.module == "builtins" || self.core.is_some() || self.is_like_script() {
            return self.name.to_owned();
        }
        format!("{}.{}", self.module, self.name)
    }
}

/// Where the interpreter keeps the class made of a spec; the same in every interpreter of the
/// process, 0 until the first is made.
pub struct TypeIndex(AtomicU32);

impl TypeIndex {
    /// The index, a fresh one when asked for the first time.
    #[inline]
    pub fn get(&self) -> usize {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let index = self.0.load(Ordering::Relaxed);
        if index != 0 {
            return index as usize;
        }
        let fresh = NEXT.fetch_add(1, Ordering::Relaxed);
        match self.0.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => fresh as usize,
            Err(other) => other as usize,
        }
    }
}

/// A constant of a native module.
pub type ConstantFn = fn(&mut dyn Interpreter) -> Value;

/// Finishes a native module; the module object is the argument.
pub type SetupFn = fn(&mut dyn Interpreter, &Value) -> Result<(), Raised>;

/// Everything the library offers: what an interpreter is made of.
pub struct Catalog {
    /// Classes; those of core types and those entered in `builtins`.
    pub types: &'static [&'static TypeSpec],
    /// Functions of `builtins`, by topic.
    pub builtins: &'static [&'static [NativeRow]],
    /// Modules, by package.
    pub modules: &'static [&'static [&'static ModuleSpec]],
}

/// The part of a module that is written in apy.
#[derive(Clone, Copy)]
pub struct Script {
    pub text: &'static str,
    /// What the build made of it, an archive of [`crate::bytecode::archive`]; empty if the text
    /// is compiled when it is imported.
    pub code: &'static [u8],
}

impl Script {
    /// No script.
    pub const NONE: Script = Script::inline("");

    /// A text of a few lines, which is compiled when it is imported.
    pub const fn inline(text: &'static str) -> Script {
        Script { text, code: &[] }
    }
}

/// A module written in Rust.
pub struct ModuleSpec {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [NativeRow],
    pub types: &'static [&'static TypeSpec],
    pub constants: &'static [(&'static str, ConstantFn)],
    /// Names taken from core types, as `asyncio.CancelledError`.
    pub core_types: &'static [(&'static str, CoreType)],
    /// Run in the module's namespace after the natives are there.
    pub script: Script,
    /// Called last, with the module.
    pub setup: Option<SetupFn>,
}

impl ModuleSpec {
    /// A spec to start from.
    pub const EMPTY: ModuleSpec = ModuleSpec {
        name: "",
        doc: "",
        functions: &[],
        types: &[],
        constants: &[],
        core_types: &[],
        script: Script::NONE,
        setup: None,
    };
}
