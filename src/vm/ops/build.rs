//! Displays, calls with stars, and functions.

use crate::object::dict::DictObject;
use crate::object::function::FunctionObject;
use crate::object::sequence::{check_length_hint, push_item, range_length, reserve_items};
use crate::object::set::SetObject;
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};
use crate::vm::Vm;
use crate::vm::registers::Cursor;
use std::cell::{Cell, RefCell};

impl Vm {
    pub(in crate::vm) fn build_set(&mut self, items: Vec<Value>) -> Completion {
        let set = SetObject::new(false);
        for item in &items {
            set.add(self, item)?;
        }
        Ok(Value::set(set))
    }

    /// A dict of alternating keys and values.
    pub(in crate::vm) fn build_dict(&mut self, items: Vec<Value>) -> Completion {
        let dict = DictObject::new();
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            drop(dict.set(self, &key, value)?);
        }
        Ok(Value::dict(dict))
    }

    #[inline(always)]
    pub(in crate::vm) fn append(list: &Value, item: Value) {
        list.as_list().expect("the compiler puts a list there").items.borrow_mut().push(item);
    }

    pub(in crate::vm) fn list_extend(&mut self, list: &Value, iterable: &Value) -> Result<(), Raised> {
        let Some(iterator) = self.find_iterator(iterable)? else {
            let class = (self as &mut dyn Interpreter).type_name(iterable);
            let is_denied = self.denies_iteration(iterable);
            return Err(self.raise_type_error(&if is_denied {
                format!("'{class}' object is not iterable")
            } else {
                format!("Value after * must be an iterable, not {class}")
            }));
        };
        check_length_hint(self, iterable)?;
        let items = &list.as_list().expect("the compiler puts a list there").items;
        reserve_items(self, &mut items.borrow_mut(), range_length(iterable))?;
        while let Some(item) = self.next_slow(&iterator)? {
            push_item(self, &mut items.borrow_mut(), item)?;
        }
        Ok(())
    }

    pub(in crate::vm) fn set_add(&mut self, set: &Value, item: &Value) -> Result<(), Raised> {
        set.as_set().expect("the compiler puts a set there").add(self, item)?;
        Ok(())
    }

    pub(in crate::vm) fn set_update(&mut self, set: &Value, iterable: &Value) -> Result<(), Raised> {
        let iterator = self.iter_slow(iterable)?;
        while let Some(item) = self.next_slow(&iterator)? {
            self.set_add(set, &item)?;
        }
        Ok(())
    }

    pub(in crate::vm) fn dict_set(&mut self, dict: &Value, key: &Value, value: &Value) -> Result<(), Raised> {
        drop(dict.as_dict().expect("the compiler puts a dict there").set(self, key, value.clone())?);
        Ok(())
    }

    /// The pairs of a mapping; `None` if it is none.
    fn mapping_pairs(&mut self, mapping: &Value) -> Result<Option<Vec<(Value, Value)>>, Raised> {
        if let Some(dict) = mapping.as_dict() {
            return Ok(Some(dict.entries().into_iter().map(|entry| (entry.key, entry.value)).collect()));
        }
        let Some(keys) = self.lookup_attr(mapping, &Value::str("keys").interned())? else { return Ok(None) };
        let keys = self.call_value(&keys, &[], None)?;
        let keys = (self as &mut dyn Interpreter).collect(&keys)?;
        let mut pairs = Vec::with_capacity(keys.len());
        for key in keys {
            let value = self.get_item_slow(mapping, &key)?;
            pairs.push((key, value));
        }
        Ok(Some(pairs))
    }

    /// The same; what fails with an AttributeError is no mapping.
    fn pairs_or_none(&mut self, mapping: &Value) -> Result<Option<Vec<(Value, Value)>>, Raised> {
        match self.mapping_pairs(mapping) {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::AttributeError) => {
                Ok(None)
            }
            found => found,
        }
    }

    pub(in crate::vm) fn dict_update(&mut self, dict: &Value, mapping: &Value) -> Result<(), Raised> {
        let Some(pairs) = self.pairs_or_none(mapping)? else {
            let class = (self as &mut dyn Interpreter).type_name(mapping);
            return Err(self.raise_type_error(&format!("'{class}' object is not a mapping")));
        };
        for (key, value) in pairs {
            self.dict_set(dict, &key, &value)?;
        }
        Ok(())
    }

    pub(in crate::vm) fn dict_merge(
        &mut self,
        dict: &Value,
        mapping: &Value,
        callee: &Value,
    ) -> Result<(), Raised> {
        let Some(pairs) = self.pairs_or_none(mapping)? else {
            let name = self.callable_name(callee);
            let class = (self as &mut dyn Interpreter).type_name(mapping);
            return Err(
                self.raise_type_error(&format!("{name} argument after ** must be a mapping, not {class}"))
            );
        };
        let target = dict.as_dict().expect("the compiler puts a dict there");
        for (key, value) in pairs {
            // That all are texts is seen by the call itself.
            if target.get(self, &key)?.is_some() {
                let name = self.callable_name(callee);
                let text = self.to_str(&key)?;
                let text = text.str_like().unwrap_or_default();
                return Err(self
                    .raise_type_error(&format!("{name} got multiple values for keyword argument '{text}'")));
            }
            drop(target.set(self, &key, value)?);
        }
        Ok(())
    }

    /// How CPython names what is called in complaints about starred arguments: the qualified name
    /// with its module and parentheses, or the object's text if it has none.
    fn callable_name(&mut self, callee: &Value) -> String {
        let text = |value: Option<Value>| value.as_ref().and_then(Value::str_like).map(str::to_owned);
        let qualname = self.find_attr(callee, &intern("__qualname__")).ok().flatten();
        let Some(qualname) = text(qualname) else {
            return text(self.to_str(callee).ok()).unwrap_or_default();
        };
        match text(self.find_attr(callee, &intern("__module__")).ok().flatten()) {
            Some(module) if module != "builtins" => format!("{module}.{qualname}()"),
            _ => format!("{qualname}()"),
        }
    }

    /// The positional arguments of a call `f(*iterable)`.
    pub(in crate::vm) fn star_tuple(&mut self, iterable: &Value, callee: &Value) -> Completion {
        if iterable.tag() == Tag::Tuple {
            return Ok(iterable.clone());
        }
        let Some(iterator) = self.find_iterator(iterable)? else {
            let name = self.callable_name(callee);
            let class = (self as &mut dyn Interpreter).type_name(iterable);
            let is_denied = self.denies_iteration(iterable);
            return Err(self.raise_type_error(&if is_denied {
                format!("'{class}' object is not iterable")
            } else {
                format!("{name} argument after * must be an iterable, not {class}")
            }));
        };
        check_length_hint(self, iterable)?;
        let mut items = Vec::new();
        while let Some(item) = self.next_slow(&iterator)? {
            push_item(self, &mut items, item)?;
        }
        Ok(Value::tuple(items))
    }

    pub(in crate::vm) fn list_to_tuple(list: &Value) -> Value {
        Value::tuple(list.as_list().expect("the compiler puts a list there").items.borrow().clone())
    }

    /// A function of child `child` of the running code; see `Op::MakeFunction`.
    pub(in crate::vm) fn make_function(&mut self, w: Cursor, b: u8, flags: u8, child: usize) -> Value {
        let parent = w.code();
        let code = self.linked_child(parent, child);
        let data = &parent.code.children[child];
        let closure =
            data.captures.iter().map(|&slot| parent.value_at(slot, &|at| w.reg(at).clone())).collect();
        let object = code.as_code().expect("just linked");
        let defaults =
            if flags & 1 != 0 { w.reg(b).as_tuple().unwrap_or_default().to_vec() } else { Vec::new() };
        let keyword_defaults = if flags & 2 != 0 { w.reg(b + 1).clone() } else { Value::NONE };
        let annotations = if flags & 4 != 0 { w.reg(b + 2).clone() } else { Value::UNBOUND };
        let module = parent.globals.dict_like().and_then(|globals| globals.get_str_value(&self.names.name));
        let doc = object.code.doc.as_ref().map_or(Value::NONE, |doc| Value::str(doc));
        let name = Value::str(&object.code.name);
        let qualname = Value::str(&object.code.qualname);
        Value::function(FunctionObject {
            closure,
            defaults: RefCell::new(defaults),
            keyword_defaults: RefCell::new(keyword_defaults),
            name: RefCell::new(name),
            qualname: RefCell::new(qualname),
            module: RefCell::new(module.unwrap_or(Value::NONE)),
            doc: RefCell::new(doc),
            annotations: RefCell::new(annotations),
            type_parameters: RefCell::default(),
            attributes: RefCell::default(),
            is_iterable_coroutine: Cell::new(false),
            code,
        })
    }
}
