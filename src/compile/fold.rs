//! Constant folding, within CPython's limits. What would raise stays unfolded.

use crate::bytecode::Const;
use apy_grammar::ast::{Constant, Expr, ExprKind, Operator, UnaryOperator};
use num_bigint::BigInt;
use num_integer::Integer as _;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use std::rc::Rc;

/// Results of more bits are left to run time.
const MAX_BITS: u64 = 128;
/// Longer strings are left to run time.
const MAX_TEXT: usize = 4096;
/// Longer tuples are left to run time.
const MAX_ITEMS: usize = 256;

/// The value of `expr` if it is constant.
pub(super) fn fold(expr: &Expr) -> Option<Const> {
    match &expr.kind {
        ExprKind::Constant(constant) => Some(literal(constant)),
        ExprKind::Name(name) if &**name == "__debug__" => Some(Const::True),
        ExprKind::Tuple(items) => {
            let items: Option<Vec<Const>> = items.iter().map(fold).collect();
            Some(Const::Tuple(items?.into()))
        }
        ExprKind::UnaryOp(operator, operand) => unary(*operator, &fold(operand)?),
        ExprKind::BinOp(left, operator, right) => {
            // The right side first: long chains lean to the left.
            let right = fold(right)?;
            binary(&fold(left)?, *operator, &right)
        }
        _ => None,
    }
}

/// The constant that `in` tests against for a display of constants: a list becomes a tuple, a
/// set a frozenset.
pub(super) fn fold_container(expr: &Expr) -> Option<Const> {
    let items = |items: &[Expr]| items.iter().map(fold).collect::<Option<Vec<Const>>>();
    match &expr.kind {
        ExprKind::List(list) => Some(Const::Tuple(items(list)?.into())),
        ExprKind::Set(set) => Some(Const::FrozenSet(items(set)?.into())),
        _ => None,
    }
}

/// A literal as a constant.
pub(super) fn literal(constant: &Constant) -> Const {
    match constant {
        Constant::None => Const::None,
        Constant::True => Const::True,
        Constant::False => Const::False,
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(value) => Const::Int(*value),
        Constant::BigInt(value) => Const::BigInt(Rc::new((**value).clone())),
        Constant::Float(value) => Const::Float(*value),
        Constant::Imaginary(value) => Const::Complex(0.0, *value),
        Constant::Str(text) => Const::Str(Rc::clone(text)),
        Constant::Bytes(bytes) => Const::Bytes(Rc::clone(bytes)),
    }
}

/// Whether the constant counts as true.
pub(super) fn truth(constant: &Const) -> bool {
    match constant {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::BigInt(_) => true,
        Const::Int(value) => *value != 0,
        Const::Float(value) => *value != 0.0,
        Const::Complex(real, imaginary) => *real != 0.0 || *imaginary != 0.0,
        Const::Str(text) => !text.is_empty(),
        Const::Bytes(bytes) => !bytes.is_empty(),
        Const::Tuple(items) | Const::FrozenSet(items) => !items.is_empty(),
    }
}

fn boolean(value: bool) -> Const {
    if value { Const::True } else { Const::False }
}

fn integer(value: BigInt) -> Const {
    value.to_i64().map_or_else(|| Const::BigInt(Rc::new(value)), Const::Int)
}

/// An int, or a bool as one.
fn as_int(constant: &Const) -> Option<BigInt> {
    match constant {
        Const::Int(value) => Some((*value).into()),
        Const::BigInt(value) => Some((**value).clone()),
        Const::True => Some(1.into()),
        Const::False => Some(0.into()),
        _ => None,
    }
}

/// A float, or an int that a float holds exactly.
fn as_float(constant: &Const) -> Option<f64> {
    match constant {
        Const::Float(value) => Some(*value),
        _ => as_int(constant)?.to_i64().filter(|v| v.unsigned_abs() <= 1 << 53).map(|v| v as f64),
    }
}

fn unary(operator: UnaryOperator, operand: &Const) -> Option<Const> {
    if operator == UnaryOperator::Not {
        return Some(boolean(!truth(operand)));
    }
    match (operator, operand) {
        (UnaryOperator::UAdd, Const::Float(_) | Const::Complex(..)) => Some(operand.clone()),
        (UnaryOperator::USub, Const::Float(value)) => Some(Const::Float(-value)),
        (UnaryOperator::USub, Const::Complex(real, imaginary)) => Some(Const::Complex(-real, -imaginary)),
        // `~` of a bool warns at run time.
        (UnaryOperator::Invert, Const::True | Const::False) => None,
        (UnaryOperator::UAdd, _) => as_int(operand).map(integer),
        (UnaryOperator::USub, _) => as_int(operand).map(|value| integer(-value)),
        (UnaryOperator::Invert, _) => as_int(operand).map(|value| integer(!value)),
        (UnaryOperator::Not, _) => None,
    }
}

fn binary(left: &Const, operator: Operator, right: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (as_int(left), as_int(right)) {
        return integers(left, &a, operator, right, &b);
    }
    if let (Const::Complex(..), _) | (_, Const::Complex(..)) = (left, right) {
        return complexes(left, operator, right);
    }
    if let (Some(a), Some(b)) = (as_float(left), as_float(right)) {
        return floats(a, operator, b);
    }
    sequences(left, operator, right)
}

fn integers(left: &Const, a: &BigInt, operator: Operator, right: &Const, b: &BigInt) -> Option<Const> {
    let both_bool = matches!((left, right), (Const::True | Const::False, Const::True | Const::False));
    let logical = |value: BigInt| if both_bool { boolean(!value.is_zero()) } else { integer(value) };
    Some(match operator {
        Operator::Add => integer(a + b),
        Operator::Sub => integer(a - b),
        Operator::Mult if a.is_zero() || b.is_zero() => Const::Int(0),
        Operator::Mult if a.bits() + b.bits() <= MAX_BITS => integer(a * b),
        Operator::Div if !b.is_zero() => Const::Float(as_float(left)? / as_float(right)?),
        Operator::FloorDiv if !b.is_zero() => integer(a.div_floor(b)),
        Operator::Mod if !b.is_zero() => integer(a.mod_floor(b)),
        Operator::Pow if !b.is_negative() => {
            let exponent = b.to_u32()?;
            if a.bits().checked_mul(u64::from(exponent))? > MAX_BITS {
                return None;
            }
            integer(a.pow(exponent))
        }
        Operator::LShift if !b.is_negative() => {
            let shift = b.to_u64().filter(|&shift| shift <= MAX_BITS && a.bits() + shift <= MAX_BITS)?;
            integer(a << shift)
        }
        Operator::RShift if !b.is_negative() => integer(a >> b.to_u64()?),
        Operator::BitOr => logical(a | b),
        Operator::BitXor => logical(a ^ b),
        Operator::BitAnd => logical(a & b),
        _ => return None,
    })
}

fn floats(a: f64, operator: Operator, b: f64) -> Option<Const> {
    Some(Const::Float(match operator {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mult => a * b,
        Operator::Div if b != 0.0 => a / b,
        // The rest have rules that belong to the float type.
        _ => return None,
    }))
}

/// Sums and differences only: how complex literals such as `1+2j` are written.
fn complexes(left: &Const, operator: Operator, right: &Const) -> Option<Const> {
    match (left, operator, right) {
        (Const::Complex(a, b), Operator::Add, Const::Complex(c, d)) => Some(Const::Complex(a + c, b + d)),
        (Const::Complex(a, b), Operator::Sub, Const::Complex(c, d)) => Some(Const::Complex(a - c, b - d)),
        (real, Operator::Add, Const::Complex(c, d)) => Some(Const::Complex(as_float(real)? + c, 0.0 + d)),
        (real, Operator::Sub, Const::Complex(c, d)) => Some(Const::Complex(as_float(real)? - c, 0.0 - d)),
        (Const::Complex(a, b), Operator::Add, real) => Some(Const::Complex(a + as_float(real)?, b + 0.0)),
        (Const::Complex(a, b), Operator::Sub, real) => Some(Const::Complex(a - as_float(real)?, b - 0.0)),
        _ => None,
    }
}

fn sequences(left: &Const, operator: Operator, right: &Const) -> Option<Const> {
    match (left, operator, right) {
        (Const::Str(a), Operator::Add, Const::Str(b)) if a.len() + b.len() <= MAX_TEXT => {
            Some(Const::Str(format!("{a}{b}").into()))
        }
        (Const::Bytes(a), Operator::Add, Const::Bytes(b)) if a.len() + b.len() <= MAX_TEXT => {
            Some(Const::Bytes([&**a, &**b].concat().into()))
        }
        (Const::Tuple(a), Operator::Add, Const::Tuple(b)) if a.len() + b.len() <= MAX_ITEMS => {
            Some(Const::Tuple([&**a, &**b].concat().into()))
        }
        (sequence, Operator::Mult, times) | (times, Operator::Mult, sequence)
            if matches!(sequence, Const::Str(_) | Const::Bytes(_) | Const::Tuple(_)) =>
        {
            let times = as_int(times)?;
            let times = if times.is_negative() { 0 } else { times.to_usize()? };
            repeat(sequence, times)
        }
        _ => None,
    }
}

fn repeat(sequence: &Const, times: usize) -> Option<Const> {
    let fits = |length: usize, most: usize| length.checked_mul(times).is_some_and(|total| total <= most);
    match sequence {
        Const::Str(text) if fits(text.len(), MAX_TEXT) => Some(Const::Str(text.repeat(times).into())),
        Const::Bytes(bytes) if fits(bytes.len(), MAX_TEXT) => Some(Const::Bytes(bytes.repeat(times).into())),
        Const::Tuple(items) if fits(items.len(), MAX_ITEMS) => {
            Some(Const::Tuple(items.iter().cloned().cycle().take(items.len() * times).collect()))
        }
        _ => None,
    }
}
