//! Sums and products of many numbers, more exact than adding them up.

use super::{domain_error, range_error};
use crate::object::hash::frexp;
use crate::object::number::{Op, ldexp};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use smallvec::SmallVec;

/// `math.fsum(seq)`: partial sums that do not overlap hold the exact sum so far.
pub fn fsum(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[0])?;
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinite) = (0.0, 0.0);
    while let Some(item) = interp.next(&iterator)? {
        let item = interp.expect_float(&item)?;
        let mut sum = item;
        let mut kept = 0;
        for index in 0..partials.len() {
            let (high, low) = exact_sum(sum, partials[index]);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            sum = high;
        }
        partials.truncate(kept);
        if sum.is_finite() {
            if sum != 0.0 {
                partials.push(sum);
            }
            continue;
        }
        if item.is_finite() {
            return Err(interp.overflow_error("intermediate overflow in fsum"));
        }
        if item.is_infinite() {
            infinite += item;
        }
        special += item;
        partials.clear();
    }
    if special != 0.0 {
        if f64::is_nan(infinite) {
            return Err(interp.raise(CoreType::ValueError, "-inf + inf in fsum"));
        }
        return Ok(Value::float(special));
    }
    Ok(Value::float(round_partials(&mut partials)))
}

/// Sum and rounding error, whichever is larger.
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let (a, b) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let high = a + b;
    (high, b - (high - a))
}

/// The float nearest to the sum of partials of increasing size.
fn round_partials(partials: &mut Vec<f64>) -> f64 {
    let Some(mut high) = partials.pop() else { return 0.0 };
    let mut low = 0.0;
    while let Some(next) = partials.pop() {
        let sum = high + next;
        low = next - (sum - high);
        high = sum;
        if low != 0.0 {
            break;
        }
    }
    // Exactly between two floats: what is left decides, not the even digit.
    if let Some(&next) = partials.last()
        && (low < 0.0 && next < 0.0 || low > 0.0 && next > 0.0)
    {
        let double = low * 2.0;
        let sum = high + double;
        if double == sum - high {
            high = sum;
        }
    }
    high
}

/// Sum and error of any two floats.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let rest = sum - a;
    (sum, (a - (sum - rest)) + (b - rest))
}

/// Product and error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

/// A sum of three floats of falling size.
#[derive(Clone, Copy, Default)]
struct Triple {
    high: f64,
    low: f64,
    tiny: f64,
}

impl Triple {
    fn add_product(self, a: f64, b: f64) -> Triple {
        let (product, error) = two_product(a, b);
        let (high, first) = two_sum(self.high, product);
        let (rest, second) = two_sum(self.low, error);
        let (low, third) = two_sum(rest, first);
        Triple { high, low, tiny: self.tiny + second + third }
    }

    fn to_float(self) -> f64 {
        let (sum, error) = two_sum(self.low, self.high);
        self.tiny + error + sum
    }
}

/// `math.sumprod(p, q)`: machine integers first, then floats exactly, then whatever comes.
pub fn sumprod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (left, right) = (interp.iter(&args[0])?, interp.iter(&args[1])?);
    let mut total = Value::int(0);
    let mut ints = Some(0i64);
    let mut floats = Some(Triple::default());
    let mut has_floats = false;
    loop {
        let pair = match (interp.next(&left)?, interp.next(&right)?) {
            (Some(left), Some(right)) => Some((left, right)),
            (None, None) => None,
            _ => return Err(interp.value_error("Inputs are not the same length")),
        };
        if let Some(sum) = ints {
            ints = pair.as_ref().and_then(|(left, right)| {
                let (left, right) = Value::both_ints(left, right)?;
                sum.checked_add(left.checked_mul(right)?)
            });
            if ints.is_some() {
                continue;
            }
            total = interp.binary(Op::Add, &total, &Value::int(sum))?;
        }
        if let Some(sum) = floats {
            floats = pair.as_ref().and_then(|(left, right)| {
                let (left, right) = float_factors(left, right)?;
                Some(sum.add_product(left, right)).filter(|sum| sum.high.is_finite())
            });
            if floats.is_some() {
                has_floats = true;
                continue;
            }
            if has_floats {
                total = interp.binary(Op::Add, &total, &Value::float(sum.to_float()))?;
            }
        }
        let Some((left, right)) = pair else { return Ok(total) };
        let term = interp.binary(Op::Mul, &left, &right)?;
        total = interp.binary(Op::Add, &total, &term)?;
    }
}

/// Both as floats if one is a float and the other a float or a converting integer.
fn float_factors(left: &Value, right: &Value) -> Option<(f64, f64)> {
    let convert = |value: &Value| crate::object::integer::to_float(value);
    match (left.as_float(), right.as_float()) {
        (Some(left), Some(right)) => Some((left, right)),
        (Some(left), None) => Some((left, convert(right)?)),
        (None, Some(right)) => Some((convert(left)?, right)),
        (None, None) => None,
    }
}

/// `math.prod(iterable, start=1)`.
pub fn prod(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = interp.iter(&args[0])?;
    let mut product = args[1].clone();
    while let Some(item) = interp.next(&iterator)? {
        product = match Value::both_floats(&product, &item) {
            Some((a, b)) => Value::float(a * b),
            None => interp.binary(Op::Mul, &product, &item)?,
        };
    }
    Ok(product)
}

/// `math.hypot(*coordinates)`.
pub fn hypot(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut vector: SmallVec<[f64; 8]> = SmallVec::new();
    for coordinate in args[0].as_tuple().unwrap_or_default() {
        vector.push(interp.expect_float(coordinate)?.abs());
    }
    Ok(Value::float(norm(&mut vector)))
}

/// `math.dist(p, q)`.
pub fn dist(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (p, q) = (interp.collect(&args[0])?, interp.collect(&args[1])?);
    if p.len() != q.len() {
        return Err(interp.value_error("both points must have the same number of dimensions"));
    }
    let mut vector = Vec::new();
    for (p, q) in p.iter().zip(&q) {
        let (p, q) = (interp.expect_float(p)?, interp.expect_float(q)?);
        vector.push((p - q).abs());
    }
    Ok(Value::float(norm(&mut vector)))
}

/// The length of a vector of magnitudes: scaled, squared without loss, and the root corrected
/// by what squaring it again shows.
fn norm(vector: &mut [f64]) -> f64 {
    if vector.iter().any(|x| x.is_infinite()) {
        return f64::INFINITY;
    }
    if vector.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    let largest = vector.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 || vector.len() <= 1 {
        return largest;
    }
    let (_, exponent) = frexp(largest);
    if exponent < -1023 {
        // The scale would overflow: make the numbers normal first.
        vector.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm(vector);
    }
    let scale = ldexp(1.0, i64::from(-exponent)).unwrap_or(1.0);
    let (mut sum, mut first, mut second) = (1.0, 0.0, 0.0);
    let mut add = |(product, error): (f64, f64)| {
        let next = sum + product;
        second += (sum - next) + product;
        sum = next;
        first += error;
        sum - 1.0 + (first + second)
    };
    let mut root: f64 = 0.0;
    for x in vector.iter() {
        let x = x * scale;
        root = add(two_product(x, x));
    }
    let root = root.sqrt();
    let rest = add(two_product(-root, root));
    (root + rest / (2.0 * root)) / scale
}

/// `math.fma(x, y, z)`.
pub fn fma(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut operands = [0.0; 3];
    for (operand, arg) in operands.iter_mut().zip(args) {
        *operand = interp.expect_float(arg)?;
    }
    let [x, y, z] = operands;
    let result = x.mul_add(y, z);
    if result.is_finite() {
        return Ok(Value::float(result));
    }
    if result.is_nan() && !operands.iter().any(|operand| operand.is_nan()) {
        return Err(interp.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && operands.iter().all(|operand| operand.is_finite()) {
        return Err(interp.overflow_error("overflow in fma"));
    }
    Ok(Value::float(result))
}

/// `math.ldexp(x, i)`.
pub fn ldexp_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let x = interp.expect_float(&args[0])?;
    let Some(exponent) = args[1].to_big_int() else {
        return Err(interp.type_error("Expected an int as second argument to ldexp."));
    };
    let exponent = i64::try_from(&*exponent).unwrap_or(match exponent.sign() {
        num_bigint::Sign::Minus => i64::MIN,
        _ => i64::MAX,
    });
    match ldexp(x, exponent) {
        Some(result) => Ok(Value::float(result)),
        None => Err(range_error(interp)),
    }
}

/// `math.remainder(x, y)`: x minus the nearest multiple of y.
pub fn remainder(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (x, y) = pair(interp, args)?;
    if x.is_nan() || y.is_nan() {
        return Ok(Value::float(x + y));
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain_error(interp));
    }
    if y.is_infinite() {
        return Ok(Value::float(x));
    }
    let (size, step) = (x.abs(), y.abs());
    let below = size % step;
    let above = step - below;
    let result = if below < above {
        below
    } else if below > above {
        -above
    } else {
        // In the middle: to the even multiple.
        below - 2.0 * ((0.5 * (size - below)) % step)
    };
    Ok(Value::float(1.0_f64.copysign(x) * result))
}

/// Two float arguments.
pub fn pair(interp: &mut dyn Interpreter, args: &[Value]) -> Result<(f64, f64), Raised> {
    Ok((interp.expect_float(&args[0])?, interp.expect_float(&args[1])?))
}
