//! Functions, classes and other objects that are written by their names.

use super::{Dump, Work};
use crate::library::modules::pickle::{from_module, op, pickling_error};
use crate::object::codec::{Encoding, encode};
use crate::object::dict::DictObject;
use crate::object::string::intern;
use crate::object::{CoreType, Interpreter, Raised, Value};

/// What is found when the parts of a dotted name are followed, and where the last part is found;
/// `None` if a part is missing.
fn follow(
    interp: &mut dyn Interpreter,
    root: &Value,
    path: &[&str],
) -> Result<Option<(Value, Value)>, Raised> {
    let (mut parent, mut found) = (root.clone(), root.clone());
    for part in path {
        let Some(next) = interp.find_attr(&found, &intern(part))? else { return Ok(None) };
        parent = std::mem::replace(&mut found, next);
    }
    Ok(Some((found, parent)))
}

/// The module that an object says it is from, or the first in which it is found under its name.
fn module_of(interp: &mut dyn Interpreter, object: &Value, path: &[&str]) -> Result<Value, Raised> {
    if let Some(module) = interp.find_attr(object, &intern("__module__"))?
        && !module.is_none()
    {
        return Ok(module);
    }
    let modules = interp.modules().as_dict().map(DictObject::entries).unwrap_or_default();
    for entry in modules {
        if entry.value.is_none() || entry.key.as_str() == Some("__main__") {
            continue;
        }
        if follow(interp, &entry.value, path)?.is_some_and(|(found, _)| found.is(object)) {
            return Ok(entry.key);
        }
    }
    Ok(Value::str("__main__"))
}

fn shown(interp: &mut dyn Interpreter, value: &Value) -> Result<String, Raised> {
    Ok(interp.repr(value)?.str_like().unwrap_or_default().to_owned())
}

impl Dump<'_> {
    /// Write an object by the name that it has, or is said to have.
    pub fn global(
        &mut self,
        interp: &mut dyn Interpreter,
        object: Value,
        name: Option<Value>,
    ) -> Result<(), Raised> {
        let name = match name {
            Some(name) => name,
            None => match interp.find_attr(&object, &intern("__qualname__"))? {
                Some(name) => name,
                None => interp.get_attr(&object, &intern("__name__"))?,
            },
        };
        let full = name.str_like().unwrap_or_default().to_owned();
        let path: Vec<&str> = full.split('.').collect();
        if path.contains(&"<locals>") {
            let text = shown(interp, &name)?;
            let message = format!("Can't get local object {text}");
            return Err(interp.raise(CoreType::AttributeError, &message));
        }
        let module_text = module_of(interp, &object, &path)?.str_like().unwrap_or_default().to_owned();
        let module_name = intern(&module_text);
        let modules = interp.modules();
        let loaded = modules.as_dict().and_then(|modules| modules.get_str(&module_text));
        let module = match loaded.map_or_else(|| interp.import(&module_text), Ok) {
            Ok(module) => module,
            Err(_) => {
                let (object, module) = (shown(interp, &object)?, shown(interp, &module_name)?);
                let message = format!("Can't pickle {object}: import of module {module} failed");
                return Err(pickling_error(interp, &message));
            }
        };
        // Native functions have the text that is their module's name, all others the interned one.
        let module_name = match object.as_native().and_then(|_| module.as_module()) {
            Some(module) => module.dict.borrow().as_dict().and_then(|dict| dict.get_str("__name__")),
            None => None,
        }
        .unwrap_or(module_name);
        let Some((found, parent)) = follow(interp, &module, &path)? else {
            let object = shown(interp, &object)?;
            let message = format!("Can't pickle {object}: attribute lookup {full} on {module_text} failed");
            return Err(pickling_error(interp, &message));
        };
        if !found.is(&object) {
            let object = shown(interp, &object)?;
            let message = format!("Can't pickle {object}: it's not the same object as {module_text}.{full}");
            return Err(pickling_error(interp, &message));
        }
        if self.protocol() >= 2 && self.extension(interp, &object, &module_name, &name)? {
            return Ok(());
        }
        let path = if parent.is(&module) { &path[path.len() - 1..] } else { &path[..] };
        if self.protocol() >= 4 {
            self.work.push(Work::Memo(object));
            self.work.push(Work::Write(&[op::STACK_GLOBAL]));
            self.work.push(Work::Save(if path.len() == 1 && full != path[0] {
                Value::str(path[0])
            } else {
                name
            }));
            self.work.push(Work::Save(module_name));
            return Ok(());
        }
        let [first, rest @ ..] = path else { return Ok(()) };
        if rest.is_empty() {
            self.toplevel(interp, &module_text, first)?;
            self.memoize(&object);
            return Ok(());
        }
        // `getattr(getattr(first, ...), ...)`
        let getattr = interp.builtins().as_dict().and_then(|builtins| builtins.get_str("getattr"));
        self.work.push(Work::Memo(object));
        for part in rest.iter().rev() {
            let call: &'static [u8] =
                if self.protocol() < 2 { &[op::TUPLE, op::REDUCE] } else { &[op::TUPLE2, op::REDUCE] };
            self.work.push(Work::Write(call));
            self.work.push(Work::Save(Value::str(part)));
        }
        self.work.push(Work::Toplevel(module_text.into(), (*first).into()));
        for _ in rest {
            if self.protocol() < 2 {
                self.work.push(Work::Write(&[op::MARK]));
            }
            self.work.push(Work::Save(getattr.clone().unwrap_or_default()));
        }
        Ok(())
    }

    /// Write the number that `copyreg.add_extension` gave the object, if it has one.
    fn extension(
        &mut self,
        interp: &mut dyn Interpreter,
        object: &Value,
        module: &Value,
        name: &Value,
    ) -> Result<bool, Raised> {
        let registry = from_module(interp, "copyreg", "_extension_registry")?;
        let key = Value::pair(module.clone(), name.clone());
        let Some(code) =
            registry.dict_like().map(|registry| registry.get(interp, &key)).transpose()?.flatten()
        else {
            return Ok(false);
        };
        let Some(number) = code.int_like() else {
            let (object, code) = (shown(interp, object)?, shown(interp, &code)?);
            let message = format!("Can't pickle {object}: extension code {code} isn't an integer");
            return Err(pickling_error(interp, &message));
        };
        let data = number.to_le_bytes();
        match number {
            1..=0xff => self.out.write(&[op::EXT1, data[0]]),
            0x100..=0xffff => self.out.write(&[op::EXT2, data[0], data[1]]),
            0x1_0000..=0x7fff_ffff => self.out.write(&[op::EXT4, data[0], data[1], data[2], data[3]]),
            _ => return Err(interp.runtime_error("extension code is out of range")),
        }
        Ok(true)
    }

    /// Write a name that stands in a module itself.
    pub fn toplevel(&mut self, interp: &mut dyn Interpreter, module: &str, name: &str) -> Result<(), Raised> {
        let (mut module, mut name) = (module.to_owned(), name.to_owned());
        if self.pickler.fixes_imports.get() {
            (module, name) = old_name(interp, module, name)?;
        }
        if self.protocol() < 3 {
            for (text, what) in [(&module, "module"), (&name, "global")] {
                if !text.is_ascii() {
                    let protocol = self.protocol();
                    let message =
                        format!("can't pickle {what} identifier '{text}' using pickle protocol {protocol}");
                    return Err(pickling_error(interp, &message));
                }
            }
        }
        self.out.op(op::GLOBAL);
        for text in [module, name] {
            let data = match encode(&text, Encoding::Utf8, "strict") {
                Ok(data) => data.into_owned(),
                Err(fault) => return Err(fault.raise(&Value::str(&text), interp)),
            };
            self.out.write(&data);
            self.out.op(b'\n');
        }
        Ok(())
    }
}

/// What Python 2 calls it.
fn old_name(interp: &mut dyn Interpreter, module: String, name: String) -> Result<(String, String), Raised> {
    let names = from_module(interp, "_compat_pickle", "REVERSE_NAME_MAPPING")?;
    let key = Value::pair(Value::str(&module), Value::str(&name));
    if let Some(pair) = names.dict_like().map(|names| names.get(interp, &key)).transpose()?.flatten()
        && let Some([module, name]) = pair.tuple_like()
    {
        let text = |value: &Value| value.str_like().unwrap_or_default().to_owned();
        return Ok((text(module), text(name)));
    }
    let modules = from_module(interp, "_compat_pickle", "REVERSE_IMPORT_MAPPING")?;
    let old = modules.dict_like().and_then(|modules| modules.get_str(&module));
    Ok((old.and_then(|old| old.str_like().map(str::to_owned)).unwrap_or(module), name))
}
