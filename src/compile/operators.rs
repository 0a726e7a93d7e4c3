//! Binary operators and comparisons as values.

use super::expr::small_int;
use super::{Compiler, fold};
use crate::bytecode::{Const, ConstIndex, Op};
use apy_grammar::Span;
use apy_grammar::ast::{CmpOp, Expr, ExprKind, Operator};

/// The opcode of an operator.
pub(super) fn plain(operator: Operator) -> Op {
    match operator {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::MatMul,
        Operator::Div => Op::TrueDiv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::LShift,
        Operator::RShift => Op::RShift,
        Operator::BitOr => Op::BitOr,
        Operator::BitXor => Op::BitXor,
        Operator::BitAnd => Op::BitAnd,
        Operator::FloorDiv => Op::FloorDiv,
    }
}

/// The form whose right operand is a constant.
fn with_const(operator: Operator) -> Option<Op> {
    Some(match operator {
        Operator::Add => Op::AddConst,
        Operator::Sub => Op::SubConst,
        Operator::Mult => Op::MulConst,
        Operator::Div => Op::TrueDivConst,
        Operator::FloorDiv => Op::FloorDivConst,
        Operator::Mod => Op::ModConst,
        _ => return None,
    })
}

/// The form whose right operand is a small integer.
fn with_int(operator: Operator) -> Option<Op> {
    match operator {
        Operator::Add => Some(Op::AddInt),
        Operator::Sub => Some(Op::SubInt),
        Operator::BitAnd => Some(Op::BitAndInt),
        Operator::RShift => Some(Op::RShiftInt),
        _ => None,
    }
}

/// The form whose left operand is a small integer.
fn of_int(operator: Operator) -> Option<Op> {
    match operator {
        Operator::Add => Some(Op::IntAdd),
        Operator::Sub => Some(Op::IntSub),
        Operator::Mult => Some(Op::IntMul),
        _ => None,
    }
}

fn comparison(operator: CmpOp) -> Op {
    match operator {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn binary(
        &mut self,
        left: &'a Expr,
        operator: Operator,
        right: &'a Expr,
        span: Span,
        dst: u8,
    ) {
        if let (Some(op), Some(small)) = (of_int(operator), small_int(left)) {
            let b = self.operand_in(right, &[], dst);
            return self.unit.emit.op(span, op, dst, small, b);
        }
        let a = self.operand_in(left, &[right], dst);
        if let (Some(op), Some(small)) = (with_int(operator), small_int(right)) {
            return self.unit.emit.op(span, op, dst, a, small);
        }
        if let Some((op, constant)) = with_const(operator).zip(self.byte_const(right)) {
            return self.unit.emit.op(span, op, dst, a, constant);
        }
        let b = self.operand(right);
        self.unit.emit.op(span, plain(operator), dst, a, b);
    }

    /// The index of a numeric constant, if there is room among the first 256.
    fn byte_const(&mut self, expr: &Expr) -> Option<u8> {
        let constant = fold::fold(expr)?;
        if !matches!(constant, Const::Int(_) | Const::Float(_)) {
            return None;
        }
        let ConstIndex(index) = self.unit.emit.constants.add(constant);
        u8::try_from(index).ok()
    }

    /// `dst = a operator= right`, where `a` may be `dst`.
    pub(super) fn inplace(&mut self, a: u8, operator: Operator, right: &'a Expr, span: Span, dst: u8) {
        if let Some(small) = small_int(right) {
            match operator {
                Operator::Add => return self.unit.emit.op(span, Op::InplaceAddInt, dst, a, small),
                Operator::Sub => return self.unit.emit.op(span, Op::InplaceSubInt, dst, a, small),
                _ => {}
            }
        }
        let mark = self.unit.top;
        let b = self.operand(right);
        match operator {
            Operator::Add => self.unit.emit.op(span, Op::InplaceAdd, dst, a, b),
            Operator::Sub => self.unit.emit.op(span, Op::InplaceSub, dst, a, b),
            Operator::Mult => self.unit.emit.op(span, Op::InplaceMul, dst, a, b),
            _ => {
                let number = plain(operator) as u32;
                self.unit.emit.op_with(span, Op::Inplace, [dst, a, b], &[number]);
            }
        }
        self.unit.release(mark);
    }

    /// The right side of a comparison in a chain, which is the left side of the next one: in
    /// place, or in one of two registers that take turns.
    pub(super) fn chain_operand(&mut self, right: &'a Expr, later: &[&Expr], turns: &mut [u8; 2]) -> u8 {
        let in_place = self.target_register(right).is_some() && !self.may_rebind(right, later);
        if in_place {
            return self.operand(right);
        }
        turns.swap(0, 1);
        self.expr_into(right, turns[0]);
        turns[0]
    }

    /// `left op right`, in value position. `in` tests against a constant container.
    pub(super) fn compare_operand(&mut self, operator: CmpOp, right: &'a Expr) -> u8 {
        if matches!(operator, CmpOp::In | CmpOp::NotIn)
            && let Some(constant) = fold::fold_container(right)
        {
            let register = self.unit.alloc();
            self.load_const(constant, right.span, register);
            return register;
        }
        self.operand(right)
    }

    pub(super) fn compare(&mut self, left: &'a Expr, rest: &'a [(CmpOp, Expr)], span: Span, dst: u8) {
        let Some(((operator, last), chain)) = rest.split_last() else { return };
        if chain.is_empty() {
            let a = self.operand_in(left, &[last], dst);
            let b = self.compare_operand(*operator, last);
            return self.unit.emit.op(span, comparison(*operator), dst, a, b);
        }
        // a < b < c  =>  dst = a < b; if dst: dst = b < c
        let register = if self.unit.is_temporary(dst) { dst } else { self.unit.alloc() };
        let end = self.unit.emit.label();
        let later: Vec<&Expr> = rest.iter().map(|(_, expr)| expr).collect();
        let mut a = self.operand_before(left, &later);
        let mut turns = [self.unit.alloc(), self.unit.alloc()];
        for (index, (operator, right)) in chain.iter().enumerate() {
            let b = self.chain_operand(right, &later[index + 1..], &mut turns);
            self.unit.emit.op(span, comparison(*operator), register, a, b);
            self.unit.emit.jump(span, Op::JumpIfFalse, [register, 0, 0], end);
            a = b;
        }
        let b = self.compare_operand(*operator, last);
        self.unit.emit.op(span, comparison(*operator), register, a, b);
        self.unit.emit.place(end);
        self.move_to(register, span, dst);
    }

    /// `not a in b` and `not a is b` have opcodes of their own.
    pub(super) fn negated_comparison(&mut self, operand: &'a Expr, dst: u8) -> bool {
        let ExprKind::Compare(left, rest) = &operand.kind else { return false };
        let [(operator, right)] = &rest[..] else { return false };
        let op = match operator {
            CmpOp::In => Op::NotIn,
            CmpOp::NotIn => Op::In,
            CmpOp::Is => Op::IsNot,
            CmpOp::IsNot => Op::Is,
            _ => return false,
        };
        let a = self.operand_in(left, &[right], dst);
        let b = self.compare_operand(*operator, right);
        self.unit.emit.op(operand.span, op, dst, a, b);
        true
    }
}
