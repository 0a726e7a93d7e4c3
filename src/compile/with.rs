//! `with` and `async with`.

use super::Compiler;
use super::control::next;
use super::unit::Block;
use crate::bytecode::Op;
use apy_grammar::Span;
use apy_grammar::ast::{Stmt, With, WithItem};

impl<'a> Compiler<'a> {
    pub(super) fn with_stmt(&mut self, with: &'a With) {
        self.with_items(&with.items, with.is_async, &with.body);
    }

    /// ```text
    /// with context as target: body  =>   exit, enter = methods of context
    ///                                    target = enter()
    ///                                    body                    # protected
    ///                                    exit(None, None, None)
    /// ```
    fn with_items(&mut self, items: &'a [WithItem], is_async: bool, body: &'a [Stmt]) {
        let Some((item, rest)) = items.split_first() else {
            return self.block(body);
        };
        let span = item.context.span;
        let mark = self.unit.top;
        let exit = self.unit.alloc_many(2);
        let entered = self.unit.alloc_many(2);
        let context = self.operand_in(&item.context, &[], entered);
        let op = if is_async { Op::BeforeAsyncWith } else { Op::BeforeWith };
        self.unit.emit.op(span, op, exit, context, 0);
        self.unit.release(u16::from(entered) + 2);
        self.tidy_up(span);
        self.finish_method_call(entered, 1, None, span);
        self.unit.release(u16::from(entered) + 1);
        if is_async {
            self.await_register(entered, 1, span);
        }
        self.unit.release(u16::from(exit) + 2);

        let (handler, end) = (self.unit.emit.label(), self.unit.emit.label());
        let region = self.unit.emit.begin_region(handler, self.handler_register());
        self.unit.blocks.push(Block::With { exit, is_async, span, region });
        self.unit.floor = self.unit.floor.max(self.unit.top);
        if let Some(target) = &item.target {
            let entered = self.unit.alloc();
            self.store(target, entered, false);
        }
        self.unit.release(u16::from(exit) + 2);
        self.tidy_up(span);
        self.with_items(rest, is_async, body);
        self.unit.blocks.pop();
        self.unit.emit.end_region(region);
        if self.unit.emit.reachable() {
            self.call_exit(exit, is_async, span);
            self.unit.emit.op(span, Op::Clear, exit, 2, 0);
            self.unit.emit.jump(span, Op::Jump, [0; 3], end);
        }

        self.unit.emit.place(handler);
        if self.unit.emit.reachable() {
            self.exceptional_exit(exit, is_async, span);
        }
        self.unit.release(mark);
        self.unit.emit.place(end);
    }

    /// Move the exit function of `exit` to the window of a call.
    pub(super) fn take_exit(&mut self, exit: u8, span: Span) -> u8 {
        let window = self.unit.alloc_many(2);
        self.unit.emit.op(span, Op::Take, window, exit, 0);
        self.unit.emit.op(span, Op::Take, next(window), next(exit), 0);
        window
    }

    /// `exit(None, None, None)`, the exit function being in `window`, the topmost registers.
    pub(super) fn call_exit(&mut self, window: u8, is_async: bool, span: Span) {
        for _ in 0..3 {
            let none = self.unit.alloc();
            self.unit.emit.op(span, Op::LoadNone, none, 0, 0);
        }
        self.finish_method_call(window, 4, None, span);
        self.unit.release(u16::from(window) + 2);
        if is_async {
            self.await_register(window, 2, span);
        }
    }

    /// `exit(type, exception, traceback)`; a true result swallows the exception.
    fn exceptional_exit(&mut self, exit: u8, is_async: bool, span: Span) {
        let swallowed = self.unit.emit.label();
        let (pair, cleanup) = self.begin_handled(span);
        let window = self.take_exit(exit, span);
        let information = self.unit.alloc_many(3);
        self.unit.emit.op(span, Op::ExceptionInfo, information, pair, 0);
        self.finish_method_call(window, 4, None, span);
        self.unit.release(u16::from(next(window)));
        if is_async {
            self.await_register(window, 2, span);
        }
        self.jump_on(window, true, span, swallowed);
        self.unit.release(u16::from(window));
        self.end_handled();
        self.reraise_handled(pair, span);
        self.cleanup_handled(pair, cleanup, span);
        self.unit.emit.place(swallowed);
        self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
        self.unit.emit.op(span, Op::Clear, window, 1, 0);
    }
}
