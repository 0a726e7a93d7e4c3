//! Names: where they are, how they are read, bound and deleted.

use super::Compiler;
use super::unit::Place;
use crate::bytecode::{CodeKind, Const, ConstIndex, Op, VariableSlot};
use crate::resolve::{Binding, CLASS_DICT, Facts, ScopeId, mangle};
use apy_grammar::Span;
use apy_grammar::ast::{Expr, ExprKind};
use std::rc::Rc;

impl Compiler<'_> {
    /// The innermost scope of the place being compiled.
    pub(super) fn scope_id(&self) -> ScopeId {
        self.unit.inlined.last().map_or(self.unit.scope, |inlined| inlined.scope)
    }

    /// `name` as the class around spells it.
    pub(super) fn mangled(&self, name: &Rc<str>) -> Rc<str> {
        mangle(self.scopes.get(self.scope_id()).private.as_ref(), name)
    }

    /// Where `name` (mangled) is.
    pub(super) fn place(&self, name: &str) -> Place {
        for inlined in self.unit.inlined.iter().rev() {
            match self.scopes.get(inlined.scope).binding(name) {
                Binding::Local | Binding::Cell => {
                    return inlined.places.get(name).copied().unwrap_or(Place::Global);
                }
                Binding::Free => {}
                // The namespace of the code around may be another than the globals.
                Binding::GlobalImplicit if self.unit.kind == CodeKind::Dynamic => {}
                Binding::GlobalExplicit | Binding::GlobalImplicit => return Place::Global,
            }
        }
        let through_comprehension = !self.unit.inlined.is_empty();
        if self.unit.kind == CodeKind::Class && through_comprehension {
            // Comprehensions do not see the names of the class they stand in.
            return self.class_place(name);
        }
        if let Some(&place) = self.unit.places.get(name) {
            return place;
        }
        match (self.unit.kind, self.scopes.get(self.unit.scope).binding(name)) {
            (CodeKind::Dynamic, Binding::GlobalExplicit) => Place::Global,
            (CodeKind::Dynamic, _) => Place::Name,
            (CodeKind::Class, Binding::Local | Binding::Cell | Binding::GlobalImplicit) => Place::Name,
            (_, Binding::GlobalImplicit) if self.scopes.get(self.unit.scope).sees_class.is_some() => {
                self.unit.class_dict_cell().map_or(Place::Global, Place::ClassName)
            }
            _ => Place::Global,
        }
    }

    fn class_place(&self, name: &str) -> Place {
        if let Some(register) = self.unit.free_cell(name) {
            return Place::Cell { register, free: true };
        }
        match self.unit.class_cell() {
            Some(register) if name == "__class__" => Place::Cell { register, free: true },
            _ => Place::Global,
        }
    }

    /// Where the cell of `name` is, for a nested unit to capture.
    pub(super) fn cell_slot(&self, name: &str) -> Option<VariableSlot> {
        for inlined in self.unit.inlined.iter().rev() {
            if let Some(Place::Cell { register, .. }) = inlined.places.get(name) {
                return Some(VariableSlot::Register(*register));
            }
        }
        let register = match self.unit.places.get(name) {
            Some(&(Place::Cell { register, .. } | Place::NameOrCell(register))) => Some(register),
            Some(&Place::SpilledCell { slot, .. }) => return Some(VariableSlot::Spill(slot)),
            _ => None,
        };
        let register = register.or_else(|| self.unit.free_cell(name)).or_else(|| {
            // Methods get the class's own `__class__`, even if the body has a name like it.
            match name {
                "__class__" => self.unit.class_cell(),
                CLASS_DICT => self.unit.class_dict_cell(),
                _ => None,
            }
        });
        register.map(VariableSlot::Register)
    }

    /// The cell in `slot` of the spill list, in a new temporary.
    fn spilled_cell(&mut self, slot: u32, span: Span) -> u8 {
        let (spill, cell) = (self.unit.spill_register(), self.unit.alloc());
        self.unit.emit.op_with(span, Op::LoadSpill, [cell, spill, 0], &[slot]);
        cell
    }

    /// The name constant for an instruction with a 16-bit index.
    pub(super) fn short_name(&mut self, name: &Rc<str>) -> [u8; 2] {
        let ConstIndex(index) = self.unit.emit.constants.name(name);
        match u16::try_from(index) {
            Ok(index) => index.to_le_bytes(),
            Err(_) => {
                self.unit.overflow.get_or_insert(self.unit.current);
                [0, 0]
            }
        }
    }

    pub(super) fn name_const(&mut self, name: &Rc<str>) -> u32 {
        self.unit.emit.constants.name(name).0
    }

    /// Make sure that the local in `register` is bound.
    fn check_local(&mut self, name: &Rc<str>, register: u8, span: Span) {
        let [low, high] = self.short_name(name);
        self.unit.emit.op(span, Op::CheckLocal, register, low, high);
    }

    fn is_deletable(&self, name: &str) -> bool {
        let at = self.owner_of(name);
        self.scopes.get(at).facts(name).any(Facts::DELETED)
    }

    /// The scope of this unit, inlined ones included, that binds `name`.
    fn owner_of(&self, name: &str) -> ScopeId {
        for inlined in self.unit.inlined.iter().rev() {
            if inlined.places.contains_key(name) {
                return inlined.scope;
            }
        }
        self.unit.scope
    }

    /// If `expr` is a local in a register: that register, checked to be bound.
    pub(super) fn local_operand(&mut self, expr: &Expr) -> Option<u8> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        let name = self.mangled(name);
        let Place::Register(register, variable) = self.place(&name) else { return None };
        if !self.unit.is_bound(variable) {
            self.check_local(&name, register, expr.span);
            self.unit.unready.insert(register);
            if !self.is_deletable(&name) {
                self.unit.bind(variable);
            }
        }
        Some(register)
    }

    /// Whether evaluating `later` may bind the name that `expr` is.
    pub(super) fn may_rebind(&self, expr: &Expr, later: &[&Expr]) -> bool {
        let ExprKind::Name(name) = &expr.kind else {
            return match &expr.kind {
                ExprKind::NamedExpr(target, _) => later.iter().any(|e| binds(e, &target.name)),
                _ => false,
            };
        };
        let mangled = self.mangled(name);
        let facts = self.scopes.get(self.owner_of(&mangled)).facts(&mangled);
        facts.any(Facts::WALRUS) && later.iter().any(|e| binds(e, name))
    }

    /// `register` = the value of the name.
    pub(super) fn load_name(&mut self, name: &Rc<str>, span: Span, register: u8) {
        let name = self.mangled(name);
        if &*name == "__debug__" {
            return self.unit.emit.op(span, Op::LoadBool, register, 1, 0);
        }
        let place = self.place(&name);
        self.load_place(place, &name, span, register);
    }

    pub(super) fn load_place(&mut self, place: Place, name: &Rc<str>, span: Span, register: u8) {
        match place {
            Place::Register(local, variable) => {
                if !self.unit.is_bound(variable) {
                    self.check_local(name, local, span);
                    self.unit.unready.insert(local);
                    if !self.is_deletable(name) {
                        self.unit.bind(variable);
                    }
                }
                if local != register {
                    self.unit.emit.op(span, Op::Move, register, local, 0);
                }
            }
            Place::Cell { register: cell, free } => {
                let name = self.name_const(name);
                self.unit.emit.op_with(span, Op::LoadCell, [register, cell, u8::from(free)], &[name]);
            }
            Place::SpilledCell { slot, free } => {
                let mark = self.unit.top;
                let cell = self.spilled_cell(slot, span);
                let name = self.name_const(name);
                self.unit.emit.op_with(span, Op::LoadCell, [register, cell, u8::from(free)], &[name]);
                self.unit.release(mark);
            }
            Place::Spill(slot, variable) => {
                let spill = self.unit.spill_register();
                self.unit.emit.op_with(span, Op::LoadSpill, [register, spill, 0], &[slot]);
                if !self.unit.is_bound(variable) {
                    self.check_local(name, register, span);
                    if !self.is_deletable(name) {
                        self.unit.bind(variable);
                    }
                }
            }
            Place::Global => {
                let cache = self.unit.emit.cache(name);
                self.unit.emit.op_with(span, Op::LoadGlobal, [register, 0, 0], &[cache]);
            }
            Place::Name => {
                let cache = self.unit.emit.cache(name);
                self.unit.emit.op_with(span, Op::LoadName, [register, 0, 0], &[cache]);
            }
            Place::NameOrCell(cell) => {
                let name = self.name_const(name);
                self.unit.emit.op_with(span, Op::LoadNameOrCell, [register, 0, cell], &[name]);
            }
            Place::ClassName(class) => {
                let mark = self.unit.top;
                let namespace = self.class_namespace(class, span);
                let cache = self.unit.emit.cache(name);
                self.unit.emit.op_with(span, Op::LoadName, [register, namespace, 0], &[cache]);
                self.unit.release(mark);
            }
            Place::ClassNameOrCell(class, cell) => {
                let mark = self.unit.top;
                let namespace = self.class_namespace(class, span);
                let name = self.name_const(name);
                self.unit.emit.op_with(span, Op::LoadNameOrCell, [register, namespace, cell], &[name]);
                self.unit.release(mark);
            }
        }
    }

    /// The namespace of the class around, out of its cell.
    fn class_namespace(&mut self, cell: u8, span: Span) -> u8 {
        let namespace = self.unit.alloc();
        let name = self.name_const(&CLASS_DICT.into());
        self.unit.emit.op_with(span, Op::LoadCell, [namespace, cell, 1], &[name]);
        namespace
    }

    /// Bind the name to the value in `register`. A temporary is emptied; with `keep` it is not.
    pub(super) fn store_name(&mut self, name: &Rc<str>, span: Span, register: u8, keep: bool) {
        let name = self.mangled(name);
        let place = self.place(&name);
        self.store_place(place, &name, span, register, keep);
    }

    pub(super) fn store_place(&mut self, place: Place, name: &Rc<str>, span: Span, register: u8, keep: bool) {
        let takes = self.unit.is_temporary(register) && !keep;
        if let Place::Register(local, variable) = place {
            if local != register {
                let op = if takes { Op::Take } else { Op::Move };
                self.unit.emit.op(span, op, local, register, 0);
            }
            return self.bound(name, variable);
        }
        let mark = self.unit.top;
        let value = if takes || matches!(place, Place::Spill(..)) {
            register
        } else {
            let copy = self.unit.alloc();
            self.unit.emit.op(span, Op::Move, copy, register, 0);
            copy
        };
        match place {
            Place::Register(..) => {}
            Place::Cell { register: cell, .. } => self.unit.emit.op(span, Op::StoreCell, cell, value, 0),
            Place::SpilledCell { slot, .. } => {
                let cell = self.spilled_cell(slot, span);
                self.unit.emit.op(span, Op::StoreCell, cell, value, 0);
            }
            Place::Spill(slot, variable) => {
                let spill = self.unit.spill_register();
                self.unit.emit.op_with(span, Op::StoreSpill, [spill, value, 0], &[slot]);
                self.bound(name, variable);
            }
            // Scopes of types bind nothing but their own variables.
            Place::Global | Place::ClassName(_) | Place::ClassNameOrCell(..) => {
                let cache = self.unit.emit.cache(name);
                self.unit.emit.op_with(span, Op::StoreGlobal, [value, 0, 0], &[cache]);
            }
            Place::Name | Place::NameOrCell(_) => {
                let name = self.name_const(name);
                self.unit.emit.op_with(span, Op::StoreName, [0, value, 0], &[name]);
            }
        }
        self.unit.release(mark);
    }

    fn bound(&mut self, name: &str, variable: super::flow::Variable) {
        if !self.is_deletable(name) {
            self.unit.bind(variable);
        }
    }

    /// `del` of the name.
    pub(super) fn delete_name(&mut self, name: &Rc<str>, span: Span) {
        let name = self.mangled(name);
        match self.place(&name) {
            Place::Register(register, variable) => {
                let [low, high] = self.short_name(&name);
                self.unit.emit.op(span, Op::DeleteLocal, register, low, high);
                self.unit.unready.insert(register);
                self.unit.unbind(variable);
            }
            Place::Cell { register, free } => {
                let name = self.name_const(&name);
                self.unit.emit.op_with(span, Op::DeleteCell, [register, 0, u8::from(free)], &[name]);
            }
            Place::SpilledCell { slot, free } => {
                let mark = self.unit.top;
                let cell = self.spilled_cell(slot, span);
                let name = self.name_const(&name);
                self.unit.emit.op_with(span, Op::DeleteCell, [cell, 0, u8::from(free)], &[name]);
                self.unit.release(mark);
            }
            Place::Spill(slot, variable) => {
                let (mark, spill) = (self.unit.top, self.unit.spill_register());
                let value = self.unit.alloc();
                self.unit.emit.op_with(span, Op::LoadSpill, [value, spill, 0], &[slot]);
                self.check_local(&name, value, span);
                self.unit.emit.op(span, Op::Clear, value, 1, 0);
                self.unit.emit.op_with(span, Op::StoreSpill, [spill, value, 0], &[slot]);
                self.unit.unbind(variable);
                self.unit.release(mark);
            }
            Place::Global | Place::ClassName(_) | Place::ClassNameOrCell(..) => {
                let [low, high] = self.short_name(&name);
                self.unit.emit.op(span, Op::DeleteGlobal, 0, low, high);
            }
            Place::Name | Place::NameOrCell(_) => {
                let name = self.name_const(&name);
                self.unit.emit.op_with(span, Op::DeleteName, [0, 0, 0], &[name]);
            }
        }
    }

    /// Make the name unbound whether it is bound or not (end of an `except` clause).
    pub(super) fn forget_name(&mut self, name: &Rc<str>, span: Span) {
        let mangled = self.mangled(name);
        if let Place::Register(register, variable) = self.place(&mangled) {
            self.unit.unready.insert(register);
            self.unit.unbind(variable);
            return self.unit.emit.op(span, Op::Clear, register, 1, 0);
        }
        let mark = self.unit.top;
        let none = self.unit.alloc();
        self.unit.emit.op(span, Op::LoadNone, none, 0, 0);
        self.store_name(name, span, none, false);
        self.unit.release(mark);
        self.delete_name(name, span);
    }

    /// `register` = a constant.
    pub(super) fn load_const(&mut self, constant: Const, span: Span, register: u8) {
        let emit = &mut self.unit.emit;
        match constant {
            Const::None => emit.op(span, Op::LoadNone, register, 0, 0),
            Const::True => emit.op(span, Op::LoadBool, register, 1, 0),
            Const::False => emit.op(span, Op::LoadBool, register, 0, 0),
            Const::Int(value) if i16::try_from(value).is_ok() => {
                let [low, high] = (value as i16).to_le_bytes();
                emit.op(span, Op::LoadInt, register, low, high);
            }
            constant => {
                let ConstIndex(index) = emit.constants.add(constant);
                match u16::try_from(index) {
                    Ok(index) => {
                        let [low, high] = index.to_le_bytes();
                        emit.op(span, Op::LoadConst, register, low, high);
                    }
                    Err(_) => emit.op_with(span, Op::LoadConstWide, [register, 0, 0], &[index]),
                }
            }
        }
    }
}

/// Whether evaluating `expr` may bind `name` by `:=` in the code around it.
fn binds(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::NamedExpr(target, value) => &*target.name == name || binds(value, name),
        // Their bodies are code of their own, which can bind only what lies in cells.
        ExprKind::Lambda(_) | ExprKind::GeneratorExp(_) => false,
        _ => {
            let mut found = false;
            crate::resolve::visit::each_part(expr, &mut |part| found = found || binds(part, name));
            found
        }
    }
}
