//! The sole writer of instructions: words, spans, labels, exception ranges, and the bookkeeping
//! of what each instruction leaves in the registers.

use super::constants::Constants;
use super::flow::{Flow, Registers, merge_into};
use crate::bytecode::{Child, Const, ConstIndex, ExceptionEntry, Op, Operand, Word};
use apy_grammar::Span;
use std::rc::Rc;

/// A code of more words than this is refused; it comes from `finally` blocks within each other,
/// which are copied for each way out.
const MAX_WORDS: usize = 1 << 24;

/// A place in the code that jumps may name before it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label(u32);

#[derive(Debug, Default)]
struct LabelState {
    position: Option<u32>,
    /// What is known of all jumps to it so far.
    flow: Option<Flow>,
}

/// A protected range that is being written; it has holes where a way out leaves it.
#[derive(Debug)]
struct Region {
    handler: Label,
    register: u8,
    open: Option<u32>,
    ranges: Vec<(u32, u32)>,
}

/// Names a region of the emitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegionId(usize);

#[derive(Debug, Default)]
pub(super) struct Emitter {
    pub(super) words: Vec<u32>,
    pub(super) spans: Vec<Span>,
    pub(super) constants: Constants,
    pub(super) caches: Vec<ConstIndex>,
    pub(super) children: Vec<Child>,
    pub(super) exceptions: Vec<ExceptionEntry>,
    labels: Vec<LabelState>,
    /// Offset words to fill in.
    fixups: Vec<(u32, Label)>,
    regions: Vec<Region>,
    /// What is known here; `None` where execution cannot come.
    pub(super) flow: Option<Flow>,
    /// Results of all kinds are emptied at the end of the statement, since the registers of
    /// this code live long.
    pub(super) tidy: bool,
    /// The lowest end of a call window since this was last set; see `leaks`.
    pub(super) lowest_window_end: u16,
    pub(super) too_big: bool,
}

impl Emitter {
    /// Nothing written, everything reachable.
    pub(super) fn new(tidy: bool) -> Emitter {
        Emitter { flow: Some(Flow::default()), lowest_window_end: 256, tidy, ..Emitter::default() }
    }

    pub(super) fn reachable(&self) -> bool {
        self.flow.is_some()
    }

    pub(super) fn position(&self) -> u32 {
        self.words.len() as u32
    }

    /// Write an instruction without extra words.
    pub(super) fn op(&mut self, span: Span, op: Op, a: u8, b: u8, c: u8) {
        self.write(span, op, [a, b, c], &[]);
    }

    /// Write an instruction with the extra words `extra` (offsets are for [`Self::jump`]).
    pub(super) fn op_with(&mut self, span: Span, op: Op, fields: [u8; 3], extra: &[u32]) {
        self.write(span, op, fields, extra);
    }

    /// As [`Self::op_with`] for a call that first looks up what it calls: the opcode's word has
    /// the span of that, the last word that of the call.
    pub(super) fn call_with(&mut self, lookup: Span, span: Span, op: Op, fields: [u8; 3], extra: &[u32]) {
        let at = self.words.len();
        self.write(span, op, fields, extra);
        if let Some(first) = self.spans.get_mut(at) {
            *first = lookup;
        }
    }

    fn write(&mut self, span: Span, op: Op, [a, b, c]: [u8; 3], extra: &[u32]) {
        debug_assert_eq!(extra.len(), op.info().extra.len());
        if self.flow.is_none() {
            return;
        }
        if self.words.len() > MAX_WORDS {
            self.too_big = true;
            self.flow = None;
            return;
        }
        self.words.push(Word { op, a, b, c }.encode());
        self.words.extend(extra);
        self.spans.resize(self.words.len(), span);
        self.note(op, [a, b, c], extra);
        if op.is_terminal() {
            self.flow = None;
        }
    }

    /// Keep account of what the instruction does to the registers.
    fn note(&mut self, op: Op, [a, b, c]: [u8; 3], extra: &[u32]) {
        let heap_constant = |index: u32| {
            let constant = self.constants.get(ConstIndex(index));
            !matches!(
                constant,
                Some(Const::Int(_) | Const::Float(_) | Const::None | Const::True | Const::False)
            )
        };
        let loads_object = match op {
            Op::LoadConst => heap_constant(u32::from(b) | u32::from(c) << 8),
            Op::LoadConstWide => heap_constant(extra[0]),
            _ => true,
        };
        let tidy = self.tidy;
        let Some(flow) = &mut self.flow else { return };
        if (Op::Add as u8..=Op::InplaceMul as u8).contains(&(op as u8)) {
            // Numbers, nearly always: not worth an instruction to see them off at once.
            flow.fresh.remove(b);
            flow.fresh.remove(c);
        }
        match op {
            Op::Clear => flow.clean_range(a, b),
            Op::Take => {
                let fresh = flow.fresh.contains(b);
                flow.clean(b);
                flow.soil(a, fresh);
            }
            Op::MatchSequence | Op::MatchMapping | Op::MatchLength => flow.clean(a),
            Op::LoadInt | Op::LoadNone | Op::LoadBool | Op::Not | Op::Is | Op::IsNot | Op::In | Op::NotIn => {
                flow.clean(a);
            }
            Op::LoadConst | Op::LoadConstWide if !loads_object => flow.clean(a),
            Op::LoadMethod => {
                flow.soil(a, true);
                flow.soil(a.saturating_add(1), true);
            }
            Op::Call
            | Op::CallKw
            | Op::CallGlobal
            | Op::CallMethod
            | Op::CallMethodKw
            | Op::Invoke
            | Op::InvokeKw => {
                self.lowest_window_end = self.lowest_window_end.min(u16::from(a) + u16::from(b) + 1);
                flow.clean_range(a.saturating_add(1), b);
                flow.soil(a, true);
            }
            Op::CallEx => {
                self.lowest_window_end = self.lowest_window_end.min(u16::from(a) + 3);
                flow.clean_range(a.saturating_add(1), 2);
                flow.soil(a, true);
            }
            Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString => {
                flow.clean_range(b, c);
                flow.soil(a, true);
            }
            Op::BuildDict => {
                flow.clean_range(b, c.saturating_mul(2));
                flow.soil(a, true);
            }
            Op::MakeFunction
            | Op::ListToTuple
            | Op::StarTuple
            | Op::GetIter
            | Op::GetAiter
            | Op::GetAnext => {
                flow.soil(a, true);
            }
            Op::Await => {
                flow.clean(b);
                flow.soil(a, true);
            }
            Op::StoreGlobal => flow.clean(a),
            Op::StoreCell | Op::StoreName => flow.clean(b),
            Op::DeleteLocal => flow.clean(a),
            Op::UnpackSequence => (a..=255).take(b.into()).for_each(|r| flow.soil(r, tidy)),
            Op::UnpackEx => {
                let count = usize::from(b) + 1 + extra[0] as usize;
                (a..=255).take(count).for_each(|r| flow.soil(r, tidy));
            }
            Op::BeforeWith | Op::BeforeAsyncWith => (a..=255).take(4).for_each(|r| flow.soil(r, true)),
            Op::PushHandled | Op::MatchGroup => {
                flow.soil(a, true);
                flow.soil(a.saturating_add(1), true);
            }
            Op::PopHandled => flow.clean_range(a, 2),
            Op::ExceptionInfo => (a..=255).take(3).for_each(|r| flow.soil(r, true)),
            _ => {
                if op.info().fields[0] == Operand::Dst {
                    flow.soil(a, tidy);
                }
            }
        }
    }

    /// A label that is not placed yet.
    pub(super) fn label(&mut self) -> Label {
        self.labels.push(LabelState::default());
        Label(self.labels.len() as u32 - 1)
    }

    /// Place `label` here: what is known is what all ways here agree on.
    pub(super) fn place(&mut self, label: Label) {
        let position = self.position();
        let state = &mut self.labels[label.0 as usize];
        state.position = Some(position);
        if let Some(flow) = state.flow.take() {
            merge_into(&mut self.flow, &flow);
        }
    }

    /// Write a jump (or another instruction whose only extra word is an offset) to `label`.
    ///
    /// A backward jump needs an opcode that may go back; of the others only [`Op::Jump`] is
    /// turned into its backward form here, conditional ones by `conditions`.
    pub(super) fn jump(&mut self, span: Span, op: Op, fields: [u8; 3], label: Label) {
        let Some(flow) = &self.flow else { return };
        let target = self.labels[label.0 as usize].position;
        let op = if op == Op::Jump && target.is_some() { Op::JumpBack } else { op };
        if target.is_none() {
            let mut flow = flow.clone();
            if op == Op::ForLoop {
                flow.soil(fields[0], self.tidy);
            }
            merge_into(&mut self.labels[label.0 as usize].flow, &flow);
        }
        let at = self.position() + 1;
        self.fixups.push((at, label));
        self.write(span, op, fields, &[0]);
        if self.words.len() as u32 <= at {
            self.fixups.pop();
        }
    }

    pub(super) fn is_placed(&self, label: Label) -> bool {
        self.labels[label.0 as usize].position.is_some()
    }

    /// Registers that came to hold objects since `before` and that a call made since then would
    /// find in its callee's frame if execution went back to where `before` was known.
    pub(super) fn leaks(&self, before: &Flow, top: u16) -> Registers {
        let from = top.max(self.lowest_window_end);
        self.flow.as_ref().map_or(Registers::default(), |flow| flow.dirty.beyond(from, before.dirty))
    }

    /// The object in `register` may stay there until the register is needed.
    pub(super) fn let_stay(&mut self, register: u8) {
        if let Some(flow) = &mut self.flow {
            flow.fresh.remove(register);
        }
    }

    /// Begin a range whose exceptions go to `handler`, in `register`.
    pub(super) fn begin_region(&mut self, handler: Label, register: u8) -> RegionId {
        let open = Some(self.position());
        self.regions.push(Region { handler, register, open, ranges: Vec::new() });
        if let Some(flow) = &self.flow {
            let mut flow = flow.clone();
            for above in flow.dirty.iter().filter(|&r| r > register) {
                flow.clean(above);
            }
            flow.soil(register, true);
            merge_into(&mut self.labels[handler.0 as usize].flow, &flow);
        }
        RegionId(self.regions.len() - 1)
    }

    /// Leave the range for a while: what follows belongs to a way out.
    pub(super) fn pause_region(&mut self, RegionId(at): RegionId) {
        let position = self.position();
        let region = &mut self.regions[at];
        if let Some(start) = region.open.take().filter(|&start| start < position) {
            region.ranges.push((start, position));
        }
    }

    pub(super) fn resume_region(&mut self, RegionId(at): RegionId) {
        self.regions[at].open = Some(self.position());
    }

    /// End the range. If it covers nothing, its handler cannot be reached.
    pub(super) fn end_region(&mut self, id: RegionId) {
        self.pause_region(id);
        let Region { handler, register, ranges, .. } = &mut self.regions[id.0];
        let (handler, register, ranges) = (*handler, *register, std::mem::take(ranges));
        if ranges.is_empty() {
            self.labels[handler.0 as usize].flow = None;
        }
        for (start, end) in ranges {
            // The handler's position is filled in by `finish`.
            self.exceptions.push(ExceptionEntry { start, end, handler: handler.0, register });
        }
    }

    /// A new cache for `name`.
    pub(super) fn cache(&mut self, name: &Rc<str>) -> u32 {
        let index = self.constants.name(name);
        self.caches.push(index);
        self.caches.len() as u32 - 1
    }

    /// Resolve all labels and put `prologue` in front.
    pub(super) fn finish(&mut self, prologue: Vec<(u32, Span)>) {
        for (at, label) in std::mem::take(&mut self.fixups) {
            let target = self.labels[label.0 as usize].position.unwrap_or(at);
            self.words[at as usize] = (i64::from(target) - i64::from(at)) as i32 as u32;
        }
        let shift = prologue.len() as u32;
        for entry in &mut self.exceptions {
            let handler = self.labels[entry.handler as usize].position.unwrap_or_default();
            entry.start += shift;
            entry.end += shift;
            entry.handler = handler + shift;
        }
        self.words.splice(0..0, prologue.iter().map(|&(word, _)| word));
        self.spans.splice(0..0, prologue.iter().map(|&(_, span)| span));
    }
}
