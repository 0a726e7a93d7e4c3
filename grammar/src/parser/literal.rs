//! Names, numbers, constants, strings and f-strings.

use super::{Cx, Failure, Forward, Rule, declare, emit, name, owning, token};
use crate::ast::{Constant, Conversion, Expr, ExprKind, FStringField, FStringPart, FieldMarks};
use crate::decode::{self, Findings, StringValue};
use crate::diagnostic::{Diagnostic, Phase};
use crate::source::Span;
use crate::token::TokenKind as T;
use chumsky::input::Emitter;
use chumsky::prelude::*;
use std::rc::Rc;

/// An atom of one token that is no string.
pub(super) fn simple_atom<'t>(cx: Cx<'t>) -> Rule<'t, Expr> {
    let plain = select! {
        T::Name => T::Name,
        T::Match => T::Name,
        T::Case => T::Name,
        T::Type => T::Name,
        T::None => T::None,
        T::True => T::True,
        T::False => T::False,
        T::Ellipsis => T::Ellipsis,
    }
    .map_with(move |kind, e| {
        let span = e.span();
        let kind = match kind {
            T::None => ExprKind::Constant(Constant::None),
            T::True => ExprKind::Constant(Constant::True),
            T::False => ExprKind::Constant(Constant::False),
            T::Ellipsis => ExprKind::Constant(Constant::Ellipsis),
            _ => ExprKind::Name(cx.name_text(span)),
        };
        cx.expr(kind, span)
    });
    choice((plain, number(cx))).boxed()
}

/// A number without a sign.
pub(super) fn number<'t>(cx: Cx<'t>) -> Rule<'t, Expr> {
    one_of([T::Int, T::Float, T::Imaginary])
        .validate(move |kind, e, emitter| {
            let span = e.span();
            let text = cx.text(span);
            let value = match kind {
                T::Float => Constant::Float(decode::float(text)),
                T::Imaginary => Constant::Imaginary(decode::float(text.trim_end_matches(['j', 'J']))),
                _ => {
                    let mut findings = Findings::default();
                    let value = decode::integer(text, span, &mut findings);
                    emit_all(emitter, findings);
                    value
                }
            };
            cx.expr(ExprKind::Constant(value), span)
        })
        .boxed()
}

fn emit_all(emitter: &mut Emitter<Failure>, findings: Findings) {
    for diagnostic in findings.0 {
        emit(emitter, diagnostic);
    }
}

/// One of several literals side by side.
enum Piece {
    Str(String, Span),
    Bytes(Vec<u8>, Span),
    FString(Vec<FStringPart>, Span),
}

impl Piece {
    fn span(&self) -> Span {
        match self {
            Self::Str(_, span) | Self::Bytes(_, span) | Self::FString(_, span) => *span,
        }
    }
}

/// `(STRING | fstring)+`
pub(super) fn strings<'t>(cx: Cx<'t>, stars: Forward<'t, Expr>, yields: Forward<'t, Expr>) -> Rule<'t, Expr> {
    let string = token(T::String).validate(move |_, e, emitter| {
        let span = e.span();
        let mut findings = Findings::default();
        let value = decode::string(cx.text(span), span, &mut findings);
        emit_all(emitter, findings);
        match value {
            StringValue::Str(text) => Piece::Str(text, span),
            StringValue::Bytes(bytes) => Piece::Bytes(bytes, span),
        }
    });
    let piece = choice((string, fstring(cx, stars, yields)));
    // What follows is what CPython points at when the literals do not go together.
    let next = any().map_with(|_, e| -> Span { e.span() }).rewind().or_not();
    piece
        .repeated()
        .at_least(1)
        .collect::<Vec<_>>()
        .map_with(|pieces, e| -> (Vec<Piece>, Span) { (pieces, e.span()) })
        .then(next)
        .validate(move |((pieces, span), next), _, emitter| {
            let next = next.unwrap_or(Span::new(span.end, span.end));
            let kind = join(cx, pieces, next).unwrap_or_else(|diagnostic| {
                emit(emitter, *diagnostic);
                ExprKind::Error
            });
            cx.expr(kind, span)
        })
        .boxed()
}

/// Join adjacent literals; bytes go with bytes only. `next` is what follows them.
fn join(cx: Cx<'_>, mut pieces: Vec<Piece>, next: Span) -> Result<ExprKind, Box<Diagnostic>> {
    let bytes = pieces.iter().filter(|piece| matches!(piece, Piece::Bytes(..))).count();
    if bytes > 0 && bytes < pieces.len() {
        let mut diagnostic = Diagnostic::error(Phase::Parser, "cannot mix bytes and nonbytes literals", next);
        for piece in &pieces {
            let what = if matches!(piece, Piece::Bytes(..)) { "bytes" } else { "str" };
            diagnostic = diagnostic.with_label(piece.span(), what);
        }
        return Err(Box::new(diagnostic));
    }
    if pieces.len() == 1
        && let Some(Piece::Str(text, _)) = pieces.first()
    {
        return Ok(ExprKind::Constant(Constant::Str(cx.intern(text))));
    }
    if bytes > 0 {
        let all: Vec<u8> = pieces
            .into_iter()
            .flat_map(|piece| match piece {
                Piece::Bytes(bytes, _) => bytes,
                Piece::Str(..) | Piece::FString(..) => Vec::new(),
            })
            .collect();
        return Ok(ExprKind::Constant(Constant::Bytes(all.into())));
    }
    if pieces.iter().all(|piece| matches!(piece, Piece::Str(..))) {
        let mut all = String::new();
        for piece in &mut pieces {
            if let Piece::Str(text, _) = piece {
                all.push_str(text);
            }
        }
        return Ok(ExprKind::Constant(Constant::Str(all.into())));
    }
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Str(text, span) => push_text(&mut parts, text, span),
            Piece::Bytes(..) => {}
            Piece::FString(more, _) => {
                for part in more {
                    match part {
                        FStringPart::Literal(text, span) => push_text(&mut parts, text.to_string(), span),
                        field @ FStringPart::Field(_) => parts.push(field),
                    }
                }
            }
        }
    }
    Ok(ExprKind::JoinedStr(parts))
}

/// Text next to text is one part.
fn push_text(parts: &mut Vec<FStringPart>, text: String, span: Span) {
    if text.is_empty() {
        return;
    }
    if let Some(FStringPart::Literal(before, before_span)) = parts.last_mut() {
        let mut joined = String::with_capacity(before.len() + text.len());
        joined.push_str(before);
        joined.push_str(&text);
        *before = joined.into();
        *before_span = before_span.to(span);
    } else {
        parts.push(FStringPart::Literal(text.into(), span));
    }
}

/// `FSTRING_START fstring_part* FSTRING_END`
fn fstring<'t>(cx: Cx<'t>, stars: Forward<'t, Expr>, yields: Forward<'t, Expr>) -> Rule<'t, Piece> {
    let (parts, definition) = declare();
    let middle = select! { T::FStringMiddle => false, T::FStringRawMiddle => true }.validate(
        move |raw, e, emitter| {
            let span = e.span();
            let mut findings = Findings::default();
            let text = decode::f_string_text(cx.text(span), raw, span, &mut findings);
            emit_all(emitter, findings);
            FStringPart::Literal(text.into(), span)
        },
    );
    let field = replacement_field(cx, stars, yields, parts.clone());
    let owner = definition.define(choice((middle, field)).repeated().collect::<Vec<_>>());
    let whole =
        parts.delimited_by(token(T::FStringStart), token(T::FStringEnd)).map_with(move |mut parts, e| {
            let span: Span = e.span();
            let prefix = cx.text(span).bytes().take_while(u8::is_ascii_alphabetic);
            if !prefix.into_iter().any(|letter| matches!(letter, b'r' | b'R')) {
                decode_fields(&mut parts);
            }
            Piece::FString(parts, span)
        });
    owning(whole, vec![owner])
}

/// Decode the texts of the fields with '=' in an f-string that is not raw.
fn decode_fields(parts: &mut [FStringPart]) {
    for part in parts {
        let FStringPart::Field(field) = part else { continue };
        if let Some(text) = field.debug_text.as_mut().filter(|text| text.contains('\\')) {
            *text = decode::field_text(text, field.span).into();
        }
    }
}

/// `'{' (yield_expr | star_expressions) ['='] ['!' NAME] [':' fstring_part*] '}'`
fn replacement_field<'t>(
    cx: Cx<'t>,
    stars: Forward<'t, Expr>,
    yields: Forward<'t, Expr>,
    parts: Forward<'t, Vec<FStringPart>>,
) -> Rule<'t, FStringPart> {
    // With '=', the text up to the next token is part of the result.
    let next = any().map_with(|_, e| -> Span { e.span() }).rewind().map(|span: Span| span.start);
    let equal = token(T::Equal).ignore_then(next).or_not();
    let conversion = token(T::Bang).map_with(|_, e| e.span()).then(name(cx)).validate(
        |(bang, name): (Span, crate::ast::Identifier), _, emitter| {
            if name.span.start != bang.end {
                // The spelling is CPython 3.13's.
                let message = "f-string: conversion type must come right after the exclamanation mark";
                emit(emitter, Diagnostic::error(Phase::Parser, message, bang.to(name.span)));
            }
            let conversion = match &*name.name {
                "s" => Conversion::Str,
                "r" => Conversion::Repr,
                "a" => Conversion::Ascii,
                other => {
                    let message = format!(
                        "f-string: invalid conversion character '{other}': expected 's', 'r', or 'a'"
                    );
                    emit(emitter, Diagnostic::error(Phase::Parser, message, name.span));
                    Conversion::None
                }
            };
            (conversion, bang.start)
        },
    );
    choice((yields, stars))
        .then(equal)
        .then(conversion.or_not())
        .then(token(T::Colon).map_with(|_, e| -> Span { e.span() }).then(parts).or_not())
        .delimited_by(token(T::LeftBrace), token(T::RightBrace))
        .map_with(move |(((value, equal), conversion), spec), e| {
            let span: Span = e.span();
            let debug_text = equal.map(|end| debug_text(cx.text(Span::new(span.start + 1, end))));
            let (conversion, bang) = conversion.unwrap_or((Conversion::None, span.end));
            let (colon, spec) = spec.map_or((span.end, None), |(colon, spec)| (colon.start, Some(spec)));
            let marks = FieldMarks { bang, colon };
            FStringPart::Field(Box::new(FStringField { value, debug_text, conversion, spec, span, marks }))
        })
        .boxed()
}

/// The text of a field with '=', as CPython shows it: comments left out.
fn debug_text(text: &str) -> Rc<str> {
    let text = decode::line_ends(text);
    if !text.contains('#') {
        return text.into();
    }
    // CPython looks for '#' without regard to strings, so a '#' in a string cuts, too.
    let mut shown = String::with_capacity(text.len());
    let mut in_comment = false;
    for character in text.chars() {
        match character {
            '#' => in_comment = true,
            '\n' => in_comment = false,
            _ => {}
        }
        if !in_comment {
            shown.push(character);
        }
    }
    shown.into()
}
