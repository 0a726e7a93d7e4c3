//! `random`: the numbers CPython draws for the same seed.

mod distributions;
mod selection;
mod sha512;
mod source;
#[cfg(test)]
mod tests;
mod twister;

pub use source::{fill_entropy, set_process_seed};

use self::source::{RandomObject, Source, getstate, new_object, setstate, shared};
use crate::object::convention::Convention;
use crate::object::number::Number;
use crate::object::spec::{ModuleSpec, getter, native, property};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, TypeSpec, Value};
use num_bigint::BigInt;

/// The module `random`.
pub static RANDOM_MODULE: ModuleSpec = ModuleSpec {
    name: "random",
    doc: "Random variable generators.",
    types: &[&RANDOM, &SYSTEM_RANDOM],
    script: script!("random.apy"),
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

/// The methods of the shared generator that are functions of the module.
const FUNCTIONS: &[&str] = &[
    "betavariate",
    "binomialvariate",
    "choice",
    "choices",
    "expovariate",
    "gammavariate",
    "gauss",
    "getrandbits",
    "getstate",
    "lognormvariate",
    "normalvariate",
    "paretovariate",
    "randbytes",
    "randint",
    "random",
    "randrange",
    "sample",
    "seed",
    "setstate",
    "shuffle",
    "triangular",
    "uniform",
    "vonmisesvariate",
    "weibullvariate",
];

fn setup(interp: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    let shared = shared();
    for name in FUNCTIONS {
        let name = intern(name);
        let function = interp.get_attr(&shared, &name)?;
        interp.set_attr(module, &name, &function)?;
    }
    interp.set_attr(module, &intern("_inst"), &shared)
}

/// The class `random.Random`.
pub static RANDOM: TypeSpec = TypeSpec {
    name: "Random",
    module: "random",
    script_name: "Random",
    doc: "Random number generator base class used by bound module functions.",
    methods: &[
        native("__new__", "*args, **kwargs", new, "Create and return a new object.").as_new(),
        native("__init__", "x=None", init, "Initialize an instance."),
        native("__getstate__", "", getstate, ""),
        native("__setstate__", "state", setstate, ""),
        native("__reduce__", "", reduce, ""),
        native("_randbelow", "n", randbelow, "Return a random int in the range [0,n).  Defined for n > 0."),
        native("betavariate", "alpha, beta", distributions::betavariate, "Beta distribution."),
        native("binomialvariate", "n=1, p=?", distributions::binomialvariate, "Binomial random variable."),
        native("choice", "seq", selection::choice, "Choose a random element from a non-empty sequence."),
        native(
            "choices",
            "population, weights=None, *, cum_weights=None, k=1",
            selection::choices,
            "Return a k sized list of population elements chosen with replacement.",
        ),
        native("expovariate", "lambd=?", distributions::expovariate, "Exponential distribution."),
        native(
            "gammavariate",
            "alpha, beta",
            distributions::gammavariate,
            "Gamma distribution.  Not the gamma function!",
        ),
        native("gauss", "mu=?, sigma=?", distributions::gauss, "Gaussian distribution."),
        native(
            "getrandbits",
            "k, /",
            getrandbits,
            "getrandbits(k) -> x.  Generates an int with k random bits.",
        )
        .bound_by(Convention::One),
        native("getstate", "", getstate, "Return internal state; can be passed to setstate() later."),
        native("lognormvariate", "mu, sigma", distributions::lognormvariate, "Log normal distribution."),
        native("normalvariate", "mu=?, sigma=?", distributions::normalvariate, "Normal distribution."),
        native(
            "paretovariate",
            "alpha",
            distributions::paretovariate,
            "Pareto distribution.  alpha is the shape parameter.",
        ),
        native("randbytes", "n", randbytes, "Generate n random bytes."),
        native(
            "randint",
            "a, b",
            selection::randint,
            "Return random integer in range [a, b], including both end points.",
        ),
        native("random", "", random, "random() -> x in the interval [0, 1).")
            .bound_by(Convention::NoArguments),
        native(
            "randrange",
            "start, stop=None, step=?",
            selection::randrange,
            "Choose a random item from range(stop) or range(start, stop[, step]).",
        ),
        native(
            "sample",
            "population, k, *, counts=None",
            selection::sample,
            "Chooses k unique random elements from a population sequence.",
        ),
        native("seed", "a=None, version=2", seed, "Initialize internal state from a seed."),
        native("setstate", "state", setstate, "Restore internal state from object returned by getstate()."),
        native("shuffle", "x", selection::shuffle, "Shuffle list x in place, and return None."),
        native(
            "triangular",
            "low=?, high=?, mode=None",
            distributions::triangular,
            "Triangular distribution.",
        ),
        native(
            "uniform",
            "a, b",
            distributions::uniform,
            "Get a random number in the range [a, b) or [a, b] depending on rounding.",
        ),
        native("vonmisesvariate", "mu, kappa", distributions::vonmisesvariate, "Circular data distribution."),
        native("weibullvariate", "alpha, beta", distributions::weibullvariate, "Weibull distribution."),
    ],
    getters: &[
        property("gauss_next", get_gauss_next, set_gauss_next, "The second of two normal variates, or None."),
        getter("__dict__", |i, this| Ok(object(i, "__dict__", this)?.attributes.dict()), ""),
    ],
    subclassable: true,
    ..TypeSpec::EMPTY
};

/// The class `random.SystemRandom`.
pub static SYSTEM_RANDOM: TypeSpec = TypeSpec {
    name: "SystemRandom",
    module: "random",
    doc: "Alternate random number generator using sources provided by the operating system.",
    base: Some(&RANDOM),
    methods: &[native("__new__", "*args, **kwargs", new_system, "Create and return a new object.").as_new()],
    subclassable: true,
    ..TypeSpec::EMPTY
};

fn new(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(new_object(false))
}

fn new_system(_: &mut dyn Interpreter, _: &[Value]) -> Completion {
    Ok(new_object(true))
}

/// The generator of a receiver that need not be seeded yet.
fn object<'a>(
    interp: &mut dyn Interpreter,
    method: &str,
    this: &'a Value,
) -> Result<&'a RandomObject, Raised> {
    match this.downcast::<RandomObject>() {
        Some(object) => Ok(object),
        None => Err(crate::library::types::receiver::wrong_receiver(interp, "Random", method, this)),
    }
}

fn init(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = object(interp, "__init__", &args[0])?;
    if args[0].as_instance().is_some() {
        interp.call_method(&args[0], "seed", &args[1..])?;
    } else {
        source::seed(interp, object, &args[1], &Value::int(2))?;
    }
    Ok(Value::NONE)
}

fn reduce(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let class = interp.class_of(&args[0]);
    let state = interp.call_method(&args[0], "getstate", &[])?;
    Ok(Value::tuple(vec![class, Value::tuple(Vec::new()), state]))
}

fn seed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let object = object(interp, "seed", &args[0])?;
    source::seed(interp, object, &args[1], &args[2])?;
    Ok(Value::NONE)
}

fn random(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "random", &args[0])?;
    Ok(Value::float(source.own_random(interp)?))
}

fn getrandbits(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "getrandbits", &args[0])?;
    let index = interp.index(&args[1])?;
    let Some(count) = index.as_int().and_then(|count| i32::try_from(count).ok()) else {
        return Err(interp.overflow_error("Python int too large to convert to C int"));
    };
    let Ok(count) = u64::try_from(count) else {
        return Err(interp.value_error("number of bits must be non-negative"));
    };
    Ok(Value::big_int(BigInt::from(source.own_big_bits(interp, count)?)))
}

fn randbelow(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "_randbelow", &args[0])?;
    let limit = interp.index(&args[1])?;
    let limit = limit.to_big_int().unwrap_or_default();
    if limit.sign() != num_bigint::Sign::Plus {
        return Err(interp.value_error("the limit must be positive"));
    }
    Ok(Value::big_int(source.below_big(interp, &limit)?))
}

fn randbytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let count = interp.index(&args[1])?;
    let bits = interp.binary(crate::object::number::Op::Mul, &count, &Value::int(8))?;
    let number = interp.call_method(&args[0], "getrandbits", &[bits])?;
    let count = interp.expect_int(&count)?;
    let mut data = match Number::integer_like(&number) {
        Some(Number::Int(number)) => number.to_le_bytes().to_vec(),
        Some(Number::Big(number)) => number.magnitude().to_bytes_le(),
        _ => Vec::new(),
    };
    data.resize(usize::try_from(count).unwrap_or(0), 0);
    Ok(Value::bytes(data))
}

fn get_gauss_next(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    Ok(object(interp, "gauss_next", this)?.gauss_next.borrow().clone())
}

fn set_gauss_next(interp: &mut dyn Interpreter, this: &Value, value: &Value) -> Result<(), Raised> {
    let value = if value.is_unbound() { Value::NONE } else { value.clone() };
    object(interp, "gauss_next", this)?.gauss_next.replace(value);
    Ok(())
}
