//! Branches, loops, and the ways out of blocks.

use super::Compiler;
use super::emit::Label;
use super::flow::{Flow, Registers};
use super::unit::{Block, Unit};
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{Expr, For, If, Stmt, StmtKind, While};

/// What a loop over an iterator needs to know at its bottom.
pub(super) struct Loop {
    entry: Flow,
    lowest_window_end: u16,
    body: Label,
    pub(super) on_continue: Label,
    /// Receives the next item.
    item: u8,
}

impl<'a> Compiler<'a> {
    pub(super) fn if_stmt(&mut self, branches: &'a If, span: Span) {
        let end = self.unit.emit.label();
        let last = branches.branches.len().saturating_sub(1);
        for (index, apy_grammar::ast::Branch { test, body, .. }) in branches.branches.iter().enumerate() {
            if !self.unit.emit.reachable() {
                break;
            }
            if let Some(target) = self.plain_jump(body) {
                self.jump_if(test, true, target);
                continue;
            }
            let next = self.unit.emit.label();
            self.jump_if(test, false, next);
            self.block(body);
            if index < last || !branches.orelse.is_empty() {
                self.unit.emit.jump(span, Op::Jump, [0; 3], end);
            }
            self.unit.emit.place(next);
        }
        self.block(&branches.orelse);
        self.unit.emit.place(end);
    }

    /// Where a body that is only `break` or `continue` jumps, if nothing else is to be done.
    fn plain_jump(&self, body: &[Stmt]) -> Option<Label> {
        let [Stmt { kind, .. }] = body else { return None };
        match (kind, self.unit.blocks.last()?) {
            (StmtKind::Break, Block::Loop { on_break, count: 0, .. }) => Some(*on_break),
            (StmtKind::Continue, Block::Loop { on_continue, .. }) => Some(*on_continue),
            _ => None,
        }
    }

    /// ```text
    /// while test: body      =>        unless test jump to else
    /// else: orelse            again:  body
    ///                         next:   if test jump to again
    ///                         else:   orelse
    /// ```
    pub(super) fn while_stmt(&mut self, repeat: &'a While, span: Span) {
        let emit = &mut self.unit.emit;
        let (again, next, orelse, end) = (emit.label(), emit.label(), emit.label(), emit.label());
        self.jump_if(&repeat.test, false, orelse);
        let saved = self.begin_loop();
        self.unit.emit.place(again);
        let entry = self.unit.emit.flow.clone();
        self.unit.blocks.push(Block::Loop { on_break: end, on_continue: next, first: 0, count: 0 });
        self.loop_body(&repeat.body);
        self.unit.blocks.pop();
        self.unit.emit.place(next);
        let mut left = Registers::default();
        if let (true, Some(entry)) = (self.unit.emit.reachable(), entry) {
            // The test was compiled once before, so that what it leaves behind is known.
            left = self.clear_leaks(&entry, span);
            self.jump_if(&repeat.test, true, again);
        }
        self.end_loop(saved);
        self.unit.emit.place(orelse);
        self.block(&repeat.orelse);
        self.unit.emit.place(end);
        self.left_behind(left);
    }

    /// The body of a loop; a lone `pass` is not worth an instruction.
    fn loop_body(&mut self, body: &'a [Stmt]) {
        if !matches!(body, [Stmt { kind: StmtKind::Pass, .. }]) {
            self.block(body);
        }
    }

    /// After a loop: earlier turns may have left objects in registers, which `break` did not
    /// see when it was compiled.
    fn left_behind(&mut self, left: Registers) {
        if let Some(flow) = &mut self.unit.emit.flow {
            flow.dirty.union(left);
        }
    }

    /// A loop begins: note which calls are made within.
    fn begin_loop(&mut self) -> u16 {
        std::mem::replace(&mut self.unit.emit.lowest_window_end, 256)
    }

    fn end_loop(&mut self, saved: u16) {
        let emit = &mut self.unit.emit;
        emit.lowest_window_end = emit.lowest_window_end.min(saved);
    }

    /// Before going back to where `entry` was known: empty what calls there would stumble over.
    /// Which registers may hold an object then.
    fn clear_leaks(&mut self, entry: &Flow, span: Span) -> Registers {
        let top = self.unit.top;
        let leaks = self.unit.emit.leaks(entry, top).bounds();
        if let Some((first, last)) = leaks.filter(|_| !self.unit.is_suspendable()) {
            self.unit.emit.op(span, Op::Clear, first, (last - first).saturating_add(1), 0);
        }
        let flow = self.unit.emit.flow.as_ref();
        flow.map_or(Registers::default(), |flow| flow.dirty.beyond(top, Registers::default()))
    }

    pub(super) fn for_stmt(&mut self, each: &'a For, span: Span) {
        let (orelse, end) = (self.unit.emit.label(), self.unit.emit.label());
        let iterator = self.iterator(&each.iter);
        let state = self.begin_for(&each.target, next(iterator), each.iter.span);
        let block = Block::Loop { on_break: end, on_continue: state.on_continue, first: iterator, count: 2 };
        self.unit.blocks.push(block);
        self.loop_body(&each.body);
        self.unit.blocks.pop();
        let left = self.end_for(state, iterator, each.iter.span);
        self.unit.emit.place(orelse);
        self.unit.emit.op(span, Op::Clear, iterator, 2, 0);
        self.block(&each.orelse);
        self.unit.emit.place(end);
        self.left_behind(left);
    }

    /// Evaluate an iterable into an iterator; the register after it is for the item.
    pub(super) fn iterator(&mut self, iterable: &'a Expr) -> u8 {
        let register = self.unit.alloc();
        let value = self.operand_in(iterable, &[], register);
        self.unit.emit.op(iterable.span, Op::GetIter, register, value, 0);
        self.unit.release(u16::from(register) + 1);
        self.unit.alloc();
        register
    }

    /// Begin the body of a loop over an iterator. Items that cannot go straight to their
    /// variable go through `spare`; the target is bound when this returns.
    pub(super) fn begin_for(&mut self, target: &'a Expr, spare: u8, span: Span) -> Loop {
        let emit = &mut self.unit.emit;
        let (body, on_continue) = (emit.label(), emit.label());
        let entry = emit.flow.clone().unwrap_or_default();
        emit.jump(span, Op::Jump, [0; 3], on_continue);
        let lowest_window_end = self.begin_loop();
        let item = self.target_register(target).unwrap_or(spare);
        let mut inside = entry.clone();
        inside.soil(item, false);
        self.unit.emit.flow = Some(inside);
        self.unit.emit.place(body);
        self.store(target, item, false);
        Loop { entry, lowest_window_end, body, on_continue, item }
    }

    /// The bottom of the loop; execution goes on here when the iterator is exhausted. Which
    /// registers may hold an object from turn to turn.
    pub(super) fn end_for(&mut self, state: Loop, iterator: u8, span: Span) -> Registers {
        let mut left = Registers::default();
        self.unit.emit.place(state.on_continue);
        if self.unit.emit.reachable() {
            left = self.clear_leaks(&state.entry, span);
            self.unit.emit.jump(span, Op::ForLoop, [state.item, iterator, 0], state.body);
        }
        self.end_loop(state.lowest_window_end);
        left
    }

    pub(super) fn break_stmt(&mut self, span: Span) {
        let Some((index, on_break, first, count)) = self.innermost_loop(|block| match block {
            Block::Loop { on_break, first, count, .. } => Some((*on_break, *first, *count)),
            _ => None,
        }) else {
            return self.fail("'break' outside loop", span);
        };
        self.unwind(index + 1, span);
        if count > 0 {
            self.unit.emit.op(span, Op::Clear, first, count, 0);
        }
        self.unit.emit.jump(span, Op::Jump, [0; 3], on_break);
        self.resume_blocks(index + 1);
    }

    pub(super) fn continue_stmt(&mut self, span: Span) {
        let Some((index, on_continue, ..)) = self.innermost_loop(|block| match block {
            Block::Loop { on_continue, .. } => Some((*on_continue, 0, 0)),
            _ => None,
        }) else {
            return self.fail("'continue' not properly in loop", span);
        };
        self.unwind(index + 1, span);
        self.unit.emit.jump(span, Op::Jump, [0; 3], on_continue);
        self.resume_blocks(index + 1);
    }

    fn innermost_loop(
        &self,
        wanted: impl Fn(&Block<'a>) -> Option<(Label, u8, u8)>,
    ) -> Option<(usize, Label, u8, u8)> {
        self.unit.blocks.iter().enumerate().rev().find_map(|(index, block)| {
            let (label, first, count) = wanted(block)?;
            Some((index, label, first, count))
        })
    }

    pub(super) fn return_stmt(&mut self, value: Option<&'a Expr>, span: Span) {
        let runs_code = |block: &Block| !matches!(block, Block::Loop { .. } | Block::Try { .. });
        if !self.unit.blocks.iter().any(runs_code) {
            return match value {
                Some(value) if !is_none(value) => {
                    let register = self.operand(value);
                    self.unit.emit.op(span, Op::Return, register, 0, 0);
                }
                _ => self.unit.emit.op(span, Op::ReturnNone, 0, 0, 0),
            };
        }
        let constant = value.map_or(Some(Const::None), super::fold::fold);
        let register = match (value, &constant) {
            (Some(value), None) => Some(self.temporary(value)),
            _ => None,
        };
        self.unwind(0, span);
        match (register, constant) {
            (Some(register), _) => self.unit.emit.op(span, Op::Return, register, 0, 0),
            (None, Some(constant)) if constant != Const::None => {
                let register = self.unit.alloc();
                self.load_const(constant, span, register);
                self.unit.emit.op(span, Op::Return, register, 0, 0);
            }
            _ => self.unit.emit.op(span, Op::ReturnNone, 0, 0, 0),
        }
        self.resume_blocks(0);
    }

    /// Leave the blocks from `down_to` on, the innermost first. Their protected ranges have a
    /// hole until [`Self::resume_blocks`], since the code of a way out is outside of them.
    fn unwind(&mut self, down_to: usize, span: Span) {
        let all = self.unit.blocks.clone();
        for index in (down_to..all.len()).rev() {
            self.unit.blocks.truncate(index);
            self.pause_block(&all[index]);
            if self.unit.emit.reachable() {
                self.leave_block(&all[index], span);
            }
        }
        self.unit.blocks = all;
    }

    fn pause_block(&mut self, block: &Block<'a>) {
        let emit = &mut self.unit.emit;
        match block {
            Block::Loop { .. } => {}
            Block::Try { region } | Block::Finally { region, .. } | Block::With { region, .. } => {
                emit.pause_region(*region);
            }
            Block::Handled { region, name_region, .. } => {
                emit.pause_region(*region);
                name_region.iter().for_each(|region| emit.pause_region(*region));
            }
        }
    }

    /// After a way out was written: go on inside the blocks from `from` on.
    fn resume_blocks(&mut self, from: usize) {
        let emit = &mut self.unit.emit;
        for block in &self.unit.blocks[from..] {
            match block {
                Block::Loop { .. } => {}
                Block::Try { region } | Block::Finally { region, .. } | Block::With { region, .. } => {
                    emit.resume_region(*region);
                }
                Block::Handled { region, name_region, .. } => {
                    emit.resume_region(*region);
                    name_region.iter().for_each(|region| emit.resume_region(*region));
                }
            }
        }
    }

    fn leave_block(&mut self, block: &Block<'a>, span: Span) {
        match block {
            // The iterator goes before whatever code of the blocks outside runs.
            Block::Loop { first, count, .. } if *count > 0 => {
                self.unit.emit.op(span, Op::Clear, *first, *count, 0);
            }
            Block::Loop { .. } | Block::Try { .. } => {}
            Block::Handled { pair, name, .. } => {
                self.unit.emit.op(span, Op::PopHandled, *pair, 0, 0);
                if let Some(name) = name {
                    self.forget_name(name, span);
                }
            }
            Block::Finally { body, .. } => {
                let body: &'a [Stmt] = body;
                let current = self.unit.current;
                self.block(body);
                self.unit.current = current;
            }
            Block::With { exit, is_async, span, .. } => {
                let mark = self.unit.top;
                let window = self.take_exit(*exit, *span);
                self.call_exit(window, *is_async, *span);
                self.unit.emit.op(*span, Op::Clear, window, 1, 0);
                self.unit.release(mark);
            }
        }
    }
}

fn is_none(expr: &Expr) -> bool {
    matches!(super::fold::fold(expr), Some(Const::None))
}

/// The register after `register`.
pub(super) fn next(register: u8) -> u8 {
    Unit::after(register, 1)
}
