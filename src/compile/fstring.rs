//! f-strings: pieces in a row of registers, then one concatenation.

use super::Compiler;
use super::unit::Unit;
use crate::bytecode::{Const, Op};
use apy_grammar::Span;
use apy_grammar::ast::{Conversion, FStringField, FStringPart};
use std::rc::Rc;

/// More pieces are concatenated in several steps.
const MAX_PIECES: usize = 60;

/// A piece of an f-string after neighbouring literals were joined.
enum Piece<'a> {
    Text(Rc<str>, Span),
    Field(&'a FStringField),
}

impl<'a> Compiler<'a> {
    pub(super) fn joined_str(&mut self, parts: &'a [FStringPart], span: Span, dst: u8) {
        let pieces = pieces(parts, span);
        match &pieces[..] {
            [] => return self.load_const(Const::Str("".into()), span, dst),
            [piece] => return self.piece(piece, dst),
            _ => {}
        }
        let mark = self.unit.top;
        let room = pieces.len().min(self.unit.room().clamp(2, MAX_PIECES));
        let first = self.unit.alloc_many(room as u16);
        let mut filled = 0;
        for (index, piece) in pieces.iter().enumerate() {
            let register = Unit::after(first, filled);
            let top = std::mem::replace(&mut self.unit.top, u16::from(register) + 1);
            self.piece(piece, register);
            self.unit.top = top;
            filled += 1;
            if filled == room && index + 1 < pieces.len() {
                self.unit.emit.op(span, Op::BuildString, first, first, room as u8);
                filled = 1;
            }
        }
        self.unit.emit.op(span, Op::BuildString, dst, first, filled as u8);
        self.unit.release(mark);
    }

    fn piece(&mut self, piece: &Piece<'a>, dst: u8) {
        match piece {
            Piece::Text(text, span) => self.load_const(Const::Str(Rc::clone(text)), *span, dst),
            Piece::Field(field) => self.field(field, dst),
        }
    }

    fn field(&mut self, field: &'a FStringField, dst: u8) {
        let conversion = match field.conversion {
            Conversion::None if field.debug_text.is_some() && field.spec.is_none() => 2,
            Conversion::None => 0,
            Conversion::Str => 1,
            Conversion::Repr => 2,
            Conversion::Ascii => 3,
        };
        let mark = self.unit.top;
        match &field.spec {
            None => {
                let value = self.operand_in(&field.value, &[], dst);
                self.unit.emit.op(field.span, Op::FormatSimple, dst, value, conversion);
            }
            Some(spec) => {
                let pair = self.unit.alloc_many(2);
                self.in_row_slot(&field.value, pair);
                self.joined_str(spec, field.span, Unit::after(pair, 1));
                self.unit.emit.op(field.span, Op::FormatSpec, dst, pair, conversion);
            }
        }
        self.unit.release(mark);
    }
}

/// Join neighbouring literals; the text of `{x=}` is a literal too.
fn pieces(parts: &[FStringPart], span: Span) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut text = String::new();
    for part in parts {
        match part {
            FStringPart::Literal(literal, _) => text.push_str(literal),
            FStringPart::Field(field) => {
                text.push_str(field.debug_text.as_deref().unwrap_or_default());
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text).into(), span));
                }
                pieces.push(Piece::Field(field));
            }
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text.into(), span));
    }
    pieces
}
