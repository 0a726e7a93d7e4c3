//! `except*`: each handler takes its part of a group; what they raise, and what none of them
//! took, is raised again at the end.

use super::Compiler;
use super::control::next;
use super::emit::Label;
use super::unit::Block;
use crate::bytecode::Op;
use apy_grammar::Span;
use apy_grammar::ast::ExceptHandler;

impl<'a> Compiler<'a> {
    /// ```text
    /// except* kind as name: body   =>   rest, match = split(rest, kind)
    ///                                   if match is None: jump to next
    ///                                   name = match
    ///                                   body       # what it raises joins the list
    ///                             next:
    ///                                   ...
    ///                                   the list gets rest; raise what is to be raised of it
    /// ```
    /// Execution goes on with the exception to raise in `pair`, as after other handlers.
    pub(super) fn group_handlers(&mut self, clauses: &'a [ExceptHandler], pair: u8, end: Label, span: Span) {
        let mark = self.unit.top;
        let (raised, original, rest) = (self.unit.alloc(), self.unit.alloc(), self.unit.alloc());
        self.unit.emit.op(span, Op::BuildList, raised, 0, 0);
        self.unit.emit.op(span, Op::Move, original, pair, 0);
        self.unit.emit.op(span, Op::Move, rest, pair, 0);
        for clause in clauses {
            self.group_handler(clause, raised, rest);
        }
        self.unit.emit.op(span, Op::ListAppend, raised, rest, 0);
        self.unit.emit.op(span, Op::PrepareReraise, rest, original, raised);
        let reraises = self.unit.emit.label();
        self.unit.emit.jump(span, Op::JumpIfNotNone, [rest, 0, 0], reraises);
        self.unit.emit.op(span, Op::PopHandled, pair, 0, 0);
        self.unit.emit.op(span, Op::Clear, raised, 3, 0);
        self.unit.emit.jump(span, Op::Jump, [0; 3], end);
        self.unit.emit.place(reraises);
        self.unit.emit.op(span, Op::Take, pair, rest, 0);
        self.unit.emit.op(span, Op::Clear, raised, 2, 0);
        self.unit.release(mark);
    }

    fn group_handler(&mut self, clause: &'a ExceptHandler, raised: u8, rest: u8) {
        let span = clause.span;
        let Some(kind) = &clause.kind else {
            return self.fail("expected one or more exception types", span);
        };
        let mark = self.unit.top;
        let skip = self.unit.emit.label();
        self.unit.emit.jump(span, Op::JumpIfNone, [rest, 0, 0], skip);
        let split = self.unit.alloc_many(2);
        let register = self.operand(kind);
        self.unit.emit.op(kind.span, Op::MatchGroup, split, rest, register);
        self.unit.emit.op(span, Op::Take, rest, split, 0);
        self.unit.release(u16::from(next(split)));
        // The matched part takes the first of the two registers, where it is handled.
        self.unit.emit.op(span, Op::Take, split, next(split), 0);
        self.unit.release(u16::from(split) + 1);
        self.drop_stale(span);
        self.unit.emit.jump(span, Op::JumpIfNone, [split, 0, 0], skip);

        self.unit.alloc();
        if let Some(name) = &clause.name {
            self.store_name(&name.name, span, split, true);
        }
        self.unit.emit.op(span, Op::PushHandled, split, 0, 0);
        let failed = self.unit.emit.label();
        let region = self.unit.emit.begin_region(failed, self.handler_register());
        let name = clause.name.as_ref().map(|name| std::rc::Rc::clone(&name.name));
        self.unit.blocks.push(Block::Handled { pair: split, name, region, name_region: None });
        self.block(&clause.body);
        self.unit.blocks.pop();
        self.unit.emit.end_region(region);
        self.leave_group_handler(clause, split);
        self.unit.emit.jump(span, Op::Jump, [0; 3], skip);

        self.unit.emit.place(failed);
        if self.unit.emit.reachable() {
            let exception = self.unit.alloc();
            self.leave_group_handler(clause, split);
            self.unit.emit.op(span, Op::ListAppend, raised, exception, 0);
            self.unit.emit.op(span, Op::Clear, exception, 1, 0);
        }
        self.unit.release(mark);
        self.unit.emit.place(skip);
    }

    fn leave_group_handler(&mut self, clause: &ExceptHandler, pair: u8) {
        if !self.unit.emit.reachable() {
            return;
        }
        self.unit.emit.op(clause.span, Op::PopHandled, pair, 0, 0);
        if let Some(name) = &clause.name {
            self.forget_name(&name.name, clause.span);
        }
    }
}
