//! The module `sys`.

mod hooks;
mod info;

use crate::library::io::streams;
use crate::library::modules::importlib::meta_path;
use crate::object::format::integer::{max_str_digits, set_max_str_digits};
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Tag, Value, heap};
use std::cell::{Cell, RefCell};

pub static SYS: ModuleSpec = ModuleSpec {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
    functions: FUNCTIONS,
    constants: &[
        ("__stderr__", |interp| or_none(streams::standard_error(interp))),
        ("__stdin__", |interp| or_none(streams::standard_input(interp))),
        ("__stdout__", |interp| or_none(streams::standard_output(interp))),
        ("_git", |_| Value::tuple(vec![Value::str("apy"), Value::str(""), Value::str("")])),
        ("_stdlib_dir", |_| Value::NONE),
        ("abiflags", |_| Value::str("")),
        ("api_version", |_| Value::int(1013)),
        ("argv", |_| Value::list(ARGUMENTS.with_borrow(|arguments| texts(arguments)))),
        ("base_exec_prefix", |_| Value::str("")),
        ("base_prefix", |_| Value::str("")),
        ("builtin_module_names", |interp| module_names(interp, Value::tuple)),
        ("byteorder", |_| Value::str(if cfg!(target_endian = "big") { "big" } else { "little" })),
        ("copyright", |_| Value::str("")),
        ("dont_write_bytecode", |_| Value::TRUE),
        ("exec_prefix", |_| Value::str("")),
        ("executable", |_| Value::str(&executable())),
        ("flags", info::flags),
        ("float_info", info::float_info),
        ("float_repr_style", |_| Value::str("short")),
        ("hash_info", info::hash_info),
        ("hexversion", |_| Value::int(info::HEX_VERSION)),
        ("implementation", info::implementation),
        ("int_info", info::int_info),
        ("maxsize", |_| Value::int(i64::MAX)),
        ("maxunicode", |_| Value::int(0x10ffff)),
        ("meta_path", meta_path),
        ("modules", |interp| interp.modules()),
        ("orig_argv", |_| Value::list(original_arguments())),
        ("path", |interp| interp.search_path()),
        ("path_hooks", |_| Value::list(Vec::new())),
        ("platlibdir", |_| Value::str("lib")),
        ("path_importer_cache", |_| Value::dict(Default::default())),
        ("platform", |_| Value::str(platform())),
        ("prefix", |_| Value::str("")),
        ("pycache_prefix", |_| Value::NONE),
        ("stderr", |interp| or_none(streams::standard_error(interp))),
        ("stdin", |interp| or_none(streams::standard_input(interp))),
        ("stdlib_module_names", |interp| module_names(interp, frozen)),
        ("stdout", |interp| or_none(streams::standard_output(interp))),
        ("thread_info", info::thread_info),
        ("version", info::version),
        ("version_info", info::version_info),
        ("warnoptions", |_| Value::list(Vec::new())),
    ],
    setup: Some(|_, module| {
        // Scripts may replace the hooks and restore them from these names.
        if let Some(module) = module.as_module()
            && let Some(dict) = module.dict.borrow().as_dict()
        {
            for name in ["breakpointhook", "displayhook", "excepthook", "unraisablehook"] {
                if let Some(hook) = dict.get_str(name) {
                    dict.set_str(&format!("__{name}__"), hook);
                }
            }
        }
        Ok(())
    }),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_getframe", "depth=0, /", get_frame, "Return a frame object from the call stack."),
    native(
        "_getframemodulename",
        "depth=0",
        get_frame_module,
        "Return the name of the module for a calling frame.",
    ),
    native("_is_gil_enabled", "", |_, _| Ok(Value::TRUE), "Return True if the GIL is currently enabled."),
    native("_clear_type_cache", "", |_, _| Ok(Value::NONE), "Clear the internal type lookup cache."),
    native(
        "_current_exceptions",
        "",
        hooks::current_exceptions,
        "Return a dict mapping each thread's identifier to its current raised exception.",
    ),
    native(
        "_current_frames",
        "",
        hooks::current_frames,
        "Return a dict mapping each thread's thread id to its current stack frame.",
    ),
    native(
        "activate_stack_trampoline",
        "backend, /",
        hooks::no_trampoline,
        "Activate stack profiler trampoline *backend*.",
    ),
    native(
        "breakpointhook",
        "*args, **kws",
        hooks::breakpointhook,
        "This hook function is called by built-in breakpoint().",
    ),
    native(
        "call_tracing",
        "func, args, /",
        hooks::call_tracing,
        "Call func(*args), while tracing is enabled.",
    ),
    native(
        "getallocatedblocks",
        "",
        |_, _| Ok(Value::int(heap::tracked_count() as i64)),
        "Return the number of memory blocks currently allocated.",
    ),
    native(
        "getunicodeinternedsize",
        "*, _only_immortal=False",
        |_, _| Ok(Value::int(0)),
        "Return the number of elements of the unicode interned dictionary",
    ),
    native(
        "is_stack_trampoline_active",
        "",
        |_, _| Ok(Value::FALSE),
        "Return *True* if a stack profiler trampoline is active.",
    ),
    native(
        "displayhook",
        "object, /",
        displayhook,
        "Print an object to sys.stdout and also save it in builtins._",
    ),
    native("exc_info", "", exc_info, "Return current exception information: (type, value, traceback)."),
    native(
        "excepthook",
        "exctype, value, traceback, /",
        excepthook,
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    native("exception", "", |interp, _| Ok(handled(interp)), "Return the current exception."),
    native(
        "exit",
        "status=None, /",
        exit,
        "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).",
    ),
    native(
        "get_int_max_str_digits",
        "",
        |_, _| Ok(Value::int(max_str_digits() as i64)),
        "Return the maximum string digits limit for non-binary int<->str conversions.",
    ),
    native(
        "getdefaultencoding",
        "",
        |_, _| Ok(Value::str("utf-8")),
        "Return the current default encoding used by the Unicode implementation.",
    ),
    native(
        "getfilesystemencodeerrors",
        "",
        |_, _| Ok(Value::str("strict")),
        "Return the error mode used Unicode to OS filename conversion.",
    ),
    native(
        "getfilesystemencoding",
        "",
        |_, _| Ok(Value::str("utf-8")),
        "Return the encoding used to convert Unicode filenames to OS filenames.",
    ),
    native(
        "audit",
        "event, /, *args",
        |_, _| Ok(Value::NONE),
        "Passes the event to any hooks that are attached.",
    ),
    native(
        "getprofile",
        "",
        |interp, _| Ok(interp.tracer(true)),
        "Return the profiling function set with sys.setprofile.",
    ),
    native(
        "getrecursionlimit",
        "",
        |interp, _| Ok(Value::int(interp.recursion_limit() as i64)),
        "Return the current value of the recursion limit.",
    ),
    native(
        "getrefcount",
        "object, /",
        getrefcount,
        "Return the reference count of object.\n\nThe count returned is generally one higher than you might expect,\nbecause it includes the (temporary) reference as an argument to\ngetrefcount().",
    ),
    native(
        "getsizeof",
        "object, default=?",
        getsizeof,
        "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.",
    ),
    native(
        "getswitchinterval",
        "",
        |_, _| Ok(Value::float(SWITCH_INTERVAL.get())),
        "Return the current thread switch interval.",
    ),
    native(
        "gettrace",
        "",
        |interp, _| Ok(interp.tracer(false)),
        "Return the global debug tracing function set with sys.settrace.",
    ),
    native("intern", "string, /", intern_, "``Intern'' the given string."),
    native("is_finalizing", "", |_, _| Ok(Value::FALSE), "Return True if Python is exiting."),
    native(
        "setprofile",
        "function, /",
        |interp, args| {
            interp.set_tracer(true, &args[0]);
            Ok(Value::NONE)
        },
        "Set the profiling function.\n\nIt will be called on each function call and return.  See the profiler\nchapter in the library manual.",
    ),
    native(
        "settrace",
        "function, /",
        |interp, args| {
            interp.set_tracer(false, &args[0]);
            Ok(Value::NONE)
        },
        "Set the global debug tracing function.\n\nIt will be called on each function call.  See the debugger chapter\nin the library manual.",
    ),
    native(
        "setswitchinterval",
        "interval, /",
        set_switch_interval,
        "Set the ideal thread switching delay inside the Python interpreter.",
    ),
    native(
        "set_int_max_str_digits",
        "maxdigits",
        set_int_max_str_digits,
        "Set the maximum string digits limit for non-binary int<->str conversions.",
    ),
    native(
        "setrecursionlimit",
        "limit, /",
        setrecursionlimit,
        "Set the maximum depth of the Python interpreter stack to n.",
    ),
    native("unraisablehook", "unraisable, /", unraisablehook, "Handle an unraisable exception."),
];

thread_local! {
    /// What scripts asked for: threads take turns by steps, not by time.
    static SWITCH_INTERVAL: Cell<f64> = const { Cell::new(0.005) };
    static ARGUMENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What `sys.argv` will be.
pub fn set_arguments(arguments: Vec<String>) {
    ARGUMENTS.set(arguments);
}

fn texts(texts: &[String]) -> Vec<Value> {
    texts.iter().map(|text| Value::str(text)).collect()
}

/// The standard streams can always be made; if not, scripts see what they see when one is closed.
fn or_none(stream: Completion) -> Value {
    stream.unwrap_or(Value::NONE)
}

fn original_arguments() -> Vec<Value> {
    std::env::args_os().map(|argument| Value::str(&argument.to_string_lossy())).collect()
}

fn executable() -> String {
    std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}

fn platform() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    }
}

/// The names of the native modules, sorted.
fn module_names(_: &mut dyn Interpreter, make: fn(Vec<Value>) -> Value) -> Value {
    let mut names: Vec<&str> =
        super::MODULES.iter().chain(super::asyncio::SUBMODULES).map(|module| module.name).collect();
    names.push("builtins");
    names.sort_unstable();
    names.dedup();
    make(names.into_iter().map(Value::str).collect())
}

fn frozen(items: Vec<Value>) -> Value {
    let set = crate::object::set::SetObject::new(true);
    for item in &items {
        set.add_str(item);
    }
    Value::set(set)
}

fn handled(interp: &mut dyn Interpreter) -> Value {
    interp.handled().given().cloned().unwrap_or(Value::NONE)
}

fn get_frame(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let depth = interp.expect_int(&args[0])?.max(0) as usize;
    match interp.frame(depth) {
        Some(frame) => Ok(frame),
        None => Err(interp.value_error("call stack is not deep enough")),
    }
}

fn get_frame_module(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let depth = interp.expect_int(&args[0])?.max(0) as usize;
    let Some(frame) = interp.frame(depth) else { return Ok(Value::NONE) };
    let globals = interp.get_attr(&frame, &intern("f_globals"))?;
    Ok(globals.dict_like().and_then(|globals| globals.get_str("__name__")).unwrap_or(Value::NONE))
}

fn set_switch_interval(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let interval = interp.expect_float(&args[0])?;
    if interval <= 0.0 {
        return Err(interp.value_error("switch interval must be strictly positive"));
    }
    SWITCH_INTERVAL.set(interval);
    Ok(Value::NONE)
}

thread_local! {
    static WIDTH: Cell<Option<usize>> = const { Cell::new(None) };
}

/// See [`crate::library::wrap_values`].
pub fn wrap_values(width: Option<usize>) {
    WIDTH.set(width);
}

/// A value as the prompt shows it.
fn shown(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    let text = interp.repr(value)?;
    let length = text.str_like().map_or(0, |text| text.chars().count());
    let is_collection = value.list_like().is_some()
        || value.dict_like().is_some()
        || value.tuple_like().is_some()
        || value.set_like().is_some();
    match WIDTH.get() {
        Some(width) if length > width && is_collection => {
            let module = interp.import("pprint")?;
            let format = interp.attribute(&module, "pformat")?;
            let options = [
                (Value::str("width"), Value::int(width as i64)),
                (Value::str("compact"), Value::TRUE),
                (Value::str("sort_dicts"), Value::FALSE),
            ];
            interp.call_keywords(&format, std::slice::from_ref(value), &options)
        }
        _ => Ok(text),
    }
}

fn displayhook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[0].is_none() {
        return Ok(Value::NONE);
    }
    let sys = interp.import("sys")?;
    let Some(stdout) = interp.find_attr(&sys, &intern("stdout"))? else {
        return Err(interp.runtime_error("lost sys.stdout"));
    };
    let text = shown(interp, &args[0])?;
    interp.call_method(&stdout, "write", &[text])?;
    interp.call_method(&stdout, "write", &[Value::str("\n")])?;
    if let Some(builtins) = interp.builtins().as_dict() {
        builtins.set_str("_", args[0].clone());
    }
    Ok(Value::NONE)
}

fn exc_info(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let exception = handled(interp);
    let Some(state) = exception.as_exception() else {
        return Ok(Value::tuple(vec![Value::NONE, Value::NONE, Value::NONE]));
    };
    let traceback = state.traceback.borrow().clone();
    Ok(Value::tuple(vec![interp.class_of(&exception), exception.clone(), traceback]))
}

fn excepthook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let module = interp.import("traceback")?;
    interp.call_method(&module, "print_exception", &args[..3])
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // A tuple is taken for the arguments of the exception.
    let arguments = match args[0].given_some() {
        Some(status) => status.as_tuple().map_or_else(|| vec![status.clone()], <[Value]>::to_vec),
        None => Vec::new(),
    };
    Err(interp.raise_args(CoreType::SystemExit, &arguments))
}

fn getrefcount(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // What lives outside the heap lives for ever, as CPython's small integers do.
    const IMMORTAL: i64 = u32::MAX as i64;
    Ok(Value::int(if args[0].is_heap() { args[0].ref_count() as i64 } else { IMMORTAL }))
}

/// Sizes as CPython has them for the core kinds, so far as they do not depend on the history of
/// an object.
fn getsizeof(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = match args[0].tag() {
        Tag::None => 16,
        Tag::Bool | Tag::Int => match args[0].as_int_or_bool().unwrap_or_default().unsigned_abs() {
            0..0x4000_0000 => 28,
            0x4000_0000..0x1000_0000_0000_0000 => 32,
            _ => 36,
        },
        Tag::Float => 24,
        Tag::BigInt => 24 + 4 * args[0].as_big_int().map_or(0, |big| big.bits().div_ceil(30) as i64),
        Tag::Str => string_size(args[0].as_str().unwrap_or_default()),
        Tag::Bytes => 33 + args[0].as_bytes().unwrap_or_default().len() as i64,
        Tag::Tuple => 40 + 8 * args[0].as_tuple().unwrap_or_default().len() as i64,
        Tag::Function => 160,
        Tag::Range => 48,
        Tag::Slice => 56,
        Tag::Type => 1712,
        _ => {
            let Some(size) = interp.call_special(&args[0], "__sizeof__", &[])? else {
                return match args[1].given() {
                    Some(default) => Ok(default.clone()),
                    None => {
                        let name = interp.type_name(&args[0]);
                        Err(interp.type_error(&format!("Type {name} doesn't define __sizeof__")))
                    }
                };
            };
            // The head that the cycle collector needs.
            interp.expect_int(&size)? + 16
        }
    };
    Ok(Value::int(size))
}

fn string_size(text: &str) -> i64 {
    let count = text.chars().count() as i64;
    match text.chars().max() {
        None | Some('\0'..='\u{7f}') => 41 + count,
        Some('\u{80}'..='\u{ff}') => 58 + count,
        Some('\u{100}'..='\u{ffff}') => 60 + 2 * count,
        Some(_) => 64 + 4 * count,
    }
}

fn intern_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].as_str() {
        Some(_) => Ok(args[0].interned()),
        None if args[0].str_like().is_some() => {
            let name = interp.type_name(&args[0]);
            Err(interp.type_error(&format!("can't intern {name}")))
        }
        None => interp.expect_str_argument(&args[0], "intern() argument").map(intern),
    }
}

fn set_int_max_str_digits(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let limit = interp.expect_int(&args[0])?;
    match usize::try_from(limit) {
        Ok(limit) if limit == 0 || limit >= 640 => {
            set_max_str_digits(limit);
            Ok(Value::NONE)
        }
        _ => Err(interp.value_error("maxdigits must be 0 or larger than 640")),
    }
}

fn setrecursionlimit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match usize::try_from(interp.expect_int(&args[0])?) {
        Ok(limit) if limit > 0 => {
            interp.set_recursion_limit(limit);
            Ok(Value::NONE)
        }
        _ => Err(interp.value_error("recursion limit must be greater or equal than 1")),
    }
}

fn unraisablehook(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let exception = interp.attribute(&args[0], "exc_value")?;
    let object = interp.attribute(&args[0], "object")?;
    let raised = interp.to_raised(&exception)?;
    interp.report_unraisable(raised, "Exception ignored in", &object);
    Ok(Value::NONE)
}
