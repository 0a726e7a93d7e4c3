//! Builtins about any object: what it is, its identity, its text; and the making of classes.

use crate::library::types::support::{items, pairs};
use crate::object::class_build::{self, ClassRequest};
use crate::object::dict::DictObject;
use crate::object::interpreter::Interpreter;
use crate::object::spec::native;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, NativeRow, Raised, Value, escape, heap};
use num_bigint::BigInt;

pub const FUNCTIONS: &[NativeRow] = &[
    native(
        "__build_class__",
        "*args, **kwargs",
        build_class,
        "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement.",
    ),
    native("ascii", "obj, /", ascii, "Return an ASCII-only representation of an object."),
    native("breakpoint", "*args, **kws", breakpoint, "Call sys.breakpointhook(*args, **kws)."),
    native(
        "callable",
        "obj, /",
        callable,
        "Return whether the object is callable (i.e., some kind of function).",
    ),
    native("format", "value, format_spec='', /", format, "Return type(value).__format__(value, format_spec)"),
    native("hash", "obj, /", hash, "Return the hash value for the given object."),
    native("help", "*args, **kwds", help, "Define the builtin 'help'."),
    native("id", "obj, /", id, "Return the identity of an object."),
    native(
        "isinstance",
        "obj, class_or_tuple, /",
        is_instance,
        "Return whether an object is an instance of a class or of a subclass thereof.",
    ),
    native(
        "issubclass",
        "cls, class_or_tuple, /",
        is_subclass,
        "Return whether 'cls' is derived from another class or is the same class.",
    ),
    native("repr", "obj, /", repr, "Return the canonical string representation of the object."),
];

fn build_class(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut keywords = pairs(&args[1]);
    let [function, name, original @ ..] = items(&args[0]) else {
        return Err(interp.type_error("__build_class__: not enough arguments"));
    };
    if function.as_function().is_none() {
        return Err(interp.type_error("__build_class__: func must be a function"));
    }
    if name.str_like().is_none() {
        return Err(interp.type_error("__build_class__: name is not a string"));
    }
    let resolved = resolve_bases(interp, original)?;
    let bases = resolved.as_deref().unwrap_or(original);
    let asked = keywords.iter().position(|(key, _)| key.str_like() == Some("metaclass"));
    let metaclass = match (asked.map(|index| keywords.remove(index).1), bases.first()) {
        (Some(metaclass), _) => metaclass,
        (None, Some(base)) => interp.class_of(base),
        (None, None) => interp.core(CoreType::Type),
    };
    let metaclass = if metaclass.as_type().is_some() {
        class_build::winning_metaclass(interp, &metaclass, bases)?
    } else {
        metaclass
    };
    let is_plain = metaclass.is(&interp.core(CoreType::Type));
    let namespace = if is_plain {
        Value::dict(DictObject::new())
    } else {
        prepare(interp, &metaclass, name, bases, &keywords)?
    };
    interp.call(function, std::slice::from_ref(&namespace))?;
    if resolved.is_some() {
        interp.set_item(&namespace, &Value::str("__orig_bases__"), &Value::tuple_from(original))?;
    }
    let cell = namespace.dict_like().and_then(|namespace| namespace.get_str("__classcell__"));
    let class = match namespace.as_dict().filter(|_| is_plain) {
        Some(namespace) => class_build::new_class(
            interp,
            ClassRequest { metaclass: &metaclass, name, bases, namespace, keywords: &keywords },
        )?,
        None => {
            let args = [name.clone(), Value::tuple_from(bases), namespace];
            interp.call_keywords(&metaclass, &args, &keywords)?
        }
    };
    check_class_cell(interp, cell, name, &class)?;
    Ok(class)
}

/// The bases with `__mro_entries__` asked; `None` if there was none to ask.
fn resolve_bases(interp: &mut dyn Interpreter, original: &[Value]) -> Result<Option<Vec<Value>>, Raised> {
    let mut resolved: Option<Vec<Value>> = None;
    for (index, base) in original.iter().enumerate() {
        let entries = match base.as_type() {
            Some(_) => None,
            None => interp.find_attr(base, &intern("__mro_entries__"))?,
        };
        match (entries, &mut resolved) {
            (None, None) => {}
            (None, Some(resolved)) => resolved.push(base.clone()),
            (Some(entries), _) => {
                let stand_ins = interp.call(&entries, &[Value::tuple_from(original)])?;
                let Some(stand_ins) = stand_ins.tuple_like() else {
                    return Err(interp.type_error("__mro_entries__ must return a tuple"));
                };
                let resolved = resolved.get_or_insert_with(|| original[..index].to_vec());
                resolved.extend(stand_ins.iter().cloned());
            }
        }
    }
    Ok(resolved)
}

/// The namespace in which a class body runs.
fn prepare(
    interp: &mut dyn Interpreter,
    metaclass: &Value,
    name: &Value,
    bases: &[Value],
    keywords: &[(Value, Value)],
) -> Completion {
    let Some(function) = interp.find_attr(metaclass, &intern("__prepare__"))? else {
        return Ok(Value::dict(DictObject::new()));
    };
    let namespace = interp.call_keywords(&function, &[name.clone(), Value::tuple_from(bases)], keywords)?;
    let class = interp.class_of(&namespace);
    let is_mapping = namespace.dict_like().is_some()
        || class.as_type().is_some_and(|class| class.lookup(&intern("__getitem__")).is_some());
    if is_mapping {
        return Ok(namespace);
    }
    let who = metaclass.as_type().map_or_else(|| "<metaclass>".to_owned(), |class| class.name_text());
    let found = interp.type_name(&namespace);
    Err(interp.type_error(&format!("{who}.__prepare__() must return a mapping, not {found}")))
}

/// The methods' `__class__` must be the class that came out.
fn check_class_cell(
    interp: &mut dyn Interpreter,
    cell: Option<Value>,
    name: &Value,
    class: &Value,
) -> Result<(), Raised> {
    let Some(cell) = cell.as_ref().and_then(Value::as_cell).filter(|_| class.as_type().is_some()) else {
        return Ok(());
    };
    let content = cell.get();
    if content.is(class) {
        return Ok(());
    }
    let (name, shown) = (interp.repr(name)?, interp.repr(class)?);
    let (name, shown) = (name.str_like().unwrap_or_default(), shown.str_like().unwrap_or_default());
    if content.is_unbound() {
        return Err(interp.runtime_error(&format!(
            "__class__ not set defining {name} as {shown}. Was __classcell__ propagated to type.__new__?"
        )));
    }
    let content = interp.repr(&content)?;
    let content = content.str_like().unwrap_or_default();
    Err(interp.type_error(&format!("__class__ set to {content} defining {name} as {shown}")))
}

fn ascii(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let repr = interp.repr(&args[0])?;
    Ok(escape::to_ascii(&repr))
}

fn breakpoint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let sys = interp.import("sys")?;
    let Some(hook) = interp.find_attr(&sys, &intern("breakpointhook"))? else {
        return Err(interp.runtime_error("lost sys.breakpointhook"));
    };
    let keywords: Vec<(Value, Value)> = crate::library::types::support::pairs(&args[1]);
    interp.call_keywords(&hook, crate::library::types::support::items(&args[0]), &keywords)
}

fn help(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let module = interp.import("pydoc")?;
    let help = interp.attribute(&module, "help")?;
    let keywords: Vec<(Value, Value)> = crate::library::types::support::pairs(&args[1]);
    interp.call_keywords(&help, crate::library::types::support::items(&args[0]), &keywords)
}

fn callable(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.is_callable(&args[0])))
}

fn format(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let spec = interp.expect_str_argument(&args[1], "format() argument 2")?;
    interp.format(&args[0], spec)
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(interp.hash(&args[0])?))
}

/// Where the identities of values that are no heap objects begin, one range per kind.
const IMMEDIATES: u64 = 0x5500_0000_0000;

fn id(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if let Some(identity) = heap::identity(&args[0]) {
        return Ok(Value::int(identity as i64));
    }
    let bits = args[0].bits();
    if let Some(small) = args[0].as_int().filter(|value| value.unsigned_abs() < 1 << 32) {
        return Ok(Value::int(IMMEDIATES as i64 + 0x10_0000_0000 * 32 + small * 32));
    }
    if matches!(bits, 0 | 1) && args[0].as_float().is_none() {
        return Ok(Value::int((IMMEDIATES + args[0].tag() as u64 * 64 + bits * 32) as i64));
    }
    // Numbers of 64 bits: no room in a machine integer that is free of heap identities.
    let wide = BigInt::from(args[0].tag() as u64) << 64 | BigInt::from(bits);
    Ok(Value::big_int(wide))
}

fn is_instance(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.is_instance(&args[0], &args[1])?))
}

fn is_subclass(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(interp.is_subclass(&args[0], &args[1])?))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    interp.repr(&args[0])
}
