//! The class `Unpickler`.

use super::load::{Input, Load};
use super::{from_module, unpickling_error};
use crate::library::types::bytes::buffer::bytes_argument;
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::{NativeRow, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// The class `Unpickler`.
pub static UNPICKLER: TypeSpec = TypeSpec {
    name: "Unpickler",
    module: "_pickle",
    doc: "This takes a binary file for reading a pickle data stream.\n\nThe protocol version of the pickle is detected automatically, so no\nprotocol argument is needed.  Bytes past the pickled object's\nrepresentation are ignored.",
    subclassable: true,
    methods: &[
        native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
        native(
            "__init__",
            "file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=()",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        native(
            "find_class",
            "module_name, global_name, /",
            find_class,
            "Return an object from a specified module.",
        ),
        native("load", "", load, "Load a pickle."),
    ],
    getters: &[
        property("memo", memo, set_memo, ""),
        property("persistent_load", persistent_load, set_persistent_load, ""),
    ],
    ..TypeSpec::EMPTY
};

/// The `persistent_load` that knows nothing.
static NO_PERSISTENT_LOAD: NativeRow = native("persistent_load", "pid, /", no_persistent_load, "");

/// What was read, by its number.
pub type Memo = FxHashMap<u64, Value>;

/// An unpickler.
#[derive(Default)]
pub struct Unpickler {
    /// The methods of the file; unbound before `__init__`.
    read: RefCell<Value>,
    read_line: RefCell<Value>,
    /// What was read from the file and is not used yet.
    rest: RefCell<Vec<u8>>,
    pub memo: RefCell<Memo>,
    pub fixes_imports: Cell<bool>,
    /// Names of an encoding and of what is done with errors.
    pub encoding: RefCell<String>,
    pub errors: RefCell<String>,
    /// An iterator; unbound if there is none.
    pub buffers: RefCell<Value>,
    /// That of the pickle read now.
    pub protocol: Cell<i64>,
    persistent_load: RefCell<Value>,
}

impl Traverse for Unpickler {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for part in [&self.read, &self.read_line, &self.buffers, &self.persistent_load] {
            visit(&part.borrow());
        }
        self.memo.borrow().values().for_each(visit);
    }

    fn clear(&self) {
        for part in [&self.read, &self.read_line, &self.buffers, &self.persistent_load] {
            drop(part.take());
        }
        drop(self.memo.take());
    }
}

impl NativeObject for Unpickler {
    fn spec(&self) -> &'static TypeSpec {
        &UNPICKLER
    }
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Unpickler, Raised> {
    match this.downcast::<Unpickler>() {
        Some(unpickler) => Ok(unpickler),
        None => Err(wrong_receiver(interp, "_pickle.Unpickler", method, this)),
    }
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Unpickler::default()))
}

impl Unpickler {
    /// What `__init__` is told besides the file.
    fn set_up(&self, interp: &mut dyn Interpreter, args: &[Value]) -> Result<(), Raised> {
        let [fixes_imports, encoding, errors, buffers] = args else {
            return Err(interp.type_error("Unpickler() takes four options"));
        };
        self.fixes_imports.set(interp.truth(fixes_imports)?);
        let encoding = interp.expect_str_argument(encoding, "Unpickler() argument 'encoding'")?.to_owned();
        let errors = interp.expect_str_argument(errors, "Unpickler() argument 'errors'")?.to_owned();
        self.encoding.replace(encoding);
        self.errors.replace(errors);
        // The default is no buffers at all.
        let is_default = buffers.as_tuple().is_some_and(<[Value]>::is_empty);
        let buffers = if buffers.is_none() || is_default { Value::UNBOUND } else { interp.iter(buffers)? };
        drop(self.buffers.replace(buffers));
        drop(self.memo.take());
        drop(self.rest.take());
        Ok(())
    }

    fn set_file(&self, interp: &mut dyn Interpreter, file: &Value) -> Result<(), Raised> {
        let read = interp.find_attr(file, &intern("read"))?;
        let read_line = interp.find_attr(file, &intern("readline"))?;
        let (Some(read), Some(read_line)) = (read, read_line) else {
            return Err(interp.type_error("file must have 'read' and 'readline' attributes"));
        };
        drop(self.read.replace(read));
        drop(self.read_line.replace(read_line));
        Ok(())
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let unpickler = expect(interp, &args[0], "__init__")?;
    unpickler.set_file(interp, &args[1])?;
    unpickler.set_up(interp, &args[2..6])?;
    Ok(Value::NONE)
}

fn load(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let unpickler = expect(interp, &args[0], "load")?;
    if unpickler.read.borrow().is_unbound() {
        let class = interp.type_name(&args[0]);
        let message = format!("Unpickler.__init__() was not called by {class}.__init__()");
        return Err(unpickling_error(interp, &message));
    }
    let loader = interp.attribute(&args[0], "persistent_load")?;
    // A subclass may find classes in its own way.
    let finder = match args[0].as_instance() {
        Some(_) => interp.attribute(&args[0], "find_class")?,
        None => Value::UNBOUND,
    };
    let finder = match finder.as_native() {
        Some(native) if native.owner == Some("Unpickler") => Value::UNBOUND,
        _ => finder,
    };
    run(interp, unpickler, loader, finder)
}

fn run(interp: &mut dyn Interpreter, unpickler: &Unpickler, loader: Value, finder: Value) -> Completion {
    let input = Input {
        data: unpickler.rest.take(),
        at: 0,
        read: unpickler.read.borrow().clone(),
        read_line: unpickler.read_line.borrow().clone(),
    };
    let mut load = Load::new(unpickler, input, loader, finder);
    let result = load.object(interp);
    let Input { mut data, at, .. } = load.into_input();
    data.drain(..at);
    unpickler.rest.replace(data);
    result
}

/// `load(file, *, fix_imports, encoding, errors, buffers)`.
pub fn load_function(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let unpickler = Unpickler::default();
    unpickler.set_file(interp, &args[0])?;
    unpickler.set_up(interp, &args[1..5])?;
    run(interp, &unpickler, Value::native_function(&NO_PERSISTENT_LOAD, "_pickle"), Value::UNBOUND)
}

/// `loads(data, /, *, fix_imports, encoding, errors, buffers)`.
pub fn loads(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = bytes_argument(interp, &args[0])?.to_vec();
    let unpickler = Unpickler::default();
    unpickler.set_up(interp, &args[1..5])?;
    unpickler.rest.replace(data);
    run(interp, &unpickler, Value::native_function(&NO_PERSISTENT_LOAD, "_pickle"), Value::UNBOUND)
}

fn no_persistent_load(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let message =
        "A load persistent id instruction was encountered, but no persistent_load function was specified.";
    Err(unpickling_error(interp, message))
}

fn find_class(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let unpickler = expect(interp, &args[0], "find_class")?;
    unpickler.find_class(interp, &args[1], &args[2])
}

impl Unpickler {
    /// The object of a name in a module, by the names that are used today.
    pub fn find_class(&self, interp: &mut dyn Interpreter, module: &Value, name: &Value) -> Completion {
        let (mut module, mut name) = (module.clone(), name.clone());
        let protocol = self.protocol.get();
        if protocol < 3 && self.fixes_imports.get() {
            let names = from_module(interp, "_compat_pickle", "NAME_MAPPING")?;
            let modules = from_module(interp, "_compat_pickle", "IMPORT_MAPPING")?;
            let key = Value::pair(module.clone(), name.clone());
            let found = names.dict_like().map(|names| names.get(interp, &key)).transpose()?.flatten();
            if let Some([new_module, new_name]) = found.as_ref().and_then(Value::tuple_like) {
                (module, name) = (new_module.clone(), new_name.clone());
            } else if let Some(modules) = modules.dict_like()
                && let Some(new) = modules.get(interp, &module)?
            {
                module = new;
            }
        }
        let module_text = interp.expect_str_argument(&module, "find_class() argument 1")?.to_owned();
        let text = interp.expect_str_argument(&name, "find_class() argument 2")?.to_owned();
        if module_text.is_empty() {
            return Err(interp.value_error("Empty module name"));
        }
        let loaded = interp.modules().as_dict().and_then(|modules| modules.get_str(&module_text));
        let root = loaded.map_or_else(|| interp.import(&module_text), Ok)?;
        let mut found = root.clone();
        let path: Vec<&str> = if protocol >= 4 { text.split('.').collect() } else { vec![&text] };
        for part in path {
            if part == "<locals>" {
                return Err(not_found(interp, "local attribute", &name, &root));
            }
            match interp.find_attr(&found, &intern(part))? {
                Some(next) => found = next,
                None => return Err(not_found(interp, "attribute", &name, &root)),
            }
        }
        Ok(found)
    }
}

#[cold]
fn not_found(interp: &mut dyn Interpreter, what: &str, name: &Value, root: &Value) -> Raised {
    let shown = interp.repr(name).and_then(|name| Ok((name, interp.repr(root)?)));
    let (name, root) = match shown {
        Ok(shown) => shown,
        Err(raised) => return raised,
    };
    let (name, root) = (name.str_like().unwrap_or_default(), root.str_like().unwrap_or_default());
    let message = format!("Can't get {what} {name} on {root}");
    interp.raise(CoreType::AttributeError, &message)
}

fn persistent_load(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let own = expect(interp, this, "persistent_load")?.persistent_load.borrow().clone();
    Ok(if own.is_unbound() { Value::native_function(&NO_PERSISTENT_LOAD, "_pickle") } else { own })
}

fn set_persistent_load(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    drop(expect(interp, this, "persistent_load")?.persistent_load.replace(value.clone()));
    Ok(())
}

/// `Unpickler.memo`: a view of what was read.
struct MemoProxy {
    unpickler: Value,
}

static MEMO_PROXY: TypeSpec = TypeSpec {
    name: "UnpicklerMemoProxy",
    module: "_pickle",
    methods: &[
        native("__reduce__", "", reduce_memo, "Implement pickling support."),
        native("clear", "", proxy_clear, "Remove all items from memo."),
        native("copy", "", proxy_copy, "Copy the memo to a new object."),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for MemoProxy {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.unpickler);
    }

    fn clear(&self) {
        // A cycle through it is broken at the unpickler.
    }
}

impl NativeObject for MemoProxy {
    fn spec(&self) -> &'static TypeSpec {
        &MEMO_PROXY
    }
}

fn memo(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    expect(interp, this, "memo")?;
    Ok(Value::object(MemoProxy { unpickler: this.clone() }))
}

fn proxied<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v Unpickler, Raised> {
    match args[0].downcast::<MemoProxy>().and_then(|proxy| proxy.unpickler.downcast::<Unpickler>()) {
        Some(unpickler) => Ok(unpickler),
        None => Err(wrong_receiver(interp, "_pickle.UnpicklerMemoProxy", method, &args[0])),
    }
}

fn proxy_clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    drop(proxied(interp, args, "clear")?.memo.take());
    Ok(Value::NONE)
}

/// `{number: object}`
fn proxy_copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let memo = proxied(interp, args, "copy")?.memo.borrow().clone();
    let mut entries: Vec<(u64, Value)> = memo.into_iter().collect();
    entries.sort_by_key(|(number, _)| *number);
    let copy = DictObject::new();
    for (number, object) in entries {
        drop(copy.set(interp, &Value::int(number as i64), object)?);
    }
    Ok(Value::dict(copy))
}

fn reduce_memo(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let contents = proxy_copy(interp, args)?;
    let class = interp.core(CoreType::Dict);
    Ok(Value::pair(class, Value::tuple(vec![contents])))
}

fn set_memo(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    let unpickler = expect(interp, this, "memo")?;
    if value.is_unbound() {
        return Err(interp.type_error("attribute deletion is not supported"));
    }
    let copied = match value.downcast::<MemoProxy>().and_then(|proxy| proxy.unpickler.downcast::<Unpickler>())
    {
        Some(other) => other.memo.borrow().clone(),
        None => memo_of(interp, value)?,
    };
    drop(unpickler.memo.replace(copied));
    Ok(())
}

fn memo_of(interp: &mut dyn Interpreter, value: &Value) -> Result<Memo, Raised> {
    let Some(dict) = value.dict_like() else {
        let class = interp.type_name(value);
        let message = format!("'memo' attribute must be an UnpicklerMemoProxy object or dict, not {class}");
        return Err(interp.type_error(&message));
    };
    let mut memo = Memo::default();
    for entry in dict.entries() {
        let Some(number) = entry.key.int_like() else {
            return Err(interp.type_error("memo key must be integers"));
        };
        let Ok(number) = u64::try_from(number) else {
            return Err(interp.value_error("memo key must be positive integers."));
        };
        memo.insert(number, entry.value);
    }
    Ok(memo)
}
