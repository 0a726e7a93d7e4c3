//! `types.UnionType`: what `int | str` makes.

use super::generic_alias::{self, GenericAlias};
use super::generic_parameters;
use super::support::wrong_self;
use crate::object::heap::Traverse;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{GetterRow, getter, member, native};
use crate::object::{Completion, CoreType, NativeObject, NativeRow, Op, Raised, Tag, TypeSpec, Value};

/// Alternatives, none of them twice, none a union itself.
pub struct UnionObject {
    pub args: Vec<Value>,
}

pub static UNION: TypeSpec = TypeSpec {
    name: "UnionType",
    module: "types",
    doc: "Represent a PEP 604 union type\n\nE.g. for int | str",
    methods: METHODS,
    getters: GETTERS,
    ..TypeSpec::EMPTY
};

static METHODS: &[NativeRow] = &[
    native("__or__", "value, /", or, "Return self|value."),
    native("__ror__", "value, /", ror, "Return value|self."),
    native("__eq__", "value, /", equal, "Return self==value."),
    native("__hash__", "", hash, "Return hash(self)."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__instancecheck__", "instance, /", instance_check, ""),
    native("__subclasscheck__", "subclass, /", subclass_check, ""),
    native("__getitem__", "key, /", get_item, "Return self[key]."),
];

static GETTERS: &[GetterRow] = &[
    member("__args__", args_tuple, ""),
    getter("__parameters__", parameters, "Type variables in the types.UnionType."),
];

impl Traverse for UnionObject {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        self.args.iter().for_each(visit);
    }

    fn clear(&self) {
        // Immutable: a cycle is broken at the class.
    }
}

impl NativeObject for UnionObject {
    fn spec(&self) -> &'static TypeSpec {
        &UNION
    }
}

/// `left | right` for classes, generic aliases, unions and None; NotImplemented for anything else.
pub fn union_of(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Completion {
    if !is_alternative(left) || !is_alternative(right) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut args: Vec<Value> = Vec::new();
    for side in [left, right] {
        let parts = match side.downcast::<UnionObject>() {
            Some(union) => union.args.clone(),
            None if side.is_none() => vec![interp.core(CoreType::NoneType)],
            None => vec![side.clone()],
        };
        for part in parts {
            let mut is_known = false;
            for known in &args {
                is_known |= known.is(&part) || (known.tag() == Tag::Object && interp.equals(known, &part)?);
            }
            if !is_known {
                args.push(part);
            }
        }
    }
    match args.as_slice() {
        [only] => Ok(only.clone()),
        _ => Ok(Value::object(UnionObject { args })),
    }
}

fn is_alternative(value: &Value) -> bool {
    value.is_none()
        || value.tag() == Tag::Type
        || value.downcast::<UnionObject>().is_some()
        || value.downcast::<GenericAlias>().is_some()
        || is_type_alias(value)
}

/// Whether it is what a `type` statement makes, whose class is written in apy.
fn is_type_alias(value: &Value) -> bool {
    value.as_instance().is_some_and(|instance| {
        instance.with_class(|class| {
            class.name_text() == "TypeAliasType" && class.full_name() == "typing.TypeAliasType"
        })
    })
}

fn this<'v>(
    interp: &mut dyn Interpreter,
    args: &'v [Value],
    method: &str,
) -> Result<&'v UnionObject, Raised> {
    args[0].downcast().ok_or_else(|| wrong_self(interp, method, "types.UnionType", &args[0]))
}

fn or(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_of(interp, &args[0], &args[1])
}

fn ror(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    union_of(interp, &args[1], &args[0])
}

fn equal(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, args, "__eq__")?;
    let Some(other) = args[1].downcast::<UnionObject>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if this.args.len() != other.args.len() {
        return Ok(Value::FALSE);
    }
    for part in &this.args {
        let mut is_found = false;
        for candidate in &other.args {
            is_found = is_found || interp.equals(part, candidate)?;
        }
        if !is_found {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, args, "__hash__")?;
    // The order does not matter to equality, so it must not matter here.
    let class = interp.core(CoreType::FrozenSet);
    let parts = interp.call(&class, &[Value::tuple(this.args.clone())])?;
    interp.hash(&parts).map(Value::int)
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, args, "__repr__")?;
    let none = interp.core(CoreType::NoneType);
    let mut parts = Vec::new();
    for part in &this.args {
        parts.push(if part.is(&none) {
            "None".to_owned()
        } else {
            generic_alias::argument_repr(interp, part)?
        });
    }
    Ok(Value::str(&parts.join(" | ")))
}

fn check(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    test: fn(&mut dyn Interpreter, &Value, &Value) -> Result<bool, Raised>,
) -> Completion {
    let this = this(interp, args, &format!("__{name}check__"))?;
    for part in &this.args {
        if part.downcast::<GenericAlias>().is_some() {
            return Err(
                interp.type_error(&format!("is{name}() argument 2 cannot be a parameterized generic"))
            );
        }
        if test(interp, &args[1], part)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn instance_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    check(interp, args, "instance", |interp, object, class| interp.is_instance(object, class))
}

fn subclass_check(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if args[1].as_type().is_none() {
        return Err(interp.type_error("issubclass() arg 1 must be a class"));
    }
    check(interp, args, "subclass", |interp, class, base| interp.is_subclass(class, base))
}

fn get_item(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let this = this(interp, args, "__getitem__")?;
    let new = generic_parameters::substitute(interp, &args[0], &this.args, &args[1])?;
    let mut result = Value::UNBOUND;
    for part in new {
        result = if result.is_unbound() { part } else { interp.binary(Op::BitOr, &result, &part)? };
    }
    Ok(result)
}

fn args_tuple(_: &mut dyn Interpreter, object: &Value) -> Completion {
    Ok(Value::tuple(object.downcast::<UnionObject>().map_or_else(Vec::new, |union| union.args.clone())))
}

fn parameters(interp: &mut dyn Interpreter, object: &Value) -> Completion {
    let Some(union) = object.downcast::<UnionObject>() else { return Ok(Value::tuple(Vec::new())) };
    Ok(Value::tuple(generic_parameters::parameters_of(interp, &union.args)?))
}
