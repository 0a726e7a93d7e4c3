//! `weakref.ref`.

use crate::library::types::generic_alias;
use crate::library::types::support::{items, wrong_self};
use crate::object::descriptor;
use crate::object::heap::{self, Traverse, WeakCell};
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, member, native};
use crate::object::string::intern;
use crate::object::weak_table::{self, Place};
use crate::object::{Completion, NativeObject, NativeRow, Raised, Tag, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

thread_local! {
    static NEXT_NUMBER: Cell<u64> = const { Cell::new(0) };
}

/// The inside of a reference or proxy.
pub struct Weak {
    cell: Rc<WeakCell>,
    /// Where the object was, for the table of references.
    address: usize,
    /// Called once with the reference when the object has died; None if there is nothing to call.
    callback: RefCell<Value>,
    /// Tells its entry in the cell from those of other references; 0 if it has none.
    number: u64,
}

impl Weak {
    /// A weak link to `object` with its callback; TypeError if the object cannot be linked so.
    pub fn new(interp: &mut dyn Interpreter, object: &Value, callback: &Value) -> Result<Weak, Raised> {
        let cell = if is_referable(object) { heap::weak_cell(object) } else { None };
        let Some(cell) = cell else {
            let class = interp.class_of(object);
            let name = class.as_type().map_or_else(String::new, |class| match class.is_heap {
                true => class.name_text(),
                false => class.full_name(),
            });
            return Err(interp.type_error(&format!("cannot create weak reference to '{name}' object")));
        };
        let number = if callback.is_none() {
            0
        } else {
            NEXT_NUMBER.set(NEXT_NUMBER.get() + 1);
            NEXT_NUMBER.get()
        };
        Ok(Weak { cell, address: object.address(), callback: RefCell::new(callback.clone()), number })
    }

    /// Enter the finished reference `this` in the tables; `place` is where it stands if it has no
    /// callback.
    pub fn enter(&self, this: &Value, place: Place) {
        let Some(own) = heap::weak_cell(this) else { return };
        if self.number != 0 {
            self.cell.add_callback(Value::object(Callback { reference: own.clone(), number: self.number }));
        }
        let place = if self.number == 0 { place } else { Place::Other };
        weak_table::enter(self.address, own, self.cell.clone(), place);
    }

    /// The object, if it is still alive.
    pub fn target(&self) -> Option<Value> {
        self.cell.upgrade()
    }
}

impl Drop for Weak {
    fn drop(&mut self) {
        if self.number != 0 {
            let number = self.number;
            self.cell.remove_callback(|entry| {
                entry.downcast::<Callback>().is_some_and(|entry| entry.number == number)
            });
        }
        weak_table::sweep(self.address);
    }
}

impl Traverse for Weak {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.callback.borrow());
    }

    fn clear(&self) {
        drop(self.callback.replace(Value::NONE));
    }
}

/// Whether CPython lets such an object be referenced weakly.
fn is_referable(object: &Value) -> bool {
    match object.tag() {
        Tag::Function | Tag::Native | Tag::Method | Tag::Type | Tag::Generator => true,
        Tag::Module | Tag::Set | Tag::Code => true,
        Tag::Instance => object.as_instance().is_some_and(|instance| {
            instance.with_class(|class| class.is_heap && class.has_weakref.get())
                // What the class inherits from may have the room.
                || instance.payload_ref().is_some_and(|inside| {
                    matches!(inside.tag(), Tag::Object | Tag::Set)
                        && object.as_exception().is_none()
                        && is_referable(inside)
                })
        }),
        Tag::Object => {
            let spec = object.as_object().map(NativeObject::spec);
            spec.is_some_and(|spec| match spec.native_next {
                true => REFERABLE_ITERATORS.contains(&spec.name),
                false => !NOT_REFERABLE.contains(&spec.name),
            })
        }
        _ => false,
    }
}

/// Native iterators that can be referenced weakly.
const REFERABLE_ITERATORS: &[&str] =
    &["_tee", "StringIO", "BytesIO", "TextIOWrapper", "FileIO", "BufferedReader", "BufferedWriter"];

/// Native classes whose objects cannot be referenced weakly.
const NOT_REFERABLE: &[&str] = &[
    "ReferenceType",
    "ProxyType",
    "CallableProxyType",
    "property",
    "super",
    "mappingproxy",
    "traceback",
    "frame",
    "getset_descriptor",
    "member_descriptor",
    "bytearray",
    "dict_keys",
    "dict_values",
    "dict_items",
    "UnionType",
    "Match",
    "ContextVar",
    "Token",
];

/// What lies in the weak cell of an object on behalf of a reference with a callback.
struct Callback {
    reference: Rc<WeakCell>,
    number: u64,
}

static CALLBACK: TypeSpec =
    TypeSpec { name: "weakref_callback", doc: "Never seen by scripts.", ..TypeSpec::EMPTY };

impl Traverse for Callback {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Callback {
    fn spec(&self) -> &'static TypeSpec {
        &CALLBACK
    }

    fn is_tracked(&self) -> bool {
        false
    }

    fn finalize(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let Some(reference) = self.reference.upgrade() else { return Ok(()) };
        let callback = super::proxy::weak_of(&reference).map(|weak| weak.callback.replace(Value::NONE));
        let Some(callback) = callback.filter(|callback| !callback.is_none()) else { return Ok(()) };
        if let Err(raised) = interp.call(&callback, std::slice::from_ref(&reference)) {
            interp.report_unraisable(raised, "Exception ignored in", &callback);
        }
        Ok(())
    }
}

/// A `weakref.ref`.
pub struct Reference {
    pub weak: Weak,
    /// The hash of the object, once asked for: it outlives the object.
    hash: Cell<Option<i64>>,
}

pub static REFERENCE: TypeSpec = TypeSpec {
    name: "ReferenceType",
    module: "weakref",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native(
        "__init__",
        "*args, **kwargs",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    native("__call__", "", call, "Call self as a function."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__class_getitem__", "item, /", generic_alias::class_getitem, "See PEP 585").as_class(),
];

static GETTERS: &[GetterRow] = &[member("__callback__", callback, "")];

impl Traverse for Reference {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.weak.traverse(visit);
    }

    fn clear(&self) {
        self.weak.clear();
    }
}

impl NativeObject for Reference {
    fn spec(&self) -> &'static TypeSpec {
        &REFERENCE
    }
}

fn this<'v>(interp: &mut dyn Interpreter, value: &'v Value, name: &str) -> Result<&'v Reference, Raised> {
    value.downcast().ok_or_else(|| wrong_self(interp, name, "weakref.ReferenceType", value))
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (class, arguments) = (&args[0], items(&args[1]));
    let is_plain = class.as_type().is_some_and(|class| !class.is_heap);
    if is_plain && args[2].dict_like().is_some_and(|keywords| !keywords.is_empty()) {
        return Err(interp.type_error("ref() takes no keyword arguments"));
    }
    let (object, callback) = match arguments {
        [object] => (object, &Value::NONE),
        [object, callback] => (object, callback),
        [] => return Err(interp.type_error("__new__ expected at least 1 argument, got 0")),
        more => {
            let count = more.len();
            return Err(interp.type_error(&format!("__new__ expected at most 2 arguments, got {count}")));
        }
    };
    if is_plain
        && callback.is_none()
        && let Some(known) = plain_reference(object)
    {
        return Ok(known);
    }
    let weak = Weak::new(interp, object, callback)?;
    let inside = Value::object(Reference { weak, hash: Cell::new(None) });
    let reference =
        if is_plain { inside.clone() } else { Value::instance(class.clone(), Some(inside.clone())) };
    if let Some(inside) = inside.downcast::<Reference>() {
        inside.weak.enter(&reference, if is_plain { Place::SharedReference } else { Place::Other });
    }
    Ok(reference)
}

/// The reference to `object` without callback that exists already: there is one only.
fn plain_reference(object: &Value) -> Option<Value> {
    shared(object, Place::SharedReference)
}

/// What all share that want a reference or proxy without callback to `object`.
pub fn shared(object: &Value, place: Place) -> Option<Value> {
    weak_table::references(object)
        .into_iter()
        .find(|(found, _)| *found == place)
        .map(|(_, reference)| reference)
}

pub fn count(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(weak_table::references(&args[0]).len() as i64))
}

pub fn all(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::list(weak_table::references(&args[0]).into_iter().map(|(_, reference)| reference).collect()))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // The rest is done by `__new__`.
    match items(&args[1]).len() {
        1 | 2 => Ok(Value::NONE),
        0 => Err(interp.type_error("__init__ expected at least 1 argument, got 0")),
        count => Err(interp.type_error(&format!("__init__ expected at most 2 arguments, got {count}"))),
    }
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(this(interp, &args[0], "__call__")?.weak.target().unwrap_or(Value::NONE))
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let left = this(interp, &args[0], "__eq__")?.weak.target();
    let Some(right) = args[1].downcast::<Reference>() else { return Ok(Value::NOT_IMPLEMENTED) };
    match (left, right.weak.target()) {
        (Some(left), Some(right)) => Ok(Value::bool(interp.equals(&left, &right)?)),
        _ => Ok(Value::bool(args[0].is(&args[1]))),
    }
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let reference = this(interp, &args[0], "__hash__")?;
    if let Some(hash) = reference.hash.get() {
        return Ok(Value::int(hash));
    }
    let Some(target) = reference.weak.target() else {
        return Err(interp.type_error("weak object has gone away"));
    };
    let hash = interp.hash(&target)?;
    reference.hash.set(Some(hash));
    Ok(Value::int(hash))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let target = this(interp, &args[0], "__repr__")?.weak.target();
    let address = args[0].address_text();
    let Some(target) = target else { return Ok(Value::str(&format!("<weakref at {address}; dead>"))) };
    let class = interp.type_name(&target);
    // Only what the class knows as `__name__`: that of functions and classes.
    let own = interp.class_of(&target);
    let found = own.as_type().and_then(|class| class.lookup(&intern("__name__")));
    let name = match found {
        Some(found) => Some(descriptor::bind(interp, &found, Some(&target), &own)?),
        None => None,
    };
    let name = name.as_ref().and_then(Value::str_like).map_or_else(String::new, |name| format!(" ({name})"));
    let to = target.address_text();
    Ok(Value::str(&format!("<weakref at {address}; to '{class}' at {to}{name}>")))
}

fn callback(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(this(interp, object, "__callback__")?.weak.callback.borrow().clone())
}
