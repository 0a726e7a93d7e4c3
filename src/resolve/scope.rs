//! Scopes as data: which names a body binds and uses, and what each name turned out to be.

use apy_grammar::Span;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Index of a scope in [`Scopes`]; the module is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeId(u32);

impl ScopeId {
    /// The scope of the module body.
    pub const MODULE: ScopeId = ScopeId(0);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    /// A list, set or dict comprehension: a scope of its own, but no code of its own.
    Comprehension,
    GeneratorExpression,
    /// Around a generic function, class or type alias: where its type parameters live.
    TypeParameters,
    /// The bound or default of a type parameter, or the value of a type alias: evaluated when
    /// it is asked for.
    TypeExpression,
}

/// Which of the scopes that a node opens is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Its body.
    Body,
    /// [`ScopeKind::TypeParameters`].
    Parameters,
    /// Of a type parameter.
    Bound,
    /// Of a type parameter.
    Default,
}

/// What a name means in the scope that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Bound here; no other code sees it. In a class: an entry of the namespace.
    Local,
    /// Bound here and used by nested code.
    Cell,
    /// Bound by an enclosing function.
    Free,
    /// Declared `global` here.
    GlobalExplicit,
    /// Bound nowhere around: a global or builtin; in a class body the namespace comes first.
    GlobalImplicit,
}

/// Facts about a name in one scope; a set of the constants below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts(u16);

impl Facts {
    pub const GLOBAL: Facts = Facts(1);
    pub const LOCAL: Facts = Facts(1 << 1);
    pub const PARAMETER: Facts = Facts(1 << 2);
    pub const NONLOCAL: Facts = Facts(1 << 3);
    pub const USE: Facts = Facts(1 << 4);
    pub const ANNOTATED: Facts = Facts(1 << 5);
    /// The target of a comprehension's `for`.
    pub const ITERATION: Facts = Facts(1 << 6);
    /// `del`, or the name of an `except` clause, which deletes it.
    pub const DELETED: Facts = Facts(1 << 7);
    /// Target of `:=`, so evaluating an expression may rebind it.
    pub const WALRUS: Facts = Facts(1 << 8);
    /// Used by nested code.
    pub const CAPTURED: Facts = Facts(1 << 9);
    /// Comes from an enclosing function, or passes through on its way to nested code.
    pub const FREE: Facts = Facts(1 << 10);
    /// Bound in more than one place.
    pub const REBOUND: Facts = Facts(1 << 12);
    /// Bound by an import.
    pub const IMPORTED: Facts = Facts(1 << 13);
    /// A type parameter.
    pub const TYPE_PARAMETER: Facts = Facts(1 << 11);

    /// Whether any of `other` holds.
    pub fn any(self, other: Facts) -> bool {
        self.0 & other.0 != 0
    }

    /// Add `other`.
    pub fn add(&mut self, other: Facts) {
        self.0 |= other.0;
    }
}

impl std::ops::BitOr for Facts {
    type Output = Facts;

    fn bitor(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }
}

/// A name of a scope.
#[derive(Debug, Clone)]
pub struct Symbol {
    pub name: Rc<str>,
    pub facts: Facts,
    /// Where `global` or `nonlocal` declared it.
    pub declared: Option<Span>,
}

/// The names of one body.
#[derive(Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    pub name: Rc<str>,
    pub parent: Option<ScopeId>,
    /// What mangles private names here.
    pub private: Option<Private>,
    /// `async def`.
    pub is_async: bool,
    /// Contains `yield`.
    pub is_generator: bool,
    /// A comprehension or generator expression that awaits.
    pub awaits: bool,
    /// A class some method of which uses `__class__` or `super`.
    pub needs_class_cell: bool,
    /// A class whose namespace is read by generic definitions or type aliases in it.
    pub needs_class_dict: bool,
    /// The class around a scope of a generic definition or type alias that reads its namespace.
    pub sees_class: Option<ScopeId>,
    /// What errors call a [`ScopeKind::TypeExpression`]: `a TypeVar bound`.
    pub(super) described: &'static str,
    /// Calls something that may look at all the local variables.
    pub shows_locals: bool,
    /// Contains annotated variables.
    pub has_annotations: bool,
    /// Names of enclosing functions that this code, or code within it, uses.
    pub free: BTreeSet<Rc<str>>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) index: FxHashMap<Rc<str>, usize>,
    /// Depth of iterables of comprehensions around the place being walked.
    pub(super) iterable_depth: u32,
    /// The place being walked is a comprehension's target.
    pub(super) in_target: bool,
}

impl Scope {
    pub(super) fn new(kind: ScopeKind, name: Rc<str>, parent: Option<ScopeId>) -> Self {
        Scope {
            kind,
            name,
            parent,
            private: None,
            is_async: false,
            is_generator: false,
            awaits: false,
            needs_class_cell: false,
            needs_class_dict: false,
            sees_class: None,
            described: "",
            shows_locals: false,
            has_annotations: false,
            free: BTreeSet::new(),
            symbols: Vec::new(),
            index: FxHashMap::default(),
            iterable_depth: 0,
            in_target: false,
        }
    }

    /// Whether names bound here are variables of a function.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, ScopeKind::Module | ScopeKind::Class)
    }

    /// Whether the body is compiled into the code around it.
    pub fn is_inlined(&self) -> bool {
        self.kind == ScopeKind::Comprehension
    }

    /// Whether this is any kind of comprehension.
    pub fn is_comprehension(&self) -> bool {
        matches!(self.kind, ScopeKind::Comprehension | ScopeKind::GeneratorExpression)
    }

    /// All names, in the order of their first mention.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The facts about `name` (mangled); none if it is not mentioned.
    pub fn facts(&self, name: &str) -> Facts {
        self.index.get(name).map_or(Facts::default(), |&at| self.symbols[at].facts)
    }

    /// What `name` (mangled) is in this scope.
    pub fn binding(&self, name: &str) -> Binding {
        let facts = self.facts(name);
        if facts.any(Facts::GLOBAL) {
            Binding::GlobalExplicit
        } else if self.binds(facts) {
            if facts.any(Facts::CAPTURED) && self.is_function_like() { Binding::Cell } else { Binding::Local }
        } else if facts.any(Facts::FREE) {
            Binding::Free
        } else {
            Binding::GlobalImplicit
        }
    }

    /// Whether a name with these facts is bound here.
    pub(super) fn binds(&self, facts: Facts) -> bool {
        facts.any(Facts::LOCAL | Facts::PARAMETER) && !facts.any(Facts::GLOBAL | Facts::NONLOCAL)
    }

    /// The symbol of `name`, made if need be.
    pub(super) fn symbol_mut(&mut self, name: &Rc<str>) -> &mut Symbol {
        let at = *self.index.entry(Rc::clone(name)).or_insert_with(|| {
            self.symbols.push(Symbol { name: Rc::clone(name), facts: Facts::default(), declared: None });
            self.symbols.len() - 1
        });
        &mut self.symbols[at]
    }
}

/// All scopes of a module, and which node of the tree opens which.
#[derive(Debug, Default)]
pub struct Scopes {
    scopes: Vec<Scope>,
    by_node: FxHashMap<(usize, Part), ScopeId>,
    /// `from __future__ import annotations` is in force.
    pub future_annotations: bool,
    /// The variables of all functions may be looked at.
    pub shows_locals: bool,
}

impl Scopes {
    /// The scope that `node` opens: a function, lambda, class or comprehension of the tree that
    /// was resolved. The tree has not moved since, so that its nodes' addresses name them.
    ///
    /// # Panics
    /// If `node` opens no scope: then the compiler and the resolver disagree on the tree.
    pub fn of<T>(&self, node: &T) -> ScopeId {
        self.of_part(node, Part::Body)
    }

    /// As [`of`](Self::of) for another of the scopes that the node opens.
    pub fn of_part<T>(&self, node: &T, part: Part) -> ScopeId {
        match self.by_node.get(&(std::ptr::from_ref(node).addr(), part)) {
            Some(&id) => id,
            None => panic!("internal error: a node without its scope"),
        }
    }

    /// The scope at `id`.
    pub fn get(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    pub(super) fn new(future_annotations: bool, shows_locals: bool) -> Scopes {
        Scopes { future_annotations, shows_locals, ..Scopes::default() }
    }

    pub(super) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id.0 as usize]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = ScopeId> + use<> {
        (0..self.scopes.len() as u32).map(ScopeId)
    }

    /// Add a scope; the module's has no node.
    pub(super) fn add<T>(&mut self, scope: Scope, node: Option<(&T, Part)>) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        self.scopes.push(scope);
        if let Some((node, part)) = node {
            self.by_node.insert((std::ptr::from_ref(node).addr(), part), id);
        }
        id
    }
}

/// The class around a place, whose name mangles private names there.
#[derive(Clone, Debug)]
pub struct Private {
    class: Rc<str>,
    /// In the head of a generic class: its type parameters, which alone are mangled.
    only: Option<Rc<[Rc<str>]>>,
}

impl Private {
    /// Inside of the class.
    pub fn body(class: &Rc<str>) -> Private {
        Private { class: Rc::clone(class), only: None }
    }

    /// In the head of the generic class.
    pub fn head(class: &Rc<str>, parameters: impl Iterator<Item = Rc<str>>) -> Private {
        Private { class: Rc::clone(class), only: Some(parameters.collect()) }
    }
}

/// `name` as the class around spells it: `__x` becomes `_Class__x`.
pub fn mangle(private: Option<&Private>, name: &Rc<str>) -> Rc<str> {
    let Some(private) = private else { return Rc::clone(name) };
    let is_private = name.starts_with("__") && !name.ends_with("__") && !name.contains('.');
    if !is_private || private.only.as_ref().is_some_and(|only| !only.contains(name)) {
        return Rc::clone(name);
    }
    let class = private.class.trim_start_matches('_');
    if class.is_empty() { Rc::clone(name) } else { format!("_{class}{name}").into() }
}
