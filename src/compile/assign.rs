//! Binding: assignments, unpacking, augmented and annotated assignment.

use super::expr::small_int;
use super::unit::{Place, Unit};
use super::{Compiler, fold, unparse};
use crate::bytecode::{CodeKind, Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{AnnAssign, Assign, AugAssign, Expr, ExprKind, Identifier};
use std::rc::Rc;

/// Unpacking into more targets than this on one side of a star goes through a list.
const MAX_TARGETS: usize = 120;

impl<'a> Compiler<'a> {
    pub(super) fn assign(&mut self, assign: &'a Assign) {
        match &assign.targets[..] {
            [target] => self.assign_one(target, &assign.value),
            targets => {
                let value = self.temporary(&assign.value);
                let last = targets.len().saturating_sub(1);
                for (index, target) in targets.iter().enumerate() {
                    let mark = self.unit.top;
                    self.store(target, value, index != last);
                    self.unit.release(mark);
                }
            }
        }
    }

    fn assign_one(&mut self, target: &'a Expr, value: &'a Expr) {
        if matches!(fold::fold(value), Some(Const::None)) {
            // The object that was there before must go now, so nothing else may hold it.
            self.drop_stale(target.span);
        }
        match &target.kind {
            ExprKind::Name(name) => self.assign_name(name, target.span, value),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => match &value.kind {
                ExprKind::Tuple(values) | ExprKind::List(values)
                    if values.len() == targets.len()
                        && values.len() <= self.unit.room().min(MAX_TARGETS) / 2
                        && !values.iter().chain(targets).any(is_starred) =>
                {
                    self.assign_each(targets, values);
                }
                _ => {
                    let register = self.operand(value);
                    self.store(target, register, false);
                }
            },
            _ => {
                let register = self.operand_before(value, &[target]);
                self.store(target, register, false);
            }
        }
    }

    pub(super) fn assign_name(&mut self, name: &Rc<str>, span: Span, value: &'a Expr) {
        let mangled = self.mangled(name);
        let place = self.place(&mangled);
        if let Place::Register(register, _) = place {
            self.expr_into(value, register);
            return self.store_place(place, &mangled, span, register, false);
        }
        let register = self.temporary(value);
        self.store_place(place, &mangled, span, register, false);
    }

    /// `a, b = x, y` without making the tuple: all values first, then all targets.
    fn assign_each(&mut self, targets: &'a [Expr], values: &'a [Expr]) {
        let locals: Option<Vec<u8>> = targets.iter().map(|target| self.target_register(target)).collect();
        let distinct = locals.filter(|all| (1..all.len()).all(|i| !all[..i].contains(&all[i])));
        let (Some(registers), Some((last, first))) = (distinct, values.split_last()) else {
            let row: Vec<u8> = values.iter().map(|value| self.temporary(value)).collect();
            for (target, register) in targets.iter().zip(row) {
                let mark = self.unit.top;
                self.store(target, register, false);
                self.unit.release(mark);
            }
            return;
        };
        // Locals only: the last value goes straight into its variable, the others wait.
        let mut sources = Vec::with_capacity(first.len());
        for (index, value) in first.iter().enumerate() {
            let local = self.local_operand(value).filter(|source| !registers.contains(source));
            let kept =
                local.filter(|_| !self.may_rebind(value, &values[index + 1..].iter().collect::<Vec<_>>()));
            sources.push(match kept {
                Some(register) => register,
                None => self.temporary(value),
            });
        }
        if let Some(&register) = registers.last() {
            self.expr_into(last, register);
        }
        let waiting = sources.into_iter().chain(registers.last().copied());
        for (target, source) in targets.iter().zip(waiting) {
            if let ExprKind::Name(name) = &target.kind {
                self.store_name(name, target.span, source, false);
            }
        }
    }

    /// The register of a target that is a local variable in a register.
    pub(super) fn target_register(&self, target: &Expr) -> Option<u8> {
        let ExprKind::Name(name) = &target.kind else { return None };
        match self.place(&self.mangled(name)) {
            Place::Register(register, _) => Some(register),
            _ => None,
        }
    }

    /// Bind `target` to the value in `register`; with `keep` a temporary keeps it too.
    pub(super) fn store(&mut self, target: &'a Expr, register: u8, keep: bool) {
        let span = target.span;
        match &target.kind {
            ExprKind::Name(name) => self.store_name(name, span, register, keep),
            ExprKind::Attribute(value, name) => {
                self.note_self_attribute(value, name);
                let object = self.operand(value);
                let cache = self.attribute_cache(&name.name);
                let span = self.attribute_span(span, name);
                self.unit.emit.op_with(span, Op::SetAttr, [object, register, 0], &[cache]);
            }
            ExprKind::Subscript(value, index) => {
                let object = self.operand_before(value, &[index]);
                if let Some(bounds) = self.plain_slice(index) {
                    return self.unit.emit.op(span, Op::SetSlice, object, bounds, register);
                }
                let index = self.operand(index);
                self.unit.emit.op(span, Op::SetItem, object, index, register);
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, register, span),
            ExprKind::Starred(inner) => self.store(inner, register, keep),
            // Other targets were refused before.
            _ => self.fail("cannot assign to expression", span),
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], register: u8, span: Span) {
        let star = targets.iter().position(is_starred);
        let first = match self.consecutive_locals(targets) {
            Some(first) => first,
            None if targets.len() <= self.unit.room().min(MAX_TARGETS) => {
                self.unit.alloc_many(targets.len() as u16)
            }
            None => return self.unpack_many(targets, star, register, span),
        };
        match star {
            None => self.unit.emit.op(span, Op::UnpackSequence, first, targets.len() as u8, register),
            Some(at) => {
                let after = (targets.len() - at - 1) as u32;
                self.unit.emit.op_with(span, Op::UnpackEx, [first, at as u8, register], &[after]);
            }
        }
        for (index, target) in targets.iter().enumerate() {
            let mark = self.unit.top;
            self.store(target, Unit::after(first, index), false);
            self.unit.release(mark);
        }
    }

    /// Unpacking straight into local variables whose registers lie in a row.
    fn consecutive_locals(&self, targets: &[Expr]) -> Option<u8> {
        let inner = |target: &'_ Expr| match &target.kind {
            ExprKind::Starred(inner) => self.target_register(inner),
            _ => self.target_register(target),
        };
        let first = inner(targets.first()?)?;
        let in_row = |(index, target)| inner(target) == Some(Unit::after(first, index));
        targets.iter().enumerate().all(in_row).then_some(first)
    }

    /// Very many targets: everything into a list first, which also checks the number.
    fn unpack_many(&mut self, targets: &'a [Expr], star: Option<usize>, register: u8, span: Span) {
        // The first piece is unpacked, the rest stays in a list for the next round. A wrong
        // number of values shows only in the last round, with the numbers of that round.
        if star.is_some() {
            return self.fail("expression too complex for apy", span);
        }
        let list = self.unit.alloc();
        self.unit.emit.op(span, Op::Move, list, register, 0);
        let mut rest = targets;
        while !rest.is_empty() {
            let mark = self.unit.top;
            let most = (self.unit.room() / 2).clamp(1, MAX_TARGETS / 2);
            let (head, tail) = rest.split_at(most.min(rest.len()));
            let first = self.unit.alloc_many(head.len() as u16 + 1);
            if tail.is_empty() {
                self.unit.emit.op(span, Op::UnpackSequence, first, head.len() as u8, list);
            } else {
                self.unit.emit.op_with(span, Op::UnpackEx, [first, head.len() as u8, list], &[0]);
                self.unit.emit.op(span, Op::Take, list, Unit::after(first, head.len()), 0);
            }
            for (index, target) in head.iter().enumerate() {
                let mark = self.unit.top;
                self.store(target, Unit::after(first, index), false);
                self.unit.release(mark);
            }
            self.unit.release(mark);
            rest = tail;
        }
    }

    pub(super) fn aug_assign(&mut self, assign: &'a AugAssign, span: Span) {
        let (operator, value) = (assign.operator, &assign.value);
        match &assign.target.kind {
            ExprKind::Name(name) => {
                let mangled = self.mangled(name);
                let place = self.place(&mangled);
                if let Some(register) = self.local_operand(&assign.target) {
                    let before = self.operand_before(&assign.target, &[value]);
                    self.inplace(before, operator, value, span, register);
                    return self.store_place(place, &mangled, span, register, false);
                }
                let register = self.unit.alloc();
                self.load_place(place, &mangled, assign.target.span, register);
                self.inplace(register, operator, value, span, register);
                self.store_place(place, &mangled, assign.target.span, register, false);
            }
            ExprKind::Attribute(object, name) => {
                self.note_self_attribute(object, name);
                let object = self.operand_before(object, &[value]);
                let cache = self.attribute_cache(&name.name);
                let register = self.unit.alloc();
                let target = self.attribute_span(assign.target.span, name);
                self.unit.emit.op_with(target, Op::GetAttr, [register, object, 0], &[cache]);
                self.inplace(register, operator, value, span, register);
                let cache = self.attribute_cache(&name.name);
                self.unit.emit.op_with(target, Op::SetAttr, [object, register, 0], &[cache]);
            }
            ExprKind::Subscript(object, index) => {
                let target = assign.target.span;
                let object = self.operand_before(object, &[index, value]);
                let at = self.operand_before(index, &[value]);
                let register = self.unit.alloc();
                match small_int(index) {
                    Some(small) => self.unit.emit.op(target, Op::GetItemInt, register, object, small),
                    None => self.unit.emit.op(target, Op::GetItem, register, object, at),
                }
                self.inplace(register, operator, value, span, register);
                self.unit.emit.op(target, Op::SetItem, object, at, register);
            }
            // Other targets were refused before.
            _ => self.fail("illegal expression for augmented assignment", assign.target.span),
        }
    }

    pub(super) fn ann_assign(&mut self, assign: &'a AnnAssign, span: Span) {
        let mark = self.unit.top;
        if let Some(value) = &assign.value {
            self.assign_one(&assign.target, value);
            self.unit.release(mark);
        }
        let keeps = matches!(self.unit.kind, CodeKind::Module | CodeKind::Dynamic | CodeKind::Class);
        match &assign.target.kind {
            ExprKind::Name(name) if !assign.target.parenthesized => {
                if keeps {
                    self.keep_annotation(name, &assign.annotation, span);
                }
                return;
            }
            ExprKind::Attribute(value, _) if assign.value.is_none() => self.effect(value),
            ExprKind::Subscript(value, index) if assign.value.is_none() => {
                self.effect(value);
                self.effect(index);
            }
            _ => {}
        }
        if keeps && !self.scopes.future_annotations {
            self.effect(&assign.annotation);
        }
    }

    /// `__annotations__[name] = annotation`.
    fn keep_annotation(&mut self, name: &Rc<str>, annotation: &'a Expr, span: Span) {
        let value = self.annotation(annotation);
        let all: Rc<str> = "__annotations__".into();
        let dict = self.unit.alloc();
        let place = self.place(&all);
        self.load_place(place, &all, span, dict);
        let key = self.unit.alloc();
        self.load_const(Const::Str(self.mangled(name)), span, key);
        self.unit.emit.op(span, Op::SetItem, dict, key, value);
    }

    /// The value of an annotation, or its text if the module asks for that.
    pub(super) fn annotation(&mut self, annotation: &'a Expr) -> u8 {
        if self.scopes.future_annotations {
            let register = self.unit.alloc();
            let text = unparse::unparse(annotation);
            self.load_const(Const::Str(text.into()), annotation.span, register);
            return register;
        }
        if let ExprKind::Starred(inner) = &annotation.kind {
            // `*args: *Ts` keeps the one item that `Ts` unpacks to.
            let register = self.temporary(inner);
            self.unit.emit.op(annotation.span, Op::UnpackSequence, register, 1, register);
            return register;
        }
        self.operand(annotation)
    }

    /// Remember `self.name = ...` for the class's `__static_attributes__`.
    fn note_self_attribute(&mut self, value: &Expr, name: &Identifier) {
        let is_self = matches!(&value.kind, ExprKind::Name(object) if &**object == "self");
        if !is_self || self.unit.kind == CodeKind::Class {
            return;
        }
        if let Some(class) = self.outer.iter_mut().rev().find(|unit| unit.kind == CodeKind::Class) {
            let attribute = &name.name;
            if !class.static_attributes.contains(attribute) {
                class.static_attributes.push(Rc::clone(attribute));
            }
        }
    }
}

fn is_starred(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Starred(_))
}
