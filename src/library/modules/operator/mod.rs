//! `operator`: the operators as functions.

mod getters;

use crate::library::types::bytes::bytearray::ByteArray;
use crate::library::types::numeric::has_special;
use crate::library::types::support::{items, pairs};
use crate::object::interpreter::Comparison;
use crate::object::number::Op;
use crate::object::spec::{ModuleSpec, native};
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value};

/// The module `operator`.
pub static OPERATOR: ModuleSpec = ModuleSpec {
    name: "operator",
    doc: "Operator interface.\n\n\
        This module exports a set of functions implemented in C corresponding\n\
        to the intrinsic operators of Python.  For example, operator.add(x, y)\n\
        is equivalent to the expression x+y.",
    functions: &[
        native("abs", "a, /", abs, "Same as abs(a)."),
        native("add", "a, b, /", add, "Same as a + b."),
        native("and_", "a, b, /", and_, "Same as a & b."),
        native("call", "obj, /, *args, **kwargs", call, "Same as obj(*args, **kwargs)."),
        native("concat", "a, b, /", concat, "Same as a + b, for a and b sequences."),
        native("contains", "a, b, /", contains, "Same as b in a (note reversed operands)."),
        native(
            "countOf",
            "a, b, /",
            count_of,
            "Return the number of items in a which are, or which equal, b.",
        ),
        native("delitem", "a, b, /", delitem, "Same as del a[b]."),
        native("eq", "a, b, /", eq, "Same as a == b."),
        native("floordiv", "a, b, /", floordiv, "Same as a // b."),
        native("ge", "a, b, /", ge, "Same as a >= b."),
        native("getitem", "a, b, /", getitem, "Same as a[b]."),
        native("gt", "a, b, /", gt, "Same as a > b."),
        native("iadd", "a, b, /", iadd, "Same as a += b."),
        native("iand", "a, b, /", iand, "Same as a &= b."),
        native("iconcat", "a, b, /", iconcat, "Same as a += b, for a and b sequences."),
        native("ifloordiv", "a, b, /", ifloordiv, "Same as a //= b."),
        native("ilshift", "a, b, /", ilshift, "Same as a <<= b."),
        native("imatmul", "a, b, /", imatmul, "Same as a @= b."),
        native("imod", "a, b, /", imod, "Same as a %= b."),
        native("imul", "a, b, /", imul, "Same as a *= b."),
        native("index", "a, /", index, "Same as a.__index__()"),
        native("indexOf", "a, b, /", index_of, "Return the first index of b in a."),
        native("inv", "a, /", invert, "Same as ~a."),
        native("invert", "a, /", invert, "Same as ~a."),
        native("ior", "a, b, /", ior, "Same as a |= b."),
        native("ipow", "a, b, /", ipow, "Same as a **= b."),
        native("irshift", "a, b, /", irshift, "Same as a >>= b."),
        native("is_", "a, b, /", is_, "Same as a is b."),
        native("is_not", "a, b, /", is_not, "Same as a is not b."),
        native("isub", "a, b, /", isub, "Same as a -= b."),
        native("itruediv", "a, b, /", itruediv, "Same as a /= b."),
        native("ixor", "a, b, /", ixor, "Same as a ^= b."),
        native("le", "a, b, /", le, "Same as a <= b."),
        native(
            "length_hint",
            "obj, default=0, /",
            length_hint,
            "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers when building from an iterable.\n\nIf the object supports len(), the result will be exact.\nOtherwise, it may over- or under-estimate by an arbitrary amount.",
        ),
        native("lshift", "a, b, /", lshift, "Same as a << b."),
        native("lt", "a, b, /", lt, "Same as a < b."),
        native("matmul", "a, b, /", matmul, "Same as a @ b."),
        native("mod", "a, b, /", mod_, "Same as a % b."),
        native("mul", "a, b, /", mul, "Same as a * b."),
        native("ne", "a, b, /", ne, "Same as a != b."),
        native("neg", "a, /", neg, "Same as -a."),
        native("not_", "a, /", not_, "Same as not a."),
        native("or_", "a, b, /", or_, "Same as a | b."),
        native("pos", "a, /", pos, "Same as +a."),
        native("pow", "a, b, /", pow, "Same as a ** b."),
        native("rshift", "a, b, /", rshift, "Same as a >> b."),
        native("setitem", "a, b, c, /", setitem, "Same as a[b] = c."),
        native("sub", "a, b, /", sub, "Same as a - b."),
        native("truediv", "a, b, /", truediv, "Same as a / b."),
        native("truth", "a, /", truth, "Return True if a is true, False otherwise."),
        native("xor", "a, b, /", xor, "Same as a ^ b."),
    ],
    types: &[&getters::ATTRGETTER, &getters::ITEMGETTER, &getters::METHODCALLER],
    setup: Some(setup),
    ..ModuleSpec::EMPTY
};

/// The functions that are also known by the name of their special method.
const SPECIAL: &[&str] = &[
    "abs",
    "add",
    "and_",
    "call",
    "concat",
    "contains",
    "delitem",
    "eq",
    "floordiv",
    "ge",
    "getitem",
    "gt",
    "iadd",
    "iand",
    "iconcat",
    "ifloordiv",
    "ilshift",
    "imatmul",
    "imod",
    "imul",
    "index",
    "inv",
    "invert",
    "ior",
    "ipow",
    "irshift",
    "isub",
    "itruediv",
    "ixor",
    "le",
    "lshift",
    "lt",
    "matmul",
    "mod",
    "mul",
    "ne",
    "neg",
    "not_",
    "or_",
    "pos",
    "pow",
    "rshift",
    "setitem",
    "sub",
    "truediv",
    "xor",
];

fn setup(interp: &mut dyn Interpreter, module: &Value) -> Result<(), Raised> {
    for name in SPECIAL {
        let function = interp.attribute(module, name)?;
        let special = format!("__{}__", name.trim_end_matches('_'));
        interp.set_attr(module, &intern(&special), &function)?;
    }
    Ok(())
}

macro_rules! binary_functions {
    ($($name:ident, $inplace:ident = $op:ident;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                interp.binary(Op::$op, &args[0], &args[1])
            }

            fn $inplace(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                interp.inplace(Op::$op, &args[0], &args[1])
            }
        )+
    };
}

binary_functions! {
    add, iadd = Add;
    and_, iand = BitAnd;
    floordiv, ifloordiv = FloorDiv;
    lshift, ilshift = LShift;
    matmul, imatmul = MatMul;
    mod_, imod = Mod;
    mul, imul = Mul;
    or_, ior = BitOr;
    pow, ipow = Pow;
    rshift, irshift = RShift;
    sub, isub = Sub;
    truediv, itruediv = TrueDiv;
    xor, ixor = BitXor;
}

macro_rules! comparison_functions {
    ($($name:ident = $op:ident;)+) => {
        $(
            fn $name(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
                interp.compare(Comparison::$op, &args[0], &args[1])
            }
        )+
    };
}

comparison_functions! {
    eq = Eq;
    ge = Ge;
    gt = Gt;
    le = Le;
    lt = Lt;
    ne = Ne;
}

fn neg(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.unary(Op::Neg, &args[0])
}

fn pos(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.unary(Op::Pos, &args[0])
}

fn invert(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.unary(Op::Invert, &args[0])
}

fn abs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    crate::library::builtins::absolute(interp, &args[0])
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.index(&args[0])
}

fn not_(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(!interp.truth(&args[0])?))
}

fn truth(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.truth(&args[0])?))
}

fn is_(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(args[0].is(&args[1])))
}

fn is_not(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(!args[0].is(&args[1])))
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.get_item(&args[0], &args[1])
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.set_item(&args[0], &args[1], &args[2])?;
    Ok(Value::NONE)
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.del_item(&args[0], &args[1])?;
    Ok(Value::NONE)
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.contains(&args[0], &args[1])?))
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.call_keywords(&args[0], items(&args[1]), &pairs(&args[2]))
}

/// Whether `+` of the value means concatenation.
fn is_sequence(value: &Value) -> bool {
    value.str_like().is_some()
        || value.list_like().is_some()
        || value.tuple_like().is_some()
        || value.bytes_like().is_some()
        || value.downcast::<ByteArray>().is_some()
}

/// TypeError unless both operands of a concatenation are sequences.
fn check_sequences(interp: &mut dyn Interpreter, args: &[Value]) -> Result<(), Raised> {
    if is_sequence(&args[0]) {
        return Ok(());
    }
    let is_mapping = args[0].dict_like().is_some();
    let both = !is_mapping
        && has_special(interp, &args[0], "__getitem__")
        && has_special(interp, &args[1], "__getitem__");
    if both {
        return Ok(());
    }
    let class = interp.type_name(&args[0]);
    Err(interp.type_error(&format!("'{class}' object can't be concatenated")))
}

fn concat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_sequences(interp, args)?;
    interp.binary(Op::Add, &args[0], &args[1])
}

fn iconcat(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check_sequences(interp, args)?;
    interp.inplace(Op::Add, &args[0], &args[1])
}

/// An iterator over an argument, with the complaint that `in` has.
fn iterator(interp: &mut dyn Interpreter, value: &Value) -> Completion {
    if !has_special(interp, value, "__iter__") && !has_special(interp, value, "__getitem__") {
        let class = interp.type_name(value);
        return Err(interp.type_error(&format!("argument of type '{class}' is not iterable")));
    }
    interp.iter(value)
}

fn count_of(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = iterator(interp, &args[0])?;
    let mut count = 0;
    while let Some(item) = interp.next(&iterator)? {
        count += i64::from(interp.equals(&item, &args[1])?);
    }
    Ok(Value::int(count))
}

fn index_of(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let iterator = iterator(interp, &args[0])?;
    let mut index = 0;
    while let Some(item) = interp.next(&iterator)? {
        if interp.equals(&item, &args[1])? {
            return Ok(Value::int(index));
        }
        index += 1;
    }
    Err(interp.value_error("sequence.index(x): x not in sequence"))
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let default = Value::int(interp.expect_int(&args[1])?);
    let hint = crate::object::sequence::length_hint(interp, &args[0])?;
    Ok(hint.map_or(default, |hint| Value::uint(hint as u64)))
}
