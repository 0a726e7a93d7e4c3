//! The callable that `functools.lru_cache` makes: CPython's keys, counts and order of eviction.

use crate::library::types::receiver::wrong_receiver;
use crate::library::types::struct_sequence::{item, struct_sequence};
use crate::library::types::tuple::TUPLE;
use crate::object::dict::{DictObject, hash_of};
use crate::object::heap::Traverse;
use crate::object::repr::push_repr;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, Tag, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// No node: the end of the list.
const NOTHING: u32 = u32::MAX;

/// A function with the results of its latest calls.
struct LruCache {
    function: Value,
    /// `None`: no limit.
    limit: Option<usize>,
    is_typed: bool,
    /// From keys to numbers of nodes.
    index: DictObject,
    nodes: RefCell<Nodes>,
    hits: Cell<i64>,
    misses: Cell<i64>,
    /// Attributes: a dict.
    attributes: Value,
}

/// Results in a doubly linked list, the one used longest ago first.
struct Nodes {
    nodes: Vec<Node>,
    /// Numbers of unused nodes.
    free: Vec<u32>,
    oldest: u32,
    newest: u32,
}

#[derive(Default)]
struct Node {
    hash: i64,
    key: Value,
    result: Value,
    older: u32,
    newer: u32,
}

impl Nodes {
    const fn new() -> Nodes {
        Nodes { nodes: Vec::new(), free: Vec::new(), oldest: NOTHING, newest: NOTHING }
    }

    fn append(&mut self, hash: i64, key: Value, result: Value) -> u32 {
        let node = Node { hash, key, result, older: self.newest, newer: NOTHING };
        let number = match self.free.pop() {
            Some(number) => {
                self.nodes[number as usize] = node;
                number
            }
            None => {
                self.nodes.push(node);
                self.nodes.len() as u32 - 1
            }
        };
        self.link_newest(number);
        number
    }

    fn link_newest(&mut self, number: u32) {
        match self.newest {
            NOTHING => self.oldest = number,
            newest => self.nodes[newest as usize].newer = number,
        }
        self.newest = number;
    }

    fn unlink(&mut self, number: u32) {
        let Node { older, newer, .. } = self.nodes[number as usize];
        match older {
            NOTHING => self.oldest = newer,
            older => self.nodes[older as usize].newer = newer,
        }
        match newer {
            NOTHING => self.newest = older,
            newer => self.nodes[newer as usize].older = older,
        }
    }

    /// The result in a node, which becomes the newest.
    fn touch(&mut self, number: u32) -> Value {
        if self.newest != number {
            self.unlink(number);
            let newest = self.newest;
            let node = &mut self.nodes[number as usize];
            (node.older, node.newer) = (newest, NOTHING);
            self.link_newest(number);
        }
        self.nodes[number as usize].result.clone()
    }

    /// Take the oldest node out.
    fn evict(&mut self) -> Option<Node> {
        let number = self.oldest;
        if number == NOTHING {
            return None;
        }
        self.unlink(number);
        self.free.push(number);
        Some(std::mem::take(&mut self.nodes[number as usize]))
    }
}

pub static LRU_CACHE_WRAPPER: TypeSpec = TypeSpec {
    name: "_lru_cache_wrapper",
    module: "functools",
    doc: "Create a cached callable that wraps another function.",
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "user_function, maxsize, typed",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__call__", "*args, **kwargs", call, "Call self as a function."),
    native("__copy__", "", |_, args| Ok(args[0].clone()), "The same object."),
    native("__deepcopy__", "memo, /", |_, args| Ok(args[0].clone()), "The same object."),
    native(
        "__get__",
        "instance, owner=None, /",
        get,
        "Return an attribute of instance, which is of type owner.",
    ),
    native("__reduce__", "", |interp, args| interp.attribute(&args[0], "__qualname__"), "Its name."),
    native("cache_clear", "", cache_clear, "Clear the cache and cache statistics"),
    native("cache_info", "", cache_info, "Report cache statistics"),
];

static GETTERS: &[GetterRow] =
    &[getter("__dict__", |i, this| Ok(expect_cache(i, this, "__dict__")?.attributes.clone()), "")];

static CACHE_INFO: TypeSpec = TypeSpec {
    name: "CacheInfo",
    module: "functools",
    doc: "CacheInfo(hits, misses, maxsize, currsize)",
    base: Some(&TUPLE),
    methods: &[
        native("__repr__", "", info_repr, "Return repr(self)."),
        native("_asdict", "", info_dict, "Return a new dict which maps field names to their values."),
    ],
    getters: &[
        getter("hits", item::<0>, "Alias for field number 0"),
        getter("misses", item::<1>, "Alias for field number 1"),
        getter("maxsize", item::<2>, "Alias for field number 2"),
        getter("currsize", item::<3>, "Alias for field number 3"),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for LruCache {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.function);
        visit(&self.attributes);
        self.index.traverse(visit);
        for node in &self.nodes.borrow().nodes {
            visit(&node.key);
            visit(&node.result);
        }
    }

    fn clear(&self) {
        self.index.clear_entries();
        drop(self.nodes.replace(Nodes::new()));
    }
}

impl NativeObject for LruCache {
    fn spec(&self) -> &'static TypeSpec {
        &LRU_CACHE_WRAPPER
    }

    fn own_attribute(&self, name: &Value) -> Option<Value> {
        self.attributes.as_dict()?.get_str_value(name)
    }

    fn set_own_attribute(&self, name: &Value, value: &Value) -> bool {
        let Some(dict) = self.attributes.as_dict() else { return false };
        if value.is_unbound() {
            return dict.remove_str(name).is_some();
        }
        dict.set_str_value(name, value.clone());
        true
    }
}

fn expect_cache<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v LruCache, Raised> {
    match this.downcast::<LruCache>() {
        Some(cache) => Ok(cache),
        None => Err(wrong_receiver(interp, "functools._lru_cache_wrapper", method, this)),
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if !interp.is_callable(&args[1]) {
        return Err(interp.type_error("the first argument must be callable"));
    }
    let limit = match args[2].given_some() {
        Some(limit) => Some(interp.expect_int(limit)?.max(0) as usize),
        None => None,
    };
    Ok(Value::object(LruCache {
        function: args[1].clone(),
        limit,
        is_typed: interp.truth(&args[3])?,
        index: DictObject::new(),
        nodes: RefCell::new(Nodes::new()),
        hits: Cell::new(0),
        misses: Cell::new(0),
        attributes: Value::dict(DictObject::new()),
    }))
}

thread_local! {
    /// Stands between positional and keyword arguments in keys.
    static MARK: Value = Value::list(Vec::new());
}

/// Marks are told apart by identity, so the mark may have any hash; lists have none.
const MARK_HASH: i64 = 0x6d61_726b;

/// The key of a call and its hash.
fn make_key(
    interp: &mut dyn Interpreter,
    cache: &LruCache,
    args: &[Value],
    keywords: &[(Value, Value)],
) -> Result<(i64, Value), Raised> {
    if let ([only], [], false) = (args, keywords, cache.is_typed)
        && matches!(only.tag(), Tag::Int | Tag::Str | Tag::BigInt)
    {
        return Ok((hash_of(interp, only)?, only.clone()));
    }
    let mut items = args.to_vec();
    if !keywords.is_empty() {
        items.push(MARK.with(Value::clone));
        items.extend(keywords.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    }
    if cache.is_typed {
        for value in args.iter().chain(keywords.iter().map(|(_, value)| value)) {
            items.push(interp.class_of(value));
        }
    }
    let mut hashes = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let is_mark = index == args.len() && !keywords.is_empty();
        hashes.push(if is_mark { MARK_HASH } else { hash_of(interp, item)? });
    }
    Ok((crate::object::hash::combine_tuple(hashes.into_iter()), Value::tuple(items)))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let cache = expect_cache(interp, &args[0], "__call__")?;
    let positional = args[1].as_tuple().unwrap_or_default();
    let keywords: Vec<(Value, Value)> = match args[2].as_dict() {
        Some(keywords) if !keywords.is_empty() => {
            keywords.entries().into_iter().map(|entry| (entry.key, entry.value)).collect()
        }
        _ => Vec::new(),
    };
    if cache.limit == Some(0) {
        cache.misses.set(cache.misses.get() + 1);
        return call_function(interp, cache, positional, &keywords);
    }
    let (hash, key) = make_key(interp, cache, positional, &keywords)?;
    if let Some(result) = look_up(interp, cache, hash, &key)? {
        cache.hits.set(cache.hits.get() + 1);
        return Ok(result);
    }
    cache.misses.set(cache.misses.get() + 1);
    let result = call_function(interp, cache, positional, &keywords)?;
    // The call may have entered the same key.
    if let Some(limit) = cache.limit {
        if cache.index.get_hashed(interp, hash, &key)?.is_some() {
            return Ok(result);
        }
        while cache.index.len() >= limit {
            let Some(evicted) = cache.nodes.borrow_mut().evict() else { break };
            // Found by identity, so no script is asked.
            drop(cache.index.remove_hashed(interp, evicted.hash, &evicted.key)?);
        }
    }
    let number = cache.nodes.borrow_mut().append(hash, key.clone(), result.clone());
    if let Some(old) = cache.index.set_hashed(interp, hash, &key, Value::int(number as i64))?
        && let Some(old) = old.as_int()
    {
        let mut nodes = cache.nodes.borrow_mut();
        nodes.unlink(old as u32);
        nodes.free.push(old as u32);
        drop(std::mem::take(&mut nodes.nodes[old as usize]));
    }
    Ok(result)
}

fn call_function(
    interp: &mut dyn Interpreter,
    cache: &LruCache,
    args: &[Value],
    keywords: &[(Value, Value)],
) -> Completion {
    if keywords.is_empty() {
        interp.call(&cache.function, args)
    } else {
        interp.call_keywords(&cache.function, args, keywords)
    }
}

fn look_up(
    interp: &mut dyn Interpreter,
    cache: &LruCache,
    hash: i64,
    key: &Value,
) -> Result<Option<Value>, Raised> {
    let Some(number) = cache.index.get_hashed(interp, hash, key)? else { return Ok(None) };
    let Some(number) = number.as_int() else { return Ok(None) };
    let mut nodes = cache.nodes.borrow_mut();
    if cache.limit.is_none() {
        return Ok(nodes.nodes.get(number as usize).map(|node| node.result.clone()));
    }
    Ok(Some(nodes.touch(number as u32)))
}

fn get(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    Ok(Value::method(args[0].clone(), args[1].clone()))
}

fn cache_clear(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let cache = expect_cache(interp, &args[0], "cache_clear")?;
    cache.hits.set(0);
    cache.misses.set(0);
    cache.clear();
    Ok(Value::NONE)
}

fn cache_info(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let cache = expect_cache(interp, &args[0], "cache_info")?;
    let limit = cache.limit.map_or(Value::NONE, |limit| Value::int(limit as i64));
    let size = Value::int(cache.index.len() as i64);
    let items = vec![Value::int(cache.hits.get()), Value::int(cache.misses.get()), limit, size];
    Ok(struct_sequence(interp, &CACHE_INFO, items))
}

fn info_dict(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let dict = DictObject::new();
    for (getter, item) in CACHE_INFO.getters.iter().zip(args[0].tuple_like().unwrap_or_default()) {
        dict.set_str(getter.name, item.clone());
    }
    Ok(Value::dict(dict))
}

fn info_repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut text = String::from("CacheInfo(");
    for (index, item) in args[0].tuple_like().unwrap_or_default().iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(CACHE_INFO.getters.get(index).map_or("", |getter| getter.name));
        text.push('=');
        push_repr(interp, &mut text, item)?;
    }
    text.push(')');
    Ok(Value::str(&text))
}
