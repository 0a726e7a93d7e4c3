//! What `functools.cmp_to_key` makes.

use crate::library::types::receiver::wrong_receiver;
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::spec::{getter, native};
use crate::object::{Completion, Interpreter, NativeObject, Raised, TypeSpec, Value};

/// A comparison function, and in the results of calls the object that is compared.
struct KeyWrapper {
    compare: Value,
    /// Unbound in the function itself.
    object: Value,
}

static KEY_WRAPPER: TypeSpec = TypeSpec {
    name: "KeyWrapper",
    module: "functools",
    doc: "An object that is ordered by a comparison function.",
    unhashable: true,
    methods: &[
        native("__call__", "obj", call, "The key of an object."),
        native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq), "Return self==value."),
        native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge), "Return self>=value."),
        native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt), "Return self>value."),
        native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le), "Return self<=value."),
        native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt), "Return self<value."),
        native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne), "Return self!=value."),
    ],
    getters: &[getter(
        "obj",
        |i, this| Ok(expect_key(i, this, "obj")?.object.clone()),
        "Value wrapped by a key function.",
    )],
    ..TypeSpec::EMPTY
};

impl Traverse for KeyWrapper {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.compare);
        visit(&self.object);
    }

    fn clear(&self) {
        // Immutable: a cycle through it is broken elsewhere.
    }
}

impl NativeObject for KeyWrapper {
    fn spec(&self) -> &'static TypeSpec {
        &KEY_WRAPPER
    }
}

/// `functools.cmp_to_key(mycmp)`.
pub fn cmp_to_key(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::object(KeyWrapper { compare: args[0].clone(), object: Value::UNBOUND }))
}

fn expect_key<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v KeyWrapper, Raised> {
    match this.downcast::<KeyWrapper>() {
        Some(key) => Ok(key),
        None => Err(wrong_receiver(interp, "functools.KeyWrapper", method, this)),
    }
}

fn call(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let compare = expect_key(interp, &args[0], "__call__")?.compare.clone();
    Ok(Value::object(KeyWrapper { compare, object: args[1].clone() }))
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let left = expect_key(interp, &args[0], "__lt__")?;
    let Some(right) = args[1].downcast::<KeyWrapper>() else {
        return Err(interp.type_error("other argument must be K instance"));
    };
    if left.object.is_unbound() || right.object.is_unbound() {
        let message = "'functools.KeyWrapper' object has no attribute 'obj'";
        return Err(interp.raise(crate::object::CoreType::AttributeError, message));
    }
    let result = interp.call(&left.compare, &[left.object.clone(), right.object.clone()])?;
    interp.compare(op, &result, &Value::int(0))
}
