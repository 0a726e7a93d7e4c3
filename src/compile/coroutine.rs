//! `await`, `yield`, `yield from`, `async for`.

use super::Compiler;
use super::control::next;
use super::unit::Block;
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{Expr, For};

impl<'a> Compiler<'a> {
    pub(super) fn await_expr(&mut self, value: &'a Expr, span: Span, dst: u8) {
        let result = self.window(dst);
        let awaitable = self.unit.alloc();
        let register = self.operand_in(value, &[], awaitable);
        self.unit.emit.op(span, Op::GetAwaitable, awaitable, register, 0);
        self.wait(result, awaitable, span);
        self.move_to(result, span, dst);
    }

    /// Wait for what `awaitable` waits for; the outcome is in `result`.
    fn wait(&mut self, result: u8, awaitable: u8, span: Span) {
        self.unit.emit.op(span, Op::LoadNone, result, 0, 0);
        self.unit.emit.op(span, Op::Await, result, awaitable, 0);
    }

    /// Await the value in the temporary `register`; the outcome replaces it. `flag` tells the
    /// message of an error where the value came from.
    pub(super) fn await_register(&mut self, register: u8, flag: u8, span: Span) {
        let mark = self.unit.top;
        self.unit.emit.op(span, Op::GetAwaitable, register, register, flag);
        let result = self.unit.alloc();
        self.wait(result, register, span);
        self.unit.emit.op(span, Op::Take, register, result, 0);
        self.unit.release(mark);
    }

    pub(super) fn yield_expr(&mut self, value: Option<&'a Expr>, span: Span, dst: u8) {
        let result = self.window(dst);
        let register = match value {
            Some(value) => self.operand_in(value, &[], result),
            None => {
                self.load_const(Const::None, span, result);
                result
            }
        };
        self.unit.emit.op(span, Op::Yield, result, register, 0);
        self.move_to(result, span, dst);
    }

    pub(super) fn yield_from(&mut self, value: &'a Expr, span: Span, dst: u8) {
        let result = self.window(dst);
        let iterator = self.unit.alloc();
        let register = self.operand_in(value, &[], iterator);
        self.unit.emit.op(span, Op::GetYieldFromIter, iterator, register, 0);
        self.wait(result, iterator, span);
        self.move_to(result, span, dst);
    }

    /// ```text
    /// async for target in iter: body   =>   it = aiter(iter)
    ///                                again: target = await anext(it)   # ends the loop by
    ///                                       body                       # StopAsyncIteration
    /// ```
    pub(super) fn async_for(&mut self, each: &'a For, span: Span) {
        let end = self.unit.emit.label();
        let iterator = self.async_iterator(&each.iter);
        // As in CPython, waiting for an item is the business of the whole statement.
        let (again, exhausted) = self.begin_async_for(&each.target, iterator, span);
        let block = Block::Loop { on_break: end, on_continue: again, first: iterator, count: 2 };
        self.unit.blocks.push(block);
        self.block(&each.body);
        self.unit.blocks.pop();
        self.end_async_for(again, exhausted, iterator, each.iter.span);
        self.unit.emit.op(span, Op::Clear, iterator, 2, 0);
        self.block(&each.orelse);
        self.unit.emit.place(end);
    }

    /// Evaluate an iterable into an async iterator; the register after it is for the item.
    pub(super) fn async_iterator(&mut self, iterable: &'a Expr) -> u8 {
        let register = self.unit.alloc();
        let value = self.operand_in(iterable, &[], register);
        self.unit.emit.op(iterable.span, Op::GetAiter, register, value, 0);
        self.unit.release(u16::from(register) + 1);
        self.unit.alloc();
        register
    }

    /// The head of an `async for` over `iterator`, whose item goes through the register after.
    /// Returns where the next turn begins and where the end of the iterator arrives.
    pub(super) fn begin_async_for(
        &mut self,
        target: &'a Expr,
        iterator: u8,
        span: Span,
    ) -> (super::emit::Label, super::emit::Label) {
        let emit = &mut self.unit.emit;
        let (again, exhausted) = (emit.label(), emit.label());
        emit.place(again);
        let item = next(iterator);
        let region = emit.begin_region(exhausted, item);
        let awaitable = self.unit.alloc();
        self.unit.emit.op(span, Op::GetAnext, awaitable, iterator, 0);
        self.wait(item, awaitable, span);
        self.unit.release(u16::from(awaitable));
        self.unit.emit.end_region(region);
        self.store(target, item, false);
        (again, exhausted)
    }

    pub(super) fn end_async_for(
        &mut self,
        again: super::emit::Label,
        exhausted: super::emit::Label,
        iterator: u8,
        span: Span,
    ) {
        self.unit.emit.jump(span, Op::Jump, [0; 3], again);
        self.unit.emit.place(exhausted);
        let after = self.unit.emit.label();
        self.unit.emit.jump(span, Op::EndAsyncFor, [next(iterator), 0, 0], after);
        self.unit.emit.flow = None;
        self.unit.emit.place(after);
    }
}
