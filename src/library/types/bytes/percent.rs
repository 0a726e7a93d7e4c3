//! `%` formatting of bytes.

use super::buffer::{Buffer, any_layout, contiguous, this};
use crate::library::types::str::arguments::plain;
use crate::library::types::str::percent::{Found, Percent, push_int};
use crate::object::escape::to_ascii;
use crate::object::format::percent::Directive;
use crate::object::sequence::has_index;
use crate::object::{Completion, CoreType, Interpreter, Raised, Value};

pub fn modulo<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    let format = this::<B>(interp, args, "__mod__")?.to_vec();
    let data = apply(interp, &format, &args[1])?;
    Ok(B::make(&data))
}

pub fn rmod<B: Buffer>(interp: &mut dyn Interpreter, args: &[Value]) -> Completion {
    this::<B>(interp, args, "__rmod__")?;
    let Some(format) = B::data(&args[1]).map(|format| format.to_vec()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let data = apply(interp, &format, &args[0])?;
    Ok(B::make(&data))
}

fn apply(interp: &mut dyn Interpreter, format: &[u8], arguments: &Value) -> Result<Vec<u8>, Raised> {
    let is_text = arguments.str_like().is_some()
        || arguments.bytes_like().is_some()
        || arguments.downcast::<super::bytearray::ByteArray>().is_some();
    let mut percent = Percent::new(interp, format, arguments, is_text, |key| Value::bytes(key));
    let mut out = Vec::with_capacity(format.len() + 16);
    while let Some(literal) = percent.literal() {
        out.extend_from_slice(literal);
        let directive = match percent.directive(interp)? {
            Found::End => break,
            Found::Percent => {
                out.push(b'%');
                continue;
            }
            // CPython makes one of these two for bytes, which its messages show.
            Found::Directive(directive) if directive.kind == 'i' => Directive { kind: 'd', ..directive },
            Found::Directive(directive) => directive,
        };
        let value = percent.argument(interp)?;
        match directive.kind {
            's' | 'b' => push_bytes(interp, &mut out, &directive, &value)?,
            'r' | 'a' => {
                let text = to_ascii(&plain(&interp.repr(&value)?));
                push_cut(interp, &mut out, &directive, text.str_like().unwrap_or_default().as_bytes())?;
            }
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => push_int(interp, &mut out, &directive, &value)?,
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let float = to_float(interp, &value)?;
                directive.push_float(&mut out, float).map_err(|fault| fault.raise(interp))?;
            }
            'c' => {
                let byte = to_byte(interp, &value)?;
                directive.push_padded(&mut out, &[byte], 1).map_err(|fault| fault.raise(interp))?;
            }
            _ => return Err(percent.unsupported(interp, &directive)),
        }
    }
    if percent.has_rest() {
        return Err(interp.type_error("not all arguments converted during bytes formatting"));
    }
    Ok(out)
}

fn push_cut(
    interp: &mut dyn Interpreter,
    out: &mut Vec<u8>,
    directive: &Directive,
    data: &[u8],
) -> Result<(), Raised> {
    let shown = &data[..directive.precision.unwrap_or(data.len()).min(data.len())];
    directive.push_padded(out, shown, shown.len()).map_err(|fault| fault.raise(interp))
}

fn push_bytes(
    interp: &mut dyn Interpreter,
    out: &mut Vec<u8>,
    directive: &Directive,
    value: &Value,
) -> Result<(), Raised> {
    if value.as_instance().is_some()
        && let Some(result) = interp.call_special(value, "__bytes__", &[])?
    {
        let Some(data) = result.bytes_like() else {
            let name = interp.type_name(&result);
            return Err(interp.type_error(&format!("__bytes__ returned non-bytes (type {name})")));
        };
        return push_cut(interp, out, directive, data);
    }
    let Some(data) = any_layout(interp, value)?.map(|data| data.to_vec()) else {
        let name = interp.type_name(value);
        return Err(interp.type_error(&format!(
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{name}'"
        )));
    };
    push_cut(interp, out, directive, &data)
}

fn to_float(interp: &mut dyn Interpreter, value: &Value) -> Result<f64, Raised> {
    match interp.expect_float(value) {
        Err(raised) if interp.raised_is(&raised, CoreType::TypeError) => {
            let name = interp.type_name(value);
            Err(interp.type_error(&format!("float argument required, not {name}")))
        }
        float => float,
    }
}

fn to_byte(interp: &mut dyn Interpreter, value: &Value) -> Result<u8, Raised> {
    let refused = "%c requires an integer in range(256) or a single byte";
    let is_bytes = value.bytes_like().is_some() || value.downcast::<super::bytearray::ByteArray>().is_some();
    if is_bytes {
        return match contiguous(interp, value)?.as_deref() {
            Some([byte]) => Ok(*byte),
            _ => Err(interp.type_error(refused)),
        };
    }
    if !has_index(interp, value) {
        return Err(interp.type_error(refused));
    }
    let code = interp.index(value)?;
    match code.as_int_or_bool().and_then(|code| u8::try_from(code).ok()) {
        Some(byte) => Ok(byte),
        None => Err(interp.overflow_error("%c arg not in range(256)")),
    }
}
