//! `Queue`, `LifoQueue` and `PriorityQueue`.

use super::heap_order;
use super::locks::Event;
use super::waiters::{self, Waiters};
use crate::event_loop::coroutine::{self, Machine, Step, coroutine};
use crate::event_loop::future_rows::class_getitem;
use crate::event_loop::receiver::receiver;
use crate::event_loop::slot::Slot;
use crate::event_loop::{future, report, running};
use crate::object::attributes::Attributes;
use crate::object::heap::{self, Traverse};
use crate::object::interpreter::CodePlace;
use crate::object::resource::{Made, Resource};
use crate::object::spec::{Begun, GetterRow, NativeRow, getter, native, property};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, Tag, TypeSpec, Value};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// In which order items come out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Fifo,
    Lifo,
    Priority,
}

/// `asyncio.Queue`.
pub struct Queue {
    attributes: Attributes,
    order: Order,
    /// A script's subclass has methods of its own among `_init`, `_get` and `_put`.
    is_scripted: Cell<bool>,
    /// What such a subclass has set as `_queue`; unbound if nothing.
    replaced: Slot,
    items: RefCell<VecDeque<Value>>,
    /// As many items as make it full.
    maxsize: Cell<i64>,
    /// What a script gave as `maxsize`, unless it is that number.
    maxsize_given: Slot,
    getters: Waiters,
    putters: Waiters,
    unfinished: Cell<i64>,
    /// Set while nothing is unfinished: an `Event`.
    finished: Value,
    is_shutdown: Cell<bool>,
    loop_: Slot,
    made: Made,
    spec: &'static TypeSpec,
}

impl Queue {
    fn make(order: Order, spec: &'static TypeSpec, made: Made) -> Value {
        Value::object(Queue {
            attributes: Attributes::default(),
            order,
            is_scripted: Cell::new(false),
            replaced: Slot::default(),
            items: RefCell::default(),
            maxsize: Cell::new(0),
            maxsize_given: Slot::default(),
            getters: Waiters::default(),
            putters: Waiters::default(),
            unfinished: Cell::new(0),
            finished: Value::object(Event::set_already()),
            is_shutdown: Cell::new(false),
            loop_: Slot::default(),
            made,
            spec,
        })
    }

    /// A new `asyncio.Queue` without limit.
    pub fn create() -> Value {
        Queue::make(Order::Fifo, &QUEUE, Made::default())
    }

    fn event(&self) -> &Event {
        self.finished.downcast::<Event>().expect("a queue is made with an event")
    }

    fn len(&self, interp: &mut dyn Interpreter) -> Result<usize, Raised> {
        let replaced = self.replaced.get();
        match replaced.given() {
            None => Ok(self.items.borrow().len()),
            Some(items) => interp.length(items),
        }
    }

    fn is_empty(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        Ok(self.len(interp)? == 0)
    }

    fn is_full(&self, interp: &mut dyn Interpreter) -> Result<bool, Raised> {
        let most = self.maxsize.get();
        Ok(most > 0 && self.len(interp)? as i64 >= most)
    }

    /// Put an item in; nobody has to be woken yet.
    fn insert(&self, interp: &mut dyn Interpreter, item: &Value) -> Result<(), Raised> {
        match self.order {
            Order::Fifo | Order::Lifo => self.items.borrow_mut().push_back(item.clone()),
            Order::Priority => heap_order::push(interp, &self.items, item.clone())?,
        }
        Ok(())
    }

    /// Take an item out. The queue is not empty.
    fn remove(&self, interp: &mut dyn Interpreter) -> Completion {
        let item = match self.order {
            Order::Fifo => self.items.borrow_mut().pop_front(),
            Order::Lifo => self.items.borrow_mut().pop_back(),
            Order::Priority => heap_order::pop(interp, &self.items)?,
        };
        item.map_or_else(|| Err(interp.index_error("pop from an empty deque")), Ok)
    }

    /// `self._put(item)`.
    fn put_any(&self, interp: &mut dyn Interpreter, this: &Value, item: &Value) -> Result<(), Raised> {
        if self.is_scripted.get() {
            interp.call_method(this, "_put", std::slice::from_ref(item))?;
            return Ok(());
        }
        self.insert(interp, item)
    }

    /// `self._get()`.
    fn get_any(&self, interp: &mut dyn Interpreter, this: &Value) -> Completion {
        if self.is_scripted.get() {
            return interp.call_method(this, "_get", &[]);
        }
        self.remove(interp)
    }

    /// `put_nowait`.
    pub fn put_nowait(&self, interp: &mut dyn Interpreter, this: &Value, item: &Value) -> Result<(), Raised> {
        if self.is_shutdown.get() {
            return Err(interp.raise_args(CoreType::QueueShutDown, &[]));
        }
        if self.is_full(interp)? {
            return Err(interp.raise_args(CoreType::QueueFull, &[]));
        }
        self.put_any(interp, this, item)?;
        self.unfinished.set(self.unfinished.get() + 1);
        self.event().unset();
        self.getters.pop_and_wake();
        Ok(())
    }

    /// `get_nowait`.
    fn get_nowait(&self, interp: &mut dyn Interpreter, this: &Value) -> Completion {
        if self.is_empty(interp)? {
            let class = if self.is_shutdown.get() { CoreType::QueueShutDown } else { CoreType::QueueEmpty };
            return Err(interp.raise_args(class, &[]));
        }
        let item = self.get_any(interp, this)?;
        self.putters.pop_and_wake();
        Ok(item)
    }
}

impl Traverse for Queue {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.attributes.visit(visit);
        self.items.borrow().iter().for_each(&mut *visit);
        self.getters.visit(visit);
        self.putters.visit(visit);
        visit(&self.finished);
        self.loop_.visit(visit);
        self.made.visit(visit);
        self.replaced.visit(visit);
    }

    fn clear(&self) {
        self.attributes.clear();
        let items = self.items.take();
        drop(items);
        self.getters.clear();
        self.putters.clear();
        drop(self.loop_.take());
        drop(self.replaced.take());
    }
}

impl NativeObject for Queue {
    fn spec(&self) -> &'static TypeSpec {
        self.spec
    }

    fn attributes(&self) -> Option<&Attributes> {
        Some(&self.attributes)
    }

    fn as_resource(&self) -> Option<&dyn Resource> {
        Some(self)
    }
}

impl Resource for Queue {
    fn lacks(&self, operation: &str) -> String {
        match operation {
            "Queue.join" => {
                let count = self.unfinished.get();
                let items = if count == 1 { "item lacks" } else { "items lack" };
                format!("of which {count} {items} a task_done()")
            }
            "Queue.put" => format!("which is full (maxsize={})", self.maxsize.get()),
            _ => "which is empty".to_owned(),
        }
    }

    fn made_at(&self) -> Option<CodePlace> {
        self.made.place()
    }
}

/// `asyncio.Queue`.
pub static QUEUE: TypeSpec = TypeSpec {
    name: "Queue",
    module: "asyncio.queues",
    script_name: "Queue",
    doc: "First in, first out.",
    methods: &METHODS,
    getters: &GETTERS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// `asyncio.LifoQueue`.
pub static LIFO_QUEUE: TypeSpec = TypeSpec {
    name: "LifoQueue",
    module: "asyncio.queues",
    script_name: "LifoQueue",
    doc: "Last in, first out.",
    base: Some(&QUEUE),
    methods: &LIFO_METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// `asyncio.PriorityQueue`.
pub static PRIORITY_QUEUE: TypeSpec = TypeSpec {
    name: "PriorityQueue",
    module: "asyncio.queues",
    script_name: "PriorityQueue",
    doc: "Smallest first.",
    base: Some(&QUEUE),
    methods: &PRIORITY_METHODS,
    subclassable: true,
    ..TypeSpec::EMPTY
};

static METHODS: [NativeRow; 19] = [
    native("__new__", "*args, **kwargs", new, "An empty queue.").as_new(),
    native("__init__", "maxsize=0", init, "A queue of at most `maxsize` items; 0: no limit."),
    native("__class_getitem__", "item, /", class_getitem, "See PEP 585.").as_class(),
    native("__repr__", "", repr, "What is in it, and who waits."),
    native("__str__", "", str_, "What is in it, and who waits."),
    native("_get", "", get_item, "Take an item out: for subclasses to replace."),
    native("_format", "", format_row, "What the repr shows of the inside."),
    native("_init", "maxsize", init_items, "Make room for items: for subclasses to replace."),
    native("_put", "item", put_item, "Put an item in: for subclasses to replace."),
    native("empty", "", empty, "Whether nothing is in it."),
    native("full", "", full, "Whether there is no room."),
    native("get", "", get, "Wait for an item and take it.").like_async().begun_by(begin_get),
    native("get_nowait", "", get_nowait, "Take an item or raise QueueEmpty."),
    native("join", "", join, "Wait until every item was taken and done with.")
        .like_async()
        .begun_by(begin_join),
    native("put", "item", put, "Wait for room and put an item in.").like_async().begun_by(begin_put),
    native("put_nowait", "item", put_nowait, "Put an item in or raise QueueFull."),
    native("qsize", "", qsize, "How many items are in it."),
    native("shutdown", "immediate=False", shutdown, "Make `put`, and `get` once empty, raise QueueShutDown."),
    native("task_done", "", task_done, "An item that was taken is done with."),
];

static GETTERS: [GetterRow; 7] = [
    getter("_getters", get_getters, "The futures of tasks that wait for an item."),
    property("_loop", get_loop, set_loop, "The loop, or None before the first use."),
    getter("_maxsize", maxsize, "The most items it holds, 0 for no limit."),
    getter("_putters", get_putters, "The futures of tasks that wait for room."),
    property("_queue", items, set_items, "The items: a list, or what a subclass has set."),
    property("_unfinished_tasks", unfinished, set_unfinished, "How many items are not done with."),
    getter("maxsize", maxsize, "The most items it holds, 0 for no limit."),
];

static LIFO_METHODS: [NativeRow; 1] =
    [native("__new__", "*args, **kwargs", new_lifo, "An empty queue.").as_new()];

static PRIORITY_METHODS: [NativeRow; 1] =
    [native("__new__", "*args, **kwargs", new_priority, "An empty queue.").as_new()];

fn this<'v>(interp: &mut dyn Interpreter, this: &'v Value, method: &str) -> Result<&'v Queue, Raised> {
    receiver::<Queue>(interp, this, "Queue", method)
}

fn new(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Queue::make(Order::Fifo, &QUEUE, Made::here(interp)))
}

fn new_lifo(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Queue::make(Order::Lifo, &LIFO_QUEUE, Made::here(interp)))
}

fn new_priority(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(Queue::make(Order::Priority, &PRIORITY_QUEUE, Made::here(interp)))
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__init__")?;
    if let Some(size) = args[1].as_float() {
        own.maxsize.set(size.ceil() as i64);
        own.maxsize_given.set(args[1].clone());
    } else {
        own.maxsize.set(interp.expect_int(&args[1])?);
    }
    if args[0].tag() == Tag::Instance && is_replaced(interp, &args[0]) {
        own.is_scripted.set(true);
        interp.call_method(&args[0], "_init", &args[1..2])?;
    }
    Ok(Value::NONE)
}

/// Whether the class of a script's queue has methods of its own for keeping items.
fn is_replaced(interp: &mut dyn Interpreter, queue: &Value) -> bool {
    let class = interp.class_of(queue);
    class.as_type().is_some_and(|class| {
        ["_init", "_get", "_put"]
            .iter()
            .any(|name| class.lookup(&intern(name)).is_some_and(|found| found.as_function().is_some()))
    })
}

fn init_items(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let old = this(interp, &args[0], "_init")?.items.take();
    drop(old);
    Ok(Value::NONE)
}

fn put_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_put")?.insert(interp, &args[1])?;
    Ok(Value::NONE)
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "_get")?.remove(interp)
}

fn format_row(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "_format")?;
    format(interp, own).map(|text| Value::str(&text))
}

fn format(interp: &mut dyn Interpreter, own: &Queue) -> Result<String, Raised> {
    let given = own.maxsize_given.get();
    let mut text = match given.given() {
        Some(size) => format!("maxsize={}", interp.repr(size)?.as_str().unwrap_or_default()),
        None => format!("maxsize={}", own.maxsize.get()),
    };
    if !own.is_empty(interp)? {
        let items = match own.replaced.get().given() {
            Some(items) => interp.collect(items)?,
            None => own.items.borrow().iter().cloned().collect(),
        };
        let items = Value::list(items);
        let repr = interp.repr(&items)?;
        text.push_str(&format!(" _queue={}", repr.as_str().unwrap_or_default()));
    }
    for (name, waiters) in [("getters", &own.getters), ("putters", &own.putters)] {
        if !waiters.is_empty() {
            text.push_str(&format!(" _{name}[{}]", waiters.len()));
        }
    }
    if own.unfinished.get() != 0 {
        text.push_str(&format!(" tasks={}", own.unfinished.get()));
    }
    if own.is_shutdown.get() {
        text.push_str(" shutdown");
    }
    Ok(text)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__repr__")?;
    let text = format(interp, own)?;
    let name = report::class_name(interp, &args[0]);
    let address = heap::identity(&args[0]).unwrap_or_default();
    Ok(Value::str(&format!("<{name} at {address:#x} {text}>")))
}

fn str_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "__str__")?;
    let text = format(interp, own)?;
    let name = report::class_name(interp, &args[0]);
    Ok(Value::str(&format!("<{name} {text}>")))
}

fn maxsize(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "maxsize")?;
    Ok(own.maxsize_given.get().given().cloned().unwrap_or(Value::int(own.maxsize.get())))
}

fn items(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_queue")?;
    let replaced = own.replaced.get();
    if !replaced.is_unbound() {
        return Ok(replaced);
    }
    Ok(Value::list(own.items.borrow().iter().cloned().collect()))
}

fn set_items(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    this(interp, of, "_queue")?.replaced.set(value.clone());
    Ok(())
}

fn unfinished(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    Ok(Value::int(this(interp, of, "_unfinished_tasks")?.unfinished.get()))
}

fn empty(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "empty")?.is_empty(interp).map(Value::bool)
}

fn full(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "full")?.is_full(interp).map(Value::bool)
}

fn qsize(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = this(interp, &args[0], "qsize")?.len(interp)?;
    Ok(Value::int(count as i64))
}

fn put_nowait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "put_nowait")?.put_nowait(interp, &args[0], &args[1])?;
    Ok(Value::NONE)
}

fn get_nowait(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "get_nowait")?.get_nowait(interp, &args[0])
}

fn task_done(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "task_done")?;
    if own.unfinished.get() <= 0 {
        return Err(interp.value_error("task_done() called too many times"));
    }
    own.unfinished.set(own.unfinished.get() - 1);
    if own.unfinished.get() == 0 {
        own.event().set();
    }
    Ok(Value::NONE)
}

fn shutdown(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let own = this(interp, &args[0], "shutdown")?;
    own.is_shutdown.set(true);
    if interp.truth(&args[1])? {
        while !own.is_empty(interp)? {
            own.get_any(interp, &args[0])?;
            own.unfinished.set((own.unfinished.get() - 1).max(0));
        }
        if own.unfinished.get() == 0 {
            own.event().set();
        }
    }
    own.getters.release_all();
    own.putters.release_all();
    Ok(Value::NONE)
}

fn get(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "get")?;
    Ok(get_coroutine(&args[0]))
}

fn begin_get(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "get")?;
    coroutine::begin(interp, Get::new(args[0].clone()))
}

/// The coroutine `queue.get()`.
pub fn get_coroutine(queue: &Value) -> Value {
    coroutine(Get::new(queue.clone()))
}

/// `get()`.
pub struct Get {
    queue: Value,
    /// Unbound while it does not wait.
    waiter: Value,
}

impl Get {
    pub fn new(queue: Value) -> Get {
        Get { queue, waiter: Value::UNBOUND }
    }
}

/// A `get` or `put` was woken or interrupted. An interrupted one that had been woken passes the
/// wake-up on.
fn woken(
    interp: &mut dyn Interpreter,
    waiters: &Waiters,
    waiter: &Value,
    input: Completion,
    can_go_on: impl FnOnce(&mut dyn Interpreter) -> Result<bool, Raised>,
) -> Result<(), Raised> {
    let Err(raised) = input else { return Ok(()) };
    future::cancel(interp, waiter, &Value::NONE)?;
    waiters.remove(waiter);
    if can_go_on(interp)? && super::waiters::state(waiter) != future::State::Cancelled {
        waiters.pop_and_wake();
    }
    Err(raised)
}

impl Machine for Get {
    fn qualname(&self) -> &'static str {
        "Queue.get"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = this(interp, &self.queue, "get")?;
        let waiter = self.waiter.take();
        if waiter.is_unbound() {
            input?;
        } else {
            woken(interp, &own.getters, &waiter, input, |interp| Ok(!own.is_empty(interp)?))?;
        }
        if own.is_empty(interp)? {
            if own.is_shutdown.get() {
                return Err(interp.raise_args(CoreType::QueueShutDown, &[]));
            }
            let loop_ = running::bind_loop(interp, &self.queue, &own.loop_)?;
            self.waiter = future::create(&loop_);
            own.getters.push(self.waiter.clone());
            return Ok(Step::Await(self.waiter.clone()));
        }
        own.get_nowait(interp, &self.queue).map(Step::Done)
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.queue);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.queue.clone()]
    }
}

fn put(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "put")?;
    Ok(coroutine(Put::new(args)))
}

fn begin_put(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "put")?;
    coroutine::begin(interp, Put::new(args))
}

struct Put {
    queue: Value,
    item: Value,
    waiter: Value,
}

impl Put {
    fn new(args: &[Value]) -> Put {
        Put { queue: args[0].clone(), item: args[1].clone(), waiter: Value::UNBOUND }
    }
}

impl Machine for Put {
    fn qualname(&self) -> &'static str {
        "Queue.put"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        let own = this(interp, &self.queue, "put")?;
        let waiter = self.waiter.take();
        if waiter.is_unbound() {
            input?;
        } else {
            woken(interp, &own.putters, &waiter, input, |interp| Ok(!own.is_full(interp)?))?;
        }
        if own.is_full(interp)? {
            if own.is_shutdown.get() {
                return Err(interp.raise_args(CoreType::QueueShutDown, &[]));
            }
            let loop_ = running::bind_loop(interp, &self.queue, &own.loop_)?;
            self.waiter = future::create(&loop_);
            own.putters.push(self.waiter.clone());
            return Ok(Step::Await(self.waiter.clone()));
        }
        own.put_nowait(interp, &self.queue, &self.item)?;
        Ok(Step::Done(Value::NONE))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.queue);
        visit(&self.item);
        visit(&self.waiter);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.queue.clone()]
    }
}

fn join(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, &args[0], "join")?;
    Ok(coroutine(Join { queue: args[0].clone(), is_waiting: false }))
}

fn begin_join(interp: &mut dyn Interpreter, args: &[Value]) -> Result<Begun, Raised> {
    this(interp, &args[0], "join")?;
    coroutine::begin(interp, Join { queue: args[0].clone(), is_waiting: false })
}

struct Join {
    queue: Value,
    is_waiting: bool,
}

impl Machine for Join {
    fn qualname(&self) -> &'static str {
        "Queue.join"
    }

    fn resume(&mut self, interp: &mut dyn Interpreter, input: Completion) -> Result<Step, Raised> {
        input?;
        let own = this(interp, &self.queue, "join")?;
        if own.unfinished.get() > 0 && !std::mem::replace(&mut self.is_waiting, true) {
            return Ok(Step::Await(super::locks::wait_coroutine(&own.finished)));
        }
        Ok(Step::Done(Value::NONE))
    }

    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.queue);
    }

    fn waits_for(&self) -> Vec<Value> {
        vec![self.queue.clone()]
    }
}

fn get_getters(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_getters")?;
    own.getters.to_deque(interp)
}

fn get_putters(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    let own = this(interp, of, "_putters")?;
    own.putters.to_deque(interp)
}

fn get_loop(interp: &mut dyn Interpreter, of: &Value) -> Completion {
    waiters::loop_or_none(&this(interp, of, "_loop")?.loop_)
}

fn set_loop(interp: &mut dyn Interpreter, of: &Value, loop_: &Value) -> Result<(), Raised> {
    waiters::set_loop(&this(interp, of, "_loop")?.loop_, loop_);
    Ok(())
}

fn set_unfinished(interp: &mut dyn Interpreter, of: &Value, value: &Value) -> Result<(), Raised> {
    let count = interp.expect_int(value)?;
    this(interp, of, "_unfinished_tasks")?.unfinished.set(count);
    Ok(())
}
