//! What `await`, `yield from` and `async for` wait for, found from what they were given.

use super::Vm;
use super::registers::linked;
use crate::bytecode::Flavor;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::{Completion, Interpreter, Raised, Value};

impl Vm {
    /// Whether `Await` can take this as it is: a fresh coroutine, an awaitable written in Rust.
    #[inline(always)]
    pub(super) fn is_plain_awaitable(value: &Value) -> bool {
        match value.as_generator() {
            Some(generator) => {
                let head = generator.head();
                head.flavor == Flavor::Coroutine && head.state.get() == GeneratorState::Created
            }
            None => value.as_awaitable().is_some(),
        }
    }

    /// What `await value` waits for.
    pub(super) fn get_awaitable(&mut self, value: &Value, context: u8) -> Completion {
        if let Some(generator) = value.as_generator() {
            let head = generator.head();
            if head.flavor == Flavor::Coroutine {
                if head.state.get() == GeneratorState::Suspended && head.at_await.get() {
                    let interp: &mut dyn Interpreter = self;
                    return Err(interp.runtime_error("coroutine is being awaited already"));
                }
                return Ok(value.clone());
            }
            if head.flavor == Flavor::Generator && self.is_iterable_coroutine(generator) {
                return Ok(value.clone());
            }
        }
        if value.as_awaitable().is_some() {
            return Ok(value.clone());
        }
        let class = self.class_of(value);
        let name = self.names.await_.clone();
        let Some(method) = class.as_type().and_then(|class| class.lookup_cached(&name)) else {
            let interp: &mut dyn Interpreter = self;
            let class = interp.type_name(value);
            return Err(match context {
                1 => interp.type_error(&format!(
                    "'async with' received an object from __aenter__ that does not implement __await__: {class}"
                )),
                2 => interp.type_error(&format!(
                    "'async with' received an object from __aexit__ that does not implement __await__: {class}"
                )),
                _ => interp.type_error(&format!("object {class} can't be used in 'await' expression")),
            });
        };
        let bound = self.bind_descriptor(&method, value, &class)?;
        let iterator = self.call_value(&bound, &[], None)?;
        if iterator
            .as_generator()
            .is_some_and(|g| g.head().flavor == Flavor::Coroutine || self.is_iterable_coroutine(g))
        {
            return Err(self.raise_type_error("__await__() returned a coroutine"));
        }
        if iterator.as_generator().is_none() && !self.is_iterator(&iterator) {
            let interp: &mut dyn Interpreter = self;
            let class = interp.type_name(&iterator);
            return Err(interp.type_error(&format!("__await__() returned non-iterator of type '{class}'")));
        }
        Ok(iterator)
    }

    /// Whether the generator came from a function marked by `types.coroutine`.
    fn is_iterable_coroutine(&self, generator: &Generator) -> bool {
        generator.head().is_iterable_coroutine.get()
    }

    /// What `yield from value` delegates to.
    pub(super) fn yield_from_iter(&mut self, value: &Value) -> Completion {
        if let Some(generator) = value.as_generator() {
            match generator.head().flavor {
                Flavor::Generator => return Ok(value.clone()),
                Flavor::Coroutine => return self.coroutine_to_delegate_to(value),
                Flavor::AsyncGenerator | Flavor::Plain => {}
            }
        }
        match value.as_object() {
            Some(object) if object.as_coroutine().is_some() => self.coroutine_to_delegate_to(value),
            Some(object) if object.spec().native_await => Ok(value.clone()),
            _ => self.iter(value),
        }
    }

    /// Only coroutines may delegate to coroutines.
    fn coroutine_to_delegate_to(&mut self, value: &Value) -> Completion {
        let running = self.records.top().running.map(linked);
        if running.is_some_and(|running| {
            running.head().flavor == Flavor::Coroutine || self.is_iterable_coroutine(running)
        }) {
            return Ok(value.clone());
        }
        Err(self.raise_type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"))
    }

    /// `aiter(value)`.
    pub(super) fn aiter(&mut self, value: &Value) -> Completion {
        if value.as_generator().is_some_and(|g| g.head().flavor == Flavor::AsyncGenerator) {
            return Ok(value.clone());
        }
        let interp: &mut dyn Interpreter = self;
        let Some(iterator) = interp.call_special(value, "__aiter__", &[])? else {
            let class = interp.type_name(value);
            return Err(interp
                .type_error(&format!("'async for' requires an object with __aiter__ method, got {class}")));
        };
        let class = interp.class_of(&iterator);
        if class.as_type().is_none_or(|class| class.lookup(&self.names.anext).is_none()) {
            let interp: &mut dyn Interpreter = self;
            let class = interp.type_name(&iterator);
            return Err(interp.type_error(&format!(
                "'async for' received an object from __aiter__ that does not implement __anext__: {class}"
            )));
        }
        Ok(iterator)
    }

    /// The awaitable of `anext(value)`, ready for `Await`. An async generator stands for its
    /// own next item.
    pub(super) fn anext_awaitable(&mut self, value: &Value) -> Completion {
        if let Some(generator) = value.as_generator() {
            self.call_async_hooks(value, generator)?;
            return Ok(value.clone());
        }
        let interp: &mut dyn Interpreter = self;
        let Some(awaitable) = interp.call_special(value, "__anext__", &[])? else {
            let class = interp.type_name(value);
            return Err(interp.type_error(&format!(
                "'async for' requires an iterator with __anext__ method, got {class}"
            )));
        };
        match self.get_awaitable(&awaitable, 0) {
            Ok(ready) => Ok(ready),
            Err(raised) => {
                let interp: &mut dyn Interpreter = self;
                let class = interp.type_name(&awaitable);
                let error = interp
                    .type_error(&format!("'async for' received an invalid object from __anext__: {class}"));
                if let Some(state) = error.value().as_exception() {
                    drop(state.cause.replace(raised.value()));
                    drop(state.context.replace(raised.into_value()));
                    state.suppress_context.set(true);
                }
                Err(error)
            }
        }
    }

    /// Tell the event loop of an async generator that is iterated for the first time.
    pub(super) fn call_async_hooks(&mut self, value: &Value, generator: &Generator) -> Result<(), Raised> {
        if generator.head().hooks_called.replace(true) {
            return Ok(());
        }
        let (first_iter, finalizer) = crate::object::async_hooks::get();
        if finalizer.given_some().is_some() {
            drop(generator.head().finalizer.replace(finalizer));
        }
        if let Some(hook) = first_iter.given_some() {
            self.call_value(hook, std::slice::from_ref(value), None)?;
        }
        Ok(())
    }
}
