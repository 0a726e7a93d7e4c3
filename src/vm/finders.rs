//! `sys.meta_path`: finders that scripts put there, and the specs of modules from files.

use super::Vm;
use crate::object::string::intern;
use crate::object::{Completion, Interpreter, Raised, Value};

impl Vm {
    /// What is in `sys.meta_path`, if a script has put anything there or taken it away.
    pub(super) fn changed_finders(&self) -> Option<Vec<Value>> {
        let sys = self.modules.dict_like()?.get_str("sys")?;
        let dict = sys.as_module()?.dict.borrow().clone();
        let finders = dict.as_dict()?.get_str("meta_path")?;
        let finders = finders.list_like()?.items.borrow().clone();
        let is_own = finders.len() == 3 && finders.iter().all(|finder| own_finder(finder).is_some());
        (!is_own).then_some(finders)
    }

    /// The module that the first of the finders finds.
    #[cold]
    pub(super) fn load_by(
        &mut self,
        finders: &[Value],
        full: &str,
        last: &str,
        path: Option<&Value>,
    ) -> Completion {
        if PRESENT_AT_START.binary_search(&full).is_ok()
            && let Some(module) = self.load_builtin(full)
        {
            return module;
        }
        let name = Value::str(full);
        for finder in finders {
            let loaded = match own_finder(finder) {
                Some("BuiltinImporter") => self.load_builtin(full).transpose()?,
                Some("PathFinder") => self.load_from_path(full, last, path)?,
                Some(_) => None,
                None => {
                    let Some(find) = self.find_attr(finder, &intern("find_spec"))? else { continue };
                    let arguments = [name.clone(), path.cloned().unwrap_or(Value::NONE), Value::NONE];
                    let spec = self.call_value(&find, &arguments, None)?;
                    if spec.is_none() {
                        continue;
                    }
                    let machinery = self.machinery()?;
                    let load = self.get_attr(&machinery, &intern("_load"))?;
                    Some(self.call_value(&load, &[spec], None)?)
                }
            };
            if let Some(module) = loaded {
                return Ok(module);
            }
        }
        Err(self.module_not_found(full, None))
    }

    /// `importlib.machinery`, without asking the finders: in CPython it is there from the start.
    fn machinery(&mut self) -> Completion {
        let package = self.own_module("importlib")?;
        if let Some(machinery) = self.find_attr(&package, &intern("machinery"))? {
            return Ok(machinery);
        }
        let machinery = self.own_module("importlib.machinery")?;
        self.set_attr(&package, &intern("machinery"), &machinery)?;
        Ok(machinery)
    }

    /// A module that is part of apy, without asking the finders.
    fn own_module(&mut self, full: &str) -> Completion {
        let known = self.modules.dict_like().and_then(|modules| modules.get_str(full));
        if let Some(module) = known.filter(|module| !module.is_none()) {
            return Ok(module);
        }
        self.load_builtin(full).unwrap_or_else(|| Err(self.module_not_found(full, None)))
    }

    /// The `__spec__` and `__loader__` of a module, as the machinery makes them.
    pub(super) fn set_spec(
        &mut self,
        dict: &Value,
        function: &str,
        arguments: &[Value],
    ) -> Result<(), Raised> {
        let machinery = self.machinery()?;
        let make = self.get_attr(&machinery, &intern(function))?;
        let spec = self.call_value(&make, arguments, None)?;
        let loader = self.get_attr(&spec, &intern("loader"))?;
        if let Some(dict) = dict.as_dict() {
            dict.set_str("__loader__", loader);
            dict.set_str("__spec__", spec);
        }
        Ok(())
    }
}

/// Modules that CPython has imported before a script starts, of which finders are thus never asked;
/// sorted.
const PRESENT_AT_START: &[&str] = &[
    "_abc",
    "_codecs",
    "_collections_abc",
    "_imp",
    "_io",
    "_signal",
    "_sitebuiltins",
    "_stat",
    "_thread",
    "_warnings",
    "_weakref",
    "abc",
    "builtins",
    "codecs",
    "encodings",
    "encodings.aliases",
    "encodings.utf_8",
    "genericpath",
    "io",
    "marshal",
    "os",
    "os.path",
    "posix",
    "posixpath",
    "site",
    "stat",
    "sys",
    "time",
    "zipimport",
];

/// The name of a finder that stands for a part of the search done here.
fn own_finder(finder: &Value) -> Option<&'static str> {
    let class = finder.as_type().filter(|class| !class.is_heap)?;
    let names = ["BuiltinImporter", "FrozenImporter", "PathFinder"];
    let found = class.name_text();
    names.into_iter().find(|name| found == *name)
}
