//! The class `array.array`: its table, making arrays, reading them.

use super::change as edit;
use super::item::Code;
use super::{ArrayIterator, ArrayObject, this};
use crate::library::types::bytes::buffer::any_layout;
use crate::object::copying::{
    Restorable, call_of, call_with_state, expect_place_in, iter_function, reduce_row, set_state_row,
};
use crate::object::interpreter::Comparison;
use crate::object::sequence::{SliceBounds, has_index, index_of, repeat_count, search_bounds};
use crate::object::slice::wrap_index;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::string::intern;
use crate::object::text::check_room;
use crate::object::{Completion, CoreType, Interpreter, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

pub static ARRAY: TypeSpec = TypeSpec {
    name: "array",
    module: "array",
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\ninitialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the appropriate type.",
    methods: METHODS,
    getters: GETTERS,
    subclassable: true,
    unhashable: true,
    ..TypeSpec::EMPTY
};

static GETTERS: &[GetterRow] = &[
    getter(
        "itemsize",
        |i, v| Ok(Value::int(get(i, v)?.code.size() as i64)),
        "the size, in bytes, of one array item",
    ),
    getter(
        "typecode",
        |i, v| Ok(Value::char(get(i, v)?.code.letter())),
        "the typecode character used to create the array",
    ),
];

static METHODS: &[NativeRow] = &[
    native(
        "__new__",
        "*args, **kwargs",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    )
    .as_new(),
    native("__add__", "value, /", add, "Return self+value."),
    native("__class_getitem__", "object, /", class_getitem, "See PEP 585").as_class(),
    native("__contains__", "key, /", contains, "Return bool(key in self)."),
    native("__copy__", "", copy, "Return a copy of the array."),
    native("__deepcopy__", "unused, /", copy, "Return a copy of the array."),
    native("__delitem__", "key, /", edit::delitem, "Delete self[key]."),
    native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq), "Return self==value."),
    native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge), "Return self>=value."),
    native("__getitem__", "key, /", getitem, "Return self[key]."),
    native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt), "Return self>value."),
    native("__iadd__", "value, /", edit::iadd, "Implement self+=value."),
    native("__imul__", "value, /", edit::imul, "Implement self*=value."),
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le), "Return self<=value."),
    native("__len__", "", |i, a| Ok(Value::int(this(i, a, "__len__")?.length() as i64)), "Return len(self)."),
    native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt), "Return self<value."),
    native("__mul__", "value, /", |i, a| repeat(i, a, "__mul__"), "Return self*value."),
    native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne), "Return self!=value."),
    native("__reduce_ex__", "protocol, /", reduce_ex, "Return state information for pickling."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__rmul__", "value, /", |i, a| repeat(i, a, "__rmul__"), "Return value*self."),
    native("__setitem__", "key, value, /", edit::setitem, "Set self[key] to value."),
    native(
        "__sizeof__",
        "",
        |i, a| Ok(Value::int(64 + this(i, a, "__sizeof__")?.bytes.length() as i64)),
        "Size of the array in memory, in bytes.",
    ),
    native("append", "v, /", edit::append, "Append new value v to the end of the array."),
    native(
        "buffer_info",
        "",
        buffer_info,
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to calculate\nthe buffer length in bytes.",
    ),
    native(
        "byteswap",
        "",
        edit::byteswap,
        "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size, RuntimeError is\nraised.",
    ),
    native("clear", "", edit::clear, "Remove all items from the array."),
    native("count", "v, /", count, "Return number of occurrences of v in the array."),
    native("extend", "bb, /", edit::extend, "Append items to the end of the array."),
    native(
        "frombytes",
        "buffer, /",
        edit::frombytes,
        "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method.",
    ),
    native(
        "fromfile",
        "f, n, /",
        edit::fromfile,
        "Read n objects from the file object f and append them to the end of the array.",
    ),
    native("fromlist", "list, /", edit::fromlist, "Append items to array from list."),
    native(
        "fromunicode",
        "ustr, /",
        edit::fromunicode,
        "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is raised.\nUse array.frombytes(ustr.encode(...)) to append Unicode data to an array of\nsome other type.",
    ),
    native(
        "index",
        "v, start=?, stop=?, /",
        index,
        "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present.",
    ),
    native("insert", "i, v, /", edit::insert, "Insert a new item v into the array before position i."),
    native(
        "pop",
        "i=-1, /",
        edit::pop,
        "Return the i-th element and delete it from the array.\n\ni defaults to -1.",
    ),
    native("remove", "v, /", edit::remove, "Remove the first occurrence of v in the array."),
    native("reverse", "", edit::reverse, "Reverse the order of the items in the array."),
    native(
        "tobytes",
        "",
        |i, a| Ok(Value::bytes(&*this(i, a, "tobytes")?.content())),
        "Convert the array to an array of machine values and return the bytes representation.",
    ),
    native("tofile", "f, /", tofile, "Write all items (as machine values) to the file object f."),
    native("tolist", "", tolist, "Convert array to an ordinary list with the same items."),
    native(
        "tounicode",
        "",
        tounicode,
        "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode type array;\notherwise a ValueError is raised.  Use array.tobytes().decode() to obtain a\nunicode string from an array of some other type.",
    ),
];

pub static ARRAY_ITERATOR: TypeSpec = TypeSpec {
    name: "arrayiterator",
    module: "array",
    doc: "",
    methods: &[reduce_row::<ArrayIterator>(), set_state_row::<ArrayIterator>()],
    native_next: true,
    ..TypeSpec::EMPTY
};

fn get<'v>(interp: &mut dyn Interpreter, value: &'v Value) -> Result<&'v ArrayObject, Raised> {
    this(interp, std::slice::from_ref(value), "typecode")
}

/// The letter of a kind of items.
fn expect_code(interp: &mut dyn Interpreter, value: &Value) -> Result<Code, Raised> {
    let mut letters = value.str_like().unwrap_or_default().chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        let name = interp.type_name(value);
        let message = format!("array() argument 1 must be a unicode character, not {name}");
        return Err(interp.type_error(&message));
    };
    match Code::of(letter) {
        Some(code) => Ok(code),
        None => Err(interp.value_error("bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)")),
    }
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let given = args[1].as_tuple().unwrap_or_default();
    let is_plain = args[0].is(&interp.type_of_spec(&ARRAY));
    if is_plain && args[2].as_dict().is_some_and(|keywords| !keywords.entries().is_empty()) {
        return Err(interp.type_error("array.array() takes no keyword arguments"));
    }
    let (letter, initial) = match given {
        [letter] => (letter, None),
        [letter, initial] => (letter, Some(initial)),
        [] => return Err(interp.type_error("array() takes at least 1 argument (0 given)")),
        _ => {
            let message = format!("array() takes at most 2 arguments ({} given)", given.len());
            return Err(interp.type_error(&message));
        }
    };
    let code = expect_code(interp, letter)?;
    if code.letter() == 'u' {
        let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
        let place = interp.stack(1).pop();
        interp.warn(CoreType::DeprecationWarning, message, place)?;
    }
    let Some(initial) = initial else { return Ok(ArrayObject::value(code, Vec::new())) };
    if let Some(text) = initial.str_like() {
        if !code.is_text() {
            let message =
                format!("cannot use a str to initialize an array with typecode '{}'", code.letter());
            return Err(interp.type_error(&message));
        }
        return Ok(ArrayObject::value(code, edit::characters(text)));
    }
    if let Some(other) = initial.downcast::<ArrayObject>() {
        if other.code.is_text() && !code.is_text() {
            let message = format!(
                "cannot use a unicode array to initialize an array with typecode '{}'",
                code.letter()
            );
            return Err(interp.type_error(&message));
        }
        if other.code == code {
            return Ok(ArrayObject::value(code, other.content().to_vec()));
        }
    }
    let made = ArrayObject::new(code, Vec::new());
    if initial.bytes_like().is_some()
        || initial.downcast::<crate::library::types::bytes::bytearray::ByteArray>().is_some()
    {
        let bytes = any_layout(interp, initial)?.map(|data| data.to_vec()).unwrap_or_default();
        edit::push_bytes(interp, &made, &bytes)?;
        return Ok(Value::object(made));
    }
    edit::push_items(interp, &made, initial)?;
    Ok(Value::object(made))
}

/// `_array_reconstructor`.
pub fn reconstruct(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = interp.type_of_spec(&ARRAY);
    let is_array = args[0].as_type().is_some_and(|class| class.is_subclass_of(&array));
    if !is_array {
        let message = match args[0].as_type() {
            Some(class) => format!("{} is not a subtype of array.array", class.error_name()),
            None => "first argument must be a type object, not ".to_owned() + &interp.type_name(&args[0]),
        };
        return Err(interp.type_error(&message));
    }
    let code = match args[1].str_like() {
        Some(_) => match expect_code(interp, &args[1]) {
            Ok(code) => code,
            Err(_) => return Err(interp.value_error("second argument must be a valid type code")),
        },
        None => return Err(interp.type_error("second argument must be a valid type code")),
    };
    let format = interp.expect_int(&args[2])?;
    if !(0..=21).contains(&format) {
        return Err(interp.value_error("third argument must be a valid machine format code."));
    }
    let Some(bytes) = args[3].bytes_like() else {
        let name = interp.type_name(&args[3]);
        return Err(interp.type_error(&format!("fourth argument should be bytes, not {name}")));
    };
    // Items as the machine has them; others are read as numbers and written again.
    if format == code.machine_format() {
        return interp.call(&args[0], &[args[1].clone(), Value::bytes(bytes)]);
    }
    let items = edit::read_foreign(interp, format, bytes)?;
    interp.call(&args[0], &[args[1].clone(), items])
}

fn class_getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let alias = interp.import("types")?;
    interp.call_method(&alias, "GenericAlias", args)
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__getitem__")?;
    array.check_text(interp)?;
    if let Some(slice) = args[1].as_slice() {
        let indices = SliceBounds::of(interp, slice)?.on(array.length());
        let (size, content) = (array.code.size(), array.content());
        let mut bytes = Vec::with_capacity(indices.length * size);
        for index in indices.iter() {
            bytes.extend_from_slice(&content[index * size..(index + 1) * size]);
        }
        drop(content);
        return Ok(ArrayObject::value(array.code, bytes));
    }
    let index = expect_index(interp, &args[1])?;
    match wrap_index(index, array.length()).and_then(|index| array.item(index)) {
        Some(item) => Ok(item),
        None => Err(interp.index_error("array index out of range")),
    }
}

/// An index that is no slice.
pub fn expect_index(interp: &mut dyn Interpreter, key: &Value) -> Result<i64, Raised> {
    if let Some(index) = key.as_int() {
        return Ok(index);
    }
    if !has_index(interp, key) {
        return Err(interp.type_error("array indices must be integers"));
    }
    index_of(interp, key)
}

/// The bytes of another array of the same kind.
pub fn expect_same<'v>(
    interp: &mut dyn Interpreter,
    array: &ArrayObject,
    other: &'v Value,
    refused: &str,
    mismatch: &str,
) -> Result<&'v ArrayObject, Raised> {
    match other.downcast::<ArrayObject>() {
        Some(other) if other.code == array.code => Ok(other),
        Some(_) => Err(interp.type_error(mismatch)),
        None => {
            let name = interp.type_name(other);
            Err(interp.type_error(&refused.replace("{}", &name)))
        }
    }
}

const BAD: &str = "bad argument type for built-in operation";

fn add(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__add__")?;
    let other = expect_same(interp, array, &args[1], "can only append array (not \"{}\") to array", BAD)?;
    let bytes = [&*array.content(), &*other.content()].concat();
    Ok(ArrayObject::value(array.code, bytes))
}

fn repeat(interp: &mut dyn Interpreter, args: &[Value], method: &str) -> Completion {
    let array = this(interp, args, method)?;
    let count = repeat_count(interp, &args[1])?;
    let total = array.bytes.length().saturating_mul(count);
    check_room(total).map_err(|fault| fault.raise(interp))?;
    Ok(ArrayObject::value(array.code, array.content().repeat(count)))
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::bool(find(interp, args, 0, usize::MAX)?.is_some()))
}

/// The first place of a value.
pub fn find(
    interp: &mut dyn Interpreter,
    args: &[Value],
    start: usize,
    stop: usize,
) -> Result<Option<usize>, Raised> {
    let array = this(interp, args, "__contains__")?;
    let mut index = start;
    while index < stop
        && let Some(item) = array.item(index)
    {
        if interp.equals(&item, &args[1])? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

fn index(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = this(interp, args, "index")?.length();
    let (start, stop) = search_bounds(interp, &args[2], &args[3], length)?;
    match find(interp, args, start, stop)? {
        Some(index) => Ok(Value::int(index as i64)),
        None => Err(interp.value_error("array.index(x): x not in array")),
    }
}

fn count(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let mut count = 0;
    let mut from = 0;
    while let Some(index) = find(interp, args, from, usize::MAX)? {
        (count, from) = (count + 1, index + 1);
    }
    Ok(Value::int(count))
}

fn copy(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__copy__")?;
    Ok(ArrayObject::value(array.code, array.content().to_vec()))
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let array = this(interp, args, "__eq__")?;
    let Some(other) = args[1].downcast::<ArrayObject>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if array.code == other.code && !matches!(array.code.letter(), 'f' | 'd') {
        let is_equality = matches!(op, Comparison::Eq | Comparison::Ne);
        if is_equality {
            return Ok(Value::bool((*array.content() == *other.content()) == (op == Comparison::Eq)));
        }
    }
    // Unlike lists, arrays compare items without asking first whether they are the same object.
    let (mine, theirs) = (array.length(), other.length());
    if mine != theirs && matches!(op, Comparison::Eq | Comparison::Ne) {
        return Ok(Value::bool(op == Comparison::Ne));
    }
    for index in 0..mine.min(theirs) {
        let (Some(left), Some(right)) = (array.item(index), other.item(index)) else { break };
        if !interp.compare_bool(Comparison::Eq, &left, &right)? {
            return match op {
                Comparison::Eq => Ok(Value::FALSE),
                Comparison::Ne => Ok(Value::TRUE),
                _ => interp.compare(op, &left, &right),
            };
        }
    }
    Ok(Value::bool(op.holds(array.length().cmp(&other.length()))))
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this(interp, args, "__iter__")?;
    Ok(Value::object(ArrayIterator { array: RefCell::new(args[0].clone()), at: Cell::new(0) }))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__repr__")?;
    let name = interp.bare_type_name(&args[0]);
    let letter = array.code.letter();
    if array.length() == 0 {
        return Ok(Value::str(&format!("{name}('{letter}')")));
    }
    let content = if array.code.is_text() { tounicode(interp, args)? } else { Value::list(array.items()) };
    let content = interp.repr(&content)?;
    Ok(Value::str(&format!("{name}('{letter}', {})", content.str_like().unwrap_or_default())))
}

fn tounicode(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "tounicode")?;
    if !array.code.is_text() {
        let message = "tounicode() may only be called on unicode type arrays ('u' or 'w')";
        return Err(interp.value_error(message));
    }
    array.check_text(interp)?;
    let items = array.items();
    Ok(Value::str(&items.iter().filter_map(Value::str_like).collect::<String>()))
}

fn tolist(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "tolist")?;
    array.check_text(interp)?;
    Ok(Value::list(array.items()))
}

fn buffer_info(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let length = this(interp, args, "buffer_info")?.length();
    // Addresses must not depend on the run: the one that reprs show.
    let address = i64::from_str_radix(args[0].address_text().trim_start_matches("0x"), 16).unwrap_or(0);
    Ok(Value::tuple(vec![Value::int(address), Value::int(length as i64)]))
}

fn tofile(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let bytes = Value::bytes(&*this(interp, args, "tofile")?.content());
    interp.call_method(&args[1], "write", &[bytes])?;
    Ok(Value::NONE)
}

fn reduce_ex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let array = this(interp, args, "__reduce_ex__")?;
    if !args[1].is_integer() {
        return Err(interp.type_error("__reduce_ex__ argument should be an integer"));
    }
    let protocol = interp.expect_int(&args[1])?;
    let class = interp.class_of(&args[0]);
    let letter = Value::char(array.code.letter());
    let attributes = interp.find_attr(&args[0], &intern("__dict__"))?.unwrap_or(Value::NONE);
    if protocol < 3 {
        let items = Value::list(array.items());
        return Ok(Value::tuple(vec![class, Value::tuple(vec![letter, items]), attributes]));
    }
    let module = interp.import("array")?;
    let function = interp.attribute(&module, "_array_reconstructor")?;
    let format = Value::int(array.code.machine_format());
    let bytes = Value::bytes(&*array.content());
    Ok(Value::tuple(vec![function, Value::tuple(vec![class, letter, format, bytes]), attributes]))
}

impl Restorable for ArrayIterator {
    const CLASS: &'static str = "array.arrayiterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = iter_function(interp)?;
        let array = self.array.borrow().clone();
        if array.is_unbound() {
            return Ok(call_of(function, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_with_state(function, vec![array], Value::int(self.at.get() as i64)))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let length = self.array.borrow().downcast::<ArrayObject>().map_or(0, ArrayObject::length);
        self.at.set(expect_place_in(interp, state, length)?);
        Ok(())
    }
}
