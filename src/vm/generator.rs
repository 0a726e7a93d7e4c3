//! Suspension: making generators, resuming them from natives and loops, `yield` and `await`.
//!
//! Generators that delegate form a chain (see `GeneratorHead`). One record serves the whole
//! chain, so that resuming and suspending cost the same at any depth.

use super::bind::fill_cells;
use super::registers::{
    Cursor, RecordKind, generator_cursor, leaf_of, link, linked, own, unlink_from_parent, window,
};
use super::{Flow, Vm};
use crate::bytecode::Flavor;
use crate::object::async_gen::AsyncGenWrapped;
use crate::object::code::CodeObject;
use crate::object::function::FunctionObject;
use crate::object::generator::{Generator, GeneratorHead, GeneratorState};
use crate::object::interpreter::CodePlace;
use crate::object::native_object::Awaited;
use crate::object::{Completion, CoreType, Interpreter, Raised, Resume, Resumed, Value, audit, heap};
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

/// The head of what a call of `function` makes, before its first step.
pub(super) fn head_of(function: &FunctionObject, created_at: Option<(Value, u32)>) -> GeneratorHead {
    GeneratorHead {
        flavor: function.code.as_code().map_or(Flavor::Plain, |code| code.code.flavor),
        state: Cell::new(GeneratorState::Created),
        code: function.code.clone(),
        resume_at: Cell::new(0),
        at_await: Cell::new(false),
        parent: Cell::new(None),
        child: Cell::new(None),
        leaf: Cell::new(None),
        depth: Cell::new(0),
        handled: RefCell::default(),
        name: RefCell::new(function.name.borrow().clone()),
        qualname: RefCell::new(function.qualname.borrow().clone()),
        created_at: RefCell::new(created_at),
        finalizer: RefCell::default(),
        is_busy: Cell::new(false),
        is_closed: Cell::new(false),
        hooks_called: Cell::new(false),
        is_iterable_coroutine: Cell::new(function.is_iterable_coroutine.get()),
    }
}

impl Vm {
    /// The generator, coroutine or async generator that a call of `function` makes.
    pub(super) fn make_generator(
        &mut self,
        function: &FunctionObject,
        code: &CodeObject,
        args: &mut [Value],
        names: Option<&[Value]>,
    ) -> Completion {
        let flavor = code.code.flavor;
        let created_at = if flavor == Flavor::Coroutine && !self.current.is_nowhere() {
            Some((heap::code_value(self.current.code()), self.current.word_index()))
        } else {
            None
        };
        let head = head_of(function, created_at);
        let value = Value::generator(head, code.frame.register_count as usize);
        let generator = value.as_generator().expect("just made");
        let slots = window(generator.values_pointer(), generator.length());
        if names.is_none() && code.frame.generator_arity == args.len() as u32 {
            for (slot, arg) in slots.iter_mut().zip(args.iter_mut()) {
                *slot = arg.take();
            }
            fill_cells(function, code, slots);
        } else if let Err(raised) = self.lay_out(function, code, args, names, slots) {
            generator.head().state.set(GeneratorState::Finished);
            return Err(raised);
        }
        Ok(value)
    }

    /// Continue `value`, a generator of any flavor, on behalf of a native.
    #[inline(always)]
    pub(super) fn resume_generator(&mut self, value: &Value, how: Resume) -> Result<Resumed, Raised> {
        let generator = value.as_generator().expect("callers pass generators");
        match how {
            Resume::Send(sent) if self.can_send(generator) => self.send(generator, sent),
            how => self.resume_unusual(generator, how),
        }
    }

    /// Whether a generator can go on with a value without another look: it is suspended, and so
    /// is the end of its chain.
    #[inline(always)]
    fn can_send(&self, generator: &Generator) -> bool {
        let head = generator.head();
        head.state.get() == GeneratorState::Suspended
            && (head.child.get().is_none()
                || leaf_of(generator).head().state.get() == GeneratorState::Suspended)
            && self.has_native_room()
            && !self.records.is_full()
    }

    /// Go on with the value `sent` until the chain of `generator` suspends or ends.
    #[inline(always)]
    fn send(&mut self, generator: &Generator, sent: Value) -> Result<Resumed, Raised> {
        self.native_depth += 1;
        let (current, top) = (self.current, self.top);
        let leaf = self.push_generator(generator, current, 0, RecordKind::GeneratorEntry);
        let w = self.prepare_send(leaf, sent);
        let result = self.run(w);
        self.current = current;
        self.top = top;
        self.leave_native();
        result
    }

    /// Continue a generator that is not merely suspended, or by an exception.
    #[inline(never)]
    fn resume_unusual(&mut self, generator: &Generator, how: Resume) -> Result<Resumed, Raised> {
        if let Some(early) = self.check_resumable(generator, &how)? {
            return match how {
                Resume::Send(_) => Ok(early),
                Resume::Throw(raised) => Err(raised),
            };
        }
        let (how, is_direct) = match how {
            Resume::Throw(raised) if generator.head().child.get().is_some() && self.is_exit(&raised) => {
                (Resume::Throw(self.close_delegate(generator, raised)), true)
            }
            how => (how, false),
        };
        self.enter_native()?;
        if self.records.is_full() {
            self.leave_native();
            return Err(self.recursion_error());
        }
        let current = self.current;
        let top = self.top;
        let leaf = self.push_generator(generator, current, 0, RecordKind::GeneratorEntry);
        let result = match how {
            Resume::Send(sent) => {
                let w = self.prepare_send(leaf, sent);
                self.run(w)
            }
            Resume::Throw(raised) => {
                let outer = self.thrown.replace(NonNull::from(leaf));
                let result = match self.throw_at(leaf, raised, is_direct) {
                    Ok(Flow::Continue(w)) => self.run(w),
                    Ok(Flow::Exit(resumed)) => Ok(resumed),
                    Err(raised) => Err(raised),
                };
                self.thrown = outer;
                result
            }
        };
        self.current = current;
        self.top = top;
        self.leave_native();
        result
    }

    /// What resuming does without running: a finished generator's answer, or the error of one
    /// that runs.
    fn check_resumable(&mut self, generator: &Generator, how: &Resume) -> Result<Option<Resumed>, Raised> {
        let head = generator.head();
        let is_running = head.state.get() == GeneratorState::Running
            || (head.child.get().is_some()
                && leaf_of(generator).head().state.get() == GeneratorState::Running);
        let noun = match head.flavor {
            Flavor::Coroutine => "coroutine",
            Flavor::AsyncGenerator => "async generator",
            Flavor::Generator | Flavor::Plain => "generator",
        };
        let interp: &mut dyn Interpreter = self;
        if is_running {
            return Err(interp.value_error(&format!("{noun} already executing")));
        }
        match (head.state.get(), how) {
            (GeneratorState::Finished, _) if head.flavor == Flavor::Coroutine => {
                Err(interp.runtime_error("cannot reuse already awaited coroutine"))
            }
            (GeneratorState::Finished, _) => Ok(Some(Resumed::Returned(Value::NONE))),
            (GeneratorState::Created, Resume::Send(sent)) if !sent.is_none() => {
                Err(interp.type_error(&format!("can't send non-None value to a just-started {noun}")))
            }
            (GeneratorState::Created, Resume::Throw(_)) => {
                // Nothing has run, so there is nothing to unwind but the frame itself.
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Push the record under which the chain of `root` runs; its leaf is then running.
    #[inline(always)]
    pub(super) fn push_generator<'g>(
        &mut self,
        root: &'g Generator,
        caller: Cursor,
        dst: u8,
        kind: RecordKind,
    ) -> &'g Generator {
        if root.head().parent.get().is_some() {
            unlink_from_parent(root);
        }
        let free = self.free_top();
        let leaf = leaf_of(root);
        // Good only while the chain is suspended.
        root.head().leaf.set(None);
        root.head().depth.set(0);
        let top = self.top;
        let handled = std::mem::replace(&mut self.handled, leaf.head().handled.take());
        let record = self.records.push(caller, dst, kind, top);
        record.root = Some(NonNull::from(root));
        record.running = Some(NonNull::from(leaf));
        record.handled = handled;
        self.top = free;
        leaf
    }

    /// The cursor at which `leaf` goes on with the value `sent`.
    pub(super) fn prepare_send(&mut self, leaf: &Generator, sent: Value) -> Cursor {
        let head = leaf.head();
        let state = head.state.replace(GeneratorState::Running);
        let mut w = generator_cursor(leaf);
        if state == GeneratorState::Suspended {
            let word = if head.at_await.get() { w.fetch() } else { w.previous() };
            if head.at_await.get() {
                w.back();
            }
            w.set(word.a(), sent);
        }
        w
    }

    /// Raise `raised` where `leaf` waits; if it `is_direct`, whatever it waits for.
    fn throw_at(&mut self, leaf: &Generator, raised: Raised, is_direct: bool) -> Result<Flow, Raised> {
        let head = leaf.head();
        let state = head.state.replace(GeneratorState::Running);
        let mut w = generator_cursor(leaf);
        if state == GeneratorState::Created {
            return self.unwind_unstarted(w, raised).map(Flow::Continue);
        }
        if !head.at_await.get() {
            return self.unwind_thrown(w, raised).map(Flow::Continue);
        }
        let instruction = w.fetch();
        self.current = w;
        if is_direct {
            w.clear(instruction.b(), 1);
            return self.unwind_thrown(w, raised).map(Flow::Continue);
        }
        let target = w.reg(instruction.b()).clone();
        let thrown = raised.value();
        let answer = match target.as_awaitable() {
            Some(object) => object.throw_await(&target, raised, self),
            None => self.throw_foreign(&target, raised),
        };
        drop(target);
        match answer {
            Ok(Awaited::Ready(value)) => {
                w.clear(instruction.b(), 1);
                w.set(instruction.a(), value);
                Ok(Flow::Continue(w))
            }
            Ok(Awaited::Pending(value)) => {
                w.back();
                self.suspend(w, true, value)
            }
            Err(raised) if raised.value().is(&thrown) => self.unwind_thrown(w, raised).map(Flow::Continue),
            Err(raised) => {
                // A native has raised it, which is in the place of script code that did.
                self.chain_if_fresh(&raised);
                self.unwind_thrown(w, raised).map(Flow::Continue)
            }
        }
    }

    /// `Yield`: the frame at `w`, just behind the instruction, gives `value` away.
    pub(super) fn op_yield(&mut self, w: Cursor, value: Value) -> Result<Flow, Raised> {
        let record = self.records.top();
        let running_link = record.running.expect("only generators yield");
        let running = linked(running_link);
        if running.head().flavor == Flavor::AsyncGenerator {
            if record.running != record.root {
                // Awaited through `async for`: the value is the result of the parent's await.
                running.head().resume_at.set(w.next_index());
                running.head().at_await.set(false);
                running.head().state.set(GeneratorState::Suspended);
                let handled = self.handled.take();
                drop(running.head().handled.replace(handled));
                let keep = own(running_link);
                let mut parent = self.return_to_parent(running);
                parent.set_result(value);
                drop(keep);
                return Ok(Flow::Continue(parent));
            }
            return self.suspend(w, false, Value::object(AsyncGenWrapped(value)));
        }
        self.suspend(w, false, value)
    }

    /// The running frame stops at `w` and `value` goes to whoever resumed the chain.
    pub(super) fn suspend(&mut self, mut w: Cursor, at_await: bool, value: Value) -> Result<Flow, Raised> {
        if self.is_awaited() {
            w = self.make_awaited(w);
        }
        let record = self.records.top();
        let running_link = record.running.expect("only generators suspend");
        let running = linked(running_link);
        let head = running.head();
        head.resume_at.set(w.next_index());
        head.at_await.set(at_await);
        head.state.set(GeneratorState::Suspended);
        if !self.handled.is_unbound() {
            let handled = self.handled.take();
            drop(head.handled.replace(handled));
        }
        // What the root delegated to before may be gone.
        let root = linked(record.root.expect("a generator's record"));
        root.head().leaf.set((record.running != record.root).then_some(running_link));
        let dst = record.dst;
        let (kind, mut caller) = self.pop_generator();
        if kind == RecordKind::GeneratorEntry {
            return Ok(Flow::Exit(Resumed::Yielded(value)));
        }
        caller.set(dst, value);
        if kind == RecordKind::GeneratorLoop {
            caller.jump();
        }
        Ok(Flow::Continue(caller))
    }

    /// `Await`: `w` is just behind the instruction.
    pub(super) fn op_await(&mut self, mut w: Cursor, a: u8, b: u8) -> Result<Flow, Raised> {
        if self.is_awaited() && w.reg(b).as_awaitable().is_none() {
            w = self.make_awaited(w);
        }
        let outcome = self.await_at(w, a, b);
        if outcome.is_err() {
            // The frame may have moved: it is there that the exception is raised.
            self.current = w;
        }
        outcome
    }

    #[inline(always)]
    fn await_at(&mut self, mut w: Cursor, a: u8, b: u8) -> Result<Flow, Raised> {
        let target = w.reg(b);
        if let Some(child) = target.as_generator() {
            let head = child.head();
            let is_free = head.parent.get().is_none()
                && head
                    .child
                    .get()
                    .is_none_or(|_| leaf_of(child).head().state.get() == GeneratorState::Suspended);
            match head.state.get() {
                GeneratorState::Created | GeneratorState::Suspended if is_free => {
                    if head.state.get() == GeneratorState::Created && !w.reg(a).is_none() {
                        return self.await_foreign(w, a, b);
                    }
                    if head.flavor == Flavor::AsyncGenerator && head.is_busy.get() {
                        let interp: &mut dyn Interpreter = self;
                        return Err(
                            interp.runtime_error("anext(): asynchronous generator is already running")
                        );
                    }
                    self.check_chain(child)?;
                    return Ok(Flow::Continue(self.enter_child(w, a, child)));
                }
                GeneratorState::Finished if head.flavor == Flavor::AsyncGenerator => {
                    return Err((self as &mut dyn Interpreter).raise_args(CoreType::StopAsyncIteration, &[]));
                }
                GeneratorState::Finished if head.flavor == Flavor::Generator => {
                    w.set(b, Value::UNBOUND);
                    w.set(a, Value::NONE);
                    return Ok(Flow::Continue(w));
                }
                _ if head.flavor == Flavor::Coroutine && head.parent.get().is_some() => {
                    let interp: &mut dyn Interpreter = self;
                    return Err(interp.runtime_error("coroutine is being awaited already"));
                }
                _ => return self.await_foreign(w, a, b),
            }
        }
        let target = target.clone();
        match target.as_awaitable() {
            Some(object) => match object.poll_await(&target, w.reg(a), self)? {
                Awaited::Ready(value) => {
                    w.set(b, Value::UNBOUND);
                    w.set(a, value);
                    Ok(Flow::Continue(w))
                }
                Awaited::Pending(value) => {
                    w.back();
                    self.suspend(w, true, value)
                }
            },
            None => self.await_foreign(w, a, b),
        }
    }

    /// A chain counts as the recursion that it stands for: `child` is one deeper than the
    /// generator that is about to await it.
    fn check_chain(&mut self, child: &Generator) -> Result<(), Raised> {
        let running = self.records.top().running.expect("only generators await");
        let depth = linked(running).head().depth.get() + 1;
        if self.records.len() + depth as usize > self.records.limit() {
            if child.head().state.get() == GeneratorState::Created {
                // Its first step is what fails.
                child.finish();
            }
            return Err(self.recursion_error());
        }
        child.head().depth.set(depth);
        Ok(())
    }

    /// Let `child` run in place of the frame that awaits it.
    fn enter_child(&mut self, mut w: Cursor, a: u8, child: &Generator) -> Cursor {
        let running = self.records.top().running.expect("only generators await");
        let parent = linked(running);
        let sent = w.take(a);
        w.back();
        let head = parent.head();
        head.resume_at.set(w.next_index());
        head.at_await.set(true);
        head.state.set(GeneratorState::Suspended);
        if !self.handled.is_unbound() {
            let handled = self.handled.take();
            drop(head.handled.replace(handled));
        }
        let leaf = leaf_of(child);
        child.head().leaf.set(None);
        link(parent, child);
        if !leaf.head().handled.borrow().is_unbound() {
            self.handled = leaf.head().handled.take();
        }
        self.records.top_mut().running = Some(NonNull::from(leaf));
        self.prepare_send(leaf, sent)
    }

    /// `Await` of an iterator that is neither a chained generator nor a native awaitable.
    fn await_foreign(&mut self, mut w: Cursor, a: u8, b: u8) -> Result<Flow, Raised> {
        let target = w.reg(b).clone();
        let sent = w.take(a);
        let answer = if target.as_generator().is_some() {
            match Interpreter::resume(self, &target, Resume::Send(sent))? {
                Resumed::Yielded(value) => Awaited::Pending(value),
                Resumed::Returned(value) => Awaited::Ready(value),
            }
        } else if sent.is_none() {
            self.step_iterator(&target)?
        } else {
            let name = self.names.send.clone();
            let send = self.get_attr(&target, &name)?;
            match self.call_value(&send, &[sent], None) {
                Ok(value) => Awaited::Pending(value),
                Err(raised) => Awaited::Ready(self.stop_value(raised)?),
            }
        };
        match answer {
            Awaited::Pending(value) => {
                w.set(a, Value::NONE);
                w.back();
                self.suspend(w, true, value)
            }
            Awaited::Ready(value) => {
                w.set(b, Value::UNBOUND);
                w.set(a, value);
                Ok(Flow::Continue(w))
            }
        }
    }

    /// `next()` of an iterator, its StopIteration's value kept.
    fn step_iterator(&mut self, iterator: &Value) -> Result<Awaited, Raised> {
        let class = self.class_of(iterator);
        let method = class.as_type().and_then(|class| class.lookup_cached(&self.names.next));
        let is_script = method.as_ref().is_some_and(|method| method.as_native().is_none());
        if !is_script {
            return Ok(match self.next(iterator)? {
                Some(value) => Awaited::Pending(value),
                None => Awaited::Ready(Value::NONE),
            });
        }
        let method = method.expect("just tested");
        let bound = self.bind_descriptor(&method, iterator, &class)?;
        match self.call_value(&bound, &[], None) {
            Ok(value) => Ok(Awaited::Pending(value)),
            Err(raised) => self.stop_value(raised).map(Awaited::Ready),
        }
    }

    /// The end of a frame that is not a plain one.
    #[inline(never)]
    pub(super) fn return_slow(&mut self, mut w: Cursor, value: Value) -> Result<Flow, Raised> {
        let record = self.records.top_mut();
        let mut caller = record.caller;
        let dst = record.dst;
        match record.kind {
            RecordKind::Watched => {
                self.settle_frame(w);
                self.return_slow(w, value)
            }
            // Where the frame was watched; `run` handles it otherwise.
            RecordKind::Plain => {
                self.records.pop();
                w.clear_frame();
                caller.set(dst, value);
                Ok(Flow::Continue(caller))
            }
            RecordKind::Entry => {
                self.records.pop();
                w.clear_frame();
                Ok(Flow::Exit(Resumed::Returned(value)))
            }
            RecordKind::Awaited => {
                w.clear_frame();
                let (mut caller, dst) = self.pop_awaited();
                caller.set(dst, value);
                Ok(Flow::Continue(caller))
            }
            RecordKind::Init => {
                let instance = record.extra.take();
                self.records.pop();
                w.clear_frame();
                self.current = caller;
                match self.checked_init(value, instance) {
                    Ok(instance) => {
                        caller.set(dst, instance);
                        Ok(Flow::Continue(caller))
                    }
                    Err(raised) => self.unwind(caller, raised).map(Flow::Continue),
                }
            }
            RecordKind::Operator => {
                let right = record.extra.take();
                self.records.pop();
                w.clear_frame();
                self.operator_returned(caller, dst, value, &right)
            }
            RecordKind::Discard => {
                self.records.pop();
                w.clear_frame();
                Ok(Flow::Continue(caller))
            }
            RecordKind::GeneratorEntry | RecordKind::GeneratorLoop | RecordKind::GeneratorStep => {
                self.finish_generator(w, value)
            }
        }
    }

    fn finish_generator(&mut self, mut w: Cursor, value: Value) -> Result<Flow, Raised> {
        let record = self.records.top();
        let is_root = record.running == record.root;
        let running_link = record.running.expect("a generator's record");
        let running = linked(running_link);
        let flavor = running.head().flavor;
        self.settle_generator(w);
        w.clear_frame();
        running.head().state.set(GeneratorState::Finished);
        drop(running.head().handled.take());
        if !is_root {
            let keep = own(running_link);
            let mut parent = self.return_to_parent(running);
            drop(keep);
            if flavor == Flavor::AsyncGenerator {
                let raised = (self as &mut dyn Interpreter).raise_args(CoreType::StopAsyncIteration, &[]);
                return self.unwind(parent, raised).map(Flow::Continue);
            }
            parent.set_result(value);
            return Ok(Flow::Continue(parent));
        }
        let (kind, mut caller) = self.pop_generator();
        if kind == RecordKind::GeneratorEntry {
            return Ok(Flow::Exit(Resumed::Returned(value)));
        }
        if kind == RecordKind::GeneratorStep {
            self.current = caller;
            let args: &[Value] = if value.is_none() { &[] } else { &[value] };
            let raised = (self as &mut dyn Interpreter).raise_args(CoreType::StopIteration, args);
            return self.unwind(caller, raised).map(Flow::Continue);
        }
        caller.skip();
        Ok(Flow::Continue(caller))
    }

    /// Where a suspended or running generator stands.
    pub(super) fn place_of(generator: &Generator) -> CodePlace {
        generator.place()
    }
}

impl Vm {
    /// What the death of a generator makes it do.
    pub(super) fn finalize_generator(&mut self, value: &Value) -> Result<(), Raised> {
        let generator = value.as_generator().expect("callers check");
        let head = generator.head();
        if head.state.get() == GeneratorState::Finished {
            // Closed by another one that died with it.
            return Ok(());
        }
        if head.state.get() == GeneratorState::Created {
            let name = head.qualname.borrow().clone();
            let place = head.created_at.borrow().clone().map(|(code, word)| CodePlace { code, word });
            generator.finish();
            let message = format!("coroutine '{}' was never awaited", name.as_str().unwrap_or_default());
            audit::leak("coroutines", message.clone(), place.clone());
            return self.warn(CoreType::RuntimeWarning, &message, place);
        }
        if head.flavor == Flavor::AsyncGenerator {
            let finalizer = head.finalizer.borrow().clone();
            if finalizer.given_some().is_some() {
                return self.call_value(&finalizer, std::slice::from_ref(value), None).map(drop);
            }
        }
        let exit = (self as &mut dyn Interpreter).raise_args(CoreType::GeneratorExit, &[]);
        match Interpreter::resume(self, value, Resume::Throw(exit)) {
            Ok(Resumed::Yielded(_)) => {
                let noun = match head.flavor {
                    Flavor::Coroutine => "coroutine",
                    Flavor::AsyncGenerator => "async generator",
                    Flavor::Generator | Flavor::Plain => "generator",
                };
                let interp: &mut dyn Interpreter = self;
                Err(interp.runtime_error(&format!("{noun} ignored GeneratorExit")))
            }
            Ok(Resumed::Returned(_)) => Ok(()),
            Err(raised) => {
                let interp: &dyn Interpreter = self;
                if interp.raised_is(&raised, CoreType::GeneratorExit)
                    || interp.raised_is(&raised, CoreType::StopIteration)
                {
                    return Ok(());
                }
                Err(raised)
            }
        }
    }
}
