//! Code linked to a namespace: constants as values, inline caches, globals.

use super::dict::DictObject;
use super::heap::{self, Traverse};
use super::shape::ShapeId;
use super::spec::NativeFn;
use super::value::Value;
use crate::bytecode::verify::{Verified, verify};
use crate::bytecode::{Child, Code, CodeKind, VariableSlot};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

/// Code ready to run. Its caches belong to it alone, so code run with other globals is linked
/// anew.
pub struct CodeObject {
    pub code: Verified,
    pub constants: Box<[Value]>,
    pub caches: Box<[Cache]>,
    /// The dict of globals.
    pub globals: Value,
    /// The dict of builtins.
    pub builtins: Value,
    /// Children linked so far, in the order of `code.children`; unbound until needed.
    pub children: RefCell<Vec<Value>>,
    /// Copies of what calls need of `code`, without the indirections.
    pub frame: FrameLayout,
}

/// What a call must know of a code.
#[derive(Debug, Clone, Copy)]
pub struct FrameLayout {
    /// Address of the first word.
    pub words: *const u32,
    /// The number of arguments with which a purely positional call needs no binding and runs at
    /// once; `u32::MAX` if there is none.
    pub simple_arity: u32,
    /// The same where a call makes a generator or coroutine.
    pub generator_arity: u32,
    /// The number of parameters if all are positional or by name, of whatever a call makes;
    /// `u32::MAX` otherwise.
    pub positional_arity: u32,
    pub register_count: u32,
    /// Number of parameters: the register of the first free name's cell.
    pub parameter_count: u32,
    /// The registers of a running frame lie in a generator object, not on the stack.
    pub is_suspendable: bool,
}

impl CodeObject {
    /// `code` with its constants as values, ready to run with `globals`.
    pub fn new(code: Verified, constants: Box<[Value]>, globals: Value, builtins: Value) -> CodeObject {
        let parameters = &code.parameters;
        let is_simple =
            parameters.keyword_only == 0 && !parameters.has_varargs && !parameters.has_varkeywords;
        let arity = |wanted: bool| if is_simple && wanted { parameters.positional } else { u32::MAX };
        let frame = FrameLayout {
            words: code.words.as_ptr(),
            simple_arity: arity(!code.is_suspendable()),
            generator_arity: arity(code.is_suspendable()),
            positional_arity: arity(true),
            register_count: code.register_count as u32,
            parameter_count: parameters.count() as u32,
            is_suspendable: code.is_suspendable(),
        };
        let caches =
            code.caches.iter().map(|name| Cache::new(constants[name.0 as usize].interned())).collect();
        let children = RefCell::new(vec![Value::UNBOUND; code.children.len()]);
        CodeObject { code, constants, caches, globals, builtins, children, frame }
    }
}

impl CodeObject {
    /// As [`new`](Self::new) of a code that was changed; what is wrong with it otherwise.
    pub fn checked(
        code: Code,
        constants: Box<[Value]>,
        globals: Value,
        builtins: Value,
    ) -> Result<CodeObject, String> {
        match verify(code) {
            Ok(code) => Ok(CodeObject::new(code, constants, globals, builtins)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Put `other` in the place of child `index`, which must use the same variables from outside;
/// whether that was done.
pub fn put_child(code: &mut Code, index: usize, other: &Code) -> bool {
    match code.children.get_mut(index) {
        Some(child) if child.code().free_names == other.free_names => {
            *child = Child::new(other.clone().into(), child.captures.clone());
            true
        }
        _ => false,
    }
}

/// One inline cache. What the fields mean depends on the instruction; version or shape 0 never
/// matches.
pub struct Cache {
    /// The interned name the instruction is about.
    pub name: Value,
    /// Attributes: the instance's shape. Globals: the globals' keys version.
    pub key: Cell<u32>,
    /// Attributes: the class's version. Globals: the builtins' keys version, 0 if the name was
    /// found in the globals.
    pub version: Cell<u32>,
    /// A slot, or an index into the dict's entries.
    pub slot: Cell<u32>,
    /// Attribute stores: the shape after the store.
    pub next: Cell<u32>,
    /// What the lookup found in a class; owned by that class while `version` matches.
    pub value: RefCell<Value>,
    /// What a native method runs, receiver first.
    pub function: Cell<Option<NativeFn>>,
    /// Whether that is `list.append`.
    pub appends: Cell<bool>,
    /// What was cached.
    pub kind: Cell<CacheKind>,
    /// What was cached before, for code that sees two kinds of objects in turn.
    alternate: OnceCell<Box<Cache>>,
}

/// What an attribute cache knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheKind {
    Empty,
    /// An instance's own attribute in `slot`.
    Slot,
    /// A function in the class, to be bound to the instance.
    Method,
    /// A member that `__slots__` declares; `slot` is its index.
    Member,
    /// A field of a named tuple; `slot` is its index.
    TupleField,
    /// Anything else in the class that is not a descriptor.
    ClassValue,
    /// A property's getter: `value` is the function.
    Property,
    /// An attribute store that adds a slot.
    AddSlot,
    /// An entry of a module's dict: `key` is its keys version, `slot` the index.
    Module,
    /// An attribute of a class object that is not a descriptor.
    TypeValue,
    /// A method row of a native class, for a receiver that is no instance; `key` is its kind,
    /// `slot` the number of arguments with which `function` may be called as it is.
    NativeMethod,
}

impl Cache {
    /// An empty cache for `name`.
    pub fn new(name: Value) -> Cache {
        Cache {
            name,
            key: Cell::new(0),
            version: Cell::new(0),
            slot: Cell::new(0),
            next: Cell::new(0),
            value: RefCell::new(Value::UNBOUND),
            function: Cell::new(None),
            appends: Cell::new(false),
            kind: Cell::new(CacheKind::Empty),
            alternate: OnceCell::new(),
        }
    }

    /// The second entry, if there ever was a need for one.
    pub fn alternate(&self) -> Option<&Cache> {
        self.alternate.get().map(|cache| &**cache)
    }

    /// Move what is cached to the second entry: the first is about to be filled anew.
    pub fn demote(&self) {
        if self.kind.get() == CacheKind::Empty {
            return;
        }
        let alternate = self.alternate.get_or_init(|| Box::new(Cache::new(self.name.clone())));
        alternate.key.set(self.key.get());
        alternate.version.set(self.version.get());
        alternate.slot.set(self.slot.get());
        alternate.next.set(self.next.get());
        drop(alternate.value.replace(self.value.take()));
        alternate.kind.set(self.kind.replace(CacheKind::Empty));
    }

    /// Forget what is cached.
    fn reset(&self) {
        self.kind.set(CacheKind::Empty);
        self.key.set(0);
        self.version.set(0);
        drop(self.value.take());
        if let Some(alternate) = self.alternate() {
            alternate.reset();
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.name);
        visit(&self.value.borrow());
        if let Some(alternate) = self.alternate() {
            alternate.visit(visit);
        }
    }

    /// The shape an instance must have.
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.key.get())
    }
}

impl CodeObject {
    /// What is in `slot` of a frame of this code, whose registers `read` reads.
    pub fn value_at(&self, slot: VariableSlot, read: &dyn Fn(u8) -> Value) -> Value {
        match slot {
            VariableSlot::Register(register) => read(register),
            VariableSlot::Spill(slot) => {
                let spill = self.code.spill.map(read).unwrap_or_default();
                let list = spill.as_list();
                list.and_then(|list| list.items.borrow().get(slot as usize).cloned()).unwrap_or_default()
            }
        }
    }

    /// Where the variable `name` is.
    pub fn variable_slot(&self, name: &str) -> Option<VariableSlot> {
        self.code.local_names.iter().find(|(local, _)| **local == *name).map(|&(_, slot)| slot)
    }

    /// Bind the variable in `slot` of a frame, whose registers `read` and `write` access.
    pub fn bind(
        &self,
        slot: VariableSlot,
        value: &Value,
        read: &dyn Fn(u8) -> Value,
        write: &mut dyn FnMut(u8, Value),
    ) {
        let held = self.value_at(slot, read);
        let is_cell = self.code.local_names.iter().any(|(name, at)| {
            *at == slot && (self.code.free_names.contains(name) || self.code.cell_names.contains(name))
        });
        match (held.as_cell().filter(|_| is_cell), slot) {
            (Some(cell), _) => drop(cell.set(value.clone())),
            (None, VariableSlot::Register(register)) => write(register, value.clone()),
            (None, VariableSlot::Spill(slot)) => {
                let spill = self.code.spill.map(read).unwrap_or_default();
                let old = spill.as_list().and_then(|list| {
                    let mut items = list.items.borrow_mut();
                    items.get_mut(slot as usize).map(|item| std::mem::replace(item, value.clone()))
                });
                drop(old);
            }
        }
    }

    /// The local names of a frame of this code that stands at `word` and whose registers `read`
    /// reads: the globals of a module, the namespace of a class body, a fresh dict of what is bound
    /// in a function. Within a comprehension that is compiled into a module or class, CPython knows
    /// its variables alone, and those of enclosing functions.
    pub fn locals(&self, word: u32, read: &dyn Fn(u8) -> Value) -> Value {
        let code = &self.code;
        let locals = DictObject::new();
        let is_function =
            matches!(code.kind, CodeKind::Function | CodeKind::Lambda | CodeKind::GeneratorExpression);
        if !is_function {
            self.add_inlined(&locals, word, read);
            if locals.is_empty() {
                return if code.kind == CodeKind::Module { self.globals.clone() } else { read(0) };
            }
        }
        // CPython's order: parameters and plain locals, variables that inner functions use,
        // variables of enclosing functions.
        let rank = |name: &Rc<str>| match () {
            () if code.free_names.contains(name) => 2,
            () if code.cell_names.contains(name) && !code.parameters.names.contains(name) => 1,
            () => 0,
        };
        let mut names: Vec<(u8, &(Rc<str>, VariableSlot))> =
            code.local_names.iter().map(|pair| (rank(&pair.0), pair)).collect();
        names.retain(|(rank, _)| is_function || *rank == 2);
        names.sort_by_key(|&(rank, _)| rank);
        for (_, (name, slot)) in names {
            let mut value = self.value_at(*slot, read);
            if (code.free_names.contains(name) || code.cell_names.contains(name))
                && let Some(cell) = value.as_cell()
            {
                value = cell.get();
            }
            // Of what has names that no script can write, only the iterable of a generator
            // expression is a variable.
            let is_visible = !name.starts_with('.') || &**name == ".0";
            if !value.is_unbound() && is_visible {
                drop(locals.set_str(name, value));
            }
        }
        if is_function {
            self.add_inlined(&locals, word, read);
        }
        Value::dict(locals)
    }

    /// Add the variables of the comprehensions around `word`.
    fn add_inlined(&self, locals: &DictObject, word: u32, read: &dyn Fn(u8) -> Value) {
        for inlined in
            self.code.inlined_names.iter().filter(|inlined| (inlined.start..inlined.end).contains(&word))
        {
            let held = read(inlined.register);
            let value = held.as_cell().filter(|_| inlined.is_cell).map_or(held.clone(), |cell| cell.get());
            if !value.is_unbound() {
                drop(locals.set_str(&inlined.name, value));
            }
        }
    }
}

impl Traverse for CodeObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.constants.iter().for_each(&mut *visit);
        visit(&self.globals);
        visit(&self.builtins);
        for cache in &self.caches {
            cache.visit(visit);
        }
        self.children.borrow().iter().for_each(&mut *visit);
    }

    fn clear(&self) {
        self.caches.iter().for_each(Cache::reset);
        drop(self.children.take());
    }
}

impl Value {
    /// A code object.
    pub fn code(code: CodeObject) -> Value {
        heap::new_boxed(code, true)
    }

    /// A code object.
    #[inline(always)]
    pub fn as_code(&self) -> Option<&CodeObject> {
        self.get::<CodeObject>()
    }
}
