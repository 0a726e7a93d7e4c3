//! From codes to an archive.

use super::{FLAVORS, KINDS, has, tag, zigzag};
use crate::bytecode::code::{Child, Code, Const, ParameterSpec, VariableSlot};
use apy_grammar::Span;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// The archive of `root`, the code of a module. The name and text of its source are not in it.
pub fn write(root: &Code) -> Vec<u8> {
    let mut writer = Writer::default();
    let place = writer.code(root);
    let mut archive = (writer.texts.len() as u32).to_le_bytes().to_vec();
    let mut end = 0;
    for text in &writer.texts {
        end += text.len() as u32;
        archive.extend(end.to_le_bytes());
    }
    writer.texts.iter().for_each(|text| archive.extend(text.as_bytes()));
    let codes = archive.len() as u32;
    archive.extend(&writer.codes);
    archive.extend((codes + place).to_le_bytes());
    archive
}

#[derive(Default)]
struct Writer {
    texts: Vec<Rc<str>>,
    index: FxHashMap<Rc<str>, u32>,
    /// Finished codes.
    codes: Vec<u8>,
}

impl Writer {
    /// Write a code after its children; its place among the codes.
    fn code(&mut self, code: &Code) -> u32 {
        let children: Vec<u32> = code.children.iter().map(|child| self.code(child.code())).collect();
        let mut out = Record(Vec::new());
        self.header(code, &mut out);
        self.names(code, &mut out);
        out.count(code.words.len());
        code.words.iter().for_each(|word| out.0.extend(word.to_le_bytes()));
        out.count(code.constants.len());
        code.constants.iter().for_each(|constant| self.constant(constant, &mut out));
        out.count(code.caches.len());
        code.caches.iter().for_each(|name| out.number(name.0.into()));
        out.count(code.children.len());
        for (Child { captures, .. }, place) in code.children.iter().zip(children) {
            out.number(place.into());
            out.count(captures.len());
            captures.iter().for_each(|&slot| out.slot(slot));
        }
        out.count(code.exceptions.len());
        for entry in &code.exceptions {
            [entry.start, entry.end, entry.handler].iter().for_each(|&word| out.number(word.into()));
            out.0.push(entry.register);
        }
        out.spans(&code.spans);
        let place = self.codes.len() as u32;
        self.codes.extend(out.0);
        place
    }

    fn header(&mut self, code: &Code, out: &mut Record) {
        let ParameterSpec { names, positional_only, positional, keyword_only, .. } = &code.parameters;
        let flags = [
            (code.spill.is_some(), has::SPILL),
            (code.future_annotations, has::FUTURE_ANNOTATIONS),
            (code.reads_locals, has::READS_LOCALS),
            (code.doc.is_some(), has::DOC),
            (code.parameters.has_varargs, has::VARARGS),
            (code.parameters.has_varkeywords, has::VARKEYWORDS),
        ];
        let kind = KINDS.iter().position(|&kind| kind == code.kind).expect("all kinds are listed");
        let flavor = FLAVORS.iter().position(|&flavor| flavor == code.flavor).expect("all are listed");
        out.0.extend([kind as u8, flavor as u8]);
        out.0.push(flags.iter().filter(|(is_set, _)| *is_set).map(|(_, bit)| bit).sum());
        self.text(&code.name, out);
        self.text(&code.qualname, out);
        out.number(code.first_line.into());
        out.number(code.register_count.into());
        [positional_only, positional, keyword_only].iter().for_each(|&&count| out.number(count.into()));
        self.texts(names, out);
        out.0.extend(code.spill);
        if let Some(doc) = &code.doc {
            self.text(doc, out);
        }
    }

    fn names(&mut self, code: &Code, out: &mut Record) {
        self.texts(&code.free_names, out);
        self.texts(&code.cell_names, out);
        out.count(code.local_names.len());
        for (name, slot) in &code.local_names {
            self.text(name, out);
            out.slot(*slot);
        }
        out.count(code.inlined_names.len());
        for inlined in &code.inlined_names {
            self.text(&inlined.name, out);
            out.0.extend([inlined.register, inlined.is_cell.into()]);
            out.number(inlined.start.into());
            out.number(inlined.end.into());
        }
    }

    fn texts(&mut self, texts: &[Rc<str>], out: &mut Record) {
        out.count(texts.len());
        texts.iter().for_each(|text| self.text(text, out));
    }

    fn text(&mut self, text: &Rc<str>, out: &mut Record) {
        let next = self.texts.len() as u32;
        let index = *self.index.entry(Rc::clone(text)).or_insert(next);
        if index == next {
            self.texts.push(Rc::clone(text));
        }
        out.number(index.into());
    }

    fn constant(&mut self, constant: &Const, out: &mut Record) {
        match constant {
            Const::None => out.0.push(tag::NONE),
            Const::True => out.0.push(tag::TRUE),
            Const::False => out.0.push(tag::FALSE),
            Const::Ellipsis => out.0.push(tag::ELLIPSIS),
            Const::Int(value) => {
                out.0.push(tag::INT);
                out.number(zigzag(*value));
            }
            Const::BigInt(value) => {
                out.0.push(tag::BIG_INT);
                out.bytes(&value.to_signed_bytes_le());
            }
            Const::Float(value) => {
                out.0.push(tag::FLOAT);
                out.0.extend(value.to_bits().to_le_bytes());
            }
            Const::Complex(real, imaginary) => {
                out.0.push(tag::COMPLEX);
                out.0.extend(real.to_bits().to_le_bytes());
                out.0.extend(imaginary.to_bits().to_le_bytes());
            }
            Const::Str(text) => {
                out.0.push(tag::STR);
                self.text(text, out);
            }
            Const::Bytes(bytes) => {
                out.0.push(tag::BYTES);
                out.bytes(bytes);
            }
            Const::Tuple(items) | Const::FrozenSet(items) => {
                let is_tuple = matches!(constant, Const::Tuple(_));
                out.0.push(if is_tuple { tag::TUPLE } else { tag::FROZEN_SET });
                out.count(items.len());
                items.iter().for_each(|item| self.constant(item, out));
            }
        }
    }
}

/// The bytes of one code.
struct Record(Vec<u8>);

impl Record {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    /// Even: a register; odd: a slot of the spill list.
    fn slot(&mut self, slot: VariableSlot) {
        match slot {
            VariableSlot::Register(register) => self.number(u64::from(register) << 1),
            VariableSlot::Spill(slot) => self.number(u64::from(slot) << 1 | 1),
        }
    }

    /// Runs of equal spans: their number, how far the start is from the one before, the length.
    fn spans(&mut self, spans: &[Span]) {
        let mut before = 0;
        for run in spans.chunk_by(|a, b| a == b) {
            let Span { start, end } = run[0];
            self.count(run.len());
            self.number(zigzag(i64::from(start) - before));
            self.number(zigzag(i64::from(end) - i64::from(start)));
            before = start.into();
        }
    }
}
