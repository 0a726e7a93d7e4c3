//! Generators, coroutines and async generators: a frame as plain heap data. The registers
//! stand behind the head; running it means pointing the VM's base register there.

use super::heap::{self, Block, Traverse};
use super::interpreter::CodePlace;
use super::value::{Tag, Value};
use crate::bytecode::{Flavor, Op};
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

/// What a generator is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeneratorState {
    /// Not started.
    Created,
    Suspended,
    Running,
    /// Returned, raised, or closed: the registers are empty.
    Finished,
}

/// A generator object with its registers.
pub type Generator = Block<GeneratorHead>;

/// What stands before the registers.
///
/// Delegation (`await`, `yield from`) links generators: `P.child == Some(C)` if and only if
/// `C.parent == Some(P)`; then P is suspended at an `Await` whose register owns C. Only the head
/// of such a chain (no parent) is resumed; `leaf` of the head, if set, is its other end, where
/// execution goes on. Links are made and undone by `vm/registers.rs` and when an object dies.
pub struct GeneratorHead {
    pub flavor: Flavor,
    pub state: Cell<GeneratorState>,
    /// The code object.
    pub code: Value,
    /// Index of the word where execution goes on. Suspended by `Await`, the `Await` itself,
    /// which is then executed again with the value sent.
    pub resume_at: Cell<u32>,
    /// Suspended by an `Await`, not by a `Yield`.
    pub at_await: Cell<bool>,
    pub parent: Cell<Option<NonNull<Generator>>>,
    pub child: Cell<Option<NonNull<Generator>>>,
    pub leaf: Cell<Option<NonNull<Generator>>>,
    /// How many of its chain await it, directly or not, as of when it was awaited.
    pub depth: Cell<u32>,
    /// The exception being handled inside when it was suspended; unbound if none.
    pub handled: RefCell<Value>,
    pub name: RefCell<Value>,
    pub qualname: RefCell<Value>,
    /// Coroutines: where they were created (for "never awaited"): code and word.
    pub created_at: RefCell<Option<(Value, u32)>>,
    /// Async generators: the hook that finalizes it, `aclose()` and `asend()` in progress.
    pub finalizer: RefCell<Value>,
    pub is_busy: Cell<bool>,
    pub is_closed: Cell<bool>,
    pub hooks_called: Cell<bool>,
    /// A generator that may be awaited: its function was marked by `types.coroutine`.
    pub is_iterable_coroutine: Cell<bool>,
}

impl GeneratorHead {
    /// Undo the link to the child, which becomes the head of the rest of the chain.
    pub fn unlink_child(&self) {
        if let Some(child) = self.child.take() {
            heap::with_linked(child, |child| {
                let leaf = self.leaf.take().filter(|leaf| *leaf != NonNull::from(child));
                child.head().parent.set(None);
                child.head().leaf.set(leaf);
            });
        }
    }
}

impl Generator {
    /// Whether dropping it must run code first: a suspended `try` or `with`, or a coroutine
    /// that never started (which deserves a warning), or an async generator that a loop closes.
    pub fn needs_finalizer(&self) -> bool {
        let head = self.head();
        match head.state.get() {
            GeneratorState::Created => head.flavor == Flavor::Coroutine,
            GeneratorState::Suspended if head.finalizer.borrow().given_some().is_some() => true,
            GeneratorState::Suspended => {
                let Some(code) = head.code.as_code() else { return false };
                let at = head.resume_at.get();
                code.code.exceptions.iter().any(|entry| entry.start <= at && at <= entry.end)
            }
            GeneratorState::Running | GeneratorState::Finished => false,
        }
    }

    /// Where execution goes on; while it runs, where it was resumed last.
    pub fn place(&self) -> CodePlace {
        let head = self.head();
        let word = head.resume_at.get();
        let word = match head.state.get() {
            GeneratorState::Created => CodePlace::DEFINITION,
            _ if head.at_await.get() => word,
            _ => word.saturating_sub(1),
        };
        CodePlace { code: head.code.clone(), word }
    }

    /// The state that scripts see: what awaits a running one runs too.
    pub fn state_seen(&self) -> GeneratorState {
        let (state, mut child) = (self.head().state.get(), self.head().child.get());
        if state != GeneratorState::Suspended {
            return state;
        }
        let mut leaf = state;
        while let Some(link) = child {
            (leaf, child) =
                heap::with_linked(link, |child| (child.head().state.get(), child.head().child.get()));
        }
        if leaf == GeneratorState::Running { leaf } else { state }
    }

    /// What it waits for by `yield from` or `await`; unbound if it does not.
    pub fn awaited(&self) -> Value {
        let head = self.head();
        if self.state_seen() != GeneratorState::Suspended {
            return Value::UNBOUND;
        }
        // Suspended in `Await`, execution goes on at that very instruction, whose second register
        // holds what is waited for.
        let register = head.code.as_code().and_then(|code| {
            let word = code.code.words.get(head.resume_at.get() as usize)?;
            let [op, _, register, _] = word.to_le_bytes();
            (op == Op::Await as u8).then_some(register as usize)
        });
        let register = register.filter(|&register| register < self.length());
        register.map_or(Value::UNBOUND, |register| self.value(register))
    }

    /// Empty all registers: it is finished.
    pub fn finish(&self) {
        self.head().state.set(GeneratorState::Finished);
        self.head().unlink_child();
        for index in 0..self.length() {
            drop(self.replace(index, Value::UNBOUND));
        }
        drop(self.head().handled.take());
    }
}

impl Traverse for Generator {
    fn traverse(&self, visit: &mut dyn FnMut(&Value)) {
        let head = self.head();
        visit(&head.code);
        for field in [&head.handled, &head.name, &head.qualname, &head.finalizer] {
            visit(&field.borrow());
        }
        if let Some((code, _)) = &*head.created_at.borrow() {
            visit(code);
        }
        for index in 0..self.length() {
            self.visit_value(index, visit);
        }
    }

    fn clear(&self) {
        if self.head().state.get() != GeneratorState::Running {
            self.finish();
        }
    }
}

impl Value {
    /// A generator object with `registers` empty registers.
    pub fn generator(head: GeneratorHead, registers: usize) -> Value {
        heap::new_block(Tag::Generator, head, registers, true, |_| Value::UNBOUND)
    }

    /// A generator, coroutine or async generator.
    #[inline(always)]
    pub fn as_generator(&self) -> Option<&Generator> {
        self.get::<Generator>()
    }
}
