//! Objects that say how to make them anew: a callable, its arguments, and what comes after.

use super::{Dump, Work};
use crate::library::modules::pickle::{from_module, op, pickling_error};
use crate::object::sequence::has_method;
use crate::object::string::intern;
use crate::object::{Interpreter, Raised, Tag, Value};

/// What is to be written of an object after the call that makes it.
pub struct Made {
    /// Unbound if nobody can refer to it.
    object: Value,
    /// Unbound: none.
    state: Value,
    items: Value,
    pairs: Value,
    setter: Value,
}

impl Dump<'_> {
    /// Write what a reduction gave.
    pub fn reduced(
        &mut self,
        interp: &mut dyn Interpreter,
        reduced: Value,
        object: Value,
    ) -> Result<(), Raised> {
        if reduced.str_like().is_some() {
            return self.global(interp, object, Some(reduced));
        }
        if reduced.tuple_like().is_none() {
            return Err(pickling_error(interp, "__reduce__ must return a string or tuple"));
        }
        self.by_call(interp, &reduced, object)
    }

    /// As [`reduced`](Self::reduced), of a tuple.
    pub fn by_call(
        &mut self,
        interp: &mut dyn Interpreter,
        reduced: &Value,
        object: Value,
    ) -> Result<(), Raised> {
        let parts = reduced.tuple_like().unwrap_or_default();
        if !(2..=6).contains(&parts.len()) {
            let message = "tuple returned by __reduce__ must contain 2 through 6 elements";
            return Err(pickling_error(interp, message));
        }
        let part =
            |index: usize| parts.get(index).filter(|part| !part.is_none()).cloned().unwrap_or_default();
        let function = parts[0].clone();
        if !interp.is_callable(&function) {
            let message = "first item of the tuple returned by __reduce__ must be callable";
            return Err(pickling_error(interp, message));
        }
        let Some(args) = parts[1].tuple_like() else {
            let message = "second item of the tuple returned by __reduce__ must be a tuple";
            return Err(pickling_error(interp, message));
        };
        let made =
            Made { object: object.clone(), state: part(2), items: part(3), pairs: part(4), setter: part(5) };
        for (which, iterator) in [("fourth", &made.items), ("fifth", &made.pairs)] {
            if !iterator.is_unbound() && !has_method(interp, iterator, "__next__") {
                let class = interp.type_name(iterator);
                let message = format!(
                    "{which} element of the tuple returned by __reduce__ must be an iterator, not {class}"
                );
                return Err(pickling_error(interp, &message));
            }
        }
        if !made.setter.is_unbound() && !interp.is_callable(&made.setter) {
            let class = interp.type_name(&made.setter);
            let message =
                format!("sixth element of the tuple returned by __reduce__ must be a function, not {class}");
            return Err(pickling_error(interp, &message));
        }
        let name = match self.protocol() {
            2.. => interp.find_attr(&function, &intern("__name__"))?,
            _ => None,
        };
        self.enter(interp, &object, 1)?;
        self.work.push(Work::Made(Box::new(made)));
        match name.as_ref().and_then(Value::str_like) {
            Some("__newobj_ex__") => self.new_with_keywords(interp, args),
            Some("__newobj__") => self.new_object(interp, args, &object),
            _ => {
                self.work.push(Work::Write(&[op::REDUCE]));
                self.work.push(Work::Save(parts[1].clone()));
                self.work.push(Work::Save(function));
                Ok(())
            }
        }
    }

    fn new_object(
        &mut self,
        interp: &mut dyn Interpreter,
        args: &[Value],
        object: &Value,
    ) -> Result<(), Raised> {
        let Some((class, args)) = args.split_first() else {
            return Err(pickling_error(interp, "__newobj__ arglist is empty"));
        };
        if class.tag() != Tag::Type {
            return Err(pickling_error(interp, "args[0] from __newobj__ args is not a type"));
        }
        let own = interp.find_attr(object, &intern("__class__"))?;
        if own.is_some_and(|own| !own.is(class)) {
            return Err(pickling_error(interp, "args[0] from __newobj__ args has the wrong class"));
        }
        self.work.push(Work::Write(&[op::NEWOBJ]));
        self.work.push(Work::Save(Value::tuple(args.to_vec())));
        self.work.push(Work::Save(class.clone()));
        Ok(())
    }

    fn new_with_keywords(&mut self, interp: &mut dyn Interpreter, args: &[Value]) -> Result<(), Raised> {
        let [class, args, keywords] = args else {
            let count = args.len();
            let message = format!("length of the NEWOBJ_EX argument tuple must be exactly 3, not {count}");
            return Err(pickling_error(interp, &message));
        };
        let wrong = match () {
            () if class.tag() != Tag::Type => Some(("first", "class", class)),
            () if args.tuple_like().is_none() => Some(("second", "tuple", args)),
            () if keywords.dict_like().is_none() => Some(("third", "dict", keywords)),
            () => None,
        };
        if let Some((which, kind, found)) = wrong {
            let found = interp.type_name(found);
            let message = format!("{which} item from NEWOBJ_EX argument tuple must be a {kind}, not {found}");
            return Err(pickling_error(interp, &message));
        }
        if self.protocol() >= 4 {
            self.work.push(Work::Write(&[op::NEWOBJ_EX]));
            self.work.push(Work::Save(keywords.clone()));
            self.work.push(Work::Save(args.clone()));
            self.work.push(Work::Save(class.clone()));
            return Ok(());
        }
        let partial = from_module(interp, "functools", "partial")?;
        let mut positional = vec![interp.attribute(class, "__new__")?, class.clone()];
        positional.extend(args.tuple_like().unwrap_or_default().iter().cloned());
        let entries = keywords.dict_like().map(|keywords| keywords.entries()).unwrap_or_default();
        let keywords: Vec<_> = entries.into_iter().map(|entry| (entry.key, entry.value)).collect();
        let partial = interp.call_keywords(&partial, &positional, &keywords)?;
        self.work.push(Work::Write(&[op::REDUCE]));
        self.work.push(Work::Save(Value::tuple(Vec::new())));
        self.work.push(Work::Save(partial));
        Ok(())
    }

    /// What follows the call: items, pairs, the state.
    pub(super) fn made(&mut self, made: Made) {
        let Made { object, state, items, pairs, setter } = made;
        if let Some(number) = self.known(&object) {
            // It was written meanwhile, as a part of itself.
            self.out.op(op::POP);
            self.recall(number);
        } else {
            self.memoize(&object);
        }
        if !state.is_unbound() {
            if setter.is_unbound() {
                self.work.push(Work::Write(&[op::BUILD]));
                self.work.push(Work::Save(state));
            } else {
                self.work.push(Work::Write(&[op::TUPLE2, op::REDUCE, op::POP]));
                self.work.push(Work::Save(state));
                self.work.push(Work::Save(object));
                self.work.push(Work::Save(setter));
            }
        }
        for (iterator, are_pairs) in [(pairs, true), (items, false)] {
            if !iterator.is_unbound() {
                self.work.push(Work::Batch { iterator, next: Value::UNBOUND, count: 0, are_pairs });
            }
        }
    }
}
