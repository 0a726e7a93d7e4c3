//! Comprehensions, which are compiled into the code around them, and generator expressions,
//! which are functions.

use super::Compiler;
use super::control::next;
use super::unit::{Inlined, Place, Unit};
use crate::bytecode::{CodeKind, Flavor, InlinedName, Op, ParameterSpec};
use crate::resolve::{Binding, Scope, ScopeId};
use apy_grammar::Span;
use apy_grammar::ast::{Comprehension, ComprehensionClause, DictComprehension, Expr, ExprKind};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What happens with each element.
#[derive(Clone, Copy)]
enum Element<'a> {
    Append(&'a Expr, u8),
    Add(&'a Expr, u8),
    Set(&'a Expr, &'a Expr, u8),
    Yield(&'a Expr),
}

impl<'a> Compiler<'a> {
    pub(super) fn list_comprehension(&mut self, body: &'a Comprehension, span: Span, dst: u8) {
        let scope = self.scopes.of(body);
        self.inline(scope, &body.clauses, Op::BuildList, span, dst, |whole| {
            Element::Append(&body.element, whole)
        });
    }

    pub(super) fn set_comprehension(&mut self, body: &'a Comprehension, span: Span, dst: u8) {
        let scope = self.scopes.of(body);
        self.inline(scope, &body.clauses, Op::BuildSet, span, dst, |whole| {
            Element::Add(&body.element, whole)
        });
    }

    pub(super) fn dict_comprehension(&mut self, body: &'a DictComprehension, span: Span, dst: u8) {
        let scope = self.scopes.of(body);
        self.inline(scope, &body.clauses, Op::BuildDict, span, dst, |whole| {
            Element::Set(&body.key, &body.value, whole)
        });
    }

    fn inline(
        &mut self,
        scope: ScopeId,
        clauses: &'a [ComprehensionClause],
        build: Op,
        span: Span,
        dst: u8,
        element: impl FnOnce(u8) -> Element<'a>,
    ) {
        let Some((first, rest)) = clauses.split_first() else { return };
        // Not built in a variable's register: it keeps its value until all is done.
        let whole = self.window(dst);
        let iterator =
            if first.is_async { self.async_iterator(&first.iter) } else { self.iterator(&first.iter) };
        self.unit.emit.op(span, build, whole, 0, 0);
        let places = self.inlined_places(scope, clauses, span);
        let start = self.unit.emit.position();
        self.unit.inlined.push(Inlined { scope, places });
        let floor = std::mem::replace(&mut self.unit.floor, self.unit.top);
        self.clause(first, rest, iterator, element(whole), span);
        self.unit.floor = floor;
        if let Some(Inlined { places, .. }) = self.unit.inlined.pop() {
            self.note_inlined(places, start);
        }
        self.unit.release(u16::from(whole) + 1);
        self.drop_stale(span);
        self.move_to(whole, span, dst);
    }

    /// For who looks at the variables while the comprehension runs.
    fn note_inlined(&mut self, places: FxHashMap<Rc<str>, Place>, start: u32) {
        let end = self.unit.emit.position();
        let mut names: Vec<InlinedName> = places
            .into_iter()
            .filter_map(|(name, place)| match place {
                Place::Register(register, _) => Some((name, register, false)),
                Place::Cell { register, .. } => Some((name, register, true)),
                _ => None,
            })
            .map(|(name, register, is_cell)| InlinedName { name, register, is_cell, start, end })
            .collect();
        names.sort_by_key(|inlined| inlined.register);
        // Of nested comprehensions, the inner one counts.
        names.append(&mut self.unit.inlined_names);
        self.unit.inlined_names = names;
    }

    /// Registers for the variables of a comprehension; those that nested functions use get a
    /// new cell each time the comprehension runs.
    fn inlined_places(
        &mut self,
        scope: ScopeId,
        clauses: &[ComprehensionClause],
        span: Span,
    ) -> FxHashMap<Rc<str>, Place> {
        let scope: &Scope = self.scopes.get(scope);
        let mut places = FxHashMap::default();
        let first = self.unit.top;
        let mut cells = Vec::new();
        for symbol in scope.symbols() {
            let binding = scope.binding(&symbol.name);
            if !matches!(binding, Binding::Local | Binding::Cell) {
                continue;
            }
            let register = self.unit.alloc();
            let place = if binding == Binding::Cell {
                cells.push(register);
                Place::Cell { register, free: false }
            } else {
                Place::Register(register, self.unit.variable())
            };
            places.insert(Rc::clone(&symbol.name), place);
        }
        let count = self.unit.top - first;
        let bound_at_once = clauses.len() == 1 && cells.is_empty() && is_plain(&clauses[0].target);
        if count > 0 && !bound_at_once {
            let first = u8::try_from(first).unwrap_or(u8::MAX);
            self.unit.emit.op(span, Op::Clear, first, count.min(255) as u8, 0);
        }
        for register in cells {
            self.unit.emit.op(span, Op::MakeCell, register, 0, 0);
        }
        places
    }

    fn clause(
        &mut self,
        clause: &'a ComprehensionClause,
        rest: &'a [ComprehensionClause],
        iterator: u8,
        element: Element<'a>,
        span: Span,
    ) {
        let at = clause.iter.span;
        if clause.is_async {
            let (again, exhausted) = self.begin_async_for(&clause.target, iterator, at);
            for condition in &clause.conditions {
                self.jump_if(condition, false, again);
            }
            self.inner(rest, element, span);
            self.end_async_for(again, exhausted, iterator, at);
            return;
        }
        let state = self.begin_for(&clause.target, next(iterator), at);
        for condition in &clause.conditions {
            self.jump_if(condition, false, state.on_continue);
        }
        self.inner(rest, element, span);
        self.end_for(state, iterator, at);
    }

    fn inner(&mut self, rest: &'a [ComprehensionClause], element: Element<'a>, span: Span) {
        let mark = self.unit.top;
        if let Some((clause, rest)) = rest.split_first() {
            let iterator =
                if clause.is_async { self.async_iterator(&clause.iter) } else { self.iterator(&clause.iter) };
            self.clause(clause, rest, iterator, element, span);
            self.unit.release(mark);
            if self.unit.emit.reachable() {
                self.drop_stale(span);
            }
            return;
        }
        match element {
            Element::Append(value, whole) => {
                let register = self.operand(value);
                self.unit.emit.op(span, Op::ListAppend, whole, register, 0);
            }
            Element::Add(value, whole) => {
                let register = self.operand(value);
                self.unit.emit.op(span, Op::SetAdd, whole, register, 0);
            }
            Element::Set(key, value, whole) => {
                let key = self.operand_before(key, &[value]);
                let value = self.operand(value);
                self.unit.emit.op(span, Op::DictSet, whole, key, value);
            }
            Element::Yield(value) => {
                let register = self.operand(value);
                let sent = self.unit.alloc();
                self.unit.emit.op(value.span, Op::Yield, sent, register, 0);
            }
        }
        self.unit.release(mark);
    }

    /// A call of a generator function whose argument is the outermost iterator.
    pub(super) fn generator_expression(&mut self, body: &'a Comprehension, span: Span, dst: u8) {
        let Some((first, rest)) = body.clauses.split_first() else { return };
        let scope = self.scopes.of(body);
        let awaits = self.scopes.get(scope).awaits;
        let flavor = if awaits { Flavor::AsyncGenerator } else { Flavor::Generator };
        let parameters =
            ParameterSpec { names: vec![".0".into()], positional: 1, ..ParameterSpec::default() };
        let unit = Unit::new(self.scopes, scope, CodeKind::GeneratorExpression, flavor, parameters, span);
        self.enter_unit(unit, "<genexpr>");
        if first.is_async {
            // `async for` keeps the item in the register after the iterator's.
            let iterator = self.unit.alloc_many(2);
            self.unit.emit.op(span, Op::Take, iterator, 0, 0);
            self.clause(first, rest, iterator, Element::Yield(&body.element), span);
        } else {
            let spare = self.unit.alloc();
            let state = self.begin_for(&first.target, spare, first.iter.span);
            for condition in &first.conditions {
                self.jump_if(condition, false, state.on_continue);
            }
            self.inner(rest, Element::Yield(&body.element), span);
            self.end_for(state, 0, first.iter.span);
        }
        self.unit.emit.op(span, Op::ReturnNone, 0, 0, 0);
        let child = self.leave_unit();

        let window = self.window(dst);
        self.make_function(window, (0, 0), child, span);
        let argument = self.unit.alloc();
        let value = self.operand_in(&first.iter, &[], argument);
        let op = if first.is_async { Op::GetAiter } else { Op::GetIter };
        self.unit.emit.op(first.iter.span, op, argument, value, 0);
        self.unit.release(u16::from(argument) + 1);
        self.finish_call(window, 1, None, span);
        self.unit.release(u16::from(window) + 1);
        self.move_to(window, span, dst);
    }
}

/// Whether binding the target binds all the variables of a comprehension at once.
fn is_plain(target: &Expr) -> bool {
    match &target.kind {
        ExprKind::Name(_) => true,
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().all(is_plain),
        ExprKind::Starred(inner) => is_plain(inner),
        _ => false,
    }
}
