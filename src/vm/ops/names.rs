//! Variables: globals with their caches, names of class bodies, cells, spilled locals.

use crate::object::code::{Cache, CodeObject};
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use crate::vm::Vm;
use crate::vm::registers::Cursor;

impl Vm {
    /// The global or builtin that `cache` knows, if nothing has moved since.
    #[inline(always)]
    pub(in crate::vm) fn cached_global(code: &CodeObject, cache: &Cache) -> Option<Value> {
        let globals = code.globals.as_dict()?;
        if globals.known_version() != cache.key.get() || cache.key.get() == 0 {
            return None;
        }
        let version = cache.version.get();
        if version == 0 {
            return globals.value_at(cache.slot.get() as usize);
        }
        let builtins = code.builtins.as_dict()?;
        if builtins.known_version() == version { builtins.value_at(cache.slot.get() as usize) } else { None }
    }

    #[inline(never)]
    pub(in crate::vm) fn load_global(&mut self, code: &CodeObject, cache: &Cache) -> Completion {
        let name = &cache.name;
        if let Some(globals) = code.globals.as_dict() {
            if let Some(index) = globals.index_of_str(name) {
                cache.key.set(globals.keys_version());
                cache.version.set(0);
                cache.slot.set(index as u32);
                return Ok(globals.value_at(index).expect("the entry was just found"));
            }
            if let Some(builtins) = code.builtins.as_dict() {
                if let Some(index) = builtins.index_of_str(name) {
                    cache.key.set(globals.keys_version());
                    cache.version.set(builtins.keys_version());
                    cache.slot.set(index as u32);
                    return Ok(builtins.value_at(index).expect("the entry was just found"));
                }
            } else if let Some(value) = self.find_item(&code.builtins, name)? {
                return Ok(value);
            }
        } else if let Some(value) = self.find_item(&code.globals, name)? {
            return Ok(value);
        } else if let Some(value) = self.find_item(&code.builtins, name)? {
            return Ok(value);
        }
        Err(self.undefined_name(name))
    }

    /// The local names of the running script code: the globals of a module, the namespace of a
    /// class body, a fresh dict of what is bound in a function.
    pub(in crate::vm) fn local_namespace(&mut self) -> Option<Value> {
        (!self.current.is_nowhere()).then(|| Vm::locals_at(&self.current))
    }

    /// The local names of the frame at `w`.
    pub(in crate::vm) fn locals_at(w: &Cursor) -> Value {
        w.code().locals(w.word_index(), &|register| w.reg(register).clone())
    }

    #[cold]
    pub(in crate::vm) fn undefined_name(&mut self, name: &Value) -> Raised {
        let message = format!("name '{}' is not defined", name.as_str().unwrap_or_default());
        (self as &mut dyn Interpreter).name_error(CoreType::NameError, &message, name)
    }

    #[inline]
    pub(in crate::vm) fn store_global(
        &mut self,
        code: &CodeObject,
        cache: &Cache,
        value: Value,
    ) -> Result<(), Raised> {
        let Some(globals) = code.globals.as_dict() else {
            return self.set_item(&code.globals, &cache.name, &value);
        };
        if globals.known_version() == cache.key.get() && cache.key.get() != 0 {
            drop(globals.replace_at(cache.slot.get() as usize, value));
            return Ok(());
        }
        drop(globals.set_str_value(&cache.name, value));
        let index = globals.index_of_str(&cache.name).expect("the entry was just set");
        cache.key.set(globals.keys_version());
        cache.slot.set(index as u32);
        Ok(())
    }

    pub(in crate::vm) fn delete_global(&mut self, code: &CodeObject, name: &Value) -> Result<(), Raised> {
        let removed = code.globals.dict_like().and_then(|globals| globals.remove_str(name));
        if removed.is_some() { Ok(()) } else { Err(self.undefined_name(name)) }
    }

    /// `namespace[name]` of any mapping; `None` if it is missing.
    pub(in crate::vm) fn find_item(
        &mut self,
        namespace: &Value,
        name: &Value,
    ) -> Result<Option<Value>, Raised> {
        if let Some(dict) = namespace.as_dict() {
            return Ok(dict.get_str_value(name));
        }
        match self.get_item(namespace, name) {
            Ok(value) => Ok(Some(value)),
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::KeyError) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    pub(in crate::vm) fn load_name(
        &mut self,
        code: &CodeObject,
        namespace: &Value,
        cache: &Cache,
    ) -> Completion {
        if let Some(value) = self.find_item(namespace, &cache.name)? {
            return Ok(value);
        }
        match Vm::cached_global(code, cache) {
            Some(value) => Ok(value),
            None => self.load_global(code, cache),
        }
    }

    pub(in crate::vm) fn load_name_or_cell(
        &mut self,
        namespace: &Value,
        cell: &Value,
        name: &Value,
    ) -> Completion {
        if let Some(value) = self.find_item(namespace, name)? {
            return Ok(value);
        }
        let content = Vm::cell_content(cell);
        if content.is_unbound() { Err(self.unbound_cell(name, 1)) } else { Ok(content) }
    }

    pub(in crate::vm) fn store_name(
        &mut self,
        namespace: &Value,
        name: &Value,
        value: &Value,
    ) -> Result<(), Raised> {
        if let Some(dict) = namespace.as_dict() {
            drop(dict.set_str_value(name, value.clone()));
            return Ok(());
        }
        self.set_item(namespace, name, value)
    }

    pub(in crate::vm) fn delete_name(&mut self, namespace: &Value, name: &Value) -> Result<(), Raised> {
        if let Some(dict) = namespace.as_dict() {
            return if dict.remove_str(name).is_some() { Ok(()) } else { Err(self.undefined_name(name)) };
        }
        match self.del_item(namespace, name) {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::KeyError) => {
                Err(self.undefined_name(name))
            }
            other => other,
        }
    }

    pub(in crate::vm) fn setup_annotations(&mut self, namespace: &Value) -> Result<(), Raised> {
        let name = self.names.annotations.clone();
        if self.find_item(namespace, &name)?.is_none() {
            self.store_name(namespace, &name, &Value::dict(Default::default()))?;
        }
        Ok(())
    }

    /// An attribute of the module `typing`, imported without a script seeing it.
    pub(in crate::vm) fn load_typing(&mut self, name: &Value) -> Completion {
        let module = self.import_path("typing")?;
        self.get_attr(&module, name)
    }

    /// `__build_class__` of the builtins that `code` sees.
    pub(in crate::vm) fn load_build_class(&mut self, code: &CodeObject) -> Completion {
        let name = Value::str("__build_class__").interned();
        match self.find_item(&code.builtins.clone(), &name)? {
            Some(function) => Ok(function),
            None => {
                let text = "__build_class__ not found";
                Err((self as &mut dyn Interpreter).name_error(CoreType::NameError, text, &name))
            }
        }
    }

    #[inline(always)]
    pub(in crate::vm) fn cell_content(cell: &Value) -> Value {
        cell.as_cell().expect("the compiler puts a cell there").get()
    }

    #[inline(always)]
    pub(in crate::vm) fn set_cell(cell: &Value, content: Value) -> Value {
        cell.as_cell().expect("the compiler puts a cell there").set(content)
    }

    pub(in crate::vm) fn spilled(spill: &Value, slot: usize) -> Value {
        let list = spill.as_list().expect("the compiler puts the spill list there");
        list.items.borrow()[slot].clone()
    }

    pub(in crate::vm) fn spill(spill: &Value, slot: usize, value: Value) {
        let list = spill.as_list().expect("the compiler puts the spill list there");
        let old = std::mem::replace(&mut list.items.borrow_mut()[slot], value);
        drop(old);
    }
}
