//! Random integers, and random items of sequences.

use super::source::{Source, machine_limit};
use crate::library::modules::bisect::bisect_right;
use crate::object::number::Op;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use rustc_hash::FxHashSet;

/// `randrange(start, stop, step)`.
pub fn randrange(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "randrange", &args[0])?;
    range(interp, &source, args)
}

/// `randint(a, b)`.
pub fn randint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "randint", &args[0])?;
    if let Some((low, high)) = Value::both_ints(&args[1], &args[2])
        && let Some(width) = high.checked_sub(low).and_then(|width| width.checked_add(1))
        && width > 0
    {
        return Ok(Value::int(low + source.below(interp, width as u64)? as i64));
    }
    let stop = interp.binary(Op::Add, &args[2], &Value::int(1))?;
    range(interp, &source, &[args[0].clone(), args[1].clone(), stop, Value::UNBOUND])
}

fn range(interp: &mut dyn Interpreter, source: &Source<'_>, args: &[Value]) -> Completion {
    let start = interp.index(&args[1])?;
    if args[2].is_none() {
        if args[3].given().is_some_and(|step| step.as_int() != Some(1)) {
            return Err(interp.type_error("Missing a non-None stop argument"));
        }
        let limit = start.to_big_int().unwrap_or_default();
        if !limit.is_positive() {
            return Err(interp.value_error("empty range for randrange()"));
        }
        return draw(interp, source, &limit, &BigInt::ZERO, &BigInt::from(1));
    }
    let stop = interp.index(&args[2])?;
    let step = match args[3].given() {
        Some(step) => interp.index(step)?,
        None => Value::int(1),
    };
    let (start, stop, step) = (
        start.to_big_int().unwrap_or_default(),
        stop.to_big_int().unwrap_or_default(),
        step.to_big_int().unwrap_or_default(),
    );
    if step.is_zero() {
        return Err(interp.value_error("zero step for randrange()"));
    }
    let width: BigInt = &*stop - &*start;
    let round: BigInt = if step.is_positive() { &*step - 1 } else { &*step + 1 };
    let count = (width + round).div_floor(&step);
    if !count.is_positive() {
        let mut shown = Vec::new();
        let named = if *step == BigInt::from(1) { &args[1..3] } else { &args[1..] };
        for arg in named {
            let text = interp.to_str(arg)?;
            shown.push(text.str_like().unwrap_or_default().to_owned());
        }
        return Err(interp.value_error(&format!("empty range in randrange({})", shown.join(", "))));
    }
    draw(interp, source, &count, &start, &step)
}

fn draw(
    interp: &mut dyn Interpreter,
    source: &Source<'_>,
    count: &BigInt,
    start: &BigInt,
    step: &BigInt,
) -> Completion {
    let index = match machine_limit(count) {
        Some(limit) => BigInt::from(source.below(interp, limit)?),
        None => source.below_big(interp, count)?,
    };
    Ok(Value::big_int(start + step * index))
}

/// The item of a sequence at an index known to be good.
fn item(interp: &mut dyn Interpreter, sequence: &Value, index: u64) -> Completion {
    let quick = match sequence.tag() {
        Tag::List => sequence.as_list().and_then(|list| list.items.borrow().get(index as usize).cloned()),
        Tag::Tuple => sequence.as_tuple().and_then(|items| items.get(index as usize).cloned()),
        _ => None,
    };
    match quick {
        Some(item) => Ok(item),
        None => interp.get_item(sequence, &Value::uint(index)),
    }
}

/// `choice(seq)`.
pub fn choice(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "choice", &args[0])?;
    let length = interp.length(&args[1])?;
    if length == 0 {
        return Err(interp.index_error("Cannot choose from an empty sequence"));
    }
    let index = source.below(interp, length as u64)?;
    item(interp, &args[1], index)
}

/// `shuffle(x)`.
pub fn shuffle(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "shuffle", &args[0])?;
    let length = interp.length(&args[1])?;
    for index in (1..length).rev() {
        let other = source.below(interp, index as u64 + 1)?;
        if let Some(list) = args[1].as_list() {
            let mut items = list.items.borrow_mut();
            // A subclass of Random may have shortened the list meanwhile.
            if index < items.len() {
                items.swap(index, other as usize);
                continue;
            }
        }
        let (here, there) = (Value::int(index as i64), Value::uint(other));
        let (first, second) = (interp.get_item(&args[1], &there)?, interp.get_item(&args[1], &here)?);
        interp.set_item(&args[1], &here, &first)?;
        interp.set_item(&args[1], &there, &second)?;
    }
    Ok(Value::NONE)
}

/// Whether a value is what `collections.abc.Sequence` says.
fn is_sequence(interp: &mut dyn Interpreter, value: &Value) -> bool {
    const NATIVE: &[&str] =
        &["str", "bytes", "bytearray", "memoryview", "list", "tuple", "range", "deque", "array"];
    let class = interp.class_of(value);
    class.as_type().is_some_and(|class| {
        class.mro.borrow().iter().filter_map(Value::as_type).any(|class| {
            let name = class.name_text();
            NATIVE.contains(&&*name) && !class.is_heap || matches!(&*name, "Sequence" | "MutableSequence")
        })
    })
}

/// `sample(population, k, counts=None)`.
pub fn sample(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "sample", &args[0])?;
    let (counts, population, k) = (&args[3], &args[1], &args[2]);
    if !is_sequence(interp, population) {
        let text = "Population must be a sequence.  For dicts or sets, use sorted(d).";
        return Err(interp.type_error(text));
    }
    let length = interp.length(population)?;
    if counts.is_none() {
        let count = sample_size(interp, k, length as u64)?;
        let mut result = Vec::with_capacity(count);
        for index in indices(interp, &source, length as u64, count)? {
            result.push(item(interp, population, index)?);
        }
        return Ok(Value::list(result));
    }
    let mut sums = accumulate(interp, counts)?;
    if sums.len() != length {
        return Err(interp.value_error("The number of counts does not match the population"));
    }
    let Some(total) = sums.pop() else { return Err(interp.index_error("pop from empty list")) };
    let Some(total) = total.to_big_int() else {
        return Err(interp.type_error("Counts must be integers"));
    };
    if !total.is_positive() {
        return Err(interp.value_error("Total of counts must be greater than zero"));
    }
    let Some(total) = machine_limit(&total) else {
        return Err(interp.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let count = sample_size(interp, k, total)?;
    let mut result = Vec::with_capacity(count);
    for index in indices(interp, &source, total, count)? {
        let place = bisect_right(interp, &sums, &Value::uint(index), 0, sums.len())?;
        result.push(item(interp, population, place as u64)?);
    }
    Ok(Value::list(result))
}

fn sample_size(interp: &mut dyn Interpreter, k: &Value, length: u64) -> Result<usize, Raised> {
    let size = interp.index(k)?;
    match size.as_int().map(u64::try_from) {
        Some(Ok(size)) if size <= length => Ok(size as usize),
        _ => Err(interp.value_error("Sample larger than population or is negative")),
    }
}

/// `count` different numbers below `length`: from a pool of all while that is the smaller, else
/// drawn again when they repeat. The order of draws is CPython's.
fn indices(
    interp: &mut dyn Interpreter,
    source: &Source<'_>,
    length: u64,
    count: usize,
) -> Result<Vec<u64>, Raised> {
    let mut set_size = 21.0;
    if count > 5 {
        let log = (count as f64 * 3.0).ln() / 4.0_f64.ln();
        set_size += 4.0_f64.powf(log.ceil());
    }
    let mut chosen = Vec::with_capacity(count);
    if length as f64 <= set_size {
        let mut pool: Vec<u64> = (0..length).collect();
        for index in 0..count {
            let left = pool.len() - index;
            let drawn = source.below(interp, left as u64)? as usize;
            chosen.push(pool[drawn]);
            pool[drawn] = pool[left - 1];
        }
        return Ok(chosen);
    }
    let mut selected = FxHashSet::default();
    for _ in 0..count {
        let mut drawn = source.below(interp, length)?;
        while !selected.insert(drawn) {
            drawn = source.below(interp, length)?;
        }
        chosen.push(drawn);
    }
    Ok(chosen)
}

/// The running sums of an iterable.
fn accumulate(interp: &mut dyn Interpreter, weights: &Value) -> Result<Vec<Value>, Raised> {
    let iterator = interp.iter(weights)?;
    let mut sums: Vec<Value> = Vec::new();
    while let Some(weight) = interp.next(&iterator)? {
        let sum = match sums.last() {
            Some(sum) => interp.binary(Op::Add, sum, &weight)?,
            None => weight,
        };
        sums.push(sum);
    }
    Ok(sums)
}

/// `choices(population, weights=None, *, cum_weights=None, k=1)`.
pub fn choices(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let source = Source::new(interp, "choices", &args[0])?;
    let [_, population, weights, cumulative, k] = args else { return Ok(Value::NONE) };
    let length = interp.length(population)?;
    let sums = if cumulative.is_none() {
        if weights.is_none() {
            return equal_choices(interp, &source, population, length, k);
        }
        match accumulate(interp, weights) {
            Ok(sums) => sums,
            Err(raised) if interp.raised_is(&raised, CoreType::TypeError) && weights.is_integer() => {
                let count = interp.repr(weights)?;
                let text = format!(
                    "The number of choices must be a keyword argument: k={}",
                    count.str_like().unwrap_or_default()
                );
                return Err(interp.type_error(&text));
            }
            Err(raised) => return Err(raised),
        }
    } else if weights.is_none() {
        interp.collect(cumulative)?
    } else {
        return Err(interp.type_error("Cannot specify both weights and cumulative weights"));
    };
    if sums.len() != length {
        return Err(interp.value_error("The number of weights does not match the population"));
    }
    let Some(total) = sums.last() else { return Err(interp.index_error("list index out of range")) };
    let total = interp.binary(Op::Add, total, &Value::float(0.0))?;
    let total = interp.expect_float(&total)?;
    if total <= 0.0 {
        return Err(interp.value_error("Total of weights must be greater than zero"));
    }
    if !total.is_finite() {
        return Err(interp.value_error("Total of weights must be finite"));
    }
    let count = interp.expect_int(k)?;
    let mut result = Vec::new();
    for _ in 0..count {
        let drawn = Value::float(source.random(interp)? * total);
        let place = bisect_right(interp, &sums, &drawn, 0, length - 1)?;
        result.push(item(interp, population, place as u64)?);
    }
    Ok(Value::list(result))
}

fn equal_choices(
    interp: &mut dyn Interpreter,
    source: &Source<'_>,
    population: &Value,
    length: usize,
    k: &Value,
) -> Completion {
    let count = interp.expect_int(k)?;
    let mut result = Vec::new();
    for _ in 0..count {
        let index = (source.random(interp)? * length as f64).floor();
        result.push(item(interp, population, index as u64)?);
    }
    Ok(Value::list(result))
}
