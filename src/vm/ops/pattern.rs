//! What `match` asks of a subject.

use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value};
use crate::vm::Vm;

/// Classes whose instances stand for themselves in `C(x)`.
const SELF_MATCHING: [CoreType; 10] = [
    CoreType::Int,
    CoreType::Str,
    CoreType::Float,
    CoreType::Bytes,
    CoreType::Dict,
    CoreType::List,
    CoreType::Tuple,
    CoreType::Set,
    CoreType::FrozenSet,
    CoreType::Bool,
];

/// Built-in classes that patterns take for sequences.
const SEQUENCES: [CoreType; 3] = [CoreType::List, CoreType::Tuple, CoreType::Range];
/// Built-in classes that patterns take for mappings.
const MAPPINGS: [CoreType; 1] = [CoreType::Dict];
/// Sequences that patterns do not take for such.
const STRINGS: [CoreType; 2] = [CoreType::Str, CoreType::Bytes];

/// What patterns may take a subject for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Collection {
    Sequence,
    Mapping,
}

impl Vm {
    fn inherits_one_of(&mut self, class: &Value, classes: &[CoreType]) -> bool {
        let Some(object) = class.as_type() else { return false };
        classes.iter().any(|&core| object.is_subclass_of(&self.core(core)))
    }

    /// Whether sequence patterns may match: lists, tuples and the like, but no strings.
    pub(in crate::vm) fn match_sequence(&mut self, subject: &Value) -> Result<bool, Raised> {
        Ok(self.collection_kind(subject)? == Some(Collection::Sequence))
    }

    /// Whether mapping patterns may match.
    pub(in crate::vm) fn match_mapping(&mut self, subject: &Value) -> Result<bool, Raised> {
        Ok(self.collection_kind(subject)? == Some(Collection::Mapping))
    }

    /// What patterns take the subject for. Of a class that inherits from both kinds, the first
    /// base that is of one kind decides.
    fn collection_kind(&mut self, subject: &Value) -> Result<Option<Collection>, Raised> {
        match subject.tag() {
            Tag::Tuple | Tag::List | Tag::Range => return Ok(Some(Collection::Sequence)),
            Tag::Dict => return Ok(Some(Collection::Mapping)),
            Tag::Str | Tag::Int | Tag::None => return Ok(None),
            _ => {}
        }
        let class = self.class_of(subject);
        let Some(object) = class.as_type() else { return Ok(None) };
        let mro = object.mro.borrow().clone();
        let is_string = |base: &Value| {
            STRINGS.iter().any(|core| base.is(&self.core(*core))) || is_native(base, "bytearray")
        };
        if mro.iter().any(is_string) {
            return Ok(None);
        }
        for base in mro {
            let is = |core: &CoreType| base.is(&self.core(*core));
            if SEQUENCES.iter().any(is) || is_native(&base, "memoryview") {
                return Ok(Some(Collection::Sequence));
            }
            if MAPPINGS.iter().any(is)
                || is_native(&base, "mappingproxy")
                || is_native(&base, "FrameLocalsProxy")
            {
                return Ok(Some(Collection::Mapping));
            }
            let kind = self.abstract_kind(&base)?;
            if kind.is_some() {
                return Ok(kind);
            }
        }
        Ok(None)
    }

    /// The kind of a class by what it is registered as, where the abstract classes are loaded.
    fn abstract_kind(&mut self, class: &Value) -> Result<Option<Collection>, Raised> {
        let module = self.modules.dict_like().and_then(|modules| modules.get_str("collections.abc"));
        let Some(module) = module else { return Ok(None) };
        let object = self.core(CoreType::Object);
        if class.is(&object) {
            return Ok(None);
        }
        let mut found = None;
        for (name, kind) in [("Sequence", Collection::Sequence), ("Mapping", Collection::Mapping)] {
            let Some(base) = self.find_attr(&module, &intern(name))? else { continue };
            if self.is_subclass(class, &base)? {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some(kind);
            }
        }
        Ok(found)
    }

    /// The values of `mapping` for `keys`, or None.
    pub(in crate::vm) fn match_keys(&mut self, mapping: &Value, keys: &Value) -> Completion {
        let keys = keys.as_tuple().map(<[Value]>::to_vec).unwrap_or_default();
        let mut values = Vec::with_capacity(keys.len());
        // `get` with an object that cannot be in there: `[]` could insert a default.
        let missing = Value::list(Vec::new());
        for (index, key) in keys.iter().enumerate() {
            for earlier in &keys[..index] {
                if self.equals(earlier, key)? {
                    let text = self.repr(key)?;
                    let text = text.as_str().unwrap_or_default();
                    let message = format!("mapping pattern checks duplicate key ({text})");
                    return Err((self as &mut dyn Interpreter).value_error(&message));
                }
            }
            let value = self.call_method(mapping, "get", &[key.clone(), missing.clone()])?;
            if value.is(&missing) {
                return Ok(Value::NONE);
            }
            values.push(value);
        }
        Ok(Value::tuple(values))
    }

    /// What `subject` has for `positional` sub-patterns and the attributes `names` if it is an
    /// instance of `class`, or None.
    pub(in crate::vm) fn match_class(
        &mut self,
        subject: &Value,
        class: &Value,
        positional: usize,
        names: &Value,
    ) -> Completion {
        if class.as_type().is_none() {
            return Err(self.raise_type_error("called match pattern must be a class"));
        }
        if !self.is_instance(subject, class)? {
            return Ok(Value::NONE);
        }
        let mut wanted = Vec::new();
        let mut values = Vec::new();
        if positional > 0 {
            match self.positional_names(class, positional)? {
                Some(attributes) => wanted = attributes,
                None => values.push(subject.clone()),
            }
        }
        wanted.extend(names.as_tuple().unwrap_or_default().iter().cloned());
        for (index, name) in wanted.iter().enumerate() {
            for earlier in &wanted[..index] {
                if self.equals(earlier, name)? {
                    let (owner, shown) = (class_name(class), self.repr(name)?);
                    let shown = shown.as_str().unwrap_or_default();
                    let message = format!("{owner}() got multiple sub-patterns for attribute {shown}");
                    return Err(self.raise_type_error(&message));
                }
            }
            match self.find_attr(subject, name)? {
                Some(value) => values.push(value),
                None => return Ok(Value::NONE),
            }
        }
        Ok(Value::tuple(values))
    }

    /// The attributes that positional sub-patterns stand for; `None` if the one there is stands
    /// for the subject itself.
    fn positional_names(&mut self, class: &Value, count: usize) -> Result<Option<Vec<Value>>, Raised> {
        let match_args = crate::object::string::intern("__match_args__");
        let Some(names) = self.find_attr(class, &match_args)? else {
            let is_bytearray = class
                .as_type()
                .is_some_and(|class| class.mro.borrow().iter().any(|base| is_native(base, "bytearray")));
            let is_self = is_bytearray || self.inherits_one_of(class, &SELF_MATCHING);
            self.check_sub_patterns(class, usize::from(is_self), count)?;
            return Ok(if is_self { None } else { Some(Vec::new()) });
        };
        let Some(names) = names.as_tuple().map(<[Value]>::to_vec) else {
            let found = (self as &mut dyn Interpreter).type_name(&names);
            let message = format!("{}.__match_args__ must be a tuple (got {found})", class_name(class));
            return Err(self.raise_type_error(&message));
        };
        self.check_sub_patterns(class, names.len(), count)?;
        for name in &names[..count] {
            if name.as_str().is_none() {
                let found = (self as &mut dyn Interpreter).type_name(name);
                let message = format!("__match_args__ elements must be strings (got {found})");
                return Err(self.raise_type_error(&message));
            }
        }
        Ok(Some(names[..count].to_vec()))
    }

    fn check_sub_patterns(&mut self, class: &Value, allowed: usize, given: usize) -> Result<(), Raised> {
        if given <= allowed {
            return Ok(());
        }
        let plural = if allowed == 1 { "" } else { "s" };
        let name = class_name(class);
        let message = format!("{name}() accepts {allowed} positional sub-pattern{plural} ({given} given)");
        Err(self.raise_type_error(&message))
    }
}

fn class_name(class: &Value) -> String {
    class.as_type().map_or_else(String::new, |class| class.name_text())
}

/// Whether `class` is the built-in class of that name.
fn is_native(class: &Value, name: &str) -> bool {
    class.as_type().is_some_and(|class| !class.is_heap && class.name_text() == name)
}
