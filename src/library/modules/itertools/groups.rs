//! `batched`, `groupby`, `pairwise`, `tee`.

use super::endless::next_or_release;
use super::owned::iterator_object;
use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{
    Restorable, builtin, call_of, call_with_state, expect_parts, expect_place, reduce_row, set_state_row,
};
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::order::quick_compare;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The class `batched`.
pub static BATCHED: TypeSpec = TypeSpec {
    name: "batched",
    module: "itertools",
    doc: "Batch data into tuples of length n. The last batch may be shorter than n.",
    methods: &[native(
        "__new__",
        "iterable, n, *, strict=False",
        new_batched,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new()],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `groupby`.
pub static GROUPBY: TypeSpec = TypeSpec {
    name: "groupby",
    module: "itertools",
    doc: "make an iterator that returns consecutive keys and groups from the iterable",
    methods: &[
        native(
            "__new__",
            "iterable, key=None",
            new_groupby,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<GroupBy>(),
        set_state_row::<GroupBy>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class of the groups.
pub static GROUPER: TypeSpec = TypeSpec {
    name: "_grouper",
    module: "itertools",
    native_next: true,
    methods: &[
        native(
            "__new__",
            "parent, tgtkey, /",
            new_grouper,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Grouper>(),
    ],
    ..TypeSpec::EMPTY
};

/// The class `pairwise`.
pub static PAIRWISE: TypeSpec = TypeSpec {
    name: "pairwise",
    module: "itertools",
    doc: "Return an iterator of overlapping pairs taken from the input iterator.",
    methods: &[native(
        "__new__",
        "iterable, /",
        new_pairwise,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new()],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class of the iterators that `tee` returns.
pub static TEE: TypeSpec = TypeSpec {
    name: "_tee",
    module: "itertools",
    doc: "Iterator wrapped to make it copyable.",
    methods: &[
        native(
            "__new__",
            "iterable, /",
            new_tee,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__copy__", "", tee_copy, "Returns an independent iterator."),
        reduce_row::<Tee>(),
        set_state_row::<Tee>(),
    ],
    native_next: true,
    ..TypeSpec::EMPTY
};

/// `batched(iterable, n)`.
struct Batched {
    /// Unbound at the end.
    iterator: RefCell<Value>,
    size: usize,
    is_strict: bool,
}

iterator_object!(Batched, BATCHED: iterator);

fn new_batched(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let size = interp.expect_int(&args[2])?;
    let is_strict = interp.truth(&args[3])?;
    if size < 1 {
        return Err(interp.value_error("n must be at least one"));
    }
    let iterator = RefCell::new(interp.iter(&args[1])?);
    Ok(Value::object(Batched { iterator, size: size as usize, is_strict }))
}

impl Batched {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let mut batch = Vec::with_capacity(self.size.min(1024));
        while batch.len() < self.size {
            match next_or_release(interp, &self.iterator)? {
                Some(item) => batch.push(item),
                None => break,
            }
        }
        if batch.is_empty() {
            return Ok(None);
        }
        if self.is_strict && batch.len() < self.size {
            return Err(interp.value_error("batched(): incomplete batch"));
        }
        Ok(Some(Value::tuple(batch)))
    }
}

/// `pairwise(iterable)`.
struct Pairwise {
    /// Unbound at the end.
    iterator: RefCell<Value>,
    /// The item before; unbound at the beginning.
    last: RefCell<Value>,
}

iterator_object!(Pairwise, PAIRWISE: iterator, last);

fn new_pairwise(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = RefCell::new(interp.iter(&args[1])?);
    Ok(Value::object(Pairwise { iterator, last: RefCell::default() }))
}

impl Pairwise {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let mut last = self.last.borrow().clone();
        if last.is_unbound() {
            let Some(first) = next_or_release(interp, &self.iterator)? else { return Ok(None) };
            self.last.replace(first.clone());
            last = first;
            if self.iterator.borrow().is_unbound() {
                // Exhausted meanwhile, by itself.
                drop(self.last.take());
                return Ok(None);
            }
        }
        let Some(next) = next_or_release(interp, &self.iterator)? else {
            drop(self.last.take());
            return Ok(None);
        };
        self.last.replace(next.clone());
        Ok(Some(Value::pair(last, next)))
    }
}

/// `groupby(iterable, key)`.
struct GroupBy {
    iterator: Value,
    /// None: the items themselves.
    key: Value,
    /// The key of the group handed out last.
    target: RefCell<Value>,
    /// An item read ahead and its key; unbound if there is none.
    item: RefCell<Value>,
    item_key: RefCell<Value>,
    /// Numbers the groups: only the one handed out last still yields.
    group: Cell<u64>,
}

iterator_object!(GroupBy, GROUPBY: iterator, key, target, item, item_key);

fn new_groupby(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[1])?;
    Ok(Value::object(GroupBy {
        iterator,
        key: args[2].clone(),
        target: RefCell::default(),
        item: RefCell::default(),
        item_key: RefCell::default(),
        group: Cell::new(0),
    }))
}

/// Equality of keys, quick for numbers and strings.
fn are_equal(interp: &mut dyn Interpreter, a: &Value, b: &Value) -> Result<bool, Raised> {
    match quick_compare(Comparison::Eq, a, b) {
        Some(is_equal) => Ok(is_equal || a.is(b)),
        None => interp.equals(a, b),
    }
}

impl GroupBy {
    /// Read an item ahead; whether there was one.
    fn step(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        let Some(item) = interp.next(&self.iterator)? else { return Ok(false) };
        let key = match self.key.given_some() {
            Some(key) => interp.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        self.item.replace(item);
        self.item_key.replace(key);
        Ok(true)
    }

    fn advance(&self, this: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        self.group.set(self.group.get() + 1);
        loop {
            let (key, target) = (self.item_key.borrow().clone(), self.target.borrow().clone());
            // A new group begins with the first item, and where the key changes.
            if !key.is_unbound() && (target.is_unbound() || !are_equal(interp, &target, &key)?) {
                break;
            }
            if !self.step(interp)? {
                return Ok(None);
            }
        }
        let key = self.item_key.borrow().clone();
        self.target.replace(key.clone());
        let parent = this.as_instance().and_then(|instance| instance.payload().cloned());
        let group = Value::object(Grouper {
            parent: parent.unwrap_or_else(|| this.clone()),
            key: key.clone(),
            group: self.group.get(),
        });
        Ok(Some(Value::tuple(vec![key, group])))
    }
}

/// One group of a `groupby`.
struct Grouper {
    parent: Value,
    key: Value,
    group: u64,
}

iterator_object!(Grouper, GROUPER: parent, key);

impl Grouper {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let Some(parent) = self.parent.downcast::<GroupBy>() else { return Ok(None) };
        if parent.group.get() != self.group {
            return Ok(None);
        }
        if parent.item.borrow().is_unbound() && !parent.step(interp)? {
            return Ok(None);
        }
        let key = parent.item_key.borrow().clone();
        if !are_equal(interp, &self.key, &key)? {
            return Ok(None);
        }
        drop(parent.item_key.take());
        Ok(Some(parent.item.take()))
    }
}

/// How many items one chunk of a tee holds.
const CHUNK: usize = 57;

/// Items that some of the iterators of a tee have read and others have not.
struct TeeChunk {
    source: Value,
    items: RefCell<Vec<Value>>,
    /// The chunk after; unbound until it is needed.
    next: RefCell<Value>,
    /// Whether the source is being asked: it may ask back.
    is_reading: Cell<bool>,
}

/// The class of the chunks.
pub static TEE_CHUNK: TypeSpec = TypeSpec {
    name: "_tee_dataobject",
    module: "itertools",
    methods: &[
        native(
            "__new__",
            "iterable, values, next, /",
            new_chunk,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<TeeChunk>(),
    ],
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    ..TypeSpec::EMPTY
};

impl Traverse for TeeChunk {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.source);
        self.items.borrow().iter().for_each(&mut *visit);
        visit(&self.next.borrow());
    }

    fn clear(&self) {
        drop(self.items.take());
        drop(self.next.take());
    }
}

impl NativeObject for TeeChunk {
    fn spec(&self) -> &'static TypeSpec {
        &TEE_CHUNK
    }
}

impl TeeChunk {
    fn value(source: Value) -> Value {
        Value::object(TeeChunk {
            source,
            items: RefCell::default(),
            next: RefCell::default(),
            is_reading: Cell::new(false),
        })
    }

    fn item(&self, interp: &mut dyn Interpreter, index: usize) -> Result<Option<Value>, Raised> {
        if let Some(item) = self.items.borrow().get(index) {
            return Ok(Some(item.clone()));
        }
        if self.is_reading.replace(true) {
            return Err(interp.runtime_error("cannot re-enter the tee iterator"));
        }
        let item = interp.next(&self.source);
        self.is_reading.set(false);
        let item = item?;
        if let Some(item) = &item {
            self.items.borrow_mut().push(item.clone());
        }
        Ok(item)
    }

    /// The chunk after this one.
    fn following(&self) -> Value {
        let mut next = self.next.borrow_mut();
        if next.is_unbound() {
            *next = TeeChunk::value(self.source.clone());
        }
        next.clone()
    }
}

/// One of the iterators of a tee.
struct Tee {
    chunk: RefCell<Value>,
    index: Cell<usize>,
}

iterator_object!(Tee, TEE: chunk);

impl Tee {
    fn copy(&self) -> Value {
        let chunk = self.chunk.borrow().clone();
        Value::object(Tee { chunk: RefCell::new(chunk), index: self.index.clone() })
    }

    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let mut chunk = self.chunk.borrow().clone();
        if self.index.get() >= CHUNK {
            let Some(full) = chunk.downcast::<TeeChunk>() else { return Ok(None) };
            chunk = full.following();
            self.chunk.replace(chunk.clone());
            self.index.set(0);
        }
        let Some(data) = chunk.downcast::<TeeChunk>() else { return Ok(None) };
        let item = data.item(interp, self.index.get())?;
        if item.is_some() {
            self.index.set(self.index.get() + 1);
        }
        Ok(item)
    }
}

/// `tee(iterable, n)`.
pub fn tee(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = interp.expect_int(&args[1])?;
    if count < 0 {
        return Err(interp.value_error("n must be >= 0"));
    }
    if count == 0 {
        return Ok(Value::tuple(Vec::new()));
    }
    let iterator = interp.iter(&args[0])?;
    let first = match iterator.downcast::<Tee>() {
        Some(_) => iterator,
        None => Value::object(Tee { chunk: RefCell::new(TeeChunk::value(iterator)), index: Cell::new(0) }),
    };
    let mut iterators = vec![first];
    for _ in 1..count {
        let copy = iterators[0].downcast::<Tee>().map(Tee::copy).unwrap_or_default();
        iterators.push(copy);
    }
    Ok(Value::tuple(iterators))
}

fn tee_copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    match args[0].downcast::<Tee>() {
        Some(tee) => Ok(tee.copy()),
        None => Err(wrong_receiver(interp, "_tee", "__copy__", &args[0])),
    }
}

impl Restorable for GroupBy {
    const CLASS: &'static str = "itertools.groupby";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let arguments = vec![self.iterator.clone(), self.key.clone()];
        let state = [&self.item_key, &self.item, &self.target].map(|part| part.borrow().clone());
        Ok(match state.iter().any(Value::is_unbound) {
            true => call_of(class, arguments),
            false => call_with_state(class, arguments, Value::tuple(state.to_vec())),
        })
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let parts = expect_parts(interp, state, 3, 3)?;
        drop(self.item_key.replace(parts[0].clone()));
        drop(self.item.replace(parts[1].clone()));
        drop(self.target.replace(parts[2].clone()));
        Ok(())
    }
}

fn new_grouper(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(parent) = args[1].downcast::<GroupBy>() else {
        let class = interp.type_name(&args[1]);
        let message = format!("_grouper() argument 1 must be itertools.groupby, not {class}");
        return Err(interp.type_error(&message));
    };
    parent.group.set(parent.group.get() + 1);
    Ok(Value::object(Grouper { parent: args[1].clone(), key: args[2].clone(), group: parent.group.get() }))
}

impl Restorable for Grouper {
    const CLASS: &'static str = "itertools._grouper";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let is_last =
            self.parent.downcast::<GroupBy>().is_some_and(|parent| parent.group.get() == self.group);
        if !is_last {
            return Ok(call_of(builtin(interp, "iter")?, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_of(interp.class_of(this), vec![self.parent.clone(), self.key.clone()]))
    }
}

fn new_chunk(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(items) = args[2].list_like().map(|items| items.items.borrow().clone()) else {
        let class = interp.type_name(&args[2]);
        let message = format!("_tee_dataobject() argument 2 must be list, not {class}");
        return Err(interp.type_error(&message));
    };
    let source = interp.iter(&args[1])?;
    let next = match args[3].given_some() {
        None => Value::UNBOUND,
        Some(next) if items.len() == CHUNK => {
            if next.downcast::<TeeChunk>().is_none() {
                return Err(interp.value_error("_tee_dataobject next link should be a _tee_dataobject"));
            }
            next.clone()
        }
        Some(_) => {
            return Err(interp.value_error("_tee_dataobject shouldn't have a next link"));
        }
    };
    if items.len() > CHUNK {
        return Err(interp.value_error(&format!("_tee_dataobject should not have more than {CHUNK} links")));
    }
    Ok(Value::object(TeeChunk {
        source,
        items: RefCell::new(items),
        next: RefCell::new(next),
        is_reading: Cell::new(false),
    }))
}

impl Restorable for TeeChunk {
    const CLASS: &'static str = "itertools._tee_dataobject";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let items = Value::list(self.items.borrow().clone());
        let next = self.next.borrow().clone();
        let next = if next.is_unbound() { Value::NONE } else { next };
        Ok(call_of(interp.class_of(this), vec![self.source.clone(), items, next]))
    }
}

fn new_tee(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[1])?;
    Ok(match iterator.downcast::<Tee>() {
        Some(tee) => tee.copy(),
        None => Value::object(Tee { chunk: RefCell::new(TeeChunk::value(iterator)), index: Cell::new(0) }),
    })
}

impl Restorable for Tee {
    const CLASS: &'static str = "itertools._tee";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let state = Value::pair(self.chunk.borrow().clone(), Value::int(self.index.get() as i64));
        Ok(call_with_state(interp.class_of(this), vec![Value::tuple(Vec::new())], state))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let parts = expect_parts(interp, state, 2, 2)?;
        if parts[0].downcast::<TeeChunk>().is_none() {
            let class = interp.type_name(&parts[0]);
            let message = format!("argument 1 must be itertools._tee_dataobject, not {class}");
            return Err(interp.type_error(&message));
        }
        match usize::try_from(expect_place(interp, &parts[1])?) {
            Ok(index) if index <= CHUNK => self.index.set(index),
            _ => return Err(interp.value_error("Index out of range")),
        }
        drop(self.chunk.replace(parts[0].clone()));
        Ok(())
    }
}
