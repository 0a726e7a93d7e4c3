//! `chain`, `starmap`, `zip_longest`.

use super::endless::next_or_release;
use super::owned::{iterator_object, next_of};
use crate::library::types::generic_alias::class_getitem;
use crate::library::types::numeric::has_special;
use crate::object::convention::Convention;
use crate::object::copying::{Restorable, call_of, call_with_state, expect_parts, reduce_row, set_state_row};
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The class `chain`.
pub static CHAIN: TypeSpec = TypeSpec {
    name: "chain",
    module: "itertools",
    doc: "Return a chain object whose .__next__() method returns elements from the\n\
        first iterable until it is exhausted, then elements from the next\n\
        iterable, until all of the iterables are exhausted.",
    methods: &[
        native(
            "__new__",
            "*iterables",
            new_chain,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__class_getitem__", "object, /", class_getitem, "See PEP 585").as_class(),
        native(
            "from_iterable",
            "iterable, /",
            from_iterable,
            "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
        )
        .as_class(),
        reduce_row::<Chain>(),
        set_state_row::<Chain>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `starmap`.
pub static STARMAP: TypeSpec = TypeSpec {
    name: "starmap",
    module: "itertools",
    doc: "Return an iterator whose values are returned from the function evaluated with an argument \
        tuple taken from the given sequence.",
    methods: &[
        native(
            "__new__",
            "function, iterable, /",
            new_starmap,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Starmap>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `zip_longest`.
pub static ZIP_LONGEST: TypeSpec = TypeSpec {
    name: "zip_longest",
    module: "itertools",
    doc: "Return a zip_longest object whose .__next__() method returns a tuple where\n\
        the i-th element comes from the i-th iterable argument.  The .__next__()\n\
        method continues until the longest iterable in the argument sequence\n\
        is exhausted and then it raises StopIteration.  When the shorter iterables\n\
        are exhausted, the fillvalue is substituted in their place.  The fillvalue\n\
        defaults to None or can be specified by a keyword argument.",
    methods: &[
        native(
            "__new__",
            "*iterables, fillvalue=None",
            new_zip_longest,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new()
        .bound_by(Convention::Own(|_, _| {
            Some("zip_longest() got an unexpected keyword argument".to_owned())
        })),
        reduce_row::<ZipLongest>(),
        set_state_row::<ZipLongest>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// `chain(*iterables)`.
struct Chain {
    /// An iterator over the iterables; unbound at the end.
    source: RefCell<Value>,
    /// The one being read; unbound between two.
    active: RefCell<Value>,
}

iterator_object!(Chain, CHAIN: source, active);

fn new_chain(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = interp.iter(&args[1])?;
    Ok(Value::object(Chain { source: RefCell::new(source), active: RefCell::default() }))
}

fn from_iterable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let chain = new_chain(interp, args)?;
    let is_subclass = args[0].as_type().is_some_and(|class| class.is_heap);
    Ok(if is_subclass { Value::instance(args[0].clone(), Some(chain)) } else { chain })
}

impl Chain {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        loop {
            let active = self.active.borrow().clone();
            if !active.is_unbound() {
                if let Some(item) = interp.next(&active)? {
                    return Ok(Some(item));
                }
                drop(self.active.take());
            }
            let Some(iterable) = next_or_release(interp, &self.source)? else { return Ok(None) };
            match interp.iter(&iterable) {
                Ok(iterator) => drop(self.active.replace(iterator)),
                Err(raised) => {
                    drop(self.source.take());
                    return Err(raised);
                }
            }
        }
    }
}

/// `starmap(function, iterable)`.
struct Starmap {
    function: Value,
    iterator: Value,
}

iterator_object!(Starmap, STARMAP: function, iterator);

fn new_starmap(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[2])?;
    Ok(Value::object(Starmap { function: args[1].clone(), iterator }))
}

impl Starmap {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let Some(item) = interp.next(&self.iterator)? else { return Ok(None) };
        let result = match item.as_tuple() {
            Some(args) => interp.call(&self.function, args)?,
            None => {
                let args = interp.collect(&item)?;
                interp.call(&self.function, &args)?
            }
        };
        Ok(Some(result))
    }
}

/// `zip_longest(*iterables)`.
struct ZipLongest {
    /// Exhausted ones are unbound.
    iterators: RefCell<Vec<Value>>,
    fill: RefCell<Value>,
    active: Cell<usize>,
}

iterator_object!(ZipLongest, ZIP_LONGEST: iterators, fill);

fn new_zip_longest(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // Keyword-only parameters stand before `*iterables`.
    let mut iterators = Vec::new();
    for iterable in args[2].as_tuple().unwrap_or_default() {
        iterators.push(interp.iter(iterable)?);
    }
    let active = Cell::new(iterators.len());
    Ok(Value::object(ZipLongest {
        iterators: RefCell::new(iterators),
        fill: RefCell::new(args[1].clone()),
        active,
    }))
}

impl ZipLongest {
    fn advance(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        if self.active.get() == 0 {
            return Ok(None);
        }
        let count = self.iterators.borrow().len();
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            let iterator = self.iterators.borrow().get(index).cloned().unwrap_or_default();
            let item = match next_of(interp, &iterator) {
                Ok(item) => item,
                Err(raised) => {
                    self.active.set(0);
                    return Err(raised);
                }
            };
            if item.is_none() && !iterator.is_unbound() {
                self.active.set(self.active.get().saturating_sub(1));
                if self.active.get() == 0 {
                    return Ok(None);
                }
                let ended = self.iterators.borrow_mut().get_mut(index).map(Value::take);
                drop(ended);
            }
            items.push(item.unwrap_or_else(|| self.fill.borrow().clone()));
        }
        Ok(Some(Value::tuple(items)))
    }
}

impl Restorable for Chain {
    const CLASS: &'static str = "itertools.chain";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let (source, active) = (self.source.borrow().clone(), self.active.borrow().clone());
        if source.is_unbound() {
            return Ok(call_of(class, Vec::new()));
        }
        let state = if active.is_unbound() { vec![source] } else { vec![source, active] };
        Ok(call_with_state(class, Vec::new(), Value::tuple(state)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let parts = expect_parts(interp, state, 1, 2)?;
        for part in parts {
            if !has_special(interp, part, "__next__") {
                return Err(interp.type_error("Arguments must be iterators."));
            }
        }
        drop(self.source.replace(parts[0].clone()));
        drop(self.active.replace(parts.get(1).cloned().unwrap_or_default()));
        Ok(())
    }
}

impl Restorable for Starmap {
    const CLASS: &'static str = "itertools.starmap";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        Ok(call_of(interp.class_of(this), vec![self.function.clone(), self.iterator.clone()]))
    }
}

impl Restorable for ZipLongest {
    const CLASS: &'static str = "itertools.zip_longest";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let present = |iterator: &Value| match iterator.is_unbound() {
            true => Value::tuple(Vec::new()),
            false => iterator.clone(),
        };
        let iterators = self.iterators.borrow().iter().map(present).collect();
        Ok(call_with_state(interp.class_of(this), iterators, self.fill.borrow().clone()))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        _ = interp;
        drop(self.fill.replace(state.clone()));
        Ok(())
    }
}
