//! `product`, `permutations`, `combinations`, `combinations_with_replacement`.

use super::owned::iterator_object;
use crate::object::copying::{
    Restorable, call_of, call_with_state, expect_parts, expect_place, reduce_row, set_state_row,
};
use crate::object::spec::native;
use crate::object::text::check_room;
use crate::object::tuple::can_cycle;
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// The class `product`.
pub static PRODUCT: TypeSpec = TypeSpec {
    name: "product",
    module: "itertools",
    doc: "Cartesian product of input iterables.  Equivalent to nested for-loops.",
    methods: &[
        native(
            "__new__",
            "*iterables, repeat=1",
            new_product,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Product>(),
        set_state_row::<Product>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `permutations`.
pub static PERMUTATIONS: TypeSpec = TypeSpec {
    name: "permutations",
    module: "itertools",
    doc: "Return successive r-length permutations of elements in the iterable.\n\n\
        permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
    methods: &[
        native(
            "__new__",
            "iterable, r=None",
            new_permutations,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Permutations>(),
        set_state_row::<Permutations>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `combinations`.
pub static COMBINATIONS: TypeSpec = TypeSpec {
    name: "combinations",
    module: "itertools",
    doc: "Return successive r-length combinations of elements in the iterable.\n\n\
        combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
    methods: &[
        native(
            "__new__",
            "iterable, r",
            new_combinations,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<Combinations>(),
        set_state_row::<Combinations>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// The class `combinations_with_replacement`.
pub static COMBINATIONS_WITH_REPLACEMENT: TypeSpec = TypeSpec {
    name: "combinations_with_replacement",
    module: "itertools",
    doc: "Return successive r-length combinations of elements in the iterable allowing individual \
        elements to have successive repeats.\n\n\
        combinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')",
    methods: &[
        native(
            "__new__",
            "iterable, r",
            new_with_replacement,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        reduce_row::<WithReplacement>(),
        set_state_row::<WithReplacement>(),
    ],
    subclassable: true,
    native_next: true,
    ..TypeSpec::EMPTY
};

/// Where an enumeration stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fresh,
    Running,
    Over,
}

/// `product(*iterables)`.
struct Product {
    pools: Vec<Vec<Value>>,
    indices: RefCell<Vec<usize>>,
    stage: Cell<Stage>,
    /// Whether the tuples can be part of cycles.
    is_tracked: bool,
}

iterator_object!(Product, PRODUCT: pools);

fn new_product(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    // Keyword-only parameters stand before `*iterables`.
    let repeat = interp.expect_int(&args[1])?;
    let Ok(repeat) = usize::try_from(repeat) else {
        return Err(interp.value_error("repeat argument cannot be negative"));
    };
    let iterables = args[2].as_tuple().unwrap_or_default();
    if iterables.len().saturating_mul(repeat) > isize::MAX as usize / 64 {
        return Err(interp.overflow_error("repeat argument too large"));
    }
    room_for(interp, iterables.len().saturating_mul(repeat))?;
    let mut pools = Vec::new();
    if repeat > 0 {
        for iterable in iterables {
            pools.push(interp.collect(iterable)?);
        }
    }
    let pools = pools.iter().cycle().take(pools.len() * repeat).cloned().collect::<Vec<_>>();
    let is_empty = pools.iter().any(Vec::is_empty);
    let stage = Cell::new(if is_empty { Stage::Over } else { Stage::Fresh });
    let indices = RefCell::new(vec![0; pools.len()]);
    let is_tracked = pools.iter().flatten().any(can_cycle);
    Ok(Value::object(Product { pools, indices, stage, is_tracked }))
}

impl Product {
    fn advance(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let mut indices = self.indices.borrow_mut();
        match self.stage.get() {
            Stage::Over => return Ok(None),
            Stage::Fresh => self.stage.set(Stage::Running),
            Stage::Running => {
                // Like a mileage counter: the last wheel turns fastest.
                let turned = (0..indices.len()).rev().find(|&wheel| {
                    indices[wheel] += 1;
                    let is_around = indices[wheel] == self.pools[wheel].len();
                    if is_around {
                        indices[wheel] = 0;
                    }
                    !is_around
                });
                if turned.is_none() {
                    self.stage.set(Stage::Over);
                    return Ok(None);
                }
            }
        }
        let item = |place: usize| self.pools[place][indices[place]].clone();
        Ok(Some(Value::tuple_with(indices.len(), self.is_tracked, item)))
    }
}

/// An enumeration of choices from one pool.
struct Choice {
    pool: Vec<Value>,
    /// The places chosen.
    indices: RefCell<Vec<usize>>,
    /// Permutations: how many turns each place has left.
    cycles: RefCell<Vec<usize>>,
    count: usize,
    stage: Cell<Stage>,
    /// Whether the tuples can be part of cycles.
    is_tracked: bool,
}

/// MemoryError unless there is room for so many places.
fn room_for(interp: &mut dyn Interpreter, places: usize) -> Result<(), Raised> {
    check_room(places.saturating_mul(size_of::<usize>())).map_err(|fault| fault.raise(interp))
}

impl Choice {
    fn new(
        interp: &mut dyn Interpreter,
        iterable: &Value,
        count: Option<i64>,
        is_possible: fn(usize, usize) -> bool,
    ) -> Result<Choice, Raised> {
        let pool = interp.collect(iterable)?;
        let Ok(count) = usize::try_from(count.unwrap_or(pool.len() as i64)) else {
            return Err(interp.value_error("r must be non-negative"));
        };
        room_for(interp, count)?;
        let stage = if is_possible(pool.len(), count) { Stage::Fresh } else { Stage::Over };
        let is_tracked = pool.iter().any(can_cycle);
        Ok(Choice {
            pool,
            is_tracked,
            indices: RefCell::default(),
            cycles: RefCell::default(),
            count,
            stage: Cell::new(stage),
        })
    }

    /// The next choice: `first` sets up the indices, `step` moves them on and says whether there
    /// is another.
    fn next_choice(
        &self,
        first: impl FnOnce(&mut Vec<usize>),
        step: impl FnOnce(&mut [usize]) -> bool,
    ) -> Option<Value> {
        let mut indices = self.indices.borrow_mut();
        match self.stage.get() {
            Stage::Over => return None,
            Stage::Fresh => {
                first(&mut indices);
                self.stage.set(Stage::Running);
            }
            Stage::Running if step(&mut indices) => {}
            Stage::Running => {
                self.stage.set(Stage::Over);
                return None;
            }
        }
        Some(Value::tuple_with(self.count, self.is_tracked, |place| self.pool[indices[place]].clone()))
    }
}

/// `permutations(iterable, r)`.
struct Permutations {
    choice: Choice,
}

iterator_object!(Permutations, PERMUTATIONS: choice);

/// `combinations(iterable, r)`.
struct Combinations {
    choice: Choice,
}

iterator_object!(Combinations, COMBINATIONS: choice);

/// `combinations_with_replacement(iterable, r)`.
struct WithReplacement {
    choice: Choice,
}

iterator_object!(WithReplacement, COMBINATIONS_WITH_REPLACEMENT: choice);

impl super::owned::Owned for Choice {
    fn visit(&self, visit: &mut dyn FnMut(&Value)) {
        self.pool.iter().for_each(visit);
    }
}

fn new_permutations(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let pool = Value::list(interp.collect(&args[1])?);
    let count = match args[2].given_some() {
        None => None,
        Some(count) if count.is_integer() => Some(interp.expect_int(count)?),
        Some(_) => return Err(interp.type_error("Expected int as r")),
    };
    let choice = Choice::new(interp, &pool, count, |length, count| count <= length)?;
    Ok(Value::object(Permutations { choice }))
}

fn new_combinations(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = Some(interp.expect_int(&args[2])?);
    let choice = Choice::new(interp, &args[1], count, |length, count| count <= length)?;
    Ok(Value::object(Combinations { choice }))
}

fn new_with_replacement(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = Some(interp.expect_int(&args[2])?);
    let choice = Choice::new(interp, &args[1], count, |length, count| length > 0 || count == 0)?;
    Ok(Value::object(WithReplacement { choice }))
}

impl Permutations {
    fn advance(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let (length, count) = (self.choice.pool.len(), self.choice.count);
        let first = |indices: &mut Vec<usize>| {
            indices.extend(0..length);
            self.choice.cycles.borrow_mut().extend((0..count).map(|place| length - place));
        };
        let step = |indices: &mut [usize]| {
            let mut cycles = self.choice.cycles.borrow_mut();
            for place in (0..count).rev() {
                cycles[place] -= 1;
                if cycles[place] > 0 {
                    indices.swap(place, length - cycles[place]);
                    return true;
                }
                // All have stood here: the rest moves up, and the place before is next.
                indices[place..].rotate_left(1);
                cycles[place] = length - place;
            }
            false
        };
        Ok(self.choice.next_choice(first, step))
    }
}

impl Combinations {
    fn advance(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let (length, count) = (self.choice.pool.len(), self.choice.count);
        let step = |indices: &mut [usize]| {
            // The last place that can still move on; those behind it follow.
            let Some(place) = (0..count).rev().find(|&place| indices[place] != place + length - count) else {
                return false;
            };
            indices[place] += 1;
            for place in place + 1..count {
                indices[place] = indices[place - 1] + 1;
            }
            true
        };
        Ok(self.choice.next_choice(|indices| indices.extend(0..count), step))
    }
}

impl WithReplacement {
    fn advance(&self, _: &Value, _: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let (length, count) = (self.choice.pool.len(), self.choice.count);
        let step = |indices: &mut [usize]| {
            let Some(place) = (0..count).rev().find(|&place| indices[place] + 1 != length) else {
                return false;
            };
            let next = indices[place] + 1;
            indices[place..].fill(next);
            true
        };
        Ok(self.choice.next_choice(|indices| indices.resize(count, 0), step))
    }
}

/// A tuple of places.
fn places(indices: &[usize]) -> Value {
    Value::tuple(indices.iter().map(|&index| Value::int(index as i64)).collect())
}

/// The places in the tuple `state`, of which there must be as many as `limits`: each is moved to
/// between the least and the most it may be.
fn places_of(
    interp: &mut dyn Interpreter,
    state: &Value,
    limits: &[(usize, usize)],
) -> Result<Vec<usize>, Raised> {
    let Some(parts) = state.tuple_like().filter(|parts| parts.len() == limits.len()) else {
        return Err(interp.value_error("invalid arguments"));
    };
    let mut found = Vec::with_capacity(parts.len());
    for (part, &(least, most)) in parts.iter().zip(limits) {
        let place = expect_place(interp, part)?;
        found.push(place.clamp(least as i64, most as i64) as usize);
    }
    Ok(found)
}

impl Choice {
    /// What `__reduce__` answers; `state` tells of an enumeration under way.
    fn reduce(
        &self,
        this: &Value,
        interp: &mut dyn Interpreter,
        state: impl FnOnce() -> Value,
    ) -> Completion {
        let class = interp.class_of(this);
        let pool = if self.stage.get() == Stage::Over { Vec::new() } else { self.pool.clone() };
        let arguments = vec![Value::tuple(pool), Value::int(self.count as i64)];
        Ok(match self.stage.get() {
            Stage::Running => call_with_state(class, arguments, state()),
            Stage::Fresh | Stage::Over => call_of(class, arguments),
        })
    }

    /// Go on after the choice with these places.
    fn go_on(&self, indices: Vec<usize>) {
        drop(self.indices.replace(indices));
        if self.stage.get() == Stage::Fresh {
            self.stage.set(Stage::Running);
        }
    }
}

impl Restorable for Product {
    const CLASS: &'static str = "itertools.product";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        let class = interp.class_of(this);
        let pools = || self.pools.iter().map(|pool| Value::tuple(pool.clone())).collect();
        Ok(match self.stage.get() {
            Stage::Over => call_of(class, vec![Value::tuple(Vec::new())]),
            Stage::Fresh => call_of(class, pools()),
            Stage::Running => call_with_state(class, pools(), places(&self.indices.borrow())),
        })
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let limits: Vec<_> = self.pools.iter().map(|pool| (0, pool.len().saturating_sub(1))).collect();
        let indices = places_of(interp, state, &limits)?;
        if self.pools.iter().any(Vec::is_empty) {
            self.stage.set(Stage::Over);
            return Ok(());
        }
        drop(self.indices.replace(indices));
        self.stage.set(Stage::Running);
        Ok(())
    }
}

impl Restorable for Permutations {
    const CLASS: &'static str = "itertools.permutations";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        self.choice.reduce(this, interp, || {
            Value::pair(places(&self.choice.indices.borrow()), places(&self.choice.cycles.borrow()))
        })
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let (length, count) = (self.choice.pool.len(), self.choice.count);
        let parts = expect_parts(interp, state, 2, 2)?;
        for (index, part) in parts.iter().enumerate() {
            if part.tuple_like().is_none() {
                let class = interp.type_name(part);
                let message = format!("argument {} must be tuple, not {class}", index + 1);
                return Err(interp.type_error(&message));
            }
        }
        if [length, count] != [0, 1].map(|part| parts[part].tuple_like().map_or(0, <[Value]>::len)) {
            return Err(interp.value_error("invalid arguments"));
        }
        let indices = places_of(interp, &parts[0], &vec![(0, length.saturating_sub(1)); length])?;
        let limits: Vec<_> = (0..count).map(|place| (1, length.saturating_sub(place).max(1))).collect();
        let cycles = places_of(interp, &parts[1], &limits)?;
        drop(self.choice.cycles.replace(cycles));
        self.choice.go_on(indices);
        Ok(())
    }
}

impl Restorable for Combinations {
    const CLASS: &'static str = "itertools.combinations";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        self.choice.reduce(this, interp, || places(&self.choice.indices.borrow()))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let (length, count) = (self.choice.pool.len(), self.choice.count);
        let limits: Vec<_> = (0..count).map(|place| (0, (place + length).saturating_sub(count))).collect();
        self.choice.go_on(places_of(interp, state, &limits)?);
        Ok(())
    }
}

impl Restorable for WithReplacement {
    const CLASS: &'static str = "itertools.combinations_with_replacement";
    const IS_DEPRECATED: bool = true;

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, this: &Value, interp: &mut dyn Interpreter) -> Completion {
        self.choice.reduce(this, interp, || places(&self.choice.indices.borrow()))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let last = self.choice.pool.len().saturating_sub(1);
        self.choice.go_on(places_of(interp, state, &vec![(0, last); self.choice.count])?);
        Ok(())
    }
}
