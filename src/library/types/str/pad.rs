//! White space and other characters at the ends: stripping, padding, tabs.

use super::arguments::{c_int, plain, this};
use crate::object::format::text::surround;
use crate::object::heap::StrObject;
use crate::object::text::check_room;
use crate::object::unicode::is_space;
use crate::object::{Completion, Interpreter, Raised, Value};

pub fn strip(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends(interp, args, "strip", true, true)
}

pub fn lstrip(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends(interp, args, "lstrip", true, false)
}

pub fn rstrip(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    strip_ends(interp, args, "rstrip", false, true)
}

fn strip_ends(
    interp: &mut dyn Interpreter,
    args: &[Value],
    name: &str,
    left: bool,
    right: bool,
) -> Completion {
    let text = this(interp, args, name)?.as_str();
    let stripped = match args[1].str_object_like() {
        None if args[1].is_none() => trim(text, is_space, left, right),
        None => return Err(interp.type_error(&format!("{name} arg must be None or str"))),
        Some(set) if set.as_str().len() == 1 => {
            let wanted = set.as_str().as_bytes()[0] as char;
            trim(text, |character| character == wanted, left, right)
        }
        Some(set) if set.is_ascii() => {
            let bits = set.as_str().bytes().fold(0_u128, |bits, byte| bits | 1 << byte);
            trim(text, |character| character.is_ascii() && bits >> character as u32 & 1 == 1, left, right)
        }
        Some(set) => trim(text, |character| set.as_str().contains(character), left, right),
    };
    Ok(if stripped.len() == text.len() { plain(&args[0]) } else { Value::str(stripped) })
}

fn trim(text: &str, test: impl Fn(char) -> bool, left: bool, right: bool) -> &str {
    let text = if left { text.trim_start_matches(&test) } else { text };
    if right { text.trim_end_matches(&test) } else { text }
}

/// The width and fill character of a padding method.
fn padding<'a>(
    interp: &mut dyn Interpreter,
    args: &'a [Value],
    name: &str,
) -> Result<(&'a StrObject, usize, char), Raised> {
    let string = this(interp, args, name)?;
    let width = interp.expect_int(&args[1])?;
    let Some(fill) = args[2].str_object_like() else {
        let found = interp.type_name(&args[2]);
        let message = format!("The fill character must be a unicode character, not {found}");
        return Err(interp.type_error(&message));
    };
    match fill.as_str().chars().next() {
        Some(character) if fill.char_count() == 1 => Ok((string, width.max(0) as usize, character)),
        _ => Err(interp.type_error("The fill character must be exactly one character long")),
    }
}

fn padded(
    interp: &mut dyn Interpreter,
    args: &[Value],
    string: &StrObject,
    fill: char,
    left: usize,
    right: usize,
) -> Completion {
    if left + right == 0 {
        return Ok(plain(&args[0]));
    }
    surround(string.as_str(), string.char_count(), fill, left, right).map_err(|fault| fault.raise(interp))
}

pub fn ljust(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (string, width, fill) = padding(interp, args, "ljust")?;
    let right = width.saturating_sub(string.char_count());
    padded(interp, args, string, fill, 0, right)
}

pub fn rjust(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (string, width, fill) = padding(interp, args, "rjust")?;
    let left = width.saturating_sub(string.char_count());
    padded(interp, args, string, fill, left, 0)
}

pub fn center(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let (string, width, fill) = padding(interp, args, "center")?;
    let missing = width.saturating_sub(string.char_count());
    // An odd blank goes left if the width is odd.
    let left = missing / 2 + (missing & width & 1);
    padded(interp, args, string, fill, left, missing - left)
}

pub fn zfill(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "zfill")?;
    let width = interp.expect_int(&args[1])?.max(0) as usize;
    let missing = width.saturating_sub(string.char_count());
    if missing == 0 {
        return Ok(plain(&args[0]));
    }
    check_room(missing).map_err(|fault| fault.raise(interp))?;
    let text = string.as_str();
    let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
    let zeros = std::iter::repeat_n("0", missing);
    let parts = std::iter::once(sign).chain(zeros).chain([digits]);
    Ok(Value::str_parts(text.len() + missing, string.char_count() + missing, parts))
}

pub fn expandtabs(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let string = this(interp, args, "expandtabs")?;
    let size = c_int(interp, &args[1])?;
    let text = string.as_str();
    if !text.contains('\t') {
        return Ok(plain(&args[0]));
    }
    let size = size.max(0) as usize;
    let tabs = text.bytes().filter(|byte| *byte == b'\t').count();
    check_room(text.len() + tabs.saturating_mul(size)).map_err(|fault| fault.raise(interp))?;
    let mut out = String::with_capacity(text.len() + tabs * size.min(8));
    let mut column = 0;
    for character in text.chars() {
        match character {
            '\t' if size == 0 => {}
            '\t' => {
                let blanks = size - column % size;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(character);
                column = 0;
            }
            _ => {
                out.push(character);
                column += 1;
            }
        }
    }
    Ok(Value::str(&out))
}
