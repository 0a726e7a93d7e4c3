//! What `match` asks of a subject.

use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
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

impl Vm {
    fn is_one_of(&mut self, subject: &Value, classes: &[CoreType]) -> bool {
        let class = self.class_of(subject);
        self.inherits_one_of(&class, classes)
    }

    fn inherits_one_of(&mut self, class: &Value, classes: &[CoreType]) -> bool {
        let Some(object) = class.as_type() else { return false };
        classes.iter().any(|&core| object.is_subclass_of(&self.core(core)))
    }

    /// Whether sequence patterns may match: lists, tuples, ranges, but no strings.
    pub(in crate::vm) fn match_sequence(&mut self, subject: &Value) -> bool {
        self.is_one_of(subject, &[CoreType::List, CoreType::Tuple, CoreType::Range])
    }

    /// Whether mapping patterns may match.
    pub(in crate::vm) fn match_mapping(&mut self, subject: &Value) -> bool {
        self.is_one_of(subject, &[CoreType::Dict])
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
            let is_self = self.inherits_one_of(class, &SELF_MATCHING);
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
