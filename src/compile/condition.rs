//! Conditions: expressions of which only the truth matters become jumps.

use super::emit::Label;
use super::expr::small_int;
use super::{Compiler, fold};
use crate::bytecode::Op;
use apy_grammar::Span;
use apy_grammar::ast::{BoolOperator, CmpOp, Constant, Expr, ExprKind, Operator, UnaryOperator};

/// The four jumps of a comparison: if it holds, unless it holds, and both with a small integer.
fn jumps(operator: CmpOp) -> Option<[Op; 4]> {
    Some(match operator {
        CmpOp::Eq => [Op::JumpIfEq, Op::JumpUnlessEq, Op::JumpIfEqInt, Op::JumpUnlessEqInt],
        CmpOp::NotEq => [Op::JumpIfNe, Op::JumpUnlessNe, Op::JumpIfNeInt, Op::JumpUnlessNeInt],
        CmpOp::Lt => [Op::JumpIfLt, Op::JumpUnlessLt, Op::JumpIfLtInt, Op::JumpUnlessLtInt],
        CmpOp::LtE => [Op::JumpIfLe, Op::JumpUnlessLe, Op::JumpIfLeInt, Op::JumpUnlessLeInt],
        CmpOp::Gt => [Op::JumpIfGt, Op::JumpUnlessGt, Op::JumpIfGtInt, Op::JumpUnlessGtInt],
        CmpOp::GtE => [Op::JumpIfGe, Op::JumpUnlessGe, Op::JumpIfGeInt, Op::JumpUnlessGeInt],
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return None,
    })
}

/// The operand and the small integer of `operand & integer`.
fn bit_test(expr: &Expr) -> Option<(&Expr, u8)> {
    match &expr.kind {
        ExprKind::BinOp(operand, Operator::BitAnd, right) => Some((operand, small_int(right)?)),
        _ => None,
    }
}

/// A conditional jump: the opcode that jumps, and the one that jumps in the opposite case.
struct Test {
    jump: Op,
    opposite: Op,
    fields: [u8; 3],
}

impl<'a> Compiler<'a> {
    /// Jump to `label` if the truth of `expr` is `wanted`; otherwise go on.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, wanted: bool, label: Label) {
        let mark = self.unit.top;
        if let Some(constant) = fold::fold(expr) {
            if fold::truth(&constant) == wanted {
                self.unit.emit.jump(expr.span, Op::Jump, [0; 3], label);
            }
            return;
        }
        match &expr.kind {
            ExprKind::UnaryOp(UnaryOperator::Not, operand) => self.jump_if(operand, !wanted, label),
            ExprKind::BoolOp(operator, operands) => self.jump_if_any(*operator, operands, wanted, label),
            ExprKind::IfExp(parts) => {
                let (orelse, end) = (self.unit.emit.label(), self.unit.emit.label());
                self.jump_if(&parts.test, false, orelse);
                self.jump_if(&parts.body, wanted, label);
                self.unit.emit.jump(parts.body.span, Op::Jump, [0; 3], end);
                self.unit.emit.place(orelse);
                self.jump_if(&parts.orelse, wanted, label);
                self.unit.emit.place(end);
            }
            ExprKind::Compare(left, rest) => self.jump_if_compare(expr.span, left, rest, wanted, label),
            _ => match bit_test(expr) {
                Some((operand, small)) => {
                    let register = self.operand(operand);
                    let (holds, fails) = (Op::JumpIfBits, Op::JumpUnlessBits);
                    let (jump, opposite) = if wanted { (holds, fails) } else { (fails, holds) };
                    self.test(Test { jump, opposite, fields: [register, small, 0] }, expr.span, label);
                }
                None => {
                    let register = self.operand(expr);
                    self.jump_on(register, wanted, expr.span, label);
                }
            },
        }
        self.unit.release(mark);
    }

    /// Jump to `label` if the truth of the value in `register` is `wanted`.
    pub(super) fn jump_on(&mut self, register: u8, wanted: bool, span: Span, label: Label) {
        let (jump, opposite) =
            if wanted { (Op::JumpIfTrue, Op::JumpIfFalse) } else { (Op::JumpIfFalse, Op::JumpIfTrue) };
        self.test(Test { jump, opposite, fields: [register, 0, 0] }, span, label);
    }

    /// Write a conditional jump. Some opcodes only go forward: then the opposite one leads
    /// around a jump back.
    fn test(&mut self, test: Test, span: Span, label: Label) {
        let emit = &mut self.unit.emit;
        // What a condition left behind is cleaned up where it would matter, not at once.
        emit.let_stay(test.fields[0]);
        let goes_back = emit.is_placed(label);
        let may_go_back = !matches!(
            test.jump,
            Op::JumpIfFalse
                | Op::JumpIfNone
                | Op::JumpIfNotNone
                | Op::JumpUnlessBits
                | Op::JumpUnlessLt
                | Op::JumpUnlessLe
                | Op::JumpUnlessEq
                | Op::JumpUnlessNe
                | Op::JumpUnlessGt
                | Op::JumpUnlessGe
                | Op::JumpUnlessLtInt
                | Op::JumpUnlessLeInt
                | Op::JumpUnlessEqInt
                | Op::JumpUnlessNeInt
                | Op::JumpUnlessGtInt
                | Op::JumpUnlessGeInt
        );
        if goes_back && !may_go_back {
            let around = emit.label();
            emit.jump(span, test.opposite, test.fields, around);
            emit.jump(span, Op::Jump, [0; 3], label);
            return emit.place(around);
        }
        emit.jump(span, test.jump, test.fields, label);
    }

    fn jump_if_any(&mut self, operator: BoolOperator, operands: &'a [Expr], wanted: bool, label: Label) {
        let Some((last, first)) = operands.split_last() else { return };
        // `or` is decided by a true operand, `and` by a false one.
        let deciding = operator == BoolOperator::Or;
        if deciding == wanted {
            operands.iter().for_each(|operand| self.jump_if(operand, wanted, label));
            return;
        }
        let decided = self.unit.emit.label();
        first.iter().for_each(|operand| self.jump_if(operand, deciding, decided));
        self.jump_if(last, wanted, label);
        self.unit.emit.place(decided);
    }

    fn jump_if_compare(
        &mut self,
        span: Span,
        left: &'a Expr,
        rest: &'a [(CmpOp, Expr)],
        wanted: bool,
        label: Label,
    ) {
        let Some(((operator, last), chain)) = rest.split_last() else { return };
        let later: Vec<&Expr> = rest.iter().map(|(_, expr)| expr).collect();
        let mut a = self.operand_before(left, &later);
        if chain.is_empty() {
            return self.jump_if_pair(span, a, *operator, last, wanted, label);
        }
        let fails = if wanted { self.unit.emit.label() } else { label };
        let mut turns = [self.unit.alloc(), self.unit.alloc()];
        for (index, (operator, right)) in chain.iter().enumerate() {
            let b = self.chain_operand(right, &later[index + 1..], &mut turns);
            let mark = self.unit.top;
            self.jump_if_registers(span, a, *operator, b, false, fails);
            self.unit.release(mark);
            a = b;
        }
        self.jump_if_pair(span, a, *operator, last, wanted, label);
        if wanted {
            self.unit.emit.place(fails);
        }
    }

    /// Jump on `R[a] operator right`.
    pub(super) fn jump_if_pair(
        &mut self,
        span: Span,
        a: u8,
        operator: CmpOp,
        right: &'a Expr,
        wanted: bool,
        label: Label,
    ) {
        let is_none = matches!(right.kind, ExprKind::Constant(Constant::None));
        if is_none && matches!(operator, CmpOp::Is | CmpOp::IsNot) {
            let (is, is_not) = (Op::JumpIfNone, Op::JumpIfNotNone);
            let (jump, opposite) =
                if (operator == CmpOp::Is) == wanted { (is, is_not) } else { (is_not, is) };
            return self.test(Test { jump, opposite, fields: [a, 0, 0] }, span, label);
        }
        if let Some(([.., holds, fails], small)) = jumps(operator).zip(small_int(right)) {
            let (jump, opposite) = if wanted { (holds, fails) } else { (fails, holds) };
            return self.test(Test { jump, opposite, fields: [a, small, 0] }, span, label);
        }
        let b = self.compare_operand(operator, right);
        self.jump_if_registers(span, a, operator, b, wanted, label);
    }

    pub(super) fn jump_if_registers(
        &mut self,
        span: Span,
        a: u8,
        operator: CmpOp,
        b: u8,
        wanted: bool,
        label: Label,
    ) {
        let value = match operator {
            CmpOp::Is => Op::Is,
            CmpOp::IsNot => Op::IsNot,
            CmpOp::In => Op::In,
            CmpOp::NotIn => Op::NotIn,
            _ => {
                let Some([holds, fails, ..]) = jumps(operator) else { return };
                let (jump, opposite) = if wanted { (holds, fails) } else { (fails, holds) };
                self.unit.emit.let_stay(b);
                return self.test(Test { jump, opposite, fields: [a, b, 0] }, span, label);
            }
        };
        let register = self.unit.alloc();
        self.unit.emit.op(span, value, register, a, b);
        self.jump_on(register, wanted, span, label);
    }
}
