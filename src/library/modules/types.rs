//! `types`: names for the classes of the machine's objects.

use crate::library::types::descriptors::MEMBER;
use crate::library::types::frame::FRAME;
use crate::library::types::generic_alias::GENERIC_ALIAS;
use crate::library::types::mapping_proxy::MAPPING_PROXY;
use crate::library::types::union_::UNION;
use crate::object::interpreter::Interpreter;
use crate::object::spec::{ModuleSpec, native};
use crate::object::{Completion, CoreType, Flavor, NativeRow, Value};

pub static TYPES: ModuleSpec = ModuleSpec {
    name: "types",
    doc: "\nDefine names for built-in types that aren't directly accessible as a builtin.\n",
    functions: FUNCTIONS,
    types: &[&GENERIC_ALIAS],
    constants: &[
        ("FrameType", |interp| interp.type_of_spec(&FRAME)),
        ("MappingProxyType", |interp| interp.type_of_spec(&MAPPING_PROXY)),
        ("MemberDescriptorType", |interp| interp.type_of_spec(&MEMBER)),
        ("UnionType", |interp| interp.type_of_spec(&UNION)),
    ],
    core_types: &[
        ("AsyncGeneratorType", CoreType::AsyncGenerator),
        ("BuiltinFunctionType", CoreType::BuiltinFunction),
        ("BuiltinMethodType", CoreType::BuiltinFunction),
        ("CellType", CoreType::Cell),
        ("ClassMethodDescriptorType", CoreType::ClassMethodDescriptor),
        ("CodeType", CoreType::Code),
        ("CoroutineType", CoreType::Coroutine),
        ("EllipsisType", CoreType::Ellipsis),
        ("FunctionType", CoreType::Function),
        ("GeneratorType", CoreType::Generator),
        ("GetSetDescriptorType", CoreType::GetSetDescriptor),
        ("LambdaType", CoreType::Function),
        ("MethodDescriptorType", CoreType::MethodDescriptor),
        ("MethodType", CoreType::Method),
        ("MethodWrapperType", CoreType::MethodWrapper),
        ("ModuleType", CoreType::Module),
        ("NoneType", CoreType::NoneType),
        ("NotImplementedType", CoreType::NotImplementedType),
        ("TracebackType", CoreType::Traceback),
        ("WrapperDescriptorType", CoreType::WrapperDescriptor),
    ],
    script: script!("types.apy"),
    ..ModuleSpec::EMPTY
};

static FUNCTIONS: &[NativeRow] = &[
    native("_mark_coroutine", "func, /", mark_coroutine, "Let the generators of a function be awaited."),
    native("_is_marked", "generator, /", is_marked, "Whether a generator may be awaited."),
];

/// Mark the function if its calls make generators; whether calls now make something that can be
/// awaited.
fn mark_coroutine(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(function) = args[0].as_function() else { return Ok(Value::FALSE) };
    let flavor = function.code.as_code().map(|code| code.code.flavor);
    if flavor == Some(Flavor::Generator) {
        function.is_iterable_coroutine.set(true);
    }
    Ok(Value::bool(matches!(flavor, Some(Flavor::Generator | Flavor::Coroutine))))
}

fn is_marked(_: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let generator = args[0].as_generator();
    Ok(Value::bool(generator.is_some_and(|generator| generator.head().is_iterable_coroutine.get())))
}
