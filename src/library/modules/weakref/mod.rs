//! `weakref`: references that do not keep their object alive. The collections made of them are
//! written in apy.

mod proxy;
mod reference;

use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{NativeRow, Value};

pub static WEAKREF: ModuleSpec = ModuleSpec {
    name: "weakref",
    doc: "Weak reference support for Python.\n\nThis module is an implementation of PEP 205:\n\n\
          https://peps.python.org/pep-0205/\n",
    functions: FUNCTIONS,
    types: &[&reference::REFERENCE, &proxy::PROXY, &proxy::CALLABLE_PROXY],
    constants: &[("ref", |interp| interp.type_of_spec(&reference::REFERENCE)), ("ProxyTypes", proxy_types)],
    script: script!("weakref.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native(
        "getweakrefcount",
        "object, /",
        reference::count,
        "Return the number of weak references to 'object'.",
    ),
    native(
        "getweakrefs",
        "object, /",
        reference::all,
        "Return a list of all weak reference objects pointing to 'object'.",
    ),
    native(
        "proxy",
        "object, callback=None, /",
        proxy::make,
        "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference \
         to the\nproxy when 'object' is about to be finalized.",
    ),
];

fn proxy_types(interp: &mut dyn Interpreter) -> Value {
    let types = [&proxy::PROXY, &proxy::CALLABLE_PROXY].map(|spec| interp.type_of_spec(spec));
    Value::tuple(types.to_vec())
}
