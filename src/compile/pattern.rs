//! `match`: patterns as tests on registers. Names are bound when the whole pattern has matched.

use super::Compiler;
use super::emit::Label;
use super::unit::Unit;
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{
    ClassPattern, CmpOp, Constant, MappingPattern, Match, MatchCase, Pattern, PatternKind,
};
use std::rc::Rc;

/// Names to bind, with the registers that hold their values.
type Captures = Vec<(Rc<str>, Span, u8)>;

impl<'a> Compiler<'a> {
    pub(super) fn match_stmt(&mut self, switch: &'a Match, span: Span) {
        let end = self.unit.emit.label();
        let subject = self.temporary(&switch.subject);
        for case in &switch.cases {
            if self.unit.emit.reachable() {
                self.case(case, subject, end, span);
            }
        }
        self.unit.release(u16::from(subject));
        self.drop_stale(span);
        self.unit.emit.place(end);
    }

    fn case(&mut self, case: &'a MatchCase, subject: u8, end: Label, span: Span) {
        let mark = self.unit.top;
        let next = self.unit.emit.label();
        let mut captures = Captures::new();
        self.pattern(&case.pattern, subject, next, &mut captures);
        for (name, at, register) in captures {
            self.store_name(&name, at, register, false);
        }
        self.unit.release(mark);
        if let Some(guard) = &case.guard {
            self.jump_if(guard, false, next);
        }
        // The subject goes before the body runs; its register stays taken for the other cases.
        let before = self.unit.top;
        self.unit.release(u16::from(subject));
        self.drop_stale(case.pattern.span);
        self.unit.release(before);
        self.block(&case.body);
        self.unit.emit.jump(span, Op::Jump, [0; 3], end);
        self.unit.emit.place(next);
    }

    /// Go on if `pattern` matches `subject`, else jump to `fail`.
    fn pattern(&mut self, pattern: &'a Pattern, subject: u8, fail: Label, captures: &mut Captures) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Error => self.fail("invalid syntax", span),
            PatternKind::Wildcard | PatternKind::Star(None) => {}
            PatternKind::Capture(name) | PatternKind::Star(Some(name)) => {
                self.capture_subject(&name.name, span, subject, captures);
            }
            PatternKind::Value(value) => {
                let mark = self.unit.top;
                self.jump_if_pair(span, subject, CmpOp::Eq, value, false, fail);
                self.unit.release(mark);
            }
            PatternKind::Singleton(constant) => self.singleton(constant, subject, fail, span),
            PatternKind::Sequence(items) => self.sequence_pattern(items, subject, fail, captures, span),
            PatternKind::Mapping(mapping) => self.mapping(mapping, subject, fail, captures, span),
            PatternKind::Class(class) => self.class_pattern(class, subject, fail, captures, span),
            PatternKind::Or(alternatives) => self.alternatives(alternatives, subject, fail, captures, span),
            PatternKind::As(inner, name) => {
                self.pattern(inner, subject, fail, captures);
                self.capture_subject(&name.name, span, subject, captures);
            }
        }
    }

    fn capture_subject(&mut self, name: &Rc<str>, span: Span, subject: u8, captures: &mut Captures) {
        let register = self.unit.alloc();
        self.unit.emit.op(span, Op::Move, register, subject, 0);
        captures.push((Rc::clone(name), span, register));
    }

    fn singleton(&mut self, constant: &Constant, subject: u8, fail: Label, span: Span) {
        let mark = self.unit.top;
        if *constant == Constant::None {
            return self.unit.emit.jump(span, Op::JumpIfNotNone, [subject, 0, 0], fail);
        }
        let register = self.unit.alloc();
        self.load_const(super::fold::literal(constant), span, register);
        self.unit.emit.op(span, Op::Is, register, subject, register);
        self.jump_on(register, false, span, fail);
        self.unit.release(mark);
    }

    /// Jump to `fail` unless `op` says that patterns of its kind may match.
    fn kind_test(&mut self, op: Op, subject: u8, fail: Label, span: Span) {
        let register = self.unit.alloc();
        self.unit.emit.op(span, op, register, subject, 0);
        self.jump_on(register, false, span, fail);
        self.unit.release(u16::from(register));
    }

    /// Jump to `fail` unless the subject's length compares so with `length`.
    fn length_test(&mut self, operator: CmpOp, length: usize, subject: u8, fail: Label, span: Span) {
        let mark = self.unit.top;
        let register = self.unit.alloc();
        self.unit.emit.op(span, Op::MatchLength, register, subject, 0);
        let wanted = self.unit.alloc();
        self.load_const(Const::Int(length as i64), span, wanted);
        self.jump_if_registers(span, register, operator, wanted, false, fail);
        self.unit.release(mark);
    }

    fn sequence_pattern(
        &mut self,
        items: &'a [Pattern],
        subject: u8,
        fail: Label,
        captures: &mut Captures,
        span: Span,
    ) {
        let star = items.iter().position(|item| matches!(item.kind, PatternKind::Star(_)));
        self.kind_test(Op::MatchSequence, subject, fail, span);
        match star {
            None => self.length_test(CmpOp::Eq, items.len(), subject, fail, span),
            Some(_) if items.len() > 1 => {
                self.length_test(CmpOp::GtE, items.len() - 1, subject, fail, span);
            }
            Some(_) => {}
        }
        if items.iter().all(is_wildcard) {
            return;
        }
        match star {
            Some(at) if is_wildcard(&items[at]) => {
                self.pick_items(items, at, subject, fail, captures, span);
            }
            _ => {
                let first = self.unit.alloc_many(items.len() as u16);
                self.unpack_items(items, star, first, subject, span);
                for (index, item) in items.iter().enumerate() {
                    self.pattern(item, Unit::after(first, index), fail, captures);
                }
            }
        }
    }

    fn unpack_items(&mut self, items: &[Pattern], star: Option<usize>, first: u8, subject: u8, span: Span) {
        match star {
            None => self.unit.emit.op(span, Op::UnpackSequence, first, items.len() as u8, subject),
            Some(at) => {
                let after = (items.len() - at - 1) as u32;
                self.unit.emit.op_with(span, Op::UnpackEx, [first, at as u8, subject], &[after]);
            }
        }
    }

    /// Items around a `*_` are fetched one by one, those after it by their distance to the end.
    fn pick_items(
        &mut self,
        items: &'a [Pattern],
        star: usize,
        subject: u8,
        fail: Label,
        captures: &mut Captures,
        span: Span,
    ) {
        for (index, item) in items.iter().enumerate() {
            if index == star || is_wildcard(item) {
                continue;
            }
            let register = self.unit.alloc();
            if index < star {
                self.load_const(Const::Int(index as i64), span, register);
            } else {
                let length = self.unit.alloc();
                self.unit.emit.op(span, Op::MatchLength, length, subject, 0);
                self.load_const(Const::Int((items.len() - index) as i64), span, register);
                self.unit.emit.op(span, Op::Sub, register, length, register);
                self.unit.release(u16::from(length));
            }
            self.unit.emit.op(span, Op::GetItem, register, subject, register);
            self.pattern(item, register, fail, captures);
        }
    }

    fn mapping(
        &mut self,
        mapping: &'a MappingPattern,
        subject: u8,
        fail: Label,
        captures: &mut Captures,
        span: Span,
    ) {
        self.kind_test(Op::MatchMapping, subject, fail, span);
        let count = mapping.items.len();
        if count > 0 {
            self.length_test(CmpOp::GtE, count, subject, fail, span);
        }
        let keys = self.unit.alloc();
        if count > 0 {
            let mark = self.unit.top;
            let first: Vec<u8> = mapping.items.iter().map(|(key, _)| self.temporary(key)).collect();
            self.unit.emit.op(span, Op::BuildTuple, keys, first[0], count as u8);
            self.unit.release(mark);
            let values = self.unit.alloc();
            self.unit.emit.op(span, Op::MatchKeys, values, subject, keys);
            self.unit.emit.jump(span, Op::JumpIfNone, [values, 0, 0], fail);
            let first = self.unit.alloc_many(count as u16);
            self.unit.emit.op(span, Op::UnpackSequence, first, count as u8, values);
            for (index, (_, item)) in mapping.items.iter().enumerate() {
                self.pattern(item, Unit::after(first, index), fail, captures);
            }
        }
        if let Some(rest) = &mapping.rest {
            self.rest_of_mapping(rest.name.clone(), count, keys, subject, captures, span);
        }
    }

    /// `**rest`: a new dict of the mapping without the keys.
    fn rest_of_mapping(
        &mut self,
        name: Rc<str>,
        count: usize,
        keys: u8,
        subject: u8,
        captures: &mut Captures,
        span: Span,
    ) {
        let rest = self.unit.alloc();
        self.unit.emit.op(span, Op::BuildDict, rest, 0, 0);
        self.unit.emit.op(span, Op::DictUpdate, rest, subject, 0);
        if count > 0 {
            let first = self.unit.alloc_many(count as u16);
            self.unit.emit.op(span, Op::UnpackSequence, first, count as u8, keys);
            for index in 0..count {
                self.unit.emit.op(span, Op::DeleteItem, rest, Unit::after(first, index), 0);
            }
            self.unit.release(u16::from(first));
        }
        captures.push((name, span, rest));
    }

    fn class_pattern(
        &mut self,
        class: &'a ClassPattern,
        subject: u8,
        fail: Label,
        captures: &mut Captures,
        span: Span,
    ) {
        let pair = self.unit.alloc_many(2);
        self.in_row_slot(&class.class, Unit::after(pair, 1));
        self.unit.emit.op(span, Op::Move, pair, subject, 0);
        let names = class.keywords.iter().map(|(name, _)| Const::Str(Rc::clone(&name.name))).collect();
        let names = self.unit.emit.constants.add(Const::Tuple(names)).0;
        let positional = class.positional.len();
        let Ok(count) = u8::try_from(positional) else {
            return self.fail("too many sub-patterns in class pattern", span);
        };
        self.unit.emit.op_with(span, Op::MatchClass, [pair, pair, count], &[names]);
        self.unit.release(u16::from(pair) + 1);
        self.unit.emit.jump(span, Op::JumpIfNone, [pair, 0, 0], fail);
        let total = positional + class.keywords.len();
        if total == 0 {
            return;
        }
        let first = self.unit.alloc_many(total as u16);
        self.unit.emit.op(span, Op::UnpackSequence, first, total as u8, pair);
        let items = class.positional.iter().chain(class.keywords.iter().map(|(_, item)| item));
        for (index, item) in items.enumerate() {
            self.pattern(item, Unit::after(first, index), fail, captures);
        }
    }

    /// Alternatives bind the same names: each brings its values to the same registers.
    fn alternatives(
        &mut self,
        alternatives: &'a [Pattern],
        subject: u8,
        fail: Label,
        captures: &mut Captures,
        span: Span,
    ) {
        let mut names = Vec::new();
        if let Some(first) = alternatives.first() {
            bound_names(first, &mut names);
        }
        let first = self.unit.alloc_many(names.len() as u16);
        let matched = self.unit.emit.label();
        let last = alternatives.len().saturating_sub(1);
        for (index, alternative) in alternatives.iter().enumerate() {
            let mark = self.unit.top;
            let next = if index == last { fail } else { self.unit.emit.label() };
            let mut own = Captures::new();
            self.pattern(alternative, subject, next, &mut own);
            for (name, at, register) in own {
                let slot = names.iter().position(|other| *other == name).unwrap_or_default();
                self.unit.emit.op(at, Op::Take, Unit::after(first, slot), register, 0);
            }
            self.unit.release(mark);
            if index != last {
                self.unit.emit.jump(span, Op::Jump, [0; 3], matched);
                self.unit.emit.place(next);
            }
        }
        self.unit.emit.place(matched);
        for (slot, name) in names.into_iter().enumerate() {
            captures.push((name, span, Unit::after(first, slot)));
        }
    }
}

fn is_wildcard(pattern: &Pattern) -> bool {
    matches!(pattern.kind, PatternKind::Wildcard | PatternKind::Star(None))
}

/// The names that a pattern binds, in order.
fn bound_names(pattern: &Pattern, names: &mut Vec<Rc<str>>) {
    match &pattern.kind {
        PatternKind::Error
        | PatternKind::Wildcard
        | PatternKind::Value(_)
        | PatternKind::Singleton(_)
        | PatternKind::Star(None) => {}
        PatternKind::Capture(name) | PatternKind::Star(Some(name)) => names.push(Rc::clone(&name.name)),
        PatternKind::Sequence(items) => items.iter().for_each(|item| bound_names(item, names)),
        // All alternatives bind the same.
        PatternKind::Or(alternatives) => {
            alternatives.first().into_iter().for_each(|item| bound_names(item, names));
        }
        PatternKind::Mapping(mapping) => {
            mapping.items.iter().for_each(|(_, item)| bound_names(item, names));
            mapping.rest.iter().for_each(|rest| names.push(Rc::clone(&rest.name)));
        }
        PatternKind::Class(class) => {
            class.positional.iter().for_each(|item| bound_names(item, names));
            class.keywords.iter().for_each(|(_, item)| bound_names(item, names));
        }
        PatternKind::As(inner, name) => {
            bound_names(inner, names);
            names.push(Rc::clone(&name.name));
        }
    }
}
