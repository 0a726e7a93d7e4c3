//! `try`: handlers, `else`, `finally`.

use super::Compiler;
use super::emit::Label;
use super::unit::Block;
use crate::bytecode::Op;
use apy_grammar::Span;
use apy_grammar::ast::{ExceptHandler, Stmt, Try};
use std::rc::Rc;

impl<'a> Compiler<'a> {
    pub(super) fn try_stmt(&mut self, attempt: &'a Try, span: Span) {
        // For those who trace: the line of `try` is executed.
        self.unit.emit.op(span, Op::Nop, 0, 0, 0);
        if attempt.finalbody.is_empty() {
            return self.try_handlers(attempt, span);
        }
        self.try_finally(&attempt.finalbody, span, |compiler| {
            if attempt.handlers.is_empty() {
                compiler.block(&attempt.body);
            } else {
                compiler.try_handlers(attempt, span);
            }
        });
    }

    /// The register where an exception arrives now: the first temporary that is not in use.
    pub(super) fn handler_register(&self) -> u8 {
        u8::try_from(self.unit.top).unwrap_or(u8::MAX)
    }

    /// At a handler: the exception, which is in the handler's register, is being handled. Until
    /// [`Self::end_handled`], another exception restores the one handled before.
    pub(super) fn begin_handled(&mut self, span: Span) -> (u8, Label) {
        let pair = self.unit.alloc_many(2);
        self.unit.emit.op(span, Op::PushHandled, pair, 0, 0);
        let cleanup = self.unit.emit.label();
        let region = self.unit.emit.begin_region(cleanup, self.handler_register());
        self.unit.blocks.push(Block::Handled { pair, name: None, region, name_region: None });
        (pair, cleanup)
    }

    /// The protected range of the handler ends.
    pub(super) fn end_handled(&mut self) {
        if let Some(Block::Handled { region, .. }) = self.unit.blocks.pop() {
            self.unit.emit.end_region(region);
        }
    }

    /// Raise the exception in `pair` again, no longer handling it.
    pub(super) fn reraise_handled(&mut self, pair: u8, span: Span) {
        let exception = self.unit.alloc();
        self.unit.emit.op(span, Op::Move, exception, pair, 0);
        self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
        self.unit.emit.op(span, Op::Reraise, exception, 0, 0);
        self.unit.release(u16::from(exception));
    }

    /// Where exceptions that leave a handler arrive.
    pub(super) fn cleanup_handled(&mut self, pair: u8, cleanup: Label, span: Span) {
        self.unit.emit.place(cleanup);
        let exception = self.unit.alloc();
        self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
        self.unit.emit.op(span, Op::Reraise, exception, 0, 0);
        self.unit.release(u16::from(exception));
    }

    fn try_handlers(&mut self, attempt: &'a Try, span: Span) {
        let mark = self.unit.top;
        let (handler, end) = (self.unit.emit.label(), self.unit.emit.label());
        let region = self.unit.emit.begin_region(handler, self.handler_register());
        self.unit.blocks.push(Block::Try { region });
        self.block(&attempt.body);
        self.unit.blocks.pop();
        self.unit.emit.end_region(region);
        self.block(&attempt.orelse);
        self.unit.emit.jump(span, Op::Jump, [0; 3], end);

        self.unit.emit.place(handler);
        if self.unit.emit.reachable() {
            let (pair, cleanup) = self.begin_handled(span);
            if attempt.is_star {
                self.group_handlers(&attempt.handlers, pair, end, span);
            } else {
                for clause in &attempt.handlers {
                    if self.unit.emit.reachable() {
                        self.handler(clause, pair, end);
                    }
                }
            }
            self.end_handled();
            self.reraise_handled(pair, span);
            self.cleanup_handled(pair, cleanup, span);
        }
        self.unit.release(mark);
        self.unit.emit.place(end);
    }

    /// ```text
    /// except kind as name: body   =>      unless it matches jump to next
    ///                                     name = exception
    ///                                     body        # protected: deletes name
    ///                                     not handling any more; delete name; jump to end
    ///                             next:
    /// ```
    fn handler(&mut self, clause: &'a ExceptHandler, pair: u8, end: Label) {
        let span = clause.span;
        let mark = self.unit.top;
        let next = self.unit.emit.label();
        if let Some(kind) = &clause.kind {
            let register = self.operand(kind);
            self.unit.emit.jump(kind.span, Op::JumpUnlessMatch, [pair, register, 0], next);
            self.unit.release(mark);
            self.tidy_up(span);
        }
        match &clause.name {
            None => {
                self.block(&clause.body);
                self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
                self.unit.emit.jump(span, Op::Jump, [0; 3], end);
            }
            Some(name) => {
                self.store_name(&name.name, span, pair, true);
                self.named_handler(&clause.body, &name.name, pair, end, span);
            }
        }
        self.unit.emit.place(next);
    }

    /// The body of a handler whose variable is deleted however it ends.
    fn named_handler(&mut self, body: &'a [Stmt], name: &Rc<str>, pair: u8, end: Label, span: Span) {
        let cleanup = self.unit.emit.label();
        let region = self.unit.emit.begin_region(cleanup, self.handler_register());
        self.set_handler_name(Some((name, region)));
        self.block(body);
        self.set_handler_name(None);
        self.unit.emit.end_region(region);
        self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
        if self.unit.emit.reachable() {
            self.forget_name(name, span);
        }
        self.unit.emit.jump(span, Op::Jump, [0; 3], end);
        self.unit.emit.place(cleanup);
        if self.unit.emit.reachable() {
            // Outside of the handler's own protected range, which would pop once more.
            let outer = self.unit.blocks.last().cloned();
            if let Some(Block::Handled { region, .. }) = &outer {
                self.unit.emit.pause_region(*region);
            }
            let exception = self.unit.alloc();
            self.forget_name(name, span);
            self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
            self.unit.emit.op(span, Op::Reraise, exception, 0, 0);
            self.unit.release(u16::from(exception));
            if let Some(Block::Handled { region, .. }) = &outer {
                self.unit.emit.resume_region(*region);
            }
        }
    }

    fn set_handler_name(&mut self, named: Option<(&Rc<str>, super::emit::RegionId)>) {
        if let Some(Block::Handled { name, name_region, .. }) = self.unit.blocks.last_mut() {
            *name = named.map(|(name, _)| Rc::clone(name));
            *name_region = named.map(|(_, region)| region);
        }
    }

    /// `body` with `finalbody` run however it ends: once for the normal way, once for
    /// exceptions; other ways out have their own copies.
    fn try_finally(&mut self, finalbody: &'a [Stmt], span: Span, body: impl FnOnce(&mut Self)) {
        let mark = self.unit.top;
        let (handler, end) = (self.unit.emit.label(), self.unit.emit.label());
        let region = self.unit.emit.begin_region(handler, self.handler_register());
        self.unit.blocks.push(Block::Finally { body: finalbody, region });
        body(self);
        self.unit.blocks.pop();
        self.unit.emit.end_region(region);
        self.block(finalbody);
        self.unit.emit.jump(span, Op::Jump, [0; 3], end);

        self.unit.emit.place(handler);
        if self.unit.emit.reachable() {
            let (pair, cleanup) = self.begin_handled(span);
            self.block(finalbody);
            self.end_handled();
            self.reraise_handled(pair, span);
            self.cleanup_handled(pair, cleanup, span);
        }
        self.unit.release(mark);
        self.unit.emit.place(end);
    }
}
