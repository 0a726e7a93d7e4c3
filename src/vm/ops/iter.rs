//! Iteration and unpacking.

use crate::bytecode::Flavor;
use crate::object::copying::{
    Restorable, builtin, call_of, call_with_state, expect_place, reduce_row, set_state_row,
};
use crate::object::generator::GeneratorState;
use crate::object::heap::Traverse;
use crate::object::iterator::{RangeIterator, SequenceIterator};
use crate::object::sequence::{check_length_hint, has_method};
use crate::object::spec::native;
use crate::object::{
    Completion, CoreType, Interpreter, NativeObject, Raised, Resume, Resumed, Tag, TypeSpec, Value,
};
use crate::vm::Vm;
use crate::vm::registers::Cursor;
use std::cell::{Cell, RefCell};

/// Iterator over an object that has `__getitem__` but no `__iter__`.
struct ItemIterator {
    /// Unbound once exhausted.
    object: RefCell<Value>,
    index: Cell<i64>,
}

static ITEM_ITERATOR: TypeSpec = TypeSpec {
    name: "iterator",
    doc: "Iterates over an object by its __getitem__.",
    native_next: true,
    methods: &[
        native("__length_hint__", "", length_hint, "Private method returning an estimate of len(list(it))."),
        reduce_row::<ItemIterator>(),
        set_state_row::<ItemIterator>(),
    ],
    ..TypeSpec::EMPTY
};

/// What is left of an object that has a length.
fn length_hint(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let Some(iterator) = args[0].downcast::<ItemIterator>() else {
        let class = interp.type_name(&args[0]);
        let message = format!(
            "descriptor '__length_hint__' for 'iterator' objects doesn't apply to a '{class}' object"
        );
        return Err(interp.type_error(&message));
    };
    let object = iterator.object.borrow().clone();
    if object.is_unbound() {
        return Ok(Value::int(0));
    }
    if !has_method(interp, &object, "__len__") {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let length = i64::try_from(interp.length(&object)?).unwrap_or(i64::MAX);
    Ok(Value::int((length - iterator.index.get()).max(0)))
}

impl Restorable for ItemIterator {
    const CLASS: &'static str = "iterator";

    fn of(value: &Value) -> Option<&Self> {
        value.downcast()
    }

    fn reduce(&self, _: &Value, interp: &mut dyn Interpreter) -> Completion {
        let function = builtin(interp, "iter")?;
        let object = self.object.borrow().clone();
        if object.is_unbound() {
            return Ok(call_of(function, vec![Value::tuple(Vec::new())]));
        }
        Ok(call_with_state(function, vec![object], Value::int(self.index.get())))
    }

    fn set_state(&self, state: &Value, interp: &mut dyn Interpreter) -> Result<(), Raised> {
        let place = expect_place(interp, state)?;
        if !self.object.borrow().is_unbound() {
            self.index.set(place.max(0));
        }
        Ok(())
    }
}

impl Traverse for ItemIterator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        visit(&self.object.borrow());
    }

    fn clear(&self) {
        drop(self.object.take());
    }
}

impl NativeObject for ItemIterator {
    fn spec(&self) -> &'static TypeSpec {
        &ITEM_ITERATOR
    }

    fn next(&self, _: &Value, interp: &mut dyn Interpreter) -> Result<Option<Value>, Raised> {
        let object = self.object.borrow().clone();
        if object.is_unbound() {
            return Ok(None);
        }
        if self.index.get() == i64::MAX {
            return Err(interp.overflow_error("iter index too large"));
        }
        match interp.get_item(&object, &Value::int(self.index.get())) {
            Ok(item) => {
                self.index.set(self.index.get() + 1);
                Ok(Some(item))
            }
            Err(raised)
                if interp.raised_is(&raised, CoreType::IndexError)
                    || interp.raised_is(&raised, CoreType::StopIteration) =>
            {
                drop(self.object.take());
                Ok(None)
            }
            Err(raised) => Err(raised),
        }
    }
}

impl Vm {
    /// `iter(object)`.
    #[inline(never)]
    pub(in crate::vm) fn iter_slow(&mut self, object: &Value) -> Completion {
        match self.find_iterator(object)? {
            Some(iterator) => Ok(iterator),
            None => {
                let class = (self as &mut dyn Interpreter).type_name(object);
                Err(self.raise_type_error(&format!("'{class}' object is not iterable")))
            }
        }
    }

    /// Whether a class says of itself that its instances are no iterables.
    #[cold]
    pub(super) fn denies_iteration(&mut self, object: &Value) -> bool {
        let class = self.class_of(object);
        let has = |name: &Value| class.as_type().is_some_and(|class| class.lookup_cached(name).is_some());
        // `__getitem__` of a native class that has no `__iter__` is no sequence's.
        has(&self.names.iter)
            || class.as_type().is_some_and(|class| class.is_heap) && has(&self.names.getitem)
    }

    /// `iter(object)`, `None` if it is not iterable.
    pub(in crate::vm) fn find_iterator(&mut self, object: &Value) -> Result<Option<Value>, Raised> {
        match object.tag() {
            Tag::List | Tag::Tuple => return Ok(Some(Value::sequence_iterator(object.clone()))),
            Tag::Range => {
                if let Some(range) = object.as_range().and_then(|range| range.small) {
                    return Ok(Some(Value::range_iterator(range.start, range.step, range.length)));
                }
            }
            Tag::RangeIterator | Tag::SequenceIterator => return Ok(Some(object.clone())),
            Tag::Generator if object.as_generator().is_some_and(|g| g.head().flavor == Flavor::Generator) => {
                return Ok(Some(object.clone()));
            }
            Tag::Object => {
                if let Some(iterator) = object.as_object().filter(|object| object.spec().native_next) {
                    iterator.before_iter(self)?;
                    return Ok(Some(object.clone()));
                }
            }
            _ => {}
        }
        let class = self.class_of(object);
        let method = class.as_type().and_then(|class| class.lookup_cached(&self.names.iter));
        match method {
            Some(method) if method.is_none() => Ok(None),
            Some(method) => {
                let iterator = self.call_found(&method, object, &class, &[])?;
                if !self.is_iterator(&iterator) {
                    let class = (self as &mut dyn Interpreter).type_name(&iterator);
                    return Err(
                        self.raise_type_error(&format!("iter() returned non-iterator of type '{class}'"))
                    );
                }
                Ok(Some(iterator))
            }
            None => {
                let has_items =
                    class.as_type().is_some_and(|class| class.lookup_cached(&self.names.getitem).is_some());
                // Native classes that are iterable say so; the others have keys, not places.
                let is_native = class.as_type().is_some_and(|class| !class.is_heap);
                let is_mapping = is_native || object.dict_like().is_some();
                if !has_items || is_mapping {
                    return Ok(None);
                }
                let object = RefCell::new(object.clone());
                Ok(Some(Value::object(ItemIterator { object, index: Cell::new(0) })))
            }
        }
    }

    /// Whether the value has `__next__`.
    pub(in crate::vm) fn is_iterator(&mut self, value: &Value) -> bool {
        match value.tag() {
            Tag::RangeIterator | Tag::SequenceIterator => true,
            Tag::Generator => value.as_generator().is_some_and(|g| g.head().flavor == Flavor::Generator),
            Tag::Object if value.as_object().is_some_and(|o| o.spec().native_next) => true,
            _ => {
                let class = self.class_of(value);
                class.as_type().is_some_and(|class| class.lookup_cached(&self.names.next).is_some())
            }
        }
    }

    /// The next item for a `ForLoop` just fetched, whose register is `a`. A pair that the loop's
    /// body unpacks at once is put where it belongs, unpacked, and left out of the answer.
    #[inline(never)]
    pub(in crate::vm) fn next_of_loop(
        &mut self,
        mut w: Cursor,
        a: u8,
        iterator: &Value,
    ) -> Result<Option<Option<Value>>, Raised> {
        let Some(object) = iterator.as_box().filter(|object| object.is_iterator()) else {
            return Ok(self.next_slow(iterator)?.map(Some));
        };
        let object = object.object();
        self.enter_native()?;
        let pair = w.unpacks_pair(a).and_then(|first| Some((first, object.next_pair(self)?)));
        let next = match pair {
            Some((first, pair)) => match pair {
                Ok(Some((left, right))) => {
                    w.set(first, left);
                    w.set(first + 1, right);
                    Ok(Some(None))
                }
                Ok(None) => Ok(None),
                Err(raised) => Err(raised),
            },
            None => object.next(iterator, self).map(|next| next.map(Some)),
        };
        self.leave_native();
        match next {
            Err(raised) => Ok(self.without_stop(Err(raised))?.map(Some)),
            next => next,
        }
    }

    /// `next(iterator)`.
    #[inline(never)]
    pub(in crate::vm) fn next_slow(&mut self, iterator: &Value) -> Result<Option<Value>, Raised> {
        match iterator.tag() {
            Tag::RangeIterator => {
                let range = iterator.get::<RangeIterator>().expect("by its tag");
                return Ok(range.advance().map(Value::int));
            }
            Tag::SequenceIterator => {
                return Ok(iterator.get::<SequenceIterator>().expect("by its tag").advance());
            }
            Tag::Generator => {
                let generator = iterator.as_generator().expect("by its tag");
                if generator.head().flavor == Flavor::Generator {
                    if generator.head().state.get() == GeneratorState::Finished {
                        return Ok(None);
                    }
                    return match Interpreter::resume(self, iterator, Resume::Send(Value::NONE))? {
                        Resumed::Yielded(value) => Ok(Some(value)),
                        Resumed::Returned(_) => Ok(None),
                    };
                }
            }
            Tag::Object => {
                let object = iterator.as_box().expect("by its tag");
                if object.is_iterator() {
                    let object = object.object();
                    let next = self.nested(|vm| object.next(iterator, vm));
                    return self.without_stop(next);
                }
            }
            Tag::Instance => {
                if let Some(payload) = iterator.as_instance().and_then(|i| i.payload_ref())
                    && let Some(object) = payload.as_object()
                    && object.spec().native_next
                {
                    let class = self.class_of(iterator);
                    let method = class.as_type().and_then(|class| class.lookup_cached(&self.names.next));
                    if method.is_none_or(|method| method.as_native().is_some()) {
                        let next = self.nested(|vm| object.next(payload, vm));
                        return self.without_stop(next);
                    }
                }
            }
            _ => {}
        }
        let name = self.names.next.clone();
        match self.special(iterator, &name, &[]) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => {
                let class = (self as &mut dyn Interpreter).type_name(iterator);
                Err(self.raise_type_error(&format!("'{class}' object is not an iterator")))
            }
            Err(raised) => self.without_stop(Err(raised)),
        }
    }

    /// A StopIteration raised by a function that a native iterator calls ends the iteration.
    fn without_stop(&mut self, next: Result<Option<Value>, Raised>) -> Result<Option<Value>, Raised> {
        match next {
            Err(raised) if (self as &dyn Interpreter).raised_is(&raised, CoreType::StopIteration) => Ok(None),
            other => other,
        }
    }

    /// `R[a], ..., R[a+count-1] = R[c]`.
    #[inline(never)]
    pub(in crate::vm) fn unpack_sequence(
        &mut self,
        mut w: Cursor,
        a: u8,
        count: usize,
        c: u8,
    ) -> Result<(), Raised> {
        let source = w.reg(c).clone();
        let known = match source.tag() {
            Tag::Tuple => source.as_tuple().map(<[Value]>::len),
            Tag::List => source.as_list().map(|list| list.items.borrow().len()),
            _ => None,
        };
        if known == Some(count) {
            if let Some(items) = source.as_tuple() {
                for (index, item) in items.iter().enumerate() {
                    w.set(a + index as u8, item.clone());
                }
            } else {
                for index in 0..count {
                    // What a register held may change the list when it dies.
                    let item = source.as_list().expect("by its tag").items.borrow().get(index).cloned();
                    let Some(item) = item else { return Err(self.unpack_error(index, count, false)) };
                    w.set(a + index as u8, item);
                }
            }
            return Ok(());
        }
        if let Some(known) = known {
            return Err(self.unpack_error(known, count, false));
        }
        let Some(iterator) = self.unpack_iterator(&source)? else {
            let class = (self as &mut dyn Interpreter).type_name(&source);
            let is_denied = self.denies_iteration(&source);
            return Err(self.raise_type_error(&match is_denied {
                true => format!("'{class}' object is not iterable"),
                false => format!("cannot unpack non-iterable {class} object"),
            }));
        };
        let mut items = Vec::with_capacity(count);
        while items.len() < count {
            match self.next_slow(&iterator)? {
                Some(item) => items.push(item),
                None => return Err(self.unpack_error(items.len(), count, false)),
            }
        }
        if self.next_slow(&iterator)?.is_some() {
            return Err(self.unpack_error(usize::MAX, count, false));
        }
        for (index, item) in items.into_iter().enumerate() {
            w.set(a + index as u8, item);
        }
        Ok(())
    }

    /// `iter(source)`; `None` if the class is not iterable at all.
    fn unpack_iterator(&mut self, source: &Value) -> Result<Option<Value>, Raised> {
        self.find_iterator(source)
    }

    #[cold]
    fn unpack_error(&mut self, got: usize, expected: usize, at_least: bool) -> Raised {
        let interp: &mut dyn Interpreter = self;
        if got < expected {
            let at_least = if at_least { "at least " } else { "" };
            return interp.value_error(&format!(
                "not enough values to unpack (expected {at_least}{expected}, got {got})"
            ));
        }
        interp.value_error(&format!("too many values to unpack (expected {expected})"))
    }

    /// `R[a], ..., *R[a+before], ... = R[c]`.
    #[inline(never)]
    pub(in crate::vm) fn unpack_ex(
        &mut self,
        mut w: Cursor,
        a: u8,
        before: usize,
        after: usize,
        c: u8,
    ) -> Result<(), Raised> {
        let source = w.reg(c).clone();
        let Some(iterator) = self.unpack_iterator(&source)? else {
            let class = (self as &mut dyn Interpreter).type_name(&source);
            let is_denied = self.denies_iteration(&source);
            return Err(self.raise_type_error(&match is_denied {
                true => format!("'{class}' object is not iterable"),
                false => format!("cannot unpack non-iterable {class} object"),
            }));
        };
        let mut items = Vec::new();
        while items.len() < before {
            match self.next_slow(&iterator)? {
                Some(item) => items.push(item),
                None => return Err(self.unpack_error(items.len(), before + after, true)),
            }
        }
        check_length_hint(self, &iterator)?;
        while let Some(item) = self.next_slow(&iterator)? {
            items.push(item);
        }
        if items.len() < before + after {
            return Err(self.unpack_error(items.len(), before + after, true));
        }
        let tail = items.split_off(items.len() - after);
        let middle = items.split_off(before);
        for (index, item) in items.into_iter().enumerate() {
            w.set(a + index as u8, item);
        }
        w.set(a + before as u8, Value::list(middle));
        for (index, item) in tail.into_iter().enumerate() {
            w.set(a + (before + 1 + index) as u8, item);
        }
        Ok(())
    }
}
