//! What `sys` tells about the interpreter in named tuples.

use crate::library::types::struct_sequence::{item, repr, struct_sequence};
use crate::library::types::tuple::TUPLE;
use crate::object::format::integer::max_str_digits;
use crate::object::heap::Traverse;
use crate::object::spec::{getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, TypeSpec, Value};

static REPR: &[NativeRow] = &[
    native("__new__", "*args, **kwargs", refuse_new, "").as_new(),
    native("__repr__", "", repr, "Return repr(self)."),
];

/// There is one object of each class.
fn refuse_new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let name = args[0].as_type().map_or_else(String::new, |class| class.full_name());
    Err(interp.type_error(&format!("cannot create '{name}' instances")))
}

macro_rules! info {
    ($spec:ident, $name:literal, $doc:literal, $($index:literal $field:literal),+) => {
        static $spec: TypeSpec = TypeSpec {
            name: $name,
            module: "sys",
            doc: $doc,
            base: Some(&TUPLE),
            methods: REPR,
            getters: &[$(getter($field, item::<$index>, "")),+],
            ..TypeSpec::EMPTY
        };
    };
}

info!(VERSION_INFO, "version_info", "Version information as a named tuple.",
    0 "major", 1 "minor", 2 "micro", 3 "releaselevel", 4 "serial");
info!(FLOAT_INFO, "float_info", "A named tuple holding information about the float type.",
    0 "max", 1 "max_exp", 2 "max_10_exp", 3 "min", 4 "min_exp", 5 "min_10_exp", 6 "dig",
    7 "mant_dig", 8 "epsilon", 9 "radix", 10 "rounds");
info!(INT_INFO, "int_info", "A named tuple that holds information about Python's internal representation of integers.",
    0 "bits_per_digit", 1 "sizeof_digit", 2 "default_max_str_digits", 3 "str_digits_check_threshold");
info!(HASH_INFO, "hash_info", "A named tuple providing parameters used for computing hashes.",
    0 "width", 1 "modulus", 2 "inf", 3 "nan", 4 "imag", 5 "algorithm", 6 "hash_bits",
    7 "seed_bits", 8 "cutoff");
info!(THREAD_INFO, "thread_info", "A named tuple holding information about the thread implementation.",
    0 "name", 1 "lock", 2 "version");
info!(FLAGS, "flags", "Flags provided through command line arguments or environment vars.",
    0 "debug", 1 "inspect", 2 "interactive", 3 "optimize", 4 "dont_write_bytecode",
    5 "no_user_site", 6 "no_site", 7 "ignore_environment", 8 "verbose", 9 "bytes_warning",
    10 "quiet", 11 "hash_randomization", 12 "isolated", 13 "dev_mode", 14 "utf8_mode",
    15 "warn_default_encoding", 16 "safe_path", 17 "int_max_str_digits");

/// The version of the language that apy follows.
const VERSION: [i64; 3] = [3, 13, 0];
/// `sys.hexversion`: final releases end in `f0`.
pub const HEX_VERSION: i64 = VERSION[0] << 24 | VERSION[1] << 16 | VERSION[2] << 8 | 0xf0;

/// `sys.version`.
pub fn version(_: &mut dyn Interpreter) -> Value {
    let [major, minor, micro] = VERSION;
    Value::str(&format!("{major}.{minor}.{micro} (apy {})", env!("CARGO_PKG_VERSION")))
}

pub fn version_info(interp: &mut dyn Interpreter) -> Value {
    let mut items: Vec<Value> = VERSION.into_iter().map(Value::int).collect();
    items.extend([Value::str("final"), Value::int(0)]);
    struct_sequence(interp, &VERSION_INFO, items)
}

pub fn float_info(interp: &mut dyn Interpreter) -> Value {
    let integers = |values: &[i64]| values.iter().copied().map(Value::int).collect::<Vec<_>>();
    let mut items = vec![Value::float(f64::MAX)];
    items.extend(integers(&[1024, 308]));
    items.push(Value::float(f64::MIN_POSITIVE));
    items.extend(integers(&[-1021, -307, 15, 53]));
    items.push(Value::float(f64::EPSILON));
    items.extend(integers(&[2, 1]));
    struct_sequence(interp, &FLOAT_INFO, items)
}

pub fn int_info(interp: &mut dyn Interpreter) -> Value {
    let items = [30, 4, 4300, 640].into_iter().map(Value::int).collect();
    struct_sequence(interp, &INT_INFO, items)
}

pub fn hash_info(interp: &mut dyn Interpreter) -> Value {
    let mut items: Vec<Value> =
        [64, (1 << 61) - 1, 314_159, 0, 1_000_003].into_iter().map(Value::int).collect();
    items.push(Value::str("fx"));
    items.extend([64, 64, 0].into_iter().map(Value::int));
    struct_sequence(interp, &HASH_INFO, items)
}

pub fn thread_info(interp: &mut dyn Interpreter) -> Value {
    struct_sequence(interp, &THREAD_INFO, vec![Value::str("green"), Value::NONE, Value::NONE])
}

pub fn flags(interp: &mut dyn Interpreter) -> Value {
    let mut items: Vec<Value> = vec![Value::int(0); 17];
    items[4] = Value::int(1);
    items[13] = Value::FALSE;
    items[14] = Value::int(1);
    items[16] = Value::FALSE;
    items.push(Value::int(max_str_digits() as i64));
    struct_sequence(interp, &FLAGS, items)
}

/// `sys.implementation`.
struct Implementation;

static NAMESPACE: TypeSpec = TypeSpec {
    name: "SimpleNamespace",
    module: "types",
    doc: "A simple attribute-based namespace.",
    methods: &[native("__repr__", "", implementation_repr, "Return repr(self).")],
    getters: &[
        getter("name", |_, _| Ok(Value::str("apy")), ""),
        getter("cache_tag", |_, _| Ok(Value::NONE), ""),
        getter("version", |interp, _| Ok(version_info(interp)), ""),
        getter("hexversion", |_, _| Ok(Value::int(HEX_VERSION)), ""),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for Implementation {
    fn traverse(&self, _: &mut dyn FnMut(&Value)) {}

    fn clear(&self) {}
}

impl NativeObject for Implementation {
    fn spec(&self) -> &'static TypeSpec {
        &NAMESPACE
    }

    fn is_tracked(&self) -> bool {
        false
    }
}

fn implementation_repr(interp: &mut dyn Interpreter, _: &[Value]) -> Completion {
    let version = version_info(interp);
    let version = interp.repr(&version)?;
    Ok(Value::str(&format!(
        "namespace(name='apy', cache_tag=None, version={}, hexversion={HEX_VERSION})",
        version.str_like().unwrap_or_default()
    )))
}

pub fn implementation(_: &mut dyn Interpreter) -> Value {
    Value::object(Implementation)
}
