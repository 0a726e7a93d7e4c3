//! `_queue.SimpleQueue`.

use super::deadline;
use super::lock::WaitingThreads;
use crate::event_loop::receiver::receiver;
use crate::object::convention::Convention;
use crate::object::heap::Traverse;
use crate::object::spec::{ModuleSpec, NativeRow, Script, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::RefCell;
use std::collections::VecDeque;

pub static QUEUE: ModuleSpec = ModuleSpec {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it \
          directly.",
    types: &[&SIMPLE_QUEUE],
    script: Script::inline(
        "class Empty(Exception):\n    'Exception raised by Queue.get(block=0)/get_nowait().'\n",
    ),
    ..ModuleSpec::EMPTY
};

/// An unbounded queue.
#[derive(Default)]
struct SimpleQueue {
    items: RefCell<VecDeque<Value>>,
    waiting: WaitingThreads,
}

impl Traverse for SimpleQueue {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.items.borrow().iter().for_each(visit);
    }

    fn clear(&self) {
        drop(self.items.take());
    }
}

impl NativeObject for SimpleQueue {
    fn spec(&self) -> &'static TypeSpec {
        &SIMPLE_QUEUE
    }
}

static SIMPLE_QUEUE: TypeSpec = TypeSpec {
    name: "SimpleQueue",
    module: "_queue",
    doc: "Simple, unbounded, reentrant FIFO queue.",
    methods: &METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 8] = [
    native("__new__", "", new, "An empty queue.").as_new().bound_by(Convention::Own(wrong_new)),
    native("__class_getitem__", "object, /", class_getitem, "See PEP 585.").as_class(),
    native("empty", "", empty, "Return True if the queue is empty, False otherwise (not reliable!)."),
    native("get", "block=True, timeout=None", get, "Remove and return an item from the queue."),
    native("get_nowait", "", get_nowait, "Remove and return an item from the queue without blocking."),
    native("put", "item, block=True, timeout=None", put, "Put the item on the queue."),
    native("put_nowait", "item", put, "Put an item into the queue without blocking."),
    native("qsize", "", qsize, "Return the approximate size of the queue (not reliable!)."),
];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v SimpleQueue, Raised> {
    receiver::<SimpleQueue>(interp, this, "_queue.SimpleQueue", method)
}

fn wrong_new(given: usize, _: &[&str]) -> Option<String> {
    let kind = if given > 0 { "positional" } else { "keyword" };
    Some(format!("SimpleQueue() takes no {kind} arguments"))
}

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Value::object(SimpleQueue::default()))
}

fn class_getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let types = interp.import("types")?;
    interp.call_method(&types, "GenericAlias", args)
}

fn empty(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(this(interp, &args[0], "empty")?.items.borrow().is_empty()))
}

fn qsize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(this(interp, &args[0], "qsize")?.items.borrow().len() as i64))
}

fn put(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "put")?;
    own.items.borrow_mut().push_back(args[1].clone());
    own.waiting.wake_first();
    Ok(Value::NONE)
}

fn empty_error(interp: &mut dyn Interpreter) -> Raised {
    let found = interp.import("_queue").and_then(|module| interp.attribute(&module, "Empty"));
    match found.and_then(|class| interp.to_raised(&class)) {
        Ok(raised) | Err(raised) => raised,
    }
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "get")?;
    let is_patient = interp.truth(&args[1])?;
    let timeout = &args[2];
    if is_patient && !timeout.is_none() && interp.expect_float(timeout)? < 0.0 {
        return Err(interp.value_error("'timeout' must be a non-negative number"));
    }
    let first = own.items.borrow_mut().pop_front();
    if let Some(item) = first {
        return Ok(item);
    }
    if !is_patient {
        return Err(empty_error(interp));
    }
    let deadline = deadline(interp, timeout)?;
    let taken = RefCell::new(None);
    let attempt = || {
        let item = own.items.borrow_mut().pop_front();
        let found = item.is_some();
        taken.replace(item);
        found
    };
    own.waiting.wait_until(interp, &args[0], deadline, attempt)?;
    match taken.into_inner() {
        Some(item) => Ok(item),
        None => Err(empty_error(interp)),
    }
}

fn get_nowait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    get(interp, &[args[0].clone(), Value::FALSE, Value::NONE])
}
