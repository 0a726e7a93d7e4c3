//! Comparison, truth, hashing, membership.

use crate::object::descriptor;
use crate::object::dict::same_key;
use crate::object::hash::hash_simple;
use crate::object::interpreter::Comparison;
use crate::object::sequence::{compare_lists, compare_tuples};
use crate::object::string::intern;
use crate::object::{Completion, CoreType, Interpreter, Raised, Tag, Value, heap, number, surrogate, text};
use crate::vm::Vm;

/// The interned names of the comparison methods, in the order of [`Comparison`].
pub(in crate::vm) fn comparison_names() -> Vec<Value> {
    ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"].map(intern).to_vec()
}

/// The comparison that means the same with the operands swapped.
fn swapped(op: Comparison) -> Comparison {
    match op {
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
        Comparison::Eq | Comparison::Ne => op,
    }
}

impl Vm {
    /// What needs no script code: numbers and strings.
    #[inline]
    fn compare_simple(op: Comparison, left: &Value, right: &Value) -> Option<bool> {
        if let (Some(left), Some(right)) = (left.as_str_object(), right.as_str_object()) {
            let (a, b) = (left.as_str(), right.as_str());
            return Some(match op {
                Comparison::Eq => a == b,
                Comparison::Ne => a != b,
                _ if left.is_ascii() || right.is_ascii() => op.holds(a.cmp(b)),
                _ => op.holds(surrogate::compare(a, b)),
            });
        }
        number::Number::exact(left)?.compares(op, number::Number::exact(right)?)
    }

    /// `left op right` as an object.
    #[inline(never)]
    pub(in crate::vm) fn compare_slow(&mut self, op: Comparison, left: &Value, right: &Value) -> Completion {
        if let Some(result) = Vm::compare_simple(op, left, right) {
            return Ok(Value::bool(result));
        }
        if !self.has_native_room() {
            return Err(self.recursion_error_in(" in comparison"));
        }
        self.nested(|vm| vm.rich_compare(op, left, right))
    }

    fn rich_compare(&mut self, op: Comparison, left: &Value, right: &Value) -> Completion {
        // As the rows of the two classes do it.
        if let (Some(left), Some(right)) = (left.as_tuple(), right.as_tuple()) {
            return compare_tuples(self, op, left, right);
        }
        if let (Some(left), Some(right)) = (left.as_list(), right.as_list()) {
            return compare_lists(self, op, left, right);
        }
        let forward = self.comparison_names[op as usize].clone();
        let reflected = self.comparison_names[swapped(op) as usize].clone();
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let right_method = right_class.as_type().and_then(|class| class.lookup_cached(&reflected));
        let right_first = !left_class.is(&right_class)
            && right_class.as_type().is_some_and(|class| class.is_subclass_of(&left_class));
        if right_first && let Some(method) = &right_method {
            let result = self.call_comparison(method, right, &right_class, left)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if let Some(method) = left_class.as_type().and_then(|class| class.lookup_cached(&forward)) {
            let result = self.call_comparison(&method, left, &left_class, right)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        if right_first {
            return self.compare_by_default(op, left, right);
        }
        self.compare_undecided(op, left, right)
    }

    /// `left op right` after the left operand answered NotImplemented.
    pub(in crate::vm) fn compare_undecided(
        &mut self,
        op: Comparison,
        left: &Value,
        right: &Value,
    ) -> Completion {
        let reflected = self.comparison_names[swapped(op) as usize].clone();
        let class = self.class_of(right);
        if let Some(method) = class.as_type().and_then(|class| class.lookup_cached(&reflected)) {
            let result = self.call_comparison(&method, right, &class, left)?;
            if !result.is_not_implemented() {
                return Ok(result);
            }
        }
        self.compare_by_default(op, left, right)
    }

    /// A comparison method called with the other operand. What a descriptor raises before there is
    /// a method counts as no method, as in CPython.
    fn call_comparison(
        &mut self,
        method: &Value,
        receiver: &Value,
        class: &Value,
        other: &Value,
    ) -> Completion {
        if !matches!(method.tag(), Tag::Object | Tag::Instance) {
            return self.call_found(method, receiver, class, std::slice::from_ref(other));
        }
        match descriptor::bind(self, method, Some(receiver), class) {
            Ok(bound) => (self as &mut dyn Interpreter).call(&bound, std::slice::from_ref(other)),
            Err(_) => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `left op right` where neither operand knows.
    fn compare_by_default(&mut self, op: Comparison, left: &Value, right: &Value) -> Completion {
        match op {
            Comparison::Eq => Ok(Value::bool(left.is(right))),
            Comparison::Ne => Ok(Value::bool(!left.is(right))),
            _ => {
                let interp: &mut dyn Interpreter = self;
                let (a, b) = (interp.type_name(left), interp.type_name(right));
                Err(interp.type_error(&format!(
                    "'{}' not supported between instances of '{a}' and '{b}'",
                    op.symbol()
                )))
            }
        }
    }

    /// `bool(left op right)`.
    pub(in crate::vm) fn compare_truth(
        &mut self,
        op: Comparison,
        left: &Value,
        right: &Value,
    ) -> Result<bool, Raised> {
        if let Some(result) = Vm::compare_simple(op, left, right) {
            return Ok(result);
        }
        let result = self.compare_slow(op, left, right)?;
        self.truth_slow(&result)
    }

    /// `left is right or left == right`.
    pub(in crate::vm) fn equals_slow(&mut self, left: &Value, right: &Value) -> Result<bool, Raised> {
        if let Some(same) = same_key(left, right) {
            return Ok(same);
        }
        self.compare_truth(Comparison::Eq, left, right)
    }

    /// `bool(value)`.
    #[inline(never)]
    pub(in crate::vm) fn truth_slow(&mut self, value: &Value) -> Result<bool, Raised> {
        match value.tag() {
            Tag::Bool | Tag::Int => Ok(value.bits() != 0),
            Tag::None => Ok(false),
            Tag::Float => Ok(value.as_float() != Some(0.0)),
            Tag::Str => Ok(value.as_str().is_some_and(|text| !text.is_empty())),
            Tag::List => Ok(value.as_list().is_some_and(|list| !list.items.borrow().is_empty())),
            Tag::Tuple => Ok(value.as_tuple().is_some_and(|items| !items.is_empty())),
            Tag::Dict => Ok(value.as_dict().is_some_and(|dict| !dict.is_empty())),
            Tag::Set => Ok(value.as_set().is_some_and(|set| !set.is_empty())),
            Tag::Function | Tag::Native | Tag::Method | Tag::BigInt | Tag::Generator | Tag::Ellipsis => {
                Ok(true)
            }
            Tag::Instance | Tag::Object | Tag::Type => self.truth_special(value),
            _ => self.truth_special(value),
        }
    }

    fn truth_special(&mut self, value: &Value) -> Result<bool, Raised> {
        let name = self.names.bool.clone();
        if let Some(result) = self.special(value, &name, &[])? {
            if let Some(truth) = result.as_bool() {
                return Ok(truth);
            }
            let class = (self as &mut dyn Interpreter).type_name(&result);
            return Err(self.raise_type_error(&format!("__bool__ should return bool, returned {class}")));
        }
        let class = self.class_of(value);
        if class.as_type().is_some_and(|class| class.lookup_cached(&self.names.len).is_some()) {
            return Ok(self.length(value)? != 0);
        }
        Ok(true)
    }

    /// `hash(value)`.
    pub(in crate::vm) fn hash_slow(&mut self, value: &Value) -> Result<i64, Raised> {
        if let Some(float) = value.as_float()
            && float.is_nan()
        {
            return Ok(0);
        }
        if let Some(hash) = hash_simple(value) {
            return Ok(hash);
        }
        let class = self.class_of(value);
        let method = class.as_type().and_then(|class| class.lookup_cached(&self.names.hash));
        match method {
            Some(method) if method.is_none() => {
                let class = (self as &mut dyn Interpreter).type_name(value);
                Err(self.raise_type_error(&format!("unhashable type: '{class}'")))
            }
            Some(method) if method.as_native().is_none_or(|native| native.owner != Some("object")) => {
                let result = self.nested(|vm| vm.call_found(&method, value, &class, &[]))?;
                if let Some(hash) = result.int_like() {
                    return Ok(if hash == -1 { -2 } else { hash });
                }
                match result.to_big_int() {
                    Some(big) => Ok(crate::object::hash::hash_big_int(&big)),
                    None => Err(self.raise_type_error("__hash__ method should return an integer")),
                }
            }
            _ => Ok(Vm::identity_hash(value)),
        }
    }

    /// The hash of an object that is equal only to itself.
    pub(in crate::vm) fn identity_hash(value: &Value) -> i64 {
        match heap::identity(value) {
            Some(identity) => (identity >> 4) as i64,
            None => value.bits() as i64,
        }
    }

    /// `item in container`.
    pub(in crate::vm) fn contains_slow(&mut self, container: &Value, item: &Value) -> Result<bool, Raised> {
        match container.tag() {
            Tag::Dict => return Ok(container.as_dict().expect("by its tag").get(self, item)?.is_some()),
            Tag::Str => {
                if let (Some(text), Some(part)) = (container.as_str(), item.as_str()) {
                    return Ok(text::contains(text, part));
                }
            }
            Tag::Tuple => {
                let items = container.as_tuple().expect("by its tag");
                for other in items {
                    if self.equals_slow(other, item)? {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            Tag::List => {
                let list = container.as_list().expect("by its tag");
                let mut index = 0;
                loop {
                    let other = list.items.borrow().get(index).cloned();
                    let Some(other) = other else { return Ok(false) };
                    if self.equals_slow(&other, item)? {
                        return Ok(true);
                    }
                    index += 1;
                }
            }
            // A set is looked up as the frozenset equal to it: the row does that.
            Tag::Set if !matches!(item.tag(), Tag::Set | Tag::Instance) => {
                return container.as_set().expect("by its tag").contains(self, item);
            }
            _ => {}
        }
        let class = self.class_of(container);
        let method = class.as_type().and_then(|class| class.lookup_cached(&self.names.contains));
        if let Some(method) = method {
            if method.is_none() {
                let class = (self as &mut dyn Interpreter).type_name(container);
                return Err(self.raise_type_error(&format!("'{class}' object is not a container")));
            }
            let result = self.call_found(&method, container, &class, std::slice::from_ref(item))?;
            return self.truth_slow(&result);
        }
        let found = match self.find_iterator(container) {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::TypeError) => None,
            found => found?,
        };
        let iterator = match found {
            Some(iterator) => iterator,
            None => {
                let class = (self as &mut dyn Interpreter).type_name(container);
                return Err(self.raise_type_error(&format!("argument of type '{class}' is not iterable")));
            }
        };
        while let Some(other) = self.next(&iterator)? {
            if self.equals_slow(&other, item)? {
                return Ok(true);
            }
            self.poll()?;
        }
        Ok(false)
    }
}
