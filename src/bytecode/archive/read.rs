//! From an archive to codes.

use super::{FLAVORS, KINDS, has, tag, unzigzag};
use crate::bytecode::code::{
    Child, Code, Const, ConstIndex, ExceptionEntry, InlinedName, LazyCode, ParameterSpec, VariableSlot,
};
use crate::bytecode::verify::{Verified, verify};
use apy_grammar::{SourceFile, Span};
use num_bigint::BigInt;
use std::cell::RefCell;
use std::rc::Rc;

/// The code of the module in `archive`, which was made from the text of `source`. Its children
/// are read when they are asked for.
///
/// # Panics
/// If the bytes are no archive.
pub fn load(archive: &'static [u8], source: Rc<SourceFile>) -> Verified {
    let last = archive.len() - 4;
    let root = word_at(archive, last);
    let count = word_at(archive, 0) as usize;
    let texts = RefCell::new(vec![None; count]);
    let codes = match count {
        0 => 4,
        _ => 4 + 4 * count + word_at(archive, 4 * count) as usize,
    };
    let archive = Rc::new(Archive { bytes: archive, texts, codes, source });
    let code = archive.read(root as usize);
    match verify(code) {
        Ok(code) => code,
        Err(error) => panic!("{error}"),
    }
}

fn word_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// A code that lies in an archive.
#[derive(Debug, Clone)]
pub struct Archived {
    archive: Rc<Archive>,
    place: usize,
}

impl Archived {
    /// Read it.
    pub(in crate::bytecode) fn read(&self) -> Code {
        self.archive.read(self.place)
    }
}

#[derive(Debug)]
struct Archive {
    bytes: &'static [u8],
    /// The texts read so far.
    texts: RefCell<Vec<Option<Rc<str>>>>,
    /// Where the codes begin.
    codes: usize,
    source: Rc<SourceFile>,
}

impl Archive {
    fn text(&self, index: usize) -> Rc<str> {
        let known = &mut self.texts.borrow_mut()[index];
        if let Some(text) = known {
            return Rc::clone(text);
        }
        let count = word_at(self.bytes, 0) as usize;
        let begin = 4 + 4 * count;
        let start = if index == 0 { 0 } else { word_at(self.bytes, 4 * index) as usize };
        let end = word_at(self.bytes, 4 + 4 * index) as usize;
        let bytes = &self.bytes[begin + start..begin + end];
        let text: Rc<str> = std::str::from_utf8(bytes).expect("an archive holds text").into();
        *known = Some(Rc::clone(&text));
        text
    }

    fn read(self: &Rc<Archive>, place: usize) -> Code {
        let mut reader = Reader { archive: self, at: place };
        let [kind, flavor, flags] = reader.array();
        let has = |bit: u8| flags & bit != 0;
        let (name, qualname) = (reader.text(), reader.text());
        let (first_line, register_count) = (reader.small(), reader.small() as u16);
        let (positional_only, positional, keyword_only) = (reader.small(), reader.small(), reader.small());
        let parameters = ParameterSpec {
            names: reader.list(Reader::text),
            positional_only,
            positional,
            keyword_only,
            has_varargs: has(has::VARARGS),
            has_varkeywords: has(has::VARKEYWORDS),
        };
        // Fields are read in the order in which they are written here.
        Code {
            name,
            qualname,
            kind: KINDS[kind as usize],
            flavor: FLAVORS[flavor as usize],
            source: Rc::clone(&self.source),
            first_line,
            parameters,
            register_count,
            spill: has(has::SPILL).then(|| reader.byte()),
            future_annotations: has(has::FUTURE_ANNOTATIONS),
            reads_locals: has(has::READS_LOCALS),
            doc: has(has::DOC).then(|| reader.text()),
            free_names: reader.list(Reader::text),
            cell_names: reader.list(Reader::text),
            local_names: reader.list(|reader| (reader.text(), reader.slot())),
            inlined_names: reader.list(|reader| {
                let name = reader.text();
                let [register, is_cell] = reader.array();
                let (start, end) = (reader.small(), reader.small());
                InlinedName { name, register, is_cell: is_cell != 0, start, end }
            }),
            words: reader.words(),
            constants: reader.list(Reader::constant),
            caches: reader.list(|reader| ConstIndex(reader.small())),
            children: reader.list(|reader| {
                let place = reader.archive.codes + reader.small() as usize;
                let captures = reader.list(Reader::slot);
                Child::new(LazyCode::archived(Archived { archive: Rc::clone(self), place }), captures)
            }),
            exceptions: reader.list(|reader| {
                let (start, end, handler) = (reader.small(), reader.small(), reader.small());
                ExceptionEntry { start, end, handler, register: reader.byte() }
            }),
            spans: Vec::new(),
        }
        .with_spans(&mut reader)
    }
}

impl Code {
    /// Spans end a record: there is one for each word.
    fn with_spans(mut self, reader: &mut Reader<'_>) -> Code {
        let mut before = 0;
        self.spans.reserve_exact(self.words.len());
        while self.spans.len() < self.words.len() {
            let count = reader.small() as usize;
            before += unzigzag(reader.number());
            let end = before + unzigzag(reader.number());
            let span = Span::new(before as u32, end as u32);
            self.spans.extend(std::iter::repeat_n(span, count));
        }
        self
    }
}

struct Reader<'a> {
    archive: &'a Rc<Archive>,
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> u8 {
        let byte = self.archive.bytes[self.at];
        self.at += 1;
        byte
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.slice(N);
        bytes.try_into().expect("as long as asked for")
    }

    fn slice(&mut self, length: usize) -> &'static [u8] {
        let bytes: &'static [u8] = self.archive.bytes;
        let slice = &bytes[self.at..self.at + length];
        self.at += length;
        slice
    }

    fn number(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return value;
            }
            shift += 7;
        }
    }

    fn small(&mut self) -> u32 {
        self.number() as u32
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.small();
        (0..count).map(|_| item(self)).collect()
    }

    fn text(&mut self) -> Rc<str> {
        let index = self.small();
        self.archive.text(index as usize)
    }

    fn words(&mut self) -> Vec<u32> {
        let count = self.small() as usize;
        let (words, _) = self.slice(4 * count).as_chunks();
        words.iter().map(|&word| u32::from_le_bytes(word)).collect()
    }

    fn slot(&mut self) -> VariableSlot {
        match self.small() {
            slot if slot & 1 == 0 => VariableSlot::Register((slot >> 1) as u8),
            slot => VariableSlot::Spill(slot >> 1),
        }
    }

    fn bytes(&mut self) -> &'static [u8] {
        let length = self.small();
        self.slice(length as usize)
    }

    fn float(&mut self) -> f64 {
        f64::from_bits(u64::from_le_bytes(self.array()))
    }

    fn constant(&mut self) -> Const {
        match self.byte() {
            tag::NONE => Const::None,
            tag::TRUE => Const::True,
            tag::FALSE => Const::False,
            tag::ELLIPSIS => Const::Ellipsis,
            tag::INT => Const::Int(unzigzag(self.number())),
            tag::BIG_INT => Const::BigInt(Rc::new(BigInt::from_signed_bytes_le(self.bytes()))),
            tag::FLOAT => Const::Float(self.float()),
            tag::COMPLEX => Const::Complex(self.float(), self.float()),
            tag::STR => Const::Str(self.text()),
            tag::BYTES => Const::Bytes(self.bytes().into()),
            tag::TUPLE => Const::Tuple(self.list(Reader::constant).into()),
            tag::FROZEN_SET => Const::FrozenSet(self.list(Reader::constant).into()),
            other => panic!("internal error: no constant begins with {other}"),
        }
    }
}
