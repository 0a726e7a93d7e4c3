//! The class `Pickler`.

use super::output::Output;
use super::save::Dump;
use super::{DEFAULT_PROTOCOL, HIGHEST_PROTOCOL, pickling_error};
use crate::library::types::receiver::wrong_receiver;
use crate::object::dict::DictObject;
use crate::object::heap::{self, Traverse};
use crate::object::spec::{GetterRow, NativeRow, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// The class `Pickler`.
pub static PICKLER: TypeSpec = TypeSpec {
    name: "Pickler",
    module: "_pickle",
    doc: "This takes a binary file for writing a pickle data stream.\n\nThe optional *protocol* argument tells the pickler to use the given\nprotocol; supported protocols are 0, 1, 2, 3, 4 and 5.  The default\nprotocol is 4. It was introduced in Python 3.4, and is incompatible\nwith previous versions.",
    subclassable: true,
    methods: &[
        native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
        native(
            "__init__",
            "file, protocol=None, fix_imports=True, buffer_callback=None",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        native("clear_memo", "", clear_memo, "Clears the pickler's \"memo\"."),
        native(
            "dump",
            "obj, /",
            dump,
            "Write a pickled representation of the given object to the open file.",
        ),
    ],
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static GETTERS: &[GetterRow] = &[
    property(
        "bin",
        |i, this| Ok(Value::int(expect(i, this, "bin")?.is_binary.get().into())),
        |i, this, value| flag(i, this, value, |pickler| &pickler.is_binary),
        "",
    ),
    property("dispatch_table", table, set_table, ""),
    property(
        "fast",
        |i, this| Ok(Value::int(expect(i, this, "fast")?.is_fast.get().into())),
        |i, this, value| flag(i, this, value, |pickler| &pickler.is_fast),
        "",
    ),
    property("memo", memo, set_memo, ""),
    property("persistent_id", persistent_id, set_persistent_id, ""),
];

/// The `persistent_id` that gives no object another identity.
pub static NO_PERSISTENT_ID: NativeRow = native("persistent_id", "obj, /", |_, _| Ok(Value::NONE), "");

/// What was written: the number of each object, by its identity.
pub type Memo = FxHashMap<u64, (usize, Value)>;

/// A pickler.
#[derive(Default)]
pub struct Pickler {
    /// The method `write` of the file; unbound before `__init__`.
    write: RefCell<Value>,
    pub memo: RefCell<Memo>,
    pub protocol: Cell<i64>,
    pub is_binary: Cell<bool>,
    /// Nothing is kept in the memo.
    pub is_fast: Cell<bool>,
    pub fixes_imports: Cell<bool>,
    pub buffer_callback: RefCell<Value>,
    /// Unbound: that of `copyreg`.
    pub table: RefCell<Value>,
    persistent_id: RefCell<Value>,
}

impl Traverse for Pickler {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for part in [&self.write, &self.buffer_callback, &self.table, &self.persistent_id] {
            visit(&part.borrow());
        }
        self.memo.borrow().values().for_each(|(_, object)| visit(object));
    }

    fn clear(&self) {
        for part in [&self.write, &self.buffer_callback, &self.table, &self.persistent_id] {
            drop(part.take());
        }
        drop(self.memo.take());
    }
}

impl NativeObject for Pickler {
    fn spec(&self) -> &'static TypeSpec {
        &PICKLER
    }
}

fn expect<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Pickler, Raised> {
    match this.downcast::<Pickler>() {
        Some(pickler) => Ok(pickler),
        None => Err(wrong_receiver(interp, "_pickle.Pickler", method, this)),
    }
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(Pickler::default()))
}

impl Pickler {
    /// Set up for a protocol and what else `__init__` is told; `write` is unbound if the bytes stay
    /// here.
    fn set_up(&self, interp: &mut dyn Interpreter, write: Value, args: &[Value]) -> Result<(), Raised> {
        let [protocol, fixes_imports, callback] = args else {
            return Err(interp.type_error("Pickler() takes three options"));
        };
        let protocol = protocol_of(interp, protocol)?;
        let fixes_imports = interp.truth(fixes_imports)? && protocol < 3;
        if !callback.is_none() && protocol < 5 {
            return Err(interp.value_error("buffer_callback needs protocol >= 5"));
        }
        drop(self.write.replace(write));
        drop(self.buffer_callback.replace(callback.clone()));
        drop(self.memo.take());
        self.protocol.set(protocol);
        self.is_binary.set(protocol > 0);
        self.is_fast.set(false);
        self.fixes_imports.set(fixes_imports);
        Ok(())
    }
}

fn protocol_of(interp: &mut dyn Interpreter, protocol: &Value) -> Result<i64, Raised> {
    if protocol.is_none() {
        return Ok(DEFAULT_PROTOCOL);
    }
    match interp.expect_int(protocol)? {
        ..0 => Ok(HIGHEST_PROTOCOL),
        protocol if protocol > HIGHEST_PROTOCOL => {
            Err(interp.value_error(&format!("pickle protocol must be <= {HIGHEST_PROTOCOL}")))
        }
        protocol => Ok(protocol),
    }
}

/// The method `write` of a file.
fn write_of(interp: &mut dyn Interpreter, file: &Value) -> Completion {
    match interp.find_attr(file, &intern("write"))? {
        Some(write) => Ok(write),
        None => Err(interp.type_error("file must have a 'write' attribute")),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pickler = expect(interp, &args[0], "__init__")?;
    // The protocol is looked at first.
    protocol_of(interp, &args[2])?;
    let write = write_of(interp, &args[1])?;
    pickler.set_up(interp, write, &args[2..5])?;
    // A class may have a table of its own.
    if args[0].as_instance().is_some() {
        let class = interp.class_of(&args[0]);
        let own = class.as_type().and_then(|class| class.lookup(&intern("dispatch_table")));
        if own.is_some_and(|own| own.as_object().is_none_or(|own| own.spec().name != "getset_descriptor")) {
            let table = interp.find_attr(&args[0], &intern("dispatch_table"))?;
            drop(pickler.table.replace(table.unwrap_or_default()));
        }
    }
    Ok(Value::NONE)
}

fn clear_memo(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    drop(expect(interp, &args[0], "clear_memo")?.memo.take());
    Ok(Value::NONE)
}

/// The `persistent_id` of a pickler, unbound if that does nothing.
fn own_persistent_id(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let found = interp.attribute(this, "persistent_id")?;
    let is_none = found.as_native().is_some_and(|native| std::ptr::eq(native.row, &NO_PERSISTENT_ID));
    Ok(if is_none { Value::UNBOUND } else { found })
}

fn dump(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pickler = expect(interp, &args[0], "dump")?;
    let write = pickler.write.borrow().clone();
    if write.is_unbound() {
        let class = interp.type_name(&args[0]);
        let message = format!("Pickler.__init__() was not called by {class}.__init__()");
        return Err(pickling_error(interp, &message));
    }
    let persistent_id = own_persistent_id(interp, &args[0])?;
    let reducer_override = interp.find_attr(&args[0], &intern("reducer_override"))?.unwrap_or_default();
    let mut dump = Dump::new(pickler, write.clone(), persistent_id, reducer_override);
    dump.object(interp, &args[1])?;
    flush(interp, &mut dump.out, &write)?;
    Ok(Value::NONE)
}

/// Hand what was written to the file.
pub fn flush(interp: &mut dyn Interpreter, out: &mut Output, write: &Value) -> Result<(), Raised> {
    let data = std::mem::take(&mut out.data);
    interp.call(write, &[Value::bytes(data)]).map(drop)
}

/// `dumps(obj, protocol, fix_imports, buffer_callback)`.
pub fn dumps(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pickler = Pickler::default();
    pickler.set_up(interp, Value::UNBOUND, &args[1..4])?;
    let mut dump = Dump::new(&pickler, Value::UNBOUND, Value::UNBOUND, Value::UNBOUND);
    dump.object(interp, &args[0])?;
    Ok(Value::bytes(std::mem::take(&mut dump.out.data)))
}

/// `dump(obj, file, protocol, fix_imports, buffer_callback)`.
pub fn dump_function(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pickler = Pickler::default();
    protocol_of(interp, &args[2])?;
    let write = write_of(interp, &args[1])?;
    pickler.set_up(interp, write.clone(), &args[2..5])?;
    let mut dump = Dump::new(&pickler, write.clone(), Value::UNBOUND, Value::UNBOUND);
    dump.object(interp, &args[0])?;
    flush(interp, &mut dump.out, &write)?;
    Ok(Value::NONE)
}

fn flag(
    interp: &mut dyn Interpreter,
    this: &Value,
    value: &Value,
    cell: fn(&Pickler) -> &Cell<bool>,
) -> Result<(), Raised> {
    if value.is_unbound() {
        return Err(interp.type_error("can't delete numeric/char attribute"));
    }
    let value = interp.expect_int(value)? != 0;
    cell(expect(interp, this, "fast")?).set(value);
    Ok(())
}

fn table(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    match expect(interp, this, "dispatch_table")?.table.borrow().given() {
        Some(table) => Ok(table.clone()),
        None => {
            let message = format!("'{}' object has no attribute 'dispatch_table'", interp.type_name(this));
            Err(interp.raise(CoreType::AttributeError, &message))
        }
    }
}

fn set_table(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    drop(expect(interp, this, "dispatch_table")?.table.replace(value.clone()));
    Ok(())
}

fn persistent_id(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let own = expect(interp, this, "persistent_id")?.persistent_id.borrow().clone();
    Ok(if own.is_unbound() { Value::native_function(&NO_PERSISTENT_ID, "_pickle") } else { own })
}

fn set_persistent_id(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    drop(expect(interp, this, "persistent_id")?.persistent_id.replace(value.clone()));
    Ok(())
}

/// `Pickler.memo`: a view of what was written.
struct MemoProxy {
    pickler: Value,
}

static MEMO_PROXY: TypeSpec = TypeSpec {
    name: "PicklerMemoProxy",
    module: "_pickle",
    methods: &[
        native("__reduce__", "", reduce_memo, "Implement pickle support."),
        native("clear", "", proxy_clear, "Remove all items from memo."),
        native("copy", "", proxy_copy, "Copy the memo to a new object."),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for MemoProxy {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.pickler);
    }

    fn clear(&self) {
        // A cycle through it is broken at the pickler.
    }
}

impl NativeObject for MemoProxy {
    fn spec(&self) -> &'static TypeSpec {
        &MEMO_PROXY
    }
}

fn memo(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    expect(interp, this, "memo")?;
    Ok(Value::object(MemoProxy { pickler: this.clone() }))
}

/// The pickler of a view.
fn proxied<'v>(interp: &mut dyn Interpreter, args: &'v [Value], method: &str) -> Result<&'v Pickler, Raised> {
    match args[0].downcast::<MemoProxy>().and_then(|proxy| proxy.pickler.downcast::<Pickler>()) {
        Some(pickler) => Ok(pickler),
        None => Err(wrong_receiver(interp, "_pickle.PicklerMemoProxy", method, &args[0])),
    }
}

fn proxy_clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    drop(proxied(interp, args, "clear")?.memo.take());
    Ok(Value::NONE)
}

/// `{identity: (number, object)}`
fn proxy_copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut entries: Vec<(usize, Value)> =
        proxied(interp, args, "copy")?.memo.borrow().values().cloned().collect();
    entries.sort_by_key(|(number, _)| *number);
    let copy = DictObject::new();
    for (number, object) in entries {
        let key = Value::int(heap::identity(&object).unwrap_or_default() as i64);
        drop(copy.set(interp, &key, Value::pair(Value::int(number as i64), object))?);
    }
    Ok(Value::dict(copy))
}

fn reduce_memo(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let contents = proxy_copy(interp, args)?;
    let class = interp.core(CoreType::Dict);
    Ok(Value::pair(class, Value::tuple(vec![contents])))
}

fn set_memo(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    let pickler = expect(interp, this, "memo")?;
    if value.is_unbound() {
        return Err(interp.type_error("attribute deletion is not supported"));
    }
    let copied = match value.downcast::<MemoProxy>().and_then(|proxy| proxy.pickler.downcast::<Pickler>()) {
        Some(other) => other.memo.borrow().clone(),
        None => memo_of(interp, value)?,
    };
    drop(pickler.memo.replace(copied));
    Ok(())
}

fn memo_of(interp: &mut dyn Interpreter, value: &Value) -> Result<Memo, Raised> {
    let Some(dict) = value.dict_like() else {
        let class = interp.type_name(value);
        let message = format!("'memo' attribute must be a PicklerMemoProxy object or dict, not {class}");
        return Err(interp.type_error(&message));
    };
    let mut memo = Memo::default();
    for entry in dict.entries() {
        let Some([number, object]) = entry.value.tuple_like() else {
            return Err(interp.type_error("'memo' values must be 2-item tuples"));
        };
        let number = interp.expect_int(number)? as usize;
        if let Some(identity) = heap::identity(object) {
            memo.insert(identity, (number, object.clone()));
        }
    }
    Ok(memo)
}
