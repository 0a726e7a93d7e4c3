//! Subscription.

use crate::object::slice::{SliceIndices, SliceObject, wrap_index};
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value, text};
use crate::vm::Vm;
use crate::vm::registers::Cursor;

impl Vm {
    /// A slice of an exact list, tuple or ASCII string by machine integers.
    fn simple_slice(object: &Value, slice: &SliceObject) -> Option<Value> {
        let bound = |value: &Value| if value.is_none() { Some(None) } else { value.as_int().map(Some) };
        let (start, stop) = (bound(&slice.start)?, bound(&slice.stop)?);
        let step = bound(&slice.step)?.unwrap_or(1);
        if step == 0 || step == i64::MIN {
            return None;
        }
        let cut = |items: &[Value]| -> Vec<Value> {
            let indices = SliceIndices::new(start, stop, step, items.len());
            if step == 1 {
                let from = indices.start as usize;
                return Value::copies(&items[from..from + indices.length]);
            }
            indices.iter().map(|index| items[index].clone()).collect()
        };
        if let Some(list) = object.as_list() {
            return Some(Value::list(cut(&list.items.borrow())));
        }
        if let Some(items) = object.as_tuple() {
            let indices = SliceIndices::new(start, stop, step, items.len());
            let is_whole = step == 1 && indices.length == items.len();
            return Some(if is_whole { object.clone() } else { Value::tuple(cut(items)) });
        }
        let string = object.as_str_object().filter(|string| string.is_ascii() && step == 1)?;
        let indices = SliceIndices::new(start, stop, step, string.char_count());
        let from = indices.start as usize;
        Some(Value::str(&string.as_str()[from..from + indices.length]))
    }

    /// `object[key]`.
    #[inline(never)]
    pub(in crate::vm) fn get_item_slow(&mut self, object: &Value, key: &Value) -> Completion {
        if let Some(slice) = key.as_slice()
            && let Some(value) = Vm::simple_slice(object, slice)
        {
            return Ok(value);
        }
        match object.tag() {
            Tag::Dict => {
                let dict = object.as_dict().expect("by its tag");
                if let Some(value) = dict.get(self, key)? {
                    return Ok(value);
                }
                return Err((self as &mut dyn Interpreter).key_error(key));
            }
            Tag::Tuple => {
                if let Some(index) = key.as_int() {
                    let items = object.as_tuple().expect("by its tag");
                    return match wrap_index(index, items.len()) {
                        Some(index) => Ok(items[index].clone()),
                        None => Err((self as &mut dyn Interpreter).index_error("tuple index out of range")),
                    };
                }
            }
            Tag::Bytes => {
                if let (Some(data), Some(index)) = (object.as_bytes(), key.as_int()) {
                    return match wrap_index(index, data.len()) {
                        Some(index) => Ok(Value::int(data[index].into())),
                        None => Err((self as &mut dyn Interpreter).index_error("index out of range")),
                    };
                }
            }
            Tag::Str => {
                if let (Some(string), Some(index)) = (object.as_str_object(), key.as_int()) {
                    return match text::index(string, index) {
                        Some(character) => Ok(character),
                        None => Err((self as &mut dyn Interpreter).index_error("string index out of range")),
                    };
                }
            }
            _ => {}
        }
        let name = self.names.getitem.clone();
        if let Some(value) = self.special(object, &name, std::slice::from_ref(key))? {
            return Ok(value);
        }
        if object.as_type().is_some() {
            let name = self.names.class_getitem.clone();
            if let Some(method) = self.lookup_attr(object, &name)? {
                return self.call_value(&method, std::slice::from_ref(key), None);
            }
            if object.as_type().is_some_and(|class| class.core == Some(CoreType::Type)) {
                return self.alias_of_type(object, key);
            }
            let class = object.as_type().map_or_else(String::new, |class| class.name_text());
            return Err(self.raise_type_error(&format!("type '{class}' is not subscriptable")));
        }
        let class = (self as &mut dyn Interpreter).type_name(object);
        Err(self.raise_type_error(&format!("'{class}' object is not subscriptable")))
    }

    /// `type[key]`. A row of `type` itself would make all classes subscriptable, so the one of
    /// another native class, which are all alike, is called.
    #[cold]
    fn alias_of_type(&mut self, class: &Value, key: &Value) -> Completion {
        let list = self.core(CoreType::List);
        let row = list.as_type().and_then(|list| list.lookup_cached(&self.names.class_getitem));
        match row.as_ref().and_then(Value::as_native) {
            Some(native) => (native.row.function)(self, &[class.clone(), key.clone()]),
            None => Err(self.raise_type_error("type 'type' is not subscriptable")),
        }
    }

    /// `object[key] = value`.
    #[inline(never)]
    pub(in crate::vm) fn set_item_slow(
        &mut self,
        object: &Value,
        key: &Value,
        value: &Value,
    ) -> Result<(), Raised> {
        if let Some(dict) = object.as_dict() {
            drop(dict.set(self, key, value.clone())?);
            return Ok(());
        }
        let name = self.names.setitem.clone();
        if self.special(object, &name, &[key.clone(), value.clone()])?.is_some() {
            return Ok(());
        }
        let delitem = self.names.delitem.clone();
        self.refuse_item(object, key, &name, &delitem)?;
        let class = (self as &mut dyn Interpreter).type_name(object);
        Err(self.raise_type_error(&format!("'{class}' object does not support item assignment")))
    }

    /// Why an item cannot be assigned or deleted for lack of the method `wanted`, unless there is
    /// nothing special about it: CPython has one slot for `wanted` and `other`, and asks
    /// sequences for the machine integer of an index first. Whether the latter was done.
    #[cold]
    fn refuse_item(
        &mut self,
        object: &Value,
        key: &Value,
        wanted: &Value,
        other: &Value,
    ) -> Result<bool, Raised> {
        let kind = self.class_of(object);
        let has = |name: &Value| kind.as_type().is_some_and(|kind| kind.lookup_cached(name).is_some());
        if has(other) {
            return Err((self as &mut dyn Interpreter)
                .raise_args(CoreType::AttributeError, std::slice::from_ref(wanted)));
        }
        let is_sequence = kind.as_type().is_some_and(|kind| kind.is_heap) || has(&self.names.len);
        let is_sequence = is_sequence || object.as_set().is_some() || object.as_range().is_some();
        let key_class = self.class_of(key);
        let is_index = key.is_integer()
            || key_class.as_type().is_some_and(|class| class.lookup_cached(&self.names.index).is_some());
        if !(is_sequence && is_index) {
            return Ok(false);
        }
        if (self as &mut dyn Interpreter).index(key)?.as_int().is_none() {
            let key_class = (self as &mut dyn Interpreter).type_name(key);
            let message = format!("cannot fit '{key_class}' into an index-sized integer");
            return Err((self as &mut dyn Interpreter).index_error(&message));
        }
        Ok(true)
    }

    /// `del object[key]`.
    pub(in crate::vm) fn del_item_slow(&mut self, object: &Value, key: &Value) -> Result<(), Raised> {
        let name = self.names.delitem.clone();
        if self.special(object, &name, std::slice::from_ref(key))?.is_some() {
            return Ok(());
        }
        let setitem = self.names.setitem.clone();
        // CPython asks sequences in other words, if the key may be an index.
        let verb = if self.refuse_item(object, key, &name, &setitem)? { "doesn't" } else { "does not" };
        let class = (self as &mut dyn Interpreter).type_name(object);
        Err(self.raise_type_error(&format!("'{class}' object {verb} support item deletion")))
    }

    /// `list.append(item)` for the list in register `a` and the item behind it. False, and nothing
    /// done, if it is no list.
    #[inline(always)]
    pub(in crate::vm) fn append_in_place(mut w: Cursor, a: u8) -> bool {
        let item = w.take(a + 1);
        let Some(list) = w.reg(a).as_list() else {
            w.set(a + 1, item);
            return false;
        };
        list.items.borrow_mut().push(item);
        w.set(a, Value::NONE);
        true
    }

    /// The special method `name` of the object's class, called; `None` if it has none.
    pub(in crate::vm) fn special(
        &mut self,
        object: &Value,
        name: &Value,
        args: &[Value],
    ) -> Result<Option<Value>, Raised> {
        let class = self.class_of(object);
        let Some(method) = class.as_type().and_then(|class| class.lookup_cached(name)) else {
            return Ok(None);
        };
        self.call_found(&method, object, &class, args).map(Some)
    }

    /// Call a method found in the class of `object`.
    pub(in crate::vm) fn call_found(
        &mut self,
        method: &Value,
        object: &Value,
        class: &Value,
        args: &[Value],
    ) -> Completion {
        if let Some(function) = method.as_function() {
            if let Some(result) = self.call_if_simple(function, Some(object), args) {
                return result;
            }
            let args = crate::vm::call::with_first(object, args);
            return self.call_function(method, args, None);
        }
        if let Some(native) = method.as_native()
            && native.is_method()
        {
            // The usual numbers of arguments need no collection.
            return match args {
                [] => self.call_native(native, std::slice::from_ref(object), None),
                [one] => self.call_native(native, &[object.clone(), one.clone()], None),
                _ => self.call_native(native, &crate::vm::call::with_first(object, args), None),
            };
        }
        let bound = self.bind_descriptor(method, object, class)?;
        self.call_value(&bound, args, None)
    }
}
