//! Expressions: each is evaluated straight into the register that wants its value.
//!
//! A register that is written may be a local variable, so that nothing is written to it before
//! the whole value is there: if the evaluation raises, the variable keeps its old value.

use super::unit::Unit;
use super::{Compiler, fold};
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{BoolOperator, Constant, Expr, ExprKind, Identifier, IfExp, Slice, UnaryOperator};

impl<'a> Compiler<'a> {
    /// Evaluate `expr`; its value is in the register returned, which is either a new temporary
    /// or a local variable's own register, to be read before anything else is evaluated.
    pub(super) fn operand(&mut self, expr: &'a Expr) -> u8 {
        if let Some(register) = self.local_operand(expr) {
            return register;
        }
        if let ExprKind::NamedExpr(target, value) = &expr.kind
            && let Some(register) = self.named_in_place(target, value)
        {
            return register;
        }
        let register = self.unit.alloc();
        self.expr_into(expr, register);
        register
    }

    /// As [`Self::operand`], to be read after `later` was evaluated too: a variable that `later`
    /// may bind again is copied.
    pub(super) fn operand_before(&mut self, expr: &'a Expr, later: &[&Expr]) -> u8 {
        if self.may_rebind(expr, later) {
            let register = self.unit.alloc();
            self.expr_into(expr, register);
            return register;
        }
        self.operand(expr)
    }

    /// As [`Self::operand_before`]; `scratch`, if it is the topmost temporary, may be used.
    pub(super) fn operand_in(&mut self, expr: &'a Expr, later: &[&Expr], scratch: u8) -> u8 {
        let in_place = match &expr.kind {
            ExprKind::Name(_) => self.target_register(expr).is_some(),
            ExprKind::NamedExpr(..) => true,
            _ => false,
        };
        if !in_place && self.unit.is_top(scratch) {
            self.expr_into(expr, scratch);
            return scratch;
        }
        self.operand_before(expr, later)
    }

    /// Evaluate `expr` into a new temporary.
    pub(super) fn temporary(&mut self, expr: &'a Expr) -> u8 {
        let register = self.unit.alloc();
        self.expr_into(expr, register);
        register
    }

    /// Evaluate `expr` for its effects.
    pub(super) fn effect(&mut self, expr: &'a Expr) {
        let mark = self.unit.top;
        if fold::fold(expr).is_none() {
            self.operand(expr);
        }
        self.unit.release(mark);
    }

    /// Evaluate `expr` into `dst`.
    pub(super) fn expr_into(&mut self, expr: &'a Expr, dst: u8) {
        let mark = self.unit.top;
        match self.unit.crowd() {
            Some(floor) if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Constant(_)) => {
                self.expr_aside(expr, floor, dst);
            }
            _ => self.dispatch(expr, dst),
        }
        self.unit.release(mark);
    }

    /// As `dispatch` where registers are running out: the temporaries of the statement from
    /// `floor` on wait in a list meanwhile.
    fn expr_aside(&mut self, expr: &'a Expr, floor: u8, dst: u8) {
        let (span, top) = (expr.span, self.unit.top);
        let count = (top - u16::from(floor)) as u8;
        self.unit.emit.op(span, Op::BuildList, floor, floor, count);
        self.unit.top = u16::from(floor) + 1;
        let outer_floor = std::mem::replace(&mut self.unit.floor, self.unit.top);
        let result = self.unit.alloc();
        self.dispatch(expr, result);
        self.unit.floor = outer_floor;
        self.unit.top = top;
        let kept = self.unit.alloc();
        self.unit.emit.op(span, Op::Take, kept, result, 0);
        self.unit.emit.op(span, Op::UnpackSequence, floor, count, floor);
        self.move_to(kept, span, dst);
    }

    fn dispatch(&mut self, expr: &'a Expr, dst: u8) {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Error => self.fail("invalid syntax", span),
            ExprKind::Constant(constant) => self.load_const(fold::literal(constant), span, dst),
            ExprKind::Name(name) => self.load_name(name, span, dst),
            ExprKind::JoinedStr(parts) => self.joined_str(parts, span, dst),
            ExprKind::Tuple(items) => match fold::fold(expr) {
                Some(constant) => self.load_const(constant, span, dst),
                None => self.sequence(items, Op::BuildTuple, span, dst),
            },
            ExprKind::List(items) => self.sequence(items, Op::BuildList, span, dst),
            ExprKind::Set(items) => self.sequence(items, Op::BuildSet, span, dst),
            ExprKind::Dict(items) => self.dict(items, span, dst),
            ExprKind::ListComp(body) => self.list_comprehension(body, span, dst),
            ExprKind::SetComp(body) => self.set_comprehension(body, span, dst),
            ExprKind::DictComp(body) => self.dict_comprehension(body, span, dst),
            ExprKind::GeneratorExp(body) => self.generator_expression(body, span, dst),
            ExprKind::BinOp(left, operator, right) => match fold::fold(expr) {
                Some(constant) => self.load_const(constant, span, dst),
                None => self.binary(left, *operator, right, span, dst),
            },
            ExprKind::BoolOp(operator, operands) => self.bool_op(*operator, operands, dst),
            ExprKind::UnaryOp(operator, operand) => self.unary(expr, *operator, operand, dst),
            ExprKind::Compare(left, rest) => self.compare(left, rest, span, dst),
            ExprKind::IfExp(parts) => self.if_exp(parts, dst),
            ExprKind::Lambda(lambda) => self.lambda(lambda, span, dst),
            ExprKind::NamedExpr(target, value) => {
                if let Some(register) = self.named_in_place(target, value) {
                    return self.move_to(register, span, dst);
                }
                let register = if self.unit.is_temporary(dst) { dst } else { self.unit.alloc() };
                self.expr_into(value, register);
                self.store_name(&target.name, target.span, register, true);
                self.move_to(register, span, dst);
            }
            ExprKind::Starred(inner) => self.fail("can't use starred expression here", inner.span),
            ExprKind::Await(value) => self.await_expr(value, span, dst),
            ExprKind::Yield(value) => self.yield_expr(value.as_deref(), span, dst),
            ExprKind::YieldFrom(value) => self.yield_from(value, span, dst),
            ExprKind::Call(call) => self.call(call, span, dst),
            ExprKind::Attribute(value, name) => {
                if self.super_attribute(value, name, span, dst) {
                    return;
                }
                let object = self.operand_in(value, &[], dst);
                let cache = self.attribute_cache(&name.name);
                let span = self.attribute_span(span, name);
                self.unit.emit.op_with(span, Op::GetAttr, [dst, object, 0], &[cache]);
            }
            ExprKind::Subscript(value, index) => {
                let object = self.operand_in(value, &[index], dst);
                if let Some(small) = small_int(index) {
                    return self.unit.emit.op(span, Op::GetItemInt, dst, object, small);
                }
                if let Some(bounds) = self.plain_slice(index) {
                    return self.unit.emit.op(span, Op::GetSlice, dst, object, bounds);
                }
                let index = self.operand(index);
                self.unit.emit.op(span, Op::GetItem, dst, object, index);
            }
            ExprKind::Slice(slice) => self.slice(slice, span, dst),
        }
    }

    /// The span of an attribute, or of a call of it: where the expression goes over several
    /// lines, only the name, so that a traceback shows its line.
    pub(super) fn attribute_span(&self, span: Span, name: &Identifier) -> Span {
        if self.source.line(span.start) == self.source.line(name.span.end) {
            return span;
        }
        Span::new(name.span.start, span.end)
    }

    /// A cache for an attribute name, as the class around spells it.
    pub(super) fn attribute_cache(&mut self, name: &std::rc::Rc<str>) -> u32 {
        let name = self.mangled(name);
        self.unit.emit.cache(&name)
    }

    /// Bring the value of `register` to `dst`; a temporary is emptied.
    pub(super) fn move_to(&mut self, register: u8, span: Span, dst: u8) {
        if register != dst {
            let op = if self.unit.is_temporary(register) { Op::Take } else { Op::Move };
            self.unit.emit.op(span, op, dst, register, 0);
        }
    }

    /// `target := value` for a local in a register: evaluated straight into it.
    fn named_in_place(&mut self, target: &Identifier, value: &'a Expr) -> Option<u8> {
        let name = self.mangled(&target.name);
        let place = self.place(&name);
        let super::unit::Place::Register(register, _) = place else { return None };
        self.expr_into(value, register);
        self.store_place(place, &name, target.span, register, true);
        Some(register)
    }

    fn bool_op(&mut self, operator: BoolOperator, operands: &'a [Expr], dst: u8) {
        let Some((last, first)) = operands.split_last() else { return };
        // A variable is written once, at the end.
        let register = if self.unit.is_temporary(dst) { dst } else { self.unit.alloc() };
        let end = self.unit.emit.label();
        let jump = match operator {
            BoolOperator::And => Op::JumpIfFalse,
            BoolOperator::Or => Op::JumpIfTrue,
        };
        for operand in first {
            if let Some(constant) = fold::fold(operand) {
                let ends = fold::truth(&constant) == (operator == BoolOperator::Or);
                if !ends {
                    continue;
                }
                self.load_const(constant, operand.span, register);
                self.unit.emit.jump(operand.span, Op::Jump, [0; 3], end);
                break;
            }
            self.expr_into(operand, register);
            self.unit.emit.jump(operand.span, jump, [register, 0, 0], end);
        }
        self.expr_into(last, register);
        self.unit.emit.place(end);
        self.move_to(register, last.span, dst);
    }

    fn if_exp(&mut self, parts: &'a IfExp, dst: u8) {
        let (orelse, end) = (self.unit.emit.label(), self.unit.emit.label());
        self.jump_if(&parts.test, false, orelse);
        self.expr_into(&parts.body, dst);
        self.unit.emit.jump(parts.body.span, Op::Jump, [0; 3], end);
        self.unit.emit.place(orelse);
        self.expr_into(&parts.orelse, dst);
        self.unit.emit.place(end);
    }

    fn unary(&mut self, expr: &'a Expr, operator: UnaryOperator, operand: &'a Expr, dst: u8) {
        if let Some(constant) = fold::fold(expr) {
            return self.load_const(constant, expr.span, dst);
        }
        if operator == UnaryOperator::Not && self.negated_comparison(operand, dst) {
            return;
        }
        let op = match operator {
            UnaryOperator::Invert => Op::Invert,
            UnaryOperator::Not => Op::Not,
            UnaryOperator::UAdd => Op::Pos,
            UnaryOperator::USub => Op::Neg,
        };
        let register = self.operand_in(operand, &[], dst);
        self.unit.emit.op(expr.span, op, dst, register, 0);
    }

    /// The bounds of a slice without a step, in two registers; `None` if `index` is no such
    /// slice.
    pub(super) fn plain_slice(&mut self, index: &'a Expr) -> Option<u8> {
        let ExprKind::Slice(slice) = &index.kind else { return None };
        if slice.step.is_some() {
            return None;
        }
        Some(self.slice_parts(&[&slice.lower, &slice.upper], index.span))
    }

    fn slice_parts(&mut self, parts: &[&'a Option<Expr>], span: Span) -> u8 {
        let first = self.unit.alloc_many(parts.len() as u16);
        for (index, part) in parts.iter().enumerate() {
            let register = Unit::after(first, index);
            match part {
                Some(part) => self.in_row_slot(part, register),
                None => self.load_const(Const::None, span, register),
            }
        }
        first
    }

    pub(super) fn slice(&mut self, slice: &'a Slice, span: Span, dst: u8) {
        let first = self.slice_parts(&[&slice.lower, &slice.upper, &slice.step], span);
        self.unit.emit.op(span, Op::BuildSlice, dst, first, 0);
    }
}

/// A literal between -128 and 127, as an instruction's field.
pub(super) fn small_int(expr: &Expr) -> Option<u8> {
    let value = match &expr.kind {
        ExprKind::Constant(Constant::Int(value)) => *value,
        ExprKind::UnaryOp(UnaryOperator::USub, inner) => match &inner.kind {
            ExprKind::Constant(Constant::Int(value)) => value.checked_neg()?,
            _ => return None,
        },
        _ => return None,
    };
    i8::try_from(value).ok().map(|value| value as u8)
}
