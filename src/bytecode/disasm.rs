//! Code as text, for `apy dis` and the goldens of the compiler.

use super::code::{Code, Const, ConstIndex, VariableSlot};
use super::op::{Extra, Op, Operand, Word};
use std::fmt::Write;

/// The listing of `code`, then those of its children.
///
/// A line shows the word's position, the source line where it changes, the opcode and its
/// operands; `; ` opens what the operands stand for.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    listing(code, &mut out);
    out
}

fn listing(code: &Code, out: &mut String) {
    let _ = writeln!(
        out,
        "{} ({:?}, {:?}, line {}, {} registers)",
        code.qualname, code.kind, code.flavor, code.first_line, code.register_count
    );
    names(code, out);
    let mut at = 0;
    let mut line = 0;
    while at < code.words.len() {
        let Some(word) = Word::decode(code.words[at]) else {
            let _ = writeln!(out, "  {at:>5}  ???? {:#010x}", code.words[at]);
            at += 1;
            continue;
        };
        let here = code.spans.get(at).map_or(0, |span| code.source.line(span.start));
        let shown = if here == line { String::new() } else { here.to_string() };
        line = here;
        let (operands, remarks) = instruction(code, at, word);
        let text = format!("  {at:>5} {shown:>5}  {:<16} {operands}", word.op.info().name);
        let _ = match remarks.is_empty() {
            true => writeln!(out, "{}", text.trim_end()),
            false => writeln!(out, "{text:<48} ; {}", remarks.join(", ")),
        };
        at += word.op.length();
    }
    if !code.exceptions.is_empty() {
        out.push_str("  exceptions:\n");
    }
    for entry in &code.exceptions {
        let _ =
            writeln!(out, "    {}..{} -> {} in r{}", entry.start, entry.end, entry.handler, entry.register);
    }
    for child in &code.children {
        out.push('\n');
        listing(child.code(), out);
    }
}

/// Which register holds which variable.
fn names(code: &Code, out: &mut String) {
    let groups = [("free", &code.free_names), ("cells", &code.cell_names)];
    for (title, names) in groups {
        if !names.is_empty() {
            let _ = writeln!(out, "  {title}: {}", names.join(", "));
        }
    }
    if !code.local_names.is_empty() {
        let all: Vec<String> =
            code.local_names.iter().map(|(name, at)| format!("{name}={}", slot(*at))).collect();
        let _ = writeln!(out, "  locals: {}", all.join(", "));
    }
}

fn slot(slot: VariableSlot) -> String {
    match slot {
        VariableSlot::Register(register) => format!("r{register}"),
        VariableSlot::Spill(slot) => format!("s{slot}"),
    }
}

/// The operands of one instruction and the remarks on them.
fn instruction(code: &Code, at: usize, word: Word) -> (String, Vec<String>) {
    let mut operands: Vec<String> = Vec::new();
    let mut remarks: Vec<String> = Vec::new();
    let fields = [word.a, word.b, word.c, 0];
    for (index, operand) in word.op.info().fields.iter().enumerate() {
        let (value, next) = (fields[index], fields[index + 1]);
        let wide = u16::from(value) | u16::from(next) << 8;
        match operand {
            Operand::No | Operand::High => {}
            Operand::Dst
            | Operand::Reg
            | Operand::Pair
            | Operand::Triple
            | Operand::Quad
            | Operand::Window
            | Operand::Range
            | Operand::PairRange => operands.push(format!("r{value}")),
            Operand::Count | Operand::Flags => operands.push(value.to_string()),
            Operand::Int => operands.push((value as i8).to_string()),
            Operand::IntLow => operands.push((wide as i16).to_string()),
            Operand::Const => remarks.push(constant(code, value.into())),
            Operand::ConstLow => remarks.push(constant(code, wide.into())),
        }
    }
    for (index, extra) in word.op.info().extra.iter().enumerate() {
        let Some(&value) = code.words.get(at + 1 + index) else {
            remarks.push("cut short".to_owned());
            break;
        };
        match extra {
            Extra::Offset => remarks.push(format!("to {}", at as i64 + 1 + i64::from(value as i32))),
            Extra::Cache => {
                let name = code.caches.get(value as usize).map_or(u32::MAX, |&ConstIndex(name)| name);
                remarks.push(constant(code, name));
            }
            Extra::Const => remarks.push(constant(code, value)),
            Extra::Child => {
                let child = code.children.get(value as usize);
                let captures = child.map_or(&[][..], |child| &child.captures);
                let mut text = child.map_or("?".to_owned(), |child| child.code().qualname.to_string());
                for &capture in captures {
                    let _ = write!(text, " {}", slot(capture));
                }
                remarks.push(text);
            }
            Extra::Number if word.op == Op::Inplace => {
                let plain = u8::try_from(value).ok().and_then(Op::from_byte);
                remarks.push(plain.map_or("?", |op| op.info().name).to_owned());
            }
            Extra::Number => operands.push(value.to_string()),
        }
    }
    (operands.join(" "), remarks)
}

fn constant(code: &Code, index: u32) -> String {
    code.constants.get(index as usize).map_or("?".to_owned(), show)
}

/// A constant, nearly as Python writes it; close enough to read.
fn show(constant: &Const) -> String {
    let all = |items: &[Const]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    match constant {
        Const::None => "None".to_owned(),
        Const::True => "True".to_owned(),
        Const::False => "False".to_owned(),
        Const::Ellipsis => "...".to_owned(),
        Const::Int(value) => value.to_string(),
        Const::BigInt(value) => value.to_string(),
        Const::Float(value) => format!("{value:?}"),
        Const::Complex(re, im) => format!("({re:?}+{im:?}j)"),
        Const::Str(text) => format!("{text:?}"),
        Const::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) => format!("({})", all(items)),
        Const::FrozenSet(items) => format!("frozenset({{{}}})", all(items)),
    }
}
