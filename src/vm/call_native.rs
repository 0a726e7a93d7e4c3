//! Calls of natives: directly, padded with defaults, or bound; and begun where they are awaited.

use super::awaited::WORDS_BEHIND_CALL;
use super::call::Arguments;
use super::registers::Cursor;
use super::{Flow, Vm};
use crate::object::native::NativeFunction;
use crate::object::spec::{BeginFn, Begun, NativeFn, NativeKind, NativeParameter, Role, Signature};
use crate::object::{Completion, Interpreter, Raised, Value};

impl Vm {
    /// Call a native whose arguments are `count` registers from `first` on.
    #[inline]
    pub(super) fn call_native_window(
        &mut self,
        mut w: Cursor,
        first: u8,
        count: usize,
        native: &NativeFunction,
        names: Option<&[Value]>,
        dst: u8,
    ) -> Result<Flow, Raised> {
        if names.is_none()
            && let Some(missing) = native.padding(count)
        {
            let registers = w.range_mut(first, count);
            let function = native.row.function;
            let result = self.call_padded(function, count, missing, |index| registers[index].take());
            w.set(dst, result?);
            return Ok(Flow::Continue(w));
        }
        if let Some(begin) = native.row.begin
            && let Some((behind, result)) = w.awaits(dst)
        {
            return self.call_awaited(behind, (first, count), native, begin, names, (dst, result));
        }
        if native.row.role == Role::Step
            && names.is_none()
            && (count == 1 || native.has_receiver())
            && let Some(next) = self.enter_step(w, first, count, dst)
        {
            return Ok(Flow::Continue(next));
        }
        let result = self.call_native(native, w.range(first, count), names);
        w.clear(first, count);
        w.set(dst, result?);
        Ok(Flow::Continue(w))
    }

    /// Call a native `async` function whose coroutine would become register `dst` and be awaited
    /// at once, for register `result`; `w` is behind the `Await`. No coroutine is made unless it
    /// waits.
    #[inline(never)]
    fn call_awaited(
        &mut self,
        mut w: Cursor,
        (first, count): (u8, usize),
        native: &NativeFunction,
        begin: BeginFn,
        names: Option<&[Value]>,
        (dst, result): (u8, u8),
    ) -> Result<Flow, Raised> {
        self.current = w;
        let signature = native.signature();
        let receiver = usize::from(native.has_receiver());
        let args = w.range(first, count);
        let is_bound = names.is_none()
            && signature.is_simple
            && signature.positional == signature.parameters.len()
            && count == signature.parameters.len() + receiver;
        let begun = if is_bound {
            begin(self, args)
        } else if names.is_none()
            && let Some(missing) = native.defaults_for(count)
        {
            let registers = w.range_mut(first, count);
            self.call_padded(begin, count, missing, |index| registers[index].take())
        } else {
            let mut bound = Arguments::new();
            self.bind_native(native, signature, receiver == 1, args, names, &mut bound)
                .and_then(|()| begin(self, &bound))
        };
        w.clear(first, count);
        match begun? {
            Begun::Done(value) => {
                w.set(dst, Value::UNBOUND);
                w.set(result, value);
                Ok(Flow::Continue(w))
            }
            Begun::Waits { coroutine, yielded } => {
                w.set(dst, coroutine);
                w.set(result, Value::NONE);
                w.back();
                self.suspend(w, true, yielded)
            }
            Begun::Made(awaitable) => {
                w.back_by(WORDS_BEHIND_CALL as usize);
                w.set(dst, awaitable);
                Ok(Flow::Continue(w))
            }
        }
    }

    /// Call a native with all of its arguments, the receiver included.
    #[inline]
    pub(super) fn call_native(
        &mut self,
        native: &NativeFunction,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Completion {
        let row = native.row;
        if native.takes_directly(args.len()) && names.is_none() {
            return (row.function)(self, args);
        }
        let signature = native.signature();
        let receiver = usize::from(native.has_receiver());
        let is_complete = names.is_none()
            && signature.is_simple
            && signature.positional == signature.parameters.len()
            && args.len() == signature.parameters.len() + receiver;
        let result = if is_complete {
            (row.function)(self, args)
        } else if names.is_none()
            && let Some(function) = row.positional
        {
            function(self, args)
        } else if names.is_none()
            && let Some(missing) = native.padding(args.len())
        {
            self.call_padded(row.function, args.len(), missing, |index| args[index].clone())
        } else {
            self.call_bound(native, signature, receiver, args, names)
        };
        if row.kind == NativeKind::New {
            return self.wrap_new(native, &args[0], result?);
        }
        result
    }

    /// Call a native with the arguments in `registers`, which are emptied, and the defaults of
    /// `missing`.
    #[inline(never)]
    pub(super) fn call_padded_method(
        &mut self,
        function: NativeFn,
        registers: &mut [Value],
        missing: &'static [NativeParameter],
    ) -> Completion {
        self.call_padded(function, registers.len(), missing, |index| registers[index].take())
    }

    /// Call a native's own function, with the arguments in `registers` and defaults; None, and
    /// nothing done, if the call needs more than these.
    pub(super) fn call_with_defaults(
        &mut self,
        native: &NativeFunction,
        registers: &mut [Value],
    ) -> Option<Completion> {
        let missing = native.defaults_for(registers.len())?;
        let function = native.row.function;
        Some(if missing.is_empty() {
            function(self, registers)
        } else {
            self.call_padded(function, registers.len(), missing, |index| registers[index].clone())
        })
    }

    /// Call a native function with `count` arguments, which `arg` gives, and then the defaults of `missing`.
    #[inline(always)]
    fn call_padded<R>(
        &mut self,
        function: fn(&mut dyn Interpreter, &[Value]) -> R,
        count: usize,
        missing: &'static [NativeParameter],
        mut arg: impl FnMut(usize) -> Value,
    ) -> R {
        let mut bound = [const { Value::UNBOUND }; NativeFunction::FEW];
        let total = count + missing.len();
        for (index, place) in bound[..count].iter_mut().enumerate() {
            *place = arg(index);
        }
        for (place, parameter) in bound[count..total].iter_mut().zip(missing) {
            *place = parameter.default.value();
        }
        function(self, &bound[..total])
    }

    /// Bind the arguments of a native's call and call it.
    #[inline(never)]
    fn call_bound(
        &mut self,
        native: &NativeFunction,
        signature: &'static Signature,
        receiver: usize,
        args: &[Value],
        names: Option<&[Value]>,
    ) -> Completion {
        let mut bound = Arguments::new();
        let is_complete = names.is_none()
            && signature.is_simple
            && (signature.required + receiver..=signature.positional + receiver).contains(&args.len());
        if is_complete {
            let missing = &signature.parameters[args.len() - receiver..];
            bound.extend(args.iter().cloned());
            bound.extend(missing.iter().map(|parameter| parameter.default.value()));
        } else {
            self.bind_native(native, signature, receiver == 1, args, names, &mut bound)?;
        }
        (native.row.function)(self, &bound)
    }
}
