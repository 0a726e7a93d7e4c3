//! What `dict.keys()`, `dict.values()` and `dict.items()` return.

use super::iterator::{DictIterator, Part};
use crate::library::types::receiver::wrong_receiver;
use crate::library::types::set::{difference_update, symmetric_update, update};
use crate::object::descriptor::MappingProxy;
use crate::object::dict::{DictObject, hash_of};
use crate::object::heap::Traverse;
use crate::object::interpreter::Comparison;
use crate::object::repr::{repr_guard, repr_items};
use crate::object::set::SetObject;
use crate::object::spec::{GetterRow, getter, native};
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};

/// A view on a dict.
pub struct DictView {
    /// A dict or an instance of a subclass.
    pub dict: Value,
    pub part: Part,
    /// The dict is a `collections.OrderedDict`: the views have classes of their own.
    pub is_ordered: bool,
}

macro_rules! set_like_view {
    ($spec:ident, $name:literal, $reversed:literal) => {
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            unhashable: true,
            methods: &[
                native("__and__", "value, /", and, "Return self&value."),
                native("__contains__", "key, /", contains, "Return bool(key in self)."),
                native("__eq__", "value, /", |i, a| compare(i, a, Comparison::Eq), "Return self==value."),
                native("__ge__", "value, /", |i, a| compare(i, a, Comparison::Ge), "Return self>=value."),
                native("__gt__", "value, /", |i, a| compare(i, a, Comparison::Gt), "Return self>value."),
                native("__iter__", "", iter, "Implement iter(self)."),
                native("__le__", "value, /", |i, a| compare(i, a, Comparison::Le), "Return self<=value."),
                native("__len__", "", len, "Return len(self)."),
                native("__lt__", "value, /", |i, a| compare(i, a, Comparison::Lt), "Return self<value."),
                native("__ne__", "value, /", |i, a| compare(i, a, Comparison::Ne), "Return self!=value."),
                native("__or__", "value, /", |i, a| or(i, &a[0], &a[1]), "Return self|value."),
                native("__rand__", "value, /", and, "Return value&self."),
                native("__repr__", "", repr, "Return repr(self)."),
                native("__reversed__", "", reversed, $reversed),
                native("__ror__", "value, /", |i, a| or(i, &a[1], &a[0]), "Return value|self."),
                native("__rsub__", "value, /", |i, a| sub(i, &a[1], &a[0]), "Return value-self."),
                native("__rxor__", "value, /", |i, a| xor(i, &a[1], &a[0]), "Return value^self."),
                native("__sub__", "value, /", |i, a| sub(i, &a[0], &a[1]), "Return self-value."),
                native("__xor__", "value, /", |i, a| xor(i, &a[0], &a[1]), "Return self^value."),
                native(
                    "isdisjoint",
                    "object, /",
                    isdisjoint,
                    "Return True if the view and the given iterable have a null intersection.",
                ),
            ],
            getters: GETTERS,
            ..TypeSpec::EMPTY
        };
    };
}

set_like_view!(KEYS, "dict_keys", "Return a reverse iterator over the dict keys.");
set_like_view!(ITEMS, "dict_items", "Return a reverse iterator over the dict items.");
set_like_view!(ORDERED_KEYS, "odict_keys", "Return a reverse iterator over the dict keys.");
set_like_view!(ORDERED_ITEMS, "odict_items", "Return a reverse iterator over the dict items.");

pub static VALUES: TypeSpec =
    TypeSpec { name: "dict_values", methods: VALUES_METHODS, getters: GETTERS, ..TypeSpec::EMPTY };

static ORDERED_VALUES: TypeSpec =
    TypeSpec { name: "odict_values", methods: VALUES_METHODS, getters: GETTERS, ..TypeSpec::EMPTY };

static VALUES_METHODS: &[NativeRow] = &[
    native("__iter__", "", iter, "Implement iter(self)."),
    native("__len__", "", len, "Return len(self)."),
    native("__repr__", "", repr, "Return repr(self)."),
    native("__reversed__", "", reversed, "Return a reverse iterator over the dict values."),
];

impl Traverse for DictView {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.dict);
    }

    fn clear(&self) {
        // Immutable: a cycle through a view is broken at its dict.
    }
}

impl NativeObject for DictView {
    fn spec(&self) -> &'static TypeSpec {
        match (self.part, self.is_ordered) {
            (Part::Key, false) => &KEYS,
            (Part::Value, false) => &VALUES,
            (Part::Item, false) => &ITEMS,
            (Part::Key, true) => &ORDERED_KEYS,
            (Part::Value, true) => &ORDERED_VALUES,
            (Part::Item, true) => &ORDERED_ITEMS,
        }
    }
}

impl DictView {
    fn dict(&self) -> &DictObject {
        self.dict.dict_like().expect("views are made of dicts")
    }

    /// The exact dict.
    fn exact(&self) -> Value {
        match self.dict.as_instance().and_then(|instance| instance.payload()) {
            Some(payload) => payload.clone(),
            None => self.dict.clone(),
        }
    }

    fn has(&self, interp: &mut dyn Interpreter, item: &Value) -> Result<bool, Raised> {
        if self.part == Part::Key {
            let hash = hash_of(interp, item)?;
            return Ok(self.dict().find(interp, hash, item)?.is_some());
        }
        let Some([key, value]) = item.tuple_like() else { return Ok(false) };
        match self.dict().get(interp, key)? {
            Some(found) => interp.equals(&found, value),
            None => Ok(false),
        }
    }
}

static GETTERS: &[GetterRow] = &[getter("mapping", mapping, "dictionary that this view refers to")];

fn mapping(interp: &mut dyn Interpreter, this: &Value) -> Completion {
    let mapping = expect_view(interp, this, "mapping")?.dict.clone();
    Ok(Value::object(MappingProxy { mapping }))
}

/// The view that the method `method` is called on.
fn expect_view<'v>(
    interp: &mut dyn Interpreter,
    this: &'v Value,
    method: &str,
) -> Result<&'v DictView, Raised> {
    match this.downcast::<DictView>() {
        Some(view) => Ok(view),
        None => Err(wrong_receiver(interp, "dict_keys", method, this)),
    }
}

/// A view of keys or items.
fn set_like_view(value: &Value) -> Option<&DictView> {
    value.downcast::<DictView>().filter(|view| view.part != Part::Value)
}

fn and(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (mut this, mut other) = (&args[0], &args[1]);
    let mut view = expect_view(interp, this, "__and__")?;
    if let Some(set) = other.as_set()
        && !set.is_frozen
        && view.dict().len() <= set.len()
    {
        return interp.call_method(other, "intersection", std::slice::from_ref(this));
    }
    if let Some(right) = set_like_view(other)
        && right.dict().len() > view.dict().len()
    {
        std::mem::swap(&mut this, &mut other);
        view = right;
    }
    let result = SetObject::new(false);
    let iterator = interp.iter(other)?;
    while let Some(item) = interp.next(&iterator)? {
        if view.has(interp, &item)? {
            result.add(interp, &item)?;
        }
    }
    Ok(Value::set(result))
}

fn contains(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = expect_view(interp, &args[0], "__contains__")?;
    Ok(Value::bool(view.has(interp, &args[1])?))
}

fn compare(interp: &mut dyn Interpreter, args: &[Value], op: Comparison) -> Completion {
    let view = expect_view(interp, &args[0], "__eq__")?;
    if args[1].set_like().is_none() && set_like_view(&args[1]).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (left, right) = (view.dict().len(), interp.length(&args[1])?);
    let holds = match op {
        Comparison::Eq => left == right && all_contained(interp, &args[0], &args[1])?,
        Comparison::Ne => left != right || !all_contained(interp, &args[0], &args[1])?,
        Comparison::Lt => left < right && all_contained(interp, &args[0], &args[1])?,
        Comparison::Le => left <= right && all_contained(interp, &args[0], &args[1])?,
        Comparison::Gt => left > right && all_contained(interp, &args[1], &args[0])?,
        Comparison::Ge => left >= right && all_contained(interp, &args[1], &args[0])?,
    };
    Ok(Value::bool(holds))
}

fn all_contained(interp: &mut dyn Interpreter, inner: &Value, outer: &Value) -> Result<bool, Raised> {
    let iterator = interp.iter(inner)?;
    while let Some(item) = interp.next(&iterator)? {
        if !interp.contains(outer, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn iter(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = expect_view(interp, &args[0], "__iter__")?;
    Ok(DictIterator::make(view.exact(), view.part, view.is_ordered, false))
}

fn len(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    Ok(Value::int(expect_view(interp, &args[0], "__len__")?.dict().len() as i64))
}

/// A new set of the items of an operand.
fn to_set(interp: &mut dyn Interpreter, operand: &Value) -> Result<SetObject, Raised> {
    let set = SetObject::new(false);
    match operand.downcast::<DictView>() {
        Some(view) if view.part == Part::Key => update(interp, &set, &view.exact())?,
        _ => update(interp, &set, operand)?,
    }
    Ok(set)
}

fn or(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Completion {
    let set = to_set(interp, left)?;
    update(interp, &set, right)?;
    Ok(Value::set(set))
}

fn sub(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Completion {
    let set = to_set(interp, left)?;
    difference_update(interp, &set, right)?;
    Ok(Value::set(set))
}

fn xor(interp: &mut dyn Interpreter, left: &Value, right: &Value) -> Completion {
    let set = to_set(interp, left)?;
    symmetric_update(interp, &set, right)?;
    Ok(Value::set(set))
}

fn repr(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = expect_view(interp, &args[0], "__repr__")?;
    let Some(_guard) = repr_guard(&args[0]) else { return Ok(Value::str("...")) };
    let items: Vec<Value> = view
        .dict()
        .entries()
        .into_iter()
        .map(|entry| match view.part {
            Part::Key => entry.key,
            Part::Value => entry.value,
            Part::Item => Value::pair(entry.key, entry.value),
        })
        .collect();
    let open = format!("{}([", view.spec().name);
    let text = repr_items(interp, &open, |index| items.get(index).cloned(), "])")?;
    Ok(Value::str(&text))
}

fn reversed(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = expect_view(interp, &args[0], "__reversed__")?;
    Ok(DictIterator::make(view.exact(), view.part, view.is_ordered, true))
}

fn isdisjoint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let view = expect_view(interp, &args[0], "isdisjoint")?;
    if args[0].is(&args[1]) {
        return Ok(Value::bool(view.dict().is_empty()));
    }
    let (mut outer, mut inner) = (&args[0], &args[1]);
    if inner.set_like().is_some() || set_like_view(inner).is_some() {
        let length = interp.length(inner)?;
        if length > view.dict().len() {
            std::mem::swap(&mut outer, &mut inner);
        }
    }
    let iterator = interp.iter(inner)?;
    while let Some(item) = interp.next(&iterator)? {
        if interp.contains(outer, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
