//! Registers, call records and the fetching of instructions: the unchecked core of the VM.
//!
//! One of the three modules that may use `unsafe`. Invariants:
//! - a [`Cursor`] that runs is made only here, always from
//!   [`Verified`](crate::bytecode::verify::Verified) code and a base with room for that code's
//!   registers; so every register, constant, cache and word its instructions name exists;
//! - the code of a frame outlives it: dead codes go to the heap's limbo list, which is swept
//!   only of codes that no record and no generator names;
//! - slots of the stack above the live window hold no heap object;
//! - the stack and the records never move.
#![allow(unsafe_code)]

#[cfg(test)]
mod tests;

use crate::bytecode::Op;
use crate::object::Value;
use crate::object::code::{Cache, CodeObject};
use crate::object::generator::Generator;
use crate::object::heap;
use std::ptr::NonNull;

/// Values on the stack of the main fiber: 64 MiB of address space, of which only what is
/// touched costs memory.
const STACK_LENGTH: usize = 4 << 20;
/// Call records: the hard limit of the recursion depth.
const RECORD_COUNT: usize = 200_000;

/// Where execution stands: the next word, the registers, the code.
#[derive(Clone, Copy)]
pub struct Cursor {
    pc: *const u32,
    base: *mut Value,
    code: *const CodeObject,
}

/// One fetched instruction word.
#[derive(Clone, Copy)]
pub struct Instruction(*const u8);

impl Instruction {
    #[inline(always)]
    pub fn op(self) -> Op {
        // SAFETY: the word comes from verified code: its first byte is the number of an `Op`.
        unsafe { std::mem::transmute::<u8, Op>(*self.0) }
    }

    #[inline(always)]
    pub fn a(self) -> u8 {
        // SAFETY: a word has four bytes.
        unsafe { *self.0.add(1) }
    }

    #[inline(always)]
    pub fn b(self) -> u8 {
        // SAFETY: a word has four bytes.
        unsafe { *self.0.add(2) }
    }

    #[inline(always)]
    pub fn c(self) -> u8 {
        // SAFETY: a word has four bytes.
        unsafe { *self.0.add(3) }
    }

    /// Fields `b` and `c` as one unsigned number.
    #[inline(always)]
    pub fn bc(self) -> usize {
        self.b() as usize | (self.c() as usize) << 8
    }

    /// Fields `b` and `c` as one signed number.
    #[inline(always)]
    pub fn int_bc(self) -> i64 {
        self.bc() as u16 as i16 as i64
    }
}

impl Cursor {
    /// No place at all: before anything runs. Never run.
    pub const NOWHERE: Cursor =
        Cursor { pc: std::ptr::null(), base: std::ptr::null_mut(), code: std::ptr::null() };

    /// Word `index` of `code`, with registers at `base`, where there is room for them.
    #[inline(always)]
    pub(super) fn at(code: &CodeObject, index: u32, base: *mut Value) -> Cursor {
        debug_assert!((index as usize) < code.code.words.len());
        // SAFETY: callers take indices from verified code or from where a frame stopped.
        Cursor { pc: unsafe { code.frame.words.add(index as usize) }, base, code }
    }

    #[inline(always)]
    pub fn is_nowhere(&self) -> bool {
        self.code.is_null()
    }

    /// Fetch the next word.
    #[inline(always)]
    pub fn fetch(&mut self) -> Instruction {
        let instruction = Instruction(self.pc.cast());
        // SAFETY: verified code does not run off its end.
        self.pc = unsafe { self.pc.add(1) };
        instruction
    }

    /// The word before the next one, where that is an instruction without extra words: the
    /// `Yield` or `Await` that suspended the frame.
    #[inline(always)]
    pub fn previous(&self) -> Instruction {
        // SAFETY: frames suspend behind such an instruction, so there is a word before.
        Instruction(unsafe { self.pc.sub(1) }.cast())
    }

    /// Assign the destination of the `Await` just fetched.
    #[inline(always)]
    pub fn set_result(&mut self, value: Value) {
        let destination = self.previous().a();
        self.set(destination, value);
    }

    /// If the next instructions await what is in `register`, a temporary: the cursor behind
    /// them, and the register of the result.
    #[inline]
    pub(super) fn awaits(mut self, register: u8) -> Option<(Cursor, u8)> {
        let made = self.fetch();
        if made.op() != Op::GetAwaitable || made.a() != register || made.b() != register {
            return None;
        }
        let none = self.fetch();
        let wait = self.fetch();
        let is_await = none.op() == Op::LoadNone && wait.op() == Op::Await;
        (is_await && none.a() == wait.a() && wait.b() == register).then(|| (self, wait.a()))
    }

    /// Fetch an extra word.
    #[inline(always)]
    pub fn extra(&mut self) -> u32 {
        // SAFETY: verified instructions have their extra words.
        unsafe {
            let word = *self.pc;
            self.pc = self.pc.add(1);
            word
        }
    }

    /// Take the jump whose offset word comes next.
    #[inline(always)]
    pub fn jump(&mut self) {
        // SAFETY: verified jumps land on instructions.
        self.pc = unsafe { self.pc.offset(*self.pc as i32 as isize) };
    }

    /// The first of the registers into which the target of the jump whose offset word comes next
    /// unpacks the pair in register `source`, if that is what it does.
    #[inline(always)]
    pub fn unpacks_pair(mut self, source: u8) -> Option<u8> {
        self.jump();
        let target = self.fetch();
        let is_pair = target.op() == Op::UnpackSequence && target.b() == 2 && target.c() == source;
        is_pair.then(|| target.a())
    }

    /// Do not take the jump whose offset word comes next.
    #[inline(always)]
    pub fn skip(&mut self) {
        // SAFETY: as in `extra`.
        self.pc = unsafe { self.pc.add(1) };
    }

    /// Go back by `count` words, which have just been fetched.
    #[inline(always)]
    pub fn back_by(&mut self, count: usize) {
        // SAFETY: the caller has just fetched those words.
        self.pc = unsafe { self.pc.sub(count) };
    }

    /// Go back by one word: the instruction just fetched is executed again.
    #[inline(always)]
    pub fn back(&mut self) {
        // SAFETY: the caller has just fetched that word.
        self.pc = unsafe { self.pc.sub(1) };
    }

    /// A register.
    #[inline(always)]
    pub fn reg(&self, index: u8) -> &Value {
        // SAFETY: verified code names existing registers only.
        unsafe { &*self.base.add(index as usize) }
    }

    /// A register, to be changed in place.
    #[inline(always)]
    pub fn reg_mut(&mut self, index: u8) -> &mut Value {
        // SAFETY: as in `reg`; `&mut self` keeps references from `reg` away.
        unsafe { &mut *self.base.add(index as usize) }
    }

    /// Assign a register; the old value is released after the new one is there.
    #[inline(always)]
    pub fn set(&mut self, index: u8, value: Value) {
        drop(std::mem::replace(self.reg_mut(index), value));
    }

    /// Empty a register and return what it held.
    #[inline(always)]
    pub fn take(&mut self, index: u8) -> Value {
        self.reg_mut(index).take()
    }

    /// `count` registers from `first` on.
    #[inline(always)]
    pub fn range(&self, first: u8, count: usize) -> &[Value] {
        // SAFETY: verified ranges are within the registers.
        unsafe { std::slice::from_raw_parts(self.base.add(first as usize), count) }
    }

    /// `count` registers from `first` on, to be changed in place.
    #[inline(always)]
    pub fn range_mut(&mut self, first: u8, count: usize) -> &mut [Value] {
        // SAFETY: verified ranges are within the registers; `&mut self` keeps other references
        // away.
        unsafe { std::slice::from_raw_parts_mut(self.base.add(first as usize), count) }
    }

    /// Take `count` values out of the registers from `first` on.
    #[inline]
    pub fn take_range(self, first: u8, count: usize) -> Vec<Value> {
        // SAFETY: verified ranges are within the registers.
        let range = unsafe { std::slice::from_raw_parts_mut(self.base.add(first as usize), count) };
        range.iter_mut().map(Value::take).collect()
    }

    /// Empty `count` registers from `first` on.
    #[inline(always)]
    pub fn clear(&mut self, first: u8, count: usize) {
        // SAFETY: verified ranges are within the registers.
        let range = unsafe { std::slice::from_raw_parts_mut(self.base.add(first as usize), count) };
        for slot in range {
            drop(slot.take());
        }
    }

    /// A constant of the code.
    #[inline(always)]
    pub fn constant(&self, index: usize) -> &Value {
        // SAFETY: the code is alive while its frame is; verified code names existing constants.
        unsafe {
            let constants: &[Value] = &(*self.code).constants;
            constants.get_unchecked(index)
        }
    }

    /// An inline cache of the code. The reference is good as long as the frame lives.
    #[inline(always)]
    pub fn cache<'a>(&self, index: u32) -> &'a Cache {
        // SAFETY: the code is alive while its frame is (limbo list); verified code names
        // existing caches. No caller keeps the reference across the end of the frame.
        unsafe {
            let caches: &[Cache] = &(*self.code).caches;
            caches.get_unchecked(index as usize)
        }
    }

    /// The inline cache named by the next extra word, which is fetched.
    #[inline(always)]
    pub fn next_cache<'a>(&mut self) -> &'a Cache {
        let index = self.extra();
        self.cache(index)
    }

    /// `R[a] += R[b]` for two strings of which nobody else sees the first; whether it was done.
    #[inline(never)]
    pub fn append_in_place(self, a: u8, b: u8) -> bool {
        if a == b || self.reg(b).as_str().is_none() {
            return false;
        }
        // SAFETY: two different registers; `push_str` touches nothing but the string in `a`.
        let (target, more) = unsafe { (&mut *self.slot(a as usize), &*self.slot(b as usize)) };
        more.as_str().is_some_and(|more| heap::push_str(target, more))
    }

    /// The running code. Good as long as the frame lives.
    #[inline(always)]
    pub fn code<'a>(&self) -> &'a CodeObject {
        // SAFETY: as in `cache`.
        unsafe { &*self.code }
    }

    /// Index of the word last fetched.
    #[inline]
    pub fn word_index(&self) -> u32 {
        // SAFETY: `pc` points into the words or just past them.
        let next = unsafe { self.pc.offset_from((*self.code).frame.words) };
        next.max(1) as u32 - 1
    }

    /// Index of the next word.
    #[inline]
    pub fn next_index(&self) -> u32 {
        // SAFETY: as in `word_index`.
        unsafe { self.pc.offset_from((*self.code).frame.words) as u32 }
    }

    /// Go on at word `index` of the same code: a handler from its exception table.
    #[inline]
    pub fn go_to(&mut self, index: u32) {
        *self = Cursor::at(self.code(), index, self.base);
    }

    /// Release all registers of the frame, which ends.
    #[inline(always)]
    pub fn clear_frame(&mut self) {
        let count = self.code().frame.register_count as usize;
        for index in 0..count {
            // SAFETY: the frame has this many registers.
            unsafe {
                let slot = &mut *self.base.add(index);
                if slot.is_heap() {
                    drop(slot.take());
                }
            }
        }
    }

    /// Address of register `index`.
    #[inline(always)]
    pub(super) fn slot(&self, index: usize) -> *mut Value {
        // SAFETY: callers stay within the frame's registers or the stack's free part.
        unsafe { self.base.add(index) }
    }

    /// Address just above the frame's registers.
    #[inline(always)]
    pub(super) fn frame_end(&self) -> *mut Value {
        self.slot(self.code().frame.register_count as usize)
    }
}

/// `length` slots from `start` on: the window of a callee that is being set up.
///
/// `start` comes from this module; the slots are above the live window of the stack or in the
/// block of a fresh generator, so nothing else refers to them.
#[inline(always)]
pub(super) fn window<'a>(start: *mut Value, length: usize) -> &'a mut [Value] {
    // SAFETY: see above; every slot of the stack holds a valid `Value` (zeroed at first).
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}

/// What happens with the value when a frame returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum RecordKind {
    /// It becomes register `dst` of the caller.
    Plain,
    /// It must be None; the new instance (`extra`) becomes register `dst` of the caller.
    Init,
    /// A special method called by an operator's instruction: it becomes register `dst` unless it
    /// is NotImplemented; `extra` is the right operand.
    Operator,
    /// Nothing becomes of it: `__setitem__`.
    Discard,
    /// A coroutine function that is awaited where it is called (see [`super::awaited`]): it
    /// becomes register `dst` of the caller, which goes on behind its `Await`. `extra` is the
    /// function, `running` the generator that the frames above it belong to.
    Awaited,
    /// A native called: `run` returns it.
    Entry,
    /// A generator resumed by a native: `run` returns.
    GeneratorEntry,
    /// A generator resumed by `ForLoop`: what it yields becomes register `dst`, and the loop
    /// goes on; its return ends the loop.
    GeneratorLoop,
    /// A generator resumed by `next` or one of its methods: what it yields becomes register
    /// `dst`; its return is StopIteration for the caller. `extra` is the generator.
    GeneratorStep,
    /// What [`super::watch`] knows: the frame has an object.
    Watched,
}

impl RecordKind {
    /// Whether the frame above is one of a generator.
    #[inline]
    pub fn is_generator(self) -> bool {
        use RecordKind::*;
        matches!(self, GeneratorEntry | GeneratorLoop | GeneratorStep)
    }
}

/// What a call leaves behind to return to.
pub struct Record {
    pub caller: Cursor,
    pub dst: u8,
    pub kind: RecordKind,
    /// `Init`: the instance. `Operator`: the right operand. `Awaited`: the function.
    /// `GeneratorStep`: the generator.
    pub extra: Value,
    /// Generators: the one whose frame runs, and the head of its chain. `Awaited`: the former.
    pub(super) running: Option<NonNull<Generator>>,
    pub(super) root: Option<NonNull<Generator>>,
    /// Generators and entries: the stack's free part of the one who called.
    pub(super) top: *mut Value,
    /// Generators: the exception that the one who resumed is handling.
    pub handled: Value,
}

/// The call records.
pub struct Records {
    start: *mut Record,
    /// Just above the innermost record.
    end: *mut Record,
    /// Where the recursion limit is reached.
    full: *mut Record,
    capacity: usize,
}

impl Records {
    pub fn new(limit: usize) -> Records {
        Records::with_capacity(limit, RECORD_COUNT)
    }

    /// Room for `capacity` records, which are never given back.
    pub fn with_capacity(limit: usize, capacity: usize) -> Records {
        let layout = std::alloc::Layout::array::<Record>(capacity).expect("a constant size");
        // SAFETY: the size is not zero. The memory is zeroed, so that `extra` and `handled`
        // start as `Value::UNBOUND`; the other fields are written before they are read.
        let start = unsafe { std::alloc::alloc_zeroed(layout) } as *mut Record;
        if start.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        let mut records = Records { start, end: start, full: start, capacity };
        records.set_limit(limit);
        records
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        // SAFETY: both point into the records.
        unsafe { self.end.offset_from(self.start) as usize }
    }

    /// The recursion limit.
    pub fn limit(&self) -> usize {
        // SAFETY: both point into the records.
        unsafe { self.full.offset_from(self.start) as usize }
    }

    /// Set the recursion limit; more than the records hold is cut down.
    pub fn set_limit(&mut self, limit: usize) {
        // SAFETY: within the records, some of which are kept back (see `push`).
        self.full = unsafe { self.start.add(limit.min(self.capacity - 64)) };
    }

    /// Whether the recursion limit is reached.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.end >= self.full
    }

    /// Push a record of a plain call, unless the recursion limit is reached.
    #[inline(always)]
    pub fn push_plain(&mut self, caller: Cursor, dst: u8) -> bool {
        if self.is_full() {
            return false;
        }
        // SAFETY: `end` is below `full`, so there is a record. `extra` and `handled` are left as
        // they are: empty.
        unsafe {
            (&raw mut (*self.end).caller).write(caller);
            (&raw mut (*self.end).dst).write(dst);
            (&raw mut (*self.end).kind).write(RecordKind::Plain);
            self.end = self.end.add(1);
        }
        true
    }

    /// Push a record of another kind.
    ///
    /// # Panics
    /// If the recursion limit is reached: callers have tested that it is not.
    #[inline]
    pub(super) fn push(&mut self, caller: Cursor, dst: u8, kind: RecordKind, top: *mut Value) -> &mut Record {
        assert!(self.push_plain(caller, dst), "internal error: a record too many");
        let record = self.top_mut();
        record.kind = kind;
        record.running = None;
        record.root = None;
        record.top = top;
        record
    }

    /// The innermost record.
    #[inline(always)]
    pub fn top(&self) -> &Record {
        debug_assert!(self.end > self.start);
        // SAFETY: a frame runs only above a record.
        unsafe { &*self.end.sub(1) }
    }

    /// The innermost record.
    #[inline(always)]
    pub fn top_mut(&mut self) -> &mut Record {
        debug_assert!(self.end > self.start);
        // SAFETY: as in `top`.
        unsafe { &mut *self.end.sub(1) }
    }

    /// The record at `index`, counted from the outermost.
    pub fn at_mut(&mut self, index: usize) -> &mut Record {
        assert!(index < self.len());
        // SAFETY: this record has been written; `&mut self` keeps other references away.
        unsafe { &mut *self.start.add(index) }
    }

    /// Forget the innermost record, whose `extra` and `handled` have been taken out.
    #[inline(always)]
    pub fn pop(&mut self) {
        debug_assert!(self.end > self.start);
        // SAFETY: as in `top`.
        self.end = unsafe { self.end.sub(1) };
    }

    /// All records, outermost first.
    pub fn all(&self) -> &[Record] {
        // SAFETY: these records have been written.
        unsafe { std::slice::from_raw_parts(self.start, self.len()) }
    }
}

/// The stack of registers of plain frames.
pub struct Stack {
    bottom: *mut Value,
    end: *mut Value,
}

impl Stack {
    pub fn new() -> Stack {
        Stack::with_length(STACK_LENGTH)
    }

    /// Room for `length` values, which is never given back.
    pub fn with_length(length: usize) -> Stack {
        let bottom = heap::new_register_stack(length).as_ptr();
        // SAFETY: within the allocation; some slots are kept back for arguments that are laid
        // out before the room for the callee is checked.
        Stack { bottom, end: unsafe { bottom.add(length - 1024) } }
    }

    #[inline(always)]
    pub(super) fn bottom(&self) -> *mut Value {
        self.bottom
    }

    /// Whether `count` slots from `start` on are part of the stack.
    #[inline(always)]
    pub(super) fn has_room(&self, start: *mut Value, count: usize) -> bool {
        (start as usize) + count * size_of::<Value>() <= self.end as usize
    }
}

/// A generator behind a link or in a record: alive, see `GeneratorHead` and [`Record`].
#[inline(always)]
pub(super) fn linked<'a>(generator: NonNull<Generator>) -> &'a Generator {
    // SAFETY: links are undone before an end dies; the running generators of a record are owned
    // by whoever resumed them (a register or a native's argument) until it is popped.
    unsafe { generator.as_ref() }
}

/// A generator in a record as a value with a count of its own.
pub(super) fn own(generator: NonNull<Generator>) -> Value {
    linked(generator).to_value()
}

/// Make `child` the one that `parent` delegates to.
#[inline]
pub(super) fn link(parent: &Generator, child: &Generator) {
    parent.head().child.set(Some(NonNull::from(child)));
    child.head().parent.set(Some(NonNull::from(parent)));
}

/// Undo the link of `child` to its parent, if it has one. The chain above then ends in the
/// parent.
pub(super) fn unlink_from_parent(child: &Generator) {
    let Some(parent) = child.head().parent.take() else { return };
    let mut head = linked(parent);
    head.head().child.set(None);
    while let Some(above) = head.head().parent.get() {
        head = linked(above);
    }
    head.head().leaf.set(Some(parent));
}

/// The end of the chain that `root` heads: where execution goes on.
#[inline(always)]
pub(super) fn leaf_of(root: &Generator) -> &Generator {
    let mut leaf = match root.head().leaf.get() {
        Some(leaf) => linked(leaf),
        None => root,
    };
    while let Some(child) = leaf.head().child.get() {
        leaf = linked(child);
    }
    leaf
}

/// The cursor at which a suspended or fresh generator goes on.
#[inline(always)]
pub(super) fn generator_cursor(generator: &Generator) -> Cursor {
    let code = generator.head().code.as_code().expect("a generator's code is a code object");
    Cursor::at(code, generator.head().resume_at.get(), generator.values_pointer())
}
