//! Arithmetic beyond machine integers and floats: the core numbers, strings, then the special
//! methods of the operands' classes.

use crate::bytecode::Op;
use crate::object::sequence::has_index;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Tag, Value, number, text};
use crate::vm::Vm;

/// How an operator is written and what its special methods are called (without underscores);
/// in the order of the opcodes.
const OPERATORS: [(Op, &str, &str); 13] = [
    (Op::Add, "+", "add"),
    (Op::Sub, "-", "sub"),
    (Op::Mul, "*", "mul"),
    (Op::TrueDiv, "/", "truediv"),
    (Op::FloorDiv, "//", "floordiv"),
    (Op::Mod, "%", "mod"),
    (Op::Pow, "** or pow()", "pow"),
    (Op::MatMul, "@", "matmul"),
    (Op::LShift, "<<", "lshift"),
    (Op::RShift, ">>", "rshift"),
    (Op::BitAnd, "&", "and"),
    (Op::BitOr, "|", "or"),
    (Op::BitXor, "^", "xor"),
];

/// The interned names of an operator's special methods.
pub(in crate::vm) struct OperatorNames {
    forward: Value,
    reflected: Value,
    inplace: Value,
}

impl OperatorNames {
    /// Those of all binary operators, in the order of the opcodes.
    pub(in crate::vm) fn all() -> Vec<OperatorNames> {
        let names = |(_, _, method): &(Op, &str, &str)| OperatorNames {
            forward: intern(&format!("__{method}__")),
            reflected: intern(&format!("__r{method}__")),
            inplace: intern(&format!("__i{method}__")),
        };
        OPERATORS.iter().map(names).collect()
    }

    /// The name of the left operand's method.
    pub(in crate::vm) fn forward(all: &[OperatorNames], op: Op) -> &Value {
        &all[place(op)].forward
    }

    /// The name of the right operand's method.
    pub(in crate::vm) fn reflected(all: &[OperatorNames], op: Op) -> &Value {
        &all[place(op)].reflected
    }
}

/// The place of a binary operator in the tables.
fn place(op: Op) -> usize {
    op as usize - Op::Add as usize
}

const _: () = {
    let mut index = 0;
    while index < OPERATORS.len() {
        assert!(OPERATORS[index].0 as usize == Op::Add as usize + index);
        index += 1;
    }
};

impl Vm {
    /// `left op right`.
    #[inline(never)]
    pub(in crate::vm) fn binary_slow(&mut self, op: Op, left: &Value, right: &Value) -> Completion {
        if let Some(result) = number::binary(self, op, left, right) {
            return result;
        }
        if op == Op::Add
            && let Some(text) = text::add(left, right)
        {
            return Ok(text);
        }
        match self.binary_special(op, left, right)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported_operands(op, left, right, false)),
        }
    }

    /// `__op__` of the left operand, `__rop__` of the right one, in Python's order; `None` if
    /// neither knows.
    fn binary_special(
        &mut self,
        op: Op,
        left: &Value,
        right: &Value,
    ) -> Result<Option<Value>, crate::object::Raised> {
        let names = &self.operator_names[place(op)];
        let (forward, reflected) = (names.forward.clone(), names.reflected.clone());
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let left_method = left_class.as_type().and_then(|class| class.lookup_cached(&forward));
        let right_method = if left_class.is(&right_class) {
            None
        } else {
            right_class.as_type().and_then(|class| class.lookup_cached(&reflected))
        };
        let left_joins = self.only_joins(op, &left_class);
        let right_joins = self.only_joins(op, &right_class);
        // A subclass on the right that redefines the reflected method comes first.
        let right_first = right_method.as_ref().is_some_and(|method| {
            left_joins && !right_joins
                || right_class.as_type().is_some_and(|class| class.is_subclass_of(&left_class))
                    && left_class
                        .as_type()
                        .and_then(|class| class.lookup_cached(&reflected))
                        .is_none_or(|inherited| !inherited.is(method))
        });
        if right_first && let Some(method) = &right_method {
            let result = self.call_found(method, right, &right_class, std::slice::from_ref(left))?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        if let Some(method) = &left_method
            && !(left_joins && op == Op::Mul && is_no_count(self, right))
        {
            let result = self.call_found(method, left, &left_class, std::slice::from_ref(right))?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        if !right_first
            && let Some(method) = &right_method
            && !(right_joins && op == Op::Mul && (left_joins || is_no_count(self, left)))
        {
            let result = self.call_found(method, right, &right_class, std::slice::from_ref(left))?;
            if !result.is_not_implemented() {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    /// Whether objects of a class take part in `+` and `*` as sequences alone: CPython asks both
    /// operands as numbers first. A script's method among `__add__`, `__radd__`, `__mul__`,
    /// `__rmul__` makes a number of the class, whose methods are then asked in their turn.
    pub(super) fn only_joins(&self, op: Op, class: &Value) -> bool {
        if !matches!(op, Op::Add | Op::Mul) {
            return false;
        }
        let Some(class) = class.as_type() else { return false };
        let names = &self.operator_names[place(op)];
        let is_native = |name| class.lookup_cached(name).is_some_and(|found| found.as_native().is_some());
        let reflects = class.lookup_cached(&names.reflected);
        is_native(&names.forward)
            && reflects.is_none_or(|found| found.as_native().is_some())
            && (is_native(&self.names.len) || self.has_native_length(class))
    }

    /// Whether a class inherits the length of a native sequence, though a script's may hide it.
    #[cold]
    fn has_native_length(&self, class: &crate::object::class::TypeObject) -> bool {
        class.is_heap
            && class.mro.borrow().iter().filter_map(Value::as_type).any(|base| {
                !base.is_heap
                    && base.lookup_cached(&self.names.len).is_some_and(|found| found.as_native().is_some())
            })
    }

    /// Whether a class is a native sequence, which repeats by `*`.
    fn is_native_sequence(&self, class: &Value) -> bool {
        self.only_joins(Op::Mul, class)
    }

    #[cold]
    pub(in crate::vm) fn unsupported_operands(
        &mut self,
        op: Op,
        left: &Value,
        right: &Value,
        inplace: bool,
    ) -> crate::object::Raised {
        let is_sequence =
            |value: &Value| matches!(value.tag(), Tag::Str | Tag::Bytes | Tag::List | Tag::Tuple);
        let interp: &mut dyn Interpreter = self;
        let (left_name, right_name) = (interp.type_name(left), interp.type_name(right));
        // CPython tries the sequence protocol last, and its errors are the ones seen.
        if op == Op::Add && is_sequence(left) {
            return interp.type_error(&match left.tag() {
                Tag::Str => format!("can only concatenate str (not \"{right_name}\") to str"),
                Tag::List => format!("can only concatenate list (not \"{right_name}\") to list"),
                Tag::Tuple => format!("can only concatenate tuple (not \"{right_name}\") to tuple"),
                _ => format!("can't concat {right_name} to bytes"),
            });
        }
        let repeated = [left, right].map(|operand| {
            let class = self.class_of(operand);
            op == Op::Mul && self.is_native_sequence(&class)
        });
        // An operand on the right repeats in place only for one that is no sequence at all.
        let class = self.class_of(left);
        let is_other =
            class.as_type().is_some_and(|c| c.is_heap || c.lookup_cached(&self.names.len).is_some());
        let repeated = [repeated[0], repeated[1] && !(inplace && is_other)];
        let interp: &mut dyn Interpreter = self;
        if repeated[0] || repeated[1] {
            let other = if repeated[0] { right_name } else { left_name };
            return interp.type_error(&format!("can't multiply sequence by non-int of type '{other}'"));
        }
        let symbol = OPERATORS[place(op)].1;
        let symbol = match (op, inplace) {
            (Op::Pow, true) => "**=".to_owned(),
            (_, true) => format!("{symbol}="),
            (_, false) => symbol.to_owned(),
        };
        let is_print =
            op == Op::RShift && !inplace && left.as_native().is_some_and(|n| n.row.name == "print");
        let hint = if is_print { ". Did you mean \"print(<message>, file=<output_stream>)\"?" } else { "" };
        interp.type_error(&format!(
            "unsupported operand type(s) for {symbol}: '{left_name}' and '{right_name}'{hint}"
        ))
    }

    /// `left op= right`.
    #[inline(never)]
    pub(in crate::vm) fn inplace_slow(&mut self, op: Op, left: &Value, right: &Value) -> Completion {
        if let Some(result) = number::binary(self, op, left, right) {
            return result;
        }
        if op == Op::Add
            && let Some(text) = text::add(left, right)
        {
            return Ok(text);
        }
        let name = self.operator_names[place(op)].inplace.clone();
        let class = self.class_of(left);
        let method = class.as_type().and_then(|class| class.lookup_cached(&name));
        if let Some(method) = method {
            // Sequences change in place when neither operand is a number that knows better; classes
            // made of them answer `+=` themselves, as CPython's do.
            let joins =
                matches!(op, Op::Add | Op::Mul) && method.as_native().is_some() && is_joined(&class, op);
            if joins && let Some(result) = self.joined_by_number(op, left, right)? {
                return Ok(result);
            }
            if joins && op == Op::Mul && is_no_count(self, right) {
                let name = (self as &mut dyn Interpreter).type_name(right);
                return Err(
                    self.raise_type_error(&format!("can't multiply sequence by non-int of type '{name}'"))
                );
            }
            let result = self.call_found(&method, left, &class, std::slice::from_ref(right))?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        match self.binary_special(op, left, right)? {
            Some(result) => Ok(result),
            None => Err(self.unsupported_operands(op, left, right, true)),
        }
    }

    /// What the operands of `sequence op= right` say as numbers, before the sequence is changed.
    fn joined_by_number(
        &mut self,
        op: Op,
        left: &Value,
        right: &Value,
    ) -> Result<Option<Value>, crate::object::Raised> {
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let names = &self.operator_names[place(op)];
        let asked = [
            (left, &left_class, names.forward.clone(), right),
            (right, &right_class, names.reflected.clone(), left),
        ];
        for (asker, class, name, other) in asked {
            let method = class.as_type().and_then(|class| class.lookup_cached(&name));
            if let Some(method) = method
                && !self.only_joins(op, class)
            {
                let result = self.call_found(&method, asker, class, std::slice::from_ref(other))?;
                if !result.is_not_implemented() {
                    return Ok(Some(result));
                }
            }
        }
        Ok(None)
    }

    /// `op value` for `Neg`, `Pos`, `Invert`.
    pub(in crate::vm) fn unary_slow(&mut self, op: Op, value: &Value) -> Completion {
        if let Some(result) = number::unary(self, op, value) {
            return result;
        }
        let (symbol, name) = match op {
            Op::Neg => ("-", "__neg__"),
            Op::Pos => ("+", "__pos__"),
            _ => ("~", "__invert__"),
        };
        match self.special(value, &intern(name), &[])? {
            Some(result) => Ok(result),
            None => {
                let class = (self as &mut dyn Interpreter).type_name(value);
                Err(self.raise_type_error(&format!("bad operand type for unary {symbol}: '{class}'")))
            }
        }
    }
}

/// Whether `value` can be no count of a repetition.
pub(super) fn is_no_count(vm: &mut Vm, value: &Value) -> bool {
    value.as_int_or_bool().is_none() && !has_index(vm, value)
}

/// Whether `op=` is the sequence's own operation in a class: of the native classes all are, but a
/// class made of one has `+=` among its numbers.
fn is_joined(class: &Value, op: Op) -> bool {
    op == Op::Mul || class.as_type().is_some_and(|class| !class.is_heap)
}

/// `x % y` for a positive `y`, as Python defines it.
#[inline(always)]
pub(in crate::vm) fn modulo_positive(x: i64, y: i64) -> i64 {
    if (x | y) as u64 >> 32 == 0 {
        return (x as u32 % y as u32) as i64;
    }
    x.rem_euclid(y)
}

/// `x op y` where that is a machine integer for sure and found at once.
#[inline]
pub(in crate::vm) fn quick_integer(op: Op, x: i64, y: i64) -> Option<i64> {
    match op {
        Op::FloorDiv if y > 0 => Some(x.div_euclid(y)),
        Op::Mod if y > 0 => Some(modulo_positive(x, y)),
        Op::BitAnd => Some(x & y),
        Op::BitOr => Some(x | y),
        Op::BitXor => Some(x ^ y),
        Op::RShift if y >= 0 => Some(x >> y.min(63)),
        _ => None,
    }
}
