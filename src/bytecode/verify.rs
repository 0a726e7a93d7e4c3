//! The proof that a code object may be run without checks: one linear pass per code.
//!
//! What the unchecked accessors of the virtual machine rely on is established here and nowhere
//! else; only this module can make a [`Verified`].

use super::code::{Child, Code, Const, Flavor, VariableSlot};
use super::op::{Extra, Op, Operand, Word};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// Code whose operands are all in range, whose jumps all land on instructions and which never
/// runs off its end; the same holds for its children.
#[derive(Debug, Clone)]
pub struct Verified(Rc<Code>);

impl Verified {
    /// The code as a shared object.
    pub fn code(&self) -> &Rc<Code> {
        &self.0
    }

    /// The child code at `index`, which was verified with its parent.
    pub fn child(&self, index: usize) -> Option<Verified> {
        self.0.children.get(index).map(|child| Verified(Rc::clone(child.code())))
    }
}

impl Deref for Verified {
    type Target = Code;

    fn deref(&self) -> &Code {
        &self.0
    }
}

/// Why a code was refused; always a fault of whoever made the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// Qualified name of the code.
    pub code: Rc<str>,
    /// Word at which the fault was found.
    pub at: usize,
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "internal error: bad code {:?} at word {}: {}", self.code, self.at, self.message)
    }
}

impl std::error::Error for VerifyError {}

/// Check `code` and its children.
pub fn verify(code: Code) -> Result<Verified, VerifyError> {
    check(&code)?;
    Ok(Verified(Rc::new(code)))
}

fn check(code: &Code) -> Result<(), VerifyError> {
    let mut verifier = Verifier { code, at: 0 };
    verifier.header()?;
    let starts = verifier.starts()?;
    for &at in starts.positions() {
        verifier.at = at as usize;
        verifier.instruction(&starts)?;
    }
    verifier.exceptions(&starts)?;
    // Those that lie in an archive are checked when they are read.
    for child in code.children.iter().filter_map(Child::known_code) {
        check(child)?;
    }
    Ok(())
}

/// Where instructions begin: a bit per word, and the list of positions.
struct Starts {
    bits: Vec<u64>,
    positions: Vec<u32>,
}

impl Starts {
    fn contains(&self, at: usize) -> bool {
        self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn positions(&self) -> &[u32] {
        &self.positions
    }
}

struct Verifier<'a> {
    code: &'a Code,
    at: usize,
}

impl Verifier<'_> {
    fn fail<T>(&self, message: impl Into<String>) -> Result<T, VerifyError> {
        Err(VerifyError { code: Rc::clone(&self.code.qualname), at: self.at, message: message.into() })
    }

    fn ensure(&self, holds: bool, message: &str) -> Result<(), VerifyError> {
        if holds { Ok(()) } else { self.fail(message) }
    }

    /// Everything that is not an instruction.
    fn header(&self) -> Result<(), VerifyError> {
        let code = self.code;
        let parameters = &code.parameters;
        let named = parameters.positional as usize
            + parameters.keyword_only as usize
            + usize::from(parameters.has_varargs)
            + usize::from(parameters.has_varkeywords);
        self.ensure(named == parameters.names.len(), "parameter counts disagree with their names")?;
        self.ensure(parameters.positional_only <= parameters.positional, "too many positional-only")?;
        let fixed = parameters.count() + code.free_names.len();
        self.ensure(usize::from(code.register_count) <= fixed.max(256), "more than 256 registers")?;
        self.ensure(fixed <= code.register_count as usize, "parameters and free names have no registers")?;
        self.ensure(code.spans.len() == code.words.len(), "spans and words differ in number")?;
        self.ensure(!code.words.is_empty(), "no instructions")?;
        self.ensure(u32::try_from(code.words.len()).is_ok_and(|n| n < 1 << 31), "too many words")?;
        if let Some(register) = code.spill {
            self.registers(register.into(), 1)?;
        }
        for (name, slot) in &code.local_names {
            if !self.is_inside(*slot) {
                return self.fail(format!("local {name:?} lies outside the registers"));
            }
        }
        for inlined in &code.inlined_names {
            self.registers(inlined.register.into(), 1)?;
        }
        for &index in &code.caches {
            self.name(index.0 as usize)?;
        }
        for child in &code.children {
            let same = child.known_code().is_none_or(|known| known.free_names.len() == child.captures.len());
            self.ensure(same, "captures and free names differ in number")?;
            let inside = child.captures.iter().all(|&slot| self.is_inside(slot));
            self.ensure(inside, "a capture lies outside the registers")?;
        }
        Ok(())
    }

    fn is_inside(&self, slot: VariableSlot) -> bool {
        match slot {
            VariableSlot::Register(register) => u16::from(register) < self.code.register_count,
            VariableSlot::Spill(_) => self.code.spill.is_some(),
        }
    }

    /// Walk the instructions by their lengths; the last must not run off the end.
    fn starts(&mut self) -> Result<Starts, VerifyError> {
        let count = self.code.words.len();
        let mut starts = Starts { bits: vec![0; count.div_ceil(64)], positions: Vec::with_capacity(count) };
        let mut last = Op::Nop;
        while self.at < count {
            let Some(word) = Word::decode(self.code.words[self.at]) else {
                return self.fail("unknown opcode");
            };
            starts.bits[self.at / 64] |= 1 << (self.at % 64);
            starts.positions.push(self.at as u32);
            last = word.op;
            self.at += word.op.length();
        }
        self.ensure(self.at == count, "the last instruction is cut short")?;
        self.ensure(last.is_terminal(), "runs off its end")?;
        Ok(starts)
    }

    fn instruction(&self, starts: &Starts) -> Result<(), VerifyError> {
        let Some(word) = Word::decode(self.code.words[self.at]) else {
            return self.fail("unknown opcode");
        };
        let info = word.op.info();
        let fields = [word.a, word.b, word.c, 0];
        for (index, operand) in info.fields.iter().enumerate() {
            let (value, next) = (fields[index] as usize, fields[index + 1] as usize);
            match operand {
                Operand::No => self.ensure(value == 0, "an unused field is not zero")?,
                Operand::Dst | Operand::Reg => self.registers(value, 1)?,
                Operand::Pair => self.registers(value, 2)?,
                Operand::Triple if word.op == Op::MakeFunction => {
                    self.registers_if_any(value, (u8::BITS - word.c.leading_zeros()) as usize)?;
                }
                Operand::Triple => self.registers(value, 3)?,
                Operand::Quad => self.registers(value, 4)?,
                Operand::Window => self.registers(value, word.b as usize + 1)?,
                Operand::Range if word.op == Op::UnpackEx => {
                    let after = self.code.words[self.at + 1] as usize;
                    self.registers(value, next.saturating_add(after).saturating_add(1))?;
                }
                Operand::Range => self.registers_if_any(value, next)?,
                Operand::PairRange => self.registers_if_any(value, 2 * next)?,
                Operand::Const => self.constant(value)?,
                Operand::ConstLow => self.constant(value | next << 8)?,
                Operand::Count | Operand::High | Operand::IntLow | Operand::Int | Operand::Flags => {}
            }
        }
        for (index, extra) in info.extra.iter().enumerate() {
            let at = self.at + 1 + index;
            let value = self.code.words[at] as usize;
            match extra {
                Extra::Offset => self.jump(word.op, at, starts)?,
                Extra::Cache => self.ensure(value < self.code.caches.len(), "no such cache")?,
                Extra::Const => self.constant(value)?,
                Extra::Child => self.ensure(value < self.code.children.len(), "no such child")?,
                Extra::Number => {}
            }
        }
        self.particular(word)
    }

    /// What single opcodes ask beyond their operand kinds.
    fn particular(&self, word: Word) -> Result<(), VerifyError> {
        let extra = |index: usize| self.code.words[self.at + index] as usize;
        match word.op {
            Op::CheckLocal | Op::DeleteLocal | Op::DeleteGlobal => {
                self.name(word.b as usize | (word.c as usize) << 8)
            }
            Op::LoadCell
            | Op::DeleteCell
            | Op::LoadNameOrCell
            | Op::StoreName
            | Op::DeleteName
            | Op::DeleteAttr
            | Op::ImportName
            | Op::ImportFrom => self.name(extra(1)),
            Op::MakeSpill => {
                self.ensure(extra(2) <= extra(1), "more values than slots to spill them to")?;
                self.registers_if_any(word.b.into(), extra(2))
            }
            Op::CallKw => self.keyword_names(extra(1), word.b),
            Op::CallMethod => self.ensure(word.b > 0, "a method call without room for its receiver"),
            Op::CallMethodKw => {
                self.ensure(word.b > 0, "a method call without room for its receiver")?;
                self.keyword_names(extra(1), word.b - 1)
            }
            Op::InvokeKw => self.keyword_names(extra(2), word.b),
            Op::MatchClass => self.keyword_names(extra(1), u8::MAX),
            Op::Inplace => {
                let plain = u8::try_from(extra(1)).ok().and_then(Op::from_byte);
                let arithmetic =
                    plain.is_some_and(|op| (Op::Add as u8..=Op::BitXor as u8).contains(&(op as u8)));
                self.ensure(arithmetic, "not an arithmetic operator")
            }
            Op::Yield | Op::Await => {
                self.ensure(self.code.flavor != Flavor::Plain, "suspends in code that cannot")
            }
            _ => Ok(()),
        }
    }

    fn registers(&self, first: usize, count: usize) -> Result<(), VerifyError> {
        self.ensure(
            first.saturating_add(count) <= self.code.register_count as usize,
            "a register is out of range",
        )
    }

    /// As `registers`, but an empty run may start anywhere.
    fn registers_if_any(&self, first: usize, count: usize) -> Result<(), VerifyError> {
        if count == 0 { Ok(()) } else { self.registers(first, count) }
    }

    fn constant(&self, index: usize) -> Result<(), VerifyError> {
        self.ensure(index < self.code.constants.len(), "no such constant")
    }

    fn name(&self, index: usize) -> Result<(), VerifyError> {
        let is_name = matches!(self.code.constants.get(index), Some(Const::Str(_)));
        self.ensure(is_name, "a name is no string constant")
    }

    fn keyword_names(&self, index: usize, arguments: u8) -> Result<(), VerifyError> {
        let Some(Const::Tuple(names)) = self.code.constants.get(index) else {
            return self.fail("keyword names are no tuple");
        };
        self.ensure(names.len() <= arguments as usize, "more keyword names than arguments")?;
        self.ensure(names.iter().all(|n| matches!(n, Const::Str(_))), "a keyword name is no string")
    }

    fn jump(&self, op: Op, at: usize, starts: &Starts) -> Result<(), VerifyError> {
        let target = at as i64 + i64::from(self.code.words[at] as i32);
        let lands = usize::try_from(target).is_ok_and(|target| starts.contains(target));
        self.ensure(lands, "a jump lands on no instruction")?;
        let is_back = target <= at as i64;
        if op == Op::JumpBack {
            self.ensure(is_back, "a backward jump goes forward")
        } else {
            // A jump back that does not poll would make a loop nobody can interrupt.
            self.ensure(!is_back || polls(op), "a forward jump goes back")
        }
    }

    fn exceptions(&self, starts: &Starts) -> Result<(), VerifyError> {
        let count = self.code.words.len();
        for entry in &self.code.exceptions {
            let (start, end) = (entry.start as usize, entry.end as usize);
            self.ensure(start < end && end <= count, "an exception entry covers no code")?;
            let aligned = starts.contains(start) && (end == count || starts.contains(end));
            self.ensure(aligned, "an exception entry cuts an instruction")?;
            self.ensure(starts.contains(entry.handler as usize), "a handler is no instruction")?;
            self.registers(entry.register as usize, 1)?;
        }
        Ok(())
    }
}

/// Whether a jump of this kind may go back.
fn polls(op: Op) -> bool {
    matches!(
        op,
        Op::JumpBack
            | Op::JumpIfTrue
            | Op::JumpIfLt
            | Op::JumpIfLe
            | Op::JumpIfEq
            | Op::JumpIfNe
            | Op::JumpIfGt
            | Op::JumpIfGe
            | Op::JumpIfBits
            | Op::JumpIfLtInt
            | Op::JumpIfLeInt
            | Op::JumpIfEqInt
            | Op::JumpIfNeInt
            | Op::JumpIfGtInt
            | Op::JumpIfGeInt
            | Op::ForLoop
    )
}
