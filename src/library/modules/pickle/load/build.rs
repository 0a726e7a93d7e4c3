//! Making objects and filling them.

use super::{Load, is_class, name};
use crate::library::modules::pickle::unpickling_error;
use crate::object::codec::Encoding;
use crate::object::{Completion, Interpreter, Raised, Value};

impl Load<'_> {
    /// An instance of a class, or what a function returns: `INST` and `OBJ`.
    fn instance(&self, interp: &mut dyn Interpreter, class: &Value, args: &[Value]) -> Completion {
        if args.is_empty() && is_class(class) && interp.find_attr(class, &name("__getinitargs__"))?.is_none()
        {
            return interp.call_method(class, "__new__", std::slice::from_ref(class));
        }
        interp.call(class, args)
    }

    pub(super) fn inst(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let start = self.marker(interp)?;
        let module = self.input.line(interp, 1)?;
        let module = super::decoded(interp, &module, Encoding::Ascii, "strict")?;
        let name = self.input.line(interp, 1)?;
        let name = super::decoded(interp, &name, Encoding::Ascii, "strict")?;
        let class = self.find_class(interp, &module, &name)?;
        let args = self.stack.split_off(start);
        self.instance(interp, &class, &args)
    }

    pub(super) fn obj(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let items = self.items(interp)?;
        match items.split_first() {
            Some((class, args)) => self.instance(interp, class, args),
            None => Err(self.underflow(interp)),
        }
    }

    pub(super) fn new_object(&mut self, interp: &mut dyn Interpreter, has_keywords: bool) -> Completion {
        let keywords = if has_keywords { self.pop(interp)? } else { Value::UNBOUND };
        let (args, class) = (self.pop(interp)?, self.pop(interp)?);
        let which = if has_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let wrong = match () {
            () if !is_class(&class) => Some(("class argument must be a type", &class)),
            () if args.tuple_like().is_none() => Some(("args argument must be a tuple", &args)),
            () if has_keywords && keywords.dict_like().is_none() => {
                Some(("kwargs argument must be a dict", &keywords))
            }
            () => None,
        };
        if let Some((what, found)) = wrong {
            let found = interp.type_name(found);
            return Err(unpickling_error(interp, &format!("{which} {what}, not {found}")));
        }
        let mut all = vec![class.clone()];
        all.extend(args.tuple_like().unwrap_or_default().iter().cloned());
        let entries = keywords.dict_like().map(|keywords| keywords.entries()).unwrap_or_default();
        if entries.is_empty() {
            return interp.call_method(&class, "__new__", &all);
        }
        let keywords: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        let new = interp.attribute(&class, "__new__")?;
        interp.call_keywords(&new, &all, &keywords)
    }

    pub(super) fn reduce(&mut self, interp: &mut dyn Interpreter) -> Completion {
        let (args, function) = (self.pop(interp)?, self.pop(interp)?);
        match args.tuple_like() {
            Some(args) => interp.call(&function, args),
            None => Err(interp.type_error("argument list must be a tuple")),
        }
    }

    pub(super) fn append(&mut self, interp: &mut dyn Interpreter, items: Vec<Value>) -> Result<(), Raised> {
        let target = self.top(interp)?;
        if items.is_empty() {
            return Ok(());
        }
        if let Some(list) = target.as_list() {
            list.items.borrow_mut().extend(items);
            return Ok(());
        }
        if let Some(extend) = interp.find_attr(&target, &name("extend"))? {
            return interp.call(&extend, &[Value::list(items)]).map(drop);
        }
        let append = interp.attribute(&target, "append")?;
        for item in items {
            interp.call(&append, &[item])?;
        }
        Ok(())
    }

    pub(super) fn set_items(
        &mut self,
        interp: &mut dyn Interpreter,
        items: Vec<Value>,
    ) -> Result<(), Raised> {
        let target = self.top(interp)?;
        if !items.len().is_multiple_of(2) {
            return Err(unpickling_error(interp, "odd number of items for SETITEMS"));
        }
        for pair in items.chunks_exact(2) {
            match target.as_dict() {
                Some(dict) => drop(dict.set(interp, &pair[0], pair[1].clone())?),
                None => interp.set_item(&target, &pair[0], &pair[1])?,
            }
        }
        Ok(())
    }

    pub(super) fn add_items(&mut self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let items = self.items(interp)?;
        let target = self.top(interp)?;
        if items.is_empty() {
            return Ok(());
        }
        if let Some(set) = target.as_set().filter(|set| !set.is_frozen) {
            for item in &items {
                set.add(interp, item)?;
            }
            return Ok(());
        }
        let add = interp.attribute(&target, "add")?;
        for item in items {
            interp.call(&add, &[item])?;
        }
        Ok(())
    }

    pub(super) fn build(&mut self, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let state = self.pop(interp)?;
        let object = self.top(interp)?;
        if let Some(set_state) = interp.find_attr(&object, &name("__setstate__"))? {
            return interp.call(&set_state, &[state]).map(drop);
        }
        let (state, slots) = match state.tuple_like() {
            Some([state, slots]) => (state.clone(), slots.clone()),
            _ => (state, Value::NONE),
        };
        if !state.is_none() {
            let Some(entries) = state.dict_like().map(|state| state.entries()) else {
                return Err(unpickling_error(interp, "state is not a dictionary"));
            };
            let attributes = interp.attribute(&object, "__dict__")?;
            for entry in entries {
                let key = if entry.key.as_str().is_some() { entry.key.interned() } else { entry.key };
                match attributes.as_dict() {
                    Some(dict) => drop(dict.set(interp, &key, entry.value)?),
                    None => interp.set_item(&attributes, &key, &entry.value)?,
                }
            }
        }
        if !slots.is_none() {
            let Some(entries) = slots.dict_like().map(|slots| slots.entries()) else {
                return Err(unpickling_error(interp, "slot state is not a dictionary"));
            };
            for entry in entries {
                interp.set_attr(&object, &entry.key, &entry.value)?;
            }
        }
        Ok(())
    }
}
