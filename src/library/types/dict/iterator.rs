//! Iterators over the keys, values or items of a dict, in both directions.

use crate::library::types::receiver::wrong_receiver;
use crate::object::copying::{Restorable, call_of, iter_function, reduce_row};
use crate::object::dict::DictObject;
use crate::object::heap::Traverse;
use crate::object::spec::native;
use crate::object::{Completion, Interpreter, NativeObject, NativeRow, Raised, TypeSpec, Value};
use std::cell::{Cell, RefCell};

/// What of each entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
    Item,
}

/// An iterator over a dict.
pub struct DictIterator {
    /// An exact dict; unbound once exhausted.
    dict: RefCell<Value>,
    part: Part,
    /// The dict is a `collections.OrderedDict`, with messages of its own.
    is_ordered: bool,
    is_reversed: bool,
    /// Where to go on.
    place: Cell<usize>,
    /// How many entries are still to come.
    left: Cell<usize>,
    /// The length that the dict must keep; no length at all once it did not.
    length: Cell<usize>,
    /// For an OrderedDict, which version of its keys is iterated over.
    keys: u32,
}

const METHODS: &[NativeRow] = &[
    native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
    reduce_row::<DictIterator>(),
];

static KEY_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_keyiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static ORDERED_ITERATOR: TypeSpec =
    TypeSpec { name: "odict_iterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static VALUE_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_valueiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static ITEM_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_itemiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static REVERSE_KEY_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_reversekeyiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static REVERSE_VALUE_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_reversevalueiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };
static REVERSE_ITEM_ITERATOR: TypeSpec =
    TypeSpec { name: "dict_reverseitemiterator", native_next: true, methods: METHODS, ..TypeSpec::EMPTY };

impl DictIterator {
    /// An iterator over an exact dict.
    pub fn value(dict: Value, part: Part) -> Value {
        DictIterator::make(dict, part, false, false)
    }

    /// An iterator over an exact dict from its end.
    pub fn reversed(dict: Value, part: Part) -> Value {
        DictIterator::make(dict, part, false, true)
    }

    /// An iterator over an exact dict in either direction.
    pub fn make(dict: Value, part: Part, is_ordered: bool, is_reversed: bool) -> Value {
        let (length, places) = dict.as_dict().map_or((0, 0), |dict| (dict.len(), dict.place_count()));
        let keys = if is_ordered { dict.as_dict().map_or(0, DictObject::keys_version) } else { 0 };
        Value::object(DictIterator {
            dict: RefCell::new(dict),
            part,
            is_ordered,
            is_reversed,
            place: Cell::new(if is_reversed { places } else { 0 }),
            left: Cell::new(length),
            length: Cell::new(length),
            keys,
        })
    }

    /// The item that stands next, and the place behind it.
    #[inline]
    fn peek(&self, dict: &DictObject) -> Option<(usize, Value)> {
        let place = self.place.get();
        match (self.is_reversed, self.part) {
            (false, Part::Key) => dict.key_from(place),
            (false, Part::Value) => dict.value_from(place),
            (false, Part::Item) => {
                let (place, entry) = dict.entry_from(place)?;
                Some((place, Value::pair(entry.key, entry.value)))
            }
            (true, part) => {
                let (place, entry) = dict.entry_before(place)?;
                let item = match part {
                    Part::Key => entry.key,
                    Part::Value => entry.value,
                    Part::Item => Value::pair(entry.key, entry.value),
                };
                Some((place, item))
            }
        }
    }
}

impl Traverse for DictIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.dict.borrow());
    }

    fn clear(&self) {
        drop(self.dict.take());
    }
}

impl NativeObject for DictIterator {
    fn spec(&self) -> &'static TypeSpec {
        if self.is_ordered {
            return &ORDERED_ITERATOR;
        }
        match (self.is_reversed, self.part) {
            (false, Part::Key) => &KEY_ITERATOR,
            (false, Part::Value) => &VALUE_ITERATOR,
            (false, Part::Item) => &ITEM_ITERATOR,
            (true, Part::Key) => &REVERSE_KEY_ITERATOR,
            (true, Part::Value) => &REVERSE_VALUE_ITERATOR,
            (true, Part::Item) => &REVERSE_ITEM_ITERATOR,
        }
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        self.advance(interp, |dict| self.peek(dict))
    }

    fn next_pair(&self, interp: &mut dyn Interpreter) -> Option<Result<Option<(Value, Value)>, Raised>> {
        if self.is_reversed || self.part != Part::Item {
            return None;
        }
        Some(self.advance(interp, |dict| {
            let (place, entry) = dict.entry_from(self.place.get())?;
            Some((place, (entry.key, entry.value)))
        }))
    }
}

impl DictIterator {
    /// What `peek` finds in the dict, unless that has changed; it gives the place behind it too.
    #[inline]
    fn advance<T>(
        &self,
        interp: &mut dyn Interpreter,
        peek: impl FnOnce(&DictObject) -> Option<(usize, T)>,
    ) -> Result<Option<T>, Raised> {
        let found = {
            let value = self.dict.borrow();
            let Some(dict) = value.as_dict() else { return Ok(None) };
            if self.is_ordered {
                // At its end it does not look any more.
                if self.left.get() > 0 && dict.keys_version() != self.keys {
                    return Err(interp.runtime_error("OrderedDict mutated during iteration"));
                }
            } else if dict.len() != self.length.get() {
                self.length.set(usize::MAX);
                return Err(interp.runtime_error("dictionary changed size during iteration"));
            }
            if self.is_ordered && self.left.get() == 0 { None } else { peek(dict) }
        };
        let Some((place, item)) = found else {
            drop(self.dict.take());
            return Ok(None);
        };
        let Some(left) = self.left.get().checked_sub(1) else {
            drop(self.dict.take());
            return Err(interp.runtime_error("dictionary keys changed during iteration"));
        };
        self.left.set(left);
        self.place.set(place);
        Ok(Some(item))
    }
}

fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<DictIterator>() else {
        return Err(wrong_receiver(interp, "dict_keyiterator", "__length_hint__", &args[0]));
    };
    let dict = iterator.dict.borrow();
    let is_valid = dict.as_dict().is_some_and(|dict| dict.len() == iterator.length.get());
    Ok(Value::int(if is_valid { iterator.left.get() as i64 } else { 0 }))
}

impl Restorable for DictIterator {
    const CLASS: &'static str = "dict_keyiterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    /// What is left of it, as a list.
    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = iter_function(interp)?;
        let twin = Value::object(DictIterator {
            dict: self.dict.clone(),
            part: self.part,
            is_ordered: self.is_ordered,
            is_reversed: self.is_reversed,
            place: self.place.clone(),
            left: self.left.clone(),
            length: self.length.clone(),
            keys: self.keys,
        });
        let items = interp.collect(&twin)?;
        Ok(call_of(function, vec![Value::list(items)]))
    }
}
