//! `memoryview`, of one dimension: a window on the bytes of another object.

use super::buffer::{Content, any_layout, storage};
use super::change::{group_size, to_hex};
use crate::library::modules::array::ArrayObject;
use crate::library::types::receiver::wrong_receiver;
use crate::library::types::str::arguments::bad_argument;
use crate::object::convention::Convention;
use crate::object::hash::hash_bytes;
use crate::object::heap::Traverse;
use crate::object::sequence::{SliceBounds, has_index};
use crate::object::slice::wrap_index;
use crate::object::spec::{getter, native};
use crate::object::{Completion, CoreType, Interpreter, NativeObject, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

mod item;

use item::Format;

/// A view.
pub struct MemoryView {
    /// A bytes object or bytearray.
    base: Value,
    /// The byte of the base where item 0 begins.
    start: usize,
    /// Bytes from one item to the next.
    step: i64,
    /// Number of items.
    length: usize,
    format: Format,
    is_readonly: bool,
    is_released: Cell<bool>,
    /// The hash, once asked for: it outlives the release.
    hash: Cell<Option<i64>>,
}

pub static MEMORYVIEW: TypeSpec = TypeSpec {
    name: "memoryview",
    signature: "(object)",
    doc: "Create a new memoryview object which references the given object.",
    methods: &[
        native(
            "__new__",
            "object",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        )
        .as_new(),
        native("__delitem__", "key, /", delitem, "Delete self[key]."),
        native("__enter__", "", enter, "The view itself."),
        native("__eq__", "value, /", eq, "Return self==value."),
        native("__exit__", "*args", exit, "Release the underlying buffer exposed by the memoryview object.")
            .bound_by(Convention::Format),
        native("__getitem__", "key, /", getitem, "Return self[key]."),
        native("__hash__", "", hash, "Return hash(self)."),
        native("__iter__", "", iter, "Implement iter(self)."),
        native("__len__", "", len, "Return len(self)."),
        native("__ne__", "value, /", ne, "Return self!=value."),
        native("__repr__", "", repr, "Return repr(self)."),
        native("__setitem__", "key, value, /", setitem, "Set self[key] to value."),
        native("cast", "format, shape=?", cast, "Cast a memoryview to a new format or shape."),
        native(
            "hex",
            "sep=?, bytes_per_sep=1",
            hex,
            "Return the data in the buffer as a str of hexadecimal numbers.\n\n  sep\n    An optional single character or byte to separate hex bytes.\n  bytes_per_sep\n    How many bytes between separators.  Positive values count from the\n    right, negative values count from the left.\n\nExample:\n>>> value = memoryview(b'\\xb9\\x01\\xef')\n>>> value.hex()\n'b901ef'\n>>> value.hex(':')\n'b9:01:ef'\n>>> value.hex(':', 2)\n'b9:01ef'\n>>> value.hex(':', -2)\n'b901:ef'",
        ),
        native("release", "", release, "Release the underlying buffer exposed by the memoryview object."),
        native(
            "tobytes",
            "order='C'",
            tobytes,
            "Return the data in the buffer as a byte string.\n\nOrder can be {'C', 'F', 'A'}. When order is 'C' or 'F', the data of the\noriginal array is converted to C or Fortran order. For contiguous views,\n'A' returns an exact copy of the physical memory. In particular, in-memory\nFortran order is preserved. For non-contiguous views, the data is converted\nto C first. order=None is the same as order='C'.",
        ),
        native("tolist", "", tolist, "Return the data in the buffer as a list of elements."),
        native("toreadonly", "", toreadonly, "Return a readonly version of the memoryview."),
    ],
    getters: &[
        getter(
            "c_contiguous",
            |i, v| Ok(Value::bool(view_of(i, v, "c_contiguous")?.is_contiguous())),
            "A bool indicating whether the memory is C contiguous.",
        ),
        getter(
            "contiguous",
            |i, v| Ok(Value::bool(view_of(i, v, "contiguous")?.is_contiguous())),
            "A bool indicating whether the memory is contiguous.",
        ),
        getter(
            "f_contiguous",
            |i, v| Ok(Value::bool(view_of(i, v, "f_contiguous")?.is_contiguous())),
            "A bool indicating whether the memory is Fortran contiguous.",
        ),
        getter(
            "format",
            |i, v| Ok(Value::str(view_of(i, v, "format")?.format.text())),
            "A string containing the format (in struct module style)\n for each element in the view.",
        ),
        getter(
            "itemsize",
            |i, v| Ok(Value::int(view_of(i, v, "itemsize")?.format.size() as i64)),
            "The size in bytes of each element of the memoryview.",
        ),
        getter(
            "nbytes",
            |i, v| Ok(Value::int(view_of(i, v, "nbytes")?.byte_count() as i64)),
            "The amount of space in bytes that the array would use in\n a contiguous representation.",
        ),
        getter(
            "ndim",
            |i, v| view_of(i, v, "ndim").map(|_| Value::int(1)),
            "An integer indicating how many dimensions of a multi-dimensional\n array the memory represents.",
        ),
        getter(
            "obj",
            |i, v| Ok(view_of(i, v, "obj")?.base.clone()),
            "The underlying object of the memoryview.",
        ),
        getter(
            "readonly",
            |i, v| Ok(Value::bool(view_of(i, v, "readonly")?.is_readonly)),
            "A bool indicating whether the memory is read only.",
        ),
        getter(
            "shape",
            |i, v| Ok(Value::tuple(vec![Value::int(view_of(i, v, "shape")?.length as i64)])),
            "A tuple of ndim integers giving the shape of the memory\n as an N-dimensional array.",
        ),
        getter(
            "strides",
            |i, v| Ok(Value::tuple(vec![Value::int(view_of(i, v, "strides")?.step)])),
            "A tuple of ndim integers giving the size in bytes to access\n each element for each dimension of the array.",
        ),
        getter(
            "suboffsets",
            |i, v| view_of(i, v, "suboffsets").map(|_| Value::tuple(Vec::new())),
            "A tuple of integers used internally for PIL-style arrays.",
        ),
    ],
    ..TypeSpec::EMPTY
};

impl Traverse for MemoryView {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.base);
    }

    fn clear(&self) {
        self.let_go();
    }
}

impl NativeObject for MemoryView {
    fn spec(&self) -> &'static TypeSpec {
        &MEMORYVIEW
    }
}

impl Drop for MemoryView {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl MemoryView {
    fn new(
        base: Value,
        start: usize,
        step: i64,
        length: usize,
        format: Format,
        is_readonly: bool,
    ) -> MemoryView {
        if let Some(array) = storage(&base) {
            array.exports.set(array.exports.get() + 1);
        }
        MemoryView {
            base,
            start,
            step,
            length,
            format,
            is_readonly,
            is_released: Cell::new(false),
            hash: Cell::new(None),
        }
    }

    /// A view of all bytes of an object that has some.
    fn whole(base: &Value) -> Option<MemoryView> {
        let (length, is_readonly) = match (base.bytes_like(), storage(base)) {
            (Some(data), _) => (data.len(), true),
            (_, Some(array)) => (array.length(), false),
            _ => return None,
        };
        let format = base.downcast::<ArrayObject>().map_or(Format::BYTE, |array| Format::of(array.format()));
        let size = format.size();
        Some(MemoryView::new(base.clone(), 0, size as i64, length / size, format, is_readonly))
    }

    /// Give up the hold on the base.
    fn let_go(&self) {
        if self.is_released.replace(true) {
            return;
        }
        if let Some(array) = storage(&self.base) {
            array.exports.set(array.exports.get() - 1);
        }
    }

    /// Whether the items lie side by side.
    pub fn is_contiguous(&self) -> bool {
        self.length == 1 || self.step == self.format.size() as i64
    }

    fn byte_count(&self) -> usize {
        self.length * self.format.size()
    }

    /// The byte where an item begins.
    fn offset(&self, index: usize) -> usize {
        (self.start as i64 + index as i64 * self.step) as usize
    }

    /// All bytes of the base.
    fn base_content(&self) -> Content<'_> {
        match (self.base.bytes_like(), storage(&self.base)) {
            (Some(data), _) => Content::Slice(data),
            (_, Some(array)) => array.content(),
            _ => Content::Slice(&[]),
        }
    }

    /// The bytes of all items; `None` if the view has been released.
    pub fn content(&self) -> Option<Content<'_>> {
        if self.is_released.get() {
            return None;
        }
        let (start, size) = (self.start, self.format.size());
        if self.is_contiguous() {
            let end = start + self.byte_count();
            return Some(match self.base_content() {
                Content::Slice(data) => Content::Slice(&data[start..end]),
                Content::Guard(data) => Content::Guard(std::cell::Ref::map(data, |data| &data[start..end])),
                Content::Owned(data) => Content::Owned(data[start..end].to_vec()),
            });
        }
        let data = self.base_content();
        let items = (0..self.length).flat_map(|index| &data[self.offset(index)..self.offset(index) + size]);
        Some(Content::Owned(items.copied().collect()))
    }

    fn item(&self, index: usize) -> Value {
        let at = self.offset(index);
        self.format.unpack(&self.base_content()[at..at + self.format.size()])
    }

    /// ValueError if the view has been released.
    pub fn check(&self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        if self.is_released.get() {
            return Err(interp.value_error("operation forbidden on released memoryview object"));
        }
        Ok(())
    }
}

fn receiver<'a>(
    interp: &mut dyn Interpreter,
    value: &'a Value,
    method: &str,
) -> Result<&'a MemoryView, Raised> {
    match value.downcast::<MemoryView>() {
        Some(view) => Ok(view),
        None => Err(wrong_receiver(interp, "memoryview", method, value)),
    }
}

/// The receiver, which must not have been released.
fn view_of<'a>(
    interp: &mut dyn Interpreter,
    value: &'a Value,
    method: &str,
) -> Result<&'a MemoryView, Raised> {
    let view = receiver(interp, value, method)?;
    view.check(interp)?;
    Ok(view)
}

fn new(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    if let Some(inner) = args[1].as_object().and_then(|object| object.buffer()) {
        if inner.is_unbound() {
            let class = interp.bare_type_name(&args[1]);
            return Err(interp.value_error(&format!("operation forbidden on released {class} object")));
        }
        return new(interp, &[args[0].clone(), inner]);
    }
    if let Some(view) = args[1].downcast::<MemoryView>() {
        view.check(interp)?;
        return Ok(same_view(view, view.is_readonly));
    }
    match MemoryView::whole(&args[1]) {
        Some(view) => Ok(Value::object(view)),
        None => {
            let name = interp.type_name(&args[1]);
            Err(interp.type_error(&format!("memoryview: a bytes-like object is required, not '{name}'")))
        }
    }
}

fn same_view(view: &MemoryView, is_readonly: bool) -> Value {
    let MemoryView { start, step, length, format, .. } = *view;
    Value::object(MemoryView::new(view.base.clone(), start, step, length, format, is_readonly))
}

fn enter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    view_of(interp, &args[0], "__enter__")?;
    Ok(args[0].clone())
}

fn exit(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    receiver(interp, &args[0], "__exit__")?.let_go();
    Ok(Value::NONE)
}

fn release(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    receiver(interp, &args[0], "release")?.let_go();
    Ok(Value::NONE)
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(view_of(interp, &args[0], "__len__")?.length as i64))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = receiver(interp, &args[0], "__repr__")?;
    let state = if view.is_released.get() { "released memory" } else { "memory" };
    Ok(Value::str(&format!("<{state} at {}>", args[0].address_text())))
}

/// Whether two views have the same items; `None` if the other has none at all.
fn equal(interp: &mut dyn Interpreter, args: &[Value], name: &str) -> Result<Option<bool>, Raised> {
    let view = receiver(interp, &args[0], name)?;
    if args[0].is(&args[1]) {
        return Ok(Some(true));
    }
    if view.is_released.get() {
        return Ok(Some(false));
    }
    let whole;
    let other = match args[1].downcast::<MemoryView>() {
        Some(other) if other.is_released.get() => return Ok(Some(false)),
        Some(other) => other,
        None => match MemoryView::whole(&args[1]) {
            Some(view) => {
                whole = view;
                &whole
            }
            None => return Ok(None),
        },
    };
    if view.length != other.length {
        return Ok(Some(false));
    }
    if view.format == Format::BYTE && other.format == Format::BYTE {
        return Ok(Some(view.content().as_deref() == other.content().as_deref()));
    }
    for index in 0..view.length {
        let (left, right) = (view.item(index), other.item(index));
        if !interp.compare_bool(crate::object::interpreter::Comparison::Eq, &left, &right)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

fn eq(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(equal(interp, args, "__eq__")?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

fn ne(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(equal(interp, args, "__ne__")?.map_or(Value::NOT_IMPLEMENTED, |equal| Value::bool(!equal)))
}

fn hash(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = receiver(interp, &args[0], "__hash__")?;
    if let Some(hash) = view.hash.get() {
        return Ok(Value::int(hash));
    }
    view.check(interp)?;
    if !view.is_readonly {
        return Err(interp.value_error("cannot hash writable memoryview object"));
    }
    if !view.format.is_byte() {
        return Err(interp.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    // A view that cannot be written through may look at a bytearray.
    interp.hash(&view.base)?;
    let hash = hash_bytes(&view.content().unwrap_or(Content::Slice(&[])));
    view.hash.set(Some(hash));
    Ok(Value::int(hash))
}

/// What stands between the brackets.
enum Key {
    Item(usize),
    Slice(SliceBounds),
}

/// What a key selects; `is_store` if it is to be assigned to.
fn key(interp: &mut dyn Interpreter, view: &MemoryView, key: &Value, is_store: bool) -> Result<Key, Raised> {
    if let Some(slice) = key.as_slice() {
        return Ok(Key::Slice(SliceBounds::of(interp, slice)?));
    }
    if has_index(interp, key) {
        return item_key(interp, view, key);
    }
    let invalid = "memoryview: invalid slice key";
    let Some(indices) = key.tuple_like() else { return Err(interp.type_error(invalid)) };
    if indices.iter().all(|index| has_index(interp, index)) {
        return match indices {
            [] => Err(interp.raise(CoreType::NotImplementedError, "sub-views are not implemented")),
            [index] => item_key(interp, view, index),
            _ => {
                let message = format!("cannot index 1-dimension view with {}-element tuple", indices.len());
                Err(interp.type_error(&message))
            }
        };
    }
    if indices.iter().all(|index| index.as_slice().is_some()) {
        let message = match is_store {
            true => "memoryview slice assignments are currently restricted to ndim = 1",
            false => "multi-dimensional slicing is not implemented",
        };
        return Err(interp.raise(CoreType::NotImplementedError, message));
    }
    Err(interp.type_error(invalid))
}

fn item_key(interp: &mut dyn Interpreter, view: &MemoryView, index: &Value) -> Result<Key, Raised> {
    let index = crate::object::sequence::index_of(interp, index)?;
    view.check(interp)?;
    match wrap_index(index, view.length) {
        Some(index) => Ok(Key::Item(index)),
        None => Err(interp.index_error("index out of bounds on dimension 1")),
    }
}

fn sliced(view: &MemoryView, bounds: SliceBounds) -> MemoryView {
    let indices = bounds.on(view.length);
    let start = (view.start as i64 + indices.start * view.step).max(0) as usize;
    let step = view.step.saturating_mul(indices.step);
    MemoryView::new(view.base.clone(), start, step, indices.length, view.format, view.is_readonly)
}

fn getitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "__getitem__")?;
    let key = key(interp, view, &args[1], false)?;
    view.check(interp)?;
    Ok(match key {
        Key::Item(index) => view.item(index),
        Key::Slice(bounds) => Value::object(sliced(view, bounds)),
    })
}

fn setitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "__setitem__")?;
    if view.is_readonly {
        return Err(interp.type_error("cannot modify read-only memory"));
    }
    // What a slice takes is looked at before its bounds.
    let is_bytes = args[1].as_slice().is_none() || any_layout(interp, &args[2])?.is_some();
    if !is_bytes {
        return Err(super::buffer::bytes_required(interp, &args[2]));
    }
    let key = key(interp, view, &args[1], true)?;
    let size = view.format.size();
    match key {
        Key::Item(index) => {
            let bytes = view.format.pack(interp, &args[2])?;
            view.check(interp)?;
            write(view, view.offset(index), &bytes);
        }
        Key::Slice(bounds) => {
            let bytes = match any_layout(interp, &args[2])? {
                Some(data) => data.to_vec(),
                None => return Err(super::buffer::bytes_required(interp, &args[2])),
            };
            let format = match (args[2].downcast::<MemoryView>(), args[2].downcast::<ArrayObject>()) {
                (Some(other), _) => other.format,
                (_, Some(array)) => Format::of(array.format()),
                _ => Format::BYTE,
            };
            let target = sliced(view, bounds);
            if format != view.format || bytes.len() != target.byte_count() {
                let message = "memoryview assignment: lvalue and rvalue have different structures";
                return Err(interp.value_error(message));
            }
            for (index, item) in bytes.chunks_exact(size).enumerate() {
                write(&target, target.offset(index), item);
            }
        }
    }
    Ok(Value::NONE)
}

fn write(view: &MemoryView, at: usize, bytes: &[u8]) {
    if let Some(array) = storage(&view.base) {
        array.with_bytes(|data| data[at..at + bytes.len()].copy_from_slice(bytes));
    }
}

fn delitem(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "__delitem__")?;
    if view.is_readonly || storage(&view.base).is_none() {
        return Err(interp.type_error("cannot modify read-only memory"));
    }
    Err(interp.type_error("cannot delete memory"))
}

fn tobytes(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "tobytes")?;
    match args[1].str_like() {
        Some("C" | "F" | "A") => {}
        None if args[1].is_none() => {}
        Some(_) => return Err(interp.value_error("order must be 'C', 'F' or 'A'")),
        None => return Err(bad_argument(interp, "tobytes", "argument 'order'", "str or None", &args[1])),
    }
    Ok(Value::bytes(&*view.content().unwrap_or(Content::Slice(&[]))))
}

fn tolist(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "tolist")?;
    Ok(Value::list((0..view.length).map(|index| view.item(index)).collect()))
}

fn toreadonly(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(same_view(view_of(interp, &args[0], "toreadonly")?, true))
}

fn hex(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let group = group_size(interp, &args[2])?;
    let data = view_of(interp, &args[0], "hex")?.content().map_or_else(Vec::new, |data| data.to_vec());
    to_hex(interp, &data, &args[1], &group)
}

fn cast(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = view_of(interp, &args[0], "cast")?;
    let Some(text) = args[1].str_like() else {
        return Err(bad_argument(interp, "cast", "argument 'format'", "str", &args[1]));
    };
    if !view.is_contiguous() {
        return Err(interp.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let Some(format) = Format::parse(text) else {
        return Err(interp.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !view.format.is_byte() && !format.is_byte() {
        return Err(interp.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let bytes = view.byte_count();
    if !bytes.is_multiple_of(format.size()) {
        return Err(interp.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let length = bytes / format.size();
    if let Some(shape) = args[2].given() {
        check_shape(interp, shape, length)?;
    }
    let step = format.size() as i64;
    let cast = MemoryView::new(view.base.clone(), view.start, step, length, format, view.is_readonly);
    Ok(Value::object(cast))
}

/// A shape that fits, of one dimension.
fn check_shape(interp: &mut dyn Interpreter, shape: &Value, length: usize) -> Result<(), Raised> {
    if shape.list_like().is_none() && shape.tuple_like().is_none() {
        return Err(interp.type_error("shape must be a list or a tuple"));
    }
    let lengths = interp.collect(shape)?;
    let mut product = 1usize;
    for asked in &lengths {
        match asked.int_like() {
            None => return Err(interp.type_error("memoryview.cast(): elements of shape must be integers")),
            Some(..=0) => {
                let message = "memoryview.cast(): elements of shape must be integers > 0";
                return Err(interp.value_error(message));
            }
            Some(asked) => product = product.saturating_mul(asked as usize),
        }
    }
    if product != length {
        return Err(interp.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    if lengths.len() != 1 {
        let message = "multi-dimensional views are not supported by apy";
        return Err(interp.raise(CoreType::NotImplementedError, message));
    }
    Ok(())
}

/// Iterator over the items of a view.
pub struct MemoryViewIterator {
    /// Unbound once exhausted.
    view: RefCell<Value>,
    at: Cell<usize>,
}

pub static MEMORYVIEW_ITERATOR: TypeSpec = TypeSpec {
    name: "memory_iterator",
    doc: "Iterator over the items of a memoryview.",
    native_next: true,
    ..TypeSpec::EMPTY
};

impl Traverse for MemoryViewIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.view.borrow());
    }

    fn clear(&self) {
        drop(self.view.take());
    }
}

impl NativeObject for MemoryViewIterator {
    fn spec(&self) -> &'static TypeSpec {
        &MEMORYVIEW_ITERATOR
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let at = self.at.get();
        let value = self.view.borrow().clone();
        let Some(view) = value.downcast::<MemoryView>() else { return Ok(None) };
        view.check(interp)?;
        if at < view.length {
            self.at.set(at + 1);
            return Ok(Some(view.item(at)));
        }
        drop(self.view.take());
        Ok(None)
    }
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    view_of(interp, &args[0], "__iter__")?;
    Ok(Value::object(MemoryViewIterator { view: RefCell::new(args[0].clone()), at: Cell::new(0) }))
}
