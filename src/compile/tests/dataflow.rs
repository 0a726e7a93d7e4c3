//! Follows every way through a code and checks what the virtual machine relies on and the
//! verifier, being linear, cannot see: no register is read before it has a value, nothing above
//! a call window holds an object, and what is pushed as handled is popped on every way out.

use crate::bytecode::{Code, Const, Flavor, Op, Operand, VariableSlot, Word};

/// What a register may hold; a set.
const GARBAGE: u8 = 1;
const EMPTY: u8 = 2;
const PLAIN: u8 = 4;
const OBJECT: u8 = 8;

#[derive(Clone, PartialEq)]
struct State {
    registers: Vec<u8>,
    handled: Vec<u8>,
}

struct Checker<'a> {
    code: &'a Code,
    states: Vec<Option<State>>,
    work: Vec<usize>,
    faults: Vec<String>,
}

/// The faults of `code` and its children.
pub(super) fn faults(code: &Code) -> Vec<String> {
    let mut registers = vec![GARBAGE; code.register_count as usize];
    let given = code.parameters.count() + code.free_names.len();
    registers[..given].fill(OBJECT);
    let states = vec![None; code.words.len()];
    let mut checker = Checker { code, states, work: Vec::new(), faults: Vec::new() };
    checker.reach(0, State { registers, handled: Vec::new() }, 0);
    while let Some(at) = checker.work.pop() {
        checker.step(at);
        if checker.faults.len() > 5 {
            break;
        }
    }
    let mut all = checker.faults;
    code.children.iter().for_each(|child| all.extend(faults(child.code())));
    all
}

impl Checker<'_> {
    fn fault(&mut self, at: usize, text: String) {
        let line = self.code.source.line(self.code.spans[at].start);
        self.faults.push(format!("{} line {line} word {at}: {text}", self.code.qualname));
    }

    fn reach(&mut self, at: usize, state: State, from: usize) {
        match &mut self.states[at] {
            None => self.states[at] = Some(state),
            Some(known) => {
                if known.handled != state.handled {
                    let text = format!("handled {:?} from {from}, {:?} before", state.handled, known.handled);
                    return self.fault(at, text);
                }
                let mut changed = false;
                for (mine, theirs) in known.registers.iter_mut().zip(&state.registers) {
                    changed |= *mine | theirs != *mine;
                    *mine |= theirs;
                }
                if !changed {
                    return;
                }
            }
        }
        self.work.push(at);
    }

    fn read(&mut self, at: usize, state: &State, register: u8) {
        let held = state.registers[register as usize];
        if held & (GARBAGE | EMPTY) != 0 {
            self.fault(at, format!("r{register} is read but holds {held:#06b}"));
        }
    }

    fn constant_kind(&self, index: u32) -> u8 {
        match self.code.constants[index as usize] {
            Const::Int(_) | Const::Float(_) => PLAIN,
            _ => OBJECT,
        }
    }

    fn step(&mut self, at: usize) {
        let Some(mut state) = self.states[at].clone() else { return };
        let Some(word) = Word::decode(self.code.words[at]) else { return };
        let extra = |index: usize| self.code.words[at + 1 + index];
        let Word { op, a, .. } = word;
        self.raises(at, op, &state);
        self.check_reads(at, word, &state);
        self.effects(at, word, &mut state);
        let next = at + op.length();
        if op.info().extra.first() == Some(&crate::bytecode::Extra::Offset) {
            let target = (at as i64 + 1 + i64::from(extra(0) as i32)) as usize;
            let mut there = state.clone();
            if op == Op::ForLoop {
                there.registers[a as usize] = OBJECT;
            }
            if op == Op::EndAsyncFor {
                there.registers[a as usize] = EMPTY;
            }
            self.reach(target, there, at);
        }
        if matches!(op, Op::Return | Op::ReturnNone) && !state.handled.is_empty() {
            self.fault(at, format!("returns while handling {:?}", state.handled));
        }
        if !op.is_terminal() && op != Op::EndAsyncFor {
            self.reach(next, state, at);
        }
    }

    /// The way to the handler of this instruction, if it can raise.
    fn raises(&mut self, at: usize, op: Op, state: &State) {
        let never = matches!(
            op,
            Op::Nop
                | Op::Move
                | Op::Take
                | Op::LoadConst
                | Op::LoadConstWide
                | Op::LoadInt
                | Op::LoadNone
                | Op::LoadBool
                | Op::Clear
                | Op::MakeCell
                | Op::StoreCell
                | Op::StoreGlobal
                | Op::DeleteGlobal
                | Op::DeleteName
                | Op::StoreName
                | Op::DeleteCell
                | Op::Jump
                | Op::JumpIfNone
                | Op::JumpIfNotNone
                | Op::Return
                | Op::ReturnNone
                | Op::PushHandled
                | Op::PopHandled
                | Op::ExceptionInfo
                | Op::StoreSpill
                | Op::LoadSpill
        );
        if never {
            return;
        }
        let position = at as u32;
        let covers = |entry: &&crate::bytecode::ExceptionEntry| (entry.start..entry.end).contains(&position);
        match self.code.exceptions.iter().find(covers) {
            Some(entry) => {
                let mut there = state.clone();
                there.registers[entry.register as usize] = OBJECT;
                there.registers[entry.register as usize + 1..].fill(EMPTY);
                self.reach(entry.handler as usize, there, at);
            }
            None if !state.handled.is_empty() => {
                self.fault(at, format!("may raise out of the code while handling {:?}", state.handled));
            }
            None => {}
        }
    }

    fn check_reads(&mut self, at: usize, word: Word, state: &State) {
        let Word { op, a, b, c } = word;
        let fields = [a, b, c, 0];
        if matches!(op, Op::CheckLocal | Op::DeleteLocal | Op::MakeCell) {
            if state.registers[a as usize] & GARBAGE != 0 {
                self.fault(at, format!("{op:?} of r{a} that was never set"));
            }
            return;
        }
        if op == Op::SetupAnnotations && b == 1 {
            return;
        }
        if op == Op::StoreSpill {
            return self.read(at, state, a);
        }
        if op == Op::MakeSpill {
            let taken = self.code.words[at + 2] as usize;
            return (b..=255).take(taken).for_each(|register| self.read(at, state, register));
        }
        for (index, operand) in op.info().fields.iter().enumerate() {
            let (value, next) = (fields[index], fields[index + 1]);
            let count = match operand {
                Operand::Reg => 1,
                Operand::Pair if matches!(op, Op::PushHandled | Op::PopHandled | Op::LoadMethod) => 1,
                Operand::Pair if word.op.info().fields[0] != Operand::Pair => 2,
                Operand::Triple if op == Op::BuildSlice || op == Op::CallEx => 3,
                Operand::Window => {
                    if op != Op::CallGlobal {
                        self.read(at, state, value);
                    }
                    (value + 1..=value + b).for_each(|register| self.read(at, state, register));
                    continue;
                }
                Operand::Range if !matches!(op, Op::Clear | Op::UnpackSequence | Op::UnpackEx) => next,
                Operand::PairRange => 2 * next,
                _ => 0,
            };
            (value..).take(count.into()).for_each(|register| self.read(at, state, register));
        }
        if op == Op::MakeFunction {
            (0..3).filter(|bit| c >> bit & 1 == 1).for_each(|bit| self.read(at, state, b + bit));
            let child = &self.code.children[self.code.words[at + 1] as usize];
            for slot in child.captures.clone() {
                if let VariableSlot::Register(register) = slot {
                    self.read(at, state, register);
                }
            }
        }
        if op == Op::Await {
            self.read(at, state, a);
        }
        let window_end = match op {
            Op::Call
            | Op::CallKw
            | Op::CallGlobal
            | Op::CallMethod
            | Op::CallMethodKw
            | Op::Invoke
            | Op::InvokeKw => a as usize + b as usize + 1,
            Op::CallEx => a as usize + 3,
            _ => return,
        };
        if self.code.flavor == Flavor::Plain {
            for register in window_end..state.registers.len() {
                if state.registers[register] & OBJECT != 0 {
                    self.fault(at, format!("r{register} above the window may hold an object"));
                }
            }
        }
    }

    fn effects(&mut self, at: usize, word: Word, state: &mut State) {
        let Word { op, a, b, c } = word;
        let extra = |index: usize| self.code.words[at + 1 + index];
        let kind = match op {
            Op::LoadConst => self.constant_kind(u32::from(b) | u32::from(c) << 8),
            Op::LoadConstWide => self.constant_kind(extra(0)),
            Op::LoadInt | Op::LoadNone | Op::LoadBool => PLAIN,
            Op::Not | Op::Is | Op::IsNot | Op::In | Op::NotIn => PLAIN,
            Op::MatchSequence | Op::MatchMapping | Op::MatchLength => PLAIN,
            _ => OBJECT,
        };
        let registers = &mut state.registers;
        let mut fill = |first: u8, count: usize, with: u8| {
            registers[first as usize..][..count].fill(with);
        };
        match op {
            Op::MakeSpill => fill(b, extra(1) as usize, EMPTY),
            Op::Clear => return fill(a, b.into(), EMPTY),
            Op::CheckLocal => return registers[a as usize] &= !EMPTY,
            Op::DeleteLocal => return registers[a as usize] = EMPTY,
            Op::LoadSpill => return registers[a as usize] = OBJECT | EMPTY,
            Op::Take => {
                let value = registers[b as usize];
                registers[b as usize] = EMPTY;
                return registers[a as usize] = value;
            }
            Op::Move => return registers[a as usize] = registers[b as usize],
            Op::LoadMethod => return fill(a, 2, OBJECT),
            Op::Call
            | Op::CallKw
            | Op::CallGlobal
            | Op::CallMethod
            | Op::CallMethodKw
            | Op::Invoke
            | Op::InvokeKw => {
                fill(a + 1, b.into(), EMPTY);
                return fill(a, 1, OBJECT);
            }
            Op::CallEx => {
                fill(a + 1, 2, EMPTY);
                return fill(a, 1, OBJECT);
            }
            Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString => fill(b, c.into(), EMPTY),
            Op::BuildDict => fill(b, 2 * usize::from(c), EMPTY),
            Op::Await => fill(b, 1, EMPTY),
            Op::StoreGlobal => return fill(a, 1, EMPTY),
            Op::StoreCell | Op::StoreName => return fill(b, 1, EMPTY),
            Op::UnpackSequence => return fill(a, b.into(), OBJECT),
            Op::UnpackEx => return fill(a, usize::from(b) + 1 + extra(0) as usize, OBJECT),
            Op::BeforeWith | Op::BeforeAsyncWith => return fill(a, 4, OBJECT),
            Op::MatchGroup => return fill(a, 2, OBJECT),
            Op::ExceptionInfo => return fill(a, 3, OBJECT),
            Op::PushHandled => {
                fill(a, 2, OBJECT);
                return state.handled.push(a);
            }
            Op::PopHandled => {
                fill(a, 2, EMPTY);
                if state.handled.pop() != Some(a) {
                    self.fault(at, format!("pops r{a}, which is not the one handled last"));
                }
                return;
            }
            Op::ForLoop => return,
            _ => {}
        }
        if op.info().fields[0] == Operand::Dst {
            state.registers[a as usize] = kind;
        }
    }
}
