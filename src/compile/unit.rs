//! A unit: the code being made from one module, class body, function, lambda or generator
//! expression, with its registers and the places of its names.

use super::emit::{Emitter, Label, RegionId};
use super::flow::{Registers, Variable};
use crate::bytecode::{CodeKind, Flavor, InlinedName, Op, ParameterSpec, VariableSlot, Word};
use crate::resolve::{Binding, CLASS_DICT, Facts, Scope, ScopeId, ScopeKind, Scopes};
use apy_grammar::Span;
use apy_grammar::ast::Stmt;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Registers for parameters, cells and other locals; further ones live in a spill list.
const MAX_FIXED: usize = 180;
/// Of these, how many parameters and cells of enclosing functions keep the register they come
/// in, where not all can.
const MAX_GIVEN: usize = 120;
/// Above this register temporaries are set aside before more of them are needed.
const CROWDED: u16 = 215;
/// Temporaries lie below this register.
const MAX_REGISTERS: u16 = 250;

/// Where a name's value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Register(u8, Variable),
    /// In the cell in a register; `free` if an enclosing function made it.
    Cell {
        register: u8,
        free: bool,
    },
    /// In a slot of the spill list.
    Spill(u32, Variable),
    /// In the cell in a slot of the spill list.
    SpilledCell {
        slot: u32,
        free: bool,
    },
    Global,
    /// In the namespace of the class body, then as a global.
    Name,
    /// In the namespace of the class body, then in the cell in this register.
    NameOrCell(u8),
    /// In the namespace of the class around, which is in the cell in this register, then as a
    /// global.
    ClassName(u8),
    /// As `ClassName`, then in the cell in the second register.
    ClassNameOrCell(u8, u8),
}

impl Place {
    /// The place of a plain variable in `slot`.
    fn of(slot: VariableSlot, variable: Variable) -> Place {
        match slot {
            VariableSlot::Register(register) => Place::Register(register, variable),
            VariableSlot::Spill(slot) => Place::Spill(slot, variable),
        }
    }

    /// The place of a variable whose cell is in `slot`.
    fn cell(slot: VariableSlot, free: bool) -> Place {
        match slot {
            VariableSlot::Register(register) => Place::Cell { register, free },
            VariableSlot::Spill(slot) => Place::SpilledCell { slot, free },
        }
    }
}

/// What surrounds the statement being compiled, as far as ways out are concerned.
#[derive(Debug, Clone)]
pub(super) enum Block<'a> {
    Loop {
        on_break: Label,
        on_continue: Label,
        /// Registers of the loop (iterator and the like), emptied by `break`.
        first: u8,
        count: u8,
    },
    /// The body of a `try` with handlers.
    Try {
        region: RegionId,
    },
    /// A handler, or the exceptional copy of a `finally`: the exception and the one handled
    /// before are in `pair`; `name` is the handler's variable.
    Handled {
        pair: u8,
        name: Option<Rc<str>>,
        region: RegionId,
        /// The range in which the variable must be deleted on the way out.
        name_region: Option<RegionId>,
    },
    /// The body and handlers of a `try` with `finally`.
    Finally {
        body: &'a [Stmt],
        region: RegionId,
    },
    With {
        exit: u8,
        is_async: bool,
        span: Span,
        region: RegionId,
    },
}

/// A comprehension that is compiled into the unit.
#[derive(Debug)]
pub(super) struct Inlined {
    pub(super) scope: ScopeId,
    pub(super) places: FxHashMap<Rc<str>, Place>,
}

/// The list of variables that found no register.
#[derive(Debug)]
struct Spill {
    register: u8,
    /// How many slots it has.
    count: u32,
    /// Its first slots are what was given in the registers from its own on.
    given: u32,
    /// The slots of this unit's own cells.
    own_cells: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Unit<'a> {
    pub(super) emit: Emitter,
    pub(super) scope: ScopeId,
    pub(super) kind: CodeKind,
    pub(super) flavor: Flavor,
    pub(super) name: Rc<str>,
    pub(super) qualname: Rc<str>,
    /// Where the definition stands; the prologue's span.
    pub(super) span: Span,
    /// Where the first line is taken from.
    pub(super) first: Span,
    /// The statement being compiled.
    pub(super) current: Span,
    pub(super) parameters: ParameterSpec,
    pub(super) doc: Option<Rc<str>>,
    pub(super) places: FxHashMap<Rc<str>, Place>,
    pub(super) free_names: Vec<Rc<str>>,
    pub(super) cell_names: Vec<Rc<str>>,
    pub(super) local_names: Vec<(Rc<str>, VariableSlot)>,
    pub(super) inlined_names: Vec<InlinedName>,
    /// Registers of this unit's own cells, and whether a parameter is in them at first.
    own_cells: Vec<(u8, bool)>,
    /// The cell of the class body's namespace, for what reads names of it.
    class_dict: Option<u8>,
    spill: Option<Spill>,
    /// Locals whose register must be emptied before anything else.
    pub(super) unready: Registers,
    pub(super) inlined: Vec<Inlined>,
    pub(super) blocks: Vec<Block<'a>>,
    variables: u32,
    /// The first temporary.
    pub(super) base: u16,
    /// The next free temporary.
    pub(super) top: u16,
    /// Temporaries below this one may not be set aside: names, handlers and other statements
    /// know where they are.
    pub(super) floor: u16,
    high: u16,
    /// Set where the registers ran out.
    pub(super) overflow: Option<Span>,
    /// Attributes that methods of this class assign to `self`.
    pub(super) static_attributes: Vec<Rc<str>>,
}

impl<'a> Unit<'a> {
    /// A unit for `scope` whose registers begin with `parameters`.
    pub(super) fn new(
        scopes: &Scopes,
        scope: ScopeId,
        kind: CodeKind,
        flavor: Flavor,
        parameters: ParameterSpec,
        span: Span,
    ) -> Unit<'a> {
        let name: Rc<str> = Rc::clone(&scopes.get(scope).name);
        let mut unit = Unit {
            emit: Emitter::new(matches!(kind, CodeKind::Module | CodeKind::Dynamic | CodeKind::Class)),
            scope,
            kind,
            flavor,
            qualname: Rc::clone(&name),
            name,
            span,
            first: span,
            current: span,
            parameters,
            doc: None,
            places: FxHashMap::default(),
            free_names: Vec::new(),
            cell_names: Vec::new(),
            local_names: Vec::new(),
            inlined_names: Vec::new(),
            own_cells: Vec::new(),
            class_dict: None,
            spill: None,
            unready: Registers::default(),
            inlined: Vec::new(),
            blocks: Vec::new(),
            variables: 0,
            base: 0,
            top: 0,
            floor: 0,
            high: 0,
            overflow: None,
            static_attributes: Vec::new(),
        };
        unit.assign_registers(scopes.get(scope));
        unit.base = unit.top;
        unit
    }

    /// Parameters first, then cells of enclosing functions, the spill list, own cells, locals.
    fn assign_registers(&mut self, scope: &Scope) {
        let names = self.parameters.names.clone();
        let own = |wanted: Binding| {
            let symbols = scope.symbols().iter().filter(|s| !s.facts.any(Facts::PARAMETER));
            symbols.map(|s| Rc::clone(&s.name)).filter(move |name| scope.binding(name) == wanted)
        };
        let given = names.len() + scope.free.len();
        if scope.is_function_like() && scope.sees_class.is_none() {
            let all = given + own(Binding::Cell).count() + own(Binding::Local).count();
            if all > MAX_FIXED {
                let kept = given.min(MAX_GIVEN);
                let taken = (given - kept) as u32;
                self.spill =
                    Some(Spill { register: kept as u8, count: taken, given: taken, own_cells: Vec::new() });
            }
        }
        for name in &names {
            let slot = self.given_slot();
            self.local_names.push((Rc::clone(name), slot));
            if scope.binding(name) == Binding::Cell {
                self.own_cell(name, slot, true);
            } else {
                let variable = self.variable();
                self.bind(variable);
                self.places.insert(Rc::clone(name), Place::of(slot, variable));
            }
        }
        let class_dict = scope.free.iter().position(|name| &**name == CLASS_DICT);
        for name in &scope.free {
            let slot = self.given_slot();
            self.local_names.push((Rc::clone(name), slot));
            self.free_names.push(Rc::clone(name));
            // A class may bind the name itself besides passing the cell on to its methods.
            let place = match (slot, scope.kind) {
                (VariableSlot::Register(register), _)
                    if scope.sees_class.is_some()
                        && class_dict.is_some()
                        && !matches!(&**name, "__class__" | CLASS_DICT) =>
                {
                    let namespace = self.parameters.count() + class_dict.unwrap_or_default();
                    Place::ClassNameOrCell(namespace as u8, register)
                }
                (_, ScopeKind::Class) if scope.facts(name).any(Facts::NONLOCAL) => Place::cell(slot, true),
                (VariableSlot::Register(register), ScopeKind::Class)
                    if scope.binding(name) == Binding::Free =>
                {
                    Place::NameOrCell(register)
                }
                (_, ScopeKind::Class) => Place::Name,
                _ => Place::cell(slot, true),
            };
            self.places.insert(Rc::clone(name), place);
        }
        if scope.kind == ScopeKind::Class && scope.needs_class_cell {
            let register = self.alloc();
            self.own_cells.push((register, false));
            self.cell_names.push("__class__".into());
        }
        if scope.kind == ScopeKind::Class && scope.needs_class_dict {
            self.class_dict = Some(self.alloc());
            self.cell_names.push(CLASS_DICT.into());
        }
        if !scope.is_function_like() {
            return;
        }
        if self.spill.is_some() {
            self.alloc();
        }
        let mut cells: Vec<Rc<str>> = own(Binding::Cell).collect();
        cells.sort();
        for name in cells {
            let slot = self.own_slot();
            self.local_names.push((Rc::clone(&name), slot));
            self.own_cell(&name, slot, false);
        }
        for name in own(Binding::Local) {
            let (slot, variable) = (self.own_slot(), self.variable());
            self.local_names.push((Rc::clone(&name), slot));
            self.places.insert(name, Place::of(slot, variable));
        }
        if scope.shows_locals {
            let cells: Vec<u8> = self.own_cells.iter().map(|&(register, _)| register).collect();
            let (first, end) = (self.kept(), self.top.min(MAX_REGISTERS));
            for register in (first..end).filter_map(|r| u8::try_from(r).ok()) {
                if !cells.contains(&register) && self.spill_list() != Some(register) {
                    self.unready.insert(register);
                }
            }
        }
        if self.spill.is_some() {
            // What is given comes in registers first; the prologue needs one of its own.
            self.high = self.high.max(self.top + 1).max(u16::try_from(given).unwrap_or(u16::MAX));
        }
    }

    /// Where the next parameter or cell of an enclosing function is.
    fn given_slot(&mut self) -> VariableSlot {
        match &mut self.spill {
            Some(spill) if self.top >= u16::from(spill.register) => {
                let kept = usize::from(spill.register);
                VariableSlot::Spill((self.local_names.len() - kept) as u32)
            }
            _ => VariableSlot::Register(self.alloc()),
        }
    }

    /// Where the next other variable goes.
    fn own_slot(&mut self) -> VariableSlot {
        match &mut self.spill {
            Some(spill) if usize::from(self.top) >= MAX_FIXED => {
                spill.count += 1;
                VariableSlot::Spill(spill.count - 1)
            }
            _ => VariableSlot::Register(self.alloc()),
        }
    }

    /// `name` is in a cell of this unit's own.
    fn own_cell(&mut self, name: &Rc<str>, slot: VariableSlot, is_parameter: bool) {
        match (slot, &mut self.spill) {
            (VariableSlot::Spill(slot), Some(spill)) => spill.own_cells.push(slot),
            (VariableSlot::Spill(_), None) => {}
            (VariableSlot::Register(register), _) => self.own_cells.push((register, is_parameter)),
        }
        self.cell_names.push(Rc::clone(name));
        self.places.insert(Rc::clone(name), Place::cell(slot, false));
    }

    /// How many registers keep what they are given.
    fn kept(&self) -> u16 {
        match &self.spill {
            Some(spill) => spill.register.into(),
            None => (self.parameters.count() + self.free_names.len()) as u16,
        }
    }

    /// The register of the spill list, if there is one.
    pub(super) fn spill_list(&self) -> Option<u8> {
        self.spill.as_ref().map(|spill| spill.register)
    }

    /// The register of the spill list; there is one if a place is [`Place::Spill`].
    pub(super) fn spill_register(&self) -> u8 {
        self.spill_list().unwrap_or_default()
    }

    /// The cell of `__class__` that a class body makes.
    pub(super) fn class_cell(&self) -> Option<u8> {
        let is_class = self.kind == CodeKind::Class && !self.own_cells.is_empty();
        is_class.then(|| self.own_cells[0].0)
    }

    /// The cell of the namespace of a class body, in its code or in code that reads its names.
    pub(super) fn class_dict_cell(&self) -> Option<u8> {
        self.class_dict.or_else(|| self.free_cell(CLASS_DICT))
    }

    /// The register that holds the cell of the free variable `name` of this code.
    pub(super) fn free_cell(&self, name: &str) -> Option<u8> {
        let at = self.free_names.iter().position(|free| &**free == name)?;
        Some((self.parameters.count() + at) as u8)
    }

    /// A new variable for definite assignment.
    pub(super) fn variable(&mut self) -> Variable {
        self.variables += 1;
        Variable(self.variables - 1)
    }

    /// `variable` is bound from here on.
    pub(super) fn bind(&mut self, variable: Variable) {
        if let Some(flow) = &mut self.emit.flow {
            flow.bound.insert(variable);
        }
    }

    pub(super) fn unbind(&mut self, variable: Variable) {
        if let Some(flow) = &mut self.emit.flow {
            flow.bound.remove(variable);
        }
    }

    /// Whether `variable` is surely bound here.
    pub(super) fn is_bound(&self, variable: Variable) -> bool {
        self.emit.flow.as_ref().is_some_and(|flow| flow.bound.contains(variable))
    }

    /// A new temporary above all others.
    pub(super) fn alloc(&mut self) -> u8 {
        self.alloc_many(1)
    }

    /// `count` new temporaries in a row; the first of them.
    pub(super) fn alloc_many(&mut self, count: u16) -> u8 {
        let first = self.top;
        self.top = self.top.saturating_add(count);
        self.high = self.high.max(self.top);
        if self.top > MAX_REGISTERS {
            // The code will not be used.
            self.overflow.get_or_insert(self.current);
            return u8::MAX - 8;
        }
        first as u8
    }

    /// How many temporaries in a row an expression may ask for here and leave room for others.
    pub(super) fn room(&self) -> usize {
        usize::from(MAX_REGISTERS.saturating_sub(self.top)) * 2 / 3
    }

    /// If so many temporaries are in use that an expression may not find enough: the first of
    /// those that can be set aside.
    pub(super) fn crowd(&self) -> Option<u8> {
        let floor = self.floor.max(self.base);
        let is_crowded = self.top > CROWDED && self.top >= floor + 8 && self.top < MAX_REGISTERS;
        if is_crowded { u8::try_from(floor).ok() } else { None }
    }

    /// Give back all temporaries from `mark` on.
    pub(super) fn release(&mut self, mark: u16) {
        self.top = mark;
    }

    /// The register `offset` after `first`.
    pub(super) fn after(first: u8, offset: usize) -> u8 {
        // Beyond the last register only in code that is refused for needing too many.
        first.saturating_add(u8::try_from(offset).unwrap_or(u8::MAX))
    }

    pub(super) fn is_temporary(&self, register: u8) -> bool {
        u16::from(register) >= self.base
    }

    /// Whether `register` is the temporary that was allocated last.
    pub(super) fn is_top(&self, register: u8) -> bool {
        self.is_temporary(register) && u16::from(register) + 1 == self.top
    }

    pub(super) fn is_suspendable(&self) -> bool {
        self.flavor != Flavor::Plain
    }

    /// The instructions before everything else: take what has no register, empty what must be
    /// empty, make cells.
    pub(super) fn prologue(&self) -> Vec<(u32, Span)> {
        let mut words = Vec::new();
        let mut push = |op, a, b, extra: &[u32]| {
            words.push((Word { op, a, b, c: 0 }.encode(), self.span));
            words.extend(extra.iter().map(|&word| (word, self.span)));
        };
        if let Some(Spill { register, count, given, .. }) = self.spill {
            push(Op::MakeSpill, register, register, &[count, given]);
        }
        let mut empty = self.unready.beyond(self.kept(), Registers::default());
        for &(register, is_parameter) in &self.own_cells {
            if !is_parameter {
                empty.insert(register);
            }
        }
        let mut run: Option<(u8, u8)> = None;
        for register in empty.iter() {
            run = match run {
                Some((first, count)) if first + count == register => Some((first, count + 1)),
                other => {
                    other.iter().for_each(|&(first, count)| push(Op::Clear, first, count, &[]));
                    Some((register, 1))
                }
            };
        }
        run.iter().for_each(|&(first, count)| push(Op::Clear, first, count, &[]));
        for &(register, _) in &self.own_cells {
            push(Op::MakeCell, register, 0, &[]);
        }
        if let Some(register) = self.class_dict {
            push(Op::Move, register, 0, &[]);
            push(Op::MakeCell, register, 0, &[]);
        }
        if let Some(Spill { register, own_cells, .. }) = &self.spill
            && !own_cells.is_empty()
        {
            let cell = self.base as u8;
            for &slot in own_cells {
                push(Op::LoadSpill, cell, *register, &[slot]);
                push(Op::MakeCell, cell, 0, &[]);
                push(Op::StoreSpill, *register, cell, &[slot]);
            }
            push(Op::Clear, cell, 1, &[]);
        }
        words
    }

    /// How many registers the code needs.
    pub(super) fn register_count(&self) -> u16 {
        self.high.max(1)
    }
}
