//! What `except*` does with exception groups.

use crate::object::{Completion, CoreType, Interpreter, Raised, Value};
use crate::vm::Vm;

impl Vm {
    /// The rest and the matching part of `exception`, None where there is nothing.
    pub(in crate::vm) fn match_group(
        &mut self,
        exception: &Value,
        kind: &Value,
    ) -> Result<(Value, Value), Raised> {
        self.check_star_kind(kind)?;
        let is_group = self.is_group(exception);
        if self.exception_matches(exception, kind)? {
            if is_group {
                return Ok((Value::NONE, exception.clone()));
            }
            // An exception that is no group is caught as a group of one.
            let class = self.core(CoreType::BaseExceptionGroup);
            let wrapped = Value::tuple(vec![exception.clone()]);
            let group = self.call(&class, &[Value::str(""), wrapped])?;
            return Ok((Value::NONE, group));
        }
        if !is_group {
            return Ok((exception.clone(), Value::NONE));
        }
        let parts = self.call_method(exception, "split", std::slice::from_ref(kind))?;
        match parts.as_tuple() {
            Some([matching, rest, ..]) => Ok((rest.clone(), matching.clone())),
            _ => {
                let (owner, found) = {
                    let interp = self as &mut dyn Interpreter;
                    (interp.type_name(exception), interp.type_name(&parts))
                };
                let message = match parts.as_tuple() {
                    Some(items) => {
                        let count = items.len();
                        format!("{owner}.split must return a 2-tuple, got tuple of size {count}")
                    }
                    None => format!("{owner}.split must return a tuple, not {found}"),
                };
                Err(self.raise_type_error(&message))
            }
        }
    }

    fn is_group(&self, exception: &Value) -> bool {
        (self as &dyn Interpreter).exception_is(exception, CoreType::BaseExceptionGroup)
    }

    /// `except*` takes exception classes, or a tuple of them, that are no groups.
    fn check_star_kind(&mut self, kind: &Value) -> Result<(), Raised> {
        let classes = match kind.tuple_like() {
            Some(classes) => classes.to_vec(),
            None => vec![kind.clone()],
        };
        let (base, group) = (self.core(CoreType::BaseException), self.core(CoreType::BaseExceptionGroup));
        for class in &classes {
            let object = class.as_type();
            if !object.is_some_and(|object| object.is_subclass_of(&base)) {
                return Err(self.raise_type_error(
                    "catching classes that do not inherit from BaseException is not allowed",
                ));
            }
            if object.is_some_and(|object| object.is_subclass_of(&group)) {
                return Err(self.raise_type_error(
                    "catching ExceptionGroup with except* is not allowed. Use except instead.",
                ));
            }
        }
        Ok(())
    }

    /// What is raised at the end of `except*`, or None: `list` holds what the handlers of
    /// `original` raised, and the part that none of them took or None.
    pub(in crate::vm) fn prepare_reraise(&mut self, original: &Value, list: &Value) -> Completion {
        let all = list.as_list().map(|list| list.items.borrow().clone()).unwrap_or_default();
        let mut all: Vec<Value> = all.into_iter().filter(|exception| !exception.is_none()).collect();
        if !self.is_group(original) {
            // One handler at most has run.
            return Ok(all.into_iter().next().unwrap_or(Value::NONE));
        }
        let mut raised = Vec::new();
        let mut kept = Vec::new();
        for exception in all.drain(..) {
            if self.is_part_of(&exception, original)? { kept.push(exception) } else { raised.push(exception) }
        }
        let mut leaves = Vec::new();
        kept.iter().for_each(|part| self.collect_leaves(part, &mut leaves));
        let kept = self.project(original, &leaves)?;
        if !kept.is_none() {
            if raised.is_empty() {
                return Ok(kept);
            }
            raised.push(kept);
        }
        match raised.len() {
            0 => Ok(Value::NONE),
            1 => Ok(raised.swap_remove(0)),
            _ => {
                let class = self.core(CoreType::BaseExceptionGroup);
                self.call(&class, &[Value::str(""), Value::list(raised)])
            }
        }
    }

    /// Whether `exception` was split off `original` and raised again as it was, rather than
    /// newly raised.
    fn is_part_of(&mut self, exception: &Value, original: &Value) -> Result<bool, Raised> {
        if !self.is_group(exception) {
            return Ok(false);
        }
        let (Some(part), Some(whole)) = (exception.as_exception(), original.as_exception()) else {
            return Ok(false);
        };
        let same = part.traceback.borrow().is(&whole.traceback.borrow())
            && part.cause.borrow().is(&whole.cause.borrow())
            && part.context.borrow().is(&whole.context.borrow());
        if !same {
            return Ok(false);
        }
        let notes = crate::object::string::intern("__notes__");
        let (ours, theirs) = (self.find_attr(exception, &notes)?, self.find_attr(original, &notes)?);
        match (ours, theirs) {
            (None, None) => Ok(true),
            (Some(ours), Some(theirs)) => self.equals(&ours, &theirs),
            _ => Ok(false),
        }
    }

    fn group_members(&self, group: &Value) -> Vec<Value> {
        let exceptions =
            group.as_exception().map(|state| state.field(crate::object::exception::field::EXCEPTIONS));
        exceptions.and_then(|all| all.as_tuple().map(<[Value]>::to_vec)).unwrap_or_default()
    }

    fn collect_leaves(&self, exception: &Value, leaves: &mut Vec<Value>) {
        if self.is_group(exception) {
            for inner in self.group_members(exception) {
                self.collect_leaves(&inner, leaves);
            }
        } else {
            leaves.push(exception.clone());
        }
    }

    /// The part of `group` that consists of `leaves`, in the shape of the group; None if empty.
    fn project(&mut self, group: &Value, leaves: &[Value]) -> Completion {
        let mut kept = Vec::new();
        for inner in self.group_members(group) {
            if self.is_group(&inner) {
                let part = self.project(&inner, leaves)?;
                kept.extend(Some(part).filter(|part| !part.is_none()));
            } else if leaves.iter().any(|leaf| leaf.is(&inner)) {
                kept.push(inner);
            }
        }
        if kept.is_empty() {
            return Ok(Value::NONE);
        }
        let part = self.call_method(group, "derive", &[Value::list(kept)])?;
        if let (Some(from), Some(to)) = (group.as_exception(), part.as_exception()) {
            drop(to.traceback.replace(from.traceback.borrow().clone()));
            drop(to.context.replace(from.context.borrow().clone()));
            drop(to.cause.replace(from.cause.borrow().clone()));
            to.suppress_context.set(from.suppress_context.get());
        }
        let notes = crate::object::string::intern("__notes__");
        if let Some(known) = self.find_attr(group, &notes)?
            && let Some(list) = known.list_like()
        {
            let copy = Value::list(list.items.borrow().clone());
            self.set_attr(&part, &notes, &copy)?;
        }
        Ok(part)
    }
}
