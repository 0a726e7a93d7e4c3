//! A unit: the code being made from one module, class body, function, lambda or generator
//! expression, with its registers and the places of its names.

use super::emit::{Emitter, Label, RegionId};
use super::flow::{Registers, Variable};
use crate::bytecode::{CodeKind, Flavor, Op, ParameterSpec, Word};
use crate::resolve::{Binding, CLASS_DICT, Facts, Scope, ScopeId, ScopeKind, Scopes};
use apy_grammar::Span;
use apy_grammar::ast::Stmt;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Registers for parameters, cells and other locals; further locals live in a spill list.
const MAX_FIXED: usize = 180;
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
    pub(super) local_names: Vec<(Rc<str>, u8)>,
    /// Registers of this unit's own cells, and whether a parameter is in them at first.
    own_cells: Vec<(u8, bool)>,
    /// The cell of the class body's namespace, for what reads names of it.
    class_dict: Option<u8>,
    spill: Option<(u8, u32)>,
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

    /// Parameters first, then cells of enclosing functions, own cells, the spill list, locals.
    fn assign_registers(&mut self, scope: &Scope) {
        let names = self.parameters.names.clone();
        for name in &names {
            let register = self.alloc();
            self.local_names.push((Rc::clone(name), register));
            if scope.binding(name) == Binding::Cell {
                self.own_cells.push((register, true));
                self.cell_names.push(Rc::clone(name));
                self.places.insert(Rc::clone(name), Place::Cell { register, free: false });
            } else {
                let variable = self.variable();
                self.bind(variable);
                self.places.insert(Rc::clone(name), Place::Register(register, variable));
            }
        }
        for name in &scope.free {
            let register = self.alloc();
            self.local_names.push((Rc::clone(name), register));
            self.free_names.push(Rc::clone(name));
            // A class may bind the name itself besides passing the cell on to its methods.
            let class_dict = scope.free.iter().position(|name| &**name == CLASS_DICT);
            let place = match scope.kind {
                _ if scope.sees_class.is_some()
                    && class_dict.is_some()
                    && !matches!(&**name, "__class__" | CLASS_DICT) =>
                {
                    let namespace = self.parameters.count() + class_dict.unwrap_or_default();
                    Place::ClassNameOrCell(namespace as u8, register)
                }
                ScopeKind::Class if scope.facts(name).any(Facts::NONLOCAL) => {
                    Place::Cell { register, free: true }
                }
                ScopeKind::Class if scope.binding(name) == Binding::Free => Place::NameOrCell(register),
                ScopeKind::Class => Place::Name,
                _ => Place::Cell { register, free: true },
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
        let own = |wanted: Binding| {
            let symbols = scope.symbols().iter().filter(|s| !s.facts.any(Facts::PARAMETER));
            symbols.map(|s| Rc::clone(&s.name)).filter(move |name| scope.binding(name) == wanted)
        };
        for name in own(Binding::Cell) {
            let register = self.alloc();
            self.own_cells.push((register, false));
            self.cell_names.push(Rc::clone(&name));
            self.local_names.push((Rc::clone(&name), register));
            self.places.insert(name, Place::Cell { register, free: false });
        }
        let locals: Vec<Rc<str>> = own(Binding::Local).collect();
        let room = MAX_FIXED.saturating_sub(self.top as usize);
        let (kept, spilled) = locals.split_at(if locals.len() <= room { locals.len() } else { room });
        if !spilled.is_empty() {
            self.spill = Some((self.alloc(), spilled.len() as u32));
        }
        for name in kept {
            let (register, variable) = (self.alloc(), self.variable());
            self.local_names.push((Rc::clone(name), register));
            self.places.insert(Rc::clone(name), Place::Register(register, variable));
        }
        for (slot, name) in spilled.iter().enumerate() {
            let variable = self.variable();
            self.places.insert(Rc::clone(name), Place::Spill(slot as u32, variable));
        }
        if scope.shows_locals {
            let fixed = self.parameters.count() + self.free_names.len();
            let cells: Vec<u8> = self.own_cells.iter().map(|&(register, _)| register).collect();
            let (first, end) = (fixed as u16, self.top.min(MAX_REGISTERS));
            for register in (first..end).filter_map(|r| u8::try_from(r).ok()) {
                if !cells.contains(&register) && self.spill.is_none_or(|(spill, _)| spill != register) {
                    self.unready.insert(register);
                }
            }
        }
    }

    /// The register of the spill list; there is one if a place is [`Place::Spill`].
    pub(super) fn spill_register(&self) -> u8 {
        self.spill.map_or(0, |(register, _)| register)
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

    /// The instructions before everything else: empty what must be empty, make cells.
    pub(super) fn prologue(&self) -> Vec<(u32, Span)> {
        let mut words = Vec::new();
        let mut push = |op, a, b| words.push((Word { op, a, b, c: 0 }.encode(), self.span));
        let given = (self.parameters.count() + self.free_names.len()) as u16;
        let mut empty = self.unready.beyond(given, Registers::default());
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
                    other.iter().for_each(|&(first, count)| push(Op::Clear, first, count));
                    Some((register, 1))
                }
            };
        }
        run.iter().for_each(|&(first, count)| push(Op::Clear, first, count));
        for &(register, _) in &self.own_cells {
            push(Op::MakeCell, register, 0);
        }
        if let Some(register) = self.class_dict {
            push(Op::Move, register, 0);
            push(Op::MakeCell, register, 0);
        }
        if let Some((register, count)) = self.spill {
            push(Op::MakeSpill, register, 0);
            words.push((count, self.span));
        }
        words
    }

    /// How many registers the code needs.
    pub(super) fn register_count(&self) -> u16 {
        self.high.max(1)
    }
}
