//! `import`: native modules, and modules beside the script.

use super::{FoundModule, Vm};
use crate::bytecode::archive;
use crate::object::code::CodeObject;
use crate::object::spec::{ModuleSpec, Script};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use apy_grammar::SourceFile;
use std::path::PathBuf;
use std::rc::Rc;

impl Vm {
    /// The `import` statement: the first module of a dotted name, or with names to fetch from
    /// it the last.
    pub(super) fn import_name(
        &mut self,
        code: &CodeObject,
        name: &Value,
        fromlist: &Value,
        level: usize,
    ) -> Completion {
        if !code.builtins.is(&self.builtins) || self.import_is_replaced() {
            let import = self.find_item(&code.builtins, &intern("__import__"))?;
            let interp: &mut dyn Interpreter = self;
            let Some(import) = import else {
                return Err(interp.raise(CoreType::ImportError, "__import__ not found"));
            };
            let locals = interp.caller_locals().unwrap_or(Value::NONE);
            let level = Value::int(level as i64);
            return interp
                .call(&import, &[name.clone(), code.globals.clone(), locals, fromlist.clone(), level]);
        }
        self.import_with(name, &code.globals, fromlist, level)
    }

    /// Whether a script has put another `__import__` into the builtins.
    fn import_is_replaced(&self) -> bool {
        let import = self.builtins.as_dict().and_then(|builtins| builtins.get_str("__import__"));
        import.is_none_or(|import| import.as_native().is_none())
    }

    /// As the `import` statement of code with these globals, if no script has replaced
    /// `__import__`.
    pub(super) fn import_with(
        &mut self,
        name: &Value,
        globals: &Value,
        fromlist: &Value,
        level: usize,
    ) -> Completion {
        let text = name.as_str().unwrap_or_default().to_owned();
        let full = if level == 0 { text.clone() } else { self.resolve_relative(&text, globals, level)? };
        let last = self.import_path(&full)?;
        let wanted = fromlist.tuple_like().unwrap_or_default().to_vec();
        if !wanted.is_empty() {
            self.import_submodules(&last, &full, &wanted)?;
            return Ok(last);
        }
        // The first module of the name as it was written.
        match text.split_once('.') {
            Some((_, rest)) => self.import_path(&full[..full.len() - rest.len() - 1]),
            None => Ok(last),
        }
    }

    /// `from package import a, b`: those that are modules of the package are loaded.
    fn import_submodules(&mut self, package: &Value, full: &str, names: &[Value]) -> Result<(), Raised> {
        let has_path = self.find_attr(package, &self.names.path.clone())?.is_some();
        for name in names {
            let Some(text) = name.as_str() else { continue };
            // A native package has no folder: its modules are those of the table.
            if !has_path && !self.native_modules.contains_key(format!("{full}.{text}").as_str()) {
                continue;
            }
            if text == "*" || self.find_attr(package, &intern(text))?.is_some() {
                continue;
            }
            let submodule = format!("{full}.{text}");
            match self.import_path(&submodule) {
                Ok(_) => {}
                Err(raised) if self.is_about(&raised, &submodule) => {}
                Err(raised) => return Err(raised),
            }
        }
        Ok(())
    }

    /// Whether the module `full` itself, rather than one that it imports, was not found.
    fn is_about(&mut self, raised: &Raised, full: &str) -> bool {
        let is_missing = (self as &dyn Interpreter).raised_is(raised, CoreType::ModuleNotFoundError);
        let name =
            raised.value().as_exception().map(|state| state.field(crate::object::exception::field::NAME));
        is_missing && name.is_some_and(|name| name.str_like() == Some(full))
    }

    fn resolve_relative(&mut self, name: &str, globals: &Value, level: usize) -> Result<String, Raised> {
        let field = |key: &Value| globals.dict_like().and_then(|dict| dict.get_str_value(key));
        let package = field(&self.names.package).filter(|value| value.as_str().is_some());
        let package = match package {
            Some(package) => package.as_str().unwrap_or_default().to_owned(),
            None => {
                let place = (self as &dyn Interpreter).stack(1).pop();
                let message = "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__";
                self.warn(CoreType::ImportWarning, message, place)?;
                let module = field(&self.names.name);
                let module = module.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                if field(&self.names.path).is_some() {
                    module
                } else {
                    module.rsplit_once('.').map_or_else(String::new, |(package, _)| package.to_owned())
                }
            }
        };
        let interp: &mut dyn Interpreter = self;
        if package.is_empty() {
            return Err(
                interp.raise(CoreType::ImportError, "attempted relative import with no known parent package")
            );
        }
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((outer, _)) => base = outer,
                None => {
                    return Err(interp
                        .raise(CoreType::ImportError, "attempted relative import beyond top-level package"));
                }
            }
        }
        Ok(if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") })
    }

    /// Import all modules of a dotted name; the last one.
    pub(super) fn import_path(&mut self, full: &str) -> Completion {
        let modules = self.modules.clone();
        let modules = modules.dict_like().expect("sys.modules is a dict");
        if let Some(module) = modules.get_str(full) {
            if module.is_none() {
                let text = format!("import of {full} halted; None in sys.modules");
                return Err(self.import_failure(full, &text));
            }
            return Ok(module);
        }
        if full.is_empty() || full.ends_with('.') {
            return Err(self.module_not_found(full, None));
        }
        let Some((parent_name, last)) = full.rsplit_once('.') else {
            return self.load_module(full, full, None);
        };
        let parent = self.import_path(parent_name)?;
        if let Some(module) = modules.get_str(full) {
            return Ok(module);
        }
        let Some(path) = self.find_attr(&parent, &self.names.path.clone())? else {
            if self.native_modules.contains_key(full) {
                let module = self.load_module(full, last, None)?;
                self.set_attr(&parent, &intern(last), &module)?;
                return Ok(module);
            }
            return Err(self.module_not_found(full, Some(parent_name)));
        };
        let module = self.load_module(full, last, Some(&path))?;
        self.set_attr(&parent, &intern(last), &module)?;
        Ok(module)
    }

    fn load_module(&mut self, full: &str, last: &str, path: Option<&Value>) -> Completion {
        match self.changed_finders() {
            None => match self.load_builtin(full) {
                Some(module) => module,
                None => match self.load_from_path(full, last, path)? {
                    Some(module) => Ok(module),
                    None => Err(self.module_not_found(full, None)),
                },
            },
            Some(finders) => self.load_by(&finders, full, last, path),
        }
    }

    /// The module of that name that is part of apy.
    pub(super) fn load_builtin(&mut self, full: &str) -> Option<Completion> {
        let &spec = self.native_modules.get(full)?;
        Some(self.load_native(full, spec))
    }

    /// The module that is in a folder of the path.
    pub(super) fn load_from_path(
        &mut self,
        full: &str,
        last: &str,
        path: Option<&Value>,
    ) -> Result<Option<Value>, Raised> {
        let folders = match path {
            Some(path) => (self as &mut dyn Interpreter).collect(path)?,
            None => {
                let path = self.search_path.clone();
                (self as &mut dyn Interpreter).collect(&path)?
            }
        };
        let folders: Vec<PathBuf> = folders.iter().filter_map(Value::as_str).map(PathBuf::from).collect();
        let Some(mut loader) = self.loader.take() else { return Ok(None) };
        let found = loader.find(last, &folders);
        let namespace = if matches!(found, Ok(None)) { loader.namespace(last, &folders) } else { Vec::new() };
        self.loader = Some(loader);
        match found {
            Ok(Some(found)) => self.load_source(full, found).map(Some),
            Ok(None) if !namespace.is_empty() => self.namespace_package(full, &namespace).map(Some),
            Ok(None) => Ok(None),
            Err(message) => {
                let interp: &mut dyn Interpreter = self;
                Err(interp.raise(CoreType::ImportError, &message))
            }
        }
    }

    fn load_native(&mut self, full: &str, spec: &'static ModuleSpec) -> Completion {
        let module = Value::module(spec.name);
        let modules = self.modules.clone();
        let modules = modules.dict_like().expect("sys.modules is a dict");
        modules.set_str(full, module.clone());
        match self.fill_module(&module, spec) {
            Ok(()) => Ok(module),
            Err(raised) => {
                drop(modules.remove_str(&intern(full)));
                Err(raised)
            }
        }
    }

    /// Fill a module from its spec.
    pub(super) fn fill_module(&mut self, module: &Value, spec: &'static ModuleSpec) -> Result<(), Raised> {
        let dict = module.as_module().expect("callers pass modules").dict.borrow().clone();
        let object = dict.as_dict().expect("a module's namespace is a dict");
        object.set_str("__doc__", Value::str(spec.doc));
        for row in spec.functions {
            object.set_str(row.name, Value::native_function(row, spec.name));
        }
        for class in spec.types {
            let class_value = self.spec_type(class);
            object.set_str(class.name, class_value);
        }
        for (name, core) in spec.core_types {
            object.set_str(name, self.core(*core));
        }
        for (name, make) in spec.constants {
            let value = make(self);
            object.set_str(name, value);
        }
        let Script { text, code } = spec.script;
        if !text.is_empty() {
            let source = Rc::new(SourceFile::of_library(format!("<frozen {}>", spec.name), text));
            match code {
                [] => self.run_source(source, &dict)?,
                code => self.run_module_code(archive::load(code, source), &dict)?,
            };
        }
        match spec.setup {
            Some(setup) => setup(self, module),
            None => Ok(()),
        }
    }

    fn load_source(&mut self, full: &str, found: FoundModule) -> Completion {
        let module = Value::module(full);
        let file = found.path.to_string_lossy().into_owned();
        let dict = module.as_module().expect("just made").dict.borrow().clone();
        let object = dict.as_dict().expect("a module's namespace is a dict");
        object.set_str("__file__", Value::str(&file));
        object.set_str("__builtins__", self.builtins.clone());
        let package = if found.is_package {
            let folder = found.path.parent().map(|folder| folder.to_string_lossy().into_owned());
            object.set_str("__path__", Value::list(vec![Value::str(&folder.unwrap_or_default())]));
            full
        } else {
            full.rsplit_once('.').map_or("", |(package, _)| package)
        };
        object.set_str("__package__", Value::str(package));
        let spec_arguments = [Value::str(full), Value::str(&file), Value::bool(found.is_package)];
        self.set_spec(&dict, "_source_spec", &spec_arguments)?;
        let modules = self.modules.clone();
        let modules = modules.dict_like().expect("sys.modules is a dict");
        modules.set_str(full, module.clone());
        let source = Rc::new(SourceFile::new(file, found.text));
        self.initializing.push(full.to_owned());
        let result = self.run_source(source, &dict);
        self.initializing.pop();
        match result {
            // The module may have replaced itself.
            Ok(_) => Ok(modules.get_str(full).unwrap_or(module)),
            Err(raised) => {
                drop(modules.remove_str(&intern(full)));
                Err(raised)
            }
        }
    }

    /// A package that is nothing but folders.
    fn namespace_package(&mut self, full: &str, folders: &[PathBuf]) -> Completion {
        let module = Value::module(full);
        let dict = module.as_module().expect("just made").dict.borrow().clone();
        if let Some(object) = dict.as_dict() {
            let folders = folders.iter().map(|folder| Value::str(&folder.to_string_lossy())).collect();
            let folders = Value::list(folders);
            object.set_str("__path__", folders.clone());
            object.set_str("__package__", Value::str(full));
            self.set_spec(&dict, "_namespace_spec", &[Value::str(full), folders])?;
            object.set_str("__file__", Value::NONE);
        }
        if let Some(modules) = self.modules.clone().dict_like() {
            modules.set_str(full, module.clone());
        }
        Ok(module)
    }

    /// Where the module `full` would be imported from, parents imported; `None` if nowhere.
    pub(super) fn locate_module(&mut self, full: &str) -> Result<Option<String>, Raised> {
        if self.native_modules.contains_key(full) || full == "builtins" {
            return Ok(Some("built-in".to_owned()));
        }
        let (path, last) = match full.rsplit_once('.') {
            None => (self.search_path.clone(), full),
            Some((parent, last)) => {
                let parent = self.import_path(parent)?;
                match self.find_attr(&parent, &self.names.path.clone())? {
                    Some(path) => (path, last),
                    None => return Ok(None),
                }
            }
        };
        let folders = (self as &mut dyn Interpreter).collect(&path)?;
        let folders: Vec<PathBuf> = folders.iter().filter_map(Value::as_str).map(PathBuf::from).collect();
        let Some(loader) = &self.loader else { return Ok(None) };
        let found = loader.locate(last, &folders);
        let found = found.or_else(|| loader.namespace(last, &folders).into_iter().next());
        Ok(found.map(|path| path.to_string_lossy().into_owned()))
    }

    /// Whether the code of the module is still running for the first time.
    pub(super) fn is_initializing(&self, name: &str) -> bool {
        self.initializing.iter().any(|known| known == name)
    }

    #[cold]
    pub(super) fn module_not_found(&mut self, full: &str, parent: Option<&str>) -> Raised {
        let message = match parent {
            Some(parent) => format!("No module named '{full}'; '{parent}' is not a package"),
            None => format!("No module named '{full}'"),
        };
        self.import_failure(full, &message)
    }

    /// ModuleNotFoundError for the module `full`.
    #[cold]
    fn import_failure(&mut self, full: &str, message: &str) -> Raised {
        let raised = (self as &mut dyn Interpreter).raise(CoreType::ModuleNotFoundError, message);
        if let Some(state) = raised.value().as_exception() {
            drop(state.set_field(crate::object::exception::field::NAME, Value::str(full)));
        }
        raised
    }

    /// `from module import name`.
    pub(super) fn import_from(&mut self, module: &Value, name: &Value) -> Completion {
        if let Some(value) = self.find_attr(module, name)? {
            return Ok(value);
        }
        let text = name.as_str().unwrap_or_default();
        let own = self.find_attr(module, &self.names.name.clone())?;
        let own = own.as_ref().and_then(Value::as_str).unwrap_or("<unknown module name>").to_owned();
        let full = format!("{own}.{text}");
        if let Some(module) = self.modules.dict_like().and_then(|modules| modules.get_str(&full)) {
            return Ok(module);
        }
        let file = self.find_attr(module, &self.names.file.clone())?;
        let origin = match file.as_ref().and_then(Value::as_str) {
            Some(file) => file.to_owned(),
            None => "unknown location".to_owned(),
        };
        let message = if self.is_initializing(&own) {
            format!(
                "cannot import name '{text}' from partially initialized module '{own}' (most likely due to \
                 a circular import) ({origin})"
            )
        } else {
            format!("cannot import name '{text}' from '{own}' ({origin})")
        };
        let raised = (self as &mut dyn Interpreter).raise(CoreType::ImportError, &message);
        if let Some(state) = raised.value().as_exception() {
            drop(state.set_field(crate::object::exception::field::NAME, Value::str(&own)));
            drop(state.set_field(crate::object::exception::field::NAME_FROM, name.clone()));
            if let Some(file) = file {
                drop(state.set_field(crate::object::exception::field::PATH, file));
            }
        }
        Err(raised)
    }

    /// `from module import *` into `namespace`.
    pub(super) fn import_star(&mut self, namespace: &Value, module: &Value) -> Result<(), Raised> {
        let names = match self.find_attr(module, &self.names.all.clone())? {
            Some(all) => (self as &mut dyn Interpreter).collect(&all)?,
            None => {
                let dict = module.module_like().map(|module| module.dict.borrow().clone());
                let keys = dict.as_ref().and_then(Value::dict_like).map(|dict| dict.keys());
                let is_public = |key: &Value| key.as_str().is_some_and(|key| !key.starts_with('_'));
                keys.unwrap_or_default().into_iter().filter(is_public).collect()
            }
        };
        for name in names {
            let value = self.get_attr(module, &name)?;
            self.store_name(namespace, &name.interned(), &value)?;
        }
        Ok(())
    }
}
