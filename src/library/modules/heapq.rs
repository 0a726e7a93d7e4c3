//! `heapq`: lists as heaps.
//!
//! Every step leaves the list a permutation of what it was, and no borrow of it outlives a
//! comparison: a comparison may run a script, which may look at the list and change it.

use crate::library::types::numeric::has_special;
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::list::ListObject;
use crate::object::order::{is_less, quick_compare};
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The module `heapq`.
pub static HEAPQ: ModuleSpec = ModuleSpec {
    name: "heapq",
    doc: "Heap queue algorithm (a.k.a. priority queue).",
    functions: &[
        native("_heapify_max", "heap, /", heapify_max, "Maxheap variant of heapify."),
        native("_heappop_max", "heap, /", heappop_max, "Maxheap variant of heappop."),
        native("_heapreplace_max", "heap, item, /", heapreplace_max, "Maxheap variant of heapreplace."),
        native("heapify", "heap, /", heapify, "Transform list into a heap, in-place, in O(len(heap)) time."),
        native(
            "heappop",
            "heap, /",
            heappop,
            "Pop the smallest item off the heap, maintaining the heap invariant.",
        ),
        native("heappush", "heap, item, /", heappush, "Push item onto heap, maintaining the heap invariant."),
        native(
            "heappushpop",
            "heap, item, /",
            heappushpop,
            "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop().",
        ),
        native(
            "heapreplace",
            "heap, item, /",
            heapreplace,
            "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)",
        ),
        native(
            "merge",
            "*iterables, key=None, reverse=False",
            merge,
            "Merge multiple sorted inputs into a single sorted output.\n\nSimilar to sorted(itertools.chain(*iterables)) but returns a generator,\ndoes not pull the data into memory all at once, and assumes that each of\nthe input streams is already sorted (smallest to largest).",
        )
        .like_script(),
        native(
            "nlargest",
            "n, iterable, key=None",
            nlargest,
            "Find the n largest elements in a dataset.\n\nEquivalent to:  sorted(iterable, key=key, reverse=True)[:n]",
        )
        .like_script(),
        native(
            "nsmallest",
            "n, iterable, key=None",
            nsmallest,
            "Find the n smallest elements in a dataset.\n\nEquivalent to:  sorted(iterable, key=key)[:n]",
        )
        .like_script(),
    ],
    ..ModuleSpec::EMPTY
};

/// A list seen as a heap; `before` says which items come first.
struct Heap<'a> {
    list: &'a ListObject,
    before: Comparison,
}

impl<'a> Heap<'a> {
    fn new(
        interp: &mut dyn Interpreter,
        function: &str,
        before: Comparison,
        args: &'a [Value],
    ) -> Result<Heap<'a>, Raised> {
        match args[0].list_like() {
            Some(list) => Ok(Heap { list, before }),
            None => {
                let class = interp.type_name(&args[0]);
                let place = if args.len() > 1 { " 1" } else { "" };
                Err(interp.type_error(&format!("{function}() argument{place} must be list, not {class}")))
            }
        }
    }

    fn len(&self) -> usize {
        self.list.items.borrow().len()
    }

    /// Whether the item at `a` comes before the item at `b`.
    #[inline]
    fn is_before(&self, interp: &mut dyn Interpreter, a: usize, b: usize) -> Result<bool, Raised> {
        let (left, right, length) = {
            let items = self.list.items.borrow();
            let (left, right) = (&items[a], &items[b]);
            if let Some(result) = self.quick(left, right) {
                return Ok(result);
            }
            (left.clone(), right.clone(), items.len())
        };
        let result = self.ask(interp, &left, &right)?;
        if self.len() != length {
            return Err(interp.runtime_error("list changed size during iteration"));
        }
        Ok(result)
    }

    /// A maximum heap asks `b < a` as CPython does: classes need only define `<`.
    #[inline]
    fn quick(&self, a: &Value, b: &Value) -> Option<bool> {
        match self.before {
            Comparison::Gt => quick_compare(Comparison::Lt, b, a),
            before => quick_compare(before, a, b),
        }
    }

    fn ask(&self, interp: &mut dyn Interpreter, a: &Value, b: &Value) -> Result<bool, Raised> {
        match self.before {
            Comparison::Gt => interp.compare_bool(Comparison::Lt, b, a),
            before => interp.compare_bool(before, a, b),
        }
    }

    fn swap(&self, a: usize, b: usize) {
        self.list.items.borrow_mut().swap(a, b);
    }

    /// Move the item at `place` up until its parent comes before it, but not above `top`.
    fn rise(&self, interp: &mut dyn Interpreter, top: usize, mut place: usize) -> Result<(), Raised> {
        while place > top {
            let parent = (place - 1) / 2;
            if !self.is_before(interp, place, parent)? {
                break;
            }
            self.swap(place, parent);
            place = parent;
        }
        Ok(())
    }

    /// Move the item at `top` down to a leaf, always to the first of its children, then up to
    /// its place: this takes fewer comparisons than stopping on the way down.
    fn sink(&self, interp: &mut dyn Interpreter, top: usize) -> Result<(), Raised> {
        let end = self.len();
        let mut place = top;
        while place < end / 2 {
            let mut child = 2 * place + 1;
            if child + 1 < end && !self.is_before(interp, child, child + 1)? {
                child += 1;
            }
            self.swap(place, child);
            place = child;
        }
        self.rise(interp, top, place)
    }

    fn heapify(&self, interp: &mut dyn Interpreter) -> Completion {
        for place in (0..self.len() / 2).rev() {
            self.sink(interp, place)?;
        }
        Ok(Value::NONE)
    }

    fn pop(&self, interp: &mut dyn Interpreter) -> Completion {
        let popped = {
            let mut items = self.list.items.borrow_mut();
            if items.is_empty() { None } else { Some(items.swap_remove(0)) }
        };
        let Some(popped) = popped else { return Err(interp.index_error("index out of range")) };
        if self.len() > 0 {
            self.sink(interp, 0)?;
        }
        Ok(popped)
    }

    fn replace(&self, interp: &mut dyn Interpreter, item: &Value) -> Completion {
        let old =
            self.list.items.borrow_mut().first_mut().map(|first| std::mem::replace(first, item.clone()));
        let Some(old) = old else { return Err(interp.index_error("index out of range")) };
        self.sink(interp, 0)?;
        Ok(old)
    }
}

fn heappush(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let heap = Heap::new(interp, "heappush", Comparison::Lt, args)?;
    heap.list.items.borrow_mut().push(args[1].clone());
    heap.rise(interp, 0, heap.len() - 1)?;
    Ok(Value::NONE)
}

fn heappop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "heappop", Comparison::Lt, args)?.pop(interp)
}

fn heappop_max(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "_heappop_max", Comparison::Gt, args)?.pop(interp)
}

fn heapreplace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "heapreplace", Comparison::Lt, args)?.replace(interp, &args[1])
}

fn heapreplace_max(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "_heapreplace_max", Comparison::Gt, args)?.replace(interp, &args[1])
}

fn heappushpop(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let heap = Heap::new(interp, "heappushpop", Comparison::Lt, args)?;
    let first = heap.list.items.borrow().first().cloned();
    let Some(first) = first else { return Ok(args[1].clone()) };
    if !is_less(interp, &first, &args[1])? {
        return Ok(args[1].clone());
    }
    heap.replace(interp, &args[1])
}

fn heapify(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "heapify", Comparison::Lt, args)?.heapify(interp)
}

fn heapify_max(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Heap::new(interp, "_heapify_max", Comparison::Gt, args)?.heapify(interp)
}

/// An item of a bounded selection: what it is ranked by, and how many came before it.
#[derive(Clone)]
struct Ranked {
    rank: Value,
    order: i64,
    item: Value,
}

impl Ranked {
    /// Whether it belongs before `other` in the result of a selection by `op`. Asks for equality
    /// first, as the comparison of tuples and lists does.
    fn is_before(
        &self,
        interp: &mut dyn Interpreter,
        op: Comparison,
        other: &Ranked,
    ) -> Result<bool, Raised> {
        let is_equal = match quick_compare(Comparison::Eq, &self.rank, &other.rank) {
            Some(is_equal) => is_equal,
            None => interp.equals(&self.rank, &other.rank)?,
        };
        if is_equal { Ok(self.order < other.order) } else { self.ranks_before(interp, op, other) }
    }

    /// Whether its rank alone puts it before `other`.
    fn ranks_before(
        &self,
        interp: &mut dyn Interpreter,
        op: Comparison,
        other: &Ranked,
    ) -> Result<bool, Raised> {
        match op {
            Comparison::Gt => is_less(interp, &other.rank, &self.rank),
            _ => is_less(interp, &self.rank, &other.rank),
        }
    }
}

fn nlargest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    select(interp, Comparison::Gt, args)
}

fn nsmallest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    select(interp, Comparison::Lt, args)
}

/// The first `n` items in the order of `op`. A heap of the best so far has the worst of them at
/// its top.
fn select(interp: &mut dyn Interpreter, op: Comparison, args: &[Value]) -> Completion {
    let count = interp.expect_int(&args[0])?;
    let is_sized = has_special(interp, &args[1], "__len__");
    if is_sized && count >= 0 && count as usize >= interp.length(&args[1])? {
        return sorted(interp, op, &args[1], &args[2]);
    }
    let iterator = interp.iter(&args[1])?;
    let mut best: Vec<Ranked> = Vec::new();
    let mut order = 0;
    while let Some(item) = interp.next(&iterator)? {
        if count <= 0 {
            break;
        }
        let rank = match args[2].given_some() {
            Some(key) => interp.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let ranked = Ranked { rank, order, item };
        order += 1;
        if (best.len() as i64) < count {
            best.push(ranked);
            let last = best.len() - 1;
            rise_worst(interp, op, &mut best, last)?;
        } else if ranked.ranks_before(interp, op, &best[0])? {
            best[0] = ranked;
            let length = best.len();
            sink_worst(interp, op, &mut best, length)?;
        }
    }
    // Take the worst off again and again: the rest of a heap sort.
    for end in (1..best.len()).rev() {
        best.swap(0, end);
        sink_worst(interp, op, &mut best, end)?;
    }
    Ok(Value::list(best.into_iter().map(|ranked| ranked.item).collect()))
}

/// `sorted(iterable, key=key, reverse=...)`: all items are wanted.
fn sorted(interp: &mut dyn Interpreter, op: Comparison, iterable: &Value, key: &Value) -> Completion {
    let items = Value::list(interp.collect(iterable)?);
    let keywords =
        [(Value::str("key"), key.clone()), (Value::str("reverse"), Value::bool(op == Comparison::Gt))];
    let sort = interp.attribute(&items, "sort")?;
    interp.call_keywords(&sort, &[], &keywords)?;
    Ok(items)
}

fn rise_worst(
    interp: &mut dyn Interpreter,
    op: Comparison,
    heap: &mut [Ranked],
    mut place: usize,
) -> Result<(), Raised> {
    while place > 0 {
        let parent = (place - 1) / 2;
        if !heap[parent].is_before(interp, op, &heap[place])? {
            break;
        }
        heap.swap(place, parent);
        place = parent;
    }
    Ok(())
}

fn sink_worst(
    interp: &mut dyn Interpreter,
    op: Comparison,
    heap: &mut [Ranked],
    end: usize,
) -> Result<(), Raised> {
    let mut place = 0;
    while 2 * place + 1 < end {
        let mut child = 2 * place + 1;
        if child + 1 < end && heap[child].is_before(interp, op, &heap[child + 1])? {
            child += 1;
        }
        if !heap[place].is_before(interp, op, &heap[child])? {
            break;
        }
        heap.swap(place, child);
        place = child;
    }
    Ok(())
}

/// One input of a merge with its next item.
struct Stream {
    ranked: Ranked,
    iterator: Value,
}

/// What `merge` returns.
struct Merge {
    key: Value,
    op: Comparison,
    /// The inputs; unbound once the first item has been asked for.
    inputs: RefCell<Vec<Value>>,
    is_started: Cell<bool>,
    /// A heap of the inputs that have items left.
    streams: RefCell<Vec<Stream>>,
}

/// The class of merges; CPython's is a generator.
static MERGE: TypeSpec =
    TypeSpec { name: "generator", doc: "Merges sorted inputs.", native_next: true, ..TypeSpec::EMPTY };

fn merge(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let op = if interp.truth(&args[1])? { Comparison::Gt } else { Comparison::Lt };
    Ok(Value::object(Merge {
        key: args[0].clone(),
        op,
        inputs: RefCell::new(args[2].as_tuple().unwrap_or_default().to_vec()),
        is_started: Cell::new(false),
        streams: RefCell::default(),
    }))
}

impl Traverse for Merge {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.key);
        self.inputs.borrow().iter().for_each(&mut *visit);
        for stream in &*self.streams.borrow() {
            visit(&stream.ranked.rank);
            visit(&stream.ranked.item);
            visit(&stream.iterator);
        }
    }

    fn clear(&self) {
        drop(self.inputs.take());
        drop(self.streams.take());
    }
}

impl Merge {
    /// The next item of an input with its rank.
    fn pull(
        &self,
        interp: &mut dyn Interpreter,
        iterator: &Value,
        order: i64,
    ) -> Result<Option<Ranked>, Raised> {
        let Some(item) = interp.next(iterator)? else { return Ok(None) };
        let rank = match self.key.given_some() {
            Some(key) => interp.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        Ok(Some(Ranked { rank, order, item }))
    }

    fn start(&self, interp: &mut dyn Interpreter) -> Result<Vec<Stream>, Raised> {
        let inputs = self.inputs.take();
        let mut streams: Vec<Stream> = Vec::with_capacity(inputs.len());
        for (order, input) in inputs.iter().enumerate() {
            let iterator = interp.iter(input)?;
            if let Some(ranked) = self.pull(interp, &iterator, order as i64)? {
                streams.push(Stream { ranked, iterator });
            }
        }
        for place in (0..streams.len() / 2).rev() {
            self.sink(interp, &mut streams, place)?;
        }
        Ok(streams)
    }

    /// As [`Heap::sink`].
    fn sink(&self, interp: &mut dyn Interpreter, streams: &mut [Stream], top: usize) -> Result<(), Raised> {
        let is_before = |interp: &mut dyn Interpreter, streams: &[Stream], a: usize, b: usize| {
            streams[a].ranked.is_before(interp, self.op, &streams[b].ranked)
        };
        let mut place = top;
        while place < streams.len() / 2 {
            let mut child = 2 * place + 1;
            if child + 1 < streams.len() && !is_before(interp, streams, child, child + 1)? {
                child += 1;
            }
            streams.swap(place, child);
            place = child;
        }
        while place > top {
            let parent = (place - 1) / 2;
            if !is_before(interp, streams, place, parent)? {
                break;
            }
            streams.swap(place, parent);
            place = parent;
        }
        Ok(())
    }
}

impl NativeObject for Merge {
    fn spec(&self) -> &'static TypeSpec {
        &MERGE
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        // Taken out while scripts may run; an exception leaves the merge exhausted.
        let mut streams = self.streams.take();
        if self.is_started.replace(true) {
            if let [last] = &mut streams[..] {
                // The rest of the last input needs no order.
                match interp.next(&last.iterator)? {
                    Some(item) => last.ranked.item = item,
                    None => streams.clear(),
                }
            } else if let Some(first) = streams.first_mut() {
                match self.pull(interp, &first.iterator, first.ranked.order)? {
                    Some(ranked) => first.ranked = ranked,
                    None => drop(streams.swap_remove(0)),
                }
                self.sink(interp, &mut streams, 0)?;
            }
        } else {
            streams = self.start(interp)?;
        }
        let item = streams.first().map(|stream| stream.ranked.item.clone());
        self.streams.replace(streams);
        Ok(item)
    }
}
