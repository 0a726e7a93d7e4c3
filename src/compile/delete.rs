//! `del`.

use super::Compiler;
use crate::bytecode::Op;
use apy_grammar::ast::{Expr, ExprKind};

impl<'a> Compiler<'a> {
    pub(super) fn delete(&mut self, target: &'a Expr) {
        let (span, mark) = (target.span, self.unit.top);
        match &target.kind {
            ExprKind::Name(name) => {
                self.drop_stale(span);
                self.delete_name(name, span);
            }
            ExprKind::Attribute(value, name) => {
                let object = self.operand(value);
                let span = self.attribute_span(span, name);
                let name = self.mangled(&name.name);
                let name = self.name_const(&name);
                self.drop_stale(span);
                self.unit.emit.op_with(span, Op::DeleteAttr, [object, 0, 0], &[name]);
            }
            ExprKind::Subscript(value, index) => {
                let object = self.operand_before(value, &[index]);
                let index = self.operand(index);
                self.drop_stale(span);
                self.unit.emit.op(span, Op::DeleteItem, object, index, 0);
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                targets.iter().for_each(|target| self.delete(target));
            }
            // Other targets were refused before.
            _ => self.fail("cannot delete expression", span),
        }
        self.unit.release(mark);
    }
}
