//! Iterators that pass on some of the items: `accumulate`, `compress`, `dropwhile`,
//! `filterfalse`, `islice`, `takewhile`.

use super::chains::CHAIN;
use super::owned::{iterator_object, next_of};
use crate::object::copying::{Restorable, call_of, call_with_state, expect_place, reduce_row, set_state_row};
use crate::object::number::Op;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The class `accumulate`.
pub static ACCUMULATE: TypeSpec = TypeSpec {
    name: "accumulate",
    module: "itertools",
    doc: "Return series of accumulated sums.",
    methods: &[
        native(
            "__new__",
            "iterable, func=None, *, initial=None",
            new_accumulate,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Accumulate>(),
        set_state_row::<Accumulate>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `compress`.
pub static COMPRESS: TypeSpec = TypeSpec {
    name: "compress",
    module: "itertools",
    doc: "Return data elements corresponding to true selector elements.\n\n\
        Forms a shorter iterator from selected data elements using the selectors to\n\
        choose the data elements.",
    methods: &[
        native(
            "__new__",
            "data, selectors",
            new_compress,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Compress>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `dropwhile`.
pub static DROPWHILE: TypeSpec = TypeSpec {
    name: "dropwhile",
    module: "itertools",
    doc: "Drop items from the iterable while predicate(item) is true.\n\n\
        Afterwards, return every element until the iterable is exhausted.",
    methods: &[
        native(
            "__new__",
            "predicate, iterable, /",
            new_dropwhile,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<DropWhile>(),
        set_state_row::<DropWhile>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `filterfalse`.
pub static FILTERFALSE: TypeSpec = TypeSpec {
    name: "filterfalse",
    module: "itertools",
    doc: "Return those items of iterable for which function(item) is false.\n\n\
        If function is None, return the items that are false.",
    methods: &[
        native(
            "__new__",
            "function, iterable, /",
            new_filterfalse,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<FilterFalse>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `islice`.
pub static ISLICE: TypeSpec = TypeSpec {
    name: "islice",
    module: "itertools",
    doc: "islice(iterable, stop) --> islice object\n\
        islice(iterable, start, stop[, step]) --> islice object\n\n\
        Return an iterator whose next() method returns selected values from an\n\
        iterable.  If start is specified, will skip all preceding elements;\n\
        otherwise, start defaults to zero.  Step defaults to one.  If\n\
        specified as another value, step determines how many values are\n\
        skipped between successive calls.  Works like a slice() on a list\n\
        but returns an iterator.",
    methods: &[
        native(
            "__new__",
            "*args",
            new_islice,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<ISlice>(),
        set_state_row::<ISlice>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `takewhile`.
pub static TAKEWHILE: TypeSpec = TypeSpec {
    name: "takewhile",
    module: "itertools",
    doc: "Return successive entries from an iterable as long as the predicate evaluates to true for each entry.",
    methods: &[
        native(
            "__new__",
            "predicate, iterable, /",
            new_takewhile,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<TakeWhile>(),
        set_state_row::<TakeWhile>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// `accumulate(iterable, func, initial)`.
struct Accumulate {
    iterator: Value,
    /// None: addition.
    function: Value,
    /// The result so far; unbound before the first.
    total: RefCell<Value>,
    /// Returned first, unless None.
    initial: RefCell<Value>,
}

iterator_object!(Accumulate, ACCUMULATE: iterator, function, total, initial);

fn new_accumulate(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[1])?;
    let [function, initial] = [args[2].clone(), args[3].clone()];
    let (total, initial) = (RefCell::default(), RefCell::new(initial));
    Ok(Value::object(Accumulate { iterator, function, total, initial }))
}

impl Accumulate {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let initial = self.initial.replace(Value::NONE);
        if !initial.is_none() && !initial.is_unbound() {
            self.total.replace(initial.clone());
            return Ok(Some(initial));
        }
        let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
        let total = self.total.borrow().clone();
        let next = if total.is_unbound() {
            item
        } else if self.function.is_none() {
            interp.binary(Op::Add, &total, &item)?
        } else {
            interp.call(&self.function, &[total, item])?
        };
        self.total.replace(next.clone());
        Ok(Some(next))
    }
}

/// `compress(data, selectors)`.
struct Compress {
    data: Value,
    selectors: Value,
}

iterator_object!(Compress, COMPRESS: data, selectors);

fn new_compress(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let data = interp.iter(&args[1])?;
    Ok(Value::object(Compress { data, selectors: interp.iter(&args[2])? }))
}

impl Compress {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        loop {
            let Some(item) = interp.next(&self.data)? else { return Ok(None) };
            let Some(selector) = interp.next(&self.selectors)? else { return Ok(None) };
            if interp.truth(&selector)? {
                return Ok(Some(item));
            }
        }
    }
}

/// `dropwhile(predicate, iterable)`.
struct DropWhile {
    predicate: Value,
    iterator: Value,
    is_passing: Cell<bool>,
}

iterator_object!(DropWhile, DROPWHILE: predicate, iterator);

fn new_dropwhile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[2])?;
    Ok(Value::object(DropWhile { predicate: args[1].clone(), iterator, is_passing: Cell::new(false) }))
}

impl DropWhile {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        loop {
            let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
            if self.is_passing.get() {
                return Ok(Some(item));
            }
            let verdict = interp.call(&self.predicate, std::slice::from_ref(&item))?;
            if !interp.truth(&verdict)? {
                self.is_passing.set(true);
                return Ok(Some(item));
            }
        }
    }
}

/// `filterfalse(function, iterable)`.
struct FilterFalse {
    /// None: the items' own truth.
    function: Value,
    iterator: Value,
}

iterator_object!(FilterFalse, FILTERFALSE: function, iterator);

fn new_filterfalse(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[2])?;
    Ok(Value::object(FilterFalse { function: args[1].clone(), iterator }))
}

impl FilterFalse {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        loop {
            let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
            let verdict = match self.function.given_some() {
                Some(function) => interp.call(function, std::slice::from_ref(&item))?,
                None => item.clone(),
            };
            if !interp.truth(&verdict)? {
                return Ok(Some(item));
            }
        }
    }
}

/// `takewhile(predicate, iterable)`.
struct TakeWhile {
    predicate: Value,
    iterator: Value,
    is_over: Cell<bool>,
}

iterator_object!(TakeWhile, TAKEWHILE: predicate, iterator);

fn new_takewhile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[2])?;
    Ok(Value::object(TakeWhile { predicate: args[1].clone(), iterator, is_over: Cell::new(false) }))
}

impl TakeWhile {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        if self.is_over.get() {
            return Ok(None);
        }
        let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
        let verdict = interp.call(&self.predicate, std::slice::from_ref(&item))?;
        if interp.truth(&verdict)? {
            return Ok(Some(item));
        }
        self.is_over.set(true);
        Ok(None)
    }
}

/// `islice(iterable, start, stop, step)`.
struct ISlice {
    /// Unbound at the end.
    iterator: RefCell<Value>,
    /// How many items have been taken from the iterator, and which is wanted next.
    taken: Cell<i64>,
    wanted: Cell<i64>,
    /// `i64::MAX` for none.
    stop: i64,
    step: i64,
}

iterator_object!(ISlice, ISLICE: iterator);

fn new_islice(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let args = args[1].as_tuple().unwrap_or_default();
    let (start, stop, step) = match args {
        [_, stop] => (&Value::NONE, stop, &Value::NONE),
        [_, start, stop] => (start, stop, &Value::NONE),
        [_, start, stop, step] => (start, stop, step),
        _ => {
            let (word, limit) = if args.len() < 2 { ("least", 2) } else { ("most", 4) };
            let text = format!("islice expected at {word} {limit} arguments, got {}", args.len());
            return Err(interp.type_error(&text));
        }
    };
    let start = match start.given_some() {
        Some(start) => index_of(interp, start).unwrap_or(-1),
        None => 0,
    };
    let stop = match stop.given_some() {
        Some(stop) => index_of(interp, stop).unwrap_or(-1),
        None => i64::MAX,
    };
    let step = match step.given_some() {
        Some(step) => index_of(interp, step).unwrap_or(-1),
        None => 1,
    };
    if stop == -1 {
        return Err(index_error(interp, "Stop argument"));
    }
    if start < 0 || stop < 0 {
        return Err(index_error(interp, "Indices"));
    }
    if step < 1 {
        return Err(interp.value_error("Step for islice() must be a positive integer or None."));
    }
    let iterator = RefCell::new(interp.iter(&args[0])?);
    Ok(Value::object(ISlice { iterator, taken: Cell::new(0), wanted: Cell::new(start), stop, step }))
}

/// An index as a machine integer; errors of the conversion count as "no index".
fn index_of(interp: &mut dyn Interpreter, value: &Value) -> Option<i64> {
    match value.as_int_or_bool() {
        Some(index) => Some(index),
        None => interp.index(value).ok()?.as_int(),
    }
}

#[cold]
fn index_error(interp: &mut dyn Interpreter, what: &str) -> Raised {
    interp.value_error(&format!("{what} for islice() must be None or an integer: 0 <= x <= sys.maxsize."))
}

impl ISlice {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let iterator = self.iterator.borrow().clone();
        let wanted = self.wanted.get();
        while self.taken.get() < wanted {
            if next_of(interp, &iterator)?.is_none() {
                drop(self.iterator.take());
                return Ok(None);
            }
            self.taken.set(self.taken.get() + 1);
        }
        if self.taken.get() >= self.stop {
            drop(self.iterator.take());
            return Ok(None);
        }
        let item = next_of(interp, &iterator)?;
        if item.is_none() {
            drop(self.iterator.take());
            return Ok(None);
        }
        self.taken.set(self.taken.get() + 1);
        self.wanted.set(wanted.saturating_add(self.step).min(self.stop));
        Ok(item)
    }
}

impl Restorable for Accumulate {
    const CLASS: &'static str = "itertools.accumulate";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let (total, initial) = (self.total.borrow().clone(), self.initial.borrow().clone());
        let chained = |interp: &mut dyn Interpreter, first: Value| {
            let chain = interp.type_of_spec(&CHAIN);
            interp.call(&chain, &[Value::tuple(vec![first]), self.iterator.clone()])
        };
        if let Some(initial) = initial.given_some() {
            let iterator = chained(interp, initial.clone())?;
            return Ok(call_with_state(class, vec![iterator, self.function.clone()], Value::NONE));
        }
        if total.is_none() {
            // A state of None would tell that there is no result yet.
            let iterator = chained(interp, Value::NONE)?;
            let class = interp.type_of_spec(&ACCUMULATE);
            let again = interp.call(&class, &[iterator, self.function.clone()])?;
            let islice = interp.type_of_spec(&ISLICE);
            return Ok(call_of(islice, vec![again, Value::int(1), Value::NONE]));
        }
        let total = if total.is_unbound() { Value::NONE } else { total };
        Ok(call_with_state(class, vec![self.iterator.clone(), self.function.clone()], total))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        _ = interp;
        // As in CPython, whoever is told None takes up None.
        drop(self.total.replace(state.clone()));
        Ok(())
    }
}

impl Restorable for Compress {
    const CLASS: &'static str = "itertools.compress";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let arguments = vec![self.data.clone(), self.selectors.clone()];
        Ok(call_of(interp.class_of(this), arguments))
    }
}

impl Restorable for DropWhile {
    const CLASS: &'static str = "itertools.dropwhile";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let arguments = vec![self.predicate.clone(), self.iterator.clone()];
        let state = Value::int(self.is_passing.get().into());
        Ok(call_with_state(interp.class_of(this), arguments, state))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.is_passing.set(interp.truth(state)?);
        Ok(())
    }
}

impl Restorable for FilterFalse {
    const CLASS: &'static str = "itertools.filterfalse";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let arguments = vec![self.function.clone(), self.iterator.clone()];
        Ok(call_of(interp.class_of(this), arguments))
    }
}

impl Restorable for TakeWhile {
    const CLASS: &'static str = "itertools.takewhile";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let arguments = vec![self.predicate.clone(), self.iterator.clone()];
        let state = Value::int(self.is_over.get().into());
        Ok(call_with_state(interp.class_of(this), arguments, state))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.is_over.set(interp.truth(state)?);
        Ok(())
    }
}

impl Restorable for ISlice {
    const CLASS: &'static str = "itertools.islice";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let iterator = self.iterator.borrow().clone();
        if iterator.is_unbound() {
            let iterator = interp.iter(&Value::list(Vec::new()))?;
            return Ok(call_with_state(class, vec![iterator, Value::int(0)], Value::int(0)));
        }
        let stop = if self.stop == i64::MAX { Value::NONE } else { Value::int(self.stop) };
        let arguments = vec![iterator, Value::int(self.wanted.get()), stop, Value::int(self.step)];
        Ok(call_with_state(class, arguments, Value::int(self.taken.get())))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        self.taken.set(expect_place(interp, state)?);
        Ok(())
    }
}
