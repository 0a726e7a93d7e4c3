//! Classes: name, bases, method resolution order, dict, and what is cached about them.

use super::core_type::CoreType;
use super::dict::DictObject;
use super::heap::{self, Traverse, WeakCell};
use super::shape::ShapeId;
use super::spec::{NativeKind, TypeSpec};
use super::value::Value;
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// Inline slots that an instance of a class without history gets.
const FIRST_SLOTS: u16 = 4;
const MAX_INLINE_SLOTS: u16 = 32;

/// A class.
pub struct TypeObject {
    pub name: RefCell<Value>,
    pub qualname: RefCell<Value>,
    /// The class of the class.
    pub metaclass: RefCell<Value>,
    pub bases: RefCell<Vec<Value>>,
    /// The linearisation, this class first.
    pub mro: RefCell<Vec<Value>>,
    /// The namespace, a dict with interned keys. Change it through [`TypeObject::changed`].
    pub dict: Value,
    /// For a class written in Rust, its spec.
    pub spec: Option<&'static TypeSpec>,
    /// Which core type this is, if it is one.
    pub core: Option<CoreType>,
    /// The nearest native class among itself and its bases that is not `object`: instances of
    /// script subclasses wrap an object of it.
    pub native_base: Option<NativeBase>,
    /// Instances accept arbitrary attributes (no `__slots__` in the way).
    pub has_dict: Cell<bool>,
    /// Instances can be referenced weakly.
    pub has_weakref: Cell<bool>,
    /// Whether the class was made by a script.
    pub is_heap: bool,
    /// Whether it has abstract methods left: it cannot be instantiated.
    pub is_abstract: Cell<bool>,
    /// Results of lookups by the address of the name, which is kept alive; emptied by every
    /// change.
    cache: RefCell<HashMap<usize, (Value, Value), FxBuildHasher>>,
    version: Cell<u32>,
    root_shape: Cell<ShapeId>,
    slots: Cell<u16>,
    /// How many members (`__slots__`) its instances have, inherited ones included.
    members: Cell<u16>,
    has_del: Cell<bool>,
    /// Known to have no `__getattribute__` but that of `object`; every change makes it unknown.
    pub has_usual_lookup: Cell<bool>,
    /// What calling the class means, once that was asked; see [`TypeObject::maker`].
    maker: OnceCell<Option<Maker>>,
    /// Subclasses, for `__subclasses__` and for invalidation.
    pub subclasses: RefCell<Vec<Rc<WeakCell>>>,
}

/// How a call of a native class makes an object, where `type.__call__` would find nothing but the
/// class's own rows. Those never change.
pub struct Maker {
    /// `__new__`.
    pub new: Value,
    /// `__init__`, unless it is that of `object`.
    pub init: Option<Value>,
}

/// What instances of script subclasses wrap.
#[derive(Clone, Copy)]
pub enum NativeBase {
    Core(CoreType),
    Spec(&'static TypeSpec),
}

impl NativeBase {
    /// Whether both are the same native class.
    pub fn is(self, other: NativeBase) -> bool {
        match (self, other) {
            (NativeBase::Core(a), NativeBase::Core(b)) => a == b,
            (NativeBase::Spec(a), NativeBase::Spec(b)) => std::ptr::eq(a, b),
            _ => false,
        }
    }
}

thread_local! {
    static NEXT_VERSION: Cell<u32> = const { Cell::new(1) };
}

fn next_version() -> u32 {
    NEXT_VERSION.with(|next| {
        next.set(next.get().wrapping_add(1).max(1));
        next.get()
    })
}

/// What a new class is made of; see the fields of [`TypeObject`].
pub struct NewType {
    pub name: Value,
    pub qualname: Value,
    pub metaclass: Value,
    pub bases: Vec<Value>,
    pub dict: DictObject,
    pub spec: Option<&'static TypeSpec>,
    pub core: Option<CoreType>,
    pub native_base: Option<NativeBase>,
    pub is_heap: bool,
}

impl Value {
    /// A new class. Its `mro` still has to be set, and it to be entered into its bases'
    /// `subclasses`.
    pub fn new_type(new: NewType) -> Value {
        heap::new_boxed(
            TypeObject {
                name: RefCell::new(new.name),
                qualname: RefCell::new(new.qualname),
                metaclass: RefCell::new(new.metaclass),
                bases: RefCell::new(new.bases),
                mro: RefCell::default(),
                dict: Value::dict(new.dict),
                spec: new.spec,
                core: new.core,
                native_base: new.native_base,
                has_dict: Cell::new(new.is_heap),
                has_weakref: Cell::new(new.is_heap),
                is_heap: new.is_heap,
                is_abstract: Cell::new(false),
                cache: RefCell::default(),
                version: Cell::new(next_version()),
                root_shape: Cell::new(ShapeId::NONE),
                slots: Cell::new(FIRST_SLOTS),
                members: Cell::new(0),
                has_del: Cell::new(false),
                has_usual_lookup: Cell::new(false),
                maker: OnceCell::new(),
                subclasses: RefCell::default(),
            },
            true,
        )
    }

    /// A class.
    #[inline(always)]
    pub fn as_type(&self) -> Option<&TypeObject> {
        self.get::<TypeObject>()
    }
}

impl TypeObject {
    /// `__name__`.
    pub fn name(&self) -> Value {
        self.name.borrow().clone()
    }

    /// `__name__` as text.
    pub fn name_text(&self) -> String {
        self.name.borrow().as_str().unwrap_or_default().to_owned()
    }

    /// `__qualname__` as text.
    pub fn qualname_text(&self) -> String {
        self.qualname.borrow().str_like().unwrap_or_default().to_owned()
    }

    /// The name errors use: with the module for classes that CPython has in C, outside `builtins`.
    pub fn error_name(&self) -> String {
        match self.spec {
            Some(spec) => spec.error_name(),
            None => {
                let name = self.name_text();
                let module = self.own_dict().get_str("__module__");
                match module.as_ref().and_then(Value::as_str) {
                    Some(module) if super::convention::is_native_class(module, &name) => {
                        format!("{module}.{name}")
                    }
                    _ => name,
                }
            }
        }
    }

    /// `__module__`, if the class knows one.
    pub fn module(&self) -> Option<Value> {
        if self.is_heap {
            return self.own_dict().get_str("__module__");
        }
        let name = match (self.core, self.spec) {
            (Some(core), None) => core.module(),
            (Some(core), Some(spec)) if spec.module == "builtins" => core.module(),
            (_, Some(spec)) => spec.module,
            (None, None) => "builtins",
        };
        Some(Value::str(name))
    }

    /// How reprs and tracebacks name the class: with its module, unless that is `builtins`.
    pub fn full_name(&self) -> String {
        let module = self.module();
        match module.as_ref().and_then(Value::str_like) {
            Some(module) if module != "builtins" => format!("{module}.{}", self.qualname_text()),
            _ => self.qualname_text(),
        }
    }

    /// Unique to this class in its present state, and to that of its bases.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// The class's own namespace.
    pub fn own_dict(&self) -> &DictObject {
        self.dict.as_dict().expect("a class's namespace is a dict")
    }

    /// Look an interned name up along the method resolution order.
    pub fn lookup(&self, name: &Value) -> Option<Value> {
        self.mro.borrow().iter().find_map(|class| class.as_type()?.own_dict().get_str_value(name))
    }

    /// As `lookup`, remembered until something changes.
    #[inline]
    pub fn lookup_cached(&self, name: &Value) -> Option<Value> {
        if let Some(known) = self.cache.borrow().get(&name.address()) {
            return known.1.given().cloned();
        }
        let found = self.lookup(name);
        if name.is_interned() {
            let value = (name.clone(), found.clone().unwrap_or_default());
            self.cache.borrow_mut().insert(name.address(), value);
        }
        found
    }

    /// How calling the class makes an object, if it is one whose own row makes it as it is.
    #[inline]
    pub fn maker(&self) -> Option<&Maker> {
        if self.is_heap { None } else { self.maker.get_or_init(|| self.find_maker()).as_ref() }
    }

    #[cold]
    fn find_maker(&self) -> Option<Maker> {
        let is_plain = self.metaclass.borrow().as_type()?.core == Some(CoreType::Type);
        let spec = self.spec.filter(|_| is_plain && self.core != Some(CoreType::Type))?;
        let find = |name: &str| self.lookup(&super::string::intern(name));
        let (new, init) = (find("__new__")?, find("__init__")?);
        let maker = new.as_native()?;
        // An exception's state is wrapped, and `object` looks at its arguments twice.
        let is_own =
            maker.row.kind == NativeKind::New && maker.spec.is_some_and(|own| std::ptr::eq(own, spec));
        if !is_own || matches!(maker.owner, Some("BaseException" | "object")) {
            return None;
        }
        let filler = init.as_native().filter(|init| init.is_method())?;
        let init = (filler.owner != Some("object")).then(|| init.clone());
        Some(Maker { new, init })
    }

    /// As `lookup`, with the class in whose dict the name was found.
    pub fn lookup_with_owner(&self, name: &Value) -> Option<(Value, Value)> {
        let mro = self.mro.borrow();
        mro.iter().find_map(|class| Some((class.as_type()?.own_dict().get_str_value(name)?, class.clone())))
    }

    /// Whether `class` is this class or one of its bases.
    pub fn is_subclass_of(&self, class: &Value) -> bool {
        let mro = self.mro.borrow();
        // While a `mro()` of a script computes the order, only the bases tell.
        mro.iter().any(|base| base.is(class)) || mro.is_empty() && self.is_unready_subclass_of(class)
    }

    #[cold]
    fn is_unready_subclass_of(&self, class: &Value) -> bool {
        class.as_type().is_some_and(|class| std::ptr::eq(class, self))
            || self.bases.borrow().iter().filter_map(Value::as_type).any(|base| base.is_subclass_of(class))
    }

    /// Must be called after every change of the dict, the bases or the `mro`: caches of this
    /// class and of its subclasses are void.
    pub fn changed(&self) {
        self.version.set(next_version());
        drop(self.cache.take());
        self.has_usual_lookup.set(false);
        self.has_del.set(self.lookup(&super::string::intern("__del__")).is_some());
        let subclasses: Vec<Value> =
            self.subclasses.borrow().iter().filter_map(|cell| cell.upgrade()).collect();
        for subclass in subclasses {
            if let Some(subclass) = subclass.as_type() {
                subclass.changed();
            }
        }
    }

    /// The shape of an instance without attributes.
    #[inline]
    pub fn root_shape(&self) -> ShapeId {
        if self.root_shape.get() == ShapeId::NONE {
            self.root_shape.set(ShapeId::new_root());
        }
        self.root_shape.get()
    }

    /// How many inline slots a new instance should have.
    #[inline]
    pub fn expected_slots(&self) -> usize {
        self.slots.get() as usize
    }

    /// Remember that an instance needed `count` slots.
    pub fn note_slots(&self, count: usize) {
        let count = (count.min(MAX_INLINE_SLOTS as usize)) as u16;
        if count > self.slots.get() {
            self.slots.set(count);
        }
    }

    /// How many members (`__slots__`) instances have, inherited ones included.
    #[inline]
    pub fn member_count(&self) -> u16 {
        self.members.get()
    }

    /// Set what instances have room for, before the first is made.
    pub fn set_layout(&self, members: u16, has_dict: bool, has_weakref: bool) {
        self.members.set(members);
        self.has_dict.set(has_dict);
        self.has_weakref.set(has_weakref);
        if !has_dict {
            self.slots.set(0);
        }
    }

    /// Whether instances have a `__del__` to run.
    #[inline]
    pub fn has_del(&self) -> bool {
        self.has_del.get()
    }
}

impl Traverse for TypeObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        for field in [&self.name, &self.qualname, &self.metaclass] {
            visit(&field.borrow());
        }
        self.bases.borrow().iter().for_each(&mut *visit);
        self.mro.borrow().iter().for_each(&mut *visit);
        visit(&self.dict);
        for (name, value) in self.cache.borrow().values() {
            visit(name);
            visit(value);
        }
    }

    fn clear(&self) {
        // Instances that die together with their class still ask it for their layout, so only
        // the references that close cycles go: the dict and the linearisation.
        self.own_dict().clear_entries();
        drop(self.cache.take());
        drop(self.mro.take());
    }
}

impl Drop for TypeObject {
    fn drop(&mut self) {
        self.root_shape.get().forget_tree();
    }
}
