//! Tuples, lists, sets and dicts: built from registers where they fit, in pieces otherwise.

use super::unit::Unit;
use super::{Compiler, fold};
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{DictItem, Expr, ExprKind};

/// Displays of more items are built in pieces.
const MAX_ITEMS: usize = 60;

fn is_starred(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Starred(_))
}

impl<'a> Compiler<'a> {
    /// A display made by `op`: `BuildTuple`, `BuildList` or `BuildSet`.
    pub(super) fn sequence(&mut self, items: &'a [Expr], op: Op, span: Span, dst: u8) {
        let most = self.unit.room().min(MAX_ITEMS);
        let plain = items.iter().take_while(|item| !is_starred(item)).count().min(most);
        if plain == items.len() {
            let first = self.in_a_row(items, dst);
            return self.unit.emit.op(span, op, dst, first, items.len() as u8);
        }
        let whole = if self.unit.is_temporary(dst) { dst } else { self.unit.alloc() };
        let build = if op == Op::BuildSet { Op::BuildSet } else { Op::BuildList };
        if let Some(constants) = all_constant(items) {
            let mark = self.unit.top;
            self.unit.emit.op(span, build, whole, 0, 0);
            let register = self.unit.alloc();
            self.load_const(constants, span, register);
            self.extend(whole, register, build, span);
            self.unit.release(mark);
        } else {
            let (head, rest) = items.split_at(plain);
            let mark = self.unit.top;
            let first = self.in_a_row(head, whole);
            self.unit.emit.op(span, build, whole, first, head.len() as u8);
            self.unit.release(mark);
            rest.iter().for_each(|item| self.add_item(whole, item, build, span));
        }
        if op == Op::BuildTuple {
            self.unit.emit.op(span, Op::ListToTuple, whole, whole, 0);
        }
        self.move_to(whole, span, dst);
    }

    /// Evaluate `items` into consecutive registers, of which `dst` may be the first.
    fn in_a_row(&mut self, items: &'a [Expr], dst: u8) -> u8 {
        let count = items.len() as u16;
        let first = match count {
            0 => return 0,
            _ if self.unit.is_top(dst) => {
                self.unit.alloc_many(count - 1);
                dst
            }
            _ => self.unit.alloc_many(count),
        };
        for (index, item) in items.iter().enumerate() {
            let register = Unit::after(first, index);
            self.in_row_slot(item, register);
        }
        first
    }

    /// Evaluate into a register of a row that is allocated as a whole: registers above it are
    /// still free, so that calls may have their window there.
    pub(super) fn in_row_slot(&mut self, expr: &'a Expr, register: u8) {
        let mark = self.unit.top;
        self.unit.top = u16::from(register) + 1;
        self.expr_into(expr, register);
        self.unit.top = mark;
    }

    fn extend(&mut self, whole: u8, iterable: u8, build: Op, span: Span) {
        let op = if build == Op::BuildSet { Op::SetUpdate } else { Op::ListExtend };
        self.unit.emit.op(span, op, whole, iterable, 0);
    }

    /// Add an item, starred or not, to the list or set in `whole`.
    fn add_item(&mut self, whole: u8, item: &'a Expr, build: Op, span: Span) {
        let mark = self.unit.top;
        if let ExprKind::Starred(inner) = &item.kind {
            let iterable = self.operand(inner);
            self.extend(whole, iterable, build, span);
        } else {
            let value = self.operand(item);
            let op = if build == Op::BuildSet { Op::SetAdd } else { Op::ListAppend };
            self.unit.emit.op(span, op, whole, value, 0);
        }
        self.unit.release(mark);
    }

    pub(super) fn dict(&mut self, items: &'a [DictItem], span: Span, dst: u8) {
        let plain = items.iter().take_while(|item| matches!(item, DictItem::Pair(..)));
        let plain = plain.count().min(self.unit.room().min(MAX_ITEMS) / 2);
        let (head, rest) = items.split_at(plain);
        let whole = match rest.is_empty() || self.unit.is_temporary(dst) {
            true => dst,
            false => self.unit.alloc(),
        };
        let mark = self.unit.top;
        let first = if head.is_empty() { 0 } else { self.unit.alloc_many(2 * head.len() as u16) };
        for (index, item) in head.iter().enumerate() {
            if let DictItem::Pair(key, value) = item {
                self.in_row_slot(key, Unit::after(first, 2 * index));
                self.in_row_slot(value, Unit::after(first, 2 * index + 1));
            }
        }
        self.unit.emit.op(span, Op::BuildDict, whole, first, head.len() as u8);
        self.unit.release(mark);
        for item in rest {
            match item {
                DictItem::Pair(key, value) => {
                    let key = self.operand_before(key, &[value]);
                    let value = self.operand(value);
                    self.unit.emit.op(span, Op::DictSet, whole, key, value);
                }
                DictItem::Unpack(mapping) => {
                    let mapping = self.operand(mapping);
                    self.unit.emit.op(span, Op::DictUpdate, whole, mapping, 0);
                }
            }
            self.unit.release(mark);
        }
        self.move_to(whole, span, dst);
    }
}

/// The items as one tuple, if all are constant.
fn all_constant(items: &[Expr]) -> Option<Const> {
    let items: Option<Vec<Const>> = items.iter().map(fold::fold).collect();
    Some(Const::Tuple(items?.into()))
}
