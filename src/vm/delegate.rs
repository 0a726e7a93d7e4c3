//! What happens to the one a generator delegates to when an exception is thrown in.

use super::Vm;
use super::registers::{own, unlink_from_parent};
use crate::bytecode::Flavor;
use crate::object::generator::{Generator, GeneratorState};
use crate::object::native_object::Awaited;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

impl Vm {
    pub(super) fn is_exit(&self, raised: &Raised) -> bool {
        (self as &dyn Interpreter).raised_is(raised, CoreType::GeneratorExit)
    }

    /// A GeneratorExit is about to be thrown into a generator that delegates: first what it
    /// delegates to is closed. The exception to throw into the generator itself.
    pub(super) fn close_delegate(&mut self, generator: &Generator, exit: Raised) -> Raised {
        let Some(child) = generator.head().child.get() else { return exit };
        if generator.head().parent.get().is_some() {
            unlink_from_parent(generator);
        }
        let child = own(child);
        let delegate = child.as_generator().expect("a chain consists of generators");
        unlink_from_parent(delegate);
        if delegate.head().flavor == Flavor::AsyncGenerator {
            return exit;
        }
        generator.head().state.set(GeneratorState::Running);
        let name = self.names.close.clone();
        let closed = self.get_attr(&child, &name).and_then(|close| self.call_value(&close, &[], None));
        generator.head().state.set(GeneratorState::Suspended);
        match closed {
            Ok(_) => exit,
            Err(raised) => raised,
        }
    }

    /// `throw` of an iterator that is no native awaitable and no chained generator.
    pub(super) fn throw_foreign(&mut self, target: &Value, raised: Raised) -> Result<Awaited, Raised> {
        let exit = self.core(CoreType::GeneratorExit);
        if raised.value().as_instance().is_some_and(|e| e.with_class(|class| class.is_subclass_of(&exit))) {
            let name = self.names.close.clone();
            if let Some(close) = self.find_attr(target, &name)? {
                self.call_value(&close, &[], None)?;
            }
            return Err(raised);
        }
        let name = self.names.throw.clone();
        let Some(throw) = self.find_attr(target, &name)? else {
            // Thrown in where the delegate would have ended by it.
            return self.stop_value(raised).map(Awaited::Ready);
        };
        let exception = raised.into_value();
        match self.call_value(&throw, &[exception], None) {
            Ok(value) => Ok(Awaited::Pending(value)),
            Err(raised) => self.stop_value(raised).map(Awaited::Ready),
        }
    }

    /// The value of a StopIteration, or the exception again.
    pub(super) fn stop_value(&mut self, raised: Raised) -> Completion {
        if !(self as &dyn Interpreter).raised_is(&raised, CoreType::StopIteration) {
            return Err(raised);
        }
        let exception = raised.into_value();
        self.get_attr(&exception, &Value::str("value").interned())
    }
}
