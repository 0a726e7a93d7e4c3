//! `__flags__`, `__basicsize__` and their like: what CPython's classes say of the objects they
//! make. apy's objects lie otherwise in memory; scripts ask to tell classes apart, and to learn
//! whether a class is abstract.

use super::type_::expect_class;
use crate::object::class::TypeObject;
use crate::object::class_build;
use crate::object::interpreter::Interpreter;
use crate::object::{Completion, CoreType, Value};

/// Sizes and offsets in bytes, as CPython has them on machines of 64 bits.
#[derive(Clone, Copy)]
struct Layout {
    size: i64,
    item: i64,
    dict: i64,
    weakref: i64,
}

const INLINE_VALUES: i64 = 1 << 2;
const MANAGED_WEAKREF: i64 = 1 << 3;
const MANAGED_DICT: i64 = 1 << 4;
const SEQUENCE: i64 = 1 << 5;
const MAPPING: i64 = 1 << 6;
const IMMUTABLE: i64 = 1 << 8;
const HEAP: i64 = 1 << 9;
const SUBCLASSABLE: i64 = 1 << 10;
const READY: i64 = 1 << 12;
const COLLECTED: i64 = 1 << 14;
const IS_ABSTRACT: i64 = 1 << 20;
/// Flags about what kind of object an instance is (`LONG_SUBCLASS` and so on) are inherited, and
/// how class patterns treat it.
const INHERITED: i64 = 0xff << 24 | 1 << 23 | 1 << 22 | 1 << 11 | SEQUENCE | MAPPING;

/// Where CPython keeps the dict and the weak references that it manages in front of an object.
const MANAGED_DICT_OFFSET: i64 = -1;
const MANAGED_WEAKREF_OFFSET: i64 = -32;

const OBJECT_SIZE: i64 = 16;
const POINTER: i64 = 8;

/// Native classes: layout and flags.
#[rustfmt::skip]
static NATIVES: &[(&str, Layout, i64)] = &[
    ("object",                        Layout { size: 16, item: 0, dict: 0, weakref: 0 }, 0x1502),
    ("type",                          Layout { size: 928, item: 40, dict: 264, weakref: 368 }, 0x80805d02),
    ("NoneType",                      Layout { size: 16, item: 0, dict: 0, weakref: 0 }, 0x1102),
    ("bool",                          Layout { size: 24, item: 4, dict: 0, weakref: 0 }, 0x1401102),
    ("int",                           Layout { size: 24, item: 4, dict: 0, weakref: 0 }, 0x1401502),
    ("float",                         Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x401502),
    ("complex",                       Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x1502),
    ("ellipsis",                      Layout { size: 16, item: 0, dict: 0, weakref: 0 }, 0x1102),
    ("NotImplementedType",            Layout { size: 16, item: 0, dict: 0, weakref: 0 }, 0x1102),
    ("str",                           Layout { size: 64, item: 0, dict: 0, weakref: 0 }, 0x10401502),
    ("bytes",                         Layout { size: 33, item: 1, dict: 0, weakref: 0 }, 0x8401502),
    ("bytearray",                     Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x401502),
    ("range",                         Layout { size: 48, item: 0, dict: 0, weakref: 0 }, 0x1122),
    ("tuple",                         Layout { size: 24, item: 8, dict: 0, weakref: 0 }, 0x4405522),
    ("list",                          Layout { size: 40, item: 0, dict: 0, weakref: 0 }, 0x2405522),
    ("dict",                          Layout { size: 48, item: 0, dict: 0, weakref: 0 }, 0x20405542),
    ("set",                           Layout { size: 200, item: 0, dict: 0, weakref: 192 }, 0x405502),
    ("frozenset",                     Layout { size: 200, item: 0, dict: 0, weakref: 192 }, 0x405502),
    ("slice",                         Layout { size: 40, item: 0, dict: 0, weakref: 0 }, 0x5102),
    ("function",                      Layout { size: 144, item: 0, dict: 88, weakref: 96 }, 0x25902),
    ("builtin_function_or_method",    Layout { size: 56, item: 0, dict: 0, weakref: 40 }, 0x5982),
    ("method_descriptor",             Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x25982),
    ("wrapper_descriptor",            Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x25182),
    ("method-wrapper",                Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("classmethod_descriptor",        Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("method",                        Layout { size: 48, item: 0, dict: 0, weakref: 32 }, 0x5902),
    ("generator",                     Layout { size: 144, item: 8, dict: 0, weakref: 16 }, 0x5182),
    ("coroutine",                     Layout { size: 144, item: 8, dict: 0, weakref: 16 }, 0x5182),
    ("async_generator",               Layout { size: 144, item: 8, dict: 0, weakref: 16 }, 0x5182),
    ("cell",                          Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x5102),
    ("module",                        Layout { size: 56, item: 0, dict: 16, weakref: 40 }, 0x5502),
    ("code",                          Layout { size: 200, item: 2, dict: 0, weakref: 144 }, 0x1102),
    ("getset_descriptor",             Layout { size: 48, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("member_descriptor",             Layout { size: 48, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("traceback",                     Layout { size: 40, item: 0, dict: 0, weakref: 0 }, 0x5102),
    ("frame",                         Layout { size: 136, item: 8, dict: 0, weakref: 0 }, 0x5182),
    ("memoryview",                    Layout { size: 144, item: 8, dict: 0, weakref: 136 }, 0x5122),
    ("property",                      Layout { size: 64, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("classmethod",                   Layout { size: 32, item: 0, dict: 24, weakref: 0 }, 0x5502),
    ("staticmethod",                  Layout { size: 32, item: 0, dict: 24, weakref: 0 }, 0x5502),
    ("super",                         Layout { size: 40, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("enumerate",                     Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("zip",                           Layout { size: 48, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("map",                           Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("filter",                        Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("reversed",                      Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x5502),
    ("dict_keys",                     Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("dict_values",                   Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("dict_items",                    Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("mappingproxy",                  Layout { size: 24, item: 0, dict: 0, weakref: 0 }, 0x5142),
    ("GenericAlias",                  Layout { size: 64, item: 0, dict: 0, weakref: 40 }, 0x5d02),
    ("UnionType",                     Layout { size: 32, item: 0, dict: 0, weakref: 0 }, 0x5182),
    ("BaseException",                 Layout { size: 72, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("BaseExceptionGroup",            Layout { size: 88, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("SystemExit",                    Layout { size: 80, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("AttributeError",                Layout { size: 88, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("ImportError",                   Layout { size: 104, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("NameError",                     Layout { size: 80, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("OSError",                       Layout { size: 112, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("StopIteration",                 Layout { size: 80, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("SyntaxError",                   Layout { size: 136, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("UnicodeDecodeError",            Layout { size: 112, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("UnicodeEncodeError",            Layout { size: 112, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("UnicodeTranslateError",         Layout { size: 112, item: 0, dict: 16, weakref: 0 }, 0x40005502),
    ("deque",                         Layout { size: 216, item: 0, dict: 0, weakref: 208 }, 0x5720),
    ("defaultdict",                   Layout { size: 56, item: 0, dict: 0, weakref: 0 }, 0x20405740),
    ("OrderedDict",                   Layout { size: 112, item: 0, dict: 96, weakref: 104 }, 0x20405542),
    ("ReferenceType",                 Layout { size: 64, item: 0, dict: 0, weakref: 0 }, 0x5d02),
];

fn of_native(class: &TypeObject) -> (Layout, i64) {
    let name = class.name_text();
    if let Some((_, layout, flags)) = NATIVES.iter().find(|(known, ..)| *known == name) {
        return (*layout, *flags);
    }
    let plain = Layout { size: OBJECT_SIZE, item: 0, dict: 0, weakref: 0 };
    let base = class.bases.borrow().first().cloned();
    match base.as_ref().and_then(Value::as_type).filter(|_| class.core != Some(CoreType::Object)) {
        Some(base) => {
            let (layout, flags) = of_native(base);
            (layout, flags | COLLECTED)
        }
        None => (plain, IMMUTABLE | READY),
    }
}

fn layout_and_flags(class: &TypeObject) -> (Layout, i64) {
    if !class.is_heap {
        return of_native(class);
    }
    let Some(base) = class_build::base_of(class) else { return of_native(class) };
    let Some(base) = base.as_type() else { return of_native(class) };
    let (mut layout, base_flags) = layout_and_flags(base);
    let mut flags = HEAP | SUBCLASSABLE | READY | base_flags & (INHERITED | COLLECTED);
    for other in class.mro.borrow().iter().skip(1).filter_map(Value::as_type) {
        if !other.is_heap {
            flags |= of_native(other).1 & (SEQUENCE | MAPPING);
        }
    }
    let members = i64::from(class.member_count()) - i64::from(base.member_count());
    layout.size += POINTER * members.max(0);
    flags |= base_flags & (MANAGED_DICT | MANAGED_WEAKREF);
    if class.has_dict.get() && layout.dict == 0 {
        layout.dict = MANAGED_DICT_OFFSET;
        flags |= MANAGED_DICT;
    }
    if class.has_weakref.get() && layout.weakref == 0 && layout.item == 0 {
        layout.weakref = MANAGED_WEAKREF_OFFSET;
        flags |= MANAGED_WEAKREF;
    }
    if flags & MANAGED_DICT != 0 && layout.size == OBJECT_SIZE {
        flags |= INLINE_VALUES;
    }
    if members > 0 || flags & (MANAGED_DICT | MANAGED_WEAKREF) != 0 {
        flags |= COLLECTED;
    }
    if class.is_abstract.get() {
        flags |= IS_ABSTRACT;
    }
    (layout, flags | pattern_flags(class))
}

/// The flags that `collections.abc.Sequence` and `Mapping` give to what derives from them.
fn pattern_flags(class: &TypeObject) -> i64 {
    let mro = class.mro.borrow();
    let named = |name: &str| {
        mro.iter()
            .filter_map(Value::as_type)
            .any(|base| base.full_name() == format!("collections.abc.{name}"))
    };
    if named("Sequence") {
        SEQUENCE
    } else if named("Mapping") {
        MAPPING
    } else {
        0
    }
}

pub fn size(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::int(layout_and_flags(expect_class(interp, class, "__basicsize__")?).0.size))
}

pub fn item_size(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::int(layout_and_flags(expect_class(interp, class, "__itemsize__")?).0.item))
}

pub fn dict_offset(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::int(layout_and_flags(expect_class(interp, class, "__dictoffset__")?).0.dict))
}

pub fn weakref_offset(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::int(layout_and_flags(expect_class(interp, class, "__weakrefoffset__")?).0.weakref))
}

pub fn flags(interp: &mut dyn Interpreter, class: &Value) -> Completion {
    Ok(Value::int(layout_and_flags(expect_class(interp, class, "__flags__")?).1))
}
