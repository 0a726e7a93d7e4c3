//! From "found this, expected those" to CPython's words.
//!
//! The grammar has few productions for wrong programs. What CPython's `invalid_*` rules say is
//! worked out here, after the failure, from the tokens around it, the brackets open there, and
//! the real expression rules tried at places of interest.

mod bracket;
mod expression;
mod fstring;
mod place;
mod statement;

use crate::ast::{Constant, ExprKind};
use crate::diagnostic::{Diagnostic, Phase};
use crate::parser::{Context, Expressions, Failure};
use crate::source::SourceFile;
use crate::token::{Token, TokenKind as T};
use place::Place;

/// What CPython calls an expression that stands where it may not.
pub(crate) fn expression_name(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Error => "expression",
        ExprKind::Constant(constant) => constant_name(constant),
        ExprKind::Name(_) => "name",
        ExprKind::JoinedStr(_) => "f-string expression",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) => "list",
        ExprKind::Set(_) => "set display",
        ExprKind::Dict(_) => "dict literal",
        ExprKind::ListComp(_) => "list comprehension",
        ExprKind::SetComp(_) => "set comprehension",
        ExprKind::GeneratorExp(_) => "generator expression",
        ExprKind::DictComp(_) => "dict comprehension",
        ExprKind::BinOp(..) | ExprKind::BoolOp(..) | ExprKind::UnaryOp(..) => "expression",
        ExprKind::Compare(..) => "comparison",
        ExprKind::IfExp(_) => "conditional expression",
        ExprKind::Lambda(_) => "lambda",
        ExprKind::NamedExpr(..) => "named expression",
        ExprKind::Starred(_) => "starred",
        ExprKind::Await(_) => "await expression",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "yield expression",
        ExprKind::Call(_) => "function call",
        ExprKind::Attribute(..) => "attribute",
        ExprKind::Subscript(..) => "subscript",
        ExprKind::Slice(_) => "slice",
    }
}

/// The same for a constant.
pub(crate) fn constant_name(constant: &Constant) -> &'static str {
    match constant {
        Constant::None => "None",
        Constant::True => "True",
        Constant::False => "False",
        Constant::Ellipsis => "ellipsis",
        Constant::Int(_)
        | Constant::BigInt(_)
        | Constant::Float(_)
        | Constant::Imaginary(_)
        | Constant::Str(_)
        | Constant::Bytes(_) => "literal",
    }
}

/// The diagnostics of tokenizer and parser together. One complaint per logical line is enough
/// from the parser, and none where the tokenizer has already found a fault.
pub(crate) fn explain_all<'t>(
    cx: &'t Context<'t>,
    tokens: &'t [Token],
    lexical: Vec<Diagnostic>,
    failures: &[Failure],
) -> Vec<Diagnostic> {
    let mut out = lexical;
    if failures.is_empty() {
        demote_behind_stop(&mut out);
        return out;
    }
    let rules = Expressions::new(cx);
    let mut faults: Vec<u32> = out.iter().filter(|d| d.kind.is_error()).map(|d| d.span.start).collect();
    faults.sort_unstable();
    let unclosed = out.iter().position(|d| d.message.ends_with("was never closed"));
    let mut broken = Vec::new();
    for unexpected in one_per_line(cx.source, tokens, failures, &mut out) {
        let here = tokens.get(unexpected.at).map_or(u32::MAX, |token| token.span.start);
        let is_orphan = is_orphan(tokens, unexpected.at, &faults, &broken);
        broken.push(here);
        if is_orphan {
            continue;
        }
        let (start, end) = unexpected.line;
        let first = faults.partition_point(|&fault| fault < start);
        let text_end = cx.source.text().len() as u32;
        let is_lexical = faults.get(first).is_some_and(|&fault| fault < end || end == text_end);
        // A wrong indentation comes before whatever is wrong with the line.
        let is_indent = tokens.get(unexpected.at).is_some_and(|token| token.kind == T::Indent);
        let place = Place::new(cx, tokens, &rules, unexpected.at, unexpected.expected);
        if !is_lexical || is_indent {
            out.push(place.explain());
        } else if faults.get(first).is_some_and(|&fault| here < fault)
            && let Some(mut fault) =
                place.field_fault().filter(|fault| fault.message.starts_with("f-string: "))
        {
            // What CPython says of a field, no later fault of the tokenizer replaces.
            fault.phase = Phase::Tokenizer;
            out.push(fault);
        } else if let Some(unclosed) = unclosed
            && let Some(diagnostic) = before_end(cx.source, &place, &out[unclosed])
        {
            out[unclosed] = diagnostic;
        }
    }
    demote_behind_stop(&mut out);
    // CPython looks for faults of the tokenizer behind the first fault of the parser, unless
    // that is a wrong indentation.
    let first =
        out.iter_mut().filter(|d| d.phase == Phase::Parser && d.kind.is_error()).min_by_key(|d| d.span.start);
    if let Some(first) = first
        && matches!(
            &*first.message,
            "unexpected indent"
                | "unexpected unindent"
                | "unindent does not match any outer indentation level"
        )
    {
        first.phase = Phase::Tokenizer;
    }
    out
}

/// Behind a line that is indented wrongly, or a backslash that ends no line, CPython's tokenizer
/// reads no more: what is wrong there comes after all that it finds.
fn demote_behind_stop(diagnostics: &mut [Diagnostic]) {
    let stop_of = |d: &Diagnostic| match &*d.message {
        "unexpected character after line continuation character" => Some(d.span.start),
        message if message.starts_with("unindent does not match") => {
            Some(d.labels.first().map_or(d.span.start, |label| label.span.start))
        }
        _ => None,
    };
    let Some(stop) = diagnostics.iter().filter_map(stop_of).min() else { return };
    for diagnostic in diagnostics.iter_mut() {
        let is_early = matches!(diagnostic.phase, Phase::Tokenizer | Phase::Parser);
        if is_early && diagnostic.span.start >= stop && stop_of(diagnostic) != Some(stop) {
            diagnostic.phase = Phase::Tree;
        }
    }
}

/// Whether the failure is an `else`, `except` and so on whose statement broke before: its fault
/// has been reported there. Both lists are sorted.
fn is_orphan(tokens: &[Token], at: usize, faults: &[u32], broken: &[u32]) -> bool {
    let is_clause = |index: usize| {
        tokens
            .get(index)
            .is_some_and(|token| matches!(token.kind, T::Else | T::Elif | T::Except | T::Finally | T::Case))
    };
    let begins_line = at.checked_sub(1).is_none_or(|before| place::is_layout(tokens[before].kind));
    if !is_clause(at) || !begins_line {
        return false;
    }
    // Walk back to the beginning of the line before, at the same indentation.
    let (mut depth, mut start) = (0, None);
    for token in tokens[..at].iter().rev() {
        match token.kind {
            T::Dedent => depth += 1,
            T::Indent if depth == 0 => break,
            T::Indent => depth -= 1,
            T::Newline if depth == 0 && start.is_some() => break,
            T::Newline => {}
            _ if depth == 0 => start = Some(token.span.start),
            _ => {}
        }
    }
    let Some(start) = start else { return false };
    let end = tokens[at].span.start;
    let first = faults.partition_point(|&fault| fault < start);
    faults.get(first).is_some_and(|&fault| fault < end) || broken.last().is_some_and(|&place| start <= place)
}

/// A token that was not expected.
struct Unexpected {
    at: usize,
    /// The kinds expected, and whether an expression was.
    expected: (Vec<T>, bool),
    /// Offsets of start and end of its logical line.
    line: (u32, u32),
}

/// The failures that are not finished diagnostics: of each logical line the one that got
/// furthest. The others go to `out`.
fn one_per_line(
    source: &SourceFile,
    tokens: &[Token],
    failures: &[Failure],
    out: &mut Vec<Diagnostic>,
) -> Vec<Unexpected> {
    let mut all: Vec<Unexpected> = Vec::new();
    for failure in failures {
        if let Some(diagnostic) = &failure.diagnostic {
            out.push(Diagnostic::clone(diagnostic));
            continue;
        }
        let expected: Vec<T> = failure.expected.kinds().collect();
        let at = match failure.found {
            Some(found) => token_at(tokens, found, failure.span.start, failure.span.end),
            None => tokens.len(),
        };
        // A missing block is a fault of the line before.
        let of = if place::lacks_block(tokens, at, &expected) { at - 1 } else { at };
        let line = logical_line(source, tokens, of);
        all.push(Unexpected { at, expected: (expected, failure.expected.expression), line });
    }
    // An indent that does not belong there comes before all that is wrong behind it.
    let is_indent =
        |unexpected: &Unexpected| tokens.get(unexpected.at).is_some_and(|token| token.kind == T::Indent);
    all.sort_by_key(|unexpected| (unexpected.line, !is_indent(unexpected), std::cmp::Reverse(unexpected.at)));
    all.dedup_by_key(|unexpected| unexpected.line);
    all
}

/// CPython speaks of an unclosed bracket when it has read to the end of the text in search of
/// the closing one; a fault on the line of the bracket that it meets before wins.
fn before_end(source: &SourceFile, place: &Place<'_, '_>, unclosed: &Diagnostic) -> Option<Diagnostic> {
    let found = place.token(place.at)?;
    let (here, opened) = (found.span.start, unclosed.span.start);
    let follows_operand = place.before(place.at).is_some_and(place::ends_expression);
    if source.line(here) != source.line(opened) {
        return None;
    }
    // How far CPython reads to find its words.
    let in_slice = place.innermost().is_some() && place.operand_start(place.at).boundary == Some(T::Colon);
    let reach = match found.kind {
        _ if place.in_parameters(place.innermost().map(|(_, index)| index)) => place.at,
        T::Equal if follows_operand && !in_slice => place.reach(place.at + 1),
        kind if place::starts_expression(kind) && (follows_operand || place.expects_expression) => {
            place.reach(place.at)
        }
        _ => place.at,
    };
    match place.kind(reach) {
        None | Some(T::Newline) => None,
        Some(_) => Some(place.explain()),
    }
}

/// Index of the token that a failure found; past the last at the end of the text.
fn token_at(tokens: &[Token], found: T, start: u32, end: u32) -> usize {
    let first = tokens.partition_point(|token| {
        token.span.start < start || (token.span.start == start && token.span.end < end)
    });
    // Layout tokens may be empty and lie at one place.
    let same_place = tokens[first..].iter().take_while(|token| token.span.start == start);
    first + same_place.take_while(|token| token.kind != found).count().min(tokens.len() - first)
}

/// Offsets of start and end of the logical line around a token.
fn logical_line(source: &SourceFile, tokens: &[Token], at: usize) -> (u32, u32) {
    let at = at.min(tokens.len());
    let before = tokens[..at].iter().rposition(|token| token.kind == T::Newline);
    let after = tokens[at..].iter().position(|token| token.kind == T::Newline);
    let start = before.map_or(0, |index| tokens[index].span.end);
    let end = after.map_or(source.text().len() as u32, |length| tokens[at + length].span.end);
    (start, end)
}
